//! gRPC: what is read of a peer beside HTTP/2.

mod fields;
mod framing;
#[allow(
    dead_code,
    reason = "what all targets have, of which these need a part"
)]
#[path = "../input.rs"]
mod input;
mod json;
mod message;
mod timeout;

pub use fields::{metadata, request, status};
pub use framing::framing;
pub use json::json;
pub use message::message;
pub use timeout::timeout;
