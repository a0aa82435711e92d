//! Services on the network.

mod connection;
mod ended;
mod hyper;
mod layers;
mod running;
mod service;
mod start;

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

pub use layers::{HttpStack, Layers, NoLayers, RoutesService};
pub use running::RunningServer;
pub use service::ServiceServer;
pub use start::Starting;

use connection::Options;
use layers::Intercept;

use crate::call::{Compression, ResourceQuota, Routes};
use crate::interceptor::Interceptor;
#[cfg(feature = "channelz")]
use crate::registry::Registry;
#[cfg(feature = "channelz")]
use crate::transport::Detached;
use crate::transport::IntoListener;
#[cfg(feature = "tls")]
use crate::transport::{ServerTls, TlsAcceptor, TlsError};

/// A server for any number of services.
///
/// ```no_run
/// # use traitwire::{Server, Status, grpc_service};
/// # #[grpc_service(package = "guide")]
/// # trait Guide { async fn ping(&self) -> Result<(), Status>; }
/// # struct MyGuide;
/// # impl Guide for MyGuide { async fn ping(&self) -> Result<(), Status> { Ok(()) } }
/// # #[tokio::main] async fn main() -> traitwire::Result<()> {
/// Server::new()
///     .add(GuideServer::new(MyGuide))
///     .serve("127.0.0.1:50051")
///     .await?;
/// # Ok(()) }
/// ```
///
/// The type grows with each service and layer that is added; that is what lets calls through without allocating for
/// them. Where a service is there only sometimes, add an `Option` of it.
#[derive(Clone)]
pub struct Server<R = (), L = NoLayers> {
    routes: R,
    layers: L,
    options: Options,
}

impl Server {
    /// A server of no service.
    pub fn new() -> Self {
        Self {
            routes: (),
            layers: NoLayers,
            options: Options::default(),
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self::new()
    }
}

impl<R, L> Server<R, L> {
    /// Serves one more service: what `#[grpc_service]` generates as `…Server`, or an `Option` of it.
    #[expect(
        clippy::should_implement_trait,
        reason = "nobody takes a server for a number"
    )]
    pub fn add<S: Routes>(self, service: S) -> Server<(R, S), L> {
        Server {
            routes: (self.routes, service),
            layers: self.layers,
            options: self.options,
        }
    }

    /// Puts a tower layer around all services; the one that is added last sees a request first.
    ///
    /// Any layer for `http` requests and responses will do, tower-http's among them, but for those that compress: gRPC
    /// compresses message by message.
    pub fn layer<T>(self, layer: T) -> Server<R, Layers<T, L>> {
        Server {
            routes: self.routes,
            layers: Layers::new(layer, self.layers),
            options: self.options,
        }
    }

    /// Puts an interceptor before all services, those that are added later too; the one that is added last sees a call
    /// first. Layers stay outside. See [`interceptor`](crate::interceptor).
    pub fn intercept(self, interceptor: impl Interceptor) -> Server<R, L::With>
    where
        L: Intercept,
    {
        Server {
            routes: self.routes,
            layers: self.layers.with(interceptor),
            options: self.options,
        }
    }

    /// The longest request message that is taken, in bytes; 4 MiB unless said otherwise. Longer ones end their call with
    /// RESOURCE_EXHAUSTED before anything is allocated for them.
    #[must_use]
    pub fn max_receive_message_len(mut self, len: usize) -> Self {
        let limits = &mut self.options.http2.limits;
        limits.receive = limits.receive.limited(len);
        self
    }

    /// The longest response message that is sent, in bytes; no limit unless said otherwise. A longer one ends its call with
    /// RESOURCE_EXHAUSTED.
    #[must_use]
    pub fn max_send_message_len(mut self, len: usize) -> Self {
        self.options.http2.limits.max_send_message_len = len;
        self
    }

    /// Takes request messages that are compressed in one of these ways, and tells clients so; none unless said otherwise. A
    /// client that compresses all the same gets UNIMPLEMENTED, and the names of what is taken.
    #[must_use]
    pub fn accept_compressed(
        mut self,
        compressions: impl IntoIterator<Item = Compression>,
    ) -> Self {
        self.options.http2.limits.receive.accepted = compressions.into_iter().collect();
        self
    }

    /// Compresses response messages so, for clients that say that they take that; `None` for not at all, as in the
    /// beginning. A handler may exempt its response ([`Context::compress_response`](crate::Context::compress_response)) or
    /// single messages of a stream ([`MaybeCompressed`](crate::MaybeCompressed)).
    #[must_use]
    pub fn send_compressed(mut self, compression: impl Into<Option<Compression>>) -> Self {
        self.options.http2.limits.send_compressed = compression.into();
        self
    }

    /// How many calls a connection may have open at a time; 256 unless said otherwise. Clients wait with more.
    #[must_use]
    pub fn max_concurrent_streams(mut self, streams: u32) -> Self {
        self.options.config().max_concurrent_streams = streams;
        self
    }

    /// How long calls may take on average, for their connection to answer them itself; 50 µs unless said otherwise.
    ///
    /// A connection polls each call once when it arrives, and one of a single message again when it goes on; it costs no
    /// task then. If those that arrived or went on together take longer than this, on average, the rest of them become
    /// tasks, so that a handler which computes holds up its neighbours for no longer. Zero makes a task of every call.
    #[must_use]
    pub fn max_in_place(mut self, time: Duration) -> Self {
        self.options.http2.max_in_place = time;
        self
    }

    /// Serves with a thread for each core, each with a runtime and, on TCP, a listener of its own (`SO_REUSEPORT`), instead
    /// of the runtime around.
    ///
    /// A connection stays on the thread that accepted it, which spares it everything that threads have to agree on;
    /// but clients with few connections then keep few cores busy, and a handler that computes has to leave for
    /// [`spawn_blocking`](tokio::task::spawn_blocking), or for another runtime's `spawn`, or it holds up the connections
    /// beside it.
    #[must_use]
    pub fn per_core(mut self) -> Self {
        self.options.new_core = Some(running::new_core);
        self
    }

    /// How many bytes are held for one connection at a time; 128 MiB unless said otherwise. It is as for a
    /// [`ResourceQuota`], but that a message which arrives alone has room in any case.
    #[must_use]
    pub fn connection_quota(mut self, bytes: usize) -> Self {
        self.options.quotas().connection = bytes;
        self.options.config().max_held = bytes;
        self
    }

    /// How many bytes are held for all clients, and for whoever else shares the quota; no limit unless said otherwise.
    ///
    /// Over hyper, only messages that are arriving count.
    #[must_use]
    pub fn resource_quota(mut self, quota: &ResourceQuota) -> Self {
        self.options.quotas().in_all = Some(quota.clone());
        self
    }

    /// How many bytes a client may send on a call, before any of them is read, in the beginning; 512 KiB unless said
    /// otherwise, and 65,535 at least.
    #[must_use]
    pub fn initial_stream_window_size(mut self, bytes: u32) -> Self {
        self.options.config().stream_window = bytes;
        self
    }

    /// How many bytes a client may have on their way on a connection in the beginning; 4 MiB unless said otherwise, and
    /// 65,535 at least. What calls have received and nobody has read doesn't count, up to
    /// [`connection_quota`](Self::connection_quota).
    ///
    /// Over hyper, it counts, and 64 MiB are the default.
    #[must_use]
    pub fn initial_connection_window_size(mut self, bytes: u32) -> Self {
        self.options.config().connection_window = bytes;
        self.options.over_hyper_window = bytes;
        self
    }

    /// What both windows grow to where a client is far away and sends fast; 16 MiB unless said otherwise. Each time that a
    /// window is half used up, a ping measures how much arrives while it travels. With zero, windows stay as they are.
    ///
    /// Over hyper, they stay as they are.
    #[must_use]
    pub fn max_window_size(mut self, bytes: u32) -> Self {
        self.options.config().max_window = bytes;
        self
    }

    /// How many connections there may be at a time; no limit unless said otherwise. With as many, the next ones wait until
    /// others end.
    #[must_use]
    pub fn max_connections(mut self, connections: usize) -> Self {
        let connections = connections.clamp(1, Semaphore::MAX_PERMITS);
        self.options.connections = Some(Arc::new(Semaphore::new(connections)));
        self
    }

    /// How long a connection may be silent before the server asks by a ping whether somebody is there, and how long the
    /// answer may take before it is closed; 20 and 10 seconds unless said otherwise (gRFC A8). Over TCP on Linux, the system
    /// closes it as well when the client has acknowledged nothing for as long as the answer may take (`TCP_USER_TIMEOUT`,
    /// gRFC A18).
    #[must_use]
    pub fn keep_alive(mut self, interval: Duration, timeout: Duration) -> Self {
        self.options.http2.keep_alive_interval = interval;
        self.options.http2.keep_alive_timeout = timeout;
        self
    }

    /// How often clients may ping at most; every 5 minutes unless said otherwise, and every two hours while no call is open,
    /// unless `without_calls` (gRFC A8). A client that pings more often loses its connection by GOAWAY `too_many_pings`.
    /// Pings don't count after an answer, or a part of one.
    ///
    /// Over hyper there is no such limit.
    #[must_use]
    pub fn min_ping_interval(mut self, interval: Duration, without_calls: bool) -> Self {
        self.options.config().min_ping_interval = interval;
        self.options.config().pings_without_streams = without_calls;
        self
    }

    /// How long a client may take for what comes before a call; 30 seconds unless said otherwise. Counted from the first byte
    /// to the last, of what a connection starts with (after TLS, which has a time of its own) and of the headers of each
    /// call. A connection on which it takes longer is closed, whatever else is open on it. Who falls silent in the middle of
    /// headers is found out by [`keep_alive`](Self::keep_alive).
    ///
    /// Over hyper, the headers of calls have no such limit, but for HTTP/1.1.
    #[must_use]
    pub fn header_timeout(mut self, timeout: Duration) -> Self {
        self.options.config().head_timeout = timeout;
        self
    }

    /// How long a connection may be without a call; no limit unless said otherwise (gRFC A9). Then its client is told to leave,
    /// and connects again for its next call. Connections that hyper serves, those of HTTP/1.1 among them, may rest as long as
    /// they like.
    #[must_use]
    pub fn max_connection_idle(mut self, time: Duration) -> Self {
        self.options.http2.max_idle = Some(time);
        self
    }

    /// How old a connection may become, a tenth more or less; no limit unless said otherwise (gRFC A9). Then its client is
    /// told to make its next calls elsewhere, which spreads clients over servers that have come since. Open calls go on, for
    /// as long as [`max_connection_age_grace`](Self::max_connection_age_grace) says.
    #[must_use]
    pub fn max_connection_age(mut self, age: Duration) -> Self {
        self.options.max_age = Some(age);
        self
    }

    /// How long calls may go on on a connection that is too old; as long as they want unless said otherwise (gRFC A9). Then
    /// they end with UNAVAILABLE.
    #[must_use]
    pub fn max_connection_age_grace(mut self, grace: Duration) -> Self {
        self.options.max_age_grace = Some(grace);
        self
    }

    /// Puts it into a registry when it starts, so that its calls and connections are counted there.
    #[cfg(feature = "channelz")]
    #[must_use]
    pub fn registry(mut self, registry: &Registry) -> Self {
        self.options.registry = Some(registry.clone());
        self
    }

    /// Runs `hook` whenever this server, or a clone of it, starts: when it listens, before it takes its first connection. It
    /// is told which services there are, and may ask to be told of the shutdown.
    ///
    /// ```
    /// # use traitwire::Server;
    /// let server = Server::new().on_start(|start| {
    ///     println!("{} services are ready", start.services().len());
    ///     start.on_shutdown(|| println!("that was it"));
    /// });
    /// # let _ = server;
    /// ```
    #[must_use]
    pub fn on_start(mut self, hook: impl Fn(&mut Starting<'_>) + Send + Sync + 'static) -> Self {
        self.options.on_start.add(hook);
        self
    }

    /// Serves over TLS, and nothing else.
    ///
    /// It goes over any connection: TCP, Unix sockets, and those that [`Connections`](crate::Connections) brings.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, tls: ServerTls) -> Self {
        self.options.tls = Some(Arc::new(TlsAcceptor::new(tls)));
        self
    }

    /// Has hyper speak HTTP/2, instead of our own engine: to compare them, or to get around a fault of ours. HTTP/1.1 is
    /// hyper's in any case.
    #[cfg(feature = "over-hyper")]
    #[must_use]
    pub fn over_hyper(mut self) -> Self {
        self.options.over_hyper = true;
        self
    }
}

impl<R, L> Server<R, L>
where
    R: Routes + Clone,
    L: HttpStack<R>,
{
    /// Serves until the process is told to stop (SIGTERM or Ctrl-C), then finishes the calls that are open and returns. A
    /// second signal doesn't wait for them.
    ///
    /// # Errors
    ///
    /// If it can't listen, if TLS can't be set up, or if two services have one name.
    ///
    /// # Cancellation
    ///
    /// Dropping the future stops the server as [`RunningServer::shutdown`] does, without waiting.
    pub async fn serve(self, listener: impl IntoListener) -> Result<(), ServeError> {
        self.start(listener).await?.until_signal().await
    }

    /// Serves until `stop` is ready, then finishes the calls that are open and returns.
    ///
    /// # Errors
    ///
    /// As for [`serve`](Self::serve).
    pub async fn serve_until(
        self,
        listener: impl IntoListener,
        stop: impl Future<Output = ()>,
    ) -> Result<(), ServeError> {
        self.start(listener).await?.until(stop).await;
        Ok(())
    }

    /// Starts to serve in the background; returns when the server listens.
    ///
    /// # Errors
    ///
    /// If it can't listen, if TLS can't be set up, or if two services have one name.
    pub async fn start(self, listener: impl IntoListener) -> Result<RunningServer, ServeError> {
        let mut services = Vec::new();
        self.routes.services(&mut services);
        let mut names: Vec<_> = services.iter().map(|service| service.full_name()).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(ServeError::DuplicateService(twice[0].clone()));
        }
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.options.tls {
            tls.load().map_err(ServeError::Tls)?;
        }
        let stack = Arc::new(self.layers.build(self.routes, self.options.http2.limits));
        if let Some(new_core) = self.options.new_core {
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            let listeners = listener.into_listeners(cores).await;
            let listeners = listeners.map_err(ServeError::Listen)?;
            let options = self.options;
            #[cfg(feature = "channelz")]
            let options = options.registered(listeners.iter().filter_map(Detached::address));
            let on_shutdown = options.on_start.run(&services);
            return running::start_per_core(new_core, listeners, stack, options, on_shutdown)
                .map_err(ServeError::Listen);
        }
        let listener = listener.into_listener().await.map_err(ServeError::Listen)?;
        let options = self.options;
        #[cfg(feature = "channelz")]
        let options = options.registered(listener.address());
        let on_shutdown = options.on_start.run(&services);
        Ok(running::start(listener, stack, options, on_shutdown))
    }
}

impl<R: Routes, L> fmt::Debug for Server<R, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut services = Vec::new();
        self.routes.services(&mut services);
        f.debug_struct("Server")
            .field(
                "services",
                &services
                    .iter()
                    .map(|service| service.full_name())
                    .collect::<Vec<_>>(),
            )
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Why a server couldn't start.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServeError {
    /// It can't listen where it should.
    Listen(io::Error),
    /// The process's signals can't be listened to.
    Signals(io::Error),
    /// TLS can't be set up.
    #[cfg(feature = "tls")]
    Tls(TlsError),
    /// Two services have this name.
    DuplicateService(String),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen(error) => write!(f, "can't listen: {error}"),
            Self::Signals(error) => write!(f, "can't listen to signals: {error}"),
            #[cfg(feature = "tls")]
            Self::Tls(error) => write!(f, "no TLS: {error}"),
            Self::DuplicateService(name) => write!(f, "two services are called {name}"),
        }
    }
}

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen(error) | Self::Signals(error) => Some(error),
            #[cfg(feature = "tls")]
            Self::Tls(error) => Some(error),
            Self::DuplicateService(_) => None,
        }
    }
}
