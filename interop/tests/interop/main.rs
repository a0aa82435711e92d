//! Ours against theirs, and against bytes that nobody should send.
//!
//! What needs other people's programs is ignored unless `TRAITWIRE_PEERS=1` is set; then a peer that is missing is a failure.
//! `cargo xtask test` installs
//! them all and sets it.

mod arguments;
mod bad_input;
mod compat;
mod conformance;
mod errors;
mod exports;
mod h2_peer;
mod hostile;
mod identity;
mod interceptors;
mod json;
mod life;
mod our_client;
mod peer;
mod process;
mod protobuf;
mod proxy;
mod soak;
mod standard_services;
mod test_service;
mod tls;
mod tools;
mod well_known;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use interop::{Interop, InteropServiceClient, InteropServiceServer};
use libtest_mimic::{Arguments, Trial};
use tokio::runtime::Runtime;
use traitwire::{Channel, ChannelBuilder, Compression, IntoListener, RunningServer, Server};

use our_client::Scenario;
use peer::Peer;
use proxy::Proxy;

fn main() {
    hide_panics_on_request();
    let with_peers = std::env::var_os("TRAITWIRE_PEERS").is_some_and(|value| value == "1");
    let mut trials = bad_input::trials();
    trials.extend(our_client("our_server".to_owned(), || {
        Ok(client(block_on(start_server())))
    }));
    trials.extend(arguments::trials());
    trials.extend(conformance::trials());
    trials.extend(errors::trials());
    trials.extend(exports::trials());
    trials.extend(interceptors::trials());
    trials.extend(json::trials());
    trials.extend(soak::trials());
    trials.extend(tls::trials());
    trials.extend(test_service::trials());
    let with_others = tools::trials()
        .into_iter()
        .chain(h2_peer::trials())
        .chain(compat::trials_with_others())
        .chain(conformance::trials_with_others())
        .chain(arguments::trials_with_others())
        .chain(errors::trials_with_others())
        .chain(exports::trials_with_others())
        .chain(protobuf::trials_with_others())
        .chain(interceptors::trials_with_others())
        .chain(hostile::trials())
        .chain(life::trials_with_others())
        .chain(soak::trials_with_others())
        .chain(tls::trials_with_others())
        .chain(standard_services::trials_with_others())
        .chain(test_service::trials_with_others())
        .chain(well_known::trials_with_others())
        .chain(json::trials_with_others())
        .chain(Peer::ALL.into_iter().flat_map(against))
        .chain(Proxy::ALL.into_iter().flat_map(through));
    trials.extend(with_others.map(|trial| trial.with_ignored_flag(!with_peers)));
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials);
    tls::remove_files();
    conclusion.exit();
}

/// Another gRPC, in both roles.
fn against(peer: Peer) -> Vec<Trial> {
    let mut trials = our_client(peer.name().to_owned(), move || peer.server().map(client));
    trials.push(Trial::test(
        format!("our_server::{}", peer.name()),
        move || Ok(peer.run_client(block_on(start_server()))?),
    ));
    trials
}

/// A proxy, in front of our server and of another one.
fn through(proxy: Proxy) -> Vec<Trial> {
    let name = |peer: &str| format!("{peer}_through_{}", proxy.name());
    let ours = LazyLock::new(move || proxy.before(block_on(start_server())));
    let theirs = LazyLock::new(move || proxy.before(Peer::GrpcioSync.server()?));
    let mut trials = our_client(name("our_server"), move || ours.clone().map(client));
    trials.extend(our_client(name("grpcio_sync"), move || {
        theirs.clone().map(client)
    }));
    trials.extend(Peer::ALL.map(|peer| {
        Trial::test(format!("our_server::{}", name(peer.name())), move || {
            Ok(peer.run_client(proxy.before(block_on(start_server()))?)?)
        })
    }));
    trials
}

/// All scenarios of our client against one kind of server.
fn our_client(
    server: String,
    client: impl Fn() -> Result<InteropServiceClient, String> + Send + Sync + 'static,
) -> Vec<Trial> {
    let client = Arc::new(client);
    let trial = |(name, scenario): &'static (&str, Scenario)| {
        let client = Arc::clone(&client);
        Trial::test(format!("our_client::{server}::{name}"), move || {
            block_on(scenario(client()?));
            Ok(())
        })
    };
    our_client::SCENARIOS.iter().map(trial).collect()
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
    start_server_on("127.0.0.1:0").await.local_addr()
}

async fn start_server_on(listener: impl IntoListener) -> RunningServer {
    let server = services().start(listener).await;
    server.expect("the system has ports")
}

/// What each server serves.
fn services() -> Server<((), InteropServiceServer<Interop>)> {
    Server::new()
        .max_concurrent_streams(2000)
        // Clients that are tested ping as often as they like.
        .min_ping_interval(Duration::ZERO, true)
        .accept_compressed(COMPRESSIONS)
        .send_compressed(Compression::Gzip)
        .add(InteropServiceServer::new(Interop::default()))
}

fn client(address: SocketAddr) -> InteropServiceClient {
    let channel = channel().lazy(address).expect("an address is a target");
    InteropServiceClient::new(channel)
}

/// What all our clients have.
fn channel() -> ChannelBuilder {
    Channel::builder().accept_compressed(COMPRESSIONS)
}

/// Those that the others have, too. They compress what they send, and so do we.
const COMPRESSIONS: [Compression; 2] = [Compression::Gzip, Compression::Deflate];

fn block_on<F: Future>(future: F) -> F::Output {
    RUNTIME.block_on(future)
}

/// One for all tests: their servers live as long as the process.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Runtime::new().expect("the system has threads"));
