//! What can be asked for, and the pages of `--help`.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use clap::{Parser, Subcommand, ValueEnum};

use crate::check::Check;
use crate::completions::Completions;
use crate::diff::Diff;
use crate::export::Export;
use crate::files::absolute;
use crate::fix::Fix;
use crate::import::Import;
use crate::list::List;

/// The contract of Rust crates that are gRPC APIs: their .proto files, and who a change would break.
#[derive(Debug, Parser)]
#[command(name = "cargo traitwire", bin_name = "cargo traitwire", version, after_help = HELP)]
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

const HELP: &str = "\
Examples:
  cargo traitwire check --against git:origin/main    who would break?
  cargo traitwire fix                                write the numbers that are missing
  cargo traitwire export --out ../api                .proto files for other languages
  cargo traitwire import ../api --out ./api          … and from them

`cargo traitwire help COMMAND` says more of each.";

/// The subcommands; each has its arguments beside the code that does it.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(Check),
    Fix(Fix),
    Export(Export),
    Import(Import),
    Diff(Diff),
    List(List),
    Completions(Completions),
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

/// A path as the user would name it: from the current directory, where it is below it or close to it.
pub(crate) fn shown_path(path: &Path) -> String {
    let (here, path) = (absolute(Path::new(".")), absolute(path));
    let common = here
        .components()
        .zip(path.components())
        .take_while(|(here, there)| here == there)
        .count();
    let up = here.components().count() - common;
    if up > FAR {
        return path.display().to_string();
    }
    let up = std::iter::repeat_n(Component::ParentDir, up);
    let shown: PathBuf = up.chain(path.components().skip(common)).collect();
    match shown.as_os_str().is_empty() {
        true => ".".to_owned(),
        false => shown.display().to_string(),
    }
}

/// More steps up than this nobody counts.
const FAR: usize = 3;
