//! The conformance tests of [Connect][repository], which hold every implementation of its protocols against the same cases.
//!
//! A runner, which isn't ours, starts two programs and has one call the other: it says to them what to do on their standard
//! input ([`programs`]), and hears on their standard output what became of it. We bring a server ([`serve`]) and a client
//! ([`call`](Calls::call)), for gRPC. What isn't gRPC is refused in one place, [`Unsupported`].
//!
//! The messages are those of `proto/connectrpc/conformance/v1` in the runner's repository, in Rust.
//!
//! [repository]: https://github.com/connectrpc/conformance

mod client;
pub mod contract;
pub mod delimited;
#[cfg(test)]
mod facts;
mod metadata;
pub mod programs;
mod server;
mod service;
mod unsupported;

use std::net::Ipv4Addr;

use traitwire::Compression;

pub use client::{CallError, Calls};
pub use contract::{ConformanceService, ConformanceServiceClient, ConformanceServiceServer};
pub use programs::ProgramService;
pub use server::{ServerError, serve};
pub use service::Conformance;
pub use unsupported::Unsupported;

/// What messages may be compressed by.
pub const COMPRESSIONS: [Compression; 3] =
    [Compression::Gzip, Compression::Zstd, Compression::Deflate];

/// Where servers listen.
const HOST: Ipv4Addr = Ipv4Addr::LOCALHOST;
