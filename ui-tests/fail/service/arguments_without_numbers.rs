// Several arguments, without the numbers that they have as fields.

use traitwire::{Status, grpc_service};

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self, first: String, #[proto(1)] last: String, times: u32) -> Result<(), Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, _first: String, _last: String, _times: u32) -> Result<(), Status> {
        Err(Status::unimplemented("not yet"))
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
