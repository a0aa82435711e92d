// The message that is made of the arguments is the type of one.

use traitwire::{Status, grpc_service};

mod hello {
    #[derive(traitwire::Message)]
    pub struct SayHelloRequest {
        #[proto(1)]
        name: String,
    }
}

use hello::SayHelloRequest;

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self, #[proto(1)] request: SayHelloRequest, #[proto(2)] times: u32) -> Result<(), Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, _request: hello::SayHelloRequest, _times: u32) -> Result<(), Status> {
        Err(Status::unimplemented("not yet"))
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
