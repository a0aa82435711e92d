//! `Struct`, `Value` and `ListValue` are JSON itself.

use std::fmt;

use serde_core::{
    Deserializer, Serializer,
    de::{
        MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
    ser,
};

use super::JsonForm;
use crate::{
    codec::{
        Map, MessageCodec, Plain, Repeated,
        json::{JsonField, JsonFieldReader, JsonReading, JsonWriting},
    },
    well_known::{Kind, ListValue, Struct, Value},
};

impl JsonForm for Struct {
    fn write<S: Serializer>(&self, serializer: S, cx: JsonWriting<'_>) -> Result<S::Ok, S::Error> {
        <Map<Plain, Plain>>::serialize(&self.fields, serializer, cx)
    }

    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        cx: JsonReading<'_>,
    ) -> Result<Self, D::Error> {
        let mut read = Self::default();
        <Map<Plain, Plain>>::deserialize(&mut read.fields, deserializer, cx.deeper()?)?;
        Ok(read)
    }
}

impl JsonForm for ListValue {
    fn write<S: Serializer>(&self, serializer: S, cx: JsonWriting<'_>) -> Result<S::Ok, S::Error> {
        <Repeated<MessageCodec>>::serialize(&self.values, serializer, cx)
    }

    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        cx: JsonReading<'_>,
    ) -> Result<Self, D::Error> {
        let mut read = Self::default();
        <Repeated<MessageCodec>>::deserialize(&mut read.values, deserializer, cx.deeper()?)?;
        Ok(read)
    }
}

impl JsonForm for Value {
    const TAKES_NULL: bool = true;

    fn write<S: Serializer>(&self, serializer: S, cx: JsonWriting<'_>) -> Result<S::Ok, S::Error> {
        match &self.kind {
            Some(Kind::Null(_)) => serializer.serialize_unit(),
            Some(Kind::Number(number)) if number.is_finite() => serializer.serialize_f64(*number),
            Some(Kind::Number(number)) => Err(ser::Error::custom(format_args!(
                "the number of a `google.protobuf.Value` is finite, and this one is {number}"
            ))),
            Some(Kind::String(text)) => serializer.serialize_str(text),
            Some(Kind::Bool(value)) => serializer.serialize_bool(*value),
            Some(Kind::Struct(fields)) => fields.write(serializer, cx),
            Some(Kind::List(list)) => list.write(serializer, cx),
            None => Err(ser::Error::custom(
                "a `google.protobuf.Value` is something, and this one is nothing, not even null",
            )),
        }
    }

    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        cx: JsonReading<'_>,
    ) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor(cx))
    }
}

struct ValueVisitor<'a>(JsonReading<'a>);

impl<'de> Visitor<'de> for ValueVisitor<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok((value as f64).into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok((value as f64).into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::NULL)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::NULL)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Value, A::Error> {
        ListValue::read(SeqAccessDeserializer::new(list), self.0).map(Into::into)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Value, A::Error> {
        Struct::read(MapAccessDeserializer::new(object), self.0).map(Into::into)
    }
}
