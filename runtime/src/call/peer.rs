//! Who calls.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use http::Extensions;
use tokio::net::unix::UCred;

use super::quota::Account;
#[cfg(feature = "tls")]
use super::tls_info::TlsInfo;

/// Where a call comes from.
///
/// With TLS, too, it is the connection below: an address, or a Unix socket.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Peer {
    /// Over TCP, from this address.
    Tcp(SocketAddr),
    /// Over a Unix socket, from a process of which the system knows this; `None` if it doesn't say.
    Unix(Option<UnixCredentials>),
    /// From the same process.
    InProcess,
    /// Over a connection whose bringer didn't say; see [`Connections`](crate::Connections).
    Other,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(_) => f.write_str("unix"),
            Self::InProcess => f.write_str("in-process"),
            Self::Other => f.write_str("other"),
        }
    }
}

/// Whose process is at the other end of a Unix socket, as the system says (`SO_PEERCRED` on Linux): of the time when it
/// connected. Nobody can lie about it, but a process can hand its connection, or leave its id, to another one.
///
/// ```
/// use traitwire::{Context, Peer, Status};
///
/// /// Lets in who runs as root, over a Unix socket.
/// fn check_is_root(cx: &Context) -> Result<(), Status> {
///     match cx.peer() {
///         Some(Peer::Unix(Some(process))) if process.uid == 0 => Ok(()),
///         _ => Err(Status::permission_denied("only root may do this")),
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnixCredentials {
    /// The user that it runs as.
    pub uid: u32,
    /// The group that it runs as.
    pub gid: u32,
    /// The process, on systems that tell.
    pub pid: Option<i32>,
}

/// Of a socket that somebody else has accepted; see [`Connections`](crate::Connections).
impl From<UCred> for UnixCredentials {
    fn from(process: UCred) -> Self {
        Self {
            uid: process.uid(),
            gid: process.gid(),
            pid: process.pid(),
        }
    }
}

/// Who is at the other end of a server's connection: all that is known of them.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Caller {
    pub(crate) peer: Peer,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<TlsInfo>,
    /// What is held for their connection; only on the way to who holds it.
    pub(crate) account: Option<Arc<Account>>,
}

impl Caller {
    /// What layers see, and hand on.
    pub(crate) fn into_extensions(self, extensions: &mut Extensions) {
        extensions.insert(self.peer);
        #[cfg(feature = "tls")]
        if let Some(tls) = self.tls {
            extensions.insert(tls);
        }
        if let Some(account) = self.account {
            extensions.insert(account);
        }
    }

    pub(crate) fn from_extensions(extensions: &Extensions) -> Option<Self> {
        Some(Self {
            peer: extensions.get::<Peer>()?.clone(),
            #[cfg(feature = "tls")]
            tls: extensions.get().cloned(),
            account: extensions.get().cloned(),
        })
    }
}

impl From<Peer> for Caller {
    fn from(peer: Peer) -> Self {
        Self {
            peer,
            #[cfg(feature = "tls")]
            tls: None,
            account: None,
        }
    }
}
