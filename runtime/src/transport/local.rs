//! The way within the process: the same seam, with messages as they are.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use tokio::time::Instant;

use super::http_server::unknown_method;
use crate::call::{
    Ambient, CallGuard, CallHead, Context, Incoming, MessageBuffer, MetadataSource, MethodRef,
    Outgoing, Peer, Requests, Routes, StreamingCall, detached, dispatch, panicked,
};
use crate::metadata::Metadata;
use crate::schema::MethodDescriptor;
use crate::status::Status;

/// A service in this process, whatever its type.
pub(crate) trait LocalService: Send + Sync {
    /// Runs one call to the head of its answer.
    fn call(
        self: Arc<Self>,
        method: &'static MethodDescriptor,
        head: LocalHead,
        outgoing: Outgoing,
    ) -> BoxFuture<LocalResponse>;
}

pub type BoxFuture<T> = Pin<Box<dyn Future<Output = Result<T, Status>> + Send>>;

/// What a caller says beside the message.
pub(crate) struct LocalHead {
    pub(crate) metadata: Metadata,
    pub(crate) deadline: Option<Instant>,
}

/// An answer within the process.
pub struct LocalResponse {
    pub(crate) method: &'static MethodDescriptor,
    pub(crate) deadline: Option<Instant>,
    pub(crate) initial: Metadata,
    pub(crate) outgoing: LocalOutgoing,
    /// Knows the trailing metadata when the last message has come.
    pub(crate) context: Option<Context>,
    pub(crate) guard: Option<CallGuard>,
}

/// What the handler answers.
pub enum LocalOutgoing {
    Ready(Outgoing),
    /// The initial metadata was wanted first.
    Later(BoxFuture<Outgoing>),
}

/// Services, called without a network.
pub(crate) struct LocalRoutes<R>(pub(crate) R);

impl<R: Routes> LocalService for LocalRoutes<R> {
    fn call(
        self: Arc<Self>,
        method: &'static MethodDescriptor,
        head: LocalHead,
        outgoing: Outgoing,
    ) -> BoxFuture<LocalResponse> {
        Box::pin(async move {
            let Some(found) = self.0.resolve(method.path) else {
                return Err(unknown_method(&self.0, method.path));
            };
            let context = found.takes_context.then(|| {
                Context::of_call(CallHead {
                    method: Some(found.descriptor),
                    metadata: MetadataSource::Ready(head.metadata),
                    deadline: head.deadline,
                    peer: Some(Peer::InProcess.into()),
                    extensions: http::Extensions::new(),
                })
            });
            let guard = context.as_ref().map(CallGuard::new);
            let deadline = head.deadline;
            let ambient = Ambient::of_call(found.descriptor, deadline, context.as_ref());
            let handler = self.run(found, context.clone(), outgoing);
            let mut handler: BoxFuture<Outgoing> = match found.descriptor.detached {
                true => Box::pin(detached(handler, ambient, found.descriptor, ())),
                false => Box::pin(ambient.within(handler)),
            };
            let outgoing = poll_fn(|cx| match handler.as_mut().poll(cx) {
                Poll::Ready(result) => Poll::Ready(result.map(Some)),
                Poll::Pending => match &context {
                    Some(context) => context.poll_send_initial(cx).map(|()| Ok(None)),
                    None => Poll::Pending,
                },
            })
            .await;
            let outgoing = match outgoing {
                Ok(Some(outgoing)) => LocalOutgoing::Ready(outgoing),
                Ok(None) => LocalOutgoing::Later(handler),
                Err(status) if context.as_ref().is_some_and(Context::wants_head) => {
                    LocalOutgoing::Later(Box::pin(async { Err(status) }))
                }
                Err(status) => return Err(status),
            };
            Ok(LocalResponse {
                method,
                deadline,
                initial: context
                    .as_ref()
                    .map(Context::take_initial)
                    .unwrap_or_default(),
                outgoing,
                context,
                guard,
            })
        })
    }
}

impl<R: Routes> LocalRoutes<R> {
    /// The handler, its panics caught, its errors with the trailing metadata.
    async fn run(
        self: Arc<Self>,
        method: MethodRef,
        context: Option<Context>,
        outgoing: Outgoing,
    ) -> Result<Outgoing, Status> {
        let mut handler = pin!(self.dispatch(method, context.clone(), outgoing));
        let result = poll_fn(|cx| {
            let poll = catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(cx)));
            poll.unwrap_or_else(|_| Poll::Ready(Err(panicked(method.descriptor))))
        })
        .await;
        result.map_err(|mut status| {
            if let Some(context) = &context {
                // As over the network, where nothing but a status leaves in one block.
                if !context.wants_head() {
                    status.metadata_mut().extend(context.take_initial());
                }
                status.metadata_mut().extend(context.take_trailing());
            }
            status
        })
    }

    async fn dispatch(
        &self,
        method: MethodRef,
        context: Option<Context>,
        outgoing: Outgoing,
    ) -> Result<Outgoing, Status> {
        let requests = match outgoing {
            Outgoing::One(message) => Requests::One(message),
            Outgoing::Local(stream) => Requests::Many(Incoming::Local(stream)),
            Outgoing::Encoded(_) => return Err(wrong_kind()),
        };
        let call = StreamingCall {
            context,
            requests,
            reply: MessageBuffer::local(),
        };
        dispatch(&self.0, method, call).await
    }
}

/// The two ends of a call in this process were generated from different traits.
#[cold]
fn wrong_kind() -> Status {
    Status::internal("the caller and the service disagree on who streams")
}
