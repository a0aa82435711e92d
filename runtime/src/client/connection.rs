//! One HTTP/2 connection that is there when it is needed.

use std::future::Future;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::runtime::{Handle, Runtime};

use crate::status::Status;
use crate::transport::{Body, BoxError, Target};

/// Connects when the first call needs it, and again when the connection has gone.
#[derive(Clone)]
pub(super) struct Connection {
    shared: Arc<Shared>,
}

struct Shared {
    target: Target,
    runtime: Handle,
    /// The connection, while there is one.
    ready: Mutex<Option<http2::SendRequest<Body>>>,
    /// Held by whoever dials; the others wait for the outcome.
    dialing: tokio::sync::Mutex<()>,
}

impl Connection {
    pub(super) fn new(target: Target) -> Self {
        Self {
            shared: Arc::new(Shared {
                target,
                runtime: runtime(),
                ready: Mutex::new(None),
                dialing: tokio::sync::Mutex::new(()),
            }),
        }
    }

    pub(super) fn target(&self) -> &Target {
        &self.shared.target
    }

    pub(super) fn runtime(&self) -> &Handle {
        &self.shared.runtime
    }

    /// Opens the connection, unless it is open.
    pub(super) async fn connect(&self) -> Result<(), Status> {
        self.sender().await.map(drop)
    }

    /// Sends a request, on a new connection if the old one went away before it took the request.
    pub(super) async fn send(
        &self,
        mut request: http::Request<Body>,
    ) -> Result<http::Response<Incoming>, BoxError> {
        let mut attempts = 0;
        loop {
            let mut sender = self.sender().await?;
            attempts += 1;
            match sender.try_send_request(request).await {
                Ok(response) => return Ok(response),
                Err(mut error) => match error.take_message() {
                    // The request comes back only if nobody has seen any of it.
                    Some(unsent) if attempts < MAX_ATTEMPTS => request = unsent,
                    _ => return Err(error.into_error().into()),
                },
            }
        }
    }

    async fn sender(&self) -> Result<http2::SendRequest<Body>, Status> {
        if let Some(sender) = self.shared.ready() {
            return Ok(sender);
        }
        let _dialing = self.shared.dialing.lock().await;
        if let Some(sender) = self.shared.ready() {
            return Ok(sender);
        }
        // Sockets belong to a runtime, and a caller may not have one.
        let shared = Arc::clone(&self.shared);
        let dial = AbortOnDrop(
            self.shared
                .runtime
                .spawn(async move { shared.dial().await }),
        );
        let dialed = dial.await.unwrap_or_else(|error| Err(error.into()));
        dialed.map_err(|error| {
            let text = format!("can't connect to {}: {error}", self.shared.target.text());
            Status::unavailable(text).with_source(error)
        })
    }
}

impl Shared {
    /// The connection, if there is one that takes calls.
    fn ready(&self) -> Option<http2::SendRequest<Body>> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if ready.as_ref().is_some_and(http2::SendRequest::is_closed) {
            *ready = None;
        }
        ready.clone()
    }

    async fn dial(&self) -> Result<http2::SendRequest<Body>, BoxError> {
        let io = self.target.connect().await?;
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .max_header_list_size(MAX_HEADER_LIST)
            .handshake(TokioIo::new(io))
            .await?;
        // It ends when nobody can send on it any more; why it broke is told to each of its calls.
        self.runtime.spawn(async move {
            let _ = connection.await;
        });
        *self.ready.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender.clone());
        Ok(sender)
    }
}

/// A task that nobody needs once nobody waits for it.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Future for AbortOnDrop<T> {
    type Output = Result<T, tokio::task::JoinError>;

    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Self::Output> {
        std::pin::Pin::new(&mut self.0).poll(cx)
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The caller's runtime, or one of our own for programs without any.
pub(super) fn runtime() -> Handle {
    static OWN: OnceLock<Runtime> = OnceLock::new();
    Handle::try_current().unwrap_or_else(|_| {
        let start = || {
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("traitwire")
                .enable_all()
                .build()
                .expect("the system has threads and sockets for a runtime")
        };
        OWN.get_or_init(start).handle().clone()
    })
}

/// How often a request that no server has seen is sent.
const MAX_ATTEMPTS: u32 = 3;

/// Bytes that a server may send before we have read any of them, per call and per connection.
const WINDOW: u32 = 2 * 1024 * 1024;

/// Bytes of a response's headers, as HTTP/2 counts them.
const MAX_HEADER_LIST: u32 = 16 * 1024;
