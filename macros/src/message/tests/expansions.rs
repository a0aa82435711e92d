//! What comes out, as a person reads it.

use expect_test::{Expect, expect};
use proc_macro2::TokenStream;

use super::super::{expand_enumeration, expand_message, expand_one_of};

#[track_caller]
fn check(expand: fn(TokenStream) -> TokenStream, source: &str, expect: Expect) {
    let tokens = expand(source.parse().expect("the source has balanced brackets"));
    let file = syn::parse2(tokens).expect("an expansion is made of items");
    expect.assert_eq(&prettyplease::unparse(&file));
}

#[test]
fn a_message() {
    check(
        expand_message,
        r#"
        /// A node.
        #[proto(package = "tree.v1", reserved(2, "old"))]
        struct Node {
            /// Smaller ones are on the left.
            #[proto(4, sint)]
            key: i64,
            #[proto(1, required)]
            owner: Owner,
            #[proto(3, value = fixed)]
            weights: HashMap<String, u32>,
            /// What it is.
            #[proto(oneof)]
            kind: Option<Kind>,
        }"#,
        expect![[r##"
            #[automatically_derived]
            #[allow(deprecated, unused_variables, clippy::large_stack_arrays)]
            impl ::traitwire::__private::Fields for Node {
                const MESSAGE: &'static ::traitwire::schema::MessageDescriptor = &::traitwire::schema::MessageDescriptor {
                    name: "Node",
                    package: ::core::option::Option::Some("tree.v1"),
                    file: ::core::option::Option::None,
                    rust_name: ::core::concat!(::core::module_path!(), "::", "Node"),
                    location: ::core::concat!(::core::file!(), ":", ::core::line!()),
                    doc: "A node.",
                    deprecated: false,
                    nested_in: ::core::option::Option::None,
                    reserved: &[
                        ::traitwire::schema::Reserved::Numbers(2i32, 2i32),
                        ::traitwire::schema::Reserved::Name("old"),
                    ],
                    members: &[
                        ::traitwire::schema::Member::Field(::traitwire::schema::FieldDescriptor {
                            name: "key",
                            number: 4u32,
                            doc: "Smaller ones are on the left.",
                            deprecated: false,
                            line: 0u32,
                            ty: <i64 as ::traitwire::__private::Field<
                                ::traitwire::__private::Sint,
                            >>::field_type,
                        }),
                        ::traitwire::schema::Member::Field(::traitwire::schema::FieldDescriptor {
                            name: "owner",
                            number: 1u32,
                            doc: "",
                            deprecated: false,
                            line: 0u32,
                            ty: <Owner as ::traitwire::__private::Field>::field_type,
                        }),
                        ::traitwire::schema::Member::Field(::traitwire::schema::FieldDescriptor {
                            name: "weights",
                            number: 3u32,
                            doc: "",
                            deprecated: false,
                            line: 0u32,
                            ty: <HashMap<
                                String,
                                u32,
                            > as ::traitwire::__private::Field<
                                ::traitwire::__private::MapOf<
                                    ::traitwire::__private::Plain,
                                    ::traitwire::__private::Fixed,
                                >,
                            >>::field_type,
                        }),
                        ::traitwire::schema::Member::OneOf {
                            name: "kind",
                            doc: "What it is.",
                            oneof: <Option<Kind> as ::traitwire::__private::OneOfField>::descriptor,
                        },
                    ],
                    message_type: ::core::option::Option::Some(
                        ::traitwire::__private::message_type::<Self>,
                    ),
                };
                const REQUIRED: &'static [::traitwire::__private::RequiredField] = &[
                    ::traitwire::__private::required_field::<Owner>(1u32, "owner"),
                ];
                const HAS_AN_END: () = {
                    let () = <Owner as ::traitwire::__private::Field>::HAS_AN_END;
                };
                fn absent() -> Self {
                    Self {
                        key: <i64 as ::traitwire::__private::Field<
                            ::traitwire::__private::Sint,
                        >>::absent(),
                        owner: <Owner as ::traitwire::__private::Field>::absent(),
                        weights: <HashMap<
                            String,
                            u32,
                        > as ::traitwire::__private::Field<
                            ::traitwire::__private::MapOf<
                                ::traitwire::__private::Plain,
                                ::traitwire::__private::Fixed,
                            >,
                        >>::absent(),
                        kind: <Option<Kind> as ::traitwire::__private::OneOfField>::absent(),
                    }
                }
                fn write(&self, writer: &mut ::traitwire::__private::Writer) {
                    <Option<Kind> as ::traitwire::__private::OneOfField>::encode(&self.kind, writer);
                    <i64 as ::traitwire::__private::Field<
                        ::traitwire::__private::Sint,
                    >>::encode(&self.key, 4u32, writer);
                    <HashMap<
                        String,
                        u32,
                    > as ::traitwire::__private::Field<
                        ::traitwire::__private::MapOf<
                            ::traitwire::__private::Plain,
                            ::traitwire::__private::Fixed,
                        >,
                    >>::encode(&self.weights, 3u32, writer);
                    <Owner as ::traitwire::__private::Field>::encode(&self.owner, 1u32, writer);
                }
                ::traitwire::__private::json! {
                    fn json_members < __S : ::traitwire::__private::SerializeMap > (& self, object :
                    & mut ::traitwire::__private::JsonObject < '_, __S >,) -> ::core::result::Result
                    < (), __S::Error > { object.field:: < _, < i64 as ::traitwire::__private::Field <
                    ::traitwire::__private::Sint > > ::Codec > (["key", "key"], & self.key) ?; object
                    .field:: < _, < Owner as ::traitwire::__private::Field > ::Codec > (["owner",
                    "owner"], & self.owner) ?; object.field:: < _, < HashMap < String, u32 > as
                    ::traitwire::__private::Field < ::traitwire::__private::MapOf <
                    ::traitwire::__private::Plain, ::traitwire::__private::Fixed >> > ::Codec >
                    (["weights", "weights"], & self.weights) ?; < Option < Kind > as
                    ::traitwire::__private::OneOfField > ::json_write(& self.kind, object) ?;
                    ::core::result::Result::Ok(()) }
                }
            }
            #[automatically_derived]
            #[allow(deprecated, unused_variables)]
            impl<'de> ::traitwire::__private::ReadFields<'de> for Node {
                #[inline]
                fn read(
                    &mut self,
                    number: u32,
                    wire_type: ::traitwire::__private::WireType,
                    reader: &mut ::traitwire::__private::Reader<'de>,
                ) -> ::core::result::Result<
                    ::core::option::Option<::traitwire::__private::Merged>,
                    ::traitwire::__private::ReadError,
                > {
                    let merged = match number {
                        1u32 => {
                            <Owner as ::traitwire::__private::Field>::merge(
                                &mut self.owner,
                                number,
                                wire_type,
                                reader,
                            )
                        }
                        3u32 => {
                            <HashMap<
                                String,
                                u32,
                            > as ::traitwire::__private::Field<
                                ::traitwire::__private::MapOf<
                                    ::traitwire::__private::Plain,
                                    ::traitwire::__private::Fixed,
                                >,
                            >>::merge(&mut self.weights, number, wire_type, reader)
                        }
                        4u32 => {
                            <i64 as ::traitwire::__private::Field<
                                ::traitwire::__private::Sint,
                            >>::merge(&mut self.key, number, wire_type, reader)
                        }
                        number if <Option<
                            Kind,
                        > as ::traitwire::__private::OneOfField>::has(number) => {
                            <Option<
                                Kind,
                            > as ::traitwire::__private::OneOfField>::merge(
                                &mut self.kind,
                                number,
                                wire_type,
                                reader,
                            )
                        }
                        _ => return ::core::result::Result::Ok(::core::option::Option::None),
                    };
                    merged.map(::core::option::Option::Some)
                }
            }
            #[automatically_derived]
            #[allow(deprecated, unused_variables)]
            impl ::traitwire::Message for Node {
                ::traitwire::__private::json! {
                    fn json_member < '__de, __D : ::traitwire::__private::Deserializer < '__de >> (&
                    mut self, member : ::traitwire::__private::JsonMember, value : __D, cx :
                    ::traitwire::__private::JsonReading < '_ >,) -> ::core::result::Result < bool,
                    __D::Error > { match member.index() { 0usize => cx.field:: < _, < i64 as
                    ::traitwire::__private::Field < ::traitwire::__private::Sint > > ::Codec, _ > (&
                    mut self.key, value), 1usize => cx.field:: < _, < Owner as
                    ::traitwire::__private::Field > ::Codec, _ > (& mut self.owner, value), 2usize =>
                    cx.field:: < _, < HashMap < String, u32 > as ::traitwire::__private::Field <
                    ::traitwire::__private::MapOf < ::traitwire::__private::Plain,
                    ::traitwire::__private::Fixed >> > ::Codec, _ > (& mut self.weights, value),
                    3usize => < Option < Kind > as ::traitwire::__private::OneOfField > ::json_read(&
                    mut self.kind, member, value, cx), _ => cx.no_member(value), } }
                }
            }
            #[automatically_derived]
            #[allow(deprecated)]
            impl ::traitwire::__private::prost::Message for Node {
                fn encode_raw(&self, buf: &mut impl ::traitwire::__private::BufMut) {
                    ::traitwire::__private::encode_raw(self, buf)
                }
                fn encoded_len(&self) -> usize {
                    ::traitwire::__private::encoded_len(self)
                }
                fn encode_to_vec(&self) -> ::std::vec::Vec<u8> {
                    ::traitwire::__private::encode_to_vec(self)
                }
                fn merge_field(
                    &mut self,
                    number: u32,
                    wire_type: ::traitwire::__private::WireType,
                    buf: &mut impl ::traitwire::__private::Buf,
                    ctx: ::traitwire::__private::DecodeContext,
                ) -> ::core::result::Result<(), ::traitwire::__private::DecodeError> {
                    ::traitwire::__private::merge_field(self, number, wire_type, buf, ctx)
                }
                fn merge(
                    &mut self,
                    buf: impl ::traitwire::__private::Buf,
                ) -> ::core::result::Result<(), ::traitwire::__private::DecodeError> {
                    ::traitwire::__private::merge(self, buf)
                }
                fn merge_length_delimited(
                    &mut self,
                    buf: impl ::traitwire::__private::Buf,
                ) -> ::core::result::Result<(), ::traitwire::__private::DecodeError> {
                    ::traitwire::__private::merge_length_delimited(self, buf)
                }
                fn decode(
                    buf: impl ::traitwire::__private::Buf,
                ) -> ::core::result::Result<Self, ::traitwire::__private::DecodeError> {
                    ::traitwire::__private::decode(buf)
                }
                fn decode_length_delimited(
                    buf: impl ::traitwire::__private::Buf,
                ) -> ::core::result::Result<Self, ::traitwire::__private::DecodeError> {
                    ::traitwire::__private::decode_length_delimited(buf)
                }
                fn clear(&mut self) {
                    ::traitwire::__private::clear(self);
                }
            }
            #[automatically_derived]
            #[allow(deprecated)]
            impl ::traitwire::__private::Value for Node {
                type Codec = ::traitwire::__private::MessageCodec;
            }
            #[automatically_derived]
            #[allow(deprecated)]
            impl ::traitwire::__private::Field for Node {
                type Codec = ::traitwire::__private::Singular<::traitwire::__private::MessageCodec>;
            }
            const _: () = ::traitwire::__private::check_one_of(
                "Node",
                &[(4u32, "key"), (1u32, "owner"), (3u32, "weights"), (0, "kind")],
                &[],
                <Option<Kind> as ::traitwire::__private::OneOfField>::DESCRIPTOR,
            );
            const _: () = ::traitwire::__private::check_reserved(
                "Node",
                &[
                    ::traitwire::schema::Reserved::Numbers(2i32, 2i32),
                    ::traitwire::schema::Reserved::Name("old"),
                ],
                <Option<Kind> as ::traitwire::__private::OneOfField>::DESCRIPTOR,
            );
        "##]],
    );
}

#[test]
fn a_message_without_fields() {
    check(
        expand_message,
        "#[proto(nested_in = Tree, crate = crate)] struct Nothing;",
        expect![[r##"
            #[automatically_derived]
            #[allow(deprecated, unused_variables, clippy::large_stack_arrays)]
            impl crate::__private::Fields for Nothing {
                const MESSAGE: &'static crate::schema::MessageDescriptor = &crate::schema::MessageDescriptor {
                    name: "Nothing",
                    package: ::core::option::Option::None,
                    file: ::core::option::Option::None,
                    rust_name: ::core::concat!(::core::module_path!(), "::", "Nothing"),
                    location: ::core::concat!(::core::file!(), ":", ::core::line!()),
                    doc: "",
                    deprecated: false,
                    nested_in: ::core::option::Option::Some(
                        crate::__private::message_descriptor::<Tree>,
                    ),
                    reserved: &[],
                    members: &[],
                    message_type: ::core::option::Option::Some(
                        crate::__private::message_type::<Self>,
                    ),
                };
                fn absent() -> Self {
                    Self {}
                }
                fn write(&self, writer: &mut crate::__private::Writer) {}
                crate::__private::json! {
                    fn json_members < __S : crate ::__private::SerializeMap > (& self, object : & mut
                    crate ::__private::JsonObject < '_, __S >,) -> ::core::result::Result < (),
                    __S::Error > { ::core::result::Result::Ok(()) }
                }
            }
            #[automatically_derived]
            #[allow(deprecated, unused_variables)]
            impl<'de> crate::__private::ReadFields<'de> for Nothing {
                #[inline]
                fn read(
                    &mut self,
                    number: u32,
                    wire_type: crate::__private::WireType,
                    reader: &mut crate::__private::Reader<'de>,
                ) -> ::core::result::Result<
                    ::core::option::Option<crate::__private::Merged>,
                    crate::__private::ReadError,
                > {
                    ::core::result::Result::Ok(::core::option::Option::None)
                }
            }
            #[automatically_derived]
            #[allow(deprecated, unused_variables)]
            impl crate::Message for Nothing {
                crate::__private::json! {
                    fn json_member < '__de, __D : crate ::__private::Deserializer < '__de >> (& mut
                    self, member : crate ::__private::JsonMember, value : __D, cx : crate
                    ::__private::JsonReading < '_ >,) -> ::core::result::Result < bool, __D::Error >
                    { match member.index() { _ => cx.no_member(value), } }
                }
            }
            #[automatically_derived]
            #[allow(deprecated)]
            impl crate::__private::prost::Message for Nothing {
                fn encode_raw(&self, buf: &mut impl crate::__private::BufMut) {
                    crate::__private::encode_raw(self, buf)
                }
                fn encoded_len(&self) -> usize {
                    crate::__private::encoded_len(self)
                }
                fn encode_to_vec(&self) -> ::std::vec::Vec<u8> {
                    crate::__private::encode_to_vec(self)
                }
                fn merge_field(
                    &mut self,
                    number: u32,
                    wire_type: crate::__private::WireType,
                    buf: &mut impl crate::__private::Buf,
                    ctx: crate::__private::DecodeContext,
                ) -> ::core::result::Result<(), crate::__private::DecodeError> {
                    crate::__private::merge_field(self, number, wire_type, buf, ctx)
                }
                fn merge(
                    &mut self,
                    buf: impl crate::__private::Buf,
                ) -> ::core::result::Result<(), crate::__private::DecodeError> {
                    crate::__private::merge(self, buf)
                }
                fn merge_length_delimited(
                    &mut self,
                    buf: impl crate::__private::Buf,
                ) -> ::core::result::Result<(), crate::__private::DecodeError> {
                    crate::__private::merge_length_delimited(self, buf)
                }
                fn decode(
                    buf: impl crate::__private::Buf,
                ) -> ::core::result::Result<Self, crate::__private::DecodeError> {
                    crate::__private::decode(buf)
                }
                fn decode_length_delimited(
                    buf: impl crate::__private::Buf,
                ) -> ::core::result::Result<Self, crate::__private::DecodeError> {
                    crate::__private::decode_length_delimited(buf)
                }
                fn clear(&mut self) {
                    crate::__private::clear(self);
                }
            }
            #[automatically_derived]
            #[allow(deprecated)]
            impl crate::__private::Value for Nothing {
                type Codec = crate::__private::MessageCodec;
            }
            #[automatically_derived]
            #[allow(deprecated)]
            impl crate::__private::Field for Nothing {
                type Codec = crate::__private::Singular<crate::__private::MessageCodec>;
            }
        "##]],
    );
}

#[test]
fn an_enum() {
    check(
        expand_enumeration,
        r#"enum Corpus { #[proto(0)] Unspecified, /** Pages. */ #[proto(1, alias("CORPUS_NET"))] Web, #[proto(other)] Other(i32) }"#,
        expect![[r##"
            #[automatically_derived]
            #[allow(deprecated, clippy::large_stack_arrays)]
            impl ::traitwire::Enumeration for Corpus {
                const DESCRIPTOR: &'static ::traitwire::schema::EnumDescriptor = &::traitwire::schema::EnumDescriptor {
                    name: "Corpus",
                    package: ::core::option::Option::None,
                    file: ::core::option::Option::None,
                    rust_name: ::core::concat!(::core::module_path!(), "::", "Corpus"),
                    location: ::core::concat!(::core::file!(), ":", ::core::line!()),
                    doc: "",
                    deprecated: false,
                    nested_in: ::core::option::Option::None,
                    reserved: &[],
                    allow_alias: true,
                    values: &[
                        ::traitwire::schema::EnumValueDescriptor {
                            name: "CORPUS_UNSPECIFIED",
                            number: 0i32,
                            doc: "",
                            deprecated: false,
                            line: 0u32,
                        },
                        ::traitwire::schema::EnumValueDescriptor {
                            name: "CORPUS_WEB",
                            number: 1i32,
                            doc: "Pages.",
                            deprecated: false,
                            line: 0u32,
                        },
                        ::traitwire::schema::EnumValueDescriptor {
                            name: "CORPUS_NET",
                            number: 1i32,
                            doc: "",
                            deprecated: false,
                            line: 0u32,
                        },
                    ],
                };
                fn zero() -> Self {
                    Self::Unspecified
                }
                fn from_number(number: i32) -> ::core::option::Option<Self> {
                    match number {
                        0i32 => ::core::option::Option::Some(Self::Unspecified),
                        1i32 => ::core::option::Option::Some(Self::Web),
                        other => ::core::option::Option::Some(Self::Other(other)),
                    }
                }
                fn number(&self) -> i32 {
                    match self {
                        Self::Unspecified => 0i32,
                        Self::Web => 1i32,
                        Self::Other(number) => *number,
                    }
                }
            }
            #[automatically_derived]
            #[allow(deprecated)]
            impl ::traitwire::__private::Value for Corpus {
                type Codec = ::traitwire::__private::EnumCodec;
            }
            #[automatically_derived]
            #[allow(deprecated)]
            impl ::traitwire::__private::Field for Corpus {
                type Codec = ::traitwire::__private::Singular<::traitwire::__private::EnumCodec>;
            }
        "##]],
    );
}

#[test]
fn a_oneof() {
    check(
        expand_one_of,
        "enum Kind { #[proto(2, fixed)] Number(i32), #[proto(3)] Node(Box<Node>), #[proto(4)] Nothing }",
        expect![[r##"
            #[automatically_derived]
            #[allow(deprecated, clippy::large_stack_arrays)]
            impl ::traitwire::OneOf for Kind {
                const DESCRIPTOR: &'static ::traitwire::schema::OneOfDescriptor = &::traitwire::schema::OneOfDescriptor {
                    rust_name: ::core::concat!(::core::module_path!(), "::", "Kind"),
                    location: ::core::concat!(::core::file!(), ":", ::core::line!()),
                    doc: "",
                    variants: &[
                        ::traitwire::schema::FieldDescriptor {
                            name: "number",
                            number: 2u32,
                            doc: "",
                            deprecated: false,
                            line: 0u32,
                            ty: <i32 as ::traitwire::__private::Value<
                                ::traitwire::__private::Fixed,
                            >>::variant_type,
                        },
                        ::traitwire::schema::FieldDescriptor {
                            name: "node",
                            number: 3u32,
                            doc: "",
                            deprecated: false,
                            line: 0u32,
                            ty: <Box<Node> as ::traitwire::__private::Value>::variant_type,
                        },
                        ::traitwire::schema::FieldDescriptor {
                            name: "nothing",
                            number: 4u32,
                            doc: "",
                            deprecated: false,
                            line: 0u32,
                            ty: <() as ::traitwire::__private::Value>::variant_type,
                        },
                    ],
                };
                fn has(number: u32) -> bool {
                    ::core::matches!(number, 2u32 | 3u32 | 4u32)
                }
                fn encode(&self, writer: &mut ::traitwire::__private::Writer) {
                    match self {
                        Self::Number(value) => {
                            <i32 as ::traitwire::__private::Value<
                                ::traitwire::__private::Fixed,
                            >>::encode_variant(value, 2u32, writer)
                        }
                        Self::Node(value) => {
                            <Box<
                                Node,
                            > as ::traitwire::__private::Value>::encode_variant(value, 3u32, writer)
                        }
                        Self::Nothing => {
                            <() as ::traitwire::__private::Value>::encode_variant(&(), 4u32, writer)
                        }
                    }
                }
                ::traitwire::__private::json! {
                    fn json_write < __S : ::traitwire::__private::SerializeMap > (& self, object : &
                    mut ::traitwire::__private::JsonObject < '_, __S >,) -> ::core::result::Result <
                    (), __S::Error > { match self { Self::Number(value) => object.variant:: < _, <
                    i32 as ::traitwire::__private::Value < ::traitwire::__private::Fixed > > ::Codec
                    > (["number", "number"], value), Self::Node(value) => object.variant:: < _, < Box
                    < Node > as ::traitwire::__private::Value > ::Codec > (["node", "node"], value),
                    Self::Nothing => object.variant:: < _, < () as ::traitwire::__private::Value >
                    ::Codec > (["nothing", "nothing"], & ()), } } fn json_read < '__de, __D :
                    ::traitwire::__private::Deserializer < '__de >> (number : u32, value : __D, cx :
                    ::traitwire::__private::JsonReading < '_ >,) -> ::core::result::Result <
                    ::core::option::Option < Self >, __D::Error > { match number { 2u32 => cx
                    .variant:: < _, < i32 as ::traitwire::__private::Value <
                    ::traitwire::__private::Fixed > > ::Codec, _, _ > (value, Self::Number), 3u32 =>
                    cx.variant:: < _, < Box < Node > as ::traitwire::__private::Value > ::Codec, _, _
                    > (value, Self::Node), 4u32 => cx.variant:: < _, < () as
                    ::traitwire::__private::Value > ::Codec, _, _ > (value, | () | Self::Nothing), _
                    => cx.no_member(value), } }
                }
            }
            #[automatically_derived]
            #[allow(deprecated, unreachable_patterns)]
            impl<'de> ::traitwire::__private::ReadOneOf<'de> for Kind {
                fn merge(
                    field: &mut ::core::option::Option<Self>,
                    number: u32,
                    wire_type: ::traitwire::__private::WireType,
                    reader: &mut ::traitwire::__private::Reader<'de>,
                ) -> ::core::result::Result<
                    ::traitwire::__private::Merged,
                    ::traitwire::__private::ReadError,
                > {
                    match number {
                        2u32 => {
                            <i32 as ::traitwire::__private::Value<
                                ::traitwire::__private::Fixed,
                            >>::merge_variant(
                                field,
                                wire_type,
                                reader,
                                |current| match current {
                                    Self::Number(value) => ::core::option::Option::Some(value),
                                    _ => ::core::option::Option::None,
                                },
                                Self::Number,
                            )
                        }
                        3u32 => {
                            <Box<
                                Node,
                            > as ::traitwire::__private::Value>::merge_variant(
                                field,
                                wire_type,
                                reader,
                                |current| match current {
                                    Self::Node(value) => ::core::option::Option::Some(value),
                                    _ => ::core::option::Option::None,
                                },
                                Self::Node,
                            )
                        }
                        4u32 => {
                            <() as ::traitwire::__private::Value>::merge_variant(
                                field,
                                wire_type,
                                reader,
                                |_| ::core::option::Option::None,
                                |()| Self::Nothing,
                            )
                        }
                        _ => ::core::result::Result::Ok(::traitwire::__private::Merged::Unknown),
                    }
                }
            }
        "##]],
    );
}

#[test]
fn a_type_with_mistakes_is_there_all_the_same() {
    check(
        expand_message,
        "#[proto(nmae = \"x\", crate = my::traitwire)] struct Page<T: Ord> where T: Copy { items: Vec<T> }",
        expect![[r##"
            #[automatically_derived]
            #[allow(deprecated)]
            impl<T: Ord> my::traitwire::Message for Page<T>
            where
                for<'__a> Self: ::core::marker::Send + ::core::marker::Sync + 'static,
                T: Copy,
            {}
            #[automatically_derived]
            #[allow(deprecated)]
            impl<T: Ord> my::traitwire::__private::Fields for Page<T>
            where
                for<'__a> Self: ::core::marker::Send + ::core::marker::Sync + 'static,
                T: Copy,
            {
                const MESSAGE: &'static my::traitwire::schema::MessageDescriptor = &my::traitwire::schema::MessageDescriptor {
                    name: "Page",
                    package: ::core::option::Option::None,
                    file: ::core::option::Option::None,
                    rust_name: ::core::concat!(::core::module_path!(), "::", "Page"),
                    location: ::core::concat!(::core::file!(), ":", ::core::line!()),
                    doc: "",
                    deprecated: false,
                    nested_in: ::core::option::Option::None,
                    reserved: &[],
                    members: &[],
                    message_type: ::core::option::Option::None,
                };
                fn absent() -> Self {
                    ::core::panic!("the derive of this message reported errors")
                }
                fn write(&self, _: &mut my::traitwire::__private::Writer) {}
            }
            #[automatically_derived]
            #[allow(deprecated)]
            impl<'__de, T: Ord> my::traitwire::__private::ReadFields<'__de> for Page<T>
            where
                for<'__a> Self: ::core::marker::Send + ::core::marker::Sync + 'static,
                T: Copy,
            {
                fn read(
                    &mut self,
                    _: u32,
                    _: my::traitwire::__private::WireType,
                    _: &mut my::traitwire::__private::Reader<'__de>,
                ) -> ::core::result::Result<
                    ::core::option::Option<my::traitwire::__private::Merged>,
                    my::traitwire::__private::ReadError,
                > {
                    ::core::result::Result::Ok(::core::option::Option::None)
                }
            }
            #[automatically_derived]
            #[allow(deprecated)]
            impl<T: Ord> my::traitwire::__private::prost::Message for Page<T>
            where
                for<'__a> Self: ::core::marker::Send + ::core::marker::Sync + 'static,
                T: Copy,
            {
                fn encode_raw(&self, buf: &mut impl my::traitwire::__private::BufMut) {
                    my::traitwire::__private::encode_raw(self, buf)
                }
                fn encoded_len(&self) -> usize {
                    my::traitwire::__private::encoded_len(self)
                }
                fn encode_to_vec(&self) -> ::std::vec::Vec<u8> {
                    my::traitwire::__private::encode_to_vec(self)
                }
                fn merge_field(
                    &mut self,
                    number: u32,
                    wire_type: my::traitwire::__private::WireType,
                    buf: &mut impl my::traitwire::__private::Buf,
                    ctx: my::traitwire::__private::DecodeContext,
                ) -> ::core::result::Result<(), my::traitwire::__private::DecodeError> {
                    my::traitwire::__private::merge_field(self, number, wire_type, buf, ctx)
                }
                fn merge(
                    &mut self,
                    buf: impl my::traitwire::__private::Buf,
                ) -> ::core::result::Result<(), my::traitwire::__private::DecodeError> {
                    my::traitwire::__private::merge(self, buf)
                }
                fn merge_length_delimited(
                    &mut self,
                    buf: impl my::traitwire::__private::Buf,
                ) -> ::core::result::Result<(), my::traitwire::__private::DecodeError> {
                    my::traitwire::__private::merge_length_delimited(self, buf)
                }
                fn decode(
                    buf: impl my::traitwire::__private::Buf,
                ) -> ::core::result::Result<Self, my::traitwire::__private::DecodeError> {
                    my::traitwire::__private::decode(buf)
                }
                fn decode_length_delimited(
                    buf: impl my::traitwire::__private::Buf,
                ) -> ::core::result::Result<Self, my::traitwire::__private::DecodeError> {
                    my::traitwire::__private::decode_length_delimited(buf)
                }
                fn clear(&mut self) {
                    my::traitwire::__private::clear(self);
                }
            }
            #[automatically_derived]
            #[allow(deprecated)]
            impl<T: Ord> my::traitwire::__private::Value for Page<T>
            where
                for<'__a> Self: ::core::marker::Send + ::core::marker::Sync + 'static,
                T: Copy,
            {
                type Codec = my::traitwire::__private::MessageCodec;
            }
            #[automatically_derived]
            #[allow(deprecated)]
            impl<T: Ord> my::traitwire::__private::Field for Page<T>
            where
                for<'__a> Self: ::core::marker::Send + ::core::marker::Sync + 'static,
                T: Copy,
            {
                type Codec = my::traitwire::__private::Singular<
                    my::traitwire::__private::MessageCodec,
                >;
            }
            ::core::compile_error! {
                "unknown option `nmae`; did you mean `name`?"
            }
            ::core::compile_error! {
                "a message can't be generic: protobuf has no such thing, so that `Page<A>` and `Page<B>` would need names of their own\n\nhelp: write one message for each type that stands in for the parameter"
            }
            ::core::compile_error! {
                "`items` has no number\n\nhelp: the next free number is 1, `#[proto(1)]`"
            }
        "##]],
    );
    check(
        expand_enumeration,
        "enum Corpus { Web = 1 }",
        expect![[r##"
            #[automatically_derived]
            #[allow(deprecated, unused_variables)]
            impl ::traitwire::Enumeration for Corpus
            where
                for<'__a> Self: ::core::marker::Send + ::core::marker::Sync + 'static,
            {
                const DESCRIPTOR: &'static ::traitwire::schema::EnumDescriptor = &::traitwire::schema::EnumDescriptor {
                    name: "Corpus",
                    package: ::core::option::Option::None,
                    file: ::core::option::Option::None,
                    rust_name: ::core::concat!(::core::module_path!(), "::", "Corpus"),
                    location: ::core::concat!(::core::file!(), ":", ::core::line!()),
                    doc: "",
                    deprecated: false,
                    nested_in: ::core::option::Option::None,
                    reserved: &[],
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
            #[automatically_derived]
            #[allow(deprecated)]
            impl ::traitwire::__private::Value for Corpus
            where
                for<'__a> Self: ::core::marker::Send + ::core::marker::Sync + 'static,
            {
                type Codec = ::traitwire::__private::EnumCodec;
            }
            #[automatically_derived]
            #[allow(deprecated)]
            impl ::traitwire::__private::Field for Corpus
            where
                for<'__a> Self: ::core::marker::Send + ::core::marker::Sync + 'static,
            {
                type Codec = ::traitwire::__private::Singular<::traitwire::__private::EnumCodec>;
            }
            ::core::compile_error! {
                "a protobuf enum starts with the number 0, which is what an absent field holds\n\nhelp: put `#[proto(0)] Unspecified` first"
            }
        "##]],
    );
    check(
        expand_one_of,
        "enum Kind { Text(String) }",
        expect![[r##"
            #[automatically_derived]
            #[allow(deprecated, unused_variables)]
            impl ::traitwire::OneOf for Kind
            where
                for<'__a> Self: ::core::marker::Send + ::core::marker::Sync + 'static,
            {
                const DESCRIPTOR: &'static ::traitwire::schema::OneOfDescriptor = &::traitwire::schema::OneOfDescriptor {
                    rust_name: ::core::concat!(::core::module_path!(), "::", "Kind"),
                    location: ::core::concat!(::core::file!(), ":", ::core::line!()),
                    doc: "",
                    variants: &[],
                };
                fn has(number: u32) -> bool {
                    false
                }
                fn encode(&self, _: &mut ::traitwire::__private::Writer) {}
            }
            #[automatically_derived]
            #[allow(deprecated)]
            impl<'__de> ::traitwire::__private::ReadOneOf<'__de> for Kind
            where
                for<'__a> Self: ::core::marker::Send + ::core::marker::Sync + 'static,
            {
                fn merge(
                    _: &mut ::core::option::Option<Self>,
                    _: u32,
                    _: ::traitwire::__private::WireType,
                    _: &mut ::traitwire::__private::Reader<'__de>,
                ) -> ::core::result::Result<
                    ::traitwire::__private::Merged,
                    ::traitwire::__private::ReadError,
                > {
                    ::core::result::Result::Ok(::traitwire::__private::Merged::Unknown)
                }
            }
            ::core::compile_error! {
                "`Text` has no number\n\nhelp: the next free number is 1, `#[proto(1)]`; the message that has the oneof in a field has numbers too"
            }
        "##]],
    );
    check(
        expand_message,
        "union Node { a: u32 }",
        expect![[r##"
            #[automatically_derived]
            #[allow(deprecated)]
            impl ::traitwire::Message for Node
            where
                for<'__a> Self: ::core::marker::Send + ::core::marker::Sync + 'static,
            {}
            #[automatically_derived]
            #[allow(deprecated)]
            impl ::traitwire::__private::Fields for Node
            where
                for<'__a> Self: ::core::marker::Send + ::core::marker::Sync + 'static,
            {
                const MESSAGE: &'static ::traitwire::schema::MessageDescriptor = &::traitwire::schema::MessageDescriptor {
                    name: "Node",
                    package: ::core::option::Option::None,
                    file: ::core::option::Option::None,
                    rust_name: ::core::concat!(::core::module_path!(), "::", "Node"),
                    location: ::core::concat!(::core::file!(), ":", ::core::line!()),
                    doc: "",
                    deprecated: false,
                    nested_in: ::core::option::Option::None,
                    reserved: &[],
                    members: &[],
                    message_type: ::core::option::Option::None,
                };
                fn absent() -> Self {
                    ::core::panic!("the derive of this message reported errors")
                }
                fn write(&self, _: &mut ::traitwire::__private::Writer) {}
            }
            #[automatically_derived]
            #[allow(deprecated)]
            impl<'__de> ::traitwire::__private::ReadFields<'__de> for Node
            where
                for<'__a> Self: ::core::marker::Send + ::core::marker::Sync + 'static,
            {
                fn read(
                    &mut self,
                    _: u32,
                    _: ::traitwire::__private::WireType,
                    _: &mut ::traitwire::__private::Reader<'__de>,
                ) -> ::core::result::Result<
                    ::core::option::Option<::traitwire::__private::Merged>,
                    ::traitwire::__private::ReadError,
                > {
                    ::core::result::Result::Ok(::core::option::Option::None)
                }
            }
            #[automatically_derived]
            #[allow(deprecated)]
            impl ::traitwire::__private::prost::Message for Node
            where
                for<'__a> Self: ::core::marker::Send + ::core::marker::Sync + 'static,
            {
                fn encode_raw(&self, buf: &mut impl ::traitwire::__private::BufMut) {
                    ::traitwire::__private::encode_raw(self, buf)
                }
                fn encoded_len(&self) -> usize {
                    ::traitwire::__private::encoded_len(self)
                }
                fn encode_to_vec(&self) -> ::std::vec::Vec<u8> {
                    ::traitwire::__private::encode_to_vec(self)
                }
                fn merge_field(
                    &mut self,
                    number: u32,
                    wire_type: ::traitwire::__private::WireType,
                    buf: &mut impl ::traitwire::__private::Buf,
                    ctx: ::traitwire::__private::DecodeContext,
                ) -> ::core::result::Result<(), ::traitwire::__private::DecodeError> {
                    ::traitwire::__private::merge_field(self, number, wire_type, buf, ctx)
                }
                fn merge(
                    &mut self,
                    buf: impl ::traitwire::__private::Buf,
                ) -> ::core::result::Result<(), ::traitwire::__private::DecodeError> {
                    ::traitwire::__private::merge(self, buf)
                }
                fn merge_length_delimited(
                    &mut self,
                    buf: impl ::traitwire::__private::Buf,
                ) -> ::core::result::Result<(), ::traitwire::__private::DecodeError> {
                    ::traitwire::__private::merge_length_delimited(self, buf)
                }
                fn decode(
                    buf: impl ::traitwire::__private::Buf,
                ) -> ::core::result::Result<Self, ::traitwire::__private::DecodeError> {
                    ::traitwire::__private::decode(buf)
                }
                fn decode_length_delimited(
                    buf: impl ::traitwire::__private::Buf,
                ) -> ::core::result::Result<Self, ::traitwire::__private::DecodeError> {
                    ::traitwire::__private::decode_length_delimited(buf)
                }
                fn clear(&mut self) {
                    ::traitwire::__private::clear(self);
                }
            }
            #[automatically_derived]
            #[allow(deprecated)]
            impl ::traitwire::__private::Value for Node
            where
                for<'__a> Self: ::core::marker::Send + ::core::marker::Sync + 'static,
            {
                type Codec = ::traitwire::__private::MessageCodec;
            }
            #[automatically_derived]
            #[allow(deprecated)]
            impl ::traitwire::__private::Field for Node
            where
                for<'__a> Self: ::core::marker::Send + ::core::marker::Sync + 'static,
            {
                type Codec = ::traitwire::__private::Singular<::traitwire::__private::MessageCodec>;
            }
            ::core::compile_error! {
                "a message is a struct: nobody could tell which field of a union to send\n\nhelp: write an enum with `#[derive(OneOf)]`, and a message that has it in a field"
            }
        "##]],
    );
}
