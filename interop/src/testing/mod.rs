//! gRPC's own interoperability tests: what every implementation of gRPC is held against, by programs that they all have.
//!
//! This page is `grpc.testing` of [`grpc/grpc`][protos], in Rust: names, numbers and types are those of its
//! `src/proto/grpc/testing/{empty,messages,test}.proto`, so that programs of other languages talk to ours.
//! [`interop-test-descriptions.md`][descriptions] says what servers and clients do with it.
//!
//! [protos]: https://github.com/grpc/grpc/tree/master/src/proto/grpc/testing
//! [descriptions]: https://github.com/grpc/grpc/blob/master/doc/interop-test-descriptions.md

pub mod cases;
#[cfg(test)]
mod facts;
mod service;
pub mod soak;

use std::collections::HashMap;

use bytes::Bytes;
use traitwire::{Compression, Context, Enumeration, Message, Status, Streaming, grpc_service};

pub use service::Tests;

/// Nothing, in a message of its own.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct Empty {}

/// A bool that may be absent.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct BoolValue {
    /// The bool.
    #[proto(1)]
    pub value: bool,
}

/// What the bytes of a payload look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enumeration)]
pub enum PayloadType {
    /// Zeros.
    #[default]
    #[proto(0, name = "COMPRESSABLE")]
    Compressable,
    /// What nobody is known to ask for.
    #[proto(other)]
    Other(i32),
}

/// Bytes that make a message long.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct Payload {
    /// What the bytes look like.
    #[proto(1, name = "type")]
    pub kind: PayloadType,
    /// The bytes.
    #[proto(2)]
    pub body: Bytes,
}

/// The status that a call is to end with.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct EchoStatus {
    /// The number of the status code.
    #[proto(1)]
    pub code: i32,
    /// The status message.
    #[proto(2)]
    pub message: String,
}

/// How a call came to its server, as far as gRPCLB has to do with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enumeration)]
pub enum GrpclbRouteType {
    /// The server can't tell.
    #[default]
    #[proto(0)]
    Unknown,
    /// Since no balancer was there.
    #[proto(1)]
    Fallback,
    /// By what the balancer said.
    #[proto(2)]
    Backend,
    /// One of a later version.
    #[proto(other)]
    Other(i32),
}

/// One request.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct SimpleRequest {
    /// What the payload of the response is to look like.
    #[proto(1)]
    pub response_type: PayloadType,
    /// How many bytes it is to have.
    #[proto(2)]
    pub response_size: i32,
    /// Makes the request long.
    #[proto(3)]
    pub payload: Option<Payload>,
    /// Whether to say who the client is.
    #[proto(4)]
    pub fill_username: bool,
    /// Whether to say with which scope of OAuth it came.
    #[proto(5)]
    pub fill_oauth_scope: bool,
    /// Whether to compress the response.
    #[proto(6)]
    pub response_compressed: Option<BoolValue>,
    /// The status to end with.
    #[proto(7)]
    pub response_status: Option<EchoStatus>,
    /// Whether this request is compressed.
    #[proto(8)]
    pub expect_compressed: Option<BoolValue>,
    /// Whether to say which server this is.
    #[proto(9)]
    pub fill_server_id: bool,
    /// Whether to say how the call came here.
    #[proto(10)]
    pub fill_grpclb_route_type: bool,
    /// The load to report with the answer.
    #[proto(11)]
    pub orca_per_query_report: Option<TestOrcaReport>,
}

/// The answer to one request.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct SimpleResponse {
    /// Makes the response long.
    #[proto(1)]
    pub payload: Option<Payload>,
    /// Who the client is.
    #[proto(2)]
    pub username: String,
    /// The scope of OAuth that it came with.
    #[proto(3)]
    pub oauth_scope: String,
    /// Which server this is: the same for all its calls, another one for every other server.
    #[proto(4)]
    pub server_id: String,
    /// How the call came here.
    #[proto(5)]
    pub grpclb_route_type: GrpclbRouteType,
    /// The name of the server's machine.
    #[proto(6)]
    pub hostname: String,
}

/// One of many requests.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct StreamingInputCallRequest {
    /// What is counted.
    #[proto(1)]
    pub payload: Option<Payload>,
    /// Whether this request is compressed.
    #[proto(2)]
    pub expect_compressed: Option<BoolValue>,
}

/// The answer to many requests.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct StreamingInputCallResponse {
    /// How many bytes their payloads had.
    #[proto(1)]
    pub aggregated_payload_size: i32,
}

/// What one of many responses is to be.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct ResponseParameters {
    /// How many bytes its payload has.
    #[proto(1)]
    pub size: i32,
    /// How long to wait before it is sent, in microseconds.
    #[proto(2)]
    pub interval_us: i32,
    /// Whether to compress it.
    #[proto(3)]
    pub compressed: Option<BoolValue>,
    /// Whether to say where the call comes from.
    #[proto(4)]
    pub fill_peer_socket_address: Option<BoolValue>,
}

/// A request to which there are many responses.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct StreamingOutputCallRequest {
    /// What the payloads of the responses are to look like.
    #[proto(1)]
    pub response_type: PayloadType,
    /// A response is sent for each.
    #[proto(2)]
    pub response_parameters: Vec<ResponseParameters>,
    /// Makes the request long.
    #[proto(3)]
    pub payload: Option<Payload>,
    /// The status to end with, instead of any response.
    #[proto(7)]
    pub response_status: Option<EchoStatus>,
    /// The load to report on another call.
    #[proto(8)]
    pub orca_oob_report: Option<TestOrcaReport>,
}

/// One of many responses.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct StreamingOutputCallResponse {
    /// Makes the response long.
    #[proto(1)]
    pub payload: Option<Payload>,
    /// Where the call comes from.
    #[proto(2)]
    pub peer_socket_address: String,
}

/// A load to report.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct TestOrcaReport {
    /// How busy the processors are.
    #[proto(1)]
    pub cpu_utilization: f64,
    /// How full the memory is.
    #[proto(2)]
    pub memory_utilization: f64,
    /// What the call cost, by what it costs.
    #[proto(3)]
    pub request_cost: HashMap<String, f64>,
    /// How busy other things are.
    #[proto(4)]
    pub utilization: HashMap<String, f64>,
}

/// What servers of the tests do.
#[grpc_service(package = "grpc.testing", file = "grpc/testing/test.proto")]
pub trait TestService {
    /// Nothing each way.
    async fn empty_call(&self, request: Empty) -> Result<Empty, Status>;

    /// One message each way, as the request says.
    async fn unary_call(
        &self,
        request: SimpleRequest,
        cx: Context,
    ) -> Result<SimpleResponse, Status>;

    /// A response that a proxy may keep for a minute.
    async fn cacheable_unary_call(
        &self,
        request: SimpleRequest,
        cx: Context,
    ) -> Result<SimpleResponse, Status>;

    /// A response for each that the request asks for.
    async fn streaming_output_call(
        &self,
        request: StreamingOutputCallRequest,
        cx: Context,
    ) -> Result<Streaming<StreamingOutputCallResponse>, Status>;

    /// How many bytes the requests had.
    async fn streaming_input_call(
        &self,
        requests: Streaming<StreamingInputCallRequest>,
    ) -> Result<StreamingInputCallResponse, Status>;

    /// The responses that each request asks for, when it comes.
    async fn full_duplex_call(
        &self,
        requests: Streaming<StreamingOutputCallRequest>,
        cx: Context,
    ) -> Result<Streaming<StreamingOutputCallResponse>, Status>;

    /// The responses that all requests ask for, when all have come.
    async fn half_duplex_call(
        &self,
        requests: Streaming<StreamingOutputCallRequest>,
        cx: Context,
    ) -> Result<Streaming<StreamingOutputCallResponse>, Status>;

    /// What no server has.
    async fn unimplemented_call(&self, _request: Empty) -> Result<Empty, Status> {
        Err(Status::unimplemented("no server has this method"))
    }
}

/// A service that no server has.
#[grpc_service(package = "grpc.testing", file = "grpc/testing/test.proto")]
pub trait UnimplementedService {
    /// What no server has.
    async fn unimplemented_call(&self, request: Empty) -> Result<Empty, Status>;
}

/// How messages may come compressed. What we compress ourselves is the first.
pub const COMPRESSIONS: [Compression; 2] = [Compression::Gzip, Compression::Deflate];

/// How long messages may be: a payload, and what is around it.
pub const MAX_MESSAGE_LEN: usize = MAX_PAYLOAD_LEN + 1024;

/// How many bytes a payload may have.
pub const MAX_PAYLOAD_LEN: usize = 16 * 1024 * 1024;

impl Payload {
    /// So many zeros, or `None` for more than a payload may have.
    pub(crate) fn zeros(len: usize) -> Option<Self> {
        Some(Self {
            kind: PayloadType::Compressable,
            body: Bytes::from_static(ZEROS.get(..len)?),
        })
    }
}

/// Of which all payloads are. They take no memory before somebody reads them.
static ZEROS: [u8; MAX_PAYLOAD_LEN] = [0; MAX_PAYLOAD_LEN];
