//! The Huffman code of strings (RFC 7541, 5.2 and appendix B).
//!
//! The code is canonical: the codes of one length are consecutive, in the order of their symbols,
//! and follow those of the length before. All tables here are made from the lengths alone.

use super::DecodeError;

/// Decodes `input` into `out[at..]`, which grows as needed. Says where the text ends, and whether it
/// is free of NUL, CR and LF.
pub(super) fn decode(
    input: &[u8],
    out: &mut Vec<u8>,
    at: usize,
) -> Result<(usize, bool), DecodeError> {
    out.truncate(at);
    let mut clean = true;
    let total = input.len() * 8;
    let mut pos = 0;
    loop {
        let mut window = 0u64;
        for i in 0..8 {
            let byte = input.get(pos / 8 + i).copied().unwrap_or(0xff);
            window = window << 8 | u64::from(byte);
        }
        window <<= pos % 8;
        let left = total - pos;
        if left < 8 && window.leading_ones() as usize >= left {
            return Ok((out.len(), clean));
        }
        let (symbol, len) = decode_symbol(window).ok_or(DecodeError::HuffmanEos)?;
        if left < len {
            return Err(DecodeError::HuffmanPadding);
        }
        pos += len;
        clean &= !matches!(symbol, b'\0' | b'\r' | b'\n');
        out.push(symbol);
    }
}

/// The symbol that `window` starts with and the length of its code; `None` for EOS.
fn decode_symbol(window: u64) -> Option<(u8, usize)> {
    let mut len = 5;
    loop {
        let code = (window >> (64 - len)) as usize;
        let Group {
            first_code,
            first_index,
            count,
        } = GROUPS[len];
        if code - first_code < count {
            let symbol = SYMBOLS[first_index + code - first_code];
            return u8::try_from(symbol).ok().map(|symbol| (symbol, len));
        }
        len += 1;
    }
}

/// How many bytes `text` has when encoded.
pub(super) fn encoded_len(text: &[u8]) -> usize {
    text.iter()
        .map(|&byte| usize::from(LENGTHS[usize::from(byte)]))
        .sum::<usize>()
        .div_ceil(8)
}

/// Appends `text`, encoded.
pub(super) fn encode(text: &[u8], out: &mut Vec<u8>) {
    let mut bits = 0u64;
    let mut len = 0;
    for &byte in text {
        let byte_len = u32::from(LENGTHS[usize::from(byte)]);
        bits = bits << byte_len | u64::from(CODES[usize::from(byte)]);
        len += byte_len;
        while len >= 8 {
            len -= 8;
            out.push((bits >> len) as u8);
        }
    }
    if len > 0 {
        out.push((bits << (8 - len)) as u8 | 0xff >> len);
    }
}

/// The codes of one length.
#[derive(Clone, Copy)]
struct Group {
    first_code: usize,
    /// Into `SYMBOLS`.
    first_index: usize,
    count: usize,
}

const MAX_LEN: usize = 30;

/// All symbols in the order of their codes.
static SYMBOLS: [u16; 257] = {
    let mut symbols = [0; 257];
    let mut next = 0;
    let mut len = 0;
    while len <= MAX_LEN {
        let mut symbol = 0;
        while symbol < 257 {
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
        first_index: 0,
        count: 0,
    }; MAX_LEN + 1];
    let mut symbol = 0;
    while symbol < 257 {
        groups[LENGTHS[symbol] as usize].count += 1;
        symbol += 1;
    }
    let mut len = 1;
    while len <= MAX_LEN {
        let before = groups[len - 1];
        groups[len].first_code = (before.first_code + before.count) << 1;
        groups[len].first_index = before.first_index + before.count;
        len += 1;
    }
    groups
};

/// The code of each byte.
static CODES: [u32; 256] = {
    let mut codes = [0; 256];
    let mut len = 0;
    while len <= MAX_LEN {
        let Group {
            first_code,
            first_index,
            count,
        } = GROUPS[len];
        let mut at = 0;
        while at < count {
            let symbol = SYMBOLS[first_index + at] as usize;
            if symbol < 256 {
                codes[symbol] = (first_code + at) as u32;
            }
            at += 1;
        }
        len += 1;
    }
    codes
};

/// How many bits the code of each symbol has; the last is EOS.
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
