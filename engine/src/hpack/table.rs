//! The dynamic table (RFC 7541, 2.3.2), as both directions of a connection have one.

use std::collections::VecDeque;

/// The fields that were inserted last, each with an `extra` of the direction's own.
pub(super) struct Table<T> {
    /// Names and values one after the other. The oldest entry's needn't come first: evicted ones are
    /// cut off only once in a while.
    bytes: Vec<u8>,
    /// Where `bytes` starts, counted in all bytes that ever came in.
    base: usize,
    /// The oldest first.
    entries: VecDeque<Entry<T>>,
    /// How many there have been, modulo 2^32.
    inserted: u32,
    size: usize,
    max_size: usize,
    generation: u64,
}

struct Entry<T> {
    /// Counted as `base` is.
    start: usize,
    name_len: u32,
    value_len: u32,
    extra: T,
}

/// Where the name of a new entry comes from.
#[derive(Clone, Copy)]
pub(super) enum NameFrom<'a> {
    /// The entry with this index, which may be evicted to make room (RFC 7541, 4.4).
    Entry(usize),
    Bytes(&'a [u8]),
}

impl<T: Copy> Table<T> {
    pub(super) fn new(max_size: usize) -> Self {
        Self {
            bytes: Vec::new(),
            base: 0,
            entries: VecDeque::new(),
            inserted: 0,
            size: 0,
            max_size,
            generation: 0,
        }
    }

    /// The name, the value and the extra of an entry; 0 is the newest.
    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<(&[u8], &[u8], T)> {
        let entry = self
            .entries
            .get(self.entries.len().checked_sub(index + 1)?)?;
        let start = entry.start.wrapping_sub(self.base);
        let (name_len, value_len) = (entry.name_len as usize, entry.value_len as usize);
        let (name, rest) = self.bytes.get(start..)?.split_at_checked(name_len)?;
        Some((name, rest.get(..value_len)?, entry.extra))
    }

    /// The number that the next entry will have.
    #[inline]
    pub(super) fn next_number(&self) -> u32 {
        self.inserted
    }

    /// The index of the entry with this number, which is no longer there if it is `len` or more.
    #[inline]
    pub(super) fn index_of(&self, number: u32) -> usize {
        self.inserted.wrapping_sub(number).wrapping_sub(1) as usize
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The sum of the sizes of all entries.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn max_size(&self) -> usize {
        self.max_size
    }

    /// Grows with every change.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// Counts a change that isn't one of the entries.
    pub(super) fn touch(&mut self) {
        self.generation += 1;
    }

    /// Evicts what no longer fits.
    pub(super) fn set_max_size(&mut self, max_size: usize) {
        if self.max_size != max_size {
            self.max_size = max_size;
            self.generation += 1;
            self.evict(max_size);
        }
    }

    /// Inserts an entry and evicts older ones for it. One that is larger than the table only evicts,
    /// and is not there afterwards.
    pub(super) fn insert(&mut self, name: NameFrom<'_>, value: &[u8], extra: T) {
        self.generation += 1;
        let name_len = match name {
            NameFrom::Entry(index) => self.get(index).map_or(0, |(name, ..)| name.len()),
            NameFrom::Bytes(name) => name.len(),
        };
        let size = entry_size(name_len, value.len());
        if size > self.max_size {
            return self.evict(0);
        }
        self.make_room(name_len + value.len());
        let start = self.base.wrapping_add(self.bytes.len());
        match name {
            NameFrom::Entry(index) => {
                let entry = &self.entries[self.entries.len() - 1 - index];
                let from = entry.start.wrapping_sub(self.base);
                self.bytes.extend_from_within(from..from + name_len);
            }
            NameFrom::Bytes(name) => self.bytes.extend_from_slice(name),
        }
        self.bytes.extend_from_slice(value);
        self.evict(self.max_size - size);
        self.size += size;
        // The lengths fit: they are smaller than the table, which a setting of 32 bits limits.
        let (name_len, value_len) = (name_len as u32, value.len() as u32);
        self.inserted = self.inserted.wrapping_add(1);
        self.entries.push_back(Entry {
            start,
            name_len,
            value_len,
            extra,
        });
    }

    /// Evicts until no more than `size` is left.
    fn evict(&mut self, size: usize) {
        while self.size > size {
            let Some(entry) = self.entries.pop_front() else {
                break;
            };
            self.size -= entry_size(entry.name_len as usize, entry.value_len as usize);
        }
    }

    /// Cuts off what was evicted, once that is half of the bytes and they would have to grow.
    fn make_room(&mut self, len: usize) {
        if self.bytes.capacity() - self.bytes.len() >= len {
            return;
        }
        let evicted = match self.entries.front() {
            Some(entry) => entry.start.wrapping_sub(self.base),
            None => self.bytes.len(),
        };
        if evicted >= self.bytes.len() / 2 {
            self.bytes.drain(..evicted);
            self.base = self.base.wrapping_add(evicted);
        }
    }
}

/// The size of an entry as the RFC counts it (RFC 7541, 4.1).
pub(super) const fn entry_size(name_len: usize, value_len: usize) -> usize {
    name_len.saturating_add(value_len).saturating_add(32)
}

/// The size of the table that a connection starts with (RFC 9113, 6.5.2).
pub(super) const DEFAULT_MAX_SIZE: usize = 4096;

/// What a setting of 32 bits can ask for.
pub(super) const LARGEST_MAX_SIZE: usize = u32::MAX as usize;
