//! SETTINGS (RFC 9113, section 6.5).

use expect_test::expect;
use traitwire_engine::hpack::Indexing;
use traitwire_engine::{Block, Config, End, Fields};

use crate::kit::*;

#[test]
fn values_are_within_their_limits() {
    let cases = |cases: &[(&'static str, u16, u32)]| {
        let cases = cases.iter();
        cases
            .map(|(name, id, value)| (*name, settings(&[(*id, *value)])))
            .collect::<Vec<_>>()
    };
    let common = cases(&[
        ("a table of nothing", HEADER_TABLE_SIZE, 0),
        ("a table of all", HEADER_TABLE_SIZE, u32::MAX),
        ("push 0", ENABLE_PUSH, 0),
        ("push 1", ENABLE_PUSH, 1),
        ("push 2", ENABLE_PUSH, 2),
        ("no streams", MAX_CONCURRENT_STREAMS, 0),
        ("all streams", MAX_CONCURRENT_STREAMS, u32::MAX),
        ("no window", INITIAL_WINDOW_SIZE, 0),
        ("the largest window", INITIAL_WINDOW_SIZE, 0x7fff_ffff),
        ("a larger window", INITIAL_WINDOW_SIZE, 0x8000_0000),
        ("the shortest frames", MAX_FRAME_SIZE, 16_384),
        ("shorter frames", MAX_FRAME_SIZE, 16_383),
        ("the longest frames", MAX_FRAME_SIZE, 16_777_215),
        ("longer frames", MAX_FRAME_SIZE, 16_777_216),
        ("no fields", MAX_HEADER_LIST_SIZE, 0),
        ("unknown", 0xfff0, u32::MAX),
        ("0", 0, 7),
    ]);
    check_each(
        Endpoint::server,
        common.clone(),
        expect![[r#"
            a table of nothing: > SETTINGS ack
            a table of all: > SETTINGS ack
            push 0: > SETTINGS ack
            push 1: > SETTINGS ack
            push 2: error PROTOCOL_ERROR: SETTINGS_ENABLE_PUSH is neither 0 nor 1 | > GOAWAY last 0: PROTOCOL_ERROR
            no streams: > SETTINGS ack
            all streams: > SETTINGS ack
            no window: > SETTINGS ack
            the largest window: > SETTINGS ack
            a larger window: error FLOW_CONTROL_ERROR: SETTINGS_INITIAL_WINDOW_SIZE is above 2^31-1 | > GOAWAY last 0: FLOW_CONTROL_ERROR
            the shortest frames: > SETTINGS ack
            shorter frames: error PROTOCOL_ERROR: SETTINGS_MAX_FRAME_SIZE is not within 16384 and 16777215 | > GOAWAY last 0: PROTOCOL_ERROR
            the longest frames: > SETTINGS ack
            longer frames: error PROTOCOL_ERROR: SETTINGS_MAX_FRAME_SIZE is not within 16384 and 16777215 | > GOAWAY last 0: PROTOCOL_ERROR
            no fields: > SETTINGS ack
            unknown: > SETTINGS ack
            0: > SETTINGS ack
        "#]],
    );
    check_each(
        || Endpoint::client_with(0),
        common,
        expect![[r#"
            a table of nothing: > SETTINGS ack
            a table of all: > SETTINGS ack
            push 0: > SETTINGS ack
            push 1: error PROTOCOL_ERROR: a server set SETTINGS_ENABLE_PUSH to 1 | > GOAWAY last 0: PROTOCOL_ERROR
            push 2: error PROTOCOL_ERROR: SETTINGS_ENABLE_PUSH is neither 0 nor 1 | > GOAWAY last 0: PROTOCOL_ERROR
            no streams: > SETTINGS ack
            all streams: > SETTINGS ack
            no window: > SETTINGS ack
            the largest window: > SETTINGS ack
            a larger window: error FLOW_CONTROL_ERROR: SETTINGS_INITIAL_WINDOW_SIZE is above 2^31-1 | > GOAWAY last 0: FLOW_CONTROL_ERROR
            the shortest frames: > SETTINGS ack
            shorter frames: error PROTOCOL_ERROR: SETTINGS_MAX_FRAME_SIZE is not within 16384 and 16777215 | > GOAWAY last 0: PROTOCOL_ERROR
            the longest frames: > SETTINGS ack
            longer frames: error PROTOCOL_ERROR: SETTINGS_MAX_FRAME_SIZE is not within 16384 and 16777215 | > GOAWAY last 0: PROTOCOL_ERROR
            no fields: > SETTINGS ack
            unknown: > SETTINGS ack
            0: > SETTINGS ack
        "#]],
    );
}

#[test]
fn an_acknowledgement_changes_nothing() {
    check_server(&[settings_ack(), settings_ack()], expect![[""]]);
}

#[test]
fn limits_that_the_peer_sets_are_there_to_see() {
    let mut client = Endpoint::client_with(0);
    assert_eq!(client.connection.peer_max_concurrent_streams(), u32::MAX);
    assert_eq!(client.connection.peer_max_header_list_size(), u32::MAX);
    client.gets(&[settings(&[
        (MAX_CONCURRENT_STREAMS, 7),
        (MAX_HEADER_LIST_SIZE, 8),
        (MAX_CONCURRENT_STREAMS, 9),
    ])]);
    assert_eq!(client.connection.peer_max_concurrent_streams(), 9);
    assert_eq!(client.connection.peer_max_header_list_size(), 8);
    client.gets(&[settings(&[])]);
    assert_eq!(client.connection.peer_max_concurrent_streams(), 9);
}

#[test]
fn a_client_opens_as_many_streams_as_the_server_takes() {
    let mut client = Endpoint::client(Config::default(), &[(MAX_CONCURRENT_STREAMS, 2)]);
    assert!(client.open(true).is_some());
    assert!(client.open(true).is_some());
    assert!(!client.connection.can_open() && client.open(true).is_none());
    assert!(client.connection.takes_streams());
    client.check(expect![[r#"
        > HEADERS 1: POST /, end
        > HEADERS 3: POST /, end
    "#]]);
    client.gets(&[headers(1, END_STREAM, &[(":status", "200")])]);
    assert!(client.connection.can_open() && client.open(true).is_some());
    client.gets(&[settings(&[(MAX_CONCURRENT_STREAMS, 1)])]);
    assert!(!client.connection.can_open());
    client.check(expect![[r#"
        head 1: :status=200, end
        > HEADERS 5: POST /, end
        > SETTINGS ack
    "#]]);
}

#[test]
fn a_server_refuses_streams_above_its_limit() {
    let mut config = Config::default();
    config.max_concurrent_streams = 2;
    let mut server = Endpoint::server_with(config, &[]);
    server.gets(&[
        whole_request(1),
        whole_request(3),
        request(5),
        data(5, END_STREAM, b"ignored"),
        rst_stream(1, CANCEL),
        whole_request(7),
    ]);
    server.check(expect![[r#"
        head 1: POST /, end
        head 3: POST /, end
        reset 1: CANCEL, by the peer
        head 7: POST /, end
        > RST_STREAM 5: REFUSED_STREAM
    "#]]);
}

#[test]
fn the_longest_frame_that_the_peer_takes_is_what_is_sent() {
    let mut server = Endpoint::server_with(
        Config::default(),
        &[(MAX_FRAME_SIZE, 20_000), (INITIAL_WINDOW_SIZE, 1 << 20)],
    );
    server.gets(&[whole_request(1)]);
    server.answer(0, false);
    server.send(0, &[b'a'; 45_000], End::Open);
    server.check(expect![[r#"
        head 1: POST /, end
        > HEADERS 1: :status=200
        > DATA 1: 20000 bytes
        > DATA 1: 20000 bytes
        > DATA 1: 5000 bytes
    "#]]);
    server.gets(&[settings(&[(MAX_FRAME_SIZE, 16_384)])]);
    server.send(0, &[b'a'; 16_385], End::Stream);
    server.check(expect![[r#"
        > SETTINGS ack
        > DATA 1: 16384 bytes
        > DATA 1: "a", end
    "#]]);
}

#[test]
fn a_long_block_is_sent_in_pieces() {
    let mut client = Endpoint::client_with(0);
    let long = "x".repeat(25_000);
    let fields = [&POST[..], &[("long", &long)]].concat();
    client.connection.open(&block(&fields), true);
    client.check(expect![[r#"
        > HEADERS 1: 16384 bytes, to be continued, end
        > CONTINUATION 1: POST / long=25000 bytes
    "#]]);
    let long = "x".repeat(50_000);
    let fields = [&POST[..], &[("long", &long)]].concat();
    client.connection.open(&block(&fields), false);
    client.check(expect![[r#"
        > HEADERS 3: 16384 bytes, to be continued
        > CONTINUATION 3: 16384 bytes, to be continued
        > CONTINUATION 3: 16384 bytes, to be continued
        > CONTINUATION 3: POST / long=50000 bytes
    "#]]);
}

/// A block whose fields go into the peer's table.
fn indexed(value: &str) -> Block {
    let mut fields = Fields::new();
    for (name, value) in POST {
        fields.push(name.as_bytes(), value.as_bytes(), Indexing::Auto);
    }
    fields.push(b"x-name", value.as_bytes(), Indexing::Auto);
    Block::Fields(fields)
}

/// The header block that an end sends next.
fn next_block(end: &mut Endpoint, block: &Block) -> Vec<u8> {
    end.connection.open(block, true).expect("streams are taken");
    let output = end.connection.output();
    let bytes = output.chunk().to_vec();
    end.leaves();
    bytes[9..].to_vec()
}

#[test]
fn the_table_follows_the_peers_limit() {
    let mut client = Endpoint::client_with(0);
    let first = next_block(&mut client, &indexed("value"));
    let again = next_block(&mut client, &indexed("value"));
    assert_eq!(first[0] & 0xe0, 0x80, "no size is said");
    assert_eq!(again.len(), 4, "all is in tables");
    client.take_log();

    client.gets(&[settings(&[(HEADER_TABLE_SIZE, 0)])]);
    let none = next_block(&mut client, &indexed("value"));
    assert_eq!(none[0], 0x20, "the size is 0 now");
    let none = next_block(&mut client, &indexed("value"));
    assert_ne!(none[0], 0x20, "which is said once");
    assert!(none.len() > 4, "there is no table");

    client.gets(&[settings(&[(HEADER_TABLE_SIZE, 1 << 20)])]);
    let more = next_block(&mut client, &indexed("value"));
    assert_eq!(more[..3], [0x3f, 0xe1, 0x1f], "4,096 are enough");
    client.check(expect![[r#"
        > SETTINGS ack
        > HEADERS 5: POST / x-name=value, end
        > HEADERS 7: POST / x-name=value, end
        > SETTINGS ack
        > HEADERS 9: POST / x-name=value, end
    "#]]);
}

#[test]
fn a_table_that_was_small_in_between_is_emptied() {
    let mut client = Endpoint::client_with(0);
    next_block(&mut client, &indexed("value"));
    client.gets(&[
        settings(&[(HEADER_TABLE_SIZE, 0)]),
        settings(&[(HEADER_TABLE_SIZE, 4096)]),
    ]);
    let block = next_block(&mut client, &indexed("value"));
    assert_eq!(block[..4], [0x20, 0x3f, 0xe1, 0x1f]);
    client.check(expect![[r#"
        > HEADERS 1: POST / x-name=value, end
        > SETTINGS ack
        > SETTINGS ack
        > HEADERS 3: POST / x-name=value, end
    "#]]);
}

#[test]
fn a_table_that_was_small_within_one_frame_is_emptied_too() {
    let mut client = Endpoint::client_with(0);
    next_block(&mut client, &indexed("value"));
    client.gets(&[settings(&[
        (HEADER_TABLE_SIZE, 0),
        (HEADER_TABLE_SIZE, 4096),
    ])]);
    let block = next_block(&mut client, &indexed("value"));
    assert_eq!(block[..4], [0x20, 0x3f, 0xe1, 0x1f]);
    client.check(expect![[r#"
        > HEADERS 1: POST / x-name=value, end
        > SETTINGS ack
        > HEADERS 3: POST / x-name=value, end
    "#]]);
}

#[test]
fn prepared_fields_are_encoded_anew_when_the_table_has_changed() {
    let mut client = Endpoint::client_with(0);
    let Block::Fields(fields) = indexed("value") else {
        unreachable!("fields were asked for");
    };
    let prepared = Block::Prepared(client.connection.prepare(fields.clone()));
    let mut more = Fields::new();
    more.push(b"x-more", b"1", Indexing::Without);
    for _ in 0..3 {
        next_block(&mut client, &prepared);
    }
    client.gets(&[settings(&[(HEADER_TABLE_SIZE, 0)])]);
    for _ in 0..3 {
        next_block(&mut client, &prepared);
    }
    let Block::Prepared(prepared) = prepared else {
        unreachable!("it was prepared");
    };
    next_block(&mut client, &Block::Both(prepared, more));
    client.check(expect![[r#"
        > HEADERS 1: POST / x-name=value, end
        > HEADERS 3: POST / x-name=value, end
        > HEADERS 5: POST / x-name=value, end
        > SETTINGS ack
        > HEADERS 7: POST / x-name=value, end
        > HEADERS 9: POST / x-name=value, end
        > HEADERS 11: POST / x-name=value, end
        > HEADERS 13: POST / x-name=value x-more=1, end
    "#]]);
}
