//! Maps, which are repeated messages of a key and a value.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasher, Hash},
    marker::PhantomData,
};

use bytes::{Buf, BufMut};
use prost::{
    DecodeError,
    encoding::{self, DecodeContext, WireType},
};
use traitwire_schema::{FieldType, Scalar};

use super::{
    Field, FieldCodec, Fixed, MapOf, Merged, Plain, Sint, Value, ValueCodec, json::JsonKey,
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
    ($($ty:ty as $encoding:ty = $scalar:ident;)*) => {
        $(
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
}

/// A map with keys and values of these encodings.
///
/// An entry of which key or value is absent has zero there, as protobuf says. Both are always written, since not every
/// other reader knows that rule.
#[derive(Debug)]
pub struct Map<KE, VE>(PhantomData<(KE, VE)>);

macro_rules! map {
    ($map:ident<K, V $(, $hasher:ident: $bound:path)?>) => {
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

            fn encode(field: &$map<K, V $(, $hasher)?>, number: u32, buf: &mut impl BufMut) {
                for (key, value) in field {
                    encoding::encode_key(number, WireType::LengthDelimited, buf);
                    encoding::encode_varint(entry_len::<K, V, KE, VE>(key, value) as u64, buf);
                    K::Codec::encode(key, KEY, buf);
                    V::Codec::encode(value, VALUE, buf);
                }
            }

            fn encoded_len(field: &$map<K, V $(, $hasher)?>, number: u32) -> usize {
                field
                    .iter()
                    .map(|(key, value)| {
                        let len = entry_len::<K, V, KE, VE>(key, value);
                        encoding::key_len(number) + encoding::encoded_len_varint(len as u64) + len
                    })
                    .sum()
            }

            fn merge(
                field: &mut $map<K, V $(, $hasher)?>,
                wire_type: WireType,
                buf: &mut impl Buf,
                ctx: DecodeContext,
            ) -> Result<(), DecodeError> {
                if let Some((key, value)) = read_entry::<K, V, KE, VE>(wire_type, buf, ctx)? {
                    field.insert(key, value);
                }
                Ok(())
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

map!(HashMap<K, V, S: BuildHasher>);
map!(BTreeMap<K, V>);

fn entry_len<K: Value<KE>, V: Value<VE>, KE, VE>(key: &K, value: &V) -> usize {
    K::Codec::encoded_len(key, KEY) + V::Codec::encoded_len(value, VALUE)
}

/// Reads an entry; `None` if its value is one that a closed enum doesn't know.
fn read_entry<K: Value<KE>, V: Value<VE>, KE, VE>(
    wire_type: WireType,
    buf: &mut impl Buf,
    ctx: DecodeContext,
) -> Result<Option<(K, V)>, DecodeError> {
    let mut entry = Entry::<K, V, KE, VE> {
        key: K::Codec::absent(),
        value: V::Codec::absent(),
        merged: Merged::Known,
        encodings: PhantomData,
    };
    encoding::message::merge(wire_type, &mut entry, buf, ctx)?;
    Ok(match entry.merged {
        Merged::Known => Some((entry.key, entry.value)),
        Merged::Unknown => None,
    })
}

/// An entry while it is read. It is a [`prost::Message`], so that it counts towards the limit on recursion.
struct Entry<K, V, KE, VE> {
    key: K,
    value: V,
    /// What came of the last value that was read.
    merged: Merged,
    encodings: PhantomData<fn() -> (KE, VE)>,
}

impl<K: Value<KE>, V: Value<VE>, KE, VE> prost::Message for Entry<K, V, KE, VE> {
    fn encode_raw(&self, buf: &mut impl BufMut) {
        K::Codec::encode(&self.key, KEY, buf);
        V::Codec::encode(&self.value, VALUE, buf);
    }

    fn merge_field(
        &mut self,
        number: u32,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError> {
        match number {
            KEY => {
                K::Codec::merge(&mut self.key, wire_type, buf, ctx)?;
            }
            VALUE => self.merged = V::Codec::merge(&mut self.value, wire_type, buf, ctx)?,
            _ => encoding::skip_field(wire_type, number, buf, ctx)?,
        }
        Ok(())
    }

    fn encoded_len(&self) -> usize {
        entry_len::<K, V, KE, VE>(&self.key, &self.value)
    }

    fn clear(&mut self) {
        self.key = K::Codec::absent();
        self.value = V::Codec::absent();
        self.merged = Merged::Known;
    }
}

/// The number of the key in an entry.
const KEY: u32 = 1;
/// The number of the value in an entry.
const VALUE: u32 = 2;
