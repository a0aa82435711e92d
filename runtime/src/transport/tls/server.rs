//! TLS of a server.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::server::{Acceptor, WebPkiClientVerifier};
use tokio_rustls::rustls::{self, ServerConfig};
use tokio_rustls::server::TlsStream;

use super::pem::{CertifiedKey, TlsError, TlsRoots, provider};
use super::reload::Reloaded;
use super::{H2, HTTP1};
use crate::call::{Caller, Peer, TlsInfo};
use crate::transport::io::Io;

/// TLS for a server: [`Server::tls`](crate::Server::tls).
///
/// ```no_run
/// use traitwire::{Server, ServerTls, TlsRoots};
/// # use traitwire::{Status, grpc_service};
/// # #[grpc_service(package = "guide")]
/// # trait Guide { async fn ping(&self) -> Result<(), Status>; }
/// # struct MyGuide;
/// # impl Guide for MyGuide { async fn ping(&self) -> Result<(), Status> { Ok(()) } }
///
/// # #[tokio::main] async fn main() -> traitwire::Result<()> {
/// let tls = ServerTls::files("server.pem", "server.key")
///     .require_client_certificates(TlsRoots::file("clients.pem"));
/// Server::new()
///     .tls(tls)
///     .add(GuideServer::new(MyGuide))
///     .serve("0.0.0.0:443")
///     .await?;
/// # Ok(()) }
/// ```
///
/// It speaks TLS 1.2 and 1.3. Clients agree on `h2` or `http/1.1` (ALPN), and are held to it; one that offers neither is
/// turned away. HTTP/2, and with it gRPC, is only for those that ask for it, as RFC 9113 has it (section 3.2): a client
/// without ALPN is served as one of HTTP/1.1.
///
/// Files are looked at when a client comes, at most every ten seconds ([`reload_every`](Self::reload_every)), and read
/// again when they have changed. If the new ones are of no use, the old ones go on, and an error of `tracing` says why;
/// that passes when certificate and key are replaced one after the other. Connections that there are don't notice.
/// [`RunningServer::reload_tls`](crate::RunningServer::reload_tls) reads them at once.
///
/// A handshake runs beside everything else. It has ten seconds ([`handshake_timeout`](Self::handshake_timeout)), in which
/// the wait for others counts, where too many come at once ([`max_handshakes`](Self::max_handshakes)). Those that fail are
/// told to `tracing` as `debug`.
#[derive(Clone)]
pub struct ServerTls {
    source: Source,
    clients: Clients,
    provider: Option<Arc<CryptoProvider>>,
    handshake_timeout: Duration,
    max_handshakes: usize,
    reload_every: Duration,
}

#[derive(Clone)]
enum Source {
    Key(CertifiedKey),
    Config(Arc<ServerConfig>),
}

/// Whether clients show a certificate.
#[derive(Clone, Debug)]
enum Clients {
    Anonymous,
    Known(TlsRoots),
    Either(TlsRoots),
}

impl ServerTls {
    /// A certificate and its key as PEM texts. The certificate comes first in its chain; those that lead towards its root
    /// come after it.
    pub fn pem(chain: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        Self::new(Source::Key(CertifiedKey::pem(chain.into(), key.into())))
    }

    /// As [`pem`](Self::pem), in files that are read when the server starts, and when they have changed.
    pub fn files(chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self::new(Source::Key(CertifiedKey::files(chain.into(), key.into())))
    }

    /// A configuration of one's own, taken as it is. Where it names no protocols (ALPN), `h2` and `http/1.1` are added.
    pub fn from_config(config: Arc<ServerConfig>) -> Self {
        Self::new(Source::Config(config))
    }

    fn new(source: Source) -> Self {
        Self {
            source,
            clients: Clients::Anonymous,
            provider: None,
            handshake_timeout: HANDSHAKE_TIMEOUT,
            max_handshakes: MAX_HANDSHAKES,
            reload_every: RELOAD_EVERY,
        }
    }

    /// Takes only clients that show a certificate which leads to one of these roots (mTLS). Handlers see it as
    /// [`Context::peer_identity`](crate::Context::peer_identity), and decide who may do what.
    #[must_use]
    pub fn require_client_certificates(mut self, roots: TlsRoots) -> Self {
        self.clients = Clients::Known(roots);
        self
    }

    /// As [`require_client_certificates`](Self::require_client_certificates), but a client without a certificate is taken
    /// too. One whose certificate leads to none of these roots is not.
    #[must_use]
    pub fn accept_client_certificates(mut self, roots: TlsRoots) -> Self {
        self.clients = Clients::Either(roots);
        self
    }

    /// What computes, instead of the process's own choice ([`CryptoProvider::get_default`]) or, where it has made none,
    /// *ring*. No choice is made for the process.
    #[must_use]
    pub fn provider(mut self, provider: Arc<CryptoProvider>) -> Self {
        self.provider = Some(provider);
        self
    }

    /// How long a client may take to get through its handshake; 10 seconds unless said otherwise.
    #[must_use]
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.handshake_timeout = timeout;
        self
    }

    /// How many handshakes are in progress at a time; 1000 unless said otherwise, and at least 1. Clients wait with more.
    /// One that hasn't said what it wants (`ClientHello`) is not among them.
    #[must_use]
    pub fn max_handshakes(mut self, handshakes: usize) -> Self {
        self.max_handshakes = handshakes;
        self
    }

    /// How long files are taken to be as they were; 10 seconds unless said otherwise. Zero looks at them for each client.
    #[must_use]
    pub fn reload_every(mut self, time: Duration) -> Self {
        self.reload_every = time;
        self
    }

    fn config(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let key = match &self.source {
            Source::Key(key) => key,
            Source::Config(config) => return self.adopt(config),
        };
        let (chain, private) = key.load()?;
        let provider = provider(self.provider.as_ref());
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Rustls)?
            .with_client_cert_verifier(self.clients.verifier(provider)?)
            .with_single_cert(chain, private)
            .map_err(|error| key.refused(error))?;
        config.alpn_protocols = protocols();
        Ok(Arc::new(config))
    }

    fn adopt(&self, config: &Arc<ServerConfig>) -> Result<Arc<ServerConfig>, TlsError> {
        match self.clients {
            Clients::Anonymous => {}
            Clients::Known(_) => return Err(TlsError::Setting("require_client_certificates")),
            Clients::Either(_) => return Err(TlsError::Setting("accept_client_certificates")),
        }
        if self.provider.is_some() {
            return Err(TlsError::Setting("provider"));
        }
        if !config.alpn_protocols.is_empty() {
            return Ok(Arc::clone(config));
        }
        let mut config = ServerConfig::clone(config);
        config.alpn_protocols = protocols();
        Ok(Arc::new(config))
    }

    fn files_read(&self) -> Vec<PathBuf> {
        let Source::Key(key) = &self.source else {
            return Vec::new();
        };
        let files = key.paths().map(PathBuf::from);
        match &self.clients {
            Clients::Anonymous => files.collect(),
            Clients::Known(roots) | Clients::Either(roots) => {
                files.chain(roots.files().map(PathBuf::from)).collect()
            }
        }
    }
}

impl Clients {
    fn verifier(
        &self,
        provider: Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
        let builder = |roots: &TlsRoots| {
            let roots = roots.load()?;
            Ok(WebPkiClientVerifier::builder_with_provider(roots, provider))
        };
        let verifier = match self {
            Self::Anonymous => return Ok(WebPkiClientVerifier::no_client_auth()),
            Self::Known(roots) => builder(roots)?,
            Self::Either(roots) => builder(roots)?.allow_unauthenticated(),
        };
        // The roots are there, and revocation lists aren't.
        let refused = |error| TlsError::Rustls(rustls::Error::General(format!("{error}")));
        verifier
            .build()
            .map(|verifier| verifier as _)
            .map_err(refused)
    }
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut s = f.debug_struct("ServerTls");
        match &self.source {
            Source::Key(key) => s.field("key", key),
            Source::Config(_) => s.field("key", &"in a configuration of rustls"),
        };
        s.field("clients", &self.clients)
            .field("handshake_timeout", &self.handshake_timeout)
            .field("max_handshakes", &self.max_handshakes)
            .field("reload_every", &self.reload_every)
            .finish_non_exhaustive()
    }
}

/// What we speak, the better one first.
fn protocols() -> Vec<Vec<u8>> {
    vec![H2.to_vec(), HTTP1.to_vec()]
}

/// Shakes hands with clients.
pub(crate) struct TlsAcceptor {
    config: Arc<Reloaded<ServerConfig>>,
    handshakes: Semaphore,
    timeout: Duration,
}

/// A connection whose handshake is done.
pub(crate) struct Accepted {
    pub(crate) io: Io,
    pub(crate) caller: Caller,
    /// What was agreed on, if it isn't HTTP/1.1.
    pub(crate) http2: bool,
}

impl TlsAcceptor {
    /// Reads nothing yet.
    pub(crate) fn new(tls: ServerTls) -> Self {
        Self {
            handshakes: Semaphore::new(tls.max_handshakes.clamp(1, Semaphore::MAX_PERMITS)),
            timeout: tls.handshake_timeout,
            config: Arc::new(Reloaded::new(
                tls.files_read(),
                tls.reload_every,
                move || tls.config(),
            )),
        }
    }

    /// Reads certificates and keys as they are now.
    pub(crate) fn load(&self) -> Result<(), TlsError> {
        self.config.load()
    }

    /// Shakes hands with a client; `None` if it doesn't come to that, which the client has been told.
    pub(crate) async fn accept(&self, io: Io, peer: Peer) -> Option<Accepted> {
        match timeout(self.timeout, self.shake_hands(io)).await {
            Ok(Ok(tls)) => {
                let connection = tls.get_ref().1;
                Some(Accepted {
                    http2: connection.alpn_protocol() == Some(H2),
                    caller: Caller {
                        tls: Some(TlsInfo::from(connection)),
                        ..Caller::from(peer)
                    },
                    io: Io::Boxed(Box::new(tls)),
                })
            }
            Ok(Err((error, io))) => {
                tracing::debug!(%peer, %error, "a TLS handshake failed");
                if let Some(io) = io {
                    let _ = timeout(LINGER, close(io)).await;
                }
                None
            }
            Err(_) => {
                tracing::debug!(%peer, within = ?self.timeout, "a TLS handshake took too long");
                None
            }
        }
    }

    /// A connection that fails comes back, for what there is to say on it.
    async fn shake_hands(&self, io: Io) -> Result<TlsStream<Io>, (io::Error, Option<Io>)> {
        // Who says nothing holds up nobody, and has cost nothing yet.
        let mut hello = LazyConfigAcceptor::new(Acceptor::default(), io);
        let hello = match (&mut hello).await {
            Ok(hello) => hello,
            Err(error) => return Err((error, hello.take_io())),
        };
        let _one_of_many = self.handshakes.acquire().await;
        let Some(config) = self.config.current().await else {
            return Err((io::ErrorKind::NotConnected.into(), Some(hello.io)));
        };
        let tls = hello.into_stream(config).into_fallible().await;
        tls.map_err(|(error, io)| (error, Some(io)))
    }
}

impl fmt::Debug for TlsAcceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsAcceptor")
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Lets the client read why: closing the connection with unread bytes in the way would take that away.
async fn close(mut io: Io) -> io::Result<()> {
    io.shutdown().await?;
    let mut unread = io.take(MAX_UNREAD);
    tokio::io::copy(&mut unread, &mut tokio::io::sink()).await?;
    Ok(())
}

/// As long as a slow network needs, and much less than one gives up after.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Handshakes in progress: a few MiB. Many are on their way through the network at any time.
const MAX_HANDSHAKES: usize = 1000;

/// Often enough for certificates of an hour, and rarely enough to cost nothing.
const RELOAD_EVERY: Duration = Duration::from_secs(10);

/// How long, and for how many bytes, a client is listened to after its handshake has failed.
const LINGER: Duration = Duration::from_secs(1);
const MAX_UNREAD: u64 = 1024 * 1024;
