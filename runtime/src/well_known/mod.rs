//! The messages that protobuf brings along, `google.protobuf.*`.
//!
//! | Rust | protobuf |
//! |---|---|
//! | `()` | `google.protobuf.Empty` |
//! | [`Timestamp`], or [`std::time::SystemTime`] | `google.protobuf.Timestamp` |
//! | [`Duration`], or [`std::time::Duration`] | `google.protobuf.Duration` |
//! | [`Any`] | `google.protobuf.Any`; a [`TypeRegistry`] reads what is in it |
//! | [`FieldMask`] | `google.protobuf.FieldMask`: paths of fields, to be checked, combined and applied |
//! | [`Struct`], [`Value`], [`ListValue`], [`NullValue`] | the messages and the enum of the same names |
//! | [`BoolValue`], [`StringValue`] … | the wrappers of the same names |
//!
//! Rust's own time types can be fields as they are. Protobuf's reach further in one direction and less far in another.
//! What doesn't fit is an error, both in a conversion and when a message is read: a time before the year 1 or after 9999,
//! and one that Rust's type can't hold. Nothing is cut off in silence. The messages themselves hold whatever was sent.
//!
//! With the features `chrono` and `jiff`, `chrono::DateTime<Utc>` and `chrono::TimeDelta`, `jiff::Timestamp` and
//! `jiff::SignedDuration` are fields in the same way, and converted. With `prost-types`, the messages of that crate are
//! converted, and messages of ours as well. With `json`, [`Value`] and [`Struct`] are converted to and from `serde_json::Value`
//! and its `Map`.
//!
//! ```
//! use std::time::{Duration, SystemTime};
//!
//! use traitwire::Message;
//!
//! #[derive(Message)]
//! struct Lease {
//!     #[proto(1)]
//!     granted_at: SystemTime,
//!     #[proto(2)]
//!     term: Option<Duration>,
//! }
//! ```

pub(crate) mod any;
#[cfg(feature = "chrono")]
mod chrono;
pub(crate) mod converted;
mod duration;
mod empty;
mod field_mask;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(feature = "prost-types")]
mod prost_types;
#[cfg(feature = "json")]
mod serde_json;
mod text;
mod timestamp;
mod type_registry;
mod value;
mod wrappers;

#[doc(hidden)]
pub use self::type_registry::message_type;
pub use self::{
    any::{Any, UnpackError},
    duration::{Duration, DurationError},
    field_mask::{FieldMask, FieldMaskError},
    timestamp::{Timestamp, TimestampError},
    type_registry::{DynMessage, MessageType, TypeRegistry},
    value::{Kind, ListValue, NullValue, Struct, Value, ValueError},
    wrappers::{
        BoolValue, BytesValue, DoubleValue, FloatValue, Int32Value, Int64Value, StringValue,
        UInt32Value, UInt64Value,
    },
};

const NANOS_PER_SECOND: i32 = 1_000_000_000;
