//! `google.protobuf.Duration`.

use std::{error::Error, fmt, str::FromStr, time};

use traitwire_macros::Message;

use super::NANOS_PER_SECOND;
use super::converted::{StandsFor, field_type};
use super::text::{self, Fraction};

/// A signed length of time with the resolution of a nanosecond, up to about 10,000 years.
///
/// It doesn't know days or months, whose length depends on the calendar. What a peer sent may be longer, or have two
/// signs: [`check`](Self::check) tells, and the conversions refuse it.
///
/// As text it is a number of seconds, `1.5s`, as in protobuf's JSON.
///
/// ```
/// use std::time;
///
/// use traitwire::well_known::Duration;
///
/// let lap: Duration = "83.250s".parse()?;
/// assert_eq!(time::Duration::try_from(lap)?, time::Duration::from_millis(83_250));
/// let gap = lap.checked_sub("84s".parse()?).expect("not that long");
/// assert_eq!(gap.to_string(), "-0.750s");
/// assert!(time::Duration::try_from(gap).is_err());
/// # Ok::<_, traitwire::well_known::DurationError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Message)]
#[proto(package = "google.protobuf", file = "google/protobuf/duration.proto", json_form, crate = crate)]
pub struct Duration {
    /// Whole seconds, from -315,576,000,000 to 315,576,000,000.
    #[proto(1)]
    pub seconds: i64,
    /// Nanoseconds to add, -999,999,999 to 999,999,999. Their sign is that of the seconds, unless those are zero.
    #[proto(2)]
    pub nanos: i32,
}

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self {
        seconds: 0,
        nanos: 0,
    };
    /// The longest one of those that are negative.
    pub const MIN: Self = Self {
        seconds: -MAX_SECONDS,
        nanos: -MAX_NANOS,
    };
    /// The longest one.
    pub const MAX: Self = Self {
        seconds: MAX_SECONDS,
        nanos: MAX_NANOS,
    };

    /// So many seconds and nanoseconds.
    ///
    /// # Errors
    ///
    /// Those of [`check`](Self::check).
    pub fn new(seconds: i64, nanos: i32) -> Result<Self, DurationError> {
        let duration = Self { seconds, nanos };
        duration.check().map(|()| duration)
    }

    /// So many seconds.
    pub const fn from_secs(seconds: i32) -> Self {
        Self {
            seconds: seconds as i64,
            nanos: 0,
        }
    }

    /// So many thousandths of a second.
    pub const fn from_millis(millis: i32) -> Self {
        Self {
            seconds: (millis / 1000) as i64,
            nanos: millis % 1000 * 1_000_000,
        }
    }

    /// Whether it is a duration that protobuf knows.
    ///
    /// # Errors
    ///
    /// If it is longer than 10,000 years, if the nanoseconds are a second or more, or if seconds and nanoseconds are of
    /// different signs.
    pub fn check(self) -> Result<(), DurationError> {
        let Self { seconds, nanos } = self;
        if !(-MAX_SECONDS..=MAX_SECONDS).contains(&seconds) {
            return Err(DurationError::Seconds(seconds));
        }
        if !(-MAX_NANOS..=MAX_NANOS).contains(&nanos) {
            return Err(DurationError::Nanos(nanos));
        }
        if (seconds < 0 && nanos > 0) || (seconds > 0 && nanos < 0) {
            return Err(DurationError::TwoSigns { seconds, nanos });
        }
        Ok(())
    }

    /// The sum; `None` if it is too long, or one of the two isn't valid.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.check().ok()?;
        other.check().ok()?;
        Self::of(
            self.seconds + other.seconds,
            i64::from(self.nanos) + i64::from(other.nanos),
        )
    }

    /// The difference; `None` if it is too long, or one of the two isn't valid.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(other.checked_neg()?)
    }

    /// The same length with the other sign; `None` if it isn't valid.
    pub fn checked_neg(self) -> Option<Self> {
        self.check().ok()?;
        Some(Self {
            seconds: -self.seconds,
            nanos: -self.nanos,
        })
    }

    /// So many times this duration; `None` if that is too long, or this one isn't valid.
    pub fn checked_mul(self, factor: i32) -> Option<Self> {
        self.check().ok()?;
        let factor = i64::from(factor);
        Self::of(
            self.seconds.checked_mul(factor)?,
            i64::from(self.nanos) * factor,
        )
    }

    /// Any number of seconds and nanoseconds of whatever sign, as a valid duration if there is one.
    pub(super) fn of(seconds: i64, nanos: i64) -> Option<Self> {
        const NANOS: i64 = NANOS_PER_SECOND as i64;
        let seconds = seconds.checked_add(nanos.div_euclid(NANOS))?;
        let nanos = nanos.rem_euclid(NANOS) as i32;
        if seconds < 0 && nanos > 0 {
            Self::new(seconds + 1, nanos - NANOS_PER_SECOND).ok()
        } else {
            Self::new(seconds, nanos).ok()
        }
    }
}

/// As a number of seconds, with as many digits of a fraction as it needs out of 0, 3, 6 and 9. One that isn't valid is
/// shown as its two numbers.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seconds, nanos } = *self;
        if self.check().is_err() {
            return write!(f, "Duration({seconds}s, {nanos}ns)");
        }
        let sign = if seconds < 0 || nanos < 0 { "-" } else { "" };
        let (seconds, fraction) = (seconds.unsigned_abs(), Fraction(nanos.unsigned_abs()));
        write!(f, "{sign}{seconds}{fraction}s")
    }
}

/// Reads a number of seconds: digits, up to nine of a fraction, and an `s`.
impl FromStr for Duration {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, DurationError> {
        let error = || DurationError::Text(text::excerpt(text));
        let (sign, unsigned) = match text.strip_prefix('-') {
            Some(unsigned) => (-1, unsigned),
            None => (1, text),
        };
        let mut reader = text::Reader::new(unsigned);
        let seconds = reader.number().ok_or_else(error)?;
        let nanos = reader.fraction().ok_or_else(error)?;
        if reader.char() != Some('s') || !reader.is_empty() {
            return Err(error());
        }
        // Protobuf's limit for either sign is the same.
        let seconds = i64::try_from(seconds).map_err(|_| error())?;
        Self::new(sign * seconds, sign as i32 * nanos)
    }
}

impl TryFrom<time::Duration> for Duration {
    type Error = DurationError;

    fn try_from(duration: time::Duration) -> Result<Self, DurationError> {
        let duration = duration.to_message();
        duration.check().map(|()| duration)
    }
}

impl TryFrom<Duration> for time::Duration {
    type Error = DurationError;

    fn try_from(duration: Duration) -> Result<Self, DurationError> {
        duration.check()?;
        let Duration { seconds, nanos } = duration;
        match (u64::try_from(seconds), u32::try_from(nanos)) {
            (Ok(seconds), Ok(nanos)) => Ok(Self::new(seconds, nanos)),
            _ => Err(DurationError::Negative { seconds, nanos }),
        }
    }
}

impl StandsFor<Duration> for time::Duration {
    type Error = DurationError;

    const EPOCH: Self = Self::ZERO;

    fn to_message(&self) -> Duration {
        Duration {
            seconds: i64::try_from(self.as_secs()).unwrap_or(i64::MAX),
            // There are fewer of them than an `i32` can count.
            nanos: self.subsec_nanos().cast_signed(),
        }
    }

    fn from_message(duration: Duration) -> Result<Self, DurationError> {
        duration.try_into()
    }
}

field_type!(time::Duration => Duration);

/// Why something is no [`Duration`], or a [`Duration`] none of Rust's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DurationError {
    /// The seconds are more than 10,000 years.
    Seconds(i64),
    /// The nanoseconds are a second or more.
    Nanos(i32),
    /// One part is negative, and the other one isn't.
    #[expect(missing_docs, reason = "the fields are those of `Duration`")]
    TwoSigns { seconds: i64, nanos: i32 },
    /// It is negative, and [`std::time::Duration`] has no sign.
    #[expect(missing_docs, reason = "the fields are those of `Duration`")]
    Negative { seconds: i64, nanos: i32 },
    /// The text, of which this is the start, isn't a number of seconds.
    Text(String),
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
            Self::TwoSigns { seconds, nanos } => write!(
                f,
                "a duration of {seconds} seconds and {nanos} nanoseconds has two signs"
            ),
            Self::Negative { seconds, nanos } => write!(
                f,
                "a duration of {seconds} seconds and {nanos} nanoseconds is negative"
            ),
            Self::Text(text) => {
                write!(f, "{text:?} is no duration: one has the form of \"1.500s\"")
            }
        }
    }
}

impl Error for DurationError {}

/// 10,000 years of 365.25 days.
const MAX_SECONDS: i64 = 315_576_000_000;
const MAX_NANOS: i32 = NANOS_PER_SECOND - 1;
