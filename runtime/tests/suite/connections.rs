//! A channel's connections: how they come and go, and what becomes of the calls on them.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::net::{TcpListener, TcpStream};
use traitwire::{
    Backoff, Channel, Code, Connector, Origin, Server, Status, Streaming, grpc_service,
};

use crate::calculator::{CalculatorClient, Number, number};
use crate::mirror::{Mirror, Text, WhoClient, WhoServer};
use crate::raw_peer::{
    CANCEL, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, MAX_CONCURRENT_STREAMS, REFUSED_STREAM,
    RST_STREAM, Raw, RawConnection,
};

fn client(raw: &Raw) -> CalculatorClient {
    CalculatorClient::lazy(raw.address()).unwrap()
}

fn client_with(raw: &Raw, max_connections: usize) -> CalculatorClient {
    let channel = Channel::builder().max_connections(max_connections);
    CalculatorClient::new(channel.lazy(raw.address()).unwrap())
}

/// Makes a call of its own task.
fn increment(client: &CalculatorClient, n: i64) -> tokio::task::JoinHandle<Result<Number, Status>> {
    tokio::spawn(client.increment(number(n)).send())
}

#[tokio::test]
async fn a_call_that_a_leaving_server_has_not_seen_is_made_again_elsewhere() {
    let raw = Raw::new().await;
    let client = client(&raw);
    let seen = increment(&client, 1);
    let mut first = raw.accept(&[]).await;
    assert_eq!(first.request().await, 1);
    let unseen = increment(&client, 2);
    assert_eq!(first.request().await, 3);
    first.go_away(1).await;

    let mut second = raw.accept(&[]).await;
    let id = second.request().await;
    second.answer(id, 3).await;
    assert_eq!(unseen.await.unwrap().unwrap(), number(3));
    // The other one ends where it is.
    first.answer(1, 2).await;
    assert_eq!(seen.await.unwrap().unwrap(), number(2));
    first.closed().await;
}

#[tokio::test]
async fn a_call_that_a_broken_connection_took_along_is_not_made_again() {
    let raw = Raw::new().await;
    let client = client(&raw);
    let call = increment(&client, 1);
    let mut first = raw.accept(&[]).await;
    first.request().await;
    drop(first);
    let status = call.await.unwrap().unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");

    let call = increment(&client, 1);
    let mut second = raw.accept(&[]).await;
    let id = second.request().await;
    second.answer(id, 2).await;
    assert_eq!(call.await.unwrap().unwrap(), number(2));
}

#[tokio::test]
async fn a_server_that_refuses_a_call_is_asked_a_few_times() {
    let raw = Raw::new().await;
    let client = client(&raw);
    let call = increment(&client, 1);
    let mut connection = raw.accept(&[]).await;
    for _ in 0..4 {
        let id = connection.request().await;
        connection.reset(id, REFUSED_STREAM).await;
    }
    let status = call.await.unwrap().unwrap_err();
    assert_eq!(status.to_string(), "UNAVAILABLE: the server refuses calls");
    assert!(connection.is_silent().await);
}

#[tokio::test]
async fn a_call_whose_requests_have_begun_is_not_made_again() {
    let raw = Raw::new().await;
    let client = client(&raw);
    let requests = stream::iter([number(1)]).chain(stream::pending());
    let call = tokio::spawn(client.sum(requests).send());
    let mut connection = raw.accept(&[]).await;
    let head = connection.frame().await.unwrap();
    assert_eq!((head.kind, head.flags & 1), (HEADERS, 0));
    assert_eq!(connection.frame().await.unwrap().kind, DATA);
    connection.reset(head.id, REFUSED_STREAM).await;
    let status = call.await.unwrap().unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    assert!(connection.is_silent().await);
}

#[tokio::test]
async fn a_call_whose_requests_are_all_there_still_is_made_again() {
    let raw = Raw::new().await;
    let client = client(&raw);
    let (sender, requests) = Streaming::channel(1);
    let call = tokio::spawn(client.sum(requests).send());
    let mut connection = raw.accept(&[]).await;
    let head = connection.frame().await.unwrap();
    connection.reset(head.id, REFUSED_STREAM).await;

    let head = connection.frame().await.unwrap();
    sender.send(number(1)).await.unwrap();
    drop(sender);
    let id = connection.request().await;
    assert_eq!(id, head.id);
    connection.answer(id, 1).await;
    assert_eq!(call.await.unwrap().unwrap(), number(1));
}

#[tokio::test]
async fn calls_above_the_limit_of_a_server_wait_in_order() {
    let raw = Raw::new().await;
    let client = client_with(&raw, 1);
    let first = increment(&client, 0);
    let mut connection = raw.accept(&[(MAX_CONCURRENT_STREAMS, 1)]).await;
    let mut id = connection.request().await;
    connection.settled().await;
    let mut calls = vec![first];
    for n in 1..5 {
        calls.push(increment(&client, n));
        tokio::task::yield_now().await;
    }
    // One of them is given up before its turn comes.
    calls.remove(3).abort();
    for (n, call) in [0, 1, 2, 4].into_iter().zip(calls) {
        connection.answer(id, n + 1).await;
        assert_eq!(call.await.unwrap().unwrap(), number(i64::from(n) + 1));
        if n < 4 {
            let head = connection.frame().await.unwrap();
            assert_eq!(head.kind, HEADERS, "{head:?}");
            let data = connection.frame().await.unwrap();
            id = data.id;
            // The number of the next call; protobuf leaves zeros out.
            let next = if n == 2 { 4 } else { n + 1 };
            assert_eq!(data.payload.last(), Some(&next));
        }
    }
    assert!(connection.is_silent().await);
}

#[tokio::test]
async fn a_status_says_whom_it_is_of() {
    let raw = Raw::new().await;
    let client = client(&raw);
    let told = |status: Status| {
        (
            status.origin(),
            status.http2_error(),
            status.peer().map(str::to_owned),
        )
    };
    let peer = Some(raw.address().to_string());

    let call = increment(&client, 1);
    let mut connection = raw.accept(&[]).await;
    let id = connection.request().await;
    connection.reset(id, CANCEL).await;
    let status = call.await.unwrap().unwrap_err();
    assert_eq!(
        told(status),
        (Origin::Transport, Some(CANCEL), peer.clone())
    );

    let call = increment(&client, 1);
    let id = connection.request().await;
    // The trailers are all there is, and have no status.
    connection.head(id).await;
    connection
        .send(HEADERS, END_HEADERS | END_STREAM, id, &[])
        .await;
    let status = call.await.unwrap().unwrap_err();
    assert_eq!(told(status), (Origin::Transport, None, peer.clone()));

    let call = increment(&client, 1);
    connection.request().await;
    drop(connection);
    let status = call.await.unwrap().unwrap_err();
    assert_eq!(told(status), (Origin::Transport, None, peer));

    // Nobody there.
    drop(raw);
    let status = client.increment(number(1)).await.unwrap_err();
    assert_eq!(told(status), (Origin::Transport, None, None));
    // Nobody was asked.
    let status = client.increment(number(1)).timeout(Duration::ZERO).await;
    assert_eq!(told(status.unwrap_err()), (Origin::Local, None, None));
}

#[tokio::test]
async fn a_dropped_call_is_cancelled() {
    let raw = Raw::new().await;
    let client = client(&raw);
    let call = increment(&client, 1);
    let mut connection = raw.accept(&[]).await;
    let id = connection.request().await;
    call.abort();
    let reset = connection.frame().await.unwrap();
    assert_eq!((reset.kind, reset.id), (RST_STREAM, id));
    assert_eq!(reset.payload, CANCEL.to_be_bytes());
    // What comes too late hurts nobody.
    connection.answer(id, 2).await;

    let call = increment(&client, 1);
    let id = connection.request().await;
    connection.answer(id, 2).await;
    assert_eq!(call.await.unwrap().unwrap(), number(2));
}

#[tokio::test]
async fn answers_to_very_many_dropped_calls_hurt_nobody() {
    let raw = Raw::new().await;
    let client = client(&raw);
    let call = increment(&client, 1);
    let mut connection = raw.accept(&[]).await;
    let id = connection.request().await;
    connection.settled().await;
    connection.answer(id, 2).await;
    call.await.unwrap().unwrap();

    let calls: Vec<_> = (0..3000).map(|n| increment(&client, n)).collect();
    let mut ids = Vec::new();
    for _ in 0..3000 {
        let id = connection.request().await;
        connection.head(id).await;
        ids.push(id);
    }
    for call in calls {
        call.abort();
    }
    for _ in 0..3000 {
        assert_eq!(connection.frame().await.unwrap().kind, RST_STREAM);
    }
    for id in ids {
        connection.message(id, 2).await;
        connection.trailers(id).await;
    }
    let call = increment(&client, 1);
    let id = connection.request().await;
    connection.answer(id, 2).await;
    assert_eq!(call.await.unwrap().unwrap(), number(2));
}

#[tokio::test]
async fn an_answer_that_ends_before_the_requests_do_cancels_the_rest() {
    let raw = Raw::new().await;
    let client = client(&raw);
    let call = tokio::spawn(client.sum(stream::pending::<Number>()).send());
    let mut connection = raw.accept(&[]).await;
    let id = connection.frame().await.unwrap().id;
    connection.answer(id, 7).await;
    assert_eq!(call.await.unwrap().unwrap(), number(7));
    let reset = connection.frame().await.unwrap();
    assert_eq!((reset.kind, reset.id), (RST_STREAM, id));
    assert_eq!(reset.payload, CANCEL.to_be_bytes());
}

#[tokio::test]
async fn another_connection_is_made_where_one_does_not_take_all_calls() {
    let raw = Raw::new().await;
    let client = client_with(&raw, 2);
    let limit = [(MAX_CONCURRENT_STREAMS, 1)];
    let on_first = increment(&client, 1);
    let mut first = raw.accept(&limit).await;
    let first_id = first.request().await;
    first.settled().await;

    let on_second = increment(&client, 2);
    let mut second = raw.accept(&limit).await;
    let second_id = second.request().await;

    // There may be no third one: whoever is done first takes it.
    let waiting = increment(&client, 3);
    assert!(first.is_silent().await);
    second.answer(second_id, 3).await;
    assert_eq!(on_second.await.unwrap().unwrap(), number(3));
    let id = second.request().await;
    second.answer(id, 4).await;
    assert_eq!(waiting.await.unwrap().unwrap(), number(4));

    first.answer(first_id, 2).await;
    assert_eq!(on_first.await.unwrap().unwrap(), number(2));
}

#[tokio::test]
async fn a_server_may_take_fewer_calls_than_have_come() {
    let raw = Raw::new().await;
    let client = client(&raw);
    let calls: Vec<_> = (0..8).map(|n| increment(&client, n)).collect();
    // All of them are sent before the server takes fewer than in the beginning; it refuses what is above.
    let mut first = raw.accept(&[]).await;
    let mut ids = Vec::new();
    for _ in 0..8 {
        ids.push(first.request().await);
    }
    first.settings(&[(MAX_CONCURRENT_STREAMS, 2)]).await;
    let refused = ids.split_off(2);
    for id in refused {
        first.reset(id, REFUSED_STREAM).await;
    }
    // The others find room elsewhere, or afterwards.
    let others = tokio::spawn(async move {
        loop {
            let other = raw.accept(&[(MAX_CONCURRENT_STREAMS, 2)]).await;
            tokio::spawn(answer_all(other));
        }
    });
    for id in ids {
        first.answer(id, 9).await;
    }
    tokio::spawn(answer_all(first));
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), number(9));
    }
    others.abort();
}

async fn answer_all(mut connection: RawConnection) {
    while let Some(frame) = connection.frame().await {
        if frame.kind == DATA && frame.flags & END_STREAM != 0 {
            connection.answer(frame.id, 9).await;
        }
    }
}

#[tokio::test]
async fn a_server_that_answers_before_it_reads_on_is_heard() {
    let (near, far) = tokio::io::duplex(1024);
    let near = Mutex::new(Some(near));
    let connector = Connector::new("http://calculator.example", move || {
        let near = near.lock().unwrap().take();
        async move { Ok(near.expect("one connection is enough")) }
    });
    let client = CalculatorClient::lazy(connector).unwrap();
    let first = increment(&client, 1);
    let mut server = RawConnection::meet(far).await;
    server.settings(&[]).await;
    let id = server.request().await;
    server.settled().await;
    // More than a connection wants to have written.
    let text = "x".repeat(16 * 1024);
    let calls: Vec<_> = (0..80)
        .map(|_| {
            let call = client.increment(number(2)).metadata("x-text", &text);
            tokio::spawn(call.send())
        })
        .collect();
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    server.answer(id, 2).await;
    assert_eq!(first.await.unwrap().unwrap(), number(2));
    drop(server);
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap_err().code(), Code::Unavailable);
    }
}

#[tokio::test]
async fn messages_longer_than_windows_go_both_ways() {
    for over_hyper in [false, true] {
        let server = Server::new().add(WhoServer::new(Mirror));
        let server = if over_hyper {
            server.over_hyper()
        } else {
            server
        };
        let running = server.start("127.0.0.1:0").await.unwrap();
        let who = WhoClient::connect(running.local_addr()).await.unwrap();
        let calls = (0..10).map(|n| {
            let text = "x".repeat(300_000 * n);
            let call = who.echo(Text { text: text.clone() });
            async move { assert!(call.await.unwrap().text == text) }
        });
        futures_util::future::join_all(calls).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_nobody_has_needed_for_a_while_goes() {
    let raw = Raw::new().await;
    let client = client_with(&raw, 2);
    let limit = [(MAX_CONCURRENT_STREAMS, 1)];
    let on_first = increment(&client, 1);
    let mut first = raw.accept(&limit).await;
    let first_id = first.request().await;
    first.settled().await;
    let on_second = increment(&client, 2);
    let mut second = raw.accept(&limit).await;
    let id = second.request().await;
    second.answer(id, 3).await;
    on_second.await.unwrap().unwrap();

    let before = tokio::time::Instant::now();
    assert_eq!(second.frame().await.unwrap().kind, GOAWAY);
    assert!(before.elapsed() >= Duration::from_secs(60));
    assert!(second.frame().await.is_none());
    // The last one stays.
    first.answer(first_id, 2).await;
    on_first.await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    let again = increment(&client, 3);
    let id = first.request().await;
    first.answer(id, 4).await;
    assert_eq!(again.await.unwrap().unwrap(), number(4));
}

#[tokio::test]
async fn a_channel_that_nobody_has_closes_its_connection() {
    let raw = Raw::new().await;
    let client = client(&raw);
    let call = tokio::spawn(client.count(number(9)).send());
    let mut connection = raw.accept(&[]).await;
    let id = connection.request().await;
    connection.head(id).await;
    let mut numbers = call.await.unwrap().unwrap();
    drop(client);
    // A call that goes on keeps it.
    connection.message(id, 1).await;
    assert_eq!(numbers.message().await.unwrap(), Some(number(1)));
    connection.trailers(id).await;
    assert_eq!(numbers.message().await.unwrap(), None);
    assert_eq!(connection.frame().await.unwrap().kind, GOAWAY);
    assert!(connection.frame().await.is_none());
}

#[tokio::test]
async fn what_is_no_http2_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = CalculatorClient::lazy(listener.local_addr().unwrap()).unwrap();
    let call = increment(&client, 1);
    let (mut stream, _) = listener.accept().await.unwrap();
    let answer = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut stream, answer)
        .await
        .unwrap();
    let status = call.await.unwrap().unwrap_err();
    let target = format!("http://{}", listener.local_addr().unwrap());
    assert_eq!(
        status.to_string(),
        format!(
            "UNAVAILABLE: can't connect to {target}: the server speaks HTTP/1.1, and gRPC needs HTTP/2"
        )
    );
}

/// Counts.
#[grpc_service(package = "connections.v1")]
pub trait Ledger {
    /// Enters a number.
    async fn enter(&self, number: Number) -> Result<Number, Status>;
    /// Enters a number, and sends it back so often.
    async fn repeat(&self, number: Number) -> Result<Streaming<Number>, Status>;
}

/// How often each number was entered.
#[derive(Clone, Default)]
struct Book(Arc<Mutex<HashMap<i64, usize>>>);

impl Book {
    async fn write(&self, number: &Number) {
        *self.0.lock().unwrap().entry(number.value).or_default() += 1;
        // Some calls are open when connections break.
        for _ in 0..number.value % 7 {
            tokio::task::yield_now().await;
        }
    }
}

impl Ledger for Book {
    async fn enter(&self, number: Number) -> Result<Number, Status> {
        self.write(&number).await;
        Ok(number)
    }

    async fn repeat(&self, number: Number) -> Result<Streaming<Number>, Status> {
        self.write(&number).await;
        Ok(Streaming::from_iter((0..20).map(move |_| number.clone())))
    }
}

/// Stands before servers that come and go, and breaks connections.
#[derive(Default)]
struct Proxy {
    connections: Mutex<Vec<tokio::task::JoinHandle<()>>>,
    made: AtomicUsize,
}

impl Proxy {
    async fn run(self: Arc<Self>, listener: TcpListener, server: Arc<Mutex<SocketAddr>>) {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let address = *server.lock().unwrap();
            self.made.fetch_add(1, Ordering::Relaxed);
            let connection = tokio::spawn(async move {
                if let Ok(mut server) = TcpStream::connect(address).await {
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                }
            });
            self.connections.lock().unwrap().push(connection);
        }
    }

    /// Breaks the oldest connection that is there.
    fn break_one(&self) {
        let mut connections = self.connections.lock().unwrap();
        connections.retain(|connection| !connection.is_finished());
        if !connections.is_empty() {
            connections.remove(0).abort();
        }
    }
}

#[tokio::test]
async fn no_call_is_lost_or_doubled_when_connections_come_and_go() {
    calls_while_connections_come_and_go().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nor_where_threads_get_in_each_others_way() {
    calls_while_connections_come_and_go().await;
}

async fn calls_while_connections_come_and_go() {
    let book = Book::default();
    let start = || {
        let server = Server::new().add(LedgerServer::new(book.clone()));
        server.max_concurrent_streams(5).start("127.0.0.1:0")
    };
    let mut server = start().await.unwrap();
    let address = Arc::new(Mutex::new(server.local_addr()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let soon = Duration::from_millis(1);
    let channel = Channel::builder()
        .backoff(Backoff::new().initial(soon).max(soon))
        .wait_for_ready(true);
    let channel = channel.lazy(listener.local_addr().unwrap()).unwrap();
    let ledger = LedgerClient::new(channel);
    let proxy = Arc::new(Proxy::default());
    let proxying = tokio::spawn(Arc::clone(&proxy).run(listener, Arc::clone(&address)));

    let next = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..60)
        .map(|_| {
            let (ledger, next) = (ledger.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                let mut outcomes = Vec::new();
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed) as i64;
                    if n >= CALLS {
                        return outcomes;
                    }
                    let outcome = if n % 5 == 0 {
                        repeated(&ledger, n).await
                    } else {
                        ledger.enter(number(n)).await.map(|number| number.value)
                    };
                    outcomes.push((n, outcome));
                }
            })
        })
        .collect();
    // Breaks a connection now and then, and replaces the server.
    let mut old = Vec::new();
    for turn in 0.. {
        if next.load(Ordering::Relaxed) as i64 >= CALLS {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
        if turn % 3 == 0 {
            proxy.break_one();
        } else {
            let new = start().await.unwrap();
            *address.lock().unwrap() = new.local_addr();
            server.shutdown();
            old.push(std::mem::replace(&mut server, new));
        }
    }

    let (mut answered, mut failed) = (0, 0);
    for caller in callers {
        for (n, outcome) in caller.await.unwrap() {
            let entered = book.0.lock().unwrap().get(&n).copied().unwrap_or(0);
            match outcome {
                Ok(value) => {
                    answered += 1;
                    assert_eq!((value, entered), (n, 1));
                }
                Err(status) => {
                    failed += 1;
                    assert_eq!(status.code(), Code::Unavailable, "{status}");
                    assert!(entered <= 1, "{n} was entered {entered} times");
                }
            }
        }
    }
    assert_eq!(answered + failed, CALLS);
    assert!(answered > CALLS / 2, "{failed} of {CALLS} calls failed");
    assert!(proxy.made.load(Ordering::Relaxed) > 2);
    proxying.abort();
}

/// The number, if it comes as often as it should.
async fn repeated(ledger: &LedgerClient, n: i64) -> Result<i64, Status> {
    let mut numbers = ledger.repeat(number(n)).await?;
    let mut count = 0;
    while let Some(number) = numbers.message().await? {
        assert_eq!(number.value, n);
        count += 1;
    }
    assert_eq!(count, 20);
    Ok(n)
}

const CALLS: i64 = 3000;
