//! What a peer can't do too often, and what it can (RFC 9113, section 10.5).

use std::time::{Duration, Instant};

use traitwire_engine::{Block, Config, Data, End, Reason};

use crate::kit::*;

/// Repeats what `frames` has for each number until the connection ends: how often it went well, and why it ended.
fn repeat(mut end: Endpoint, times: u32, frames: impl Fn(u32) -> Vec<u8>) -> (u32, String) {
    for n in 0..times {
        end.gets(&[frames(n)]);
        let log = end.take_log();
        if let Some(error) = log.lines().find_map(|line| line.strip_prefix("error ")) {
            return (n, error.to_owned());
        }
    }
    (times, "never".to_owned())
}

#[track_caller]
fn check_end((times, why): (u32, String), expected_times: u32, expected_why: &str) {
    assert_eq!((times, why.as_str()), (expected_times, expected_why));
}

/// Frames for each stream.
type OfStream = (&'static str, fn(u32) -> Vec<u8>);

/// The same frame again and again.
type OneFrame = (&'static str, fn() -> Vec<u8>);

const TOO_MANY_RESET: &str = "ENHANCE_YOUR_CALM: too many streams were reset";
const TOO_MANY_TO_RESET: &str = "ENHANCE_YOUR_CALM: too many streams had to be reset";
const TOO_MANY_IDLE: &str = "ENHANCE_YOUR_CALM: too many frames that carry nothing";

#[test]
fn streams_that_are_opened_and_reset() {
    let frames = |n| [request(2 * n + 1), rst_stream(2 * n + 1, CANCEL)].concat();
    check_end(
        repeat(Endpoint::server(), 5_000, frames),
        1_000,
        TOO_MANY_RESET,
    );
}

#[test]
fn streams_that_have_to_be_reset() {
    let cases: [OfStream; 7] = [
        ("malformed", |id| headers(id, 0, &[])),
        ("WINDOW_UPDATE by nothing", |id| {
            [request(id), window_update(id, 0)].concat()
        }),
        ("DATA after the end", |id| {
            [whole_request(id), data(id, 0, b"a")].concat()
        }),
        ("HEADERS after the end", |id| {
            [whole_request(id), headers(id, END_STREAM, &[])].concat()
        }),
        ("a window that is opened too far", |id| {
            [request(id), window_update(id, 0x7fff_ffff)].concat()
        }),
        ("a wrong PRIORITY", |id| {
            [request(id), frame(PRIORITY, 0, id, b"")].concat()
        }),
        ("a wrong length", |id| {
            [
                request_with(id, &[("content-length", "5")]),
                data(id, END_STREAM, b"a"),
            ]
            .concat()
        }),
    ];
    for (name, frames) in cases {
        let (times, why) = repeat(Endpoint::server(), 5_000, |n| frames(2 * n + 1));
        assert_eq!((times, why.as_str()), (1_000, TOO_MANY_TO_RESET), "{name}");
    }
}

#[test]
fn streams_above_the_limit() {
    let mut config = Config::default();
    config.max_concurrent_streams = 1;
    let mut server = Endpoint::server_with(config, &[]);
    server.gets(&[request(1)]);
    check_end(
        repeat(server, 5_000, |n| request(2 * n + 3)),
        1_000,
        TOO_MANY_TO_RESET,
    );
}

#[test]
fn a_client_that_does_not_know_the_limit_yet_is_not_to_blame() {
    let mut config = Config::default();
    config.max_concurrent_streams = 1;
    let mut server = Endpoint::new(traitwire_engine::Role::Server, config);
    server.gets(&[traitwire_engine::PREFACE.to_vec(), settings(&[])]);
    server.gets(&[request(1)]);
    check_end(
        repeat(server, 5_000, |n| request(2 * n + 3)),
        5_000,
        "never",
    );
}

#[test]
fn a_client_that_never_wants_to_know_the_limit_is_to_blame_after_a_while() {
    let mut config = Config::default();
    config.max_concurrent_streams = 1;
    config.head_timeout = Duration::from_secs(5);
    let mut server = Endpoint::new(traitwire_engine::Role::Server, config);
    let start = Instant::now();
    server.connection.pass_time(start);
    server.gets(&[traitwire_engine::PREFACE.to_vec(), settings(&[])]);
    server.gets(&[request(1)]);
    server
        .connection
        .pass_time(start + Duration::from_millis(5_001));
    check_end(
        repeat(server, 5_000, |n| request(2 * n + 3)),
        1_000,
        TOO_MANY_TO_RESET,
    );
}

#[test]
fn streams_that_end_well_make_room_for_those_that_do_not() {
    let mut server = Endpoint::server();
    for n in 0..3_000 {
        let id = 4 * n + 1;
        server.gets(&[
            whole_request(id),
            request(id + 2),
            rst_stream(id + 2, CANCEL),
        ]);
        server.answer(2 * n as usize, true);
    }
    assert!(!server.take_log().contains("error"));
}

#[test]
fn a_stream_that_is_given_up_once_it_was_answered_was_not_in_vain() {
    let mut server = Endpoint::server();
    for n in 0..3_000 {
        let id = 2 * n + 1;
        server.gets(&[whole_request(id)]);
        server.answer(n as usize, false);
        server.send(n as usize, b"word", End::Open);
        server.gets(&[rst_stream(id, CANCEL)]);
    }
    assert!(!server.take_log().contains("error"));
}

#[test]
fn streams_that_are_given_up_late_were_not_opened_for_that() {
    let start = Instant::now();
    let mut server = Endpoint::server();
    for n in 0..20_u32 {
        let now = start + Duration::from_millis(100) * n;
        server.connection.pass_time(now);
        let ids = |n: u32| (200 * n..200 * (n + 1)).map(|i| 2 * i + 1);
        if let Some(before) = n.checked_sub(1) {
            server.gets(
                &ids(before)
                    .map(|id| rst_stream(id, CANCEL))
                    .collect::<Vec<_>>(),
            );
        }
        server.gets(&ids(n).map(whole_request).collect::<Vec<_>>());
    }
    assert!(!server.take_log().contains("error"));
}

#[test]
fn a_head_alone_is_no_answer() {
    let mut server = Endpoint::server();
    for n in 0..1_001 {
        let id = 2 * n + 1;
        server.gets(&[whole_request(id)]);
        server.answer(n as usize, false);
        server.gets(&[rst_stream(id, CANCEL)]);
    }
    assert!(server.take_log().contains("too many streams were reset"));
}

#[test]
fn a_server_may_reset_what_a_client_asks_for() {
    let mut client = Endpoint::client_with(0);
    for n in 0..3_000 {
        client.open(false);
        client.gets(&[rst_stream(2 * n + 1, 7)]);
    }
    assert!(!client.take_log().contains("error"));
}

#[test]
fn what_a_server_sends_before_it_hears_of_a_reset_is_not_its_fault() {
    let mut client = Endpoint::client_with(0);
    for n in 0..3_000 {
        let key = client.open(false).expect("the server takes streams");
        client.connection.reset(key, Reason::CANCEL);
        client.leaves();
        assert_eq!(key.id(), 2 * n + 1);
    }
    for n in 0..3_000 {
        client.gets(&[data(2 * n + 1, 0, b"late")]);
    }
    let log = client.take_log();
    assert!(!log.contains("error") && !log.contains("STREAM_CLOSED"));
}

#[test]
fn frames_that_carry_nothing() {
    let open: fn() -> Endpoint = Endpoint::server_with_request;
    let cases: [OneFrame; 11] = [
        ("PING", || ping(b"12345678")),
        ("PING ack", || frame(PING, ACK, 0, b"12345678")),
        ("SETTINGS", || settings(&[(INITIAL_WINDOW_SIZE, 7)])),
        ("SETTINGS ack", settings_ack),
        ("WINDOW_UPDATE", || window_update(0, 1)),
        ("WINDOW_UPDATE on a stream", || window_update(1, 1)),
        ("DATA", || data(1, 0, b"")),
        ("PRIORITY", || frame(PRIORITY, 0, 1, &[0; 5])),
        ("GOAWAY", || goaway(0, 0)),
        ("unknown", || frame(0xbb, 0, 0, b"")),
        ("padding", || data(1, PADDED, &[3, 0, 0, 0])),
    ];
    for (name, frame) in cases {
        let (times, why) = repeat(open(), 20_000, |_| frame());
        assert_eq!(why, TOO_MANY_IDLE, "{name}");
        assert!((9_990..=10_000).contains(&times), "{name}: {times}");
    }
}

#[test]
fn frames_on_streams_that_are_over() {
    let reset = || {
        let mut server = Endpoint::server_with_request();
        let key = server.streams[0];
        server
            .connection
            .reset(key, traitwire_engine::Reason::CANCEL);
        server
    };
    let cases: [OneFrame; 3] = [
        ("RST_STREAM", || rst_stream(1, CANCEL)),
        ("WINDOW_UPDATE", || window_update(1, 1)),
        ("HEADERS", || headers(1, END_STREAM, &[])),
    ];
    for (name, frame) in cases {
        let (times, why) = repeat(reset(), 20_000, |_| frame());
        assert_eq!(why, TOO_MANY_IDLE, "{name}");
        assert!((9_990..=10_000).contains(&times), "{name}: {times}");
    }
}

#[test]
fn interim_responses() {
    let (times, why) = repeat(Endpoint::client_with(1), 20_000, |_| {
        headers(1, 0, &[(":status", "103")])
    });
    assert_eq!(why, TOO_MANY_IDLE);
    assert!((9_990..=10_000).contains(&times), "{times}");
}

#[test]
fn continuations_without_end() {
    let too_long =
        "ENHANCE_YOUR_CALM: a header block is far longer than SETTINGS_MAX_HEADER_LIST_SIZE";
    let start = || {
        let mut server = Endpoint::server();
        server.gets(&[frame(HEADERS, 0, 1, &literals(&POST))]);
        server
    };
    let empty = |_| frame(CONTINUATION, 0, 1, b"");
    let too_many =
        "ENHANCE_YOUR_CALM: a header block goes on over too many short CONTINUATION frames";
    check_end(repeat(start(), 100, empty), 18, too_many);
    let long = |_| frame(CONTINUATION, 0, 1, &[0; 16_384]);
    check_end(repeat(start(), 100, long), 1, too_long);
    let other_limit = |limit| {
        let mut config = Config::default();
        config.max_header_list_size = limit;
        let mut server = Endpoint::server_with(config, &[]);
        server.gets(&[frame(HEADERS, 0, 1, &literals(&POST))]);
        server
    };
    check_end(repeat(other_limit(0), 100, empty), 0, too_long);
    check_end(repeat(other_limit(1 << 20), 1_000, long), 127, too_long);
}

#[test]
fn time_makes_room() {
    let mut server = Endpoint::server();
    let mut now = Instant::now();
    for n in 0..10_000 {
        server.connection.pass_time(now);
        now += Duration::from_millis(10);
        server.gets(&[request(2 * n + 1), rst_stream(2 * n + 1, CANCEL)]);
        server.gets(&vec![ping(b"12345678"); 10]);
        server.take_log();
    }
    assert!(!server.connection.is_finished());
}

// What healthy peers do.

/// Takes what the output has; says how many bytes.
fn write(end: &mut Endpoint) -> usize {
    let mut written = 0;
    loop {
        end.connection.flush();
        let output = end.connection.output();
        let len = output.len();
        if len == 0 {
            return written;
        }
        output.advance(len);
        written += len;
    }
}

fn read(end: &mut Endpoint, frames: &[u8]) {
    let mut rest = frames;
    while let Some(event) = end
        .connection
        .next_event(&mut Collect, &mut rest)
        .expect("nothing is wrong with it")
    {
        drop(event);
    }
    assert!(rest.is_empty());
}

/// A server amid an answer, with windows that never close.
fn answering_server() -> Endpoint {
    let mut server =
        Endpoint::server_with(Config::default(), &[(INITIAL_WINDOW_SIZE, 0x7000_0000)]);
    server.gets(&[request(1), window_update(0, 0x7000_0000)]);
    server.answer(0, false);
    server.leaves();
    server
}

#[test]
fn a_million_small_messages_each_with_updates_of_both_windows() {
    let mut server = answering_server();
    let updates = [window_update(0, 7), window_update(1, 7)].concat();
    for _ in 0..1_000_000 {
        server.send(0, b"message", End::Open);
        write(&mut server);
        read(&mut server, &updates);
    }
}

#[test]
fn a_million_small_messages_and_their_updates_in_one_go() {
    let mut server = answering_server();
    for _ in 0..1_000_000 {
        server.send(0, b"message", End::Open);
        write(&mut server);
    }
    let updates = [window_update(0, 7), window_update(1, 7)].concat();
    for _ in 0..1_000_000 {
        read(&mut server, &updates);
    }
}

#[test]
fn a_long_message_with_updates_of_both_windows_for_each_of_its_frames() {
    let mut server = answering_server();
    let message = bytes::Bytes::from(vec![b'a'; 16 << 20]);
    let updates = [window_update(0, 16_384), window_update(1, 16_384)].concat();
    for _ in 0..100 {
        let key = server.streams[0];
        let data = Data::Bytes(message.clone());
        server.connection.send_data(key, data, End::Open);
        let len = write(&mut server);
        for _ in 0..len / (16_384 + 9) {
            read(&mut server, &updates);
        }
    }
}

#[test]
fn a_million_small_messages_of_the_peer() {
    let mut server = answering_server();
    let message = data(1, 0, b"message");
    for _ in 0..1_000_000 {
        read(&mut server, &message);
        server.connection.release(server.streams[0], 7);
    }
    write(&mut server);
}

#[test]
fn many_calls_with_pings_and_updates() {
    let mut server = answering_server();
    let (head, trailers): (Block, Block) = (block(&[(":status", "200")]), trailers_block());
    for n in 1..=100_000_u32 {
        let id = 2 * n + 1;
        let frames = [
            request(id),
            data(id, END_STREAM, b"question"),
            ping(b"12345678"),
        ]
        .concat();
        let mut rest = frames.as_slice();
        let mut stream = None;
        while let Some(event) = server
            .connection
            .next_event(&mut Collect, &mut rest)
            .expect("nothing is wrong with it")
        {
            if let traitwire_engine::Event::Head { stream: key, .. } = event {
                stream = Some(key);
            }
        }
        let key = stream.expect("a request");
        server.connection.send_head(key, &head, false);
        let end = End::Trailers(trailers.clone());
        server
            .connection
            .send_data(key, Data::Slice(b"answer"), end);
        write(&mut server);
        read(
            &mut server,
            &[window_update(0, 6), window_update(id, 6), ping(b"12345678")].concat(),
        );
    }
}

#[test]
fn pings_that_come_too_soon() {
    #[track_caller]
    fn check(without_streams: bool, stream: bool, seconds: u64, expected: Option<u32>) {
        let mut config = Config::default();
        config.min_ping_interval = Duration::from_secs(10);
        config.pings_without_streams = without_streams;
        let mut server = Endpoint::server_with(config, &[]);
        if stream {
            server.gets(&[request(1)]);
        }
        let start = Instant::now();
        let failed = (0..10).find(|n| {
            let time = Duration::from_secs(seconds) * *n;
            server.connection.pass_time(start + time);
            server.gets(&[ping(b"anybody?")]);
            server
                .take_log()
                .contains("ENHANCE_YOUR_CALM: too_many_pings")
        });
        assert_eq!(failed, expected);
    }
    check(true, true, 10, None);
    check(true, true, 9, Some(3));
    check(true, false, 10, None);
    check(true, false, 9, Some(3));
    check(false, true, 10, None);
    check(false, false, 10, Some(3));
    check(false, false, 2 * 60 * 60, None);
}

#[test]
fn pings_are_counted_from_what_was_sent_last() {
    let mut config = Config::default();
    config.min_ping_interval = Duration::from_secs(10);
    let mut server = Endpoint::server_with(config, &[]);
    server.gets(&[whole_request(1)]);
    server.answer(0, false);
    for _ in 0..20 {
        server.gets(&[ping(b"window?!"), ping(b"window?!")]);
        server.send(0, b"word", End::Open);
        server.gets(&[ping(b"window?!")]);
    }
    assert!(!server.take_log().contains("error"));
}

/// Bytes that come one by one, a second between them: how many there are before the connection ends, and why it does.
fn drip(mut end: Endpoint, bytes: &[u8]) -> String {
    let start = Instant::now();
    for (n, byte) in bytes.iter().enumerate() {
        end.connection
            .pass_time(start + Duration::from_secs(n as u64));
        end.gets(&[vec![*byte]]);
        let log = end.take_log();
        if let Some(error) = log.lines().find_map(|line| line.strip_prefix("error ")) {
            return format!("{n}: {error}");
        }
    }
    "never".to_owned()
}

#[test]
fn first_frames_that_take_too_long() {
    let new = || Endpoint::new(traitwire_engine::Role::Server, Config::default());
    let first = [
        &traitwire_engine::PREFACE[..],
        &frame(SETTINGS, 0, 0, &[0; 6]),
        &ping(b"12345678"),
    ]
    .concat();
    let too_long = "31: ENHANCE_YOUR_CALM: the first frames take too long";
    assert_eq!(drip(new(), &first), too_long);
    let client = Endpoint::new(traitwire_engine::Role::Client, Config::default());
    assert_eq!(drip(client, &frame(SETTINGS, 0, 0, &[0; 30])), too_long);
    // The preface alone is no start.
    let mut server = new();
    let start = Instant::now();
    server.connection.pass_time(start);
    server.gets(&[traitwire_engine::PREFACE.to_vec()]);
    server.connection.pass_time(start + Duration::from_secs(31));
    server.gets(&[settings(&[])[..8].to_vec()]);
    assert!(server.take_log().contains("the first frames take too long"));
}

#[test]
fn header_blocks_that_take_too_long() {
    let too_long = "ENHANCE_YOUR_CALM: a frame or a header block takes too long";
    let long = request_with(1, &[("x-long", &"x".repeat(100))]);
    assert_eq!(drip(Endpoint::server(), &long), format!("31: {too_long}"));
    assert_eq!(
        drip(
            Endpoint::client_with(1),
            &headers(1, 0, &[(":status", "200"), ("x-long", &"x".repeat(100))])
        ),
        format!("31: {too_long}")
    );
    // Frames that come whole; and frames that should not come in between.
    let mut server = Endpoint::server();
    let start = Instant::now();
    server.connection.pass_time(start);
    server.gets(&[frame(HEADERS, 0, 1, b"")]);
    for n in 1..=3 {
        server
            .connection
            .pass_time(start + Duration::from_secs(10 * n));
        server.gets(&[frame(CONTINUATION, 0, 1, b"")]);
    }
    server.connection.pass_time(start + Duration::from_secs(31));
    server.gets(&[data(1, 0, &[0; 100])[..20].to_vec()]);
    assert!(server.take_log().contains(too_long));
    // Any other frame, as it may turn into anything.
    let pings = drip(Endpoint::server(), &frame(0xbb, 0, 0, &[0; 100]));
    assert_eq!(pings, format!("31: {too_long}"));
}

#[test]
fn data_takes_as_long_as_it_takes() {
    let mut server = Endpoint::server_with_request();
    let start = Instant::now();
    server.connection.pass_time(start);
    // The start of a frame may be that of any.
    server.gets(&[data(1, 0, &[0; 100])[..9].to_vec()]);
    for n in 0..100 {
        server
            .connection
            .pass_time(start + Duration::from_secs(10 * n));
        server.gets(&[vec![0]]);
    }
    // And what comes after it has its own time.
    server.gets(&[request(3)[..20].to_vec()]);
    server.gets(&[request(3)[20..].to_vec()]);
    let log = server.take_log();
    assert!(log.contains("data 1") && log.contains("head 3"), "{log}");
}
