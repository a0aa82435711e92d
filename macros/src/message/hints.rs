//! Rust types that can't be in a message, known by how they are written.
//!
//! The compiler has the last word, through the traits of the runtime: a macro can't see through an alias. But where the
//! type is plain to see, we can say what to write in its place.

use quote::ToTokens;
use syn::{GenericArgument, Ident, Lifetime, Path, PathArguments, PathSegment, Type};

use super::field::{Encoding, Scalar};
use crate::diagnostics::Diagnostics;

/// Reports what is wrong with the type of a field of the struct `message`.
pub(super) fn check_field(
    cx: &Diagnostics,
    ty: &Type,
    encoding: &Encoding,
    required: Option<&Ident>,
    message: &Ident,
) {
    if let Some((at, mistake)) = field_mistake(ty, message) {
        cx.error(at, mistake);
        return;
    }
    if let Some(required) = required
        && is_scalar(ty)
    {
        cx.error(
            required,
            "only a message can be `required`: the zero of a scalar is not sent, so that nobody can tell it from an absent \
             one\n\nhelp: remove `required`, or make the field an `Option` and check it",
        );
    } else if let Some(required) = required
        && let Some(wrapper) = wrapper(ty)
    {
        cx.error(
            required,
            format_args!(
                "`{wrapper}` can't be `required`, since it may be empty; write the type of the message itself"
            ),
        );
    }
    match encoding {
        Encoding::Plain => {}
        Encoding::Scalar(scalar, at) if is_map(ty) => cx.error(
            at,
            format_args!(
                "in a map the option says what it is for: `key = {at}` or `value = {at}`",
                at = scalar.option()
            ),
        ),
        Encoding::Scalar(scalar, at) => check_scalar(cx, inner(ty), *scalar, at),
        Encoding::Unpacked(scalar, at) => {
            check_scalar(cx, inner(ty), *scalar, at);
            let is_list = wrapper(ty) == Some("Vec") && !is_bytes(ty);
            let is_long = |item| name(item).as_deref() == Some("String") || is_bytes(item);
            if is_list && is_long(inner(ty)) {
                cx.error(at, "strings and bytes are never packed; remove `unpacked`");
            } else if !is_list && (is_scalar(ty) || wrapper(ty).is_some()) {
                cx.error(
                    at,
                    "`unpacked` is for lists of numbers, `bool` or enums, and this is none; remove `unpacked`",
                );
            }
        }
        Encoding::Map { key, value, at } => match arguments(ty).as_slice() {
            [key_ty, value_ty, ..] if is_map(ty) => {
                check_scalar(cx, key_ty, *key, at);
                check_scalar(cx, value_ty, *value, at);
            }
            _ if name(ty).is_some_and(|name| is_known(&name)) => {
                cx.error(
                    at,
                    "`key` and `value` are for maps; on an integer write `sint` or `fixed`",
                );
            }
            _ => {}
        },
    }
}

/// Reports what is wrong with what a variant of a oneof holds.
pub(super) fn check_variant(cx: &Diagnostics, ty: &Type, encoding: &Encoding) {
    let mistake = match wrapper(ty) {
        Some("Option") => {
            Some("a variant that is there has a value: write the type without `Option`".to_owned())
        }
        Some("Vec") if !is_bytes(ty) => Some(
            "a oneof can't hold a list; put it into a message, `#[proto(1)] items: Vec<…>`"
                .to_owned(),
        ),
        Some("HashMap" | "BTreeMap") => Some(
            "a oneof can't hold a map; put it into a message, `#[proto(1)] entries: …`".to_owned(),
        ),
        _ => value_mistake(ty),
    };
    if let Some(mistake) = mistake {
        cx.error(ty, mistake);
    } else if let Encoding::Scalar(scalar, at) = encoding {
        check_scalar(cx, ty, *scalar, at);
    }
}

/// Whether a field of the struct `message` may hold a message that is always there. If it is the struct itself, without a
/// box, the compiler has said so already.
pub(super) fn may_be_message(ty: &Type, message: &Ident) -> bool {
    !(is_scalar(ty) || wrapper(ty).is_some() || is_ident(ty, message) || is_ident_str(ty, "Self"))
}

/// Whether the type is one that nobody takes for a message: a scalar, a list, or something that a field can't be either.
pub(crate) fn is_no_message(ty: &Type) -> bool {
    let is_known = || name(ty).is_some_and(|name| is_known(&name));
    wrapper(ty).is_some()
        || is_scalar(ty)
        || (is_known() && arguments(ty).is_empty())
        || value_mistake(ty).is_some()
}

/// What is wrong with a field of this type, and where.
fn field_mistake<'a>(ty: &'a Type, message: &Ident) -> Option<(&'a Type, String)> {
    let arguments = arguments(ty);
    match (name(ty).as_deref(), arguments.as_slice()) {
        (Some("Vec"), _) if is_bytes(ty) => None,
        (Some(outer @ ("Option" | "Vec")), [inner]) => {
            let mistake = match (outer, wrapper(inner)) {
                ("Option", Some("Vec")) if is_bytes(inner) => None,
                ("Option", Some("Vec" | "HashMap" | "BTreeMap")) => Some(
                    "protobuf can't tell an absent list or map from an empty one; remove the `Option`".to_owned(),
                ),
                ("Option", Some("Option")) => {
                    Some("protobuf knows one kind of absence; remove one `Option`".to_owned())
                }
                ("Vec", Some("Vec")) if is_bytes(inner) => None,
                ("Vec", Some("Vec" | "HashMap" | "BTreeMap")) => Some(
                    "protobuf has no lists of lists or maps; put the inner one into a message, and write `Vec<…>` of it"
                        .to_owned(),
                ),
                ("Vec", Some("Option")) => {
                    Some("what is in a list is there; remove the `Option`".to_owned())
                }
                _ => return value_mistake(inner).map(|mistake| (*inner, mistake)),
            };
            mistake.map(|mistake| (ty, mistake))
        }
        (Some("HashMap" | "BTreeMap"), [key, value, ..]) => {
            key_mistake(key).map(|mistake| (*key, mistake)).or_else(|| {
                let mistake = match wrapper(value) {
                    Some("Vec") if is_bytes(value) => None,
                    Some(_) => Some(
                        "the values of a map are single ones; put this into a message, and write that here".to_owned(),
                    ),
                    _ => value_mistake(value),
                };
                mistake.map(|mistake| (*value, mistake))
            })
        }
        (Some("Box"), [inner]) if is_ident(inner, message) || is_ident_str(inner, "Self") => Some((
            ty,
            format!("a message that always has itself in a field has no end\n\nhelp: write `Option<Box<{message}>>`"),
        )),
        _ => value_mistake(ty).map(|mistake| (ty, mistake)),
    }
}

fn key_mistake(ty: &Type) -> Option<String> {
    match name(ty).as_deref() {
        Some("f32" | "f64") => {
            Some("a floating-point number can't be the key of a map: keys are integers, `bool` and `String`".to_owned())
        }
        Some("Vec" | "Bytes") => Some("bytes can't be the key of a map: keys are integers, `bool` and `String`".to_owned()),
        _ => value_mistake(ty),
    }
}

/// What is wrong with one value of this type.
fn value_mistake(ty: &Type) -> Option<String> {
    let mistake = match ty {
        Type::Reference(reference) if borrows(reference.lifetime.as_ref()) => {
            if is_ident_str(&reference.elem, "str") || is_byte_slice(&reference.elem) {
                return None;
            }
            format!(
                "a message borrows strings and bytes only, since everything else is made of what is read; write `{}`",
                text(&reference.elem)
            )
        }
        Type::Reference(reference) => {
            let owned = match &*reference.elem {
                Type::Path(_) if is_ident_str(&reference.elem, "str") => "`String`".to_owned(),
                Type::Slice(slice) => format!("`Vec<{}>`", text(&slice.elem)),
                inner => format!("`{}`", text(inner)),
            };
            format!("a message can't borrow, since it outlives the bytes it is read from; write {owned}")
        }
        Type::Tuple(tuple) if !tuple.elems.is_empty() => {
            "the fields of a message have names, and those of a tuple have none; declare a struct with \
             `#[derive(Message)]`"
                .to_owned()
        }
        Type::Array(array) => format!(
            "protobuf has no arrays of a fixed length; write `Vec<{}>`, and check the length",
            text(&array.elem)
        ),
        Type::FnPtr(_) | Type::Never(_) | Type::Ptr(_) | Type::TraitObject(_) => {
            "protobuf has no such values; a message holds scalars, messages and enums".to_owned()
        }
        _ => return named_mistake(ty),
    };
    Some(mistake)
}

fn named_mistake(ty: &Type) -> Option<String> {
    let name = name(ty)?;
    let arguments = arguments(ty);
    // `my::char` is somebody's own type.
    let is_primitive = path(ty)?.get_ident().is_some();
    let mistake = match (name.as_str(), arguments.as_slice()) {
        (
            "usize" | "isize" | "u8" | "u16" | "i8" | "i16" | "u128" | "i128" | "char" | "str",
            [],
        ) if !is_primitive => return None,
        ("usize", []) => "the size of `usize` depends on the machine; write `u64` or `u32`",
        ("isize", []) => "the size of `isize` depends on the machine; write `i64` or `i32`",
        ("u8" | "u16", []) => {
            "protobuf's smallest integers have 32 bits; write `u32`, which takes one byte for small numbers"
        }
        ("i8" | "i16", []) => {
            "protobuf's smallest integers have 32 bits; write `i32`, with `sint` if it is often negative"
        }
        ("u128" | "i128", []) => {
            "protobuf's largest integers have 64 bits; write `Vec<u8>`, or two `u64`"
        }
        ("char", []) => "protobuf has no characters; write `String`, or `u32` for the code point",
        ("str", []) => "write `String`",
        ("PathBuf" | "OsString", []) => "what a path is depends on the machine; write `String`",
        ("HashSet" | "BTreeSet" | "VecDeque" | "LinkedList", [inner, ..]) => {
            return Some(format!(
                "protobuf's only list is `repeated`; write `Vec<{}>`",
                text(inner)
            ));
        }
        ("Rc" | "Arc" | "RefCell" | "Cell" | "Mutex" | "RwLock", [inner, ..]) => {
            return Some(format!(
                "a message owns what it holds; write `{}`",
                text(inner)
            ));
        }
        ("Cow", [inner])
            if borrows(lifetime(ty)) && (is_ident_str(inner, "str") || is_byte_slice(inner)) =>
        {
            return None;
        }
        ("Cow", [inner]) => {
            let owned = match inner {
                Type::Slice(slice) => format!("Vec<{}>", text(&slice.elem)),
                _ if is_ident_str(inner, "str") => "String".to_owned(),
                _ => text(inner),
            };
            return Some(format!("a message owns what it holds; write `{owned}`"));
        }
        ("Box", [inner]) if is_scalar(inner) => {
            return Some(format!("a scalar needs no box; write `{}`", text(inner)));
        }
        _ => return None,
    };
    Some(mistake.to_owned())
}

/// Reports that a type which is plain to see isn't one that `sint` or `fixed` is for.
fn check_scalar(cx: &Diagnostics, ty: &Type, scalar: Scalar, at: impl ToTokens) {
    let name = name(ty);
    let Some(name) = name.as_deref().filter(|name| is_known(name)) else {
        return;
    };
    match scalar {
        Scalar::Sint if matches!(name, "u32" | "u64") => cx.error(
            at,
            format_args!("`sint` is for numbers with a sign, and `{name}` has none; remove `sint`"),
        ),
        Scalar::Sint if !matches!(name, "i32" | "i64") => {
            cx.error(
                at,
                format_args!("`sint` is for `i32` and `i64`, and this is `{name}`; remove `sint`"),
            );
        }
        Scalar::Fixed if matches!(name, "f32" | "f64") => cx.error(
            at,
            format_args!("`{name}` always takes the same number of bytes; remove `fixed`"),
        ),
        Scalar::Fixed if !matches!(name, "i32" | "i64" | "u32" | "u64") => {
            cx.error(
                at,
                format_args!("`fixed` is for integers, and this is `{name}`; remove `fixed`"),
            );
        }
        Scalar::Plain | Scalar::Sint | Scalar::Fixed => {}
    }
}

impl Scalar {
    /// The option that chooses it.
    fn option(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Sint => "sint",
            Self::Fixed => "fixed",
        }
    }
}

/// Whether the name is that of a type which nobody would give to one of their own.
fn is_known(name: &str) -> bool {
    matches!(
        name,
        "bool"
            | "i32"
            | "i64"
            | "u32"
            | "u64"
            | "f32"
            | "f64"
            | "String"
            | "Vec"
            | "Bytes"
            | "HashMap"
            | "BTreeMap"
    )
}

fn is_scalar(ty: &Type) -> bool {
    matches!(
        name(ty).as_deref(),
        Some("bool" | "i32" | "i64" | "u32" | "u64" | "f32" | "f64" | "String")
    ) || is_bytes(ty)
}

fn is_map(ty: &Type) -> bool {
    matches!(name(ty).as_deref(), Some("HashMap" | "BTreeMap"))
}

fn is_bytes(ty: &Type) -> bool {
    matches!((name(ty).as_deref(), arguments(ty).as_slice()), (Some("Vec"), [inner]) if is_ident_str(inner, "u8"))
}

fn is_byte_slice(ty: &Type) -> bool {
    matches!(ty, Type::Slice(slice) if is_ident_str(&slice.elem, "u8"))
}

/// Whether the lifetime is that of bytes which a message is read from: none of them live forever.
fn borrows(lifetime: Option<&Lifetime>) -> bool {
    lifetime.is_some_and(|lifetime| lifetime.ident != "static")
}

/// The type of the values in an `Option` or a `Vec`, or the type itself.
fn inner(ty: &Type) -> &Type {
    match (name(ty).as_deref(), arguments(ty).as_slice()) {
        (Some("Option" | "Vec"), [inner]) if !is_bytes(ty) => inner,
        _ => ty,
    }
}

/// The name of what stands around other types. Without these it is the name of somebody's own type.
fn wrapper(ty: &Type) -> Option<&'static str> {
    let name = name(ty).filter(|_| !arguments(ty).is_empty())?;
    ["Option", "Vec", "HashMap", "BTreeMap"]
        .into_iter()
        .find(|wrapper| *wrapper == name)
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    path(ty)?.segments.last()
}

/// The path that the type is, looking through the brackets that nobody sees around what a macro was given.
fn path(ty: &Type) -> Option<&Path> {
    match ty {
        Type::Path(path) if path.qself.is_none() => Some(&path.path),
        Type::Group(group) => path(&group.elem),
        Type::Paren(paren) => path(&paren.elem),
        _ => None,
    }
}

/// The last name of the path: `HashMap` for `std::collections::HashMap<K, V>`.
fn name(ty: &Type) -> Option<String> {
    last_segment(ty).map(|segment| segment.ident.to_string())
}

/// The types in angle brackets.
fn arguments(ty: &Type) -> Vec<&Type> {
    match last_segment(ty).map(|segment| &segment.arguments) {
        Some(PathArguments::AngleBracketed(arguments)) => arguments
            .args
            .iter()
            .filter_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The lifetime in angle brackets.
fn lifetime(ty: &Type) -> Option<&Lifetime> {
    match last_segment(ty).map(|segment| &segment.arguments) {
        Some(PathArguments::AngleBracketed(arguments)) => {
            arguments.args.iter().find_map(|argument| match argument {
                GenericArgument::Lifetime(lifetime) => Some(lifetime),
                _ => None,
            })
        }
        _ => None,
    }
}

fn is_ident(ty: &Type, ident: &Ident) -> bool {
    is_ident_str(ty, &ident.to_string())
}

fn is_ident_str(ty: &Type, ident: &str) -> bool {
    path(ty).is_some_and(|path| path.is_ident(ident))
}

/// The type as it is written, near enough.
fn text(ty: &Type) -> String {
    let spaced = ty.to_token_stream().to_string();
    spaced
        .replace(" < ", "<")
        .replace(" >", ">")
        .replace(" :: ", "::")
        .replace("& ", "&")
        .replace(" ,", ",")
}
