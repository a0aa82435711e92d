//! The connections to one server, and the calls that wait for room on any of them.

use std::collections::VecDeque;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::call::{Again, Call, Http2Call};
use super::link::{Link, Order};
use crate::status::Status;

/// The connections to one server.
///
/// A call goes to the one with the fewest calls. Where all have as many as the server takes, it stands in line, and
/// another connection is asked for ([gRFC A105]).
///
/// [gRFC A105]: https://github.com/grpc/proposal/blob/master/A105-max-concurrent-streams-connection-scaling.md
pub(crate) struct Http2Pool {
    state: Mutex<State>,
    /// How many calls are in line, for connections that look often.
    in_line: AtomicUsize,
    /// How many connections take calls, likewise.
    links: AtomicUsize,
    /// How many calls the server took on its last connection.
    usual_limit: AtomicUsize,
    max_connections: usize,
    /// Has another connection made.
    grow: Box<dyn Fn() + Send + Sync>,
}

#[derive(Default)]
struct State {
    /// The connections that take calls.
    links: Vec<Arc<Link>>,
    line: Line,
    /// Nobody makes calls any more.
    closed: bool,
}

/// Calls in the order they came, those that were given up in the meantime among them.
#[derive(Default)]
struct Line {
    calls: VecDeque<Arc<Call>>,
    /// How long it may become before those are looked for.
    sweep_at: usize,
}

impl Http2Pool {
    /// `grow` is called when one connection more would help.
    pub(crate) fn new(max_connections: usize, grow: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            state: Mutex::default(),
            in_line: AtomicUsize::new(0),
            links: AtomicUsize::new(0),
            usual_limit: AtomicUsize::new(GUESSED_LIMIT),
            max_connections: max_connections.max(1),
            grow: Box::new(grow),
        }
    }

    /// Whether there is a connection that takes calls.
    pub(crate) fn is_connected(&self) -> bool {
        self.links() > 0
    }

    /// Sends a call on its way; `false` if there is no connection for it.
    pub(crate) fn start(&self, call: &Http2Call) -> bool {
        let mut order = Order::Start(Arc::clone(call.shared()));
        loop {
            let link = {
                let state = self.lock();
                let Some(link) = state.links.iter().min_by_key(|link| link.burden()) else {
                    return false;
                };
                link.take_on();
                Arc::clone(link)
            };
            match link.try_order(order) {
                Ok(()) => return true,
                // It went away just now.
                Err(back) => {
                    order = back;
                    self.remove(&link);
                }
            }
        }
    }

    /// Tells all connections that no more calls come.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let links = mem::take(&mut state.links);
        self.links.store(0, Ordering::Relaxed);
        drop(state);
        for link in links {
            link.order(Order::Leave);
        }
    }

    /// A connection takes calls from now on; `false` if there are none to come.
    pub(super) fn add(&self, link: &Arc<Link>) -> bool {
        let mut state = self.lock();
        if state.closed {
            return false;
        }
        state.links.push(Arc::clone(link));
        self.links.store(state.links.len(), Ordering::Relaxed);
        true
    }

    /// A connection takes no more calls. Those in line find out for themselves where to go now.
    pub(super) fn remove(&self, link: &Arc<Link>) {
        let mut state = self.lock();
        let before = state.links.len();
        state.links.retain(|other| !Arc::ptr_eq(other, link));
        if state.links.len() == before {
            return;
        }
        self.links.store(state.links.len(), Ordering::Relaxed);
        let line = mem::take(&mut state.line);
        self.in_line.store(0, Ordering::Relaxed);
        drop(state);
        for call in line.calls {
            call.again(Again::NotSent, lost);
        }
    }

    /// As [`remove`](Self::remove), unless it is the only one: whether a connection that nobody needs may go.
    pub(super) fn spare(&self, link: &Arc<Link>) -> bool {
        let mut state = self.lock();
        if state.links.len() < 2 || !link.is_idle() {
            return false;
        }
        state.links.retain(|other| !Arc::ptr_eq(other, link));
        self.links.store(state.links.len(), Ordering::Relaxed);
        true
    }

    /// How many connections take calls.
    pub(super) fn links(&self) -> usize {
        self.links.load(Ordering::Relaxed)
    }

    /// How many calls a connection may have before its server has said how many it takes.
    pub(super) fn usual_limit(&self) -> usize {
        self.usual_limit.load(Ordering::Relaxed)
    }

    /// A connection's server has said how many calls it takes.
    pub(super) fn learn_limit(&self, limit: usize) {
        // With none at all, nobody would ever ask again.
        let guess = limit.clamp(1, GUESSED_LIMIT);
        self.usual_limit.store(guess, Ordering::Relaxed);
    }

    /// Whether calls are in line.
    pub(super) fn has_line(&self) -> bool {
        self.in_line.load(Ordering::SeqCst) > 0
    }

    /// Puts a call into line that has found its connection full.
    pub(super) fn wait(&self, call: Arc<Call>, full: &Arc<Link>) {
        let mut state = self.lock();
        if !state.links.iter().any(|link| Arc::ptr_eq(link, full)) {
            // Nobody would look after it.
            drop(state);
            return call.again(Again::NotSent, lost);
        }
        state.line.push(call);
        self.in_line.store(state.line.calls.len(), Ordering::SeqCst);
        // One that had room again just before would not look.
        let free = |link: &&Arc<Link>| !Arc::ptr_eq(link, full) && link.has_room();
        let free: Vec<_> = state.links.iter().filter(free).cloned().collect();
        drop(state);
        for link in free {
            link.order(Order::Look);
        }
    }

    /// The call that has waited longest.
    pub(super) fn next(&self) -> Option<Arc<Call>> {
        let mut state = self.lock();
        let call = loop {
            match state.line.calls.pop_front() {
                Some(call) if !call.is_waiting() => {}
                call => break call,
            }
        };
        self.in_line
            .store(state.line.calls.len(), Ordering::Relaxed);
        call
    }

    /// Has another connection made, if there may be one.
    pub(super) fn ask_for_more(&self) {
        if self.links() < self.max_connections {
            (self.grow)();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn push(&mut self, call: Arc<Call>) {
        if self.calls.len() >= self.sweep_at.max(SWEEP) {
            self.calls.retain(|call| call.is_waiting());
            self.sweep_at = 2 * self.calls.len();
        }
        self.calls.push_back(call);
    }
}

fn lost() -> Status {
    Status::unavailable("the connection went away")
}

/// Calls that are sent before a server has said how many it takes: what it should take at least (RFC 9113, section
/// 6.5.2).
const GUESSED_LIMIT: usize = 100;

/// Calls in line that are not looked through.
const SWEEP: usize = 64;
