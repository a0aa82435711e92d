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
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// What comes of blocks that follow each other, and what the table holds in the end.
    #[track_caller]
    fn check(blocks: &[&str], expect: Expect) {
        check_with(&mut Decoder::new(4096, &[]), blocks, usize::MAX, expect);
    }

    #[track_caller]
    fn check_with(decoder: &mut Decoder, blocks: &[&str], max_list_size: usize, expect: Expect) {
        let mut text = String::new();
        for block in blocks {
            let done = decoder.decode(&unhex(block), max_list_size, &mut |field| {
                text += &line(field.name, field.value);
                text += if field.sensitive { " (sensitive)" } else { "" };
                text += if field.well_formed {
                    "\n"
                } else {
                    " (malformed)\n"
                };
            });
            match done {
                Ok(ListSize::Fits) => {}
                Ok(ListSize::TooLarge) => text += "too large\n",
                Err(error) => text += &format!("error: {error}\n"),
            }
        }
        for index in 0..decoder.table.len() {
            let entry = decoder.table.get(index).expect("it is there");
            let (name, value) = (decoder.table.name(entry), decoder.table.value(entry));
            let size = entry.size();
            text += &format!("[{}] (s = {size}) {}\n", index + 1, line(name, value));
        }
        text += &format!(
            "{} of {} bytes\n",
            decoder.table_size(),
            decoder.table.max_size()
        );
        expect.assert_eq(&text);
    }

    fn line(name: &[u8], value: &[u8]) -> String {
        format!("{}: {}", name.escape_ascii(), value.escape_ascii())
            .trim_end()
            .to_owned()
    }

    fn unhex(text: &str) -> Vec<u8> {
        let digits: Vec<_> = text.chars().filter_map(|c| c.to_digit(16)).collect();
        digits
            .chunks(2)
            .map(|pair| (pair[0] << 4 | pair[1]) as u8)
            .collect()
    }

    // The examples of RFC 7541, appendix C.

    #[test]
    fn c_2_1_literal_with_indexing() {
        let block = "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572";
        check(
            &[block],
            expect![[r#"
                custom-key: custom-header
                [1] (s = 55) custom-key: custom-header
                55 of 4096 bytes
            "#]],
        );
    }

    #[test]
    fn c_2_2_literal_without_indexing() {
        check(
            &["040c 2f73 616d 706c 652f 7061 7468"],
            expect![[r#"
                :path: /sample/path
                0 of 4096 bytes
            "#]],
        );
    }

    #[test]
    fn c_2_3_literal_never_indexed() {
        check(
            &["1008 7061 7373 776f 7264 0673 6563 7265 74"],
            expect![[r#"
                password: secret (sensitive)
                0 of 4096 bytes
            "#]],
        );
    }

    #[test]
    fn c_2_4_indexed() {
        check(
            &["82"],
            expect![[r#"
                :method: GET
                0 of 4096 bytes
            "#]],
        );
    }

    const C_3: [&str; 3] = [
        "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        "8286 84be 5808 6e6f 2d63 6163 6865",
        "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
    ];

    #[test]
    fn c_3_requests_without_huffman() {
        check(
            &C_3[..1],
            expect![[r#"
                :method: GET
                :scheme: http
                :path: /
                :authority: www.example.com
                [1] (s = 57) :authority: www.example.com
                57 of 4096 bytes
            "#]],
        );
        check(
            &C_3[..2],
            expect![[r#"
                :method: GET
                :scheme: http
                :path: /
                :authority: www.example.com
                :method: GET
                :scheme: http
                :path: /
                :authority: www.example.com
                cache-control: no-cache
                [1] (s = 53) cache-control: no-cache
                [2] (s = 57) :authority: www.example.com
                110 of 4096 bytes
            "#]],
        );
        check(
            &C_3,
            expect![[r#"
                :method: GET
                :scheme: http
                :path: /
                :authority: www.example.com
                :method: GET
                :scheme: http
                :path: /
                :authority: www.example.com
                cache-control: no-cache
                :method: GET
                :scheme: https
                :path: /index.html
                :authority: www.example.com
                custom-key: custom-value
                [1] (s = 54) custom-key: custom-value
                [2] (s = 53) cache-control: no-cache
                [3] (s = 57) :authority: www.example.com
                164 of 4096 bytes
            "#]],
        );
    }

    #[test]
    fn c_4_requests_with_huffman() {
        let blocks = [
            "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
            "8286 84be 5886 a8eb 1064 9cbf",
            "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
        ];
        check(
            &blocks[..1],
            expect![[r#"
                :method: GET
                :scheme: http
                :path: /
                :authority: www.example.com
                [1] (s = 57) :authority: www.example.com
                57 of 4096 bytes
            "#]],
        );
        check(
            &blocks[..2],
            expect![[r#"
                :method: GET
                :scheme: http
                :path: /
                :authority: www.example.com
                :method: GET
                :scheme: http
                :path: /
                :authority: www.example.com
                cache-control: no-cache
                [1] (s = 53) cache-control: no-cache
                [2] (s = 57) :authority: www.example.com
                110 of 4096 bytes
            "#]],
        );
        check(
            &blocks,
            expect![[r#"
                :method: GET
                :scheme: http
                :path: /
                :authority: www.example.com
                :method: GET
                :scheme: http
                :path: /
                :authority: www.example.com
                cache-control: no-cache
                :method: GET
                :scheme: https
                :path: /index.html
                :authority: www.example.com
                custom-key: custom-value
                [1] (s = 54) custom-key: custom-value
                [2] (s = 53) cache-control: no-cache
                [3] (s = 57) :authority: www.example.com
                164 of 4096 bytes
            "#]],
        );
    }

    /// The examples with responses have a table of 256 bytes.
    const TABLE_OF_256: &str = "3fe1 01";

    #[test]
    fn c_5_responses_without_huffman() {
        let blocks = [
            TABLE_OF_256,
            "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 \
             303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 \
             6f6d",
            "4803 3330 37c1 c0bf",
            "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 \
             5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 \
             5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
        ];
        check(
            &blocks[..2],
            expect![[r#"
                :status: 302
                cache-control: private
                date: Mon, 21 Oct 2013 20:13:21 GMT
                location: https://www.example.com
                [1] (s = 63) location: https://www.example.com
                [2] (s = 65) date: Mon, 21 Oct 2013 20:13:21 GMT
                [3] (s = 52) cache-control: private
                [4] (s = 42) :status: 302
                222 of 256 bytes
            "#]],
        );
        check(
            &blocks[..3],
            expect![[r#"
                :status: 302
                cache-control: private
                date: Mon, 21 Oct 2013 20:13:21 GMT
                location: https://www.example.com
                :status: 307
                cache-control: private
                date: Mon, 21 Oct 2013 20:13:21 GMT
                location: https://www.example.com
                [1] (s = 42) :status: 307
                [2] (s = 63) location: https://www.example.com
                [3] (s = 65) date: Mon, 21 Oct 2013 20:13:21 GMT
                [4] (s = 52) cache-control: private
                222 of 256 bytes
            "#]],
        );
        check(
            &blocks,
            expect![[r#"
                :status: 302
                cache-control: private
                date: Mon, 21 Oct 2013 20:13:21 GMT
                location: https://www.example.com
                :status: 307
                cache-control: private
                date: Mon, 21 Oct 2013 20:13:21 GMT
                location: https://www.example.com
                :status: 200
                cache-control: private
                date: Mon, 21 Oct 2013 20:13:22 GMT
                location: https://www.example.com
                content-encoding: gzip
                set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1
                [1] (s = 98) set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1
                [2] (s = 52) content-encoding: gzip
                [3] (s = 65) date: Mon, 21 Oct 2013 20:13:22 GMT
                215 of 256 bytes
            "#]],
        );
    }

    #[test]
    fn c_6_responses_with_huffman() {
        let blocks = [
            TABLE_OF_256,
            "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b \
             ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
            "4883 640e ffc1 c0bf",
            "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad \
             94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 \
             65c0 03ed 4ee5 b106 3d50 07",
        ];
        check(
            &blocks[..2],
            expect![[r#"
                :status: 302
                cache-control: private
                date: Mon, 21 Oct 2013 20:13:21 GMT
                location: https://www.example.com
                [1] (s = 63) location: https://www.example.com
                [2] (s = 65) date: Mon, 21 Oct 2013 20:13:21 GMT
                [3] (s = 52) cache-control: private
                [4] (s = 42) :status: 302
                222 of 256 bytes
            "#]],
        );
        check(
            &blocks[..3],
            expect![[r#"
                :status: 302
                cache-control: private
                date: Mon, 21 Oct 2013 20:13:21 GMT
                location: https://www.example.com
                :status: 307
                cache-control: private
                date: Mon, 21 Oct 2013 20:13:21 GMT
                location: https://www.example.com
                [1] (s = 42) :status: 307
                [2] (s = 63) location: https://www.example.com
                [3] (s = 65) date: Mon, 21 Oct 2013 20:13:21 GMT
                [4] (s = 52) cache-control: private
                222 of 256 bytes
            "#]],
        );
        check(
            &blocks,
            expect![[r#"
                :status: 302
                cache-control: private
                date: Mon, 21 Oct 2013 20:13:21 GMT
                location: https://www.example.com
                :status: 307
                cache-control: private
                date: Mon, 21 Oct 2013 20:13:21 GMT
                location: https://www.example.com
                :status: 200
                cache-control: private
                date: Mon, 21 Oct 2013 20:13:22 GMT
                location: https://www.example.com
                content-encoding: gzip
                set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1
                [1] (s = 98) set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1
                [2] (s = 52) content-encoding: gzip
                [3] (s = 65) date: Mon, 21 Oct 2013 20:13:22 GMT
                215 of 256 bytes
            "#]],
        );
    }

    #[test]
    fn a_block_may_be_empty() {
        check(
            &[""],
            expect![[r#"
                0 of 4096 bytes
            "#]],
        );
    }

    #[test]
    fn a_block_may_not_end_within_a_field() {
        // Within an index.
        check(
            &["82", "ff"],
            expect![[r#"
                :method: GET
                error: the header block ends within a field
                0 of 4096 bytes
            "#]],
        );
        check(
            &["ff80"],
            expect![[r#"
                error: the header block ends within a field
                0 of 4096 bytes
            "#]],
        );
        // Before and within a name.
        check(
            &["40"],
            expect![[r#"
                error: the header block ends within a field
                0 of 4096 bytes
            "#]],
        );
        check(
            &["4002 61"],
            expect![[r#"
                error: the header block ends within a field
                0 of 4096 bytes
            "#]],
        );
        // Before and within a value.
        check(
            &["4001 61"],
            expect![[r#"
                error: the header block ends within a field
                0 of 4096 bytes
            "#]],
        );
        check(
            &["4001 61ff"],
            expect![[r#"
                error: the header block ends within a field
                0 of 4096 bytes
            "#]],
        );
        check(
            &["4001 6102 61"],
            expect![[r#"
                error: the header block ends within a field
                0 of 4096 bytes
            "#]],
        );
        check(
            &["418c f1"],
            expect![[r#"
                error: the header block ends within a field
                0 of 4096 bytes
            "#]],
        );
    }

    #[test]
    fn an_index_has_to_be_in_a_table() {
        check(
            &["80"],
            expect![[r#"
                error: no header field has the index 0
                0 of 4096 bytes
            "#]],
        );
        check(
            &["be"],
            expect![[r#"
                error: no header field has the index 62
                0 of 4096 bytes
            "#]],
        );
        check(
            &[C_3[0], "be", "bf"],
            expect![[r#"
                :method: GET
                :scheme: http
                :path: /
                :authority: www.example.com
                :authority: www.example.com
                error: no header field has the index 63
                [1] (s = 57) :authority: www.example.com
                57 of 4096 bytes
            "#]],
        );
        check(
            &["7e01 61"],
            expect![[r#"
                error: no header field has the index 62
                0 of 4096 bytes
            "#]],
        );
        check(
            &["0f2f 0161"],
            expect![[r#"
                error: no header field has the index 62
                0 of 4096 bytes
            "#]],
        );
        check(
            &["ff80 ffff ff0f"],
            expect![[r#"
                error: no header field has the index 4294967295
                0 of 4096 bytes
            "#]],
        );
    }

    #[test]
    fn an_integer_has_an_end() {
        check(
            &["ff80 8080 8080 00"],
            expect![[r#"
                error: an integer of the header block is too large
                0 of 4096 bytes
            "#]],
        );
        check(
            &["ffff ffff ff7f"],
            expect![[r#"
                error: an integer of the header block is too large
                0 of 4096 bytes
            "#]],
        );
        check(
            &["417f ffff ffff 7f"],
            expect![[r#"
                error: an integer of the header block is too large
                0 of 4096 bytes
            "#]],
        );
    }

    #[test]
    fn a_length_costs_nothing() {
        check(
            &["417f ffff ff7f"],
            expect![[r#"
                error: the header block ends within a field
                0 of 4096 bytes
            "#]],
        );
        check(
            &["41ff ffff ff7f"],
            expect![[r#"
                error: the header block ends within a field
                0 of 4096 bytes
            "#]],
        );
    }

    #[test]
    fn eos_is_no_symbol() {
        // Alone, and after `a`.
        check(
            &["4184 ffff fffc"],
            expect![[r#"
                error: a Huffman-encoded string contains EOS
                0 of 4096 bytes
            "#]],
        );
        check(
            &["4185 1fff ffff ff"],
            expect![[r#"
                error: a Huffman-encoded string contains EOS
                0 of 4096 bytes
            "#]],
        );
    }

    #[test]
    fn padding_is_at_most_seven_ones() {
        // `a` with three ones, with a zero among them, and with a byte more.
        check(
            &["4181 1f"],
            expect![[r#"
                :authority: a
                [1] (s = 43) :authority: a
                43 of 4096 bytes
            "#]],
        );
        check(
            &["4181 1b"],
            expect![[r#"
                error: the padding of a Huffman-encoded string isn't at most seven ones
                0 of 4096 bytes
            "#]],
        );
        check(
            &["4181 18"],
            expect![[r#"
                error: the padding of a Huffman-encoded string isn't at most seven ones
                0 of 4096 bytes
            "#]],
        );
        check(
            &["4182 1fff"],
            expect![[r#"
                error: the padding of a Huffman-encoded string isn't at most seven ones
                0 of 4096 bytes
            "#]],
        );
        // Nothing but padding.
        check(
            &["4181 ff"],
            expect![[r#"
                error: the padding of a Huffman-encoded string isn't at most seven ones
                0 of 4096 bytes
            "#]],
        );
        // Eight symbols of five bits need none.
        check(
            &["4185 18c6 318c 63"],
            expect![[r#"
                :authority: aaaaaaaa
                [1] (s = 50) :authority: aaaaaaaa
                50 of 4096 bytes
            "#]],
        );
        check(
            &["4186 18c6 318c 63ff"],
            expect![[r#"
                error: the padding of a Huffman-encoded string isn't at most seven ones
                0 of 4096 bytes
            "#]],
        );
        // NUL, which has 13 bits, with ones and with zeros.
        check(
            &["4182 ffc7"],
            expect![[r#"
                :authority: \x00 (malformed)
                [1] (s = 43) :authority: \x00
                43 of 4096 bytes
            "#]],
        );
        check(
            &["4182 ffc0"],
            expect![[r#"
                error: the padding of a Huffman-encoded string isn't at most seven ones
                0 of 4096 bytes
            "#]],
        );
    }

    #[test]
    fn a_field_that_came_in_malformed_stays_so() {
        let malformed_name = "4001 4101 61 be 7e01 62";
        check(
            &[malformed_name],
            expect![[r#"
                A: a (malformed)
                A: a (malformed)
                A: b (malformed)
                [1] (s = 34) A: b
                [2] (s = 34) A: a
                68 of 4096 bytes
            "#]],
        );
        let malformed_value = "4001 6101 00 be 7e01 62";
        check(
            &[malformed_value],
            expect![[r#"
                a: \x00 (malformed)
                a: \x00 (malformed)
                a: b
                [1] (s = 34) a: b
                [2] (s = 34) a: \x00
                68 of 4096 bytes
            "#]],
        );
        // NUL, encoded.
        check(
            &["4001 6182 ffc7 be"],
            expect![[r#"
                a: \x00 (malformed)
                a: \x00 (malformed)
                [1] (s = 34) a: \x00
                34 of 4096 bytes
            "#]],
        );
    }

    #[test]
    fn the_name_of_an_entry_survives_its_eviction() {
        // A table of 64 bytes: the second entry has the first one's name, and takes its place.
        check(
            &["3f21", "4003 6162 6301 78", "7e02 7879"],
            expect![[r#"
                abc: x
                abc: xy
                [1] (s = 37) abc: xy
                37 of 64 bytes
            "#]],
        );
    }

    #[test]
    fn an_entry_may_fill_the_table() {
        check(
            &["3f03", "4001 6101 78 be"],
            expect![[r#"
                a: x
                a: x
                [1] (s = 34) a: x
                34 of 34 bytes
            "#]],
        );
    }

    #[test]
    fn an_entry_larger_than_the_table_empties_it() {
        check(
            &["3f03", "4001 6101 78", "4001 6102 7879", "be"],
            expect![[r#"
                a: x
                a: xy
                error: no header field has the index 62
                0 of 34 bytes
            "#]],
        );
        check(
            &["3f03", "4001 6101 78", "7e02 7879", "4001 6100"],
            expect![[r#"
                a: x
                a: xy
                a:
                [1] (s = 33) a:
                33 of 34 bytes
            "#]],
        );
        check(
            &["20", "4001 6100"],
            expect![[r#"
                a:
                0 of 0 bytes
            "#]],
        );
    }

    #[test]
    fn a_smaller_table_evicts_the_oldest() {
        let entries = "4001 6101 31 4001 6201 32 4001 6301 33";
        check(
            &[entries, "3f45"],
            expect![[r#"
                a: 1
                b: 2
                c: 3
                [1] (s = 34) c: 3
                [2] (s = 34) b: 2
                68 of 100 bytes
            "#]],
        );
        check(
            &[entries, "3f27"],
            expect![[r#"
                a: 1
                b: 2
                c: 3
                [1] (s = 34) c: 3
                [2] (s = 34) b: 2
                68 of 70 bytes
            "#]],
        );
        check(
            &[entries, "203f e11f"],
            expect![[r#"
                a: 1
                b: 2
                c: 3
                0 of 4096 bytes
            "#]],
        );
    }

    #[test]
    fn sizes_come_before_fields_and_within_the_limit() {
        check(
            &["203f e11f 82"],
            expect![[r#"
                :method: GET
                0 of 4096 bytes
            "#]],
        );
        check(
            &["8220"],
            expect![[r#"
                :method: GET
                error: the header table's size changes within a block
                0 of 4096 bytes
            "#]],
        );
        check(
            &["3fe2 1f"],
            expect![[r#"
                error: header table of 4097 bytes, the limit is 4096
                0 of 4096 bytes
            "#]],
        );
    }

    #[test]
    fn the_limit_of_the_table_can_change() {
        let mut decoder = Decoder::new(4096, &[]);
        check_with(
            &mut decoder,
            &[C_3[0]],
            usize::MAX,
            expect![[r#"
                :method: GET
                :scheme: http
                :path: /
                :authority: www.example.com
                [1] (s = 57) :authority: www.example.com
                57 of 4096 bytes
            "#]],
        );
        decoder.set_max_table_size(100);
        decoder.set_max_table_size(200);
        // To 200, 100.
        check_with(
            &mut decoder,
            &["3fa9 01"],
            usize::MAX,
            expect![[r#"
                error: the header table's size is still above the new limit
                [1] (s = 57) :authority: www.example.com
                57 of 200 bytes
            "#]],
        );
        check_with(
            &mut decoder,
            &["3f45 3fa9 01be"],
            usize::MAX,
            expect![[r#"
                :authority: www.example.com
                [1] (s = 57) :authority: www.example.com
                57 of 200 bytes
            "#]],
        );
        check_with(
            &mut decoder,
            &["3faa 01"],
            usize::MAX,
            expect![[r#"
                error: header table of 201 bytes, the limit is 200
                [1] (s = 57) :authority: www.example.com
                57 of 200 bytes
            "#]],
        );
        decoder.set_max_table_size(100_000);
        check_with(
            &mut decoder,
            &["be"],
            usize::MAX,
            expect![[r#"
                :authority: www.example.com
                [1] (s = 57) :authority: www.example.com
                57 of 200 bytes
            "#]],
        );
        check_with(
            &mut decoder,
            &["3f81 8d06 be"],
            usize::MAX,
            expect![[r#"
                :authority: www.example.com
                [1] (s = 57) :authority: www.example.com
                57 of 100000 bytes
            "#]],
        );
    }

    #[test]
    fn a_smaller_limit_has_to_be_followed() {
        let mut decoder = Decoder::new(4096, &[]);
        decoder.set_max_table_size(0);
        check_with(
            &mut decoder,
            &["82"],
            usize::MAX,
            expect![[r#"
                error: the header table's size is still above the new limit
                0 of 4096 bytes
            "#]],
        );
    }

    #[test]
    fn a_smaller_limit_that_holds_anyway_needs_no_word() {
        let mut decoder = Decoder::new(4096, &[]);
        check_with(
            &mut decoder,
            &["20"],
            usize::MAX,
            expect![[r#"
                0 of 0 bytes
            "#]],
        );
        decoder.set_max_table_size(100);
        check_with(
            &mut decoder,
            &["82"],
            usize::MAX,
            expect![[r#"
                :method: GET
                0 of 0 bytes
            "#]],
        );
    }

    #[test]
    fn a_list_is_visited_up_to_its_limit_and_decoded_to_its_end() {
        // Fields of 42 bytes, then one of 34.
        let check = |blocks: &[&str], expect| {
            check_with(&mut Decoder::new(4096, &[]), blocks, 4 * 42, expect);
        };
        check(
            &["8282 8282"],
            expect![[r#"
                :method: GET
                :method: GET
                :method: GET
                :method: GET
                0 of 4096 bytes
            "#]],
        );
        check(
            &["8282 8282 4001 6101 6282", "be"],
            expect![[r#"
                :method: GET
                :method: GET
                :method: GET
                :method: GET
                too large
                a: b
                [1] (s = 34) a: b
                34 of 4096 bytes
            "#]],
        );
        check(
            &["8282 8240 0161 0162 82", "be"],
            expect![[r#"
                :method: GET
                :method: GET
                :method: GET
                a: b
                too large
                a: b
                [1] (s = 34) a: b
                34 of 4096 bytes
            "#]],
        );
        check(
            &["8282 8282 8220"],
            expect![[r#"
                :method: GET
                :method: GET
                :method: GET
                :method: GET
                error: the header table's size changes within a block
                0 of 4096 bytes
            "#]],
        );
    }

    #[test]
    fn the_generation_is_that_of_the_table() {
        let mut decoder = Decoder::new(4096, &[]);
        let mut changes = |block: &str| {
            let before = decoder.generation();
            decoder
                .decode(&unhex(block), 4096, &mut |_| {})
                .expect("the block is correct");
            before != decoder.generation()
        };
        assert!(!changes("82"));
        assert!(!changes("0401 61"));
        assert!(changes("4101 61"));
        assert!(!changes("be"));
        assert!(!changes("3fe1 1f be"));
        assert!(changes("3fe0 1f be"));
        assert!(changes("203f e01f"));
        let before = decoder.generation();
        decoder.set_max_table_size(5000);
        assert_ne!(decoder.generation(), before);
    }

    #[test]
    fn a_literal_is_the_same_each_time() {
        // `:path` and `:authority`, once more and once more.
        let path = "0495 6272 d141 fc1e ca24 5f15 852a 4b63 1b87 eb19 68a0 ff";
        let malformed = "018d 1a94 1aa2 ffff fff8 7954 4f83 ff";
        let block = format!("{path} {malformed}");
        check(
            &[&block, &block, &block, &block],
            expect![[r#"
                :path: /helloworld.Greeter/SayHello
                :authority: a line\nof two (malformed)
                :path: /helloworld.Greeter/SayHello
                :authority: a line\nof two (malformed)
                :path: /helloworld.Greeter/SayHello
                :authority: a line\nof two (malformed)
                :path: /helloworld.Greeter/SayHello
                :authority: a line\nof two (malformed)
                0 of 4096 bytes
            "#]],
        );
    }

    #[test]
    fn ids_are_told_apart() {
        let mut decoder = Decoder::new(4096, &["custom-key"]);
        let mut ids = Vec::new();
        let block =
            "82 400a 6375 7374 6f6d 2d6b 6579 0161 be 7e01 62 4001 6101 62 be 0002 7465 0161";
        let mut visit = |field: Field<'_>| ids.push(field.id);
        decoder
            .decode(&unhex(block), 4096, &mut visit)
            .expect("the block is correct");
        let (custom, other) = (NameId::custom(0), NameId::OTHER);
        assert_eq!(
            ids,
            [
                NameId::METHOD,
                custom,
                custom,
                custom,
                other,
                other,
                NameId::TE
            ]
        );
    }
}
