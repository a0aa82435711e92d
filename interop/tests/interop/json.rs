//! Calls in JSON, `application/grpc+json`: with grpcio as the server, and Python's protobuf saying what JSON is.

use std::net::SocketAddr;
use std::sync::OnceLock;

use interop::InteropServiceClient;
use libtest_mimic::Trial;

use crate::process::{check_scenarios, python, serve};
use crate::{block_on, channel, our_client, services, start_server};

/// What needs nobody else.
pub(crate) fn trials() -> Vec<Trial> {
    our_client("our_server_in_json".to_owned(), || {
        Ok(client(block_on(start_wide_server())))
    })
}

pub(crate) fn trials_with_others() -> Vec<Trial> {
    let mut trials = our_client("grpcio_in_json".to_owned(), || server().map(client));
    trials.push(Trial::test("our_server::python_in_json", || {
        Ok(check_server()?)
    }));
    trials
}

fn client(server: SocketAddr) -> InteropServiceClient {
    let channel = channel().json().max_receive_message_len(LONG);
    let channel = channel.lazy(server);
    InteropServiceClient::new(channel.expect("an address is a target"))
}

async fn start_wide_server() -> SocketAddr {
    let server = services().max_receive_message_len(LONG);
    let server = server.start("127.0.0.1:0").await;
    server.expect("the system has ports").local_addr()
}

/// The address of grpcio's server, which all tests share.
fn server() -> Result<SocketAddr, String> {
    static SERVER: OnceLock<Result<SocketAddr, String>> = OnceLock::new();
    SERVER
        .get_or_init(|| serve(python("json_calls.py")?.arg("server")))
        .clone()
}

fn check_server() -> Result<(), String> {
    let server = block_on(start_server());
    let mut client = python("json_calls.py")?;
    client.arg("client").arg(server.to_string());
    check_scenarios(&mut client, &SCENARIOS)
}

/// Base64 is longer than bytes.
const LONG: usize = 8 * 1024 * 1024;

/// What the client prints when it is through.
const SCENARIOS: [&str; 8] = [
    "every_kind_of_field",
    "values_that_are_no_numbers",
    "streams",
    "empty",
    "status_with_a_unicode_message",
    "what_is_not_known_is_skipped",
    "what_is_no_message",
    "binary_beside_json",
];
