//! `google.protobuf.Timestamp`.

use std::{
    error::Error,
    fmt,
    ops::RangeInclusive,
    time::{self, SystemTime, UNIX_EPOCH},
};

use traitwire_macros::Message;

use super::converted::{Converted, Epoch};
use crate::codec::{Field, Requirable, Singular, Value};

/// A point in time, whatever the time zone or calendar.
///
/// It counts from the start of 1970 in UTC, with leap seconds smeared over the day that has one, and reaches from the
/// start of year 1 to the end of year 9999.
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
    /// The current time of this machine.
    pub fn now() -> Self {
        SystemTime::now().into()
    }
}

/// Times that a `Timestamp` doesn't reach become the first or last one that it does.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let (seconds, nanos) = match time.duration_since(UNIX_EPOCH) {
            Ok(since) => (i64::try_from(since.as_secs()), since.subsec_nanos()),
            Err(error) => {
                let before = error.duration();
                let seconds = i64::try_from(before.as_secs()).map(|seconds| -seconds);
                match before.subsec_nanos() {
                    0 => (seconds, 0),
                    nanos => (seconds.map(|seconds| seconds - 1), NANOS_PER_SECOND - nanos),
                }
            }
        };
        match seconds {
            // There are fewer of them than an `i32` can count.
            Ok(seconds) if SECONDS.contains(&seconds) => Self {
                seconds,
                nanos: nanos as i32,
            },
            _ if time < UNIX_EPOCH => Self {
                seconds: *SECONDS.start(),
                nanos: 0,
            },
            _ => Self {
                seconds: *SECONDS.end(),
                nanos: NANOS_PER_SECOND as i32 - 1,
            },
        }
    }
}

impl TryFrom<Timestamp> for SystemTime {
    type Error = TimestampError;

    fn try_from(timestamp: Timestamp) -> Result<Self, TimestampError> {
        let Timestamp { seconds, nanos } = timestamp;
        let subsec = u32::try_from(nanos).ok();
        let Some(subsec) = subsec.filter(|nanos| *nanos < NANOS_PER_SECOND) else {
            return Err(TimestampError::Nanos(nanos));
        };
        let second = if SECONDS.contains(&seconds) {
            let distance = time::Duration::from_secs(seconds.unsigned_abs());
            match seconds {
                0.. => UNIX_EPOCH.checked_add(distance),
                _ => UNIX_EPOCH.checked_sub(distance),
            }
        } else {
            None
        };
        second
            .and_then(|second| second.checked_add(time::Duration::new(0, subsec)))
            .ok_or(TimestampError::Seconds(seconds))
    }
}

/// Why a [`Timestamp`] is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimestampError {
    /// The seconds lie before the year 1 or after 9999, or further away than this machine can count.
    Seconds(i64),
    /// The nanoseconds are negative, or more than a second has.
    Nanos(i32),
}

impl fmt::Display for TimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seconds(seconds) => write!(
                f,
                "a timestamp of {seconds} seconds lies outside of the years 1 to 9999"
            ),
            Self::Nanos(nanos) => write!(
                f,
                "a timestamp has 0 to 999999999 nanoseconds, and this one {nanos}"
            ),
        }
    }
}

impl Error for TimestampError {}

impl Epoch for SystemTime {
    const EPOCH: Self = UNIX_EPOCH;
}

impl Value for SystemTime {
    type Codec = Converted<Timestamp>;
}

impl Field for SystemTime {
    type Codec = Singular<Converted<Timestamp>>;
}

impl Requirable for SystemTime {}

const NANOS_PER_SECOND: u32 = 1_000_000_000;

/// From 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
const SECONDS: RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
