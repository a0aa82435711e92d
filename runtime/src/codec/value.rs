//! One value: in a field, an `Option`, a `Vec`, a map, a oneof.

use prost::encoding::WireType;
use traitwire_schema::{FieldType, ValueType};

use super::{Plain, ReadError, Reader, Writer, json::JsonValue};

/// A type whose values protobuf knows: a scalar, a message or an enum.
///
/// Implemented by the derives and, for Rust's own types, here. `E` is the encoding that the field's options choose.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a protobuf value",
    label = "protobuf has no such value",
    note = "scalars are `bool`, `i32`, `i64`, `u32`, `u64`, `f32`, `f64`, `String`, `Vec<u8>` and `bytes::Bytes`",
    note = "`sint` is for `i32` and `i64`, `fixed` for those, `u32` and `u64`",
    note = "if `{Self}` is a type of yours, add `#[derive(Message)]` to the struct or `#[derive(Enumeration)]` to the enum; \
            a oneof is a field `#[proto(oneof)] …: Option<{Self}>`"
)]
pub trait Value<E = Plain>: Sized + Send + Sync {
    /// How it is encoded.
    type Codec: ValueCodec<Self>;

    /// The type of a oneof's variant that holds it. This and the methods below are the entry points of derived code.
    #[doc(hidden)]
    fn variant_type() -> FieldType {
        FieldType::Singular(Self::Codec::value_type())
    }

    /// Writes the value of a variant. It is sent even if it is zero, since it says which variant it is.
    #[doc(hidden)]
    #[inline]
    fn encode_variant(&self, number: u32, writer: &mut Writer) {
        Self::Codec::encode(self, number, writer);
    }

    /// Reads the value of a variant of the oneof `O`.
    ///
    /// `current` finds the value if the field holds this variant already, so that two parts of a message are merged; `wrap`
    /// makes the variant.
    #[doc(hidden)]
    #[inline]
    fn merge_variant<'de, O>(
        field: &mut Option<O>,
        wire_type: WireType,
        reader: &mut Reader<'de>,
        current: impl FnOnce(&mut O) -> Option<&mut Self>,
        wrap: impl FnOnce(Self) -> O,
    ) -> Result<Merged, ReadError>
    where
        Self::Codec: ValueReader<'de, Self>,
    {
        if let Some(value) = field.as_mut().and_then(current) {
            return Self::Codec::merge(value, wire_type, reader);
        }
        let mut value = Self::Codec::absent();
        let merged = Self::Codec::merge(&mut value, wire_type, reader)?;
        if let Merged::Known = merged {
            *field = Some(wrap(value));
        }
        Ok(merged)
    }
}

/// How values of `T` stand on the wire, and what they are. Implemented by empty types, one for each type of protobuf.
pub trait ValueCodec<T>: JsonValue<T> {
    /// See `Message`.
    #[doc(hidden)]
    const HAS_AN_END: () = ();

    /// The type in protobuf.
    fn value_type() -> ValueType;

    /// What an absent field holds: zero, an empty string, a message without fields.
    fn absent() -> T;

    /// Whether a field without explicit presence leaves `value` out, since it is what an absent field holds.
    fn is_absent(value: &T) -> bool;

    /// Writes key and value.
    fn encode(value: &T, number: u32, writer: &mut Writer);

    /// Writes all values, packed if protobuf packs them.
    fn encode_repeated(values: &[T], number: u32, writer: &mut Writer) {
        for value in values.iter().rev() {
            Self::encode(value, number, writer);
        }
    }
}

/// How values of `T` are read from bytes that live for `'de`: as long as what the values borrow.
pub trait ValueReader<'de, T>: ValueCodec<T> {
    /// Reads a value whose key was read: a message is merged into `value`, anything else takes its place.
    fn merge(
        value: &mut T,
        wire_type: WireType,
        reader: &mut Reader<'de>,
    ) -> Result<Merged, ReadError>;

    /// Reads one value, or a run of packed ones. `number` is the field's.
    #[inline]
    fn merge_repeated(
        values: &mut Vec<T>,
        number: u32,
        wire_type: WireType,
        reader: &mut Reader<'de>,
    ) -> Result<Merged, ReadError> {
        // There are two bytes at least of each that room is made for.
        if values.len() == values.capacity() && wire_type == WireType::LengthDelimited {
            values.reserve(reader.count(number));
        }
        let mut value = Self::absent();
        let merged = Self::merge(&mut value, wire_type, reader)?;
        if let Merged::Known = merged {
            values.push(value);
        }
        Ok(merged)
    }
}

/// What came of reading a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merged {
    /// It is there now.
    Known,
    /// It was a number that a closed enum has no variant for, which is an unknown field then. The field stays as it was.
    Unknown,
    /// Some of the values that came together were such numbers. The others are there.
    PartlyUnknown,
}
