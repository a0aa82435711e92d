// A stream in something else.

use traitwire::{Message, Status, Streaming, grpc_service};

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
    async fn say_hello(&self, requests: Option<Streaming<HelloRequest>>) -> Result<HelloReply, Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, _requests: Option<Streaming<HelloRequest>>) -> Result<HelloReply, Status> {
        Err(Status::unimplemented("not yet"))
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
