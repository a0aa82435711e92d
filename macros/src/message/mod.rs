//! The derives of messages, enums and oneofs.
//!
//! Each has a file for its model, which is what can go wrong, and shares the rest: `container` reads the options of the
//! type, `field` those of a field or variant, `hints` knows which Rust types protobuf has no counterpart for.

mod container;
mod emit;
mod enumeration;
mod fallback;
mod field;
mod hints;
mod json;
mod numbers;
mod one_of;
mod structure;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use syn::DeriveInput;

pub(crate) use self::container::{check_derived_name, check_name};
pub(crate) use self::hints::is_no_message;
use self::{enumeration::Enumeration, one_of::OneOf, structure::Message};
use crate::diagnostics::Diagnostics;

pub(crate) fn expand_message(item: TokenStream) -> TokenStream {
    expand(
        item,
        |cx, item| Message::read(cx, item).map(|model| emit::message(item, &model)),
        fallback::message,
    )
}

pub(crate) fn expand_enumeration(item: TokenStream) -> TokenStream {
    expand(
        item,
        |cx, item| Enumeration::read(cx, item).map(|model| emit::enumeration(item, &model)),
        fallback::enumeration,
    )
}

pub(crate) fn expand_one_of(item: TokenStream) -> TokenStream {
    expand(
        item,
        |cx, item| OneOf::read(cx, item).map(|model| emit::one_of(item, &model)),
        fallback::one_of,
    )
}

/// Reads and emits; if there were mistakes, what was emitted is replaced by the `fallback` and the errors.
fn expand(
    item: TokenStream,
    read_and_emit: fn(&Diagnostics, &DeriveInput) -> Option<TokenStream>,
    fallback: fn(&DeriveInput) -> TokenStream,
) -> TokenStream {
    let item: DeriveInput = match syn::parse2(item) {
        Ok(item) => item,
        Err(error) => return error.into_compile_error(),
    };
    match Diagnostics::collect(|cx| read_and_emit(cx, &item)) {
        Ok(tokens) => tokens,
        Err(errors) => {
            let mut tokens = fallback(&item);
            tokens.extend(errors.into_compile_error());
            tokens
        }
    }
}
