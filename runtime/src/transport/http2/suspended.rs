//! Unary calls that wait for something.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use tokio::time::Instant;
use traitwire_engine::StreamKey;

use super::answer::Answer;
use super::queue::Queue;
use super::stream::Order;
use crate::call::{
    Ambient, CallGuard, CallLimit, CancelReason, Coding, MethodRef, Payload, UnaryReply, panicked,
};
use crate::metadata::Metadata;
use crate::status::Status;

/// A unary call at work: the future of its handler, and what may end it.
pub(super) struct Suspended<F> {
    pub(super) stream: StreamKey,
    pub(super) method: MethodRef,
    /// For a method that takes a context.
    pub(super) guard: Option<CallGuard>,
    /// Of the response.
    pub(super) coding: Coding,
    ambient: Ambient,
    pub(super) room: Room<F>,
    limit: Option<Box<CallLimit>>,
}

/// A box for futures of one type, one after the other.
pub(super) struct Room<F>(Pin<Box<Option<F>>>);

impl<F> Room<F> {
    pub(super) fn new() -> Self {
        Self(Box::pin(None))
    }

    pub(super) fn fill(&mut self, future: F) {
        self.0.as_mut().set(Some(future));
    }

    /// Drops the future, whose destructors are the handler's: their panic is its own, too, and there is nobody left to
    /// tell.
    fn empty(&mut self) {
        let _ = catch_unwind(AssertUnwindSafe(|| self.0.as_mut().set(None)));
    }
}

impl<F> Drop for Room<F> {
    fn drop(&mut self) {
        self.empty();
    }
}

impl<F> Suspended<F> {
    /// Tells those who hold its context why it ends.
    pub(super) fn end(&self, reason: CancelReason) {
        match &self.guard {
            Some(guard) => guard.context().end(reason),
            None => self.ambient.end(reason),
        }
    }
}

impl<F: Future<Output = UnaryReply>> Suspended<F> {
    pub(super) fn new(
        stream: StreamKey,
        method: MethodRef,
        deadline: Option<Instant>,
        guard: Option<CallGuard>,
        coding: Coding,
        room: Room<F>,
    ) -> Self {
        let context = guard.as_ref().map(CallGuard::context);
        Self {
            stream,
            method,
            ambient: Ambient::of_call(method.descriptor, deadline, context),
            guard,
            coding,
            room,
            limit: None,
        }
    }

    /// Sets until when it may take; to be polled after.
    pub(super) fn limit(&mut self, deadline: Option<Instant>) {
        self.limit = deadline.map(|deadline| Box::new(CallLimit::new(Some(deadline))));
    }

    /// Goes on with the handler. One that panicked, or ran out of time, is not polled again.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Payload, Status>> {
        let Some(handler) = self.room.0.as_mut().as_pin_mut() else {
            return Poll::Pending;
        };
        let poll = AssertUnwindSafe(|| self.ambient.enter(|| handler.poll(cx)));
        let reply = match catch_unwind(poll) {
            Ok(Poll::Ready(reply)) => {
                if let Some(guard) = &self.guard {
                    guard.finish();
                }
                reply.0
            }
            Ok(Poll::Pending) => match &mut self.limit {
                Some(limit) => match limit.poll(cx) {
                    Poll::Ready(status) => Err(status),
                    Poll::Pending => return Poll::Pending,
                },
                None => return Poll::Pending,
            },
            Err(_) => Err(panicked(self.method.descriptor)),
        };
        self.room.empty();
        Poll::Ready(reply)
    }

    /// The initial metadata, if the handler wants it sent before it answers.
    pub(super) fn poll_initial(&mut self, cx: &mut Context<'_>) -> Option<Metadata> {
        let context = self.guard.as_ref()?.context();
        let wanted = context.poll_send_initial(cx).is_ready();
        wanted.then(|| context.take_initial())
    }
}

/// The wakers of a connection's calls, by the slots of their streams: each has its call polled by the connection.
#[derive(Default)]
pub(super) struct Wakers {
    wakers: Vec<Option<(Arc<SlotWaker>, Waker)>>,
}

impl Wakers {
    pub(super) fn get(&mut self, slot: usize, queue: &Arc<Queue<Order<Answer>>>) -> &Waker {
        if self.wakers.len() <= slot {
            if self.wakers.is_empty() {
                self.wakers.reserve_exact(slot + 1);
            }
            self.wakers.resize_with(slot + 1, || None);
        }
        let (_, waker) = self.wakers[slot].get_or_insert_with(|| {
            let waker = Arc::new(SlotWaker {
                slot: slot as u32,
                queued: AtomicBool::new(false),
                queue: Arc::clone(queue),
            });
            (Arc::clone(&waker), Waker::from(waker))
        });
        waker
    }

    /// To be called before a call is polled: what wakes it from now on counts.
    pub(super) fn start(&self, slot: usize) {
        if let Some(Some((waker, _))) = self.wakers.get(slot) {
            // Not a store, which another core may see after the poll has looked for what it waits for: a wake between the
            // two would find the call queued, and be lost. A swap also sees all that the last wake came after.
            waker.queued.swap(false, Ordering::AcqRel);
        }
    }

    pub(super) fn shrink(&mut self) {
        self.wakers = Vec::new();
    }
}

struct SlotWaker {
    slot: u32,
    /// Whether the connection has been told and hasn't looked.
    queued: AtomicBool,
    queue: Arc<Queue<Order<Answer>>>,
}

impl Wake for SlotWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.queued.swap(true, Ordering::AcqRel) {
            self.queue.push(Order::Poll(self.slot));
        }
    }
}
