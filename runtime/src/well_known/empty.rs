//! `google.protobuf.Empty` is `()`.

use prost::encoding::WireType;
#[cfg(feature = "json")]
use serde_core::ser::SerializeMap;
use traitwire_schema::MessageDescriptor;

use super::message_type;
#[cfg(feature = "json")]
use crate::codec::json::JsonObject;
use crate::codec::{
    Field, Fields, Merged, Message, MessageCodec, ReadError, ReadFields, Reader, Singular, Value,
    Writer,
};

impl Message for () {}

impl Fields for () {
    const MESSAGE: &'static MessageDescriptor = &MessageDescriptor {
        name: "Empty",
        package: Some("google.protobuf"),
        file: Some("google/protobuf/empty.proto"),
        rust_name: "()",
        location: concat!(file!(), ":", line!()),
        doc: "A message without fields, for methods that take or return nothing.",
        deprecated: false,
        nested_in: None,
        reserved: &[],
        members: &[],
        message_type: Some(message_type::<Self>),
    };

    fn absent() -> Self {}

    fn write(&self, _: &mut Writer) {}

    #[cfg(feature = "json")]
    fn json_members<S: SerializeMap>(&self, _: &mut JsonObject<'_, S>) -> Result<(), S::Error> {
        Ok(())
    }
}

impl ReadFields<'_> for () {
    fn read(
        &mut self,
        _: u32,
        _: WireType,
        _: &mut Reader<'_>,
    ) -> Result<Option<Merged>, ReadError> {
        Ok(None)
    }
}

impl Value for () {
    type Codec = MessageCodec;
}

impl Field for () {
    type Codec = Singular<MessageCodec>;
}
