//! What the rules say of changes of all kinds; in `interop/`, `buf breaking` is asked the same.

mod cases;
#[path = "../support/versions.rs"]
mod versions;

use std::collections::{BTreeMap, BTreeSet};
use std::{env, fs};

use traitwire_schema::compat::Break;
use traitwire_schema::{compat, model, parse};

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
