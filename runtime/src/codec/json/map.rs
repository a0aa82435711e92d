//! Maps, which are objects: their keys are strings.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    fmt,
    hash::BuildHasher,
    marker::PhantomData,
};

use serde_core::{
    Deserializer, Serialize, Serializer,
    de::{self, DeserializeSeed, MapAccess, Unexpected, Visitor},
    ser::SerializeMap,
};

use super::{
    JsonField, JsonFieldReader, JsonReading, JsonValueReader, JsonWriting, number,
    path::Segment,
    value::{AsValue, value_seed},
};
use crate::codec::{Key, Map, Value};

/// The key of a map, which is a string in JSON.
pub trait JsonKey {
    /// The string.
    fn text(&self) -> Cow<'_, str>;
}

/// A [`JsonKey`] that borrows nothing.
pub trait JsonKeyReader: JsonKey + Sized {
    /// What is expected where it isn't.
    const EXPECTED: &str;

    /// The key that the string stands for.
    fn parse(text: &str) -> Option<Self>;
}

impl JsonKey for String {
    fn text(&self) -> Cow<'_, str> {
        self.into()
    }
}

impl JsonKeyReader for String {
    const EXPECTED: &str = "a string";

    fn parse(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

#[cfg(any(feature = "bytestring", feature = "faststr"))]
macro_rules! shared_text_keys {
    ($($(#[$cfg:meta])* $ty:ty;)*) => {
        $(
            $(#[$cfg])*
            impl JsonKey for $ty {
                fn text(&self) -> Cow<'_, str> {
                    (&**self).into()
                }
            }

            $(#[$cfg])*
            impl JsonKeyReader for $ty {
                const EXPECTED: &str = "a string";

                fn parse(text: &str) -> Option<Self> {
                    Some(text.to_owned().into())
                }
            }
        )*
    };
}

#[cfg(any(feature = "bytestring", feature = "faststr"))]
shared_text_keys! {
    #[cfg(feature = "bytestring")]
    bytestring::ByteString;
    #[cfg(feature = "faststr")]
    faststr::FastStr;
}

impl JsonKey for &str {
    fn text(&self) -> Cow<'_, str> {
        (*self).into()
    }
}

impl JsonKey for Cow<'_, str> {
    fn text(&self) -> Cow<'_, str> {
        (&**self).into()
    }
}

impl JsonKey for bool {
    fn text(&self) -> Cow<'_, str> {
        if *self { "true" } else { "false" }.into()
    }
}

impl JsonKeyReader for bool {
    const EXPECTED: &str = "`true` or `false`";

    fn parse(text: &str) -> Option<Self> {
        match text {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }
}

macro_rules! integer_keys {
    ($($ty:ty)*) => {
        $(
            impl JsonKey for $ty {
                fn text(&self) -> Cow<'_, str> {
                    self.to_string().into()
                }
            }

            impl JsonKeyReader for $ty {
                const EXPECTED: &str = <$ty as number::Integer>::EXPECTED;

                fn parse(text: &str) -> Option<Self> {
                    number::parse_integer(text)
                }
            }
        )*
    };
}

integer_keys!(i32 i64 u32 u64);

macro_rules! map {
    ($map:ident<K, V $(, $hasher:ident: $bound:path)?>) => {
        impl<K: Key<KE>, V: Value<VE>, KE, VE $(, $hasher: $bound + Default)?>
            JsonField<$map<K, V $(, $hasher)?>> for Map<KE, VE>
        {
            fn is_printed(field: &$map<K, V $(, $hasher)?>, cx: JsonWriting<'_>) -> bool {
                cx.options.defaults || !field.is_empty()
            }

            fn serialize<S: Serializer>(
                field: &$map<K, V $(, $hasher)?>,
                serializer: S,
                cx: JsonWriting<'_>,
            ) -> Result<S::Ok, S::Error> {
                let mut object = serializer.serialize_map(Some(field.len()))?;
                for (key, value) in field {
                    let value = AsValue::<V, V::Codec>::new(value, cx);
                    let printed = object.serialize_entry(&KeyText(key), &value);
                    cx.locate(printed, || Segment::Key(key.text().into_owned()))?;
                }
                object.end()
            }
        }

        impl<K: Key<KE> + JsonKeyReader, V: Value<VE>, KE, VE $(, $hasher: $bound + Default)?>
            JsonFieldReader<$map<K, V $(, $hasher)?>> for Map<KE, VE>
        where
            V::Codec: JsonValueReader<V>,
        {
            fn deserialize<'de, D: Deserializer<'de>>(
                field: &mut $map<K, V $(, $hasher)?>,
                deserializer: D,
                cx: JsonReading<'_>,
            ) -> Result<(), D::Error> {
                deserializer.deserialize_map(EntryVisitor::<K, V, KE, VE, _> {
                    insert: |key, value| field.insert(key, value).is_some(),
                    cx,
                    entry: PhantomData,
                })
            }
        }
    };
}

map!(HashMap<K, V, H: BuildHasher>);
map!(BTreeMap<K, V>);

/// A key to be printed.
struct KeyText<'a, K>(&'a K);

impl<K: JsonKey> Serialize for KeyText<'_, K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.text())
    }
}

/// A key and a value with their encodings.
type Entry<K, V, KE, VE> = fn() -> (K, V, KE, VE);

struct EntryVisitor<'a, K, V, KE, VE, I> {
    /// Puts an entry into the map, and tells whether its key was there.
    insert: I,
    cx: JsonReading<'a>,
    entry: PhantomData<Entry<K, V, KE, VE>>,
}

impl<'de, K, V, KE, VE, I> Visitor<'de> for EntryVisitor<'_, K, V, KE, VE, I>
where
    K: Key<KE> + JsonKeyReader,
    V: Value<VE, Codec: JsonValueReader<V>>,
    I: FnMut(K, V) -> bool,
{
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, which is a map")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<(), A::Error> {
        while let Some(key) = object.next_key_seed(KeySeed::<K>(PhantomData))? {
            let text = |key: &K| Segment::Key(key.text().into_owned());
            let read = object.next_value_seed(value_seed::<V, V::Codec>(self.cx));
            // An error says the key, so that it has to outlive the map's grip on it.
            let Some(value) = self.cx.locate(read, || text(&key))? else {
                continue;
            };
            let is_twice = (self.insert)(key, value);
            if is_twice {
                return Err(de::Error::custom("a key of the map is there twice"));
            }
        }
        Ok(())
    }
}

struct KeySeed<K>(PhantomData<fn() -> K>);

impl<'de, K: JsonKeyReader> DeserializeSeed<'de> for KeySeed<K> {
    type Value = K;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<K, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<K: JsonKeyReader> Visitor<'_> for KeySeed<K> {
    type Value = K;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(K::EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<K, E> {
        K::parse(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}
