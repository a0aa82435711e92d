//! Oneofs: of several fields at most one is there.

use std::str;

use prost::encoding::WireType;
#[cfg(feature = "json")]
use serde_core::{
    Deserializer, de,
    ser::{self, SerializeMap},
};
use traitwire_schema::{FieldDescriptor, OneOfDescriptor, Reserved};

#[cfg(feature = "json")]
use super::json::{self, JsonMember, JsonObject, JsonReading};
use super::{Merged, ReadError, Reader, Writer};

/// A protobuf oneof. `#[derive(OneOf)]` implements it for an enum whose variants hold a value each.
///
/// A message has it in a field `#[proto(oneof)] kind: Option<Kind>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a protobuf oneof",
    label = "this field is a oneof",
    note = "add `#[derive(OneOf)]` to the enum `{Self}`"
)]
pub trait OneOf: Sized + Send + Sync {
    /// What the oneof looks like in protobuf.
    const DESCRIPTOR: &'static OneOfDescriptor;

    /// Whether a variant has the number.
    #[doc(hidden)]
    fn has(number: u32) -> bool;

    /// Writes the variant with its number.
    #[doc(hidden)]
    fn encode(&self, writer: &mut Writer);

    /// Prints the variant that is there.
    #[cfg(feature = "json")]
    #[doc(hidden)]
    fn json_write<S: SerializeMap>(&self, _: &mut JsonObject<'_, S>) -> Result<(), S::Error> {
        Err(ser::Error::custom(json::not_derived_one_of::<Self>()))
    }

    /// Reads the variant that has the number; `None` if there is no value.
    #[cfg(feature = "json")]
    #[doc(hidden)]
    fn json_read<'de, D: Deserializer<'de>>(
        _: u32,
        _: D,
        _: JsonReading<'_>,
    ) -> Result<Option<Self>, D::Error> {
        Err(de::Error::custom(json::not_derived_one_of::<Self>()))
    }
}

/// A [`OneOf`] that is read from bytes that live for `'de`: as long as what its variants borrow.
#[doc(hidden)]
pub trait ReadOneOf<'de>: OneOf {
    /// Reads the variant that has the number; there is one.
    fn merge(
        field: &mut Option<Self>,
        number: u32,
        wire_type: WireType,
        reader: &mut Reader<'de>,
    ) -> Result<Merged, ReadError>;
}

/// A field with the option `oneof`. The methods are the entry points of derived code.
#[diagnostic::on_unimplemented(
    message = "a oneof can't be a field of type `{Self}`",
    label = "a oneof may be absent, so the field is an `Option`",
    note = "write `Option<…>` of an enum with `#[derive(OneOf)]`"
)]
#[expect(missing_docs, reason = "the methods are those of `OneOf`")]
pub trait OneOfField: Sized {
    type OneOf: OneOf;

    const DESCRIPTOR: &'static OneOfDescriptor = Self::OneOf::DESCRIPTOR;

    fn descriptor() -> &'static OneOfDescriptor {
        Self::DESCRIPTOR
    }

    fn absent() -> Self;
    fn encode(&self, writer: &mut Writer);

    #[inline]
    fn has(number: u32) -> bool {
        Self::OneOf::has(number)
    }

    fn merge<'de>(
        &mut self,
        number: u32,
        wire_type: WireType,
        reader: &mut Reader<'de>,
    ) -> Result<Merged, ReadError>
    where
        Self::OneOf: ReadOneOf<'de>;

    #[cfg(feature = "json")]
    fn json_write<S: SerializeMap>(&self, object: &mut JsonObject<'_, S>) -> Result<(), S::Error>;

    /// Returns whether there was a value.
    #[cfg(feature = "json")]
    fn json_read<'de, D: Deserializer<'de>>(
        &mut self,
        member: JsonMember,
        value: D,
        cx: JsonReading<'_>,
    ) -> Result<bool, D::Error>;
}

impl<T: OneOf> OneOfField for Option<T> {
    type OneOf = T;

    #[inline]
    fn absent() -> Self {
        None
    }

    #[inline]
    fn encode(&self, writer: &mut Writer) {
        if let Some(one_of) = self {
            one_of.encode(writer);
        }
    }

    #[inline]
    fn merge<'de>(
        &mut self,
        number: u32,
        wire_type: WireType,
        reader: &mut Reader<'de>,
    ) -> Result<Merged, ReadError>
    where
        T: ReadOneOf<'de>,
    {
        T::merge(self, number, wire_type, reader)
    }

    #[cfg(feature = "json")]
    fn json_write<S: SerializeMap>(&self, object: &mut JsonObject<'_, S>) -> Result<(), S::Error> {
        match self {
            Some(one_of) => one_of.json_write(object),
            None => Ok(()),
        }
    }

    #[cfg(feature = "json")]
    fn json_read<'de, D: Deserializer<'de>>(
        &mut self,
        member: JsonMember,
        value: D,
        cx: JsonReading<'_>,
    ) -> Result<bool, D::Error> {
        let variant = T::json_read(member.number, value, cx)?;
        let has_value = variant.is_some();
        if has_value {
            *self = variant;
        }
        Ok(has_value)
    }
}

/// Stops the compiler if a variant has the number or name of another field of the message.
///
/// The derive of the message doesn't know the variants, and that of the oneof doesn't know the message; constants do.
/// `taken` are the message's own fields, and oneofs with the number 0; `earlier` are the oneofs that have been checked.
///
/// # Panics
///
/// While compiling, with the message to the programmer.
#[track_caller]
pub const fn check_one_of(
    message: &str,
    taken: &[(u32, &str)],
    earlier: &[&OneOfDescriptor],
    one_of: &OneOfDescriptor,
) {
    let mut index = 0;
    while index < one_of.variants.len() {
        let variant = &one_of.variants[index];
        let mut field = 0;
        while field < taken.len() {
            check_variant(message, taken[field].0, taken[field].1, variant);
            field += 1;
        }
        let mut other = 0;
        while other < earlier.len() {
            let mut field = 0;
            while field < earlier[other].variants.len() {
                let taken = &earlier[other].variants[field];
                check_variant(message, taken.number, taken.name, variant);
                field += 1;
            }
            other += 1;
        }
        index += 1;
    }
}

/// Stops the compiler if a variant has a number or name that the message reserves.
///
/// # Panics
///
/// While compiling, with the message to the programmer.
#[track_caller]
pub const fn check_reserved(message: &str, reserved: &[Reserved], one_of: &OneOfDescriptor) {
    let mut index = 0;
    while index < one_of.variants.len() {
        let variant = &one_of.variants[index];
        let mut at = 0;
        while at < reserved.len() {
            let is_reserved = match reserved[at] {
                // No field's number is greater than an `i32` can be.
                Reserved::Numbers(first, last) => {
                    first <= variant.number as i32 && variant.number as i32 <= last
                }
                Reserved::Name(name) => is_same(name, variant.name),
            };
            if is_reserved {
                let text = Text::new()
                    .add("the oneof variant `")
                    .add(variant.name)
                    .add("` has the number ")
                    .add_number(variant.number)
                    .add(", and the message `")
                    .add(message)
                    .add("` that holds it reserves that number or name");
                panic!("{}", text.as_str());
            }
            at += 1;
        }
        index += 1;
    }
}

#[track_caller]
const fn check_variant(message: &str, number: u32, name: &str, variant: &FieldDescriptor) {
    if number == variant.number {
        let text = Text::new()
            .add("the field number ")
            .add_number(number)
            .add(" is used twice in message `")
            .add(message)
            .add("`: by `")
            .add(name)
            .add("` and by the oneof variant `")
            .add(variant.name)
            .add("`; a oneof shares the numbers of the message that holds it");
        panic!("{}", text.as_str());
    }
    if is_same(name, variant.name) {
        let text = Text::new()
            .add("the name `")
            .add(name)
            .add("` is used twice in message `")
            .add(message)
            .add("`, once by a variant of a oneof, which shares the names of the message that holds it");
        panic!("{}", text.as_str());
    }
}

/// Every name is compared with every other, and the compiler counts the steps, calls and rounds of a loop most of all:
/// after two million it suspects an endless loop. Names of one message are likely to differ at their end.
const fn is_same(left: &str, right: &str) -> bool {
    let (mut left, mut right) = (left.as_bytes(), right.as_bytes());
    while let ([left_rest @ .., left_last], [right_rest @ .., right_last]) = (left, right) {
        if *left_last != *right_last {
            return false;
        }
        (left, right) = (left_rest, right_rest);
    }
    left.is_empty() && right.is_empty()
}

/// Text that is put together while compiling, where there is no `format!`. What doesn't fit is left out.
struct Text {
    bytes: [u8; 512],
    len: usize,
}

impl Text {
    const fn new() -> Self {
        Self {
            bytes: [0; 512],
            len: 0,
        }
    }

    const fn add(mut self, text: &str) -> Self {
        if text.len() <= self.bytes.len() - self.len {
            let mut index = 0;
            while index < text.len() {
                self.bytes[self.len] = text.as_bytes()[index];
                self.len += 1;
                index += 1;
            }
        }
        self
    }

    const fn add_number(self, number: u32) -> Self {
        let text = if number < 10 {
            self
        } else {
            self.add_number(number / 10)
        };
        match str::from_utf8(&[b'0' + (number % 10) as u8]) {
            Ok(digit) => text.add(digit),
            Err(_) => text,
        }
    }

    const fn as_str(&self) -> &str {
        match str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "a number or name is used twice",
        }
    }
}

#[cfg(test)]
mod tests {
    use traitwire_schema::{FieldType, Scalar, ValueType};

    use super::*;

    const VARIANT: FieldDescriptor = FieldDescriptor {
        name: "value_of_the_event_in_question_b",
        number: 2,
        doc: "",
        deprecated: false,
        line: 0,
        ty: || FieldType::Singular(ValueType::Scalar(Scalar::Bool)),
    };

    /// Many fields and variants are checked before the compiler loses its patience.
    const _: () = check_one_of(
        "Events",
        &[(1, "value_of_the_event_in_question_a"); 300],
        &[],
        &OneOfDescriptor {
            rust_name: "",
            location: "",
            doc: "",
            variants: &[VARIANT; 300],
        },
    );

    #[test]
    fn a_name_is_the_same_as_itself_only() {
        assert!(is_same("", ""));
        assert!(is_same("name", "name"));
        assert!(!is_same("name", "game"));
        assert!(!is_same("name", "rename"));
        assert!(!is_same("name", ""));
    }
}
