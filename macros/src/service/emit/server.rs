//! The server: `RouteGuideServer` and the table of its methods.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Index, ext::IdentExt};
use traitwire_schema::descriptor::MethodKind;

use super::{lints, rpc};
use crate::service::{method::Method, model::Service};

/// The type that serves the trait.
pub(super) fn server(service: &Service<'_>) -> TokenStream {
    let (unary, streaming): (Vec<_>, Vec<_>) = service
        .methods
        .iter()
        .enumerate()
        .partition(|(_, method)| method.kind == MethodKind::Unary);
    let arms = |methods: Vec<(usize, &Method<'_>)>| {
        methods
            .into_iter()
            .map(|(index, method)| arm(service, index, method))
            .collect()
    };
    let ident = service.ident;
    table(service, &quote!(#ident), arms(unary), arms(streaming))
}

/// A server that takes `anything` as a service, and does nothing with it.
pub(super) fn stand_in(service: &Service<'_>, anything: &TokenStream) -> TokenStream {
    table(service, anything, TokenStream::new(), TokenStream::new())
}

/// `RouteGuideServer<S>` for every `S` that is a `served`, and what it does for the methods.
fn table(
    service: &Service<'_>,
    served: &TokenStream,
    unary: TokenStream,
    streaming: TokenStream,
) -> TokenStream {
    let Service {
        ident,
        vis,
        options,
        ..
    } = service;
    let krate = &options.krate;
    let server = name(service);
    let dispatch = format_ident!("{}Dispatch", ident.unraw());
    let lints = lints();
    let plain = ident.unraw();
    let doc = format!(
        " Serves a [`{plain}`](trait@{plain}): `{server}::new(service)` goes into a server or a router."
    );
    quote! {
        #[doc = #doc]
        #lints
        #vis type #server<S> = #krate::ServiceServer<#dispatch, S>;

        #[doc(hidden)]
        #lints
        #vis enum #dispatch {}

        #[automatically_derived]
        #lints
        impl<__S: #served> #krate::__private::Dispatch<__S> for #dispatch {
            const DESCRIPTOR: &'static #krate::schema::ServiceDescriptor = #ident;

            fn unary(
                service: &__S,
                method: usize,
                call: #krate::__private::UnaryCall,
            ) -> impl ::core::future::Future<Output = #krate::__private::UnaryReply> + ::core::marker::Send {
                async move {
                    match method {
                        #unary
                        _ => #krate::__private::no_unary(call),
                    }
                }
            }

            fn streaming(
                service: &__S,
                method: usize,
                call: #krate::__private::StreamingCall,
            ) -> impl ::core::future::Future<Output = #krate::__private::StreamingReply> + ::core::marker::Send {
                async move {
                    match method {
                        #streaming
                        _ => #krate::__private::no_streaming(call),
                    }
                }
            }
        }
    }
}

/// `RouteGuideServer`.
pub(super) fn name(service: &Service<'_>) -> Ident {
    format_ident!("{}Server", service.ident.unraw())
}

/// One method of the table.
fn arm(service: &Service<'_>, index: usize, method: &Method<'_>) -> TokenStream {
    let Service { ident, options, .. } = service;
    let name = method.ident;
    let rpc = rpc(service, index);
    let suffix = if method.context.is_some() {
        "_with_context"
    } else {
        ""
    };
    let index = Index::from(index);
    let function = method.function(&options.krate, "", suffix);
    let (message, argument) = match method.request {
        Some(_) => (quote!(request), quote!(request,)),
        None => (quote!(()), quote!()),
    };
    let (context_in, context_out) = match method.context {
        Some(_) => (quote!(, context), quote!(context)),
        None => (quote!(), quote!()),
    };
    quote! {
        #index => {
            #function::<#rpc, _, _>(call, |#message #context_in| {
                <__S as #ident>::#name(service, #argument #context_out)
            })
            .await
        }
    }
}
