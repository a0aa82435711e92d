//! How much is on its way to us at a time: the product of bandwidth and delay.

use std::time::Instant;

/// Measures what arrives while a ping travels, and makes windows as large as that asks for: a window that is smaller
/// stops its sender, and one that is larger would only hold more.
#[derive(Debug)]
pub(crate) struct Estimate {
    window: u32,
    max: u32,
    /// The ping that is on its way.
    probe: Option<Probe>,
    /// The most that was seen, in bytes per second.
    bandwidth: f64,
    /// Occasions to measure that go by unused, after the last time led nowhere.
    pause: u32,
    next_pause: u32,
}

#[derive(Debug)]
struct Probe {
    since: Instant,
    received: u64,
}

impl Estimate {
    pub(crate) fn new(window: u32, max: u32) -> Self {
        Self {
            window,
            max,
            probe: None,
            bandwidth: 0.0,
            pause: 0,
            next_pause: 1,
        }
    }

    /// What may be on its way on a stream.
    pub(crate) fn window(&self) -> u32 {
        self.window
    }

    /// A window is half used up; `true` if that is to be followed by a ping.
    #[must_use]
    pub(crate) fn start(&mut self, now: Instant) -> bool {
        if self.probe.is_some() || self.window >= self.max {
            return false;
        }
        if let Some(pause) = self.pause.checked_sub(1) {
            self.pause = pause;
            return false;
        }
        self.probe = Some(Probe {
            since: now,
            received: 0,
        });
        true
    }

    /// So many bytes came.
    pub(crate) fn received(&mut self, len: usize) {
        if let Some(probe) = &mut self.probe {
            probe.received += len as u64;
        }
    }

    /// The ping came back; `false` if there was none.
    #[must_use]
    pub(crate) fn finish(&mut self, now: Instant) -> bool {
        let Some(Probe { since, received }) = self.probe.take() else {
            return false;
        };
        let time = now.saturating_duration_since(since).max(SHORTEST);
        let bandwidth = received as f64 / time.as_secs_f64();
        // As much as the window lets through, and no slower than before: more in flight may be still faster. What only
        // waits on its way comes later, not faster.
        let full = received * 3 >= u64::from(self.window) * 2;
        if full && bandwidth > self.bandwidth {
            self.bandwidth = bandwidth;
            self.window = u32::try_from(received * 2)
                .unwrap_or(u32::MAX)
                .clamp(self.window, self.max);
            (self.pause, self.next_pause) = (0, 1);
        } else {
            self.pause = self.next_pause;
            self.next_pause = (self.next_pause * 2).min(LONGEST_PAUSE);
        }
        true
    }
}

/// What no way there and back falls below.
const SHORTEST: std::time::Duration = std::time::Duration::from_micros(1);

/// Half windows between two measurements, at most.
const LONGEST_PAUSE: u32 = 128;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const KIB: usize = 1024;

    /// The window after measurements of these bytes and milliseconds; a dot for an occasion that is not used.
    fn windows(max: usize, measured: &[(usize, u64)]) -> String {
        let mut now = Instant::now();
        let mut estimate = Estimate::new(64 * KIB as u32, (max * KIB) as u32);
        let mut windows = Vec::new();
        for (kib, milliseconds) in measured {
            if !estimate.start(now) {
                windows.push(".".to_owned());
                continue;
            }
            assert!(!estimate.start(now), "one at a time");
            estimate.received(kib * KIB);
            now += Duration::from_millis(*milliseconds);
            assert!(estimate.finish(now));
            windows.push((estimate.window() / KIB as u32).to_string());
        }
        windows.join(" ")
    }

    #[test]
    fn a_full_window_grows_as_long_as_that_makes_it_faster() {
        // A way of 100 ms and 4 MiB/s.
        let way = [(64, 100), (128, 100), (256, 100), (400, 100), (400, 100)];
        assert_eq!(windows(16 * KIB, &way), "128 256 512 800 800");
        // What is in flight waits before the narrow place.
        let queue = [(64, 100), (128, 200), (128, 200), (128, 200), (128, 200)];
        assert_eq!(windows(16 * KIB, &queue), "128 128 . 128 .");
    }

    #[test]
    fn a_window_that_is_large_enough_stays() {
        let half = [(32, 1), (42, 1), (42, 1), (42, 1), (42, 1), (42, 1)];
        assert_eq!(windows(16 * KIB, &half), "64 . 64 . . 64");
    }

    #[test]
    fn a_window_has_a_limit_after_which_nothing_is_measured() {
        let fast = [(64, 1), (200, 1), (400, 1)];
        assert_eq!(windows(200, &fast), "128 200 .");
    }

    #[test]
    fn an_answer_to_no_ping_is_none() {
        assert!(!Estimate::new(1, 2).finish(Instant::now()));
    }
}
