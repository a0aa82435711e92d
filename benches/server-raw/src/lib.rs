//! The measured services by hand: gRPC's frames in, gRPC's frames out.

use bytes::{BufMut, Bytes, BytesMut};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// The smallest call.
    Hello,
    /// The same, and others go first.
    HelloLater,
    /// The same, and metadata is read.
    HelloWithMetadata,
    /// The request, as it came.
    Echo,
    /// Many messages.
    Stream,
    /// Counts messages.
    Sink,
    /// Each message back.
    PingPong,
}

impl Method {
    /// The method that a request is for.
    pub fn of(path: &str) -> Option<Self> {
        Some(match path {
            "/helloworld.Greeter/SayHello" => Self::Hello,
            "/helloworld.Greeter/SayHelloLater" => Self::HelloLater,
            "/helloworld.Greeter/SayHelloWithMetadata" => Self::HelloWithMetadata,
            "/bench.Echo/Echo" => Self::Echo,
            "/bench.Echo/Stream" => Self::Stream,
            "/bench.Echo/Sink" => Self::Sink,
            "/bench.Echo/PingPong" => Self::PingPong,
            _ => return None,
        })
    }
}

/// The reply to one request.
pub async fn hello(method: Method, headers: &http::HeaderMap, request: &[u8]) -> Bytes {
    let name = request.get(PREFIX + 2..).unwrap_or_default();
    let name = std::str::from_utf8(name).unwrap_or_default();
    let greeting = match method {
        Method::HelloWithMetadata => {
            let values = server_support::METADATA
                .iter()
                .filter_map(|key| headers.get(*key)?.to_str().ok());
            let len: usize = values.map(str::len).sum();
            format!("Hello {name} of {len}!")
        }
        Method::HelloLater => {
            tokio::task::yield_now().await;
            format!("Hello {name}!")
        }
        _ => format!("Hello {name}!"),
    };
    payload(greeting.as_bytes())
}

/// The messages that a `StreamRequest` asks for.
pub struct Messages {
    message: Bytes,
    left: usize,
}

impl Messages {
    /// Reads the request.
    pub fn asked_for(mut request: &[u8]) -> Self {
        request = request.get(PREFIX..).unwrap_or_default();
        let (mut count, mut size) = (0, 0);
        while let Some(tag) = read_varint(&mut request) {
            let value = read_varint(&mut request).unwrap_or(0);
            match tag >> 3 {
                1 => count = value as usize,
                _ => size = value as usize,
            }
        }
        Self {
            message: payload(&vec![b'x'; size]),
            left: count,
        }
    }
}

/// As many messages at a time as go into a frame of HTTP/2.
impl Iterator for Messages {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if self.left == 0 {
            return None;
        }
        let count = (FRAME / self.message.len()).clamp(1, self.left);
        self.left -= count;
        let mut frame = BytesMut::with_capacity(count * self.message.len());
        for _ in 0..count {
            frame.put_slice(&self.message);
        }
        Some(frame.freeze())
    }
}

/// Counts messages, however they are cut.
#[derive(Default)]
pub struct Sink {
    unread: BytesMut,
    messages: u64,
    bytes: u64,
}

impl Sink {
    /// Takes what has come.
    pub fn take(&mut self, data: &[u8]) {
        self.unread.put_slice(data);
        while let Some(&[_, a, b, c, d]) = self.unread.first_chunk() {
            let len = u32::from_be_bytes([a, b, c, d]) as usize;
            if self.unread.len() < PREFIX + len {
                return;
            }
            let message = self.unread.split_to(PREFIX + len);
            let mut field = &message[PREFIX..];
            read_varint(&mut field);
            self.messages += 1;
            self.bytes += read_varint(&mut field).unwrap_or(0);
        }
    }

    /// What came in all.
    pub fn reply(&self) -> Bytes {
        let mut message = Vec::new();
        message.push(1 << 3);
        write_varint(&mut message, self.messages);
        message.push(2 << 3);
        write_varint(&mut message, self.bytes);
        frame(&message)
    }
}

/// A message whose first field is this.
fn payload(content: &[u8]) -> Bytes {
    let mut message = vec![1 << 3 | 2];
    write_varint(&mut message, content.len() as u64);
    message.extend(content);
    frame(&message)
}

fn frame(message: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(PREFIX + message.len());
    frame.put_u8(0);
    frame.put_u32(message.len() as u32);
    frame.put_slice(message);
    frame.freeze()
}

fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some(value)
}

fn write_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// The response's headers.
pub fn head<T>(body: T) -> http::Response<T> {
    let mut response = http::Response::new(body);
    let value = http::HeaderValue::from_static("application/grpc");
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, value);
    response
}

/// What follows the last message.
pub fn trailers() -> http::HeaderMap {
    let mut trailers = http::HeaderMap::with_capacity(1);
    trailers.insert("grpc-status", http::HeaderValue::from_static("0"));
    trailers
}

/// The bytes in front of each message.
const PREFIX: usize = 5;
const FRAME: usize = 16_384;
