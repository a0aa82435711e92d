//! One value.

use std::marker::PhantomData;

use serde_core::{Deserializer, Serialize, Serializer, de::DeserializeSeed};

use super::{JsonReading, JsonWriting};
use crate::codec::{Fields, Message, MessageCodec};

/// How values of `T` stand in JSON. Implemented by the codecs, as [`ValueCodec`](crate::codec::ValueCodec) is.
pub trait JsonValue<T> {
    /// Whether `null` is a value, and doesn't say that there is none.
    const TAKES_NULL: bool = false;

    /// Prints it.
    fn serialize<S: Serializer>(
        value: &T,
        serializer: S,
        cx: JsonWriting<'_>,
    ) -> Result<S::Ok, S::Error>;
}

/// How values of `T`, which borrow nothing, are read.
pub trait JsonValueReader<T>: JsonValue<T> {
    /// Reads it; `None` is a value of an enum that isn't known and that nobody wants to hear of.
    fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
        cx: JsonReading<'_>,
    ) -> Result<Option<T>, D::Error>;
}

impl<M: Fields> JsonValue<M> for MessageCodec {
    const TAKES_NULL: bool = M::JSON_TAKES_NULL;

    fn serialize<S: Serializer>(
        message: &M,
        serializer: S,
        cx: JsonWriting<'_>,
    ) -> Result<S::Ok, S::Error> {
        message.json_write(serializer, cx)
    }
}

impl<M: Message> JsonValueReader<M> for MessageCodec {
    fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
        cx: JsonReading<'_>,
    ) -> Result<Option<M>, D::Error> {
        M::json_read(deserializer, cx).map(Some)
    }
}

/// A value that serde can print.
#[derive(Debug)]
pub(super) struct AsValue<'a, T, C> {
    value: &'a T,
    cx: JsonWriting<'a>,
    codec: PhantomData<C>,
}

impl<'a, T, C> AsValue<'a, T, C> {
    pub(super) fn new(value: &'a T, cx: JsonWriting<'a>) -> Self {
        Self {
            value,
            cx,
            codec: PhantomData,
        }
    }
}

impl<T, C: JsonValue<T>> Serialize for AsValue<'_, T, C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        C::serialize(self.value, serializer, self.cx)
    }
}

/// What reads a value.
pub(super) fn value_seed<'a, 'de, T: 'a, C: JsonValueReader<T> + 'a>(
    cx: JsonReading<'a>,
) -> impl DeserializeSeed<'de, Value = Option<T>> + 'a {
    ValueSeed {
        cx,
        value: PhantomData::<fn() -> (T, C)>,
    }
}

struct ValueSeed<'a, T, C> {
    cx: JsonReading<'a>,
    value: PhantomData<fn() -> (T, C)>,
}

impl<'de, T, C: JsonValueReader<T>> DeserializeSeed<'de> for ValueSeed<'_, T, C> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        C::deserialize(deserializer, self.cx)
    }
}
