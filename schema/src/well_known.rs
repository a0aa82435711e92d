//! The messages of `google/protobuf/*.proto` that everybody has: imported, never exported.
//!
//! Rust types that stand for one of them name its descriptor as theirs. A file that is imported is in a descriptor set
//! as a whole, so that the set has no loose ends; that is why there are more messages here than Rust types use.

use crate::descriptor::{
    EnumDescriptor, EnumValueDescriptor, FieldDescriptor, FieldType, Member, MessageDescriptor,
    OneOfDescriptor, Scalar, ValueType,
};

/// `google.protobuf.Any`.
pub static ANY: MessageDescriptor = message(
    "Any",
    "google/protobuf/any.proto",
    &[
        field("type_url", 1, || {
            FieldType::Singular(ValueType::Scalar(Scalar::String))
        }),
        field("value", 2, || {
            FieldType::Singular(ValueType::Scalar(Scalar::Bytes))
        }),
    ],
);

/// `google.protobuf.Duration`.
pub static DURATION: MessageDescriptor = message(
    "Duration",
    "google/protobuf/duration.proto",
    &[
        field("seconds", 1, || {
            FieldType::Singular(ValueType::Scalar(Scalar::Int64))
        }),
        field("nanos", 2, || {
            FieldType::Singular(ValueType::Scalar(Scalar::Int32))
        }),
    ],
);

/// `google.protobuf.Empty`.
pub static EMPTY: MessageDescriptor = message("Empty", "google/protobuf/empty.proto", &[]);

/// `google.protobuf.FieldMask`.
pub static FIELD_MASK: MessageDescriptor = message(
    "FieldMask",
    "google/protobuf/field_mask.proto",
    &[field("paths", 1, || {
        FieldType::Repeated(ValueType::Scalar(Scalar::String))
    })],
);

/// `google.protobuf.Timestamp`.
pub static TIMESTAMP: MessageDescriptor = message(
    "Timestamp",
    "google/protobuf/timestamp.proto",
    &[
        field("seconds", 1, || {
            FieldType::Singular(ValueType::Scalar(Scalar::Int64))
        }),
        field("nanos", 2, || {
            FieldType::Singular(ValueType::Scalar(Scalar::Int32))
        }),
    ],
);

/// `google.protobuf.Struct`.
pub static STRUCT: MessageDescriptor = message(
    "Struct",
    STRUCT_FILE,
    &[field("fields", 1, || {
        FieldType::Map(Scalar::String, ValueType::Message(&VALUE))
    })],
);

/// `google.protobuf.Value`.
pub static VALUE: MessageDescriptor = message(
    "Value",
    STRUCT_FILE,
    &[Member::OneOf {
        name: "kind",
        doc: "",
        oneof: || {
            static KIND: OneOfDescriptor = OneOfDescriptor {
                rust_name: "google::protobuf::Kind",
                location: STRUCT_FILE,
                doc: "",
                variants: &[
                    plain("null_value", 1, || {
                        FieldType::Singular(ValueType::Enum(&NULL_VALUE))
                    }),
                    plain("number_value", 2, || {
                        FieldType::Singular(ValueType::Scalar(Scalar::Double))
                    }),
                    plain("string_value", 3, || {
                        FieldType::Singular(ValueType::Scalar(Scalar::String))
                    }),
                    plain("bool_value", 4, || {
                        FieldType::Singular(ValueType::Scalar(Scalar::Bool))
                    }),
                    plain("struct_value", 5, || {
                        FieldType::Singular(ValueType::Message(&STRUCT))
                    }),
                    plain("list_value", 6, || {
                        FieldType::Singular(ValueType::Message(&LIST_VALUE))
                    }),
                ],
            };
            &KIND
        },
    }],
);

/// `google.protobuf.ListValue`.
pub static LIST_VALUE: MessageDescriptor = message(
    "ListValue",
    STRUCT_FILE,
    &[field("values", 1, || {
        FieldType::Repeated(ValueType::Message(&VALUE))
    })],
);

/// `google.protobuf.NullValue`.
pub static NULL_VALUE: EnumDescriptor = EnumDescriptor {
    name: "NullValue",
    package: Some(PACKAGE),
    file: Some(STRUCT_FILE),
    rust_name: "google::protobuf::NullValue",
    location: STRUCT_FILE,
    doc: "",
    deprecated: false,
    nested_in: None,
    reserved: &[],
    allow_alias: false,
    values: &[EnumValueDescriptor {
        name: "NULL_VALUE",
        number: 0,
        doc: "",
        deprecated: false,
        line: 0,
    }],
};

/// `google.protobuf.DoubleValue`.
pub static DOUBLE_VALUE: MessageDescriptor = message(
    "DoubleValue",
    WRAPPERS_FILE,
    &[field("value", 1, || {
        FieldType::Singular(ValueType::Scalar(Scalar::Double))
    })],
);

/// `google.protobuf.FloatValue`.
pub static FLOAT_VALUE: MessageDescriptor = message(
    "FloatValue",
    WRAPPERS_FILE,
    &[field("value", 1, || {
        FieldType::Singular(ValueType::Scalar(Scalar::Float))
    })],
);

/// `google.protobuf.Int64Value`.
pub static INT64_VALUE: MessageDescriptor = message(
    "Int64Value",
    WRAPPERS_FILE,
    &[field("value", 1, || {
        FieldType::Singular(ValueType::Scalar(Scalar::Int64))
    })],
);

/// `google.protobuf.UInt64Value`.
pub static UINT64_VALUE: MessageDescriptor = message(
    "UInt64Value",
    WRAPPERS_FILE,
    &[field("value", 1, || {
        FieldType::Singular(ValueType::Scalar(Scalar::Uint64))
    })],
);

/// `google.protobuf.Int32Value`.
pub static INT32_VALUE: MessageDescriptor = message(
    "Int32Value",
    WRAPPERS_FILE,
    &[field("value", 1, || {
        FieldType::Singular(ValueType::Scalar(Scalar::Int32))
    })],
);

/// `google.protobuf.UInt32Value`.
pub static UINT32_VALUE: MessageDescriptor = message(
    "UInt32Value",
    WRAPPERS_FILE,
    &[field("value", 1, || {
        FieldType::Singular(ValueType::Scalar(Scalar::Uint32))
    })],
);

/// `google.protobuf.BoolValue`.
pub static BOOL_VALUE: MessageDescriptor = message(
    "BoolValue",
    WRAPPERS_FILE,
    &[field("value", 1, || {
        FieldType::Singular(ValueType::Scalar(Scalar::Bool))
    })],
);

/// `google.protobuf.StringValue`.
pub static STRING_VALUE: MessageDescriptor = message(
    "StringValue",
    WRAPPERS_FILE,
    &[field("value", 1, || {
        FieldType::Singular(ValueType::Scalar(Scalar::String))
    })],
);

/// `google.protobuf.BytesValue`.
pub static BYTES_VALUE: MessageDescriptor = message(
    "BytesValue",
    WRAPPERS_FILE,
    &[field("value", 1, || {
        FieldType::Singular(ValueType::Scalar(Scalar::Bytes))
    })],
);

/// A file that everybody has.
pub(crate) struct WellKnownFile {
    pub(crate) path: &'static str,
    pub(crate) messages: &'static [&'static MessageDescriptor],
    pub(crate) enums: &'static [&'static EnumDescriptor],
}

/// The file with a path, if it is a well-known one.
pub(crate) fn file(path: &str) -> Option<&'static WellKnownFile> {
    FILES.iter().find(|file| file.path == path)
}

static FILES: &[WellKnownFile] = &[
    WellKnownFile {
        path: "google/protobuf/any.proto",
        messages: &[&ANY],
        enums: &[],
    },
    WellKnownFile {
        path: "google/protobuf/duration.proto",
        messages: &[&DURATION],
        enums: &[],
    },
    WellKnownFile {
        path: "google/protobuf/empty.proto",
        messages: &[&EMPTY],
        enums: &[],
    },
    WellKnownFile {
        path: "google/protobuf/field_mask.proto",
        messages: &[&FIELD_MASK],
        enums: &[],
    },
    WellKnownFile {
        path: STRUCT_FILE,
        messages: &[&STRUCT, &VALUE, &LIST_VALUE],
        enums: &[&NULL_VALUE],
    },
    WellKnownFile {
        path: "google/protobuf/timestamp.proto",
        messages: &[&TIMESTAMP],
        enums: &[],
    },
    WellKnownFile {
        path: WRAPPERS_FILE,
        messages: &[
            &DOUBLE_VALUE,
            &FLOAT_VALUE,
            &INT64_VALUE,
            &UINT64_VALUE,
            &INT32_VALUE,
            &UINT32_VALUE,
            &BOOL_VALUE,
            &STRING_VALUE,
            &BYTES_VALUE,
        ],
        enums: &[],
    },
];

const fn message(
    name: &'static str,
    file: &'static str,
    members: &'static [Member],
) -> MessageDescriptor {
    MessageDescriptor {
        name,
        package: Some(PACKAGE),
        file: Some(file),
        rust_name: "google::protobuf",
        location: file,
        doc: "",
        deprecated: false,
        nested_in: None,
        reserved: &[],
        members,
        message_type: None,
    }
}

const fn field(name: &'static str, number: u32, ty: fn() -> FieldType) -> Member {
    Member::Field(plain(name, number, ty))
}

const fn plain(name: &'static str, number: u32, ty: fn() -> FieldType) -> FieldDescriptor {
    FieldDescriptor {
        name,
        number,
        doc: "",
        deprecated: false,
        line: 0,
        ty,
    }
}

/// The package of all of them.
pub(crate) const PACKAGE: &str = "google.protobuf";
const STRUCT_FILE: &str = "google/protobuf/struct.proto";
const WRAPPERS_FILE: &str = "google/protobuf/wrappers.proto";
