//! Chance, which spreads over time what would come all at once.

use std::hash::{BuildHasher, RandomState};

/// A number from 0 to 1.
pub(crate) fn random() -> f64 {
    // Hash maps are seeded at random.
    RandomState::new().hash_one(0) as f64 / u64::MAX as f64
}
