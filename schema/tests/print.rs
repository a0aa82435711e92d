//! The text of `.proto` files: one feature each.

mod support;

use expect_test::{Expect, expect};
use support::*;
use traitwire_schema::model::{EnumValue, FieldType, File, Member, Message, Reserved, Type};
use traitwire_schema::{Idempotency, MethodKind, Scalar, Schema};

#[track_caller]
fn check(change: impl FnOnce(&mut File), expect: Expect) {
    let files = schema(change).print();
    assert_eq!(files.len(), 1);
    expect.assert_eq(&files[0].text);
}

/// Checks the body of a message `M`.
#[track_caller]
fn check_message(change: impl FnOnce(&mut Message), expect: Expect) {
    let mut m = message("M", []);
    change(&mut m);
    let text = schema(|file| file.messages.push(m)).print().remove(0).text;
    expect.assert_eq(
        text.strip_prefix("syntax = \"proto3\";\n\npackage test;\n\n")
            .expect("the file's head"),
    );
}

#[test]
fn an_empty_file_has_a_head() {
    check(
        |_| {},
        expect![[r#"
            syntax = "proto3";

            package test;
        "#]],
    );
    check(
        |file| file.package.clear(),
        expect![[r#"
            syntax = "proto3";
        "#]],
    );
}

#[test]
fn the_header_belongs_to_nothing() {
    check(
        |file| file.header = "Exported from Rust.\nDon't edit.".to_owned(),
        expect![[r#"
            // Exported from Rust.
            // Don't edit.

            syntax = "proto3";

            package test;
        "#]],
    );
}

#[test]
fn services_come_first_then_messages_then_enums() {
    check(
        |file| {
            file.enums = vec![enumeration(
                "E",
                [("E_UNSPECIFIED", 0), ("E_ONE", 1), ("E_MINUS", -1)],
            )];
            file.messages = vec![
                message("B", []),
                message("A", [singular("e", 1, Type::Enum("test.E".into()))]),
            ];
            file.services = vec![service(
                "S",
                [method("Get", MethodKind::Unary, "test.A", "test.B")],
            )];
        },
        expect![[r#"
            syntax = "proto3";

            package test;

            service S {
              rpc Get(A) returns (B);
            }

            message B {}

            message A {
              E e = 1;
            }

            enum E {
              E_UNSPECIFIED = 0;
              E_ONE = 1;
              E_MINUS = -1;
            }
        "#]],
    );
}

#[test]
fn methods_have_four_kinds_and_options() {
    check(
        |file| {
            file.messages = vec![message("A", [])];
            let mut s = service(
                "S",
                [
                    method("Unary", MethodKind::Unary, "test.A", "test.A"),
                    method("Up", MethodKind::ClientStreaming, "test.A", "test.A"),
                    method("Down", MethodKind::ServerStreaming, "test.A", "test.A"),
                    method("Both", MethodKind::BidiStreaming, "test.A", "test.A"),
                    method("Old", MethodKind::Unary, "test.A", "test.A"),
                    method("Read", MethodKind::Unary, "test.A", "test.A"),
                    method("Put", MethodKind::Unary, "test.A", "test.A"),
                    method("Last", MethodKind::Unary, "test.A", "test.A"),
                ],
            );
            s.deprecated = true;
            s.comment = "Everything.".into();
            s.methods[1].comment = "Sends.".into();
            s.methods[4].deprecated = true;
            s.methods[4].idempotency = Idempotency::Idempotent;
            s.methods[5].idempotency = Idempotency::NoSideEffects;
            s.methods[6].idempotency = Idempotency::Idempotent;
            file.services = vec![s];
        },
        expect![[r#"
            syntax = "proto3";

            package test;

            // Everything.
            service S {
              option deprecated = true;

              rpc Unary(A) returns (A);

              // Sends.
              rpc Up(stream A) returns (A);

              rpc Down(A) returns (stream A);
              rpc Both(stream A) returns (stream A);

              rpc Old(A) returns (A) {
                option deprecated = true;
                option idempotency_level = IDEMPOTENT;
              }

              rpc Read(A) returns (A) {
                option idempotency_level = NO_SIDE_EFFECTS;
              }

              rpc Put(A) returns (A) {
                option idempotency_level = IDEMPOTENT;
              }

              rpc Last(A) returns (A);
            }

            message A {}
        "#]],
    );
}

#[test]
fn fields_have_labels() {
    check_message(
        |m| {
            m.members = vec![
                singular("a", 1, INT32),
                field("b", 2, FieldType::Optional(INT32)),
                field("c", 3, FieldType::Repeated(a("test.M"))),
                field("u", 9, FieldType::Unpacked(Type::Scalar(Scalar::Int32))),
                field(
                    "d",
                    536_870_911,
                    FieldType::Map(Scalar::String, a("test.M")),
                ),
            ];
        },
        expect![[r#"
            message M {
              int32 a = 1;
              optional int32 b = 2;
              repeated M c = 3;
              map<string, M> d = 536870911;
            }
        "#]],
    );
}

#[test]
fn every_scalar_has_its_word() {
    let scalars = [
        Scalar::Double,
        Scalar::Float,
        Scalar::Int32,
        Scalar::Int64,
        Scalar::Uint32,
        Scalar::Uint64,
        Scalar::Sint32,
        Scalar::Sint64,
        Scalar::Fixed32,
        Scalar::Fixed64,
        Scalar::Sfixed32,
        Scalar::Sfixed64,
        Scalar::Bool,
        Scalar::String,
        Scalar::Bytes,
    ];
    check_message(
        |m| {
            m.members = (1..)
                .zip(scalars)
                .map(|(n, scalar)| singular(&format!("f{n}"), n, Type::Scalar(scalar)))
                .collect();
        },
        expect![[r#"
            message M {
              double f1 = 1;
              float f2 = 2;
              int32 f3 = 3;
              int64 f4 = 4;
              uint32 f5 = 5;
              uint64 f6 = 6;
              sint32 f7 = 7;
              sint64 f8 = 8;
              fixed32 f9 = 9;
              fixed64 f10 = 10;
              sfixed32 f11 = 11;
              sfixed64 f12 = 12;
              bool f13 = 13;
              string f14 = 14;
              bytes f15 = 15;
            }
        "#]],
    );
}

#[test]
fn comments_set_members_apart() {
    check_message(
        |m| {
            m.comment = "A message.\n\nWith  two paragraphs,\n    and an example.".into();
            m.members = vec![
                singular("a", 1, INT32),
                singular("b", 2, INT32),
                commented("The third.", singular("c", 3, INT32)),
                singular("d", 4, INT32),
                singular("e", 5, INT32),
                commented(
                    "One of two.",
                    oneof("f", [("g", 6, INT32), ("h", 7, STRING)]),
                ),
                singular("i", 8, INT32),
            ];
        },
        expect![[r#"
            // A message.
            //
            // With  two paragraphs,
            //     and an example.
            message M {
              int32 a = 1;
              int32 b = 2;

              // The third.
              int32 c = 3;

              int32 d = 4;
              int32 e = 5;

              // One of two.
              oneof f {
                int32 g = 6;
                string h = 7;
              }

              int32 i = 8;
            }
        "#]],
    );
}

#[test]
fn no_comment_can_break_out() {
    check_message(
        |m| {
            m.comment = "/* a */ b */ // c\r\nback\\\n\u{0}nul\u{7}\n\ttab\ttab  \n\u{2028}größe \"quoted\" \\".into();
        },
        expect![[r#"
            // /* a */ b */ // c
            // back\
            //  nul
            // 	tab	tab
            //  größe "quoted" \
            message M {}
        "#]],
    );
    check_message(
        |m| {
            m.comment = "\n  \n\nframed by blank lines\n\n \n".into();
            m.members = vec![
                commented(" \n\n", singular("not_commented", 1, INT32)),
                singular("b", 2, INT32),
            ];
        },
        expect![[r#"
            // framed by blank lines
            message M {
              int32 not_commented = 1;
              int32 b = 2;
            }
        "#]],
    );
}

#[test]
fn deprecated_is_said_everywhere() {
    check(
        |file| {
            let mut m = message(
                "M",
                [singular("a", 1, INT32), oneof("o", [("b", 2, INT32)])],
            );
            m.deprecated = true;
            if let Member::Field(field) = &mut m.members[0] {
                field.deprecated = true;
            }
            if let Member::OneOf(oneof) = &mut m.members[1] {
                oneof.fields[0].deprecated = true;
                oneof.fields[0].comment = "The only one.".into();
            }
            file.messages = vec![m];
            let mut e = enumeration("E", [("E_A", 0)]);
            e.deprecated = true;
            e.values.push(EnumValue {
                name: "E_B".into(),
                number: 1,
                comment: "Second.".into(),
                deprecated: true,
                origin: None,
            });
            file.enums = vec![e];
        },
        expect![[r#"
            syntax = "proto3";

            package test;

            message M {
              option deprecated = true;

              int32 a = 1 [deprecated = true];

              oneof o {
                // The only one.
                int32 b = 2 [deprecated = true];
              }
            }

            enum E {
              option deprecated = true;

              E_A = 0;

              // Second.
              E_B = 1 [deprecated = true];
            }
        "#]],
    );
}

#[test]
fn values_may_share_a_number_on_purpose() {
    check(
        |file| {
            let mut e = enumeration("E", [("E_A", 0), ("E_B", 1), ("B", 1), ("E_OLD_B", 1)]);
            e.allow_alias = true;
            file.enums = vec![e];
        },
        expect![[r#"
            syntax = "proto3";

            package test;

            enum E {
              option allow_alias = true;

              E_A = 0;
              E_B = 1;
              B = 1;
              E_OLD_B = 1;
            }
        "#]],
    );
}

#[test]
fn reserved_numbers_and_names_come_before_fields() {
    check(
        |file| {
            let mut m = message("M", [singular("a", 1, INT32)]);
            m.reserved = Reserved {
                numbers: vec![2..=2, 9..=11, 1000..=536_870_911],
                names: vec!["old".into(), "older".into()],
            };
            let mut only = message("OnlyReserved", []);
            only.reserved.numbers = vec![1..=1];
            file.messages = vec![m, only];
            let mut e = enumeration("E", [("E_A", 0)]);
            e.reserved = Reserved {
                numbers: vec![-5..=-1, 7..=i32::MAX],
                names: vec!["E_OLD".into()],
            };
            file.enums = vec![e];
        },
        expect![[r#"
            syntax = "proto3";

            package test;

            message M {
              reserved 2, 9 to 11, 1000 to max;
              reserved "old", "older";

              int32 a = 1;
            }

            message OnlyReserved {
              reserved 1;
            }

            enum E {
              reserved -5 to -1, 7 to max;
              reserved "E_OLD";

              E_A = 0;
            }
        "#]],
    );
}

#[test]
fn nested_types_come_before_fields() {
    check_message(
        |m| {
            let mut inner = message(
                "Inner",
                [singular("kind", 1, Type::Enum("test.M.Kind".into()))],
            );
            inner.comment = "Inside.".into();
            inner.messages = vec![message("Innermost", [singular("up", 1, a("test.M.Inner"))])];
            m.enums = vec![enumeration("Kind", [("KIND_UNSPECIFIED", 0)])];
            m.messages = vec![inner, message("Other", [])];
            m.members = vec![
                singular("inner", 1, a("test.M.Inner")),
                singular("innermost", 2, a("test.M.Inner.Innermost")),
            ];
        },
        expect![[r#"
            message M {
              enum Kind {
                KIND_UNSPECIFIED = 0;
              }

              // Inside.
              message Inner {
                message Innermost {
                  Inner up = 1;
                }

                Kind kind = 1;
              }

              message Other {}

              Inner inner = 1;
              Inner.Innermost innermost = 2;
            }
        "#]],
    );
}

/// Checks how the field of `a.b.User.Inner` refers to a type, given other types that could be in the way.
#[track_caller]
fn check_reference(target: &str, others: &[&str], expect: Expect) {
    let mut files: Vec<File> = Vec::new();
    for (package, message_path) in [target]
        .iter()
        .chain(others)
        .map(|name| name.rsplit_once(':').expect("package:Type"))
    {
        let path = format!("{}.proto", package.replace('.', "_"));
        let index = files
            .iter()
            .position(|file| file.path == path)
            .unwrap_or_else(|| {
                files.push(file(&path, package));
                files.len() - 1
            });
        let mut messages = &mut files[index].messages;
        for part in message_path.split('.') {
            let at = messages
                .iter()
                .position(|message| message.name == part)
                .unwrap_or_else(|| {
                    messages.push(message(part, []));
                    messages.len() - 1
                });
            messages = &mut messages[at].messages;
        }
    }
    let user = files
        .iter_mut()
        .find(|file| file.package == "a.b")
        .expect("the package a.b");
    let outer = user
        .messages
        .iter_mut()
        .find(|message| message.name == "User")
        .expect("the message User");
    let inner = outer
        .messages
        .iter_mut()
        .find(|message| message.name == "Inner")
        .expect("the message Inner");
    inner.members = vec![singular("f", 1, a(&target.replace(':', ".")))];
    let schema = Schema::new(files).unwrap_or_else(|errors| panic!("{errors}"));
    let text = schema
        .print()
        .into_iter()
        .map(|file| file.text)
        .collect::<String>();
    let line = text
        .lines()
        .find(|line| line.contains(" f = 1;"))
        .expect("the field");
    expect.assert_eq(line.trim().trim_end_matches(" f = 1;"));
}

#[test]
fn references_are_as_short_as_they_can_be() {
    let user = "a.b:User.Inner";
    check_reference("a.b:User.Inner", &[], expect!["Inner"]);
    check_reference("a.b:User.Inner.Own", &[], expect!["Own"]);
    check_reference("a.b:User.Sibling", &[user], expect!["Sibling"]);
    check_reference("a.b:Other", &[user], expect!["Other"]);
    check_reference("a.b:Other.Nested", &[user], expect!["Other.Nested"]);
    check_reference("a.c:Other", &[user], expect!["a.c.Other"]);
    check_reference("a:Other", &[user], expect!["a.Other"]);
    check_reference("x.y:Other", &[user], expect!["x.y.Other"]);
    check_reference("a.b.c:Other", &[user], expect!["a.b.c.Other"]);
}

#[test]
fn references_avoid_what_is_further_in() {
    check_reference("a.b:Other", &["a.b:User.Inner.Other"], expect!["a.b.Other"]);
    check_reference(
        "a.b:Other",
        &["a.b:User.Other", "a.b:User.Inner"],
        expect!["a.b.Other"],
    );
    check_reference(
        "a.b:Other",
        &["a.b:User.Inner.Other", "a.b:User.b"],
        expect!["a.b.Other"],
    );
    check_reference(
        "a.b:Other",
        &["a.b:User.Inner.Other", "a.b:User.Inner.b", "a.b:User.a"],
        expect![".a.b.Other"],
    );
    check_reference("x:Other", &["a.b:User.Inner.x"], expect![".x.Other"]);
    // It doesn't matter that nobody imports the package `a.x`: not every compiler looks.
    check_reference(
        "x:Other",
        &["a.b:User.Inner", "a.x:Unrelated"],
        expect![".x.Other"],
    );
    // `message` begins a declaration.
    check_reference(
        "message.v1:Other",
        &["a.b:User.Inner"],
        expect![".message.v1.Other"],
    );
    check_reference("a.b:string", &["a.b:User.Inner"], expect!["a.b.string"]);
}

#[test]
fn a_method_named_like_a_message_needs_more_of_the_name() {
    check(
        |file| {
            file.messages = vec![message("Ping", [])];
            file.services = vec![service(
                "S",
                [method("Ping", MethodKind::Unary, "test.Ping", "test.Ping")],
            )];
        },
        expect![[r#"
            syntax = "proto3";

            package test;

            service S {
              rpc Ping(test.Ping) returns (test.Ping);
            }

            message Ping {}
        "#]],
    );
}

#[test]
fn imports_are_sorted_and_none_is_unused() {
    let mut user = file("user.proto", "user");
    user.messages = vec![message(
        "U",
        [
            singular("b", 1, a("pkg.b.B")),
            singular("a", 2, a("pkg.a.A")),
        ],
    )];
    let mut files = vec![user];
    for name in ["c", "b", "a"] {
        let mut other = file(&format!("pkg/{name}.proto"), &format!("pkg.{name}"));
        other.messages = vec![message(&name.to_uppercase(), [])];
        other.imported = name != "c";
        files.push(other);
    }
    let files = Schema::new(files).expect("a good schema").print();
    assert_eq!(files.len(), 2, "imported files aren't printed");
    expect![[r#"
        syntax = "proto3";

        package user;

        import "pkg/a.proto";
        import "pkg/b.proto";

        message U {
          pkg.b.B b = 1;
          pkg.a.A a = 2;
        }
    "#]]
    .assert_eq(&files[1].text);
}
