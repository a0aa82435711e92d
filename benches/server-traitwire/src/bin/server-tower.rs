//! The measured services on traitwire, as `tower::Service`s that hyper serves.

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use server_traitwire::{EchoServer, GreeterServer, Services};
use tokio::net::TcpListener;
use tower_service::Service;

fn main() -> std::io::Result<()> {
    server_support::runtime().block_on(async {
        let listener = TcpListener::bind(server_support::address()).await?;
        server_support::listening(listener.local_addr()?);
        let (greeter, echo) = (GreeterServer::new(Services), EchoServer::new(Services));
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let (greeter, echo) = (greeter.clone(), echo.clone());
            let service = service_fn(move |request: http::Request<Incoming>| {
                if request.uri().path().starts_with("/helloworld.Greeter/") {
                    greeter.clone().call(request)
                } else {
                    echo.clone().call(request)
                }
            });
            tokio::spawn(async move {
                let http = auto::Builder::new(TokioExecutor::new()).http2_only();
                // A client that goes away in the middle of a call is its own business.
                let _ = http.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    })
}
