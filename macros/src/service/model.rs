//! A service: what is read from the trait and the attribute's arguments.

use proc_macro2::TokenStream;
use syn::{Ident, ItemTrait, Path, TraitItem, TypeParamBound, Visibility, ext::IdentExt};
use traitwire_schema::names;

use super::{
    desugar::{is_implied, is_this_macro},
    made,
    method::{Method, is_deprecated},
};
use crate::{diagnostics::Diagnostics, docs, options::Options};

/// A trait that is a gRPC service, as far as it is right: what isn't is reported and left out.
pub(super) struct Service<'a> {
    /// The trait as it is written.
    pub(super) item: &'a ItemTrait,
    pub(super) ident: &'a Ident,
    pub(super) vis: &'a Visibility,
    /// What the user asks of implementations, without what every service is: `Send`, `Sync` and `'static`.
    pub(super) supertraits: Vec<&'a TypeParamBound>,
    pub(super) options: ServiceOptions,
    pub(super) doc: String,
    /// In the order of the trait, which gives them their indices.
    pub(super) methods: Vec<Method<'a>>,
}

/// What the attribute's arguments say.
pub(super) struct ServiceOptions {
    /// Where the runtime is found.
    pub(super) krate: Path,
    /// `RouteGuide`.
    pub(super) wire_name: String,
    /// `routeguide`; empty for none.
    pub(super) package: String,
    /// The file it is exported to, if that isn't the package's.
    pub(super) file: Option<String>,
    /// Whether there is a trait for `dyn`.
    pub(super) dynamic: bool,
    pub(super) deprecated: bool,
}

impl<'a> Service<'a> {
    pub(super) fn read(cx: &Diagnostics, args: TokenStream, item: &'a ItemTrait) -> Self {
        let options = ServiceOptions::read(cx, args, item);
        check_trait(cx, item);
        let methods = read_methods(cx, item);
        Self {
            item,
            ident: &item.ident,
            vis: &item.vis,
            supertraits: item
                .supertraits
                .iter()
                .filter(|bound| !is_implied(bound))
                .collect(),
            options,
            doc: docs::text(&item.attrs),
            methods,
        }
    }

    /// `/routeguide.RouteGuide/GetFeature`.
    pub(super) fn path(&self, method: &Method<'_>) -> String {
        let ServiceOptions {
            package, wire_name, ..
        } = &self.options;
        let dot = if package.is_empty() { "" } else { "." };
        format!("/{package}{dot}{wire_name}/{}", method.wire_name)
    }
}

impl ServiceOptions {
    fn read(cx: &Diagnostics, args: TokenStream, item: &ItemTrait) -> Self {
        let mut options = Options::of_args(cx, args);
        let read = Self {
            package: read_package(cx, &mut options).unwrap_or_default(),
            wire_name: read_wire_name(cx, &item.ident, &mut options),
            file: read_file(cx, &mut options),
            dynamic: options.flag(cx, "dyn").is_some(),
            deprecated: is_deprecated(cx, &item.attrs, &mut options),
            krate: options.krate(cx),
        };
        options.finish(cx);
        read
    }
}

fn read_package(cx: &Diagnostics, options: &mut Options) -> Option<String> {
    let package = options.string(cx, "package", "routeguide.v1")?;
    let value = package.value();
    if value.is_empty() {
        cx.error(
            &package,
            "a package has a name: to have no package, leave the option out",
        );
    } else if value.split('.').any(str::is_empty) {
        cx.error(
            &package,
            format_args!(
                "`{value}` can't be a package: there is nothing before, after or between its dots"
            ),
        );
    } else if let Err(error) = names::check_package(&value) {
        cx.error(&package, error);
    }
    Some(value)
}

fn read_wire_name(cx: &Diagnostics, ident: &Ident, options: &mut Options) -> String {
    if let Some(name) = options.string(cx, "name", "RouteGuide") {
        let value = name.value();
        if let Err(error) = names::check(&value) {
            cx.error(name, error);
        }
        return value;
    }
    let name = names::type_name(&ident.unraw().to_string());
    if let Err(error) = names::check(&name) {
        cx.error(
            ident,
            format_args!("{error}\n\nhelp: give the service a name on the wire: `#[grpc_service(name = \"…\")]`"),
        );
    }
    name
}

fn read_file(cx: &Diagnostics, options: &mut Options) -> Option<String> {
    let file = options.string(cx, "file", "route_guide.proto")?;
    match names::check_file(&file.value()) {
        Ok(()) => Some(file.value()),
        Err(error) => {
            cx.error(file, error);
            None
        }
    }
}

fn check_trait(cx: &Diagnostics, item: &ItemTrait) {
    for attr in item.attrs.iter().filter(|attr| is_this_macro(attr)) {
        cx.error(
            attr,
            "a trait is one service: remove this attribute\n\nhelp: for another package, or another version, write \
             another trait",
        );
    }
    if let Some(unsafety) = &item.unsafety {
        cx.error(unsafety, "a gRPC service can't be `unsafe`: remove it");
    }
    if let Some(auto) = &item.modifiers.auto_token {
        cx.error(auto, "a gRPC service can't be an `auto` trait: remove it");
    }
    if !item.generics.params.is_empty() {
        cx.error(
            &item.generics,
            "a gRPC service can't be generic: it is one entry in the `.proto`, with one type for each request and \
             response\n\nhelp: what varies belongs in the type that implements the service",
        );
    }
    if let Some(where_clause) = &item.generics.where_clause {
        cx.error(
            where_clause,
            "a gRPC service can't have a `where` clause: write what it asks of implementations after the colon, \
             `trait Service: Bound`",
        );
    }
    for attr in item.attrs.iter().filter(|attr| attr.path().is_ident("cfg")) {
        cx.error(
            attr,
            "what is made of the trait would be there without it: write `#[cfg(…)]` above `#[grpc_service]`",
        );
    }
}

fn read_methods<'a>(cx: &Diagnostics, item: &'a ItemTrait) -> Vec<Method<'a>> {
    let methods: Vec<Method<'a>> = item
        .items
        .iter()
        .filter_map(|item| match item {
            TraitItem::Fn(item) => Method::read(cx, item),
            other => {
                refuse(cx, other);
                None
            }
        })
        .collect();
    made::with_own_names(cx, unique(cx, methods))
}

fn refuse(cx: &Diagnostics, item: &TraitItem) {
    match item {
        TraitItem::Const(item) => cx.error(
            item,
            "a gRPC service has only methods: a constant isn't sent to clients\n\nhelp: declare it beside the trait",
        ),
        TraitItem::Type(item) => cx.error(
            item,
            "a gRPC service has only methods: clients have to know their types, so that implementations can't choose \
             them\n\nhelp: write the message's name where it is used",
        ),
        TraitItem::Macro(item) => cx.error(
            item,
            "a gRPC service has only methods: write out what the macro stands for",
        ),
        other => cx.error(other, "a gRPC service has only methods: write `async fn`"),
    }
}

/// A method is there once, in Rust and on the wire.
fn unique<'a>(cx: &Diagnostics, methods: Vec<Method<'a>>) -> Vec<Method<'a>> {
    let mut unique: Vec<Method<'a>> = Vec::new();
    for method in methods {
        let Method {
            ident, wire_name, ..
        } = &method;
        if unique.iter().any(|other| other.ident == *ident) {
            cx.error(
                ident,
                format_args!("there is a method `{ident}` already; call this one something else"),
            );
            continue;
        }
        if let Some(first) = unique.iter().find(|other| other.wire_name == *wire_name) {
            cx.error(
                ident,
                format_args!(
                    "`{wire_name}` is the name of `{}` on the wire, too\n\nhelp: give one of them another: `#[rpc(name = \"…\")]`",
                    first.ident
                ),
            );
        }
        unique.push(method);
    }
    unique
}
