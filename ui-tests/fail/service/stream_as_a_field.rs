// A stream that is to be a field.

use traitwire::{Message, Status, Streaming, grpc_service};

#[derive(Message)]
struct HelloReply {
    #[proto(1)]
    message: String,
}

#[grpc_service(package = "greet.v1")]
trait Greeter {
    #[proto(1)]
    async fn say_hello(&self) -> Result<Streaming<HelloReply>, Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self) -> Result<Streaming<HelloReply>, Status> {
        Err(Status::unimplemented("not yet"))
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
