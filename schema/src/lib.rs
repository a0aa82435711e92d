//! The API as data.

pub mod descriptor;
pub mod names;
pub mod numbers;

pub use descriptor::{
    EnumDescriptor, EnumValueDescriptor, FieldDescriptor, FieldType, Idempotency, Member,
    MessageDescriptor, MethodDescriptor, MethodKind, OneOfDescriptor, Reserved, Scalar,
    ServiceDescriptor, ValueType,
};
