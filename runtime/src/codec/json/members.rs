//! Which member of a message a key of an object names.

use std::fmt;

use serde_core::{
    Deserializer,
    de::{DeserializeSeed, Visitor},
};
use traitwire_schema::{Member, MessageDescriptor};

/// A field, or a variant of a oneof.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct JsonMember {
    /// Its place among the members of the message.
    pub(super) index: usize,
    /// The number of the field, or of the variant.
    pub(in crate::codec) number: u32,
    /// The name in protobuf.
    pub(super) name: &'static str,
}

impl JsonMember {
    /// Its place among the members of the message.
    pub fn index(self) -> usize {
        self.index
    }
}

/// What a key says.
pub(super) enum KeyOf {
    Member(JsonMember),
    Unknown(String),
}

/// Reads a key of an object that is a message.
pub(super) struct KeySeed {
    pub(super) descriptor: &'static MessageDescriptor,
    /// Where to begin to search: behind the last one, since most writers keep to an order.
    pub(super) start: usize,
}

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = KeyOf;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<KeyOf, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = KeyOf;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E>(self, key: &str) -> Result<KeyOf, E> {
        Ok(match find(self.descriptor, key, self.start) {
            Some(member) => KeyOf::Member(member),
            None => KeyOf::Unknown(key.to_owned()),
        })
    }
}

/// The member that a key names.
fn find(descriptor: &'static MessageDescriptor, key: &str, start: usize) -> Option<JsonMember> {
    let members = descriptor.members;
    let (before, after) = members.split_at(start.min(members.len()));
    after
        .iter()
        .zip(start..)
        .chain(before.iter().zip(0..))
        .find_map(|(member, index)| {
            let (number, name) = match member {
                Member::Field(field) => {
                    is_name(key, field.name).then_some((field.number, field.name))?
                }
                Member::OneOf { oneof, .. } => {
                    let mut variants = oneof().variants.iter();
                    let variant = variants.find(|variant| is_name(key, variant.name))?;
                    (variant.number, variant.name)
                }
            };
            Some(JsonMember {
                index,
                number,
                name,
            })
        })
}

/// Whether the key is the name of a field, or what becomes of it in JSON.
fn is_name(key: &str, name: &str) -> bool {
    key == name || (key.len() < name.len() && is_json_name(key, name))
}

/// Whether the key is the name without underscores, of which each makes the next letter a capital: what
/// [`names::json`](traitwire_schema::names::json) makes of it.
fn is_json_name(key: &str, name: &str) -> bool {
    let mut key = key.bytes();
    let mut is_capital = false;
    for byte in name.bytes() {
        if byte == b'_' {
            is_capital = true;
            continue;
        }
        let expected = if is_capital {
            byte.to_ascii_uppercase()
        } else {
            byte
        };
        is_capital = false;
        if key.next() != Some(expected) {
            return false;
        }
    }
    key.next().is_none()
}

/// A set of members of one message.
#[derive(Default)]
pub(super) struct Members {
    first: u128,
    /// Of messages with more members than that, which are rare.
    rest: Vec<u128>,
}

impl Members {
    /// Adds a member, and tells whether it wasn't in it.
    pub(super) fn insert(&mut self, index: usize) -> bool {
        let (word, bit) = (index / 128, 1 << (index % 128));
        let word = match word.checked_sub(1) {
            None => &mut self.first,
            Some(word) => {
                if self.rest.len() <= word {
                    self.rest.resize(word + 1, 0);
                }
                &mut self.rest[word]
            }
        };
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    pub(super) fn contains(&self, index: usize) -> bool {
        let word = match (index / 128).checked_sub(1) {
            None => self.first,
            Some(word) => self.rest.get(word).copied().unwrap_or(0),
        };
        word & (1 << (index % 128)) != 0
    }
}

#[cfg(test)]
mod tests {
    use traitwire_schema::names;

    use super::*;

    #[test]
    fn a_field_has_its_name_and_that_of_json() {
        for name in [
            "a",
            "fieldname1",
            "field_name2",
            "_field_name3",
            "field__name4_",
            "field0name5",
            "field_0_name6",
            "fieldName7",
            "FieldName8",
            "field_Name9",
            "Field_Name10",
            "FIELD_NAME11",
            "FIELD_name12",
            "__field_name13",
            "__Field_name14",
            "field__name15",
            "field__Name16",
            "field_name17__",
            "Field_name18__",
        ] {
            assert!(is_name(name, name), "{name}");
            assert!(is_name(&names::json(name), name), "{name}");
            assert!(!is_name(&format!("{name}x"), name), "{name}");
            assert!(!is_name("", name), "{name}");
        }
        assert!(!is_name("fieldname", "field_name"));
        assert!(!is_name("fieldName", "fieldname"));
    }

    #[test]
    fn a_set_has_what_was_put_into_it() {
        let mut members = Members::default();
        for index in [0, 127, 128, 600] {
            assert!(!members.contains(index));
            assert!(members.insert(index));
            assert!(!members.insert(index));
            assert!(members.contains(index));
        }
        assert!(!members.contains(129) && !members.contains(1000));
    }
}
