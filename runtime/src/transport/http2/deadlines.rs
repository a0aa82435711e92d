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
        // A client may set deadlines that are years away.
        self.waiting.retain(|(_, stream)| waits(*stream));
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
                if *deadline <= first {
                    late.push(*stream);
                }
                *deadline > first
            });
        }
        if self.waiting.is_empty() {
            self.sleep = None;
        }
        late
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;
    use std::time::Duration;

    use traitwire_engine::{Block, Config, Connection, Fields, Role};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn streams_that_do_not_wait_any_more_are_forgotten() {
        let mut http2 = Connection::<()>::new(Role::Client, Config::default(), &[]);
        let request = Block::Fields(Fields::new());
        let streams: Vec<_> = (0..50)
            .filter_map(|_| http2.open(&request, false))
            .collect();
        let mut cx = Context::from_waker(Waker::noop());
        let mut deadlines = Deadlines::default();
        let hour = Instant::now() + Duration::from_secs(60 * 60);
        // Each is polled while it waits, and then doesn't any more.
        for stream in &streams {
            deadlines.add(*stream, hour);
            let late = deadlines.poll(|other| other == *stream, &mut cx);
            assert!(late.is_empty());
            assert_eq!(deadlines.waiting.len(), 1);
        }
        tokio::time::advance(Duration::from_secs(60 * 60)).await;
        let last = streams[49];
        assert_eq!(deadlines.poll(|other| other == last, &mut cx), [last]);
        assert!(deadlines.waiting.is_empty() && deadlines.sleep.is_none());
    }
}
