//! `cargo traitwire import`: .proto files as traits and messages.
//!
//! ```text
//! load         which files there are, and their syntax trees
//! (schema)     syntax trees -> model, and what has no place in it
//! selection    what of it is wanted, and what that needs
//! plan         modules and names in Rust
//! recursion    where a message needs a `Box`
//! rust/        the text of the modules
//! export       what the crate will export, as far as it can be told
//! krate        the files of the crate
//! report       what was left out
//! ```

mod export;
mod krate;
mod load;
mod plan;
mod recursion;
mod report;
mod rust;
mod selection;
#[cfg(test)]
mod tests;
mod well_known;

use std::path::{Path, PathBuf};

use clap::Args;
use traitwire_schema::parse;

use crate::Outcome;
use crate::failure::Failure;
use crate::terminal::Terminal;
use krate::Krate;
use load::Sources;
use plan::Plan;
use report::Report;
use selection::Selection;

/// Turn .proto files into a crate of traits and messages
///
/// Services become traits, messages and enums become structs and enums with the same numbers, names and comments, and
/// packages become modules. The crate is yours from then on: `protos!` exports the same files again, and its test keeps
/// them in step with the code.
///
/// What a Rust crate has no place for, such as options for other languages, extensions and groups, is listed with file and
/// line. Comments are kept where they stand above or behind a declaration.
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// The .proto files, or directories of them
    ///
    /// Imports are looked up in these directories, then in those of --include.
    #[arg(required = true, value_name = "PROTO")]
    pub(crate) protos: Vec<PathBuf>,
    /// Where to put the crate
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// A directory in which files import each other
    ///
    /// Types of files that are only here are somebody else's: they get a Rust type if one of yours uses them, and are not
    /// exported. The paths of PROTO that are in here are seen from here.
    #[arg(long = "include", short = 'I', value_name = "DIR")]
    pub(crate) includes: Vec<PathBuf>,
    /// Import this package only, and what it uses; can be given several times
    #[arg(long, value_name = "PACKAGE")]
    pub(crate) package: Vec<String>,
    /// The name of the crate [default: that of its directory]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Where the crate finds traitwire, seen from its own directory [default: crates.io]
    #[arg(long, value_name = "DIR")]
    pub(crate) traitwire: Option<PathBuf>,
    /// Write over files that are there
    #[arg(long)]
    pub(crate) force: bool,
}

pub(crate) fn run(import: &Import, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let sources = Sources::load(&import.protos, &import.includes)?;
    terminal.status("Importing", format_args!("{} files", sources.ours()));
    let (files, report) = import.crate_of(&sources)?;
    write(&import.out, &files, import.force)?;
    krate::format(&import.out, terminal);
    report.print(terminal);
    terminal.status("Imported", import.out.display());
    terminal.status(
        "Next",
        "`UPDATE_PROTOS=1 cargo test` there, which exports the files for the first time",
    );
    Ok(Outcome::Fine)
}

impl Import {
    /// The files of the crate, and what has no place in it.
    fn crate_of(&self, sources: &Sources) -> Result<(Vec<krate::File>, Report), Failure> {
        let lowered =
            parse::lower(&sources.trees).map_err(|errors| Failure::Input(errors.to_string()))?;
        let selection = Selection::new(sources, &lowered, &self.package)?;
        let mut report = Report::new(&lowered, &selection);
        let plan = Plan::new(&lowered, &selection);
        export::check(&lowered, &selection, &plan, &mut report);
        let name = match &self.name {
            Some(name) => name.clone(),
            None => krate::name_of(&self.out),
        };
        let krate = Krate {
            name: &name,
            traitwire: self.traitwire.as_deref(),
        };
        Ok((krate.files(&plan), report))
    }
}

fn write(out: &Path, files: &[krate::File], force: bool) -> Result<(), Failure> {
    for file in files {
        let path = out.join(&file.path);
        if !force && path.exists() {
            return Err(Failure::Input(format!(
                "{} is there already\nhelp: choose another directory, or write over what is there with --force",
                path.display()
            )));
        }
    }
    for file in files {
        let path = out.join(&file.path);
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir).map_err(|error| Failure::io("make", dir, error))?;
        }
        std::fs::write(&path, &file.text).map_err(|error| Failure::io("write", &path, error))?;
    }
    Ok(())
}
