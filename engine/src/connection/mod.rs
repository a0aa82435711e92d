//! One end of one connection.

mod receive;
mod send;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use crate::budget::Budget;
use crate::config::Config;
use crate::error::{ConnectionError, Reason};
use crate::estimate::Estimate;
use crate::fields::{Block, Fields, Prepared, PreparedBlocks};
use crate::frame::{self, DEFAULT_MAX_FRAME_SIZE, DEFAULT_WINDOW, MAX_STREAM_ID, PREFACE};
use crate::hpack::{Decoder, Encoder};
use crate::memory::BlockMemory;
use crate::output::Output;
use crate::settings::{self, PeerSettings};
use crate::stream::{RecvState, StreamKey, Streams};

/// Which end of a connection this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It takes streams.
    Server,
    /// It opens streams.
    Client,
}

/// What happened on a connection.
#[derive(Debug)]
pub enum Event<'i, H> {
    /// A request came, on a new stream; or the head of a response.
    Head {
        /// The stream.
        stream: StreamKey,
        /// What was made of the block.
        head: H,
        /// Whether nothing follows.
        end: bool,
    },
    /// A piece of a body. It is held against the peer's windows until [`Connection::release`].
    Data {
        /// The stream.
        stream: StreamKey,
        /// The piece, as it stands in the input.
        data: &'i [u8],
        /// Whether nothing follows.
        end: bool,
    },
    /// Trailers, after which nothing follows.
    Trailers {
        /// The stream.
        stream: StreamKey,
        /// What was made of the block.
        head: H,
    },
    /// A stream is over before its end. There is nothing left to send on it.
    Reset {
        /// The stream that was.
        stream: StreamKey,
        /// Why.
        reason: Reason,
        /// Who ended it, and what for.
        cause: ResetCause,
    },
    /// Everything that was queued on a stream has left, and its window lets more through.
    Writable {
        /// The stream.
        stream: StreamKey,
    },
    /// The peer goes away: it takes no more streams. Those that it won't answer are reset with
    /// [`ResetCause::NotProcessed`].
    GoAway {
        /// Why.
        reason: Reason,
        /// What else it has to say: debug data, most likely text.
        text: &'i [u8],
    },
    /// The peer answered a [`Connection::ping`].
    Pong([u8; 8]),
}

/// Who ended a stream, and what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetCause {
    /// The peer, with RST_STREAM.
    Peer,
    /// The peer goes away, and has done nothing for the stream: it can be tried elsewhere.
    NotProcessed,
    /// This end, for what the peer did on the stream.
    Broken(&'static str),
}

/// One end of a connection, without its socket and its clock.
///
/// `H` is what header blocks are made into; see [`ReadHead`](crate::ReadHead).
#[derive(Debug)]
pub struct Connection<H> {
    role: Role,
    /// Shared with other connections.
    config: Arc<Config>,
    output: Output,
    decoder: Decoder,
    encoder: Encoder,
    prepared: PreparedBlocks,
    memory: BlockMemory<H>,
    streams: Streams,
    peer: PeerSettings,
    progress: Progress,
    /// A header block whose end is still to come.
    continued: Option<Box<Continued>>,
    /// The millisecond in which the peer began with something that it must not take long for, and hasn't finished.
    begun: Option<u32>,
    /// Streams that have something to send, a window to send it in, and wait for their turn.
    line: VecDeque<StreamKey>,
    /// Events that came several at a time.
    events: VecDeque<Event<'static, H>>,
    send_window: i64,
    recv_window: i64,
    /// Bytes of DATA that are received and not released, on all streams.
    held: usize,
    /// How many may be, for now: no more than the configuration says.
    max_held: usize,
    /// Bytes of DATA that wait for the peer's windows, on all streams.
    queued: usize,
    /// The highest stream that the peer opened.
    last_peer_id: u32,
    past: Option<Box<Past>>,
    settings_acknowledged: bool,
    /// The next stream that this end opens.
    next_id: u32,
    /// What the peer's GOAWAY said is the last stream that it takes.
    peer_last_id: Option<u32>,
    going_away: GoingAway,
    /// When time was told first, when last, and how many milliseconds lie between.
    start: Option<Instant>,
    latest: Option<Instant>,
    now: u32,
    /// How large windows should be; there is none before one is half used up.
    estimate: Option<Box<Estimate>>,
    pings: Pings,
    wasted_streams: Budget,
    idle_frames: Budget,
    /// Window updates that the peer may answer our DATA with. Without a limit: it may let us send for long, and then
    /// answer all of it.
    updates_due: u64,
}

/// The peer's pings since we have sent anything on a stream.
#[derive(Clone, Copy, Debug, Default)]
struct Pings {
    /// The millisecond of the last one.
    last: Option<u32>,
    /// How many came too soon.
    strikes: u8,
    /// How many may, for what was sent: a peer that reads slowly may measure the way as long as some of it arrives.
    allowed: u32,
}

impl Pings {
    /// So many bytes were sent on a stream.
    fn sent(&mut self, len: usize) {
        self.last = None;
        self.strikes = 0;
        let more = len / BYTES_PER_PING + 1;
        self.allowed = self.allowed.saturating_add(more as u32);
    }
}

/// A frame of the usual length.
const BYTES_PER_PING: usize = 16 * 1024;

/// How far the connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// A server waits for the client's preface.
    Preface,
    /// The first frame is SETTINGS.
    Settings,
    Open,
    /// Broken: nothing more is read.
    Failed(ConnectionError),
}

/// What this end has said about going away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GoingAway {
    No,
    /// "Soon": the peer has until it answers the ping to hear of it, and not for ever.
    Announced {
        /// The millisecond in which something arrived first since.
        since: Option<u32>,
    },
    /// Streams above this one are ignored.
    Said(u32),
}

/// Streams that aren't there, and that are worth remembering.
#[derive(Debug, Default)]
struct Past {
    /// Identifiers that the peer left out, first and last: those streams were never there.
    skipped_ids: VecDeque<(u32, u32)>,
    /// Streams that this end ended early: what the peer sent meanwhile is ignored.
    reset_ids: VecDeque<u32>,
}

/// A header block in pieces.
#[derive(Debug)]
struct Continued {
    id: u32,
    end_stream: bool,
    block: Vec<u8>,
    frames: usize,
}

impl<H: Clone> Connection<H> {
    /// One end of a new connection, whose configuration may be that of others, too. `names` are names of header fields that
    /// the reader wants to tell apart by a number; see [`NameId::custom`](crate::hpack::NameId::custom).
    pub fn new(role: Role, config: impl Into<Arc<Config>>, names: &'static [&'static str]) -> Self {
        let config = config.into().within_the_rules();
        let mut output = Output::default();
        let buffer = output.buffer();
        if role == Role::Client {
            buffer.extend_from_slice(PREFACE);
        }
        let own = [
            (settings::id::INITIAL_WINDOW_SIZE, config.stream_window),
            (
                settings::id::MAX_HEADER_LIST_SIZE,
                config.max_header_list_size,
            ),
            match role {
                Role::Server => (
                    settings::id::MAX_CONCURRENT_STREAMS,
                    config.max_concurrent_streams,
                ),
                Role::Client => (settings::id::ENABLE_PUSH, 0),
            },
            (settings::id::MAX_FRAME_SIZE, config.max_frame_size),
        ];
        let said = if config.max_frame_size == DEFAULT_MAX_FRAME_SIZE {
            &own[..3]
        } else {
            &own[..]
        };
        settings::write(buffer, said);
        let more = config.connection_window - DEFAULT_WINDOW;
        if more > 0 {
            frame::write_window_update(buffer, 0, more);
        }
        Self {
            role,
            output,
            decoder: Decoder::new(HEADER_TABLE_SIZE, names),
            encoder: Encoder::new(HEADER_TABLE_SIZE),
            prepared: PreparedBlocks::default(),
            memory: BlockMemory::new(),
            streams: Streams::default(),
            peer: PeerSettings::default(),
            progress: match role {
                Role::Server => Progress::Preface,
                Role::Client => Progress::Settings,
            },
            continued: None,
            begun: None,
            line: VecDeque::new(),
            events: VecDeque::new(),
            send_window: i64::from(DEFAULT_WINDOW),
            recv_window: i64::from(config.connection_window),
            held: 0,
            max_held: config.max_held,
            queued: 0,
            last_peer_id: 0,
            past: None,
            settings_acknowledged: false,
            next_id: 1,
            peer_last_id: None,
            going_away: GoingAway::No,
            start: None,
            latest: None,
            now: 0,
            estimate: None,
            pings: Pings::default(),
            wasted_streams: Budget::new(config.max_wasted_streams, 10),
            idle_frames: Budget::new(config.max_idle_frames, 1),
            updates_due: 0,
            config,
        }
    }

    /// Fields that will be sent often; connections may share them.
    pub fn prepare(&mut self, fields: impl Into<Arc<Fields>>) -> Prepared {
        self.prepared.add(fields.into())
    }

    /// What is to be written, after [`flush`](Self::flush).
    pub fn output(&mut self) -> &mut Output {
        &mut self.output
    }

    /// How many streams are not over.
    pub fn open_streams(&self) -> usize {
        self.streams.len()
    }

    /// Whether another stream can be opened now.
    pub fn can_open(&self) -> bool {
        self.takes_streams() && self.streams.len() < self.peer.max_concurrent_streams as usize
    }

    /// Whether streams can be opened, now or when others have ended.
    pub fn takes_streams(&self) -> bool {
        self.role == Role::Client
            && self.peer_last_id.is_none()
            && self.going_away == GoingAway::No
            && self.next_id <= MAX_STREAM_ID
            && !matches!(self.progress, Progress::Failed(_))
    }

    /// Whether the peer's SETTINGS have come: before, its limits are guesses.
    pub fn is_established(&self) -> bool {
        self.progress == Progress::Open
    }

    /// How many streams the peer lets this end have open.
    pub fn peer_max_concurrent_streams(&self) -> u32 {
        self.peer.max_concurrent_streams
    }

    /// The longest list of header fields that the peer takes.
    pub fn peer_max_header_list_size(&self) -> u32 {
        self.peer.max_header_list_size
    }

    /// How long a list of header fields is for the peer, which may refuse a longer one than
    /// [`peer_max_header_list_size`](Self::peer_max_header_list_size).
    pub fn list_size(&self, block: &Block) -> usize {
        self.prepared.list_size(block)
    }

    /// Bytes of DATA that this end may send now, and that the peer may, on all streams together.
    pub fn windows(&self) -> (i64, i64) {
        (self.send_window, self.recv_window)
    }

    /// Bytes of DATA that are held and not released.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Bytes of DATA that wait for the peer's windows, or for the output.
    pub fn queued_in_all(&self) -> usize {
        self.queued
    }

    /// Holds no more than this for now, instead of [`Config::max_held`]; never less than 64 KiB, so that something always
    /// moves. The peer may still send what its windows have allowed before.
    pub fn limit_held(&mut self, max: usize) {
        self.max_held = max.clamp(DEFAULT_WINDOW as usize, self.config.max_held);
        self.refill_connection();
    }

    /// Whether a stream is not over.
    pub fn is_open(&self, stream: StreamKey) -> bool {
        self.streams.peek(stream).is_some()
    }

    /// The last stream that the peer opened; 0 if there was none.
    pub fn last_peer_stream(&self) -> u32 {
        self.last_peer_id
    }

    /// The streams that are not over, oldest first.
    pub fn streams(&self) -> impl Iterator<Item = StreamKey> + '_ {
        self.streams.keys()
    }

    /// Gives memory back that a busy time needed. To be called when nothing has happened for a while.
    pub fn shrink(&mut self) {
        self.streams.shrink();
        if self.line.is_empty() {
            self.line = VecDeque::new();
        }
        if self.events.is_empty() {
            self.events = VecDeque::new();
        }
    }

    /// Lets budgets recover. To be called when something has arrived.
    pub fn pass_time(&mut self, now: Instant) {
        let start = *self.start.get_or_insert(now);
        self.latest = Some(now);
        // A stream that is open for seven weeks may pass for a short one.
        self.now = now.saturating_duration_since(start).as_millis() as u32;
        self.wasted_streams.pass_time(self.now);
        self.idle_frames.pass_time(self.now);
        if let GoingAway::Announced { since } = &mut self.going_away {
            let since = *since.get_or_insert(self.now);
            if self.now.wrapping_sub(since) >= MAX_GOODBYE {
                self.say_go_away(Reason::NO_ERROR, b"");
            }
        }
    }

    /// Asks the peer for a sign of life: [`Event::Pong`].
    pub fn ping(&mut self, payload: [u8; 8]) {
        frame::write_ping(self.output.buffer(), 0, payload);
    }

    /// Lets the streams that are open finish, and takes no more: says so twice, so that streams which are on their way
    /// now are still taken (RFC 9113, section 6.8).
    pub fn shut_down(&mut self) {
        if self.going_away != GoingAway::No || matches!(self.progress, Progress::Failed(_)) {
            return;
        }
        if self.role == Role::Client || self.progress == Progress::Preface {
            self.say_go_away(Reason::NO_ERROR, b"");
            return;
        }
        self.going_away = GoingAway::Announced { since: None };
        let buffer = self.output.buffer();
        frame::write_go_away(buffer, MAX_STREAM_ID, Reason::NO_ERROR, b"");
        frame::write_ping(buffer, 0, SHUTDOWN_PING);
    }

    /// Takes no more streams from now on, and says why.
    pub fn go_away(&mut self, reason: Reason, text: &str) {
        self.say_go_away(reason, text.as_bytes());
    }

    /// Whether the peer broke a rule that ends the connection.
    pub fn has_failed(&self) -> bool {
        matches!(self.progress, Progress::Failed(_))
    }

    /// Whether this end has shut down, the peer knows, and no stream is left.
    pub fn is_finished(&self) -> bool {
        match self.progress {
            Progress::Failed(_) => true,
            _ => {
                (matches!(self.going_away, GoingAway::Said(_))
                    || self.role == Role::Client && self.peer_last_id.is_some())
                    && self.streams.len() == 0
            }
        }
    }

    fn say_go_away(&mut self, reason: Reason, text: &[u8]) {
        let last = match self.going_away {
            // It must not grow, whatever the peer opened since (RFC 9113, section 6.8).
            GoingAway::Said(last) => last,
            GoingAway::No | GoingAway::Announced { .. } => self.last_peer_id,
        };
        self.going_away = GoingAway::Said(last);
        frame::write_go_away(self.output.buffer(), last, reason, text);
    }

    /// Ends the connection for what the peer did.
    fn fail(&mut self, error: ConnectionError) -> ConnectionError {
        if !matches!(self.progress, Progress::Failed(_)) {
            self.say_go_away(error.reason, error.text.as_bytes());
            self.progress = Progress::Failed(error);
            // Nothing follows a GOAWAY that says what went wrong.
            self.streams = Streams::default();
            self.line.clear();
            self.events.clear();
            self.held = 0;
            self.queued = 0;
        }
        error
    }

    /// Forgets a stream that is over; what it held counts no more.
    fn remove(&mut self, key: StreamKey) {
        if let Some(stream) = self.streams.remove(key) {
            self.held -= stream.held as usize;
            if let Some(queue) = stream.queue {
                self.queued -= queue.len;
                if queue.in_line {
                    self.line.retain(|other| *other != key);
                }
            }
            self.refill_connection();
        }
    }

    /// Opens a stream's window again by what was released, or further.
    fn refill_stream(&mut self, key: StreamKey) {
        let Some(stream) = self.streams.get(key) else {
            return;
        };
        // The usual case: less than half of it is used.
        if stream.recv_window * 2 >= i64::from(stream.window) {
            return;
        }
        let missing = |window| i64::from(window) - stream.recv_window - i64::from(stream.held);
        // Half a window at a time: the peer is never stopped, and rarely told.
        if stream.recv == RecvState::Closed
            || missing(stream.window) <= i64::from(stream.window) / 2
        {
            return;
        }
        let estimate = self.estimate.as_ref();
        let window = estimate.map_or(stream.window, |estimate| estimate.window());
        let missing = missing(window);
        stream.window = window;
        stream.recv_window += missing;
        frame::write_window_update(self.output.buffer(), stream.id, missing as u32);
        self.measure();
    }

    /// Measures whether a window that is half used up is large enough.
    fn measure(&mut self) {
        let Config {
            stream_window,
            max_window,
            ..
        } = *self.config;
        if max_window <= stream_window {
            return;
        }
        let new = || Box::new(Estimate::new(stream_window, max_window));
        if let Some(now) = self.latest
            && self.estimate.get_or_insert_with(new).start(now)
        {
            frame::write_ping(self.output.buffer(), 0, ESTIMATE_PING);
        }
    }

    /// Opens the connection's window again, as far as what is held allows.
    #[inline]
    fn refill_connection(&mut self) {
        // Otherwise less than half of it is used.
        if self.recv_window * 2 < i64::from(self.config.connection_window)
            || self.estimate.is_some()
        {
            self.refill_connection_now();
        }
    }

    fn refill_connection_now(&mut self) {
        let grown = self
            .estimate
            .as_ref()
            .map_or(0, |estimate| estimate.window());
        let full = self.config.connection_window.max(grown) as usize;
        let full = full.min(self.max_held);
        let window = full.min(self.max_held.saturating_sub(self.held));
        let missing = window as i64 - self.recv_window;
        if missing > full as i64 / 2 {
            frame::write_window_update(self.output.buffer(), 0, missing as u32);
            self.recv_window += missing;
        }
    }

    /// Whether this end ended a stream early.
    fn was_reset(&self, id: u32) -> bool {
        let past = self.past.as_ref();
        past.is_some_and(|past| past.reset_ids.contains(&id))
    }

    fn remember_reset(&mut self, id: u32) {
        let reset_ids = &mut self.past.get_or_insert_default().reset_ids;
        if reset_ids.len() == RESETS_REMEMBERED {
            reset_ids.pop_front();
        }
        reset_ids.push_back(id);
    }

    /// Takes the peer's word for it that the next stream is this one.
    fn skip_to(&mut self, id: u32) {
        let next = match self.last_peer_id {
            0 => 1,
            last => last + 2,
        };
        if id > next {
            let skipped_ids = &mut self.past.get_or_insert_default().skipped_ids;
            if skipped_ids.len() == SKIPS_REMEMBERED {
                skipped_ids.pop_front();
            }
            skipped_ids.push_back((next, id - 2));
        }
        self.last_peer_id = id;
    }

    /// Whether a stream that is closed was never opened.
    fn was_skipped(&self, id: u32) -> bool {
        let mut skips = self.past.iter().flat_map(|past| &past.skipped_ids);
        skips.any(|(first, last)| (*first..=*last).contains(&id))
    }

    /// Whether a stream that isn't there has never been.
    fn is_idle(&self, id: u32) -> bool {
        if self.is_own(id) {
            id >= self.next_id
        } else {
            id > self.last_peer_id
        }
    }

    /// Whether this end is the one to open such a stream.
    fn is_own(&self, id: u32) -> bool {
        (self.role == Role::Client) == (id % 2 == 1)
    }
}

/// RFC 7541's default; more would let a peer make each connection hold more.
const HEADER_TABLE_SIZE: usize = 4096;

/// Streams that were reset, of which something may still be on its way.
const RESETS_REMEMBERED: usize = 256;

/// Gaps in the peer's stream identifiers; no client leaves any.
const SKIPS_REMEMBERED: usize = 16;

/// Milliseconds that a peer has to answer a shutdown's ping, while it has other things to say. What it opens later is
/// ignored, and can be tried elsewhere.
const MAX_GOODBYE: u32 = 10_000;

/// Tells the answer to a shutdown's ping from others.
const SHUTDOWN_PING: [u8; 8] = *b"goodbye!";

/// The same for a ping that measures the way.
const ESTIMATE_PING: [u8; 8] = *b"how far?";
