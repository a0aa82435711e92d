//! Which slot a stream is in.

use std::collections::VecDeque;

/// Open streams by their identifiers, which only grow: looked up by halving, and mostly found at the end.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    /// In order. Streams that were removed leave [`GONE`] as their slot, until they are at the front or too many.
    entries: VecDeque<(u32, u32)>,
    gone: usize,
}

impl Ids {
    /// Adds a stream, whose identifier is above all others.
    pub(crate) fn push(&mut self, id: u32, slot: u32) {
        debug_assert!(self.entries.back().is_none_or(|(last, _)| *last < id));
        self.entries.push_back((id, slot));
    }

    pub(crate) fn get(&self, id: u32) -> Option<u32> {
        // Frames are mostly about the stream that was opened last.
        let slot = match self.entries.back() {
            Some((last, slot)) if *last == id => *slot,
            _ => self.entries[self.position(id)?].1,
        };
        (slot != GONE).then_some(slot)
    }

    pub(crate) fn remove(&mut self, id: u32) {
        let Some(at) = self.position(id) else { return };
        if self.entries[at].1 == GONE {
            return;
        }
        self.entries[at].1 = GONE;
        self.gone += 1;
        while let Some((_, GONE)) = self.entries.front() {
            self.entries.pop_front();
            self.gone -= 1;
        }
        while let Some((_, GONE)) = self.entries.back() {
            self.entries.pop_back();
            self.gone -= 1;
        }
        // A stream that stays open must not keep all that came after it.
        if self.gone > self.entries.len() / 2 + 32 {
            self.entries.retain(|(_, slot)| *slot != GONE);
            self.gone = 0;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len() - self.gone
    }

    /// The slots of all streams, oldest first.
    pub(crate) fn slots(&self) -> impl Iterator<Item = u32> + '_ {
        self.entries
            .iter()
            .map(|(_, slot)| *slot)
            .filter(|slot| *slot != GONE)
    }

    fn position(&self, id: u32) -> Option<usize> {
        // Identifiers mostly come without gaps, and then say where they are.
        let (first, _) = self.entries.front()?;
        let guess = (id.checked_sub(*first)? / 2) as usize;
        if self.entries.get(guess).is_some_and(|(at, _)| *at == id) {
            return Some(guess);
        }
        self.entries.binary_search_by_key(&id, |(id, _)| *id).ok()
    }
}

const GONE: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_removed_is_gone_and_the_rest_is_found() {
        let mut ids = Ids::default();
        for n in 0..200 {
            ids.push(2 * n + 1, n);
        }
        for n in (1..200).filter(|n| n % 3 != 0) {
            ids.remove(2 * n + 1);
            ids.remove(2 * n + 1);
        }
        for n in 0..200 {
            assert_eq!(ids.get(2 * n + 1), (n % 3 == 0).then_some(n));
            assert_eq!(ids.get(2 * n), None);
        }
        assert_eq!(ids.len(), 67);
        assert!(ids.entries.len() < 2 * 67 + 64);
        assert_eq!(ids.slots().count(), 67);
    }

    #[test]
    fn an_old_stream_does_not_keep_the_memory_of_later_ones() {
        let mut ids = Ids::default();
        ids.push(1, 0);
        for n in 1..100_000 {
            ids.push(2 * n + 1, 1);
            ids.push(2 * n + 2, 2);
            ids.remove(2 * n + 1);
            ids.remove(2 * n + 2);
        }
        assert_eq!(ids.get(1), Some(0));
        assert!(ids.entries.len() < 100);
    }
}
