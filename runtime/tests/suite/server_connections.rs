//! How connections start, rest and end.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout};
use traitwire::RunningServer;

use super::server;
use crate::calculator::{CalculatorServer, Gone, abacus};
use crate::raw::*;

async fn start() -> (RunningServer, Gone) {
    let (service, gone) = abacus();
    let server = server().add(CalculatorServer::new(service));
    (server.start("127.0.0.1:0").await.unwrap(), gone)
}

async fn stops(running: RunningServer, within: Duration) {
    let start = Instant::now();
    running.shutdown();
    timeout(Duration::from_secs(600), running.wait())
        .await
        .expect("the server stops");
    let took = start.elapsed();
    assert!(took <= within, "took {took:?}");
}

#[tokio::test]
async fn bytes_that_come_one_by_one_are_a_call_all_the_same() {
    let (running, _) = start().await;
    let mut client = RawClient::connect(running.local_addr()).await;
    let bytes = [
        PREFACE,
        &settings(&[]),
        &call(1, "Increment", b"\x08\x01"),
        &ping(b"12345678"),
    ];
    for byte in bytes.concat() {
        client.send(&[byte]).await;
        tokio::task::yield_now().await;
    }
    let lines = client.until("PING ack 12345678").await;
    let of_call: Vec<_> = lines.iter().filter(|line| line.contains(" 1: ")).collect();
    assert_eq!(
        of_call,
        [
            "HEADERS 1: :status=200 content-type=application/grpc",
            "DATA 1: \\x00\\x00\\x00\\x00\\x02\\x08\\x02",
            "HEADERS 1: grpc-status=0, end",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_or_too_little_holds_no_shutdown_up() {
    for said in [&b""[..], b"P", b"PRI ", &PREFACE[..20], PREFACE, b"GET / H"] {
        let (running, _) = start().await;
        let mut client = RawClient::connect(running.local_addr()).await;
        client.send(said).await;
        tokio::time::sleep(Duration::from_millis(10)).await;
        stops(running, Duration::from_secs(31)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_answers_pings_is_alive() {
    let (running, mut gone) = start().await;
    let mut client = RawClient::open(running.local_addr(), &[]).await;
    client.send(&call(1, "Hang", b"")).await;
    for _ in 0..5 {
        let before = Instant::now();
        loop {
            let (kind, flags, _, payload) =
                client.reader.frame().await.expect("an open connection");
            if kind == PING {
                assert_eq!(flags, 0);
                client.send(&frame(PING, ACK, 0, &payload)).await;
                break;
            }
        }
        assert!(before.elapsed() > Duration::from_secs(15));
    }
    gone.try_recv().unwrap_err();
    // And then not any more.
    let before = Instant::now();
    let lines = client.until_closed().await;
    let pings = lines.iter().filter(|line| line.starts_with("PING"));
    assert_eq!(pings.count(), 1, "{lines:?}");
    let waited = before.elapsed();
    assert!(waited > Duration::from_secs(25), "{waited:?}");
    assert!(waited < Duration::from_secs(35), "{waited:?}");
    gone.recv().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_closes_its_half_loses_its_calls() {
    let (running, mut gone) = start().await;
    let mut client = RawClient::open(running.local_addr(), &[]).await;
    client.send(&call(1, "Hang", b"")).await;
    client.ping().await;
    client.writer.shutdown().await.unwrap();
    client.until_closed().await;
    gone.recv().await.unwrap();
    stops(running, Duration::from_secs(5)).await;
}

#[tokio::test]
async fn calls_that_are_half_open_finish_after_a_shutdown() {
    let (running, _) = start().await;
    let mut client = RawClient::open(running.local_addr(), &[]).await;
    // Each has got somewhere: a head, half a message, a message of several.
    client.send(&head(1, "Increment", &[])).await;
    client.send(&head(3, "Increment", &[])).await;
    client.send(&data(3, 0, b"\0\0\0\0\x02\x08")).await;
    client.send(&head(5, "Sum", &[])).await;
    client.send(&data(5, 0, &framed(b"\x08\x01"))).await;
    client.ping().await;
    running.shutdown();
    client.until("GOAWAY last 2147483647: NO_ERROR").await;
    // This one was on its way when the client heard of it.
    client.send(&call(7, "Increment", b"\x08\x03")).await;
    let (kind, flags, _, payload) = client.reader.frame().await.unwrap();
    assert_eq!((kind, flags), (PING, 0));
    client.send(&frame(PING, ACK, 0, &payload)).await;
    client.until("GOAWAY last 7: NO_ERROR").await;
    // This one wasn't.
    client.send(&call(9, "Increment", b"\x08\x03")).await;
    client
        .send(&data(1, END_STREAM, &framed(b"\x08\x01")))
        .await;
    client.send(&data(3, END_STREAM, b"\x03")).await;
    client
        .send(&data(5, END_STREAM, &framed(b"\x08\x02")))
        .await;
    let lines = client.until_closed().await;
    let ends = lines
        .iter()
        .filter(|line| line.ends_with("grpc-status=0, end"));
    let mut ended: Vec<_> = ends.map(|line| &line["HEADERS ".len()..][..1]).collect();
    ended.sort_unstable();
    ended.dedup();
    assert!(lines.iter().all(|line| !line.contains(" 9:")), "{lines:?}");
    assert!(
        ["1", "3", "5"].iter().all(|id| ended.contains(id)),
        "{lines:?}"
    );
    drop(client);
    running.wait().await;
}
