//! However the bytes are cut on their way, and whatever they are: the same comes of them.

use expect_test::expect;
use proptest::prelude::*;
use traitwire_engine::{Config, PREFACE, Role};

use crate::kit::*;

/// What comes of `bytes` that arrive in pieces of the lengths that `cuts` repeats.
fn log_of(role: Role, bytes: &[u8], cuts: &[usize]) -> String {
    let mut config = Config::default();
    config.max_concurrent_streams = 3;
    config.max_header_list_size = 400;
    let mut end = Endpoint::new(role, config);
    if role == Role::Client {
        for _ in 0..4 {
            end.open(false);
        }
    }
    let mut rest = bytes;
    for cut in cuts.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at((*cut).min(rest.len()));
        end.arrives(piece);
        rest = after;
    }
    end.leaves();
    end.take_log()
}

fn recorded(role: Role) -> Vec<u8> {
    let block = [literals(&POST), indexed_literal("a", "entry")].concat();
    let (start, rest) = block.split_at(7);
    let again = [literals(&POST), vec![0x80 | 62]].concat();
    let requests = [
        settings(&[(INITIAL_WINDOW_SIZE, 10), (HEADER_TABLE_SIZE, 0)]),
        settings_ack(),
        window_update(0, 1 << 20),
        frame(HEADERS, 0, 1, start),
        frame(CONTINUATION, END_HEADERS, 1, rest),
        data(1, PADDED, b"\x03body\0\0\0"),
        frame(0xbb, 0xff, 0, &[7; 300]),
        frame(HEADERS, END_HEADERS | END_STREAM, 3, &again),
        ping(b"12345678"),
        headers(5, 0, &[]),
        data(1, 0, &[b'a'; 16_384]),
        headers(1, END_STREAM, &[("grpc-status", "0")]),
        rst_stream(3, CANCEL),
        frame(PRIORITY, 0, 9, &[0; 5]),
        request(7),
        goaway(0, 0),
        data(9, 0, b"idle"),
        ping(b"too late"),
    ];
    let responses = [
        settings(&[(MAX_CONCURRENT_STREAMS, 10)]),
        settings_ack(),
        headers(1, 0, &[(":status", "103")]),
        response(1),
        response(3),
        data(3, 0, b"body"),
        window_update(1, 5),
        data(1, END_STREAM, b""),
        headers(3, END_STREAM, &[("grpc-status", "0")]),
        headers(5, 0, &[("no", "status")]),
        goaway(5, 0),
        ping(b"12345678"),
        goaway(7, 0),
    ];
    match role {
        Role::Server => [PREFACE.as_slice(), &requests.concat()].concat(),
        Role::Client => responses.concat(),
    }
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Server), Just(Role::Client)]
}

/// A frame that makes sense, or almost.
fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let id = prop_oneof![8 => 0_u32..10, 1 => any::<u32>()];
    let fields = prop_oneof![
        4 => Just(literals(&POST)),
        2 => Just(literals(&[(":status", "200")])),
        2 => Just(literals(&[("a", "b")])),
        1 => Just(indexed_literal("a", "b")),
        1 => Just(vec![0x80 | 62]),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ];
    let flags = prop_oneof![
        4 => Just(0),
        4 => Just(END_HEADERS),
        4 => Just(END_HEADERS | END_STREAM),
        2 => Just(PADDED),
        1 => any::<u8>(),
    ];
    let number = prop_oneof![0_u32..20, any::<u32>()];
    let bytes = || prop::collection::vec(any::<u8>(), 0..30);
    prop_oneof![
        6 => (flags.clone(), id.clone(), fields.clone())
            .prop_map(|(flags, id, block)| frame(HEADERS, flags, id, &block)),
        2 => (flags.clone(), id.clone(), fields)
            .prop_map(|(flags, id, block)| frame(CONTINUATION, flags, id, &block)),
        4 => (flags.clone(), id.clone(), bytes())
            .prop_map(|(flags, id, bytes)| frame(DATA, flags, id, &bytes)),
        2 => (id.clone(), number.clone()).prop_map(|(id, by)| window_update(id, by)),
        2 => (id.clone(), number.clone()).prop_map(|(id, reason)| rst_stream(id, reason)),
        1 => (1_u16..7, number.clone()).prop_map(|(id, value)| settings(&[(id, value)])),
        1 => (number.clone(), number).prop_map(|(last, reason)| goaway(last, reason)),
        1 => Just(ping(b"12345678")),
        1 => (any::<u8>(), flags, id, bytes())
            .prop_map(|(kind, flags, id, bytes)| frame(kind, flags, id, &bytes)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(200)
    })]

    #[test]
    fn what_was_recorded_comes_out_the_same_however_it_is_cut(
        role in role(),
        cuts in prop::collection::vec(prop_oneof![1_usize..12, 1_usize..20_000], 1..20),
    ) {
        let bytes = recorded(role);
        prop_assert_eq!(log_of(role, &bytes, &cuts), log_of(role, &bytes, &[bytes.len()]));
    }

    #[test]
    fn any_frames_come_out_the_same_however_they_are_cut(
        role in role(),
        frames in prop::collection::vec(any_frame(), 1..30),
        cuts in prop::collection::vec(1_usize..50, 1..20),
    ) {
        let start = if role == Role::Server { PREFACE.as_slice() } else { b"" };
        let bytes = [start, &settings(&[]), &frames.concat()].concat();
        prop_assert_eq!(log_of(role, &bytes, &cuts), log_of(role, &bytes, &[bytes.len()]));
    }

    #[test]
    fn any_bytes_are_taken_without_a_panic(
        role in role(),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        cuts in prop::collection::vec(1_usize..50, 1..20),
    ) {
        let start = if role == Role::Server { PREFACE.as_slice() } else { b"" };
        let bytes = [start, &settings(&[]), &bytes].concat();
        prop_assert_eq!(log_of(role, &bytes, &cuts), log_of(role, &bytes, &[bytes.len()]));
    }
}

#[test]
fn the_recorded_bytes_are_worth_cutting() {
    let log = |role| {
        let bytes = recorded(role);
        log_of(role, &bytes, &[bytes.len()])
    };
    expect![[r#"
        head 1: POST / a=entry
        data 1: "body"
        head 3: POST / a=entry, end
        data 1: 16384 bytes
        trailers 1: grpc-status=0
        reset 3: CANCEL, by the peer
        head 7: POST /
        goaway NO_ERROR
        error PROTOCOL_ERROR: DATA on an idle stream
        > SETTINGS 4=524288 6=400 3=3
        > WINDOW_UPDATE 0: 4128769
        > SETTINGS ack
        > PING ack "12345678"
        > RST_STREAM 5: PROTOCOL_ERROR
        > GOAWAY last 7: PROTOCOL_ERROR
    "#]]
    .assert_eq(&log(Role::Server));
    expect![[r#"
        head 1: :status=200
        head 3: :status=200
        data 3: "body"
        data 1: "", end
        trailers 3: grpc-status=0
        reset 5: PROTOCOL_ERROR, a response without exactly one status
        goaway NO_ERROR
        reset 7: REFUSED_STREAM, not processed
        error PROTOCOL_ERROR: GOAWAY with a higher stream than before
        > preface
        > SETTINGS 4=524288 6=400 2=0
        > WINDOW_UPDATE 0: 4128769
        > HEADERS 1: POST /
        > HEADERS 3: POST /
        > HEADERS 5: POST /
        > HEADERS 7: POST /
        > SETTINGS ack
        > RST_STREAM 5: PROTOCOL_ERROR
        > PING ack "12345678"
        > GOAWAY last 0: PROTOCOL_ERROR
    "#]]
    .assert_eq(&log(Role::Client));
}
