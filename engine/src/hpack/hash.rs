//! A fast hash of short strings.
//!
//! Nobody is protected from strings that were chosen to collide: who uses it has to have few of them.

/// The hash of `bytes`, continuing with the one of what came before, or 0.
#[inline]
pub(super) const fn hash(before: u32, bytes: &[u8]) -> u32 {
    let mut state = before as u64 ^ bytes.len() as u64;
    let mut rest = bytes;
    while let Some((chunk, after)) = rest.split_first_chunk::<8>() {
        state = mix(state, u64::from_le_bytes(*chunk));
        rest = after;
    }
    if !rest.is_empty() {
        state = mix(state, tail(bytes, rest));
    }
    (state >> 32) as u32
}

/// The last bytes as a number; those before them may be in it too.
#[inline]
const fn tail(bytes: &[u8], rest: &[u8]) -> u64 {
    if let Some(last) = bytes.last_chunk::<8>() {
        return u64::from_le_bytes(*last);
    }
    if let (Some(first), Some(last)) = (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
        return (u32::from_le_bytes(*first) as u64) << 32 | u32::from_le_bytes(*last) as u64;
    }
    let (first, middle, last) = (rest[0], rest[rest.len() / 2], rest[rest.len() - 1]);
    (first as u64) << 16 | (middle as u64) << 8 | last as u64
}

/// Multiplies by a random odd number and folds the halves, so that all bits depend on all.
#[inline]
const fn mix(state: u64, word: u64) -> u64 {
    let product = (state ^ word) as u128 * 0x9e37_79b9_7f4a_7c15;
    product as u64 ^ (product >> 64) as u64
}
