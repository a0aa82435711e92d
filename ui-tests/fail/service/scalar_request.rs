// A scalar where a message belongs.

use traitwire::{Message, Status, grpc_service};

#[derive(Message)]
struct HelloReply {
    #[proto(1)]
    message: String,
}

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self, name: String) -> Result<HelloReply, Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, _name: String) -> Result<HelloReply, Status> {
        Err(Status::unimplemented("not yet"))
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
