//! `#[grpc_service(dyn)]`: the trait for `Arc<dyn DynRouteGuide>`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, ext::IdentExt};

use super::lints;
use crate::service::{method::Method, model::Service};

/// The trait whose futures are boxed, and which is as good as the original one.
///
/// Its methods have other names: two traits in one module whose methods are called the same would make every call with a
/// dot ambiguous.
pub(super) fn dynamic(service: &Service<'_>) -> TokenStream {
    let Service {
        ident,
        vis,
        supertraits,
        options,
        ..
    } = service;
    let krate = &options.krate;
    let dynamic = format_ident!("Dyn{}", ident.unraw());
    let boxed_signature = |method: &Method<'_>| {
        let (name, output, arguments) =
            (boxed_name(method), method.output, method.typed_arguments());
        quote!(fn #name(&self, #arguments) -> #krate::__private::BoxFuture<'_, #output>)
    };
    let declarations = service.methods.iter().map(|method| {
        let signature = boxed_signature(method);
        quote!(#[doc(hidden)] #signature;)
    });
    let boxing = service.methods.iter().map(|method| {
        let (signature, name, arguments) = (
            boxed_signature(method),
            method.ident,
            method.argument_names(),
        );
        quote! {
            #signature {
                ::std::boxed::Box::pin(<__T as #ident>::#name(self, #(#arguments),*))
            }
        }
    });
    let unboxing = service.methods.iter().map(|method| {
        let (signature, name, arguments) = (
            method.signature(),
            boxed_name(method),
            method.argument_names(),
        );
        quote! {
            #signature {
                <Self as #dynamic>::#name(self, #(#arguments),*)
            }
        }
    });
    let lints = lints();
    let plain = ident.unraw();
    let doc = format!(
        " A [`{plain}`](trait@{plain}) whose type isn't known: `Arc<dyn {dynamic}>` is one, too."
    );
    let others = format!(" Every `{plain}` implements it. Each call costs an allocation more.");
    quote! {
        #[doc = #doc]
        ///
        #[doc = #others]
        #lints
        #vis trait #dynamic: #(#supertraits +)* ::core::marker::Send + ::core::marker::Sync + 'static {
            #(#declarations)*
        }

        #[automatically_derived]
        #lints
        impl<__T: #ident> #dynamic for __T {
            #(#boxing)*
        }

        #[automatically_derived]
        #lints
        impl #ident for dyn #dynamic {
            #(#unboxing)*
        }
    }
}

fn boxed_name(method: &Method<'_>) -> Ident {
    format_ident!("__{}", method.ident.unraw())
}
