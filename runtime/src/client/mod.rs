//! Calling services.

mod backoff;
pub mod blocking;
mod call;
mod channel;
mod connection;
mod connectivity;
mod intercepted;
mod life;
mod value;

pub use backoff::Backoff;
pub use call::{Call, CallInput, CallOutput, One, Response};
pub use call::{call_bidi_streaming, call_client_streaming, call_server_streaming, call_unary};
pub use call::{send_bidi_streaming, send_client_streaming, send_server_streaming, send_unary};
pub use channel::{Channel, ChannelBuilder, ConnectError};
pub use connectivity::{ConnectivityState, StateWatch};
pub use value::{
    Unwrapped, call_client_streaming_value, call_unary_value, send_client_streaming_value,
    send_unary_value,
};
