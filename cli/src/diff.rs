//! `cargo traitwire diff`: what is different between two versions of an API.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, ValueEnum};
use serde::Serialize;
use traitwire_schema::compat::{self, Break};
use traitwire_schema::model::{Enum, File, Member, Message, Reserved, Service};
use traitwire_schema::{Idempotency, Schema, show};

use crate::Outcome;
use crate::check::FoundBreak;
use crate::failure::Failure;
use crate::json;
use crate::list::join;
use crate::project::{Api, Contract, Project, Selection};
use crate::terminal::{ERROR, STRONG, Terminal, print_diff};
use crate::version::Version;

/// Show what is different between two versions of an API, and which of it breaks somebody
///
/// A version is `code`, for which the crate is built, `committed`, a revision of git, or a directory.
#[derive(Args, Debug)]
#[command(after_long_help = HELP)]
pub(crate) struct Diff {
    /// The older version: `committed`, `git:REVISION`, `git:REVISION:DIRECTORY`, a directory or `code`
    #[arg(value_name = "FROM", default_value = "committed")]
    from: Version,
    /// The newer version, in the same words
    #[arg(value_name = "TO", default_value = "code")]
    to: Version,
    /// How to show it
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// Exit with 1 when something is different
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    selection: Selection,
}

const HELP: &str = "\
Examples:
  cargo traitwire diff                               what the code has changed since the files were written
  cargo traitwire diff git:v1.2.0                    … since a release
  cargo traitwire diff git:v1.1.0 git:v1.2.0         between two releases; nothing is built for that
  cargo traitwire diff ../theirs committed           between two directories

`+` is new, `-` is gone, `!` breaks somebody who has the older version; `cargo traitwire check` says why.";

/// How to show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// For programs: one object
    Json,
}

pub(crate) fn run(diff: &Diff, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let project = Project::load(&diff.selection)?;
    let mut changes = Vec::new();
    if [&diff.from, &diff.to].contains(&&Version::Code) {
        for api in project.apis(terminal)? {
            changes.push(change(diff, &api.contract, Some(&api))?);
        }
    } else {
        for contract in project.contracts() {
            changes.push(change(diff, &contract, None)?);
        }
        if changes.is_empty() {
            return Err(Failure::Input(
                "there is no `protos!` in these packages, so nobody knows which files are theirs\n\
                 help: compare with `code`, or choose a package with -p"
                    .to_owned(),
            ));
        }
    }
    match diff.format {
        Format::Text => changes
            .iter()
            .for_each(|change| change.print(diff, terminal)),
        Format::Json => {
            let crates: Vec<_> = changes.iter().map(ChangeEntry::new).collect();
            json::print(&BTreeMap::from([("crates", crates)]), terminal);
        }
    }
    let is_different = changes.iter().any(|change| !change.groups.is_empty());
    Ok(if diff.exit_code && is_different {
        Outcome::Found
    } else {
        Outcome::Fine
    })
}

fn change(diff: &Diff, contract: &Contract, code: Option<&Api>) -> Result<Change, Failure> {
    let old = diff.from.of(contract, code)?;
    let mut new = diff.to.of(contract, code)?;
    if diff.to == Version::Code {
        // What would be written.
        let schema = Schema::new(new).map_err(|errors| Failure::Input(errors.to_string()))?;
        new = compat::keep_reserved(schema, &old).files().to_vec();
    }
    Ok(Change::new(&contract.crate_name, &old, &new))
}

/// What is different in one crate.
#[derive(Debug, Default)]
struct Change {
    crate_name: String,
    groups: Vec<Group>,
    /// The breaks of what isn't in a group: files and packages.
    breaks: Vec<Break>,
}

/// What is different in one service, message or enum.
#[derive(Debug, Default)]
struct Group {
    title: Title,
    state: State,
    /// Of what was there, and what is there; those that are the same are left out.
    lines: Vec<(Option<String>, Option<String>)>,
    breaks: Vec<Break>,
}

/// `message`, `routeguide.Point`.
type Title = (&'static str, String);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    Added,
    Removed,
    #[default]
    Changed,
}

/// The lines of a service, message or enum, by what they are about.
type Lines = BTreeMap<Key, String>;

/// What a line is about: what keeps its key is the same thing, changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// What holds for all of it.
    About(&'static str),
    Method(String),
    Field(u32),
    /// The number, and which of its names it is.
    Value(i32, usize),
}

impl Change {
    fn new(crate_name: &str, old: &[File], new: &[File]) -> Self {
        let mut breaks = compat::check(old, new);
        let (old, new) = (declarations(old), declarations(new));
        let titles: BTreeSet<&Title> = old.keys().chain(new.keys()).collect();
        let mut groups = Vec::new();
        for title in titles {
            let nothing = Lines::new();
            let (before, now) = (old.get(title), new.get(title));
            let state = match (before, now) {
                (None, _) => State::Added,
                (_, None) => State::Removed,
                _ => State::Changed,
            };
            let (before, now) = (before.unwrap_or(&nothing), now.unwrap_or(&nothing));
            let keys: BTreeSet<&Key> = before.keys().chain(now.keys()).collect();
            let lines: Vec<_> = keys
                .into_iter()
                .map(|key| (before.get(key).cloned(), now.get(key).cloned()))
                .filter(|(before, now)| before != now)
                .collect();
            let (own, others) = breaks
                .into_iter()
                .partition(|found: &Break| is_about(found, title));
            breaks = others;
            if state != State::Changed || !lines.is_empty() || !own.is_empty() {
                groups.push(Group {
                    title: title.clone(),
                    state,
                    lines,
                    breaks: own,
                });
            }
        }
        Self {
            crate_name: crate_name.to_owned(),
            groups,
            breaks,
        }
    }

    fn print(&self, diff: &Diff, terminal: &mut Terminal) {
        let Self {
            crate_name,
            groups,
            breaks,
        } = self;
        if groups.is_empty() && breaks.is_empty() {
            let (from, to) = (diff.from.said(), diff.to.said());
            return terminal.print(format_args!(
                "`{crate_name}`: {to} and {from} say the same\n"
            ));
        }
        for group in groups {
            let (kind, name) = &group.title;
            let sign = match group.state {
                State::Added => "+ ",
                State::Removed => "- ",
                State::Changed => "",
            };
            match group.state {
                State::Changed => {
                    terminal.print(format_args!("{kind} {STRONG}{name}{STRONG:#}\n"));
                }
                _ => print_diff(&format!("{sign}{kind} {name}"), terminal),
            }
            for (before, now) in &group.lines {
                for (sign, line) in [("-", before), ("+", now)] {
                    if let Some(line) = line {
                        print_diff(&format!("{sign}   {line}"), terminal);
                    }
                }
            }
            group
                .breaks
                .iter()
                .for_each(|found| print_break(found, terminal));
            terminal.print("\n");
        }
        breaks.iter().for_each(|found| print_break(found, terminal));
    }
}

/// Whether a break is in a service, message or enum, and not in one that is nested in it.
fn is_about(found: &Break, (_, name): &Title) -> bool {
    let place = &found.place.name;
    let inside = place.strip_prefix(&**name);
    match inside {
        Some("") => !matches!(found.place.kind, "file" | "package"),
        Some(rest) => {
            rest.starts_with('.')
                && !rest[1..].contains('.')
                && !matches!(found.place.kind, "message" | "enum" | "file" | "package")
        }
        None => false,
    }
}

fn print_break(found: &Break, terminal: &mut Terminal) {
    let who: Vec<_> = found
        .harms
        .iter()
        .map(|harm| harm.who.to_string())
        .collect();
    terminal.print(format_args!(
        "{ERROR}!   {}{ERROR:#}: {} `{}` breaks {}\n",
        found.rule,
        found.place.kind,
        found.place.name,
        who.join(", ")
    ));
}

/// What is declared in the files that aren't imported.
fn declarations(files: &[File]) -> BTreeMap<Title, Lines> {
    let mut all = BTreeMap::new();
    for file in files.iter().filter(|file| !file.imported) {
        let package = &file.package;
        for service in &file.services {
            all.insert(
                ("service", join(package, &service.name)),
                service_lines(package, service),
            );
        }
        for message in &file.messages {
            add_message(&mut all, package, package, message);
        }
        for item in &file.enums {
            all.insert(("enum", join(package, &item.name)), enum_lines(item));
        }
    }
    all
}

fn add_message(all: &mut BTreeMap<Title, Lines>, package: &str, scope: &str, message: &Message) {
    let name = join(scope, &message.name);
    let mut lines = about(&message.comment, message.deprecated, &message.reserved);
    for member in &message.members {
        match member {
            Member::Field(field) => {
                let line = show::field(field, package);
                lines.insert(
                    Key::Field(field.number),
                    described(line, field.deprecated, &field.comment),
                );
            }
            Member::OneOf(oneof) => {
                for field in &oneof.fields {
                    let line = show::oneof_field(&oneof.name, field, package);
                    lines.insert(
                        Key::Field(field.number),
                        described(line, field.deprecated, &field.comment),
                    );
                }
            }
        }
    }
    for message in &message.messages {
        add_message(all, package, &name, message);
    }
    for item in &message.enums {
        all.insert(("enum", join(&name, &item.name)), enum_lines(item));
    }
    all.insert(("message", name), lines);
}

fn service_lines(package: &str, service: &Service) -> Lines {
    let mut lines = about(&service.comment, service.deprecated, &Reserved::default());
    for method in &service.methods {
        let mut line = show::method(method, package);
        if method.idempotency != Idempotency::Unknown {
            line = format!("{line} {{ {} }}", show::idempotency(method.idempotency));
        }
        let line = described(line, method.deprecated, &method.comment);
        lines.insert(Key::Method(method.name.clone()), line);
    }
    lines
}

fn enum_lines(item: &Enum) -> Lines {
    let mut lines = about(&item.comment, item.deprecated, &item.reserved);
    for value in &item.values {
        let nth = |nth: &usize| !lines.contains_key(&Key::Value(value.number, *nth));
        let nth = (0..).find(nth).unwrap_or_default();
        let line = described(show::value(value), value.deprecated, &value.comment);
        lines.insert(Key::Value(value.number, nth), line);
    }
    lines
}

fn about(comment: &str, deprecated: bool, reserved: &Reserved) -> Lines {
    let mut lines = Lines::new();
    if !comment.is_empty() {
        lines.insert(Key::About("0 comment"), first_line(comment));
    }
    if deprecated {
        lines.insert(Key::About("1 deprecated"), "deprecated".to_owned());
    }
    let numbers = reserved.numbers.iter().map(|range| {
        let (first, last) = (range.start(), range.end());
        match first == last {
            true => first.to_string(),
            false => format!("{first} to {last}"),
        }
    });
    let names = reserved.names.iter().map(|name| format!("\"{name}\""));
    let reserved: Vec<_> = numbers.chain(names).collect();
    if !reserved.is_empty() {
        lines.insert(
            Key::About("2 reserved"),
            format!("reserved {}", reserved.join(", ")),
        );
    }
    lines
}

/// A declaration with what else is said of it.
fn described(line: String, deprecated: bool, comment: &str) -> String {
    let deprecated = if deprecated { ", deprecated" } else { "" };
    let comment = if comment.is_empty() {
        String::new()
    } else {
        format!("  {}", first_line(comment))
    };
    format!("{line}{deprecated}{comment}")
}

/// A comment in one line, which is all that there is room for; the whole text decides whether it is the same.
fn first_line(comment: &str) -> String {
    let lines: Vec<_> = comment.lines().map(str::trim).collect();
    format!("// {}", lines.join(" ").trim())
}

#[derive(Serialize)]
struct ChangeEntry<'a> {
    #[serde(rename = "crate")]
    crate_name: &'a str,
    changes: Vec<GroupEntry<'a>>,
    /// Those of files and packages.
    breaks: Vec<FoundBreak<'a>>,
}

impl<'a> ChangeEntry<'a> {
    fn new(change: &'a Change) -> Self {
        Self {
            crate_name: &change.crate_name,
            changes: change.groups.iter().map(GroupEntry::new).collect(),
            breaks: change.breaks.iter().map(FoundBreak::new).collect(),
        }
    }
}

#[derive(Serialize)]
struct GroupEntry<'a> {
    kind: &'static str,
    name: &'a str,
    /// `added`, `removed` or `changed`.
    change: &'static str,
    members: Vec<LineEntry<'a>>,
    breaks: Vec<FoundBreak<'a>>,
}

#[derive(Serialize)]
struct LineEntry<'a> {
    old: Option<&'a str>,
    new: Option<&'a str>,
}

impl<'a> GroupEntry<'a> {
    fn new(group: &'a Group) -> Self {
        let lines = group.lines.iter().map(|(old, new)| LineEntry {
            old: old.as_deref(),
            new: new.as_deref(),
        });
        Self {
            kind: group.title.0,
            name: &group.title.1,
            change: match group.state {
                State::Added => "added",
                State::Removed => "removed",
                State::Changed => "changed",
            },
            members: lines.collect(),
            breaks: group.breaks.iter().map(FoundBreak::new).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::terminal::Recording;

    fn diff() -> Diff {
        Diff {
            from: Version::Committed,
            to: Version::Code,
            format: Format::Text,
            exit_code: false,
            selection: Selection::default(),
        }
    }

    fn change(old: &str, new: &str) -> Change {
        let read = |text: &str| {
            let text = format!("syntax = \"proto3\"; package p; {text}");
            traitwire_schema::parse::files(&[("p.proto", &text)])
                .unwrap_or_else(|errors| panic!("{errors}"))
        };
        Change::new("hello", &read(old), &read(new))
    }

    #[track_caller]
    fn check(old: &str, new: &str, expect: Expect) {
        let recording = Recording::default();
        change(old, new).print(&diff(), &mut recording.terminal());
        expect.assert_eq(&recording.text());
    }

    #[test]
    fn what_is_the_same_is_said_to_be() {
        check(
            "message A {}",
            "message A {}",
            expect![[r#"
            `hello`: the code and the committed files say the same
        "#]],
        );
    }

    #[test]
    fn what_is_new_breaks_nobody() {
        check(
            "message A { string a = 1; }",
            "// New.
             message B { map<string, A> b = 1; }
             message A { string a = 1; oneof x { A y = 2; } }
             service S { rpc M(A) returns (stream B) { option idempotency_level = IDEMPOTENT; } }",
            expect![[r#"
                message p.A
                +   oneof x { A y = 2 }

                + message p.B
                +   map<string, A> b = 1

                + service p.S
                +   rpc M(A) returns (stream B) { option idempotency_level = IDEMPOTENT }

            "#]],
        );
    }

    #[test]
    fn what_changes_keeps_its_number() {
        check(
            "message A { string a = 1; // Old.
               int32 b = 2; } enum E { E_A = 0; E_B = 1; }",
            "message A { string c = 1;
               // New.
               int32 b = 2; } enum E { option allow_alias = true; E_A = 0; E_B = 1; E_BEE = 1; }",
            expect![[r#"
                enum p.E
                +   E_BEE = 1

                message p.A
                -   string a = 1  // Old.
                +   string c = 1
                -   int32 b = 2
                +   int32 b = 2  // New.
                !   field-name: field `p.A.c` breaks JSON, source

            "#]],
        );
    }

    #[test]
    fn what_breaks_is_marked() {
        check(
            "message A { string a = 1; message N { int32 x = 1; } } message Gone { bool b = 1; }
             service S { rpc M(A) returns (A); }",
            "message A { int32 a = 1; message N { reserved 1; } } service S { rpc M(A) returns (stream A); }",
            expect![[r#"
                message p.A
                -   string a = 1
                +   int32 a = 1
                !   field-type: field `p.A.a` breaks old readers, old writers, JSON, source

                message p.A.N
                +   reserved 1
                -   int32 x = 1
                !   field-removed: field `p.A.N.x` breaks source
                !   field-not-reserved: field `p.A.N.x` breaks JSON
                !   deprecated-first: field `p.A.N.x` breaks source

                - message p.Gone
                -   bool b = 1
                !   message-removed: message `p.Gone` breaks source

                service p.S
                -   rpc M(A) returns (A)
                +   rpc M(A) returns (stream A)
                !   method-streaming: method `p.S.M` breaks old readers, JSON, source

            "#]],
        );
    }

    #[test]
    fn programs_get_an_object() {
        let change = change(
            "message A { string a = 1; }",
            "message A { string a = 1; string b = 2; }",
        );
        let recording = Recording::default();
        json::print(&ChangeEntry::new(&change), &mut recording.terminal());
        expect![[r#"
            {
              "crate": "hello",
              "changes": [
                {
                  "kind": "message",
                  "name": "p.A",
                  "change": "changed",
                  "members": [
                    {
                      "old": null,
                      "new": "string b = 2"
                    }
                  ],
                  "breaks": []
                }
              ],
              "breaks": []
            }
        "#]]
        .assert_eq(&recording.text());
    }
}
