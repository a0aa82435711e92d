//! What a type says of itself: its name, and the options in `#[proto(…)]` above it.

use quote::ToTokens;
use syn::{
    DeriveInput, Expr, ExprLit, ExprRange, ExprUnary, GenericParam, Ident, Lifetime, Lit, LitStr,
    Path, RangeLimits, UnOp, ext::IdentExt,
};
use traitwire_schema::names;

use crate::{diagnostics::Diagnostics, docs, options::Options};

/// The options of a message or an enum.
pub(super) struct Container {
    /// Where the runtime is found.
    pub(super) krate: Path,
    /// The name in protobuf.
    pub(super) name: String,
    pub(super) package: Option<String>,
    /// The file that declares the type already.
    pub(super) file: Option<String>,
    pub(super) doc: String,
    pub(super) deprecated: bool,
    pub(super) nested_in: Option<Path>,
    pub(super) reserved: Vec<Reserved>,
    /// Whether the message says itself what its JSON is, which is for those of protobuf.
    pub(super) has_json_form: bool,
}

/// Something in `reserved(…)`.
pub(super) enum Reserved {
    /// From the first to the second number, both included.
    Numbers(i32, i32),
    Name(String),
}

impl Container {
    /// Reads the options of `item`, whose numbers lie between `min` and `max`.
    pub(super) fn read(cx: &Diagnostics, item: &DeriveInput, min: i32, max: i32) -> Self {
        let mut options = Options::of_attrs(cx, &item.attrs, "proto");
        let name = options.string(cx, "name", "Point");
        let package = options.string(cx, "package", "routeguide");
        let file = options.string(cx, "file", "google/type/latlng.proto");
        let reserved = options.list(cx, "reserved", "2, 9..=11, \"old_name\"");
        let deprecated = options.flag(cx, "deprecated").is_some();
        let nested_in = options.path(cx, "nested_in", "Outer");
        let has_json_form = options.flag(cx, "json_form").is_some();
        let krate = options.krate(cx);
        options.finish(cx);

        match &name {
            Some(_) => check_name(cx, name.as_ref(), names::check),
            None => {
                let name = names::type_name(&item.ident.to_string());
                check_derived_name(cx, &item.ident, &name, names::check, "proto");
            }
        }
        check_name(cx, package.as_ref(), |package| {
            names::check_package(package)
        });
        check_name(cx, file.as_ref(), names::check_file);
        if let (Some(_), Some(misplaced)) = (&nested_in, package.as_ref().or(file.as_ref())) {
            cx.error(
                misplaced,
                "a nested type lives where the type around it lives; remove this option, or `nested_in`",
            );
        }
        Self {
            krate,
            name: name.map_or_else(
                || names::type_name(&item.ident.to_string()),
                |name| name.value(),
            ),
            package: package.map(|package| package.value()),
            file: file.map(|file| file.value()),
            doc: docs::text(&item.attrs),
            deprecated: deprecated || is_deprecated(&item.attrs),
            nested_in,
            reserved: read_reserved(cx, &reserved, min, max),
            has_json_form,
        }
    }

    /// The names that may not be used again.
    pub(super) fn reserves_name(&self, name: &str) -> bool {
        self.reserved
            .iter()
            .any(|reserved| matches!(reserved, Reserved::Name(reserved) if reserved == name))
    }
}

/// The runtime's path, which the fallback needs too, when the options can't be read as a whole.
pub(super) fn krate(item: &DeriveInput) -> Path {
    let mut path = None;
    let _ = Diagnostics::collect(|cx| {
        path = Some(Options::of_attrs(cx, &item.attrs, "proto").krate(cx));
        Some(())
    });
    path.unwrap_or_else(crate::options::default_krate)
}

/// The lifetime of what a `kind` of thing borrows: `message`. Type parameters are refused, and a second lifetime.
pub(super) fn lifetime<'a>(
    cx: &Diagnostics,
    item: &'a DeriveInput,
    kind: &str,
) -> Option<&'a Lifetime> {
    let mut lifetimes = item.generics.lifetimes();
    if let (Some(param), None, 1) = (
        lifetimes.next(),
        lifetimes.next(),
        item.generics.params.len(),
    ) {
        return Some(&param.lifetime);
    }
    refuse_generics(
        cx,
        item,
        kind,
        "has one lifetime at most, that of the bytes it is read from\n\nhelp: use it for all that is borrowed",
    );
    None
}

/// Refuses type parameters, for a `kind` of thing: `message`. If there are lifetimes only, it is what `lifetimes` says.
pub(super) fn refuse_generics(cx: &Diagnostics, item: &DeriveInput, kind: &str, lifetimes: &str) {
    if item.generics.params.is_empty() {
        return;
    }
    let all_lifetimes = item
        .generics
        .params
        .iter()
        .all(|param| matches!(param, GenericParam::Lifetime(_)));
    let message = if all_lifetimes {
        format!("a {kind} {lifetimes}")
    } else {
        format!(
            "a {kind} can't be generic: protobuf has no such thing, so that `{name}<A>` and `{name}<B>` would need names \
             of their own\n\nhelp: write one {kind} for each type that stands in for the parameter",
            name = item.ident
        )
    };
    cx.error(&item.generics, message);
}

/// Whether there is a `#[deprecated]`.
pub(super) fn is_deprecated(attrs: &[syn::Attribute]) -> bool {
    attrs.iter().any(|attr| attr.path().is_ident("deprecated"))
}

/// Checks a name that is written in an option.
pub(crate) fn check_name<E: std::fmt::Display>(
    cx: &Diagnostics,
    name: Option<&LitStr>,
    check: impl FnOnce(&str) -> Result<(), E>,
) {
    if let Some(name) = name
        && let Err(error) = check(&name.value())
    {
        cx.error(name, error);
    }
}

/// Checks a name that follows from an identifier, which may have letters that protobuf doesn't take. The `attribute` is
/// where another one can be written.
pub(crate) fn check_derived_name<E: std::fmt::Display>(
    cx: &Diagnostics,
    ident: &Ident,
    name: &str,
    check: impl FnOnce(&str) -> Result<(), E>,
    attribute: &str,
) {
    if let Err(error) = check(name) {
        cx.error(
            ident,
            format_args!(
                "{error}\n\nhelp: name `{}` with `#[{attribute}(name = \"…\")]`",
                ident.unraw()
            ),
        );
    }
}

fn read_reserved(cx: &Diagnostics, exprs: &[Expr], min: i32, max: i32) -> Vec<Reserved> {
    let mut all: Vec<Reserved> = Vec::new();
    for expr in exprs {
        let Some(reserved) = read_one_reserved(cx, expr, min, max) else {
            continue;
        };
        let is_double = all.iter().any(|earlier| match (earlier, &reserved) {
            (Reserved::Numbers(from, to), Reserved::Numbers(first, last)) => {
                first <= to && from <= last
            }
            (Reserved::Name(earlier), Reserved::Name(name)) => earlier == name,
            _ => false,
        });
        if is_double {
            cx.error(
                expr,
                "this is reserved twice, which `protoc` refuses; reserve it once",
            );
        } else {
            all.push(reserved);
        }
    }
    all
}

fn read_one_reserved(cx: &Diagnostics, expr: &Expr, min: i32, max: i32) -> Option<Reserved> {
    let (first, last) = match expr {
        Expr::Lit(ExprLit {
            lit: Lit::Str(name),
            ..
        }) => {
            check_name(cx, Some(name), names::check);
            return Some(Reserved::Name(name.value()));
        }
        Expr::Range(ExprRange {
            start: Some(start),
            limits,
            end,
            ..
        }) => {
            let first = integer(start);
            let last = match (end, limits) {
                (None, _) => Some(i64::from(max)),
                (Some(end), RangeLimits::Closed(_)) => integer(end),
                (Some(end), RangeLimits::HalfOpen(_)) => integer(end).map(|end| end - 1),
            };
            (first, last)
        }
        _ => (integer(expr), integer(expr)),
    };
    let (Some(first), Some(last)) = (first, last) else {
        cx.error(
            expr,
            "`reserved` takes numbers, ranges and names: `reserved(2, 9..=11, \"old_name\")`",
        );
        return None;
    };
    if last < first {
        cx.error(expr, "there is no number in this range");
        return None;
    }
    match (i32::try_from(first), i32::try_from(last)) {
        (Ok(first), Ok(last)) if min <= first && last <= max => {
            Some(Reserved::Numbers(first, last))
        }
        _ => {
            cx.error(
                expr,
                format_args!("the numbers here go from {min} to {max}"),
            );
            None
        }
    }
}

/// The value of a literal with or without a sign.
pub(super) fn integer(expr: &impl ToTokens) -> Option<i64> {
    let expr: Expr = syn::parse2(expr.to_token_stream()).ok()?;
    match &expr {
        Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) => number.base10_parse().ok(),
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => Some(-integer(expr)?),
        Expr::Group(group) => integer(&group.expr),
        Expr::Paren(paren) => integer(&paren.expr),
        _ => None,
    }
}
