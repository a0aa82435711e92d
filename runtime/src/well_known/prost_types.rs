//! The messages of `prost-types`, which hold the same as ours.

use super::{Any, Duration, FieldMask, Kind, ListValue, NullValue, Struct, Timestamp, Value};

/// Messages whose fields have the same names and types.
macro_rules! same {
    ($($name:ident { $($field:ident),* };)*) => {
        $(
            impl From<prost_types::$name> for $name {
                fn from(message: prost_types::$name) -> Self {
                    Self {
                        $($field: message.$field.into(),)*
                    }
                }
            }

            impl From<$name> for prost_types::$name {
                fn from(message: $name) -> Self {
                    Self {
                        $($field: message.$field.into(),)*
                    }
                }
            }
        )*
    };
}

same! {
    Any { type_url, value };
    Duration { seconds, nanos };
    FieldMask { paths };
    Timestamp { seconds, nanos };
}

impl From<prost_types::Struct> for Struct {
    fn from(message: prost_types::Struct) -> Self {
        message.fields.into_iter().collect()
    }
}

impl From<Struct> for prost_types::Struct {
    fn from(message: Struct) -> Self {
        let fields = message.into_iter();
        Self {
            fields: fields.map(|(name, value)| (name, value.into())).collect(),
        }
    }
}

impl From<prost_types::ListValue> for ListValue {
    fn from(message: prost_types::ListValue) -> Self {
        message.values.into_iter().collect()
    }
}

impl From<ListValue> for prost_types::ListValue {
    fn from(message: ListValue) -> Self {
        Self {
            values: message.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<prost_types::Value> for Value {
    fn from(message: prost_types::Value) -> Self {
        use prost_types::value::Kind as Theirs;

        let kind = message.kind.map(|kind| match kind {
            Theirs::NullValue(_) => Kind::Null(NullValue::Null),
            Theirs::NumberValue(number) => Kind::Number(number),
            Theirs::StringValue(text) => Kind::String(text),
            Theirs::BoolValue(value) => Kind::Bool(value),
            Theirs::StructValue(fields) => Kind::Struct(fields.into()),
            Theirs::ListValue(list) => Kind::List(list.into()),
        });
        Self { kind }
    }
}

impl From<Value> for prost_types::Value {
    fn from(message: Value) -> Self {
        use prost_types::value::Kind as Theirs;

        let kind = message.kind.map(|kind| match kind {
            Kind::Null(NullValue::Null) => Theirs::NullValue(0),
            Kind::Number(number) => Theirs::NumberValue(number),
            Kind::String(text) => Theirs::StringValue(text),
            Kind::Bool(value) => Theirs::BoolValue(value),
            Kind::Struct(fields) => Theirs::StructValue(fields.into()),
            Kind::List(list) => Theirs::ListValue(list.into()),
        });
        Self { kind }
    }
}

traitwire_macros::prost_message! {
    crate = crate;
    prost_types::Any = "google.protobuf.Any", file = "google/protobuf/any.proto";
    prost_types::Duration = "google.protobuf.Duration", file = "google/protobuf/duration.proto";
    prost_types::FieldMask = "google.protobuf.FieldMask", file = "google/protobuf/field_mask.proto";
    prost_types::ListValue = "google.protobuf.ListValue", file = "google/protobuf/struct.proto";
    prost_types::Struct = "google.protobuf.Struct", file = "google/protobuf/struct.proto";
    prost_types::Timestamp = "google.protobuf.Timestamp", file = "google/protobuf/timestamp.proto";
    prost_types::Value = "google.protobuf.Value", file = "google/protobuf/struct.proto";
}
