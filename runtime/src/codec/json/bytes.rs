//! `bytes`, which are base64.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;
use serde_core::{Deserializer, Serializer};

use super::{
    JsonReading, JsonValue, JsonWriting,
    text::{TextForm, read_text},
};
use crate::codec::BytesCodec;

impl JsonValue<Bytes> for BytesCodec {
    fn serialize<S: Serializer>(
        value: &Bytes,
        serializer: S,
        _: JsonWriting<'_>,
    ) -> Result<S::Ok, S::Error> {
        write_bytes(value, serializer)
    }

    fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
        _: JsonReading<'_>,
    ) -> Result<Option<Bytes>, D::Error> {
        read_text(deserializer).map(|Base64(bytes)| Some(bytes.into()))
    }
}

impl JsonValue<Vec<u8>> for BytesCodec {
    fn serialize<S: Serializer>(
        value: &Vec<u8>,
        serializer: S,
        _: JsonWriting<'_>,
    ) -> Result<S::Ok, S::Error> {
        write_bytes(value, serializer)
    }

    fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
        _: JsonReading<'_>,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        read_text(deserializer).map(|Base64(bytes)| Some(bytes))
    }
}

fn write_bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&base64::display::Base64Display::new(bytes, &STANDARD))
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
