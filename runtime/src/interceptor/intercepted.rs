//! Services with interceptors before them.

use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context as TaskContext, Poll};

use bytes::BytesMut;

use super::content::Content;
use super::{BoxFuture, Interceptor, Interceptors, Reply, Request, Target};
use crate::call::{
    Ambient, CallLimit, Context, EncodeMessages, Framing, LazyMessage, LazyMessages, LazyStream,
    MessageBuffer, MethodRef, Outgoing, Requests, Routes, StreamingCall, StreamingReply, UnaryCall,
    UnaryReply, dispatch, panicked, placed_failure,
};
use crate::metadata::Metadata;
use crate::schema::{MethodDescriptor, ServiceDescriptor};
use crate::status::Status;

/// Services with interceptors before them.
#[derive(Clone)]
pub struct Intercepted<R> {
    interceptors: Interceptors,
    routes: R,
}

impl<R> Intercepted<R> {
    pub(crate) fn new(interceptors: Interceptors, routes: R) -> Self {
        Self {
            interceptors,
            routes,
        }
    }

    /// Puts one more before the services; the one that is added last sees a call first.
    #[must_use]
    pub fn intercept(self, interceptor: impl Interceptor) -> Self {
        Self {
            interceptors: self.interceptors.with(interceptor),
            routes: self.routes,
        }
    }

    /// What stands behind the interceptors.
    pub(crate) fn routes(&self) -> &R {
        &self.routes
    }
}

impl<R: Routes> Intercepted<R> {
    /// Runs a call of any kind.
    async fn run(&self, method: MethodRef, call: StreamingCall) -> Result<Outgoing, Status> {
        let StreamingCall {
            context,
            requests,
            reply: buffer,
        } = call;
        let context = context.unwrap_or_default();
        let content = match requests {
            Requests::One(message) => Content::One(LazyMessage::from_payload(message)?),
            Requests::Many(incoming) => Content::Many(incoming.into()),
        };
        let request = Request::on_server(method.descriptor, &context, content);
        let handler = Handler {
            routes: &self.routes,
            method,
            context: &context,
        };
        let reply = self.interceptors.run(request, &handler).await;
        let reply = reply.map_err(|status| placed_failure(status, method.descriptor.package()))?;
        let (headers, trailers, content) = reply.into_parts();
        context.extend_response(headers, trailers);
        Ok(match content {
            Content::One(message) => Outgoing::One(message.into_reply(buffer)?),
            Content::Many(stream) if buffer.is_local() => Outgoing::Local(stream.into_messages()),
            Content::Many(stream) => Outgoing::Encoded(stream.into_messages().into_encode()),
        })
    }
}

impl<R: Routes> Routes for Intercepted<R> {
    fn resolve(&self, path: &str) -> Option<MethodRef> {
        let method = self.routes.resolve(path)?;
        Some(MethodRef {
            takes_context: true,
            ..method
        })
    }

    fn services(&self, services: &mut Vec<&'static ServiceDescriptor>) {
        self.routes.services(services);
    }

    fn unary(&self, method: MethodRef, call: UnaryCall) -> impl Future<Output = UnaryReply> + Send {
        let call = StreamingCall {
            context: call.context,
            requests: Requests::One(call.message),
            reply: call.reply,
        };
        let call: BoxFuture<'_, _> = Box::pin(async move {
            UnaryReply(match self.run(method, call).await {
                Ok(Outgoing::One(message)) => Ok(message),
                Ok(Outgoing::Encoded(_) | Outgoing::Local(_)) => Err(wrong_reply(
                    method.descriptor,
                    "a stream, where one message is to come",
                )),
                Err(status) => Err(status),
            })
        });
        call
    }

    fn streaming(
        &self,
        method: MethodRef,
        call: StreamingCall,
    ) -> impl Future<Output = StreamingReply> + Send {
        let streams = method.descriptor.kind.server_streams();
        let call: BoxFuture<'_, _> = Box::pin(async move {
            StreamingReply(match self.run(method, call).await {
                Ok(Outgoing::One(_)) if streams => Err(wrong_reply(
                    method.descriptor,
                    "one message, where a stream is to come",
                )),
                Ok(Outgoing::Encoded(_) | Outgoing::Local(_)) if !streams => Err(wrong_reply(
                    method.descriptor,
                    "a stream, where one message is to come",
                )),
                result => result,
            })
        });
        call
    }
}

impl<R: Routes> fmt::Debug for Intercepted<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut services = Vec::new();
        self.routes.services(&mut services);
        let names = services.iter().map(|service| service.full_name());
        f.debug_struct("Intercepted")
            .field("services", &names.collect::<Vec<_>>())
            .field("interceptors", &self.interceptors)
            .finish()
    }
}

/// What a call's last interceptor hands it to.
struct Handler<'a, R> {
    routes: &'a R,
    method: MethodRef,
    context: &'a Context,
}

impl<R: Routes> Target for Handler<'_, R> {
    fn run(&self, request: Request) -> BoxFuture<'_, Result<Reply, Status>> {
        Box::pin(self.handle(request))
    }

    fn context(&self) -> Option<&Context> {
        Some(self.context)
    }
}

impl<R: Routes> Handler<'_, R> {
    async fn handle(&self, request: Request) -> Result<Reply, Status> {
        let descriptor = self.method.descriptor;
        let shortened = request.deadline != self.context.deadline_instant();
        let mut context = self.context.with_deadline(request.deadline);
        if request.rewritten {
            context = context.with_request(request.metadata, request.extensions);
        }
        // Whoever asks for the context of the call is to get the one that the handler gets.
        let ambient = || {
            (request.rewritten || shortened)
                .then(|| Ambient::of_call(descriptor, request.deadline, Some(&context)))
        };
        let (mut ambient, streams_ambient) = (ambient(), ambient());
        let call = StreamingCall {
            requests: match request.content {
                Content::One(message) => Requests::One(message.into_payload()),
                Content::Many(stream) => Requests::Many(stream.into_incoming()),
            },
            context: Some(context),
            reply: MessageBuffer::local(),
        };
        let mut call = pin!(dispatch(self.routes, self.method, call));
        let result = poll_fn(|cx| {
            let poll = AssertUnwindSafe(|| match &mut ambient {
                Some(ambient) => ambient.enter(|| call.as_mut().poll(cx)),
                None => call.as_mut().poll(cx),
            });
            catch_unwind(poll).unwrap_or_else(|_| Poll::Ready(Err(panicked(descriptor))))
        })
        .await;

        let (headers, trailers) = self.context.take_response();
        let content = match result {
            Ok(Outgoing::One(message)) => Content::One(LazyMessage::from_payload(message)?),
            Ok(Outgoing::Local(messages)) => Content::Many(LazyStream::new(Surrounded {
                messages: Some(messages),
                method: descriptor,
                ambient: streams_ambient,
                limit: CallLimit::new(request.deadline.filter(|_| shortened)),
            })),
            Ok(Outgoing::Encoded(_)) => return Err(wrong_reply(descriptor, "encoded messages")),
            Err(mut status) => {
                status.metadata_mut().extend(trailers);
                // They leave with the status.
                self.context.extend_response(headers, Metadata::new());
                return Err(status);
            }
        };
        let reply = Reply::new(content).with_context(self.context.clone());
        Ok(reply.with_metadata(headers, trailers))
    }
}

#[cold]
fn wrong_reply(method: &MethodDescriptor, what: &str) -> Status {
    Status::internal(format!("{} was answered with {what}", method.path))
}

/// The messages of a handler: their panics are errors, and interceptors may have changed context and deadline.
struct Surrounded<S> {
    /// `None` after a panic, and when the time is up.
    messages: Option<S>,
    method: &'static MethodDescriptor,
    /// Where it isn't that of the call.
    ambient: Option<Ambient>,
    limit: CallLimit,
}

impl<S> Surrounded<S> {
    fn poll<T>(
        &mut self,
        cx: &mut TaskContext<'_>,
        poll: impl FnOnce(&mut S, &mut TaskContext<'_>) -> Poll<Option<Result<T, Status>>>,
    ) -> Poll<Option<Result<T, Status>>> {
        let Some(messages) = &mut self.messages else {
            return Poll::Ready(None);
        };
        let broken = match self.limit.poll(cx) {
            Poll::Ready(status) => status,
            Poll::Pending => {
                let poll = || poll(messages, cx);
                let poll = AssertUnwindSafe(|| match &mut self.ambient {
                    Some(ambient) => ambient.enter(poll),
                    None => poll(),
                });
                match catch_unwind(poll) {
                    Ok(poll) => return poll,
                    Err(_) => panicked(self.method),
                }
            }
        };
        self.messages = None;
        Poll::Ready(Some(Err(broken)))
    }
}

impl LazyMessages for Surrounded<Box<dyn LazyMessages>> {
    fn poll_lazy(&mut self, cx: &mut TaskContext<'_>) -> Poll<Option<Result<LazyMessage, Status>>> {
        self.poll(cx, |messages, cx| messages.poll_lazy(cx))
    }

    fn into_encode(self: Box<Self>) -> Box<dyn EncodeMessages> {
        Box::new(Surrounded {
            messages: self.messages.map(LazyMessages::into_encode),
            method: self.method,
            ambient: self.ambient,
            limit: self.limit,
        })
    }
}

impl EncodeMessages for Surrounded<Box<dyn EncodeMessages>> {
    fn poll_encode(
        &mut self,
        cx: &mut TaskContext<'_>,
        framing: Framing,
        out: &mut BytesMut,
        enough: usize,
    ) -> Poll<Option<Result<(), Status>>> {
        self.poll(cx, |messages, cx| {
            messages.poll_encode(cx, framing, out, enough)
        })
    }
}
