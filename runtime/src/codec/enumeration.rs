//! Enums.

use prost::encoding::WireType;
use traitwire_schema::{EnumDescriptor, ValueType};

use super::{Merged, ReadError, Reader, ValueCodec, ValueReader, Writer};

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
    fn encode(value: &T, number: u32, writer: &mut Writer) {
        writer.varint_field(number, varint(value));
    }

    fn encode_repeated(values: &[T], number: u32, writer: &mut Writer) {
        if !values.is_empty() {
            writer.nested(number, |writer| {
                for value in values.iter().rev() {
                    writer.varint(varint(value));
                }
            });
        }
    }
}

impl<T: Enumeration> ValueReader<'_, T> for EnumCodec {
    #[inline]
    fn merge(
        value: &mut T,
        wire_type: WireType,
        reader: &mut Reader<'_>,
    ) -> Result<Merged, ReadError> {
        reader.expect(wire_type, WireType::Varint)?;
        Ok(match T::from_number(reader.varint()? as i32) {
            Some(known) => {
                *value = known;
                Merged::Known
            }
            None => Merged::Unknown,
        })
    }

    fn merge_repeated(
        values: &mut Vec<T>,
        _: u32,
        wire_type: WireType,
        reader: &mut Reader<'_>,
    ) -> Result<Merged, ReadError> {
        if wire_type != WireType::LengthDelimited {
            let mut value = T::zero();
            let merged = Self::merge(&mut value, wire_type, reader)?;
            if let Merged::Known = merged {
                values.push(value);
            }
            return Ok(merged);
        }
        let mut merged = Merged::Known;
        let mut packed = Reader::new(reader.bytes()?);
        while let varint @ [_, ..] = packed.rest() {
            match T::from_number(packed.varint()? as i32) {
                Some(known) => values.push(known),
                None => {
                    reader.reject(&varint[..varint.len() - packed.rest().len()]);
                    merged = Merged::PartlyUnknown;
                }
            }
        }
        Ok(merged)
    }
}

/// Enums are encoded as `int32`, which extends the sign: a negative number takes ten bytes.
fn varint<T: Enumeration>(value: &T) -> u64 {
    i64::from(value.number()) as u64
}
