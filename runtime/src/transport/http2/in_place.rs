//! Which calls a connection answers itself.

use std::time::Duration;

use tokio::time::Instant;

/// Which calls a connection polls itself before it leaves them to tasks: quick ones. A handler that computes must not
/// hold up its neighbours for longer than once when it starts, and once when it goes on.
#[derive(Debug)]
pub(super) struct InPlace {
    /// What a call may take on average.
    max: Duration,
    since: Option<Instant>,
    calls: u32,
    over: bool,
}

impl InPlace {
    pub(super) fn new(max: Duration) -> Self {
        Self {
            max,
            since: None,
            calls: 0,
            over: max.is_zero(),
        }
    }

    /// Something has arrived.
    pub(super) fn start(&mut self, now: Instant) {
        *self = Self {
            since: Some(now),
            ..Self::new(self.max)
        };
    }

    /// Whether the next call may be polled in place.
    pub(super) fn allowed(&mut self) -> bool {
        // The clock is looked at after 1, 2, 4, 8 … calls: a slow handler is noticed at once, quick ones don't pay.
        if self.calls.is_power_of_two() {
            self.is_over();
        }
        self.calls += 1;
        !self.over
    }

    /// Whether the calls so far have taken too long.
    pub(super) fn is_over(&mut self) -> bool {
        if !self.over
            && let Some(since) = self.since
        {
            self.over = since.elapsed() > self.max.saturating_mul(self.calls);
        }
        self.over
    }
}
