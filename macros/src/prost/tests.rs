use expect_test::{Expect, expect};
use proc_macro2::TokenStream;

use super::{expand, model::Entries};
use crate::diagnostics::tests::check_errors;

#[track_caller]
fn mistakes(source: &str, expect: Expect) {
    check_errors(
        source,
        |cx, tokens: TokenStream| {
            let entries: Entries = cx.ok(syn::parse2(tokens))?;
            entries.read(cx);
            Some(())
        },
        expect,
    );
}

#[track_caller]
fn check(source: &str, expect: Expect) {
    let tokens = expand(source.parse().expect("the source has balanced brackets"));
    let file = syn::parse2(tokens).expect("an expansion is made of items");
    expect.assert_eq(&prettyplease::unparse(&file));
}

#[test]
fn a_type() {
    check(
        r#"rpc::context::Peer = "google.rpc.context.AttributeContext.Peer", file = "google/rpc/context/attribute_context.proto""#,
        expect![[r#"
            const _: () = {
                static OUTER_0: ::traitwire::schema::MessageDescriptor = ::traitwire::schema::MessageDescriptor {
                    name: "AttributeContext",
                    package: ::core::option::Option::Some("google.rpc.context"),
                    file: ::core::option::Option::Some("google/rpc/context/attribute_context.proto"),
                    rust_name: "google.rpc.context.AttributeContext",
                    location: "google/rpc/context/attribute_context.proto",
                    doc: "",
                    deprecated: false,
                    nested_in: ::core::option::Option::None,
                    reserved: &[],
                    members: &[],
                    message_type: ::core::option::Option::None,
                };
                #[automatically_derived]
                impl ::traitwire::Message for rpc::context::Peer {}
                #[automatically_derived]
                impl ::traitwire::__private::Fields for rpc::context::Peer {
                    const MESSAGE: &'static ::traitwire::schema::MessageDescriptor = &::traitwire::schema::MessageDescriptor {
                        name: "Peer",
                        package: ::core::option::Option::None,
                        file: ::core::option::Option::Some(
                            "google/rpc/context/attribute_context.proto",
                        ),
                        rust_name: "google.rpc.context.AttributeContext.Peer",
                        location: "google/rpc/context/attribute_context.proto",
                        doc: "",
                        deprecated: false,
                        nested_in: ::core::option::Option::Some(|| &OUTER_0),
                        reserved: &[],
                        members: &[],
                        message_type: ::core::option::Option::Some(
                            ::traitwire::__private::message_type::<Self>,
                        ),
                    };
                    fn absent() -> Self {
                        <rpc::context::Peer as ::traitwire::__private::Generated>::absent()
                    }
                    fn write(&self, writer: &mut ::traitwire::__private::Writer) {
                        <rpc::context::Peer as ::traitwire::__private::Generated>::write(
                            self,
                            writer,
                        )
                    }
                }
                #[automatically_derived]
                impl<'de> ::traitwire::__private::ReadFields<'de> for rpc::context::Peer {
                    fn read(
                        &mut self,
                        number: u32,
                        wire_type: ::traitwire::__private::WireType,
                        reader: &mut ::traitwire::__private::Reader<'de>,
                    ) -> ::core::result::Result<
                        ::core::option::Option<::traitwire::__private::Merged>,
                        ::traitwire::__private::ReadError,
                    > {
                        <rpc::context::Peer as ::traitwire::__private::Generated>::read(
                            self,
                            number,
                            wire_type,
                            reader,
                        )
                    }
                }
                #[automatically_derived]
                impl ::traitwire::__private::Value for rpc::context::Peer {
                    type Codec = ::traitwire::__private::MessageCodec;
                }
                #[automatically_derived]
                impl ::traitwire::__private::Field for rpc::context::Peer {
                    type Codec = ::traitwire::__private::Singular<
                        ::traitwire::__private::MessageCodec,
                    >;
                }
            };
        "#]],
    );
}

#[test]
fn a_type_of_another_crate() {
    check(
        r#"crate = ::my::traitwire; #[derive(Clone)] pub struct Peer(pub other::Peer) = "Peer", file = "peer.proto";"#,
        expect![[r##"
            #[derive(Clone)]
            pub struct Peer(pub other::Peer);
            #[automatically_derived]
            impl ::core::default::Default for Peer {
                fn default() -> Self {
                    Self(::core::default::Default::default())
                }
            }
            #[automatically_derived]
            impl ::core::convert::From<other::Peer> for Peer {
                fn from(message: other::Peer) -> Self {
                    Self(message)
                }
            }
            #[automatically_derived]
            impl ::core::convert::From<Peer> for other::Peer {
                fn from(message: Peer) -> Self {
                    message.0
                }
            }
            #[automatically_derived]
            impl ::core::ops::Deref for Peer {
                type Target = other::Peer;
                fn deref(&self) -> &other::Peer {
                    &self.0
                }
            }
            #[automatically_derived]
            impl ::core::ops::DerefMut for Peer {
                fn deref_mut(&mut self) -> &mut other::Peer {
                    &mut self.0
                }
            }
            #[automatically_derived]
            impl ::my::traitwire::__private::prost::Message for Peer {
                fn encode_raw(&self, buf: &mut impl ::my::traitwire::__private::BufMut) {
                    ::my::traitwire::__private::prost::Message::encode_raw(&self.0, buf)
                }
                fn encoded_len(&self) -> usize {
                    ::my::traitwire::__private::prost::Message::encoded_len(&self.0)
                }
                fn merge_field(
                    &mut self,
                    number: u32,
                    wire_type: ::my::traitwire::__private::WireType,
                    buf: &mut impl ::my::traitwire::__private::Buf,
                    ctx: ::my::traitwire::__private::DecodeContext,
                ) -> ::core::result::Result<(), ::my::traitwire::__private::DecodeError> {
                    ::my::traitwire::__private::prost::Message::merge_field(
                        &mut self.0,
                        number,
                        wire_type,
                        buf,
                        ctx,
                    )
                }
                fn clear(&mut self) {
                    ::my::traitwire::__private::prost::Message::clear(&mut self.0)
                }
            }
            const _: () = {
                #[automatically_derived]
                impl ::my::traitwire::Message for Peer {}
                #[automatically_derived]
                impl ::my::traitwire::__private::Fields for Peer {
                    const MESSAGE: &'static ::my::traitwire::schema::MessageDescriptor = &::my::traitwire::schema::MessageDescriptor {
                        name: "Peer",
                        package: ::core::option::Option::None,
                        file: ::core::option::Option::Some("peer.proto"),
                        rust_name: "Peer",
                        location: "peer.proto",
                        doc: "",
                        deprecated: false,
                        nested_in: ::core::option::Option::None,
                        reserved: &[],
                        members: &[],
                        message_type: ::core::option::Option::Some(
                            ::my::traitwire::__private::message_type::<Self>,
                        ),
                    };
                    fn absent() -> Self {
                        <Peer as ::my::traitwire::__private::Generated>::absent()
                    }
                    fn write(&self, writer: &mut ::my::traitwire::__private::Writer) {
                        <Peer as ::my::traitwire::__private::Generated>::write(self, writer)
                    }
                }
                #[automatically_derived]
                impl<'de> ::my::traitwire::__private::ReadFields<'de> for Peer {
                    fn read(
                        &mut self,
                        number: u32,
                        wire_type: ::my::traitwire::__private::WireType,
                        reader: &mut ::my::traitwire::__private::Reader<'de>,
                    ) -> ::core::result::Result<
                        ::core::option::Option<::my::traitwire::__private::Merged>,
                        ::my::traitwire::__private::ReadError,
                    > {
                        <Peer as ::my::traitwire::__private::Generated>::read(
                            self,
                            number,
                            wire_type,
                            reader,
                        )
                    }
                }
                #[automatically_derived]
                impl ::my::traitwire::__private::Value for Peer {
                    type Codec = ::my::traitwire::__private::MessageCodec;
                }
                #[automatically_derived]
                impl ::my::traitwire::__private::Field for Peer {
                    type Codec = ::my::traitwire::__private::Singular<
                        ::my::traitwire::__private::MessageCodec,
                    >;
                }
            };
        "##]],
    );
}

#[test]
fn names_are_those_of_messages() {
    mistakes(
        r#"A = "a.v1.A", file = "a.proto"; B = "B.C", file = "b.proto"; struct D(d::D) = "D", file = "d.proto";"#,
        expect![[r#"
            no error
        "#]],
    );
    mistakes(
        r#"A = "a.v1.a", file = "a.proto"; B = "B.b.C", file = "b"; C = "a..C", file = "/c.proto"; D = "a.D-D", file = "d.proto"; E = "", file = """#,
        expect![[r#"
            at `"a.v1.a"`: `a.v1.a` is a package: after it comes the name of the message, which begins with a capital letter
            at `"b"`: `b` can't be an exported file: it doesn't end with `.proto`
            at `"B.b.C"`: `B.b.C` is no full name: the package comes first, in lower case
            at `"/c.proto"`: `/c.proto` can't be an exported file: write a relative path of ASCII letters, digits, `_`, `-` and `.`, with `/` between its parts
            at `"a..C"`: a protobuf name can't be empty
            at `"a.D-D"`: `D-D` can't be a protobuf name: `-` is not an ASCII letter, digit or underscore
            at `""`: `` can't be an exported file: it doesn't end with `.proto`
            at `""`: `` is a package: after it comes the name of the message, which begins with a capital letter
        "#]],
    );
}

#[test]
fn an_entry_has_a_form() {
    mistakes(
        "A",
        expect![[r#"
        at ``: expected `=`
    "#]],
    );
    mistakes(
        "A = B",
        expect![[r#"
        at `B`: expected the full name in protobuf, "routeguide.Point"
    "#]],
    );
    mistakes(
        r#"A = "a.A""#,
        expect![[r#"
        at `"a.A"`: in which file is it declared?

        help: add `, file = "routeguide/routeguide.proto"`, which exported files import
    "#]],
    );
    mistakes(
        r#"A = "a.A", package = "a""#,
        expect![[r#"
        at `package`: unknown option `package`; the only option is `file`
    "#]],
    );
    mistakes(
        r#"A = "a.A", file = a"#,
        expect![[r#"
        at `a`: expected the path of a file, "routeguide/routeguide.proto"
    "#]],
    );
    mistakes(
        r#"A = "a.A", file = "a.proto", B = "a.B", file = "b.proto""#,
        expect![[r#"
            at `,`: expected `;`
        "#]],
    );
    mistakes(
        r#"pub struct A = "a.A", file = "a.proto""#,
        expect![[r#"
        at `=`: expected the type that `A` is around, `struct A(other::A)`
    "#]],
    );
    mistakes(
        r#"pub A = "a.A", file = "a.proto""#,
        expect![[r#"
        at `A`: expected `struct`
    "#]],
    );
}
