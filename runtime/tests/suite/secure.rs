//! TLS and mTLS of our own: the feature `tls`.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{self, Poll};
use std::time::Duration;

use expect_test::{Expect, expect};
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use rcgen::{DnType, date_time_ymd};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use traitwire::rustls::crypto::{CryptoProvider, ring};
use traitwire::rustls::pki_types::pem::PemObject;
use traitwire::rustls::pki_types::{CertificateDer, ServerName};
use traitwire::rustls::server::WebPkiClientVerifier;
use traitwire::rustls::version::{TLS12, TLS13};
use traitwire::rustls::{
    self, ClientConfig, ClientConnection, HandshakeKind, RootCertStore, ServerConfig,
    SupportedProtocolVersion,
};
use traitwire::{
    Channel, ClientTls, Code, Connections, Connector, Context, Peer, RequestBody, RunningServer,
    ServerTls, Status, Streaming, TlsInfo, TlsRoots,
};

use super::server;
use crate::authority::{Authority, Issued, dns};
use crate::calculator::{CalculatorClient, CalculatorServer, abacus, number};
use crate::mirror::{Text, Who, WhoClient, WhoServer};

/// Says who the caller has proved to be.
struct Notary;

impl Who for Notary {
    async fn who(&self, cx: Context) -> Result<Text, Status> {
        let peer = match cx.peer() {
            Some(Peer::Tcp(address)) => format!("tcp {}", address.ip()),
            Some(peer) => peer.to_string(),
            None => "nobody".to_owned(),
        };
        let Some(tls) = cx.tls() else {
            return Ok(Text { text: peer });
        };
        let identity = cx.peer_identity();
        Ok(Text {
            text: format!(
                "{peer}, {} {} to {}, {:?}, {:?}, {} certificates",
                tls.version(),
                tls.cipher_suite(),
                tls.server_name().unwrap_or("nobody"),
                identity.and_then(|identity| identity.spiffe_id()),
                identity.and_then(|identity| identity.common_name()),
                identity.map_or(0, |identity| identity.certificates().len()),
            ),
        })
    }

    async fn echo(&self, text: Text) -> Result<Text, Status> {
        Ok(text)
    }
}

async fn start(tls: ServerTls) -> RunningServer {
    let server = server()
        .tls(tls)
        .add(CalculatorServer::new(abacus().0))
        .add(WhoServer::new(Notary));
    server.start("127.0.0.1:0").await.unwrap()
}

fn channel(address: SocketAddr, tls: ClientTls) -> Channel {
    let tls = tls.server_name("guide.example");
    Channel::builder().tls(tls).lazy(address).unwrap()
}

async fn who(channel: Channel) -> String {
    match WhoClient::new(channel).who(Context::new()).await {
        Ok(who) => who.text,
        // Ports change.
        Err(status) => match status.message().split_once("127.0.0.1:") {
            None => status.to_string(),
            Some((before, after)) => format!(
                "{}: {before}{}",
                status.code().name(),
                after.trim_start_matches(|c: char| c.is_ascii_digit())
            ),
        },
    }
}

/// What a client is told by a server of this kind.
async fn check(server: ServerTls, client: ClientTls, expect: Expect) {
    let running = start(server).await;
    let told = who(channel(running.local_addr(), client)).await;
    expect.assert_eq(&told);
    running.shutdown();
    running.wait().await;
}

fn trusting(authority: &Authority) -> ClientTls {
    ClientTls::new().roots(authority.roots())
}

/// A configuration of rustls, before its ALPN.
fn client_config(authority: &Authority) -> ClientConfig {
    client_config_of(authority, rustls::DEFAULT_VERSIONS, None)
}

fn client_config_of(
    authority: &Authority,
    versions: &[&'static SupportedProtocolVersion],
    issued: Option<&Issued>,
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap();
    roots.add(root).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots);
    match issued {
        None => config.with_no_client_auth(),
        Some(issued) => {
            let (chain, key) = issued.der();
            config.with_client_auth_cert(chain, key).unwrap()
        }
    }
}

fn server_config(issued: &Issued, versions: &[&'static SupportedProtocolVersion]) -> ServerConfig {
    let (chain, key) = issued.der();
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap()
}

/// A connection with these protocols to choose from, by rustls alone.
async fn dial(
    address: SocketAddr,
    authority: &Authority,
    alpn: &[&str],
) -> io::Result<TlsStream<TcpStream>> {
    let mut config = client_config(authority);
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    let tcp = TcpStream::connect(address).await?;
    let name = ServerName::try_from("guide.example").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, tcp)
        .await
}

#[tokio::test]
async fn calls_of_all_kinds_go_over_tls() {
    let authority = Authority::new("root");
    let running = start(authority.server("guide.example").server_tls()).await;
    let calculator = CalculatorClient::new(channel(running.local_addr(), trusting(&authority)));
    assert_eq!(calculator.increment(number(1)).await.unwrap(), number(2));
    let mut numbers = calculator.count(number(1000)).await.unwrap();
    for n in 0..1000 {
        assert_eq!(numbers.message().await.unwrap(), Some(number(n)));
    }
    assert_eq!(numbers.message().await.unwrap(), None);
    let numbers = Streaming::from_iter((0..1000).map(number));
    assert_eq!(calculator.sum(numbers).await.unwrap(), number(499_500));
    let (sender, numbers) = Streaming::channel(1);
    let mut sums = calculator.running_sum(numbers).await.unwrap();
    for n in 1..100 {
        sender.send(number(1)).await.unwrap();
        assert_eq!(sums.message().await.unwrap(), Some(number(n)));
    }
    drop(sender);
    assert_eq!(sums.message().await.unwrap(), None);

    let who = WhoClient::new(channel(running.local_addr(), trusting(&authority)));
    let long = Text {
        text: "x".repeat(1024 * 1024),
    };
    let calls = (0..4).map(|_| async { assert!(who.echo(long.clone()).await.unwrap() == long) });
    join_all(calls).await;
    running.shutdown();
    running.wait().await;
}

#[tokio::test]
async fn a_handler_learns_who_the_client_has_proved_to_be() {
    let (authority, clients) = (Authority::new("root"), Authority::new("clients"));
    let tls = || authority.server("guide.example").server_tls();
    check(
        tls(),
        trusting(&authority),
        expect!["tcp 127.0.0.1, TLSv1.3 TLS13_AES_256_GCM_SHA384 to guide.example, None, None, 0 certificates"],
    )
    .await;
    let billing = clients.client("spiffe://guide.example/billing");
    check(
        tls().require_client_certificates(clients.roots()),
        billing.client_tls(authority.roots()),
        expect![[r#"tcp 127.0.0.1, TLSv1.3 TLS13_AES_256_GCM_SHA384 to guide.example, Some("spiffe://guide.example/billing"), Some("somebody"), 1 certificates"#]],
    )
    .await;
    // A server that doesn't ask learns nothing.
    check(
        tls(),
        billing.client_tls(authority.roots()),
        expect!["tcp 127.0.0.1, TLSv1.3 TLS13_AES_256_GCM_SHA384 to guide.example, None, None, 0 certificates"],
    )
    .await;
}

#[tokio::test]
async fn client_certificates_may_be_asked_for_and_not_needed() {
    let (authority, clients) = (Authority::new("root"), Authority::new("clients"));
    let tls = || {
        let tls = authority.server("guide.example").server_tls();
        tls.accept_client_certificates(clients.roots())
    };
    check(
        tls(),
        trusting(&authority),
        expect!["tcp 127.0.0.1, TLSv1.3 TLS13_AES_256_GCM_SHA384 to guide.example, None, None, 0 certificates"],
    )
    .await;
    let billing = clients.client("spiffe://guide.example/billing");
    check(
        tls(),
        billing.client_tls(authority.roots()),
        expect![[r#"tcp 127.0.0.1, TLSv1.3 TLS13_AES_256_GCM_SHA384 to guide.example, Some("spiffe://guide.example/billing"), Some("somebody"), 1 certificates"#]],
    )
    .await;
    let stranger = authority.client("spiffe://guide.example/billing");
    check(
        tls(),
        stranger.client_tls(authority.roots()),
        expect!["UNAVAILABLE: can't connect to https://: the server doesn't take the client certificate: UnknownCA"],
    )
    .await;
}

#[tokio::test]
async fn why_there_is_no_tls_is_said() {
    let (authority, other) = (Authority::new("root"), Authority::new("other"));
    let tls = || authority.server("guide.example").server_tls();
    check(
        tls(),
        trusting(&other),
        expect!["UNAVAILABLE: can't connect to https://: nobody we trust has issued the server's certificate; `ClientTls::roots` says whom to trust"],
    )
    .await;
    check(
        authority
            .issue(|params| {
                params.subject_alt_names = vec![dns("a.example"), dns("*.b.example")];
            })
            .server_tls(),
        trusting(&authority),
        expect!["UNAVAILABLE: can't connect to https://: the server's certificate is for a.example, *.b.example, not for guide.example"],
    )
    .await;
    check(
        authority
            .issue(|params| {
                params.subject_alt_names = vec![dns("guide.example")];
                params.not_after = date_time_ymd(2020, 1, 1);
            })
            .server_tls(),
        trusting(&authority),
        expect!["UNAVAILABLE: can't connect to https://: the server's certificate has expired"],
    )
    .await;
    check(
        authority
            .issue(|params| {
                params.subject_alt_names = vec![dns("guide.example")];
                params.not_before = date_time_ymd(4000, 1, 1);
            })
            .server_tls(),
        trusting(&authority),
        expect![
            "UNAVAILABLE: can't connect to https://: the server's certificate is not valid yet"
        ],
    )
    .await;
    check(
        authority
            .issue(|params| {
                params.subject_alt_names = vec![dns("guide.example")];
                params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
            })
            .server_tls(),
        trusting(&authority),
        expect!["UNAVAILABLE: can't connect to https://: the server's certificate is not valid: certificate does not allow extended key usage for server authentication, allows client authentication"],
    )
    .await;
    // ALPN: what the server chooses, or doesn't.
    let issued = authority.server("guide.example");
    let mut config = server_config(&issued, rustls::DEFAULT_VERSIONS);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    check(
        ServerTls::from_config(Arc::new(config)),
        trusting(&authority),
        expect!["UNAVAILABLE: can't connect to https://: the server speaks no HTTP/2 over TLS: it doesn't agree on `h2` (ALPN)"],
    )
    .await;
    let mut config = client_config(&authority);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    check(
        tls(),
        ClientTls::from_config(Arc::new(config)),
        expect!["UNAVAILABLE: can't connect to https://: the server speaks no HTTP/2 over TLS: it doesn't agree on `h2` (ALPN)"],
    )
    .await;
    // Versions.
    let config = client_config_of(&authority, &[&TLS12], None);
    let tls13 = server_config(&issued, &[&TLS13]);
    check(
        ServerTls::from_config(Arc::new(tls13)),
        ClientTls::from_config(Arc::new(config)),
        expect!["UNAVAILABLE: can't connect to https://: the server speaks neither TLS 1.2 nor 1.3, or not the one we do"],
    )
    .await;
}

#[tokio::test]
async fn a_client_certificate_that_is_missing_or_wrong_is_named() {
    let (authority, clients) = (Authority::new("root"), Authority::new("clients"));
    let tls = || {
        let tls = authority.server("guide.example").server_tls();
        tls.require_client_certificates(clients.roots())
    };
    check(tls(), trusting(&authority), expect!["UNAVAILABLE: can't connect to https://: the server wants a client certificate; `ClientTls::certificate_files` shows one"]).await;
    let expired = clients.issue(|params| params.not_after = date_time_ymd(2020, 1, 1));
    check(
        tls(),
        expired.client_tls(authority.roots()),
        expect!["UNAVAILABLE: can't connect to https://: the server doesn't take the client certificate: CertificateExpired"],
    )
    .await;
    let for_servers = clients.issue(|params| {
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    });
    check(
        tls(),
        for_servers.client_tls(authority.roots()),
        expect!["UNAVAILABLE: can't connect to https://: the server doesn't take the client certificate: UnsupportedCertificate"],
    )
    .await;
}

/// In TLS 1.2, the server's word on a client's certificate is a part of the handshake.
#[tokio::test]
async fn tls_1_2_is_spoken_too() {
    let (authority, clients) = (Authority::new("root"), Authority::new("clients"));
    let running = start(
        authority
            .server("guide.example")
            .server_tls()
            .require_client_certificates(clients.roots()),
    )
    .await;
    let client = |issued| {
        let config = client_config_of(&authority, &[&TLS12], issued);
        let tls = ClientTls::from_config(Arc::new(config));
        channel(running.local_addr(), tls)
    };
    let billing = clients.client("spiffe://guide.example/billing");
    expect![[r#"tcp 127.0.0.1, TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 to guide.example, Some("spiffe://guide.example/billing"), Some("somebody"), 1 certificates"#]]
    .assert_eq(&who(client(Some(&billing))).await);
    expect!["UNAVAILABLE: can't connect to https://: the server wants a client certificate; `ClientTls::certificate_files` shows one"]
        .assert_eq(&who(client(None)).await);
}

/// A session that goes on has no new proof.
#[tokio::test]
async fn who_a_client_has_proved_to_be_is_known_when_it_comes_again() {
    let (authority, clients) = (Authority::new("root"), Authority::new("clients"));
    let tls = authority.server("guide.example").server_tls();
    let running = start(tls.require_client_certificates(clients.roots())).await;
    let billing = clients.client("spiffe://guide.example/billing");
    let mut config = client_config_of(&authority, rustls::DEFAULT_VERSIONS, Some(&billing));
    config.alpn_protocols = vec![b"h2".to_vec()];
    let connector = TlsConnector::from(Arc::new(config));
    for expected in [HandshakeKind::Full, HandshakeKind::Resumed] {
        let tcp = TcpStream::connect(running.local_addr()).await.unwrap();
        let name = ServerName::try_from("guide.example").unwrap();
        let tls = connector.connect(name, tcp).await.unwrap();
        assert_eq!(tls.get_ref().1.handshake_kind(), Some(expected));
        let tls = Mutex::new(Some(tls));
        let brought = Connector::new("https://guide.example", move || {
            let tls = tls.lock().unwrap().take();
            async { tls.ok_or_else(|| io::Error::other("there was one only")) }
        });
        let told = who(Channel::lazy(brought).unwrap()).await;
        assert!(told.contains("spiffe://guide.example/billing"), "{told}");
    }
}

#[tokio::test]
async fn a_layer_learns_who_the_client_has_proved_to_be() {
    let (authority, clients) = (Authority::new("root"), Authority::new("clients"));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let note = move |request: http::Request<RequestBody>| {
        let tls = request.extensions().get::<TlsInfo>().unwrap();
        let id = tls.peer_identity().unwrap().spiffe_id();
        log.lock().unwrap().push(id.unwrap().to_owned());
        request
    };
    let tls = authority.server("guide.example").server_tls();
    let running = server()
        .tls(tls.require_client_certificates(clients.roots()))
        .add(WhoServer::new(Notary))
        .layer(tower::util::MapRequestLayer::new(note))
        .start("127.0.0.1:0")
        .await
        .unwrap();
    let id = "spiffe://guide.example/billing";
    let billing = clients.client(id).client_tls(authority.roots());
    let told = who(channel(running.local_addr(), billing)).await;
    assert!(told.contains(id), "{told}");
    assert_eq!(*seen.lock().unwrap(), [id]);
}

#[tokio::test]
async fn tls_goes_over_every_kind_of_connection() {
    let authority = Authority::new("root");
    let issued = authority.server("guide.example");
    let start = || {
        server()
            .tls(issued.server_tls())
            .add(WhoServer::new(Notary))
    };
    let client = || {
        let tls = trusting(&authority).server_name("guide.example");
        Channel::builder().tls(tls)
    };
    let info = "TLSv1.3 TLS13_AES_256_GCM_SHA384 to guide.example, None, None, 0 certificates";

    let dir = tempfile::tempdir().unwrap();
    let path = format!("unix:{}", dir.path().join("who.sock").display());
    for start in [start(), start().per_core()] {
        let running = start.start(path.as_str()).await.unwrap();
        let told = who(client().connect(path.as_str()).await.unwrap()).await;
        assert_eq!(told, format!("unix, {info}"));
        running.shutdown();
        running.wait().await;
    }

    let running = start().per_core().start("127.0.0.1:0").await.unwrap();
    for _ in 0..8 {
        let told = who(client().connect(running.local_addr()).await.unwrap()).await;
        assert_eq!(told, format!("tcp 127.0.0.1, {info}"));
    }
    running.shutdown();
    running.wait().await;

    let (connector, listener) = traitwire::memory();
    let running = start().start(listener).await.unwrap();
    let told = who(client().connect(connector).await.unwrap()).await;
    assert_eq!(told, format!("in-process, {info}"));
    running.shutdown();
    running.wait().await;

    // Over what users bring on both sides, which carries no more than bytes.
    let (ours, theirs) = tokio::io::duplex(1000);
    let connections = stream::iter([Ok(theirs)]).chain(stream::pending());
    let running = start().start(Connections::new(connections)).await.unwrap();
    let ours = Mutex::new(Some(ours));
    let connector = Connector::new("https://guide.example", move || {
        let ours = ours.lock().unwrap().take();
        async { ours.ok_or_else(|| io::Error::other("there was one only")) }
    });
    let channel = Channel::builder().tls(trusting(&authority));
    let told = who(channel.connect(connector).await.unwrap()).await;
    assert_eq!(told, format!("other, {info}"));
    running.shutdown();
    running.wait().await;
}

#[tokio::test]
async fn https_targets_name_the_server() {
    let authority = Authority::new("root");
    let issued = authority.issue(|params| {
        params.subject_alt_names = vec![
            dns("localhost"),
            rcgen::SanType::IpAddress([127, 0, 0, 1].into()),
        ];
    });
    let running = start(issued.server_tls()).await;
    let port = running.local_addr().port();
    let client = || Channel::builder().tls(trusting(&authority));
    for (target, name) in [
        (format!("https://localhost:{port}"), "localhost"),
        (format!("dns:///localhost:{port}"), "localhost"),
        (format!("localhost:{port}"), "localhost"),
        (format!("https://127.0.0.1:{port}/"), "nobody"),
    ] {
        let told = who(client().connect(&target).await.unwrap()).await;
        assert!(told.contains(&format!("to {name},")), "{target}: {told}");
    }
    // The name of requests is the server's, unless there is one for TLS alone.
    let address = running.local_addr();
    let origin = || client().origin("https://localhost".parse().unwrap());
    let told = who(origin().connect(address).await.unwrap()).await;
    assert!(told.contains("to localhost,"), "{told}");
    let tls = trusting(&authority).server_name("another.example");
    let told = who(origin().tls(tls).lazy(address).unwrap()).await;
    assert!(
        told.ends_with("for localhost, 127.0.0.1, not for another.example"),
        "{told}"
    );

    let error = client()
        .connect(format!("http://localhost:{port}"))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "invalid target \"http://localhost:{port}\": the channel has TLS; write `https://`"
        )
    );
    let error = client()
        .connect("https://under!score.example")
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "no TLS: \"under!score.example\" is neither a DNS name nor an IP address, which TLS asks for"
    );
}

/// Requests say `https`, as the connection does.
#[tokio::test]
async fn requests_over_tls_are_https() {
    let authority = Authority::new("root");
    let issued = authority.server("guide.example");
    let mut config = server_config(&issued, rustls::DEFAULT_VERSIONS);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let channel = channel(listener.local_addr().unwrap(), trusting(&authority));
    let call = tokio::spawn(who(channel));
    let (tcp, _) = listener.accept().await.unwrap();
    let tls = acceptor.accept(tcp).await.unwrap();
    assert_eq!(tls.get_ref().1.server_name(), Some("guide.example"));
    let mut connection = h2::server::handshake(tls).await.unwrap();
    let (request, _respond) = connection.accept().await.unwrap().unwrap();
    assert_eq!(request.uri().scheme_str(), Some("https"));
    call.abort();
}

#[tokio::test]
async fn what_is_no_tls_is_named_on_both_sides() {
    let authority = Authority::new("root");
    // Plaintext to a port of TLS.
    let running = start(authority.server("guide.example").server_tls()).await;
    let plain = Channel::lazy(running.local_addr()).unwrap();
    assert_eq!(
        who(plain).await,
        "UNAVAILABLE: can't connect to http://: the server speaks TLS; call it as `https://`"
    );
    // TLS to a port of plaintext.
    let running = server().add(WhoServer::new(Notary));
    let running = running.start("127.0.0.1:0").await.unwrap();
    let no_tls =
        "UNAVAILABLE: can't connect to https://: the server doesn't speak TLS, or not here";
    let told = who(channel(running.local_addr(), trusting(&authority))).await;
    assert_eq!(told, no_tls);
    // Servers of other kinds: one that speaks first, and one that leaves.
    for (said, expected) in [
        (&b"\0\0\0\x04\0\0\0\0\0"[..], no_tls),
        (b"220 mail.example ESMTP\r\n", no_tls),
        (
            b"",
            "UNAVAILABLE: can't connect to https://: the server closed the connection in the TLS handshake: does it speak TLS?",
        ),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let call = tokio::spawn(who(channel(
            listener.local_addr().unwrap(),
            trusting(&authority),
        )));
        let (mut tcp, _) = listener.accept().await.unwrap();
        tcp.write_all(said).await.unwrap();
        tcp.shutdown().await.unwrap();
        assert_eq!(call.await.unwrap(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_a_handshake_is_given_up() {
    let authority = Authority::new("root");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let told = who(channel(
        listener.local_addr().unwrap(),
        trusting(&authority),
    ))
    .await;
    assert_eq!(
        told,
        "UNAVAILABLE: can't connect to https://: no answer within 20s"
    );
}

/// HTTP/1.1 is for those that agree on it, and for those that agree on nothing.
#[tokio::test]
async fn clients_are_held_to_the_protocol_they_agreed_on() {
    let authority = Authority::new("root");
    let running = start(authority.server("guide.example").server_tls()).await;
    let get = b"GET / HTTP/1.1\r\nhost: guide.example\r\nconnection: close\r\n\r\n";
    let hello = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    for (alpn, said, answer) in [
        (&["http/1.1"][..], &get[..], "HTTP/1.1"),
        (&[], get, "HTTP/1.1"),
        (&["http/1.1", "h2"], hello, "SETTINGS"),
        (&["h2"], get, "nothing"),
        (&["http/1.1"], hello, "nothing"),
        (&[], hello, "nothing"),
    ] {
        let mut tls = dial(running.local_addr(), &authority, alpn).await.unwrap();
        tls.write_all(said).await.unwrap();
        let mut first = [0; 8];
        let read = tls.read(&mut first).await.unwrap();
        let answered = match &first[..read] {
            b"HTTP/1.1" => "HTTP/1.1",
            b"" => "nothing",
            [_, _, _, 4, ..] => "SETTINGS",
            _ => "something else",
        };
        assert_eq!(answered, answer, "{alpn:?}");
    }
    let error = dial(running.local_addr(), &authority, &["http/1.0"]).await;
    assert_eq!(
        error.unwrap_err().to_string(),
        "received fatal alert: NoApplicationProtocol"
    );
}

#[tokio::test(start_paused = true)]
async fn who_never_finishes_a_handshake_is_let_go() {
    let authority = Authority::new("root");
    let tls = authority.server("guide.example").server_tls();
    let running = start(tls.handshake_timeout(Duration::from_secs(7))).await;
    // A ClientHello, but for its end; a byte of one; nothing.
    let hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    for said in [&hello[..], b"\x16", b""] {
        let mut tcp = TcpStream::connect(running.local_addr()).await.unwrap();
        tcp.write_all(said).await.unwrap();
        let before = Instant::now();
        let mut answer = Vec::new();
        tcp.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, b"");
        let waited = before.elapsed();
        assert!(waited >= Duration::from_secs(7), "{said:?}: {waited:?}");
        assert!(waited < Duration::from_secs(8), "{said:?}: {waited:?}");
    }
}

#[tokio::test]
async fn what_is_no_handshake_is_answered_at_once() {
    let authority = Authority::new("root");
    let running = start(authority.server("guide.example").server_tls()).await;
    for garbage in [
        &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"[..],
        b"GET / HTTP/1.1\r\nhost: guide.example\r\n\r\n",
        &[0; 100],
        &[0xff; 100_000],
        // Records of the wrong kind, too long, and of a handshake that isn't one.
        b"\x17\x03\x03\x00\x06hello!",
        b"\x16\x03\x01\xff\xffhello",
        b"\x16\x03\x01\x00\x05\xff\xff\xff\xff\xff",
    ] {
        let mut tcp = TcpStream::connect(running.local_addr()).await.unwrap();
        let (mut reader, mut writer) = tcp.split();
        let write = async {
            // The server may have heard enough.
            let _ = writer.write_all(garbage).await;
        };
        let mut answer = Vec::new();
        let (_, read) = tokio::join!(write, reader.read_to_end(&mut answer));
        if let Err(error) = read {
            assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        }
        // A fatal alert, or an end without a word.
        let said = matches!(answer[..], [] | [0x15, 3, _, 0, 2, 2, _]);
        assert!(said, "{:?}: {answer:?}", &garbage[..10]);
    }
    // Nobody else has noticed.
    let calculator = CalculatorClient::new(channel(running.local_addr(), trusting(&authority)));
    assert_eq!(calculator.increment(number(1)).await.unwrap(), number(2));
    running.shutdown();
    running.wait().await;
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_waits_for_no_handshake() {
    let authority = Authority::new("root");
    let running = start(authority.server("guide.example").server_tls()).await;
    let mut silent = TcpStream::connect(running.local_addr()).await.unwrap();
    silent.write_all(b"\x16").await.unwrap();
    // It has got through to somebody by then.
    let calculator = CalculatorClient::new(channel(running.local_addr(), trusting(&authority)));
    assert_eq!(calculator.increment(number(1)).await.unwrap(), number(2));
    let hanging = tokio::spawn(calculator.count(number(5)).send());
    let mut numbers = hanging.await.unwrap().unwrap();
    let before = Instant::now();
    running.shutdown();
    // Calls go on.
    assert_eq!(numbers.message().await.unwrap(), Some(number(0)));
    while numbers.message().await.unwrap().is_some() {}
    running.wait().await;
    assert!(before.elapsed() < Duration::from_secs(2));
    silent.read_to_end(&mut Vec::new()).await.unwrap();
}

/// A connection that has got as far as its `ClientHello`.
async fn hello(address: SocketAddr, authority: &Authority) -> TcpStream {
    let name = ServerName::try_from("guide.example").unwrap();
    let mut client = ClientConnection::new(Arc::new(client_config(authority)), name).unwrap();
    let mut hello = Vec::new();
    client.write_tls(&mut hello).unwrap();
    let mut tcp = TcpStream::connect(address).await.unwrap();
    tcp.write_all(&hello).await.unwrap();
    // The server's part has begun.
    tcp.read_u8().await.unwrap();
    tcp
}

#[tokio::test(start_paused = true)]
async fn so_many_handshakes_are_in_progress_and_others_wait() {
    let authority = Authority::new("root");
    let tls = authority.server("guide.example").server_tls();
    let running = start(tls.max_handshakes(2)).await;
    let address = running.local_addr();
    // Those who say nothing take no place.
    let silent = join_all((0..10).map(|_| TcpStream::connect(address))).await;
    let before = Instant::now();
    let first = hello(address, &authority).await;
    let calculator = CalculatorClient::new(channel(address, trusting(&authority)));
    assert_eq!(calculator.increment(number(1)).await.unwrap(), number(2));
    assert!(before.elapsed() < Duration::from_secs(1));
    // Two who don't go on leave none, until their time is over.
    let second = hello(address, &authority).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let calculator = CalculatorClient::new(channel(address, trusting(&authority)));
    assert_eq!(calculator.increment(number(1)).await.unwrap(), number(2));
    let waited = before.elapsed();
    assert!(waited >= Duration::from_secs(10), "{waited:?}");
    assert!(waited < Duration::from_secs(11), "{waited:?}");
    drop((silent, first, second));
}

#[tokio::test]
async fn an_end_without_a_word_is_told_from_one_that_was_meant() {
    let authority = Authority::new("root");
    let issued = authority.server("guide.example");
    let mut config = server_config(&issued, rustls::DEFAULT_VERSIONS);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    for (is_meant, expected) in [
        (
            true,
            "UNAVAILABLE: can't connect to https://: the server closed the connection",
        ),
        (
            false,
            "UNAVAILABLE: can't connect to https://: the server closed the connection without a word (`close_notify` of TLS)",
        ),
    ] {
        let call = tokio::spawn(who(channel(
            listener.local_addr().unwrap(),
            trusting(&authority),
        )));
        let (tcp, _) = listener.accept().await.unwrap();
        let mut tls = acceptor.accept(tcp).await.unwrap();
        tls.read_u8().await.unwrap();
        if is_meant {
            tls.shutdown().await.unwrap();
        } else {
            tls.get_mut().0.shutdown().await.unwrap();
        }
        assert_eq!(call.await.unwrap(), expected);
    }
}

/// As gRPC's C core does with a client that it doesn't like.
#[tokio::test]
async fn who_ends_without_a_word_after_a_question_may_not_like_the_answer() {
    let authority = Authority::new("root");
    let (chain, key) = authority.server("guide.example").der();
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap();
    roots.add(root).unwrap();
    let provider = Arc::new(ring::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.allow_unauthenticated().build().unwrap())
        .with_single_cert(chain, key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let billing = authority.client("spiffe://guide.example/billing");
    let asked = "UNAVAILABLE: can't connect to https://: the server closed the connection after it had asked for a client certificate";
    for (client, expected) in [
        (
            trusting(&authority),
            format!("{asked}; `ClientTls::certificate_files` shows one"),
        ),
        (
            billing.client_tls(authority.roots()),
            format!("{asked}, and may not take ours"),
        ),
    ] {
        let call = tokio::spawn(who(channel(listener.local_addr().unwrap(), client)));
        let (tcp, _) = listener.accept().await.unwrap();
        let mut tls = acceptor.accept(tcp).await.unwrap();
        tls.read_u8().await.unwrap();
        tls.get_mut().0.shutdown().await.unwrap();
        assert_eq!(call.await.unwrap(), expected);
    }
}

#[tokio::test]
async fn the_systems_roots_are_trusted() {
    let authority = Authority::new("root");
    let running = start(authority.server("localhost").server_tls()).await;
    let dir = tempfile::tempdir().unwrap();
    let roots = dir.path().join("roots.pem");
    std::fs::write(&roots, authority.pem()).unwrap();
    // Another process, to have a system of its own.
    let target = format!("https://localhost:{}", running.local_addr().port());
    let child = |roots: &Path| {
        let module = module_path!().split_once("::").unwrap().1;
        tokio::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                &format!("{module}::child_that_trusts_the_system"),
            ])
            .args(["--ignored", "--nocapture"])
            .env("SSL_CERT_FILE", roots)
            .env("SSL_CERT_DIR", dir.path().join("nothing"))
            .env("CHILD_TARGET", &target)
            .output()
    };
    let told = async |roots: &Path| {
        let output = child(roots).await.unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        let told = output.split("child: ").nth(1).unwrap_or(&output);
        told.lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(
        told(&roots).await,
        "tcp 127.0.0.1, TLSv1.3 TLS13_AES_256_GCM_SHA384 to localhost, None, None, 0 certificates"
    );
    let told = told(&dir.path().join("nothing")).await;
    assert!(
        told.starts_with("no TLS: the system has no root certificates: install its `ca-certificates`, set `SSL_CERT_FILE`,"),
        "{told}"
    );
}

#[tokio::test]
#[ignore = "is run by `the_systems_roots_are_trusted`"]
async fn child_that_trusts_the_system() {
    let target = std::env::var("CHILD_TARGET").unwrap();
    let told = match Channel::lazy(target) {
        Ok(channel) => who(channel).await,
        Err(error) => error.to_string(),
    };
    // Nothing was decided for the rest of the process.
    assert!(CryptoProvider::get_default().is_none());
    println!("child: {told}");
}

/// The common name of the certificate that a server shows.
async fn shown(address: SocketAddr, authority: &Authority) -> String {
    let tls = dial(address, authority, &["h2"]).await.unwrap();
    let chain = tls.get_ref().1.peer_certificates().unwrap();
    let shown = String::from_utf8_lossy(&chain[0]).into_owned();
    let name = ["first", "second", "third"].map(|name| shown.contains(name).then_some(name));
    name.into_iter().flatten().collect()
}

fn named(authority: &Authority, name: &str) -> Issued {
    authority.issue(|params| {
        params.subject_alt_names = vec![dns("guide.example")];
        params.distinguished_name.push(DnType::CommonName, name);
    })
}

#[tokio::test(start_paused = true)]
async fn files_are_read_again_when_they_have_changed() {
    let authority = Authority::new("root");
    let dir = tempfile::tempdir().unwrap();
    let (certificate, key) = named(&authority, "first").write(dir.path());
    let tls = || ServerTls::files(&certificate, &key);
    let running = start(tls()).await;
    let steady = start(tls().reload_every(Duration::MAX)).await;
    let address = running.local_addr();
    assert_eq!(shown(address, &authority).await, "first");
    let old = CalculatorClient::new(channel(address, trusting(&authority)));
    assert_eq!(old.increment(number(1)).await.unwrap(), number(2));

    named(&authority, "second").write(dir.path());
    assert_eq!(shown(address, &authority).await, "first");
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(shown(address, &authority).await, "second");
    assert_eq!(shown(steady.local_addr(), &authority).await, "first");

    // Half of a change, and what is no change for the better.
    let third = named(&authority, "third");
    std::fs::write(&certificate, &third.certificate).unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(shown(address, &authority).await, "second");
    let error = running.reload_tls().unwrap_err().to_string();
    assert_eq!(
        error.replace(&dir.path().display().to_string(), ""),
        "the key (/key.pem) is not that of the certificate (/certificate.pem), which has to be the first of its chain"
    );
    std::fs::remove_file(&key).unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(shown(address, &authority).await, "second");

    // The other half, at once.
    std::fs::write(&key, &third.key).unwrap();
    running.reload_tls().unwrap();
    assert_eq!(shown(address, &authority).await, "third");
    // Connections that there are don't notice.
    assert_eq!(old.increment(number(1)).await.unwrap(), number(2));
    running.shutdown();
    running.wait().await;
}

#[tokio::test]
async fn a_broken_file_is_reported_once() {
    let authority = Authority::new("root");
    let dir = tempfile::tempdir().unwrap();
    let (certificate, key) = named(&authority, "first").write(dir.path());
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let tls = ServerTls::files(&certificate, &key).reload_every(Duration::ZERO);
    let running = start(tls).await;
    std::fs::write(&certificate, "").unwrap();
    for _ in 0..3 {
        assert_eq!(shown(running.local_addr(), &authority).await, "first");
    }
    assert_eq!(log.take(), ["ERROR"]);
    named(&authority, "second").write(dir.path());
    for _ in 0..3 {
        assert_eq!(shown(running.local_addr(), &authority).await, "second");
    }
    assert_eq!(log.take(), ["INFO"]);
}

#[tokio::test]
async fn a_clients_files_are_read_again_for_a_new_connection() {
    let (authority, clients) = (Authority::new("root"), Authority::new("clients"));
    let tls = authority.server("guide.example").server_tls();
    let tls = tls.require_client_certificates(clients.roots());
    let running = start(tls).await;
    let dir = tempfile::tempdir().unwrap();
    let write = |id| clients.client(id).write(dir.path());
    let (certificate, key) = write("spiffe://guide.example/first");
    let client = trusting(&authority).certificate_files(certificate, key);
    let channel = channel(running.local_addr(), client);
    let told = who(channel.clone()).await;
    assert!(told.contains("guide.example/first"), "{told}");
    write("spiffe://guide.example/second");
    let told = who(channel.clone()).await;
    assert!(told.contains("guide.example/first"), "{told}");
    running.abort();
    let address = running.local_addr();
    running.wait().await;
    let again = server().add(WhoServer::new(Notary)).tls(
        authority
            .server("guide.example")
            .server_tls()
            .require_client_certificates(clients.roots()),
    );
    let _again = again.start(address).await.unwrap();
    // The first call may find out that the connection is gone.
    let told = match who(channel.clone()).await {
        told if told.starts_with("UNAVAILABLE") => who(channel).await,
        told => told,
    };
    assert!(told.contains("guide.example/second"), "{told}");
}

#[tokio::test]
async fn a_status_says_whom_it_is_of() {
    let authority = Authority::new("root");
    let running = start(authority.server("guide.example").server_tls()).await;
    let address = running.local_addr();
    let tls = trusting(&authority).server_name("guide.example");
    let brought = Connector::new("https://guide.example", move || TcpStream::connect(address));
    let over_tcp = Channel::builder().tls(tls.clone()).lazy(address);
    let over_brought = Channel::builder().tls(tls).lazy(brought);
    for (channel, peer) in [
        (over_tcp, address.to_string()),
        (over_brought, "https://guide.example".to_owned()),
    ] {
        let client = CalculatorClient::new(channel.unwrap());
        let status = client.increment(number(-1)).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(status.peer(), Some(&*peer));
    }
}

#[tokio::test]
async fn roots_of_clients_change_with_their_file() {
    let (authority, old, new) = (
        Authority::new("root"),
        Authority::new("old"),
        Authority::new("new"),
    );
    let dir = tempfile::tempdir().unwrap();
    let roots = dir.path().join("clients.pem");
    std::fs::write(&roots, old.pem()).unwrap();
    let tls = authority
        .server("guide.example")
        .server_tls()
        .require_client_certificates(TlsRoots::file(&roots))
        .reload_every(Duration::ZERO);
    let running = start(tls).await;
    let ask = |clients: &Authority| {
        let client = clients.client("spiffe://guide.example/billing");
        who(channel(
            running.local_addr(),
            client.client_tls(authority.roots()),
        ))
    };
    let refused = "UNAVAILABLE: can't connect to https://: the server doesn't take the client certificate: UnknownCA";
    assert!(ask(&old).await.contains("billing"));
    assert_eq!(ask(&new).await, refused);
    std::fs::write(&roots, new.pem()).unwrap();
    assert!(ask(&new).await.contains("billing"));
    assert_eq!(ask(&old).await, refused);
}

#[tokio::test]
async fn what_makes_no_sense_is_said_when_a_server_starts() {
    let authority = Authority::new("root");
    let issued = authority.server("guide.example");
    let other = authority.server("guide.example");
    let dir = tempfile::tempdir().unwrap();
    let check = async |tls: ServerTls, expect: Expect| {
        let started = server().tls(tls).start("127.0.0.1:0").await;
        let error = started.unwrap_err().to_string();
        expect.assert_eq(&error.replace(&dir.path().display().to_string(), ""));
    };
    let (certificate, key) = (issued.certificate.as_str(), issued.key.as_str());
    check(
        ServerTls::files(dir.path().join("no.pem"), dir.path().join("no.key")),
        expect!["no TLS: can't read /no.pem: No such file or directory (os error 2)"],
    )
    .await;
    check(
        ServerTls::pem(key, key),
        expect!["no TLS: a PEM text is of no use to TLS: there is no `BEGIN CERTIFICATE` in it"],
    )
    .await;
    check(
        ServerTls::pem(certificate, certificate),
        expect!["no TLS: a PEM text is of no use to TLS: there is no `BEGIN PRIVATE KEY` in it"],
    )
    .await;
    check(
        ServerTls::pem(&certificate[..certificate.len() / 2], key),
        expect!["no TLS: a PEM text is of no use to TLS: a line `-----END` is missing"],
    )
    .await;
    check(
        ServerTls::pem(
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            key,
        ),
        expect!["no TLS: a PEM text is of no use to TLS: a certificate can't be read: BadEncoding"],
    )
    .await;
    check(
        ServerTls::pem(certificate, other.key.as_str()),
        expect!["no TLS: the key (a PEM text) is not that of the certificate (a PEM text), which has to be the first of its chain"],
    )
    .await;
    check(
        issued
            .server_tls()
            .require_client_certificates(TlsRoots::pem("")),
        expect!["no TLS: a PEM text is of no use to TLS: there is no `BEGIN CERTIFICATE` in it"],
    )
    .await;
    let config = Arc::new(server_config(&issued, rustls::DEFAULT_VERSIONS));
    check(
        ServerTls::from_config(config).require_client_certificates(authority.roots()),
        expect!["no TLS: `require_client_certificates` changes nothing about a configuration of rustls: set it there"],
    )
    .await;
    let tls = ClientTls::from_config(Arc::new(client_config(&authority))).roots(authority.roots());
    let error = Channel::builder().tls(tls).lazy("localhost:1").unwrap_err();
    assert_eq!(
        error.to_string(),
        "no TLS: `roots` changes nothing about a configuration of rustls: set it there"
    );
    // Keys are never shown.
    expect![[r#"ServerTls { key: CertifiedKey { chain: "a PEM text", key: "a PEM text" }, clients: Known(["a PEM text"]), handshake_timeout: 10s, max_handshakes: 1000, reload_every: 10s, .. }"#]]
    .assert_eq(&format!("{:?}", issued.server_tls().require_client_certificates(authority.roots())));
}

#[tokio::test]
async fn what_computes_can_be_chosen() {
    let authority = Authority::new("root");
    let mut provider = ring::default_provider();
    provider.cipher_suites = vec![ring::cipher_suite::TLS13_CHACHA20_POLY1305_SHA256];
    let provider = Arc::new(provider);
    check(
        authority
            .server("guide.example")
            .server_tls()
            .provider(Arc::clone(&provider)),
        trusting(&authority),
        expect!["tcp 127.0.0.1, TLSv1.3 TLS13_CHACHA20_POLY1305_SHA256 to guide.example, None, None, 0 certificates"],
    )
    .await;
    check(
        authority.server("guide.example").server_tls(),
        trusting(&authority).provider(provider),
        expect!["tcp 127.0.0.1, TLSv1.3 TLS13_CHACHA20_POLY1305_SHA256 to guide.example, None, None, 0 certificates"],
    )
    .await;
}

/// Counts the records of application data that are written to a wire.
struct Wire {
    stream: tokio::io::DuplexStream,
    records: Arc<Mutex<Records>>,
}

#[derive(Default)]
struct Records {
    unread: Vec<u8>,
    lengths: Vec<usize>,
}

impl Records {
    fn see(&mut self, bytes: &[u8]) {
        self.unread.extend_from_slice(bytes);
        while let [kind, _, _, high, low, rest @ ..] = &self.unread[..] {
            let len = usize::from(u16::from_be_bytes([*high, *low]));
            if rest.len() < len {
                return;
            }
            if *kind == 0x17 {
                self.lengths.push(len);
            }
            self.unread.drain(..5 + len);
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        if let Poll::Ready(Ok(len)) = written {
            self.records.lock().unwrap().see(&buf[..len]);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[tokio::test]
async fn answers_that_leave_together_share_a_record() {
    let authority = Authority::new("root");
    let (ours, theirs) = tokio::io::duplex(1024 * 1024);
    let (sent, answered) = (Arc::new(Mutex::default()), Arc::new(Mutex::default()));
    let wire = |stream, records: &Arc<Mutex<Records>>| Wire {
        stream,
        records: Arc::clone(records),
    };
    let connections = stream::iter([Ok(wire(theirs, &answered))]).chain(stream::pending());
    let running = server()
        .tls(authority.server("guide.example").server_tls())
        .add(WhoServer::new(Notary))
        .start(Connections::new(connections))
        .await
        .unwrap();
    let ours = Mutex::new(Some(wire(ours, &sent)));
    let connector = Connector::new("https://guide.example", move || {
        let ours = ours.lock().unwrap().take();
        async { ours.ok_or_else(|| io::Error::other("there was one only")) }
    });
    let channel = Channel::builder().tls(trusting(&authority));
    let who = WhoClient::new(channel.connect(connector).await.unwrap());
    let text = |len: usize| Text {
        text: "x".repeat(len),
    };
    let records = async |calls: usize, len: usize| {
        let (before, asked) = (
            answered.lock().unwrap().lengths.len(),
            sent.lock().unwrap().lengths.len(),
        );
        let calls = (0..calls).map(|_| tokio::spawn(who.echo(text(len)).send()));
        for call in join_all(calls).await {
            call.unwrap().unwrap();
        }
        // The last words about windows leave by themselves.
        (
            sent.lock().unwrap().lengths.len() - asked,
            answered.lock().unwrap().lengths.len() - before,
        )
    };
    records(1, 10).await;
    let (asked, answered) = records(100, 10).await;
    assert!(
        asked <= 3 && answered <= 3,
        "{asked} and {answered} records"
    );
    // A message of 100 KB takes 7 records of 16 KiB, whatever lies around it.
    let (asked, answered) = records(1, 100_000).await;
    assert!(
        asked <= 16 && answered <= 16,
        "{asked} and {answered} records"
    );
    running.shutdown();
    drop(who);
    timeout(Duration::from_secs(60), running.wait())
        .await
        .unwrap();
}

/// A log of what is said on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    /// The levels of what was said since.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("traitwire")
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let line = event.metadata().level().to_string();
        self.0.lock().unwrap().push(line);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
