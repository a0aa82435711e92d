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
//! `Value<Plain>`, `sint32` as `Value<Sint>` and `sfixed32` as `Value<Fixed>`. That of a list may be `Unpacked` of one of them.
//!
//! Types that borrow are read from bytes that live as long as they do, all others from any. So what describes and writes a
//! type is apart from what reads it: [`Fields`] and [`ReadFields`] of a message, [`ValueCodec`] and [`ValueReader`],
//! [`FieldCodec`] and [`FieldReader`].
//!
//! A [`Reader`] goes over one slice. A [`Writer`] begins with the last byte, for which lengths don't have to be measured.

mod encoding;
mod enumeration;
mod error;
mod field;
mod foreign;
mod generated;
#[cfg(feature = "json")]
pub mod json;
#[cfg(not(feature = "json"))]
#[path = "no_json.rs"]
mod json;
mod map;
mod message;
mod one_of;
mod reader;
mod scalar;
mod sequence;
mod unknown;
mod value;
mod writer;

pub(crate) use self::error::decode_error;
pub(crate) use self::message::{encode_field, encode_with, read_message};
pub(crate) use self::writer::LONG;
pub use self::{
    encoding::{Fixed, MapOf, Plain, Sint, Unpacked, ValueEncoding},
    enumeration::{EnumCodec, Enumeration},
    error::ReadError,
    field::{Field, FieldCodec, FieldReader, Optional, Repeated, RepeatedUnpacked, Singular},
    map::{Key, Map},
    message::{
        Fields, Message, MessageCodec, ReadFields, decode, decode_borrowed,
        decode_length_delimited, encode_into, encoded_len, read,
    },
    one_of::OneOf,
    reader::Reader,
    scalar::{
        BoolCodec, DoubleCodec, Fixed32Codec, Fixed64Codec, FloatCodec, Int32Codec, Int64Codec,
        Sfixed32Codec, Sfixed64Codec, Sint32Codec, Sint64Codec, Uint32Codec, Uint64Codec,
    },
    sequence::{BytesCodec, StringCodec},
    unknown::{UnknownField, UnknownFields},
    value::{Merged, Value, ValueCodec, ValueReader},
    writer::Writer,
};
/// What kind of value a field has on the wire.
pub use prost::encoding::WireType;
// What derived code calls.
#[doc(hidden)]
pub use self::{
    foreign::{clear, encode_raw, encode_to_vec, merge, merge_field, merge_length_delimited},
    generated::Generated,
    message::{Requirable, RequiredField, message_descriptor, required_field},
    one_of::{OneOfField, ReadOneOf, check_one_of, check_reserved},
    unknown::KeepsUnknown,
};
