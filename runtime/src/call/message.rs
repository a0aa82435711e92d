//! Messages between a transport and typed code.

use std::any::Any;
use std::task::{self, Poll};

use bytes::{Bytes, BytesMut};

use super::compression::Compression;
use super::context::Context;
#[cfg(feature = "json")]
use super::format::json;
use super::format::{Coding, Format};
use super::frame::{Direction, message_prefix};
use super::lazy::{LazyMessage, LazyMessages, TypedMessage, downcast};
use super::source::Messages;
use super::streaming::Streaming;
use crate::codec::{self, Message, ReadError, Reader};
use crate::status::Status;

/// One message on its way.
pub enum Payload {
    /// Received: the message's bytes, and what they are in.
    Encoded(Format, Bytes),
    /// Sent: framed, in the buffer that the transport gave for it.
    Framed(BytesMut),
    /// Sent: framed, in pieces, none of which is empty. Only where the transport asked for it.
    Pieces(Vec<Bytes>),
    /// The message itself; it never leaves the process.
    Local(Box<dyn TypedMessage>),
    /// Bytes that an interceptor has read, and the message that it found.
    Lazy(Box<LazyMessage>),
}

impl Payload {
    /// How many bytes it has on the wire.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Encoded(_, bytes) => bytes.len(),
            Self::Framed(bytes) => bytes.len(),
            Self::Pieces(pieces) => pieces.iter().map(Bytes::len).sum(),
            Self::Local(_) | Self::Lazy(_) => 0,
        }
    }

    /// The message.
    ///
    /// # Errors
    ///
    /// INTERNAL, if the bytes are no such message (statuscodes.md: "Error parsing request proto").
    pub(crate) fn read<M: Message>(self) -> Result<M, Status> {
        match self {
            Self::Encoded(Format::Protobuf, bytes) => decode(Reader::shared(&bytes)),
            #[cfg(feature = "json")]
            Self::Encoded(Format::Json, text) => json::read(&text),
            // No transport hands out what it is about to send.
            Self::Framed(_) | Self::Pieces(_) => Err(framed::<M>()),
            Self::Local(message) => LazyMessage::from(message).into_message(),
            Self::Lazy(message) => message.into_message(),
        }
    }
}

/// Decodes a message, or says what is wrong with it.
pub(crate) fn decode<M: Message>(bytes: Reader<'_>) -> Result<M, Status> {
    let mut message = M::empty();
    decode_into(&mut message, bytes)?;
    Ok(message)
}

/// As [`decode`], for a `message` that is empty and stays where it is.
#[inline]
pub(crate) fn decode_into<M: Message>(
    message: &mut M,
    mut bytes: Reader<'_>,
) -> Result<(), Status> {
    codec::read_message(message, &mut bytes).map_err(undecodable)
}

#[cold]
fn undecodable(error: ReadError) -> Status {
    Status::internal(error.to_string())
}

/// Where a transport wants a message encoded, and what it puts in front of it.
pub struct MessageBuffer {
    buffer: BytesMut,
    framing: Framing,
    in_pieces: bool,
    /// The message stays as it is.
    local: bool,
    /// Who may not want the message compressed after all.
    context: Option<Context>,
}

/// What a transport puts in front of a message of this length: a flag and the length in all that gRPC speaks.
#[derive(Clone, Copy, Debug)]
pub struct Framing {
    prefix: fn(len: u32) -> [u8; PREFIX_LEN],
    coding: Coding,
    max_len: usize,
    /// `max_len` is what the method says of these messages.
    of_method: Option<Direction>,
}

/// Bytes in front of each message.
pub(crate) const PREFIX_LEN: usize = 5;

/// The flag in front of a message that is compressed.
pub(crate) const COMPRESSED: u8 = 1;

impl Framing {
    pub(crate) const fn new(prefix: fn(len: u32) -> [u8; PREFIX_LEN]) -> Self {
        Self {
            prefix,
            coding: Coding {
                format: Format::Protobuf,
                compression: None,
            },
            max_len: usize::MAX,
            of_method: None,
        }
    }

    /// With messages compressed, or not.
    pub(crate) fn compressed(mut self, compression: Option<Compression>) -> Self {
        self.coding.compression = compression;
        self
    }

    /// With messages in this format, compressed like this.
    pub(crate) fn coded(self, coding: Coding) -> Self {
        Self { coding, ..self }
    }

    /// With messages in this format.
    #[cfg(feature = "json")]
    pub(crate) fn in_format(mut self, format: Format) -> Self {
        self.coding.format = format;
        self
    }

    pub(crate) fn coding(self) -> Coding {
        self.coding
    }

    pub(crate) fn compression(self) -> Option<Compression> {
        self.coding.compression
    }

    /// With messages no longer than that.
    pub(crate) fn limited(self, max_len: usize) -> Self {
        Self {
            max_len,
            of_method: None,
            ..self
        }
    }

    /// The same, where the method says so.
    pub(crate) fn limited_by_method(self, direction: Direction, max_len: Option<u32>) -> Self {
        match max_len {
            Some(max_len) => Self {
                max_len: max_len as usize,
                of_method: Some(direction),
                ..self
            },
            None => self,
        }
    }

    /// Appends the framed message.
    ///
    /// # Errors
    ///
    /// RESOURCE_EXHAUSTED, if it is longer than it may be, or than the four bytes can say that gRPC has for its length.
    /// Nothing is appended.
    pub(crate) fn encode<M: Message>(self, message: &M, out: &mut BytesMut) -> Result<(), Status> {
        #[cfg(feature = "json")]
        if self.coding.format == Format::Json {
            return self.encode_named(M::DESCRIPTOR.name, &json::write(message)?, out);
        }
        codec::encode_with(message, |mut message| {
            let prefix = self.prefix(message.len(), M::DESCRIPTOR.name)?;
            if let Some(compression) = self.coding.compression {
                return self.compress(&message.to_slice(), compression, out);
            }
            message.put_before(prefix);
            message.append_to(out);
            Ok(())
        })
    }

    #[cold]
    fn too_long(self, name: &str, len: usize, can_be_said: bool) -> Status {
        let max = self.max_len;
        let text = match (can_be_said, self.of_method) {
            (false, _) => {
                format!("{name}: message of {len} bytes, which is longer than gRPC can send")
            }
            (true, None) => {
                format!("{name}: message of {len} bytes, the limit is {max} (max_send_message_len)")
            }
            (true, Some(direction)) => {
                let knob = direction.knob_of_method();
                format!("{name}: message of {len} bytes, the limit is {max} ({knob} of the method)")
            }
        };
        Status::resource_exhausted(text)
    }

    /// As [`encode`](Self::encode), for a message that is encoded.
    pub(super) fn encode_bytes(self, message: &[u8], out: &mut BytesMut) -> Result<(), Status> {
        self.encode_named(OF_BYTES, message, out)
    }

    fn encode_named(
        self,
        name: &'static str,
        message: &[u8],
        out: &mut BytesMut,
    ) -> Result<(), Status> {
        let prefix = self.prefix(message.len(), name)?;
        if let Some(compression) = self.coding.compression {
            return self.compress(message, compression, out);
        }
        out.reserve(PREFIX_LEN + message.len());
        out.extend_from_slice(&prefix);
        out.extend_from_slice(message);
        Ok(())
    }

    fn prefix(self, len: usize, name: &'static str) -> Result<[u8; PREFIX_LEN], Status> {
        match u32::try_from(len) {
            Ok(said) if len <= self.max_len => Ok((self.prefix)(said)),
            said => Err(self.too_long(name, len, said.is_ok())),
        }
    }

    /// Appends a message compressed, or as it is where that makes it no shorter.
    fn compress(
        self,
        plain: &[u8],
        compression: Compression,
        out: &mut BytesMut,
    ) -> Result<(), Status> {
        let len = plain.len();
        let start = out.len();
        out.extend_from_slice(&[0; PREFIX_LEN]);
        let compressed = compression.compress(plain, out);
        compressed.map_err(|error| Status::internal(format!("{compression}: {error}")))?;
        let mut compressed_len = out.len() - start - PREFIX_LEN;
        let mut flag = COMPRESSED;
        if compressed_len >= len {
            out.truncate(start + PREFIX_LEN);
            out.extend_from_slice(plain);
            (compressed_len, flag) = (len, 0);
        }
        // Not longer than `len`, which was found short enough.
        let mut prefix = (self.prefix)(compressed_len as u32);
        prefix[0] |= flag;
        out[start..start + PREFIX_LEN].copy_from_slice(&prefix);
        Ok(())
    }
}

impl MessageBuffer {
    pub(crate) fn new(buffer: BytesMut, framing: Framing) -> Self {
        Self {
            buffer,
            framing,
            in_pieces: false,
            local: false,
            context: None,
        }
    }

    /// Within the process.
    pub(crate) fn local() -> Self {
        Self {
            local: true,
            ..Self::new(BytesMut::new(), Framing::new(message_prefix))
        }
    }

    /// Whether messages stay in the process, as they are.
    pub(crate) fn is_local(&self) -> bool {
        self.local
    }

    /// For a handler that may not want its message compressed.
    pub(crate) fn asking(mut self, context: Option<&Context>) -> Self {
        if self.framing.compression().is_some() {
            self.context = context.cloned();
        }
        self
    }

    /// For a transport that sends a long message in pieces, which saves copying it.
    pub(crate) fn in_pieces(mut self) -> Self {
        self.in_pieces = true;
        self
    }

    /// The framed message.
    pub(crate) fn encode<M: Message>(mut self, message: &M) -> Result<Payload, Status> {
        self.ask();
        let Self {
            framing,
            mut buffer,
            in_pieces,
            ..
        } = self;
        if !framing.coding.is_plain() {
            framing.encode(message, &mut buffer)?;
            return Ok(Payload::Framed(buffer));
        }
        codec::encode_with(message, |mut message| {
            let len = message.len();
            message.put_before(framing.prefix(len, M::DESCRIPTOR.name)?);
            if in_pieces && len > codec::LONG {
                return Ok(Payload::Pieces(message.into_pieces(buffer)));
            }
            message.append_to(&mut buffer);
            Ok(Payload::Framed(buffer))
        })
    }

    /// What the message is to be in.
    pub(super) fn format(&self) -> Format {
        self.framing.coding.format
    }

    /// As [`encode`](Self::encode), for a message that is encoded.
    pub(super) fn encode_bytes(mut self, message: Bytes) -> Result<Payload, Status> {
        self.ask();
        if self.in_pieces && self.framing.compression().is_none() && message.len() > codec::LONG {
            let prefix = self.framing.prefix(message.len(), OF_BYTES)?;
            return Ok(Payload::Pieces(vec![
                Bytes::copy_from_slice(&prefix),
                message,
            ]));
        }
        self.framing.encode_bytes(&message, &mut self.buffer)?;
        Ok(Payload::Framed(self.buffer))
    }

    /// Whether the message is to be compressed.
    fn ask(&mut self) {
        if let Some(context) = &self.context
            && !context.compresses_response()
        {
            self.framing.coding.compression = None;
        }
    }
}

/// A stream of messages from a transport.
pub(crate) enum Incoming {
    Encoded(Box<Messages>),
    /// A `Streaming<T>` of the method's message, or what interceptors make of it.
    Local(Box<dyn LazyMessages>),
}

impl Incoming {
    pub(crate) fn into_streaming<M: Message>(self) -> Result<Streaming<M>, Status> {
        match self {
            Self::Encoded(messages) => Ok(Streaming::decode(messages)),
            Self::Local(stream) => {
                let any: &dyn Any = &*stream;
                match any.is::<Streaming<M>>() {
                    true => downcast(stream),
                    false => Ok(Streaming::lazy(stream)),
                }
            }
        }
    }
}

/// Messages that go to a transport, encoded into its buffer.
pub trait EncodeMessages: Send {
    /// Appends messages, framed, to `out`, until it has `enough` bytes; pending when no more is there now, `None` at the
    /// end.
    fn poll_encode(
        &mut self,
        cx: &mut task::Context<'_>,
        framing: Framing,
        out: &mut BytesMut,
        enough: usize,
    ) -> Poll<Option<Result<(), Status>>>;
}

/// One message or a stream of them for a transport.
pub enum Outgoing {
    One(Payload),
    Encoded(Box<dyn EncodeMessages>),
    /// A `Streaming<T>` of the method's message, or what interceptors make of it.
    Local(Box<dyn LazyMessages>),
}

/// What errors call a message whose type isn't known.
const OF_BYTES: &str = "encoded message";

#[cold]
fn framed<M: Message>() -> Status {
    Status::internal(format!(
        "a {} came as a transport sends it",
        M::DESCRIPTOR.name
    ))
}
