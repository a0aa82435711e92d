//! The tokens of each model: one call per thing, into `__private`.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{DeriveInput, Ident, Lifetime, Path, Type, spanned::Spanned, visit_mut::VisitMut};

use super::{
    container::{Container, Reserved},
    enumeration::Enumeration,
    fallback::Generics,
    field::{Encoding, Scalar},
    hints, json,
    one_of::{OneOf, Variant},
    structure::{Field, Member, Message, OneOfField, UnknownField},
};
use crate::origin;

/// Expands to `impl Fields`, `impl ReadFields` and what makes the type one that a field can have; if it owns all that it
/// holds, also to `impl Message` and `impl prost::Message`.
pub(super) fn message(item: &DeriveInput, message: &Message<'_>) -> TokenStream {
    let generics = Generics::borrowing(message.lifetime);
    let fields = fields(item, message, &generics);
    let field = message_field(&message.container.krate, item, &generics);
    let checks = check_one_ofs(message);
    let owned = message.lifetime.is_none().then(|| {
        let krate = &message.container.krate;
        let ident = &item.ident;
        let prost = prost_message(krate, item, &generics);
        let json = json::message(message);
        quote! {
            #[automatically_derived]
            #[allow(deprecated, unused_variables)]
            impl #krate::Message for #ident {
                #json
            }
            #prost
        }
    });
    quote! {
        #fields
        #owned
        #field
        #checks
    }
}

/// A message can be a field, and a value in one.
pub(super) fn message_field(krate: &Path, item: &DeriveInput, generics: &Generics) -> TokenStream {
    value(
        krate,
        item,
        generics,
        &quote!(#krate::__private::MessageCodec),
    )
}

/// An enum can be a field, and a value in one.
pub(super) fn enum_field(krate: &Path, item: &DeriveInput, generics: &Generics) -> TokenStream {
    value(krate, item, generics, &quote!(#krate::__private::EnumCodec))
}

/// The type can be a field, and a value in one, which `codec` encodes.
fn value(
    krate: &Path,
    item: &DeriveInput,
    generics: &Generics,
    codec: &TokenStream,
) -> TokenStream {
    let ident = &item.ident;
    let Generics {
        parameters,
        arguments,
        bounds,
    } = generics;
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #parameters #krate::__private::Value for #ident #arguments #bounds {
            type Codec = #codec;
        }
        #[automatically_derived]
        #[allow(deprecated)]
        impl #parameters #krate::__private::Field for #ident #arguments #bounds {
            type Codec = #krate::__private::Singular<#codec>;
        }
    }
}

fn message_descriptor(item: &DeriveInput, message: &Message<'_>) -> TokenStream {
    let krate = &message.container.krate;
    let head = container(item, &message.container);
    let members = message.members.iter().map(|member| match member {
        Member::Field(field) => {
            let ty = field_trait(krate, field);
            let descriptor = field_descriptor(
                krate,
                &field.name,
                field.number,
                &field.doc,
                field.deprecated,
                field.ident,
                quote!(#ty::field_type),
            );
            quote!(#krate::schema::Member::Field(#descriptor),)
        }
        Member::OneOf(one_of) => {
            let OneOfField { name, doc, .. } = one_of;
            let ty = one_of_trait(krate, one_of);
            quote! {
                #krate::schema::Member::OneOf { name: #name, doc: #doc, oneof: #ty::descriptor },
            }
        }
    });
    // Who borrows can't be made of bytes that nobody else holds.
    let owned = message.lifetime.is_none();
    let message_type = option(owned.then(|| quote!(#krate::__private::message_type::<Self>)));
    quote! {
        &#krate::schema::MessageDescriptor {
            #head
            members: &[#(#members)*],
            message_type: #message_type,
        }
    }
}

/// What the descriptors of messages and enums have in common.
fn container(item: &DeriveInput, container: &Container) -> TokenStream {
    let Container {
        krate,
        name,
        doc,
        deprecated,
        ..
    } = container;
    let package = option(container.package.as_ref());
    let file = option(container.file.as_ref());
    let rust_name = origin::rust_name(&item.ident);
    let location = origin::location(&item.ident);
    let nested_in = option(
        container
            .nested_in
            .as_ref()
            .map(|outer| quote!(#krate::__private::message_descriptor::<#outer>)),
    );
    let reserved = reserved(container);
    quote! {
        name: #name,
        package: #package,
        file: #file,
        rust_name: #rust_name,
        location: #location,
        doc: #doc,
        deprecated: #deprecated,
        nested_in: #nested_in,
        reserved: &[#reserved],
    }
}

fn reserved(container: &Container) -> TokenStream {
    let krate = &container.krate;
    let reserved = container.reserved.iter().map(|reserved| match reserved {
        Reserved::Numbers(first, last) => quote!(#krate::schema::Reserved::Numbers(#first, #last),),
        Reserved::Name(name) => quote!(#krate::schema::Reserved::Name(#name),),
    });
    reserved.collect()
}

fn option<T: quote::ToTokens>(value: Option<T>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

fn field_descriptor(
    krate: &Path,
    name: &str,
    number: u32,
    doc: &str,
    deprecated: bool,
    ident: &Ident,
    ty: TokenStream,
) -> TokenStream {
    let line = origin::line(ident);
    quote! {
        #krate::schema::FieldDescriptor {
            name: #name,
            number: #number,
            doc: #doc,
            deprecated: #deprecated,
            line: #line,
            ty: #ty,
        }
    }
}

fn required(message: &Message<'_>) -> Option<TokenStream> {
    let krate = &message.container.krate;
    let required: Vec<_> = message
        .fields()
        .filter(|field| field.required.is_some())
        .map(|field| {
            let Field {
                ty, number, name, ..
            } = field;
            quote_spanned!(span(ty)=> #krate::__private::required_field::<#ty>(#number, #name),)
        })
        .collect();
    (!required.is_empty()).then(|| {
        quote! {
            const REQUIRED: &'static [#krate::__private::RequiredField] = &[#(#required)*];
        }
    })
}

/// The constant that depends on itself if the message always contains itself. Most fields can't be why.
fn has_an_end(item: &DeriveInput, message: &Message<'_>) -> Option<TokenStream> {
    let ends: Vec<_> = message
        .fields()
        .filter(|field| hints::may_be_message(field.ty, &item.ident))
        .map(|field| {
            let ty = field_trait(&message.container.krate, field);
            quote_spanned!(span(field.ty)=> #ty::HAS_AN_END;)
        })
        .collect();
    (!ends.is_empty()).then(|| quote!(const HAS_AN_END: () = { #(let () = #ends)* };))
}

fn absent(krate: &Path, member: &Member<'_>) -> TokenStream {
    match member {
        Member::Field(field) => {
            let (ident, ty) = (field.ident, field_trait(krate, field));
            quote!(#ident: #ty::absent(),)
        }
        Member::OneOf(one_of) => {
            let (ident, ty) = (one_of.ident, one_of_trait(krate, one_of));
            quote!(#ident: #ty::absent(),)
        }
    }
}

/// What the message consists of. Fields are written in the order of their numbers, as other implementations do, oneofs after
/// them and unknown fields at the end; but from the last to the first, since a `Writer` goes backwards.
fn fields(item: &DeriveInput, message: &Message<'_>, generics: &Generics) -> TokenStream {
    let ident = &item.ident;
    let krate = &message.container.krate;
    let Generics {
        parameters,
        arguments,
        ..
    } = generics;
    let descriptor = message_descriptor(item, message);
    let required = required(message);
    let end = has_an_end(item, message);
    let json = json::fields(message);
    let absent = message.members.iter().map(|member| absent(krate, member));
    let absent_unknown = message.unknown.as_ref().map(|unknown| {
        let (ident, ty) = (unknown.ident, unknown_trait(krate, unknown));
        quote!(#ident: #ty::absent(),)
    });
    let write_unknown = message.unknown.as_ref().map(|unknown| {
        let (ident, ty) = (unknown.ident, unknown_trait(krate, unknown));
        quote!(#ty::write(&self.#ident, writer);)
    });

    let mut fields: Vec<_> = message.fields().collect();
    fields.sort_by_key(|field| field.number);
    let write_one_ofs = message.one_ofs().map(|one_of| {
        let (ident, ty) = (one_of.ident, one_of_trait(krate, one_of));
        quote!(#ty::encode(&self.#ident, writer);)
    });
    let mut writes: Vec<_> = write_one_ofs.collect();
    writes.reverse();
    writes.extend(fields.iter().rev().map(|field| {
        let (ident, number, ty) = (field.ident, field.number, field_trait(krate, field));
        quote!(#ty::encode(&self.#ident, #number, writer);)
    }));

    let read_fields = fields.iter().map(|field| {
        let (ident, number, ty) = (field.ident, field.number, field_trait(krate, field));
        let merge = quote_spanned! {span(field.ty)=>
            #ty::merge(&mut self.#ident, number, wire_type, reader)
        };
        quote!(#number => #merge,)
    });
    let read_one_ofs = message.one_ofs().map(|one_of| {
        let (ident, ty) = (one_of.ident, one_of_trait(krate, one_of));
        let merge = quote_spanned! {span(one_of.ty)=>
            #ty::merge(&mut self.#ident, number, wire_type, reader)
        };
        quote!(number if #ty::has(number) => #merge,)
    });
    let none = quote!(::core::result::Result::Ok(::core::option::Option::None));
    let read = if message.members.is_empty() {
        none
    } else {
        quote! {
            let merged = match number {
                #(#read_fields)*
                #(#read_one_ofs)*
                _ => return #none,
            };
            merged.map(::core::option::Option::Some)
        }
    };
    let unknown = message.unknown.as_ref().map(|unknown| {
        let (ident, ty) = (unknown.ident, unknown_trait(krate, unknown));
        quote! {
            fn unknown(&mut self) -> ::core::option::Option<&mut #krate::__private::UnknownFields> {
                ::core::option::Option::Some(#ty::get(&mut self.#ident))
            }
        }
    });
    let (reading, lifetime) = match message.lifetime {
        Some(lifetime) => (parameters.clone(), quote!(#lifetime)),
        None => (quote!(<'de>), quote!('de)),
    };
    quote! {
        #[automatically_derived]
        // The descriptor of a message with two hundred fields; it isn't on the stack.
        #[allow(deprecated, unused_variables, clippy::large_stack_arrays)]
        impl #parameters #krate::__private::Fields for #ident #arguments {
            const MESSAGE: &'static #krate::schema::MessageDescriptor = #descriptor;
            #required
            #end

            fn absent() -> Self {
                Self { #(#absent)* #absent_unknown }
            }

            fn write(&self, writer: &mut #krate::__private::Writer) {
                #write_unknown
                #(#writes)*
            }

            #json
        }
        #[automatically_derived]
        #[allow(deprecated, unused_variables)]
        impl #reading #krate::__private::ReadFields<#lifetime> for #ident #arguments {
            #[inline]
            fn read(
                &mut self,
                number: u32,
                wire_type: #krate::__private::WireType,
                reader: &mut #krate::__private::Reader<#lifetime>,
            ) -> ::core::result::Result<
                ::core::option::Option<#krate::__private::Merged>,
                #krate::__private::ReadError,
            > {
                #read
            }

            #unknown
        }
    }
}

/// Hands on to the runtime what prost asks of a message.
pub(super) fn prost_message(krate: &Path, item: &DeriveInput, generics: &Generics) -> TokenStream {
    let ident = &item.ident;
    let Generics {
        parameters,
        arguments,
        bounds,
    } = generics;
    let buf = quote!(impl #krate::__private::Buf);
    let result = quote!(::core::result::Result);
    let error = quote!(#krate::__private::DecodeError);
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #parameters #krate::__private::prost::Message for #ident #arguments #bounds {
            fn encode_raw(&self, buf: &mut impl #krate::__private::BufMut) {
                #krate::__private::encode_raw(self, buf)
            }

            fn encoded_len(&self) -> usize {
                #krate::__private::encoded_len(self)
            }

            fn encode_to_vec(&self) -> ::std::vec::Vec<u8> {
                #krate::__private::encode_to_vec(self)
            }

            fn merge_field(
                &mut self,
                number: u32,
                wire_type: #krate::__private::WireType,
                buf: &mut #buf,
                ctx: #krate::__private::DecodeContext,
            ) -> #result<(), #error> {
                #krate::__private::merge_field(self, number, wire_type, buf, ctx)
            }

            fn merge(&mut self, buf: #buf) -> #result<(), #error> {
                #krate::__private::merge(self, buf)
            }

            fn merge_length_delimited(&mut self, buf: #buf) -> #result<(), #error> {
                #krate::__private::merge_length_delimited(self, buf)
            }

            fn decode(buf: #buf) -> #result<Self, #error> {
                #krate::__private::decode(buf)
            }

            fn decode_length_delimited(buf: #buf) -> #result<Self, #error> {
                #krate::__private::decode_length_delimited(buf)
            }

            fn clear(&mut self) {
                #krate::__private::clear(self);
            }
        }
    }
}

/// The check, made by the compiler, that no variant has the number or name of a field: see the runtime's `check_one_of`.
fn check_one_ofs(message: &Message<'_>) -> TokenStream {
    let krate = &message.container.krate;
    let name = &message.container.name;
    let taken: TokenStream = message
        .members
        .iter()
        .map(|member| match member {
            Member::Field(Field { number, name, .. }) => quote!((#number, #name),),
            Member::OneOf(OneOfField { name, .. }) => quote!((0, #name),),
        })
        .collect();
    let mut earlier = TokenStream::new();
    let mut checks = TokenStream::new();
    for one_of in message.one_ofs() {
        // Beside the struct there is no lifetime of its own.
        let mut ty = one_of.ty.clone();
        Forever.visit_type_mut(&mut ty);
        let at = span(&ty);
        let ty = quote_spanned!(at=> <#ty as #krate::__private::OneOfField>);
        let check = respanned(quote!(#krate::__private::check_one_of), at);
        checks.extend(quote_spanned! {at=>
            const _: () = #check(#name, &[#taken], &[#earlier], #ty::DESCRIPTOR);
        });
        if !message.container.reserved.is_empty() {
            let check = respanned(quote!(#krate::__private::check_reserved), at);
            let reserved = reserved(&message.container);
            checks.extend(quote_spanned! {at=>
                const _: () = #check(#name, &[#reserved], #ty::DESCRIPTOR);
            });
        }
        earlier.extend(quote!(#ty::DESCRIPTOR,));
    }
    checks
}

/// Makes every lifetime `'static`.
struct Forever;

impl VisitMut for Forever {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        *lifetime = Lifetime::new("'static", lifetime.span());
    }
}

/// The path at another place, for an error that stands at the first token.
fn respanned(path: TokenStream, span: Span) -> TokenStream {
    path.into_iter()
        .map(|mut token| {
            token.set_span(span);
            token
        })
        .collect()
}

/// `<i32 as Field<Sint>>`, which is how a field's type is named everywhere: if it isn't one, the compiler says the same
/// thing at the same place each time, and the user reads it once.
pub(super) fn field_trait(krate: &Path, field: &Field<'_>) -> TokenStream {
    let (ty, encoding) = (field.ty, encoding(krate, &field.encoding));
    quote_spanned!(span(ty)=> <#ty as #krate::__private::Field #encoding>)
}

pub(super) fn one_of_trait(krate: &Path, one_of: &OneOfField<'_>) -> TokenStream {
    let ty = one_of.ty;
    quote_spanned!(span(ty)=> <#ty as #krate::__private::OneOfField>)
}

fn unknown_trait(krate: &Path, unknown: &UnknownField<'_>) -> TokenStream {
    let ty = unknown.ty;
    quote_spanned!(span(ty)=> <#ty as #krate::__private::KeepsUnknown>)
}

pub(super) fn value_trait(krate: &Path, variant: &Variant<'_>) -> TokenStream {
    let encoding = encoding(krate, &variant.encoding);
    match variant.ty {
        Some(ty) => quote_spanned!(span(ty)=> <#ty as #krate::__private::Value #encoding>),
        None => quote!(<() as #krate::__private::Value>),
    }
}

/// The place of the type, where only what is written there can be named.
pub(super) fn span(ty: &Type) -> Span {
    ty.span().resolved_at(Span::call_site())
}

fn encoding(krate: &Path, encoding: &Encoding) -> Option<TokenStream> {
    let scalar = |scalar| match scalar {
        Scalar::Plain => quote!(#krate::__private::Plain),
        Scalar::Sint => quote!(#krate::__private::Sint),
        Scalar::Fixed => quote!(#krate::__private::Fixed),
    };
    match encoding {
        Encoding::Plain => None,
        Encoding::Scalar(option, _) => {
            let option = scalar(*option);
            Some(quote!(<#option>))
        }
        Encoding::Unpacked(option, _) => {
            let option = scalar(*option);
            Some(quote!(<#krate::__private::Unpacked<#option>>))
        }
        Encoding::Map { key, value, .. } => {
            let (key, value) = (scalar(*key), scalar(*value));
            Some(quote!(<#krate::__private::MapOf<#key, #value>>))
        }
    }
}

/// Expands to `impl OneOf`.
pub(super) fn one_of(item: &DeriveInput, one_of: &OneOf<'_>) -> TokenStream {
    let ident = &item.ident;
    let OneOf {
        krate,
        doc,
        lifetime,
        variants,
    } = one_of;
    let rust_name = origin::rust_name(ident);
    let location = origin::location(ident);
    let json = json::one_of(one_of);
    let descriptors = variants.iter().map(|variant| {
        let ty = value_trait(krate, variant);
        field_descriptor(
            krate,
            &variant.name,
            variant.number,
            &variant.doc,
            variant.deprecated,
            variant.ident,
            quote!(#ty::variant_type),
        )
    });
    let numbers = variants.iter().map(|variant| variant.number);
    let encode = variants.iter().map(|variant| {
        let (number, ty) = (variant.number, value_trait(krate, variant));
        let (pattern, value) = pattern(variant);
        quote!(#pattern => #ty::encode_variant(#value, #number, writer),)
    });
    let merge = variants.iter().map(|variant| {
        let Variant { ident, number, .. } = variant;
        let ty = value_trait(krate, variant);
        let (current, wrap) = match variant.ty {
            Some(_) => (
                quote! {
                    |current| match current {
                        Self::#ident(value) => ::core::option::Option::Some(value),
                        _ => ::core::option::Option::None,
                    }
                },
                quote!(Self::#ident),
            ),
            None => (
                quote!(|_| ::core::option::Option::None),
                quote!(|()| Self::#ident),
            ),
        };
        let at = variant.ty.map_or_else(Span::call_site, span);
        let merge = quote_spanned! {at=>
            #ty::merge_variant(field, wire_type, reader, #current, #wrap)
        };
        quote!(#number => #merge,)
    });
    let Generics {
        parameters,
        arguments,
        ..
    } = Generics::borrowing(*lifetime);
    let (reading, read_lifetime) = match lifetime {
        Some(lifetime) => (parameters.clone(), quote!(#lifetime)),
        None => (quote!(<'de>), quote!('de)),
    };
    quote! {
        #[automatically_derived]
        #[allow(deprecated, clippy::large_stack_arrays)]
        impl #parameters #krate::OneOf for #ident #arguments {
            const DESCRIPTOR: &'static #krate::schema::OneOfDescriptor = &#krate::schema::OneOfDescriptor {
                rust_name: #rust_name,
                location: #location,
                doc: #doc,
                variants: &[#(#descriptors),*],
            };

            fn has(number: u32) -> bool {
                ::core::matches!(number, #(#numbers)|*)
            }

            fn encode(&self, writer: &mut #krate::__private::Writer) {
                match self {
                    #(#encode)*
                }
            }

            #json
        }
        #[automatically_derived]
        #[allow(deprecated, unreachable_patterns)]
        impl #reading #krate::__private::ReadOneOf<#read_lifetime> for #ident #arguments {
            fn merge(
                field: &mut ::core::option::Option<Self>,
                number: u32,
                wire_type: #krate::__private::WireType,
                reader: &mut #krate::__private::Reader<#read_lifetime>,
            ) -> ::core::result::Result<#krate::__private::Merged, #krate::__private::ReadError> {
                match number {
                    #(#merge)*
                    _ => ::core::result::Result::Ok(#krate::__private::Merged::Unknown),
                }
            }
        }
    }
}

/// A pattern for the variant, and the value in it.
pub(super) fn pattern(variant: &Variant<'_>) -> (TokenStream, TokenStream) {
    let ident = variant.ident;
    match variant.ty {
        Some(_) => (quote!(Self::#ident(value)), quote!(value)),
        None => (quote!(Self::#ident), quote!(&())),
    }
}

/// Expands to `impl Enumeration` and what makes the type one that a field can have.
pub(super) fn enumeration(item: &DeriveInput, enumeration: &Enumeration<'_>) -> TokenStream {
    let ident = &item.ident;
    let Enumeration {
        container: options,
        values,
        other,
    } = enumeration;
    let krate = &options.krate;
    let head = container(item, options);
    let allow_alias = values.iter().any(|value| !value.aliases.is_empty());
    let descriptors = values.iter().flat_map(|value| {
        let super::enumeration::Value {
            name,
            aliases,
            number,
            deprecated,
            doc,
            ..
        } = value;
        let line = origin::line(value.ident);
        let aliases = aliases.iter().map(|alias| (alias, ""));
        [(name, doc.as_str())]
            .into_iter()
            .chain(aliases)
            .map(move |(name, doc)| {
                quote! {
                    #krate::schema::EnumValueDescriptor {
                        name: #name,
                        number: #number,
                        doc: #doc,
                        deprecated: #deprecated,
                        line: #line,
                    }
                }
            })
    });
    // The first value is zero.
    let zero = values.first().map(|value| value.ident);
    let from_number = values.iter().map(|value| {
        let (ident, number) = (value.ident, value.number);
        quote!(#number => ::core::option::Option::Some(Self::#ident),)
    });
    let from_other = match other {
        Some(other) => quote!(other => ::core::option::Option::Some(Self::#other(other)),),
        None => quote!(_ => ::core::option::Option::None,),
    };
    let number = values.iter().map(|value| {
        let (ident, number) = (value.ident, value.number);
        quote!(Self::#ident => #number,)
    });
    let other_number = other.map(|other| quote!(Self::#other(number) => *number,));
    let field = enum_field(krate, item, &Generics::default());
    quote! {
        #[automatically_derived]
        #[allow(deprecated, clippy::large_stack_arrays)]
        impl #krate::Enumeration for #ident {
            const DESCRIPTOR: &'static #krate::schema::EnumDescriptor = &#krate::schema::EnumDescriptor {
                #head
                allow_alias: #allow_alias,
                values: &[#(#descriptors),*],
            };

            fn zero() -> Self {
                Self::#zero
            }

            fn from_number(number: i32) -> ::core::option::Option<Self> {
                match number {
                    #(#from_number)*
                    #from_other
                }
            }

            fn number(&self) -> i32 {
                match self {
                    #(#number)*
                    #other_number
                }
            }
        }
        #field
    }
}
