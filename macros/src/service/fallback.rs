//! What stands in for a service with mistakes in it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ItemTrait;

use super::desugar;

/// The trait and the errors: what implements the trait isn't reported as well.
pub(super) fn service(item: &ItemTrait, errors: &syn::Error) -> TokenStream {
    let user_trait = desugar::user_trait(item);
    let errors = errors.to_compile_error();
    quote!(#user_trait #errors)
}
