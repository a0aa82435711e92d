//! HTTP/2 of our own, between the engine and calls.
//!
//! One task owns a connection. A server's reads everything that has arrived, starts the calls that it finds and polls each
//! of them once, and writes everything that is ready with one call. Unary calls that don't finish at once wait in the
//! connection, those with streams become tasks, and so does what takes long; wakers and tasks talk to the connection
//! through one [`Queue`]. A client's is described in [`client`].

mod answer;
mod calls;
mod client;
mod deadlines;
mod head;
mod held;
mod idle;
mod in_place;
mod keep_alive;
mod queue;
mod server;
mod socket;
mod stream;
mod suspended;

pub(crate) use client::{
    Again, Http2Answer, Http2Call, Http2Pool, Http2Request, PoolNews, PoolOptions, RequestBase,
    connect_http2,
};
pub use client::{Answers, ResponseData};
pub use server::Http2Server;
pub(crate) use server::{Http2Options, Opened, Stop, serve_http2};
pub use stream::Http2Body;
