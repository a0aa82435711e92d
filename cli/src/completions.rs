//! `cargo traitwire completions`: what a shell needs to complete the command line.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::Outcome;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Print the completions of a shell
///
/// They are for `cargo-traitwire`, as cargo has no completions for commands of others.
#[derive(Args, Debug)]
#[command(after_long_help = HELP)]
pub(crate) struct Completions {
    #[arg(value_enum)]
    shell: Shell,
}

const HELP: &str = "\
Examples:
  cargo traitwire completions bash > ~/.local/share/bash-completion/completions/cargo-traitwire
  cargo traitwire completions fish > ~/.config/fish/completions/cargo-traitwire.fish
  cargo traitwire completions zsh > ~/.zfunc/_cargo-traitwire";

pub(crate) fn run(completions: &Completions, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let mut command = crate::args::Args::command();
    let mut script = Vec::new();
    clap_complete::generate(
        completions.shell,
        &mut command,
        "cargo-traitwire",
        &mut script,
    );
    terminal.print_bytes(&script);
    Ok(Outcome::Fine)
}
