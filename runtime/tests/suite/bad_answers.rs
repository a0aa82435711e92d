//! What a server may answer wrongly, and what the caller is told.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use expect_test::{Expect, expect};
use futures_util::stream;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::StreamBody;
use hyper_util::rt::{TokioExecutor, TokioIo};
use traitwire::{Body, Channel, ConnectError};

use crate::calculator::{CalculatorClient, number};

type Headers<'a> = &'a [(&'static str, &'static str)];

const GRPC: (&str, &str) = ("content-type", "application/grpc");
const OK: (&str, &str) = ("grpc-status", "0");
const ONE: &[u8] = b"\0\0\0\0\x02\x08\x01";

/// A unary call, and a call with a stream of answers, that are answered like this, over HTTP/2 of ours and through tower.
#[track_caller]
fn check(
    status: u16,
    headers: Headers<'_>,
    body: &[&[u8]],
    trailers: Option<Headers<'_>>,
    expect: Expect,
) {
    let map = |pairs: Headers<'_>| -> HeaderMap {
        pairs
            .iter()
            .map(|(key, value)| (key.parse().unwrap(), HeaderValue::from_static(value)))
            .collect()
    };
    let headers = map(headers);
    let data = body
        .iter()
        .map(|piece| Frame::data(Bytes::copy_from_slice(piece)));
    let frames: Arc<[_]> = data
        .chain(trailers.map(|pairs| Frame::trailers(map(pairs))))
        .collect();
    let answer = move || {
        let frames = frames
            .iter()
            .map(|frame| match (frame.data_ref(), frame.trailers_ref()) {
                (Some(data), _) => Frame::data(data.clone()),
                (_, trailers) => Frame::trailers(trailers.cloned().unwrap_or_default()),
            });
        let frames: Vec<_> = frames.map(Ok::<_, Infallible>).collect();
        let mut response = Response::new(StreamBody::new(stream::iter(frames)));
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
        *response.headers_mut() = headers.clone();
        async move { Ok::<_, Infallible>(response) }
    };

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let text = runtime.block_on(async {
        let service = {
            let answer = answer.clone();
            tower::service_fn(move |_: Request<Body>| answer())
        };
        let through_tower = told(Channel::from_service(service)).await;

        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let service = hyper::service::service_fn(move |_| answer());
            // Whether the server is content is not what is tested.
            let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
        let over_http2 = told(Channel::lazy(address).unwrap()).await;
        assert_eq!(through_tower, over_http2);
        over_http2
    });
    expect.assert_eq(&text);
}

/// What callers are told.
async fn told(channel: Channel) -> String {
    let client = CalculatorClient::new(channel);
    let unary = match client.increment(number(0)).await {
        Ok(number) => format!("{number:?}"),
        Err(status) => status.to_string(),
    };
    let mut read = 0;
    let streamed = async {
        let mut numbers = client.count(number(0)).await?;
        while numbers.message().await?.is_some() {
            read += 1;
        }
        Ok::<_, traitwire::Status>("OK".to_owned())
    };
    let streamed = streamed.await.unwrap_or_else(|status| status.to_string());
    format!("unary: {unary}\nstream: {read} and {streamed}\n")
}

#[test]
fn a_good_answer_is_read() {
    check(
        200,
        &[GRPC],
        &[ONE],
        Some(&[OK]),
        expect![[r#"
        unary: Number { value: 1 }
        stream: 1 and OK
    "#]],
    );
    check(
        200,
        &[GRPC],
        &[],
        Some(&[OK]),
        expect![[r#"
        unary: UNIMPLEMENTED: the method has one response, none came
        stream: 0 and OK
    "#]],
    );
    check(
        200,
        &[GRPC, OK],
        &[],
        None,
        expect![[r#"
        unary: UNIMPLEMENTED: the method has one response, none came
        stream: 0 and OK
    "#]],
    );
}

#[test]
fn a_proxy_that_answers_itself_is_named() {
    check(
        503,
        &[("content-type", "text/html")],
        &[b"<h1>busy</h1>"],
        None,
        expect![[r#"
            unary: UNAVAILABLE: the response is not gRPC: HTTP status 503 Service Unavailable, content-type "text/html"
            stream: 0 and UNAVAILABLE: the response is not gRPC: HTTP status 503 Service Unavailable, content-type "text/html"
        "#]],
    );
    check(
        200,
        &[("content-type", "text/html")],
        &[b"<h1>hello</h1>"],
        None,
        expect![[r#"
            unary: UNKNOWN: the response is not gRPC: HTTP status 200 OK, content-type "text/html"
            stream: 0 and UNKNOWN: the response is not gRPC: HTTP status 200 OK, content-type "text/html"
        "#]],
    );
}

#[test]
fn what_nobody_has_heard_of_is_unknown() {
    check(
        418,
        &[],
        &[],
        None,
        expect![[r#"
        unary: UNKNOWN: the response is not gRPC: HTTP status 418 I'm a teapot, content-type none
        stream: 0 and UNKNOWN: the response is not gRPC: HTTP status 418 I'm a teapot, content-type none
    "#]],
    );
    check(
        800,
        &[],
        &[],
        None,
        expect![[r#"
        unary: UNKNOWN: the response is not gRPC: HTTP status 800 <unknown status code>, content-type none
        stream: 0 and UNKNOWN: the response is not gRPC: HTTP status 800 <unknown status code>, content-type none
    "#]],
    );
    check(
        200,
        &[("content-type", "application/grpc+json")],
        &[b"\0\0\0\0\x02{}"],
        Some(&[OK]),
        expect![[r#"
            unary: UNKNOWN: the response is not gRPC: HTTP status 200 OK, content-type "application/grpc+json"
            stream: 0 and UNKNOWN: the response is not gRPC: HTTP status 200 OK, content-type "application/grpc+json"
        "#]],
    );
}

#[test]
fn an_answer_without_a_status_is_broken() {
    check(
        200,
        &[GRPC],
        &[ONE],
        None,
        expect![[r#"
        unary: UNKNOWN: the server ended the call without a grpc-status
        stream: 1 and UNKNOWN: the server ended the call without a grpc-status
    "#]],
    );
    check(
        200,
        &[GRPC],
        &[ONE],
        Some(&[("x-more", "1")]),
        expect![[r#"
            unary: UNKNOWN: the server ended the call without a grpc-status
            stream: 1 and UNKNOWN: the server ended the call without a grpc-status
        "#]],
    );
}

#[test]
fn a_status_in_front_counts_only_if_nothing_follows() {
    const EARLY: (&str, &str) = ("grpc-status", "8");
    // In a frame of its own, where it could have been in the head.
    check(
        200,
        &[GRPC, EARLY],
        &[b""],
        None,
        expect![[r#"
        unary: RESOURCE_EXHAUSTED
        stream: 0 and RESOURCE_EXHAUSTED
    "#]],
    );
    check(
        200,
        &[GRPC, EARLY],
        &[],
        Some(&[("grpc-status", "9"), ("x-more", "1")]),
        expect![[r#"
            unary: FAILED_PRECONDITION
            stream: 0 and FAILED_PRECONDITION
        "#]],
    );
    check(
        200,
        &[GRPC, EARLY],
        &[ONE],
        Some(&[OK]),
        expect![[r#"
        unary: Number { value: 1 }
        stream: 1 and OK
    "#]],
    );
    check(
        200,
        &[GRPC, EARLY],
        &[ONE],
        None,
        expect![[r#"
        unary: UNKNOWN: the server ended the call without a grpc-status
        stream: 1 and UNKNOWN: the server ended the call without a grpc-status
    "#]],
    );
    check(
        200,
        &[GRPC, OK],
        &[ONE],
        None,
        expect![[r#"
        unary: UNKNOWN: the server ended the call without a grpc-status
        stream: 1 and UNKNOWN: the server ended the call without a grpc-status
    "#]],
    );
}

#[test]
fn an_answer_that_is_cut_off_is_broken() {
    check(
        200,
        &[GRPC],
        &[b"\0\0\0\0\x05\x08"],
        Some(&[OK]),
        expect![[r#"
            unary: INTERNAL: response: the stream ended after 1 of the 5 bytes of a message
            stream: 0 and INTERNAL: response: the stream ended after 1 of the 5 bytes of a message
        "#]],
    );
}

#[test]
fn framing_is_checked() {
    check(
        200,
        &[GRPC],
        &[b"\x03\0\0\0\0"],
        Some(&[OK]),
        expect![[r#"
        unary: INTERNAL: response: the compressed-flag of a message is 3, neither 0 nor 1
        stream: 0 and INTERNAL: response: the compressed-flag of a message is 3, neither 0 nor 1
    "#]],
    );
    check(
        200,
        &[GRPC, ("grpc-encoding", "br")],
        &[b"\x01\0\0\0\0"],
        Some(&[OK]),
        expect![[r#"
            unary: INTERNAL: response: a message is compressed with "br"; accepted is: identity
            stream: 0 and INTERNAL: response: a message is compressed with "br"; accepted is: identity
        "#]],
    );
    check(
        200,
        &[GRPC, ("grpc-encoding", "identity")],
        &[b"\x01\0\0\0\0"],
        Some(&[OK]),
        expect![[r#"
            unary: INTERNAL: response: a message is compressed, but grpc-encoding doesn't say how
            stream: 0 and INTERNAL: response: a message is compressed, but grpc-encoding doesn't say how
        "#]],
    );
    check(
        200,
        &[GRPC],
        &[b"\0\x7f\0\0\0"],
        Some(&[OK]),
        expect![[r#"
        unary: RESOURCE_EXHAUSTED: response: message of 2130706432 bytes, the limit is 4194304 (max_receive_message_len)
        stream: 0 and RESOURCE_EXHAUSTED: response: message of 2130706432 bytes, the limit is 4194304 (max_receive_message_len)
    "#]],
    );
}

#[test]
fn what_is_no_such_message_says_where() {
    check(
        200,
        &[GRPC],
        &[b"\0\0\0\0\x02\x0a\x01"],
        Some(&[OK]),
        expect![[r#"
            unary: INTERNAL: Number.value: a length with bytes, where a varint belongs
            stream: 0 and INTERNAL: Number.value: a length with bytes, where a varint belongs
        "#]],
    );
}

#[test]
fn several_answers_to_a_unary_call_are_refused() {
    check(
        200,
        &[GRPC],
        &[ONE, ONE],
        Some(&[OK]),
        expect![[r#"
        unary: UNIMPLEMENTED: the method has one response, more came
        stream: 2 and OK
    "#]],
    );
}

#[test]
fn the_status_of_the_server_goes_before_what_it_cut_off() {
    check(
        200,
        &[GRPC],
        &[b"\0\0\0\0\x05\x08"],
        Some(&[("grpc-status", "10"), ("grpc-message", "50%25 %C3%A4")]),
        expect![[r#"
            unary: ABORTED: 50% ä
            stream: 0 and ABORTED: 50% ä
        "#]],
    );
}

#[tokio::test]
async fn nobody_there_is_unavailable_and_names_the_target() {
    // A port that was free a moment ago.
    let address = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let error = CalculatorClient::connect(address).await.unwrap_err();
    assert!(matches!(error, ConnectError::Unavailable(_)));
    let text = format!(
        "UNAVAILABLE: can't connect to http://{address}: Connection refused (os error 111)"
    );
    assert_eq!(error.to_string(), text);

    let client = CalculatorClient::lazy(address).unwrap();
    assert_eq!(
        client.increment(number(0)).await.unwrap_err().to_string(),
        text
    );
}
