//! `google.protobuf.Any`.

use std::error::Error;
use std::fmt;

use bytes::Bytes;
use prost::DecodeError;
use traitwire_macros::Message;

use crate::codec::{self, Message};

/// Any message, encoded, with its name: for fields whose types aren't known when the message that has them is written.
///
/// ```
/// use traitwire::well_known::{Any, Timestamp};
///
/// let any = Any::pack(&Timestamp { seconds: 7, nanos: 0 });
/// assert_eq!(any.type_url, "type.googleapis.com/google.protobuf.Timestamp");
/// assert!(any.is::<Timestamp>());
/// assert_eq!(any.unpack::<Timestamp>()?.seconds, 7);
/// # Ok::<_, traitwire::well_known::UnpackError>(())
/// ```
///
/// A [`TypeRegistry`](super::TypeRegistry) unpacks whatever it has been told of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "google.protobuf", file = "google/protobuf/any.proto", json_form, crate = crate)]
pub struct Any {
    /// The full name of the message behind the last slash: `type.googleapis.com/routeguide.Point`. What stands before it
    /// says nothing to us.
    #[proto(1)]
    pub type_url: String,
    /// The encoded message.
    #[proto(2)]
    pub value: Bytes,
}

impl Any {
    /// Encodes a message.
    ///
    /// Its type names its package, `#[proto(package = "routeguide")]`: there is no service around an `Any` whose package
    /// it could live in. One that doesn't is a compile error.
    pub fn pack<M: Message>(message: &M) -> Self {
        const { assert_named::<M>() }
        Self::of(message)
    }

    /// Reads the message, if it is an `M`.
    ///
    /// # Errors
    ///
    /// If it is another message, or the bytes are no `M`.
    pub fn unpack<M: Message>(&self) -> Result<M, UnpackError> {
        if !self.is::<M>() {
            return Err(UnpackError::OtherType {
                expected: M::DESCRIPTOR.full_name(""),
                found: self.type_url.clone(),
            });
        }
        codec::decode(self.value.clone()).map_err(UnpackError::Decode)
    }

    /// Whether the message is an `M`, by its name.
    pub fn is<M: Message>(&self) -> bool {
        self.name() == M::DESCRIPTOR.full_name("")
    }

    /// The full name of the message: `routeguide.Point`.
    pub fn name(&self) -> &str {
        self.type_url.rsplit('/').next().unwrap_or_default()
    }

    /// As [`pack`](Self::pack), for a message that names its package.
    pub(crate) fn of<M: Message>(message: &M) -> Self {
        Self::named(&M::DESCRIPTOR.full_name(""), message.encode_to_vec())
    }

    /// An encoded message of this full name.
    pub(crate) fn named(name: &str, value: impl Into<Bytes>) -> Self {
        Self {
            type_url: format!("{PREFIX}{name}"),
            value: value.into(),
        }
    }
}

/// Why an [`Any`] isn't the message that it was unpacked as.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum UnpackError {
    /// It is another message.
    OtherType {
        /// The full name of the message that was asked for.
        expected: String,
        /// The `type_url` of the one that is there.
        found: String,
    },
    /// It is a message that the [`TypeRegistry`](super::TypeRegistry) doesn't know.
    UnknownType(
        /// Its `type_url`.
        String,
    ),
    /// It is none, though it says so.
    Decode(DecodeError),
}

impl fmt::Display for UnpackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherType { expected, found } => {
                write!(f, "the message is a {found:?}, not a {expected}")
            }
            Self::UnknownType(found) => {
                write!(f, "the message is a {found:?}, which is not registered")
            }
            Self::Decode(error) => error.fmt(f),
        }
    }
}

impl Error for UnpackError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::OtherType { .. } | Self::UnknownType(_) => None,
            Self::Decode(error) => Some(error),
        }
    }
}

/// Refuses a type without a package where its caller is compiled, which rustc names.
pub(crate) const fn assert_named<M: Message>() {
    assert!(
        M::DESCRIPTOR.package.is_some() || M::DESCRIPTOR.nested_in.is_some(),
        "a message in an `Any` is known by its full name, and this one names no package: add `#[proto(package = \"…\")]` to it"
    );
}

/// What every implementation writes before the name.
const PREFIX: &str = "type.googleapis.com/";
