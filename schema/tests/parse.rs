//! `.proto` text that people write: what it means is what compilers say, and what is wrong with it is said at its place.

#[path = "support/compile.rs"]
mod compile;
#[path = "support/generate.rs"]
mod generate;

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use prost::Message as _;
use prost_types::{FileDescriptorProto, FileDescriptorSet};
use traitwire_schema::parse::ast::{self, Comments, FieldType, Member};
use traitwire_schema::parse::{self, Lowered};
use traitwire_schema::{ProtoFile, Schema};

/// Checks that compilers say the same of these files as we do, and what of them the model has no place for.
#[track_caller]
fn check(files: &[(&str, &str)], left_out: Expect) {
    let lowered = lower(files);
    let said: Vec<String> = lowered.left_out.iter().map(ToString::to_string).collect();
    left_out.assert_eq(&said.join("\n"));
    let schema = Schema::new(lowered.files).unwrap_or_else(|errors| panic!("{errors}"));
    let ours = FileDescriptorSet::decode(&*schema.descriptor_set()).expect("our own");
    let files: Vec<ProtoFile> = files
        .iter()
        .map(|(path, text)| ProtoFile {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
        })
        .collect();
    let theirs = compile::protox(&files).unwrap_or_else(|error| panic!("{error}"));
    assert_same(&ours, &theirs, "protox");
    if let Some(protoc) = compile::find_protoc() {
        let theirs = compile::protoc(&protoc, &files).unwrap_or_else(|error| panic!("{error}"));
        assert_same(&ours, &theirs, "protoc");
    }
}

/// Shows the first line that differs.
#[track_caller]
fn assert_same(ours: &FileDescriptorSet, theirs: &FileDescriptorSet, whose: &str) {
    let (ours, theirs) = (
        format!("{:#?}", described(ours)),
        format!("{:#?}", described(theirs)),
    );
    let lines = || ours.lines().zip(theirs.lines());
    if let Some(line) = lines().position(|(ours, theirs)| ours != theirs) {
        let around = |text: &str| {
            let lines = text.lines().skip(line.saturating_sub(20)).take(25);
            lines.collect::<Vec<_>>().join("\n")
        };
        panic!("ours: {}\n{whose}: {}", around(&ours), around(&theirs));
    }
    assert_eq!(ours.len(), theirs.len(), "{whose}");
}

#[track_caller]
fn lower(files: &[(&str, &str)]) -> Lowered {
    let trees: Vec<_> = files
        .iter()
        .map(|(path, text)| parse::file(path, text).unwrap_or_else(|errors| panic!("{errors}")))
        .collect();
    parse::lower(&trees).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The files without what the model has no place for.
fn described(set: &FileDescriptorSet) -> BTreeMap<String, FileDescriptorProto> {
    let files = set.file.iter().cloned().map(|mut file| {
        file.source_code_info = None;
        file.options = None;
        file.public_dependency.clear();
        file.weak_dependency.clear();
        file.extension.clear();
        // We import what is used.
        file.dependency.clear();
        file.message_type.iter_mut().for_each(without_options);
        for item in &mut file.enum_type {
            enum_without_options(item);
        }
        for service in &mut file.service {
            for method in &mut service.method {
                // Both are the same, and only some compilers write them down.
                method.client_streaming = Some(method.client_streaming());
                method.server_streaming = Some(method.server_streaming());
                method
                    .options
                    .take_if(|options| *options == Default::default());
            }
        }
        (file.name().to_owned(), file)
    });
    files
        .filter(|(path, _)| path != "google/protobuf/descriptor.proto")
        .collect()
}

fn without_options(message: &mut prost_types::DescriptorProto) {
    message.extension.clear();
    for field in &mut message.field {
        if let Some(options) = &mut field.options {
            let deprecated = options.deprecated.filter(|deprecated| *deprecated);
            *options = Default::default();
            options.deprecated = deprecated;
        }
        field
            .options
            .take_if(|options| *options == Default::default());
    }
    for oneof in &mut message.oneof_decl {
        oneof.options = None;
    }
    // Those that compilers make for maps stand before or after the others.
    message.nested_type.sort_by(|a, b| a.name.cmp(&b.name));
    message
        .options
        .take_if(|options| *options == Default::default());
    message.nested_type.iter_mut().for_each(without_options);
    message.enum_type.iter_mut().for_each(enum_without_options);
}

fn enum_without_options(item: &mut prost_types::EnumDescriptorProto) {
    item.options
        .take_if(|options| *options == Default::default());
    for value in &mut item.value {
        value
            .options
            .take_if(|options| *options == Default::default());
    }
}

#[test]
fn everything_that_an_export_can_have_is_read() {
    check(
        &[(
            "a/b.proto",
            r#"
            // The file.
            syntax = 'proto' "3" ; /* and
             * more */
            package a . b;
            import "google/protobuf/empty.proto";;
            import "google/protobuf/timestamp.proto";

            message Every{
              double d=1;float f=2;int32 i32=0x3;int64 i64=04;uint32 u32=5;uint64 u64=6;sint32 s32=7;
              sint64 s64=8;fixed32 f32=9;fixed64 f64=10;sfixed32 sf32=11;sfixed64 sf64=12;
              bool b=13;string s=14;bytes by=15;
              optional string maybe = 16 [ deprecated = true, json_name = "maybe" ];
              repeated int32 many = 17 [packed=true];
              map < string , Every . Inner > inner = 18;
              .google.protobuf.Timestamp at = 19;
              google.protobuf.Timestamp other_at = 20;
              a.b.Every again = 536870911;
              oneof choice { string left = 21; Inner right = 22 [deprecated = false]; }
              Kind kind = 23;
              message Inner { option deprecated = true; reserved 1, 5 to 9, 1000 to max; reserved "x", 'y'; }
              enum Kind { KIND_UNSPECIFIED = 0; KIND_A = 1; reserved -5 to -1, 100 to max; reserved "KIND_X"; }
              repeated Kind kinds = 24;
              optional Kind maybe_kind = 25;
            }
            enum Alias {
              option allow_alias = true;
              ALIAS_ZERO = 0; ALIAS_NULL = 00; ALIAS_MIN = -0x80000000; ALIAS_MAX = 2147483647 [deprecated = true];
            }
            service S {
              option deprecated = true;
              rpc Unary(Every) returns (google.protobuf.Empty);
              rpc Up(stream .a.b.Every) returns (Every.Inner) { }
              rpc Down(b.Every) returns (stream Every) { option idempotency_level = NO_SIDE_EFFECTS; };
              rpc Both(stream Every) returns (stream Every) { option deprecated = true; option idempotency_level = IDEMPOTENT; ; }
            }
            "#,
        )],
        expect![""],
    );
}

#[test]
fn words_have_their_place_only() {
    check(
        &[(
            "a.proto",
            r#"
            syntax = "proto3";
            message message { string message = 1; string syntax = 2; int32 to = 3; bool max = 4; .message.inner map = 5;
              map<string, string> returns = 6; message inner {} inner other = 7; stream stream = 8; }
            message stream { optional package package = 1; rpc rpc = 2; repeated import option = 3; }
            message package {} message rpc {} message import {}
            enum enum { import_ = 0; message_ = 1; }
            service service { rpc rpc(.rpc) returns (.stream); rpc stream(stream .stream) returns (stream package); }
            "#,
        )],
        expect![""],
    );
}

#[test]
fn names_are_found_from_the_inside_out() {
    check(
        &[
            (
                "x.proto",
                r#"
                syntax = "proto3";
                package a.b;
                import "y.proto";
                import "z.proto";
                message Outer {
                  message Same { int32 inner = 1; }
                  Same same = 1;
                  b.Same around = 2;
                  c.Other other = 3;
                  .a.Same top = 4;
                  // A field's name is in no type's way.
                  string Deep = 5;
                  Deep deeper = 6;
                  a.Same whole = 7;
                  Outer.Same from_inside = 8;
                  Kind kind = 9;
                  // Found by way of z.proto.
                  public.Thing thing = 10;
                }
                message Same {}
                message Deep { Same same = 1; }
                "#,
            ),
            (
                "y.proto",
                r#"syntax = "proto3"; package a; message Same {} enum Kind { KIND_A = 0; }"#,
            ),
            (
                "z.proto",
                r#"syntax = "proto3"; package a.c; import public "p.proto"; message Other { public.Thing thing = 1; }"#,
            ),
            (
                "p.proto",
                r#"syntax = "proto3"; package a.public; message Thing {}"#,
            ),
        ],
        expect![[
            r#"z.proto:1:33: `import public "p.proto"` is a plain import: who uses its types imports it, too"#
        ]],
    );
}
