// A service that can't be shared between threads.

use std::cell::Cell;

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

struct English {
    _calls: Cell<u64>,
}

impl Greeter for English {
    async fn say_hello(&self, request: HelloRequest) -> Result<HelloReply, Status> {
        Ok(HelloReply { message: request.name })
    }
}

fn main() {}
