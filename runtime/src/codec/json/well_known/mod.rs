//! The forms of protobuf's own messages, which are no objects of their fields.

mod converted;
mod duration;
mod field_mask;
mod timestamp;
mod value;
mod wrappers;

use serde_core::{Deserializer, Serializer};

use super::{JsonReading, JsonWriting};

/// A form of the message `M` that isn't an object of its fields.
///
/// Implemented by the message itself, and chosen by the option `json` of its derive, which isn't for others.
pub trait JsonForm: Sized {
    /// Whether `null` is a message, and doesn't say that there is none.
    const TAKES_NULL: bool = false;

    /// Prints a message.
    fn write<S: Serializer>(&self, serializer: S, cx: JsonWriting<'_>) -> Result<S::Ok, S::Error>;

    /// Reads a message.
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        cx: JsonReading<'_>,
    ) -> Result<Self, D::Error>;
}
