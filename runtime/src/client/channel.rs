//! Where a client's calls go.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use http::uri::{Scheme, Uri};
use http_body::Frame;
use tokio::time::Instant;
use tower_service::Service;

use super::backoff::Backoff;
use super::connection::{Connection, ConnectionOptions};
use super::connectivity::{ConnectivityState, StateWatch};
use super::life::{Life, SharedLife};
#[cfg(feature = "json")]
use crate::call::Format;
use crate::call::{
    Account, Compression, Compressions, Framing, ReceiveLimits, ResourceQuota, Routes,
};
use crate::interceptor::{Interceptor, Interceptors};
#[cfg(feature = "channelz")]
use crate::registry::Registry;
use crate::status::Status;
use crate::transport::{
    Body, BoxError, FRAMING, IntoTarget, InvalidTarget, LocalRoutes, LocalService, Origin,
    RequestBase, SharedService, localhost, user_agent,
};
#[cfg(feature = "tls")]
use crate::transport::{ClientTls, NotSecure, Target, TlsError};

/// Where calls go: over the network, through a `tower::Service` of HTTP, or to a service in this process.
///
/// Cheap to clone; all clones share their connections. It connects when the first call needs it, again after a connection
/// broke, and more than once where a server doesn't take all calls on one connection
/// ([`ChannelBuilder::max_connections`]). Its [`state`](Self::state) says how far it has come. When all clones are gone, and
/// the calls that were made with them, its connections are closed.
#[derive(Clone)]
pub struct Channel {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) way: Way,
    pub(super) base: CallBase,
    pub(super) life: Arc<SharedLife>,
    pub(super) interceptors: Option<Interceptors>,
}

/// What all calls of a channel have, unless they say otherwise.
#[derive(Clone)]
pub(super) struct CallBase {
    pub(super) request: RequestBase,
    pub(super) receive: ReceiveLimits,
    pub(super) framing: Framing,
    pub(super) wait_for_ready: bool,
}

#[derive(Clone)]
pub(super) enum Way {
    Http2(Connection),
    Service(Arc<dyn HttpClient>),
    Local(Arc<dyn LocalService>),
}

impl Channel {
    /// Connects to a server, and waits until it has said hello.
    ///
    /// # Errors
    ///
    /// If the target can't be read, or there is no server of HTTP/2 there now. A channel that waits for one is
    /// [`lazy`](Self::lazy).
    ///
    /// # Cancellation
    ///
    /// Dropping the future gives the connection up.
    pub async fn connect(target: impl IntoTarget) -> Result<Self, ConnectError> {
        Self::builder().connect(target).await
    }

    /// A channel that connects when the first call needs it.
    ///
    /// # Errors
    ///
    /// If the target can't be read.
    pub fn lazy(target: impl IntoTarget) -> Result<Self, ConnectError> {
        Self::builder().lazy(target)
    }

    /// Calls what `service` serves, in this process and without serialization.
    pub fn local(service: impl Routes) -> Self {
        Self::new(Way::Local(Arc::new(LocalRoutes(service))))
    }

    /// Sends calls through a `tower::Service` of HTTP: somebody else's client, with layers of one's own.
    ///
    /// Requests go to `http://localhost`; [`ChannelBuilder::origin`] says otherwise.
    pub fn from_service<S, B>(service: S) -> Self
    where
        S: Service<
                http::Request<Body>,
                Response = http::Response<B>,
                Error: Into<BoxError>,
                Future: Send,
            > + Clone
            + Send
            + 'static,
        B: http_body::Body<Error: Into<BoxError>> + Send + 'static,
    {
        Self::new(Way::Service(Arc::new(TowerClient(SharedService::new(
            service,
        )))))
    }

    /// A channel to the same place, over the same connections, with an interceptor in front; the one that is added last
    /// sees a call first. See [`interceptor`](crate::interceptor).
    #[must_use]
    pub fn intercept(&self, interceptor: impl Interceptor) -> Self {
        Self {
            inner: Arc::new(Inner {
                way: self.inner.way.clone(),
                base: self.inner.base.clone(),
                life: Arc::clone(&self.inner.life),
                interceptors: Some(add(self.inner.interceptors.as_ref(), interceptor)),
            }),
        }
    }

    /// A channel with settings of one's own.
    pub fn builder() -> ChannelBuilder {
        ChannelBuilder {
            origin: None,
            user_agent: None,
            receive: ReceiveLimits::default(),
            framing: FRAMING,
            wait_for_ready: false,
            connection: ConnectionOptions::default(),
            interceptors: None,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// Where the channel stands with its server.
    ///
    /// One in the process or through a `tower::Service`, of whose connections nothing is known here, is `Ready` until it is
    /// [closed](Self::close).
    pub fn state(&self) -> ConnectivityState {
        self.inner.life.state()
    }

    /// Waits until the state is another one than `seen`, and returns that; at once, if it is so already. From `Shutdown`, there
    /// is no other to come.
    ///
    /// # Cancellation
    ///
    /// Dropping the future changes nothing.
    pub async fn wait_for_state_change(&self, seen: ConnectivityState) -> ConnectivityState {
        let mut life = self.inner.life.subscribe();
        match life.wait_for(|life| life.state() != seen).await {
            Ok(life) => life.state(),
            // Not while somebody has the channel.
            Err(_) => ConnectivityState::Shutdown,
        }
    }

    /// What tells of the changes of [`state`](Self::state), one after the other.
    ///
    /// ```
    /// # use traitwire::{Channel, ConnectivityState, Server};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> traitwire::Result<()> {
    /// # let (connector, listener) = traitwire::memory();
    /// # let server = Server::new().start(listener).await?;
    /// let channel = Channel::lazy(connector)?;
    /// let mut states = channel.watch_state();
    /// assert_eq!(states.state(), ConnectivityState::Idle);
    /// channel.try_to_connect();
    /// while let Some(state) = states.changed().await {
    ///     println!("the channel is {state} now");
    ///     if state == ConnectivityState::Ready {
    ///         channel.close();
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn watch_state(&self) -> StateWatch {
        self.inner.life.watch()
    }

    /// Connects now, if the channel is `Idle`, instead of with the next call. Whether it worked, the
    /// [`state`](Self::wait_for_state_change) says.
    #[doc(alias = "request_connection")]
    pub fn try_to_connect(&self) {
        if let Way::Http2(connection) = &self.inner.way {
            connection.want();
        }
    }

    /// Makes a channel that couldn't connect try again at once, and wait as after a first failure if that fails: the network
    /// is back.
    pub fn reset_connect_backoff(&self) {
        if let Way::Http2(connection) = &self.inner.way {
            connection.reset_backoff();
        }
    }

    /// Makes no more calls, for all clones of the channel: those that come, or wait for a connection, fail with UNAVAILABLE.
    /// Calls that are on a connection go on; it is closed after the last one. The state is `Shutdown` from now on.
    pub fn close(&self) {
        let why = Status::unavailable("the channel is closed");
        match &self.inner.way {
            Way::Http2(connection) => connection.close(why),
            Way::Service(_) | Way::Local(_) => self.inner.life.update(|life| life.end(why)),
        }
    }

    fn new(way: Way) -> Self {
        Self {
            inner: Arc::new(Inner {
                life: way.life(),
                way,
                base: CallBase {
                    request: RequestBase {
                        origin: localhost(),
                        user_agent: user_agent(None),
                        accepted: Compressions::default(),
                    },
                    receive: ReceiveLimits::default(),
                    framing: FRAMING,
                    wait_for_ready: false,
                },
                interceptors: None,
            }),
        }
    }

    /// Whether messages stay in the process, as they are.
    pub(super) fn is_local(&self) -> bool {
        matches!(self.inner.way, Way::Local(_))
    }

    /// Whether nobody on the way can read calls, as far as is known.
    pub(super) fn is_private(&self) -> bool {
        let known = match &self.inner.way {
            Way::Http2(connection) => connection.target().is_private(),
            Way::Service(_) => None,
            Way::Local(_) => Some(true),
        };
        known.unwrap_or_else(|| self.inner.base.request.origin.scheme == Scheme::HTTPS)
    }
}

impl Way {
    fn life(&self) -> Arc<SharedLife> {
        match self {
            Self::Http2(connection) => Arc::clone(connection.life()),
            Self::Service(_) | Self::Local(_) => {
                Arc::new(SharedLife::new(Life::steady(Instant::now())))
            }
        }
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut s = f.debug_struct("Channel");
        match &self.inner.way {
            Way::Http2(connection) => s.field("target", &connection.target().text()),
            Way::Service(_) => s.field("target", &"service"),
            Way::Local(_) => s.field("target", &"local"),
        };
        s.field("state", &self.state()).finish()
    }
}

/// Settings of a [`Channel`].
#[derive(Clone, Debug)]
pub struct ChannelBuilder {
    origin: Option<Uri>,
    user_agent: Option<String>,
    receive: ReceiveLimits,
    framing: Framing,
    wait_for_ready: bool,
    connection: ConnectionOptions,
    interceptors: Option<Interceptors>,
    #[cfg(feature = "tls")]
    tls: Option<ClientTls>,
}

impl ChannelBuilder {
    /// The scheme and authority of requests, where they differ from the target's: `http://guide.example`.
    #[must_use]
    pub fn origin(mut self, origin: Uri) -> Self {
        self.origin = Some(origin);
        self
    }

    /// What the application says of itself, in front of our own name.
    #[must_use]
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = Some(name.into());
        self
    }

    /// The longest response message that is taken, in bytes; 4 MiB unless said otherwise. A longer one ends its call
    /// with RESOURCE_EXHAUSTED.
    #[must_use]
    pub fn max_receive_message_len(mut self, len: usize) -> Self {
        self.receive = self.receive.limited(len);
        self
    }

    /// The longest request message that is sent, in bytes; no limit unless said otherwise. A longer one ends its call with
    /// RESOURCE_EXHAUSTED.
    #[must_use]
    pub fn max_send_message_len(mut self, len: usize) -> Self {
        self.framing = self.framing.limited(len);
        self
    }

    /// Takes response messages that are compressed in one of these ways, and tells servers so; none unless said otherwise.
    /// A server that compresses all the same ends its call with INTERNAL.
    #[must_use]
    pub fn accept_compressed(
        mut self,
        compressions: impl IntoIterator<Item = Compression>,
    ) -> Self {
        self.receive.accepted = compressions.into_iter().collect();
        self
    }

    /// Compresses request messages so, unless a call says otherwise; `None` for not at all, as in the beginning. A server
    /// that can't read them so ends the call with UNIMPLEMENTED, and names what it takes.
    #[must_use]
    pub fn send_compressed(mut self, compression: impl Into<Option<Compression>>) -> Self {
        self.framing = self.framing.compressed(compression.into());
        self
    }

    /// Sends and takes messages in JSON, by protobuf's mapping ([`json`](crate::json)): `application/grpc+json`.
    ///
    /// It is for proxies and logs that are to be read by people: it takes several times as many bytes, and more time. The
    /// server has to know it; ours do with the feature `json`, and others mostly end such calls with INTERNAL or
    /// UNIMPLEMENTED.
    #[cfg(feature = "json")]
    #[must_use]
    pub fn json(mut self) -> Self {
        self.framing = self.framing.in_format(Format::Json);
        self.receive = self.receive.in_format(Format::Json);
        self
    }

    /// How many connections a channel may have to its server; 8 unless said otherwise, and at least 1.
    ///
    /// There is one as long as the server takes all calls on it. When as many are open as it takes on one connection
    /// (`SETTINGS_MAX_CONCURRENT_STREAMS`), another one is made, and calls go to the one with the fewest; with as many
    /// connections as there may be, calls wait for others to end. A connection that nobody has needed for a minute goes
    /// again, but for the last one, which [`idle_timeout`](Self::idle_timeout) is for.
    #[must_use]
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.connection.pool.max_connections = connections;
        self
    }

    /// How many bytes a server may send on a call, before any of them is read, in the beginning; 512 KiB unless said
    /// otherwise, and 65,535 at least.
    #[must_use]
    pub fn initial_stream_window_size(mut self, bytes: u32) -> Self {
        self.connection.pool.config().stream_window = bytes;
        self
    }

    /// How many bytes a server may have on their way on a connection in the beginning; 4 MiB unless said otherwise, and
    /// 65,535 at least. What calls have received and nobody has read doesn't count, up to 64 MiB.
    #[must_use]
    pub fn initial_connection_window_size(mut self, bytes: u32) -> Self {
        self.connection.pool.config().connection_window = bytes;
        self
    }

    /// What both windows grow to where a server is far away and sends fast; 16 MiB unless said otherwise. Each time that a
    /// window is half used up, a ping measures how much arrives while it travels. With zero, windows stay as they are.
    #[must_use]
    pub fn max_window_size(mut self, bytes: u32) -> Self {
        self.connection.pool.config().max_window = bytes;
        self
    }

    /// How many bytes are held for servers, and for whoever else shares the quota; no limit unless said otherwise.
    #[must_use]
    pub fn resource_quota(mut self, quota: &ResourceQuota) -> Self {
        self.connection.pool.account = Some(Account::of_quota(quota));
        self
    }

    /// How long a channel that can't connect waits before it tries again.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.connection.backoff = backoff;
        self
    }

    /// How long an attempt to connect may take, from the look-up of the name to the server's first words in HTTP/2; 20
    /// seconds unless said otherwise. It may take longer where the [`backoff`](Self::backoff) has come to a longer wait:
    /// `MIN_CONNECT_TIMEOUT` of gRPC's [connection-backoff.md].
    ///
    /// [connection-backoff.md]: https://github.com/grpc/grpc/blob/master/doc/connection-backoff.md
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connection.connect_timeout = timeout;
        self
    }

    /// How long a channel keeps its connection, or tries to have one, while no call is made; 30 minutes unless said
    /// otherwise, as everywhere in gRPC, and `None` for ever. Then it is `Idle`, and connects again for the next call.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.connection.pool.idle_timeout = timeout.into();
        self
    }

    /// Asks the server for a sign of life by a ping when it has been silent for `time` while a call is open, and takes the
    /// connection for broken when nothing has come for `timeout` after that (gRFC A8): its calls end with UNAVAILABLE. Off
    /// unless said otherwise; gRPC's other clients take 20 seconds for `timeout`.
    ///
    /// `time` is 10 seconds at least. Servers have a say in it, too: those that are pinged more often than they allow, which is
    /// every 5 minutes unless they say otherwise, close the connection with `too_many_pings`; `time` is twice as long then for
    /// the connections that follow.
    ///
    /// Over TCP on Linux, the system takes the connection for broken as well when the server has acknowledged nothing for
    /// `timeout` (`TCP_USER_TIMEOUT`, gRFC A18).
    #[must_use]
    pub fn keep_alive(mut self, time: Duration, timeout: Duration) -> Self {
        let keep_alive = &mut self.connection.pool.keep_alive;
        keep_alive.time = Some(time.max(MIN_KEEP_ALIVE_TIME));
        keep_alive.timeout = timeout;
        self
    }

    /// Whether [`keep_alive`](Self::keep_alive) asks for a sign of life also while no call is open; it doesn't in the
    /// beginning (gRFC A8). Most servers take that amiss unless they were told not to.
    #[must_use]
    pub fn keep_alive_without_calls(mut self, without_calls: bool) -> Self {
        self.connection.pool.keep_alive.without_calls = without_calls;
        self
    }

    /// Has calls wait for a connection also while there is none to be had, unless they are to
    /// [fail fast](crate::Call::fail_fast). See [`Call::wait_for_ready`](crate::Call::wait_for_ready).
    #[must_use]
    pub fn wait_for_ready(mut self) -> Self {
        self.wait_for_ready = true;
        self
    }

    /// Puts an interceptor in front of the channel; the one that is added last sees a call first. See
    /// [`interceptor`](crate::interceptor).
    #[must_use]
    pub fn intercept(mut self, interceptor: impl Interceptor) -> Self {
        self.interceptors = Some(add(self.interceptors.as_ref(), interceptor));
        self
    }

    /// Calls the server over TLS, in this way.
    ///
    /// It goes over any connection: TCP, a Unix socket, and what a [`Connector`](crate::Connector) brings. A target has to
    /// say `https://`, or leave the scheme out.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, tls: ClientTls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Puts the channel into a registry, so that its calls and connections are counted there. Only one that leads over the
    /// network has any.
    #[cfg(feature = "channelz")]
    #[must_use]
    pub fn registry(mut self, registry: &Registry) -> Self {
        self.connection.registry = Some(registry.clone());
        self
    }

    /// As [`Channel::connect`].
    ///
    /// # Errors
    ///
    /// If the target can't be read, a setting doesn't make sense, or there is no server there now.
    pub async fn connect(self, target: impl IntoTarget) -> Result<Channel, ConnectError> {
        let channel = self.lazy(target)?;
        if let Way::Http2(connection) = &channel.inner.way {
            connection
                .connect()
                .await
                .map_err(ConnectError::Unavailable)?;
        }
        Ok(channel)
    }

    /// As [`Channel::lazy`].
    ///
    /// # Errors
    ///
    /// If the target can't be read, or a setting doesn't make sense.
    pub fn lazy(self, target: impl IntoTarget) -> Result<Channel, ConnectError> {
        let target = target.into_target().map_err(ConnectError::Target)?;
        #[cfg(feature = "tls")]
        let target = self.secure(target)?;
        let options = self.connection.clone();
        let origin = target.origin().clone();
        self.build(origin, |base| {
            Way::Http2(Connection::new(target, base, options))
        })
    }

    /// As [`Channel::from_service`].
    ///
    /// # Errors
    ///
    /// If a setting doesn't make sense.
    pub fn from_service<S, B>(self, service: S) -> Result<Channel, ConnectError>
    where
        S: Service<
                http::Request<Body>,
                Response = http::Response<B>,
                Error: Into<BoxError>,
                Future: Send,
            > + Clone
            + Send
            + 'static,
        B: http_body::Body<Error: Into<BoxError>> + Send + 'static,
    {
        let service = TowerClient(SharedService::new(service));
        self.build(localhost(), |_| Way::Service(Arc::new(service)))
    }

    #[cfg(feature = "tls")]
    fn secure(&self, mut target: Target) -> Result<Target, ConnectError> {
        let secured = target.secure(self.tls.clone(), self.origin.as_ref());
        secured.map_err(|error| match error {
            NotSecure::Target(error) => ConnectError::Target(error),
            NotSecure::Tls(error) => ConnectError::Tls(error),
        })?;
        Ok(target)
    }

    fn build(
        self,
        origin: Origin,
        way: impl FnOnce(RequestBase) -> Way,
    ) -> Result<Channel, ConnectError> {
        let origin = match self.origin {
            None => origin,
            Some(uri) => {
                let parts = uri.clone().into_parts();
                match (parts.scheme, parts.authority) {
                    (Some(scheme), Some(authority)) => Origin { scheme, authority },
                    _ => return Err(ConnectError::Origin(uri)),
                }
            }
        };
        let Some(user_agent) = user_agent(self.user_agent.as_deref()) else {
            return Err(ConnectError::UserAgent(self.user_agent.unwrap_or_default()));
        };
        let base = RequestBase {
            origin,
            user_agent: Some(user_agent),
            accepted: self.receive.accepted,
        };
        let way = way(base.clone());
        Ok(Channel {
            inner: Arc::new(Inner {
                life: way.life(),
                way,
                base: CallBase {
                    request: base,
                    receive: self.receive,
                    framing: self.framing,
                    wait_for_ready: self.wait_for_ready,
                },
                interceptors: self.interceptors,
            }),
        })
    }
}

/// One interceptor more.
fn add(interceptors: Option<&Interceptors>, interceptor: impl Interceptor) -> Interceptors {
    match interceptors {
        Some(interceptors) => interceptors.with(interceptor),
        None => Interceptors::new(interceptor),
    }
}

/// Why there is no channel.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// The target can't be called.
    Target(InvalidTarget),
    /// An origin has a scheme and an authority.
    Origin(Uri),
    /// The user agent can't be the value of a header.
    UserAgent(String),
    /// TLS can't be set up.
    #[cfg(feature = "tls")]
    Tls(TlsError),
    /// No server of HTTP/2 answers there. Whether it knows gRPC, the first call shows.
    Unavailable(Status),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target(error) => error.fmt(f),
            Self::Origin(uri) => write!(
                f,
                "origin {uri} lacks a scheme or an authority: write `http://guide.example`"
            ),
            Self::UserAgent(name) => write!(f, "user agent {name:?} is not printable ASCII"),
            #[cfg(feature = "tls")]
            Self::Tls(error) => write!(f, "no TLS: {error}"),
            Self::Unavailable(status) => status.fmt(f),
        }
    }
}

impl std::error::Error for ConnectError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Target(error) => Some(error),
            #[cfg(feature = "tls")]
            Self::Tls(error) => Some(error),
            Self::Unavailable(status) => status.source(),
            Self::Origin(_) | Self::UserAgent(_) => None,
        }
    }
}

/// A `tower::Service` of HTTP, whatever its types.
pub(super) trait HttpClient: Send + Sync {
    fn send(&self, request: http::Request<Body>) -> BoxResponse;
}

pub(super) type BoxResponse =
    Pin<Box<dyn Future<Output = Result<http::Response<BoxBody>, BoxError>> + Send>>;
pub(super) type BoxBody = Pin<Box<dyn http_body::Body<Data = Bytes, Error = BoxError> + Send>>;

struct TowerClient<S>(SharedService<S>);

impl<S, B> HttpClient for TowerClient<S>
where
    S: Service<
            http::Request<Body>,
            Response = http::Response<B>,
            Error: Into<BoxError>,
            Future: Send,
        > + Clone
        + Send
        + 'static,
    B: http_body::Body<Error: Into<BoxError>> + Send + 'static,
{
    fn send(&self, request: http::Request<Body>) -> BoxResponse {
        let response = self.0.call(request);
        Box::pin(async move {
            let response = response.await?;
            Ok(response.map(|body| Box::pin(AnyBody { body }) as BoxBody))
        })
    }
}

pin_project_lite::pin_project! {
    /// A body of any type, as one of [`Bytes`].
    struct AnyBody<B> {
        #[pin]
        body: B,
    }
}

impl<B: http_body::Body<Error: Into<BoxError>>> http_body::Body for AnyBody<B> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = ready!(self.project().body.poll_frame(cx));
        Poll::Ready(frame.map(|frame| match frame {
            Ok(frame) => Ok(frame.map_data(|mut data| data.copy_to_bytes(data.remaining()))),
            Err(error) => Err(error.into()),
        }))
    }
}

/// gRPC's floor for what users may set (gRFC A8).
const MIN_KEEP_ALIVE_TIME: Duration = Duration::from_secs(10);
