//! What the system calls of a call cost: a server that knows one answer and hardly looks at what it is asked.
//!
//! It does what no server can do without: waits for something to read, reads it, finds where each request ends, and
//! writes. Whatever another server takes more than this one, it takes for gRPC.

use std::error::Error;
use std::io::{ErrorKind, Read, Write};

use mio::event::Event;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

fn main() -> Result<(), Box<dyn Error>> {
    let mut listener = TcpListener::bind(server_support::address())?;
    server_support::listening(listener.local_addr()?);
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let mut connections: Vec<Option<Connection>> = Vec::new();
    let listens = Token(usize::MAX);
    let registry = poll.registry().try_clone()?;
    registry.register(&mut listener, listens, Interest::READABLE)?;
    loop {
        match poll.poll(&mut events, None) {
            // Who counts instructions interrupts.
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            polled => polled?,
        }
        for event in &events {
            if event.token() == listens {
                while let Ok((mut stream, _)) = listener.accept() {
                    stream.set_nodelay(true)?;
                    let token = Token(connections.len());
                    registry.register(&mut stream, token, Interest::READABLE)?;
                    connections.push(Some(Connection::new(stream)));
                }
                continue;
            }
            let connection = &mut connections[event.token().0];
            if let Some(open) = connection
                && open.go_on(event).is_err()
            {
                *connection = None;
            }
        }
    }
}

struct Connection {
    stream: TcpStream,
    input: Vec<u8>,
    /// How much of `input` has been read and isn't dealt with.
    kept: usize,
    output: Vec<u8>,
    greeted: bool,
}

impl Connection {
    fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            input: vec![0; 64 * 1024],
            kept: 0,
            output: Vec::new(),
            greeted: false,
        }
    }

    fn go_on(&mut self, event: &Event) -> Result<(), Box<dyn Error>> {
        loop {
            let room = self.input.len() - self.kept;
            let len = match self.stream.read(&mut self.input[self.kept..]) {
                Ok(0) => return Err("the peer is gone".into()),
                Ok(len) => len,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            self.kept += len;
            self.answer();
            // Small enough to go out at once, or the peer is none of ours.
            self.stream.write_all(&self.output)?;
            self.output.clear();
            if len < room && !event.is_read_closed() {
                return Ok(());
            }
        }
    }

    /// Answers each request that has ended.
    fn answer(&mut self) {
        let mut rest = &self.input[..self.kept];
        if !self.greeted {
            let Some(after) = rest.get(PREFACE_LEN..) else {
                return;
            };
            rest = after;
            self.greeted = true;
            // All windows as wide as they go, or it would have to count.
            frame(
                &mut self.output,
                SETTINGS,
                0,
                [0; 4],
                &[0, 4, 127, 255, 255, 255],
            );
            frame(
                &mut self.output,
                WINDOW_UPDATE,
                0,
                [0; 4],
                &[127, 255, 0, 0],
            );
        }
        while let Some((&[a, b, c, kind, flags, s0, s1, s2, s3], after)) = rest.split_first_chunk()
        {
            let len = u32::from_be_bytes([0, a, b, c]) as usize;
            let Some(after) = after.get(len..) else {
                break;
            };
            rest = after;
            let stream = [s0, s1, s2, s3];
            match kind {
                SETTINGS if flags & ACK == 0 => frame(&mut self.output, SETTINGS, ACK, stream, &[]),
                PING if flags & ACK == 0 => frame(&mut self.output, PING, ACK, stream, &[0; 8]),
                DATA if flags & END_STREAM != 0 => {
                    frame(&mut self.output, HEADERS, END_HEADERS, stream, HEAD);
                    frame(&mut self.output, DATA, 0, stream, REPLY);
                    frame(
                        &mut self.output,
                        HEADERS,
                        END_HEADERS | END_STREAM,
                        stream,
                        TRAILERS,
                    );
                }
                _ => {}
            }
        }
        let left = rest.len();
        self.input.copy_within(self.kept - left..self.kept, 0);
        self.kept = left;
    }
}

fn frame(out: &mut Vec<u8>, kind: u8, flags: u8, stream: [u8; 4], payload: &[u8]) {
    let [_, a, b, c] = (payload.len() as u32).to_be_bytes();
    let [s0, s1, s2, s3] = stream;
    out.extend_from_slice(&[a, b, c, kind, flags, s0, s1, s2, s3]);
    out.extend_from_slice(payload);
}

const PREFACE_LEN: usize = 24;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;

const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// `:status: 200` from the static table, and `content-type` as a literal under its name there.
const HEAD: &[u8] = b"\x88\x0f\x10\x10application/grpc";
const REPLY: &[u8] = b"\0\0\0\0\x0e\x0a\x0cHello world!";
const TRAILERS: &[u8] = b"\0\x0bgrpc-status\x010";
