//! What both sides say of each call.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// An entry for each call, of the last ones that were made: a long soak takes no more memory than a short one.
pub(super) struct Ledger {
    entries: Box<[AtomicU64]>,
    next: AtomicU64,
    faults: Mutex<Vec<String>>,
}

/// What the client is told of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// It succeeded.
    Succeeded = 1,
    /// No server has seen it.
    NotSent = 2,
    /// Neither.
    Neither = 3,
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self {
            entries: (0..ENTRIES).map(|_| AtomicU64::new(Entry::NONE)).collect(),
            next: AtomicU64::new(1),
            faults: Mutex::default(),
        }
    }

    /// A number for a new call.
    pub(super) fn open(&self) -> u64 {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let old = self.entry(id).swap(Entry::of(id).0, Ordering::AcqRel);
        if let Some(before) = id.checked_sub(ENTRIES).filter(|before| *before > 0) {
            self.judge(before, Entry(old));
        }
        id
    }

    /// The server begins a call.
    pub(super) fn begin(&self, id: u64) {
        self.change(id, Entry::BEGUN);
    }

    /// The server has finished it.
    pub(super) fn finish(&self, id: u64) {
        self.change(id, Entry::FINISHED);
    }

    /// The client is told of its end.
    pub(super) fn told(&self, id: u64, told: Told) {
        let entry = Entry(self.entry(id).load(Ordering::Acquire));
        if told == Told::Succeeded && entry.finished() == 0 {
            self.fault(format!("call {id} succeeded before it was finished"));
        }
        self.change(id, Entry::told(told));
    }

    /// Compares what both sides have said of those calls that weren't compared yet.
    pub(super) fn close(&self) -> Vec<String> {
        let next = self.next.load(Ordering::Acquire);
        for id in next.saturating_sub(ENTRIES).max(1)..next {
            self.judge(id, Entry(self.entry(id).load(Ordering::Acquire)));
        }
        std::mem::take(&mut *self.faults.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn judge(&self, id: u64, entry: Entry) {
        let (begun, finished) = (entry.begun(), entry.finished());
        let fine = match entry.what_was_told() {
            1 => begun == 1 && finished == 1,
            2 => begun == 0 && finished == 0,
            3 => begun <= 1 && finished <= begun,
            _ => false,
        };
        if !fine {
            let told = match entry.what_was_told() {
                1 => "succeeded",
                2 => "was never sent",
                3 => "failed",
                _ => "has no end",
            };
            self.fault(format!(
                "call {id} {told}, as the client sees it; the server began it {begun} times, and finished it {finished} times"
            ));
        }
    }

    fn change(&self, id: u64, by: u64) {
        let changed = self
            .entry(id)
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |entry| {
                (Entry(entry).round() == Entry::of(id).round()).then(|| entry + by)
            });
        if changed.is_err() {
            self.fault(format!("call {id} goes on though it was forgotten"));
        }
    }

    fn entry(&self, id: u64) -> &AtomicU64 {
        // The remainder fits.
        &self.entries[(id % ENTRIES) as usize]
    }

    fn fault(&self, fault: String) {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        if faults.len() < MAX_FAULTS {
            faults.push(fault);
        }
    }
}

/// Which round of the ledger it is in the upper half; below, in a byte each, how often it was begun and finished, and what
/// the client was told.
#[derive(Clone, Copy)]
struct Entry(u64);

impl Entry {
    /// No call. Zeros would be memory that the system gives only when it is used, and the process would seem to grow.
    const NONE: u64 = u64::MAX;
    const BEGUN: u64 = 1;
    const FINISHED: u64 = 1 << 8;

    fn of(id: u64) -> Self {
        Self((id / ENTRIES) << 32)
    }

    fn told(told: Told) -> u64 {
        (told as u64) << 16
    }

    fn round(self) -> u64 {
        self.0 >> 32
    }

    fn begun(self) -> u64 {
        self.0 & 0xff
    }

    fn finished(self) -> u64 {
        (self.0 >> 8) & 0xff
    }

    fn what_was_told(self) -> u64 {
        (self.0 >> 16) & 0xff
    }
}

/// Calls that are remembered: those of a minute or more.
const ENTRIES: u64 = 1 << 21;

/// Who sees as many need not see more.
const MAX_FAULTS: usize = 20;

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(story: impl Fn(&Ledger, u64), expect: Expect) {
        let ledger = Ledger::new();
        story(&ledger, ledger.open());
        expect.assert_eq(&ledger.close().join("\n"));
    }

    #[test]
    fn what_is_run_once_is_fine() {
        let run = |ledger: &Ledger, id| {
            ledger.begin(id);
            ledger.finish(id);
        };
        check(
            |ledger, id| {
                run(ledger, id);
                ledger.told(id, Told::Succeeded);
            },
            expect![""],
        );
        check(
            |ledger, id| {
                run(ledger, id);
                ledger.told(id, Told::Neither);
            },
            expect![""],
        );
        check(|ledger, id| ledger.told(id, Told::Neither), expect![""]);
        check(|ledger, id| ledger.told(id, Told::NotSent), expect![""]);
    }

    #[test]
    fn what_is_lost_run_twice_or_never_ends_is_not() {
        check(
            |ledger, id| ledger.told(id, Told::Succeeded),
            expect![[r#"
            call 1 succeeded before it was finished
            call 1 succeeded, as the client sees it; the server began it 0 times, and finished it 0 times"#]],
        );
        check(
            |ledger, id| {
                ledger.told(id, Told::Neither);
                ledger.begin(id);
                ledger.begin(id);
            },
            expect![
                "call 1 failed, as the client sees it; the server began it 2 times, and finished it 0 times"
            ],
        );
        check(
            |ledger, id| {
                ledger.begin(id);
                ledger.told(id, Told::NotSent);
            },
            expect![
                "call 1 was never sent, as the client sees it; the server began it 1 times, and finished it 0 times"
            ],
        );
        check(
            |_, _| {},
            expect![
                "call 1 has no end, as the client sees it; the server began it 0 times, and finished it 0 times"
            ],
        );
    }

    #[test]
    fn the_ledger_begins_again_and_forgets_nothing_unseen() {
        let ledger = Ledger::new();
        let lost = ledger.open();
        for _ in 1..=ENTRIES {
            let id = ledger.open();
            ledger.told(id, Told::Neither);
        }
        ledger.begin(lost);
        expect![[r#"
            call 1 has no end, as the client sees it; the server began it 0 times, and finished it 0 times
            call 1 goes on though it was forgotten"#]].assert_eq(&ledger.close().join("\n"));
    }
}
