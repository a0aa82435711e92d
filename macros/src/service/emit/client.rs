//! The clients: `RouteGuideClient`, which is a `RouteGuide` itself, and the same for threads.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{Attribute, Ident, Index, ext::IdentExt};

use super::{lints, rpc, server};
use crate::service::{
    method::{Argument, Method, Request, Response},
    model::Service,
};

/// The client and its methods. It takes what implements `local` as a service in the process.
pub(super) fn client(service: &Service<'_>, local: &TokenStream) -> TokenStream {
    let Service {
        ident,
        vis,
        options,
        ..
    } = service;
    let krate = &options.krate;
    let client = name(service);
    let blocking = blocking_name(service);
    let server = server::name(service);
    let methods = service
        .methods
        .iter()
        .enumerate()
        .map(|(index, method)| call(service, index, method));
    let lints = lints();
    let plain = ident.unraw();
    let doc = format!(" Calls a [`{plain}`](trait@{plain}) somewhere else, and is one itself.");
    let local_doc = format!(
        " A client that calls `service`, a [`{plain}`](trait@{plain}) in this process, without \
                             serialization."
    );
    quote! {
        #[doc = #doc]
        ///
        /// It is cheap to clone; all clones share the connections of one channel.
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #lints
        #vis struct #client {
            channel: #krate::Channel,
        }

        #lints
        impl #client {
            /// Connects to `target`, such as `http://127.0.0.1:50051`, and waits for the first connection.
            ///
            /// # Errors
            ///
            /// When `target` can't be understood or reached.
            #vis async fn connect<T: #krate::IntoTarget>(
                target: T,
            ) -> ::core::result::Result<Self, #krate::ConnectError> {
                #krate::Channel::connect(target).await.map(Self::new)
            }

            /// A client that connects to `target` with its first call.
            ///
            /// # Errors
            ///
            /// When `target` can't be understood.
            #vis fn lazy<T: #krate::IntoTarget>(target: T) -> ::core::result::Result<Self, #krate::ConnectError> {
                #krate::Channel::lazy(target).map(Self::new)
            }

            /// A client that calls through `channel`.
            #[must_use]
            #vis fn new(channel: #krate::Channel) -> Self {
                Self { channel }
            }

            #[doc = #local_doc]
            #[must_use]
            #vis fn local(service: impl #local) -> Self {
                Self::new(#krate::Channel::local(#server::new(service)))
            }

            /// The channel that carries the calls.
            #[must_use]
            #vis fn channel(&self) -> &#krate::Channel {
                &self.channel
            }

            /// The same client for threads: its methods return when the call is over.
            #[must_use]
            #vis fn blocking(&self) -> #blocking {
                #blocking {
                    client: ::core::clone::Clone::clone(self),
                }
            }

            #(#methods)*
        }
    }
}

/// One method of the client: a call to be shaped, and awaited.
fn call(service: &Service<'_>, index: usize, method: &Method<'_>) -> TokenStream {
    let Service {
        ident,
        vis,
        options,
        ..
    } = service;
    let krate = &options.krate;
    let rpc = rpc(service, index);
    let index = Index::from(index);
    let docs = docs(service, method);
    let (name, response, message) = (
        method.ident,
        method.response_message(),
        method.request_message(),
    );
    let error = method.error_type(krate);
    let function = method.function(krate, "call_", method.value_suffix());
    let (client_streams, server_streams) =
        (method.kind.client_streams(), method.kind.server_streams());
    let arguments = method.arguments_with(
        |argument| {
            let (name, ty) = (&argument.name, argument.ty);
            if client_streams {
                quote!(#name: impl #krate::IntoStreaming<#message>)
            } else {
                quote!(#name: #ty)
            }
        },
        krate,
    );
    let request = match &method.request {
        Request::Nothing => quote!(()),
        Request::Message { argument, .. } => argument.name.to_token_stream(),
        Request::Fields(made) => {
            let names = made.fields.iter().map(|field| &field.argument.name);
            quote!(#message { #(#names),* })
        }
    };
    let context = method
        .context
        .as_ref()
        .map(|Argument { name, .. }| quote!(.context(&#name)));
    let sent = if client_streams {
        quote!(Streaming)
    } else {
        quote!(One)
    };
    let returned = match &method.response {
        Response::Message(_) if server_streams => quote!(Streaming),
        Response::Message(_) => quote!(One),
        Response::Value { .. } => quote!(Unwrapped),
    };
    quote! {
        #docs
        #vis fn #name(&self, #arguments) -> #krate::Call<#krate::#sent<#message>, #krate::#returned<#response>, #error> {
            #function::<#rpc>(&self.channel, &#ident.methods[#index], #request) #context
        }
    }
}

/// The client is what it calls.
pub(super) fn implementation(service: &Service<'_>) -> TokenStream {
    let Service {
        ident,
        supertraits,
        options,
        ..
    } = service;
    let krate = &options.krate;
    let client = name(service);
    let methods = service.methods.iter().enumerate().map(|(index, method)| {
        let name = method.ident;
        let signature = method.signature();
        let arguments = method.argument_names();
        let send = method.function(krate, "send_", method.value_suffix());
        let rpc = rpc(service, index);
        quote! {
            #signature {
                #send::<#rpc>(#client::#name(self, #(#arguments),*))
            }
        }
    });
    // With a lifetime, even an unused one, a bound that doesn't hold only means that there is no such implementation.
    let supertraits =
        (!supertraits.is_empty()).then(|| quote!(where for<'__a> #client: #(#supertraits)+*));
    let lints = lints();
    quote! {
        #[automatically_derived]
        #lints
        impl #ident for #client #supertraits {
            #(#methods)*
        }
    }
}

/// The client for threads.
pub(super) fn blocking(service: &Service<'_>) -> TokenStream {
    let Service { ident, vis, .. } = service;
    let client = name(service);
    let blocking = blocking_name(service);
    let methods = service
        .methods
        .iter()
        .enumerate()
        .map(|(index, method)| blocking_call(service, index, method));
    let lints = lints();
    let plain = ident.unraw();
    let doc = format!(
        " Calls a [`{plain}`](trait@{plain}) and waits for the answer: [`{client}`] for threads that have no runtime."
    );
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #lints
        #vis struct #blocking {
            client: #client,
        }

        #lints
        impl #blocking {
            #(#methods)*
        }
    }
}

fn blocking_call(service: &Service<'_>, index: usize, method: &Method<'_>) -> TokenStream {
    let Service { vis, options, .. } = service;
    let krate = &options.krate;
    let client = self::name(service);
    let docs = docs(service, method);
    let (name, message) = (method.ident, method.request_message());
    let client_streams = method.kind.client_streams();
    let parameters = method.arguments_with(|argument| {
        let (name, ty) = (&argument.name, argument.ty);
        if client_streams {
            quote! {
                #name: impl ::core::iter::IntoIterator<Item = #message, IntoIter: ::core::marker::Send + 'static>
            }
        } else {
            quote!(#name: #ty)
        }
    }, krate);
    let requests = (method.request.arguments().into_iter()).map(|Argument { name, .. }| {
        if client_streams {
            quote!(#krate::blocking::requests(#name))
        } else {
            quote!(#name)
        }
    });
    let context = method
        .context
        .as_ref()
        .map(|Argument { name, .. }| quote!(#name));
    let arguments = requests.chain(context);
    let (wait, returned) = match &method.response {
        Response::Message(response) if method.kind.server_streams() => (
            quote!(wait_for_stream),
            quote!(#krate::blocking::Streaming<#response>),
        ),
        Response::Message(response) => (quote!(wait), quote!(#response)),
        Response::Value { ty, .. } => (quote!(wait), quote!(#ty)),
    };
    let error = method.error_type(krate);
    let send = method.function(krate, "send_", method.value_suffix());
    let rpc = rpc(service, index);
    quote! {
        #docs
        #vis fn #name(&self, #parameters) -> ::core::result::Result<#returned, #error> {
            #krate::__private::#wait(#send::<#rpc>(#client::#name(&self.client, #(#arguments),*)))
        }
    }
}

/// What the user says about the method, and where it comes from.
fn docs(service: &Service<'_>, method: &Method<'_>) -> TokenStream {
    let is_carried =
        |attr: &&Attribute| attr.path().is_ident("doc") || attr.path().is_ident("deprecated");
    let attrs = method.attrs.iter().filter(is_carried);
    let (service_name, name) = (service.ident.unraw(), method.ident.unraw());
    let origin = format!(
        " Calls [`{service_name}::{name}`], `{}`.",
        service.path(method)
    );
    let separator = (!method.doc.is_empty()).then(|| quote!(#[doc = ""]));
    quote! {
        #(#attrs)*
        #separator
        #[doc = #origin]
    }
}

/// `RouteGuideClient`.
fn name(service: &Service<'_>) -> Ident {
    format_ident!("{}Client", service.ident.unraw())
}

/// `RouteGuideBlockingClient`.
fn blocking_name(service: &Service<'_>) -> Ident {
    format_ident!("{}BlockingClient", service.ident.unraw())
}

impl Method<'_> {
    /// The arguments of a client's method: the request as `request` makes it, and the runtime's own context.
    fn arguments_with(
        &self,
        request: impl Fn(&Argument<'_>) -> TokenStream,
        krate: &syn::Path,
    ) -> TokenStream {
        let requests = self.request.arguments().into_iter().map(request);
        let context = self
            .context
            .as_ref()
            .map(|Argument { name, .. }| quote!(#name: #krate::Context));
        let arguments = requests.chain(context);
        quote!(#(#arguments),*)
    }

    /// What sets the runtime's functions apart that return the value in a message.
    fn value_suffix(&self) -> &'static str {
        match self.response {
            Response::Message(_) => "",
            Response::Value { .. } => "_value",
        }
    }
}
