//! What reflection has to know of a `google.protobuf.FileDescriptorSet` to hand out its files: their names.

use bytes::Bytes;
use prost::DecodeError;

use crate::{Message, codec};

/// A file that somebody else has described.
#[derive(Clone)]
pub(super) struct DescribedFile {
    pub(super) path: String,
    /// The encoded `google.protobuf.FileDescriptorProto`.
    pub(super) proto: Bytes,
    /// The paths of the files that it imports.
    pub(super) imports: Vec<String>,
    /// The full names of all that is declared in it, and whether that is a message.
    pub(super) symbols: Vec<(String, bool)>,
}

/// Reads a set, as `protoc --include_imports --descriptor_set_out` and `prost-build` write it.
pub(super) fn read(set: Bytes) -> Result<Vec<DescribedFile>, DecodeError> {
    let set: FileDescriptorSet = codec::decode(set)?;
    let describe = |proto: Bytes| {
        let file: FileDescriptorProto = codec::decode(proto.clone())?;
        Ok(DescribedFile {
            proto,
            symbols: symbols(&file),
            path: file.name,
            imports: file.dependency,
        })
    };
    set.file.into_iter().map(describe).collect()
}

fn symbols(file: &FileDescriptorProto) -> Vec<(String, bool)> {
    let mut symbols = Symbols(Vec::new());
    for message in &file.message_type {
        symbols.message(&file.package, message);
    }
    for item in &file.enum_type {
        symbols.enumeration(&file.package, item);
    }
    for service in &file.service {
        let name = symbols.add(&file.package, &service.name, false);
        symbols.all(&name, &service.method);
    }
    symbols.all(&file.package, &file.extension);
    symbols.0
}

struct Symbols(Vec<(String, bool)>);

impl Symbols {
    /// Adds what is declared in `scope`, and returns its full name.
    fn add(&mut self, scope: &str, name: &str, is_message: bool) -> String {
        let full_name = match scope {
            "" => name.to_owned(),
            _ => format!("{scope}.{name}"),
        };
        self.0.push((full_name.clone(), is_message));
        full_name
    }

    fn all(&mut self, scope: &str, items: &[Named]) {
        for item in items {
            self.add(scope, &item.name, false);
        }
    }

    fn message(&mut self, scope: &str, message: &DescriptorProto) {
        let name = self.add(scope, &message.name, true);
        self.all(&name, &message.field);
        self.all(&name, &message.oneof_decl);
        self.all(&name, &message.extension);
        for nested in &message.nested_type {
            self.message(&name, nested);
        }
        for item in &message.enum_type {
            self.enumeration(&name, item);
        }
    }

    /// Values are siblings of their enum.
    fn enumeration(&mut self, scope: &str, item: &EnumDescriptorProto) {
        self.add(scope, &item.name, false);
        self.all(scope, &item.value);
    }
}

// The messages of `google/protobuf/descriptor.proto`, as far as they have names.

#[derive(Message)]
#[proto(crate = crate)]
struct FileDescriptorSet {
    #[proto(1)]
    file: Vec<Bytes>,
}

#[derive(Message)]
#[proto(crate = crate)]
struct FileDescriptorProto {
    #[proto(1)]
    name: String,
    #[proto(2)]
    package: String,
    #[proto(3)]
    dependency: Vec<String>,
    #[proto(4)]
    message_type: Vec<DescriptorProto>,
    #[proto(5)]
    enum_type: Vec<EnumDescriptorProto>,
    #[proto(6)]
    service: Vec<ServiceDescriptorProto>,
    #[proto(7)]
    extension: Vec<Named>,
}

#[derive(Message)]
#[proto(crate = crate)]
struct DescriptorProto {
    #[proto(1)]
    name: String,
    #[proto(2)]
    field: Vec<Named>,
    #[proto(3)]
    nested_type: Vec<DescriptorProto>,
    #[proto(4)]
    enum_type: Vec<EnumDescriptorProto>,
    #[proto(6)]
    extension: Vec<Named>,
    #[proto(8)]
    oneof_decl: Vec<Named>,
}

#[derive(Message)]
#[proto(crate = crate)]
struct EnumDescriptorProto {
    #[proto(1)]
    name: String,
    #[proto(2)]
    value: Vec<Named>,
}

#[derive(Message)]
#[proto(crate = crate)]
struct ServiceDescriptorProto {
    #[proto(1)]
    name: String,
    #[proto(2)]
    method: Vec<Named>,
}

#[derive(Message)]
#[proto(crate = crate)]
struct Named {
    #[proto(1)]
    name: String,
}
