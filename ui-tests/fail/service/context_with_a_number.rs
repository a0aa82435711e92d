// A number on what isn't sent.

use traitwire::{Context, Status, grpc_service};

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self, #[proto(1)] name: String, #[proto(2)] cx: Context) -> Result<(), Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, _name: String, _cx: Context) -> Result<(), Status> {
        Err(Status::unimplemented("not yet"))
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
