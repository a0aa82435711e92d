//! From fields to blocks.

use std::fmt;

use super::static_table::{self, STATIC_TABLE};
use super::table::{self, NameFrom, Table};
use super::{huffman, integer};

/// Encodes the header blocks of one direction of a connection.
pub struct Encoder {
    table: Table<()>,
    /// What we are willing to use.
    max_table_size: usize,
    /// What the peer has to be told of the table's size.
    update: SizeUpdate,
}

/// How a field that is in no table is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indexing {
    /// Into the dynamic table, so that it takes a byte the next time. Not if it is long, or if its
    /// name is there with another value, unless the same value has been sent not long ago: what
    /// changes with every call would only push others out.
    Auto,
    /// Not into the table.
    Without,
    /// Not into the table, nor into that of whoever passes it on: for secrets, which could be
    /// guessed from the length of a block otherwise (RFC 7541, 7.1.3).
    Never,
}

impl Encoder {
    /// An encoder for a connection that has just started. `max_table_size` is what we are willing to
    /// use, of what the peer allows.
    pub fn new(max_table_size: usize) -> Self {
        let mut encoder = Self {
            table: Table::new(table::DEFAULT_MAX_SIZE),
            max_table_size: max_table_size.min(table::LARGEST_MAX_SIZE),
            update: SizeUpdate::None,
        };
        encoder.set_peer_max_table_size(table::DEFAULT_MAX_SIZE);
        encoder
    }

    /// Follows the peer's `SETTINGS_HEADER_TABLE_SIZE`: 4,096 until it sends another. The next block
    /// will say so.
    pub fn set_peer_max_table_size(&mut self, size: usize) {
        let size = size.min(self.max_table_size);
        if size == self.table.max_size() {
            return;
        }
        self.table.set_max_size(size);
        self.update = match self.update {
            SizeUpdate::None => SizeUpdate::Due { smallest: size },
            SizeUpdate::Due { smallest } => SizeUpdate::Due {
                smallest: smallest.min(size),
            },
        };
    }

    /// Has to be called before the fields of each block: writes what they rely on.
    #[inline]
    pub fn start_block(&mut self, out: &mut Vec<u8>) {
        if let SizeUpdate::Due { smallest } = self.update {
            let size = self.table.max_size();
            if smallest < size {
                integer::encode(0x20, 5, smallest, out);
            }
            integer::encode(0x20, 5, size, out);
            self.update = SizeUpdate::None;
            // The block isn't one to be sent again.
            self.table.touch();
        }
    }

    /// Appends a field to the block.
    pub fn field(&mut self, out: &mut Vec<u8>, name: &[u8], value: &[u8], indexing: Indexing) {
        let mut name_index = 0;
        let mut in_table = false;
        let statics = STATIC_TABLE
            .iter()
            .enumerate()
            .map(|(at, f)| (at + 1, f.name, f.value));
        let dynamics = (0..self.table.len()).filter_map(|at| {
            let (name, value, ()) = self.table.get(at)?;
            Some((at + 1 + static_table::LEN, name, value))
        });
        for (index, known_name, known_value) in statics.chain(dynamics) {
            if known_name != name {
                continue;
            }
            if known_value == value && indexing != Indexing::Never {
                return integer::encode(0x80, 7, index, out);
            }
            in_table |= index > static_table::LEN;
            if name_index == 0 {
                name_index = index;
            }
        }
        let fits = table::entry_size(name.len(), value.len()) <= self.table.max_size() / 4;
        let insert = indexing == Indexing::Auto && fits && !in_table;
        match indexing {
            _ if insert => integer::encode(0x40, 6, name_index, out),
            Indexing::Never => integer::encode(0x10, 4, name_index, out),
            Indexing::Auto | Indexing::Without => integer::encode(0, 4, name_index, out),
        }
        if name_index == 0 {
            string(name, out);
        }
        string(value, out);
        if insert {
            self.table.insert(NameFrom::Bytes(name), value, ());
        }
    }

    /// Grows whenever the dynamic table changes: a block that was encoded without a change of it may
    /// be sent again as long as this stays.
    pub fn generation(&self) -> u64 {
        self.table.generation()
    }

    /// The size of all entries of the dynamic table, as RFC 7541 counts it.
    pub fn table_size(&self) -> usize {
        self.table.size()
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder")
            .field("entries", &self.table.len())
            .field("table_size", &self.table.size())
            .field("max_table_size", &self.table.max_size())
            .finish_non_exhaustive()
    }
}

/// What the peer has to be told of the table's size before the next field (RFC 7541, 4.2).
enum SizeUpdate {
    None,
    /// The smallest that it had since the last block, and its size now.
    Due {
        smallest: usize,
    },
}

fn string(text: &[u8], out: &mut Vec<u8>) {
    let len = huffman::encoded_len(text);
    if len < text.len() {
        integer::encode(0x80, 7, len, out);
        huffman::encode(text, out);
    } else {
        integer::encode(0, 7, text.len(), out);
        out.extend_from_slice(text);
    }
}
