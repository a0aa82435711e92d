//! The fuzz targets as ordinary tests: on inputs that are kept, on variations of them, and on anything. Each run tries the
//! same. The tests of the engine and of the runtime include this file.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;

/// The inputs that are kept for a target.
pub fn corpus(target: &str) -> Vec<Vec<u8>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    let mut files: Vec<_> = fs::read_dir(dir.join(target))
        .expect("a corpus")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    let read = |path| fs::read(path).expect("a file that can be read");
    files.into_iter().map(read).collect()
}

/// Something that happens to an input.
#[derive(Clone, Debug)]
pub enum Change {
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
    /// What another input has from there on.
    Splice(Index, Index, Index),
}

pub fn changes() -> impl Strategy<Value = Vec<Change>> {
    let at = any::<Index>;
    let bytes = prop::collection::vec(any::<u8>(), 0..20);
    let change = prop_oneof![
        4 => (at(), any::<u8>()).prop_map(|(at, by)| Change::Flip(at, by)),
        2 => (at(), bytes).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        2 => (at(), 0_usize..200).prop_map(|(at, len)| Change::Remove(at, len)),
        2 => (at(), 0_usize..200).prop_map(|(at, len)| Change::Repeat(at, len)),
        1 => (at(), at(), at()).prop_map(|(at, other, from)| Change::Splice(at, other, from)),
    ];
    prop::collection::vec(change, 0..8)
}

pub fn changed(corpus: &[Vec<u8>], start: Index, changes: &[Change]) -> Vec<u8> {
    let mut input = start.get(corpus).clone();
    for change in changes {
        let place = |at: &Index| at.index(input.len() + 1);
        match change {
            Change::Flip(at, by) if !input.is_empty() => {
                let at = at.index(input.len());
                input[at] ^= by;
            }
            Change::Flip(..) => {}
            Change::Insert(at, bytes) => {
                let at = place(at);
                input.splice(at..at, bytes.iter().copied());
            }
            Change::Remove(at, len) => {
                let at = place(at);
                let end = (at + len).min(input.len());
                input.drain(at..end);
            }
            Change::Repeat(at, len) => {
                let at = place(at);
                let again = input[at..(at + len).min(input.len())].to_vec();
                input.splice(at..at, again);
            }
            Change::Splice(at, other, from) => {
                let other = other.get(corpus);
                input.truncate(place(at));
                input.extend_from_slice(&other[from.index(other.len() + 1)..]);
            }
        }
    }
    input
}

/// Tests of functions in the module `fuzz`.
macro_rules! targets {
    ($($target:ident),*) => {$(
        mod $target {
            use proptest::prelude::*;
            use proptest::sample::Index;
            use proptest::test_runner::RngSeed;

            use crate::fuzz;
            use crate::tried::{CASES, changed, changes, corpus};

            #[test]
            fn takes_what_is_kept() {
                corpus(stringify!($target)).iter().for_each(|input| fuzz::$target(input));
            }

            proptest! {
                #![proptest_config(ProptestConfig {
                    failure_persistence: None,
                    rng_seed: RngSeed::Fixed(1),
                    ..ProptestConfig::with_cases(CASES)
                })]

                #[test]
                fn takes_variations_of_it(start in any::<Index>(), changes in changes()) {
                    fuzz::$target(&changed(&corpus(stringify!($target)), start, &changes));
                }

                #[test]
                fn takes_anything(input in prop::collection::vec(any::<u8>(), 0..600)) {
                    fuzz::$target(&input);
                }
            }
        }
    )*};
}

pub(crate) use targets;

pub const CASES: u32 = 500;
