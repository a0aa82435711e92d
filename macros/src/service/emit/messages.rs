//! The messages that are made for methods, beside the trait.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

use crate::service::{
    made::Made,
    method::{Method, Request, Response},
    model::Service,
};

/// The messages, as what a user would have written in their place.
///
/// ```text
/// async fn get_feature(&self, #[proto(1)] latitude: i32, #[proto(2)] longitude: i32) -> Result<String, Status>;
///
/// #[derive(Message)] struct GetFeatureRequest { #[proto(1)] latitude: i32, #[proto(2)] longitude: i32 }
/// #[derive(Message)] struct GetFeatureResponse { #[proto(1)] value: String }
/// ```
pub(super) fn messages(service: &Service<'_>) -> TokenStream {
    (service.methods.iter())
        .map(|method| {
            let request = match &method.request {
                Request::Fields(made) => Some(message(service, method, made, "request")),
                Request::Nothing | Request::Message { .. } => None,
            };
            let response = match &method.response {
                Response::Value { ty, made } => Some(response(service, method, made, ty)),
                Response::Message(_) => None,
            };
            quote!(#request #response)
        })
        .collect()
}

fn message(service: &Service<'_>, method: &Method<'_>, made: &Made<'_>, what: &str) -> TokenStream {
    let (vis, krate) = (service.vis, &service.options.krate);
    let Made {
        ident, reserved, ..
    } = made;
    let reserved = (!reserved.is_empty()).then(|| quote!(reserved(#(#reserved),*),));
    let name = ident.to_string();
    let doc = format!(" The {what} of `{}`.", method.wire_name);
    let number = made.is_numbered_by_itself().then(|| quote!(#[proto(1)]));
    let fields = made.fields.iter().map(|field| {
        let (name, ty, attrs) = (&field.argument.name, field.argument.ty, &field.attrs);
        quote!(#(#attrs)* #number #vis #name: #ty)
    });
    // If there is such a type already, rustc says so at the method.
    let item: TokenStream = quote!(#vis struct #ident { #(#fields,)* })
        .into_iter()
        .map(|mut token| {
            token.set_span(ident.span());
            token
        })
        .collect();
    quote! {
        #[doc = #doc]
        #[derive(#krate::Message)]
        #[proto(name = #name, #reserved crate = #krate)]
        #[allow(dead_code, missing_debug_implementations, missing_docs, non_camel_case_types, clippy::all, clippy::pedantic)]
        #item
    }
}

/// The message, and how the value gets in and out.
fn response(
    service: &Service<'_>,
    method: &Method<'_>,
    made: &Made<'_>,
    value: &Type,
) -> TokenStream {
    let krate = &service.options.krate;
    let message = message(service, method, made, "response");
    let ident = &made.ident;
    quote! {
        #message

        #[automatically_derived]
        impl #krate::__private::Wrapper for #ident {
            type Value = #value;

            fn wrap(value: #value) -> Self {
                Self { value }
            }

            fn unwrap(self) -> #value {
                self.value
            }
        }
    }
}
