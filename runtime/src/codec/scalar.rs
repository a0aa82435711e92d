//! Protobuf's numbers.

use prost::encoding::WireType;
use traitwire_schema::{Scalar, ValueType};

use super::{
    Field, Fixed, Merged, Plain, ReadError, Reader, Singular, Sint, Value, ValueCodec, ValueReader,
    Writer, reader,
};

/// The type is a value, and a field that holds one.
macro_rules! impl_value {
    ($ty:ty, $encoding:ty, $codec:ty) => {
        impl Value<$encoding> for $ty {
            type Codec = $codec;
        }

        impl Field<$encoding> for $ty {
            type Codec = Singular<$codec>;
        }
    };
}

/// A codec of numbers of variable length. `to` makes the varint of a value, `from` the value of a varint.
macro_rules! varint {
    (
        $(#[$doc:meta])*
        $codec:ident for $ty:ty as $encoding:ty = $scalar:ident, to: $to:expr, from: $from:expr
    ) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $codec {}

        impl $codec {
            const TO: fn($ty) -> u64 = $to;
            const FROM: fn(u64) -> $ty = $from;
        }

        impl ValueCodec<$ty> for $codec {
            fn value_type() -> ValueType {
                ValueType::Scalar(Scalar::$scalar)
            }

            #[inline(always)]
            fn absent() -> $ty {
                <$ty>::default()
            }

            #[inline(always)]
            fn is_absent(value: &$ty) -> bool {
                *value == <$ty>::default()
            }

            #[inline(always)]
            fn encode(value: &$ty, number: u32, writer: &mut Writer) {
                writer.varint_field(number, Self::TO(*value));
            }

            fn encode_repeated(values: &[$ty], number: u32, writer: &mut Writer) {
                if !values.is_empty() {
                    writer.nested(number, |writer| {
                        for value in values.iter().rev() {
                            writer.varint(Self::TO(*value));
                        }
                    });
                }
            }
        }

        impl ValueReader<'_, $ty> for $codec {
            #[inline(always)]
            fn merge(
                value: &mut $ty,
                wire_type: WireType,
                reader: &mut Reader<'_>,
            ) -> Result<Merged, ReadError> {
                reader.expect(wire_type, WireType::Varint)?;
                *value = Self::FROM(reader.varint()?);
                Ok(Merged::Known)
            }

            fn merge_repeated(
                values: &mut Vec<$ty>,
                _: u32,
                wire_type: WireType,
                reader: &mut Reader<'_>,
            ) -> Result<Merged, ReadError> {
                if wire_type == WireType::LengthDelimited {
                    let packed = reader.bytes()?;
                    // Each of them ends with a byte that has its highest bit clear.
                    values.reserve(packed.iter().filter(|byte| **byte < 0x80).count());
                    let mut packed = Reader::new(packed);
                    while !packed.rest().is_empty() {
                        values.push(Self::FROM(packed.varint()?));
                    }
                } else {
                    reader.expect(wire_type, WireType::Varint)?;
                    values.push(Self::FROM(reader.varint()?));
                }
                Ok(Merged::Known)
            }
        }

        impl_value!($ty, $encoding, $codec);
    };
}

/// A codec of numbers that have the same length whatever their value.
macro_rules! fixed {
    (
        $(#[$doc:meta])*
        $codec:ident for $ty:ty as $encoding:ty = $scalar:ident, $wire_type:ident
    ) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $codec {}

        impl ValueCodec<$ty> for $codec {
            fn value_type() -> ValueType {
                ValueType::Scalar(Scalar::$scalar)
            }

            #[inline(always)]
            fn absent() -> $ty {
                <$ty>::default()
            }

            /// Of the two zeros only the positive one is the default, since they are different values ("default values" in
            /// the proto3 language guide).
            #[inline(always)]
            fn is_absent(value: &$ty) -> bool {
                value.to_le_bytes() == [0; size_of::<$ty>()]
            }

            #[inline(always)]
            fn encode(value: &$ty, number: u32, writer: &mut Writer) {
                writer.slice(&value.to_le_bytes());
                writer.key(number, WireType::$wire_type);
            }

            fn encode_repeated(values: &[$ty], number: u32, writer: &mut Writer) {
                if !values.is_empty() {
                    writer.nested(number, |writer| writer.arrays(values, <$ty>::to_le_bytes));
                }
            }
        }

        impl ValueReader<'_, $ty> for $codec {
            #[inline(always)]
            fn merge(
                value: &mut $ty,
                wire_type: WireType,
                reader: &mut Reader<'_>,
            ) -> Result<Merged, ReadError> {
                reader.expect(wire_type, WireType::$wire_type)?;
                *value = <$ty>::from_le_bytes(reader.array()?);
                Ok(Merged::Known)
            }

            fn merge_repeated(
                values: &mut Vec<$ty>,
                _: u32,
                wire_type: WireType,
                reader: &mut Reader<'_>,
            ) -> Result<Merged, ReadError> {
                if wire_type == WireType::LengthDelimited {
                    let (packed, rest) = reader.bytes()?.as_chunks();
                    if !rest.is_empty() {
                        return Err(reader::cut_short());
                    }
                    values.extend(packed.iter().map(|value| <$ty>::from_le_bytes(*value)));
                } else {
                    reader.expect(wire_type, WireType::$wire_type)?;
                    values.push(<$ty>::from_le_bytes(reader.array()?));
                }
                Ok(Merged::Known)
            }
        }

        impl_value!($ty, $encoding, $codec);
    };
}

varint! {
    /// `bool`.
    BoolCodec for bool as Plain = Bool, to: |value| value.into(), from: |varint| varint != 0
}
varint! {
    /// `int32`: negative numbers take ten bytes.
    Int32Codec for i32 as Plain = Int32,
    to: |value| i64::from(value) as u64, from: |varint| varint as i32
}
varint! {
    /// `int64`: negative numbers take ten bytes.
    Int64Codec for i64 as Plain = Int64, to: |value| value as u64, from: |varint| varint as i64
}
varint! {
    /// `uint32`.
    Uint32Codec for u32 as Plain = Uint32, to: |value| value.into(), from: |varint| varint as u32
}
varint! {
    /// `uint64`.
    Uint64Codec for u64 as Plain = Uint64, to: |value| value, from: |varint| varint
}
varint! {
    /// `sint32`: small numbers of either sign are short.
    Sint32Codec for i32 as Sint = Sint32,
    to: |value| (((value << 1) ^ (value >> 31)) as u32).into(),
    from: |varint| (varint as u32 >> 1) as i32 ^ -(varint as i32 & 1)
}
varint! {
    /// `sint64`: small numbers of either sign are short.
    Sint64Codec for i64 as Sint = Sint64,
    to: |value| ((value << 1) ^ (value >> 63)) as u64,
    from: |varint| (varint >> 1) as i64 ^ -(varint as i64 & 1)
}
fixed! {
    /// `fixed32`: four bytes, whatever the number.
    Fixed32Codec for u32 as Fixed = Fixed32, ThirtyTwoBit
}
fixed! {
    /// `fixed64`: eight bytes, whatever the number.
    Fixed64Codec for u64 as Fixed = Fixed64, SixtyFourBit
}
fixed! {
    /// `sfixed32`: four bytes, whatever the number.
    Sfixed32Codec for i32 as Fixed = Sfixed32, ThirtyTwoBit
}
fixed! {
    /// `sfixed64`: eight bytes, whatever the number.
    Sfixed64Codec for i64 as Fixed = Sfixed64, SixtyFourBit
}
fixed! {
    /// `float`.
    FloatCodec for f32 as Plain = Float, ThirtyTwoBit
}
fixed! {
    /// `double`.
    DoubleCodec for f64 as Plain = Double, SixtyFourBit
}
