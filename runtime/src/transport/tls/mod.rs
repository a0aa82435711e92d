//! TLS by rustls, on both sides: what it needs is read and kept up to date, handshakes are made within bounds, and what
//! goes wrong is put into words.
//!
//! A connection whose handshake is done is one like any other ([`Io::Boxed`](super::io::Io)). Of what the engine and
//! hyper write, rustls takes many slices at a time and makes as few records of them as it can.

mod asked;
mod client;
mod failure;
mod pem;
mod reload;
mod server;

pub use client::ClientTls;
pub(crate) use client::TlsDialer;
pub use pem::{TlsError, TlsRoots};
pub use server::ServerTls;
pub(crate) use server::{Accepted, TlsAcceptor};

/// HTTP/2 in ALPN (RFC 9113, section 3.1).
const H2: &[u8] = b"h2";
/// HTTP/1.1 in ALPN (RFC 7301, section 6).
const HTTP1: &[u8] = b"http/1.1";
