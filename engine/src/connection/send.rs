//! What one end of a connection sends.

use super::{Connection, Role};
use crate::error::Reason;
use crate::fields::Block;
use crate::frame::{self, HEAD_LEN, flag, kind};
use crate::output::Data;
use crate::stream::{End, Queue, RecvState, SendState, Stream, StreamKey};

impl<H: Clone> Connection<H> {
    /// Opens a stream with the head of a request; `end` if nothing follows. `None` if the peer takes no more streams
    /// now; see [`can_open`](Self::can_open).
    pub fn open(&mut self, block: &Block, end: bool) -> Option<StreamKey> {
        if !self.can_open() {
            return None;
        }
        let id = self.next_id;
        self.next_id += 2;
        self.write_block(id, block, end);
        Some(self.streams.add(Stream {
            id,
            opened: self.now,
            recv: RecvState::Head,
            send: if end {
                SendState::Closed
            } else {
                SendState::Open
            },
            sent_data: false,
            send_window: i64::from(self.peer.initial_window),
            recv_window: i64::from(self.config.stream_window),
            held: 0,
            window: self.config.stream_window,
            content_left: None,
            queue: None,
        }))
    }

    /// Sends the head of a response. Does nothing if the stream is over or the head has left.
    pub fn send_head(&mut self, key: StreamKey, block: &Block, end: bool) {
        let Some(stream) = self.streams.get(key) else {
            return;
        };
        if stream.send != SendState::Head {
            return;
        }
        stream.send = SendState::Open;
        self.write_block(key.id(), block, end);
        if end {
            self.sent_end(key);
        }
    }

    /// Sends a piece of a body, and what comes after it. What the windows don't allow now waits; see
    /// [`queued`](Self::queued). Does nothing if the stream is over.
    pub fn send_data(&mut self, key: StreamKey, data: Data<'_>, end: End) {
        let Some(stream) = self.streams.get(key) else {
            return;
        };
        if stream.send != SendState::Open {
            return;
        }
        let len = data.len() as i64;
        // Nothing but an end needs no window (RFC 9113, section 6.9.1), and hardly any room. Anything else waits behind
        // those that do: a window that opens slowly would be used up in front of them.
        let room = len == 0
            || len <= stream.send_window.min(self.send_window)
                && self.output.len() < HIGH_WATER
                && self.line.is_empty();
        let now = stream.queue.is_none() && room;
        if !now {
            self.enqueue(key, data, end);
            return;
        }
        stream.send_window -= len;
        stream.sent_data |= len > 0;
        self.send_window -= len;
        let last = matches!(end, End::Stream);
        if len > 0 || last {
            self.write_data(key.id(), data, last);
        }
        match end {
            End::Open => {}
            End::Stream => self.sent_end(key),
            End::Trailers(block) => {
                self.write_block(key.id(), &block, true);
                self.sent_end(key);
            }
        }
    }

    /// Whether the head of a stream's response is still to be sent.
    pub fn awaits_head(&self, key: StreamKey) -> bool {
        let stream = self.streams.peek(key);
        stream.is_some_and(|stream| stream.send == SendState::Head)
    }

    /// Bytes of a stream's data that wait for the peer.
    pub fn queued(&self, key: StreamKey) -> usize {
        let queue = self
            .streams
            .peek(key)
            .and_then(|stream| stream.queue.as_ref());
        queue.map_or(0, |queue| queue.len)
    }

    /// How many bytes of a stream could leave now.
    pub fn window(&self, key: StreamKey) -> usize {
        let window = self
            .streams
            .peek(key)
            .map_or(0, |stream| stream.send_window.min(self.send_window));
        usize::try_from(window).unwrap_or(0)
    }

    /// Ends a stream at once, in both directions. What is queued on it is thrown away.
    pub fn reset(&mut self, key: StreamKey, reason: Reason) {
        if self.streams.peek(key).is_none() {
            return;
        }
        frame::write_reset(self.output.buffer(), key.id(), reason);
        self.remember_reset(key.id());
        self.remove(key);
    }

    /// Lets the peer send `len` bytes more: what came in [`Event::Data`](crate::Event::Data) is held no longer.
    pub fn release(&mut self, key: StreamKey, len: usize) {
        let Some(stream) = self.streams.get(key) else {
            return;
        };
        let len = u32::try_from(len).unwrap_or(u32::MAX).min(stream.held);
        stream.held -= len;
        self.held -= len as usize;
        self.refill_stream(key);
        self.refill_connection();
    }

    /// Moves what is queued to the output, as far as windows and the output's fill allow: each stream a frame in turn.
    /// [`next_event`](Self::next_event) has to be asked after it, for [`Event::Writable`](crate::Event::Writable).
    pub fn flush(&mut self) {
        while self.output.len() < HIGH_WATER && self.send_window > 0 {
            let Some(key) = self.line.pop_front() else {
                return;
            };
            self.send_queued(key);
        }
    }

    /// Whether [`flush`](Self::flush) would find something to do once the output is written.
    pub fn has_more(&self) -> bool {
        !self.line.is_empty() && self.send_window > 0
    }

    /// One frame of a stream's queue.
    fn send_queued(&mut self, key: StreamKey) {
        let Some(stream) = self.streams.get(key) else {
            return;
        };
        let Some(queue) = &mut stream.queue else {
            return;
        };
        queue.in_line = false;
        let room = stream
            .send_window
            .min(self.send_window)
            .min(i64::from(self.peer.max_frame_size));
        let room = usize::try_from(room).unwrap_or(0);
        let piece = match queue.chunks.front_mut() {
            Some(_) if room == 0 => return,
            Some(chunk) if chunk.len() <= room => queue.chunks.pop_front().unwrap_or_default(),
            Some(chunk) => chunk.split_to(room),
            None => return,
        };
        let len = piece.len();
        queue.len -= len;
        self.queued -= len;
        stream.send_window -= len as i64;
        stream.sent_data |= len > 0;
        self.send_window -= len as i64;
        let done = queue.chunks.is_empty();
        if !done && stream.send_window > 0 {
            queue.in_line = true;
            self.line.push_back(key);
        }
        let queue = if done { stream.queue.take() } else { None };
        let end = queue.map(|queue| queue.end);
        let last = matches!(end, Some(End::Stream));
        self.write_data(key.id(), Data::Bytes(piece), last);
        match end {
            None => {}
            Some(End::Open) => self
                .events
                .push_back(crate::Event::Writable { stream: key }),
            Some(End::Stream) => self.sent_end(key),
            Some(End::Trailers(block)) => {
                self.write_block(key.id(), &block, true);
                self.sent_end(key);
            }
        }
    }

    fn enqueue(&mut self, key: StreamKey, data: Data<'_>, end: End) {
        let Some(stream) = self.streams.get(key) else {
            return;
        };
        if !matches!(end, End::Open) {
            stream.send = SendState::Ending;
        }
        let queue = stream.queue.get_or_insert_with(|| {
            Box::new(Queue {
                chunks: Default::default(),
                len: 0,
                end: End::Open,
                in_line: false,
            })
        });
        queue.end = end;
        queue.len += data.len();
        self.queued += data.len();
        if data.len() > 0 {
            queue.chunks.push_back(data.into_bytes());
        }
        self.line_up(key);
    }

    /// Puts a stream into the line of those that can send, if it has to.
    pub(super) fn line_up(&mut self, key: StreamKey) {
        let Some(stream) = self.streams.get(key) else {
            return;
        };
        if let Some(queue) = &mut stream.queue
            && !queue.in_line
            && stream.send_window > 0
        {
            queue.in_line = true;
            self.line.push_back(key);
        }
    }

    /// Everything has left that this end had to send on a stream.
    fn sent_end(&mut self, key: StreamKey) {
        let Some(stream) = self.streams.get(key) else {
            return;
        };
        stream.send = SendState::Closed;
        if stream.is_over() {
            self.wasted_streams.earn(1);
            self.remove(key);
        } else if self.role == Role::Server {
            // The response is complete, and what the client still sends is of no use (RFC 9113, section 8.1).
            self.reset(key, Reason::NO_ERROR);
        }
    }

    fn write_data(&mut self, id: u32, data: Data<'_>, last: bool) {
        self.pings.sent(data.len());
        let max = self.peer.max_frame_size as usize;
        let end_flag = if last { flag::END_STREAM } else { 0 };
        if data.len() <= max {
            self.idle_frames.earn(EARNED);
            self.updates_due = self.updates_due.saturating_add(UPDATES);
            let buffer = self.output.buffer();
            frame::write_head(buffer, data.len(), kind::DATA, end_flag, id);
            match data {
                Data::Bytes(bytes) if bytes.len() > COPIED => self.output.share(bytes),
                Data::Bytes(bytes) => buffer.extend_from_slice(&bytes),
                Data::Slice(slice) => buffer.extend_from_slice(slice),
            }
            return;
        }
        let mut rest = data.into_bytes();
        while !rest.is_empty() {
            let piece = rest.split_to(rest.len().min(max));
            let last = last && rest.is_empty();
            self.write_data(id, Data::Bytes(piece), last);
        }
    }

    fn write_block(&mut self, id: u32, block: &Block, end: bool) {
        self.pings.sent(0);
        let end_flag = if end { flag::END_STREAM } else { 0 };
        let buffer = self.output.buffer();
        let start = buffer.len();
        let flags = end_flag | flag::END_HEADERS;
        frame::write_head(buffer, 0, kind::HEADERS, flags, id);
        self.prepared.encode(block, &mut self.encoder, buffer);
        let max = self.peer.max_frame_size as usize;
        if buffer.len() - start - HEAD_LEN <= max {
            frame::patch_len(buffer, start);
            return;
        }
        let encoded = buffer.split_off(start + HEAD_LEN);
        buffer.truncate(start);
        let mut pieces = encoded.chunks(max).peekable();
        let mut frame_kind = kind::HEADERS;
        let mut flags = end_flag;
        while let Some(piece) = pieces.next() {
            if pieces.peek().is_none() {
                flags |= flag::END_HEADERS;
            }
            frame::write_head(buffer, piece.len(), frame_kind, flags, id);
            buffer.extend_from_slice(piece);
            (frame_kind, flags) = (kind::CONTINUATION, 0);
        }
    }
}

/// Bytes of output after which data waits on its stream: enough for one write, little enough to keep for a peer that
/// doesn't read.
const HIGH_WATER: usize = 256 * 1024;

/// Payloads up to this length are copied next to their frame's head; a longer one costs less as a slice of its own.
const COPIED: usize = 8 * 1024;

/// Idle frames that a frame of data makes room for.
const EARNED: u32 = 16;

/// Updates that a frame of data may be answered with: one for each window.
const UPDATES: u64 = 2;
