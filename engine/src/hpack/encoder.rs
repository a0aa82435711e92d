//! From fields to blocks.

use std::{fmt, mem};

use super::hash::{hash, same};
use super::name::NameId;
use super::static_table::{self, STATIC_TABLE};
use super::table::{self, Entry, NameFrom, Table};
use super::{huffman, integer};

/// Encodes the header blocks of one direction of a connection.
pub struct Encoder {
    table: Table<Link>,
    /// By the hash of the name, the number of the newest entry; from there on there are [`Link`]s.
    buckets: [u32; BUCKETS],
    /// Hashes of fields whose name was in the table with another value, each where its hash says.
    passed_over: [u32; PASSED_OVER],
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
    /// use, of what the peer allows; look-ups are made for some 4,096 bytes.
    pub fn new(max_table_size: usize) -> Self {
        let mut encoder = Self {
            table: Table::new(table::DEFAULT_MAX_SIZE),
            buckets: [0; BUCKETS],
            passed_over: [0; PASSED_OVER],
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
    #[inline]
    pub fn field(&mut self, out: &mut Vec<u8>, name: &[u8], value: &[u8], indexing: Indexing) {
        let name_hash = hash(0, name);
        let field = Hashed {
            name,
            value,
            name_hash,
            field_hash: hash(name_hash, value),
        };
        match self.find_entry(&field) {
            Some(index) if indexing != Indexing::Never => integer::encode(0x80, 7, index, out),
            _ => self.not_in_table(out, &field, indexing),
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

    /// The index of the entry that is the field.
    #[inline]
    fn find_entry(&self, field: &Hashed<'_>) -> Option<usize> {
        let at = self.chain(field.name_hash, |entry| {
            entry.extra.field_hash == field.field_hash
                && same(self.table.name(entry), field.name)
                && same(self.table.value(entry), field.value)
        })?;
        Some(1 + static_table::LEN + at)
    }

    /// The index of the newest entry with the field's name.
    fn find_name(&self, field: &Hashed<'_>) -> Option<usize> {
        let at = self.chain(field.name_hash, |entry| {
            entry.extra.name_hash == field.name_hash && same(self.table.name(entry), field.name)
        })?;
        Some(1 + static_table::LEN + at)
    }

    /// Where the newest entry is, of those in the name's bucket, for which `is_it` holds.
    #[inline]
    fn chain(&self, name_hash: u32, is_it: impl Fn(&Entry<Link>) -> bool) -> Option<usize> {
        let mut next = self.buckets[bucket(name_hash)];
        let mut at_least = 0;
        loop {
            let at = self.table.index_of(next);
            // The bucket's older entries are gone, or there have been more than 2^32.
            let entry = self.table.get(at).filter(|_| at >= at_least)?;
            if is_it(entry) {
                return Some(at);
            }
            next = entry.extra.older;
            at_least = at + 1;
        }
    }

    /// Appends a field of which no entry of the dynamic table may be used.
    #[inline(never)]
    fn not_in_table(&mut self, out: &mut Vec<u8>, field: &Hashed<'_>, indexing: Indexing) {
        let &Hashed {
            name,
            value,
            name_hash,
            field_hash,
        } = field;
        let mut name_index = 0;
        if let Some(id) = NameId::find_known(name, name_hash)
            && let (first @ 1.., count) = static_table::with_name(id)
        {
            let fields = &STATIC_TABLE[first - 1..][..count];
            if indexing != Indexing::Never
                && let Some(at) = fields.iter().position(|field| same(field.value, value))
            {
                return integer::encode(0x80, 7, first + at, out);
            }
            name_index = first;
        }
        let entry = self.find_name(field);
        if name_index == 0 {
            name_index = entry.unwrap_or(0);
        }
        let insert = indexing == Indexing::Auto
            && table::entry_size(name.len(), value.len()) <= self.table.max_size() / 4
            && (entry.is_none() || self.again(field_hash));
        match indexing {
            _ if insert => integer::encode(0x40, 6, name_index, out),
            Indexing::Never => integer::encode(0x10, 4, name_index, out),
            Indexing::Auto | Indexing::Without => integer::encode(0, 4, name_index, out),
        }
        if name_index == 0 {
            string(name, insert, out);
        }
        string(value, insert, out);
        if insert {
            let number = self.table.next_number();
            let older = mem::replace(&mut self.buckets[bucket(name_hash)], number);
            let link = Link {
                name_hash,
                field_hash,
                older,
            };
            self.table.insert(NameFrom::Bytes(name), value, link);
        }
    }

    /// Whether a field that wasn't put into the table is among the last of these once more.
    fn again(&mut self, field_hash: u32) -> bool {
        let last = &mut self.passed_over[field_hash as usize % PASSED_OVER];
        mem::replace(last, field_hash) == field_hash
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

/// An entry of the dynamic table, in the chain of those whose names are in the same bucket.
#[derive(Clone, Copy)]
struct Link {
    name_hash: u32,
    field_hash: u32,
    /// The number of the next one, which may be evicted.
    older: u32,
}

/// A field that is looked for.
struct Hashed<'a> {
    name: &'a [u8],
    value: &'a [u8],
    name_hash: u32,
    /// Of both.
    field_hash: u32,
}

fn bucket(name_hash: u32) -> usize {
    name_hash as usize % BUCKETS
}

/// Appends a string, with the Huffman code if the other side keeps it and it is shorter so.
///
/// What is sent with every call stays as it is: the code takes 20 instructions a byte here and 10
/// there, and saves a quarter of the bytes.
#[inline]
fn string(text: &[u8], kept: bool, out: &mut Vec<u8>) {
    if kept {
        let len = huffman::encoded_len(text);
        if len < text.len() {
            integer::encode(0x80, 7, len, out);
            return huffman::encode(text, out);
        }
    }
    integer::encode(0, 7, text.len(), out);
    out.extend_from_slice(text);
}

/// A table of 4,096 bytes has about 60 entries, of 128 at most.
const BUCKETS: usize = 32;

/// How many different values may come between two that are the same, for these to be noticed.
///
/// A method's path among many is. What is new in every call isn't, however many there are.
const PASSED_OVER: usize = 32;

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use expect_test::{Expect, expect};

    use super::*;

    /// How each of the fields is sent, and how much is in the table then.
    #[track_caller]
    fn check(fields: &[(&str, &str)], expect: Expect) {
        check_with(&mut Encoder::new(4096), Indexing::Auto, fields, expect);
    }

    #[track_caller]
    fn check_with(
        encoder: &mut Encoder,
        indexing: Indexing,
        fields: &[(&str, &str)],
        expect: Expect,
    ) {
        let mut text = String::new();
        let mut start = Vec::new();
        encoder.start_block(&mut start);
        if !start.is_empty() {
            writeln!(text, "{start:02x?}").expect("to a string");
        }
        for (name, value) in fields {
            let mut out = Vec::new();
            encoder.field(&mut out, name.as_bytes(), value.as_bytes(), indexing);
            writeln!(text, "{name}: {value} {}", representation(&out)).expect("to a string");
        }
        writeln!(text, "{} bytes in the table", encoder.table_size()).expect("to a string");
        expect.assert_eq(&text);
    }

    fn representation(block: &[u8]) -> String {
        let (first, rest) = (block[0], &block[1..]);
        let integer = |prefix| integer::decode(first, prefix, rest).expect("as encoded").0;
        match first.leading_zeros() {
            0 => format!("[{}]", integer(7)),
            1 => format!("[{}] + {} bytes, inserted", integer(6), block.len() - 1),
            3 => format!(
                "[{}] + {} bytes, never indexed",
                integer(4),
                block.len() - 1
            ),
            _ => format!("[{}] + {} bytes", integer(4), block.len() - 1),
        }
    }

    #[test]
    fn fields_of_the_static_table_are_indexes() {
        check(
            &[
                (":method", "GET"),
                (":method", "POST"),
                (":status", "404"),
                ("accept", ""),
            ],
            expect![[r#"
                :method: GET [2]
                :method: POST [3]
                :status: 404 [13]
                accept:  [19]
                0 bytes in the table
            "#]],
        );
    }

    #[test]
    fn fields_are_indexes_the_second_time() {
        let fields = [
            (":path", "/a"),
            ("te", "trailers"),
            ("content-type", "application/grpc"),
        ];
        check(
            &[fields, fields].concat(),
            expect![[r#"
                :path: /a [4] + 3 bytes, inserted
                te: trailers [0] + 10 bytes, inserted
                content-type: application/grpc [31] + 12 bytes, inserted
                :path: /a [64]
                te: trailers [63]
                content-type: application/grpc [62]
                141 bytes in the table
            "#]],
        );
    }

    #[test]
    fn what_changes_all_the_time_is_not_inserted() {
        let fields = [
            ("t", "1"),
            ("t", "2"),
            ("t", "3"),
            ("t", "4"),
            ("u", "1"),
            ("t", "1"),
        ];
        check(
            &fields,
            expect![[r#"
                t: 1 [0] + 4 bytes, inserted
                t: 2 [62] + 3 bytes
                t: 3 [62] + 3 bytes
                t: 4 [62] + 3 bytes
                u: 1 [0] + 4 bytes, inserted
                t: 1 [63]
                68 bytes in the table
            "#]],
        );
    }

    #[test]
    fn what_has_changed_and_stays_is_inserted() {
        let fields = [
            ("t", "1"),
            ("t", "2"),
            ("t", "3"),
            ("t", "2"),
            ("t", "2"),
            ("t", "1"),
        ];
        check(
            &fields,
            expect![[r#"
                t: 1 [0] + 4 bytes, inserted
                t: 2 [62] + 3 bytes
                t: 3 [62] + 3 bytes
                t: 2 [62] + 2 bytes, inserted
                t: 2 [62]
                t: 1 [63]
                68 bytes in the table
            "#]],
        );
    }

    #[test]
    fn the_name_of_a_field_that_is_not_inserted_is_an_index() {
        let mut encoder = Encoder::new(4096);
        let mut check = |indexing, fields: &[_], expect| {
            check_with(&mut encoder, indexing, fields, expect);
        };
        check(
            Indexing::Auto,
            &[("t", "1")],
            expect![[r#"
                t: 1 [0] + 4 bytes, inserted
                34 bytes in the table
            "#]],
        );
        check(
            Indexing::Without,
            &[("t", "1"), ("t", "2"), ("u", "1"), ("date", "x")],
            expect![[r#"
                t: 1 [62]
                t: 2 [62] + 3 bytes
                u: 1 [0] + 4 bytes
                date: x [33] + 3 bytes
                34 bytes in the table
            "#]],
        );
        check(
            Indexing::Never,
            &[("t", "1"), ("t", "2"), ("u", "1"), (":path", "/")],
            expect![[r#"
                t: 1 [62] + 3 bytes, never indexed
                t: 2 [62] + 3 bytes, never indexed
                u: 1 [0] + 4 bytes, never indexed
                :path: / [4] + 2 bytes, never indexed
                34 bytes in the table
            "#]],
        );
    }

    #[test]
    fn what_would_push_many_out_is_not_inserted() {
        // Entries of 1,024 and 1,025 bytes.
        for (len, inserted) in [(991, true), (992, false)] {
            let mut encoder = Encoder::new(4096);
            let mut out = Vec::new();
            encoder.field(&mut out, b"x", &vec![b'~'; len], Indexing::Auto);
            assert_eq!(encoder.table_size() != 0, inserted);
        }
    }

    #[test]
    fn strings_that_are_kept_are_sent_the_shorter_way() {
        let mut out = Vec::new();
        Encoder::new(4096).field(&mut out, b"custom-key", b"~~~~", Indexing::Auto);
        assert_eq!(out[..2], [0x40, 0x88]);
        assert_eq!(out[10..], *b"\x04~~~~");
        out.clear();
        Encoder::new(4096).field(&mut out, b"k", &[b'a'; 900], Indexing::Auto);
        assert_eq!(out[..6], [0x40, 0x01, b'k', 0xff, 0xb4, 0x03]);
        assert_eq!(out.len(), 6 + 563);
    }

    #[test]
    fn strings_that_are_not_kept_are_sent_as_they_are() {
        let mut out = Vec::new();
        Encoder::new(4096).field(&mut out, b"custom-key", b"value", Indexing::Without);
        assert_eq!(out, b"\x00\x0acustom-key\x05value");
    }

    #[test]
    fn the_peers_limit_is_followed() {
        let mut encoder = Encoder::new(4096);
        let mut check = |size: Option<usize>, expect| {
            if let Some(size) = size {
                encoder.set_peer_max_table_size(size);
            }
            check_with(&mut encoder, Indexing::Auto, &[("t", "1")], expect);
        };
        check(
            None,
            expect![[r#"
                t: 1 [0] + 4 bytes, inserted
                34 bytes in the table
            "#]],
        );
        check(
            Some(4096),
            expect![[r#"
                t: 1 [62]
                34 bytes in the table
            "#]],
        );
        // More than we want.
        check(
            Some(8192),
            expect![[r#"
                t: 1 [62]
                34 bytes in the table
            "#]],
        );
        check(
            Some(1024),
            expect![[r#"
                [3f, e1, 07]
                t: 1 [62]
                34 bytes in the table
            "#]],
        );
        // Too small for anything new.
        check(
            Some(40),
            expect![[r#"
                [3f, 09]
                t: 1 [62]
                34 bytes in the table
            "#]],
        );
        check(
            Some(0),
            expect![[r#"
                [20]
                t: 1 [0] + 4 bytes
                0 bytes in the table
            "#]],
        );
        check(
            Some(8192),
            expect![[r#"
                [3f, e1, 1f]
                t: 1 [0] + 4 bytes, inserted
                34 bytes in the table
            "#]],
        );
    }

    #[test]
    fn the_smallest_limit_since_the_last_block_is_sent_too() {
        let mut encoder = Encoder::new(4096);
        check_with(
            &mut encoder,
            Indexing::Auto,
            &[("t", "1")],
            expect![[r#"
                t: 1 [0] + 4 bytes, inserted
                34 bytes in the table
            "#]],
        );
        for size in [500, 100, 2000, 1000] {
            encoder.set_peer_max_table_size(size);
        }
        check_with(
            &mut encoder,
            Indexing::Auto,
            &[("t", "1")],
            expect![[r#"
                [3f, 45, 3f, c9, 07]
                t: 1 [62]
                34 bytes in the table
            "#]],
        );
        for size in [20, 1000] {
            encoder.set_peer_max_table_size(size);
        }
        check_with(
            &mut encoder,
            Indexing::Auto,
            &[("t", "1")],
            expect![[r#"
                [34, 3f, c9, 07]
                t: 1 [0] + 4 bytes, inserted
                34 bytes in the table
            "#]],
        );
    }

    #[test]
    fn less_than_the_default_is_said_at_the_start() {
        check_with(
            &mut Encoder::new(100),
            Indexing::Auto,
            &[("te", "x")],
            expect![[r#"
                [3f, 45]
                te: x [0] + 5 bytes
                0 bytes in the table
            "#]],
        );
        check_with(
            &mut Encoder::new(200),
            Indexing::Auto,
            &[("te", "x")],
            expect![[r#"
                [3f, a9, 01]
                te: x [0] + 5 bytes, inserted
                35 bytes in the table
            "#]],
        );
        check_with(
            &mut Encoder::new(10_000),
            Indexing::Auto,
            &[("te", "x")],
            expect![[r#"
                te: x [0] + 5 bytes, inserted
                35 bytes in the table
            "#]],
        );
    }

    #[test]
    fn the_generation_is_that_of_the_table() {
        let mut encoder = Encoder::new(4096);
        let mut changes = |name: &str, value: &str, indexing| {
            let before = encoder.generation();
            encoder.field(&mut Vec::new(), name.as_bytes(), value.as_bytes(), indexing);
            before != encoder.generation()
        };
        assert!(!changes(":method", "GET", Indexing::Auto));
        assert!(changes("t", "1", Indexing::Auto));
        assert!(!changes("t", "1", Indexing::Auto));
        assert!(!changes("t", "2", Indexing::Auto));
        assert!(!changes("u", "1", Indexing::Without));
        assert!(!changes("u", "1", Indexing::Never));
        let before = encoder.generation();
        encoder.set_peer_max_table_size(2000);
        let changed = encoder.generation();
        assert_ne!(changed, before);
        encoder.start_block(&mut Vec::new());
        assert_ne!(encoder.generation(), changed);
    }

    #[test]
    fn entries_with_names_in_one_bucket_are_told_apart() {
        // More entries than buckets, and more than fit.
        let names: Vec<_> = (0..200).map(|i| format!("name-{i}")).collect();
        let mut encoder = Encoder::new(4096);
        for name in &names {
            encoder.field(&mut Vec::new(), name.as_bytes(), b"value", Indexing::Auto);
        }
        let entries = encoder.table.len();
        for (at, name) in names.iter().rev().enumerate() {
            let mut out = Vec::new();
            encoder.field(&mut out, name.as_bytes(), b"value", Indexing::Without);
            let expected = format!("[{}]", 62 + at);
            assert_eq!(representation(&out) == expected, at < entries, "{name}");
        }
    }
}
