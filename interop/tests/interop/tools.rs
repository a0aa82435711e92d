//! Our server against programs that know HTTP/2 and nothing of gRPC: nghttp, h2load and curl.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use expect_test::{Expect, expect};
use http_body_util::{Either, Full};
use interop::{Interop, InteropServiceServer, UnaryRequest, UnaryResponse};
use libtest_mimic::Trial;
use prost::Message;
use tower::{Service, service_fn};
use tower_layer::layer_fn;
use traitwire::{RequestBody, RoutesService, Server};

use crate::process::{output, printed, program, scratch};
use crate::{block_on, start_server};

macro_rules! trials {
    ($($name:ident,)*) => {
        pub(crate) fn trials() -> Vec<Trial> {
            vec![$(Trial::test(concat!("our_server::", stringify!($name)), || Ok($name()?))),*]
        }
    };
}

trials! {
    nghttp,
    nghttp_gets_the_echo,
    h2load,
    h2load_with_long_messages,
    curl,
    curl_gets_a_page_of_a_layer,
}

/// Padding, windows, tables of header fields, priorities: whatever is chosen, the answer is the same.
fn nghttp() -> Result<(), String> {
    let server = block_on(start_server());
    let mut report = String::new();
    for options in [
        "",
        "--multiply=100",
        "--padding=1",
        "--padding=255 --multiply=10",
        "--window-bits=1",
        "--window-bits=4 --multiply=100",
        "--window-bits=30 --connection-window-bits=30",
        "--header-table-size=0 --multiply=3",
        "--header-table-size=1M --multiply=3",
        "--header-table-size=0 --header-table-size=64K --multiply=3",
        "--encoder-header-table-size=0 --multiply=3",
        "--encoder-header-table-size=1M --multiply=3",
        "--no-dep",
        "--no-rfc7540-pri",
        "--weight=256",
        "--no-content-length",
        "--trailer=x-checksum:1",
        "--continuation",
    ] {
        let mut nghttp = post("nghttp", &[b'x'; 100])?;
        nghttp.args(["--verbose", "--null-out", "--timeout=60"]);
        let log = printed(nghttp.args(options.split_whitespace()).arg(url(server)))?;
        report += &format!("{options}\n    {}\n", summary(&log));
    }
    check(
        &report,
        expect![[r#"

                1 × :status: 200, content-type: application/grpc, grpc-accept-encoding: identity,gzip,deflate, grpc-status: 0, 107 bytes
            --multiply=100
                100 × :status: 200, content-type: application/grpc, grpc-accept-encoding: identity,gzip,deflate, grpc-status: 0, 107 bytes
            --padding=1
                1 × :status: 200, content-type: application/grpc, grpc-accept-encoding: identity,gzip,deflate, grpc-status: 0, 107 bytes
            --padding=255 --multiply=10
                10 × :status: 200, content-type: application/grpc, grpc-accept-encoding: identity,gzip,deflate, grpc-status: 0, 107 bytes
            --window-bits=1
                1 × :status: 200, content-type: application/grpc, grpc-accept-encoding: identity,gzip,deflate, grpc-status: 0, 107 bytes
            --window-bits=4 --multiply=100
                100 × :status: 200, content-type: application/grpc, grpc-accept-encoding: identity,gzip,deflate, grpc-status: 0, 107 bytes
            --window-bits=30 --connection-window-bits=30
                1 × :status: 200, content-type: application/grpc, grpc-accept-encoding: identity,gzip,deflate, grpc-status: 0, 107 bytes
            --header-table-size=0 --multiply=3
                3 × :status: 200, content-type: application/grpc, grpc-accept-encoding: identity,gzip,deflate, grpc-status: 0, 107 bytes
            --header-table-size=1M --multiply=3
                3 × :status: 200, content-type: application/grpc, grpc-accept-encoding: identity,gzip,deflate, grpc-status: 0, 107 bytes
            --header-table-size=0 --header-table-size=64K --multiply=3
                3 × :status: 200, content-type: application/grpc, grpc-accept-encoding: identity,gzip,deflate, grpc-status: 0, 107 bytes
            --encoder-header-table-size=0 --multiply=3
                3 × :status: 200, content-type: application/grpc, grpc-accept-encoding: identity,gzip,deflate, grpc-status: 0, 107 bytes
            --encoder-header-table-size=1M --multiply=3
                3 × :status: 200, content-type: application/grpc, grpc-accept-encoding: identity,gzip,deflate, grpc-status: 0, 107 bytes
            --no-dep
                1 × :status: 200, content-type: application/grpc, grpc-accept-encoding: identity,gzip,deflate, grpc-status: 0, 107 bytes
            --no-rfc7540-pri
                1 × :status: 200, content-type: application/grpc, grpc-accept-encoding: identity,gzip,deflate, grpc-status: 0, 107 bytes
            --weight=256
                1 × :status: 200, content-type: application/grpc, grpc-accept-encoding: identity,gzip,deflate, grpc-status: 0, 107 bytes
            --no-content-length
                1 × :status: 200, content-type: application/grpc, grpc-accept-encoding: identity,gzip,deflate, grpc-status: 0, 107 bytes
            --trailer=x-checksum:1
                1 × :status: 200, content-type: application/grpc, grpc-accept-encoding: identity,gzip,deflate, grpc-status: 0, 107 bytes
            --continuation
                1 × reset, 0 bytes
        "#]],
    );
    Ok(())
}

fn nghttp_gets_the_echo() -> Result<(), String> {
    let server = block_on(start_server());
    let payload = vec![b'x'; 1024 * 1024];
    let mut nghttp = post("nghttp", &payload)?;
    nghttp.args(["--padding=200", "--window-bits=10", "--timeout=60"]);
    let echoed = output(nghttp.arg(url(server)))?;
    assert!(echoed == echo(&payload));
    Ok(())
}

/// `--clients` connections, `--max-concurrent-streams` calls at a time on each.
fn h2load() -> Result<(), String> {
    let server = block_on(start_server());
    for options in [
        "--requests=100",
        "--requests=10000 --clients=1 --max-concurrent-streams=1000",
        "--requests=10000 --clients=20 --max-concurrent-streams=50 --threads=2",
        "--requests=2000 --clients=4 --max-concurrent-streams=100 --window-bits=1",
        "--requests=2000 --clients=4 --max-concurrent-streams=100 --window-bits=6 --connection-window-bits=16",
        "--requests=2000 --clients=4 --max-concurrent-streams=10 --header-table-size=0 --encoder-header-table-size=0",
        "--requests=2000 --clients=4 --max-concurrent-streams=10 --header-table-size=1M --encoder-header-table-size=1M",
    ] {
        check_load(server, options, &[b'x'; 100])?;
    }
    Ok(())
}

fn h2load_with_long_messages() -> Result<(), String> {
    let server = block_on(start_server());
    let payload = vec![b'x'; 1024 * 1024];
    for options in [
        "--requests=50 --clients=2 --max-concurrent-streams=5",
        "--requests=50 --clients=2 --max-concurrent-streams=5 --max-frame-size=16777215",
        "--requests=20 --clients=2 --max-concurrent-streams=10 --window-bits=12 --connection-window-bits=16",
    ] {
        check_load(server, options, &payload)?;
    }
    Ok(())
}

fn curl() -> Result<(), String> {
    let server = block_on(start_server());
    let mut curl = curl_post(b"ping")?;
    let url = url(server);
    let answer = printed(curl.args(["--http2-prior-knowledge", "--include", &url]))?;
    check(
        &visible(&answer),
        expect![[r#"
            HTTP/2 200 
            content-type: application/grpc
            grpc-accept-encoding: identity,gzip,deflate

            \u{0}\u{0}\u{0}\u{0}\u{6}
            \u{4}pinggrpc-status: 0
        "#]],
    );

    let payload = vec![b'x'; 1024 * 1024];
    let mut curl = curl_post(&payload)?;
    let answer = output(curl.args(["--http2-prior-knowledge", &url]))?;
    assert!(answer == echo(&payload));
    Ok(())
}

/// On one port, whatever version is spoken. `--http2` asks for an upgrade, which nobody has to grant.
fn curl_gets_a_page_of_a_layer() -> Result<(), String> {
    let server = block_on(start_server_with_page());
    let page = format!("http://{server}/health");
    let mut report = String::new();
    for version in [
        "--http1.0",
        "--http1.1",
        "--http2",
        "--http2-prior-knowledge",
    ] {
        let mut curl = curl_command()?;
        // One page at a time: where version 2 isn't negotiated, curl up to 7.88 can't use a connection twice.
        let answer = printed(curl.args([version, &page]).args(TELL))?;
        report += &format!("{version}\n{answer}");

        let mut curl = curl_post(b"ping")?;
        let answer = printed(curl.arg(version).arg(url(server)).args(TELL))?;
        report += &visible(&answer);
    }
    check(
        &report,
        expect![[r#"
            --http1.0
            all is well
            HTTP/1 200
            \u{0}\u{0}\u{0}\u{0}\u{6}
            \u{4}pingHTTP/1 200
            --http1.1
            all is well
            HTTP/1.1 200
            \u{0}\u{0}\u{0}\u{0}\u{6}
            \u{4}pingHTTP/1.1 200
            --http2
            all is well
            HTTP/1.1 200
            \u{0}\u{0}\u{0}\u{0}\u{6}
            \u{4}pingHTTP/1.1 200
            --http2-prior-knowledge
            all is well
            HTTP/2 200
            \u{0}\u{0}\u{0}\u{0}\u{6}
            \u{4}pingHTTP/2 200
        "#]],
    );
    Ok(())
}

async fn start_server_with_page() -> SocketAddr {
    let with_page = |services: RoutesService<_>| {
        service_fn(move |request: http::Request<RequestBody>| {
            let mut services = services.clone();
            async move {
                let response = match request.uri().path() {
                    "/health" => http::Response::new(Either::Left(Full::from("all is well\n"))),
                    _ => services.call(request).await?.map(Either::Right),
                };
                Ok::<_, Infallible>(response)
            }
        })
    };
    let server = Server::new()
        .layer(layer_fn(with_page))
        .add(InteropServiceServer::new(Interop::default()));
    let server = server.start("127.0.0.1:0").await;
    server.expect("the system has ports").local_addr()
}

/// What nghttp saw of each answer; how many there were of a kind.
fn summary(log: &str) -> String {
    let mut streams = BTreeMap::<&str, (Vec<&str>, usize)>::new();
    for line in log.lines() {
        let Some((_, received)) = line.split_once("] recv ") else {
            continue;
        };
        if let Some((stream, field)) = received
            .strip_prefix("(stream_id=")
            .and_then(|rest| rest.split_once(") "))
        {
            streams.entry(stream).or_default().0.push(field);
        } else if let Some((frame, rest)) = received.split_once(" frame <length=") {
            let (Some((len, _)), Some((_, stream))) =
                (rest.split_once(','), rest.split_once("stream_id="))
            else {
                continue;
            };
            let stream = streams.entry(stream.trim_end_matches('>')).or_default();
            match frame {
                "DATA" => stream.1 += len.parse::<usize>().expect("nghttp knows numbers"),
                "RST_STREAM" => stream.0.push("reset"),
                "GOAWAY" => stream.0.push("the server goes away"),
                _ => {}
            }
        }
    }
    let mut kinds = BTreeMap::<String, usize>::new();
    for (fields, len) in streams.into_values() {
        if !fields.is_empty() {
            *kinds
                .entry(format!("{}, {len} bytes", fields.join(", ")))
                .or_default() += 1;
        }
    }
    let kinds: Vec<_> = kinds
        .iter()
        .map(|(kind, count)| format!("{count} × {kind}"))
        .collect();
    kinds.join("; ")
}

/// Runs h2load, and checks that every call was answered and with how many bytes.
fn check_load(server: SocketAddr, options: &str, payload: &[u8]) -> Result<(), String> {
    let calls: usize = options
        .strip_prefix("--requests=")
        .and_then(|rest| rest.split(' ').next())
        .and_then(|calls| calls.parse().ok())
        .expect("the options say how many calls to make");
    let mut h2load = post("h2load", payload)?;
    let report = printed(h2load.args(options.split(' ')).arg(url(server)))?;
    let line = |start: &str| {
        let line = report.lines().find(|line| line.starts_with(start));
        line.unwrap_or_default().to_owned()
    };
    assert_eq!(
        line("requests:"),
        format!(
            "requests: {calls} total, {calls} started, {calls} done, {calls} succeeded, 0 failed, 0 errored, 0 timeout"
        ),
        "{options}"
    );
    let bytes = calls * echo(payload).len();
    let traffic = line("traffic:");
    assert!(
        traffic.ends_with(&format!("({bytes}) data")),
        "{options}: {bytes} bytes are missing in {traffic:?}"
    );
    Ok(())
}

/// nghttp or h2load, with a request of gRPC to send.
fn post(name: &str, payload: &[u8]) -> Result<Command, String> {
    let mut command = program(name)?;
    command.arg("--data").arg(body_file(payload));
    command.args([
        "--header=content-type: application/grpc",
        "--header=te: trailers",
    ]);
    Ok(command)
}

pub(crate) fn curl_post(payload: &[u8]) -> Result<Command, String> {
    let mut curl = curl_command()?;
    curl.arg("--data-binary")
        .arg(format!("@{}", body_file(payload).display()));
    curl.args([
        "--header",
        "content-type: application/grpc",
        "--header",
        "te: trailers",
    ]);
    Ok(curl)
}

fn curl_command() -> Result<Command, String> {
    let mut curl = program("curl")?;
    // Whatever the user has set, and wherever their proxy is.
    curl.args("--disable --noproxy * --silent --show-error --max-time 60".split(' '));
    Ok(curl)
}

/// A file with a framed request.
fn body_file(payload: &[u8]) -> PathBuf {
    let request = UnaryRequest {
        payload: payload.to_vec(),
        ..Default::default()
    };
    let file = scratch(format!("unary of {} bytes", payload.len()));
    // Tests run at the same time: nobody is to see half of it.
    let draft = scratch(format!("{:?}", std::thread::current().id()));
    fs::write(&draft, framed(&request)).expect("the directory is there");
    fs::rename(draft, &file).expect("the directory is there");
    file
}

/// The answer to a request, as it is on the wire.
fn echo(payload: &[u8]) -> Vec<u8> {
    framed(&UnaryResponse {
        payload: payload.to_vec(),
        values: None,
    })
}

fn framed(message: &impl Message) -> Vec<u8> {
    let message = message.encode_to_vec();
    let len = u32::try_from(message.len()).expect("the message is short");
    [&[0][..], &len.to_be_bytes(), &message].concat()
}

fn url(server: SocketAddr) -> String {
    format!("http://{server}/interop.v1.InteropService/Unary")
}

/// Text, with what isn't in sight spelled out.
pub(crate) fn visible(text: &str) -> String {
    text.chars()
        .filter(|&c| c != '\r')
        .map(|c| match c {
            '\n' => "\n".to_owned(),
            c if c.is_control() => c.escape_default().to_string(),
            c => c.to_string(),
        })
        .collect()
}

#[track_caller]
fn check(report: &str, expect: Expect) {
    expect.assert_eq(report);
}

/// After an answer, what it came by.
const TELL: [&str; 2] = ["--write-out", "HTTP/%{http_version} %{http_code}\n"];
