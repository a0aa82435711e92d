//! Strings and bytes: owned, shared with what they are read from, or borrowed from it.

use std::borrow::Cow;
use std::convert;

use bytes::Bytes;
#[cfg(feature = "bytestring")]
use bytestring::ByteString;
#[cfg(feature = "faststr")]
use faststr::FastStr;
use prost::encoding::WireType;
use traitwire_schema::{Scalar, ValueType};

use super::{Field, Merged, ReadError, Reader, Singular, Value, ValueCodec, ValueReader, Writer};

/// `string`.
#[derive(Debug)]
pub enum StringCodec {}

/// `bytes`.
#[derive(Debug)]
pub enum BytesCodec {}

/// A type that is encoded by `codec`: `write` is the [`Writer`]'s method for it, `read` makes a value of what comes next.
macro_rules! sequence {
    (
        [$($a:lifetime)?] $ty:ty as $scalar:ident in $codec:ident,
        absent: $absent:expr, write: $write:ident($bytes:expr), read: $read:expr
    ) => {
        impl$(<$a>)? ValueCodec<$ty> for $codec {
            fn value_type() -> ValueType {
                ValueType::Scalar(Scalar::$scalar)
            }

            #[inline(always)]
            fn absent() -> $ty {
                $absent
            }

            #[inline(always)]
            fn is_absent(value: &$ty) -> bool {
                value.is_empty()
            }

            #[inline(always)]
            fn encode(value: &$ty, number: u32, writer: &mut Writer) {
                writer.$write(number, $bytes(value));
            }
        }

        impl<'de$(: $a, $a)?> ValueReader<'de, $ty> for $codec {
            #[inline(always)]
            fn merge(
                value: &mut $ty,
                wire_type: WireType,
                reader: &mut Reader<'de>,
            ) -> Result<Merged, ReadError> {
                reader.expect(wire_type, WireType::LengthDelimited)?;
                *value = ($read)(reader)?;
                Ok(Merged::Known)
            }
        }

        impl$(<$a>)? Value for $ty {
            type Codec = $codec;
        }

        impl$(<$a>)? Field for $ty {
            type Codec = Singular<$codec>;
        }
    };
}

sequence!(
    [] String as String in StringCodec,
    absent: String::new(), write: slice_field(str::as_bytes),
    read: |reader: &mut Reader<'de>| reader.text().map(str::to_owned)
);
sequence!(
    ['a] &'a str as String in StringCodec,
    absent: "", write: slice_field(str::as_bytes),
    read: Reader::text
);
sequence!(
    ['a] Cow<'a, str> as String in StringCodec,
    absent: Cow::Borrowed(""), write: slice_field(str::as_bytes),
    read: |reader: &mut Reader<'de>| reader.text().map(Cow::Borrowed)
);
#[cfg(feature = "bytestring")]
sequence!(
    [] ByteString as String in StringCodec,
    absent: ByteString::new(), write: shared_field(ByteString::as_bytes),
    read: |reader: &mut Reader<'de>| reader.shared_text()
);
#[cfg(feature = "faststr")]
sequence!(
    [] FastStr as String in StringCodec,
    absent: FastStr::empty(), write: slice_field(str::as_bytes),
    read: |reader: &mut Reader<'de>| reader.fast_text()
);
sequence!(
    [] Vec<u8> as Bytes in BytesCodec,
    absent: Vec::new(), write: slice_field(convert::identity),
    read: |reader: &mut Reader<'de>| reader.bytes().map(<[u8]>::to_vec)
);
sequence!(
    [] Bytes as Bytes in BytesCodec,
    absent: Bytes::new(), write: shared_field(convert::identity),
    read: Reader::shared_bytes
);
sequence!(
    ['a] &'a [u8] as Bytes in BytesCodec,
    absent: &[], write: slice_field(convert::identity),
    read: Reader::bytes
);
sequence!(
    ['a] Cow<'a, [u8]> as Bytes in BytesCodec,
    absent: Cow::Borrowed(&[]), write: slice_field(convert::identity),
    read: |reader: &mut Reader<'de>| reader.bytes().map(Cow::Borrowed)
);
