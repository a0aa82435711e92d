//! The trait itself, as rustc gets it.

use std::collections::HashSet;

use syn::{
    Attribute, FnArg, ItemTrait, ReturnType, TraitItem, TraitItemFn, TypeParamBound, parse_quote,
    parse_quote_spanned,
};

use super::method::{is_conditional, is_for_field};

/// The user's trait: its futures are `Send`, and so are those who implement it.
///
/// ```text
/// async fn say_hello(&self, request: HelloRequest) -> Result<HelloReply, Status>;
/// fn say_hello(&self, request: HelloRequest) -> impl Future<Output = Result<HelloReply, Status>> + Send;
/// ```
///
/// This works for traits with mistakes in them, too: what isn't understood stays as it is.
pub(super) fn user_trait(item: &ItemTrait) -> ItemTrait {
    let mut item = item.clone();
    item.attrs.retain(|attr| !is_this_macro(attr));
    // `fn f() -> impl Future` is what clippy wouldn't have written by hand.
    item.attrs
        .push(parse_quote!(#[allow(clippy::manual_async_fn)]));
    let bounds: [TypeParamBound; 3] = [
        parse_quote!(::core::marker::Send),
        parse_quote!(::core::marker::Sync),
        parse_quote!('static),
    ];
    item.supertraits = item
        .supertraits
        .into_iter()
        .filter(|bound| !is_implied(bound))
        .chain(bounds)
        .collect();
    item.colon_token.get_or_insert_default();
    // A second method of the same name is reported, and rustc would report it in each implementation.
    let mut seen = HashSet::new();
    item.items.retain(|item| match item {
        TraitItem::Fn(method) => seen.insert(method.sig.ident.clone()),
        _ => true,
    });
    for item in &mut item.items {
        if let TraitItem::Fn(method) = item {
            desugar(method);
        }
    }
    item
}

/// Whether this is a second `#[grpc_service]`.
pub(super) fn is_this_macro(attr: &Attribute) -> bool {
    let last = attr.path().segments.last();
    last.is_some_and(|last| last.ident == "grpc_service")
}

/// Whether every service has this bound anyway.
pub(super) fn is_implied(bound: &TypeParamBound) -> bool {
    match bound {
        TypeParamBound::Trait(bound) => bound
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == "Send" || last.ident == "Sync"),
        TypeParamBound::Lifetime(lifetime) => lifetime.ident == "static",
        _ => false,
    }
}

fn desugar(method: &mut TraitItemFn) {
    let is_ours = |attr: &Attribute| {
        ["rpc", "proto"]
            .iter()
            .any(|name| attr.path().is_ident(name) || is_conditional(attr, name))
    };
    method.attrs.retain(|attr| !is_ours(attr));
    for input in &mut method.sig.inputs {
        if let FnArg::Typed(argument) = input {
            argument
                .attrs
                .retain(|attr| !is_ours(attr) && !is_for_field(&attr));
        }
    }
    let Some(asyncness) = method.sig.asyncness.take() else {
        return;
    };
    let output = match &method.sig.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, ty) => ty.clone(),
    };
    method.sig.output = parse_quote_spanned! {asyncness.span=>
        -> impl ::core::future::Future<Output = #output> + ::core::marker::Send
    };
    if let Some(body) = &mut method.default {
        *body = parse_quote_spanned! {asyncness.span=> { async move #body } };
    }
}
