//! `cargo traitwire`: the contract of Rust crates that are gRPC APIs.
//!
//! ```text
//! args         what can be asked for, and the pages of --help
//! terminal     where output goes, in colours or not
//! failure      why nothing came of it
//! project/     a crate -> what its code says, by building it
//! files        .proto files in a directory or in git
//! version      what can be compared: code, committed files, revisions, directories
//! check/       who breaks: text, JSON, annotations
//! diff         what is different
//! list         what there is
//! export       what the code says -> .proto files, descriptor sets
//! fix/         missing numbers -> Rust sources
//! import/      .proto files -> Rust
//! completions  for shells
//! json         what the outputs for programs share
//! ```
//!
//! Nothing here speaks HTTP, and nothing is linked of what is looked at: a crate is built, and tells what it is.

mod args;
mod check;
mod completions;
mod diff;
mod export;
mod failure;
mod files;
mod fix;
mod import;
mod json;
mod list;
mod project;
mod terminal;
mod version;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Command};
use failure::Failure;
use terminal::Terminal;

/// Does what the command line says, be it that of `cargo traitwire` or of `cargo-traitwire`. The first of `args` is the
/// program.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = Args::parse_from(args::without_cargo(args));
    let mut terminal = Terminal::new(args.color, args.quiet);
    match run(args.command, &mut terminal) {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            terminal.error(&failure);
            ExitCode::from(FAILED)
        }
    }
}

fn run(command: Command, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    match command {
        Command::Check(check) => check::run(&check, terminal),
        Command::Fix(fix) => fix::run(&fix, terminal),
        Command::Export(export) => export::run(&export, terminal),
        Command::Import(import) => import::run(&import, terminal),
        Command::Diff(diff) => diff::run(&diff, terminal),
        Command::List(list) => list::run(&list, terminal),
        Command::Completions(completions) => completions::run(&completions, terminal),
    }
}

/// What came of a command that could do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// All is well.
    Fine,
    /// There is something to do for the user: what was checked isn't as it should be.
    Found,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Fine => Self::SUCCESS,
            Outcome::Found => Self::from(FOUND),
        }
    }
}

/// The exit codes other than 0; clap has 2 for command lines that it doesn't understand, too.
const FOUND: u8 = 1;
const FAILED: u8 = 2;
