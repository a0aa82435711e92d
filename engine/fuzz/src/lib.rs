//! What the fuzz targets do with an input. `tests/fuzzed.rs` of the engine includes this file, and does the same with the
//! inputs that are kept here, and with variations of them.
//!
//! An input is a list of steps, a byte each and then what the step needs; each input is one, whatever it is. The first byte
//! chooses the limits.

mod connection;
mod hpack;
mod input;

pub use connection::{client, server};
pub use hpack::hpack;
