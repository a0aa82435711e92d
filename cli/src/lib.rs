//! `cargo traitwire`: the contract of Rust crates that are gRPC APIs.
//!
//! ```text
//! args         what can be asked for, and the pages of --help
//! terminal     where output goes, in colours or not
//! failure      why nothing came of it
//! import/      .proto files -> Rust
//! ```

mod args;
mod failure;
mod import;
mod terminal;

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
        Command::Import(import) => import::run(&import, terminal),
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
