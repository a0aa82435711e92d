//! The numbers of the fields in `google/protobuf/descriptor.proto`.
//!
//! They are needed twice: to encode descriptors, and for the paths in source code info that lead to a declaration.

pub(crate) mod set {
    pub(crate) const FILE: i32 = 1;
}

pub(crate) mod file {
    pub(crate) const NAME: i32 = 1;
    pub(crate) const PACKAGE: i32 = 2;
    pub(crate) const DEPENDENCY: i32 = 3;
    pub(crate) const MESSAGE_TYPE: i32 = 4;
    pub(crate) const ENUM_TYPE: i32 = 5;
    pub(crate) const SERVICE: i32 = 6;
    pub(crate) const SOURCE_CODE_INFO: i32 = 9;
    pub(crate) const SYNTAX: i32 = 12;
}

pub(crate) mod service {
    pub(crate) const NAME: i32 = 1;
    pub(crate) const METHOD: i32 = 2;
    pub(crate) const OPTIONS: i32 = 3;
    /// In `ServiceOptions`.
    pub(crate) const DEPRECATED: i32 = 33;
}

pub(crate) mod method {
    pub(crate) const NAME: i32 = 1;
    pub(crate) const INPUT_TYPE: i32 = 2;
    pub(crate) const OUTPUT_TYPE: i32 = 3;
    pub(crate) const OPTIONS: i32 = 4;
    pub(crate) const CLIENT_STREAMING: i32 = 5;
    pub(crate) const SERVER_STREAMING: i32 = 6;
    /// In `MethodOptions`.
    pub(crate) const DEPRECATED: i32 = 33;
    /// In `MethodOptions`.
    pub(crate) const IDEMPOTENCY_LEVEL: i32 = 34;
}

pub(crate) mod message {
    pub(crate) const NAME: i32 = 1;
    pub(crate) const FIELD: i32 = 2;
    pub(crate) const NESTED_TYPE: i32 = 3;
    pub(crate) const ENUM_TYPE: i32 = 4;
    pub(crate) const OPTIONS: i32 = 7;
    pub(crate) const ONEOF_DECL: i32 = 8;
    pub(crate) const RESERVED_RANGE: i32 = 9;
    pub(crate) const RESERVED_NAME: i32 = 10;
    /// In `MessageOptions`.
    pub(crate) const DEPRECATED: i32 = 3;
    /// In `MessageOptions`.
    pub(crate) const MAP_ENTRY: i32 = 7;
}

pub(crate) mod field {
    pub(crate) const NAME: i32 = 1;
    pub(crate) const NUMBER: i32 = 3;
    pub(crate) const LABEL: i32 = 4;
    pub(crate) const TYPE: i32 = 5;
    pub(crate) const TYPE_NAME: i32 = 6;
    pub(crate) const OPTIONS: i32 = 8;
    pub(crate) const ONEOF_INDEX: i32 = 9;
    pub(crate) const JSON_NAME: i32 = 10;
    pub(crate) const PROTO3_OPTIONAL: i32 = 17;
    /// In `FieldOptions`.
    pub(crate) const PACKED: i32 = 2;
    /// In `FieldOptions`.
    pub(crate) const DEPRECATED: i32 = 3;
}

pub(crate) mod oneof {
    pub(crate) const NAME: i32 = 1;
}

pub(crate) mod enumeration {
    pub(crate) const NAME: i32 = 1;
    pub(crate) const VALUE: i32 = 2;
    pub(crate) const OPTIONS: i32 = 3;
    pub(crate) const RESERVED_RANGE: i32 = 4;
    pub(crate) const RESERVED_NAME: i32 = 5;
    /// In `EnumOptions`.
    pub(crate) const ALLOW_ALIAS: i32 = 2;
    /// In `EnumOptions`.
    pub(crate) const DEPRECATED: i32 = 3;
}

pub(crate) mod enum_value {
    pub(crate) const NAME: i32 = 1;
    pub(crate) const NUMBER: i32 = 2;
    pub(crate) const OPTIONS: i32 = 3;
    /// In `EnumValueOptions`.
    pub(crate) const DEPRECATED: i32 = 1;
}

/// `ReservedRange` in a message and `EnumReservedRange` in an enum.
pub(crate) mod range {
    pub(crate) const START: i32 = 1;
    pub(crate) const END: i32 = 2;
}

/// `SourceCodeInfo` and its `Location`.
pub(crate) mod source {
    pub(crate) const LOCATION: i32 = 1;
    pub(crate) const PATH: i32 = 1;
    pub(crate) const SPAN: i32 = 2;
    pub(crate) const LEADING_COMMENTS: i32 = 3;
    pub(crate) const LEADING_DETACHED_COMMENTS: i32 = 6;
}
