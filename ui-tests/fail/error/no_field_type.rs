// A field of a type that protobuf does not have.

use traitwire::{GrpcError, Status, grpc_service};

#[derive(Debug, GrpcError)]
enum GuideError {
    #[grpc(NotFound)]
    Lost {
        #[proto(1)]
        since: std::time::Instant,
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
