//! Seconds and nanoseconds, as durations and times write them.

use std::fmt;

/// The nanoseconds of a second, after a point: none, or as many digits as are needed of 3, 6 and 9.
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

impl Fraction {
    /// Reads up to nine digits behind a point.
    pub(super) fn parse(digits: &str) -> Option<Self> {
        if digits.is_empty() || digits.len() > 9 {
            return None;
        }
        let nanos = number(digits)?;
        let scale = 10_u32.pow(9 - digits.len() as u32);
        Some(Self(u32::try_from(nanos).ok()? * scale))
    }
}

/// The number that digits are, and nothing else.
pub(super) fn number(digits: &str) -> Option<u64> {
    let is_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_digits.then(|| digits.parse().ok()).flatten()
}
