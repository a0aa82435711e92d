//! What is in a registry, and who takes it out again.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use super::counts::{CallCounter, Outcome, SocketCounts};
use super::{
    Address, Calls, ChannelEntry, Page, Registry, Security, ServerEntry, SocketEntry,
    SubchannelEntry, page,
};
use crate::connectivity::ConnectivityState;

/// The sockets of a server or of a subchannel.
pub(super) struct Group {
    id: i64,
    /// Of a server.
    listeners: Vec<(i64, Address)>,
    sockets: Mutex<Sockets>,
}

#[derive(Default)]
struct Sockets {
    open: BTreeMap<i64, Arc<SocketData>>,
    /// What was counted on those that are closed.
    closed: Calls,
}

impl Group {
    fn new(listeners: Vec<(i64, Address)>) -> Self {
        Self {
            id: next_id(),
            listeners,
            sockets: Mutex::default(),
        }
    }

    pub(super) fn server(&self) -> ServerEntry {
        ServerEntry {
            id: self.id,
            calls: self.calls(),
            listeners: self.listeners.clone(),
        }
    }

    pub(super) fn sockets(&self, from: i64, max: usize) -> Page<i64> {
        page(&self.lock().open, from, max, |id, _| id)
    }

    fn calls(&self) -> Calls {
        let sockets = self.lock();
        let mut calls = sockets.closed;
        for socket in sockets.open.values() {
            calls.add(socket.counts.calls());
        }
        calls
    }

    fn lock(&self) -> MutexGuard<'_, Sockets> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A channel, and its subchannel.
pub(super) struct ChannelData {
    id: i64,
    target: String,
    created: SystemTime,
    max_connections: usize,
    calls: Arc<CallCounter>,
    subchannel: Arc<Group>,
    state: Box<dyn Fn() -> ConnectivityState + Send + Sync>,
}

impl ChannelData {
    pub(super) fn channel(&self) -> ChannelEntry {
        ChannelEntry {
            id: self.id,
            target: self.target.clone(),
            state: (self.state)(),
            calls: self.calls.calls(),
            created: self.created,
            subchannels: vec![self.subchannel.id],
        }
    }

    pub(super) fn subchannel(&self) -> SubchannelEntry {
        SubchannelEntry {
            id: self.subchannel.id,
            target: self.target.clone(),
            state: (self.state)(),
            calls: self.subchannel.calls(),
            created: self.created,
            max_connections: self.max_connections,
            sockets: self.subchannel.sockets(0, usize::MAX).items,
        }
    }
}

/// A socket.
pub(super) struct SocketData {
    id: i64,
    local: Option<Address>,
    remote: Option<Address>,
    security: OnceLock<Security>,
    counts: SocketCounts,
}

impl SocketData {
    pub(super) fn entry(&self) -> SocketEntry {
        let mut entry = SocketEntry {
            id: self.id,
            local: self.local.clone(),
            remote: self.remote.clone(),
            security: self.security.get().cloned(),
            ..SocketEntry::default()
        };
        self.counts.write(&mut entry);
        entry
    }
}

impl Registry {
    pub(crate) fn add_server(&self, listeners: Vec<Address>) -> RegisteredServer {
        let listeners = listeners.into_iter().map(|address| (next_id(), address));
        let group = Arc::new(Group::new(listeners.collect()));
        let mut entries = self.lock();
        for (id, address) in &group.listeners {
            let listener = SocketData {
                id: *id,
                local: Some(address.clone()),
                remote: None,
                security: OnceLock::new(),
                counts: SocketCounts::default(),
            };
            entries.sockets.insert(*id, Arc::new(listener));
        }
        entries.servers.insert(group.id, Arc::clone(&group));
        RegisteredServer {
            registry: self.clone(),
            group,
        }
    }

    pub(crate) fn add_channel(
        &self,
        target: &str,
        max_connections: usize,
        state: impl Fn() -> ConnectivityState + Send + Sync + 'static,
    ) -> RegisteredChannel {
        let data = Arc::new(ChannelData {
            id: next_id(),
            target: target.to_owned(),
            created: SystemTime::now(),
            max_connections,
            calls: Arc::default(),
            subchannel: Arc::new(Group::new(Vec::new())),
            state: Box::new(state),
        });
        let mut entries = self.lock();
        entries.channels.insert(data.id, Arc::clone(&data));
        let subchannel = data.subchannel.id;
        entries.subchannels.insert(subchannel, Arc::clone(&data));
        RegisteredChannel {
            registry: self.clone(),
            data,
        }
    }

    fn add_socket(
        &self,
        group: &Arc<Group>,
        local: Option<Address>,
        remote: Option<Address>,
    ) -> RegisteredSocket {
        let data = Arc::new(SocketData {
            id: next_id(),
            local,
            remote,
            security: OnceLock::new(),
            counts: SocketCounts::default(),
        });
        self.lock().sockets.insert(data.id, Arc::clone(&data));
        group.lock().open.insert(data.id, Arc::clone(&data));
        RegisteredSocket {
            registry: self.clone(),
            group: Arc::clone(group),
            data,
        }
    }
}

/// A server in a registry; it leaves it when this is dropped.
pub(crate) struct RegisteredServer {
    registry: Registry,
    group: Arc<Group>,
}

impl RegisteredServer {
    /// A client has connected.
    pub(crate) fn socket(
        &self,
        local: Option<Address>,
        remote: Option<Address>,
    ) -> RegisteredSocket {
        self.registry.add_socket(&self.group, local, remote)
    }
}

impl Drop for RegisteredServer {
    fn drop(&mut self) {
        let mut entries = self.registry.lock();
        entries.servers.remove(&self.group.id);
        for (id, _) in &self.group.listeners {
            entries.sockets.remove(id);
        }
    }
}

impl fmt::Debug for RegisteredServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RegisteredServer")
            .field(&self.group.id)
            .finish()
    }
}

/// A channel in a registry; it leaves it when this is dropped.
pub(crate) struct RegisteredChannel {
    registry: Registry,
    data: Arc<ChannelData>,
}

impl RegisteredChannel {
    /// A connection was made.
    pub(crate) fn socket(
        &self,
        local: Option<Address>,
        remote: Option<Address>,
    ) -> RegisteredSocket {
        self.registry
            .add_socket(&self.data.subchannel, local, remote)
    }

    /// Counts its calls.
    pub(crate) fn calls(&self) -> &Arc<CallCounter> {
        &self.data.calls
    }
}

impl Drop for RegisteredChannel {
    fn drop(&mut self) {
        let mut entries = self.registry.lock();
        let channel = entries.channels.remove(&self.data.id);
        let subchannel = entries.subchannels.remove(&self.data.subchannel.id);
        drop(entries);
        // Its state is the channel's own, which must not go while the registry is locked.
        drop((channel, subchannel));
    }
}

/// A socket in a registry; it leaves it when this is dropped.
pub(crate) struct RegisteredSocket {
    registry: Registry,
    group: Arc<Group>,
    data: Arc<SocketData>,
}

impl RegisteredSocket {
    /// TLS has shaken hands.
    #[cfg(feature = "tls")]
    pub(crate) fn secured(&self, security: Security) {
        // There is one handshake to a connection.
        let _ = self.data.security.set(security);
    }

    /// A call has begun, from this end or from the other.
    pub(crate) fn started(&self, here: bool) {
        self.data.counts.started(here);
    }

    pub(crate) fn ended(&self, outcome: Outcome) {
        self.data.counts.ended(outcome);
    }

    pub(crate) fn sent(&self, messages: u64) {
        self.data.counts.sent(messages);
    }

    pub(crate) fn received(&self, messages: u64) {
        self.data.counts.received(messages);
    }

    pub(crate) fn keep_alive(&self) {
        self.data.counts.keep_alive();
    }

    pub(crate) fn windows(&self, local: i64, remote: i64) {
        self.data.counts.windows(local, remote);
    }

    pub(crate) fn goaway(&self, reason: u32) {
        self.data.counts.goaway(reason);
    }

    pub(crate) fn peer_streams(&self, streams: u32) {
        self.data.counts.peer_streams(streams);
    }
}

impl Drop for RegisteredSocket {
    fn drop(&mut self) {
        self.registry.lock().sockets.remove(&self.data.id);
        let mut sockets = self.group.lock();
        sockets.open.remove(&self.data.id);
        let calls = self.data.counts.calls();
        // Those that were open have no more to come.
        let failed = calls.started.saturating_sub(calls.succeeded);
        sockets.closed.add(Calls { failed, ..calls });
    }
}

/// No two of anything have one number.
fn next_id() -> i64 {
    static NEXT: AtomicI64 = AtomicI64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
