//! The tower path of a server: an `http::Request` in, an `http::Response` out.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body::Frame;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::body::{Body, BoxError, FRAMING, MessagePacker, Packed};
use super::source::HttpData;
use crate::call::{
    self, Ambient, CallGuard, CallHead, CallLimit, Caller, CancelReason, Coding, Compression,
    Compressions, DataSource, Deframer, Direction, EncodeMessages, Format, Framing, Incoming,
    MessageBuffer, Messages, MetadataSource, MethodRef, Outgoing, Payload, ReceiveLimits, Requests,
    Routes, ServiceLimits, StreamingCall, UnaryCall, deadline_passed, dispatch, panicked,
};
use crate::deadline;
use crate::metadata::Metadata;
use crate::protocol::{self, Refusal, ResponseCoding};
use crate::schema::MethodKind;
use crate::status::Status;

/// What a server takes from its clients, and sends them.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub(crate) receive: ReceiveLimits,
    pub(crate) send_compressed: Option<Compression>,
    pub(crate) max_send_message_len: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            receive: ReceiveLimits::default(),
            send_compressed: None,
            max_send_message_len: usize::MAX,
        }
    }
}

impl Limits {
    /// What is taken of a method's requests: what it says itself counts before what its service says, and that before what
    /// the server says.
    pub(super) fn receive_of(self, method: MethodRef) -> ReceiveLimits {
        let of_server = self.receive.max_message_len;
        let max_len = ServiceLimits::or(method.limits.max_receive_message_len, of_server);
        (self.receive.limited(max_len)).limited_by_method(method.descriptor.max_request_len)
    }

    /// How a method's responses are sent.
    pub(super) fn framing_of(self, method: MethodRef, coding: Coding) -> Framing {
        let of_server = self.max_send_message_len;
        let max_len = ServiceLimits::or(method.limits.max_send_message_len, of_server);
        FRAMING
            .coded(coding)
            .limited(max_len)
            .limited_by_method(Direction::Response, method.descriptor.max_response_len)
    }

    /// How messages are written for a client that speaks this format and takes these compressions.
    pub(super) fn coding(self, format: Format, accepted: Compressions) -> Coding {
        Coding {
            format,
            compression: self.send_compressed.filter(|sent| accepted.contains(*sent)),
        }
    }

    /// What the response to it says.
    pub(super) fn response_coding(self, sent: Coding) -> ResponseCoding {
        ResponseCoding {
            sent,
            accepted: self.receive.accepted,
        }
    }
}

/// Answers one request.
///
/// Dropping the future, or the body of the response before its end, drops the handler: that is how hyper tells of a
/// client that is gone.
pub(crate) async fn respond<R, B>(
    routes: &R,
    limits: Limits,
    peer: Option<Caller>,
    request: http::Request<B>,
) -> http::Response<Body>
where
    R: Routes + Clone,
    B: http_body::Body<Error: Into<BoxError>> + Send + 'static,
{
    let (parts, body) = request.into_parts();
    let head = match protocol::read_request(&parts.method, &parts.headers) {
        Ok(head) => head,
        Err(Refusal::Http(status, text)) => {
            return protocol::refusal_response(
                status,
                Body::once(Bytes::from_static(text.as_bytes())),
            );
        }
        Err(Refusal::Status(status)) => return error_response(status, limits),
    };
    let path = parts.uri.path();
    let Some(method) = routes.resolve(path) else {
        return error_response(unknown_method(routes, path), limits);
    };
    if head.timeout.is_some_and(|timeout| timeout.is_zero()) {
        return error_response(deadline_passed(), limits);
    }
    let deadline = head.timeout.and_then(deadline::from_now);
    let mut peer = peer.or_else(|| Caller::from_extensions(&parts.extensions));
    let account = peer.as_mut().and_then(|peer| peer.account.take());
    let receive = limits.receive_of(method).in_format(head.format);
    let deframer = receive.deframer(Direction::Request, head.encoding, account);
    let coding = limits.coding(head.format, head.accepted);
    let framing = limits.framing_of(method, coding);
    let coding = limits.response_coding(coding);

    let plain = !method.takes_context && !method.descriptor.detached;
    if method.descriptor.kind == MethodKind::Unary && plain {
        drop(parts);
        let call = async {
            let message = read_one(body, deframer).await?;
            let reply = MessageBuffer::new(BytesMut::new(), framing);
            let call = UnaryCall {
                context: None,
                message,
                reply,
            };
            routes.unary(method, call).await.0
        };
        let ambient = Ambient::of_call(method.descriptor, deadline, None);
        return match Guarded::new(ambient.within(call), method, deadline).await {
            Ok(Payload::Framed(bytes)) => {
                let body = Body::unary(bytes.freeze());
                protocol::response_head(Metadata::new(), coding, body)
            }
            Ok(_) => error_response(not_encoded(), limits),
            Err(status) => error_response(status, limits),
        };
    }

    let context = method.takes_context.then(|| {
        call::Context::of_call(CallHead {
            method: Some(method.descriptor),
            metadata: MetadataSource::Headers(parts.headers),
            deadline,
            peer,
            extensions: parts.extensions,
        })
    });
    let messages = Messages::new(HttpData::request(Box::pin(body)), deframer);
    let mut body = Box::new(ServerBody::new(
        routes.clone(),
        method,
        context,
        deadline,
        messages,
        framing,
        (),
    ));
    match poll_fn(|cx| body.poll_head(cx)).await {
        Head::Messages => protocol::response_head(body.take_initial(), coding, Body::server(body)),
        Head::TrailersOnly(status) => protocol::trailers_only(
            body.take_initial(),
            status,
            body.take_trailing(),
            limits.receive.accepted,
            Body::empty(),
        ),
    }
}

/// Runs the handler of a call that isn't answered in place.
async fn start<R: Routes>(
    routes: R,
    method: MethodRef,
    context: Option<call::Context>,
    mut messages: Messages<impl DataSource + 'static>,
    framing: Framing,
) -> Result<Outgoing, Status> {
    let reply = MessageBuffer::new(BytesMut::new(), framing).asking(context.as_ref());
    let requests = match method.descriptor.kind {
        MethodKind::Unary | MethodKind::ServerStreaming => {
            let message = messages.one().await?;
            if let Some(context) = &context {
                context.set_request_compressed(messages.was_compressed());
            }
            Requests::One(message)
        }
        MethodKind::ClientStreaming | MethodKind::BidiStreaming => {
            Requests::Many(Incoming::Encoded(Box::new(messages)))
        }
    };
    let call = StreamingCall {
        context,
        requests,
        reply,
    };
    dispatch(&routes, method, call).await
}

async fn read_one<B>(body: B, deframer: Deframer) -> Result<Payload, Status>
where
    B: http_body::Body<Error: Into<BoxError>> + Send,
{
    let body = pin!(body);
    Messages::new(HttpData::request(body), deframer).one().await
}

/// A response that is still being made: the handler, then its messages, then the trailers.
pub(crate) struct ServerBody {
    stage: Stage,
    deadline: Option<Instant>,
    limit: CallLimit,
    guard: Option<CallGuard>,
    /// What left with the head, from when the handler has returned a stream.
    initial: Option<Metadata>,
    method: MethodRef,
    packer: MessagePacker,
    /// As long as the handler doesn't want its messages uncompressed.
    framing: Framing,
    ambient: Ambient,
}

enum Stage {
    Handler(Pin<Box<dyn Future<Output = Result<Outgoing, Status>> + Send>>),
    Messages(Replies),
    Last(Bytes),
    Trailers(Result<(), Status>),
    Ended,
}

/// How a response starts.
pub(super) enum Head {
    Messages,
    TrailersOnly(Status),
}

/// What a response goes on with.
pub(super) enum Part {
    Messages(Bytes),
    End(Result<(), Status>, Metadata),
}

impl ServerBody {
    pub(super) fn new<R: Routes>(
        routes: R,
        method: MethodRef,
        context: Option<call::Context>,
        deadline: Option<Instant>,
        messages: Messages<impl DataSource + 'static>,
        framing: Framing,
        running: impl Send + 'static,
    ) -> Self {
        let guard = context.as_ref().map(CallGuard::new);
        let ambient = || Ambient::of_call(method.descriptor, deadline, context.as_ref());
        let (ours, theirs) = (ambient(), ambient());
        let call = start(routes, method, context, messages, framing);
        let call: Pin<Box<dyn Future<Output = _> + Send>> = match method.descriptor.detached {
            true => Box::pin(call::detached(call, theirs, method.descriptor, running)),
            false => Box::pin(Guarded::new(call, method, None)),
        };
        Self {
            stage: Stage::Handler(call),
            ambient: ours,
            deadline,
            limit: CallLimit::new(deadline),
            guard,
            initial: None,
            method,
            packer: MessagePacker::new(framing),
            framing,
        }
    }

    /// Waits until the head can leave: the handler has returned a stream, it wants its metadata sent, or the call is
    /// over.
    pub(super) fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Head> {
        self.advance(cx);
        match std::mem::replace(&mut self.stage, Stage::Ended) {
            // Nothing was sent yet, so the status may take the place of the headers ("Trailers-Only" in
            // PROTOCOL-HTTP2.md).
            Stage::Trailers(Err(status)) if self.packer.is_empty() && !self.wants_head() => {
                self.finish();
                return Poll::Ready(Head::TrailersOnly(status));
            }
            stage => self.stage = stage,
        }
        if !matches!(self.stage, Stage::Handler(_)) {
            return Poll::Ready(Head::Messages);
        }
        match &self.guard {
            Some(guard) => guard
                .context()
                .poll_send_initial(cx)
                .map(|()| Head::Messages),
            None => Poll::Pending,
        }
    }

    pub(super) fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Frame<Bytes>>> {
        let part = ready!(self.poll_part(cx));
        Poll::Ready(part.map(|part| match part {
            Part::Messages(bytes) => Frame::data(bytes),
            Part::End(result, trailing) => {
                Frame::trailers(protocol::status_trailers(result, trailing))
            }
        }))
    }

    /// What comes next; `None` after the end.
    pub(super) fn poll_part(&mut self, cx: &mut Context<'_>) -> Poll<Option<Part>> {
        self.advance(cx);
        if let Some(bytes) = self.packer.take() {
            return Poll::Ready(Some(Part::Messages(bytes)));
        }
        match std::mem::replace(&mut self.stage, Stage::Ended) {
            Stage::Last(bytes) => {
                self.stage = Stage::Trailers(Ok(()));
                Poll::Ready(Some(Part::Messages(bytes)))
            }
            Stage::Trailers(result) => {
                self.finish();
                Poll::Ready(Some(Part::End(result, self.take_trailing())))
            }
            Stage::Ended => Poll::Ready(None),
            stage => {
                self.stage = stage;
                Poll::Pending
            }
        }
    }

    /// What the head of the response says of its messages.
    pub(super) fn coding(&self) -> Coding {
        self.framing.coding()
    }

    pub(super) fn is_ended(&self) -> bool {
        matches!(self.stage, Stage::Ended)
    }

    /// Goes as far as it can now.
    fn advance(&mut self, cx: &mut Context<'_>) {
        if let Stage::Handler(handler) = &mut self.stage {
            let Poll::Ready(result) = self.ambient.enter(|| handler.as_mut().poll(cx)) else {
                if let Poll::Ready(status) = self.limit.poll(cx) {
                    self.stage = Stage::Trailers(Err(status));
                }
                return;
            };
            self.stage = match result {
                Ok(Outgoing::Encoded(messages)) => {
                    self.initial = Some(self.take_initial());
                    Stage::Messages(Replies::new(messages, self.deadline))
                }
                Ok(Outgoing::One(Payload::Framed(bytes))) => Stage::Last(bytes.freeze()),
                Ok(Outgoing::One(_) | Outgoing::Local(_)) => Stage::Trailers(Err(not_encoded())),
                Err(status) => Stage::Trailers(Err(status)),
            };
        }
        if let Stage::Messages(_) = self.stage
            && let Poll::Ready(status) = self.limit.poll(cx)
        {
            self.stage = Stage::Trailers(Err(status));
        }
        if self.framing.compression().is_some()
            && let Some(guard) = &self.guard
        {
            self.packer.framing = match guard.context().compresses_response() {
                true => self.framing,
                false => self.framing.compressed(None),
            };
        }
        if let Stage::Messages(messages) = &self.stage
            && let Some(result) = {
                let (packer, method) = (&mut self.packer, self.method);
                self.ambient.enter(|| messages.fill(packer, method, cx))
            }
        {
            self.stage = Stage::Trailers(result);
        }
    }

    /// Tells those who hold the context that there is an answer.
    fn finish(&self) {
        match &self.guard {
            Some(guard) => guard.finish(),
            None => self.ambient.end(CancelReason::Answered),
        }
    }

    fn wants_head(&self) -> bool {
        let guard = self.guard.as_ref();
        guard.is_some_and(|guard| guard.context().wants_head())
    }

    pub(super) fn take_initial(&mut self) -> Metadata {
        if let Some(initial) = self.initial.take() {
            return initial;
        }
        self.guard
            .as_ref()
            .map(|guard| guard.context().take_initial())
            .unwrap_or_default()
    }

    pub(super) fn take_trailing(&self) -> Metadata {
        self.guard
            .as_ref()
            .map(|guard| guard.context().take_trailing())
            .unwrap_or_default()
    }
}

impl Drop for ServerBody {
    /// Before its end, because nobody wants the rest. What is said first counts.
    fn drop(&mut self) {
        match &self.guard {
            Some(guard) => guard.context().end(CancelReason::Client),
            None => self.ambient.end(CancelReason::Client),
        }
    }
}

/// The messages of a handler, which last until its deadline: also if the client takes none, and nobody asks for more.
struct Replies {
    /// `None` once the deadline has passed.
    stream: Arc<Mutex<Option<Box<dyn EncodeMessages>>>>,
    timer: Option<JoinHandle<()>>,
}

impl Replies {
    fn new(stream: Box<dyn EncodeMessages>, deadline: Option<Instant>) -> Self {
        let stream = Arc::new(Mutex::new(Some(stream)));
        let timer = deadline.map(|deadline| {
            let stream = Arc::clone(&stream);
            deadline::runtime().spawn(async move {
                deadline::sleep_until(deadline).await;
                drop(lock(&stream).take());
            })
        });
        Self { stream, timer }
    }

    /// Takes what there is now; says how it ended, if it did.
    fn fill(
        &self,
        packer: &mut MessagePacker,
        method: MethodRef,
        cx: &mut Context<'_>,
    ) -> Option<Result<(), Status>> {
        let mut stream = lock(&self.stream);
        let Some(stream) = stream.as_mut() else {
            return Some(Err(deadline_passed()));
        };
        match catch_unwind(AssertUnwindSafe(|| packer.fill(&mut **stream, cx))) {
            Ok(Packed::More) => None,
            Ok(Packed::Ended(result)) => Some(result),
            Err(_) => Some(Err(panicked(method.descriptor))),
        }
    }
}

impl Drop for Replies {
    fn drop(&mut self) {
        if let Some(timer) = &self.timer {
            timer.abort();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pin_project_lite::pin_project! {
    /// A handler that can neither take longer than its deadline nor take others with it when it panics.
    pub(super) struct Guarded<F> {
        #[pin]
        handler: F,
        limit: CallLimit,
        method: MethodRef,
    }
}

impl<F> Guarded<F> {
    pub(super) fn new(handler: F, method: MethodRef, deadline: Option<Instant>) -> Self {
        Self {
            handler,
            limit: CallLimit::new(deadline),
            method,
        }
    }
}

impl<F, T> Future for Guarded<F>
where
    F: Future<Output = Result<T, Status>>,
{
    type Output = Result<T, Status>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let handler = this.handler;
        // A handler that panicked is not polled again.
        match catch_unwind(AssertUnwindSafe(|| handler.poll(cx))) {
            Ok(Poll::Ready(result)) => Poll::Ready(result),
            Ok(Poll::Pending) => this.limit.poll(cx).map(Err),
            Err(_) => Poll::Ready(Err(panicked(this.method.descriptor))),
        }
    }
}

fn error_response(status: Status, limits: Limits) -> http::Response<Body> {
    let accepted = limits.receive.accepted;
    let none = Metadata::new;
    protocol::trailers_only(none(), status, none(), accepted, Body::empty())
}

#[cold]
fn not_encoded() -> Status {
    Status::internal("the answer to a call over the network was not encoded")
}

#[cold]
pub(super) fn unknown_method(routes: &impl Routes, path: &str) -> Status {
    let mut services = Vec::new();
    routes.services(&mut services);
    let Some((service, method)) = path
        .strip_prefix('/')
        .and_then(|path| path.rsplit_once('/'))
        .filter(|(service, method)| !service.is_empty() && !method.is_empty())
    else {
        return Status::unimplemented(format!("{path:?} is no path of a gRPC method"));
    };
    let known = services.iter().any(|known| known.full_name() == service);
    Status::unimplemented(if known {
        format!("service {service} has no method {method}")
    } else {
        format!("unknown service {service}")
    })
}
