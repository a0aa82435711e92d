//! Where servers listen.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use tokio::net::{TcpListener, UnixListener};

use super::io::{Io, MemoryListener};
use crate::call::Peer;

/// Where a server takes connections from; see [`IntoListener`].
#[derive(Debug)]
pub enum Listener {
    /// TCP.
    Tcp(TcpListener),
    /// A Unix socket, and the file that goes with it.
    Unix(UnixListener, Option<SocketFile>),
    /// Pipes within the process.
    Memory(MemoryListener),
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
        Ok(Listener::Unix(listener, Some(Self(path.to_owned()))))
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
            Self::Unix(listener, _) => Ok((Io::Unix(listener.accept().await?.0), Peer::Unix)),
            Self::Memory(listener) => match listener.accept().await {
                Some(stream) => Ok((Io::Memory(stream), Peer::InProcess)),
                // Nobody can connect any more; connections that there are go on.
                None => std::future::pending().await,
            },
        }
    }

    /// The address of a TCP listener: with the port that was found, where 0 was asked for.
    pub(crate) fn local_addr(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok(),
            Self::Unix(..) | Self::Memory(_) => None,
        }
    }
}

/// What a server can listen on.
///
/// * text: `127.0.0.1:50051`, `[::1]:0`, `localhost:50051`, `unix:/run/guide.sock`, whose file is made and removed
/// * a [`SocketAddr`] or a pair of host and port
/// * a [`TcpListener`] or [`UnixListener`], of tokio or of std
/// * one end of [`memory`](crate::memory)
pub trait IntoListener: Send {
    /// Starts to listen.
    ///
    /// # Errors
    ///
    /// If the address can't be read, or the system doesn't give it.
    fn into_listener(self) -> impl Future<Output = io::Result<Listener>> + Send;
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
}

impl IntoListener for String {
    async fn into_listener(self) -> io::Result<Listener> {
        self.as_str().into_listener().await
    }
}

impl IntoListener for SocketAddr {
    async fn into_listener(self) -> io::Result<Listener> {
        Ok(Listener::Tcp(TcpListener::bind(self).await?))
    }
}

impl IntoListener for (&str, u16) {
    async fn into_listener(self) -> io::Result<Listener> {
        Ok(Listener::Tcp(TcpListener::bind(self).await?))
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
