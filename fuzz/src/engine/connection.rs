//! One end of a connection, with steps of its peer and of whoever drives it.

use std::time::{Duration, Instant};

use traitwire_engine::hpack::{Decoder, Field, Indexing};
use traitwire_engine::{
    Block, Config, Connection, Data, End, Event, Fields, PREFACE, ReadHead, Reason, Role, StreamKey,
};

use super::input::Input;

/// Drives a server.
pub fn server(input: &[u8]) {
    drive(Role::Server, input);
}

/// Drives a client.
pub fn client(input: &[u8]) {
    drive(Role::Client, input);
}

fn drive(role: Role, input: &[u8]) {
    let mut input = Input(input);
    let mut end = Driver::new(role, input.byte());
    while !input.is_empty() && !end.over {
        end.step(&mut input);
        end.check();
    }
    end.write(usize::MAX);
    end.check();
}

/// A connection, and what must be true of it.
struct Driver {
    role: Role,
    config: Config,
    connection: Connection<usize>,
    now: Instant,
    /// What has arrived and wasn't used.
    unread: Vec<u8>,
    streams: Vec<Stream>,
    written: Written,
    /// Bytes that the peer has sent.
    arrived: usize,
    /// Bytes that may leave because of this end's own steps.
    own: usize,
    /// The connection has failed.
    over: bool,
}

struct Stream {
    key: StreamKey,
    /// Bytes that are not released.
    held: usize,
    has_head: bool,
    /// Nothing may follow.
    ended: bool,
}

impl Driver {
    fn new(role: Role, limits: u8) -> Self {
        let mut config = Config::default();
        if limits & 1 != 0 {
            config.max_concurrent_streams = 3;
            config.stream_window = 65_535;
            config.connection_window = 65_535;
            config.max_held = 100_000;
            config.max_header_list_size = 400;
            config.max_wasted_streams = 10;
            config.max_idle_frames = 20;
        }
        let mut end = Self {
            role,
            connection: Connection::new(role, config.clone(), &["grpc-timeout"]),
            config,
            now: Instant::now(),
            unread: Vec::new(),
            streams: Vec::new(),
            written: Written::new(role),
            arrived: 0,
            own: 200,
            over: false,
        };
        // Most inputs should get somewhere.
        if limits & 2 == 0 {
            if role == Role::Server {
                end.arrive(PREFACE);
            }
            end.arrive(&[0, 0, 0, 4, 0, 0, 0, 0, 0]);
        }
        end
    }

    fn step(&mut self, input: &mut Input<'_>) {
        match input.byte() % 16 {
            // Bytes as they are.
            0..=4 => {
                let len = input.number();
                let bytes = input.bytes(len);
                self.arrive(bytes);
            }
            // A frame.
            5..=8 => {
                let (kind, flags, id) = (input.byte(), input.byte(), input.byte());
                let len = usize::from(input.byte());
                let payload = input.bytes(len);
                let mut frame = vec![0, 0, payload.len() as u8, kind % 12, flags, 0, 0, 0, id];
                frame.extend(payload);
                self.arrive(&frame);
            }
            9 => self.head(input.byte()),
            10 => self.send(input),
            11 => {
                let len = input.number();
                self.release(input.byte(), len);
            }
            12 => {
                let stream = input.byte();
                if let Some(stream) = self.stream(stream) {
                    let key = stream.key;
                    self.connection.reset(key, Reason(u32::from(input.byte())));
                    self.own += 13;
                }
            }
            13 => {
                let len = input.number();
                self.write(len);
            }
            14 => {
                self.now += Duration::from_millis(u64::from(input.byte()));
                self.connection.pass_time(self.now);
            }
            _ => match input.byte() % 8 {
                0 => self.connection.shut_down(),
                1 => self.connection.go_away(Reason::NO_ERROR, "enough"),
                2 => self.connection.shrink(),
                _ => self.connection.ping(*b"anybody?"),
            },
        }
        // Neither of the last ones writes more.
        self.own += 34 + 17;
    }

    /// Opens a stream, or answers on one.
    fn head(&mut self, choice: u8) {
        let end = choice & 1 != 0;
        let mut fields = Fields::new();
        match self.role {
            Role::Server => fields.push(b":status", b"200", Indexing::Auto),
            Role::Client => {
                for (name, value) in [(":method", "POST"), (":scheme", "http"), (":path", "/")] {
                    fields.push(name.as_bytes(), value.as_bytes(), Indexing::Auto);
                }
            }
        }
        let value = vec![choice; usize::from(choice)];
        if choice.is_ascii_alphanumeric() {
            fields.push(b"x-some", &value, Indexing::Auto);
        }
        self.own += 350;
        let block = Block::Fields(fields);
        match self.role {
            Role::Server => {
                if let Some(key) = self.stream(choice >> 1).map(|stream| stream.key) {
                    self.connection.send_head(key, &block, end);
                }
            }
            // No peer could make it open more.
            Role::Client if self.streams.len() == MAX_STREAMS => {}
            Role::Client => {
                if let Some(key) = self.connection.open(&block, end) {
                    self.streams.push(Stream {
                        key,
                        held: 0,
                        has_head: false,
                        ended: false,
                    });
                }
            }
        }
    }

    fn send(&mut self, input: &mut Input<'_>) {
        let (stream, choice, len) = (input.byte(), input.byte(), input.number());
        let Some(key) = self.stream(stream).map(|stream| stream.key) else {
            return;
        };
        let bytes = vec![choice; len];
        let data = match choice & 4 {
            0 => Data::Slice(&bytes),
            _ => Data::Bytes(bytes.clone().into()),
        };
        let end = match choice % 4 {
            0 | 1 => End::Open,
            2 => End::Stream,
            _ => {
                let mut trailers = Fields::new();
                trailers.push(b"grpc-status", b"0", Indexing::Auto);
                End::Trailers(Block::Fields(trailers))
            }
        };
        self.connection.send_data(key, data, end);
        // The frames' heads, trailers, and RST_STREAM after them.
        self.own += len + 9 * (2 + len / 16_384) + 40 + 13;
    }

    fn release(&mut self, stream: u8, len: usize) {
        let Some(stream) = self.stream(stream) else {
            return;
        };
        let (key, len) = (stream.key, len.min(stream.held));
        stream.held -= len;
        self.connection.release(key, len);
        self.own += 26;
    }

    fn stream(&mut self, choice: u8) -> Option<&mut Stream> {
        let len = self.streams.len().max(1);
        self.streams.get_mut(usize::from(choice) % len)
    }

    fn arrive(&mut self, bytes: &[u8]) {
        self.arrived += bytes.len();
        self.unread.extend(bytes);
        let unread = std::mem::take(&mut self.unread);
        let mut input = unread.as_slice();
        loop {
            match self.connection.next_event(&mut Sizes, &mut input) {
                Ok(Some(event)) => {
                    note(self.role, &mut self.streams, &event);
                }
                Ok(None) => break,
                Err(error) => {
                    self.over = true;
                    self.write(usize::MAX);
                    let said = self
                        .written
                        .go_away
                        .as_ref()
                        .expect("GOAWAY before the end");
                    assert_eq!(said, &(error.reason, error.text.as_bytes().to_vec()));
                    let again = self.connection.next_event(&mut Sizes, &mut input);
                    assert_eq!(again.err(), Some(error), "an error stays");
                    assert!(self.connection.has_failed() && self.connection.is_finished());
                    return;
                }
            }
        }
        self.unread = input.to_vec();
        let longest = 9 + self.config.max_frame_size as usize;
        assert!(self.unread.len() < longest, "whole frames are used");
    }

    /// Writes up to `len` bytes.
    fn write(&mut self, len: usize) {
        let mut left = len;
        loop {
            self.connection.flush();
            let output = self.connection.output();
            while !output.is_empty() && left > 0 {
                let chunk = output.chunk();
                let now = chunk.len().min(left);
                self.written.take(&chunk[..now]);
                output.advance(now);
                left -= now;
            }
            let mut nothing: &[u8] = &[];
            while let Ok(Some(event)) = self.connection.next_event(&mut Sizes, &mut nothing) {
                note(self.role, &mut self.streams, &event);
            }
            if left == 0 || !self.connection.has_more() && self.connection.output().is_empty() {
                return;
            }
        }
    }

    fn check(&mut self) {
        let connection = &self.connection;
        self.streams.retain(|stream| connection.is_open(stream.key));
        assert_eq!(connection.open_streams(), self.streams.len());
        if self.role == Role::Server {
            assert!(self.streams.len() <= self.config.max_concurrent_streams as usize);
        }
        let held: usize = self.streams.iter().map(|stream| stream.held).sum();
        assert_eq!(connection.held(), held);
        assert!(held <= self.config.max_held, "{held} bytes are held");
        // Each frame has a short answer at most; and each window that is opened lets streams send one more frame.
        let len = self.written.len + self.connection.output().len();
        let most = self.own + 16 * self.arrived;
        assert!(len <= most, "{len} bytes of output, {most} at most");
    }
}

/// Notes what an event means for its stream.
fn note(role: Role, streams: &mut Vec<Stream>, event: &Event<'_, usize>) {
    let known = |key: &StreamKey| streams.iter().position(|stream| stream.key == *key);
    let find = |key| known(key).expect("a known stream");
    match event {
        Event::Head { stream, end, .. } if role == Role::Server => {
            assert_eq!(known(stream), None, "a request for each stream");
            streams.push(Stream {
                key: *stream,
                held: 0,
                has_head: true,
                ended: *end,
            });
        }
        Event::Head { stream, end, .. } => {
            let at = find(stream);
            let stream = &mut streams[at];
            assert!(!stream.has_head, "one head for each response");
            (stream.has_head, stream.ended) = (true, *end);
        }
        Event::Data { stream, data, end } => {
            let at = find(stream);
            let stream = &mut streams[at];
            assert!(stream.has_head && !stream.ended, "data within a body");
            stream.held += data.len();
            stream.ended = *end;
        }
        Event::Trailers { stream, .. } => {
            let at = find(stream);
            let stream = &mut streams[at];
            assert!(stream.has_head && !stream.ended, "trailers of a body");
            stream.ended = true;
        }
        Event::Reset { stream, .. } => {
            let at = find(stream);
            streams.remove(at);
        }
        Event::Writable { stream } => {
            find(stream);
        }
        Event::GoAway { .. } | Event::Pong(_) => {}
    }
}

/// What an end has written, read as its peer would.
struct Written {
    len: usize,
    bytes: Vec<u8>,
    decoder: Decoder,
    preface: bool,
    /// A block whose end is to come.
    block: Option<(u32, Vec<u8>)>,
    /// What GOAWAY said last.
    go_away: Option<(Reason, Vec<u8>)>,
    last_stream: u32,
}

impl Written {
    fn new(role: Role) -> Self {
        Self {
            len: 0,
            bytes: Vec::new(),
            decoder: Decoder::new(4096, &[]),
            preface: role == Role::Client,
            block: None,
            go_away: None,
            last_stream: u32::MAX,
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.len += bytes.len();
        self.bytes.extend(bytes);
        let mut rest = self.bytes.as_slice();
        if self.preface {
            let Some(frames) = rest.strip_prefix(PREFACE) else {
                assert!(PREFACE.starts_with(rest), "a client says who it is");
                return;
            };
            (rest, self.preface) = (frames, false);
        }
        let mut frames = Vec::new();
        while let Some((head, after)) = rest.split_first_chunk::<9>() {
            let len = usize::from(head[1]) << 8 | usize::from(head[2]) | usize::from(head[0]) << 16;
            let Some((payload, after)) = after.split_at_checked(len) else {
                break;
            };
            let id = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
            frames.push((head[3], head[4], id, payload.to_vec()));
            rest = after;
        }
        self.bytes = rest.to_vec();
        for (kind, flags, id, payload) in frames {
            self.frame(kind, flags, id, payload);
        }
    }

    fn frame(&mut self, kind: u8, flags: u8, id: u32, payload: Vec<u8>) {
        let fatal = |(reason, _): &(Reason, Vec<u8>)| *reason != Reason::NO_ERROR;
        assert!(!self.go_away.as_ref().is_some_and(fatal), "nothing follows");
        let of_stream = match kind {
            0 | 1 | 3 | 9 => id != 0,
            8 => true,
            4 | 6 | 7 => id == 0,
            _ => false,
        };
        assert!(of_stream, "a frame of kind {kind} on {id}");
        if kind == 1 || kind == 9 {
            let started = self.block.take();
            assert_eq!(started.is_some(), kind == 9, "blocks go on as they began");
            let (of, mut block) = started.unwrap_or((id, Vec::new()));
            assert_eq!(of, id);
            block.extend(payload);
            if flags & 4 == 0 {
                self.block = Some((id, block));
                return;
            }
            let decoded = self.decoder.decode(&block, usize::MAX, &mut |_| {});
            decoded.expect("a block that can be read");
            return;
        }
        assert!(self.block.is_none(), "nothing comes within a block");
        match kind {
            3 => assert_eq!(payload.len(), 4),
            4 => assert!(payload.len().is_multiple_of(6) && (flags & 1 == 0 || payload.is_empty())),
            6 => assert_eq!(payload.len(), 8),
            7 => {
                let word = |at: usize| {
                    let word = payload[at..at + 4].try_into().expect("4 bytes");
                    u32::from_be_bytes(word)
                };
                assert!(word(0) <= self.last_stream, "the last stream doesn't grow");
                self.last_stream = word(0);
                self.go_away = Some((Reason(word(4)), payload[8..].to_vec()));
            }
            8 => assert!(payload != [0; 4], "a window is opened by something"),
            _ => {}
        }
    }
}

/// Makes the size of each head of it.
struct Sizes;

impl ReadHead for Sizes {
    type Head = usize;

    fn start(&mut self) -> usize {
        0
    }

    fn field(&mut self, head: &mut usize, field: &Field<'_>) {
        *head += field.name.len() + field.value.len();
    }
}

/// Streams that a client opens at a time.
const MAX_STREAMS: usize = 10;
