//! The files of the crate.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::plan::Plan;
use super::rust::{self, Text};
use crate::terminal::Terminal;

/// What there is to know of the crate that isn't in the files that are imported.
pub(super) struct Krate<'a> {
    pub(super) name: &'a str,
    /// The directory of traitwire, if it isn't to come from crates.io.
    pub(super) traitwire: Option<&'a Path>,
}

/// A file to be written.
pub(super) struct File {
    /// The path in the directory of the crate.
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// The name of the crate in a directory.
pub(super) fn name_of(dir: &Path) -> String {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    let legal = |char: char| match char {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' => char,
        _ => '-',
    };
    let name: String = name.chars().map(legal).collect();
    match name.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => name,
        _ => format!("api{name}"),
    }
}

/// Has rustfmt go over what was written, if there is one.
pub(super) fn format(out: &Path, terminal: &mut Terminal) {
    let status = Command::new("rustfmt")
        .args(["--edition", EDITION, "src/lib.rs"])
        .current_dir(out)
        .output();
    if !status.is_ok_and(|output| output.status.success()) {
        terminal.warning("rustfmt doesn't run, so that the code isn't formatted");
    }
}

impl Krate<'_> {
    pub(super) fn files(&self, plan: &Plan<'_>) -> Vec<File> {
        let mut tree = Tree::default();
        for module in &plan.modules {
            tree.add(&module.path, rust::module(plan, module));
        }
        let mut files = vec![File {
            path: "Cargo.toml".into(),
            text: self.manifest(),
        }];
        let mut root = String::new();
        let services: Vec<String> = plan
            .modules
            .iter()
            .flat_map(|module| module.services.iter().map(move |service| (module, service)))
            .map(|(module, service)| {
                let path = module.path.iter().map(|part| &**part);
                let path: Vec<&str> = path.chain([&*service.ident]).collect();
                path.join("::")
            })
            .collect();
        if !services.is_empty() {
            let in_line = services.join(", ");
            let services = match in_line.len() {
                ..=LINE => in_line,
                _ => format!("\n        {},\n    ", services.join(",\n        ")),
            };
            let _ = write!(
                root,
                "\ntraitwire::protos! {{\n    dir = \"protos\",\n    services = [{services}],\n}}\n",
            );
        }
        tree.files(Path::new("src/lib.rs"), Path::new("src"), &root, &mut files);
        files
    }

    fn manifest(&self) -> String {
        let traitwire = match self.traitwire {
            Some(path) => format!("{{ path = {:?} }}", path.display().to_string()),
            None => format!("{:?}", env!("CARGO_PKG_VERSION")),
        };
        let name = self.name;
        format!(
            r#"[package]
name = "{name}"
version = "0.1.0"
edition = "{EDITION}"
publish = false

[lib]
# Comments of .proto files hold examples that aren't Rust.
doctest = false

[dependencies]
traitwire = {traitwire}
"#
        )
    }
}

/// Modules in each other.
#[derive(Default)]
struct Tree {
    text: Option<Text>,
    inner: BTreeMap<String, Tree>,
}

impl Tree {
    fn add(&mut self, path: &[String], text: Text) {
        match path {
            [] => self.text = Some(text),
            [first, rest @ ..] => self.inner.entry(first.clone()).or_default().add(rest, text),
        }
    }

    /// The file of the module itself is at `path`, those of the modules in it are in `dir`.
    fn files(self, path: &Path, dir: &Path, end: &str, files: &mut Vec<File>) {
        let Self { text, inner } = self;
        let mut file = String::new();
        if let Some(Text { head, about, .. }) = &text {
            file.push_str(head);
            if !about.is_empty() {
                let about = about.join("\n\n");
                for line in about.lines() {
                    let _ = writeln!(file, "//! {line}");
                }
                file.push('\n');
            }
        }
        for ident in inner.keys() {
            let _ = writeln!(file, "pub mod {ident};");
        }
        if let Some(Text { uses, items, .. }) = &text {
            if !inner.is_empty() {
                file.push('\n');
            }
            file.push_str(uses);
            file.push_str(items);
        }
        file.push_str(end);
        files.push(File {
            path: path.to_owned(),
            text: file,
        });
        for (ident, tree) in inner {
            let name = ident.strip_prefix("r#").unwrap_or(&ident);
            let path = dir.join(format!("{name}.rs"));
            tree.files(&path, &dir.join(name), "", files);
        }
    }
}

const EDITION: &str = "2024";

/// How long a list of services may be to stand in one line.
const LINE: usize = 80;
