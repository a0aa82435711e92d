//! Why a text can't be read.

use std::error::Error;
use std::fmt;

use crate::parse::ast::Position;

/// All that is wrong with some files, each thing with its place. They are sorted by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseErrors(Vec<ParseError>);

impl ParseErrors {
    /// `Ok` if there are none.
    pub(crate) fn result(mut errors: Vec<ParseError>) -> Result<(), Self> {
        if errors.is_empty() {
            return Ok(());
        }
        errors.sort_by(|a, b| a.place().cmp(&b.place()));
        errors.dedup();
        Err(Self(errors))
    }

    /// The errors, of which there is at least one.
    pub fn iter(&self) -> std::slice::Iter<'_, ParseError> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a ParseErrors {
    type Item = &'a ParseError;
    type IntoIter = std::slice::Iter<'a, ParseError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for ParseErrors {
    type Item = ParseError;
    type IntoIter = std::vec::IntoIter<ParseError>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for ParseErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl Error for ParseErrors {}

/// One thing that is wrong with a file, or that can't be carried over from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The path of the file.
    pub path: String,
    /// Where in it.
    pub position: Position,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl ParseError {
    fn place(&self) -> (&str, Position) {
        (&self.path, self.position)
    }
}

impl fmt::Display for ParseError {
    /// greet.proto:3:14: expected a field number, found `;`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.position;
        write!(f, "{}:{line}:{column}: {}", self.path, self.message)
    }
}

impl Error for ParseError {}
