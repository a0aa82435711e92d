//! Messages that prost generated, which `prost_message!` makes ours: prost reads and writes their fields.

use prost::{
    Message,
    encoding::{DecodeContext, WireType},
};

use super::{Merged, ReadError, Reader, Writer};

/// A message that prost generated, or that somebody wrote as if it had. The methods are those of `Fields` and `ReadFields`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a message of prost's",
    label = "this isn't `prost::Message`, of the version of prost that traitwire has, or not `Default`",
    note = "a message of your own needs no `prost_message!`: add `#[derive(Message)]` to it"
)]
#[expect(missing_docs, reason = "see `Fields` and `ReadFields`")]
pub trait Generated: Sized {
    fn absent() -> Self;
    fn write(&self, writer: &mut Writer);
    fn read(
        &mut self,
        number: u32,
        wire_type: WireType,
        reader: &mut Reader<'_>,
    ) -> Result<Option<Merged>, ReadError>;
}

#[diagnostic::do_not_recommend]
impl<M: Message + Default> Generated for M {
    fn absent() -> Self {
        Self::default()
    }

    fn write(&self, writer: &mut Writer) {
        writer.slice(&self.encode_to_vec());
    }

    /// What prost doesn't know, it goes past.
    fn read(
        &mut self,
        number: u32,
        wire_type: WireType,
        reader: &mut Reader<'_>,
    ) -> Result<Option<Merged>, ReadError> {
        let from = reader.rest();
        reader.skip(number, wire_type)?;
        let mut value = &from[..from.len() - reader.rest().len()];
        self.merge_field(number, wire_type, &mut value, DecodeContext::default())
            .map_err(|error| {
                let text = error.to_string();
                let text = text.strip_prefix(PREFIX).unwrap_or(&text);
                ReadError::new(text.to_owned())
            })?;
        Ok(Some(Merged::Known))
    }
}

/// What prost's errors begin with, and ours, too, when they become prost's.
const PREFIX: &str = "failed to decode Protobuf message: ";
