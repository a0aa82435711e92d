//! `#[grpc_service]`: a trait is a gRPC service.

mod desugar;
mod emit;
mod fallback;
mod made;
mod method;
mod model;
mod types;

use proc_macro2::TokenStream;
use quote::quote;
use syn::ItemTrait;

use crate::diagnostics::Diagnostics;

/// The trait and everything made of it; or, if there are mistakes in it, the trait and the errors.
pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let item: ItemTrait = match parse(&item) {
        Ok(item) => item,
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#item #error);
        }
    };
    match Diagnostics::gather(|cx| model::Service::read(cx, args, &item)) {
        (service, None) => emit::service(&service),
        (service, Some(errors)) => fallback::service(&service, &errors),
    }
}

fn parse(item: &TokenStream) -> syn::Result<ItemTrait> {
    match syn::parse2(item.clone()) {
        Ok(syn::Item::Trait(item)) => Ok(item),
        Ok(syn::Item::Impl(item)) => Err(syn::Error::new_spanned(
            item.impl_token,
            "`#[grpc_service]` stands on a trait, not on what implements it: write a trait with these methods, \
             `#[grpc_service] pub trait …`, and implement it here",
        )),
        Ok(_) => Err(syn::Error::new(
            proc_macro2::Span::call_site(),
            "`#[grpc_service]` stands on a trait: `#[grpc_service(package = \"…\")] pub trait …`",
        )),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
