// One trait for two packages.

use traitwire::{Message, Status, grpc_service};

#[derive(Message)]
struct Hello {
    #[proto(1)]
    name: String,
}

#[grpc_service(package = "greet.v1")]
#[grpc_service(package = "greet.v2")]
trait Greeter {
    async fn say_hello(&self, request: Hello) -> Result<Hello, Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, request: Hello) -> Result<Hello, Status> {
        Ok(request)
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
