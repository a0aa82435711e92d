//! What of the files is wanted, and what that needs.

use std::collections::{HashMap, HashSet};

use traitwire_schema::model::{Enum, File, Member, Message, Service};
use traitwire_schema::parse::Lowered;

use super::load::Sources;
use crate::failure::Failure;

/// The declarations to import.
pub(super) struct Selection<'a> {
    /// In the order of the files, and in these of the declarations; what is nested comes after what it is in.
    pub(super) types: Vec<Declared<'a>>,
    pub(super) services: Vec<(&'a File, &'a Service)>,
    /// The full names of types that services lead to. The others aren't exported.
    pub(super) served: HashSet<String>,
}

/// A message or enum, and where it stands.
pub(super) struct Declared<'a> {
    pub(super) full_name: String,
    pub(super) file: &'a File,
    /// The full name of the message around it.
    pub(super) outer: Option<String>,
    pub(super) item: Item<'a>,
    /// Whether the file is somebody else's, so that it isn't exported.
    pub(super) foreign: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Item<'a> {
    Message(&'a Message),
    Enum(&'a Enum),
}

impl<'a> Selection<'a> {
    pub(super) fn new(
        sources: &Sources,
        lowered: &'a Lowered,
        packages: &[String],
    ) -> Result<Self, Failure> {
        let mut all = Vec::new();
        for file in lowered.files.iter().filter(|file| !file.imported) {
            add_file(&mut all, file, !sources.is_ours(&file.path));
        }
        let by_name: HashMap<&str, &Declared<'_>> = all
            .iter()
            .map(|declared| (&*declared.full_name, declared))
            .collect();
        let wanted = |file: &File| {
            let inside = |package: &String| is_inside(&file.package, package);
            sources.is_ours(&file.path) && (packages.is_empty() || packages.iter().any(inside))
        };
        let services: Vec<_> = lowered
            .files
            .iter()
            .filter(|file| wanted(file))
            .flat_map(|file| file.services.iter().map(move |service| (file, service)))
            .collect();
        let mut served = HashSet::new();
        for method in services.iter().flat_map(|(_, service)| &service.methods) {
            reach(&by_name, &method.request, &mut served);
            reach(&by_name, &method.response, &mut served);
        }
        let mut selected = served.clone();
        for declared in all.iter().filter(|declared| wanted(declared.file)) {
            reach(&by_name, &declared.full_name, &mut selected);
        }
        if services.is_empty() && selected.is_empty() {
            return Err(Failure::Input(match packages {
                [] => "there is nothing to import in these files".to_owned(),
                packages => format!("no file has the package {}", packages.join(" or ")),
            }));
        }
        all.retain(|declared| selected.contains(&declared.full_name));
        Ok(Self {
            types: all,
            services,
            served,
        })
    }

    /// The paths of the files of which something is imported.
    pub(super) fn files(&self) -> HashSet<&'a str> {
        let of_types = self.types.iter().map(|declared| declared.file);
        let of_services = self.services.iter().map(|(file, _)| *file);
        of_types
            .chain(of_services)
            .map(|file| &*file.path)
            .collect()
    }
}

fn is_inside(package: &str, outer: &str) -> bool {
    let rest = package.strip_prefix(outer);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn add_file<'a>(all: &mut Vec<Declared<'a>>, file: &'a File, foreign: bool) {
    for message in &file.messages {
        add_message(all, file, foreign, &file.package, None, message);
    }
    for item in &file.enums {
        all.push(Declared {
            full_name: join(&file.package, &item.name),
            file,
            outer: None,
            item: Item::Enum(item),
            foreign,
        });
    }
}

fn add_message<'a>(
    all: &mut Vec<Declared<'a>>,
    file: &'a File,
    foreign: bool,
    scope: &str,
    outer: Option<String>,
    message: &'a Message,
) {
    let full_name = join(scope, &message.name);
    all.push(Declared {
        full_name: full_name.clone(),
        file,
        outer,
        item: Item::Message(message),
        foreign,
    });
    for inner in &message.messages {
        add_message(
            all,
            file,
            foreign,
            &full_name,
            Some(full_name.clone()),
            inner,
        );
    }
    for item in &message.enums {
        all.push(Declared {
            full_name: join(&full_name, &item.name),
            file,
            outer: Some(full_name.clone()),
            item: Item::Enum(item),
            foreign,
        });
    }
}

/// Adds a type, what it refers to, and what they are nested in.
fn reach(by_name: &HashMap<&str, &Declared<'_>>, full_name: &str, reached: &mut HashSet<String>) {
    let mut next = vec![full_name];
    while let Some(full_name) = next.pop() {
        // Those that aren't there are well-known ones.
        let Some(declared) = by_name.get(full_name) else {
            continue;
        };
        if !reached.insert(full_name.to_owned()) {
            continue;
        }
        next.extend(declared.outer.as_deref());
        if let Item::Message(message) = declared.item {
            next.extend(references(message));
        }
    }
}

/// The full names of the types of a message's fields.
pub(super) fn references(message: &Message) -> impl Iterator<Item = &str> {
    message.members.iter().flat_map(|member| {
        match member {
            Member::Field(field) => vec![field.ty.value()],
            Member::OneOf(oneof) => oneof.fields.iter().map(|field| &field.ty).collect(),
        }
        .into_iter()
        .filter_map(|ty| ty.full_name())
    })
}

/// The full name of `name` in `scope`, which may be empty.
pub(super) fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() {
        name.to_owned()
    } else {
        format!("{scope}.{name}")
    }
}
