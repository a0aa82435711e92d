//! A limit is a constant.

use traitwire::{Message, Status, grpc_service};

#[derive(Message)]
struct Load {}

#[grpc_service]
trait Scales {
    #[rpc(max_request_len = "16 MiB")]
    async fn weigh(&self, load: Load) -> Result<Load, Status>;
}

fn main() {}
