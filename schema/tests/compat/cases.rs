//! Changes of an API, with what our rules say of them, and those of `buf breaking`.

#![allow(dead_code, reason = "each test program uses some of it")]

use expect_test::{Expect, expect};
use traitwire_schema::compat::{Break, Who};

/// A change.
pub(crate) struct Case {
    /// What happens.
    pub(crate) name: String,
    pub(crate) old: String,
    pub(crate) new: String,
    /// Our rules that report it, each with those who break.
    pub(crate) ours: Expect,
    /// Those of `buf`, from all categories.
    pub(crate) buf: Expect,
    /// The categories in which the two disagree, and why; there is one reason for all of a case.
    pub(crate) apart: Option<(&'static [&'static str], &'static str)>,
}

impl Case {
    fn new(name: &str, old: &str, new: &str, ours: Expect, buf: Expect) -> Self {
        Self {
            name: name.to_owned(),
            old: old.to_owned(),
            new: new.to_owned(),
            ours,
            buf,
            apart: None,
        }
    }

    fn apart(mut self, categories: &'static [&'static str], why: &'static str) -> Self {
        self.apart = Some((categories, why));
        self
    }
}

/// What is said of a change, in short.
pub(crate) fn summary(breaks: &[Break]) -> String {
    let lines = breaks.iter().map(|found| {
        let who: Vec<_> = found.harms.iter().map(|harm| harm.who.id()).collect();
        format!("{}: {}", found.rule, who.join(", "))
    });
    let mut lines: Vec<_> = lines.collect();
    lines.dedup();
    lines.join("\n")
}

/// Whether a break is one that a category of `buf` is about.
pub(crate) fn counts(found: &Break, category: &str) -> bool {
    let wire = found.hurts(Who::WireReaders) || found.hurts(Who::WireWriters);
    match category {
        "WIRE" => wire,
        "WIRE_JSON" => wire || found.hurts(Who::Json),
        // Where in its package something stands is a matter of files.
        "PACKAGE" => !["file-removed", "type-moved"].contains(&found.rule),
        "FILE" => true,
        _ => unreachable!("there are four categories"),
    }
}

/// All cases.
pub(crate) fn all() -> Vec<Case> {
    vec![
        // Nothing that breaks.
        Case::new(
            "nothing changes",
            "message A { int32 a = 1; }",
            "message A { int32 a = 1; }",
            expect![[""]],
            expect![[""]],
        ),
        Case::new(
            "a field is added",
            "message A { int32 a = 1; }",
            "message A { int32 a = 1; string b = 2; }",
            expect![[""]],
            expect![[""]],
        ),
        Case::new(
            "a field is added to a oneof",
            "message A { oneof k { int32 a = 1; } }",
            "message A { oneof k { int32 a = 1; int32 b = 2; } }",
            expect![[""]],
            expect![[""]],
        ),
        Case::new(
            "a message, an enum and a service are added",
            "message A {}",
            "message A {} enum E { E_ZERO = 0; } message B { E e = 1; } service S { rpc Get(A) returns (B); }",
            expect![[""]],
            expect![[""]],
        ),
        Case::new(
            "a method is added",
            "message A {} service S { rpc Get(A) returns (A); }",
            "message A {} service S { rpc Get(A) returns (A); rpc Put(A) returns (A); }",
            expect![[""]],
            expect![[""]],
        ),
        Case::new(
            "an enum value is added",
            "enum E { E_ZERO = 0; }",
            "enum E { E_ZERO = 0; E_ONE = 1; }",
            expect![[""]],
            expect![[""]],
        ),
        Case::new(
            "an alias is added",
            "enum E { E_ZERO = 0; }",
            "enum E { option allow_alias = true; E_ZERO = 0; E_NONE = 0; }",
            expect![[""]],
            expect![[""]],
        ),
        Case::new(
            "more is reserved",
            "message A { int32 a = 1; reserved 2; }",
            "message A { int32 a = 1; reserved 2 to 9; reserved \"b\"; }",
            expect![[""]],
            expect![[""]],
        ),
        Case::new(
            "something is deprecated",
            "message A { int32 a = 1; } service S { rpc Get(A) returns (A); }",
            "message A { int32 a = 1 [deprecated = true]; } service S { rpc Get(A) returns (A) { option deprecated = true; } }",
            expect![[""]],
            expect![[""]],
        ),
        Case::new(
            "fields, values, methods and types stand in another order",
            "enum E { E_ZERO = 0; E_ONE = 1; E_TWO = 2; } message A { int32 a = 1; int32 b = 2; } message B {} service S { rpc Get(A) returns (A); rpc Put(A) returns (A); }",
            "message B {} service S { rpc Put(A) returns (A); rpc Get(A) returns (A); } message A { int32 b = 2; int32 a = 1; } enum E { E_ZERO = 0; E_TWO = 2; E_ONE = 1; }",
            expect![[""]],
            expect![[""]],
        ),
        Case::new(
            "a comment changes",
            "// One.\nmessage A {}",
            "// Two.\nmessage A {}",
            expect![[""]],
            expect![[""]],
        ),
        Case::new(
            "a file and a package are added",
            "--- a.proto\npackage a; message A {}",
            "--- a.proto\npackage a; message A {}\n--- b.proto\npackage b; message B {}",
            expect![[""]],
            expect![[""]],
        ),
        // Fields that come and go.
        Case::new(
            "a field is removed",
            "message A { int32 a = 1; int32 b = 2; }",
            "message A { int32 a = 1; }",
            expect![[r#"
                field-removed: source
                field-not-reserved: wire-readers, wire-writers, json
                deprecated-first: source"#]],
            expect![[r#"
                FIELD_NO_DELETE
                FIELD_NO_DELETE_UNLESS_NAME_RESERVED
                FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED"#]],
        ),
        Case::new(
            "a field is removed, and its number reserved",
            "message A { int32 a = 1; int32 b = 2; }",
            "message A { int32 a = 1; reserved 2; }",
            expect![[r#"
                field-removed: source
                field-not-reserved: json
                deprecated-first: source"#]],
            expect![[r#"
                FIELD_NO_DELETE
                FIELD_NO_DELETE_UNLESS_NAME_RESERVED"#]],
        ),
        Case::new(
            "a field is removed, and its name reserved",
            "message A { int32 a = 1; int32 b = 2; }",
            "message A { int32 a = 1; reserved \"b\"; }",
            expect![[r#"
                field-removed: source
                field-not-reserved: wire-readers, wire-writers
                deprecated-first: source"#]],
            expect![[r#"
                FIELD_NO_DELETE
                FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED"#]],
        ),
        Case::new(
            "a field is removed, and both reserved",
            "message A { int32 a = 1; int32 b = 2; }",
            "message A { int32 a = 1; reserved 2; reserved \"b\"; }",
            expect![[r#"
                field-removed: source
                deprecated-first: source"#]],
            expect!["FIELD_NO_DELETE"],
        ),
        Case::new(
            "a deprecated field is removed, and both reserved",
            "message A { int32 a = 1; int32 b = 2 [deprecated = true]; }",
            "message A { int32 a = 1; reserved 2; reserved \"b\"; }",
            expect!["field-removed: source"],
            expect!["FIELD_NO_DELETE"],
        ),
        Case::new(
            "a field of a oneof is removed",
            "message A { oneof k { int32 a = 1; int32 b = 2; } }",
            "message A { oneof k { int32 a = 1; } reserved 2; reserved \"b\"; }",
            expect![[r#"
                field-removed: source
                deprecated-first: source"#]],
            expect!["FIELD_NO_DELETE"],
        ),
        Case::new(
            "a field of a nested message is removed",
            "message A { message In { int32 a = 1; } }",
            "message A { message In {} }",
            expect![[r#"
                field-removed: source
                field-not-reserved: wire-readers, wire-writers, json
                deprecated-first: source"#]],
            expect![[r#"
                FIELD_NO_DELETE
                FIELD_NO_DELETE_UNLESS_NAME_RESERVED
                FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED"#]],
        ),
        Case::new(
            "a field has another number",
            "message A { int32 a = 1; }",
            "message A { int32 a = 2; }",
            expect![[r#"
                field-not-reserved: wire-readers, wire-writers
                field-number: wire-readers, wire-writers"#]],
            expect![[r#"
                FIELD_NO_DELETE
                FIELD_NO_DELETE_UNLESS_NAME_RESERVED
                FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED"#]],
        ),
        Case::new(
            "a field has another number, and the old one is reserved",
            "message A { int32 a = 1; }",
            "message A { int32 a = 2; reserved 1; }",
            expect!["field-number: wire-readers, wire-writers"],
            expect![[r#"
                FIELD_NO_DELETE
                FIELD_NO_DELETE_UNLESS_NAME_RESERVED"#]],
        ).apart(&["WIRE"], NUMBERS),
        Case::new(
            "two fields change places",
            "message A { int32 a = 1; int32 b = 2; }",
            "message A { int32 a = 2; int32 b = 1; }",
            expect!["field-number: wire-readers, wire-writers"],
            expect![[r#"
                FIELD_SAME_JSON_NAME
                FIELD_SAME_NAME"#]],
        ).apart(&["WIRE"], NUMBERS),
        Case::new(
            "a field has another name",
            "message A { int32 a = 1; }",
            "message A { int32 b = 1; }",
            expect!["field-name: json, source"],
            expect![[r#"
                FIELD_SAME_JSON_NAME
                FIELD_SAME_NAME"#]],
        ),
        Case::new(
            "a field has another name that is the same in JSON",
            "message A { int32 one_two = 1; }",
            "message A { int32 oneTwo = 1; }",
            expect!["field-name: json, source"],
            expect!["FIELD_SAME_NAME"],
        ),
        Case::new(
            "a field is replaced by another one of its number",
            "message A { int32 a = 1; }",
            "message A { string b = 1; }",
            expect![[r#"
                field-name: json, source
                field-type: wire-readers, wire-writers, json, source"#]],
            expect![[r#"
                FIELD_SAME_JSON_NAME
                FIELD_SAME_NAME
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        // Types of fields.
        of_field(
            "int32",
            "int64",
            expect!["field-type: json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "int64",
            "int32",
            expect!["field-type: json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "int32",
            "uint32",
            expect!["field-type: source"],
            expect!["FIELD_SAME_TYPE"],
        ),
        of_field(
            "uint32",
            "int32",
            expect!["field-type: source"],
            expect!["FIELD_SAME_TYPE"],
        ),
        of_field(
            "int64",
            "uint64",
            expect!["field-type: source"],
            expect!["FIELD_SAME_TYPE"],
        ),
        of_field(
            "uint32",
            "uint64",
            expect!["field-type: json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "int32",
            "bool",
            expect!["field-type: json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "bool",
            "uint64",
            expect!["field-type: json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "int32",
            "sint32",
            expect!["field-type: wire-readers, wire-writers, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "int32",
            "fixed32",
            expect!["field-type: wire-readers, wire-writers, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "int32",
            "float",
            expect!["field-type: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "int32",
            "string",
            expect!["field-type: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "sint32",
            "sint64",
            expect!["field-type: json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "sint64",
            "sint32",
            expect!["field-type: json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "sint32",
            "uint32",
            expect!["field-type: wire-readers, wire-writers, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "sint64",
            "int64",
            expect!["field-type: wire-readers, wire-writers, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "fixed32",
            "sfixed32",
            expect!["field-type: source"],
            expect!["FIELD_SAME_TYPE"],
        ),
        of_field(
            "fixed64",
            "sfixed64",
            expect!["field-type: source"],
            expect!["FIELD_SAME_TYPE"],
        ),
        of_field(
            "fixed32",
            "fixed64",
            expect!["field-type: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "sfixed32",
            "int32",
            expect!["field-type: wire-readers, wire-writers, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "fixed32",
            "float",
            expect!["field-type: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "sfixed64",
            "double",
            expect!["field-type: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "float",
            "double",
            expect!["field-type: wire-readers, wire-writers, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "double",
            "int64",
            expect!["field-type: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "string",
            "bytes",
            expect!["field-type: wire-readers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ).apart(&["WIRE"], UTF8),
        of_field(
            "bytes",
            "string",
            expect!["field-type: wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "string",
            "int32",
            expect!["field-type: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "bool",
            "string",
            expect!["field-type: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "M",
            "bytes",
            expect![[r#"
            field-type: wire-readers, json, source
            field-presence: source"#]],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "bytes",
            "M",
            expect![[r#"
            field-type: wire-writers, json, source
            field-presence: source"#]],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "M",
            "string",
            expect![[r#"
            field-type: wire-readers, wire-writers, json, source
            field-presence: source"#]],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "M",
            "int32",
            expect![[r#"
            field-type: wire-readers, wire-writers, json, source
            field-presence: source"#]],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "M",
            "E",
            expect![[r#"
            field-type: wire-readers, wire-writers, json, source
            field-presence: source"#]],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "E",
            "int32",
            expect!["field-type: json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ).apart(&["WIRE"], ENUMS),
        of_field(
            "E",
            "uint32",
            expect!["field-type: json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ).apart(&["WIRE"], ENUMS),
        of_field(
            "E",
            "int64",
            expect!["field-type: json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ).apart(&["WIRE"], ENUMS),
        of_field(
            "E",
            "uint64",
            expect!["field-type: json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ).apart(&["WIRE"], ENUMS),
        of_field(
            "int32",
            "E",
            expect!["field-type: json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ).apart(&["WIRE"], ENUMS),
        of_field(
            "uint32",
            "E",
            expect!["field-type: json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ).apart(&["WIRE"], ENUMS),
        of_field(
            "int64",
            "E",
            expect!["field-type: json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ).apart(&["WIRE"], ENUMS),
        of_field(
            "uint64",
            "E",
            expect!["field-type: json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ).apart(&["WIRE"], ENUMS),
        of_field(
            "E",
            "bool",
            expect!["field-type: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "bool",
            "E",
            expect!["field-type: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "E",
            "sint32",
            expect!["field-type: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "E",
            "string",
            expect!["field-type: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field("M", "N", expect!["field-type: source"], expect![[r#"
            FIELD_SAME_TYPE
            FIELD_WIRE_COMPATIBLE_TYPE
            FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]]).apart(&["WIRE", "WIRE_JSON"], TYPE_NAMES),
        of_field(
            "N",
            "M",
            expect!["field-type: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "M",
            "O",
            expect!["field-type: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field("E", "F", expect!["field-type: json, source"], expect![[r#"
            FIELD_SAME_TYPE
            FIELD_WIRE_COMPATIBLE_TYPE
            FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]]).apart(&["WIRE"], VALUE_NAMES),
        of_field(
            "E",
            "G",
            expect!["field-type: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field("G", "E", expect!["field-type: json, source"], expect![[r#"
            FIELD_SAME_TYPE
            FIELD_WIRE_COMPATIBLE_TYPE
            FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]]).apart(&["WIRE"], VALUE_NAMES),
        of_field(
            "map<string, int32>",
            "map<string, int64>",
            expect!["field-type: json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "map<string, int32>",
            "map<string, string>",
            expect!["field-type: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "map<int32, M>",
            "map<int64, M>",
            expect!["field-type: json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "map<string, M>",
            "map<int32, M>",
            expect!["field-type: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "map<string, M>",
            "map<string, O>",
            expect!["field-type: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "repeated int32",
            "repeated int64",
            expect!["field-type: json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "repeated string",
            "repeated bytes",
            expect!["field-type: wire-readers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ).apart(&["WIRE"], UTF8),
        of_field(
            "repeated M",
            "repeated O",
            expect!["field-type: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "optional int32",
            "optional string",
            expect!["field-type: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        // How often there is a value.
        of_field(
            "int32",
            "optional int32",
            expect!["field-presence: source"],
            expect!["FIELD_SAME_CARDINALITY"],
        ),
        of_field(
            "optional int32",
            "int32",
            expect!["field-presence: source"],
            expect!["FIELD_SAME_CARDINALITY"],
        ),
        of_field(
            "string",
            "optional string",
            expect!["field-presence: source"],
            expect!["FIELD_SAME_CARDINALITY"],
        ),
        of_field(
            "E",
            "optional E",
            expect!["field-presence: source"],
            expect!["FIELD_SAME_CARDINALITY"],
        ),
        of_field("M", "optional M", expect![[""]], expect![[""]]),
        of_field("optional M", "M", expect![[""]], expect![[""]]),
        of_field(
            "int32",
            "repeated int32",
            expect!["field-cardinality: wire-readers, json, source"],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_WIRE_COMPATIBLE_CARDINALITY
                FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY"#]],
        ),
        of_field(
            "repeated int32",
            "int32",
            expect!["field-cardinality: wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_WIRE_COMPATIBLE_CARDINALITY
                FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY"#]],
        ),
        of_field(
            "optional int32",
            "repeated int32",
            expect!["field-cardinality: wire-readers, json, source"],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_WIRE_COMPATIBLE_CARDINALITY
                FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY"#]],
        ),
        of_field(
            "string",
            "repeated string",
            expect!["field-cardinality: wire-readers, json, source"],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_WIRE_COMPATIBLE_CARDINALITY
                FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY"#]],
        ),
        of_field(
            "repeated string",
            "string",
            expect!["field-cardinality: wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_WIRE_COMPATIBLE_CARDINALITY
                FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY"#]],
        ),
        of_field(
            "M",
            "repeated M",
            expect!["field-cardinality: wire-readers, json, source"],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_WIRE_COMPATIBLE_CARDINALITY
                FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY"#]],
        ),
        of_field(
            "repeated M",
            "M",
            expect!["field-cardinality: wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_WIRE_COMPATIBLE_CARDINALITY
                FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY"#]],
        ),
        of_field(
            "E",
            "repeated E",
            expect!["field-cardinality: wire-readers, json, source"],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_WIRE_COMPATIBLE_CARDINALITY
                FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY"#]],
        ),
        of_field(
            "repeated bytes",
            "optional bytes",
            expect!["field-cardinality: wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_WIRE_COMPATIBLE_CARDINALITY
                FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY"#]],
        ),
        of_field(
            "map<string, int32>",
            "repeated Entry",
            expect!["field-cardinality: json, source"],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY
                FIELD_WIRE_JSON_COMPATIBLE_TYPE
                MESSAGE_NO_DELETE
                PACKAGE_MESSAGE_NO_DELETE"#]],
        ).apart(&["WIRE"], MAPS),
        of_field(
            "repeated Entry",
            "map<string, int32>",
            expect!["field-cardinality: json, source"],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ).apart(&["WIRE"], MAPS),
        of_field(
            "repeated Entry",
            "map<int32, int32>",
            expect!["field-cardinality: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        of_field(
            "map<string, int32>",
            "Entry",
            expect!["field-cardinality: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_CARDINALITY
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY
                FIELD_WIRE_JSON_COMPATIBLE_TYPE
                MESSAGE_NO_DELETE
                PACKAGE_MESSAGE_NO_DELETE"#]],
        ),
        of_field(
            "map<string, int32>",
            "string",
            expect!["field-cardinality: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_CARDINALITY
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY
                FIELD_WIRE_JSON_COMPATIBLE_TYPE
                MESSAGE_NO_DELETE
                PACKAGE_MESSAGE_NO_DELETE"#]],
        ),
        of_field(
            "int32",
            "repeated string",
            expect![[r#"
            field-type: wire-readers, wire-writers, json, source
            field-cardinality: wire-readers, json, source"#]],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_CARDINALITY
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY
                FIELD_WIRE_JSON_COMPATIBLE_TYPE"#]],
        ),
        // Oneofs.
        Case::new(
            "a field joins a oneof",
            "message A { optional int32 a = 1; oneof k { int32 b = 2; } }",
            "message A { oneof k { int32 a = 1; int32 b = 2; } }",
            expect!["field-oneof: wire-writers, json, source"],
            expect!["FIELD_SAME_ONEOF"],
        ),
        Case::new(
            "several fields become a oneof",
            "message A { optional int32 a = 1; optional int32 b = 2; }",
            "message A { oneof k { int32 a = 1; int32 b = 2; } }",
            expect!["field-oneof: wire-writers, json, source"],
            expect!["FIELD_SAME_ONEOF"],
        ),
        Case::new(
            "a field with presence becomes a oneof",
            "message A { optional int32 a = 1; }",
            "message A { oneof k { int32 a = 1; } }",
            expect!["field-oneof: source"],
            expect!["FIELD_SAME_ONEOF"],
        ).apart(&["WIRE", "WIRE_JSON"], ONEOFS),
        Case::new(
            "a field without presence becomes a oneof",
            "message A { int32 a = 1; }",
            "message A { oneof k { int32 a = 1; int32 b = 2; } }",
            expect!["field-oneof: source"],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_SAME_ONEOF"#]],
        ).apart(&["WIRE", "WIRE_JSON"], ONEOFS),
        Case::new(
            "a message becomes a oneof",
            "message A { A a = 1; }",
            "message A { oneof k { A a = 1; } }",
            expect!["field-oneof: source"],
            expect!["FIELD_SAME_ONEOF"],
        ).apart(&["WIRE", "WIRE_JSON"], ONEOFS),
        Case::new(
            "a field leaves a oneof",
            "message A { oneof k { int32 a = 1; int32 b = 2; } }",
            "message A { optional int32 a = 1; oneof k { int32 b = 2; } }",
            expect!["field-oneof: wire-readers, json, source"],
            expect!["FIELD_SAME_ONEOF"],
        ),
        Case::new(
            "the only field of a oneof leaves it",
            "message A { oneof k { int32 a = 1; } }",
            "message A { optional int32 a = 1; }",
            expect![[r#"
                field-oneof: source
                oneof-removed: source"#]],
            expect![[r#"
                FIELD_SAME_ONEOF
                ONEOF_NO_DELETE"#]],
        ).apart(&["WIRE", "WIRE_JSON"], ONEOFS),
        Case::new(
            "the only field of a oneof leaves it, without presence",
            "message A { oneof k { int32 a = 1; } }",
            "message A { int32 a = 1; }",
            expect![[r#"
                field-oneof: source
                oneof-removed: source"#]],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_SAME_ONEOF
                ONEOF_NO_DELETE"#]],
        ).apart(&["WIRE", "WIRE_JSON"], ONEOFS),
        Case::new(
            "a field goes from one oneof to another",
            "message A { oneof k { int32 a = 1; int32 b = 2; } oneof l { int32 c = 3; } }",
            "message A { oneof k { int32 b = 2; } oneof l { int32 a = 1; int32 c = 3; } }",
            expect!["field-oneof: wire-readers, wire-writers, json, source"],
            expect!["FIELD_SAME_ONEOF"],
        ),
        Case::new(
            "a oneof is split",
            "message A { oneof k { int32 a = 1; int32 b = 2; } }",
            "message A { oneof k { int32 a = 1; } oneof l { int32 b = 2; } }",
            expect!["field-oneof: wire-readers, json, source"],
            expect!["FIELD_SAME_ONEOF"],
        ),
        Case::new(
            "a oneof has another name",
            "message A { oneof k { int32 a = 1; int32 b = 2; } }",
            "message A { oneof l { int32 a = 1; int32 b = 2; } }",
            expect!["oneof-removed: source"],
            expect![[r#"
                FIELD_SAME_ONEOF
                ONEOF_NO_DELETE"#]],
        ).apart(&["WIRE", "WIRE_JSON"], ONEOF_NAMES),
        Case::new(
            "a oneof is removed with its fields",
            "message A { oneof k { int32 a = 1; } }",
            "message A { reserved 1; reserved \"a\"; }",
            expect![[r#"
                field-removed: source
                deprecated-first: source
                oneof-removed: source"#]],
            expect![[r#"
                FIELD_NO_DELETE
                ONEOF_NO_DELETE"#]],
        ),
        Case::new(
            "a list leaves its place to a oneof",
            "message A { repeated int32 a = 1; }",
            "message A { oneof k { int32 a = 1; } }",
            expect![[r#"
                field-cardinality: wire-writers, json, source
                field-oneof: source"#]],
            expect![[r#"
                FIELD_SAME_CARDINALITY
                FIELD_SAME_ONEOF
                FIELD_WIRE_COMPATIBLE_CARDINALITY
                FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY"#]],
        ),
        // Enums.
        Case::new(
            "a value is removed",
            "enum E { E_ZERO = 0; E_ONE = 1; }",
            "enum E { E_ZERO = 0; }",
            expect![[r#"
                enum-value-removed: source
                enum-value-not-reserved: wire-readers, wire-writers, json
                deprecated-first: source"#]],
            expect![[r#"
                ENUM_VALUE_NO_DELETE
                ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED
                ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED"#]],
        ),
        Case::new(
            "a value is removed, and its number reserved",
            "enum E { E_ZERO = 0; E_ONE = 1; }",
            "enum E { E_ZERO = 0; reserved 1; }",
            expect![[r#"
                enum-value-removed: source
                enum-value-not-reserved: json
                deprecated-first: source"#]],
            expect![[r#"
                ENUM_VALUE_NO_DELETE
                ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED"#]],
        ),
        Case::new(
            "a value is removed, and its name reserved",
            "enum E { E_ZERO = 0; E_ONE = 1; }",
            "enum E { E_ZERO = 0; reserved \"E_ONE\"; }",
            expect![[r#"
                enum-value-removed: source
                enum-value-not-reserved: wire-readers, wire-writers
                deprecated-first: source"#]],
            expect![[r#"
                ENUM_VALUE_NO_DELETE
                ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED"#]],
        ),
        Case::new(
            "a value is removed, and both reserved",
            "enum E { E_ZERO = 0; E_ONE = 1; }",
            "enum E { E_ZERO = 0; reserved 1; reserved \"E_ONE\"; }",
            expect![[r#"
                enum-value-removed: source
                deprecated-first: source"#]],
            expect!["ENUM_VALUE_NO_DELETE"],
        ),
        Case::new(
            "a negative value is removed",
            "enum E { E_ZERO = 0; E_MINUS = -1; }",
            "enum E { E_ZERO = 0; reserved -1; reserved \"E_MINUS\"; }",
            expect![[r#"
                enum-value-removed: source
                deprecated-first: source"#]],
            expect!["ENUM_VALUE_NO_DELETE"],
        ),
        Case::new(
            "a value has another number",
            "enum E { E_ZERO = 0; E_ONE = 1; }",
            "enum E { E_ZERO = 0; E_ONE = 2; }",
            expect![[r#"
                enum-value-not-reserved: wire-readers, wire-writers
                enum-value-number: wire-readers, wire-writers, source"#]],
            expect![[r#"
                ENUM_VALUE_NO_DELETE
                ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED
                ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED"#]],
        ),
        Case::new(
            "a value has another number, and the old one is reserved",
            "enum E { E_ZERO = 0; E_ONE = 1; }",
            "enum E { E_ZERO = 0; E_ONE = 2; reserved 1; }",
            expect!["enum-value-number: wire-readers, wire-writers, source"],
            expect![[r#"
                ENUM_VALUE_NO_DELETE
                ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED"#]],
        ).apart(&["WIRE"], NUMBERS),
        Case::new(
            "two values change places",
            "enum E { E_ZERO = 0; E_ONE = 1; E_TWO = 2; }",
            "enum E { E_ZERO = 0; E_ONE = 2; E_TWO = 1; }",
            expect!["enum-value-number: wire-readers, wire-writers, source"],
            expect!["ENUM_VALUE_SAME_NAME"],
        ).apart(&["WIRE"], NUMBERS),
        Case::new(
            "a value has another name",
            "enum E { E_ZERO = 0; E_ONE = 1; }",
            "enum E { E_ZERO = 0; E_FIRST = 1; }",
            expect!["enum-value-name: json, source"],
            expect!["ENUM_VALUE_SAME_NAME"],
        ),
        Case::new(
            "zero has another name",
            "enum E { E_ZERO = 0; E_ONE = 1; }",
            "enum E { E_NONE = 0; E_ONE = 1; }",
            expect!["enum-value-name: json, source"],
            expect!["ENUM_VALUE_SAME_NAME"],
        ),
        Case::new(
            "zero is what another value was",
            "enum E { E_ZERO = 0; E_ONE = 1; }",
            "enum E { E_ONE = 0; E_ZERO = 1; }",
            expect!["enum-value-number: wire-readers, wire-writers, source"],
            expect!["ENUM_VALUE_SAME_NAME"],
        ).apart(&["WIRE"], NUMBERS),
        Case::new(
            "an alias is removed",
            "enum E { option allow_alias = true; E_ZERO = 0; E_NONE = 0; }",
            "enum E { E_ZERO = 0; }",
            expect!["enum-value-name: json, source"],
            expect!["ENUM_VALUE_SAME_NAME"],
        ),
        Case::new(
            "a value is replaced by its alias",
            "enum E { option allow_alias = true; E_ZERO = 0; E_NONE = 0; }",
            "enum E { E_NONE = 0; }",
            expect!["enum-value-name: json, source"],
            expect!["ENUM_VALUE_SAME_NAME"],
        ),
        Case::new(
            "a value and its alias are removed",
            "enum E { option allow_alias = true; E_ZERO = 0; E_ONE = 1; E_UNO = 1; }",
            "enum E { E_ZERO = 0; reserved 1; reserved \"E_ONE\", \"E_UNO\"; }",
            expect![[r#"
                enum-value-removed: source
                deprecated-first: source
                enum-value-removed: source
                deprecated-first: source"#]],
            expect!["ENUM_VALUE_NO_DELETE"],
        ),
        Case::new(
            "an alias comes first",
            "enum E { E_ZERO = 0; }",
            "enum E { option allow_alias = true; E_NONE = 0; E_ZERO = 0; }",
            expect!["enum-value-name: json"],
            expect![[""]],
        ).apart(&["WIRE_JSON", "PACKAGE", "FILE"], ALIASES),
        Case::new(
            "an enum is removed",
            "enum E { E_ZERO = 0; } message A {}",
            "message A {}",
            expect!["enum-removed: source"],
            expect!["ENUM_NO_DELETE"],
        ).apart(&["PACKAGE"], LAST_ENUM),
        Case::new(
            "an enum has another name",
            "enum E { E_ZERO = 0; } message A { E e = 1; }",
            "enum F { E_ZERO = 0; } message A { F e = 1; }",
            expect![[r#"
                field-type: source
                enum-removed: source"#]],
            expect![[r#"
                ENUM_NO_DELETE
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE
                PACKAGE_ENUM_NO_DELETE"#]],
        ).apart(&["WIRE", "WIRE_JSON"], TYPE_NAMES),
        Case::new(
            "a nested enum is removed",
            "message A { enum E { E_ZERO = 0; } }",
            "message A {}",
            expect!["enum-removed: source"],
            expect!["ENUM_NO_DELETE"],
        ).apart(&["PACKAGE"], LAST_ENUM),
        Case::new(
            "a nested enum is not nested any more",
            "message A { enum E { E_ZERO = 0; } E e = 1; }",
            "message A { E e = 1; } enum E { E_ZERO = 0; }",
            expect![[r#"
                enum-removed: source
                field-type: source"#]],
            expect![[r#"
                ENUM_NO_DELETE
                FIELD_SAME_TYPE
                PACKAGE_ENUM_NO_DELETE"#]],
        ),
        // What is reserved.
        Case::new(
            "a number isn't reserved any more",
            "message A { reserved 2, 4; }",
            "message A { reserved 2; }",
            expect!["reserved-removed: wire-readers, wire-writers"],
            expect!["RESERVED_MESSAGE_NO_DELETE"],
        ),
        Case::new(
            "a range is shorter",
            "message A { reserved 2 to 9; }",
            "message A { reserved 2 to 8; }",
            expect!["reserved-removed: wire-readers, wire-writers"],
            expect!["RESERVED_MESSAGE_NO_DELETE"],
        ),
        Case::new(
            "ranges are written in another way",
            "message A { reserved 2 to 4, 5; }",
            "message A { reserved 5, 3, 4, 2; }",
            expect![[""]],
            expect![[""]],
        ),
        Case::new(
            "a range without an end has one",
            "message A { reserved 100 to max; }",
            "message A { reserved 100 to 200; }",
            expect!["reserved-removed: wire-readers, wire-writers"],
            expect!["RESERVED_MESSAGE_NO_DELETE"],
        ),
        Case::new(
            "a name isn't reserved any more",
            "message A { reserved \"a\", \"b\"; }",
            "message A { reserved \"b\"; }",
            expect!["reserved-removed: json"],
            expect!["RESERVED_MESSAGE_NO_DELETE"],
        ).apart(&["WIRE"], RESERVED_NAMES),
        Case::new(
            "a reserved number is used again",
            "message A { reserved 2; }",
            "message A { int32 a = 2; }",
            expect!["reserved-reused: wire-readers, wire-writers"],
            expect!["RESERVED_MESSAGE_NO_DELETE"],
        ),
        Case::new(
            "a number within a reserved range is used again",
            "message A { reserved 1 to 9; }",
            "message A { int32 a = 2; reserved 1, 3 to 9; }",
            expect!["reserved-reused: wire-readers, wire-writers"],
            expect!["RESERVED_MESSAGE_NO_DELETE"],
        ),
        Case::new(
            "a reserved name is used again",
            "message A { reserved \"a\"; }",
            "message A { int32 a = 2; }",
            expect!["reserved-reused: json"],
            expect!["RESERVED_MESSAGE_NO_DELETE"],
        ).apart(&["WIRE"], RESERVED_NAMES),
        Case::new(
            "a number of an enum isn't reserved any more",
            "enum E { E_ZERO = 0; reserved -9 to -3, 5; }",
            "enum E { E_ZERO = 0; reserved 5; }",
            expect!["reserved-removed: wire-readers, wire-writers"],
            expect!["RESERVED_ENUM_NO_DELETE"],
        ),
        Case::new(
            "a name of an enum isn't reserved any more",
            "enum E { E_ZERO = 0; reserved \"E_ONE\"; }",
            "enum E { E_ZERO = 0; }",
            expect!["reserved-removed: json"],
            expect!["RESERVED_ENUM_NO_DELETE"],
        ).apart(&["WIRE"], RESERVED_NAMES),
        Case::new(
            "a reserved number of an enum is used again",
            "enum E { E_ZERO = 0; reserved 1 to max; }",
            "enum E { E_ZERO = 0; E_TWO = 2; reserved 1, 3 to max; }",
            expect!["reserved-reused: wire-readers, wire-writers"],
            expect!["RESERVED_ENUM_NO_DELETE"],
        ),
        Case::new(
            "a reserved name of an enum is used again",
            "enum E { E_ZERO = 0; reserved \"E_ONE\"; }",
            "enum E { E_ZERO = 0; E_ONE = 1; }",
            expect!["reserved-reused: json"],
            expect!["RESERVED_ENUM_NO_DELETE"],
        ).apart(&["WIRE"], RESERVED_NAMES),
        // Messages.
        Case::new(
            "a message is removed",
            "message A {} message B {}",
            "message B {}",
            expect!["message-removed: source"],
            expect![[r#"
                MESSAGE_NO_DELETE
                PACKAGE_MESSAGE_NO_DELETE"#]],
        ),
        Case::new(
            "a message has another name",
            "message A { int32 a = 1; } message B { A a = 1; }",
            "message C { int32 a = 1; } message B { C a = 1; }",
            expect![[r#"
                message-removed: source
                field-type: source"#]],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE
                MESSAGE_NO_DELETE
                PACKAGE_MESSAGE_NO_DELETE"#]],
        ).apart(&["WIRE", "WIRE_JSON"], TYPE_NAMES),
        Case::new(
            "a message has another name and another field",
            "message A { int32 a = 1; } message B { A a = 1; }",
            "message C { string a = 1; } message B { C a = 1; }",
            expect![[r#"
                message-removed: source
                field-type: wire-readers, wire-writers, json, source"#]],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE
                MESSAGE_NO_DELETE
                PACKAGE_MESSAGE_NO_DELETE"#]],
        ),
        Case::new(
            "a nested message is removed",
            "message A { message In {} }",
            "message A {}",
            expect!["message-removed: source"],
            expect![[r#"
                MESSAGE_NO_DELETE
                PACKAGE_MESSAGE_NO_DELETE"#]],
        ),
        Case::new(
            "a nested message is not nested any more",
            "message A { message In { int32 a = 1; } In in = 1; }",
            "message A { In in = 1; } message In { int32 a = 1; }",
            expect![[r#"
                message-removed: source
                field-type: source"#]],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE
                MESSAGE_NO_DELETE
                PACKAGE_MESSAGE_NO_DELETE"#]],
        ).apart(&["WIRE", "WIRE_JSON"], TYPE_NAMES),
        Case::new(
            "a message that contains itself has another name",
            "message A { A a = 1; int32 b = 2; } message B { A a = 1; }",
            "message C { C a = 1; int32 b = 2; } message B { C a = 1; }",
            expect![[r#"
                message-removed: source
                field-type: source"#]],
            expect![[r#"
                FIELD_SAME_TYPE
                FIELD_WIRE_COMPATIBLE_TYPE
                FIELD_WIRE_JSON_COMPATIBLE_TYPE
                MESSAGE_NO_DELETE
                PACKAGE_MESSAGE_NO_DELETE"#]],
        ).apart(&["WIRE", "WIRE_JSON"], TYPE_NAMES),
        // Services and methods.
        Case::new(
            "a service is removed",
            "message A {} service S { rpc Get(A) returns (A); } service T { rpc Get(A) returns (A); }",
            "message A {} service T { rpc Get(A) returns (A); }",
            expect![[r#"
                service-removed: wire-writers, json, source
                deprecated-first: source"#]],
            expect![[r#"
                PACKAGE_SERVICE_NO_DELETE
                SERVICE_NO_DELETE"#]],
        ).apart(&["WIRE", "WIRE_JSON"], CALLS),
        Case::new(
            "a service has another name",
            "message A {} service S { rpc Get(A) returns (A); }",
            "message A {} service T { rpc Get(A) returns (A); }",
            expect![[r#"
                service-removed: wire-writers, json, source
                deprecated-first: source"#]],
            expect![[r#"
                PACKAGE_SERVICE_NO_DELETE
                SERVICE_NO_DELETE"#]],
        ).apart(&["WIRE", "WIRE_JSON"], CALLS),
        Case::new(
            "a method is removed",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(A) returns (A); rpc Put(A) returns (A); }",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(A) returns (A); }",
            expect![[r#"
                method-removed: wire-writers, json, source
                deprecated-first: source"#]],
            expect!["RPC_NO_DELETE"],
        ).apart(&["WIRE", "WIRE_JSON"], CALLS),
        Case::new(
            "a deprecated method is removed",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(A) returns (A); rpc Put(A) returns (A) { option deprecated = true; } }",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(A) returns (A); }",
            expect!["method-removed: wire-writers, json, source"],
            expect!["RPC_NO_DELETE"],
        ).apart(&["WIRE", "WIRE_JSON"], CALLS),
        Case::new(
            "a method has another name",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(A) returns (A); }",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Fetch(A) returns (A); }",
            expect![[r#"
                method-removed: wire-writers, json, source
                deprecated-first: source"#]],
            expect!["RPC_NO_DELETE"],
        ).apart(&["WIRE", "WIRE_JSON"], CALLS),
        Case::new(
            "a method takes another message of the same fields",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(A) returns (A); }",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(B) returns (A); }",
            expect!["method-request: source"],
            expect!["RPC_SAME_REQUEST_TYPE"],
        ).apart(&["WIRE", "WIRE_JSON"], TYPE_NAMES),
        Case::new(
            "a method takes another message",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(A) returns (A); }",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(C) returns (A); }",
            expect!["method-request: wire-readers, wire-writers, json, source"],
            expect!["RPC_SAME_REQUEST_TYPE"],
        ),
        Case::new(
            "a method returns another message of the same fields",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(A) returns (A); }",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(A) returns (B); }",
            expect!["method-response: source"],
            expect!["RPC_SAME_RESPONSE_TYPE"],
        ).apart(&["WIRE", "WIRE_JSON"], TYPE_NAMES),
        Case::new(
            "a method returns another message",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(A) returns (A); }",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(A) returns (C); }",
            expect!["method-response: wire-readers, wire-writers, json, source"],
            expect!["RPC_SAME_RESPONSE_TYPE"],
        ),
        Case::new(
            "a client begins to stream",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(A) returns (A); }",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(stream A) returns (A); }",
            expect!["method-streaming: wire-readers, json, source"],
            expect!["RPC_SAME_CLIENT_STREAMING"],
        ),
        Case::new(
            "a client stops to stream",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(stream A) returns (A); }",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(A) returns (A); }",
            expect!["method-streaming: wire-writers, json, source"],
            expect!["RPC_SAME_CLIENT_STREAMING"],
        ),
        Case::new(
            "a server begins to stream",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(A) returns (A); }",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(A) returns (stream A); }",
            expect!["method-streaming: wire-readers, json, source"],
            expect!["RPC_SAME_SERVER_STREAMING"],
        ),
        Case::new(
            "a server stops to stream",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(A) returns (stream A); }",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(A) returns (A); }",
            expect!["method-streaming: wire-writers, json, source"],
            expect!["RPC_SAME_SERVER_STREAMING"],
        ),
        Case::new(
            "both begin to stream",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(A) returns (A); }",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(stream A) returns (stream A); }",
            expect!["method-streaming: wire-readers, json, source"],
            expect![[r#"
                RPC_SAME_CLIENT_STREAMING
                RPC_SAME_SERVER_STREAMING"#]],
        ),
        Case::new(
            "a method is idempotent",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(A) returns (A); }",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(A) returns (A) { option idempotency_level = IDEMPOTENT; } }",
            expect!["method-idempotency: wire-readers"],
            expect!["RPC_SAME_IDEMPOTENCY_LEVEL"],
        ),
        Case::new(
            "a method has side effects",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(A) returns (A) { option idempotency_level = NO_SIDE_EFFECTS; } }",
            "message A { int32 a = 1; } message B { int32 a = 1; } message C { string a = 1; } service S { rpc Get(A) returns (A); }",
            expect!["method-idempotency: wire-writers"],
            expect!["RPC_SAME_IDEMPOTENCY_LEVEL"],
        ),
        Case::new(
            "a method that returned nothing returns something",
            "--- test.proto\npackage test; import \"google/protobuf/empty.proto\"; message A { int32 a = 1; } service S { rpc Get(A) returns (google.protobuf.Empty); }",
            "--- test.proto\npackage test; import \"google/protobuf/empty.proto\"; message A { int32 a = 1; } service S { rpc Get(A) returns (A); }",
            expect!["method-response: source"],
            expect!["RPC_SAME_RESPONSE_TYPE"],
        ).apart(&["WIRE", "WIRE_JSON"], TYPE_NAMES),
        Case::new(
            "a method that returned something returns nothing",
            "--- test.proto\npackage test; import \"google/protobuf/empty.proto\"; message A { int32 a = 1; } service S { rpc Get(A) returns (A); }",
            "--- test.proto\npackage test; import \"google/protobuf/empty.proto\"; message A { int32 a = 1; } service S { rpc Get(A) returns (google.protobuf.Empty); }",
            expect!["method-response: wire-readers, wire-writers, json, source"],
            expect!["RPC_SAME_RESPONSE_TYPE"],
        ),
        // Files and packages.
        Case::new(
            "a file has another name",
            "--- a.proto\npackage p; message A {} service S { rpc Get(A) returns (A); }",
            "--- b.proto\npackage p; message A {} service S { rpc Get(A) returns (A); }",
            expect!["file-removed: source"],
            expect!["FILE_NO_DELETE"],
        ),
        Case::new(
            "a message, an enum and a service move to another file",
            "--- a.proto\npackage p; message A {} enum E { E_ZERO = 0; } message M { M m = 1; } service S { rpc Get(M) returns (M); }\n--- b.proto\npackage p; message B {}",
            "--- a.proto\npackage p; message A {}\n--- b.proto\npackage p; message B {} message M { M m = 1; } enum E { E_ZERO = 0; } service S { rpc Get(M) returns (M); }",
            expect!["type-moved: source"],
            expect![[r#"
                ENUM_NO_DELETE
                MESSAGE_NO_DELETE
                SERVICE_NO_DELETE"#]],
        ),
        Case::new(
            "a file is removed with what is in it",
            "--- a.proto\npackage p; message A {}\n--- b.proto\npackage p; message B {}",
            "--- a.proto\npackage p; message A {}",
            expect![[r#"
                file-removed: source
                message-removed: source"#]],
            expect![[r#"
                FILE_NO_DELETE
                PACKAGE_MESSAGE_NO_DELETE"#]],
        ),
        Case::new(
            "a file is merged into another one",
            "--- a.proto\npackage p; message A {}\n--- b.proto\npackage p; message B {}",
            "--- a.proto\npackage p; message A {} message B {}",
            expect!["file-removed: source"],
            expect!["FILE_NO_DELETE"],
        ),
        Case::new(
            "a package has another name",
            "--- a.proto\npackage p; message A { A a = 1; } service S { rpc Get(A) returns (A); }",
            "--- a.proto\npackage q; message A { A a = 1; } service S { rpc Get(A) returns (A); }",
            expect!["file-package: wire-readers, wire-writers, json, source"],
            expect![[r#"
                FILE_SAME_PACKAGE
                PACKAGE_NO_DELETE"#]],
        ),
        Case::new(
            "a file goes to another package, of which there is one",
            "--- a.proto\npackage p; message A {}\n--- b.proto\npackage p; message B {}",
            "--- a.proto\npackage p; message A {}\n--- b.proto\npackage q; message B {}",
            expect![[r#"
                file-package: wire-readers, wire-writers, json, source
                message-removed: source"#]],
            expect![[r#"
                FILE_SAME_PACKAGE
                PACKAGE_MESSAGE_NO_DELETE"#]],
        ),
        Case::new(
            "a package with messages is removed",
            "--- a.proto\npackage p; message A {}\n--- b.proto\npackage q; message B {}",
            "--- a.proto\npackage p; message A {}",
            expect!["package-removed: source"],
            expect![[r#"
                FILE_NO_DELETE
                PACKAGE_NO_DELETE"#]],
        ),
        Case::new(
            "a package with a service is removed",
            "--- a.proto\npackage p; message A {}\n--- b.proto\npackage q; message B {} service S { rpc Get(B) returns (B); }",
            "--- a.proto\npackage p; message A {}",
            expect![[r#"
                package-removed: wire-writers, json, source
                deprecated-first: source"#]],
            expect![[r#"
                FILE_NO_DELETE
                PACKAGE_NO_DELETE"#]],
        ).apart(&["WIRE", "WIRE_JSON"], CALLS),
    ]
}

/// A field of another type.
fn of_field(old: &str, new: &str, ours: Expect, buf: Expect) -> Case {
    let message = |ty: &str| format!("{TYPES} message A {{ {ty} a = 1; }}");
    let name = format!("`{old}` becomes `{new}`");
    Case::new(&name, &message(old), &message(new), ours, buf)
}

/// What fields can be of.
const TYPES: &str = "enum E { E_ZERO = 0; E_ONE = 1; } enum F { F_ZERO = 0; F_ONE = 1; } enum G { E_ZERO_ = 0; } \
    message M { int32 a = 1; } message N { int32 a = 1; string b = 2; } message O { string a = 1; } \
    message Entry { string key = 1; int32 value = 2; }";

// Why we say something else than `buf`.
const NUMBERS: &str = "what has another number is misread, whether the old one is reserved, is something else's, or neither";
const UTF8: &str = "who reads a `string` refuses bytes that are no UTF-8";
const ENUMS: &str = "an enum is compatible with these integers, says protobuf's guide";
const TYPE_NAMES: &str =
    "names of types aren't sent, and the new one is compatible with the old one";
const VALUE_NAMES: &str = "names of enum values are sent in JSON only";
const MAPS: &str = "a map is a list of such entries, says protobuf's guide";
const ONEOFS: &str = "a oneof of one field is safe to make, and to undo, says protobuf's guide";
const ONEOF_NAMES: &str = "names of oneofs aren't sent";
const ALIASES: &str = "JSON writes the first name, which old readers don't know";
const LAST_ENUM: &str = "`buf` doesn't miss an enum where its package has no other one";
const RESERVED_NAMES: &str = "names of fields and enum values are sent in JSON only";
const CALLS: &str = "who calls what is gone is answered with UNIMPLEMENTED";
