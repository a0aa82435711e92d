//! `.proto` files, wherever they lie.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use traitwire_schema::committed;
use traitwire_schema::model::File;
use traitwire_schema::parse;

use crate::failure::Failure;

/// The `.proto` files of a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Files {
    /// By the path by which others import them, with the line ends that we write.
    pub(crate) texts: BTreeMap<String, String>,
}

impl Files {
    /// Those below a directory; none, if it isn't there.
    pub(crate) fn of_directory(dir: &Path) -> Result<Self, Failure> {
        let mut files = Self::default();
        let mut dirs = vec![dir.to_owned()];
        while let Some(next) = dirs.pop() {
            let failure = |error| Failure::io("read", &next, error);
            if !next.exists() {
                continue;
            }
            for entry in fs::read_dir(&next).map_err(failure)? {
                let entry = entry.map_err(failure)?;
                let path = entry.path();
                if entry.file_type().map_err(failure)?.is_dir() {
                    dirs.push(path);
                } else if is_proto(&path) {
                    let bytes =
                        fs::read(&path).map_err(|error| Failure::io("read", &path, error))?;
                    files.add(path.strip_prefix(dir).unwrap_or(&path), &bytes);
                }
            }
        }
        Ok(files)
    }

    /// Those below a directory as they were in a revision; none, if it wasn't there.
    pub(crate) fn of_revision(revision: &str, dir: &Path) -> Result<Self, Failure> {
        let dir = absolute(dir);
        let repository = Repository::around(&dir)?;
        repository.check_revision(revision)?;
        let inside = dir
            .strip_prefix(&repository.root)
            .map(path_of)
            .unwrap_or_default();
        let listed = repository.git(&["ls-tree", "-r", "-z", "--name-only", revision])?;
        let mut files = Self::default();
        for path in listed.split(|byte| *byte == 0) {
            let path = String::from_utf8_lossy(path).into_owned();
            let Ok(below) = Path::new(&path).strip_prefix(&inside) else {
                continue;
            };
            if is_proto(below) {
                let text = repository.git(&["show", &format!("{revision}:{path}")])?;
                files.add(below, &text);
            }
        }
        Ok(files)
    }

    fn add(&mut self, path: &Path, bytes: &[u8]) {
        // Git may have made two characters of each line end.
        let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
        self.texts.insert(path_of(path), text);
    }

    /// The API of a crate among the files: those that it has exported, if there are any. Else they may be written by hand:
    /// those with the paths and packages of `code`, or all, if nobody knows the code.
    ///
    /// What they import may also be in `imports`.
    pub(crate) fn of_crate(
        &self,
        crate_name: &str,
        code: &[File],
        imports: &BTreeMap<String, String>,
    ) -> Result<Vec<File>, Failure> {
        let exported = |text: &str| committed::exporter(text) == Some(crate_name);
        let mut own: BTreeMap<String, String> = self.texts.clone();
        if self.texts.values().any(|text| exported(text)) {
            own.retain(|_, text| exported(text));
        } else {
            own.retain(|path, text| {
                committed::exporter(text).is_none() && (code.is_empty() || is_in(code, path, text))
            });
        }
        let find = |path: &str| {
            let texts = self.texts.get(path).or_else(|| imports.get(path));
            Ok::<_, Failure>(texts.cloned())
        };
        committed::read(own, find)?.map_err(|errors| {
            Failure::Input(format!(
                "the .proto files can't be compared, as they can't be read\n\n{errors}"
            ))
        })
    }
}

/// Whether the code has a file of that path or that package.
fn is_in(code: &[File], path: &str, text: &str) -> bool {
    let tree = parse::file(path, text).ok();
    let package = tree.and_then(|tree| tree.package.map(|package| package.name.text));
    let package = package.unwrap_or_default();
    code.iter()
        .filter(|file| !file.imported)
        .any(|file| file.path == path || file.package == package)
}

fn is_proto(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "proto")
}

/// A path as imports have it.
fn path_of(path: &Path) -> String {
    let parts = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

/// A repository of git.
pub(crate) struct Repository {
    pub(crate) root: PathBuf,
}

impl Repository {
    /// The one that has a directory, which may be gone by now.
    pub(crate) fn around(dir: &Path) -> Result<Self, Failure> {
        let dir = absolute(dir);
        let there = dir.ancestors().find(|dir| dir.is_dir());
        let there = there.unwrap_or(Path::new("."));
        let root = git(there, &["rev-parse", "--show-toplevel"])?;
        let root = String::from_utf8_lossy(&root);
        Ok(Self {
            root: absolute(Path::new(root.trim_end())),
        })
    }

    fn check_revision(&self, revision: &str) -> Result<(), Failure> {
        let commit = format!("{revision}^{{commit}}");
        let known = self.git(&[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ]);
        known.map(drop).map_err(|_| {
            Failure::Input(format!(
                "git knows no revision `{revision}`\n\
                 help: in CI, fetch it first: a checkout often has one commit only (`fetch-depth: 0`)"
            ))
        })
    }

    fn git(&self, args: &[&str]) -> Result<Vec<u8>, Failure> {
        git(&self.root, args)
    }
}

fn git(dir: &Path, args: &[&str]) -> Result<Vec<u8>, Failure> {
    let output = Command::new("git")
        .arg("-C")
        .arg(dir)
        .args(args)
        // A hook has these, and they win over the directory.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Failure::Input(format!("can't run git: {error}")))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim();
    let said = said.strip_prefix("fatal: ").unwrap_or(said);
    Err(Failure::Input(format!(
        "git doesn't help with {}: {said}",
        dir.display()
    )))
}

/// The path from the root, without `..` and links, as far as it is there.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
        if let Ok(real) = plain.canonicalize() {
            plain = real;
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// A repository with two commits, and a change that isn't committed.
    fn repository() -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let write = |path: &str, text: &str| {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
            fs::write(path, text).expect("a file");
        };
        let run = |args: &[&str]| git(dir.path(), args).unwrap_or_else(|error| panic!("{error}"));
        let commit = || {
            run(&["add", "."]);
            let who = ["-c", "user.name=me", "-c", "user.email=me@example.com"];
            let what = [
                "-c",
                "commit.gpgsign=false",
                "commit",
                "--quiet",
                "-m",
                "more",
            ];
            run(&[&who[..], &what].concat());
        };
        run(&["init", "--quiet"]);
        write("api/protos/a.proto", "one");
        write("api/protos/deep/ü.proto", "deep\r\n");
        write("api/protos/a.txt", "text");
        write("other/b.proto", "other");
        commit();
        run(&["tag", "first"]);
        write("api/protos/a.proto", "two");
        fs::remove_dir_all(dir.path().join("api/protos/deep")).expect("it was there");
        commit();
        write("api/protos/a.proto", "three");
        dir
    }

    #[track_caller]
    fn check(files: Result<Files, Failure>, expect: Expect) {
        expect.assert_eq(&match files {
            Ok(files) => format!("{:?}", files.texts),
            Err(error) => format!("error: {error}"),
        });
    }

    #[test]
    fn a_revision_has_its_own_files() {
        let repository = repository();
        let protos = repository.path().join("api/../api/protos");
        check(
            Files::of_revision("first", &protos),
            expect![[r#"{"a.proto": "one", "deep/ü.proto": "deep\n"}"#]],
        );
        check(
            Files::of_revision("HEAD", &protos),
            expect![[r#"{"a.proto": "two"}"#]],
        );
        check(
            Files::of_directory(&protos),
            expect![[r#"{"a.proto": "three"}"#]],
        );
        let root = repository.path();
        check(
            Files::of_revision("HEAD", root),
            expect![[r#"{"api/protos/a.proto": "two", "other/b.proto": "other"}"#]],
        );
        // A directory that is gone, or is still to come.
        let gone = repository.path().join("api/protos/deep");
        check(
            Files::of_revision("first", &gone),
            expect![[r#"{"ü.proto": "deep\n"}"#]],
        );
        check(Files::of_revision("HEAD", &gone), expect!["{}"]);
        check(
            Files::of_revision("--all", &protos),
            expect![[r#"
            error: git knows no revision `--all`
            help: in CI, fetch it first: a checkout often has one commit only (`fetch-depth: 0`)"#]],
        );
        check(
            Files::of_revision("second", &protos),
            expect![[r#"
            error: git knows no revision `second`
            help: in CI, fetch it first: a checkout often has one commit only (`fetch-depth: 0`)"#]],
        );
    }

    #[test]
    fn files_are_found_by_who_has_exported_them() {
        let exported =
            "// Exported from Rust by traitwire, crate `hello`: …\nsyntax = \"proto3\"; package a;";
        let others = exported.replace("hello", "other");
        let by_hand = "syntax = \"proto3\"; package b;";
        let found = |texts: &[(&str, &str)], code: &[(&str, &str)]| {
            let texts = texts.iter();
            let files = Files {
                texts: texts
                    .map(|(path, text)| (path.to_string(), text.to_string()))
                    .collect(),
            };
            let code = parse::files(code).unwrap_or_else(|errors| panic!("{errors}"));
            let files = files.of_crate("hello", &code, &BTreeMap::new());
            let files = files.unwrap_or_else(|error| panic!("{error}"));
            let paths: Vec<_> = files.into_iter().map(|file| file.path).collect();
            paths.join(", ")
        };
        let all = [
            ("a.proto", exported),
            ("b.proto", by_hand),
            ("c.proto", &others),
        ];
        assert_eq!(found(&all, &[]), "a.proto");
        assert_eq!(found(&all[1..], &[]), "b.proto");
        // Written by hand, but of other packages and paths.
        assert_eq!(found(&all[1..], &[("a.proto", exported)]), "");
        assert_eq!(found(&all[1..], &[("other.proto", by_hand)]), "b.proto");
        assert_eq!(found(&all[1..], &[("b.proto", exported)]), "b.proto");
    }
}
