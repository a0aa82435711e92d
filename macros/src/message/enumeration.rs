//! The model of `#[derive(Enumeration)]`.

use std::collections::HashMap;

use syn::{Data, DeriveInput, Expr, ExprLit, Fields, Ident, Lit, LitStr, Type, ext::IdentExt};
use traitwire_schema::names;

use super::{
    container::{self, Container, Reserved, check_derived_name, check_name, integer},
    field::{FieldOptions, Place},
    structure::name_span,
};
use crate::diagnostics::Diagnostics;

/// A Rust enum that is an enum in protobuf.
pub(super) struct Enumeration<'a> {
    pub(super) container: Container,
    /// The first has the number zero.
    pub(super) values: Vec<Value<'a>>,
    /// The variant that takes every other number, which makes the enum open.
    pub(super) other: Option<&'a Ident>,
}

pub(super) struct Value<'a> {
    pub(super) ident: &'a Ident,
    pub(super) name: String,
    /// Other names of the same number.
    pub(super) aliases: Vec<String>,
    pub(super) number: i32,
    pub(super) deprecated: bool,
    pub(super) doc: String,
}

impl<'a> Enumeration<'a> {
    pub(super) fn read(cx: &Diagnostics, item: &'a DeriveInput) -> Option<Self> {
        let container = Container::read(cx, item, i32::MIN, i32::MAX);
        container::refuse_generics(
            cx,
            item,
            "protobuf enum",
            "borrows nothing; remove the lifetime",
        );
        let Data::Enum(data) = &item.data else {
            cx.error(
                &item.ident,
                "`Enumeration` is for enums\n\nhelp: a struct is a message, `#[derive(Message)]`",
            );
            return None;
        };
        let mut other = None;
        let mut values = Vec::new();
        for variant in &data.variants {
            let options = FieldOptions::read(cx, &variant.attrs, Place::Value);
            match &options.other {
                Some(flag) => {
                    check_other(cx, variant, &options);
                    if other.replace(&variant.ident).is_some() {
                        cx.error(flag, "one variant takes all other numbers; remove this `other`");
                    }
                }
                None if matches!(variant.fields, Fields::Unit) => values.push((variant, options)),
                None => cx.error(
                    variant,
                    "a value of a protobuf enum holds nothing but its number\n\nhelp: an enum whose variants hold values \
                     is a oneof, `#[derive(OneOf)]`; for numbers of newer peers write `#[proto(other)] Other(i32)`",
                ),
            }
        }
        let numbers = read_numbers(cx, item, &values, &container);
        let names = read_names(cx, &values, &container);
        let values = values.into_iter().zip(numbers).zip(names).filter_map(
            |(((variant, options), number), (name, aliases))| {
                Some(Value {
                    ident: &variant.ident,
                    name,
                    aliases,
                    number: number?,
                    deprecated: options.deprecated,
                    doc: options.doc,
                })
            },
        );
        let values = values.collect();
        Some(Self {
            container,
            values,
            other,
        })
    }
}

fn check_other(cx: &Diagnostics, variant: &syn::Variant, options: &FieldOptions) {
    let holds_number = match &variant.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => match &fields.unnamed[0].ty {
            Type::Path(path) => path
                .path
                .segments
                .last()
                .is_some_and(|last| last.ident == "i32"),
            _ => false,
        },
        _ => false,
    };
    if !holds_number {
        cx.error(
            variant,
            format_args!(
                "the variant for all other numbers holds the number\n\nhelp: write `#[proto(other)] {}(i32)`",
                variant.ident
            ),
        );
    }
    if let Some(number) = &options.number {
        cx.error(
            number,
            "the variant for all other numbers has none of its own",
        );
    }
    if let Some(name) = &options.name {
        cx.error(
            name,
            "the variant for all other numbers has no name in protobuf",
        );
    }
    if let Some(alias) = options.alias.first() {
        cx.error(
            alias,
            "the variant for all other numbers has no name in protobuf, and so no alias",
        );
    }
}

/// Reads each value's number, from its `#[proto(…)]` or its discriminant.
fn read_numbers(
    cx: &Diagnostics,
    item: &DeriveInput,
    values: &[(&syn::Variant, FieldOptions)],
    container: &Container,
) -> Vec<Option<i32>> {
    let exprs: Vec<Option<&Expr>> = values
        .iter()
        .map(|(variant, options)| {
            let discriminant = variant.discriminant.as_ref().map(|(_, expr)| expr);
            if let (Some(number), Some(discriminant)) = (&options.number, discriminant)
                && integer(number) != integer(discriminant)
            {
                cx.error(
                    number,
                    "this is not the number after `=`; write one of them",
                );
            }
            options.number.as_ref().or(discriminant)
        })
        .collect();
    let written = exprs.iter().filter_map(|expr| integer((*expr)?));
    let written: Vec<i32> = written
        .filter_map(|number| number.try_into().ok())
        .collect();
    let mut next = written
        .iter()
        .max()
        .map_or(1, |last| i64::from(*last).max(0) + 1);
    let is_reserved = |number: i32| {
        let holds = |reserved: &Reserved| matches!(reserved, Reserved::Numbers(first, last) if (*first..=*last).contains(&number));
        container.reserved.iter().any(holds)
    };
    let mut owners: HashMap<i32, &Ident> = HashMap::new();
    let numbers: Vec<Option<i32>> = values
        .iter()
        .zip(exprs)
        .enumerate()
        .map(|(index, ((variant, _), expr))| {
            let ident = &variant.ident;
            let Some(expr) = expr else {
                while i32::try_from(next).is_ok_and(is_reserved) {
                    next += 1;
                }
                // The first one is zero, whatever the others are.
                let free = if index == 0 && !written.contains(&0) {
                    0
                } else {
                    next += 1;
                    next - 1
                };
                cx.error(
                    ident,
                    format_args!(
                        "`{ident}` has no number\n\nhelp: the next free number is {free}, `#[proto({free})] {ident}`; it \
                         is never taken from the position, so that values can be reordered"
                    ),
                );
                return None;
            };
            let number = integer(expr).and_then(|number| i32::try_from(number).ok());
            let Some(number) = number else {
                cx.error(expr, "the number of a value is written in digits, and fits into an `i32`");
                return None;
            };
            if is_reserved(number) {
                cx.error(expr, format_args!("the number {number} is reserved"));
                return None;
            }
            if let Some(owner) = owners.get(&number) {
                cx.error(
                    expr,
                    format_args!(
                        "the number {number} is already that of `{owner}`: whoever reads it couldn't tell one from the \
                         other\n\nhelp: for a second name in protobuf, write `#[proto({number}, alias(\"{}\"))] {owner}`; for \
                         one in Rust, `pub const {}: Self = Self::{owner};`",
                        names::enum_value(&container.name, &ident.to_string()),
                        names::enum_value("", &ident.to_string()).trim_start_matches('_')
                    ),
                );
                return None;
            }
            owners.insert(number, ident);
            Some(number)
        })
        .collect();
    check_zero(cx, item, values, &numbers, owners.get(&0).copied());
    numbers
}

/// The first value is zero: it is what an absent field holds.
fn check_zero(
    cx: &Diagnostics,
    item: &DeriveInput,
    values: &[(&syn::Variant, FieldOptions)],
    numbers: &[Option<i32>],
    zero: Option<&Ident>,
) {
    match (values.first(), numbers.first(), zero) {
        (_, Some(Some(0)), _) => {}
        (Some((first, _)), _, Some(zero)) => cx.error(
            zero,
            format_args!(
                "the value with the number 0 comes first in protobuf; move `{zero}` before `{}`",
                first.ident
            ),
        ),
        // The first has no number, which is reported, and may be meant to be zero.
        (Some(_), Some(None), None) => {}
        (first, _, None) => {
            let ident = first.map_or(&item.ident, |(variant, _)| &variant.ident);
            cx.error(
                ident,
                "a protobuf enum starts with the number 0, which is what an absent field holds\n\nhelp: put `#[proto(0)] \
                 Unspecified` first",
            );
        }
        (None, _, Some(_)) => {}
    }
}

/// Reads each value's name and aliases.
fn read_names<'a>(
    cx: &Diagnostics,
    values: &[(&'a syn::Variant, FieldOptions)],
    container: &Container,
) -> Vec<(String, Vec<String>)> {
    let mut seen: HashMap<String, &Ident> = HashMap::new();
    let mut check = |at, name: &str, ident: &'a Ident| {
        if container.reserves_name(name) {
            cx.push(syn::Error::new(
                at,
                format_args!("the name `{name}` is reserved; give the value another one"),
            ));
        }
        if let Some(other) = seen.insert(name.to_owned(), ident) {
            cx.push(syn::Error::new(
                at,
                format_args!("the name `{name}` is already that of `{}`", other.unraw()),
            ));
        }
    };
    values
        .iter()
        .map(|(variant, options)| {
            let ident = &variant.ident;
            check_name(cx, options.name.as_ref(), |name| {
                names::check_enum_value(name)
            });
            let name = options.name.as_ref().map_or_else(
                || names::enum_value(&container.name, &ident.to_string()),
                LitStr::value,
            );
            if options.name.is_none() {
                check_derived_name(cx, ident, &name, names::check_enum_value, "proto");
            }
            check(name_span(ident, options.name.as_ref()), &name, ident);
            let aliases = read_aliases(cx, &options.alias);
            for alias in &aliases {
                check(alias.span(), &alias.value(), ident);
            }
            (name, aliases.iter().map(LitStr::value).collect())
        })
        .collect()
}

fn read_aliases(cx: &Diagnostics, exprs: &[Expr]) -> Vec<LitStr> {
    let mut aliases = Vec::new();
    for expr in exprs {
        match expr {
            Expr::Lit(ExprLit {
                lit: Lit::Str(name),
                ..
            }) => {
                check_name(cx, Some(name), names::check_enum_value);
                aliases.push(name.clone());
            }
            _ => cx.error(
                expr,
                "an alias is another name in protobuf: `alias(\"CORPUS_INTERNET\")`",
            ),
        }
    }
    aliases
}
