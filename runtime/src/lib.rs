//! A Rust trait on the wire.

pub mod codec;
pub mod well_known;

pub use traitwire_macros::{Enumeration, Message, OneOf};
pub use traitwire_schema as schema;

pub use self::codec::{Enumeration, Message, OneOf};

/// What expansions of the macros use. Not for anybody else: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use bytes::{Buf, BufMut};
    pub use prost::{
        self, DecodeError,
        encoding::{DecodeContext, WireType, skip_field},
    };

    pub use crate::codec::{
        EnumCodec, Field, Fixed, MapOf, MessageCodec, OneOfField, Plain, RequiredField, Singular, Sint, Value, clear,
        decode, decode_length_delimited, check_one_of, in_field, message_descriptor, required_field,
    };
}
