//! A connection, as calls see it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Context;

use bytes::Bytes;
use traitwire_engine::StreamKey;

use super::call::Call;
use crate::status::Status;
use crate::transport::http2::queue::Queue;

/// A connection, as calls see it.
///
/// Whoever puts a call into line looks for room after; whoever makes room looks for a line after. One of them has to see
/// the other, hence `SeqCst` for both numbers, and for the line's.
pub(super) struct Link {
    queue: Queue<Order>,
    /// Calls that are on it, or on their way to it.
    load: AtomicUsize,
    /// How many the server takes.
    limit: AtomicUsize,
}

/// What calls want of their connection.
pub(super) enum Order {
    /// A stream for a call that is counted already.
    Start(Arc<Call>),
    /// More of a stream of requests.
    Data {
        stream: StreamKey,
        data: Bytes,
        end: bool,
    },
    /// A stream of requests ended with an error, and so does its call.
    Fail(StreamKey, Status),
    /// More of the server's data: so much of it was read.
    Release(StreamKey, usize),
    /// Nobody waits for the answer any more.
    Cancel(StreamKey),
    /// A call is in line, and there may be room for it.
    Look,
    /// No more calls come.
    Leave,
}

impl Link {
    /// A connection that has no room yet.
    pub(super) fn new() -> Self {
        Self {
            queue: Queue::default(),
            load: AtomicUsize::new(0),
            limit: AtomicUsize::new(0),
        }
    }

    /// What it has to do, to be compared with others: whether it is full goes first.
    pub(super) fn burden(&self) -> (bool, usize) {
        let load = self.load.load(Ordering::SeqCst);
        (load >= self.limit.load(Ordering::SeqCst), load)
    }

    pub(super) fn has_room(&self) -> bool {
        !self.burden().0
    }

    pub(super) fn is_idle(&self) -> bool {
        self.load.load(Ordering::Relaxed) == 0
    }

    /// Counts a call that is on its way.
    pub(super) fn take_on(&self) {
        self.load.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a call no more.
    pub(super) fn put_off(&self) {
        self.load.fetch_sub(1, Ordering::SeqCst);
    }

    pub(super) fn order(&self, order: Order) {
        self.queue.push(order);
    }

    /// As [`order`](Self::order); gives it back if the connection is over.
    pub(super) fn try_order(&self, order: Order) -> Result<(), Order> {
        self.queue.try_push(order)
    }

    /// The connection's side: the server has said how many calls it takes.
    pub(super) fn set_limit(&self, limit: usize) {
        self.limit.store(limit, Ordering::SeqCst);
    }

    /// The connection's side: as [`Queue::take`].
    pub(super) fn take(&self, orders: &mut Vec<Order>) -> bool {
        self.queue.take(orders)
    }

    /// The connection's side: as [`Queue::sleep`].
    pub(super) fn sleep(&self, cx: &Context<'_>) -> bool {
        self.queue.sleep(cx)
    }

    /// The connection's side: as [`Queue::close`].
    pub(super) fn close(&self) -> Vec<Order> {
        self.queue.close()
    }
}
