//! Which changes of a type the encodings allow.
//!
//! The table is protobuf's own, "Updating A Message Type" in the [language guide], as far as it concerns the type of one value:
//!
//! | these can take each other's place | unless |
//! |---|---|
//! | `int32` `uint32` `int64` `uint64` `bool`, and an enum for the integers | |
//! | `sint32` `sint64` | |
//! | `fixed32` `sfixed32` | |
//! | `fixed64` `sfixed64` | |
//! | `string` `bytes` | the bytes are no UTF-8 |
//! | a message, `bytes` | the bytes are no such message |
//!
//! What doesn't fit is cut off, as by a cast; protobuf calls that compatible, and so do we. Where a value isn't read at all,
//! that isn't compatible for those who read it.
//!
//! In JSON, a value has to be written the same way, so that `int32` and `uint32` are the same there, and `int64` isn't: it is a
//! string. An enum has a name there, and an integer has none.
//!
//! [language guide]: https://protobuf.dev/programming-guides/proto3/#updating

use super::change::Change;
use super::{Harm, Who};
use crate::descriptor::Scalar;
use crate::model::Type;
use crate::symbols::scalar;

/// Who breaks on the wire and in JSON when a value of the type `old` becomes one of `new`.
pub(super) fn compare(change: &Change<'_>, old: &Type, new: &Type) -> Vec<Harm> {
    if change.is_same_type(old, new) {
        return Vec::new();
    }
    let mut harms = Vec::new();
    let mut harm = |who, why: String| harms.push(Harm { who, why });
    let (is, was) = (word(new), word(old));
    let (mut wire, mut json) = (true, json_form(old) == json_form(new));
    match (old, new) {
        (Type::Message(_), Type::Message(_)) | (Type::Enum(_), Type::Enum(_)) => {
            let stand_in = change.stand_in(old, new);
            (wire, json) = (stand_in.wire, stand_in.json);
        }
        (Type::Scalar(Scalar::String), Type::Scalar(Scalar::Bytes)) => {
            let why = "they refuse bytes that are no UTF-8, and the whole message with them";
            harm(Who::WireReaders, why.to_owned());
        }
        (Type::Scalar(Scalar::Bytes), Type::Scalar(Scalar::String)) => {
            let why = "what they write is refused if the bytes are no UTF-8, and the whole message with it";
            harm(Who::WireWriters, why.to_owned());
        }
        (Type::Message(_), Type::Scalar(Scalar::Bytes)) => {
            let why = format!("they read the bytes as {was}, which they may not be");
            harm(Who::WireReaders, why);
        }
        (Type::Scalar(Scalar::Bytes), Type::Message(_)) => {
            let why = format!("the bytes that they write are read as {is}, which they may not be");
            harm(Who::WireWriters, why);
        }
        _ => wire = encoding(old) == encoding(new) || is_enum_and_integer(old, new),
    }
    if !wire && old.full_name().is_some() && new.full_name().is_some() {
        harm(
            Who::WireReaders,
            format!("they read {is} as {was}, and it isn't compatible with that"),
        );
        harm(
            Who::WireWriters,
            format!("they write {was}, and {is} isn't compatible with that"),
        );
    } else if !wire {
        harm(
            Who::WireReaders,
            format!("they look for {was} and find {is}: it is skipped, misread or an error"),
        );
        harm(
            Who::WireWriters,
            format!("they write {was} where {is} is read: it is skipped, misread or an error"),
        );
    }
    if !json {
        let why = match (json_form(old), json_form(new)) {
            (was, is) if was == is => format!("{was} of the other type is something else"),
            (was, is) => format!("{was} becomes {is}"),
        };
        harm(Who::Json, why);
    }
    harms
}

/// What else there is to know where the encoding is the same: values that don't fit.
pub(super) fn caveat(old: &Type, new: &Type) -> &'static str {
    let (Some(old), Some(new)) = (range(old), range(new)) else {
        return "";
    };
    if old == new {
        ""
    } else {
        "; on the wire, numbers that don't fit into the other type become other numbers"
    }
}

/// How values are told apart on the wire. The same encoding is read as another number at worst.
#[derive(PartialEq, Eq)]
enum Encoding {
    Varint,
    ZigZag,
    Fixed32,
    Fixed64,
    Float,
    Double,
    String,
    Bytes,
    Enum,
    Message,
}

fn encoding(ty: &Type) -> Encoding {
    match ty {
        Type::Message(_) => Encoding::Message,
        Type::Enum(_) => Encoding::Enum,
        Type::Scalar(scalar) => match scalar {
            Scalar::Int32 | Scalar::Int64 | Scalar::Uint32 | Scalar::Uint64 | Scalar::Bool => {
                Encoding::Varint
            }
            Scalar::Sint32 | Scalar::Sint64 => Encoding::ZigZag,
            Scalar::Fixed32 | Scalar::Sfixed32 => Encoding::Fixed32,
            Scalar::Fixed64 | Scalar::Sfixed64 => Encoding::Fixed64,
            Scalar::Float => Encoding::Float,
            Scalar::Double => Encoding::Double,
            Scalar::String => Encoding::String,
            Scalar::Bytes => Encoding::Bytes,
        },
    }
}

/// The guide lists the integers beside enums, and not `bool`.
fn is_enum_and_integer(old: &Type, new: &Type) -> bool {
    let integer =
        |ty: &Type| encoding(ty) == Encoding::Varint && !matches!(ty, Type::Scalar(Scalar::Bool));
    let enumeration = |ty: &Type| matches!(ty, Type::Enum(_));
    (enumeration(old) && integer(new)) || (integer(old) && enumeration(new))
}

/// What a value is in JSON.
fn json_form(ty: &Type) -> &'static str {
    match ty {
        Type::Message(_) => "an object",
        Type::Enum(_) => "an enum value's name",
        Type::Scalar(scalar) => match scalar {
            Scalar::Int32
            | Scalar::Uint32
            | Scalar::Sint32
            | Scalar::Fixed32
            | Scalar::Sfixed32 => "a whole number",
            Scalar::Int64
            | Scalar::Uint64
            | Scalar::Sint64
            | Scalar::Fixed64
            | Scalar::Sfixed64 => "a whole number in quotes",
            Scalar::Float | Scalar::Double => "a number",
            Scalar::Bool => "`true` or `false`",
            Scalar::String => "text",
            Scalar::Bytes => "base64",
        },
    }
}

/// Bits and sign of what is encoded as a varint or at a fixed length.
fn range(ty: &Type) -> Option<(u32, bool)> {
    Some(match ty {
        Type::Message(_) => return None,
        Type::Enum(_) => (32, true),
        Type::Scalar(scalar) => match scalar {
            Scalar::Int32 | Scalar::Sint32 | Scalar::Sfixed32 => (32, true),
            Scalar::Uint32 | Scalar::Fixed32 => (32, false),
            Scalar::Int64 | Scalar::Sint64 | Scalar::Sfixed64 => (64, true),
            Scalar::Uint64 | Scalar::Fixed64 => (64, false),
            Scalar::Bool => (1, false),
            Scalar::Float | Scalar::Double | Scalar::String | Scalar::Bytes => return None,
        },
    })
}

/// A type in a sentence.
fn word(ty: &Type) -> String {
    match ty {
        Type::Scalar(ty) => format!("`{}`", scalar(*ty)),
        Type::Message(name) | Type::Enum(name) => format!("`{name}`"),
    }
}
