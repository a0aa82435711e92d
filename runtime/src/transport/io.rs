//! Connections: TCP, Unix sockets, and pipes within the process.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::mpsc;

#[cfg(feature = "channelz")]
use crate::call::Peer;
#[cfg(feature = "channelz")]
use crate::registry::Address;

/// A connection of any kind.
pub(crate) enum Io {
    Tcp(TcpStream),
    Unix(UnixStream),
    Memory(DuplexStream),
    /// One of any other kind: TLS over one of these, or what the user brings.
    Boxed(Box<dyn ByteStream>),
}

impl Io {
    /// The address of this end.
    #[cfg(feature = "channelz")]
    pub(crate) fn local_address(&self) -> Option<Address> {
        match self {
            Self::Tcp(stream) => stream.local_addr().ok().map(Address::Tcp),
            Self::Unix(stream) => unix_address(stream.local_addr()),
            Self::Memory(_) => Some(Address::Other(Peer::InProcess.to_string())),
            Self::Boxed(_) => None,
        }
    }

    /// The address of the other end.
    #[cfg(feature = "channelz")]
    pub(crate) fn remote_address(&self) -> Option<Address> {
        match self {
            Self::Tcp(stream) => stream.peer_addr().ok().map(Address::Tcp),
            Self::Unix(stream) => unix_address(stream.peer_addr()),
            Self::Memory(_) => Some(Address::Other(Peer::InProcess.to_string())),
            Self::Boxed(_) => None,
        }
    }

    /// Where it leads to, as far as the system knows: `127.0.0.1:50051`.
    pub(crate) fn peer(&self) -> Option<String> {
        match self {
            Self::Tcp(stream) => Some(stream.peer_addr().ok()?.to_string()),
            Self::Unix(_) | Self::Memory(_) | Self::Boxed(_) => None,
        }
    }

    /// How long what was sent may go unacknowledged before the system takes the connection for broken: `TCP_USER_TIMEOUT`
    /// (gRFC A18). Only TCP has it, and Linux; nothing fails without.
    pub(crate) fn set_user_timeout(&self, timeout: Duration) {
        #[cfg(target_os = "linux")]
        if let Self::Tcp(stream) = self {
            let _ = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(timeout));
        }
        #[cfg(not(target_os = "linux"))]
        let _ = timeout;
    }
}

#[cfg(feature = "channelz")]
fn unix_address(address: io::Result<tokio::net::unix::SocketAddr>) -> Option<Address> {
    let address = address.ok()?;
    address
        .as_pathname()
        .map(|path| Address::Unix(path.to_owned()))
}

/// What any connection can do.
pub(crate) trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

macro_rules! each {
    ($io:expr, $stream:ident => $body:expr) => {
        match $io {
            Io::Tcp($stream) => $body,
            Io::Unix($stream) => $body,
            Io::Memory($stream) => $body,
            Io::Boxed($stream) => $body,
        }
    };
}

impl AsyncRead for Io {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_read(cx, buf))
    }
}

impl AsyncWrite for Io {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        each!(self, stream => stream.is_write_vectored())
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_shutdown(cx))
    }
}

/// A connection of which something has been read already.
pub(crate) struct Rewind<I> {
    first: Bytes,
    io: I,
}

impl<I> Rewind<I> {
    pub(crate) fn new(first: Vec<u8>, io: I) -> Self {
        Self {
            first: first.into(),
            io,
        }
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Rewind<I> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.first.is_empty() {
            return Pin::new(&mut this.io).poll_read(cx, buf);
        }
        let len = this.first.len().min(buf.remaining());
        buf.put_slice(&this.first.split_to(len));
        Poll::Ready(Ok(()))
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Rewind<I> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }
}

/// A pair that connects clients and a server within the process: real HTTP/2, no socket.
///
/// ```
/// # use traitwire::Server;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> traitwire::Result<()> {
/// let (connector, listener) = traitwire::memory();
/// let server = Server::new().start(listener).await?;
/// let channel = traitwire::Channel::connect(connector).await?;
/// # drop(channel);
/// server.shutdown();
/// server.wait().await;
/// # Ok(()) }
/// ```
pub fn memory() -> (MemoryConnector, MemoryListener) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (
        MemoryConnector {
            connections: sender,
        },
        MemoryListener {
            connections: receiver,
        },
    )
}

/// The end of [`memory`] that clients connect to.
#[derive(Clone, Debug)]
pub struct MemoryConnector {
    connections: mpsc::UnboundedSender<DuplexStream>,
}

impl MemoryConnector {
    pub(super) fn connect(&self) -> io::Result<Io> {
        let (ours, theirs) = tokio::io::duplex(PIPE_LEN);
        let gone = |_| {
            io::Error::new(
                io::ErrorKind::ConnectionRefused,
                "the server in memory is gone",
            )
        };
        self.connections.send(theirs).map_err(gone)?;
        Ok(Io::Memory(ours))
    }
}

/// The end of [`memory`] that a server listens on.
#[derive(Debug)]
pub struct MemoryListener {
    connections: mpsc::UnboundedReceiver<DuplexStream>,
}

impl MemoryListener {
    /// The next connection; `None` when nobody can connect any more. Dropping the future loses none.
    pub(super) async fn accept(&mut self) -> Option<DuplexStream> {
        self.connections.recv().await
    }
}

/// Bytes on their way between the two ends of a pipe.
const PIPE_LEN: usize = 64 * 1024;

// Connections of the other kinds don't pay for those that users bring.
const _: () = assert!(size_of::<Io>() == size_of::<TcpStream>() + size_of::<usize>());
