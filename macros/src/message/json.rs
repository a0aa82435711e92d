//! The JSON mapping: which name stands for which field. Everything else is in the runtime.
//!
//! All of it stands in calls of the runtime's `json!`, which is what is in it with the feature `json`, and nothing without.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use traitwire_schema::names;

use super::{
    emit::{field_trait, one_of_trait, pattern, span, value_trait},
    one_of::OneOf,
    structure::{Member, Message},
};

/// Methods of `Fields`. Each field is printed by itself:
///
/// ```text
/// object.field::<_, <i32 as Field>::Codec>(["pointCount", "point_count"], &self.point_count)?;
/// ```
pub(super) fn fields(message: &Message<'_>) -> TokenStream {
    let krate = &message.container.krate;
    if message.container.has_json_form {
        return quote! {
            #krate::__private::json! {
                const JSON_TAKES_NULL: bool = <Self as #krate::__private::JsonForm>::TAKES_NULL;
                const JSON_IS_FORM: bool = true;

                fn json_write<__S: #krate::__private::Serializer>(
                    &self,
                    serializer: __S,
                    cx: #krate::__private::JsonWriting<'_>,
                ) -> ::core::result::Result<__S::Ok, __S::Error> {
                    #krate::__private::JsonForm::write(self, serializer, cx)
                }
            }
        };
    }
    let write = message.members.iter().map(|member| match member {
        Member::Field(field) => {
            let (ident, ty) = (field.ident, field_trait(krate, field));
            let names = both_names(&field.name);
            quote_spanned!(span(field.ty)=> object.field::<_, #ty::Codec>(#names, &self.#ident)?;)
        }
        Member::OneOf(one_of) => {
            let (ident, ty) = (one_of.ident, one_of_trait(krate, one_of));
            quote_spanned!(span(one_of.ty)=> #ty::json_write(&self.#ident, object)?;)
        }
    });
    quote! {
        #krate::__private::json! {
            fn json_members<__S: #krate::__private::SerializeMap>(
                &self,
                object: &mut #krate::__private::JsonObject<'_, __S>,
            ) -> ::core::result::Result<(), __S::Error> {
                #(#write)*
                ::core::result::Result::Ok(())
            }
        }
    }
}

/// Methods of `Message`, which borrows nothing: what is escaped in JSON is none of its bytes. Each field is read by its
/// place in the descriptor:
///
/// ```text
/// 0 => cx.field::<_, <i32 as Field>::Codec, _>(&mut self.point_count, value),
/// ```
pub(super) fn message(message: &Message<'_>) -> TokenStream {
    let krate = &message.container.krate;
    if message.container.has_json_form {
        return quote! {
            #krate::__private::json! {
                fn json_read<'__de, __D: #krate::__private::Deserializer<'__de>>(
                    deserializer: __D,
                    cx: #krate::__private::JsonReading<'_>,
                ) -> ::core::result::Result<Self, __D::Error> {
                    #krate::__private::JsonForm::read(deserializer, cx)
                }
            }
        };
    }
    let members = message.members.iter().enumerate();
    let read = members.map(|(index, member)| match member {
        Member::Field(field) => {
            let (ident, ty) = (field.ident, field_trait(krate, field));
            quote_spanned!(span(field.ty)=> #index => cx.field::<_, #ty::Codec, _>(&mut self.#ident, value),)
        }
        Member::OneOf(one_of) => {
            let (ident, ty) = (one_of.ident, one_of_trait(krate, one_of));
            quote_spanned!(span(one_of.ty)=> #index => #ty::json_read(&mut self.#ident, member, value, cx),)
        }
    });
    quote! {
        #krate::__private::json! {
            fn json_member<'__de, __D: #krate::__private::Deserializer<'__de>>(
                &mut self,
                member: #krate::__private::JsonMember,
                value: __D,
                cx: #krate::__private::JsonReading<'_>,
            ) -> ::core::result::Result<bool, __D::Error> {
                match member.index() {
                    #(#read)*
                    _ => cx.no_member(value),
                }
            }
        }
    }
}

/// Methods of `OneOf`. One that borrows is never read.
pub(super) fn one_of(one_of: &OneOf<'_>) -> TokenStream {
    let krate = &one_of.krate;
    let write = one_of.variants.iter().map(|variant| {
        let ty = value_trait(krate, variant);
        let names = both_names(&variant.name);
        let (pattern, value) = pattern(variant);
        quote!(#pattern => object.variant::<_, #ty::Codec>(#names, #value),)
    });
    let read = one_of.variants.iter().map(|variant| {
        let (ident, number, ty) = (variant.ident, variant.number, value_trait(krate, variant));
        let wrap = match variant.ty {
            Some(_) => quote!(Self::#ident),
            None => quote!(|()| Self::#ident),
        };
        quote!(#number => cx.variant::<_, #ty::Codec, _, _>(value, #wrap),)
    });
    let read = one_of.lifetime.is_none().then(|| {
        quote! {
            fn json_read<'__de, __D: #krate::__private::Deserializer<'__de>>(
                number: u32,
                value: __D,
                cx: #krate::__private::JsonReading<'_>,
            ) -> ::core::result::Result<::core::option::Option<Self>, __D::Error> {
                match number {
                    #(#read)*
                    _ => cx.no_member(value),
                }
            }
        }
    });
    quote! {
        #krate::__private::json! {
            fn json_write<__S: #krate::__private::SerializeMap>(
                &self,
                object: &mut #krate::__private::JsonObject<'_, __S>,
            ) -> ::core::result::Result<(), __S::Error> {
                match self {
                    #(#write)*
                }
            }

            #read
        }
    }
}

/// The name in JSON, and that in protobuf.
fn both_names(name: &str) -> TokenStream {
    let json = names::json(name);
    quote!([#json, #name])
}
