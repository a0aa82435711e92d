//! What stands in for a service with mistakes in it.

use proc_macro2::TokenStream;
use quote::quote;

use super::{desugar, emit, model::Service};

/// The trait, the errors, and something for each name that would be there without them.
///
/// Neither what implements the trait nor what serves or calls it is reported as well.
pub(super) fn service(service: &Service<'_>, errors: &syn::Error) -> TokenStream {
    let user_trait = desugar::user_trait(service.item);
    let stand_ins = emit::stand_ins(service);
    let errors = errors.to_compile_error();
    quote! {
        #errors
        #user_trait
        #stand_ins
    }
}
