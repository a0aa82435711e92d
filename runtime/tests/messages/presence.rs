//! What is there and what isn't.

use std::time::{Duration, SystemTime};

use expect_test::expect;
use traitwire::{Message, codec};

use crate::support::{bytes, check_decode, check_encode};

#[derive(Clone, Debug, Default, PartialEq, Message)]
struct Leaf {
    #[proto(1)]
    number: i32,
}

#[derive(Clone, Debug, Default, PartialEq, Message)]
struct Presence {
    #[proto(1)]
    number: Option<i32>,
    #[proto(2)]
    text: Option<String>,
    #[proto(3)]
    raw: Option<Vec<u8>>,
    #[proto(4)]
    leaf: Leaf,
    #[proto(5)]
    maybe_leaf: Option<Leaf>,
    #[proto(6)]
    boxed: Box<Leaf>,
    #[proto(7)]
    maybe_boxed: Option<Box<Leaf>>,
    #[proto(8)]
    empty: (),
    #[proto(9)]
    maybe_empty: Option<()>,
}

#[derive(Debug, PartialEq, Message)]
struct Order {
    #[proto(1)]
    id: String,
    #[proto(2, required)]
    leaf: Leaf,
    #[proto(3, required)]
    boxed: Box<Leaf>,
    #[proto(4)]
    parent: Option<Box<Order>>,
    #[proto(5)]
    all: Vec<Order>,
}

#[derive(Debug, Message)]
struct Lease {
    #[proto(1, required)]
    since: SystemTime,
    #[proto(2, required)]
    term: Duration,
}

#[test]
fn an_optional_zero_is_sent() {
    let presence = Presence {
        number: Some(0),
        text: Some(String::new()),
        raw: Some(Vec::new()),
        maybe_leaf: Some(Leaf::default()),
        maybe_boxed: Some(Box::default()),
        maybe_empty: Some(()),
        ..Presence::default()
    };
    check_encode(
        &presence,
        expect!["08 00 12 00 1a 00 22 00 2a 00 32 00 3a 00 42 00 4a 00"],
    );
}

#[test]
fn a_message_that_is_no_option_is_always_sent() {
    check_encode(&Presence::default(), expect!["22 00 32 00 42 00"]);
}

#[test]
fn an_absent_message_has_no_fields() {
    check_decode::<Presence>(
        "",
        expect![
            "Presence { number: None, text: None, raw: None, leaf: Leaf { number: 0 }, maybe_leaf: None, boxed: Leaf { number: 0 }, maybe_boxed: None, empty: (), maybe_empty: None }"
        ],
    );
}

#[test]
fn a_required_message_may_be_empty_but_not_absent() {
    check_decode::<Order>(
        "12 00 1a 00",
        expect![[
            r#"Order { id: "", leaf: Leaf { number: 0 }, boxed: Leaf { number: 0 }, parent: None, all: [] }"#
        ]],
    );
    check_decode::<Order>(
        "",
        expect![
            "error: failed to decode Protobuf message: Order.leaf: the field is required, but absent"
        ],
    );
    check_decode::<Order>(
        "1a 00",
        expect![
            "error: failed to decode Protobuf message: Order.leaf: the field is required, but absent"
        ],
    );
    check_decode::<Order>(
        "12 00",
        expect![
            "error: failed to decode Protobuf message: Order.boxed: the field is required, but absent"
        ],
    );
    check_decode::<Lease>(
        "0a 00",
        expect![
            "error: failed to decode Protobuf message: Lease.term: the field is required, but absent"
        ],
    );
}

#[test]
fn what_is_required_is_so_at_every_depth() {
    check_decode::<Order>(
        "12 00 1a 00  22 00",
        expect![
            "error: failed to decode Protobuf message: Order.parent.leaf: the field is required, but absent"
        ],
    );
    check_decode::<Order>(
        "12 00 1a 00  22 04 12 00 1a 00  2a 02 12 00",
        expect![
            "error: failed to decode Protobuf message: Order.all.boxed: the field is required, but absent"
        ],
    );
}

#[test]
fn what_is_required_is_so_for_prost_too() {
    #[derive(Debug, Default, Message)]
    struct Strict {
        #[proto(1, required)]
        leaf: Leaf,
    }
    let error = <Strict as prost::Message>::decode(&[][..]).expect_err("there is no leaf");
    expect!["failed to decode Protobuf message: Strict.leaf: the field is required, but absent"]
        .assert_eq(&error.to_string());
    let error = <Strict as prost::Message>::decode_length_delimited(&[0][..])
        .expect_err("there is no leaf");
    expect!["failed to decode Protobuf message: Strict.leaf: the field is required, but absent"]
        .assert_eq(&error.to_string());
    let error =
        codec::decode_length_delimited::<Strict>(&*bytes("00")).expect_err("there is no leaf");
    expect!["failed to decode Protobuf message: Strict.leaf: the field is required, but absent"]
        .assert_eq(&error.to_string());
}
