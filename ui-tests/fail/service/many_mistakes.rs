// Many mistakes, all reported at once.

use traitwire::{Context, Message, Status, grpc_service};

type Streaming = traitwire::Streaming<HelloRequest>;

#[derive(Message)]
struct HelloRequest {
    #[proto(1)]
    name: String,
}

#[derive(Message)]
struct HelloReply {
    #[proto(1)]
    message: String,
}

#[grpc_service(package = "greet.v1")]
trait Greeter {
    fn say_hello(&self, request: HelloRequest) -> Result<HelloReply, Status>;
    async fn say_bye(&self, request: &HelloRequest, cx: &Context) -> HelloReply;
    async fn listen(requests: Streaming) -> Result<(), Status>;
    #[rpc(idempotant)]
    async fn right(&self, request: HelloRequest) -> Result<HelloReply, Status>;
}

struct English;

impl Greeter for English {
    fn say_hello(&self, request: HelloRequest) -> Result<HelloReply, Status> {
        Ok(HelloReply { message: request.name })
    }

    async fn say_bye(&self, request: &HelloRequest, _cx: &Context) -> HelloReply {
        HelloReply {
            message: request.name.clone(),
        }
    }

    async fn listen(_requests: Streaming) -> Result<(), Status> {
        Ok(())
    }

    async fn right(&self, request: HelloRequest) -> Result<HelloReply, Status> {
        Ok(HelloReply { message: request.name })
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
