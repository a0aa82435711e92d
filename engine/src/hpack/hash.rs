//! A fast hash of short strings, and their comparison.
//!
//! Nobody is protected from strings that were chosen to collide: who uses it has to have few of them.

/// The hash of `bytes`, continuing with the one of what came before, or 0.
#[inline]
pub(super) const fn hash(before: u32, bytes: &[u8]) -> u32 {
    let mut state = before as u64 ^ bytes.len() as u64;
    // Words may overlap: the length, which is hashed too, says how.
    let (first, last) = if let Some(end) = bytes.last_chunk::<16>() {
        let mut rest = bytes;
        while let Some((chunk, after)) = rest.split_first_chunk::<16>()
            && !after.is_empty()
        {
            let (first, last) = halves(*chunk);
            state = mix(first, last ^ state);
            rest = after;
        }
        halves(*end)
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        (u64::from_le_bytes(*first), u64::from_le_bytes(*last))
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        (
            u32::from_le_bytes(*first) as u64,
            u32::from_le_bytes(*last) as u64,
        )
    } else if let [first, .., last] = bytes {
        (*first as u64 | (bytes[1] as u64) << 8, *last as u64)
    } else if let [only] = bytes {
        (*only as u64, 0)
    } else {
        (0, 0)
    };
    (mix(first, last ^ state) >> 32) as u32
}

const fn halves(chunk: [u8; 16]) -> (u64, u64) {
    let chunk = u128::from_le_bytes(chunk);
    (chunk as u64, (chunk >> 64) as u64)
}

/// Multiplies and folds the halves, so that all bits depend on all.
#[inline]
const fn mix(a: u64, b: u64) -> u64 {
    // Random numbers, so that it takes unlikely words to multiply by zero.
    let product = (a ^ 0x9e37_79b9_7f4a_7c15) as u128 * (b ^ 0xd1b5_4a32_d192_ed03) as u128;
    product as u64 ^ (product >> 64) as u64
}

/// Whether two short strings are the same, without a call.
#[inline]
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    if let (Some(a_last), Some(b_last)) = (a.last_chunk::<8>(), b.last_chunk::<8>()) {
        let (a, b) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
        a_last == b_last && a.iter().zip(b).all(|(a, b)| a == b)
    } else if let (Some(a_last), Some(b_last)) = (a.last_chunk::<4>(), b.last_chunk::<4>()) {
        a_last == b_last && a.first_chunk::<4>() == b.first_chunk::<4>()
    } else {
        a.iter().zip(b).all(|(a, b)| a == b)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_byte_counts() {
        for len in 0..70 {
            let bytes = vec![b'a'; len];
            let mut hashes = HashSet::from([hash(0, &bytes), hash(1, &bytes)]);
            assert!(same(&bytes, &bytes.clone()));
            for at in 0..len {
                let mut other = bytes.clone();
                other[at] = b'b';
                assert!(hashes.insert(hash(0, &other)), "{len} {at}");
                assert!(!same(&bytes, &other));
            }
        }
        let hashes: HashSet<_> = (0..70).map(|len| hash(0, &vec![0; len])).collect();
        assert_eq!(hashes.len(), 70);
        assert!(!same(b"a", b"aa"));
    }
}
