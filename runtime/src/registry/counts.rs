//! Counters that many threads may have a hand on. Only what is registered has any.

use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use super::{Calls, SocketEntry};

/// How a call has ended, for one that counts streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// With OK.
    Ok,
    /// With another status.
    Failed,
    /// Without any: it was cut off.
    Broken,
}

/// Of a connection.
#[derive(Debug, Default)]
pub(super) struct SocketCounts {
    started: AtomicU64,
    /// Of those that have ended as they should, the ones with OK among them.
    succeeded: AtomicU64,
    ok: AtomicU64,
    broken: AtomicU64,
    last_local: Time,
    last_remote: Time,
    sent: AtomicU64,
    last_sent: Time,
    received: AtomicU64,
    last_received: Time,
    keep_alives: AtomicU64,
    local_window: AtomicI64,
    remote_window: AtomicI64,
    windows_known: AtomicU32,
    /// One more than the reason.
    goaway: AtomicU64,
    /// One more than the number.
    peer_streams: AtomicU64,
}

impl SocketCounts {
    pub(super) fn started(&self, here: bool) {
        self.started.fetch_add(1, Relaxed);
        match here {
            true => self.last_local.set(),
            false => self.last_remote.set(),
        }
    }

    pub(super) fn ended(&self, outcome: Outcome) {
        match outcome {
            Outcome::Ok => {
                // In this order, so that nobody sees more of these than of those.
                self.succeeded.fetch_add(1, Relaxed);
                self.ok.fetch_add(1, Relaxed);
            }
            Outcome::Failed => _ = self.succeeded.fetch_add(1, Relaxed),
            Outcome::Broken => _ = self.broken.fetch_add(1, Relaxed),
        }
    }

    pub(super) fn sent(&self, messages: u64) {
        if messages > 0 {
            self.sent.fetch_add(messages, Relaxed);
            self.last_sent.set();
        }
    }

    pub(super) fn received(&self, messages: u64) {
        if messages > 0 {
            self.received.fetch_add(messages, Relaxed);
            self.last_received.set();
        }
    }

    pub(super) fn keep_alive(&self) {
        self.keep_alives.fetch_add(1, Relaxed);
    }

    pub(super) fn windows(&self, local: i64, remote: i64) {
        self.local_window.store(local, Relaxed);
        self.remote_window.store(remote, Relaxed);
        self.windows_known.store(1, Relaxed);
    }

    pub(super) fn goaway(&self, reason: u32) {
        self.goaway.store(u64::from(reason) + 1, Relaxed);
    }

    pub(super) fn peer_streams(&self, streams: u32) {
        self.peer_streams.store(u64::from(streams) + 1, Relaxed);
    }

    /// Of the calls on it.
    pub(super) fn calls(&self) -> Calls {
        // Ends first: there are never more of them than of beginnings.
        let ok = self.ok.load(Relaxed);
        let failed = self.succeeded.load(Relaxed).saturating_sub(ok) + self.broken.load(Relaxed);
        Calls {
            started: self.started.load(Relaxed),
            succeeded: ok,
            failed,
            last_started: self.last_local.get().max(self.last_remote.get()),
        }
    }

    pub(super) fn write(&self, entry: &mut SocketEntry) {
        let less_one = |number: &AtomicU64| {
            let number = number.load(Relaxed).checked_sub(1)?;
            u32::try_from(number).ok()
        };
        entry.streams_succeeded = self.succeeded.load(Relaxed);
        entry.streams_failed = self.broken.load(Relaxed);
        entry.streams_started = self.started.load(Relaxed);
        entry.messages_sent = self.sent.load(Relaxed);
        entry.messages_received = self.received.load(Relaxed);
        entry.keep_alives_sent = self.keep_alives.load(Relaxed);
        entry.last_local_stream_created = self.last_local.get();
        entry.last_remote_stream_created = self.last_remote.get();
        entry.last_message_sent = self.last_sent.get();
        entry.last_message_received = self.last_received.get();
        if self.windows_known.load(Relaxed) > 0 {
            entry.local_flow_control_window = Some(self.local_window.load(Relaxed));
            entry.remote_flow_control_window = Some(self.remote_window.load(Relaxed));
        }
        entry.received_goaway_error = less_one(&self.goaway);
        entry.peer_max_concurrent_streams = less_one(&self.peer_streams);
    }
}

/// Of a channel.
#[derive(Debug, Default)]
pub(crate) struct CallCounter {
    started: AtomicU64,
    succeeded: AtomicU64,
    failed: AtomicU64,
    last_started: Time,
}

impl CallCounter {
    pub(crate) fn started(&self) {
        self.started.fetch_add(1, Relaxed);
        self.last_started.set();
    }

    pub(crate) fn ended(&self, ok: bool) {
        let counter = if ok { &self.succeeded } else { &self.failed };
        counter.fetch_add(1, Relaxed);
    }

    pub(super) fn calls(&self) -> Calls {
        Calls {
            succeeded: self.succeeded.load(Relaxed),
            failed: self.failed.load(Relaxed),
            started: self.started.load(Relaxed),
            last_started: self.last_started.get(),
        }
    }
}

/// When something happened last, in nanoseconds since 1970; 0 if it never has.
#[derive(Debug, Default)]
struct Time(AtomicU64);

impl Time {
    fn set(&self) {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let nanos = since.map_or(0, |since| since.as_nanos() as u64);
        self.0.store(nanos, Relaxed);
    }

    fn get(&self) -> Option<SystemTime> {
        match self.0.load(Relaxed) {
            0 => None,
            nanos => Some(SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos)),
        }
    }
}
