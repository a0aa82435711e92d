//! Messages.

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use prost::Message as _;
use traitwire::{Enumeration, Message, OneOf, codec};

/// What prost's own derive reads, ours reads, too, and the other way round; and each reads what the other has written as
/// what it was. The input is the message.
pub fn message(input: &[u8]) {
    let ours = codec::decode::<Tree>(input);
    let theirs = theirs::Tree::decode(input);
    let (ours, theirs) = match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        (Err(_), Err(_)) => return,
        (ours, theirs) => panic!("ours: {ours:?}\ntheirs: {theirs:?}"),
    };
    let mut encoded = BytesMut::new();
    codec::encode_into(&ours, &mut encoded);
    assert_eq!(encoded.len(), codec::encoded_len(&ours));
    // A NaN isn't equal to itself, but prints as itself.
    let of_ours = theirs::Tree::decode(&*encoded).expect("our bytes");
    assert_eq!(format!("{of_ours:?}"), format!("{theirs:?}"));
    let of_theirs = codec::decode::<Tree>(&*theirs.encode_to_vec()).expect("their bytes");
    assert_eq!(format!("{of_theirs:?}"), format!("{ours:?}"));
}

/// Fields of every kind, as a tree.
#[derive(Clone, Debug, PartialEq, Message)]
struct Tree {
    #[proto(1)]
    inner: Option<Box<Tree>>,
    #[proto(2)]
    trees: Vec<Tree>,
    #[proto(3)]
    by_name: BTreeMap<String, i32>,
    #[proto(4, key = sint, value = fixed)]
    by_number: BTreeMap<i64, u64>,
    #[proto(5)]
    text: String,
    #[proto(6)]
    texts: Vec<String>,
    #[proto(7)]
    bytes: Bytes,
    #[proto(8)]
    raw: Option<Vec<u8>>,
    #[proto(9)]
    boolean: bool,
    #[proto(10)]
    int: i32,
    #[proto(11, sint)]
    sints: Vec<i64>,
    #[proto(12, fixed)]
    fixed: Vec<u32>,
    #[proto(13)]
    doubles: Vec<f64>,
    #[proto(14)]
    float: Option<f32>,
    #[proto(15)]
    corpora: Vec<Corpus>,
    #[proto(16)]
    corpus: Corpus,
    #[proto(oneof)]
    kind: Option<Kind>,
}

#[derive(Clone, Debug, PartialEq, OneOf)]
enum Kind {
    #[proto(100)]
    Name(String),
    #[proto(101)]
    Tree(Box<Tree>),
    #[proto(102, sint)]
    Number(i32),
}

#[derive(Clone, Copy, Debug, PartialEq, Enumeration)]
enum Corpus {
    #[proto(0)]
    Unspecified,
    #[proto(1)]
    Web,
    #[proto(other)]
    Other(i32),
}

mod theirs {
    use std::collections::BTreeMap;

    use bytes::Bytes;

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Tree {
        #[prost(message, optional, boxed, tag = "1")]
        inner: Option<Box<Tree>>,
        #[prost(message, repeated, tag = "2")]
        trees: Vec<Tree>,
        #[prost(btree_map = "string, int32", tag = "3")]
        by_name: BTreeMap<String, i32>,
        #[prost(btree_map = "sint64, fixed64", tag = "4")]
        by_number: BTreeMap<i64, u64>,
        #[prost(string, tag = "5")]
        text: String,
        #[prost(string, repeated, tag = "6")]
        texts: Vec<String>,
        #[prost(bytes = "bytes", tag = "7")]
        bytes: Bytes,
        #[prost(bytes = "vec", optional, tag = "8")]
        raw: Option<Vec<u8>>,
        #[prost(bool, tag = "9")]
        boolean: bool,
        #[prost(int32, tag = "10")]
        int: i32,
        #[prost(sint64, repeated, tag = "11")]
        sints: Vec<i64>,
        #[prost(fixed32, repeated, tag = "12")]
        fixed: Vec<u32>,
        #[prost(double, repeated, tag = "13")]
        doubles: Vec<f64>,
        #[prost(float, optional, tag = "14")]
        float: Option<f32>,
        #[prost(int32, repeated, tag = "15")]
        corpora: Vec<i32>,
        #[prost(int32, tag = "16")]
        corpus: i32,
        #[prost(oneof = "Kind", tags = "100, 101, 102")]
        kind: Option<Kind>,
    }

    #[derive(Clone, PartialEq, prost::Oneof)]
    pub(super) enum Kind {
        #[prost(string, tag = "100")]
        Name(String),
        #[prost(message, tag = "101")]
        Tree(Box<Tree>),
        #[prost(sint32, tag = "102")]
        Number(i32),
    }
}
