// An argument of a type that no field has.

use traitwire::{Status, grpc_service};

struct Name;

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self, #[proto(1)] name: Name, #[proto(2)] times: u32) -> Result<(), Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, _name: Name, _times: u32) -> Result<(), Status> {
        Err(Status::unimplemented("not yet"))
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
