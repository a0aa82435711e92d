//! Deadlines of calls that nobody works on yet.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::Context;

use tokio::time::{Instant, Sleep};
use traitwire_engine::StreamKey;

/// The deadlines of unary calls whose message hasn't come. Tasks look after their own.
#[derive(Default)]
pub(super) struct Deadlines {
    /// Added since the last look; most are not waited for any more by then.
    new: Vec<(Instant, StreamKey)>,
    waiting: Vec<(Instant, StreamKey)>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Deadlines {
    pub(super) fn add(&mut self, stream: StreamKey, deadline: Instant) {
        self.new.push((deadline, stream));
    }

    /// The streams whose time is up. Those that don't wait any more are forgotten.
    pub(super) fn poll(
        &mut self,
        waits: impl Fn(StreamKey) -> bool,
        cx: &mut Context<'_>,
    ) -> Vec<StreamKey> {
        let mut new = mem::take(&mut self.new);
        self.waiting
            .extend(new.drain(..).filter(|(_, stream)| waits(*stream)));
        self.new = new;
        let mut late = Vec::new();
        while let Some(first) = self.waiting.iter().map(|(deadline, _)| *deadline).min() {
            let sleep = self
                .sleep
                .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(first)));
            if sleep.deadline() != first {
                sleep.as_mut().reset(first);
            }
            if sleep.as_mut().poll(cx).is_pending() {
                break;
            }
            self.waiting.retain(|(deadline, stream)| {
                if waits(*stream) && *deadline <= first {
                    late.push(*stream);
                }
                *deadline > first && waits(*stream)
            });
        }
        if self.waiting.is_empty() {
            self.sleep = None;
        }
        late
    }
}
