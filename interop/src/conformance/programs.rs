//! What the runner says to the programs that it tests, and what they answer: the other files of
//! `connectrpc.conformance.v1`.

use bytes::Bytes;
use traitwire::well_known::Any;
use traitwire::{Enumeration, Message, OneOf, Status, grpc_service};

use super::contract::{ConformancePayload, Error, Header, RawHttpRequest};

/// What the runner and a program exchange, as if it were called.
///
/// Nobody serves it: the messages go over the program's standard input and output. With it they are exported, for the
/// programs of other languages.
#[grpc_service(
    package = "interop.conformance.v1",
    file = "interop/conformance/v1/programs.proto"
)]
pub trait ProgramService {
    /// Starts a server.
    async fn serve(&self, request: ServerCompatRequest) -> Result<ServerCompatResponse, Status>;

    /// Makes a call.
    async fn call(&self, request: ClientCompatRequest) -> Result<ClientCompatResponse, Status>;
}

/// What a server is to be like.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct ServerCompatRequest {
    /// What it has to speak.
    #[proto(1)]
    pub protocol: Protocol,
    /// Over which HTTP.
    #[proto(2)]
    pub http_version: HttpVersion,
    /// Whether over TLS.
    #[proto(4)]
    pub use_tls: bool,
    /// The certificate, as PEM, that clients have to show; empty if none.
    #[proto(5)]
    pub client_tls_cert: Bytes,
    /// The longest message that it takes, in bytes; 0 for what it likes.
    #[proto(6)]
    pub message_receive_limit: u32,
    /// A certificate that it may show.
    #[proto(7)]
    pub server_creds: Option<TlsCreds>,
}

/// Where a server listens.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct ServerCompatResponse {
    /// Its address.
    #[proto(1)]
    pub host: String,
    /// Its port.
    #[proto(2)]
    pub port: u32,
    /// The certificate that it shows, as PEM.
    #[proto(3)]
    pub pem_cert: Bytes,
}

/// A call to be made.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct ClientCompatRequest {
    /// The name of the test.
    #[proto(1)]
    pub test_name: String,
    /// Over which HTTP.
    #[proto(2)]
    pub http_version: HttpVersion,
    /// What to speak.
    #[proto(3)]
    pub protocol: Protocol,
    /// How messages are encoded.
    #[proto(4)]
    pub codec: Codec,
    /// How they are compressed.
    #[proto(5)]
    pub compression: Compression,
    /// Where the server is.
    #[proto(6)]
    pub host: String,
    /// Its port.
    #[proto(7)]
    pub port: u32,
    /// The certificate, as PEM, that it shows; empty without TLS.
    #[proto(8)]
    pub server_tls_cert: Bytes,
    /// The certificate to show.
    #[proto(9)]
    pub client_tls_creds: Option<TlsCreds>,
    /// The longest message to take, in bytes; 0 for what it likes.
    #[proto(10)]
    pub message_receive_limit: u32,
    /// The service to call.
    #[proto(11)]
    pub service: Option<String>,
    /// The method to call.
    #[proto(12)]
    pub method: Option<String>,
    /// Of which kind it is.
    #[proto(13)]
    pub stream_type: StreamType,
    /// Whether to call by GET, with Connect.
    #[proto(14)]
    pub use_get_http_method: bool,
    /// Metadata.
    #[proto(15)]
    pub request_headers: Vec<Header>,
    /// What to send.
    #[proto(16)]
    pub request_messages: Vec<Any>,
    /// How many milliseconds the call may take.
    #[proto(17)]
    pub timeout_ms: Option<u32>,
    /// Milliseconds to wait before each message of a stream.
    #[proto(18)]
    pub request_delay_ms: u32,
    /// When to cancel the call.
    #[proto(19)]
    pub cancel: Option<Cancel>,
    /// What the reference client is to send, in bytes of HTTP.
    #[proto(20)]
    pub raw_request: Option<RawHttpRequest>,
}

/// When a call is to be cancelled.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(nested_in = ClientCompatRequest)]
pub struct Cancel {
    /// When. Without it, once all requests are sent.
    #[proto(oneof)]
    pub cancel_timing: Option<CancelTiming>,
}

/// A moment in a call.
#[derive(Clone, Debug, PartialEq, OneOf)]
pub enum CancelTiming {
    /// After the last request, whose stream goes on.
    #[proto(1)]
    BeforeCloseSend(()),
    /// So many milliseconds after the end of the requests.
    #[proto(2)]
    AfterCloseSendMs(u32),
    /// After so many responses.
    #[proto(3)]
    AfterNumResponses(u32),
}

/// What became of a call.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct ClientCompatResponse {
    /// The name of the test.
    #[proto(1)]
    pub test_name: String,
    /// What became of it.
    #[proto(oneof)]
    pub result: Option<CallResult>,
}

/// Whether a call was made.
#[derive(Clone, Debug, PartialEq, OneOf)]
pub enum CallResult {
    /// It was.
    #[proto(2)]
    Response(ClientResponseResult),
    /// It couldn't be.
    #[proto(3)]
    Error(ClientErrorResult),
}

/// How a call went.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct ClientResponseResult {
    /// Metadata before the responses.
    #[proto(1)]
    pub response_headers: Vec<Header>,
    /// What the responses carried.
    #[proto(2)]
    pub payloads: Vec<ConformancePayload>,
    /// What it failed with.
    #[proto(3)]
    pub error: Option<Error>,
    /// Metadata after the responses.
    #[proto(4)]
    pub response_trailers: Vec<Header>,
    /// How many requests were left when the call was over.
    #[proto(5)]
    pub num_unsent_requests: i32,
    /// The status of HTTP, which the reference client tells.
    #[proto(6)]
    pub http_status_code: Option<i32>,
    /// What the reference client thinks of the server.
    #[proto(7)]
    pub feedback: Vec<String>,
}

/// Why a call couldn't be made.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct ClientErrorResult {
    /// Why.
    #[proto(1)]
    pub message: String,
}

/// A certificate and its key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(name = "TLSCreds", package = "connectrpc.conformance.v1")]
pub struct TlsCreds {
    /// The certificate, as PEM.
    #[proto(1)]
    pub cert: Bytes,
    /// The key, as PEM.
    #[proto(2)]
    pub key: Bytes,
}

/// A version of HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enumeration)]
#[proto(name = "HTTPVersion", package = "connectrpc.conformance.v1")]
pub enum HttpVersion {
    /// None was given.
    #[default]
    #[proto(0)]
    Unspecified,
    /// HTTP/1.1.
    #[proto(1, name = "HTTP_VERSION_1")]
    Http1,
    /// HTTP/2.
    #[proto(2, name = "HTTP_VERSION_2")]
    Http2,
    /// HTTP/3.
    #[proto(3, name = "HTTP_VERSION_3")]
    Http3,
    /// One of a later version.
    #[proto(other)]
    Other(i32),
}

/// What goes over HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enumeration)]
#[proto(package = "connectrpc.conformance.v1")]
pub enum Protocol {
    /// None was given.
    #[default]
    #[proto(0)]
    Unspecified,
    /// Connect.
    #[proto(1)]
    Connect,
    /// gRPC.
    #[proto(2)]
    Grpc,
    /// gRPC-Web.
    #[proto(3)]
    GrpcWeb,
    /// One of a later version.
    #[proto(other)]
    Other(i32),
}

/// How messages are encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enumeration)]
#[proto(package = "connectrpc.conformance.v1")]
pub enum Codec {
    /// None was given.
    #[default]
    #[proto(0)]
    Unspecified,
    /// As protobuf.
    #[proto(1)]
    Proto,
    /// As JSON.
    #[proto(2)]
    Json,
    /// As text, which nobody uses.
    #[proto(3)]
    Text,
    /// One of a later version.
    #[proto(other)]
    Other(i32),
}

/// How messages are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enumeration)]
#[proto(package = "connectrpc.conformance.v1")]
pub enum Compression {
    /// None was given.
    #[default]
    #[proto(0)]
    Unspecified,
    /// Not at all.
    #[proto(1)]
    Identity,
    /// By gzip.
    #[proto(2)]
    Gzip,
    /// By Brotli.
    #[proto(3)]
    Br,
    /// By Zstandard.
    #[proto(4)]
    Zstd,
    /// By zlib.
    #[proto(5)]
    Deflate,
    /// By Snappy.
    #[proto(6)]
    Snappy,
    /// One of a later version.
    #[proto(other)]
    Other(i32),
}

/// The kinds of call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enumeration)]
#[proto(package = "connectrpc.conformance.v1")]
pub enum StreamType {
    /// None was given.
    #[default]
    #[proto(0)]
    Unspecified,
    /// One message each way.
    #[proto(1)]
    Unary,
    /// A stream of requests, one response.
    #[proto(2)]
    ClientStream,
    /// One request, a stream of responses.
    #[proto(3)]
    ServerStream,
    /// A stream of requests, then one of responses.
    #[proto(4)]
    HalfDuplexBidiStream,
    /// Streams whose messages take turns.
    #[proto(5)]
    FullDuplexBidiStream,
    /// One of a later version.
    #[proto(other)]
    Other(i32),
}

/// The codes of errors, which are gRPC's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enumeration)]
#[proto(package = "connectrpc.conformance.v1")]
pub enum Code {
    /// None was given.
    #[default]
    #[proto(0)]
    Unspecified,
    /// CANCELED.
    #[proto(1)]
    Canceled,
    /// UNKNOWN.
    #[proto(2)]
    Unknown,
    /// INVALID_ARGUMENT.
    #[proto(3)]
    InvalidArgument,
    /// DEADLINE_EXCEEDED.
    #[proto(4)]
    DeadlineExceeded,
    /// NOT_FOUND.
    #[proto(5)]
    NotFound,
    /// ALREADY_EXISTS.
    #[proto(6)]
    AlreadyExists,
    /// PERMISSION_DENIED.
    #[proto(7)]
    PermissionDenied,
    /// RESOURCE_EXHAUSTED.
    #[proto(8)]
    ResourceExhausted,
    /// FAILED_PRECONDITION.
    #[proto(9)]
    FailedPrecondition,
    /// ABORTED.
    #[proto(10)]
    Aborted,
    /// OUT_OF_RANGE.
    #[proto(11)]
    OutOfRange,
    /// UNIMPLEMENTED.
    #[proto(12)]
    Unimplemented,
    /// INTERNAL.
    #[proto(13)]
    Internal,
    /// UNAVAILABLE.
    #[proto(14)]
    Unavailable,
    /// DATA_LOSS.
    #[proto(15)]
    DataLoss,
    /// UNAUTHENTICATED.
    #[proto(16)]
    Unauthenticated,
    /// One of a later version.
    #[proto(other)]
    Other(i32),
}
