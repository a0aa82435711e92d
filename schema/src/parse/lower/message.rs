//! Messages and what is in them.

use super::features::{Features, Presence};
use super::option::DEPRECATED;
use super::{Lowering, reserved};
use crate::descriptor::Scalar;
use crate::model::{self, FieldType, Type};
use crate::names;
use crate::numbers;
use crate::parse::ast::{self, Extend, Field, Label, Member, Message, Name, OneOf, Syntax, Value};
use crate::parse::lower::comment::{comment, texts};
use crate::symbols::{self, join};

impl Lowering<'_> {
    pub(super) fn message(&mut self, scope: &str, message: &Message) -> model::Message {
        let full_name = join(scope, &message.name.text);
        let outer = self.features;
        self.features = self.features(&message.options);
        self.options(&message.options, &[DEPRECATED]);
        self.visibility(message.visibility, message.span.start);
        let of_reserved = message.reserved.iter().map(|reserved| &reserved.comments);
        let of_extensions = message.extensions.iter().map(|range| &range.comments);
        let detached = of_reserved.chain(of_extensions).flat_map(texts);
        let detached: Vec<String> = detached.collect();
        self.note(full_name.clone(), message.span.start, &message.comments)
            .detached
            .extend(detached);
        for extend in &message.extends {
            self.extend(extend);
        }
        let mut lowered = model::Message {
            name: message.name.text.clone(),
            comment: comment(&message.comments),
            deprecated: self.deprecated(&message.options),
            reserved: self.reserved(&message.reserved, numbers::MAX as i32),
            origin: None,
            ..model::Message::default()
        };
        for extensions in &message.extensions {
            let text = "numbers for extensions have no place: they are reserved now";
            self.leave_out(extensions.span.start, text);
            for range in &extensions.ranges {
                let range = self.range(range, numbers::MAX as i32);
                lowered.reserved.numbers.extend(range);
            }
        }
        for inner in &message.messages {
            lowered.messages.push(self.message(&full_name, inner));
        }
        for item in &message.enums {
            lowered.enums.extend(self.enumeration(&full_name, item));
        }
        for member in &message.members {
            match member {
                Member::Field(field) => {
                    let number = field.number;
                    match self.field(&full_name, field) {
                        Some(field) => lowered.members.push(model::Member::Field(field)),
                        None => reserve(&mut lowered.reserved, number, &field.name),
                    }
                }
                Member::OneOf(oneof) => self.oneof(&full_name, oneof, &mut lowered),
            }
        }
        self.features = outer;
        let model::Reserved { numbers, names } = std::mem::take(&mut lowered.reserved);
        lowered.reserved = reserved(numbers, names);
        lowered
    }

    fn oneof(&mut self, message: &str, oneof: &OneOf, into: &mut model::Message) {
        let outer = self.features;
        self.features = self.features(&oneof.options);
        self.options(&oneof.options, &[]);
        let full_name = join(message, &oneof.name.text);
        self.note(full_name, oneof.span.start, &oneof.comments);
        let mut fields = Vec::new();
        for field in &oneof.fields {
            match self.one_of(message, field) {
                Some(field) => fields.push(field),
                None => reserve(&mut into.reserved, field.number, &field.name),
            }
        }
        // If all its fields were left out, there is nothing to choose from. One that is written without is an error later.
        if !fields.is_empty() || oneof.fields.is_empty() {
            into.members.push(model::Member::OneOf(model::OneOf {
                name: oneof.name.text.clone(),
                comment: comment(&oneof.comments),
                fields,
            }));
        }
        self.features = outer;
    }

    /// A field of a oneof.
    fn one_of(&mut self, message: &str, field: &Field) -> Option<model::Field<Type>> {
        let features = self.features(&field.options);
        let ty = self.value_type(message, field, features)?;
        self.named(message, field, ty)
    }

    fn field(&mut self, message: &str, field: &Field) -> Option<model::Field> {
        let features = self.features(&field.options);
        let ty = match &field.ty {
            ast::FieldType::Map(key, value) => {
                if field.label.is_some() {
                    self.error(field.span.start, "a map has no label");
                }
                let key = self.map_key(key);
                let value = self.named_type(message, value);
                FieldType::Map(key?, value?)
            }
            _ => {
                let ty = self.value_type(message, field, features)?;
                self.labelled(field, ty, features)
            }
        };
        self.named(message, field, ty)
    }

    fn named<T>(&mut self, message: &str, field: &Field, ty: T) -> Option<model::Field<T>> {
        self.note(
            join(message, &field.name.text),
            field.span.start,
            &field.comments,
        );
        self.field_options(field);
        let number = match numbers::check(field.number.value) {
            Ok(number) => number,
            Err(error) => {
                self.error(field.number.span.start, error.to_string());
                return None;
            }
        };
        Some(model::Field {
            name: field.name.text.clone(),
            number,
            comment: comment(&field.comments),
            deprecated: self.deprecated(&field.options),
            ty,
            origin: None,
        })
    }

    /// The type of one value, unless it can't be carried over, which is said.
    fn value_type(&mut self, message: &str, field: &Field, features: Features) -> Option<Type> {
        match &field.ty {
            ast::FieldType::Named(name) => {
                let ty = self.named_type(message, name)?;
                if features.delimited && matches!(ty, Type::Message(_)) {
                    self.no_group(field);
                    return None;
                }
                Some(ty)
            }
            ast::FieldType::Group(_) => {
                self.no_group(field);
                None
            }
            // The grammar has said that there are no maps here.
            ast::FieldType::Map(..) => None,
        }
    }

    fn no_group(&mut self, field: &Field) {
        let message = format!(
            "the group `{}` has no place: its number and name are reserved now",
            field.name.text
        );
        self.leave_out(field.span.start, message);
    }

    fn named_type(&mut self, scope: &str, name: &Name) -> Option<Type> {
        match scalar(&name.text) {
            Some(scalar) => Some(Type::Scalar(scalar)),
            None => self.ty(scope, name),
        }
    }

    fn map_key(&mut self, key: &Name) -> Option<Scalar> {
        let scalar = scalar(&key.text);
        if scalar.is_none() {
            let message = format!(
                "`{}` can't be the type of a map's keys: they are whole numbers, `bool` or `string`",
                key.text
            );
            self.error(key.span.start, message);
        }
        scalar
    }

    fn labelled(&mut self, field: &Field, ty: Type, features: Features) -> FieldType {
        let is_message = matches!(ty, Type::Message(_));
        let syntax = self.file.syntax;
        let presence = match (field.label, syntax) {
            (Some(Label::Repeated), _) => {
                let packed = self.flag(&field.options, PACKED).unwrap_or(features.packed);
                return match ty.is_packable() && !packed {
                    true => FieldType::Unpacked(ty),
                    false => FieldType::Repeated(ty),
                };
            }
            (None, Syntax::Proto2) => {
                let mut message = "expected a label: proto2 has `optional`, `required` or `repeated` before each type"
                    .to_owned();
                if self.file.syntax_span.is_none() {
                    message += "\nhelp: a file of proto3 begins with `syntax = \"proto3\";`";
                }
                self.error(field.span.start, message);
                return FieldType::Singular(ty);
            }
            (Some(Label::Required), Syntax::Proto3) => {
                let message = "proto3 has no `required`: remove it";
                self.error(field.span.start, message);
                return FieldType::Singular(ty);
            }
            (Some(Label::Optional), Syntax::Proto3) => return FieldType::Optional(ty),
            (Some(_), Syntax::Edition2023 | Syntax::Edition2024) => {
                let message = "editions have no labels but `repeated`: write `[features.field_presence = …]` instead";
                self.error(field.span.start, message);
                return FieldType::Singular(ty);
            }
            (Some(Label::Required), Syntax::Proto2) => Presence::Required,
            (Some(Label::Optional), Syntax::Proto2) => Presence::Explicit,
            (None, _) => features.presence,
        };
        if presence == Presence::Required {
            let message = format!(
                "`{}` isn't required any more: nobody but the code can insist on it",
                field.name.text
            );
            self.leave_out(field.span.start, message);
        }
        match presence {
            Presence::Implicit => FieldType::Singular(ty),
            // The presence of a message is always explicit.
            _ if is_message => FieldType::Singular(ty),
            _ => FieldType::Optional(ty),
        }
    }

    fn field_options(&mut self, field: &Field) {
        let json_name = names::json(&field.name.text);
        let unchanged: Vec<_> = field
            .options
            .iter()
            .filter(|option| {
                let same =
                    matches!(&option.value, Value::String(name) if *name == json_name.as_bytes());
                !(same && option.path() == JSON_NAME)
            })
            .cloned()
            .collect();
        self.options(&unchanged, &[DEPRECATED, PACKED]);
    }

    /// Says of extensions that they are left out.
    pub(super) fn extend(&mut self, extend: &Extend) {
        let message = format!("the extensions of `{}` have no place", extend.target.text);
        self.leave_out(extend.span.start, message);
    }
}

/// Keeps what was a field from being another one.
fn reserve(reserved: &mut model::Reserved, number: ast::Number, name: &Name) {
    let Ok(number) = numbers::check(number.value) else {
        return; // That is an error.
    };
    let number = number as i32; // It is at most `numbers::MAX`.
    reserved.numbers.push(number..=number);
    // A group's field has the name of its message, in small letters.
    reserved.names.push(name.text.to_ascii_lowercase());
}

fn scalar(word: &str) -> Option<Scalar> {
    let scalar = SCALARS
        .iter()
        .find(|scalar| symbols::scalar(**scalar) == word);
    scalar.copied()
}

const SCALARS: &[Scalar] = &[
    Scalar::String,
    Scalar::Int32,
    Scalar::Int64,
    Scalar::Bool,
    Scalar::Bytes,
    Scalar::Uint32,
    Scalar::Uint64,
    Scalar::Double,
    Scalar::Float,
    Scalar::Sint32,
    Scalar::Sint64,
    Scalar::Fixed32,
    Scalar::Fixed64,
    Scalar::Sfixed32,
    Scalar::Sfixed64,
];
const PACKED: &str = "packed";
const JSON_NAME: &str = "json_name";
