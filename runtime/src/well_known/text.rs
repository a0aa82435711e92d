//! What the texts of times and durations have in common.

use std::fmt;

/// Nanoseconds after a decimal point: nothing, or 3, 6 or 9 digits, which is what protobuf's JSON writes.
pub(super) struct Fraction(pub(super) u32);

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            nanos if nanos % 1_000_000 == 0 => write!(f, ".{:03}", nanos / 1_000_000),
            nanos if nanos % 1_000 == 0 => write!(f, ".{:06}", nanos / 1_000),
            nanos => write!(f, ".{nanos:09}"),
        }
    }
}

/// Text that is read from its start. Each method is `None` if something else stands there.
pub(super) struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn char(&mut self) -> Option<char> {
        let char = self.rest.chars().next()?;
        self.rest = &self.rest[char.len_utf8()..];
        Some(char)
    }

    /// What follows the character.
    pub(super) fn after(&mut self, char: char) -> Option<&mut Self> {
        (self.char()? == char).then_some(self)
    }

    /// A number of exactly so many digits.
    pub(super) fn digits(&mut self, count: usize) -> Option<i64> {
        let digits = self.rest.get(..count)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.rest = &self.rest[count..];
        digits.parse().ok()
    }

    /// A number of as many digits as there are.
    pub(super) fn number(&mut self) -> Option<u64> {
        let end = self.rest.find(|char: char| !char.is_ascii_digit());
        let (digits, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        digits.parse().ok()
    }

    /// Nanoseconds: a point and up to nine digits, or nothing.
    pub(super) fn fraction(&mut self) -> Option<i32> {
        let Some(after) = self.rest.strip_prefix('.') else {
            return Some(0);
        };
        self.rest = after;
        let number = self.number()?;
        let digits = u32::try_from(after.len() - self.rest.len()).ok()?;
        let missing = 9_u32.checked_sub(digits)?;
        i32::try_from(number * 10_u64.pow(missing)).ok()
    }
}

/// As much of the text as an error shows: a peer chose its length.
pub(super) fn excerpt(text: &str) -> String {
    text.chars().take(40).collect()
}
