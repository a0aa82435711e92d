//! Where servers listen.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket, ToSocketAddrs, UnixListener, lookup_host};

use super::connections::Connections;
use super::io::{Io, MemoryListener};
use crate::call::{Peer, UnixCredentials};
#[cfg(feature = "channelz")]
use crate::registry::Address;

/// Where a server takes connections from; see [`IntoListener`].
#[derive(Debug)]
pub enum Listener {
    /// TCP.
    Tcp(TcpListener),
    /// A Unix socket, and the file that goes with it.
    Unix(UnixListener, Option<Arc<SocketFile>>),
    /// Pipes within the process.
    Memory(MemoryListener),
    /// Whatever the user brings.
    Brought(Connections),
}

/// The file of a Unix socket that we have made; removed when nobody listens any more.
#[derive(Debug)]
pub struct SocketFile(PathBuf);

impl SocketFile {
    /// Listens at `path`. A file that a server left behind is replaced; one that somebody listens at is not.
    fn bind(path: &Path) -> io::Result<Listener> {
        let listener = match UnixListener::bind(path) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && left_behind(path) => {
                std::fs::remove_file(path)?;
                UnixListener::bind(path)?
            }
            result => result?,
        };
        Ok(Listener::Unix(
            listener,
            Some(Arc::new(Self(path.to_owned()))),
        ))
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // It may be gone already, which is just as well.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Whether this is the file of a socket that nobody listens at.
fn left_behind(path: &Path) -> bool {
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    is_socket
        && std::os::unix::net::UnixStream::connect(path)
            .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

impl Listener {
    /// The next connection. Dropping the future loses none.
    pub(crate) async fn accept(&mut self) -> io::Result<(Io, Peer)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                // Answers are written whole; waiting for more would only delay them. A connection that is broken
                // already shows that by itself.
                let _ = stream.set_nodelay(true);
                Ok((Io::Tcp(stream), Peer::Tcp(address)))
            }
            Self::Unix(listener, _) => {
                let (stream, _) = listener.accept().await?;
                let process = stream.peer_cred().ok().map(UnixCredentials::from);
                Ok((Io::Unix(stream), Peer::Unix(process)))
            }
            Self::Memory(listener) => match listener.accept().await {
                Some(stream) => Ok((Io::Memory(stream), Peer::InProcess)),
                // Nobody can connect any more; connections that there are go on.
                None => std::future::pending().await,
            },
            Self::Brought(connections) => connections.accept().await,
        }
    }

    /// The same place to listen at, for each of `count` threads.
    fn share(self, count: usize) -> io::Result<Vec<Detached>> {
        let mut listeners = Vec::new();
        match self {
            Self::Tcp(listener) => {
                let listener = listener.into_std()?;
                for _ in 1..count {
                    listeners.push(Detached::Tcp(listener.try_clone()?));
                }
                listeners.push(Detached::Tcp(listener));
            }
            Self::Unix(listener, file) => {
                let listener = listener.into_std()?;
                for _ in 1..count {
                    listeners.push(Detached::Unix(listener.try_clone()?, file.clone()));
                }
                listeners.push(Detached::Unix(listener, file));
            }
            Self::Memory(_) => {
                return Err(io::Error::new(
                    io::ErrorKind::Unsupported,
                    "connections within the process come to one thread",
                ));
            }
            Self::Brought(_) => {
                return Err(io::Error::new(
                    io::ErrorKind::Unsupported,
                    "a stream of connections comes to one thread",
                ));
            }
        }
        Ok(listeners)
    }

    /// Where it listens, if that is a socket of ours.
    #[cfg(feature = "channelz")]
    pub(crate) fn address(&self) -> Option<Address> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok().map(Address::Tcp),
            Self::Unix(listener, _) => {
                let address = listener.local_addr().ok()?;
                Some(Address::Unix(address.as_pathname()?.to_owned()))
            }
            Self::Memory(_) => Some(Address::Other(Peer::InProcess.to_string())),
            Self::Brought(_) => None,
        }
    }

    /// The address of a TCP listener: with the port that was found, where 0 was asked for.
    pub(crate) fn local_addr(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok(),
            Self::Unix(..) | Self::Memory(_) | Self::Brought(_) => None,
        }
    }
}

/// Where to listen, on the way to the runtime that will.
#[derive(Debug)]
pub enum Detached {
    /// TCP.
    Tcp(std::net::TcpListener),
    /// A Unix socket.
    Unix(std::os::unix::net::UnixListener, Option<Arc<SocketFile>>),
}

impl Detached {
    /// As [`Listener::address`].
    #[cfg(feature = "channelz")]
    pub(crate) fn address(&self) -> Option<Address> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok().map(Address::Tcp),
            Self::Unix(listener, _) => {
                let address = listener.local_addr().ok()?;
                Some(Address::Unix(address.as_pathname()?.to_owned()))
            }
        }
    }

    /// Belongs to the runtime around from now on.
    pub(crate) fn attach(self) -> io::Result<Listener> {
        Ok(match self {
            Self::Tcp(listener) => Listener::Tcp(TcpListener::from_std(listener)?),
            Self::Unix(listener, file) => Listener::Unix(UnixListener::from_std(listener)?, file),
        })
    }
}

/// Listens at an address with a socket for each of `count` threads, among which the system shares connections out.
async fn bind_each(address: impl ToSocketAddrs, count: usize) -> io::Result<Vec<Detached>> {
    let mut failed = io::Error::new(io::ErrorKind::InvalidInput, "the name has no address");
    for address in lookup_host(address).await? {
        match bind_first(address) {
            Ok(first) => {
                // With the port that was found.
                let address = first.local_addr()?;
                let mut listeners = vec![Detached::Tcp(first)];
                for _ in 1..count {
                    listeners.push(Detached::Tcp(bind_first(address)?));
                }
                return Ok(listeners);
            }
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

/// A socket that others may listen beside.
fn bind_first(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// Connections that wait to be accepted: what tokio asks for.
const BACKLOG: u32 = 1024;

/// What a server can listen on.
///
/// * text: `127.0.0.1:50051`, `[::1]:0`, `localhost:50051`, `unix:/run/guide.sock`, whose file is made and removed
/// * a [`SocketAddr`] or a pair of host and port
/// * a [`TcpListener`] or [`UnixListener`], of tokio or of std
/// * one end of [`memory`](crate::memory)
/// * a stream of [`Connections`], for all else
pub trait IntoListener: Send {
    /// Starts to listen.
    ///
    /// # Errors
    ///
    /// If the address can't be read, or the system doesn't give it.
    fn into_listener(self) -> impl Future<Output = io::Result<Listener>> + Send;

    /// Starts to listen for `count` threads.
    #[doc(hidden)]
    fn into_listeners(self, count: usize) -> impl Future<Output = io::Result<Vec<Detached>>> + Send
    where
        Self: Sized,
    {
        async move { self.into_listener().await?.share(count) }
    }
}

impl IntoListener for &str {
    async fn into_listener(self) -> io::Result<Listener> {
        match self.strip_prefix("unix:") {
            Some(path) => {
                let path = path.strip_prefix("//").unwrap_or(path);
                SocketFile::bind(Path::new(path))
            }
            None => Ok(Listener::Tcp(TcpListener::bind(self).await?)),
        }
    }

    async fn into_listeners(self, count: usize) -> io::Result<Vec<Detached>> {
        if self.starts_with("unix:") {
            return self.into_listener().await?.share(count);
        }
        bind_each(self, count).await
    }
}

impl IntoListener for String {
    async fn into_listener(self) -> io::Result<Listener> {
        self.as_str().into_listener().await
    }

    async fn into_listeners(self, count: usize) -> io::Result<Vec<Detached>> {
        self.as_str().into_listeners(count).await
    }
}

impl IntoListener for SocketAddr {
    async fn into_listener(self) -> io::Result<Listener> {
        Ok(Listener::Tcp(TcpListener::bind(self).await?))
    }

    async fn into_listeners(self, count: usize) -> io::Result<Vec<Detached>> {
        bind_each(self, count).await
    }
}

impl IntoListener for (&str, u16) {
    async fn into_listener(self) -> io::Result<Listener> {
        Ok(Listener::Tcp(TcpListener::bind(self).await?))
    }

    async fn into_listeners(self, count: usize) -> io::Result<Vec<Detached>> {
        bind_each(self, count).await
    }
}

impl IntoListener for TcpListener {
    async fn into_listener(self) -> io::Result<Listener> {
        Ok(Listener::Tcp(self))
    }
}

impl IntoListener for std::net::TcpListener {
    async fn into_listener(self) -> io::Result<Listener> {
        self.set_nonblocking(true)?;
        Ok(Listener::Tcp(TcpListener::from_std(self)?))
    }
}

impl IntoListener for UnixListener {
    async fn into_listener(self) -> io::Result<Listener> {
        Ok(Listener::Unix(self, None))
    }
}

impl IntoListener for std::os::unix::net::UnixListener {
    async fn into_listener(self) -> io::Result<Listener> {
        self.set_nonblocking(true)?;
        Ok(Listener::Unix(UnixListener::from_std(self)?, None))
    }
}

impl IntoListener for MemoryListener {
    async fn into_listener(self) -> io::Result<Listener> {
        Ok(Listener::Memory(self))
    }
}
