//! Protobuf's JSON mapping, on serde's traits.
//!
//! Every message has it: what a type is in JSON is said by protobuf ([ProtoJSON][spec]), not by `serde::Serialize`, which
//! stays free for another meaning of your own.
//!
//! ```
//! use traitwire::{Message, json};
//!
//! #[derive(Debug, PartialEq, Message)]
//! struct Reading {
//!     #[proto(1)]
//!     sensor_id: u64,
//!     #[proto(2)]
//!     raw_bytes: Vec<u8>,
//! }
//!
//! let reading = Reading { sensor_id: 7, raw_bytes: vec![1, 2] };
//! let text = json::to_string(&reading)?;
//! assert_eq!(text, r#"{"sensorId":"7","rawBytes":"AQI="}"#);
//! assert_eq!(json::from_str::<Reading>(&text)?, reading);
//!
//! let error = json::from_str::<Reading>(r#"{"sensorId": "x"}"#).unwrap_err();
//! assert_eq!(error.path(), "sensorId");
//! # Ok::<_, json::Error>(())
//! ```
#![doc = include_str!("../../docs/json.md")]
//!
//! [spec]: https://protobuf.dev/programming-guides/json/

mod any;
mod as_serde;
mod enumeration;
mod error;
mod field;
mod map;
mod members;
mod number;
mod object;
mod options;
mod path;
mod scalar;
mod sequence;
mod text;
mod transcode;
mod value;
mod well_known;

use std::io;

pub(crate) use self::any::AnyType;
pub(crate) use self::object::{not_derived, not_derived_one_of};
pub use self::{
    as_serde::{AsJson, Json, Seed, deserialize, serialize},
    error::Error,
    options::{ReadOptions, WriteOptions},
};
#[doc(hidden)]
pub use self::{
    field::{JsonField, JsonFieldReader},
    map::JsonKey,
    members::JsonMember,
    object::{JsonObject, read_object, write_object},
    options::{JsonReading, JsonWriting},
    value::{JsonValue, JsonValueReader},
    well_known::JsonForm,
};
use super::{Fields, Message};

/// Prints a message, on one line. [`WriteOptions`] has other forms.
///
/// # Errors
///
/// If the message holds what JSON can't say: a time outside of the years 1 to 9999, a duration of more than 10,000 years
/// or of mixed signs, a field mask of names that don't come back from `lowerCamelCase`, an `Any` of a type that isn't
/// known, and a `google.protobuf.Value` that is infinite, not a number, or nothing at all.
pub fn to_string<M: Fields>(message: &M) -> Result<String, Error> {
    WriteOptions::new().to_string(message)
}

/// Prints a message over several lines, indented by two spaces.
///
/// # Errors
///
/// Those of [`to_string`].
pub fn to_string_pretty<M: Fields>(message: &M) -> Result<String, Error> {
    WriteOptions::new().pretty().to_string(message)
}

/// Prints a message, on one line.
///
/// # Errors
///
/// Those of [`to_string`].
pub fn to_vec<M: Fields>(message: &M) -> Result<Vec<u8>, Error> {
    WriteOptions::new().to_vec(message)
}

/// Prints a message into a writer, in many short pieces: one that buffers is faster.
///
/// # Errors
///
/// Those of [`to_string`], and those of the writer.
pub fn to_writer<M: Fields>(writer: impl io::Write, message: &M) -> Result<(), Error> {
    WriteOptions::new().to_writer(writer, message)
}

/// Reads a message, which takes up all of the text. [`ReadOptions`] has other rules.
///
/// # Errors
///
/// If the text is no JSON, or not of this message. [`Error::path`] says where.
pub fn from_str<M: Message>(text: &str) -> Result<M, Error> {
    ReadOptions::new().from_str(text)
}

/// Reads a message, which takes up all of the text.
///
/// # Errors
///
/// Those of [`from_str`], and if the text isn't UTF-8.
pub fn from_slice<M: Message>(text: &[u8]) -> Result<M, Error> {
    ReadOptions::new().from_slice(text)
}

/// Reads a message, which is all that comes out of the reader: one that buffers is faster.
///
/// # Errors
///
/// Those of [`from_slice`], and those of the reader.
pub fn from_reader<M: Message>(reader: impl io::Read) -> Result<M, Error> {
    ReadOptions::new().from_reader(reader)
}
