//! One call, from the message to the answer.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{self, Poll};
use std::time::Duration;

use bytes::BytesMut;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::channel::{Channel, Way};
use super::connection::Patience;
use super::intercepted::{self, Around};
#[cfg(feature = "json")]
use crate::call::Format;
use crate::call::{
    CallGuard, CallLimit, Compression, Context, Direction, Framing, Incoming, IntoStreaming,
    LazyMessage, MessageBuffer, Messages, MetadataSource, Outgoing, Payload, ReceiveLimits, Rpc,
    Streaming, current_deadline, current_parent, deadline_passed,
};
use crate::codec::Message;
use crate::deadline;
use crate::interceptor::{Content, Reply};
use crate::metadata::Metadata;
use crate::protocol::{ClientRequest, ResponseFields, call_fields};
use crate::schema::MethodDescriptor;
use crate::status::{GrpcError, Status};
use crate::transport::{
    Answers, Http2Answer, Http2Request, HttpCall, HttpMessages, HttpResponse, LocalHead,
    LocalOutgoing, LocalResponse, ResponseData, call_http, not_encoded,
};

/// A call that is ready to go: awaited, or shaped first.
///
/// ```no_run
/// # use std::time::Duration;
/// # use traitwire::{Status, grpc_service};
/// # #[grpc_service(package = "guide")]
/// # trait Guide { async fn ping(&self) -> Result<(), Status>; }
/// # async fn example(guide: GuideClient) -> Result<(), Status> {
/// guide.ping().await?;
/// guide.ping().timeout(Duration::from_secs(1)).metadata("x-user", "7").await?;
/// let response = guide.ping().response().await?;
/// println!("{:?} {:?}", response.headers(), response.trailers());
/// # Ok(()) }
/// ```
///
/// `I` is what goes in, `O` what comes out: [`One`] message or a [`Streaming`] of them, or the value
/// [`Unwrapped`](crate::Unwrapped) from a message. `E` is the error that the trait
/// names; the items of a stream have a `Status` as theirs, of which `E::from` makes an `E`.
///
/// # Cancellation
///
/// Nothing is sent before the call is awaited. Dropping its future, or the stream that came out of it, cancels the call:
/// the server is told so.
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<I, O, E = Status> {
    channel: Channel,
    method: &'static MethodDescriptor,
    input: I,
    timeout: Option<Duration>,
    deadline: Option<Instant>,
    /// The deadline of the call around this one.
    inherited: Option<Instant>,
    /// The call that the task around this one works for.
    parent: Option<Context>,
    /// What interceptors are to know of where the call is made, if there are any.
    around: Option<Box<Around>>,
    metadata: Result<Metadata, Status>,
    context: Option<Context>,
    receive: ReceiveLimits,
    framing: Framing,
    wait_for_ready: bool,
    output: PhantomData<fn() -> Result<O, E>>,
}

impl<I, O, E> Call<I, O, E> {
    pub(super) fn new(channel: &Channel, method: &'static MethodDescriptor, input: I) -> Self {
        let base = &channel.inner.base;
        Self {
            channel: channel.clone(),
            method,
            input,
            timeout: None,
            deadline: None,
            inherited: None,
            parent: None,
            around: None,
            metadata: Ok(Metadata::new()),
            context: None,
            receive: base.receive.limited_by_method(method.max_response_len),
            framing: (base.framing).limited_by_method(Direction::Request, method.max_request_len),
            wait_for_ready: base.wait_for_ready,
            output: PhantomData,
        }
    }

    /// How long the whole call may take, from when it is sent to the last message. Then it ends with
    /// DEADLINE_EXCEEDED, here and on the server.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Until when the call may take; see [`timeout`](Self::timeout). The earlier one counts.
    pub fn deadline(mut self, deadline: std::time::Instant) -> Self {
        self.deadline = Some(deadline.into());
        self
    }

    /// Waits for a connection also while there is none to be had, instead of failing with UNAVAILABLE.
    ///
    /// It waits until its deadline, and says then what kept it from being sent; without a deadline, for as long as it takes.
    /// A call that has left isn't made again for this. Calls in the process and through a `tower::Service` have nothing to wait
    /// for. ([Wait for ready](https://github.com/grpc/grpc/blob/master/doc/wait-for-ready.md))
    pub fn wait_for_ready(mut self) -> Self {
        self.wait_for_ready = true;
        self
    }

    /// Fails while there is no connection to be had, as calls do unless they [wait](Self::wait_for_ready): for one call
    /// of a channel whose [calls wait](crate::ChannelBuilder::wait_for_ready).
    pub fn fail_fast(mut self) -> Self {
        self.wait_for_ready = false;
        self
    }

    /// Adds metadata: text, or any bytes for a key that ends in `-bin`. Something that can't be metadata ends the call
    /// with INVALID_ARGUMENT before it is sent.
    pub fn metadata(mut self, key: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        if let Ok(metadata) = &mut self.metadata
            && let Err(error) = metadata.append(key, value)
        {
            self.metadata = Err(error.into());
        }
        self
    }

    /// Adds all of this metadata.
    pub fn metadata_from(mut self, more: Metadata) -> Self {
        if let Ok(metadata) = &mut self.metadata {
            metadata.extend(more);
        }
        self
    }

    /// Makes the call a part of the one that `context` speaks of: it may take no longer, and ends with it.
    ///
    /// In a handler, a call may never take longer than the handler's own; in a task that a handler has started by
    /// [`spawn`](crate::spawn), it ends with it, too. Neither needs to be said.
    pub fn context(mut self, context: &Context) -> Self {
        self.context = Some(context.clone());
        self
    }

    /// The longest response message that is taken, in bytes, where it differs from the channel's, or from what the method
    /// says (`#[rpc(max_response_len = …)]`).
    pub fn max_receive_message_len(mut self, len: usize) -> Self {
        self.receive = self.receive.limited(len);
        self
    }

    /// The longest request message that is sent, in bytes, where it differs from the channel's, or from what the method says
    /// (`#[rpc(max_request_len = …)]`). With a longer one, the call ends with RESOURCE_EXHAUSTED.
    pub fn max_send_message_len(mut self, len: usize) -> Self {
        self.framing = self.framing.limited(len);
        self
    }

    /// How the request's messages are compressed, or `None` for not at all, where it differs from the channel's. A server
    /// that can't read them so ends the call with UNIMPLEMENTED. See [`MaybeCompressed`](crate::MaybeCompressed) for single
    /// ones of a stream.
    pub fn send_compressed(mut self, compression: impl Into<Option<Compression>>) -> Self {
        self.framing = self.framing.compressed(compression.into());
        self
    }

    /// Sends and takes messages in JSON, `application/grpc+json`, as [`ChannelBuilder::json`](crate::ChannelBuilder::json)
    /// has all calls of a channel do.
    #[cfg(feature = "json")]
    pub fn json(mut self) -> Self {
        self.framing = self.framing.in_format(Format::Json);
        self.receive = self.receive.in_format(Format::Json);
        self
    }
}

impl<I: CallInput, O: CallOutput, E: GrpcError> Call<I, O, E> {
    /// Makes the call. The same as awaiting it, but for a box around the future.
    ///
    /// Where streams go both ways, the stream that comes out is there at once, and what goes wrong is said by it: a
    /// server may wait for a request before it answers at all, and the caller for this call before it sends one.
    ///
    /// # Errors
    ///
    /// With the status that the server ended the call with, or what kept it from doing so; as an `E`, if that is the
    /// error of the method.
    pub async fn send(self) -> Result<O::Output, E> {
        let method = self.method;
        // Here, as it may be made in a task of its own.
        let call = self.inherit();
        let output = O::start(|| call.respond(), I::STREAMS);
        output.await.map_err(|status| error(method, status))
    }

    /// Makes the call, and keeps what came beside the message. For a stream, this waits for the headers, which many
    /// servers send with the first message.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn response(self) -> Result<Response<O::Output>, E> {
        let method = self.method;
        let call = self.inherit();
        call.respond().await.map_err(|status| error(method, status))
    }

    /// Takes over what the call around says of this one.
    fn inherit(mut self) -> Self {
        self.inherited = deadline::earlier(self.inherited, current_deadline());
        self.parent = self.parent.or_else(current_parent);
        if self.channel.inner.interceptors.is_some() {
            self.around = Some(Box::new(Around::new(self.context.as_ref())));
        }
        self
    }

    async fn respond(self) -> Result<Response<O::Output>, Status> {
        let deadline = deadline::earlier(self.deadline, self.timeout.and_then(deadline::from_now));
        let deadline = deadline::earlier(
            deadline,
            self.context.as_ref().and_then(Context::deadline_instant),
        );
        let deadline = deadline::earlier(deadline, self.inherited);
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return Err(deadline_passed());
        }
        let parents = [self.context, self.parent];
        let mut limit = CallLimit::new(deadline).with_parents(parents);
        let request = Request {
            channel: &self.channel,
            method: self.method,
            metadata: self.metadata?,
            deadline,
            wait_for_ready: self.wait_for_ready,
            receive: self.receive,
            framing: self.framing,
        };
        let interceptors = self.channel.inner.interceptors.as_ref();
        // Interceptors see messages as they are.
        let local = self.channel.is_local() || interceptors.is_some();
        let outgoing = self.input.into_outgoing(local, self.framing)?;
        let around = self.around;
        let call = pin!(async {
            match interceptors {
                None => O::receive(request.send(outgoing, O::ANSWERS).await?).await,
                // In a box, as few have any.
                Some(interceptors) => {
                    let call = intercepted::call::<O>(interceptors, request, outgoing, around);
                    Box::pin(call).await
                }
            }
        });
        let head = limit.apply(call).await?;
        Ok(O::finish(head, limit))
    }
}

impl<M, O, E> Call<One<M>, O, E> {
    pub(super) fn with_one(
        channel: &Channel,
        method: &'static MethodDescriptor,
        request: M,
    ) -> Self {
        Self::new(channel, method, One(request))
    }
}

/// What the caller of a method gets for a status.
#[cold]
fn error<E: GrpcError>(method: &MethodDescriptor, status: Status) -> E {
    E::from_status(status, method.package())
}

impl<I, O, E> IntoFuture for Call<I, O, E>
where
    I: CallInput,
    O: CallOutput,
    E: GrpcError,
{
    type Output = Result<O::Output, E>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl<I, O, E> fmt::Debug for Call<I, O, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("method", &self.method.path)
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

/// What came back: the message or the stream of them, and the metadata around it.
#[derive(Debug)]
pub struct Response<T> {
    message: T,
    headers: Metadata,
    trailers: Metadata,
    compressed: bool,
}

impl<T> Response<T> {
    /// The message, or the stream of messages.
    pub fn message(&self) -> &T {
        &self.message
    }

    /// The message, or the stream of messages.
    pub fn into_message(self) -> T {
        self.message
    }

    /// What the server sent before the first message.
    pub fn headers(&self) -> &Metadata {
        &self.headers
    }

    /// What the server sent after the last message. Empty for a stream, whose end is still to come: ask
    /// [`Streaming::trailers`] then.
    pub fn trailers(&self) -> &Metadata {
        &self.trailers
    }

    /// Whether the message came compressed over the network. For a stream, each message of it says so:
    /// [`Streaming::was_compressed`].
    pub fn was_compressed(&self) -> bool {
        self.compressed
    }

    /// The same around what `read` makes of the message.
    pub(super) fn map<U>(self, read: impl FnOnce(T) -> U) -> Response<U> {
        Response {
            message: read(self.message),
            headers: self.headers,
            trailers: self.trailers,
            compressed: self.compressed,
        }
    }

    /// All three: message, headers and trailers.
    pub fn into_parts(self) -> (T, Metadata, Metadata) {
        (self.message, self.headers, self.trailers)
    }
}

/// One message in or out of a [`Call`].
#[derive(Debug)]
pub struct One<M>(M);

/// What goes into a [`Call`]: [`One`] message or a [`Streaming`] of them. Nobody else can implement it.
pub trait CallInput: sealed::Input {}

/// What comes out of a [`Call`]: [`One`] message, the value [`Unwrapped`](crate::Unwrapped) from one, or a [`Streaming`] of
/// messages. Nobody else can implement it.
pub trait CallOutput: sealed::Output<Received = <Self as CallOutput>::Output> {
    /// What the caller gets.
    type Output: Send + 'static;
}

impl<M: Message> CallInput for One<M> {}
impl<M: Message> CallInput for Streaming<M> {}

impl<M: Message> CallOutput for One<M> {
    type Output = M;
}

impl<M: Message> CallOutput for Streaming<M> {
    type Output = Streaming<M>;
}

/// How the two sides of a call differ by kind.
pub(super) mod sealed {
    use super::*;

    pub trait Input: Send + 'static {
        /// Whether requests may go on while responses come.
        const STREAMS: bool;

        fn into_outgoing(self, local: bool, framing: Framing) -> Result<Outgoing, Status>;
    }

    pub trait Output: 'static {
        type Received: Send + 'static;

        /// What there is when the call's head has come.
        type Head: Send;

        /// How many messages come.
        const ANSWERS: Answers;

        /// Makes the call; `early` if the result of a stream is the stream, whatever comes out of it. The call comes as a
        /// function, since a future that is passed on has its room twice.
        fn start<F>(
            call: impl FnOnce() -> F + Send,
            early: bool,
        ) -> impl Future<Output = Result<Self::Received, Status>> + Send
        where
            F: Future<Output = Result<Response<Self::Received>, Status>> + Send + 'static;

        /// Waits for the head; a single message is part of it.
        fn receive(answer: Answer) -> impl Future<Output = Result<Self::Head, Status>> + Send;

        /// As [`receive`](Self::receive), for interceptors; a stream stays under the limit.
        fn receive_lazy(
            answer: Answer,
            limit: CallLimit,
        ) -> impl Future<Output = Result<Reply, Status>> + Send;

        /// What interceptors have made of an answer.
        fn read(reply: Reply) -> Result<Self::Head, Status>;

        /// What the caller gets; a stream stays under the limit of its call.
        fn finish(head: Self::Head, limit: CallLimit) -> Response<Self::Received>;
    }

    pub enum Answer {
        Http(HttpResponse),
        /// One message.
        One {
            headers: ResponseFields,
            message: Payload,
            compressed: bool,
            trailers: ResponseFields,
        },
        /// A stream of messages.
        Stream {
            headers: ResponseFields,
            messages: Messages<ResponseData>,
        },
        Local(LocalResponse),
    }
}

use sealed::Answer;

impl<M: Message> sealed::Input for One<M> {
    const STREAMS: bool = false;

    fn into_outgoing(self, local: bool, framing: Framing) -> Result<Outgoing, Status> {
        Ok(Outgoing::One(if local {
            Payload::Local(Box::new(self.0))
        } else {
            MessageBuffer::new(BytesMut::new(), framing).encode(&self.0)?
        }))
    }
}

impl<M: Message> sealed::Input for Streaming<M> {
    const STREAMS: bool = true;

    fn into_outgoing(self, local: bool, _: Framing) -> Result<Outgoing, Status> {
        Ok(if local {
            Outgoing::Local(Box::new(self))
        } else {
            Outgoing::Encoded(Box::new(self))
        })
    }
}

impl<M: Message> sealed::Output for One<M> {
    type Received = M;
    type Head = Response<M>;

    const ANSWERS: Answers = Answers::One;

    async fn start<F>(call: impl FnOnce() -> F + Send, _: bool) -> Result<M, Status>
    where
        F: Future<Output = Result<Response<M>, Status>> + Send + 'static,
    {
        call().await.map(Response::into_message)
    }

    fn receive(answer: Answer) -> impl Future<Output = Result<Response<M>, Status>> + Send {
        receive_one(answer, Payload::read)
    }

    async fn receive_lazy(answer: Answer, _: CallLimit) -> Result<Reply, Status> {
        let response = receive_one(answer, LazyMessage::from_payload).await?;
        let message = response.message.came_compressed(response.compressed);
        let reply = Reply::new(Content::One(message));
        Ok(reply.with_metadata(response.headers, response.trailers))
    }

    fn read(reply: Reply) -> Result<Response<M>, Status> {
        let (headers, trailers, content) = reply.into_parts();
        let Content::One(message) = content else {
            return Err(Status::internal("one message was to come, not a stream"));
        };
        Ok(Response {
            headers,
            trailers,
            compressed: message.was_compressed(),
            message: message.into_message()?,
        })
    }

    fn finish(head: Response<M>, _: CallLimit) -> Response<M> {
        head
    }
}

/// Waits for the one message of an answer.
async fn receive_one<T>(
    answer: Answer,
    read: impl FnOnce(Payload) -> Result<T, Status>,
) -> Result<Response<T>, Status> {
    match answer {
        Answer::Http(response) => {
            let headers = MetadataSource::Headers(response.headers).into_metadata();
            let (message, compressed, trailers) = match response.messages {
                HttpMessages::Follow(mut messages) => {
                    let message = messages.one().await;
                    let message = message.map_err(|s| s.with_headers(headers.clone()))?;
                    let message = read(message)?;
                    let trailers = messages.take_trailers().unwrap_or_default();
                    (message, messages.was_compressed(), trailers)
                }
                HttpMessages::None(_) => {
                    return Err(Status::unimplemented(
                        "the method has one response, none came",
                    ));
                }
            };
            Ok(Response {
                message,
                headers,
                trailers,
                compressed,
            })
        }
        Answer::One {
            headers,
            message,
            compressed,
            trailers,
        } => Ok(Response {
            message: read(message)?,
            headers: headers.into_metadata(),
            trailers: trailers.into_metadata(),
            compressed,
        }),
        Answer::Stream { .. } => Err(Status::internal("one message was to come, not a stream")),
        Answer::Local(response) => {
            let outgoing = match response.outgoing {
                LocalOutgoing::Ready(outgoing) => outgoing,
                LocalOutgoing::Later(handler) => {
                    let outgoing = handler.await;
                    outgoing.map_err(|s| s.with_headers(response.initial.clone()))?
                }
            };
            let Outgoing::One(message) = outgoing else {
                return Err(Status::internal("the service answered with a stream"));
            };
            Ok(Response {
                message: read(message)?,
                headers: response.initial,
                trailers: response
                    .context
                    .map(|context| context.take_trailing())
                    .unwrap_or_default(),
                compressed: false,
            })
        }
    }
}

impl<M: Message> sealed::Output for Streaming<M> {
    type Received = Streaming<M>;
    type Head = (Response<Streaming<M>>, Option<CallGuard>);

    const ANSWERS: Answers = Answers::Stream;

    async fn start<F>(call: impl FnOnce() -> F + Send, early: bool) -> Result<Self, Status>
    where
        F: Future<Output = Result<Response<Self>, Status>> + Send + 'static,
    {
        if !early {
            return call().await.map(Response::into_message);
        }
        // Requests have to leave also while nobody reads yet.
        let head = deadline::runtime().spawn(call());
        let head = AbortOnDrop(head);
        Ok(Streaming::later(async move {
            head.await.map(Response::into_message)
        }))
    }

    async fn receive(answer: Answer) -> Result<Self::Head, Status> {
        let (message, headers, guard) = match answer {
            Answer::Http(response) => {
                let stream = match response.messages {
                    HttpMessages::Follow(messages) => Streaming::decode(messages),
                    HttpMessages::None(trailers) => Streaming::ended(trailers),
                };
                let headers = MetadataSource::Headers(response.headers).into_metadata();
                (stream, headers, None)
            }
            Answer::Stream { headers, messages } => {
                let stream = Streaming::decode(Box::new(messages));
                (stream, headers.into_metadata(), None)
            }
            Answer::One { .. } => {
                return Err(Status::internal("a stream was to come, not one message"));
            }
            Answer::Local(response) => {
                let stream = match response.outgoing {
                    LocalOutgoing::Ready(outgoing) => local_stream(outgoing)?,
                    LocalOutgoing::Later(handler) => {
                        Streaming::later(async move { local_stream(handler.await?) })
                    }
                };
                let stream =
                    stream.of_local_call(response.method, response.deadline, response.context);
                (stream, response.initial, response.guard)
            }
        };
        let response = Response {
            message,
            headers,
            trailers: Metadata::new(),
            compressed: false,
        };
        Ok((response, guard))
    }

    async fn receive_lazy(answer: Answer, limit: CallLimit) -> Result<Reply, Status> {
        let response = Self::finish(Self::receive(answer).await?, limit);
        let reply = Reply::stream(response.message);
        Ok(reply.with_metadata(response.headers, response.trailers))
    }

    fn read(reply: Reply) -> Result<Self::Head, Status> {
        let (headers, trailers, content) = reply.into_parts();
        let Content::Many(stream) = content else {
            return Err(Status::internal("a stream was to come, not one message"));
        };
        let response = Response {
            message: stream.into_incoming().into_streaming()?,
            headers,
            trailers,
            compressed: false,
        };
        Ok((response, None))
    }

    fn finish((mut response, guard): Self::Head, limit: CallLimit) -> Response<Streaming<M>> {
        response.message = response.message.limited(limit.with_guard(guard));
        response
    }
}

/// A call in a task, which nobody needs once nobody waits for it.
struct AbortOnDrop<T>(JoinHandle<Result<T, Status>>);

impl<T> Future for AbortOnDrop<T> {
    type Output = Result<T, Status>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|joined| {
            joined.unwrap_or_else(|_| Err(Status::cancelled("the runtime of the call is gone")))
        })
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn local_stream<M: Message>(outgoing: Outgoing) -> Result<Streaming<M>, Status> {
    match outgoing {
        Outgoing::Local(stream) => Incoming::Local(stream).into_streaming(),
        Outgoing::Encoded(_) | Outgoing::One(_) => {
            Err(Status::internal("the service answered with no stream"))
        }
    }
}

/// What a call says before its messages.
pub(super) struct Request<'a> {
    pub(super) channel: &'a Channel,
    pub(super) method: &'static MethodDescriptor,
    pub(super) metadata: Metadata,
    pub(super) deadline: Option<Instant>,
    pub(super) wait_for_ready: bool,
    pub(super) receive: ReceiveLimits,
    pub(super) framing: Framing,
}

impl Request<'_> {
    /// Sends the call to the head of its answer.
    pub(super) async fn send(self, outgoing: Outgoing, answers: Answers) -> Result<Answer, Status> {
        match &self.channel.inner.way {
            Way::Http2(connection) => {
                let (message, requests) = match outgoing {
                    Outgoing::One(Payload::Framed(message)) => (Some(message.freeze()), None),
                    Outgoing::Encoded(requests) => (None, Some(requests)),
                    Outgoing::One(_) | Outgoing::Local(_) => return Err(not_encoded()),
                };
                let fields =
                    || call_fields(self.timeout(), self.framing.compression(), &self.metadata);
                let request = Http2Request {
                    path: self.method.path,
                    fields: fields(),
                    message,
                    answers,
                    receive: self.receive,
                };
                let call = connection.prepare(request, requests, self.framing);
                let patience = Patience {
                    wait_for_ready: self.wait_for_ready,
                    deadline: self.deadline,
                };
                match connection.send(&call, patience, fields).await? {
                    Http2Answer::One {
                        headers,
                        message,
                        compressed,
                        trailers,
                    } => Ok(Answer::One {
                        headers,
                        message: Payload::Encoded(self.receive.format, message),
                        compressed,
                        trailers,
                    }),
                    Http2Answer::Stream { headers, encoding } => Ok(Answer::Stream {
                        headers,
                        messages: call.into_messages(encoding, connection.account()),
                    }),
                    Http2Answer::Failed(status) => Err(status),
                    Http2Answer::Again(_) => Err(Status::unavailable("the call was not made")),
                }
            }
            Way::Service(service) => {
                self.channel.inner.life.check()?;
                let send = |request| service.send(request);
                // In a box, as it takes far more room than the other ways.
                let call = Box::pin(call_http(self.into_http(), outgoing, send));
                call.await.map(Answer::Http)
            }
            Way::Local(service) => {
                self.channel.inner.life.check()?;
                let head = LocalHead {
                    metadata: self.metadata,
                    deadline: self.deadline,
                };
                Arc::clone(service)
                    .call(self.method, head, outgoing)
                    .await
                    .map(Answer::Local)
            }
        }
    }
}

impl<'a> Request<'a> {
    /// How much time is left.
    fn timeout(&self) -> Option<Duration> {
        let deadline = self.deadline?;
        Some(deadline.saturating_duration_since(Instant::now()))
    }

    fn into_http(self) -> HttpCall<'a> {
        let inner = &*self.channel.inner;
        HttpCall {
            method: self.method,
            origin: &inner.base.request.origin,
            request: ClientRequest {
                timeout: self.timeout(),
                metadata: self.metadata,
                user_agent: inner.base.request.user_agent.clone(),
                coding: self.framing.coding(),
                accepted: self.receive.accepted,
            },
            receive: self.receive,
            framing: self.framing,
        }
    }
}

/// A call with one message each way.
pub fn call_unary<R: Rpc<N>, const N: usize>(
    channel: &Channel,
    method: &'static MethodDescriptor,
    request: R::Request,
) -> Call<One<R::Request>, One<R::Response>, R::Error> {
    Call::with_one(channel, method, request)
}

/// A call with one message, answered by a stream.
pub fn call_server_streaming<R: Rpc<N>, const N: usize>(
    channel: &Channel,
    method: &'static MethodDescriptor,
    request: R::Request,
) -> Call<One<R::Request>, Streaming<R::Response>, R::Error> {
    Call::with_one(channel, method, request)
}

/// A call with a stream, answered by one message.
pub fn call_client_streaming<R: Rpc<N>, const N: usize>(
    channel: &Channel,
    method: &'static MethodDescriptor,
    requests: impl IntoStreaming<R::Request>,
) -> Call<Streaming<R::Request>, One<R::Response>, R::Error> {
    Call::new(channel, method, requests.into_streaming())
}

/// A call with a stream each way.
pub fn call_bidi_streaming<R: Rpc<N>, const N: usize>(
    channel: &Channel,
    method: &'static MethodDescriptor,
    requests: impl IntoStreaming<R::Request>,
) -> Call<Streaming<R::Request>, Streaming<R::Response>, R::Error> {
    Call::new(channel, method, requests.into_streaming())
}

/// Makes a call of [`call_unary`], and returns what the trait's method returns.
pub fn send_unary<R: Rpc<N>, const N: usize>(
    call: Call<One<R::Request>, One<R::Response>, R::Error>,
) -> impl Future<Output = Result<R::Response, R::Error>> + Send {
    send(call)
}

/// As [`send_unary`], for a call of [`call_server_streaming`].
pub fn send_server_streaming<R: Rpc<N>, const N: usize>(
    call: Call<One<R::Request>, Streaming<R::Response>, R::Error>,
) -> impl Future<Output = Result<Streaming<R::Response>, R::Error>> + Send {
    send(call)
}

/// As [`send_unary`], for a call of [`call_client_streaming`].
pub fn send_client_streaming<R: Rpc<N>, const N: usize>(
    call: Call<Streaming<R::Request>, One<R::Response>, R::Error>,
) -> impl Future<Output = Result<R::Response, R::Error>> + Send {
    send(call)
}

/// As [`send_unary`], for a call of [`call_bidi_streaming`].
pub fn send_bidi_streaming<R: Rpc<N>, const N: usize>(
    call: Call<Streaming<R::Request>, Streaming<R::Response>, R::Error>,
) -> impl Future<Output = Result<Streaming<R::Response>, R::Error>> + Send {
    send(call)
}

#[expect(
    clippy::manual_async_fn,
    reason = "`Send` by its type: else rustc looks inside, and complains there about what is no message"
)]
pub(super) fn send<I: CallInput, O: CallOutput, E: GrpcError>(
    call: Call<I, O, E>,
) -> impl Future<Output = Result<O::Output, E>> + Send {
    async move { call.send().await }
}
