//! A field of a message: how many values it holds.

use std::marker::PhantomData;

use bytes::{Buf, BufMut};
use prost::{
    DecodeError,
    encoding::{DecodeContext, WireType},
};
use traitwire_schema::FieldType;

use super::{Merged, Plain, Value, ValueCodec, json::JsonField};

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
    #[inline]
    fn absent() -> Self {
        Self::Codec::absent()
    }

    /// Appends the field, or nothing.
    #[inline]
    fn encode(&self, number: u32, buf: &mut impl BufMut) {
        Self::Codec::encode(self, number, buf);
    }

    /// The length of what [`encode`](Self::encode) appends.
    #[inline]
    fn encoded_len(&self, number: u32) -> usize {
        Self::Codec::encoded_len(self, number)
    }

    /// Reads what stands after a key with the field's number.
    #[inline]
    fn merge(
        &mut self,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError> {
        Self::Codec::merge(self, wire_type, buf, ctx)
    }
}

/// How a field of type `F` stands on the wire: the methods of [`Field`].
#[expect(missing_docs, reason = "see the methods of the same names in `Field`")]
pub trait FieldCodec<F>: JsonField<F> {
    #[doc(hidden)]
    const HAS_AN_END: () = ();

    fn field_type() -> FieldType;
    fn absent() -> F;
    fn encode(field: &F, number: u32, buf: &mut impl BufMut);
    fn encoded_len(field: &F, number: u32) -> usize;
    fn merge(
        field: &mut F,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError>;
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

    #[inline]
    fn encode(field: &T, number: u32, buf: &mut impl BufMut) {
        if !C::is_absent(field) {
            C::encode(field, number, buf);
        }
    }

    #[inline]
    fn encoded_len(field: &T, number: u32) -> usize {
        if C::is_absent(field) {
            0
        } else {
            C::encoded_len(field, number)
        }
    }

    #[inline]
    fn merge(
        field: &mut T,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError> {
        C::merge(field, wire_type, buf, ctx)?;
        Ok(())
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

    #[inline]
    fn encode(field: &Option<T>, number: u32, buf: &mut impl BufMut) {
        if let Some(value) = field {
            C::encode(value, number, buf);
        }
    }

    #[inline]
    fn encoded_len(field: &Option<T>, number: u32) -> usize {
        field
            .as_ref()
            .map_or(0, |value| C::encoded_len(value, number))
    }

    #[inline]
    fn merge(
        field: &mut Option<T>,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError> {
        match field {
            Some(value) => {
                C::merge(value, wire_type, buf, ctx)?;
            }
            None => {
                let mut value = C::absent();
                if let Merged::Known = C::merge(&mut value, wire_type, buf, ctx)? {
                    *field = Some(value);
                }
            }
        }
        Ok(())
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

    #[inline]
    fn encode(field: &Vec<T>, number: u32, buf: &mut impl BufMut) {
        C::encode_repeated(field, number, buf);
    }

    #[inline]
    fn encoded_len(field: &Vec<T>, number: u32) -> usize {
        C::repeated_len(field, number)
    }

    #[inline]
    fn merge(
        field: &mut Vec<T>,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError> {
        C::merge_repeated(field, wire_type, buf, ctx)
    }
}

impl<T: Value<E>, E> Field<E> for Option<T> {
    type Codec = Optional<T::Codec>;
}

impl<T: Value<E>, E> Field<E> for Vec<T> {
    type Codec = Repeated<T::Codec>;
}
