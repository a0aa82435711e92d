//! An API as protobuf sees it: files with services, messages and enums.
//!
//! ```text
//! ServiceDescriptor ─┐ collect                  ┌─ print ──────────> .proto text
//! ServiceDescriptor ─┼──────────> Schema ───────┤
//! Vec<File> ─────────┘ check (once, all rules)  └─ descriptor_set ─> FileDescriptorSet
//! ```
//!
//! The types below [`Schema`] can be put together freely. A [`Schema`] can't: it has passed every rule that `protoc` has,
//! so that nothing that is made of it can fail.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::check;
use crate::descriptor::{Idempotency, MethodKind, Scalar};
use crate::error::SchemaErrors;
use crate::symbols::{Symbols, join};

/// A complete set of files: everything that is referred to is there, and nothing breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    files: Vec<File>,
}

impl Schema {
    /// Takes the files if together they are what `protoc` would compile.
    ///
    /// # Errors
    ///
    /// With all the rules that are broken, each with its place.
    pub fn new(mut files: Vec<File>) -> Result<Self, SchemaErrors> {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        check::check(&files)?;
        Ok(Self { files })
    }

    /// All files, sorted by path; [imported](File::imported) ones, too.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// The paths that `file` imports, sorted.
    pub fn imports(&self, file: &File) -> Vec<&str> {
        let symbols = Symbols::new(&self.files);
        let mut imports = BTreeSet::new();
        file.for_each_reference(&mut |_, target| {
            if let Some(symbol) = symbols.get(target) {
                imports.insert(&*self.files[symbol.file].path);
            }
        });
        imports.remove(&*file.path);
        imports.into_iter().collect()
    }

    /// The same, with a change of the files that can't break a rule.
    pub(crate) fn with_files(mut self, change: impl FnMut(&mut File)) -> Self {
        self.files.iter_mut().for_each(change);
        self
    }

    /// Puts a comment at the top of every file that isn't imported.
    #[must_use]
    pub fn with_header(mut self, header: &str) -> Self {
        for file in self.files.iter_mut().filter(|file| !file.imported) {
            header.clone_into(&mut file.header);
        }
        self
    }
}

/// A `.proto` file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// The path by which others import the file: `google/protobuf/empty.proto`.
    pub path: String,
    /// The package; empty for none.
    pub package: String,
    /// Whether the file is somebody else's: it is in descriptor sets, but isn't printed.
    pub imported: bool,
    /// A comment at the top, which belongs to nothing in the file.
    pub header: String,
    /// The services in their order.
    pub services: Vec<Service>,
    /// The messages in their order.
    pub messages: Vec<Message>,
    /// The enums in their order.
    pub enums: Vec<Enum>,
}

impl File {
    /// Calls `visit` with the full name of whatever refers to a type, and the full name of that type.
    pub(crate) fn for_each_reference<'a>(&'a self, visit: &mut impl FnMut(&str, &'a str)) {
        for service in &self.services {
            let service_name = join(&self.package, &service.name);
            for method in &service.methods {
                let name = join(&service_name, &method.name);
                visit(&name, &method.request);
                visit(&name, &method.response);
            }
        }
        for message in &self.messages {
            message.for_each_reference(&join(&self.package, &message.name), visit);
        }
    }
}

/// A service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// The name without the package.
    pub name: String,
    /// What stands above it; lines are separated by `\n`.
    pub comment: String,
    /// Whether users are asked to stop using it.
    pub deprecated: bool,
    /// The methods in their order.
    pub methods: Vec<Method>,
    /// The Rust trait.
    pub origin: Option<Origin>,
}

/// An rpc.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// The name on the wire.
    pub name: String,
    /// See [`Service::comment`].
    pub comment: String,
    /// See [`Service::deprecated`].
    pub deprecated: bool,
    /// What a client may assume when it calls twice.
    pub idempotency: Idempotency,
    /// Which sides stream.
    pub kind: MethodKind,
    /// The full name of the message that the client sends: `routeguide.Point`.
    pub request: String,
    /// The full name of the message that the server sends.
    pub response: String,
    /// The method in Rust.
    pub origin: Option<Origin>,
}

/// A message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The name without package and enclosing messages.
    pub name: String,
    /// See [`Service::comment`].
    pub comment: String,
    /// See [`Service::deprecated`].
    pub deprecated: bool,
    /// What is not to be used again.
    pub reserved: Reserved,
    /// Enums that are declared inside.
    pub enums: Vec<Enum>,
    /// Messages that are declared inside.
    pub messages: Vec<Message>,
    /// Fields and oneofs in their order.
    pub members: Vec<Member>,
    /// The Rust type.
    pub origin: Option<Origin>,
}

impl Message {
    /// All fields in their order, those of oneofs included, each with the index of its oneof.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (Field, Option<usize>)> {
        let mut oneofs = 0;
        self.members.iter().flat_map(move |member| match member {
            Member::Field(field) => vec![(field.clone(), None)],
            Member::OneOf(oneof) => {
                oneofs += 1;
                let singular = |field: &Field<Type>| Field {
                    name: field.name.clone(),
                    number: field.number,
                    comment: field.comment.clone(),
                    deprecated: field.deprecated,
                    ty: FieldType::Singular(field.ty.clone()),
                    origin: field.origin.clone(),
                };
                oneof
                    .fields
                    .iter()
                    .map(|field| (singular(field), Some(oneofs - 1)))
                    .collect()
            }
        })
    }

    /// The oneofs in their order.
    pub(crate) fn oneofs(&self) -> impl Iterator<Item = &OneOf> {
        self.members.iter().filter_map(|member| match member {
            Member::OneOf(oneof) => Some(oneof),
            Member::Field(_) => None,
        })
    }

    fn for_each_reference<'a>(&'a self, name: &str, visit: &mut impl FnMut(&str, &'a str)) {
        for member in &self.members {
            match member {
                Member::Field(field) => {
                    if let Some(target) = field.ty.value().full_name() {
                        visit(name, target);
                    }
                }
                Member::OneOf(oneof) => {
                    for target in oneof.fields.iter().filter_map(|field| field.ty.full_name()) {
                        visit(name, target);
                    }
                }
            }
        }
        for message in &self.messages {
            message.for_each_reference(&join(name, &message.name), visit);
        }
    }
}

/// A field of a message, or a oneof in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Member {
    /// A field.
    Field(Field),
    /// A oneof.
    OneOf(OneOf),
}

/// A field. In a message its type is a [`FieldType`], in a oneof, which holds single values only, a [`Type`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<T = FieldType> {
    /// The name: `point_count`.
    pub name: String,
    /// The number on the wire.
    pub number: u32,
    /// See [`Service::comment`].
    pub comment: String,
    /// See [`Service::deprecated`].
    pub deprecated: bool,
    /// What the field holds.
    pub ty: T,
    /// The field in Rust.
    pub origin: Option<Origin>,
}

/// How often a value stands in a field, and of which type it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// No label: a scalar's zero is not sent.
    Singular(Type),
    /// `optional`: zero and absent are told apart.
    Optional(Type),
    /// `repeated`, packed where protobuf packs.
    Repeated(Type),
    /// `repeated` with `[packed = false]`.
    Unpacked(Type),
    /// `map<key, value>`.
    Map(Scalar, Type),
}

impl FieldType {
    /// The type of one value; of a map, the values' type.
    pub fn value(&self) -> &Type {
        match self {
            Self::Singular(ty)
            | Self::Optional(ty)
            | Self::Repeated(ty)
            | Self::Unpacked(ty)
            | Self::Map(_, ty) => ty,
        }
    }
}

/// The type of one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// A scalar.
    Scalar(Scalar),
    /// The full name of a message: `routeguide.Point`.
    Message(String),
    /// The full name of an enum.
    Enum(String),
}

impl Type {
    /// The full name, if the type has one.
    pub fn full_name(&self) -> Option<&str> {
        match self {
            Self::Scalar(_) => None,
            Self::Message(name) | Self::Enum(name) => Some(name),
        }
    }

    /// Whether protobuf packs lists of it: numbers, `bool` and enums.
    pub fn is_packable(&self) -> bool {
        match self {
            Self::Scalar(Scalar::String | Scalar::Bytes) | Self::Message(_) => false,
            Self::Scalar(_) | Self::Enum(_) => true,
        }
    }
}

/// A oneof.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OneOf {
    /// The name in the message: `kind`.
    pub name: String,
    /// See [`Service::comment`].
    pub comment: String,
    /// The fields, of which a message has one or none.
    pub fields: Vec<Field<Type>>,
}

/// An enum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enum {
    /// The name without package and enclosing messages.
    pub name: String,
    /// See [`Service::comment`].
    pub comment: String,
    /// See [`Service::deprecated`].
    pub deprecated: bool,
    /// What is not to be used again.
    pub reserved: Reserved,
    /// Whether several values have the same number, which some of them then do. The first one of a number is its name,
    /// and the others are read as it.
    pub allow_alias: bool,
    /// The values; the first is zero.
    pub values: Vec<EnumValue>,
    /// The Rust type.
    pub origin: Option<Origin>,
}

/// A value of an enum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnumValue {
    /// The name: `CORPUS_WEB`.
    pub name: String,
    /// The number on the wire.
    pub number: i32,
    /// See [`Service::comment`].
    pub comment: String,
    /// See [`Service::deprecated`].
    pub deprecated: bool,
    /// The variant in Rust.
    pub origin: Option<Origin>,
}

/// Numbers and names that a message or enum doesn't use again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reserved {
    /// The numbers in their order.
    pub numbers: Vec<RangeInclusive<i32>>,
    /// The names in their order.
    pub names: Vec<String>,
}

/// Where in Rust something comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The path of the type: `route_guide::Point`; traits don't know theirs, and what is in a type has none.
    pub rust_name: Option<String>,
    /// File and line: `examples/route-guide/src/lib.rs:12`.
    pub location: String,
}
