//! Messages and oneofs with a lifetime, within each other.

use std::borrow::Cow;
use std::collections::HashMap;

use traitwire::codec::{self, UnknownFields};
use traitwire::{Message, OneOf};

#[derive(Debug, Default, PartialEq, Message)]
struct Record<'bytes> {
    #[proto(1)]
    name: &'bytes str,
    #[proto(2)]
    body: Option<Cow<'bytes, str>>,
    #[proto(3)]
    id: &'bytes [u8],
    #[proto(4)]
    origin: Option<Origin<'bytes>>,
    #[proto(5)]
    all: Vec<Origin<'bytes>>,
    #[proto(6)]
    by_name: HashMap<&'bytes str, Record<'bytes>>,
    #[proto(oneof)]
    kind: Option<Kind<'bytes>>,
    #[proto(unknown)]
    unknown: UnknownFields,
}

#[derive(Debug, Default, PartialEq, Message)]
struct Origin<'a> {
    #[proto(1)]
    file: Cow<'a, [u8]>,
}

#[derive(Debug, PartialEq, OneOf)]
enum Kind<'a> {
    #[proto(7)]
    Text(&'a str),
    #[proto(8)]
    Record(Box<Record<'a>>),
    #[proto(9)]
    Nothing,
}

fn main() {
    let bytes = vec![0x3a, 1, b'x'];
    let record: Record<'_> = codec::decode_borrowed(&bytes).unwrap();
    assert_eq!(record.kind, Some(Kind::Text("x")));
}
