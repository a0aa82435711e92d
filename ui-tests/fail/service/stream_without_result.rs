// A stream outside of `Result`.

use traitwire::{Message, Streaming, grpc_service};

#[derive(Message)]
struct HelloReply {
    #[proto(1)]
    message: String,
}

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self) -> Streaming<HelloReply>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self) -> Streaming<HelloReply> {
        let message = String::new();
        Streaming::from_iter([HelloReply { message }])
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let _client = GreeterClient::local(English);
}
