//! `Any`: the object of the message in it, which also says what it is, `"@type"`.
//!
//! What is in it is known when the program runs, and serde's traits when it is compiled. So the message passes as JSON
//! text, between its own functions, which the table of types has, and the format around it.

use std::fmt;

use bytes::Bytes;
use serde_core::{
    Deserializer, Serializer,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess, Visitor},
    ser::{self, SerializeMap},
};

use super::{
    JsonReading, JsonWriting,
    transcode::{Passing, pass_entries},
    well_known::JsonForm,
};
use crate::{
    codec::{Message, decode},
    well_known::{Any, TypeRegistry},
};

/// What is known of a message that may lie in an `Any`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AnyType {
    /// From the encoded message to its text.
    write: fn(&[u8], JsonWriting<'_>) -> Result<Vec<u8>, String>,
    /// From the text to the encoded message.
    read: fn(&[u8], JsonReading<'_>) -> Result<Bytes, String>,
    /// Whether the text isn't an object of fields, so that it stands behind `value`.
    is_form: bool,
}

impl AnyType {
    pub(crate) const fn of<M: Message>() -> Self {
        Self {
            write: write::<M>,
            read: if M::JSON_IS_FORM {
                read_form::<M>
            } else {
                read::<M>
            },
            is_form: M::JSON_IS_FORM,
        }
    }
}

fn write<M: Message>(encoded: &[u8], cx: JsonWriting<'_>) -> Result<Vec<u8>, String> {
    let message: M = decode(encoded).map_err(|error| error.to_string())?;
    let mut text = Vec::new();
    message
        .json_write(&mut serde_json::Serializer::new(&mut text), cx)
        .map_err(without_place)?;
    Ok(text)
}

fn read<M: Message>(text: &[u8], cx: JsonReading<'_>) -> Result<Bytes, String> {
    let message = M::json_read(&mut serde_json::Deserializer::from_slice(text), cx);
    encoded(message)
}

fn read_form<M: Message>(text: &[u8], cx: JsonReading<'_>) -> Result<Bytes, String> {
    let message = serde_json::Deserializer::from_slice(text).deserialize_map(FormVisitor {
        cx,
        message: std::marker::PhantomData,
    });
    encoded::<M>(message)
}

fn encoded<M: Message>(message: Result<M, serde_json::Error>) -> Result<Bytes, String> {
    match message {
        Ok(message) => Ok(message.encode_to_vec().into()),
        Err(error) => Err(without_place(error)),
    }
}

/// The error without line and column, which would be those of a text that nobody sees.
fn without_place(error: serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((text, _)) if error.line() > 0 => text.to_owned(),
        _ => text,
    }
}

/// Reads `{"value": …}`.
struct FormVisitor<'a, M> {
    cx: JsonReading<'a>,
    message: std::marker::PhantomData<fn() -> M>,
}

impl<'de, M: Message> Visitor<'de> for FormVisitor<'_, M> {
    type Value = M;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a `value`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<M, A::Error> {
        let mut message = None;
        while let Some(key) = object.next_key::<String>()? {
            if key != VALUE {
                if !self.cx.options.ignore_unknown {
                    return Err(de::Error::custom(
                        "the message has one field in an `Any`, `value`",
                    ));
                }
                object.next_value::<IgnoredAny>()?;
            } else if message.is_some() {
                return Err(de::Error::custom("`value` is there twice"));
            } else {
                message = Some(object.next_value_seed(MessageSeed::<M> {
                    cx: self.cx,
                    message: std::marker::PhantomData,
                })?);
            }
        }
        message.ok_or_else(|| de::Error::custom("there is no `value`"))
    }
}

struct MessageSeed<'a, M> {
    cx: JsonReading<'a>,
    message: std::marker::PhantomData<fn() -> M>,
}

impl<'de, M: Message> DeserializeSeed<'de> for MessageSeed<'_, M> {
    type Value = M;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<M, D::Error> {
        M::json_read(deserializer, self.cx)
    }
}

impl JsonForm for Any {
    fn write<S: Serializer>(&self, serializer: S, cx: JsonWriting<'_>) -> Result<S::Ok, S::Error> {
        if self.type_url.is_empty() && self.value.is_empty() {
            return serializer.serialize_map(Some(0))?.end();
        }
        let ty = find(cx.options.registry(), &self.type_url).map_err(ser::Error::custom)?;
        let text = (ty.write)(&self.value, cx.deeper()?).map_err(ser::Error::custom)?;
        let mut text = serde_json::Deserializer::from_slice(&text);
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry(TYPE, &self.type_url)?;
        if ty.is_form {
            object.serialize_entry(VALUE, &Passing::new(&mut text))?;
        } else {
            text.deserialize_map(FieldsVisitor(&mut object))
                .map_err(ser::Error::custom)?;
        }
        object.end()
    }

    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        cx: JsonReading<'_>,
    ) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AnyVisitor(cx.deeper()?))
    }
}

/// Passes the fields of an object on.
struct FieldsVisitor<'a, S>(&'a mut S);

impl<'de, S: SerializeMap> Visitor<'de> for FieldsVisitor<'_, S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        pass_entries(&mut object, self.0, |_| false).map(drop)
    }
}

struct AnyVisitor<'a>(JsonReading<'a>);

impl<'de> Visitor<'de> for AnyVisitor<'_> {
    type Value = Any;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a `@type`")
    }

    /// The type may stand behind the fields, and what they are depends on it.
    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Any, A::Error> {
        let mut text = Vec::new();
        let mut serializer = serde_json::Serializer::new(&mut text);
        let mut fields = serializer.serialize_map(None).map_err(de::Error::custom)?;
        let is_type = |key: &str| key == TYPE;
        let mut type_url: Option<String> = None;
        while pass_entries(&mut object, &mut fields, is_type)?.is_some() {
            if type_url.replace(object.next_value()?).is_some() {
                return Err(de::Error::custom("`@type` is there twice"));
            }
        }
        fields.end().map_err(de::Error::custom)?;
        let Some(type_url) = type_url else {
            return if text == b"{}" {
                Ok(Any::default())
            } else {
                Err(de::Error::custom("there is no `@type`"))
            };
        };
        let ty = find(self.0.options.registry(), &type_url).map_err(de::Error::custom)?;
        let value = (ty.read)(&text, self.0).map_err(de::Error::custom)?;
        Ok(Any { type_url, value })
    }
}

/// What is known of the type of this URL.
fn find(types: &TypeRegistry, type_url: &str) -> Result<AnyType, String> {
    let name = match type_url.rsplit_once('/') {
        Some((_, name)) if !name.is_empty() => name,
        _ => {
            return Err(format!(
                "{type_url:?} is no name of a type; one has a slash before it, `type.googleapis.com/routeguide.Point`"
            ));
        }
    };
    match types.get(name) {
        Some(message) => Ok(message.json),
        None => Err(format!("the type {type_url:?} isn't known")),
    }
}

const TYPE: &str = "@type";
const VALUE: &str = "value";
