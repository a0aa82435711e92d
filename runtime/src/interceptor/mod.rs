//! Code around calls, on both sides: what goes with a call, each of its messages, and how it ends.
//!
//! An [`Interceptor`] stands before all services of a server ([`Server::intercept`](crate::Server::intercept)), before one
//! of them ([`ServiceServer::intercept`](crate::ServiceServer::intercept)), or in front of a channel
//! ([`Channel::intercept`](crate::Channel::intercept)). It is the same trait everywhere:
//!
//! ```
//! use traitwire::Status;
//! use traitwire::interceptor::{Interceptor, Next, Reply, Request};
//!
//! /// Prints each call, and how it went.
//! struct Log;
//!
//! impl Interceptor for Log {
//!     async fn intercept(&self, request: Request, next: Next<'_>) -> Result<Reply, Status> {
//!         let path = request.path();
//!         let mut reply = next.run(request).await.inspect_err(|status| println!("{path}: {status}"))?;
//!         // A stream ends later.
//!         reply.on_end(move |end| match end {
//!             Ok(_) => println!("{path}: ok"),
//!             Err(status) => println!("{path}: {status}"),
//!         });
//!         Ok(reply)
//!     }
//! }
//! ```
//!
//! Where it is enough to look at what goes in, a function will do:
//!
//! ```
//! # use traitwire::{Channel, Status, interceptor};
//! # fn example(channel: Channel) {
//! let channel = channel.intercept(|call: &mut interceptor::Request| Ok(call.metadata_mut().insert("x-user", "7")?));
//! # }
//! ```
//!
//! # What it may do
//!
//! * Read and change metadata, shorten the deadline, leave something for the handler ([`Request::extensions_mut`]).
//! * Read and change messages: [`LazyMessage`] is decoded only if somebody asks for the message, and encoded only if
//!   somebody asks for the bytes. Streams are seen message by message, as they pass.
//! * Answer itself, with a status or a [`Reply`]: it just doesn't call [`Next::run`].
//! * See and change the answer: its metadata, its messages and its end, also that of a stream.
//!
//! # Order
//!
//! What is added last is outermost: it sees a call first, and its answer last. That is the order of
//! [`Server::layer`](crate::Server::layer), too. On a server, what stands before all services is outside of what stands
//! before one, and layers of tower are outside of both: they see requests of HTTP, interceptors see calls.
//!
//! ```text
//! client: caller ─► added last ─► added first ─► network
//! server: network ─► layers ─► Server's, added last ─► … ─► added first ─► ServiceServer's, likewise ─► handler
//! ```
//!
//! # Circumstances
//!
//! On a server, interceptors run as code of the call: [`Context::current`](crate::Context::current) is its context, the
//! calls that they make take no longer than it, and they are dropped with it when nobody waits any more. So are they on a
//! client, when the call is dropped. A panic ends its own call only, with INTERNAL.
//!
//! A call to a method that no service has is answered before any interceptor; so is one whose head can't be read. What
//! can't be decoded is found by the first who asks for the message.
//!
//! A server or a channel without interceptors does nothing for them. With one, each call costs a box for each of them.

mod bearer_auth;
mod concurrency_limit;
mod content;
mod default_timeout;
mod intercepted;
mod reply;
mod request;
mod request_id;
#[cfg(feature = "tracing")]
mod tracing_spans;

use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use tokio::time::Instant;

pub use bearer_auth::{BearerAuth, BearerToken};
pub use concurrency_limit::ConcurrencyLimit;
pub(crate) use content::Content;
pub use default_timeout::DefaultTimeout;
pub use intercepted::Intercepted;
pub use reply::Reply;
pub(crate) use request::Outbound;
pub use request::{Request, Side};
pub use request_id::{RequestId, RequestIds};
#[cfg(feature = "tracing")]
pub use tracing_spans::TracingSpans;

use crate::call::{CallLimit, Context};
pub use crate::call::{LazyMessage, LazyStream};
use crate::status::Status;

/// Code around calls; see the [module](self).
///
/// Functions that take `&mut Request` are interceptors, for those that look at what goes in and nothing else.
/// [`interceptor_fn`] makes one of a closure that sees the answer, too.
///
/// # Cancellation
///
/// The future is dropped with the call: when nobody waits for the answer any more, or its time is up.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an interceptor",
    label = "an interceptor is expected here",
    note = "implement `Interceptor` for it; a closure has to say what it takes: `|call: &mut interceptor::Request| Ok(())`",
    note = "a closure that sees the answer, too, goes through `interceptor_fn`"
)]
pub trait Interceptor: Send + Sync + 'static {
    /// Sees a call: hands it to `next`, and the answer back, or answers itself.
    ///
    /// # Errors
    ///
    /// What the call ends with.
    fn intercept(
        &self,
        request: Request,
        next: Next<'_>,
    ) -> impl Future<Output = Result<Reply, Status>> + Send;
}

impl<F> Interceptor for F
where
    F: Fn(&mut Request) -> Result<(), Status> + Send + Sync + 'static,
{
    async fn intercept(&self, mut request: Request, next: Next<'_>) -> Result<Reply, Status> {
        self(&mut request)?;
        next.run(request).await
    }
}

impl<I: Interceptor> Interceptor for Arc<I> {
    fn intercept(
        &self,
        request: Request,
        next: Next<'_>,
    ) -> impl Future<Output = Result<Reply, Status>> + Send {
        I::intercept(self, request, next)
    }
}

/// An interceptor from a closure that returns a future in a box.
///
/// ```
/// # use traitwire::Channel;
/// use traitwire::interceptor::interceptor_fn;
///
/// # fn example(channel: Channel) {
/// let channel = channel.intercept(interceptor_fn(|request, next| Box::pin(async move {
///     let mut reply = next.run(request).await?;
///     reply.headers_mut().insert("x-seen", "yes")?;
///     Ok(reply)
/// })));
/// # }
/// ```
pub fn interceptor_fn<F>(function: F) -> InterceptorFn<F>
where
    F: for<'a> Fn(Request, Next<'a>) -> BoxFuture<'a, Result<Reply, Status>>,
    F: Send + Sync + 'static,
{
    InterceptorFn(function)
}

/// What [`interceptor_fn`] makes.
#[derive(Clone, Copy)]
pub struct InterceptorFn<F>(F);

impl<F> Interceptor for InterceptorFn<F>
where
    F: for<'a> Fn(Request, Next<'a>) -> BoxFuture<'a, Result<Reply, Status>>,
    F: Send + Sync + 'static,
{
    fn intercept(
        &self,
        request: Request,
        next: Next<'_>,
    ) -> impl Future<Output = Result<Reply, Status>> + Send {
        (self.0)(request, next)
    }
}

impl<F> fmt::Debug for InterceptorFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InterceptorFn").finish_non_exhaustive()
    }
}

/// A future in a box.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The rest of a call's way: inner interceptors, then the handler or the network.
pub struct Next<'a> {
    interceptors: &'a [Arc<dyn AnyInterceptor>],
    target: &'a dyn Target,
    /// Until when the call may take, as far as is known.
    deadline: Option<Instant>,
}

impl Next<'_> {
    /// Goes the rest of the way, to the answer or to the head of a stream of answers.
    ///
    /// # Errors
    ///
    /// With the status that the call ended with. Its trailing metadata is in [`Status::metadata`].
    ///
    /// # Cancellation
    ///
    /// Dropping the future drops the handler on a server, and cancels the call on a client.
    pub async fn run(mut self, request: Request) -> Result<Reply, Status> {
        let deadline = request.deadline;
        let shortened = deadline != self.deadline;
        self.deadline = deadline;
        let target = self.target;
        let call = match self.interceptors.split_last() {
            Some((outermost, rest)) => {
                self.interceptors = rest;
                outermost.intercept(request, self)
            }
            None => target.run(request),
        };
        let reply = match shortened {
            true => CallLimit::new(deadline).apply(pin!(call)).await,
            false => call.await,
        };
        reply?.of_call(target.context(), deadline)
    }
}

impl fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next")
            .field("interceptors", &self.interceptors.len())
            .finish_non_exhaustive()
    }
}

/// Where a call goes behind its last interceptor.
pub(crate) trait Target: Send + Sync {
    fn run(&self, request: Request) -> BoxFuture<'_, Result<Reply, Status>>;

    /// On a server, the context of the call.
    fn context(&self) -> Option<&Context> {
        None
    }
}

/// An [`Interceptor`], whatever its type.
trait AnyInterceptor: Send + Sync {
    fn intercept<'a>(
        &'a self,
        request: Request,
        next: Next<'a>,
    ) -> BoxFuture<'a, Result<Reply, Status>>;
}

impl<I: Interceptor> AnyInterceptor for I {
    fn intercept<'a>(
        &'a self,
        request: Request,
        next: Next<'a>,
    ) -> BoxFuture<'a, Result<Reply, Status>> {
        Box::pin(Interceptor::intercept(self, request, next))
    }
}

/// One or more interceptors; cheap to clone.
#[derive(Clone)]
pub struct Interceptors(Arc<[Arc<dyn AnyInterceptor>]>);

impl Interceptors {
    pub(crate) fn new(interceptor: impl Interceptor) -> Self {
        Self(Arc::new([Arc::new(interceptor)]))
    }

    /// With one more around them.
    pub(crate) fn with(&self, interceptor: impl Interceptor) -> Self {
        let all = self.0.iter().cloned();
        Self(all.chain([Arc::new(interceptor) as _]).collect())
    }

    /// Has a call go through all of them to its target. A panic of theirs is a status.
    pub(crate) async fn run(&self, request: Request, target: &dyn Target) -> Result<Reply, Status> {
        let path = request.path();
        let next = Next {
            interceptors: &self.0,
            target,
            deadline: request.deadline,
        };
        let mut call = pin!(next.run(request));
        poll_fn(|cx| {
            let poll = catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(cx)));
            poll.unwrap_or_else(|_| {
                let status = format!("an interceptor of {path} panicked");
                Poll::Ready(Err(Status::internal(status)))
            })
        })
        .await
    }
}

impl fmt::Debug for Interceptors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Interceptors").field(&self.0.len()).finish()
    }
}
