//! A client's call, between whoever makes it and the connection that carries it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use traitwire_engine::{Fields, StreamKey};

use super::link::{Link, Order};
use crate::call::{
    Account, DataSource, Direction, EncodeMessages, Framing, Messages, ReceiveLimits,
};
use crate::metadata::Metadata;
use crate::protocol::ResponseFields;
use crate::status::Status;
use crate::transport::body::{MessagePacker, Packed, requests_panicked};
use crate::transport::counts::CallCount;
use crate::transport::http2::stream::{RELEASED_AT, Shared};

/// What is asked for.
pub(crate) struct Http2Request {
    pub(crate) path: &'static str,
    /// What this request has beside what all to the path have.
    pub(crate) fields: Fields,
    /// The one message, framed; `None` if a stream of them comes, from [`Http2Call::send_requests`].
    pub(crate) message: Option<Bytes>,
    pub(crate) answers: Answers,
    pub(crate) receive: ReceiveLimits,
}

/// How many messages answer a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    One,
    Stream,
}

/// What a caller is told.
pub(crate) enum Answer {
    /// All there is to a call that one message answers.
    One {
        headers: ResponseFields,
        message: Bytes,
        /// Whether the message came compressed.
        compressed: bool,
        trailers: ResponseFields,
    },
    /// The head of a stream of answers.
    Stream {
        headers: ResponseFields,
        encoding: Option<String>,
    },
    Failed(Status),
    /// Nobody has done anything for the call: it can be made again.
    Again(Again),
}

/// Why a call has to be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// The connection that it waited for is gone.
    NotSent,
    /// The server hasn't looked at it.
    Refused,
}

/// A call, as its caller has it. Dropping it cancels the call.
pub(crate) struct Http2Call {
    call: Arc<Call>,
    count: CallCount,
}

/// A call, as everybody has it.
pub(super) struct Call {
    pub(super) path: &'static str,
    pub(super) answers: Answers,
    pub(super) receive: ReceiveLimits,
    /// What is on its way, where anything but one message is.
    streams: Option<Box<Shared>>,
    state: Mutex<State>,
}

struct State {
    place: Place,
    request: Request,
    answer: Option<Answer>,
    /// How a stream of answers ended.
    end: Option<Result<ResponseFields, Status>>,
    caller: Option<Waker>,
    /// Of the task that sends requests.
    sender: Option<Waker>,
}

/// Where a call is.
enum Place {
    /// On its way to a connection, or in line for one.
    Waiting,
    /// On this stream of this connection.
    Open(StreamKey, Arc<Link>),
    /// Nobody waits for it, or nothing more comes of it.
    Over,
}

/// What is sent.
struct Request {
    fields: Fields,
    messages: Requests,
}

enum Requests {
    One(Bytes),
    /// A stream of which nothing has left.
    Untouched,
    /// A stream whose first messages are gone.
    Begun,
}

impl Http2Call {
    pub(crate) fn new(request: Http2Request, count: CallCount) -> Self {
        let streams = request.message.is_none() || request.answers == Answers::Stream;
        Self {
            count,
            call: Arc::new(Call {
                path: request.path,
                answers: request.answers,
                receive: request.receive,
                streams: streams.then(Box::default),
                state: Mutex::new(State {
                    place: Place::Waiting,
                    request: Request {
                        fields: request.fields,
                        messages: match request.message {
                            Some(message) => Requests::One(message),
                            None => Requests::Untouched,
                        },
                    },
                    answer: None,
                    end: None,
                    caller: None,
                    sender: None,
                }),
            }),
        }
    }

    pub(super) fn shared(&self) -> &Arc<Call> {
        &self.call
    }

    /// Has other fields sent than those that it was made with, unless it is on its way.
    pub(crate) fn renew(&self, fields: Fields) {
        let mut state = self.call.lock();
        if matches!(state.place, Place::Waiting) {
            state.request.fields = fields;
        }
    }

    /// What comes next: for a stream of answers, [`into_messages`](Self::into_messages) has the rest.
    pub(crate) fn poll_answer(&self, cx: &mut Context<'_>) -> Poll<Answer> {
        let mut state = self.call.lock();
        match state.answer.take() {
            Some(answer) => {
                if let Answer::One { .. } = &answer {
                    self.count.succeeded();
                }
                Poll::Ready(answer)
            }
            None => {
                register(&mut state.caller, cx);
                Poll::Pending
            }
        }
    }

    /// Sends a stream of requests, wherever the call goes. Ends with the call.
    pub(crate) fn send_requests(
        &self,
        messages: Box<dyn EncodeMessages>,
        framing: Framing,
    ) -> impl Future<Output = ()> + Send + 'static {
        let mut sending = Sending {
            call: Arc::clone(&self.call),
            messages,
            packer: MessagePacker::new(framing),
            end: None,
        };
        std::future::poll_fn(move |cx| sending.poll(cx))
    }

    /// The messages after [`Answer::Stream`], charged to `account` while they arrive.
    pub(crate) fn into_messages(
        self,
        encoding: Option<String>,
        account: Option<Arc<Account>>,
    ) -> Messages<ResponseData> {
        let receive = self.call.receive;
        let deframer = receive.deframer(Direction::Response, encoding, account);
        let data = ResponseData {
            call: self,
            unreleased: 0,
            progress: Progress::Open,
        };
        Messages::new(data, deframer)
    }
}

impl Drop for Http2Call {
    fn drop(&mut self) {
        self.call.give_up();
    }
}

impl Call {
    /// Puts the call on the stream that `open` makes for it.
    ///
    /// # Errors
    ///
    /// If nobody waits for it any more, or `open` makes none.
    pub(super) fn open(
        &self,
        link: &Arc<Link>,
        open: impl FnOnce(&mut Fields, Option<&Bytes>) -> Option<StreamKey>,
    ) -> Result<StreamKey, NotOpened> {
        let mut state = self.lock();
        if !matches!(state.place, Place::Waiting) {
            return Err(NotOpened::GivenUp);
        }
        let request = &mut state.request;
        let message = match &request.messages {
            Requests::One(message) => Some(message),
            Requests::Untouched | Requests::Begun => None,
        };
        let stream = open(&mut request.fields, message).ok_or(NotOpened::NoRoom)?;
        state.place = Place::Open(stream, Arc::clone(link));
        let sender = state.sender.take();
        drop(state);
        wake(sender);
        Ok(stream)
    }

    /// Whether the call waits to be opened.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self.lock().place, Place::Waiting)
    }

    /// The head of a stream of answers has come.
    pub(super) fn head(&self, headers: ResponseFields, encoding: Option<String>) {
        let mut state = self.lock();
        state.answer = Some(Answer::Stream { headers, encoding });
        // It won't be made again.
        state.request.forget();
        let caller = state.caller.take();
        drop(state);
        wake(caller);
    }

    /// All there is to know of the call, if it isn't a stream of answers whose head has come.
    pub(super) fn answer(&self, answer: Answer) {
        self.finish(|state| state.answer = Some(answer));
    }

    /// The end of a stream of answers.
    pub(super) fn end(&self, end: Result<ResponseFields, Status>) {
        self.finish(|state| state.end = Some(end));
        if let Some(streams) = &self.streams {
            streams.end(Ok(()));
        }
    }

    /// Has the call made again, if that can be done; else it has failed with `status`.
    pub(super) fn again(&self, again: Again, status: impl FnOnce() -> Status) {
        let mut state = self.lock();
        if matches!(state.request.messages, Requests::Begun) {
            drop(state);
            return self.answer(Answer::Failed(status()));
        }
        if matches!(state.place, Place::Over) {
            return;
        }
        state.place = Place::Waiting;
        state.answer = Some(Answer::Again(again));
        let caller = state.caller.take();
        drop(state);
        wake(caller);
    }

    /// A piece of a stream of answers.
    pub(super) fn push(&self, data: &[u8]) {
        if let Some(streams) = &self.streams {
            streams.push(data);
        }
    }

    /// So many bytes of requests have left.
    pub(super) fn sent(&self, len: usize) {
        if let Some(streams) = &self.streams {
            streams.sent(len);
        }
    }

    fn give_up(&self) {
        let mut open = None;
        self.finish(|state| {
            if let Place::Open(stream, link) = std::mem::replace(&mut state.place, Place::Over) {
                open = Some((stream, link));
            }
        });
        if let Some((stream, link)) = open {
            link.order(Order::Cancel(stream));
        }
    }

    fn finish(&self, finish: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        if matches!(state.place, Place::Over) {
            return;
        }
        finish(&mut state);
        state.place = Place::Over;
        state.request.forget();
        let (caller, sender) = (state.caller.take(), state.sender.take());
        drop(state);
        wake(caller);
        wake(sender);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a call isn't on a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotOpened {
    GivenUp,
    NoRoom,
}

impl Request {
    /// Lets go of what could be sent again.
    fn forget(&mut self) {
        if let Requests::One(message) = &mut self.messages {
            *message = Bytes::new();
        }
    }
}

/// Moves a stream of requests to the connection, as fast as the server takes them.
struct Sending {
    call: Arc<Call>,
    messages: Box<dyn EncodeMessages>,
    packer: MessagePacker,
    /// How the stream ended.
    end: Option<Result<(), Status>>,
}

impl Sending {
    /// Ready when there is nothing more to send.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            // Nothing is asked of the caller's stream before there is a stream for it to go to.
            if ready!(self.poll_place(cx)).is_none() {
                return Poll::Ready(());
            }
            if let Some(streams) = &self.call.streams {
                ready!(streams.poll_room(cx));
            }
            if self.end.is_none() {
                self.fill(cx);
            }
            let Some((stream, link)) = self.take_place() else {
                if self.packer.is_empty() && self.end.is_none() {
                    return Poll::Pending;
                }
                continue;
            };
            let data = self.packer.take().unwrap_or_default();
            if let Some(streams) = &self.call.streams {
                streams.queue(data.len());
            }
            let end = self.end.take();
            let over = end.is_some();
            link.order(match end {
                Some(Err(status)) => Order::Fail(stream, status),
                Some(Ok(())) => Order::Data {
                    stream,
                    data,
                    end: true,
                },
                None => Order::Data {
                    stream,
                    data,
                    end: false,
                },
            });
            if over {
                return Poll::Ready(());
            }
        }
    }

    fn fill(&mut self, cx: &mut Context<'_>) {
        // It is the caller's code, polled by a task of ours: its panic must not pass for an end.
        let fill = || self.packer.fill(&mut *self.messages, cx);
        match catch_unwind(AssertUnwindSafe(fill)) {
            Ok(Packed::More) => {}
            Ok(Packed::Ended(end)) => self.end = Some(end),
            Err(_) => self.end = Some(Err(requests_panicked())),
        }
    }

    /// Ready when the call has a stream, or with `None` when it is over.
    fn poll_place(&self, cx: &mut Context<'_>) -> Poll<Option<()>> {
        let mut state = self.call.lock();
        match state.place {
            Place::Over => return Poll::Ready(None),
            Place::Open(..) | Place::Waiting => register(&mut state.sender, cx),
        }
        match state.place {
            Place::Waiting => Poll::Pending,
            Place::Open(..) | Place::Over => Poll::Ready(Some(())),
        }
    }

    /// Where to send what there is, if there is anything. From then on the call can't be made again.
    fn take_place(&self) -> Option<(StreamKey, Arc<Link>)> {
        if self.packer.is_empty() && self.end.is_none() {
            return None;
        }
        let mut state = self.call.lock();
        let Place::Open(stream, link) = &state.place else {
            return None;
        };
        let place = (*stream, Arc::clone(link));
        state.request.messages = Requests::Begun;
        Some(place)
    }
}

/// What comes after the head of a response.
pub struct ResponseData {
    call: Http2Call,
    /// Read, and the connection not told yet.
    unreleased: usize,
    progress: Progress,
}

enum Progress {
    Open,
    Ended,
    /// Ended well, with these trailers.
    Trailers(ResponseFields),
}

impl DataSource for ResponseData {
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Status>>> {
        let Progress::Open = self.progress else {
            return Poll::Ready(None);
        };
        let Some(data) = ready!(self.poll_arrived(cx)) else {
            self.progress = Progress::Ended;
            return Poll::Ready(self.finish().err().map(Err));
        };
        self.unreleased += data.len();
        // Rarely enough that the connection isn't woken for each message, often enough that the server never waits.
        if self.unreleased >= RELEASED_AT
            && let Place::Open(stream, link) = &self.call.call.lock().place
        {
            link.order(Order::Release(
                *stream,
                std::mem::take(&mut self.unreleased),
            ));
        }
        Poll::Ready(Some(Ok(data)))
    }

    fn take_trailers(&mut self) -> Option<Metadata> {
        match std::mem::replace(&mut self.progress, Progress::Ended) {
            Progress::Trailers(trailers) => Some(trailers.into_metadata()),
            progress => {
                self.progress = progress;
                None
            }
        }
    }
}

impl ResponseData {
    /// What has arrived; `None` when the stream is over, however it ended.
    fn poll_arrived(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        match &self.call.call.streams {
            Some(streams) => streams.poll_data(cx).map(|data| data.and_then(Result::ok)),
            None => Poll::Ready(None),
        }
    }

    /// The stream is over: its trailers say how.
    fn finish(&mut self) -> Result<(), Status> {
        let end = self.call.call.lock().end.take();
        let trailers = end.unwrap_or_else(|| Ok(ResponseFields::default()))?;
        trailers.end()?;
        self.call.count.succeeded();
        self.progress = Progress::Trailers(trailers);
        Ok(())
    }
}

fn register(waker: &mut Option<Waker>, cx: &Context<'_>) {
    match waker {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *waker = Some(cx.waker().clone()),
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
