//! `Any`.

use bytes::Bytes;
use expect_test::expect;
use traitwire::{
    Message,
    json::{self, ReadOptions, WriteOptions},
    well_known::{Any, Timestamp, TypeRegistry},
};

use super::{All, check, check_ignoring, check_print, check_refused, check_same};

#[test]
fn an_any_says_what_it_is() {
    check_same(&[
        r#"{"optionalAny":{"@type":"type.googleapis.com/google.protobuf.Int32Value","value":12345}}"#,
        r#"{"optionalAny":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1.500s"}}"#,
        r#"{"optionalAny":{"@type":"type.googleapis.com/google.protobuf.Timestamp","value":"1970-01-01T00:00:00Z"}}"#,
        r#"{"optionalAny":{"@type":"type.googleapis.com/google.protobuf.FieldMask","value":"foo,barBaz"}}"#,
        r#"{"optionalAny":{"@type":"type.googleapis.com/google.protobuf.Struct","value":{"foo":1.0}}}"#,
        r#"{"optionalAny":{"@type":"type.googleapis.com/google.protobuf.Value","value":{"foo":1.0}}}"#,
        r#"{"optionalAny":{"@type":"type.googleapis.com/google.protobuf.Value","value":null}}"#,
        r#"{"optionalAny":{"@type":"type.googleapis.com/google.protobuf.Value","value":1.0}}"#,
        r#"{"optionalAny":{"@type":"type.googleapis.com/google.protobuf.Int64Value","value":"18"}}"#,
        r#"{"optionalAny":{"@type":"type.googleapis.com/google.protobuf.Empty"}}"#,
        r#"{"optionalAny":{"@type":"type.googleapis.com/google.protobuf.Any","value":{"@type":"type.googleapis.com/google.protobuf.BoolValue","value":true}}}"#,
        r#"{"optionalAny":{}}"#,
    ]);
    check(
        r#"{"optionalAny": {"value": "1s", "@type": "example.org/google.protobuf.Duration"}}"#,
        expect![[
            r#"{"optionalAny":{"@type":"example.org/google.protobuf.Duration","value":"1s"}}"#
        ]],
    );
    let read: All = json::from_str(
        r#"{"optionalAny": {"@type": "type.googleapis.com/google.protobuf.Timestamp", "value": "1970-01-01T00:00:07Z"}}"#,
    )
    .unwrap();
    let any = read.optional_any.unwrap();
    assert_eq!(
        any,
        Any::pack(&Timestamp {
            seconds: 7,
            nanos: 0
        })
    );
}

#[test]
fn what_is_no_any_is_refused() {
    check_refused(&[
        r#"{"optionalAny": {"@type": "", "value": ""}}"#,
        r#"{"optionalAny": {"@type": "not_a_url", "value": ""}}"#,
        r#"{"optionalAny": {"@type": 1, "value": ""}}"#,
        r#"{"optionalAny": {"@type": "type.googleapis.com/", "value": ""}}"#,
        r#"{"optionalAny": {"@type": "type.googleapis.com/google.protobuf.Duration"}}"#,
        r#"{"optionalAny": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1s", "value": "1s"}}"#,
        r#"{"optionalAny": {"@type": "type.googleapis.com/google.protobuf.Duration", "@type": "type.googleapis.com/google.protobuf.Duration", "value": "1s"}}"#,
        r#"{"optionalAny": {"@type": "type.googleapis.com/google.protobuf.Empty", "value": {}}}"#,
    ]);
    check(
        r#"{"optionalAny": {"value": "1s"}}"#,
        expect!["error: optionalAny: there is no `@type` at line 1 column 31"],
    );
    check(
        r#"{"optionalAny": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": 1}}"#,
        expect![
            "error: optionalAny: invalid type: integer `1`, expected a duration of at most 10,000 years, `1.5s` at line 1 column 85"
        ],
    );
    check(
        r#"{"optionalAny": {"@type": "type.googleapis.com/x.Y"}}"#,
        expect![[
            r#"error: optionalAny: the type "type.googleapis.com/x.Y" isn't known at line 1 column 52"#
        ]],
    );
    check_ignoring(
        r#"{"optionalAny": {"@type": "type.googleapis.com/google.protobuf.Empty", "value": {}}}"#,
        expect![[r#"{"optionalAny":{"@type":"type.googleapis.com/google.protobuf.Empty"}}"#]],
    );
}

#[test]
fn an_any_that_nobody_knows_is_not_printed() {
    let print = |type_url: &str, value: &'static [u8], expect| {
        let message = All {
            optional_any: Some(Any {
                type_url: type_url.to_owned(),
                value: Bytes::from_static(value),
            }),
            ..All::default()
        };
        check_print(message, expect);
    };
    print(
        "type.googleapis.com/x.Y",
        b"",
        expect![[r#"error: optionalAny: the type "type.googleapis.com/x.Y" isn't known"#]],
    );
    print(
        "",
        b"x",
        expect![[
            r#"error: optionalAny: "" is no name of a type; one has a slash before it, `type.googleapis.com/routeguide.Point`"#
        ]],
    );
    print(
        "type.googleapis.com/google.protobuf.Duration",
        b"\x08",
        expect![
            "error: optionalAny: failed to decode Protobuf message: google.protobuf.Duration.seconds: the message ends in the middle of it"
        ],
    );
}

#[test]
fn depth_is_limited_where_bytes_hide_it() {
    let mut any = Any::pack(&());
    for _ in 0..50 {
        any = Any::pack(&any);
    }
    let text = json::to_string(&any).unwrap();
    assert_eq!(json::from_str::<Any>(&text).unwrap(), any);
    for _ in 0..1000 {
        any = Any::pack(&any);
    }
    assert!(json::to_string(&any).is_err());
    let deep = format!(
        "{}{{}}{}",
        r#"{"@type":"x/google.protobuf.Any","value":"#.repeat(10_000),
        "}".repeat(10_000)
    );
    assert!(json::from_str::<Any>(&deep).is_err());
}

#[derive(Debug, PartialEq, Message)]
#[proto(package = "lighthouse.v1")]
struct Flash {
    #[proto(1)]
    length_in_seconds: u64,
}

#[test]
fn what_is_registered_may_be_in_it() {
    let any = Any::pack(&Flash {
        length_in_seconds: 3,
    });
    let text = r#"{"@type":"type.googleapis.com/lighthouse.v1.Flash","lengthInSeconds":"3"}"#;
    let types = TypeRegistry::new().with::<Flash>();
    let (write, read) = (WriteOptions::new(), ReadOptions::new());
    assert_eq!(write.types(types.clone()).to_string(&any).unwrap(), text);
    assert_eq!(read.types(types).from_str::<Any>(text).unwrap(), any);
    expect![[r#"the type "type.googleapis.com/lighthouse.v1.Flash" isn't known"#]]
        .assert_eq(&json::to_string(&any).unwrap_err().to_string());
    expect![[
        r#"the type "type.googleapis.com/lighthouse.v1.Flash" isn't known at line 1 column 73"#
    ]]
    .assert_eq(&json::from_str::<Any>(text).unwrap_err().to_string());
}
