//! Two connections, joined by bytes on their way, against a slow and simple account of what must arrive.
//!
//! Each step does something at random to one end; every byte is compared with what was sent, every frame with the
//! windows as a bystander knows them. In the end everything has arrived and nothing is held.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use traitwire_engine::hpack::Indexing;
use traitwire_engine::{
    Block, Config, Connection, Data, End, Event, Fields, PREFACE, Reason, ResetCause, Role,
    StreamKey,
};

use crate::kit::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Side {
    Client,
    Server,
}

use Side::{Client, Server};

impl Side {
    fn other(self) -> Side {
        match self {
            Client => Server,
            Server => Client,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Open,
    Stream,
    Trailers,
}

/// Something that happens to one end. Streams are chosen by a number, modulo how many there are.
#[derive(Clone, Debug)]
enum Step {
    Open {
        end: bool,
    },
    Head {
        stream: usize,
        end: bool,
    },
    Send {
        side: Side,
        stream: usize,
        len: usize,
        ending: Ending,
    },
    Reset {
        side: Side,
        stream: usize,
    },
    Release {
        side: Side,
        stream: usize,
        len: usize,
    },
    /// What an end has written goes on its way.
    Write {
        side: Side,
    },
    /// As many bytes arrive.
    Read {
        side: Side,
        len: usize,
    },
    /// The initial window of what this end receives becomes another one.
    Window {
        side: Side,
        window: u32,
    },
    ShutDown {
        side: Side,
    },
    GoAway,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let side = || prop_oneof![Just(Client), Just(Server)];
    let stream = || 0_usize..1000;
    let ending = prop_oneof![
        6 => Just(Ending::Open),
        1 => Just(Ending::Stream),
        1 => Just(Ending::Trailers),
    ];
    let len = || prop_oneof![3 => 0_usize..100, 2 => 0_usize..40_000, 1 => 0_usize..200_000];
    let step = prop_oneof![
        4 => prop::bool::weighted(0.3).prop_map(|end| Step::Open { end }),
        4 => (stream(), prop::bool::weighted(0.1))
            .prop_map(|(stream, end)| Step::Head { stream, end }),
        10 => (side(), stream(), len(), ending)
            .prop_map(|(side, stream, len, ending)| Step::Send { side, stream, len, ending }),
        1 => (side(), stream()).prop_map(|(side, stream)| Step::Reset { side, stream }),
        5 => (side(), stream(), len())
            .prop_map(|(side, stream, len)| Step::Release { side, stream, len }),
        5 => side().prop_map(|side| Step::Write { side }),
        10 => (side(), len()).prop_map(|(side, len)| Step::Read { side, len }),
        1 => (side(), 0_u32..MAX_STREAM_WINDOW).prop_map(|(side, window)| Step::Window { side, window }),
    ];
    let last = prop_oneof![
        6 => Just(None),
        1 => side().prop_map(|side| Some(Step::ShutDown { side })),
        1 => Just(Some(Step::GoAway)),
    ];
    let steps = || prop::collection::vec(step.clone(), 1..80);
    (steps(), last, steps())
        .prop_map(|(before, last, after)| before.into_iter().chain(last).chain(after).collect())
}

const MAX_STREAM_WINDOW: u32 = 200_000;

fn config() -> impl Strategy<Value = Config> {
    let window = || prop_oneof![Just(65_535_u32), 65_535..MAX_STREAM_WINDOW, Just(1 << 20)];
    (
        window(),
        window(),
        16_384_u32..40_000,
        1_u32..6,
        65_535_usize..500_000,
    )
        .prop_map(|(stream, connection, frame, streams, held)| {
            let mut config = Config::default();
            config.stream_window = stream.min(MAX_STREAM_WINDOW);
            config.connection_window = connection;
            config.max_frame_size = frame;
            config.max_concurrent_streams = streams;
            config.max_held = held;
            config
        })
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(150)
    })]

    #[test]
    fn everything_arrives_once_in_order_within_the_windows(
        of_client in config(),
        of_server in config(),
        steps in steps(),
    ) {
        let mut world = World::new(of_client, of_server);
        for step in steps {
            world.step(step);
        }
        world.finish();
    }
}

struct World {
    client: OneEnd,
    server: OneEnd,
    streams: Vec<Stream>,
    /// Whether the server has gone away at once, so that streams may be lost.
    gone_away: bool,
}

/// One end, and all that is on its way to it.
struct OneEnd {
    connection: Connection<FieldList>,
    config: Config,
    /// What the other end wrote and this one has yet to get.
    on_its_way: VecDeque<u8>,
    /// What arrived and isn't read, because it is no whole frame yet.
    input: Vec<u8>,
    /// A millisecond goes by with each read, so that windows are measured, and grow.
    now: Instant,
    /// What this end may send, as its frames and those that it got say.
    windows: Windows,
}

/// What is known of one stream.
struct Stream {
    client: StreamKey,
    server: Option<StreamKey>,
    /// Whether it was opened while the client had yet to learn the server's limits.
    unlimited: bool,
    response_begun: bool,
    /// Whether the server ended its answer before it had the whole request, which may be cut short then.
    ended_early: bool,
    response_got: bool,
    up: Direction,
    down: Direction,
    /// Who reset it.
    reset_by: Vec<Side>,
    /// To whom it was reported as reset.
    told: HashMap<Side, (Reason, ResetCause)>,
}

#[derive(Default)]
struct Direction {
    sent: usize,
    ending: Option<Ending>,
    received: usize,
    released: usize,
    got: Option<Ending>,
}

impl Stream {
    fn key(&self, side: Side) -> Option<StreamKey> {
        match side {
            Client => Some(self.client),
            Server => self.server,
        }
    }

    /// What flows to this side.
    fn towards(&mut self, side: Side) -> &mut Direction {
        match side {
            Client => &mut self.down,
            Server => &mut self.up,
        }
    }
}

impl World {
    fn new(of_client: Config, of_server: Config) -> Self {
        Self {
            client: OneEnd::new(Role::Client, of_client),
            server: OneEnd::new(Role::Server, of_server),
            streams: Vec::new(),
            gone_away: false,
        }
    }

    fn end(&mut self, side: Side) -> &mut OneEnd {
        match side {
            Client => &mut self.client,
            Server => &mut self.server,
        }
    }

    fn step(&mut self, step: Step) {
        let count = self.streams.len();
        let place = |stream: usize| stream.checked_rem(count);
        match step {
            Step::Open { end } => self.open(end),
            Step::Head { stream, end } => {
                let Some(at) = place(stream) else { return };
                self.head(at, end);
            }
            Step::Send {
                side,
                stream,
                len,
                ending,
            } => {
                let Some(at) = place(stream) else { return };
                self.send(side, at, len, ending);
            }
            Step::Reset { side, stream } => {
                let Some(at) = place(stream) else { return };
                if let Some(key) = self.streams[at].key(side)
                    && self.end(side).connection.is_open(key)
                {
                    self.end(side).connection.reset(key, Reason::CANCEL);
                    self.streams[at].reset_by.push(side);
                }
            }
            Step::Release { side, stream, len } => {
                let Some(at) = place(stream) else { return };
                self.release(side, at, len);
            }
            Step::Write { side } => self.write(side),
            Step::Read { side, len } => self.read(side, len),
            Step::Window { side, window } => self.set_window(side, window),
            Step::ShutDown { side } => {
                // Whoever hasn't spoken yet can't answer the ping, so this is the only GOAWAY.
                self.gone_away |= side == Server && !self.server.connection.is_established();
                self.end(side).connection.shut_down();
            }
            Step::GoAway => {
                self.server.connection.go_away(Reason::NO_ERROR, "");
                self.gone_away = true;
            }
        }
        self.check_held();
    }

    fn open(&mut self, end: bool) {
        let unlimited = !self.client.connection.is_established();
        let mut fields = Fields::new();
        for (name, value) in POST {
            fields.push(name.as_bytes(), value.as_bytes(), Indexing::Auto);
        }
        let number = self.streams.len().to_string();
        fields.push(b"x-number", number.as_bytes(), Indexing::Auto);
        let can_open = self.client.connection.can_open();
        let opened = self.client.connection.open(&Block::Fields(fields), end);
        assert_eq!(opened.is_some(), can_open);
        let Some(client) = opened else { return };
        self.streams.push(Stream {
            client,
            server: None,
            unlimited,
            response_begun: false,
            ended_early: false,
            response_got: false,
            up: Direction {
                ending: end.then_some(Ending::Stream),
                ..Direction::default()
            },
            down: Direction::default(),
            reset_by: Vec::new(),
            told: HashMap::new(),
        });
    }

    fn head(&mut self, at: usize, end: bool) {
        let stream = &mut self.streams[at];
        let Some(key) = stream.server else { return };
        if self.server.connection.is_open(key) && !stream.response_begun {
            stream.response_begun = true;
            stream.down.ending = end.then_some(Ending::Stream);
            stream.ended_early |= end && stream.up.got.is_none();
        }
        let head = block(&[(":status", "200")]);
        self.server.connection.send_head(key, &head, end);
    }

    fn send(&mut self, side: Side, at: usize, len: usize, ending: Ending) {
        let stream = &mut self.streams[at];
        let Some(key) = stream.key(side) else { return };
        let started = side == Client || stream.response_begun;
        let direction = stream.towards(side.other());
        let data = pattern(key, side, direction.sent, len);
        let connection = match side {
            Client => &mut self.client.connection,
            Server => &mut self.server.connection,
        };
        if started && direction.ending.is_none() && connection.is_open(key) {
            direction.sent += len;
            if ending != Ending::Open {
                direction.ending = Some(ending);
                stream.ended_early |= side == Server && stream.up.got.is_none();
            }
        }
        let end = match ending {
            Ending::Open => End::Open,
            Ending::Stream => End::Stream,
            Ending::Trailers => End::Trailers(trailers_block()),
        };
        let data = match len % 2 {
            0 => Data::Slice(&data),
            _ => Data::Bytes(data.clone().into()),
        };
        connection.send_data(key, data, end);
    }

    fn release(&mut self, side: Side, at: usize, len: usize) {
        let stream = &mut self.streams[at];
        let Some(key) = stream.key(side) else { return };
        let direction = stream.towards(side);
        let len = len.min(direction.received - direction.released);
        direction.released += len;
        self.end(side).connection.release(key, len);
    }

    /// Sends all that can leave on its way.
    fn write(&mut self, side: Side) {
        let end = self.end(side);
        end.connection.flush();
        let written = end.written();
        let events = end.read();
        for event in events {
            self.event(side, event);
        }
        self.end(side.other()).on_its_way.extend(written);
    }

    fn read(&mut self, side: Side, len: usize) {
        // What this end has sent by now is accounted with the windows of now.
        let written = self.end(side).written();
        self.end(side.other()).on_its_way.extend(written);
        let end = self.end(side);
        let len = len.min(end.on_its_way.len());
        let arrived: Vec<u8> = end.on_its_way.drain(..len).collect();
        end.windows.got(&arrived);
        end.input.extend(arrived);
        let events = end.read();
        for event in events {
            self.event(side, event);
        }
    }

    fn set_window(&mut self, side: Side, window: u32) {
        // Never more than what was said at the start: this end doesn't know of the change.
        let window = window.min(self.end(side).config.stream_window);
        let written = self.end(side).written();
        let to = self.end(side.other());
        to.on_its_way.extend(written);
        to.on_its_way
            .extend(settings(&[(INITIAL_WINDOW_SIZE, window)]));
    }

    fn event(&mut self, side: Side, event: OwnedEvent) {
        let gone_away = self.gone_away;
        match event {
            OwnedEvent::Head(key, head, end) => {
                let stream = find(&mut self.streams, key.id());
                match side {
                    Server => {
                        assert!(stream.server.is_none(), "requests come once");
                        stream.server = Some(key);
                        let number = ((key.id() - 1) / 2).to_string();
                        assert_eq!(head.last(), Some(&("x-number".to_owned(), number)));
                    }
                    Client => {
                        assert!(stream.response_begun && !stream.response_got);
                        stream.response_got = true;
                    }
                }
                if end {
                    stream.towards(side).ends(Ending::Stream);
                }
            }
            OwnedEvent::Data(key, data, end) => {
                let stream = find(&mut self.streams, key.id());
                assert_eq!(stream.key(side), Some(key));
                assert!(!stream.told.contains_key(&side) && !stream.reset_by.contains(&side));
                let direction = stream.towards(side);
                assert_eq!(direction.got, None, "data after the end");
                let expected = pattern(key, side.other(), direction.received, data.len());
                assert!(data == expected, "bytes are as sent");
                direction.received += data.len();
                assert!(direction.received <= direction.sent);
                if end {
                    direction.ends(Ending::Stream);
                }
            }
            OwnedEvent::Trailers(key) => {
                let stream = find(&mut self.streams, key.id());
                assert!(!stream.told.contains_key(&side) && !stream.reset_by.contains(&side));
                stream.towards(side).ends(Ending::Trailers);
            }
            OwnedEvent::Reset(key, reason, cause) => {
                let stream = find(&mut self.streams, key.id());
                match (reason, cause) {
                    (Reason::CANCEL, ResetCause::Peer) => {
                        assert!(stream.reset_by.contains(&side.other()));
                    }
                    (Reason::NO_ERROR, ResetCause::Peer) => {
                        assert_eq!(side, Client);
                        assert!(
                            stream.down.got.is_some(),
                            "an answer comes before its reset"
                        );
                    }
                    (Reason::REFUSED_STREAM, ResetCause::Peer) => {
                        assert!(stream.unlimited && stream.server.is_none());
                    }
                    (Reason::REFUSED_STREAM, ResetCause::NotProcessed) => {
                        assert!(gone_away && stream.server.is_none());
                    }
                    _ => panic!("reset because of {reason}, {cause:?}"),
                }
                let told = stream.told.insert(side, (reason, cause));
                assert_eq!(told, None, "a stream is reset once");
                assert!(!self.end(side).connection.is_open(key));
            }
            OwnedEvent::Writable(key) => {
                if self.end(side).connection.is_open(key) {
                    assert_eq!(self.end(side).connection.queued(key), 0);
                }
            }
            OwnedEvent::Other => {}
        }
    }

    fn check_held(&mut self) {
        for side in [Client, Server] {
            let mut held = 0;
            for at in 0..self.streams.len() {
                let Some(key) = self.streams[at].key(side) else {
                    continue;
                };
                let direction = self.streams[at].towards(side);
                let of_stream = direction.received - direction.released;
                if self.end(side).connection.is_open(key) {
                    held += of_stream;
                }
            }
            assert_eq!(self.end(side).connection.held(), held);
        }
    }

    /// Ends what this side sends, and lets everything arrive.
    fn end_all(&mut self, ending: Side) {
        let mut quiet = 0;
        while quiet < 3 {
            quiet += 1;
            for at in 0..self.streams.len() {
                self.head(at, false);
                self.send(ending, at, 1, Ending::Trailers);
                for side in [Client, Server] {
                    self.release(side, at, usize::MAX);
                }
            }
            for side in [Client, Server] {
                self.write(side);
                if !self.end(side.other()).on_its_way.is_empty() {
                    quiet = 0;
                }
                self.read(side.other(), usize::MAX);
            }
        }
    }

    /// Ends all streams and looks at what arrived.
    fn finish(&mut self) {
        for side in [Client, Server] {
            self.set_window(side, u32::MAX);
        }
        // Requests first, so that they arrive whole.
        self.end_all(Client);
        self.end_all(Server);
        self.check_held();
        for side in [Client, Server] {
            let end = self.end(side);
            assert_eq!(
                end.connection.open_streams(),
                0,
                "{side:?}: {:?}",
                end.connection
            );
            assert_eq!(end.connection.queued_in_all(), 0);
            assert_eq!(end.connection.held(), 0);
            assert!(end.connection.output().is_empty() && !end.connection.has_more());
            assert!(end.input.is_empty());
        }
        for stream in &self.streams {
            let reset = !stream.reset_by.is_empty();
            let lost = stream
                .told
                .values()
                .any(|(reason, _)| *reason == Reason::REFUSED_STREAM);
            assert!(!lost || stream.server.is_none());
            if !reset && !lost {
                assert_eq!(stream.down.received, stream.down.sent);
                assert_eq!(stream.down.got, stream.down.ending);
                if !stream.ended_early {
                    assert_eq!(stream.up.received, stream.up.sent);
                    assert_eq!(stream.up.got, stream.up.ending);
                }
            }
        }
    }
}

fn find(streams: &mut [Stream], id: u32) -> &mut Stream {
    let found = streams.iter_mut().find(|stream| stream.client.id() == id);
    found.expect("a stream that the client opened")
}

impl Direction {
    fn ends(&mut self, ending: Ending) {
        assert_eq!(self.got, None, "a stream ends once");
        assert_eq!(self.ending, Some(ending), "it ends as was said");
        assert_eq!(self.received, self.sent, "all has come by then");
        self.got = Some(ending);
    }
}

/// An event that has left its input behind.
enum OwnedEvent {
    Head(StreamKey, FieldList, bool),
    Data(StreamKey, Vec<u8>, bool),
    Trailers(StreamKey),
    Reset(StreamKey, Reason, ResetCause),
    Writable(StreamKey),
    Other,
}

impl OneEnd {
    fn new(role: Role, config: Config) -> Self {
        Self {
            connection: Connection::new(role, config.clone(), &[]),
            config,
            on_its_way: VecDeque::new(),
            input: Vec::new(),
            now: Instant::now(),
            windows: Windows::new(role),
        }
    }

    /// Takes all that is in the output.
    fn written(&mut self) -> Vec<u8> {
        let mut written = Vec::new();
        let output = self.connection.output();
        while !output.is_empty() {
            // In pieces, as a socket takes them.
            let len = output.chunk().len().min(5_000);
            written.extend_from_slice(&output.chunk()[..len]);
            output.advance(len);
        }
        self.windows.sent(&written);
        written
    }

    fn read(&mut self) -> Vec<OwnedEvent> {
        self.now += Duration::from_millis(1);
        self.connection.pass_time(self.now);
        let input = std::mem::take(&mut self.input);
        let mut rest = input.as_slice();
        let mut events = Vec::new();
        while let Some(event) = self
            .connection
            .next_event(&mut Collect, &mut rest)
            .expect("both ends keep to the rules")
        {
            events.push(match event {
                Event::Head { stream, head, end } => OwnedEvent::Head(stream, head, end),
                Event::Data { stream, data, end } => OwnedEvent::Data(stream, data.to_vec(), end),
                Event::Trailers { stream, .. } => OwnedEvent::Trailers(stream),
                Event::Reset {
                    stream,
                    reason,
                    cause,
                } => OwnedEvent::Reset(stream, reason, cause),
                Event::Writable { stream } => OwnedEvent::Writable(stream),
                Event::GoAway { .. } | Event::Pong(_) => OwnedEvent::Other,
            });
        }
        self.input = rest.to_vec();
        events
    }
}

/// How much one end may send, from the frames that it sent and got alone.
struct Windows {
    sent: Frames,
    got: Frames,
    connection: i64,
    initial: i64,
    max_frame_size: usize,
    /// What each stream got by WINDOW_UPDATE, less what was sent on it.
    streams: HashMap<u32, i64>,
}

impl Windows {
    fn new(role: Role) -> Self {
        let preface = PREFACE.len();
        let (sent, got) = match role {
            Role::Client => (preface, 0),
            Role::Server => (0, preface),
        };
        Self {
            sent: Frames::after(sent),
            got: Frames::after(got),
            connection: 65_535,
            initial: 65_535,
            max_frame_size: 16_384,
            streams: HashMap::new(),
        }
    }

    fn sent(&mut self, bytes: &[u8]) {
        self.sent.bytes.extend(bytes);
        while let Some((kind, _, id, payload)) = self.sent.next() {
            assert!(payload.len() <= self.max_frame_size);
            if kind == DATA && !payload.is_empty() {
                let len = payload.len() as i64;
                let stream = self.streams.entry(id).or_default();
                *stream -= len;
                self.connection -= len;
                assert!(self.connection >= 0, "the connection's window");
                assert!(self.initial + *stream >= 0, "the window of stream {id}");
            }
        }
        assert!(self.sent.bytes.is_empty(), "frames are written whole");
    }

    fn got(&mut self, bytes: &[u8]) {
        self.got.bytes.extend(bytes);
        while let Some((kind, flags, id, payload)) = self.got.next() {
            let word = |at: usize| {
                i64::from(u32::from_be_bytes(
                    payload[at..at + 4].try_into().expect("4"),
                ))
            };
            match kind {
                WINDOW_UPDATE if id == 0 => self.connection += word(0),
                WINDOW_UPDATE => *self.streams.entry(id).or_default() += word(0),
                SETTINGS if flags & ACK == 0 => {
                    for at in (0..payload.len()).step_by(6) {
                        match u16::from_be_bytes([payload[at], payload[at + 1]]) {
                            INITIAL_WINDOW_SIZE => self.initial = word(at + 2),
                            MAX_FRAME_SIZE => self.max_frame_size = word(at + 2) as usize,
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

/// Frames out of bytes.
struct Frames {
    bytes: VecDeque<u8>,
    /// Bytes that come before the first frame.
    skip: usize,
}

impl Frames {
    fn after(skip: usize) -> Self {
        Self {
            bytes: VecDeque::new(),
            skip,
        }
    }

    /// The kind, the flags, the stream and the payload of the next one.
    fn next(&mut self) -> Option<(u8, u8, u32, Vec<u8>)> {
        let skipped = self.skip.min(self.bytes.len());
        self.bytes.drain(..skipped);
        self.skip -= skipped;
        if self.bytes.len() < 9 {
            return None;
        }
        let head: Vec<u8> = self.bytes.iter().take(9).copied().collect();
        let len = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        if self.bytes.len() < 9 + len {
            return None;
        }
        let payload = self.bytes.drain(..9 + len).skip(9).collect();
        let id = u32::from_be_bytes(head[5..].try_into().expect("4 bytes"));
        Some((head[3], head[4], id, payload))
    }
}

/// The bytes from `at` on of what `side` sends on a stream.
fn pattern(stream: StreamKey, side: Side, at: usize, len: usize) -> Vec<u8> {
    let seed = stream.id() as usize * 7 + side as usize * 31;
    // 251 is prime: bytes that are lost or doubled show.
    let cycle: Vec<u8> = (0..251).map(|n| ((n + at + seed) % 251) as u8).collect();
    cycle.into_iter().cycle().take(len).collect()
}
