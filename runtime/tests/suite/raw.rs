//! A client that writes frames by hand, and reads them as lines of text.

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use traitwire_engine::Reason;
use traitwire_engine::hpack::Decoder;

pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const ACK: u8 = 1;
pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

pub const INITIAL_WINDOW_SIZE: u16 = 4;

/// A connection whose frames a test writes.
pub struct RawClient {
    pub writer: OwnedWriteHalf,
    pub reader: RawReader,
}

/// What comes back on such a connection.
pub struct RawReader<R = OwnedReadHalf> {
    pub io: R,
    read: Vec<u8>,
    decoder: Decoder,
    block: Vec<u8>,
}

impl RawClient {
    /// A connection on which nothing has been said.
    pub async fn connect(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_nodelay(true).unwrap();
        // What waits there is held by the system: little enough that a server notices who doesn't read.
        socket.set_recv_buffer_size(64 * 1024).unwrap();
        let (reader, writer) = socket.connect(address).await.unwrap().into_split();
        Self {
            writer,
            reader: RawReader::new(reader),
        }
    }

    /// A connection after both ends' SETTINGS.
    pub async fn open(address: SocketAddr, settings: &[(u16, u32)]) -> Self {
        let mut client = Self::connect(address).await;
        client.send(PREFACE).await;
        client.send(&self::settings(settings)).await;
        client.until("SETTINGS ack").await;
        client.send(&frame(SETTINGS, ACK, 0, b"")).await;
        client
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        self.writer.write_all(bytes).await.unwrap();
    }

    pub async fn until(&mut self, start: &str) -> Vec<String> {
        self.reader.until(start).await
    }

    pub async fn until_closed(&mut self) -> Vec<String> {
        self.reader.until_closed().await
    }

    /// A ping there and back: the server has read everything before it. Returns what it sent meanwhile.
    pub async fn ping(&mut self) -> Vec<String> {
        self.send(&ping(b"are you?")).await;
        let mut lines = self.until("PING ack are you?").await;
        lines.pop();
        lines
    }
}

impl<R: AsyncRead + Unpin> RawReader<R> {
    pub fn new(io: R) -> Self {
        Self {
            io,
            read: Vec::new(),
            decoder: Decoder::new(4096, &[]),
            block: Vec::new(),
        }
    }

    /// The next frame, as a line; `None` when the server has closed the connection.
    pub async fn line(&mut self) -> Option<String> {
        let (kind, flags, id, payload) = self.frame().await?;
        Some(self.print(kind, flags, id, &payload))
    }

    /// The next frame: its kind, flags, stream and payload.
    pub async fn frame(&mut self) -> Option<(u8, u8, u32, Vec<u8>)> {
        loop {
            if let Some((&[a, b, c, kind, flags, d, e, f, g], rest)) =
                self.read.split_first_chunk::<9>()
            {
                let len = u32::from_be_bytes([0, a, b, c]) as usize;
                if let Some(payload) = rest.get(..len) {
                    let payload = payload.to_vec();
                    self.read.drain(..9 + len);
                    return Some((kind, flags, u32::from_be_bytes([d, e, f, g]), payload));
                }
            }
            // A server that closed while we were sending is seen as a reset, after everything that it wrote.
            if self.io.read_buf(&mut self.read).await.unwrap_or(0) == 0 {
                assert!(self.read.is_empty(), "half a frame");
                return None;
            }
        }
    }

    /// The lines up to one that starts like this.
    pub async fn until(&mut self, start: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let line = self.line().await;
            let Some(line) = line else {
                panic!("closed before {start:?}, after {lines:#?}");
            };
            let found = line.starts_with(start);
            lines.push(line);
            if found {
                return lines;
            }
        }
    }

    /// All lines until the server closes the connection.
    pub async fn until_closed(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(line) = self.line().await {
            lines.push(line);
        }
        lines
    }

    fn print(&mut self, kind: u8, flags: u8, id: u32, payload: &[u8]) -> String {
        let word = |at: usize| u32::from_be_bytes(payload[at..at + 4].try_into().unwrap());
        let end = if flags & END_STREAM != 0 { ", end" } else { "" };
        match kind {
            DATA if payload.len() > 32 => format!("DATA {id}: {} bytes{end}", payload.len()),
            DATA => format!("DATA {id}: {}{end}", payload.escape_ascii()),
            HEADERS | CONTINUATION => {
                self.block.extend(payload);
                if flags & END_HEADERS == 0 {
                    return format!("HEADERS {id}, to be continued{end}");
                }
                let mut text = String::new();
                let block = std::mem::take(&mut self.block);
                let mut field = |field: traitwire_engine::hpack::Field<'_>| {
                    let (name, value) = (field.name.escape_ascii(), field.value.escape_ascii());
                    text += &format!(" {name}={value}");
                };
                self.decoder.decode(&block, usize::MAX, &mut field).unwrap();
                format!("HEADERS {id}:{text}{end}")
            }
            RST_STREAM => format!("RST_STREAM {id}: {}", Reason(word(0))),
            SETTINGS if flags & ACK != 0 => "SETTINGS ack".to_owned(),
            SETTINGS => "SETTINGS".to_owned(),
            PING => {
                let ack = if flags & ACK != 0 { " ack" } else { "" };
                format!("PING{ack} {}", payload.escape_ascii())
            }
            GOAWAY => {
                let (last, reason) = (word(0), Reason(word(4)));
                let text = String::from_utf8_lossy(&payload[8..]);
                format!("GOAWAY last {last}: {reason} {text}")
                    .trim_end()
                    .to_owned()
            }
            WINDOW_UPDATE => format!("WINDOW_UPDATE {id}: {}", word(0)),
            kind => format!("frame of kind {kind} on {id}"),
        }
    }
}

pub fn frame(kind: u8, flags: u8, id: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(id.to_be_bytes());
    frame.extend(payload);
    frame
}

pub fn settings(settings: &[(u16, u32)]) -> Vec<u8> {
    let mut payload = Vec::new();
    for (id, value) in settings {
        payload.extend(id.to_be_bytes());
        payload.extend(value.to_be_bytes());
    }
    frame(SETTINGS, 0, 0, &payload)
}

pub fn ping(payload: &[u8; 8]) -> Vec<u8> {
    frame(PING, 0, 0, payload)
}

pub fn data(id: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    frame(DATA, flags, id, payload)
}

pub fn reset(id: u32) -> Vec<u8> {
    // CANCEL
    frame(RST_STREAM, 0, id, &8_u32.to_be_bytes())
}

pub fn window_update(id: u32, by: u32) -> Vec<u8> {
    frame(WINDOW_UPDATE, 0, id, &by.to_be_bytes())
}

/// The head of a call of the calculator's.
pub fn head(id: u32, method: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let block = call_block(&format!("/calls.v1.Calculator/{method}"), more);
    frame(HEADERS, END_HEADERS, id, &block)
}

/// A whole call with one message: a `Number`, or whatever else is given in protobuf.
pub fn call(id: u32, method: &str, message: &[u8]) -> Vec<u8> {
    [
        head(id, method, &[]),
        data(id, END_STREAM, &framed(message)),
    ]
    .concat()
}

/// A message with its prefix.
pub fn framed(message: &[u8]) -> Vec<u8> {
    let len = (message.len() as u32).to_be_bytes();
    [&[0], &len[..], message].concat()
}

/// The header block of a call, in literals that stay out of the table.
pub fn call_block(path: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let fields = [
        (":method", "POST"),
        (":scheme", "http"),
        (":authority", "localhost"),
        (":path", path),
        ("te", "trailers"),
        ("content-type", "application/grpc"),
    ];
    let mut block = Vec::new();
    for (name, value) in fields.iter().chain(more) {
        block.extend(literal(0, name, value));
    }
    block
}

/// A field as a literal: `first` is 0x40 for one that goes into the table, else 0.
pub fn literal(first: u8, name: &str, value: &str) -> Vec<u8> {
    let mut field = vec![first];
    for text in [name, value] {
        let Some(mut rest) = text.len().checked_sub(0x7f) else {
            field.push(text.len() as u8);
            field.extend(text.as_bytes());
            continue;
        };
        field.push(0x7f);
        while rest >= 0x80 {
            field.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        field.push(rest as u8);
        field.extend(text.as_bytes());
    }
    field
}
