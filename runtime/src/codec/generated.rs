//! Messages that prost generated, which `prost_message!` makes ours: prost reads and writes their fields.

use prost::{
    Message,
    encoding::{DecodeContext, WireType},
};

use super::{Merged, ReadError, Reader, Writer};

/// The empty message: fields that are absent are zero in prost's `Default`.
pub fn prost_default<M: Message + Default>() -> M {
    M::default()
}

/// Writes every field.
pub fn prost_write<M: Message>(message: &M, writer: &mut Writer) {
    writer.slice(&message.encode_to_vec());
}

/// Reads a field, or goes past one that prost doesn't know.
pub fn prost_read<M: Message>(
    message: &mut M,
    number: u32,
    wire_type: WireType,
    reader: &mut Reader<'_>,
) -> Result<Option<Merged>, ReadError> {
    let from = reader.rest();
    reader.skip(number, wire_type)?;
    let mut value = &from[..from.len() - reader.rest().len()];
    message
        .merge_field(number, wire_type, &mut value, DecodeContext::default())
        .map_err(|error| {
            let text = error.to_string();
            let text = text.strip_prefix(PREFIX).unwrap_or(&text);
            ReadError::new(text.to_owned())
        })?;
    Ok(Some(Merged::Known))
}

/// What prost's errors begin with, and ours, too, when they become prost's.
const PREFIX: &str = "failed to decode Protobuf message: ";
