//! Where a client's calls go.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http::uri::{Scheme, Uri};
use http_body::Frame;
use tower_service::Service;

use super::connection::Connection;
use crate::call::{Compression, Compressions, Framing, ReceiveLimits, Routes};
use crate::interceptor::{Interceptor, Interceptors};
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
/// ([`ChannelBuilder::max_connections`]).
#[derive(Clone)]
pub struct Channel {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) way: Way,
    pub(super) base: CallBase,
    pub(super) interceptors: Option<Interceptors>,
}

/// What all calls of a channel have, unless they say otherwise.
#[derive(Clone)]
pub(super) struct CallBase {
    pub(super) request: RequestBase,
    pub(super) receive: ReceiveLimits,
    pub(super) framing: Framing,
}

#[derive(Clone)]
pub(super) enum Way {
    Http2(Connection),
    Service(Arc<dyn HttpClient>),
    Local(Arc<dyn LocalService>),
}

impl Channel {
    /// Connects to a server.
    ///
    /// # Errors
    ///
    /// If the target can't be read, or there is no server there now.
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
            max_connections: DEFAULT_MAX_CONNECTIONS,
            interceptors: None,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    fn new(way: Way) -> Self {
        Self {
            inner: Arc::new(Inner {
                way,
                base: CallBase {
                    request: RequestBase {
                        origin: localhost(),
                        user_agent: user_agent(None),
                        accepted: Compressions::default(),
                    },
                    receive: ReceiveLimits::default(),
                    framing: FRAMING,
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

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut s = f.debug_struct("Channel");
        match &self.inner.way {
            Way::Http2(connection) => s.field("target", &connection.target().text()),
            Way::Service(_) => s.field("target", &"service"),
            Way::Local(_) => s.field("target", &"local"),
        };
        s.finish()
    }
}

/// Settings of a [`Channel`].
#[derive(Clone, Debug)]
pub struct ChannelBuilder {
    origin: Option<Uri>,
    user_agent: Option<String>,
    receive: ReceiveLimits,
    framing: Framing,
    max_connections: usize,
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
        self.receive.max_message_len = len;
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

    /// How many connections a channel may have to its server; 8 unless said otherwise, and at least 1.
    ///
    /// There is one as long as the server takes all calls on it. When as many are open as it takes on one connection
    /// (`SETTINGS_MAX_CONCURRENT_STREAMS`), another one is made, and calls go to the one with the fewest; with as many
    /// connections as there may be, calls wait for others to end. A connection that nobody has needed for a minute goes
    /// again, but for the last one.
    #[must_use]
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections;
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
        let max_connections = self.max_connections;
        let origin = target.origin().clone();
        self.build(origin, |base| {
            Way::Http2(Connection::new(target, base, max_connections))
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
        Ok(Channel {
            inner: Arc::new(Inner {
                way: way(base.clone()),
                base: CallBase {
                    request: base,
                    receive: self.receive,
                    framing: self.framing,
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
    /// Nobody answers there. Whether it is a gRPC server, the first call shows.
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

/// Connections to one server that a channel may have.
const DEFAULT_MAX_CONNECTIONS: usize = 8;
