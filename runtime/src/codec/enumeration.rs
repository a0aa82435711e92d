//! Enums.

use bytes::{Buf, BufMut};
use prost::{
    DecodeError,
    encoding::{self, DecodeContext, WireType},
};
use traitwire_schema::{EnumDescriptor, ValueType};

use super::{Merged, ValueCodec};

/// A protobuf enum. `#[derive(Enumeration)]` implements it for a Rust enum whose variants hold nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a protobuf enum",
    note = "add `#[derive(Enumeration)]` to `{Self}`"
)]
pub trait Enumeration: Sized + Send + Sync + 'static {
    /// What the enum looks like in protobuf.
    const DESCRIPTOR: &'static EnumDescriptor;

    /// The value with the number zero, which is what an absent field holds.
    fn zero() -> Self;

    /// The value with the number, or `None` if a newer peer knows more of them than we do. An open enum, which has a
    /// variant `#[proto(other)]`, knows every number.
    fn from_number(number: i32) -> Option<Self>;

    /// The number on the wire.
    fn number(&self) -> i32;
}

/// A codec of enums, whose numbers are encoded as `int32`.
#[derive(Debug)]
pub enum EnumCodec {}

impl<T: Enumeration> ValueCodec<T> for EnumCodec {
    fn value_type() -> ValueType {
        ValueType::Enum(T::DESCRIPTOR)
    }

    #[inline]
    fn absent() -> T {
        T::zero()
    }

    #[inline]
    fn is_absent(value: &T) -> bool {
        value.number() == 0
    }

    #[inline]
    fn encode(value: &T, number: u32, buf: &mut impl BufMut) {
        encoding::int32::encode(number, &value.number(), buf);
    }

    #[inline]
    fn encoded_len(value: &T, number: u32) -> usize {
        encoding::int32::encoded_len(number, &value.number())
    }

    #[inline]
    fn merge(
        value: &mut T,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<Merged, DecodeError> {
        let mut number = 0;
        encoding::int32::merge(wire_type, &mut number, buf, ctx)?;
        Ok(match T::from_number(number) {
            Some(known) => {
                *value = known;
                Merged::Known
            }
            None => Merged::Unknown,
        })
    }

    fn encode_repeated(values: &[T], number: u32, buf: &mut impl BufMut) {
        if !values.is_empty() {
            encoding::encode_key(number, WireType::LengthDelimited, buf);
            encoding::encode_varint(packed_len(values) as u64, buf);
            for value in values {
                encoding::encode_varint(varint(value), buf);
            }
        }
    }

    fn repeated_len(values: &[T], number: u32) -> usize {
        if values.is_empty() {
            0
        } else {
            let len = packed_len(values);
            encoding::key_len(number) + encoding::encoded_len_varint(len as u64) + len
        }
    }

    fn merge_repeated(
        values: &mut Vec<T>,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError> {
        let mut merge_one = |wire_type, buf: &mut _, ctx| {
            let mut number = 0;
            encoding::int32::merge(wire_type, &mut number, buf, ctx)?;
            values.extend(T::from_number(number));
            Ok(())
        };
        if wire_type == WireType::LengthDelimited {
            encoding::merge_loop(&mut (), buf, ctx, |(), buf, ctx| {
                merge_one(WireType::Varint, buf, ctx)
            })
        } else {
            merge_one(wire_type, buf, ctx)
        }
    }
}

fn packed_len<T: Enumeration>(values: &[T]) -> usize {
    values
        .iter()
        .map(|value| encoding::encoded_len_varint(varint(value)))
        .sum()
}

/// Enums are encoded as `int32`, which extends the sign: a negative number takes ten bytes.
fn varint<T: Enumeration>(value: &T) -> u64 {
    i64::from(value.number()) as u64
}
