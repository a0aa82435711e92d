//! The Huffman code of strings (RFC 7541, 5.2 and appendix B).
//!
//! The code is canonical: codes of the same length are consecutive, in the order of their symbols,
//! and follow those of the length before. All tables here are made from the lengths alone.
//!
//! The symbols of which nearly all text consists have codes of five to eight bits, so one look into
//! [`WINDOWS`] often finds two of them.

use super::DecodeError;

/// Decodes `input` into `out`, from `start` on; `out` grows as needed, to 8/5 of `input` and a bit.
///
/// Says where the text ends, and whether it is free of NUL, CR and LF.
pub(super) fn decode(
    input: &[u8],
    out: &mut Vec<u8>,
    start: usize,
) -> Result<(usize, bool), DecodeError> {
    // No code is shorter than five bits. A round writes eight bytes, whatever is in them.
    let enough = start + input.len() * 8 / 5 + 16;
    if out.len() < enough {
        out.resize(enough, 0);
    }
    let mut end = start;
    let mut clean = true;
    let mut left = input.len() * 8;
    loop {
        let mut bits = peek(input, left);
        let mut text = 0;
        let mut sum = 0;
        let mut found = 0;
        for _ in 0..WINDOWS_PER_PEEK {
            found = WINDOWS[(bits >> (64 - WINDOW)) as usize];
            text |= u64::from(found as u16).wrapping_shl(sum);
            sum += found >> 16;
            bits = bits.wrapping_shl(found >> 24);
        }
        out[end..][..8].copy_from_slice(&u64::to_le_bytes(text));
        end += ((sum & 0xff) / 8) as usize;
        left = left
            .checked_sub((sum >> 8) as usize)
            .ok_or(DecodeError::HuffmanPadding)?;
        // The rest of the round's bits is longer than padding.
        if left < 8 && bits.leading_ones() as usize >= left {
            return Ok((end, clean));
        }
        // Nothing was found in the last window, so a longer code follows.
        if found == 0 {
            let bits = peek(input, left);
            let (symbol, len) = long_symbol(bits);
            left = left.checked_sub(len).ok_or(DecodeError::HuffmanPadding)?;
            let byte = u8::try_from(symbol).map_err(|_| DecodeError::HuffmanEos)?;
            clean &= !matches!(byte, b'\0' | b'\r' | b'\n');
            out[end] = byte;
            end += 1;
        }
    }
}

/// The bits that are left, as many as there are but at least 57: beyond the end there are ones.
#[inline]
fn peek(input: &[u8], left: usize) -> u64 {
    let rest = &input[input.len() - left.div_ceil(8)..];
    if let Some(bytes) = rest.first_chunk() {
        let done = left.wrapping_neg() % 8;
        return u64::from_be_bytes(*bytes) << done;
    }
    if left == 0 {
        return u64::MAX;
    }
    let bits = match input.last_chunk() {
        Some(bytes) => u64::from_be_bytes(*bytes),
        None => input
            .iter()
            .fold(0, |bits, &byte| bits << 8 | u64::from(byte)),
    };
    bits << (64 - left) | u64::MAX >> left
}

/// The symbol that the bits start with, if its code is longer than a window, and that length.
#[cold]
fn long_symbol(bits: u64) -> (u16, usize) {
    for (len, group) in GROUPS.iter().enumerate().skip(WINDOW + 1) {
        let at = (bits >> (64 - len)) as usize - group.first_code;
        if at < group.count {
            return (SYMBOLS[group.first_symbol + at], len);
        }
    }
    (EOS, MAX_LEN)
}

/// How many bytes `text` has when encoded.
#[inline]
pub(super) fn encoded_len(text: &[u8]) -> usize {
    let bits: usize = text
        .iter()
        .map(|&byte| usize::from(LENGTHS[usize::from(byte)]))
        .sum();
    bits.div_ceil(8)
}

/// Appends `text`, encoded.
pub(super) fn encode(text: &[u8], out: &mut Vec<u8>) {
    // The low `len` of `bits` are yet to be written.
    let mut bits = 0u64;
    let mut len = 0;
    for &byte in text {
        let (code, code_len) = CODES[usize::from(byte)];
        bits = bits << code_len | u64::from(code);
        len += code_len;
        if len >= 32 {
            len -= 32;
            out.extend_from_slice(&((bits >> len) as u32).to_be_bytes());
        }
    }
    if len > 0 {
        let padded = bits << (64 - len) | u64::MAX >> len;
        out.extend_from_slice(&padded.to_be_bytes()[..len.div_ceil(8) as usize]);
    }
}

/// The codes of one length.
#[derive(Clone, Copy)]
struct Group {
    first_code: usize,
    /// Into [`SYMBOLS`].
    first_symbol: usize,
    count: usize,
}

/// The symbol no text contains: its code pads the last byte.
const EOS: u16 = 256;

const MAX_LEN: usize = 30;

/// How many bits are looked up at once.
const WINDOW: usize = 12;

/// Each may be two symbols, and eight of them are written at once.
const WINDOWS_PER_PEEK: usize = 4;

const _: () = assert!(WINDOW * WINDOWS_PER_PEEK <= 57);
// A text without long codes is known to be clean.
const _: () = assert!(WINDOW < LENGTHS[b'\0' as usize] as usize);

/// What up to [`WINDOW`] bits start with: one or two symbols in the lower half, how many bits these
/// have in the next byte, and how many their codes have in the highest. 0 if the code is longer.
static WINDOWS: [u32; 1 << WINDOW] = {
    let mut windows = [0; 1 << WINDOW];
    let mut at = 0;
    while at < windows.len() {
        if let Some((first, first_len)) = short_symbol(at, WINDOW) {
            let rest = WINDOW - first_len;
            windows[at] = match short_symbol(at & ((1 << rest) - 1), rest) {
                Some((second, len)) => {
                    first | second << 8 | 16 << 16 | ((first_len + len) as u32) << 24
                }
                None => first | 8 << 16 | (first_len as u32) << 24,
            };
        }
        at += 1;
    }
    windows
};

/// The symbol that the `count` bits start with, if all of its code is there, and its length.
const fn short_symbol(bits: usize, count: usize) -> Option<(u32, usize)> {
    let mut len = 1;
    while len <= count {
        let code = bits >> (count - len);
        let group = GROUPS[len];
        if code < group.first_code + group.count {
            return Some((
                SYMBOLS[group.first_symbol + code - group.first_code] as u32,
                len,
            ));
        }
        len += 1;
    }
    None
}

/// All symbols in the order of their codes.
static SYMBOLS: [u16; 257] = {
    let mut symbols = [0; 257];
    let mut next = 0;
    let mut len = 0;
    while len <= MAX_LEN {
        let mut symbol = 0;
        while symbol < LENGTHS.len() {
            if LENGTHS[symbol] as usize == len {
                symbols[next] = symbol as u16;
                next += 1;
            }
            symbol += 1;
        }
        len += 1;
    }
    symbols
};

/// By length.
static GROUPS: [Group; MAX_LEN + 1] = {
    let mut groups = [Group {
        first_code: 0,
        first_symbol: 0,
        count: 0,
    }; MAX_LEN + 1];
    let mut symbol = 0;
    while symbol < LENGTHS.len() {
        groups[LENGTHS[symbol] as usize].count += 1;
        symbol += 1;
    }
    let mut len = 1;
    while len <= MAX_LEN {
        let shorter = groups[len - 1];
        groups[len].first_code = (shorter.first_code + shorter.count) << 1;
        groups[len].first_symbol = shorter.first_symbol + shorter.count;
        len += 1;
    }
    groups
};

/// The code of each byte and its length.
static CODES: [(u32, u32); 256] = {
    let mut codes = [(0, 0); 256];
    let mut len = 0;
    while len <= MAX_LEN {
        let group = GROUPS[len];
        let mut at = 0;
        while at < group.count {
            let symbol = SYMBOLS[group.first_symbol + at];
            if symbol != EOS {
                codes[symbol as usize] = ((group.first_code + at) as u32, len as u32);
            }
            at += 1;
        }
        len += 1;
    }
    codes
};

/// How many bits the code of each byte has; the last is EOS.
#[rustfmt::skip]
static LENGTHS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
    6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
    30,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &[u8], encoded: &[u8]) {
        let mut out = Vec::new();
        encode(text, &mut out);
        assert_eq!(out, encoded);
        assert_eq!(encoded_len(text), encoded.len());
        check_decode(encoded, Ok(text));
    }

    #[track_caller]
    fn check_decode(encoded: &[u8], expected: Result<&[u8], DecodeError>) {
        let mut out = b"before".to_vec();
        let text = decode(encoded, &mut out, 6).map(|(end, clean)| {
            assert_eq!(
                clean,
                !out[6..end].iter().any(|byte| matches!(byte, 0 | 10 | 13))
            );
            &out[6..end]
        });
        assert_eq!(text, expected);
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        assert_eq!(CODES[b'0' as usize], (0x0, 5));
        assert_eq!(CODES[b't' as usize], (0x9, 5));
        assert_eq!(CODES[b' ' as usize], (0x14, 6));
        assert_eq!(CODES[b'u' as usize], (0x2d, 6));
        assert_eq!(CODES[b':' as usize], (0x5c, 7));
        assert_eq!(CODES[b'z' as usize], (0x7b, 7));
        assert_eq!(CODES[b'&' as usize], (0xf8, 8));
        assert_eq!(CODES[b'!' as usize], (0x3f8, 10));
        assert_eq!(CODES[b'|' as usize], (0x7fc, 11));
        assert_eq!(CODES[b'#' as usize], (0xffa, 12));
        assert_eq!(CODES[0], (0x1ff8, 13));
        assert_eq!(CODES[b'\\' as usize], (0x7fff0, 19));
        assert_eq!(CODES[128], (0xfffe6, 20));
        assert_eq!(CODES[255], (0x3ffffee, 26));
        assert_eq!(CODES[b'\n' as usize], (0x3ffffffc, 30));
        assert_eq!(CODES[22], (0x3ffffffe, 30));
        assert_eq!(SYMBOLS[256], EOS);
    }

    #[test]
    fn codes_fill_all_there_are() {
        let groups = GROUPS.iter().enumerate();
        let codes: usize = groups
            .map(|(len, group)| group.count << (MAX_LEN - len))
            .sum();
        assert_eq!(codes, 1 << MAX_LEN);
    }

    #[test]
    fn strings_of_the_rfc() {
        check(
            b"www.example.com",
            b"\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff",
        );
        check(b"no-cache", b"\xa8\xeb\x10\x64\x9c\xbf");
        check(b"custom-key", b"\x25\xa8\x49\xe9\x5b\xa9\x7d\x7f");
        check(b"custom-value", b"\x25\xa8\x49\xe9\x5b\xb8\xe8\xb4\xbf");
        check(b"302", b"\x64\x02");
        check(b"", b"");
    }

    #[test]
    fn each_pair_of_bytes_at_each_place() {
        let (mut encoded, mut out) = (Vec::new(), Vec::new());
        for pair in 0..=u16::MAX {
            for before in 0..8 {
                let text = [&b"aaaaaaaa"[..before], &pair.to_be_bytes(), b"~/"].concat();
                encoded.clear();
                encode(&text, &mut encoded);
                let (end, clean) = decode(&encoded, &mut out, 0).expect("it was encoded");
                assert_eq!(&out[..end], text);
                assert_eq!(clean, !text.iter().any(|byte| matches!(byte, 0 | 10 | 13)));
            }
        }
    }

    #[test]
    fn padding_is_what_is_left_of_a_byte() {
        check(b"a", &[0x1f]);
        check(b"aaaaaaaa", &[0x18, 0xc6, 0x31, 0x8c, 0x63]);
        check(b"&", &[0xf8]);
        for len in 0..20 {
            let text = vec![b'&'; len];
            let padded = [vec![0xf8; len], vec![0xff]].concat();
            check_decode(&padded[..len], Ok(&text));
            check_decode(&padded, Err(DecodeError::HuffmanPadding));
        }
    }

    #[test]
    fn padding_is_ones() {
        for len in 0..20 {
            for last in 0x18..0x1f {
                let bad = [vec![0xf8; len], vec![last]].concat();
                check_decode(&bad, Err(DecodeError::HuffmanPadding));
            }
        }
    }

    #[test]
    fn a_code_has_to_be_complete() {
        // NUL: 13 bits.
        check(b"\0", &[0xff, 0xc7]);
        check_decode(&[0xff, 0xc0], Err(DecodeError::HuffmanPadding));
        // LF: 30 bits.
        check(b"\n", &[0xff, 0xff, 0xff, 0xf3]);
        check_decode(&[0xff, 0xff, 0xff], Err(DecodeError::HuffmanPadding));
    }

    #[test]
    fn eos_is_no_symbol() {
        for len in 0..20 {
            let eos = [vec![0xf8; len], vec![0xff; 4]].concat();
            check_decode(&eos, Err(DecodeError::HuffmanEos));
            check_decode(&eos[..len + 3], Err(DecodeError::HuffmanPadding));
        }
    }
}
