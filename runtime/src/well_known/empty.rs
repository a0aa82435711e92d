//! `google.protobuf.Empty` is `()`.

use traitwire_schema::MessageDescriptor;

#[cfg(feature = "json")]
use serde_core::ser::SerializeMap;

#[cfg(feature = "json")]
use crate::codec::json::JsonObject;
use crate::codec::{Field, Message, MessageCodec, Singular, Value};

impl Message for () {
    const DESCRIPTOR: &'static MessageDescriptor = &MessageDescriptor {
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
    };

    fn empty() -> Self {}

    #[cfg(feature = "json")]
    fn json_members<S: SerializeMap>(&self, _: &mut JsonObject<'_, S>) -> Result<(), S::Error> {
        Ok(())
    }
}

impl Value for () {
    type Codec = MessageCodec;
}

impl Field for () {
    type Codec = Singular<MessageCodec>;
}
