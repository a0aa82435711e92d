//! Declarations as one line of `.proto`, with what is around them.

use super::change::{FieldIn, MethodIn};
use crate::show;

pub(super) use crate::show::{field_type, idempotency, value};

/// `optional int32 latitude = 1`
pub(super) fn field(field: &FieldIn<'_>) -> String {
    let text = show::field(&field.field, &field.message.file.package);
    match field.oneof {
        Some(oneof) => format!("oneof {} {{ {text} }}", oneof.name),
        None => text,
    }
}

/// `rpc ListFeatures(Rectangle) returns (stream Feature)`
pub(super) fn method(method: &MethodIn<'_>) -> String {
    show::method(method.method, &method.service.file.package)
}
