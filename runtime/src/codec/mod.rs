//! Protobuf's binary format: from a message to its bytes and back.
//!
//! The Rust type of a field decides what it is in protobuf. Four traits say so, each for one kind of thing, and two small
//! ones connect them with the code that does the work:
//!
//! | trait | implemented by | says |
//! |---|---|---|
//! | [`Message`] | `#[derive(Message)]` | what the message is called, which fields it has |
//! | [`Enumeration`] | `#[derive(Enumeration)]` | which number stands for which variant |
//! | [`OneOf`] | `#[derive(OneOf)]` | which field number stands for which variant |
//! | [`Value`] | scalars, messages, enums | how one value is encoded: its [`ValueCodec`] |
//! | [`Field`] | values, and `Option`, `Vec`, `HashMap`, `BTreeMap` of them | how a field is encoded: its [`FieldCodec`] |
//!
//! `Value` and `Field` have a parameter for what the options `sint` and `fixed` choose: `i32` is `int32` as
//! `Value<Plain>`, `sint32` as `Value<Sint>` and `sfixed32` as `Value<Fixed>`.
//!
//! The wire format's primitives (varints, keys, skipping a field, the limit on recursion) are those of [`prost`].

mod encoding;
mod enumeration;
mod error;
mod field;
#[cfg(feature = "json")]
pub mod json;
#[cfg(not(feature = "json"))]
#[path = "no_json.rs"]
mod json;
mod map;
mod message;
mod one_of;
mod pieces;
mod scalar;
mod value;

pub(crate) use self::error::decode_error;
pub(crate) use self::message::decode_into;
pub(crate) use self::pieces::{LONG, Pieces};
pub use self::{
    encoding::{Fixed, MapOf, Plain, Sint},
    enumeration::{EnumCodec, Enumeration},
    field::{Field, FieldCodec, Optional, Repeated, Singular},
    map::{Key, Map},
    message::{
        Message, MessageCodec, decode, decode_length_delimited, encode_into, encode_len_into,
        encoded_len,
    },
    one_of::OneOf,
    scalar::{
        BoolCodec, BytesCodec, DoubleCodec, Fixed32Codec, Fixed64Codec, FloatCodec, Int32Codec,
        Int64Codec, Sfixed32Codec, Sfixed64Codec, Sint32Codec, Sint64Codec, StringCodec,
        Uint32Codec, Uint64Codec,
    },
    value::{Merged, Value, ValueCodec},
};
// What derived code calls.
#[doc(hidden)]
pub use self::{
    message::{
        Requirable, RequiredField, clear, in_field, message_descriptor, prost_default,
        required_field,
    },
    one_of::{OneOfField, check_one_of},
};
