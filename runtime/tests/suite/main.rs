//! The runtime from outside, through its public API.

#[cfg(feature = "axum")]
mod axum;
mod bad_answers;
mod bad_requests;
mod blocking;
mod calculator;
mod calls;
mod connections;
mod layers;
mod raw_peer;
mod serving;
