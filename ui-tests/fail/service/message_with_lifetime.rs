// A message that borrows, hidden from the macro by an alias.

use traitwire::{Message, Status, grpc_service};

#[derive(Message)]
struct Line<'a> {
    #[proto(1)]
    text: &'a str,
}

type Borrowed = Line<'static>;

#[grpc_service(package = "log.v1")]
trait Log {
    async fn write(&self, line: Borrowed) -> Result<(), Status>;
}

struct Nowhere;

impl Log for Nowhere {
    async fn write(&self, _: Borrowed) -> Result<(), Status> {
        Ok(())
    }
}

fn main() {}
