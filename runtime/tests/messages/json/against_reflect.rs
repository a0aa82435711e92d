//! The same values through prost-reflect, whose JSON follows the `.proto` files that we export.

use std::sync::LazyLock;

use proptest::{collection, prelude::*};
use prost::Message as _;
use prost_reflect::{
    DescriptorPool, DeserializeOptions, DynamicMessage, MessageDescriptor, SerializeOptions,
};
use serde_json::Deserializer;
use traitwire::{
    Status, codec, grpc_service,
    json::{self, WriteOptions},
    schema::Schema,
    well_known::{Any, Duration, FieldMask, Kind, NullValue, Struct, Timestamp, Value},
};

use super::{AliasedEnum, All, ClosedEnum, Nested, NestedEnum, OneofField};

#[grpc_service(package = "json.test")]
trait Mapped {
    async fn all(&self, all: All) -> Result<All, Status>;
}

/// What prost-reflect makes of the exported file.
static DESCRIPTOR: LazyLock<MessageDescriptor> = LazyLock::new(|| {
    let schema = Schema::collect(&[Mapped]).unwrap();
    let pool = DescriptorPool::decode(&*schema.descriptor_set()).unwrap();
    pool.get_message_by_name("json.test.All").unwrap()
});

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(64)
    })]

    #[test]
    fn what_we_print_is_what_they_read(entropy in collection::vec(any::<u8>(), 0..1500)) {
        let message = Entropy(&entropy).all(2);
        for options in [
            WriteOptions::new(),
            WriteOptions::new().defaults().original_names(),
            WriteOptions::new().enum_numbers().pretty(),
        ] {
            let text = options.to_string(&message).unwrap();
            let mut deserializer = Deserializer::from_str(&text);
            let theirs = DynamicMessage::deserialize_with_options(
                DESCRIPTOR.clone(),
                &mut deserializer,
                &DeserializeOptions::new(),
            );
            let theirs = theirs.map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
            let read: All = codec::decode(&*theirs.encode_to_vec()).unwrap();
            prop_assert_eq!(printed(&read), printed(&message));
        }
    }

    #[test]
    fn what_they_print_is_what_we_read(entropy in collection::vec(any::<u8>(), 0..1500)) {
        let message = Entropy(&entropy).all(2);
        let encoded = message.encode_to_vec();
        let theirs = DynamicMessage::decode(DESCRIPTOR.clone(), &*encoded).unwrap();
        for options in [
            SerializeOptions::new(),
            SerializeOptions::new().skip_default_fields(false).use_proto_field_name(true),
            SerializeOptions::new().stringify_64_bit_integers(false).use_enum_numbers(true),
        ] {
            let mut text = Vec::new();
            let mut serializer = serde_json::Serializer::new(&mut text);
            theirs.serialize_with_options(&mut serializer, &options).unwrap();
            let read: All = json::from_slice(&text)
                .map_err(|error| TestCaseError::fail(format!("{error}\n{}", String::from_utf8_lossy(&text))))?;
            prop_assert_eq!(printed(&read), printed(&message));
        }
    }
}

/// By its text, since what isn't a number isn't equal to itself.
fn printed(message: &All) -> String {
    json::to_string(message).unwrap()
}

/// Bytes to make values of; when there are no more, all of them are zero.
struct Entropy<'a>(&'a [u8]);

impl Entropy<'_> {
    fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    fn bits(&mut self) -> u64 {
        match self.byte() % 4 {
            0 => 0,
            1 => self.byte().into(),
            _ => u64::from_be_bytes(std::array::from_fn(|_| self.byte())),
        }
    }

    fn text(&mut self) -> String {
        let len = self.byte() % 6;
        let char = |entropy: &mut Self| match entropy.byte() {
            byte if byte < 200 => char::from(byte),
            byte => char::from_u32(0x1_f600 + u32::from(byte)).unwrap_or('x'),
        };
        (0..len).map(|_| char(self)).collect()
    }

    fn name(&mut self) -> String {
        let len = self.byte() % 6;
        let rest = (0..len).map(|_| char::from(b'a' + self.byte() % 26));
        std::iter::once('n').chain(rest).collect()
    }

    fn bytes(&mut self) -> Vec<u8> {
        let len = self.byte() % 6;
        (0..len).map(|_| self.byte()).collect()
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.byte() % 2 == 1).then(|| make(self))
    }

    fn many<C: FromIterator<T>, T>(&mut self, mut make: impl FnMut(&mut Self) -> T) -> C {
        let len = self.byte() % 4;
        (0..len).map(|_| make(self)).collect()
    }

    fn nested_enum(&mut self) -> NestedEnum {
        match self.byte() % 4 {
            0 => NestedEnum::Foo,
            1 => NestedEnum::Bar,
            2 => NestedEnum::Neg,
            _ => NestedEnum::Other(i32::from(self.byte()) + 2),
        }
    }

    fn nested(&mut self, depth: u32) -> Nested {
        Nested {
            a: self.bits() as i32,
            corecursive: depth
                .checked_sub(1)
                .and_then(|depth| self.maybe(|entropy| Box::new(entropy.all(depth)))),
        }
    }

    fn duration(&mut self) -> Duration {
        let seconds = (self.bits() as i64) % 315_576_000_000;
        let nanos = (self.bits() % 1_000_000_000) as i32;
        let nanos = if seconds < 0 { -nanos } else { nanos };
        Duration { seconds, nanos }
    }

    fn timestamp(&mut self) -> Timestamp {
        Timestamp {
            seconds: (self.bits() as i64).rem_euclid(315_537_897_600) - 62_135_596_800,
            nanos: (self.bits() % 1_000_000_000) as i32,
        }
    }

    fn value(&mut self, depth: u32) -> Value {
        match self.byte() % 6 {
            0 => Value::NULL,
            1 => Kind::Bool(self.byte() % 2 == 1).into(),
            2 => Kind::Number(self.finite()).into(),
            3 => Kind::String(self.text()).into(),
            4 if depth > 0 => Kind::Struct(self.object(depth - 1)).into(),
            _ if depth > 0 => self.many(|entropy| entropy.value(depth - 1)),
            _ => Kind::Number(1.0).into(),
        }
    }

    /// A number for a `Value`, and for a wrapper: in those prost-reflect prints what isn't finite as null.
    fn finite(&mut self) -> f64 {
        let number = f64::from_bits(self.bits());
        if number.is_finite() { number } else { 0.5 }
    }

    fn narrow(&mut self) -> f32 {
        let number = f32::from_bits(self.bits() as u32);
        if number.is_finite() { number } else { 0.5 }
    }

    fn object(&mut self, depth: u32) -> Struct {
        self.many(|entropy| (entropy.text(), entropy.value(depth)))
    }

    fn one_of(&mut self, depth: u32) -> OneofField {
        match self.byte() % 8 {
            0 => OneofField::OneofUint32(self.bits() as u32),
            1 => OneofField::OneofNestedMessage(self.nested(depth)),
            2 => OneofField::OneofString(self.text()),
            3 => OneofField::OneofBytes(self.bytes()),
            4 => OneofField::OneofBool(self.byte() % 2 == 1),
            5 => OneofField::OneofEnum(self.nested_enum()),
            6 => OneofField::OneofNullValue(NullValue::Null),
            _ => OneofField::OneofNothing,
        }
    }

    fn all(&mut self, depth: u32) -> All {
        All {
            optional_int32: self.bits() as i32,
            optional_int64: self.bits() as i64,
            optional_uint32: self.bits() as u32,
            optional_uint64: self.bits(),
            optional_sint32: self.bits() as i32,
            optional_sint64: self.bits() as i64,
            optional_fixed32: self.bits() as u32,
            optional_fixed64: self.bits(),
            optional_sfixed32: self.bits() as i32,
            optional_sfixed64: self.bits() as i64,
            optional_float: f32::from_bits(self.bits() as u32),
            optional_double: f64::from_bits(self.bits()),
            optional_bool: self.byte() % 2 == 1,
            optional_string: self.text(),
            optional_bytes: self.bytes().into(),
            optional_nested_message: self.maybe(|entropy| entropy.nested(depth)),
            optional_nested_enum: self.nested_enum(),
            optional_aliased_enum: match self.byte() % 2 {
                0 => AliasedEnum::Foo,
                _ => AliasedEnum::Baz,
            },
            optional_closed_enum: self.maybe(|_| ClosedEnum::One),
            recursive_message: depth
                .checked_sub(1)
                .and_then(|depth| self.maybe(|entropy| Box::new(entropy.all(depth)))),
            repeated_int32: self.many(|entropy| entropy.bits() as i32),
            repeated_int64: self.many(|entropy| entropy.bits() as i64),
            repeated_float: self.many(|entropy| f32::from_bits(entropy.bits() as u32)),
            repeated_bool: self.many(|entropy| entropy.byte() % 2 == 1),
            repeated_string: self.many(Self::text),
            repeated_bytes: self.many(Self::bytes),
            repeated_nested_message: self.many(|entropy| entropy.nested(0)),
            repeated_nested_enum: self.many(Self::nested_enum),
            map_int32_int32: self.many(|entropy| (entropy.bits() as i32, entropy.bits() as i32)),
            map_int64_int64: self.many(|entropy| (entropy.bits() as i64, entropy.bits() as i64)),
            // One has no order.
            map_uint32_uint32: self
                .maybe(|entropy| (entropy.bits() as u32, 1))
                .into_iter()
                .collect(),
            map_uint64_sint64: self.many(|entropy| (entropy.bits(), entropy.bits() as i64)),
            map_bool_bool: self.many(|entropy| (entropy.byte() % 2 == 1, true)),
            map_string_string: self.many(|entropy| (entropy.text(), entropy.text())),
            map_string_nested_message: self.many(|entropy| (entropy.text(), entropy.nested(0))),
            map_string_nested_enum: self.many(|entropy| (entropy.text(), entropy.nested_enum())),
            proto3_optional_int32: self.maybe(|entropy| entropy.bits() as i32),
            proto3_optional_string: self.maybe(Self::text),
            oneof_field: self.maybe(|entropy| entropy.one_of(depth)),
            optional_bool_wrapper: self.maybe(|entropy| (entropy.byte() % 2 == 1).into()),
            optional_int32_wrapper: self.maybe(|entropy| (entropy.bits() as i32).into()),
            optional_int64_wrapper: self.maybe(|entropy| (entropy.bits() as i64).into()),
            optional_uint32_wrapper: self.maybe(|entropy| (entropy.bits() as u32).into()),
            optional_uint64_wrapper: self.maybe(|entropy| entropy.bits().into()),
            optional_float_wrapper: self.maybe(|entropy| entropy.narrow().into()),
            optional_double_wrapper: self.maybe(|entropy| entropy.finite().into()),
            optional_string_wrapper: self.maybe(|entropy| entropy.text().into()),
            optional_bytes_wrapper: self
                .maybe(|entropy| bytes::Bytes::from(entropy.bytes()).into()),
            repeated_bool_wrapper: self.many(|entropy| (entropy.byte() % 2 == 1).into()),
            optional_duration: self.maybe(Self::duration),
            optional_timestamp: self.maybe(Self::timestamp),
            optional_field_mask: self.maybe(|entropy| {
                entropy.many::<FieldMask, _>(|entropy| {
                    format!("{}.{}_{}", entropy.name(), entropy.name(), entropy.name())
                })
            }),
            optional_struct: self.maybe(|entropy| entropy.object(3)),
            optional_any: self.maybe(|entropy| match entropy.byte() % 2 {
                0 => Any::pack(&entropy.duration()),
                _ => Any::pack(&entropy.value(2)),
            }),
            optional_value: self.maybe(|entropy| entropy.value(3)),
            optional_null_value: NullValue::Null,
            optional_list_value: self.maybe(|entropy| entropy.many(|entropy| entropy.value(2))),
            optional_empty: self.maybe(|_| ()),
            repeated_duration: self.many(Self::duration),
            repeated_value: self.many(|entropy| entropy.value(1)),
            repeated_list_value: self.many(|entropy| entropy.many(|entropy| entropy.value(1))),
            map_string_value: self.many(|entropy| (entropy.text(), entropy.value(1))),
            fieldname1: self.bits() as i32,
            field_name2: self.bits() as i32,
            field_name3: self.bits() as i32,
            field_name4: self.bits() as i32,
            field_0_name6: self.bits() as i32,
            field_name8: self.bits() as i32,
            field_name11: self.bits() as i32,
            field_name13: self.bits() as i32,
        }
    }
}
