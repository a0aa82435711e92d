//! The messages of protobuf that have forms of their own.

use std::time;

use expect_test::expect;
use traitwire::{
    Message, json,
    well_known::{Duration, FieldMask, Kind, Struct, Timestamp, Value},
};

use super::{All, check, check_print, check_refused, check_same};

#[test]
fn wrappers_are_what_they_wrap() {
    check_same(&[
        r#"{"optionalBoolWrapper":false,"optionalInt32Wrapper":0,"optionalInt64Wrapper":"0","optionalUint32Wrapper":0,"optionalUint64Wrapper":"0","optionalFloatWrapper":0.0,"optionalDoubleWrapper":0.0,"optionalStringWrapper":"","optionalBytesWrapper":""}"#,
        r#"{"optionalBytesWrapper":"AQI=","repeatedBoolWrapper":[true,false]}"#,
        r#"{"optionalFloatWrapper":"NaN","optionalDoubleWrapper":"-Infinity"}"#,
    ]);
    check_refused(&[
        r#"{"optionalBoolWrapper": {"value": true}}"#,
        r#"{"repeatedBoolWrapper": [null]}"#,
    ]);
}

#[test]
fn durations_are_seconds() {
    check_same(&[
        r#"{"optionalDuration":"-315576000000.999999999s"}"#,
        r#"{"optionalDuration":"315576000000.999999999s"}"#,
        r#"{"repeatedDuration":["0s","1.500s","-1.500s","-0.500s","-5s","1.010s","1.000010s","1.000000010s"]}"#,
    ]);
    check(
        r#"{"repeatedDuration": ["1.000000000s", "1.5s", "007s", "-0s"]}"#,
        expect![[r#"{"repeatedDuration":["1s","1.500s","7s","0s"]}"#]],
    );
    check_refused(&[
        r#"{"optionalDuration": "1"}"#,
        r#"{"optionalDuration": 1}"#,
        r#"{"optionalDuration": "s"}"#,
        r#"{"optionalDuration": "1.s"}"#,
        r#"{"optionalDuration": ".5s"}"#,
        r#"{"optionalDuration": "+1s"}"#,
        r#"{"optionalDuration": "--1s"}"#,
        r#"{"optionalDuration": "1.-5s"}"#,
        r#"{"optionalDuration": "1 s"}"#,
        r#"{"optionalDuration": "1.0000000001s"}"#,
        r#"{"optionalDuration": "-315576000001.000000000s"}"#,
        r#"{"optionalDuration": "315576000001s"}"#,
        r#"{"optionalDuration": "99999999999999999999s"}"#,
    ]);
    for (seconds, nanos) in [
        (-315_576_000_001, 0),
        (315_576_000_001, 0),
        (1, -1),
        (-1, 1),
        (-1, -1_000_000_000),
        (1, 1_000_000_000),
        (i64::MIN, i32::MIN),
    ] {
        let message = All {
            optional_duration: Some(Duration { seconds, nanos }),
            ..All::default()
        };
        let error = json::to_string(&message).unwrap_err();
        assert_eq!(error.path(), "optionalDuration", "{seconds} {nanos}");
    }
}

#[test]
fn times_are_those_of_rfc_3339() {
    let time = |text: &str| format!(r#"{{"optionalTimestamp":"{text}"}}"#);
    for text in [
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
        "1970-01-01T00:00:00Z",
        "1970-01-01T00:00:00.000000001Z",
        "1969-12-31T23:59:59.999999999Z",
        "1970-01-01T00:00:00.010Z",
        "1970-01-01T00:00:00.000010Z",
        "1993-02-10T00:00:00Z",
        "2000-02-29T00:00:00Z",
    ] {
        check_same(&[&time(text)]);
    }
    for (text, seconds) in [
        ("1970-01-01T08:00:01+08:00", 1),
        ("1969-12-31T16:00:01-08:00", 1),
        ("1970-01-02T01:00:00+02:00", 82_800),
        ("0001-01-01T00:00:00-00:01", -62_135_596_740),
        ("9999-12-31T23:59:59+00:01", 253_402_300_739),
        ("1970-01-01T00:00:00-11:30", 41_400),
        ("1993-02-10T00:00:00.000Z", 729_302_400),
        ("2000-02-29T00:00:00Z", 951_782_400),
    ] {
        let read: All = json::from_str(&time(text)).unwrap();
        let expected = Timestamp { seconds, nanos: 0 };
        assert_eq!(read.optional_timestamp, Some(expected), "{text}");
    }
    for text in [
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "0001-01-01T00:00:00",
        "0001-01-01 00:00:00Z",
        "0001-01-01T00:00:00z",
        "0001-01-01t00:00:00Z",
        "1970-01-01T08:00:01+0800",
        "1970-13-01T00:00:00Z",
        "1970-00-01T00:00:00Z",
        "1970-01-32T00:00:00Z",
        "1970-01-00T00:00:00Z",
        "1970-01-01T24:00:00Z",
        "1970-01-01T25:00:00Z",
        "1970-01-01T00:60:00Z",
        "1970-01-01T00:00:60Z",
        "1970-01-01T00:00:00+24:00",
        "1970-01-01T00:00:00+00:60",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "1970-01-01T00:00:00.1234567890Z",
        "1970-01-01T00:00:00.123aZ",
        "1970-01-01T00:00:00.Z",
        "999-01-01T00:00:00Z",
        "00001-01-01T00:00:00Z",
        "1970-1-01T00:00:00Z",
        "1970-01-1T00:00:00Z",
        "2001-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "1970-01-01T00:00:00ZZ",
        "1970-01-01T00:00:0\u{0661}Z",
        "+970-01-01T00:00:00Z",
        "",
    ] {
        check_refused(&[&time(text)]);
    }
    for (seconds, nanos) in [
        (-62_135_596_801, 0),
        (253_402_300_800, 0),
        (5000, -1),
        (5000, 1_000_000_000),
        (i64::MAX, i32::MAX),
    ] {
        let message = All {
            optional_timestamp: Some(Timestamp { seconds, nanos }),
            ..All::default()
        };
        let error = json::to_string(&message).unwrap_err();
        assert_eq!(error.path(), "optionalTimestamp", "{seconds} {nanos}");
    }
}

/// Rust's own types of time.
#[derive(Clone, Debug, PartialEq, Message)]
struct Lease {
    #[proto(1)]
    granted_at: time::SystemTime,
    #[proto(2)]
    term: Option<time::Duration>,
}

#[test]
fn rusts_types_of_time_have_the_same_forms() {
    let lease = Lease {
        granted_at: time::UNIX_EPOCH + time::Duration::from_millis(1500),
        term: Some(time::Duration::from_secs(60)),
    };
    let text = json::to_string(&lease).unwrap();
    expect![[r#"{"grantedAt":"1970-01-01T00:00:01.500Z","term":"60s"}"#]].assert_eq(&text);
    assert_eq!(json::from_str::<Lease>(&text).unwrap(), lease);
    let error = json::from_str::<Lease>(r#"{"term": "-1s"}"#).unwrap_err();
    assert_eq!(error.path(), "term");
}

#[test]
fn field_masks_are_paths_in_camel_case() {
    check_same(&[
        r#"{"optionalFieldMask":"foo,barBaz"}"#,
        r#"{"optionalFieldMask":""}"#,
        r#"{"optionalFieldMask":"user.displayName,photo2"}"#,
    ]);
    let read: All = json::from_str(r#"{"optionalFieldMask": "foo,barBaz"}"#).unwrap();
    assert_eq!(read.optional_field_mask.unwrap().paths, ["foo", "bar_baz"]);
    check_refused(&[
        r#"{"optionalFieldMask": "foo,bar_bar"}"#,
        r#"{"optionalFieldMask": "foo,"}"#,
        r#"{"optionalFieldMask": "foo bar"}"#,
        r#"{"optionalFieldMask": ["foo"]}"#,
    ]);
    for path in [
        "fooBar",
        "foo_3_bar",
        "foo__bar",
        "foo_",
        "",
        "foo..bar",
        "a,b",
    ] {
        let message = All {
            optional_field_mask: Some(FieldMask {
                paths: vec![path.to_owned()],
            }),
            ..All::default()
        };
        assert!(json::to_string(&message).is_err(), "{path}");
    }
}

#[test]
fn a_struct_is_any_object() {
    check_same(&[
        r#"{"optionalStruct":{"boolValue":true,"doubleValue":1234.5678,"intValue":1234.0,"listValue":[1234.0,"5678"],"nullValue":null,"objectValue":{"value":0.0},"stringValue":"Hello world!"}}"#,
        r#"{"optionalStruct":{"listValue":[]}}"#,
        r#"{"optionalListValue":[]}"#,
        r#"{"repeatedListValue":[["a"],[]]}"#,
    ]);
    let nested = |open: &str, depth: usize, close: &str| {
        format!("{}1.0{}", open.repeat(depth), close.repeat(depth))
    };
    check_same(&[
        &format!(r#"{{"optionalStruct":{}}}"#, nested(r#"{"n":"#, 26, "}")),
        &format!(r#"{{"optionalValue":{}}}"#, nested("[", 25, "]")),
        &format!(r#"{{"optionalValue":{}}}"#, nested(r#"{"n":"#, 99, "}")),
    ]);
    check_refused(&[
        &format!(r#"{{"optionalStruct":{}}}"#, nested(r#"{"n":"#, 201, "}")),
        &format!(r#"{{"optionalValue":{}}}"#, nested("[", 200, "]")),
        &format!(r#"{{"optionalValue":{}}}"#, nested(r#"{"n":"#, 100, "}")),
        r#"{"optionalStruct": []}"#,
        r#"{"optionalStruct": {"a": 1, "a": 2}}"#,
        r#"{"optionalListValue": {}}"#,
    ]);
}

#[test]
fn a_value_is_anything_null_included() {
    check_same(&[
        r#"{"optionalValue":1.5}"#,
        r#"{"optionalValue":false}"#,
        r#"{"optionalValue":null}"#,
        r#"{"optionalValue":"hello"}"#,
        r#"{"optionalValue":[0.0,"hello"]}"#,
        r#"{"optionalValue":{"value":1.0}}"#,
        r#"{"repeatedValue":[["a"],null]}"#,
    ]);
    check(
        r#"{"optionalValue": 1}"#,
        expect![[r#"{"optionalValue":1.0}"#]],
    );
    let print = |value: Value, expect: expect_test::Expect| {
        let message = All {
            optional_value: Some(value),
            ..All::default()
        };
        check_print(message, expect);
    };
    print(
        f64::NAN.into(),
        expect![
            "error: optionalValue: the number of a `google.protobuf.Value` is finite, and this one is NaN"
        ],
    );
    print(
        Struct::from([("a", Value::from([1.0, f64::INFINITY]))]).into(),
        expect![[
            r#"error: optionalValue["a"][1]: the number of a `google.protobuf.Value` is finite, and this one is inf"#
        ]],
    );
    print(
        Value { kind: None },
        expect![
            "error: optionalValue: a `google.protobuf.Value` is something, and this one is nothing, not even null"
        ],
    );
    let read: Value = json::from_str("null").unwrap();
    assert!(matches!(read.kind, Some(Kind::Null(_))));
}

#[test]
fn a_null_value_is_null() {
    check_same(&[r#"{"oneofNullValue":null}"#]);
    check(
        r#"{"oneofNullValue": "NULL_VALUE"}"#,
        expect![[r#"{"oneofNullValue":null}"#]],
    );
    check(
        r#"{"oneofNullValue": 0}"#,
        expect![[r#"{"oneofNullValue":null}"#]],
    );
    check(r#"{"optionalNullValue": null}"#, expect!["{}"]);
    check_refused(&[
        r#"{"oneofNullValue": 1}"#,
        r#"{"oneofNullValue": null, "oneofString": ""}"#,
    ]);
}
