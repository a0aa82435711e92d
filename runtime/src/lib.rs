//! A Rust trait on the wire: gRPC servers, clients and `.proto` files from one trait.
//!
//! ```
//! use traitwire::{Message, Server, Status, grpc_service};
//!
//! #[derive(Clone, Debug, PartialEq, Message)]
//! pub struct Point {
//!     #[proto(1)]
//!     pub latitude: i32,
//!     #[proto(2)]
//!     pub longitude: i32,
//! }
//!
//! /// Knows the world.
//! #[grpc_service(package = "atlas.v1")]
//! pub trait Atlas {
//!     /// The other side of the world.
//!     async fn antipode(&self, point: Point) -> Result<Point, Status>;
//! }
//!
//! struct Globe;
//!
//! impl Atlas for Globe {
//!     async fn antipode(&self, point: Point) -> Result<Point, Status> {
//!         let turn = if point.longitude > 0 { -1_800_000_000 } else { 1_800_000_000 };
//!         Ok(Point { latitude: -point.latitude, longitude: point.longitude + turn })
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> traitwire::Result<()> {
//! let server = Server::new().add(AtlasServer::new(Globe)).start("127.0.0.1:0").await?;
//!
//! let atlas = AtlasClient::connect(server.local_addr()).await?;
//! let point = atlas.antipode(Point { latitude: 1, longitude: 2 }).await?;
//! assert_eq!(point.latitude, -1);
//!
//! server.shutdown();
//! server.wait().await;
//! # Ok(()) }
//! ```
//!
//! # Where to look
//!
//! | for | see |
//! |---|---|
//! | the trait: kinds of methods, options, what is generated | [`grpc_service`](macro@grpc_service) |
//! | messages, enums and oneofs | [`Message`](derive@Message), [`Enumeration`](derive@Enumeration), [`OneOf`](derive@OneOf), [`well_known`] |
//! | protobuf's JSON, with the feature `json` | `json` |
//! | streams, in handlers and on clients | [`Streaming`] |
//! | metadata, deadline and cancellation in a handler | [`Context`] |
//! | tasks that work for a call | [`spawn`] |
//! | serving: addresses, layers, limits, the end | [`Server`], [`RunningServer`], [`ServiceServer`] |
//! | code around calls, on both sides: authentication, request ids, spans, timeouts, load shedding | [`interceptor`] |
//! | compression, per server, channel, call and message | [`Compression`], [`MaybeCompressed`] |
//! | calling: timeouts, metadata, responses | [`Call`], [`Channel`], [`blocking`] |
//! | how connections come and go | [`ChannelBuilder`], [`ConnectivityState`], [`Backoff`] |
//! | TLS and mTLS, with the feature `tls` | `Server::tls`, `ChannelBuilder::tls`, `Context::peer_identity` |
//! | health, reflection and channelz, with the features of these names | `services` |
//! | what was called and served so far, in numbers, with the feature `channelz` | `registry` |
//! | connections of one's own | [`Connections`] on servers, [`Connector`] on clients |
//! | errors | [`Status`], [`Code`], [`GrpcError`](derive@GrpcError) for those of one's own, [`details`] |
//! | messages that prost generated | [`prost_message!`] |
//! | the committed `.proto` files | [`protos!`], [`schema`] |
//!
//! # Features
//!
//! * `health`, `reflection`, `channelz`: `Server::health()`, `Server::reflection()`, `Server::channelz()`, and their clients,
//!   all in `services`.
//! * `axum`: `into_router()` of every generated server, for gRPC and pages on one port.
//! * `gzip`, `deflate`, `zstd`: [`Compression`] of messages.
//! * `chrono`, `jiff`: their times and durations are fields of messages, and converted to and from those in [`well_known`].
//! * `prost-types`: its messages are messages of ours, and converted to and from those in [`well_known`].
//! * `json`: protobuf's JSON mapping, in `json`, and calls of the content type `application/grpc+json`.
//! * `over-hyper`: `Server::over_hyper()`, which has hyper speak HTTP/2 in our place.
//! * `tls`: `Server::tls()`, `ChannelBuilder::tls()`, and targets of `https://`.
//! * `tracing`: `interceptor::TracingSpans`.

// A module uses those of its own line and of the lines above it; `tests/layers.rs` keeps it so.
mod connectivity;
mod deadline;
mod error;
mod metadata;
#[cfg(feature = "channelz")]
pub mod registry;
mod status;

mod call;
pub mod codec;
pub mod details;
pub mod well_known;

mod protocol;

pub mod interceptor;
mod transport;

mod client;
mod server;

#[cfg(feature = "fuzzing")]
#[doc(hidden)]
#[allow(missing_docs, reason = "for `fuzz/` alone")]
pub mod fuzzing;
#[cfg(any(feature = "channelz", feature = "health", feature = "reflection"))]
pub mod services;

// The test behind `protos!` stands apart: it uses the schema only.
mod protos;

#[doc = include_str!("docs/enumeration.md")]
pub use traitwire_macros::Enumeration;
#[doc = include_str!("docs/grpc_error.md")]
pub use traitwire_macros::GrpcError;
#[doc = include_str!("docs/message.md")]
pub use traitwire_macros::Message;
#[doc = include_str!("docs/one_of.md")]
pub use traitwire_macros::OneOf;
#[doc = include_str!("docs/grpc_service.md")]
pub use traitwire_macros::grpc_service;
#[doc = include_str!("docs/prost_message.md")]
pub use traitwire_macros::prost_message;
pub use traitwire_schema as schema;

pub use self::call::{
    CancelReason, Cancelled, Compression, Context, Emitter, IntoStreaming, MaybeCompressed, Peer,
    ResourceQuota, Routes, SendError, Sender, StreamItem, Streaming, UnixCredentials, spawn,
};
#[cfg(feature = "tls")]
pub use self::call::{PeerIdentity, TlsInfo};
pub use self::client::{
    Backoff, Call, CallInput, CallOutput, Channel, ChannelBuilder, ConnectError, ConnectivityState,
    One, Response, StateWatch, Unwrapped, blocking,
};
#[cfg(feature = "json")]
pub use self::codec::json;
pub use self::codec::{Enumeration, Message, OneOf};
pub use self::error::Error;
pub use self::interceptor::Interceptor;
pub use self::metadata::{InvalidMetadata, Metadata};
pub use self::server::{
    HttpStack, Layers, NoLayers, RoutesService, RunningServer, ServeError, Server, ServiceServer,
    Starting,
};
pub use self::status::{Code, GrpcError, Origin, Status};
pub use self::transport::{
    Body, Connections, Connector, IntoListener, IntoTarget, InvalidTarget, MemoryConnector,
    MemoryListener, RequestBody, memory,
};
#[cfg(feature = "tls")]
pub use self::transport::{ClientTls, ServerTls, TlsError, TlsRoots};
/// The TLS that the feature `tls` is made of, for configurations of one's own.
#[cfg(feature = "tls")]
pub use tokio_rustls::rustls;

/// The result of a `main`. A method of a service returns `Result<T, Status>`.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What expansions of the macros use. Not for anybody else: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use bytes::{Buf, BufMut};
    pub use prost::{
        self, DecodeError,
        encoding::{DecodeContext, WireType},
    };

    pub use crate::call::{
        Dispatch, Outcome, Rpc, StreamingCall, StreamingReply, UnaryCall, UnaryReply, Wrapper,
        bidi_streaming, bidi_streaming_with_context, client_streaming,
        client_streaming_with_context, error_descriptor, left, message_len, no_streaming, no_unary,
        request_descriptor, response_descriptor, right, server_streaming,
        server_streaming_with_context, unary, unary_with_context, wrapped,
    };
    pub use crate::client::blocking::{wait, wait_for_stream};
    pub use crate::client::{
        call_bidi_streaming, call_client_streaming, call_client_streaming_value,
        call_server_streaming, call_unary, call_unary_value, send_bidi_streaming,
        send_client_streaming, send_client_streaming_value, send_server_streaming, send_unary,
        send_unary_value,
    };

    /// A future in a box.
    pub type BoxFuture<'a, T> =
        ::std::pin::Pin<::std::boxed::Box<dyn ::std::future::Future<Output = T> + Send + 'a>>;

    #[cfg(feature = "json")]
    pub use serde_core::{Deserializer, Serializer, ser::SerializeMap};

    pub use crate::__json as json;
    #[cfg(feature = "json")]
    pub use crate::codec::json::{JsonForm, JsonMember, JsonObject, JsonReading, JsonWriting};
    pub use crate::codec::{
        EnumCodec, Field, Fields, Fixed, Generated, KeepsUnknown, MapOf, Merged, MessageCodec,
        OneOfField, Plain, ReadError, ReadFields, ReadOneOf, Reader, RequiredField, Singular, Sint,
        UnknownFields, Unpacked, Value, Writer, check_one_of, check_reserved, clear, decode,
        decode_length_delimited, encode_raw, encode_to_vec, encoded_len, merge, merge_field,
        merge_length_delimited, message_descriptor, required_field,
    };
    pub use crate::details::{Detail, ErrorDetails, OtherStatus};
    pub use crate::protos::{check_protos, export_protos};
    pub use crate::well_known::message_type;
}

/// What derived code has only with the feature `json`.
#[cfg(feature = "json")]
#[doc(hidden)]
#[macro_export]
macro_rules! __json {
    ($($item:tt)*) => { $($item)* };
}

/// What derived code has only with the feature `json`.
#[cfg(not(feature = "json"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __json {
    ($($item:tt)*) => {};
}

/// The examples of the README compile and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
