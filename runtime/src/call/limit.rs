//! What ends a call from outside: its deadline, and the end of the call it was made for.

use std::future::Future;
use std::pin::Pin;
use std::task::{self, Poll};

use tokio::time::{Instant, Sleep};

use super::context::{CallGuard, CancelReason, Context};
use crate::deadline;
use crate::status::{Code, Status};

/// Waits for a call's deadline or for the [`Context`] it depends on, whichever comes first. Costs nothing where there is
/// neither.
#[derive(Default)]
pub struct CallLimit {
    sleep: Option<Pin<Box<Sleep>>>,
    parent: Option<Parent>,
    /// Ends a call in the process with its last reader.
    _guard: Option<CallGuard>,
}

type Parent = Pin<Box<dyn Future<Output = CancelReason> + Send>>;

impl CallLimit {
    pub(crate) fn new(deadline: Option<Instant>) -> Self {
        Self {
            sleep: deadline.map(|deadline| Box::pin(deadline::sleep_until(deadline))),
            parent: None,
            _guard: None,
        }
    }

    /// Ends with these calls, too, whose own deadlines are part of the limit's already.
    pub(crate) fn with_parents(mut self, parents: [Option<Context>; 2]) -> Self {
        let ended = |parent: Context| async move { parent.ended().await };
        self.parent = match parents {
            [Some(one), Some(other)] => Some(Box::pin(async move {
                tokio::select! {
                    reason = one.ended() => reason,
                    reason = other.ended() => reason,
                }
            })),
            [Some(parent), None] | [None, Some(parent)] => Some(Box::pin(ended(parent))),
            [None, None] => None,
        };
        self
    }

    pub(crate) fn with_guard(mut self, guard: Option<CallGuard>) -> Self {
        self._guard = guard;
        self
    }

    /// Ready with the status of the call once its time is up.
    pub(crate) fn poll(&mut self, cx: &mut task::Context<'_>) -> Poll<Status> {
        if let Some(sleep) = &mut self.sleep
            && sleep.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(deadline_passed());
        }
        if let Some(parent) = &mut self.parent
            && let Poll::Ready(reason) = parent.as_mut().poll(cx)
        {
            return Poll::Ready(Status::cancelled(format!(
                "the call that this one was made for is over: {reason}"
            )));
        }
        Poll::Pending
    }

    fn has_passed(&self) -> bool {
        let deadline = self.sleep.as_ref().map(|sleep| sleep.deadline());
        deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    /// Runs `call` until the limit is reached; then it is dropped.
    pub(crate) async fn apply<T>(
        &mut self,
        mut call: Pin<&mut impl Future<Output = Result<T, Status>>>,
    ) -> Result<T, Status> {
        std::future::poll_fn(|cx| match call.as_mut().poll(cx) {
            // The server's clock may be ahead, and it cancels what has no time left: "Client Cancellation" in
            // PROTOCOL-HTTP2.md.
            Poll::Ready(Err(status)) if status.code() == Code::Cancelled && self.has_passed() => {
                Poll::Ready(Err(deadline_passed()))
            }
            Poll::Ready(result) => Poll::Ready(result),
            Poll::Pending => self.poll(cx).map(Err),
        })
        .await
    }
}

pub(crate) fn deadline_passed() -> Status {
    Status::deadline_exceeded("the deadline passed")
}

#[cfg(test)]
mod tests {
    use std::future::ready;
    use std::pin::pin;

    use super::*;

    #[tokio::test]
    async fn a_call_that_is_cancelled_too_late_has_passed_its_deadline() {
        let end = async |status: Status| {
            let mut limit = CallLimit::new(Some(Instant::now()));
            let call = pin!(ready(Err::<(), _>(status)));
            limit.apply(call).await.unwrap_err().code()
        };
        assert_eq!(end(Status::cancelled("")).await, Code::DeadlineExceeded);
        assert_eq!(end(Status::aborted("")).await, Code::Aborted);

        let call = pin!(ready(Err::<(), _>(Status::cancelled(""))));
        let status = CallLimit::new(None).apply(call).await.unwrap_err();
        assert_eq!(status.code(), Code::Cancelled);
    }
}
