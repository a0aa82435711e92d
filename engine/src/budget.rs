//! How much of nothing a peer may make us do.

/// Room for things that cost and lead nowhere. They use it up; time, and things that lead somewhere, give it back.
#[derive(Debug)]
pub(crate) struct Budget {
    room: u32,
    max: u32,
    /// How many milliseconds it takes until there is room for one more.
    refill: u32,
    /// The millisecond up to which room was made.
    since: u32,
}

impl Budget {
    pub(crate) fn new(max: u32, refill: u32) -> Self {
        Self {
            room: max,
            max,
            refill,
            since: 0,
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

    /// Makes the room that time gives. `now` are milliseconds, which may wrap.
    pub(crate) fn pass_time(&mut self, now: u32) {
        let passed = now.wrapping_sub(self.since);
        if self.room == self.max {
            self.since = now;
        } else if passed >= self.refill {
            self.earn(passed / self.refill);
            self.since = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_comes_back_with_time_and_with_work() {
        let start = u32::MAX - 5;
        let mut budget = Budget::new(3, 10);
        budget.pass_time(start);
        assert!(budget.spend() && budget.spend() && budget.spend() && !budget.spend());
        budget.earn(1);
        assert!(budget.spend() && !budget.spend());
        budget.pass_time(start.wrapping_add(9));
        assert!(!budget.spend());
        budget.pass_time(start.wrapping_add(25));
        assert!(budget.spend() && budget.spend() && !budget.spend());
        budget.earn(u32::MAX);
        assert_eq!(budget.room, 3);
    }
}
