//! Connections that the user brings to a client.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};

use super::io::Io;
use super::target::{IntoTarget, InvalidTarget, Target};

/// A target whose connections the user makes, whatever they are made of: a proxy's tunnel, a socket with options of its own,
/// TLS of another make than `ChannelBuilder::tls` has.
///
/// A channel asks for a connection whenever it needs one: for its first call, when the last one has broken, and for more
/// at a time where the server doesn't take all calls on one ([`max_connections`]). A connection has 20 seconds to come
/// up, or what [`connect_timeout`] says; after that, and when the channel is closed or gone, its future is dropped. What is
/// wrong with it, the calls that need it say as UNAVAILABLE, and the channel asks again after a while ([`backoff`]).
///
/// HTTP/2 is spoken on it at once. With TLS by [`tokio-rustls`](https://docs.rs/tokio-rustls):
///
/// ```no_run
/// use std::sync::Arc;
///
/// use tokio::net::TcpStream;
/// use tokio_rustls::{TlsConnector, rustls};
/// use traitwire::{Channel, Connector};
///
/// # async fn run(roots: rustls::RootCertStore) -> Result<(), Box<dyn std::error::Error>> {
/// let mut config = rustls::ClientConfig::builder()
///     .with_root_certificates(roots)
///     .with_no_client_auth();
/// // gRPC servers insist on it (ALPN).
/// config.alpn_protocols = vec![b"h2".to_vec()];
/// let tls = TlsConnector::from(Arc::new(config));
///
/// let connector = Connector::new("https://guide.example", move || {
///     let tls = tls.clone();
///     async move {
///         let tcp = TcpStream::connect("guide.example:443").await?;
///         tcp.set_nodelay(true)?;
///         tls.connect("guide.example".try_into().unwrap(), tcp).await
///     }
/// });
/// let channel = Channel::connect(connector).await?;
/// # Ok(()) }
/// ```
///
/// [`max_connections`]: crate::ChannelBuilder::max_connections
/// [`connect_timeout`]: crate::ChannelBuilder::connect_timeout
/// [`backoff`]: crate::ChannelBuilder::backoff
#[doc(alias = "connect_with_connector")]
#[derive(Clone)]
pub struct Connector {
    origin: String,
    connect: Arc<Connect>,
}

type Connect = dyn Fn() -> BoxConnecting + Send + Sync;

type BoxConnecting = Pin<Box<dyn Future<Output = io::Result<Io>> + Send>>;

impl Connector {
    /// Connections by `connect` to `origin`: the scheme and authority that requests are to name, as in
    /// `https://guide.example`. Where connections lead is up to `connect` alone.
    pub fn new<F, C, T>(origin: impl Into<String>, connect: F) -> Self
    where
        F: Fn() -> C + Send + Sync + 'static,
        C: Future<Output = io::Result<T>> + Send + 'static,
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        Self {
            origin: origin.into(),
            connect: Arc::new(move || {
                let connecting = connect();
                Box::pin(async { Ok(Io::Boxed(Box::new(connecting.await?))) })
            }),
        }
    }

    pub(super) async fn connect(&self) -> io::Result<Io> {
        (self.connect)().await
    }

    pub(super) fn origin(&self) -> &str {
        &self.origin
    }
}

impl IntoTarget for Connector {
    fn into_target(self) -> Result<Target, InvalidTarget> {
        Target::brought(self)
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}
