//! Enums, by name or number.

use std::{fmt, marker::PhantomData};

use serde_core::{
    Deserializer, Serializer,
    de::{self, Unexpected, Visitor},
};
use traitwire_schema::EnumDescriptor;

use super::{JsonReading, JsonValue, JsonValueReader, JsonWriting, number};
use crate::codec::{EnumCodec, Enumeration};

/// A number without a name is printed as it is.
impl<T: Enumeration> JsonValue<T> for EnumCodec {
    const TAKES_NULL: bool = is_null_value(T::DESCRIPTOR);

    fn serialize<S: Serializer>(
        value: &T,
        serializer: S,
        cx: JsonWriting<'_>,
    ) -> Result<S::Ok, S::Error> {
        if <Self as JsonValue<T>>::TAKES_NULL {
            return serializer.serialize_unit();
        }
        let number = value.number();
        match name(T::DESCRIPTOR, number) {
            Some(name) if !cx.options.enum_numbers => serializer.serialize_str(name),
            _ => serializer.serialize_i32(number),
        }
    }
}

impl<T: Enumeration> JsonValueReader<T> for EnumCodec {
    fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
        cx: JsonReading<'_>,
    ) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(EnumVisitor {
            ignore_unknown: cx.options.ignore_unknown,
            value: PhantomData,
        })
    }
}

struct EnumVisitor<T> {
    ignore_unknown: bool,
    value: PhantomData<fn() -> T>,
}

impl<T: Enumeration> EnumVisitor<T> {
    fn find<E: de::Error>(
        &self,
        number: Option<i32>,
        read: Unexpected<'_>,
    ) -> Result<Option<T>, E> {
        match number.and_then(T::from_number) {
            None if !self.ignore_unknown => Err(E::invalid_value(read, self)),
            value => Ok(value),
        }
    }
}

impl<T: Enumeration> Visitor<'_> for EnumVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EnumDescriptor { name, .. } = T::DESCRIPTOR;
        write!(f, "the name or number of a value of `{name}`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Option<T>, E> {
        self.find(number(T::DESCRIPTOR, text), Unexpected::Str(text))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Option<T>, E> {
        let read = Unexpected::Signed(value);
        let number = value
            .try_into()
            .map_err(|_| E::invalid_value(read, &"an integer of 32 bits"))?;
        self.find(Some(number), read)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Option<T>, E> {
        let read = Unexpected::Unsigned(value);
        let number = value
            .try_into()
            .map_err(|_| E::invalid_value(read, &"an integer of 32 bits"))?;
        self.find(Some(number), read)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Option<T>, E> {
        let read = Unexpected::Float(value);
        let number = number::float_to_integer(value)
            .ok_or_else(|| E::invalid_value(read, &"an integer of 32 bits"))?;
        self.find(Some(number), read)
    }

    /// Of `NullValue`, the only enum that is read where there is `null`.
    fn visit_unit<E: de::Error>(self) -> Result<Option<T>, E> {
        if is_null_value(T::DESCRIPTOR) {
            return Ok(Some(T::zero()));
        }
        Err(E::invalid_type(Unexpected::Unit, &self))
    }
}

/// The first of the names that the number has.
fn name(descriptor: &'static EnumDescriptor, number: i32) -> Option<&'static str> {
    let mut values = descriptor.values.iter();
    values
        .find(|value| value.number == number)
        .map(|value| value.name)
}

/// The number that has the name. If none has, capitals and small letters are the same: other implementations take both.
fn number(descriptor: &EnumDescriptor, name: &str) -> Option<i32> {
    let values = descriptor.values;
    values
        .iter()
        .find(|value| value.name == name)
        .or_else(|| {
            values
                .iter()
                .find(|value| value.name.eq_ignore_ascii_case(name))
        })
        .map(|value| value.number)
}

/// Whether it is `google.protobuf.NullValue`, which stands for `null`.
const fn is_null_value(descriptor: &EnumDescriptor) -> bool {
    match (descriptor.file, descriptor.package) {
        (Some(file), Some(package)) => {
            is_same(file, "google/protobuf/struct.proto")
                && is_same(package, "google.protobuf")
                && is_same(descriptor.name, "NullValue")
        }
        _ => false,
    }
}

const fn is_same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut index = 0;
    while index < left.len() && index < right.len() && left[index] == right[index] {
        index += 1;
    }
    index == left.len() && index == right.len()
}
