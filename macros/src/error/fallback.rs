//! What is emitted beside the errors: the type is an error of a method, though nothing in it works.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::{diagnostics::Diagnostics, options::Options};

pub(super) fn error(item: &DeriveInput) -> TokenStream {
    let ident = &item.ident;
    let (krate, _) = Diagnostics::gather(|cx| Options::of_attrs(cx, &item.attrs, "grpc").krate(cx));
    let (parameters, arguments, bounds) = item.generics.split_for_impl();
    let predicates = bounds.map(|bounds| &bounds.predicates);
    // With a lifetime, even an unused one, a bound that doesn't hold only means that there is no such implementation.
    let needing = |needed: TokenStream| quote!(where for<'__a> Self: #needed, #predicates);
    let sendable = needing(quote!(::core::marker::Send + 'static));
    let debuggable = needing(quote!(::core::fmt::Debug));
    let none = quote!(::core::panic!("the derive of this error reported errors"));
    quote! {
        #[automatically_derived]
        impl #parameters #krate::GrpcError for #ident #arguments #sendable {
            fn into_status(self) -> #krate::Status {
                #none
            }
        }
        #[automatically_derived]
        impl #parameters ::core::convert::From<#krate::Status> for #ident #arguments #bounds {
            fn from(_: #krate::Status) -> Self {
                #none
            }
        }
        #[automatically_derived]
        impl #parameters ::core::convert::From<#ident #arguments> for #krate::Status #bounds {
            fn from(_: #ident #arguments) -> Self {
                #none
            }
        }
        #[automatically_derived]
        impl #parameters ::core::fmt::Display for #ident #arguments #bounds {
            fn fmt(&self, _: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #none
            }
        }
        #[automatically_derived]
        impl #parameters ::std::error::Error for #ident #arguments #debuggable {}
    }
}
