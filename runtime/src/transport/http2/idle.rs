//! Connections that nobody needs.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

/// Wakes a connection that nobody has needed for a while. It costs next to nothing to ask it while it is set.
pub(super) struct IdleTimer {
    timeout: Duration,
    sleep: Pin<Box<Sleep>>,
}

impl IdleTimer {
    /// Ready when `timeout` has passed since `needed_at`. The timer is set when that is asked first, and wakes the task that
    /// does; it has to be the same one each time.
    pub(super) fn poll(
        timer: &mut Option<Self>,
        timeout: Duration,
        needed_at: Instant,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let is_set = |timer: &Self| timer.timeout == timeout && !timer.sleep.is_elapsed();
        if timer.as_ref().is_some_and(is_set) {
            return Poll::Pending;
        }
        // It may have been needed since the timer was set.
        let due = needed_at.checked_add(timeout);
        let Some(due) = due else {
            return Poll::Pending;
        };
        let timer = timer.get_or_insert_with(|| Self {
            timeout,
            sleep: Box::pin(tokio::time::sleep_until(due)),
        });
        timer.timeout = timeout;
        timer.sleep.as_mut().reset(due);
        timer.sleep.as_mut().poll(cx)
    }
}
