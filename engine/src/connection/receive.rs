//! What one end of a connection receives.

use super::{Connection, Continued, Event, GoingAway, Progress, ResetCause, Role, SHUTDOWN_PING};
use crate::error::{ConnectionError, Reason, StreamError};
use crate::frame::{
    self, DEFAULT_MAX_FRAME_SIZE, FrameHead, HEAD_LEN, MAX_WINDOW, PREFACE, flag, kind,
};
use crate::head::{Checked, HeadCheck, HeadKind, ReadHead};
use crate::hpack::{DecodeError, ListSize};
use crate::settings;
use crate::stream::{RecvState, SendState, Stream, StreamKey};

impl<H: Clone> Connection<H> {
    /// The next thing that happened. Takes from the front of `input` what it has read; `None` if more has to arrive
    /// first.
    ///
    /// # Errors
    ///
    /// If the peer broke a rule that ends the connection. GOAWAY is in the output then; after it is written, the
    /// connection is to be closed. All streams are over.
    pub fn next_event<'i, R>(
        &mut self,
        reader: &mut R,
        input: &mut &'i [u8],
    ) -> Result<Option<Event<'i, H>>, ConnectionError>
    where
        R: ReadHead<Head = H>,
    {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Some(event));
            }
            match self.next_frame(input) {
                Ok(None) => return Ok(None),
                Ok(Some((head, payload))) => match self.frame(reader, head, payload) {
                    Ok(None) => {}
                    Ok(Some(event)) => return Ok(Some(event)),
                    Err(error) => return Err(self.fail(error)),
                },
                Err(error) => return Err(self.fail(error)),
            }
        }
    }

    fn next_frame<'i>(
        &mut self,
        input: &mut &'i [u8],
    ) -> Result<Option<(FrameHead, &'i [u8])>, ConnectionError> {
        match self.progress {
            Progress::Open | Progress::Settings => {}
            Progress::Failed(error) => return Err(error),
            Progress::Preface => {
                let len = input.len().min(PREFACE.len());
                if input[..len] != PREFACE[..len] {
                    return Err(ConnectionError::protocol(
                        "the connection doesn't start with HTTP/2's preface",
                    ));
                }
                if len < PREFACE.len() {
                    return Ok(None);
                }
                *input = &input[len..];
                self.progress = Progress::Settings;
            }
        }
        let Some((head, rest)) = input.split_first_chunk::<HEAD_LEN>() else {
            return Ok(None);
        };
        let head = FrameHead::parse(head);
        // The peer chose this number: refuse it before anything is kept for it.
        if head.len > self.config.max_frame_size as usize {
            return Err(ConnectionError::frame_size(
                "a frame is longer than SETTINGS_MAX_FRAME_SIZE",
            ));
        }
        if rest.len() < head.len {
            return Ok(None);
        }
        let (payload, rest) = rest.split_at(head.len);
        *input = rest;
        Ok(Some((head, payload)))
    }

    fn frame<'i, R>(
        &mut self,
        reader: &mut R,
        head: FrameHead,
        payload: &'i [u8],
    ) -> Result<Option<Event<'i, H>>, ConnectionError>
    where
        R: ReadHead<Head = H>,
    {
        if self.progress == Progress::Settings {
            if head.kind != kind::SETTINGS || head.has(flag::ACK) {
                return Err(ConnectionError::protocol("the first frame is not SETTINGS"));
            }
            self.progress = Progress::Open;
        }
        if self.continued.is_some() && head.kind != kind::CONTINUATION {
            return Err(ConnectionError::protocol(
                "a header block is interrupted by another frame",
            ));
        }
        match head.kind {
            kind::DATA => self.data(head, payload),
            kind::HEADERS => self.headers(reader, head, payload),
            kind::CONTINUATION => self.continuation(reader, head, payload),
            kind::RST_STREAM => self.rst_stream(head, payload),
            kind::WINDOW_UPDATE => self.window_update(head, payload),
            kind::SETTINGS => self.settings(head, payload).map(|()| None),
            kind::PING => self.ping_frame(head, payload),
            kind::GOAWAY => self.goaway(head, payload),
            kind::PRIORITY => self.priority(head, payload),
            kind::PUSH_PROMISE => Err(ConnectionError::protocol(match self.role {
                Role::Server => "a client sent PUSH_PROMISE",
                Role::Client => "PUSH_PROMISE, which SETTINGS_ENABLE_PUSH forbids",
            })),
            // Unknown kinds are ignored (RFC 9113, section 5.5).
            _ => self.idle_frame().map(|()| None),
        }
    }

    fn data<'i>(
        &mut self,
        head: FrameHead,
        payload: &'i [u8],
    ) -> Result<Option<Event<'i, H>>, ConnectionError> {
        if head.id == 0 {
            return Err(ConnectionError::protocol("DATA on stream 0"));
        }
        let Some(data) = frame::without_padding(head, payload) else {
            return Err(ConnectionError::protocol(
                "DATA with more padding than payload",
            ));
        };
        // The whole payload counts, padding included (RFC 9113, section 6.9.1).
        self.recv_window -= payload.len() as i64;
        if self.recv_window < 0 {
            return Err(ConnectionError::flow_control(
                "more DATA than the connection's window allows",
            ));
        }
        let end = head.has(flag::END_STREAM);
        if data.is_empty() && !end {
            self.idle_frame()?;
        } else {
            self.idle_frames.earn(1);
        }
        let Some(key) = self.streams.find(head.id) else {
            self.refill_connection();
            return self.frame_on_closed(head.id).map(|()| None);
        };
        match self.stream_data(key, payload.len(), data.len(), end) {
            Ok(()) => Ok(Some(Event::Data {
                stream: key,
                data,
                end,
            })),
            Err(error) => self.break_stream(key, error),
        }
    }

    /// Counts data on its stream.
    fn stream_data(
        &mut self,
        key: StreamKey,
        counted: usize,
        len: usize,
        end: bool,
    ) -> Result<(), StreamError> {
        let Some(stream) = self.streams.get(key) else {
            return Ok(());
        };
        match stream.recv {
            RecvState::Open => {}
            RecvState::Head => {
                return Err(StreamError::protocol(
                    "DATA before the head of the response",
                ));
            }
            RecvState::Closed => {
                return Err(StreamError::new(
                    Reason::STREAM_CLOSED,
                    "DATA after the end of the stream",
                ));
            }
        }
        stream.recv_window -= counted as i64;
        if stream.recv_window < 0 {
            return Err(StreamError::new(
                Reason::FLOW_CONTROL_ERROR,
                "more DATA than the stream's window allows",
            ));
        }
        if let Some(left) = &mut stream.content_left {
            match left.checked_sub(len as u64) {
                Some(rest) if rest == 0 || !end => *left = rest,
                _ => return Err(WRONG_LENGTH),
            }
        }
        stream.held += len as u32;
        self.held += len;
        // Padding is nobody's to release.
        stream.released += (counted - len) as u32;
        if end {
            stream.recv = RecvState::Closed;
            if stream.is_over() {
                self.wasted_streams.earn(1);
                self.remove(key);
            }
        }
        self.refill_stream(key);
        self.refill_connection();
        Ok(())
    }

    fn headers<'i, R>(
        &mut self,
        reader: &mut R,
        head: FrameHead,
        payload: &'i [u8],
    ) -> Result<Option<Event<'i, H>>, ConnectionError>
    where
        R: ReadHead<Head = H>,
    {
        if head.id == 0 {
            return Err(ConnectionError::protocol("HEADERS on stream 0"));
        }
        let Some(mut block) = frame::without_padding(head, payload) else {
            return Err(ConnectionError::protocol(
                "HEADERS with more padding than payload",
            ));
        };
        if head.has(flag::PRIORITY) {
            let Some((priority, rest)) = block.split_first_chunk::<5>() else {
                return Err(ConnectionError::frame_size(
                    "HEADERS too short for their priority",
                ));
            };
            check_dependency(head.id, priority)?;
            block = rest;
        }
        let end = head.has(flag::END_STREAM);
        if head.has(flag::END_HEADERS) {
            return self.block(reader, head.id, block, end);
        }
        self.continued = Some(Box::new(Continued {
            id: head.id,
            end_stream: end,
            block: block.to_vec(),
            frames: 0,
        }));
        Ok(None)
    }

    fn continuation<'i, R>(
        &mut self,
        reader: &mut R,
        head: FrameHead,
        payload: &'i [u8],
    ) -> Result<Option<Event<'i, H>>, ConnectionError>
    where
        R: ReadHead<Head = H>,
    {
        let Some(continued) = self
            .continued
            .as_mut()
            .filter(|continued| continued.id == head.id)
        else {
            return Err(ConnectionError::protocol(
                "CONTINUATION without a header block to continue",
            ));
        };
        continued.frames += 1;
        let max = self.config.max_header_list_size as usize * 2 + HEAD_LEN;
        let max_frames = max / DEFAULT_MAX_FRAME_SIZE as usize + SHORT_CONTINUATIONS;
        if continued.block.len() + payload.len() > max {
            return Err(ConnectionError::calm(
                "a header block is far longer than SETTINGS_MAX_HEADER_LIST_SIZE",
            ));
        }
        if continued.frames > max_frames {
            return Err(ConnectionError::calm(
                "a header block goes on over too many short CONTINUATION frames",
            ));
        }
        continued.block.extend_from_slice(payload);
        if !head.has(flag::END_HEADERS) {
            return Ok(None);
        }
        match self.continued.take() {
            Some(continued) => {
                self.block(reader, continued.id, &continued.block, continued.end_stream)
            }
            None => Ok(None),
        }
    }

    /// A whole header block.
    fn block<R>(
        &mut self,
        reader: &mut R,
        id: u32,
        block: &[u8],
        end: bool,
    ) -> Result<Option<Event<'static, H>>, ConnectionError>
    where
        R: ReadHead<Head = H>,
    {
        let key = self.streams.find(id);
        let kind = match key.and_then(|key| self.streams.peek(key)) {
            None => HeadKind::first(self.role),
            Some(stream) if stream.recv == RecvState::Head => HeadKind::Response,
            Some(_) => HeadKind::Trailers,
        };
        // Whatever becomes of it, a block changes the table and has to be read.
        let read = self.read_block(reader, kind, block)?;
        let event = match key {
            Some(key) => match self.block_on_stream(key, kind, read, end) {
                Ok(event) => event,
                Err(error) => self.break_stream(key, error)?,
            },
            None => self.block_on_new(id, read, end)?,
        };
        if event.is_none() {
            self.idle_frame()?;
        }
        Ok(event)
    }

    fn block_on_stream(
        &mut self,
        key: StreamKey,
        kind: HeadKind,
        read: Result<(H, Checked), StreamError>,
        end: bool,
    ) -> Result<Option<Event<'static, H>>, StreamError> {
        let Some(stream) = self.streams.get(key) else {
            return Ok(None);
        };
        if stream.recv == RecvState::Closed {
            return Err(StreamError::new(
                Reason::STREAM_CLOSED,
                "HEADERS after the end of the stream",
            ));
        }
        let (head, checked) = read?;
        if kind == HeadKind::Trailers {
            if !end {
                return Err(StreamError::protocol("trailers without END_STREAM"));
            }
            if stream.content_left.is_some_and(|left| left > 0) {
                return Err(WRONG_LENGTH);
            }
            stream.recv = RecvState::Closed;
            if stream.is_over() {
                self.wasted_streams.earn(1);
                self.remove(key);
            }
            return Ok(Some(Event::Trailers { stream: key, head }));
        }
        if checked.informational {
            return match end {
                true => Err(StreamError::protocol("an interim response with END_STREAM")),
                false => Ok(None),
            };
        }
        // A response to HEAD would have a length and no content, but gRPC asks with POST alone.
        stream.content_left = checked.content_length;
        stream.recv = RecvState::Open;
        if end {
            if checked.content_length.is_some_and(|len| len > 0) {
                return Err(WRONG_LENGTH);
            }
            stream.recv = RecvState::Closed;
            if stream.is_over() {
                self.wasted_streams.earn(1);
                self.remove(key);
            }
        }
        Ok(Some(Event::Head {
            stream: key,
            head,
            end,
        }))
    }

    /// A block on a stream that isn't there: a request, or too late.
    fn block_on_new(
        &mut self,
        id: u32,
        read: Result<(H, Checked), StreamError>,
        end: bool,
    ) -> Result<Option<Event<'static, H>>, ConnectionError> {
        if self.is_own(id) {
            if self.is_idle(id) {
                return Err(ConnectionError::protocol(
                    "HEADERS on a stream that was never opened",
                ));
            }
            // The end of a response that nobody waits for any more.
            return Ok(None);
        }
        if self.role == Role::Client {
            return Err(ConnectionError::protocol(
                "HEADERS on a stream that only a push could open",
            ));
        }
        let is_new = self.is_idle(id);
        if is_new {
            self.skip_to(id);
        }
        if let GoingAway::Said(last) = self.going_away
            && id > last
        {
            return Ok(None);
        }
        if !is_new {
            if self.reset_ids.contains(&id) {
                return Ok(None);
            }
            return Err(match self.was_skipped(id) {
                true => {
                    ConnectionError::protocol("HEADERS on a stream below those that were opened")
                }
                false => ConnectionError::new(
                    Reason::STREAM_CLOSED,
                    "HEADERS on a stream that is closed",
                ),
            });
        }
        let (head, checked) = match read {
            Ok(read) => read,
            Err(error) => return self.refuse(id, error.reason).map(|()| None),
        };
        if end && checked.content_length.is_some_and(|len| len > 0) {
            return self.refuse(id, Reason::PROTOCOL_ERROR).map(|()| None);
        }
        if self.streams.len() >= self.config.max_concurrent_streams as usize {
            // A client that doesn't know the limit yet isn't to blame.
            if !self.settings_acknowledged {
                self.wasted_streams.earn(1);
            }
            return self.refuse(id, Reason::REFUSED_STREAM).map(|()| None);
        }
        self.idle_frames.earn(EARNED);
        let key = self.streams.add(Stream {
            id,
            opened: self.now,
            recv: if end {
                RecvState::Closed
            } else {
                RecvState::Open
            },
            send: SendState::Head,
            sent_data: false,
            send_window: i64::from(self.peer.initial_window),
            recv_window: i64::from(self.config.stream_window),
            held: 0,
            released: 0,
            content_left: checked.content_length,
            queue: None,
        });
        Ok(Some(Event::Head {
            stream: key,
            head,
            end,
        }))
    }

    /// Makes of a block what the reader wants of it.
    fn read_block<R>(
        &mut self,
        reader: &mut R,
        kind: HeadKind,
        block: &[u8],
    ) -> Result<Result<(H, Checked), StreamError>, ConnectionError>
    where
        R: ReadHead<Head = H>,
    {
        let generation = self.decoder.generation();
        if let Some(known) = self.memory.get(generation, kind, block) {
            return Ok(Ok(known));
        }
        let mut head = reader.start();
        let mut check = HeadCheck::new(kind);
        let max = self.config.max_header_list_size as usize;
        let size = self.decoder.decode(block, max, &mut |field| {
            check.field(&field);
            reader.field(&mut head, &field);
        });
        match size {
            Ok(ListSize::Fits) => {}
            Ok(ListSize::TooLarge) => {
                return Ok(Err(StreamError::new(
                    Reason::ENHANCE_YOUR_CALM,
                    "a header list above SETTINGS_MAX_HEADER_LIST_SIZE",
                )));
            }
            Err(error) => {
                return Err(ConnectionError::new(
                    Reason::COMPRESSION_ERROR,
                    undecodable(error),
                ));
            }
        }
        let checked = match check.finish() {
            Ok(checked) => checked,
            Err(text) => return Ok(Err(StreamError::protocol(text))),
        };
        if self.decoder.generation() == generation {
            self.memory.put(generation, kind, block, &head, checked);
        }
        Ok(Ok((head, checked)))
    }

    fn rst_stream<'i>(
        &mut self,
        head: FrameHead,
        payload: &[u8],
    ) -> Result<Option<Event<'i, H>>, ConnectionError> {
        let Some(code) = frame::read_u32(payload) else {
            return Err(ConnectionError::frame_size("RST_STREAM that isn't 4 long"));
        };
        if head.id == 0 {
            return Err(ConnectionError::protocol("RST_STREAM on stream 0"));
        }
        let Some(key) = self.streams.find(head.id) else {
            if self.is_idle(head.id) {
                return Err(ConnectionError::protocol("RST_STREAM on an idle stream"));
            }
            return self.idle_frame().map(|()| None);
        };
        // Opening streams and giving them up at once costs a peer little and us a lot ("rapid reset"). One that got data
        // wasn't in vain; of those that are given up late, their number at a time is limit enough.
        let in_vain = self.role == Role::Server
            && self.streams.peek(key).is_some_and(|stream| {
                !stream.sent_data && self.now.wrapping_sub(stream.opened) < RAPID
            });
        if in_vain && !self.wasted_streams.spend() {
            return Err(ConnectionError::calm("too many streams were reset"));
        }
        self.remove(key);
        Ok(Some(Event::Reset {
            stream: key,
            reason: Reason(code),
            cause: ResetCause::Peer,
        }))
    }

    fn window_update<'i>(
        &mut self,
        head: FrameHead,
        payload: &[u8],
    ) -> Result<Option<Event<'i, H>>, ConnectionError> {
        let Some(increment) = frame::read_u32(payload) else {
            return Err(ConnectionError::frame_size(
                "WINDOW_UPDATE that isn't 4 long",
            ));
        };
        let increment = i64::from(increment) & MAX_WINDOW;
        match self.updates_due.checked_sub(1) {
            Some(due) => self.updates_due = due,
            None => self.idle_frame()?,
        }
        if head.id == 0 {
            self.send_window += increment;
            if increment == 0 {
                return Err(ConnectionError::protocol("WINDOW_UPDATE by nothing"));
            }
            if self.send_window > MAX_WINDOW {
                return Err(ConnectionError::flow_control(
                    "the connection's window is opened past 2^31-1",
                ));
            }
            return Ok(None);
        }
        let Some(key) = self.streams.find(head.id) else {
            if self.is_idle(head.id) {
                return Err(ConnectionError::protocol("WINDOW_UPDATE on an idle stream"));
            }
            return Ok(None);
        };
        if increment == 0 {
            return self.break_stream(key, StreamError::protocol("WINDOW_UPDATE by nothing"));
        }
        let Some(stream) = self.streams.get(key) else {
            return Ok(None);
        };
        stream.send_window += increment;
        if stream.send_window > MAX_WINDOW {
            return self.break_stream(
                key,
                StreamError::new(
                    Reason::FLOW_CONTROL_ERROR,
                    "the stream's window is opened past 2^31-1",
                ),
            );
        }
        self.line_up(key);
        Ok(None)
    }

    fn settings(&mut self, head: FrameHead, payload: &[u8]) -> Result<(), ConnectionError> {
        if head.id != 0 {
            return Err(ConnectionError::protocol("SETTINGS on a stream"));
        }
        self.idle_frame()?;
        if head.has(flag::ACK) {
            if !payload.is_empty() {
                return Err(ConnectionError::frame_size(
                    "an acknowledgement of SETTINGS with a payload",
                ));
            }
            self.settings_acknowledged = true;
            return Ok(());
        }
        let before = self.peer;
        self.peer = before.read(payload, self.role == Role::Client)?;
        // A table that was small in between is empty, and its smallest size has to be said (RFC 7541, section 4.2).
        for size in settings::table_sizes(payload) {
            self.encoder.set_peer_max_table_size(size as usize);
        }
        // Only what all of it comes to is applied: a frame may set the window a thousand times.
        let change = i64::from(self.peer.initial_window) - i64::from(before.initial_window);
        if change != 0 {
            for (key, stream) in self.streams.iter_mut() {
                stream.send_window += change;
                if stream.send_window > MAX_WINDOW {
                    return Err(ConnectionError::flow_control(
                        "SETTINGS_INITIAL_WINDOW_SIZE opens a window past 2^31-1",
                    ));
                }
                if let Some(queue) = &mut stream.queue
                    && !queue.in_line
                    && stream.send_window > 0
                {
                    queue.in_line = true;
                    self.line.push_back(key);
                }
            }
        }
        frame::write_head(self.output.buffer(), 0, kind::SETTINGS, flag::ACK, 0);
        Ok(())
    }

    fn ping_frame<'i>(
        &mut self,
        head: FrameHead,
        payload: &[u8],
    ) -> Result<Option<Event<'i, H>>, ConnectionError> {
        let Ok(payload) = <[u8; 8]>::try_from(payload) else {
            return Err(ConnectionError::frame_size("PING that isn't 8 long"));
        };
        if head.id != 0 {
            return Err(ConnectionError::protocol("PING on a stream"));
        }
        self.idle_frame()?;
        if !head.has(flag::ACK) {
            self.check_ping()?;
            frame::write_ping(self.output.buffer(), flag::ACK, payload);
            return Ok(None);
        }
        if self.going_away == GoingAway::Announced && payload == SHUTDOWN_PING {
            // By now the peer knows, and opens no more.
            self.say_go_away(Reason::NO_ERROR, b"");
            return Ok(None);
        }
        Ok(Some(Event::Pong(payload)))
    }

    /// Whether a client pings no more often than it may (gRFC A8).
    fn check_ping(&mut self) -> Result<(), ConnectionError> {
        if self.role == Role::Client || self.config.min_ping_interval.is_zero() {
            return Ok(());
        }
        let idle = self.streams.len() == 0 && !self.config.pings_without_streams;
        let min = match idle {
            true => WITHOUT_STREAMS,
            false => self.config.min_ping_interval.as_millis(),
        };
        let too_soon = |last| u128::from(self.now.wrapping_sub(last)) < min;
        let pings = &mut self.pings;
        match pings.allowed.checked_sub(1) {
            Some(allowed) => pings.allowed = allowed,
            None if pings.last.is_some_and(too_soon) => {
                pings.strikes += 1;
                if pings.strikes > MAX_STRIKES {
                    // Clients look for these words, and ping less often then.
                    return Err(ConnectionError::calm("too_many_pings"));
                }
            }
            None => {}
        }
        pings.last = Some(self.now);
        Ok(())
    }

    fn goaway<'i>(
        &mut self,
        head: FrameHead,
        payload: &'i [u8],
    ) -> Result<Option<Event<'i, H>>, ConnectionError> {
        if head.id != 0 {
            return Err(ConnectionError::protocol("GOAWAY on a stream"));
        }
        let Some(([last @ .., _, _, _, _], text)) = payload.split_first_chunk::<8>() else {
            return Err(ConnectionError::frame_size("GOAWAY that isn't 8 long"));
        };
        let last = frame::read_u32(last).unwrap_or_default() & frame::MAX_STREAM_ID;
        let reason = Reason(frame::read_u32(&payload[4..8]).unwrap_or_default());
        if self.peer_last_id.is_some_and(|before| before < last) {
            return Err(ConnectionError::protocol(
                "GOAWAY with a higher stream than before",
            ));
        }
        self.idle_frame()?;
        self.peer_last_id = Some(last);
        if self.role == Role::Client {
            let lost: Vec<_> = self.streams.keys().filter(|key| key.id() > last).collect();
            for key in lost {
                self.remove(key);
                self.events.push_back(Event::Reset {
                    stream: key,
                    reason: Reason::REFUSED_STREAM,
                    cause: ResetCause::NotProcessed,
                });
            }
        }
        Ok(Some(Event::GoAway { reason, text }))
    }

    fn priority<'i>(
        &mut self,
        head: FrameHead,
        payload: &[u8],
    ) -> Result<Option<Event<'i, H>>, ConnectionError> {
        if head.id == 0 {
            return Err(ConnectionError::protocol("PRIORITY on stream 0"));
        }
        self.idle_frame()?;
        match payload.try_into() {
            // Deprecated, and ignored (RFC 9113, section 5.3.2).
            Ok(priority) => check_dependency(head.id, priority).map(|()| None),
            Err(_) => match self.streams.find(head.id) {
                Some(key) => self.break_stream(
                    key,
                    StreamError::new(Reason::FRAME_SIZE_ERROR, "PRIORITY that isn't 5 long"),
                ),
                // A stream that is idle can't be reset (RFC 9113, section 6.4).
                None if self.is_idle(head.id) => {
                    Err(ConnectionError::frame_size("PRIORITY that isn't 5 long"))
                }
                None => self
                    .refuse(head.id, Reason::FRAME_SIZE_ERROR)
                    .map(|()| None),
            },
        }
    }

    /// DATA on a stream that isn't there.
    fn frame_on_closed(&mut self, id: u32) -> Result<(), ConnectionError> {
        if self.is_idle(id) {
            return Err(ConnectionError::protocol("DATA on an idle stream"));
        }
        // What a server still sends on a stream that this end gave up, however long ago: it stops when it reads that.
        if self.is_own(id) || self.reset_ids.contains(&id) {
            return Ok(());
        }
        if let GoingAway::Said(last) = self.going_away
            && id > last
        {
            return Ok(());
        }
        self.refuse(id, Reason::STREAM_CLOSED)
    }

    /// Resets a stream that has no state.
    fn refuse(&mut self, id: u32, reason: Reason) -> Result<(), ConnectionError> {
        // Making us reset streams costs as much as resetting them ("made you reset").
        if !self.wasted_streams.spend() {
            return Err(ConnectionError::calm("too many streams had to be reset"));
        }
        frame::write_reset(self.output.buffer(), id, reason);
        self.remember_reset(id);
        Ok(())
    }

    /// Ends a stream for what the peer did on it.
    fn break_stream<'i>(
        &mut self,
        key: StreamKey,
        error: StreamError,
    ) -> Result<Option<Event<'i, H>>, ConnectionError> {
        self.refuse(key.id(), error.reason)?;
        self.remove(key);
        Ok(Some(Event::Reset {
            stream: key,
            reason: error.reason,
            cause: ResetCause::Broken(error.text),
        }))
    }

    /// A frame that carries nothing.
    fn idle_frame(&mut self) -> Result<(), ConnectionError> {
        if self.idle_frames.spend() {
            Ok(())
        } else {
            Err(ConnectionError::calm("too many frames that carry nothing"))
        }
    }
}

fn check_dependency(id: u32, priority: &[u8; 5]) -> Result<(), ConnectionError> {
    let [dependency @ .., _] = priority;
    if u32::from_be_bytes(*dependency) & frame::MAX_STREAM_ID == id {
        return Err(ConnectionError::protocol("a stream that depends on itself"));
    }
    Ok(())
}

/// What GOAWAY says of a header block that can't be decoded.
fn undecodable(error: DecodeError) -> &'static str {
    match error {
        DecodeError::Truncated => "a header block ends within a field",
        DecodeError::BadIndex(_) => "a header block refers to a field that isn't there",
        DecodeError::IntegerOverflow => "a header block has an integer that is too large",
        DecodeError::HuffmanEos | DecodeError::HuffmanPadding => {
            "a header block has a string that is no Huffman code"
        }
        DecodeError::TableTooLarge { .. } => {
            "a header block makes the table larger than SETTINGS_HEADER_TABLE_SIZE"
        }
        DecodeError::LateSizeUpdate => "a header block changes the table's size after a field",
        DecodeError::MissingSizeUpdate => {
            "a header block doesn't make the table as small as SETTINGS_HEADER_TABLE_SIZE says"
        }
    }
}

const WRONG_LENGTH: StreamError =
    StreamError::protocol("content of another length than content-length says");

/// Frames that one header block may go on over besides those that are full.
const SHORT_CONTINUATIONS: usize = 16;

/// Milliseconds within which a stream that is given up was opened to be given up. Clients whose deadlines pass, on a server
/// that can't keep up, wait for longer.
const RAPID: u32 = 100;

/// Pings that may come too soon (gRFC A8).
const MAX_STRIKES: u8 = 2;

/// Milliseconds between two pings while no stream is open: two hours (gRFC A8).
const WITHOUT_STREAMS: u128 = 2 * 60 * 60 * 1000;

/// Idle frames that a request makes room for.
const EARNED: u32 = 16;
