//! A server at work: connections come, are served, and are let go in peace.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime::{self, Runtime};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::ServeError;
use super::connection::{Options, start_connection};
use super::layers::HttpService;
use super::start::OnShutdown;
use crate::deadline;
use crate::transport::{Detached, Http2Server, Listener};
#[cfg(feature = "tls")]
use crate::transport::{TlsAcceptor, TlsError};

/// A server that listens in the background.
///
/// Dropping it leaves the server running.
#[derive(Debug)]
pub struct RunningServer {
    local_addr: Option<SocketAddr>,
    stage: watch::Sender<Stage>,
    on_shutdown: OnShutdown,
    #[cfg(feature = "tls")]
    tls: Option<Arc<TlsAcceptor>>,
}

/// How much of a server is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Serving,
    /// No new connections; open calls go on.
    Draining,
    /// Open calls are answered.
    Ending,
    /// Nothing.
    Aborted,
}

pub(super) fn start<S: HttpService + Http2Server>(
    listener: Listener,
    service: Arc<S>,
    options: Options,
    on_shutdown: OnShutdown,
) -> RunningServer {
    let (stage, stages) = watch::channel(Stage::Serving);
    let running = RunningServer::new(listener.local_addr(), stage, on_shutdown, &options);
    tokio::spawn(accept(listener, service, Arc::new(options), stages));
    running
}

/// As [`start`], with a thread and a runtime for each listener.
pub(super) fn start_per_core<S: HttpService + Http2Server>(
    new_core: NewCore,
    listeners: Vec<Detached>,
    service: Arc<S>,
    options: Options,
    on_shutdown: OnShutdown,
) -> io::Result<RunningServer> {
    let (stage, stages) = watch::channel(Stage::Serving);
    let options = Arc::new(options);
    let mut cores = Vec::new();
    for listener in listeners {
        let core = new_core()?;
        let listener = core.attach(listener)?;
        cores.push((core, listener));
    }
    let local_addr = cores
        .first()
        .and_then(|(_, listener)| listener.local_addr());
    let running = RunningServer::new(local_addr, stage, on_shutdown, &options);
    for (number, (core, listener)) in cores.into_iter().enumerate() {
        let accept = accept(
            listener,
            Arc::clone(&service),
            Arc::clone(&options),
            stages.clone(),
        );
        let thread = thread::Builder::new().name(format!("traitwire-{number}"));
        if let Err(error) = thread.spawn(move || core.run(accept)) {
            // Those that have started must not serve for ever.
            running.abort();
            return Err(error);
        }
    }
    Ok(running)
}

/// One thread with a runtime of its own. It is behind a pointer, so that only a program that asks for it has tokio's
/// second scheduler in it.
pub(super) trait Core: Send {
    fn attach(&self, listener: Detached) -> io::Result<Listener>;
    fn run(self: Box<Self>, accept: Accepting);
}

pub(super) type NewCore = fn() -> io::Result<Box<dyn Core>>;

pub(super) fn new_core() -> io::Result<Box<dyn Core>> {
    let mut builder = runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build()?;
    Ok(Box::new(CurrentThread(Some(runtime))))
}

/// May be dropped where no runtime may be, in the middle of another one's task.
struct CurrentThread(Option<Runtime>);

impl Core for CurrentThread {
    fn attach(&self, listener: Detached) -> io::Result<Listener> {
        let _entered = self.0.as_ref().map(Runtime::enter);
        listener.attach()
    }

    fn run(mut self: Box<Self>, accept: Accepting) {
        if let Some(runtime) = self.0.take() {
            runtime.block_on(accept);
        }
    }
}

impl Drop for CurrentThread {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl RunningServer {
    fn new(
        local_addr: Option<SocketAddr>,
        stage: watch::Sender<Stage>,
        on_shutdown: OnShutdown,
        #[cfg_attr(not(feature = "tls"), expect(unused, reason = "TLS is in them"))]
        options: &Options,
    ) -> Self {
        Self {
            local_addr,
            stage,
            on_shutdown,
            #[cfg(feature = "tls")]
            tls: options.tls.clone(),
        }
    }

    /// The address that clients reach it at, with the port that was found where 0 was asked for.
    ///
    /// # Panics
    ///
    /// If it doesn't listen on TCP.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
            .expect("only a server that listens on TCP has a socket address")
    }

    /// Reads the certificates, keys and roots of [`Server::tls`](crate::Server::tls) from their files, for connections that
    /// come from now on: when the process is told to by SIGHUP, for one. Does nothing without TLS, or without files.
    ///
    /// # Errors
    ///
    /// If they are of no use. Then the server goes on with those that it has.
    #[cfg(feature = "tls")]
    pub fn reload_tls(&self) -> Result<(), TlsError> {
        self.tls.as_ref().map_or(Ok(()), |tls| tls.load())
    }

    /// Lets it finish: no new connection is taken, no new call on the open ones, and the calls that are open go on.
    pub fn shutdown(&self) {
        self.go_to(Stage::Draining);
    }

    /// As [`shutdown`](Self::shutdown), for no longer than `time`: then the calls that are still open end with UNAVAILABLE,
    /// but for handlers that are `detached`, which [`wait`](Self::wait) goes on to wait for.
    ///
    /// Over hyper, what isn't gRPC, or isn't read by its client, has a second more, and is cut off then.
    pub fn shutdown_within(&self, time: Duration) {
        self.shutdown();
        let stage = self.stage.clone();
        deadline::runtime().spawn(async move {
            tokio::time::sleep(time).await;
            go_to(&stage, Stage::Ending);
        });
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
    /// Signals count from this call on, not only from when its future is first polled: a program that tells others of
    /// itself calls it before, and awaits it afterwards.
    ///
    /// # Errors
    ///
    /// If the process's signals can't be listened to.
    ///
    /// # Panics
    ///
    /// If there is no tokio runtime around.
    ///
    /// # Cancellation
    ///
    /// Dropping the future is a [`shutdown`](Self::shutdown) that nobody waits for.
    pub fn until_signal(self) -> impl Future<Output = Result<(), ServeError>> + Send {
        let signals = StopSignals::listen().map_err(ServeError::Signals);
        let stop = StopOnDrop(self);
        async move {
            let mut signals = signals?;
            let StopOnDrop(server) = &stop;
            tokio::select! {
                () = server.stopped() => {}
                () = signals.next() => server.shutdown(),
            }
            tokio::select! {
                () = server.stopped() => {}
                () = signals.next() => server.abort(),
            }
            Ok(())
        }
    }

    /// Lets it run until `stop` is ready, then lets it finish.
    ///
    /// # Cancellation
    ///
    /// Dropping the future is a [`shutdown`](Self::shutdown) that nobody waits for.
    pub async fn until(self, stop: impl Future<Output = ()>) {
        let server = StopOnDrop(self);
        stop.await;
        server.0.shutdown();
        server.0.stopped().await;
    }

    async fn stopped(&self) {
        // The accepting task holds a receiver until everything is over.
        self.stage.closed().await;
    }

    fn go_to(&self, stage: Stage) {
        self.on_shutdown.run();
        go_to(&self.stage, stage);
    }
}

fn go_to(stages: &watch::Sender<Stage>, stage: Stage) {
    stages.send_if_modified(|current| {
        let later = *current < stage;
        if later {
            *current = stage;
        }
        later
    });
}

struct StopOnDrop(RunningServer);

impl Drop for StopOnDrop {
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

type Accepting = Pin<Box<dyn Future<Output = ()> + Send>>;

/// In a box, so that there is one of it in a program, whatever it runs on.
fn accept<S: HttpService + Http2Server>(
    listener: Listener,
    service: Arc<S>,
    options: Arc<Options>,
    stages: watch::Receiver<Stage>,
) -> Accepting {
    Box::pin(accept_all(listener, service, options, stages))
}

async fn accept_all<S: HttpService + Http2Server>(
    mut listener: Listener,
    service: Arc<S>,
    options: Arc<Options>,
    mut stages: watch::Receiver<Stage>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            // A closed channel is a handle that was dropped: the server goes on for good.
            Ok(()) = stages.changed() => break,
            accepted = listener.accept() => match accepted {
                Ok((io, peer)) => {
                    let room = match &options.connections {
                        Some(room) => tokio::select! {
                            room = Arc::clone(room).acquire_owned() => room.ok(),
                            Ok(()) = stages.changed() => break,
                        },
                        None => None,
                    };
                    let (service, options) = (Arc::clone(&service), Arc::clone(&options));
                    let stages = stages.clone();
                    start_connection(&mut connections, io, peer, service, options, stages, room);
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

/// Between two attempts to accept, when the system has no room for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_fails_to_start_on_its_cores_gives_them_up() {
        let (core, other) = (new_core().unwrap(), new_core().unwrap());
        drop(core);
        let ran = thread::spawn(move || other.run(Box::pin(std::future::ready(()))));
        ran.join().unwrap();
    }
}
