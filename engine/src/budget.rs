//! How much of nothing a peer may make us do.

use std::time::{Duration, Instant};

/// Room for things that cost and lead nowhere. They use it up; time, and things that lead somewhere, give it back.
#[derive(Debug)]
pub(crate) struct Budget {
    room: u32,
    max: u32,
    /// How long it takes until there is room for one more.
    refill: Duration,
    since: Option<Instant>,
}

impl Budget {
    pub(crate) fn new(max: u32, refill: Duration) -> Self {
        Self {
            room: max,
            max,
            refill,
            since: None,
        }
    }

    /// Whether there is room for one more.
    #[must_use]
    pub(crate) fn spend(&mut self) -> bool {
        match self.room.checked_sub(1) {
            Some(room) => {
                self.room = room;
                true
            }
            None => false,
        }
    }

    /// Makes room again.
    pub(crate) fn earn(&mut self, amount: u32) {
        self.room = self.room.saturating_add(amount).min(self.max);
    }

    /// Makes the room that time gives.
    pub(crate) fn pass_time(&mut self, now: Instant) {
        if self.room == self.max {
            self.since = None;
            return;
        }
        let Some(since) = self.since else {
            self.since = Some(now);
            return;
        };
        let passed = now.saturating_duration_since(since);
        if passed >= self.refill {
            let amount = passed.as_nanos() / self.refill.as_nanos().max(1);
            self.earn(u32::try_from(amount).unwrap_or(u32::MAX));
            self.since = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_comes_back_with_time_and_with_work() {
        let start = Instant::now();
        let mut budget = Budget::new(3, Duration::from_millis(10));
        assert!(budget.spend() && budget.spend() && budget.spend() && !budget.spend());
        budget.earn(1);
        assert!(budget.spend() && !budget.spend());
        budget.pass_time(start);
        budget.pass_time(start + Duration::from_millis(9));
        assert!(!budget.spend());
        budget.pass_time(start + Duration::from_millis(25));
        assert!(budget.spend() && budget.spend() && !budget.spend());
        budget.earn(u32::MAX);
        assert_eq!(budget.room, 3);
    }
}
