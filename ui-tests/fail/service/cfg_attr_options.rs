// Options that aren't always there.

use traitwire::{Message, Status, grpc_service};

#[derive(Message)]
struct Hello {
    #[proto(1)]
    name: String,
}

#[grpc_service(package = "greet.v1")]
trait Greeter {
    #[cfg_attr(all(), rpc(name = "Hello"))]
    async fn say_hello(&self, request: Hello) -> Result<Hello, Status>;
    #[cfg_attr(all(), cfg(all()))]
    async fn say_goodbye(&self, request: Hello) -> Result<Hello, Status>;
    #[cfg_attr(all(), must_use, doc = "Not about the contract.")]
    async fn say_nothing(&self) -> Result<(), Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, request: Hello) -> Result<Hello, Status> {
        Ok(request)
    }

    async fn say_goodbye(&self, request: Hello) -> Result<Hello, Status> {
        Ok(request)
    }

    async fn say_nothing(&self) -> Result<(), Status> {
        Ok(())
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
