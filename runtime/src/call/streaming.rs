//! Streams of messages, both ways.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use futures_core::Stream;
use pin_project_lite::pin_project;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::ambient::Ambient;
use super::dispatch::{failure, panicked, placed_failure};
use super::format::Format;
#[cfg(feature = "json")]
use super::format::json;
use super::frame::MessageBuf;
use super::lazy::{LazyMessage, LazyMessages};
use super::limit::CallLimit;
use super::message::{EncodeMessages, Framing, decode_into};
use super::source::Messages;
use crate::codec::Message;
use crate::metadata::Metadata;
use crate::schema::MethodDescriptor;
use crate::status::Status;

/// A stream of messages, in a request or in a response.
///
/// It is a `Stream<Item = Result<T, Status>>` that ends after the first error. A handler makes one
/// * from any stream of messages: [`Streaming::new`], [`Streaming::from_iter`];
/// * by a channel, to send from elsewhere: [`Streaming::channel`];
/// * by a generator, code that sends as it goes: [`Streaming::generate`].
///
/// Dropping it tells the other side that nobody reads any more: on a client it cancels the call.
///
/// ```
/// # use traitwire::{Status, Streaming};
/// # async fn example(mut numbers: Streaming<()>) -> Result<(), Status> {
/// while let Some(message) = numbers.message().await? {
///     // …
/// #   let _: () = message;
/// }
/// # Ok(())
/// # }
/// ```
pub struct Streaming<T> {
    source: Source<T>,
    /// The message that came last is not to be compressed.
    uncompressed: bool,
    trailers: Option<Box<Metadata>>,
    /// On a client, what ends the call from outside.
    limit: Option<Box<CallLimit>>,
    /// Who knows the trailers, if the server is in this process.
    local_call: Option<super::Context>,
    /// Where the details of its status live, if they may name no package of their own.
    package: &'static str,
}

enum Source<T> {
    Encoded {
        messages: Box<Messages>,
        next: Next<T>,
    },
    /// Messages of another type, or that interceptors have seen.
    Lazy {
        messages: Box<dyn LazyMessages>,
        read: fn(LazyMessage) -> Result<T, Status>,
        /// The message that came last came compressed.
        compressed: bool,
    },
    Stream(BoxStream<T>),
    /// A stream of which some are not to be compressed.
    Marked(BoxStream<MaybeCompressed<T>>),
    Channel(mpsc::Receiver<Result<MaybeCompressed<T>, Status>>),
    Later(BoxFuture<Streaming<T>>),
    Nested(Box<Streaming<T>>),
    Ended,
}

/// Takes the next message from where it lies. It is given all of the stream, so that the message is written but once, to
/// where the caller wants it: moves cost more than decoding a short one.
type Next<T> = fn(&mut Streaming<T>, &mut Context<'_>) -> Poll<Option<Result<T, Status>>>;

type BoxFuture<T> = Pin<Box<dyn Future<Output = Result<T, Status>> + Send>>;
type BoxStream<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl<T: Send + 'static> Streaming<T> {
    /// Any stream of messages, or of `Result<T, Status>`: the first error is the status of the call.
    pub fn new<S>(stream: S) -> Self
    where
        S: Stream<Item: StreamItem<T>> + Send + 'static,
    {
        Self::from_source(if S::Item::MAY_BE_UNCOMPRESSED {
            Source::Marked(Box::pin(MarkedItems {
                stream,
                item: PhantomData,
            }))
        } else {
            Source::Stream(Box::pin(Items {
                stream,
                item: PhantomData,
            }))
        })
    }

    /// The messages of an iterator. It is asked whenever there is room, and should not block.
    #[expect(
        clippy::should_implement_trait,
        reason = "`FromIterator` could not take iterators of both messages and results"
    )]
    pub fn from_iter<I>(messages: I) -> Self
    where
        I: IntoIterator<Item: StreamItem<T>, IntoIter: Send + 'static>,
    {
        Self::new(Iter(messages.into_iter()))
    }

    /// No message.
    pub fn empty() -> Self {
        Self::from_source(Source::Ended)
    }

    /// A channel: what goes into the [`Sender`] comes out of the stream. `capacity` messages may wait in between (at
    /// least 1), then sending waits.
    pub fn channel(capacity: usize) -> (Sender<T>, Self) {
        let (sender, receiver) = mpsc::channel(capacity.max(1));
        (
            Sender { sender },
            Self::from_source(Source::Channel(receiver)),
        )
    }

    /// Runs code that sends messages as it goes. It runs only while somebody reads, and is dropped when nobody does.
    ///
    /// ```
    /// # use traitwire::{Status, Streaming};
    /// let numbers = Streaming::generate(|out| async move {
    ///     for n in 1..=3_i32 {
    ///         out.send(n).await?;
    ///     }
    ///     Err(Status::out_of_range("there are only three"))
    /// });
    /// # let _: Streaming<i32> = numbers;
    /// ```
    pub fn generate<G, F>(generator: G) -> Self
    where
        G: FnOnce(Emitter<T>) -> F,
        F: Future<Output = Result<(), Status>> + Send + 'static,
    {
        // One message may wait for its reader, and a generator that is ahead waits for room.
        let (sender, receiver) = mpsc::channel(1);
        let future = generator(Emitter { sender });
        Self::from_source(Source::Marked(Box::pin(Generated {
            receiver,
            future: Some(Box::pin(future)),
            outcome: Ok(()),
        })))
    }

    /// No message, but trailers.
    pub(crate) fn ended(trailers: Metadata) -> Self {
        let mut stream = Self::from_source(Source::Ended);
        stream.trailers = Some(Box::new(trailers));
        stream
    }

    /// A stream that is still being made.
    pub(crate) fn later(
        stream: impl Future<Output = Result<Self, Status>> + Send + 'static,
    ) -> Self {
        Self::from_source(Source::Later(Box::pin(stream)))
    }

    /// The stream of a method in this package.
    pub(super) fn in_package(mut self, package: &'static str) -> Self {
        self.package = package;
        self
    }
}

impl<T> Streaming<T> {
    fn from_source(source: Source<T>) -> Self {
        Self {
            source,
            uncompressed: false,
            trailers: None,
            limit: None,
            local_call: None,
            package: "",
        }
    }

    /// The next message, or `None` at the end.
    ///
    /// # Errors
    ///
    /// With the status that the other side ended the stream with, or what went wrong on the way. Nothing comes after.
    ///
    /// # Cancellation
    ///
    /// Dropping the future loses no message.
    pub async fn message(&mut self) -> Result<Option<T>, Status> {
        std::future::poll_fn(|cx| self.poll_message(cx))
            .await
            .transpose()
    }

    /// What the server sent after its last message. Only a client gets any, once the stream has ended without error; an
    /// error has them in [`Status::metadata`].
    pub fn trailers(&self) -> Option<&Metadata> {
        self.trailers.as_deref()
    }

    fn take_trailers(&mut self) -> Option<Metadata> {
        self.trailers.take().map(|trailers| *trailers)
    }

    /// Whether the message that was read last came compressed over the network.
    pub fn was_compressed(&self) -> bool {
        match &self.source {
            Source::Encoded { messages, .. } => messages.was_compressed(),
            Source::Lazy { compressed, .. } => *compressed,
            Source::Nested(stream) => stream.was_compressed(),
            _ => false,
        }
    }

    /// As `Stream::poll_next`, which needs no pinning here.
    pub(crate) fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, Status>>> {
        if let Some(limit) = &mut self.limit
            && let Poll::Ready(status) = limit.poll(cx)
        {
            self.end();
            return Poll::Ready(Some(Err(status)));
        }
        let item = match &mut self.source {
            Source::Encoded { next, .. } => return next(self, cx),
            Source::Lazy {
                messages,
                read,
                compressed,
            } => match ready!(messages.poll_lazy(cx)) {
                Some(Ok(message)) => {
                    *compressed = message.was_compressed();
                    self.uncompressed = message.is_uncompressed();
                    Poll::Ready(Some(read(message)))
                }
                Some(Err(status)) => Poll::Ready(Some(Err(status))),
                None => Poll::Ready(None),
            },
            Source::Stream(stream) => stream.as_mut().poll_next(cx),
            Source::Marked(stream) => {
                let item = ready!(stream.as_mut().poll_next(cx));
                Poll::Ready(
                    item.map(|item| item.map(|marked| marked.unmark(&mut self.uncompressed))),
                )
            }
            Source::Channel(receiver) => {
                let item = ready!(receiver.poll_recv(cx));
                Poll::Ready(
                    item.map(|item| item.map(|marked| marked.unmark(&mut self.uncompressed))),
                )
            }
            Source::Later(stream) => match ready!(stream.as_mut().poll(cx)) {
                // The stream comes as a whole: it may have a limit of its own.
                Ok(stream) => {
                    self.source = Source::Nested(Box::new(stream));
                    return self.poll_message(cx);
                }
                Err(status) => Poll::Ready(Some(Err(status))),
            },
            Source::Nested(stream) => {
                let item = stream.poll_message(cx);
                self.uncompressed = stream.uncompressed;
                item
            }
            Source::Ended => Poll::Ready(None),
        };
        match item {
            Poll::Ready(Some(Ok(_))) | Poll::Pending => item,
            Poll::Ready(None) => Poll::Ready(self.ended_with(None).map(Err)),
            Poll::Ready(Some(Err(status))) => Poll::Ready(self.ended_with(Some(status)).map(Err)),
        }
    }

    /// Ends the stream, with what its last item is to be.
    #[cold]
    fn ended_with(&mut self, status: Option<Status>) -> Option<Status> {
        let mut status = status.map(|status| match self.package {
            "" => failure(status),
            package => placed_failure(status, package),
        });
        if status.is_none() {
            let trailers = match &mut self.source {
                Source::Encoded { messages, .. } => messages.take_trailers(),
                Source::Lazy { messages, .. } => messages.take_trailers(),
                Source::Nested(stream) => stream.take_trailers(),
                _ => None,
            };
            self.trailers = trailers.map(Box::new).or(self.trailers.take());
        }
        if let Some(call) = self.local_call.take() {
            let trailing = call.take_trailing();
            match &mut status {
                Some(status) => status.metadata_mut().extend(trailing),
                None => self.trailers = Some(Box::new(trailing)),
            }
        }
        self.end();
        status
    }

    /// Lets go of everything that a running call holds.
    fn end(&mut self) {
        self.source = Source::Ended;
        self.limit = None;
    }

    /// The stream of a client's call, which `limit` may end.
    pub(crate) fn limited(self, limit: CallLimit) -> Self {
        let mut stream = match self.limit {
            None => self,
            // That of an interceptor counts, too.
            Some(_) => Self::from_source(Source::Nested(Box::new(self))),
        };
        stream.limit = Some(Box::new(limit));
        stream
    }

    /// The stream of a server in this process: its panics are errors, and `call` knows its trailers.
    pub(crate) fn of_local_call(
        self,
        method: &'static MethodDescriptor,
        deadline: Option<Instant>,
        call: Option<super::Context>,
    ) -> Self
    where
        T: Send + 'static,
    {
        let mut stream = Self::from_source(Source::Stream(Box::pin(Unpanicked {
            stream: self,
            method,
            ambient: Ambient::of_call(method, deadline, call.as_ref()),
        })));
        stream.local_call = call;
        stream
    }
}

impl<M: Message> Streaming<M> {
    /// Messages that are decoded as they come.
    pub(crate) fn decode(messages: Box<Messages>) -> Self {
        let next: Next<M> = match messages.format() {
            Format::Protobuf => |stream, cx| {
                stream.poll_into(cx, |message, bytes| decode_into(message, bytes.reader()))
            },
            #[cfg(feature = "json")]
            Format::Json => |stream, cx| {
                stream.poll_into(cx, |message, text| {
                    *message = json::read(&text.into_bytes())?;
                    Ok(())
                })
            },
        };
        Self::from_source(Source::Encoded { messages, next })
    }

    /// The next message of a transport, which `read` writes into an empty one.
    #[inline]
    fn poll_into(
        &mut self,
        cx: &mut Context<'_>,
        read: impl Fn(&mut M, MessageBuf<'_>) -> Result<(), Status>,
    ) -> Poll<Option<Result<M, Status>>> {
        let Source::Encoded { messages, .. } = &mut self.source else {
            return Poll::Ready(None);
        };
        let mut message = M::empty();
        match messages.poll_read(cx, |bytes| read(&mut message, bytes)) {
            Poll::Ready(Some(Ok(()))) => Poll::Ready(Some(Ok(message))),
            Poll::Pending => Poll::Pending,
            Poll::Ready(end) => {
                let end = end.and_then(Result::err);
                Poll::Ready(self.ended_with(end).map(Err))
            }
        }
    }
}

impl<M: Message> Streaming<M> {
    /// Messages that are read as somebody wants them.
    pub(crate) fn lazy(messages: Box<dyn LazyMessages>) -> Self {
        Self::from_source(Source::Lazy {
            messages,
            read: LazyMessage::into_message,
            compressed: false,
        })
    }
}

/// For interceptors. What comes from a network isn't decoded for them.
impl<M: Message> LazyMessages for Streaming<M> {
    fn poll_lazy(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<LazyMessage, Status>>> {
        let Source::Encoded { messages, .. } = &mut self.source else {
            let message = ready!(self.poll_message(cx));
            let lazy = |message| LazyMessage::new(message).uncompressed(self.uncompressed);
            return Poll::Ready(message.map(|message| message.map(lazy)));
        };
        if let Some(limit) = &mut self.limit
            && let Poll::Ready(status) = limit.poll(cx)
        {
            self.end();
            return Poll::Ready(Some(Err(status)));
        }
        match ready!(messages.poll_lazy(cx)) {
            Some(Ok(message)) => Poll::Ready(Some(Ok(message))),
            end => {
                let end = end.and_then(Result::err);
                Poll::Ready(self.ended_with(end).map(Err))
            }
        }
    }

    fn take_trailers(&mut self) -> Option<Metadata> {
        Streaming::take_trailers(self)
    }

    fn into_encode(self: Box<Self>) -> Box<dyn EncodeMessages> {
        self
    }
}

impl<T> Stream for Streaming<T> {
    type Item = Result<T, Status>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_message(cx)
    }
}

// Nothing in it is pinned in place: streams are boxed.
impl<T> Unpin for Streaming<T> {}

impl<T> fmt::Debug for Streaming<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.source {
            Source::Encoded { .. } => "from the network",
            Source::Lazy { .. } => "through interceptors",
            Source::Stream(_) | Source::Marked(_) | Source::Nested(_) => "from a stream",
            Source::Channel(_) => "from a channel",
            Source::Later(_) => "to come",
            Source::Ended => "ended",
        };
        f.debug_tuple("Streaming")
            .field(&format_args!("{state}"))
            .finish()
    }
}

impl<M: Message> EncodeMessages for Streaming<M> {
    fn poll_encode(
        &mut self,
        cx: &mut Context<'_>,
        framing: Framing,
        out: &mut BytesMut,
        enough: usize,
    ) -> Poll<Option<Result<(), Status>>> {
        while out.len() < enough {
            match ready!(self.poll_message(cx)) {
                Some(Ok(message)) => {
                    let framing = match self.uncompressed {
                        true => framing.compressed(None),
                        false => framing,
                    };
                    if let Err(status) = framing.encode(&message, out) {
                        return Poll::Ready(Some(Err(status)));
                    }
                }
                Some(Err(status)) => return Poll::Ready(Some(Err(status))),
                None => return Poll::Ready(None),
            }
        }
        Poll::Ready(Some(Ok(())))
    }
}

/// The sending end of [`Streaming::channel`]. Dropping all of them ends the stream.
pub struct Sender<T> {
    sender: mpsc::Sender<Result<MaybeCompressed<T>, Status>>,
}

impl<T> Sender<T> {
    /// Sends one more message, as soon as there is room for it.
    ///
    /// # Errors
    ///
    /// If nobody reads any more, with the message.
    ///
    /// # Cancellation
    ///
    /// Dropping the future before it is ready sends nothing: `message` is lost, the stream goes on.
    pub async fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.send_marked(MaybeCompressed::Compressed(message)).await
    }

    /// As [`send`](Self::send), for a message that isn't to be compressed, where others are.
    ///
    /// # Errors
    ///
    /// If nobody reads any more, with the message.
    pub async fn send_uncompressed(&self, message: T) -> Result<(), SendError<T>> {
        self.send_marked(MaybeCompressed::Uncompressed(message))
            .await
    }

    async fn send_marked(&self, marked: MaybeCompressed<T>) -> Result<(), SendError<T>> {
        let sent = self.sender.send(Ok(marked)).await;
        sent.map_err(|error| SendError(error.0.ok().map(MaybeCompressed::into_message)))
    }

    /// Ends the stream with an error: on a server, that is the status of the call.
    ///
    /// # Errors
    ///
    /// If nobody reads any more.
    pub async fn fail(self, status: Status) -> Result<(), SendError<T>> {
        self.sender
            .send(Err(status))
            .await
            .map_err(|_| SendError(None))
    }

    /// As [`send`](Self::send) and [`fail`](Self::fail), for threads.
    pub(crate) fn blocking_send(&self, item: Result<T, Status>) -> Result<(), SendError<T>> {
        let sent = self
            .sender
            .blocking_send(item.map(MaybeCompressed::Compressed));
        sent.map_err(|error| SendError(error.0.ok().map(MaybeCompressed::into_message)))
    }

    /// Waits until nobody reads any more.
    pub async fn closed(&self) {
        self.sender.closed().await;
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self {
            sender: self.sender.clone(),
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

/// Nobody reads the stream any more.
pub struct SendError<T>(Option<T>);

impl<T> SendError<T> {
    /// The message that couldn't be sent, if it was one.
    pub fn into_message(self) -> Option<T> {
        self.0
    }
}

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SendError")
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody reads the stream any more")
    }
}

impl<T> std::error::Error for SendError<T> {}

impl<T> From<SendError<T>> for Status {
    fn from(error: SendError<T>) -> Self {
        Status::cancelled(error.to_string())
    }
}

/// Where the code in [`Streaming::generate`] sends its messages.
pub struct Emitter<T> {
    sender: mpsc::Sender<MaybeCompressed<T>>,
}

impl<T> Emitter<T> {
    /// Sends one message, as soon as the one before is taken.
    ///
    /// # Errors
    ///
    /// If nobody reads any more, with the message. The generator itself doesn't see that, for it is dropped then; code
    /// that it has handed the emitter to does.
    ///
    /// # Cancellation
    ///
    /// Dropping the future before it is ready sends nothing: `message` is lost, the stream goes on.
    pub async fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.send_marked(MaybeCompressed::Compressed(message)).await
    }

    /// As [`send`](Self::send), for a message that isn't to be compressed, where others are.
    ///
    /// # Errors
    ///
    /// If nobody reads any more, with the message.
    pub async fn send_uncompressed(&self, message: T) -> Result<(), SendError<T>> {
        self.send_marked(MaybeCompressed::Uncompressed(message))
            .await
    }

    async fn send_marked(&self, marked: MaybeCompressed<T>) -> Result<(), SendError<T>> {
        let sent = self.sender.send(marked).await;
        sent.map_err(|error| SendError(Some(error.0.into_message())))
    }
}

impl<T> fmt::Debug for Emitter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emitter").finish_non_exhaustive()
    }
}

/// The stream of an [`Emitter`]'s messages: polls the code that sends them.
struct Generated<T> {
    receiver: mpsc::Receiver<MaybeCompressed<T>>,
    future: Option<BoxFuture<()>>,
    /// How the generator ended; told when its last message is read.
    outcome: Result<(), Status>,
}

impl<T> Stream for Generated<T> {
    type Item = Result<MaybeCompressed<T>, Status>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        // What was sent goes first: then there is room for what comes next.
        if let Poll::Ready(Some(message)) = this.receiver.poll_recv(cx) {
            return Poll::Ready(Some(Ok(message)));
        }
        if let Some(future) = &mut this.future
            && let Poll::Ready(outcome) = future.as_mut().poll(cx)
        {
            this.future = None;
            this.outcome = outcome;
        }
        Poll::Ready(match ready!(this.receiver.poll_recv(cx)) {
            Some(message) => Some(Ok(message)),
            // It sends no more, and may still fail.
            None if this.future.is_some() => return Poll::Pending,
            None => mem::replace(&mut this.outcome, Ok(())).err().map(Err),
        })
    }
}

/// What a stream of messages may be made of: `T`, `Result<T, Status>` or [`MaybeCompressed<T>`](MaybeCompressed).
pub trait StreamItem<T> {
    #[doc(hidden)]
    const MAY_BE_UNCOMPRESSED: bool = false;

    /// The item as a result.
    fn into_result(self) -> Result<T, Status>;

    #[doc(hidden)]
    fn is_uncompressed(&self) -> bool {
        false
    }
}

/// A message of a stream that is compressed or not, where the call's messages are: those that are compressed already in
/// their own way, or that hold a secret, need not or must not be.
///
/// ```
/// # use traitwire::{MaybeCompressed, Streaming};
/// # let (text, picture) = (String::new(), String::new());
/// let messages: Streaming<String> = Streaming::from_iter([
///     MaybeCompressed::Compressed(text),
///     MaybeCompressed::Uncompressed(picture),
/// ]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaybeCompressed<T> {
    /// As the other messages of the call.
    Compressed(T),
    /// As it is.
    Uncompressed(T),
}

impl<T> MaybeCompressed<T> {
    /// The message.
    pub fn into_message(self) -> T {
        match self {
            Self::Compressed(message) | Self::Uncompressed(message) => message,
        }
    }

    fn is_uncompressed(&self) -> bool {
        matches!(self, Self::Uncompressed(_))
    }

    fn unmark(self, uncompressed: &mut bool) -> T {
        *uncompressed = self.is_uncompressed();
        self.into_message()
    }
}

impl<T> StreamItem<T> for MaybeCompressed<T> {
    const MAY_BE_UNCOMPRESSED: bool = true;

    fn into_result(self) -> Result<T, Status> {
        Ok(self.into_message())
    }

    fn is_uncompressed(&self) -> bool {
        MaybeCompressed::is_uncompressed(self)
    }
}

impl<T> StreamItem<T> for T {
    fn into_result(self) -> Result<T, Status> {
        Ok(self)
    }
}

impl<T> StreamItem<T> for Result<T, Status> {
    fn into_result(self) -> Result<T, Status> {
        self
    }
}

/// What a client's method takes as a stream of requests: any `Stream` of messages or of `Result<T, Status>`, a
/// [`Streaming`] among them.
///
/// An error in it cancels the call, which then fails with that status.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a stream of `{T}`",
    label = "a stream of requests is expected here",
    note = "for an iterator, write `Streaming::from_iter(messages)`; for one message, `Streaming::from_iter([message])`"
)]
pub trait IntoStreaming<T> {
    /// The stream.
    fn into_streaming(self) -> Streaming<T>;
}

impl<T, S> IntoStreaming<T> for S
where
    T: Send + 'static,
    S: Stream<Item: StreamItem<T>> + Send + 'static,
{
    fn into_streaming(self) -> Streaming<T> {
        // A `Streaming` in a box in a `Streaming` would cost a call through a pointer for each message.
        let mut slot = Some(self);
        let any: &mut dyn std::any::Any = &mut slot;
        if let Some(stream) = any
            .downcast_mut::<Option<Streaming<T>>>()
            .and_then(Option::take)
        {
            return stream;
        }
        match slot {
            Some(stream) => Streaming::new(stream),
            None => Streaming::empty(),
        }
    }
}

pin_project! {
    /// A user's stream as one of results.
    struct Items<T, S> {
        #[pin]
        stream: S,
        item: PhantomData<fn() -> T>,
    }
}

impl<T, S> Stream for Items<T, S>
where
    S: Stream<Item: StreamItem<T>>,
{
    type Item = Result<T, Status>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = ready!(self.project().stream.poll_next(cx));
        Poll::Ready(item.map(StreamItem::into_result))
    }
}

pin_project! {
    /// As [`Items`], with what they say of compression.
    struct MarkedItems<T, S> {
        #[pin]
        stream: S,
        item: PhantomData<fn() -> T>,
    }
}

impl<T, S> Stream for MarkedItems<T, S>
where
    S: Stream<Item: StreamItem<T>>,
{
    type Item = Result<MaybeCompressed<T>, Status>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = ready!(self.project().stream.poll_next(cx));
        Poll::Ready(item.map(|item| {
            let uncompressed = item.is_uncompressed();
            let message = item.into_result()?;
            Ok(match uncompressed {
                true => MaybeCompressed::Uncompressed(message),
                false => MaybeCompressed::Compressed(message),
            })
        }))
    }
}

/// A stream whose panics are errors.
struct Unpanicked<T> {
    stream: Streaming<T>,
    method: &'static MethodDescriptor,
    ambient: Ambient,
}

impl<T> Stream for Unpanicked<T> {
    type Item = Result<T, Status>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let stream = &mut this.stream;
        let poll = AssertUnwindSafe(|| this.ambient.enter(|| stream.poll_message(cx)));
        catch_unwind(poll).unwrap_or_else(|_| {
            this.stream.end();
            Poll::Ready(Some(Err(panicked(this.method))))
        })
    }
}

struct Iter<I>(I);

// The iterator is never pinned.
impl<I> Unpin for Iter<I> {}

impl<I: Iterator> Stream for Iter<I> {
    type Item = I::Item;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<I::Item>> {
        Poll::Ready(self.0.next())
    }
}
