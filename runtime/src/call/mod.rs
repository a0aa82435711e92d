//! A call, seen from neither side: the seam between transports and what people write.
//!
//! ```text
//!   transport                        seam                               user
//!   ─────────                        ────                               ────
//!   resolves a path         ──►  MethodRef                              #[grpc_service] trait
//!   reads the headers       ──►  CallHead ──(asked for)──► Context
//!   one message's bytes     ──►  UnaryCall ──────────────► Req
//!   many messages' bytes    ──►  StreamingCall ──────────► Streaming<Req>
//!   writes bytes or status  ◄──  UnaryReply      ◄──────── Result<Res, Status>
//!   writes message by message ◄─ StreamingReply  ◄──────── Result<Streaming<Res>, Status>
//! ```
//!
//! A [`Payload`] is either encoded or, in the process, the message itself: a local call passes the same seam and pays
//! for no encoding.

mod ambient;
mod compression;
mod context;
mod detached;
mod dispatch;
mod format;
mod frame;
mod lazy;
mod limit;
mod message;
mod peer;
mod quota;
mod rpc;
mod source;
mod streaming;
#[cfg(feature = "tls")]
mod tls_info;

pub use ambient::spawn;
pub(crate) use ambient::{Ambient, current_deadline, current_parent};
pub use compression::Compression;
pub(crate) use compression::Compressions;
pub(crate) use context::{CallGuard, CallHead, MetadataSource};
pub use context::{CancelReason, Cancelled, Context};
pub(crate) use detached::detached;
pub use dispatch::{
    Dispatch, MethodRef, Routes, StreamingCall, StreamingReply, UnaryCall, UnaryReply,
    bidi_streaming, bidi_streaming_with_context, client_streaming, client_streaming_with_context,
    left, message_len, no_streaming, no_unary, right, server_streaming,
    server_streaming_with_context, unary, unary_with_context,
};
pub(crate) use dispatch::{Requests, ServiceLimits, dispatch, panicked, placed_failure};
pub(crate) use format::{Coding, Format};
pub(crate) use frame::{
    Deframer, Direction, OneMessage, ReceiveLimits, message_prefix, none_came, whole_message,
};
pub(crate) use lazy::{EncodeEach, LazyMessages};
pub use lazy::{LazyMessage, LazyStream};
pub(crate) use limit::{CallLimit, deadline_passed};
pub(crate) use message::{EncodeMessages, Framing, Incoming, MessageBuffer, Outgoing, Payload};
pub use peer::{Caller, Peer, UnixCredentials};
pub use quota::ResourceQuota;
pub(crate) use quota::{Account, Charge, Quotas};
pub use rpc::{
    Outcome, Rpc, Wrapper, error_descriptor, request_descriptor, response_descriptor, wrapped,
};
pub(crate) use source::{DataSource, Messages};
pub use streaming::{
    Emitter, IntoStreaming, MaybeCompressed, SendError, Sender, StreamItem, Streaming,
};
#[cfg(feature = "tls")]
pub use tls_info::{PeerIdentity, TlsInfo};
