//! A Rust trait on the wire.

// A module uses those of its own line and of the lines above it; `tests/layers.rs` keeps it so.
mod deadline;
mod metadata;
mod status;

mod call;
pub mod codec;
pub mod well_known;

mod protocol;

mod transport;

mod client;
mod server;

// The test behind `protos!` stands apart: it uses the schema only.
mod protos;

#[doc = include_str!("docs/enumeration.md")]
pub use traitwire_macros::Enumeration;
#[doc = include_str!("docs/message.md")]
pub use traitwire_macros::Message;
#[doc = include_str!("docs/one_of.md")]
pub use traitwire_macros::OneOf;
pub use traitwire_macros::grpc_service;
pub use traitwire_schema as schema;

pub use self::call::{
    Cancelled, Context, Emitter, IntoStreaming, Peer, Routes, SendError, Sender, StreamItem,
    Streaming,
};
pub use self::client::{
    Call, CallInput, CallOutput, Channel, ChannelBuilder, ConnectError, One, Response, blocking,
};
pub use self::codec::{Enumeration, Message, OneOf};
pub use self::metadata::{InvalidMetadata, Metadata};
pub use self::server::{
    HttpStack, Layers, NoLayers, RoutesService, RunningServer, ServeError, Server, ServiceServer,
};
pub use self::status::{Code, GrpcError, Status};
pub use self::transport::{
    Body, IntoListener, IntoTarget, InvalidTarget, MemoryConnector, MemoryListener, memory,
};

/// Any error, for a `main` that only reports what went wrong.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The result of a `main`. A method of a service returns `Result<T, Status>`.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What expansions of the macros use. Not for anybody else: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use bytes::{Buf, BufMut};
    pub use prost::{
        self, DecodeError,
        encoding::{DecodeContext, WireType, skip_field},
    };

    pub use crate::call::{
        Dispatch, Outcome, Rpc, StreamingCall, StreamingReply, UnaryCall, UnaryReply,
        bidi_streaming, bidi_streaming_with_context, client_streaming,
        client_streaming_with_context, no_streaming, no_unary, request_descriptor,
        response_descriptor, server_streaming, server_streaming_with_context, unary,
        unary_with_context,
    };
    pub use crate::client::blocking::{wait, wait_for_stream};
    pub use crate::client::{
        call_bidi_streaming, call_client_streaming, call_server_streaming, call_unary,
        send_bidi_streaming, send_client_streaming, send_server_streaming, send_unary,
    };

    /// A future in a box.
    pub type BoxFuture<'a, T> =
        ::std::pin::Pin<::std::boxed::Box<dyn ::std::future::Future<Output = T> + Send + 'a>>;

    pub use crate::codec::{
        EnumCodec, Field, Fixed, MapOf, MessageCodec, OneOfField, Plain, RequiredField, Singular,
        Sint, Value, check_one_of, clear, decode, decode_length_delimited, in_field,
        message_descriptor, required_field,
    };
    pub use crate::protos::check_protos;
}
