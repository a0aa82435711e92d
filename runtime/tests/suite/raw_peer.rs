//! A server made by hand, frame by frame: it does what no proper one would.

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Where raw servers listen.
pub struct Raw {
    listener: TcpListener,
}

/// One connection of a raw server.
pub struct RawConnection<S = TcpStream> {
    /// For tests that write their frames themselves.
    pub stream: S,
    /// The client knows the settings.
    settled: bool,
}

/// A frame that a client sent.
#[derive(Debug)]
pub struct RawFrame {
    pub kind: u8,
    pub flags: u8,
    pub id: u32,
    pub payload: Vec<u8>,
}

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;

pub const ACK: u8 = 1;
pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

pub const MAX_CONCURRENT_STREAMS: u16 = 3;

pub const CANCEL: u32 = 8;
pub const REFUSED_STREAM: u32 = 7;
pub const ENHANCE_YOUR_CALM: u32 = 11;

impl Raw {
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { listener }
    }

    pub fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    /// The next connection, with its preface read and these settings sent.
    pub async fn accept(&self, settings: &[(u16, u32)]) -> RawConnection {
        let mut connection = self.meet().await;
        connection.settings(settings).await;
        connection
    }

    /// The next connection, with its preface read.
    pub async fn meet(&self) -> RawConnection {
        let (stream, _) = self.listener.accept().await.unwrap();
        RawConnection::meet(stream).await
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> RawConnection<S> {
    /// A connection that has come, with its preface read.
    pub async fn meet(mut stream: S) -> Self {
        let mut preface = [0; 24];
        stream.read_exact(&mut preface).await.unwrap();
        assert_eq!(&preface, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        RawConnection {
            stream,
            settled: false,
        }
    }

    pub async fn settings(&mut self, settings: &[(u16, u32)]) {
        let mut payload = Vec::new();
        for (id, value) in settings {
            payload.extend_from_slice(&id.to_be_bytes());
            payload.extend_from_slice(&value.to_be_bytes());
        }
        self.send(SETTINGS, 0, 0, &payload).await;
    }

    pub async fn send(&mut self, kind: u8, flags: u8, id: u32, payload: &[u8]) {
        let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
        frame.extend_from_slice(&[kind, flags]);
        frame.extend_from_slice(&id.to_be_bytes());
        frame.extend_from_slice(payload);
        self.stream.write_all(&frame).await.unwrap();
    }

    /// The next frame that is about a call, or says good-bye; `None` when the client is gone.
    pub async fn frame(&mut self) -> Option<RawFrame> {
        loop {
            let frame = self.any_frame().await?;
            if !matches!(frame.kind, SETTINGS | PING | WINDOW_UPDATE) {
                return Some(frame);
            }
        }
    }

    /// The next frame, whatever it is about; `None` when the client is gone.
    pub async fn any_frame(&mut self) -> Option<RawFrame> {
        let mut head = [0; 9];
        self.stream.read_exact(&mut head).await.ok()?;
        let [a, b, c, kind, flags, id @ ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        self.stream.read_exact(&mut payload).await.ok()?;
        // Its own settings wait for no answer.
        self.settled |= kind == SETTINGS && flags & ACK != 0;
        Some(RawFrame {
            kind,
            flags,
            id: u32::from_be_bytes(id),
            payload,
        })
    }

    /// The next question for a sign of life, unless the client is gone.
    pub async fn pinged(&mut self) -> Option<Vec<u8>> {
        loop {
            let frame = self.any_frame().await?;
            if frame.kind == PING && frame.flags & ACK == 0 {
                return Some(frame.payload);
            }
        }
    }

    /// Reads to the end of the next request; gives its stream.
    pub async fn request(&mut self) -> u32 {
        loop {
            let frame = self.frame().await.expect("a request");
            if frame.flags & END_STREAM != 0 {
                return frame.id;
            }
        }
    }

    /// Waits until the client knows the settings. No call comes meanwhile.
    pub async fn settled(&mut self) {
        while !self.settled {
            let wait = std::time::Duration::from_millis(1);
            if let Ok(frame) = tokio::time::timeout(wait, self.frame()).await {
                panic!("{frame:?}");
            }
        }
    }

    /// Whether nothing comes that is about a call, for as long as a network within one machine takes.
    pub async fn is_silent(&mut self) -> bool {
        let wait = std::time::Duration::from_millis(50);
        tokio::time::timeout(wait, self.frame()).await.is_err()
    }

    /// `:status: 200` and `content-type: application/grpc`.
    pub async fn head(&mut self, id: u32) {
        let mut block = vec![0x88, 0x0f, 0x10, 16];
        block.extend_from_slice(b"application/grpc");
        self.send(HEADERS, END_HEADERS, id, &block).await;
    }

    /// `grpc-status: 0`
    pub async fn trailers(&mut self, id: u32) {
        let mut block = vec![0, 11];
        block.extend_from_slice(b"grpc-status");
        block.extend_from_slice(&[1, b'0']);
        self.send(HEADERS, END_HEADERS | END_STREAM, id, &block)
            .await;
    }

    /// A `Number` below 128.
    pub async fn message(&mut self, id: u32, value: u8) {
        self.send(DATA, 0, id, &[0, 0, 0, 0, 2, 8, value]).await;
    }

    /// Answers a call with a number.
    pub async fn answer(&mut self, id: u32, value: u8) {
        self.head(id).await;
        self.message(id, value).await;
        self.trailers(id).await;
    }

    pub async fn reset(&mut self, id: u32, code: u32) {
        self.send(RST_STREAM, 0, id, &code.to_be_bytes()).await;
    }

    /// What it speaks over.
    #[cfg(feature = "tls")]
    pub fn into_stream(self) -> S {
        self.stream
    }

    pub async fn ping(&mut self) {
        self.send(PING, 0, 0, b"are you?").await;
    }

    /// Says that it goes away, and that `last` was the last call it has looked at.
    pub async fn go_away(&mut self, last: u32) {
        self.go_away_for(last, 0, b"").await;
    }

    /// Says that it goes away, and why.
    pub async fn go_away_for(&mut self, last: u32, code: u32, text: &[u8]) {
        let payload = [&last.to_be_bytes(), &code.to_be_bytes(), text].concat();
        self.send(GOAWAY, 0, 0, &payload).await;
    }

    /// Waits for the client to go.
    pub async fn closed(&mut self) {
        while self.frame().await.is_some() {}
    }
}
