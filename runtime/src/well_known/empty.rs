//! `google.protobuf.Empty` is `()`.

use traitwire_schema::MessageDescriptor;

use super::message_type;
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
        message_type: Some(message_type::<Self>),
    };

    fn empty() -> Self {}
}

impl Value for () {
    type Codec = MessageCodec;
}

impl Field for () {
    type Codec = Singular<MessageCodec>;
}
