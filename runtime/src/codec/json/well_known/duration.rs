//! A duration is `"1.5s"`.

use serde_core::{Deserializer, Serializer, ser};

use super::{
    JsonForm,
    seconds::{Fraction, number},
};
use crate::{
    codec::json::{
        JsonReading, JsonWriting,
        text::{TextForm, read_text},
    },
    well_known::Duration,
};

impl JsonForm for Duration {
    fn write<S: Serializer>(&self, serializer: S, _: JsonWriting<'_>) -> Result<S::Ok, S::Error> {
        let Self { seconds, nanos } = *self;
        let is_in_range = (-MAX_SECONDS..=MAX_SECONDS).contains(&seconds)
            && (-MAX_NANOS..=MAX_NANOS).contains(&nanos);
        let has_one_sign = seconds.signum() * i64::from(nanos.signum()) >= 0;
        if !is_in_range || !has_one_sign {
            return Err(ser::Error::custom(format_args!(
                "a duration has up to {MAX_SECONDS} seconds and {MAX_NANOS} nanoseconds of one sign, and this one \
                 {seconds} and {nanos}"
            )));
        }
        let sign = if seconds < 0 || nanos < 0 { "-" } else { "" };
        let fraction = Fraction(nanos.unsigned_abs());
        serializer.collect_str(&format_args!("{sign}{}{fraction}s", seconds.unsigned_abs()))
    }

    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        _: JsonReading<'_>,
    ) -> Result<Self, D::Error> {
        read_text(deserializer)
    }
}

impl TextForm for Duration {
    const EXPECTED: &str = "a duration of at most 10,000 years, `1.5s`";

    fn parse(text: &str) -> Option<Self> {
        let text = text.strip_suffix('s')?;
        let (sign, text) = match text.strip_prefix('-') {
            Some(text) => (-1, text),
            None => (1, text),
        };
        let (seconds, nanos) = match text.split_once('.') {
            Some((seconds, fraction)) => (seconds, Fraction::parse(fraction)?.0),
            None => (text, 0),
        };
        let seconds = i64::try_from(number(seconds)?).ok()?;
        // There are fewer of them than an `i32` can count.
        let (seconds, nanos) = (sign * seconds, sign as i32 * nanos as i32);
        (-MAX_SECONDS..=MAX_SECONDS)
            .contains(&seconds)
            .then_some(Self { seconds, nanos })
    }
}

/// 10,000 years of 365.25 days.
const MAX_SECONDS: i64 = 315_576_000_000;
const MAX_NANOS: i32 = 999_999_999;
