//! The dynamic table (RFC 7541, 2.3.2), as both directions of a connection have one.

/// The fields that were inserted last, each with an `extra` of the direction's own.
///
/// What is evicted is cut off only once in a while, from both lists at once, so that entries need
/// no place to wrap around at.
pub(super) struct Table<T> {
    /// Names and values one after the other.
    bytes: Vec<u8>,
    /// The oldest first.
    entries: Vec<Entry<T>>,
    /// How many at the start of `entries` are evicted.
    evicted: usize,
    /// How many there have been, modulo 2^32.
    inserted: u32,
    size: usize,
    max_size: usize,
    generation: u64,
}

/// A field of the dynamic table.
pub(super) struct Entry<T> {
    /// Of the name, in `bytes`; the value follows.
    start: usize,
    name_len: u32,
    value_len: u32,
    pub(super) extra: T,
}

impl<T> Entry<T> {
    /// The size as the RFC counts it (RFC 7541, 4.1).
    #[inline]
    pub(super) fn size(&self) -> usize {
        entry_size(self.name_len as usize, self.value_len as usize)
    }
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
            entries: Vec::new(),
            evicted: 0,
            inserted: 0,
            size: 0,
            max_size,
            generation: 0,
        }
    }

    /// An entry; 0 is the newest.
    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<&Entry<T>> {
        // Too large an index wraps around, to what is more than there are.
        let at = self.entries.len().wrapping_sub(index).wrapping_sub(1);
        if at >= self.evicted {
            self.entries.get(at)
        } else {
            None
        }
    }

    // An entry's bytes are always there. That nothing checks for it lets the compiler leave out the
    // look-up of what isn't used.

    #[inline]
    pub(super) fn name(&self, entry: &Entry<T>) -> &[u8] {
        self.slice(entry.start, entry.name_len)
    }

    #[inline]
    pub(super) fn value(&self, entry: &Entry<T>) -> &[u8] {
        self.slice(entry.start + entry.name_len as usize, entry.value_len)
    }

    #[inline]
    fn slice(&self, start: usize, len: u32) -> &[u8] {
        self.bytes
            .get(start..)
            .and_then(|rest| rest.get(..len as usize))
            .unwrap_or_default()
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
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.entries.len() - self.evicted
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
        if max_size == 0 {
            (self.bytes, self.entries, self.evicted) = (Vec::new(), Vec::new(), 0);
        }
    }

    /// Inserts an entry and evicts older ones for it. One that is larger than the table only evicts,
    /// and is not there afterwards.
    pub(super) fn insert(&mut self, name: NameFrom<'_>, value: &[u8], extra: T) {
        self.generation += 1;
        let name_len = match name {
            NameFrom::Entry(index) => self.get(index).map_or(0, |entry| entry.name_len as usize),
            NameFrom::Bytes(name) => name.len(),
        };
        let size = entry_size(name_len, value.len());
        if size > self.max_size {
            return self.evict(0);
        }
        self.make_room(name_len + value.len());
        let start = self.bytes.len();
        match name {
            NameFrom::Entry(index) => {
                let from = self.get(index).map_or(0, |entry| entry.start);
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
        self.entries.push(Entry {
            start,
            name_len,
            value_len,
            extra,
        });
    }

    /// Evicts until no more than `size` is left.
    fn evict(&mut self, size: usize) {
        while self.size > size
            && let Some(entry) = self.entries.get(self.evicted)
        {
            self.size -= entry.size();
            self.evicted += 1;
        }
    }

    /// Makes sure that `len` bytes and an entry can be added. Cuts off what was evicted instead of
    /// growing, once that is as much as the rest, or there is twice the room that can be needed.
    fn make_room(&mut self, len: usize) {
        let bytes_fit = self.bytes.capacity() - self.bytes.len() >= len;
        if bytes_fit && self.entries.len() < self.entries.capacity() {
            return;
        }
        let evicted_bytes = match self.entries.get(self.evicted) {
            Some(entry) => entry.start,
            None => self.bytes.len(),
        };
        if evicted_bytes >= self.bytes.len() / 2
            || self.evicted >= self.entries.len() / 2
            || self.bytes.capacity() / 2 >= self.max_size
            || self.entries.capacity() / 2 >= self.max_size / entry_size(0, 0)
        {
            self.bytes.drain(..evicted_bytes);
            self.entries.drain(..self.evicted);
            self.evicted = 0;
            for entry in &mut self.entries {
                entry.start -= evicted_bytes;
            }
        }
    }
}

/// The size of an entry as the RFC counts it (RFC 7541, 4.1).
///
/// No two strings in memory are long enough for an overflow.
#[inline]
pub(super) const fn entry_size(name_len: usize, value_len: usize) -> usize {
    name_len + value_len + 32
}

/// The size of the table that a connection starts with (RFC 9113, 6.5.2).
pub(super) const DEFAULT_MAX_SIZE: usize = 4096;

/// What a setting of 32 bits can ask for.
pub(super) const LARGEST_MAX_SIZE: usize = u32::MAX as usize;

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    /// What happens to a table.
    #[derive(Clone, Debug)]
    enum Event {
        Insert {
            name_len: usize,
            value_len: usize,
        },
        /// With the name of an entry, if there is one with this index.
        InsertNamed {
            index: usize,
            value_len: usize,
        },
        SetMaxSize(usize),
    }

    fn event() -> impl Strategy<Value = Event> {
        let len = || prop_oneof![4 => 0..40usize, 1 => 0..1200usize];
        prop_oneof![
            10 => (len(), len()).prop_map(|(name_len, value_len)| Event::Insert { name_len, value_len }),
            10 => (0..9usize, len()).prop_map(|(index, value_len)| Event::InsertNamed { index, value_len }),
            1 => (0..2000usize).prop_map(Event::SetMaxSize),
        ]
    }

    /// A table does what a list of entries does, the newest first.
    fn check(events: &[Event]) {
        let mut table = Table::new(1000);
        let mut model = VecDeque::new();
        for (number, event) in events.iter().enumerate() {
            let byte = number as u8;
            let generation = table.generation();
            match *event {
                Event::Insert {
                    name_len,
                    value_len,
                } => {
                    let (name, value) = (vec![byte; name_len], vec![!byte; value_len]);
                    table.insert(NameFrom::Bytes(&name), &value, number);
                    model.push_front((name, value, number));
                }
                Event::InsertNamed { index, value_len } => {
                    let Some((name, ..)) = model.get(index).cloned() else {
                        continue;
                    };
                    let value = vec![!byte; value_len];
                    table.insert(NameFrom::Entry(index), &value, number);
                    model.push_front((name, value, number));
                }
                Event::SetMaxSize(max_size) => table.set_max_size(max_size),
            }
            let size =
                |(name, value, _): &(Vec<u8>, Vec<u8>, usize)| entry_size(name.len(), value.len());
            while model.iter().map(size).sum::<usize>() > table.max_size() {
                model.pop_back();
            }
            assert_eq!(table.len(), model.len());
            assert_eq!(table.size(), model.iter().map(size).sum());
            assert!(table.get(model.len()).is_none() && table.get(usize::MAX).is_none());
            for (index, (name, value, extra)) in model.iter().enumerate() {
                let entry = table.get(index).expect("the model has it");
                assert_eq!(
                    (table.name(entry), table.value(entry)),
                    (&name[..], &value[..])
                );
                assert_eq!(
                    (entry.extra, entry.size()),
                    (*extra, entry_size(name.len(), value.len()))
                );
            }
            if !matches!(event, Event::SetMaxSize(_)) {
                assert!(table.generation() > generation);
            }
            // The largest table here has 2,000 bytes, and 62 entries.
            assert!(
                table.bytes.capacity() <= 4 * 2000,
                "{}",
                table.bytes.capacity()
            );
            assert!(
                table.entries.capacity() <= 4 * 62,
                "{}",
                table.entries.capacity()
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, ..Default::default() })]

        #[test]
        fn a_table_is_a_list_that_forgets(events in prop::collection::vec(event(), 0..300)) {
            check(&events);
        }
    }

    #[test]
    fn entries_have_numbers() {
        let mut table = Table::new(100);
        for _ in 0..5 {
            let number = table.next_number();
            table.insert(NameFrom::Bytes(b"name"), b"", ());
            assert_eq!(table.index_of(number), 0);
            assert_eq!(table.index_of(number.wrapping_sub(1)), 1);
            assert!(table.index_of(table.next_number()) >= table.len());
        }
    }
}
