// The response is forgotten.

use traitwire::{Message, grpc_service};

#[derive(Message)]
struct HelloRequest {
    #[proto(1)]
    name: String,
}

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self, request: HelloRequest);
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, _request: HelloRequest) {}
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
