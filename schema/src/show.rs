//! Declarations as one line of `.proto`, for people to read. Types of `package` are named without it.

use crate::descriptor::Idempotency;
use crate::model::{EnumValue, Field, FieldType, Method, Type};
use crate::symbols::scalar;

/// `optional int32 latitude = 1`
pub fn field(field: &Field, package: &str) -> String {
    let ty = field_type(&field.ty, package);
    format!("{ty} {} = {}", field.name, field.number)
}

/// `oneof kind { string name = 1 }`
pub fn oneof_field(oneof: &str, field: &Field<Type>, package: &str) -> String {
    let ty = ty(&field.ty, package);
    format!("oneof {oneof} {{ {ty} {} = {} }}", field.name, field.number)
}

/// `rpc ListFeatures(Rectangle) returns (stream Feature)`
pub fn method(method: &Method, package: &str) -> String {
    let side = |streams: bool, message: &str| {
        let stream = if streams { "stream " } else { "" };
        format!("({stream}{})", name(message, package))
    };
    let request = side(method.kind.client_streams(), &method.request);
    let response = side(method.kind.server_streams(), &method.response);
    format!("rpc {}{request} returns {response}", method.name)
}

/// `CORPUS_WEB = 1`
pub fn value(value: &EnumValue) -> String {
    format!("{} = {}", value.name, value.number)
}

/// `option idempotency_level = IDEMPOTENT`
pub fn idempotency(idempotency: Idempotency) -> String {
    let level = match idempotency {
        Idempotency::Unknown => "IDEMPOTENCY_UNKNOWN",
        Idempotency::NoSideEffects => "NO_SIDE_EFFECTS",
        Idempotency::Idempotent => "IDEMPOTENT",
    };
    format!("option idempotency_level = {level}")
}

/// A field's type: `map<string, Feature>`.
pub fn field_type(field: &FieldType, package: &str) -> String {
    match field {
        FieldType::Singular(value) => ty(value, package),
        FieldType::Optional(value) => format!("optional {}", ty(value, package)),
        FieldType::Repeated(value) | FieldType::Unpacked(value) => {
            format!("repeated {}", ty(value, package))
        }
        FieldType::Map(key, value) => format!("map<{}, {}>", scalar(*key), ty(value, package)),
    }
}

/// A value's type: `int32`.
pub fn ty(ty: &Type, package: &str) -> String {
    match ty {
        Type::Scalar(ty) => scalar(*ty).to_owned(),
        Type::Message(full_name) | Type::Enum(full_name) => name(full_name, package).to_owned(),
    }
}

/// A type's name.
fn name<'a>(full_name: &'a str, package: &str) -> &'a str {
    let rest = full_name.strip_prefix(package);
    let inside = rest.and_then(|rest| rest.strip_prefix('.'));
    inside.unwrap_or(full_name)
}
