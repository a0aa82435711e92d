//! What is wrong with a text, or with a message to be printed.

use std::{error, fmt};

use super::path::Path;

/// Why a message can't be printed or read, and which field of it.
#[derive(Debug)]
pub struct Error {
    path: String,
    source: serde_json::Error,
}

impl Error {
    #[cold]
    pub(super) fn new(path: &Path, source: serde_json::Error) -> Self {
        Self {
            path: path.to_string(),
            source,
        }
    }

    /// The way to the field, `rectangle.corners[1].latitude`; empty if it is the message itself.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The line of the text, from 1; 0 if the error isn't in a text.
    pub fn line(&self) -> usize {
        self.source.line()
    }

    /// The column of the text, from 1; 0 if the error isn't in a text.
    pub fn column(&self) -> usize {
        self.source.column()
    }
}

/// `corners[1].latitude: invalid type: boolean `true`, expected an int32 at line 1 column 34`.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        self.source.fmt(f)
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&self.source)
    }
}
