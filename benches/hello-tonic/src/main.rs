//! The smallest server on tonic.

use tonic::transport::Server;
use tonic::{Request, Response, Status};

use self::hello::greeter_server::{Greeter, GreeterServer};
use self::hello::{HelloReply, HelloRequest};

mod hello {
    tonic::include_proto!("hello");
}

struct English;

#[tonic::async_trait]
impl Greeter for English {
    async fn say_hello(
        &self,
        request: Request<HelloRequest>,
    ) -> Result<Response<HelloReply>, Status> {
        Ok(Response::new(HelloReply {
            message: format!("Hello {}!", request.get_ref().name),
        }))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    Server::builder()
        .add_service(GreeterServer::new(English))
        .serve("127.0.0.1:50051".parse()?)
        .await?;
    Ok(())
}
