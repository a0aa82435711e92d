//! The types of `chrono`.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};

use super::converted::{StandsFor, field_type};
use super::{Duration, DurationError, NANOS_PER_SECOND, Timestamp, TimestampError};

/// A leap second, which protobuf doesn't know, is the start of the next one.
impl<Tz: TimeZone> TryFrom<DateTime<Tz>> for Timestamp {
    type Error = TimestampError;

    fn try_from(time: DateTime<Tz>) -> Result<Self, TimestampError> {
        let timestamp = time.to_utc().to_message();
        timestamp.check().map(|()| timestamp)
    }
}

impl TryFrom<Timestamp> for DateTime<Utc> {
    type Error = TimestampError;

    fn try_from(timestamp: Timestamp) -> Result<Self, TimestampError> {
        timestamp.check()?;
        let Timestamp { seconds, nanos } = timestamp;
        Self::from_timestamp(seconds, nanos.cast_unsigned()).ok_or(TimestampError::TooFar(seconds))
    }
}

impl StandsFor<Timestamp> for DateTime<Utc> {
    type Error = TimestampError;

    const EPOCH: Self = Self::UNIX_EPOCH;

    fn to_message(&self) -> Timestamp {
        // Up to two seconds, where there is a leap second.
        let nanos = self.timestamp_subsec_nanos().cast_signed();
        Timestamp {
            seconds: self.timestamp() + i64::from(nanos / NANOS_PER_SECOND),
            nanos: nanos % NANOS_PER_SECOND,
        }
    }

    fn from_message(timestamp: Timestamp) -> Result<Self, TimestampError> {
        timestamp.try_into()
    }
}

field_type!(DateTime<Utc> => Timestamp);

impl TryFrom<TimeDelta> for Duration {
    type Error = DurationError;

    fn try_from(delta: TimeDelta) -> Result<Self, DurationError> {
        let duration = delta.to_message();
        duration.check().map(|()| duration)
    }
}

impl TryFrom<Duration> for TimeDelta {
    type Error = DurationError;

    fn try_from(duration: Duration) -> Result<Self, DurationError> {
        duration.check()?;
        let Duration { seconds, nanos } = duration;
        Self::try_seconds(seconds)
            .and_then(|delta| delta.checked_add(&Self::nanoseconds(nanos.into())))
            .ok_or(DurationError::Seconds(seconds))
    }
}

impl StandsFor<Duration> for TimeDelta {
    type Error = DurationError;

    const EPOCH: Self = Self::zero();

    fn to_message(&self) -> Duration {
        Duration {
            seconds: self.num_seconds(),
            nanos: self.subsec_nanos(),
        }
    }

    fn from_message(duration: Duration) -> Result<Self, DurationError> {
        duration.try_into()
    }
}

field_type!(TimeDelta => Duration);
