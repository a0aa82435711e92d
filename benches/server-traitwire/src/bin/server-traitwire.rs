//! The measured services on traitwire's own server.

use server_traitwire::{EchoServer, GreeterServer, Services};
use traitwire::Server;

fn main() -> traitwire::Result<()> {
    server_support::runtime().block_on(async {
        let server = Server::new()
            .add(GreeterServer::new(Services))
            .add(EchoServer::new(Services))
            .start(server_support::address())
            .await?;
        server_support::listening(server.local_addr());
        server.wait().await;
        Ok(())
    })
}
