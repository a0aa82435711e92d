//! Messages: in a field, and as a whole.

use bytes::{Buf, BytesMut};
use prost::{DecodeError, encoding::WireType};
#[cfg(feature = "json")]
use serde_core::{
    Deserializer, Serializer, de,
    ser::{self, SerializeMap},
};
use traitwire_schema::{Member, MessageDescriptor, ValueType};

#[cfg(feature = "json")]
use super::json::{self, JsonMember, JsonObject, JsonReading, JsonWriting};
use super::{
    Field, Merged, ReadError, Reader, Singular, UnknownFields, Value, ValueCodec, ValueReader,
    Writer, foreign,
    writer::{Written, measured, written},
};

/// A protobuf message: what crosses the network in a call.
///
/// `#[derive(Message)]` implements it for a struct, together with [`prost::Message`]. `()` is `google.protobuf.Empty`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a protobuf message",
    label = "this is sent over the network, as a message",
    note = "add `#[derive(Message)]` to the struct `{Self}`",
    note = "an enum, or an alias of a scalar, is a field: to have one in a message of its own, write `#[proto(1)]` in front of \
            the argument, or above the method that returns it",
    note = "a call outlives the bytes it came in, so that a message with a lifetime can't cross the network by itself: own what \
            it holds, or share it (`bytes::Bytes`)"
)]
pub trait Message: prost::Message + Fields + for<'de> ReadFields<'de> + 'static {
    /// What the message looks like in protobuf.
    const DESCRIPTOR: &'static MessageDescriptor = Self::MESSAGE;

    /// The message with every field absent, which is what decoding starts from. A `Default` of the type has no say in
    /// it, since other peers don't know that.
    #[inline]
    fn empty() -> Self {
        Self::absent()
    }

    /// Reads a message. This and what follows is for derived code.
    #[cfg(feature = "json")]
    #[doc(hidden)]
    fn json_read<'de, D: Deserializer<'de>>(
        deserializer: D,
        cx: JsonReading<'_>,
    ) -> Result<Self, D::Error> {
        json::read_object(deserializer, cx)
    }

    /// Reads what stands behind the name of a member, and returns whether there was a value.
    #[cfg(feature = "json")]
    #[doc(hidden)]
    fn json_member<'de, D: Deserializer<'de>>(
        &mut self,
        _: JsonMember,
        _: D,
        _: JsonReading<'_>,
    ) -> Result<bool, D::Error> {
        Err(de::Error::custom(json::not_derived::<Self>()))
    }
}

/// What a message consists of, one that borrows included. `#[derive(Message)]` implements it, together with [`Message`] for
/// a struct that owns all that it holds.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a protobuf message",
    label = "protobuf has no such message",
    note = "add `#[derive(Message)]` to the struct `{Self}`"
)]
pub trait Fields: Sized + Send + Sync {
    /// What the message looks like in protobuf.
    const MESSAGE: &'static MessageDescriptor;

    /// The fields whose absence is an error.
    #[doc(hidden)]
    const REQUIRED: &'static [RequiredField] = &[];

    /// Nothing, unless the message always has itself in a field, directly or not. Then there is no value of it, and
    /// `absent` would never end; the compiler finds that this constant depends on itself.
    #[doc(hidden)]
    const HAS_AN_END: () = ();

    /// See [`Message::empty`].
    fn absent() -> Self;

    /// Writes every field, the last one first.
    fn write(&self, writer: &mut Writer);

    /// Whether `null` is a message in JSON. This and what follows is for derived code.
    #[cfg(feature = "json")]
    #[doc(hidden)]
    const JSON_TAKES_NULL: bool = false;

    /// Whether its JSON isn't an object of its fields.
    #[cfg(feature = "json")]
    #[doc(hidden)]
    const JSON_IS_FORM: bool = false;

    /// Prints the message.
    #[cfg(feature = "json")]
    #[doc(hidden)]
    fn json_write<S: Serializer>(
        &self,
        serializer: S,
        cx: JsonWriting<'_>,
    ) -> Result<S::Ok, S::Error> {
        json::write_object(self, serializer, cx)
    }

    /// Prints the fields.
    #[cfg(feature = "json")]
    #[doc(hidden)]
    fn json_members<S: SerializeMap>(&self, _: &mut JsonObject<'_, S>) -> Result<(), S::Error> {
        Err(ser::Error::custom(json::not_derived::<Self>()))
    }
}

/// [`Fields`] that are read from bytes that live for `'de`: as long as what the message borrows.
pub trait ReadFields<'de>: Fields {
    /// Reads what stands after a key with this number and wire type. If there is no such field, nothing is read.
    fn read(
        &mut self,
        number: u32,
        wire_type: WireType,
        reader: &mut Reader<'de>,
    ) -> Result<Option<Merged>, ReadError>;

    /// The field that keeps what the message has no fields for.
    #[inline]
    fn unknown(&mut self) -> Option<&mut UnknownFields> {
        None
    }
}

/// Reads a message that takes up all of `buf`.
///
/// Fields of a shared type, such as `Bytes`, are slices of `buf` if it is `Bytes` itself.
///
/// # Errors
///
/// If the bytes are no such message: cut short, of another wire type than the field's, not UTF-8 where that is asked for,
/// nested more than a hundred messages deep, or without a field that is `required`. The error names message and field.
pub fn decode<M: Message>(buf: impl Buf) -> Result<M, DecodeError> {
    let mut message = M::absent();
    foreign::with_reader(buf, |mut reader| read_message(&mut message, &mut reader))?;
    Ok(message)
}

/// Reads a message that takes up all of `bytes`, and may borrow from them.
///
/// ```
/// use std::borrow::Cow;
///
/// use traitwire::{Message, codec};
///
/// #[derive(Debug, PartialEq, Message)]
/// struct Line<'a> {
///     #[proto(1)]
///     text: &'a str,
///     #[proto(2)]
///     level: Cow<'a, str>,
/// }
///
/// let bytes = *b"\x0a\x05hello\x12\x04info";
/// let line: Line<'_> = codec::decode_borrowed(&bytes)?;
/// assert_eq!(line, Line { text: "hello", level: Cow::Borrowed("info") });
/// # Ok::<(), traitwire::codec::ReadError>(())
/// ```
///
/// # Errors
///
/// Those of [`decode`].
pub fn decode_borrowed<'de, M: ReadFields<'de>>(bytes: &'de [u8]) -> Result<M, ReadError> {
    read(Reader::new(bytes))
}

/// Reads a message that takes up all that is left in `reader`.
///
/// # Errors
///
/// Those of [`decode`].
pub fn read<'de, M: ReadFields<'de>>(mut reader: Reader<'de>) -> Result<M, ReadError> {
    let mut message = M::absent();
    read_message(&mut message, &mut reader)?;
    Ok(message)
}

/// As [`read`], for a `message` that is empty and stays where it is.
#[inline]
pub(crate) fn read_message<'de, M: ReadFields<'de>>(
    message: &mut M,
    reader: &mut Reader<'de>,
) -> Result<(), ReadError> {
    read_fields(message, reader).map_err(|error| error.in_message(M::MESSAGE))
}

/// Reads fields until the end, and refuses the message if a required one is missing.
#[inline]
fn read_fields<'de, M: ReadFields<'de>>(
    message: &mut M,
    reader: &mut Reader<'de>,
) -> Result<(), ReadError> {
    let mut seen: u128 = 0;
    loop {
        let from = reader.rest();
        let Some((number, wire_type)) = reader.key()? else {
            break;
        };
        for (index, field) in M::REQUIRED.iter().enumerate() {
            if field.number == number {
                seen |= 1 << index;
            }
        }
        read_field(message, number, wire_type, from, reader)?;
    }
    for (index, field) in M::REQUIRED.iter().enumerate() {
        if seen & (1 << index) == 0 {
            let error = super::decode_error("the field is required, but absent");
            return Err(error.in_field(field.name));
        }
    }
    Ok(())
}

/// Reads the value of a field whose key was read, which begins where `from` does.
#[inline(always)]
pub(super) fn read_field<'de, M: ReadFields<'de>>(
    message: &mut M,
    number: u32,
    wire_type: WireType,
    from: &'de [u8],
    reader: &mut Reader<'de>,
) -> Result<(), ReadError> {
    match message.read(number, wire_type, reader) {
        Ok(Some(Merged::Known)) => Ok(()),
        Ok(None) => {
            reader.skip(number, wire_type)?;
            keep(message, number, Merged::Unknown, from, reader);
            Ok(())
        }
        Ok(Some(merged)) => {
            keep(message, number, merged, from, reader);
            Ok(())
        }
        Err(error) => Err(in_field::<M>(error, number)),
    }
}

/// Keeps the field that began where `from` does, or the values of it that were put aside.
#[inline(never)]
fn keep<'de, M: ReadFields<'de>>(
    message: &mut M,
    number: u32,
    merged: Merged,
    from: &'de [u8],
    reader: &mut Reader<'de>,
) {
    let rejected = reader.take_rejected();
    let Some(unknown) = message.unknown() else {
        return;
    };
    match merged {
        Merged::Known => {}
        Merged::Unknown => unknown.keep(&from[..from.len() - reader.rest().len()]),
        Merged::PartlyUnknown => unknown.keep_varints(number, &rejected),
    }
}

/// Reads a message after its length, which is a varint.
///
/// # Errors
///
/// Those of [`decode`].
pub fn decode_length_delimited<M: Message>(buf: impl Buf) -> Result<M, DecodeError> {
    let mut message = M::absent();
    foreign::merge_length_delimited(&mut message, buf)?;
    Ok(message)
}

/// Appends `message` to `buf`, which grows by what is needed.
pub fn encode_into<M: Fields>(message: &M, buf: &mut BytesMut) {
    encode_with(message, |written| written.append_to(buf));
}

/// Appends `message` as the field with the number of another one.
pub(crate) fn encode_field<M: Fields>(message: &M, number: u32, buf: &mut BytesMut) {
    written(
        |writer| MessageCodec::encode(message, number, writer),
        |written| written.append_to(buf),
    );
}

/// Encodes `message`, for `take` to put it where it belongs.
#[inline]
pub(crate) fn encode_with<M: Fields, T>(message: &M, take: impl FnOnce(Written<'_>) -> T) -> T {
    written(|writer| message.write(writer), take)
}

/// The number of bytes that [`encode_into`] appends. It takes as long.
pub fn encoded_len<M: Fields>(message: &M) -> usize {
    measured(|writer| message.write(writer))
}

/// `M`'s descriptor as a function, which descriptors need to refer to each other.
pub fn message_descriptor<M: Message>() -> &'static MessageDescriptor {
    M::DESCRIPTOR
}

/// Adds to `error` in which field of `M` it was, if there is one with the number.
#[cold]
#[inline(never)]
pub(super) fn in_field<M: Fields>(error: ReadError, number: u32) -> ReadError {
    let name = M::MESSAGE.members.iter().find_map(|member| match member {
        Member::Field(field) => (field.number == number).then_some(field.name),
        Member::OneOf { oneof, .. } => {
            let variant = oneof()
                .variants
                .iter()
                .find(|variant| variant.number == number);
            variant.map(|variant| variant.name)
        }
    });
    match name {
        Some(name) => error.in_field(name),
        None => error,
    }
}

/// A codec of messages, which are merged if they come twice.
#[derive(Debug)]
pub enum MessageCodec {}

impl<M: Fields> ValueCodec<M> for MessageCodec {
    const HAS_AN_END: () = M::HAS_AN_END;

    fn value_type() -> ValueType {
        ValueType::Message(M::MESSAGE)
    }

    #[inline]
    fn absent() -> M {
        M::absent()
    }

    /// Messages have explicit presence: an empty one that is there is sent.
    #[inline]
    fn is_absent(_: &M) -> bool {
        false
    }

    #[inline]
    fn encode(message: &M, number: u32, writer: &mut Writer) {
        writer.nested(number, |writer| message.write(writer));
    }
}

impl<'de, M: ReadFields<'de>> ValueReader<'de, M> for MessageCodec {
    #[inline]
    fn merge(
        message: &mut M,
        wire_type: WireType,
        reader: &mut Reader<'de>,
    ) -> Result<Merged, ReadError> {
        reader.expect(wire_type, WireType::LengthDelimited)?;
        reader.nested(|reader| read_fields(message, reader))?;
        Ok(Merged::Known)
    }

    /// Reads into the place that the message will have.
    fn merge_repeated(
        messages: &mut Vec<M>,
        number: u32,
        wire_type: WireType,
        reader: &mut Reader<'de>,
    ) -> Result<Merged, ReadError> {
        reader.expect(wire_type, WireType::LengthDelimited)?;
        if messages.len() == messages.capacity() {
            messages.reserve(reader.count(number));
        }
        reader.nested(|reader| {
            let message = messages.push_mut(M::absent());
            read_fields(message, reader)
        })?;
        Ok(Merged::Known)
    }
}

/// A field that is an error when absent: its number and name.
#[derive(Clone, Copy, Debug)]
pub struct RequiredField {
    pub(super) number: u32,
    pub(super) name: &'static str,
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
impl<M: Fields> Requirable for M {}

impl<M: Message> Message for Box<M> {
    #[cfg(feature = "json")]
    fn json_read<'de, D: Deserializer<'de>>(
        deserializer: D,
        cx: JsonReading<'_>,
    ) -> Result<Self, D::Error> {
        M::json_read(deserializer, cx).map(Self::new)
    }
}

impl<M: Fields> Fields for Box<M> {
    const MESSAGE: &'static MessageDescriptor = M::MESSAGE;
    const REQUIRED: &'static [RequiredField] = M::REQUIRED;
    const HAS_AN_END: () = M::HAS_AN_END;

    fn absent() -> Self {
        Self::new(M::absent())
    }

    fn write(&self, writer: &mut Writer) {
        (**self).write(writer);
    }

    #[cfg(feature = "json")]
    const JSON_TAKES_NULL: bool = M::JSON_TAKES_NULL;

    #[cfg(feature = "json")]
    const JSON_IS_FORM: bool = M::JSON_IS_FORM;

    #[cfg(feature = "json")]
    fn json_write<S: Serializer>(
        &self,
        serializer: S,
        cx: JsonWriting<'_>,
    ) -> Result<S::Ok, S::Error> {
        M::json_write(self, serializer, cx)
    }
}

impl<'de, M: ReadFields<'de>> ReadFields<'de> for Box<M> {
    fn read(
        &mut self,
        number: u32,
        wire_type: WireType,
        reader: &mut Reader<'de>,
    ) -> Result<Option<Merged>, ReadError> {
        (**self).read(number, wire_type, reader)
    }

    fn unknown(&mut self) -> Option<&mut UnknownFields> {
        (**self).unknown()
    }
}

impl<M: Fields> Value for Box<M> {
    type Codec = MessageCodec;
}

impl<M: Fields> Field for Box<M> {
    type Codec = Singular<MessageCodec>;
}
