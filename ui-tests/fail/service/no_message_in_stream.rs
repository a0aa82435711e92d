// A stream of what is no message.

use traitwire::{Status, Streaming, grpc_service};

struct HelloRequest {
    name: String,
}

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self, requests: Streaming<HelloRequest>) -> Result<(), Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, _requests: Streaming<HelloRequest>) -> Result<(), Status> {
        Err(Status::unimplemented("not yet"))
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
