//! Connect's conformance tests: our two programs, and grpcio's, as their runner starts them.
//!
//! The runner is a program of somebody else's, which our tests don't have: this is one of our own, with cases that are
//! much as its cases ([`cases`]), and as strict as it is about the answers ([`check`]).

mod cases;
mod check;

use std::collections::HashMap;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use expect_test::{Expect, expect};
use interop::conformance::contract::Header;
use interop::conformance::delimited;
use interop::conformance::programs::{
    CallResult, ClientCompatRequest, ClientCompatResponse, ClientErrorResult, Codec, Compression,
    HttpVersion, Protocol, ServerCompatRequest, ServerCompatResponse, TlsCreds,
};
use libtest_mimic::Trial;
use rcgen::CertifiedKey;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::block_on;
use crate::process::python;
use cases::{Case, LIMIT};

/// What needs nobody else.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("conformance::client_says_what_it_has_not", || {
            Ok(block_on(client_refuses())?)
        }),
        Trial::test("conformance::server_says_what_it_has_not", || {
            Ok(block_on(server_refuses())?)
        }),
    ];
    for setting in Setting::ALL {
        for over_hyper in [false, true] {
            let engine = if over_hyper { "_over_hyper" } else { "" };
            let name = format!("conformance::our_server{engine}::{}", setting.name());
            trials.push(Trial::test(name, move || {
                let server = Program::our_server(setting, over_hyper);
                Ok(block_on(run(setting, server, Program::our_client()))?)
            }));
        }
    }
    trials
}

pub(crate) fn trials_with_others() -> Vec<Trial> {
    let mut trials = Vec::new();
    for setting in Setting::ALL {
        if setting == Setting::Zstd {
            // Which grpcio doesn't have.
            continue;
        }
        let trial = |name: &str, run: fn(Setting) -> Result<(), String>| {
            let name = format!("conformance::{name}::{}", setting.name());
            Trial::test(name, move || Ok(run(setting)?))
        };
        trials.push(trial("grpcio_server", |setting| {
            let server = Program::their_server(setting)?;
            block_on(run(setting, server, Program::our_client()))
        }));
        trials.push(trial("grpcio_client", |setting| {
            let server = Program::our_server(setting, false);
            block_on(run(setting, server, Program::their_client()?))
        }));
    }
    trials
}

/// What the runner goes through all cases with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setting {
    Plain,
    Gzip,
    Zstd,
    Deflate,
    Tls,
    Mtls,
}

impl Setting {
    const ALL: [Self; 6] = [
        Self::Plain,
        Self::Gzip,
        Self::Zstd,
        Self::Deflate,
        Self::Tls,
        Self::Mtls,
    ];

    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    fn compression(self) -> Compression {
        match self {
            Self::Plain | Self::Tls | Self::Mtls => Compression::Identity,
            Self::Gzip => Compression::Gzip,
            Self::Zstd => Compression::Zstd,
            Self::Deflate => Compression::Deflate,
        }
    }
}

/// A program, as it is to be started.
struct Program {
    command: Command,
    /// By how much it may round a timeout up.
    rounds_up_ms: i64,
}

impl Program {
    fn new(command: impl Into<Command>) -> Self {
        Self {
            command: command.into(),
            rounds_up_ms: 0,
        }
    }

    fn our_server(setting: Setting, over_hyper: bool) -> Self {
        let mut server = Command::new(env!("CARGO_BIN_EXE_conformance-server"));
        let compression = format!("{:?}", setting.compression()).to_lowercase();
        server.arg(format!("--compression={compression}"));
        if over_hyper {
            server.arg("--over-hyper");
        }
        Self::new(server)
    }

    fn our_client() -> Self {
        Self::new(Command::new(env!("CARGO_BIN_EXE_conformance-client")))
    }

    fn their_server(setting: Setting) -> Result<Self, String> {
        let mut server = python("conformance_server.py")?;
        server.arg(match setting.compression() {
            Compression::Identity => "NoCompression".to_owned(),
            compression => format!("{compression:?}"),
        });
        Ok(Self::new(server))
    }

    fn their_client() -> Result<Self, String> {
        let mut client = Self::new(python("conformance_client.py")?);
        // The longer it is, the rougher.
        client.rounds_up_ms = 600;
        Ok(client)
    }

    fn start(mut self) -> Result<Child, String> {
        let pipes = self.command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let child = pipes.kill_on_drop(true).spawn();
        child.map_err(|error| format!("{:?}: {error}", self.command))
    }
}

/// Goes through all cases, and says what is wrong with any.
async fn run(setting: Setting, server: Program, client: Program) -> Result<(), String> {
    let identity = |name: &str| {
        let names = [name.to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names);
        let CertifiedKey { cert, signing_key } = made.map_err(|error| error.to_string())?;
        Ok::<_, String>(TlsCreds {
            cert: cert.pem().into(),
            key: signing_key.serialize_pem().into(),
        })
    };
    let use_tls = matches!(setting, Setting::Tls | Setting::Mtls);
    let server_creds = match use_tls {
        true => Some(identity("localhost")?),
        false => None,
    };
    let client_creds = match setting == Setting::Mtls {
        true => Some(identity("conformance.example")?),
        false => None,
    };
    let request = ServerCompatRequest {
        protocol: Protocol::Grpc,
        http_version: HttpVersion::Http2,
        use_tls,
        client_tls_cert: client_creds
            .as_ref()
            .map(|creds| creds.cert.clone())
            .unwrap_or_default(),
        message_receive_limit: LIMIT,
        server_creds,
    };
    let mut server = server.start()?;
    let at = start_server(&mut server, &request).await?;
    let cases = cases::all();
    let rounds_up_ms = client.rounds_up_ms;
    let requests = cases.iter().map(|Case { request, .. }| {
        let mut request = request.clone();
        request.protocol = Protocol::Grpc;
        request.http_version = HttpVersion::Http2;
        request.codec = Codec::Proto;
        request.compression = setting.compression();
        request.host.clone_from(&at.host);
        request.port = at.port;
        request.server_tls_cert = at.pem_cert.clone();
        request.client_tls_creds.clone_from(&client_creds);
        request.request_headers.push(Header {
            name: "X-Test-Case-Name".to_owned(),
            value: vec![request.test_name.clone()],
        });
        request
    });
    let answers = timeout(PATIENCE, make_calls(client, requests.collect())).await;
    let mut answers = answers.map_err(|_| "the client doesn't come to an end")??;
    let mut wrong = Vec::new();
    for case in &cases {
        let name = &case.request.test_name;
        let errors = match answers.remove(name) {
            Some(CallResult::Response(got)) => check::differences(case, &got, rounds_up_ms),
            Some(CallResult::Error(error)) => vec![error.message],
            None => vec!["no answer".to_owned()],
        };
        wrong.extend(errors.iter().map(|error| format!("{name}: {error}")));
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(wrong.join("\n")),
    }
}

async fn start_server(
    server: &mut Child,
    request: &ServerCompatRequest,
) -> Result<ServerCompatResponse, String> {
    // It stays open as long as the server: theirs ends with it.
    let input = server.stdin.as_mut().expect("it is a pipe");
    let written = delimited::write(input, request).await;
    written.map_err(|error| error.to_string())?;
    let output = server.stdout.as_mut().expect("it is a pipe");
    let response = delimited::read(output).await;
    let response = response.map_err(|error| error.to_string())?;
    response.ok_or_else(|| "the server says nothing".to_owned())
}

/// What became of each call, by the name of its case.
async fn make_calls(
    client: Program,
    requests: Vec<ClientCompatRequest>,
) -> Result<HashMap<String, CallResult>, String> {
    let mut client = client.start()?;
    let mut input = client.stdin.take().expect("it is a pipe");
    let mut output = client.stdout.take().expect("it is a pipe");
    let writing = tokio::spawn(async move {
        for request in requests {
            delimited::write(&mut input, &request).await?;
        }
        input.shutdown().await
    });
    let mut answers = HashMap::new();
    loop {
        let answer = delimited::read::<ClientCompatResponse>(&mut output).await;
        match answer.map_err(|error| error.to_string())? {
            Some(ClientCompatResponse { test_name, result }) => {
                let result = result.ok_or_else(|| format!("{test_name}: no result"))?;
                if answers.insert(test_name.clone(), result).is_some() {
                    return Err(format!("{test_name}: two answers"));
                }
            }
            None => break,
        }
    }
    let written = writing.await.map_err(|error| error.to_string())?;
    written.map_err(|error| error.to_string())?;
    let ended = client.wait().await.map_err(|error| error.to_string())?;
    match ended.success() {
        true => Ok(answers),
        false => Err(format!("the client ended with {ended}")),
    }
}

/// What our client says instead of making a call.
async fn client_refuses() -> Result<(), String> {
    let request = ClientCompatRequest {
        protocol: Protocol::Grpc,
        http_version: HttpVersion::Http2,
        codec: Codec::Proto,
        host: "127.0.0.1".to_owned(),
        port: 1,
        ..cases::simple().request
    };
    let changed = |change: fn(&mut ClientCompatRequest)| {
        let mut request = request.clone();
        change(&mut request);
        request
    };
    let mut requests = vec![
        changed(|request| request.protocol = Protocol::GrpcWeb),
        changed(|request| request.http_version = HttpVersion::Http1),
        changed(|request| request.codec = Codec::Json),
        changed(|request| request.compression = Compression::Br),
        changed(|request| request.raw_request = Some(Default::default())),
        changed(|request| request.service = Some("a.v1.Service".to_owned())),
        changed(|request| request.method = Some("Uniary".to_owned())),
        changed(|request| request.method = Some("ServerStream".to_owned())),
        changed(|request| request.request_messages.clear()),
        changed(|request| request.server_tls_cert = Bytes::from_static(b"none")),
        changed(|request| request.request_headers[0].name = "grpc-timeout".to_owned()),
    ];
    for (number, request) in requests.iter_mut().enumerate() {
        request.test_name = format!("{number:02}");
    }
    let answers = make_calls(Program::our_client(), requests).await?;
    let mut said: Vec<_> = answers
        .into_iter()
        .map(|(name, result)| match result {
            CallResult::Error(ClientErrorResult { message }) => format!("{name} {message}\n"),
            CallResult::Response(response) => format!("{name} made the call: {response:?}\n"),
        })
        .collect();
    said.sort();
    expect![[r#"
        00 the protocol GrpcWeb isn't supported, gRPC is
        01 gRPC over Http1 isn't supported, over HTTP/2 it is
        02 the codec Json isn't supported, Proto is
        03 the compression Br isn't supported; Identity, Gzip, Zstd and Deflate are
        04 only the reference client sends raw HTTP
        05 the service is connectrpc.conformance.v1.ConformanceService, not a.v1.Service
        06 the service has no method "Uniary"
        07 the message is a "type.googleapis.com/connectrpc.conformance.v1.UnaryRequest", not a connectrpc.conformance.v1.ServerStreamRequest
        08 the method has one request, not 0
        09 no TLS: a PEM text is of no use to TLS: there is no `BEGIN CERTIFICATE` in it
        10 metadata key "grpc-timeout" belongs to the protocol
    "#]].assert_eq(&said.concat());
    Ok(())
}

/// What our server says instead of starting.
async fn server_refuses() -> Result<(), String> {
    let request = ServerCompatRequest {
        protocol: Protocol::Grpc,
        http_version: HttpVersion::Http2,
        ..ServerCompatRequest::default()
    };
    check_refused(
        &ServerCompatRequest {
            protocol: Protocol::Connect,
            ..request.clone()
        },
        expect!["conformance-server: the protocol Connect isn't supported, gRPC is"],
    )
    .await?;
    check_refused(
        &ServerCompatRequest {
            http_version: HttpVersion::Http3,
            ..request.clone()
        },
        expect!["conformance-server: gRPC over Http3 isn't supported, over HTTP/2 it is"],
    )
    .await?;
    check_refused(
        &ServerCompatRequest {
            use_tls: true,
            ..request
        },
        expect!["conformance-server: `use_tls` without `server_creds`"],
    )
    .await
}

async fn check_refused(request: &ServerCompatRequest, expected: Expect) -> Result<(), String> {
    let mut server = Program::our_server(Setting::Plain, false);
    server.command.stderr(Stdio::piped());
    let mut server = server.start()?;
    let input = server.stdin.as_mut().expect("it is a pipe");
    let written = delimited::write(input, request).await;
    written.map_err(|error| error.to_string())?;
    let ended = server.wait_with_output().await;
    let ended = ended.map_err(|error| error.to_string())?;
    assert!(!ended.status.success());
    expected.assert_eq(String::from_utf8_lossy(&ended.stderr).trim_end());
    Ok(())
}

/// How long all cases may take together.
const PATIENCE: Duration = Duration::from_secs(60);
