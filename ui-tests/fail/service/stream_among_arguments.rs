// A stream beside another argument.

use traitwire::{Message, Status, Streaming, grpc_service};

#[derive(Message)]
struct HelloRequest {
    #[proto(1)]
    name: String,
}

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self, #[proto(1)] times: u32, names: Streaming<HelloRequest>) -> Result<(), Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, _times: u32, _names: Streaming<HelloRequest>) -> Result<(), Status> {
        Err(Status::unimplemented("not yet"))
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
