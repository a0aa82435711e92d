//! What the rules say of changes of all kinds; in `interop/`, `buf breaking` is asked the same.

mod cases;
#[path = "../support/generate.rs"]
mod generate;
#[path = "../support/versions.rs"]
mod versions;

use std::collections::{BTreeMap, BTreeSet};
use std::{env, fs};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{TestCaseError, TestRunner};
use traitwire_schema::compat::Break;
use traitwire_schema::{Schema, compat, model, parse};

#[test]
fn every_change_is_said_to_break_whom_it_breaks() {
    for case in cases::all() {
        case.ours.assert_eq(&cases::summary(&found(&case)));
    }
}

#[test]
fn what_changed_nothing_breaks_nothing() {
    for case in cases::all() {
        for text in [&case.old, &case.new] {
            assert_eq!(compat::check(&files(text), &files(text)), [], "{text}");
        }
    }
}

#[test]
fn every_break_says_all_there_is_to_say() {
    for case in cases::all() {
        for found in found(&case) {
            assert!(!found.harms.is_empty(), "{found}");
            assert!(!found.help.is_empty(), "{found}");
            assert!(found.old.is_some() || found.new.is_some(), "{found}");
            let who: Vec<_> = found.harms.iter().map(|harm| harm.who).collect();
            assert!(who.is_sorted_by(|a, b| a < b), "{found}");
            assert!(
                compat::rules().iter().any(|rule| rule.id == found.rule),
                "{found}"
            );
        }
    }
}

/// Whatever changes, what is written is an API, nothing is forgotten, and what was written stays.
#[test]
fn what_is_kept_is_an_api_and_stays() {
    let config = ProptestConfig {
        cases: 256,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let changes = vec((any::<Index>(), any::<u16>()), 0..10);
    let versions = (vec(any::<u16>(), 1..300), changes);
    let result = TestRunner::new(config).run(&versions, |(old, changes)| {
        let mut new = old.clone();
        for (index, choice) in changes {
            *index.get_mut(&mut new) = choice;
        }
        let schema = |choices| {
            let schema = Schema::new(generate::files(choices));
            schema.map_err(|errors| TestCaseError::reject(errors.to_string()))
        };
        let (old, new) = (schema(old)?, schema(new)?);
        let written = compat::keep_reserved(new.clone(), old.files());
        let checked = Schema::new(written.files().to_vec());
        prop_assert_eq!(checked.as_ref(), Ok(&written));
        for found in compat::check(old.files(), written.files()) {
            prop_assert!(!found.rule.ends_with("not-reserved"), "{}", found);
            prop_assert!(found.rule != "reserved-removed", "{}", found);
        }
        let again = compat::keep_reserved(new, written.files());
        prop_assert_eq!(&again, &written);
        prop_assert_eq!(compat::check(written.files(), again.files()), []);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn every_file_is_named_after_its_rule() {
    let files = concat!(env!("CARGO_MANIFEST_DIR"), "/src/compat/rules");
    let files = fs::read_dir(files).expect("a directory");
    let names = files.map(|file| file.expect("a file").file_name());
    let names = names.map(|name| name.to_string_lossy().replace('_', "-").replace(".rs", ""));
    let names: BTreeSet<String> = names.filter(|name| name != "mod").collect();
    let rules: Vec<&str> = compat::rules().iter().map(|rule| rule.id).collect();
    assert_eq!(names.len(), rules.len());
    assert!(rules.iter().all(|rule| names.contains(*rule)), "{rules:?}");
}

/// One test, so that nobody else writes the file meanwhile.
#[test]
fn the_readme_has_every_rule_and_every_difference_from_buf() {
    check_readme("rules", &rules());
    check_readme("differences", &differences());
}

fn rules() -> String {
    let mut who: BTreeMap<&str, BTreeSet<compat::Who>> = BTreeMap::new();
    for found in cases::all().iter().flat_map(found) {
        let harms = found.harms.iter().map(|harm| harm.who);
        who.entry(found.rule).or_default().extend(harms);
    }
    let mut table = "| rule | what it reports | who breaks, at most | rules of `buf breaking` |\n|---|---|---|---|\n".to_owned();
    for rule in compat::rules() {
        let who = who.get(rule.id).expect("every rule has a case");
        let who: Vec<_> = who.iter().map(ToString::to_string).collect();
        let buf: Vec<_> = rule.buf.iter().map(|rule| format!("`{rule}`")).collect();
        let (who, buf) = (who.join(", "), buf.join(" "));
        table += &format!("| `{}` | {} | {who} | {buf} |\n", rule.id, rule.summary);
    }
    table
}

fn differences() -> String {
    let mut differences: Vec<(&str, &[&str], Vec<String>)> = Vec::new();
    for case in cases::all() {
        let Some((categories, why)) = case.apart else {
            continue;
        };
        let known = differences
            .iter_mut()
            .find(|known| (known.0, known.1) == (why, categories));
        match known {
            Some((_, _, names)) => names.push(case.name),
            None => differences.push((why, categories, vec![case.name])),
        }
    }
    let mut table = "| why | in | changes |\n|---|---|---|\n".to_owned();
    for (why, categories, names) in differences {
        table += &format!(
            "| {why} | {} | {} |\n",
            categories.join(", "),
            names.join("; ")
        );
    }
    table
}

/// Checks a table in the README, or writes it, as `expect_test` does it in code.
#[track_caller]
fn check_readme(name: &str, table: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = fs::read_to_string(path).expect("a README");
    let start = readme
        .find(&format!("<!-- {name}:"))
        .expect("where it starts");
    let start = start + readme[start..].find('\n').expect("the next line") + 1;
    let end = readme
        .find(&format!("<!-- end of {name} -->"))
        .expect("where it ends");
    if env::var_os("UPDATE_EXPECT").is_some_and(|update| update == "1") {
        fs::write(path, [&readme[..start], table, &readme[end..]].concat()).expect("a README");
    } else {
        assert_eq!(&readme[start..end], table, "the table in {path}");
    }
}

fn found(case: &cases::Case) -> Vec<Break> {
    compat::check(&files(&case.old), &files(&case.new))
}

#[track_caller]
fn files(text: &str) -> Vec<model::File> {
    let files = versions::files(text);
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| (&**path, &**text))
        .collect();
    parse::files(&files).unwrap_or_else(|errors| panic!("{text}\n{errors}"))
}
