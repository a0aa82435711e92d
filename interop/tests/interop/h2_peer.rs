//! Ours against Python's h2, which does what is unusual and legal: whatever it is told.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use expect_test::{Expect, expect};
use interop::{
    ClientStreamRequest, Interop, InteropServiceClient, InteropServiceServer, ServerStreamRequest,
    UnaryRequest, UnaryResponse,
};
use libtest_mimic::Trial;
use tower_layer::Identity;
use traitwire::{Code, Metadata, Response, Server, Status, Streaming};

use crate::our_client::{check_echoed, check_fails, collect, cx, echoed};
use crate::process::{check_scenarios, python, serve_many};
use crate::{block_on, client, start_server};

macro_rules! trials {
    ($($name:ident,)*) => {
        pub(crate) fn trials() -> Vec<Trial> {
            vec![
                Trial::test("our_server::h2", || Ok(run_client(block_on(start_server()))?)),
                Trial::test("our_server::h2_before_layers", || {
                    Ok(run_client(block_on(start_layered_server()))?)
                }),
                $(Trial::test(concat!("our_client::h2::", stringify!($name)), || {
                    block_on($name(client(server(stringify!($name))?)));
                    Ok(())
                })),*
            ]
        }
    };
}

// Each against a server of the same name in `server_h2.py`.
trials! {
    well_behaved,
    small_windows,
    a_small_window_of_the_connection,
    window_taken_back,
    one_stream_at_a_time,
    no_streams_at_first,
    goaway,
    goaway_in_two_steps,
    refused,
    interim_heads,
    padding,
    heads_in_many_frames,
    bytes_one_by_one,
    trailers_only,
    settings_change,
    pings,
    streams_in_turns,
    ends_early,
    resets,
    resets_on_the_way,
    odd_fields,
    not_grpc,
    at_random,
}

fn run_client(server: SocketAddr) -> Result<(), String> {
    let mut client = python("client_h2.py")?;
    check_scenarios(client.arg(server.to_string()), &CLIENT_SCENARIOS)
}

/// Layers get requests as `http` has them, by another way through the transport.
async fn start_layered_server() -> SocketAddr {
    let server = Server::new()
        .layer(Identity::new())
        // Its clients ping as often as they like.
        .min_ping_interval(Duration::ZERO, true)
        .add(InteropServiceServer::new(Interop::default()));
    let server = server.start("127.0.0.1:0").await;
    server.expect("the system has ports").local_addr()
}

fn server(name: &str) -> Result<SocketAddr, String> {
    static SERVERS: OnceLock<Result<HashMap<String, SocketAddr>, String>> = OnceLock::new();
    let servers = SERVERS
        .get_or_init(|| serve_many(&mut python("server_h2.py")?))
        .as_ref()?;
    let server = servers.get(name).copied();
    server.ok_or_else(|| format!("server_h2.py has no server {name}"))
}

async fn well_behaved(client: InteropServiceClient) {
    check_all(&client, 1_000_000).await;
}

async fn small_windows(client: InteropServiceClient) {
    // Before the server's settings are there, its windows are as always.
    client.ping().await.unwrap();
    check_all(&client, 10_000).await;
}

async fn a_small_window_of_the_connection(client: InteropServiceClient) {
    client.ping().await.unwrap();
    check_all_at_once(&client, 5, 100_000).await;
}

/// What was sent before counts: the windows are far below zero when the settings are there.
async fn window_taken_back(client: InteropServiceClient) {
    check_unary(&client, 200_000).await;
}

async fn one_stream_at_a_time(client: InteropServiceClient) {
    client.ping().await.unwrap();
    check_all_at_once(&client, 30, 10).await;
}

async fn no_streams_at_first(client: InteropServiceClient) {
    check_all_at_once(&client, 30, 10).await;
}

/// Calls that the server doesn't know go to another connection; the one that it knows is answered where it is.
async fn goaway(client: InteropServiceClient) {
    let calls: Vec<_> = (0..3).map(|_| spawn_unary(&client, 10)).collect();
    let mut connections = Vec::new();
    for call in calls {
        connections.push(connection(&call.await.unwrap().unwrap()));
    }
    connections.sort();
    assert_eq!(connections, ["1", "2", "2"]);
}

async fn goaway_in_two_steps(client: InteropServiceClient) {
    for expected in ["1", "2", "3"] {
        assert_eq!(connection(&check_unary(&client, 10).await), expected);
    }
}

/// Nothing was done with the calls, so they are made again (gRFC A6).
async fn refused(client: InteropServiceClient) {
    for _ in 0..5 {
        assert_eq!(connection(&check_unary(&client, 10).await), "1");
    }
}

/// They are nobody's metadata.
async fn interim_heads(client: InteropServiceClient) {
    let response = check_unary(&client, 10).await;
    assert_eq!(response.headers().get("x-initial"), None);
    check_all(&client, 1_000).await;
}

async fn padding(client: InteropServiceClient) {
    check_all(&client, 100_000).await;
}

async fn heads_in_many_frames(client: InteropServiceClient) {
    let mut metadata = Metadata::new();
    metadata.insert("x-initial", "i".repeat(5_000)).unwrap();
    metadata.insert("x-trailing", "t".repeat(5_000)).unwrap();
    let call = client
        .unary(UnaryRequest::default(), cx())
        .metadata_from(metadata);
    let response = call.response().await.unwrap();
    let initial = response.headers().get("x-initial").unwrap();
    let trailing = response.trailers().get("x-trailing").unwrap();
    assert_eq!((initial.len(), trailing.len()), (5_000, 5_000));
    check_all(&client, 1_000).await;
}

async fn bytes_one_by_one(client: InteropServiceClient) {
    check_all(&client, 1_000).await;
}

async fn trailers_only(client: InteropServiceClient) {
    let call = client.unary(UnaryRequest::default(), cx());
    let status = call.metadata_from(echoed()).await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::NotFound, "nothing here")
    );
    check_echoed(status.metadata(), "x-trailing");

    let stream = client
        .server_stream(ServerStreamRequest::default(), cx())
        .await;
    let outcome = match stream {
        Ok(stream) => collect(stream).await,
        Err(status) => Err(status),
    };
    check_fails(outcome, Code::NotFound, "nothing here");
}

async fn settings_change(client: InteropServiceClient) {
    for _ in 0..4 {
        check_all(&client, 3_000).await;
    }
}

async fn pings(client: InteropServiceClient) {
    for _ in 0..3 {
        check_unary(&client, 10).await;
    }
}

async fn streams_in_turns(client: InteropServiceClient) {
    for _ in 0..3 {
        check_all_at_once(&client, 10, 1_000).await;
    }
}

/// The request's stream isn't over, and never will be.
async fn ends_early(client: InteropServiceClient) {
    let (sender, requests) = Streaming::channel(1);
    sender.send(ClientStreamRequest::default()).await.unwrap();
    let outcome = client.client_stream(requests, cx()).await;
    check_fails(outcome, Code::Aborted, "enough");
    drop(sender);
}

/// "Error codes" of PROTOCOL-HTTP2.md. A call that is refused was made again.
async fn resets(client: InteropServiceClient) {
    check(
        &statuses_of_resets(&client).await,
        expect![[r#"
            0x0: INTERNAL: HTTP/2 NO_ERROR: the stream was reset: NO_ERROR
            0x1: INTERNAL: HTTP/2 PROTOCOL_ERROR: the stream was reset: PROTOCOL_ERROR
            0x2: INTERNAL: HTTP/2 INTERNAL_ERROR: the stream was reset: INTERNAL_ERROR
            0x3: INTERNAL: HTTP/2 FLOW_CONTROL_ERROR: the stream was reset: FLOW_CONTROL_ERROR
            0x4: INTERNAL: HTTP/2 SETTINGS_TIMEOUT: the stream was reset: SETTINGS_TIMEOUT
            0x5: INTERNAL: HTTP/2 STREAM_CLOSED: the stream was reset: STREAM_CLOSED
            0x6: INTERNAL: HTTP/2 FRAME_SIZE_ERROR: the stream was reset: FRAME_SIZE_ERROR
            0x7: UNAVAILABLE: the server refuses calls
            0x8: CANCELLED: HTTP/2 CANCEL: the stream was reset: CANCEL
            0x9: INTERNAL: HTTP/2 COMPRESSION_ERROR: the stream was reset: COMPRESSION_ERROR
            0xa: INTERNAL: HTTP/2 CONNECT_ERROR: the stream was reset: CONNECT_ERROR
            0xb: RESOURCE_EXHAUSTED: HTTP/2 ENHANCE_YOUR_CALM: the stream was reset: ENHANCE_YOUR_CALM
            0xc: PERMISSION_DENIED: HTTP/2 INADEQUATE_SECURITY: the stream was reset: INADEQUATE_SECURITY
            0xd: INTERNAL: HTTP/2 HTTP_1_1_REQUIRED: the stream was reset: HTTP_1_1_REQUIRED
            0xe: INTERNAL: HTTP/2 error code 0xe: the stream was reset: error code 0xe
        "#]],
    );
}

/// Nor is one that was refused made again: it has begun.
async fn resets_on_the_way(client: InteropServiceClient) {
    check(
        &statuses_of_resets(&client).await,
        expect![[r#"
            0x0: INTERNAL: HTTP/2 NO_ERROR: the stream was reset: NO_ERROR
            0x1: INTERNAL: HTTP/2 PROTOCOL_ERROR: the stream was reset: PROTOCOL_ERROR
            0x2: INTERNAL: HTTP/2 INTERNAL_ERROR: the stream was reset: INTERNAL_ERROR
            0x3: INTERNAL: HTTP/2 FLOW_CONTROL_ERROR: the stream was reset: FLOW_CONTROL_ERROR
            0x4: INTERNAL: HTTP/2 SETTINGS_TIMEOUT: the stream was reset: SETTINGS_TIMEOUT
            0x5: INTERNAL: HTTP/2 STREAM_CLOSED: the stream was reset: STREAM_CLOSED
            0x6: INTERNAL: HTTP/2 FRAME_SIZE_ERROR: the stream was reset: FRAME_SIZE_ERROR
            0x7: UNAVAILABLE: HTTP/2 REFUSED_STREAM: the stream was reset: REFUSED_STREAM
            0x8: CANCELLED: HTTP/2 CANCEL: the stream was reset: CANCEL
            0x9: INTERNAL: HTTP/2 COMPRESSION_ERROR: the stream was reset: COMPRESSION_ERROR
            0xa: INTERNAL: HTTP/2 CONNECT_ERROR: the stream was reset: CONNECT_ERROR
            0xb: RESOURCE_EXHAUSTED: HTTP/2 ENHANCE_YOUR_CALM: the stream was reset: ENHANCE_YOUR_CALM
            0xc: PERMISSION_DENIED: HTTP/2 INADEQUATE_SECURITY: the stream was reset: INADEQUATE_SECURITY
            0xd: INTERNAL: HTTP/2 HTTP_1_1_REQUIRED: the stream was reset: HTTP_1_1_REQUIRED
            0xe: INTERNAL: HTTP/2 error code 0xe: the stream was reset: error code 0xe
        "#]],
    );
}

async fn odd_fields(client: InteropServiceClient) {
    for _ in 0..20 {
        let response = check_unary(&client, 10).await;
        let secret = "s".repeat(100);
        assert_eq!(response.headers().get("x-secret"), Some(&*secret));
        assert_eq!(response.trailers().get("x-secret"), Some(&*secret));
        let filling = response.headers().iter().count();
        assert_eq!(filling, 41, "{:?}", response.headers());
    }
}

async fn not_grpc(client: InteropServiceClient) {
    let status = client.unary(request(10), cx()).await.unwrap_err();
    check(
        &status.to_string(),
        expect![[
            r#"UNAVAILABLE: the response is not gRPC: HTTP status 503 Service Unavailable, content-type "text/html""#
        ]],
    );
}

/// Several connections, as each throws other dice.
async fn at_random(_: InteropServiceClient) {
    for _ in 0..CONNECTIONS_AT_RANDOM {
        let client = client(server("at_random").unwrap());
        let calls = [0, 1, 100, 1_000, 30_000, 70_000, 200_000].map(|len| {
            let client = client.clone();
            tokio::spawn(async move { check_all(&client, len).await })
        });
        for call in calls {
            call.await.unwrap();
        }
    }
}

/// Three kinds of call, with metadata, after each other.
async fn check_all(client: &InteropServiceClient, len: usize) {
    check_unary(client, len).await;

    let call = client
        .unary(request(len), cx())
        .metadata_from(echoed())
        .response();
    let response = call.await.unwrap();
    check_echoed(response.headers(), "x-initial");
    check_echoed(response.trailers(), "x-trailing");

    let request = ServerStreamRequest {
        payload: payload(len),
        count: 3,
        ..Default::default()
    };
    let responses = client.server_stream(request, cx()).await.unwrap();
    let responses = collect(responses).await.unwrap();
    assert_eq!(responses.len(), 3);
    assert!(responses.iter().all(|got| got.payload == payload(len)));

    let request = ClientStreamRequest {
        script: None,
        payload: payload(len),
    };
    let requests = Streaming::from_iter(vec![request; 3]);
    let response = client.client_stream(requests, cx()).await.unwrap();
    assert!(response.count == 3 && response.payload == payload(len).repeat(3));
}

async fn check_unary(client: &InteropServiceClient, len: usize) -> Response<UnaryResponse> {
    spawn_unary(client, len).await.unwrap().unwrap()
}

async fn check_all_at_once(client: &InteropServiceClient, calls: usize, len: usize) {
    let calls: Vec<_> = (0..calls).map(|_| spawn_unary(client, len)).collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

/// A call that is to come back as it was sent.
fn spawn_unary(
    client: &InteropServiceClient,
    len: usize,
) -> tokio::task::JoinHandle<Result<Response<UnaryResponse>, Status>> {
    let call = client.unary(request(len), cx()).response();
    tokio::spawn(async move {
        let response = call.await?;
        assert!(response.message().payload == payload(len));
        Ok(response)
    })
}

/// Which of the server's connections answered.
fn connection<T>(response: &Response<T>) -> String {
    let number = response.headers().get("x-connection");
    number.expect("the server says so").to_owned()
}

/// What becomes of a call that is reset with each of HTTP/2's error codes, and one that it doesn't have.
async fn statuses_of_resets(client: &InteropServiceClient) -> String {
    let mut report = String::new();
    for code in 0..=14 {
        let request = UnaryRequest {
            payload: vec![code],
            ..Default::default()
        };
        let status = client.unary(request, cx()).await.unwrap_err();
        report += &format!("{code:#x}: {status}\n");
    }
    report
}

fn request(len: usize) -> UnaryRequest {
    UnaryRequest {
        payload: payload(len),
        ..Default::default()
    }
}

fn payload(len: usize) -> Vec<u8> {
    (0..len).map(|n| (n % 251) as u8).collect()
}

#[track_caller]
fn check(report: &str, expect: Expect) {
    expect.assert_eq(report);
}

const CONNECTIONS_AT_RANDOM: usize = 10;

/// What `client_h2.py` prints when it is through.
const CLIENT_SCENARIOS: [&str; 21] = [
    "small_windows_of_a_stream",
    "the_window_of_the_connection",
    "a_window_that_falls_below_zero",
    "settings_change_on_the_way",
    "header_tables_of_all_sizes",
    "a_head_in_many_frames",
    "padding",
    "priorities",
    "streams_in_turns",
    "bytes_one_by_one",
    "resets",
    "pings_are_answered",
    "a_slow_reader",
    "a_socket_that_is_not_read",
    "unknown_frames_and_settings",
    "requests_cut_in_odd_places",
    "a_client_that_leaves_politely",
    "a_host_instead_of_an_authority",
    "fields_of_one_name",
    "deadline",
    "at_random",
];
