//! RFC 9113 rule by rule: bytes in, events and frames out.

mod kit;

mod frames;
mod start;
mod states;
