//! What servers of every language have, against Python's packages of the same names and `buf curl`.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, sync::Arc};

use expect_test::{Expect, expect};
use interop::{Interop, InteropService, InteropServiceClient, InteropServiceServer};
use libtest_mimic::Trial;
use prost::Message as _;
use prost_types::FileDescriptorProto;
use tokio::sync::Notify;
use traitwire::registry::Registry;
use traitwire::schema::{Schema, ServiceDescriptor};
use traitwire::services::channelz::{
    AddressKind, Channelz, ChannelzClient, GetServerRequest, GetServerSocketsRequest,
    GetServersRequest, GetSocketRequest,
};
use traitwire::services::health::{
    Health, HealthCheckRequest, HealthClient, HealthReporter, ServingStatus,
};
use traitwire::services::reflection::{v1, v1alpha};
use traitwire::{Channel, Code, Server, Status, Streaming, grpc_service};
use v1alpha::{MessageRequest, MessageResponse};

use crate::block_on;
use crate::process::{check_scenarios, interop, printed, python, require, scratch, serve};

macro_rules! trials {
    ($($name:ident,)*) => {
        pub(crate) fn trials_with_others() -> Vec<Trial> {
            vec![$(Trial::test(concat!("standard_services::", stringify!($name)), || Ok($name()?))),*]
        }
    };
}

trials! {
    our_health_and_grpcio,
    grpcio_health_and_ours,
    our_reflection_and_grpcio,
    grpcio_reflection_and_ours,
    our_reflection_and_buf,
    our_channelz_and_grpcio,
    grpcio_channelz_and_ours,
    descriptors_are_the_official_ones,
}

const SERVICE: &str = "interop.v1.InteropService";

fn our_health_and_grpcio() -> Result<(), String> {
    let reporter = HealthReporter::new();
    let stop = Arc::new(Notify::new());
    let switch = Switchboard {
        reporter: reporter.clone(),
        serving: AtomicBool::new(true),
        stop: Arc::clone(&stop),
    };
    let server = Server::new()
        .add(InteropServiceServer::new(Interop::default()))
        .add(SwitchServer::new(switch))
        .health_with(&reporter);
    let running = block_on(server.start("127.0.0.1:0")).map_err(|error| error.to_string())?;
    let address = running.local_addr().to_string();
    let ended = crate::RUNTIME.spawn(running.until(async move { stop.notified().await }));
    let mut client = python("standard_services.py")?;
    client.args(["health", &address]);
    check_scenarios(&mut client, &["check", "list", "watch", "shutdown"])?;
    block_on(ended).map_err(|error| error.to_string())
}

/// Does to a server what a client asks for.
#[grpc_service(package = "interop.switch.v1")]
trait Switch {
    /// Has the service be the other way.
    async fn flip(&self) -> Result<(), Status>;
    /// Shuts the server down.
    async fn stop(&self) -> Result<(), Status>;
}

struct Switchboard {
    reporter: HealthReporter,
    serving: AtomicBool,
    stop: Arc<Notify>,
}

impl Switch for Switchboard {
    async fn flip(&self) -> Result<(), Status> {
        let status = match self.serving.fetch_not(Ordering::Relaxed) {
            true => ServingStatus::NotServing,
            false => ServingStatus::Serving,
        };
        self.reporter.set(InteropService, status);
        Ok(())
    }

    async fn stop(&self) -> Result<(), Status> {
        self.stop.notify_one();
        Ok(())
    }
}

/// Of Python, with all of these services.
fn their_channel() -> Result<Channel, String> {
    let server = serve(python("standard_services.py")?.arg("server"))?;
    Channel::lazy(server).map_err(|error| error.to_string())
}

fn grpcio_health_and_ours() -> Result<(), String> {
    let channel = their_channel()?;
    let interop = InteropServiceClient::new(channel.clone());
    let health = HealthClient::new(channel);
    let request = |service: &str| HealthCheckRequest {
        service: service.to_owned(),
    };
    let check = async || {
        let answer = health.check(request(SERVICE)).await?;
        assert_eq!(answer.status, ServingStatus::Serving);
        let status = health.check(request("nobody")).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound);

        let mut watch = health.watch(request(SERVICE)).await?;
        let mut heard = async || {
            watch
                .message()
                .await
                .map(|message| message.map(|m| m.status))
        };
        assert_eq!(heard().await?, Some(ServingStatus::Serving));
        interop.ping().await?;
        assert_eq!(heard().await?, Some(ServingStatus::NotServing));
        let mut nobody = health.watch(request("nobody")).await?;
        let answer = nobody.message().await?.expect("an answer");
        assert_eq!(answer.status, ServingStatus::ServiceUnknown);
        Ok(())
    };
    block_on(check()).map_err(|status: Status| status.to_string())
}

fn start_reflecting() -> SocketAddr {
    let server = Server::new()
        .reflection()
        .add(InteropServiceServer::new(Interop::default()));
    let running = block_on(server.start("127.0.0.1:0"));
    running.expect("the system has ports").local_addr()
}

fn our_reflection_and_grpcio() -> Result<(), String> {
    let mut client = python("standard_services.py")?;
    client.args(["reflection", &start_reflecting().to_string()]);
    let scenarios = ["list_services", "files", "not_there", "call"];
    check_scenarios(&mut client, &scenarios)
}

/// It has `v1alpha` only.
fn grpcio_reflection_and_ours() -> Result<(), String> {
    let client = v1alpha::ServerReflectionClient::new(their_channel()?);
    let requests = [
        MessageRequest::ListServices(String::new()),
        MessageRequest::FileContainingSymbol(format!("{SERVICE}.Unary")),
        MessageRequest::FileByFilename("interop/v1/interop.proto".to_owned()),
        MessageRequest::AllExtensionNumbersOfType("interop.v1.UnaryRequest".to_owned()),
        MessageRequest::FileContainingSymbol("nobody".to_owned()),
    ];
    let requests = requests.map(|request| v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(request),
    });
    let ask = async || {
        let mut answers = client
            .server_reflection_info(Streaming::from_iter(requests))
            .await?;
        let mut report = String::new();
        while let Some(answer) = answers.message().await? {
            report += &match answer.message_response {
                Some(MessageResponse::FileDescriptorResponse(response)) => {
                    let files = response.file_descriptor_proto.into_iter();
                    let names = files.map(|file| FileDescriptorProto::decode(file).unwrap().name);
                    format!("{:?}\n", names.flatten().collect::<Vec<_>>())
                }
                other => format!("{other:?}\n"),
            };
        }
        Ok(report)
    };
    let report = block_on(ask()).map_err(|status: Status| status.to_string())?;
    expect![[r#"
        Some(ListServicesResponse(ListServiceResponse { service: [ServiceResponse { name: "grpc.health.v1.Health" }, ServiceResponse { name: "grpc.reflection.v1alpha.ServerReflection" }, ServiceResponse { name: "interop.v1.InteropService" }] }))
        Some(ErrorResponse(ErrorResponse { error_code: 5, error_message: "not found" }))
        ["interop/v1/interop.proto", "google/protobuf/duration.proto", "google/protobuf/empty.proto", "google/protobuf/timestamp.proto"]
        Some(AllExtensionNumbersResponse(ExtensionNumberResponse { base_type_name: "interop.v1.UnaryRequest", extension_number: [] }))
        Some(ErrorResponse(ErrorResponse { error_code: 5, error_message: "not found" }))
    "#]].assert_eq(&report);
    Ok(())
}

fn our_reflection_and_buf() -> Result<(), String> {
    let server = start_reflecting();
    for version in ["grpc-v1", "grpc-v1alpha"] {
        let curl = |url: &str, options: &[&str]| {
            let mut curl = buf()?;
            let url = format!("http://{server}{url}");
            curl.args(["curl", "--protocol=grpc", "--reflect-protocol", version]);
            printed(curl.args(options).arg(url))
        };
        let check = |report: Result<String, String>, expect: Expect| {
            expect.assert_eq(&report?);
            Ok::<_, String>(())
        };
        check(
            curl("", &["--list-services"]),
            expect![[r#"
            grpc.reflection.v1.ServerReflection
            grpc.reflection.v1alpha.ServerReflection
            interop.v1.InteropService
        "#]],
        )?;
        check(
            curl("", &["--list-methods"]),
            expect![[r#"
            grpc.reflection.v1.ServerReflection/ServerReflectionInfo
            grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo
            interop.v1.InteropService/BidiStream
            interop.v1.InteropService/ClientStream
            interop.v1.InteropService/ObserveCall
            interop.v1.InteropService/Ping
            interop.v1.InteropService/ServerStream
            interop.v1.InteropService/Unary
        "#]],
        )?;
        check(
            curl(
                &format!("/{SERVICE}/Unary"),
                &["--data", r#"{"payload": "cGluZw=="}"#],
            ),
            expect![[r#"
                {
                  "payload": "cGluZw=="
                }
            "#]],
        )?;
    }
    Ok(())
}

fn buf() -> Result<Command, String> {
    let buf = interop().join("node/node_modules/.bin/buf");
    require(&buf)?;
    Ok(Command::new(buf))
}

fn our_channelz_and_grpcio() -> Result<(), String> {
    let registry = Registry::new();
    let server = Server::new()
        .channelz_with(&registry)
        .add(InteropServiceServer::new(Interop::default()));
    let running = block_on(server.start("127.0.0.1:0")).map_err(|error| error.to_string())?;
    let channel = Channel::builder().registry(&registry);
    let channel = channel.lazy("http://127.0.0.1:1");
    let _channel = channel.map_err(|error| error.to_string())?;
    let mut client = python("standard_services.py")?;
    client.args(["channelz", &running.local_addr().to_string()]);
    let scenarios = ["servers", "sockets", "channels", "not_found"];
    check_scenarios(&mut client, &scenarios)
}

fn grpcio_channelz_and_ours() -> Result<(), String> {
    let channel = their_channel()?;
    let interop = InteropServiceClient::new(channel.clone());
    let client = ChannelzClient::new(channel);
    let check = async || {
        interop.ping().await?;
        let servers = client.get_servers(GetServersRequest::default()).await?;
        let server = servers.server.first().expect("the server itself");
        let data = server.data.as_ref().expect("what it has counted");
        assert!(
            data.calls_started >= 2 && data.calls_succeeded >= 1,
            "{data:?}"
        );
        let server_id = server.r#ref.as_ref().expect("its number").server_id;
        let request = GetServerSocketsRequest {
            server_id,
            ..GetServerSocketsRequest::default()
        };
        let sockets = client.get_server_sockets(request).await?;
        let socket_id = sockets.socket_ref.first().expect("ours").socket_id;
        let request = GetSocketRequest {
            socket_id,
            summary: false,
        };
        let socket = client.get_socket(request).await?.socket;
        let socket = socket.expect("ours");
        let data = socket.data.expect("what it has counted");
        assert!(data.streams_started >= 3, "{data:?}");
        assert!(matches!(
            socket.remote.and_then(|address| address.address),
            Some(AddressKind::TcpipAddress(_))
        ));
        let status = client.get_server(GetServerRequest { server_id: -1 }).await;
        assert_eq!(status.unwrap_err().code(), Code::NotFound);
        Ok(())
    };
    block_on(check()).map_err(|status: Status| status.to_string())
}

/// Names, numbers and types are those of everybody's.
fn descriptors_are_the_official_ones() -> Result<(), String> {
    let services: [&'static ServiceDescriptor; 4] = [
        Channelz,
        Health,
        v1::ServerReflection,
        v1alpha::ServerReflection,
    ];
    let schema = Schema::collect(&services).expect("it is an API");
    let set = scratch("standard_services.binpb");
    fs::write(&set, schema.descriptor_set()).map_err(|error| error.to_string())?;
    let mut command = python("standard_services.py")?;
    let packages = [
        "grpc.channelz.v1",
        "grpc.health.v1",
        "grpc.reflection.v1alpha",
        "grpc.reflection.v1",
    ];
    check_scenarios(command.arg("compare").arg(set), &packages)
}
