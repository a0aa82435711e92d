// An enum where a message belongs.

use traitwire::{Enumeration, Status, grpc_service};

#[derive(Enumeration)]
enum Language {
    Unspecified = 0,
}

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self, language: Language) -> Result<(), Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, _language: Language) -> Result<(), Status> {
        Err(Status::unimplemented("not yet"))
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
