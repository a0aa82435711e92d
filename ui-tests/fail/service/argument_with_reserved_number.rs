// An argument with the number of one that is gone.

use traitwire::{Status, grpc_service};

#[grpc_service(package = "greet.v1")]
trait Greeter {
    #[rpc(reserved(2, "old"))]
    async fn say_hello(&self, #[proto(2)] name: String, #[proto(3)] old: bool) -> Result<(), Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, _name: String, _old: bool) -> Result<(), Status> {
        Err(Status::unimplemented("not yet"))
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
