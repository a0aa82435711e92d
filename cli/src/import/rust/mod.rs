//! The text of the modules. What it looks like in detail is rustfmt's business.

mod enumeration;
mod message;
mod service;
mod uses;

use std::collections::BTreeSet;

use super::plan::{Module, Plan};
use super::selection::Item;
use super::well_known;
use traitwire_schema::model::{Reserved, Type};
use uses::Uses;

/// The text of one module, without the declarations of other modules.
pub(super) struct Text {
    /// Comments at the top of the file.
    pub(super) head: String,
    /// What the module is about: lines of a doc comment.
    pub(super) about: Vec<String>,
    pub(super) uses: String,
    pub(super) items: String,
}

pub(super) fn module(plan: &Plan<'_>, module: &Module<'_>) -> Text {
    let mut writer = Writer {
        plan,
        module,
        uses: Uses::new(&module.taken),
        text: String::new(),
        indent: "",
    };
    for service in &module.services {
        writer.service(service);
    }
    for full_name in &module.types {
        let Some(ty) = plan.ty(full_name) else {
            continue;
        };
        match ty.declared.item {
            Item::Message(message) => writer.message(ty, message),
            Item::Enum(item) => writer.enumeration(ty, item),
        }
    }
    // Files of a package tend to begin with the same words.
    let headers = module
        .files
        .iter()
        .flat_map(|file| file.header.split("\n\n"));
    let mut said = BTreeSet::new();
    let mut head = String::new();
    for paragraph in headers.filter(|paragraph| !paragraph.is_empty()) {
        if said.insert(paragraph) {
            comment(&mut head, "", "//", paragraph);
            head.push('\n');
        }
    }
    let notes = module.files.iter().filter_map(|file| plan.note(&file.path));
    Text {
        head,
        about: notes.flat_map(|note| note.detached.clone()).collect(),
        uses: writer.uses.text(),
        items: writer.text,
    }
}

struct Writer<'a> {
    plan: &'a Plan<'a>,
    module: &'a Module<'a>,
    uses: Uses<'a>,
    text: String,
    indent: &'static str,
}

impl Writer<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(self.indent);
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn blank(&mut self) {
        self.text.push('\n');
    }

    /// `start { … }`
    fn block(&mut self, start: &str, inside: impl FnOnce(&mut Self)) {
        let before = self.text.len();
        self.indent = "    ";
        inside(self);
        self.indent = "";
        let inside = self.text.split_off(before);
        if inside.is_empty() {
            self.line(&format!("{start} {{}}"));
        } else {
            self.line(&format!("{start} {{"));
            self.text.push_str(&inside);
            self.line("}");
        }
    }

    fn docs(&mut self, text: &str) {
        comment(&mut self.text, self.indent, "///", text);
    }

    /// The comments that stand above a declaration, and belong to nothing.
    fn detached(&mut self, full_name: &str) {
        let note = self.plan.note(full_name);
        for text in note.into_iter().flat_map(|note| &note.detached) {
            comment(&mut self.text, self.indent, "//", text);
            self.blank();
        }
    }

    /// `#[proto(…)]`, if there is something to say.
    fn proto(&mut self, options: &[String]) {
        if !options.is_empty() {
            self.line(&format!("#[proto({})]", options.join(", ")));
        }
    }

    /// The Rust type for a message or enum.
    fn named(&mut self, full_name: &str) -> String {
        if let Some(path) = well_known::path(full_name) {
            return self.uses.name(path);
        }
        let Some(ty) = self.plan.ty(full_name) else {
            // All that is referred to was selected.
            return names_last(full_name).to_owned();
        };
        let module = &self.plan.modules[ty.module];
        if module.package == self.module.package {
            ty.ident.clone()
        } else {
            self.uses.name(&module.path_of(&ty.ident))
        }
    }
}

fn names_last(full_name: &str) -> &str {
    full_name.rsplit('.').next().unwrap_or(full_name)
}

/// Writes each line behind a comment sign.
fn comment(into: &mut String, indent: &str, sign: &str, text: &str) {
    for line in text.lines() {
        into.push_str(indent);
        into.push_str(sign);
        if !line.is_empty() {
            into.push(' ');
            into.extend(line.chars().filter(|char| !is_misleading(*char)));
        }
        into.push('\n');
    }
}

/// Characters that change the direction of text, which rustc refuses in comments, and a carriage return.
fn is_misleading(char: char) -> bool {
    matches!(char, '\r' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The string as a literal.
fn quoted(text: &str) -> String {
    format!("{text:?}")
}

/// `reserved(2, 9..=11, "old_name")`, if there is something to say.
fn reserved(reserved: &Reserved, max: i32) -> Option<String> {
    let numbers = reserved
        .numbers
        .iter()
        .map(|range| match (*range.start(), *range.end()) {
            (start, end) if start == end => start.to_string(),
            (start, end) if end == max => format!("{start}.."),
            (start, end) => format!("{start}..={end}"),
        });
    let names = reserved.names.iter().map(|name| quoted(name));
    let all: Vec<String> = numbers.chain(names).collect();
    (!all.is_empty()).then(|| format!("reserved({})", all.join(", ")))
}

/// Whether the type is `google.protobuf.Empty`.
fn is_empty(ty: &Type) -> bool {
    ty.full_name().and_then(well_known::path) == Some(well_known::EMPTY)
}
