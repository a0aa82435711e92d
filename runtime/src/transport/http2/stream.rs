//! A stream of a connection, as the task sees that handles its call.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use traitwire_engine::{Reason, StreamKey};

use super::queue::Queue;
use crate::call::DataSource;
use crate::protocol::Broken;
use crate::status::Status;
use crate::transport::BoxError;

/// What passes between a connection and one of its calls.
#[derive(Debug, Default)]
pub(super) struct Shared {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What has arrived and isn't read, in pieces of up to [`PIECE`] bytes.
    arrived: VecDeque<BytesMut>,
    end: Option<Result<(), Broken>>,
    reader: Option<Waker>,
    /// Bytes that wait for the peer to read them.
    queued: usize,
    writer: Option<Waker>,
}

impl Shared {
    /// The connection's side: a piece has arrived.
    pub(super) fn push(&self, data: &[u8]) {
        let mut state = self.lock();
        match state.arrived.back_mut() {
            // Small frames gather: a piece each would cost more than it holds.
            Some(last) if last.len() + data.len() <= PIECE => last.extend_from_slice(data),
            _ => state.arrived.push_back(BytesMut::from(data)),
        }
        wake(state, |state| &mut state.reader);
    }

    /// The connection's side: nothing more comes.
    pub(super) fn end(&self, end: Result<(), Broken>) {
        let mut state = self.lock();
        if state.end.is_none() {
            state.end = Some(end);
        }
        wake(state, |state| &mut state.reader);
    }

    /// The connection's side: `len` bytes have left.
    pub(super) fn sent(&self, len: usize) {
        let mut state = self.lock();
        state.queued = state.queued.saturating_sub(len);
        if state.queued < MAX_QUEUED {
            wake(state, |state| &mut state.writer);
        }
    }

    /// The call's side: what has arrived; ready with nothing at the end.
    pub(super) fn poll_data(&self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        let mut state = self.lock();
        if let Some(piece) = state.arrived.pop_front() {
            return Poll::Ready(Some(Ok(piece.freeze())));
        }
        match &state.end {
            Some(Ok(())) => Poll::Ready(None),
            Some(Err(broken)) => Poll::Ready(Some(Err(broken.clone()))),
            None => {
                state.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    fn is_ended(&self) -> bool {
        let state = self.lock();
        state.arrived.is_empty() && matches!(state.end, Some(Ok(())))
    }

    /// The call's side: ready when there is room for more.
    pub(super) fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.queued < MAX_QUEUED {
            return Poll::Ready(());
        }
        state.writer = Some(cx.waker().clone());
        Poll::Pending
    }

    pub(super) fn queue(&self, len: usize) {
        self.lock().queued += len;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake(mut state: MutexGuard<'_, State>, waker: impl FnOnce(&mut State) -> &mut Option<Waker>) {
    let waker = waker(&mut state).take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// What a call wants of its connection.
pub(super) enum Order<A> {
    /// What this end answers or asks.
    Answer(StreamKey, A),
    /// More of the peer's data: so much of it was read.
    Release(StreamKey, usize),
    /// An end at once.
    Reset(StreamKey, Reason),
    /// A look at the call of the stream in this slot, which may go on now.
    Poll(u32),
}

/// A call's end of its stream.
pub(super) struct StreamHandle<A> {
    pub(super) key: StreamKey,
    pub(super) shared: Arc<Shared>,
    pub(super) queue: Arc<Queue<Order<A>>>,
}

impl<A> Clone for StreamHandle<A> {
    fn clone(&self) -> Self {
        Self {
            key: self.key,
            shared: Arc::clone(&self.shared),
            queue: Arc::clone(&self.queue),
        }
    }
}

impl<A> StreamHandle<A> {
    pub(super) fn order(&self, answer: A) {
        self.queue.push(Order::Answer(self.key, answer));
    }

    /// Hands data over, of `len` bytes, as soon as there is room for it.
    pub(super) async fn send(&self, len: usize, data: A) {
        std::future::poll_fn(|cx| self.shared.poll_room(cx)).await;
        self.shared.queue(len);
        self.order(data);
    }

    pub(super) fn reset(&self, reason: Reason) {
        self.queue.push(Order::Reset(self.key, reason));
    }
}

/// What arrives on a stream, with the peer told of what was read.
pub(super) struct Arrivals<A> {
    handle: StreamHandle<A>,
    /// Read, and the connection not told yet.
    unreleased: usize,
}

impl<A> Arrivals<A> {
    pub(super) fn new(handle: StreamHandle<A>) -> Self {
        Self {
            handle,
            unreleased: 0,
        }
    }

    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        let data = ready!(self.handle.shared.poll_data(cx));
        if let Some(Ok(data)) = &data {
            self.unreleased += data.len();
            // Rarely enough that the connection isn't woken for each message, often enough that the peer never waits.
            if self.unreleased >= RELEASED_AT {
                let released = std::mem::take(&mut self.unreleased);
                let order = Order::Release(self.handle.key, released);
                self.handle.queue.push(order);
            }
        }
        Poll::Ready(data)
    }
}

impl<A: Send> DataSource for Arrivals<A> {
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Status>>> {
        let data = ready!(Arrivals::poll_data(self, cx));
        Poll::Ready(data.map(|data| data.map_err(|broken| broken.server_status())))
    }
}

/// The body of a request that came over our own HTTP/2.
#[doc(hidden)]
pub struct Http2Body(pub(super) Arrivals<super::answer::Answer>);

impl Body for Http2Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let data = ready!(self.get_mut().0.poll_data(cx));
        Poll::Ready(data.map(|data| match data {
            Ok(data) => Ok(Frame::data(data)),
            Err(broken) => Err(broken.into()),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.0.handle.shared.is_ended()
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_end_stream() {
            SizeHint::with_exact(0)
        } else {
            SizeHint::default()
        }
    }
}

/// Bytes of a stream that wait for its peer before whoever makes them has to.
const MAX_QUEUED: usize = 64 * 1024;

/// Bytes of small frames that gather: as many as the default frame holds.
const PIECE: usize = 16 * 1024;

/// Bytes that are read before the connection hears of it.
pub(super) const RELEASED_AT: usize = 64 * 1024;
