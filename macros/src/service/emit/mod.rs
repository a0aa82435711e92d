//! Tokens of a service. Each thing is one call into the runtime, which does the work.
//!
//! Everything is named in full, because the user's scope may call anything by any name.

mod client;
mod dynamic;
mod messages;
mod server;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Expr, Ident, Index, Path, Type, ext::IdentExt, spanned::Spanned};
use traitwire_schema::descriptor::{Idempotency, MethodKind};

use super::{
    desugar,
    method::{Argument, Method, Request, Response},
    model::Service,
};
use crate::origin;

/// The trait and everything made of it.
pub(super) fn service(service: &Service<'_>) -> TokenStream {
    let ident = service.ident;
    let user_trait = desugar::user_trait(service.item);
    let messages = messages::messages(service);
    let methods = methods(service);
    let descriptor = descriptor(service);
    let shared = shared(service);
    let server = server::server(service);
    let client = client::client(service, &quote!(#ident));
    let implementation = client::implementation(service);
    let blocking = client::blocking(service);
    let dynamic = service.options.dynamic.then(|| dynamic::dynamic(service));
    quote! {
        #user_trait
        #messages
        #methods
        #descriptor
        #shared
        #server
        #client
        #implementation
        #blocking
        #dynamic
    }
}

/// What can be used like a service, but for the methods that aren't understood. It works with every type.
pub(super) fn stand_ins(service: &Service<'_>) -> TokenStream {
    let messages = messages::messages(service);
    let methods = methods(service);
    let descriptor = descriptor(service);
    let anything = quote!(::core::marker::Send + ::core::marker::Sync + 'static);
    let server = server::stand_in(service, &anything);
    let client = client::client(service, &anything);
    let blocking = client::blocking(service);
    quote! {
        #messages
        #methods
        #descriptor
        #server
        #client
        #blocking
    }
}

/// The types of each method, named once: everything else is written in terms of these, so that rustc has one place to
/// complain about a type that is no message.
///
/// The type that implements them is private whatever the trait is. The messages may be, too.
fn methods(service: &Service<'_>) -> TokenStream {
    let krate = &service.options.krate;
    let package = &service.options.package;
    let name = methods_name(service);
    let lints = lints();
    let rpcs = service.methods.iter().enumerate().map(|(index, method)| {
        let index = Index::from(index);
        let request = method.request_message();
        let response = method.response_message();
        let error = method.error_type(krate);
        quote! {
            #lints
            impl #krate::__private::Rpc<#index> for #name {
                type Request = #request;
                type Response = #response;
                type Error = #error;
                const PACKAGE: &'static str = #package;
            }
        }
    });
    quote! {
        #[doc(hidden)]
        #lints
        enum #name {}
        #(#rpcs)*
    }
}

/// `RouteGuideMethods`.
fn methods_name(service: &Service<'_>) -> Ident {
    format_ident!("{}Methods", service.ident.unraw())
}

/// What the service is, as a constant in the trait's name: traits live in the namespace of types, this in that of values.
fn descriptor(service: &Service<'_>) -> TokenStream {
    let Service {
        ident,
        vis,
        options,
        doc,
        ..
    } = service;
    let krate = &options.krate;
    let (name, package, deprecated) = (&options.wire_name, &options.package, options.deprecated);
    let file = match &options.file {
        Some(file) => quote!(::core::option::Option::Some(#file)),
        None => quote!(::core::option::Option::None),
    };
    let location = origin::location(ident);
    let methods = service
        .methods
        .iter()
        .enumerate()
        .map(|(index, method)| method_descriptor(service, index, method));
    let lints = lints();
    quote! {
        #[doc(hidden)]
        #[allow(non_upper_case_globals)]
        #lints
        #vis const #ident: &#krate::schema::ServiceDescriptor = &#krate::schema::ServiceDescriptor {
            name: #name,
            package: #package,
            file: #file,
            doc: #doc,
            deprecated: #deprecated,
            location: #location,
            methods: &[#(#methods),*],
        };
    }
}

fn method_descriptor(service: &Service<'_>, index: usize, method: &Method<'_>) -> TokenStream {
    let Method {
        wire_name,
        deprecated,
        doc,
        ..
    } = method;
    let line = origin::line(method.ident);
    let krate = &service.options.krate;
    let path = service.path(method);
    let kind = match method.kind {
        MethodKind::Unary => quote!(Unary),
        MethodKind::ClientStreaming => quote!(ClientStreaming),
        MethodKind::ServerStreaming => quote!(ServerStreaming),
        MethodKind::BidiStreaming => quote!(BidiStreaming),
    };
    let idempotency = match method.idempotency {
        Idempotency::Unknown => quote!(Unknown),
        Idempotency::NoSideEffects => quote!(NoSideEffects),
        Idempotency::Idempotent => quote!(Idempotent),
    };
    let takes_context = method.context.is_some();
    let detached = method.detached;
    let len = |expr: &Option<Expr>| match expr {
        Some(expr) => quote_spanned!(expr.span()=> #krate::__private::message_len(#expr)),
        None => quote!(::core::option::Option::None),
    };
    let max_request_len = len(&method.max_request_len);
    let max_response_len = len(&method.max_response_len);
    let rpc = rpc(service, index);
    quote! {
        #krate::schema::MethodDescriptor {
            name: #wire_name,
            path: #path,
            kind: #krate::schema::MethodKind::#kind,
            idempotency: #krate::schema::Idempotency::#idempotency,
            doc: #doc,
            deprecated: #deprecated,
            line: #line,
            takes_context: #takes_context,
            detached: #detached,
            max_request_len: #max_request_len,
            max_response_len: #max_response_len,
            request: #krate::__private::request_descriptor::<#rpc>,
            response: #krate::__private::response_descriptor::<#rpc>,
            error: #krate::__private::error_descriptor::<#rpc>,
        }
    }
}

/// The types of a method, as arguments of a generic function: `RouteGuideMethods, 0`.
fn rpc(service: &Service<'_>, index: usize) -> TokenStream {
    let name = methods_name(service);
    let index = Index::from(index);
    quote!(#name, #index)
}

/// A shared service is a service.
fn shared(service: &Service<'_>) -> TokenStream {
    let Service {
        ident, supertraits, ..
    } = service;
    let methods = service.methods.iter().map(|method| {
        let Method { ident: name, .. } = method;
        let signature = method.signature();
        let arguments = method.argument_names();
        quote! {
            #signature {
                <__T as #ident>::#name(&**self, #(#arguments),*)
            }
        }
    });
    let supertraits =
        (!supertraits.is_empty()).then(|| quote!(where ::std::sync::Arc<__T>: #(#supertraits)+*));
    let lints = lints();
    quote! {
        #[automatically_derived]
        #lints
        impl<__T: #ident + ?::core::marker::Sized> #ident for ::std::sync::Arc<__T> #supertraits {
            #(#methods)*
        }
    }
}

/// What the users of a trait needn't hear about what is made of it. The trait itself has no such attribute.
fn lints() -> TokenStream {
    quote!(#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)])
}

/// A span for code that rustc may have to complain about: at the user's `ty`, but not the user's.
fn at(ty: &Type) -> Span {
    Span::call_site().located_at(ty.span())
}

impl Method<'_> {
    /// The message that the client sends.
    fn request_message(&self) -> TokenStream {
        match &self.request {
            Request::Nothing => quote!(()),
            Request::Message { message, .. } => quote!(#message),
            Request::Fields(made) => made.ident.to_token_stream(),
        }
    }

    /// The message that the server sends.
    fn response_message(&self) -> TokenStream {
        match &self.response {
            Response::Message(message) => quote!(#message),
            Response::Value { made, .. } => made.ident.to_token_stream(),
        }
    }

    /// The error as it is written, or what an alias of `Result` has in its place.
    fn error_type(&self, krate: &Path) -> TokenStream {
        let output = self.output;
        match self.error {
            Some(error) => quote!(#error),
            None => {
                quote_spanned!(at(output)=> <#output as #krate::__private::Outcome>::Error)
            }
        }
    }

    fn arguments(&self) -> impl Iterator<Item = &Argument<'_>> {
        self.request.arguments().into_iter().chain(&self.context)
    }

    fn argument_names(&self) -> impl Iterator<Item = &Ident> {
        self.arguments().map(|argument| &argument.name)
    }

    /// The method as the desugared trait has it.
    fn signature(&self) -> TokenStream {
        let Self { ident, output, .. } = self;
        let arguments = self.typed_arguments();
        quote! {
            fn #ident(&self, #arguments) -> impl ::core::future::Future<Output = #output> + ::core::marker::Send
        }
    }

    /// The arguments as the trait has them.
    fn typed_arguments(&self) -> TokenStream {
        let arguments = self
            .arguments()
            .map(|Argument { name, ty }| quote!(#name: #ty));
        quote!(#(#arguments),*)
    }

    /// The runtime's function for this kind of call: `unary`, `call_server_streaming`.
    fn function(&self, krate: &Path, prefix: &str, suffix: &str) -> TokenStream {
        let kind = match self.kind {
            MethodKind::Unary => "unary",
            MethodKind::ClientStreaming => "client_streaming",
            MethodKind::ServerStreaming => "server_streaming",
            MethodKind::BidiStreaming => "bidi_streaming",
        };
        let span = at(self.output);
        let name = Ident::new(&format!("{prefix}{kind}{suffix}"), span);
        quote_spanned!(span=> #krate::__private::#name)
    }
}
