//! What a process serves and calls, with numbers: its servers, its channels, and the sockets of both, for whoever looks for
//! the cause of something from outside ([gRFC A14]).
//!
//! ```
//! use traitwire::registry::Registry;
//! use traitwire::{Channel, Server};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> traitwire::Result<()> {
//! let registry = Registry::new();
//! let server = Server::new().registry(&registry).start("127.0.0.1:0").await?;
//! let channel = Channel::builder().registry(&registry).connect(server.local_addr()).await?;
//!
//! let servers = registry.servers(0, 10).items;
//! let channels = registry.channels(0, 10).items;
//! assert_eq!((servers[0].calls.started, channels[0].calls.started), (0, 0));
//! # drop(channel);
//! # Ok(()) }
//! ```
//!
//! Only who is put into a registry is counted. [`services::channelz`](crate::services::channelz) shows it to others.
//!
//! [gRFC A14]: https://github.com/grpc/proposal/blob/master/A14-channelz.md

mod counts;
mod entries;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::ops::Bound;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

pub(crate) use counts::{CallCounter, Outcome};
use entries::{ChannelData, Group, SocketData};
pub(crate) use entries::{RegisteredChannel, RegisteredServer, RegisteredSocket};

use crate::connectivity::ConnectivityState;

/// Servers, channels and sockets that are counted. Cheap to clone: all clones are one registry.
///
/// Each of them has a number, which no other one in the process has, and is here for as long as it lives.
#[derive(Clone, Default)]
pub struct Registry {
    entries: Arc<Mutex<Entries>>,
}

#[derive(Default)]
struct Entries {
    servers: BTreeMap<i64, Arc<Group>>,
    channels: BTreeMap<i64, Arc<ChannelData>>,
    subchannels: BTreeMap<i64, Arc<ChannelData>>,
    sockets: BTreeMap<i64, Arc<SocketData>>,
}

impl Registry {
    /// One of its own, for a part of the process.
    pub fn new() -> Self {
        Self::default()
    }

    /// That of the whole process.
    pub fn process() -> Self {
        static PROCESS: OnceLock<Registry> = OnceLock::new();
        PROCESS.get_or_init(Self::new).clone()
    }

    /// Up to `max` servers, of those whose number isn't below `from`.
    pub fn servers(&self, from: i64, max: usize) -> Page<ServerEntry> {
        let page = page(&self.lock().servers, from, max, |_, group| {
            Arc::clone(group)
        });
        page.map(|group| group.server())
    }

    /// The server of this number.
    pub fn server(&self, id: i64) -> Option<ServerEntry> {
        let group = Arc::clone(self.lock().servers.get(&id)?);
        Some(group.server())
    }

    /// Up to `max` sockets that clients have to this server, of those whose number isn't below `from`; `None` without such
    /// a server.
    pub fn server_sockets(&self, server: i64, from: i64, max: usize) -> Option<Page<i64>> {
        let group = Arc::clone(self.lock().servers.get(&server)?);
        Some(group.sockets(from, max))
    }

    /// Up to `max` channels, of those whose number isn't below `from`.
    pub fn channels(&self, from: i64, max: usize) -> Page<ChannelEntry> {
        let page = page(&self.lock().channels, from, max, |_, data| Arc::clone(data));
        page.map(|data| data.channel())
    }

    /// The channel of this number.
    pub fn channel(&self, id: i64) -> Option<ChannelEntry> {
        let data = Arc::clone(self.lock().channels.get(&id)?);
        Some(data.channel())
    }

    /// The subchannel of this number.
    pub fn subchannel(&self, id: i64) -> Option<SubchannelEntry> {
        let data = Arc::clone(self.lock().subchannels.get(&id)?);
        Some(data.subchannel())
    }

    /// The socket of this number: a connection, or what a server listens on.
    pub fn socket(&self, id: i64) -> Option<SocketEntry> {
        let data = Arc::clone(self.lock().sockets.get(&id)?);
        Some(data.entry())
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.lock();
        f.debug_struct("Registry")
            .field("servers", &entries.servers.len())
            .field("channels", &entries.channels.len())
            .field("sockets", &entries.sockets.len())
            .finish()
    }
}

/// Some of many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// In the order of their numbers.
    pub items: Vec<T>,
    /// Whether there are no more now.
    pub end: bool,
}

impl<T> Page<T> {
    fn map<U>(self, item: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(item).collect(),
            end: self.end,
        }
    }
}

/// Up to `max` of those whose number isn't below `from`.
fn page<V, T>(
    all: &BTreeMap<i64, V>,
    from: i64,
    max: usize,
    item: impl Fn(i64, &V) -> T,
) -> Page<T> {
    let mut rest = all.range((Bound::Included(from), Bound::Unbounded));
    let items = rest.by_ref().take(max).map(|(id, value)| item(*id, value));
    Page {
        items: items.collect(),
        end: rest.next().is_none(),
    }
}

/// A server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerEntry {
    /// Its number.
    pub id: i64,
    /// The calls that have come to it.
    pub calls: Calls,
    /// The numbers of the sockets that it listens on, each with its address.
    pub listeners: Vec<(i64, Address)>,
}

/// A channel.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChannelEntry {
    /// Its number.
    pub id: i64,
    /// Where it leads to, as its user wrote it.
    pub target: String,
    /// Where it stands.
    pub state: ConnectivityState,
    /// The calls that were made with it, those included that have found no connection.
    pub calls: Calls,
    /// When it was made.
    pub created: SystemTime,
    /// The numbers of its subchannels: one for each server that it calls.
    pub subchannels: Vec<i64>,
}

/// A channel's way to one server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SubchannelEntry {
    /// Its number.
    pub id: i64,
    /// The server.
    pub target: String,
    /// Where it stands.
    pub state: ConnectivityState,
    /// The calls that have left for it. One that was made again is counted again.
    pub calls: Calls,
    /// When it was made.
    pub created: SystemTime,
    /// How many connections it may have.
    pub max_connections: usize,
    /// The numbers of its sockets.
    pub sockets: Vec<i64>,
}

/// A connection, or what a server listens on.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SocketEntry {
    /// Its number.
    pub id: i64,
    /// The address of this end.
    pub local: Option<Address>,
    /// The address of the other end.
    pub remote: Option<Address>,
    /// What TLS says of it.
    pub security: Option<Security>,
    /// Calls that have begun on it.
    pub streams_started: u64,
    /// Calls whose answer has ended as it should, whatever their status.
    pub streams_succeeded: u64,
    /// Calls that were cut off.
    pub streams_failed: u64,
    /// Messages that have left.
    pub messages_sent: u64,
    /// Messages that have arrived.
    pub messages_received: u64,
    /// Pings that were sent to see whether somebody is there.
    pub keep_alives_sent: u64,
    /// When this end began a call last.
    pub last_local_stream_created: Option<SystemTime>,
    /// When the other end began a call last.
    pub last_remote_stream_created: Option<SystemTime>,
    /// When a message left last.
    pub last_message_sent: Option<SystemTime>,
    /// When a message arrived last.
    pub last_message_received: Option<SystemTime>,
    /// Bytes that this end may send, on all streams together; `None` where that isn't known, as over hyper.
    pub local_flow_control_window: Option<i64>,
    /// Bytes that the other end may send.
    pub remote_flow_control_window: Option<i64>,
    /// The reason of a GOAWAY that has come.
    pub received_goaway_error: Option<u32>,
    /// How many calls the server takes at a time; of a client's connection.
    pub peer_max_concurrent_streams: Option<u32>,
}

/// How many calls there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Calls {
    /// All.
    pub started: u64,
    /// Those that have ended with OK.
    pub succeeded: u64,
    /// Those that have ended with something else.
    pub failed: u64,
    /// When one began last.
    pub last_started: Option<SystemTime>,
}

impl Calls {
    fn add(&mut self, other: Self) {
        self.started += other.started;
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.last_started = self.last_started.max(other.last_started);
    }
}

/// One end of a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Address {
    /// Of TCP.
    Tcp(SocketAddr),
    /// Of a Unix socket: its file.
    Unix(PathBuf),
    /// What there is to say of any other.
    Other(String),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// What TLS says of a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Security {
    /// The cipher suite, by the name that RFCs give it: `TLS_AES_256_GCM_SHA384`.
    pub cipher_suite: String,
    /// The certificate of the other end as DER, if it has shown one.
    pub remote_certificate: Option<Vec<u8>>,
}

impl Security {
    /// `cipher_suite` is as rustls calls it.
    #[cfg(feature = "tls")]
    pub(crate) fn new(cipher_suite: &str, remote_certificate: Option<&[u8]>) -> Self {
        Self {
            // rustls has the version in the names of those of TLS 1.3: `TLS13_AES_256_GCM_SHA384`.
            cipher_suite: cipher_suite.replacen("TLS13_", "TLS_", 1),
            remote_certificate: remote_certificate.map(<[u8]>::to_vec),
        }
    }
}
