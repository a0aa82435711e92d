//! What stands in `#[proto(…)]` on a field or variant.

use syn::{Attribute, Expr, Ident, LitStr, Path};

use super::container::is_deprecated;
use crate::{diagnostics::Diagnostics, docs, options::Options};

/// The options of a field of a message, or a variant of a oneof or enum, as they are written.
pub(super) struct FieldOptions {
    pub(super) number: Option<Expr>,
    pub(super) name: Option<LitStr>,
    pub(super) encoding: Encoding,
    pub(super) deprecated: bool,
    pub(super) required: Option<Ident>,
    pub(super) one_of: Option<Ident>,
    pub(super) unknown: Option<Ident>,
    pub(super) other: Option<Ident>,
    pub(super) alias: Vec<Expr>,
    pub(super) doc: String,
}

/// Where the options stand, which decides which of them there are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A field of a message.
    Field,
    /// A variant of a oneof.
    Variant,
    /// A value of an enum.
    Value,
}

/// How the values of a field are encoded.
pub(super) enum Encoding {
    /// As their Rust type says.
    Plain,
    /// With the option in the identifier.
    Scalar(Scalar, Ident),
    /// As values of a list with this encoding, each by itself. The identifier is the option `unpacked`.
    Unpacked(Scalar, Ident),
    /// As keys and values with these encodings. The identifier is one of `key` and `value`.
    Map {
        key: Scalar,
        value: Scalar,
        at: Path,
    },
}

/// What an integer can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    Plain,
    Sint,
    Fixed,
}

impl FieldOptions {
    pub(super) fn read(cx: &Diagnostics, attrs: &[Attribute], place: Place) -> Self {
        let mut options = Options::of_attrs(cx, attrs, "proto");
        let number = options.positional();
        let name = options.string(
            cx,
            "name",
            match place {
                Place::Value => "CORPUS_WEB",
                Place::Field | Place::Variant => "latitude",
            },
        );
        let deprecated = options.flag(cx, "deprecated").is_some();
        let encoding = match place {
            Place::Field => read_encoding(cx, &mut options, true),
            Place::Variant => read_encoding(cx, &mut options, false),
            Place::Value => Encoding::Plain,
        };
        let mut flag = |name, at| (place == at).then(|| options.flag(cx, name)).flatten();
        let required = flag("required", Place::Field);
        let one_of = flag("oneof", Place::Field);
        let unknown = flag("unknown", Place::Field);
        let other = flag("other", Place::Value);
        let alias = match place {
            Place::Value => options.list(cx, "alias", "\"CORPUS_INTERNET\""),
            Place::Field | Place::Variant => Vec::new(),
        };
        options.finish(cx);
        Self {
            number,
            name,
            encoding,
            deprecated: deprecated || is_deprecated(attrs),
            required,
            one_of,
            unknown,
            other,
            alias,
            doc: docs::text(attrs),
        }
    }
}

fn read_encoding(cx: &Diagnostics, options: &mut Options, may_be_map: bool) -> Encoding {
    let sint = options.flag(cx, "sint");
    let fixed = options.flag(cx, "fixed");
    let (unpacked, key, value) = if may_be_map {
        (
            options.flag(cx, "unpacked"),
            options.path(cx, "key", "sint"),
            options.path(cx, "value", "sint"),
        )
    } else {
        (None, None, None)
    };
    let scalar = match (sint, fixed) {
        (Some(_), Some(fixed)) => {
            cx.error(
                fixed,
                "a number is encoded one way: `sint` is shorter for numbers close to zero, `fixed` for large ones; remove \
                 one of the two",
            );
            None
        }
        (Some(sint), None) => Some((Scalar::Sint, sint)),
        (None, Some(fixed)) => Some((Scalar::Fixed, fixed)),
        (None, None) => None,
    };
    if let Some(unpacked) = unpacked {
        if let Some(at) = key.or(value) {
            cx.error(at, "`key` and `value` are for maps, and `unpacked` is for lists; remove one of the two");
        }
        return Encoding::Unpacked(scalar.map_or(Scalar::Plain, |(scalar, _)| scalar), unpacked);
    }
    match (scalar, key, value) {
        (None, None, None) => Encoding::Plain,
        (Some((scalar, ident)), None, None) => Encoding::Scalar(scalar, ident),
        (Some((_, ident)), _, _) => {
            cx.error(
                &ident,
                format_args!(
                    "in a map the option says what it is for: `key = {ident}` or `value = {ident}`"
                ),
            );
            Encoding::Plain
        }
        (None, Some(at), value) => Encoding::Map {
            key: read_map_encoding(cx, Some(&at)),
            value: read_map_encoding(cx, value.as_ref()),
            at,
        },
        (None, None, Some(at)) => Encoding::Map {
            key: Scalar::Plain,
            value: read_map_encoding(cx, Some(&at)),
            at,
        },
    }
}

fn read_map_encoding(cx: &Diagnostics, path: Option<&Path>) -> Scalar {
    match path {
        None => Scalar::Plain,
        Some(path) if path.is_ident("sint") => Scalar::Sint,
        Some(path) if path.is_ident("fixed") => Scalar::Fixed,
        Some(path) => {
            cx.error(
                path,
                "the keys or values of a map are `sint` or `fixed` integers, or need no option",
            );
            Scalar::Plain
        }
    }
}
