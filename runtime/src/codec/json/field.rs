//! A field: one value or none, or many.

use std::{fmt, marker::PhantomData};

use serde_core::{
    Deserializer, Serializer,
    de::{DeserializeSeed, SeqAccess, Visitor},
    ser::SerializeSeq,
};

use super::{
    JsonReading, JsonValue, JsonValueReader, JsonWriting,
    path::Segment,
    value::{AsValue, value_seed},
};
use crate::codec::{Optional, Repeated, RepeatedUnpacked, Singular, ValueCodec};

/// How a field of type `F` stands in JSON. Implemented by the codecs, as [`FieldCodec`](crate::codec::FieldCodec) is.
pub trait JsonField<F> {
    /// Whether it is printed.
    fn is_printed(field: &F, cx: JsonWriting<'_>) -> bool;

    /// Prints what stands behind its name. It [is there](Self::is_printed).
    fn serialize<S: Serializer>(
        field: &F,
        serializer: S,
        cx: JsonWriting<'_>,
    ) -> Result<S::Ok, S::Error>;
}

/// How a field of type `F`, which borrows nothing, is read.
pub trait JsonFieldReader<F>: JsonField<F> {
    /// Whether `null` is a value, and doesn't say that there is none.
    const TAKES_NULL: bool = false;

    /// Reads what stands behind its name, and isn't `null` unless that is a value.
    fn deserialize<'de, D: Deserializer<'de>>(
        field: &mut F,
        deserializer: D,
        cx: JsonReading<'_>,
    ) -> Result<(), D::Error>;
}

/// Reads what stands behind the name of a field, and returns whether that was a value.
pub(super) fn read_field<'de, F, C: JsonFieldReader<F>, D: Deserializer<'de>>(
    field: &mut F,
    deserializer: D,
    cx: JsonReading<'_>,
) -> Result<bool, D::Error> {
    if C::TAKES_NULL {
        C::deserialize(field, deserializer, cx)?;
        return Ok(true);
    }
    deserializer.deserialize_option(NotNull(FieldSeed {
        field,
        cx,
        codec: PhantomData::<C>,
    }))
}

struct FieldSeed<'a, F, C> {
    field: &'a mut F,
    cx: JsonReading<'a>,
    codec: PhantomData<C>,
}

impl<'de, F, C: JsonFieldReader<F>> DeserializeSeed<'de> for FieldSeed<'_, F, C> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        C::deserialize(self.field, deserializer, self.cx).map(|()| true)
    }
}

/// Reads what the seed does, or what the seed's default is if there is `null`.
pub(super) struct NotNull<S>(pub(super) S);

impl<'de, S: DeserializeSeed<'de, Value: Default>> Visitor<'de> for NotNull<S> {
    type Value = S::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }

    fn visit_none<E>(self) -> Result<S::Value, E> {
        Ok(S::Value::default())
    }

    fn visit_unit<E>(self) -> Result<S::Value, E> {
        Ok(S::Value::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(deserializer)
    }
}

impl<T, C: ValueCodec<T>> JsonField<T> for Singular<C> {
    #[inline]
    fn is_printed(field: &T, cx: JsonWriting<'_>) -> bool {
        cx.options.defaults || !C::is_absent(field)
    }

    fn serialize<S: Serializer>(
        field: &T,
        serializer: S,
        cx: JsonWriting<'_>,
    ) -> Result<S::Ok, S::Error> {
        C::serialize(field, serializer, cx)
    }
}

impl<T, C: ValueCodec<T> + JsonValueReader<T>> JsonFieldReader<T> for Singular<C> {
    const TAKES_NULL: bool = C::TAKES_NULL;

    fn deserialize<'de, D: Deserializer<'de>>(
        field: &mut T,
        deserializer: D,
        cx: JsonReading<'_>,
    ) -> Result<(), D::Error> {
        if let Some(value) = C::deserialize(deserializer, cx)? {
            *field = value;
        }
        Ok(())
    }
}

impl<T, C: JsonValue<T>> JsonField<Option<T>> for Optional<C> {
    #[inline]
    fn is_printed(field: &Option<T>, _: JsonWriting<'_>) -> bool {
        field.is_some()
    }

    fn serialize<S: Serializer>(
        field: &Option<T>,
        serializer: S,
        cx: JsonWriting<'_>,
    ) -> Result<S::Ok, S::Error> {
        match field {
            Some(value) => C::serialize(value, serializer, cx),
            None => serializer.serialize_none(),
        }
    }
}

impl<T, C: JsonValueReader<T>> JsonFieldReader<Option<T>> for Optional<C> {
    const TAKES_NULL: bool = C::TAKES_NULL;

    fn deserialize<'de, D: Deserializer<'de>>(
        field: &mut Option<T>,
        deserializer: D,
        cx: JsonReading<'_>,
    ) -> Result<(), D::Error> {
        *field = C::deserialize(deserializer, cx)?;
        Ok(())
    }
}

impl<T, C: JsonValue<T>> JsonField<Vec<T>> for Repeated<C> {
    #[inline]
    fn is_printed(field: &Vec<T>, cx: JsonWriting<'_>) -> bool {
        cx.options.defaults || !field.is_empty()
    }

    fn serialize<S: Serializer>(
        field: &Vec<T>,
        serializer: S,
        cx: JsonWriting<'_>,
    ) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(field.len()))?;
        for (index, value) in field.iter().enumerate() {
            let printed = list.serialize_element(&AsValue::<T, C>::new(value, cx));
            cx.locate(printed, || Segment::Index(index))?;
        }
        list.end()
    }
}

impl<T, C: JsonValueReader<T>> JsonFieldReader<Vec<T>> for Repeated<C> {
    fn deserialize<'de, D: Deserializer<'de>>(
        field: &mut Vec<T>,
        deserializer: D,
        cx: JsonReading<'_>,
    ) -> Result<(), D::Error> {
        deserializer.deserialize_seq(ListVisitor {
            values: field,
            cx,
            codec: PhantomData::<C>,
        })
    }
}

impl<T, C: JsonValue<T>> JsonField<Vec<T>> for RepeatedUnpacked<C> {
    #[inline]
    fn is_printed(field: &Vec<T>, cx: JsonWriting<'_>) -> bool {
        Repeated::<C>::is_printed(field, cx)
    }

    fn serialize<S: Serializer>(
        field: &Vec<T>,
        serializer: S,
        cx: JsonWriting<'_>,
    ) -> Result<S::Ok, S::Error> {
        Repeated::<C>::serialize(field, serializer, cx)
    }
}

impl<T, C: JsonValueReader<T>> JsonFieldReader<Vec<T>> for RepeatedUnpacked<C> {
    fn deserialize<'de, D: Deserializer<'de>>(
        field: &mut Vec<T>,
        deserializer: D,
        cx: JsonReading<'_>,
    ) -> Result<(), D::Error> {
        Repeated::<C>::deserialize(field, deserializer, cx)
    }
}

struct ListVisitor<'a, T, C> {
    values: &'a mut Vec<T>,
    cx: JsonReading<'a>,
    codec: PhantomData<C>,
}

impl<'de, T, C: JsonValueReader<T>> Visitor<'de> for ListVisitor<'_, T, C> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        for index in 0.. {
            let read = list.next_element_seed(value_seed::<T, C>(self.cx));
            match self.cx.locate(read, || Segment::Index(index))? {
                Some(Some(value)) => self.values.push(value),
                Some(None) => {}
                None => break,
            }
        }
        Ok(())
    }
}
