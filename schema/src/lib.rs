//! The API as data: what traitwire's macros describe and its exports say.
//!
//! ```text
//! descriptor   constants that the macros emit            ┐
//! names        Rust to protobuf and back                 ├ what the macros use
//! numbers      which there are, which are taken          ┘
//! collect      descriptors -> Schema                     ┐
//! model        Schema: files, services, messages …       ├ what exports and reflection use
//! check        the rules of protoc, all at once          │
//! compat       what a change breaks, and for whom        │
//! print        Schema -> .proto text                     │
//! descriptor_set  Schema -> FileDescriptorSet            ┘
//! parse        .proto text -> syntax tree -> model       ┐ what import and the compatibility rules use
//! committed    the files of a crate, read back           ┘
//! show         a declaration as one line of .proto       ┐ what people are told
//! origins      where in Rust it comes from               ┘
//! ```
//!
//! Nothing here does input or output, and there are no dependencies: this crate stands at the start of every build.

mod check;
mod collect;
pub mod committed;
pub mod compat;
pub mod descriptor;
mod descriptor_set;
mod error;
pub mod model;
pub mod names;
pub mod numbers;
mod origins;
pub mod parse;
mod print;
mod proto;
pub mod show;
mod symbols;
pub mod well_known;
mod wire;

pub use collect::default_path;
pub use descriptor::{
    EnumDescriptor, EnumValueDescriptor, ErrorDescriptor, ErrorVariant, FieldDescriptor, FieldType,
    Idempotency, Member, MessageDescriptor, MethodDescriptor, MethodKind, OneOfDescriptor,
    Reserved, Scalar, ServiceDescriptor, ValueType,
};
pub use error::{Import, Place, Problem, SchemaError, SchemaErrors};
pub use model::Schema;
pub use origins::for_each_origin;
pub use print::ProtoFile;
pub use symbols::{Declaration, SymbolKind};
