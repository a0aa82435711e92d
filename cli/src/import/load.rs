//! Which files there are, and their syntax trees.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use traitwire_schema::parse::{self, ast};

use crate::failure::Failure;

/// The files to import, and those that they need.
pub(super) struct Sources {
    pub(super) trees: Vec<ast::File>,
    /// The paths, as they are imported, of the files that are to be imported here.
    ours: BTreeSet<String>,
}

impl Sources {
    /// Reads what is in `protos`, and whatever that imports, as far as it is there.
    pub(super) fn load(protos: &[PathBuf], includes: &[PathBuf]) -> Result<Self, Failure> {
        let mut found = BTreeMap::new();
        let mut roots: Vec<PathBuf> = Vec::new();
        for proto in protos {
            let inside = includes.iter().find(|include| is_inside(proto, include));
            let root = match (inside, proto.is_dir()) {
                (Some(include), _) => Some(include.as_path()),
                (None, true) => Some(proto.as_path()),
                (None, false) => proto.parent(),
            };
            let root = root.unwrap_or(Path::new("")).to_owned();
            if proto.is_dir() {
                find(&root, proto, &mut found)?;
            } else if proto.is_file() {
                found.insert(path_from(&root, proto), proto.clone());
            } else {
                return Err(Failure::Input(format!(
                    "{} is neither a file nor a directory",
                    proto.display()
                )));
            }
            roots.push(root);
        }
        if found.is_empty() {
            let shown: Vec<_> = protos
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            return Err(Failure::Input(format!(
                "there are no .proto files in {}",
                shown.join(", ")
            )));
        }
        roots.extend(includes.iter().cloned());
        let ours: BTreeSet<String> = found.keys().cloned().collect();
        let mut loader = Loader {
            roots: &roots,
            trees: Vec::new(),
            seen: BTreeSet::new(),
            names: BTreeMap::new(),
            errors: Vec::new(),
        };
        for (import, path) in &found {
            loader.read(import, path)?;
        }
        loader.imports()?;
        if !loader.errors.is_empty() {
            return Err(Failure::Input(loader.errors.join("\n")));
        }
        Ok(Self {
            trees: loader.trees,
            ours,
        })
    }

    /// How many files are to be imported.
    pub(super) fn ours(&self) -> usize {
        self.ours.len()
    }

    /// Whether a file is to be imported here; the others are there because it needs them.
    pub(super) fn is_ours(&self, path: &str) -> bool {
        self.ours.contains(path)
    }
}

struct Loader<'a> {
    roots: &'a [PathBuf],
    trees: Vec<ast::File>,
    /// The imports that were looked for.
    seen: BTreeSet<String>,
    /// The path by which each file is imported, by where it is.
    names: BTreeMap<PathBuf, String>,
    errors: Vec<String>,
}

impl Loader<'_> {
    fn read(&mut self, import: &str, path: &Path) -> Result<(), Failure> {
        if !self.seen.insert(import.to_owned()) {
            return Ok(());
        }
        let failure = |error| Failure::io("read", path, error);
        let place = path.canonicalize().map_err(failure)?;
        if self.names.contains_key(&place) {
            return Ok(());
        }
        self.names.insert(place, import.to_owned());
        let bytes = fs::read(path).map_err(failure)?;
        let Ok(text) = String::from_utf8(bytes) else {
            self.errors.push(format!("{import}: the file isn't UTF-8"));
            return Ok(());
        };
        match parse::file(import, &text) {
            Ok(tree) => self.trees.push(tree),
            Err(errors) => self.errors.push(errors.to_string()),
        }
        Ok(())
    }

    /// Reads what the files import, and what that imports. What isn't there is for others to say.
    fn imports(&mut self) -> Result<(), Failure> {
        let mut next = 0;
        while next < self.trees.len() {
            for at in 0..self.trees[next].imports.len() {
                let import = self.trees[next].imports[at].path.text.clone();
                if !is_below(&import) {
                    continue;
                }
                let mut paths = self.roots.iter().map(|root| root.join(&import));
                let Some(path) = paths.find(|path| path.is_file()) else {
                    continue;
                };
                self.read(&import, &path)?;
                // Files may import each other by several paths, which are one file all the same.
                if let Some(name) = path
                    .canonicalize()
                    .ok()
                    .and_then(|place| self.names.get(&place))
                {
                    self.trees[next].imports[at].path.text.clone_from(name);
                }
            }
            next += 1;
        }
        Ok(())
    }
}

/// Whether a file or directory is in a directory, or is it.
fn is_inside(path: &Path, dir: &Path) -> bool {
    match (path.canonicalize(), dir.canonicalize()) {
        (Ok(path), Ok(dir)) => path.starts_with(dir),
        _ => false,
    }
}

/// Whether an import stays below the directory that it is seen from.
fn is_below(import: &str) -> bool {
    let parts = Path::new(import).components();
    parts
        .into_iter()
        .all(|part| matches!(part, std::path::Component::Normal(_)))
}

/// All `.proto` files below a directory, by the path from `root` by which they import each other.
fn find(root: &Path, dir: &Path, found: &mut BTreeMap<String, PathBuf>) -> Result<(), Failure> {
    let failure = |error| Failure::io("read", dir, error);
    for entry in fs::read_dir(dir).map_err(failure)? {
        let entry = entry.map_err(failure)?;
        let path = entry.path();
        let kind = entry.file_type().map_err(failure)?;
        if kind.is_dir() {
            find(root, &path, found)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "proto")
        {
            found.insert(path_from(root, &path), path);
        }
    }
    Ok(())
}

/// The path of a file from a directory, as imports have it.
fn path_from(dir: &Path, file: &Path) -> String {
    let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (dir, file) = (canonical(dir), canonical(file));
    let path = file.strip_prefix(dir).unwrap_or(&file);
    let parts = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}
