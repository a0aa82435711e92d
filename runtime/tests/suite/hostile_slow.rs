//! Clients that take their time, to keep a server's from it. They send a byte now and then, which is a sign of life.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout};
use traitwire::RunningServer;

use super::{OURS, server};
use crate::calculator::{CalculatorServer, abacus};
use crate::raw::*;

async fn start() -> RunningServer {
    let server = server().add(CalculatorServer::new(abacus().0));
    server.start("127.0.0.1:0").await.unwrap()
}

/// Sends the bytes one by one, a second between them, then nothing, until the server closes the connection: after so many
/// seconds.
async fn drip(mut client: RawClient, bytes: &[u8]) -> u64 {
    let start = Instant::now();
    let RawReader { mut io, .. } = client.reader;
    let read = async {
        let mut sink = [0; 1024];
        // What it says is tested elsewhere.
        while io.read(&mut sink).await.is_ok_and(|len| len > 0) {}
        start.elapsed().as_secs()
    };
    let write = async {
        for byte in bytes {
            let _ = client.writer.write_all(&[*byte]).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        closed = read => closed,
        () = write => unreachable!("it never ends"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_does_not_begin_is_closed() {
    let running = start().await;
    for bytes in [&b""[..], b"PRI * HTTP/2.0\r\n\r\nSM\r\n", b"P"] {
        let client = RawClient::connect(running.local_addr()).await;
        let closed = drip(client, bytes).await;
        assert!((30..=31).contains(&closed), "{closed} for {bytes:?}");
    }
    let settings = frame(SETTINGS, 0, 0, &[0; 6 * 100]);
    let client = RawClient::connect(running.local_addr()).await;
    let closed = drip(client, &[PREFACE, &settings].concat()).await;
    // hyper asks whether somebody is there, and nobody can say so in the middle of a frame.
    assert!((30..=60).contains(&closed), "{closed}");
}

#[tokio::test(start_paused = true)]
async fn the_time_for_headers_can_be_chosen() {
    let server = server().add(CalculatorServer::new(abacus().0));
    let server = server.header_timeout(Duration::from_secs(5));
    let running = server.start("127.0.0.1:0").await.unwrap();
    for bytes in [&b""[..], &PREFACE[..10], b"GET / HTTP/1.1\r\nhost: a\r\n"] {
        let client = RawClient::connect(running.local_addr()).await;
        let closed = drip(client, bytes).await;
        assert!((5..=10).contains(&closed), "{closed} for {bytes:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn headers_that_take_too_long_end_their_connection() {
    let running = start().await;
    let long = "x".repeat(200);
    let whole = head(1, "Increment", &[("x-long", &long)]);
    let block = call_block("/calls.v1.Calculator/Increment", &[("x-long", &long)]);
    let (first, rest) = block.split_at(100);
    for bytes in [
        whole,
        // Frame by frame, of a byte each.
        [
            frame(HEADERS, 0, 1, first),
            rest.iter()
                .flat_map(|byte| frame(CONTINUATION, 0, 1, &[*byte]))
                .collect(),
        ]
        .concat(),
    ] {
        let client = RawClient::open(running.local_addr(), &[]).await;
        let closed = drip(client, &bytes).await;
        assert!((20..=60).contains(&closed), "{closed}");
    }
}

#[tokio::test(start_paused = true)]
async fn http_1_has_limits_too() {
    let running = start().await;
    // Headers that take too long, and a connection that nothing more is asked on.
    for bytes in [
        format!("GET / HTTP/1.1\r\nhost: a\r\nx-long: {}", "x".repeat(200)),
        "GET / HTTP/1.1\r\nhost: a\r\n\r\n".to_owned(),
    ] {
        let client = RawClient::connect(running.local_addr()).await;
        let closed = drip(client, bytes.as_bytes()).await;
        assert!((30..=70).contains(&closed), "{closed}");
    }
    // Headers that are too long, or too many.
    let many: String = (0..200).map(|n| format!("x-{n}: 1\r\n")).collect();
    let long = format!("x-long: {}\r\n", "x".repeat(20_000));
    for headers in [many, long] {
        let mut client = RawClient::connect(running.local_addr()).await;
        let request = format!("GET / HTTP/1.1\r\nhost: a\r\n{headers}\r\n");
        client.send(request.as_bytes()).await;
        let mut answer = String::new();
        // With unread bytes, the end is a reset.
        let _ = client.reader.io.read_to_string(&mut answer).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_does_not_say_goodbye_holds_no_shutdown_up() {
    let running = start().await;
    let mut client = RawClient::open(running.local_addr(), &[]).await;
    running.shutdown();
    let mut stopped = tokio::spawn(running.wait());
    let start = Instant::now();
    // It answers all pings but the one that it should, or says other things.
    let hold = async {
        let mut goodbye = None;
        loop {
            let _ = client.writer.write_all(&window_update(0, 1)).await;
            let frame = client.reader.frame();
            let Ok(came) = timeout(Duration::from_secs(1), frame).await else {
                continue;
            };
            let Some((kind, flags, _, payload)) = came else {
                return;
            };
            if (kind, flags) == (PING, 0)
                && *goodbye.get_or_insert_with(|| payload.clone()) != payload
            {
                let answer = pong(&payload);
                let _ = client.writer.write_all(&answer).await;
            }
        }
    };
    // hyper waits for as long as such a client likes: see `SECURITY.md`.
    let held = timeout(Duration::from_secs(100), hold).await;
    if OURS {
        held.expect("the connection is closed");
        timeout(Duration::from_secs(100), &mut stopped)
            .await
            .expect("the server stops")
            .unwrap();
        assert!(start.elapsed() < Duration::from_secs(20));
    }
}

fn pong(payload: &[u8]) -> Vec<u8> {
    frame(PING, ACK, 0, payload)
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_calls_goes_where_it_may_not_stay() {
    if !OURS {
        return;
    }
    let server = server().add(CalculatorServer::new(abacus().0));
    let server = server.max_connection_idle(Duration::from_secs(100));
    let running = server.start("127.0.0.1:0").await.unwrap();
    let mut client = RawClient::open(running.local_addr(), &[]).await;
    let start = Instant::now();
    let (mut id, mut called) = (1, Duration::ZERO);
    loop {
        let Some((kind, flags, _, payload)) = client.reader.frame().await else {
            break;
        };
        if (kind, flags) == (PING, 0) {
            // Silent, and there.
            client.send(&pong(&payload)).await;
            // A call every now and then, over before anybody looks, and then none.
            if id < 20 {
                client.send(&call(id, "Increment", b"")).await;
                (id, called) = (id + 2, start.elapsed());
            }
        }
    }
    assert!(called > Duration::from_secs(150), "{called:?}");
    let idle = (start.elapsed() - called).as_secs();
    assert!((100..=111).contains(&idle), "{idle}");
}

#[tokio::test]
async fn there_may_be_any_amount_of_time() {
    let server = server().add(CalculatorServer::new(abacus().0));
    let server = server
        .header_timeout(Duration::MAX)
        .max_connection_idle(Duration::MAX);
    let running = server.start("127.0.0.1:0").await.unwrap();
    let mut client = RawClient::open(running.local_addr(), &[]).await;
    for id in [1, 3] {
        client.send(&call(id, "Increment", b"")).await;
        let end = format!("HEADERS {id}: grpc-status=0, end");
        client.until(&end).await;
    }
    let mut client = RawClient::connect(running.local_addr()).await;
    let request = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    client.send(request).await;
    let mut answer = String::new();
    client.reader.io.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 415 "), "{answer}");
}
