//! The client's side: calls, the connections that carry them, and how calls find a connection.
//!
//! ```text
//!   Http2Call ──start──► Http2Pool ──┬──► Link ──► connection, a task ──► server
//!       ▲                            ├──► Link ──► connection
//!       │                            └ line: calls that no connection has room for
//!       └── answer ── Call ◄── connection
//! ```
//!
//! A call is one allocation that its caller and its connection share. The caller puts it into the queue of a connection
//! ([`Link`](link::Link)) and sleeps; the connection, which works off its queue whenever it runs, opens a stream for
//! it and writes the streams of all calls that have come at once. Answers go straight into the calls.

mod call;
mod calls;
mod connection;
mod link;
mod pool;

pub(crate) use call::{Again, Answer as Http2Answer, Http2Call, Http2Request};
pub use call::{Answers, ResponseData};
pub(crate) use calls::RequestBase;
pub(crate) use connection::connect_http2;
pub(crate) use pool::{Http2Pool, PoolNews, PoolOptions};
