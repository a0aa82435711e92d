//! "Length-Prefixed-Message": a flag, four bytes of length, the message.

use std::fmt;
use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};

use super::compression::{Compressions, DecompressError, MessageEncoding};
use super::format::Format;
use super::message::{COMPRESSED, PREFIX_LEN};
use super::quota::{Account, Charge, Exceeded};
use crate::codec::Reader;
use crate::status::Status;

/// Which messages these are, for the text of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Request,
    Response,
}

impl Direction {
    fn message(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }

    /// The option of a method that limits them.
    pub(super) fn knob_of_method(self) -> &'static str {
        match self {
            Self::Request => "max_request_len",
            Self::Response => "max_response_len",
        }
    }
}

/// What is taken of a peer's messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReceiveLimits {
    pub(crate) max_message_len: usize,
    /// `max_message_len` is what the method says.
    of_method: bool,
    pub(crate) accepted: Compressions,
    pub(crate) format: Format,
}

impl Default for ReceiveLimits {
    fn default() -> Self {
        Self {
            max_message_len: DEFAULT_MAX_MESSAGE_LEN,
            of_method: false,
            accepted: Compressions::default(),
            format: Format::default(),
        }
    }
}

impl ReceiveLimits {
    pub(crate) fn limited(self, max_message_len: usize) -> Self {
        Self {
            max_message_len,
            of_method: false,
            ..self
        }
    }

    /// The same, where the method says so.
    pub(crate) fn limited_by_method(self, max_message_len: Option<u32>) -> Self {
        match max_message_len {
            Some(max_message_len) => Self {
                max_message_len: max_message_len as usize,
                of_method: true,
                ..self
            },
            None => self,
        }
    }

    /// For messages in this format.
    pub(crate) fn in_format(self, format: Format) -> Self {
        Self { format, ..self }
    }

    /// Reads messages under these limits, of which `encoding` is what the peer calls their compression.
    /// What arrives of a message is charged to `account`.
    pub(crate) fn deframer(
        self,
        direction: Direction,
        encoding: Option<String>,
        account: Option<Arc<Account>>,
    ) -> Deframer {
        let encoding = MessageEncoding::new(encoding, self.accepted);
        let mut deframer = Deframer::new(direction, self.max_message_len, encoding);
        deframer.format = self.format;
        deframer.of_method = self.of_method;
        deframer.charge = Charge::new(account);
        deframer
    }
}

/// Takes messages out of a body that arrives in pieces.
///
/// A message that stands in one piece is a slice of it; only one that arrives in several is copied together.
#[derive(Debug)]
pub(crate) struct Deframer {
    direction: Direction,
    format: Format,
    max_len: usize,
    /// `max_len` is what the method says.
    of_method: bool,
    encoding: MessageEncoding,
    /// Whether the message that was read last came compressed.
    compressed: bool,
    /// What arrived last and isn't read yet.
    chunk: Bytes,
    /// The start of a message that went past the end of its piece, prefix included.
    partial: BytesMut,
    /// What `partial` holds, where that is much.
    charge: Charge,
}

impl Deframer {
    fn new(direction: Direction, max_len: usize, encoding: MessageEncoding) -> Self {
        Self {
            direction,
            format: Format::default(),
            max_len,
            of_method: false,
            encoding,
            compressed: false,
            chunk: Bytes::new(),
            partial: BytesMut::new(),
            charge: Charge::default(),
        }
    }

    /// Takes in what arrived. To be called when [`next_message`](Self::next_message) has no more.
    pub(crate) fn feed(&mut self, chunk: Bytes) {
        if self.chunk.is_empty() {
            self.chunk = chunk;
        } else {
            let mut joined = BytesMut::from(std::mem::take(&mut self.chunk));
            joined.extend_from_slice(&chunk);
            self.chunk = joined.freeze();
        }
    }

    /// As [`feed`](Self::feed), for bytes that stay where they are. Those of a message that is arriving are copied once.
    pub(crate) fn feed_slice(&mut self, mut chunk: &[u8]) {
        if self.chunk.is_empty() {
            let start = if self.partial.is_empty() {
                chunk
            } else {
                self.fill_from(&mut chunk, PREFIX_LEN);
                &self.partial
            };
            if let Some((_, len)) = split_prefix(start)
                && len <= self.max_len
                && start.len() + chunk.len() < PREFIX_LEN + len
            {
                self.reserve(PREFIX_LEN + len, chunk.len());
                self.partial.extend_from_slice(chunk);
                return;
            }
            if let Some((_, len)) = split_prefix(&self.partial)
                && len <= self.max_len
            {
                self.fill_from(&mut chunk, PREFIX_LEN + len);
            }
        }
        if !chunk.is_empty() {
            self.feed(Bytes::copy_from_slice(chunk));
        }
    }

    /// The next message, or `None` until the rest of it has been fed.
    pub(crate) fn next_message(&mut self) -> Result<Option<Bytes>, FrameError> {
        let Some((flag, bytes)) = self.next_frame()? else {
            return Ok(None);
        };
        self.compressed = flag == COMPRESSED;
        match &self.encoding {
            MessageEncoding::Accepted(compression) if self.compressed => {
                match compression.decompress(&bytes, self.max_len) {
                    Ok(message) => Ok(Some(message)),
                    Err(DecompressError::TooLong) => {
                        Err(FrameError::TooLongDecompressed { max: self.max_len })
                    }
                    Err(DecompressError::Corrupt(error)) => Err(FrameError::Corrupt {
                        compression: compression.name(),
                        error: error.to_string(),
                    }),
                }
            }
            _ => Ok(Some(bytes)),
        }
    }

    /// The flag of the next message, and the message as it came.
    fn next_frame(&mut self) -> Result<Option<(u8, Bytes)>, FrameError> {
        if self.partial.is_empty() {
            let Some((flag, len)) = self.checked_prefix(&self.chunk)? else {
                return self.keep_partial();
            };
            if self.chunk.len() - PREFIX_LEN < len {
                return self.keep_partial();
            }
            self.chunk.advance(PREFIX_LEN);
            return Ok(Some((flag, self.chunk.split_to(len))));
        }
        self.fill(PREFIX_LEN);
        let Some((flag, len)) = self.checked_prefix(&self.partial)? else {
            return Ok(None);
        };
        self.fill(PREFIX_LEN + len);
        if self.partial.len() < PREFIX_LEN + len {
            return self.charge_partial();
        }
        self.charge.set(0);
        let mut message = std::mem::take(&mut self.partial);
        message.advance(PREFIX_LEN);
        Ok(Some((flag, message.freeze())))
    }

    /// As [`next_message`](Self::next_message), for one that is read where it lies.
    #[inline]
    pub(crate) fn read_message<T>(
        &mut self,
        read: impl FnOnce(MessageBuf<'_>) -> Result<T, Status>,
    ) -> Option<Result<T, Status>> {
        let owned;
        // One call of `read`, which makes it part of this function.
        let (rest, whole, len) = match self.whole_message_len() {
            Some(len) => {
                self.compressed = false;
                let end = PREFIX_LEN + len;
                (&self.chunk[PREFIX_LEN..end], &self.chunk, end)
            }
            None => match self.next_message() {
                Ok(Some(message)) => {
                    owned = message;
                    (&owned[..], &owned, 0)
                }
                Ok(None) => return None,
                Err(error) => return Some(Err(self.status(error))),
            },
        };
        let message = read(MessageBuf { rest, whole });
        self.chunk.advance(len);
        Some(message)
    }

    /// The length of a message of which all is here, and nothing stands before it: the usual case.
    #[inline]
    fn whole_message_len(&self) -> Option<usize> {
        let (flag, len) = split_prefix(&self.chunk)?;
        let usual = flag == 0 && len <= self.max_len && len <= self.chunk.len() - PREFIX_LEN;
        (usual && self.partial.is_empty()).then_some(len)
    }

    /// The body is over: nothing of a message may be left.
    ///
    /// # Errors
    ///
    /// With how much of the last one has come.
    pub(crate) fn finish(&self) -> Result<(), Status> {
        self.check_end().map_err(|error| self.status(error))
    }

    fn check_end(&self) -> Result<(), FrameError> {
        let have = self.partial.len() + self.chunk.len();
        if have == 0 {
            return Ok(());
        }
        let prefix = if self.partial.is_empty() {
            &self.chunk[..]
        } else {
            &self.partial[..]
        };
        Err(FrameError::Truncated {
            have: have.saturating_sub(PREFIX_LEN),
            len: split_prefix(prefix).map(|(_, len)| len),
        })
    }

    pub(crate) fn direction(&self) -> Direction {
        self.direction
    }

    /// What the messages are in.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Whether the message that was read last came compressed.
    pub(crate) fn was_compressed(&self) -> bool {
        self.compressed
    }

    /// Turns what is wrong with the framing into the status that gRPC names for it.
    pub(crate) fn status(&self, error: FrameError) -> Status {
        let mut text = format!("{}: {error}", self.direction.message());
        if let FrameError::TooLong { .. } | FrameError::TooLongDecompressed { .. } = error {
            text += &match self.of_method {
                true => format!(" ({} of the method)", self.direction.knob_of_method()),
                false => " (max_receive_message_len)".to_owned(),
            };
        }
        match error {
            FrameError::UnknownFlag(_)
            | FrameError::CompressedWithoutEncoding
            | FrameError::Corrupt { .. }
            | FrameError::Truncated { .. } => Status::internal(text),
            FrameError::UnsupportedEncoding { .. } => match self.direction {
                Direction::Request => Status::unimplemented(text),
                // compression.md: a client that can't read what the server chose has met a broken server.
                Direction::Response => Status::internal(text),
            },
            FrameError::TooLong { .. }
            | FrameError::TooLongDecompressed { .. }
            | FrameError::NoRoom(_) => Status::resource_exhausted(text),
        }
    }

    /// Flag and length of the prefix, once all of it is there and allowed.
    fn checked_prefix(&self, bytes: &[u8]) -> Result<Option<(u8, usize)>, FrameError> {
        let Some((flag, len)) = split_prefix(bytes) else {
            return Ok(None);
        };
        match (flag, &self.encoding) {
            (0, _) | (COMPRESSED, MessageEncoding::Accepted(_)) => {}
            (COMPRESSED, MessageEncoding::Identity) => {
                return Err(FrameError::CompressedWithoutEncoding);
            }
            (COMPRESSED, MessageEncoding::Refused { name, accepted }) => {
                return Err(FrameError::UnsupportedEncoding {
                    name: name.clone(),
                    accepted: *accepted,
                });
            }
            (flag, _) => return Err(FrameError::UnknownFlag(flag)),
        }
        // The peer chose this number: refuse it before anything is allocated for it.
        if self.max_len < len {
            return Err(FrameError::TooLong {
                len,
                max: self.max_len,
            });
        }
        Ok(Some((flag, len)))
    }

    fn keep_partial(&mut self) -> Result<Option<(u8, Bytes)>, FrameError> {
        if self.chunk.is_empty() {
            return Ok(None);
        }
        self.partial = BytesMut::from(std::mem::take(&mut self.chunk));
        self.charge_partial()
    }

    fn charge_partial(&mut self) -> Result<Option<(u8, Bytes)>, FrameError> {
        let held = self.partial.capacity();
        if held > UNCHARGED {
            self.charge.try_set(held).map_err(FrameError::NoRoom)?;
        }
        Ok(None)
    }

    /// Moves bytes from `chunk` until `partial` has `len` of them.
    fn fill_from(&mut self, chunk: &mut &[u8], len: usize) {
        let missing = len.saturating_sub(self.partial.len()).min(chunk.len());
        let (now, later) = chunk.split_at(missing);
        self.partial.extend_from_slice(now);
        *chunk = later;
    }

    /// Makes room in `partial` for `len` bytes that were announced, as far as what has arrived, and arrives now, is to be
    /// trusted: for all of them while that isn't much for what has arrived, then for twice as much as that.
    fn reserve(&mut self, len: usize, now: usize) {
        let have = self.partial.len() + now;
        let trusted = (have * TRUST).min(MAX_TRUSTED_LEN).max(have * 2);
        self.partial.reserve(len.min(trusted) - self.partial.len());
    }

    /// Moves bytes from the chunk until `partial` has `len` of them or the chunk is empty. Memory grows with what has
    /// arrived, not with what was announced.
    fn fill(&mut self, len: usize) {
        let missing = len.saturating_sub(self.partial.len()).min(self.chunk.len());
        if missing == 0 {
            return;
        }
        self.reserve(len, missing);
        self.partial.extend_from_slice(&self.chunk[..missing]);
        self.chunk.advance(missing);
    }
}

/// A message in the bytes that it arrived in. Fields of type `Bytes` are slices of those.
pub(crate) struct MessageBuf<'a> {
    rest: &'a [u8],
    /// What `rest` is a part of.
    whole: &'a Bytes,
}

impl<'a> MessageBuf<'a> {
    pub(crate) fn reader(&self) -> Reader<'a> {
        Reader::part(self.rest, self.whole)
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        self.whole.slice_ref(self.rest)
    }
}

/// Takes the message of a side that sends exactly one.
#[derive(Debug)]
pub(crate) struct OneMessage {
    deframer: Deframer,
    message: Option<Bytes>,
}

impl OneMessage {
    pub(crate) fn new(deframer: Deframer) -> Self {
        Self {
            deframer,
            message: None,
        }
    }

    /// One that has come already; no other may.
    pub(crate) fn after(deframer: Deframer, message: Bytes) -> Self {
        Self {
            deframer,
            message: Some(message),
        }
    }

    /// Takes in what arrived.
    ///
    /// # Errors
    ///
    /// As soon as it can't be one message any more.
    pub(crate) fn feed(&mut self, chunk: &[u8]) -> Result<(), Status> {
        self.deframer.feed_slice(chunk);
        let next = self.deframer.next_message();
        let next = next.map_err(|error| self.deframer.status(error))?;
        match next {
            Some(_) if self.message.is_some() => Err(more_came(self.deframer.direction)),
            Some(message) => {
                self.message = Some(message);
                // There may be more in the same piece.
                self.feed(&[])
            }
            None => Ok(()),
        }
    }

    /// Whether the message came compressed.
    pub(crate) fn was_compressed(&self) -> bool {
        self.deframer.was_compressed()
    }

    /// The message, when nothing more comes.
    pub(crate) fn finish(self) -> Result<Bytes, Status> {
        self.deframer.finish()?;
        self.message
            .ok_or_else(|| none_came(self.deframer.direction))
    }
}

/// "Cardinality violation" in statuscodes.md.
pub(crate) fn none_came(direction: Direction) -> Status {
    let what = direction.message();
    Status::unimplemented(format!("the method has one {what}, none came"))
}

/// As [`none_came`].
pub(crate) fn more_came(direction: Direction) -> Status {
    let what = direction.message();
    Status::unimplemented(format!("the method has one {what}, more came"))
}

/// The message, where these bytes are one and nothing else, uncompressed and short enough: the usual case, for which
/// there need not be a [`Deframer`].
pub(crate) fn whole_message(bytes: &[u8], max_len: usize) -> Option<&[u8]> {
    let (flag, len) = split_prefix(bytes)?;
    let message = &bytes[PREFIX_LEN..];
    (flag == 0 && len == message.len() && len <= max_len).then_some(message)
}

/// What stands in front of an uncompressed message.
pub(crate) fn message_prefix(len: u32) -> [u8; PREFIX_LEN] {
    let [a, b, c, d] = len.to_be_bytes();
    [0, a, b, c, d]
}

/// What is wrong with a framed message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FrameError {
    UnknownFlag(u8),
    CompressedWithoutEncoding,
    UnsupportedEncoding {
        name: Box<str>,
        accepted: Compressions,
    },
    Corrupt {
        compression: &'static str,
        error: String,
    },
    TooLong {
        len: usize,
        max: usize,
    },
    TooLongDecompressed {
        max: usize,
    },
    NoRoom(Exceeded),
    Truncated {
        have: usize,
        len: Option<usize>,
    },
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownFlag(flag) => write!(
                f,
                "the compressed-flag of a message is {flag}, neither 0 nor 1"
            ),
            Self::CompressedWithoutEncoding => {
                f.write_str("a message is compressed, but grpc-encoding doesn't say how")
            }
            Self::UnsupportedEncoding { name, accepted } => {
                let accepted = accepted.names();
                write!(
                    f,
                    "a message is compressed with {name:?}; accepted is: {accepted}"
                )
            }
            Self::Corrupt { compression, error } => {
                write!(
                    f,
                    "a message can't be decompressed by {compression}: {error}"
                )
            }
            Self::TooLongDecompressed { max } => {
                write!(
                    f,
                    "a compressed message is of more than {max} bytes, the limit"
                )
            }
            Self::NoRoom(exceeded) => exceeded.fmt(f),
            Self::TooLong { len, max } => {
                write!(f, "message of {len} bytes, the limit is {max}")
            }
            Self::Truncated {
                have,
                len: Some(len),
            } => {
                write!(
                    f,
                    "the stream ended after {have} of the {len} bytes of a message"
                )
            }
            Self::Truncated { len: None, .. } => {
                f.write_str("the stream ended within the prefix of a message")
            }
        }
    }
}

/// 4 MiB, as everywhere in gRPC.
const DEFAULT_MAX_MESSAGE_LEN: usize = 4 * 1024 * 1024;

/// How many bytes are reserved for each that has arrived, if a message's prefix announces so many; and how many at most.
/// What is reserved and doesn't come is never touched.
const TRUST: usize = 64;
const MAX_TRUSTED_LEN: usize = 1024 * 1024;

/// Bytes of a message that arrives that aren't worth counting.
const UNCHARGED: usize = 4 * 1024;

fn split_prefix(bytes: &[u8]) -> Option<(u8, usize)> {
    let [flag, length @ ..] = bytes.first_chunk::<PREFIX_LEN>()?;
    Some((*flag, u32::from_be_bytes(*length) as usize))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(chunks: &[&[u8]], encoding: Option<&str>, expect: Expect) {
        let encoding = MessageEncoding::new(encoding.map(str::to_owned), Compressions::default());
        let mut deframer = Deframer::new(Direction::Request, 8, encoding);
        let mut out = String::new();
        let mut read = || {
            for chunk in chunks {
                deframer.feed(Bytes::copy_from_slice(chunk));
                while let Some(message) = deframer.next_message()? {
                    out.push_str(&format!("{message:?} "));
                }
            }
            deframer.check_end()
        };
        if let Err(error) = read() {
            out.push_str(&deframer.status(error).to_string());
        }
        expect.assert_eq(&out);
    }

    #[test]
    fn messages_are_read_wherever_they_are_cut() {
        check(
            &[b"\0\0\0\0\x02hi\0\0\0\0\0"],
            None,
            expect![[r#"b"hi" b"" "#]],
        );
        check(
            &[b"\0\0\0", b"\0\x02h", b"i\0", b"\0\0\0\x01x"],
            None,
            expect![[r#"b"hi" b"x" "#]],
        );
    }

    #[test]
    fn a_message_over_the_limit_is_refused_by_its_prefix() {
        check(
            &[b"\0\0\0\0\x09"],
            None,
            expect![
                "RESOURCE_EXHAUSTED: request: message of 9 bytes, the limit is 8 (max_receive_message_len)"
            ],
        );
        check(
            &[b"\0\xff", b"\xff\xff\xff"],
            None,
            expect![
                "RESOURCE_EXHAUSTED: request: message of 4294967295 bytes, the limit is 8 (max_receive_message_len)"
            ],
        );
    }

    #[test]
    fn an_unknown_flag_is_refused() {
        check(
            &[b"\x02\0\0\0\0"],
            None,
            expect!["INTERNAL: request: the compressed-flag of a message is 2, neither 0 nor 1"],
        );
    }

    #[test]
    fn compression_that_nobody_announced_is_refused() {
        check(
            &[b"\x01\0\0\0\0"],
            None,
            expect![
                "INTERNAL: request: a message is compressed, but grpc-encoding doesn't say how"
            ],
        );
        check(
            &[b"\x01\0\0\0\0"],
            Some("gzip"),
            expect![[
                r#"UNIMPLEMENTED: request: a message is compressed with "gzip"; accepted is: identity"#
            ]],
        );
    }

    #[test]
    fn a_stream_that_ends_within_a_message_is_refused() {
        check(
            &[b"\0\0\0\0\x04hi"],
            None,
            expect!["INTERNAL: request: the stream ended after 2 of the 4 bytes of a message"],
        );
        check(
            &[b"\0\0", b"\0"],
            None,
            expect!["INTERNAL: request: the stream ended within the prefix of a message"],
        );
    }

    proptest! {
        #[test]
        fn what_is_framed_comes_out_again(
            messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..6),
            cuts in prop::collection::vec(1_usize..20, 1..40),
            lent in any::<bool>(),
            in_place in any::<bool>(),
        ) {
            let mut wire = Vec::new();
            for message in &messages {
                wire.extend_from_slice(&message_prefix(message.len() as u32));
                wire.extend_from_slice(message);
            }
            let mut deframer = Deframer::new(Direction::Response, 64, MessageEncoding::Identity);
            let (mut read, mut rest, mut cuts) = (Vec::new(), &wire[..], cuts.into_iter().cycle());
            while !rest.is_empty() {
                let (now, later) = rest.split_at(cuts.next().unwrap_or(1).min(rest.len()));
                rest = later;
                if lent {
                    deframer.feed_slice(now);
                } else {
                    deframer.feed(Bytes::copy_from_slice(now));
                }
                if in_place {
                    // Not advanced, which is for the deframer to notice.
                    let copy = |message: MessageBuf<'_>| Ok(message.into_bytes().to_vec());
                    while let Some(message) = deframer.read_message(copy) {
                        read.push(message.unwrap());
                    }
                } else {
                    while let Some(message) = deframer.next_message().unwrap() {
                        read.push(message.to_vec());
                    }
                }
            }
            prop_assert_eq!(deframer.check_end(), Ok(()));
            prop_assert_eq!(read, messages);
        }
    }
}
