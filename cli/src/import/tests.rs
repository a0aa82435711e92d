//! Files to text: a case each that the crate `tests/bookshop` doesn't have, and what can't be carried over.

use std::fs;
use std::path::Path;

use expect_test::{Expect, expect};

use super::*;

/// Checks the modules and the report that come of files in a directory, and others to import.
#[track_caller]
fn check(ours: &[(&str, &str)], theirs: &[(&str, &str)], expect: Expect) {
    expect.assert_eq(&imported(ours, theirs, &[]));
}

fn imported(ours: &[(&str, &str)], theirs: &[(&str, &str)], packages: &[&str]) -> String {
    let dir = tempfile::tempdir().expect("a directory");
    let write = |part: &str, files: &[(&str, &str)]| {
        let root = dir.path().join(part);
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            fs::write(path, text).expect("a file");
        }
        root
    };
    let import = Import {
        protos: vec![write("ours", ours)],
        out: "out".into(),
        includes: vec![write("theirs", theirs)],
        package: packages
            .iter()
            .map(|package| (*package).to_owned())
            .collect(),
        name: None,
        traitwire: None,
        force: false,
    };
    let result = Sources::load(&import.protos, &import.includes)
        .and_then(|sources| import.crate_of(&sources));
    match result {
        Err(failure) => {
            let failure = failure.to_string();
            let dir = dir.path().display().to_string();
            format!("error: {}\n", failure.replace(&dir, "<dir>"))
        }
        Ok((files, report)) => {
            let mut shown = String::new();
            for file in files
                .iter()
                .filter(|file| file.path != Path::new("Cargo.toml"))
            {
                shown += &format!("==== {}\n{}", file.path.display(), file.text);
            }
            for line in report.lines() {
                shown += &format!("---- {line}\n");
            }
            shown
        }
    }
}

#[test]
fn one_package_is_the_crate_itself() {
    check(
        &[(
            "greet.proto",
            r#"syntax = "proto3";
            package greet;
            service Greeter { rpc SayHello(HelloRequest) returns (HelloReply); }
            message HelloRequest { string name = 1; }
            message HelloReply { string message = 1; }"#,
        )],
        &[],
        expect![[r#"
            ==== src/lib.rs
            use traitwire::{Message, Status, grpc_service};

            #[grpc_service(package = "greet")]
            pub trait Greeter {
                async fn say_hello(&self, request: HelloRequest) -> Result<HelloReply, Status>;
            }

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            pub struct HelloRequest {
                #[proto(1)]
                pub name: String,
            }

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            pub struct HelloReply {
                #[proto(1)]
                pub message: String,
            }

            traitwire::protos! {
                dir = "protos",
                services = [Greeter],
            }
        "#]],
    );
}

#[test]
fn a_service_without_a_package_is_in_its_file() {
    check(
        &[(
            "hello.proto",
            r#"syntax = "proto3";
            service Hello { rpc Say(M) returns (M); }
            message M { M.N n = 1; message N {} }"#,
        )],
        &[],
        expect![[r#"
            ==== src/lib.rs
            use traitwire::{Message, Status, grpc_service};

            #[grpc_service(file = "hello.proto")]
            pub trait Hello {
                async fn say(&self, request: M) -> Result<M, Status>;
            }

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            pub struct M {
                #[proto(1)]
                pub n: Option<N>,
            }

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            #[proto(nested_in = M)]
            pub struct N {}

            traitwire::protos! {
                dir = "protos",
                services = [Hello],
            }
        "#]],
    );
}

#[test]
fn packages_are_modules_below_what_they_have_in_common() {
    check(
        &[
            (
                "a.proto",
                r#"syntax = "proto3"; package acme.std; import "b.proto"; message A { acme.type.v1.B b = 1; C c = 2; } message C {}"#,
            ),
            (
                "b.proto",
                r#"syntax = "proto3"; package acme.type.v1; message B {}"#,
            ),
        ],
        &[],
        expect![[r#"
            ==== src/lib.rs
            pub mod r#type;
            pub mod std_;
            ==== src/type.rs
            pub mod v1;
            ==== src/type/v1.rs
            use traitwire::Message;

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            #[proto(package = "acme.type.v1")]
            pub struct B {}
            ==== src/std_.rs
            use traitwire::Message;

            use crate::r#type::v1::B;

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            pub struct A {
                #[proto(1)]
                pub b: Option<B>,
                #[proto(2)]
                pub c: Option<C>,
            }

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            pub struct C {}
            ---- no service leads to this type, so that `protos!` doesn't export it
               --> a.proto:1, 1
               --> b.proto:1
        "#]],
    );
}

#[test]
fn names_that_are_in_the_way_are_others() {
    check(
        &[(
            "a.proto",
            r#"syntax = "proto3"; package a;
            service Get { rpc Connect(GetClient) returns (Status); rpc connect_(String) returns (String); }
            message GetClient { Vec vec = 1; String string = 2; SystemTime time = 3; Http http = 4; HTTP other = 5; }
            message Status { message Status {} message Any {} }
            enum Vec { VEC_A = 0; }
            message String { oneof kind { string kind_a = 1; } }
            message StringKind { oneof string { string Type = 1; string type = 2; } }
            message SystemTime {}
            message Http { message Inner {} } message HTTP { message Inner { int32 x = 1; } }"#,
        )],
        &[],
        expect![[r#"
            ==== src/lib.rs
            use traitwire::{Enumeration, Message, OneOf, Status, grpc_service};

            #[grpc_service(package = "a", name = "Get")]
            pub trait GetService {
                async fn connect_(&self, request: GetClient) -> Result<StatusMessage, Status>;

                #[rpc(name = "connect_")]
                async fn connect_2(&self, request: StringMessage) -> Result<StringMessage, Status>;
            }

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            pub struct GetClient {
                #[proto(1)]
                pub vec: VecEnum,
                #[proto(2)]
                pub string: Option<StringMessage>,
                #[proto(3)]
                pub time: Option<SystemTime>,
                #[proto(4)]
                pub http: Option<Http>,
                #[proto(5)]
                pub other: Option<HTTP>,
            }

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            #[proto(name = "Status")]
            pub struct StatusMessage {}

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            #[proto(name = "Status", nested_in = StatusMessage)]
            pub struct StatusMessageStatus {}

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            #[proto(name = "Any", nested_in = StatusMessage)]
            pub struct StatusMessageAny {}

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            #[proto(name = "String")]
            pub struct StringMessage {
                #[proto(oneof)]
                pub kind: Option<StringMessageKind>,
            }

            #[derive(Clone, Debug, PartialEq, OneOf)]
            pub enum StringMessageKind {
                #[proto(1)]
                KindA(String),
            }

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            pub struct StringKind {
                #[proto(oneof)]
                pub string: Option<StringKindString>,
            }

            #[derive(Clone, Debug, PartialEq, OneOf)]
            pub enum StringKindString {
                #[proto(1, name = "Type")]
                Type(String),
                #[proto(2, name = "type")]
                Type2(String),
            }

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            pub struct SystemTime {}

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            pub struct Http {}

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            #[proto(name = "Inner", nested_in = Http)]
            pub struct HttpInner {}

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            pub struct HTTP {}

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            #[proto(name = "Inner", nested_in = HTTP)]
            pub struct HTTPInner {
                #[proto(1)]
                pub x: i32,
            }

            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enumeration)]
            #[proto(name = "Vec")]
            pub enum VecEnum {
                #[default]
                #[proto(0)]
                A,
                /// A number that this version doesn't know.
                #[proto(other)]
                Other(i32),
            }

            traitwire::protos! {
                dir = "protos",
                services = [GetService],
            }
            ---- no service leads to this type, so that `protos!` doesn't export it
               --> a.proto:7
        "#]],
    );
}

#[test]
fn a_field_of_the_name_of_a_type_from_elsewhere_is_written_with_its_path() {
    check(
        &[
            (
                "a.proto",
                r#"syntax = "proto3"; package x.a; import "b.proto"; import "google/protobuf/duration.proto";
                message Duration { google.protobuf.Duration duration = 1; b.Point point = 2; b.Line line = 3; }
                message Point {}"#,
            ),
            (
                "b.proto",
                r#"syntax = "proto3"; package x.b; message Point {} message Line {}"#,
            ),
        ],
        &[],
        expect![[r#"
            ==== src/lib.rs
            pub mod a;
            pub mod b;
            ==== src/a.rs
            use traitwire::Message;

            use crate::b::Line;

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            pub struct Duration {
                #[proto(1)]
                pub duration: Option<std::time::Duration>,
                #[proto(2)]
                pub point: Option<crate::b::Point>,
                #[proto(3)]
                pub line: Option<Line>,
            }

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            pub struct Point {}
            ==== src/b.rs
            use traitwire::Message;

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            #[proto(package = "x.b")]
            pub struct Point {}

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            #[proto(package = "x.b")]
            pub struct Line {}
            ---- no service leads to this type, so that `protos!` doesn't export it
               --> a.proto:2, 3
               --> b.proto:1, 1
        "#]],
    );
}

#[test]
fn circles_have_boxes() {
    check(
        &[(
            "a.proto",
            r#"syntax = "proto3"; package a;
            message A { B b = 1; repeated A list = 2; map<string, A> map = 3; C c = 4; }
            message B { oneof kind { A a = 1; C c = 2; } }
            message C { D d = 1; } message D { optional D d = 1; }"#,
        )],
        &[],
        expect![[r#"
            ==== src/lib.rs
            use std::collections::HashMap;

            use traitwire::{Message, OneOf};

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            pub struct A {
                #[proto(1)]
                pub b: Option<Box<B>>,
                #[proto(2)]
                pub list: Vec<A>,
                #[proto(3)]
                pub map: HashMap<String, A>,
                #[proto(4)]
                pub c: Option<C>,
            }

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            pub struct B {
                #[proto(oneof)]
                pub kind: Option<BKind>,
            }

            #[derive(Clone, Debug, PartialEq, OneOf)]
            pub enum BKind {
                #[proto(1)]
                A(Box<A>),
                #[proto(2)]
                C(C),
            }

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            pub struct C {
                #[proto(1)]
                pub d: Option<D>,
            }

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            pub struct D {
                #[proto(1)]
                pub d: Option<Box<D>>,
            }
            ---- no service leads to this type, so that `protos!` doesn't export it
               --> a.proto:2, 3, 4, 4
            ---- `optional` has no place before a message: its presence is known anyway
               --> a.proto:4
        "#]],
    );
}

#[test]
fn what_has_no_place_is_said_with_file_and_line() {
    check(
        &[(
            "old.proto",
            r#"syntax = "proto2";
package old;
import "google/protobuf/descriptor.proto";
import "missing.proto";
option java_package = "a";
extend google.protobuf.FieldOptions { optional string note = 50000; }
message Old {
  extensions 100 to 199;
  required string name = 1 [default = "x", (note) = "y"];
  optional group Inner = 2 { optional int32 x = 1; }
  repeated int32 many = 3;
  optional Level level = 4;
  optional Closed closed = 5 [json_name = "CLOSED"];
}
enum Level { ONE = 1; }
enum Closed { ZERO = 0; TWO = 2; }
service S { rpc Get(Old) returns (Old) { option (http) = { get: "/x" }; } }
"#,
        )],
        &[],
        expect![[r#"
            ==== src/lib.rs
            use traitwire::{Enumeration, Message, Status, grpc_service};

            #[grpc_service(package = "old")]
            pub trait S {
                async fn get(&self, request: Old) -> Result<Old, Status>;
            }

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            #[proto(reserved(100..=199, 2, "inner"))]
            pub struct Old {
                #[proto(1)]
                pub name: Option<String>,
                #[proto(3, unpacked)]
                pub many: Vec<i32>,
                #[proto(4)]
                pub level: Option<i32>,
                #[proto(5)]
                pub closed: Option<Closed>,
            }

            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enumeration)]
            pub enum Closed {
                #[default]
                #[proto(0, name = "ZERO")]
                Zero,
                #[proto(2, name = "TWO")]
                Two,
            }

            traitwire::protos! {
                dir = "protos",
                services = [S],
            }
            ---- the import `missing.proto` isn't among the files
               --> old.proto:4
            ---- options for the code of other languages have no place
               --> old.proto:5
            ---- the extensions of `google.protobuf.FieldOptions` have no place
               --> old.proto:6
            ---- numbers for extensions have no place: they are reserved now
               --> old.proto:8
            ---- `name` isn't required any more: nobody but the code can insist on it
               --> old.proto:9
            ---- the option `default` has no place
               --> old.proto:9
            ---- the custom option `(note)` has no place
               --> old.proto:9
            ---- the group `Inner` has no place: its number and name are reserved now
               --> old.proto:10
            ---- the option `json_name` has no place
               --> old.proto:13
            ---- the enum `Level` has no place: none of its values is zero, so its fields are `int32` now
               --> old.proto:15
            ---- the enum `Closed` is open now: what other values a peer sends is up to who reads them
               --> old.proto:16
            ---- the custom option `(http)` has no place
               --> old.proto:17
        "#]],
    );
}

#[test]
fn an_export_that_cannot_be_is_said() {
    check(
        &[
            (
                "a1.proto",
                r#"syntax = "proto3"; package a; import "b.proto"; service S { rpc Get(b.B) returns (b.B); }"#,
            ),
            ("a2.proto", r#"syntax = "proto3"; package a; message A {}"#),
            (
                "b.proto",
                r#"syntax = "proto3"; package b; import "a2.proto"; message B { optional a.A a = 1; }
                enum Aliases { option allow_alias = true; Z = 0; /* other */ Y = 0; }"#,
            ),
        ],
        &[],
        expect![[r#"
            ==== src/lib.rs
            pub mod a;
            pub mod b;

            traitwire::protos! {
                dir = "protos",
                services = [a::S],
            }
            ==== src/a.rs
            use traitwire::{Message, Status, grpc_service};

            use crate::b::B;

            #[grpc_service(package = "a", file = "a1.proto")]
            pub trait S {
                async fn get(&self, request: B) -> Result<B, Status>;
            }

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            #[proto(package = "a")]
            pub struct A {}
            ==== src/b.rs
            use traitwire::{Enumeration, Message};

            use crate::a::A;

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            #[proto(package = "b")]
            pub struct B {
                #[proto(1)]
                pub a: Option<A>,
            }

            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enumeration)]
            pub enum Aliases {
                // other

                #[default]
                #[proto(0, name = "Z", alias("Y"))]
                Z,
                /// A number that this version doesn't know.
                #[proto(other)]
                Other(i32),
            }
            ---- `protos!` will refuse this:
            file `a1.proto`: circular imports, which protobuf doesn't allow:
              `a1.proto` imports `b.proto`: `a.S.Get` refers to `b.B`
              `b.proto` imports `a1.proto`: `b.B` refers to `a.A`
            help: move one of these types to a package of its own with `#[proto(package = "…")]`
               --> a1.proto:1
            ---- `a1.proto` has what this file had
               --> a2.proto:1
            ---- `optional` has no place before a message: its presence is known anyway
               --> b.proto:1
            ---- no service leads to this type, so that `protos!` doesn't export it
               --> b.proto:2
        "#]],
    );
}

#[test]
fn a_package_brings_what_it_uses() {
    let files = [
        (
            "a.proto",
            r#"syntax = "proto3"; package a.v1; import "b.proto"; message A { b.B.C c = 1; }"#,
        ),
        (
            "ab.proto",
            r#"syntax = "proto3"; package ab; message Ab {}"#,
        ),
        (
            "b.proto",
            r#"syntax = "proto3"; package b; message B { message C {} Other other = 1; } message Other {} message Unused {}"#,
        ),
    ];
    expect![[r#"
        ==== src/lib.rs
        pub mod a;
        pub mod b;
        ==== src/a.rs
        pub mod v1;
        ==== src/a/v1.rs
        use traitwire::Message;

        use crate::b::C;

        #[derive(Clone, Debug, Default, PartialEq, Message)]
        pub struct A {
            #[proto(1)]
            pub c: Option<C>,
        }
        ==== src/b.rs
        use traitwire::Message;

        #[derive(Clone, Debug, Default, PartialEq, Message)]
        #[proto(package = "b")]
        pub struct B {
            #[proto(1)]
            pub other: Option<Other>,
        }

        #[derive(Clone, Debug, Default, PartialEq, Message)]
        #[proto(nested_in = B)]
        pub struct C {}

        #[derive(Clone, Debug, Default, PartialEq, Message)]
        pub struct Other {}
        ---- no service leads to this type, so that `protos!` doesn't export it
           --> a.proto:1
           --> b.proto:1, 1
    "#]]
    .assert_eq(&imported(&files, &[], &["a"]));
    expect![[r#"
        error: no file has the package c or d
    "#]]
    .assert_eq(&imported(&files, &[], &["c", "d"]));
}

#[test]
fn what_is_only_included_is_somebody_elses() {
    check(
        &[(
            "a.proto",
            r#"syntax = "proto3"; package a; import "lib/b.proto"; service S { rpc Get(A) returns (lib.B.C); } message A { lib.E e = 1; }"#,
        )],
        &[(
            "lib/b.proto",
            r#"syntax = "proto3"; package lib; message B { message C {} } enum E { E_A = 0; } service No { rpc Get(B) returns (B); }"#,
        )],
        expect![[r#"
            ==== src/lib.rs
            pub mod a;
            pub mod lib_;

            traitwire::protos! {
                dir = "protos",
                services = [a::S],
            }
            ==== src/a.rs
            use traitwire::{Message, Status, grpc_service};

            use crate::lib_::{C, E};

            #[grpc_service(package = "a")]
            pub trait S {
                async fn get(&self, request: A) -> Result<C, Status>;
            }

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            pub struct A {
                #[proto(1)]
                pub e: E,
            }
            ==== src/lib_.rs
            use traitwire::{Enumeration, Message};

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            #[proto(package = "lib", file = "lib/b.proto")]
            pub struct B {}

            #[derive(Clone, Debug, Default, PartialEq, Message)]
            #[proto(nested_in = B)]
            pub struct C {}

            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enumeration)]
            #[proto(package = "lib", file = "lib/b.proto")]
            pub enum E {
                #[default]
                #[proto(0)]
                A,
                /// A number that this version doesn't know.
                #[proto(other)]
                Other(i32),
            }
        "#]],
    );
}

#[test]
fn a_file_that_is_imported_by_two_paths_is_one() {
    let dir = tempfile::tempdir().expect("a directory");
    let inner = dir.path().join("x");
    fs::create_dir(&inner).expect("a directory");
    fs::write(
        inner.join("a.proto"),
        "import \"b.proto\"; import \"../c.proto\";",
    )
    .expect("a file");
    fs::write(inner.join("b.proto"), "").expect("a file");
    fs::write(dir.path().join("c.proto"), "").expect("a file");
    let includes = [dir.path().to_owned(), inner.clone()];
    let sources = Sources::load(&[inner], &includes).expect("sources");
    let paths = |tree: &parse::ast::File| {
        let imports = tree.imports.iter().map(|import| &*import.path.text);
        format!(
            "{} <- {}",
            tree.path,
            imports.collect::<Vec<_>>().join(", ")
        )
    };
    let trees: Vec<_> = sources.trees.iter().map(paths).collect();
    // Nothing above the directories is read.
    expect![[r#"
        x/a.proto <- x/b.proto, ../c.proto
        x/b.proto <- "#]]
    .assert_eq(&trees.join("\n"));
}

#[test]
fn mistakes_are_said_as_a_compiler_does() {
    check(
        &[
            (
                "a.proto",
                "syntax = \"proto3\";\nmessage A { strin g = 1 }\n",
            ),
            ("b.proto", "syntax = \"proto3\";\nmessage { }\n"),
        ],
        &[],
        expect![[r#"
            error: a.proto:2:25: expected `;`, found `}`
            b.proto:2:9: expected the name of the message, found `{`
        "#]],
    );
    check(
        &[(
            "a.proto",
            "syntax = \"proto3\";\nimport \"b.proto\";\nmessage A { B b = 1; C c = 2; }\n",
        )],
        &[],
        expect![[r#"
            error: a.proto:2:1: the import `b.proto` isn't among the files, and without it, there is no `B`
        "#]],
    );
    check(
        &[("readme.md", "")],
        &[],
        expect![[r#"
            error: there are no .proto files in <dir>/ours
        "#]],
    );
}

#[test]
fn all_well_known_types_are_known_in_rust() {
    let names = [
        "any",
        "api",
        "duration",
        "empty",
        "field_mask",
        "source_context",
        "struct",
        "timestamp",
        "type",
        "wrappers",
    ];
    let imports = names.map(|name| format!("import \"google/protobuf/{name}.proto\";"));
    let tree = parse::file("a.proto", &imports.concat()).expect("a file");
    let lowered = parse::lower(&[tree]).expect("imports");
    let known = lowered.files.iter().filter(|file| file.imported);
    let types = known.flat_map(|file| {
        let messages = file.messages.iter().map(|message| &message.name);
        messages.chain(file.enums.iter().map(|item| &item.name))
    });
    let types: Vec<_> = types
        .map(|name| format!("google.protobuf.{name}"))
        .collect();
    assert!(types.len() >= 18, "{types:?}");
    for full_name in types {
        assert!(well_known::path(&full_name).is_some(), "{full_name}");
    }
}
