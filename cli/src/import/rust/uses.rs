//! What a module imports.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write as _;

pub(super) struct Uses<'a> {
    /// The names of the module's own types.
    taken: &'a HashSet<String>,
    /// The paths that are imported, by the name they are imported as.
    imported: BTreeMap<String, String>,
}

impl<'a> Uses<'a> {
    pub(super) fn new(taken: &'a HashSet<String>) -> Self {
        Self {
            taken,
            imported: BTreeMap::new(),
        }
    }

    /// How the module writes what has this path: by its last part, which is imported, unless that is something else here.
    pub(super) fn name(&mut self, path: &str) -> String {
        let Some((_, name)) = path.rsplit_once("::") else {
            return path.to_owned();
        };
        let other = self.imported.get(name).is_some_and(|other| other != path);
        if other || self.taken.contains(name) {
            return path.to_owned();
        }
        self.imported.insert(name.to_owned(), path.to_owned());
        name.to_owned()
    }

    /// The declarations: of `std`, of other crates, of this one.
    pub(super) fn text(&self) -> String {
        let mut by_module: BTreeMap<(usize, &str), BTreeSet<&str>> = BTreeMap::new();
        for path in self.imported.values() {
            let Some((module, name)) = path.rsplit_once("::") else {
                continue;
            };
            let group = match module.split("::").next() {
                Some("std") => 0,
                Some("crate") => 2,
                _ => 1,
            };
            by_module.entry((group, module)).or_default().insert(name);
        }
        let mut text = String::new();
        let mut last = None;
        for ((group, module), names) in by_module {
            if last.replace(group).is_some_and(|last| last != group) {
                text.push('\n');
            }
            let names: Vec<&str> = names.into_iter().collect();
            let _ = match *names {
                [name] => writeln!(text, "use {module}::{name};"),
                _ => writeln!(text, "use {module}::{{{}}};", names.join(", ")),
            };
        }
        text
    }
}
