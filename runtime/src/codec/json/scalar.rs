//! Protobuf's scalars, but for `string` and `bytes`.

use std::fmt;

use serde_core::{
    Deserializer, Serializer,
    de::{self, Unexpected, Visitor},
};

use super::{JsonReading, JsonValue, JsonValueReader, JsonWriting, number};
use crate::codec::{
    BoolCodec, DoubleCodec, Fixed32Codec, Fixed64Codec, FloatCodec, Int32Codec, Int64Codec,
    Sfixed32Codec, Sfixed64Codec, Sint32Codec, Sint64Codec, Uint32Codec, Uint64Codec,
};

impl JsonValue<bool> for BoolCodec {
    fn serialize<S: Serializer>(
        value: &bool,
        serializer: S,
        _: JsonWriting<'_>,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(*value)
    }
}

impl JsonValueReader<bool> for BoolCodec {
    fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
        _: JsonReading<'_>,
    ) -> Result<Option<bool>, D::Error> {
        deserializer.deserialize_bool(BoolVisitor).map(Some)
    }
}

struct BoolVisitor;

impl Visitor<'_> for BoolVisitor {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true or false")
    }

    fn visit_bool<E>(self, value: bool) -> Result<bool, E> {
        Ok(value)
    }
}

/// Integers, which are printed as the expression says, and read from numbers and strings.
macro_rules! integers {
    ($($codec:ident($ty:ty): |$value:ident, $serializer:ident| $print:expr;)*) => {
        $(
            impl JsonValue<$ty> for $codec {
                fn serialize<S: Serializer>(
                    $value: &$ty,
                    $serializer: S,
                    _: JsonWriting<'_>,
                ) -> Result<S::Ok, S::Error> {
                    $print
                }
            }

            impl JsonValueReader<$ty> for $codec {
                fn deserialize<'de, D: Deserializer<'de>>(
                    deserializer: D,
                    _: JsonReading<'_>,
                ) -> Result<Option<$ty>, D::Error> {
                    number::read_integer(deserializer).map(Some)
                }
            }
        )*
    };
}

// 64 bits don't fit into the numbers that JavaScript has.
integers! {
    Int32Codec(i32): |value, serializer| serializer.serialize_i32(*value);
    Sint32Codec(i32): |value, serializer| serializer.serialize_i32(*value);
    Sfixed32Codec(i32): |value, serializer| serializer.serialize_i32(*value);
    Uint32Codec(u32): |value, serializer| serializer.serialize_u32(*value);
    Fixed32Codec(u32): |value, serializer| serializer.serialize_u32(*value);
    Int64Codec(i64): |value, serializer| serializer.collect_str(value);
    Sint64Codec(i64): |value, serializer| serializer.collect_str(value);
    Sfixed64Codec(i64): |value, serializer| serializer.collect_str(value);
    Uint64Codec(u64): |value, serializer| serializer.collect_str(value);
    Fixed64Codec(u64): |value, serializer| serializer.collect_str(value);
}

/// Numbers that may be infinite, or none.
macro_rules! floats {
    ($($codec:ident($ty:ident): $write:ident, $visitor:ident, $expected:literal;)*) => {
        $(
            impl JsonValue<$ty> for $codec {
                fn serialize<S: Serializer>(
                    value: &$ty,
                    serializer: S,
                    _: JsonWriting<'_>,
                ) -> Result<S::Ok, S::Error> {
                    if value.is_finite() {
                        $write(*value, serializer)
                    } else if value.is_nan() {
                        serializer.serialize_str("NaN")
                    } else if *value > 0.0 {
                        serializer.serialize_str("Infinity")
                    } else {
                        serializer.serialize_str("-Infinity")
                    }
                }
            }

            impl JsonValueReader<$ty> for $codec {
                fn deserialize<'de, D: Deserializer<'de>>(
                    deserializer: D,
                    _: JsonReading<'_>,
                ) -> Result<Option<$ty>, D::Error> {
                    deserializer.deserialize_any($visitor).map(Some)
                }
            }

            struct $visitor;

            impl Visitor<'_> for $visitor {
                type Value = $ty;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str($expected)
                }

                fn visit_i64<E>(self, value: i64) -> Result<$ty, E> {
                    Ok(value as $ty)
                }

                fn visit_u64<E>(self, value: u64) -> Result<$ty, E> {
                    Ok(value as $ty)
                }

                fn visit_f64<E: de::Error>(self, value: f64) -> Result<$ty, E> {
                    let narrow = value as $ty;
                    // Formats other than JSON may have what is infinite.
                    if narrow.is_finite() || !value.is_finite() {
                        Ok(narrow)
                    } else {
                        Err(E::invalid_value(Unexpected::Float(value), &self))
                    }
                }

                fn visit_str<E: de::Error>(self, text: &str) -> Result<$ty, E> {
                    match text {
                        "NaN" => Ok($ty::NAN),
                        "Infinity" => Ok($ty::INFINITY),
                        "-Infinity" => Ok($ty::NEG_INFINITY),
                        _ => number::is_number(text)
                            .then(|| text.parse().ok())
                            .flatten()
                            .filter(|value: &$ty| value.is_finite())
                            .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self)),
                    }
                }
            }
        )*
    };
}

floats! {
    FloatCodec(f32): write_float, FloatVisitor, "a float";
    DoubleCodec(f64): write_double, DoubleVisitor, "a double";
}

fn write_float<S: Serializer>(value: f32, serializer: S) -> Result<S::Ok, S::Error> {
    // The fewest digits that are the largest float, 3.4028235e38, are more than it is as a double, and too large for readers
    // who compare those, as Python's.
    if value.abs() == f32::MAX {
        return serializer.serialize_f64(value.into());
    }
    serializer.serialize_f32(value)
}

fn write_double<S: Serializer>(value: f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(value)
}
