//! A server's life: start, several services, limits, and the end.

use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use traitwire::{Channel, Code, Context, Peer, ServeError, Status, Streaming};

use super::server;
use crate::calculator::{CalculatorClient, CalculatorServer, abacus, number};
use crate::mirror::{Mirror, Text, Who, WhoClient, WhoServer};

#[tokio::test]
async fn several_services_share_a_server() {
    let running = server()
        .add(CalculatorServer::new(abacus().0))
        .add(None::<CalculatorServer<crate::calculator::Abacus>>)
        .add(WhoServer::new(Mirror))
        .start("127.0.0.1:0")
        .await
        .unwrap();
    let channel = Channel::connect(running.local_addr()).await.unwrap();
    let (calculator, who) = (
        CalculatorClient::new(channel.clone()),
        WhoClient::new(channel),
    );
    assert_eq!(calculator.increment(number(1)).await.unwrap(), number(2));
    assert_eq!(who.who(Context::new()).await.unwrap().text, "tcp 127.0.0.1");
    let mut numbers = calculator.count(number(1)).await.unwrap();
    assert_eq!(numbers.message().await.unwrap(), Some(number(0)));
}

#[tokio::test]
async fn a_server_may_have_a_thread_for_each_core() {
    let start = || server().add(WhoServer::new(Mirror)).per_core();
    let running = start().start("127.0.0.1:0").await.unwrap();
    for _ in 0..8 {
        let who = WhoClient::connect(running.local_addr()).await.unwrap();
        assert_eq!(who.who(Context::new()).await.unwrap().text, "tcp 127.0.0.1");
    }
    running.shutdown();
    running.wait().await;

    let dir = tempfile::tempdir().unwrap();
    let path = format!("unix:{}", dir.path().join("who.sock").display());
    let running = start().start(path.as_str()).await.unwrap();
    let who = WhoClient::connect(path.as_str()).await.unwrap();
    assert_eq!(who.who(Context::new()).await.unwrap().text, "unix");
    running.shutdown();
    running.wait().await;
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);

    let error = start().start(traitwire::memory().1).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "can't listen: connections within the process come to one thread"
    );
}

#[tokio::test]
async fn two_services_of_one_name_are_refused() {
    let server = server()
        .add(WhoServer::new(Mirror))
        .add(WhoServer::new(Mirror));
    let error = server.start("127.0.0.1:0").await.unwrap_err();
    assert_eq!(error.to_string(), "two services are called serving.v1.Who");
}

/// Says whose process asks.
struct Doorman;

impl Who for Doorman {
    async fn who(&self, cx: Context) -> Result<Text, Status> {
        let Some(Peer::Unix(Some(process))) = cx.peer() else {
            return Err(Status::permission_denied(format!("{:?}", cx.peer())));
        };
        Ok(Text {
            text: format!("{} {} {:?}", process.uid, process.gid, process.pid),
        })
    }

    async fn echo(&self, text: Text) -> Result<Text, Status> {
        Ok(text)
    }
}

#[tokio::test]
async fn the_process_behind_a_unix_socket_is_known() {
    let dir = tempfile::tempdir().unwrap();
    let path = format!("unix:{}", dir.path().join("who.sock").display());
    let server = server().add(WhoServer::new(Doorman));
    let _running = server.start(path.as_str()).await.unwrap();
    let who = WhoClient::connect(path.as_str()).await.unwrap();
    // What we make is ours.
    let ours = std::fs::metadata(dir.path()).unwrap();
    let (uid, gid, pid) = (ours.uid(), ours.gid(), Some(std::process::id()));
    assert_eq!(
        who.who(Context::new()).await.unwrap().text,
        format!("{uid} {gid} {pid:?}")
    );
}

#[tokio::test]
async fn a_unix_socket_serves_as_well() {
    let dir = tempfile::tempdir().unwrap();
    let path = format!("unix:{}", dir.path().join("who.sock").display());
    let running = server()
        .add(WhoServer::new(Mirror))
        .start(path.as_str())
        .await
        .unwrap();
    let who = WhoClient::connect(path.as_str()).await.unwrap();
    assert_eq!(who.who(Context::new()).await.unwrap().text, "unix");
    // Somebody listens there.
    let second = server()
        .add(WhoServer::new(Mirror))
        .start(path.as_str())
        .await;
    assert!(matches!(second, Err(ServeError::Listen(_))));
    running.shutdown();
    running.wait().await;
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);

    // A server that was killed leaves its file behind.
    drop(std::os::unix::net::UnixListener::bind(dir.path().join("who.sock")).unwrap());
    let again = server()
        .add(WhoServer::new(Mirror))
        .start(path.as_str())
        .await
        .unwrap();
    assert_eq!(who.who(Context::new()).await.unwrap().text, "unix");
    again.abort();
    again.wait().await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_gone_without_a_word_holds_no_shutdown_up() {
    let server = server().add(WhoServer::new(Mirror));
    let running = server.start("127.0.0.1:0").await.unwrap();
    let mut silent = TcpStream::connect(running.local_addr()).await.unwrap();
    // The preface and empty settings; nothing is ever answered.
    let hello = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    silent.write_all(hello).await.unwrap();
    silent.read_u8().await.unwrap();
    running.shutdown();
    running.wait().await;
}

#[tokio::test]
async fn a_server_that_has_stopped_has_no_handler_left() {
    let (connector, listener) = traitwire::memory();
    let (service, mut gone) = abacus();
    let running = server()
        .add(CalculatorServer::new(service))
        .start(listener)
        .await
        .unwrap();
    let client = CalculatorClient::connect(connector).await.unwrap();
    let call = tokio::spawn(
        client
            .ignore(futures_util::stream::pending::<crate::calculator::Number>())
            .send(),
    );
    for n in 0..3 {
        client.increment(number(n)).await.unwrap();
    }
    running.abort();
    running.wait().await;
    gone.try_recv().unwrap();
    assert_eq!(call.await.unwrap().unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn everybody_who_waits_for_a_connection_learns_that_there_is_none() {
    // Nobody accepts: the pipe's other end is gone.
    let (connector, listener) = traitwire::memory();
    drop(listener);
    let who = WhoClient::lazy(connector).unwrap();
    let calls = (0..3).map(|_| who.who(Context::new()).send());
    for result in futures_util::future::join_all(calls).await {
        assert_eq!(
            result.unwrap_err().to_string(),
            "UNAVAILABLE: can't connect to memory: the server in memory is gone"
        );
    }
}

#[tokio::test]
async fn a_shutdown_lets_open_calls_finish_and_takes_no_new_ones() {
    let (connector, listener) = traitwire::memory();
    let server = server().add(CalculatorServer::new(abacus().0));
    let running = server.start(listener).await.unwrap();
    let client = CalculatorClient::connect(connector).await.unwrap();
    let (sender, numbers) = Streaming::channel(1);
    let mut sums = client.running_sum(numbers).await.unwrap();
    sender.send(number(1)).await.unwrap();
    assert_eq!(sums.message().await.unwrap(), Some(number(1)));

    running.shutdown();
    sender.send(number(2)).await.unwrap();
    assert_eq!(sums.message().await.unwrap(), Some(number(3)));
    let status = client.increment(number(1)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    drop(sender);
    assert_eq!(sums.message().await.unwrap(), None);
    running.wait().await;
}

#[tokio::test]
async fn an_abort_ends_open_calls() {
    let (connector, listener) = traitwire::memory();
    let (service, mut gone) = abacus();
    let running = server()
        .add(CalculatorServer::new(service))
        .start(listener)
        .await
        .unwrap();
    let client = CalculatorClient::connect(connector).await.unwrap();
    let (sender, numbers) = Streaming::channel(1);
    let mut sums = client.running_sum(numbers).await.unwrap();
    let hanging = tokio::spawn(client.hang(Context::new()).send());
    sender.send(number(1)).await.unwrap();
    sums.message().await.unwrap();

    running.abort();
    running.wait().await;
    gone.recv().await.unwrap();
    assert_eq!(sums.message().await.unwrap_err().code(), Code::Unavailable);
    assert_eq!(
        hanging.await.unwrap().unwrap_err().code(),
        Code::Unavailable
    );
}

#[tokio::test]
async fn a_channel_connects_again() {
    let start = || server().add(WhoServer::new(Mirror));
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let local_addr = address.local_addr().unwrap();
    let first = start().start(address).await.unwrap();
    let who = WhoClient::connect(local_addr).await.unwrap();
    who.who(Context::new()).await.unwrap();
    first.abort();
    first.wait().await;
    let second = start().start(local_addr).await.unwrap();
    // The first call may still meet the old connection, which is then known to be gone.
    let _ = who.who(Context::new()).await;
    who.who(Context::new()).await.unwrap();
    second.shutdown();
}

#[tokio::test]
async fn limits_hold_on_both_sides() {
    let limited = server()
        .add(WhoServer::new(Mirror))
        .max_receive_message_len(100);
    let (connector, listener) = traitwire::memory();
    let _running = limited.start(listener).await.unwrap();
    let who = WhoClient::connect(connector).await.unwrap();
    let text = |len| Text {
        text: "x".repeat(len),
    };
    assert_eq!(who.echo(text(98)).await.unwrap(), text(98));
    let status = who.echo(text(99)).await.unwrap_err();
    assert_eq!(
        status.to_string(),
        "RESOURCE_EXHAUSTED: request: message of 101 bytes, the limit is 100 (max_receive_message_len)"
    );
    let status = who
        .echo(text(50))
        .max_receive_message_len(10)
        .await
        .unwrap_err();
    assert_eq!(
        status.to_string(),
        "RESOURCE_EXHAUSTED: response: message of 52 bytes, the limit is 10 (max_receive_message_len)"
    );
}

#[tokio::test]
async fn a_thousand_calls_share_a_connection() {
    let (connector, listener) = traitwire::memory();
    let _running = server()
        .add(WhoServer::new(Mirror))
        .start(listener)
        .await
        .unwrap();
    let who = WhoClient::connect(connector).await.unwrap();
    let calls = (0..1000).map(|n| {
        let text = Text {
            text: n.to_string(),
        };
        let call = who.echo(text.clone());
        async move { assert_eq!(call.await.unwrap(), text) }
    });
    futures_util::future::join_all(calls).await;
}

#[tokio::test]
async fn serving_ends_when_it_is_told_to() {
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (connector, listener) = traitwire::memory();
    let serving = tokio::spawn(
        server()
            .add(WhoServer::new(Mirror))
            .serve_until(listener, async {
                let _ = stopped.await;
            }),
    );
    let who = WhoClient::connect(connector).await.unwrap();
    who.who(Context::new()).await.unwrap();
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(60), serving)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}
