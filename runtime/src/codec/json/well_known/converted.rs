//! Rust types that stand for a message.

use std::fmt::Display;

use serde_core::{Deserializer, Serializer, de};

use crate::{
    codec::{
        Message,
        json::{JsonReading, JsonValue, JsonWriting},
    },
    well_known::converted::Converted,
};

impl<T, M> JsonValue<T> for Converted<M>
where
    T: Clone + Into<M> + TryFrom<M, Error: Display>,
    M: Message,
{
    fn serialize<S: Serializer>(
        value: &T,
        serializer: S,
        cx: JsonWriting<'_>,
    ) -> Result<S::Ok, S::Error> {
        let message: M = value.clone().into();
        message.json_write(serializer, cx)
    }

    fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
        cx: JsonReading<'_>,
    ) -> Result<Option<T>, D::Error> {
        let message = M::json_read(deserializer, cx)?;
        T::try_from(message).map(Some).map_err(de::Error::custom)
    }
}
