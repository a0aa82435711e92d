//! The measured services by hand, on hyper: what any server on top of it costs at least.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use http_body::{Body, Frame};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use server_raw::{Messages, Method, Sink, head, hello, trailers};
use tokio::net::TcpListener;

fn main() -> std::io::Result<()> {
    server_support::runtime().block_on(async {
        let listener = TcpListener::bind(server_support::address()).await?;
        server_support::listening(listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let connection = http2::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service_fn(answer));
            // A client that goes away in the middle of a call is its own business.
            tokio::spawn(async { drop(connection.await) });
        }
    })
}

async fn answer(request: Request<Incoming>) -> Result<Response<Reply>, Infallible> {
    let (parts, mut body) = request.into_parts();
    let Some(method) = Method::of(parts.uri.path()) else {
        let mut missing = Response::new(Reply::End);
        *missing.status_mut() = http::StatusCode::NOT_FOUND;
        return Ok(missing);
    };
    if method == Method::PingPong {
        return Ok(head(Reply::PingPong(body)));
    }

    let mut sink = Sink::default();
    let mut message = Bytes::new();
    let mut long = BytesMut::new();
    while let Some(Ok(frame)) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if method == Method::Sink {
            sink.take(&data);
        } else if message.is_empty() && long.is_empty() {
            message = data;
        } else {
            long.extend_from_slice(&std::mem::take(&mut message));
            long.extend_from_slice(&data);
        }
    }
    if message.is_empty() {
        message = long.freeze();
    }
    Ok(head(match method {
        Method::Stream => Reply::Many(Messages::asked_for(&message)),
        Method::Sink => Reply::One(sink.reply()),
        Method::Echo => Reply::One(message),
        _ => Reply::One(hello(method, &parts.headers, &message).await),
    }))
}

/// What is still to be sent.
enum Reply {
    One(Bytes),
    Many(Messages),
    PingPong(Incoming),
    Trailers,
    End,
}

impl Body for Reply {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let data = match &mut *self {
            Self::One(data) => {
                let data = std::mem::take(data);
                *self = Self::Trailers;
                return Poll::Ready(Some(Ok(Frame::data(data))));
            }
            Self::Many(messages) => messages.next(),
            Self::PingPong(body) => match ready!(Pin::new(body).poll_frame(cx)) {
                Some(frame) => frame?.into_data().ok(),
                None => None,
            },
            Self::Trailers => None,
            Self::End => return Poll::Ready(None),
        };
        Poll::Ready(Some(Ok(match data {
            Some(data) => Frame::data(data),
            None => {
                *self = Self::End;
                Frame::trailers(trailers())
            }
        })))
    }
}
