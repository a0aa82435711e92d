//! A service that does what a test asks of it, so that clients and servers of other languages can be held against ours.
//!
//! This page is the contract of all peers: `protos/interop/v1/interop.proto` comes from it, and the servers in `python/`
//! and `node/` implement it from there. `README.md` says who plays against whom, and what.
//!
//! gRPC's own interoperability tests are in [`testing`], Connect's in [`conformance`], and what goes on for hours is in [`soak`].
//!
//! # Metadata
//!
//! Every method sends the request metadata `x-initial` and `x-initial-bin` back as initial metadata and `x-trailing` and
//! `x-trailing-bin` as trailing metadata, under the same names.

pub mod arguments;
pub mod conformance;
pub mod errors;
#[cfg(test)]
mod facts;
pub mod protobuf;
mod service;
pub mod soak;
pub mod testing;

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use traitwire::{Context, Enumeration, Message, OneOf, Status, Streaming, grpc_service};

pub use errors::ErrorService;
pub use service::Interop;

/// What else a call is to do than answer.
#[derive(Clone, Debug, PartialEq, Default, Message)]
pub struct Script {
    /// The name under which `ObserveCall` tells of this call; empty if nobody asks.
    #[proto(1)]
    pub call_id: String,
    /// Answer only when this many calls of the same `call_id` wait together; zero and one don't wait.
    #[proto(2)]
    pub gather: u32,
    /// How the call ends; without one it ends well.
    #[proto(oneof)]
    pub ending: Option<Ending>,
}

/// How a call ends.
#[derive(Clone, Debug, PartialEq, OneOf)]
pub enum Ending {
    /// With a status.
    #[proto(3)]
    Fail(Failure),
    /// Not before the client has cancelled it or its deadline has passed. Initial metadata is sent at once.
    #[proto(4)]
    Hang(Hang),
    /// The server cancels it: the client sees CANCELLED.
    #[proto(5)]
    Cancel(Cancel),
    /// The handler panics, raises or throws.
    #[proto(6)]
    Panic(Panic),
}

/// A call ends with a status.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct Failure {
    /// The number of the status code.
    #[proto(1)]
    pub code: u32,
    /// The status message.
    #[proto(2)]
    pub message: String,
}

/// A call waits for its client to leave.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct Hang {}

/// A call is cancelled by the server.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct Cancel {}

/// A call's handler goes wrong.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct Panic {
    /// What the handler says when it panics.
    #[proto(1)]
    pub message: String,
}

/// One request, to be echoed.
#[derive(Clone, Debug, PartialEq, Default, Message)]
pub struct UnaryRequest {
    /// What else to do.
    #[proto(1)]
    pub script: Script,
    /// To be returned.
    #[proto(2)]
    pub payload: Vec<u8>,
    /// To be decoded, encoded again and returned.
    #[proto(3)]
    pub values: Option<Values>,
}

/// The echo of a `UnaryRequest`.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct UnaryResponse {
    /// The payload of the request.
    #[proto(1)]
    pub payload: Vec<u8>,
    /// The values of the request.
    #[proto(2)]
    pub values: Option<Values>,
}

/// One request, to be answered many times.
#[derive(Clone, Debug, PartialEq, Default, Message)]
pub struct ServerStreamRequest {
    /// What to do after the responses.
    #[proto(1)]
    pub script: Script,
    /// To be returned in every response.
    #[proto(2)]
    pub payload: Vec<u8>,
    /// How many responses to send.
    #[proto(3)]
    pub count: u32,
}

/// One of the responses to a `ServerStreamRequest`.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ServerStreamResponse {
    /// Which response it is, from zero.
    #[proto(1)]
    pub index: u32,
    /// The payload of the request.
    #[proto(2)]
    pub payload: Vec<u8>,
}

/// One of many requests, to be answered once.
#[derive(Clone, Debug, PartialEq, Default, Message)]
pub struct ClientStreamRequest {
    /// What else to do. It is done when the message arrives, whether or not others follow.
    #[proto(1)]
    pub script: Option<Script>,
    /// Adds to what is returned.
    #[proto(2)]
    pub payload: Vec<u8>,
}

/// The one response to many requests.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ClientStreamResponse {
    /// How many requests there were.
    #[proto(1)]
    pub count: u32,
    /// All their payloads.
    #[proto(2)]
    pub payload: Vec<u8>,
}

/// One of many requests, each answered as it arrives.
#[derive(Clone, Debug, PartialEq, Default, Message)]
pub struct BidiStreamRequest {
    /// What else to do. It is done when the message arrives, in place of an answer.
    #[proto(1)]
    pub script: Option<Script>,
    /// To be returned.
    #[proto(2)]
    pub payload: Vec<u8>,
}

/// The answer to one `BidiStreamRequest`.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct BidiStreamResponse {
    /// The payload of the request.
    #[proto(1)]
    pub payload: Vec<u8>,
}

/// Asks what becomes of a call.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ObserveCallRequest {
    /// The `call_id` of the call's `Script`.
    #[proto(1)]
    pub call_id: String,
}

/// Something that happened to a call.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ObserveCallResponse {
    /// What happened.
    #[proto(1)]
    pub event: CallEvent,
}

/// What can happen to a call, as its handler sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
pub enum CallEvent {
    /// Never sent.
    Unspecified = 0,
    /// The handler has read its script.
    Started = 1,
    /// The handler came to its end.
    Finished = 2,
    /// The client doesn't want the answer any more.
    Cancelled = 3,
    /// The deadline has passed.
    DeadlineExceeded = 4,
}

/// A field of every kind that a message can have.
#[derive(Clone, Debug, PartialEq, Default, Message)]
pub struct Values {
    /// `bool`
    #[proto(1)]
    pub truth: bool,
    /// `int32`
    #[proto(2)]
    pub int32: i32,
    /// `int64`
    #[proto(3)]
    pub int64: i64,
    /// `uint32`
    #[proto(4)]
    pub uint32: u32,
    /// `uint64`
    #[proto(5)]
    pub uint64: u64,
    /// `sint32`
    #[proto(6, sint)]
    pub sint32: i32,
    /// `sint64`
    #[proto(7, sint)]
    pub sint64: i64,
    /// `fixed32`
    #[proto(8, fixed)]
    pub fixed32: u32,
    /// `fixed64`
    #[proto(9, fixed)]
    pub fixed64: u64,
    /// `sfixed32`
    #[proto(10, fixed)]
    pub sfixed32: i32,
    /// `sfixed64`
    #[proto(11, fixed)]
    pub sfixed64: i64,
    /// `float`
    #[proto(12)]
    pub float: f32,
    /// `double`
    #[proto(13)]
    pub double: f64,
    /// `string`
    #[proto(14)]
    pub text: String,
    /// `bytes`
    #[proto(15)]
    pub bytes: Vec<u8>,
    /// `optional`: a zero that is there.
    #[proto(16)]
    pub optional_zero: Option<i64>,
    /// `optional`: a string that isn't there.
    #[proto(17)]
    pub optional_text: Option<String>,
    /// An enum.
    #[proto(18)]
    pub colour: Colour,
    /// `repeated`, packed.
    #[proto(19, sint)]
    pub packed: Vec<i64>,
    /// `repeated`
    #[proto(20)]
    pub texts: Vec<String>,
    /// `repeated` enums, packed.
    #[proto(21)]
    pub colours: Vec<Colour>,
    /// `map`, sorted.
    #[proto(22)]
    pub by_name: BTreeMap<String, i64>,
    /// `map` of messages.
    #[proto(23)]
    pub by_number: HashMap<u32, Leaf>,
    /// A message within itself.
    #[proto(24)]
    pub inner: Option<Box<Values>>,
    /// `repeated` messages.
    #[proto(25)]
    pub leaves: Vec<Leaf>,
    /// `oneof`
    #[proto(oneof)]
    pub choice: Option<Choice>,
    /// `google.protobuf.Timestamp`
    #[proto(29)]
    pub time: Option<SystemTime>,
    /// `google.protobuf.Duration`
    #[proto(30)]
    pub span: Option<Duration>,
}

/// An enum that lets numbers of later versions through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enumeration)]
pub enum Colour {
    /// None was given.
    #[default]
    #[proto(0)]
    Unspecified,
    /// As the sky.
    #[proto(1)]
    Blue,
    /// As a negative number: ten bytes on the wire.
    #[proto(-1)]
    Infrared,
    /// A number that this version doesn't know.
    #[proto(other)]
    Other(i32),
}

/// A message in a map.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct Leaf {
    /// Some text.
    #[proto(1)]
    pub text: String,
}

/// One of several.
#[derive(Clone, Debug, PartialEq, OneOf)]
pub enum Choice {
    /// A number, which may be zero and is sent all the same.
    #[proto(26)]
    Number(i32),
    /// A text.
    #[proto(27)]
    Word(String),
    /// A message.
    #[proto(28)]
    Leaf(Leaf),
}

/// Does what a test asks of it.
#[grpc_service(package = "interop.v1", file = "interop/v1/interop.proto")]
pub trait InteropService {
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

    /// A stream each way.
    async fn bidi_stream(
        &self,
        requests: Streaming<BidiStreamRequest>,
        cx: Context,
    ) -> Result<Streaming<BidiStreamResponse>, Status>;

    /// Tells what has happened to a call and what else happens, until it has ended.
    async fn observe_call(
        &self,
        request: ObserveCallRequest,
    ) -> Result<Streaming<ObserveCallResponse>, Status>;

    /// Neither takes nor returns anything.
    async fn ping(&self) -> Result<(), Status>;
}

/// A name or an address as it stands in a URI: one of IPv6 in brackets.
pub fn in_uri(host: &str) -> String {
    match host.parse() {
        Ok(IpAddr::V6(address)) => format!("[{address}]"),
        _ => host.to_owned(),
    }
}

traitwire::protos! {
    dir = "../protos",
    services = [
        InteropService,
        ErrorService,
        arguments::ArgumentService,
        conformance::ConformanceService,
        conformance::ProgramService,
        testing::TestService,
        testing::UnimplementedService,
    ]
}
