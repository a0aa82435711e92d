//! `.proto` text that people write: what it means is what compilers say, and what is wrong with it is said at its place.

#[allow(dead_code, reason = "others use the rest")]
#[path = "support/compile.rs"]
mod compile;
#[path = "support/generate.rs"]
mod generate;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use expect_test::{Expect, expect};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use prost::Message as _;
use prost_types::{FileDescriptorProto, FileDescriptorSet};
use traitwire_schema::parse::ast::{self, Comments, FieldType, Member};
use traitwire_schema::parse::{self, Lowered};
use traitwire_schema::{ProtoFile, Schema, model};

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
        expect![[r#"
            z.proto:1:33: `import public "p.proto"` is a plain import: who uses its types imports it, too"#]],
    );
}

#[test]
fn what_other_languages_have_is_left_out_and_said() {
    let left_out = |text: &str, expect: Expect| {
        let lowered = lower(&[("a.proto", text)]);
        let said = lowered.left_out.iter().map(ToString::to_string);
        let said: Vec<String> = said.collect();
        let schema = Schema::new(lowered.files).unwrap_or_else(|errors| panic!("{errors}"));
        let text = schema.print().remove(0).text;
        expect.assert_eq(&format!("{}\n\n{text}", said.join("\n")));
    };
    left_out(
        r#"
        syntax = "proto2";
        package a;
        import "google/protobuf/descriptor.proto";
        option java_package = "a.b";
        extend google.protobuf.FieldOptions { optional string note = 50000; }
        message Old {
          option (thing).part = { a: 1 };
          extensions 100 to 199, 500 to max;
          required string name = 1;
          optional int32 size = 2 [default = 7];
          repeated int32 sizes = 3;
          repeated int32 packed = 4 [packed = true];
          optional group Inner = 5 { optional string x = 1; }
          optional Color color = 6 [default = BLUE, (note) = "hm"];
          optional Level level = 7;
          optional Old old = 8;
          required Old must = 9 [json_name = "MUST"];
          oneof one { string left = 10; group Right = 11 { } }
          oneof two { group Only = 12 { } }
          optional google.protobuf.FieldOptions options = 13;
          extend Old { optional string more = 100; }
        }
        enum Color { RED = 1; BLUE = 0; }
        enum Level { LOW = 1; HIGH = 2; }
        "#,
        expect![[r#"
            a.proto:5:9: options for the code of other languages have no place
            a.proto:6:9: the extensions of `google.protobuf.FieldOptions` have no place
            a.proto:8:11: the custom option `(thing).part` has no place
            a.proto:9:11: numbers for extensions have no place: they are reserved now
            a.proto:10:11: `name` isn't required any more: nobody but the code can insist on it
            a.proto:11:36: the option `default` has no place
            a.proto:14:11: the group `Inner` has no place: its number and name are reserved now
            a.proto:15:37: the option `default` has no place
            a.proto:15:53: the custom option `(note)` has no place
            a.proto:18:11: `must` isn't required any more: nobody but the code can insist on it
            a.proto:18:34: the option `json_name` has no place
            a.proto:19:41: the group `Right` has no place: its number and name are reserved now
            a.proto:20:23: the group `Only` has no place: its number and name are reserved now
            a.proto:21:20: `google.protobuf.FieldOptions` has no place: traitwire doesn't have this type
            a.proto:22:11: the extensions of `Old` have no place
            a.proto:24:14: the enum `Color` is open now: what other values a peer sends is up to who reads them
            a.proto:24:14: the enum `Color` begins with its zero now, which is what an absent field is read as
            a.proto:25:14: the enum `Level` has no place: none of its values is zero, so its fields are `int32` now

            syntax = "proto3";

            package a;

            message Old {
              reserved 100 to 199, 500 to max, 5, 11, 12, 13;
              reserved "inner", "right", "only", "options";

              optional string name = 1;
              optional int32 size = 2;
              repeated int32 sizes = 3 [packed = false];
              repeated int32 packed = 4;
              optional Color color = 6;
              optional int32 level = 7;
              Old old = 8;
              Old must = 9;

              oneof one {
                string left = 10;
              }
            }

            enum Color {
              BLUE = 0;
              RED = 1;
            }
        "#]],
    );
    left_out(
        r#"
        edition = "2023";
        package a;
        option features.enum_type = CLOSED;
        option features = { repeated_field_encoding: EXPANDED utf8_validation: NONE };
        message New {
          option features.field_presence = IMPLICIT;
          int32 implicit = 1;
          int32 explicit = 2 [features.field_presence = EXPLICIT];
          int32 must = 3 [features.field_presence = LEGACY_REQUIRED];
          repeated int32 many = 4;
          New group = 5 [features.message_encoding = DELIMITED];
          Kind kind = 6;
          reserved old, older;
        }
        enum Kind { option features.enum_type = OPEN; KIND_A = 0; }
        "#,
        expect![[r#"
            a.proto:5:9: the option `features` has no place
            a.proto:10:11: `must` isn't required any more: nobody but the code can insist on it
            a.proto:12:11: the group `group` has no place: its number and name are reserved now

            syntax = "proto3";

            package a;

            message New {
              reserved 5;
              reserved "old", "older", "group";

              int32 implicit = 1;
              optional int32 explicit = 2;
              optional int32 must = 3;
              repeated int32 many = 4 [packed = false];
              Kind kind = 6;
            }

            enum Kind {
              KIND_A = 0;
            }
        "#]],
    );
    left_out(
        r#"
        edition = "2024";
        import option "google/protobuf/descriptor.proto";
        export message A { string name = 1; B b = 2 [(x) = 1]; }
        local message B { local enum C { C_A = 0; } }
        "#,
        expect![[r#"
            a.proto:3:9: `import option "google/protobuf/descriptor.proto"` has no place: it is for options
            a.proto:4:54: the custom option `(x)` has no place
            a.proto:5:9: `local` has no place: other files can use the type
            a.proto:5:27: `local` has no place: other files can use the type

            syntax = "proto3";

            message A {
              optional string name = 1;
              B b = 2;
            }

            message B {
              enum C {
                C_A = 0;
              }
            }
        "#]],
    );
}

#[test]
fn comments_are_those_above_and_behind() {
    let files = parse::files(&[(
        "a.proto",
        r#"// License.

// About the file.
syntax = "proto3";

/* Detached. */

/**
 * Above, with
 *   indentation.
 */
message M { // Behind.
  // Detached, too.

  string a = 1; // Of a.
  // Above b.
  string b = 2;
  // Below b.

  //no space
  string c = 3;
}
"#,
    )]);
    let files = files.unwrap_or_else(|errors| panic!("{errors}"));
    let message = &files[0].messages[0];
    let mut all = vec![&*files[0].header, &*message.comment];
    for member in &message.members {
        if let traitwire_schema::model::Member::Field(field) = member {
            all.push(&field.comment);
        }
    }
    expect![[r#"
        [
            "License.\n\nAbout the file.",
            "Above, with\n  indentation.\n\nBehind.",
            "Of a.",
            "Above b.\n\nBelow b.",
            "no space",
        ]
    "#]]
    .assert_debug_eq(&all);
}

/// Checks all mistakes that are found in a text.
#[track_caller]
fn check_mistakes(text: &str, expect: Expect) {
    let mistakes = parse::files(&[("a.proto", text)]).map_or_else(
        |errors| errors.to_string(),
        |files| match Schema::new(files) {
            Ok(_) => "none".to_owned(),
            Err(errors) => format!("read, but {errors}"),
        },
    );
    expect.assert_eq(&mistakes);
}

#[test]
fn a_mistake_is_said_once_at_its_place_with_what_to_write() {
    let body = |statements: &str, expect: Expect| {
        check_mistakes(&format!("syntax = \"proto3\";\n{statements}"), expect);
    };
    body(
        "message M { string name; }",
        expect![[r#"
            a.proto:2:24: expected `=` and the number of the field, as in `string name = 1;`, found `;`"#]],
    );
    body(
        "message M { string = 1; }",
        expect!["a.proto:2:20: expected the name of the field, found `=`"],
    );
    body(
        "message M { string a = x; string b = 2 }\nmessage N { sting c = 3; }",
        expect![[r#"
            a.proto:2:24: expected the number of the field, found `x`
            a.proto:2:40: expected `;`, found `}`"#]],
    );
    body(
        "message { }",
        expect!["a.proto:2:9: expected the name of the message, found `{`"],
    );
    body(
        "message M { string a = 1;",
        expect!["a.proto:2:11: the block isn't closed: expected `}`"],
    );
    body(
        "message M { string a = 1; } }",
        expect!["a.proto:2:29: found `}` where no block is open"],
    );
    body(
        "massage M { string a = 1; }\nmessage N {}",
        expect![[r#"
            a.proto:2:1: expected `message`, `enum`, `service`, `extend`, `import`, `option` or `package`, found `massage`"#]],
    );
    body(
        "message M { repeated map<string, string> a = 1; map<float, string> b = 2; map<M, string> c = 3; }",
        expect![[r#"
            a.proto:2:13: a map has no label
            a.proto:2:79: `M` can't be the type of a map's keys: they are whole numbers, `bool` or `string`"#]],
    );
    body(
        "message M { required string a = 1; group G = 2 { string b = 3; } }",
        expect!["a.proto:2:13: proto3 has no `required`: remove it"],
    );
    body(
        "message M { oneof o { repeated string a = 1; map<string, string> b = 2; string c = 3; } }",
        expect![[r#"
            a.proto:2:23: a field of a oneof has no label: remove `repeated`
            a.proto:2:50: a map can't be in a oneof: put it into a message of its own"#]],
    );
    body(
        "message M { string a = 0; string b = 19000; string c = 536870912; string d = 99999999999999999999; string e = 1; string f = 1; }",
        expect!["a.proto:2:78: the number 99999999999999999999 is too large"],
    );
    body(
        "message M { reserved 5 to 3; reserved 1 2; reserved \"a\" \"b\", 4; }",
        expect![[r#"
            a.proto:2:41: expected `;`, found `2`
            a.proto:2:62: expected a name in quotes: numbers and names have a statement each, found `4`"#]],
    );
    body(
        "enum E { A = 1; B = 5000000000; C = x; D; }",
        expect![[r#"
        a.proto:2:37: expected the number of the value, found `x`
        a.proto:2:41: expected `=` and the number of the value, as in `KIND_UNSPECIFIED = 0;`, found `;`"#]],
    );
    body(
        "enum E { A = 0; B = 0; }",
        expect!["read, but enum `E`: the values `A` and `B` have the same number, 0"],
    );
    body(
        "service S { rpc A(M, M) returns (M); rpc B(M) returns M; rpc C(M); rpc D(stream string) returns (E); call E(M); }\nmessage M {}\nenum E { X = 0; }",
        expect![[r#"
            a.proto:2:20: expected `)`: a method takes one message and returns one, found `,`
            a.proto:2:55: expected `(` and the message of the response, found `M`
            a.proto:2:66: expected `returns` and the response, as in `returns (Response)`, found `;`
            a.proto:2:102: expected a method, as in `rpc Get(Request) returns (Response);`, found `call`"#]],
    );
    body(
        "option (a.b) = { c: [1, 2, { d: \"x\" }], e: oh no };\nmessage M { string a = 1 [deprecated = maybe, (x) = 5]; }",
        expect!["a.proto:2:50: expected `:` and a value, found `}`"],
    );
    body(
        "message M { string a = 1 [default = \"x\\q\"]; string b = 08; string c = 0x; string d = 1a; string e = \"unclosed }\n string f = 6; }",
        expect![[r#"
            a.proto:2:37: `\q` means nothing: write `\\` for a backslash
            a.proto:2:56: `08` can't be a number: what begins with `0` is octal, with digits up to 7
            a.proto:2:71: expected hexadecimal digits after `0x`
            a.proto:2:86: expected a space or a sign between `1` and `a`
            a.proto:2:101: the string isn't closed: expected `"` before the end of the line"#]],
    );
    body(
        "import \"not/here.proto\";\nmessage M { not.Here a = 1; not.There b = 2; }",
        expect![[r#"
            a.proto:2:1: the import `not/here.proto` isn't among the files, and without it, there is no `not.Here`"#]],
    );
    body(
        "message M { größe a = 1; }",
        expect![[r#"
            a.proto:2:13: `größe` can't be a name: names have ASCII letters, digits and underscores"#]],
    );
    body(
        "/* never closed\nmessage M {}",
        expect!["a.proto:2:1: the comment isn't closed: expected `*/`"],
    );
    body(
        "package a;\npackage b;\nsyntax = \"proto3\";",
        expect![[r#"
            a.proto:3:9: a file has one package, and it was given on line 2
            a.proto:4:1: `syntax` has to be the first statement of the file"#]],
    );
    body(
        "message M { extensions 100 to 199; extend M { string x = 100; } }",
        expect![[r#"
            a.proto:2:13: numbers for extensions have no place: they are reserved now
            a.proto:2:36: the extensions of `M` have no place"#]],
    );
    check_mistakes(
        "syntax = \"proto4\";\nmessage M {}",
        expect![[r#"
            a.proto:1:10: unknown syntax: there are `"proto2"` and `"proto3"`, and `edition = "2023";` or `"2024"`"#]],
    );
    check_mistakes(
        "edition = \"2025\";",
        expect![[r#"a.proto:1:11: unknown edition: there are `"2023"` and `"2024"`"#]],
    );
    check_mistakes(
        "message M { string a = 1; }",
        expect![[r#"
            a.proto:1:13: expected a label: proto2 has `optional`, `required` or `repeated` before each type
            help: a file of proto3 begins with `syntax = "proto3";`"#]],
    );
    check_mistakes(
        "syntax = \"proto3\"\nmessage M {}",
        expect!["a.proto:2:1: expected `;`, found `message`"],
    );
}

#[test]
fn comments_belong_where_protox_puts_them() {
    // It has rules of its own for what stands in and behind a method's braces.
    let is_compared = |path: &[i32]| !matches!(path, [6, _, 2, _]);
    check_comments(128, CLEAR, is_compared, compile::protox);
}

#[test]
fn comments_belong_where_protoc_puts_them() {
    if let Some(protoc) = compile::find_protoc() {
        // Where versions disagree, we do as the newer ones.
        let between = match is_new(&protoc) {
            true => &[CLEAR, AMBIGUOUS].concat(),
            false => CLEAR,
        };
        let is_compared = |_: &[i32]| true;
        check_comments(24, between, is_compared, |files| {
            compile::protoc(&protoc, files)
        });
    }
}

/// Whether comments that could belong to two tokens belong to none.
fn is_new(protoc: &Path) -> bool {
    let version = Command::new(protoc).arg("--version").output();
    let version = version.expect("it runs").stdout;
    let version = String::from_utf8_lossy(&version);
    let major = version.trim_start_matches("libprotoc ").split('.').next();
    major.and_then(|major| major.parse().ok()) >= Some(24)
}

/// Checks texts with any comments in any places.
#[track_caller]
fn check_comments(
    cases: u32,
    between: &[&str],
    is_compared: impl Fn(&[i32]) -> bool,
    compile: impl Fn(&[ProtoFile]) -> Result<FileDescriptorSet, String>,
) {
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 300,
        ..ProptestConfig::default()
    };
    let input = (vec(any::<u16>(), 0..300), vec(any::<u8>(), 0..3000));
    let result = TestRunner::new(config).run(&input, |(choices, picked)| {
        let schema = Schema::new(generate::files(choices))
            .map_err(|errors| TestCaseError::reject(errors.to_string()))?;
        let mut files = schema.print();
        let mut picked = picked.into_iter().map(usize::from);
        for file in &mut files {
            file.text = commented(&file.text, between, &mut picked);
        }
        let theirs = compile(&files).map_err(TestCaseError::fail)?;
        for file in &files {
            let tree = parse::file(&file.path, &file.text)
                .map_err(|errors| TestCaseError::fail(errors.to_string()))?;
            let theirs = theirs.file.iter().find(|theirs| theirs.name() == file.path);
            let theirs = theirs.and_then(|theirs| theirs.source_code_info.as_ref());
            let locations = theirs.map_or(&[][..], |info| &info.location);
            let ours = comments(&tree).into_iter();
            for (path, ours) in ours.filter(|(path, _)| is_compared(path)) {
                let theirs = locations
                    .iter()
                    .find(|theirs| theirs.path == path)
                    .map(|theirs| Comments {
                        detached: theirs.leading_detached_comments.clone(),
                        leading: theirs.leading_comments.clone(),
                        trailing: theirs.trailing_comments.clone(),
                    });
                // Some don't tell an empty comment from none.
                let some = |comment: Option<String>| comment.filter(|text| !text.is_empty());
                let shown = |mut comments: Comments| {
                    comments.detached.retain(|text| !text.is_empty());
                    format!(
                        "{:?} {:?} {:?}",
                        comments.detached,
                        some(comments.leading),
                        some(comments.trailing)
                    )
                };
                let (ours, theirs) = (shown(ours), shown(theirs.unwrap_or_default()));
                if ours != theirs {
                    return Err(TestCaseError::fail(format!(
                        "{path:?}\nours:   {ours}\ntheirs: {theirs}\n{}",
                        file.text
                    )));
                }
            }
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// The text with other things between its tokens.
fn commented(text: &str, between: &[&str], picked: &mut impl Iterator<Item = usize>) -> String {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let mut commented = String::new();
    for line in lines {
        let mut rest = line.trim();
        while let Some(first) = rest.chars().next() {
            let len = match first {
                '"' => rest[1..].find('"').expect("the end of the string") + 2,
                _ if first.is_ascii_alphanumeric() || first == '_' => rest
                    .find(|char: char| !char.is_ascii_alphanumeric() && char != '_')
                    .unwrap_or(rest.len()),
                _ => first.len_utf8(),
            };
            let choice = picked.next().unwrap_or(0) % (between.len() * 2);
            commented.push_str(between.get(choice).unwrap_or(&" "));
            commented.push_str(&rest[..len]);
            rest = rest[len..].trim_start();
        }
    }
    commented.push_str(between[picked.next().unwrap_or(0) % between.len()]);
    commented
}

const CLEAR: &[&str] = &[
    " ",
    "\n",
    "\n\n",
    " // a\n",
    "\n// b\n",
    "\n// c\n\n",
    "\n/* e */\n",
    "\n/* f\n * g\n   h */\n\n",
    "\n\n//i\n//  j \n",
    "\r\n",
    "\n// p\n/* q */\n// r\n",
];

/// Comments that have tokens on both sides in their lines, or nothing in them.
const AMBIGUOUS: &[&str] = &[
    "\n  // m\r\n",
    " /* d */ ",
    "\t/* k */ /* l */\n",
    " //\n",
    " /**/ ",
    " /* n\n*/ // o\n /* \u{1F600} */",
    "\n/* s */ ",
];

/// The comments of each declaration, by the path that descriptors have for it.
fn comments(file: &ast::File) -> Vec<(Vec<i32>, Comments)> {
    let mut all = vec![(vec![12], file.comments.clone())];
    if let Some(package) = &file.package {
        all.push((vec![2], package.comments.clone()));
    }
    for (at, import) in (0..).zip(&file.imports) {
        all.push((vec![3, at], import.comments.clone()));
    }
    for (at, message) in (0..).zip(&file.messages) {
        message_comments(&mut all, vec![4, at], message);
    }
    for (at, item) in (0..).zip(&file.enums) {
        enum_comments(&mut all, vec![5, at], item);
    }
    for (at, service) in (0..).zip(&file.services) {
        all.push((vec![6, at], service.comments.clone()));
        for (method_at, method) in (0..).zip(&service.methods) {
            all.push((vec![6, at, 2, method_at], method.comments.clone()));
        }
    }
    all
}

fn message_comments(all: &mut Vec<(Vec<i32>, Comments)>, path: Vec<i32>, message: &ast::Message) {
    let inner = |field: i32, at: i32| [&*path, &[field, at]].concat();
    all.push((path.clone(), message.comments.clone()));
    let (mut fields, mut oneofs) = (0, 0);
    for member in &message.members {
        let of_member = match member {
            Member::Field(field) => std::slice::from_ref(field),
            Member::OneOf(oneof) => {
                all.push((inner(8, oneofs), oneof.comments.clone()));
                oneofs += 1;
                &oneof.fields
            }
        };
        for field in of_member {
            assert!(!matches!(field.ty, FieldType::Group(_)));
            all.push((inner(2, fields), field.comments.clone()));
            fields += 1;
        }
    }
    for (at, message) in (0..).zip(&message.messages) {
        message_comments(all, inner(3, at), message);
    }
    for (at, item) in (0..).zip(&message.enums) {
        enum_comments(all, inner(4, at), item);
    }
}

fn enum_comments(all: &mut Vec<(Vec<i32>, Comments)>, path: Vec<i32>, item: &ast::Enum) {
    all.push((path.clone(), item.comments.clone()));
    for (at, value) in (0..).zip(&item.values) {
        all.push(([&*path, &[2, at]].concat(), value.comments.clone()));
    }
}

#[test]
fn what_committed_files_import_may_be_missing() {
    let text = "syntax = \"proto3\"; package p; import \"google/type/latlng.proto\"; \
                message A { google.type.LatLng at = 1; map<string, .google.type.LatLng.Half> by_name = 2; } \
                service S { rpc Get(google.type.LatLng) returns (A); }";
    let files = [("p.proto", text)];
    assert!(parse::files(&files).is_err());
    let file = &parse::committed(&files).expect("all that is missing is in the import")[0];
    expect![["google.type.LatLng"]].assert_eq(&file.services[0].methods[0].request);
    let types: Vec<_> = file.messages[0]
        .members
        .iter()
        .map(|member| match member {
            model::Member::Field(field) => field.ty.value().full_name().expect("a message"),
            model::Member::OneOf(_) => unreachable!("there is none"),
        })
        .collect();
    assert_eq!(types, ["google.type.LatLng", "google.type.LatLng.Half"]);
    // What isn't protobuf is wrong all the same.
    let mistake = text.replace("rpc", "pc");
    assert!(parse::committed(&[("p.proto", &mistake)]).is_err());
    let nothing = text.replace("import \"google/type/latlng.proto\";", "");
    assert!(parse::committed(&[("p.proto", &nothing)]).is_err());
}
