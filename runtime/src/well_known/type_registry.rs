//! Messages by name, for those in an [`Any`].

use std::any::Any as Anything;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use bytes::{Bytes, BytesMut};
use prost::DecodeError;
use traitwire_schema::{
    FieldDescriptor, FieldType, Member, MessageDescriptor, ServiceDescriptor, ValueType,
};

use super::any::assert_named;
use super::{
    Any, BoolValue, BytesValue, DoubleValue, Duration, FieldMask, FloatValue, Int32Value,
    Int64Value, ListValue, StringValue, Struct, Timestamp, UInt32Value, UInt64Value, UnpackError,
    Value,
};
#[cfg(feature = "json")]
use crate::codec::json::AnyType;
use crate::codec::{self, Message};

/// The messages that an [`Any`] may hold, by name: what it takes to look into one without knowing what to expect.
///
/// It knows those of [`well_known`](super) from the start, and every other one from when it is told of it. Clones share
/// what they know until one of them is told more.
///
/// ```
/// use traitwire::Message;
/// use traitwire::well_known::{Any, Timestamp, TypeRegistry};
///
/// #[derive(Debug, PartialEq, Message)]
/// #[proto(package = "lighthouse.v1")]
/// struct Flash {
///     #[proto(1)]
///     seconds: u32,
/// }
///
/// let registry = TypeRegistry::new().with::<Flash>();
///
/// let message = registry.unpack(&Any::pack(&Flash { seconds: 3 }))?;
/// assert_eq!(message.descriptor().name, "Flash");
/// if let Some(flash) = message.downcast_ref::<Flash>() {
///     assert_eq!(flash.seconds, 3);
/// }
/// assert!(registry.unpack(&Any::pack(&Timestamp::now())).is_ok());
/// # Ok::<_, traitwire::well_known::UnpackError>(())
/// ```
///
/// With the feature `json`, `json::WriteOptions` and `json::ReadOptions` take one, for what is in an `Any` in JSON.
#[derive(Clone)]
pub struct TypeRegistry {
    types: Arc<BTreeMap<String, MessageType>>,
}

impl TypeRegistry {
    /// One that knows the messages of `google.protobuf`.
    pub fn new() -> Self {
        Self::well_known().clone()
    }

    /// The one that knows no others.
    pub(crate) fn well_known() -> &'static Self {
        static WELL_KNOWN: LazyLock<TypeRegistry> = LazyLock::new(TypeRegistry::of_well_known);
        &WELL_KNOWN
    }

    fn of_well_known() -> Self {
        let registry = Self {
            types: Arc::default(),
        };
        registry
            .with::<()>()
            .with::<Any>()
            .with::<Duration>()
            .with::<FieldMask>()
            .with::<Timestamp>()
            .with::<Struct>()
            .with::<Value>()
            .with::<ListValue>()
            .with::<DoubleValue>()
            .with::<FloatValue>()
            .with::<Int64Value>()
            .with::<UInt64Value>()
            .with::<Int32Value>()
            .with::<UInt32Value>()
            .with::<BoolValue>()
            .with::<StringValue>()
            .with::<BytesValue>()
    }

    /// Adds a message that names its package, `#[proto(package = "lighthouse.v1")]`. One that doesn't is a compile error.
    #[must_use]
    pub fn with<M: Message>(self) -> Self {
        const { assert_named::<M>() }
        self.with_in::<M>("")
    }

    /// Adds a message that lives in `package`, unless it names another one: that of the service that uses it.
    #[must_use]
    pub fn with_in<M: Message>(mut self, package: &str) -> Self {
        let name = M::DESCRIPTOR.full_name(package);
        Arc::make_mut(&mut self.types).insert(name, MessageType::of::<M>());
        self
    }

    /// Adds all messages of these services, by what their traits say: requests, responses, details of errors, and whatever
    /// is within them. The name of a trait is that of its service, too, as in [`protos!`](crate::protos).
    ///
    /// ```
    /// use traitwire::{Message, Status, grpc_service, well_known::TypeRegistry};
    ///
    /// #[derive(Message)]
    /// struct Flash {
    ///     #[proto(1)]
    ///     colour: Vec<Colour>,
    /// }
    ///
    /// #[derive(Message)]
    /// struct Colour;
    ///
    /// #[grpc_service(package = "lighthouse.v1")]
    /// trait Lamp {
    ///     async fn flash(&self, flash: Flash) -> Result<(), Status>;
    /// }
    ///
    /// let registry = TypeRegistry::of_services(&[Lamp]);
    /// assert!(registry.get("lighthouse.v1.Colour").is_some());
    /// ```
    #[must_use]
    pub fn with_services(mut self, services: &[&'static ServiceDescriptor]) -> Self {
        let mut types = BTreeMap::new();
        for method in services.iter().flat_map(|service| service.methods) {
            let package = method.package();
            reach(&mut types, (method.request)(), package);
            reach(&mut types, (method.response)(), package);
            for variant in (method.error)()
                .into_iter()
                .flat_map(|error| error.variants)
            {
                reach(&mut types, (variant.detail)(), package);
            }
        }
        Arc::make_mut(&mut self.types).extend(types);
        self
    }

    /// One that knows the messages of these services, and those of `google.protobuf`: see
    /// [`with_services`](Self::with_services).
    pub fn of_services(services: &[&'static ServiceDescriptor]) -> Self {
        Self::new().with_services(services)
    }

    /// The message of a full name, `lighthouse.v1.Flash`, or of what stands in [`Any::type_url`].
    pub fn get(&self, name: &str) -> Option<MessageType> {
        let name = name.rsplit('/').next().unwrap_or_default();
        self.types.get(name).copied()
    }

    /// Reads what is in `any`, whatever it is.
    ///
    /// # Errors
    ///
    /// If the message isn't known here, or the bytes are none.
    pub fn unpack(&self, any: &Any) -> Result<Box<dyn DynMessage>, UnpackError> {
        match self.get(any.name()) {
            Some(message) => message
                .decode(any.value.clone())
                .map_err(UnpackError::Decode),
            None => Err(UnpackError::UnknownType(any.type_url.clone())),
        }
    }

    /// The full names of all messages, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.types.keys().map(String::as_str)
    }
}

/// Adds a message that `package` refers to, and those in it.
fn reach(
    types: &mut BTreeMap<String, MessageType>,
    message: &'static MessageDescriptor,
    package: &str,
) {
    let Some(message_type) = message.message_type else {
        return;
    };
    let message_type = message_type().downcast_ref::<MessageType>();
    let message_type = *message_type.expect("our derive has put it there");
    if types
        .insert(message.full_name(package), message_type)
        .is_some()
    {
        return;
    }
    let mut outermost = message;
    while let Some(outer) = outermost.nested_in {
        outermost = outer();
        reach(types, outermost, package);
    }
    let package = outermost.package.unwrap_or(package);
    for member in message.members {
        match member {
            Member::Field(field) => reach_field(types, field, package),
            Member::OneOf { oneof, .. } => {
                for variant in oneof().variants {
                    reach_field(types, variant, package);
                }
            }
        }
    }
}

fn reach_field(types: &mut BTreeMap<String, MessageType>, field: &FieldDescriptor, package: &str) {
    let (FieldType::Singular(value)
    | FieldType::Optional(value)
    | FieldType::Repeated(value)
    | FieldType::Unpacked(value)
    | FieldType::Map(_, value)) = (field.ty)();
    if let ValueType::Message(message) = value {
        reach(types, message, package);
    }
}

impl Default for TypeRegistry {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TypeRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

/// What a [`TypeRegistry`] knows of a message.
#[derive(Clone, Copy)]
pub struct MessageType {
    descriptor: &'static MessageDescriptor,
    decode: fn(Bytes) -> Result<Box<dyn DynMessage>, DecodeError>,
    #[cfg(feature = "json")]
    pub(crate) json: AnyType,
}

impl MessageType {
    /// That of `M`.
    pub const fn of<M: Message>() -> Self {
        Self {
            descriptor: M::DESCRIPTOR,
            decode: |bytes| Ok(Box::new(codec::decode::<M>(bytes)?)),
            #[cfg(feature = "json")]
            json: AnyType::of::<M>(),
        }
    }

    /// What the message looks like in protobuf.
    pub fn descriptor(self) -> &'static MessageDescriptor {
        self.descriptor
    }

    /// Reads a message that takes up all of `bytes`.
    ///
    /// # Errors
    ///
    /// Those of [`codec::decode`].
    pub fn decode(self, bytes: impl Into<Bytes>) -> Result<Box<dyn DynMessage>, DecodeError> {
        (self.decode)(bytes.into())
    }
}

/// What descriptors have of a message, for those who have nothing but them.
pub fn message_type<M: Message>() -> &'static (dyn Anything + Send + Sync) {
    const { &MessageType::of::<M>() }
}

impl fmt::Debug for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MessageType")
            .field(&self.descriptor.rust_name)
            .finish()
    }
}

/// A [`Message`] of whatever type, which every one is.
pub trait DynMessage: Anything + Send + Sync {
    /// What the message looks like in protobuf.
    fn descriptor(&self) -> &'static MessageDescriptor;

    /// The encoded message.
    fn encode_to_bytes(&self) -> Bytes;
}

impl<M: Message> DynMessage for M {
    fn descriptor(&self) -> &'static MessageDescriptor {
        M::DESCRIPTOR
    }

    fn encode_to_bytes(&self) -> Bytes {
        let mut encoded = BytesMut::new();
        codec::encode_into(self, &mut encoded);
        encoded.freeze()
    }
}

impl dyn DynMessage {
    /// Whether the message is an `M`.
    pub fn is<M: Message>(&self) -> bool {
        let anything: &dyn Anything = self;
        anything.is::<M>()
    }

    /// The message, if it is an `M`.
    pub fn downcast_ref<M: Message>(&self) -> Option<&M> {
        let anything: &dyn Anything = self;
        anything.downcast_ref()
    }

    /// The message, if it is an `M`, to be changed.
    pub fn downcast_mut<M: Message>(&mut self) -> Option<&mut M> {
        let anything: &mut dyn Anything = self;
        anything.downcast_mut()
    }

    /// The message, if it is an `M`.
    ///
    /// # Errors
    ///
    /// With the same message, if it isn't.
    pub fn downcast<M: Message>(self: Box<Self>) -> Result<Box<M>, Box<Self>> {
        if !self.is::<M>() {
            return Err(self);
        }
        let anything: Box<dyn Anything> = self;
        Ok(anything.downcast().expect("it was asked"))
    }
}

impl fmt::Debug for dyn DynMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DynMessage")
            .field(&self.descriptor().rust_name)
            .finish()
    }
}
