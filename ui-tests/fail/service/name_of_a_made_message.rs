// A type that is called like the message which is made of the arguments.

use traitwire::{Message, Status, grpc_service};

#[derive(Message)]
struct SayHelloRequest {
    #[proto(1)]
    name: String,
}

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self, #[proto(1)] first: String, #[proto(2)] last: String) -> Result<(), Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, _first: String, _last: String) -> Result<(), Status> {
        Err(Status::unimplemented("not yet"))
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
