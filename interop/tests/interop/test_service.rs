//! gRPC's own interoperability tests: our two programs against each other, and against those of others.

use std::fs;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::{Arc, LazyLock};

use expect_test::{Expect, expect};
use interop::testing::cases::Case;
use libtest_mimic::Trial;
use tokio::net::TcpListener;
use tokio::spawn;
use tokio::task::spawn_blocking;

use crate::identity::{Files, NAME};
use crate::process::{check_scenarios, localhost, python, scratch, serve, until_input_ends};
use crate::proxy::Proxy;
use crate::{block_on, start_server};

/// What needs nobody else.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for flags in [&[][..], &["--over_hyper"]] {
        for tls in [false, true] {
            let engine = if flags.is_empty() { "" } else { "_over_hyper" };
            let name = format!("interop_server{engine}{}", over(tls));
            trials.extend(all_cases(name, &[], move || our_server(flags, tls)));
        }
    }
    let client = |name, trial: fn() -> Result<(), String>| {
        Trial::test(format!("interop_client::{name}"), move || Ok(trial()?))
    };
    trials.extend([
        client("says_what_is_wrong", says_what_is_wrong),
        client("cancels_before_the_first_message", || {
            block_on(cancels_before_the_first_message())
        }),
        client("trusts_nobody_else", trusts_nobody_else),
        client("soaks_as_long_as_it_may", soaks_as_long_as_it_may),
        client("adds_metadata", adds_metadata),
        client("refuses_flags", refuses_flags),
    ]);
    trials
}

pub(crate) fn trials_with_others() -> Vec<Trial> {
    let mut trials = Vec::new();
    for tls in [false, true] {
        let name = format!("grpcio{}", over(tls));
        trials.extend(all_cases(name, &NEED_COMPRESSED_REQUESTS, move || {
            their_server(tls)
        }));
        let name = format!("interop_server::grpcio{}", over(tls));
        trials.push(Trial::test(name, move || Ok(their_client(tls)?)));
    }
    for proxy in Proxy::ALL {
        let name = format!("interop_server_through_{}", proxy.name());
        trials.extend(all_cases(name, &[], move || {
            let server = our_server(&[], false)?;
            let address = proxy.before(server.address)?;
            Ok(Server { address, ..server })
        }));
    }
    trials
}

/// Our client against one server, which lacks what some of the cases need.
fn all_cases(
    server_name: String,
    lacking: &'static [&'static str],
    start: impl Fn() -> Result<Server, String> + Send + Sync + 'static,
) -> Vec<Trial> {
    let server = Arc::new(LazyLock::new(start));
    let trial = |case: &'static Case| {
        let name = format!("interop_client::{server_name}::{}", case.name);
        let server = Arc::clone(&server);
        Trial::test(name, move || {
            let mut client = server.as_ref().as_ref()?.client(case.name);
            client.args(["--soak_iterations=10", "--soak_num_threads=3"]);
            // Others work on this machine, too.
            client.arg("--soak_per_iteration_max_acceptable_latency_ms=20000");
            if lacking.contains(&case.name) {
                let failure = fails(&mut client)?;
                assert!(failure.ends_with("expected INVALID_ARGUMENT, got OK"));
                return Ok(());
            }
            Ok(check_scenarios(&mut client, &[case.name])?)
        })
    };
    Case::ALL.iter().map(trial).collect()
}

/// A server of the tests, and what its clients need to know.
struct Server {
    address: SocketAddr,
    /// With TLS, what its certificate is in.
    files: Option<Files>,
}

impl Server {
    fn start(
        mut server: Command,
        tls: bool,
        with_files: impl FnOnce(&mut Command, &Files),
        serve: impl FnOnce(&mut Command) -> Result<SocketAddr, String>,
    ) -> Result<Self, String> {
        let files = match tls {
            true => Some(Files::write().map_err(|error| error.to_string())?),
            false => None,
        };
        if let Some(files) = &files {
            with_files(&mut server, files);
        }
        let address = serve(&mut server)?;
        Ok(Self { address, files })
    }

    /// Our client, about to go through a case.
    fn client(&self, case: &str) -> Command {
        let mut client = client(self.address, case);
        if let Some(files) = &self.files {
            client.args(["--use_tls=true", "--use_test_ca=true"]);
            client.arg("--ca_file").arg(files.certificate());
            client.arg(format!("--server_host_override={NAME}"));
        }
        client
    }
}

fn our_server(flags: &[&str], tls: bool) -> Result<Server, String> {
    let mut server = Command::new(env!("CARGO_BIN_EXE_interop-server"));
    server.args(["--host=127.0.0.1", "--port=0"]).args(flags);
    let with_files = |server: &mut Command, files: &Files| {
        server.arg("--use_tls=true");
        server.arg("--tls_cert_file").arg(files.certificate());
        server.arg("--tls_key_file").arg(files.key());
    };
    Server::start(server, tls, with_files, |server| {
        serve(&mut until_input_ends(server)?)
    })
}

/// It can't see whether a request is compressed.
fn their_server(tls: bool) -> Result<Server, String> {
    let server = python("test_service_server.py")?;
    let with_files = |server: &mut Command, files: &Files| {
        server.arg(files.certificate()).arg(files.key());
    };
    Server::start(server, tls, with_files, serve)
}

fn their_client(tls: bool) -> Result<(), String> {
    let server = our_server(&[], tls)?;
    let mut client = python("test_service_client.py")?;
    client.arg(server.address.to_string());
    client.args(server.files.iter().map(Files::certificate));
    let cases: Vec<_> = Case::ALL.iter().map(|case| case.name).collect();
    check_scenarios(&mut client, &cases)
}

/// What our client meets here is no server of the tests.
fn says_what_is_wrong() -> Result<(), String> {
    let server = block_on(start_server());
    check_failure(
        &mut client(server, "large_unary"),
        expect![
            "failed large_unary: UnaryCall: expected OK, got UNIMPLEMENTED: unknown service grpc.testing.TestService"
        ],
    )?;
    check_failure(
        &mut client(server, "empty_stream"),
        expect![
            "failed empty_stream: the stream of responses: expected OK, got UNIMPLEMENTED: unknown service grpc.testing.TestService"
        ],
    )
}

/// Whatever the client makes of it, this is what a server sees of `cancel_after_begin`.
async fn cancels_before_the_first_message() -> Result<(), String> {
    let listener = TcpListener::bind(localhost(0)).await;
    let listener = listener.map_err(|error| error.to_string())?;
    let server = listener.local_addr().map_err(|error| error.to_string())?;
    let client = spawn_blocking(move || output_of(&mut client(server, "cancel_after_begin")));
    let (tcp, _) = listener.accept().await.map_err(|error| error.to_string())?;
    let connection = h2::server::handshake(tcp).await;
    let mut connection = connection.map_err(|error| error.to_string())?;
    let (request, _answer) = match connection.accept().await {
        Some(Ok(call)) => call,
        other => return Err(format!("no call came, but {other:?}")),
    };
    let path = request.uri().path().to_owned();
    let connection = spawn(async move { while connection.accept().await.is_some() {} });
    let end = request.into_body().data().await;
    let end = end.map(|data| data.map_err(|error| error.reason()));
    assert_eq!(path, "/grpc.testing.TestService/StreamingInputCall");
    assert_eq!(end, Some(Err(Some(h2::Reason::CANCEL))));
    let ended = client.await.map_err(|error| error.to_string())?;
    assert_eq!(ended, Ok((true, String::new())));
    connection.abort();
    Ok(())
}

fn trusts_nobody_else() -> Result<(), String> {
    let server = our_server(&[], true)?;
    let stranger = rcgen::generate_simple_self_signed([NAME.to_owned()]);
    let stranger = stranger.map_err(|error| error.to_string())?;
    let file = scratch("stranger.pem");
    fs::write(&file, stranger.cert.pem()).map_err(|error| error.to_string())?;
    let check = |client: &mut Command, expected: Expect| {
        let failure = fails(client)?;
        expected.assert_eq(&failure.replace(&server.address.to_string(), ""));
        Ok(())
    };
    check(
        server.client("empty_unary").arg("--ca_file").arg(file),
        expect![
            "failed empty_unary: EmptyCall: expected OK, got UNAVAILABLE: can't connect to https://: the server's certificate is not valid: BadSignature"
        ],
    )?;
    check(
        server
            .client("empty_unary")
            .arg("--server_host_override=other.example"),
        expect![
            "failed empty_unary: EmptyCall: expected OK, got UNAVAILABLE: can't connect to https://: the server's certificate is for interop.example, not for other.example"
        ],
    )
}

fn soaks_as_long_as_it_may() -> Result<(), String> {
    let server = our_server(&[], false)?;
    let soak = |flags: &str| {
        let mut client = server.client("rpc_soak");
        client.arg("--soak_iterations=5").args(flags.split(' '));
        client
    };
    let too_slow =
        "--soak_per_iteration_max_acceptable_latency_ms=0 --soak_overall_timeout_seconds=60";
    check_failure(
        &mut soak(&format!("{too_slow} --soak_max_failures=4")),
        expect!["failed rpc_soak: failures: expected at most 4, got 5"],
    )?;
    check_scenarios(
        &mut soak(&format!("{too_slow} --soak_max_failures=5")),
        &["rpc_soak"],
    )?;
    check_failure(
        &mut soak("--soak_overall_timeout_seconds=0"),
        expect!["failed rpc_soak: iterations: expected 5 within 0 s, got 0"],
    )?;
    let mut client = soak("--soak_num_threads=2 --soak_request_size=0 --soak_response_size=1");
    let (_, report) = output_of(&mut client)?;
    let threads = report
        .lines()
        .filter_map(|line| Some(line.split_once(" elapsed_ms: ")?.0));
    let mut threads: Vec<_> = threads.collect();
    threads.sort_unstable();
    expect![[r#"
        thread_id: 0 soak iteration: 0
        thread_id: 0 soak iteration: 1
        thread_id: 0 soak iteration: 2
        thread_id: 1 soak iteration: 0
        thread_id: 1 soak iteration: 1"#]]
    .assert_eq(&threads.join("\n"));
    Ok(())
}

/// What is echoed then is more than the case has sent.
fn adds_metadata() -> Result<(), String> {
    let server = our_server(&[], false)?;
    let mut client = server.client("custom_metadata");
    client.arg("--additional_metadata=x-other:a:b;x-grpc-test-echo-initial:more");
    check_failure(
        &mut client,
        expect![[
            r#"failed custom_metadata: x-grpc-test-echo-initial in front of UnaryCall's response: expected ["test_initial_metadata_value"], got ["more", "test_initial_metadata_value"]"#
        ]],
    )
}

fn refuses_flags() -> Result<(), String> {
    let server = SocketAddr::from(([127, 0, 0, 1], 1));
    for (flag, expected) in [
        (
            "--test_case=cacheable_unary",
            expect![[r#"
                error: invalid value 'cacheable_unary' for '--test_case <TEST_CASE>'
                  [possible values: empty_unary, large_unary, client_compressed_unary, server_compressed_unary, client_streaming, client_compressed_streaming, server_streaming, server_compressed_streaming, ping_pong, empty_stream, custom_metadata, status_code_and_message, special_status_message, unimplemented_method, unimplemented_service, cancel_after_begin, cancel_after_first_response, timeout_on_sleeping_server, rpc_soak, channel_soak]"#]],
        ),
        (
            "--use_test_ca=true",
            expect![[r#"
                error: the following required arguments were not provided:
                  --ca_file <CA_FILE>"#]],
        ),
        (
            "--additional_metadata=key",
            expect![
                "error: invalid value 'key' for '--additional_metadata <ADDITIONAL_METADATA>': `key` has no colon between key and value"
            ],
        ),
        (
            "--soak_num_threads=0",
            expect![
                "error: invalid value '0' for '--soak_num_threads <SOAK_NUM_THREADS>': number would be zero for non-zero type"
            ],
        ),
    ] {
        let (_, message) = output_of(client(server, "empty_unary").args(["--use_tls", flag]))?;
        let reason = message.split("\n\n").next();
        expected.assert_eq(reason.unwrap_or_default());
    }
    Ok(())
}

fn client(server: SocketAddr, case: &str) -> Command {
    let mut client = Command::new(env!("CARGO_BIN_EXE_interop-client"));
    client.arg(format!("--server_host={}", server.ip()));
    client.arg(format!("--server_port={}", server.port()));
    client.arg(format!("--test_case={case}"));
    client
}

/// Checks the last line of what a client says that doesn't end well.
#[track_caller]
fn check_failure(client: &mut Command, expected: Expect) -> Result<(), String> {
    expected.assert_eq(&fails(client)?);
    Ok(())
}

fn fails(client: &mut Command) -> Result<String, String> {
    let (ok, said) = output_of(client)?;
    match said.lines().last() {
        Some(last) if !ok => Ok(last.to_owned()),
        _ => Err(format!("{client:?} went well")),
    }
}

/// Whether a program ended well, and what it says on its standard error.
fn output_of(command: &mut Command) -> Result<(bool, String), String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{command:?}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok((output.status.success(), said))
}

fn over(tls: bool) -> &'static str {
    if tls { "_over_tls" } else { "" }
}

/// Cases that probe for a feature of the server's.
const NEED_COMPRESSED_REQUESTS: [&str; 2] =
    ["client_compressed_unary", "client_compressed_streaming"];
