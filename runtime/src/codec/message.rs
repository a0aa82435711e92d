//! Messages: in a field, and as a whole.

use bytes::{Buf, BufMut, BytesMut};
use prost::{
    DecodeError,
    encoding::{self, DecodeContext, WireType},
};
use traitwire_schema::{Member, MessageDescriptor, ValueType};

use super::{Field, Merged, Singular, Value, ValueCodec};

/// A protobuf message: what crosses the network in a call.
///
/// `#[derive(Message)]` implements it for a struct, together with [`prost::Message`]. `()` is `google.protobuf.Empty`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a protobuf message",
    label = "this is sent over the network, as a message",
    note = "add `#[derive(Message)]` to the struct `{Self}`",
    note = "an enum, or an alias of a scalar, is a field: to have one in a message of its own, write `#[proto(1)]` in front of \
            the argument, or above the method that returns it"
)]
pub trait Message: prost::Message + Sized + 'static {
    /// What the message looks like in protobuf.
    const DESCRIPTOR: &'static MessageDescriptor;

    /// The fields whose absence is an error.
    #[doc(hidden)]
    const REQUIRED: &'static [RequiredField] = &[];

    /// Nothing, unless the message always has itself in a field, directly or not. Then there is no value of it, and
    /// `empty` would never end; the compiler finds that this constant depends on itself.
    #[doc(hidden)]
    const HAS_AN_END: () = ();

    /// The message with every field absent, which is what decoding starts from. A `Default` of the type has no say in
    /// it, since other peers don't know that.
    fn empty() -> Self;
}

/// Reads a message that takes up all of `buf`.
///
/// # Errors
///
/// If the bytes are no such message: cut short, of another wire type than the field's, not UTF-8 where that is asked for,
/// nested more than a hundred messages deep, or without a field that is `required`. The error names message and field.
pub fn decode<M: Message>(buf: impl Buf) -> Result<M, DecodeError> {
    let mut message = M::empty();
    decode_into(&mut message, buf)?;
    Ok(message)
}

/// As [`decode`], for a `message` that is empty and stays where it is.
#[inline]
pub(crate) fn decode_into<M: Message>(message: &mut M, buf: impl Buf) -> Result<(), DecodeError> {
    let mut reader = Reader::new(message);
    prost::Message::merge(&mut reader, buf)?;
    reader.finish()
}

/// Reads a message after its length, which is a varint.
///
/// # Errors
///
/// Those of [`decode`].
pub fn decode_length_delimited<M: Message>(buf: impl Buf) -> Result<M, DecodeError> {
    let mut message = M::empty();
    let mut reader = Reader::new(&mut message);
    prost::Message::merge_length_delimited(&mut reader, buf)?;
    reader.finish()?;
    Ok(message)
}

/// Appends `message` to `buf`, which grows by what is needed.
pub fn encode_into<M: Message>(message: &M, buf: &mut BytesMut) {
    encode_len_into(message, message.encoded_len(), buf);
}

/// As [`encode_into`], when `len` is known already to be the message's [`encoded_len`].
///
/// # Panics
///
/// If a short message is longer than that.
pub fn encode_len_into<M: Message>(message: &M, len: usize, buf: &mut BytesMut) {
    // A long message is mostly one field, whose bytes are copied at once; to zero as many before is no gain.
    if len > SHORT {
        buf.reserve(len);
        message.encode_raw(buf);
        return;
    }
    if len <= TINY {
        let mut block = [0; TINY];
        let mut rest = &mut block[..len];
        message.encode_raw(&mut rest);
        let unused = rest.len();
        debug_assert_eq!(unused, 0, "`len` is the length of the message");
        buf.extend_from_slice(&block[..len - unused]);
        return;
    }
    let start = buf.len();
    buf.resize(start + len, 0);
    // A slice is filled with fewer instructions than a `BytesMut`, which looks at its capacity for every byte: a quarter
    // less for a message of a few fields, zeroing included.
    let mut rest = &mut buf[start..];
    message.encode_raw(&mut rest);
    let unused = rest.len();
    debug_assert_eq!(unused, 0, "`len` is the length of the message");
    buf.truncate(buf.len() - unused);
}

/// Bytes of a message that is worth a buffer zeroed in advance.
const SHORT: usize = 1024;

/// Bytes that are zeroed and copied by a few instructions each.
const TINY: usize = 64;

/// The number of bytes that [`encode_into`] appends.
pub fn encoded_len<M: Message>(message: &M) -> usize {
    message.encoded_len()
}

/// Makes every field absent.
pub fn clear<M: Message>(message: &mut M) {
    *message = M::empty();
}

/// `M`'s descriptor as a function, which descriptors need to refer to each other.
pub fn message_descriptor<M: Message>() -> &'static MessageDescriptor {
    M::DESCRIPTOR
}

/// Adds to `error` in which field of `M` it was.
#[cold]
pub fn in_field<M: Message>(mut error: DecodeError, number: u32) -> DecodeError {
    let name = M::DESCRIPTOR
        .members
        .iter()
        .find_map(|member| match member {
            Member::Field(field) => (field.number == number).then_some(field.name),
            Member::OneOf { oneof, .. } => {
                let variant = oneof()
                    .variants
                    .iter()
                    .find(|variant| variant.number == number);
                variant.map(|variant| variant.name)
            }
        });
    error.push(M::DESCRIPTOR.name, name.unwrap_or("(unknown)"));
    error
}

/// A codec of messages, which are merged if they come twice.
#[derive(Debug)]
pub enum MessageCodec {}

impl<M: Message> ValueCodec<M> for MessageCodec {
    const HAS_AN_END: () = M::HAS_AN_END;

    fn value_type() -> ValueType {
        ValueType::Message(M::DESCRIPTOR)
    }

    #[inline]
    fn absent() -> M {
        M::empty()
    }

    /// Messages have explicit presence: an empty one that is there is sent.
    #[inline]
    fn is_absent(_: &M) -> bool {
        false
    }

    #[inline]
    fn encode(message: &M, number: u32, buf: &mut impl BufMut) {
        encoding::message::encode(number, message, buf);
    }

    #[inline]
    fn encoded_len(message: &M, number: u32) -> usize {
        encoding::message::encoded_len(number, message)
    }

    fn merge(
        message: &mut M,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<Merged, DecodeError> {
        let mut reader = Reader::new(message);
        encoding::message::merge(wire_type, &mut reader, buf, ctx)?;
        reader.finish()?;
        Ok(Merged::Known)
    }
}

/// A field that is an error when absent: its number and name.
#[derive(Clone, Copy, Debug)]
pub struct RequiredField {
    number: u32,
    name: &'static str,
}

/// Describes a field with the option `required`. `M` is the field's type.
pub const fn required_field<M: Requirable>(number: u32, name: &'static str) -> RequiredField {
    RequiredField { number, name }
}

/// A field whose absence can be told from a value: a message that isn't in an `Option`.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` can't be `required`",
    label = "only messages can be `required`",
    note = "a scalar is absent when it is zero, and an `Option`, list or map may always be absent; remove `required`, or \
            use a message"
)]
pub trait Requirable {}

#[diagnostic::do_not_recommend]
impl<M: Message> Requirable for M {}

/// A message while it is read. It is a [`prost::Message`] itself, so that prost's functions, which count how deep they
/// are, pass every field by us.
struct Reader<'a, M> {
    message: &'a mut M,
    /// A bit for each of [`Message::REQUIRED`] that was there. The derive takes no more fields than there are bits.
    seen: u128,
}

impl<'a, M: Message> Reader<'a, M> {
    fn new(message: &'a mut M) -> Self {
        Self { message, seen: 0 }
    }

    #[inline]
    fn see(&mut self, number: u32) {
        for (index, field) in M::REQUIRED.iter().enumerate() {
            if field.number == number {
                self.seen |= 1 << index;
            }
        }
    }

    /// Refuses the message if a required field is missing.
    #[inline]
    fn finish(self) -> Result<(), DecodeError> {
        for (index, field) in M::REQUIRED.iter().enumerate() {
            if self.seen & (1 << index) == 0 {
                let mut error = super::decode_error("the field is required, but absent");
                error.push(M::DESCRIPTOR.name, field.name);
                return Err(error);
            }
        }
        Ok(())
    }
}

impl<M: Message> prost::Message for Reader<'_, M> {
    fn encode_raw(&self, buf: &mut impl BufMut) {
        self.message.encode_raw(buf);
    }

    #[inline]
    fn merge_field(
        &mut self,
        number: u32,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError> {
        self.see(number);
        self.message.merge_field(number, wire_type, buf, ctx)
    }

    fn encoded_len(&self) -> usize {
        self.message.encoded_len()
    }

    fn clear(&mut self) {
        self.message.clear();
        self.seen = 0;
    }
}

impl<M: Message> Message for Box<M> {
    const DESCRIPTOR: &'static MessageDescriptor = M::DESCRIPTOR;
    const REQUIRED: &'static [RequiredField] = M::REQUIRED;
    const HAS_AN_END: () = M::HAS_AN_END;

    fn empty() -> Self {
        Self::new(M::empty())
    }
}

impl<M: Message> Value for Box<M> {
    type Codec = MessageCodec;
}

impl<M: Message> Field for Box<M> {
    type Codec = Singular<MessageCodec>;
}
