//! The messages of one side of a call, on their way through interceptors.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use futures_core::Stream;
use tokio::time::Instant;

use crate::call::{
    self, EncodeEach, EncodeMessages, Framing, LazyMessage, LazyMessages, LazyStream,
    deadline_passed,
};
use crate::metadata::Metadata;
use crate::status::Status;

/// One message, or a stream of them.
#[derive(Debug)]
pub(crate) enum Content {
    One(LazyMessage),
    Many(LazyStream),
}

impl Content {
    pub(super) fn message_mut(&mut self) -> Option<&mut LazyMessage> {
        match self {
            Self::One(message) => Some(message),
            Self::Many(_) => None,
        }
    }

    /// Has each message pass a function: a single one now, those of a stream as they come.
    pub(super) fn map<F>(&mut self, mut each: F) -> Result<(), Status>
    where
        F: FnMut(&mut LazyMessage) -> Result<(), Status> + Send + 'static,
    {
        match self {
            Self::One(message) => each(message),
            Self::Many(stream) => {
                replace(stream, |messages| Mapped {
                    messages: Some(messages),
                    each,
                });
                Ok(())
            }
        }
    }

    /// Puts a stream around the stream, if it is one.
    pub(super) fn wrap<S>(&mut self, wrap: impl FnOnce(LazyStream) -> S)
    where
        S: Stream<Item = Result<LazyMessage, Status>> + Send + 'static,
    {
        if let Self::Many(stream) = self {
            replace(stream, |messages| {
                let trailers = Trailers::default();
                let inner = KeepTrailers {
                    messages,
                    trailers: trailers.clone(),
                };
                FromStream {
                    stream: Some(Box::pin(wrap(LazyStream::new(inner)))),
                    trailers,
                }
            });
        }
    }
}

/// Puts something around a stream.
pub(super) fn replace<S: LazyMessages>(
    stream: &mut LazyStream,
    wrap: impl FnOnce(Box<dyn LazyMessages>) -> S,
) {
    let messages = std::mem::replace(stream, LazyStream::empty()).into_messages();
    *stream = LazyStream::new(wrap(messages));
}

/// Runs an interceptor's code, whose panic ends its call only.
fn caught<T>(code: impl FnOnce() -> T) -> Result<T, Status> {
    catch_unwind(AssertUnwindSafe(code)).map_err(|_| Status::internal("an interceptor panicked"))
}

/// Messages that pass a function.
struct Mapped<F> {
    /// `None` after an error of the function.
    messages: Option<Box<dyn LazyMessages>>,
    each: F,
}

impl<F> LazyMessages for Mapped<F>
where
    F: FnMut(&mut LazyMessage) -> Result<(), Status> + Send + 'static,
{
    fn poll_lazy(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<LazyMessage, Status>>> {
        let Some(messages) = &mut self.messages else {
            return Poll::Ready(None);
        };
        let item = match ready!(messages.poll_lazy(cx)) {
            Some(Ok(mut message)) => match caught(|| (self.each)(&mut message)).flatten() {
                Ok(()) => Some(Ok(message)),
                Err(status) => {
                    self.messages = None;
                    Some(Err(status))
                }
            },
            end => end,
        };
        Poll::Ready(item)
    }

    fn take_trailers(&mut self) -> Option<Metadata> {
        self.messages.as_mut()?.take_trailers()
    }

    fn into_encode(self: Box<Self>) -> Box<dyn EncodeMessages> {
        Box::new(EncodeEach(self))
    }
}

/// What came after the last message of a stream that others have wrapped.
#[derive(Clone, Default)]
struct Trailers(Arc<Mutex<Option<Metadata>>>);

impl Trailers {
    fn lock(&self) -> MutexGuard<'_, Option<Metadata>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Messages that go into a stream, whose trailers don't.
struct KeepTrailers {
    messages: Box<dyn LazyMessages>,
    trailers: Trailers,
}

impl LazyMessages for KeepTrailers {
    fn poll_lazy(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<LazyMessage, Status>>> {
        let item = ready!(self.messages.poll_lazy(cx));
        if item.is_none() {
            *self.trailers.lock() = self.messages.take_trailers();
        }
        Poll::Ready(item)
    }

    fn into_encode(self: Box<Self>) -> Box<dyn EncodeMessages> {
        Box::new(EncodeEach(self))
    }
}

/// Messages that come out of a stream.
struct FromStream<S> {
    /// `None` after the end.
    stream: Option<Pin<Box<S>>>,
    trailers: Trailers,
}

impl<S> LazyMessages for FromStream<S>
where
    S: Stream<Item = Result<LazyMessage, Status>> + Send + 'static,
{
    fn poll_lazy(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<LazyMessage, Status>>> {
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(None);
        };
        let item = match caught(|| stream.as_mut().poll_next(cx)) {
            Ok(poll) => ready!(poll),
            Err(panicked) => Some(Err(panicked)),
        };
        if !matches!(item, Some(Ok(_))) {
            self.stream = None;
        }
        Poll::Ready(item)
    }

    fn take_trailers(&mut self) -> Option<Metadata> {
        self.trailers.lock().take()
    }

    fn into_encode(self: Box<Self>) -> Box<dyn EncodeMessages> {
        Box::new(EncodeEach(self))
    }
}

/// How a reply ends: with its trailing metadata, or with a status.
pub(super) type End = Result<Metadata, Status>;

/// What somebody does at the end.
type AtEnd = Box<dyn FnOnce(&mut End) + Send>;

/// Who wants to know how a reply ends.
pub(super) struct EndHook {
    /// `None` once it was told.
    hook: Option<AtEnd>,
    /// On a server, the context has the trailing metadata.
    context: Option<call::Context>,
    deadline: Option<Instant>,
}

impl EndHook {
    pub(super) fn new(
        hook: impl FnOnce(&mut End) + Send + 'static,
        context: Option<call::Context>,
        deadline: Option<Instant>,
    ) -> Self {
        Self {
            hook: Some(Box::new(hook)),
            context,
            deadline,
        }
    }

    /// Tells it of the end, and says what it makes of it.
    fn tell(&mut self, mut end: End) -> End {
        let Some(hook) = self.hook.take() else {
            return end;
        };
        if let Some(context) = &self.context {
            let trailing = context.take_trailing();
            match &mut end {
                Ok(trailers) => trailers.extend(trailing),
                Err(status) => status.metadata_mut().extend(trailing),
            }
        }
        if let Err(panicked) = caught(|| hook(&mut end)) {
            end = Err(panicked);
        }
        if let Some(context) = &self.context
            && let Ok(trailers) = &mut end
        {
            context.extend_response(Metadata::new(), std::mem::take(trailers));
        }
        end
    }
}

impl Drop for EndHook {
    /// Before the end, because nobody reads any more.
    fn drop(&mut self) {
        let late = |deadline| deadline <= Instant::now();
        let status = match self.deadline {
            Some(deadline) if late(deadline) => deadline_passed(),
            _ => Status::cancelled("nobody reads the reply any more"),
        };
        if let Some(hook) = self.hook.take() {
            // There is nobody left to tell of its panic.
            let _ = caught(|| hook(&mut Err(status)));
        }
    }
}

/// Messages of an interceptor's own, whose trailers a server's context is to have.
pub(super) struct PutTrailers {
    pub(super) messages: Box<dyn LazyMessages>,
    pub(super) context: call::Context,
}

impl LazyMessages for PutTrailers {
    fn poll_lazy(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<LazyMessage, Status>>> {
        let item = ready!(self.messages.poll_lazy(cx));
        if item.is_none()
            && let Some(trailers) = self.messages.take_trailers()
        {
            self.context.extend_response(Metadata::new(), trailers);
        }
        Poll::Ready(item)
    }

    fn into_encode(self: Box<Self>) -> Box<dyn EncodeMessages> {
        Box::new(EncodeEach(self))
    }
}

/// Messages whose end somebody wants to know.
pub(super) struct Ended<S> {
    /// `None` after the end.
    messages: Option<S>,
    hook: EndHook,
    trailers: Option<Metadata>,
}

impl Ended<Box<dyn LazyMessages>> {
    pub(super) fn new(messages: Box<dyn LazyMessages>, hook: EndHook) -> Self {
        Self {
            messages: Some(messages),
            hook,
            trailers: None,
        }
    }
}

impl<S> Ended<S> {
    /// What the last item is.
    fn end(&mut self, end: End) -> Option<Status> {
        self.messages = None;
        match self.hook.tell(end) {
            Ok(trailers) => {
                self.trailers = Some(trailers);
                None
            }
            Err(status) => Some(status),
        }
    }
}

impl LazyMessages for Ended<Box<dyn LazyMessages>> {
    fn poll_lazy(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<LazyMessage, Status>>> {
        let Some(messages) = &mut self.messages else {
            return Poll::Ready(None);
        };
        let end = match ready!(messages.poll_lazy(cx)) {
            Some(Ok(message)) => return Poll::Ready(Some(Ok(message))),
            Some(Err(status)) => Err(status),
            None => Ok(messages.take_trailers().unwrap_or_default()),
        };
        Poll::Ready(self.end(end).map(Err))
    }

    fn take_trailers(&mut self) -> Option<Metadata> {
        self.trailers.take()
    }

    fn into_encode(self: Box<Self>) -> Box<dyn EncodeMessages> {
        Box::new(Ended {
            messages: self.messages.map(LazyMessages::into_encode),
            hook: self.hook,
            trailers: self.trailers,
        })
    }
}

impl EncodeMessages for Ended<Box<dyn EncodeMessages>> {
    fn poll_encode(
        &mut self,
        cx: &mut Context<'_>,
        framing: Framing,
        out: &mut BytesMut,
        enough: usize,
    ) -> Poll<Option<Result<(), Status>>> {
        let Some(messages) = &mut self.messages else {
            return Poll::Ready(None);
        };
        let end = match ready!(messages.poll_encode(cx, framing, out, enough)) {
            Some(Ok(())) => return Poll::Ready(Some(Ok(()))),
            Some(Err(status)) => Err(status),
            None => Ok(Metadata::new()),
        };
        Poll::Ready(self.end(end).map(Err))
    }
}
