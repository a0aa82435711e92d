//! Syntax trees to the model: names are resolved, and what the model has no place for is said.
//!
//! | file | |
//! |---|---|
//! | `names` | which names there are, and what a name stands for in a scope |
//! | `features` | what proto2, proto3 and the editions mean by the same words |
//! | `message`, `enumeration`, `service`, `option`, `comment` | a kind of declaration each |

mod comment;
mod enumeration;
mod features;
mod message;
mod names;
mod option;
mod service;

use std::collections::{BTreeMap, BTreeSet};

use crate::collect;
use crate::model;
use crate::parse::ast::{File, Import, ImportKind, Name, Position, Visibility};
use crate::parse::error::{ParseError, ParseErrors};
use crate::well_known;
use features::Features;
use names::{Kind, Names, Scope};

/// What the model holds of some files.
#[derive(Clone, Debug, Default)]
pub struct Lowered {
    /// The files in their order, and those of `google/protobuf/` that they import, as imported ones.
    pub files: Vec<model::File>,
    /// What couldn't be carried over, sorted by place: each says what it is, and what stands for it now.
    pub left_out: Vec<ParseError>,
    /// What there is to know of declarations beyond the model, by their full name; of files, by their path.
    pub notes: BTreeMap<String, Note>,
}

/// What there is to know of a declaration beyond the model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// The path of the file.
    pub path: String,
    /// Where the declaration begins.
    pub position: Position,
    /// Comments further above, which belong to nothing; of a file, those of its package.
    pub detached: Vec<String>,
    /// Of an enum, whether it has no values but those that it names.
    pub closed: bool,
}

/// Finds out what names stand for, and puts everything into the model that has a place there.
///
/// # Errors
///
/// With what isn't protobuf, such as names of nothing. Rules that concern the model as well, for example that a number is
/// used once, are [`Schema::new`](crate::Schema::new)'s to check.
pub fn lower(files: &[File]) -> Result<Lowered, ParseErrors> {
    lower_or_guess(files, false)
}

/// The same; with `guess`, imports may be missing, and a type that could be in one of them is taken for a message.
pub(super) fn lower_or_guess(files: &[File], guess: bool) -> Result<Lowered, ParseErrors> {
    let (ours, theirs): (Vec<&File>, Vec<&File>) =
        files.iter().partition(|file| !is_google(&file.path));
    let given = ours.iter().chain(&theirs);
    let imports = given.flat_map(|file| file.imports.iter().map(|import| &*import.path.text));
    let well_known = collect::well_known_files(imports);
    let names = Names::new(&ours, &well_known);
    let mut lowered = Lowered::default();
    let mut errors = Vec::new();
    for (index, file) in ours.iter().enumerate() {
        let mut lowering = Lowering {
            scope: names.scope(index),
            names: &names,
            file,
            errors: &mut errors,
            lowered: &mut lowered,
            features: Features::of(file.syntax),
            missing: Vec::new(),
            missed: false,
            guess,
        };
        let file = lowering.file();
        lowered.files.push(file);
    }
    lowered.files.extend(well_known);
    ParseErrors::result(errors)?;
    lowered
        .left_out
        .sort_by(|a, b| (&a.path, a.position).cmp(&(&b.path, b.position)));
    Ok(lowered)
}

/// Whether a file is one of those that come with `protoc`.
fn is_google(path: &str) -> bool {
    path.starts_with("google/protobuf/")
}

/// The full name of a type in a file that isn't there: those of other packages are written in full.
fn foreign(name: &Name) -> String {
    name.text.trim_start_matches('.').to_owned()
}

/// One file on its way.
struct Lowering<'a> {
    names: &'a Names<'a>,
    scope: Scope<'a>,
    file: &'a File,
    errors: &'a mut Vec<ParseError>,
    lowered: &'a mut Lowered,
    /// Those of the innermost declaration.
    features: Features,
    /// The imports of files that aren't there.
    missing: Vec<&'a Import>,
    /// Whether it was said that something was looked for in vain.
    missed: bool,
    /// Whether types of missing files are taken for messages.
    guess: bool,
}

impl<'a> Lowering<'a> {
    fn file(&mut self) -> model::File {
        let file = self.file;
        for import in &file.imports {
            self.import(import);
        }
        self.features = self.features(&file.options);
        self.options(&file.options, &[]);
        let package = file
            .package
            .as_ref()
            .map_or("", |package| &*package.name.text);
        let header = comment::text_of_all(&file.comments);
        let package_comments = file.package.as_ref().map(|package| &package.comments);
        self.lowered.notes.insert(
            file.path.clone(),
            Note {
                path: file.path.clone(),
                position: Position { line: 1, column: 1 },
                detached: package_comments.map_or_else(Vec::new, comment::texts),
                closed: false,
            },
        );
        for extend in &file.extends {
            self.extend(extend);
        }
        let messages = file.messages.iter();
        let enums = file.enums.iter();
        let services = file.services.iter();
        model::File {
            path: file.path.clone(),
            package: package.to_owned(),
            imported: false,
            header,
            messages: messages
                .map(|message| self.message(package, message))
                .collect(),
            enums: enums
                .filter_map(|item| self.enumeration(package, item))
                .collect(),
            services: services
                .map(|service| self.service(package, service))
                .collect(),
        }
    }

    fn import(&mut self, import: &'a Import) {
        let path = &import.path;
        let reason = match import.kind {
            _ if !self.scope.has_file(&path.text) && !is_google(&path.text) => {
                self.missing.push(import);
                if self.guess {
                    return;
                }
                format!("the import `{}` isn't among the files", path.text)
            }
            ImportKind::Plain => return,
            ImportKind::Public => format!(
                "`import public \"{}\"` is a plain import: who uses its types imports it, too",
                path.text
            ),
            ImportKind::Weak => format!("`import weak \"{}\"` is a plain import", path.text),
            ImportKind::Option => {
                format!(
                    "`import option \"{}\"` has no place: it is for options",
                    path.text
                )
            }
        };
        self.leave_out(import.span.start, reason);
    }

    fn visibility(&mut self, visibility: Option<Visibility>, position: Position) {
        if visibility == Some(Visibility::Local) {
            self.leave_out(
                position,
                "`local` has no place: other files can use the type",
            );
        }
    }

    /// What a type's name stands for. `None` if it is nothing that the model can have, which was said.
    fn ty(&mut self, scope: &str, name: &Name) -> Option<model::Type> {
        match self.scope.find(self.names, scope, &name.text, true) {
            Some((full_name, Kind::Message)) => Some(model::Type::Message(full_name)),
            Some((full_name, Kind::OpenEnum | Kind::ClosedEnum)) => {
                Some(model::Type::Enum(full_name))
            }
            Some((_, Kind::NumberEnum)) => Some(model::Type::Scalar(crate::Scalar::Int32)),
            None if self.may_be_missing() => Some(model::Type::Message(foreign(name))),
            found => {
                self.not_found(name, found.map(|(_, kind)| kind));
                None
            }
        }
    }

    /// Whether what isn't found is taken for a message in a file that isn't there.
    fn may_be_missing(&self) -> bool {
        self.guess && !self.missing.is_empty()
    }

    fn not_found(&mut self, name: &Name, found: Option<Kind>) {
        let text = &name.text;
        let last = text.rsplit('.').next().unwrap_or(text);
        let position = name.span.start;
        if text.trim_start_matches('.').starts_with("google.protobuf.")
            && self.imports_unknown_google_file()
        {
            let message = format!("`{text}` has no place: traitwire doesn't have this type");
            return self.leave_out(position, message);
        }
        if found.is_none() && !self.missing.is_empty() {
            return self.missed(name);
        }
        let message = match found {
            Some(kind) => format!("`{text}` is {}, not a type", kind.name()),
            None => match self.names.file_of(last) {
                Some(path) if path != self.file.path => format!(
                    "`{text}` isn't in this file, nor in its imports\nhelp: `{path}` has a type of this name: write \
                     `import \"{path}\";`"
                ),
                _ => format!("`{text}` isn't in this file, nor in its imports"),
            },
        };
        self.error(position, message);
    }

    /// Says of the imports that aren't there that something was looked for in vain; once, since that won't have been all.
    fn missed(&mut self, name: &Name) {
        if std::mem::replace(&mut self.missed, true) {
            return;
        }
        for import in self.missing.clone() {
            let message = format!(
                "the import `{}` isn't among the files, and without it, there is no `{}`",
                import.path.text, name.text
            );
            self.error(import.span.start, message);
        }
    }

    fn imports_unknown_google_file(&self) -> bool {
        let mut imports = self.file.imports.iter();
        imports.any(|import| {
            let path = &import.path.text;
            is_google(path) && well_known::file(path).is_none()
        })
    }

    fn note(
        &mut self,
        full_name: String,
        position: Position,
        detached: &crate::parse::ast::Comments,
    ) -> &mut Note {
        let note = Note {
            path: self.file.path.clone(),
            position,
            detached: comment::detached(detached),
            closed: false,
        };
        // Duplicates are an error later on.
        self.lowered.notes.entry(full_name).or_insert(note)
    }

    fn error(&mut self, position: Position, message: impl Into<String>) {
        let error = self.at(position, message.into());
        self.errors.push(error);
    }

    fn leave_out(&mut self, position: Position, message: impl Into<String>) {
        let error = self.at(position, message.into());
        self.lowered.left_out.push(error);
    }

    fn at(&self, position: Position, message: String) -> ParseError {
        ParseError {
            path: self.file.path.clone(),
            position,
            message,
        }
    }
}

/// Numbers and names that a declaration reserves; each once.
fn reserved(ranges: Vec<std::ops::RangeInclusive<i32>>, names: Vec<String>) -> model::Reserved {
    let mut said = BTreeSet::new();
    model::Reserved {
        numbers: ranges,
        names: names
            .into_iter()
            .filter(|name| said.insert(name.clone()))
            .collect(),
    }
}
