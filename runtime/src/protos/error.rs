//! Why the test fails.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{fmt, io};

use traitwire_schema::SchemaErrors;
use traitwire_schema::compat::Break;
use traitwire_schema::parse::ParseErrors;

use super::directory::Change;

/// Why the test fails.
#[derive(Debug)]
pub(super) enum ProtosError {
    /// The services are no protobuf API.
    Services(SchemaErrors),
    /// The files aren't what the code says.
    OutOfDate {
        changes: Vec<Change>,
        breaks: Vec<Break>,
        crate_name: String,
    },
    /// What is there can't be compared with what the code says.
    Unreadable {
        errors: ParseErrors,
        changes: Vec<Change>,
        crate_name: String,
    },
    /// The files would be written, if that broke nobody.
    Breaking {
        breaks: Vec<Break>,
        crate_name: String,
    },
    /// Another crate has exported the file.
    OtherCrate {
        path: String,
        other: String,
        crate_name: String,
    },
    /// Somebody else has written the file.
    NotExported { path: String },
    /// `UPDATE_PROTOS` has a value without a meaning.
    UnknownMode(String),
    /// A file or directory can't be read, written, made or removed.
    Io {
        what: &'static str,
        path: PathBuf,
        error: io::Error,
    },
}

impl ProtosError {
    pub(super) fn io(what: &'static str, path: &Path, error: io::Error) -> Self {
        Self::Io {
            what,
            path: path.to_owned(),
            error,
        }
    }
}

impl fmt::Display for ProtosError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Services(errors) => write!(f, "the services can't be exported\n\n{errors}"),
            Self::OutOfDate {
                changes,
                breaks,
                crate_name,
            } => {
                f.write_str("the committed .proto files are not what the code says\n\n")?;
                fmt_list(f, changes)?;
                let mode = if breaks.is_empty() {
                    "1"
                } else {
                    writeln!(
                        f,
                        "This would break somebody who has the committed version:\n"
                    )?;
                    fmt_breaks(f, breaks)?;
                    "breaking"
                };
                write!(
                    f,
                    "If the code is right, run `UPDATE_PROTOS={mode} cargo test -p {crate_name}` and commit what it writes."
                )
            }
            Self::Unreadable {
                errors,
                changes,
                crate_name,
            } => {
                writeln!(
                    f,
                    "the committed .proto files can't be read, so nobody can tell what a change of them breaks\n\n{errors}\n"
                )?;
                fmt_list(f, changes)?;
                write!(
                    f,
                    "Restore the files as they were committed, and run `UPDATE_PROTOS=1 cargo test -p {crate_name}` again. \
                     Or remove them, to begin anew: nothing is reserved then, and nothing is promised."
                )
            }
            Self::Breaking { breaks, crate_name } => {
                writeln!(
                    f,
                    "the change of the .proto files would break somebody, so nothing was written\n"
                )?;
                fmt_breaks(f, breaks)?;
                write!(
                    f,
                    "Change the code as the help says. If nobody is left who could break, run \
                     `UPDATE_PROTOS=breaking cargo test -p {crate_name}` and commit what it writes."
                )
            }
            Self::OtherCrate {
                path,
                other,
                crate_name,
            } => write!(
                f,
                "{path} is exported by the crate `{other}` and by the crate `{crate_name}`\n\
                 help: name all services of a package in one `protos!`, or give them another `file` or `dir`; if they have \
                 moved here, write this crate's name on top of the file"
            ),
            Self::NotExported { path } => write!(
                f,
                "{path} is in the way: it was not exported from Rust\n\
                 help: remove it if the code has all of it, or give the service another `file` or `dir`"
            ),
            Self::UnknownMode(value) => {
                write!(
                    f,
                    "UPDATE_PROTOS is `{value}`; it can be `1`, to write what the code says, `breaking`, to write it \
                     even if it breaks somebody, or absent"
                )
            }
            Self::Io { what, path, error } => write!(f, "can't {what} {}: {error}", path.display()),
        }
    }
}

impl Error for ProtosError {}

fn fmt_list(f: &mut fmt::Formatter<'_>, changes: &[Change]) -> fmt::Result {
    changes
        .iter()
        .try_for_each(|change| writeln!(f, "{change}"))
}

fn fmt_breaks(f: &mut fmt::Formatter<'_>, breaks: &[Break]) -> fmt::Result {
    breaks.iter().try_for_each(|found| writeln!(f, "{found}\n"))
}
