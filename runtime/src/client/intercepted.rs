//! Calls through a channel with interceptors.

use std::marker::PhantomData;

use bytes::BytesMut;
use tokio::time::Instant;

use super::call::{CallOutput, Request};
use super::channel::Channel;
use crate::call::{
    Ambient, CallLimit, Context, Framing, Incoming, LazyMessage, MessageBuffer, Outgoing,
    ReceiveLimits, deadline_passed,
};
use crate::interceptor::{self, BoxFuture, Content, Interceptors, Outbound, Reply, Target};
use crate::schema::MethodDescriptor;
use crate::status::Status;

/// Where a call is made, which may be sent by a task that doesn't know.
pub(super) struct Around {
    context: Option<Context>,
    #[cfg(feature = "tracing")]
    span: tracing::Span,
}

impl Around {
    /// Of a call that may have been given a context.
    pub(super) fn new(given: Option<&Context>) -> Self {
        Self {
            context: given
                .filter(|context| context.method().is_some())
                .cloned()
                .or_else(Context::current),
            #[cfg(feature = "tracing")]
            span: tracing::Span::current(),
        }
    }
}

/// Makes a call through interceptors, to the head of its answer.
pub(super) async fn call<O: CallOutput>(
    interceptors: &Interceptors,
    request: Request<'_>,
    outgoing: Outgoing,
    around: Option<Box<Around>>,
) -> Result<O::Head, Status> {
    let target = Server::<O> {
        channel: request.channel,
        method: request.method,
        deadline: request.deadline,
        wait_for_ready: request.wait_for_ready,
        receive: request.receive,
        framing: request.framing,
        output: PhantomData,
    };
    let outbound = Outbound {
        metadata: request.metadata,
        deadline: request.deadline,
        content: match outgoing {
            Outgoing::One(message) => Content::One(LazyMessage::from_payload(message)?),
            Outgoing::Local(messages) => Content::Many(Incoming::Local(messages).into()),
            Outgoing::Encoded(_) => return Err(Status::internal("it was encoded too early")),
        },
    };
    let context = around.as_ref().and_then(|around| around.context.clone());
    let private = request.channel.is_private();
    let request =
        interceptor::Request::on_client(request.method, outbound, context.clone(), private);
    let reply = interceptors.run(request, &target);
    #[cfg(feature = "tracing")]
    let reply = tracing::Instrument::instrument(
        reply,
        around.map_or_else(tracing::Span::current, |around| around.span),
    );
    let reply = match context {
        Some(context) => Ambient::of_task(context).within(reply).await,
        None => reply.await,
    };
    O::read(reply?)
}

/// What a call's last interceptor hands it to.
struct Server<'a, O> {
    channel: &'a Channel,
    method: &'static MethodDescriptor,
    /// As it was before the interceptors.
    deadline: Option<Instant>,
    wait_for_ready: bool,
    receive: ReceiveLimits,
    framing: Framing,
    output: PhantomData<fn() -> O>,
}

impl<O: CallOutput> Target for Server<'_, O> {
    fn run(&self, request: interceptor::Request) -> BoxFuture<'_, Result<Reply, Status>> {
        Box::pin(self.send(request.into_outbound()))
    }
}

impl<O: CallOutput> Server<'_, O> {
    async fn send(&self, outbound: Outbound) -> Result<Reply, Status> {
        let deadline = outbound.deadline;
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return Err(deadline_passed());
        }
        let outgoing = match (outbound.content, self.channel.is_local()) {
            (Content::One(message), true) => Outgoing::One(message.into_payload()),
            (Content::One(message), false) => {
                let buffer = MessageBuffer::new(BytesMut::new(), self.framing);
                Outgoing::One(message.into_reply(buffer)?)
            }
            (Content::Many(stream), true) => Outgoing::Local(stream.into_messages()),
            (Content::Many(stream), false) => {
                Outgoing::Encoded(stream.into_messages().into_encode())
            }
        };
        let request = Request {
            channel: self.channel,
            method: self.method,
            metadata: outbound.metadata,
            deadline,
            wait_for_ready: self.wait_for_ready,
            receive: self.receive,
            framing: self.framing,
        };
        let answer = request.send(outgoing, O::ANSWERS).await?;
        // That of the call has the caller's stream already.
        let shortened = deadline.filter(|_| deadline != self.deadline);
        O::receive_lazy(answer, CallLimit::new(shortened)).await
    }
}
