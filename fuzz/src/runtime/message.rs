//! Messages.

use std::{borrow::Cow, collections::BTreeMap};

use bytes::{Buf, Bytes, BytesMut};
use prost::{DecodeError, Message as _, encoding::WireType};
use traitwire::codec::{self, UnknownFields};
use traitwire::{Enumeration, Message, OneOf};

/// What prost's own derive reads, ours reads, too, and the other way round; and each reads what the other has written as
/// what it was. So does a message that borrows, which keeps all that it doesn't know, and one whose bytes come in two
/// pieces. The input is the message.
pub fn message(input: &[u8]) {
    let ours = codec::decode::<Tree>(input);
    compare_kept(input, &ours);
    compare_pieces(input, &ours);
    let theirs = theirs::Tree::decode(input);
    let (ours, theirs) = match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        (Err(_), Err(_)) => return,
        // Prost reads an entry of a map whatever the wire type is, and no field at all of a message that is as deep as may be.
        (Err(ours), Ok(_))
            if ours
                .to_string()
                .ends_with("where a length with bytes belongs") =>
        {
            return;
        }
        (Ok(_), Err(theirs)) if theirs.to_string().ends_with("recursion limit reached") => return,
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

fn compare_kept(input: &[u8], ours: &Result<Tree, DecodeError>) {
    let kept = match (codec::decode_borrowed::<Kept<'_>>(input), ours) {
        (Ok(kept), Ok(_)) => kept,
        (Err(_), Err(_)) => return,
        (Err(kept), Ok(_)) if kept.to_string().contains("closed") => return,
        (kept, ours) => panic!("kept: {kept:?}\nours: {ours:?}"),
    };
    let mut encoded = BytesMut::new();
    codec::encode_into(&kept, &mut encoded);
    // Nothing is lost, though what a closed enum doesn't know comes later than it did.
    let again = codec::decode_borrowed::<Kept<'_>>(&encoded).expect("our bytes");
    assert_eq!(format!("{again:?}"), format!("{kept:?}"));
    let of_kept = codec::decode::<Tree>(&*encoded);
    assert_eq!(format!("{of_kept:?}"), format!("{ours:?}"));
}

fn compare_pieces(input: &[u8], ours: &Result<Tree, DecodeError>) {
    let (front, back) = input.split_at(input.len() / 2);
    let whole = codec::decode::<Tree>(front.chain(back));
    assert_eq!(format!("{whole:?}"), format!("{ours:?}"));
    // Field by field, as within a message of prost's.
    let mut field = Vec::new();
    prost::encoding::encode_key(1, WireType::LengthDelimited, &mut field);
    prost::encode_length_delimiter(input.len(), &mut field).expect("a Vec grows");
    field.extend_from_slice(input);
    match (theirs::Outer::decode(&*field), ours) {
        (Ok(outer), Ok(ours)) => {
            assert_eq!(format!("{:?}", outer.tree), format!("{:?}", Some(ours)));
        }
        (Err(_), Err(_)) => {}
        // It is one deeper.
        (Err(outer), Ok(_)) => assert!(outer.to_string().ends_with("recursion limit reached")),
        (Ok(outer), Err(ours)) => panic!("outer: {outer:?}\nours: {ours}"),
    }
}

/// Fields of every kind, as a tree.
#[derive(Clone, Debug, Default, PartialEq, Message)]
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

#[derive(Clone, Copy, Debug, Default, PartialEq, Enumeration)]
enum Corpus {
    #[default]
    #[proto(0)]
    Unspecified,
    #[proto(1)]
    Web,
    #[proto(other)]
    Other(i32),
}

/// The same tree, lying in the bytes it is read from, with all that it doesn't know.
#[derive(Debug, Message)]
struct Kept<'a> {
    #[proto(1)]
    inner: Option<Box<Kept<'a>>>,
    #[proto(2)]
    trees: Vec<Kept<'a>>,
    #[proto(3)]
    by_name: BTreeMap<&'a str, i32>,
    #[proto(4, key = sint, value = fixed)]
    by_number: BTreeMap<i64, u64>,
    #[proto(5)]
    text: Cow<'a, str>,
    #[proto(6)]
    texts: Vec<&'a str>,
    #[proto(7)]
    bytes: &'a [u8],
    #[proto(8)]
    raw: Option<Cow<'a, [u8]>>,
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
    /// The others don't know these.
    #[proto(17)]
    closed: Closed,
    #[proto(18)]
    closed_list: Vec<Closed>,
    #[proto(19)]
    closed_by_name: BTreeMap<&'a str, Closed>,
    #[proto(oneof)]
    kind: Option<KeptKind<'a>>,
    #[proto(unknown)]
    unknown: UnknownFields,
}

#[derive(Debug, OneOf)]
enum KeptKind<'a> {
    #[proto(100)]
    Name(&'a str),
    #[proto(101)]
    Tree(Box<Kept<'a>>),
    #[proto(102, sint)]
    Number(i32),
}

#[derive(Clone, Copy, Debug, PartialEq, Enumeration)]
enum Closed {
    Zero = 0,
    One = 1,
}

mod theirs {
    use std::collections::BTreeMap;

    use bytes::Bytes;

    /// A tree of ours within a message of theirs.
    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Outer {
        #[prost(message, optional, tag = "1")]
        pub(super) tree: Option<super::Tree>,
    }

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
