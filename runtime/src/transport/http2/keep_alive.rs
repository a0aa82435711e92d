//! Signs of life.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep};
use traitwire_engine::Connection;

/// Finds out whether anybody is there.
pub(super) struct KeepAlive {
    interval: Duration,
    timeout: Duration,
    /// When something moved last.
    last: Instant,
    /// A ping was sent since.
    asked: bool,
    sleep: Pin<Box<Sleep>>,
}

impl KeepAlive {
    pub(super) fn new(interval: Duration, timeout: Duration) -> Self {
        Self {
            interval,
            timeout,
            last: Instant::now(),
            asked: false,
            sleep: Box::pin(tokio::time::sleep(interval)),
        }
    }

    /// Something has arrived, or was taken by a peer that is slow.
    pub(super) fn alive(&mut self) -> Instant {
        self.last = Instant::now();
        self.asked = false;
        self.last
    }

    /// `true` if nothing has happened for a while.
    pub(super) fn poll<H: Clone>(
        &mut self,
        http2: &mut Connection<H>,
        cx: &mut Context<'_>,
    ) -> io::Result<bool> {
        let mut idle = false;
        while self.sleep.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            let due = self.last + self.interval;
            if now < due {
                // Something has arrived since the timer was set.
                self.sleep.as_mut().reset(due);
            } else if !self.asked {
                idle = true;
                self.asked = true;
                http2.ping(*b"anybody?");
                self.sleep.as_mut().reset(now + self.timeout);
            } else {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
        Ok(idle)
    }

    /// Ready when a peer that nothing is read from any more takes nothing either.
    pub(super) fn poll_reader(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let due = self.last + self.timeout;
        if self.sleep.deadline() != due {
            self.sleep.as_mut().reset(due);
        }
        ready!(self.sleep.as_mut().poll(cx));
        Poll::Ready(io::ErrorKind::TimedOut.into())
    }
}
