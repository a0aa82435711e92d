//! How connections start, rest and end.

use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout};
use traitwire::{Channel, Code, ConnectivityState, Context, RunningServer};

use super::server;
use crate::calculator::{CalculatorClient, CalculatorServer, Gone, abacus, number};
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

#[tokio::test]
async fn who_comes_when_all_connections_are_taken_waits() {
    let (service, _gone) = abacus();
    let server = server().add(CalculatorServer::new(service));
    let server = server.max_connections(1);
    let running = server.start("127.0.0.1:0").await.unwrap();
    let address = running.local_addr();
    let first = CalculatorClient::connect(address).await.unwrap();
    assert_eq!(first.increment(number(1)).await.unwrap(), number(2));
    let second = CalculatorClient::lazy(address).unwrap();
    let mut waiting = tokio::spawn(second.increment(number(2)).send());
    for n in 0..10 {
        assert_eq!(first.increment(number(n)).await.unwrap(), number(n + 1));
    }
    assert!(timeout(Duration::ZERO, &mut waiting).await.is_err());
    drop(first);
    assert_eq!(waiting.await.unwrap().unwrap(), number(3));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_too_old_takes_no_more_calls_and_then_none_at_all() {
    let (service, mut gone) = abacus();
    let (connector, listener) = traitwire::memory();
    let server = server().add(CalculatorServer::new(service));
    let server = server
        .max_connection_age(Duration::from_secs(100))
        .max_connection_age_grace(Duration::from_secs(50));
    let _running = server.start(listener).await.unwrap();
    let client = CalculatorClient::connect(connector).await.unwrap();
    let start = Instant::now();
    let hanging = tokio::spawn(client.hang(Context::new()).send());
    let status = hanging.await.unwrap().unwrap_err();
    assert_eq!(
        status.to_string(),
        "UNAVAILABLE: the connection is as old as it may be"
    );
    let lived = start.elapsed().as_secs();
    assert!((140..=160).contains(&lived), "{lived}");
    gone.recv().await.unwrap();
    // Others go over a connection of their own.
    assert_eq!(client.increment(number(1)).await.unwrap(), number(2));
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_waits_for_no_longer_than_it_may() {
    let (service, mut gone) = abacus();
    let (connector, listener) = traitwire::memory();
    let server = server().add(CalculatorServer::new(service));
    let running = server.start(listener).await.unwrap();
    let client = CalculatorClient::connect(connector).await.unwrap();
    let hanging = tokio::spawn(client.hang(Context::new()).send());
    let mut repeating = client.repeat(number(1)).await.unwrap();
    repeating.message().await.unwrap();
    let requests = stream::iter([number(1)]).chain(stream::pending());
    let mut sums = client.running_sum(requests).await.unwrap();
    assert_eq!(sums.message().await.unwrap(), Some(number(1)));
    let start = Instant::now();
    running.shutdown_within(Duration::from_secs(10));
    let status = hanging.await.unwrap().unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    assert_eq!(status.message(), "the server is shutting down");
    let status = sums.message().await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    assert_eq!(status.message(), "the server is shutting down");
    gone.recv().await.unwrap();
    running.wait().await;
    // Over hyper, nobody is told on a stream that isn't read: it is cut off a second later.
    let seconds = if super::OURS { 10 } else { 11 };
    assert_eq!(start.elapsed().as_secs(), seconds);
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_calls_is_told_to_go_after_a_while() {
    let (service, _gone) = abacus();
    let (connector, listener) = traitwire::memory();
    let server = server().add(CalculatorServer::new(service));
    let server = server.max_connection_idle(Duration::from_secs(100));
    let running = server.start(listener).await.unwrap();
    let channel = Channel::lazy(connector).unwrap();
    let client = CalculatorClient::new(channel.clone());
    for _ in 0..3 {
        // Each call begins the time anew, however long it takes.
        let hang = client
            .hang(Context::new())
            .timeout(Duration::from_secs(1000));
        hang.await.unwrap_err();
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_secs(90)).await;
            assert_eq!(channel.state(), ConnectivityState::Ready);
            client.increment(number(1)).await.unwrap();
        }
        if !super::OURS {
            return;
        }
        let start = Instant::now();
        let state = channel.wait_for_state_change(ConnectivityState::Ready);
        assert_eq!(state.await, ConnectivityState::Idle);
        assert_eq!(start.elapsed().as_secs(), 100);
    }
    // Nor does one on which nothing was ever asked.
    channel.try_to_connect();
    while channel.state() != ConnectivityState::Ready {
        channel.wait_for_state_change(channel.state()).await;
    }
    let start = Instant::now();
    let state = channel.wait_for_state_change(ConnectivityState::Ready);
    assert_eq!(state.await, ConnectivityState::Idle);
    assert_eq!(start.elapsed().as_secs(), 100);
    stops(running, Duration::from_secs(1)).await;
}
