//! `google.protobuf.Timestamp`.

use std::{
    error::Error,
    fmt,
    str::FromStr,
    time::{self, SystemTime, UNIX_EPOCH},
};

use traitwire_macros::Message;

use super::converted::{StandsFor, field_type};
use super::text::{self, Fraction};
use super::{Duration, NANOS_PER_SECOND};

/// A point in time, whatever the time zone or calendar.
///
/// It counts from the start of 1970 in UTC, with leap seconds smeared over the day that has one, and reaches from the
/// start of year 1 to the end of year 9999. What a peer sent may lie outside: [`check`](Self::check) tells, and the
/// conversions refuse it.
///
/// As text it has the form of [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339), which protobuf's JSON has too: always in
/// UTC, with as many digits of a fraction as it needs, out of 0, 3, 6 and 9. Any offset can be read.
///
/// ```
/// use std::time::SystemTime;
///
/// use traitwire::well_known::{Duration, Timestamp};
///
/// let landing: Timestamp = "1969-07-20T16:17:40-04:00".parse()?;
/// assert_eq!(landing.to_string(), "1969-07-20T20:17:40Z");
/// let step = landing.checked_add(Duration::new(23_900, 500_000_000)?).expect("not the end of time");
/// assert_eq!(step.to_string(), "1969-07-21T02:56:00.500Z");
/// assert!(SystemTime::try_from(step)? < SystemTime::now());
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Message)]
#[proto(package = "google.protobuf", file = "google/protobuf/timestamp.proto", json_form, crate = crate)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z, negative for the time before it.
    #[proto(1)]
    pub seconds: i64,
    /// Nanoseconds to add to the second, 0 to 999,999,999. They count forward before 1970 too.
    #[proto(2)]
    pub nanos: i32,
}

impl Timestamp {
    /// The start of 1970.
    pub const UNIX_EPOCH: Self = Self {
        seconds: 0,
        nanos: 0,
    };
    /// The start of year 1.
    pub const MIN: Self = Self {
        seconds: -62_135_596_800,
        nanos: 0,
    };
    /// The end of year 9999.
    pub const MAX: Self = Self {
        seconds: 253_402_300_799,
        nanos: NANOS_PER_SECOND - 1,
    };

    /// The time that lies so many seconds and nanoseconds after the start of 1970.
    ///
    /// # Errors
    ///
    /// Those of [`check`](Self::check).
    pub fn new(seconds: i64, nanos: i32) -> Result<Self, TimestampError> {
        let timestamp = Self { seconds, nanos };
        timestamp.check().map(|()| timestamp)
    }

    /// The current time of this machine. Its clock is taken for one that shows a year up to 9999.
    pub fn now() -> Self {
        SystemTime::now().to_message()
    }

    /// Whether it is a time that protobuf knows.
    ///
    /// # Errors
    ///
    /// If it lies before the year 1 or after 9999, or the nanoseconds are none of a second.
    pub fn check(self) -> Result<(), TimestampError> {
        if !(0..NANOS_PER_SECOND).contains(&self.nanos) {
            return Err(TimestampError::Nanos(self.nanos));
        }
        if !(Self::MIN.seconds..=Self::MAX.seconds).contains(&self.seconds) {
            return Err(TimestampError::Seconds(self.seconds));
        }
        Ok(())
    }

    /// The time that is later by `duration`; `None` if protobuf doesn't know it, or one of the two isn't valid.
    pub fn checked_add(self, duration: Duration) -> Option<Self> {
        self.check().ok()?;
        duration.check().ok()?;
        // Both are far from what an `i64` holds.
        Self::of(self.seconds + duration.seconds, self.nanos + duration.nanos)
    }

    /// The time that is earlier by `duration`; `None` as for [`checked_add`](Self::checked_add).
    pub fn checked_sub(self, duration: Duration) -> Option<Self> {
        self.checked_add(duration.checked_neg()?)
    }

    /// How much later it is than `earlier`: negative if it isn't. `None` if one of the two isn't valid.
    pub fn checked_since(self, earlier: Self) -> Option<Duration> {
        self.check().ok()?;
        earlier.check().ok()?;
        Duration::of(
            self.seconds - earlier.seconds,
            i64::from(self.nanos - earlier.nanos),
        )
    }

    /// The time that is so many seconds and nanoseconds, of either sign, after 1970; those are less than two seconds.
    fn of(seconds: i64, nanos: i32) -> Option<Self> {
        let seconds = seconds + i64::from(nanos.div_euclid(NANOS_PER_SECOND));
        Self::new(seconds, nanos.rem_euclid(NANOS_PER_SECOND)).ok()
    }
}

/// In the form of RFC 3339; one that isn't valid has none, and is shown as its two numbers.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seconds, nanos } = *self;
        if self.check().is_err() {
            return write!(f, "Timestamp({seconds}s, {nanos}ns)");
        }
        let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        let (year, month, day) = date(days);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let fraction = Fraction(nanos.unsigned_abs());
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z"
        )
    }
}

/// Reads RFC 3339 as protobuf's JSON does: `T` and `Z` are upper case, and up to nine digits follow the second. There
/// are no leap seconds.
impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let mut reader = text::Reader::new(text);
        read(&mut reader)
            .filter(|_| reader.is_empty())
            .ok_or_else(|| TimestampError::Text(text::excerpt(text)))
            .and_then(|(seconds, nanos)| Self::new(seconds, nanos))
    }
}

/// Seconds and nanoseconds since 1970.
fn read(reader: &mut text::Reader<'_>) -> Option<(i64, i32)> {
    let year = reader.digits(4)?;
    let month = reader.after('-')?.digits(2)?;
    let day = reader.after('-')?.digits(2)?;
    let hour = reader.after('T')?.digits(2)?;
    let minute = reader.after(':')?.digits(2)?;
    let second = reader.after(':')?.digits(2)?;
    let nanos = reader.fraction()?;
    let is_date = year > 0 && (1..=12).contains(&month) && 1 <= day && day <= days_in(year, month);
    if !is_date || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let offset = match reader.char()? {
        'Z' => 0,
        sign @ ('+' | '-') => {
            let hours = reader.digits(2)?;
            let minutes = reader.after(':')?.digits(2)?;
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = (hours * 60 + minutes) * 60;
            if sign == '-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    let seconds = days(year, month, day) * DAY + (hour * 60 + minute) * 60 + second - offset;
    Some((seconds, nanos))
}

/// Year, month and day of a day that is counted from the start of 1970: [Howard Hinnant's `civil_from_days`][chrono], for
/// the years that a timestamp has.
///
/// [chrono]: https://howardhinnant.github.io/date_algorithms.html#civil_from_days
fn date(days: i64) -> (i64, i64, i64) {
    // Days since the 1st of March of year 0, so that the leap day is the last one of its year.
    let days = days + MARCH_OF_YEAR_0;
    let (era, day_of_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

/// The opposite of [`date`].
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * ERA + day_of_era - MARCH_OF_YEAR_0
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl TryFrom<SystemTime> for Timestamp {
    type Error = TimestampError;

    fn try_from(time: SystemTime) -> Result<Self, TimestampError> {
        let timestamp = time.to_message();
        timestamp.check().map(|()| timestamp)
    }
}

impl TryFrom<Timestamp> for SystemTime {
    type Error = TimestampError;

    fn try_from(timestamp: Timestamp) -> Result<Self, TimestampError> {
        timestamp.check()?;
        let Timestamp { seconds, nanos } = timestamp;
        let distance = time::Duration::from_secs(seconds.unsigned_abs());
        let second = match seconds {
            0.. => UNIX_EPOCH.checked_add(distance),
            _ => UNIX_EPOCH.checked_sub(distance),
        };
        let nanos = time::Duration::from_nanos(nanos.unsigned_abs().into());
        second
            .and_then(|second| second.checked_add(nanos))
            .ok_or(TimestampError::TooFar(seconds))
    }
}

impl StandsFor<Timestamp> for SystemTime {
    type Error = TimestampError;

    const EPOCH: Self = UNIX_EPOCH;

    fn to_message(&self) -> Timestamp {
        let seconds = |distance: time::Duration| i64::try_from(distance.as_secs());
        let (seconds, nanos) = match self.duration_since(UNIX_EPOCH) {
            Ok(since) => (seconds(since).unwrap_or(i64::MAX), since.subsec_nanos()),
            Err(error) => {
                let before = error.duration();
                let seconds = seconds(before).map_or(i64::MIN, |seconds| -seconds);
                match before.subsec_nanos() {
                    0 => (seconds, 0),
                    // There are fewer of them than an `i32` can count.
                    nanos => (
                        seconds.saturating_sub(1),
                        NANOS_PER_SECOND.cast_unsigned() - nanos,
                    ),
                }
            }
        };
        Timestamp {
            seconds,
            nanos: nanos.cast_signed(),
        }
    }

    fn from_message(timestamp: Timestamp) -> Result<Self, TimestampError> {
        timestamp.try_into()
    }
}

field_type!(SystemTime => Timestamp);

/// Why something is no [`Timestamp`], or a [`Timestamp`] no time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimestampError {
    /// The seconds lie before the year 1 or after 9999.
    Seconds(i64),
    /// The seconds lie further away than the Rust type can count.
    TooFar(i64),
    /// The nanoseconds are negative, or more than a second has.
    Nanos(i32),
    /// The text, of which this is the start, isn't of the form of RFC 3339.
    Text(String),
}

impl fmt::Display for TimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seconds(seconds) => write!(
                f,
                "a timestamp of {seconds} seconds lies outside of the years 1 to 9999"
            ),
            Self::TooFar(seconds) => write!(
                f,
                "a timestamp of {seconds} seconds lies further away than its Rust type can count"
            ),
            Self::Nanos(nanos) => write!(
                f,
                "a timestamp has 0 to 999999999 nanoseconds, and this one {nanos}"
            ),
            Self::Text(text) => write!(
                f,
                "{text:?} is no time: one has the form of \"2024-02-29T16:30:00.500Z\""
            ),
        }
    }
}

impl Error for TimestampError {}

const DAY: i64 = 24 * 60 * 60;
/// Days from the 1st of March of year 0 to the start of 1970.
const MARCH_OF_YEAR_0: i64 = 719_468;
/// Days in 400 years, after which the calendar repeats.
const ERA: i64 = 146_097;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_both_ways() {
        assert_eq!(date(0), (1970, 1, 1));
        let (mut year, mut month, mut day) = (1, 1, 1);
        for since in -719_162..=2_932_896 {
            assert_eq!(date(since), (year, month, day));
            assert_eq!(days(year, month, day), since);
            day += 1;
            if day > days_in(year, month) {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!((year, month, day), (10_000, 1, 1));
    }
}
