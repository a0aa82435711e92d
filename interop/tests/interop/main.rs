//! Ours against theirs, and against bytes that nobody should send.
//!
//! What needs Python or Node is ignored unless `TRAITWIRE_PEERS=1` is set; then a peer that is missing is a failure.
//! `cargo xtask test` installs them all and sets it.

mod bad_input;
mod our_client;
mod peer;
mod process;
mod tools;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::LazyLock;

use interop::{Interop, InteropServiceClient, InteropServiceServer};
use libtest_mimic::{Arguments, Trial};
use tokio::runtime::Runtime;
use traitwire::Server;

use peer::Peer;

fn main() {
    hide_panics_on_request();
    let with_peers = std::env::var_os("TRAITWIRE_PEERS").is_some_and(|value| value == "1");
    let mut trials = bad_input::trials();
    for (name, scenario) in our_client::SCENARIOS {
        trials.push(Trial::test(
            format!("our_client::our_server::{name}"),
            move || {
                block_on(scenario(client(block_on(start_server()))));
                Ok(())
            },
        ));
        for peer in Peer::ALL {
            let trial = Trial::test(format!("our_client::{}::{name}", peer.name()), move || {
                let address = peer.server()?;
                block_on(scenario(client(address)));
                Ok(())
            });
            trials.push(trial.with_ignored_flag(!with_peers));
        }
    }
    for peer in Peer::ALL {
        let trial = Trial::test(format!("our_server::{}", peer.name()), move || {
            peer.run_client(block_on(start_server()))?;
            Ok(())
        });
        trials.push(trial.with_ignored_flag(!with_peers));
    }
    let need_others = tools::trials().into_iter();
    trials.extend(need_others.map(|trial| trial.with_ignored_flag(!with_peers)));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// Some tests ask the server to panic: that is no news.
fn hide_panics_on_request() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.payload_as_str() != Some("on request") {
            hook(info);
        }
    }));
}

/// A server of its own for each test.
async fn start_server() -> SocketAddr {
    let server = Server::new()
        .max_concurrent_streams(2000)
        .add(InteropServiceServer::new(Interop::default()));
    server
        .start("127.0.0.1:0")
        .await
        .expect("the system has ports")
        .local_addr()
}

fn client(address: SocketAddr) -> InteropServiceClient {
    InteropServiceClient::lazy(address).expect("an address is a target")
}

fn block_on<F: Future>(future: F) -> F::Output {
    RUNTIME.block_on(future)
}

/// One for all tests: their servers live as long as the process.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Runtime::new().expect("the system has threads"));
