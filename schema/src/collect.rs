//! From descriptors to files: follows references from services to whatever they reach.
//!
//! A service's package is written in its trait. A type that names none lives where it is used: in the package of the
//! service or message that refers to it. Two such packages leave no answer, and the user has to give one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::descriptor::{
    self, EnumDescriptor, FieldDescriptor, MessageDescriptor, OneOfDescriptor, ServiceDescriptor,
    ValueType,
};
use crate::error::{Place, Problem, SchemaError, SchemaErrors};
use crate::model::{
    Enum, EnumValue, Field, FieldType, File, Member, Message, Method, OneOf, Origin, Reserved,
    Schema, Service, Type,
};
use crate::names;
use crate::symbols::join;
use crate::well_known::{self, WellKnownFile};

impl Schema {
    /// Collects services and all types they refer to into the files that describe them.
    ///
    /// There is a file for each package, [named after it](default_path) unless a service says otherwise. Services stand
    /// in it in the order given here, messages and enums in the order in which the services lead to them.
    ///
    /// # Errors
    ///
    /// With everything that keeps the services and types from being a protobuf API, each with its place in Rust.
    pub fn collect(services: &[&'static ServiceDescriptor]) -> Result<Self, SchemaErrors> {
        let mut collector = Collector::default();
        for &service in services {
            collector.service(service);
        }
        let paths = collector.paths();
        let Collector {
            types,
            services,
            mut errors,
            ..
        } = collector;
        let files = assemble(types, services, &paths);
        match Self::new(files) {
            // What was left out because of an error can cause others, which would be misleading.
            Ok(schema) => SchemaErrors::result(errors).map(|()| schema),
            Err(more) => {
                errors.extend(
                    more.into_iter()
                        .filter(|error| !matches!(error.problem, Problem::NotFound { .. }))
                        .cloned(),
                );
                SchemaErrors::result(errors)?;
                Err(more)
            }
        }
    }
}

/// The path of the file for a package: what `buf lint` wants to see, and what people call it.
///
/// `helloworld` is in `helloworld.proto`, `acme.greet.v1` in `acme/greet/v1/greet.proto`: the directory is the package,
/// the file is named after its last part that isn't a version. There is none for the empty package.
pub fn default_path(package: &str) -> Option<String> {
    if package.is_empty() {
        return None;
    }
    if !package.contains('.') {
        return Some(format!("{package}.proto"));
    }
    let name = package
        .rsplit('.')
        .find(|part| !is_version(part))
        .unwrap_or(package);
    Some(format!("{}/{name}.proto", package.replace('.', "/")))
}

/// `v1`, `v1beta2`, `v2alpha`: what follows the `v` and a digit isn't looked at.
fn is_version(part: &str) -> bool {
    part.strip_prefix('v')
        .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

/// The well-known files among these, whole, and what they import.
pub(crate) fn well_known_files<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<File> {
    let mut collector = Collector::default();
    for known in paths.filter_map(well_known::file) {
        if let Some(message) = known.messages.first() {
            // With one type, all of its file are collected.
            collector.well_known(MESSAGE, id_of(message), message.file);
        }
    }
    assemble(collector.types, Vec::new(), &BTreeMap::new())
}

#[derive(Default)]
struct Collector {
    /// The types in the order in which they were reached.
    types: Vec<Collected>,
    by_id: HashMap<Id, usize>,
    by_name: HashMap<String, usize>,
    services: Vec<(&'static ServiceDescriptor, Service)>,
    /// The paths of the well-known files that were reached.
    well_known: Vec<&'static str>,
    errors: Vec<SchemaError>,
}

/// A type that was reached.
struct Collected {
    full_name: String,
    package: String,
    /// The file it is imported from.
    imported: Option<&'static str>,
    /// The index of the message around it.
    outer: Option<usize>,
    /// What led here first.
    user: Place,
    /// Whether it was reported that two packages use it.
    conflict: bool,
    item: Item,
}

enum Item {
    Message(Message),
    Enum(Enum),
}

/// What makes two descriptors the same.
///
/// The address doesn't: a constant may have several, and two constants one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Id {
    name: &'static str,
    rust_name: &'static str,
    location: &'static str,
}

/// What messages and enums have in common.
struct Head {
    kind: &'static str,
    id: Id,
    package: Option<&'static str>,
    file: Option<&'static str>,
    nested_in: Option<fn() -> &'static MessageDescriptor>,
}

impl Collector {
    fn service(&mut self, descriptor: &'static ServiceDescriptor) {
        let same = |other: &ServiceDescriptor| {
            (other.name, other.package, other.location)
                == (descriptor.name, descriptor.package, descriptor.location)
        };
        if self.services.iter().any(|(other, _)| same(other)) {
            return;
        }
        let place = service_place(descriptor);
        let index = self.services.len();
        let mut service = Service {
            name: descriptor.name.to_owned(),
            comment: descriptor.doc.to_owned(),
            deprecated: descriptor.deprecated,
            methods: Vec::new(),
            origin: place.origin.clone(),
        };
        self.services.push((descriptor, Service::default()));
        for method in descriptor.methods {
            let request = self.message((method.request)(), descriptor.package, &place);
            let response = self.message((method.response)(), descriptor.package, &place);
            let errors = self.errors(method, descriptor.package, &place);
            let paragraphs = [method.doc, &errors];
            let paragraphs = paragraphs.into_iter().filter(|text| !text.is_empty());
            service.methods.push(Method {
                name: method.name.to_owned(),
                comment: paragraphs.collect::<Vec<_>>().join("\n\n"),
                deprecated: method.deprecated,
                idempotency: method.idempotency,
                kind: method.kind,
                request,
                response,
                origin: origin_within(descriptor.location, method.line),
            });
        }
        self.services[index].1 = service;
    }

    /// Collects the messages in the details of what a method fails with. Returns what is said of them above the method:
    /// protobuf has no other place for it.
    fn errors(
        &mut self,
        method: &descriptor::MethodDescriptor,
        package: &str,
        user: &Place,
    ) -> String {
        let Some(error) = (method.error)() else {
            return String::new();
        };
        let lines = error.variants.iter().map(|variant| {
            let detail = self.message((variant.detail)(), package, user);
            format!("\n  {} with {detail}", variant.code)
        });
        let lines: String = lines.collect();
        if lines.is_empty() {
            return lines;
        }
        format!("Errors, each with its details:{lines}")
    }

    /// Collects a message that `user`, in `package`, refers to, and everything it refers to in turn. Returns its full
    /// name.
    fn message(
        &mut self,
        descriptor: &'static MessageDescriptor,
        package: &str,
        user: &Place,
    ) -> String {
        match self.well_known(MESSAGE, id_of(descriptor), descriptor.file) {
            Some(full_name) => {
                self.check_well_known(descriptor, &full_name);
                full_name
            }
            None => self.plain_message(descriptor, package, user),
        }
    }

    /// Reports fields that the message doesn't have in its well-known file, which everybody else goes by.
    fn check_well_known(&mut self, descriptor: &MessageDescriptor, full_name: &str) {
        let Some((file, WellKnownFile { messages, .. })) = descriptor
            .file
            .and_then(|file| Some((file, well_known::file(file)?)))
        else {
            return;
        };
        let Some(known) = messages
            .iter()
            .find(|message| message.name == descriptor.name)
        else {
            return; // That is reported.
        };
        let known = fields(known);
        for field in fields(descriptor) {
            let is_known = known.iter().any(|known| {
                known.number == field.number && is_same_type((known.ty)(), (field.ty)())
            });
            if !is_known {
                self.errors.push(SchemaError {
                    place: Place {
                        kind: MESSAGE,
                        name: full_name.to_owned(),
                        origin: Some(origin(descriptor.rust_name, descriptor.location)),
                    },
                    problem: Problem::FieldNotInFile {
                        file: file.to_owned(),
                        field: field.name.to_owned(),
                    },
                });
            }
        }
    }

    fn plain_message(
        &mut self,
        descriptor: &'static MessageDescriptor,
        package: &str,
        user: &Place,
    ) -> String {
        let head = Head {
            kind: MESSAGE,
            id: id_of(descriptor),
            package: descriptor.package,
            file: descriptor.file,
            nested_in: descriptor.nested_in,
        };
        let message = Message {
            name: descriptor.name.to_owned(),
            comment: descriptor.doc.to_owned(),
            deprecated: descriptor.deprecated,
            reserved: reserved(descriptor.reserved),
            origin: Some(origin(descriptor.rust_name, descriptor.location)),
            ..Message::default()
        };
        let (full_name, new) = self.insert(&head, package, user, Item::Message(message));
        let Some(index) = new else { return full_name };
        let place = self.place(index);
        let package = self.types[index].package.clone();
        let members = descriptor
            .members
            .iter()
            .map(|member| self.member(member, &package, &place))
            .collect();
        if let Item::Message(message) = &mut self.types[index].item {
            message.members = members;
        }
        full_name
    }

    fn member(&mut self, member: &descriptor::Member, package: &str, place: &Place) -> Member {
        match member {
            descriptor::Member::Field(field) => {
                let message = place.origin.as_ref();
                let location = message.map_or("", |message| &message.location);
                Member::Field(self.field(field, location, package, place))
            }
            descriptor::Member::OneOf { name, doc, oneof } => {
                Member::OneOf(self.oneof(name, doc, oneof(), package, place))
            }
        }
    }

    fn oneof(
        &mut self,
        name: &str,
        doc: &str,
        oneof: &OneOfDescriptor,
        package: &str,
        place: &Place,
    ) -> OneOf {
        let variant = |variant: &FieldDescriptor| {
            let Field {
                name,
                number,
                comment,
                deprecated,
                ty,
                origin,
            } = self.field(variant, oneof.location, package, place);
            Field {
                name,
                number,
                comment,
                deprecated,
                ty: ty.value().clone(),
                origin,
            }
        };
        OneOf {
            name: name.to_owned(),
            // The field says what the choice is for in this message, so it comes first.
            comment: if doc.is_empty() {
                oneof.doc.to_owned()
            } else {
                doc.to_owned()
            },
            fields: oneof.variants.iter().map(variant).collect(),
        }
    }

    /// A field of the message or oneof at `location`.
    fn field(
        &mut self,
        field: &FieldDescriptor,
        location: &str,
        package: &str,
        place: &Place,
    ) -> Field {
        let ty = match (field.ty)() {
            // The presence of a message is always explicit: `optional` would say nothing.
            descriptor::FieldType::Optional(ty @ ValueType::Message(_))
            | descriptor::FieldType::Singular(ty) => {
                FieldType::Singular(self.ty(ty, package, place))
            }
            descriptor::FieldType::Optional(ty) => FieldType::Optional(self.ty(ty, package, place)),
            descriptor::FieldType::Repeated(ty) => FieldType::Repeated(self.ty(ty, package, place)),
            descriptor::FieldType::Unpacked(ty) => FieldType::Unpacked(self.ty(ty, package, place)),
            descriptor::FieldType::Map(key, ty) => FieldType::Map(key, self.ty(ty, package, place)),
        };
        Field {
            name: field.name.to_owned(),
            number: field.number,
            comment: field.doc.to_owned(),
            deprecated: field.deprecated,
            ty,
            origin: origin_within(location, field.line),
        }
    }

    fn ty(&mut self, ty: ValueType, package: &str, user: &Place) -> Type {
        match ty {
            ValueType::Scalar(scalar) => Type::Scalar(scalar),
            ValueType::Message(message) => Type::Message(self.message(message, package, user)),
            ValueType::Enum(item) => Type::Enum(self.enumeration(item, package, user)),
        }
    }

    fn enumeration(
        &mut self,
        descriptor: &'static EnumDescriptor,
        package: &str,
        user: &Place,
    ) -> String {
        let id = enum_id_of(descriptor);
        match self.well_known(ENUM, id, descriptor.file) {
            Some(full_name) => full_name,
            None => self.plain_enumeration(descriptor, id, package, user),
        }
    }

    fn plain_enumeration(
        &mut self,
        descriptor: &'static EnumDescriptor,
        id: Id,
        package: &str,
        user: &Place,
    ) -> String {
        let head = Head {
            kind: ENUM,
            id,
            package: descriptor.package,
            file: descriptor.file,
            nested_in: descriptor.nested_in,
        };
        let value = |value: &descriptor::EnumValueDescriptor| EnumValue {
            name: value.name.to_owned(),
            number: value.number,
            comment: value.doc.to_owned(),
            deprecated: value.deprecated,
            origin: origin_within(descriptor.location, value.line),
        };
        let item = Enum {
            name: descriptor.name.to_owned(),
            comment: descriptor.doc.to_owned(),
            deprecated: descriptor.deprecated,
            reserved: reserved(descriptor.reserved),
            allow_alias: descriptor.allow_alias,
            values: descriptor.values.iter().map(value).collect(),
            origin: Some(origin(descriptor.rust_name, descriptor.location)),
        };
        self.insert(&head, package, user, Item::Enum(item)).0
    }

    /// The full name of a type in a well-known file, after the whole file was collected; `None` for any other type.
    fn well_known(
        &mut self,
        kind: &'static str,
        id: Id,
        file: Option<&'static str>,
    ) -> Option<String> {
        let path = file?;
        let WellKnownFile {
            messages, enums, ..
        } = well_known::file(path)?;
        let place = |name| Place {
            kind,
            name,
            origin: Some(origin(id.rust_name, id.location)),
        };
        let full_name = join(well_known::PACKAGE, id.name);
        if !self.well_known.contains(&path) {
            self.well_known.push(path);
            for message in *messages {
                self.plain_message(message, well_known::PACKAGE, &place(full_name.clone()));
            }
            for item in *enums {
                let user = place(full_name.clone());
                self.plain_enumeration(item, enum_id_of(item), well_known::PACKAGE, &user);
            }
        }
        let known = match kind {
            MESSAGE => messages.iter().any(|message| message.name == id.name),
            _ => enums.iter().any(|item| item.name == id.name),
        };
        if !known {
            let problem = Problem::NotInFile {
                file: path.to_owned(),
            };
            self.errors.push(SchemaError {
                place: place(full_name.clone()),
                problem,
            });
        }
        Some(full_name)
    }

    /// Gives a type its place. Returns the full name, and the index if the type is new.
    fn insert(
        &mut self,
        head: &Head,
        package: &str,
        user: &Place,
        item: Item,
    ) -> (String, Option<usize>) {
        let outer = self.outer(head, package, user);
        let package = match (outer, head.package, head.file) {
            (Some(outer), _, _) => &self.types[outer].package,
            (None, Some(package), _) => package,
            (None, None, Some(_)) => "",
            (None, None, None) => package,
        };
        let package = package.to_owned();
        if let Some(&index) = self.by_id.get(&head.id) {
            self.check_package(index, package, user);
            return (self.types[index].full_name.clone(), None);
        }
        let scope = outer.map_or(&package, |outer| &self.types[outer].full_name);
        let full_name = join(scope, head.id.name);
        let place = Place {
            kind: head.kind,
            name: full_name.clone(),
            origin: item.origin().cloned(),
        };
        if let Some(&other) = self.by_name.get(&full_name) {
            // Several Rust types may stand for one message of somebody else's file.
            if head.file.is_none() || self.types[other].imported != head.file {
                let problem = Problem::SameName {
                    other: self.place(other),
                };
                self.errors.push(SchemaError { place, problem });
            }
            return (full_name, None);
        }
        if let (Some(inner), Some(outer)) = (head.package, outer)
            && inner != package
        {
            let problem = Problem::NestedPackage {
                package: inner.to_owned(),
                outer: self.place(outer),
            };
            self.errors.push(SchemaError { place, problem });
        }
        let index = self.types.len();
        self.by_id.insert(head.id, index);
        self.by_name.insert(full_name.clone(), index);
        self.types.push(Collected {
            full_name: full_name.clone(),
            package,
            imported: head.file,
            outer,
            user: user.clone(),
            conflict: false,
            item,
        });
        (full_name, Some(index))
    }

    /// The index of the message around a type.
    fn outer(&mut self, head: &Head, package: &str, user: &Place) -> Option<usize> {
        let outer = head.nested_in?();
        let mut chain = vec![head.id];
        let mut next = Some(outer);
        while let Some(message) = next {
            if chain.contains(&id_of(message)) {
                let origin = Some(origin(head.id.rust_name, head.id.location));
                let place = Place {
                    kind: head.kind,
                    name: head.id.name.to_owned(),
                    origin,
                };
                self.errors.push(SchemaError {
                    place,
                    problem: Problem::NestedInItself,
                });
                return None;
            }
            chain.push(id_of(message));
            next = message.nested_in.map(|outer| outer());
        }
        self.message(outer, head.package.unwrap_or(package), user);
        self.by_id.get(&id_of(outer)).copied()
    }

    /// Reports a type that another package than its own would have to hold, once.
    fn check_package(&mut self, index: usize, package: String, user: &Place) {
        let known = &mut self.types[index];
        if known.package == package || known.conflict {
            return;
        }
        known.conflict = true;
        let (first, second) = (
            (known.package.clone(), known.user.clone()),
            (package, user.clone()),
        );
        let place = self.place(index);
        self.errors.push(SchemaError {
            place,
            problem: Problem::TwoPackages { first, second },
        });
    }

    fn place(&self, index: usize) -> Place {
        let Collected {
            full_name, item, ..
        } = &self.types[index];
        let kind = match item {
            Item::Message(_) => MESSAGE,
            Item::Enum(_) => ENUM,
        };
        Place {
            kind,
            name: full_name.clone(),
            origin: item.origin().cloned(),
        }
    }

    /// The path of each package's file.
    fn paths(&mut self) -> BTreeMap<String, String> {
        let mut paths = BTreeMap::new();
        let exported = self
            .types
            .iter()
            .filter(|ty| ty.imported.is_none())
            .map(|ty| &*ty.package);
        let packages: BTreeSet<&str> = self
            .services
            .iter()
            .map(|(service, _)| service.package)
            .chain(exported)
            .collect();
        for package in packages {
            let services: Vec<_> = self
                .services
                .iter()
                .map(|(service, _)| *service)
                .filter(|service| service.package == package)
                .collect();
            let mut named = services
                .iter()
                .filter_map(|service| Some((service, service.file?)));
            let first = named.next();
            if let Some((first, file)) = first {
                for (service, other_file) in named.filter(|(_, other)| *other != file) {
                    self.errors.push(SchemaError {
                        place: service_place(service),
                        problem: Problem::TwoFiles {
                            file: other_file.to_owned(),
                            other_file: file.to_owned(),
                            other: service_place(first),
                        },
                    });
                }
            }
            let only_service = match *services {
                [only] if package.is_empty() => Some(format!("{}.proto", names::field(only.name))),
                _ => None,
            };
            let path = first
                .map(|(_, file)| file.to_owned())
                .or_else(|| default_path(package))
                .or(only_service);
            let path = path.unwrap_or_else(|| {
                let place = Place {
                    kind: "package",
                    name: String::new(),
                    origin: None,
                };
                self.errors.push(SchemaError {
                    place,
                    problem: Problem::NoFile,
                });
                "no_package.proto".to_owned()
            });
            paths.insert(package.to_owned(), path);
        }
        paths
    }
}

impl Item {
    fn origin(&self) -> Option<&Origin> {
        match self {
            Self::Message(message) => message.origin.as_ref(),
            Self::Enum(item) => item.origin.as_ref(),
        }
    }
}

/// Puts types into each other and into files.
fn assemble(
    mut types: Vec<Collected>,
    services: Vec<(&'static ServiceDescriptor, Service)>,
    paths: &BTreeMap<String, String>,
) -> Vec<File> {
    let mut files = Vec::new();
    for (descriptor, service) in services {
        file_of(
            &mut files,
            &paths[descriptor.package],
            descriptor.package,
            false,
        )
        .services
        .push(service);
    }
    // Every message comes before those inside it. So from the end on, each is complete when it is moved.
    while let Some(Collected {
        item,
        outer,
        package,
        imported,
        ..
    }) = types.pop()
    {
        let (messages, enums) = match outer.map(|outer| &mut types[outer].item) {
            Some(Item::Message(outer)) => (&mut outer.messages, &mut outer.enums),
            _ => {
                let path = imported.unwrap_or_else(|| &paths[&package]);
                let file = file_of(&mut files, path, &package, imported.is_some());
                (&mut file.messages, &mut file.enums)
            }
        };
        match item {
            Item::Message(message) => messages.insert(0, message),
            Item::Enum(item) => enums.insert(0, item),
        }
    }
    files
}

/// The file of a package. Two packages with one path have two files, which is for [`Schema::new`] to report.
fn file_of<'a>(
    files: &'a mut Vec<File>,
    path: &str,
    package: &str,
    imported: bool,
) -> &'a mut File {
    let known = files
        .iter()
        .position(|file| file.path == path && file.package == package && file.imported == imported);
    let index = known.unwrap_or_else(|| {
        files.push(File {
            path: path.to_owned(),
            package: package.to_owned(),
            imported,
            ..File::default()
        });
        files.len() - 1
    });
    &mut files[index]
}

/// The fields of the message, those in oneofs included.
fn fields(message: &MessageDescriptor) -> Vec<&FieldDescriptor> {
    let members = message.members.iter();
    members
        .flat_map(|member| match member {
            descriptor::Member::Field(field) => vec![field],
            descriptor::Member::OneOf { oneof, .. } => oneof().variants.iter().collect(),
        })
        .collect()
}

/// Whether two types are the same on the wire, where presence makes no difference.
fn is_same_type(left: descriptor::FieldType, right: descriptor::FieldType) -> bool {
    use descriptor::FieldType::{Map, Optional, Repeated, Singular};
    match (left, right) {
        (Singular(left) | Optional(left), Singular(right) | Optional(right))
        | (Repeated(left), Repeated(right)) => is_same_value(left, right),
        (Map(left_key, left), Map(right_key, right)) => {
            left_key == right_key && is_same_value(left, right)
        }
        _ => false,
    }
}

fn is_same_value(left: ValueType, right: ValueType) -> bool {
    match (left, right) {
        (ValueType::Scalar(left), ValueType::Scalar(right)) => left == right,
        (ValueType::Message(left), ValueType::Message(right)) => left.name == right.name,
        (ValueType::Enum(left), ValueType::Enum(right)) => left.name == right.name,
        _ => false,
    }
}

fn id_of(message: &MessageDescriptor) -> Id {
    Id {
        name: message.name,
        rust_name: message.rust_name,
        location: message.location,
    }
}

fn enum_id_of(item: &EnumDescriptor) -> Id {
    Id {
        name: item.name,
        rust_name: item.rust_name,
        location: item.location,
    }
}

fn origin(rust_name: &str, location: &str) -> Origin {
    Origin {
        rust_name: Some(rust_name.to_owned()),
        location: location.to_owned(),
    }
}

/// A line in the file of the type or trait at `location`.
fn origin_within(location: &str, line: u32) -> Option<Origin> {
    let (file, _) = location.rsplit_once(':')?;
    (line > 0).then(|| Origin {
        rust_name: None,
        location: format!("{file}:{line}"),
    })
}

fn service_place(service: &ServiceDescriptor) -> Place {
    let origin = Origin {
        rust_name: None,
        location: service.location.to_owned(),
    };
    Place {
        kind: "service",
        name: join(service.package, service.name),
        origin: Some(origin),
    }
}

fn reserved(reserved: &[descriptor::Reserved]) -> Reserved {
    let mut all = Reserved::default();
    for reserved in reserved {
        match *reserved {
            descriptor::Reserved::Numbers(first, last) => all.numbers.push(first..=last),
            descriptor::Reserved::Name(name) => all.names.push(name.to_owned()),
        }
    }
    all
}

const MESSAGE: &str = "message";
const ENUM: &str = "enum";
