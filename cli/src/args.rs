//! What can be asked for, and the pages of `--help`.

use std::ffi::OsString;

use clap::{Parser, Subcommand, ValueEnum};

use crate::import::Import;

/// The contract of Rust crates that are gRPC APIs: their .proto files, and who a change would break.
#[derive(Debug, Parser)]
#[command(name = "cargo traitwire", bin_name = "cargo traitwire", version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// When to print in colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Color,
    /// Print results and errors only
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

/// The subcommands; each has its arguments beside the code that does it.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Import(Import),
}

/// When to print in colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On terminals, unless NO_COLOR is set
    #[default]
    Auto,
    Always,
    Never,
}

/// The arguments without the name that cargo hands to its subcommands: `cargo-traitwire traitwire list`.
pub(crate) fn without_cargo(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut args: Vec<OsString> = args.into_iter().collect();
    if args.get(1).is_some_and(|first| first == "traitwire") {
        args.remove(1);
    }
    args
}
