//! The files of a crate, where they are committed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use similar::TextDiff;
use traitwire_schema::model::File;
use traitwire_schema::parse::ParseErrors;
use traitwire_schema::{Schema, committed};

use super::error::ProtosError;

/// The files of one crate in one directory.
pub(super) struct Directory<'a> {
    pub(super) crate_name: &'a str,
    pub(super) dir: &'a Path,
    /// The directory as the user wrote it.
    pub(super) shown_dir: &'a str,
}

impl Directory<'_> {
    /// The files that this crate has exported, as they are now, and those that they import, as imported ones. The inner
    /// error is for files that aren't protobuf any more.
    ///
    /// What they import is in the directory, if it can be read; if not, it is as the code knows it, if the code still does.
    pub(super) fn committed(
        &self,
        schema: &Schema,
    ) -> Result<Result<Vec<File>, ParseErrors>, ProtosError> {
        let mut texts: BTreeMap<String, String> = BTreeMap::new();
        for path in self.own_files()? {
            let text = read(&path)?.unwrap_or_default();
            texts.insert(self.import_path(&path), text);
        }
        let known = schema.print_imported();
        committed::read(texts, |path| {
            let known = || known.iter().find(|file| file.path == path);
            let there = read(&self.dir.join(path))?;
            Ok(there.or_else(|| known().map(|file| file.text.clone())))
        })
    }

    /// What would have to change in the directory, sorted by path; files to remove come last.
    pub(super) fn changes(&self, schema: Schema) -> Result<Vec<Change>, ProtosError> {
        let mut changes = Vec::new();
        let mut exported = BTreeSet::new();
        for file in schema
            .with_header(&committed::header(self.crate_name))
            .print()
        {
            let path = self.dir.join(&file.path);
            exported.insert(path.clone());
            let old = read(&path)?;
            let shown = self.shown(&path);
            match &old {
                Some(old) if *old == file.text => continue,
                Some(old) => match committed::exporter(old) {
                    Some(crate_name) if crate_name == self.crate_name => {}
                    Some(crate_name) => {
                        let (other, crate_name) =
                            (crate_name.to_owned(), self.crate_name.to_owned());
                        return Err(ProtosError::OtherCrate {
                            path: shown,
                            other,
                            crate_name,
                        });
                    }
                    None => return Err(ProtosError::NotExported { path: shown }),
                },
                None => {}
            }
            changes.push(Change {
                path,
                shown,
                old,
                new: Some(file.text),
            });
        }
        for path in self
            .own_files()?
            .into_iter()
            .filter(|path| !exported.contains(path))
        {
            changes.push(Change {
                shown: self.shown(&path),
                path,
                old: None,
                new: None,
            });
        }
        Ok(changes)
    }

    /// The files that this crate has exported, sorted.
    fn own_files(&self) -> Result<BTreeSet<PathBuf>, ProtosError> {
        let mut own = BTreeSet::new();
        let mut dirs = vec![self.dir.to_owned()];
        while let Some(dir) = dirs.pop() {
            let entries = match fs::read_dir(&dir) {
                Ok(entries) => entries,
                // Nothing was exported yet.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(ProtosError::io("read", &dir, error)),
            };
            for entry in entries {
                let entry = entry.map_err(|error| ProtosError::io("read", &dir, error))?;
                let path = entry.path();
                let kind = entry
                    .file_type()
                    .map_err(|error| ProtosError::io("read", &path, error))?;
                if kind.is_dir() {
                    dirs.push(path);
                } else if path
                    .extension()
                    .is_some_and(|extension| extension == "proto")
                    && read(&path)?
                        .is_some_and(|text| committed::exporter(&text) == Some(self.crate_name))
                {
                    own.insert(path);
                }
            }
        }
        Ok(own)
    }

    pub(super) fn apply(&self, change: &Change) -> Result<(), ProtosError> {
        let Change { path, new, .. } = change;
        let parents = path
            .ancestors()
            .skip(1)
            .take_while(|parent| *parent != self.dir);
        let Some(text) = new else {
            fs::remove_file(path).map_err(|error| ProtosError::io("remove", path, error))?;
            for parent in parents {
                // It is only removed if nothing is left in it.
                if fs::remove_dir(parent).is_err() {
                    break;
                }
            }
            return Ok(());
        };
        let parent = path.parent().unwrap_or(self.dir);
        fs::create_dir_all(parent).map_err(|error| ProtosError::io("make", parent, error))?;
        fs::write(path, text).map_err(|error| ProtosError::io("write", path, error))
    }

    /// A path in the directory, the way other files import it.
    fn import_path(&self, path: &Path) -> String {
        let path = path.strip_prefix(self.dir).unwrap_or(path);
        path.display().to_string().replace('\\', "/")
    }

    /// A path in the directory, the way the user would name it.
    fn shown(&self, path: &Path) -> String {
        Path::new(self.shown_dir)
            .join(self.import_path(path))
            .display()
            .to_string()
            .replace('\\', "/")
    }
}

/// The text of a file, with the line ends that we write; `None` if it isn't there.
fn read(path: &Path) -> Result<Option<String>, ProtosError> {
    match fs::read(path) {
        // Git may have made two characters of each line end.
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).replace("\r\n", "\n"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ProtosError::io("read", path, error)),
    }
}

/// A file that has to change.
#[derive(Debug)]
pub(super) struct Change {
    path: PathBuf,
    shown: String,
    /// What is there.
    old: Option<String>,
    /// What should be there; `None` for a file that nothing exports any more.
    new: Option<String>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            shown, old, new, ..
        } = self;
        match (old, new) {
            (_, None) => writeln!(f, "{shown}: nothing exports it any more"),
            (None, Some(_)) => writeln!(f, "{shown}: it isn't there yet"),
            (Some(old), Some(new)) => {
                let diff = TextDiff::from_lines(old.as_str(), new.as_str());
                let (old, new) = (
                    format!("{shown} (committed)"),
                    format!("{shown} (what the code says)"),
                );
                diff.unified_diff().header(&old, &new).fmt(f)
            }
        }
    }
}
