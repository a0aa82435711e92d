//! Messages made from an exported file alone.

use prost::Message as _;
use prost_reflect::{
    DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MapKey, MessageDescriptor,
    ReflectMessage as _, Value,
};

/// A message in which whatever may be there is there or not, as the bytes of `entropy` say.
pub(super) fn message(descriptor: &MessageDescriptor, entropy: &mut Entropy<'_>) -> DynamicMessage {
    let message = filled(descriptor, entropy, &mut Vec::new());
    // What was set to zero is equal to what was never set only after that.
    let read = DynamicMessage::decode(descriptor.clone(), &message.encode_to_vec()[..]);
    read.expect("it was written by the same hand")
}

/// Makes decisions of bytes; where none are left, the shortest ones. Proptest finds fewer bytes for what fails.
pub(super) struct Entropy<'a>(pub(super) &'a [u8]);

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

    /// One of so many.
    fn below(&mut self, count: usize) -> usize {
        usize::from(self.byte()) % count
    }

    fn eight(&mut self) -> [u8; 8] {
        std::array::from_fn(|_| self.byte())
    }

    /// Numbers of all lengths, and those at the ends.
    fn number(&mut self) -> u64 {
        match self.byte() {
            0 => 0,
            1 => u64::MAX,
            2 => 1 << 63,
            3 => 1 << 31,
            4 => u64::from(u32::MAX),
            shift => u64::from_le_bytes(self.eight()) >> (shift % 64),
        }
    }

    /// Not NaN, which nothing is equal to.
    fn float(&mut self) -> f64 {
        const SOME: [f64; 8] = [
            0.0,
            -0.0,
            1.5,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::MAX,
            f64::MIN_POSITIVE,
            1e-7,
        ];
        let number = f64::from_bits(self.number());
        if number.is_nan() || self.byte().is_multiple_of(2) {
            SOME[self.below(SOME.len())]
        } else {
            number
        }
    }

    fn text(&mut self) -> String {
        const SOME: [&str; 8] = ["a", "ß", "言", "🦀", "\"", "\\", "\n", "\0"];
        let len = self.below(6);
        (0..len).map(|_| SOME[self.below(SOME.len())]).collect()
    }

    fn bytes(&mut self) -> Vec<u8> {
        let len = self.below(6);
        (0..len).map(|_| self.byte()).collect()
    }
}

/// `around` has the messages that this one is in.
fn filled(
    descriptor: &MessageDescriptor,
    entropy: &mut Entropy<'_>,
    around: &mut Vec<String>,
) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    match descriptor.full_name() {
        "google.protobuf.Timestamp" => moment(&mut message, MOMENTS, entropy),
        // Rust's own durations have no sign.
        "google.protobuf.Duration" => moment(&mut message, 0..315_576_000_000, entropy),
        "google.protobuf.FieldMask" => paths(&mut message, entropy),
        "google.protobuf.Any" => any(&mut message, entropy),
        name => {
            around.push(name.to_owned());
            for field in descriptor.fields() {
                if entropy.below(4) != 3 && may_be_set(&message, &field, around) {
                    let value = field_value(&field, entropy, around);
                    message.set_field(&field, value);
                }
            }
            around.pop();
        }
    }
    message
}

/// One variant of each oneof, and no message within itself for ever.
fn may_be_set(message: &DynamicMessage, field: &FieldDescriptor, around: &[String]) -> bool {
    let one_of = field.containing_oneof();
    let is_taken =
        one_of.is_some_and(|one_of| one_of.fields().any(|field| message.has_field(&field)));
    let goes_on = match field.kind() {
        Kind::Message(inner) => {
            around
                .iter()
                .filter(|name| *name == inner.full_name())
                .count()
                < 2
        }
        _ => true,
    };
    !is_taken && goes_on
}

fn field_value(
    field: &FieldDescriptor,
    entropy: &mut Entropy<'_>,
    around: &mut Vec<String>,
) -> Value {
    if field.is_map() {
        let Kind::Message(entry) = field.kind() else {
            unreachable!("the entries of a map are messages");
        };
        let (key, value) = (entry.map_entry_key_field(), entry.map_entry_value_field());
        let entries = (0..entropy.below(4)).map(|_| {
            let key = map_key(&key.kind(), entropy);
            (key, single_value(&value.kind(), entropy, around))
        });
        Value::Map(entries.collect())
    } else if field.is_list() {
        let items = (0..entropy.below(4)).map(|_| single_value(&field.kind(), entropy, around));
        Value::List(items.collect())
    } else {
        single_value(&field.kind(), entropy, around)
    }
}

fn single_value(kind: &Kind, entropy: &mut Entropy<'_>, around: &mut Vec<String>) -> Value {
    match kind {
        Kind::Double => Value::F64(entropy.float()),
        Kind::Float => Value::F32(entropy.float() as f32),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(entropy.number() as i32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(entropy.number() as i64),
        Kind::Uint32 | Kind::Fixed32 => Value::U32(entropy.number() as u32),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(entropy.number()),
        Kind::Bool => Value::Bool(entropy.byte() % 2 == 1),
        Kind::String => Value::String(entropy.text()),
        Kind::Bytes => Value::Bytes(entropy.bytes().into()),
        Kind::Message(inner) => Value::Message(filled(inner, entropy, around)),
        Kind::Enum(kind) => Value::EnumNumber(enum_number(kind, entropy)),
    }
}

/// A number that has a name: what becomes of others is not for the file to say.
fn enum_number(kind: &EnumDescriptor, entropy: &mut Entropy<'_>) -> i32 {
    let count = kind.values().len();
    let value = kind.values().nth(entropy.below(count));
    value.map_or(0, |value| value.number())
}

fn map_key(kind: &Kind, entropy: &mut Entropy<'_>) -> MapKey {
    match kind {
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => MapKey::I32(entropy.number() as i32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => MapKey::I64(entropy.number() as i64),
        Kind::Uint32 | Kind::Fixed32 => MapKey::U32(entropy.number() as u32),
        Kind::Uint64 | Kind::Fixed64 => MapKey::U64(entropy.number()),
        Kind::Bool => MapKey::Bool(entropy.byte() % 2 == 1),
        Kind::String => MapKey::String(entropy.text()),
        other => unreachable!("protobuf has no maps by {other:?}"),
    }
}

fn moment(message: &mut DynamicMessage, seconds: std::ops::Range<i64>, entropy: &mut Entropy<'_>) {
    let span = (seconds.end - seconds.start) as u64;
    let seconds = seconds.start + (entropy.number() % span) as i64;
    let nanos = (entropy.number() % 1_000_000_000) as i32;
    message.set_field_by_name("seconds", Value::I64(seconds));
    message.set_field_by_name("nanos", Value::I32(nanos));
}

/// Those that JSON can say.
fn paths(message: &mut DynamicMessage, entropy: &mut Entropy<'_>) {
    const SOME: [&str; 3] = ["name", "display_name", "at.latitude"];
    let paths = (0..entropy.below(4)).map(|_| Value::String(SOME[entropy.below(3)].to_owned()));
    let paths = Value::List(paths.collect());
    message.set_field_by_name("paths", paths);
}

/// A message that everybody knows.
fn any(message: &mut DynamicMessage, entropy: &mut Entropy<'_>) {
    let pool = message.descriptor().parent_pool().clone();
    if let Some(timestamp) = pool.get_message_by_name("google.protobuf.Timestamp") {
        let value = filled(&timestamp, entropy, &mut Vec::new());
        let value = value.encode_to_vec();
        let url = "type.googleapis.com/google.protobuf.Timestamp".to_owned();
        message.set_field_by_name("type_url", Value::String(url));
        message.set_field_by_name("value", Value::Bytes(value.into()));
    }
}

/// From the year 1 to the year 9999, in seconds since 1970.
const MOMENTS: std::ops::Range<i64> = -62_135_596_800..253_402_300_800;
