//! HTTP/2 as gRPC needs it, without sockets and clocks: bytes and instants go in, events and bytes come out.
//!
//! ```text
//!   bytes that arrived ──► Connection::next_event ──► Event: a head, data, trailers, a reset …
//!   open, send_head, send_data, reset, release ──► Connection ──► Output: bytes to write
//! ```
//!
//! A [`Connection`] is one end of one connection, a server's or a client's. It knows frames, HPACK, the states of streams,
//! both levels of flow control, and what a peer must not do (RFC 9113, RFC 7541). What a header block means beyond HTTP/2
//! it leaves to whoever drives it ([`ReadHead`]).

mod budget;
mod config;
mod connection;
mod error;
mod estimate;
mod fields;
mod frame;
mod head;
pub mod hpack;
mod ids;
mod memory;
mod output;
mod settings;
mod stream;

pub use config::Config;
pub use connection::{Connection, Event, ResetCause, Role};
pub use error::{ConnectionError, Reason};
pub use fields::{Block, Fields, Prepared};
pub use frame::PREFACE;
pub use head::ReadHead;
pub use output::{Data, Output};
pub use stream::{End, StreamKey};

/// Compiles and runs the example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
