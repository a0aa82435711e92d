//! What stands around the services: layers of tower, and HTTP/1.1 on the same port.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{self, Poll};

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::{Either, Full};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower::ServiceExt;
use tower_http::cors::CorsLayer;
use tower_http::trace::TraceLayer;
use traitwire::{Body, Code, Context, Peer, RequestBody, RunningServer};

use super::server;
use crate::calculator::{CalculatorClient, CalculatorServer, abacus, number};
use crate::raw::*;

#[tokio::test]
async fn a_layer_sees_requests_and_changes_headers_both_ways() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let note = move |mut request: Request<RequestBody>| {
        let peer = match request.extensions().get::<Peer>() {
            Some(Peer::Tcp(_)) => "tcp",
            Some(Peer::InProcess) => "this process",
            _ => "nobody",
        };
        log.lock().unwrap().push(format!(
            "{} {} {:?} from {peer}",
            request.method(),
            request.uri().path(),
            request.version(),
        ));
        let headers = request.headers_mut();
        headers.append("x-word", HeaderValue::from_static("of the layer"));
        request
    };
    let answer = |mut response: Response<Body>| {
        let headers = response.headers_mut();
        headers.insert("x-layer", HeaderValue::from_static("was here"));
        response
    };
    let running = server()
        .add(CalculatorServer::new(abacus().0))
        .layer(tower::util::MapResponseLayer::new(answer))
        .layer(tower::util::MapRequestLayer::new(note))
        .start("127.0.0.1:0")
        .await
        .unwrap();
    let client = CalculatorClient::connect(running.local_addr())
        .await
        .unwrap();
    let call = client
        .tell(number(1), Context::new())
        .metadata("x-word", "a");
    let response = call.response().await.unwrap();
    let headers = response.headers();
    let heard: Vec<_> = headers.get_all("x-heard").collect();
    assert_eq!(heard, ["a", "of the layer"]);
    assert_eq!(headers.get("x-layer"), Some("was here"));
    assert_eq!(response.message(), &number(1));

    let mut numbers = client.count(number(2)).await.unwrap();
    while numbers.message().await.unwrap().is_some() {}
    let status = client.increment(number(-1)).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(
        *seen.lock().unwrap(),
        [
            "POST /calls.v1.Calculator/Tell HTTP/2.0 from tcp",
            "POST /calls.v1.Calculator/Count HTTP/2.0 from tcp",
            "POST /calls.v1.Calculator/Increment HTTP/2.0 from tcp",
        ]
    );
}

/// A layer that asks for a word, and answers a page itself.
#[derive(Clone)]
struct Guard<S>(S);

impl<S, B> tower::Service<Request<B>> for Guard<S>
where
    S: tower::Service<Request<B>, Response = Response<Body>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = Response<Either<Body, Full<Bytes>>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let inner = self.0.clone();
        Box::pin(async move {
            if request.uri().path() == "/health" {
                let page = Full::from(format!("fine, {:?}", request.version()));
                return Ok(Response::new(Either::Right(page)));
            }
            if !request.headers().contains_key("authorization") {
                let mut refusal = Response::new(Either::Right(Full::default()));
                let headers = refusal.headers_mut();
                headers.insert("content-type", "application/grpc".parse().unwrap());
                headers.insert("grpc-status", HeaderValue::from(16));
                headers.insert("grpc-message", "the word?".parse().unwrap());
                return Ok(refusal);
            }
            Ok(inner.oneshot(request).await?.map(Either::Left))
        })
    }
}

async fn guarded() -> RunningServer {
    server()
        .add(CalculatorServer::new(abacus().0))
        .layer(tower::layer::layer_fn(Guard))
        .start("127.0.0.1:0")
        .await
        .unwrap()
}

#[tokio::test]
async fn a_layer_answers_itself() {
    let running = guarded().await;
    let client = CalculatorClient::connect(running.local_addr())
        .await
        .unwrap();
    let status = client.increment(number(1)).await.unwrap_err();
    assert_eq!(status.to_string(), "UNAUTHENTICATED: the word?");
    let call = client.increment(number(1)).metadata("authorization", "yes");
    assert_eq!(call.await.unwrap(), number(2));
    // While the client still sends: nobody wants that any more.
    let endless = futures_util::stream::iter(std::iter::repeat_with(|| number(i64::MIN)));
    let status = client.sum(endless).await.unwrap_err();
    assert_eq!(status.to_string(), "UNAUTHENTICATED: the word?");
}

#[tokio::test]
async fn layers_of_tower_http_fit() {
    let running = server()
        .add(CalculatorServer::new(abacus().0))
        .layer(CorsLayer::permissive())
        .layer(TraceLayer::new_for_grpc())
        .start("127.0.0.1:0")
        .await
        .unwrap();
    let client = CalculatorClient::connect(running.local_addr())
        .await
        .unwrap();
    let call = client.tell(number(1), Context::new());
    let response = call.response().await.unwrap();
    let allowed = response.headers().get("access-control-allow-origin");
    assert_eq!(allowed, Some("*"));
    let numbers = client.running_sum(futures_util::stream::iter((0..100).map(number)));
    let mut sums = numbers.await.unwrap();
    let mut last = None;
    while let Some(sum) = sums.message().await.unwrap() {
        last = Some(sum);
    }
    assert_eq!(last, Some(number(99 * 50)));

    // What a browser asks first, which never reaches the services.
    let mut raw = RawClient::open(running.local_addr(), &[]).await;
    let mut block = Vec::new();
    for (name, value) in [
        (":method", "OPTIONS"),
        (":scheme", "http"),
        (":authority", "localhost"),
        (":path", "/calls.v1.Calculator/Tell"),
        ("origin", "http://example.com"),
        ("access-control-request-method", "POST"),
    ] {
        block.extend(literal(0, name, value));
    }
    let options = frame(HEADERS, END_HEADERS | END_STREAM, 1, &block);
    raw.send(&options).await;
    let answer = raw.until("HEADERS 1").await.pop().unwrap();
    assert!(answer.contains(":status=200"), "{answer}");
    assert!(
        answer.contains("access-control-allow-methods=*"),
        "{answer}"
    );
}

/// Sends bytes by hand, and reads until the server closes the connection.
async fn over_http1(running: &RunningServer, request: &str) -> String {
    let mut io = TcpStream::connect(running.local_addr()).await.unwrap();
    io.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    io.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn http_1_is_answered_on_the_same_port() {
    let running = guarded().await;
    let get = "GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let answer = over_http1(&running, get).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nfine, HTTP/1.1"), "{answer}");

    // Its first letter is that of HTTP/2, too.
    let post = "POST /calls.v1.Calculator/Increment HTTP/1.1\r\nhost: localhost\r\n\
                connection: close\r\nauthorization: yes\r\ncontent-length: 2\r\n\r\n{}";
    let answer = over_http1(&running, post).await;
    assert!(answer.starts_with("HTTP/1.1 415 Unsup"), "{answer}");

    let client = CalculatorClient::connect(running.local_addr())
        .await
        .unwrap();
    let call = client.increment(number(1)).metadata("authorization", "yes");
    assert_eq!(call.await.unwrap(), number(2));
}

#[tokio::test]
async fn several_requests_of_http_1_share_a_connection() {
    let running = guarded().await;
    let get = |more| format!("GET /health HTTP/1.1\r\nhost: localhost\r\n{more}\r\n");
    let requests = [get(""), get(""), get("connection: close\r\n")].concat();
    let answer = over_http1(&running, &requests).await;
    assert_eq!(answer.matches("fine, HTTP/1.1").count(), 3, "{answer}");
}

#[tokio::test]
async fn http_1_of_which_each_byte_comes_alone_is_understood() {
    let running = guarded().await;
    let mut io = TcpStream::connect(running.local_addr()).await.unwrap();
    io.set_nodelay(true).unwrap();
    for byte in b"PUT /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n" {
        io.write_all(&[*byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut answer = String::new();
    io.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("fine, HTTP/1.1"), "{answer}");
}
