//! RFC 9113 rule by rule: bytes in, events and frames out.

mod kit;

mod budgets;
mod flow;
mod frames;
mod going_away;
mod h2_peer;
mod heads;
mod model;
mod readme;
mod settings;
mod splits;
mod start;
mod states;
