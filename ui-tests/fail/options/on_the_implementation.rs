// The attribute on the implementation.

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

struct English;

#[grpc_service(package = "greet.v1")]
impl English {
    async fn say_hello(&self, request: HelloRequest) -> Result<HelloReply, Status> {
        Ok(HelloReply { message: request.name })
    }
}

fn main() {
    let _call = English.say_hello(HelloRequest { name: String::new() });
}
