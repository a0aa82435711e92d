//! One connection's HTTP/2: as much of it as making calls and counting their answers takes.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::Instant;

use mio::net::TcpStream;

use crate::hpack::TABLE_SIZE;
use crate::request::Blocks;

/// What a call sends, and how.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// All of it at once, with the headers if the server's windows let it.
    Whole(Vec<u8>),
    /// So many times the same message: each but the first once the one before has come back.
    PingPong { message: Vec<u8>, messages: usize },
}

pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    blocks: Blocks,
    body: Body,
    input: Vec<u8>,
    /// Where the input begins that hasn't been read yet, and where it ends.
    unread: (usize, usize),
    output: Vec<u8>,
    written: usize,
    /// Nobody may call before the server has said what it can take.
    ready: bool,
    next_id: u32,
    open: usize,
    max_open: usize,
    /// What the server takes on this connection, and at first on each stream.
    window: i64,
    stream_window: i64,
    /// What came and wasn't acknowledged yet.
    taken: u32,
    /// Bodies that the windows hold up.
    waiting: VecDeque<Waiting>,
    exchanges: HashMap<u32, Exchange>,
    /// When calls began, by their number; empty if nobody asks.
    began: Option<Vec<Instant>>,
    pub(crate) latencies: Vec<u64>,
    pub(crate) done: u64,
    pub(crate) failed: u64,
    pub(crate) received: u64,
}

/// A body of which a part is still to be sent.
struct Waiting {
    id: u32,
    sent: usize,
    window: i64,
}

/// Messages that go there and back.
#[derive(Default)]
struct Exchange {
    sent: usize,
    back: usize,
}

impl Connection {
    pub(crate) fn open(
        address: SocketAddr,
        blocks: Blocks,
        body: Body,
        timed: bool,
    ) -> io::Result<Self> {
        // Connected before anything else is done, so that no event has to be waited for.
        let stream = std::net::TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut output = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        let mut settings = Vec::new();
        for (setting, value) in [(ENABLE_PUSH, 0), (INITIAL_WINDOW_SIZE, WINDOW)] {
            settings.extend(setting.to_be_bytes());
            settings.extend(value.to_be_bytes());
        }
        frame(&mut output, SETTINGS, 0, 0, &settings);
        let more = WINDOW - DEFAULT_WINDOW as u32;
        frame(&mut output, WINDOW_UPDATE, 0, 0, &more.to_be_bytes());
        Ok(Self {
            stream: TcpStream::from_std(stream),
            blocks,
            body,
            input: vec![0; INPUT],
            unread: (0, 0),
            output,
            written: 0,
            ready: false,
            next_id: 1,
            open: 0,
            max_open: usize::MAX,
            window: DEFAULT_WINDOW,
            stream_window: DEFAULT_WINDOW,
            taken: 0,
            waiting: VecDeque::new(),
            exchanges: HashMap::new(),
            began: timed.then(Vec::new),
            latencies: Vec::new(),
            done: 0,
            failed: 0,
            received: 0,
        })
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.ready
    }

    pub(crate) fn open_calls(&self) -> usize {
        self.open
    }

    /// Whether the server takes one more call now.
    pub(crate) fn has_room(&self) -> bool {
        self.ready && self.open < self.max_open
    }

    /// Makes a call, which was due at `began`. It leaves with the next [`flush`](Self::flush).
    pub(crate) fn call(&mut self, began: Option<Instant>) {
        let id = self.next_id;
        self.next_id += 2;
        self.open += 1;
        if let (Some(times), Some(began)) = (&mut self.began, began) {
            times.push(began);
        }
        frame(
            &mut self.output,
            HEADERS,
            END_HEADERS,
            id,
            self.blocks.next(),
        );
        match &self.body {
            Body::Whole(body) => {
                let len = body.len() as i64;
                let fits = len <= self.window.min(self.stream_window).min(MAX_FRAME as i64);
                if fits && self.waiting.is_empty() {
                    self.window -= len;
                    frame(&mut self.output, DATA, END_STREAM, id, body);
                } else {
                    self.waiting.push_back(Waiting {
                        id,
                        sent: 0,
                        window: self.stream_window,
                    });
                    self.send_waiting();
                }
            }
            Body::PingPong { message, .. } => {
                self.window -= message.len() as i64;
                frame(&mut self.output, DATA, 0, id, message);
                let first = Exchange { sent: 1, back: 0 };
                self.exchanges.insert(id, first);
            }
        }
    }

    /// Sends as much as the windows let it of the bodies that wait.
    fn send_waiting(&mut self) {
        let Body::Whole(body) = &self.body else {
            return;
        };
        self.waiting.retain_mut(|waiting| {
            loop {
                let rest = &body[waiting.sent..];
                let room = self.window.min(waiting.window).clamp(0, MAX_FRAME as i64) as usize;
                let (part, last) = if rest.len() <= room {
                    (rest, END_STREAM)
                } else {
                    (&rest[..room], 0)
                };
                if part.is_empty() && last == 0 {
                    return true;
                }
                frame(&mut self.output, DATA, last, waiting.id, part);
                waiting.sent += part.len();
                waiting.window -= part.len() as i64;
                self.window -= part.len() as i64;
                if last != 0 {
                    return false;
                }
            }
        });
    }

    /// Writes what there is to write, until the system takes no more.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        while self.written < self.output.len() {
            match self.stream.write(&self.output[self.written..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => self.written += n,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.output.clear();
        self.written = 0;
        Ok(())
    }

    /// Reads what has come. Says whether there may be more.
    pub(crate) fn read(&mut self) -> io::Result<bool> {
        let (from, to) = self.unread;
        self.input.copy_within(from..to, 0);
        self.unread = (0, to - from);
        let room = &mut self.input[self.unread.1..];
        let len = room.len();
        let n = match self.stream.read(room) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(true),
            Err(error) => return Err(error),
        };
        self.unread.1 += n;
        while let Some((head, payload)) = self.next_frame() {
            self.receive(head, payload)?;
        }
        if self.taken > WINDOW / 4 {
            let taken = std::mem::take(&mut self.taken);
            frame(&mut self.output, WINDOW_UPDATE, 0, 0, &taken.to_be_bytes());
        }
        Ok(n == len)
    }

    /// The next frame that is there as a whole, and where in the input its payload is.
    fn next_frame(&mut self) -> Option<(Head, std::ops::Range<usize>)> {
        let (from, to) = self.unread;
        let &[a, b, c, kind, flags, i, j, k, l] = self.input[from..to].first_chunk()?;
        let len = u32::from_be_bytes([0, a, b, c]) as usize;
        let payload = from + FRAME_HEAD..from + FRAME_HEAD + len;
        if payload.end > to {
            return None;
        }
        self.unread.0 = payload.end;
        let id = u32::from_be_bytes([i, j, k, l]);
        Some((Head { kind, flags, id }, payload))
    }

    fn receive(&mut self, head: Head, payload: std::ops::Range<usize>) -> io::Result<()> {
        let Head { kind, flags, id } = head;
        match kind {
            DATA => {
                // Padding would be counted too: no gRPC server pads.
                self.taken += payload.len() as u32;
                self.received += payload.len() as u64;
                self.pong(id, payload.len());
            }
            SETTINGS if flags & ACK == 0 => self.settings(payload)?,
            PING if flags & ACK == 0 => {
                frame(&mut self.output, PING, ACK, 0, &self.input[payload]);
            }
            WINDOW_UPDATE => {
                let more = i64::from(self.number(payload.start));
                if id == 0 {
                    self.window += more;
                } else if let Some(waiting) = self.waiting.iter_mut().find(|w| w.id == id) {
                    waiting.window += more;
                }
                self.send_waiting();
            }
            RST_STREAM => {
                self.failed += 1;
                self.waiting.retain(|waiting| waiting.id != id);
                self.end(id);
            }
            GO_AWAY => return Err(io::Error::other("the server ends the connection")),
            _ => {}
        }
        if matches!(kind, DATA | HEADERS) && flags & END_STREAM != 0 {
            self.end(id);
        }
        Ok(())
    }

    fn number(&self, at: usize) -> u32 {
        let bytes = self.input[at..].first_chunk().expect("frames are whole");
        u32::from_be_bytes(*bytes)
    }

    fn settings(&mut self, payload: std::ops::Range<usize>) -> io::Result<()> {
        for at in payload.step_by(6) {
            let setting = u16::from_be_bytes([self.input[at], self.input[at + 1]]);
            let value = self.number(at + 2);
            match setting {
                HEADER_TABLE_SIZE if (value as usize) < TABLE_SIZE => {
                    return Err(io::Error::other(
                        "header blocks are prepared for more table",
                    ));
                }
                MAX_CONCURRENT_STREAMS => self.max_open = value as usize,
                INITIAL_WINDOW_SIZE => {
                    let change = i64::from(value) - self.stream_window;
                    self.stream_window += change;
                    for waiting in &mut self.waiting {
                        waiting.window += change;
                    }
                }
                _ => {}
            }
        }
        self.ready = true;
        frame(&mut self.output, SETTINGS, ACK, 0, &[]);
        Ok(())
    }

    /// A part of a message came back: the next one goes out if that was all of it.
    fn pong(&mut self, id: u32, len: usize) {
        let Body::PingPong { message, messages } = &self.body else {
            return;
        };
        let Some(exchange) = self.exchanges.get_mut(&id) else {
            return;
        };
        exchange.back += len;
        if exchange.back < exchange.sent * message.len() {
            return;
        }
        if exchange.sent < *messages {
            exchange.sent += 1;
            self.window -= message.len() as i64;
            frame(&mut self.output, DATA, 0, id, message);
        } else {
            frame(&mut self.output, DATA, END_STREAM, id, &[]);
            self.exchanges.remove(&id);
        }
    }

    fn end(&mut self, id: u32) {
        self.open -= 1;
        self.done += 1;
        if let Some(began) = &self.began {
            let latency = began[id as usize / 2].elapsed();
            self.latencies.push(latency.as_nanos() as u64);
        }
    }
}

struct Head {
    kind: u8,
    flags: u8,
    id: u32,
}

fn frame(output: &mut Vec<u8>, kind: u8, flags: u8, id: u32, payload: &[u8]) {
    let [_, a, b, c] = (payload.len() as u32).to_be_bytes();
    let [i, j, k, l] = id.to_be_bytes();
    output.extend([a, b, c, kind, flags, i, j, k, l]);
    output.extend(payload);
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GO_AWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;

const END_STREAM: u8 = 0x1;
const ACK: u8 = 0x1;
const END_HEADERS: u8 = 0x4;

const HEADER_TABLE_SIZE: u16 = 1;
const ENABLE_PUSH: u16 = 2;
const MAX_CONCURRENT_STREAMS: u16 = 3;
const INITIAL_WINDOW_SIZE: u16 = 4;

const FRAME_HEAD: usize = 9;
/// The longest payload of a frame that every server takes.
const MAX_FRAME: usize = 16_384;
const DEFAULT_WINDOW: i64 = 65_535;
/// So much that servers never wait for it; h2load has the same.
const WINDOW: u32 = (1 << 30) - 1;
/// Read at once: more than a batch of small answers, and than any frame.
const INPUT: usize = 256 * 1024;
