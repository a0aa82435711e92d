//! How much is held for clients, and how much they may send.

use std::time::Duration;

use expect_test::expect;
use futures_util::stream;
use traitwire::{
    Channel, Message, ResourceQuota, RunningServer, Server, Status, Streaming, grpc_service,
};

use super::bulk::{BulkServer, Store};
use super::{OURS, server};
use crate::mirror::{Mirror, Text, WhoClient, WhoServer};
use crate::raw::*;

async fn start(configure: impl FnOnce(Server) -> Server) -> RunningServer {
    let (store, _reads) = Store::new();
    let server = configure(server()).add(BulkServer::new(store));
    server.start("127.0.0.1:0").await.unwrap()
}

/// A client that reads all it gets.
async fn open(running: &RunningServer) -> RawClient {
    let window = 1 << 20;
    let mut client = RawClient::open(running.local_addr(), &[(INITIAL_WINDOW_SIZE, window)]).await;
    client.send(&window_update(0, window)).await;
    client
}

/// The head of a call of the store's.
fn head(id: u32, method: &str) -> Vec<u8> {
    let block = call_block(&format!("/bulk.v1.Bulk/{method}"), &[]);
    frame(HEADERS, END_HEADERS, id, &block)
}

/// A parcel with so much in it, in frames.
fn parcel(id: u32, len: usize) -> Vec<Vec<u8>> {
    let len = len as u32;
    // `content`, of a length in three bytes.
    let mut message = vec![
        0x12,
        len as u8 | 0x80,
        (len >> 7) as u8 | 0x80,
        (len >> 14) as u8,
    ];
    message.resize(message.len() + len as usize, 7);
    let message = framed(&message);
    let mut frames: Vec<_> = (message.chunks(16_384))
        .map(|piece| data(id, 0, piece))
        .collect();
    frames.push(data(id, END_STREAM, b""));
    frames
}

/// The lines that are of one stream.
fn of_stream(lines: &[String], id: u32) -> Vec<&str> {
    let of_stream = |line: &&String| line.contains(&format!(" {id}: "));
    lines.iter().filter(of_stream).map(|line| &**line).collect()
}

/// What a quota comes to when a server is done.
async fn settles(quota: &ResourceQuota, used: usize) {
    tokio::time::timeout(Duration::from_secs(5), async {
        while quota.used() != used {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap_or_else(|_| panic!("{quota:?}, not {used}"));
}

const KIB: usize = 1024;

#[tokio::test]
async fn windows_are_as_large_as_the_server_says() {
    let running = start(|server| {
        server
            .initial_stream_window_size(100_000)
            .initial_connection_window_size(200_000)
    })
    .await;
    let mut client = RawClient::connect(running.local_addr()).await;
    client.send(PREFACE).await;
    client.send(&settings(&[])).await;
    let (mut stream, mut connection) = (0, 65_535);
    while stream == 0 || connection == 65_535 {
        let (kind, _, id, payload) = client.reader.frame().await.unwrap();
        if kind == SETTINGS {
            for setting in payload.chunks(6) {
                if setting[..2] == INITIAL_WINDOW_SIZE.to_be_bytes() {
                    stream = u32::from_be_bytes(setting[2..].try_into().unwrap());
                }
            }
        }
        if kind == WINDOW_UPDATE && id == 0 {
            connection += u32::from_be_bytes(payload.try_into().unwrap());
        }
    }
    assert_eq!((stream, connection), (100_000, 200_000));
}

#[tokio::test]
async fn a_message_beyond_the_quota_ends_its_call_and_no_other() {
    let quota = ResourceQuota::new(200 * KIB);
    let running = start(|server| server.resource_quota(&quota)).await;
    let mut first = open(&running).await;
    let frames = parcel(1, 150 * KIB);
    let (half, rest) = frames.split_at(8);
    first.send(&head(1, "ReturnToSender")).await;
    first.send(&half.concat()).await;
    first.ping().await;
    assert!(quota.used() >= 8 * 16 * KIB, "{quota:?}");

    let mut second = open(&running).await;
    second.send(&head(1, "ReturnToSender")).await;
    second.send(&parcel(1, 150 * KIB)[..8].concat()).await;
    let mut lines = second.until("HEADERS 1").await;
    let status = lines.pop().unwrap();
    let expected = "grpc-status=8 grpc-message=request: no room for a message beside what is held for others: \
                    the limit is 204800 bytes (resource_quota)";
    assert!(status.contains(expected), "{status}");
    // A small one has room.
    second.send(&head(3, "ReturnToSender")).await;
    second.send(&parcel(3, KIB).concat()).await;
    second.until("HEADERS 3: grpc-status=0").await;

    first.send(&rest.concat()).await;
    first.until("HEADERS 1: grpc-status=0").await;
    settles(&quota, 0).await;
}

#[tokio::test]
async fn messages_share_the_quota_of_their_connection() {
    let running = start(|server| server.connection_quota(200 * KIB)).await;
    let mut client = open(&running).await;
    // Alone, one may be longer.
    client.send(&head(1, "ReturnToSender")).await;
    let frames = parcel(1, 300 * KIB);
    client.send(&frames[..18].concat()).await;
    client.send(&head(3, "ReturnToSender")).await;
    client.send(&parcel(3, 100 * KIB)[..4].concat()).await;
    let mut lines = client.until("HEADERS 3").await;
    let status = lines.pop().unwrap();
    assert!(status.contains("(connection_quota)"), "{status}");
    client.send(&frames[18..].concat()).await;
    client.until("HEADERS 1: grpc-status=0").await;
}

#[tokio::test]
async fn what_a_client_gives_up_is_held_no_longer() {
    let quota = ResourceQuota::new(1024 * KIB);
    let running = start(|server| server.resource_quota(&quota)).await;
    let mut client = open(&running).await;
    for (id, method) in [(1, "ReturnToSender"), (3, "Upload")] {
        client.send(&head(id, method)).await;
        client.send(&parcel(id, 100 * KIB)[..4].concat()).await;
    }
    client.ping().await;
    while quota.used() < 2 * 4 * 16 * KIB {
        tokio::task::yield_now().await;
    }
    client.send(&reset(1)).await;
    client.send(&reset(3)).await;
    settles(&quota, 0).await;
}

#[tokio::test]
async fn answers_that_nobody_reads_are_held_up_to_the_quota() {
    // Hyper keeps them all.
    if !OURS {
        return;
    }
    let quota = ResourceQuota::new(1024 * KIB);
    let running = start(|server| server.connection_quota(300 * KIB).resource_quota(&quota)).await;
    let mut client = RawClient::open(running.local_addr(), &[(INITIAL_WINDOW_SIZE, 0)]).await;
    for id in [1, 3, 5] {
        client.send(&head(id, "ReturnToSender")).await;
        client.send(&parcel(id, 100 * KIB).concat()).await;
    }
    let lines = client.until("HEADERS 5").await;
    let refused = of_stream(&lines, 5);
    assert!(
        refused[0].contains("grpc-message=response: no room for a message beside"),
        "{refused:?}"
    );
    assert!(quota.used() >= 200 * KIB, "{quota:?}");
    client.send(&window_update(0, 1 << 20)).await;
    for id in [1, 3] {
        client.send(&window_update(id, 1 << 20)).await;
        client.until(&format!("HEADERS {id}: grpc-status=0")).await;
    }
    settles(&quota, 0).await;
}

/// So many bytes.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct Load {
    #[proto(1)]
    pub bytes: Vec<u8>,
}

impl Load {
    fn new(len: usize) -> Self {
        Self {
            bytes: vec![7; len],
        }
    }
}

const MANY: usize = 8 << 20;

/// Takes what its methods say, and no more.
#[grpc_service(package = "sizes.v1")]
trait Scales {
    /// As all methods.
    async fn usual(&self, load: Load) -> Result<Load, Status>;
    /// Far more.
    #[rpc(max_request_len = MANY, max_response_len = 2 * MANY)]
    async fn heavy(&self, load: Load) -> Result<Load, Status>;
    /// Far less.
    #[rpc(max_request_len = 100, max_response_len = 50)]
    async fn light(&self, loads: Streaming<Load>) -> Result<Streaming<Load>, Status>;
}

struct Balance;

impl Scales for Balance {
    async fn usual(&self, load: Load) -> Result<Load, Status> {
        Ok(load)
    }

    async fn heavy(&self, load: Load) -> Result<Load, Status> {
        Ok(load)
    }

    async fn light(&self, loads: Streaming<Load>) -> Result<Streaming<Load>, Status> {
        Ok(loads)
    }
}

/// What a call ends with.
fn outcome<T>(result: Result<T, Status>) -> String {
    match result {
        Ok(_) => "OK".to_owned(),
        Err(status) => status.to_string(),
    }
}

#[tokio::test]
async fn methods_have_limits_of_their_own_on_both_sides() {
    let running = server()
        .max_receive_message_len(1000)
        .max_send_message_len(1000)
        .add(ScalesServer::new(Balance))
        .start("127.0.0.1:0")
        .await
        .unwrap();
    let channel = Channel::builder().max_receive_message_len(500);
    let channel = channel.connect(running.local_addr()).await.unwrap();
    let scales = ScalesClient::new(channel);
    let light = async |len: usize, unlimited: bool| {
        let call = scales.light(stream::iter([Load::new(len)]));
        let call = match unlimited {
            true => call.max_send_message_len(usize::MAX),
            false => call,
        };
        match call.send().await {
            Ok(mut loads) => outcome(loads.message().await),
            Err(status) => status.to_string(),
        }
    };
    let outcomes = [
        outcome(scales.usual(Load::new(400)).await),
        outcome(scales.usual(Load::new(600)).await),
        outcome(scales.usual(Load::new(1200)).await),
        outcome(scales.heavy(Load::new(5 << 20)).await),
        outcome(scales.heavy(Load::new(9 << 20)).await),
        outcome(
            (scales
                .heavy(Load::new(9 << 20))
                .max_send_message_len(usize::MAX))
            .await,
        ),
        outcome(
            (scales
                .heavy(Load::new(1 << 20))
                .max_receive_message_len(1000))
            .await,
        ),
        light(40, false).await,
        light(60, false).await,
        light(200, false).await,
        light(200, true).await,
    ];
    expect![[r#"
        OK
        RESOURCE_EXHAUSTED: response: message of 603 bytes, the limit is 500 (max_receive_message_len)
        RESOURCE_EXHAUSTED: request: message of 1203 bytes, the limit is 1000 (max_receive_message_len)
        OK
        RESOURCE_EXHAUSTED: Load: message of 9437189 bytes, the limit is 8388608 (max_request_len of the method)
        RESOURCE_EXHAUSTED: request: message of 9437189 bytes, the limit is 8388608 (max_request_len of the method)
        RESOURCE_EXHAUSTED: response: message of 1048580 bytes, the limit is 1000 (max_receive_message_len)
        OK
        RESOURCE_EXHAUSTED: Load: message of 62 bytes, the limit is 50 (max_response_len of the method)
        RESOURCE_EXHAUSTED: Load: message of 203 bytes, the limit is 100 (max_request_len of the method)
        RESOURCE_EXHAUSTED: request: message of 203 bytes, the limit is 100 (max_request_len of the method)
    "#]]
    .assert_eq(&(outcomes.join("\n") + "\n"));
}

#[tokio::test]
async fn services_have_limits_of_their_own() {
    let running = server()
        .max_receive_message_len(100)
        .add(ScalesServer::new(Balance).max_receive_message_len(1000))
        .add(WhoServer::new(Mirror))
        .start("127.0.0.1:0")
        .await
        .unwrap();
    let channel = Channel::connect(running.local_addr()).await.unwrap();
    let (scales, who) = (ScalesClient::new(channel.clone()), WhoClient::new(channel));
    let text = Text {
        text: "x".repeat(200),
    };
    let outcomes = [
        outcome(scales.usual(Load::new(600)).await),
        outcome(scales.usual(Load::new(1200)).await),
        outcome(scales.heavy(Load::new(5 << 20)).await),
        outcome(who.echo(text).await),
    ];
    expect![[r#"
        OK
        RESOURCE_EXHAUSTED: request: message of 1203 bytes, the limit is 1000 (max_receive_message_len)
        OK
        RESOURCE_EXHAUSTED: request: message of 203 bytes, the limit is 100 (max_receive_message_len)
    "#]]
    .assert_eq(&(outcomes.join("\n") + "\n"));
}
