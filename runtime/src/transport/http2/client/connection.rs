//! A client's connection.

use std::future::poll_fn;
use std::io;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep};
use traitwire_engine::{
    Block, Config, Connection, Data, End, Event, Prepared, Reason, ResetCause, Role, StreamKey,
};

use super::call::{Again, Answer, Answers, Call, NotOpened};
use super::pool::Http2Pool;
use crate::protocol::{
    self, Broken, Deframer, Direction, OneMessage, ReadResponses, ResponseFields, ResponseHead,
};
use crate::status::Status;
use crate::transport::Origin;
use crate::transport::http2::queue::Queue;
use crate::transport::http2::socket::{Buffer, Read, Socket, lend_buffer, reclaim_buffer};

/// What all requests of a channel have in common.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) origin: Origin,
    pub(crate) user_agent: Option<HeaderValue>,
}

/// Makes a connection one of `pool`'s. The future drives it to its end.
pub(crate) fn connect_http2<I>(
    io: I,
    caller: Arc<Caller>,
    pool: Arc<Http2Pool>,
) -> impl Future<Output = ()> + Send + 'static
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut config = Config::default();
    config.max_header_list_size = MAX_HEADER_LIST;
    config.max_wasted_streams = MAX_WASTED_STREAMS;
    let link = Arc::new(Link {
        queue: Queue::default(),
        load: AtomicUsize::new(0),
        limit: AtomicUsize::new(pool.usual_limit()),
    });
    let stage = if pool.add(&link) {
        Stage::Open
    } else {
        Stage::Leaving
    };
    let mut connection = ClientConnection {
        socket: Socket::new(io, Vec::new()),
        stage,
        idle: None,
        calls: Calls {
            http2: Connection::new(Role::Client, config, protocol::NAMES),
            calls: Vec::new(),
            open: 0,
            answered: 0,
            methods: Vec::new(),
            limit: None,
            caller,
            goaway: None,
            link,
            pool,
        },
        orders: Vec::new(),
    };
    poll_fn(move |cx| connection.poll(cx))
}

/// A connection, as calls see it.
pub(super) struct Link {
    queue: Queue<Order>,
    /// Calls that are on it, or on their way to it.
    load: AtomicUsize,
    /// How many the server takes.
    limit: AtomicUsize,
}

/// What calls want of their connection.
pub(super) enum Order {
    /// A stream for a call that is counted already.
    Start(Arc<Call>),
    /// More of a stream of requests.
    Data {
        stream: StreamKey,
        data: Bytes,
        end: bool,
    },
    /// A stream of requests ended with an error, and so does its call.
    Fail(StreamKey, Status),
    /// More of the server's data: so much of it was read.
    Release(StreamKey, usize),
    /// Nobody waits for the answer any more.
    Cancel(StreamKey),
    /// A call is in line, and there may be room for it.
    Look,
    /// No more calls come.
    Leave,
}

impl Link {
    /// What it has to do, to be compared with others: whether it is full goes first.
    pub(super) fn burden(&self) -> (bool, usize) {
        let load = self.load.load(Ordering::Relaxed);
        (load >= self.limit.load(Ordering::Relaxed), load)
    }

    pub(super) fn has_room(&self) -> bool {
        !self.burden().0
    }

    pub(super) fn is_idle(&self) -> bool {
        self.load.load(Ordering::Relaxed) == 0
    }

    /// Counts a call that is on its way.
    pub(super) fn take_on(&self) {
        self.load.fetch_add(1, Ordering::Relaxed);
    }

    fn put_off(&self) {
        self.load.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn order(&self, order: Order) {
        self.queue.push(order);
    }

    /// As [`order`](Self::order); gives it back if the connection is over.
    pub(super) fn try_order(&self, order: Order) -> Result<(), Order> {
        self.queue.try_push(order)
    }
}

/// One connection.
struct ClientConnection<I> {
    socket: Socket<I>,
    stage: Stage,
    calls: Calls,
    /// Emptied, and kept for the next ones.
    orders: Vec<Order>,
    /// Since when nobody has needed it, while there are others.
    idle: Option<Idle>,
}

/// How far a connection has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    /// It ends with its last call.
    Leaving,
    /// It writes what it has to say, and ends.
    Ending,
}

struct Idle {
    since: Instant,
    sleep: Pin<Box<Sleep>>,
}

/// The calls of a connection.
struct Calls {
    http2: Connection<ResponseFields>,
    /// By the slots of their streams.
    calls: Vec<Option<Active>>,
    open: usize,
    /// Callers that were woken since the connection let others have their turn.
    answered: usize,
    /// What was prepared for the methods that were called, by their paths.
    methods: Vec<(&'static str, Prepared)>,
    /// How many calls the server has said it takes.
    limit: Option<usize>,
    caller: Arc<Caller>,
    /// What the server said when it went away.
    goaway: Option<Reason>,
    link: Arc<Link>,
    pool: Arc<Http2Pool>,
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
    /// The head, and some of a stream.
    Stream,
}

/// How far reading went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// There is nothing to read now.
    None,
    /// There may be more at once.
    More,
    /// The server has to read first.
    Blocked,
}

impl<I: AsyncRead + AsyncWrite + Unpin> ClientConnection<I> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            self.take_orders();
            let moved = self.read(cx).and_then(|read| {
                self.take_orders();
                self.calls.look();
                Ok((read, self.write(cx)?))
            });
            let (read, written) = match moved {
                Ok(moved) => moved,
                Err(error) => {
                    self.calls.lost(&format!("the connection broke: {error}"));
                    return Poll::Ready(());
                }
            };
            self.finish();
            if self.stage == Stage::Ending {
                // A server that reads nothing is not waited for.
                if !written {
                    return Poll::Ready(());
                }
                if self.calls.http2.output().is_empty() {
                    return self.socket.poll_shutdown(cx).map(drop);
                }
                continue;
            }
            if written && (read == Progress::Blocked || !self.calls.http2.output().is_empty()) {
                continue;
            }
            // Those who were answered may ask again. What they ask leaves together, if they go first.
            if mem::take(&mut self.calls.answered) > 1 || read == Progress::More {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            if self.poll_idle(cx) {
                continue;
            }
            if self.calls.link.queue.sleep(cx) {
                return Poll::Pending;
            }
        }
    }

    /// Reads what has arrived and hands it out.
    fn read(&mut self, cx: &mut Context<'_>) -> io::Result<Progress> {
        for _ in 0..READS {
            if self.stage == Stage::Ending {
                return Ok(Progress::None);
            }
            // A server that doesn't read isn't read from.
            if self.calls.http2.output().len() > MAX_OUTPUT {
                return Ok(Progress::Blocked);
            }
            let mut buffer = Buffer::borrow();
            let len = match self.socket.poll_read(&mut buffer, cx)? {
                Poll::Ready(Read::Bytes(len)) => len,
                Poll::Ready(Read::End) => {
                    self.calls.lost("the server closed the connection");
                    self.stage = Stage::Ending;
                    return Ok(Progress::None);
                }
                Poll::Pending => return Ok(Progress::None),
            };
            let http2 = &mut self.calls.http2;
            http2.pass_time(std::time::Instant::now());
            lend_buffer(http2.output());
            let mut input = &buffer.bytes[..len];
            loop {
                let event = self.calls.http2.next_event(&mut ReadResponses, &mut input);
                match event {
                    Ok(Some(event)) => self.calls.event(event),
                    Ok(None) => break,
                    Err(error) => {
                        self.calls
                            .lost(&format!("the server broke HTTP/2: {error}"));
                        self.stage = Stage::Ending;
                        return Ok(Progress::None);
                    }
                }
            }
            self.socket.keep(input);
            self.calls.learn_limit();
        }
        Ok(Progress::More)
    }

    /// Writes what there is; `true` if everything has left.
    fn write(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        loop {
            let http2 = &mut self.calls.http2;
            http2.flush();
            if self.socket.poll_write(http2.output(), cx)?.is_pending() {
                return Ok(false);
            }
            self.calls.drained();
            if !self.calls.http2.has_more() {
                reclaim_buffer(self.calls.http2.output());
                return Ok(true);
            }
        }
    }

    /// Does what calls want done.
    fn take_orders(&mut self) {
        let mut orders = mem::take(&mut self.orders);
        while self.calls.link.queue.take(&mut orders) {
            lend_buffer(self.calls.http2.output());
            for order in orders.drain(..) {
                match order {
                    Order::Leave if self.stage == Stage::Open => self.stage = Stage::Leaving,
                    order => self.calls.order(order),
                }
            }
        }
        self.orders = orders;
    }

    /// Ends a connection that nobody needs any more.
    fn finish(&mut self) {
        let calls = &mut self.calls;
        if self.stage == Stage::Open && !calls.http2.takes_streams() {
            calls.pool.remove(&calls.link);
            self.stage = Stage::Leaving;
        }
        let over = calls.open == 0 && self.stage == Stage::Leaving;
        if self.stage != Stage::Ending && (over || calls.http2.is_finished()) {
            calls.http2.go_away(Reason::NO_ERROR, "");
            calls.leave("the connection is over");
            self.stage = Stage::Ending;
        }
    }

    /// Leaves, if there are other connections and nobody has needed this one for a while; `true` if so.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> bool {
        let calls = &self.calls;
        if self.stage != Stage::Open || calls.open > 0 || calls.pool.links() < 2 {
            if let Some(idle) = &mut self.idle {
                idle.since = Instant::now();
            }
            if calls.pool.links() < 2 {
                self.idle = None;
            }
            return false;
        }
        let idle = self.idle.get_or_insert_with(|| Idle {
            since: Instant::now(),
            sleep: Box::pin(tokio::time::sleep(IDLE_TIMEOUT)),
        });
        while idle.sleep.as_mut().poll(cx).is_ready() {
            let due = idle.since + IDLE_TIMEOUT;
            if Instant::now() < due {
                idle.sleep.as_mut().reset(due);
            } else if calls.pool.spare(&calls.link) {
                self.stage = Stage::Leaving;
                return true;
            } else {
                idle.since = Instant::now();
                idle.sleep.as_mut().reset(idle.since + IDLE_TIMEOUT);
            }
        }
        false
    }
}

impl Calls {
    fn order(&mut self, order: Order) {
        match order {
            Order::Start(call) => self.start(call),
            Order::Data { stream, data, end } => {
                let len = data.len();
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
        if self.limit.is_some() {
            self.pool.ask_for_more();
        }
    }

    /// Takes as many calls out of the line as there is room for.
    fn look(&mut self) {
        while self.pool.has_line() && self.can_open() {
            let Some(call) = self.pool.next() else {
                return;
            };
            lend_buffer(self.http2.output());
            self.link.take_on();
            self.open(&call);
        }
    }

    fn can_open(&self) -> bool {
        let guessed = self.limit.is_some() || self.http2.open_streams() < self.pool.usual_limit();
        guessed && self.http2.can_open()
    }

    fn open(&mut self, call: &Arc<Call>) {
        let method = self.method(call.path);
        let http2 = &mut self.http2;
        let opened = call.open(&self.link, |fields, message| {
            let stream = match method {
                Method::Prepared(prepared) if fields.is_empty() => {
                    http2.open(&Block::Prepared(prepared), false)
                }
                Method::Prepared(prepared) => {
                    // Lent: they are needed again if the call is.
                    let block = Block::Both(prepared, mem::take(fields));
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
                    http2.open(&Block::Fields(all), false)
                }
            }?;
            if let Some(message) = message {
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
                call.again(Again::NotSent, || self.broken("the connection is full"));
            }
        }
    }

    fn method(&mut self, path: &'static str) -> Method {
        let known = |(other, _): &&(&'static str, Prepared)| std::ptr::eq(*other, path);
        if let Some((_, prepared)) = self.methods.iter().find(known) {
            return Method::Prepared(*prepared);
        }
        let Caller { origin, user_agent } = &*self.caller;
        let (scheme, authority) = (origin.scheme.as_str(), origin.authority.as_str());
        let fields = protocol::method_fields(scheme, authority, path, user_agent.as_ref());
        if self.methods.len() == MAX_PREPARED {
            return Method::Fields(fields);
        }
        let prepared = self.http2.prepare(fields);
        self.methods.push((path, prepared));
        Method::Prepared(prepared)
    }

    fn event(&mut self, event: Event<'_, ResponseFields>) {
        match event {
            Event::Head { stream, head, end } => self.head(stream, head, end),
            Event::Data { stream, data, end } => self.data(stream, data, end),
            Event::Trailers { stream, head } => self.end(stream, head),
            Event::Reset {
                stream,
                reason,
                cause,
            } => self.reset(stream, reason, cause),
            Event::Writable { stream } => self.sent(stream, usize::MAX),
            Event::GoAway { reason } => {
                self.goaway = Some(reason);
                self.pool.remove(&self.link);
            }
            Event::Pong(_) => {}
        }
    }

    fn head(&mut self, stream: StreamKey, headers: ResponseFields, end: bool) {
        let Some(active) = self.active(stream) else {
            return;
        };
        let one = active.call.answers == Answers::One;
        match headers.head() {
            ResponseHead::Ended(Err(status)) => self.fail(stream, status),
            ResponseHead::Ended(Ok(())) if one => {
                self.fail(stream, protocol::none_came(Direction::Response));
            }
            ResponseHead::Ended(Ok(())) => {
                active.call.head(headers.clone(), None);
                active.answer = Arrived::Stream;
                self.end(stream, headers);
            }
            ResponseHead::Messages { encoding } => {
                if one {
                    active.answer = Arrived::Head { headers, encoding };
                } else {
                    active.call.head(headers, encoding);
                    active.answer = Arrived::Stream;
                    self.answered += 1;
                }
                if end {
                    self.end(stream, ResponseFields::default());
                }
            }
        }
    }

    fn data(&mut self, stream: StreamKey, data: &[u8], end: bool) {
        let Some(active) = self.active(stream) else {
            return self.http2.release(stream, data.len());
        };
        match active.arrived(data) {
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
    fn end(&mut self, stream: StreamKey, trailers: ResponseFields) {
        let Some(active) = self.take(stream) else {
            return;
        };
        let (headers, message) = match active.answer {
            Arrived::Stream => return active.call.end(Ok(trailers)),
            Arrived::Message { headers, message } => (headers, Ok(message)),
            Arrived::Pieces { headers, message } => (headers, message.finish()),
            // Trailers don't come without a head.
            Arrived::Head { headers, .. } => {
                (headers, Err(protocol::none_came(Direction::Response)))
            }
            Arrived::Nothing => (
                ResponseFields::default(),
                Err(protocol::none_came(Direction::Response)),
            ),
        };
        // What the server says goes before what it cut off.
        let answer = match trailers.end().and(message) {
            Ok(message) => Answer::One {
                headers,
                message,
                trailers,
            },
            Err(status) => Answer::Failed(status),
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
            active.failed(status());
        }
    }

    /// Ends a call that goes on for the server.
    fn fail(&mut self, stream: StreamKey, status: Status) {
        if let Some(active) = self.take(stream) {
            active.failed(status);
        }
    }

    /// The connection takes no more calls, and ends those that it has.
    fn lost(&mut self, text: &str) {
        self.leave(text);
        for active in mem::take(&mut self.calls).into_iter().flatten() {
            self.link.put_off();
            active.failed(self.broken(text));
        }
        self.open = 0;
    }

    /// Takes no more calls, and sends those away that are on their way here.
    fn leave(&mut self, text: &str) {
        self.pool.remove(&self.link);
        for order in self.link.queue.close() {
            if let Order::Start(call) = order {
                self.link.put_off();
                call.again(Again::NotSent, || self.broken(text));
            }
        }
    }

    #[cold]
    fn broken(&self, text: &str) -> Status {
        let text = match self.goaway {
            None | Some(Reason::NO_ERROR) => text.to_owned(),
            Some(reason) => format!("{text} ({reason})"),
        };
        Broken::Connection(text).client_status()
    }

    fn sent(&mut self, stream: StreamKey, len: usize) {
        if let Some(active) = self.active(stream) {
            active.call.sent(len);
        }
    }

    /// Tells those whose data has left that there is room for more.
    fn drained(&mut self) {
        let mut nothing: &[u8] = &[];
        while let Ok(Some(event)) = self.http2.next_event(&mut ReadResponses, &mut nothing) {
            self.event(event);
        }
    }

    /// Lets others know how many calls the server takes.
    fn learn_limit(&mut self) {
        if !self.http2.is_established() {
            return;
        }
        let limit = self.http2.peer_max_concurrent_streams() as usize;
        if self.limit != Some(limit) {
            self.limit = Some(limit);
            self.link.limit.store(limit, Ordering::Relaxed);
            self.pool.learn_limit(limit);
            self.look();
            if self.pool.has_line() {
                self.pool.ask_for_more();
            }
        }
    }

    fn active(&mut self, stream: StreamKey) -> Option<&mut Active> {
        let active = self.calls.get_mut(stream.slot())?.as_mut()?;
        // The stream may be over, and its slot another's.
        (active.stream == stream).then_some(active)
    }

    /// Forgets a call. What the server still expects or sends of it, it is told to forget too.
    fn take(&mut self, stream: StreamKey) -> Option<Active> {
        self.active(stream)?;
        let active = self.calls[stream.slot()].take()?;
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
    Fields(traitwire_engine::Fields),
}

/// What became of data.
enum Kept {
    /// It needs no window any more.
    Read,
    /// Its caller will read it.
    Unread,
}

impl Active {
    /// Takes in a piece of an answer.
    fn arrived(&mut self, data: &[u8]) -> Result<Kept, Status> {
        let max_len = self.call.max_receive_message_len;
        self.answer = match mem::replace(&mut self.answer, Arrived::Nothing) {
            Arrived::Stream => {
                self.answer = Arrived::Stream;
                if !data.is_empty() {
                    self.call.push(data);
                }
                return Ok(Kept::Unread);
            }
            answer if data.is_empty() => answer,
            Arrived::Head { headers, encoding } => {
                let whole = match encoding {
                    None => protocol::whole_message(data, max_len),
                    Some(_) => None,
                };
                if let Some(message) = whole {
                    let message = Bytes::copy_from_slice(message);
                    Arrived::Message { headers, message }
                } else {
                    let deframer = Deframer::new(Direction::Response, max_len, encoding);
                    let mut message = Box::new(OneMessage::new(deframer));
                    message.feed(data)?;
                    Arrived::Pieces { headers, message }
                }
            }
            Arrived::Message { headers, message } => {
                let deframer = Deframer::new(Direction::Response, max_len, None);
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
        match self.answer {
            Arrived::Stream => self.call.end(Err(status)),
            _ => self.call.answer(Answer::Failed(status)),
        }
    }
}

/// Reads in a row before what came of them is written.
const READS: usize = 8;

/// Bytes that wait to be written before no more is read.
const MAX_OUTPUT: usize = 1024 * 1024;

/// Requests up to this length are copied, so that they can be sent again; a longer one is shared.
const COPIED: usize = 8 * 1024;

/// Methods whose headers are prepared. Channels that call more are rare.
const MAX_PREPARED: usize = 64;

/// Slots that an idle connection may keep.
const KEEP: usize = 8;

/// How long nobody needs a connection before it goes, where there are others.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// Streams that may end in vain. When many calls reach their deadline at once, answers come to streams that are long
/// forgotten, and the server is not to blame.
const MAX_WASTED_STREAMS: u32 = 1_000_000;

/// Bytes of a response's headers, as HTTP/2 counts them. More than servers send.
const MAX_HEADER_LIST: u32 = 64 * 1024;
