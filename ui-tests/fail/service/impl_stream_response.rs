// A stream without a name.

use traitwire::{Message, Status, grpc_service};

#[derive(Message)]
struct HelloReply {
    #[proto(1)]
    message: String,
}

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self) -> Result<impl Iterator<Item = HelloReply> + Send, Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self) -> Result<impl Iterator<Item = HelloReply> + Send, Status> {
        Ok(std::iter::empty())
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
