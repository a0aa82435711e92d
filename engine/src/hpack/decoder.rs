//! From blocks to fields.

use std::fmt;

use super::name::{self, NameId};
use super::static_table::{self, STATIC_TABLE};
use super::table::{self, NameFrom, Table};
use super::{huffman, integer};

/// Decodes the header blocks of one direction of a connection.
///
/// It holds no more than the dynamic table may, twice or so, and what the longest string of the
/// block at hand takes. Nothing is allocated for a number: only for bytes that came.
pub struct Decoder {
    names: &'static [&'static str],
    table: Table<Known>,
    /// What we allow the peer to make the table.
    max_table_size: usize,
    /// Our limit went below the table's size, to this, and the peer has yet to say that it follows.
    update_due: Option<usize>,
    /// Decoded strings of the field at hand.
    text: Vec<u8>,
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
        debug_assert!(names.len() <= NameId::MAX_CUSTOM, "too many names");
        for name in names {
            let id = NameId::of(name.as_bytes(), &[]);
            debug_assert!(id == NameId::OTHER, "{name} has a constant in NameId");
            debug_assert!(
                name::is_well_formed_name(name.as_bytes(), id),
                "{name} isn't a name"
            );
        }
        let max = max_table_size.clamp(table::DEFAULT_MAX_SIZE, table::LARGEST_MAX_SIZE);
        Self {
            names: &names[..names.len().min(NameId::MAX_CUSTOM)],
            table: Table::new(table::DEFAULT_MAX_SIZE),
            max_table_size: max,
            update_due: None,
            text: Vec::new(),
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
        self.size_updates(&mut input)?;
        let mut size = 0usize;
        let mut visit_within = |field: Field<'_>| {
            size = size.saturating_add(table::entry_size(field.name.len(), field.value.len()));
            if size <= max_list_size {
                visit(field);
            }
        };
        while let Some((&first, rest)) = input.split_first() {
            input = rest;
            if first & 0x80 != 0 {
                let index = integer::decode(first, 7, &mut input)?;
                visit_within(self.lookup(index)?);
            } else if first & 0x40 != 0 {
                self.literal(first, 6, &mut input, &mut visit_within)?;
            } else if first & 0x20 != 0 {
                return Err(DecodeError::LateSizeUpdate);
            } else {
                self.literal(first, 4, &mut input, &mut visit_within)?;
            }
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

    fn size_updates(&mut self, input: &mut &[u8]) -> Result<(), DecodeError> {
        while let Some((&first, rest)) = input.split_first()
            && first & 0xe0 == 0x20
        {
            *input = rest;
            let size = integer::decode(first, 5, input)?;
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
        }
        match self.update_due {
            None => Ok(()),
            Some(_) => Err(DecodeError::MissingSizeUpdate),
        }
    }

    fn lookup(&self, index: usize) -> Result<Field<'_>, DecodeError> {
        let sensitive = false;
        if let Some(field) = STATIC_TABLE.get(index.wrapping_sub(1)) {
            let &static_table::StaticField { name, value, id } = field;
            return Ok(Field {
                id,
                name,
                value,
                sensitive,
                well_formed: true,
            });
        }
        match index
            .checked_sub(1 + static_table::LEN)
            .and_then(|index| self.table.get(index))
        {
            Some((
                name,
                value,
                Known {
                    id,
                    name_ok,
                    value_ok,
                },
            )) => Ok(Field {
                id,
                name,
                value,
                sensitive,
                well_formed: name_ok && value_ok,
            }),
            None => Err(DecodeError::BadIndex(index)),
        }
    }

    fn literal(
        &mut self,
        first: u8,
        prefix: u32,
        input: &mut &[u8],
        visit: &mut impl FnMut(Field<'_>),
    ) -> Result<(), DecodeError> {
        let index = integer::decode(first, prefix, input)?;
        let mut literal_name = None;
        let mut text_len = 0;
        if index == 0 {
            literal_name = Some(string(input, &mut self.text, &mut text_len)?.0);
        }
        let (value, clean) = string(input, &mut self.text, &mut text_len)?;
        let value = value.get(&self.text);
        let value_ok = clean && name::is_well_formed_value(value);
        let (from, name, id, name_ok) = match literal_name {
            Some(name) => {
                let name = name.get(&self.text);
                let id = NameId::of(name, self.names);
                (
                    NameFrom::Bytes(name),
                    name,
                    id,
                    name::is_well_formed_name(name, id),
                )
            }
            None => match STATIC_TABLE.get(index - 1) {
                Some(field) => (NameFrom::Bytes(field.name), field.name, field.id, true),
                None => {
                    let at = index - 1 - static_table::LEN;
                    let (name, _, known) =
                        self.table.get(at).ok_or(DecodeError::BadIndex(index))?;
                    (NameFrom::Entry(at), name, known.id, known.name_ok)
                }
            },
        };
        let sensitive = first & 0xf0 == 0x10;
        visit(Field {
            id,
            name,
            value,
            sensitive,
            well_formed: name_ok && value_ok,
        });
        if prefix == 6 {
            self.table.insert(
                from,
                value,
                Known {
                    id,
                    name_ok,
                    value_ok,
                },
            );
        }
        Ok(())
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
    name_ok: bool,
    value_ok: bool,
}

/// A string of a literal.
enum Text<'a> {
    Raw(&'a [u8]),
    /// A part of `Decoder::text`.
    Decoded(usize, usize),
}

impl<'a> Text<'a> {
    fn get<'b>(&self, text: &'b [u8]) -> &'b [u8]
    where
        'a: 'b,
    {
        match *self {
            Text::Raw(raw) => raw,
            Text::Decoded(start, end) => &text[start..end],
        }
    }
}

/// Reads a string. `false` if it is known to have a NUL, CR or LF.
fn string<'a>(
    input: &mut &'a [u8],
    text: &mut Vec<u8>,
    text_len: &mut usize,
) -> Result<(Text<'a>, bool), DecodeError> {
    let (&first, rest) = input.split_first().ok_or(DecodeError::Truncated)?;
    *input = rest;
    let len = integer::decode(first, 7, input)?;
    let (raw, rest) = input.split_at_checked(len).ok_or(DecodeError::Truncated)?;
    *input = rest;
    if first & 0x80 == 0 {
        return Ok((Text::Raw(raw), true));
    }
    let start = *text_len;
    let (end, clean) = huffman::decode(raw, text, start)?;
    *text_len = end;
    Ok((Text::Decoded(start, end), clean))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hpack::{Encoder, Indexing};

    #[test]
    fn what_is_encoded_is_decoded() {
        let fields = [
            (":method", "POST"),
            (":path", "/a.B/C"),
            ("te", "trailers"),
            ("x-1", "{\u{e9}\0\n\r\\"),
            ("grpc-timeout", "1S"),
        ];
        let (mut encoder, mut decoder) = (Encoder::new(4096), Decoder::new(4096, &["x-1"]));
        for _ in 0..3 {
            let mut block = Vec::new();
            encoder.start_block(&mut block);
            for (name, value) in fields {
                encoder.field(
                    &mut block,
                    name.as_bytes(),
                    value.as_bytes(),
                    Indexing::Auto,
                );
            }
            let mut at = 0;
            let done = decoder.decode(&block, 4096, &mut |field| {
                assert_eq!(
                    (field.name, field.value),
                    (fields[at].0.as_bytes(), fields[at].1.as_bytes())
                );
                assert_eq!(field.well_formed, at != 3);
                assert_eq!(field.id == NameId::custom(0), at == 3);
                at += 1;
            });
            assert_eq!(done, Ok(ListSize::Fits));
            assert_eq!(decoder.table_size(), encoder.table_size());
        }
    }
}
