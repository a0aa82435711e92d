//! The messages that protobuf brings along, `google.protobuf.*`.
//!
//! | Rust | protobuf |
//! |---|---|
//! | `()` | `google.protobuf.Empty` |
//! | [`Timestamp`], or [`std::time::SystemTime`] | `google.protobuf.Timestamp` |
//! | [`Duration`], or [`std::time::Duration`] | `google.protobuf.Duration` |
//! | [`Any`] | `google.protobuf.Any` |
//! | [`FieldMask`] | `google.protobuf.FieldMask` |
//! | [`Struct`], [`Value`], [`ListValue`], [`NullValue`] | the messages and the enum of the same names |
//! | [`BoolValue`], [`StringValue`] … | the wrappers of the same names |
//!
//! Rust's own time types can be fields as they are. Protobuf's reach further in one direction and less far in another:
//! a time that protobuf doesn't know, before the year 1 or after 9999, is sent as the nearest one that it knows, and one
//! that Rust's type can't hold is an error when it is received. The messages themselves hold whatever was sent.
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
pub(crate) mod converted;
mod duration;
mod empty;
mod field_mask;
mod timestamp;
mod value;
mod wrappers;

pub use self::{
    any::{Any, UnpackError},
    duration::{Duration, DurationError},
    field_mask::FieldMask,
    timestamp::{Timestamp, TimestampError},
    value::{Kind, ListValue, NullValue, Struct, Value, ValueError},
    wrappers::{
        BoolValue, BytesValue, DoubleValue, FloatValue, Int32Value, Int64Value, StringValue,
        UInt32Value, UInt64Value,
    },
};
