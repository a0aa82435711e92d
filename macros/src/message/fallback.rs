//! What is emitted beside the errors, so that one mistake stays one: the type is what it was derived to be, though nothing
//! in it works. The program doesn't get as far as running it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Lifetime};

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
    let prost = emit::prost_message(&krate, item, &generics);
    let field = emit::message_field(&krate, item, &generics);
    let reading = generics.reading();
    let reads = quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #reading #krate::__private::ReadFields<'__de> for #ident #arguments #bounds {
            fn read(
                &mut self,
                _: u32,
                _: #krate::__private::WireType,
                _: &mut #krate::__private::Reader<'__de>,
            ) -> ::core::result::Result<
                ::core::option::Option<#krate::__private::Merged>,
                #krate::__private::ReadError,
            > {
                ::core::result::Result::Ok(::core::option::Option::None)
            }
        }
    };
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #parameters #krate::Message for #ident #arguments #bounds {}
        #[automatically_derived]
        #[allow(deprecated)]
        impl #parameters #krate::__private::Fields for #ident #arguments #bounds {
            const MESSAGE: &'static #krate::schema::MessageDescriptor = &#krate::schema::MessageDescriptor {
                #head
                members: &[],
                message_type: ::core::option::Option::None,
            };

            fn absent() -> Self {
                ::core::panic!("the derive of this message reported errors")
            }

            fn write(&self, _: &mut #krate::__private::Writer) {}
        }
        #reads
        #prost
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
    let generics = Generics::of(item);
    let reading = generics.reading();
    let Generics {
        parameters,
        arguments,
        bounds,
    } = &generics;
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

            fn encode(&self, _: &mut #krate::__private::Writer) {}
        }
        #[automatically_derived]
        #[allow(deprecated)]
        impl #reading #krate::__private::ReadOneOf<'__de> for #ident #arguments #bounds {
            fn merge(
                _: &mut ::core::option::Option<Self>,
                _: u32,
                _: #krate::__private::WireType,
                _: &mut #krate::__private::Reader<'__de>,
            ) -> ::core::result::Result<#krate::__private::Merged, #krate::__private::ReadError> {
                ::core::result::Result::Ok(#krate::__private::Merged::Unknown)
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
    /// Those of a type that may borrow.
    pub(super) fn borrowing(lifetime: Option<&Lifetime>) -> Self {
        let arguments = lifetime.map(|lifetime| quote!(<#lifetime>));
        Self {
            parameters: quote!(#arguments),
            arguments: quote!(#arguments),
            bounds: TokenStream::new(),
        }
    }

    /// The parameters, and before them the lifetime `'__de`.
    fn reading(&self) -> TokenStream {
        let mut parameters = self.parameters.clone().into_iter();
        // The first token is the angle, if there is any.
        parameters.next();
        let rest: TokenStream = parameters.collect();
        match rest.is_empty() {
            true => quote!(<'__de>),
            false => quote!(<'__de, #rest),
        }
    }

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
