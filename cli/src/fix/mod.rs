//! `cargo traitwire fix`: missing numbers -> Rust sources.
//!
//! ```text
//! source       a file's text, and what it would be with insertions
//! options      what is in `#[proto(…)]`
//! spaces       syntax -> number spaces: what has a number in each, what hasn't, and where it would go
//! numbering    number spaces and committed files -> numbers
//! ```

mod numbering;
mod options;
mod source;
mod spaces;

use std::path::{Path, PathBuf};

use clap::Args;
use similar::TextDiff;

use crate::Outcome;
use crate::args::shown_path;
use crate::failure::Failure;
use crate::project::{Project, Selection};
use crate::terminal::{Terminal, count, print_diff};
use crate::version::Version;
use numbering::Committed;
use source::Source;
use spaces::Space;

/// Write the missing numbers into Rust sources: `#[proto(3)]`
///
/// Fields of messages, variants of oneofs, values of enums, fields of errors, and arguments of methods that take several get
/// one. It is the next free number, after all that are used; what `reserved(…)` says is skipped, and so is every number that
/// the committed files know: what is there under the same name gets its number back, and nothing else takes it.
///
/// Nothing else is touched: no byte of the file but what is inserted.
#[derive(Args, Debug)]
#[command(after_long_help = HELP)]
pub(crate) struct Fix {
    /// The files to write into [default: all of the package]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Show what would be written, and write nothing; exits with 1 if there is something to write
    #[arg(long, short = 'n')]
    dry_run: bool,
    #[command(flatten)]
    selection: Selection,
}

const HELP: &str = "\
Examples:
  cargo traitwire fix                    all files of the package in the current directory
  cargo traitwire fix src/messages.rs    one file; the numbers in the others count all the same
  cargo traitwire fix --dry-run          a diff, and 1 as exit code if there is one";

pub(crate) fn run(fix: &Fix, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let project = Project::load(&fix.selection)?;
    let names = project.runtime_names();
    let named: Vec<PathBuf> = fix.files.iter().map(|path| real(path)).collect();
    for (path, real) in fix.files.iter().zip(&named) {
        if !real.is_file() {
            let path = path.display();
            return Err(Failure::Input(format!("{path} is no file")));
        }
    }
    let mut rest = named.clone();
    let mut found = 0;
    let mut is_fine = true;
    for (package, files) in project.rust_files()? {
        let files: Vec<PathBuf> = files.iter().map(|path| real(path)).collect();
        rest.retain(|path| !files.contains(path));
        if !named.is_empty() && !files.iter().any(|path| named.contains(path)) {
            continue;
        }
        let mut committed = Committed::default();
        for contract in project.contracts() {
            if contract.crate_name == package && contract.committed.is_some() {
                committed.add(&Version::Committed.of(&contract, None)?);
            }
        }
        let package = Files {
            named: &named,
            names: &names,
            committed: &committed,
            dry_run: fix.dry_run,
        };
        let fixed = package.fix(&files, terminal)?;
        found += fixed.numbers;
        is_fine &= fixed.is_fine;
    }
    if !rest.is_empty() {
        // They belong to no package, so that there is nothing around them.
        let alone = Files {
            named: &named,
            names: &names,
            committed: &Committed::default(),
            dry_run: fix.dry_run,
        };
        let fixed = alone.fix(&rest, terminal)?;
        found += fixed.numbers;
        is_fine &= fixed.is_fine;
    }
    if !is_fine {
        return Err(Failure::Input(
            "some files aren't Rust, so nothing was written into them".to_owned(),
        ));
    }
    if found == 0 {
        terminal.status("Fine", "no number is missing");
    }
    Ok(if fix.dry_run && found > 0 {
        Outcome::Found
    } else {
        Outcome::Fine
    })
}

/// Files that belong together.
struct Files<'a> {
    /// Those that the user has named; all, if none.
    named: &'a [PathBuf],
    /// What traitwire is called.
    names: &'a [String],
    committed: &'a Committed,
    dry_run: bool,
}

struct Fixed {
    numbers: usize,
    /// Whether everything that the user has named could be read.
    is_fine: bool,
}

impl Files<'_> {
    fn fix(&self, paths: &[PathBuf], terminal: &mut Terminal) -> Result<Fixed, Failure> {
        let mut fixed = Fixed {
            numbers: 0,
            is_fine: true,
        };
        let mut sources = Vec::new();
        let mut all: Vec<Space> = Vec::new();
        for path in paths {
            let read = read(path).and_then(|source| {
                let spaces = spaces::read(&source, sources.len(), self.names);
                let spaces = spaces.map_err(|error| Failure::Input(located(path, &error)))?;
                Ok((source, spaces))
            });
            match read {
                Ok((source, spaces)) => {
                    sources.push((path, source));
                    all.extend(spaces);
                }
                Err(failure) if self.named.contains(path) => {
                    terminal.error(failure);
                    fixed.is_fine = false;
                }
                Err(failure) => terminal.warning(failure),
            }
        }
        let insertions = numbering::number(&mut all, self.committed).map_err(Failure::Input)?;
        for (index, (path, source)) in sources.iter().enumerate() {
            if !self.named.is_empty() && !self.named.contains(path) {
                continue;
            }
            let own: Vec<_> = insertions
                .iter()
                .filter(|(slot, _)| slot.file == index)
                .collect();
            if own.is_empty() {
                continue;
            }
            let texts = own
                .iter()
                .map(|(slot, number)| (slot.offset, slot.text(*number)));
            self.write(path, source, &source.with(texts.collect()), terminal)?;
            fixed.numbers += own.len();
            if !self.dry_run {
                let what = count(own.len(), "number");
                terminal.status("Fixed", format_args!("{} ({what})", shown_path(path)));
            }
        }
        Ok(fixed)
    }

    fn write(
        &self,
        path: &Path,
        source: &Source,
        text: &str,
        terminal: &mut Terminal,
    ) -> Result<(), Failure> {
        if !self.dry_run {
            return std::fs::write(path, text).map_err(|error| Failure::io("write", path, error));
        }
        let diff = TextDiff::from_lines(source.text.as_str(), text);
        let shown = shown_path(path);
        let diff = diff.unified_diff().header(&shown, &shown).to_string();
        print_diff(&diff, terminal);
        Ok(())
    }
}

fn read(path: &Path) -> Result<Source, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::io("read", path, error))?;
    let text = String::from_utf8(bytes);
    let text = text.map_err(|_| Failure::Input(format!("{} isn't UTF-8", shown_path(path))))?;
    Ok(Source::new(text))
}

/// An error of the parser, at its place.
fn located(path: &Path, error: &syn::Error) -> String {
    let start = error.span().start();
    let path = shown_path(path);
    format!("{path}:{}:{}: {error}", start.line, start.column + 1)
}

/// The same path for the same file.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests;
