//! The files that a crate exports, where they are committed: whose they are, and what they say.
//!
//! Who reads them from a disk or a repository finds here what to make of their texts.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::File;
use crate::parse::{self, ParseErrors};

/// What stands on top of each file that a crate exports.
pub fn header(crate_name: &str) -> String {
    format!(
        "{EXPORTED_BY}{crate_name}`: change the traits and types there.\n\
         Then write this file with `UPDATE_PROTOS=1 cargo test -p {crate_name}`."
    )
}

/// The crate that a file's header names; `None` if the file isn't an export.
pub fn exporter(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("// ")?.strip_prefix(EXPORTED_BY)?;
    Some(rest.split_once('`')?.0)
}

/// How the header begins; the name of the crate follows, and another backtick.
const EXPORTED_BY: &str = "Exported from Rust by traitwire, crate `";

/// Reads `own`, the texts of a crate's files by their paths, and whatever they import, as imported files. What they import
/// is asked of `find`, which returns `None` for what isn't there. The inner error is for texts that aren't protobuf.
///
/// # Errors
///
/// The outer error is that of `find`.
pub fn read<E>(
    own: BTreeMap<String, String>,
    mut find: impl FnMut(&str) -> Result<Option<String>, E>,
) -> Result<Result<Vec<File>, ParseErrors>, E> {
    let mut unread: Vec<String> = own.keys().cloned().collect();
    let paths: BTreeSet<String> = own.keys().cloned().collect();
    let mut texts = own;
    while let Some(path) = unread.pop() {
        // What isn't protobuf is reported below.
        let Ok(file) = parse::file(&path, &texts[&path]) else {
            continue;
        };
        for import in file.imports {
            let path = import.path.text;
            if texts.contains_key(&path) {
                continue;
            }
            if let Some(text) = find(&path)? {
                texts.insert(path.clone(), text);
                unread.push(path);
            }
        }
    }
    let is_own = |path: &str| paths.contains(path);
    let all: Vec<(&str, &str)> = texts
        .iter()
        .map(|(path, text)| (&**path, &**text))
        .collect();
    let files = match parse::committed(&all) {
        // What others say needn't concern us.
        Err(errors) if errors.iter().any(|error| !is_own(&error.path)) => {
            let own = all.into_iter().filter(|(path, _)| is_own(path));
            parse::committed(&own.collect::<Vec<_>>())
        }
        files => files,
    };
    Ok(files.map(|mut files| {
        for file in &mut files {
            file.imported |= !is_own(&file.path);
        }
        files
    }))
}
