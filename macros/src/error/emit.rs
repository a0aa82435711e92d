//! The tokens of an error: its messages, and what turns it into a status and back.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Attribute, Ident, Type, ext::IdentExt, spanned::Spanned};

use super::model::{Detail, GrpcError, Other, Variant};

/// Expands to
///
/// ```ignore
/// const _: () = {
///     #[derive(Message)] #[proto(name = "GuideError")]
///     struct GuideError_;
///     #[derive(Message)] #[proto(name = "NoFeature", nested_in = GuideError_)]
///     struct GuideError_NoFeature { #[proto(1)] at: Point }
///     impl GrpcError for GuideError { … }
///     …
/// };
/// ```
pub(super) fn error(error: &GrpcError<'_>) -> TokenStream {
    let messages = messages(error);
    let grpc_error = grpc_error(error);
    let conversions = conversions(error);
    let texts = texts(error);
    quote! {
        #[allow(deprecated, non_camel_case_types, unused_qualifications, clippy::all, clippy::pedantic)]
        const _: () = {
            #messages
            #grpc_error
            #conversions
            #texts
        };
    }
}

/// The messages of the variants that aren't one already, in one that is named after the enum.
fn messages(error: &GrpcError<'_>) -> TokenStream {
    let GrpcError {
        krate,
        name,
        package,
        docs,
        variants,
        ..
    } = error;
    let outer = outer(error);
    let messages: Vec<_> = variants
        .iter()
        .filter_map(|variant| {
            let Detail::Fields {
                name,
                reserved,
                fields,
            } = &variant.detail
            else {
                return None;
            };
            let ident = message(error, variant);
            let (docs, code) = (&variant.docs, sentence(variant));
            let separator = (!docs.is_empty()).then(|| quote!(#[doc = ""]));
            let fields = fields.iter().map(|field| {
                let (ident, ty) = (&field.ident, &field.ty);
                let attrs = field.attrs.iter().filter(is_for_message);
                quote!(#(#attrs)* #ident: #ty)
            });
            Some(quote! {
                #(#docs)*
                #separator
                #[doc = #code]
                #[derive(#krate::Message)]
                #[proto(name = #name, nested_in = #outer, reserved(#(#reserved),*), crate = #krate)]
                struct #ident { #(#fields),* }
            })
        })
        .collect();
    if messages.is_empty() {
        return TokenStream::new();
    }
    let package = package.as_ref().map(|package| quote!(package = #package,));
    quote! {
        #(#docs)*
        #[derive(#krate::Message)]
        #[proto(name = #name, #package crate = #krate)]
        struct #outer;
        #(#messages)*
    }
}

/// What the exported file says of the message, below the user's words.
fn sentence(variant: &Variant<'_>) -> String {
    format!(" In the details of a status {}.", variant.code.name)
}

fn is_for_message(attr: &&Attribute) -> bool {
    ["doc", "proto", "deprecated"]
        .iter()
        .any(|name| attr.path().is_ident(name))
}

fn grpc_error(error: &GrpcError<'_>) -> TokenStream {
    let GrpcError {
        ident,
        krate,
        variants,
        other: Other { ident: other, .. },
        ..
    } = error;
    let other_trait = other_trait(error);
    let descriptors = variants.iter().map(|variant| {
        let (code, ty) = (variant.code.name, detail_trait(error, variant));
        quote!(#krate::schema::ErrorVariant { code: #code, detail: #ty::descriptor })
    });
    let into_status = variants.iter().map(|variant| {
        let (name, code) = (variant.ident, code(error, variant));
        let (pattern, detail) = (pattern(variant), detail(error, variant));
        let ty = detail_trait(error, variant);
        quote!(Self::#name #pattern => #ty::into_status(#detail, #code, message),)
    });
    quote! {
        #[automatically_derived]
        impl #krate::GrpcError for #ident {
            const DESCRIPTOR: ::core::option::Option<&'static #krate::schema::ErrorDescriptor> =
                ::core::option::Option::Some(&#krate::schema::ErrorDescriptor {
                    variants: &[#(#descriptors),*],
                });

            fn into_status(self) -> #krate::Status {
                let message = match &self {
                    Self::#other(_) => ::std::string::String::new(),
                    known => ::std::string::ToString::to_string(known),
                };
                match self {
                    #(#into_status)*
                    Self::#other(status) => #other_trait::into_status(status),
                }
            }

            fn from_status(status: #krate::Status, package: &str) -> Self {
                read(status, ::core::option::Option::Some(package))
            }
        }
    }
}

fn conversions(error: &GrpcError<'_>) -> TokenStream {
    let GrpcError {
        ident,
        krate,
        variants,
        other: Other { ident: other, .. },
        ..
    } = error;
    let other_trait = other_trait(error);
    let known = variants.iter().map(|variant| {
        let (name, code) = (variant.ident, code(error, variant));
        let (value, detail) = (pattern(variant), detail(error, variant));
        let ty = detail_trait(error, variant);
        quote! {
            if let ::core::option::Option::Some(#detail) = #ty::find(&details, #code) {
                return #ident::#name #value;
            }
        }
    });
    quote! {
        /// The variant that the status is, in the details of a service in this package, or in any.
        fn read(status: #krate::Status, package: ::core::option::Option<&str>) -> #ident {
            {
                let details = #krate::__private::ErrorDetails::new(&status, package);
                #(#known)*
            }
            #ident::#other(#other_trait::new(status))
        }

        #[automatically_derived]
        impl ::core::convert::From<#krate::Status> for #ident {
            fn from(status: #krate::Status) -> Self {
                read(status, ::core::option::Option::None)
            }
        }

        #[automatically_derived]
        impl ::core::convert::From<#ident> for #krate::Status {
            fn from(error: #ident) -> Self {
                #krate::GrpcError::into_status(error)
            }
        }
    }
}

fn texts(error: &GrpcError<'_>) -> TokenStream {
    let GrpcError {
        ident,
        variants,
        other: Other { ident: other, .. },
        ..
    } = error;
    let other_trait = other_trait(error);
    let messages = variants.iter().map(|variant| {
        let (name, text, fields) = (
            variant.ident,
            &variant.message.text,
            &variant.message.fields,
        );
        let pattern = match variant.detail {
            Detail::Fields { .. } => quote!({ #(#fields,)* .. }),
            Detail::Whole(_) if fields.is_empty() => quote!((..)),
            Detail::Whole(_) => quote!((#(#fields),*)),
        };
        quote!(Self::#name #pattern => ::core::write!(f, #text),)
    });
    quote! {
        #[automatically_derived]
        impl ::core::fmt::Display for #ident {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match self {
                    #(#messages)*
                    Self::#other(status) => ::core::fmt::Display::fmt(#other_trait::get(status), f),
                }
            }
        }

        #[automatically_derived]
        impl ::std::error::Error for #ident {
            fn source(&self) -> ::core::option::Option<&(dyn ::std::error::Error + 'static)> {
                match self {
                    Self::#other(status) => ::std::error::Error::source(#other_trait::get(status)),
                    _ => ::core::option::Option::None,
                }
            }
        }
    }
}

/// `GuideError_`
fn outer(error: &GrpcError<'_>) -> Ident {
    format_ident!("{}_", error.ident.unraw(), span = error.ident.span())
}

/// `GuideError_NoFeature`
fn message(error: &GrpcError<'_>, variant: &Variant<'_>) -> Ident {
    let (error, variant) = (error.ident.unraw(), variant.ident);
    format_ident!("{error}_{}", variant.unraw(), span = variant.span())
}

/// `<GuideError_NoFeature as Detail>`: named this way everywhere, so that rustc says the same thing at the same place if the
/// type is no message, and the user reads it once.
fn detail_trait(error: &GrpcError<'_>, variant: &Variant<'_>) -> TokenStream {
    let krate = &error.krate;
    match variant.detail {
        Detail::Fields { .. } => {
            let message = message(error, variant);
            quote!(<#message as #krate::__private::Detail>)
        }
        Detail::Whole(ty) => quote_spanned!(span(ty)=> <#ty as #krate::__private::Detail>),
    }
}

/// As [`detail_trait`], for what the variant for everything else holds.
fn other_trait(error: &GrpcError<'_>) -> TokenStream {
    let (krate, ty) = (&error.krate, error.other.ty);
    quote_spanned!(span(ty)=> <#ty as #krate::__private::OtherStatus>)
}

/// The place of the type, where only what is written there can be named.
fn span(ty: &Type) -> Span {
    ty.span().resolved_at(Span::call_site())
}

/// The fields of the variant, as a pattern or as values of the same names.
fn pattern(variant: &Variant<'_>) -> TokenStream {
    match &variant.detail {
        Detail::Fields { fields, .. } => {
            let idents = fields.iter().map(|field| &field.ident);
            quote!({ #(#idents),* })
        }
        Detail::Whole(_) => quote!((detail)),
    }
}

/// The message in the details, as a pattern or as a value, of the fields in [`pattern`].
fn detail(error: &GrpcError<'_>, variant: &Variant<'_>) -> TokenStream {
    match &variant.detail {
        Detail::Fields { .. } => {
            let (message, fields) = (message(error, variant), pattern(variant));
            quote!(#message #fields)
        }
        Detail::Whole(_) => quote!(detail),
    }
}

fn code(error: &GrpcError<'_>, variant: &Variant<'_>) -> TokenStream {
    let (krate, code) = (
        &error.krate,
        Ident::new(variant.code.ident, Span::call_site()),
    );
    quote!(#krate::Code::#code)
}
