//! For programs.

use serde::Serialize;
use traitwire_schema::compat::{Break, Harm};

use super::{Report, Stale, StaleKind};
use crate::json::{self, Rust};
use crate::terminal::Terminal;

pub(super) fn print(reports: &[Report], terminal: &mut Terminal) {
    let crates: Vec<Crate<'_>> = reports.iter().map(Crate::new).collect();
    let ok = reports.iter().all(Report::is_fine);
    json::print(&All { ok, crates }, terminal);
}

#[derive(Serialize)]
struct All<'a> {
    ok: bool,
    crates: Vec<Crate<'a>>,
}

#[derive(Serialize)]
struct Crate<'a> {
    #[serde(rename = "crate")]
    crate_name: &'a str,
    against: String,
    /// Whether there is nothing to compare with, as the API is new.
    new: bool,
    stale: Vec<StaleFile<'a>>,
    breaks: Vec<FoundBreak<'a>>,
}

impl<'a> Crate<'a> {
    fn new(report: &'a Report) -> Self {
        Self {
            crate_name: &report.crate_name,
            against: report.against.to_string(),
            new: report.is_new,
            stale: report.stale.iter().map(StaleFile::new).collect(),
            breaks: report.breaks.iter().map(FoundBreak::new).collect(),
        }
    }
}

#[derive(Serialize)]
struct StaleFile<'a> {
    path: &'a str,
    /// `missing`, `changed`, `left-over` or `in-the-way`.
    problem: &'static str,
}

impl<'a> StaleFile<'a> {
    fn new(stale: &'a Stale) -> Self {
        Self {
            path: &stale.path,
            problem: match stale.kind {
                StaleKind::Missing => "missing",
                StaleKind::Changed { .. } => "changed",
                StaleKind::LeftOver => "left-over",
                StaleKind::InTheWay => "in-the-way",
            },
        }
    }
}

/// A break of an API.
#[derive(Serialize)]
pub(crate) struct FoundBreak<'a> {
    rule: &'static str,
    kind: &'static str,
    name: &'a str,
    /// The `.proto` file.
    path: &'a str,
    rust: Option<Rust<'a>>,
    old: Option<&'a str>,
    new: Option<&'a str>,
    harms: Vec<FoundHarm<'a>>,
    help: &'a str,
}

impl<'a> FoundBreak<'a> {
    pub(crate) fn new(found: &'a Break) -> Self {
        Self {
            rule: found.rule,
            kind: found.place.kind,
            name: &found.place.name,
            path: &found.path,
            rust: found.place.origin.as_ref().map(Rust::new),
            old: found.old.as_deref(),
            new: found.new.as_deref(),
            harms: found.harms.iter().map(FoundHarm::new).collect(),
            help: &found.help,
        }
    }
}

#[derive(Serialize)]
struct FoundHarm<'a> {
    who: &'static str,
    why: &'a str,
}

impl<'a> FoundHarm<'a> {
    fn new(harm: &'a Harm) -> Self {
        Self {
            who: harm.who.id(),
            why: &harm.why,
        }
    }
}
