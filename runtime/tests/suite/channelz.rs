//! The registry, and `grpc.channelz.v1.Channelz`: what is counted, and for whom.

use std::time::Duration;

use expect_test::{Expect, expect};
use futures_util::TryStreamExt;
use traitwire::registry::{Address, Calls, Page, Registry, SocketEntry};
use traitwire::services::channelz::{
    AddressKind, Channelz, ChannelzClient, GetChannelRequest, GetServerRequest,
    GetServerSocketsRequest, GetServersRequest, GetSocketRequest, GetSubchannelRequest,
    GetTopChannelsRequest, State,
};
use traitwire::{Channel, Code, Context, RunningServer, Streaming};

use super::{OURS, server};
use crate::calculator::{CalculatorClient, CalculatorServer, Gone, abacus, number};

/// A server and a channel to it, in a registry of their own.
async fn started(registry: &Registry) -> (RunningServer, CalculatorClient, Gone) {
    let (service, gone) = abacus();
    let server = server()
        .registry(registry)
        .add(CalculatorServer::new(service));
    let running = server.start("127.0.0.1:0").await.unwrap();
    let channel = Channel::builder().registry(registry);
    let channel = channel.connect(running.local_addr()).await.unwrap();
    (running, CalculatorClient::new(channel), gone)
}

/// All that is counted in a registry with a server, a channel and a connection.
fn counted(registry: &Registry) -> String {
    let calls = |calls: &Calls| {
        let Calls {
            started,
            succeeded,
            failed,
            ..
        } = calls;
        assert_eq!(calls.last_started.is_some(), *started > 0);
        format!("{started} calls, {succeeded} OK, {failed} not\n")
    };
    let socket = |id: i64| {
        let socket = registry.socket(id).unwrap();
        let SocketEntry {
            streams_started,
            streams_succeeded,
            streams_failed,
            messages_sent,
            messages_received,
            ..
        } = &socket;
        assert_eq!(socket.last_message_sent.is_some(), *messages_sent > 0);
        assert_eq!(
            socket.last_message_received.is_some(),
            *messages_received > 0
        );
        format!(
            "    {streams_started} streams, {streams_succeeded} ended, {streams_failed} cut off; \
             {messages_sent} messages sent, {messages_received} received\n"
        )
    };
    let mut report = String::new();
    for server in registry.servers(0, 10).items {
        report += &format!("server: {}", calls(&server.calls));
        for id in registry.server_sockets(server.id, 0, 10).unwrap().items {
            report += &socket(id);
        }
    }
    for channel in registry.channels(0, 10).items {
        report += &format!("channel, {}: {}", channel.state, calls(&channel.calls));
        for id in channel.subchannels {
            let subchannel = registry.subchannel(id).unwrap();
            report += &format!("  subchannel: {}", calls(&subchannel.calls));
            for id in subchannel.sockets {
                report += &socket(id);
            }
        }
    }
    report
}

#[track_caller]
fn check(registry: &Registry, expect: Expect) {
    expect.assert_eq(&counted(registry));
}

#[tokio::test]
async fn calls_and_their_messages_are_counted_on_both_sides() {
    let registry = Registry::new();
    let (_running, client, _) = started(&registry).await;
    check(
        &registry,
        expect![[r#"
        server: 0 calls, 0 OK, 0 not
            0 streams, 0 ended, 0 cut off; 0 messages sent, 0 received
        channel, READY: 0 calls, 0 OK, 0 not
          subchannel: 0 calls, 0 OK, 0 not
            0 streams, 0 ended, 0 cut off; 0 messages sent, 0 received
    "#]],
    );

    client.increment(number(1)).await.unwrap();
    client.increment(number(-1)).await.unwrap_err();
    client.newer().await.unwrap_err();
    check(
        &registry,
        expect![[r#"
        server: 3 calls, 1 OK, 2 not
            3 streams, 3 ended, 0 cut off; 1 messages sent, 3 received
        channel, READY: 3 calls, 1 OK, 2 not
          subchannel: 3 calls, 1 OK, 2 not
            3 streams, 3 ended, 0 cut off; 3 messages sent, 1 received
    "#]],
    );

    let numbers: Vec<_> = client
        .count(number(5))
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(numbers.len(), 5);
    let numbers = futures_util::stream::iter((0..7).map(number));
    client.sum(numbers).await.unwrap();
    let numbers = Streaming::from_iter((0..3).map(number));
    let sums = client.running_sum(numbers).await.unwrap();
    let sums: Vec<_> = sums.try_collect().await.unwrap();
    assert_eq!(sums.len(), 3);
    // With a context, and without an answer.
    client.tell(number(1), Context::new()).await.unwrap();
    client.tell(number(-1), Context::new()).await.unwrap_err();
    client.fail(number(3)).await.unwrap_err();
    check(
        &registry,
        expect![[r#"
        server: 9 calls, 5 OK, 4 not
            9 streams, 9 ended, 0 cut off; 11 messages sent, 17 received
        channel, READY: 9 calls, 5 OK, 4 not
          subchannel: 9 calls, 5 OK, 4 not
            9 streams, 9 ended, 0 cut off; 17 messages sent, 11 received
    "#]],
    );
}

#[tokio::test]
async fn calls_that_are_cut_off_are_counted_as_that() {
    let registry = Registry::new();
    let (running, client, mut gone) = started(&registry).await;
    let call = tokio::spawn(client.hang(Context::new()).send());
    // It has come when a later one is answered.
    tokio::task::yield_now().await;
    client.increment(number(1)).await.unwrap();
    call.abort();
    gone.recv().await.unwrap();
    check(
        &registry,
        expect![[r#"
        server: 2 calls, 1 OK, 1 not
            2 streams, 1 ended, 1 cut off; 1 messages sent, 2 received
        channel, READY: 2 calls, 1 OK, 1 not
          subchannel: 2 calls, 1 OK, 1 not
            2 streams, 1 ended, 1 cut off; 2 messages sent, 1 received
    "#]],
    );

    // What is open when a connection goes is not forgotten.
    let call = tokio::spawn(client.hang(Context::new()).send());
    tokio::task::yield_now().await;
    client.increment(number(1)).await.unwrap();
    running.abort();
    call.await.unwrap().unwrap_err();
    let channel = registry.channels(0, 1).items.remove(0);
    let subchannel = registry.subchannel(channel.subchannels[0]).unwrap();
    assert_eq!((channel.calls.succeeded, channel.calls.failed), (2, 2));
    assert_eq!(
        (subchannel.calls.succeeded, subchannel.calls.failed),
        (2, 2)
    );
}

#[tokio::test]
async fn calls_through_layers_are_counted_too() {
    let registry = Registry::new();
    let server = server()
        .channelz_with(&registry)
        .add(CalculatorServer::new(abacus().0))
        .layer(tower_http::cors::CorsLayer::permissive());
    let running = server.start("127.0.0.1:0").await.unwrap();
    let client = CalculatorClient::connect(running.local_addr())
        .await
        .unwrap();
    client.increment(number(1)).await.unwrap();
    client.increment(number(-1)).await.unwrap_err();
    let sums = client
        .running_sum(Streaming::from_iter((0..3).map(number)))
        .await
        .unwrap();
    let sums: Vec<_> = sums.try_collect().await.unwrap();
    assert_eq!(sums.len(), 3);
    check(
        &registry,
        expect![[r#"
        server: 3 calls, 2 OK, 1 not
            3 streams, 3 ended, 0 cut off; 4 messages sent, 5 received
    "#]],
    );
}

#[tokio::test]
async fn what_has_ended_is_gone_but_for_its_calls() {
    let registry = Registry::new();
    let (running, client, _) = started(&registry).await;
    client.increment(number(1)).await.unwrap();
    let server = registry.servers(0, 1).items.remove(0);
    let connection = registry.server_sockets(server.id, 0, 1).unwrap().items[0];
    drop(client);
    assert!(registry.channels(0, 1).items.is_empty());
    // Its connection ends in a task.
    while !registry
        .server_sockets(server.id, 0, 1)
        .unwrap()
        .items
        .is_empty()
    {
        tokio::task::yield_now().await;
    }
    assert!(registry.socket(connection).is_none());
    check(
        &registry,
        expect![[r#"
        server: 1 calls, 1 OK, 0 not
    "#]],
    );
    running.shutdown();
    running.wait().await;
    while registry.server(server.id).is_some() {
        tokio::task::yield_now().await;
    }
    let (listener, _) = server.listeners[0];
    assert!(registry.socket(listener).is_none());
}

#[tokio::test]
async fn a_channel_is_there_before_it_connects() {
    let registry = Registry::new();
    let channel = Channel::builder()
        .registry(&registry)
        .lazy("127.0.0.1:1")
        .unwrap();
    check(
        &registry,
        expect![[r#"
        channel, IDLE: 0 calls, 0 OK, 0 not
          subchannel: 0 calls, 0 OK, 0 not
    "#]],
    );
    let client = CalculatorClient::new(channel);
    let status = client.increment(number(1)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    check(
        &registry,
        expect![[r#"
        channel, TRANSIENT_FAILURE: 1 calls, 0 OK, 1 not
          subchannel: 0 calls, 0 OK, 0 not
    "#]],
    );
}

#[tokio::test]
async fn sockets_have_addresses_and_windows() {
    let registry = Registry::new();
    let (running, client, _) = started(&registry).await;
    client.increment(number(1)).await.unwrap();
    let server = registry.servers(0, 1).items.remove(0);
    let Address::Tcp(listens) = server.listeners[0].1 else {
        panic!("{server:?}");
    };
    assert_eq!(listens, running.local_addr());
    assert_eq!(
        registry.socket(server.listeners[0].0).unwrap().local,
        Some(Address::Tcp(listens))
    );

    let sockets = registry.server_sockets(server.id, 0, 1).unwrap();
    let theirs = registry.socket(sockets.items[0]).unwrap();
    let channel = registry.channels(0, 1).items.remove(0);
    let subchannel = registry.subchannel(channel.subchannels[0]).unwrap();
    assert_eq!(channel.target, format!("http://{listens}"));
    assert_eq!(subchannel.max_connections, 8);
    let ours = registry.socket(subchannel.sockets[0]).unwrap();
    assert_eq!(ours.remote, Some(Address::Tcp(listens)));
    assert_eq!((&ours.remote, &ours.local), (&theirs.local, &theirs.remote));
    assert!(
        ours.last_local_stream_created.is_some() && theirs.last_remote_stream_created.is_some()
    );
    assert!(
        ours.last_remote_stream_created.is_none() && theirs.last_local_stream_created.is_none()
    );
    assert_eq!(ours.peer_max_concurrent_streams, Some(256));
    assert!(ours.local_flow_control_window.unwrap() > 60_000, "{ours:?}");
    assert!(
        ours.remote_flow_control_window.unwrap() > 60_000,
        "{ours:?}"
    );
    assert_eq!(theirs.local_flow_control_window.is_some(), OURS);
}

#[tokio::test]
async fn unix_sockets_and_connections_in_memory_have_addresses_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("calculator.sock");
    let registry = Registry::new();
    let start = || {
        server()
            .registry(&registry)
            .add(CalculatorServer::new(abacus().0))
    };
    let target = format!("unix:{}", path.display());
    let _running = start().start(target.as_str()).await.unwrap();
    let (connector, listener) = traitwire::memory();
    let _other = start().start(listener).await.unwrap();
    let channel = || Channel::builder().registry(&registry);
    let _unix = channel().connect(target.as_str()).await.unwrap();
    let _memory = channel().connect(connector).await.unwrap();
    let mut report = String::new();
    let text = |address: Option<Address>| {
        let text = address.map_or("nobody knows".to_owned(), |address| address.to_string());
        text.replace(path.to_str().unwrap(), "PATH")
    };
    for server in registry.servers(0, 2).items {
        report += &format!("{}:", text(Some(server.listeners[0].1.clone())));
        for id in registry.server_sockets(server.id, 0, 1).unwrap().items {
            let SocketEntry { local, remote, .. } = registry.socket(id).unwrap();
            report += &format!(" {} from {}\n", text(local), text(remote));
        }
    }
    for channel in registry.channels(0, 2).items {
        let subchannel = registry.subchannel(channel.subchannels[0]).unwrap();
        let SocketEntry { local, remote, .. } = registry.socket(subchannel.sockets[0]).unwrap();
        report += &format!("{} to {}\n", text(local), text(remote));
    }
    expect![[r#"
        unix:PATH: unix:PATH from unix
        in-process: in-process from in-process
        nobody knows to unix:PATH
        in-process to in-process
    "#]]
    .assert_eq(&report);
}

#[tokio::test(start_paused = true)]
async fn signs_of_life_are_counted() {
    let second = Duration::from_secs(1);
    let registry = Registry::new();
    let start = async |asks: Duration| {
        let server = server()
            .registry(&registry)
            .keep_alive(asks, second)
            .min_ping_interval(Duration::ZERO, true)
            .add(CalculatorServer::new(abacus().0));
        let (connector, listener) = traitwire::memory();
        (server.start(listener).await.unwrap(), connector)
    };
    let (_running, connector) = start(second).await;
    let _channel = Channel::connect(connector).await.unwrap();
    tokio::time::sleep(second * 7 / 2).await;
    let server = registry.servers(0, 1).items.remove(0);
    let id = registry.server_sockets(server.id, 0, 1).unwrap().items[0];
    let sent = registry.socket(id).unwrap().keep_alives_sent;
    // hyper tells nobody.
    assert_eq!(sent, if OURS { 3 } else { 0 });

    let (_running, connector) = start(second * 1000).await;
    let builder = Channel::builder()
        .registry(&registry)
        .keep_alive(second * 10, second)
        .keep_alive_without_calls(true);
    let _channel = builder.connect(connector).await.unwrap();
    tokio::time::sleep(second * 35).await;
    let channel = registry.channels(0, 1).items.remove(0);
    let subchannel = registry.subchannel(channel.subchannels[0]).unwrap();
    let socket = registry.socket(subchannel.sockets[0]).unwrap();
    assert_eq!(socket.keep_alives_sent, 3);
}

#[tokio::test]
async fn who_is_in_no_registry_is_in_none() {
    let registry = Registry::new();
    let server = server()
        .add(CalculatorServer::new(abacus().0))
        .channelz_with(&registry);
    let running = server.start("127.0.0.1:0").await.unwrap();
    let other = super::server().start("127.0.0.1:0").await.unwrap();
    let client = CalculatorClient::connect(running.local_addr())
        .await
        .unwrap();
    client.increment(number(1)).await.unwrap();
    assert_eq!(registry.servers(0, 10).items.len(), 1);
    assert_eq!(registry.channels(0, 10).items.len(), 0);
    assert_ne!(other.local_addr(), running.local_addr());
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let registry = Registry::new();
    let channels: Vec<_> = (1..=250)
        .map(|port| {
            let builder = Channel::builder().registry(&registry);
            builder.lazy(format!("127.0.0.1:{port}")).unwrap()
        })
        .collect();
    let client = ChannelzClient::local(registry.clone());
    let mut start_channel_id = 0;
    let mut pages = Vec::new();
    loop {
        let request = GetTopChannelsRequest {
            start_channel_id,
            max_results: 0,
        };
        let page = client.get_top_channels(request).await.unwrap();
        let ids = page
            .channel
            .iter()
            .map(|channel| channel.r#ref.as_ref().unwrap().channel_id);
        let ids: Vec<_> = ids.collect();
        assert!(ids.is_sorted());
        pages.push((ids.len(), page.end));
        if page.end {
            break;
        }
        start_channel_id = ids.last().unwrap() + 1;
    }
    assert_eq!(pages, [(100, false), (100, false), (50, true)]);
    let page = registry.channels(0, 250);
    assert!(page.end && page.items.len() == channels.len());
    let Page { items, end } = registry.channels(i64::MAX, 1);
    assert!(end && items.is_empty());

    let request = GetTopChannelsRequest {
        start_channel_id: 0,
        max_results: -1,
    };
    let status = client.get_top_channels(request).await.unwrap_err();
    assert_eq!(
        status.to_string(),
        "INVALID_ARGUMENT: max_results is -1: there are no fewer than none"
    );
}

#[tokio::test]
async fn the_service_tells_of_the_registry() {
    let registry = Registry::new();
    let (_running, calculator, _) = started(&registry).await;
    calculator.increment(number(1)).await.unwrap();
    let (connector, listener) = traitwire::memory();
    let _admin = server()
        .channelz_with(&registry)
        .start(listener)
        .await
        .unwrap();
    let client = ChannelzClient::connect(connector).await.unwrap();

    let servers = client
        .get_servers(GetServersRequest::default())
        .await
        .unwrap();
    assert!(servers.end);
    let [first, admin] = &servers.server[..] else {
        panic!("{servers:?}");
    };
    let data = first.data.as_ref().unwrap();
    assert_eq!(
        (data.calls_started, data.calls_succeeded, data.calls_failed),
        (1, 1, 0)
    );
    // The call that asks.
    let data = admin.data.as_ref().unwrap();
    assert_eq!(
        (data.calls_started, data.calls_succeeded, data.calls_failed),
        (1, 0, 0)
    );
    let server_id = first.r#ref.as_ref().unwrap().server_id;
    let again = client
        .get_server(GetServerRequest { server_id })
        .await
        .unwrap();
    assert_eq!(again.server.as_ref(), Some(first));

    let request = GetServerSocketsRequest {
        server_id,
        ..GetServerSocketsRequest::default()
    };
    let sockets = client.get_server_sockets(request).await.unwrap();
    let socket_id = sockets.socket_ref[0].socket_id;
    let request = |socket_id| GetSocketRequest {
        socket_id,
        summary: false,
    };
    let socket = client
        .get_socket(request(socket_id))
        .await
        .unwrap()
        .socket
        .unwrap();
    let data = socket.data.unwrap();
    assert_eq!((data.messages_sent, data.messages_received), (1, 1));
    let Some(AddressKind::TcpipAddress(local)) = socket.local.unwrap().address else {
        panic!("it is a TCP socket");
    };
    assert_eq!(local.ip_address[..], [127, 0, 0, 1]);
    assert_eq!(
        first.listen_socket[0].name,
        format!("127.0.0.1:{}", local.port)
    );
    let listener = client
        .get_socket(request(first.listen_socket[0].socket_id))
        .await
        .unwrap();
    assert!(listener.socket.unwrap().remote.is_none());

    let channels = client
        .get_top_channels(GetTopChannelsRequest::default())
        .await
        .unwrap();
    let channel = &channels.channel[0];
    let data = channel.data.as_ref().unwrap();
    assert_eq!(
        (data.calls_started, data.calls_succeeded, data.calls_failed),
        (1, 1, 0)
    );
    assert_eq!(data.state.as_ref().unwrap().state, State::Ready);
    assert!(data.trace.as_ref().unwrap().creation_timestamp.is_some());
    let channel_id = channel.r#ref.as_ref().unwrap().channel_id;
    let again = client
        .get_channel(GetChannelRequest { channel_id })
        .await
        .unwrap();
    assert_eq!(again.channel.as_ref(), Some(channel));
    let subchannel_id = channel.subchannel_ref[0].subchannel_id;
    let request = GetSubchannelRequest { subchannel_id };
    let subchannel = client
        .get_subchannel(request)
        .await
        .unwrap()
        .subchannel
        .unwrap();
    assert_eq!(subchannel.data.unwrap().calls_succeeded, 1);
    assert_eq!(subchannel.socket_ref.len(), 1);

    // A number is that of one thing only.
    let wrong = channel_id;
    let statuses = [
        client
            .get_server(GetServerRequest { server_id: wrong })
            .await
            .unwrap_err(),
        client
            .get_channel(GetChannelRequest {
                channel_id: subchannel_id,
            })
            .await
            .unwrap_err(),
        client
            .get_subchannel(GetSubchannelRequest {
                subchannel_id: wrong,
            })
            .await
            .unwrap_err(),
        client
            .get_socket(GetSocketRequest {
                socket_id: wrong,
                summary: true,
            })
            .await
            .unwrap_err(),
        client
            .get_server_sockets(GetServerSocketsRequest {
                server_id: wrong,
                ..GetServerSocketsRequest::default()
            })
            .await
            .unwrap_err(),
    ];
    let statuses = statuses.iter().map(|status| {
        let status = status.to_string();
        status.trim_end_matches(char::is_numeric).to_owned() + "\n"
    });
    expect![[r#"
        NOT_FOUND: there is no server 
        NOT_FOUND: there is no channel 
        NOT_FOUND: there is no subchannel 
        NOT_FOUND: there is no socket 
        NOT_FOUND: there is no server 
    "#]]
    .assert_eq(&statuses.collect::<String>());
}

#[tokio::test]
async fn the_process_has_one() {
    let running = server().channelz().start("127.0.0.1:0").await.unwrap();
    let client = ChannelzClient::connect(running.local_addr()).await.unwrap();
    let servers = client
        .get_servers(GetServersRequest::default())
        .await
        .unwrap()
        .server;
    let names = servers.iter().flat_map(|server| &server.listen_socket);
    let address = running.local_addr().to_string();
    assert!(names.clone().any(|socket| socket.name == address));
    let local = Channelz::get_servers(&Registry::process(), GetServersRequest::default()).await;
    assert!(!local.unwrap().server.is_empty());
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn a_socket_says_how_it_is_protected() {
    use crate::authority::Authority;

    let (authority, clients) = (Authority::new("root"), Authority::new("clients"));
    let registry = Registry::new();
    let tls = authority.server("guide.example").server_tls();
    let server = server()
        .registry(&registry)
        .tls(tls.require_client_certificates(clients.roots()))
        .add(CalculatorServer::new(abacus().0));
    let running = server.start("127.0.0.1:0").await.unwrap();
    let client = clients.client("spiffe://guide.example/billing");
    let tls = client.client_tls(authority.roots());
    let channel = Channel::builder().tls(tls.server_name("guide.example"));
    let channel = channel.connect(running.local_addr()).await.unwrap();
    let client = CalculatorClient::new(channel);
    client.increment(number(1)).await.unwrap();

    let server = registry.servers(0, 1).items.remove(0);
    let id = registry.server_sockets(server.id, 0, 1).unwrap().items[0];
    let security = registry.socket(id).unwrap().security.unwrap();
    assert_eq!(security.cipher_suite, "TLS_AES_256_GCM_SHA384");
    // A certificate as DER is a sequence.
    assert_eq!(security.remote_certificate.unwrap()[0], 0x30);
}
