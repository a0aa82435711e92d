//! What was left out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use traitwire_schema::parse::ast::Position;
use traitwire_schema::parse::{Lowered, ParseError};

use super::selection::Selection;
use crate::terminal::Terminal;

/// What the crate has no place for.
#[derive(Debug, Default)]
pub(super) struct Report {
    left_out: Vec<ParseError>,
}

impl Report {
    pub(super) fn new(lowered: &Lowered, selection: &Selection<'_>) -> Self {
        let files = selection.files();
        let mut report = Self {
            left_out: lowered.left_out.clone(),
        };
        report.left_out.retain(|error| files.contains(&*error.path));
        report
    }

    /// Says something of a declaration, given by its full name, or of a file, given by its path.
    pub(super) fn say(&mut self, lowered: &Lowered, name: &str, message: impl Into<String>) {
        let (path, position) = match lowered.notes.get(name) {
            Some(note) => (note.path.clone(), note.position),
            None => (name.to_owned(), Position { line: 1, column: 1 }),
        };
        self.left_out.push(ParseError {
            path,
            position,
            message: message.into(),
        });
    }

    /// Prints it by what is said, each with its places.
    pub(super) fn print(&self, terminal: &mut Terminal) {
        for line in self.lines() {
            terminal.warning(line);
        }
    }

    /// What is said, each with its places.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut by_message: BTreeMap<&str, Vec<&ParseError>> = BTreeMap::new();
        for error in &self.left_out {
            by_message.entry(&error.message).or_default().push(error);
        }
        let mut lines: Vec<_> = by_message.into_iter().collect();
        for (_, errors) in &mut lines {
            errors.sort_by_key(|error| (&error.path, error.position));
        }
        lines.sort_by_key(|(_, errors)| errors.first().map(|error| (&error.path, error.position)));
        let line = |(message, errors): (&str, Vec<&ParseError>)| {
            let mut line = message.to_owned();
            let mut last = None;
            for error in errors {
                let Position { line: at, .. } = error.position;
                let _ = match last.replace(&error.path) {
                    Some(path) if *path == error.path => write!(line, ", {at}"),
                    _ => write!(line, "\n   --> {}:{at}", error.path),
                };
            }
            line
        };
        lines.into_iter().map(line).collect()
    }
}
