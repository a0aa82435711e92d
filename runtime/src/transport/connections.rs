//! Connections that the user brings to a server.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use tokio::io::{AsyncRead, AsyncWrite};

use super::io::Io;
use super::listener::{IntoListener, Listener};
use crate::call::Peer;

/// A stream of connections for a server to serve, whatever they are made of: a VPN, a socket with options of its own, TLS of
/// another make than `Server::tls` has.
///
/// The server serves each as it does one of TCP. An error in the stream is taken for the fault of one connection: it is
/// passed over, so log it before, if you want to know. After the end of the stream no connections come any more; those
/// that there are go on, and the server runs until it is told to stop. When it is, it drops the stream.
///
/// Yield connections that are *ready*. The server asks for the next one as soon as it has one, but it can't see into the
/// stream: one that shakes hands before it looks for others lets a slow client hold up all of them. With TLS by
/// [`tokio-rustls`](https://docs.rs/tokio-rustls):
///
/// ```no_run
/// use std::io;
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use futures_util::stream::{self, StreamExt};
/// use tokio::net::TcpListener;
/// use tokio::time::timeout;
/// use tokio_rustls::{TlsAcceptor, rustls};
/// use traitwire::{Connections, Peer, Server};
/// # use traitwire::{Status, grpc_service};
/// # #[grpc_service(package = "guide")]
/// # trait Guide { async fn ping(&self) -> Result<(), Status>; }
/// # struct MyGuide;
/// # impl Guide for MyGuide { async fn ping(&self) -> Result<(), Status> { Ok(()) } }
///
/// # async fn run(chain: Vec<rustls::pki_types::CertificateDer<'static>>, key: rustls::pki_types::PrivateKeyDer<'static>)
/// # -> traitwire::Result<(), Box<dyn std::error::Error>> {
/// let mut config = rustls::ServerConfig::builder()
///     .with_no_client_auth()
///     .with_single_cert(chain, key)?;
/// // gRPC clients insist on it (ALPN).
/// config.alpn_protocols = vec![b"h2".to_vec()];
/// let acceptor = TlsAcceptor::from(Arc::new(config));
///
/// let listener = TcpListener::bind("0.0.0.0:443").await?;
/// let accepted = stream::unfold(listener, |listener| async {
///     Some((listener.accept().await, listener))
/// });
/// let connections = accepted
///     .map(move |accepted| {
///         let acceptor = acceptor.clone();
///         // A task for each handshake: it needs a processor for a while, and then the client's answer.
///         let handshake = tokio::spawn(async move {
///             let (tcp, address) = accepted?;
///             tcp.set_nodelay(true)?;
///             let tls = timeout(Duration::from_secs(10), acceptor.accept(tcp)).await??;
///             io::Result::Ok((tls, Peer::Tcp(address)))
///         });
///         async { handshake.await? }
///     })
///     // So many at a time; others wait in the system's queue.
///     .buffer_unordered(1000);
///
/// Server::new()
///     .add(GuideServer::new(MyGuide))
///     .serve(Connections::with_peers(connections))
///     .await?;
/// # Ok(()) }
/// ```
///
/// A server [per core](crate::Server::per_core) can't share them out, and doesn't start.
#[doc(alias = "incoming")]
#[doc(alias = "serve_with_incoming")]
pub struct Connections {
    /// `None` after its end.
    stream: Option<BoxStream>,
}

type BoxStream = Pin<Box<dyn Stream<Item = io::Result<(Io, Peer)>> + Send>>;

impl Connections {
    /// Connections of which handlers see [`Peer::Other`].
    pub fn new<S, T>(stream: S) -> Self
    where
        S: Stream<Item = io::Result<T>> + Send + 'static,
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        Self::boxed(stream, |stream| (stream, Peer::Other))
    }

    /// Connections that each come with what handlers see as [`Context::peer`](crate::Context::peer).
    pub fn with_peers<S, T>(stream: S) -> Self
    where
        S: Stream<Item = io::Result<(T, Peer)>> + Send + 'static,
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        Self::boxed(stream, |connection| connection)
    }

    fn boxed<S, C, T>(stream: S, connection: fn(C) -> (T, Peer)) -> Self
    where
        S: Stream<Item = io::Result<C>> + Send + 'static,
        C: 'static,
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        Self {
            stream: Some(Box::pin(Boxed { stream, connection })),
        }
    }

    /// The next connection. Dropping the future loses none.
    ///
    /// # Errors
    ///
    /// If so many have failed in a row that it may be more than their own fault.
    pub(super) async fn accept(&mut self) -> io::Result<(Io, Peer)> {
        let mut failed = 0;
        while let Some(stream) = &mut self.stream {
            match poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
                Some(Ok(connection)) => return Ok(connection),
                Some(Err(_)) if failed < MAX_FAILED => failed += 1,
                Some(Err(error)) => return Err(io::Error::other(error)),
                None => self.stream = None,
            }
        }
        // Those that there are go on.
        std::future::pending().await
    }
}

impl IntoListener for Connections {
    async fn into_listener(self) -> io::Result<Listener> {
        Ok(Listener::Brought(self))
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").finish_non_exhaustive()
    }
}

pin_project_lite::pin_project! {
    /// A stream of the user's, with each connection in a box.
    struct Boxed<S, C, T> {
        #[pin]
        stream: S,
        connection: fn(C) -> (T, Peer),
    }
}

impl<S, C, T> Stream for Boxed<S, C, T>
where
    S: Stream<Item = io::Result<C>>,
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    type Item = io::Result<(Io, Peer)>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let next = ready!(this.stream.poll_next(cx));
        Poll::Ready(next.map(|connection| {
            let (stream, peer) = (this.connection)(connection?);
            Ok((Io::Boxed(Box::new(stream)), peer))
        }))
    }
}

/// Connections that may fail in a row before the server pauses: many more than come at once, and few enough that a stream
/// of which every item is an error, for want of file descriptors most likely, doesn't keep a processor busy.
const MAX_FAILED: u32 = 1000;
