//! Reads `.proto` text.
//!
//! ```text
//! text ── lexer, grammar ──> ast::File ── lower ──> model::File
//! ```
//!
//! The [syntax tree](ast) has all that a file says, in any version of the language. The [model] has what
//! traitwire exports, which is less: [`files`] refuses what doesn't fit into it, [`lower`] says what it leaves out.
//!
//! Reading takes time and memory in proportion to the text, whatever that is.

pub mod ast;
mod error;
mod grammar;
mod lexer;
mod lower;

pub use error::{ParseError, ParseErrors};
pub use lower::{Lowered, Note, lower};

use crate::model;

/// Reads one file. `path` is what others import it by.
///
/// # Errors
///
/// With each place where the text isn't what the grammar of protobuf expects, up to a number that somebody would read.
pub fn file(path: &str, text: &str) -> Result<ast::File, ParseErrors> {
    grammar::file(path, text)
}

/// Reads files, given by path and text, that were exported, or could have been.
///
/// What the files import has to be among them, or one of `google/protobuf/*.proto` that [everybody has](crate::well_known);
/// those that are used are in the result, too, as imported ones. [`Schema::new`](crate::Schema::new) takes the files, if
/// they keep to the rules that it checks.
///
/// # Errors
///
/// With everything in the files that isn't protobuf, that doesn't lead anywhere, or that an export can't have, each at its
/// place.
pub fn files(files: &[(&str, &str)]) -> Result<Vec<model::File>, ParseErrors> {
    read(files, false)
}

/// Reads files that were exported, to [compare](crate::compat) them: what they import may not be there, and a type that isn't
/// found then is taken for a message; and what an export can't have is passed over.
///
/// # Errors
///
/// With everything in the files that isn't protobuf, or that doesn't lead anywhere, each at its place.
pub fn committed(files: &[(&str, &str)]) -> Result<Vec<model::File>, ParseErrors> {
    read(files, true)
}

fn read(files: &[(&str, &str)], guess: bool) -> Result<Vec<model::File>, ParseErrors> {
    let mut trees = Vec::with_capacity(files.len());
    let mut errors = Vec::new();
    for (path, text) in files {
        match file(path, text) {
            Ok(tree) => trees.push(tree),
            Err(more) => errors.extend(more),
        }
    }
    ParseErrors::result(errors)?;
    let lowered = lower::lower_or_guess(&trees, guess)?;
    if !guess {
        ParseErrors::result(lowered.left_out)?;
    }
    Ok(lowered.files)
}
