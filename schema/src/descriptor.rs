//! What the macros say about a type: constants that the code of a type carries with it.
//!
//! Everything here is `'static` and can be built in a `const`. Types refer to each other through functions, so that
//! recursive messages are possible. [`Schema::collect`](crate::Schema::collect) follows these references from services
//! and yields the files that protobuf knows.

use std::any::Any;

/// A gRPC service, as `#[grpc_service]` describes it.
#[derive(Debug)]
pub struct ServiceDescriptor {
    /// The name on the wire without the package: `RouteGuide`.
    pub name: &'static str,
    /// The protobuf package: `routeguide`; empty for none.
    pub package: &'static str,
    /// The file the service is exported to, if it isn't the one named after the package: `route_guide.proto`.
    pub file: Option<&'static str>,
    /// The doc comment, without the comment signs; lines are separated by `\n`, one leading space is gone.
    pub doc: &'static str,
    /// Whether the trait says `deprecated`.
    pub deprecated: bool,
    /// Where the trait stands: `examples/route-guide/src/lib.rs:12`.
    pub location: &'static str,
    /// The methods in the order of the trait.
    pub methods: &'static [MethodDescriptor],
}

impl ServiceDescriptor {
    /// The name with the package: `routeguide.RouteGuide`.
    pub fn full_name(&self) -> String {
        if self.package.is_empty() {
            self.name.to_owned()
        } else {
            format!("{}.{}", self.package, self.name)
        }
    }
}

/// One RPC of a service.
#[derive(Debug)]
pub struct MethodDescriptor {
    /// The name on the wire: `GetFeature`.
    pub name: &'static str,
    /// The HTTP path: `/routeguide.RouteGuide/GetFeature`.
    pub path: &'static str,
    /// Which sides stream.
    pub kind: MethodKind,
    /// What a client may assume when it calls twice.
    pub idempotency: Idempotency,
    /// The doc comment; see [`ServiceDescriptor::doc`].
    pub doc: &'static str,
    /// Whether the method is `deprecated`.
    pub deprecated: bool,
    /// The line in the file of the trait; 0 if that isn't known.
    pub line: u32,
    /// Whether the handler takes a `Context`.
    pub takes_context: bool,
    /// Whether the handler goes on when nobody waits for its answer any more.
    pub detached: bool,
    /// The longest request message that is taken and sent, in bytes, where the method says so.
    pub max_request_len: Option<u32>,
    /// The longest response message, likewise.
    pub max_response_len: Option<u32>,
    /// The message that the client sends.
    pub request: fn() -> &'static MessageDescriptor,
    /// The message that the server sends.
    pub response: fn() -> &'static MessageDescriptor,
    /// What it fails with, where that is more than a status.
    pub error: fn() -> Option<&'static ErrorDescriptor>,
}

impl MethodDescriptor {
    /// The package of the service: `routeguide`; empty for none.
    pub fn package(&self) -> &'static str {
        let service = self
            .path
            .rsplit_once('/')
            .map_or("", |(service, _)| service);
        let name = service.trim_start_matches('/');
        name.rsplit_once('.').map_or("", |(package, _)| package)
    }
}

/// The error of a method, as `#[derive(GrpcError)]` describes it.
#[derive(Debug)]
pub struct ErrorDescriptor {
    /// What is known to go wrong, in the order of the enum.
    pub variants: &'static [ErrorVariant],
}

/// One thing that goes wrong.
#[derive(Debug)]
pub struct ErrorVariant {
    /// The name of the status's code: `NOT_FOUND`.
    pub code: &'static str,
    /// The message in the details of the status.
    pub detail: fn() -> &'static MessageDescriptor,
}

/// The four kinds of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MethodKind {
    /// One request, one response.
    Unary,
    /// A stream of requests, one response.
    ClientStreaming,
    /// One request, a stream of responses.
    ServerStreaming,
    /// A stream each way, independent of each other.
    BidiStreaming,
}

impl MethodKind {
    /// Whether the client sends a stream of messages.
    pub const fn client_streams(self) -> bool {
        matches!(self, Self::ClientStreaming | Self::BidiStreaming)
    }

    /// Whether the server sends a stream of messages.
    pub const fn server_streams(self) -> bool {
        matches!(self, Self::ServerStreaming | Self::BidiStreaming)
    }
}

/// `google.protobuf.MethodOptions.IdempotencyLevel`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Idempotency {
    /// Nothing is promised.
    #[default]
    Unknown,
    /// The method changes nothing.
    NoSideEffects,
    /// Calling twice has the effect of calling once.
    Idempotent,
}

/// A message, as `#[derive(Message)]` describes it.
#[derive(Debug)]
pub struct MessageDescriptor {
    /// The name without package and enclosing messages: `Point`.
    pub name: &'static str,
    /// The package the type itself names; without one it lives in the package of the service that uses it.
    pub package: Option<&'static str>,
    /// The file that declares the message, when that isn't ours to export: `google/protobuf/empty.proto`.
    pub file: Option<&'static str>,
    /// The Rust type, for messages to the programmer: `route_guide::Point`.
    pub rust_name: &'static str,
    /// Where the type stands: `examples/route-guide/src/lib.rs:12`.
    pub location: &'static str,
    /// The doc comment; see [`ServiceDescriptor::doc`].
    pub doc: &'static str,
    /// Whether the type says `deprecated`.
    pub deprecated: bool,
    /// The message that this one is declared in.
    pub nested_in: Option<fn() -> &'static MessageDescriptor>,
    /// Numbers and names that may not be used again.
    pub reserved: &'static [Reserved],
    /// Fields and oneofs in the order of the struct.
    pub members: &'static [Member],
    /// What the runtime can do with the Rust type; `None` where there is none.
    pub message_type: Option<fn() -> &'static (dyn Any + Send + Sync)>,
}

impl MessageDescriptor {
    /// The name with package and enclosing messages: `routeguide.Point`. A message that names no package lives in that of
    /// who uses it, which is `package`.
    pub fn full_name(&self, package: &str) -> String {
        let outer = match self.nested_in {
            Some(outer) => outer().full_name(package),
            None => self.package.unwrap_or(package).to_owned(),
        };
        if outer.is_empty() {
            self.name.to_owned()
        } else {
            format!("{outer}.{}", self.name)
        }
    }
}

/// A field of a message, or a oneof in it.
#[derive(Debug)]
pub enum Member {
    /// A field with a number of its own.
    Field(FieldDescriptor),
    /// A oneof, whose variants have the numbers.
    OneOf {
        /// The name of the oneof in the message: `kind`.
        name: &'static str,
        /// The doc comment on the field; see [`ServiceDescriptor::doc`].
        doc: &'static str,
        /// The variants.
        oneof: fn() -> &'static OneOfDescriptor,
    },
}

/// A field, or a variant of a oneof.
#[derive(Debug)]
pub struct FieldDescriptor {
    /// The name in protobuf: `latitude`.
    pub name: &'static str,
    /// The field's number.
    pub number: u32,
    /// The doc comment; see [`ServiceDescriptor::doc`].
    pub doc: &'static str,
    /// Whether the field is `deprecated`.
    pub deprecated: bool,
    /// The line in the file of the message, or of the oneof; 0 if that isn't known.
    pub line: u32,
    /// What the field's Rust type is in protobuf.
    pub ty: fn() -> FieldType,
}

/// How often a value stands in a field, and of which type it is.
#[derive(Clone, Copy, Debug)]
pub enum FieldType {
    /// Implicit presence: a scalar's zero is not sent. Messages use it too, where presence is always explicit.
    Singular(ValueType),
    /// Explicit presence (`optional`).
    Optional(ValueType),
    /// Any number of values, packed where protobuf packs.
    Repeated(ValueType),
    /// Any number of values, each behind a key of its own.
    Unpacked(ValueType),
    /// A map; protobuf allows integers, `bool` and `string` as keys.
    Map(Scalar, ValueType),
}

/// The type of one value.
#[derive(Clone, Copy, Debug)]
pub enum ValueType {
    /// A scalar.
    Scalar(Scalar),
    /// A message.
    Message(&'static MessageDescriptor),
    /// An enum.
    Enum(&'static EnumDescriptor),
}

/// protobuf's scalar types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are protobuf's")]
pub enum Scalar {
    Double,
    Float,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Sint64,
    Fixed32,
    Fixed64,
    Sfixed32,
    Sfixed64,
    Bool,
    String,
    Bytes,
}

/// A oneof, as `#[derive(OneOf)]` describes it. Its name is given by the message that holds it.
#[derive(Debug)]
pub struct OneOfDescriptor {
    /// The Rust type, for messages to the programmer.
    pub rust_name: &'static str,
    /// Where the type stands.
    pub location: &'static str,
    /// The doc comment on the enum; see [`ServiceDescriptor::doc`].
    pub doc: &'static str,
    /// The variants. Their type is always [`FieldType::Singular`].
    pub variants: &'static [FieldDescriptor],
}

/// An enum, as `#[derive(Enumeration)]` describes it.
#[derive(Debug)]
pub struct EnumDescriptor {
    /// The name without package and enclosing messages: `Corpus`.
    pub name: &'static str,
    /// See [`MessageDescriptor::package`].
    pub package: Option<&'static str>,
    /// See [`MessageDescriptor::file`].
    pub file: Option<&'static str>,
    /// The Rust type, for messages to the programmer.
    pub rust_name: &'static str,
    /// Where the type stands.
    pub location: &'static str,
    /// The doc comment; see [`ServiceDescriptor::doc`].
    pub doc: &'static str,
    /// Whether the type says `deprecated`.
    pub deprecated: bool,
    /// The message that this enum is declared in.
    pub nested_in: Option<fn() -> &'static MessageDescriptor>,
    /// Numbers and names that may not be used again.
    pub reserved: &'static [Reserved],
    /// Whether some values have the same number on purpose.
    pub allow_alias: bool,
    /// The values in the order of the Rust enum, each followed by its aliases; the first one is zero.
    pub values: &'static [EnumValueDescriptor],
}

/// A value of an enum.
#[derive(Debug)]
pub struct EnumValueDescriptor {
    /// The name in protobuf: `CORPUS_WEB`.
    pub name: &'static str,
    /// The number on the wire.
    pub number: i32,
    /// The doc comment; see [`ServiceDescriptor::doc`].
    pub doc: &'static str,
    /// Whether the value is `deprecated`.
    pub deprecated: bool,
    /// The line in the file of the enum; 0 if that isn't known.
    pub line: u32,
}

/// What `reserved` in a message or enum names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// Numbers from the first to the second, both included.
    Numbers(i32, i32),
    /// A name.
    Name(&'static str),
}
