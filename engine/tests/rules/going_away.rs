//! GOAWAY and graceful shutdown (RFC 9113, section 6.8).

use expect_test::expect;
use traitwire_engine::{Config, PREFACE, Reason, Role};

use crate::kit::*;

#[test]
fn streams_that_the_server_will_not_answer_can_be_tried_elsewhere() {
    let mut client = Endpoint::client_with(3);
    client.gets(&[goaway(3, 0), response(1), response(3)]);
    client.check(expect![[r#"
        goaway NO_ERROR
        reset 5: REFUSED_STREAM, not processed
        head 1: :status=200
        head 3: :status=200
    "#]]);
    assert!(!client.connection.takes_streams() && client.open(true).is_none());
    assert!(!client.connection.is_finished());
}

#[test]
fn a_client_is_finished_when_the_last_stream_has_ended() {
    let mut client = Endpoint::client_with(1);
    client.gets(&[goaway(1, 0)]);
    assert!(!client.connection.is_finished());
    client.gets(&[
        headers(1, END_STREAM, &[(":status", "200")]),
        rst_stream(1, 0),
    ]);
    assert!(client.connection.is_finished());
    client.check(expect![[r#"
        goaway NO_ERROR
        head 1: :status=200, end
        reset 1: NO_ERROR, by the peer
    "#]]);
}

#[test]
fn a_second_goaway_is_lower_or_the_same() {
    let with_goaway = || {
        let mut client = Endpoint::client_with(3);
        client.gets(&[goaway(3, 0)]);
        client.take_log();
        client
    };
    check_each(
        with_goaway,
        [
            ("the same", goaway(3, 0)),
            ("lower", goaway(1, 0)),
            ("nothing", goaway(0, 11)),
            ("higher", goaway(5, 0)),
        ],
        expect![[r#"
            the same: goaway NO_ERROR
            lower: goaway NO_ERROR | reset 3: REFUSED_STREAM, not processed
            nothing: goaway ENHANCE_YOUR_CALM | reset 1: REFUSED_STREAM, not processed | reset 3: REFUSED_STREAM, not processed
            higher: error PROTOCOL_ERROR: GOAWAY with a higher stream than before | > GOAWAY last 0: PROTOCOL_ERROR
        "#]],
    );
}

#[test]
fn a_server_announces_its_end_first() {
    check_client(
        2,
        &[goaway(0x7fff_ffff, 0), ping(b"12345678"), goaway(1, 0)],
        expect![[r#"
            goaway NO_ERROR
            goaway NO_ERROR
            reset 3: REFUSED_STREAM, not processed
            > PING ack "12345678"
        "#]],
    );
}

#[test]
fn goaway_says_why_and_may_say_more() {
    let more = b"\0\0\0\0\0\0\0\x02because";
    check_client(
        0,
        &[frame(GOAWAY, 0, 0, more)],
        expect![[r#"
            goaway INTERNAL_ERROR: "because"
        "#]],
    );
}

#[test]
fn a_client_that_goes_away_is_still_answered() {
    check_server(
        &[request(1), goaway(0, 0), request(3)],
        expect![[r#"
            head 1: POST /
            goaway NO_ERROR
            head 3: POST /
        "#]],
    );
}

/// The payload of the ping that leaves with the first GOAWAY.
const GOODBYE: &[u8; 8] = b"goodbye!";

#[test]
fn a_server_shuts_down_in_two_steps() {
    let mut server = Endpoint::server_with_request();
    server.connection.shut_down();
    server.connection.shut_down();
    server.check(expect![[r#"
        > GOAWAY last 2147483647: NO_ERROR
        > PING "goodbye!"
    "#]]);
    // On its way before the client knew.
    server.gets(&[
        whole_request(3),
        frame(PING, ACK, 0, b"anothers"),
        frame(PING, ACK, 0, GOODBYE),
    ]);
    server.check(expect![[r#"
        head 3: POST /, end
        pong "anothers"
        > GOAWAY last 3: NO_ERROR
    "#]]);
    assert!(!server.connection.is_finished());
    // The client breaks its word, or never heard.
    server.gets(&[
        request(5),
        data(5, 0, b"body"),
        window_update(5, 1),
        headers(5, END_STREAM, &[("a", "b")]),
        rst_stream(5, CANCEL),
    ]);
    server.check(expect![""]);
    server.answer(1, true);
    server.gets(&[rst_stream(1, CANCEL)]);
    assert!(server.connection.is_finished());
    server.check(expect![[r#"
        reset 1: CANCEL, by the peer
        > HEADERS 3: :status=200, end
    "#]]);
}

#[test]
fn the_last_stream_of_a_later_goaway_is_not_higher() {
    let mut server = Endpoint::server_with_request();
    server.connection.go_away(Reason::NO_ERROR, "");
    server.gets(&[request(3), data(0, 0, b"")]);
    server.check(expect![[r#"
        error PROTOCOL_ERROR: DATA on stream 0
        > GOAWAY last 1: NO_ERROR
        > GOAWAY last 1: PROTOCOL_ERROR
    "#]]);
}

#[test]
fn going_away_at_once_takes_what_has_come() {
    let mut server = Endpoint::server_with_request();
    server
        .connection
        .go_away(Reason::ENHANCE_YOUR_CALM, "later");
    server.gets(&[data(1, END_STREAM, b"body"), request(3)]);
    server.answer(0, true);
    server.check(expect![[r#"
        data 1: "body", end
        > GOAWAY last 1: ENHANCE_YOUR_CALM
        > HEADERS 1: :status=200, end
    "#]]);
    assert!(server.connection.is_finished());
}

#[test]
fn blocks_after_the_last_stream_are_read_for_what_comes_after() {
    let mut server = Endpoint::server_with_request();
    server.connection.go_away(Reason::NO_ERROR, "");
    let late = [literals(&POST), indexed_literal("a", "entry")].concat();
    server.gets(&[
        frame(HEADERS, END_HEADERS, 3, &late),
        frame(HEADERS, END_HEADERS | END_STREAM, 1, &[0x80 | 62]),
    ]);
    server.check(expect![[r#"
        trailers 1: a=entry
        > GOAWAY last 1: NO_ERROR
    "#]]);
}

#[test]
fn a_server_that_is_shut_down_before_a_client_spoke() {
    let mut server = Endpoint::new(Role::Server, Config::default());
    server.connection.shut_down();
    assert!(server.connection.is_finished());
    server.gets(&[PREFACE.to_vec(), settings(&[]), request(1)]);
    server.check(expect![[r#"
        > SETTINGS 4=524288 6=16384 3=256
        > WINDOW_UPDATE 0: 4128769
        > GOAWAY last 0: NO_ERROR
        > SETTINGS ack
    "#]]);
}

#[test]
fn a_client_shuts_down_in_one_step() {
    let mut client = Endpoint::client_with(1);
    client.connection.shut_down();
    client.connection.shut_down();
    assert!(!client.connection.is_finished());
    client.gets(&[response(1), rst_stream(1, CANCEL)]);
    client.check(expect![[r#"
        head 1: :status=200
        reset 1: CANCEL, by the peer
        > GOAWAY last 0: NO_ERROR
    "#]]);
    assert!(client.connection.is_finished());
}
