//! What Huffman-encoded strings are, without decoding them again.
//!
//! Some encoders send `:path` or a token as a literal in every call, always the same one.

use super::hash::{hash, same};

/// Encoded strings that came more than once, and their texts.
pub(super) struct Memory {
    /// The hashes of strings that came lately, each where the hash says.
    seen: [u32; SLOTS],
    /// The same for strings that came again, and stay until another one does. Empty until the first.
    strings: Vec<Option<Box<Remembered>>>,
}

struct Remembered {
    encoded: Box<[u8]>,
    text: Box<[u8]>,
    clean: bool,
}

/// Whether a string is remembered.
pub(super) enum Recall {
    /// It is, here.
    Known(usize),
    /// It isn't, but it came the second time: [`Memory::remember`] puts it here.
    Again(usize),
    Unknown,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self {
            seen: [0; SLOTS],
            strings: Vec::new(),
        }
    }

    #[inline]
    pub(super) fn recall(&mut self, encoded: &[u8]) -> Recall {
        if encoded.len() < MIN_LEN || encoded.len() > MAX_LEN {
            return Recall::Unknown;
        }
        let hash = hash(0, encoded);
        let at = hash as usize % SLOTS;
        if let Some(Some(string)) = self.strings.get(at)
            && same(&string.encoded, encoded)
        {
            return Recall::Known(at);
        }
        if self.seen[at] == hash {
            return Recall::Again(at);
        }
        self.seen[at] = hash;
        Recall::Unknown
    }

    /// The text of a string that is known, and whether it is free of NUL, CR and LF.
    #[inline]
    pub(super) fn get(&self, at: usize) -> (&[u8], bool) {
        match self.strings.get(at) {
            Some(Some(string)) => (&string.text, string.clean),
            _ => (&[], true),
        }
    }

    #[cold]
    pub(super) fn remember(&mut self, at: usize, encoded: &[u8], text: &[u8], clean: bool) {
        if self.strings.is_empty() {
            self.strings.resize_with(SLOTS, || None);
        }
        self.strings[at] = Some(Box::new(Remembered {
            encoded: encoded.into(),
            text: text.into(),
            clean,
        }));
    }
}

const SLOTS: usize = 16;

/// Shorter strings are decoded as fast.
const MIN_LEN: usize = 8;

/// Bounds what a connection can make us hold, to 5 KiB.
const MAX_LEN: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    /// Recalls strings one after the other, and remembers those that come again; says which were known.
    #[track_caller]
    fn check(strings: &[&[u8]], known: &[bool]) {
        let mut memory = Memory::new();
        let recalled = strings.iter().map(|encoded| match memory.recall(encoded) {
            Recall::Known(at) => {
                assert_eq!(
                    memory.get(at),
                    (encoded.to_ascii_uppercase().as_slice(), false)
                );
                true
            }
            Recall::Again(at) => {
                memory.remember(at, encoded, &encoded.to_ascii_uppercase(), false);
                false
            }
            Recall::Unknown => false,
        });
        assert_eq!(recalled.collect::<Vec<_>>(), known);
    }

    #[test]
    fn a_string_is_known_the_third_time() {
        check(&[b"/a.B/Method".as_slice(); 4], &[false, false, true, true]);
    }

    #[test]
    fn strings_that_come_once_push_no_other_out() {
        let once: Vec<_> = (0..1000).map(|i| format!("00-{i:032x}")).collect();
        let mut strings: Vec<&[u8]> = vec![b"/a.B/Method"; 2];
        strings.extend(once.iter().map(String::as_bytes));
        strings.push(b"/a.B/Method");
        let mut known = vec![false; strings.len()];
        known[strings.len() - 1] = true;
        check(&strings, &known);
    }

    #[test]
    fn short_and_long_strings_are_not_remembered() {
        check(&[b"1234567".as_slice(); 3], &[false; 3]);
        check(&[[b'x'; 128].as_slice(); 3], &[false, false, true]);
        check(&[[b'x'; 129].as_slice(); 3], &[false; 3]);
    }

    #[test]
    fn a_string_takes_the_place_of_another() {
        let mut memory = Memory::new();
        for i in 0..100 {
            let encoded = format!("/a.B/Method{i}");
            for _ in 0..2 {
                if let Recall::Again(at) = memory.recall(encoded.as_bytes()) {
                    memory.remember(at, encoded.as_bytes(), b"text", true);
                }
            }
            assert!(matches!(
                memory.recall(encoded.as_bytes()),
                Recall::Known(_)
            ));
        }
        assert_eq!(memory.strings.len(), SLOTS);
    }
}
