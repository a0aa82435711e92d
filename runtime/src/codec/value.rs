//! One value: in a field, an `Option`, a `Vec`, a map, a oneof.

use bytes::{Buf, BufMut};
use prost::{
    DecodeError,
    encoding::{DecodeContext, WireType},
};
use traitwire_schema::{FieldType, ValueType};

use super::{Plain, json::JsonValue};

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
pub trait Value<E = Plain>: Sized + Send + Sync + 'static {
    /// How it is encoded.
    type Codec: ValueCodec<Self>;

    /// The type of a oneof's variant that holds it. This and the methods below are the entry points of derived code.
    #[doc(hidden)]
    fn variant_type() -> FieldType {
        FieldType::Singular(Self::Codec::value_type())
    }

    /// Appends the value of a variant. It is sent even if it is zero, since it says which variant it is.
    #[doc(hidden)]
    #[inline]
    fn encode_variant(&self, number: u32, buf: &mut impl BufMut) {
        Self::Codec::encode(self, number, buf);
    }

    /// The length of what [`encode_variant`](Self::encode_variant) appends.
    #[doc(hidden)]
    #[inline]
    fn variant_len(&self, number: u32) -> usize {
        Self::Codec::encoded_len(self, number)
    }

    /// Reads the value of a variant of the oneof `O`.
    ///
    /// `current` finds the value if the field holds this variant already, so that two parts of a message are merged; `wrap`
    /// makes the variant.
    #[doc(hidden)]
    #[inline]
    fn merge_variant<O>(
        field: &mut Option<O>,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
        current: impl FnOnce(&mut O) -> Option<&mut Self>,
        wrap: impl FnOnce(Self) -> O,
    ) -> Result<(), DecodeError> {
        match field.as_mut().and_then(current) {
            Some(value) => {
                Self::Codec::merge(value, wire_type, buf, ctx)?;
            }
            None => {
                let mut value = Self::Codec::absent();
                if let Merged::Known = Self::Codec::merge(&mut value, wire_type, buf, ctx)? {
                    *field = Some(wrap(value));
                }
            }
        }
        Ok(())
    }
}

/// How values of `T` stand on the wire. Implemented by empty types, one for each type of protobuf.
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

    /// Appends key and value.
    fn encode(value: &T, number: u32, buf: &mut impl BufMut);

    /// The length of key and value.
    fn encoded_len(value: &T, number: u32) -> usize;

    /// Reads a value whose key was read: a message is merged into `value`, anything else takes its place.
    fn merge(
        value: &mut T,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<Merged, DecodeError>;

    /// Appends all values, packed if protobuf packs them.
    fn encode_repeated(values: &[T], number: u32, buf: &mut impl BufMut) {
        for value in values {
            Self::encode(value, number, buf);
        }
    }

    /// The length of what [`encode_repeated`](Self::encode_repeated) appends.
    fn repeated_len(values: &[T], number: u32) -> usize {
        values
            .iter()
            .map(|value| Self::encoded_len(value, number))
            .sum()
    }

    /// Reads one value, or a run of packed ones.
    fn merge_repeated(
        values: &mut Vec<T>,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError> {
        let mut value = Self::absent();
        if let Merged::Known = Self::merge(&mut value, wire_type, buf, ctx)? {
            values.push(value);
        }
        Ok(())
    }
}

/// What came of reading a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merged {
    /// It is there now.
    Known,
    /// It was a number that a closed enum has no variant for. The field stays as it was.
    Unknown,
}
