//! What `Schema::new` refuses: the rules of `protoc`, one each.

mod support;

use expect_test::{Expect, expect};
use support::*;
use traitwire_schema::model::{EnumValue, FieldType, File, Message, Reserved, Type};
use traitwire_schema::{MethodKind, Scalar, Schema};

/// Checks what is wrong with a file in the package `test`.
#[track_caller]
fn check(change: impl FnOnce(&mut File), expect: Expect) {
    let mut file = file("test.proto", "test");
    change(&mut file);
    expect.assert_eq(&match Schema::new(vec![file]) {
        Ok(_) => "ok".to_owned(),
        Err(errors) => errors.to_string(),
    });
}

/// Checks what is wrong with a message `test.M`.
#[track_caller]
fn check_message(change: impl FnOnce(&mut Message), expect: Expect) {
    let mut m = message("M", []);
    change(&mut m);
    check(|file| file.messages.push(m), expect);
}

#[test]
fn references_lead_somewhere() {
    check(
        |file| {
            file.messages = vec![message(
                "M",
                [
                    singular("a", 1, a("test.Gone")),
                    singular("b", 2, Type::Enum("test.M".into())),
                ],
            )];
            file.enums = vec![enumeration("E", [("E_A", 0)])];
            file.services = vec![service(
                "S",
                [method("Get", MethodKind::Unary, "M", "test.E")],
            )];
        },
        expect![[r#"
            service `test.S`: there is no message `M`

            service `test.S`: there is no message `test.E`

            message `test.M`: there is no message `test.Gone`

            message `test.M`: there is no enum `test.M`"#]],
    );
}

#[test]
fn a_name_stands_for_one_thing() {
    check(
        |file| {
            file.messages = vec![
                message("M", [singular("a", 1, INT32), singular("a", 2, INT32)]),
                message("S", []),
            ];
            file.services = vec![service("S", [])];
        },
        expect![[r#"
            field `test.M.a`: the name is also that of the field `test.M.a`
            help: rename one of the two with `#[proto(name = "…")]`

            service `test.S`: the name is also that of the message `test.S`
            help: rename one of the two with `#[proto(name = "…")]`, or move it with `#[proto(package = "…")]`"#]],
    );
}

#[test]
fn values_of_enums_are_siblings_of_the_enums() {
    check(
        |file| {
            file.enums = vec![
                enumeration("A", [("NONE", 0)]),
                enumeration("B", [("NONE", 0)]),
                // Even with these prefixes.
                enumeration("Foo", [("FOO_ZERO", 0), ("FOO_BAR_ZERO", 1)]),
                enumeration("FooBar", [("FOO_BAR_ZERO", 0)]),
            ]
        },
        expect![[r#"
            enum value `test.NONE`: the name is also that of the enum value `test.NONE`
            help: values are siblings of their enum in protobuf, as in C: rename one of the two with `#[proto(name = "…")]`, and start each with its enum's name

            enum value `test.FOO_BAR_ZERO`: the name is also that of the enum value `test.FOO_BAR_ZERO`
            help: values are siblings of their enum in protobuf, as in C: rename one of the two with `#[proto(name = "…")]`, and start each with its enum's name"#]],
    );
}

#[test]
fn names_that_protobuf_makes_up_are_taken() {
    check_message(
        |m| {
            m.messages = vec![message("PointsByNameEntry", []), message("_x", [])];
            m.members = vec![
                field("points_by_name", 1, FieldType::Map(Scalar::String, INT32)),
                field("x", 2, FieldType::Optional(INT32)),
            ];
        },
        expect![[r#"
            message for the entries of a map `test.M.PointsByNameEntry`: the name is also that of the message `test.M.PointsByNameEntry`
            help: rename one of the two with `#[proto(name = "…")]`, or move it with `#[proto(package = "…")]`

            oneof that protobuf makes for an `optional` field `test.M._x`: the name is also that of the message `test.M._x`
            help: rename one of the two with `#[proto(name = "…")]`, or move it with `#[proto(package = "…")]`"#]],
    );
}

#[test]
fn a_package_is_no_message() {
    let mut outer = file("outer.proto", "a");
    outer.messages = vec![message("b", [])];
    let errors =
        Schema::new(vec![outer, file("inner.proto", "a.b.c")]).expect_err("`a.b` is two things");
    expect![[r#"
        message `a.b`: the name is also that of the package `a.b`
        help: rename one of the two with `#[proto(name = "…")]`"#]]
    .assert_eq(&errors.to_string());
}

#[test]
fn numbers_are_given_once_in_a_message_and_its_oneofs() {
    check_message(
        |m| {
            m.members = vec![
                singular("a", 1, INT32),
                oneof("o", [("b", 2, INT32), ("c", 1, INT32)]),
            ]
        },
        expect!["message `test.M`: field `c`: the field number 1 is already that of `a`"],
    );
    check_message(
        |m| {
            m.members = vec![
                singular("a", 19_000, INT32),
                singular("b", 536_870_912, INT32),
                singular("c", u32::MAX, INT32),
            ]
        },
        expect![[r#"
            message `test.M`: field `a`: 19000 can't be a field number: protobuf keeps 19000 to 19999 for its implementations

            message `test.M`: field `b`: 536870912 can't be a field number: the last one is 536870911

            message `test.M`: field `c`: 4294967295 can't be a field number: the last one is 536870911"#]],
    );
}

#[test]
fn json_names_differ() {
    check_message(
        |m| {
            m.members = vec![
                singular("foo_bar", 1, INT32),
                singular("fooBar", 2, INT32),
                singular("foobar", 3, INT32),
            ]
        },
        expect![[r#"
            message `test.M`: the fields `foo_bar` and `fooBar` would be the same in JSON, where underscores and case don't count
            help: rename one of the two with `#[proto(name = "…")]`

            message `test.M`: the fields `foo_bar` and `foobar` would be the same in JSON, where underscores and case don't count
            help: rename one of the two with `#[proto(name = "…")]`"#]],
    );
}

#[test]
fn value_names_differ_without_the_prefix() {
    check(
        |file| {
            file.enums = vec![enumeration(
                "MyKind",
                [
                    ("MY_KIND_A", 0),
                    ("MYKIND_A", 1),
                    ("A", 2),
                    ("MY_KIND", 3),
                    ("MY_KIND_A_B", 4),
                    ("MY_KIND_AB", 5),
                ],
            )];
        },
        expect![[r#"
            enum `test.MyKind`: the values `MY_KIND_A` and `MYKIND_A` would be the same in languages that remove the enum's name from them
            help: rename one of the two with `#[proto(name = "…")]`

            enum `test.MyKind`: the values `MYKIND_A` and `A` would be the same in languages that remove the enum's name from them
            help: rename one of the two with `#[proto(name = "…")]`"#]],
    );
}

#[test]
fn a_number_has_several_names_where_the_enum_says_so() {
    check(
        |file| {
            let mut none = enumeration("None", [("NONE_A", 0), ("NONE_B", 1)]);
            none.allow_alias = true;
            let mut reserved = enumeration("E", [("E_A", 0), ("E_OLD", 0)]);
            reserved.allow_alias = true;
            reserved.reserved.names = vec!["E_OLD".into()];
            let silent = enumeration("Silent", [("SILENT_A", 0), ("SILENT_B", 0)]);
            file.enums = vec![none, reserved, silent];
        },
        expect![[r#"
            enum `test.None`: it allows aliases, but no two values have the same number

            enum `test.E`: the name `E_OLD` is reserved

            enum `test.Silent`: the values `SILENT_A` and `SILENT_B` have the same number, 0"#]],
    );
}

#[test]
fn enums_have_a_zero_first() {
    check(
        |file| {
            file.enums = vec![
                enumeration("Empty", []),
                enumeration("One", [("ONE_A", 1), ("ONE_B", 0)]),
            ]
        },
        expect![[r#"
            enum `test.Empty`: a protobuf enum needs a value
            help: add one with the number 0, such as `Unspecified = 0`

            enum `test.One`: the first value, `ONE_A`, has to be 0: it is what an absent field holds
            help: put one first that means nothing else, such as `Unspecified = 0`"#]],
    );
}

#[test]
fn what_is_reserved_is_not_used() {
    check_message(
        |m| {
            m.reserved = Reserved {
                numbers: vec![1..=3, 7..=7],
                names: vec!["old".into()],
            };
            m.members = vec![singular("a", 2, INT32), oneof("o", [("old", 7, INT32)])];
        },
        expect![[r#"
            message `test.M`: field `a`: the field number 2 is reserved (1 to 3)

            message `test.M`: field `old`: the field number 7 is reserved

            message `test.M`: the name `old` is reserved"#]],
    );
    check(
        |file| {
            let mut e = enumeration("E", [("E_A", 0), ("E_OLD", 1), ("E_B", -7)]);
            e.reserved = Reserved {
                numbers: vec![-7..=-7],
                names: vec!["E_OLD".into()],
            };
            file.enums = vec![e];
        },
        expect![[r#"
            enum `test.E`: the name `E_OLD` is reserved

            enum `test.E`: value `E_B`: the number -7 is reserved"#]],
    );
}

#[test]
fn what_is_reserved_makes_sense() {
    #[expect(clippy::reversed_empty_ranges, reason = "it is what is refused")]
    check_message(
        |m| {
            m.reserved = Reserved {
                numbers: vec![
                    5..=4,
                    0..=1,
                    -3..=-1,
                    536_870_911..=536_870_912,
                    10..=20,
                    20..=30,
                ],
                names: vec!["a".into(), "a".into(), "no name".into()],
            };
        },
        expect![[r#"
            message `test.M`: 5 to 4 can't be reserved: the first number is the smaller one, and fields have the numbers 1 to 536870911

            message `test.M`: 0 to 1 can't be reserved: the first number is the smaller one, and fields have the numbers 1 to 536870911

            message `test.M`: -3 to -1 can't be reserved: the first number is the smaller one, and fields have the numbers 1 to 536870911

            message `test.M`: 536870911 to 536870912 can't be reserved: the first number is the smaller one, and fields have the numbers 1 to 536870911

            message `test.M`: 10 to 20 and 20 to 30 are reserved, which have numbers in common

            message `test.M`: the name `a` is reserved twice

            message `test.M`: `no name` can't be a protobuf name: ` ` is not an ASCII letter, digit or underscore"#]],
    );
}

#[test]
fn names_are_names() {
    check(
        |file| {
            file.package = "test.1".into();
            file.path = "test".into();
            file.messages = vec![
                message("", []),
                message("Größe", [oneof("no-oneof", [("a", 1, INT32)])]),
            ];
            let mut e = enumeration("E", [("E_A", 0)]);
            e.values.push(EnumValue {
                name: "option".into(),
                number: 1,
                ..EnumValue::default()
            });
            file.enums = vec![e];
            file.services = vec![service("S p", [])];
        },
        expect![[r#"
            file `test`: `test` can't be an exported file: it doesn't end with `.proto`

            file `test`: `1` can't be a protobuf name: it starts with a digit

            service `test.1.S p`: `S p` can't be a protobuf name: ` ` is not an ASCII letter, digit or underscore

            message `test.1.`: a protobuf name can't be empty

            message `test.1.Größe`: `Größe` can't be a protobuf name: `ö` is not an ASCII letter, digit or underscore

            message `test.1.Größe`: `no-oneof` can't be a protobuf name: `-` is not an ASCII letter, digit or underscore

            enum `test.1.E`: `option` can't be the name of an enum value: it begins a statement in protobuf"#]],
    );
}

#[test]
fn oneofs_and_maps_have_limits() {
    check_message(
        |m| {
            m.members = vec![
                oneof("o", []),
                field("f", 1, FieldType::Map(Scalar::Float, INT32)),
                field("b", 2, FieldType::Map(Scalar::Bytes, INT32)),
                field("ok", 3, FieldType::Map(Scalar::Sfixed64, INT32)),
            ];
        },
        expect![[r#"
            message `test.M`: field `f`: a map can't have keys of type `float`, only integers, `bool` and `string`

            message `test.M`: field `b`: a map can't have keys of type `bytes`, only integers, `bool` and `string`

            message `test.M`: the oneof `o` has no fields"#]],
    );
}

#[test]
fn messages_in_messages_have_a_limit() {
    let nested = |depth: u32| {
        (1..depth).fold(message("M", []), |inner, _| {
            let mut m = message("M", []);
            m.messages = vec![inner];
            m
        })
    };
    check(|file| file.messages = vec![nested(31)], expect!["ok"]);
    check(
        |file| file.messages = vec![nested(32)],
        expect![
            "message `test.M.M.M.M.M.M.M.M.M.M.M.M.M.M.M.M.M.M.M.M.M.M.M.M.M.M.M.M.M.M.M.M`: it is declared in too many other messages, one in the other"
        ],
    );
}

#[test]
fn circles_of_imports_are_reported_once() {
    let file = |name: &str, uses: &[&str]| {
        let mut file = file(&format!("{name}.proto"), name);
        let members = (1..)
            .zip(uses)
            .map(|(n, user)| singular(&format!("f{n}"), n, a(&format!("{user}.M"))));
        file.messages = vec![message("M", members)];
        file
    };
    let errors = Schema::new(vec![
        file("a", &["b", "x"]),
        file("b", &["c"]),
        file("c", &["a"]),
        file("x", &["y"]),
        file("y", &["x"]),
        file("z", &["a"]),
    ])
    .expect_err("two circles");
    expect![[r#"
        file `a.proto`: circular imports, which protobuf doesn't allow:
          `a.proto` imports `b.proto`: `a.M` refers to `b.M`
          `b.proto` imports `c.proto`: `b.M` refers to `c.M`
          `c.proto` imports `a.proto`: `c.M` refers to `a.M`
        help: move one of these types to a package of its own with `#[proto(package = "…")]`

        file `x.proto`: circular imports, which protobuf doesn't allow:
          `x.proto` imports `y.proto`: `x.M` refers to `y.M`
          `y.proto` imports `x.proto`: `y.M` refers to `x.M`
        help: move one of these types to a package of its own with `#[proto(package = "…")]`"#]]
    .assert_eq(&errors.to_string());
}
