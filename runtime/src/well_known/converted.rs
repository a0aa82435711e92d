//! Rust types that stand for a message without being one.

use std::{fmt::Display, marker::PhantomData};

use prost::encoding::WireType;
use traitwire_schema::ValueType;

use crate::codec::{
    Merged, Message, MessageCodec, ReadError, Reader, ValueCodec, ValueReader, Writer, decode_error,
};

/// A codec of types that are sent as the message `M`. Each conversion costs as much as its `From` and `TryFrom` do.
#[derive(Debug)]
pub struct Converted<M>(PhantomData<M>);

impl<T, M> ValueCodec<T> for Converted<M>
where
    T: Clone + Into<M> + TryFrom<M, Error: Display> + Epoch,
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
        MessageCodec::encode(&value.clone().into(), number, writer);
    }
}

impl<T, M> ValueReader<'_, T> for Converted<M>
where
    T: Clone + Into<M> + TryFrom<M, Error: Display> + Epoch,
    M: Message,
{
    fn merge(
        value: &mut T,
        wire_type: WireType,
        reader: &mut Reader<'_>,
    ) -> Result<Merged, ReadError> {
        let mut message: M = value.clone().into();
        let merged = MessageCodec::merge(&mut message, wire_type, reader)?;
        *value = T::try_from(message).map_err(|error| decode_error(error.to_string()))?;
        Ok(merged)
    }
}

/// What stands for a message without fields.
pub trait Epoch {
    /// The value.
    const EPOCH: Self;
}
