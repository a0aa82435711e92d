//! The rules, a file each: on top why it is one, then the function, then its tests.

use super::Rule;

/// All rules. From the large to the small, as they are read.
pub(super) const RULES: &[Rule] = &[];
