// A stream of what is no message.

use traitwire::{Status, Streaming, grpc_service};

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self, requests: Streaming<u64>) -> Result<(), Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, _requests: Streaming<u64>) -> Result<(), Status> {
        Ok(())
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
