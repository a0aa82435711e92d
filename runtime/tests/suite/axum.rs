//! gRPC beside pages on one port.

use axum::Router;
use axum::routing::get;
use traitwire::Code;

use crate::calculator::{CalculatorClient, CalculatorServer, abacus, number};

#[tokio::test]
async fn grpc_shares_a_port_with_pages() {
    let router = Router::new()
        .route("/health", get(|| async { "fine" }))
        .merge(CalculatorServer::new(abacus().0).into_router())
        .layer(tower_http::trace::TraceLayer::new_for_http());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });

    let client = CalculatorClient::connect(address).await.unwrap();
    assert_eq!(client.increment(number(1)).await.unwrap(), number(2));
    let mut sums = client
        .running_sum(futures_util::stream::iter([number(1)]))
        .await
        .unwrap();
    assert_eq!(sums.message().await.unwrap(), Some(number(1)));

    let channel = traitwire::Channel::connect(address).await.unwrap();
    let status = crate::mirror::WhoClient::new(channel).echo(crate::mirror::Text::default());
    assert_eq!(status.await.unwrap_err().code(), Code::Unimplemented);
}
