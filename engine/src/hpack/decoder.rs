//! From blocks to fields.

use std::fmt;

use super::memory::{Memory, Recall};
use super::name::{self, NameId, Names};
use super::static_table::{self, STATIC_TABLE, StaticField};
use super::table::{self, Entry, NameFrom, Table};
use super::{huffman, integer};

/// Decodes the header blocks of one direction of a connection.
///
/// It holds at most four times what the dynamic table may, 8 KiB of strings that come often, and, while
/// it decodes, the longest string of the block. Nothing is allocated for a number the peer sends, only
/// for bytes.
pub struct Decoder {
    names: Names,
    table: Table<Known>,
    /// What we allow the peer to make the table.
    max_table_size: usize,
    /// Our limit went below the table's size, to this, and the peer has yet to say that it follows.
    update_due: Option<usize>,
    /// Decoded strings of the field at hand.
    text: Vec<u8>,
    memory: Memory,
}

/// A header field, as it is visited by [`Decoder::decode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// The name as a number.
    pub id: NameId,
    /// The name.
    pub name: &'a [u8],
    /// The value.
    pub value: &'a [u8],
    /// Whether it is a never-indexed literal: who passes it on has to do so as one too
    /// ([`Indexing::Never`](super::Indexing::Never)).
    pub sensitive: bool,
    /// Whether the name is a token in lower case, or a pseudo-header field that is known, and the
    /// value has neither NUL, CR or LF nor a space or tab at an end (RFC 9113, 8.2.1).
    pub well_formed: bool,
}

/// Whether a list of fields was as short as it has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListSize {
    /// All fields were visited.
    Fits,
    /// Fields from some point on were decoded but not visited.
    TooLarge,
}

/// Why a block can't be decoded. Each is a connection error of type `COMPRESSION_ERROR`: the table
/// is no longer what the peer's is, so that no later block can be decoded either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The block ends within a field.
    Truncated,
    /// No table has a field with this index.
    BadIndex(usize),
    /// An integer is larger than any that makes sense here, or longer.
    IntegerOverflow,
    /// A Huffman-encoded string has the code of the symbol that must not be used.
    HuffmanEos,
    /// A Huffman-encoded string ends in something else than at most seven ones.
    HuffmanPadding,
    /// The peer makes the table larger than we allow.
    TableTooLarge {
        /// What the peer asks for.
        size: usize,
        /// What we allow.
        max: usize,
    },
    /// The table's size is changed after the first field.
    LateSizeUpdate,
    /// We made the largest size of the table smaller, and the block after that doesn't say so.
    MissingSizeUpdate,
}

impl Decoder {
    /// A decoder for a connection that has just started, of which we announce that its table may
    /// have `max_table_size` bytes.
    ///
    /// Until the peer says how large its table is, it has the 4,096 bytes that every connection
    /// starts with. For less, call [`set_max_table_size`](Self::set_max_table_size) once the peer
    /// has acknowledged the setting: before that, it may use what it likes.
    ///
    /// `names` are those that [`Field::id`] is to tell apart, at most [`NameId::MAX_CUSTOM`], in
    /// lower case. A name that has a constant in [`NameId`] has that number, so it shouldn't be among them.
    pub fn new(max_table_size: usize, names: &'static [&'static str]) -> Self {
        let names = Names::new(names);
        let max = max_table_size.clamp(table::DEFAULT_MAX_SIZE, table::LARGEST_MAX_SIZE);
        Self {
            names,
            table: Table::new(table::DEFAULT_MAX_SIZE),
            max_table_size: max,
            update_due: None,
            text: Vec::new(),
            memory: Memory::new(),
        }
    }

    /// Changes what the peer may make the table: our `SETTINGS_HEADER_TABLE_SIZE`, from when the
    /// peer has acknowledged it on.
    ///
    /// If the table is larger than that, the next block has to begin with a smaller size.
    pub fn set_max_table_size(&mut self, max: usize) {
        let max = max.min(table::LARGEST_MAX_SIZE);
        if max == self.max_table_size {
            return;
        }
        self.max_table_size = max;
        if max < self.table.max_size() {
            self.update_due = Some(self.update_due.map_or(max, |due| due.min(max)));
        }
        self.table.touch();
    }

    /// Decodes one block and calls `visit` for each of its fields, in order.
    ///
    /// A list whose size, the sum of its names, values and 32 bytes for each, passes `max_list_size`
    /// isn't visited from there on. It is decoded to the end all the same, since the table has to
    /// follow the peer's.
    ///
    /// # Errors
    ///
    /// If the block isn't HPACK. Fields before the mistake have been visited by then, and no further
    /// block can be decoded.
    pub fn decode(
        &mut self,
        block: &[u8],
        max_list_size: usize,
        visit: &mut impl FnMut(Field<'_>),
    ) -> Result<ListSize, DecodeError> {
        let mut input = block;
        if self.update_due.is_some() || block.first().is_some_and(|&first| is_size_update(first)) {
            input = self.size_updates(block)?;
        }
        // 64 bits can't overflow: each byte of the block stands for one entry of the table at most.
        let (mut size, max_list_size) = (0u64, max_list_size as u64);
        let mut visit = |field: Field<'_>, field_size: usize| {
            size += field_size as u64;
            if size <= max_list_size {
                visit(field);
            }
        };
        while let Some((&first, rest)) = input.split_first() {
            if first & 0x80 != 0 {
                let (index, rest) = integer::decode(first, 7, rest)?;
                // A visit for each table: bringing both fields together first takes a tenth more.
                let sensitive = false;
                if let Some(field) = STATIC_TABLE.get(index.wrapping_sub(1)) {
                    let &StaticField { name, value, id } = field;
                    let (size, well_formed) = (table::entry_size(name.len(), value.len()), true);
                    visit(
                        Field {
                            id,
                            name,
                            value,
                            sensitive,
                            well_formed,
                        },
                        size,
                    );
                } else {
                    let entry = self.entry(index).ok_or(DecodeError::BadIndex(index))?;
                    let (name, value) = (self.table.name(entry), self.table.value(entry));
                    let (id, well_formed) = (entry.extra.id, entry.extra.well_formed());
                    visit(
                        Field {
                            id,
                            name,
                            value,
                            sensitive,
                            well_formed,
                        },
                        entry.size(),
                    );
                }
                input = rest;
            } else if !is_size_update(first) {
                input = self.literal(first, rest, &mut visit)?;
            } else {
                return Err(DecodeError::LateSizeUpdate);
            }
        }
        // One long string isn't worth the memory for as long as the connection lasts.
        if self.text.len() > LONGEST_TEXT_KEPT {
            self.text = Vec::new();
        }
        Ok(if size <= max_list_size {
            ListSize::Fits
        } else {
            ListSize::TooLarge
        })
    }

    /// Grows whenever the dynamic table changes, its fields or its size: as long as it stays, a
    /// block that was decoded without a change of it decodes to the same again.
    pub fn generation(&self) -> u64 {
        self.table.generation()
    }

    /// The size of all entries of the dynamic table, as RFC 7541 counts it.
    pub fn table_size(&self) -> usize {
        self.table.size()
    }

    /// Reads the updates of the table's size that `block` starts with.
    #[cold]
    fn size_updates<'a>(&mut self, mut block: &'a [u8]) -> Result<&'a [u8], DecodeError> {
        while let Some((&first, rest)) = block.split_first()
            && is_size_update(first)
        {
            let (size, rest) = integer::decode(first, 5, rest)?;
            if size > self.max_table_size {
                return Err(DecodeError::TableTooLarge {
                    size,
                    max: self.max_table_size,
                });
            }
            if self.update_due.is_some_and(|due| size <= due) {
                self.update_due = None;
            }
            self.table.set_max_size(size);
            block = rest;
        }
        match self.update_due {
            None => Ok(block),
            Some(_) => Err(DecodeError::MissingSizeUpdate),
        }
    }

    /// The entry of the dynamic table that a block calls `index`.
    #[inline]
    fn entry(&self, index: usize) -> Option<&Entry<Known>> {
        self.table.get(index.checked_sub(1 + static_table::LEN)?)
    }

    /// Reads a literal that starts with `first`; gives what follows.
    fn literal<'a>(
        &mut self,
        first: u8,
        input: &'a [u8],
        visit: &mut impl FnMut(Field<'_>, usize),
    ) -> Result<&'a [u8], DecodeError> {
        let indexing = first & 0x40 != 0;
        let (index, mut input) = integer::decode(first, if indexing { 6 } else { 4 }, input)?;
        // A decoded name is the start of `self.text`, a decoded value follows it.
        let (mut raw_name, mut name_len) = (None, 0);
        if index == 0 {
            let (name, rest) = Literal::read(input)?;
            input = rest;
            match name {
                Literal::Raw(name) => raw_name = Some(name),
                Literal::Huffman(name) => name_len = huffman::decode(name, &mut self.text, 0)?.0,
            }
        }
        let (value, input) = Literal::read(input)?;
        let (value, value_ok) = match value {
            Literal::Raw(value) => (value, name::is_clean_value(value)),
            Literal::Huffman(encoded) => {
                // What is inserted comes once.
                let recall = if indexing {
                    Recall::Unknown
                } else {
                    self.memory.recall(encoded)
                };
                if let Recall::Known(string) = recall {
                    self.memory.get(string)
                } else {
                    let (end, clean) = huffman::decode(encoded, &mut self.text, name_len)?;
                    let value = &self.text[name_len..end];
                    if let Recall::Again(at) = recall {
                        self.memory.remember(at, encoded, value, clean);
                    }
                    (value, clean)
                }
            }
        };
        let value_ok = value_ok && name::is_trimmed_value(value);
        let (from, name, id, name_ok) = if index == 0 {
            let name = raw_name.unwrap_or(&self.text[..name_len]);
            let (id, name_ok) = self.names.find(name);
            (NameFrom::Bytes(name), name, id, name_ok)
        } else if let Some(field) = STATIC_TABLE.get(index - 1) {
            (NameFrom::Bytes(field.name), field.name, field.id, true)
        } else {
            let entry = self.entry(index).ok_or(DecodeError::BadIndex(index))?;
            let from = NameFrom::Entry(index - 1 - static_table::LEN);
            (
                from,
                self.table.name(entry),
                entry.extra.id,
                entry.extra.name_ok(),
            )
        };
        let (sensitive, well_formed) = (first & 0xf0 == 0x10, name_ok && value_ok);
        let size = table::entry_size(name.len(), value.len());
        visit(
            Field {
                id,
                name,
                value,
                sensitive,
                well_formed,
            },
            size,
        );
        if indexing {
            self.table
                .insert(from, value, Known::new(id, name_ok, value_ok));
        }
        Ok(input)
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder")
            .field("entries", &self.table.len())
            .field("table_size", &self.table.size())
            .field("max_table_size", &self.max_table_size)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("the header block ends within a field"),
            Self::BadIndex(index) => write!(f, "no header field has the index {index}"),
            Self::IntegerOverflow => f.write_str("an integer of the header block is too large"),
            Self::HuffmanEos => f.write_str("a Huffman-encoded string contains EOS"),
            Self::HuffmanPadding => {
                f.write_str("the padding of a Huffman-encoded string isn't at most seven ones")
            }
            Self::TableTooLarge { size, max } => {
                write!(f, "header table of {size} bytes, the limit is {max}")
            }
            Self::LateSizeUpdate => f.write_str("the header table's size changes within a block"),
            Self::MissingSizeUpdate => {
                f.write_str("the header table's size is still above the new limit")
            }
        }
    }
}

impl std::error::Error for DecodeError {}

/// What is known of an entry of the dynamic table.
#[derive(Clone, Copy)]
struct Known {
    id: NameId,
    /// What of it is well formed.
    well_formed: u8,
}

impl Known {
    const NAME: u8 = 1;
    const VALUE: u8 = 2;

    fn new(id: NameId, name_ok: bool, value_ok: bool) -> Self {
        let name = if name_ok { Self::NAME } else { 0 };
        let value = if value_ok { Self::VALUE } else { 0 };
        Self {
            id,
            well_formed: name | value,
        }
    }

    #[inline]
    fn name_ok(self) -> bool {
        self.well_formed & Self::NAME != 0
    }

    #[inline]
    fn well_formed(self) -> bool {
        self.well_formed == Self::NAME | Self::VALUE
    }
}

fn is_size_update(first: u8) -> bool {
    first & 0xe0 == 0x20
}

/// A string of a literal, as it is in the block.
enum Literal<'a> {
    Raw(&'a [u8]),
    Huffman(&'a [u8]),
}

impl<'a> Literal<'a> {
    /// Also gives what follows in `input`.
    #[inline]
    fn read(input: &'a [u8]) -> Result<(Self, &'a [u8]), DecodeError> {
        let (&first, input) = input.split_first().ok_or(DecodeError::Truncated)?;
        let (len, input) = integer::decode(first, 7, input)?;
        let (string, input) = input.split_at_checked(len).ok_or(DecodeError::Truncated)?;
        let is_huffman = first & 0x80 != 0;
        Ok((
            if is_huffman {
                Literal::Huffman(string)
            } else {
                Literal::Raw(string)
            },
            input,
        ))
    }
}

/// What [`Decoder::text`] may hold between blocks.
const LONGEST_TEXT_KEPT: usize = 2048;

#[cfg(test)]
mod tests;
