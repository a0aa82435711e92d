//! What a connection counts, if it is in a registry.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::HeaderMap;
use traitwire_engine::{Reason, StreamKey};

#[cfg(feature = "tls")]
use crate::call::Caller;
use crate::protocol;
#[cfg(feature = "tls")]
use crate::registry::Security;
use crate::registry::{CallCounter, Outcome, RegisteredSocket};

/// Counts a connection's calls and their messages, by what it reads and writes. In a box, so that a connection that isn't
/// counted has no room for it.
pub(crate) struct Counts(Option<Box<Counting>>);

struct Counting {
    socket: RegisteredSocket,
    /// The calls that are open, by the slots of their streams.
    calls: Vec<Option<Frames>>,
    /// Whether this end makes the calls.
    client: bool,
}

/// Where a call's messages stand.
#[derive(Clone, Copy, Default)]
struct Frames {
    arriving: MessageCount,
    leaving: MessageCount,
}

impl Counts {
    pub(crate) fn of_server(socket: Option<RegisteredSocket>) -> Self {
        Self::new(socket, false)
    }

    pub(crate) fn of_client(socket: Option<RegisteredSocket>) -> Self {
        Self::new(socket, true)
    }

    fn new(socket: Option<RegisteredSocket>, client: bool) -> Self {
        Self(socket.map(|socket| {
            Box::new(Counting {
                socket,
                calls: Vec::new(),
                client,
            })
        }))
    }

    /// The socket, for who counts in another way.
    pub(super) fn into_socket(self) -> Option<RegisteredSocket> {
        self.0.map(|counting| counting.socket)
    }

    /// TLS has shaken hands, and this is what it says.
    #[cfg(feature = "tls")]
    pub(crate) fn secured(&self, caller: &Caller) {
        if let (Some(counting), Some(tls)) = (&self.0, &caller.tls) {
            let identity = tls.peer_identity();
            let certificate = identity.and_then(|identity| identity.certificates().first());
            let certificate = certificate.map(|certificate| &**certificate);
            let security = Security::new(tls.cipher_suite(), certificate);
            counting.socket.secured(security);
        }
    }

    /// A call has begun on this stream.
    #[inline]
    pub(super) fn opened(&mut self, stream: StreamKey) {
        if let Some(counting) = &mut self.0 {
            counting.opened(stream);
        }
    }

    /// This much of its messages has arrived.
    #[inline]
    pub(super) fn arrived(&mut self, stream: StreamKey, data: &[u8]) {
        if let Some(counting) = &mut self.0
            && let Some(Some(frames)) = counting.calls.get_mut(stream.slot())
        {
            let messages = frames.arriving.feed(data);
            counting.socket.received(messages);
        }
    }

    /// This much of its messages leaves.
    #[inline]
    pub(super) fn leaves(&mut self, stream: StreamKey, data: &[u8]) {
        if let Some(counting) = &mut self.0
            && let Some(Some(frames)) = counting.calls.get_mut(stream.slot())
        {
            let messages = frames.leaving.feed(data);
            counting.socket.sent(messages);
        }
    }

    /// A message leaves as a whole.
    #[inline]
    pub(super) fn message_leaves(&self) {
        if let Some(counting) = &self.0 {
            counting.socket.sent(1);
        }
    }

    /// The call on this stream has come to its end, unless it had before: with OK or not.
    #[inline]
    pub(super) fn ended(&mut self, stream: StreamKey, ok: impl FnOnce() -> bool) {
        if let Some(counting) = &mut self.0 {
            let outcome = || if ok() { Outcome::Ok } else { Outcome::Failed };
            counting.ended(stream, outcome);
        }
    }

    /// The call on this stream was cut off, unless it had come to its end.
    #[inline]
    pub(super) fn broken(&mut self, stream: StreamKey) {
        if let Some(counting) = &mut self.0 {
            counting.ended(stream, || Outcome::Broken);
        }
    }

    /// All calls were.
    pub(super) fn all_broken(&mut self) {
        if let Some(counting) = &mut self.0 {
            for _ in counting.calls.drain(..).flatten() {
                counting.socket.ended(Outcome::Broken);
            }
        }
    }

    pub(super) fn keep_alive(&self) {
        if let Some(counting) = &self.0 {
            counting.socket.keep_alive();
        }
    }

    /// What either end may send, of all streams.
    #[inline]
    pub(super) fn windows(&self, windows: impl FnOnce() -> (i64, i64)) {
        if let Some(counting) = &self.0 {
            let (local, remote) = windows();
            counting.socket.windows(local, remote);
        }
    }

    pub(super) fn goaway(&self, reason: Reason) {
        if let Some(counting) = &self.0 {
            counting.socket.goaway(reason.0);
        }
    }

    pub(super) fn peer_streams(&self, streams: u32) {
        if let Some(counting) = &self.0 {
            counting.socket.peer_streams(streams);
        }
    }
}

impl Counting {
    fn opened(&mut self, stream: StreamKey) {
        let slot = stream.slot();
        if self.calls.len() <= slot {
            self.calls.resize(slot + 1, None);
        }
        if self.calls[slot].replace(Frames::default()).is_some() {
            self.socket.ended(Outcome::Broken);
        }
        self.socket.started(self.client);
    }

    fn ended(&mut self, stream: StreamKey, outcome: impl FnOnce() -> Outcome) {
        if let Some(call) = self.calls.get_mut(stream.slot())
            && call.take().is_some()
        {
            self.socket.ended(outcome());
        }
    }
}

/// A call of a channel that is counted. It has failed, if nothing else is said before it is dropped.
pub(crate) struct CallCount(Option<StartedCall>);

struct StartedCall {
    counter: Arc<CallCounter>,
    ok: AtomicBool,
}

impl CallCount {
    /// Of a channel that isn't counted.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// A call has begun.
    pub(crate) fn start(counter: &Arc<CallCounter>) -> Self {
        counter.started();
        Self(Some(StartedCall {
            counter: Arc::clone(counter),
            ok: AtomicBool::new(false),
        }))
    }

    /// It has ended with OK.
    #[inline]
    pub(super) fn succeeded(&self) {
        if let Some(call) = &self.0 {
            call.ok.store(true, Ordering::Relaxed);
        }
    }
}

impl Drop for StartedCall {
    fn drop(&mut self) {
        self.counter.ended(*self.ok.get_mut());
    }
}

/// Counts messages in a body, wherever it is cut: by their prefixes.
#[derive(Clone, Copy, Default)]
pub(crate) struct MessageCount {
    prefix: [u8; PREFIX_LEN],
    /// How much of the next prefix is there.
    len: usize,
    /// What is to come of the last message.
    missing: usize,
}

impl MessageCount {
    /// How many begin in this piece.
    pub(crate) fn feed(&mut self, mut data: &[u8]) -> u64 {
        let mut messages = 0;
        loop {
            let rest = self.missing.min(data.len());
            self.missing -= rest;
            data = &data[rest..];
            let more = data.len().min(PREFIX_LEN - self.len);
            self.prefix[self.len..self.len + more].copy_from_slice(&data[..more]);
            self.len += more;
            data = &data[more..];
            if self.len < PREFIX_LEN {
                return messages;
            }
            self.len = 0;
            messages += 1;
            let [_, length @ ..] = self.prefix;
            self.missing = u32::from_be_bytes(length) as usize;
        }
    }
}

/// Whether the head or the trailers that end a response say OK.
pub(crate) fn says_ok(headers: &HeaderMap) -> bool {
    protocol::read_trailers(headers).is_ok()
}

const PREFIX_LEN: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_counted_wherever_they_are_cut() {
        let body = b"\0\0\0\0\x03abc\0\0\0\0\0\x01\0\0\0\x01x\0\0\0\0";
        for size in 1..=body.len() {
            let mut messages = MessageCount::default();
            let counted: u64 = body.chunks(size).map(|piece| messages.feed(piece)).sum();
            assert_eq!(counted, 3, "in pieces of {size}");
        }
    }
}
