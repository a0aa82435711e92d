//! `cargo traitwire check`: who breaks, before it is merged.
//!
//! ```text
//! Api ─┬─ keep_reserved ──► what is to be committed ──► stale files
//! old ─┴─ compat::check ──────────────────────────────► breaks       ──► text, json or github
//! ```

mod github;
mod json;
mod text;

use std::collections::BTreeSet;

use clap::{Args, ValueEnum};
use traitwire_schema::compat::{Break, Who};
use traitwire_schema::{Schema, committed, compat};

use crate::failure::Failure;
use crate::files::{Files, Repository};
use crate::project::{Api, Project, Selection};
use crate::terminal::Terminal;
use crate::version::Version;
use crate::{Outcome, args};

pub(crate) use json::FoundBreak;

/// Tell who a change of the code would break, and whether the committed files are up to date
///
/// The crate is built to learn what its code says: by the test that its `protos!` is, or, where there is none, by a small
/// crate in the target directory that depends on it. That is compared with an older version of the API. Each break has its
/// rule, its place in Rust, the old and the new declaration, who breaks and why, and what to write instead.
///
/// Against the committed files, which is the default, it also counts as a finding when they aren't what the code says.
/// A break that was accepted with `UPDATE_PROTOS=breaking` is in them and isn't seen any more: against the main branch it is.
#[derive(Args, Debug)]
#[command(after_long_help = HELP)]
pub(crate) struct Check {
    /// The version that others have: `committed`, `git:REVISION`, `git:REVISION:DIRECTORY` or a directory
    #[arg(long, value_name = "VERSION", default_value = "committed")]
    against: Version,
    /// Who counts, separated by commas [default: everybody]
    ///
    /// A break that hurts nobody else is no finding.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WHO")]
    who: Vec<Counted>,
    /// How to say what was found
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    #[command(flatten)]
    selection: Selection,
}

const HELP: &str = "\
Examples:
  cargo traitwire check                                      the code against the committed files
  cargo traitwire check --against git:origin/main            … against those of the main branch
  cargo traitwire check --against ../published --who wire    … against a directory: programs only, not sources
  cargo traitwire check --workspace --format github          in a workflow: findings appear in the pull request

Exit codes:
  0  nothing was found
  1  somebody breaks, or the committed files aren't what the code says
  2  nobody can tell: the crate doesn't build, git doesn't know the revision, …";

/// Those who can break, as they are named on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Counted {
    /// Old programs, on both ends of the wire
    Wire,
    /// Old programs, when they read what new ones write
    WireReaders,
    /// Old programs, when new ones read what they write or have stored
    WireWriters,
    /// Who uses protobuf's JSON
    Json,
    /// Code against generated types and stubs
    Source,
}

impl Counted {
    fn has(self, who: Who) -> bool {
        match self {
            Self::Wire => matches!(who, Who::WireReaders | Who::WireWriters),
            Self::WireReaders => who == Who::WireReaders,
            Self::WireWriters => who == Who::WireWriters,
            Self::Json => who == Who::Json,
            Self::Source => who == Who::Source,
        }
    }
}

/// How to say what was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// For programs: one object
    Json,
    /// Annotations of GitHub's workflows
    Github,
}

pub(crate) fn run(check: &Check, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    if check.against == Version::Code {
        return Err(Failure::Input(
            "the code is no older version of itself\nhelp: check against `committed`, `git:REVISION` or a directory"
                .to_owned(),
        ));
    }
    let project = Project::load(&check.selection)?;
    let apis = project.apis(terminal)?;
    let mut reports = Vec::new();
    for api in apis {
        reports.push(Report::new(api, &check.against, &check.who)?);
    }
    match check.format {
        Format::Text => text::print(&reports, terminal),
        Format::Json => json::print(&reports, terminal),
        Format::Github => {
            // Without a repository, paths are seen from the workspace.
            let root = Repository::around(project.root()).map(|repository| repository.root);
            let root = root.unwrap_or_else(|_| project.root().to_owned());
            github::print(&reports, project.root(), &root, terminal);
        }
    }
    Ok(if reports.iter().all(Report::is_fine) {
        Outcome::Fine
    } else {
        Outcome::Found
    })
}

/// What was found about one crate.
struct Report {
    crate_name: String,
    against: Version,
    breaks: Vec<Break>,
    stale: Vec<Stale>,
    /// Whether there is an older version at all.
    is_new: bool,
}

/// A committed file that isn't what the code says.
#[derive(Debug, PartialEq, Eq)]
struct Stale {
    /// As the user would name it: with the directory.
    path: String,
    kind: StaleKind,
}

#[derive(Debug, PartialEq, Eq)]
enum StaleKind {
    /// It isn't there yet.
    Missing,
    /// It says something else.
    Changed { old: String, new: String },
    /// Nothing exports it any more.
    LeftOver,
    /// Somebody else's file is in its place.
    InTheWay,
}

impl Report {
    fn new(api: Api, against: &Version, who: &[Counted]) -> Result<Self, Failure> {
        let files = against.files(&api.contract)?;
        let old = files.of_crate(&api.contract.crate_name, &api.files, &api.imports)?;
        let crate_name = api.contract.crate_name.clone();
        let schema = Schema::new(api.files).map_err(|errors| {
            Failure::Input(format!("the services can't be exported\n\n{errors}"))
        })?;
        let schema = compat::keep_reserved(schema, &old);
        let mut breaks = compat::check(&old, schema.files());
        if !who.is_empty() {
            for found in &mut breaks {
                found
                    .harms
                    .retain(|harm| who.iter().any(|counted| counted.has(harm.who)));
            }
            breaks.retain(|found| !found.harms.is_empty());
        }
        let dir = match against {
            Version::Committed => api.contract.committed.as_deref(),
            _ => None,
        };
        let stale = dir.map(|dir| stale(&crate_name, &files, schema, &args::shown_path(dir)));
        Ok(Self {
            crate_name,
            against: against.clone(),
            breaks,
            stale: stale.unwrap_or_default(),
            is_new: old.is_empty(),
        })
    }

    fn is_fine(&self) -> bool {
        self.breaks.is_empty() && self.stale.is_empty()
    }

    /// What writes the committed files.
    fn update(&self) -> String {
        let mode = if self.breaks.is_empty() {
            "1"
        } else {
            "breaking"
        };
        format!("UPDATE_PROTOS={mode} cargo test -p {}", self.crate_name)
    }
}

/// What would have to change in the committed files, of which some are other crates'.
fn stale(crate_name: &str, files: &Files, schema: Schema, dir: &str) -> Vec<Stale> {
    let mut stale = Vec::new();
    let mut exported = BTreeSet::new();
    let mut add = |path: &str, kind| {
        let path = format!("{dir}/{path}");
        stale.push(Stale { path, kind });
    };
    for file in schema.with_header(&committed::header(crate_name)).print() {
        match files.texts.get(&file.path) {
            None => add(&file.path, StaleKind::Missing),
            Some(old) if *old == file.text => {}
            Some(old) if committed::exporter(old) != Some(crate_name) => {
                add(&file.path, StaleKind::InTheWay);
            }
            Some(old) => add(
                &file.path,
                StaleKind::Changed {
                    old: old.clone(),
                    new: file.text,
                },
            ),
        }
        exported.insert(file.path);
    }
    for (path, text) in &files.texts {
        if committed::exporter(text) == Some(crate_name) && !exported.contains(path) {
            add(path, StaleKind::LeftOver);
        }
    }
    stale
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use expect_test::{Expect, expect};
    use traitwire_schema::for_each_origin;
    use traitwire_schema::model::Origin;

    use super::*;
    use crate::project::Contract;
    use crate::terminal::Recording;

    /// An old and a new text of `hello.proto`, each without its first lines.
    struct Change<'a> {
        old: &'a str,
        new: &'a str,
        who: &'a [Counted],
    }

    impl Change<'_> {
        fn report(&self) -> Report {
            let dir = tempfile::tempdir().expect("a temporary directory");
            let header = "// Exported from Rust by traitwire, crate `hello`: change the traits and types there.\n\
                          // Then write this file with `UPDATE_PROTOS=1 cargo test -p hello`.\n\n";
            let top = "syntax = \"proto3\";\n\npackage hello;\n\n";
            let old = format!("{header}{top}{}", self.old);
            std::fs::write(dir.path().join("hello.proto"), old).expect("a file");
            let new = format!("{top}{}", self.new);
            let new = traitwire_schema::parse::files(&[("hello.proto", &new)]);
            let mut files = new.unwrap_or_else(|errors| panic!("{errors}"));
            for_each_origin(&mut files, &mut |name, origin| {
                *origin = Some(Origin {
                    rust_name: None,
                    location: format!("src/lib.rs:{}", name.len()),
                });
            });
            let api = Api {
                contract: Contract {
                    crate_name: "hello".to_owned(),
                    committed: Some(dir.path().to_owned()),
                },
                files,
                imports: Default::default(),
            };
            let mut report = Report::new(api, &Version::Committed, self.who)
                .unwrap_or_else(|error| panic!("{error}"));
            for stale in &mut report.stale {
                stale.path = "/repo/protos/hello.proto".to_owned();
            }
            report
        }

        #[track_caller]
        fn text(&self, expect: Expect) {
            self.check(expect, text::print);
        }

        #[track_caller]
        fn json(&self, expect: Expect) {
            self.check(expect, json::print);
        }

        #[track_caller]
        fn github(&self, expect: Expect) {
            let (workspace, repository) = (Path::new("/repo/rust"), Path::new("/repo"));
            self.check(expect, |reports, terminal| {
                github::print(reports, workspace, repository, terminal);
            });
        }

        #[track_caller]
        fn check(&self, expect: Expect, print: impl FnOnce(&[Report], &mut Terminal)) {
            let recording = Recording::default();
            print(&[self.report()], &mut recording.terminal());
            // `expect!` has no lines of spaces, which is what a diff makes of empty ones.
            expect.assert_eq(&recording.text().replace("\n \n", "\n\n"));
        }
    }

    const RETYPED: Change<'_> = Change {
        old: "message Hello {\n  string name = 1;\n}\n",
        new: "message Hello {\n  int32 name = 1;\n}\n",
        who: &[],
    };
    const RENAMED: Change<'_> = Change {
        old: "message Hello {\n  string name = 1;\n}\n",
        new: "message Hello {\n  string first_name = 1;\n}\n",
        who: &[],
    };
    const ADDED: Change<'_> = Change {
        old: "message Hello {\n  string name = 1;\n}\n",
        new: "message Hello {\n  string name = 1;\n  int32 times = 2;\n}\n",
        who: &[],
    };
    const SAME: Change<'_> = Change {
        new: ADDED.old,
        ..ADDED
    };

    #[test]
    fn breaks_are_listed_for_people() {
        RETYPED.text(expect![[r#"
            --- /repo/protos/hello.proto (committed)
            +++ /repo/protos/hello.proto (what the code says)
            @@ -6,5 +6,5 @@
             package hello;

             message Hello {
            -  string name = 1;
            +  int32 name = 1;
             }

            field-type: field `hello.Hello.name` (src/lib.rs:16)
              old: string name = 1
              new: int32 name = 1
              breaks old readers: they look for `string` and find `int32`: it is skipped, misread or an error
              breaks old writers: they write `string` where `int32` is read: it is skipped, misread or an error
              breaks JSON: text becomes a whole number
              breaks source: the field has another type in code
              help: keep `string` under 1, and give what is new a field of its own: 2 is free

            found: `hello` against the committed files: 1 break, 1 file not up to date
            If the code is right, run `UPDATE_PROTOS=breaking cargo test -p hello` and commit what it writes.
        "#]]);
    }

    #[test]
    fn breaks_are_listed_for_programs() {
        RETYPED.json(expect![[r#"
            {
              "ok": false,
              "crates": [
                {
                  "crate": "hello",
                  "against": "committed",
                  "new": false,
                  "stale": [
                    {
                      "path": "/repo/protos/hello.proto",
                      "problem": "changed"
                    }
                  ],
                  "breaks": [
                    {
                      "rule": "field-type",
                      "kind": "field",
                      "name": "hello.Hello.name",
                      "path": "hello.proto",
                      "rust": {
                        "file": "src/lib.rs",
                        "line": 16
                      },
                      "old": "string name = 1",
                      "new": "int32 name = 1",
                      "harms": [
                        {
                          "who": "wire-readers",
                          "why": "they look for `string` and find `int32`: it is skipped, misread or an error"
                        },
                        {
                          "who": "wire-writers",
                          "why": "they write `string` where `int32` is read: it is skipped, misread or an error"
                        },
                        {
                          "who": "json",
                          "why": "text becomes a whole number"
                        },
                        {
                          "who": "source",
                          "why": "the field has another type in code"
                        }
                      ],
                      "help": "keep `string` under 1, and give what is new a field of its own: 2 is free"
                    }
                  ]
                }
              ]
            }
        "#]]);
    }

    #[test]
    fn breaks_are_annotations_at_their_lines() {
        RETYPED.github(expect![[r#"
            ::error file=protos/hello.proto,title=not up to date::the file isn't what the code says%0Ahelp: if the code is right, run `UPDATE_PROTOS=breaking cargo test -p hello` and commit what it writes
            ::error file=rust/src/lib.rs,line=16,title=field-type%3A field hello.Hello.name::  old: string name = 1%0A  new: int32 name = 1%0A  breaks old readers: they look for `string` and find `int32`: it is skipped, misread or an error%0A  breaks old writers: they write `string` where `int32` is read: it is skipped, misread or an error%0A  breaks JSON: text becomes a whole number%0A  breaks source: the field has another type in code%0A  help: keep `string` under 1, and give what is new a field of its own: 2 is free
        "#]]);
    }

    #[test]
    fn a_change_that_breaks_nobody_is_stale() {
        ADDED.text(expect![[r#"
            --- /repo/protos/hello.proto (committed)
            +++ /repo/protos/hello.proto (what the code says)
            @@ -7,4 +7,5 @@

             message Hello {
               string name = 1;
            +  int32 times = 2;
             }

            found: `hello` against the committed files: 1 file not up to date
            If the code is right, run `UPDATE_PROTOS=1 cargo test -p hello` and commit what it writes.
        "#]]);
        ADDED.github(expect![[r#"
            ::error file=protos/hello.proto,title=not up to date::the file isn't what the code says%0Ahelp: if the code is right, run `UPDATE_PROTOS=1 cargo test -p hello` and commit what it writes
        "#]]);
    }

    #[test]
    fn what_is_the_same_is_fine() {
        SAME.text(expect![[r#"
            ok: `hello` breaks nobody who has the committed files
        "#]]);
        SAME.json(expect![[r#"
            {
              "ok": true,
              "crates": [
                {
                  "crate": "hello",
                  "against": "committed",
                  "new": false,
                  "stale": [],
                  "breaks": []
                }
              ]
            }
        "#]]);
        SAME.github(expect![[""]]);
        assert!(SAME.report().is_fine());
    }

    #[test]
    fn only_those_who_count_break() {
        let who = |who: &[Counted]| {
            let report = Change { who, ..RENAMED }.report();
            let harms = report.breaks.iter().flat_map(|found| &found.harms);
            harms
                .map(|harm| harm.who.id())
                .collect::<Vec<_>>()
                .join(", ")
        };
        expect!["json, source"].assert_eq(&who(&[]));
        expect![""].assert_eq(&who(&[Counted::Wire]));
        expect!["json"].assert_eq(&who(&[Counted::Wire, Counted::Json]));
        expect!["source"].assert_eq(&who(&[Counted::Source]));
    }

    #[test]
    fn files_of_others_are_left_alone() {
        let texts = [
            (
                "hello.proto",
                "// Exported from Rust by traitwire, crate `other`: …\n",
            ),
            (
                "old.proto",
                "// Exported from Rust by traitwire, crate `hello`: …\n",
            ),
            (
                "other.proto",
                "// Exported from Rust by traitwire, crate `other`: …\n",
            ),
            ("vendored.proto", "syntax = \"proto3\";\n"),
        ];
        let files = Files {
            texts: texts
                .map(|(path, text)| (path.to_owned(), text.to_owned()))
                .into(),
        };
        let code =
            traitwire_schema::parse::files(&[("hello.proto", "syntax = \"proto3\"; message A {}")]);
        let schema = Schema::new(code.expect("it is protobuf")).expect("it is right");
        let found = stale("hello", &files, schema, "protos");
        let found: Vec<_> = found
            .iter()
            .map(|stale| format!("{}: {:?}", stale.path, stale.kind))
            .collect();
        expect![[r#"
            protos/hello.proto: InTheWay
            protos/old.proto: LeftOver"#]]
        .assert_eq(&found.join("\n"));
    }

    #[test]
    fn a_directory_that_is_not_there_is_a_mistake() {
        let api = Api {
            contract: Contract {
                crate_name: "hello".to_owned(),
                committed: None,
            },
            files: Vec::new(),
            imports: Default::default(),
        };
        let error = |version| match Report::new(api.clone(), &version, &[]) {
            Ok(_) => "ok".to_owned(),
            Err(error) => error.to_string(),
        };
        expect![[r#"
            /nowhere is no directory
            help: a version is `code`, `committed`, `git:REVISION`, `git:REVISION:DIRECTORY` or a directory"#]].assert_eq(&error(Version::Directory(PathBuf::from("/nowhere"))));
        expect![[r#"
            nobody has said where the files of `hello` are committed
            help: add `traitwire::protos! { dir = "protos", services = [MyService] }` to it, or say what to compare with: a directory, or `git:main:DIRECTORY`"#]].assert_eq(&error(Version::Committed));
    }
}
