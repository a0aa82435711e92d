//! Frames: their lengths, flags, padding, and kinds (RFC 9113, sections 4, 5.5 and 6).

use expect_test::expect;
use traitwire_engine::Config;

use crate::kit::*;

#[test]
fn a_frame_as_long_as_the_limit_is_taken() {
    check_server(
        &[request(1), data(1, 0, &[b'a'; 16_384])],
        expect![[r#"
            head 1: POST /
            data 1: 16384 bytes
        "#]],
    );
}

#[test]
fn a_frame_above_the_limit_is_refused_before_its_payload_comes() {
    let too_long = |kind, id| frame(kind, 0, id, &[0; 16_385])[..9].to_vec();
    check_each(
        Endpoint::server_with_request,
        [
            ("DATA", too_long(DATA, 1)),
            ("HEADERS", too_long(HEADERS, 3)),
            ("SETTINGS", too_long(SETTINGS, 0)),
            ("PING", too_long(PING, 0)),
            ("unknown", too_long(0xbb, 0)),
        ],
        expect![[r#"
            DATA: error FRAME_SIZE_ERROR: a frame is longer than SETTINGS_MAX_FRAME_SIZE | > GOAWAY last 1: FRAME_SIZE_ERROR
            HEADERS: error FRAME_SIZE_ERROR: a frame is longer than SETTINGS_MAX_FRAME_SIZE | > GOAWAY last 1: FRAME_SIZE_ERROR
            SETTINGS: error FRAME_SIZE_ERROR: a frame is longer than SETTINGS_MAX_FRAME_SIZE | > GOAWAY last 1: FRAME_SIZE_ERROR
            PING: error FRAME_SIZE_ERROR: a frame is longer than SETTINGS_MAX_FRAME_SIZE | > GOAWAY last 1: FRAME_SIZE_ERROR
            unknown: error FRAME_SIZE_ERROR: a frame is longer than SETTINGS_MAX_FRAME_SIZE | > GOAWAY last 1: FRAME_SIZE_ERROR
        "#]],
    );
}

#[test]
fn a_larger_limit_is_kept_too() {
    let mut config = Config::default();
    config.max_frame_size = 20_000;
    let mut server = Endpoint::server_with(config, &[]);
    server.gets(&[request(1), data(1, 0, &[b'a'; 20_000])]);
    server.check(expect![[r#"
        head 1: POST /
        data 1: 20000 bytes
    "#]]);
    server.gets(&[data(1, 0, &[b'a'; 20_001])]);
    server.check(expect![[r#"
        error FRAME_SIZE_ERROR: a frame is longer than SETTINGS_MAX_FRAME_SIZE
        > GOAWAY last 1: FRAME_SIZE_ERROR
    "#]]);
}

#[test]
fn frames_with_a_length_that_they_cannot_have() {
    check_each(
        Endpoint::server_with_request,
        [
            ("RST_STREAM of 3", frame(RST_STREAM, 0, 1, &[0; 3])),
            ("RST_STREAM of 5", frame(RST_STREAM, 0, 1, &[0; 5])),
            ("SETTINGS of 5", frame(SETTINGS, 0, 0, &[0; 5])),
            ("SETTINGS of 7", frame(SETTINGS, 0, 0, &[0; 7])),
            ("SETTINGS ack of 6", frame(SETTINGS, ACK, 0, &[0; 6])),
            ("PING of 7", frame(PING, 0, 0, &[0; 7])),
            ("PING of 9", frame(PING, 0, 0, &[0; 9])),
            ("PING ack of 0", frame(PING, ACK, 0, &[])),
            ("GOAWAY of 7", frame(GOAWAY, 0, 0, &[0; 7])),
            ("WINDOW_UPDATE of 3", frame(WINDOW_UPDATE, 0, 0, &[0; 3])),
            ("WINDOW_UPDATE of 5", frame(WINDOW_UPDATE, 0, 1, &[0; 5])),
            ("PRIORITY of 4, open", frame(PRIORITY, 0, 1, &[0; 4])),
            ("PRIORITY of 6, idle", frame(PRIORITY, 0, 3, &[0; 6])),
            (
                "HEADERS without all of its priority",
                frame(HEADERS, END_HEADERS | WITH_PRIORITY, 3, &[0; 4]),
            ),
        ],
        expect![[r#"
            RST_STREAM of 3: error FRAME_SIZE_ERROR: RST_STREAM that isn't 4 long | > GOAWAY last 1: FRAME_SIZE_ERROR
            RST_STREAM of 5: error FRAME_SIZE_ERROR: RST_STREAM that isn't 4 long | > GOAWAY last 1: FRAME_SIZE_ERROR
            SETTINGS of 5: error FRAME_SIZE_ERROR: SETTINGS whose length is no multiple of 6 | > GOAWAY last 1: FRAME_SIZE_ERROR
            SETTINGS of 7: error FRAME_SIZE_ERROR: SETTINGS whose length is no multiple of 6 | > GOAWAY last 1: FRAME_SIZE_ERROR
            SETTINGS ack of 6: error FRAME_SIZE_ERROR: an acknowledgement of SETTINGS with a payload | > GOAWAY last 1: FRAME_SIZE_ERROR
            PING of 7: error FRAME_SIZE_ERROR: PING that isn't 8 long | > GOAWAY last 1: FRAME_SIZE_ERROR
            PING of 9: error FRAME_SIZE_ERROR: PING that isn't 8 long | > GOAWAY last 1: FRAME_SIZE_ERROR
            PING ack of 0: error FRAME_SIZE_ERROR: PING that isn't 8 long | > GOAWAY last 1: FRAME_SIZE_ERROR
            GOAWAY of 7: error FRAME_SIZE_ERROR: GOAWAY that isn't 8 long | > GOAWAY last 1: FRAME_SIZE_ERROR
            WINDOW_UPDATE of 3: error FRAME_SIZE_ERROR: WINDOW_UPDATE that isn't 4 long | > GOAWAY last 1: FRAME_SIZE_ERROR
            WINDOW_UPDATE of 5: error FRAME_SIZE_ERROR: WINDOW_UPDATE that isn't 4 long | > GOAWAY last 1: FRAME_SIZE_ERROR
            PRIORITY of 4, open: reset 1: FRAME_SIZE_ERROR, PRIORITY that isn't 5 long | > RST_STREAM 1: FRAME_SIZE_ERROR
            PRIORITY of 6, idle: error FRAME_SIZE_ERROR: PRIORITY that isn't 5 long | > GOAWAY last 1: FRAME_SIZE_ERROR
            HEADERS without all of its priority: error FRAME_SIZE_ERROR: HEADERS too short for their priority | > GOAWAY last 1: FRAME_SIZE_ERROR
        "#]],
    );
}

#[test]
fn a_priority_of_a_wrong_length_resets_a_closed_stream_too() {
    check_server(
        &[
            request(1),
            rst_stream(1, CANCEL),
            frame(PRIORITY, 0, 1, &[0; 6]),
            ping(b"goes on."),
        ],
        expect![[r#"
            head 1: POST /
            reset 1: CANCEL, by the peer
            > RST_STREAM 1: FRAME_SIZE_ERROR
            > PING ack "goes on."
        "#]],
    );
}

#[test]
fn frames_of_a_stream_have_one_and_those_of_the_connection_have_none() {
    check_each(
        Endpoint::server_with_request,
        [
            ("DATA", data(0, 0, b"a")),
            ("HEADERS", headers(0, 0, &POST)),
            ("PRIORITY", frame(PRIORITY, 0, 0, &[0; 5])),
            ("RST_STREAM", rst_stream(0, CANCEL)),
            ("CONTINUATION", frame(CONTINUATION, END_HEADERS, 0, b"")),
            ("SETTINGS", frame(SETTINGS, 0, 1, b"")),
            ("PING", frame(PING, 0, 1, &[0; 8])),
            ("GOAWAY", frame(GOAWAY, 0, 1, &[0; 8])),
        ],
        expect![[r#"
            DATA: error PROTOCOL_ERROR: DATA on stream 0 | > GOAWAY last 1: PROTOCOL_ERROR
            HEADERS: error PROTOCOL_ERROR: HEADERS on stream 0 | > GOAWAY last 1: PROTOCOL_ERROR
            PRIORITY: error PROTOCOL_ERROR: PRIORITY on stream 0 | > GOAWAY last 1: PROTOCOL_ERROR
            RST_STREAM: error PROTOCOL_ERROR: RST_STREAM on stream 0 | > GOAWAY last 1: PROTOCOL_ERROR
            CONTINUATION: error PROTOCOL_ERROR: CONTINUATION without a header block to continue | > GOAWAY last 1: PROTOCOL_ERROR
            SETTINGS: error PROTOCOL_ERROR: SETTINGS on a stream | > GOAWAY last 1: PROTOCOL_ERROR
            PING: error PROTOCOL_ERROR: PING on a stream | > GOAWAY last 1: PROTOCOL_ERROR
            GOAWAY: error PROTOCOL_ERROR: GOAWAY on a stream | > GOAWAY last 1: PROTOCOL_ERROR
        "#]],
    );
}

#[test]
fn the_reserved_bit_is_ignored() {
    let reserved = 1 << 31;
    check_server(
        &[
            headers(reserved | 1, 0, &POST),
            data(reserved | 1, END_STREAM, b"body"),
            frame(PING, 0, reserved, b"12345678"),
            window_update(1, reserved | 5),
            goaway(reserved | 7, 0),
        ],
        expect![[r#"
            head 1: POST /
            data 1: "body", end
            goaway NO_ERROR
            > PING ack "12345678"
        "#]],
    );
}

#[test]
fn unknown_kinds_are_ignored_on_any_stream_and_of_any_length() {
    check_server(
        &[
            frame(0xbb, 0xff, 0, b"whatever"),
            frame(0x10, 0, 7, b""),
            request(1),
            frame(0xff, 0xff, 1, &[7; 16_384]),
            data(1, END_STREAM, b"a"),
            frame(0x0a, 0, 1, b"altsvc"),
        ],
        expect![[r#"
            head 1: POST /
            data 1: "a", end
        "#]],
    );
}

#[test]
fn unknown_flags_are_ignored() {
    check_server(
        &[
            headers(1, !(END_STREAM | PADDED | WITH_PRIORITY), &POST),
            data(1, !(END_STREAM | PADDED), b"a"),
            frame(SETTINGS, 0xfe, 0, b""),
            frame(PING, 0xfe, 0, b"12345678"),
            frame(WINDOW_UPDATE, 0xff, 1, &[0, 0, 0, 1]),
            frame(PRIORITY, 0xff, 1, &[0; 5]),
            frame(RST_STREAM, 0xff, 1, &[0, 0, 0, 8]),
            frame(GOAWAY, 0xff, 0, &[0; 8]),
        ],
        expect![[r#"
            head 1: POST /
            data 1: "a"
            reset 1: CANCEL, by the peer
            goaway NO_ERROR
            > SETTINGS ack
            > PING ack "12345678"
        "#]],
    );
}

#[test]
fn priority_is_ignored_in_every_state() {
    let priority = |id| frame(PRIORITY, 0, id, &[0x80, 0, 0, 9, 200]);
    check_server(
        &[
            priority(1),
            priority(2),
            request(1),
            priority(1),
            data(1, END_STREAM, b""),
            priority(1),
            rst_stream(1, CANCEL),
            priority(1),
        ],
        expect![[r#"
            head 1: POST /
            data 1: "", end
            reset 1: CANCEL, by the peer
        "#]],
    );
}

#[test]
fn a_stream_does_not_depend_on_itself() {
    let block = [&[0, 0, 0, 3, 16], literals(&POST).as_slice()].concat();
    check_each(
        Endpoint::server_with_request,
        [
            ("PRIORITY", frame(PRIORITY, 0, 1, &[0, 0, 0, 1, 16])),
            (
                "HEADERS",
                frame(HEADERS, END_HEADERS | WITH_PRIORITY, 3, &block),
            ),
            (
                "HEADERS, on another one",
                frame(HEADERS, END_HEADERS | WITH_PRIORITY, 5, &block),
            ),
        ],
        expect![[r#"
            PRIORITY: error PROTOCOL_ERROR: a stream that depends on itself | > GOAWAY last 1: PROTOCOL_ERROR
            HEADERS: error PROTOCOL_ERROR: a stream that depends on itself | > GOAWAY last 1: PROTOCOL_ERROR
            HEADERS, on another one: head 5: POST /
        "#]],
    );
}

#[test]
fn padding_is_taken_away() {
    let block = literals(&POST);
    let padded = [&[4], block.as_slice(), &[0; 4]].concat();
    let with_priority = [&[4, 0, 0, 0, 0, 16], block.as_slice(), &[0; 4]].concat();
    check_server(
        &[
            frame(HEADERS, END_HEADERS | PADDED, 1, &padded),
            frame(
                HEADERS,
                END_HEADERS | PADDED | WITH_PRIORITY,
                3,
                &with_priority,
            ),
            data(1, PADDED, b"\x03body\0\0\0"),
            data(1, PADDED, b"\x00body"),
            data(1, PADDED, b"\x03\0\0\0"),
            data(1, PADDED, b"\x00"),
            data(1, PADDED | END_STREAM, b"\x03\0\0\0"),
        ],
        expect![[r#"
            head 1: POST /
            head 3: POST /
            data 1: "body"
            data 1: "body"
            data 1: ""
            data 1: ""
            data 1: "", end
        "#]],
    );
}

#[test]
fn padding_is_not_longer_than_the_rest() {
    let all_padding = [&[200], literals(&POST).as_slice()].concat();
    check_each(
        Endpoint::server_with_request,
        [
            ("DATA", data(1, PADDED, b"\x05body")),
            ("DATA, of nothing", data(1, PADDED, b"")),
            (
                "HEADERS",
                frame(HEADERS, END_HEADERS | PADDED, 3, &all_padding),
            ),
            (
                "HEADERS, of nothing",
                frame(HEADERS, END_HEADERS | PADDED, 3, b""),
            ),
        ],
        expect![[r#"
            DATA: error PROTOCOL_ERROR: DATA with more padding than payload | > GOAWAY last 1: PROTOCOL_ERROR
            DATA, of nothing: error PROTOCOL_ERROR: DATA with more padding than payload | > GOAWAY last 1: PROTOCOL_ERROR
            HEADERS: error PROTOCOL_ERROR: HEADERS with more padding than payload | > GOAWAY last 1: PROTOCOL_ERROR
            HEADERS, of nothing: error PROTOCOL_ERROR: HEADERS with more padding than payload | > GOAWAY last 1: PROTOCOL_ERROR
        "#]],
    );
}

#[test]
fn push_is_refused_in_both_directions() {
    let promise = [&[0, 0, 0, 2], literals(&POST).as_slice()].concat();
    let push = frame(PUSH_PROMISE, END_HEADERS, 1, &promise);
    check_server(
        &[request(1), push.clone()],
        expect![[r#"
            head 1: POST /
            error PROTOCOL_ERROR: a client sent PUSH_PROMISE
            > GOAWAY last 1: PROTOCOL_ERROR
        "#]],
    );
    check_client(
        1,
        &[push],
        expect![[r#"
            error PROTOCOL_ERROR: PUSH_PROMISE, which SETTINGS_ENABLE_PUSH forbids
            > GOAWAY last 0: PROTOCOL_ERROR
        "#]],
    );
}

#[test]
fn a_ping_is_answered_and_an_answer_is_not() {
    check_server(
        &[ping(b"12345678"), frame(PING, ACK, 0, b"abcdefgh")],
        expect![[r#"
            pong "abcdefgh"
            > PING ack "12345678"
        "#]],
    );
}

#[test]
fn a_ping_of_ours_leaves_at_once() {
    let mut client = Endpoint::client_with(0);
    client.connection.ping(*b"12345678");
    client.check(expect![[r#"
        > PING "12345678"
    "#]]);
}
