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
    println!("Greeting at {}, until Ctrl-C", server.local_addr());
    server.until_signal().await?;
    Ok(())
}
