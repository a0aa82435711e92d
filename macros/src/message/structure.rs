//! The model of `#[derive(Message)]`.

use proc_macro2::Span;
use syn::{Data, DeriveInput, Expr, Fields, Ident, Lifetime, LitStr, Type, ext::IdentExt};
use traitwire_schema::{names, numbers};

use super::{
    container::{self, Container, check_derived_name, check_name},
    field::{Encoding, FieldOptions, Place},
    hints,
};
use crate::diagnostics::Diagnostics;

/// A struct that is a message.
pub(super) struct Message<'a> {
    pub(super) container: Container,
    /// That of what the message borrows.
    pub(super) lifetime: Option<&'a Lifetime>,
    /// In the order of the struct.
    pub(super) members: Vec<Member<'a>>,
    /// The field that keeps what there are no fields for.
    pub(super) unknown: Option<UnknownField<'a>>,
}

pub(super) enum Member<'a> {
    Field(Field<'a>),
    OneOf(OneOfField<'a>),
}

/// A field with a number.
pub(super) struct Field<'a> {
    pub(super) ident: &'a Ident,
    pub(super) ty: &'a Type,
    pub(super) name: String,
    pub(super) number: u32,
    pub(super) encoding: Encoding,
    pub(super) required: Option<Ident>,
    pub(super) deprecated: bool,
    pub(super) doc: String,
}

/// A field that holds one of several.
pub(super) struct OneOfField<'a> {
    pub(super) ident: &'a Ident,
    pub(super) ty: &'a Type,
    pub(super) name: String,
    pub(super) doc: String,
}

/// A field `#[proto(unknown)]`.
pub(super) struct UnknownField<'a> {
    pub(super) ident: &'a Ident,
    pub(super) ty: &'a Type,
}

impl<'a> Message<'a> {
    pub(super) fn read(cx: &Diagnostics, item: &'a DeriveInput) -> Option<Self> {
        let container = Container::read(cx, item, 1, MAX);
        let lifetime = container::lifetime(cx, item, "message");
        let (members, unknown) = read_members(cx, item, &container)?;
        Some(Self {
            container,
            lifetime,
            members,
            unknown,
        })
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = &Field<'a>> {
        self.members.iter().filter_map(|member| match member {
            Member::Field(field) => Some(field),
            Member::OneOf(_) => None,
        })
    }

    pub(super) fn one_ofs(&self) -> impl Iterator<Item = &OneOfField<'a>> {
        self.members.iter().filter_map(|member| match member {
            Member::Field(_) => None,
            Member::OneOf(one_of) => Some(one_of),
        })
    }
}

/// The fields of the struct, or `None` if `item` isn't one that could be a message.
fn read_members<'a>(
    cx: &Diagnostics,
    item: &'a DeriveInput,
    container: &Container,
) -> Option<(Vec<Member<'a>>, Option<UnknownField<'a>>)> {
    let fields = match &item.data {
        Data::Struct(data) => &data.fields,
        Data::Enum(data) => {
            cx.error(
                data.enum_token,
                "a message is a struct\n\nhelp: for an enum whose variants hold nothing write `#[derive(Enumeration)]`; \
                 one whose variants hold values is a oneof, `#[derive(OneOf)]`, and a field of a message",
            );
            return None;
        }
        Data::Union(data) => {
            cx.error(
                data.union_token,
                "a message is a struct: nobody could tell which field of a union to send\n\nhelp: write an enum with \
                 `#[derive(OneOf)]`, and a message that has it in a field",
            );
            return None;
        }
    };
    match fields {
        Fields::Unit => Some((Vec::new(), None)),
        Fields::Named(fields) => {
            let fields = fields
                .named
                .iter()
                .filter_map(|field| Some((field.ident.as_ref()?, field)));
            Some(read_fields(cx, fields.collect(), container, item))
        }
        Fields::Unnamed(fields) => {
            cx.error(
                fields,
                "the fields of a message have names in protobuf, and those of a tuple struct have none\n\nhelp: write \
                 `struct … { #[proto(1)] name: Type }`",
            );
            None
        }
    }
}

fn read_fields<'a>(
    cx: &Diagnostics,
    fields: Vec<(&'a Ident, &'a syn::Field)>,
    container: &Container,
    item: &DeriveInput,
) -> (Vec<Member<'a>>, Option<UnknownField<'a>>) {
    let (unknown, fields): (Vec<_>, Vec<_>) = fields
        .into_iter()
        .map(|(ident, field)| {
            (
                ident,
                field,
                FieldOptions::read(cx, &field.attrs, Place::Field),
            )
        })
        .partition(|(_, _, options)| options.unknown.is_some());
    let unknown = read_unknown(cx, &unknown);
    check_names(cx, &fields, container);
    let one_ofs: Vec<String> = fields
        .iter()
        .filter(|(_, _, options)| options.one_of.is_some())
        .map(|(ident, ..)| format!("`{}`", ident.unraw()))
        .collect();
    let elsewhere = (!one_ofs.is_empty())
        .then(|| format!("the variants of {} have numbers too", one_ofs.join(" and ")));
    let numbered: Vec<(&Ident, Option<&Expr>)> = fields
        .iter()
        .filter(|(_, _, options)| options.one_of.is_none())
        .map(|(ident, _, options)| (*ident, options.number.as_ref()))
        .collect();
    let mut numbers =
        super::numbers::read(cx, &container.reserved, &numbered, elsewhere.as_deref()).into_iter();

    let mut required = 0;
    let mut members = Vec::new();
    for (ident, field, options) in fields {
        let name = wire_name(ident, options.name.as_ref());
        if let Some(flag) = &options.one_of {
            refuse_field_options(cx, &options, flag);
            members.push(Member::OneOf(OneOfField {
                ident,
                ty: &field.ty,
                name,
                doc: options.doc,
            }));
            continue;
        }
        // A field of a parameter's type isn't what is wrong with a struct that has parameters.
        if item.generics.type_params().next().is_none() {
            hints::check_field(
                cx,
                &field.ty,
                &options.encoding,
                options.required.as_ref(),
                &item.ident,
            );
        }
        if let Some(flag) = &options.required {
            required += 1;
            if required > MAX_REQUIRED {
                cx.error(
                    flag,
                    format_args!("a message has at most {MAX_REQUIRED} `required` fields"),
                );
            }
        }
        // A field without a number is reported.
        if let Some(number) = numbers.next().flatten() {
            members.push(Member::Field(Field {
                ident,
                ty: &field.ty,
                name,
                number,
                encoding: options.encoding,
                required: options.required,
                deprecated: options.deprecated,
                doc: options.doc,
            }));
        }
    }
    (members, unknown)
}

/// The field that keeps what the message has no fields for. There is nothing to be said about it.
fn read_unknown<'a>(
    cx: &Diagnostics,
    fields: &[(&'a Ident, &'a syn::Field, FieldOptions)],
) -> Option<UnknownField<'a>> {
    for (_, _, options) in fields {
        if let Some(number) = &options.number {
            cx.error(
                number,
                "unknown fields have numbers of their own; remove this one",
            );
        }
        if let Some(name) = &options.name {
            cx.error(name, "unknown fields have no name; remove it");
        }
        for flag in [&options.required, &options.one_of].into_iter().flatten() {
            cx.error(
                flag,
                format_args!("unknown fields can't be `{flag}`; remove it"),
            );
        }
        match &options.encoding {
            Encoding::Plain => {}
            Encoding::Scalar(_, at) | Encoding::Unpacked(_, at) => {
                cx.error(at, "unknown fields are kept as they came; remove this");
            }
            Encoding::Map { at, .. } => {
                cx.error(at, "unknown fields are kept as they came; remove this");
            }
        }
    }
    if let [_, (_, _, options), ..] = fields {
        cx.error(
            &options.unknown,
            "another field keeps what is unknown already; remove one of the two",
        );
    }
    let (ident, field, _) = fields.first()?;
    Some(UnknownField {
        ident,
        ty: &field.ty,
    })
}

/// The name in protobuf, of the field `ident`.
pub(super) fn wire_name(ident: &Ident, name: Option<&LitStr>) -> String {
    name.map_or_else(|| names::field(&ident.to_string()), LitStr::value)
}

fn check_names(
    cx: &Diagnostics,
    fields: &[(&Ident, &syn::Field, FieldOptions)],
    container: &Container,
) {
    let mut seen: Vec<(String, &Ident)> = Vec::new();
    for (ident, _, options) in fields {
        check_name(cx, options.name.as_ref(), names::check);
        let name = wire_name(ident, options.name.as_ref());
        let at = name_span(ident, options.name.as_ref());
        if options.name.is_none() {
            check_derived_name(cx, ident, &name, names::check, "proto");
        }
        // What is reserved are names of fields: a oneof may take the name of the field that it replaces.
        if options.one_of.is_none() && container.reserves_name(&name) {
            cx.push(syn::Error::new(
                at,
                format_args!("the name `{name}` is reserved; give the field another one"),
            ));
        }
        // What differs in protobuf must also differ in its JSON mapping.
        let other = seen
            .iter()
            .find(|(other, _)| names::json(other) == names::json(&name));
        match other {
            Some((other, ident)) => report_same_name(cx, at, &name, other, ident),
            None => seen.push((name, ident)),
        }
    }
}

/// Reports a `name` that is the `other` one, which `ident` has, or the same in JSON.
pub(super) fn report_same_name(cx: &Diagnostics, at: Span, name: &str, other: &str, ident: &Ident) {
    let message = if name == other {
        format!("the name `{name}` is already that of `{}`", ident.unraw())
    } else {
        format!(
            "the names `{name}` and `{other}` are the same in JSON: `{}`",
            names::json(name)
        )
    };
    cx.push(syn::Error::new(at, message));
}

pub(super) fn name_span(ident: &Ident, name: Option<&LitStr>) -> Span {
    name.map_or_else(|| ident.span(), LitStr::span)
}

/// The oneof itself is only a name; everything else is said by its variants.
fn refuse_field_options(cx: &Diagnostics, options: &FieldOptions, flag: &Ident) {
    if let Some(number) = &options.number {
        cx.error(number, "a oneof has no number: each of its variants has one, in the enum with `#[derive(OneOf)]`");
    }
    if let Some(required) = &options.required {
        cx.error(
            required,
            "a oneof can't be `required`: what a newer peer knows as a variant would be refused",
        );
    }
    match &options.encoding {
        Encoding::Plain => {}
        Encoding::Scalar(_, ident) => {
            cx.error(
                ident,
                format_args!(
                    "`{ident}` stands on the variants, in the enum with `#[derive(OneOf)]`"
                ),
            );
        }
        Encoding::Unpacked(_, at) => cx.error(at, "a oneof is no list; remove `unpacked`"),
        Encoding::Map { .. } => cx.error(flag, "a oneof is no map; remove `key` and `value`"),
    }
}

/// The last number, which protobuf's descriptors hold as an `int32`.
const MAX: i32 = numbers::MAX as i32;

/// The runtime has a bit for each while it reads.
const MAX_REQUIRED: usize = 128;
