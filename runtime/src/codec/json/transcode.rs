//! JSON that passes by, and isn't looked at.

use std::{cell::RefCell, fmt};

use serde_core::{
    Deserializer, Serialize, Serializer,
    de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor},
    ser::{self, SerializeMap, SerializeSeq},
};

/// What a deserializer has, for a serializer to print. It can be printed once.
pub(super) struct Passing<D>(RefCell<Option<D>>);

impl<D> Passing<D> {
    pub(super) fn new(deserializer: D) -> Self {
        Self(RefCell::new(Some(deserializer)))
    }
}

impl<'de, D: Deserializer<'de>> Serialize for Passing<D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.borrow_mut().take() {
            Some(deserializer) => deserializer
                .deserialize_any(Printer(serializer))
                .map_err(ser::Error::custom),
            None => Err(ser::Error::custom("printed once already")),
        }
    }
}

/// Prints what it is shown.
struct Printer<S>(S);

fn swap<T, E: de::Error>(result: Result<T, impl fmt::Display>) -> Result<T, E> {
    result.map_err(E::custom)
}

impl<'de, S: Serializer> Visitor<'de> for Printer<S> {
    type Value = S::Ok;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of JSON")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<S::Ok, E> {
        swap(self.0.serialize_bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<S::Ok, E> {
        swap(self.0.serialize_i64(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<S::Ok, E> {
        swap(self.0.serialize_u64(value))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<S::Ok, E> {
        swap(self.0.serialize_f64(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<S::Ok, E> {
        swap(self.0.serialize_str(value))
    }

    fn visit_unit<E: de::Error>(self) -> Result<S::Ok, E> {
        swap(self.0.serialize_unit())
    }

    fn visit_none<E: de::Error>(self) -> Result<S::Ok, E> {
        swap(self.0.serialize_unit())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Ok, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<S::Ok, A::Error> {
        let mut printed = swap(self.0.serialize_seq(list.size_hint()))?;
        while list.next_element_seed(Element(&mut printed))?.is_some() {}
        swap(printed.end())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<S::Ok, A::Error> {
        let mut printed = swap(self.0.serialize_map(object.size_hint()))?;
        pass_entries(&mut object, &mut printed, |_| false)?;
        swap(printed.end())
    }
}

/// Passes the entries of an object on, up to and without one whose key is to be `kept`.
pub(super) fn pass_entries<'de, A: MapAccess<'de>, S: SerializeMap>(
    object: &mut A,
    printed: &mut S,
    kept: impl Fn(&str) -> bool,
) -> Result<Option<String>, A::Error> {
    while let Some(key) = object.next_key::<String>()? {
        if kept(&key) {
            return Ok(Some(key));
        }
        swap(printed.serialize_key(&key))?;
        object.next_value_seed(EntryValue(&mut *printed))?;
    }
    Ok(None)
}

struct Element<'a, S>(&'a mut S);

impl<'de, S: SerializeSeq> DeserializeSeed<'de> for Element<'_, S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        swap(self.0.serialize_element(&Passing::new(deserializer)))
    }
}

struct EntryValue<'a, S>(&'a mut S);

impl<'de, S: SerializeMap> DeserializeSeed<'de> for EntryValue<'_, S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        swap(self.0.serialize_value(&Passing::new(deserializer)))
    }
}
