//! How calls get from one place to another: the two ends of HTTP, sockets, and the way within the process.
//!
//! Everything above speaks of calls, messages and statuses; everything here turns them into `http` requests and
//! responses, or hands them over as they are.

mod body;
mod gather;
mod http_client;
mod http_server;
mod io;
mod local;
mod source;

pub use body::Body;
pub(crate) use body::{BoxError, FRAMING};
pub(crate) use gather::{CallsAtWork, Gather};
pub(crate) use http_client::{HttpCall, HttpMessages, HttpResponse, Origin, call_http, user_agent};
pub(crate) use http_server::{DEFAULT_MAX_RECEIVE_MESSAGE_LEN, Limits, respond};
pub use io::{IntoListener, IntoTarget, InvalidTarget, MemoryConnector, MemoryListener, memory};
pub(crate) use io::{Io, Listener, Target, localhost};
pub(crate) use local::{LocalHead, LocalOutgoing, LocalResponse, LocalRoutes, LocalService};
pub(crate) use source::one_message;
