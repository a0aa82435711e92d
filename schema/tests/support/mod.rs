//! Short ways to write models.

#![allow(dead_code, reason = "each test program uses some of it")]

use traitwire_schema::model::{
    Enum, EnumValue, Field, FieldType, File, Member, Message, Method, OneOf, Service, Type,
};
use traitwire_schema::{Idempotency, MethodKind, Scalar, Schema};

pub(crate) const INT32: Type = Type::Scalar(Scalar::Int32);
pub(crate) const STRING: Type = Type::Scalar(Scalar::String);

/// A schema of one file in the package `test`.
#[track_caller]
pub(crate) fn schema(change: impl FnOnce(&mut File)) -> Schema {
    let mut file = file("test.proto", "test");
    change(&mut file);
    Schema::new(vec![file]).unwrap_or_else(|errors| panic!("{errors}"))
}

pub(crate) fn file(path: &str, package: &str) -> File {
    File {
        path: path.to_owned(),
        package: package.to_owned(),
        ..File::default()
    }
}

pub(crate) fn message(name: &str, members: impl IntoIterator<Item = Member>) -> Message {
    Message {
        name: name.to_owned(),
        members: members.into_iter().collect(),
        ..Message::default()
    }
}

pub(crate) fn field(name: &str, number: u32, ty: FieldType) -> Member {
    Member::Field(Field {
        name: name.to_owned(),
        number,
        comment: String::new(),
        deprecated: false,
        ty,
        origin: None,
    })
}

pub(crate) fn singular(name: &str, number: u32, ty: Type) -> Member {
    field(name, number, FieldType::Singular(ty))
}

pub(crate) fn a(name: &str) -> Type {
    Type::Message(name.to_owned())
}

pub(crate) fn commented(comment: &str, mut member: Member) -> Member {
    match &mut member {
        Member::Field(field) => comment.clone_into(&mut field.comment),
        Member::OneOf(oneof) => comment.clone_into(&mut oneof.comment),
    }
    member
}

pub(crate) fn oneof(
    name: &str,
    fields: impl IntoIterator<Item = (&'static str, u32, Type)>,
) -> Member {
    let field = |(name, number, ty): (&str, u32, Type)| Field {
        name: name.to_owned(),
        number,
        comment: String::new(),
        deprecated: false,
        ty,
        origin: None,
    };
    Member::OneOf(OneOf {
        name: name.to_owned(),
        fields: fields.into_iter().map(field).collect(),
        ..OneOf::default()
    })
}

pub(crate) fn enumeration(
    name: &str,
    values: impl IntoIterator<Item = (&'static str, i32)>,
) -> Enum {
    let value = |(name, number): (&str, i32)| EnumValue {
        name: name.to_owned(),
        number,
        ..EnumValue::default()
    };
    Enum {
        name: name.to_owned(),
        values: values.into_iter().map(value).collect(),
        ..Enum::default()
    }
}

pub(crate) fn service(name: &str, methods: impl IntoIterator<Item = Method>) -> Service {
    Service {
        name: name.to_owned(),
        methods: methods.into_iter().collect(),
        ..Service::default()
    }
}

pub(crate) fn method(name: &str, kind: MethodKind, request: &str, response: &str) -> Method {
    Method {
        name: name.to_owned(),
        comment: String::new(),
        deprecated: false,
        idempotency: Idempotency::Unknown,
        kind,
        request: request.to_owned(),
        response: response.to_owned(),
        origin: None,
    }
}
