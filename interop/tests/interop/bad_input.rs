//! What no honest client sends, over TCP. Each time somebody else is served afterwards.

use std::future::poll_fn;
use std::net::SocketAddr;

use bytes::Bytes;
use expect_test::{Expect, expect};
use h2::client::SendRequest;
use http::{HeaderMap, Method, Request};
use interop::{
    CallEvent, Ending, Hang, InteropServiceClient, ObserveCallRequest, Panic, Script, UnaryRequest,
};
use libtest_mimic::Trial;
use prost::Message as _;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use traitwire::{Code, Context, Streaming};

use crate::{block_on, client, start_server};

macro_rules! trials {
    ($($name:ident,)*) => {
        pub(crate) fn trials() -> Vec<Trial> {
            vec![$(Trial::test(concat!("bad_input::", stringify!($name)), || {
                block_on($name());
                Ok(())
            })),*]
        }
    };
}

trials! {
    a_bad_message_ends_its_call_and_the_connection_goes_on,
    a_head_that_lies_ends_its_call_and_the_connection_goes_on,
    a_message_over_the_limit_is_refused_before_it_has_come,
    a_deadline_passes_even_if_the_client_does_not_look,
    a_client_that_resets_its_call_cancels_it,
    a_client_that_is_gone_cancels_its_calls,
    headers_without_end_are_refused,
    frames_that_break_the_rules_end_their_connection,
    a_panic_hurts_no_other_call,
}

async fn a_bad_message_ends_its_call_and_the_connection_goes_on() {
    let mut connection = Http2::connect(start_server().await).await;
    let mut report = String::new();
    for (what, body) in [
        ("nothing is wrong", &b"\0\0\0\0\0"[..]),
        ("half a prefix", b"\0\0\0"),
        ("half a message", b"\0\0\0\0\x02\x12"),
        ("no message", b""),
        ("two messages", b"\0\0\0\0\0\0\0\0\0\0"),
        ("an unknown flag", b"\x07\0\0\0\0"),
        ("compressed, but how?", b"\x01\0\0\0\0"),
        ("a field without end", b"\0\0\0\0\x02\x12\x09"),
        ("a group for bytes", b"\0\0\0\0\x01\x13"),
        ("no UTF-8", b"\0\0\0\0\x05\x0a\x03\x0a\x01\xff"),
    ] {
        let answer = connection.call(Method::POST, UNARY, &GRPC, body).await;
        report += &format!("{what}\n    {answer}\n");
        connection.check_serves().await;
    }
    expect![[r#"
        nothing is wrong
            200, grpc-status 0
        half a prefix
            200, grpc-status 13: request: the stream ended within the prefix of a message
        half a message
            200, grpc-status 13: request: the stream ended after 1 of the 2 bytes of a message
        no message
            200, grpc-status 12: the method has one request, none came
        two messages
            200, grpc-status 12: the method has one request, more came
        an unknown flag
            200, grpc-status 13: request: the compressed-flag of a message is 7, neither 0 nor 1
        compressed, but how?
            200, grpc-status 13: request: a message is compressed, but grpc-encoding doesn't say how
        a field without end
            200, grpc-status 13: UnaryRequest.payload: a length of 9 bytes, where 0 are left
        a group for bytes
            200, grpc-status 13: UnaryRequest.payload: a group, where a length with bytes belongs
        no UTF-8
            200, grpc-status 13: UnaryRequest.script.call_id: a string that isn't UTF-8: invalid utf-8 sequence of 1 bytes from index 0
    "#]].assert_eq(&report);
}

async fn a_head_that_lies_ends_its_call_and_the_connection_goes_on() {
    let mut connection = Http2::connect(start_server().await).await;
    let mut report = String::new();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let unreadable = [GRPC[0], ("grpc-timeout", "soon")];
    let long = [GRPC[0], ("grpc-timeout", "999999999S")];
    let snappy = [GRPC[0], ("grpc-encoding", "snappy")];
    for (what, method, path, headers) in [
        ("a browser", Method::GET, UNARY, &[][..]),
        ("a form", Method::POST, UNARY, &form),
        ("the wrong method", Method::PUT, UNARY, &GRPC),
        ("no number", Method::POST, UNARY, &unreadable),
        ("nine digits", Method::POST, UNARY, &long),
        ("snappy", Method::POST, UNARY, &snappy),
        (
            "an unknown method",
            Method::POST,
            "/interop.v1.InteropService/Nothing",
            &GRPC,
        ),
        (
            "an unknown service",
            Method::POST,
            "/interop.v1.NoService/Unary",
            &GRPC,
        ),
        ("no path of a method", Method::POST, "/", &GRPC),
    ] {
        let answer = connection
            .call(method, path, headers, b"\x01\0\0\0\0")
            .await;
        report += &format!("{what}\n    {answer}\n");
        connection.check_serves().await;
    }
    expect![[r#"
        a browser
            415, "this is a gRPC service: the content-type has to be application/grpc\n"
        a form
            415, "this is a gRPC service: the content-type has to be application/grpc\n"
        the wrong method
            405, "this is a gRPC service: the method has to be POST\n"
        no number
            200, grpc-status 13: grpc-timeout "soon" can't be read: it does not start with digits
        nine digits
            200, grpc-status 13: grpc-timeout "999999999S" can't be read: the value has more than 8 digits
        snappy
            200, grpc-status 12: request: a message is compressed with "snappy"; accepted is: identity,gzip,deflate
        an unknown method
            200, grpc-status 12: service interop.v1.InteropService has no method Nothing
        an unknown service
            200, grpc-status 12: unknown service interop.v1.NoService
        no path of a method
            200, grpc-status 12: "/" is no path of a gRPC method
    "#]].assert_eq(&report);
}

/// The prefix is enough: none of the four gigabytes is waited for.
async fn a_message_over_the_limit_is_refused_before_it_has_come() {
    let mut connection = Http2::connect(start_server().await).await;
    let (response, mut body) = connection.start(UNARY, &[]).await;
    body.send_data(Bytes::from_static(b"\0\xff\xff\xff\xff"), false)
        .expect("the stream is open");
    check(
        &answer(response).await,
        expect![
            "200, grpc-status 8: request: message of 4294967295 bytes, the limit is 4194304 (max_receive_message_len)"
        ],
    );
    connection.check_serves().await;
}

async fn a_deadline_passes_even_if_the_client_does_not_look() {
    let mut connection = Http2::connect(start_server().await).await;
    let (response, mut body) = connection.start(UNARY, &[("grpc-timeout", "50m")]).await;
    body.send_data(hang("unwatched"), true)
        .expect("the stream is open");
    check(
        &answer(response).await,
        expect!["200, grpc-status 4: the deadline passed"],
    );
    connection.check_serves().await;
}

async fn a_client_that_resets_its_call_cancels_it() {
    let address = start_server().await;
    let mut connection = Http2::connect(address).await;
    let (response, mut body) = connection.start(UNARY, &[]).await;
    body.send_data(hang("reset"), true)
        .expect("the stream is open");
    let mut events = observe(&client(address), "reset").await;
    assert_eq!(next(&mut events).await, CallEvent::Started);
    body.send_reset(h2::Reason::CANCEL);
    assert_eq!(next(&mut events).await, CallEvent::Cancelled);
    drop(response);
    connection.check_serves().await;
}

async fn a_client_that_is_gone_cancels_its_calls() {
    let address = start_server().await;
    let mut connection = Http2::connect(address).await;
    let (response, mut body) = connection.start(UNARY, &[]).await;
    body.send_data(hang("gone"), true)
        .expect("the stream is open");
    let mut events = observe(&client(address), "gone").await;
    assert_eq!(next(&mut events).await, CallEvent::Started);
    connection.task.abort();
    assert_eq!(next(&mut events).await, CallEvent::Cancelled);
    drop((response, body));
}

async fn headers_without_end_are_refused() {
    let mut connection = Http2::connect(start_server().await).await;
    let long = "x".repeat(10_000);
    let answer = connection
        .call(Method::POST, UNARY, &[("x-a", &long), ("x-b", &long)], b"")
        .await;
    check(
        &answer,
        expect!["stream error received: detected excessive load generating behavior"],
    );
    connection.check_serves().await;
}

/// What is said about a connection (RFC 9113, 5.4.1) rather than a call: it ends, and others don't notice.
async fn frames_that_break_the_rules_end_their_connection() {
    let address = start_server().await;
    let mut report = String::new();
    for (what, bytes) in [
        ("no preface", &b"GET / HTTP/3\r\n\r\n"[..]),
        ("DATA on no stream", b"\0\0\0\x00\0\0\0\0\0"),
        ("HEADERS on no stream", b"\0\0\x01\x01\x05\0\0\0\0\x88"),
        (
            "DATA on a stream that isn't open",
            b"\0\0\x01\x00\x01\0\0\0\x05x",
        ),
        ("a frame of 16 MiB", b"\xff\xff\xff\x00\0\0\0\0\x01"),
        (
            "SETTINGS of five bytes",
            b"\0\0\x05\x04\0\0\0\0\0\0\0\0\0\0",
        ),
        (
            "a window that shrinks to nothing",
            b"\0\0\x04\x08\0\0\0\0\0\0\0\0\0",
        ),
        (
            "headers that are no HPACK",
            b"\0\0\x02\x01\x05\0\0\0\x01\xff\xff",
        ),
        ("an even stream", b"\0\0\x01\x01\x05\0\0\0\x02\x88"),
        ("CONTINUATION of nothing", b"\0\0\x00\x09\x04\0\0\0\x01"),
        (
            "a PUSH_PROMISE",
            b"\0\0\x05\x05\x04\0\0\0\x01\0\0\0\x02\x88",
        ),
    ] {
        let outcome = raw(address, what != "no preface", bytes).await;
        report += &format!("{what}: {outcome}\n");
        check_serves(&client(address)).await;
    }
    expect![[r#"
        no preface: 103 bytes, no GOAWAY
        DATA on no stream: GOAWAY PROTOCOL_ERROR
        HEADERS on no stream: GOAWAY PROTOCOL_ERROR
        DATA on a stream that isn't open: GOAWAY PROTOCOL_ERROR
        a frame of 16 MiB: GOAWAY FRAME_SIZE_ERROR
        SETTINGS of five bytes: GOAWAY FRAME_SIZE_ERROR
        a window that shrinks to nothing: GOAWAY PROTOCOL_ERROR
        headers that are no HPACK: GOAWAY COMPRESSION_ERROR
        an even stream: GOAWAY PROTOCOL_ERROR
        CONTINUATION of nothing: GOAWAY PROTOCOL_ERROR
        a PUSH_PROMISE: GOAWAY PROTOCOL_ERROR
    "#]]
    .assert_eq(&report);
}

async fn a_panic_hurts_no_other_call() {
    let client = client(start_server().await);
    let (sender, requests) = Streaming::channel(1);
    let mut other = client.bidi_stream(requests, Context::new()).await.unwrap();

    let script = || Script {
        ending: Some(Ending::Panic(Panic {
            message: "on request".to_owned(),
        })),
        ..Default::default()
    };
    let request = UnaryRequest {
        script: script(),
        ..Default::default()
    };
    let status = client.unary(request, Context::new()).await.unwrap_err();
    check(
        &status.to_string(),
        expect!["INTERNAL: the handler of /interop.v1.InteropService/Unary panicked"],
    );
    let request = interop::ServerStreamRequest {
        script: script(),
        ..Default::default()
    };
    // Whether the stream has begun is a question of time.
    let status = match client.server_stream(request, Context::new()).await {
        Ok(mut responses) => responses.message().await.unwrap_err(),
        Err(status) => status,
    };
    assert_eq!(status.code(), Code::Internal);

    sender
        .send(interop::BidiStreamRequest {
            script: None,
            payload: b"still here".to_vec(),
        })
        .await
        .unwrap();
    assert_eq!(
        other.message().await.unwrap().unwrap().payload,
        b"still here"
    );
}

#[track_caller]
fn check(answer: &str, expect: Expect) {
    expect.assert_eq(answer);
}

/// Bytes after a client's preface, and how the server ends the connection.
async fn raw(address: SocketAddr, preface: bool, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address)
        .await
        .expect("the server listens");
    if preface {
        stream
            .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
            .await
            .expect("the server reads");
    }
    stream.write_all(bytes).await.expect("the server reads");
    let mut received = Vec::new();
    // A connection that is reset has been ended, too.
    let _ = stream.read_to_end(&mut received).await;
    let mut rest = &received[..];
    while let Some(&[a, b, c, kind, ..]) = rest.first_chunk::<9>() {
        let len = u32::from_be_bytes([0, a, b, c]) as usize;
        let Some((payload, after)) = rest[9..].split_at_checked(len) else {
            break;
        };
        if let (GOAWAY, [_, _, _, _, a, b, c, d, ..]) = (kind, payload) {
            return format!(
                "GOAWAY {:?}",
                h2::Reason::from(u32::from_be_bytes([*a, *b, *c, *d]))
            );
        }
        rest = after;
    }
    format!("{} bytes, no GOAWAY", received.len())
}

/// A client of HTTP/2 that knows nothing of gRPC.
struct Http2 {
    requests: SendRequest<Bytes>,
    task: tokio::task::JoinHandle<()>,
}

impl Http2 {
    async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address)
            .await
            .expect("the server listens");
        let (requests, connection) = h2::client::handshake(stream)
            .await
            .expect("the server speaks HTTP/2");
        let task = tokio::spawn(async move {
            // How it ended is seen by those who use it.
            let _ = connection.await;
        });
        Self { requests, task }
    }

    async fn call(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> String {
        let (response, mut stream) = self.send(method, path, headers).await;
        // The server may have answered before it has read this.
        let _ = stream.send_data(Bytes::copy_from_slice(body), true);
        answer(response).await
    }

    /// A gRPC call whose messages are still to come.
    async fn start(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (h2::client::ResponseFuture, h2::SendStream<Bytes>) {
        let headers = [&GRPC, headers].concat();
        self.send(Method::POST, path, &headers).await
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (h2::client::ResponseFuture, h2::SendStream<Bytes>) {
        poll_fn(|cx| self.requests.poll_ready(cx))
            .await
            .expect("the connection is open");
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://localhost{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(()).expect("the headers are well-formed");
        self.requests
            .send_request(request, false)
            .expect("the connection is open")
    }

    async fn check_serves(&mut self) {
        let (response, mut body) = self.start(PING, &[]).await;
        body.send_data(Bytes::from_static(b"\0\0\0\0\0"), true)
            .expect("the stream is open");
        assert_eq!(answer(response).await, "200, grpc-status 0");
    }
}

/// What a server answered, in a line: the HTTP status, then what gRPC has to say.
async fn answer(response: h2::client::ResponseFuture) -> String {
    let response = match response.await {
        Ok(response) => response,
        Err(error) => return error.to_string(),
    };
    let (head, mut body) = response.into_parts();
    let mut data = Vec::new();
    while let Some(chunk) = body.data().await {
        match chunk {
            Ok(chunk) => data.extend(chunk),
            Err(error) => return format!("{}, {error}", head.status.as_u16()),
        }
    }
    let trailers = body.trailers().await.ok().flatten().unwrap_or_default();
    let grpc = |map: &HeaderMap, name| {
        map.get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let status = grpc(&head.headers, "grpc-status").or_else(|| grpc(&trailers, "grpc-status"));
    let message = grpc(&head.headers, "grpc-message").or_else(|| grpc(&trailers, "grpc-message"));
    let mut line = head.status.as_u16().to_string();
    match status {
        Some(status) => line += &format!(", grpc-status {status}"),
        None => line += &format!(", {:?}", String::from_utf8_lossy(&data)),
    }
    if let Some(message) = message {
        line += &format!(": {message}");
    }
    line
}

/// A framed request whose handler waits until the client is gone.
fn hang(call_id: &str) -> Bytes {
    let script = Script {
        call_id: call_id.to_owned(),
        gather: 0,
        ending: Some(Ending::Hang(Hang {})),
    };
    let message = UnaryRequest {
        script,
        ..Default::default()
    }
    .encode_to_vec();
    let len = u32::try_from(message.len()).expect("the message is short");
    [&[0][..], &len.to_be_bytes(), &message].concat().into()
}

async fn observe(
    client: &InteropServiceClient,
    call_id: &str,
) -> Streaming<interop::ObserveCallResponse> {
    client
        .observe_call(ObserveCallRequest {
            call_id: call_id.to_owned(),
        })
        .await
        .expect("the server answers")
}

async fn next(events: &mut Streaming<interop::ObserveCallResponse>) -> CallEvent {
    events
        .message()
        .await
        .expect("the server answers")
        .expect("the call has not ended")
        .event
}

async fn check_serves(client: &InteropServiceClient) {
    client.ping().await.expect("the server goes on serving");
}

const UNARY: &str = "/interop.v1.InteropService/Unary";
const PING: &str = "/interop.v1.InteropService/Ping";
const GRPC: [(&str, &str); 2] = [("content-type", "application/grpc"), ("te", "trailers")];
const GOAWAY: u8 = 7;
