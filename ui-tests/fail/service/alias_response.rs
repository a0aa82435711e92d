// An alias of a list where a message belongs.

use traitwire::{Status, grpc_service};

type Names = Vec<String>;

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self) -> Result<Names, Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self) -> Result<Names, Status> {
        Err(Status::unimplemented("not yet"))
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
