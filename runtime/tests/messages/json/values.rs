//! Strings and bytes, lists and maps.

use expect_test::expect;

use super::{check, check_refused, check_same};

#[test]
fn strings_are_strings() {
    check_same(&[
        r#"{"optionalString":"Hello, World!"}"#,
        r#"{"optionalString":"谷歌"}"#,
        r#"{"optionalString":"\"\\/\b\f\n\r\t"}"#,
        r#"{"optionalString":"Hello\u0000world!"}"#,
    ]);
    check(
        r#"{"optionalString": "\u8C37\u6b4C\uD83D\uDE01\/"}"#,
        expect![[r#"{"optionalString":"谷歌😁/"}"#]],
    );
    check_refused(&[
        "{\"optionalString\": \"abc\\",
        r#"{"optionalString": "\U8C37"}"#,
        r#"{"optionalString": "\uXXXX"}"#,
        r#"{"optionalString": "\u8C3"}"#,
        r#"{"optionalString": "\uD800"}"#,
        r#"{"optionalString": "\uDC00"}"#,
        r#"{"optionalString": "\uDE01\uD83D"}"#,
        r#"{"optionalString": 12345}"#,
        r#"{"optionalString": 'Hello world!'}"#,
        r#"{'optionalString': "Hello world!"}"#,
    ]);
}

#[test]
fn bytes_are_base64() {
    check_same(&[
        r#"{"optionalBytes":"AQI="}"#,
        r#"{"repeatedBytes":["","AA==","AAEC"]}"#,
    ]);
    for text in ["+/8=", "-_8=", "+/8", "-_8"] {
        check(
            &format!(r#"{{"optionalBytes": "{text}"}}"#),
            expect![[r#"{"optionalBytes":"+/8="}"#]],
        );
    }
    // Bits that are over.
    check(
        r#"{"optionalBytes": "-_"}"#,
        expect![[r#"{"optionalBytes":"+w=="}"#]],
    );
    check_refused(&[
        r#"{"optionalBytes": "A"}"#,
        r#"{"optionalBytes": "+_8="}"#,
        r#"{"optionalBytes": "AQI=="}"#,
        r#"{"optionalBytes": "AQ I="}"#,
        r#"{"optionalBytes": [1, 2]}"#,
    ]);
    check(
        r#"{"optionalBytes": "!"}"#,
        expect![[
            r#"error: optionalBytes: invalid value: string "!", expected bytes in base64 at line 1 column 21"#
        ]],
    );
}

#[test]
fn lists_are_lists() {
    check_same(&[
        r#"{"repeatedInt32":[1,2,3,4]}"#,
        r#"{"repeatedInt64":["1","-2"]}"#,
        r#"{"repeatedNestedEnum":["FOO","BAR","NEG",7]}"#,
        r#"{"repeatedString":["Hello","world",""]}"#,
        r#"{"repeatedNestedMessage":[{"a":1234},{}]}"#,
    ]);
    check(
        r#"{"repeatedInt32": [], "repeatedString": null}"#,
        expect!["{}"],
    );
    check_refused(&[
        r#"{"repeatedInt32": [1, false, 3, 4]}"#,
        r#"{"repeatedInt32": [1, 2, "name", 4]}"#,
        r#"{"repeatedInt32": [1, 2, 3, {"a": 4}]}"#,
        r#"{"repeatedString": ["1", 2, "3", "4"]}"#,
        r#"{"repeatedString": ["1", "2", false, "4"]}"#,
        r#"{"repeatedString": ["1", 2, "3", {"a": 4}]}"#,
        r#"{"repeatedNestedMessage": [{"a": 1}, 2]}"#,
        r#"{"repeatedNestedMessage": [{"a": 1}, "2"]}"#,
        r#"{"repeatedInt32": 1}"#,
        r#"{"repeatedNestedMessage": {"a": 1}}"#,
        r#"{"repeatedInt32": [1, 2, 3, 4,]}"#,
        r#"{"repeatedInt32": [1, null, 2]}"#,
        r#"{"repeatedNestedMessage": [{"a":1}, null, {"a":2}]}"#,
        r#"{"repeatedNestedEnum": [null]}"#,
    ]);
    check(
        r#"{"repeatedNestedMessage": [{}, {"a": "x"}]}"#,
        expect![[
            r#"error: repeatedNestedMessage[1].a: invalid value: string "x", expected an integer of 32 bits at line 1 column 40"#
        ]],
    );
}

#[test]
fn maps_are_objects() {
    check_same(&[
        r#"{"mapInt32Int32":{"-1":2,"3":4}}"#,
        r#"{"mapInt64Int64":{"1":"2","3":"4"}}"#,
        r#"{"mapUint32Uint32":{"1":2}}"#,
        r#"{"mapUint64Sint64":{"18446744073709551615":"-1"}}"#,
        r#"{"mapBoolBool":{"false":false,"true":true}}"#,
        r#"{"mapStringString":{"":"empty","a b":"c"}}"#,
        r#"{"mapStringNestedMessage":{"hello":{"a":1234},"world":{}}}"#,
        r#"{"mapStringNestedEnum":{"hello":"BAR"}}"#,
        r#"{"mapStringValue":{"none":null}}"#,
    ]);
    check(
        r#"{"mapInt32Int32": {"\u0031": 2}, "mapBoolBool": {"tr\u0075e": true}}"#,
        expect![[r#"{"mapInt32Int32":{"1":2},"mapBoolBool":{"true":true}}"#]],
    );
    check_refused(&[
        r#"{"mapInt32Int32": {1: 2, 3: 4}}"#,
        r#"{"mapBoolBool": {true: true}}"#,
        r#"{"mapInt32Int32": {null: 1}}"#,
        r#"{"mapInt32Int32": {"0": null}}"#,
        r#"{"mapStringNestedMessage": {"a": null}}"#,
        r#"{"mapInt32Int32": {"2147483648": 1}}"#,
        r#"{"mapInt32Int32": {"": 1}}"#,
        r#"{"mapBoolBool": {"True": true}}"#,
        r#"{"mapInt32Int32": []}"#,
        r#"{"mapInt32Int32": {"1": 1, "1": 2}}"#,
    ]);
    check(
        r#"{"mapStringNestedMessage": {"a": {"a": true}}}"#,
        expect![[
            r#"error: mapStringNestedMessage["a"].a: invalid type: boolean `true`, expected an integer of 32 bits at line 1 column 43"#
        ]],
    );
    check(
        r#"{"mapBoolBool": {"yes": true}}"#,
        expect![[
            r#"error: mapBoolBool: invalid value: string "yes", expected `true` or `false` at line 1 column 22"#
        ]],
    );
}
