//! What a change of an API breaks, and for whom.
//!
//! ```text
//! old files ─┐            ┌─ rules/field_type.rs ──┐
//!            ├─ Change ───┼─ rules/field_name.rs ──┼──► Vec<Break>: who breaks, why, and what to write instead
//! new files ─┘  (pairs)   └─ …                    ─┘
//! ```
//!
//! The old files are the committed ones, the new ones are what the code says. [`check`] compares them rule by rule; there
//! is a file for each [`Rule`], with its reasons. Files that are [imported](File::imported) are somebody else's, and not
//! compared.
//!
//! [`keep_reserved`] carries over what the old files reserve, and reserves what is gone.
//!
//! ```
//! use traitwire_schema::compat::{self, Who};
//! use traitwire_schema::parse;
//!
//! let version = |field: &str| {
//!     let text = format!("syntax = \"proto3\"; package routeguide; message Point {{ {field} }}");
//!     parse::files(&[("route_guide.proto", &text)])
//! };
//! let breaks = compat::check(&version("int32 latitude = 1;")?, &version("int64 latitude = 1;")?);
//! assert_eq!(breaks[0].rule, "field-type");
//! assert_eq!(breaks[0].place.name, "routeguide.Point.latitude");
//! assert!(breaks[0].hurts(Who::Source) && !breaks[0].hurts(Who::WireReaders));
//! # Ok::<(), parse::ParseErrors>(())
//! ```

mod change;
mod keep;
mod ranges;
mod rules;
mod show;
#[cfg(test)]
mod testing;
mod types;

use std::fmt;

use crate::error::Place;
use crate::model::File;

pub use keep::keep_reserved;

use change::Change;

/// Compares two versions of an API. Returns what the change breaks, sorted by file and name; nothing if everybody who has
/// the old version can go on.
pub fn check(old: &[File], new: &[File]) -> Vec<Break> {
    let mut breaks: Vec<Break> = Change::with(old, new, |change| {
        let rules = rules::RULES.iter();
        let found = |rule: &Rule| {
            let found = (rule.check)(change).into_iter();
            found.map(|found| found.named(rule.id)).collect::<Vec<_>>()
        };
        rules.flat_map(found).collect()
    });
    // What belongs together stands together. The sort is stable: rules keep their order.
    breaks.sort_by(|a, b| (&a.path, &a.place.name).cmp(&(&b.path, &b.place.name)));
    breaks
}

/// All rules, in the order in which they are checked.
pub fn rules() -> &'static [Rule] {
    rules::RULES
}

/// Something that a change may break.
#[derive(Debug)]
pub struct Rule {
    /// The name: `field-type`.
    pub id: &'static str,
    /// What the rule reports, in a few words.
    pub summary: &'static str,
    /// The rules of `buf breaking` that ask for the same or for less.
    pub buf: &'static [&'static str],
    check: fn(&Change<'_>) -> Vec<Break>,
}

/// One thing that a change breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Break {
    /// The [id](Rule::id) of the rule: `field-type`.
    pub rule: &'static str,
    /// What is broken: its kind, its full name in protobuf, and where it stands in Rust. What the code doesn't have any
    /// more stands nowhere; then it is the place of what was around it, if that is still there.
    pub place: Place,
    /// The path of the `.proto` file: `routeguide/v1/routeguide.proto`.
    pub path: String,
    /// What the old file says, as one line of `.proto`: `int32 latitude = 1`. `None` if there was nothing.
    pub old: Option<String>,
    /// What the new file says. `None` if it isn't there any more.
    pub new: Option<String>,
    /// Who breaks, sorted, each once; there is at least one.
    pub harms: Vec<Harm>,
    /// What to write instead.
    pub help: String,
}

impl Break {
    /// Whether `who` is among those who break.
    pub fn hurts(&self, who: Who) -> bool {
        self.harms.iter().any(|harm| harm.who == who)
    }

    fn new(place: Place, path: &str) -> Self {
        Self {
            rule: "",
            place,
            path: path.to_owned(),
            old: None,
            new: None,
            harms: Vec::new(),
            help: String::new(),
        }
    }

    fn named(mut self, rule: &'static str) -> Self {
        self.rule = rule;
        self.harms.sort_by_key(|harm| harm.who);
        self
    }

    /// Adds a line from the old file.
    fn old(mut self, text: impl Into<String>) -> Self {
        self.old = Some(text.into());
        self
    }

    /// Adds a line from the new file.
    fn now(mut self, text: impl Into<String>) -> Self {
        self.new = Some(text.into());
        self
    }

    fn harm(mut self, who: Who, why: impl Into<String>) -> Self {
        let why = why.into();
        self.harms.push(Harm { who, why });
        self
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

impl fmt::Display for Break {
    /// ```text
    /// field-type: field `routeguide.Point.latitude` (src/lib.rs:12)
    ///   old: int32 latitude = 1
    ///   new: string latitude = 1
    ///   breaks source: …
    ///   help: …
    /// ```
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.rule, self.place)?;
        for (side, text) in [("old", &self.old), ("new", &self.new)] {
            match text {
                Some(text) => writeln!(f, "  {side}: {text}")?,
                None => writeln!(f, "  {side}: (nothing)")?,
            }
        }
        for harm in &self.harms {
            writeln!(f, "  {harm}")?;
        }
        write!(f, "  help: {}", self.help.replace('\n', "\n        "))
    }
}

/// Somebody who breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Harm {
    /// Who it is.
    pub who: Who,
    /// What happens to them.
    pub why: String,
}

impl fmt::Display for Harm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "breaks {}: {}", self.who, self.why)
    }
}

/// Those who can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// Clients and servers of the old version, when they read what the new one writes.
    WireReaders,
    /// Clients and servers of the old version, when the new one reads what they write, or what they once stored.
    WireWriters,
    /// Who uses protobuf's JSON, in either role.
    Json,
    /// Code that was written against the types and stubs that are generated from the files.
    Source,
}

impl Who {
    /// Everybody, in order.
    pub const ALL: [Self; 4] = [
        Self::WireReaders,
        Self::WireWriters,
        Self::Json,
        Self::Source,
    ];

    /// The name for programs: `wire-readers`.
    pub fn id(self) -> &'static str {
        match self {
            Self::WireReaders => "wire-readers",
            Self::WireWriters => "wire-writers",
            Self::Json => "json",
            Self::Source => "source",
        }
    }
}

impl fmt::Display for Who {
    /// The name for people: `old readers`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WireReaders => "old readers",
            Self::WireWriters => "old writers",
            Self::Json => "JSON",
            Self::Source => "source",
        })
    }
}
