//! Mistakes in the bytes that prost has no error for.

use std::borrow::Cow;

use prost::DecodeError;

/// An error that says `description`.
#[cold]
#[expect(
    deprecated,
    reason = "prost offers no other way to those who implement its trait by hand"
)]
pub(crate) fn decode_error(description: impl Into<Cow<'static, str>>) -> DecodeError {
    DecodeError::new(description)
}
