//! Other programs: looked for, and run with an eye on how they end.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};

/// Says what comes next.
pub(crate) fn step(what: &str) {
    println!("\n== {what}");
}

/// A program to be run, its arguments given as one line without quoting.
pub(crate) fn command(program: impl AsRef<OsStr>, args: &str) -> Command {
    let mut command = Command::new(program);
    command.args(args.split_whitespace());
    command
}

/// Runs a program to its end, which has to be a good one.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    println!("{}", line(command));
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::Ended(line(command), status)),
        Err(error) => Err(Failure::NotStarted(line(command), error)),
    }
}

/// Where `PATH` has the program, or Debian what only root is expected to start.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|directory| directory.join(program))
        .find(|file| file.is_file())
}

/// A command as one would type it.
fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Why not everything passed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A program couldn't be started.
    NotStarted(String, io::Error),
    /// A program ended badly, and has said why.
    Ended(String, ExitStatus),
    /// A file couldn't be read or written.
    File(PathBuf, io::Error),
    /// Something has to be installed by hand.
    Missing(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted(line, error) => write!(f, "`{line}` can't be started: {error}"),
            Self::Ended(line, status) => write!(f, "`{line}` ended with {status}"),
            Self::File(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Missing(what) => f.write_str(what),
        }
    }
}
