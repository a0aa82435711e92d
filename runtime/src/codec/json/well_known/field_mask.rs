//! A field mask is `"user.displayName,photo"`.

use serde_core::{Deserializer, Serializer, ser};

use super::JsonForm;
use crate::{
    codec::json::{
        JsonReading, JsonWriting,
        text::{TextForm, read_text},
    },
    well_known::FieldMask,
};

impl JsonForm for FieldMask {
    fn write<S: Serializer>(&self, serializer: S, _: JsonWriting<'_>) -> Result<S::Ok, S::Error> {
        let text = self.to_json_string().map_err(ser::Error::custom)?;
        serializer.serialize_str(&text)
    }

    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        _: JsonReading<'_>,
    ) -> Result<Self, D::Error> {
        read_text(deserializer)
    }
}

impl TextForm for FieldMask {
    const EXPECTED: &str = "paths of names in lowerCamelCase, `user.displayName,photo`";

    fn parse(text: &str) -> Option<Self> {
        Self::from_json_string(text).ok()
    }
}
