//! One `check` for the tests of all rules.

#[path = "../../tests/support/versions.rs"]
mod versions;

use expect_test::Expect;

use crate::model::File;
use crate::parse;

/// Checks what a rule reports, and who breaks, between two [versions](versions::files) of an API; without a rule, what all of
/// them do.
#[track_caller]
pub(super) fn check(rule: &str, old: &str, new: &str, expect: Expect) {
    let found = super::check(&files(old), &files(new));
    let found = found
        .iter()
        .filter(|found| rule.is_empty() || found.rule == rule);
    let found: Vec<String> = found.map(ToString::to_string).collect();
    expect.assert_eq(&found.join("\n"));
}

/// The files of a version.
#[track_caller]
pub(super) fn files(text: &str) -> Vec<File> {
    let files = versions::files(text);
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| (&**path, &**text))
        .collect();
    parse::files(&files).unwrap_or_else(|errors| panic!("{text}\n{errors}"))
}
