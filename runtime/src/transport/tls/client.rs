//! TLS of a client.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::ServerName;

use super::H2;
use super::asked::Asked;
use super::failure::{NO_H2, explain, explain_handshake};
use super::pem::{CertifiedKey, TlsError, TlsRoots, provider};
use super::reload::Reloaded;
use crate::transport::io::Io;

/// TLS for a channel: [`ChannelBuilder::tls`](crate::ChannelBuilder::tls).
///
/// A target of `https://` needs none: without it, servers are trusted that the system trusts.
///
/// ```no_run
/// use traitwire::{Channel, ClientTls, TlsRoots};
///
/// # #[tokio::main] async fn main() -> traitwire::Result<()> {
/// let tls = ClientTls::new()
///     .roots(TlsRoots::file("ours.pem"))
///     .certificate_files("client.pem", "client.key");
/// let channel = Channel::builder()
///     .tls(tls)
///     .connect("https://guide.example")
///     .await?;
/// # Ok(()) }
/// ```
///
/// It speaks TLS 1.2 and 1.3, and HTTP/2 only with servers that agree on it (`h2` in ALPN). Files are read when the channel
/// is made, and again for a new connection, if they have changed; should the new ones be of no use, the old ones go on, and
/// an error of `tracing` says why.
///
/// Calls end with UNAVAILABLE as long as TLS doesn't come about, and say why. A server of TLS 1.3 that doesn't take our
/// certificate says so only after the handshake: [`Channel::connect`](crate::Channel::connect) doesn't notice, and the
/// first call does.
#[derive(Clone)]
pub struct ClientTls {
    source: Source,
    server_name: Option<String>,
}

#[derive(Clone)]
enum Source {
    Settings(Settings),
    Config(Arc<ClientConfig>),
    /// A setting came after a configuration.
    Confused(&'static str),
}

#[derive(Clone)]
struct Settings {
    roots: TlsRoots,
    key: Option<CertifiedKey>,
    provider: Option<Arc<CryptoProvider>>,
}

impl ClientTls {
    /// Trusts what the system trusts ([`TlsRoots::system`]), and shows no certificate.
    pub fn new() -> Self {
        Self {
            source: Source::Settings(Settings {
                roots: TlsRoots::system(),
                key: None,
                provider: None,
            }),
            server_name: None,
        }
    }

    /// A configuration of one's own, taken as it is. Where it names no protocols (ALPN), `h2` is added.
    pub fn from_config(config: Arc<ClientConfig>) -> Self {
        Self {
            source: Source::Config(config),
            server_name: None,
        }
    }

    /// Whom to trust, instead of whom the system does.
    #[must_use]
    pub fn roots(self, roots: TlsRoots) -> Self {
        self.set("roots", |settings| settings.roots = roots)
    }

    /// Shows servers that ask for it this certificate, followed by those that lead towards its root (mTLS). Both are PEM
    /// texts.
    #[must_use]
    pub fn certificate_pem(self, chain: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        let key = CertifiedKey::pem(chain.into(), key.into());
        self.set("certificate_pem", |settings| settings.key = Some(key))
    }

    /// As [`certificate_pem`](Self::certificate_pem), in files.
    #[must_use]
    pub fn certificate_files(self, chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        let key = CertifiedKey::files(chain.into(), key.into());
        self.set("certificate_files", |settings| settings.key = Some(key))
    }

    /// The name that servers are asked for (SNI), and that their certificate has to be for: a DNS name or an IP address.
    /// Otherwise it is the host of [`ChannelBuilder::origin`](crate::ChannelBuilder::origin) or, without one, of the
    /// target: `localhost`, where that has none.
    #[must_use]
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    /// What computes, instead of the process's own choice ([`CryptoProvider::get_default`]) or, where it has made none,
    /// *ring*. No choice is made for the process.
    #[must_use]
    pub fn provider(self, provider: Arc<CryptoProvider>) -> Self {
        self.set("provider", |settings| settings.provider = Some(provider))
    }

    fn set(mut self, name: &'static str, set: impl FnOnce(&mut Settings)) -> Self {
        match &mut self.source {
            Source::Settings(settings) => set(settings),
            Source::Config(_) => self.source = Source::Confused(name),
            Source::Confused(_) => {}
        }
        self
    }

    fn made(&self) -> Result<Arc<Made>, TlsError> {
        let made = match &self.source {
            Source::Settings(settings) => settings.made()?,
            Source::Config(config) if config.alpn_protocols.is_empty() => {
                let mut config = ClientConfig::clone(config);
                config.alpn_protocols = vec![H2.to_vec()];
                Made::from(Arc::new(config))
            }
            Source::Config(config) => Made::from(Arc::clone(config)),
            Source::Confused(setting) => return Err(TlsError::Setting(setting)),
        };
        Ok(Arc::new(made))
    }
}

impl Settings {
    fn made(&self) -> Result<Made, TlsError> {
        let config = ClientConfig::builder_with_provider(provider(self.provider.as_ref()))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Rustls)?
            .with_root_certificates(self.roots.load()?);
        let mut config = match &self.key {
            None => config.with_no_client_auth(),
            Some(key) => {
                let (chain, private) = key.load()?;
                let config = config.with_client_auth_cert(chain, private);
                config.map_err(|error| key.refused(error))?
            }
        };
        config.alpn_protocols = vec![H2.to_vec()];
        let asked = Arc::new(Asked::new(config.client_auth_cert_resolver));
        config.client_auth_cert_resolver = asked.clone();
        Ok(Made {
            config: Arc::new(config),
            asked: Some(asked),
        })
    }

    fn files(&self) -> Vec<PathBuf> {
        let key = self.key.iter().flat_map(CertifiedKey::paths);
        self.roots.files().chain(key).map(PathBuf::from).collect()
    }
}

impl Default for ClientTls {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut s = f.debug_struct("ClientTls");
        if let Source::Settings(settings) = &self.source {
            s.field("roots", &settings.roots)
                .field("key", &settings.key);
        }
        s.field("server_name", &self.server_name)
            .finish_non_exhaustive()
    }
}

/// What connections are made with.
struct Made {
    config: Arc<ClientConfig>,
    /// Not in a configuration that is taken as it is.
    asked: Option<Arc<Asked>>,
}

impl From<Arc<ClientConfig>> for Made {
    fn from(config: Arc<ClientConfig>) -> Self {
        Self {
            config,
            asked: None,
        }
    }
}

/// Shakes hands with one server.
pub(crate) struct TlsDialer {
    made: Arc<Reloaded<Made>>,
    name: ServerName<'static>,
}

impl TlsDialer {
    /// For a server that goes by the name of this host, unless there is another one.
    pub(crate) fn new(tls: ClientTls, host: &str) -> Result<Self, TlsError> {
        let name = tls.server_name.as_deref().unwrap_or(host);
        let name = ServerName::try_from(name.to_owned())
            .map_err(|_| TlsError::ServerName(name.to_owned()))?;
        let files = match &tls.source {
            Source::Settings(settings) => settings.files(),
            Source::Config(_) | Source::Confused(_) => Vec::new(),
        };
        // A connection is rare enough to look at the files for each.
        let made = Reloaded::new(files, Duration::ZERO, move || tls.made());
        made.load()?;
        Ok(Self {
            made: Arc::new(made),
            name,
        })
    }

    /// Shakes hands over a connection.
    pub(crate) async fn connect(&self, io: Io) -> io::Result<Io> {
        let made = self.made.current().await;
        let Made { config, asked } = &*made.ok_or(io::ErrorKind::NotConnected)?;
        if let Some(asked) = asked {
            asked.forget();
        }
        let connector = TlsConnector::from(Arc::clone(config));
        let tls = connector.connect(self.name.clone(), io).await;
        let suspicion = asked.as_ref().and_then(|asked| asked.suspicion());
        let tls = tls.map_err(|error| explain_handshake(error, suspicion))?;
        if tls.get_ref().1.alpn_protocol() != Some(H2) {
            return Err(io::Error::other(NO_H2));
        }
        Ok(Io::Boxed(Box::new(Explained { tls, suspicion })))
    }
}

impl fmt::Debug for TlsDialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsDialer")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A connection that says in words why it ended.
struct Explained {
    tls: TlsStream<Io>,
    /// What an end may mean, until the server has said something.
    suspicion: Option<&'static str>,
}

impl AsyncRead for Explained {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = ready!(Pin::new(&mut self.tls).poll_read(cx, buf));
        let suspicion = self.suspicion.take();
        Poll::Ready(match (read, suspicion) {
            (Ok(()), Some(suspicion)) if buf.filled().len() == before => {
                Err(io::Error::new(io::ErrorKind::UnexpectedEof, suspicion))
            }
            (read, suspicion) => read.map_err(|error| explain(error, suspicion)),
        })
    }
}

impl Explained {
    /// What the server has said before it closed the connection may be there to read, and tells more.
    fn explain_write(&mut self, error: io::Error, cx: &mut Context<'_>) -> io::Error {
        let Some(suspicion) = self.suspicion.take() else {
            return error;
        };
        let mut buf = [0; 1024];
        match Pin::new(&mut self.tls).poll_read(cx, &mut ReadBuf::new(&mut buf)) {
            Poll::Ready(Err(cause)) => explain(cause, Some(suspicion)),
            Poll::Ready(Ok(())) | Poll::Pending => explain(error, Some(suspicion)),
        }
    }
}

impl AsyncWrite for Explained {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.tls).poll_write(cx, buf));
        Poll::Ready(written.map_err(|error| self.explain_write(error, cx)))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.tls).poll_write_vectored(cx, bufs));
        Poll::Ready(written.map_err(|error| self.explain_write(error, cx)))
    }

    fn is_write_vectored(&self) -> bool {
        self.tls.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = ready!(Pin::new(&mut self.tls).poll_flush(cx));
        Poll::Ready(flushed.map_err(|error| self.explain_write(error, cx)))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tls).poll_shutdown(cx)
    }
}
