//! `connectrpc/conformance/v1/service.proto`: what servers do, and what is sent for it.

use bytes::Bytes;
use traitwire::well_known::Any;
use traitwire::{Context, Message, OneOf, Status, Streaming, grpc_service};

use super::programs::{Code, Compression};

/// What servers of the conformance tests do.
#[grpc_service(
    package = "connectrpc.conformance.v1",
    file = "connectrpc/conformance/v1/service.proto"
)]
pub trait ConformanceService {
    /// One message each way.
    async fn unary(&self, request: UnaryRequest, cx: Context) -> Result<UnaryResponse, Status>;

    /// One request, a stream of responses.
    async fn server_stream(
        &self,
        request: ServerStreamRequest,
        cx: Context,
    ) -> Result<Streaming<ServerStreamResponse>, Status>;

    /// A stream of requests, one response.
    async fn client_stream(
        &self,
        requests: Streaming<ClientStreamRequest>,
        cx: Context,
    ) -> Result<ClientStreamResponse, Status>;

    /// A stream each way, which take turns if the first request says so.
    async fn bidi_stream(
        &self,
        requests: Streaming<BidiStreamRequest>,
        cx: Context,
    ) -> Result<Streaming<BidiStreamResponse>, Status>;

    /// What no server has.
    async fn unimplemented(
        &self,
        _request: UnimplementedRequest,
    ) -> Result<UnimplementedResponse, Status> {
        Err(Status::unimplemented("no server has this method"))
    }

    /// One message each way, by a method that a client may call again.
    #[rpc(no_side_effects)]
    async fn idempotent_unary(
        &self,
        request: IdempotentUnaryRequest,
        cx: Context,
    ) -> Result<IdempotentUnaryResponse, Status>;
}

/// How a call with one response is to be answered.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct UnaryResponseDefinition {
    /// Metadata before the response.
    #[proto(1)]
    pub response_headers: Vec<Header>,
    /// The response; without one, it has no data.
    #[proto(oneof)]
    pub response: Option<UnaryOutcome>,
    /// Metadata after the response, or with the error.
    #[proto(4)]
    pub response_trailers: Vec<Header>,
    /// Milliseconds to wait before the response.
    #[proto(6)]
    pub response_delay_ms: u32,
    /// What the reference server is to answer, in bytes of HTTP.
    #[proto(5)]
    pub raw_response: Option<RawHttpResponse>,
}

/// How a call with one response ends.
#[derive(Clone, Debug, PartialEq, OneOf)]
pub enum UnaryOutcome {
    /// With a response that carries this.
    #[proto(2)]
    ResponseData(Bytes),
    /// With an error.
    #[proto(3)]
    Error(Error),
}

/// How a call with a stream of responses is to be answered.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct StreamResponseDefinition {
    /// Metadata before the responses.
    #[proto(1)]
    pub response_headers: Vec<Header>,
    /// What each response carries.
    #[proto(2)]
    pub response_data: Vec<Bytes>,
    /// Milliseconds to wait before each response.
    #[proto(3)]
    pub response_delay_ms: u32,
    /// What the call ends with, after the responses.
    #[proto(4)]
    pub error: Option<Error>,
    /// Metadata after the responses.
    #[proto(5)]
    pub response_trailers: Vec<Header>,
    /// What the reference server is to answer, in bytes of HTTP.
    #[proto(6)]
    pub raw_response: Option<RawHttpResponse>,
}

/// The request of `Unary`.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct UnaryRequest {
    /// What to answer.
    #[proto(1)]
    pub response_definition: Option<UnaryResponseDefinition>,
    /// Makes the request long.
    #[proto(2)]
    pub request_data: Bytes,
}

/// A response of `Unary`.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct UnaryResponse {
    /// What the server has heard.
    #[proto(1)]
    pub payload: Option<ConformancePayload>,
}

/// The request of `IdempotentUnary`.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct IdempotentUnaryRequest {
    /// What to answer.
    #[proto(1)]
    pub response_definition: Option<UnaryResponseDefinition>,
    /// Makes the request long.
    #[proto(2)]
    pub request_data: Bytes,
}

/// A response of `IdempotentUnary`.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct IdempotentUnaryResponse {
    /// What the server has heard.
    #[proto(1)]
    pub payload: Option<ConformancePayload>,
}

/// The request of `ServerStream`.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct ServerStreamRequest {
    /// What to answer.
    #[proto(1)]
    pub response_definition: Option<StreamResponseDefinition>,
    /// Makes the request long.
    #[proto(2)]
    pub request_data: Bytes,
}

/// A response of `ServerStream`.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct ServerStreamResponse {
    /// What the server has heard.
    #[proto(1)]
    pub payload: Option<ConformancePayload>,
}

/// A request of `ClientStream`.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct ClientStreamRequest {
    /// What to answer, in the first request alone.
    #[proto(1)]
    pub response_definition: Option<UnaryResponseDefinition>,
    /// Makes the request long.
    #[proto(2)]
    pub request_data: Bytes,
}

/// The response of `ClientStream`.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct ClientStreamResponse {
    /// What the server has heard.
    #[proto(1)]
    pub payload: Option<ConformancePayload>,
}

/// A request of `BidiStream`.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct BidiStreamRequest {
    /// What to answer, in the first request alone.
    #[proto(1)]
    pub response_definition: Option<StreamResponseDefinition>,
    /// Whether each request gets a response before the next, in the first request alone.
    #[proto(2)]
    pub full_duplex: bool,
    /// Makes the request long.
    #[proto(3)]
    pub request_data: Bytes,
}

/// A response of `BidiStream`.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct BidiStreamResponse {
    /// What the server has heard.
    #[proto(1)]
    pub payload: Option<ConformancePayload>,
}

/// Nothing.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct UnimplementedRequest {}

/// Nothing, which never comes.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct UnimplementedResponse {}

/// What a response carries.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct ConformancePayload {
    /// What the response was to carry.
    #[proto(1)]
    pub data: Bytes,
    /// What the server has heard so far.
    #[proto(2)]
    pub request_info: Option<RequestInfo>,
}

/// What a server has heard.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(nested_in = ConformancePayload)]
pub struct RequestInfo {
    /// The metadata of the call.
    #[proto(1)]
    pub request_headers: Vec<Header>,
    /// How many milliseconds are left.
    #[proto(2)]
    pub timeout_ms: Option<i64>,
    /// The requests.
    #[proto(3)]
    pub requests: Vec<Any>,
    /// What there is to say of a GET of Connect's.
    #[proto(4)]
    pub connect_get_info: Option<ConnectGetInfo>,
}

/// What there is to say of a GET.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(nested_in = ConformancePayload)]
pub struct ConnectGetInfo {
    /// What stands in the URL behind the question mark.
    #[proto(1)]
    pub query_params: Vec<Header>,
}

/// An error to fail with, or that a call has failed with.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct Error {
    /// Its code.
    #[proto(1)]
    pub code: Code,
    /// Its message.
    #[proto(2)]
    pub message: Option<String>,
    /// What else there is to say.
    #[proto(3)]
    pub details: Vec<Any>,
}

/// A key of metadata, with its values: those of `-bin` in base64.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct Header {
    /// The key.
    #[proto(1)]
    pub name: String,
    /// The values, in order.
    #[proto(2)]
    pub value: Vec<String>,
}

/// A request in bytes of HTTP, which the reference client sends.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(name = "RawHTTPRequest", package = "connectrpc.conformance.v1")]
pub struct RawHttpRequest {
    /// `POST`, for instance.
    #[proto(1)]
    pub verb: String,
    /// Where to.
    #[proto(2)]
    pub uri: String,
    /// The headers.
    #[proto(3)]
    pub headers: Vec<Header>,
    /// What stands in the URL behind the question mark, as it is.
    #[proto(4)]
    pub raw_query_params: Vec<Header>,
    /// The same, to be encoded.
    #[proto(5)]
    pub encoded_query_params: Vec<EncodedQueryParam>,
    /// What is sent.
    #[proto(oneof)]
    pub body: Option<RawRequestBody>,
}

/// A parameter of a URL, and what is in it.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(nested_in = RawHttpRequest)]
pub struct EncodedQueryParam {
    /// Its name.
    #[proto(1)]
    pub name: String,
    /// What is in it.
    #[proto(2)]
    pub value: Option<MessageContents>,
    /// Whether it is in base64.
    #[proto(3)]
    pub base64_encode: bool,
}

/// The body of a raw request.
#[derive(Clone, Debug, PartialEq, OneOf)]
pub enum RawRequestBody {
    /// One message, as it is.
    #[proto(6)]
    Unary(MessageContents),
    /// Messages, each behind a prefix of five bytes.
    #[proto(7)]
    Stream(StreamContents),
}

/// What a raw message consists of.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct MessageContents {
    /// What it is made of.
    #[proto(oneof)]
    pub data: Option<MessageData>,
    /// How it is compressed.
    #[proto(4)]
    pub compression: Compression,
}

/// What a raw message is made of.
#[derive(Clone, Debug, PartialEq, OneOf)]
pub enum MessageData {
    /// These bytes.
    #[proto(1)]
    Binary(Bytes),
    /// This text.
    #[proto(2)]
    Text(String),
    /// This message.
    #[proto(3)]
    BinaryMessage(Any),
}

/// The messages of a raw stream.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "connectrpc.conformance.v1")]
pub struct StreamContents {
    /// Each of them.
    #[proto(1)]
    pub items: Vec<StreamItem>,
}

/// A message of a raw stream.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(nested_in = StreamContents)]
pub struct StreamItem {
    /// The first byte of its prefix.
    #[proto(1)]
    pub flags: u32,
    /// The other four, where they aren't its length.
    #[proto(2)]
    pub length: Option<u32>,
    /// The message.
    #[proto(3)]
    pub payload: Option<MessageContents>,
}

/// A response in bytes of HTTP, which the reference server sends.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(name = "RawHTTPResponse", package = "connectrpc.conformance.v1")]
pub struct RawHttpResponse {
    /// The status of HTTP; 0 for 200.
    #[proto(1)]
    pub status_code: u32,
    /// The headers.
    #[proto(2)]
    pub headers: Vec<Header>,
    /// What is sent.
    #[proto(oneof)]
    pub body: Option<RawResponseBody>,
    /// The trailers.
    #[proto(5)]
    pub trailers: Vec<Header>,
}

/// The body of a raw response.
#[derive(Clone, Debug, PartialEq, OneOf)]
pub enum RawResponseBody {
    /// One message, as it is.
    #[proto(3)]
    Unary(MessageContents),
    /// Messages, each behind a prefix of five bytes.
    #[proto(4)]
    Stream(StreamContents),
}
