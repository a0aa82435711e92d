//! One HTTP/2 connection that is there when it is needed.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use h2::{Reason, RecvStream, SendStream};
use http_body::{Body as _, Frame};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::deadline;
use crate::status::Status;
use crate::transport::{Body, BoxError, Target};

/// Connects when the first call needs it, and again when the connection has gone.
#[derive(Clone)]
pub(super) struct Connection {
    shared: Arc<Shared>,
}

struct Shared {
    target: Arc<Target>,
    runtime: Handle,
    /// The outcome of the last dial, which all calls wait for that came in the meantime.
    dial: Mutex<Option<Dial>>,
}

type Dial = watch::Receiver<Option<Result<Established, Status>>>;

/// A connection, as long as it takes calls.
#[derive(Clone)]
struct Established {
    sender: SendRequest<Bytes>,
    /// Closed when the connection has ended.
    alive: watch::Sender<()>,
}

impl Connection {
    pub(super) fn new(target: Target) -> Self {
        Self {
            shared: Arc::new(Shared {
                target: Arc::new(target),
                runtime: deadline::runtime(),
                dial: Mutex::new(None),
            }),
        }
    }

    pub(super) fn target(&self) -> &Target {
        &self.shared.target
    }

    /// Opens the connection, unless it is open.
    pub(super) async fn connect(&self) -> Result<(), Status> {
        self.established().await.map(drop)
    }

    /// Sends a request, on a new connection if the old one went away before it took the request.
    pub(super) async fn send(
        &self,
        request: http::Request<Body>,
    ) -> Result<http::Response<ResponseBody>, BoxError> {
        let (parts, body) = request.into_parts();
        let end = body.is_end_stream();
        let mut attempts = 0;
        loop {
            let established = self.established().await?;
            attempts += 1;
            let sent = async {
                let mut sender = established.sender.clone().ready().await?;
                let head = http::Request::from_parts(parts.clone(), ());
                sender.send_request(head, end)
            };
            match sent.await {
                Ok((response, stream)) => {
                    self.send_body(body, stream);
                    return Ok(response.await?.map(ResponseBody::new));
                }
                // The server has sent GOAWAY, or the connection is broken. No part of the request has left.
                Err(_) if attempts < MAX_ATTEMPTS => self.shared.forget(&established),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn send_body(&self, body: Body, mut stream: SendStream<Bytes>) {
        if body.is_end_stream() {
            return;
        }
        match body.into_once() {
            // The bytes are there already: the connection keeps them until the server wants them. If that fails, the
            // response says why.
            Ok(bytes) => _ = stream.send_data(bytes, true),
            Err(body) => {
                let mut pump = Pump {
                    body,
                    stream,
                    chunk: Bytes::new(),
                };
                self.shared.runtime.spawn(poll_fn(move |cx| pump.poll(cx)));
            }
        }
    }

    async fn established(&self) -> Result<Established, Status> {
        let mut dial = self.shared.dial();
        let gone = |_| Status::unavailable("the runtime that the channel was made in is gone");
        let outcome = dial.wait_for(Option::is_some).await.map_err(gone)?.clone();
        outcome.unwrap_or_else(|| Err(Status::internal("a dial ended without an outcome")))
    }
}

impl Shared {
    /// The connection that there is or will be.
    fn dial(&self) -> Dial {
        let mut current = self.dial.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(dial) = current.as_ref().filter(|dial| still_good(dial)) {
            return dial.clone();
        }
        let (outcome, dial) = watch::channel(None);
        let (target, runtime) = (Arc::clone(&self.target), self.runtime.clone());
        self.runtime.spawn(async move {
            // Without anybody to wait for it, there is no need to go on.
            let established = tokio::select! {
                established = establish(&target, &runtime) => established,
                () = outcome.closed() => return,
            };
            let text = |error: &BoxError| format!("can't connect to {}: {error}", target.text());
            outcome.send_replace(Some(
                established.map_err(|error| Status::unavailable(text(&error)).with_source(error)),
            ));
        });
        *current = Some(dial.clone());
        dial
    }

    /// The connection takes no calls any more.
    fn forget(&self, established: &Established) {
        let mut current = self.dial.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |dial: &mut Dial| match &*dial.borrow() {
            Some(Ok(current)) => current.alive.same_channel(&established.alive),
            _ => false,
        };
        current.take_if(same);
    }
}

/// Whether the dial goes on, or its connection takes calls. One that failed is told to those who waited for it.
fn still_good(dial: &Dial) -> bool {
    match &*dial.borrow() {
        None => dial.has_changed().is_ok(),
        Some(Ok(established)) => !established.alive.is_closed(),
        Some(Err(_)) => false,
    }
}

async fn establish(target: &Target, runtime: &Handle) -> Result<Established, BoxError> {
    let connect = async {
        let io = target.connect().await?;
        let handshake = h2::client::Builder::new()
            .enable_push(false)
            .initial_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_header_list_size(MAX_HEADER_LIST)
            .handshake(io);
        Ok::<_, BoxError>(handshake.await?)
    };
    let (sender, connection) = tokio::time::timeout(CONNECT_TIMEOUT, connect)
        .await
        .unwrap_or_else(|_| Err(format!("no answer within {CONNECT_TIMEOUT:?}").into()))?;
    let (alive, ended) = watch::channel(());
    runtime.spawn(async move {
        // It ends when nobody can send on it any more; why it broke is told to each of its calls.
        let _ = connection.await;
        drop(ended);
    });
    Ok(Established { sender, alive })
}

/// Moves a stream of requests into the connection, as fast as the server takes it.
struct Pump {
    body: Body,
    stream: SendStream<Bytes>,
    /// What the server has no room for yet.
    chunk: Bytes,
}

impl Pump {
    /// Ready when there is nothing more to send.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            // The call may end while the server takes nothing; then the server has to be told.
            if self.body.poll_over(cx) {
                self.stream.send_reset(Reason::CANCEL);
                return Poll::Ready(());
            }
            if let Poll::Ready(_reset) = self.stream.poll_reset(cx) {
                return Poll::Ready(());
            }
            if self.chunk.is_empty() {
                match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                    Some(Ok(frame)) => self.chunk = frame.into_data().unwrap_or_default(),
                    Some(Err(_)) => {
                        self.stream.send_reset(Reason::CANCEL);
                        return Poll::Ready(());
                    }
                    None => {
                        // If this fails, the call is over already.
                        let _ = self.stream.send_data(Bytes::new(), true);
                        return Poll::Ready(());
                    }
                }
                self.stream.reserve_capacity(self.chunk.len());
            }
            let Some(Ok(room)) = ready!(self.stream.poll_capacity(cx)) else {
                return Poll::Ready(());
            };
            let part = self.chunk.split_to(room.min(self.chunk.len()));
            if self.stream.send_data(part, false).is_err() {
                return Poll::Ready(());
            }
        }
    }
}

/// The body of a response, which gives the server room as it is read.
pub(super) struct ResponseBody {
    stream: RecvStream,
    data_ended: bool,
}

impl ResponseBody {
    fn new(stream: RecvStream) -> Self {
        Self {
            stream,
            data_ended: false,
        }
    }
}

impl http_body::Body for ResponseBody {
    type Data = Bytes;
    type Error = h2::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, h2::Error>>> {
        if !self.data_ended {
            if let Some(data) = ready!(self.stream.poll_data(cx)) {
                return Poll::Ready(Some(data.and_then(|data| {
                    self.stream.flow_control().release_capacity(data.len())?;
                    Ok(Frame::data(data))
                })));
            }
            self.data_ended = true;
        }
        let trailers = ready!(self.stream.poll_trailers(cx)).transpose();
        Poll::Ready(trailers.map(|trailers| trailers.map(Frame::trailers)))
    }
}

/// How often a request that no server has seen is sent.
const MAX_ATTEMPTS: u32 = 3;

/// How long a connection may take to come up: `MIN_CONNECT_TIMEOUT` of gRPC's connection backoff.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// Bytes that a server may send on a call before we have read any of them.
const STREAM_WINDOW: u32 = 512 * 1024;

/// The same for all calls of a connection: so many that calls nobody reads don't stop those that somebody does.
const CONNECTION_WINDOW: u32 = 128 * STREAM_WINDOW;

/// Bytes of a response's headers, as HTTP/2 counts them. More than servers send: a longer list ends the connection.
const MAX_HEADER_LIST: u32 = 64 * 1024;
