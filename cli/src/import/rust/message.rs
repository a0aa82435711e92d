//! Messages and their oneofs.

use std::collections::HashSet;

use traitwire_schema::model::{Field, FieldType, Member, Message, OneOf, Type};
use traitwire_schema::{Scalar, names, numbers};

use super::{Writer, is_empty, quoted, reserved};
use crate::import::plan::{TypePlan, unique};
use crate::import::selection::join;

impl Writer<'_> {
    pub(super) fn message(&mut self, plan: &TypePlan<'_>, message: &Message) {
        let full_name = &plan.declared.full_name;
        self.blank();
        self.detached(full_name);
        self.docs(&message.comment);
        let derive = self.uses.name("traitwire::Message");
        self.line(&format!(
            "#[derive(Clone, Debug, Default, PartialEq, {derive})]"
        ));
        let mut options = self.container(plan, &message.name, message.deprecated);
        options.extend(reserved(&message.reserved, numbers::MAX as i32));
        self.proto(&options);
        self.block(&format!("pub struct {}", plan.ident), |out| {
            let mut taken = HashSet::new();
            for member in &message.members {
                match member {
                    Member::Field(field) => {
                        let ident = field_ident(&field.name, &mut taken);
                        out.field(plan, field, &ident);
                    }
                    Member::OneOf(oneof) => {
                        let ident = field_ident(&oneof.name, &mut taken);
                        out.oneof_field(plan, oneof, &ident);
                    }
                }
            }
        });
        for member in &message.members {
            if let Member::OneOf(oneof) = member {
                self.oneof(plan, oneof);
            }
        }
    }

    /// What messages and enums say of themselves.
    pub(super) fn container(
        &mut self,
        plan: &TypePlan<'_>,
        name: &str,
        deprecated: bool,
    ) -> Vec<String> {
        let declared = plan.declared;
        let mut options = Vec::new();
        if names::type_name(&plan.ident) != name {
            options.push(format!("name = {}", quoted(name)));
        }
        if let Some(outer) = &declared.outer {
            options.push(format!("nested_in = {}", self.named(outer)));
        }
        if plan.says_package {
            options.push(format!("package = {}", quoted(&declared.file.package)));
        }
        if declared.foreign && declared.outer.is_none() {
            options.push(format!("file = {}", quoted(&declared.file.path)));
        }
        if deprecated {
            options.push("deprecated".to_owned());
        }
        options
    }

    fn field(&mut self, plan: &TypePlan<'_>, field: &Field, ident: &str) {
        self.detached(&join(&plan.declared.full_name, &field.name));
        self.docs(&field.comment);
        let mut options = vec![field.number.to_string()];
        let ty = match &field.ty {
            FieldType::Singular(ty) => match ty {
                Type::Message(_) => format!("Option<{}>", self.value(plan, ty, &mut options)),
                Type::Scalar(_) | Type::Enum(_) => self.value(plan, ty, &mut options),
            },
            FieldType::Optional(ty) => {
                format!("Option<{}>", self.value(plan, ty, &mut options))
            }
            FieldType::Repeated(ty) => format!("Vec<{}>", self.plain(ty, &mut options)),
            FieldType::Unpacked(ty) => {
                let ty = self.plain(ty, &mut options);
                options.push("unpacked".to_owned());
                format!("Vec<{ty}>")
            }
            FieldType::Map(key, ty) => {
                let map = self.uses.name("std::collections::HashMap");
                let (key, encoding) = scalar(*key);
                options.extend(encoding.map(|encoding| format!("key = {encoding}")));
                let value = match ty {
                    Type::Scalar(value) => {
                        let (value, encoding) = scalar(*value);
                        options.extend(encoding.map(|encoding| format!("value = {encoding}")));
                        value.to_owned()
                    }
                    Type::Message(name) | Type::Enum(name) => self.named(name),
                };
                format!("{map}<{key}, {value}>")
            }
        };
        options.extend(field_name(ident, &field.name));
        if field.deprecated {
            options.push("deprecated".to_owned());
        }
        self.proto(&options);
        self.line(&format!("pub {ident}: {ty},"));
    }

    fn oneof_field(&mut self, plan: &TypePlan<'_>, oneof: &OneOf, ident: &str) {
        self.detached(&join(&plan.declared.full_name, &oneof.name));
        self.docs(&oneof.comment);
        let mut options = vec!["oneof".to_owned()];
        options.extend(field_name(ident, &oneof.name));
        self.proto(&options);
        let ty = &plan.oneofs[&*oneof.name];
        self.line(&format!("pub {ident}: Option<{ty}>,"));
    }

    fn oneof(&mut self, plan: &TypePlan<'_>, oneof: &OneOf) {
        self.blank();
        // What is said of the oneof stands above the field. Here, it would be exported as well.
        let derive = self.uses.name("traitwire::OneOf");
        self.line(&format!("#[derive(Clone, Debug, PartialEq, {derive})]"));
        let ident = &plan.oneofs[&*oneof.name];
        self.block(&format!("pub enum {ident}"), |out| {
            let mut taken = HashSet::new();
            for field in &oneof.fields {
                let ident = unique(names::rust_type(&field.name), |ident| taken.contains(ident));
                taken.insert(ident.clone());
                out.variant(plan, field, &ident);
            }
        });
    }

    fn variant(&mut self, plan: &TypePlan<'_>, field: &Field<Type>, ident: &str) {
        self.detached(&join(&plan.declared.full_name, &field.name));
        self.docs(&field.comment);
        let mut options = vec![field.number.to_string()];
        let ty = match is_empty(&field.ty) {
            true => String::new(),
            false => format!("({})", self.value(plan, &field.ty, &mut options)),
        };
        options.extend(field_name(ident, &field.name));
        if field.deprecated {
            options.push("deprecated".to_owned());
        }
        self.proto(&options);
        self.line(&format!("{ident}{ty},"));
    }

    /// A single value, in a box if it has to be.
    fn value(&mut self, plan: &TypePlan<'_>, ty: &Type, options: &mut Vec<String>) -> String {
        let plain = self.plain(ty, options);
        match ty.full_name().is_some_and(|name| plan.boxed.contains(name)) {
            true => format!("Box<{plain}>"),
            false => plain,
        }
    }

    fn plain(&mut self, ty: &Type, options: &mut Vec<String>) -> String {
        match ty {
            Type::Scalar(of) => {
                let (ty, encoding) = scalar(*of);
                options.extend(encoding.map(str::to_owned));
                ty.to_owned()
            }
            Type::Message(name) | Type::Enum(name) => self.named(name),
        }
    }
}

fn field_ident(name: &str, taken: &mut HashSet<String>) -> String {
    let ident = unique(names::rust_field(name), |ident| taken.contains(ident));
    taken.insert(ident.clone());
    ident
}

/// `name = "…"`, if the name in protobuf isn't what follows from the one in Rust.
fn field_name(ident: &str, name: &str) -> Option<String> {
    (names::field(ident) != name).then(|| format!("name = {}", quoted(name)))
}

/// The Rust type of a scalar, and the option that makes it this one.
fn scalar(scalar: Scalar) -> (&'static str, Option<&'static str>) {
    match scalar {
        Scalar::Double => ("f64", None),
        Scalar::Float => ("f32", None),
        Scalar::Int32 => ("i32", None),
        Scalar::Int64 => ("i64", None),
        Scalar::Uint32 => ("u32", None),
        Scalar::Uint64 => ("u64", None),
        Scalar::Sint32 => ("i32", Some("sint")),
        Scalar::Sint64 => ("i64", Some("sint")),
        Scalar::Fixed32 => ("u32", Some("fixed")),
        Scalar::Fixed64 => ("u64", Some("fixed")),
        Scalar::Sfixed32 => ("i32", Some("fixed")),
        Scalar::Sfixed64 => ("i64", Some("fixed")),
        Scalar::Bool => ("bool", None),
        Scalar::String => ("String", None),
        Scalar::Bytes => ("Vec<u8>", None),
    }
}
