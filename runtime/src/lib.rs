//! A Rust trait on the wire.
