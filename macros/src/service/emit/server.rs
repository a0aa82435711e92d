//! The server: `RouteGuideServer` and the table of its methods.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Index, ext::IdentExt};
use traitwire_schema::descriptor::MethodKind;

use super::{lints, rpc};
use crate::service::{
    method::{Method, Request, Response},
    model::Service,
};

/// The type that serves the trait.
pub(super) fn server(service: &Service<'_>) -> TokenStream {
    let (unary, streaming): (Vec<_>, Vec<_>) = service
        .methods
        .iter()
        .enumerate()
        .partition(|(_, method)| method.kind == MethodKind::Unary);
    // One leaf more, for an index that no method has.
    let leaves = unary.len() + 1;
    let unary = unary
        .into_iter()
        .enumerate()
        .map(|(leaf, (index, method))| {
            let (index, call) = (Index::from(index), call(service, index, method));
            let call = branch(service, leaf, leaves, &call);
            quote!(#index => #call,)
        });
    let streaming = streaming.into_iter().map(|(index, method)| {
        let (index, call) = (Index::from(index), call(service, index, method));
        quote!(#index => #call.await,)
    });
    let ident = service.ident;
    table(
        service,
        &quote!(#ident),
        leaves,
        unary.collect(),
        streaming.collect(),
    )
}

/// A server that takes `anything` as a service, and does nothing with it.
pub(super) fn stand_in(service: &Service<'_>, anything: &TokenStream) -> TokenStream {
    table(service, anything, 1, TokenStream::new(), TokenStream::new())
}

/// `RouteGuideServer<S>` for every `S` that is a `served`, and what it does for the methods.
fn table(
    service: &Service<'_>,
    served: &TokenStream,
    leaves: usize,
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
    let no_unary = quote!(#krate::__private::no_unary(call));
    let no_unary = branch(service, leaves - 1, leaves, &no_unary);
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
                match method {
                    #unary
                    _ => #no_unary,
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

/// A future as one of a tree of them, so that all have one type: the leaf `leaf` of `leaves`.
///
/// Three become `left(left(a))`, `left(right(b))` and `right(c)`.
fn branch(service: &Service<'_>, leaf: usize, leaves: usize, future: &TokenStream) -> TokenStream {
    let krate = &service.options.krate;
    let (mut tree, mut path) = (0..leaves, Vec::new());
    while tree.len() > 1 {
        let middle = tree.start + tree.len().div_ceil(2);
        if leaf < middle {
            path.push(quote!(left));
            tree.end = middle;
        } else {
            path.push(quote!(right));
            tree.start = middle;
        }
    }
    path.iter().rev().fold(
        future.clone(),
        |future, side| quote!(#krate::__private::#side(#future)),
    )
}

/// The call of one method of the table.
fn call(service: &Service<'_>, index: usize, method: &Method<'_>) -> TokenStream {
    let Service { ident, options, .. } = service;
    let name = method.ident;
    let rpc = rpc(service, index);
    let suffix = if method.context.is_some() {
        "_with_context"
    } else {
        ""
    };
    let function = method.function(&options.krate, "", suffix);
    let (message, arguments) = match &method.request {
        Request::Nothing => (quote!(()), quote!()),
        Request::Message { .. } => (quote!(request), quote!(request,)),
        Request::Fields(made) => {
            let names = made.fields.iter().map(|field| &field.argument.name);
            (quote!(request), quote!(#(request.#names,)*))
        }
    };
    let (context_in, context_out) = match method.context {
        Some(_) => (quote!(, context), quote!(context)),
        None => (quote!(), quote!()),
    };
    let mut handler = quote!(<__S as #ident>::#name(service, #arguments #context_out));
    if let Response::Value { made, .. } = &method.response {
        let (krate, response) = (&options.krate, &made.ident);
        handler = quote!(#krate::__private::wrapped::<#response, _, _>(#handler));
    }
    quote! {
        #function::<#rpc, _, _>(call, |#message #context_in| {
            #handler
        })
    }
}
