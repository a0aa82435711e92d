//! `protos!` -> API: its test writes what it would check.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use cargo_metadata::TargetKind;
use tempfile::TempDir;

use super::api::{self, Api};
use super::selection::{cargo, color_flag};
use super::{Krate, Project};
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Runs the tests that the `protos!` of `krates` are.
pub(super) fn apis(
    project: &Project<'_>,
    krates: &[&Krate],
    terminal: &mut Terminal,
) -> Result<Vec<Api>, Failure> {
    let mut command = cargo("test");
    let mut targets = BTreeSet::new();
    for krate in krates {
        command.arg("--package").arg(&krate.package.id.repr);
        for (kind, name, modules) in &krate.targets {
            if modules.protos().next().is_some() {
                targets.insert(match kind {
                    TargetKind::Bin => format!("--bin={name}"),
                    TargetKind::Test => format!("--test={name}"),
                    _ => "--lib".to_owned(),
                });
            }
        }
    }
    // One command for all: cargo wants a feature to be in one of the packages, not in each.
    command
        .args(targets)
        .arg("--no-fail-fast")
        .args(project.selection.feature_flags());
    let names: Vec<&str> = krates
        .iter()
        .map(|krate| krate.package.name.as_str())
        .collect();
    let directory = directory(project)?;
    let manifest = project.root().join("Cargo.toml");
    command.env("TRAITWIRE_EXPORT", directory.path());
    let ran = run(
        command.arg("--manifest-path").arg(manifest),
        project,
        &names.join(", "),
        &["--", "protos_are_up_to_date"],
        terminal,
    );
    // An API that isn't one has said so, which tells more than a test that failed.
    let apis = api::read(directory.path(), project.root())?;
    ran?;
    for name in names {
        if !apis.iter().any(|api| api.contract.crate_name == name) {
            return Err(Failure::Input(format!(
                "the test `protos_are_up_to_date` of `{name}` has run, and told nothing\n\
                 help: its traitwire may be too old for this command; or `protos!` is switched off by a `cfg`: choose \
                 --features with which it is there"
            )));
        }
    }
    Ok(apis)
}

/// A new directory to export into.
pub(super) fn directory(project: &Project<'_>) -> Result<TempDir, Failure> {
    let scratch = project.scratch();
    fs::create_dir_all(&scratch).map_err(|error| Failure::io("make", &scratch, error))?;
    TempDir::with_prefix_in("export-", &scratch)
        .map_err(|error| Failure::io("make", &scratch, error))
}

/// Runs cargo, whose progress and errors go where ours go.
pub(super) fn run(
    command: &mut Command,
    project: &Project<'_>,
    names: &str,
    rest: &[&str],
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    terminal.status("Asking", format_args!("{names} what the code says"));
    if terminal.is_quiet() {
        command.arg("--quiet");
    }
    command
        .arg(color_flag(terminal.color()))
        .args(project.selection.build_flags())
        .args(rest)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = command.spawn().map_err(Failure::no_cargo)?;
    let mut said = Vec::new();
    if let Some(stdout) = &mut child.stdout {
        let read = stdout.read_to_end(&mut said);
        read.map_err(|error| Failure::io("read", Path::new("cargo's output"), error))?;
    }
    let status = child.wait().map_err(Failure::no_cargo)?;
    if status.success() {
        return Ok(());
    }
    // What the tests have printed, if it came to that.
    let said = String::from_utf8_lossy(&said);
    let said = said.trim();
    let said = if said.is_empty() {
        String::new()
    } else {
        format!("\n\n{said}")
    };
    Err(Failure::Input(format!(
        "nobody knows what the code of {names} says: it doesn't build, or doesn't run{said}"
    )))
}
