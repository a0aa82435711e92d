//! From a resolved method to the user's function and back: what generated servers are made of.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{self, Poll};

use pin_project_lite::pin_project;

use super::context::Context;
use super::message::{Incoming, MessageBuffer, Outgoing, Payload};
use super::rpc::Rpc;
use super::streaming::Streaming;
use crate::codec::Message;
use crate::details;
use crate::schema::{MethodDescriptor, MethodKind, ServiceDescriptor};
use crate::status::{Code, GrpcError, Status};

/// What `#[grpc_service]` implements for a trait: each method by its place in the descriptor.
pub trait Dispatch<S>: Send + Sync + 'static {
    /// The service.
    const DESCRIPTOR: &'static ServiceDescriptor;

    /// Runs the unary method at this place.
    fn unary(
        service: &S,
        method: usize,
        call: UnaryCall,
    ) -> impl Future<Output = UnaryReply> + Send;

    /// Runs the method at this place, of any of the other kinds.
    fn streaming(
        service: &S,
        method: usize,
        call: StreamingCall,
    ) -> impl Future<Output = StreamingReply> + Send;
}

/// A unary call, ready to be handled.
pub struct UnaryCall {
    pub(crate) context: Option<Context>,
    pub(crate) message: Payload,
    pub(crate) reply: MessageBuffer,
}

/// A call of one of the other three kinds.
pub struct StreamingCall {
    pub(crate) context: Option<Context>,
    pub(crate) requests: Requests,
    pub(crate) reply: MessageBuffer,
}

/// What a handler of a streaming method gets.
pub(crate) enum Requests {
    One(Payload),
    Many(Incoming),
}

/// What a unary handler answers.
pub struct UnaryReply(pub(crate) Result<Payload, Status>);

/// What a handler of the other kinds answers.
pub struct StreamingReply(pub(crate) Result<Outgoing, Status>);

/// Services by their paths: what a transport serves. `()` is none, a tuple of two is both, an `Option` one or none.
pub trait Routes: Send + Sync + 'static {
    /// The method of an HTTP path.
    fn resolve(&self, path: &str) -> Option<MethodRef>;

    /// Appends what is served.
    fn services(&self, services: &mut Vec<&'static ServiceDescriptor>);

    /// Runs a unary method.
    fn unary(&self, method: MethodRef, call: UnaryCall) -> impl Future<Output = UnaryReply> + Send;

    /// Runs a method of any other kind.
    fn streaming(
        &self,
        method: MethodRef,
        call: StreamingCall,
    ) -> impl Future<Output = StreamingReply> + Send;
}

/// A method that a path was resolved to.
#[derive(Clone, Copy)]
pub struct MethodRef {
    pub(crate) descriptor: &'static MethodDescriptor,
    /// Its place in the descriptor of its service.
    pub(crate) index: u32,
    /// How many services were added after its own. Each is one more type around the others: no compiler takes 65,536.
    pub(crate) service: u16,
    /// What its service says of the length of messages.
    pub(crate) limits: ServiceLimits,
    /// Whether calls need a [`Context`], for the handler or for interceptors.
    pub(crate) takes_context: bool,
}

/// The longest messages of one service, where that differs from its server's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServiceLimits {
    /// With [`UNSAID`](Self::UNSAID), as the server says.
    pub(crate) max_receive_message_len: u32,
    pub(crate) max_send_message_len: u32,
}

impl ServiceLimits {
    /// There are no longer messages, so it is no limit either way.
    const UNSAID: u32 = u32::MAX;

    /// Bytes, unless they are for the server to say.
    pub(crate) fn or(limit: u32, of_server: usize) -> usize {
        match limit {
            Self::UNSAID => of_server,
            limit => limit as usize,
        }
    }
}

impl Default for ServiceLimits {
    fn default() -> Self {
        Self {
            max_receive_message_len: Self::UNSAID,
            max_send_message_len: Self::UNSAID,
        }
    }
}

/// What a method says of the length of its messages.
pub const fn message_len(bytes: usize) -> Option<u32> {
    assert!(
        bytes <= u32::MAX as usize,
        "gRPC has no longer messages than of 4 GiB"
    );
    Some(bytes as u32)
}

impl MethodRef {
    /// Looks a path up in the methods of a service.
    pub(crate) fn find(service: &'static ServiceDescriptor, path: &str) -> Option<Self> {
        let index = service
            .methods
            .iter()
            .position(|method| method.path == path)?;
        let descriptor = &service.methods[index];
        Some(Self {
            descriptor,
            index: index as u32,
            service: 0,
            limits: ServiceLimits::default(),
            takes_context: descriptor.takes_context,
        })
    }
}

impl Routes for () {
    fn resolve(&self, _: &str) -> Option<MethodRef> {
        None
    }

    fn services(&self, _: &mut Vec<&'static ServiceDescriptor>) {}

    fn unary(&self, _: MethodRef, call: UnaryCall) -> impl Future<Output = UnaryReply> + Send {
        no_unary(call)
    }

    fn streaming(
        &self,
        _: MethodRef,
        call: StreamingCall,
    ) -> impl Future<Output = StreamingReply> + Send {
        ready(no_streaming(call))
    }
}

/// What was there, and what was added to it.
impl<A: Routes, B: Routes> Routes for (A, B) {
    fn resolve(&self, path: &str) -> Option<MethodRef> {
        if let Some(method) = self.1.resolve(path) {
            return Some(method);
        }
        let mut method = self.0.resolve(path)?;
        method.service += 1;
        Some(method)
    }

    fn services(&self, services: &mut Vec<&'static ServiceDescriptor>) {
        self.0.services(services);
        self.1.services(services);
    }

    fn unary(
        &self,
        mut method: MethodRef,
        call: UnaryCall,
    ) -> impl Future<Output = UnaryReply> + Send {
        match method.service.checked_sub(1) {
            None => left(self.1.unary(method, call)),
            Some(service) => {
                method.service = service;
                right(self.0.unary(method, call))
            }
        }
    }

    fn streaming(
        &self,
        mut method: MethodRef,
        call: StreamingCall,
    ) -> impl Future<Output = StreamingReply> + Send {
        match method.service.checked_sub(1) {
            None => left(self.1.streaming(method, call)),
            Some(service) => {
                method.service = service;
                right(self.0.streaming(method, call))
            }
        }
    }
}

impl<R: Routes> Routes for Option<R> {
    fn resolve(&self, path: &str) -> Option<MethodRef> {
        self.as_ref()?.resolve(path)
    }

    fn services(&self, services: &mut Vec<&'static ServiceDescriptor>) {
        if let Some(routes) = self {
            routes.services(services);
        }
    }

    fn unary(&self, method: MethodRef, call: UnaryCall) -> impl Future<Output = UnaryReply> + Send {
        match self {
            Some(routes) => left(routes.unary(method, call)),
            None => right(no_unary(call)),
        }
    }

    fn streaming(
        &self,
        method: MethodRef,
        call: StreamingCall,
    ) -> impl Future<Output = StreamingReply> + Send {
        match self {
            Some(routes) => left(routes.streaming(method, call)),
            None => right(ready(no_streaming(call))),
        }
    }
}

pin_project! {
    /// One of two futures. An `async` block in its place would move the call once more at each level.
    #[project = EitherProjection]
    pub enum Either<L, R> {
        Left { #[pin] future: L },
        Right { #[pin] future: R },
    }
}

/// The one.
pub fn left<L, R>(future: L) -> Either<L, R> {
    Either::Left { future }
}

/// The other.
pub fn right<L, R>(future: R) -> Either<L, R> {
    Either::Right { future }
}

impl<L, R> Future for Either<L, R>
where
    L: Future,
    R: Future<Output = L::Output>,
{
    type Output = L::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            EitherProjection::Left { future } => future.poll(cx),
            EitherProjection::Right { future } => future.poll(cx),
        }
    }
}

/// Runs a unary handler. The message is read at once, so that the future has room for the handler alone.
pub fn unary<R, const N: usize, H, F>(
    call: UnaryCall,
    handler: H,
) -> impl Future<Output = UnaryReply>
where
    R: Rpc<N>,
    H: FnOnce(R::Request) -> F,
    F: Future<Output = Result<R::Response, R::Error>>,
{
    let UnaryCall { message, reply, .. } = call;
    match message.read() {
        Ok(request) => left(Finished {
            handler: handler(request),
            reply: Some(reply),
            failed: failed::<R, N>,
        }),
        Err(status) => right(ready(UnaryReply(Err(status)))),
    }
}

/// As [`unary`], for a method with a [`Context`].
pub fn unary_with_context<R, const N: usize, H, F>(
    mut call: UnaryCall,
    handler: H,
) -> impl Future<Output = UnaryReply>
where
    R: Rpc<N>,
    H: FnOnce(R::Request, Context) -> F,
    F: Future<Output = Result<R::Response, R::Error>>,
{
    let context = call.context.take().unwrap_or_default();
    unary::<R, N, _, _>(call, |request| handler(request, context))
}

pin_project! {
    /// A unary handler, and what becomes of its answer.
    struct Finished<F, S> {
        #[pin]
        handler: F,
        reply: Option<MessageBuffer>,
        // A function by its type, which takes no room.
        failed: S,
    }
}

impl<F, S, Res, E> Future for Finished<F, S>
where
    F: Future<Output = Result<Res, E>>,
    S: Fn(E) -> Status,
    Res: Message,
{
    type Output = UnaryReply;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<UnaryReply> {
        let this = self.project();
        let result = task::ready!(this.handler.poll(cx));
        // It is gone only after the answer, when nobody polls any more.
        let Some(reply) = this.reply.take() else {
            return Poll::Pending;
        };
        Poll::Ready(UnaryReply(finish(result, reply, this.failed)))
    }
}

/// Runs a handler that answers with a stream.
pub async fn server_streaming<R, const N: usize, H, F>(
    call: StreamingCall,
    handler: H,
) -> StreamingReply
where
    R: Rpc<N>,
    H: FnOnce(R::Request) -> F,
    F: Future<Output = Result<Streaming<R::Response>, R::Error>>,
{
    let local = call.reply.is_local();
    StreamingReply(match one_request(call.requests) {
        Ok(request) => stream::<R, N>(handler(request).await, local),
        Err(status) => Err(status),
    })
}

/// As [`server_streaming`], for a method with a [`Context`].
pub async fn server_streaming_with_context<R, const N: usize, H, F>(
    mut call: StreamingCall,
    handler: H,
) -> StreamingReply
where
    R: Rpc<N>,
    H: FnOnce(R::Request, Context) -> F,
    F: Future<Output = Result<Streaming<R::Response>, R::Error>>,
{
    let context = call.context.take().unwrap_or_default();
    server_streaming::<R, N, _, _>(call, |request| handler(request, context)).await
}

/// Runs a handler that takes a stream.
pub async fn client_streaming<R, const N: usize, H, F>(
    call: StreamingCall,
    handler: H,
) -> StreamingReply
where
    R: Rpc<N>,
    H: FnOnce(Streaming<R::Request>) -> F,
    F: Future<Output = Result<R::Response, R::Error>>,
{
    StreamingReply(match many_requests(call.requests) {
        Ok(requests) => {
            let result = handler(requests).await;
            finish(result, call.reply, failed::<R, N>).map(Outgoing::One)
        }
        Err(status) => Err(status),
    })
}

/// As [`client_streaming`], for a method with a [`Context`].
pub async fn client_streaming_with_context<R, const N: usize, H, F>(
    mut call: StreamingCall,
    handler: H,
) -> StreamingReply
where
    R: Rpc<N>,
    H: FnOnce(Streaming<R::Request>, Context) -> F,
    F: Future<Output = Result<R::Response, R::Error>>,
{
    let context = call.context.take().unwrap_or_default();
    client_streaming::<R, N, _, _>(call, |requests| handler(requests, context)).await
}

/// Runs a handler that takes a stream and answers with one.
pub async fn bidi_streaming<R, const N: usize, H, F>(
    call: StreamingCall,
    handler: H,
) -> StreamingReply
where
    R: Rpc<N>,
    H: FnOnce(Streaming<R::Request>) -> F,
    F: Future<Output = Result<Streaming<R::Response>, R::Error>>,
{
    let local = call.reply.is_local();
    StreamingReply(match many_requests(call.requests) {
        Ok(requests) => stream::<R, N>(handler(requests).await, local),
        Err(status) => Err(status),
    })
}

/// As [`bidi_streaming`], for a method with a [`Context`].
pub async fn bidi_streaming_with_context<R, const N: usize, H, F>(
    mut call: StreamingCall,
    handler: H,
) -> StreamingReply
where
    R: Rpc<N>,
    H: FnOnce(Streaming<R::Request>, Context) -> F,
    F: Future<Output = Result<Streaming<R::Response>, R::Error>>,
{
    let context = call.context.take().unwrap_or_default();
    bidi_streaming::<R, N, _, _>(call, |requests| handler(requests, context)).await
}

/// Runs a method of any kind.
pub(crate) async fn dispatch<R: Routes>(
    routes: &R,
    method: MethodRef,
    call: StreamingCall,
) -> Result<Outgoing, Status> {
    match call.requests {
        Requests::One(message) if method.descriptor.kind == MethodKind::Unary => {
            let call = UnaryCall {
                context: call.context,
                message,
                reply: call.reply,
            };
            routes.unary(method, call).await.0.map(Outgoing::One)
        }
        requests => {
            let call = StreamingCall { requests, ..call };
            routes.streaming(method, call).await.0
        }
    }
}

/// There is no unary method at this place: the descriptor and the generated code disagree.
#[cold]
pub fn no_unary(_: UnaryCall) -> Ready<UnaryReply> {
    let status = Status::unimplemented("the method is not a unary one");
    ready(UnaryReply(Err(status)))
}

/// There is no streaming method at this place: the descriptor and the generated code disagree.
#[cold]
pub fn no_streaming(_: StreamingCall) -> StreamingReply {
    StreamingReply(Err(Status::unimplemented(
        "the method is not a streaming one",
    )))
}

/// What a call failed with. A failure that calls itself OK would be a success on the wire.
pub(super) fn failure(status: Status) -> Status {
    if status.code() != Code::Ok {
        return status;
    }
    Status::internal(format!(
        "a call failed with status OK: {:?}",
        status.message()
    ))
    .with_details(status.details().clone())
    .with_metadata(status.metadata().clone())
}

/// A handler that panicked. The panic's message stays here: the panic hook has printed it, and it may say what a client
/// shouldn't know.
#[cold]
pub(crate) fn panicked(method: &MethodDescriptor) -> Status {
    Status::internal(format!("the handler of {} panicked", method.path))
}

/// What is sent for the error of a method.
fn failed<R: Rpc<N>, const N: usize>(error: R::Error) -> Status {
    placed_failure(error.into_status(), R::PACKAGE)
}

/// As [`failure`], of a method in `package`.
pub(crate) fn placed_failure(status: Status, package: &str) -> Status {
    details::place(failure(status), package)
}

fn finish<Res: Message, E>(
    result: Result<Res, E>,
    reply: MessageBuffer,
    failed: impl FnOnce(E) -> Status,
) -> Result<Payload, Status> {
    match result {
        Ok(message) if reply.is_local() => Ok(Payload::Local(Box::new(message))),
        Ok(message) => reply.encode(&message),
        Err(error) => Err(failed(error)),
    }
}

fn stream<R: Rpc<N>, const N: usize>(
    result: Result<Streaming<R::Response>, R::Error>,
    local: bool,
) -> Result<Outgoing, Status> {
    let stream = match result {
        // Its statuses may be errors of this type.
        Ok(stream) if R::Error::DESCRIPTOR.is_some() => stream.in_package(R::PACKAGE),
        Ok(stream) => stream,
        Err(error) => return Err(failed::<R, N>(error)),
    };
    Ok(if local {
        Outgoing::Local(Box::new(stream))
    } else {
        Outgoing::Encoded(Box::new(stream))
    })
}

fn one_request<Req: Message>(requests: Requests) -> Result<Req, Status> {
    match requests {
        Requests::One(payload) => payload.read(),
        Requests::Many(_) => Err(wrong_kind()),
    }
}

fn many_requests<Req: Message>(requests: Requests) -> Result<Streaming<Req>, Status> {
    match requests {
        Requests::Many(incoming) => incoming.into_streaming(),
        Requests::One(_) => Err(wrong_kind()),
    }
}

#[cold]
fn wrong_kind() -> Status {
    Status::internal("the descriptor of the method and its handler disagree on who streams")
}
