//! `cargo run -p route-guide [-- server|client [ADDRESS]]`

use std::process::ExitCode;

use route_guide::lighthouses::Lighthouses;
use route_guide::{RouteGuideClient, RouteGuideServer, tour};
use traitwire::Server;

#[tokio::main]
async fn main() -> traitwire::Result<ExitCode> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => both().await?,
        ["server"] => serve(ADDRESS).await?,
        ["server", address] => serve(address).await?,
        ["client"] => visit(ADDRESS).await?,
        ["client", address] => visit(address).await?,
        _ => {
            eprintln!("usage: route-guide [server|client [ADDRESS]]");
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Starts a server on a port of the system's choosing, takes the tour, and stops the server again.
async fn both() -> traitwire::Result<()> {
    let guide = Lighthouses::load()?;
    let count = guide.count();
    let server = Server::new()
        .add(RouteGuideServer::new(guide))
        .start("127.0.0.1:0")
        .await?;
    let address = server.local_addr().to_string();
    println!("A guide to {count} lighthouses is at {address}.");
    visit(&address).await?;
    server.shutdown();
    server.wait().await;
    println!("\nThe tour is over, and the server has stopped.");
    Ok(())
}

async fn serve(address: &str) -> traitwire::Result<()> {
    let guide = Lighthouses::load()?;
    let count = guide.count();
    let server = Server::new()
        .add(RouteGuideServer::new(guide))
        .start(address)
        .await?;
    let address = server.local_addr().to_string();
    // Who reads the address may well send the signal next.
    let stopped = server.until_signal();
    println!("A guide to {count} lighthouses is at {address}, until Ctrl-C.");
    stopped.await?;
    Ok(())
}

async fn visit(address: &str) -> traitwire::Result<()> {
    let guide = RouteGuideClient::connect(format!("http://{address}")).await?;
    tour::take(&guide).await?;
    Ok(())
}

const ADDRESS: &str = "127.0.0.1:50051";
