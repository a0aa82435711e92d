//! `cargo traitwire import`: .proto files as traits and messages.

use std::path::PathBuf;

use clap::Args;

use crate::Outcome;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Turn .proto files into a crate of traits and messages
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// The .proto files, or directories of them
    #[arg(required = true, value_name = "PROTO")]
    pub(crate) protos: Vec<PathBuf>,
}

pub(crate) fn run(import: &Import, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    terminal.status("Importing", format_args!("{} paths", import.protos.len()));
    Err(Failure::Input("`import` is not here yet".to_owned()))
}
