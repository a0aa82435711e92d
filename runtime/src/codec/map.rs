//! Maps, which are repeated messages of a key and a value.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    hash::{BuildHasher, Hash},
    marker::PhantomData,
};

#[cfg(feature = "bytestring")]
use bytestring::ByteString;
#[cfg(feature = "faststr")]
use faststr::FastStr;
use prost::encoding::WireType;
use traitwire_schema::{FieldType, Scalar};

use super::{
    Field, FieldCodec, FieldReader, Fixed, MapOf, Merged, Plain, ReadError, Reader, Sint, Value,
    ValueCodec, ValueReader, Writer, json::JsonKey,
};

/// A type that the keys of a map can have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the key of a protobuf map",
    label = "protobuf has no such keys",
    note = "keys are `bool`, `i32`, `i64`, `u32`, `u64` and `String`; \
            `key = sint` is for `i32` and `i64`, `key = fixed` is for the four integers"
)]
pub trait Key<E = Plain>: Value<E> + Ord + Hash + JsonKey {
    /// The type in protobuf.
    const SCALAR: Scalar;
}

macro_rules! keys {
    ($($(#[$cfg:meta])? $ty:ty as $encoding:ty = $scalar:ident;)*) => {
        $(
            $(#[$cfg])?
            impl Key<$encoding> for $ty {
                const SCALAR: Scalar = Scalar::$scalar;
            }
        )*
    };
}

keys! {
    bool as Plain = Bool;
    i32 as Plain = Int32;
    i32 as Sint = Sint32;
    i32 as Fixed = Sfixed32;
    i64 as Plain = Int64;
    i64 as Sint = Sint64;
    i64 as Fixed = Sfixed64;
    u32 as Plain = Uint32;
    u32 as Fixed = Fixed32;
    u64 as Plain = Uint64;
    u64 as Fixed = Fixed64;
    String as Plain = String;
    &str as Plain = String;
    Cow<'_, str> as Plain = String;
    #[cfg(feature = "bytestring")]
    ByteString as Plain = String;
    #[cfg(feature = "faststr")]
    FastStr as Plain = String;
}

/// A map with keys and values of these encodings.
///
/// An entry of which key or value is absent has zero there, as protobuf says. Both are always written, since not every
/// other reader knows that rule.
#[derive(Debug)]
pub struct Map<KE, VE>(PhantomData<(KE, VE)>);

/// `rev` is for a map that has an order, `reserve` for one that can make room.
macro_rules! map {
    ($map:ident<K, V $(, $hasher:ident: $bound:path)?> $(, $rev:ident)?; $reserve:expr) => {
        impl<K: Key<KE>, V: Value<VE>, KE, VE $(, $hasher: $bound + Default)?>
            FieldCodec<$map<K, V $(, $hasher)?>> for Map<KE, VE>
        {
            fn field_type() -> FieldType {
                FieldType::Map(K::SCALAR, V::Codec::value_type())
            }

            #[inline]
            fn absent() -> $map<K, V $(, $hasher)?> {
                $map::default()
            }

            fn encode(field: &$map<K, V $(, $hasher)?>, number: u32, writer: &mut Writer) {
                for (key, value) in field.iter()$(.$rev())? {
                    writer.nested(number, |writer| {
                        V::Codec::encode(value, VALUE, writer);
                        K::Codec::encode(key, KEY, writer);
                    });
                }
            }
        }

        impl<'de, K: Key<KE>, V: Value<VE>, KE, VE $(, $hasher: $bound + Default)?>
            FieldReader<'de, $map<K, V $(, $hasher)?>> for Map<KE, VE>
        where
            K::Codec: ValueReader<'de, K>,
            V::Codec: ValueReader<'de, V>,
        {
            fn merge(
                field: &mut $map<K, V $(, $hasher)?>,
                number: u32,
                wire_type: WireType,
                reader: &mut Reader<'de>,
            ) -> Result<Merged, ReadError> {
                reader.expect(wire_type, WireType::LengthDelimited)?;
                let reserve: fn(&mut $map<K, V $(, $hasher)?>, &Reader<'de>, u32) = $reserve;
                reserve(field, reader, number);
                let (key, value, merged) = read_entry::<K, V, KE, VE>(reader)?;
                if let Merged::Known = merged {
                    field.insert(key, value);
                }
                Ok(merged)
            }
        }

        impl<K: Key, V: Value $(, $hasher: $bound + Default)?> Field for $map<K, V $(, $hasher)?> {
            type Codec = Map<Plain, Plain>;
        }

        impl<K: Key<KE>, V: Value<VE>, KE, VE $(, $hasher: $bound + Default)?> Field<MapOf<KE, VE>>
            for $map<K, V $(, $hasher)?>
        {
            type Codec = Map<KE, VE>;
        }
    };
}

map!(HashMap<K, V, S: BuildHasher>; |map, reader, number| {
    if map.len() == map.capacity() {
        map.reserve(reader.count(number).min(MAX_ROOM));
    }
});
map!(BTreeMap<K, V>, rev; |_, _, _| {});

/// Reads an entry. What came of the last value in it decides about the whole.
fn read_entry<'de, K: Value<KE>, V: Value<VE>, KE, VE>(
    reader: &mut Reader<'de>,
) -> Result<(K, V, Merged), ReadError>
where
    K::Codec: ValueReader<'de, K>,
    V::Codec: ValueReader<'de, V>,
{
    reader.nested(|reader| {
        let (mut key, mut value) = (K::Codec::absent(), V::Codec::absent());
        let mut merged = Merged::Known;
        while let Some((number, wire_type)) = reader.key()? {
            match number {
                KEY => {
                    let result = K::Codec::merge(&mut key, wire_type, reader);
                    result.map_err(|error| error.in_field("key"))?;
                }
                VALUE => {
                    let result = V::Codec::merge(&mut value, wire_type, reader);
                    merged = result.map_err(|error| error.in_field("value"))?;
                }
                _ => reader.skip(number, wire_type)?,
            }
        }
        Ok((key, value, merged))
    })
}

/// Entries that room is made for at a time: they may turn out to have the same key all of them.
const MAX_ROOM: usize = 64;

/// The number of the key in an entry.
const KEY: u32 = 1;
/// The number of the value in an entry.
const VALUE: u32 = 2;
