// A name for a message that has one.

use traitwire::{Message, Status, grpc_service};

#[derive(Message)]
struct HelloReply {
    #[proto(1)]
    message: String,
}

#[grpc_service(package = "greet.v1")]
trait Greeter {
    #[rpc(request = "Hello", response = "Bye")]
    async fn say_hello(&self, request: HelloReply) -> Result<HelloReply, Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, _request: HelloReply) -> Result<HelloReply, Status> {
        Err(Status::unimplemented("not yet"))
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
