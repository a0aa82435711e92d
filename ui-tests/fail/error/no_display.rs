// A message with a field in it that has no such format.

use traitwire::{GrpcError, Status, grpc_service};

#[derive(Debug, GrpcError)]
enum GuideError {
    #[grpc(NotFound, "nothing at {at}")]
    Lost {
        #[proto(1)]
        at: Vec<i32>,
    },
    #[grpc(other)]
    Other(Status),
}

struct Nobody;

#[grpc_service(package = "guide.v1")]
trait Guide {
    async fn find(&self) -> Result<(), GuideError>;
}

impl Guide for Nobody {
    async fn find(&self) -> Result<(), GuideError> {
        Err(Status::not_found("nobody").into())
    }
}

fn main() {
    let _server = GuideServer::new(Nobody);
    let error: Result<(), GuideError> = GuideClient::local(Nobody).blocking().find();
    println!("{}", error.unwrap_err());
}
