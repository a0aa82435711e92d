//! Modules and names in Rust.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use traitwire_schema::model::{File, Member, Service};
use traitwire_schema::parse::{Lowered, Note};
use traitwire_schema::{default_path, names};

use super::recursion;
use super::selection::{Declared, Item, Selection, join, references};

/// Everything that becomes Rust, and what it is called there.
pub(super) struct Plan<'a> {
    /// By package.
    pub(super) modules: Vec<Module<'a>>,
    types: HashMap<&'a str, TypePlan<'a>>,
    notes: &'a BTreeMap<String, Note>,
}

/// What a package becomes.
pub(super) struct Module<'a> {
    pub(super) package: &'a str,
    /// The path of the module; empty for the crate itself.
    pub(super) path: Vec<String>,
    /// The files that it comes from.
    pub(super) files: Vec<&'a File>,
    pub(super) services: Vec<ServicePlan<'a>>,
    /// The full names of its messages and enums.
    pub(super) types: Vec<&'a str>,
    /// The names of all types in it.
    pub(super) taken: HashSet<String>,
}

pub(super) struct ServicePlan<'a> {
    pub(super) service: &'a Service,
    pub(super) full_name: String,
    pub(super) ident: String,
    /// The file that it is exported to, if that isn't the package's.
    pub(super) file: Option<&'a str>,
}

pub(super) struct TypePlan<'a> {
    pub(super) declared: &'a Declared<'a>,
    pub(super) ident: String,
    /// The index of its module.
    pub(super) module: usize,
    /// Whether it says which package it is in, since not only that one uses it.
    pub(super) says_package: bool,
    /// The idents of its oneofs' enums, by the names of the oneofs.
    pub(super) oneofs: HashMap<&'a str, String>,
    /// The messages that it can hold in a `Box` only.
    pub(super) boxed: HashSet<&'a str>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(lowered: &'a Lowered, selection: &'a Selection<'a>) -> Self {
        let mut plan = Self {
            modules: modules(selection),
            types: HashMap::new(),
            notes: &lowered.notes,
        };
        let index: HashMap<&str, usize> = plan
            .modules
            .iter()
            .enumerate()
            .map(|(index, module)| (module.package, index))
            .collect();
        let mut boxed = recursion::boxed(&selection.types);
        let outside = used_from_outside(selection);
        for declared in &selection.types {
            let module = index[&*declared.file.package];
            plan.modules[module].types.push(&declared.full_name);
            plan.types.insert(
                &declared.full_name,
                TypePlan {
                    declared,
                    ident: String::new(),
                    module,
                    says_package: declared.outer.is_none()
                        && (declared.foreign || outside.contains(&*declared.full_name)),
                    oneofs: HashMap::new(),
                    boxed: boxed.remove(&*declared.full_name).unwrap_or_default(),
                },
            );
        }
        plan.name_top_level(selection);
        plan.name_services(selection, &index);
        plan.name_nested(selection);
        plan.name_oneofs(selection);
        plan
    }

    pub(super) fn ty(&self, full_name: &str) -> Option<&TypePlan<'a>> {
        self.types.get(full_name)
    }

    /// What there is to know of a declaration or file beyond the model.
    pub(super) fn note(&self, name: &str) -> Option<&'a Note> {
        self.notes.get(name)
    }

    fn name_top_level(&mut self, selection: &'a Selection<'a>) {
        for declared in selection
            .types
            .iter()
            .filter(|declared| declared.outer.is_none())
        {
            let has_services = {
                let services = &selection.services;
                services
                    .iter()
                    .any(|(file, _)| file.package == declared.file.package)
            };
            let plain = names::rust_type(declared.name());
            let in_the_way = IN_THE_WAY.contains(&&*plain) || (has_services && plain == "Status");
            let ident = match (in_the_way, declared.item) {
                (false, _) => plain,
                (true, Item::Message(_)) => plain + "Message",
                (true, Item::Enum(_)) => plain + "Enum",
            };
            self.take(declared, ident);
        }
    }

    /// A service's name, with those that are generated beside it.
    fn name_services(&mut self, selection: &'a Selection<'a>, index: &HashMap<&str, usize>) {
        for &(file, service) in &selection.services {
            let module = &mut self.modules[index[&*file.package]];
            let plain = names::rust_type(&service.name);
            let mut ident = plain.clone();
            let mut attempt = 1;
            while generated(&ident).any(|name| module.taken.contains(&name)) {
                ident = match attempt {
                    1 => format!("{plain}Service"),
                    _ => format!("{plain}Service{attempt}"),
                };
                attempt += 1;
            }
            module.taken.extend(generated(&ident));
            module.services.push(ServicePlan {
                service,
                full_name: join(&file.package, &service.name),
                ident,
                file: None,
            });
        }
        for module in &mut self.modules {
            let files: BTreeSet<&str> = selection
                .services
                .iter()
                .filter(|(file, _)| file.package == module.package)
                .map(|(file, _)| &*file.path)
                .collect();
            // A package is exported to one file.
            let default = default_path(module.package);
            let file = files
                .first()
                .filter(|_| files.len() == 1 || default.is_none())
                .filter(|path| default.as_deref() != Some(**path));
            for service in &mut module.services {
                service.file = file.copied();
            }
        }
    }

    /// `Inner` where there is only one in the package, `OuterInner` otherwise.
    fn name_nested(&mut self, selection: &'a Selection<'a>) {
        let mut seen: HashMap<(usize, String), usize> = HashMap::new();
        let nested = || {
            selection
                .types
                .iter()
                .filter(|declared| declared.outer.is_some())
        };
        for declared in nested() {
            let module = self.types[&*declared.full_name].module;
            *seen
                .entry((module, names::rust_type(declared.name())))
                .or_default() += 1;
        }
        for declared in nested() {
            let module = self.types[&*declared.full_name].module;
            let plain = names::rust_type(declared.name());
            let is_only = seen[&(module, plain.clone())] == 1;
            let is_free = !self.modules[module].taken.contains(&plain)
                && !IN_THE_WAY.contains(&&*plain)
                && !OF_OTHERS.contains(&&*plain);
            let outer = declared
                .outer
                .as_deref()
                .and_then(|outer| self.types.get(outer));
            let ident = match outer {
                Some(outer) if !(is_only && is_free) => format!("{}{plain}", outer.ident),
                _ => plain,
            };
            self.take(declared, ident);
        }
    }

    fn name_oneofs(&mut self, selection: &'a Selection<'a>) {
        for declared in &selection.types {
            let Item::Message(message) = declared.item else {
                continue;
            };
            for member in &message.members {
                let Member::OneOf(oneof) = member else {
                    continue;
                };
                let Some(plan) = self.types.get_mut(&*declared.full_name) else {
                    continue;
                };
                let module = &mut self.modules[plan.module];
                let ident = format!("{}{}", plan.ident, names::rust_type(&oneof.name));
                let ident = unique(ident, |ident| module.taken.contains(ident));
                module.taken.insert(ident.clone());
                plan.oneofs.insert(&oneof.name, ident);
            }
        }
    }

    fn take(&mut self, declared: &Declared<'_>, ident: String) {
        let Some(plan) = self.types.get_mut(&*declared.full_name) else {
            return;
        };
        let taken = &mut self.modules[plan.module].taken;
        let ident = unique(ident, |ident| taken.contains(ident));
        taken.insert(ident.clone());
        plan.ident = ident;
    }
}

impl Module<'_> {
    /// The name of something in the crate, as it is seen from anywhere in it.
    pub(super) fn path_of(&self, ident: &str) -> String {
        let parts = ["crate"].into_iter();
        let parts = parts.chain(self.path.iter().map(|part| &**part));
        parts.chain([ident]).collect::<Vec<_>>().join("::")
    }
}

impl Declared<'_> {
    /// The name without the scope.
    pub(super) fn name(&self) -> &str {
        match self.item {
            Item::Message(message) => &message.name,
            Item::Enum(item) => &item.name,
        }
    }
}

/// The first of `ident`, `ident2`, `ident3` … that isn't taken.
pub(super) fn unique(ident: String, taken: impl Fn(&str) -> bool) -> String {
    let mut candidate = ident.clone();
    let mut number = 2;
    while taken(&candidate) {
        candidate = format!("{ident}{number}");
        number += 1;
    }
    candidate
}

/// A module for each package, below what all packages have in common: that is the crate itself.
fn modules<'a>(selection: &'a Selection<'a>) -> Vec<Module<'a>> {
    let types = selection.types.iter().map(|declared| declared.file);
    let services = selection.services.iter().map(|(file, _)| *file);
    let mut files: BTreeMap<&str, Vec<&File>> = BTreeMap::new();
    for file in types.chain(services) {
        let of_package = files.entry(&file.package).or_default();
        if !of_package.iter().any(|other| other.path == file.path) {
            of_package.push(file);
        }
    }
    let common = in_common(files.keys().copied());
    let mut paths = Paths::default();
    files
        .into_iter()
        .map(|(package, mut files)| {
            files.sort_by(|a, b| a.path.cmp(&b.path));
            Module {
                package,
                path: paths.path(package).split_off(common),
                files,
                services: Vec::new(),
                types: Vec::new(),
                taken: HashSet::new(),
            }
        })
        .collect()
}

/// How many parts all packages begin with.
fn in_common<'a>(mut packages: impl Iterator<Item = &'a str>) -> usize {
    let parts = |package: &'a str| package.split('.').filter(|part| !part.is_empty());
    let mut common: Vec<&str> = packages.next().map(parts).into_iter().flatten().collect();
    for package in packages {
        let same = common.iter().zip(parts(package));
        let len = same.take_while(|(common, part)| *common == part).count();
        common.truncate(len);
    }
    common.len()
}

/// The modules of packages, each part of which has a name that is free in the module around it.
#[derive(Default)]
struct Paths {
    idents: HashMap<String, String>,
    taken: HashSet<Vec<String>>,
}

impl Paths {
    fn path(&mut self, package: &str) -> Vec<String> {
        let mut path: Vec<String> = Vec::new();
        let mut scope = String::new();
        for part in package.split('.').filter(|part| !part.is_empty()) {
            scope = join(&scope, part);
            let ident = match self.idents.get(&scope) {
                Some(ident) => ident.clone(),
                None => {
                    let ident = match names::rust_field(part) {
                        ident if NO_MODULES.contains(&&*ident) => ident + "_",
                        ident => ident,
                    };
                    let taken =
                        |ident: &str| self.taken.contains(&[&*path, &[ident.to_owned()]].concat());
                    let ident = unique(ident, taken);
                    self.idents.insert(scope.clone(), ident.clone());
                    ident
                }
            };
            path.push(ident);
            self.taken.insert(path.clone());
        }
        path
    }
}

/// The full names of the types that something outside of their package refers to, or to what is in them.
fn used_from_outside<'a>(selection: &'a Selection<'a>) -> HashSet<&'a str> {
    let by_name: HashMap<&str, &Declared<'_>> = selection
        .types
        .iter()
        .map(|declared| (&*declared.full_name, declared))
        .collect();
    let mut outside = HashSet::new();
    let mut refer = |package: &str, full_name: &str| {
        let mut next = by_name.get(full_name).copied();
        while let Some(declared) = next {
            if declared.file.package != package {
                outside.insert(&*declared.full_name);
            }
            next = declared
                .outer
                .as_deref()
                .and_then(|outer| by_name.get(outer).copied());
        }
    };
    for declared in &selection.types {
        if let Item::Message(message) = declared.item {
            for full_name in references(message) {
                refer(&declared.file.package, full_name);
            }
        }
    }
    for (file, service) in &selection.services {
        for method in &service.methods {
            refer(&file.package, &method.request);
            refer(&file.package, &method.response);
        }
    }
    outside
}

/// What `#[grpc_service]` declares beside a trait.
fn generated(ident: &str) -> impl Iterator<Item = String> {
    let beside = [
        "",
        "Server",
        "Client",
        "BlockingClient",
        "Dispatch",
        "Methods",
    ];
    let beside = beside.map(|suffix| format!("{ident}{suffix}"));
    beside.into_iter().chain([format!("Dyn{ident}")])
}

/// Names that mean something to the macros, or to all code.
const IN_THE_WAY: &[&str] = &[
    "Box",
    "BTreeMap",
    "Bytes",
    "Context",
    "Enumeration",
    "Err",
    "HashMap",
    "Message",
    "None",
    "Ok",
    "OneOf",
    "Option",
    "Result",
    "Some",
    "Streaming",
    "String",
    "Vec",
];

/// Names that generated modules import.
const OF_OTHERS: &[&str] = &[
    "Any",
    "Duration",
    "FieldMask",
    "Status",
    "Struct",
    "SystemTime",
    "Value",
];

/// Modules of these names would hide crates, or be in files that cargo takes for the crate's own.
const NO_MODULES: &[&str] = &["alloc", "bin", "core", "lib", "main", "std", "traitwire"];
