//! What is emitted beside the errors, so that one mistake stays one: the type is what it was derived to be, though nothing
//! in it works. The program doesn't get as far as running it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use super::{container, emit};
use crate::origin;

/// A message without fields.
pub(super) fn message(item: &DeriveInput) -> TokenStream {
    let ident = &item.ident;
    let krate = container::krate(item);
    let generics = Generics::of(item);
    let Generics {
        parameters,
        arguments,
        bounds,
    } = &generics;
    let head = descriptor_head(item);
    let field = emit::message_field(&krate, item, &generics);
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #parameters #krate::Message for #ident #arguments #bounds {
            const DESCRIPTOR: &'static #krate::schema::MessageDescriptor = &#krate::schema::MessageDescriptor {
                #head
                members: &[],
            };

            fn empty() -> Self {
                ::core::panic!("the derive of this message reported errors")
            }
        }
        #[automatically_derived]
        #[allow(deprecated, unused_variables)]
        impl #parameters #krate::__private::prost::Message for #ident #arguments #bounds {
            fn encode_raw(&self, buf: &mut impl #krate::__private::BufMut) {}

            fn encoded_len(&self) -> usize {
                0
            }

            fn merge_field(
                &mut self,
                number: u32,
                wire_type: #krate::__private::WireType,
                buf: &mut impl #krate::__private::Buf,
                ctx: #krate::__private::DecodeContext,
            ) -> ::core::result::Result<(), #krate::__private::DecodeError> {
                #krate::__private::skip_field(wire_type, number, buf, ctx)
            }

            fn clear(&mut self) {}
        }
        #field
    }
}

/// An enum with one value.
pub(super) fn enumeration(item: &DeriveInput) -> TokenStream {
    let ident = &item.ident;
    let krate = container::krate(item);
    let generics = Generics::of(item);
    let Generics {
        parameters,
        arguments,
        bounds,
    } = &generics;
    let head = descriptor_head(item);
    let value = emit::enum_field(&krate, item, &generics);
    quote! {
        #[automatically_derived]
        #[allow(deprecated, unused_variables)]
        impl #parameters #krate::Enumeration for #ident #arguments #bounds {
            const DESCRIPTOR: &'static #krate::schema::EnumDescriptor = &#krate::schema::EnumDescriptor {
                #head
                allow_alias: false,
                values: &[],
            };

            fn zero() -> Self {
                ::core::panic!("the derive of this enum reported errors")
            }

            fn from_number(number: i32) -> ::core::option::Option<Self> {
                ::core::option::Option::None
            }

            fn number(&self) -> i32 {
                0
            }
        }
        #value
    }
}

/// A oneof without variants.
pub(super) fn one_of(item: &DeriveInput) -> TokenStream {
    let ident = &item.ident;
    let krate = container::krate(item);
    let Generics {
        parameters,
        arguments,
        bounds,
    } = Generics::of(item);
    let rust_name = origin::rust_name(ident);
    let location = origin::location(ident);
    quote! {
        #[automatically_derived]
        #[allow(deprecated, unused_variables)]
        impl #parameters #krate::OneOf for #ident #arguments #bounds {
            const DESCRIPTOR: &'static #krate::schema::OneOfDescriptor = &#krate::schema::OneOfDescriptor {
                rust_name: #rust_name,
                location: #location,
                doc: "",
                variants: &[],
            };

            fn has(number: u32) -> bool {
                false
            }

            fn encode(&self, buf: &mut impl #krate::__private::BufMut) {}

            fn encoded_len(&self) -> usize {
                0
            }

            fn merge(
                field: &mut ::core::option::Option<Self>,
                number: u32,
                wire_type: #krate::__private::WireType,
                buf: &mut impl #krate::__private::Buf,
                ctx: #krate::__private::DecodeContext,
            ) -> ::core::result::Result<(), #krate::__private::DecodeError> {
                #krate::__private::skip_field(wire_type, number, buf, ctx)
            }
        }
    }
}

/// What the descriptors of messages and enums have in common.
fn descriptor_head(item: &DeriveInput) -> TokenStream {
    let name = item.ident.to_string();
    let rust_name = origin::rust_name(&item.ident);
    let location = origin::location(&item.ident);
    quote! {
        name: #name,
        package: ::core::option::Option::None,
        file: ::core::option::Option::None,
        rust_name: #rust_name,
        location: #location,
        doc: "",
        deprecated: false,
        nested_in: ::core::option::Option::None,
        reserved: &[],
    }
}

/// What an impl needs for any item whatsoever.
#[derive(Default)]
pub(super) struct Generics {
    pub(super) parameters: TokenStream,
    pub(super) arguments: TokenStream,
    /// Those that the traits themselves have.
    pub(super) bounds: TokenStream,
}

impl Generics {
    fn of(item: &DeriveInput) -> Self {
        let (parameters, arguments, bounds) = item.generics.split_for_impl();
        let predicates = bounds.map(|bounds| &bounds.predicates);
        Self {
            parameters: quote!(#parameters),
            arguments: quote!(#arguments),
            // With a lifetime, even an unused one, a bound that doesn't hold only means that there is no such implementation.
            bounds: quote! {
                where for<'__a> Self: ::core::marker::Send + ::core::marker::Sync + 'static, #predicates
            },
        }
    }
}
