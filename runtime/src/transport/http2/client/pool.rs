//! The connections to one server, and the calls that wait for room on any of them.

use std::collections::VecDeque;
use std::mem;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

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
    options: PoolOptions,
    /// How long connections that come have to be silent before they ask for a sign of life, in milliseconds: longer than the
    /// user wants it, where the server was asked too often.
    keep_alive_time: AtomicU64,
    tell: Box<dyn Fn(PoolNews) + Send + Sync>,
}

/// How connections are kept.
#[derive(Clone, Debug)]
pub(crate) struct PoolOptions {
    pub(crate) max_connections: usize,
    /// How long nobody makes a call before the last connection goes.
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) keep_alive: KeepAliveOptions,
}

/// When the server is asked for a sign of life (gRFC A8).
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeepAliveOptions {
    /// How long it has to be silent; `None` if it isn't asked.
    pub(crate) time: Option<Duration>,
    /// How long its answer may take.
    pub(crate) timeout: Duration,
    /// Also while there is no call.
    pub(crate) without_calls: bool,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self {
            max_connections: MAX_CONNECTIONS,
            idle_timeout: Some(IDLE_TIMEOUT),
            keep_alive: KeepAliveOptions {
                time: None,
                timeout: Duration::ZERO,
                without_calls: false,
            },
        }
    }
}

/// What others should know of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PoolNews {
    /// One connection more would help.
    Full,
    /// [`is_connected`](Http2Pool::is_connected) may say something else now.
    Changed,
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
    /// A pool without connections, which tells what becomes of it.
    pub(crate) fn new(
        options: PoolOptions,
        tell: impl Fn(PoolNews) + Send + Sync + 'static,
    ) -> Self {
        Self {
            state: Mutex::default(),
            in_line: AtomicUsize::new(0),
            links: AtomicUsize::new(0),
            options,
            keep_alive_time: AtomicU64::new(0),
            tell: Box::new(tell),
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

    /// Tells all connections that no more calls come. Those in line find out for themselves.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let links = mem::take(&mut state.links);
        let line = self.took_links(&mut state);
        drop(state);
        for link in links {
            link.order(Order::Leave);
        }
        dismiss(line);
        (self.tell)(PoolNews::Changed);
    }

    /// A connection takes calls from now on; `false` if there are none to come.
    pub(super) fn add(&self, link: &Arc<Link>) -> bool {
        let mut state = self.lock();
        if state.closed {
            return false;
        }
        state.links.push(Arc::clone(link));
        self.links.store(state.links.len(), Ordering::Relaxed);
        drop(state);
        (self.tell)(PoolNews::Changed);
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
        let line = self.took_links(&mut state);
        drop(state);
        dismiss(line);
        (self.tell)(PoolNews::Changed);
    }

    /// As [`remove`](Self::remove), for a connection that nobody needs, and that may be the last one; `false` if it has to
    /// stay.
    pub(super) fn spare(&self, link: &Arc<Link>, may_be_last: bool) -> bool {
        let mut state = self.lock();
        let last = state.links.len() < 2;
        if !link.is_idle() || last && !may_be_last {
            return false;
        }
        state.links.retain(|other| !Arc::ptr_eq(other, link));
        self.links.store(state.links.len(), Ordering::Relaxed);
        drop(state);
        (self.tell)(PoolNews::Changed);
        true
    }

    /// Some connections are gone, and calls in line have to look for others.
    fn took_links(&self, state: &mut State) -> Line {
        self.links.store(state.links.len(), Ordering::Relaxed);
        self.in_line.store(0, Ordering::Relaxed);
        mem::take(&mut state.line)
    }

    /// How long nobody makes a call before the last connection goes.
    pub(super) fn idle_timeout(&self) -> Option<Duration> {
        self.options.idle_timeout
    }

    /// When a new connection asks its server for a sign of life.
    pub(crate) fn keep_alive(&self) -> KeepAliveOptions {
        let options = self.options.keep_alive;
        let at_least = Duration::from_millis(self.keep_alive_time.load(Ordering::Relaxed));
        KeepAliveOptions {
            time: options.time.map(|time| time.max(at_least)),
            ..options
        }
    }

    /// A server was asked too often by a connection that did so after this time: those that come are to take twice as long.
    pub(super) fn calm_down(&self, time: Duration) {
        let twice = u64::try_from(time.as_millis().saturating_mul(2)).unwrap_or(u64::MAX);
        self.keep_alive_time.fetch_max(twice, Ordering::Relaxed);
    }

    /// How many connections take calls.
    pub(super) fn links(&self) -> usize {
        self.links.load(Ordering::Relaxed)
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
        if self.links() < self.options.max_connections.max(1) {
            (self.tell)(PoolNews::Full);
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

/// Sends calls in line back to their callers.
fn dismiss(line: Line) {
    for call in line.calls {
        call.again(Again::NotSent, lost);
    }
}

fn lost() -> Status {
    Status::unavailable("the connection went away")
}

/// Connections to one server that a channel may have.
const MAX_CONNECTIONS: usize = 8;

/// As everywhere in gRPC.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// Calls in line that are not looked through.
const SWEEP: usize = 64;
