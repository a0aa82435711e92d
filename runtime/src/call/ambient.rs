//! The call that the code at work belongs to, without being told.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{self, Poll};

use pin_project_lite::pin_project;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::context::{CallGuard, CallHead, CancelReason, Context};
use crate::deadline;
use crate::schema::MethodDescriptor;

thread_local! {
    /// The call whose code this thread is running.
    static AROUND: Cell<Around> = const { Cell::new(Around::NOTHING) };
    /// Its context, if somebody knows it.
    static CONTEXT: RefCell<Known> = const { RefCell::new(Known::Nothing) };
}

/// What there is to know of each call: little, as it is set and reset whenever one is polled.
#[derive(Clone, Copy)]
struct Around {
    call: bool,
    /// There is something in `CONTEXT`.
    known: bool,
    method: Option<&'static MethodDescriptor>,
    deadline: Option<Instant>,
}

impl Around {
    const NOTHING: Self = Self {
        call: false,
        known: false,
        method: None,
        deadline: None,
    };
}

/// What the code of a call can learn of it where it is. Kept by whoever polls that code.
#[derive(Default)]
pub(crate) struct Ambient {
    method: Option<&'static MethodDescriptor>,
    deadline: Option<Instant>,
    context: Known,
}

#[derive(Default)]
enum Known {
    /// Nobody has asked for a context.
    #[default]
    Nothing,
    /// That of the call.
    Call(Context),
    /// That of a call whose method has none. It was made for somebody who asked, and ends here.
    Asked(CallGuard),
    /// That of a call that this task works for.
    Parent(Context),
}

impl Ambient {
    /// Of a call that a server handles. Makes no context: few ask.
    pub(crate) fn of_call(
        method: &'static MethodDescriptor,
        deadline: Option<Instant>,
        context: Option<&Context>,
    ) -> Self {
        Self {
            method: Some(method),
            deadline,
            context: match context {
                Some(context) => Known::Call(context.clone()),
                None => Known::Nothing,
            },
        }
    }

    /// Of a task that works for a call.
    pub(crate) fn of_task(context: Context) -> Self {
        Self {
            method: context.method(),
            deadline: context.deadline_instant(),
            context: Known::Parent(context),
        }
    }

    /// Of a handler's task that nobody may wait for any more, which the second one knows.
    pub(super) fn detach(mut self) -> (Self, Self) {
        let context = self.context();
        let ambient = Self {
            method: self.method,
            deadline: self.deadline,
            context: Known::Call(context),
        };
        (ambient, self)
    }

    /// Runs code of the call.
    #[inline]
    pub(crate) fn enter<T>(&mut self, code: impl FnOnce() -> T) -> T {
        struct Leave<'a> {
            ours: &'a mut Known,
            outer: Around,
            outer_context: Known,
        }
        impl Drop for Leave<'_> {
            #[inline]
            fn drop(&mut self) {
                let known = AROUND.replace(self.outer).known;
                if known || self.outer.known {
                    *self.ours = set_context(mem::take(&mut self.outer_context));
                }
            }
        }
        let known = !matches!(self.context, Known::Nothing);
        let outer = AROUND.replace(Around {
            call: true,
            known,
            method: self.method,
            deadline: self.deadline,
        });
        let mut leave = Leave {
            ours: &mut self.context,
            outer,
            outer_context: Known::Nothing,
        };
        if known || outer.known {
            leave.outer_context = set_context(mem::take(leave.ours));
        }
        code()
    }

    /// Runs all of a future as code of the call.
    pub(crate) fn within<F>(self, future: F) -> Within<F> {
        Within {
            future,
            ambient: self,
        }
    }

    /// Ends the call for those who asked for its context, where the method has none.
    pub(crate) fn end(&self, reason: CancelReason) {
        if let Known::Asked(guard) = &self.context {
            guard.context().end(reason);
        }
    }

    fn context(&mut self) -> Context {
        self.context.get(self.method, self.deadline)
    }
}

impl Known {
    fn get(
        &mut self,
        method: Option<&'static MethodDescriptor>,
        deadline: Option<Instant>,
    ) -> Context {
        match self {
            Self::Call(context) | Self::Parent(context) => context.clone(),
            Self::Asked(guard) => guard.context().clone(),
            Self::Nothing => {
                let context = Context::of_call(CallHead {
                    method,
                    deadline,
                    ..CallHead::default()
                });
                *self = Self::Asked(CallGuard::new(&context));
                context
            }
        }
    }
}

/// Where the thread is ending, nothing is kept.
fn set_context(context: Known) -> Known {
    let set = CONTEXT.try_with(|current| current.replace(context));
    set.unwrap_or_default()
}

/// Until when the call may take that the code at work belongs to.
pub(crate) fn current_deadline() -> Option<Instant> {
    AROUND.get().deadline
}

/// What ends the calls that the code at work makes: the call that its task works for. A call's own code ends with it.
pub(crate) fn current_parent() -> Option<Context> {
    if !AROUND.get().known {
        return None;
    }
    let parent = CONTEXT.try_with(|known| match &*known.borrow() {
        Known::Parent(context) => Some(context.clone()),
        Known::Nothing | Known::Call(_) | Known::Asked(_) => None,
    });
    parent.ok().flatten()
}

impl Context {
    /// The context of the call that the code at work belongs to: that of a handler, of a stream it returned, or of a task
    /// that one of them started by [`spawn`]. `None` elsewhere, in other tasks and on other threads too.
    ///
    /// Metadata, peer and extensions are only there if the method takes a `Context`, or an interceptor stands before it: other
    /// calls aren't charged for them.
    pub fn current() -> Option<Self> {
        let around = AROUND.get();
        if !around.call {
            return None;
        }
        let get = |known: &RefCell<Known>| known.borrow_mut().get(around.method, around.deadline);
        let context = CONTEXT.try_with(get).ok()?;
        AROUND.set(Around {
            known: true,
            ..around
        });
        Some(context)
    }
}

/// Starts a task that works for the call around it: calls it makes may take no longer than that one, and end with it.
///
/// The task itself goes on; what it does beside calls can watch [`Context::cancelled`] of [`Context::current`]. Outside a
/// call this is `tokio::spawn`, which is also the way to start something that is to outlast the call.
///
/// ```
/// # use traitwire::{Status, grpc_service};
/// # #[grpc_service(package = "stock")]
/// # trait Stock { async fn reserve(&self) -> Result<(), Status>; async fn price(&self) -> Result<(), Status>; }
/// async fn order(stock: StockClient) -> Result<(), Status> {
///     // In a handler, both have until the handler's own deadline.
///     let price = traitwire::spawn(stock.price().send());
///     stock.reserve().await?;
///     price.await.map_err(|_| Status::internal("no price"))?
/// }
/// ```
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let runtime = deadline::runtime();
    match Context::current() {
        Some(context) => runtime.spawn(Ambient::of_task(context).within(future)),
        None => runtime.spawn(future),
    }
}

pin_project! {
    /// A future that is code of a call.
    pub(crate) struct Within<F> {
        #[pin]
        future: F,
        ambient: Ambient,
    }

    impl<F> PinnedDrop for Within<F> {
        /// Before its end, because nobody wants the rest. What is said first counts.
        fn drop(this: Pin<&mut Self>) {
            this.project().ambient.end(CancelReason::Client);
        }
    }
}

impl<F: Future> Future for Within<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let future = this.future;
        let output = task::ready!(this.ambient.enter(|| future.poll(cx)));
        this.ambient.end(CancelReason::Answered);
        Poll::Ready(output)
    }
}
