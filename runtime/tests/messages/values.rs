//! `google.protobuf.Value` and what it is made of.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

use expect_test::{Expect, expect};
use traitwire::well_known::{Kind, ListValue, NullValue, Struct, Value, ValueError};

use crate::support::{check_decode, check_encode};

#[track_caller]
fn check<T: TryFrom<Value, Error = ValueError> + Debug>(value: Value, expect: Expect) {
    expect.assert_eq(&match T::try_from(value) {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("error: {error}"),
    });
}

#[test]
fn values_are_what_protobuf_says() {
    check_encode(&Value::default(), expect![]);
    check_encode(&Value::NULL, expect!["08 00"]);
    check_encode(&Value::from(1.0), expect!["11 00 00 00 00 00 00 f0 3f"]);
    check_encode(&Value::from(0), expect!["11 00 00 00 00 00 00 00 00"]);
    check_encode(&Value::from(""), expect!["1a 00"]);
    check_encode(&Value::from(false), expect!["20 00"]);
    check_encode(&Value::from(Struct::new()), expect!["2a 00"]);
    check_encode(
        &Struct::from([
            ("a", Value::from([1, 2])),
            (
                "b",
                Value::from([("c", "d")].into_iter().collect::<Struct>()),
            ),
        ]),
        expect![
            "0a 1d 0a 01 61 12 18 32 16 0a 09 11 00 00 00 00 00 00 f0 3f 0a 09 11 00 00 00 00 00 00 00 40 0a 11 0a 01 62 12 0c 2a 0a 0a 08 0a 01 63 12 03 1a 01 64"
        ],
    );
}

#[test]
fn a_value_that_is_sent_twice_is_merged_if_it_is_a_struct_both_times() {
    check_decode::<Value>(
        "2a 09 0a 07 0a 01 'a' 12 02 20 01  2a 09 0a 07 0a 01 'b' 12 02 20 00",
        expect![[
            r#"Value { kind: Some(Struct(Struct { fields: {"a": Value { kind: Some(Bool(true)) }, "b": Value { kind: Some(Bool(false)) }} })) }"#
        ]],
    );
    check_decode::<Value>(
        "1a 01 'a' 20 01",
        expect!["Value { kind: Some(Bool(true)) }"],
    );
}

#[test]
fn a_value_may_contain_values_up_to_a_depth() {
    let nested = |depth| (0..depth).fold(Value::NULL, |value, _| Value::from([value]));
    let encoded =
        |depth| traitwire::codec::decode::<Value>(&*crate::support::encode(&nested(depth)));
    assert_eq!(encoded(49).unwrap(), nested(49));
    expect!["failed to decode Protobuf message: google.protobuf.Value.lis"].assert_eq(
        &encoded(60)
            .unwrap_err()
            .to_string()
            .chars()
            .take(60)
            .collect::<String>(),
    );
}

#[test]
fn everything_that_is_a_value_becomes_one() {
    let values: Value = [
        Value::from(true),
        Value::from(1_u8),
        Value::from(-1_i32),
        Value::from(0.5_f32),
        Value::from("a"),
        Value::from(String::from("b")),
        Value::from(Cow::from("c")),
        Value::from(None::<bool>),
        Value::from(Some("d")),
        Value::from(NullValue::Null),
        Value::from(vec![1, 2]),
        Value::from(HashMap::from([("e", 1)])),
        Value::from(BTreeMap::from([("f".to_owned(), vec![None, Some(true)])])),
        Value::from(Kind::Number(7.0)),
    ]
    .into_iter()
    .collect();
    let list = values.as_list().unwrap();
    let lines: Vec<_> = list
        .iter()
        .map(|value| format!("{:?}", value.kind))
        .collect();
    expect![[r#"
        Some(Bool(true))
        Some(Number(1.0))
        Some(Number(-1.0))
        Some(Number(0.5))
        Some(String("a"))
        Some(String("b"))
        Some(String("c"))
        Some(Null(Null))
        Some(String("d"))
        Some(Null(Null))
        Some(List(ListValue { values: [Value { kind: Some(Number(1.0)) }, Value { kind: Some(Number(2.0)) }] }))
        Some(Struct(Struct { fields: {"e": Value { kind: Some(Number(1.0)) }} }))
        Some(Struct(Struct { fields: {"f": Value { kind: Some(List(ListValue { values: [Value { kind: Some(Null(Null)) }, Value { kind: Some(Bool(true)) }] })) }} }))
        Some(Number(7.0))"#]].assert_eq(&lines.join("\n"));
}

#[test]
fn a_value_is_one_thing() {
    let value = Value::from(Struct::from([("a", 1)]));
    assert_eq!(value.get("a").and_then(Value::as_f64), Some(1.0));
    assert_eq!(value.get("b"), None);
    assert_eq!(Value::from("a").get("a"), None);
    assert!(!Value::default().is_null());
    assert!(Value::NULL.is_null());
    check::<bool>(Value::from(true), expect!["true"]);
    check::<bool>(
        Value::from("true"),
        expect!["error: expected a boolean, found a string"],
    );
    check::<String>(
        Value::default(),
        expect!["error: expected a string, found nothing"],
    );
    check::<String>(Value::NULL, expect!["error: expected a string, found null"]);
    check::<f64>(
        value.clone(),
        expect!["error: expected a number, found a struct"],
    );
    check::<Struct>(
        Value::from([1]),
        expect!["error: expected a struct, found a list"],
    );
    check::<ListValue>(
        Value::from(false),
        expect!["error: expected a list, found a boolean"],
    );
    check::<Vec<Value>>(
        Value::from(1),
        expect!["error: expected a list, found a number"],
    );
}

#[test]
fn whole_numbers_are_exact_or_refused() {
    check::<i64>(Value::from(3), expect!["3"]);
    check::<i64>(
        Value::from(3.5),
        expect!["error: expected a whole number that fits into `i64`, found 3.5"],
    );
    check::<i64>(
        Value::from(9_223_372_036_854_775_808.0),
        expect!["error: expected a whole number that fits into `i64`, found 9223372036854776000"],
    );
    check::<i64>(
        Value::from(-9_223_372_036_854_775_808.0),
        expect!["-9223372036854775808"],
    );
    check::<u64>(
        Value::from(-1),
        expect!["error: expected a whole number that fits into `u64`, found -1"],
    );
    check::<u32>(
        Value::from(4_294_967_296.0),
        expect!["error: expected a whole number that fits into `u32`, found 4294967296"],
    );
    check::<i32>(
        Value::from(f64::NAN),
        expect!["error: expected a whole number that fits into `i32`, found NaN"],
    );
    check::<i32>(
        Value::from(f64::INFINITY),
        expect!["error: expected a whole number that fits into `i32`, found inf"],
    );
    for number in [0, 1 << 53, -(1 << 53), i64::MIN, 1 << 62] {
        assert_eq!(Value::try_from(number).and_then(i64::try_from), Ok(number));
    }
    assert_eq!(
        Value::try_from(1_u64 << 63).and_then(u64::try_from),
        Ok(1 << 63)
    );
    let refused = [(1 << 53) + 1, i64::MAX].map(|number| Value::try_from(number).unwrap_err());
    expect![[r#"
        expected a number that a `double` can hold, found 9007199254740993
        expected a number that a `double` can hold, found 9223372036854775807"#]]
    .assert_eq(&refused.map(|error| error.to_string()).join("\n"));
    expect!["expected a number that a `double` can hold, found 18446744073709551615"]
        .assert_eq(&Value::try_from(u64::MAX).unwrap_err().to_string());
}

#[test]
fn a_value_of_serde_json_is_one() {
    let text = r#"{"a":null,"b":[true,1.5,-3.0,"c"],"d":{"e":{}}}"#;
    let theirs: serde_json::Value = serde_json::from_str(text).unwrap();
    let ours = Value::try_from(theirs.clone()).unwrap();
    assert_eq!(traitwire::json::to_string(&ours).unwrap(), text);
    assert_eq!(serde_json::Value::try_from(ours), Ok(theirs));
    let refused = [
        Value::try_from(serde_json::json!([(1_i64 << 53) + 1])).unwrap_err(),
        Value::try_from(serde_json::json!({"a": u64::MAX})).unwrap_err(),
        serde_json::Value::try_from(Value::from([f64::NAN])).unwrap_err(),
        serde_json::Value::try_from(Value::default()).unwrap_err(),
    ];
    expect![[r#"
        expected a number that a `double` can hold, found 9007199254740993
        expected a number that a `double` can hold, found 18446744073709551615
        expected a number that JSON has, found NaN
        expected a value, found nothing"#]]
    .assert_eq(&refused.map(|error| error.to_string()).join("\n"));
    let number = serde_json::json!(1_u64 << 63);
    assert_eq!(
        Value::try_from(number).unwrap().as_f64(),
        Some(9_223_372_036_854_775_808.0)
    );
}
