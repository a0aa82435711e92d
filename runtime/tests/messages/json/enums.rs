//! Enums.

use expect_test::expect;

use super::{check, check_ignoring, check_refused, check_same};

#[test]
fn values_are_names_and_may_be_numbers() {
    check_same(&[
        r#"{"optionalNestedEnum":"BAR"}"#,
        r#"{"optionalNestedEnum":"NEG"}"#,
        r#"{"optionalClosedEnum":"CLOSED_ENUM_UNSPECIFIED"}"#,
    ]);
    check(r#"{"optionalNestedEnum": 0}"#, expect!["{}"]);
    for number in ["1", "1.0", "\"BAR\"", "\"bar\""] {
        check(
            &format!(r#"{{"optionalNestedEnum": {number}}}"#),
            expect![[r#"{"optionalNestedEnum":"BAR"}"#]],
        );
    }
    check_refused(&[
        r#"{"optionalNestedEnum": FOO}"#,
        r#"{"optionalNestedEnum": ["FOO"]}"#,
        r#"{"optionalNestedEnum": [2]}"#,
        r#"{"optionalNestedEnum": true}"#,
        r#"{"optionalNestedEnum": false}"#,
        r#"{"optionalNestedEnum": 0.5}"#,
        r#"{"optionalNestedEnum": 2147483648}"#,
        r#"{"optionalNestedEnum": "1"}"#,
    ]);
}

#[test]
fn aliases_are_names_too() {
    for name in ["ALIAS_BAZ", "MOO", "moo", "bAz", "Baz"] {
        check(
            &format!(r#"{{"optionalAliasedEnum": "{name}"}}"#),
            expect![[r#"{"optionalAliasedEnum":"ALIAS_BAZ"}"#]],
        );
    }
}

#[test]
fn a_number_without_a_name_stays_a_number() {
    check_same(&[
        r#"{"optionalNestedEnum":123}"#,
        r#"{"mapStringNestedEnum":{"a":-7}}"#,
    ]);
    check(
        r#"{"optionalClosedEnum": 123}"#,
        expect![
            "error: optionalClosedEnum: invalid value: integer `123`, expected the name or number of a value of `ClosedEnum` at line 1 column 26"
        ],
    );
    check_ignoring(r#"{"optionalClosedEnum": 123}"#, expect!["{}"]);
}

#[test]
fn unknown_names_are_refused_or_ignored() {
    check(
        r#"{"optionalNestedEnum": "UNKNOWN"}"#,
        expect![[
            r#"error: optionalNestedEnum: invalid value: string "UNKNOWN", expected the name or number of a value of `NestedEnum` at line 1 column 32"#
        ]],
    );
    check_refused(&[
        r#"{"repeated_nested_enum": ["UNKNOWN"]}"#,
        r#"{"map_string_nested_enum": {"key": "UNKNOWN"}}"#,
        r#"{"oneofEnum": "UNKNOWN"}"#,
    ]);
    check_ignoring(
        r#"{"optionalNestedEnum": "UNKNOWN", "oneofEnum": "UNKNOWN"}"#,
        expect!["{}"],
    );
    check_ignoring(
        r#"{"repeatedNestedEnum": ["BAR", "UNKNOWN", "FOO"]}"#,
        expect![[r#"{"repeatedNestedEnum":["BAR","FOO"]}"#]],
    );
    check_ignoring(
        r#"{"mapStringNestedEnum": {"key1": "FOO", "key2": "UNKNOWN"}}"#,
        expect![[r#"{"mapStringNestedEnum":{"key1":"FOO"}}"#]],
    );
}
