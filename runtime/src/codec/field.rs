//! A field of a message: how many values it holds.

use std::marker::PhantomData;

use prost::encoding::WireType;
use traitwire_schema::FieldType;

use super::{
    Merged, Plain, ReadError, Reader, Unpacked, Value, ValueCodec, ValueEncoding, ValueReader,
    Writer, json::JsonField,
};

/// A type that a field of a message can have.
///
/// Those are every [`Value`], `Option` and `Vec` of them, and maps. `E` is the encoding that the field's options choose.
/// The methods are the entry points of derived code; the work is the codec's.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a field of a protobuf message",
    label = "protobuf has no such field",
    note = "fields are scalars, messages and enums, alone or in `Option`, `Vec`, `HashMap` and `BTreeMap`",
    note = "scalars are `bool`, `i32`, `i64`, `u32`, `u64`, `f32`, `f64`, `String`, `Vec<u8>` and `bytes::Bytes`",
    note = "`sint` is for `i32` and `i64`, `fixed` for those, `u32` and `u64`; on a map say `key = …` or `value = …`",
    note = "`unpacked` is for `Vec`",
    note = "if `{Self}` is a type of yours, add `#[derive(Message)]` to the struct or `#[derive(Enumeration)]` to the enum"
)]
pub trait Field<E = Plain>: Sized {
    /// How it is encoded.
    type Codec: FieldCodec<Self>;

    /// See `Message`.
    #[doc(hidden)]
    const HAS_AN_END: () = Self::Codec::HAS_AN_END;

    /// The type in protobuf.
    fn field_type() -> FieldType {
        Self::Codec::field_type()
    }

    /// What the field holds when nothing was sent.
    #[inline(always)]
    fn absent() -> Self {
        Self::Codec::absent()
    }

    /// Writes the field, or nothing.
    #[inline(always)]
    fn encode(&self, number: u32, writer: &mut Writer) {
        Self::Codec::encode(self, number, writer);
    }

    /// Reads what stands after a key with the field's number.
    #[inline(always)]
    fn merge<'de>(
        &mut self,
        number: u32,
        wire_type: WireType,
        reader: &mut Reader<'de>,
    ) -> Result<Merged, ReadError>
    where
        Self::Codec: FieldReader<'de, Self>,
    {
        Self::Codec::merge(self, number, wire_type, reader)
    }
}

/// How a field of type `F` stands on the wire: the methods of [`Field`] that describe and write it.
#[expect(missing_docs, reason = "see the methods of the same names in `Field`")]
pub trait FieldCodec<F>: JsonField<F> {
    #[doc(hidden)]
    const HAS_AN_END: () = ();

    fn field_type() -> FieldType;
    fn absent() -> F;
    fn encode(field: &F, number: u32, writer: &mut Writer);
}

/// How a field of type `F` is read from bytes that live for `'de`: as long as what the field borrows.
pub trait FieldReader<'de, F>: FieldCodec<F> {
    /// See [`Field::merge`].
    fn merge(
        field: &mut F,
        number: u32,
        wire_type: WireType,
        reader: &mut Reader<'de>,
    ) -> Result<Merged, ReadError>;
}

/// One value. A scalar's zero is not sent; a message always is.
#[derive(Debug)]
pub struct Singular<C>(PhantomData<C>);

impl<T, C: ValueCodec<T>> FieldCodec<T> for Singular<C> {
    const HAS_AN_END: () = C::HAS_AN_END;

    fn field_type() -> FieldType {
        FieldType::Singular(C::value_type())
    }

    #[inline]
    fn absent() -> T {
        C::absent()
    }

    #[inline(always)]
    fn encode(field: &T, number: u32, writer: &mut Writer) {
        if !C::is_absent(field) {
            C::encode(field, number, writer);
        }
    }
}

impl<'de, T, C: ValueReader<'de, T>> FieldReader<'de, T> for Singular<C> {
    #[inline(always)]
    fn merge(
        field: &mut T,
        _: u32,
        wire_type: WireType,
        reader: &mut Reader<'de>,
    ) -> Result<Merged, ReadError> {
        C::merge(field, wire_type, reader)
    }
}

/// A value or none, which are two things even if the value is zero.
#[derive(Debug)]
pub struct Optional<C>(PhantomData<C>);

impl<T, C: ValueCodec<T>> FieldCodec<Option<T>> for Optional<C> {
    fn field_type() -> FieldType {
        FieldType::Optional(C::value_type())
    }

    #[inline]
    fn absent() -> Option<T> {
        None
    }

    #[inline(always)]
    fn encode(field: &Option<T>, number: u32, writer: &mut Writer) {
        if let Some(value) = field {
            C::encode(value, number, writer);
        }
    }
}

impl<'de, T, C: ValueReader<'de, T>> FieldReader<'de, Option<T>> for Optional<C> {
    #[inline]
    fn merge(
        field: &mut Option<T>,
        _: u32,
        wire_type: WireType,
        reader: &mut Reader<'de>,
    ) -> Result<Merged, ReadError> {
        if let Some(value) = field {
            return C::merge(value, wire_type, reader);
        }
        let mut value = C::absent();
        let merged = C::merge(&mut value, wire_type, reader)?;
        if let Merged::Known = merged {
            *field = Some(value);
        }
        Ok(merged)
    }
}

/// Any number of values.
#[derive(Debug)]
pub struct Repeated<C>(PhantomData<C>);

impl<T, C: ValueCodec<T>> FieldCodec<Vec<T>> for Repeated<C> {
    fn field_type() -> FieldType {
        FieldType::Repeated(C::value_type())
    }

    #[inline]
    fn absent() -> Vec<T> {
        Vec::new()
    }

    #[inline(always)]
    fn encode(field: &Vec<T>, number: u32, writer: &mut Writer) {
        C::encode_repeated(field, number, writer);
    }
}

impl<'de, T, C: ValueReader<'de, T>> FieldReader<'de, Vec<T>> for Repeated<C> {
    #[inline(always)]
    fn merge(
        field: &mut Vec<T>,
        number: u32,
        wire_type: WireType,
        reader: &mut Reader<'de>,
    ) -> Result<Merged, ReadError> {
        C::merge_repeated(field, number, wire_type, reader)
    }
}

/// Any number of values, each behind a key of its own.
#[derive(Debug)]
pub struct RepeatedUnpacked<C>(PhantomData<C>);

impl<T, C: ValueCodec<T>> FieldCodec<Vec<T>> for RepeatedUnpacked<C> {
    fn field_type() -> FieldType {
        FieldType::Unpacked(C::value_type())
    }

    #[inline]
    fn absent() -> Vec<T> {
        Vec::new()
    }

    #[inline]
    fn encode(field: &Vec<T>, number: u32, writer: &mut Writer) {
        for value in field.iter().rev() {
            C::encode(value, number, writer);
        }
    }
}

/// Whoever reads takes both forms.
impl<'de, T, C: ValueReader<'de, T>> FieldReader<'de, Vec<T>> for RepeatedUnpacked<C> {
    #[inline]
    fn merge(
        field: &mut Vec<T>,
        number: u32,
        wire_type: WireType,
        reader: &mut Reader<'de>,
    ) -> Result<Merged, ReadError> {
        Repeated::<C>::merge(field, number, wire_type, reader)
    }
}

impl<T: Value<E>, E> Field<E> for Option<T> {
    type Codec = Optional<T::Codec>;
}

impl<T: Value<E>, E: ValueEncoding> Field<E> for Vec<T> {
    type Codec = Repeated<T::Codec>;
}

impl<T: Value<E>, E: ValueEncoding> Field<Unpacked<E>> for Vec<T> {
    type Codec = RepeatedUnpacked<T::Codec>;
}
