// A list where a message belongs.

use traitwire::{Message, Status, grpc_service};

#[derive(Message)]
struct HelloReply {
    #[proto(1)]
    message: String,
}

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self) -> Result<Vec<HelloReply>, Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self) -> Result<Vec<HelloReply>, Status> {
        Ok(Vec::new())
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
