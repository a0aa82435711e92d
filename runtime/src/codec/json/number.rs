//! Numbers, as JSON writes them, bare and in strings.

use std::{fmt, marker::PhantomData};

use serde_core::{
    Deserializer,
    de::{self, Unexpected, Visitor},
};

/// An integer of protobuf.
pub(super) trait Integer: TryFrom<i128> {
    /// What is expected where it isn't.
    const EXPECTED: &str;
}

impl Integer for i32 {
    const EXPECTED: &str = "an integer of 32 bits";
}

impl Integer for i64 {
    const EXPECTED: &str = "an integer of 64 bits";
}

impl Integer for u32 {
    const EXPECTED: &str = "an integer of 32 bits, without a sign";
}

impl Integer for u64 {
    const EXPECTED: &str = "an integer of 64 bits, without a sign";
}

/// Reads an integer, as a number or in a string. `1.0` and `1e3` are integers too.
pub(super) fn read_integer<'de, T: Integer, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_any(IntegerVisitor(PhantomData))
}

struct IntegerVisitor<T>(PhantomData<fn() -> T>);

impl<T: Integer> Visitor<'_> for IntegerVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<T, E> {
        T::try_from(value.into()).map_err(|_| E::invalid_value(Unexpected::Signed(value), &self))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<T, E> {
        T::try_from(value.into()).map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<T, E> {
        float_to_integer(value).ok_or_else(|| E::invalid_value(Unexpected::Float(value), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        parse_integer(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

/// The integer that a number is. What no `T` can be is far beyond the numbers that an `i128` can't.
pub(super) fn float_to_integer<T: Integer>(value: f64) -> Option<T> {
    let integer = (value.fract() == 0.0).then_some(value as i128)?;
    T::try_from(integer).ok()
}

/// The integer that a text is, which is written as JSON writes numbers.
pub(super) fn parse_integer<T: Integer>(text: &str) -> Option<T> {
    let number = Number::parse(text)?;
    T::try_from(number.to_integer()?).ok()
}

/// Whether JSON writes numbers like that.
pub(super) fn is_number(text: &str) -> bool {
    Number::parse(text).is_some()
}

/// A number in its parts, all of them digits.
struct Number<'a> {
    is_negative: bool,
    integer: &'a str,
    fraction: &'a str,
    exponent: Exponent<'a>,
}

struct Exponent<'a> {
    is_negative: bool,
    digits: &'a str,
}

impl<'a> Number<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (is_negative, text) = strip(text, '-');
        let (integer, text) = digits(text);
        if integer.is_empty() || (integer.len() > 1 && integer.starts_with('0')) {
            return None;
        }
        let (fraction, text) = match text.strip_prefix('.') {
            Some(text) => Some(digits(text)).filter(|(digits, _)| !digits.is_empty())?,
            None => ("", text),
        };
        let exponent = match text.strip_prefix(['e', 'E']) {
            Some(text) => {
                let (is_negative, digits) = match text.strip_prefix('+') {
                    Some(digits) => (false, digits),
                    None => strip(text, '-'),
                };
                let is_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
                if digits.is_empty() || !is_digits {
                    return None;
                }
                Exponent {
                    is_negative,
                    digits,
                }
            }
            None if text.is_empty() => Exponent {
                is_negative: false,
                digits: "0",
            },
            None => return None,
        };
        Some(Self {
            is_negative,
            integer,
            fraction,
            exponent,
        })
    }

    /// The number, to its last digit, if it is an integer with no more digits than those of 64 bits have.
    fn to_integer(&self) -> Option<i128> {
        let digits = || self.integer.bytes().chain(self.fraction.bytes());
        let Some(last) = digits().rposition_of_nonzero() else {
            return Some(0);
        };
        // Where the point is, counted in digits.
        let exponent: i64 = self.exponent.digits.parse().ok()?;
        let exponent = if self.exponent.is_negative {
            -exponent
        } else {
            exponent
        };
        let point = exponent.checked_add(i64::try_from(self.integer.len()).ok()?)?;
        if point <= i64::try_from(last).ok()? {
            return None;
        }
        let zeros = digits().take_while(|digit| *digit == b'0').count();
        if point - i64::try_from(zeros).ok()? > MAX_DIGITS {
            return None;
        }
        let mut value: i128 = 0;
        for place in zeros..usize::try_from(point).ok()? {
            let digit = if place <= last {
                digits().nth(place).map_or(0, |digit| digit - b'0')
            } else {
                0
            };
            value = value * 10 + i128::from(digit);
        }
        Some(if self.is_negative { -value } else { value })
    }
}

/// `u64::MAX` has 20.
const MAX_DIGITS: i64 = 20;

trait Digits {
    /// The place of the last digit that isn't zero.
    fn rposition_of_nonzero(self) -> Option<usize>;
}

impl<I: Iterator<Item = u8>> Digits for I {
    fn rposition_of_nonzero(self) -> Option<usize> {
        let places = self.enumerate().filter(|(_, digit)| *digit != b'0');
        places.last().map(|(place, _)| place)
    }
}

fn strip(text: &str, sign: char) -> (bool, &str) {
    match text.strip_prefix(sign) {
        Some(text) => (true, text),
        None => (false, text),
    }
}

/// The digits that the text begins with, and the rest.
fn digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|char: char| !char.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<i64>) {
        assert_eq!(parse_integer::<i64>(text), expected, "{text}");
    }

    #[test]
    fn integers_are_written_in_many_ways() {
        check("0", Some(0));
        check("-0", Some(0));
        check("0.000e99999999999", Some(0));
        check("12", Some(12));
        check("1.20e1", Some(12));
        check("1e5", Some(100_000));
        check("1E+5", Some(100_000));
        check("100000.000", Some(100_000));
        check("1200e-2", Some(12));
        check("0.0000012e7", Some(12));
        check("-9.223372036854775808e18", Some(i64::MIN));
        check("9223372036854775807.0", Some(i64::MAX));
        check("922337203685477580700e-2", Some(i64::MAX));
    }

    #[test]
    fn what_has_a_fraction_or_is_too_large_is_none() {
        check("0.5", None);
        check("12e-1", None);
        check("1e-400000000", None);
        check("9223372036854775808", None);
        check("1e19", None);
        check("1e536870000", None);
        check("1e99999999999999999999999999", None);
        check("123456789012345678901234567890", None);
    }

    #[test]
    fn what_json_would_not_take_is_none() {
        for text in [
            "", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "1e1.0", "1e1x", " 1", "1 ",
            "0x1", "1_000", "12abc", "1,2", "NaN", "١",
        ] {
            check(text, None);
            assert!(!is_number(text), "{text}");
        }
    }
}
