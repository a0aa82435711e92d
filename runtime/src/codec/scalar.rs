//! Protobuf's scalars.

use bytes::{Buf, BufMut, Bytes};
use prost::{
    DecodeError,
    encoding::{self, DecodeContext, WireType},
};
use traitwire_schema::{Scalar, ValueType};

use super::{Field, Fixed, Merged, Plain, Singular, Sint, Value, ValueCodec, decode_error};

/// A codec on top of the functions that prost has for the scalar.
///
/// `packed` scalars are those of numeric type; `zero` says whether a field without explicit presence leaves it out.
macro_rules! scalar {
    (
        $(#[$doc:meta])*
        $codec:ident for $ty:ty as $encoding:ty = $scalar:ident, prost::$module:ident,
        zero: $zero:expr $(, repeated: $encode:ident $len:ident)?
    ) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $codec {}

        impl ValueCodec<$ty> for $codec {
            fn value_type() -> ValueType {
                ValueType::Scalar(Scalar::$scalar)
            }

            #[inline]
            fn absent() -> $ty {
                <$ty>::default()
            }

            #[inline]
            fn is_absent(value: &$ty) -> bool {
                let is_zero: fn(&$ty) -> bool = $zero;
                is_zero(value)
            }

            #[inline]
            fn encode(value: &$ty, number: u32, buf: &mut impl BufMut) {
                encoding::$module::encode(number, value, buf);
            }

            #[inline]
            fn encoded_len(value: &$ty, number: u32) -> usize {
                encoding::$module::encoded_len(number, value)
            }

            #[inline]
            fn merge(
                value: &mut $ty,
                wire_type: WireType,
                buf: &mut impl Buf,
                ctx: DecodeContext,
            ) -> Result<Merged, DecodeError> {
                encoding::$module::merge(wire_type, value, buf, ctx)?;
                Ok(Merged::Known)
            }

            $(
                fn encode_repeated(values: &[$ty], number: u32, buf: &mut impl BufMut) {
                    encoding::$module::$encode(number, values, buf);
                }

                fn repeated_len(values: &[$ty], number: u32) -> usize {
                    encoding::$module::$len(number, values)
                }

                fn merge_repeated(
                    values: &mut Vec<$ty>,
                    wire_type: WireType,
                    buf: &mut impl Buf,
                    ctx: DecodeContext,
                ) -> Result<(), DecodeError> {
                    encoding::$module::merge_repeated(wire_type, values, buf, ctx)
                }
            )?
        }

        impl_value!($ty, $encoding, $codec);
    };
}

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

scalar! {
    /// `bool`.
    BoolCodec for bool as Plain = Bool, prost::bool,
    zero: |value| !*value, repeated: encode_packed encoded_len_packed
}
scalar! {
    /// `int32`: negative numbers take ten bytes.
    Int32Codec for i32 as Plain = Int32, prost::int32,
    zero: |value| *value == 0, repeated: encode_packed encoded_len_packed
}
scalar! {
    /// `int64`: negative numbers take ten bytes.
    Int64Codec for i64 as Plain = Int64, prost::int64,
    zero: |value| *value == 0, repeated: encode_packed encoded_len_packed
}
scalar! {
    /// `uint32`.
    Uint32Codec for u32 as Plain = Uint32, prost::uint32,
    zero: |value| *value == 0, repeated: encode_packed encoded_len_packed
}
scalar! {
    /// `uint64`.
    Uint64Codec for u64 as Plain = Uint64, prost::uint64,
    zero: |value| *value == 0, repeated: encode_packed encoded_len_packed
}
scalar! {
    /// `sint32`: small numbers of either sign are short.
    Sint32Codec for i32 as Sint = Sint32, prost::sint32,
    zero: |value| *value == 0, repeated: encode_packed encoded_len_packed
}
scalar! {
    /// `sint64`: small numbers of either sign are short.
    Sint64Codec for i64 as Sint = Sint64, prost::sint64,
    zero: |value| *value == 0, repeated: encode_packed encoded_len_packed
}
scalar! {
    /// `fixed32`: four bytes, whatever the number.
    Fixed32Codec for u32 as Fixed = Fixed32, prost::fixed32,
    zero: |value| *value == 0, repeated: encode_packed encoded_len_packed
}
scalar! {
    /// `fixed64`: eight bytes, whatever the number.
    Fixed64Codec for u64 as Fixed = Fixed64, prost::fixed64,
    zero: |value| *value == 0, repeated: encode_packed encoded_len_packed
}
scalar! {
    /// `sfixed32`: four bytes, whatever the number.
    Sfixed32Codec for i32 as Fixed = Sfixed32, prost::sfixed32,
    zero: |value| *value == 0, repeated: encode_packed encoded_len_packed
}
scalar! {
    /// `sfixed64`: eight bytes, whatever the number.
    Sfixed64Codec for i64 as Fixed = Sfixed64, prost::sfixed64,
    zero: |value| *value == 0, repeated: encode_packed encoded_len_packed
}
// Of the two zeros only the positive one is the default, since they are different values ("default values" in the
// proto3 language guide).
scalar! {
    /// `float`.
    FloatCodec for f32 as Plain = Float, prost::float,
    zero: |value| value.to_bits() == 0, repeated: encode_packed encoded_len_packed
}
scalar! {
    /// `double`.
    DoubleCodec for f64 as Plain = Double, prost::double,
    zero: |value| value.to_bits() == 0, repeated: encode_packed encoded_len_packed
}
scalar! {
    /// `string`.
    StringCodec for String as Plain = String, prost::string,
    zero: |value| value.is_empty()
}

/// `bytes`.
#[derive(Debug)]
pub enum BytesCodec {}

impl ValueCodec<Bytes> for BytesCodec {
    fn value_type() -> ValueType {
        ValueType::Scalar(Scalar::Bytes)
    }

    #[inline]
    fn absent() -> Bytes {
        Bytes::new()
    }

    #[inline]
    fn is_absent(value: &Bytes) -> bool {
        value.is_empty()
    }

    #[inline]
    fn encode(value: &Bytes, number: u32, buf: &mut impl BufMut) {
        encoding::bytes::encode(number, value, buf);
    }

    #[inline]
    fn encoded_len(value: &Bytes, number: u32) -> usize {
        encoding::bytes::encoded_len(number, value)
    }

    /// Copies nothing if `buf` is made of `Bytes` itself.
    fn merge(
        value: &mut Bytes,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<Merged, DecodeError> {
        encoding::bytes::merge(wire_type, value, buf, ctx)?;
        Ok(Merged::Known)
    }
}

impl ValueCodec<Vec<u8>> for BytesCodec {
    fn value_type() -> ValueType {
        ValueType::Scalar(Scalar::Bytes)
    }

    #[inline]
    fn absent() -> Vec<u8> {
        Vec::new()
    }

    #[inline]
    fn is_absent(value: &Vec<u8>) -> bool {
        value.is_empty()
    }

    #[inline]
    fn encode(value: &Vec<u8>, number: u32, buf: &mut impl BufMut) {
        encoding::bytes::encode(number, value, buf);
    }

    #[inline]
    fn encoded_len(value: &Vec<u8>, number: u32) -> usize {
        encoding::bytes::encoded_len(number, value)
    }

    /// Copies once; prost's function for `bytes`, made for `Bytes`, would copy twice.
    fn merge(
        value: &mut Vec<u8>,
        wire_type: WireType,
        buf: &mut impl Buf,
        _: DecodeContext,
    ) -> Result<Merged, DecodeError> {
        encoding::check_wire_type(WireType::LengthDelimited, wire_type)?;
        let len = prost::decode_length_delimiter(&mut *buf)?;
        // The peer chose this number: refuse it before anything is allocated for it.
        if buf.remaining() < len {
            return Err(decode_error("buffer underflow"));
        }
        value.clear();
        value.reserve_exact(len);
        value.put(buf.take(len));
        Ok(Merged::Known)
    }
}

impl_value!(Bytes, Plain, BytesCodec);
impl_value!(Vec<u8>, Plain, BytesCodec);
