//! The measured services on traitwire's own server.

use std::time::Duration;

use server_traitwire::{EchoServer, GreeterServer, Services};
use traitwire::Server;

fn main() -> traitwire::Result<()> {
    server_support::runtime().block_on(async {
        let mut server = Server::new();
        if server_support::is_slowed_down() {
            server = server.max_in_place(Duration::from_secs(1));
        }
        let server = server
            .add(GreeterServer::new(Services))
            .add(EchoServer::new(Services))
            .start(server_support::address())
            .await?;
        server_support::listening(server.local_addr());
        server.wait().await;
        Ok(())
    })
}
