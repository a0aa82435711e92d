//! The tokens: what `#[derive(Message)]` emits for a struct, on top of what prost has emitted.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;

use super::model::{Message, Messages, Target};

pub(super) fn messages(messages: &Messages) -> TokenStream {
    let krate = &messages.krate;
    messages
        .messages
        .iter()
        .map(|message| {
            let wrapper = wrapper(krate, &message.target);
            let implementation = implementation(krate, message);
            quote! {
                #wrapper
                #implementation
            }
        })
        .collect()
}

/// Expands to the implementations of our traits, in a block of its own for the descriptors of the messages around this one.
fn implementation(krate: &Path, message: &Message) -> TokenStream {
    let ty = message.target.message();
    // Named in the same words at the same place each time, so that the user reads once that it is none.
    let generated = quote_spanned!(message.target.span()=> <#ty as #krate::__private::Generated>);
    let (outers, descriptor) = descriptor(krate, message);
    quote_spanned! {message.target.span()=>
        const _: () = {
            #outers
            #[automatically_derived]
            impl #krate::Message for #ty {}
            #[automatically_derived]
            impl #krate::__private::Fields for #ty {
                const MESSAGE: &'static #krate::schema::MessageDescriptor = &#descriptor;

                fn absent() -> Self {
                    #generated::absent()
                }

                fn write(&self, writer: &mut #krate::__private::Writer) {
                    #generated::write(self, writer)
                }
            }
            #[automatically_derived]
            impl<'de> #krate::__private::ReadFields<'de> for #ty {
                fn read(
                    &mut self,
                    number: u32,
                    wire_type: #krate::__private::WireType,
                    reader: &mut #krate::__private::Reader<'de>,
                ) -> ::core::result::Result<
                    ::core::option::Option<#krate::__private::Merged>,
                    #krate::__private::ReadError,
                > {
                    #generated::read(self, number, wire_type, reader)
                }
            }
            #[automatically_derived]
            impl #krate::__private::Value for #ty {
                type Codec = #krate::__private::MessageCodec;
            }
            #[automatically_derived]
            impl #krate::__private::Field for #ty {
                type Codec = #krate::__private::Singular<#krate::__private::MessageCodec>;
            }
        };
    }
}

/// The descriptors of the messages around this one, each of which the next refers to, and that of this one.
///
/// Their Rust name is the one in protobuf, so that the descriptors of one message are the same wherever they stand.
fn descriptor(krate: &Path, message: &Message) -> (TokenStream, TokenStream) {
    let Message {
        package,
        names,
        file,
        ..
    } = message;
    let mut outers = TokenStream::new();
    let mut outer: Option<Ident> = None;
    let mut full_name = package.clone().unwrap_or_default();
    let package = option(package.as_ref());
    let mut descriptor = TokenStream::new();
    for (index, name) in names.iter().enumerate() {
        if !full_name.is_empty() {
            full_name.push('.');
        }
        full_name.push_str(name);
        let nested_in = option(outer.as_ref().map(|outer| quote!(|| &#outer)));
        let package = if outer.is_some() {
            option(None::<&str>)
        } else {
            package.clone()
        };
        // The messages around it may not be there in Rust.
        let is_it = index + 1 == names.len();
        let message_type = is_it.then(|| quote!(#krate::__private::message_type::<Self>));
        let message_type = option(message_type);
        descriptor = quote! {
            #krate::schema::MessageDescriptor {
                name: #name,
                package: #package,
                file: ::core::option::Option::Some(#file),
                rust_name: #full_name,
                location: #file,
                doc: "",
                deprecated: false,
                nested_in: #nested_in,
                reserved: &[],
                members: &[],
                message_type: #message_type,
            }
        };
        if !is_it {
            let ident = Ident::new(&format!("OUTER_{index}"), Span::mixed_site());
            outers.extend(quote! {
                static #ident: #krate::schema::MessageDescriptor = #descriptor;
            });
            outer = Some(ident);
        }
    }
    (outers, descriptor)
}

fn option<T: quote::ToTokens>(value: Option<T>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

/// The type around one of another crate, and what makes it as good as that one.
fn wrapper(krate: &Path, target: &Target) -> Option<TokenStream> {
    let Target::Wrapper {
        attrs,
        vis,
        ident,
        inner_vis,
        inner,
    } = target
    else {
        return None;
    };
    Some(quote! {
        #(#attrs)*
        #vis struct #ident(#inner_vis #inner);

        #[automatically_derived]
        impl ::core::default::Default for #ident {
            fn default() -> Self {
                Self(::core::default::Default::default())
            }
        }
        #[automatically_derived]
        impl ::core::convert::From<#inner> for #ident {
            fn from(message: #inner) -> Self {
                Self(message)
            }
        }
        #[automatically_derived]
        impl ::core::convert::From<#ident> for #inner {
            fn from(message: #ident) -> Self {
                message.0
            }
        }
        #[automatically_derived]
        impl ::core::ops::Deref for #ident {
            type Target = #inner;

            fn deref(&self) -> &#inner {
                &self.0
            }
        }
        #[automatically_derived]
        impl ::core::ops::DerefMut for #ident {
            fn deref_mut(&mut self) -> &mut #inner {
                &mut self.0
            }
        }
        #[automatically_derived]
        impl #krate::__private::prost::Message for #ident {
            fn encode_raw(&self, buf: &mut impl #krate::__private::BufMut) {
                #krate::__private::prost::Message::encode_raw(&self.0, buf)
            }

            fn encoded_len(&self) -> usize {
                #krate::__private::prost::Message::encoded_len(&self.0)
            }

            fn merge_field(
                &mut self,
                number: u32,
                wire_type: #krate::__private::WireType,
                buf: &mut impl #krate::__private::Buf,
                ctx: #krate::__private::DecodeContext,
            ) -> ::core::result::Result<(), #krate::__private::DecodeError> {
                #krate::__private::prost::Message::merge_field(&mut self.0, number, wire_type, buf, ctx)
            }

            fn clear(&mut self) {
                #krate::__private::prost::Message::clear(&mut self.0)
            }
        }
    })
}
