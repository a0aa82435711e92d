//! Stream identifiers and states (RFC 9113, section 5.1).

use expect_test::expect;
use traitwire_engine::{End, Reason};

use crate::kit::*;

/// A frame of each kind that is about a stream.
fn each_kind(id: u32) -> [(&'static str, Vec<u8>); 8] {
    [
        ("DATA", data(id, 0, b"body")),
        ("HEADERS", headers(id, 0, &POST)),
        ("trailers", headers(id, END_STREAM, &[("a", "b")])),
        ("PRIORITY", frame(PRIORITY, 0, id, &[0; 5])),
        ("RST_STREAM", rst_stream(id, CANCEL)),
        ("WINDOW_UPDATE", window_update(id, 1)),
        ("CONTINUATION", frame(CONTINUATION, END_HEADERS, id, b"")),
        ("unknown", frame(0xbb, 0, id, b"")),
    ]
}

#[test]
fn frames_on_an_idle_stream() {
    check_each(
        Endpoint::server,
        each_kind(1),
        expect![[r#"
            DATA: error PROTOCOL_ERROR: DATA on an idle stream | > GOAWAY last 0: PROTOCOL_ERROR
            HEADERS: head 1: POST /
            trailers: > RST_STREAM 1: PROTOCOL_ERROR
            PRIORITY: nothing
            RST_STREAM: error PROTOCOL_ERROR: RST_STREAM on an idle stream | > GOAWAY last 0: PROTOCOL_ERROR
            WINDOW_UPDATE: error PROTOCOL_ERROR: WINDOW_UPDATE on an idle stream | > GOAWAY last 0: PROTOCOL_ERROR
            CONTINUATION: error PROTOCOL_ERROR: CONTINUATION without a header block to continue | > GOAWAY last 0: PROTOCOL_ERROR
            unknown: nothing
        "#]],
    );
    check_each(
        || Endpoint::client_with(1),
        each_kind(3),
        expect![[r#"
            DATA: error PROTOCOL_ERROR: DATA on an idle stream | > GOAWAY last 0: PROTOCOL_ERROR
            HEADERS: error PROTOCOL_ERROR: HEADERS on a stream that was never opened | > GOAWAY last 0: PROTOCOL_ERROR
            trailers: error PROTOCOL_ERROR: HEADERS on a stream that was never opened | > GOAWAY last 0: PROTOCOL_ERROR
            PRIORITY: nothing
            RST_STREAM: error PROTOCOL_ERROR: RST_STREAM on an idle stream | > GOAWAY last 0: PROTOCOL_ERROR
            WINDOW_UPDATE: error PROTOCOL_ERROR: WINDOW_UPDATE on an idle stream | > GOAWAY last 0: PROTOCOL_ERROR
            CONTINUATION: error PROTOCOL_ERROR: CONTINUATION without a header block to continue | > GOAWAY last 0: PROTOCOL_ERROR
            unknown: nothing
        "#]],
    );
}

#[test]
fn frames_on_an_idle_stream_that_the_peer_cannot_open() {
    check_each(
        Endpoint::server,
        each_kind(2),
        expect![[r#"
            DATA: error PROTOCOL_ERROR: DATA on an idle stream | > GOAWAY last 0: PROTOCOL_ERROR
            HEADERS: error PROTOCOL_ERROR: HEADERS on a stream that was never opened | > GOAWAY last 0: PROTOCOL_ERROR
            trailers: error PROTOCOL_ERROR: HEADERS on a stream that was never opened | > GOAWAY last 0: PROTOCOL_ERROR
            PRIORITY: nothing
            RST_STREAM: error PROTOCOL_ERROR: RST_STREAM on an idle stream | > GOAWAY last 0: PROTOCOL_ERROR
            WINDOW_UPDATE: error PROTOCOL_ERROR: WINDOW_UPDATE on an idle stream | > GOAWAY last 0: PROTOCOL_ERROR
            CONTINUATION: error PROTOCOL_ERROR: CONTINUATION without a header block to continue | > GOAWAY last 0: PROTOCOL_ERROR
            unknown: nothing
        "#]],
    );
    check_each(
        || Endpoint::client_with(1),
        each_kind(2),
        expect![[r#"
            DATA: error PROTOCOL_ERROR: DATA on an idle stream | > GOAWAY last 0: PROTOCOL_ERROR
            HEADERS: error PROTOCOL_ERROR: HEADERS on a stream that only a push could open | > GOAWAY last 0: PROTOCOL_ERROR
            trailers: error PROTOCOL_ERROR: HEADERS on a stream that only a push could open | > GOAWAY last 0: PROTOCOL_ERROR
            PRIORITY: nothing
            RST_STREAM: error PROTOCOL_ERROR: RST_STREAM on an idle stream | > GOAWAY last 0: PROTOCOL_ERROR
            WINDOW_UPDATE: error PROTOCOL_ERROR: WINDOW_UPDATE on an idle stream | > GOAWAY last 0: PROTOCOL_ERROR
            CONTINUATION: error PROTOCOL_ERROR: CONTINUATION without a header block to continue | > GOAWAY last 0: PROTOCOL_ERROR
            unknown: nothing
        "#]],
    );
}

#[test]
fn frames_on_an_open_stream() {
    check_each(
        Endpoint::server_with_request,
        each_kind(1),
        expect![[r#"
            DATA: data 1: "body"
            HEADERS: reset 1: PROTOCOL_ERROR, a pseudo-header field in trailers | > RST_STREAM 1: PROTOCOL_ERROR
            trailers: trailers 1: a=b
            PRIORITY: nothing
            RST_STREAM: reset 1: CANCEL, by the peer
            WINDOW_UPDATE: nothing
            CONTINUATION: error PROTOCOL_ERROR: CONTINUATION without a header block to continue | > GOAWAY last 1: PROTOCOL_ERROR
            unknown: nothing
        "#]],
    );
}

#[test]
fn frames_on_a_stream_that_the_peer_ended() {
    let start = || {
        let mut server = Endpoint::server();
        server.gets(&[whole_request(1)]);
        server.take_log();
        server
    };
    check_each(
        start,
        each_kind(1),
        expect![[r#"
            DATA: reset 1: STREAM_CLOSED, DATA after the end of the stream | > RST_STREAM 1: STREAM_CLOSED
            HEADERS: reset 1: STREAM_CLOSED, HEADERS after the end of the stream | > RST_STREAM 1: STREAM_CLOSED
            trailers: reset 1: STREAM_CLOSED, HEADERS after the end of the stream | > RST_STREAM 1: STREAM_CLOSED
            PRIORITY: nothing
            RST_STREAM: reset 1: CANCEL, by the peer
            WINDOW_UPDATE: nothing
            CONTINUATION: error PROTOCOL_ERROR: CONTINUATION without a header block to continue | > GOAWAY last 1: PROTOCOL_ERROR
            unknown: nothing
        "#]],
    );
}

#[test]
fn frames_on_a_stream_that_the_server_ended() {
    let start = || {
        let mut client = Endpoint::client_with(1);
        client.gets(&[headers(1, END_STREAM, &[(":status", "200")])]);
        client.take_log();
        client
    };
    check_each(
        start,
        each_kind(1),
        expect![[r#"
            DATA: reset 1: STREAM_CLOSED, DATA after the end of the stream | > RST_STREAM 1: STREAM_CLOSED
            HEADERS: reset 1: STREAM_CLOSED, HEADERS after the end of the stream | > RST_STREAM 1: STREAM_CLOSED
            trailers: reset 1: STREAM_CLOSED, HEADERS after the end of the stream | > RST_STREAM 1: STREAM_CLOSED
            PRIORITY: nothing
            RST_STREAM: reset 1: CANCEL, by the peer
            WINDOW_UPDATE: nothing
            CONTINUATION: error PROTOCOL_ERROR: CONTINUATION without a header block to continue | > GOAWAY last 0: PROTOCOL_ERROR
            unknown: nothing
        "#]],
    );
}

#[test]
fn frames_on_a_stream_that_this_end_ended() {
    let start = || {
        let mut client = Endpoint::client_with(0);
        client.open(true);
        client.gets(&[response(1)]);
        client.take_log();
        client
    };
    check_each(
        start,
        each_kind(1),
        expect![[r#"
            DATA: data 1: "body"
            HEADERS: reset 1: PROTOCOL_ERROR, a pseudo-header field in trailers | > RST_STREAM 1: PROTOCOL_ERROR
            trailers: trailers 1: a=b
            PRIORITY: nothing
            RST_STREAM: reset 1: CANCEL, by the peer
            WINDOW_UPDATE: nothing
            CONTINUATION: error PROTOCOL_ERROR: CONTINUATION without a header block to continue | > GOAWAY last 0: PROTOCOL_ERROR
            unknown: nothing
        "#]],
    );
}

#[test]
fn frames_on_a_stream_that_both_ended() {
    let start = || {
        let mut server = Endpoint::server();
        server.gets(&[whole_request(1)]);
        server.answer(0, true);
        server.leaves();
        server.take_log();
        server
    };
    check_each(
        start,
        each_kind(1),
        expect![[r#"
            DATA: > RST_STREAM 1: STREAM_CLOSED
            HEADERS: error STREAM_CLOSED: HEADERS on a stream that is closed | > GOAWAY last 1: STREAM_CLOSED
            trailers: error STREAM_CLOSED: HEADERS on a stream that is closed | > GOAWAY last 1: STREAM_CLOSED
            PRIORITY: nothing
            RST_STREAM: nothing
            WINDOW_UPDATE: nothing
            CONTINUATION: error PROTOCOL_ERROR: CONTINUATION without a header block to continue | > GOAWAY last 1: PROTOCOL_ERROR
            unknown: nothing
        "#]],
    );
}

#[test]
fn frames_on_a_stream_of_a_client_that_both_ended() {
    let start = || {
        let mut client = Endpoint::client_with(0);
        client.open(true);
        client.gets(&[headers(1, END_STREAM, &[(":status", "200")])]);
        client.take_log();
        client
    };
    check_each(
        start,
        each_kind(1),
        expect![[r#"
            DATA: nothing
            HEADERS: nothing
            trailers: nothing
            PRIORITY: nothing
            RST_STREAM: nothing
            WINDOW_UPDATE: nothing
            CONTINUATION: error PROTOCOL_ERROR: CONTINUATION without a header block to continue | > GOAWAY last 0: PROTOCOL_ERROR
            unknown: nothing
        "#]],
    );
}

#[test]
fn frames_on_a_stream_that_the_peer_reset() {
    let start = || {
        let mut server = Endpoint::server_with_request();
        server.gets(&[rst_stream(1, CANCEL)]);
        server.take_log();
        server
    };
    check_each(
        start,
        each_kind(1),
        expect![[r#"
            DATA: > RST_STREAM 1: STREAM_CLOSED
            HEADERS: error STREAM_CLOSED: HEADERS on a stream that is closed | > GOAWAY last 1: STREAM_CLOSED
            trailers: error STREAM_CLOSED: HEADERS on a stream that is closed | > GOAWAY last 1: STREAM_CLOSED
            PRIORITY: nothing
            RST_STREAM: nothing
            WINDOW_UPDATE: nothing
            CONTINUATION: error PROTOCOL_ERROR: CONTINUATION without a header block to continue | > GOAWAY last 1: PROTOCOL_ERROR
            unknown: nothing
        "#]],
    );
}

#[test]
fn frames_on_a_stream_that_was_reset() {
    let start = || {
        let mut server = Endpoint::server_with_request();
        server.connection.reset(server.streams[0], Reason::CANCEL);
        server.leaves();
        server.take_log();
        server
    };
    check_each(
        start,
        each_kind(1),
        expect![[r#"
            DATA: nothing
            HEADERS: nothing
            trailers: nothing
            PRIORITY: nothing
            RST_STREAM: nothing
            WINDOW_UPDATE: nothing
            CONTINUATION: error PROTOCOL_ERROR: CONTINUATION without a header block to continue | > GOAWAY last 1: PROTOCOL_ERROR
            unknown: nothing
        "#]],
    );
}

#[test]
fn frames_on_a_stream_that_a_client_reset() {
    let start = || {
        let mut client = Endpoint::client_with(1);
        client.connection.reset(client.streams[0], Reason::CANCEL);
        client.leaves();
        client.take_log();
        client
    };
    check_each(
        start,
        each_kind(1),
        expect![[r#"
            DATA: nothing
            HEADERS: nothing
            trailers: nothing
            PRIORITY: nothing
            RST_STREAM: nothing
            WINDOW_UPDATE: nothing
            CONTINUATION: error PROTOCOL_ERROR: CONTINUATION without a header block to continue | > GOAWAY last 0: PROTOCOL_ERROR
            unknown: nothing
        "#]],
    );
}

#[test]
fn frames_on_a_stream_that_was_skipped() {
    let start = || {
        let mut server = Endpoint::server();
        server.gets(&[request(5)]);
        server.take_log();
        server
    };
    check_each(
        start,
        each_kind(3),
        expect![[r#"
            DATA: > RST_STREAM 3: STREAM_CLOSED
            HEADERS: error PROTOCOL_ERROR: HEADERS on a stream below those that were opened | > GOAWAY last 5: PROTOCOL_ERROR
            trailers: error PROTOCOL_ERROR: HEADERS on a stream below those that were opened | > GOAWAY last 5: PROTOCOL_ERROR
            PRIORITY: nothing
            RST_STREAM: nothing
            WINDOW_UPDATE: nothing
            CONTINUATION: error PROTOCOL_ERROR: CONTINUATION without a header block to continue | > GOAWAY last 5: PROTOCOL_ERROR
            unknown: nothing
        "#]],
    );
}

#[test]
fn identifiers_grow() {
    check_server(
        &[
            request(1),
            request(3),
            request(9),
            request(0x7fff_ffff),
            request(5),
        ],
        expect![[r#"
            head 1: POST /
            head 3: POST /
            head 9: POST /
            head 2147483647: POST /
            error PROTOCOL_ERROR: HEADERS on a stream below those that were opened
            > GOAWAY last 2147483647: PROTOCOL_ERROR
        "#]],
    );
}

#[test]
fn a_stream_is_not_opened_twice() {
    check_server(
        &[whole_request(1), rst_stream(1, CANCEL), whole_request(1)],
        expect![[r#"
            head 1: POST /, end
            reset 1: CANCEL, by the peer
            error STREAM_CLOSED: HEADERS on a stream that is closed
            > GOAWAY last 1: STREAM_CLOSED
        "#]],
    );
}

#[test]
fn a_client_counts_in_twos() {
    let mut client = Endpoint::client_with(0);
    client.open(true);
    client.open(true);
    client.check(expect![[r#"
        > HEADERS 1: POST /, end
        > HEADERS 3: POST /, end
    "#]]);
}

#[test]
fn data_is_not_the_start_of_a_response() {
    check_client(
        1,
        &[data(1, 0, b"body")],
        expect![[r#"
            reset 1: PROTOCOL_ERROR, DATA before the head of the response
            > RST_STREAM 1: PROTOCOL_ERROR
        "#]],
    );
}

#[test]
fn a_whole_exchange() {
    let mut server = Endpoint::server();
    server.gets(&[
        request(1),
        data(1, 0, b"question"),
        data(1, END_STREAM, b""),
    ]);
    server.answer(0, false);
    server.send(0, b"answer", End::Trailers(trailers_block()));
    server.check(expect![[r#"
        head 1: POST /
        data 1: "question"
        data 1: "", end
        > HEADERS 1: :status=200
        > DATA 1: "answer"
        > HEADERS 1: grpc-status=0, end
    "#]]);
    assert_eq!(server.connection.open_streams(), 0);

    let mut client = Endpoint::client_with(1);
    client.send(0, b"question", End::Stream);
    client.gets(&[
        response(1),
        data(1, 0, b"answer"),
        headers(1, END_STREAM, &[("grpc-status", "0")]),
    ]);
    client.check(expect![[r#"
        head 1: :status=200
        data 1: "answer"
        trailers 1: grpc-status=0
        > DATA 1: "question", end
    "#]]);
    assert_eq!(client.connection.open_streams(), 0);
}

#[test]
fn what_a_handler_does_too_late_or_too_early_does_nothing() {
    let mut server = Endpoint::server();
    server.gets(&[whole_request(1)]);
    server.take_log();
    server.send(0, b"before the head", End::Open);
    server.check(expect![[""]]);
    server.answer(0, false);
    server.answer(0, false);
    server.send(0, b"answer", End::Stream);
    server.send(0, b"after the end", End::Stream);
    server.connection.reset(server.streams[0], Reason::CANCEL);
    server.connection.release(server.streams[0], 7);
    server.check(expect![[r#"
        > HEADERS 1: :status=200
        > DATA 1: "answer", end
    "#]]);
}

#[test]
fn a_server_that_ends_early_wants_no_more() {
    let mut server = Endpoint::server_with_request();
    server.answer(0, false);
    server.send(0, b"no", End::Trailers(trailers_block()));
    server.check(expect![[r#"
        > HEADERS 1: :status=200
        > DATA 1: "no"
        > HEADERS 1: grpc-status=0, end
        > RST_STREAM 1: NO_ERROR
    "#]]);
    server.gets(&[
        data(1, 0, b"was on its way"),
        headers(1, END_STREAM, &[("a", "b")]),
        ping(b"goes on."),
    ]);
    server.check(expect![[r#"
        > PING ack "goes on."
    "#]]);
}

#[test]
fn a_client_goes_on_after_an_early_end_until_it_is_reset() {
    let mut client = Endpoint::client_with(1);
    client.gets(&[headers(1, END_STREAM, &[(":status", "200")])]);
    client.send(0, b"more", End::Open);
    client.check(expect![[r#"
        head 1: :status=200, end
        > DATA 1: "more"
    "#]]);
    client.gets(&[rst_stream(1, 0)]);
    client.send(0, b"more", End::Open);
    client.check(expect![[r#"
        reset 1: NO_ERROR, by the peer
    "#]]);
}

#[test]
fn a_reset_ends_a_stream_with_any_reason() {
    check_server(
        &[
            request(1),
            request(3),
            rst_stream(1, 0),
            rst_stream(3, 0xdead_beef),
            rst_stream(3, CANCEL),
        ],
        expect![[r#"
            head 1: POST /
            head 3: POST /
            reset 1: NO_ERROR, by the peer
            reset 3: error code 0xdeadbeef, by the peer
        "#]],
    );
}

#[test]
fn what_was_sent_before_a_reset_arrived_is_ignored_though_its_block_is_read() {
    let mut server = Endpoint::server_with_request();
    server.connection.reset(server.streams[0], Reason::CANCEL);
    let trailers = frame(
        HEADERS,
        END_HEADERS | END_STREAM,
        1,
        &indexed_literal("x-late", "entry"),
    );
    let next = [literals(&POST), vec![0x80 | 62]].concat();
    server.gets(&[
        data(1, 0, b"late"),
        trailers,
        window_update(1, 1),
        rst_stream(1, CANCEL),
        frame(HEADERS, END_HEADERS, 3, &next),
    ]);
    server.check(expect![[r#"
        head 3: POST / x-late=entry
        > RST_STREAM 1: CANCEL
    "#]]);
}
