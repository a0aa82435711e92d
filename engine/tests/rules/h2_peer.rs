//! Against somebody else's HTTP/2, in both roles: what is sent comes back whole and in order.
//!
//! Each call sends a body in pieces, and the server sends it back. Some are given up on the way, by either end. All of
//! it runs in memory; if nothing could go on, the clock would jump to the timeout.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use traitwire_engine::{Config, Connection, Data, End, Event, Reason, ResetCause, Role, StreamKey};

use crate::kit::{Collect, FieldList, POST, block, trailers_block};

/// A connection's settings, and what happens on it.
#[derive(Clone, Debug)]
struct Plan {
    ours: Config,
    theirs: Theirs,
    /// How many bytes fit in between.
    pipe: usize,
    /// How many bytes are written at a time, again and again.
    cuts: Vec<usize>,
    calls: Vec<Call>,
}

#[derive(Clone, Debug)]
struct Theirs {
    stream_window: u32,
    connection_window: u32,
    max_frame_size: u32,
    header_table_size: u32,
}

#[derive(Clone, Debug)]
struct Call {
    pieces: Vec<usize>,
    fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Whole,
    /// The client gives up once that many pieces have been sent.
    ClientResets(usize),
    /// The server gives up once that many bytes have come.
    ServerResets(usize),
}

fn plan() -> impl Strategy<Value = Plan> {
    let window = || prop_oneof![Just(65_535_u32), 65_535..300_000_u32];
    let ours = (
        window(),
        window(),
        16_384_u32..50_000,
        65_535_usize..500_000,
    )
        .prop_map(|(stream, connection, frame, held)| {
            let mut config = Config::default();
            config.stream_window = stream;
            config.connection_window = connection;
            config.max_frame_size = frame;
            config.max_held = held;
            config
        });
    let theirs = (
        prop_oneof![1_u32..100, 1_000_u32..300_000],
        window(),
        16_384_u32..50_000,
        prop_oneof![Just(4096_u32), 0_u32..5_000],
    )
        .prop_map(
            |(stream_window, connection_window, max_frame_size, header_table_size)| Theirs {
                stream_window,
                connection_window,
                max_frame_size,
                header_table_size,
            },
        );
    let piece = prop_oneof![4 => 0_usize..50, 2 => 0_usize..5_000, 1 => 0_usize..60_000];
    let fate = prop_oneof![
        4 => Just(Fate::Whole),
        1 => (0_usize..5).prop_map(Fate::ClientResets),
        1 => (0_usize..10_000).prop_map(Fate::ServerResets),
    ];
    let call =
        (prop::collection::vec(piece, 0..6), fate).prop_map(|(pieces, fate)| Call { pieces, fate });
    let cut = prop_oneof![1_usize..40, 1_usize..20_000];
    (
        ours,
        theirs,
        prop_oneof![1_usize..200, 1_000_usize..100_000],
        prop::collection::vec(cut, 1..10),
        prop::collection::vec(call, 1..8),
    )
        .prop_map(|(ours, theirs, pipe, cuts, calls)| {
            // Each byte that the window lets through at a time costs a frame.
            let tiny = theirs.stream_window < 100 || pipe < 200;
            let shorten = |call: Call| Call {
                pieces: call.pieces.iter().map(|len| len % 500).collect(),
                ..call
            };
            Plan {
                calls: if tiny {
                    calls.into_iter().map(shorten).collect()
                } else {
                    calls
                },
                ours,
                theirs,
                pipe,
                cuts,
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(250)
    })]

    #[test]
    fn their_client_gets_back_what_it_sent(plan in plan()) {
        run(async {
            let (near, far) = tokio::io::duplex(plan.pipe);
            let connection = Connection::new(Role::Server, plan.ours.clone(), &[]);
            let server = drive(connection, near, Echo::default(), plan.cuts.clone());
            tokio::join!(server, their_client(far, &plan));
        });
    }

    #[test]
    fn our_client_gets_back_what_it_sent(plan in plan()) {
        run(async {
            let (near, far) = tokio::io::duplex(plan.pipe);
            let connection = Connection::new(Role::Client, plan.ours.clone(), &[]);
            let client = drive(connection, near, Caller::new(&plan), plan.cuts.clone());
            let (caller, ()) = tokio::join!(client, their_server(far, &plan));
            assert!(caller.calls.iter().all(|call| call.over));
        });
    }
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(async {
            let in_time = tokio::time::timeout(Duration::from_secs(1), test).await;
            in_time.expect("neither end waits for the other");
        });
}

/// What is done with events.
trait App {
    fn event(&mut self, connection: &mut Connection<FieldList>, event: Event<'_, FieldList>);

    /// What can be done without one; whether all is done.
    fn step(&mut self, connection: &mut Connection<FieldList>) -> bool;
}

/// Moves bytes between a connection and a pipe until either is done.
async fn drive<A: App>(
    mut connection: Connection<FieldList>,
    pipe: DuplexStream,
    mut app: A,
    cuts: Vec<usize>,
) -> A {
    let (mut reader, mut writer) = tokio::io::split(pipe);
    let (mut input, mut buffer) = (Vec::new(), vec![0; 10_000]);
    let mut cuts = cuts.into_iter().cycle();
    loop {
        let mut rest = input.as_slice();
        let mut done;
        // What leaves may make room for more, which is an event.
        loop {
            events(&mut connection, &mut app, &mut rest);
            done = app.step(&mut connection);
            connection.flush();
            if !events(&mut connection, &mut app, &mut rest) {
                break;
            }
        }
        input = rest.to_vec();
        if done && connection.is_finished() && connection.output().is_empty() {
            break;
        }
        let chunk = connection.output().chunk();
        let chunk = &chunk[..chunk.len().min(cuts.next().unwrap_or(1))];
        tokio::select! {
            biased;
            read = reader.read(&mut buffer) => match read {
                Ok(len) if len > 0 => input.extend_from_slice(&buffer[..len]),
                _ => break,
            },
            written = writer.write(chunk), if !chunk.is_empty() => match written {
                Ok(len) => connection.output().advance(len),
                Err(_) => break,
            },
        }
    }
    assert_eq!((connection.open_streams(), connection.held()), (0, 0));
    // The peer still has something to say.
    let _ = writer.shutdown().await;
    while reader.read(&mut buffer).await.is_ok_and(|len| len > 0) {}
    app
}

/// Hands all events that there are to `app`; whether there were any.
fn events<A: App>(connection: &mut Connection<FieldList>, app: &mut A, input: &mut &[u8]) -> bool {
    let mut any = false;
    while let Some(event) = connection
        .next_event(&mut Collect, input)
        .expect("they keep to the rules")
    {
        app.event(connection, event);
        any = true;
    }
    any
}

/// Sends everything back.
#[derive(Default)]
struct Echo {
    streams: HashMap<StreamKey, Echoed>,
}

#[derive(Default)]
struct Echoed {
    received: usize,
    reset_after: Option<usize>,
    /// Bytes that are released when those that came before have left.
    held: usize,
}

impl App for Echo {
    fn event(&mut self, connection: &mut Connection<FieldList>, event: Event<'_, FieldList>) {
        match event {
            Event::Head { stream, head, end } => {
                let reset_after = head.iter().find(|(name, _)| name == RESET_AFTER);
                let echoed = Echoed {
                    reset_after: reset_after.and_then(|(_, value)| value.parse().ok()),
                    ..Echoed::default()
                };
                self.streams.insert(stream, echoed);
                connection.send_head(stream, &block(&[(":status", "200")]), false);
                self.echo(connection, stream, b"", end);
            }
            Event::Data { stream, data, end } => self.echo(connection, stream, data, end),
            Event::Trailers { stream, .. } => self.echo(connection, stream, b"", true),
            Event::Writable { stream } => {
                if let Some(echoed) = self.streams.get_mut(&stream) {
                    connection.release(stream, std::mem::take(&mut echoed.held));
                }
            }
            Event::Reset { stream, cause, .. } => {
                assert_eq!(cause, ResetCause::Peer);
                self.streams.remove(&stream);
            }
            Event::GoAway { .. } | Event::Pong(_) => {}
        }
    }

    fn step(&mut self, _: &mut Connection<FieldList>) -> bool {
        false
    }
}

impl Echo {
    fn echo(
        &mut self,
        connection: &mut Connection<FieldList>,
        stream: StreamKey,
        data: &[u8],
        end: bool,
    ) {
        let Some(echoed) = self.streams.get_mut(&stream) else {
            return;
        };
        echoed.received += data.len();
        if echoed
            .reset_after
            .is_some_and(|after| echoed.received >= after)
        {
            connection.reset(stream, Reason::CANCEL);
            self.streams.remove(&stream);
            return;
        }
        let end = match end {
            true => End::Trailers(trailers_block()),
            false => End::Open,
        };
        connection.send_data(stream, Data::Slice(data), end);
        match connection.queued(stream) {
            0 => connection.release(stream, data.len()),
            _ => echoed.held += data.len(),
        }
    }
}

/// Makes calls, all at once, and compares what comes back.
struct Caller {
    calls: Vec<OurCall>,
    /// Whether to wait for the server's SETTINGS. If they make a window smaller in which something was sent already, h2
    /// opens it no more where less than half had been used.
    patient: bool,
}

struct OurCall {
    call: Call,
    stream: Option<StreamKey>,
    /// How many pieces were sent.
    sent: usize,
    body: Vec<u8>,
    received: usize,
    over: bool,
}

impl Caller {
    fn new(plan: &Plan) -> Self {
        let calls = plan.calls.iter().enumerate().map(|(n, call)| OurCall {
            body: body(n, call),
            call: call.clone(),
            stream: None,
            sent: 0,
            received: 0,
            over: false,
        });
        Self {
            calls: calls.collect(),
            patient: plan.theirs.stream_window < 65_535,
        }
    }

    fn find(&mut self, stream: StreamKey) -> &mut OurCall {
        let found = self
            .calls
            .iter_mut()
            .find(|call| call.stream == Some(stream));
        found.expect("a stream of ours")
    }
}

impl OurCall {
    fn step(&mut self, connection: &mut Connection<FieldList>) {
        let Some(stream) = self.stream else {
            let mut fields = POST.to_vec();
            let after = match self.call.fate {
                Fate::ServerResets(after) => after.to_string(),
                _ => String::new(),
            };
            fields.push((RESET_AFTER, &after));
            self.stream = connection.open(&block(&fields), false);
            return;
        };
        let pieces = &self.call.pieces;
        while !self.over && self.sent <= pieces.len() && connection.queued(stream) == 0 {
            if self.call.fate == Fate::ClientResets(self.sent) {
                connection.reset(stream, Reason::CANCEL);
                self.over = true;
                return;
            }
            let start: usize = pieces[..self.sent].iter().sum();
            let (data, end) = match pieces.get(self.sent) {
                Some(len) => (&self.body[start..start + len], End::Open),
                None => (&self.body[..0], End::Trailers(trailers_block())),
            };
            // Long ones are shared, short ones lent.
            let data = match data.len() {
                ..1_000 => Data::Slice(data),
                _ => Data::Bytes(Bytes::copy_from_slice(data)),
            };
            connection.send_data(stream, data, end);
            self.sent += 1;
        }
    }
}

impl App for Caller {
    fn event(&mut self, connection: &mut Connection<FieldList>, event: Event<'_, FieldList>) {
        match event {
            Event::Head { stream, head, end } => {
                assert_eq!(head[0], (":status".to_owned(), "200".to_owned()));
                assert!(!end && !self.find(stream).over);
            }
            Event::Data { stream, data, end } => {
                let call = self.find(stream);
                assert!(!end && !call.over);
                let expected = &call.body[call.received..call.received + data.len()];
                assert!(data == expected, "bytes are as sent");
                call.received += data.len();
                connection.release(stream, data.len());
            }
            Event::Trailers { stream, .. } => {
                let call = self.find(stream);
                assert_eq!(call.received, call.body.len());
                call.over = true;
            }
            Event::Reset { stream, cause, .. } => {
                assert_eq!(cause, ResetCause::Peer);
                let call = self.find(stream);
                assert!(matches!(call.call.fate, Fate::ServerResets(_)));
                call.over = true;
            }
            Event::Writable { .. } | Event::GoAway { .. } | Event::Pong(_) => {}
        }
    }

    fn step(&mut self, connection: &mut Connection<FieldList>) -> bool {
        if self.patient && !connection.is_established() {
            return false;
        }
        for call in &mut self.calls {
            call.step(connection);
        }
        let done = self.calls.iter().all(|call| call.over);
        if done {
            connection.shut_down();
        }
        done
    }
}

async fn their_client(pipe: DuplexStream, plan: &Plan) {
    let (requests, connection) = h2::client::Builder::new()
        .initial_window_size(plan.theirs.stream_window)
        .initial_connection_window_size(plan.theirs.connection_window)
        .max_frame_size(plan.theirs.max_frame_size)
        .header_table_size(plan.theirs.header_table_size)
        .handshake::<_, Bytes>(pipe)
        .await
        .expect("a connection");
    let connection = tokio::spawn(connection);
    let calls =
        plan.calls.iter().enumerate().map(|(n, call)| {
            tokio::spawn(their_call(requests.clone(), body(n, call), call.clone()))
        });
    for call in calls.collect::<Vec<_>>() {
        call.await.expect("a call");
    }
    drop(requests);
    connection.await.expect("no panic").expect("no error");
}

async fn their_call(mut requests: h2::client::SendRequest<Bytes>, body: Vec<u8>, call: Call) {
    let mut request = http::Request::post("http://a/")
        .body(())
        .expect("a request");
    if let Fate::ServerResets(after) = call.fate {
        request.headers_mut().insert(RESET_AFTER, after.into());
    }
    std::future::poll_fn(|cx| requests.poll_ready(cx))
        .await
        .expect("it is ready");
    let (response, mut send) = requests.send_request(request, false).expect("a stream");
    let sends = async {
        let mut rest = Bytes::from(body.clone());
        for (n, len) in call.pieces.iter().enumerate() {
            if call.fate == Fate::ClientResets(n) {
                return send.send_reset(h2::Reason::CANCEL);
            }
            // The server may have reset it.
            let _ = send.send_data(rest.split_to(*len), false);
            tokio::task::yield_now().await;
        }
        if matches!(call.fate, Fate::ClientResets(_)) {
            return send.send_reset(h2::Reason::CANCEL);
        }
        let _ = send.send_trailers(http::HeaderMap::new());
    };
    let receives = async {
        let mut received = Vec::new();
        let mut incoming = response.await?.into_body();
        while let Some(data) = incoming.data().await {
            let data = data?;
            received.extend_from_slice(&data);
            assert!(body.starts_with(&received), "bytes are as sent");
            incoming.flow_control().release_capacity(data.len())?;
        }
        let trailers = incoming.trailers().await?;
        assert_eq!(trailers.expect("trailers")["grpc-status"], "0");
        Ok::<_, h2::Error>(received)
    };
    let ((), received) = tokio::join!(sends, receives);
    match call.fate {
        Fate::Whole => assert!(received.expect("no error") == body, "all comes back"),
        Fate::ClientResets(_) => drop(received.expect_err("it was reset")),
        Fate::ServerResets(after) => assert_eq!(received.is_err(), after <= body.len()),
    }
}

async fn their_server(pipe: DuplexStream, plan: &Plan) {
    let mut connection = h2::server::Builder::new()
        .initial_window_size(plan.theirs.stream_window)
        .initial_connection_window_size(plan.theirs.connection_window)
        .max_frame_size(plan.theirs.max_frame_size)
        .header_table_size(plan.theirs.header_table_size)
        .handshake::<_, Bytes>(pipe)
        .await
        .expect("a connection");
    while let Some(accepted) = connection.accept().await {
        let (request, respond) = accepted.expect("a request");
        tokio::spawn(async move {
            // Whoever gives up makes an error of it here.
            let _ = their_echo(request, respond).await;
        });
    }
}

async fn their_echo(
    request: http::Request<h2::RecvStream>,
    mut respond: h2::server::SendResponse<Bytes>,
) -> Result<(), h2::Error> {
    let reset_after = request.headers()[RESET_AFTER].to_str().unwrap_or_default();
    let reset_after: Option<usize> = reset_after.parse().ok();
    let mut incoming = request.into_body();
    let mut send = respond.send_response(http::Response::new(()), false)?;
    let mut received = 0;
    loop {
        if reset_after.is_some_and(|after| received >= after) {
            send.send_reset(h2::Reason::CANCEL);
            return Ok(());
        }
        let Some(data) = incoming.data().await else {
            break;
        };
        let data = data?;
        received += data.len();
        incoming.flow_control().release_capacity(data.len())?;
        send.send_data(data, false)?;
    }
    incoming.trailers().await?;
    let mut trailers = http::HeaderMap::new();
    trailers.insert("grpc-status", 0.into());
    send.send_trailers(trailers)
}

/// What a call sends, which no other does.
fn body(n: usize, call: &Call) -> Vec<u8> {
    let len = call.pieces.iter().sum();
    let cycle = (0..251).map(|at| ((at + n * 31) % 251) as u8);
    cycle.cycle().take(len).collect()
}

/// Asks the server to give up.
const RESET_AFTER: &str = "x-reset-after";
