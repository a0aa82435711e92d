//! Which names there are, and what a name stands for in a scope.

use std::collections::{HashMap, HashSet};

use crate::model;
use crate::parse::ast::{self, ImportKind};
use crate::parse::lower::features::Features;
use crate::symbols::join;

/// All that has a name and can be found where a type is wanted, in all files.
pub(super) struct Names<'a> {
    symbols: HashMap<String, Symbol>,
    /// By the last part of its name, some type with it.
    by_last: HashMap<&'a str, usize>,
    files: Vec<FileNames<'a>>,
    by_path: HashMap<&'a str, usize>,
}

#[derive(Clone, Copy)]
struct Symbol {
    kind: Kind,
    file: usize,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Package,
    Message,
    OpenEnum,
    ClosedEnum,
    /// An enum that the model can't have: its values don't include zero. Its fields are numbers.
    NumberEnum,
    EnumValue,
    Service,
    Method,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Package => "a package",
            Self::Message => "a message",
            Self::OpenEnum | Self::ClosedEnum | Self::NumberEnum => "an enum",
            Self::EnumValue => "a value of an enum",
            Self::Service => "a service",
            Self::Method => "a method",
        }
    }

    fn is_type(self) -> bool {
        matches!(
            self,
            Self::Message | Self::OpenEnum | Self::ClosedEnum | Self::NumberEnum
        )
    }

    /// Whether there can be names in it.
    fn is_scope(self) -> bool {
        self.is_type() || matches!(self, Self::Package | Self::Service)
    }
}

struct FileNames<'a> {
    path: &'a str,
    package: &'a str,
    /// What it imports, and whether that is for its own importers, too.
    imports: Vec<(&'a str, bool)>,
}

impl<'a> Names<'a> {
    pub(super) fn new(files: &[&'a ast::File], well_known: &'a [model::File]) -> Self {
        let mut names = Self {
            symbols: HashMap::new(),
            by_last: HashMap::new(),
            files: Vec::new(),
            by_path: HashMap::new(),
        };
        for file in files {
            let package = file
                .package
                .as_ref()
                .map_or("", |package| &*package.name.text);
            let imports = file.imports.iter().map(|import| {
                let public = import.kind == ImportKind::Public;
                (&*import.path.text, public)
            });
            let index = names.add_file(&file.path, package, imports.collect());
            let features = Features::of(file.syntax).with(&file.options);
            for message in &file.messages {
                names.add_message(index, package, message, features);
            }
            for item in &file.enums {
                names.add_enum(index, package, item, features);
            }
            for service in &file.services {
                let full_name = join(package, &service.name.text);
                for method in &service.methods {
                    names.add(join(&full_name, &method.name.text), Kind::Method, index);
                }
                names.add(full_name, Kind::Service, index);
            }
        }
        for file in well_known {
            let index = names.add_file(&file.path, &file.package, Vec::new());
            for message in &file.messages {
                names.add_type(&file.package, &message.name, Kind::Message, index);
            }
            for item in &file.enums {
                names.add_type(&file.package, &item.name, Kind::OpenEnum, index);
            }
        }
        names
    }

    fn add_file(
        &mut self,
        path: &'a str,
        package: &'a str,
        imports: Vec<(&'a str, bool)>,
    ) -> usize {
        let index = self.files.len();
        self.files.push(FileNames {
            path,
            package,
            imports,
        });
        self.by_path.entry(path).or_insert(index);
        index
    }

    fn add_message(
        &mut self,
        file: usize,
        scope: &str,
        message: &'a ast::Message,
        features: Features,
    ) {
        let features = features.with(&message.options);
        let full_name = self.add_type(scope, &message.name.text, Kind::Message, file);
        for message in &message.messages {
            self.add_message(file, &full_name, message, features);
        }
        for item in &message.enums {
            self.add_enum(file, &full_name, item, features);
        }
    }

    fn add_enum(&mut self, file: usize, scope: &str, item: &'a ast::Enum, features: Features) {
        let closed = features.with(&item.options).closed_enum;
        let kind = match item.values.iter().any(|value| value.number.value == 0) {
            false if closed && !item.values.is_empty() => Kind::NumberEnum,
            _ if closed => Kind::ClosedEnum,
            _ => Kind::OpenEnum,
        };
        self.add_type(scope, &item.name.text, kind, file);
        for value in &item.values {
            self.add(join(scope, &value.name.text), Kind::EnumValue, file);
        }
    }

    fn add_type(&mut self, scope: &str, name: &'a str, kind: Kind, file: usize) -> String {
        let full_name = join(scope, name);
        self.by_last.entry(name).or_insert(file);
        self.add(full_name.clone(), kind, file);
        full_name
    }

    fn add(&mut self, full_name: String, kind: Kind, file: usize) {
        // What has a name for the second time is an error, which the rules of the schema report.
        self.symbols
            .entry(full_name)
            .or_insert(Symbol { kind, file });
    }

    /// What a file sees.
    pub(super) fn scope(&self, file: usize) -> Scope<'a> {
        let mut scope = Scope {
            files: HashSet::from([file]),
            paths: HashSet::new(),
            packages: HashSet::new(),
        };
        let mut next: Vec<&str> = Vec::new();
        for (path, _) in &self.files[file].imports {
            scope
                .paths
                .extend(self.by_path.contains_key(path).then_some(*path));
            next.push(path);
        }
        while let Some(path) = next.pop() {
            let Some(&index) = self.by_path.get(path) else {
                continue;
            };
            if scope.files.insert(index) {
                let imports = self.files[index].imports.iter();
                next.extend(imports.filter(|(_, public)| *public).map(|(path, _)| *path));
            }
        }
        for index in &scope.files {
            let package = self.files[*index].package;
            if !package.is_empty() {
                let dots = package.match_indices('.').map(|(dot, _)| &package[..dot]);
                scope.packages.extend(dots.chain([package]));
            }
        }
        scope
    }

    /// The path of some file with a type of this name, without scopes.
    pub(super) fn file_of(&self, last: &str) -> Option<&'a str> {
        let file = self.by_last.get(last)?;
        Some(self.files[*file].path)
    }

    /// What the enum with a full name is.
    pub(super) fn kind(&self, full_name: &str) -> Option<Kind> {
        self.symbols.get(full_name).map(|symbol| symbol.kind)
    }
}

/// What a file sees: itself, what it imports, and what that imports for others.
pub(super) struct Scope<'a> {
    files: HashSet<usize>,
    /// Of the imports that are there.
    paths: HashSet<&'a str>,
    /// All packages of these files, and those around them.
    packages: HashSet<&'a str>,
}

impl Scope<'_> {
    pub(super) fn has_file(&self, path: &str) -> bool {
        self.paths.contains(path)
    }

    /// What `name` stands for within `scope`, and its full name, by the rules of `protoc`: the first part is looked for in
    /// the innermost scope, then in the one around it. Where it is found and can have names in it, the rest has to be. Where
    /// `types` are wanted, a single name passes over what is none.
    pub(super) fn find(
        &self,
        names: &Names<'_>,
        scope: &str,
        name: &str,
        types: bool,
    ) -> Option<(String, Kind)> {
        if let Some(full_name) = name.strip_prefix('.') {
            return Some((full_name.to_owned(), self.get(names, full_name)?));
        }
        let (first, rest) = match name.find('.') {
            Some(dot) => name.split_at(dot),
            None => (name, ""),
        };
        let mut around = Some(scope);
        while let Some(scope) = around {
            around = match scope.rfind('.') {
                Some(dot) => Some(&scope[..dot]),
                None if scope.is_empty() => None,
                None => Some(""),
            };
            let mut full_name = join(scope, first);
            let Some(kind) = self.get(names, &full_name) else {
                continue;
            };
            if rest.is_empty() {
                if !types || kind.is_type() || around.is_none() {
                    return Some((full_name, kind));
                }
            } else if kind.is_scope() {
                full_name.push_str(rest);
                let kind = self.get(names, &full_name)?;
                return Some((full_name, kind));
            }
        }
        None
    }

    fn get(&self, names: &Names<'_>, full_name: &str) -> Option<Kind> {
        if self.packages.contains(full_name) {
            return Some(Kind::Package);
        }
        let symbol = names.symbols.get(full_name)?;
        self.files.contains(&symbol.file).then_some(symbol.kind)
    }
}
