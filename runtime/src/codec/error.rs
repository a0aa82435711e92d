//! What is wrong with the bytes of a message, and where.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use prost::DecodeError;
use traitwire_schema::MessageDescriptor;

/// Why bytes aren't the message that they were read as.
///
/// It names the message and the way to the field: `routeguide.Rectangle.lo.latitude: the message ends in the middle of it`.
#[derive(Clone, PartialEq, Eq)]
pub struct ReadError(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    /// The message as a whole.
    root: Option<String>,
    /// The names of fields, the innermost first.
    path: Vec<&'static str>,
    text: Cow<'static, str>,
}

/// An error that says `text`.
#[cold]
pub(crate) fn decode_error(text: impl Into<Cow<'static, str>>) -> ReadError {
    ReadError::new(text)
}

impl ReadError {
    /// An error that says `text`: what is wrong with the value. Where it stands is added by who reads the message.
    #[cold]
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            root: None,
            path: Vec::new(),
            text: text.into(),
        }))
    }

    /// Adds the field that it is in.
    #[cold]
    pub(super) fn in_field(mut self, name: &'static str) -> Self {
        self.0.path.push(name);
        self
    }

    /// Adds the message that was to be read.
    #[cold]
    pub(super) fn in_message(mut self, message: &MessageDescriptor) -> Self {
        self.0.root = Some(message.full_name(""));
        self
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { root, path, text } = &*self.0;
        let names = root.iter().map(String::as_str);
        for (index, name) in names.chain(path.iter().rev().copied()).enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            f.write_str(name)?;
        }
        if root.is_some() || !path.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(text)
    }
}

impl fmt::Debug for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReadError").field(&self.to_string()).finish()
    }
}

impl Error for ReadError {}

impl From<ReadError> for DecodeError {
    #[cold]
    #[expect(
        deprecated,
        reason = "prost offers no other way to those who implement its trait by hand"
    )]
    fn from(error: ReadError) -> Self {
        Self::new(error.to_string())
    }
}
