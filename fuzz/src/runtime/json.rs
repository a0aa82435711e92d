//! Protobuf's JSON.

use std::collections::BTreeMap;

use traitwire::{
    Enumeration, Message, OneOf, codec,
    json::{self, ReadOptions},
    well_known::{
        Any, BytesValue, DoubleValue, Duration, FieldMask, NullValue, Struct, Timestamp, Value,
    },
};

/// What can be read is printed, and is what it was when that is read, and in the binary format. Who is strict reads nothing
/// that who isn't doesn't.
pub fn json(input: &[u8]) {
    let lenient = ReadOptions::new()
        .ignore_unknown()
        .from_slice::<Leaf>(input);
    let Ok(leaf) = json::from_slice::<Leaf>(input) else {
        if let Ok(leaf) = lenient {
            same(&leaf);
        }
        return;
    };
    let lenient = lenient.expect("more is taken");
    assert_eq!(printed(&leaf), printed(&lenient));
    same(&leaf);
}

fn same(leaf: &Leaf) {
    let text = printed(leaf);
    let again = json::from_str(&text).expect("what we print");
    assert_eq!(printed(&again), text);
    let mut encoded = bytes::BytesMut::new();
    codec::encode_into(leaf, &mut encoded);
    // Texts may be nested deeper than messages: a value in a list takes two of them.
    if let Ok(decoded) = codec::decode(&*encoded) {
        assert_eq!(printed(&decoded), text);
    }
}

fn printed(leaf: &Leaf) -> String {
    json::to_string(leaf).expect("what was read can be printed")
}

/// Every form that there is.
#[derive(Clone, Debug, PartialEq, Message)]
struct Leaf {
    #[proto(1)]
    leaf: Option<Box<Leaf>>,
    #[proto(2)]
    leaves: Vec<Leaf>,
    #[proto(3)]
    int_64: i64,
    #[proto(4)]
    uint_32: Option<u32>,
    #[proto(5)]
    float: f32,
    #[proto(6)]
    doubles: Vec<f64>,
    #[proto(7)]
    boolean: bool,
    #[proto(8)]
    text: String,
    #[proto(9)]
    raw: Vec<u8>,
    #[proto(10)]
    corpus: Corpus,
    #[proto(11)]
    corpora: Vec<Corpus>,
    #[proto(12)]
    by_number: BTreeMap<u64, Leaf>,
    #[proto(13)]
    by_boolean: BTreeMap<bool, i32>,
    #[proto(14)]
    by_name: BTreeMap<String, Value>,
    #[proto(15)]
    duration: Option<Duration>,
    #[proto(16)]
    timestamp: Option<Timestamp>,
    #[proto(17)]
    mask: Option<FieldMask>,
    #[proto(18)]
    any: Option<Any>,
    #[proto(19)]
    object: Option<Struct>,
    #[proto(20)]
    value: Option<Value>,
    #[proto(21)]
    double_value: Option<DoubleValue>,
    #[proto(22)]
    bytes_values: Vec<BytesValue>,
    #[proto(oneof)]
    kind: Option<Kind>,
}

#[derive(Clone, Debug, PartialEq, OneOf)]
enum Kind {
    #[proto(100)]
    Name(String),
    #[proto(101)]
    Null(NullValue),
    #[proto(102)]
    Nothing,
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
