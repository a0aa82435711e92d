//! What the fields of a message are written to.

use std::{borrow::Cow, cell::Cell, mem};

use bytes::{Bytes, BytesMut};
use prost::encoding::WireType;

/// The bytes of a message, written from the last to the first.
///
/// Backwards, the length of a message within another one is known when it has to be written, so that nothing is measured in
/// advance. Whoever writes several things writes the last one first; what each of them is, is written as usual.
#[derive(Debug, Default)]
pub struct Writer {
    /// Filled from the end.
    buffer: Vec<u8>,
    /// Where in it the first byte is.
    start: usize,
    /// What comes after the bytes in `buffer`, the last first.
    after: Vec<Bytes>,
    /// The length of what comes after the bytes in `buffer`.
    after_len: usize,
    /// Nobody will ask for the bytes, only for how many there are.
    measures: bool,
}

impl Writer {
    /// How many bytes have been written.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.buffer.len() - self.start + self.after_len
    }

    /// Whether nothing has been written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes room for `len` bytes in front of what was written.
    #[inline(always)]
    fn room(&mut self, len: usize) -> &mut [u8] {
        if self.start < len {
            self.grow(len);
        }
        self.start -= len;
        &mut self.buffer[self.start..self.start + len]
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, len: usize) {
        let used = self.buffer.len() - self.start;
        let capacity = (self.buffer.len() * 2).max(used + len).max(MIN_CAPACITY);
        let mut buffer = vec![0; capacity];
        buffer[capacity - used..].copy_from_slice(&self.buffer[self.start..]);
        self.start = capacity - used;
        self.buffer = buffer;
    }

    /// Writes a number of variable length.
    #[inline(always)]
    pub fn varint(&mut self, value: u64) {
        if value < 0x80 {
            self.room(1)[0] = value as u8;
        } else {
            self.long_varint(value);
        }
    }

    #[inline(never)]
    fn long_varint(&mut self, mut value: u64) {
        // Seven bits a byte, rounded up.
        let len = (70 - value.leading_zeros() as usize) / 7;
        let room = self.room(len);
        for byte in &mut *room {
            *byte = value as u8 | 0x80;
            value >>= 7;
        }
        room[len - 1] &= 0x7f;
    }

    /// Writes bytes as they are.
    #[inline(always)]
    pub fn slice(&mut self, bytes: &[u8]) {
        if bytes.len() < LONG {
            self.room(bytes.len()).copy_from_slice(bytes);
        } else {
            self.long_slice(bytes);
        }
    }

    #[cold]
    fn long_slice(&mut self, bytes: &[u8]) {
        if self.measures {
            self.after_len += bytes.len();
        } else {
            self.piece(Bytes::copy_from_slice(bytes));
        }
    }

    /// Writes `Bytes`, which are shared rather than copied if they are long.
    #[inline(always)]
    pub fn shared(&mut self, bytes: &Bytes) {
        if bytes.len() < LONG {
            self.room(bytes.len()).copy_from_slice(bytes);
        } else {
            self.piece(bytes.clone());
        }
    }

    #[cold]
    fn piece(&mut self, bytes: Bytes) {
        let gathered = &self.buffer[self.start..];
        if !gathered.is_empty() {
            self.after_len += gathered.len();
            self.after.push(Bytes::copy_from_slice(gathered));
            self.start = self.buffer.len();
        }
        self.after_len += bytes.len();
        self.after.push(bytes);
    }

    /// Writes `values`, each of which takes `N` bytes.
    #[inline]
    pub(super) fn arrays<T: Copy, const N: usize>(
        &mut self,
        values: &[T],
        bytes: impl Fn(T) -> [u8; N],
    ) {
        let room = self.room(values.len() * N);
        for (room, value) in room.chunks_exact_mut(N).zip(values) {
            room.copy_from_slice(&bytes(*value));
        }
    }

    /// Writes what stands in front of a value: its field's number, and what kind of value it is.
    #[inline(always)]
    pub fn key(&mut self, number: u32, wire_type: WireType) {
        self.varint(u64::from(number << 3 | wire_type as u32));
    }

    /// Writes key and length in front of `len` bytes.
    #[inline(always)]
    fn head(&mut self, number: u32, len: usize) {
        self.pair(number << 3 | WireType::LengthDelimited as u32, len as u64);
    }

    /// Writes two varints, which are often a byte each.
    #[inline(always)]
    fn pair(&mut self, first: u32, second: u64) {
        if first < 0x80 && second < 0x80 {
            self.room(2).copy_from_slice(&[first as u8, second as u8]);
        } else {
            self.varint(second);
            self.varint(u64::from(first));
        }
    }

    /// Writes a field that is a varint.
    #[inline(always)]
    pub fn varint_field(&mut self, number: u32, value: u64) {
        self.pair(number << 3 | WireType::Varint as u32, value);
    }

    /// Writes a field of wire type 2, from key to end.
    #[inline(always)]
    pub fn slice_field(&mut self, number: u32, bytes: &[u8]) {
        self.slice(bytes);
        self.head(number, bytes.len());
    }

    /// As [`slice_field`](Self::slice_field), sharing [`Bytes`](Self::shared).
    #[inline(always)]
    pub fn shared_field(&mut self, number: u32, bytes: &Bytes) {
        self.shared(bytes);
        self.head(number, bytes.len());
    }

    /// Writes a field of wire type 2 around what `write` writes.
    #[inline(always)]
    pub fn nested(&mut self, number: u32, write: impl FnOnce(&mut Self)) {
        let before = self.len();
        write(self);
        self.head(number, self.len() - before);
    }
}

/// A message that has been written.
#[derive(Debug)]
pub(crate) struct Written<'a> {
    writer: &'a mut Writer,
}

impl Written<'_> {
    /// Its length.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.writer.len()
    }

    /// Puts `prefix` in front of it.
    #[inline]
    pub(crate) fn put_before<const N: usize>(&mut self, prefix: [u8; N]) {
        self.writer.room(N).copy_from_slice(&prefix);
    }

    /// Appends it to `out`.
    #[inline]
    pub(crate) fn append_to(&self, out: &mut BytesMut) {
        let Writer {
            buffer,
            start,
            after,
            ..
        } = &*self.writer;
        if after.is_empty() {
            out.extend_from_slice(&buffer[*start..]);
            return;
        }
        out.reserve(self.len());
        for piece in self.pieces() {
            out.extend_from_slice(piece);
        }
    }

    /// Its bytes; no piece is empty.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let front = &self.writer.buffer[self.writer.start..];
        let after = self.writer.after.iter().rev().map(|piece| &piece[..]);
        let front = (!front.is_empty()).then_some(front);
        front.into_iter().chain(after)
    }

    /// Its bytes in one piece.
    pub(crate) fn to_slice(&self) -> Cow<'_, [u8]> {
        if self.writer.after.is_empty() {
            Cow::Borrowed(&self.writer.buffer[self.writer.start..])
        } else {
            Cow::Owned(self.pieces().collect::<Vec<_>>().concat())
        }
    }

    /// Its bytes behind `before`, as little copied as can be. No piece is empty.
    pub(crate) fn into_pieces(self, mut before: BytesMut) -> Vec<Bytes> {
        let Writer {
            buffer,
            start,
            after,
            ..
        } = self.writer;
        let front = &buffer[*start..];
        let mut pieces = Vec::with_capacity(2 + after.len());
        if front.len() < LONG {
            before.extend_from_slice(front);
            pieces.push(before.freeze());
        } else {
            pieces.push(before.freeze());
            pieces.push(Bytes::from(mem::take(buffer)).slice(*start..));
            *start = 0;
        }
        pieces.extend(after.drain(..).rev());
        pieces.retain(|piece| !piece.is_empty());
        pieces
    }
}

/// Lets `write` write, and hands what it wrote to `take`.
#[inline]
pub(crate) fn written<T>(
    write: impl FnOnce(&mut Writer),
    take: impl FnOnce(Written<'_>) -> T,
) -> T {
    // There is none if this is the thread's first message, or one that is written in order to write another.
    let spare = SCRATCH.try_with(Cell::take).ok().flatten();
    let mut writer = spare.unwrap_or_default();
    writer.start = writer.buffer.len();
    write(&mut writer);
    let result = take(Written {
        writer: &mut writer,
    });
    if writer.after_len == 0 && writer.buffer.len() <= MAX_KEPT {
        // No loss if the thread is about to end.
        let _ = SCRATCH.try_with(|scratch| scratch.set(Some(writer)));
    }
    result
}

/// How many bytes `write` writes.
pub(crate) fn measured(write: impl FnOnce(&mut Writer)) -> usize {
    let write = |writer: &mut Writer| {
        writer.measures = true;
        write(writer);
        writer.measures = false;
    };
    written(write, |written| written.len())
}

thread_local! {
    /// What messages are written into, before it is known where to: all of its buffer has been zeroed once.
    static SCRATCH: Cell<Option<Box<Writer>>> = const { Cell::new(None) };
}

/// Bytes that are cheaper to send from where they lie than to copy: what a piece costs by itself is about as much as
/// copying 8 KiB.
pub(crate) const LONG: usize = 16 * 1024;

/// Bytes that a thread keeps for the messages to come.
const MAX_KEPT: usize = 4 * LONG;

/// Bytes that most messages have room in.
const MIN_CAPACITY: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(write: impl Fn(&mut Writer), expected: &[u8], lens: &[usize]) -> Vec<Bytes> {
        assert_eq!(measured(&write), expected.len());
        written(&write, |written| {
            let mut out = BytesMut::from(&b"start"[..]);
            written.append_to(&mut out);
            assert_eq!(out[5..], *expected);
        });
        let before = BytesMut::from(&b"start"[..]);
        let pieces = written(&write, |written| written.into_pieces(before));
        assert_eq!(pieces.iter().map(Bytes::len).collect::<Vec<_>>(), lens);
        assert_eq!(pieces.concat()[5..], *expected);
        pieces
    }

    #[test]
    fn the_last_is_written_first() {
        check(
            |writer| {
                writer.nested(1, |writer| {
                    writer.slice_field(17, b"abc");
                    writer.varint_field(1, 300);
                });
                writer.key(16, WireType::Varint);
            },
            b"\x80\x01\x0a\x09\x08\xac\x02\x8a\x01\x03abc",
            &[5 + 13],
        );
    }

    #[test]
    fn varints_have_up_to_ten_bytes() {
        check(|writer| writer.varint(0), b"\0", &[6]);
        check(|writer| writer.varint(0x7f), b"\x7f", &[6]);
        check(|writer| writer.varint(0x80), b"\x80\x01", &[7]);
        check(
            |writer| writer.varint(u64::MAX),
            b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            &[15],
        );
        check(
            |writer| writer.varint(u64::MAX >> 1),
            b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
            &[14],
        );
    }

    #[test]
    fn long_bytes_stay_where_they_are() {
        let long = Bytes::from(vec![b'x'; LONG]);
        let expected = [b"a", &long[..], b"bc"].concat();
        let pieces = check(
            |writer| {
                writer.slice(b"c");
                writer.slice(b"b");
                writer.shared(&long);
                writer.slice(b"a");
            },
            &expected,
            &[6, LONG, 2],
        );
        assert_eq!(pieces[1].as_ptr(), long.as_ptr());
    }

    #[test]
    fn short_bytes_are_gathered() {
        let short = Bytes::from(vec![b'x'; LONG - 6]);
        check(|writer| writer.shared(&short), &short, &[LONG - 1]);
        check(|_| {}, b"", &[5]);
    }

    #[test]
    fn what_was_gathered_is_not_copied_again_if_it_is_long() {
        let numbers: Vec<u32> = (0..2 * LONG as u32).collect();
        let expected: Vec<u8> = numbers
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect();
        check(
            |writer| writer.arrays(&numbers, u32::to_le_bytes),
            &expected,
            &[5, 8 * LONG],
        );
    }
}
