//! The smallest server on traitwire.

use traitwire::{Message, Server, Status, grpc_service};

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

#[grpc_service(package = "hello")]
trait Greeter {
    async fn say_hello(&self, request: HelloRequest) -> Result<HelloReply, Status>;
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, request: HelloRequest) -> Result<HelloReply, Status> {
        Ok(HelloReply {
            message: format!("Hello {}!", request.name),
        })
    }
}

#[tokio::main]
async fn main() -> traitwire::Result<()> {
    Server::new()
        .add(GreeterServer::new(English))
        .serve("127.0.0.1:50051")
        .await?;
    Ok(())
}
