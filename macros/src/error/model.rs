//! The model of `#[derive(GrpcError)]`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{
    Attribute, Data, DeriveInput, Expr, ExprLit, Fields, Ident, Lit, LitStr, Path, Type,
    Variant as Syntax, ext::IdentExt,
};
use traitwire_schema::names;

use super::format::Format;
use crate::{
    diagnostics::Diagnostics,
    message::{check_derived_name, check_name},
    options::{Options, closest, list},
};

/// An enum that is an error.
pub(super) struct GrpcError<'a> {
    pub(super) ident: &'a Ident,
    pub(super) krate: Path,
    /// Of the message around those of the variants.
    pub(super) name: String,
    pub(super) package: Option<String>,
    pub(super) docs: Vec<&'a Attribute>,
    pub(super) variants: Vec<Variant<'a>>,
    /// The one for everything else.
    pub(super) other: Other<'a>,
}

/// The variant that holds a status.
#[derive(Clone, Copy)]
pub(super) struct Other<'a> {
    pub(super) ident: &'a Ident,
    pub(super) ty: &'a Type,
}

/// Something that goes wrong.
pub(super) struct Variant<'a> {
    pub(super) ident: &'a Ident,
    pub(super) code: &'static Code,
    pub(super) message: Format,
    pub(super) detail: Detail<'a>,
    pub(super) docs: Vec<&'a Attribute>,
}

/// The message in the details.
pub(super) enum Detail<'a> {
    /// One made of the variant's fields.
    Fields {
        /// In protobuf.
        name: String,
        reserved: Vec<Expr>,
        fields: Vec<&'a syn::Field>,
    },
    /// The one that the variant holds.
    Whole(&'a Type),
}

/// A code of gRPC's, by its name in Rust and in the specification.
pub(super) struct Code {
    pub(super) ident: &'static str,
    pub(super) name: &'static str,
}

impl<'a> GrpcError<'a> {
    pub(super) fn read(cx: &Diagnostics, item: &'a DeriveInput) -> Option<Self> {
        let mut options = Options::of_attrs(cx, &item.attrs, "grpc");
        let name = options.string(cx, "name", "GuideError");
        let package = options.string(cx, "package", "routeguide");
        let krate = options.krate(cx);
        options.finish(cx);
        if !item.generics.params.is_empty() {
            cx.error(
                &item.generics,
                "an error can't be generic: the messages in its details have names in protobuf, and types of their own\n\nhelp: \
                 write one error for each type that stands in for the parameter",
            );
        }
        check_name(cx, package.as_ref(), |package| {
            names::check_package(package)
        });
        let name = read_name(cx, &item.ident, name.as_ref());
        let Data::Enum(data) = &item.data else {
            cx.error(
                &item.ident,
                "an error is an enum: a variant for each thing that goes wrong, and one for everything else\n\nhelp: for an \
                 error of another kind, implement `GrpcError` and `From<Status>` by hand",
            );
            return None;
        };
        let mut others = Vec::new();
        let mut variants = Vec::new();
        for variant in &data.variants {
            match read_variant(cx, variant) {
                Some(Read::Known(known)) => variants.push(known),
                Some(Read::Other(other)) => others.push(other),
                None => {}
            }
        }
        for second in others.iter().skip(1) {
            cx.error(
                second.ident,
                "there is one variant for everything else; remove `other` from this one",
            );
        }
        check_details(cx, &variants);
        // One that is there but can't be read is reported.
        let is_said = data.variants.iter().any(says_other);
        if others.is_empty() && !is_said {
            cx.error(
                &item.ident,
                "a call may end with a status that this enum doesn't know, and there is no variant for it\n\nhelp: add \
                 `#[grpc(other)] Other(Status)`",
            );
        }
        Some(Self {
            ident: &item.ident,
            krate,
            name,
            package: package.map(|package| package.value()),
            docs: carried(&item.attrs),
            variants,
            other: *others.first()?,
        })
    }
}

enum Read<'a> {
    Known(Variant<'a>),
    Other(Other<'a>),
}

fn read_variant<'a>(cx: &Diagnostics, variant: &'a Syntax) -> Option<Read<'a>> {
    let mut options = Options::of_attrs(cx, &variant.attrs, "grpc");
    if let Some(flag) = options.flag(cx, "other") {
        options.finish(cx);
        return read_other(cx, variant, &flag).map(Read::Other);
    }
    let name = options.string(cx, "name", "NoFeature");
    let reserved = options.list(cx, "reserved", "2, 9..=11, \"old_name\"");
    let code = read_code(cx, variant, options.any_flag());
    let message = read_message(cx, variant, options.positional());
    options.finish(cx);
    let name = read_name(cx, &variant.ident, name.as_ref());
    let detail = read_detail(cx, variant, name, reserved);
    Some(Read::Known(Variant {
        ident: &variant.ident,
        code: code?,
        message: message?,
        detail: detail?,
        docs: carried(&variant.attrs),
    }))
}

/// Whether the options of the variant, some of which may be wrong, have `other` among them.
fn says_other(variant: &Syntax) -> bool {
    let (is_other, _) = Diagnostics::gather(|cx| {
        Options::of_attrs(cx, &variant.attrs, "grpc")
            .flag(cx, "other")
            .is_some()
    });
    is_other
}

fn read_other<'a>(cx: &Diagnostics, variant: &'a Syntax, flag: &Ident) -> Option<Other<'a>> {
    match &variant.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => Some(Other {
            ident: &variant.ident,
            ty: &fields.unnamed[0].ty,
        }),
        _ => {
            cx.error(
                flag,
                format_args!(
                    "the variant for everything else holds the status\n\nhelp: write `#[grpc(other)] {}(Status)`",
                    variant.ident
                ),
            );
            None
        }
    }
}

fn read_code(cx: &Diagnostics, variant: &Syntax, flag: Option<Ident>) -> Option<&'static Code> {
    let Some(flag) = flag else {
        cx.error(
            &variant.ident,
            format_args!(
                "`{0}` has no code\n\nhelp: write `#[grpc(NotFound, \"what is wrong\")] {0}`, with one of gRPC's codes; the \
                 variant for everything else is `#[grpc(other)]`",
                variant.ident.unraw()
            ),
        );
        return None;
    };
    let name = flag.unraw().to_string();
    let code = CODES.iter().find(|code| code.ident == name);
    if code.is_none() {
        let known: Vec<_> = CODES.iter().map(|code| code.ident).collect();
        let as_specified = CODES.iter().find(|code| code.name == name);
        let meant = as_specified.map_or_else(|| closest(&name, &known), |code| Some(code.ident));
        let message = match meant {
            _ if name == "Ok" => {
                "`Ok` is no error; the other codes are what a call can fail with".to_owned()
            }
            Some(meant) => format!("unknown code `{name}`; did you mean `{meant}`?"),
            None => format!("unknown code `{name}`; the codes are {}", list(&known)),
        };
        cx.error(flag, message);
    }
    code
}

fn read_message(cx: &Diagnostics, variant: &Syntax, expr: Option<Expr>) -> Option<Format> {
    match expr {
        None => Some(Format::words(&variant.ident)),
        Some(Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        })) => cx.ok(Format::read(&text, &variant.fields)),
        Some(expr) => {
            cx.error(
                expr,
                "the message is a string: `#[grpc(NotFound, \"no feature at {at:?}\")]`",
            );
            None
        }
    }
}

fn read_detail<'a>(
    cx: &Diagnostics,
    variant: &'a Syntax,
    name: String,
    reserved: Vec<Expr>,
) -> Option<Detail<'a>> {
    let is_numbered =
        |field: &syn::Field| field.attrs.iter().any(|attr| attr.path().is_ident("proto"));
    match &variant.fields {
        Fields::Unnamed(fields)
            if fields.unnamed.len() == 1 && !is_numbered(&fields.unnamed[0]) =>
        {
            for expr in reserved {
                cx.error(
                    expr,
                    "what is reserved is said by the message that the variant holds",
                );
            }
            Some(Detail::Whole(&fields.unnamed[0].ty))
        }
        Fields::Unnamed(fields) => {
            cx.error(
                fields,
                format_args!(
                    "the fields of a message have names in protobuf, and these have none\n\nhelp: write `{0} {{ #[proto(1)] \
                     name: Type }}`; or `{0}(Type)`, where the type is a message and all of the detail",
                    variant.ident
                ),
            );
            None
        }
        Fields::Named(fields) => Some(Detail::Fields {
            name,
            reserved,
            fields: fields.named.iter().collect(),
        }),
        Fields::Unit => Some(Detail::Fields {
            name,
            reserved,
            fields: Vec::new(),
        }),
    }
}

/// The name in protobuf.
fn read_name(cx: &Diagnostics, ident: &Ident, name: Option<&LitStr>) -> String {
    check_name(cx, name, names::check);
    match name {
        Some(name) => name.value(),
        None => {
            let name = names::type_name(&ident.to_string());
            check_derived_name(cx, ident, &name, names::check, "grpc");
            name
        }
    }
}

/// What arrives says which variant it is by its code and its message.
fn check_details(cx: &Diagnostics, variants: &[Variant<'_>]) {
    let text = |ty: &Type| ty.to_token_stream().to_string();
    for (index, variant) in variants.iter().enumerate() {
        let same = variants[..index]
            .iter()
            .find(|other| match (&variant.detail, &other.detail) {
                (Detail::Whole(ty), Detail::Whole(other_ty)) => {
                    text(ty) == text(other_ty) && variant.code.name == other.code.name
                }
                (Detail::Fields { name, .. }, Detail::Fields { name: other, .. }) => name == other,
                _ => false,
            });
        let Some(other) = same else { continue };
        let at: TokenStream = match variant.detail {
            Detail::Whole(ty) => ty.to_token_stream(),
            Detail::Fields { .. } => {
                let ident = variant.ident;
                quote!(#ident)
            }
        };
        cx.error(
            at,
            match &variant.detail {
                Detail::Whole(_) => format!(
                    "`{}` has the same code and the same message: nobody could tell which of the two is meant",
                    other.ident
                ),
                Detail::Fields { name, .. } => {
                    format!("the name `{name}` is already that of `{}`", other.ident)
                }
            },
        );
    }
}

/// What goes over to the message: docs, and what isn't used any more.
fn carried(attrs: &[Attribute]) -> Vec<&Attribute> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("doc") || attr.path().is_ident("deprecated"))
        .collect()
}

macro_rules! codes {
    ($($ident:literal $name:literal,)*) => {
        const CODES: &[Code] = &[$(Code { ident: $ident, name: $name }),*];
    };
}

// `statuscodes.md`, but for OK.
codes! {
    "Cancelled" "CANCELLED",
    "Unknown" "UNKNOWN",
    "InvalidArgument" "INVALID_ARGUMENT",
    "DeadlineExceeded" "DEADLINE_EXCEEDED",
    "NotFound" "NOT_FOUND",
    "AlreadyExists" "ALREADY_EXISTS",
    "PermissionDenied" "PERMISSION_DENIED",
    "ResourceExhausted" "RESOURCE_EXHAUSTED",
    "FailedPrecondition" "FAILED_PRECONDITION",
    "Aborted" "ABORTED",
    "OutOfRange" "OUT_OF_RANGE",
    "Unimplemented" "UNIMPLEMENTED",
    "Internal" "INTERNAL",
    "Unavailable" "UNAVAILABLE",
    "DataLoss" "DATA_LOSS",
    "Unauthenticated" "UNAUTHENTICATED",
}
