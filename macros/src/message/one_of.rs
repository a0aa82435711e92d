//! The model of `#[derive(OneOf)]`.

use syn::{Data, DeriveInput, Expr, Fields, Ident, Lifetime, Path, Type};
use traitwire_schema::names;

use super::{
    container::{self, check_derived_name, check_name},
    field::{Encoding, FieldOptions, Place},
    hints,
    structure::{name_span, report_same_name, wire_name},
};
use crate::{diagnostics::Diagnostics, docs, options::Options};

/// An enum that is a oneof.
pub(super) struct OneOf<'a> {
    pub(super) krate: Path,
    pub(super) doc: String,
    /// That of what the variants borrow.
    pub(super) lifetime: Option<&'a Lifetime>,
    pub(super) variants: Vec<Variant<'a>>,
}

pub(super) struct Variant<'a> {
    pub(super) ident: &'a Ident,
    /// What it holds; nothing is `google.protobuf.Empty`.
    pub(super) ty: Option<&'a Type>,
    pub(super) name: String,
    pub(super) number: u32,
    pub(super) encoding: Encoding,
    pub(super) deprecated: bool,
    pub(super) doc: String,
}

impl<'a> OneOf<'a> {
    pub(super) fn read(cx: &Diagnostics, item: &'a DeriveInput) -> Option<Self> {
        let mut options = Options::of_attrs(cx, &item.attrs, "proto");
        let krate = options.krate(cx);
        options.finish(cx);
        let lifetime = container::lifetime(cx, item, "oneof");
        let Data::Enum(data) = &item.data else {
            cx.error(
                &item.ident,
                "a oneof is an enum, with a variant for each of the fields it can be",
            );
            return None;
        };
        if data.variants.is_empty() {
            cx.error(
                &item.ident,
                "a oneof needs a variant\n\nhelp: write `#[proto(1)] Name(Type)`; the numbers are shared with the message \
                 that has the oneof in a field",
            );
        }
        let read: Vec<_> = data
            .variants
            .iter()
            .map(|variant| {
                let options = FieldOptions::read(cx, &variant.attrs, Place::Variant);
                let ty = read_type(cx, variant, &options);
                (&variant.ident, ty, options)
            })
            .collect();
        check_names(cx, &read);
        let numbered: Vec<(&Ident, Option<&Expr>)> = read
            .iter()
            .map(|(ident, _, options)| (*ident, options.number.as_ref()))
            .collect();
        let elsewhere = Some("the message that has the oneof in a field has numbers too");
        let numbers = super::numbers::read(cx, &[], &numbered, elsewhere);
        let variants =
            read.into_iter()
                .zip(numbers)
                .filter_map(|((ident, ty, options), number)| {
                    Some(Variant {
                        ident,
                        ty: ty?,
                        name: wire_name(ident, options.name.as_ref()),
                        number: number?,
                        encoding: options.encoding,
                        deprecated: options.deprecated,
                        doc: options.doc,
                    })
                });
        Some(Self {
            krate,
            doc: docs::text(&item.attrs),
            lifetime,
            variants: variants.collect(),
        })
    }
}

/// What the variant holds, or `None` if that can't be.
fn read_type<'a>(
    cx: &Diagnostics,
    variant: &'a syn::Variant,
    options: &FieldOptions,
) -> Option<Option<&'a Type>> {
    if let Some((_, discriminant)) = &variant.discriminant {
        cx.error(
            discriminant,
            "the number of a variant is written in `#[proto(…)]`: it is the number of a field",
        );
    }
    let ty = match &variant.fields {
        Fields::Unit => None,
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => Some(&fields.unnamed[0].ty),
        Fields::Unnamed(fields) => {
            cx.error(
                fields,
                "a variant of a oneof holds one value\n\nhelp: put several into a message, `Name(MyMessage)`; a variant \
                 that holds nothing is `Name`",
            );
            return None;
        }
        Fields::Named(fields) => {
            cx.error(
                fields,
                "a variant of a oneof holds one value, without a name\n\nhelp: declare a struct with \
                 `#[derive(Message)]` and these fields, and write `Name(MyMessage)`",
            );
            return None;
        }
    };
    match (ty, &options.encoding) {
        (Some(ty), encoding) => hints::check_variant(cx, ty, encoding),
        (None, Encoding::Scalar(_, ident)) => {
            cx.error(
                ident,
                format_args!("`{ident}` is for integers, and this variant holds nothing"),
            );
        }
        (None, _) => {}
    }
    Some(ty)
}

fn check_names(cx: &Diagnostics, variants: &[(&Ident, Option<Option<&Type>>, FieldOptions)]) {
    let mut seen: Vec<(String, &Ident)> = Vec::new();
    for (ident, _, options) in variants {
        check_name(cx, options.name.as_ref(), names::check);
        let name = wire_name(ident, options.name.as_ref());
        if options.name.is_none() {
            check_derived_name(cx, ident, &name, names::check, "proto");
        }
        let at = name_span(ident, options.name.as_ref());
        match seen
            .iter()
            .find(|(other, _)| names::json(other) == names::json(&name))
        {
            Some((other, ident)) => report_same_name(cx, at, &name, other, ident),
            None => seen.push((name, ident)),
        }
    }
}
