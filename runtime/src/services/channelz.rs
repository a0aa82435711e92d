//! What a process serves and calls, for those who look for the cause of something: `grpc.channelz.v1.Channelz`
//! ([gRFC A14]). `grpcdebug` and gRPC's own clients of it show servers, channels and connections, with what was counted on
//! each.
//!
//! ```
//! use traitwire::Server;
//! use traitwire::services::channelz::{ChannelzClient, GetServersRequest};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> traitwire::Result<()> {
//! let server = Server::new().channelz().start("127.0.0.1:0").await?;
//!
//! let client = ChannelzClient::connect(server.local_addr()).await?;
//! let servers = client.get_servers(GetServersRequest::default()).await?.server;
//! // This is the first call that it gets.
//! assert_eq!(servers[0].data.as_ref().map(|data| data.calls_started), Some(1));
//! # Ok(()) }
//! ```
//!
//! What there is to see is a [`Registry`].
//!
//! [gRFC A14]: https://github.com/grpc/proposal/blob/master/A14-channelz.md

use std::time::SystemTime;

use bytes::Bytes;

use crate::registry::{
    self, Calls, ChannelEntry, Page, Registry, ServerEntry, SocketEntry, SubchannelEntry,
};
use crate::well_known::{Any, Int64Value, UInt32Value};
use crate::{ConnectivityState, Enumeration, Message, OneOf, Status, grpc_service};

/// Tells what a process serves and calls.
#[grpc_service(package = "grpc.channelz.v1", crate = crate)]
pub trait Channelz {
    /// The channels that the application has made.
    async fn get_top_channels(
        &self,
        request: GetTopChannelsRequest,
    ) -> Result<GetTopChannelsResponse, Status>;

    /// The servers.
    async fn get_servers(&self, request: GetServersRequest) -> Result<GetServersResponse, Status>;

    /// A server, or NOT_FOUND.
    async fn get_server(&self, request: GetServerRequest) -> Result<GetServerResponse, Status>;

    /// The connections of a server.
    async fn get_server_sockets(
        &self,
        request: GetServerSocketsRequest,
    ) -> Result<GetServerSocketsResponse, Status>;

    /// A channel, or NOT_FOUND.
    async fn get_channel(&self, request: GetChannelRequest) -> Result<GetChannelResponse, Status>;

    /// A subchannel, or NOT_FOUND.
    async fn get_subchannel(
        &self,
        request: GetSubchannelRequest,
    ) -> Result<GetSubchannelResponse, Status>;

    /// A socket, or NOT_FOUND.
    async fn get_socket(&self, request: GetSocketRequest) -> Result<GetSocketResponse, Status>;
}

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

impl<R, L> crate::Server<R, L> {
    /// Serves [`Channelz`] as well, and puts this server into the [registry of the process](Registry::process), which it
    /// tells of: all servers and channels that are put there, with their addresses and with what was counted.
    ///
    /// Whoever can call the server can read that. It can be a server of its own, on an address that only you reach; others
    /// are put there by [`Server::registry`](crate::Server::registry), and channels by
    /// [`ChannelBuilder::registry`](crate::ChannelBuilder::registry).
    #[must_use]
    pub fn channelz(self) -> crate::Server<(R, ChannelzServer<Registry>), L> {
        self.channelz_with(&Registry::process())
    }

    /// As [`channelz`](Self::channelz), of another registry.
    #[must_use]
    pub fn channelz_with(
        self,
        registry: &Registry,
    ) -> crate::Server<(R, ChannelzServer<Registry>), L> {
        self.registry(registry)
            .add(ChannelzServer::new(registry.clone()))
    }
}

impl Channelz for Registry {
    async fn get_top_channels(
        &self,
        request: GetTopChannelsRequest,
    ) -> Result<GetTopChannelsResponse, Status> {
        let (from, max) = range(request.start_channel_id, request.max_results)?;
        let Page { items, end } = self.channels(from, max);
        Ok(GetTopChannelsResponse {
            channel: items.into_iter().map(Channel::from).collect(),
            end,
        })
    }

    async fn get_servers(&self, request: GetServersRequest) -> Result<GetServersResponse, Status> {
        let (from, max) = range(request.start_server_id, request.max_results)?;
        let Page { items, end } = self.servers(from, max);
        Ok(GetServersResponse {
            server: items.into_iter().map(Server::from).collect(),
            end,
        })
    }

    async fn get_server(&self, request: GetServerRequest) -> Result<GetServerResponse, Status> {
        let id = request.server_id;
        let server = self.server(id).ok_or_else(|| not_found("server", id))?;
        Ok(GetServerResponse {
            server: Some(server.into()),
        })
    }

    async fn get_server_sockets(
        &self,
        request: GetServerSocketsRequest,
    ) -> Result<GetServerSocketsResponse, Status> {
        let id = request.server_id;
        let (from, max) = range(request.start_socket_id, request.max_results)?;
        let sockets = self.server_sockets(id, from, max);
        let Page { items, end } = sockets.ok_or_else(|| not_found("server", id))?;
        Ok(GetServerSocketsResponse {
            socket_ref: items.into_iter().map(socket_ref).collect(),
            end,
        })
    }

    async fn get_channel(&self, request: GetChannelRequest) -> Result<GetChannelResponse, Status> {
        let id = request.channel_id;
        let channel = self.channel(id).ok_or_else(|| not_found("channel", id))?;
        Ok(GetChannelResponse {
            channel: Some(channel.into()),
        })
    }

    async fn get_subchannel(
        &self,
        request: GetSubchannelRequest,
    ) -> Result<GetSubchannelResponse, Status> {
        let id = request.subchannel_id;
        let subchannel = self.subchannel(id);
        let subchannel = subchannel.ok_or_else(|| not_found("subchannel", id))?;
        Ok(GetSubchannelResponse {
            subchannel: Some(subchannel.into()),
        })
    }

    async fn get_socket(&self, request: GetSocketRequest) -> Result<GetSocketResponse, Status> {
        let id = request.socket_id;
        let socket = self.socket(id).ok_or_else(|| not_found("socket", id))?;
        Ok(GetSocketResponse {
            socket: Some(socket.into()),
        })
    }
}

/// Which of many are asked for: the lowest number, and how many.
fn range(start: i64, max_results: i64) -> Result<(i64, usize), Status> {
    match usize::try_from(max_results) {
        Ok(0) => Ok((start, PAGE)),
        Ok(max) => Ok((start, max.min(MAX_PAGE))),
        Err(_) => Err(Status::invalid_argument(format!(
            "max_results is {max_results}: there are no fewer than none"
        ))),
    }
}

fn not_found(what: &str, id: i64) -> Status {
    Status::not_found(format!("there is no {what} {id}"))
}

fn socket_ref(socket_id: i64) -> SocketRef {
    SocketRef {
        socket_id,
        name: String::new(),
    }
}

impl From<ServerEntry> for Server {
    fn from(server: ServerEntry) -> Self {
        let listen_socket = server.listeners.iter().map(|(id, address)| SocketRef {
            socket_id: *id,
            name: address.to_string(),
        });
        Self {
            r#ref: Some(ServerRef {
                server_id: server.id,
                name: String::new(),
            }),
            data: Some(ServerData {
                trace: None,
                calls_started: number(server.calls.started),
                calls_succeeded: number(server.calls.succeeded),
                calls_failed: number(server.calls.failed),
                last_call_started_timestamp: server.calls.last_started,
            }),
            listen_socket: listen_socket.collect(),
        }
    }
}

impl From<ChannelEntry> for Channel {
    fn from(channel: ChannelEntry) -> Self {
        let subchannels = channel.subchannels.iter().map(|id| SubchannelRef {
            subchannel_id: *id,
            name: channel.target.clone(),
        });
        Self {
            r#ref: Some(ChannelRef {
                channel_id: channel.id,
                name: channel.target.clone(),
            }),
            subchannel_ref: subchannels.collect(),
            data: Some(ChannelData::new(
                channel.target,
                channel.state,
                channel.created,
                channel.calls,
            )),
            ..Self::default()
        }
    }
}

impl From<SubchannelEntry> for Subchannel {
    fn from(subchannel: SubchannelEntry) -> Self {
        let data = ChannelData::new(
            subchannel.target.clone(),
            subchannel.state,
            subchannel.created,
            subchannel.calls,
        );
        let max_connections = u32::try_from(subchannel.max_connections);
        Self {
            r#ref: Some(SubchannelRef {
                subchannel_id: subchannel.id,
                name: subchannel.target,
            }),
            data: Some(ChannelData {
                max_connections_per_subchannel: max_connections.unwrap_or(u32::MAX),
                ..data
            }),
            socket_ref: subchannel.sockets.into_iter().map(socket_ref).collect(),
            ..Self::default()
        }
    }
}

impl ChannelData {
    fn new(target: String, state: ConnectivityState, created: SystemTime, calls: Calls) -> Self {
        let state = match state {
            ConnectivityState::Idle => State::Idle,
            ConnectivityState::Connecting => State::Connecting,
            ConnectivityState::Ready => State::Ready,
            ConnectivityState::TransientFailure => State::TransientFailure,
            ConnectivityState::Shutdown => State::Shutdown,
        };
        Self {
            state: Some(ChannelConnectivityState { state }),
            target,
            trace: Some(ChannelTrace {
                num_events_logged: 0,
                creation_timestamp: Some(created),
                events: Vec::new(),
            }),
            calls_started: number(calls.started),
            calls_succeeded: number(calls.succeeded),
            calls_failed: number(calls.failed),
            last_call_started_timestamp: calls.last_started,
            max_connections_per_subchannel: 0,
        }
    }
}

impl From<SocketEntry> for Socket {
    fn from(socket: SocketEntry) -> Self {
        let window = |bytes: Option<i64>| bytes.map(|value| Int64Value { value });
        let goaway = socket.received_goaway_error;
        Self {
            r#ref: Some(socket_ref(socket.id)),
            data: Some(SocketData {
                streams_started: number(socket.streams_started),
                streams_succeeded: number(socket.streams_succeeded),
                streams_failed: number(socket.streams_failed),
                messages_sent: number(socket.messages_sent),
                messages_received: number(socket.messages_received),
                keep_alives_sent: number(socket.keep_alives_sent),
                last_local_stream_created_timestamp: socket.last_local_stream_created,
                last_remote_stream_created_timestamp: socket.last_remote_stream_created,
                last_message_sent_timestamp: socket.last_message_sent,
                last_message_received_timestamp: socket.last_message_received,
                local_flow_control_window: window(socket.local_flow_control_window),
                remote_flow_control_window: window(socket.remote_flow_control_window),
                option: Vec::new(),
                received_goaway_error: goaway.map(|value| UInt32Value { value }),
                peer_max_concurrent_streams: socket.peer_max_concurrent_streams.unwrap_or(0),
            }),
            local: socket.local.map(Address::from),
            remote: socket.remote.map(Address::from),
            security: socket.security.map(Security::from),
            remote_name: String::new(),
        }
    }
}

impl From<registry::Address> for Address {
    fn from(address: registry::Address) -> Self {
        let address = match address {
            registry::Address::Tcp(address) => AddressKind::TcpipAddress(TcpIpAddress {
                ip_address: match address.ip() {
                    std::net::IpAddr::V4(ip) => Bytes::copy_from_slice(&ip.octets()),
                    std::net::IpAddr::V6(ip) => Bytes::copy_from_slice(&ip.octets()),
                },
                port: address.port().into(),
            }),
            registry::Address::Unix(path) => AddressKind::UdsAddress(UdsAddress {
                filename: path.to_string_lossy().into_owned(),
            }),
            registry::Address::Other(name) => {
                AddressKind::OtherAddress(OtherAddress { name, value: None })
            }
        };
        Self {
            address: Some(address),
        }
    }
}

impl From<registry::Security> for Security {
    fn from(security: registry::Security) -> Self {
        Self {
            model: Some(SecurityModel::Tls(Tls {
                local_certificate: Bytes::new(),
                remote_certificate: security.remote_certificate.unwrap_or_default().into(),
                cipher_suite: Some(CipherSuite::StandardName(security.cipher_suite)),
            })),
        }
    }
}

/// Nobody counts so far.
fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// As many as other implementations list when nobody says how many.
const PAGE: usize = 100;

/// However many are asked for, an answer has to be short enough for everybody.
const MAX_PAGE: usize = 1000;
