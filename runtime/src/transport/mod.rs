//! How calls get from one place to another: the two ends of HTTP, sockets, and the way within the process.
//!
//! Everything above speaks of calls, messages and statuses; everything here turns them into frames of our own HTTP/2, into
//! `http` requests and responses, or hands them over as they are.

mod body;
mod connections;
mod connector;
#[cfg(feature = "channelz")]
mod counted_body;
#[cfg(feature = "channelz")]
mod counts;
#[cfg(not(feature = "channelz"))]
#[path = "no_counts.rs"]
mod counts;
mod gather;
mod http2;
mod http_client;
mod http_server;
mod io;
mod listener;
mod local;
mod random;
mod request_body;
mod shared_service;
mod source;
mod target;
#[cfg(feature = "tls")]
mod tls;

pub use body::Body;
pub(crate) use body::{BoxError, FRAMING};
pub use connections::Connections;
pub use connector::Connector;
pub(crate) use counts::{CallCount, Counts};
pub(crate) use gather::{CallsAtWork, Gather};
pub(crate) use http_client::{
    HttpCall, HttpMessages, HttpResponse, Origin, call_http, not_encoded, user_agent,
};
pub(crate) use http_server::{Limits, respond};
pub(crate) use http2::{
    Again, Http2Answer, Http2Call, Http2Options, Http2Pool, Http2Request, Opened, PoolNews,
    PoolOptions, RequestBase, Stop, connect_http2, serve_http2,
};
pub use http2::{Answers, Http2Body, Http2Server, ResponseData};
pub(crate) use io::{Io, Rewind};
pub use io::{MemoryConnector, MemoryListener, memory};
pub use listener::IntoListener;
pub(crate) use listener::{Detached, Listener};
pub(crate) use local::{LocalHead, LocalOutgoing, LocalResponse, LocalRoutes, LocalService};
pub(crate) use random::random;
pub use request_body::RequestBody;
pub(crate) use shared_service::SharedService;
#[cfg(feature = "tls")]
pub(crate) use target::NotSecure;
pub use target::{IntoTarget, InvalidTarget};
pub(crate) use target::{Target, localhost};
#[cfg(feature = "tls")]
pub(crate) use tls::{Accepted, TlsAcceptor};
#[cfg(feature = "tls")]
pub use tls::{ClientTls, ServerTls, TlsError, TlsRoots};
