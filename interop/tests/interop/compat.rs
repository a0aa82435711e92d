//! The compatibility rules against `buf breaking`: what each says of the same changes.

#[path = "../../../schema/tests/compat/cases.rs"]
mod cases;
#[path = "../../../schema/tests/support/versions.rs"]
mod versions;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Trial;
use serde_json::Value;
use traitwire_schema::{compat, model, parse};

use crate::process::{interop, printed, require, scratch};
use cases::Case;

pub(crate) fn trials_with_others() -> Vec<Trial> {
    vec![
        Trial::test("compat::buf_breaking", || Ok(buf_breaking()?)),
        Trial::test("compat::every_rule_of_buf_has_one_of_ours", || {
            Ok(every_rule_of_buf_has_one_of_ours()?)
        }),
    ]
}

/// In every category, a case breaks something for both, or for none; or it is said why not.
fn buf_breaking() -> Result<(), String> {
    let categories = categories()?;
    let cases = cases::all();
    let theirs = ask(&cases)?;
    let mut wrong = String::new();
    for (case, theirs) in cases.iter().zip(&theirs) {
        let ours = compat::check(&files(&case.old), &files(&case.new));
        let lines: Vec<&str> = theirs.iter().map(String::as_str).collect();
        case.buf.assert_eq(&lines.join("\n"));
        let apart: Vec<&str> = CATEGORIES
            .into_iter()
            .filter(|category| {
                let we_do = ours.iter().any(|found| cases::counts(found, category));
                let they_do = theirs
                    .iter()
                    .any(|rule| categories[rule].contains(*category));
                we_do != they_do
            })
            .collect();
        let known = case.apart.map_or(&[][..], |(categories, _)| categories);
        if apart != known {
            wrong += &format!(
                "{}: apart in {apart:?}, not in {known:?}\n{}\n{}\n\n",
                case.name,
                cases::summary(&ours),
                lines.join("\n"),
            );
        }
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(wrong),
    }
}

/// What we name of theirs is theirs, and what is theirs in these categories we name, or say why not in our README.
fn every_rule_of_buf_has_one_of_ours() -> Result<(), String> {
    let theirs: BTreeSet<String> = categories()?.into_keys().collect();
    let ours = compat::rules().iter().flat_map(|rule| rule.buf);
    let ours: BTreeSet<String> = ours.map(|rule| (*rule).to_owned()).collect();
    let unknown: Vec<_> = ours.difference(&theirs).collect();
    let readme = interop().join("../schema/README.md");
    let readme = fs::read_to_string(readme).map_err(|error| error.to_string())?;
    let missing = theirs.difference(&ours);
    let missing: Vec<_> = missing
        .filter(|rule| !readme.contains(&format!("`{rule}`")))
        .collect();
    match (unknown.is_empty(), missing.is_empty()) {
        (true, true) => Ok(()),
        _ => Err(format!("not theirs: {unknown:?}\nnot ours: {missing:?}")),
    }
}

/// The rules that `buf` reports for each case.
///
/// It is asked once, with every case in a directory and a package of its own.
fn ask(cases: &[Case]) -> Result<Vec<BTreeSet<String>>, String> {
    let directory = scratch("compat");
    let _ = fs::remove_dir_all(&directory);
    for (index, case) in cases.iter().enumerate() {
        for (side, text) in [("old", &case.old), ("new", &case.new)] {
            for (path, text) in versions::files(text) {
                let name = name(index);
                let path = directory.join(side).join(&name).join(path);
                let text = text.replace("package ", &format!("package {name}."));
                write(&path, &text)?;
            }
        }
    }
    let config = format!(
        "version: v2\nbreaking:\n  use: [{}]\n",
        CATEGORIES.join(", ")
    );
    write(&directory.join("new/buf.yaml"), &config)?;
    write(&directory.join("old/buf.yaml"), "version: v2\n")?;
    let mut buf = buf()?;
    buf.current_dir(directory.join("new"));
    buf.args(["breaking", "--against", "../old", "--error-format=json"]);
    let output = buf.output().map_err(|error| format!("{buf:?}: {error}"))?;
    // This is what it returns when something is broken.
    if output.status.code() != Some(100) {
        return Err(format!(
            "{buf:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    let mut found = vec![BTreeSet::new(); cases.len()];
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let json: Value = serde_json::from_str(line).map_err(|error| format!("{line}: {error}"))?;
        let rule = json["type"].as_str().ok_or(line)?;
        // What is gone has no path, but a name.
        let start = line.find("case_").ok_or(line)?;
        let index: usize = line[start + 5..start + 8].parse().map_err(|_| line)?;
        found[index].insert(rule.to_owned());
    }
    fs::remove_dir_all(&directory).map_err(|error| error.to_string())?;
    Ok(found)
}

fn name(index: usize) -> String {
    format!("case_{index:03}")
}

/// The categories of each rule of `buf`, as far as they are among ours.
fn categories() -> Result<BTreeMap<String, BTreeSet<String>>, String> {
    let rules = printed(buf()?.args([
        "config",
        "ls-breaking-rules",
        "--version=v2",
        "--format=json",
    ]))?;
    let mut categories = BTreeMap::new();
    for line in rules.lines() {
        let json: Value = serde_json::from_str(line).map_err(|error| format!("{line}: {error}"))?;
        let id = json["id"].as_str().ok_or(line)?;
        let of = json["categories"].as_array().ok_or(line)?.iter();
        let of: BTreeSet<String> = of.filter_map(Value::as_str).map(str::to_owned).collect();
        categories.insert(id.to_owned(), of);
    }
    Ok(categories)
}

fn buf() -> Result<Command, String> {
    let buf = interop().join("node/node_modules/.bin/buf");
    require(&buf)?;
    Ok(Command::new(buf))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let parent = path.parent().map_or_else(PathBuf::new, Path::to_owned);
    let made = fs::create_dir_all(parent).and_then(|()| fs::write(path, text));
    made.map_err(|error| format!("{}: {error}", path.display()))
}

fn files(text: &str) -> Vec<model::File> {
    let files = versions::files(text);
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| (&**path, &**text))
        .collect();
    parse::files(&files).unwrap_or_else(|errors| panic!("{text}\n{errors}"))
}

/// From the one that reports the least to the one that reports the most.
const CATEGORIES: [&str; 4] = ["WIRE", "WIRE_JSON", "PACKAGE", "FILE"];
