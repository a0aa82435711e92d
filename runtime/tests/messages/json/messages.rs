//! Objects: names, presence, oneofs, and what may go wrong.

use expect_test::expect;
use traitwire::{
    Message,
    json::{self, ReadOptions, WriteOptions},
};

use super::{All, Nested, NestedEnum, check, check_ignoring, check_refused, check_same};

#[test]
fn fields_have_two_names() {
    check_same(&[
        r#"{"fieldname1":1,"fieldName2":2,"FieldName3":3,"fieldName4":4,"field0Name6":6,"FieldName8":8,"FIELDNAME11":11,"FieldName13":13}"#,
    ]);
    check(
        r#"{"fieldname1": 1, "field_name2": 2, "_field_name3": 3, "field__name4_": 4, "field_0_name6": 6, "FIELD_NAME11": 11, "__field_name13": 13}"#,
        expect![[
            r#"{"fieldname1":1,"fieldName2":2,"FieldName3":3,"fieldName4":4,"field0Name6":6,"FIELDNAME11":11,"FieldName13":13}"#
        ]],
    );
    check(
        r#"{"fieldn\u0061me1": 1}"#,
        expect![[r#"{"fieldname1":1}"#]],
    );
    check_refused(&[
        r#"{"fieldName1": 1}"#,
        r#"{"Fieldname1": 1}"#,
        r#"{"field_name_2": 1}"#,
        r#"{"": 1}"#,
        r#"{"oneofField": 1}"#,
    ]);
}

#[test]
fn the_text_is_json_and_an_object() {
    check(
        "{\n\"optionalInt32\"\n:\n1\n,\n\"fieldname1\"\n:\n2\n}\n",
        expect![[r#"{"optionalInt32":1,"fieldname1":2}"#]],
    );
    check_refused(&[
        "",
        "null",
        "1",
        "[]",
        "\"\"",
        "{",
        "{fieldname1: 1}",
        r#"{"fieldname1":1,}"#,
        r#"{"fieldname1":1 , }"#,
        "{ // comment\n\"fieldname1\": 1}",
        r#"{"fieldname1": 1 "optionalInt32": 2}"#,
        "{} {}",
    ]);
    check(
        "[]",
        expect![
            "error: invalid type: sequence, expected an object, which is a `All` at line 1 column 0"
        ],
    );
    check(
        "{} x",
        expect!["error: trailing characters at line 1 column 4"],
    );
    assert!(json::from_slice::<All>(b"{\"optionalString\": \"\xff\"}").is_err());
}

#[test]
fn a_field_without_presence_is_left_out_when_it_is_zero() {
    check(
        r#"{"optionalInt32": 0, "optionalString": "", "optionalBytes": "", "optionalDouble": 0, "optionalNestedEnum": "FOO", "mapInt32Int32": {}}"#,
        expect!["{}"],
    );
    check_same(&[
        r#"{"proto3OptionalInt32":0,"proto3OptionalString":""}"#,
        r#"{"optionalNestedMessage":{}}"#,
        r#"{"oneofUint32":0}"#,
        r#"{"oneofString":""}"#,
        r#"{"oneofBytes":""}"#,
        r#"{"oneofBool":false}"#,
        r#"{"oneofEnum":"FOO"}"#,
        r#"{"oneofNestedMessage":{}}"#,
        r#"{"oneofNothing":{}}"#,
        r#"{"optionalEmpty":{}}"#,
    ]);
}

#[test]
fn null_is_nothing() {
    let names = [
        "optionalInt32",
        "optionalInt64",
        "optionalUint32",
        "optionalUint64",
        "optionalSint32",
        "optionalFixed32",
        "optionalSfixed64",
        "optionalFloat",
        "optionalDouble",
        "optionalBool",
        "optionalString",
        "optionalBytes",
        "optionalNestedEnum",
        "optionalNestedMessage",
        "optionalClosedEnum",
        "repeatedInt32",
        "repeatedString",
        "repeatedNestedMessage",
        "mapInt32Int32",
        "mapBoolBool",
        "mapStringNestedMessage",
        "proto3OptionalInt32",
        "oneofUint32",
        "oneofNestedMessage",
        "optionalBoolWrapper",
        "optionalStringWrapper",
        "repeatedBoolWrapper",
        "optionalDuration",
        "optionalTimestamp",
        "optionalFieldMask",
        "optionalStruct",
        "optionalListValue",
        "optionalAny",
        "optionalEmpty",
        "optionalNullValue",
    ];
    let fields: Vec<_> = names
        .iter()
        .map(|name| format!("\"{name}\": null"))
        .collect();
    check(&format!("{{{}}}", fields.join(", ")), expect!["{}"]);
}

#[test]
fn a_field_is_there_once() {
    let twice = expect!["error: optionalInt32: the field is there twice at line 1 column 36"];
    check(r#"{"optionalInt32": 1, "optionalInt32": 1}"#, twice);
    check_refused(&[
        r#"{"optionalNestedMessage": {"a": 1}, "optional_nested_message": {}}"#,
        r#"{"optionalInt32": null, "optionalInt32": 1}"#,
        r#"{"repeatedInt32": [1], "repeatedInt32": [2]}"#,
    ]);
}

#[test]
fn a_oneof_is_one() {
    check(
        r#"{"oneofUint32": 1, "oneofString": "test"}"#,
        expect![
            "error: oneofString: the oneof `oneof_field` has a value already, and takes only one at line 1 column 41"
        ],
    );
    check_refused(&[
        r#"{"oneofString": "test", "oneofUint32": 1}"#,
        r#"{"oneofString": "test", "oneofString": "test"}"#,
    ]);
    for text in [
        r#"{"oneofUint32": null, "oneofString": "test"}"#,
        r#"{"oneofString": "test", "oneofUint32": null}"#,
        r#"{"oneof_string": "test"}"#,
    ] {
        check(text, expect![[r#"{"oneofString":"test"}"#]]);
    }
}

#[test]
fn unknown_fields_are_refused_or_ignored() {
    check(
        r#"{"recursiveMessage": {"optionalNestedMessage": {"b": 1}}}"#,
        expect![
            "error: recursiveMessage.optionalNestedMessage.b: `Nested` has no such field at line 1 column 51"
        ],
    );
    for value in ["1", "\"a\"", "true", "null", "{\"a\": [1, {}]}", "[null]"] {
        check_ignoring(
            &format!(r#"{{"unknown": {value}, "fieldname1": 1}}"#),
            expect![[r#"{"fieldname1":1}"#]],
        );
    }
    let long = format!("{{\"{}\": 1}}", "x".repeat(10_000));
    let error = json::from_str::<All>(&long).unwrap_err();
    assert!(error.to_string().len() < 200, "{error}");
}

#[test]
fn depth_is_limited() {
    let nested = |depth: usize| {
        format!(
            "{}{{}}{}",
            "{\"recursiveMessage\":".repeat(depth),
            "}".repeat(depth)
        )
    };
    check_same(&[&nested(99)]);
    let error = json::from_str::<All>(&nested(100)).unwrap_err().to_string();
    assert!(
        error.contains("more than 100 messages lie in each other"),
        "{error}"
    );
    let options = ReadOptions::new().max_depth(2);
    assert!(options.from_str::<All>(&nested(1)).is_ok());
    assert!(options.from_str::<All>(&nested(2)).is_err());
    for depth in [200, 100_000] {
        assert!(
            ReadOptions::new()
                .max_depth(u32::MAX)
                .from_str::<All>(&nested(depth))
                .is_err()
        );
    }
}

#[derive(Debug, Message)]
struct Rectangle {
    #[proto(1, required)]
    lower_left: Point,
    #[proto(2)]
    upper_right: Point,
}

#[derive(Debug, Message)]
struct Point {
    #[proto(1)]
    latitude: i32,
}

#[test]
fn required_fields_are_there() {
    let read = |text| match json::from_str::<Rectangle>(text) {
        Ok(read) => format!("{read:?}"),
        Err(error) => error.to_string(),
    };
    expect!["Rectangle { lower_left: Point { latitude: 1 }, upper_right: Point { latitude: 0 } }"]
        .assert_eq(&read(r#"{"lowerLeft": {"latitude": 1}}"#));
    for text in ["{}", r#"{"lower_left": null}"#] {
        assert!(
            read(text).starts_with("lowerLeft: the field is required, but absent at line 1"),
            "{}",
            read(text)
        );
    }
}

#[test]
fn printing_has_options() {
    let message = All {
        optional_nested_enum: NestedEnum::Bar,
        repeated_nested_message: vec![Nested::default()],
        ..All::default()
    };
    let print = |options: WriteOptions| options.to_string(&message).unwrap();
    expect![[r#"{"optionalNestedEnum":"BAR","repeatedNestedMessage":[{}]}"#]]
        .assert_eq(&print(WriteOptions::new()));
    expect![[r#"{"optional_nested_enum":1,"repeated_nested_message":[{}]}"#]]
        .assert_eq(&print(WriteOptions::new().original_names().enum_numbers()));
    expect![[r#"
        {
          "optionalNestedEnum": "BAR",
          "repeatedNestedMessage": [
            {}
          ]
        }"#]]
    .assert_eq(&print(WriteOptions::new().pretty()));
    let defaults = WriteOptions::new().defaults();
    expect![[r#"{"optionalInt32":0,"optionalInt64":"0","optionalUint32":0,"optionalUint64":"0","optionalSint32":0,"optionalSint64":"0","optionalFixed32":0,"optionalFixed64":"0","optionalSfixed32":0,"optionalSfixed64":"0","optionalFloat":0.0,"optionalDouble":0.0,"optionalBool":false,"optionalString":"","optionalBytes":"","optionalNestedEnum":"BAR","optionalAliasedEnum":"ALIAS_FOO","repeatedInt32":[],"repeatedInt64":[],"repeatedFloat":[],"repeatedBool":[],"repeatedString":[],"repeatedBytes":[],"repeatedNestedMessage":[{"a":0}],"repeatedNestedEnum":[],"mapInt32Int32":{},"mapInt64Int64":{},"mapUint32Uint32":{},"mapUint64Sint64":{},"mapBoolBool":{},"mapStringString":{},"mapStringNestedMessage":{},"mapStringNestedEnum":{},"repeatedBoolWrapper":[],"optionalNullValue":null,"repeatedDuration":[],"repeatedValue":[],"repeatedListValue":[],"mapStringValue":{},"fieldname1":0,"fieldName2":0,"FieldName3":0,"fieldName4":0,"field0Name6":0,"FieldName8":0,"FIELDNAME11":0,"FieldName13":0}"#]].assert_eq(&print(defaults.clone()));
    let read: All = json::from_str(&print(defaults)).unwrap();
    assert_eq!(read, message);
}

#[test]
fn errors_say_where() {
    let error =
        json::from_str::<Rectangle>("{\n  \"lowerLeft\": {\"latitude\": 1e99}}").unwrap_err();
    assert_eq!(error.path(), "lowerLeft.latitude");
    assert_eq!((error.line(), error.column()), (2, 32));
    let cut = json::from_str::<Rectangle>("{\"lowerLeft\": {").unwrap_err();
    expect!["lowerLeft: EOF while parsing an object at line 1 column 15"]
        .assert_eq(&cut.to_string());
}
