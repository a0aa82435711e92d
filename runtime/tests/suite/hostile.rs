//! Peers that mean harm, and slow ones. Only on our own HTTP/2: hyper decides these for itself.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout};
use traitwire::{Code, Context, Message, RunningServer, Status, grpc_service};

use super::bulk::{BulkServer, Store, settled};
use super::server;
use crate::calculator::{CalculatorClient, CalculatorServer, Gone, abacus, number};
use crate::raw::*;

async fn start() -> (RunningServer, Gone) {
    let (service, gone) = abacus();
    let server = server().add(CalculatorServer::new(service));
    (server.start("127.0.0.1:0").await.unwrap(), gone)
}

/// Others are served all the same.
async fn serves_others(address: SocketAddr) {
    let client = CalculatorClient::connect(address).await.unwrap();
    assert_eq!(client.increment(number(1)).await.unwrap(), number(2));
}

/// Sends `piece` again and again, until the server doesn't take it any more; returns what it says about that.
async fn flood(
    address: SocketAddr,
    mut piece: impl FnMut(u32) -> Vec<u8> + Send + 'static,
) -> String {
    let RawClient {
        mut writer,
        mut reader,
    } = RawClient::open(address, &[]).await;
    // A task of its own, which lets others have their turn: whoever is told has to find the time to hear it.
    let sending = tokio::spawn(async move {
        for n in 0.. {
            let many: Vec<_> = (n * 100..(n + 1) * 100).map(&mut piece).collect();
            if writer.write_all(&many.concat()).await.is_err() {
                return;
            }
            tokio::task::yield_now().await;
        }
    });
    let lines = reader.until_closed().await;
    // Who floods a server need not notice that it was told to stop.
    sending.abort();
    serves_others(address).await;
    lines.last().expect("something was said").clone()
}

/// As tasks: those of one task would wait for the most busy one.
async fn at_once<const N: usize>(
    floods: [impl Future<Output = String> + Send + 'static; N],
) -> Vec<String> {
    let tasks = join_all(floods.map(tokio::spawn)).await;
    tasks.into_iter().map(Result::unwrap).collect()
}

#[tokio::test]
async fn who_resets_rapidly_is_told_to_calm_down() {
    let (running, _) = start().await;
    let last = flood(running.local_addr(), |n| {
        let id = 2 * n + 1;
        [head(id, "Increment", &[]), reset(id)].concat()
    });
    let last = last.await;
    let (_, reason) = last.split_once(": ").unwrap();
    assert_eq!(reason, "ENHANCE_YOUR_CALM too many streams were reset");
}

#[tokio::test]
async fn who_opens_more_streams_than_allowed_for_long_is_told_to_calm_down() {
    let (running, _) = start().await;
    let last = flood(running.local_addr(), |n| head(2 * n + 1, "Increment", &[])).await;
    let (_, reason) = last.split_once(": ").unwrap();
    assert_eq!(reason, "ENHANCE_YOUR_CALM too many streams had to be reset");
}

#[tokio::test]
async fn a_head_without_an_end_is_not_collected_for_ever() {
    let (running, _) = start().await;
    let address = running.local_addr();
    let floods = [0, 1, 16_384].map(|len| {
        flood(address, move |n| match n {
            0 => frame(HEADERS, 0, 1, &call_block("/", &[])),
            _ => frame(CONTINUATION, 0, 1, &vec![b'a'; len]),
        })
    });
    for last in at_once(floods).await {
        assert!(last.contains("ENHANCE_YOUR_CALM"), "{last}");
    }
}

#[tokio::test]
async fn frames_that_carry_nothing_end_the_connection() {
    let (running, _) = start().await;
    let pieces = [
        ping(b"12345678"),
        settings(&[]),
        window_update(0, 1),
        frame(0xbb, 0, 0, b""),
        frame(2, 0, 3, &[0; 5]),
    ];
    let address = running.local_addr();
    let floods = pieces.map(|piece| flood(address, move |_| piece.clone()));
    for last in at_once(floods).await {
        let (_, told) = last.split_once("ENHANCE_YOUR_CALM ").unwrap_or_default();
        let known = ["too many frames that carry nothing", "too_many_pings"];
        assert!(known.contains(&told), "{last}");
    }
}

#[tokio::test]
async fn empty_data_ends_the_connection() {
    let (running, _) = start().await;
    let empty = flood(running.local_addr(), |n| match n {
        0 => head(1, "Ignore", &[]),
        _ => data(1, 0, b""),
    });
    let last = empty.await;
    assert!(last.contains("ENHANCE_YOUR_CALM"), "{last}");
}

#[tokio::test]
async fn a_client_that_never_reads_makes_a_server_hold_little() {
    let (store, _gate) = Store::new();
    let running = server()
        .add(BulkServer::new(store.clone()))
        .add(CalculatorServer::new(abacus().0))
        .start("127.0.0.1:0")
        .await
        .unwrap();
    // Its windows are as large as they can be.
    let windows = [(INITIAL_WINDOW_SIZE, i32::MAX as u32)];
    let mut client = RawClient::open(running.local_addr(), &windows).await;
    client.send(&window_update(0, (1 << 31) - 65_536)).await;
    let streams = 20;
    for n in 0..streams {
        let head = call_block("/bulk.v1.Bulk/Download", &[]);
        client
            .send(&frame(HEADERS, END_HEADERS, 2 * n + 1, &head))
            .await;
        // A GiB.
        let amount = framed(&[0x08, 0x80, 0x80, 0x80, 0x80, 0x04]);
        client.send(&data(2 * n + 1, END_STREAM, &amount)).await;
    }
    let made = settled(&store.made).await;
    // What waits for each stream, the output, and what the system holds.
    assert!(made > 0);
    assert!(made < (u64::from(streams) * 192 + 8 * 1024) << 10, "{made}");
    serves_others(running.local_addr()).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_reads_is_given_up() {
    let (running, _) = start().await;
    let mut client = RawClient::open(running.local_addr(), &[]).await;
    // So many answers of 4 KiB wait that no more is read. What asks for them is as long.
    let message = [&b"\x08\x95\xa0\x04\x12\x80\x20"[..], &[b'x'; 4096]].concat();
    let sent = async {
        for n in 0.. {
            let calls = (n * 100..(n + 1) * 100).map(|n| call(2 * n + 1, "Fail", &message));
            let calls = calls.collect::<Vec<_>>().concat();
            if client.writer.write_all(&calls).await.is_err() {
                return;
            }
        }
    };
    let start = Instant::now();
    timeout(Duration::from_secs(600), sent).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(60));
    running.shutdown();
    timeout(Duration::from_secs(600), running.wait())
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_breaks_a_rule_and_never_reads_is_given_up() {
    for broken in [frame(PING, 0, 0, b"short"), Vec::new()] {
        let (running, _) = start().await;
        let windows = [(INITIAL_WINDOW_SIZE, i32::MAX as u32)];
        let mut client = RawClient::open(running.local_addr(), &windows).await;
        client.send(&window_update(0, (1 << 31) - 65_536)).await;
        for id in [1, 3, 5] {
            client.send(&call(id, "Repeat", b"\x08\x01")).await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        client.send(&broken).await;
        if broken.is_empty() {
            client.writer.shutdown().await.unwrap();
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        running.shutdown();
        timeout(Duration::from_secs(60), running.wait())
            .await
            .expect("the server stops");
    }
}

#[tokio::test]
async fn a_client_that_reads_slowly_gets_all_of_a_long_answer() {
    let (store, _gate) = Store::new();
    let server = server().add(BulkServer::new(store));
    let running = server.start("127.0.0.1:0").await.unwrap();
    let windows = [(INITIAL_WINDOW_SIZE, i32::MAX as u32)];
    let mut client = RawClient::open(running.local_addr(), &windows).await;
    client.send(&window_update(0, (1 << 31) - 65_536)).await;
    let head = call_block("/bulk.v1.Bulk/Fetch", &[]);
    client.send(&frame(HEADERS, END_HEADERS, 1, &head)).await;
    // 32 MiB, at 256 KiB/s.
    let amount = framed(&[0x08, 0x80, 0x80, 0x80, 0x10]);
    client.send(&data(1, END_STREAM, &amount)).await;
    let mut read = 0;
    let mut budget = 0;
    loop {
        let (kind, flags, id, payload) = client.reader.frame().await.expect("more");
        if kind == PING && flags == 0 {
            client.send(&frame(PING, ACK, 0, &payload)).await;
        }
        if (kind, id) == (DATA, 1) {
            read += payload.len();
            budget += payload.len();
        }
        if kind == HEADERS && flags & END_STREAM != 0 {
            break;
        }
        if budget > 256 * 1024 {
            budget = 0;
            // A paused clock would go on by itself whenever everybody waits for a socket.
            tokio::time::pause();
            tokio::time::advance(Duration::from_secs(1)).await;
            tokio::time::resume();
        }
    }
    assert!(read > 32 << 20);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_slowly_gets_all_of_an_answer_after_a_shutdown() {
    let (store, _gate) = Store::new();
    let server = server().add(BulkServer::new(store));
    let running = server.start("127.0.0.1:0").await.unwrap();
    let windows = [(INITIAL_WINDOW_SIZE, i32::MAX as u32)];
    let mut client = RawClient::open(running.local_addr(), &windows).await;
    client.send(&window_update(0, (1 << 31) - 65_536)).await;
    let head = call_block("/bulk.v1.Bulk/Fetch", &[]);
    client.send(&frame(HEADERS, END_HEADERS, 1, &head)).await;
    // 4 MiB, at 256 KiB/s: long after the server has written it, it is on its way.
    let amount = framed(&[0x08, 0x80, 0x80, 0x80, 0x02]);
    client.send(&data(1, END_STREAM, &amount)).await;
    running.shutdown();
    let (mut read, mut pause) = (0, 0);
    loop {
        let (kind, flags, id, payload) = client.reader.frame().await.expect("more");
        if kind == PING && flags == 0 {
            client.send(&frame(PING, ACK, 0, &payload)).await;
        }
        if (kind, id) == (DATA, 1) {
            read += payload.len();
        }
        if kind == HEADERS && flags & END_STREAM != 0 {
            break;
        }
        if read > pause {
            pause = read + 256 * 1024;
            tokio::time::sleep(Duration::from_millis(900)).await;
            // As clients do that watch over their connection, or open a window.
            client.send(&ping(b"12345678")).await;
        }
    }
    assert!(read > 4 << 20);
    drop(client);
    running.wait().await;
}

#[tokio::test]
async fn one_byte_at_a_time_on_one_connection_leaves_the_others_alone() {
    let (running, _) = start().await;
    let mut slow = RawClient::open(running.local_addr(), &[]).await;
    let message = [&b"\x08\x01\x12\xe8\x07"[..], &[b'x'; 1000]].concat();
    for (n, byte) in call(1, "Increment", &message).into_iter().enumerate() {
        slow.send(&[byte]).await;
        if n % 100 == 0 {
            serves_others(running.local_addr()).await;
        }
    }
    let lines = slow.until("HEADERS 1: grpc-status=0, end").await;
    assert!(lines.len() >= 3, "{lines:?}");
}

#[tokio::test]
async fn streams_above_the_limit_are_refused_and_clients_wait_with_them() {
    let server = server().add(CalculatorServer::new(abacus().0));
    let server = server.max_concurrent_streams(2);
    let running = server.start("127.0.0.1:0").await.unwrap();
    let mut raw = RawClient::open(running.local_addr(), &[]).await;
    for id in [1, 3, 5] {
        raw.send(&head(id, "Increment", &[])).await;
    }
    assert_eq!(raw.ping().await, ["RST_STREAM 5: REFUSED_STREAM"]);
    raw.send(&data(1, END_STREAM, &framed(b""))).await;
    raw.until("HEADERS 1: grpc-status=0, end").await;
    raw.send(&call(7, "Increment", b"")).await;
    raw.until("HEADERS 7: grpc-status=0, end").await;

    let client = CalculatorClient::connect(running.local_addr())
        .await
        .unwrap();
    let calls = (0..20).map(|n| client.increment(number(n)).send());
    for answer in join_all(calls).await {
        answer.unwrap();
    }
}

#[tokio::test]
async fn more_than_a_window_ends_its_stream_or_the_connection() {
    let (running, mut gone) = start().await;
    let mut client = RawClient::open(running.local_addr(), &[]).await;
    client.send(&head(1, "Ignore", &[])).await;
    client.send(&head(3, "Hang", &[])).await;
    let full = data(1, 0, &[0; 16_384]);
    for _ in 0..32 {
        client.send(&full).await;
    }
    assert_eq!(client.ping().await, [""; 0]);
    client.send(&data(1, 0, b"x")).await;
    let lines = client.ping().await;
    assert_eq!(lines, ["RST_STREAM 1: FLOW_CONTROL_ERROR"]);
    gone.recv().await.unwrap();
    client.send(&window_update(3, 0)).await;
    assert_eq!(client.ping().await, ["RST_STREAM 3: PROTOCOL_ERROR"]);
    client.send(&call(5, "Increment", b"")).await;
    client.until("HEADERS 5: grpc-status=0, end").await;
    client.send(&window_update(0, i32::MAX as u32)).await;
    assert_eq!(
        client.until_closed().await,
        ["GOAWAY last 5: FLOW_CONTROL_ERROR the connection's window is opened past 2^31-1"]
    );
}

#[tokio::test]
async fn a_long_list_of_fields_is_refused() {
    let (running, _) = start().await;
    let mut raw = RawClient::open(running.local_addr(), &[]).await;
    let long = "x".repeat(16_100);
    raw.send(&head(1, "Increment", &[("x-long", &long)])).await;
    assert_eq!(raw.ping().await, ["RST_STREAM 1: ENHANCE_YOUR_CALM"]);
    raw.send(&call(3, "Increment", b"")).await;
    raw.until("HEADERS 3: grpc-status=0, end").await;

    // Our client says so before it sends any of it, or is told.
    let client = CalculatorClient::connect(running.local_addr())
        .await
        .unwrap();
    let long = "x".repeat(20_000);
    let call = client.tell(number(1), Context::new());
    let status = call.metadata("x-long", long.as_str()).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
    assert_eq!(client.increment(number(1)).await.unwrap(), number(2));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_passes_while_a_message_arrives() {
    let (running, _) = start().await;
    let mut client = RawClient::open(running.local_addr(), &[]).await;
    let soon = [("grpc-timeout", "100m")];
    // Nothing of a message, a part of one, and all but its end.
    for id in [1, 3, 5] {
        client.send(&head(id, "Increment", &soon)).await;
    }
    client.send(&data(3, 0, b"\0\0\0\0\x02\x08")).await;
    client.send(&data(5, 0, &framed(b"\x08\x01"))).await;
    // This one has more time.
    let later = [("grpc-timeout", "1H")];
    client.send(&head(7, "Increment", &later)).await;
    let mut lines = Vec::new();
    for id in [1, 3, 5] {
        lines.extend(client.until(&format!("RST_STREAM {id}: NO_ERROR")).await);
    }
    let heads: Vec<_> = lines
        .iter()
        .filter(|line| !line.starts_with("RST"))
        .collect();
    let late = |id| {
        format!(
            "HEADERS {id}: :status=200 content-type=application/grpc grpc-status=4 \
             grpc-message=the deadline passed, end"
        )
    };
    assert_eq!(heads, [&late(1), &late(3), &late(5)]);
    // What still comes of them is nobody's.
    client.send(&data(3, END_STREAM, b"\x03")).await;
    client
        .send(&data(7, END_STREAM, &framed(b"\x08\x01")))
        .await;
    client.until("HEADERS 7: grpc-status=0, end").await;
}

/// Computes for long.
#[grpc_service(package = "hostile.v1")]
pub trait Computer {
    /// Blocks its thread until so many others are at it, too.
    async fn compute(&self, together: Together) -> Result<(), Status>;
    /// Fails with a long text.
    async fn refuse(&self) -> Result<(), Status>;
}

#[derive(Clone, Debug, PartialEq, Message)]
pub struct Together {
    /// 0 for a call that is alone, and takes its time.
    #[proto(1)]
    pub others: u32,
}

struct Blocks {
    barrier: Arc<Barrier>,
    calls: Arc<AtomicUsize>,
}

impl Computer for Blocks {
    async fn compute(&self, together: Together) -> Result<(), Status> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if together.others == 0 {
            std::thread::sleep(Duration::from_millis(20));
        } else {
            self.barrier.wait();
        }
        Ok(())
    }

    async fn refuse(&self) -> Result<(), Status> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Err(Status::internal("x".repeat(4000)))
    }
}

/// Calls that arrive at once: the first `alone` take their time, three more need each other to end.
async fn compute(server: traitwire::Server, alone: usize) {
    let calls = Arc::default();
    let blocks = Blocks {
        barrier: Arc::new(Barrier::new(3)),
        calls: Arc::clone(&calls),
    };
    let server = server.add(ComputerServer::new(blocks));
    let running = server.start("127.0.0.1:0").await.unwrap();
    let mut client = RawClient::open(running.local_addr(), &[]).await;
    let mut bytes = Vec::new();
    for n in 0..alone + 3 {
        let head = call_block("/hostile.v1.Computer/Compute", &[]);
        let id = 2 * n as u32 + 1;
        bytes.extend(frame(HEADERS, END_HEADERS, id, &head));
        let message: &[u8] = if n < alone { b"" } else { b"\x08\x02" };
        bytes.extend(data(id, END_STREAM, &framed(message)));
    }
    client.send(&bytes).await;
    let mut ended = 0;
    while ended < alone + 3 {
        let line = client.reader.line().await.unwrap();
        ended += usize::from(line.ends_with("grpc-status=0, end"));
    }
    assert_eq!(calls.load(Ordering::Relaxed), alone + 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 6)]
async fn a_handler_that_computes_holds_its_neighbours_up_for_no_longer_than_once() {
    compute(server(), 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 6)]
async fn without_time_in_place_no_handler_holds_up_another() {
    compute(server().max_in_place(Duration::ZERO), 0).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_cut_ends_its_calls() {
    let (running, mut gone) = start().await;
    let mut client = RawClient::open(running.local_addr(), &[]).await;
    client.send(&call(1, "Hang", b"")).await;
    client.send(&call(3, "Repeat", b"\x08\x01")).await;
    client.ping().await;
    drop(client);
    gone.recv().await.unwrap();
    gone.recv().await.unwrap();
    serves_others(running.local_addr()).await;
}

#[tokio::test]
async fn short_questions_with_long_answers_are_not_all_answered_at_once() {
    let calls = Arc::default();
    let blocks = Blocks {
        barrier: Arc::new(Barrier::new(1)),
        calls: Arc::clone(&calls),
    };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("server.sock");
    let server = server().add(ComputerServer::new(blocks));
    // All of them in place, however slow the test is.
    let server = server.max_in_place(Duration::from_secs(1));
    let address = format!("unix:{}", path.display());
    let running = server.start(address.as_str()).await.unwrap();
    // 30 bytes are a call with an answer of 4 KiB, and nobody reads.
    let mut table = Vec::new();
    for (name, value) in [
        (":path", "/hostile.v1.Computer/Refuse"),
        ("te", "trailers"),
        ("content-type", "application/grpc"),
    ] {
        table.extend(literal(0x40, name, value));
    }
    // `:method: POST` and `:scheme: http` are in the static table.
    let first = [&[0x83, 0x86], &table[..]].concat();
    let mut bytes = [PREFACE, &settings(&[]), &frame(SETTINGS, ACK, 0, b"")].concat();
    for n in 0..2000 {
        let again = [0x83, 0x86, 0x80 | 64, 0x80 | 63, 0x80 | 62];
        let block = if n == 0 { &first[..] } else { &again };
        bytes.extend(frame(HEADERS, END_HEADERS, 2 * n + 1, block));
        bytes.extend(data(2 * n + 1, END_STREAM, &framed(b"")));
    }
    let mut client = tokio::net::UnixStream::connect(path).await.unwrap();
    client.write_all(&bytes).await.unwrap();
    let mut last = 0;
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(2)).await;
        last = calls.load(Ordering::Relaxed);
    }
    assert!((200..600).contains(&last), "{last} calls were answered");
    drop(client);
    running.shutdown();
    running.wait().await;
}
