//! Clients that attack a server.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use expect_test::{Expect, expect};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use traitwire_engine::Reason;

use crate::suite::raw::*;
use crate::ways::{By, Target, Way};
use crate::{Alone, MEMORY};

/// The same again and again.
struct Flood {
    name: &'static str,
    /// What it begins with.
    first: Vec<u8>,
    piece: fn(u32) -> Vec<u8>,
    /// Whether hyper has a bound for it.
    by_hyper: bool,
}

/// What came of it.
struct Outcome {
    /// What the server said last, if it has closed the connection.
    closed: Option<String>,
    sent: usize,
    answered: usize,
}

/// Floods servers of all kinds. `expect` has what our own HTTP/2 says; hyper may say what it likes, but has the same bounds.
#[track_caller]
fn check(floods: &[Flood], expect: Expect) {
    let runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = { runtime }.worker_threads(2).enable_all().build().unwrap();
    let report = runtime.block_on(async {
        let alone = Alone::new().await;
        let mut told = String::new();
        for flood in floods {
            let mut lines = Vec::new();
            for (by, way) in ways().filter(|(by, _)| flood.by_hyper || *by == By::Engine) {
                let target = Target::start(way, by).await;
                let (outcome, held) = alone.held(run(&target, flood)).await;
                let Outcome {
                    closed,
                    sent,
                    answered,
                } = outcome;
                let line = closed.unwrap_or_else(|| "goes on".to_owned());
                let what = format!("{}, by {by:?} over {way:?}: {line}", flood.name);
                eprintln!("{what}; held {held}, sent {sent}, answered {answered}");
                assert!(held < MAX_HELD, "{held} bytes are held: {what}");
                assert!(
                    answered < 64 * 1024 + 4 * sent,
                    "{answered} answered: {what}"
                );
                if by == By::Engine {
                    lines.push(line);
                }
                target.serves_others().await;
                target.running.abort();
                target.running.wait().await;
            }
            lines.dedup();
            assert_eq!(lines.len(), 1, "{}: {lines:?}", flood.name);
            writeln!(told, "{}: {}", flood.name, lines[0]).unwrap();
        }
        told
    });
    expect.assert_eq(&report);
}

fn ways() -> impl Iterator<Item = (By, Way)> {
    let of = |by| Way::ALL.iter().map(move |way| (by, *way));
    of(By::Engine).chain(of(By::Hyper))
}

async fn run(target: &Target, flood: &Flood) -> Outcome {
    let (reader, mut writer) = tokio::io::split(target.connect().await);
    let first = [PREFACE, &settings(&[]), &frame(SETTINGS, ACK, 0, b"")].concat();
    writer.write_all(&first).await.unwrap();
    let _ = writer.write_all(&flood.first).await;
    let sent = Arc::new(AtomicUsize::new(0));
    let (piece, counted) = (flood.piece, Arc::clone(&sent));
    // In a task of its own, which has to find the time to hear that it should stop.
    let sending = tokio::spawn(async move {
        let mut n = 0;
        let mut total = 0;
        while total < MAX_SENT && n < MAX_PIECES {
            let mut batch = Vec::new();
            while batch.len() < 16 * 1024 {
                batch.extend(piece(n));
                n += 1;
            }
            total += batch.len();
            counted.store(total, Ordering::Relaxed);
            if writer.write_all(&batch).await.is_err() {
                break;
            }
            tokio::task::yield_now().await;
        }
        let _ = writer.write_all(&ping(b"all sent")).await;
        // TLS holds on to what the socket had no room for.
        let _ = writer.flush().await;
        writer
    });
    let mut answered = 0;
    let mut reader = RawReader::new(reader);
    let mut last = String::new();
    let closed = loop {
        let Some((kind, flags, _, payload)) = reader.frame().await else {
            break Some(last);
        };
        answered += 9 + payload.len();
        match (kind, flags) {
            (PING, ACK) if payload == b"all sent" => break None,
            (GOAWAY, _) => {
                let reason = Reason(u32::from_be_bytes(payload[4..8].try_into().unwrap()));
                last = format!("{reason} {}", String::from_utf8_lossy(&payload[8..]));
                last.truncate(last.trim_end().len());
            }
            _ => {}
        }
    };
    sending.abort();
    Outcome {
        closed,
        sent: sent.load(Ordering::Relaxed),
        answered,
    }
}

fn flood(name: &'static str, piece: fn(u32) -> Vec<u8>) -> Flood {
    Flood {
        name,
        first: Vec::new(),
        piece,
        by_hyper: true,
    }
}

fn on_a_call(name: &'static str, piece: fn(u32) -> Vec<u8>) -> Flood {
    Flood {
        first: head(1, "Ignore", &[]),
        ..flood(name, piece)
    }
}

fn id(n: u32) -> u32 {
    2 * n + 1
}

#[test]
fn streams_that_are_opened_in_vain() {
    check(
        &[
            flood("reset at once", |n| {
                [call(id(n), "Hang", b""), reset(id(n))].concat()
            }),
            flood("reset before their message", |n| {
                [head(id(n), "Sum", &[]), reset(id(n))].concat()
            }),
            flood("more than there may be", |n| head(id(n), "Sum", &[])),
        ],
        expect![[r#"
            reset at once: ENHANCE_YOUR_CALM too many streams were reset
            reset before their message: ENHANCE_YOUR_CALM too many streams were reset
            more than there may be: ENHANCE_YOUR_CALM too many streams had to be reset
        "#]],
    );
}

#[test]
fn streams_that_have_to_be_reset() {
    check(
        &[
            flood("a window that is opened too far", |n| {
                [
                    call(id(n), "Hang", b""),
                    window_update(id(n), i32::MAX as u32),
                ]
                .concat()
            }),
            flood("a window that is opened by nothing", |n| {
                [call(id(n), "Hang", b""), window_update(id(n), 0)].concat()
            }),
            flood("data after the end", |n| {
                [call(id(n), "Hang", b""), data(id(n), 0, b"x")].concat()
            }),
            flood("a head after the end", |n| {
                [call(id(n), "Hang", b""), head(id(n), "Hang", &[])].concat()
            }),
            flood("a priority of the wrong length", |n| {
                [call(id(n), "Hang", b""), frame(PRIORITY, 0, id(n), b"x")].concat()
            }),
            flood("a length that is not kept to", |n| {
                let head = head(id(n), "Sum", &[("content-length", "9")]);
                [head, data(id(n), END_STREAM, b"x")].concat()
            }),
            flood("an empty head", |n| frame(HEADERS, END_HEADERS, id(n), b"")),
            flood("a head that is too long", |n| {
                // `accept-encoding: gzip, deflate` is 60 bytes each time.
                let block = call_block("/calls.v1.Calculator/Sum", &[]);
                head_of(id(n), &[&block, &[0x80 | 16; 300][..]].concat())
            }),
        ],
        expect![[r#"
            a window that is opened too far: ENHANCE_YOUR_CALM too many streams had to be reset
            a window that is opened by nothing: ENHANCE_YOUR_CALM too many streams had to be reset
            data after the end: ENHANCE_YOUR_CALM too many streams had to be reset
            a head after the end: ENHANCE_YOUR_CALM too many streams had to be reset
            a priority of the wrong length: ENHANCE_YOUR_CALM too many streams had to be reset
            a length that is not kept to: ENHANCE_YOUR_CALM too many streams had to be reset
            an empty head: ENHANCE_YOUR_CALM too many streams had to be reset
            a head that is too long: ENHANCE_YOUR_CALM too many streams had to be reset
        "#]],
    );
}

#[test]
fn frames_that_lead_nowhere() {
    check(
        &[
            flood("PING", |_| ping(b"12345678")),
            flood("answers to no PING", |_| frame(PING, ACK, 0, b"12345678")),
            flood("SETTINGS", |_| settings(&[])),
            flood("SETTINGS of all windows and tables", |n| {
                let sizes = [(4, n), (1, n % 4096), (4, 0), (1, 0)];
                settings(&sizes.repeat(600))
            }),
            flood("answers to no SETTINGS", |_| frame(SETTINGS, ACK, 0, b"")),
            flood("WINDOW_UPDATE by a byte", |_| window_update(0, 1)),
            on_a_call("WINDOW_UPDATE of a stream", |_| window_update(1, 1)),
            flood("PRIORITY", |n| frame(PRIORITY, 0, id(n), &[0; 5])),
            flood("unknown frames", |_| frame(0xbb, 0, 0, b"")),
            flood("long unknown frames", |_| frame(0xbb, 0, 0, &[0; 16_384])),
            on_a_call("empty DATA", |_| data(1, 0, b"")),
            flood("GOAWAY", |_| frame(GOAWAY, 0, 0, &[0; 8])),
            Flood {
                first: [head(1, "Sum", &[]), reset(1)].concat(),
                ..flood("RST_STREAM of a stream that is over", |_| reset(1))
            },
        ],
        expect![[r#"
            PING: ENHANCE_YOUR_CALM too_many_pings
            answers to no PING: ENHANCE_YOUR_CALM too many frames that carry nothing
            SETTINGS: ENHANCE_YOUR_CALM too many frames that carry nothing
            SETTINGS of all windows and tables: goes on
            answers to no SETTINGS: ENHANCE_YOUR_CALM too many frames that carry nothing
            WINDOW_UPDATE by a byte: ENHANCE_YOUR_CALM too many frames that carry nothing
            WINDOW_UPDATE of a stream: ENHANCE_YOUR_CALM too many frames that carry nothing
            PRIORITY: ENHANCE_YOUR_CALM too many frames that carry nothing
            unknown frames: ENHANCE_YOUR_CALM too many frames that carry nothing
            long unknown frames: goes on
            empty DATA: ENHANCE_YOUR_CALM too many frames that carry nothing
            GOAWAY: ENHANCE_YOUR_CALM too many frames that carry nothing
            RST_STREAM of a stream that is over: ENHANCE_YOUR_CALM too many frames that carry nothing
        "#]],
    );
}

#[test]
fn headers_without_end() {
    fn endless(name: &'static str, piece: fn(u32) -> Vec<u8>) -> Flood {
        Flood {
            first: frame(HEADERS, 0, 1, &call_block("/", &[])),
            ..flood(name, piece)
        }
    }
    check(
        &[
            endless("empty CONTINUATION", |_| frame(CONTINUATION, 0, 1, b"")),
            endless("CONTINUATION of a byte", |_| {
                frame(CONTINUATION, 0, 1, b"a")
            }),
            endless("full CONTINUATION", |_| {
                frame(CONTINUATION, 0, 1, &[b'a'; 16_384])
            }),
        ],
        expect![[r#"
            empty CONTINUATION: ENHANCE_YOUR_CALM a header block goes on over too many short CONTINUATION frames
            CONTINUATION of a byte: ENHANCE_YOUR_CALM a header block goes on over too many short CONTINUATION frames
            full CONTINUATION: ENHANCE_YOUR_CALM a header block is far longer than SETTINGS_MAX_HEADER_LIST_SIZE
        "#]],
    );
}

#[test]
fn header_bombs() {
    check(
        &[
            Flood {
                first: head_of(1, &literal(0x40, "x-long", &"x".repeat(4000))),
                ..flood("a long field, again and again", |n| {
                    // 2 KiB that would be 8 MiB.
                    head_of(id(n + 1), &[0x80 | 62; 2_000])
                })
            },
            flood("the size of the table, again and again", |n| {
                // To nothing, and to 4096.
                head_of(id(n), &[0x20, 0x3f, 0xe1, 0x1f].repeat(400))
            }),
            flood("a table that is always full", |n| {
                let fields = (0..6).flat_map(|m| {
                    let name = format!("x-{n}-{m}");
                    literal(0x40, &name, &"x".repeat(300))
                });
                head_of(id(n), &fields.collect::<Vec<_>>())
            }),
            flood("a table larger than it may be", |n| {
                head_of(id(n), &[0x3f, 0xe1, 0xff, 0xff, 0x07])
            }),
            flood("a number without end", |n| head_of(id(n), &[0xff; 100])),
            flood("a string longer than all memory", |n| {
                head_of(id(n), b"\x00\x7f\xff\xff\xff\xff\x0f")
            }),
        ],
        expect![[r#"
            a long field, again and again: ENHANCE_YOUR_CALM too many streams had to be reset
            the size of the table, again and again: ENHANCE_YOUR_CALM too many streams had to be reset
            a table that is always full: ENHANCE_YOUR_CALM too many streams had to be reset
            a table larger than it may be: COMPRESSION_ERROR a header block makes the table larger than SETTINGS_HEADER_TABLE_SIZE
            a number without end: COMPRESSION_ERROR a header block has an integer that is too large
            a string longer than all memory: COMPRESSION_ERROR a header block has an integer that is too large
        "#]],
    );
}

fn head_of(id: u32, block: &[u8]) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, id, block)
}

#[test]
fn sizes_that_are_only_said() {
    check(
        &[
            flood("a frame of 16 MiB", |_| {
                [&[0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1], &[0; 1000][..]].concat()
            }),
            // 256 of them are open at a time.
            flood("messages of 4 GiB", |n| {
                let head = head(id(n), "Sum", &[]);
                [head, data(id(n), 0, b"\0\xff\xff\xff\xff.")].concat()
            }),
            flood("messages of 4 MiB, which may be", |n| {
                let head = head(id(n), "Increment", &[]);
                [head, data(id(n), 0, b"\0\0\x40\0\0.")].concat()
            }),
            flood("long paths", |n| {
                let block = call_block(&format!("/{}/x", "\u{7f}".repeat(15_000)), &[]);
                head_of(id(n), &block)
            }),
        ],
        expect![[r#"
            a frame of 16 MiB: FRAME_SIZE_ERROR a frame is longer than SETTINGS_MAX_FRAME_SIZE
            messages of 4 GiB: ENHANCE_YOUR_CALM too many streams had to be reset
            messages of 4 MiB, which may be: ENHANCE_YOUR_CALM too many streams had to be reset
            long paths: goes on
        "#]],
    );
}

#[test]
fn more_data_than_there_may_be() {
    check(
        &[
            Flood {
                // Each is 500 bytes to the `h2` crate: see `SECURITY.md`.
                by_hyper: false,
                ..on_a_call("a byte at a time", |_| data(1, 0, b"x"))
            },
            on_a_call("padding alone", |_| {
                frame(DATA, 8, 1, &[&[255][..], &[0; 255]].concat())
            }),
            flood("on streams that were never there", |n| data(id(n), 0, b"x")),
        ],
        expect![[r#"
            a byte at a time: goes on
            padding alone: ENHANCE_YOUR_CALM too many frames that carry nothing
            on streams that were never there: PROTOCOL_ERROR DATA on an idle stream
        "#]],
    );
}

#[test]
fn other_protocols() {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(async {
        let alone = Alone::new().await;
        for (by, way) in ways() {
            let target = Target::start(way, by).await;
            for garbage in [
                &b"GET / HTTP/1.1\r\n\0\0\0\r\n\r\n"[..],
                b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                b"SSH-2.0-OpenSSH_9.6\r\n",
                b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
                &[0xff; 16],
            ] {
                let told = async {
                    let stream = tokio::net::TcpStream::connect(target.address()).await;
                    // What TLS is told in plaintext, too.
                    let (reader, mut writer) = tokio::io::split(stream.unwrap());
                    let sending = tokio::spawn(async move {
                        for _ in 0..MAX_SENT / garbage.len() / 64 {
                            let many = garbage.repeat(64);
                            if writer.write_all(&many).await.is_err() {
                                return;
                            }
                        }
                        let _ = writer.shutdown().await;
                    });
                    let mut told = Vec::new();
                    let mut reader = reader.take(MAX_SENT as u64);
                    let told = reader.read_to_end(&mut told).await;
                    sending.abort();
                    told
                };
                let (told, held) = alone.held(told).await;
                let what = format!("{:?}, by {by:?} over {way:?}", garbage.escape_ascii());
                assert!(held < MAX_HELD, "{held} bytes are held: {what}");
                assert!(told.is_err() || told.unwrap() < 1024, "{what}");
            }
            target.serves_others().await;
        }
    });
}

#[test]
fn answers_that_nobody_takes() {
    let no_window = settings(&[(INITIAL_WINDOW_SIZE, 0)]);
    check_stalled(&no_window, 64 * 1024);
}

#[test]
fn answers_that_nobody_reads() {
    let windows = settings(&[(INITIAL_WINDOW_SIZE, i32::MAX as u32)]);
    let all = window_update(0, i32::MAX as u32 - 65_535);
    // hyper takes 400 KiB of each stream, and holds more for them.
    check_stalled(&[windows, all].concat(), 1024 * 1024);
}

/// Streams of answers that never end, to a client that begins like this and then doesn't read: what is held of each, and
/// what hyper may hold.
#[track_caller]
fn check_stalled(beginning: &[u8], by_hyper: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(async {
        let alone = Alone::new().await;
        for (by, way) in ways() {
            let target = Target::start(way, by).await;
            let streams = 10;
            let stall = async {
                let mut stream = target.connect().await;
                let calls = (0..streams).flat_map(|n| call(id(n), "Repeat", b"\x08\x01"));
                let calls: Vec<_> = calls.collect();
                let first = [PREFACE, beginning, &calls].concat();
                stream.write_all(&first).await.unwrap();
                settled().await;
                stream
            };
            let (stream, held) = alone.held(stall).await;
            eprintln!("{by:?} over {way:?}: {held}");
            // What is put together of each, and as much that waits.
            let max = match by {
                By::Engine => 192 * 1024,
                By::Hyper => by_hyper,
            };
            // And what waits for the socket.
            let max = streams as usize * max + (2 << 20);
            assert!(held < max, "{held} by {by:?} over {way:?}");
            drop(stream);
            target.serves_others().await;
        }
    });
}

/// Waits until nothing more is held than before.
async fn settled() {
    let (mut last, mut same) = (0, 0);
    while same < 20 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let now = MEMORY.current_usage();
        same = if now == last { same + 1 } else { 0 };
        last = now;
    }
}

#[test]
fn connections_that_do_nothing() {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(async {
        let alone = Alone::new().await;
        for (by, way) in ways() {
            let target = Target::start(way, by).await;
            target.serves_others().await;
            let open = async {
                let mut streams = Vec::new();
                for _ in 0..100 {
                    let mut stream = target.connect().await;
                    let first = [PREFACE, &settings(&[]), &ping(b"are you?")].concat();
                    stream.write_all(&first).await.unwrap();
                    let mut reader = RawReader::new(stream);
                    reader.until("PING ack").await;
                    streams.push(reader);
                }
                streams
            };
            let (streams, held) = alone.held(open).await;
            eprintln!("{by:?} over {way:?}: {} a connection", held / streams.len());
            // With what the other end has of them.
            assert!(
                held / streams.len() < 128 * 1024,
                "{held} by {by:?} over {way:?}"
            );
            drop(streams);
            target.serves_others().await;
        }
    });
}

/// Bytes that one peer may make a server hold, and what the peer itself holds here.
const MAX_HELD: usize = 8 << 20;

/// How much a flood sends at most, and of how many frames.
const MAX_SENT: usize = 6 << 20;
const MAX_PIECES: u32 = 40_000;

const PRIORITY: u8 = 2;
