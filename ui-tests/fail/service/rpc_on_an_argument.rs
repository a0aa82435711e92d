// An option of methods on an argument.

use traitwire::{Status, grpc_service};

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self, #[rpc(deprecated)] name: String) -> Result<(), Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, _name: String) -> Result<(), Status> {
        Err(Status::unimplemented("not yet"))
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
