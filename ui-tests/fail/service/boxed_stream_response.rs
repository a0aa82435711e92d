// A stream in a box, as other libraries have it.

use traitwire::{Message, Status, grpc_service};

#[derive(Message)]
struct HelloReply {
    #[proto(1)]
    message: String,
}

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self) -> Result<Box<dyn Iterator<Item = HelloReply> + Send>, Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self) -> Result<Box<dyn Iterator<Item = HelloReply> + Send>, Status> {
        Err(Status::unimplemented("not yet"))
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
