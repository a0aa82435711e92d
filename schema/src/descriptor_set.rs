//! A schema as a `google.protobuf.FileDescriptorSet`, the form that reflection and other tools read.

use crate::descriptor::{Idempotency, Scalar};
use crate::model::{
    Enum, Field, FieldType, File, Message, Method, Reserved, Schema, Service, Type,
};
use crate::names;
use crate::print::{self, Location};
use crate::proto;
use crate::symbols::{Symbols, join, map_entry, synthetic_oneofs};
use crate::wire::Writer;

impl Schema {
    /// The encoded `google.protobuf.FileDescriptorSet`: every file after those that it imports.
    ///
    /// It is what `protoc --include_imports --include_source_info --descriptor_set_out` makes of the
    /// [printed](Schema::print) files. Source code info has declarations only, not the parts of these.
    pub fn descriptor_set(&self) -> Vec<u8> {
        let mut set = Writer::default();
        for (_, file) in self.file_descriptors() {
            set.message(proto::set::FILE, |out| out.raw(&file));
        }
        set.into_bytes()
    }

    /// Each file's path and its encoded `google.protobuf.FileDescriptorProto`, in the order of
    /// [`descriptor_set`](Self::descriptor_set).
    pub fn file_descriptors(&self) -> Vec<(&str, Vec<u8>)> {
        let symbols = Symbols::new(self.files());
        let encode = |index: usize| {
            let file = &self.files()[index];
            let locations = if file.imported {
                vec![]
            } else {
                print::print(self, &symbols, index).locations
            };
            let mut out = Writer::default();
            encode_file(&mut out, file, &self.imports(file), &locations);
            (&*file.path, out.into_bytes())
        };
        self.imports_first().into_iter().map(encode).collect()
    }

    /// The indices of the files, each after those that it imports.
    fn imports_first(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.files().len());
        for index in 0..self.files().len() {
            self.visit(index, &mut order);
        }
        order
    }

    /// There are no circles, or there would be no `Schema`.
    fn visit(&self, index: usize, order: &mut Vec<usize>) {
        if order.contains(&index) {
            return;
        }
        for import in self.imports(&self.files()[index]) {
            if let Some(import) = self.files().iter().position(|file| file.path == import) {
                self.visit(import, order);
            }
        }
        order.push(index);
    }
}

fn encode_file(out: &mut Writer, file: &File, imports: &[&str], locations: &[Location]) {
    out.string(proto::file::NAME, &file.path);
    if !file.package.is_empty() {
        out.string(proto::file::PACKAGE, &file.package);
    }
    for import in imports {
        out.string(proto::file::DEPENDENCY, import);
    }
    for message in &file.messages {
        out.message(proto::file::MESSAGE_TYPE, |out| {
            encode_message(out, &file.package, message)
        });
    }
    for item in &file.enums {
        out.message(proto::file::ENUM_TYPE, |out| encode_enum(out, item));
    }
    for service in &file.services {
        out.message(proto::file::SERVICE, |out| encode_service(out, service));
    }
    if !locations.is_empty() {
        out.message(proto::file::SOURCE_CODE_INFO, |out| {
            for location in locations {
                out.message(proto::source::LOCATION, |out| {
                    encode_location(out, location)
                });
            }
        });
    }
    out.string(proto::file::SYNTAX, "proto3");
}

fn encode_service(out: &mut Writer, service: &Service) {
    out.string(proto::service::NAME, &service.name);
    for method in &service.methods {
        out.message(proto::service::METHOD, |out| encode_method(out, method));
    }
    deprecated(
        out,
        proto::service::OPTIONS,
        proto::service::DEPRECATED,
        service.deprecated,
    );
}

fn encode_method(out: &mut Writer, method: &Method) {
    out.string(proto::method::NAME, &method.name);
    out.string(proto::method::INPUT_TYPE, &format!(".{}", method.request));
    out.string(proto::method::OUTPUT_TYPE, &format!(".{}", method.response));
    if method.has_options() {
        out.message(proto::method::OPTIONS, |out| {
            if method.deprecated {
                out.bool(proto::method::DEPRECATED, true);
            }
            match method.idempotency {
                Idempotency::Unknown => {}
                Idempotency::NoSideEffects => out.int32(proto::method::IDEMPOTENCY_LEVEL, 1),
                Idempotency::Idempotent => out.int32(proto::method::IDEMPOTENCY_LEVEL, 2),
            }
        });
    }
    if method.kind.client_streams() {
        out.bool(proto::method::CLIENT_STREAMING, true);
    }
    if method.kind.server_streams() {
        out.bool(proto::method::SERVER_STREAMING, true);
    }
}

fn encode_message(out: &mut Writer, scope: &str, message: &Message) {
    let name = join(scope, &message.name);
    let oneofs = message.oneofs().count();
    let mut optionals = 0;
    out.string(proto::message::NAME, &message.name);
    for (field, oneof) in message.fields() {
        let oneof = match field.ty {
            FieldType::Optional(_) => {
                optionals += 1;
                Some(oneofs + optionals - 1)
            }
            _ => oneof,
        };
        out.message(proto::message::FIELD, |out| {
            encode_field(out, &name, &field, oneof)
        });
    }
    for message in &message.messages {
        out.message(proto::message::NESTED_TYPE, |out| {
            encode_message(out, &name, message)
        });
    }
    for (field, _) in message.fields() {
        if let FieldType::Map(key, value) = &field.ty {
            out.message(proto::message::NESTED_TYPE, |out| {
                encode_map_entry(out, &name, &field.name, *key, value)
            });
        }
    }
    for item in &message.enums {
        out.message(proto::message::ENUM_TYPE, |out| encode_enum(out, item));
    }
    deprecated(
        out,
        proto::message::OPTIONS,
        proto::message::DEPRECATED,
        message.deprecated,
    );
    for oneof in message.oneofs() {
        out.message(proto::message::ONEOF_DECL, |out| {
            out.string(proto::oneof::NAME, &oneof.name)
        });
    }
    for oneof in synthetic_oneofs(message) {
        out.message(proto::message::ONEOF_DECL, |out| {
            out.string(proto::oneof::NAME, &oneof)
        });
    }
    // The end of a message's range is the first number after it, that of an enum's is the last number in it.
    encode_reserved(
        out,
        &message.reserved,
        proto::message::RESERVED_RANGE,
        proto::message::RESERVED_NAME,
        1,
    );
}

/// The message that stands behind a map: `repeated FeaturesEntry features`, with a key and a value in each.
fn encode_map_entry(out: &mut Writer, message: &str, field: &str, key: Scalar, value: &Type) {
    out.string(proto::message::NAME, &map_entry(field));
    let part = |name: &str, number, ty| Field {
        name: name.to_owned(),
        number,
        comment: String::new(),
        deprecated: false,
        ty: FieldType::Singular(ty),
        origin: None,
    };
    for field in [
        part("key", 1, Type::Scalar(key)),
        part("value", 2, value.clone()),
    ] {
        out.message(proto::message::FIELD, |out| {
            encode_field(out, message, &field, None)
        });
    }
    out.message(proto::message::OPTIONS, |out| {
        out.bool(proto::message::MAP_ENTRY, true)
    });
}

fn encode_field(out: &mut Writer, message: &str, field: &Field, oneof: Option<usize>) {
    out.string(proto::field::NAME, &field.name);
    out.int32(proto::field::NUMBER, field.number.cast_signed());
    let unpacked = matches!(field.ty, FieldType::Unpacked(_));
    let repeated = unpacked || matches!(field.ty, FieldType::Repeated(_) | FieldType::Map(..));
    out.int32(
        proto::field::LABEL,
        if repeated {
            LABEL_REPEATED
        } else {
            LABEL_OPTIONAL
        },
    );
    if let FieldType::Map(..) = field.ty {
        out.int32(proto::field::TYPE, TYPE_MESSAGE);
        out.string(
            proto::field::TYPE_NAME,
            &format!(".{message}.{}", map_entry(&field.name)),
        );
    } else {
        match field.ty.value() {
            Type::Scalar(scalar) => out.int32(proto::field::TYPE, scalar_type(*scalar)),
            Type::Message(name) => {
                out.int32(proto::field::TYPE, TYPE_MESSAGE);
                out.string(proto::field::TYPE_NAME, &format!(".{name}"));
            }
            Type::Enum(name) => {
                out.int32(proto::field::TYPE, TYPE_ENUM);
                out.string(proto::field::TYPE_NAME, &format!(".{name}"));
            }
        }
    }
    if unpacked || field.deprecated {
        out.message(proto::field::OPTIONS, |out| {
            if unpacked {
                out.bool(proto::field::PACKED, false);
            }
            if field.deprecated {
                out.bool(proto::field::DEPRECATED, true);
            }
        });
    }
    if let Some(oneof) = oneof {
        out.int32(proto::field::ONEOF_INDEX, print::position(oneof));
    }
    out.string(proto::field::JSON_NAME, &names::json(&field.name));
    if let FieldType::Optional(_) = field.ty {
        out.bool(proto::field::PROTO3_OPTIONAL, true);
    }
}

fn encode_enum(out: &mut Writer, item: &Enum) {
    out.string(proto::enumeration::NAME, &item.name);
    for value in &item.values {
        out.message(proto::enumeration::VALUE, |out| {
            out.string(proto::enum_value::NAME, &value.name);
            out.int32(proto::enum_value::NUMBER, value.number);
            deprecated(
                out,
                proto::enum_value::OPTIONS,
                proto::enum_value::DEPRECATED,
                value.deprecated,
            );
        });
    }
    if item.allow_alias || item.deprecated {
        out.message(proto::enumeration::OPTIONS, |out| {
            if item.allow_alias {
                out.bool(proto::enumeration::ALLOW_ALIAS, true);
            }
            if item.deprecated {
                out.bool(proto::enumeration::DEPRECATED, true);
            }
        });
    }
    encode_reserved(
        out,
        &item.reserved,
        proto::enumeration::RESERVED_RANGE,
        proto::enumeration::RESERVED_NAME,
        0,
    );
}

fn encode_reserved(
    out: &mut Writer,
    reserved: &Reserved,
    range_number: i32,
    name_number: i32,
    after_end: i32,
) {
    for range in &reserved.numbers {
        out.message(range_number, |out| {
            out.int32(proto::range::START, *range.start());
            out.int32(proto::range::END, range.end() + after_end);
        });
    }
    for name in &reserved.names {
        out.string(name_number, name);
    }
}

fn encode_location(out: &mut Writer, location: &Location) {
    let [start_line, start_column, end_line, end_column] = location.span.map(print::position);
    out.packed(proto::source::PATH, location.path.iter().copied());
    // The end's line is left out where it is that of the start.
    if start_line == end_line {
        out.packed(proto::source::SPAN, [start_line, start_column, end_column]);
    } else {
        out.packed(
            proto::source::SPAN,
            [start_line, start_column, end_line, end_column],
        );
    }
    if !location.comment.is_empty() {
        out.string(proto::source::LEADING_COMMENTS, &location.comment);
    }
    if !location.detached.is_empty() {
        out.string(proto::source::LEADING_DETACHED_COMMENTS, &location.detached);
    }
}

/// Options that say `deprecated`, or none.
fn deprecated(out: &mut Writer, options: i32, number: i32, deprecated: bool) {
    if deprecated {
        out.message(options, |out| out.bool(number, true));
    }
}

/// `google.protobuf.FieldDescriptorProto.Type`.
fn scalar_type(scalar: Scalar) -> i32 {
    match scalar {
        Scalar::Double => 1,
        Scalar::Float => 2,
        Scalar::Int64 => 3,
        Scalar::Uint64 => 4,
        Scalar::Int32 => 5,
        Scalar::Fixed64 => 6,
        Scalar::Fixed32 => 7,
        Scalar::Bool => 8,
        Scalar::String => 9,
        Scalar::Bytes => 12,
        Scalar::Uint32 => 13,
        Scalar::Sfixed32 => 15,
        Scalar::Sfixed64 => 16,
        Scalar::Sint32 => 17,
        Scalar::Sint64 => 18,
    }
}

const TYPE_MESSAGE: i32 = 11;
const TYPE_ENUM: i32 = 14;

/// `google.protobuf.FieldDescriptorProto.Label`.
const LABEL_OPTIONAL: i32 = 1;
const LABEL_REPEATED: i32 = 3;
