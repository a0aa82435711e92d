//! Servers that attack a client.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use expect_test::{Expect, expect};
use futures_util::stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use traitwire::{Channel, Status};

use crate::Alone;
use crate::suite::calculator::{CalculatorClient, number};
use crate::suite::raw::{
    ACK, CONTINUATION, DATA, END_HEADERS, GOAWAY, HEADERS, INITIAL_WINDOW_SIZE, PING, SETTINGS,
    data, frame, literal, ping, settings, window_update,
};
use crate::suite::raw_peer::{MAX_CONCURRENT_STREAMS, REFUSED_STREAM, RawConnection};
use crate::ways::{Stream, Way, accepted, channel};

/// What a server answers a call with: the same again and again.
struct Flood {
    name: &'static str,
    /// What it begins with.
    first: Vec<u8>,
    piece: fn(u32) -> Vec<u8>,
}

fn flood(name: &'static str, piece: fn(u32) -> Vec<u8>) -> Flood {
    let first = Vec::new();
    Flood { name, first, piece }
}

fn after_the_head(name: &'static str, piece: fn(u32) -> Vec<u8>) -> Flood {
    Flood {
        first: head(),
        ..flood(name, piece)
    }
}

/// `:status: 200` and `content-type: application/grpc`.
fn head() -> Vec<u8> {
    let block = [&[0x88][..], &literal(0, "content-type", "application/grpc")].concat();
    frame(HEADERS, END_HEADERS, 1, &block)
}

/// A server of which a test makes what it likes.
struct Server {
    listener: TcpListener,
    way: Way,
}

impl Server {
    async fn new(way: Way) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { listener, way }
    }

    fn channel(&self) -> Channel {
        channel(self.way, self.listener.local_addr().unwrap())
    }

    fn client(&self) -> CalculatorClient {
        CalculatorClient::new(self.channel())
    }

    /// The next connection, with its preface read and these settings sent.
    async fn accept(&self, settings: &[(u16, u32)]) -> RawConnection<Box<dyn Stream>> {
        let (stream, _) = self.listener.accept().await.unwrap();
        let stream = accepted(self.way, stream).await;
        let mut connection = RawConnection::meet(stream).await;
        connection.settings(settings).await;
        connection
    }
}

/// Floods clients that make a call, in which one answer is to come and in which a stream is: what they are told, and what
/// they hold.
#[track_caller]
fn check(floods: &[Flood], expect: Expect) {
    let runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = { runtime }.worker_threads(2).enable_all().build().unwrap();
    let report = runtime.block_on(async {
        let alone = Alone::new().await;
        let mut told = String::new();
        for flood in floods {
            let mut lines = Vec::new();
            for way in Way::ALL {
                for streamed in [false, true] {
                    let server = Server::new(*way).await;
                    let run = run(&server, flood, streamed);
                    let (line, held) = alone.held(run).await;
                    let what =
                        format!("{}, streamed: {streamed}, over {way:?}: {line}", flood.name);
                    eprintln!("{what}; held {held}");
                    assert!(held < MAX_HELD, "{held} bytes are held: {what}");
                    lines.push(line);
                }
            }
            lines.dedup();
            assert_eq!(lines.len(), 1, "{}: {lines:?}", flood.name);
            writeln!(told, "{}: {}", flood.name, lines[0]).unwrap();
        }
        told
    });
    expect.assert_eq(&report);
}

async fn run(server: &Server, flood: &Flood, streamed: bool) -> String {
    let client = server.client();
    let call = tokio::spawn(async move {
        if !streamed {
            return client.increment(number(1)).await.map(|_| ());
        }
        let mut numbers = client.count(number(1)).await?;
        while numbers.message().await?.is_some() {}
        Ok(())
    });
    let mut connection = server.accept(&[]).await;
    assert_eq!(connection.request().await, 1);
    let (mut reader, mut writer) = tokio::io::split(connection.stream);
    // What the client says is of no interest, but takes room.
    let reading = tokio::spawn(async move {
        let mut sink = vec![0; 16 * 1024];
        while reader.read(&mut sink).await.is_ok_and(|len| len > 0) {}
    });
    let (first, piece) = (flood.first.clone(), flood.piece);
    let sending = tokio::spawn(async move {
        let _ = writer.write_all(&first).await;
        let (mut n, mut sent) = (0, 0);
        while sent < MAX_SENT && n < MAX_PIECES {
            let mut batch = Vec::new();
            while batch.len() < 16 * 1024 {
                batch.extend(piece(n));
                n += 1;
            }
            sent += batch.len();
            if writer.write_all(&batch).await.is_err() {
                return;
            }
            tokio::task::yield_now().await;
        }
        // An honest end, for who waits for one.
        let status = literal(0, "grpc-status", "0");
        let end = match first.is_empty() {
            true => [
                &[0x88][..],
                &literal(0, "content-type", "application/grpc"),
                &status,
            ]
            .concat(),
            false => status,
        };
        let _ = writer
            .write_all(&frame(HEADERS, END_HEADERS | 1, 1, &end))
            .await;
        // Until the client goes.
        std::future::pending::<()>().await;
    });
    let status = call.await.unwrap();
    sending.abort();
    reading.abort();
    match status {
        Ok(()) => "OK".to_owned(),
        // One that ends well without its answer.
        Err(status) if status.message() == "the method has one response, none came" => {
            "OK".to_owned()
        }
        Err(status) => status.to_string(),
    }
}

#[test]
fn frames_that_lead_nowhere() {
    check(
        &[
            flood("PING", |_| ping(b"12345678")),
            flood("answers to no PING", |_| frame(PING, ACK, 0, b"12345678")),
            flood("SETTINGS", |_| settings(&[])),
            flood("SETTINGS of all windows and tables", |n| {
                settings(&[(4, n), (1, n % 4096), (4, 0), (1, 0)].repeat(600))
            }),
            flood("answers to no SETTINGS", |_| frame(SETTINGS, ACK, 0, b"")),
            flood("WINDOW_UPDATE", |_| window_update(1, 1)),
            flood("PRIORITY", |n| frame(2, 0, 2 * n + 3, &[0; 5])),
            flood("unknown frames", |_| frame(0xbb, 0, 0, b"")),
            flood("long unknown frames", |_| frame(0xbb, 0, 0, &[0; 16_384])),
            after_the_head("empty DATA", |_| data(1, 0, b"")),
            flood("GOAWAY", |_| frame(GOAWAY, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 0])),
            flood("interim responses", |_| {
                frame(HEADERS, END_HEADERS, 1, &literal(0, ":status", "103"))
            }),
        ],
        expect![[r#"
            PING: UNAVAILABLE: the server broke HTTP/2: ENHANCE_YOUR_CALM: too many frames that carry nothing
            answers to no PING: UNAVAILABLE: the server broke HTTP/2: ENHANCE_YOUR_CALM: too many frames that carry nothing
            SETTINGS: UNAVAILABLE: the server broke HTTP/2: ENHANCE_YOUR_CALM: too many frames that carry nothing
            SETTINGS of all windows and tables: OK
            answers to no SETTINGS: UNAVAILABLE: the server broke HTTP/2: ENHANCE_YOUR_CALM: too many frames that carry nothing
            WINDOW_UPDATE: UNAVAILABLE: the server broke HTTP/2: ENHANCE_YOUR_CALM: too many frames that carry nothing
            PRIORITY: UNAVAILABLE: the server broke HTTP/2: ENHANCE_YOUR_CALM: too many frames that carry nothing
            unknown frames: UNAVAILABLE: the server broke HTTP/2: ENHANCE_YOUR_CALM: too many frames that carry nothing
            long unknown frames: OK
            empty DATA: UNAVAILABLE: the server broke HTTP/2: ENHANCE_YOUR_CALM: too many frames that carry nothing
            GOAWAY: UNAVAILABLE: the server broke HTTP/2: ENHANCE_YOUR_CALM: too many frames that carry nothing
            interim responses: UNAVAILABLE: the server broke HTTP/2: ENHANCE_YOUR_CALM: too many frames that carry nothing
        "#]],
    );
}

#[test]
fn frames_that_should_not_come() {
    check(
        &[
            flood("PUSH_PROMISE", |n| {
                frame(5, END_HEADERS, 1, &(2 * n + 2).to_be_bytes())
            }),
            flood("streams that nobody opened", |n| {
                frame(HEADERS, END_HEADERS, 2 * n + 2, &[0x88])
            }),
            flood("data before the head", |_| data(1, 0, b"x")),
            after_the_head("trailers without end", |_| {
                frame(HEADERS, END_HEADERS, 1, &literal(0, "x", "y"))
            }),
            after_the_head("padding alone", |_| {
                frame(DATA, 8, 1, &[&[255][..], &[0; 255]].concat())
            }),
            flood("a frame of 16 MiB", |_| {
                [&[0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1], &[0; 1000][..]].concat()
            }),
        ],
        expect![[r#"
            PUSH_PROMISE: UNAVAILABLE: the server broke HTTP/2: PROTOCOL_ERROR: PUSH_PROMISE, which SETTINGS_ENABLE_PUSH forbids
            streams that nobody opened: UNAVAILABLE: the server broke HTTP/2: PROTOCOL_ERROR: HEADERS on a stream that only a push could open
            data before the head: INTERNAL: HTTP/2 PROTOCOL_ERROR: the stream was reset: PROTOCOL_ERROR: DATA before the head of the response
            trailers without end: INTERNAL: HTTP/2 PROTOCOL_ERROR: the stream was reset: PROTOCOL_ERROR: trailers without END_STREAM
            padding alone: UNAVAILABLE: the server broke HTTP/2: ENHANCE_YOUR_CALM: too many frames that carry nothing
            a frame of 16 MiB: UNAVAILABLE: the server broke HTTP/2: FRAME_SIZE_ERROR: a frame is longer than SETTINGS_MAX_FRAME_SIZE
        "#]],
    );
}

#[test]
fn header_bombs() {
    check(
        &[
            Flood {
                first: frame(HEADERS, 0, 1, &[0x88]),
                ..flood("empty CONTINUATION", |_| frame(CONTINUATION, 0, 1, b""))
            },
            Flood {
                first: frame(HEADERS, 0, 1, &[0x88]),
                ..flood("full CONTINUATION", |_| {
                    frame(CONTINUATION, 0, 1, &[b'a'; 16_384])
                })
            },
            flood("a head that is too long", |_| {
                let long = literal(0x40, "x-long", &"x".repeat(4000));
                let block = [&[0x88][..], &long, &[0x80 | 62; 4000]].concat();
                frame(HEADERS, END_HEADERS, 1, &block)
            }),
            after_the_head("trailers that are too long", |_| {
                let long = literal(0x40, "x-long", &"x".repeat(4000));
                let block = [&long[..], &[0x80 | 62; 4000]].concat();
                frame(HEADERS, END_HEADERS | 1, 1, &block)
            }),
            flood("a string longer than all memory", |_| {
                frame(HEADERS, END_HEADERS, 1, b"\x00\x7f\xff\xff\xff\xff\x0f")
            }),
        ],
        expect![[r#"
            empty CONTINUATION: UNAVAILABLE: the server broke HTTP/2: ENHANCE_YOUR_CALM: a header block goes on over too many short CONTINUATION frames
            full CONTINUATION: UNAVAILABLE: the server broke HTTP/2: ENHANCE_YOUR_CALM: a header block is far longer than SETTINGS_MAX_HEADER_LIST_SIZE
            a head that is too long: RESOURCE_EXHAUSTED: HTTP/2 ENHANCE_YOUR_CALM: the stream was reset: ENHANCE_YOUR_CALM: a header list above SETTINGS_MAX_HEADER_LIST_SIZE
            trailers that are too long: RESOURCE_EXHAUSTED: HTTP/2 ENHANCE_YOUR_CALM: the stream was reset: ENHANCE_YOUR_CALM: a header list above SETTINGS_MAX_HEADER_LIST_SIZE
            a string longer than all memory: UNAVAILABLE: the server broke HTTP/2: COMPRESSION_ERROR: a header block has an integer that is too large
        "#]],
    );
}

#[test]
fn messages_that_are_too_long() {
    check(
        &[
            after_the_head("a message of 4 GiB", |_| data(1, 0, b"\0\xff\xff\xff\xff.")),
            after_the_head("a compressed one", |_| data(1, 0, b"\x01\xff\xff\xff\xff.")),
        ],
        expect![[r#"
            a message of 4 GiB: RESOURCE_EXHAUSTED: response: message of 4294967295 bytes, the limit is 4194304 (max_receive_message_len)
            a compressed one: INTERNAL: response: a message is compressed, but grpc-encoding doesn't say how
        "#]],
    );
}

/// Runs a test alone, on a runtime of its own.
fn alone<F: Future<Output = ()>>(test: impl FnOnce(Alone) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(async { test(Alone::new().await).await });
}

#[test]
fn a_stream_that_nobody_reads_is_held_up_to_its_window() {
    alone(|alone| async move {
        for way in Way::ALL {
            let server = Server::new(*way).await;
            let client = server.client();
            let stream = async {
                let call = tokio::spawn(client.count(number(1)).send());
                let mut connection = server.accept(&[]).await;
                connection.request().await;
                let (mut reader, mut writer) = tokio::io::split(connection.stream);
                writer.write_all(&head()).await.unwrap();
                let numbers = call.await.unwrap().unwrap();
                // Empty messages, of 5 bytes each, twice as many as there may be; a byte a frame.
                let empty = [0; 5].map(|byte| data(1, 0, &[byte])).concat();
                for _ in 0..1000 {
                    writer.write_all(&empty.repeat(200)).await.unwrap();
                }
                // The client has heard all of it.
                writer.write_all(&ping(b"are you?")).await.unwrap();
                let mut told = Vec::new();
                while !told.windows(8).any(|told| told == b"are you?") {
                    assert!(reader.read_buf(&mut told).await.unwrap() > 0);
                }
                numbers
            };
            let (mut numbers, held) = alone.held(stream).await;
            assert!(held < MAX_HELD, "{held} bytes are held");
            let status = loop {
                match numbers.message().await {
                    Ok(number) => assert_eq!(number, Some(crate::suite::calculator::number(0))),
                    Err(status) => break status,
                }
            };
            assert!(status.message().contains("FLOW_CONTROL_ERROR"), "{status}");
        }
    });
}

#[test]
fn a_server_that_refuses_each_call_is_not_asked_for_ever() {
    alone(|_alone| async {
        for way in Way::ALL {
            let server = Server::new(*way).await;
            let call = tokio::spawn(server.client().increment(number(1)).send());
            let mut connection = server.accept(&[]).await;
            for _ in 0..4 {
                let stream = connection.request().await;
                connection.reset(stream, REFUSED_STREAM).await;
            }
            check_status(call.await.unwrap(), "UNAVAILABLE: the server refuses calls");
        }
    });
}

#[test]
fn a_server_that_goes_away_each_time_is_not_called_for_ever() {
    alone(|_alone| async {
        for way in Way::ALL {
            let server = Server::new(*way).await;
            let call = tokio::spawn(server.client().increment(number(1)).send());
            for _ in 0..4 {
                let mut connection = server.accept(&[]).await;
                connection.request().await;
                connection.go_away(0).await;
                connection.closed().await;
            }
            check_status(call.await.unwrap(), "UNAVAILABLE: the server refuses calls");
            // Nor by who calls it next, or any more often.
            let next = tokio::spawn(server.client().increment(number(1)).send());
            let mut connection = server.accept(&[]).await;
            connection.request().await;
            connection.answer(1, 7).await;
            assert_eq!(next.await.unwrap().unwrap(), number(7));
        }
    });
}

#[test]
fn a_server_that_takes_no_calls_gets_no_more_connections_for_them() {
    alone(|_alone| async {
        let server = Server::new(Way::Tcp).await;
        let client = server.client();
        let calls: Vec<_> = (0..50)
            .map(|n| {
                let call = client.increment(number(n));
                tokio::spawn(call.timeout(Duration::from_millis(100)).send())
            })
            .collect();
        let mut connections = Vec::new();
        let accepting = async {
            loop {
                connections.push(server.accept(&[(MAX_CONCURRENT_STREAMS, 0)]).await);
            }
        };
        let waiting = async {
            for call in calls {
                let status = call.await.unwrap().unwrap_err();
                assert!(
                    ["DEADLINE_EXCEEDED", "UNAVAILABLE"].contains(&status.code().name()),
                    "{status}"
                );
            }
        };
        tokio::select! {
            () = accepting => {}
            () = waiting => {}
        }
        assert!(connections.len() <= 2, "{}", connections.len());
    });
}

#[test]
fn a_server_that_never_reads_makes_a_client_hold_little() {
    alone(|alone| async move {
        for way in Way::ALL {
            let server = Server::new(*way).await;
            let made = Arc::new(AtomicU64::new(0));
            let counted = Arc::clone(&made);
            let upload = async {
                let numbers = stream::repeat_with(move || {
                    counted.fetch_add(1, Ordering::Relaxed);
                    number(i64::MAX)
                });
                let call = tokio::spawn(server.client().sum(numbers).send());
                // Its windows are as large as they can be.
                let connection = server
                    .accept(&[(INITIAL_WINDOW_SIZE, i32::MAX as u32)])
                    .await;
                let mut stream = connection.stream;
                let window = window_update(0, i32::MAX as u32 - 65_535);
                stream.write_all(&window).await.unwrap();
                // Nothing more is asked of the caller, however often others go first.
                let mut last = 0;
                for same in 0.. {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    let now = made.load(Ordering::Relaxed);
                    if now == last && now > 0 && same > 100 {
                        break;
                    }
                    last = now;
                }
                call.abort();
            };
            let ((), held) = alone.held(upload).await;
            eprintln!(
                "{held} over {way:?}, {} messages",
                made.load(Ordering::Relaxed)
            );
            assert!(held < MAX_HELD, "{held} over {way:?}");
        }
    });
}

fn check_status<T: std::fmt::Debug>(answer: Result<T, Status>, expected: &str) {
    assert_eq!(answer.unwrap_err().to_string(), expected);
}

/// Bytes that one server may make a client hold, and what the server itself holds here.
const MAX_HELD: usize = 8 << 20;

/// How much a flood sends at most, and of how many frames.
const MAX_SENT: usize = 6 << 20;
const MAX_PIECES: u32 = 100_000;
