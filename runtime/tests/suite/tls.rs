//! Connections that users bring: TLS, above all.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::task::{self, Poll};

use futures_util::future::join_all;
use futures_util::stream::{self, Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server as accepted};
use traitwire::{
    Channel, Code, ConnectError, Connections, Connector, Context, Peer, RunningServer, Streaming,
};

use super::bulk::{BulkClient, BulkServer, Parcel, Store};
use super::server;
use crate::calculator::{CalculatorClient, CalculatorServer, abacus, number};
use crate::mirror::{Mirror, Text, WhoClient, WhoServer};
use crate::raw_peer::RawConnection;

/// A certificate for `guide.example`, as servers show it and as clients check it.
struct Tls {
    acceptor: TlsAcceptor,
    connector: TlsConnector,
}

static TLS: LazyLock<Tls> = LazyLock::new(|| {
    let made = rcgen::generate_simple_self_signed(["guide.example".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));

    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let mut config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let connector = TlsConnector::from(Arc::new(config));
    Tls {
        acceptor,
        connector,
    }
});

/// Connections of TLS, each as soon as its handshake is done.
fn tls_connections(
    listener: TcpListener,
) -> impl Stream<Item = io::Result<(accepted::TlsStream<TcpStream>, Peer)>> {
    let accepted = stream::unfold(listener, |listener| async {
        Some((listener.accept().await, listener))
    });
    accepted
        .map(|accepted| async {
            let (tcp, address) = accepted?;
            tcp.set_nodelay(true)?;
            Ok((TLS.acceptor.accept(tcp).await?, Peer::Tcp(address)))
        })
        .buffer_unordered(100)
}

async fn start_server() -> (SocketAddr, RunningServer) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let running = server()
        .add(CalculatorServer::new(abacus().0))
        .add(WhoServer::new(Mirror))
        .start(Connections::with_peers(tls_connections(listener)))
        .await
        .unwrap();
    (address, running)
}

async fn dial(address: SocketAddr) -> io::Result<client::TlsStream<TcpStream>> {
    let tcp = TcpStream::connect(address).await?;
    tcp.set_nodelay(true)?;
    let name = ServerName::try_from("guide.example").unwrap();
    TLS.connector.connect(name, tcp).await
}

fn connector(address: SocketAddr) -> Connector {
    Connector::new("https://guide.example", move || dial(address))
}

fn lazy(address: SocketAddr) -> CalculatorClient {
    CalculatorClient::lazy(connector(address)).unwrap()
}

async fn accept(listener: &TcpListener) -> accepted::TlsStream<TcpStream> {
    let (tcp, _) = listener.accept().await.unwrap();
    TLS.acceptor.accept(tcp).await.unwrap()
}

fn text(text: impl Into<String>) -> Text {
    Text { text: text.into() }
}

#[tokio::test]
async fn calls_of_all_kinds_go_over_tls() {
    let (address, running) = start_server().await;
    let calculator = CalculatorClient::connect(connector(address)).await.unwrap();
    assert_eq!(calculator.increment(number(1)).await.unwrap(), number(2));
    let status = calculator.increment(number(-1)).await.unwrap_err();
    assert_eq!(
        status.to_string(),
        "INVALID_ARGUMENT: größer als 0, bitte 🦀"
    );

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
    running.shutdown();
    running.wait().await;
}

#[tokio::test]
async fn a_handler_sees_whom_the_stream_named() {
    let (address, _running) = start_server().await;
    let who = WhoClient::connect(connector(address)).await.unwrap();
    assert_eq!(who.who(Context::new()).await.unwrap().text, "tcp 127.0.0.1");
}

#[tokio::test]
async fn a_long_message_goes_over_tls() {
    let (address, _running) = start_server().await;
    let who = WhoClient::connect(connector(address)).await.unwrap();
    let long = text("x".repeat(1024 * 1024));
    assert_eq!(who.echo(long.clone()).await.unwrap(), long);
    let calls = (0..4).map(|_| async { assert_eq!(who.echo(long.clone()).await.unwrap(), long) });
    join_all(calls).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_calls_go_over_tls_at_once() {
    let (address, _running) = start_server().await;
    let who = WhoClient::connect(connector(address)).await.unwrap();
    let calls = (0..1000).map(|n| {
        let text = text(n.to_string());
        let call = who.echo(text.clone());
        tokio::spawn(async move { assert_eq!(call.await.unwrap(), text) })
    });
    for call in join_all(calls).await {
        call.unwrap();
    }
}

#[tokio::test]
async fn requests_name_the_connectors_origin() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let calculator = lazy(listener.local_addr().unwrap());
    let call = tokio::spawn(calculator.increment(number(1)).send());
    let tls = accept(&listener).await;
    assert_eq!(tls.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let mut connection = h2::server::handshake(tls).await.unwrap();
    let (request, mut respond) = connection.accept().await.unwrap().unwrap();
    assert_eq!(
        request.uri(),
        "https://guide.example/calls.v1.Calculator/Increment"
    );
    let mut body = request.into_body();
    tokio::spawn(async move { while connection.accept().await.is_some() {} });
    assert_eq!(
        body.data().await.unwrap().unwrap()[..],
        *b"\0\0\0\0\x02\x08\x01"
    );
    let response = http::Response::builder()
        .header("content-type", "application/grpc")
        .body(())
        .unwrap();
    let mut answer = respond.send_response(response, false).unwrap();
    answer
        .send_data(b"\0\0\0\0\x02\x08\x02"[..].into(), false)
        .unwrap();
    let trailers =
        [("grpc-status", "0")].map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    answer
        .send_trailers(trailers.into_iter().collect())
        .unwrap();
    assert_eq!(call.await.unwrap().unwrap(), number(2));
}

#[tokio::test]
async fn h2s_client_is_served_over_tls() {
    let (address, _running) = start_server().await;
    let (mut h2, connection) = h2::client::handshake(dial(address).await.unwrap())
        .await
        .unwrap();
    tokio::spawn(connection);
    let request = http::Request::post("https://guide.example/calls.v1.Calculator/Increment")
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .unwrap();
    let (response, mut body) = h2.send_request(request, false).unwrap();
    body.send_data(b"\0\0\0\0\x02\x08\x01"[..].into(), true)
        .unwrap();
    let mut answer = response.await.unwrap().into_body();
    assert_eq!(
        answer.data().await.unwrap().unwrap()[..],
        *b"\0\0\0\0\x02\x08\x02"
    );
    let trailers = answer.trailers().await.unwrap().unwrap();
    assert_eq!(trailers["grpc-status"], "0");
}

#[tokio::test]
async fn a_slow_handshake_holds_nobody_up() {
    let (address, _running) = start_server().await;
    // They connect and say nothing.
    let silent = join_all((0..10).map(|_| TcpStream::connect(address))).await;
    let calculator = lazy(address);
    assert_eq!(calculator.increment(number(1)).await.unwrap(), number(2));
    drop(silent);
}

#[tokio::test]
async fn failed_handshakes_and_clients_that_vanish_cost_only_their_own() {
    let (address, running) = start_server().await;
    let calculator = lazy(address);
    assert_eq!(calculator.increment(number(1)).await.unwrap(), number(2));
    for _ in 0..10 {
        // No TLS at all.
        let mut plain = TcpStream::connect(address).await.unwrap();
        plain.write_all(b"PRI * HTTP/2.0\r\n\r\n").await.unwrap();
        // Whether the end of it can be read is the system's choice.
        let _ = plain.read_to_end(&mut Vec::new()).await;
        // A handshake, and an end without a word.
        let (tcp, _) = dial(address).await.unwrap().into_inner();
        drop(tcp);
        // A handshake, and a proper end.
        let mut tls = dial(address).await.unwrap();
        tls.shutdown().await.unwrap();
        assert_eq!(tls.read_to_end(&mut Vec::new()).await.unwrap(), 0);
        // Part of HTTP/2's preface, and an end without a word.
        let mut tls = dial(address).await.unwrap();
        tls.write_all(b"PRI * HTT").await.unwrap();
        tls.flush().await.unwrap();
        drop(tls.into_inner());
    }
    let another = lazy(address);
    assert_eq!(another.increment(number(1)).await.unwrap(), number(2));
    assert_eq!(calculator.increment(number(1)).await.unwrap(), number(2));
    running.shutdown();
    running.wait().await;
}

#[tokio::test]
async fn a_connection_that_is_cut_ends_its_calls_on_both_sides() {
    let (service, mut gone) = abacus();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let running = server()
        .add(CalculatorServer::new(service))
        .start(Connections::with_peers(tls_connections(listener)))
        .await
        .unwrap();
    let (wires, mut cuts) = mpsc::unbounded_channel();
    let calculator = CalculatorClient::lazy(Connector::new("https://guide.example", move || {
        let wires = wires.clone();
        async move {
            let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
            let mut tcp = TcpStream::connect(address).await?;
            let wire = async move { tokio::io::copy_bidirectional(&mut theirs, &mut tcp).await };
            wires.send(tokio::spawn(wire)).unwrap();
            let name = ServerName::try_from("guide.example").unwrap();
            TLS.connector.connect(name, ours).await
        }
    }))
    .unwrap();

    let hanging = tokio::spawn(calculator.hang(Context::new()).send());
    let (sender, numbers) = Streaming::channel(1);
    let mut sums = calculator.running_sum(numbers).await.unwrap();
    sender.send(number(1)).await.unwrap();
    assert_eq!(sums.message().await.unwrap(), Some(number(1)));
    cuts.recv().await.unwrap().abort();

    // Neither side has heard a `close_notify`.
    let status = sums.message().await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    let status = hanging.await.unwrap().unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    gone.recv().await.unwrap();

    // The next call has a connection of its own.
    assert_eq!(calculator.increment(number(1)).await.unwrap(), number(2));
    running.shutdown();
    running.wait().await;
}

#[tokio::test]
async fn a_client_that_says_no_more_is_let_go() {
    let (address, running) = start_server().await;
    let mut tls = dial(address).await.unwrap();
    // The preface and empty settings.
    let hello = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    tls.write_all(hello).await.unwrap();
    tls.shutdown().await.unwrap();
    // It reads on, to an end that the server says.
    tls.read_to_end(&mut Vec::new()).await.unwrap();
    running.shutdown();
    running.wait().await;
}

#[tokio::test]
async fn a_server_that_says_no_more_is_called_anew() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let calculator = lazy(listener.local_addr().unwrap());
    let call = tokio::spawn(calculator.increment(number(1)).send());
    let mut first = RawConnection::meet(accept(&listener).await).await;
    first.settings(&[]).await;
    first.request().await;
    let mut first = first.into_stream();
    // `close_notify`; the socket stays open to be read.
    first.shutdown().await.unwrap();
    let status = call.await.unwrap().unwrap_err();
    assert_eq!(
        status.to_string(),
        "UNAVAILABLE: the server closed the connection"
    );

    let call = tokio::spawn(calculator.increment(number(1)).send());
    let mut second = accept(&listener).await;
    second.read_u8().await.unwrap();
    // Without a word.
    drop(second.into_inner());
    let status = call.await.unwrap().unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    // The first has ended on the client's side, too.
    first.read_to_end(&mut Vec::new()).await.unwrap();
}

#[tokio::test]
async fn why_there_is_no_connection_is_said() {
    let (address, _running) = start_server().await;
    let wrong_name = Connector::new("https://guide.example", move || async move {
        let tcp = TcpStream::connect(address).await?;
        let name = ServerName::try_from("another.example").unwrap();
        TLS.connector.connect(name, tcp).await
    });
    let error = Channel::connect(wrong_name).await.unwrap_err();
    let ConnectError::Unavailable(status) = error else {
        panic!("{error}");
    };
    assert!(
        status.to_string().starts_with(
            "UNAVAILABLE: can't connect to https://guide.example: invalid peer certificate: "
        ),
        "{status}"
    );

    let no_origin = Connector::new("guide.example:443", move || dial(address));
    assert_eq!(
        Channel::lazy(no_origin).unwrap_err().to_string(),
        "invalid target \"guide.example:443\": expected the scheme and host of requests, as in `https://guide.example`"
    );
}

#[tokio::test]
async fn a_connector_is_asked_only_when_a_connection_is_needed() {
    let (connections, listener) = pipes();
    let asked = Arc::new(AtomicUsize::new(0));
    let who = WhoClient::lazy(Connector::new("http://who.example", {
        let asked = Arc::clone(&asked);
        move || {
            let (ours, theirs) = tokio::io::duplex(64 * 1024);
            let asked = asked.fetch_add(1, Ordering::Relaxed);
            let connections = connections.clone();
            async move {
                if asked == 1 {
                    return Err(io::Error::other("not now"));
                }
                connections.send(Ok(theirs)).map_err(io::Error::other)?;
                Ok(ours)
            }
        }
    }))
    .unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    let first = server().add(WhoServer::new(Mirror));
    let first = first.start(listener).await.unwrap();
    let calls = (0..10).map(|_| who.who(Context::new()).send());
    for result in join_all(calls).await {
        assert_eq!(result.unwrap().text, "other");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    first.abort();
    first.wait().await;
    let status = who.who(Context::new()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
}

/// A connection whose end never comes, and which says when it is dropped.
struct Endless(
    DuplexStream,
    #[expect(dead_code, reason = "dropped")] mpsc::Sender<()>,
);

impl AsyncRead for Endless {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Endless {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_whose_end_never_comes_is_dropped() {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let (held, mut dropped) = mpsc::channel(1);
    let ours = Endless(ours, held);
    let running = server().add(WhoServer::new(Mirror));
    let only = Connections::new(stream::iter([Ok(theirs)]));
    let running = running.start(only).await.unwrap();
    let who = WhoClient::lazy(connected(ours)).unwrap();
    assert_eq!(who.echo(text("x")).await.unwrap(), text("x"));
    drop(who);
    assert_eq!(dropped.recv().await, None);
    running.shutdown();
    running.wait().await;
}

/// A connection that takes one slice at a time, and counts them.
struct Slices(DuplexStream, Arc<AtomicUsize>);

impl AsyncRead for Slices {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Slices {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.0).poll_write(cx, buf);
        if written.is_ready() {
            self.1.fetch_add(1, Ordering::Relaxed);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[tokio::test]
async fn where_slices_go_one_by_one_they_are_few() {
    let (ours, theirs) = tokio::io::duplex(1024 * 1024);
    let counts = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
    let [asked, answered] = &counts;
    let theirs = Slices(theirs, Arc::clone(answered));
    let running = server().add(BulkServer::new(Store::new().0));
    let only = Connections::new(stream::iter([Ok(theirs)]));
    let running = running.start(only).await.unwrap();
    let bulk = BulkClient::lazy(connected(Slices(ours, Arc::clone(asked)))).unwrap();
    let parcel = |slips: usize| Parcel {
        slips: vec![vec![b'x'; 10_000].into(); slips],
        ..Parcel::default()
    };
    // The ends have told each other by then how much they take.
    bulk.return_to_sender(parcel(0)).await.unwrap();
    let before = counts.each_ref().map(|count| count.load(Ordering::Relaxed));
    assert!(bulk.return_to_sender(parcel(32)).await.unwrap() == parcel(32));
    // 320 KB, with a prefix between any two slips of 10 KB.
    for (count, before) in counts.iter().zip(before) {
        let slices = count.load(Ordering::Relaxed) - before;
        assert!(slices < 32, "{slices} slices");
    }
    running.shutdown();
    running.wait().await;
}

/// A server that connections reach through a channel.
fn pipes() -> (mpsc::UnboundedSender<io::Result<DuplexStream>>, Connections) {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let connections = stream::poll_fn(move |cx| receiver.poll_recv(cx));
    (sender, Connections::new(connections))
}

/// A connection that is there already, once.
fn connected<T: AsyncRead + AsyncWrite + Send + Unpin + 'static>(stream: T) -> Connector {
    let stream = std::sync::Mutex::new(Some(stream));
    Connector::new("http://who.example", move || {
        let stream = stream.lock().unwrap().take();
        async { stream.ok_or_else(|| io::Error::other("there was one only")) }
    })
}

#[tokio::test(start_paused = true)]
async fn errors_in_the_stream_are_passed_over() {
    let (connections, listener) = pipes();
    let running = server().add(WhoServer::new(Mirror));
    let running = running.start(listener).await.unwrap();
    // Some, and more than are passed over without a pause.
    for errors in [1, 5000] {
        for _ in 0..errors {
            let error = io::Error::other("a handshake that failed");
            connections.send(Err(error)).unwrap();
        }
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        connections.send(Ok(theirs)).unwrap();
        let who = WhoClient::lazy(connected(ours)).unwrap();
        assert_eq!(who.who(Context::new()).await.unwrap().text, "other");
    }
    running.shutdown();
    running.wait().await;
    // The server has let go of the stream.
    assert!(connections.is_closed());
}

#[tokio::test]
async fn connections_outlive_the_end_of_their_stream() {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let running = server().add(WhoServer::new(Mirror));
    let only = Connections::new(stream::iter([Ok(theirs)]));
    let running = running.start(only).await.unwrap();
    let who = WhoClient::lazy(connected(ours)).unwrap();
    for _ in 0..3 {
        assert_eq!(who.echo(text("x")).await.unwrap(), text("x"));
        tokio::task::yield_now().await;
    }
    running.shutdown();
    running.wait().await;
    let status = who.who(Context::new()).await.unwrap_err();
    assert_eq!(
        status.to_string(),
        "UNAVAILABLE: can't connect to http://who.example: there was one only"
    );
}

#[tokio::test]
async fn a_stream_of_connections_comes_to_one_thread() {
    let (_connections, listener) = pipes();
    let server = server().add(WhoServer::new(Mirror)).per_core();
    let error = server.start(listener).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "can't listen: a stream of connections comes to one thread"
    );
}
