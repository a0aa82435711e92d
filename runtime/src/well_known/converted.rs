//! Rust types that stand for a message without being one.

use std::{fmt::Display, marker::PhantomData};

use prost::encoding::WireType;
use traitwire_schema::ValueType;

use crate::codec::{
    Merged, Message, MessageCodec, ReadError, Reader, ValueCodec, ValueReader, Writer, decode_error,
};

/// A codec of types that are sent as the message `M`, which they [stand for](StandsFor).
#[derive(Debug)]
pub struct Converted<M>(PhantomData<M>);

impl<T, M> ValueCodec<T> for Converted<M>
where
    T: StandsFor<M>,
    M: Message,
{
    fn value_type() -> ValueType {
        ValueType::Message(M::DESCRIPTOR)
    }

    #[inline]
    fn absent() -> T {
        T::EPOCH
    }

    #[inline]
    fn is_absent(_: &T) -> bool {
        false
    }

    #[inline]
    fn encode(value: &T, number: u32, writer: &mut Writer) {
        MessageCodec::encode(&value.to_message(), number, writer);
    }
}

impl<T, M> ValueReader<'_, T> for Converted<M>
where
    T: StandsFor<M>,
    M: Message,
{
    fn merge(
        value: &mut T,
        wire_type: WireType,
        reader: &mut Reader<'_>,
    ) -> Result<Merged, ReadError> {
        let mut message = value.to_message();
        let merged = MessageCodec::merge(&mut message, wire_type, reader)?;
        *value = T::from_message(message).map_err(|error| decode_error(error.to_string()))?;
        Ok(merged)
    }
}

/// A type whose values are sent as the message `M`.
pub trait StandsFor<M>: Sized {
    /// Why a message is no value.
    type Error: Display;

    /// What a message without fields is.
    const EPOCH: Self;

    /// The message. A value that `M` has no room for becomes a message that isn't valid, which is for its reader to
    /// refuse: whoever encodes a message can't fail.
    fn to_message(&self) -> M;

    /// The value that `message` is, if it is one.
    fn from_message(message: M) -> Result<Self, Self::Error>;
}

/// Makes a type that [stands for](StandsFor) a message one that fields can have.
macro_rules! field_type {
    ($ty:ty => $message:ty) => {
        impl $crate::codec::Value for $ty {
            type Codec = $crate::well_known::converted::Converted<$message>;
        }

        impl $crate::codec::Field for $ty {
            type Codec =
                $crate::codec::Singular<$crate::well_known::converted::Converted<$message>>;
        }

        impl $crate::codec::Requirable for $ty {}
    };
}

pub(super) use field_type;
