//! Rust types that stand for a message.

use serde_core::{Deserializer, Serializer, de};

use crate::{
    codec::{
        Message,
        json::{JsonReading, JsonValue, JsonValueReader, JsonWriting},
    },
    well_known::converted::{Converted, StandsFor},
};

impl<T, M> JsonValue<T> for Converted<M>
where
    T: StandsFor<M>,
    M: Message,
{
    fn serialize<S: Serializer>(
        value: &T,
        serializer: S,
        cx: JsonWriting<'_>,
    ) -> Result<S::Ok, S::Error> {
        value.to_message().json_write(serializer, cx)
    }
}

impl<T, M> JsonValueReader<T> for Converted<M>
where
    T: StandsFor<M>,
    M: Message,
{
    fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
        cx: JsonReading<'_>,
    ) -> Result<Option<T>, D::Error> {
        let message = M::json_read(deserializer, cx)?;
        T::from_message(message)
            .map(Some)
            .map_err(de::Error::custom)
    }
}
