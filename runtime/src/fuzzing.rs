//! What `fuzz/` needs of the parts that nobody else sees. Not for anybody else: it changes without notice.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use traitwire_engine::ReadHead;
use traitwire_engine::hpack::{Decoder, Encoder, Field, Indexing};

use crate::call::{Compression, Deframer, Direction, OneMessage, ReceiveLimits};
use crate::deadline::Timeout;
use crate::metadata::Metadata;
use crate::protocol::{
    self, ReadResponses, Refusal, RequestFields, RequestHead, ResponseFields, read_request,
    read_trailers, trailer_fields,
};
use crate::status::Status;

/// What is taken of a peer.
#[derive(Debug)]
pub struct Limits {
    pub max_message_len: usize,
    pub accepted: Vec<Compression>,
    /// What the peer calls the compression of its messages.
    pub encoding: Option<&'static str>,
}

impl Limits {
    fn deframer(&self) -> Deframer {
        let mut limits = ReceiveLimits::default().limited(self.max_message_len);
        limits.accepted = self.accepted.iter().copied().collect();
        let encoding = self.encoding.map(str::to_owned);
        limits.deframer(Direction::Request, encoding, None)
    }
}

/// The messages of a body, and how it ended. `copied` chooses between the two ways that pieces are taken in.
pub fn messages<'a>(
    limits: &Limits,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    copied: bool,
) -> (Vec<Bytes>, Result<(), Status>) {
    let mut deframer = limits.deframer();
    let mut messages = Vec::new();
    for piece in pieces {
        match copied {
            true => deframer.feed_slice(piece),
            false => deframer.feed(Bytes::copy_from_slice(piece)),
        }
        loop {
            match deframer.next_message() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => return (messages, Err(deframer.status(error))),
            }
        }
    }
    (messages, deframer.finish())
}

/// The one message of a body.
pub fn one_message<'a>(
    limits: &Limits,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Bytes, Status> {
    let mut message = OneMessage::new(limits.deframer());
    for piece in pieces {
        message.feed(piece)?;
    }
    message.finish()
}

/// Reads a `grpc-timeout`.
pub fn timeout(text: &[u8]) -> Result<Duration, impl fmt::Debug + use<>> {
    Timeout::parse(text).map(Timeout::duration)
}

/// Writes one.
pub fn timeout_text(timeout: Duration) -> String {
    Timeout::new(timeout).to_string()
}

/// Names and values, as they stand on the wire.
pub type Fields = [(Vec<u8>, Vec<u8>)];

/// The metadata among fields.
pub fn metadata(fields: &Fields) -> Metadata {
    let mut metadata = Metadata::new();
    for (name, value) in fields {
        metadata.push_field(name, value);
    }
    metadata
}

/// The same on the other side of tower.
pub fn through_http(metadata: Metadata) -> Metadata {
    let mut headers = HeaderMap::new();
    metadata.write_to(&mut headers);
    Metadata::from_headers(&headers)
}

/// What a request says: as our own HTTP/2 reads it, and as the tower path does.
pub fn request(fields: &Fields) -> (String, String) {
    let mut ours = RequestFields::default();
    let post = [(b":method".to_vec(), b"POST".to_vec())];
    decoded(post.iter().chain(fields), |field| ours.field(field));
    let theirs = read_request(&Method::POST, &headers(fields));
    let shown = |head: Result<RequestHead, Refusal>| match head {
        Ok(head) => format!("{head:?}"),
        Err(Refusal::Http(status, _)) => status.to_string(),
        Err(Refusal::Status(status)) => status.to_string(),
    };
    (shown(ours.into_head()), shown(theirs))
}

/// How a call ended: as our own HTTP/2 reads it, and as the tower path does.
pub fn status(fields: &Fields) -> (Result<(), Status>, Result<(), Status>) {
    let mut ours = ResponseFields::default();
    decoded(fields.iter(), |field| ReadResponses.field(&mut ours, field));
    (ours.end(), read_trailers(&headers(fields)).map(drop))
}

/// The trailers of a call that ended so.
pub fn trailers(status: Status) -> Vec<(Vec<u8>, Vec<u8>)> {
    let fields = trailer_fields(Err(status), Metadata::new(), u32::MAX);
    let fields = fields.iter();
    fields
        .map(|(name, value, _)| (name.to_vec(), value.to_vec()))
        .collect()
}

fn headers(fields: &Fields) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        if let Ok(name) = HeaderName::from_bytes(name)
            && let Ok(value) = HeaderValue::from_bytes(value)
        {
            headers.append(name, value);
        }
    }
    headers
}

/// The fields after a way through header compression.
fn decoded<'a>(
    fields: impl Iterator<Item = &'a (Vec<u8>, Vec<u8>)>,
    mut each: impl FnMut(&Field<'_>),
) {
    let mut block = Vec::new();
    let mut encoder = Encoder::new(0);
    encoder.start_block(&mut block);
    for (name, value) in fields {
        encoder.field(&mut block, name, value, Indexing::Without);
    }
    let decoded = Decoder::new(4096, protocol::NAMES).decode(&block, usize::MAX, &mut |field| {
        each(&field);
    });
    decoded.expect("a block of our own");
}
