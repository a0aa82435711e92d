//! TLS and mTLS of our own: the feature `tls`.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use expect_test::{Expect, expect};
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use rcgen::date_time_ymd;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use traitwire::rustls::crypto::ring;
use traitwire::rustls::pki_types::pem::PemObject;
use traitwire::rustls::pki_types::{CertificateDer, ServerName};
use traitwire::rustls::version::{TLS12, TLS13};
use traitwire::rustls::{
    self, ClientConfig, HandshakeKind, RootCertStore, ServerConfig, SupportedProtocolVersion,
};
use traitwire::{
    Channel, ClientTls, Connections, Connector, Context, Peer, RequestBody, RunningServer,
    ServerTls, Status, Streaming, TlsInfo, TlsRoots,
};

use super::server;
use crate::authority::{Authority, Issued, dns};
use crate::calculator::{CalculatorClient, CalculatorServer, abacus, number};
use crate::mirror::{Text, Who, WhoClient, WhoServer};

/// Says who the caller has proved to be.
pub(super) struct Notary;

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

pub(super) async fn start(tls: ServerTls) -> RunningServer {
    let server = server()
        .tls(tls)
        .add(CalculatorServer::new(abacus().0))
        .add(WhoServer::new(Notary));
    server.start("127.0.0.1:0").await.unwrap()
}

pub(super) fn channel(address: SocketAddr, tls: ClientTls) -> Channel {
    let tls = tls.server_name("guide.example");
    Channel::builder().tls(tls).lazy(address).unwrap()
}

pub(super) async fn who(channel: Channel) -> String {
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
pub(super) async fn check(server: ServerTls, client: ClientTls, expect: Expect) {
    let running = start(server).await;
    let told = who(channel(running.local_addr(), client)).await;
    expect.assert_eq(&told);
    running.shutdown();
    running.wait().await;
}

pub(super) fn trusting(authority: &Authority) -> ClientTls {
    ClientTls::new().roots(authority.roots())
}

/// A configuration of rustls, before its ALPN.
pub(super) fn client_config(authority: &Authority) -> ClientConfig {
    client_config_of(authority, rustls::DEFAULT_VERSIONS, None)
}

pub(super) fn client_config_of(
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

pub(super) fn server_config(
    issued: &Issued,
    versions: &[&'static SupportedProtocolVersion],
) -> ServerConfig {
    let (chain, key) = issued.der();
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap()
}

/// A connection with these protocols to choose from, by rustls alone.
pub(super) async fn dial(
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
