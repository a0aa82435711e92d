//! Why nothing came of a command.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a command couldn't do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A file or directory can't be read, written or made.
    Io {
        /// `read`, `write` or `make`.
        what: &'static str,
        path: PathBuf,
        error: io::Error,
    },
    /// What the user has asked for, or written, can't be; the text says why, and what to do instead.
    Input(String),
}

impl Failure {
    pub(crate) fn io(what: &'static str, path: &Path, error: io::Error) -> Self {
        Self::Io {
            what,
            path: path.to_owned(),
            error,
        }
    }

    /// Cargo itself can't be started.
    pub(crate) fn no_cargo(error: io::Error) -> Self {
        Self::Input(format!("can't run cargo: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { what, path, error } => write!(f, "can't {what} {}: {error}", path.display()),
            Self::Input(text) => f.write_str(text),
        }
    }
}

impl Error for Failure {}
