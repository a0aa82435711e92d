//! TLS for our clients and servers, over connections that are brought to them.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{
    CertificateDer, InvalidDnsNameError, PrivateKeyDer, ServerName,
};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use traitwire::{Connections, Connector, Peer};

/// Who a server is.
#[derive(Clone)]
pub struct Identity(TlsAcceptor);

impl Identity {
    /// A chain of certificates, the server's own first, and the key to it.
    ///
    /// # Errors
    ///
    /// If the key isn't the certificate's.
    pub fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, TlsError> {
        let config = ServerConfig::builder().with_no_client_auth();
        let mut config = config
            .with_single_cert(chain, key)
            .map_err(TlsError::Identity)?;
        config.alpn_protocols = vec![H2.to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// The same from files of PEM.
    ///
    /// # Errors
    ///
    /// If they can't be read, or the key isn't the certificate's.
    pub fn from_files(chain: &Path, key: &Path) -> Result<Self, TlsError> {
        let identity = PrivateKeyDer::from_pem_file(key).map_err(file(key))?;
        Self::new(certificates(chain)?, identity)
    }

    /// Connections for a server, and where it listens.
    ///
    /// # Errors
    ///
    /// If it can't listen there.
    pub async fn listen(&self, address: SocketAddr) -> io::Result<(SocketAddr, Connections)> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let accepted = stream::unfold(listener, |listener| async {
            Some((listener.accept().await, listener))
        });
        let Self(acceptor) = self.clone();
        let connections = accepted
            .map(move |accepted| {
                let acceptor = acceptor.clone();
                let handshake = tokio::spawn(async move {
                    let (tcp, address) = accepted?;
                    tcp.set_nodelay(true)?;
                    let tls = timeout(HANDSHAKE_TIMEOUT, acceptor.accept(tcp)).await??;
                    io::Result::Ok((tls, Peer::Tcp(address)))
                });
                async { handshake.await? }
            })
            .buffer_unordered(MAX_HANDSHAKES);
        Ok((address, Connections::with_peers(connections)))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// Whom a client trusts.
#[derive(Clone)]
pub struct Trust(TlsConnector);

impl Trust {
    /// These authorities, and whom they have signed.
    ///
    /// # Errors
    ///
    /// If one of them is no certificate.
    pub fn new(
        authorities: impl IntoIterator<Item = CertificateDer<'static>>,
    ) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        for authority in authorities {
            roots.add(authority).map_err(TlsError::Authority)?;
        }
        Ok(Self::roots(roots))
    }

    /// The same from a file of PEM.
    ///
    /// # Errors
    ///
    /// If it can't be read.
    pub fn from_file(authorities: &Path) -> Result<Self, TlsError> {
        Self::new(certificates(authorities)?)
    }

    /// Whom the system trusts.
    ///
    /// # Errors
    ///
    /// If that is nobody.
    pub fn of_system() -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        // Some of a system's may be too old to be read.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        match roots.is_empty() {
            true => Err(TlsError::NoAuthority),
            false => Ok(Self::roots(roots)),
        }
    }

    fn roots(roots: RootCertStore) -> Self {
        let mut config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![H2.to_vec()];
        Self(TlsConnector::from(Arc::new(config)))
    }

    /// Connections to a server at `address` (`host:port`) that is to be `name`, which calls name too.
    ///
    /// # Errors
    ///
    /// If the name isn't one.
    pub fn connector(&self, address: String, name: &str) -> Result<Connector, TlsError> {
        let server = ServerName::try_from(name.to_owned()).map_err(TlsError::Name)?;
        let Self(tls) = self.clone();
        let origin = format!("https://{}", in_uri(name));
        Ok(Connector::new(origin, move || {
            let (address, server, tls) = (address.clone(), server.clone(), tls.clone());
            async move {
                let tcp = TcpStream::connect(address).await?;
                tcp.set_nodelay(true)?;
                tls.connect(server, tcp).await
            }
        }))
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust").finish_non_exhaustive()
    }
}

/// What is wrong with certificates, keys and names.
#[derive(Debug)]
pub enum TlsError {
    /// A file can't be read, or has something else in it.
    File(PathBuf, pem::Error),
    /// Certificate and key don't go together.
    Identity(rustls::Error),
    /// An authority's certificate is none.
    Authority(rustls::Error),
    /// The system trusts nobody.
    NoAuthority,
    /// A server can't have this name.
    Name(InvalidDnsNameError),
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file, error) => write!(f, "{}: {error}", file.display()),
            Self::Identity(error) => write!(f, "a server can't show this certificate: {error}"),
            Self::Authority(error) => write!(f, "an authority can't be trusted: {error}"),
            Self::NoAuthority => f.write_str("the system has no authorities to trust"),
            Self::Name(error) => write!(f, "a server can't have this name: {error}"),
        }
    }
}

impl std::error::Error for TlsError {}

/// A name or an address as it stands in a URI: one of IPv6 in brackets.
pub fn in_uri(host: &str) -> String {
    match host.parse() {
        Ok(IpAddr::V6(address)) => format!("[{address}]"),
        _ => host.to_owned(),
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let certificates = CertificateDer::pem_file_iter(path).map_err(file(path))?;
    let certificates: Vec<_> = certificates.collect::<Result<_, _>>().map_err(file(path))?;
    match certificates.is_empty() {
        true => Err(TlsError::File(path.to_owned(), pem::Error::NoItemsFound)),
        false => Ok(certificates),
    }
}

fn file(path: &Path) -> impl Fn(pem::Error) -> TlsError {
    |error| TlsError::File(path.to_owned(), error)
}

/// HTTP/2, as ALPN calls it. gRPC's clients and servers insist on it.
const H2: &[u8] = b"h2";

/// How long a client may take to shake hands.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How many clients may do so at a time; others wait in the system's queue.
const MAX_HANDSHAKES: usize = 1000;
