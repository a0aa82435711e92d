//! Flow control, both levels in both directions (RFC 9113, sections 5.2 and 6.9).

use std::time::{Duration, Instant};

use expect_test::expect;
use traitwire_engine::{Config, Data, End};

use crate::kit::*;

/// A server with requests to answer, whose client gives each stream's answer this window.
fn server_with_window(window: u32, requests: u32) -> Endpoint {
    let mut server = Endpoint::server_with(Config::default(), &[(INITIAL_WINDOW_SIZE, window)]);
    for n in 0..requests {
        server.gets(&[whole_request(2 * n + 1)]);
        server.answer(n as usize, false);
    }
    server.leaves();
    server.take_log();
    server
}

// What this end sends.

#[test]
fn data_waits_for_its_streams_window() {
    let mut server = server_with_window(5, 1);
    assert_eq!(server.connection.window(server.streams[0]), 5);
    server.send(0, b"hello, world", End::Open);
    server.check(expect![[r#"
        > DATA 1: "hello"
    "#]]);
    assert_eq!(server.connection.queued(server.streams[0]), 7);
    assert_eq!(server.connection.window(server.streams[0]), 0);
    assert!(!server.connection.has_more());
    server.gets(&[window_update(1, 3)]);
    server.check(expect![[r#"
        > DATA 1: ", w"
    "#]]);
    server.gets(&[window_update(1, 100)]);
    server.check(expect![[r#"
        writable 1
        > DATA 1: "orld"
    "#]]);
    assert_eq!(server.connection.queued(server.streams[0]), 0);
    assert_eq!(server.connection.window(server.streams[0]), 96);
}

#[test]
fn data_waits_for_the_connections_window() {
    let mut server = server_with_window(1 << 20, 1);
    server.send(0, &[b'a'; 70_000], End::Stream);
    server.check(expect![[r#"
        > DATA 1: 16384 bytes
        > DATA 1: 16384 bytes
        > DATA 1: 16384 bytes
        > DATA 1: 16383 bytes
    "#]]);
    assert_eq!(server.connection.queued(server.streams[0]), 4_465);
    assert!(!server.connection.has_more());
    server.gets(&[window_update(1, 100)]);
    server.check(expect![[""]]);
    server.gets(&[window_update(0, 4_464)]);
    server.check(expect![[r#"
        > DATA 1: 4464 bytes
    "#]]);
    server.gets(&[window_update(0, 1)]);
    server.check(expect![[r#"
        > DATA 1: "a", end
    "#]]);
}

#[test]
fn what_comes_after_queued_data_waits_too() {
    let mut server = server_with_window(5, 3);
    server.send(0, b"hello, ", End::Open);
    server.send(0, b"world", End::Trailers(trailers_block()));
    server.send(1, b"hello, world", End::Stream);
    server.send(2, b"hello", End::Open);
    server.send(2, b", world", End::Open);
    server.send(2, b"", End::Stream);
    server.check(expect![[r#"
        > DATA 1: "hello"
        > DATA 3: "hello"
        > DATA 5: "hello"
    "#]]);
    server.gets(&[
        window_update(1, 2),
        window_update(3, 7),
        window_update(5, 7),
    ]);
    server.check(expect![[r#"
        > DATA 1: ", "
        > DATA 3: ", world", end
        > DATA 5: ", world", end
    "#]]);
    server.gets(&[window_update(1, 5)]);
    server.check(expect![[r#"
        > DATA 1: "world"
        > HEADERS 1: grpc-status=0, end
    "#]]);
    assert_eq!(server.connection.open_streams(), 0);
}

#[test]
fn nothing_but_the_end_needs_no_window() {
    let mut server = server_with_window(0, 3);
    server.send(0, b"", End::Stream);
    server.send(1, b"", End::Trailers(trailers_block()));
    server.send(2, b"", End::Open);
    server.check(expect![[r#"
        > DATA 1: "", end
        > HEADERS 3: grpc-status=0, end
    "#]]);
}

#[test]
fn an_end_that_waited_for_the_output_needs_no_window_of_the_connection() {
    let mut server = server_with_window(1 << 20, 3);
    server.gets(&[window_update(0, 300_000 - 65_535)]);
    server.send(0, &[b'a'; 300_000], End::Open);
    // The output is full, so what needs a window has to wait.
    server.send(1, b"", End::Trailers(trailers_block()));
    server.send(2, b"b", End::Open);
    server.leaves();
    assert!(!server.connection.has_more());
    let log = server.take_log();
    assert!(log.ends_with("> HEADERS 3: grpc-status=0, end\n"), "{log}");
    server.gets(&[window_update(0, 1)]);
    server.check(expect![[r#"
        writable 5
        > DATA 5: "b"
    "#]]);
}

#[test]
fn an_empty_piece_is_nothing() {
    let mut server = server_with_window(5, 1);
    server.send(0, b"", End::Open);
    server.check(expect![[""]]);
}

#[test]
fn streams_take_turns() {
    let mut server = server_with_window(1 << 20, 3);
    server.send(0, &[b'a'; 65_535], End::Open);
    server.leaves();
    server.take_log();
    server.send(0, &[b'a'; 40_000], End::Stream);
    server.send(1, &[b'b'; 40_000], End::Stream);
    server.send(2, &[b'c'; 10], End::Stream);
    server.gets(&[window_update(0, 1 << 20)]);
    server.check(expect![[r#"
        > DATA 1: 16384 bytes
        > DATA 3: 16384 bytes
        > DATA 5: "cccccccccc", end
        > DATA 1: 16384 bytes
        > DATA 3: 16384 bytes
        > DATA 1: 7232 bytes, end
        > DATA 3: 7232 bytes, end
    "#]]);
}

#[test]
fn who_comes_later_does_not_go_first() {
    let mut server = server_with_window(1 << 20, 3);
    server.send(0, &[b'a'; 65_535], End::Open);
    server.leaves();
    server.take_log();
    server.send(0, b"has waited", End::Stream);
    // What is opened here would be used up by what comes now, time after time.
    server.arrives(&window_update(0, 10));
    server.send(1, b"just now", End::Stream);
    server.send(2, b"", End::Stream);
    server.leaves();
    server.gets(&[window_update(0, 8)]);
    server.check(expect![[r#"
        > DATA 5: "", end
        > DATA 1: "has waited", end
        > DATA 3: "just now", end
    "#]]);
}

#[test]
fn a_stream_without_a_window_holds_nobody_up() {
    let mut server = server_with_window(10, 2);
    server.send(0, b"more than there is room for", End::Stream);
    server.send(1, b"fits", End::Stream);
    server.check(expect![[r#"
        > DATA 1: "more than "
        > DATA 3: "fits", end
    "#]]);
}

#[test]
fn a_full_output_takes_no_more_data_until_it_is_written() {
    let mut server = server_with_window(1 << 20, 2);
    server.gets(&[window_update(0, 1 << 20)]);
    for _ in 0..40 {
        server.send(0, &[b'a'; 10_000], End::Open);
        server.send(1, &[b'b'; 10_000], End::Open);
    }
    let output = server.connection.output().len();
    assert!((256 * 1024..280 * 1024).contains(&output), "{output}");
    server.connection.flush();
    assert_eq!(server.connection.output().len(), output);
    assert!(server.connection.has_more());
    server.leaves();
    assert_eq!(server.connection.queued(server.streams[0]), 0);
    assert_eq!(server.connection.queued(server.streams[1]), 0);
}

#[test]
fn a_reset_throws_away_what_is_queued() {
    let mut server = server_with_window(1 << 20, 3);
    server.send(0, &[b'a'; 65_535], End::Open);
    server.send(0, b"waits", End::Stream);
    server.send(1, b"waits too", End::Stream);
    server.send(2, b"third", End::Stream);
    server.leaves();
    server.take_log();
    server.gets(&[rst_stream(1, CANCEL)]);
    let second = server.streams[1];
    server
        .connection
        .reset(second, traitwire_engine::Reason::CANCEL);
    assert_eq!(server.connection.queued(second), 0);
    server.gets(&[window_update(0, 100)]);
    server.check(expect![[r#"
        reset 1: CANCEL, by the peer
        > RST_STREAM 3: CANCEL
        > DATA 5: "third", end
    "#]]);
    assert!(!server.connection.has_more());
}

#[test]
fn a_stream_that_is_over_waits_no_more() {
    let mut server = server_with_window(1 << 20, 1);
    server.send(0, &[b'a'; 65_536], End::Stream);
    server.leaves();
    server.arrives(&window_update(0, 1));
    assert!(server.connection.has_more());
    server.arrives(&rst_stream(1, CANCEL));
    assert!(!server.connection.has_more());
}

#[test]
fn a_new_initial_window_changes_those_of_open_streams() {
    let mut server = server_with_window(10, 2);
    server.send(0, b"0123456789abcdef", End::Open);
    server.check(expect![[r#"
        > DATA 1: "0123456789"
    "#]]);
    // Up by 4.
    server.gets(&[settings(&[(INITIAL_WINDOW_SIZE, 14)])]);
    server.check(expect![[r#"
        > SETTINGS ack
        > DATA 1: "abcd"
    "#]]);
    // Down by 9, to below zero.
    server.gets(&[settings(&[(INITIAL_WINDOW_SIZE, 5)])]);
    assert_eq!(server.connection.window(server.streams[0]), 0);
    assert_eq!(server.connection.window(server.streams[1]), 5);
    server.gets(&[window_update(1, 9)]);
    server.check(expect![[r#"
        > SETTINGS ack
    "#]]);
    server.gets(&[window_update(1, 1)]);
    server.check(expect![[r#"
        > DATA 1: "e"
    "#]]);
    server.gets(&[settings(&[(INITIAL_WINDOW_SIZE, 7)])]);
    server.check(expect![[r#"
        writable 1
        > SETTINGS ack
        > DATA 1: "f"
    "#]]);
}

#[test]
fn the_end_leaves_although_the_window_is_below_zero() {
    let mut server = server_with_window(10, 2);
    server.send(0, b"0123456789", End::Open);
    server.send(1, b"0123456789", End::Open);
    server.gets(&[settings(&[(INITIAL_WINDOW_SIZE, 0)])]);
    server.send(0, b"", End::Trailers(trailers_block()));
    server.send(1, b"", End::Stream);
    server.check(expect![[r#"
        > DATA 1: "0123456789"
        > DATA 3: "0123456789"
        > SETTINGS ack
        > HEADERS 1: grpc-status=0, end
        > DATA 3: "", end
    "#]]);
}

#[test]
fn the_initial_window_is_not_the_connections() {
    let mut server = server_with_window(0, 1);
    server.gets(&[settings(&[(INITIAL_WINDOW_SIZE, 1 << 20)])]);
    assert_eq!(server.connection.window(server.streams[0]), 65_535);
}

#[test]
fn what_a_frame_of_settings_comes_to_is_what_counts() {
    let mut server = server_with_window(10, 1);
    server.gets(&[
        window_update(1, 100),
        settings(&[
            (INITIAL_WINDOW_SIZE, 0x7fff_ffff),
            (INITIAL_WINDOW_SIZE, 0),
            (INITIAL_WINDOW_SIZE, 20),
        ]),
    ]);
    assert_eq!(server.connection.window(server.streams[0]), 120);
    server.check(expect![[r#"
        > SETTINGS ack
    "#]]);
}

#[test]
fn a_window_is_opened_by_something_and_not_too_far() {
    let start = || server_with_window(65_535, 1);
    check_each(
        start,
        [
            ("connection, by 0", window_update(0, 0)),
            ("stream, by 0", window_update(1, 0)),
            ("connection, to the most", window_update(0, 0x7fff_0000)),
            ("connection, too far", window_update(0, 0x7fff_0001)),
            ("stream, to the most", window_update(1, 0x7fff_0000)),
            ("stream, too far", window_update(1, 0x7fff_0001)),
            (
                "stream, too far by SETTINGS",
                [
                    window_update(1, 1),
                    settings(&[(INITIAL_WINDOW_SIZE, 0x7fff_ffff)]),
                ]
                .concat(),
            ),
            (
                "stream, to the most by SETTINGS",
                settings(&[(INITIAL_WINDOW_SIZE, 0x7fff_ffff)]),
            ),
        ],
        expect![[r#"
            connection, by 0: error PROTOCOL_ERROR: WINDOW_UPDATE by nothing | > GOAWAY last 1: PROTOCOL_ERROR
            stream, by 0: reset 1: PROTOCOL_ERROR, WINDOW_UPDATE by nothing | > RST_STREAM 1: PROTOCOL_ERROR
            connection, to the most: nothing
            connection, too far: error FLOW_CONTROL_ERROR: the connection's window is opened past 2^31-1 | > GOAWAY last 1: FLOW_CONTROL_ERROR
            stream, to the most: nothing
            stream, too far: reset 1: FLOW_CONTROL_ERROR, the stream's window is opened past 2^31-1 | > RST_STREAM 1: FLOW_CONTROL_ERROR
            stream, too far by SETTINGS: error FLOW_CONTROL_ERROR: SETTINGS_INITIAL_WINDOW_SIZE opens a window past 2^31-1 | > GOAWAY last 1: FLOW_CONTROL_ERROR
            stream, to the most by SETTINGS: > SETTINGS ack
        "#]],
    );
}

#[test]
fn a_window_of_a_closed_stream_is_nobodys() {
    check_server(
        &[
            whole_request(1),
            rst_stream(1, CANCEL),
            window_update(1, 0),
            window_update(1, 0x7fff_ffff),
            window_update(1, 0x7fff_ffff),
        ],
        expect![[r#"
            head 1: POST /, end
            reset 1: CANCEL, by the peer
        "#]],
    );
}

#[test]
fn a_clients_windows_are_no_different() {
    let mut client = Endpoint::client(Config::default(), &[(INITIAL_WINDOW_SIZE, 5)]);
    client.open(false);
    client.send(0, b"hello, world", End::Stream);
    client.check(expect![[r#"
        > HEADERS 1: POST /
        > DATA 1: "hello"
    "#]]);
    client.gets(&[window_update(1, 7)]);
    client.check(expect![[r#"
        > DATA 1: ", world", end
    "#]]);
}

#[test]
fn long_payloads_leave_as_they_are() {
    let mut server = server_with_window(1 << 20, 1);
    let payload = bytes::Bytes::from(vec![b'a'; 10_000]);
    let key = server.streams[0];
    server
        .connection
        .send_data(key, Data::Bytes(payload.clone()), End::Open);
    server
        .connection
        .send_data(key, Data::Bytes(payload), End::Stream);
    server.check(expect![[r#"
        > DATA 1: 10000 bytes
        > DATA 1: 10000 bytes, end
    "#]]);
}

// What this end receives.

fn small_windows() -> Config {
    let mut config = Config::default();
    config.stream_window = 65_535;
    config.connection_window = 65_535;
    config
}

#[test]
fn a_streams_window_opens_by_halves_as_data_is_released() {
    let mut config = small_windows();
    config.connection_window = 1 << 20;
    let mut server = Endpoint::server_with(config, &[]);
    server.gets(&[
        request(1),
        data(1, 0, &[b'a'; 16_384]),
        data(1, 0, &[b'a'; 16_384]),
    ]);
    server.check(expect![[r#"
        head 1: POST /
        data 1: 16384 bytes
        data 1: 16384 bytes
    "#]]);
    let key = server.streams[0];
    assert_eq!(server.connection.held(), 32_768);
    server.connection.release(key, 32_767);
    server.check(expect![[""]]);
    server.connection.release(key, 1);
    server.check(expect![[r#"
        > WINDOW_UPDATE 1: 32768
    "#]]);
    assert_eq!(server.connection.held(), 0);
    // More than there is.
    server.connection.release(key, 1 << 20);
    server.check(expect![[""]]);
}

#[test]
fn windows_grow_with_what_arrives_while_a_ping_travels() {
    let mut config = small_windows();
    config.max_window = 200_000;
    let mut server = Endpoint::server_with(config, &[]);
    let pong = frame(PING, ACK, 0, b"how far?");
    let mut now = Instant::now();
    // A way there and back of 10 ms, on which as much arrives as the window lets through.
    let mut receive = |server: &mut Endpoint, frames: usize, pong: &[u8]| {
        for _ in 0..frames {
            server.connection.pass_time(now);
            server.gets(&[data(1, 0, &[b'a'; 16_383])]);
            server.connection.release(server.streams[0], 16_383);
            server.leaves();
        }
        now += Duration::from_millis(10);
        server.connection.pass_time(now);
        server.gets(&[pong.to_vec()]);
    };
    server.gets(&[request(1)]);
    server.take_log();
    receive(&mut server, 3, b"");
    // Whatever is asked for, a pong of another ping is for who asked.
    server.gets(&[frame(PING, ACK, 0, b"anybody?")]);
    server.check(expect![[r#"
        data 1: 16383 bytes
        data 1: 16383 bytes
        data 1: 16383 bytes
        > WINDOW_UPDATE 0: 49149
        > WINDOW_UPDATE 1: 49149
        > PING "how far?"
        pong "anybody?"
    "#]]);
    receive(&mut server, 4, &pong);
    server.check(expect![[r#"
        data 1: 16383 bytes
        data 1: 16383 bytes
        data 1: 16383 bytes
        > WINDOW_UPDATE 0: 49149
        > WINDOW_UPDATE 1: 49149
        data 1: 16383 bytes
    "#]]);
    receive(&mut server, 8, &pong);
    server.check(expect![[r#"
        data 1: 16383 bytes
        > WINDOW_UPDATE 0: 98295
        data 1: 16383 bytes
        > WINDOW_UPDATE 1: 114678
        > PING "how far?"
        data 1: 16383 bytes
        data 1: 16383 bytes
        data 1: 16383 bytes
        data 1: 16383 bytes
        > WINDOW_UPDATE 0: 81915
        data 1: 16383 bytes
        > WINDOW_UPDATE 1: 81915
        data 1: 16383 bytes
    "#]]);
    receive(&mut server, 8, &pong);
    server.check(expect![[r#"
        data 1: 16383 bytes
        > WINDOW_UPDATE 0: 114681
        data 1: 16383 bytes
        data 1: 16383 bytes
        data 1: 16383 bytes
        > WINDOW_UPDATE 1: 147447
        > PING "how far?"
        data 1: 16383 bytes
        data 1: 16383 bytes
        data 1: 16383 bytes
        data 1: 16383 bytes
        > WINDOW_UPDATE 0: 114681
    "#]]);
}

#[test]
fn windows_that_may_not_grow_are_not_measured() {
    let mut config = small_windows();
    config.max_window = 0;
    let mut server = Endpoint::server_with(config, &[]);
    server.connection.pass_time(Instant::now());
    server.gets(&[
        request(1),
        data(1, 0, &[b'a'; 16_384]),
        data(1, 0, &[b'a'; 16_384]),
    ]);
    server.connection.release(server.streams[0], 32_768);
    server.check(expect![[r#"
        head 1: POST /
        data 1: 16384 bytes
        data 1: 16384 bytes
        > WINDOW_UPDATE 0: 32768
        > WINDOW_UPDATE 1: 32768
    "#]]);
}

#[test]
fn a_stream_takes_no_more_than_its_window() {
    let mut config = small_windows();
    config.connection_window = 1 << 20;
    let all: Vec<_> = (0..4).map(|_| data(1, 0, &[b'a'; 16_384])).collect();
    let mut server = Endpoint::server_with(config, &[]);
    server.gets(&[request(1)]);
    server.gets(&all);
    server.check(expect![[r#"
        head 1: POST /
        data 1: 16384 bytes
        data 1: 16384 bytes
        data 1: 16384 bytes
        reset 1: FLOW_CONTROL_ERROR, more DATA than the stream's window allows
        > RST_STREAM 1: FLOW_CONTROL_ERROR
    "#]]);
    assert_eq!(server.connection.held(), 0);
    // Padding counts.
    server.gets(&[
        request(3),
        data(3, 0, &[0; 16_384]),
        data(3, 0, &[0; 16_384]),
    ]);
    server.gets(&[data(3, 0, &[0; 16_384]), data(3, 0, &[0; 16_380])]);
    server.take_log();
    server.gets(&[data(3, PADDED, b"\x01a\0"), data(3, PADDED, b"\0")]);
    server.check(expect![[r#"
        data 3: "a"
        reset 3: FLOW_CONTROL_ERROR, more DATA than the stream's window allows
        > RST_STREAM 3: FLOW_CONTROL_ERROR
    "#]]);
}

#[test]
fn a_connection_takes_no_more_than_its_window() {
    // Held bytes keep the window closed: nothing is released here.
    let mut config = small_windows();
    config.max_held = 65_535;
    let mut server = Endpoint::server_with(config, &[]);
    server.gets(&[request(1), request(3)]);
    for _ in 0..2 {
        server.gets(&[data(1, 0, &[b'a'; 16_384]), data(3, 0, &[b'a'; 16_383])]);
    }
    server.take_log();
    server.gets(&[data(1, 0, b"a")]);
    server.check(expect![[r#"
        data 1: "a"
    "#]]);
    server.gets(&[data(3, 0, b"a")]);
    server.check(expect![[r#"
        error FLOW_CONTROL_ERROR: more DATA than the connection's window allows
        > GOAWAY last 3: FLOW_CONTROL_ERROR
    "#]]);
}

#[test]
fn the_connections_window_opens_as_data_is_received() {
    let mut server = Endpoint::server_with(small_windows(), &[]);
    server.gets(&[
        request(1),
        data(1, 0, &[b'a'; 16_384]),
        data(1, 0, &[b'a'; 16_384]),
    ]);
    server.check(expect![[r#"
        head 1: POST /
        data 1: 16384 bytes
        data 1: 16384 bytes
        > WINDOW_UPDATE 0: 32768
    "#]]);
    assert_eq!(server.connection.held(), 32_768);
}

#[test]
fn the_connections_window_shrinks_with_what_is_held() {
    let mut config = small_windows();
    config.max_held = 80_000;
    let mut server = Endpoint::server_with(config, &[]);
    server.gets(&[
        request(1),
        data(1, 0, &[b'a'; 16_384]),
        data(1, 0, &[b'a'; 16_384]),
    ]);
    server.gets(&[
        request(3),
        data(3, 0, &[b'a'; 16_384]),
        data(3, 0, &[b'a'; 16_383]),
    ]);
    server.check(expect![[r#"
        head 1: POST /
        data 1: 16384 bytes
        data 1: 16384 bytes
        head 3: POST /
        data 3: 16384 bytes
        data 3: 16383 bytes
    "#]]);
    server.connection.release(server.streams[0], 32_768);
    server.check(expect![[r#"
        > WINDOW_UPDATE 1: 32768
        > WINDOW_UPDATE 0: 47233
    "#]]);
    server.gets(&[rst_stream(3, CANCEL)]);
    server.check(expect![[r#"
        reset 3: CANCEL, by the peer
    "#]]);
    assert_eq!(server.connection.held(), 0);
}

#[test]
fn what_is_held_can_be_limited_for_a_while() {
    let mut config = Config::default();
    config.connection_window = 1 << 17;
    let mut server = Endpoint::server_with(config, &[]);
    server.gets(&[request(1)]);
    for _ in 0..4 {
        server.gets(&[data(1, 0, &[b'a'; 16_384])]);
    }
    server.connection.limit_held(0);
    for _ in 0..4 {
        server.gets(&[data(1, 0, &[b'a'; 16_384])]);
    }
    server.take_log();
    let key = server.streams[0];
    // The window is used up, and what may be held is held twice over.
    server.connection.release(key, 1 << 16);
    server.check(expect![[""]]);
    // There is always as much room as the least of windows has.
    server.connection.release(key, 32_769);
    server.check(expect![[r#"
        > WINDOW_UPDATE 0: 32768
    "#]]);
    server.connection.release(key, 1);
    server.check(expect![[""]]);
    server.connection.limit_held(1 << 20);
    server.check(expect![[r#"
        > WINDOW_UPDATE 0: 98304
    "#]]);
}

#[test]
fn a_stream_that_is_over_makes_room_for_others() {
    let mut config = small_windows();
    config.max_held = 65_535;
    let mut server = Endpoint::server_with(config, &[]);
    server.gets(&[request(1), request(3)]);
    for _ in 0..2 {
        server.gets(&[data(1, 0, &[b'a'; 16_384]), data(3, 0, &[b'a'; 16_383])]);
    }
    server.take_log();
    server.gets(&[rst_stream(1, CANCEL)]);
    server.check(expect![[r#"
        reset 1: CANCEL, by the peer
        > WINDOW_UPDATE 0: 32768
    "#]]);
}

#[test]
fn a_small_limit_of_what_is_held_does_not_stop_a_connection_that_holds_nothing() {
    let mut config = Config::default();
    config.max_held = 1 << 20;
    let window = config.connection_window as usize;
    let mut server = Endpoint::server_with(config, &[]);
    server.gets(&[request(1)]);
    for _ in 0..4 * window / 16_384 {
        server.gets(&[data(1, 0, &[b'a'; 16_384])]);
        server.connection.release(server.streams[0], 16_384);
    }
    server.leaves();
    let log = server.take_log();
    assert!(!log.contains("error"), "{log}");
}

#[test]
fn data_on_streams_that_are_gone_counts_for_the_connection() {
    let mut server = Endpoint::server_with(small_windows(), &[]);
    server.gets(&[request(1), rst_stream(1, CANCEL)]);
    server.gets(&[data(1, 0, &[b'a'; 16_384]), data(1, 0, &[b'a'; 16_384])]);
    server.check(expect![[r#"
        head 1: POST /
        reset 1: CANCEL, by the peer
        > RST_STREAM 1: STREAM_CLOSED
        > WINDOW_UPDATE 0: 32768
    "#]]);
    server.gets(&[data(1, 0, &[b'a'; 16_384]), data(1, 0, &[b'a'; 16_384])]);
    server.check(expect![[r#"
        > WINDOW_UPDATE 0: 32768
    "#]]);
}

#[test]
fn padding_is_given_back_although_nobody_releases_it() {
    let mut config = small_windows();
    config.connection_window = 1 << 20;
    let mut server = Endpoint::server_with(config, &[]);
    server.gets(&[request(1)]);
    server.take_log();
    let padding = [&[255], [0; 255].as_slice()].concat();
    for _ in 0..65_535 / 256 {
        server.gets(&[data(1, PADDED, &padding)]);
    }
    let log = server.take_log();
    let log: Vec<_> = log.lines().filter(|line| *line != "data 1: \"\"").collect();
    expect![[r#"
        [
            "> WINDOW_UPDATE 1: 32768",
        ]
    "#]]
    .assert_debug_eq(&log);
}

#[test]
fn a_stream_that_ended_needs_no_window() {
    let mut server = Endpoint::server_with(Config::default(), &[]);
    server.gets(&[request(1)]);
    for _ in 0..31 {
        server.gets(&[data(1, 0, &[b'a'; 16_384])]);
    }
    server.gets(&[data(1, END_STREAM, &[b'a'; 16_384])]);
    server.take_log();
    server.connection.release(server.streams[0], 32 * 16_384);
    server.check(expect![[""]]);
    assert_eq!(server.connection.held(), 0);
}

#[test]
fn what_a_stream_held_counts_no_more_once_it_is_over() {
    let mut server = Endpoint::server();
    server.gets(&[
        request(1),
        data(1, END_STREAM, b"body"),
        request(3),
        data(3, 0, b"body"),
    ]);
    assert_eq!(server.connection.held(), 8);
    server.answer(0, true);
    assert_eq!(server.connection.held(), 4);
    server.answer(1, true);
    assert_eq!(server.connection.held(), 0);
    server.connection.release(server.streams[0], 4);
    assert_eq!(server.connection.held(), 0);
}
