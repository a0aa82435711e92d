//! Messages that are decoded when somebody asks: what interceptors see.

use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;

use super::format::Format;
use super::message::{EncodeMessages, Framing, Incoming, MessageBuffer, Payload};
use super::source::Messages;
use super::streaming::Streaming;
use crate::codec::{self, Message};
use crate::metadata::Metadata;
use crate::status::Status;

/// A message of any type: bytes until somebody wants the message, or a message until somebody wants the bytes.
///
/// ```
/// # use traitwire::{Message, Status};
/// # use traitwire::interceptor::LazyMessage;
/// # #[derive(Debug, PartialEq, Message)] struct Point { #[proto(1)] latitude: i32 }
/// let mut message = LazyMessage::new(Point { latitude: 1 });
/// message.get_mut::<Point>()?.latitude += 1;
/// assert_eq!(message.encoded()[..], [8, 2]);
/// # Ok::<_, Status>(())
/// ```
pub struct LazyMessage {
    /// One of the two is there.
    encoded: Option<Bytes>,
    /// What the bytes are in.
    format: Format,
    typed: Option<Box<dyn TypedMessage>>,
    /// It came so.
    compressed: bool,
    /// It is not to be compressed, where others are.
    uncompressed: bool,
}

impl LazyMessage {
    /// This message.
    pub fn new<M: Message>(message: M) -> Self {
        Self::from(Box::new(message) as Box<dyn TypedMessage>)
    }

    /// The message that these bytes are in protobuf's binary format. Whether they are, shows when it is read.
    pub fn from_encoded(encoded: impl Into<Bytes>) -> Self {
        Self::received(Format::Protobuf, encoded.into())
    }

    /// The message that these bytes are in this format.
    pub(super) fn received(format: Format, encoded: Bytes) -> Self {
        Self {
            encoded: Some(encoded),
            format,
            typed: None,
            compressed: false,
            uncompressed: false,
        }
    }

    /// The message. What it doesn't know of the bytes stays in them, and goes on to where the message goes.
    ///
    /// # Errors
    ///
    /// INTERNAL, if the bytes are no such message.
    pub fn get<M: Message>(&mut self) -> Result<&M, Status> {
        self.read::<M>().map(|message| &*message)
    }

    /// The message, to be changed. Fields that `M` doesn't know are lost, unless it keeps its
    /// [`UnknownFields`](derive@crate::Message).
    ///
    /// # Errors
    ///
    /// INTERNAL, if the bytes are no such message.
    pub fn get_mut<M: Message>(&mut self) -> Result<&mut M, Status> {
        self.read::<M>()?;
        self.encoded = None;
        self.read::<M>()
    }

    /// Puts another message in its place.
    pub fn set<M: Message>(&mut self, message: M) {
        self.encoded = None;
        self.typed = Some(Box::new(message));
    }

    /// The message as it came, or encoded now in protobuf's binary format. In calls of `application/grpc+json` messages
    /// come in JSON: [`get`](Self::get) reads both.
    pub fn encoded(&mut self) -> &Bytes {
        let typed = &self.typed;
        self.encoded.get_or_insert_with(|| {
            self.format = Format::Protobuf;
            let encoded = typed.as_ref().map(|message| message.to_bytes());
            encoded.unwrap_or_default()
        })
    }

    /// The message itself.
    ///
    /// # Errors
    ///
    /// INTERNAL, if the bytes are no such message.
    pub fn into_message<M: Message>(mut self) -> Result<M, Status> {
        match self.typed.take_if(|message| is::<M>(&**message)) {
            Some(message) => downcast(message),
            None => self.decode(),
        }
    }

    /// Whether it came compressed over the network. Of a single request, [`Context::was_compressed`](crate::Context::was_compressed) says so.
    pub fn was_compressed(&self) -> bool {
        self.compressed
    }

    fn decode<M: Message>(&mut self) -> Result<M, Status> {
        let encoded = self.encoded().clone();
        Payload::Encoded(self.format, encoded).read()
    }

    fn read<M: Message>(&mut self) -> Result<&mut M, Status> {
        if !self
            .typed
            .as_ref()
            .is_some_and(|message| is::<M>(&**message))
        {
            let message: M = self.decode()?;
            self.typed = Some(Box::new(message));
        }
        let message = self.typed.as_mut();
        let message = message.map(|message| &mut **message as &mut dyn Any);
        message.and_then(<dyn Any>::downcast_mut).ok_or_else(lost)
    }

    pub(crate) fn came_compressed(self, compressed: bool) -> Self {
        Self { compressed, ..self }
    }

    pub(super) fn uncompressed(self, uncompressed: bool) -> Self {
        Self {
            uncompressed,
            ..self
        }
    }

    pub(super) fn is_uncompressed(&self) -> bool {
        self.uncompressed
    }

    /// What a transport, a handler or a caller has.
    ///
    /// # Errors
    ///
    /// INTERNAL, if it is framed already, which nobody hands on.
    pub(crate) fn from_payload(payload: Payload) -> Result<Self, Status> {
        match payload {
            Payload::Encoded(format, encoded) => Ok(Self::received(format, encoded)),
            Payload::Local(message) => Ok(Self::from(message)),
            Payload::Lazy(message) => Ok(*message),
            Payload::Framed(_) | Payload::Pieces(_) => Err(lost()),
        }
    }

    /// For a handler, or for a caller in the process.
    pub(crate) fn into_payload(self) -> Payload {
        match self {
            Self {
                encoded: Some(encoded),
                typed: None,
                format,
                ..
            } => Payload::Encoded(format, encoded),
            Self {
                encoded: None,
                typed: Some(message),
                ..
            } => Payload::Local(message),
            both => Payload::Lazy(Box::new(both)),
        }
    }

    /// For a transport, which gave the buffer for it.
    pub(crate) fn into_reply(self, reply: MessageBuffer) -> Result<Payload, Status> {
        if reply.is_local() {
            return Ok(self.into_payload());
        }
        match (self.encoded, self.typed) {
            (None, Some(message)) => message.encode(reply),
            (Some(_), Some(message)) if self.format != reply.format() => message.encode(reply),
            (Some(_), None) if self.format != reply.format() => Err(other_format()),
            (encoded, _) => reply.encode_bytes(encoded.unwrap_or_default()),
        }
    }

    fn frame(&self, framing: Framing, out: &mut BytesMut) -> Result<(), Status> {
        let framing = match self.uncompressed {
            true => framing.compressed(None),
            false => framing,
        };
        let is_of_format = self.format == framing.coding().format;
        match (&self.encoded, &self.typed) {
            (Some(encoded), _) if is_of_format => framing.encode_bytes(encoded, out),
            (Some(_), None) => Err(other_format()),
            (_, Some(message)) => message.frame(framing, out),
            (None, None) => framing.encode_bytes(&[], out),
        }
    }
}

impl From<Box<dyn TypedMessage>> for LazyMessage {
    fn from(message: Box<dyn TypedMessage>) -> Self {
        Self {
            encoded: None,
            format: Format::default(),
            typed: Some(message),
            compressed: false,
            uncompressed: false,
        }
    }
}

impl fmt::Debug for LazyMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LazyMessage")
            .field("encoded", &self.encoded)
            .field("typed", &self.typed.as_ref().map(|message| message.name()))
            .finish_non_exhaustive()
    }
}

/// Bytes were handed on to a call whose messages are in another format.
#[cold]
fn other_format() -> Status {
    Status::internal(
        "the bytes of a message are in another format than the call: read the message, and hand on that",
    )
}

/// Two messages have come together that nobody let come together.
#[cold]
fn lost() -> Status {
    Status::internal("a message was not where it belongs")
}

fn is<M: Message>(message: &dyn TypedMessage) -> bool {
    let message: &dyn Any = message;
    message.is::<M>()
}

/// A [`Message`] whose type isn't known where it is.
pub trait TypedMessage: Any + Send + Sync {
    fn name(&self) -> &'static str;

    fn to_bytes(&self) -> Bytes;

    fn encode(&self, reply: MessageBuffer) -> Result<Payload, Status>;

    fn frame(&self, framing: Framing, out: &mut BytesMut) -> Result<(), Status>;
}

impl<M: Message> TypedMessage for M {
    fn name(&self) -> &'static str {
        M::DESCRIPTOR.name
    }

    fn to_bytes(&self) -> Bytes {
        let mut bytes = BytesMut::new();
        codec::encode_into(self, &mut bytes);
        bytes.freeze()
    }

    fn encode(&self, reply: MessageBuffer) -> Result<Payload, Status> {
        reply.encode(self)
    }

    fn frame(&self, framing: Framing, out: &mut BytesMut) -> Result<(), Status> {
        framing.encode(self, out)
    }
}

/// The value, which is a `T`.
pub(super) fn downcast<T: 'static>(value: Box<dyn Any>) -> Result<T, Status> {
    let value = value.downcast();
    value.map(|value| *value).map_err(|_| lost())
}

/// A stream of messages whose type isn't known where it is.
pub trait LazyMessages: Any + Send {
    /// As `Stream::poll_next`.
    fn poll_lazy(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<LazyMessage, Status>>>;

    /// What came after the last message; only a client gets any.
    fn take_trailers(&mut self) -> Option<Metadata> {
        None
    }

    /// The same for a transport, without a box around each message where there needn't be one.
    fn into_encode(self: Box<Self>) -> Box<dyn EncodeMessages>;
}

/// Messages as they come from a transport.
impl LazyMessages for Box<Messages> {
    fn poll_lazy(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<LazyMessage, Status>>> {
        let read = ready!(self.poll_read(cx, |message| Ok(message.into_bytes())));
        let (format, compressed) = (self.format(), self.was_compressed());
        Poll::Ready(read.map(|read| {
            read.map(|bytes| LazyMessage::received(format, bytes).came_compressed(compressed))
        }))
    }

    fn take_trailers(&mut self) -> Option<Metadata> {
        Messages::take_trailers(self)
    }

    fn into_encode(self: Box<Self>) -> Box<dyn EncodeMessages> {
        Box::new(EncodeEach(self))
    }
}

/// Encodes messages one by one.
pub(crate) struct EncodeEach<S: ?Sized>(pub(crate) Box<S>);

impl<S: LazyMessages + ?Sized> EncodeMessages for EncodeEach<S> {
    fn poll_encode(
        &mut self,
        cx: &mut Context<'_>,
        framing: Framing,
        out: &mut BytesMut,
        enough: usize,
    ) -> Poll<Option<Result<(), Status>>> {
        while out.len() < enough {
            match ready!(self.0.poll_lazy(cx)) {
                Some(Ok(message)) => {
                    if let Err(status) = message.frame(framing, out) {
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

/// The messages of one side of a call, as they pass an interceptor: a `Stream<Item = Result<LazyMessage, Status>>`.
///
/// Dropping it before its end drops what it comes from: on a client's side, that cancels the call.
// In a lock that is never taken, so that references to a call can be kept while something is awaited.
pub struct LazyStream(Mutex<Incoming>);

impl LazyStream {
    pub(crate) fn new(messages: impl LazyMessages) -> Self {
        Self::from(Incoming::Local(Box::new(messages)))
    }

    pub(crate) fn empty() -> Self {
        Self::new(Streaming::<()>::empty())
    }

    pub(crate) fn into_incoming(self) -> Incoming {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn into_messages(self) -> Box<dyn LazyMessages> {
        match self.into_incoming() {
            Incoming::Encoded(messages) => Box::new(messages),
            Incoming::Local(messages) => messages,
        }
    }

    fn incoming(&mut self) -> &mut dyn LazyMessages {
        match self.0.get_mut().unwrap_or_else(PoisonError::into_inner) {
            Incoming::Encoded(messages) => messages,
            Incoming::Local(messages) => &mut **messages,
        }
    }
}

impl From<Incoming> for LazyStream {
    fn from(incoming: Incoming) -> Self {
        Self(Mutex::new(incoming))
    }
}

impl LazyMessages for LazyStream {
    fn poll_lazy(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<LazyMessage, Status>>> {
        self.incoming().poll_lazy(cx)
    }

    fn take_trailers(&mut self) -> Option<Metadata> {
        self.incoming().take_trailers()
    }

    fn into_encode(self: Box<Self>) -> Box<dyn EncodeMessages> {
        self.into_messages().into_encode()
    }
}

impl Stream for LazyStream {
    type Item = Result<LazyMessage, Status>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_lazy(cx)
    }
}

impl fmt::Debug for LazyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LazyStream").finish_non_exhaustive()
    }
}
