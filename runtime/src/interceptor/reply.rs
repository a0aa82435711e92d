//! The answer to a call, on its way back.

use std::fmt;

use futures_core::Stream;
use tokio::time::Instant;

use super::content::{Content, End, EndHook, Ended, PutTrailers, replace};
use crate::call::{Context, LazyMessage, LazyMessages, LazyStream, Streaming};
use crate::codec::Message;
use crate::metadata::Metadata;
use crate::status::Status;

/// The answer to a call, as an [`Interceptor`](super::Interceptor) sees and changes it on its way back; or one that an
/// interceptor gives itself.
///
/// That of a stream is here when its head is: the messages are still to come.
pub struct Reply {
    headers: Metadata,
    trailers: Metadata,
    pub(super) content: Content,
    /// What an end hook made of a reply that is over.
    failed: Option<Status>,
    /// On a server, that of the call.
    context: Option<Context>,
    deadline: Option<Instant>,
}

impl Reply {
    /// One message, for a method that answers with one.
    pub fn one<M: Message>(message: M) -> Self {
        Self::new(Content::One(LazyMessage::new(message)))
    }

    /// A stream of messages, for a method that answers with one.
    pub fn stream<M: Message>(messages: Streaming<M>) -> Self {
        Self::new(Content::Many(LazyStream::new(messages)))
    }

    pub(crate) fn new(content: Content) -> Self {
        Self {
            headers: Metadata::new(),
            trailers: Metadata::new(),
            content,
            failed: None,
            context: None,
            deadline: None,
        }
    }

    /// As it came.
    pub(crate) fn with_metadata(self, headers: Metadata, trailers: Metadata) -> Self {
        Self {
            headers,
            trailers,
            ..self
        }
    }

    /// What an interceptor has returned for this call.
    pub(super) fn of_call(
        mut self,
        context: Option<&Context>,
        deadline: Option<Instant>,
    ) -> Result<Self, Status> {
        if let Some(status) = self.failed {
            return Err(status);
        }
        self.deadline = deadline;
        if self.context.is_none()
            && let Some(context) = context
        {
            self.context = Some(context.clone());
            // It isn't the handler's.
            self.replace_stream(|messages| PutTrailers {
                messages,
                context: context.clone(),
            });
        }
        Ok(self)
    }

    /// Of a handler: its context has the trailers of a stream.
    pub(super) fn with_context(self, context: Context) -> Self {
        Self {
            context: Some(context),
            ..self
        }
    }

    /// Headers, trailers and content. Trailers of a stream go to its end, unless there is a context that has them.
    pub(crate) fn into_parts(mut self) -> (Metadata, Metadata, Content) {
        if let Content::Many(_) = self.content
            && self.context.is_none()
            && !self.trailers.is_empty()
        {
            let more = std::mem::take(&mut self.trailers);
            self.on_end(|end| match end {
                Ok(trailers) => trailers.extend(more),
                Err(status) => status.metadata_mut().extend(more),
            });
        }
        (self.headers, self.trailers, self.content)
    }

    /// The initial metadata. On a server it is empty if the handler has sent its own ahead
    /// ([`Context::send_initial_metadata`]).
    pub fn headers(&self) -> &Metadata {
        &self.headers
    }

    /// The initial metadata, to be changed. On a server, nothing can be added if the handler has sent its own ahead.
    pub fn headers_mut(&mut self) -> &mut Metadata {
        &mut self.headers
    }

    /// The trailing metadata that is known by now: of a stream, it comes with its end; see [`on_end`](Self::on_end). That
    /// of a call that failed is in [`Status::metadata`].
    pub fn trailers(&self) -> &Metadata {
        &self.trailers
    }

    /// The trailing metadata, to be changed. To that of a stream, it adds.
    pub fn trailers_mut(&mut self) -> &mut Metadata {
        &mut self.trailers
    }

    /// The message, where the server sends a single one.
    pub fn message_mut(&mut self) -> Option<&mut LazyMessage> {
        self.content.message_mut()
    }

    /// Has each message pass a function, which may change or refuse it: a single one now, those of a stream as they come.
    ///
    /// # Errors
    ///
    /// As the function says, for a single message. In a stream, its error is the status that the call ends with.
    pub fn map_messages<F>(&mut self, each: F) -> Result<(), Status>
    where
        F: FnMut(&mut LazyMessage) -> Result<(), Status> + Send + 'static,
    {
        self.content.map(each)
    }

    /// Puts a stream around a stream of messages: to wait, to leave some out, to add others. Does nothing where the server
    /// sends a single one.
    pub fn wrap_stream<S>(&mut self, wrap: impl FnOnce(LazyStream) -> S)
    where
        S: Stream<Item = Result<LazyMessage, Status>> + Send + 'static,
    {
        self.content.wrap(wrap);
    }

    /// Has a function see, and change, how the reply ends: with trailing metadata or with a status. For a single message
    /// that is now, for a stream after its last message. Where nobody reads a stream to its end, the function gets
    /// CANCELLED, or DEADLINE_EXCEEDED, when it is dropped.
    pub fn on_end(&mut self, hook: impl FnOnce(&mut Result<Metadata, Status>) + Send + 'static) {
        match &mut self.content {
            Content::One(_) => {
                let mut end: End = match self.failed.take() {
                    Some(status) => Err(status),
                    None => Ok(std::mem::take(&mut self.trailers)),
                };
                hook(&mut end);
                match end {
                    Ok(trailers) => self.trailers = trailers,
                    Err(status) => self.failed = Some(status),
                }
            }
            Content::Many(stream) => {
                let hook = EndHook::new(hook, self.context.clone(), self.deadline);
                replace(stream, |messages| Ended::new(messages, hook));
            }
        }
    }

    /// Puts something around a stream of messages.
    pub(super) fn replace_stream<S: LazyMessages>(
        &mut self,
        wrap: impl FnOnce(Box<dyn LazyMessages>) -> S,
    ) {
        if let Content::Many(stream) = &mut self.content {
            replace(stream, wrap);
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("headers", &self.headers)
            .field("trailers", &self.trailers)
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}
