//! Signs of life.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep};
use traitwire_engine::Connection;

use crate::transport::counts::Counts;

/// Finds out whether anybody is there (gRFC A8).
pub(super) struct KeepAlive {
    interval: Duration,
    timeout: Duration,
    /// It asks also while there is no stream.
    without_streams: bool,
    /// When something moved last.
    last: Instant,
    /// A ping was sent since.
    asked: bool,
    /// A ping is due, and waits for a stream.
    dormant: bool,
    sleep: Pin<Box<Sleep>>,
}

impl KeepAlive {
    pub(super) fn new(interval: Duration, timeout: Duration, without_streams: bool) -> Self {
        // What a clock can add to any time.
        let (interval, timeout) = (interval.min(MAX), timeout.min(MAX));
        Self {
            interval,
            timeout,
            without_streams,
            last: Instant::now(),
            asked: false,
            dormant: false,
            sleep: Box::pin(tokio::time::sleep(interval)),
        }
    }

    /// Something has arrived, or was taken by a peer that is slow.
    pub(super) fn alive(&mut self, now: Instant) {
        self.last = now;
        if self.asked || self.dormant {
            self.asked = false;
            self.dormant = false;
            self.sleep.as_mut().reset(now + self.interval);
        }
    }

    /// How long an answer may take.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// `true` if nothing has happened for a while.
    pub(super) fn poll<H: Clone>(
        &mut self,
        http2: &mut Connection<H>,
        counts: &Counts,
        cx: &mut Context<'_>,
    ) -> io::Result<bool> {
        let mut idle = false;
        if self.dormant && http2.open_streams() > 0 {
            self.dormant = false;
            self.ask(http2, counts, Instant::now());
        }
        while !self.dormant && self.sleep.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            let due = self.last + self.interval;
            if now < due {
                // Something has arrived since the timer was set.
                self.sleep.as_mut().reset(due);
            } else if self.asked {
                return Err(io::ErrorKind::TimedOut.into());
            } else {
                idle = true;
                if self.without_streams || http2.open_streams() > 0 {
                    self.ask(http2, counts, now);
                } else {
                    self.dormant = true;
                }
            }
        }
        Ok(idle)
    }

    fn ask<H: Clone>(&mut self, http2: &mut Connection<H>, counts: &Counts, now: Instant) {
        self.asked = true;
        counts.keep_alive();
        http2.ping(*b"anybody?");
        self.sleep.as_mut().reset(now + self.timeout);
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

/// A year.
const MAX: Duration = Duration::from_secs(365 * 24 * 60 * 60);
