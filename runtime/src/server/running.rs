//! A server at work: connections come, are served, and are let go in peace.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::ServeError;
use super::layers::HttpService;
use crate::call::Peer;
use crate::transport::{CallsAtWork, Gather, Io, Listener};

/// A server that listens in the background.
///
/// Dropping it leaves the server running.
#[derive(Debug)]
pub struct RunningServer {
    local_addr: Option<SocketAddr>,
    stage: watch::Sender<Stage>,
}

/// How much of a server is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Serving,
    /// No new connections; open calls go on.
    Draining,
    /// Nothing.
    Aborted,
}

pub(super) fn start<S: HttpService>(
    listener: Listener,
    service: Arc<S>,
    max_concurrent_streams: u32,
) -> RunningServer {
    let (stage, stages) = watch::channel(Stage::Serving);
    let local_addr = listener.local_addr();
    tokio::spawn(accept(listener, service, max_concurrent_streams, stages));
    RunningServer { local_addr, stage }
}

impl RunningServer {
    /// The address that clients reach it at, with the port that was found where 0 was asked for.
    ///
    /// # Panics
    ///
    /// If it doesn't listen on TCP.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
            .expect("only a server that listens on TCP has a socket address")
    }

    /// Lets it finish: no new connection is taken, no new call on the open ones, and the calls that are open go on.
    pub fn shutdown(&self) {
        self.go_to(Stage::Draining);
    }

    /// Ends it now, open calls and all.
    pub fn abort(&self) {
        self.go_to(Stage::Aborted);
    }

    /// Waits until the last call is over, after [`shutdown`](Self::shutdown) or [`abort`](Self::abort).
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the server as it is.
    pub async fn wait(self) {
        self.stopped().await;
    }

    /// Lets it run until the process is told to stop (SIGTERM or Ctrl-C), then lets it finish. A second signal doesn't
    /// wait for open calls.
    ///
    /// # Errors
    ///
    /// If the process's signals can't be listened to.
    ///
    /// # Cancellation
    ///
    /// Dropping the future is a [`shutdown`](Self::shutdown) that nobody waits for.
    pub async fn until_signal(self) -> Result<(), ServeError> {
        let stop = StopOnDrop(&self);
        let mut signals = StopSignals::listen().map_err(ServeError::Signals)?;
        tokio::select! {
            () = self.stopped() => {}
            () = signals.next() => self.shutdown(),
        }
        tokio::select! {
            () = self.stopped() => {}
            () = signals.next() => self.abort(),
        }
        drop(stop);
        Ok(())
    }

    /// Lets it run until `stop` is ready, then lets it finish.
    ///
    /// # Cancellation
    ///
    /// Dropping the future is a [`shutdown`](Self::shutdown) that nobody waits for.
    pub async fn until(self, stop: impl Future<Output = ()>) {
        let guard = StopOnDrop(&self);
        stop.await;
        drop(guard);
        self.stopped().await;
    }

    async fn stopped(&self) {
        // The accepting task holds a receiver until everything is over.
        self.stage.closed().await;
    }

    fn go_to(&self, stage: Stage) {
        self.stage.send_if_modified(|current| {
            let later = *current < stage;
            if later {
                *current = stage;
            }
            later
        });
    }
}

struct StopOnDrop<'a>(&'a RunningServer);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.shutdown();
    }
}

/// What tells a process to stop.
struct StopSignals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl StopSignals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

async fn accept<S: HttpService>(
    mut listener: Listener,
    service: Arc<S>,
    max_concurrent_streams: u32,
    mut stages: watch::Receiver<Stage>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            // A closed channel is a handle that was dropped: the server goes on for good.
            Ok(()) = stages.changed() => break,
            accepted = listener.accept() => match accepted {
                Ok((io, peer)) => {
                    let connection = serve_connection(io, peer, Arc::clone(&service), max_concurrent_streams, stages.clone());
                    connections.spawn(connection);
                }
                Err(error) if is_connection_error(&error) => {}
                // Out of file descriptors, most likely: wait for some connection to end.
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    loop {
        tokio::select! {
            ended = connections.join_next() => if ended.is_none() {
                return;
            },
            () = aborted(&mut stages) => {
                connections.shutdown().await;
                return;
            }
        }
    }
}

async fn serve_connection<S: HttpService>(
    io: Io,
    peer: Peer,
    service: Arc<S>,
    max_concurrent_streams: u32,
    mut stages: watch::Receiver<Stage>,
) {
    let calls = CallsAtWork::default();
    let io = Gather::new(io, calls.clone());
    let service = service_fn(|request| {
        let (service, peer, at_work) = (Arc::clone(&service), peer.clone(), calls.start());
        async move {
            let response = service.call(&peer, request).await;
            drop(at_work);
            response
        }
    });
    let mut builder = auto::Builder::new(Calls(stages.clone()));
    builder.http1().timer(TokioTimer::new());
    builder
        .http2()
        .timer(TokioTimer::new())
        // gRPC knows no date, and every client would find it among its metadata.
        .auto_date_header(false)
        .keep_alive_interval(KEEP_ALIVE_INTERVAL)
        .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(MAX_HEADER_LIST)
        .max_concurrent_streams(max_concurrent_streams);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(io), service));
    loop {
        tokio::select! {
            // How a connection ended is nobody's business but its clients', and those know.
            _ = connection.as_mut() => return,
            Ok(()) = stages.changed() => connection.as_mut().graceful_shutdown(),
        }
    }
}

/// Runs the calls of a connection. They are counted as a part of the server until they are over.
#[derive(Clone)]
struct Calls(watch::Receiver<Stage>);

impl<F> hyper::rt::Executor<F> for Calls
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, call: F) {
        let running = self.0.clone();
        tokio::spawn(async move {
            call.await;
            drop(running);
        });
    }
}

async fn aborted(stages: &mut watch::Receiver<Stage>) {
    if stages
        .wait_for(|stage| *stage == Stage::Aborted)
        .await
        .is_err()
    {
        std::future::pending().await
    }
}

/// The fault of one client, not of the listener.
fn is_connection_error(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

/// Bytes that a client may send on a call before we have read any of them.
const STREAM_WINDOW: u32 = 512 * 1024;

/// The same for all calls of a connection: so many that calls nobody reads don't stop those that somebody does.
const CONNECTION_WINDOW: u32 = 128 * STREAM_WINDOW;

/// How long a connection may be silent before we ask whether somebody is there, and how long the answer may take. A
/// client that is gone without a word holds its calls, and a shutdown, for no longer than both.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of a request's headers, as HTTP/2 counts them. gRPC's other implementations take 8 to 16 KiB.
const MAX_HEADER_LIST: u32 = 16 * 1024;

/// Between two attempts to accept, when the system has no room for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
