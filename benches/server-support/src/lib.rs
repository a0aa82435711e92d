//! What the measured servers have in common: how they are started, and how their allocations are counted.
//!
//! A server listens on the port that `PORT` says (0 and nothing: any), prints `port 12345` and runs on as many threads as
//! `THREADS` says (nothing: one per core).
//! `SLOWED_DOWN=1` tells it that a tool counts its instructions.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;

#[cfg(feature = "count-allocations")]
mod allocations;

/// The metadata that a handler reads where that is measured.
pub const METADATA: [&str; 5] = ["x-user", "x-tenant", "x-region", "x-session", "x-request"];

/// The runtime that the server runs on.
///
/// # Panics
///
/// If there is none to be had.
pub fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = setting("THREADS") {
        builder.worker_threads(threads);
    }
    builder
        .enable_all()
        .build()
        .expect("the system has threads")
}

/// Where the server is to listen.
pub fn address() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, setting("PORT").unwrap_or(0)).into()
}

/// Whether the server runs under a tool that makes it many times slower: limits by the clock mean nothing then.
pub fn is_slowed_down() -> bool {
    setting("SLOWED_DOWN") == Some(1)
}

/// Tells where the server listens. With `count-allocations`, answers questions about them from now on.
///
/// # Panics
///
/// If nobody can hear it.
pub fn listening(address: SocketAddr) {
    #[cfg(feature = "count-allocations")]
    allocations::answer_questions();
    let mut out = std::io::stdout().lock();
    writeln!(out, "port {}", address.port())
        .and_then(|()| out.flush())
        .expect("standard output is open");
}

/// # Panics
///
/// If it is set to what it can't be.
fn setting<T: FromStr>(name: &str) -> Option<T> {
    let value = std::env::var(name).ok()?;
    match value.parse() {
        Ok(value) => Some(value),
        Err(_) => panic!("{name} can't be {value:?}"),
    }
}
