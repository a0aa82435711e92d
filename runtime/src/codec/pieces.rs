//! A message encoded without copying its long `bytes`.

use bytes::buf::UninitSlice;
use bytes::{Buf, BufMut, Bytes, BytesMut};

/// What a message is encoded into whose `Bytes` are long: they are taken as they are, and what stands between them is
/// gathered.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    done: Vec<Bytes>,
    last: BytesMut,
}

impl Pieces {
    /// To be followed by what is encoded next.
    pub(crate) fn new(start: BytesMut) -> Self {
        Self {
            done: Vec::new(),
            last: start,
        }
    }

    /// In order; none is empty.
    pub(crate) fn into_pieces(mut self) -> Vec<Bytes> {
        self.finish_piece();
        self.done
    }

    fn finish_piece(&mut self) {
        if !self.last.is_empty() {
            self.done.push(self.last.split().freeze());
        }
    }
}

// SAFETY: all of it is `BytesMut`'s own implementation. What `chunk_mut` returns is its spare capacity, and `advance_mut`
// advances that same buffer; in between, nothing else is called on it.
#[expect(
    unsafe_code,
    reason = "the trait is unsafe, and `put` is the only place to see `Bytes` go by; a reply of 1 MiB costs a fifth less"
)]
unsafe impl BufMut for Pieces {
    #[inline]
    fn remaining_mut(&self) -> usize {
        self.last.remaining_mut()
    }

    #[inline]
    unsafe fn advance_mut(&mut self, len: usize) {
        // SAFETY: the caller's promise is about the same bytes.
        unsafe { self.last.advance_mut(len) };
    }

    #[inline]
    fn chunk_mut(&mut self) -> &mut UninitSlice {
        self.last.chunk_mut()
    }

    /// Takes long `Bytes` as they are.
    #[inline]
    fn put<B: Buf>(&mut self, mut bytes: B) {
        let len = bytes.remaining();
        if len < LONG {
            return self.last.put(bytes);
        }
        self.finish_piece();
        // Copies what isn't `Bytes`, as it would be copied otherwise.
        self.done.push(bytes.copy_to_bytes(len));
    }

    #[inline]
    fn put_slice(&mut self, bytes: &[u8]) {
        self.last.put_slice(bytes);
    }

    #[inline]
    fn put_bytes(&mut self, byte: u8, len: usize) {
        self.last.put_bytes(byte, len);
    }
}

/// Bytes that are cheaper to send from where they lie than to copy: what a piece costs by itself is about as much as
/// copying 8 KiB.
pub(crate) const LONG: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(put: impl FnOnce(&mut Pieces), lens: &[usize]) -> Vec<Bytes> {
        let mut pieces = Pieces::new(BytesMut::from(&b"start"[..]));
        put(&mut pieces);
        let pieces = pieces.into_pieces();
        assert_eq!(pieces.iter().map(Bytes::len).collect::<Vec<_>>(), lens);
        pieces
    }

    #[test]
    fn long_bytes_stay_where_they_are() {
        let long = Bytes::from(vec![b'x'; LONG]);
        let pieces = check(
            |out| {
                out.put_u8(1);
                out.put(long.clone());
                out.put_slice(b"ab");
                out.put(&b"cd"[..]);
                out.put_bytes(b'e', 2);
            },
            &[6, LONG, 6],
        );
        assert_eq!(pieces[1].as_ptr(), long.as_ptr());
        assert_eq!(&pieces[2][..], b"abcdee");
    }

    #[test]
    fn short_bytes_are_gathered() {
        check(
            |out| out.put(Bytes::from(vec![0; LONG - 1])),
            &[5 + LONG - 1],
        );
        check(|_| {}, &[5]);
    }

    #[test]
    fn slices_are_copied_whatever_their_length() {
        check(|out| out.put(&vec![0; LONG][..]), &[5, LONG]);
        check(|out| out.put_slice(&vec![0; LONG]), &[5 + LONG]);
    }
}
