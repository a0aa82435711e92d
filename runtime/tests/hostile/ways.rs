//! The ways to a server and to a client.

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use traitwire::{Channel, RunningServer, Server};

use crate::suite::calculator::{CalculatorClient, CalculatorServer, abacus, number};

/// A connection of any kind.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// How a peer is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Tcp,
    #[cfg(feature = "tls")]
    Tls,
}

impl Way {
    pub const ALL: &[Self] = &[
        Self::Tcp,
        #[cfg(feature = "tls")]
        Self::Tls,
    ];
}

/// Who serves HTTP/2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Engine,
    Hyper,
}

/// A server that is attacked.
pub struct Target {
    pub running: RunningServer,
    pub way: Way,
}

impl Target {
    pub async fn start(way: Way, by: By) -> Self {
        Self::start_with(way, by, |server| server).await
    }

    pub async fn start_with(way: Way, by: By, change: impl FnOnce(Server) -> Server) -> Self {
        let server = match by {
            By::Engine => Server::new(),
            By::Hyper => Server::new().over_hyper(),
        };
        let server = change(server);
        let server = match way {
            Way::Tcp => server,
            #[cfg(feature = "tls")]
            Way::Tls => server.tls(tls::ISSUED.server_tls()),
        };
        let server = server.add(CalculatorServer::new(abacus().0));
        Self {
            running: server.start("127.0.0.1:0").await.unwrap(),
            way,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.running.local_addr()
    }

    /// A connection on which nothing was said in HTTP.
    pub async fn connect(&self) -> Box<dyn Stream> {
        let stream = TcpStream::connect(self.address()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        match self.way {
            Way::Tcp => Box::new(stream),
            #[cfg(feature = "tls")]
            Way::Tls => Box::new(tls::connect(stream).await),
        }
    }

    /// Others are served all the same.
    pub async fn serves_others(&self) {
        let client = CalculatorClient::new(channel(self.way, self.address()));
        assert_eq!(client.increment(number(1)).await.unwrap(), number(2));
    }
}

/// A client of ours.
pub fn channel(way: Way, address: SocketAddr) -> Channel {
    match way {
        Way::Tcp => Channel::lazy(address).unwrap(),
        #[cfg(feature = "tls")]
        Way::Tls => {
            let tls = traitwire::ClientTls::new()
                .roots(tls::AUTHORITY.roots())
                .server_name("guide.example");
            Channel::builder().tls(tls).lazy(address).unwrap()
        }
    }
}

/// The server's end of what a client has connected.
pub async fn accepted(way: Way, stream: TcpStream) -> Box<dyn Stream> {
    match way {
        Way::Tcp => Box::new(stream),
        #[cfg(feature = "tls")]
        Way::Tls => Box::new(tls::accept(stream).await),
    }
}

#[cfg(feature = "tls")]
mod tls {
    use std::sync::{Arc, LazyLock};

    use tokio::net::TcpStream;
    use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};
    use traitwire::rustls::crypto::ring;
    use traitwire::rustls::pki_types::pem::PemObject;
    use traitwire::rustls::pki_types::{CertificateDer, ServerName};
    use traitwire::rustls::{ClientConfig, RootCertStore, ServerConfig};

    use crate::suite::authority::{Authority, Issued};

    pub static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| Authority::new("somebody"));
    pub static ISSUED: LazyLock<Issued> = LazyLock::new(|| AUTHORITY.server("guide.example"));

    static CONNECTOR: LazyLock<TlsConnector> = LazyLock::new(|| {
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_slice(AUTHORITY.pem().as_bytes()).unwrap();
        roots.add(root).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        TlsConnector::from(Arc::new(config))
    });

    static ACCEPTOR: LazyLock<TlsAcceptor> = LazyLock::new(|| {
        let (certificates, key) = ISSUED.der();
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(certificates, key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        TlsAcceptor::from(Arc::new(config))
    });

    pub async fn connect(stream: TcpStream) -> client::TlsStream<TcpStream> {
        let name = ServerName::try_from("guide.example").unwrap();
        CONNECTOR.connect(name, stream).await.unwrap()
    }

    pub async fn accept(stream: TcpStream) -> server::TlsStream<TcpStream> {
        ACCEPTOR.accept(stream).await.unwrap()
    }
}
