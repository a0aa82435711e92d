//! A time is one of RFC 3339, printed in UTC.

use serde_core::{Deserializer, Serializer, ser};

use super::JsonForm;
use crate::{
    codec::json::{
        JsonReading, JsonWriting,
        text::{TextForm, read_text},
    },
    well_known::Timestamp,
};

impl JsonForm for Timestamp {
    fn write<S: Serializer>(&self, serializer: S, _: JsonWriting<'_>) -> Result<S::Ok, S::Error> {
        self.check().map_err(ser::Error::custom)?;
        serializer.collect_str(self)
    }

    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        _: JsonReading<'_>,
    ) -> Result<Self, D::Error> {
        read_text(deserializer)
    }
}

impl TextForm for Timestamp {
    const EXPECTED: &str = "a time of the years 1 to 9999, `2006-01-02T15:04:05.5Z`";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}
