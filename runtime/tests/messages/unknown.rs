//! What a newer peer sent, kept and sent on.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use traitwire::codec::{self, UnknownFields};
use traitwire::{Enumeration, Message, OneOf};

use crate::support::{bytes, encode};

#[derive(Debug, Default, PartialEq, Message)]
struct Known {
    #[proto(unknown)]
    rest: UnknownFields,
    #[proto(1)]
    number: i32,
    #[proto(5)]
    inner: Option<Inner>,
    #[proto(2)]
    color: Color,
    #[proto(3)]
    maybe: Option<Color>,
    #[proto(4)]
    colors: Vec<Color>,
    #[proto(6)]
    by_name: BTreeMap<String, Color>,
    #[proto(oneof)]
    kind: Option<Kind>,
}

#[derive(Debug, Default, PartialEq, Message)]
struct Inner {
    #[proto(1)]
    name: String,
    #[proto(unknown)]
    unknown: UnknownFields,
}

#[derive(Debug, PartialEq, OneOf)]
enum Kind {
    #[proto(7)]
    Light(Color),
    #[proto(8)]
    Level(i32),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enumeration)]
enum Color {
    #[default]
    Red = 0,
    Green = 1,
}

/// The same without a place for what is unknown.
#[derive(Debug, Default, PartialEq, Message)]
struct Forgetful {
    #[proto(1)]
    number: i32,
    #[proto(4)]
    colors: Vec<Color>,
    #[proto(6)]
    by_name: BTreeMap<String, Color>,
}

/// Checks what is unknown in the bytes of `source`, and the bytes that are sent on.
#[track_caller]
fn check(source: &str, expect: Expect) {
    let message: Known = codec::decode(&*bytes(source)).expect("a message");
    let sent: Vec<_> = encode(&message)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    expect.assert_eq(&format!("{:?}\n{}\n", message.rest, sent.join(" ")));
    let again: Known = codec::decode(&*encode(&message)).expect("our own bytes");
    assert_eq!(again, message);
}

#[test]
fn fields_of_every_wire_type_are_kept_in_order_and_sent_last() {
    check(
        "52 02 'ab' 08 07 49 01 02 03 04 05 06 07 08 55 01 02 03 04 48 ff 01 52 00",
        expect![[r#"
            [10 LengthDelimited [02, 61, 62], 9 SixtyFourBit [01, 02, 03, 04, 05, 06, 07, 08], 10 ThirtyTwoBit [01, 02, 03, 04], 9 Varint [ff, 01], 10 LengthDelimited [00]]
            08 07 52 02 61 62 49 01 02 03 04 05 06 07 08 55 01 02 03 04 48 ff 01 52 00
        "#]],
    );
}

#[test]
fn groups_are_kept_whole() {
    check(
        "4b 53 08 01 54 0a 01 'x' 4c 08 01 4b 4c",
        expect![[r#"
        [9 StartGroup [53, 08, 01, 54, 0a, 01, 78, 4c], 9 StartGroup [4c]]
        08 01 4b 53 08 01 54 0a 01 78 4c 4b 4c
    "#]],
    );
}

#[test]
fn messages_keep_their_own() {
    check(
        "2a 05 48 01 0a 01 'a' 2a 02 48 02",
        expect![[r#"
        []
        2a 07 0a 01 61 48 01 48 02
    "#]],
    );
    let message: Known = codec::decode(&*bytes("2a 02 48 01 2a 02 48 02")).expect("a message");
    assert!(message.rest.is_empty());
    let inner = message.inner.expect("it is there");
    assert_eq!(inner.unknown.as_bytes(), bytes("48 01 48 02"));
}

#[test]
fn numbers_that_a_closed_enum_has_no_variant_for_are_unknown_fields() {
    // The field keeps what it had.
    check(
        "10 01 10 07",
        expect![[r#"
        [2 Varint [07]]
        10 01 10 07
    "#]],
    );
    check(
        "18 07",
        expect![[r#"
        [3 Varint [07]]
        18 07
    "#]],
    );
    check(
        "18 01 18 07 18 ff ff ff ff ff ff ff ff ff 01",
        expect![[r#"
        [3 Varint [07], 3 Varint [ff, ff, ff, ff, ff, ff, ff, ff, ff, 01]]
        18 01 18 07 18 ff ff ff ff ff ff ff ff ff 01
    "#]],
    );
    // One at a time, and packed.
    check(
        "20 01 20 07 20 00",
        expect![[r#"
        [4 Varint [07]]
        22 02 01 00 20 07
    "#]],
    );
    check(
        "22 05 01 07 00 88 01 20 09",
        expect![[r#"
        [4 Varint [07], 4 Varint [88, 01], 4 Varint [09]]
        22 02 01 00 20 07 20 88 01 20 09
    "#]],
    );
    // In a oneof, which stays what it was.
    check(
        "40 05 38 07",
        expect![[r#"
        [7 Varint [07]]
        40 05 38 07
    "#]],
    );
    check(
        "38 01 38 07",
        expect![[r#"
        [7 Varint [07]]
        38 01 38 07
    "#]],
    );
}

#[test]
fn an_entry_with_an_unknown_value_is_kept_whole() {
    check(
        "32 05 0a 01 'a' 10 07 32 05 0a 01 'b' 10 01 32 07 0a 01 'c' 10 07 10 01",
        expect![[r#"
            [6 LengthDelimited [05, 0a, 01, 61, 10, 07]]
            32 05 0a 01 62 10 01 32 05 0a 01 63 10 01 32 05 0a 01 61 10 07
        "#]],
    );
}

#[test]
fn without_a_place_for_them_they_are_skipped() {
    let message: Forgetful = codec::decode(&*bytes(
        "48 01 22 03 01 07 01 32 05 0a 01 'a' 10 07 08 03 20 07",
    ))
    .expect("a message");
    assert_eq!(
        message,
        Forgetful {
            number: 3,
            colors: vec![Color::Green, Color::Green],
            by_name: BTreeMap::new(),
        }
    );
}

#[test]
fn they_can_be_looked_at_compared_and_forgotten() {
    let mut message: Known = codec::decode(&*bytes("52 02 'ab' 48 07")).expect("a message");
    let fields: Vec<_> = message
        .rest
        .iter()
        .map(|field| (field.number(), field.wire_type(), field.bytes().to_vec()))
        .collect();
    assert_eq!(
        fields,
        [
            (10, codec::WireType::LengthDelimited, bytes("02 'ab'")),
            (9, codec::WireType::Varint, bytes("07")),
        ]
    );
    assert_ne!(message.rest, UnknownFields::default());
    message.rest.clear();
    assert_eq!(message, Known::default());
}

#[test]
fn what_is_broken_is_not_kept() {
    for source in ["4b", "4b 54", "4c", "4d 01", "52 05 'abc'", "48 ff"] {
        assert!(codec::decode::<Known>(&*bytes(source)).is_err(), "{source}");
    }
}
