// Arguments that are fields, and have no names.

use traitwire::{Status, grpc_service};

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self, #[proto(1)] _: String, #[proto(2)] _: u32) -> Result<(), Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, _first: String, _times: u32) -> Result<(), Status> {
        Err(Status::unimplemented("not yet"))
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
