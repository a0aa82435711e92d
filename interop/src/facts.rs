//! What a file of protobuf says that is seen on the wire, to be compared with somebody else's.

use std::collections::BTreeMap;
use std::fmt::Write;

use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto};
use prost_types::{FileDescriptorProto, FileDescriptorSet};
use traitwire::schema::{Schema, ServiceDescriptor};

/// The files that these services are exported to.
pub(crate) fn files(services: &[&'static ServiceDescriptor]) -> Vec<FileDescriptorProto> {
    let schema = Schema::collect(services).expect("it is an API");
    let set = FileDescriptorSet::decode(&*schema.descriptor_set()).expect("it is protobuf");
    set.file
}

/// Services, messages and enums, each sorted by name; a type of the file's own package without it.
pub(crate) fn facts(file: &FileDescriptorProto) -> String {
    let mut facts = String::new();
    let local = |name: &str| local(file, name);
    for service in &file.service {
        writeln!(facts, "service {}", service.name()).unwrap();
        let methods = service.method.iter().map(|method| {
            let stream = |streams| if streams { "stream " } else { "" };
            let request =
                stream(method.client_streaming()).to_owned() + &local(method.input_type());
            let response =
                stream(method.server_streaming()).to_owned() + &local(method.output_type());
            (method.name(), format!("({request}) {response}"))
        });
        for (name, sides) in methods.collect::<BTreeMap<_, _>>() {
            writeln!(facts, "    {name}{sides}").unwrap();
        }
    }
    let mut messages = BTreeMap::new();
    for message in &file.message_type {
        collect(&mut messages, "", message);
    }
    for (name, message) in messages {
        writeln!(facts, "message {name}").unwrap();
        let fields = message.field.iter().map(|field| (field.number(), field));
        for (number, field) in fields.collect::<BTreeMap<_, _>>() {
            let ty = type_of(file, message, field);
            writeln!(facts, "    {number} {} {ty}", field.name()).unwrap();
        }
    }
    let enums = file.enum_type.iter().map(|item| (item.name(), item));
    for (name, item) in enums.collect::<BTreeMap<_, &EnumDescriptorProto>>() {
        writeln!(facts, "enum {name}").unwrap();
        for value in &item.value {
            writeln!(facts, "    {} {}", value.number(), value.name()).unwrap();
        }
    }
    facts
}

/// A message and those in it, but for the entries of maps.
fn collect<'a>(
    messages: &mut BTreeMap<String, &'a DescriptorProto>,
    outer: &str,
    message: &'a DescriptorProto,
) {
    if message
        .options
        .as_ref()
        .is_some_and(|options| options.map_entry())
    {
        return;
    }
    let name = format!("{outer}{}", message.name());
    for nested in &message.nested_type {
        collect(messages, &format!("{name}."), nested);
    }
    messages.insert(name, message);
}

fn type_of(
    file: &FileDescriptorProto,
    message: &DescriptorProto,
    field: &FieldDescriptorProto,
) -> String {
    let name = match field.type_name() {
        "" => scalar(field),
        name => local(file, name),
    };
    let entry = message.nested_type.iter().find(|nested| {
        let is_entry = nested
            .options
            .as_ref()
            .is_some_and(|options| options.map_entry());
        is_entry && name.ends_with(&format!(".{}", nested.name()))
    });
    let one_of = match field.oneof_index {
        Some(index) if !field.proto3_optional() => {
            let one_of = usize::try_from(index)
                .ok()
                .map(|index| &message.oneof_decl[index]);
            format!(" of {}", one_of.expect("it has a number").name())
        }
        _ => String::new(),
    };
    match entry {
        Some(entry) => {
            let sides: Vec<_> = entry.field.iter().map(scalar).collect();
            format!("map {}", sides.join(" "))
        }
        None if field.label() == Label::Repeated => format!("repeated {name}"),
        None if field.proto3_optional() => format!("optional {name}"),
        None => name + &one_of,
    }
}

/// `int32`, where the descriptor says `TYPE_INT32`.
fn scalar(field: &FieldDescriptorProto) -> String {
    let ty: Type = field.r#type();
    let name = ty.as_str_name();
    name.trim_start_matches("TYPE_").to_lowercase()
}

/// The name of a type, without the package of the file.
fn local(file: &FileDescriptorProto, name: &str) -> String {
    let name = name.trim_start_matches('.');
    let within = name
        .strip_prefix(file.package())
        .and_then(|name| name.strip_prefix('.'));
    within.unwrap_or(name).to_owned()
}
