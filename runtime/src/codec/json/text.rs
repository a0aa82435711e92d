//! Values that are strings with a form of their own.

use std::{fmt, marker::PhantomData};

use serde_core::{
    Deserializer,
    de::{self, Unexpected, Visitor},
};

/// A type whose values are strings in JSON.
pub(crate) trait TextForm: Sized {
    /// What is expected where it isn't: `a time of RFC 3339`.
    const EXPECTED: &str;

    /// The value that the text stands for.
    fn parse(text: &str) -> Option<Self>;
}

/// Reads a string, and what it stands for.
pub(crate) fn read_text<'de, T: TextForm, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_str(TextVisitor(PhantomData))
}

struct TextVisitor<T>(PhantomData<fn() -> T>);

impl<T: TextForm> Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        T::parse(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}
