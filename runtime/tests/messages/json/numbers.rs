//! Integers, floats and booleans.

use expect_test::expect;

use super::{All, check, check_print, check_refused, check_same};

#[test]
fn integers_are_numbers_and_those_of_64_bits_strings() {
    check_same(&[
        r#"{"optionalInt32":2147483647}"#,
        r#"{"optionalInt32":-2147483648}"#,
        r#"{"optionalUint32":4294967295}"#,
        r#"{"optionalInt64":"9223372036854775807"}"#,
        r#"{"optionalInt64":"-9223372036854775808"}"#,
        r#"{"optionalUint64":"18446744073709551615"}"#,
        r#"{"optionalSint32":-1,"optionalSint64":"-1","optionalFixed32":1,"optionalFixed64":"1","optionalSfixed32":-1,"optionalSfixed64":"-1"}"#,
    ]);
}

#[test]
fn integers_are_read_as_numbers_and_from_strings() {
    check(
        r#"{"optionalInt64": 9223372036854774784, "optionalUint64": 18446744073709549568}"#,
        expect![[
            r#"{"optionalInt64":"9223372036854774784","optionalUint64":"18446744073709549568"}"#
        ]],
    );
    check(
        r#"{"optionalInt64": -9223372036854775808}"#,
        expect![[r#"{"optionalInt64":"-9223372036854775808"}"#]],
    );
    for text in [
        r#"{"optionalInt32": "100000"}"#,
        r#"{"optionalInt32": "10\u0030000"}"#,
        r#"{"optionalInt32": "1e5"}"#,
        r#"{"optionalInt32": 1e5}"#,
        r#"{"optionalInt32": 100000.000}"#,
        r#"{"optionalInt32": 1.0E+5}"#,
    ] {
        check(text, expect![[r#"{"optionalInt32":100000}"#]]);
    }
    check(
        r#"{"optionalInt32": -2.147483648e9, "optionalUint32": 4.294967295e9}"#,
        expect![[r#"{"optionalInt32":-2147483648,"optionalUint32":4294967295}"#]],
    );
    check(
        r#"{"optionalInt32": "0", "optionalUint32": -0}"#,
        expect!["{}"],
    );
}

#[test]
fn what_is_no_integer_is_refused() {
    check_refused(&[
        r#"{"optionalInt32": 2147483648}"#,
        r#"{"optionalInt32": -2147483649}"#,
        r#"{"optionalUint32": 4294967296}"#,
        r#"{"optionalUint32": -1}"#,
        r#"{"optionalInt64": "9223372036854775808"}"#,
        r#"{"optionalInt64": "-9223372036854775809"}"#,
        r#"{"optionalInt64": 9223372036854775808}"#,
        r#"{"optionalUint64": "18446744073709551616"}"#,
        r#"{"optionalUint64": 18446744073709551616}"#,
        r#"{"optionalUint64": "1e536870000"}"#,
        r#"{"optionalInt32": 0.5}"#,
        r#"{"optionalUint32": 0.5}"#,
        r#"{"optionalInt64": "0.5"}"#,
        r#"{"optionalUint64": "0.5"}"#,
        r#"{"optionalInt32": true}"#,
        r#"{"optionalInt32": false}"#,
        r#"{"optionalInt32": "12abc"}"#,
        r#"{"optionalInt32": "12 34"}"#,
        r#"{"optionalInt32": "12,34"}"#,
        r#"{"optionalInt32": "12谷歌34"}"#,
        r#"{"optionalInt32": "abc"}"#,
        r#"{"optionalInt32": ""}"#,
        r#"{"optionalUint64": ""}"#,
        r#"{"optionalInt32": +1}"#,
        r#"{"optionalInt32": 01}"#,
        r#"{"optionalInt32": -01}"#,
        r#"{"optionalInt32": " 1"}"#,
        r#"{"optionalInt32": "1 "}"#,
        r#"{"optionalInt32": []}"#,
        r#"{"optionalInt32": {}}"#,
    ]);
    check(
        r#"{"optionalUint32": -1}"#,
        expect![
            "error: optionalUint32: invalid value: integer `-1`, expected an integer of 32 bits, without a sign at line 1 column 21"
        ],
    );
}

#[test]
fn floats_are_numbers_but_for_three_names() {
    check_same(&[
        r#"{"optionalFloat":"NaN","optionalDouble":"NaN"}"#,
        r#"{"optionalFloat":"Infinity","optionalDouble":"Infinity"}"#,
        r#"{"optionalFloat":"-Infinity","optionalDouble":"-Infinity"}"#,
        r#"{"optionalFloat":1.175494e-38,"optionalDouble":2.22507e-308}"#,
        r#"{"optionalFloat":-1.175494e-38,"optionalDouble":-2.22507e-308}"#,
        r#"{"optionalFloat":3.402823e+38,"optionalDouble":-1.79769e+308}"#,
        r#"{"repeatedFloat":[3.4028233e+38,3.4028234663852886e+38,-3.4028234663852886e+38]}"#,
        r#"{"optionalFloat":-0.0,"optionalDouble":-0.0}"#,
        r#"{"repeatedFloat":[0.0,-0.0,"NaN"]}"#,
    ]);
    check(
        r#"{"optionalFloat": "1", "optionalDouble": "2.22507e-308"}"#,
        expect![[r#"{"optionalFloat":1.0,"optionalDouble":2.22507e-308}"#]],
    );
    check(
        r#"{"optionalFloat": 3, "optionalDouble": -4}"#,
        expect![[r#"{"optionalFloat":3.0,"optionalDouble":-4.0}"#]],
    );
    // Which kind of no number it is can't be said.
    let message = All {
        optional_float: f32::from_bits(0x7fa1_2345),
        optional_double: f64::from_bits(0xfffb_cba9_8765_4321),
        ..All::default()
    };
    check_print(
        message,
        expect![[r#"{"optionalFloat":"NaN","optionalDouble":"NaN"}"#]],
    );
}

#[test]
fn what_is_no_float_is_refused() {
    check_refused(&[
        r#"{"optionalFloat": NaN}"#,
        r#"{"optionalFloat": Infinity}"#,
        r#"{"optionalFloat": -Infinity}"#,
        r#"{"optionalFloat": "nan"}"#,
        r#"{"optionalFloat": "inf"}"#,
        r#"{"optionalFloat": "+Infinity"}"#,
        r#"{"optionalFloat": 3.502823e+38}"#,
        r#"{"optionalFloat": "3.502823e+38"}"#,
        r#"{"optionalFloat": -3.502823e+38}"#,
        r#"{"optionalDouble": 1.89769e+308}"#,
        r#"{"optionalDouble": "-1.89769e+308"}"#,
        r#"{"optionalFloat": ""}"#,
        r#"{"optionalFloat": "12abc"}"#,
        r#"{"optionalFloat": "12 34"}"#,
        r#"{"optionalFloat": "1_0"}"#,
        r#"{"optionalDouble": " 1"}"#,
        r#"{"optionalFloat": true}"#,
        r#"{"optionalDouble": false}"#,
    ]);
    check(
        r#"{"optionalDouble": "abc"}"#,
        expect![[
            r#"error: optionalDouble: invalid value: string "abc", expected a double at line 1 column 24"#
        ]],
    );
}

#[test]
fn booleans_are_true_and_false() {
    check_same(&[
        r#"{"optionalBool":true}"#,
        r#"{"repeatedBool":[true,false]}"#,
    ]);
    check(r#"{"optionalBool": false}"#, expect!["{}"]);
    check_refused(&[
        r#"{"optionalBool": 0}"#,
        r#"{"optionalBool": 1}"#,
        r#"{"optionalBool": True}"#,
        r#"{"optionalBool": TRUE}"#,
        r#"{"optionalBool": "true"}"#,
        r#"{"optionalBool": "false"}"#,
    ]);
}
