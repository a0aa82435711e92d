//! What becomes of handshakes that fail, of those that never end, and of connections that end without a word.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use traitwire::Channel;
use traitwire::rustls::crypto::ring;
use traitwire::rustls::pki_types::pem::PemObject;
use traitwire::rustls::pki_types::{CertificateDer, ServerName};
use traitwire::rustls::server::WebPkiClientVerifier;
use traitwire::rustls::{self, ClientConnection, RootCertStore, ServerConfig};

use super::secure::{Notary, channel, client_config, dial, server_config, start, trusting, who};
use super::server;
use crate::authority::Authority;
use crate::calculator::{CalculatorClient, number};
use crate::mirror::WhoServer;

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
