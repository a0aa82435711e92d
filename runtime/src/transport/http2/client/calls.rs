//! The calls of a client's connection.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use traitwire_engine::{
    Block, Connection, Data, End, Event, Fields, Prepared, Reason, ResetCause, Role, StreamKey,
};

use super::call::{Again, Answer, Answers, Call, NotOpened};
use super::link::{Link, Order};
use super::pool::Http2Pool;
use crate::call::{self, Compressions, Direction, Format, OneMessage};
use crate::protocol::{self, Broken, ReadResponses, ResponseFields, ResponseHead};
use crate::status::Status;
use crate::transport::Origin;
use crate::transport::counts::Counts;
use crate::transport::http2::held::Held;
use crate::transport::http2::socket::lend_buffer;

/// What all requests of a channel have in common.
#[derive(Clone, Debug)]
pub(crate) struct RequestBase {
    pub(crate) origin: Origin,
    pub(crate) user_agent: Option<HeaderValue>,
    /// What responses may be compressed by.
    pub(crate) accepted: Compressions,
}

/// The calls of a connection.
pub(super) struct Calls {
    pub(super) http2: Connection<ResponseFields>,
    /// What the connection holds beside messages that arrive.
    pub(super) held: Held,
    /// By the slots of their streams.
    calls: Vec<Option<Active>>,
    pub(super) open: usize,
    /// Callers that were woken since the connection let others have their turn.
    pub(super) answered: usize,
    /// What was prepared for the methods that were called, by their paths.
    methods: Vec<(&'static str, Format, Prepared)>,
    /// How many calls the server has said it takes.
    limit: usize,
    base: Arc<RequestBase>,
    /// Who the server is, for the statuses that come from there.
    peer: Arc<str>,
    /// What the server said when it went away.
    goaway: Option<(Reason, String)>,
    /// After how long the server is asked for a sign of life.
    keep_alive_time: Option<Duration>,
    pub(super) link: Arc<Link>,
    pub(super) pool: Arc<Http2Pool>,
    pub(super) counts: Counts,
}

/// A call on a stream.
struct Active {
    stream: StreamKey,
    call: Arc<Call>,
    answer: Arrived,
}

/// What has come of an answer.
enum Arrived {
    Nothing,
    /// The head, where one message is to come.
    Head {
        headers: ResponseFields,
        encoding: Option<String>,
    },
    /// That message, if no other comes.
    Message {
        headers: ResponseFields,
        message: Bytes,
    },
    /// That message, in several pieces.
    Pieces {
        headers: ResponseFields,
        message: Box<OneMessage>,
    },
    /// The head, and some of a stream. A status in the head is kept while nothing has followed.
    Stream(Option<ResponseFields>),
}

impl Calls {
    pub(super) fn new(
        base: Arc<RequestBase>,
        peer: Arc<str>,
        link: Arc<Link>,
        pool: Arc<Http2Pool>,
        counts: Counts,
    ) -> Self {
        Self {
            http2: Connection::new(Role::Client, pool.config(), protocol::NAMES),
            held: Held::new(pool.account().cloned()),
            calls: Vec::new(),
            open: 0,
            answered: 0,
            methods: Vec::new(),
            limit: 0,
            base,
            peer,
            goaway: None,
            keep_alive_time: pool.keep_alive().time,
            link,
            pool,
            counts,
        }
    }

    pub(super) fn order(&mut self, order: Order) {
        match order {
            Order::Start(call) => self.start(call),
            Order::Data { stream, data, end } => {
                let len = data.len();
                self.counts.leaves(stream, &data);
                let end = if end { End::Stream } else { End::Open };
                self.http2.send_data(stream, Data::Bytes(data), end);
                if self.http2.queued(stream) == 0 {
                    self.sent(stream, len);
                }
            }
            Order::Fail(stream, status) => self.fail(stream, status),
            Order::Release(stream, len) => self.http2.release(stream, len),
            Order::Cancel(stream) => {
                self.take(stream);
            }
            Order::Look | Order::Leave => {}
        }
    }

    /// A call has come.
    fn start(&mut self, call: Arc<Call>) {
        // Those that came before go first.
        self.look();
        if self.can_open() {
            return self.open(&call);
        }
        self.link.put_off();
        if !self.http2.takes_streams() {
            self.pool.remove(&self.link);
            return call.again(Again::NotSent, || self.broken("the server goes away"));
        }
        self.pool.wait(call, &self.link);
        if !self.http2.can_open() {
            self.pool.ask_for_more();
        }
    }

    /// Takes as many calls out of the line as there is room for.
    pub(super) fn look(&mut self) {
        while self.pool.has_line() && self.can_open() {
            let Some(call) = self.pool.next() else {
                return;
            };
            lend_buffer(self.http2.output());
            self.link.take_on();
            self.open(&call);
        }
    }

    fn can_open(&mut self) -> bool {
        // In line, a call that is given up leaves nothing behind that a server would have to read, when it reads again.
        let readable = self.http2.output().len() < MAX_OUTPUT;
        // Of a server that has not said hello, nothing is known.
        readable && self.limit > 0 && self.http2.can_open()
    }

    fn open(&mut self, call: &Arc<Call>) {
        let method = self.method(call.path, call.receive.format);
        let http2 = &mut self.http2;
        let max = http2.peer_max_header_list_size();
        let mut refused = None;
        let mut whole = false;
        let mut check = |size| {
            let checked = protocol::check_list("request metadata", size, max);
            checked.map_err(|status| refused = Some(status)).ok()
        };
        let opened = call.open(&self.link, |fields, message| {
            let stream = match method {
                Method::Prepared(prepared) if fields.is_empty() => {
                    http2.open(&Block::Prepared(prepared), false)
                }
                Method::Prepared(prepared) => {
                    // Lent: they are needed again if the call is.
                    let block = Block::Both(prepared, mem::take(fields));
                    check(http2.list_size(&block))?;
                    let stream = http2.open(&block, false);
                    if let Block::Both(_, lent) = block {
                        *fields = lent;
                    }
                    stream
                }
                Method::Fields(mut all) => {
                    for (name, value, indexing) in fields.iter() {
                        all.push(name, value, indexing);
                    }
                    check(all.list_size())?;
                    http2.open(&Block::Fields(all), false)
                }
            }?;
            if let Some(message) = message {
                whole = true;
                let data = if message.len() <= COPIED {
                    Data::Slice(message)
                } else {
                    Data::Bytes(message.clone())
                };
                http2.send_data(stream, data, End::Stream);
            }
            Some(stream)
        });
        match opened {
            Ok(stream) => {
                self.counts.opened(stream);
                if whole {
                    self.counts.message_leaves();
                }
                let call = Arc::clone(call);
                let slot = stream.slot();
                if self.calls.len() <= slot {
                    self.calls.resize_with(slot + 1, || None);
                }
                self.calls[slot] = Some(Active {
                    stream,
                    call,
                    answer: Arrived::Nothing,
                });
                self.open += 1;
            }
            Err(NotOpened::GivenUp) => self.link.put_off(),
            Err(NotOpened::NoRoom) => {
                self.link.put_off();
                match refused {
                    Some(status) => call.answer(Answer::Failed(self.of_peer(status))),
                    None => call.again(Again::NotSent, || self.broken("the connection is full")),
                }
            }
        }
    }

    fn method(&mut self, path: &'static str, format: Format) -> Method {
        let mut methods = self.methods.iter();
        if let Some((.., prepared)) =
            methods.find(|(other, in_format, _)| *other == path && *in_format == format)
        {
            return Method::Prepared(*prepared);
        }
        let RequestBase {
            origin,
            user_agent,
            accepted,
        } = &*self.base;
        let (scheme, authority) = (origin.scheme.as_str(), origin.authority.as_str());
        let fields = protocol::method_fields(
            scheme,
            authority,
            path,
            user_agent.as_ref(),
            *accepted,
            format,
        );
        if self.methods.len() == MAX_PREPARED {
            return Method::Fields(fields);
        }
        let prepared = self.http2.prepare(fields);
        self.methods.push((path, format, prepared));
        Method::Prepared(prepared)
    }

    pub(super) fn event(&mut self, event: Event<'_, ResponseFields>) {
        match event {
            Event::Head { stream, head, end } => self.head(stream, head, end),
            Event::Data { stream, data, end } => {
                self.counts.arrived(stream, data);
                self.data(stream, data, end);
            }
            Event::Trailers { stream, head } => self.end(stream, head),
            Event::Reset {
                stream,
                reason,
                cause,
            } => self.reset(stream, reason, cause),
            Event::Writable { stream } => self.sent(stream, usize::MAX),
            Event::GoAway { reason, text } => {
                self.counts.goaway(reason);
                self.go_away(reason, text);
            }
            Event::Pong(_) => {}
        }
    }

    fn go_away(&mut self, reason: Reason, text: &[u8]) {
        if reason == Reason::ENHANCE_YOUR_CALM
            && text == TOO_MANY_PINGS
            && let Some(time) = self.keep_alive_time
        {
            self.pool.calm_down(time);
        }
        let text = &text[..text.len().min(MAX_GOAWAY_TEXT)];
        self.goaway = Some((reason, text.escape_ascii().to_string()));
        self.pool.remove(&self.link);
    }

    fn head(&mut self, stream: StreamKey, headers: ResponseFields, end: bool) {
        let Some(active) = active(&mut self.calls, stream) else {
            return;
        };
        let one = active.call.answers == Answers::One;
        let format = active.call.receive.format;
        let head = match end {
            true => headers.head(format),
            false => headers.open_head(format),
        };
        match head {
            ResponseHead::Ended(Err(status)) => {
                self.counts.ended(stream, || false);
                self.fail(stream, status);
            }
            ResponseHead::Ended(Ok(())) if one => {
                self.counts.ended(stream, || false);
                self.fail(stream, call::none_came(Direction::Response));
            }
            ResponseHead::Ended(Ok(())) => {
                active.call.head(headers.clone(), None);
                active.answer = Arrived::Stream(None);
                self.end(stream, headers);
            }
            ResponseHead::Messages { encoding } => {
                if one {
                    active.answer = Arrived::Head { headers, encoding };
                } else {
                    let status = headers.has_status().then(|| headers.clone());
                    active.call.head(headers, encoding);
                    active.answer = Arrived::Stream(status);
                    self.answered += 1;
                }
                if end {
                    self.end(stream, ResponseFields::default());
                }
            }
        }
    }

    fn data(&mut self, stream: StreamKey, data: &[u8], end: bool) {
        let Some(active) = active(&mut self.calls, stream) else {
            return self.http2.release(stream, data.len());
        };
        match active.arrived(data, &mut self.held) {
            Ok(Kept::Read) => self.http2.release(stream, data.len()),
            Ok(Kept::Unread) => self.answered += 1,
            Err(status) => return self.fail(stream, status),
        }
        if end {
            // Which says nothing of how the call ended.
            self.end(stream, ResponseFields::default());
        }
    }

    /// The answer is complete.
    fn end(&mut self, stream: StreamKey, mut trailers: ResponseFields) {
        self.counts.ended(stream, || trailers.end().is_ok());
        let Some(active) = self.take(stream) else {
            return;
        };
        let mut compressed = false;
        let (headers, message) = match active.answer {
            Arrived::Stream(status) => {
                if let Some(status) = status.filter(|_| !trailers.has_status()) {
                    trailers = status;
                }
                let end = trailers.end().map(|()| trailers);
                return active.call.end(end.map_err(|status| self.of_peer(status)));
            }
            Arrived::Message { headers, message } => (headers, Ok(message)),
            Arrived::Pieces { headers, message } => {
                compressed = message.was_compressed();
                (headers, message.finish())
            }
            Arrived::Head { mut headers, .. } => {
                if headers.has_status() && !trailers.has_status() {
                    trailers = mem::take(&mut headers);
                }
                (headers, Err(call::none_came(Direction::Response)))
            }
            // Trailers don't come without a head.
            Arrived::Nothing => (
                ResponseFields::default(),
                Err(call::none_came(Direction::Response)),
            ),
        };
        // What the server says goes before what it cut off.
        let answer = match trailers.end().and(message) {
            Ok(message) => Answer::One {
                headers,
                message,
                compressed,
                trailers,
            },
            Err(status) => {
                let status = status.with_headers(headers.into_metadata());
                Answer::Failed(self.of_peer(status))
            }
        };
        active.call.answer(answer);
    }

    fn reset(&mut self, stream: StreamKey, reason: Reason, cause: ResetCause) {
        let Some(active) = self.take(stream) else {
            return;
        };
        let text = match cause {
            ResetCause::Broken(text) => text,
            ResetCause::Peer | ResetCause::NotProcessed => "",
        };
        let status = || Broken::Stream(reason, text).client_status();
        let untouched = matches!(active.answer, Arrived::Nothing)
            && reason == Reason::REFUSED_STREAM
            && !matches!(cause, ResetCause::Broken(_));
        if untouched {
            active.call.again(Again::Refused, status);
        } else {
            active.failed(self.of_peer(status()));
        }
    }

    /// Ends a call that goes on for the server.
    fn fail(&mut self, stream: StreamKey, status: Status) {
        if let Some(active) = self.take(stream) {
            active.failed(self.of_peer(status));
        }
    }

    /// The connection takes no more calls, and ends those that it has.
    pub(super) fn lost(&mut self, text: &str) {
        self.leave(text);
        self.counts.all_broken();
        for active in mem::take(&mut self.calls).into_iter().flatten() {
            self.link.put_off();
            active.failed(self.broken(text));
        }
        self.open = 0;
    }

    /// Takes no more calls, and sends those away that are on their way here.
    pub(super) fn leave(&mut self, text: &str) {
        self.pool.remove(&self.link);
        for order in self.link.close() {
            if let Order::Start(call) = order {
                self.link.put_off();
                call.again(Again::NotSent, || self.broken(text));
            }
        }
    }

    #[cold]
    fn broken(&self, text: &str) -> Status {
        let text = match &self.goaway {
            None | Some((Reason::NO_ERROR, _)) => text.to_owned(),
            Some((reason, said)) if said.is_empty() => format!("{text} ({reason})"),
            Some((reason, said)) => format!("{text} ({reason}: {said})"),
        };
        self.of_peer(Broken::Connection(text).client_status())
    }

    #[cold]
    fn of_peer(&self, status: Status) -> Status {
        status.with_peer(Arc::clone(&self.peer))
    }

    fn sent(&mut self, stream: StreamKey, len: usize) {
        if let Some(active) = active(&mut self.calls, stream) {
            active.call.sent(len);
        }
    }

    /// Tells those whose data has left that there is room for more.
    pub(super) fn drained(&mut self) {
        let mut nothing: &[u8] = &[];
        while let Ok(Some(event)) = self.http2.next_event(&mut ReadResponses, &mut nothing) {
            self.event(event);
        }
    }

    /// Lets others know how many calls the server takes.
    pub(super) fn learn_limit(&mut self) {
        let limit = self.http2.peer_max_concurrent_streams() as usize;
        if self.limit != limit {
            self.limit = limit;
            self.counts.peer_streams(limit as u32);
            self.link.set_limit(limit);
            self.look();
            if self.pool.has_line() && !self.http2.can_open() {
                self.pool.ask_for_more();
            }
        }
    }

    /// Forgets a call. What the server still expects or sends of it, it is told to forget too.
    fn take(&mut self, stream: StreamKey) -> Option<Active> {
        active(&mut self.calls, stream)?;
        let active = self.calls[stream.slot()].take()?;
        self.counts.broken(stream);
        if self.http2.is_open(stream) {
            self.http2.reset(stream, Reason::CANCEL);
        }
        self.link.put_off();
        self.open -= 1;
        self.answered += 1;
        if self.open == 0 && self.calls.capacity() > KEEP {
            self.calls = Vec::new();
        }
        Some(active)
    }
}

impl Drop for Calls {
    /// The runtime may go before the connection does.
    fn drop(&mut self) {
        self.lost("the connection is over");
    }
}

/// What is sent ahead of each call to a method.
enum Method {
    Prepared(Prepared),
    Fields(Fields),
}

/// What became of data.
enum Kept {
    /// It needs no window any more.
    Read,
    /// Its caller will read it.
    Unread,
}

/// The call of a stream.
fn active(calls: &mut [Option<Active>], stream: StreamKey) -> Option<&mut Active> {
    let active = calls.get_mut(stream.slot())?.as_mut()?;
    // The stream may be over, and its slot another's.
    (active.stream == stream).then_some(active)
}

impl Active {
    /// Takes in a piece of an answer.
    fn arrived(&mut self, data: &[u8], held: &mut Held) -> Result<Kept, Status> {
        let receive = self.call.receive;
        self.answer = match mem::replace(&mut self.answer, Arrived::Nothing) {
            Arrived::Stream(status) => {
                self.answer = Arrived::Stream(status.filter(|_| data.is_empty()));
                if !data.is_empty() {
                    self.call.push(data);
                }
                return Ok(Kept::Unread);
            }
            answer if data.is_empty() => answer,
            Arrived::Head { headers, encoding } => {
                let whole = match encoding {
                    None => call::whole_message(data, receive.max_message_len),
                    Some(_) => None,
                };
                if let Some(message) = whole {
                    let message = Bytes::copy_from_slice(message);
                    Arrived::Message { headers, message }
                } else {
                    let deframer = receive.deframer(Direction::Response, encoding, held.account());
                    let mut message = Box::new(OneMessage::new(deframer));
                    message.feed(data)?;
                    Arrived::Pieces { headers, message }
                }
            }
            Arrived::Message { headers, message } => {
                let deframer = receive.deframer(Direction::Response, None, held.account());
                let mut message = Box::new(OneMessage::after(deframer, message));
                message.feed(data)?;
                Arrived::Pieces { headers, message }
            }
            Arrived::Pieces {
                headers,
                mut message,
            } => {
                message.feed(data)?;
                Arrived::Pieces { headers, message }
            }
            Arrived::Nothing => Arrived::Nothing,
        };
        Ok(Kept::Read)
    }

    fn failed(self, status: Status) {
        let headers = match self.answer {
            Arrived::Stream(_) => return self.call.end(Err(status)),
            Arrived::Head { headers, .. }
            | Arrived::Message { headers, .. }
            | Arrived::Pieces { headers, .. } => headers,
            Arrived::Nothing => ResponseFields::default(),
        };
        let status = status.with_headers(headers.into_metadata());
        self.call.answer(Answer::Failed(status));
    }
}

/// Requests up to this length are copied, so that they can be sent again; a longer one is shared.
const COPIED: usize = 8 * 1024;

/// Methods whose headers are prepared. Channels that call more are rare.
const MAX_PREPARED: usize = 64;

/// What a server says that was pinged too often: gRFC A8.
const TOO_MANY_PINGS: &[u8] = b"too_many_pings";

/// Bytes of what a server says when it goes away that are passed on.
const MAX_GOAWAY_TEXT: usize = 256;

/// Slots that an idle connection may keep.
const KEEP: usize = 8;

/// Bytes that wait to be written before no more calls are sent; twice as many, before no more is read.
pub(super) const MAX_OUTPUT: usize = 1024 * 1024;
