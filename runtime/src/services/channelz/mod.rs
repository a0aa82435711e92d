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

mod messages;

use std::time::SystemTime;

use bytes::Bytes;

pub use self::messages::*;
use crate::registry::{
    self, Calls, ChannelEntry, Page, Registry, ServerEntry, SocketEntry, SubchannelEntry,
};
use crate::well_known::{Int64Value, UInt32Value};
use crate::{ConnectivityState, Status, grpc_service};

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
