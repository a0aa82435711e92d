//! What comes of a trait: expansions as files to read, and errors with the text that they stand at.

use expect_test::{Expect, ExpectFile, expect, expect_file};
use proc_macro2::TokenStream;
use quote::quote;

use super::*;
use crate::diagnostics::tests::check_errors as check_errors_of;

#[track_caller]
fn check_expansion(args: TokenStream, item: TokenStream, expect: ExpectFile) {
    let file: syn::File = syn::parse2(expand(args, item)).expect("an expansion is a list of items");
    expect.assert_eq(&prettyplease::unparse(&file));
}

/// Checks the items of an expansion that `select` chooses.
#[track_caller]
fn check_items(args: &str, item: &str, select: impl Fn(&syn::Item) -> bool, expect: Expect) {
    let parse = |source: &str| {
        source
            .parse::<TokenStream>()
            .expect("the source has balanced brackets")
    };
    let mut file: syn::File =
        syn::parse2(expand(parse(args), parse(item))).expect("an expansion is a list of items");
    file.items.retain(select);
    expect.assert_eq(&prettyplease::unparse(&file));
}

/// Checks the errors in a trait, with a valid package.
#[track_caller]
fn check_errors(item: &str, expect: Expect) {
    check_errors_of(
        item,
        |cx, item| {
            let item = cx.ok(parse(&item))?;
            model::Service::read(cx, quote!(package = "greet.v1"), &item);
            Some(())
        },
        expect,
    );
}

/// Checks the errors in the attribute's arguments.
#[track_caller]
fn check_args(args: &str, expect: Expect) {
    check_errors_of(
        args,
        |cx, args| {
            let item = syn::parse_quote!(
                trait Greeter {}
            );
            model::Service::read(cx, args, &item);
            Some(())
        },
        expect,
    );
}

/// Checks the errors in a method's signature.
#[track_caller]
fn check_method(method: &str, expect: Expect) {
    check_errors(&format!("trait Greeter {{ {method} }}"), expect);
}

fn is_trait(item: &syn::Item) -> bool {
    matches!(item, syn::Item::Trait(_))
}

fn is_const(item: &syn::Item) -> bool {
    matches!(item, syn::Item::Const(_))
}

#[test]
fn four_kinds_of_call() {
    check_expansion(
        quote!(package = "routeguide", file = "route_guide.proto"),
        quote! {
            /// Interface exported by the server.
            pub trait RouteGuide {
                /// Obtains the feature at a given position.
                async fn get_feature(&self, point: Point) -> Result<Feature, Status>;
                /// Obtains the features available within the given rectangle.
                async fn list_features(&self, area: Rectangle) -> Result<Streaming<Feature>, Status>;
                /// Accepts a stream of points on a route, returning a summary.
                async fn record_route(&self, points: Streaming<Point>) -> Result<RouteSummary, Status>;
                /// Accepts a stream of notes while receiving other notes.
                async fn route_chat(&self, notes: Streaming<RouteNote>, cx: Context) -> Result<Streaming<RouteNote>, Status>;
            }
        },
        expect_file!["expansions/four_kinds.rs"],
    );
}

#[test]
fn a_trait_for_dyn() {
    check_expansion(
        quote!(dyn, crate = my::traitwire),
        quote! {
            trait Clock: Debug + Send {
                async fn now(&self) -> Result<Timestamp, Status>;
                #[rpc(no_side_effects)]
                async fn zones(&self, _: (), cx: context::Context) -> Result<Streaming<Zone>, Status>;
            }
        },
        expect_file!["expansions/dyn.rs"],
    );
}

#[test]
fn arguments_are_the_fields_of_a_message() {
    check_expansion(
        quote!(package = "routeguide"),
        quote! {
            pub trait RouteGuide {
                /// Obtains the feature at a given position.
                #[proto(1, name = "feature_name")]
                async fn get_feature(
                    &self,
                    /// In E7.
                    #[proto(1, sint)]
                    latitude: i32,
                    #[allow(unused)]
                    #[proto(3)]
                    #[deprecated]
                    r#type: Kind,
                    cx: Context,
                ) -> Result<Option<String>, Status>;
                #[rpc(request = "Within", reserved(1, "area"))]
                async fn list_features(
                    &self,
                    #[proto(2)] low: Point,
                    #[proto(4)] high: Point,
                ) -> Result<Streaming<Feature>, Status>;
                #[rpc(response = "Count")]
                async fn record_route(&self, points: Streaming<Point>) -> Result<u64, Status>;
            }
        },
        expect_file!["expansions/arguments.rs"],
    );
}

#[test]
fn an_empty_trait() {
    check_expansion(
        quote!(),
        quote!(
            pub(crate) trait Nothing {}
        ),
        expect_file!["expansions/empty.rs"],
    );
}

#[test]
fn the_trait_keeps_what_the_user_wrote() {
    check_items(
        "",
        "#[automock] #[allow(unused)] trait Greeter: Debug + Send {
            /// Says hello.
            #[rpc(idempotent)] #[must_use]
            async fn say_hello(&self, #[allow(unused)] mut request: HelloRequest) -> Result<HelloReply, Status> {
                request.name.clear();
                other(request).await?
            }
        }",
        is_trait,
        expect![[r#"
            #[automock]
            #[allow(unused)]
            #[allow(clippy::manual_async_fn)]
            trait Greeter: Debug + ::core::marker::Send + ::core::marker::Sync + 'static {
                /// Says hello.
                #[must_use]
                fn say_hello(
                    &self,
                    #[allow(unused)]
                    mut request: HelloRequest,
                ) -> impl ::core::future::Future<
                    Output = Result<HelloReply, Status>,
                > + ::core::marker::Send {
                    async move {
                        request.name.clear();
                        other(request).await?
                    }
                }
            }
        "#]],
    );
}

#[test]
fn a_wrong_trait_is_there_all_the_same() {
    check_items(
        "",
        "trait Greeter<T> {
            type Reply;
            #[rpc(nonsense, max_request_len)]
            async fn say_hello<U>(&self, a: T, #[proto(2)] b: U) -> Self::Reply;
            fn not_async(self);
            async fn nothing();
        }",
        |item| is_trait(item) || matches!(item, syn::Item::Macro(_)),
        expect![[r#"
            ::core::compile_error! {
                "a gRPC service can't be generic: it is one entry in the `.proto`, with one type for each request and response\n\nhelp: what varies belongs in the type that implements the service"
            }
            ::core::compile_error! {
                "a gRPC service has only methods: clients have to know their types, so that implementations can't choose them\n\nhelp: write the message's name where it is used"
            }
            ::core::compile_error! {
                "`max_request_len` takes a value: `max_request_len = 16 << 20`"
            }
            ::core::compile_error! {
                "unknown option `nonsense`; the options are `name`, `idempotent`, `no_side_effects`, `deprecated`, `detached`, `max_request_len`, `max_response_len`, `request`, `response` and `reserved`"
            }
            ::core::compile_error! {
                "a gRPC method can't be generic: it is one entry in the `.proto`, with one request and one response type\n\nhelp: write a method for each type"
            }
            ::core::compile_error! {
                "a gRPC method can fail: write `Result<Self::Reply, Status>`"
            }
            ::core::compile_error! {
                "a gRPC method is asynchronous: write `async fn`"
            }
            ::core::compile_error! {
                "a service outlives its calls: write `&self`"
            }
            ::core::compile_error! {
                "a gRPC method can fail: write `-> Result<MyResponse, Status>`, or `-> Result<(), Status>` if there is nothing to say"
            }
            ::core::compile_error! {
                "a gRPC method takes `&self`: write `nothing(&self)`"
            }
            ::core::compile_error! {
                "a gRPC method can fail: write `-> Result<MyResponse, Status>`, or `-> Result<(), Status>` if there is nothing to say"
            }
            #[allow(clippy::manual_async_fn)]
            trait Greeter<T>: ::core::marker::Send + ::core::marker::Sync + 'static {
                type Reply;
                fn say_hello<U>(
                    &self,
                    a: T,
                    b: U,
                ) -> impl ::core::future::Future<Output = Self::Reply> + ::core::marker::Send;
                fn not_async(self);
                fn nothing() -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
            }
        "#]],
    );
}

#[test]
fn a_wrong_trait_is_served_and_called_as_far_as_it_is_right() {
    check_items(
        "dny",
        "trait Greeter {
            async fn say_hello(&self, request: HelloRequest) -> Result<HelloReply, Status>;
            async fn say_bye(&self, request: &ByeRequest) -> Result<ByeReply, Status>;
        }",
        |item| {
            matches!(
                item,
                syn::Item::Macro(_) | syn::Item::Type(_) | syn::Item::Struct(_)
            )
        },
        expect![[r#"
            ::core::compile_error! {
                "unknown option `dny`; did you mean `dyn`?"
            }
            ::core::compile_error! {
                "a message owns its data: write the type without the `&`"
            }
            /// Serves a [`Greeter`](trait@Greeter): `GreeterServer::new(service)` goes into a server or a router.
            #[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
            type GreeterServer<S> = ::traitwire::ServiceServer<GreeterDispatch, S>;
            /// Calls a [`Greeter`](trait@Greeter) somewhere else, and is one itself.
            ///
            /// It is cheap to clone; all clones share the connections of one channel.
            #[derive(::core::clone::Clone, ::core::fmt::Debug)]
            #[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
            struct GreeterClient {
                channel: ::traitwire::Channel,
            }
            /// Calls a [`Greeter`](trait@Greeter) and waits for the answer: [`GreeterClient`] for threads that have no runtime.
            #[derive(::core::clone::Clone, ::core::fmt::Debug)]
            #[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
            struct GreeterBlockingClient {
                client: GreeterClient,
            }
        "#]],
    );
}

#[test]
fn the_descriptor_holds_all_options() {
    check_items(
        "package = \"greet.v1\", name = \"Hello\", file = \"greet/hello.proto\", deprecated",
        "/// Greets.
        ///
        /// In many languages.
        pub trait Greeter {
            #[rpc(name = \"Hi\", no_side_effects)] #[deprecated]
            async fn say_hello(&self, request: HelloRequest) -> Result<HelloReply, Status>;
        }",
        is_const,
        expect![[r##"
            #[doc(hidden)]
            #[allow(non_upper_case_globals)]
            #[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
            pub const Greeter: &::traitwire::schema::ServiceDescriptor = &::traitwire::schema::ServiceDescriptor {
                name: "Hello",
                package: "greet.v1",
                file: ::core::option::Option::Some("greet/hello.proto"),
                doc: "Greets.\n\nIn many languages.",
                deprecated: true,
                location: ::core::concat!(::core::file!(), ":", ::core::line!()),
                methods: &[
                    ::traitwire::schema::MethodDescriptor {
                        name: "Hi",
                        path: "/greet.v1.Hello/Hi",
                        kind: ::traitwire::schema::MethodKind::Unary,
                        idempotency: ::traitwire::schema::Idempotency::NoSideEffects,
                        doc: "",
                        deprecated: true,
                        line: 0u32,
                        takes_context: false,
                        detached: false,
                        max_request_len: ::core::option::Option::None,
                        max_response_len: ::core::option::Option::None,
                        request: ::traitwire::__private::request_descriptor::<GreeterMethods, 0>,
                        response: ::traitwire::__private::response_descriptor::<GreeterMethods, 0>,
                        error: ::traitwire::__private::error_descriptor::<GreeterMethods, 0>,
                    },
                ],
            };
        "##]],
    );
}

#[test]
fn raw_identifiers_lose_their_sign() {
    check_items(
        "",
        "trait Greeter { async fn r#type(&self, r#in: In) -> Result<Out, Status>; }",
        is_const,
        expect![[r##"
            #[doc(hidden)]
            #[allow(non_upper_case_globals)]
            #[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
            const Greeter: &::traitwire::schema::ServiceDescriptor = &::traitwire::schema::ServiceDescriptor {
                name: "Greeter",
                package: "",
                file: ::core::option::Option::None,
                doc: "",
                deprecated: false,
                location: ::core::concat!(::core::file!(), ":", ::core::line!()),
                methods: &[
                    ::traitwire::schema::MethodDescriptor {
                        name: "Type",
                        path: "/Greeter/Type",
                        kind: ::traitwire::schema::MethodKind::Unary,
                        idempotency: ::traitwire::schema::Idempotency::Unknown,
                        doc: "",
                        deprecated: false,
                        line: 0u32,
                        takes_context: false,
                        detached: false,
                        max_request_len: ::core::option::Option::None,
                        max_response_len: ::core::option::Option::None,
                        request: ::traitwire::__private::request_descriptor::<GreeterMethods, 0>,
                        response: ::traitwire::__private::response_descriptor::<GreeterMethods, 0>,
                        error: ::traitwire::__private::error_descriptor::<GreeterMethods, 0>,
                    },
                ],
            };
        "##]],
    );
}

#[test]
fn every_mistake_is_reported_at_once() {
    check_errors(
        "trait Greeter {
            type Reply;
            fn first(a: &str, b: Streaming) -> Reply;
            async fn second<T>(&mut self, cx: &Context, request: Option<Streaming<T>>);
        }",
        expect![[r#"
            at `type Reply;`: a gRPC service has only methods: clients have to know their types, so that implementations can't choose them

            help: write the message's name where it is used
            at `fn`: a gRPC method is asynchronous: write `async fn`
            at `first`: a gRPC method takes `&self`: write `first(&self, …)`
            at `&str`: a message owns its data: write `String`
            at `Streaming`: a stream says what it is of: write `Streaming<MyMessage>`
            at `Reply`: a gRPC method can fail: write `Result<Reply, Status>`
            at `<T>`: a gRPC method can't be generic: it is one entry in the `.proto`, with one request and one response type

            help: write a method for each type
            at `&mut self`: a server answers many calls at once: write `&self`, and keep what changes in a `Mutex` or an atomic
            at `&Context`: the context is taken by value: write `Context`; it is cheap to clone
            at `cx: &Context`: the context is the last argument: write `(&self, request: Option<Streaming<T>>, cx: &Context)`
            at `Streaming<T>`: a stream can't be a part of something else: write `Streaming<T>` by itself, where `T` is one message
            at `second`: a gRPC method can fail: write `-> Result<MyResponse, Status>`, or `-> Result<(), Status>` if there is nothing to say
        "#]],
    );
}

#[test]
fn only_traits_are_services() {
    check_errors(
        "struct Greeter;",
        expect![[r#"
        at ``: `#[grpc_service]` stands on a trait: `#[grpc_service(package = "…")] pub trait …`
    "#]],
    );
    check_errors(
        "impl Greeter for English { async fn say_hello(&self) {} }",
        expect![[r#"
            at `impl`: `#[grpc_service]` stands on a trait, not on what implements it: write a trait with these methods, `#[grpc_service] pub trait …`, and implement it here
        "#]],
    );
}

#[test]
fn a_trait_has_only_methods() {
    check_errors(
        "trait Greeter { const LIMIT: usize; type Reply; methods!(); }",
        expect![[r#"
            at `const LIMIT: usize;`: a gRPC service has only methods: a constant isn't sent to clients

            help: declare it beside the trait
            at `type Reply;`: a gRPC service has only methods: clients have to know their types, so that implementations can't choose them

            help: write the message's name where it is used
            at `methods!();`: a gRPC service has only methods: write out what the macro stands for
        "#]],
    );
}

#[test]
fn a_trait_is_not_generic() {
    check_errors(
        "trait Greeter<T> {}",
        expect![[r#"
        at `<T>`: a gRPC service can't be generic: it is one entry in the `.proto`, with one type for each request and response

        help: what varies belongs in the type that implements the service
    "#]],
    );
    check_errors(
        "trait Greeter<'a> where Self: 'a {}",
        expect![[r#"
        at `<'a>`: a gRPC service can't be generic: it is one entry in the `.proto`, with one type for each request and response

        help: what varies belongs in the type that implements the service
        at `where Self: 'a`: a gRPC service can't have a `where` clause: write what it asks of implementations after the colon, `trait Service: Bound`
    "#]],
    );
    check_errors(
        "unsafe trait Greeter {}",
        expect![[r#"
        at `unsafe`: a gRPC service can't be `unsafe`: remove it
    "#]],
    );
    check_errors(
        "#[traitwire::grpc_service(package = \"greet.v2\")] trait Greeter {}",
        expect![[r#"
            at `#[traitwire::grpc_service(package = "greet.v2")]`: a trait is one service: remove this attribute

            help: for another package, or another version, write another trait
        "#]],
    );
    check_errors(
        "#[cfg(unix)] trait Greeter {}",
        expect![[r#"
        at `#[cfg(unix)]`: what is made of the trait would be there without it: write `#[cfg(…)]` above `#[grpc_service]`
    "#]],
    );
}

#[test]
fn options_of_the_service() {
    check_args(
        "pakage = \"greet.v1\"",
        expect![[r#"
        at `pakage`: unknown option `pakage`; did you mean `package`?
    "#]],
    );
    check_args(
        "package = greet",
        expect![[r#"
        at `package = greet`: `package` takes a string: `package = "routeguide.v1"`
    "#]],
    );
    check_args(
        "package = \"\"",
        expect![[r#"
        at `""`: a package has a name: to have no package, leave the option out
    "#]],
    );
    check_args(
        "package = \"greet..v1\"",
        expect![[r#"
        at `"greet..v1"`: `greet..v1` can't be a package: there is nothing before, after or between its dots
    "#]],
    );
    check_args(
        "package = \"greet.1v\"",
        expect![[r#"
        at `"greet.1v"`: `1v` can't be a protobuf name: it starts with a digit
    "#]],
    );
    check_args(
        "package = \"greet-v1\"",
        expect![[r#"
        at `"greet-v1"`: `greet-v1` can't be a protobuf name: `-` is not an ASCII letter, digit or underscore
    "#]],
    );
    check_args(
        "name = \"Greet er\", file = \"greet\"",
        expect![[r#"
        at `"Greet er"`: `Greet er` can't be a protobuf name: ` ` is not an ASCII letter, digit or underscore
        at `"greet"`: `greet` can't be an exported file: it doesn't end with `.proto`
    "#]],
    );
    check_args(
        "file = \"../greet.proto\"",
        expect![[r#"
        at `"../greet.proto"`: `../greet.proto` can't be an exported file: write a relative path of ASCII letters, digits, `_`, `-` and `.`, with `/` between its parts
    "#]],
    );
    check_args(
        "dyn = true, crate = 3, \"greet\"",
        expect![[r#"
            at `dyn = true`: `dyn` takes no value: write `dyn`
            at `crate = 3`: `crate` takes a path: `crate = ::my_crate::traitwire`
            at `"greet"`: expected an option; the options are `package`, `name`, `file`, `dyn`, `deprecated` and `crate`
        "#]],
    );
}

#[test]
fn names_are_ascii() {
    check_errors(
        "trait Grüße {}",
        expect![[r#"
        at `Grüße`: `Grüße` can't be a protobuf name: `ü` is not an ASCII letter, digit or underscore

        help: give the service a name on the wire: `#[grpc_service(name = "…")]`
    "#]],
    );
    check_method(
        "async fn grüße(&self) -> Result<(), Status>;",
        expect![[r#"
            at `grüße`: `Grüße` can't be a protobuf name: `ü` is not an ASCII letter, digit or underscore

            help: give it a name on the wire: `#[rpc(name = "…")]`
        "#]],
    );
    check_method(
        "#[rpc(name = \"Größe\")] async fn size(&self) -> Result<(), Status>;",
        expect![[r#"
            at `"Größe"`: `Größe` can't be a protobuf name: `ö` is not an ASCII letter, digit or underscore
        "#]],
    );
    check_method(
        "#[rpc(name = \"Size\")] async fn größe(&self) -> Result<(), Status>;",
        expect![[r#"
            no error
        "#]],
    );
}

#[test]
fn names_on_the_wire_are_unique() {
    check_method(
        "async fn say_hello(&self) -> Result<(), Status>;
         async fn sayHello(&self) -> Result<(), Status>;
         async fn say_hello(&self) -> Result<(), Status>;
         #[rpc(name = \"SayHello\")] async fn hello(&self) -> Result<(), Status>;",
        expect![[r#"
            at `sayHello`: `SayHello` is the name of `say_hello` on the wire, too

            help: give one of them another: `#[rpc(name = "…")]`
            at `say_hello`: there is a method `say_hello` already; call this one something else
            at `hello`: `SayHello` is the name of `say_hello` on the wire, too

            help: give one of them another: `#[rpc(name = "…")]`
        "#]],
    );
}

#[test]
fn the_client_has_functions_of_its_own() {
    check_method(
        "async fn connect(&self) -> Result<(), Status>;",
        expect![[r#"
            at `connect`: the generated client has a function `connect` of its own: call the method something else

            help: the name on the wire can stay: `#[rpc(name = "Connect")]`
        "#]],
    );
    check_method(
        "#[rpc(name = \"New\")] async fn new(&self) -> Result<(), Status>;",
        expect![[r#"
            at `new`: the generated client has a function `new` of its own: call the method something else

            help: the name on the wire can stay: `#[rpc(name = "New")]`
        "#]],
    );
}

#[test]
fn options_of_a_method() {
    check_method(
        "#[rpc] async fn f(&self) -> Result<(), Status>;",
        expect![[r#"
            at `#[rpc]`: options are written in parentheses: `#[rpc(…)]`
        "#]],
    );
    check_method(
        "#[rpc(idempotant)] async fn f(&self) -> Result<(), Status>;",
        expect![[r#"
            at `idempotant`: unknown option `idempotant`; did you mean `idempotent`?
        "#]],
    );
    check_method(
        "#[rpc(idempotent, no_side_effects)] async fn f(&self) -> Result<(), Status>;",
        expect![[r#"
            at `idempotent`: `no_side_effects` already says that calling twice is harmless: remove `idempotent`
        "#]],
    );
    check_method(
        "#[cfg(unix)] async fn f(&self) -> Result<(), Status>;",
        expect![[r#"
            at `#[cfg(unix)]`: a method can't depend on `cfg`: the service is a contract, the same for everybody who compiles it

            help: answer `Status::unimplemented(…)` where the method isn't supported
        "#]],
    );
    check_method(
        "#[cfg_attr(unix, must_use, rpc(name = \"G\"))] async fn f(&self) -> Result<(), Status>;",
        expect![[r#"
            at `#[cfg_attr(unix, must_use, rpc(name = "G"))]`: the options of a method can't depend on `cfg`: the service is a contract, the same for everybody who compiles it
        "#]],
    );
    check_method(
        "#[cfg_attr(unix, cfg(test))] async fn f(&self) -> Result<(), Status>;",
        expect![[r#"
            at `#[cfg_attr(unix, cfg(test))]`: a method can't depend on `cfg`: the service is a contract, the same for everybody who compiles it

            help: answer `Status::unimplemented(…)` where the method isn't supported
        "#]],
    );
    check_method(
        "#[cfg_attr(unix, must_use)] async fn f(&self, #[cfg(unix)] point: Point) -> Result<(), Status>;",
        expect![[r#"
            at `#[cfg(unix)]`: an argument can't depend on `cfg`: the service is a contract, the same for everybody who compiles it
        "#]],
    );
}

#[test]
fn a_method_is_async() {
    check_method(
        "fn f(&self) -> Result<(), Status>;",
        expect![[r#"
        at `fn`: a gRPC method is asynchronous: write `async fn`
    "#]],
    );
    check_method(
        "fn f(&self) -> impl Future<Output = Result<(), Status>> + Send;",
        expect![[r#"
            at `fn`: a gRPC method is an `async fn`: write `async fn` and what the future returns, a `Result<…, Status>`
        "#]],
    );
}

#[test]
fn a_method_is_nothing_but_async() {
    check_method(
        "const async unsafe extern \"C\" fn f(&self) -> Result<(), Status>;",
        expect![[r#"
            at `const`: a gRPC method can't be `const`: remove it
            at `unsafe`: a gRPC method can't be `unsafe`: whoever calls over the network keeps no promises
            at `extern "C"`: a gRPC method can't be `extern`: the network is the only ABI it has
        "#]],
    );
    check_method(
        "async fn f(&self, ...) -> Result<(), Status>;",
        expect![[r#"
            at `...`: a gRPC method has as many arguments as it says: write a `Vec<T>`, or a `Streaming<T>`
        "#]],
    );
}

#[test]
fn a_method_is_not_generic() {
    check_method(
        "async fn f<T: Message>(&self, request: T) -> Result<(), Status>;",
        expect![[r#"
            at `<T: Message>`: a gRPC method can't be generic: it is one entry in the `.proto`, with one request and one response type

            help: write a method for each type
        "#]],
    );
    check_method(
        "async fn f<'a>(&'a self, request: Point) -> Result<(), Status>;",
        expect![[r#"
            at `<'a>`: a gRPC method has no lifetimes: messages own their data, and `&self` needs none
            at `&'a self`: a gRPC method has no lifetimes: write `&self`
        "#]],
    );
    check_method(
        "async fn f(&self) -> Result<(), Status> where Self: Sized;",
        expect![[r#"
            at `where Self: Sized`: a gRPC method can't have a `where` clause: every client may call it
        "#]],
    );
}

#[test]
fn a_method_takes_self_by_reference() {
    check_method(
        "async fn f() -> Result<(), Status>;",
        expect![[r#"
        at `f`: a gRPC method takes `&self`: write `f(&self)`
    "#]],
    );
    check_method(
        "async fn f(point: Point) -> Result<(), Status>;",
        expect![[r#"
            at `f`: a gRPC method takes `&self`: write `f(&self, …)`
        "#]],
    );
    check_method(
        "async fn f(self) -> Result<(), Status>;",
        expect![[r#"
        at `self`: a service outlives its calls: write `&self`
    "#]],
    );
    check_method(
        "async fn f(&mut self) -> Result<(), Status>;",
        expect![[r#"
            at `&mut self`: a server answers many calls at once: write `&self`, and keep what changes in a `Mutex` or an atomic
        "#]],
    );
    check_method(
        "async fn f(&'a self) -> Result<(), Status>;",
        expect![[r#"
            at `&'a self`: a gRPC method has no lifetimes: write `&self`
        "#]],
    );
    check_method(
        "async fn f(self: Arc<Self>) -> Result<(), Status>;",
        expect![[r#"
            at `self: Arc<Self>`: a gRPC method takes `&self`, and nothing else in its place
        "#]],
    );
}

#[test]
fn what_is_no_message_is_a_field_of_one() {
    for ty in [
        "String",
        "std::string::String",
        "i32",
        "Vec<u8>",
        "Vec<Point>",
        "Option<Point>",
        "bytes::Bytes",
        "HashMap<String, Point>",
        "usize",
        "[u8; 4]",
    ] {
        check_made(
            &format!("async fn f(&self, value: {ty}) -> Result<(), Status>;"),
            "FRequest",
        );
        check_made(
            &format!("async fn f(&self) -> Result<{ty}, Status>;"),
            "FResponse",
        );
    }
    check_made(
        "async fn f(&self, #[proto(7)] kind: Kind) -> Result<(), Status>;",
        "FRequest",
    );
    check_made(
        "#[proto(7)] async fn f(&self) -> Result<Kind, Status>;",
        "FResponse",
    );
    for ty in [
        "Point",
        "()",
        "Box<Point>",
        "geo::Point",
        "my::usize",
        "Option",
        "SystemTime",
    ] {
        check_made(
            &format!("async fn f(&self, value: {ty}) -> Result<{ty}, Status>;"),
            "",
        );
    }
}

/// Checks which messages are made for a method.
#[track_caller]
fn check_made(method: &str, expected: &str) {
    let item = format!("trait Greeter {{ {method} }}")
        .parse()
        .expect("it has balanced brackets");
    let item: ItemTrait = syn::parse2(item).expect("it is a trait");
    let read = Diagnostics::collect(|cx| {
        let service = model::Service::read(cx, quote!(), &item);
        let made = service.methods.iter().flat_map(|method| method.made());
        Some(made.map(|made| made.ident.to_string()).collect::<Vec<_>>())
    });
    assert_eq!(read.expect("no error").join(" "), expected, "{method}");
}

#[test]
fn a_stream_of_requests_is_the_only_argument() {
    check_method(
        "async fn f(&self, a: A, #[proto(2)] b: Streaming<B>, cx: Context) -> Result<(), Status>;",
        expect![[r#"
            at `#[proto(2)] b: Streaming<B>`: a stream of requests is the only argument, but for the `Context`: every request is one of its messages

            help: what belongs to all of them goes into the first one, or into metadata
        "#]],
    );
    check_method(
        "async fn f(&self, a: Streaming<A>, b: Streaming<B>) -> Result<(), Status>;",
        expect![[r#"
            at `a: Streaming<A>`: a stream of requests is the only argument, but for the `Context`: every request is one of its messages

            help: what belongs to all of them goes into the first one, or into metadata
            at `b: Streaming<B>`: a stream of requests is the only argument, but for the `Context`: every request is one of its messages

            help: what belongs to all of them goes into the first one, or into metadata
        "#]],
    );
}

#[test]
fn the_items_of_a_stream_are_messages() {
    check_method(
        "async fn f(&self, a: Streaming<i32>) -> Result<Streaming<Vec<Point>>, Status>;",
        expect![[r#"
            at `i32`: a stream is of messages, which have room for what is to be added later, and `i32` is none

            help: write a struct with `#[derive(Message)]` and a field `#[proto(1)] value: i32`
            at `Vec<Point>`: a stream is of messages, which have room for what is to be added later, and `Vec<Point>` is none

            help: write a struct with `#[derive(Message)]` and a field `#[proto(1)] value: Vec<Point>`
        "#]],
    );
}

#[test]
fn arguments_that_are_fields_have_names() {
    check_method(
        "async fn f(&self, #[proto(1)] _: Point, #[proto(2)] Point { x, .. }: Point) -> Result<(), Status> { Ok(()) }",
        expect![[r#"
            at `_`: this argument is a field of a message, and has no name: write `name: Point`
            at `Point { x, .. }`: this argument is a field of a message, and has no name: write `name: Point`
        "#]],
    );
    check_method(
        "async fn f(&self, #[proto(1)] a: Point, #[proto(2)] a: Point) -> Result<(), Status>;",
        expect![[r#"
            at `a`: there is an argument `a` already; call this one something else
        "#]],
    );
    check_method(
        "async fn f(&self, _: String) -> Result<(), Status> { Ok(()) }",
        expect![[r#"
            at `_`: this argument is a field of a message, and has no name: write `name: String`
        "#]],
    );
}

#[test]
fn options_of_arguments_are_those_of_fields() {
    check_method(
        "async fn f(&self, #[rpc(idempotent)] point: Point) -> Result<(), Status>;",
        expect![[r#"
            at `#[rpc(idempotent)]`: `#[rpc(…)]` is for methods: the options of an argument are those of a field, `#[proto(…)]`
        "#]],
    );
    check_method(
        "#[proto(1)] async fn f(&self, #[proto(1)] points: Streaming<Point>, #[proto(2)] cx: Context)
             -> Result<Streaming<Point>, Status>;",
        expect![[r#"
            at `#[proto(2)]`: the context isn't sent, and is no field: remove this attribute
            at `#[proto(1)]`: a stream is no field: its messages have fields of their own; remove this attribute
            at `#[proto(1)]`: `#[proto(…)]` on a method is about the value that it returns, and a stream is no field: its messages have fields of their own; remove this attribute
        "#]],
    );
    check_method(
        "#[cfg_attr(unix, proto(2))]
         async fn f(&self, #[cfg_attr(unix, proto(1))] point: Point) -> Result<(), Status>;",
        expect![[r#"
            at `#[cfg_attr(unix, proto(2))]`: the options of a method can't depend on `cfg`: the service is a contract, the same for everybody who compiles it
            at `#[cfg_attr(unix, proto(1))]`: an argument can't depend on `cfg`: the service is a contract, the same for everybody who compiles it
        "#]],
    );
}

#[test]
fn messages_that_are_made_have_names_of_their_own() {
    check_method(
        "#[rpc(request = \"Point\", response = \"Kind\")] async fn f(&self, point: Point) -> Result<Kind, Status>;
         #[rpc(reserved(2, \"old\"))] async fn g(&self) -> Result<Streaming<Point>, Status>;",
        expect![[r#"
            at `"Point"`: the request has a name, that of its type: `request` names the message that is made of several arguments; remove it
            at `"Kind"`: the response has a name, that of its type: `response` names the message that is made of a value which is none; remove it
            at `2`: what is reserved is said by the message that the method takes: `#[proto(reserved(…))]` above its struct
            at `"old"`: what is reserved is said by the message that the method takes: `#[proto(reserved(…))]` above its struct
        "#]],
    );
    check_method(
        "#[rpc(request = \"Größe\", response = \"Self\")] async fn f(&self, x: i32) -> Result<i32, Status>;
         #[rpc(request = 3)] async fn g(&self, x: i32) -> Result<(), Status>;",
        expect![[r#"
            at `"Größe"`: `Größe` can't be a protobuf name: `ö` is not an ASCII letter, digit or underscore
            at `"Self"`: `Self` is a keyword, which no type can be called; choose another name
            at `request = 3`: `request` takes a string: `request = "GetFeatureRequest"`
        "#]],
    );
    check_method(
        "async fn f(&self, x: i32) -> Result<i32, Status>;
         #[rpc(response = \"FRequest\")] async fn g(&self) -> Result<i32, Status>;",
        expect![[r#"
            at `"FRequest"`: `FRequest` is a message of `f` already

            help: give that of `g` another name: `#[rpc(request = "…")]`, `#[rpc(response = "…")]`
        "#]],
    );
    check_method(
        "async fn f(&self, #[proto(1)] request: Vec<FRequest>, #[proto(2)] more: u32) -> Result<i32, Status>;
         async fn g(&self) -> Result<FResponse, Status>;",
        expect![[r#"
            at `FRequest`: `FRequest` is the message that is made for `f`, of `request` and `more`

            help: give that another name, `#[rpc(request = "…")]` or `#[rpc(response = "…")]`; or have the method take, or return, nothing but `FRequest`
            at `FResponse`: `FResponse` is the message that is made for `f`, of `value`

            help: give that another name, `#[rpc(request = "…")]` or `#[rpc(response = "…")]`; or have the method take, or return, nothing but `FResponse`
        "#]],
    );
}

#[test]
fn a_request_is_a_message() {
    check_method(
        "async fn f(&self, name: &str) -> Result<(), Status>;",
        expect![[r#"
            at `&str`: a message owns its data: write `String`
        "#]],
    );
    check_method(
        "async fn f(&self, point: &Point) -> Result<(), Status>;",
        expect![[r#"
            at `&Point`: a message owns its data: write the type without the `&`
        "#]],
    );
    check_method(
        "async fn f(&self, point: impl Message) -> Result<(), Status>;",
        expect![[r#"
            at `impl Message`: a method names its types: write the message, or `Streaming<T>` for a stream of messages

            help: `Streaming::new(stream)` makes one of any stream
        "#]],
    );
    check_method(
        "async fn f(&self, point: Box<dyn Message>) -> Result<(), Status>;",
        expect![[r#"
            at `dyn Message`: a method names its types: write the message, or `Streaming<T>` for a stream of messages

            help: `Streaming::new(stream)` makes one of any stream
        "#]],
    );
    check_method(
        "async fn f(&self, points: impl Stream<Item = Point>) -> Result<(), Status>;",
        expect![[r#"
            at `impl Stream<Item = Point>`: a method names its types: write the message, or `Streaming<T>` for a stream of messages

            help: `Streaming::new(stream)` makes one of any stream
        "#]],
    );
    check_method(
        "async fn f(&self, point: Cow<'a, Point>) -> Result<(), Status>;",
        expect![[r#"
            at `'a`: a message owns its data: a type with a lifetime can't be one
        "#]],
    );
    check_method(
        "async fn f(&self, point: (Point, Point)) -> Result<(), Status>;",
        expect![[r#"
            at `(Point, Point)`: several values belong in one message: write a struct with `#[derive(Message)]`
        "#]],
    );
    check_method(
        "async fn f(&self, point: Self::Point) -> Result<(), Status>;",
        expect![[r#"
            at `Self`: `Self` is whatever implements the service, not a message: write a message's name
        "#]],
    );
}

#[test]
fn a_stream_stands_by_itself() {
    check_method(
        "async fn f(&self, points: Option<Streaming<Point>>) -> Result<(), Status>;",
        expect![[r#"
            at `Streaming<Point>`: a stream can't be a part of something else: write `Streaming<T>` by itself, where `T` is one message
        "#]],
    );
    check_method(
        "async fn f(&self, points: Streaming<Streaming<Point>>) -> Result<(), Status>;",
        expect![[r#"
            at `Streaming<Point>`: a stream can't be a part of something else: write `Streaming<T>` by itself, where `T` is one message
        "#]],
    );
    check_method(
        "async fn f(&self, points: Streaming<Result<Point, Status>>) -> Result<(), Status>;",
        expect![[r#"
            at `Result<Point, Status>`: there is no `Result` in a message: write the message itself

            help: every item of a `Streaming<T>` may fail with a `Status` anyway
        "#]],
    );
    check_method(
        "async fn f(&self, points: Streaming) -> Result<(), Status>;",
        expect![[r#"
            at `Streaming`: a stream says what it is of: write `Streaming<MyMessage>`
        "#]],
    );
    check_method(
        "async fn f(&self, points: Streaming<Point, Status>) -> Result<(), Status>;",
        expect![[r#"
            at `Streaming<Point, Status>`: a stream is of one type of message: write `Streaming<MyMessage>`
        "#]],
    );
    check_method(
        "async fn f(&self) -> Streaming<Point>;",
        expect![[r#"
        at `Streaming<Point>`: a gRPC method can fail: write `Result<Streaming<Point>, Status>`
    "#]],
    );
    check_method(
        "async fn f(&self) -> Result<Vec<Streaming<Point>>, Status>;",
        expect![[r#"
            at `Streaming<Point>`: a stream can't be a part of something else: write `Streaming<T>` by itself, where `T` is one message
        "#]],
    );
}

#[test]
fn the_context_is_the_last_argument() {
    check_method(
        "async fn f(&self, cx: Context, point: geo::Point) -> Result<(), Status>;",
        expect![[r#"
            at `cx: Context`: the context is the last argument: write `(&self, point: geo::Point, cx: Context)`
        "#]],
    );
    check_method(
        "async fn f(&self, point: Point, cx: &traitwire::Context) -> Result<(), Status>;",
        expect![[r#"
            at `&traitwire::Context`: the context is taken by value: write `traitwire::Context`; it is cheap to clone
        "#]],
    );
    check_method(
        "async fn f(&self, cx: Context, other: Context) -> Result<(), Status>;",
        expect![[r#"
            at `other: Context`: there is one `Context` for each call: remove this one
        "#]],
    );
    check_method(
        "async fn f(&self, cx: Option<Context>) -> Result<(), Status>;",
        expect![[r#"
            at `Context`: the context is an argument by itself, the last one: write `cx: Context`
        "#]],
    );
}

#[test]
fn a_method_returns_a_result() {
    check_method(
        "async fn f(&self);",
        expect![[r#"
        at `f`: a gRPC method can fail: write `-> Result<MyResponse, Status>`, or `-> Result<(), Status>` if there is nothing to say
    "#]],
    );
    check_method(
        "async fn f(&self) -> Point;",
        expect![[r#"
        at `Point`: a gRPC method can fail: write `Result<Point, Status>`
    "#]],
    );
    check_method(
        "async fn f(&self) -> Option<geo::Point>;",
        expect![[r#"
        at `Option<geo::Point>`: a gRPC method can fail: write `Result<Option<geo::Point>, Status>`
    "#]],
    );
    check_method(
        "async fn f(&self) -> Result;",
        expect![[r#"
        at `Result`: a gRPC method says what it returns: write `Result<MyResponse, Status>`
    "#]],
    );
    check_method(
        "async fn f(&self) -> impl Stream<Item = Point>;",
        expect![[r#"
            at `impl Stream<Item = Point>`: a gRPC method can fail, and names its types: write `Result<MyResponse, Status>`, or `Result<Streaming<MyResponse>, Status>` for a stream
        "#]],
    );
    check_method(
        "async fn f(&self) -> Result<impl Stream<Item = Point>, Status>;",
        expect![[r#"
            at `impl Stream<Item = Point>`: a method names its types: write the message, or `Streaming<T>` for a stream of messages

            help: `Streaming::new(stream)` makes one of any stream
        "#]],
    );
    check_method(
        "async fn f(&self) -> Result<Pin<Box<dyn Stream<Item = Point>>>, Status>;",
        expect![[r#"
            at `dyn Stream<Item = Point>`: a method names its types: write the message, or `Streaming<T>` for a stream of messages

            help: `Streaming::new(stream)` makes one of any stream
        "#]],
    );
    check_method(
        "async fn f(&self) -> Result<&Point, Status>;",
        expect![[r#"
            at `&Point`: a message owns its data: write the type without the `&`
        "#]],
    );
}

#[test]
fn what_is_right_is_accepted() {
    check_method(
        "async fn a(&self) -> Result<(), Status>;
         async fn b(&self, _: ()) -> io::Result<Reply>;
         async fn c(&self, Point { x, .. }: Point, _: Context) -> Result<search::Result, Status>;
         async fn d(&self, _points: traitwire::Streaming<geo::Point>) -> std::result::Result<(Point), Status>;
         async fn e(&self, mut cx: Context) -> Result<Streaming<Fixed<'static>>, Status> { Err(cx.into()) }
         #[rpc(name = \"Local\", idempotent, deprecated)] async fn f(&self, r: <A as B>::C) -> Result<Point, Error>;
         async fn g(&self, #[proto(1)] a: A, #[proto(2, fixed, name = \"c\")] b: u32, _: Context) -> Result<bool, Status>;
         async fn h(&self, mut name: String) -> Result<Streaming<Point>, Status> { name.clear(); Ok(list(name)) }",
        expect![[r#"
            no error
        "#]],
    );
}
