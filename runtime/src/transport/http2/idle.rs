//! Connections that nobody uses.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep};
use traitwire_engine::Connection;

/// Finds out when a server's connection has had no call for too long (gRFC A9).
pub(super) struct Idle {
    max: Duration,
    /// The stream that was opened last, and whether any was open, at the last look.
    last_stream: u32,
    busy: bool,
    sleep: Pin<Box<Sleep>>,
}

impl Idle {
    pub(super) fn new(max: Duration) -> Self {
        Self {
            max,
            last_stream: 0,
            busy: false,
            sleep: Box::pin(tokio::time::sleep(max)),
        }
    }

    /// Ready when it is time to go. To be called whenever something has happened.
    pub(super) fn poll<H: Clone>(
        &mut self,
        http2: &Connection<H>,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        // A call may have come and gone since.
        let used = self.busy || self.last_stream != http2.last_peer_stream();
        self.last_stream = http2.last_peer_stream();
        self.busy = http2.open_streams() > 0;
        if self.busy {
            return Poll::Pending;
        }
        // Past what a clock can say, nothing is due.
        if used && let Some(due) = Instant::now().checked_add(self.max) {
            self.sleep.as_mut().reset(due);
        }
        self.sleep.as_mut().poll(cx)
    }
}
