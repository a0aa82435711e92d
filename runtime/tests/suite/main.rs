//! The runtime from outside, through its public API.
//!
//! A server speaks HTTP/2 by our own engine or by hyper, and nobody should notice which. So the files that need a server
//! are compiled once for each: they take it from `super::server`, and a test that is added to one of them runs on both. A
//! file that stands in only one of the two lists says why.

#![allow(
    clippy::duplicate_mod,
    reason = "once on each transport, without copying tests"
)]

#[cfg(feature = "tls")]
mod authority;
#[cfg(feature = "axum")]
mod axum;
mod bad_answers;
mod calculator;
mod connections;
mod layers;
mod life;
mod mirror;
mod raw;
mod raw_peer;

traitwire::protos! {
    dir = "../protos",
    services = [
        traitwire::services::channelz::Channelz,
        traitwire::services::health::Health,
        traitwire::services::reflection::v1::ServerReflection,
        traitwire::services::reflection::v1alpha::ServerReflection,
    ]
}

/// On our own HTTP/2.
#[path = "."]
mod on_engine {
    pub(crate) fn server() -> traitwire::Server {
        traitwire::Server::new()
    }

    /// It is known here why a call ends.
    pub(crate) const OURS: bool = true;

    mod arguments;
    mod around;
    mod bad_requests;
    mod blocking;
    mod bulk;
    mod calls;
    mod channelz;
    mod compression;
    mod errors;
    mod health;
    mod interceptors;
    mod interceptors_and_handlers;
    mod interceptors_ready_made;
    mod json;
    // What peers may not do is for each implementation to decide.
    mod hostile;
    mod hostile_slow;
    // On hyper's, a server doesn't know what its clients take.
    mod metadata_limits;
    mod reflection;
    mod relay;
    #[cfg(feature = "tls")]
    mod secure;
    #[cfg(feature = "tls")]
    mod secure_files;
    #[cfg(feature = "tls")]
    mod secure_handshakes;
    #[cfg(feature = "tls")]
    mod secure_records;
    mod server_connections;
    mod serving;
    mod sizes;
    mod tls;
    mod unruly;
}

/// On hyper's HTTP/2.
#[path = "."]
mod on_hyper {
    pub(crate) fn server() -> traitwire::Server {
        traitwire::Server::new().over_hyper()
    }

    pub(crate) const OURS: bool = false;

    mod arguments;
    mod around;
    mod bad_requests;
    mod blocking;
    mod bulk;
    mod calls;
    mod channelz;
    mod compression;
    mod errors;
    mod health;
    mod hostile_slow;
    mod interceptors;
    mod interceptors_and_handlers;
    mod interceptors_ready_made;
    mod json;
    mod reflection;
    mod relay;
    #[cfg(feature = "tls")]
    mod secure;
    #[cfg(feature = "tls")]
    mod secure_files;
    #[cfg(feature = "tls")]
    mod secure_handshakes;
    #[cfg(feature = "tls")]
    mod secure_records;
    mod server_connections;
    mod serving;
    mod sizes;
    mod tls;
    mod unruly;
}
