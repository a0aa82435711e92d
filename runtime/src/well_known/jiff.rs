//! The types of `jiff`.

use jiff::{SignedDuration, ZonedDateTime};

use super::converted::{StandsFor, field_type};
use super::{Duration, DurationError, NANOS_PER_SECOND, Timestamp, TimestampError};

impl TryFrom<jiff::Timestamp> for Timestamp {
    type Error = TimestampError;

    fn try_from(time: jiff::Timestamp) -> Result<Self, TimestampError> {
        let timestamp = time.to_message();
        timestamp.check().map(|()| timestamp)
    }
}

/// The time zone isn't part of it.
impl TryFrom<ZonedDateTime> for Timestamp {
    type Error = TimestampError;

    fn try_from(time: ZonedDateTime) -> Result<Self, TimestampError> {
        time.timestamp().try_into()
    }
}

/// `jiff` leaves room for a day on the other side of the world, and ends at 9999-12-30T22:00:00.999999999Z.
impl TryFrom<Timestamp> for jiff::Timestamp {
    type Error = TimestampError;

    fn try_from(timestamp: Timestamp) -> Result<Self, TimestampError> {
        timestamp.check()?;
        let Timestamp { seconds, nanos } = timestamp;
        Self::new(seconds, nanos).map_err(|_| TimestampError::TooFar(seconds))
    }
}

impl StandsFor<Timestamp> for jiff::Timestamp {
    type Error = TimestampError;

    const EPOCH: Self = Self::UNIX_EPOCH;

    fn to_message(&self) -> Timestamp {
        // Before 1970, `jiff` counts them backwards.
        let nanos = self.subsec_nanosecond();
        Timestamp {
            seconds: self.as_second() + i64::from(nanos.div_euclid(NANOS_PER_SECOND)),
            nanos: nanos.rem_euclid(NANOS_PER_SECOND),
        }
    }

    fn from_message(timestamp: Timestamp) -> Result<Self, TimestampError> {
        timestamp.try_into()
    }
}

field_type!(jiff::Timestamp => Timestamp);

impl TryFrom<SignedDuration> for Duration {
    type Error = DurationError;

    fn try_from(duration: SignedDuration) -> Result<Self, DurationError> {
        let duration = duration.to_message();
        duration.check().map(|()| duration)
    }
}

impl TryFrom<Duration> for SignedDuration {
    type Error = DurationError;

    fn try_from(duration: Duration) -> Result<Self, DurationError> {
        duration.check()?;
        Ok(Self::new(duration.seconds, duration.nanos))
    }
}

impl StandsFor<Duration> for SignedDuration {
    type Error = DurationError;

    const EPOCH: Self = Self::ZERO;

    fn to_message(&self) -> Duration {
        Duration {
            seconds: self.as_secs(),
            nanos: self.subsec_nanos(),
        }
    }

    fn from_message(duration: Duration) -> Result<Self, DurationError> {
        duration.try_into()
    }
}

field_type!(SignedDuration => Duration);
