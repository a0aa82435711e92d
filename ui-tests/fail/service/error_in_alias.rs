// An alias of `Result` whose error is no status.

use traitwire::{Message, grpc_service};

#[derive(Message)]
struct HelloRequest {
    #[proto(1)]
    name: String,
}

#[derive(Message)]
struct HelloReply {
    #[proto(1)]
    message: String,
}

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self, request: HelloRequest) -> std::io::Result<HelloReply>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, request: HelloRequest) -> std::io::Result<HelloReply> {
        Ok(HelloReply { message: request.name })
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
