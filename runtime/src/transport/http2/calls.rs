//! The calls of a server's connection.

use std::future::{Future, poll_fn};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use tokio::task::AbortHandle;
use tokio::task::coop::has_budget_remaining;
use tokio::time::Instant;
use traitwire_engine::{
    Block, Connection, Data, End, Event, Fields, Prepared, Reason, ResetCause, Role, StreamKey,
};

use super::answer::{Answer, answer, answer_http};
use super::deadlines::Deadlines;
use super::head::{ServerHead, ServerHeads, WholeHead};
use super::held::Held;
use super::in_place::InPlace;
use super::queue::Queue;
use super::server::{Http2Options, Http2Server};
use super::socket::lend_buffer;
use super::stream::{Arrivals, Http2Body, Order, Shared, StreamHandle};
use super::suspended::{Room, Suspended, Wakers};
use crate::call::{
    self, Ambient, CallGuard, CallHead, CallLimit, Caller, CancelReason, Coding, Deframer,
    Direction, Format, MessageBuffer, Messages, MetadataSource, MethodRef, OneMessage, Payload,
    UnaryCall, UnaryReply, deadline_passed,
};
use crate::deadline;
use crate::metadata::Metadata;
use crate::protocol::{self, Broken, Refusal, RequestHead};
use crate::schema::MethodKind;
use crate::status::Status;
use crate::transport::counts::{Counts, says_ok};
use crate::transport::http_server::{Limits, ServerBody, unknown_method};

/// The calls of a connection.
pub(super) struct Calls<S: Http2Server, U, F, T> {
    pub(super) http2: Connection<ServerHead>,
    /// By the slots of their streams.
    calls: Vec<Option<Call<F>>>,
    wakers: Wakers,
    open: usize,
    service: Arc<S>,
    peer: Caller,
    pub(super) counts: Counts,
    limits: Limits,
    /// What the connection holds beside messages that arrive.
    pub(super) held: Held,
    queue: Arc<Queue<Order<Answer>>>,
    /// Emptied, and kept for the next ones.
    orders: Vec<Order<Answer>>,
    response: Prepared,
    ok: Prepared,
    /// Starts a unary call. All of these futures have one type, so that they fit into one box.
    unary: U,
    /// The box of a call that was answered at once.
    room: Option<Room<F>>,
    /// The buffer of an answer that was copied to the output.
    reply_buffer: BytesMut,
    running: T,
    pub(super) in_place: InPlace,
    deadlines: Deadlines,
}

/// A call that isn't answered.
enum Call<F> {
    /// A unary one, whose message is to come.
    Awaited { head: UnaryHead },
    /// As before, and some of it has come.
    Arriving {
        head: UnaryHead,
        message: Box<OneMessage>,
    },
    /// A unary one that waits for something.
    Suspended { call: Suspended<F> },
    /// A unary one that became a task.
    Running {
        _task: Task,
        context: Option<call::Context>,
    },
    /// One with streams, or with a context.
    Stream { streams: Streams },
}

impl<F> Call<F> {
    /// Tells those who hold its context why it ends.
    fn end(&self, reason: CancelReason) {
        let context = match self {
            Self::Awaited { head } | Self::Arriving { head, .. } => {
                head.guard.as_ref().map(CallGuard::context)
            }
            Self::Suspended { call } => return call.end(reason),
            Self::Running { context, .. } => context.as_ref(),
            Self::Stream { streams } => streams.context.as_ref(),
        };
        if let Some(context) = context {
            context.end(reason);
        }
    }
}

/// What is known of a unary call before its message.
struct UnaryHead {
    method: MethodRef,
    deadline: Option<Instant>,
    /// For a method that takes a context.
    guard: Option<CallGuard>,
    /// Of the response.
    coding: Coding,
}

/// A task that ends with its call.
struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What connects a call with its task.
struct Streams {
    shared: Arc<Shared>,
    context: Option<call::Context>,
    _task: Option<Task>,
}

impl Drop for Streams {
    fn drop(&mut self) {
        // Whoever still reads requests is told; at the end of the call that is nobody.
        self.shared.end(Err(Broken::Stream(Reason::CANCEL, "")));
    }
}

impl<S, U, F, T> Calls<S, U, F, T>
where
    S: Http2Server,
    U: Fn(Arc<S>, MethodRef, UnaryCall) -> F,
    F: Future<Output = UnaryReply> + Send + 'static,
    T: Clone + Send + 'static,
{
    pub(super) fn new(
        service: Arc<S>,
        peer: Caller,
        counts: Counts,
        unary: U,
        options: &Http2Options,
        running: T,
    ) -> Self {
        let mut http2 = Connection::new(Role::Server, Arc::clone(&options.config), protocol::NAMES);
        Self {
            response: http2.prepare(protocol::plain_response_fields(
                options.limits.receive.accepted,
            )),
            ok: http2.prepare(protocol::ok_trailer_fields()),
            http2,
            calls: Vec::new(),
            wakers: Wakers::default(),
            open: 0,
            service,
            peer,
            counts,
            limits: options.limits,
            held: Held::within(Arc::clone(&options.quotas)),
            queue: Arc::default(),
            orders: Vec::new(),
            unary,
            room: None,
            reply_buffer: BytesMut::new(),
            running,
            in_place: InPlace::new(options.max_in_place),
            deadlines: Deadlines::default(),
        }
    }

    /// How many calls there are.
    pub(super) fn open(&self) -> usize {
        self.open
    }

    /// Has the connection woken when a call wants something; `false` if one does already.
    pub(super) fn sleep(&mut self, cx: &Context<'_>) -> bool {
        if self.open == 0 {
            self.room = None;
        }
        self.queue.sleep(cx)
    }

    pub(super) fn event(&mut self, event: Event<'_, ServerHead>, cx: &mut Context<'_>) {
        match event {
            Event::Head { stream, head, end } => {
                self.counts.opened(stream);
                self.head(stream, head, end, cx);
            }
            Event::Data { stream, data, end } => {
                self.counts.arrived(stream, data);
                self.data(stream, data, end);
            }
            // A client's trailers have no meaning in gRPC.
            Event::Trailers { stream, .. } => self.data(stream, &[], true),
            Event::Reset {
                stream,
                reason,
                cause,
            } => {
                let text = match cause {
                    ResetCause::Broken(text) => text,
                    ResetCause::Peer | ResetCause::NotProcessed => "",
                };
                self.broken(stream, Broken::Stream(reason, text));
            }
            Event::Writable { stream } => self.writable(stream),
            Event::GoAway { .. } | Event::Pong(_) => {}
        }
    }

    fn head(&mut self, stream: StreamKey, head: ServerHead, end: bool, cx: &mut Context<'_>) {
        let ServerHead {
            method,
            fields,
            metadata,
            request,
        } = head;
        if self.service.routes().is_none() {
            let shared = self.start_http(stream, *request.unwrap_or_default(), cx);
            if end && let Some(shared) = shared {
                shared.end(Ok(()));
            }
            return;
        }
        let RequestHead {
            timeout,
            encoding,
            accepted,
            format,
        } = match fields.into_head() {
            Ok(head) => head,
            Err(Refusal::Status(status)) => return self.fail(stream, status),
            Err(Refusal::Http(status, text)) => {
                let response = protocol::refusal_response(status, ());
                let fields = protocol::http_response_fields(status, response.headers());
                self.http2.send_head(stream, &Block::Fields(fields), false);
                self.counts.ended(stream, || false);
                let text = Data::Slice(text.as_bytes());
                return self.http2.send_data(stream, text, End::Stream);
            }
        };
        let Some(method) = method else {
            let path = request.map(|request| request.path()).unwrap_or_default();
            if let Some(routes) = self.service.routes() {
                let status = unknown_method(routes, &path);
                self.fail(stream, status);
            }
            return;
        };
        if timeout.is_some_and(|timeout| timeout.is_zero()) {
            return self.fail(stream, deadline_passed());
        }
        let deadline = timeout.and_then(deadline::from_now);
        let coding = self.limits.coding(format, accepted);
        let context = method.takes_context.then(|| {
            call::Context::of_call(CallHead {
                method: Some(method.descriptor),
                metadata: MetadataSource::Ready(metadata),
                deadline,
                peer: Some(self.peer.clone()),
                extensions: http::Extensions::new(),
            })
        });
        if method.descriptor.kind == MethodKind::Unary {
            let head = UnaryHead {
                method,
                deadline,
                guard: context.as_ref().map(CallGuard::new),
                coding,
            };
            let call = match encoding {
                None => Call::Awaited { head },
                Some(_) => Call::Arriving {
                    head,
                    message: Box::new(OneMessage::new(self.deframer(method, format, encoding))),
                },
            };
            self.insert(stream, call);
            if end {
                self.data(stream, &[], true);
            } else if let Some(deadline) = deadline {
                self.deadlines.add(stream, deadline);
            }
            return;
        }
        // There are none behind layers, which have answered above.
        let Some(routes) = self.service.routes().cloned() else {
            return;
        };
        let handle = self.handle(stream);
        let shared = Arc::clone(&handle.shared);
        let streams = Streams {
            shared: Arc::clone(&shared),
            context: context.clone(),
            _task: None,
        };
        let messages = Messages::new(
            Arrivals::new(handle.clone()),
            self.deframer(method, format, encoding),
        );
        let body = ServerBody::new(
            routes,
            method,
            context,
            deadline,
            messages,
            self.limits.framing_of(method, coding),
            self.running.clone(),
        );
        if end {
            shared.end(Ok(()));
        }
        let call = answer(body, handle);
        self.run(stream, streams, Box::pin(call), cx);
    }

    fn data(&mut self, stream: StreamKey, data: &[u8], end: bool) {
        let Some(call) = self.calls.get_mut(stream.slot()).and_then(Option::as_mut) else {
            return self.http2.release(stream, data.len());
        };
        match call {
            Call::Awaited { .. } => {
                let Some(Call::Awaited { head }) = self.take(stream) else {
                    return;
                };
                let max_len = self.limits.receive_of(head.method).max_message_len;
                if end && let Some(message) = call::whole_message(data, max_len) {
                    let message = Bytes::copy_from_slice(message);
                    self.http2.release(stream, data.len());
                    return self.start(stream, head, message);
                }
                let message = Box::new(OneMessage::new(self.deframer(
                    head.method,
                    head.coding.format,
                    None,
                )));
                self.insert(stream, Call::Arriving { head, message });
                self.data(stream, data, end);
            }
            Call::Arriving { message, .. } => {
                let fed = message.feed(data);
                self.http2.release(stream, data.len());
                if fed.is_ok() && !end {
                    return;
                }
                let Some(Call::Arriving { head, message }) = self.take(stream) else {
                    return;
                };
                if let Some(guard) = &head.guard {
                    let compressed = message.was_compressed();
                    guard.context().set_request_compressed(compressed);
                }
                match fed.and_then(|()| message.finish()) {
                    Ok(message) => self.start(stream, head, message),
                    Err(status) => self.fail(stream, status),
                }
            }
            Call::Suspended { .. } | Call::Running { .. } => self.http2.release(stream, data.len()),
            Call::Stream { streams } => {
                if !data.is_empty() {
                    streams.shared.push(data);
                }
                if end {
                    streams.shared.end(Ok(()));
                }
            }
        }
    }

    /// Runs a unary call: in place, or as a task where there is no time for that.
    fn start(&mut self, stream: StreamKey, head: UnaryHead, message: Bytes) {
        let method = head.method;
        let context = head.guard.as_ref().map(CallGuard::context);
        let framing = self.limits.framing_of(method, head.coding);
        let reply = MessageBuffer::new(mem::take(&mut self.reply_buffer), framing);
        let call = UnaryCall {
            reply: reply.in_pieces().asking(context),
            context: context.cloned(),
            message: Payload::Encoded(head.coding.format, message),
        };
        let future = (self.unary)(Arc::clone(&self.service), method, call);
        if method.descriptor.detached {
            return self.spawn_detached(stream, head, future);
        }
        let UnaryHead {
            deadline,
            guard,
            coding,
            ..
        } = head;
        let mut room = self.room.take().unwrap_or_else(Room::new);
        room.fill(future);
        let mut call = Suspended::new(stream, method, deadline, guard, coding, room);
        if !self.in_place.allowed() {
            call.limit(deadline);
            return self.spawn(call);
        }
        let cx = &mut Context::from_waker(self.wakers.get(stream.slot(), &self.queue));
        if let Poll::Ready(reply) = call.poll(cx) {
            return self.finish(call, reply);
        }
        if deadline.is_some() {
            call.limit(deadline);
            // Its timer needs to know whom to wake.
            self.wakers.start(stream.slot());
            self.queue.push(Order::Poll(stream.slot() as u32));
        }
        self.suspend(call);
    }

    /// Goes on with a call that waited.
    fn poll_call(&mut self, slot: usize) {
        self.wakers.start(slot);
        let Some(Some(Call::Suspended { call })) = self.calls.get_mut(slot) else {
            return;
        };
        let stream = call.stream;
        if !self.in_place.allowed() {
            if let Some(Call::Suspended { call }) = self.take(stream) {
                self.spawn(call);
            }
            return;
        }
        let cx = &mut Context::from_waker(self.wakers.get(slot, &self.queue));
        let had_budget = has_budget_remaining();
        match call.poll(cx) {
            Poll::Ready(reply) => {
                if let Some(Call::Suspended { call }) = self.take(stream) {
                    self.finish(call, reply);
                }
            }
            Poll::Pending => {
                if let Some(initial) = call.poll_initial(cx) {
                    let coding = call.coding;
                    if let Err(status) = self.send_head(stream, &initial, coding) {
                        self.take(stream);
                        return self.fail(stream, status);
                    }
                }
                // Each time that it goes on, it would hold up its neighbours, or leave the connection no budget to read
                // and write with.
                let greedy = had_budget && !has_budget_remaining();
                if (greedy || self.in_place.is_over())
                    && let Some(Call::Suspended { call }) = self.take(stream)
                {
                    self.spawn(call);
                }
            }
        }
    }

    fn finish(&mut self, call: Suspended<F>, reply: Result<Payload, Status>) {
        self.room = Some(call.room);
        self.reply(call.stream, call.guard, call.coding, reply);
    }

    fn suspend(&mut self, mut call: Suspended<F>) {
        let stream = call.stream;
        let cx = &mut Context::from_waker(self.wakers.get(stream.slot(), &self.queue));
        if let Some(initial) = call.poll_initial(cx)
            && let Err(status) = self.send_head(stream, &initial, call.coding)
        {
            return self.fail(stream, status);
        }
        self.insert(stream, Call::Suspended { call });
    }

    /// Makes a task of a call.
    fn spawn(&mut self, mut call: Suspended<F>) {
        let stream = call.stream;
        let context = call.guard.as_ref().map(|guard| guard.context().clone());
        let (queue, running) = (Arc::clone(&self.queue), self.running.clone());
        let task = tokio::spawn(async move {
            let reply = poll_fn(|cx| {
                let reply = call.poll(cx);
                if reply.is_pending()
                    && let Some(initial) = call.poll_initial(cx)
                {
                    let head = Answer::Head(initial, call.coding);
                    queue.push(Order::Answer(stream, head));
                }
                reply
            })
            .await;
            let answer = Answer::Unary(call.guard, call.coding, reply);
            queue.push(Order::Answer(stream, answer));
            drop(running);
        });
        let task = Task(task.abort_handle());
        let call = Call::Running {
            _task: task,
            context,
        };
        self.insert(stream, call);
    }

    /// Runs a handler that goes on when nobody waits for it, and waits for it.
    #[cold]
    fn spawn_detached(&mut self, stream: StreamKey, head: UnaryHead, handler: F) {
        let UnaryHead {
            method,
            deadline,
            guard,
            coding,
        } = head;
        let context = guard.as_ref().map(|guard| guard.context().clone());
        let descriptor = method.descriptor;
        let ambient = Ambient::of_call(descriptor, deadline, context.as_ref());
        let handler = async move { handler.await.0 };
        let reply = call::detached(handler, ambient, descriptor, self.running.clone());
        let (queue, running) = (Arc::clone(&self.queue), self.running.clone());
        let task = tokio::spawn(async move {
            let mut reply = pin!(reply);
            let mut limit = CallLimit::new(deadline);
            let reply = poll_fn(|cx| {
                if let Poll::Ready(reply) = reply.as_mut().poll(cx) {
                    return Poll::Ready(reply);
                }
                if let Some(guard) = &guard
                    && guard.context().poll_send_initial(cx).is_ready()
                {
                    let initial = guard.context().take_initial();
                    let head = Answer::Head(initial, coding);
                    queue.push(Order::Answer(stream, head));
                }
                limit.poll(cx).map(Err)
            })
            .await;
            if let Some(guard) = &guard {
                guard.finish();
            }
            let answer = Answer::Unary(guard, coding, reply);
            queue.push(Order::Answer(stream, answer));
            drop(running);
        });
        let task = Task(task.abort_handle());
        let call = Call::Running {
            _task: task,
            context,
        };
        self.insert(stream, call);
    }

    /// Answers through layers. What arrives goes into what is returned.
    fn start_http(
        &mut self,
        stream: StreamKey,
        head: WholeHead,
        cx: &mut Context<'_>,
    ) -> Option<Arc<Shared>> {
        let handle = self.handle(stream);
        let shared = Arc::clone(&handle.shared);
        let body = Http2Body(Arrivals::new(handle.clone()));
        let Some(request) = head.into_request(body) else {
            self.counts.broken(stream);
            self.http2.reset(stream, Reason::PROTOCOL_ERROR);
            return None;
        };
        let (service, mut peer) = (Arc::clone(&self.service), self.peer.clone());
        peer.account = self.held.account();
        let call = async move {
            match service.call(&peer, request).await {
                Ok(response) => answer_http(response, handle).await,
                Err(_) => handle.reset(Reason::INTERNAL_ERROR),
            }
        };
        let streams = Streams {
            shared: Arc::clone(&shared),
            context: None,
            _task: None,
        };
        self.run(stream, streams, Box::pin(call), cx);
        Some(shared)
    }

    /// Runs a call that answers by itself: as far as it goes now, then as a task.
    fn run(
        &mut self,
        stream: StreamKey,
        mut streams: Streams,
        mut call: Pin<Box<dyn Future<Output = ()> + Send>>,
        cx: &mut Context<'_>,
    ) {
        let polled = self
            .in_place
            .allowed()
            .then(|| catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(cx))));
        match polled {
            Some(Ok(Poll::Ready(()))) => {}
            Some(Err(_)) => self
                .queue
                .push(Order::Reset(stream, Reason::INTERNAL_ERROR)),
            None | Some(Ok(Poll::Pending)) => {
                let (queue, running) = (Arc::clone(&self.queue), self.running.clone());
                let spawned = tokio::spawn(async move {
                    let mut panicked = ResetOnDrop(Some((queue, stream)));
                    call.await;
                    panicked.0 = None;
                    drop(running);
                });
                streams._task = Some(Task(spawned.abort_handle()));
            }
        }
        self.insert(stream, Call::Stream { streams });
    }

    /// Does what calls want done; `true` if there was anything.
    pub(super) fn take_orders(&mut self) -> bool {
        let mut orders = mem::take(&mut self.orders);
        let any = self.queue.take(&mut orders);
        if any {
            lend_buffer(self.http2.output());
        }
        let mut polled = false;
        for order in orders.drain(..) {
            match order {
                Order::Answer(stream, answer) => self.answer(stream, answer),
                Order::Release(stream, len) => self.http2.release(stream, len),
                Order::Reset(stream, reason) => {
                    if self.http2.is_open(stream) {
                        self.counts.broken(stream);
                        self.http2.reset(stream, reason);
                        self.take(stream);
                    }
                }
                Order::Poll(slot) => {
                    if !polled {
                        polled = true;
                        self.in_place.start(Instant::now());
                    }
                    self.poll_call(slot as usize);
                }
            }
        }
        self.orders = orders;
        any
    }

    fn answer(&mut self, stream: StreamKey, answer: Answer) {
        // The stream may be over, and its slot another's.
        if !self.http2.is_open(stream) {
            return;
        }
        match answer {
            Answer::Unary(guard, coding, reply) => {
                self.take(stream);
                self.reply(stream, guard, coding, reply);
            }
            Answer::Head(initial, coding) => {
                if let Err(status) = self.send_head(stream, &initial, coding) {
                    self.fail(stream, status);
                    self.broken(stream, Broken::Stream(Reason::CANCEL, ""));
                }
            }
            Answer::TrailersOnly(initial, status, trailing) => {
                self.trailers_only(stream, initial, status, trailing);
                self.take(stream);
            }
            Answer::Data(data) => {
                let len = data.len();
                self.counts.leaves(stream, &data);
                self.http2.send_data(stream, Data::Bytes(data), End::Open);
                if self.http2.queued(stream) == 0 {
                    self.sent(stream, len);
                }
            }
            Answer::Trailers(result, trailing) => {
                self.counts.ended(stream, || result.is_ok());
                let end = self.trailers(result, trailing);
                self.end(stream, end);
            }
            Answer::HttpHead(fields, end) => {
                self.http2
                    .send_head(stream, &Block::Fields(fields), end.is_some());
                if let Some(ok) = end {
                    self.counts.ended(stream, || ok);
                    self.take(stream);
                }
            }
            Answer::HttpEnd(None) => {
                self.counts.ended(stream, || false);
                self.end(stream, End::Stream);
            }
            Answer::HttpEnd(Some(trailers)) => {
                self.counts.ended(stream, || says_ok(&trailers));
                let mut fields = Fields::new();
                protocol::push_headers(&mut fields, &trailers);
                self.end(stream, End::Trailers(Block::Fields(fields)));
            }
        }
    }

    fn end(&mut self, stream: StreamKey, end: End) {
        self.http2.send_data(stream, Data::Slice(&[]), end);
        self.take(stream);
    }

    /// Answers a unary call.
    fn reply(
        &mut self,
        stream: StreamKey,
        guard: Option<CallGuard>,
        coding: Coding,
        reply: Result<Payload, Status>,
    ) {
        let (initial, trailing) = match &guard {
            Some(guard) => (
                guard.context().take_initial(),
                guard.context().take_trailing(),
            ),
            None => Default::default(),
        };
        let awaits_head = guard.is_none() || self.http2.awaits_head(stream);
        let status = match reply {
            Ok(message @ (Payload::Framed(_) | Payload::Pieces(_))) => {
                let len = message.len();
                let room = match len > MAX_REPLY_BUFFER {
                    true => self.check_room(stream, len),
                    false => Ok(()),
                };
                match room {
                    Ok(()) => {
                        if awaits_head && let Err(status) = self.send_head(stream, &initial, coding)
                        {
                            return self.trailers_only(stream, Metadata::new(), status, trailing);
                        }
                        let end = self.trailers(Ok(()), trailing);
                        self.counts.message_leaves();
                        self.counts.ended(stream, || true);
                        return self.send_message(stream, message, end);
                    }
                    Err(status) => status,
                }
            }
            Ok(Payload::Encoded(..) | Payload::Local(_) | Payload::Lazy(_)) => not_encoded(),
            Err(status) => status,
        };
        let wants_head = guard.is_some_and(|guard| guard.context().wants_head());
        if awaits_head && !wants_head {
            return self.trailers_only(stream, initial, status, trailing);
        }
        if awaits_head && let Err(status) = self.send_head(stream, &initial, coding) {
            return self.trailers_only(stream, Metadata::new(), status, trailing);
        }
        self.counts.ended(stream, || false);
        let end = self.trailers(Err(status), trailing);
        self.http2.send_data(stream, Data::Slice(&[]), end);
    }

    /// Whether a long answer can leave, or wait.
    #[inline(never)]
    fn check_room(&mut self, stream: StreamKey, len: usize) -> Result<(), Status> {
        if len <= self.http2.window(stream) {
            return Ok(());
        }
        self.held.check(&mut self.http2, len)
    }

    fn send_message(&mut self, stream: StreamKey, message: Payload, end: End) {
        match message {
            Payload::Framed(message) if message.len() > MAX_REPLY_BUFFER => {
                let message = Data::Bytes(message.freeze());
                self.http2.send_data(stream, message, end);
            }
            Payload::Framed(mut message) => {
                self.http2.send_data(stream, Data::Slice(&message), end);
                message.clear();
                self.reply_buffer = message;
            }
            Payload::Pieces(mut pieces) => {
                let last = pieces.pop().unwrap_or_default();
                for piece in pieces {
                    self.http2.send_data(stream, Data::Bytes(piece), End::Open);
                }
                self.http2.send_data(stream, Data::Bytes(last), end);
            }
            Payload::Encoded(..) | Payload::Local(_) | Payload::Lazy(_) => {}
        }
    }

    /// Ends a call that nothing was sent on.
    #[cold]
    fn fail(&mut self, stream: StreamKey, status: Status) {
        self.trailers_only(stream, Metadata::new(), status, Metadata::new());
    }

    /// Sends the head that messages follow.
    ///
    /// # Errors
    ///
    /// If the client doesn't take as much. Nothing was sent then.
    fn send_head(
        &mut self,
        stream: StreamKey,
        initial: &Metadata,
        coding: Coding,
    ) -> Result<(), Status> {
        let block = if initial.is_empty() && coding.is_plain() {
            Block::Prepared(self.response)
        } else {
            let coding = self.limits.response_coding(coding);
            let fields = protocol::response_fields(initial, coding);
            let max = self.http2.peer_max_header_list_size();
            protocol::check_list("initial metadata", fields.list_size(), max)?;
            Block::Fields(fields)
        };
        self.http2.send_head(stream, &block, false);
        Ok(())
    }

    fn trailers(&self, result: Result<(), Status>, trailing: Metadata) -> End {
        End::Trailers(if result.is_ok() && trailing.is_empty() {
            Block::Prepared(self.ok)
        } else {
            let max = self.http2.peer_max_header_list_size();
            Block::Fields(protocol::trailer_fields(result, trailing, max))
        })
    }

    fn trailers_only(
        &mut self,
        stream: StreamKey,
        initial: Metadata,
        status: Status,
        trailing: Metadata,
    ) {
        self.counts.ended(stream, || false);
        let accepted = self.limits.receive.accepted;
        let max = self.http2.peer_max_header_list_size();
        let fields = protocol::trailers_only_fields(&initial, status, trailing, accepted, max);
        self.http2.send_head(stream, &Block::Fields(fields), true);
    }

    fn writable(&mut self, stream: StreamKey) {
        self.sent(stream, usize::MAX);
    }

    fn sent(&mut self, stream: StreamKey, len: usize) {
        if let Some(Some(Call::Stream { streams })) = self.calls.get(stream.slot()) {
            streams.shared.sent(len);
        }
    }

    /// Tells those whose data has left that there is room for more.
    pub(super) fn drained(&mut self, heads: &mut ServerHeads<S>) {
        let mut nothing: &[u8] = &[];
        while let Ok(Some(event)) = self.http2.next_event(heads, &mut nothing) {
            if let Event::Writable { stream } = event {
                self.writable(stream);
            }
        }
    }

    fn broken(&mut self, stream: StreamKey, broken: Broken) {
        let Some(call) = self.take(stream) else {
            return;
        };
        self.counts.broken(stream);
        call.end(CancelReason::Client);
        if let Call::Stream { streams } = call {
            streams.shared.end(Err(broken));
        }
    }

    /// Ends all calls: there is nobody to answer.
    pub(super) fn lost(&mut self, text: &str) {
        self.counts.all_broken();
        for call in mem::take(&mut self.calls).into_iter().flatten() {
            call.end(CancelReason::ConnectionLost);
            if let Call::Stream { streams } = call {
                let broken = Broken::Connection(text.to_owned());
                streams.shared.end(Err(broken));
            }
        }
        self.open = 0;
    }

    /// Answers all calls that aren't answered, and takes no more.
    pub(super) fn end_all(&mut self, why: &'static str) {
        self.http2.go_away(Reason::NO_ERROR, why);
        let open: Vec<_> = self.http2.streams().collect();
        for stream in open {
            let Some(call) = self.take(stream) else {
                // Answered, but its client hasn't read that.
                self.http2.reset(stream, Reason::CANCEL);
                continue;
            };
            call.end(CancelReason::ShuttingDown);
            drop(call);
            let status = Status::unavailable(why);
            if self.service.routes().is_none() || self.http2.queued(stream) > 0 {
                self.counts.broken(stream);
                self.http2.reset(stream, Reason::CANCEL);
            } else if self.http2.awaits_head(stream) {
                self.fail(stream, status);
            } else {
                self.counts.ended(stream, || false);
                let end = self.trailers(Err(status), Metadata::new());
                self.http2.send_data(stream, Data::Slice(&[]), end);
            }
        }
    }

    /// Ends the calls whose message doesn't come in time; `true` if there were any.
    pub(super) fn poll_deadlines(&mut self, cx: &mut Context<'_>) -> bool {
        let (calls, http2) = (&self.calls, &self.http2);
        let waits = |stream: StreamKey| {
            let call = calls.get(stream.slot()).and_then(Option::as_ref);
            let waits = matches!(call, Some(Call::Awaited { .. } | Call::Arriving { .. }));
            // Its slot may be another's.
            waits && http2.is_open(stream)
        };
        let late = self.deadlines.poll(waits, cx);
        for stream in &late {
            self.take(*stream);
            self.fail(*stream, deadline_passed());
        }
        !late.is_empty()
    }

    fn insert(&mut self, stream: StreamKey, call: Call<F>) {
        let slot = stream.slot();
        if self.calls.len() <= slot {
            // Many connections never have more than one.
            if self.calls.is_empty() {
                self.calls.reserve_exact(slot + 1);
            }
            self.calls.resize_with(slot + 1, || None);
        }
        if self.calls[slot].replace(call).is_none() {
            self.open += 1;
        }
    }

    fn take(&mut self, stream: StreamKey) -> Option<Call<F>> {
        let call = self.calls.get_mut(stream.slot())?.take();
        if call.is_some() {
            self.open -= 1;
        }
        call
    }

    /// Gives memory back that a busy time needed.
    pub(super) fn shrink(&mut self) {
        self.http2.shrink();
        if self.open == 0 && self.calls.capacity() > KEEP {
            self.calls = Vec::new();
        }
        self.orders = Vec::new();
        self.room = None;
        if self.open == 0 {
            self.wakers.shrink();
        }
        self.reply_buffer = BytesMut::new();
    }

    fn handle(&self, key: StreamKey) -> StreamHandle<Answer> {
        StreamHandle {
            key,
            shared: Arc::default(),
            queue: Arc::clone(&self.queue),
        }
    }

    fn deframer(
        &mut self,
        method: MethodRef,
        format: Format,
        encoding: Option<String>,
    ) -> Deframer {
        let account = self.held.account();
        let receive = self.limits.receive_of(method).in_format(format);
        receive.deframer(Direction::Request, encoding, account)
    }
}

impl<S: Http2Server, U, F, T> Drop for Calls<S, U, F, T> {
    /// Those that are open when a connection is given up.
    fn drop(&mut self) {
        for call in self.calls.iter().flatten() {
            call.end(CancelReason::ShuttingDown);
        }
    }
}

/// Ends the stream of a task that panicked.
struct ResetOnDrop(Option<(Arc<Queue<Order<Answer>>>, StreamKey)>);

impl Drop for ResetOnDrop {
    fn drop(&mut self) {
        if let Some((queue, stream)) = self.0.take() {
            queue.push(Order::Reset(stream, Reason::INTERNAL_ERROR));
        }
    }
}

#[cold]
fn not_encoded() -> Status {
    Status::internal("the answer to a call over the network was not encoded")
}

/// Answers up to this length are copied to the output.
const MAX_REPLY_BUFFER: usize = 8 * 1024;

/// Slots that an idle connection may keep.
const KEEP: usize = 8;
