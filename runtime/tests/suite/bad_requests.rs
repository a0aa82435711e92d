//! What a client may send wrongly, and what it is told.

use std::net::SocketAddr;

use bytes::Bytes;
use expect_test::{Expect, expect};
use http::{HeaderMap, Method, Request};
use tokio::net::TcpStream;

use super::server;
use crate::calculator::{CalculatorServer, abacus};

const INCREMENT: &str = "/calls.v1.Calculator/Increment";
const GRPC: (&str, &str) = ("content-type", "application/grpc");

/// Sends a request in these pieces; shows the HTTP status where it isn't 200, and the end of the call.
#[track_caller]
fn check(path: &str, headers: &[(&str, &str)], body: &[&[u8]], expect: Expect) {
    check_method(Method::POST, path, headers, body, expect);
}

#[track_caller]
fn check_method(
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &[&[u8]],
    expect: Expect,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let answer = runtime.block_on(async {
        let running = server()
            .add(CalculatorServer::new(abacus().0))
            .start("127.0.0.1:0")
            .await
            .unwrap();
        exchange(running.local_addr(), method, path, headers, body).await
    });
    expect.assert_eq(&answer);
}

/// Sends a request in these pieces, to be answered in HTTP/2; as [`check`] shows it.
pub(super) async fn exchange(
    address: SocketAddr,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &[&[u8]],
) -> String {
    let uri = format!("http://{}{path}", address);
    let mut request = Request::builder().method(method).uri(uri);
    for (key, value) in headers {
        request = request.header(*key, *value);
    }
    let io = TcpStream::connect(address).await.unwrap();
    let (client, connection) = h2::client::handshake(io).await.unwrap();
    tokio::spawn(connection);
    let mut client = client.ready().await.unwrap();
    let request = request.body(()).unwrap();
    let (response, mut stream) = client.send_request(request, false).unwrap();
    for piece in body {
        // A server that has seen enough ends the stream.
        let _ = stream.send_data(Bytes::copy_from_slice(piece), false);
    }
    let _ = stream.send_data(Bytes::new(), true);

    let (parts, mut body) = response.await.unwrap().into_parts();
    let mut bytes = Vec::new();
    while let Some(data) = body.data().await {
        bytes.extend(data.unwrap());
    }
    let trailers = body.trailers().await.unwrap();
    let in_one_block = trailers.is_none();
    let trailers = trailers.unwrap_or_else(|| parts.headers.clone());
    let text = |headers: &HeaderMap, key: &str| {
        headers
            .get(key)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    match text(&trailers, "grpc-status") {
        None => format!("HTTP {}: {}", parts.status, String::from_utf8_lossy(&bytes)),
        Some(status) => {
            // "Trailers-Only": these calls fail before there is a message.
            assert_eq!(in_one_block, status != "0");
            let message = text(&trailers, "grpc-message").unwrap_or_default();
            let accepts = text(&trailers, "grpc-accept-encoding");
            let accepts = accepts
                .map(|names| format!(" (accepts {names})"))
                .unwrap_or_default();
            format!("{status} {message}{accepts}")
        }
    }
}

#[test]
fn a_good_request_is_answered() {
    check(
        INCREMENT,
        &[GRPC],
        &[b"\0\0\0\0\x02\x08\x01"],
        expect!["0 "],
    );
    check(
        INCREMENT,
        &[GRPC],
        &[b"\0\0\0", b"\0\x02\x08", b"\x01"],
        expect!["0 "],
    );
}

#[test]
fn an_error_of_the_handler_comes_in_one_block() {
    check(
        INCREMENT,
        &[GRPC],
        &[&[
            0, 0, 0, 0, 11, 8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1,
        ]],
        expect!["3 gr%C3%B6%C3%9Fer als 0, bitte %F0%9F%A6%80"],
    );
}

#[test]
fn what_is_not_grpc_gets_an_http_status() {
    check(
        INCREMENT,
        &[("content-type", "application/json")],
        &[b"{}"],
        expect![[r#"
            HTTP 415 Unsupported Media Type: this is a gRPC service: the content-type has to be application/grpc
        "#]],
    );
    check(
        INCREMENT,
        &[("content-type", "application/grpc+thrift")],
        &[b"\0\0\0\0\x02{}"],
        expect![[r#"
            HTTP 415 Unsupported Media Type: this is a gRPC service: the content-type has to be application/grpc
        "#]],
    );
    check_method(
        Method::PUT,
        INCREMENT,
        &[GRPC],
        &[],
        expect![[r#"
            HTTP 405 Method Not Allowed: this is a gRPC service: the method has to be POST
        "#]],
    );
}

#[test]
fn unknown_services_and_methods_are_told_apart() {
    check(
        "/calls.v1.Calculator/Divide",
        &[GRPC],
        &[],
        expect!["12 service calls.v1.Calculator has no method Divide (accepts identity)"],
    );
    check(
        "/calls.v2.Calculator/Increment",
        &[GRPC],
        &[],
        expect!["12 unknown service calls.v2.Calculator (accepts identity)"],
    );
    check(
        "/",
        &[GRPC],
        &[],
        expect![[r#"12 "/" is no path of a gRPC method (accepts identity)"#]],
    );
    check(
        "/%2e%2e/x/y",
        &[GRPC],
        &[],
        expect!["12 unknown service %252e%252e/x (accepts identity)"],
    );
}

#[test]
fn a_timeout_that_cannot_be_read_is_named() {
    check(
        INCREMENT,
        &[GRPC, ("grpc-timeout", "1s")],
        &[],
        expect![[r#"13 grpc-timeout "1s" can't be read: the unit is none of H, M, S, m, u, n"#]],
    );
}

#[test]
fn a_timeout_of_nothing_has_passed() {
    check(
        "/calls.v1.Calculator/Hang",
        &[GRPC, ("grpc-timeout", "0n")],
        &[b"\0\0\0\0\0"],
        expect!["4 the deadline passed"],
    );
}

#[test]
fn framing_is_checked() {
    check(
        INCREMENT,
        &[GRPC],
        &[b"\x07\0\0\0\0"],
        expect!["13 request: the compressed-flag of a message is 7, neither 0 nor 1"],
    );
    check(
        INCREMENT,
        &[GRPC],
        &[b"\0\0\0\0\x09\x08"],
        expect!["13 request: the stream ended after 1 of the 9 bytes of a message"],
    );
    check(
        INCREMENT,
        &[GRPC],
        &[b"\0\xff\xff\xff\xff"],
        expect![
            "8 request: message of 4294967295 bytes, the limit is 4194304 (max_receive_message_len)"
        ],
    );
}

#[test]
fn compression_that_we_lack_is_named() {
    check(
        INCREMENT,
        &[GRPC, ("grpc-encoding", "gzip")],
        &[b"\x01\0\0\0\0"],
        expect![[
            r#"12 request: a message is compressed with "gzip"; accepted is: identity (accepts identity)"#
        ]],
    );
    check(
        INCREMENT,
        &[GRPC, ("grpc-encoding", "identity")],
        &[b"\x01\0\0\0\0"],
        expect!["13 request: a message is compressed, but grpc-encoding doesn't say how"],
    );
    check(
        INCREMENT,
        &[GRPC, ("grpc-encoding", "gzip")],
        &[b"\0\0\0\0\0"],
        expect!["0 "],
    );
}

#[test]
fn one_request_is_one_request() {
    check(
        INCREMENT,
        &[GRPC],
        &[],
        expect!["12 the method has one request, none came (accepts identity)"],
    );
    check(
        INCREMENT,
        &[GRPC],
        &[b"\0\0\0\0\0\0\0\0\0\0"],
        expect!["12 the method has one request, more came (accepts identity)"],
    );
}

#[test]
fn what_is_no_such_message_says_where() {
    check(
        INCREMENT,
        &[GRPC],
        &[b"\0\0\0\0\x02\x0a\x01"],
        expect!["13 Number.value: a length with bytes, where a varint belongs"],
    );
    check(
        INCREMENT,
        &[GRPC],
        &[b"\0\0\0\0\x01\x08"],
        expect!["13 Number.value: the message ends in the middle of it"],
    );
}

#[test]
fn a_broken_stream_of_requests_reaches_the_handler_as_an_error() {
    check(
        "/calls.v1.Calculator/Sum",
        &[GRPC],
        &[b"\0\0\0\0\x02\x08\x01\0\0\0\0\x05\x08"],
        expect!["13 request: the stream ended after 1 of the 5 bytes of a message"],
    );
}
