//! HTTP/2.
//!
//! An input is a list of steps, a byte each and then what the step needs; each input is one, whatever it is. The first byte
//! chooses the limits.

mod connection;
mod hpack;
#[path = "../input.rs"]
mod input;

pub use connection::{client, server};
pub use hpack::hpack;
