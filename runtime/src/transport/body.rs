//! What we send, as an HTTP body.

use std::error::Error as StdError;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Frame, SizeHint};

use super::http_server::ServerBody;
use crate::call::{EncodeMessages, Framing, message_prefix};
use crate::metadata::Metadata;
use crate::protocol::status_trailers;
use crate::status::Status;

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// The body of the requests and responses that this crate makes.
///
/// Its messages are encoded when they are asked for: a peer that doesn't read stops whoever produces them.
#[derive(Default)]
pub struct Body(Kind);

#[derive(Default)]
enum Kind {
    #[default]
    Empty,
    Once(Bytes),
    Unary(Bytes),
    Trailers(HeaderMap),
    Server(Box<ServerBody>),
    Client(Box<ClientBody>),
}

impl Body {
    pub(crate) fn empty() -> Self {
        Self(Kind::Empty)
    }

    /// These bytes, and no trailers.
    pub(crate) fn once(bytes: Bytes) -> Self {
        Self(Kind::Once(bytes))
    }

    /// These bytes, and the trailers of a call that succeeded.
    pub(crate) fn unary(bytes: Bytes) -> Self {
        Self(Kind::Unary(bytes))
    }

    pub(crate) fn server(body: Box<ServerBody>) -> Self {
        Self(Kind::Server(body))
    }

    pub(crate) fn client(body: ClientBody) -> Self {
        Self(Kind::Client(Box::new(body)))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match &mut self.0 {
            Kind::Server(body) => return body.poll_frame(cx).map(|frame| frame.map(Ok)),
            Kind::Client(body) => return body.poll_frame(cx),
            _ => {}
        }
        Poll::Ready(match std::mem::take(&mut self.0) {
            Kind::Once(bytes) => Some(Ok(Frame::data(bytes))),
            Kind::Unary(bytes) => {
                self.0 = Kind::Trailers(status_trailers(Ok(()), Metadata::new()));
                Some(Ok(Frame::data(bytes)))
            }
            Kind::Trailers(trailers) => Some(Ok(Frame::trailers(trailers))),
            Kind::Empty | Kind::Server(_) | Kind::Client(_) => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Empty => true,
            Kind::Server(body) => body.is_ended(),
            _ => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Empty => SizeHint::with_exact(0),
            Kind::Once(bytes) => SizeHint::with_exact(bytes.len() as u64),
            _ => SizeHint::default(),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").finish_non_exhaustive()
    }
}

/// gRPC's framing, for whoever encodes a message.
pub(crate) const FRAMING: Framing = Framing::new(message_prefix);

/// Encoded messages that gather into one DATA frame, until there is no more now or enough.
pub(super) struct MessagePacker {
    buffer: BytesMut,
    pub(super) framing: Framing,
}

/// What a [`MessagePacker`] stopped at.
pub(super) enum Packed {
    /// More may come, now or later.
    More,
    /// That was all.
    Ended(Result<(), Status>),
}

impl MessagePacker {
    pub(super) fn new(framing: Framing) -> Self {
        Self {
            buffer: BytesMut::new(),
            framing,
        }
    }

    /// Takes what `messages` has now.
    pub(super) fn fill(
        &mut self,
        messages: &mut dyn EncodeMessages,
        cx: &mut Context<'_>,
    ) -> Packed {
        match messages.poll_encode(cx, self.framing, &mut self.buffer, ENOUGH) {
            // Whoever asks next gets the rest; until then nobody needs to be woken.
            Poll::Ready(Some(Ok(()))) | Poll::Pending => Packed::More,
            Poll::Ready(Some(Err(status))) => Packed::Ended(Err(status)),
            Poll::Ready(None) => Packed::Ended(Ok(())),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    pub(super) fn take(&mut self) -> Option<Bytes> {
        (!self.buffer.is_empty()).then(|| self.buffer.split().freeze())
    }
}

/// Bytes in one DATA frame after which no more messages are gathered: HTTP/2's default frame size.
const ENOUGH: usize = 16 * 1024;

/// The stream of requests of a client's call.
pub(crate) struct ClientBody {
    messages: Option<Box<dyn EncodeMessages>>,
    packer: MessagePacker,
    link: Arc<CallLink>,
}

impl ClientBody {
    pub(crate) fn new(
        messages: Box<dyn EncodeMessages>,
        framing: Framing,
        link: Arc<CallLink>,
    ) -> Self {
        Self {
            messages: Some(messages),
            packer: MessagePacker::new(framing),
            link,
        }
    }

    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.link.poll_over(cx) {
            return Poll::Ready(self.messages.take().map(|_| Err(cancel())));
        }
        if let Some(messages) = &mut self.messages {
            // It is the caller's code, polled by a task of ours: its panic must not pass for an end.
            let packer = &mut self.packer;
            let fill = || packer.fill(&mut **messages, cx);
            let packed = catch_unwind(AssertUnwindSafe(fill))
                .unwrap_or_else(|_| Packed::Ended(Err(requests_panicked())));
            match packed {
                Packed::More => {}
                Packed::Ended(Ok(())) => self.messages = None,
                Packed::Ended(Err(status)) => {
                    self.messages = None;
                    self.link.fail(status);
                    return Poll::Ready(Some(Err(cancel())));
                }
            }
        }
        match self.packer.take() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None if self.messages.is_none() => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

/// How a call ends whose stream of requests panicked.
#[cold]
pub(super) fn requests_panicked() -> Status {
    Status::internal("the stream of requests panicked")
}

/// The error that makes an HTTP/2 connection send RST_STREAM with CANCEL.
fn cancel() -> BoxError {
    h2::Error::from(h2::Reason::CANCEL).into()
}

/// Between the two halves of a client's call: the end of the response is the end of the request, and an error in the
/// stream of requests is the status of the call.
#[derive(Default)]
pub(crate) struct CallLink {
    over: AtomicBool,
    shared: Mutex<Shared>,
}

#[derive(Default)]
struct Shared {
    waker: Option<Waker>,
    error: Option<Status>,
}

impl CallLink {
    fn poll_over(&self, cx: &mut Context<'_>) -> bool {
        if self.over.load(Ordering::Acquire) {
            return true;
        }
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.waker = Some(cx.waker().clone());
        // The other half may have ended in between.
        self.over.load(Ordering::Acquire)
    }

    fn fail(&self, status: Status) {
        self.shared
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .error = Some(status);
    }

    /// The status of a call whose stream of requests failed.
    pub(crate) fn take_error(&self) -> Option<Status> {
        self.shared
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .error
            .take()
    }

    fn end(&self) {
        self.over.store(true, Ordering::Release);
        let waker = self
            .shared
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .waker
            .take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// The response's half of a [`CallLink`]; dropping it ends the request.
pub(crate) struct LinkGuard(pub(crate) Arc<CallLink>);

impl LinkGuard {
    /// How a call failed: by its own stream of requests, if that is what went wrong first, else with `status`.
    pub(super) fn cause(link: Option<&Self>, status: impl FnOnce() -> Status) -> Status {
        link.and_then(|link| link.0.take_error())
            .unwrap_or_else(status)
    }
}

impl Drop for LinkGuard {
    fn drop(&mut self) {
        self.0.end();
    }
}
