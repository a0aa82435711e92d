//! A `Default` of the user is no protobuf: absent fields are zero for every peer.

use std::collections::HashMap;

use traitwire::{Message, OneOf, codec};

use crate::support::bytes;

#[derive(Debug, PartialEq, Message)]
struct Retry {
    #[proto(1)]
    attempts: u32,
    #[proto(2)]
    label: String,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 5,
            label: "default".to_owned(),
        }
    }
}

#[derive(Debug, PartialEq, Message)]
struct Policy {
    #[proto(1)]
    retry: Retry,
    #[proto(2)]
    maybe: Option<Retry>,
    #[proto(3)]
    all: Vec<Retry>,
    #[proto(4)]
    by_name: HashMap<String, Retry>,
    #[proto(5)]
    boxed: Box<Retry>,
    #[proto(oneof)]
    kind: Option<Kind>,
    #[proto(8)]
    numbers: Vec<i32>,
}

#[derive(Debug, PartialEq, OneOf)]
enum Kind {
    #[proto(6)]
    Again(Retry),
    #[proto(7)]
    Never,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            retry: Retry::default(),
            maybe: Some(Retry::default()),
            all: vec![Retry::default()],
            by_name: HashMap::new(),
            boxed: Box::default(),
            kind: Some(Kind::Never),
            numbers: vec![1, 2, 3],
        }
    }
}

fn zero() -> Retry {
    Retry {
        attempts: 0,
        label: String::new(),
    }
}

#[test]
fn absent_fields_are_zero() {
    let absent = Policy {
        retry: zero(),
        maybe: None,
        all: Vec::new(),
        by_name: HashMap::new(),
        boxed: Box::new(zero()),
        kind: None,
        numbers: Vec::new(),
    };
    assert_eq!(codec::decode::<Policy>(&[][..]).expect("a message"), absent);
    assert_eq!(
        <Policy as prost::Message>::decode(&[][..]).expect("a message"),
        absent
    );
    assert_eq!(
        <Policy as prost::Message>::decode_length_delimited(&[0][..]).expect("a message"),
        absent
    );
    assert_eq!(Policy::empty(), absent);
    let mut cleared = Policy::default();
    prost::Message::clear(&mut cleared);
    assert_eq!(cleared, absent);
}

#[test]
fn absent_fields_of_messages_in_fields_are_zero() {
    let encoded = bytes("0a 00  12 00  1a 00  22 03 0a 01 'k'  2a 00  32 00");
    let present = Policy {
        retry: zero(),
        maybe: Some(zero()),
        all: vec![zero()],
        by_name: [("k".to_owned(), zero())].into(),
        boxed: Box::new(zero()),
        kind: Some(Kind::Again(zero())),
        numbers: Vec::new(),
    };
    assert_eq!(
        codec::decode::<Policy>(&*encoded).expect("a message"),
        present
    );
}

#[test]
fn the_values_of_default_are_sent_as_any_other() {
    let mut buf = bytes::BytesMut::new();
    codec::encode_into(&Policy::default(), &mut buf);
    assert_eq!(
        codec::decode::<Policy>(buf.freeze()).expect("a message"),
        Policy::default()
    );
}
