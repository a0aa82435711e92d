// An argument whose size depends on the machine.

use traitwire::{Status, grpc_service};

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self, times: usize) -> Result<usize, Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, _times: usize) -> Result<usize, Status> {
        Err(Status::unimplemented("not yet"))
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
