//! A time is one of RFC 3339, printed in UTC.

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
    well_known::Timestamp,
};

impl JsonForm for Timestamp {
    fn write<S: Serializer>(&self, serializer: S, _: JsonWriting<'_>) -> Result<S::Ok, S::Error> {
        let Self { seconds, nanos } = *self;
        let fraction = u32::try_from(nanos)
            .ok()
            .filter(|nanos| *nanos < 1_000_000_000);
        let (Some(fraction), true) = (fraction, (FIRST..=LAST).contains(&seconds)) else {
            return Err(ser::Error::custom(format_args!(
                "a timestamp lies in the years 1 to 9999 and has 0 to 999999999 nanoseconds, and this one has {seconds} \
                 seconds and {nanos} nanoseconds"
            )));
        };
        let (year, month, day) = date(seconds.div_euclid(DAY));
        let second = seconds.rem_euclid(DAY);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let fraction = Fraction(fraction);
        serializer.collect_str(&format_args!(
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z"
        ))
    }

    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        _: JsonReading<'_>,
    ) -> Result<Self, D::Error> {
        read_text(deserializer)
    }
}

impl TextForm for Timestamp {
    const EXPECTED: &str = "a time of the years 1 to 9999, `2006-01-02T15:04:05.5Z`";

    fn parse(text: &str) -> Option<Self> {
        let mut text = Text(text);
        let year = text.number(4, 1..=9999)?;
        text.take("-")?;
        let month = text.number(2, 1..=12)?;
        text.take("-")?;
        let day = text.number(2, 1..=days_in(year, month))?;
        text.take("T")?;
        let hour = text.number(2, 0..=23)?;
        text.take(":")?;
        let minute = text.number(2, 0..=59)?;
        text.take(":")?;
        let second = text.number(2, 0..=59)?;
        let nanos = match text.take(".") {
            Some(()) => text.fraction()?,
            None => 0,
        };
        let seconds = days(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
        let seconds = seconds - text.offset()?;
        (text.0.is_empty() && (FIRST..=LAST).contains(&seconds)).then_some(Self {
            seconds,
            // There are fewer of them than an `i32` can count.
            nanos: nanos as i32,
        })
    }
}

/// What is still to be read.
struct Text<'a>(&'a str);

impl Text<'_> {
    fn take(&mut self, text: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(text)?;
        Some(())
    }

    fn number(&mut self, digits: usize, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        let number = i64::try_from(number(digits)?).ok()?;
        range.contains(&number).then_some(number)
    }

    fn fraction(&mut self) -> Option<u32> {
        let end = self.0.find(|char: char| !char.is_ascii_digit())?;
        let (digits, rest) = self.0.split_at(end);
        self.0 = rest;
        Fraction::parse(digits).map(|Fraction(nanos)| nanos)
    }

    /// How many seconds the time is ahead of UTC.
    fn offset(&mut self) -> Option<i64> {
        if self.take("Z").is_some() {
            return Some(0);
        }
        let sign = match self.take("+") {
            Some(()) => 1,
            None => {
                self.take("-")?;
                -1
            }
        };
        let hours = self.number(2, 0..=23)?;
        self.take(":")?;
        let minutes = self.number(2, 0..=59)?;
        Some(sign * (hours * 3600 + minutes * 60))
    }
}

/// The date that lies so many days behind 1970-01-01.
///
/// Counted in periods of 400 years, which have always as many days, and in years that begin with March, so that the day
/// that leap years add is their last.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + DAYS_TO_1970;
    let (period, day) = (days.div_euclid(PERIOD), days.rem_euclid(PERIOD));
    let year = (day - day / 1460 + day / 36_524 - day / (PERIOD - 1)) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    // From March on, five months have 153 days.
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (period * 400 + year + carry, month, day)
}

/// How many days behind 1970-01-01 the date lies: the inverse of [`date`].
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let (period, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    period * PERIOD + 365 * year + year / 4 - year / 100 + day_of_year - DAYS_TO_1970
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// 0001-01-01T00:00:00Z.
const FIRST: i64 = -62_135_596_800;
/// 9999-12-31T23:59:59Z.
const LAST: i64 = 253_402_300_799;

const DAY: i64 = 86_400;
/// The days of 400 years.
const PERIOD: i64 = 146_097;
/// The days from March 1st of the year 0 on.
const DAYS_TO_1970: i64 = 719_468;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_both_ways() {
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(-719_162), (1, 1, 1));
        assert_eq!(date(11_016), (2000, 2, 29));
        assert_eq!(date(2_932_896), (9999, 12, 31));
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
    }
}
