//! Numbers of fields: which there are, and which are taken.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::ops::RangeInclusive;

/// The last number a field can have; a tag on the wire is the number and three more bits.
pub const MAX: u32 = 536_870_911;

/// The numbers that protobuf keeps for its implementations.
pub const IMPLEMENTATION: RangeInclusive<u32> = 19_000..=19_999;

/// Checks that `number` can be the number of a field.
///
/// # Errors
///
/// When it is less than 1, greater than [`MAX`], or one of [`IMPLEMENTATION`].
pub fn check(number: i64) -> Result<u32, NumberError> {
    if number < 1 {
        return Err(NumberError::TooSmall(number));
    }
    match u32::try_from(number) {
        Ok(number) if IMPLEMENTATION.contains(&number) => Err(NumberError::Implementation(number)),
        Ok(number) if number <= MAX => Ok(number),
        _ => Err(NumberError::TooLarge(number)),
    }
}

/// The number to give to the next field: the first free one after all that are used.
///
/// A gap below a used number may be where a removed field was, so gaps are for when there is nothing else. `None` when
/// every number is taken.
pub fn next_free(used: &[u32], reserved: &[RangeInclusive<u32>]) -> Option<u32> {
    let first = used.iter().max().map_or(1, |last| last + 1);
    let free_from = |first: u32| {
        let mut number = first;
        // Each step leaves a range or a number behind for good, so that this ends even for `1..=MAX`.
        while number <= MAX {
            let range = reserved
                .iter()
                .chain([&IMPLEMENTATION])
                .find(|range| range.contains(&number));
            match range {
                Some(range) => number = range.end().checked_add(1)?,
                None if used.contains(&number) => number += 1,
                None => return Some(number),
            }
        }
        None
    };
    free_from(first).or_else(|| free_from(1))
}

/// The numbers of one message while its fields are read.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    taken: BTreeMap<u32, String>,
    reserved: Vec<RangeInclusive<u32>>,
}

impl Numbers {
    /// A message that has no fields yet, and in which the numbers of `reserved` are not to be used.
    pub fn new(reserved: impl IntoIterator<Item = RangeInclusive<u32>>) -> Self {
        Self {
            taken: BTreeMap::new(),
            reserved: reserved.into_iter().collect(),
        }
    }

    /// Gives `number` to the field `name`.
    ///
    /// # Errors
    ///
    /// When it is no field's number (see [`check`]), reserved, or another field's.
    pub fn take(&mut self, number: i64, name: &str) -> Result<u32, NumberError> {
        let number = check(number)?;
        if let Some(range) = self.reserved.iter().find(|range| range.contains(&number)) {
            return Err(NumberError::Reserved {
                number,
                range: range.clone(),
            });
        }
        if let Some(other) = self.taken.get(&number) {
            return Err(NumberError::Taken {
                number,
                by: other.clone(),
            });
        }
        self.taken.insert(number, name.to_owned());
        Ok(number)
    }

    /// The number to give to the next field; see [`next_free`].
    pub fn next_free(&self) -> Option<u32> {
        let used: Vec<u32> = self.taken.keys().copied().collect();
        next_free(&used, &self.reserved)
    }
}

/// Why a field can't have a number.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NumberError {
    /// It is zero or negative.
    TooSmall(i64),
    /// It is greater than [`MAX`].
    TooLarge(i64),
    /// It is one of [`IMPLEMENTATION`].
    Implementation(u32),
    /// The message says that it is not to be used again.
    Reserved {
        /// The number.
        number: u32,
        /// What the message reserves.
        range: RangeInclusive<u32>,
    },
    /// Another field of the message has it.
    Taken {
        /// The number.
        number: u32,
        /// The name of the other field.
        by: String,
    },
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooSmall(number) => {
                write!(f, "{number} can't be a field number: they start at 1")
            }
            Self::TooLarge(number) => {
                write!(f, "{number} can't be a field number: the last one is {MAX}")
            }
            Self::Implementation(number) => write!(
                f,
                "{number} can't be a field number: protobuf keeps {} to {} for its implementations",
                IMPLEMENTATION.start(),
                IMPLEMENTATION.end()
            ),
            Self::Reserved { number, range } if range.start() == range.end() => {
                write!(f, "the field number {number} is reserved")
            }
            Self::Reserved { number, range } => {
                write!(
                    f,
                    "the field number {number} is reserved ({} to {})",
                    range.start(),
                    range.end()
                )
            }
            Self::Taken { number, by } => {
                write!(f, "the field number {number} is already that of `{by}`")
            }
        }
    }
}

impl Error for NumberError {}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check_take(numbers: &[i64], expect: Expect) {
        let mut message = Numbers::new([5..=5, 9..=11]);
        let lines: Vec<String> = numbers
            .iter()
            .enumerate()
            .map(
                |(at, &number)| match message.take(number, &format!("field_{at}")) {
                    Ok(number) => format!("{number}: ok"),
                    Err(error) => error.to_string(),
                },
            )
            .collect();
        expect.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn numbers_have_limits() {
        check_take(
            &[1, 536_870_911, 18_999, 20_000],
            expect![[r#"
                1: ok
                536870911: ok
                18999: ok
                20000: ok"#]],
        );
        check_take(
            &[
                0,
                -1,
                536_870_912,
                i64::MAX,
                i64::MIN,
                4_294_967_297,
                19_000,
                19_999,
            ],
            expect![[r#"
                0 can't be a field number: they start at 1
                -1 can't be a field number: they start at 1
                536870912 can't be a field number: the last one is 536870911
                9223372036854775807 can't be a field number: the last one is 536870911
                -9223372036854775808 can't be a field number: they start at 1
                4294967297 can't be a field number: the last one is 536870911
                19000 can't be a field number: protobuf keeps 19000 to 19999 for its implementations
                19999 can't be a field number: protobuf keeps 19000 to 19999 for its implementations"#]],
        );
    }

    #[test]
    fn a_number_is_given_once() {
        check_take(
            &[1, 2, 1, 5, 10],
            expect![[r#"
                1: ok
                2: ok
                the field number 1 is already that of `field_0`
                the field number 5 is reserved
                the field number 10 is reserved (9 to 11)"#]],
        );
    }

    #[test]
    fn the_next_number_is_after_all_others() {
        assert_eq!(next_free(&[], &[]), Some(1));
        assert_eq!(next_free(&[1, 4, 2], &[]), Some(5));
        assert_eq!(next_free(&[1, 2], &[9..=11]), Some(3));
        assert_eq!(next_free(&[1, 2], &[3..=4, 5..=5]), Some(6));
        assert_eq!(next_free(&[18_999], &[]), Some(20_000));
    }

    #[test]
    fn gaps_are_used_when_nothing_else_is_left() {
        assert_eq!(next_free(&[1, MAX], &[2..=2]), Some(3));
        assert_eq!(next_free(&[1], &[2..=MAX]), None);
        assert_eq!(next_free(&[1], &[2..=u32::MAX]), None);
        assert_eq!(next_free(&[], &[1..=100]), Some(101));
    }
}
