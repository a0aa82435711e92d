//! Two versions of an API, side by side.

use crate::model::File;

/// The old and the new version.
pub(super) struct Change<'a> {
    old: &'a [File],
    new: &'a [File],
}
impl<'a> Change<'a> {
    pub(super) fn new(old: &'a [File], new: &'a [File]) -> Self {
        Self { old, new }
    }
}
