//! Messages in other people's types: configuration files, axum, whatever takes serde's traits.

use std::{fmt::Display, marker::PhantomData};

use serde_core::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, DeserializeSeed},
    ser,
};

use super::{JsonReading, JsonWriting, ReadOptions, WriteOptions, path::Path};
use crate::codec::{Fields, Message};

/// A message that serde knows, by protobuf's JSON mapping: for axum's `Json`, and for files of any format.
///
/// ```
/// use traitwire::{Message, json::Json};
///
/// #[derive(Message)]
/// struct Point {
///     #[proto(1)]
///     latitude: i32,
/// }
///
/// let text = serde_json::to_string(&Json(Point { latitude: 1 }))?;
/// assert_eq!(text, r#"{"latitude":1}"#);
/// let Json(point) = serde_json::from_str::<Json<Point>>(&text)?;
/// assert_eq!(point.latitude, 1);
/// # Ok::<_, serde_json::Error>(())
/// ```
///
/// In a field of a type with serde's own derives, the module does without a wrapper: `#[serde(with = "traitwire::json")]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Json<M>(pub M);

impl<M: Fields> Serialize for Json<M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(&self.0, serializer)
    }
}

impl<'de, M: Message> Deserialize<'de> for Json<M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer).map(Self)
    }
}

/// Prints a message with any of serde's formats.
///
/// # Errors
///
/// Those of [`to_string`](super::to_string), and those of the format.
pub fn serialize<M: Fields, S: Serializer>(message: &M, serializer: S) -> Result<S::Ok, S::Error> {
    WriteOptions::new().of(message).serialize(serializer)
}

/// Reads a message from any of serde's formats that says what its values are: not from `bincode` and the like.
///
/// # Errors
///
/// Those of [`from_str`](super::from_str), and those of the format.
pub fn deserialize<'de, M: Message, D: Deserializer<'de>>(deserializer: D) -> Result<M, D::Error> {
    ReadOptions::new().seed().deserialize(deserializer)
}

/// A message to be printed as options say: what [`WriteOptions::of`] returns.
#[derive(Debug)]
pub struct AsJson<'a, M> {
    options: &'a WriteOptions,
    message: &'a M,
}

impl<'a, M> AsJson<'a, M> {
    pub(super) fn new(options: &'a WriteOptions, message: &'a M) -> Self {
        Self { options, message }
    }
}

impl<M: Fields> Serialize for AsJson<'_, M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let path = Path::default();
        self.message
            .json_write(serializer, JsonWriting::new(self.options, &path))
            .map_err(|error| located(&path, error, ser::Error::custom))
    }
}

/// What reads a message as options say: what [`ReadOptions::seed`] returns.
#[derive(Debug)]
pub struct Seed<'a, M> {
    options: &'a ReadOptions,
    message: PhantomData<fn() -> M>,
}

impl<'a, M> Seed<'a, M> {
    pub(super) fn new(options: &'a ReadOptions) -> Self {
        Self {
            options,
            message: PhantomData,
        }
    }
}

impl<'de, M: Message> DeserializeSeed<'de> for Seed<'_, M> {
    type Value = M;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<M, D::Error> {
        let path = Path::default();
        M::json_read(deserializer, JsonReading::new(self.options, &path))
            .map_err(|error| located(&path, error, de::Error::custom))
    }
}

/// The error with its place in front, which is all that an error of another format can say.
fn located<E: Display>(path: &Path, error: E, custom: impl FnOnce(String) -> E) -> E {
    match path.to_string() {
        path if path.is_empty() => error,
        path => custom(format!("{path}: {error}")),
    }
}
