//! Integers with a prefix (RFC 7541, 5.1).

use super::DecodeError;

/// Reads an integer: `first` is its first byte, of which the low `prefix` bits count. Also gives what
/// follows in `input`.
///
/// No integer is larger than `u32::MAX` or has more than five bytes after the first.
#[inline]
pub(super) fn decode(first: u8, prefix: u32, input: &[u8]) -> Result<(usize, &[u8]), DecodeError> {
    let max = u8::MAX >> (8 - prefix);
    let value = first & max;
    if value < max {
        Ok((usize::from(value), input))
    } else {
        decode_more(max, input)
    }
}

#[cold]
fn decode_more(max: u8, mut input: &[u8]) -> Result<(usize, &[u8]), DecodeError> {
    let mut value = u64::from(max);
    for shift in [0, 7, 14, 21, 28] {
        let (&byte, rest) = input.split_first().ok_or(DecodeError::Truncated)?;
        input = rest;
        value += u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            let value = u32::try_from(value)
                .ok()
                .and_then(|value| usize::try_from(value).ok());
            return Ok((value.ok_or(DecodeError::IntegerOverflow)?, input));
        }
    }
    Err(DecodeError::IntegerOverflow)
}

/// Writes `value` into the low `prefix` bits of a byte that starts with `flags`, and those after it.
#[inline]
pub(super) fn encode(flags: u8, prefix: u32, value: usize, out: &mut Vec<u8>) {
    let max = u8::MAX >> (8 - prefix);
    match u8::try_from(value) {
        Ok(value) if value < max => out.push(flags | value),
        _ => encode_more(flags | max, value - usize::from(max), out),
    }
}

fn encode_more(first: u8, mut rest: usize, out: &mut Vec<u8>) {
    out.push(first);
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(prefix: u32, value: usize, bytes: &[u8]) {
        let mut out = Vec::new();
        encode(0, prefix, value, &mut out);
        assert_eq!(out, bytes);
        assert_eq!(
            decode(bytes[0], prefix, &bytes[1..]),
            Ok((value, [].as_slice()))
        );
    }

    #[track_caller]
    fn check_error(bytes: &[u8], error: DecodeError) {
        assert_eq!(decode(bytes[0], 5, &bytes[1..]), Err(error));
    }

    #[test]
    fn examples_of_the_rfc() {
        check(5, 10, &[10]); // C.1.1
        check(5, 1337, &[31, 154, 10]); // C.1.2
        check(8, 42, &[42]); // C.1.3
    }

    #[test]
    fn a_full_prefix_is_followed_by_the_rest() {
        check(5, 30, &[30]);
        check(5, 31, &[31, 0]);
        check(5, 31 + 127, &[31, 127]);
        check(5, 31 + 128, &[31, 128, 1]);
        check(7, 127, &[127, 0]);
        check(8, 255, &[255, 0]);
    }

    #[test]
    fn the_largest_is_that_of_32_bits() {
        check(5, 0xffff_ffff, &[31, 0xe0, 0xff, 0xff, 0xff, 0x0f]);
        check_error(
            &[31, 0xe1, 0xff, 0xff, 0xff, 0x0f],
            DecodeError::IntegerOverflow,
        );
        check_error(
            &[31, 0xff, 0xff, 0xff, 0xff, 0x7f],
            DecodeError::IntegerOverflow,
        );
    }

    #[test]
    fn an_integer_may_be_longer_than_needed_but_ends_after_five_bytes() {
        assert_eq!(
            decode(31, 5, &[0x80, 0x80, 0x80, 0x80, 0]),
            Ok((31, [].as_slice()))
        );
        check_error(
            &[31, 0x80, 0x80, 0x80, 0x80, 0x80, 0],
            DecodeError::IntegerOverflow,
        );
    }

    #[test]
    fn an_integer_may_not_end_early() {
        check_error(&[31], DecodeError::Truncated);
        check_error(&[31, 0x80], DecodeError::Truncated);
    }
}
