//! `google.protobuf.Duration`.

use std::{error::Error, fmt, time};

use traitwire_macros::Message;

use super::converted::{Converted, Epoch};
use crate::codec::{Field, Requirable, Singular, Value};

/// A signed length of time with the resolution of a nanosecond, up to about 10,000 years.
///
/// It doesn't know days or months, whose length depends on the calendar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "google.protobuf", file = "google/protobuf/duration.proto", json_form, crate = crate)]
pub struct Duration {
    /// Whole seconds, from -315,576,000,000 to 315,576,000,000.
    #[proto(1)]
    pub seconds: i64,
    /// Nanoseconds to add, -999,999,999 to 999,999,999. Their sign is that of the seconds, unless those are zero.
    #[proto(2)]
    pub nanos: i32,
}

/// What is longer than a `Duration` can be becomes the longest one.
impl From<time::Duration> for Duration {
    fn from(duration: time::Duration) -> Self {
        match i64::try_from(duration.as_secs()) {
            // There are fewer of them than an `i32` can count.
            Ok(seconds) if seconds <= MAX_SECONDS => Self {
                seconds,
                nanos: duration.subsec_nanos() as i32,
            },
            _ => Self {
                seconds: MAX_SECONDS,
                nanos: MAX_NANOS,
            },
        }
    }
}

impl TryFrom<Duration> for time::Duration {
    type Error = DurationError;

    fn try_from(duration: Duration) -> Result<Self, DurationError> {
        let Duration { seconds, nanos } = duration;
        if !(-MAX_SECONDS..=MAX_SECONDS).contains(&seconds) {
            return Err(DurationError::Seconds(seconds));
        }
        if !(-MAX_NANOS..=MAX_NANOS).contains(&nanos) {
            return Err(DurationError::Nanos(nanos));
        }
        match (u64::try_from(seconds), u32::try_from(nanos)) {
            (Ok(seconds), Ok(nanos)) => Ok(Self::new(seconds, nanos)),
            _ => Err(DurationError::Negative { seconds, nanos }),
        }
    }
}

/// Why a [`Duration`] is none of [`std::time::Duration`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DurationError {
    /// The seconds are more than 10,000 years.
    Seconds(i64),
    /// The nanoseconds are more than a second.
    Nanos(i32),
    /// Rust's durations have no sign.
    #[expect(missing_docs, reason = "the fields are those of `Duration`")]
    Negative { seconds: i64, nanos: i32 },
}

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seconds(seconds) => write!(
                f,
                "a duration has up to {MAX_SECONDS} seconds, and this one {seconds}"
            ),
            Self::Nanos(nanos) => write!(
                f,
                "a duration has up to {MAX_NANOS} nanoseconds, and this one {nanos}"
            ),
            Self::Negative { seconds, nanos } => write!(
                f,
                "a duration of {seconds} seconds and {nanos} nanoseconds has a negative part"
            ),
        }
    }
}

impl Error for DurationError {}

impl Epoch for time::Duration {
    const EPOCH: Self = Self::ZERO;
}

impl Value for time::Duration {
    type Codec = Converted<Duration>;
}

impl Field for time::Duration {
    type Codec = Singular<Converted<Duration>>;
}

impl Requirable for time::Duration {}

/// 10,000 years of 365.25 days.
const MAX_SECONDS: i64 = 315_576_000_000;
const MAX_NANOS: i32 = 999_999_999;
