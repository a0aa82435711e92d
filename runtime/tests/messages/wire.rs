//! Bytes, and what they say.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use expect_test::expect;
use traitwire::{Enumeration, Message, OneOf, codec};

use crate::support::{bytes, check_decode, check_encode, encode};

#[derive(Debug, Default, PartialEq, Message)]
struct Scalars {
    #[proto(1)]
    boolean: bool,
    #[proto(2)]
    int: i32,
    #[proto(3)]
    long: i64,
    #[proto(4)]
    uint: u32,
    #[proto(5)]
    ulong: u64,
    #[proto(6)]
    float: f32,
    #[proto(7)]
    double: f64,
    #[proto(8)]
    text: String,
    #[proto(9)]
    raw: Vec<u8>,
    #[proto(10)]
    shared: Bytes,
    #[proto(11, sint)]
    sint: i32,
    #[proto(12, sint)]
    slong: i64,
    #[proto(13, fixed)]
    fixed: u32,
    #[proto(14, fixed)]
    long_fixed: u64,
    #[proto(15, fixed)]
    sfixed: i32,
    #[proto(16, fixed)]
    long_sfixed: i64,
}

#[derive(Debug, Default, PartialEq, Message)]
struct Lists {
    #[proto(1)]
    numbers: Vec<i32>,
    #[proto(2, sint)]
    signed: Vec<i64>,
    #[proto(3, fixed)]
    fixed: Vec<u32>,
    #[proto(4)]
    booleans: Vec<bool>,
    #[proto(5)]
    texts: Vec<String>,
    #[proto(6)]
    raws: Vec<Vec<u8>>,
    #[proto(7)]
    leaves: Vec<Leaf>,
    #[proto(8)]
    doubles: Vec<f64>,
    #[proto(9)]
    open: Vec<Open>,
    #[proto(10)]
    closed: Vec<Closed>,
}

#[derive(Debug, Default, PartialEq, Message)]
struct Unpacked {
    #[proto(1, unpacked)]
    numbers: Vec<i32>,
    #[proto(2, sint, unpacked)]
    signed: Vec<i64>,
    #[proto(3, fixed, unpacked)]
    fixed: Vec<u32>,
    #[proto(4, unpacked)]
    open: Vec<Open>,
}

#[derive(Clone, Debug, Default, PartialEq, Message)]
struct Leaf {
    #[proto(1)]
    number: i32,
    #[proto(2)]
    name: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enumeration)]
enum Closed {
    #[default]
    Unspecified = 0,
    Web = 1,
    Low = -1,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enumeration)]
enum Open {
    #[default]
    #[proto(0)]
    Unspecified,
    #[proto(1)]
    Web,
    #[proto(other)]
    Other(i32),
}

#[derive(Debug, Default, PartialEq, Message)]
struct Enums {
    #[proto(1)]
    closed: Closed,
    #[proto(2)]
    maybe_closed: Option<Closed>,
    #[proto(3)]
    open: Open,
    #[proto(4)]
    maybe_open: Option<Open>,
    #[proto(5)]
    by_name: BTreeMap<String, Closed>,
}

#[derive(Debug, Default, PartialEq, Message)]
struct Maps {
    #[proto(1)]
    leaves: BTreeMap<i32, Leaf>,
    #[proto(2, key = sint, value = fixed)]
    numbers: BTreeMap<i64, u32>,
    #[proto(3)]
    texts: HashMap<bool, String>,
    #[proto(4, value = sint)]
    by_name: BTreeMap<String, i32>,
}

#[derive(Debug, PartialEq, Message)]
struct Holder {
    #[proto(1)]
    text: String,
    #[proto(oneof)]
    kind: Option<Kind>,
}

#[derive(Debug, PartialEq, OneOf)]
enum Kind {
    #[proto(2)]
    Leaf(Leaf),
    #[proto(3)]
    Boxed(Box<Holder>),
    #[proto(4, sint)]
    Number(i64),
    #[proto(5)]
    Word(String),
    #[proto(6)]
    Nothing,
    #[proto(7)]
    Closed(Closed),
}

#[derive(Debug, Default, PartialEq, Message)]
struct Tree {
    #[proto(1)]
    value: i32,
    #[proto(2)]
    left: Option<Box<Tree>>,
    #[proto(3)]
    all: Vec<Tree>,
    #[proto(4)]
    by_name: BTreeMap<String, Tree>,
}

#[derive(Debug, PartialEq, Message)]
struct Unit;

#[derive(Debug, PartialEq, Message)]
struct Braces {}

#[test]
fn zero_is_not_sent() {
    check_encode(&Scalars::default(), expect![]);
    check_encode(&Lists::default(), expect![]);
    check_encode(&Enums::default(), expect![]);
    check_encode(&Maps::default(), expect![]);
    check_encode(&Unit, expect![]);
    check_encode(&Braces {}, expect![]);
}

#[test]
fn negative_zero_is_sent() {
    check_encode(
        &Scalars {
            float: -0.0,
            double: -0.0,
            ..Scalars::default()
        },
        expect!["35 00 00 00 80 39 00 00 00 00 00 00 00 80"],
    );
}

#[test]
fn every_scalar_has_its_encoding() {
    let scalars = Scalars {
        boolean: true,
        int: -1,
        long: 300,
        uint: u32::MAX,
        ulong: u64::MAX,
        float: 1.5,
        double: -2.0,
        text: "grüezi".to_owned(),
        raw: vec![0, 255],
        shared: Bytes::from_static(b"bytes"),
        sint: -1,
        slong: 2,
        fixed: 1,
        long_fixed: 2,
        sfixed: -1,
        long_sfixed: -2,
    };
    check_encode(
        &scalars,
        expect![
            "08 01 10 ff ff ff ff ff ff ff ff ff 01 18 ac 02 20 ff ff ff ff 0f 28 ff ff ff ff ff ff ff ff ff 01 35 00 00 c0 3f 39 00 00 00 00 00 00 00 c0 42 07 67 72 c3 bc 65 7a 69 4a 02 00 ff 52 05 62 79 74 65 73 58 01 60 04 6d 01 00 00 00 71 02 00 00 00 00 00 00 00 7d ff ff ff ff 81 01 fe ff ff ff ff ff ff ff"
        ],
    );
}

#[test]
fn lists_of_numbers_are_packed() {
    let lists = Lists {
        numbers: vec![1, 0, 300],
        signed: vec![-1, 1],
        fixed: vec![1, 2],
        booleans: vec![true, false],
        texts: vec![String::new(), "a".to_owned()],
        raws: vec![vec![1], vec![]],
        leaves: vec![
            Leaf::default(),
            Leaf {
                number: 1,
                name: String::new(),
            },
        ],
        doubles: vec![1.0],
        open: vec![Open::Web, Open::Unspecified, Open::Other(-7)],
        closed: vec![Closed::Web, Closed::Low],
    };
    check_encode(
        &lists,
        expect![
            "0a 04 01 00 ac 02 12 02 01 02 1a 08 01 00 00 00 02 00 00 00 22 02 01 00 2a 00 2a 01 61 32 01 01 32 00 3a 00 3a 02 08 01 42 08 00 00 00 00 00 00 f0 3f 4a 0c 01 00 f9 ff ff ff ff ff ff ff ff 01 52 0b 01 ff ff ff ff ff ff ff ff ff 01"
        ],
    );
}

#[test]
fn lists_that_say_so_are_not_packed() {
    let lists = Unpacked {
        numbers: vec![1, 0, 300],
        signed: vec![-1, 1],
        fixed: vec![1, 2],
        open: vec![Open::Web, Open::Other(-7)],
    };
    check_encode(
        &lists,
        expect![
            "08 01 08 00 08 ac 02 10 01 10 02 1d 01 00 00 00 1d 02 00 00 00 20 01 20 f9 ff ff ff ff ff ff ff ff 01"
        ],
    );
    check_decode::<Unpacked>(
        "08 01 0a 02 00 07 08 03  12 02 01 02 10 03  1a 04 01 00 00 00  22 02 01 63",
        expect![
            "Unpacked { numbers: [1, 0, 7, 3], signed: [-1, 1, -2], fixed: [1], open: [Web, Other(99)] }"
        ],
    );
}

#[test]
fn lists_are_read_packed_or_not() {
    check_decode::<Lists>(
        "0a 02 01 02  08 03  0a 00  0a 01 04",
        expect![
            "Lists { numbers: [1, 2, 3, 4], signed: [], fixed: [], booleans: [], texts: [], raws: [], leaves: [], doubles: [], open: [], closed: [] }"
        ],
    );
    check_decode::<Lists>(
        "1d 01 00 00 00  1a 04 02 00 00 00",
        expect![
            "Lists { numbers: [], signed: [], fixed: [1, 2], booleans: [], texts: [], raws: [], leaves: [], doubles: [], open: [], closed: [] }"
        ],
    );
    check_decode::<Lists>(
        "20 01  22 02 00 01",
        expect![
            "Lists { numbers: [], signed: [], fixed: [], booleans: [true, false, true], texts: [], raws: [], leaves: [], doubles: [], open: [], closed: [] }"
        ],
    );
    check_decode::<Lists>(
        "48 01  4a 02 00 63",
        expect![
            "Lists { numbers: [], signed: [], fixed: [], booleans: [], texts: [], raws: [], leaves: [], doubles: [], open: [Web, Unspecified, Other(99)], closed: [] }"
        ],
    );
}

#[test]
fn a_packed_list_ends_with_a_whole_number() {
    check_decode::<Lists>(
        "0a 01 80",
        expect![
            "error: failed to decode Protobuf message: Lists.numbers: the message ends in the middle of it"
        ],
    );
    check_decode::<Lists>(
        "1a 03 01 00 00",
        expect![
            "error: failed to decode Protobuf message: Lists.fixed: the message ends in the middle of it"
        ],
    );
    check_decode::<Lists>(
        "4a 01 80",
        expect![
            "error: failed to decode Protobuf message: Lists.open: the message ends in the middle of it"
        ],
    );
}

#[test]
fn the_last_scalar_wins() {
    check_decode::<Leaf>(
        "08 01  12 01 'a'  08 02  12 01 'b'",
        expect![[r#"Leaf { number: 2, name: "b" }"#]],
    );
}

#[test]
fn a_message_in_two_parts_is_merged() {
    check_decode::<Tree>(
        "12 02 08 01  12 04 12 02 08 02",
        expect![
            "Tree { value: 0, left: Some(Tree { value: 1, left: Some(Tree { value: 2, left: None, all: [], by_name: {} }), all: [], by_name: {} }), all: [], by_name: {} }"
        ],
    );
}

#[test]
fn unknown_fields_are_skipped() {
    check_decode::<Leaf>(
        "08 01  18 05  21 00 00 00 00 00 00 00 00  2a 02 'xy'  35 00 00 00 00  12 01 'n'",
        expect![[r#"Leaf { number: 1, name: "n" }"#]],
    );
    check_decode::<Unit>("08 01", expect!["Unit"]);
    check_decode::<Holder>(
        "0a 01 'a'  60 01",
        expect![[r#"Holder { text: "a", kind: None }"#]],
    );
}

#[test]
fn unknown_groups_are_skipped() {
    check_decode::<Leaf>(
        "1b 08 01 23 24 1c  08 02",
        expect![[r#"Leaf { number: 2, name: "" }"#]],
    );
    check_decode::<Leaf>(
        "1b 24",
        expect!["error: failed to decode Protobuf message: Leaf: a group ends that didn't begin"],
    );
    check_decode::<Leaf>(
        "1b 08 01",
        expect!["error: failed to decode Protobuf message: Leaf: a group has no end"],
    );
    check_decode::<Leaf>(
        "1c",
        expect!["error: failed to decode Protobuf message: Leaf: a group ends that didn't begin"],
    );
    check_decode::<Leaf>(
        "1f",
        expect!["error: failed to decode Protobuf message: Leaf: there is no wire type 7"],
    );
}

#[test]
fn a_wire_type_is_that_of_the_field() {
    check_decode::<Leaf>(
        "0a 01 00",
        expect![
            "error: failed to decode Protobuf message: Leaf.number: a length with bytes, where a varint belongs"
        ],
    );
    check_decode::<Leaf>(
        "10 01",
        expect![
            "error: failed to decode Protobuf message: Leaf.name: a varint, where a length with bytes belongs"
        ],
    );
    check_decode::<Leaf>(
        "0b 0c",
        expect![
            "error: failed to decode Protobuf message: Leaf.number: a group, where a varint belongs"
        ],
    );
    check_decode::<Tree>(
        "10 01",
        expect![
            "error: failed to decode Protobuf message: Tree.left: a varint, where a length with bytes belongs"
        ],
    );
    check_decode::<Maps>(
        "08 01",
        expect![
            "error: failed to decode Protobuf message: Maps.leaves: a varint, where a length with bytes belongs"
        ],
    );
    check_decode::<Lists>(
        "0d 00 00 00 00",
        expect![
            "error: failed to decode Protobuf message: Lists.numbers: 4 bytes, where a varint belongs"
        ],
    );
    check_decode::<Holder>(
        "20 01  22 01 00",
        expect![
            "error: failed to decode Protobuf message: Holder.number: a length with bytes, where a varint belongs"
        ],
    );
    check_decode::<Enums>(
        "0a 01 01",
        expect![
            "error: failed to decode Protobuf message: Enums.closed: a length with bytes, where a varint belongs"
        ],
    );
}

#[test]
fn what_is_cut_short_is_refused() {
    check_decode::<Leaf>(
        "08",
        expect![
            "error: failed to decode Protobuf message: Leaf.number: the message ends in the middle of it"
        ],
    );
    check_decode::<Leaf>(
        "08 80",
        expect![
            "error: failed to decode Protobuf message: Leaf.number: the message ends in the middle of it"
        ],
    );
    check_decode::<Leaf>(
        "12 05 'abc'",
        expect![
            "error: failed to decode Protobuf message: Leaf.name: a length of 5 bytes, where 3 are left"
        ],
    );
    check_decode::<Scalars>(
        "4a 05 00",
        expect![
            "error: failed to decode Protobuf message: Scalars.raw: a length of 5 bytes, where 1 are left"
        ],
    );
    check_decode::<Scalars>(
        "52 05 00",
        expect![
            "error: failed to decode Protobuf message: Scalars.shared: a length of 5 bytes, where 1 are left"
        ],
    );
    check_decode::<Scalars>(
        "6d 00",
        expect![
            "error: failed to decode Protobuf message: Scalars.fixed: the message ends in the middle of it"
        ],
    );
    check_decode::<Tree>(
        "12 05 08 01",
        expect![
            "error: failed to decode Protobuf message: Tree.left: a length of 5 bytes, where 2 are left"
        ],
    );
    check_decode::<Tree>(
        "12 02 08 80 01",
        expect![
            "error: failed to decode Protobuf message: Tree.left.value: the message ends in the middle of it"
        ],
    );
    check_decode::<Leaf>(
        "12 ff ff ff ff ff ff ff ff ff 01",
        expect![
            "error: failed to decode Protobuf message: Leaf.name: a length of 18446744073709551615 bytes, where 0 are left"
        ],
    );
    check_decode::<Scalars>(
        "4a ff ff ff ff ff ff ff ff ff 01",
        expect![
            "error: failed to decode Protobuf message: Scalars.raw: a length of 18446744073709551615 bytes, where 0 are left"
        ],
    );
    check_decode::<Leaf>(
        "08 ff ff ff ff ff ff ff ff ff 02",
        expect![
            "error: failed to decode Protobuf message: Leaf.number: a varint has more than 64 bits"
        ],
    );
    check_decode::<Leaf>(
        "00 01",
        expect!["error: failed to decode Protobuf message: Leaf: a field has the number 0"],
    );
    check_decode::<Leaf>(
        "ff ff ff ff ff 0f 01",
        expect![
            "error: failed to decode Protobuf message: Leaf: the key of a field has more than 32 bits"
        ],
    );
}

#[test]
fn text_is_utf_8() {
    check_decode::<Leaf>(
        "12 02 c3 28",
        expect![
            "error: failed to decode Protobuf message: Leaf.name: a string that isn't UTF-8: invalid utf-8 sequence of 1 bytes from index 0"
        ],
    );
    check_decode::<Lists>(
        "2a 01 ff",
        expect![
            "error: failed to decode Protobuf message: Lists.texts: a string that isn't UTF-8: invalid utf-8 sequence of 1 bytes from index 0"
        ],
    );
    check_decode::<Maps>(
        "22 05 0a 01 ff 10 01",
        expect![
            "error: failed to decode Protobuf message: Maps.by_name.key: a string that isn't UTF-8: invalid utf-8 sequence of 1 bytes from index 0"
        ],
    );
    check_decode::<Holder>(
        "2a 01 ff",
        expect![
            "error: failed to decode Protobuf message: Holder.word: a string that isn't UTF-8: invalid utf-8 sequence of 1 bytes from index 0"
        ],
    );
}

#[test]
fn an_error_names_the_way_to_the_field() {
    check_decode::<Tree>(
        "12 06 1a 04 12 02 08 80",
        expect![
            "error: failed to decode Protobuf message: Tree.left.all.left.value: the message ends in the middle of it"
        ],
    );
    check_decode::<Holder>(
        "1a 05 12 03 12 01 ff",
        expect![
            "error: failed to decode Protobuf message: Holder.boxed.leaf.name: a string that isn't UTF-8: invalid utf-8 sequence of 1 bytes from index 0"
        ],
    );
    check_decode::<Maps>(
        "0a 04 12 02 08 80",
        expect![
            "error: failed to decode Protobuf message: Maps.leaves.value.number: the message ends in the middle of it"
        ],
    );
}

#[test]
fn a_map_is_a_list_of_entries() {
    let maps = Maps {
        leaves: [
            (
                1,
                Leaf {
                    number: 2,
                    name: "n".to_owned(),
                },
            ),
            (0, Leaf::default()),
        ]
        .into(),
        numbers: [(-1, 1)].into(),
        texts: [(true, "yes".to_owned())].into(),
        by_name: [(String::new(), 0), ("a".to_owned(), -1)].into(),
    };
    check_encode(
        &maps,
        expect![
            "0a 04 08 00 12 00 0a 09 08 01 12 05 08 02 12 01 6e 12 07 08 01 15 01 00 00 00 1a 07 08 01 12 03 79 65 73 22 04 0a 00 10 00 22 05 0a 01 61 10 01"
        ],
    );
}

#[test]
fn an_entry_without_key_or_value_has_zero_there() {
    check_decode::<Maps>(
        "0a 00  22 03 0a 01 'a'  22 02 10 02",
        expect![[
            r#"Maps { leaves: {0: Leaf { number: 0, name: "" }}, numbers: {}, texts: {}, by_name: {"": 1, "a": 0} }"#
        ]],
    );
}

#[test]
fn the_last_entry_of_a_key_wins_and_is_not_merged() {
    check_decode::<Maps>(
        "0a 06 08 01 12 02 08 07  0a 07 08 01 12 03 12 01 'n'",
        expect![[
            r#"Maps { leaves: {1: Leaf { number: 0, name: "n" }}, numbers: {}, texts: {}, by_name: {} }"#
        ]],
    );
}

#[test]
fn the_parts_of_an_entry_come_in_any_order() {
    check_decode::<Maps>(
        "22 09 10 04 18 01 0a 01 'a' 10 06",
        expect![[r#"Maps { leaves: {}, numbers: {}, texts: {}, by_name: {"a": 3} }"#]],
    );
}

#[test]
fn an_unknown_value_of_a_closed_enum_leaves_the_field_as_it_was() {
    check_decode::<Enums>(
        "08 07  10 07",
        expect![
            "Enums { closed: Unspecified, maybe_closed: None, open: Unspecified, maybe_open: None, by_name: {} }"
        ],
    );
    check_decode::<Enums>(
        "08 01 08 07  10 01 10 07",
        expect![
            "Enums { closed: Web, maybe_closed: Some(Web), open: Unspecified, maybe_open: None, by_name: {} }"
        ],
    );
    check_decode::<Lists>(
        "50 01 50 07 50 00  52 03 01 07 00",
        expect![
            "Lists { numbers: [], signed: [], fixed: [], booleans: [], texts: [], raws: [], leaves: [], doubles: [], open: [], closed: [Web, Unspecified, Web, Unspecified] }"
        ],
    );
    check_decode::<Enums>(
        "2a 05 0a 01 'a' 10 07  2a 05 0a 01 'b' 10 01",
        expect![[
            r#"Enums { closed: Unspecified, maybe_closed: None, open: Unspecified, maybe_open: None, by_name: {"b": Web} }"#
        ]],
    );
    check_decode::<Enums>(
        "2a 07 0a 01 'a' 10 07 10 01",
        expect![[
            r#"Enums { closed: Unspecified, maybe_closed: None, open: Unspecified, maybe_open: None, by_name: {"a": Web} }"#
        ]],
    );
    check_decode::<Holder>("38 07", expect![[r#"Holder { text: "", kind: None }"#]]);
    check_decode::<Holder>(
        "32 00 38 07",
        expect![[r#"Holder { text: "", kind: Some(Nothing) }"#]],
    );
}

#[test]
fn an_open_enum_keeps_every_number() {
    check_decode::<Enums>(
        "18 07  20 ff ff ff ff ff ff ff ff ff 01",
        expect![
            "Enums { closed: Unspecified, maybe_closed: None, open: Other(7), maybe_open: Some(Other(-1)), by_name: {} }"
        ],
    );
    let enums = Enums {
        closed: Closed::Low,
        maybe_closed: Some(Closed::Unspecified),
        open: Open::Other(7),
        maybe_open: Some(Open::Unspecified),
        by_name: BTreeMap::new(),
    };
    check_encode(
        &enums,
        expect!["08 ff ff ff ff ff ff ff ff ff 01 10 00 18 07 20 00"],
    );
}

#[test]
fn a_known_number_in_other_is_the_known_value() {
    let enums = Enums {
        open: Open::Other(1),
        maybe_open: Some(Open::Other(0)),
        ..Enums::default()
    };
    let decoded = codec::decode::<Enums>(&*encode(&enums)).expect("our own bytes");
    assert_eq!(
        (decoded.open, decoded.maybe_open),
        (Open::Web, Some(Open::Unspecified))
    );
}

#[test]
fn a_variant_is_sent_even_if_it_holds_zero() {
    let holder = |kind| Holder {
        text: String::new(),
        kind: Some(kind),
    };
    check_encode(&holder(Kind::Number(0)), expect!["20 00"]);
    check_encode(&holder(Kind::Word(String::new())), expect!["2a 00"]);
    check_encode(&holder(Kind::Nothing), expect!["32 00"]);
    check_encode(&holder(Kind::Leaf(Leaf::default())), expect!["12 00"]);
    check_encode(&holder(Kind::Closed(Closed::Unspecified)), expect!["38 00"]);
    check_encode(
        &holder(Kind::Boxed(Box::new(holder(Kind::Number(-1))))),
        expect!["1a 02 20 01"],
    );
    check_encode(
        &Holder {
            text: "t".to_owned(),
            kind: None,
        },
        expect!["0a 01 74"],
    );
}

#[test]
fn the_last_variant_wins() {
    check_decode::<Holder>(
        "20 01  2a 01 'w'",
        expect![[r#"Holder { text: "", kind: Some(Word("w")) }"#]],
    );
    check_decode::<Holder>(
        "2a 01 'w'  32 00",
        expect![[r#"Holder { text: "", kind: Some(Nothing) }"#]],
    );
}

#[test]
fn a_variant_in_two_parts_is_merged() {
    check_decode::<Holder>(
        "12 02 08 01  12 03 12 01 'n'",
        expect![[r#"Holder { text: "", kind: Some(Leaf(Leaf { number: 1, name: "n" })) }"#]],
    );
    check_decode::<Holder>(
        "1a 03 0a 01 'a'  1a 02 20 02",
        expect![[
            r#"Holder { text: "", kind: Some(Boxed(Holder { text: "a", kind: Some(Number(1)) })) }"#
        ]],
    );
    check_decode::<Holder>(
        "12 02 08 01  20 02  12 03 12 01 'n'",
        expect![[r#"Holder { text: "", kind: Some(Leaf(Leaf { number: 0, name: "n" })) }"#]],
    );
}

#[test]
fn bytes_share_the_buffer_they_are_read_from() {
    let encoded = Bytes::from(bytes("52 03 'abc'"));
    let scalars = codec::decode::<Scalars>(encoded.clone()).expect("a message");
    assert_eq!(scalars.shared.as_ptr(), encoded[2..].as_ptr());
}

#[test]
fn a_message_may_lie_in_several_buffers() {
    use bytes::Buf;

    let encoded = bytes("10 80 01  42 06 'scatte'  4a 03 'raw'  52 03 'abc'");
    for split in 0..encoded.len() {
        let (first, second) = encoded.split_at(split);
        let scalars = codec::decode::<Scalars>(first.chain(second)).expect("a message");
        assert_eq!(
            (scalars.int, &*scalars.text, &*scalars.raw, &*scalars.shared),
            (128, "scatte", &b"raw"[..], &b"abc"[..])
        );
    }
}

#[test]
fn messages_may_be_a_hundred_deep_and_no_deeper() {
    /// A message in `depth` others, each with a field of the key.
    fn nested(key: u8, depth: usize) -> Vec<u8> {
        (0..depth).fold(Vec::new(), |inner, _| {
            let mut outer = vec![key];
            prost::encode_length_delimiter(inner.len(), &mut outer).expect("a Vec grows");
            outer.extend(inner);
            outer
        })
    }
    for key in [0x12, 0x1a] {
        assert!(codec::decode::<Tree>(&*nested(key, 100)).is_ok());
        let error = codec::decode::<Tree>(&*nested(key, 101))
            .expect_err("too deep")
            .to_string();
        assert!(
            error.ends_with("more than 100 messages lie within each other"),
            "{error}"
        );
    }
    // A value of a map is two messages deep: the entry and itself.
    let in_maps = (0..51).fold(Vec::new(), |inner, _| {
        let mut entry = vec![0x12];
        prost::encode_length_delimiter(inner.len(), &mut entry).expect("a Vec grows");
        entry.extend(inner);
        let mut outer = vec![0x22];
        prost::encode_length_delimiter(entry.len(), &mut outer).expect("a Vec grows");
        outer.extend(entry);
        outer
    });
    assert!(codec::decode::<Tree>(&*in_maps).is_err());
    // Groups count too.
    assert!(codec::decode::<Tree>(&*vec![0x2b; 200]).is_err());
}

#[test]
fn a_length_can_stand_in_front() {
    let decoded = codec::decode_length_delimited::<Leaf>(&*bytes("02 08 01 ff ff"));
    assert_eq!(
        decoded.expect("a message"),
        Leaf {
            number: 1,
            name: String::new()
        }
    );
    assert!(codec::decode_length_delimited::<Leaf>(&*bytes("03 08 01")).is_err());
}
