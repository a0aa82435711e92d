// A handler whose future can't move between threads.

use std::rc::Rc;

use traitwire::{Message, Status, grpc_service};

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
    async fn say_hello(&self, request: HelloRequest) -> Result<HelloReply, Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, request: HelloRequest) -> Result<HelloReply, Status> {
        let message = Rc::new(request.name);
        std::future::ready(()).await;
        Ok(HelloReply {
            message: message.to_string(),
        })
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
