//! HPACK against itself and against other implementations, over connections of many blocks.

use proptest::prelude::*;
use proptest::sample::select;
use traitwire_engine::hpack::{DecodeError, Decoder, Encoder, Field, Indexing, ListSize};

/// What happens on a connection.
#[derive(Clone, Debug)]
enum Event {
    /// The decoder's limit for the table changes.
    Limit(usize),
    Block(Vec<Sent>),
}

#[derive(Clone, Debug, PartialEq)]
struct Sent {
    name: Vec<u8>,
    value: Vec<u8>,
    indexing: Indexing,
}

fn connection() -> impl Strategy<Value = Vec<Event>> {
    let limit = prop_oneof![Just(0), 0..200usize, 200..5000usize];
    let block = prop::collection::vec(field(), 0..20);
    let event = prop_oneof![1 => limit.prop_map(Event::Limit), 9 => block.prop_map(Event::Block)];
    prop::collection::vec(event, 0..20)
}

fn field() -> impl Strategy<Value = Sent> {
    let name = prop_oneof![
        4 => select(NAMES).prop_map(|name| name.as_bytes().to_vec()),
        1 => "[a-z0-9-]{1,40}".prop_map(String::into_bytes),
    ];
    let value = prop_oneof![
        4 => select(VALUES).prop_map(|value| value.as_bytes().to_vec()),
        2 => "[ -~]{0,80}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..80),
        1 => (0..3000usize, any::<u8>()).prop_map(|(len, byte)| vec![byte; len]),
    ];
    let indexing = select(&[
        Indexing::Auto,
        Indexing::Auto,
        Indexing::Without,
        Indexing::Never,
    ]);
    (name, value, indexing).prop_map(|(name, value, indexing)| Sent {
        name,
        value,
        indexing,
    })
}

const NAMES: &[&str] = &[
    ":authority",
    ":method",
    ":path",
    ":scheme",
    ":status",
    "accept-encoding",
    "content-type",
    "grpc-status",
    "grpc-timeout",
    "te",
    "traceparent",
    "user-agent",
    "x-1",
    "x-2",
];

const VALUES: &[&str] = &[
    "",
    "/",
    "/a.B/C",
    "0",
    "1S",
    "200",
    "application/grpc",
    "GET",
    "gzip, deflate",
    "http",
    "localhost:50051",
    "POST",
    "trailers",
];

fn encode(encoder: &mut Encoder, fields: &[Sent]) -> Vec<u8> {
    let mut block = Vec::new();
    encoder.start_block(&mut block);
    for Sent {
        name,
        value,
        indexing,
    } in fields
    {
        encoder.field(&mut block, name, value, *indexing);
    }
    block
}

/// The fields, of which only those that are never indexed are told apart.
fn decode(decoder: &mut Decoder, block: &[u8]) -> Result<Vec<Sent>, DecodeError> {
    let mut fields = Vec::new();
    let mut visit = |field: Field<'_>| {
        let (name, value) = (field.name.to_vec(), field.value.to_vec());
        let indexing = if field.sensitive {
            Indexing::Never
        } else {
            Indexing::Auto
        };
        fields.push(Sent {
            name,
            value,
            indexing,
        });
    };
    assert_eq!(
        decoder.decode(block, usize::MAX, &mut visit)?,
        ListSize::Fits
    );
    Ok(fields)
}

/// What [`decode`] says of them.
fn as_decoded(fields: &[Sent]) -> Vec<Sent> {
    let mut fields = fields.to_vec();
    for field in &mut fields {
        if field.indexing == Indexing::Without {
            field.indexing = Indexing::Auto;
        }
    }
    fields
}

fn pairs(fields: &[Sent]) -> Vec<(Vec<u8>, Vec<u8>)> {
    fields
        .iter()
        .map(|field| (field.name.clone(), field.value.clone()))
        .collect()
}

/// Our encoder and our decoder.
fn check_ours(events: &[Event]) {
    let (mut encoder, mut decoder) = (Encoder::new(4096), Decoder::new(4096, &["x-1"]));
    for event in events {
        match event {
            Event::Limit(limit) => {
                encoder.set_peer_max_table_size(*limit);
                decoder.set_max_table_size(*limit);
            }
            Event::Block(fields) => {
                let sender_before = encoder.generation();
                let block = encode(&mut encoder, fields);
                let before = decoder.generation();
                let decoded = decode(&mut decoder, &block);
                assert_eq!(decoded, Ok(as_decoded(fields)));
                assert_eq!(decoder.table_size(), encoder.table_size());
                if encoder.generation() == sender_before {
                    assert_eq!(decoder.generation(), before);
                }
                if decoder.generation() == before {
                    assert_eq!(decode(&mut decoder, &block), decoded);
                    assert_eq!(decoder.generation(), before);
                }
            }
        }
    }
}

/// Our encoder and others' decoders.
fn check_encoder(events: &[Event]) {
    let mut encoder = Encoder::new(4096);
    let mut httlib = httlib_hpack::Decoder::default();
    let mut loona = loona_hpack::Decoder::new();
    for event in events {
        match event {
            Event::Limit(limit) => {
                encoder.set_peer_max_table_size(*limit);
                httlib.set_max_dynamic_size(*limit as u32);
                loona.set_max_allowed_table_size(*limit);
            }
            Event::Block(fields) => {
                let block = encode(&mut encoder, fields);
                let mut decoded = Vec::new();
                httlib
                    .decode(&mut block.clone(), &mut decoded)
                    .expect("httlib decodes it");
                let decoded = decoded.into_iter().map(|(name, value, _)| (name, value));
                assert_eq!(decoded.collect::<Vec<_>>(), pairs(fields));
                // A block of nothing but updates of the table's size is an error there, but done.
                let decoded = loona.decode(&block);
                if !fields.is_empty() {
                    assert_eq!(decoded.expect("loona decodes it"), pairs(fields));
                }
            }
        }
    }
}

/// An encoder that indexes much and knows Huffman, and our decoder.
fn check_httlib_encoder(events: &[Event], flags: &[u8]) {
    let (mut encoder, mut decoder) = (
        httlib_hpack::Encoder::default(),
        Decoder::new(4096, &["x-1"]),
    );
    let mut flags = flags.iter().cycle();
    for event in events {
        let mut block = Vec::new();
        match event {
            Event::Limit(limit) => {
                decoder.set_max_table_size(*limit);
                encoder
                    .update_max_dynamic_size(*limit as u32, &mut block)
                    .expect("it is encoded");
                assert_eq!(decode(&mut decoder, &block), Ok(Vec::new()));
            }
            Event::Block(fields) => {
                for (name, value) in pairs(fields) {
                    let flags = flags.next().expect("there are some");
                    encoder
                        .encode((name, value, *flags), &mut block)
                        .expect("it is encoded");
                }
                let decoded = decode(&mut decoder, &block).expect("it is decoded");
                assert_eq!(pairs(&decoded), pairs(fields));
            }
        }
    }
}

/// An encoder that inserts each new name, and our decoder.
fn check_loona_encoder(events: &[Event]) {
    let (mut encoder, mut decoder) = (loona_hpack::Encoder::new(), Decoder::new(4096, &["x-1"]));
    for event in events {
        if let Event::Block(fields) = event {
            let fields = pairs(fields);
            let borrowed = fields
                .iter()
                .map(|(name, value)| (name.as_slice(), value.as_slice()));
            let decoded = decode(&mut decoder, &encoder.encode(borrowed)).expect("it is decoded");
            assert_eq!(pairs(&decoded), fields);
        }
    }
}

/// Whatever comes, the decoder stays within its bounds.
fn check_bounds(blocks: &[Vec<u8>], max_list_size: usize) {
    let mut decoder = Decoder::new(4096, &["x-1"]);
    for block in blocks {
        let mut size = 0;
        let mut visit = |field: Field<'_>| size += field.name.len() + field.value.len() + 32;
        let done = decoder.decode(block, max_list_size, &mut visit);
        assert!(size <= max_list_size);
        assert!(decoder.table_size() <= 4096);
        if done.is_err() {
            break;
        }
    }
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 32,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_we_encode_we_decode(events in connection()) {
        check_ours(&events);
    }

    #[test]
    fn what_we_encode_others_decode(events in connection()) {
        check_encoder(&events);
    }

    #[test]
    fn what_others_encode_we_decode(
        events in connection(),
        flags in prop::collection::vec(0..0x20u8, 1..20),
    ) {
        check_httlib_encoder(&events, &flags);
        check_loona_encoder(&events);
    }

    #[test]
    fn random_bytes_are_refused_or_decoded(
        blocks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..20),
        max_list_size in 0..5000usize,
    ) {
        check_bounds(&blocks, max_list_size);
    }

    #[test]
    fn damaged_blocks_are_refused_or_decoded(
        events in connection(),
        damages in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let mut encoder = Encoder::new(4096);
        let mut damages = damages.iter().cycle();
        let mut blocks = Vec::new();
        for event in &events {
            if let Event::Block(fields) = event {
                let mut block = encode(&mut encoder, fields);
                if !block.is_empty() && let Some((at, byte)) = damages.next() {
                    let at = at.index(block.len());
                    block[at] = *byte;
                }
                blocks.push(block);
            }
        }
        check_bounds(&blocks, 5000);
    }
}
