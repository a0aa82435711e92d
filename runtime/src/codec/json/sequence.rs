//! `string`, and `bytes`, which are base64.

use std::{borrow::Cow, convert, fmt};

use base64::{
    Engine, alphabet,
    display::Base64Display,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;
#[cfg(feature = "bytestring")]
use bytestring::ByteString;
#[cfg(feature = "faststr")]
use faststr::FastStr;
use serde_core::{Deserializer, Serializer, de::Visitor};

use super::{
    JsonReading, JsonValue, JsonValueReader, JsonWriting,
    text::{TextForm, read_text},
};
use crate::codec::{BytesCodec, StringCodec};

/// Types that are printed as slices of `str` or `[u8]` are, by `write`.
macro_rules! written {
    ($($codec:ident: [$($a:lifetime)?] $ty:ty, $write:ident;)*) => {
        $(
            impl$(<$a>)? JsonValue<$ty> for $codec {
                fn serialize<S: Serializer>(
                    value: &$ty,
                    serializer: S,
                    _: JsonWriting<'_>,
                ) -> Result<S::Ok, S::Error> {
                    $write(value, serializer)
                }
            }
        )*
    };
}

written! {
    StringCodec: [] String, write_text;
    StringCodec: ['a] &'a str, write_text;
    StringCodec: ['a] Cow<'a, str>, write_text;
    BytesCodec: [] Vec<u8>, write_bytes;
    BytesCodec: [] Bytes, write_bytes;
    BytesCodec: ['a] &'a [u8], write_bytes;
    BytesCodec: ['a] Cow<'a, [u8]>, write_bytes;
}

#[cfg(feature = "bytestring")]
written! {
    StringCodec: [] ByteString, write_text;
}

#[cfg(feature = "faststr")]
written! {
    StringCodec: [] FastStr, write_text;
}

/// Types that are made of what was read, by `make`.
macro_rules! read {
    ($($codec:ident: $ty:ty, $read:ident, $make:expr;)*) => {
        $(
            impl JsonValueReader<$ty> for $codec {
                fn deserialize<'de, D: Deserializer<'de>>(
                    deserializer: D,
                    _: JsonReading<'_>,
                ) -> Result<Option<$ty>, D::Error> {
                    $read(deserializer).map($make).map(Some)
                }
            }
        )*
    };
}

read! {
    StringCodec: String, read_string, convert::identity;
    BytesCodec: Vec<u8>, read_bytes, convert::identity;
    BytesCodec: Bytes, read_bytes, Bytes::from;
}

#[cfg(feature = "bytestring")]
read! {
    StringCodec: ByteString, read_string, ByteString::from;
}

#[cfg(feature = "faststr")]
read! {
    StringCodec: FastStr, read_string, FastStr::from;
}

fn write_text<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

fn read_string<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    deserializer.deserialize_string(StringVisitor)
}

struct StringVisitor;

impl Visitor<'_> for StringVisitor {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, value: &str) -> Result<String, E> {
        Ok(value.to_owned())
    }

    fn visit_string<E>(self, value: String) -> Result<String, E> {
        Ok(value)
    }
}

fn write_bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Base64Display::new(bytes, &STANDARD))
}

fn read_bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    read_text(deserializer).map(|Base64(bytes)| bytes)
}

struct Base64(Vec<u8>);

impl TextForm for Base64 {
    const EXPECTED: &str = "bytes in base64";

    fn parse(text: &str) -> Option<Self> {
        let engine = if text.contains(['-', '_']) {
            &URL_SAFE
        } else {
            &STANDARD
        };
        engine.decode(text).ok().map(Self)
    }
}

const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);

/// Padding may be there or not, and the bits that are over say nothing: readers of other languages don't look at them.
const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
