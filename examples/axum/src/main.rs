//! `cargo run -p example-axum [-- ADDRESS]`

use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> traitwire::Result<()> {
    // Every request is logged by tower-http: a line when it comes, one when it is answered.
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,tower_http=debug"));
    tracing_subscriber::fmt().with_env_filter(filter).init();

    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(&address).await?;
    println!(
        "gRPC, REST and pages at http://{}, until Ctrl-C",
        listener.local_addr()?
    );
    axum::serve(listener, example_axum::app())
        .with_graceful_shutdown(ctrl_c())
        .await?;
    Ok(())
}

async fn ctrl_c() {
    // Where there is no such signal the server runs until it is killed.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
