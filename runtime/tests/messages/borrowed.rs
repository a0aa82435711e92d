//! Messages that borrow what they are read from, or share it.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use bytes::{Bytes, BytesMut};
use bytestring::ByteString;
use expect_test::expect;
use faststr::FastStr;
use traitwire::codec::{self, Fields, Reader, UnknownFields};
use traitwire::schema::{FieldType, Member, MessageDescriptor, ValueType};
use traitwire::{Message, OneOf};

use crate::support::{bytes, encode};

#[derive(Clone, Debug, PartialEq, Message)]
#[proto(package = "log.v1", name = "Record")]
struct Borrowed<'a> {
    #[proto(1)]
    name: &'a str,
    #[proto(2)]
    body: Cow<'a, str>,
    #[proto(3)]
    id: &'a [u8],
    #[proto(4)]
    raw: Cow<'a, [u8]>,
    #[proto(5)]
    origin: Option<BorrowedOrigin<'a>>,
    #[proto(6)]
    tags: Vec<&'a str>,
    #[proto(7)]
    labels: BTreeMap<&'a str, Cow<'a, str>>,
    #[proto(8)]
    origins: HashMap<u32, BorrowedOrigin<'a>>,
    #[proto(9)]
    next: Option<Box<Borrowed<'a>>>,
    #[proto(10)]
    note: Option<&'a str>,
    #[proto(oneof)]
    kind: Option<BorrowedKind<'a>>,
    #[proto(unknown)]
    unknown: UnknownFields,
}

#[derive(Clone, Debug, PartialEq, Message)]
#[proto(package = "log.v1", name = "Origin")]
struct BorrowedOrigin<'a> {
    #[proto(1)]
    file: &'a str,
    #[proto(2)]
    line: u32,
}

#[derive(Clone, Debug, PartialEq, OneOf)]
enum BorrowedKind<'a> {
    #[proto(11)]
    Text(&'a str),
    #[proto(12, name = "source")]
    Origin(BorrowedOrigin<'a>),
    #[proto(13)]
    Nothing,
}

#[derive(Debug, PartialEq, Message)]
#[proto(package = "log.v1", name = "Record")]
struct Owned {
    #[proto(1)]
    name: String,
    #[proto(2)]
    body: ByteString,
    #[proto(3)]
    id: Vec<u8>,
    #[proto(4)]
    raw: Bytes,
    #[proto(5)]
    origin: Option<Origin>,
    #[proto(6)]
    tags: Vec<ByteString>,
    #[proto(7)]
    labels: BTreeMap<ByteString, String>,
    #[proto(8)]
    origins: HashMap<u32, Origin>,
    #[proto(9)]
    next: Option<Box<Owned>>,
    #[proto(10)]
    note: Option<FastStr>,
    #[proto(oneof)]
    kind: Option<Kind>,
    #[proto(unknown)]
    unknown: UnknownFields,
}

#[derive(Debug, PartialEq, Message)]
#[proto(package = "log.v1")]
struct Origin {
    #[proto(1)]
    file: String,
    #[proto(2)]
    line: u32,
}

#[derive(Debug, PartialEq, OneOf)]
enum Kind {
    #[proto(11)]
    Text(String),
    #[proto(12, name = "source")]
    Origin(Origin),
    #[proto(13)]
    Nothing,
}

/// Every field of a record once.
fn wire() -> Vec<u8> {
    let mut wire = bytes(
        "0a 01 'n' 12 04 'body' 1a 02 'id' 22 03 'raw' 2a 05 0a 01 'f' 10 01 32 01 's' 32 01 't' 3a 06 0a 01 'k' 12 01 'v'",
    );
    wire.extend(bytes(
        "42 07 08 01 12 03 0a 01 'm' 4a 03 0a 01 'x' 52 00 62 02 10 05 78 01",
    ));
    wire
}

#[test]
fn what_is_read_lies_where_it_came() {
    let wire = wire();
    let record: Borrowed<'_> = codec::decode_borrowed(&wire).expect("a record");
    let range = wire.as_ptr_range();
    assert!(range.contains(&record.name.as_ptr()));
    assert!(matches!(record.body, Cow::Borrowed("body")));
    assert!(matches!(record.raw, Cow::Borrowed(b"raw")));
    assert_eq!(record.tags, ["s", "t"]);
    assert_eq!(record.labels["k"], "v");
    assert_eq!(record.origins[&1].file, "m");
    assert_eq!(record.next.as_ref().map(|next| next.name), Some("x"));
    assert_eq!(record.note, Some(""));
    assert_eq!(
        record.kind,
        Some(BorrowedKind::Origin(BorrowedOrigin { file: "", line: 5 }))
    );
    assert!(!record.unknown.is_empty());
}

#[test]
fn it_is_encoded_as_what_owns() {
    let wire = wire();
    let owned: Owned = codec::decode(&*wire).expect("a record");
    let borrowed: Borrowed<'_> = codec::decode_borrowed(&wire).expect("a record");
    let mut out = BytesMut::new();
    codec::encode_into(&borrowed, &mut out);
    assert_eq!(out, encode(&owned));
    assert_eq!(codec::encoded_len(&borrowed), out.len());
}

#[test]
fn it_is_described_as_what_owns() {
    fn fields(message: &MessageDescriptor) -> Vec<String> {
        let fields = message.members.iter().map(|member| match member {
            Member::Field(field) => match (field.ty)() {
                FieldType::Optional(ValueType::Message(message)) => {
                    format!("{}: {}", field.name, message.full_name(""))
                }
                FieldType::Map(key, ValueType::Message(message)) => {
                    format!("{}: {key:?} to {}", field.name, message.full_name(""))
                }
                other => format!("{}: {other:?}", field.name),
            },
            Member::OneOf { name, oneof, .. } => {
                let variants = oneof().variants.iter().map(|variant| variant.name);
                format!("{name}: {:?}", variants.collect::<Vec<_>>())
            }
        });
        fields.collect()
    }
    assert_eq!(
        <Borrowed<'_> as Fields>::MESSAGE.full_name(""),
        "log.v1.Record"
    );
    assert_eq!(
        fields(<Borrowed<'_> as Fields>::MESSAGE),
        fields(Owned::DESCRIPTOR)
    );
    assert_eq!(
        fields(<BorrowedOrigin<'_> as Fields>::MESSAGE),
        fields(Origin::DESCRIPTOR)
    );
}

#[test]
fn shared_fields_are_slices_of_what_they_came_in() {
    let whole = Bytes::from(wire());
    let range = whole.as_ptr_range();
    let owned: Owned = codec::decode(whole.clone()).expect("a record");
    assert!(range.contains(&owned.body.as_ptr()));
    assert!(range.contains(&owned.raw.as_ptr()));
    assert!(range.contains(&owned.tags[1].as_ptr()));
    let read: Owned = codec::read(Reader::shared(&whole)).expect("a record");
    assert_eq!(read, owned);
    // Where there is nothing to share they are copies.
    let copied: Owned = codec::decode(&whole[..]).expect("a record");
    assert!(!range.contains(&copied.raw.as_ptr()));
    assert_eq!(copied, owned);
}

#[test]
fn what_is_no_such_message_is_refused_likewise() {
    let error = |source| {
        let bytes = bytes(source);
        let result = codec::decode_borrowed::<Borrowed<'_>>(&bytes);
        result.expect_err("a mistake").to_string()
    };
    expect!["log.v1.Record.name: a string that isn't UTF-8: invalid utf-8 sequence of 1 bytes from index 0"].assert_eq(&error("0a 01 ff"));
    expect!["log.v1.Record.origin.file: a length of 5 bytes, where 1 are left"]
        .assert_eq(&error("2a 03 0a 05 'a'"));
    expect!["log.v1.Record.labels.value: a string that isn't UTF-8: invalid utf-8 sequence of 1 bytes from index 0"].assert_eq(&error("3a 06 0a 01 'k' 12 01 ff"));
    expect!["log.v1.Record.text: a string that isn't UTF-8: invalid utf-8 sequence of 1 bytes from index 0"].assert_eq(&error("5a 01 ff"));
    expect!["failed to decode Protobuf message: log.v1.Record.body: a string that isn't UTF-8: invalid utf-8 sequence of 1 bytes from index 0"].assert_eq(
        &codec::decode::<Owned>(&*bytes("12 01 ff"))
            .expect_err("a mistake")
            .to_string(),
    );
}
