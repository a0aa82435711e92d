//! When to try again to connect: [connection-backoff.md].
//!
//! [connection-backoff.md]: https://github.com/grpc/grpc/blob/master/doc/connection-backoff.md

use std::time::Duration;

use tokio::time::Instant;

/// How long a [`Channel`](crate::Channel) waits from one attempt to connect to the next, while they fail.
///
/// Each wait is longer than the one before by a factor, up to a longest one, and a part of it is left to chance, so that clients
/// which have lost a server together don't come back together. Waits are counted from the beginning of an attempt, so one that
/// took long is followed by the next one sooner. The numbers are those of gRPC's [connection-backoff.md] unless said
/// otherwise.
///
/// ```
/// # use std::time::Duration;
/// # use traitwire::{Backoff, Channel};
/// let eager = Backoff::new().initial(Duration::from_millis(100)).max(Duration::from_secs(10));
/// let channel = Channel::builder().backoff(eager);
/// ```
///
/// [connection-backoff.md]: https://github.com/grpc/grpc/blob/master/doc/connection-backoff.md
#[derive(Clone, Debug, PartialEq)]
pub struct Backoff {
    initial: Duration,
    multiplier: f64,
    jitter: f64,
    max: Duration,
}

impl Backoff {
    /// gRPC's numbers: 1 second, 1.6 times as long each time, 120 seconds at most, a fifth more or less.
    pub fn new() -> Self {
        Self {
            initial: Duration::from_secs(1),
            multiplier: 1.6,
            jitter: 0.2,
            max: Duration::from_secs(120),
        }
    }

    /// From the first attempt to the second: `INITIAL_BACKOFF`, 1 second unless said otherwise, at least a millisecond.
    #[must_use]
    pub fn initial(mut self, wait: Duration) -> Self {
        self.initial = wait;
        self
    }

    /// How much longer each wait is than the one before: `MULTIPLIER`, 1.6 unless said otherwise, at least 1.
    #[must_use]
    pub fn multiplier(mut self, factor: f64) -> Self {
        self.multiplier = factor;
        self
    }

    /// What part of a wait may be added or left out by chance, but for the first one: `JITTER`, 0.2 unless said otherwise,
    /// from 0 to 1.
    #[must_use]
    pub fn jitter(mut self, part: f64) -> Self {
        self.jitter = part;
        self
    }

    /// The longest wait, before chance adds to it: `MAX_BACKOFF`, 120 seconds unless said otherwise.
    #[must_use]
    pub fn max(mut self, wait: Duration) -> Self {
        self.max = wait;
        self
    }

    /// The wait after this one.
    fn after(&self, wait: Option<Duration>) -> Duration {
        let next = match wait {
            None => self.initial,
            Some(wait) => {
                // What is no number is no longer than before.
                let factor = self.multiplier.max(1.0);
                Duration::try_from_secs_f64(wait.as_secs_f64() * factor).unwrap_or(self.max)
            }
        };
        next.min(self.max).max(MIN_WAIT)
    }

    /// A wait of which a part is left to chance.
    fn spread(&self, wait: Duration, chance: f64) -> Duration {
        let part = self.jitter.clamp(0.0, 1.0) * (2.0 * chance - 1.0);
        Duration::try_from_secs_f64(wait.as_secs_f64() * (1.0 + part)).unwrap_or(wait)
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new()
    }
}

/// The attempts to connect since there was a connection.
#[derive(Debug)]
pub(super) struct Attempts {
    backoff: Backoff,
    timeout: Duration,
    /// The last wait, before chance had its part.
    wait: Option<Duration>,
}

/// An attempt to connect.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    /// When it has taken too long.
    pub(super) give_up_at: Instant,
    /// When the next one begins, if it fails.
    pub(super) next_at: Instant,
}

impl Attempts {
    /// An attempt may take this long, `MIN_CONNECT_TIMEOUT`, and at any rate until the next one is due.
    pub(super) fn new(backoff: Backoff, timeout: Duration) -> Self {
        Self {
            backoff,
            timeout,
            wait: None,
        }
    }

    /// Begins an attempt; `chance` is from 0 to 1.
    pub(super) fn begin(&mut self, now: Instant, chance: f64) -> Attempt {
        let wait = self.backoff.after(self.wait);
        let spread = match self.wait {
            None => wait,
            Some(_) => self.backoff.spread(wait, chance),
        };
        self.wait = Some(wait);
        let next_at = later(now, spread);
        Attempt {
            give_up_at: later(now, self.timeout).max(next_at),
            next_at,
        }
    }

    /// The next attempt is the first one again.
    pub(super) fn reset(&mut self) {
        self.wait = None;
    }
}

/// So long after `now`; with a time that no clock can say, far away.
fn later(now: Instant, time: Duration) -> Instant {
    now.checked_add(time).unwrap_or_else(|| now + FAR)
}

/// Enough that attempts which fail at once don't keep a processor busy.
const MIN_WAIT: Duration = Duration::from_millis(1);

/// A year.
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use expect_test::{Expect, expect};

    use super::*;

    /// Seconds from an attempt to the next one, and until it is given up, where every attempt fails.
    #[track_caller]
    fn check(backoff: Backoff, timeout: u64, chance: f64, expect: Expect) {
        let mut attempts = Attempts::new(backoff, Duration::from_secs(timeout));
        let now = Instant::now();
        let mut text = String::new();
        for _ in 0..14 {
            let attempt = attempts.begin(now, chance);
            let seconds = |at: Instant| (at - now).as_secs_f64();
            let (next, give_up) = (seconds(attempt.next_at), seconds(attempt.give_up_at));
            write!(text, "{next:.2}/{give_up:.0} ").unwrap();
        }
        expect.assert_eq(text.trim_end());
    }

    #[test]
    fn waits_are_those_of_the_specification() {
        check(
            Backoff::new(),
            20,
            0.5,
            expect![
                "1.00/20 1.60/20 2.56/20 4.10/20 6.55/20 10.49/20 16.78/20 26.84/27 42.95/43 68.72/69 109.95/110 120.00/120 120.00/120 120.00/120"
            ],
        );
    }

    #[test]
    fn chance_moves_all_but_the_first_by_a_fifth() {
        check(
            Backoff::new(),
            20,
            0.0,
            expect![
                "1.00/20 1.28/20 2.05/20 3.28/20 5.24/20 8.39/20 13.42/20 21.47/21 34.36/34 54.98/55 87.96/88 96.00/96 96.00/96 96.00/96"
            ],
        );
        check(
            Backoff::new(),
            20,
            1.0,
            expect![
                "1.00/20 1.92/20 3.07/20 4.92/20 7.86/20 12.58/20 20.13/20 32.21/32 51.54/52 82.46/82 131.94/132 144.00/144 144.00/144 144.00/144"
            ],
        );
    }

    #[test]
    fn nonsense_is_brought_to_reason() {
        let nonsense = Backoff::new()
            .initial(Duration::ZERO)
            .multiplier(f64::NAN)
            .jitter(f64::NAN);
        check(
            nonsense,
            0,
            0.5,
            expect![
                "0.00/0 0.00/0 0.00/0 0.00/0 0.00/0 0.00/0 0.00/0 0.00/0 0.00/0 0.00/0 0.00/0 0.00/0 0.00/0 0.00/0"
            ],
        );
        let mut attempts = Attempts::new(
            Backoff::new()
                .initial(Duration::MAX)
                .max(Duration::MAX)
                .multiplier(f64::INFINITY),
            Duration::MAX,
        );
        let now = Instant::now();
        for _ in 0..3 {
            assert_eq!(attempts.begin(now, 1.0).next_at, now + FAR);
        }
    }

    #[test]
    fn after_a_connection_the_first_wait_comes_again() {
        let mut attempts = Attempts::new(Backoff::new(), Duration::ZERO);
        let now = Instant::now();
        let wait = |attempts: &mut Attempts| attempts.begin(now, 0.5).next_at - now;
        assert_eq!(wait(&mut attempts), Duration::from_secs(1));
        assert_eq!(wait(&mut attempts), Duration::from_millis(1600));
        attempts.reset();
        assert_eq!(wait(&mut attempts), Duration::from_secs(1));
    }
}
