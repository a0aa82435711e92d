//! Our messages as fields of prost's, which reads them field by field.

use bytes::{Buf, Bytes};
use expect_test::{Expect, expect};
use prost::Message as _;
use prost::encoding::{self, WireType};
use traitwire::codec::{self, UnknownFields};
use traitwire::{Enumeration, Message};

use crate::support::{bytes, encode};

/// A message of prost's around one of ours.
#[derive(Clone, PartialEq, prost::Message)]
struct Outer {
    #[prost(message, optional, tag = "1")]
    node: Option<Node>,
    #[prost(message, optional, boxed, tag = "2")]
    outer: Option<Box<Outer>>,
}

#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "tree.v1")]
struct Node {
    #[proto(1)]
    name: String,
    #[proto(2)]
    number: i32,
    #[proto(3)]
    numbers: Vec<u32>,
    #[proto(4, fixed)]
    fixed: u64,
    #[proto(5)]
    raw: Bytes,
    #[proto(6)]
    next: Option<Box<Node>>,
    #[proto(7)]
    colors: Vec<Color>,
    #[proto(unknown)]
    unknown: UnknownFields,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enumeration)]
enum Color {
    #[default]
    Red = 0,
    Green = 1,
}

/// The bytes of an `Outer` around those of a node.
fn around(node: &[u8]) -> Vec<u8> {
    let mut outer = Vec::new();
    encoding::encode_key(1, WireType::LengthDelimited, &mut outer);
    prost::encode_length_delimiter(node.len(), &mut outer).expect("a Vec grows");
    outer.extend_from_slice(node);
    outer
}

/// Checks that a node is read within prost's message as it is alone, wherever its bytes are cut.
#[track_caller]
fn check(source: &str) {
    let bytes = bytes(source);
    let node: Node = codec::decode(&*bytes).expect("a node");
    let outer = around(&bytes);
    for cut in 0..=outer.len() {
        let (front, back) = outer.split_at(cut);
        let read = Outer::decode(front.chain(back)).expect("the same node");
        assert_eq!(read.node.as_ref(), Some(&node), "cut at {cut}");
        assert_eq!(read.encode_to_vec(), around(&encode(&node)));
        assert_eq!(read.encoded_len(), read.encode_to_vec().len());
    }
}

#[test]
fn fields_of_every_wire_type_are_gathered() {
    check(
        "0a 03 'abc' 10 ac 02 18 01 1a 02 02 03 21 01 02 03 04 05 06 07 08 2a 02 'xy' 32 05 0a 01 'n' 10 01",
    );
    check("32 02 10 01 32 03 0a 01 'n'");
}

#[test]
fn what_is_unknown_is_kept() {
    check("48 01 4b 08 01 53 15 01 02 03 04 54 4c 3a 03 01 09 00 55 01 02 03 04 52 01 'x'");
}

#[test]
fn mistakes_are_found() {
    #[track_caller]
    fn check(source: &str, expect: Expect) {
        let error = Outer::decode(&*around(&bytes(source))).expect_err("a mistake");
        expect.assert_eq(&error.to_string());
    }
    check(
        "0a 01 ff",
        expect![
            "failed to decode Protobuf message: Outer.node: tree.v1.Node.name: a string that isn't UTF-8: invalid utf-8 sequence of 1 bytes from index 0"
        ],
    );
    check(
        "32 03 0a 01 ff",
        expect![
            "failed to decode Protobuf message: Outer.node: tree.v1.Node.next.name: a string that isn't UTF-8: invalid utf-8 sequence of 1 bytes from index 0"
        ],
    );
    check(
        "0a 05 'abc'",
        expect![
            "failed to decode Protobuf message: Outer.node: tree.v1.Node.name: a length of 5 bytes, where 3 are left"
        ],
    );
    check(
        "0a ff ff ff ff ff ff ff ff ff 01",
        expect![
            "failed to decode Protobuf message: Outer.node: tree.v1.Node.name: a length of 18446744073709551615 bytes, where 0 are left"
        ],
    );
    check(
        "10 ff ff ff ff ff ff ff ff ff 7f",
        expect![
            "failed to decode Protobuf message: Outer.node: tree.v1.Node.number: a varint has more than 64 bits"
        ],
    );
    check(
        "4b 54",
        expect![
            "failed to decode Protobuf message: Outer.node: tree.v1.Node: a group ends that didn't begin"
        ],
    );
    check(
        "4b 08",
        expect![
            "failed to decode Protobuf message: Outer.node: tree.v1.Node: the message ends in the middle of it"
        ],
    );
    check(
        "21 01 02",
        expect![
            "failed to decode Protobuf message: Outer.node: tree.v1.Node.fixed: the message ends in the middle of it"
        ],
    );
}

#[test]
fn its_messages_and_ours_count_together() {
    fn nested(nodes: usize, outers: usize) -> Vec<u8> {
        let node = (0..nodes).fold(Node::default(), |inner, _| Node {
            next: Some(Box::new(inner)),
            ..Node::default()
        });
        let innermost = Outer {
            node: Some(node),
            outer: None,
        };
        let outer = (0..outers).fold(innermost, |inner, _| Outer {
            node: None,
            outer: Some(Box::new(inner)),
        });
        outer.encode_to_vec()
    }
    assert!(Outer::decode(&*nested(99, 0)).is_ok());
    assert!(Outer::decode(&*nested(100, 0)).is_err());
    assert!(Outer::decode(&*nested(49, 50)).is_ok());
    assert!(Outer::decode(&*nested(50, 50)).is_err());
    assert!(Outer::decode(&*nested(0, 99)).is_ok());
    assert!(Outer::decode(&*nested(0, 100)).is_err());
}

#[test]
fn a_message_is_merged_as_prost_merges() {
    let mut node: Node = codec::decode(&*bytes("0a 01 'a' 18 01")).expect("a node");
    node.merge(&*bytes("10 02 18 02")).expect("more of it");
    assert_eq!((&*node.name, node.number), ("a", 2));
    assert_eq!(node.numbers, [1, 2]);
    node.merge_length_delimited(&*bytes("02 10 03 ff"))
        .expect("and more");
    assert_eq!(node.number, 3);
    node.clear();
    assert_eq!(node, Node::default());
}
