// A stream of scalars.

use traitwire::{Status, Streaming, grpc_service};

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self, names: Streaming<String>) -> Result<Streaming<Vec<u8>>, Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, _names: Streaming<String>) -> Result<Streaming<Vec<u8>>, Status> {
        Err(Status::unimplemented("not yet"))
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
