//! One `check` for the tests of all rules.

use expect_test::Expect;

use crate::model::File;
use crate::parse;

/// Checks what a rule reports, and who breaks, between two versions of an API; without a rule, what all of them do.
///
/// A text is what stands in `test.proto`, in the package `test`; or several files, each after a line `--- path`.
#[track_caller]
pub(super) fn check(rule: &str, old: &str, new: &str, expect: Expect) {
    let found = super::check(&files(old), &files(new));
    let found = found
        .iter()
        .filter(|found| rule.is_empty() || found.rule == rule);
    let found: Vec<String> = found.map(ToString::to_string).collect();
    expect.assert_eq(&found.join("\n"));
}

#[track_caller]
pub(super) fn files(text: &str) -> Vec<File> {
    let test = format!("syntax = \"proto3\"; package test; {text}");
    let files: Vec<(&str, &str)> = match text.strip_prefix("--- ") {
        Some(files) => {
            let files = files.split("\n--- ");
            files
                .map(|file| file.split_once('\n').expect("a path and a text"))
                .collect()
        }
        None => vec![("test.proto", &test)],
    };
    parse::files(&files).unwrap_or_else(|errors| panic!("{text}\n{errors}"))
}
