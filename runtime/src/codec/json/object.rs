//! Messages, which are objects.

use std::{fmt, marker::PhantomData};

use serde_core::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess, Visitor},
    ser::SerializeMap,
};
use traitwire_schema::{Member, MessageDescriptor, OneOfDescriptor};

use super::{
    JsonField, JsonFieldReader, JsonReading, JsonValue, JsonValueReader, JsonWriting,
    field::{NotNull, read_field},
    members::{JsonMember, KeyOf, KeySeed, Members},
    path::Segment,
    value::{AsValue, value_seed},
};
use crate::codec::{Fields, Message, OneOf};

/// Prints a message as an object.
pub fn write_object<M: Fields, S: Serializer>(
    message: &M,
    serializer: S,
    cx: JsonWriting<'_>,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    message.json_members(&mut JsonObject::new(&mut map, cx))?;
    map.end()
}

/// An object while it is printed.
#[derive(Debug)]
pub struct JsonObject<'a, S> {
    map: &'a mut S,
    cx: JsonWriting<'a>,
}

impl<'a, S: SerializeMap> JsonObject<'a, S> {
    pub(super) fn new(map: &'a mut S, cx: JsonWriting<'a>) -> Self {
        Self { map, cx }
    }

    /// Prints a field, if it is there. The names are that in JSON, and that in protobuf.
    pub fn field<F, C: JsonField<F>>(
        &mut self,
        names: [&'static str; 2],
        field: &F,
    ) -> Result<(), S::Error> {
        if !C::is_printed(field, self.cx) {
            return Ok(());
        }
        let value = AsField {
            field,
            cx: self.cx,
            codec: PhantomData::<C>,
        };
        self.entry(names, &value)
    }

    /// Prints the value of a variant, with the names of the variant.
    pub fn variant<T, C: JsonValue<T>>(
        &mut self,
        names: [&'static str; 2],
        value: &T,
    ) -> Result<(), S::Error> {
        self.entry(names, &AsValue::<T, C>::new(value, self.cx))
    }

    fn entry(
        &mut self,
        [json, original]: [&'static str; 2],
        value: &impl Serialize,
    ) -> Result<(), S::Error> {
        let name = if self.cx.options.original_names {
            original
        } else {
            json
        };
        let printed = self.map.serialize_entry(name, value);
        self.cx.locate(printed, || Segment::Field(original))
    }
}

/// A field that serde can print.
struct AsField<'a, F, C> {
    field: &'a F,
    cx: JsonWriting<'a>,
    codec: PhantomData<C>,
}

impl<F, C: JsonField<F>> Serialize for AsField<'_, F, C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        C::serialize(self.field, serializer, self.cx)
    }
}

/// Why a message isn't printed and read: its `Message` was written by hand.
#[cold]
pub(crate) fn not_derived<M: Fields>() -> String {
    let MessageDescriptor { rust_name, .. } = M::MESSAGE;
    format!("`{rust_name}` has no JSON mapping, since its `Message` isn't derived")
}

/// Why a oneof isn't printed and read: its `OneOf` was written by hand.
#[cold]
pub(crate) fn not_derived_one_of<O: OneOf>() -> String {
    let OneOfDescriptor { rust_name, .. } = O::DESCRIPTOR;
    format!("`{rust_name}` has no JSON mapping, since its `OneOf` isn't derived")
}

/// Reads a message, which is an object.
pub fn read_object<'de, M: Message, D: Deserializer<'de>>(
    deserializer: D,
    cx: JsonReading<'_>,
) -> Result<M, D::Error> {
    let mut message = M::empty();
    deserializer.deserialize_map(ObjectVisitor {
        message: &mut message,
        cx: cx.deeper()?,
    })?;
    Ok(message)
}

struct ObjectVisitor<'a, M> {
    message: &'a mut M,
    cx: JsonReading<'a>,
}

impl<'de, M: Message> Visitor<'de> for ObjectVisitor<'_, M> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object, which is a `{}`", M::DESCRIPTOR.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let Self { message, cx } = self;
        // Whose keys were there, and who has a value: those are two things where there is `null`.
        let mut keys = Members::default();
        let mut values = Members::default();
        let mut start = 0;
        loop {
            let key = KeySeed {
                descriptor: M::DESCRIPTOR,
                start,
            };
            let Some(key) = object.next_key_seed(key)? else {
                break;
            };
            let member = match key {
                KeyOf::Member(member) => member,
                KeyOf::Unknown(_) if cx.options.ignore_unknown => {
                    object.next_value::<IgnoredAny>()?;
                    continue;
                }
                KeyOf::Unknown(key) => {
                    let unknown = unknown_field::<M, A::Error>();
                    return cx.locate(Err(unknown), || Segment::Unknown(key));
                }
            };
            start = member.index + 1;
            let is_one_of = matches!(M::DESCRIPTOR.members[member.index], Member::OneOf { .. });
            let field = || Segment::Field(member.name);
            if !is_one_of && !keys.insert(member.index) {
                return cx.locate(Err(de::Error::custom("the field is there twice")), field);
            }
            let read = object.next_value_seed(MemberSeed {
                message: &mut *message,
                member,
                cx,
            });
            let has_value = cx.locate(read, field)?;
            if has_value && !values.insert(member.index) {
                return cx.locate(Err(second_variant::<M, A::Error>(member)), field);
            }
        }
        check_required::<M, A::Error>(&values)
            .or_else(|(name, error)| cx.locate(Err(error), || Segment::Field(name)))
    }
}

/// Refuses a message without a required field.
#[inline]
fn check_required<M: Message, E: de::Error>(values: &Members) -> Result<(), (&'static str, E)> {
    for required in M::REQUIRED {
        let has_number = |member: &Member| matches!(member, Member::Field(field) if field.number == required.number);
        let index = M::DESCRIPTOR.members.iter().position(has_number);
        if !index.is_some_and(|index| values.contains(index)) {
            let error = E::custom("the field is required, but absent");
            return Err((required.name, error));
        }
    }
    Ok(())
}

#[cold]
fn unknown_field<M: Message, E: de::Error>() -> E {
    E::custom(format_args!("`{}` has no such field", M::DESCRIPTOR.name))
}

#[cold]
fn second_variant<M: Message, E: de::Error>(member: JsonMember) -> E {
    match M::DESCRIPTOR.members[member.index] {
        Member::OneOf { name, .. } => E::custom(format_args!(
            "the oneof `{name}` has a value already, and takes only one"
        )),
        Member::Field(_) => E::custom("the field is there twice"),
    }
}

struct MemberSeed<'a, M> {
    message: &'a mut M,
    member: JsonMember,
    cx: JsonReading<'a>,
}

impl<'de, M: Message> DeserializeSeed<'de> for MemberSeed<'_, M> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        self.message.json_member(self.member, deserializer, self.cx)
    }
}

/// What derived code calls with what stands behind a name.
impl JsonReading<'_> {
    /// Reads a field, and returns whether there was a value.
    #[inline]
    pub fn field<'de, F, C: JsonFieldReader<F>, D: Deserializer<'de>>(
        self,
        field: &mut F,
        value: D,
    ) -> Result<bool, D::Error> {
        read_field::<F, C, D>(field, value, self)
    }

    /// Reads the value of a variant, and wraps it if there is one.
    pub fn variant<'de, T, C: JsonValueReader<T>, O, D: Deserializer<'de>>(
        self,
        value: D,
        wrap: impl FnOnce(T) -> O,
    ) -> Result<Option<O>, D::Error> {
        let value = if C::TAKES_NULL {
            C::deserialize(value, self)?
        } else {
            value.deserialize_option(NotNull(value_seed::<T, C>(self)))?
        };
        Ok(value.map(wrap))
    }

    /// For members that there aren't: nobody asks for them.
    #[cold]
    pub fn no_member<'de, T: Default, D: Deserializer<'de>>(self, value: D) -> Result<T, D::Error> {
        IgnoredAny::deserialize(value).map(|IgnoredAny| T::default())
    }
}
