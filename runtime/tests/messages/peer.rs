//! Prost's own derive is the peer: the same messages, declared both ways, must be the same bytes.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use proptest::{collection, option, prelude::*};
use prost::Message as _;
use traitwire::{Enumeration, Message, OneOf, codec};

use crate::support::encode;

mod theirs {
    use std::collections::{BTreeMap, HashMap};

    use bytes::Bytes;

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct All {
        #[prost(message, optional, tag = "1")]
        pub(super) scalars: Option<Scalars>,
        #[prost(message, repeated, tag = "2")]
        pub(super) lists: Vec<Lists>,
        #[prost(message, optional, boxed, tag = "3")]
        pub(super) inner: Option<Box<All>>,
        #[prost(btree_map = "string, message", tag = "4")]
        pub(super) by_name: BTreeMap<String, Scalars>,
        #[prost(btree_map = "sint64, sfixed32", tag = "5")]
        pub(super) numbers: BTreeMap<i64, i32>,
        #[prost(hash_map = "uint32, bytes", tag = "2047")]
        pub(super) raws: HashMap<u32, Vec<u8>>,
        #[prost(oneof = "Kind", tags = "3000, 3001, 3002, 3003")]
        pub(super) kind: Option<Kind>,
    }

    #[derive(Clone, PartialEq, prost::Oneof)]
    pub(super) enum Kind {
        #[prost(string, tag = "3000")]
        Text(String),
        #[prost(message, tag = "3001")]
        All(Box<All>),
        #[prost(sint32, tag = "3002")]
        Number(i32),
        #[prost(message, tag = "3003")]
        Nothing(()),
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Scalars {
        #[prost(bool, tag = "1")]
        pub(super) boolean: bool,
        #[prost(int32, tag = "2")]
        pub(super) int: i32,
        #[prost(int64, tag = "3")]
        pub(super) long: i64,
        #[prost(uint32, tag = "4")]
        pub(super) uint: u32,
        #[prost(uint64, tag = "5")]
        pub(super) ulong: u64,
        #[prost(float, tag = "6")]
        pub(super) float: f32,
        #[prost(double, tag = "7")]
        pub(super) double: f64,
        #[prost(string, tag = "8")]
        pub(super) text: String,
        #[prost(bytes = "vec", tag = "9")]
        pub(super) raw: Vec<u8>,
        #[prost(bytes = "bytes", tag = "10")]
        pub(super) shared: Bytes,
        #[prost(sint32, optional, tag = "11")]
        pub(super) sint: Option<i32>,
        #[prost(sint64, optional, tag = "12")]
        pub(super) slong: Option<i64>,
        #[prost(fixed32, tag = "13")]
        pub(super) fixed: u32,
        #[prost(fixed64, tag = "14")]
        pub(super) long_fixed: u64,
        #[prost(sfixed32, tag = "15")]
        pub(super) sfixed: i32,
        #[prost(sfixed64, tag = "536870911")]
        pub(super) long_sfixed: i64,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Lists {
        #[prost(bool, repeated, tag = "1")]
        pub(super) booleans: Vec<bool>,
        #[prost(int32, repeated, tag = "2")]
        pub(super) ints: Vec<i32>,
        #[prost(sint64, repeated, tag = "3")]
        pub(super) slongs: Vec<i64>,
        #[prost(fixed64, repeated, tag = "4")]
        pub(super) fixed: Vec<u64>,
        #[prost(double, repeated, tag = "5")]
        pub(super) doubles: Vec<f64>,
        #[prost(string, repeated, tag = "6")]
        pub(super) texts: Vec<String>,
        #[prost(bytes = "vec", repeated, tag = "7")]
        pub(super) raws: Vec<Vec<u8>>,
        #[prost(enumeration = "Corpus", repeated, tag = "8")]
        pub(super) corpora: Vec<i32>,
        #[prost(enumeration = "Corpus", tag = "9")]
        pub(super) corpus: i32,
        #[prost(enumeration = "Corpus", optional, tag = "10")]
        pub(super) maybe_corpus: Option<i32>,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, prost::Enumeration)]
    #[repr(i32)]
    pub(super) enum Corpus {
        Unspecified = 0,
        Web = 1,
    }
}

#[derive(Clone, Debug, PartialEq, Message)]
struct All {
    #[proto(1)]
    scalars: Option<Scalars>,
    #[proto(2)]
    lists: Vec<Lists>,
    #[proto(3)]
    inner: Option<Box<All>>,
    #[proto(4)]
    by_name: BTreeMap<String, Scalars>,
    #[proto(5, key = sint, value = fixed)]
    numbers: BTreeMap<i64, i32>,
    #[proto(2047)]
    raws: HashMap<u32, Vec<u8>>,
    #[proto(oneof)]
    kind: Option<Kind>,
}

#[derive(Clone, Debug, PartialEq, OneOf)]
enum Kind {
    #[proto(3000)]
    Text(String),
    #[proto(3001)]
    All(Box<All>),
    #[proto(3002, sint)]
    Number(i32),
    #[proto(3003)]
    Nothing,
}

#[derive(Clone, Debug, PartialEq, Message)]
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
    sint: Option<i32>,
    #[proto(12, sint)]
    slong: Option<i64>,
    #[proto(13, fixed)]
    fixed: u32,
    #[proto(14, fixed)]
    long_fixed: u64,
    #[proto(15, fixed)]
    sfixed: i32,
    #[proto(536870911, fixed)]
    long_sfixed: i64,
}

#[derive(Clone, Debug, PartialEq, Message)]
struct Lists {
    #[proto(1)]
    booleans: Vec<bool>,
    #[proto(2)]
    ints: Vec<i32>,
    #[proto(3, sint)]
    slongs: Vec<i64>,
    #[proto(4, fixed)]
    fixed: Vec<u64>,
    #[proto(5)]
    doubles: Vec<f64>,
    #[proto(6)]
    texts: Vec<String>,
    #[proto(7)]
    raws: Vec<Vec<u8>>,
    #[proto(8)]
    corpora: Vec<Corpus>,
    #[proto(9)]
    corpus: Corpus,
    #[proto(10)]
    maybe_corpus: Option<Corpus>,
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

impl From<theirs::All> for All {
    fn from(all: theirs::All) -> Self {
        Self {
            scalars: all.scalars.map(Into::into),
            lists: all.lists.into_iter().map(Into::into).collect(),
            inner: all.inner.map(|inner| Box::new((*inner).into())),
            by_name: all
                .by_name
                .into_iter()
                .map(|(name, scalars)| (name, scalars.into()))
                .collect(),
            numbers: all.numbers,
            raws: all.raws,
            kind: all.kind.map(|kind| match kind {
                theirs::Kind::Text(text) => Kind::Text(text),
                theirs::Kind::All(all) => Kind::All(Box::new((*all).into())),
                theirs::Kind::Number(number) => Kind::Number(number),
                theirs::Kind::Nothing(()) => Kind::Nothing,
            }),
        }
    }
}

impl From<theirs::Scalars> for Scalars {
    fn from(scalars: theirs::Scalars) -> Self {
        let theirs::Scalars {
            boolean,
            int,
            long,
            uint,
            ulong,
            float,
            double,
            text,
            raw,
            shared,
            sint,
            slong,
            fixed,
            long_fixed,
            sfixed,
            long_sfixed,
        } = scalars;
        Self {
            boolean,
            int,
            long,
            uint,
            ulong,
            float,
            double,
            text,
            raw,
            shared,
            sint,
            slong,
            fixed,
            long_fixed,
            sfixed,
            long_sfixed,
        }
    }
}

impl From<theirs::Lists> for Lists {
    fn from(lists: theirs::Lists) -> Self {
        let corpus = |number| match number {
            0 => Corpus::Unspecified,
            1 => Corpus::Web,
            _ => Corpus::Other(number),
        };
        Self {
            booleans: lists.booleans,
            ints: lists.ints,
            slongs: lists.slongs,
            fixed: lists.fixed,
            doubles: lists.doubles,
            texts: lists.texts,
            raws: lists.raws,
            corpora: lists.corpora.into_iter().map(corpus).collect(),
            corpus: corpus(lists.corpus),
            maybe_corpus: lists.maybe_corpus.map(corpus),
        }
    }
}

/// Integers of every length, with zero more often than chance would have it.
fn int<T: Copy + Default + std::fmt::Debug + 'static>(
    from: fn(i64) -> T,
) -> impl Strategy<Value = T> {
    prop_oneof![
        Just(T::default()),
        (any::<i64>(), 0_u32..64).prop_map(move |(number, shift)| from(number >> shift)),
    ]
}

fn scalars() -> impl Strategy<Value = theirs::Scalars> {
    let signed = (
        int(|n| n as i32),
        int(|n| n),
        option::of(int(|n| n as i32)),
        option::of(int(|n| n)),
        int(|n| n as i32),
        int(|n| n),
    );
    let unsigned = (
        int(|n| n as u32),
        int(|n| n as u64),
        int(|n| n as u32),
        int(|n| n as u64),
    );
    // A NaN isn't equal to itself.
    let floats = (
        prop::num::f32::NORMAL | prop::num::f32::ZERO,
        prop::num::f64::NORMAL | prop::num::f64::ZERO,
    );
    let texts = (
        ".{0,9}",
        collection::vec(any::<u8>(), 0..200),
        collection::vec(any::<u8>(), 0..9),
    );
    (any::<bool>(), signed, unsigned, floats, texts).prop_map(
        |(boolean, signed, unsigned, floats, texts)| {
            let (int, long, sint, slong, sfixed, long_sfixed) = signed;
            let (uint, ulong, fixed, long_fixed) = unsigned;
            let ((float, double), (text, raw, shared)) = (floats, texts);
            let shared = shared.into();
            theirs::Scalars {
                boolean,
                int,
                long,
                uint,
                ulong,
                float,
                double,
                text,
                raw,
                shared,
                sint,
                slong,
                fixed,
                long_fixed,
                sfixed,
                long_sfixed,
            }
        },
    )
}

fn lists() -> impl Strategy<Value = theirs::Lists> {
    let corpus = || prop_oneof![0..3, any::<i32>()];
    let numbers = (
        collection::vec(any::<bool>(), 0..4),
        collection::vec(int(|n| n as i32), 0..4),
        collection::vec(int(|n| n), 0..4),
        collection::vec(any::<u64>(), 0..4),
        collection::vec(prop::num::f64::NORMAL, 0..4),
    );
    let texts = (
        collection::vec(".{0,3}", 0..4),
        collection::vec(collection::vec(any::<u8>(), 0..3), 0..4),
    );
    let corpora = (
        collection::vec(corpus(), 0..4),
        corpus(),
        option::of(corpus()),
    );
    (numbers, texts, corpora).prop_map(|(numbers, texts, corpora)| {
        let (booleans, ints, slongs, fixed, doubles) = numbers;
        let ((texts, raws), (corpora, corpus, maybe_corpus)) = (texts, corpora);
        theirs::Lists {
            booleans,
            ints,
            slongs,
            fixed,
            doubles,
            texts,
            raws,
            corpora,
            corpus,
            maybe_corpus,
        }
    })
}

/// The maps hold what the two write the same way: we always write keys and values, prost leaves zeros out.
fn all(maps: bool) -> impl Strategy<Value = theirs::All> {
    let size = if maps { 0..3 } else { 0..1 };
    let sizes = (size.clone(), size.clone(), if maps { 0..2 } else { 0..1 });
    let leaf = (
        option::of(scalars()),
        collection::vec(lists(), 0..3),
        collection::btree_map(".{0,3}", scalars(), sizes.0),
        collection::btree_map(int(|n| n), int(|n| n as i32), sizes.1),
        collection::hash_map(
            int(|n| n as u32),
            collection::vec(any::<u8>(), 0..3),
            sizes.2,
        ),
        prop_oneof![
            Just(None),
            Just(Some(theirs::Kind::Nothing(()))),
            int(|n| n as i32).prop_map(|number| Some(theirs::Kind::Number(number))),
            ".{0,3}".prop_map(|text| Some(theirs::Kind::Text(text))),
        ],
    )
        .prop_map(
            |(scalars, lists, by_name, numbers, raws, kind)| theirs::All {
                scalars,
                lists,
                inner: None,
                by_name,
                numbers,
                raws,
                kind,
            },
        );
    leaf.prop_recursive(3, 8, 2, |inner| {
        (inner.clone(), inner.clone(), option::of(inner)).prop_map(|(outer, first, second)| {
            theirs::All {
                inner: Some(Box::new(first)),
                kind: second.map_or(outer.kind, |second| {
                    Some(theirs::Kind::All(Box::new(second)))
                }),
                ..outer
            }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_bytes_are_the_same(theirs in all(false)) {
        let ours = All::from(theirs.clone());
        prop_assert_eq!(encode(&ours), theirs.encode_to_vec());
    }

    #[test]
    fn either_reads_what_the_other_wrote(theirs in all(true)) {
        let ours = All::from(theirs.clone());
        prop_assert_eq!(&codec::decode::<All>(&*theirs.encode_to_vec()).expect("their bytes"), &ours);
        prop_assert_eq!(theirs::All::decode(&*encode(&ours)).expect("our bytes"), theirs);
    }

    #[test]
    fn two_messages_in_a_row_are_merged(first in all(true), second in all(true)) {
        let mut both = first.encode_to_vec();
        both.extend(second.encode_to_vec());
        let theirs = theirs::All::decode(&*both).expect("two messages");
        let ours = codec::decode::<All>(&*both).expect("two messages");
        prop_assert_eq!(ours, All::from(theirs));
    }

    #[test]
    fn damaged_bytes_mean_the_same_to_both(
        message in all(true),
        damage in collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = message.encode_to_vec();
        if !bytes.is_empty() {
            for (index, byte) in damage {
                let index = index.index(bytes.len());
                bytes[index] = byte;
            }
            bytes.truncate(cut.index(bytes.len() * 2));
        }
        compare(&bytes)?;
    }

    #[test]
    fn any_bytes_are_a_message_or_an_error(bytes in collection::vec(any::<u8>(), 0..64)) {
        compare(&bytes)?;
    }
}

/// Checks that both read the same message, or neither does.
fn compare(bytes: &[u8]) -> Result<(), TestCaseError> {
    let ours = codec::decode::<All>(bytes).map(text);
    let theirs = theirs::All::decode(bytes).map(|theirs| text(theirs.into()));
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours, theirs),
        (Err(_), Err(_)) => {}
        // Prost reads an entry of a map whatever the wire type is.
        (Err(ours), Ok(_)) => prop_assert!(
            ours.to_string()
                .ends_with("where a length with bytes belongs")
        ),
        (Ok(ours), Err(theirs)) => prop_assert!(false, "we read {ours}, and they find: {theirs}"),
    }
    Ok(())
}

/// The message as text, in which two NaNs are equal. Hash maps have no order of their own.
fn text(all: All) -> String {
    let raws: BTreeMap<_, _> = all.raws.iter().collect();
    let raws = format!("{raws:?}");
    format!(
        "{:?} {raws}",
        All {
            raws: HashMap::new(),
            ..all
        }
    )
}
