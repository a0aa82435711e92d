//! Bytes on their way out.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes};

/// A payload, lent or given.
#[derive(Debug)]
pub enum Data<'a> {
    /// Copied.
    Slice(&'a [u8]),
    /// Kept as it is where it is long, copied where it is short.
    Bytes(Bytes),
}

impl Data<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Slice(slice) => slice.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Self::Slice(slice) => Bytes::copy_from_slice(slice),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// What a connection wants written: frames in one buffer, and long payloads between them as they are.
#[derive(Debug, Default)]
pub struct Output {
    buffer: Vec<u8>,
    /// How much of `buffer` is written.
    written: usize,
    /// Long payloads, each with the place in `buffer` that it stands in front of.
    shared: VecDeque<(usize, Bytes)>,
    shared_len: usize,
}

impl Output {
    /// Bytes that wait to be written.
    pub fn len(&self) -> usize {
        self.buffer.len() - self.written + self.shared_len
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `slices` from the front, for one gathering write; says how many there are.
    pub fn io_slices<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let mut at = self.written;
        let mut used = 0;
        let mut add = |bytes: &'a [u8]| {
            if bytes.is_empty() {
                return true;
            }
            let Some(slice) = slices.get_mut(used) else {
                return false;
            };
            *slice = IoSlice::new(bytes);
            used += 1;
            true
        };
        for (place, payload) in &self.shared {
            if !add(&self.buffer[at..*place]) || !add(payload) {
                return used;
            }
            at = *place;
        }
        add(&self.buffer[at..]);
        used
    }

    /// The bytes at the front that lie together.
    pub fn chunk(&self) -> &[u8] {
        match self.shared.front() {
            Some((place, payload)) if *place == self.written => payload,
            Some((place, _)) => &self.buffer[self.written..*place],
            None => &self.buffer[self.written..],
        }
    }

    /// Forgets the first `len` bytes, which are written.
    pub fn advance(&mut self, mut len: usize) {
        while let Some((place, payload)) = self.shared.front_mut() {
            let before = (*place - self.written).min(len);
            self.written += before;
            len -= before;
            if self.written < *place || len == 0 {
                break;
            }
            let now = payload.len().min(len);
            payload.advance(now);
            self.shared_len -= now;
            len -= now;
            if !payload.is_empty() {
                break;
            }
            self.shared.pop_front();
        }
        self.written += len;
        if self.written == self.buffer.len() && self.shared.is_empty() {
            self.buffer.clear();
            self.written = 0;
        } else if self.written > COMPACT && self.written * 2 > self.buffer.len() {
            self.buffer.drain(..self.written);
            for (place, _) in &mut self.shared {
                *place -= self.written;
            }
            self.written = 0;
        }
    }

    /// Gives a buffer to write into, kept from another connection perhaps. Its contents are thrown away.
    pub fn lend(&mut self, mut buffer: Vec<u8>) {
        if self.buffer.capacity() == 0 {
            buffer.clear();
            self.buffer = buffer;
        }
    }

    /// Takes the buffer, if nothing is in it.
    pub fn take_buffer(&mut self) -> Option<Vec<u8>> {
        (self.is_empty() && self.buffer.capacity() > 0).then(|| {
            self.written = 0;
            std::mem::take(&mut self.buffer)
        })
    }

    /// Where frames are written; only appended to.
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Appends a payload as it is.
    pub(crate) fn share(&mut self, payload: Bytes) {
        self.shared_len += payload.len();
        self.shared.push_back((self.buffer.len(), payload));
    }
}

/// Written bytes that are kept before the rest is moved to the front.
const COMPACT: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_leave_in_the_order_they_were_given_in(
            pieces in prop::collection::vec((any::<bool>(), 1_usize..60_000), 1..20),
            steps in prop::collection::vec(1_usize..100_000, 1..20),
        ) {
            let (mut output, mut expected) = (Output::default(), Vec::new());
            for (n, (shared, len)) in pieces.into_iter().enumerate() {
                let piece = vec![n as u8; len];
                expected.extend_from_slice(&piece);
                if shared {
                    output.share(piece.into());
                } else {
                    output.buffer().extend_from_slice(&piece);
                }
            }
            let (mut written, mut steps) = (Vec::new(), steps.into_iter().cycle());
            while !output.is_empty() {
                prop_assert_eq!(output.len(), expected.len() - written.len());
                let mut slices = [IoSlice::new(&[]); 3];
                let used = output.io_slices(&mut slices);
                let all: Vec<u8> = slices[..used].iter().flat_map(|slice| slice.to_vec()).collect();
                prop_assert!(all.starts_with(output.chunk()) && !output.chunk().is_empty());
                let now = steps.next().unwrap_or(1).min(all.len());
                written.extend_from_slice(&all[..now]);
                output.advance(now);
            }
            prop_assert_eq!(written, expected);
            prop_assert!(output.take_buffer().is_none_or(|buffer| buffer.is_empty()));
        }
    }
}
