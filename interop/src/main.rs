//! `cargo run -p interop`
//!
//! Prints its port, and serves until its standard input ends: whoever started it is gone then.

use interop::{Interop, InteropServiceServer};
use tokio::io::AsyncReadExt;
use traitwire::Server;

#[tokio::main]
async fn main() -> traitwire::Result<()> {
    let server = Server::new()
        .add(InteropServiceServer::new(Interop::default()))
        .start("127.0.0.1:0")
        .await?;
    println!("{}", server.local_addr().port());
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    server.shutdown();
    server.wait().await;
    Ok(())
}
