//! A field mask is `"user.displayName,photo"`.

use std::fmt::Write;

use serde_core::{Deserializer, Serializer, ser};

use super::JsonForm;
use crate::{
    codec::json::{
        JsonReading, JsonWriting,
        text::{TextForm, read_text},
    },
    well_known::FieldMask,
};

impl JsonForm for FieldMask {
    fn write<S: Serializer>(&self, serializer: S, _: JsonWriting<'_>) -> Result<S::Ok, S::Error> {
        let mut text = String::new();
        for (index, path) in self.paths.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            push_camel(&mut text, path).ok_or_else(|| {
                ser::Error::custom(format_args!(
                    "the path {path:?} isn't of names in snake_case, which come back from lowerCamelCase"
                ))
            })?;
        }
        serializer.serialize_str(&text)
    }

    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        _: JsonReading<'_>,
    ) -> Result<Self, D::Error> {
        read_text(deserializer)
    }
}

/// Appends a path in `lowerCamelCase`, if that says which path it was.
fn push_camel(text: &mut String, path: &str) -> Option<()> {
    if !is_path(path) {
        return None;
    }
    let mut is_capital = false;
    for char in path.chars() {
        match (is_capital, char) {
            (false, '_') => is_capital = true,
            (true, 'a'..='z') => {
                text.push(char.to_ascii_uppercase());
                is_capital = false;
            }
            (true, _) | (false, 'A'..='Z') => return None,
            (false, _) => text.push(char),
        }
    }
    (!is_capital).then_some(())
}

impl TextForm for FieldMask {
    const EXPECTED: &str = "paths of names in lowerCamelCase, `user.displayName,photo`";

    fn parse(text: &str) -> Option<Self> {
        let mut paths = Vec::new();
        if !text.is_empty() {
            for camel in text.split(',') {
                if !is_path(camel) || camel.contains('_') {
                    return None;
                }
                let mut path = String::with_capacity(camel.len() + 4);
                for char in camel.chars() {
                    if char.is_ascii_uppercase() {
                        write!(path, "_{}", char.to_ascii_lowercase()).ok()?;
                    } else {
                        path.push(char);
                    }
                }
                paths.push(path);
            }
        }
        Some(Self { paths })
    }
}

/// Whether it is names, with dots between them.
fn is_path(path: &str) -> bool {
    path.split('.').all(|name| {
        !name.is_empty()
            && !name.starts_with(|char: char| char.is_ascii_digit())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}
