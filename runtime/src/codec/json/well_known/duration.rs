//! A duration is `"1.5s"`.

use serde_core::{Deserializer, Serializer, ser};

use super::JsonForm;
use crate::{
    codec::json::{
        JsonReading, JsonWriting,
        text::{TextForm, read_text},
    },
    well_known::Duration,
};

impl JsonForm for Duration {
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

impl TextForm for Duration {
    const EXPECTED: &str = "a duration of at most 10,000 years, `1.5s`";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}
