//! The types of `google/protobuf/*.proto`, in Rust.

/// The path of the Rust type for a message or enum, by its full name; `()` for `google.protobuf.Empty`.
///
/// Times are those of `std`: what they can't hold, such as a negative duration, is an error for who reads it.
pub(super) fn path(full_name: &str) -> Option<&'static str> {
    let name = full_name.strip_prefix("google.protobuf.")?;
    let found = TYPES.iter().find(|(known, _)| *known == name);
    found.map(|(_, path)| *path)
}

const TYPES: &[(&str, &str)] = &[
    ("Any", "traitwire::well_known::Any"),
    ("BoolValue", "traitwire::well_known::BoolValue"),
    ("BytesValue", "traitwire::well_known::BytesValue"),
    ("DoubleValue", "traitwire::well_known::DoubleValue"),
    ("Duration", "std::time::Duration"),
    ("Empty", EMPTY),
    ("FieldMask", "traitwire::well_known::FieldMask"),
    ("FloatValue", "traitwire::well_known::FloatValue"),
    ("Int32Value", "traitwire::well_known::Int32Value"),
    ("Int64Value", "traitwire::well_known::Int64Value"),
    ("ListValue", "traitwire::well_known::ListValue"),
    ("NullValue", "traitwire::well_known::NullValue"),
    ("StringValue", "traitwire::well_known::StringValue"),
    ("Struct", "traitwire::well_known::Struct"),
    ("Timestamp", "std::time::SystemTime"),
    ("UInt32Value", "traitwire::well_known::UInt32Value"),
    ("UInt64Value", "traitwire::well_known::UInt64Value"),
    ("Value", "traitwire::well_known::Value"),
];

pub(super) const EMPTY: &str = "()";
