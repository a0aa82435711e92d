//! One end of a connection, whose peer is a test: raw frames in, events and frames out, a line each.

use std::fmt::Write;

use expect_test::Expect;
use traitwire_engine::hpack::{Decoder, Field, Indexing};
use traitwire_engine::{
    Block, Config, Connection, ConnectionError, Data, End, Event, Fields, PREFACE, ReadHead,
    Reason, ResetCause, Role, StreamKey,
};

/// Feeds `frames` to a server whose connection has just been established: what comes of them, and of the same bytes one
/// at a time.
#[track_caller]
pub fn check_server(frames: &[Vec<u8>], expect: Expect) {
    check(Endpoint::server, frames, expect);
}

/// The same for a client, which has sent `requests` requests that go on.
#[track_caller]
pub fn check_client(requests: usize, frames: &[Vec<u8>], expect: Expect) {
    check(|| Endpoint::client_with(requests), frames, expect);
}

#[track_caller]
fn check(start: impl Fn() -> Endpoint, frames: &[Vec<u8>], expect: Expect) {
    let mut end = start();
    end.gets(frames);
    let log = end.take_log();
    let mut bytewise = start();
    for byte in frames.concat() {
        bytewise.arrives(&[byte]);
    }
    bytewise.leaves();
    assert_eq!(log, bytewise.take_log(), "one byte at a time");
    expect.assert_eq(&log);
}

/// What comes of each of `cases`, in a line each.
#[track_caller]
pub fn check_each<'n>(
    start: impl Fn() -> Endpoint,
    cases: impl IntoIterator<Item = (&'n str, Vec<u8>)>,
    expect: Expect,
) {
    let mut table = String::new();
    for (name, frames) in cases {
        let mut end = start();
        end.gets(&[frames]);
        let log = end.take_log();
        let log = match log.trim_end() {
            "" => "nothing",
            log => &log.replace('\n', " | "),
        };
        writeln!(table, "{name}: {log}").expect("strings take all");
    }
    expect.assert_eq(&table);
}

/// One end, and what it made of what it got.
pub struct Endpoint {
    pub connection: Connection<FieldList>,
    reader: Collect,
    input: Vec<u8>,
    error: Option<ConnectionError>,
    printer: Printer,
    log: String,
    /// Each stream that is known, in the order they were opened.
    pub streams: Vec<StreamKey>,
}

impl Endpoint {
    /// A new end, which has read and written nothing.
    pub fn new(role: Role, config: Config) -> Self {
        Self {
            connection: Connection::new(role, config, &[]),
            reader: Collect,
            input: Vec::new(),
            error: None,
            printer: Printer::new(role),
            log: String::new(),
            streams: Vec::new(),
        }
    }

    /// A server that has the client's preface and SETTINGS.
    pub fn server() -> Self {
        Self::server_with(Config::default(), &[])
    }

    /// The same, with SETTINGS of the client's.
    pub fn server_with(config: Config, of_client: &[(u16, u32)]) -> Self {
        let mut end = Self::new(Role::Server, config);
        end.gets(&[PREFACE.to_vec(), settings(of_client), settings_ack()]);
        end.take_log();
        end
    }

    /// A server with a request on stream 1 that goes on.
    pub fn server_with_request() -> Self {
        let mut end = Self::server();
        end.gets(&[request(1)]);
        end.take_log();
        end
    }

    /// A client that has the server's SETTINGS, and has sent requests that go on.
    pub fn client_with(requests: usize) -> Self {
        let mut end = Self::client(Config::default(), &[]);
        for _ in 0..requests {
            end.open(false);
        }
        end.leaves();
        end.take_log();
        end
    }

    /// A client that has the server's SETTINGS.
    pub fn client(config: Config, of_server: &[(u16, u32)]) -> Self {
        let mut end = Self::new(Role::Client, config);
        end.gets(&[settings(of_server), settings_ack()]);
        end.take_log();
        end
    }

    /// Bytes arrive; events are noted.
    pub fn arrives(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
        self.events();
    }

    /// Frames arrive, and what they make the end send leaves.
    pub fn gets(&mut self, frames: &[Vec<u8>]) {
        self.arrives(&frames.concat());
        self.leaves();
    }

    /// All that can leave leaves, and is noted.
    pub fn leaves(&mut self) {
        let mut bytes = Vec::new();
        loop {
            self.connection.flush();
            let output = self.connection.output();
            while !output.is_empty() {
                let chunk = output.chunk();
                bytes.extend_from_slice(chunk);
                let len = chunk.len();
                output.advance(len);
            }
            if !self.connection.has_more() {
                break;
            }
        }
        self.events();
        self.printer.print(&bytes, &mut self.log);
    }

    /// Opens a stream; `None` if the peer takes none.
    pub fn open(&mut self, end: bool) -> Option<StreamKey> {
        let key = self.connection.open(&block(&POST), end)?;
        self.streams.push(key);
        Some(key)
    }

    /// Answers the stream with this place among those that are known.
    pub fn answer(&mut self, at: usize, end: bool) {
        let head = block(&[(":status", "200")]);
        self.connection.send_head(self.streams[at], &head, end);
    }

    /// Sends data on the stream with this place.
    pub fn send(&mut self, at: usize, data: &[u8], end: End) {
        let key = self.streams[at];
        self.connection.send_data(key, Data::Slice(data), end);
    }

    /// What was noted since the last time.
    pub fn take_log(&mut self) -> String {
        std::mem::take(&mut self.log)
    }

    /// Lets leave what can, and compares what was noted since the last time.
    #[track_caller]
    pub fn check(&mut self, expect: Expect) {
        self.leaves();
        expect.assert_eq(&self.take_log());
    }

    fn events(&mut self) {
        if self.error.is_some() {
            return;
        }
        let input = std::mem::take(&mut self.input);
        let mut rest = input.as_slice();
        loop {
            match self.connection.next_event(&mut self.reader, &mut rest) {
                Ok(None) => break,
                Ok(Some(event)) => {
                    if let Event::Head { stream, .. } = event
                        && !self.streams.contains(&stream)
                    {
                        self.streams.push(stream);
                    }
                    print_event(&event, &mut self.log);
                }
                Err(error) => {
                    line(&mut self.log, format_args!("error {error}"));
                    self.error = Some(error);
                    break;
                }
            }
        }
        self.input = rest.to_vec();
    }
}

/// Header fields as they came.
pub type FieldList = Vec<(String, String)>;

/// Makes a list of a header block.
pub struct Collect;

impl ReadHead for Collect {
    type Head = FieldList;

    fn start(&mut self) -> FieldList {
        Vec::new()
    }

    fn field(&mut self, head: &mut FieldList, field: &Field<'_>) {
        head.push((text(field.name), text(field.value)));
    }
}

/// What a request has to have.
pub const POST: [(&str, &str); 3] = [(":method", "POST"), (":scheme", "http"), (":path", "/")];

/// Fields for an end to send.
pub fn block(fields: &[(&str, &str)]) -> Block {
    let mut list = Fields::new();
    for (name, value) in fields {
        list.push(name.as_bytes(), value.as_bytes(), Indexing::Without);
    }
    Block::Fields(list)
}

/// Trailers for an end to send.
pub fn trailers_block() -> Block {
    block(&[("grpc-status", "0")])
}

// Frames of the peer.

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const PRIORITY: u8 = 2;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PUSH_PROMISE: u8 = 5;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const END_STREAM: u8 = 0x1;
pub const ACK: u8 = 0x1;
pub const END_HEADERS: u8 = 0x4;
pub const PADDED: u8 = 0x8;
pub const WITH_PRIORITY: u8 = 0x20;

pub const HEADER_TABLE_SIZE: u16 = 1;
pub const ENABLE_PUSH: u16 = 2;
pub const MAX_CONCURRENT_STREAMS: u16 = 3;
pub const INITIAL_WINDOW_SIZE: u16 = 4;
pub const MAX_FRAME_SIZE: u16 = 5;
pub const MAX_HEADER_LIST_SIZE: u16 = 6;

pub const CANCEL: u32 = 8;

/// Any frame.
pub fn frame(kind: u8, flags: u8, id: u32, payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len()).expect("frames are short");
    let mut bytes = len.to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(id.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// HEADERS with a whole block.
pub fn headers(id: u32, flags: u8, fields: &[(&str, &str)]) -> Vec<u8> {
    frame(HEADERS, flags | END_HEADERS, id, &literals(fields))
}

/// A request that goes on.
pub fn request(id: u32) -> Vec<u8> {
    headers(id, 0, &POST)
}

/// A request that is complete.
pub fn whole_request(id: u32) -> Vec<u8> {
    headers(id, END_STREAM, &POST)
}

/// A request that goes on, with more fields.
pub fn request_with(id: u32, fields: &[(&str, &str)]) -> Vec<u8> {
    headers(id, 0, &[&POST, fields].concat())
}

/// A response that goes on.
pub fn response(id: u32) -> Vec<u8> {
    headers(id, 0, &[(":status", "200")])
}

pub fn data(id: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    frame(DATA, flags, id, payload)
}

pub fn rst_stream(id: u32, reason: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, id, &reason.to_be_bytes())
}

pub fn settings(settings: &[(u16, u32)]) -> Vec<u8> {
    let mut payload = Vec::new();
    for (id, value) in settings {
        payload.extend(id.to_be_bytes());
        payload.extend(value.to_be_bytes());
    }
    frame(SETTINGS, 0, 0, &payload)
}

pub fn settings_ack() -> Vec<u8> {
    frame(SETTINGS, ACK, 0, b"")
}

pub fn ping(payload: &[u8; 8]) -> Vec<u8> {
    frame(PING, 0, 0, payload)
}

pub fn goaway(last: u32, reason: u32) -> Vec<u8> {
    let payload = [last.to_be_bytes(), reason.to_be_bytes()].concat();
    frame(GOAWAY, 0, 0, &payload)
}

pub fn window_update(id: u32, increment: u32) -> Vec<u8> {
    frame(WINDOW_UPDATE, 0, id, &increment.to_be_bytes())
}

/// A header block of literals that stay out of the table and aren't compressed.
pub fn literals(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        string(name, &mut block);
        string(value, &mut block);
    }
    block
}

/// A field that goes into the table.
pub fn indexed_literal(name: &str, value: &str) -> Vec<u8> {
    let mut block = vec![0x40];
    string(name, &mut block);
    string(value, &mut block);
    block
}

fn string(text: &str, block: &mut Vec<u8>) {
    let Some(mut rest) = text.len().checked_sub(0x7f) else {
        block.push(text.len() as u8);
        return block.extend(text.as_bytes());
    };
    block.push(0x7f);
    while rest >= 0x80 {
        block.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    block.push(rest as u8);
    block.extend(text.as_bytes());
}

// A line for each event and frame.

pub fn print_event(event: &Event<'_, FieldList>, log: &mut String) {
    let end = |end: &bool| if *end { ", end" } else { "" };
    match event {
        Event::Head {
            stream,
            head,
            end: over,
        } => {
            let (id, head) = (stream.id(), fields(head));
            line(log, format_args!("head {id}: {head}{}", end(over)));
        }
        Event::Data {
            stream,
            data,
            end: over,
        } => {
            let (id, data) = (stream.id(), body(data));
            line(log, format_args!("data {id}: {data}{}", end(over)));
        }
        Event::Trailers { stream, head } => {
            line(
                log,
                format_args!("trailers {}: {}", stream.id(), fields(head)),
            );
        }
        Event::Reset {
            stream,
            reason,
            cause,
        } => {
            let cause = match cause {
                ResetCause::Peer => "by the peer",
                ResetCause::NotProcessed => "not processed",
                ResetCause::Broken(text) => text,
            };
            line(
                log,
                format_args!("reset {}: {reason}, {cause}", stream.id()),
            );
        }
        Event::Writable { stream } => line(log, format_args!("writable {}", stream.id())),
        Event::GoAway { reason, text: b"" } => line(log, format_args!("goaway {reason}")),
        Event::GoAway { reason, text } => {
            line(log, format_args!("goaway {reason}: {}", body(text)));
        }
        Event::Pong(payload) => line(log, format_args!("pong {}", body(payload))),
    }
}

/// Reads what an end sends, without its code for frames.
struct Printer {
    decoder: Decoder,
    preface: bool,
    /// A block whose end is still to come.
    block: Vec<u8>,
}

impl Printer {
    fn new(role: Role) -> Self {
        Self {
            decoder: Decoder::new(4096, &[]),
            preface: role == Role::Client,
            block: Vec::new(),
        }
    }

    fn print(&mut self, mut bytes: &[u8], log: &mut String) {
        if self.preface
            && let Some(rest) = bytes.strip_prefix(PREFACE)
        {
            (bytes, self.preface) = (rest, false);
            line(log, format_args!("> preface"));
        }
        while !bytes.is_empty() {
            let (&[a, b, c, kind, flags, d, e, f, g], rest) =
                bytes.split_first_chunk().expect("a frame's head");
            let len = u32::from_be_bytes([0, a, b, c]) as usize;
            let id = u32::from_be_bytes([d, e, f, g]);
            let (payload, rest) = rest.split_at(len);
            bytes = rest;
            let text = self.frame(kind, flags, id, payload);
            line(log, format_args!("> {text}"));
        }
    }

    fn frame(&mut self, kind: u8, flags: u8, id: u32, payload: &[u8]) -> String {
        let word = |at: usize| {
            let bytes = payload[at..at + 4].try_into().expect("4 bytes");
            u32::from_be_bytes(bytes)
        };
        let end = if flags & END_STREAM != 0 { ", end" } else { "" };
        match kind {
            DATA => format!("DATA {id}: {}{end}", body(payload)),
            HEADERS | CONTINUATION => {
                let name = if kind == HEADERS {
                    "HEADERS"
                } else {
                    "CONTINUATION"
                };
                let end = if kind == HEADERS { end } else { "" };
                self.block.extend(payload);
                if flags & END_HEADERS == 0 {
                    return format!("{name} {id}: {} bytes, to be continued{end}", payload.len());
                }
                let mut list = FieldList::new();
                let block = std::mem::take(&mut self.block);
                self.decoder
                    .decode(&block, usize::MAX, &mut |field| {
                        list.push((text(field.name), text(field.value)));
                    })
                    .expect("a block that can be decoded");
                format!("{name} {id}: {}{end}", fields(&list))
            }
            RST_STREAM => format!("RST_STREAM {id}: {}", Reason(word(0))),
            SETTINGS if flags & ACK != 0 => "SETTINGS ack".to_owned(),
            SETTINGS => {
                let mut text = "SETTINGS".to_owned();
                for setting in payload.chunks(6) {
                    let value = u32::from_be_bytes(setting[2..].try_into().expect("4 bytes"));
                    write!(text, " {}={value}", setting[1]).expect("strings take all");
                }
                text
            }
            PING if flags & ACK != 0 => format!("PING ack {}", body(payload)),
            PING => format!("PING {}", body(payload)),
            GOAWAY => format!("GOAWAY last {}: {}", word(0), Reason(word(4))),
            WINDOW_UPDATE => format!("WINDOW_UPDATE {id}: {}", word(0)),
            _ => format!("kind {kind} flags {flags} {id}: {}", body(payload)),
        }
    }
}

fn line(log: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(log, "{text}").expect("strings take all");
}

fn fields(list: &FieldList) -> String {
    let is_post = list.len() >= POST.len()
        && POST
            .iter()
            .zip(list)
            .all(|((a, b), (c, d))| a == c && b == d);
    let start = if is_post { POST.len() } else { 0 };
    let mut texts: Vec<String> = list[start..]
        .iter()
        .map(|(name, value)| match value.len() {
            ..=32 => format!("{name}={value}"),
            len => format!("{name}={len} bytes"),
        })
        .collect();
    if is_post {
        texts.insert(0, "POST /".to_owned());
    }
    texts.join(" ")
}

fn body(bytes: &[u8]) -> String {
    match bytes.len() {
        ..=32 => format!("\"{}\"", bytes.escape_ascii()),
        len => format!("{len} bytes"),
    }
}

fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}
