//! `cargo run -p greeter --bin server [-- ADDRESS]`

use greeter::{GreeterServer, Polyglot};
use traitwire::Server;

#[tokio::main]
async fn main() -> traitwire::Result<()> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:50051".to_owned());
    let server = Server::new()
        .add(GreeterServer::new(Polyglot))
        .health()
        .reflection()
        .start(address)
        .await?;
    let address = server.local_addr().to_string();
    let stopped = server.until_signal();
    println!("Greeting at {address}, until Ctrl-C");
    stopped.await?;
    Ok(())
}
