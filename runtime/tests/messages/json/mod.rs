//! Protobuf's JSON mapping.
//!
//! The texts are those of Google's conformance suite, and what its own doesn't try: options, paths, and serde's formats.

mod against_reflect;
mod any;
mod as_serde;
mod enums;
mod messages;
mod numbers;
mod values;
mod well_known;

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use expect_test::Expect;
use traitwire::{
    Enumeration, Message, OneOf,
    json::{self, ReadOptions},
    well_known::{
        Any, BoolValue, BytesValue, DoubleValue, Duration, FieldMask, FloatValue, Int32Value,
        Int64Value, ListValue, NullValue, StringValue, Struct, Timestamp, UInt32Value, UInt64Value,
        Value,
    },
};

#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "json.test")]
struct All {
    #[proto(1)]
    optional_int32: i32,
    #[proto(2)]
    optional_int64: i64,
    #[proto(3)]
    optional_uint32: u32,
    #[proto(4)]
    optional_uint64: u64,
    #[proto(5, sint)]
    optional_sint32: i32,
    #[proto(6, sint)]
    optional_sint64: i64,
    #[proto(7, fixed)]
    optional_fixed32: u32,
    #[proto(8, fixed)]
    optional_fixed64: u64,
    #[proto(9, fixed)]
    optional_sfixed32: i32,
    #[proto(10, fixed)]
    optional_sfixed64: i64,
    #[proto(11)]
    optional_float: f32,
    #[proto(12)]
    optional_double: f64,
    #[proto(13)]
    optional_bool: bool,
    #[proto(14)]
    optional_string: String,
    #[proto(15)]
    optional_bytes: Bytes,
    #[proto(18)]
    optional_nested_message: Option<Nested>,
    #[proto(21)]
    optional_nested_enum: NestedEnum,
    #[proto(23)]
    optional_aliased_enum: AliasedEnum,
    #[proto(24)]
    optional_closed_enum: Option<ClosedEnum>,
    #[proto(27)]
    recursive_message: Option<Box<All>>,
    #[proto(31)]
    repeated_int32: Vec<i32>,
    #[proto(32)]
    repeated_int64: Vec<i64>,
    #[proto(41)]
    repeated_float: Vec<f32>,
    #[proto(43)]
    repeated_bool: Vec<bool>,
    #[proto(44)]
    repeated_string: Vec<String>,
    #[proto(45)]
    repeated_bytes: Vec<Vec<u8>>,
    #[proto(48)]
    repeated_nested_message: Vec<Nested>,
    #[proto(51)]
    repeated_nested_enum: Vec<NestedEnum>,
    #[proto(56)]
    map_int32_int32: BTreeMap<i32, i32>,
    #[proto(57)]
    map_int64_int64: BTreeMap<i64, i64>,
    #[proto(58)]
    map_uint32_uint32: HashMap<u32, u32>,
    #[proto(59, key = fixed, value = sint)]
    map_uint64_sint64: BTreeMap<u64, i64>,
    #[proto(68)]
    map_bool_bool: BTreeMap<bool, bool>,
    #[proto(69)]
    map_string_string: BTreeMap<String, String>,
    #[proto(71)]
    map_string_nested_message: BTreeMap<String, Nested>,
    #[proto(73)]
    map_string_nested_enum: BTreeMap<String, NestedEnum>,
    #[proto(80)]
    proto3_optional_int32: Option<i32>,
    #[proto(81)]
    proto3_optional_string: Option<String>,
    #[proto(oneof)]
    oneof_field: Option<OneofField>,
    #[proto(201)]
    optional_bool_wrapper: Option<BoolValue>,
    #[proto(202)]
    optional_int32_wrapper: Option<Int32Value>,
    #[proto(203)]
    optional_int64_wrapper: Option<Int64Value>,
    #[proto(204)]
    optional_uint32_wrapper: Option<UInt32Value>,
    #[proto(205)]
    optional_uint64_wrapper: Option<UInt64Value>,
    #[proto(206)]
    optional_float_wrapper: Option<FloatValue>,
    #[proto(207)]
    optional_double_wrapper: Option<DoubleValue>,
    #[proto(208)]
    optional_string_wrapper: Option<StringValue>,
    #[proto(209)]
    optional_bytes_wrapper: Option<BytesValue>,
    #[proto(211)]
    repeated_bool_wrapper: Vec<BoolValue>,
    #[proto(301)]
    optional_duration: Option<Duration>,
    #[proto(302)]
    optional_timestamp: Option<Timestamp>,
    #[proto(303)]
    optional_field_mask: Option<FieldMask>,
    #[proto(304)]
    optional_struct: Option<Struct>,
    #[proto(305)]
    optional_any: Option<Any>,
    #[proto(306)]
    optional_value: Option<Value>,
    #[proto(307)]
    optional_null_value: NullValue,
    #[proto(308)]
    optional_list_value: Option<ListValue>,
    #[proto(309)]
    optional_empty: Option<()>,
    #[proto(311)]
    repeated_duration: Vec<Duration>,
    #[proto(316)]
    repeated_value: Vec<Value>,
    #[proto(317)]
    repeated_list_value: Vec<ListValue>,
    #[proto(318)]
    map_string_value: BTreeMap<String, Value>,
    #[proto(401)]
    fieldname1: i32,
    #[proto(402)]
    field_name2: i32,
    #[proto(403, name = "_field_name3")]
    field_name3: i32,
    #[proto(404, name = "field__name4_")]
    field_name4: i32,
    #[proto(406)]
    field_0_name6: i32,
    #[proto(408, name = "FieldName8")]
    field_name8: i32,
    #[proto(411, name = "FIELD_NAME11")]
    field_name11: i32,
    #[proto(413, name = "__field_name13")]
    field_name13: i32,
}

#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(nested_in = All)]
struct Nested {
    #[proto(1)]
    a: i32,
    #[proto(2)]
    corecursive: Option<Box<All>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Enumeration)]
#[proto(nested_in = All)]
enum NestedEnum {
    #[default]
    #[proto(0, name = "FOO")]
    Foo,
    #[proto(1, name = "BAR")]
    Bar,
    #[proto(-1, name = "NEG")]
    Neg,
    #[proto(other)]
    Other(i32),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Enumeration)]
#[proto(nested_in = All)]
enum AliasedEnum {
    #[default]
    #[proto(0, name = "ALIAS_FOO")]
    Foo,
    #[proto(2, name = "ALIAS_BAZ", alias("MOO", "moo", "bAz"))]
    Baz,
}

#[derive(Clone, Copy, Debug, PartialEq, Enumeration)]
#[proto(nested_in = All)]
enum ClosedEnum {
    #[proto(0)]
    Unspecified,
    #[proto(1)]
    One,
}

#[derive(Clone, Debug, PartialEq, OneOf)]
enum OneofField {
    #[proto(111)]
    OneofUint32(u32),
    #[proto(112)]
    OneofNestedMessage(Nested),
    #[proto(113)]
    OneofString(String),
    #[proto(114)]
    OneofBytes(Vec<u8>),
    #[proto(115)]
    OneofBool(bool),
    #[proto(119)]
    OneofEnum(NestedEnum),
    #[proto(120)]
    OneofNullValue(NullValue),
    #[proto(121)]
    OneofNothing,
}

/// What the text says, printed again, or what is wrong with it.
#[track_caller]
fn check(text: &str, expect: Expect) {
    check_with(&ReadOptions::new(), text, expect);
}

/// As [`check`], with what isn't known left out.
#[track_caller]
fn check_ignoring(text: &str, expect: Expect) {
    check_with(&ReadOptions::new().ignore_unknown(), text, expect);
}

#[track_caller]
fn check_with(options: &ReadOptions, text: &str, expect: Expect) {
    let printed = match options.from_str::<All>(text) {
        Ok(message) => {
            let printed = json::to_string(&message).unwrap();
            let again: All = json::from_str(&printed).unwrap();
            // What isn't equal to itself is still the same when it is printed.
            assert_eq!(json::to_string(&again).unwrap(), printed);
            printed
        }
        Err(error) => format!("error: {error}"),
    };
    expect.assert_eq(&printed);
}

/// Each text is printed again as it is.
#[track_caller]
fn check_same(texts: &[&str]) {
    for text in texts {
        match json::from_str::<All>(text) {
            Ok(message) => assert_eq!(json::to_string(&message).unwrap(), *text),
            Err(error) => panic!("{text}: {error}"),
        }
    }
}

/// No text is taken.
#[track_caller]
fn check_refused(texts: &[&str]) {
    for text in texts {
        if let Ok(message) = json::from_str::<All>(text) {
            panic!("{text} is {}", json::to_string(&message).unwrap());
        }
    }
}

/// What the message is in JSON, or why it is nothing.
#[track_caller]
fn check_print(message: All, expect: Expect) {
    expect.assert_eq(&match json::to_string(&message) {
        Ok(text) => text,
        Err(error) => format!("error: {error}"),
    });
}
