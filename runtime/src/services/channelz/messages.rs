//! The messages of `grpc.channelz.v1`.

use std::time::SystemTime;

use bytes::Bytes;

use crate::well_known::{Any, Int64Value, UInt32Value};
use crate::{Enumeration, Message, OneOf};

/// A channel, as its user has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct Channel {
    /// Its number and its name.
    #[proto(1)]
    pub r#ref: Option<ChannelRef>,
    /// What there is to say of it.
    #[proto(2)]
    pub data: Option<ChannelData>,
    /// The channels in it.
    #[proto(3)]
    pub channel_ref: Vec<ChannelRef>,
    /// The subchannels in it.
    #[proto(4)]
    pub subchannel_ref: Vec<SubchannelRef>,
    /// Its sockets, if there is nothing between.
    #[proto(5)]
    pub socket_ref: Vec<SocketRef>,
}

/// The way of a channel to one server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct Subchannel {
    /// Its number and its name.
    #[proto(1)]
    pub r#ref: Option<SubchannelRef>,
    /// What there is to say of it.
    #[proto(2)]
    pub data: Option<ChannelData>,
    /// The channels in it.
    #[proto(3)]
    pub channel_ref: Vec<ChannelRef>,
    /// The subchannels in it.
    #[proto(4)]
    pub subchannel_ref: Vec<SubchannelRef>,
    /// Its sockets, if there is nothing between.
    #[proto(5)]
    pub socket_ref: Vec<SocketRef>,
}

/// Where a channel stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct ChannelConnectivityState {
    /// Where it stands.
    #[proto(1)]
    pub state: State,
}

/// Where a channel stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enumeration)]
#[proto(nested_in = ChannelConnectivityState, crate = crate)]
pub enum State {
    /// Nobody says.
    #[default]
    #[proto(0, name = "UNKNOWN")]
    Unknown,
    /// There is no connection, since nobody needs one.
    #[proto(1, name = "IDLE")]
    Idle,
    /// A connection is being made.
    #[proto(2, name = "CONNECTING")]
    Connecting,
    /// Calls go to the server.
    #[proto(3, name = "READY")]
    Ready,
    /// There was no connection to be had, and it is tried again.
    #[proto(4, name = "TRANSIENT_FAILURE")]
    TransientFailure,
    /// No calls are made any more.
    #[proto(5, name = "SHUTDOWN")]
    Shutdown,
}

/// What there is to say of a channel or a subchannel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct ChannelData {
    /// Where it stands.
    #[proto(1)]
    pub state: Option<ChannelConnectivityState>,
    /// Where it leads to.
    #[proto(2)]
    pub target: String,
    /// What has happened to it.
    #[proto(3)]
    pub trace: Option<ChannelTrace>,
    /// Calls that have begun.
    #[proto(4)]
    pub calls_started: i64,
    /// Calls that have ended with OK.
    #[proto(5)]
    pub calls_succeeded: i64,
    /// Calls that have ended with something else.
    #[proto(6)]
    pub calls_failed: i64,
    /// When a call began last.
    #[proto(7)]
    pub last_call_started_timestamp: Option<SystemTime>,
    /// How many connections there may be; of a subchannel.
    #[proto(8)]
    pub max_connections_per_subchannel: u32,
}

/// Something that has happened to a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct ChannelTraceEvent {
    /// What.
    #[proto(1)]
    pub description: String,
    /// How bad it is.
    #[proto(2)]
    pub severity: Severity,
    /// When.
    #[proto(3)]
    pub timestamp: Option<SystemTime>,
    /// Another one that it has to do with.
    #[proto(oneof)]
    pub child_ref: Option<ChildRef>,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enumeration)]
#[proto(nested_in = ChannelTraceEvent, crate = crate)]
pub enum Severity {
    /// Nobody says.
    #[default]
    #[proto(0, name = "CT_UNKNOWN")]
    Unknown,
    /// Not at all.
    #[proto(1, name = "CT_INFO")]
    Info,
    /// It may become bad.
    #[proto(2, name = "CT_WARNING")]
    Warning,
    /// It is bad.
    #[proto(3, name = "CT_ERROR")]
    Error,
}

/// Another one that an event has to do with.
#[derive(Clone, Debug, PartialEq, Eq, Hash, OneOf)]
#[proto(crate = crate)]
pub enum ChildRef {
    /// A channel.
    #[proto(4)]
    ChannelRef(ChannelRef),
    /// A subchannel.
    #[proto(5)]
    SubchannelRef(SubchannelRef),
}

/// What has happened to a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct ChannelTrace {
    /// How many events there were; not all may be kept.
    #[proto(1)]
    pub num_events_logged: i64,
    /// When it was made.
    #[proto(2)]
    pub creation_timestamp: Option<SystemTime>,
    /// The events that were kept.
    #[proto(3)]
    pub events: Vec<ChannelTraceEvent>,
}

/// The number of a channel, and its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", reserved(3, 4, 5, 6, 7, 8), crate = crate)]
pub struct ChannelRef {
    /// Its number, which nothing else in the process has.
    #[proto(1)]
    pub channel_id: i64,
    /// What it is called, if there is anything to call it.
    #[proto(2)]
    pub name: String,
}

/// The number of a subchannel, and its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", reserved(1, 2, 3, 4, 5, 6), crate = crate)]
pub struct SubchannelRef {
    /// Its number, which nothing else in the process has.
    #[proto(7)]
    pub subchannel_id: i64,
    /// What it is called, if there is anything to call it.
    #[proto(8)]
    pub name: String,
}

/// The number of a socket, and its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", reserved(1, 2, 5, 6, 7, 8), crate = crate)]
pub struct SocketRef {
    /// Its number, which nothing else in the process has.
    #[proto(3)]
    pub socket_id: i64,
    /// What it is called, if there is anything to call it.
    #[proto(4)]
    pub name: String,
}

/// The number of a server, and its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", reserved(1, 2, 3, 4, 7, 8), crate = crate)]
pub struct ServerRef {
    /// Its number, which nothing else in the process has.
    #[proto(5)]
    pub server_id: i64,
    /// What it is called, if there is anything to call it.
    #[proto(6)]
    pub name: String,
}

/// A server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct Server {
    /// Its number.
    #[proto(1)]
    pub r#ref: Option<ServerRef>,
    /// What there is to say of it.
    #[proto(2)]
    pub data: Option<ServerData>,
    /// What it listens on.
    #[proto(3)]
    pub listen_socket: Vec<SocketRef>,
}

/// What there is to say of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct ServerData {
    /// What has happened to it.
    #[proto(1)]
    pub trace: Option<ChannelTrace>,
    /// Calls that have come.
    #[proto(2)]
    pub calls_started: i64,
    /// Calls that have ended with OK.
    #[proto(3)]
    pub calls_succeeded: i64,
    /// Calls that have ended with something else.
    #[proto(4)]
    pub calls_failed: i64,
    /// When a call came last.
    #[proto(5)]
    pub last_call_started_timestamp: Option<SystemTime>,
}

/// A connection, or what a server listens on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct Socket {
    /// Its number.
    #[proto(1)]
    pub r#ref: Option<SocketRef>,
    /// What was counted.
    #[proto(2)]
    pub data: Option<SocketData>,
    /// The address of this end.
    #[proto(3)]
    pub local: Option<Address>,
    /// The address of the other end.
    #[proto(4)]
    pub remote: Option<Address>,
    /// What protects it.
    #[proto(5)]
    pub security: Option<Security>,
    /// What the other end calls itself.
    #[proto(6)]
    pub remote_name: String,
}

/// What was counted on a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct SocketData {
    /// Calls that have begun.
    #[proto(1)]
    pub streams_started: i64,
    /// Calls whose answer has ended as it should, whatever their status.
    #[proto(2)]
    pub streams_succeeded: i64,
    /// Calls that were cut off.
    #[proto(3)]
    pub streams_failed: i64,
    /// Messages that have left.
    #[proto(4)]
    pub messages_sent: i64,
    /// Messages that have arrived.
    #[proto(5)]
    pub messages_received: i64,
    /// Pings that were sent to see whether somebody is there.
    #[proto(6)]
    pub keep_alives_sent: i64,
    /// When this end began a call last.
    #[proto(7)]
    pub last_local_stream_created_timestamp: Option<SystemTime>,
    /// When the other end began a call last.
    #[proto(8)]
    pub last_remote_stream_created_timestamp: Option<SystemTime>,
    /// When a message left last.
    #[proto(9)]
    pub last_message_sent_timestamp: Option<SystemTime>,
    /// When a message arrived last.
    #[proto(10)]
    pub last_message_received_timestamp: Option<SystemTime>,
    /// Bytes that this end may send, on all streams together.
    #[proto(11)]
    pub local_flow_control_window: Option<Int64Value>,
    /// Bytes that the other end may send.
    #[proto(12)]
    pub remote_flow_control_window: Option<Int64Value>,
    /// Options of the socket.
    #[proto(13)]
    pub option: Vec<SocketOption>,
    /// The reason of a GOAWAY that has come.
    #[proto(14)]
    pub received_goaway_error: Option<UInt32Value>,
    /// How many calls the server takes at a time; of a client's connection.
    #[proto(15)]
    pub peer_max_concurrent_streams: u32,
}

/// One end of a socket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct Address {
    /// Of which kind it is.
    #[proto(oneof)]
    pub address: Option<AddressKind>,
}

/// Of which kind an address is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, OneOf)]
#[proto(crate = crate)]
pub enum AddressKind {
    /// Of TCP.
    #[proto(1)]
    TcpipAddress(TcpIpAddress),
    /// Of a Unix socket.
    #[proto(2)]
    UdsAddress(UdsAddress),
    /// Any other.
    #[proto(3)]
    OtherAddress(OtherAddress),
}

/// An address of TCP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(nested_in = Address, crate = crate)]
pub struct TcpIpAddress {
    /// 4 or 16 bytes.
    #[proto(1)]
    pub ip_address: Bytes,
    /// The port.
    #[proto(2)]
    pub port: i32,
}

/// An address of a Unix socket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(nested_in = Address, crate = crate)]
pub struct UdsAddress {
    /// Its file.
    #[proto(1)]
    pub filename: String,
}

/// An address of any other kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(nested_in = Address, crate = crate)]
pub struct OtherAddress {
    /// For people to read.
    #[proto(1)]
    pub name: String,
    /// For programs.
    #[proto(2)]
    pub value: Option<Any>,
}

/// What protects a socket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct Security {
    /// How it does.
    #[proto(oneof)]
    pub model: Option<SecurityModel>,
}

/// How a socket is protected.
#[derive(Clone, Debug, PartialEq, Eq, Hash, OneOf)]
#[proto(crate = crate)]
pub enum SecurityModel {
    /// By TLS.
    #[proto(1)]
    Tls(Tls),
    /// By something else.
    #[proto(2)]
    Other(OtherSecurity),
}

/// What TLS says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(nested_in = Security, crate = crate)]
pub struct Tls {
    /// The certificate of this end.
    #[proto(3)]
    pub local_certificate: Bytes,
    /// The certificate of the other end.
    #[proto(4)]
    pub remote_certificate: Bytes,
    /// The cipher suite.
    #[proto(oneof)]
    pub cipher_suite: Option<CipherSuite>,
}

/// A cipher suite.
#[derive(Clone, Debug, PartialEq, Eq, Hash, OneOf)]
#[proto(crate = crate)]
pub enum CipherSuite {
    /// The name that RFCs give it.
    #[proto(1)]
    StandardName(String),
    /// Another name, where they give it none.
    #[proto(2)]
    OtherName(String),
}

/// Protection of any other kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(nested_in = Security, crate = crate)]
pub struct OtherSecurity {
    /// For people to read.
    #[proto(1)]
    pub name: String,
    /// For programs.
    #[proto(2)]
    pub value: Option<Any>,
}

/// An option of a socket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct SocketOption {
    /// Its name: `SO_REUSEPORT`.
    #[proto(1)]
    pub name: String,
    /// Its value, for people to read.
    #[proto(2)]
    pub value: String,
    /// More of it, for programs.
    #[proto(3)]
    pub additional: Option<Any>,
}

/// Asks for channels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct GetTopChannelsRequest {
    /// The lowest number; for the next page, one more than the highest so far.
    #[proto(1)]
    pub start_channel_id: i64,
    /// How many at most; 0 leaves it to the server.
    #[proto(2)]
    pub max_results: i64,
}

/// Channels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct GetTopChannelsResponse {
    /// In the order of their numbers.
    #[proto(1)]
    pub channel: Vec<Channel>,
    /// Whether there are no more channels now.
    #[proto(2)]
    pub end: bool,
}

/// Asks for servers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct GetServersRequest {
    /// The lowest number; for the next page, one more than the highest so far.
    #[proto(1)]
    pub start_server_id: i64,
    /// How many at most; 0 leaves it to the server.
    #[proto(2)]
    pub max_results: i64,
}

/// Servers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct GetServersResponse {
    /// In the order of their numbers.
    #[proto(1)]
    pub server: Vec<Server>,
    /// Whether there are no more servers now.
    #[proto(2)]
    pub end: bool,
}

/// Asks for a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct GetServerRequest {
    /// Its number.
    #[proto(1)]
    pub server_id: i64,
}

/// A server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct GetServerResponse {
    /// The server.
    #[proto(1)]
    pub server: Option<Server>,
}

/// Asks for the connections of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct GetServerSocketsRequest {
    /// The server's number.
    #[proto(1)]
    pub server_id: i64,
    /// The lowest number; for the next page, one more than the highest so far.
    #[proto(2)]
    pub start_socket_id: i64,
    /// How many at most; 0 leaves it to the server.
    #[proto(3)]
    pub max_results: i64,
}

/// Connections.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct GetServerSocketsResponse {
    /// In the order of their numbers.
    #[proto(1)]
    pub socket_ref: Vec<SocketRef>,
    /// Whether there are no more connections now.
    #[proto(2)]
    pub end: bool,
}

/// Asks for a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct GetChannelRequest {
    /// Its number.
    #[proto(1)]
    pub channel_id: i64,
}

/// A channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct GetChannelResponse {
    /// The channel.
    #[proto(1)]
    pub channel: Option<Channel>,
}

/// Asks for a subchannel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct GetSubchannelRequest {
    /// Its number.
    #[proto(1)]
    pub subchannel_id: i64,
}

/// A subchannel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct GetSubchannelResponse {
    /// The subchannel.
    #[proto(1)]
    pub subchannel: Option<Subchannel>,
}

/// Asks for a socket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct GetSocketRequest {
    /// Its number.
    #[proto(1)]
    pub socket_id: i64,
    /// Whether what is costly to find out may be left out.
    #[proto(2)]
    pub summary: bool,
}

/// A socket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.channelz.v1", crate = crate)]
pub struct GetSocketResponse {
    /// The socket.
    #[proto(1)]
    pub socket: Option<Socket>,
}
