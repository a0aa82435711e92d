//! `google.protobuf.*`, and Rust's types that stand for them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use expect_test::{Expect, expect};
use traitwire::well_known::{
    BoolValue, BytesValue, DoubleValue, FieldMask, FloatValue, Int32Value, Int64Value, ListValue,
    StringValue, Struct, Timestamp, UInt32Value, UInt64Value, Value,
};
use traitwire::{Message, codec, schema::Member, well_known};

use crate::support::{check_decode, check_encode, encode};

#[derive(Debug, PartialEq, Message)]
struct Times {
    #[proto(1)]
    at: SystemTime,
    #[proto(2)]
    maybe_at: Option<SystemTime>,
    #[proto(3)]
    all: Vec<SystemTime>,
    #[proto(4)]
    term: Duration,
    #[proto(5)]
    maybe_term: Option<Duration>,
}

/// A time of the form `seconds.nanos`, and what becomes of it.
#[track_caller]
fn time(seconds: i64, nanos: i32, expect: Expect) {
    let timestamp = Timestamp { seconds, nanos };
    expect.assert_eq(&match SystemTime::try_from(timestamp) {
        Ok(time) => {
            assert_eq!(Timestamp::try_from(time), Ok(timestamp), "there and back");
            match time.duration_since(UNIX_EPOCH) {
                Ok(since) => format!("{since:?}"),
                Err(error) => format!("-{:?}", error.duration()),
            }
        }
        Err(error) => format!("error: {error}"),
    });
}

#[track_caller]
fn duration(seconds: i64, nanos: i32, expect: Expect) {
    let duration = well_known::Duration { seconds, nanos };
    expect.assert_eq(&match Duration::try_from(duration) {
        Ok(std) => {
            assert_eq!(
                well_known::Duration::try_from(std),
                Ok(duration),
                "there and back"
            );
            format!("{std:?}")
        }
        Err(error) => format!("error: {error}"),
    });
}

#[test]
fn times_reach_from_year_1_to_year_9999() {
    time(0, 0, expect!["0ns"]);
    time(1, 500_000_000, expect!["1.5s"]);
    time(-1, 0, expect!["-1s"]);
    time(-1, 750_000_000, expect!["-250ms"]);
    time(-62_135_596_800, 0, expect!["-62135596800s"]);
    time(
        253_402_300_799,
        999_999_999,
        expect!["253402300799.999999999s"],
    );
    time(
        -62_135_596_801,
        999_999_999,
        expect!["error: a timestamp of -62135596801 seconds lies outside of the years 1 to 9999"],
    );
    time(
        253_402_300_800,
        0,
        expect!["error: a timestamp of 253402300800 seconds lies outside of the years 1 to 9999"],
    );
    time(
        i64::MIN,
        0,
        expect![
            "error: a timestamp of -9223372036854775808 seconds lies outside of the years 1 to 9999"
        ],
    );
    time(
        i64::MAX,
        0,
        expect![
            "error: a timestamp of 9223372036854775807 seconds lies outside of the years 1 to 9999"
        ],
    );
}

#[test]
fn nanoseconds_are_part_of_a_second() {
    time(
        0,
        1_000_000_000,
        expect!["error: a timestamp has 0 to 999999999 nanoseconds, and this one 1000000000"],
    );
    time(
        0,
        -1,
        expect!["error: a timestamp has 0 to 999999999 nanoseconds, and this one -1"],
    );
    time(
        0,
        i32::MIN,
        expect!["error: a timestamp has 0 to 999999999 nanoseconds, and this one -2147483648"],
    );
}

#[test]
fn durations_have_no_sign_in_rust_and_a_limit_in_protobuf() {
    duration(0, 0, expect!["0ns"]);
    duration(1, 1, expect!["1.000000001s"]);
    duration(
        315_576_000_000,
        999_999_999,
        expect!["315576000000.999999999s"],
    );
    duration(
        315_576_000_001,
        0,
        expect!["error: a duration has up to 315576000000 seconds, and this one 315576000001"],
    );
    duration(
        0,
        1_000_000_000,
        expect!["error: a duration has up to 999999999 nanoseconds, and this one 1000000000"],
    );
    duration(
        -1,
        0,
        expect!["error: a duration of -1 seconds and 0 nanoseconds is negative"],
    );
    duration(
        0,
        -1,
        expect!["error: a duration of 0 seconds and -1 nanoseconds is negative"],
    );
    duration(
        1,
        -1,
        expect!["error: a duration of 1 seconds and -1 nanoseconds has two signs"],
    );
    duration(
        i64::MIN,
        i32::MIN,
        expect![
            "error: a duration has up to 315576000000 seconds, and this one -9223372036854775808"
        ],
    );
}

#[test]
fn what_protobuf_cannot_say_is_refused() {
    let year_10000 = UNIX_EPOCH + Duration::from_secs(253_402_300_800);
    expect!["a timestamp of 253402300800 seconds lies outside of the years 1 to 9999"]
        .assert_eq(&Timestamp::try_from(year_10000).unwrap_err().to_string());
    let year_0 = UNIX_EPOCH - Duration::new(62_135_596_800, 1);
    expect!["a timestamp of -62135596801 seconds lies outside of the years 1 to 9999"]
        .assert_eq(&Timestamp::try_from(year_0).unwrap_err().to_string());
    expect!["a duration has up to 315576000000 seconds, and this one 9223372036854775807"]
        .assert_eq(
            &well_known::Duration::try_from(Duration::MAX)
                .unwrap_err()
                .to_string(),
        );
}

/// Whoever encodes can't fail, so it is the reader who learns of it.
#[test]
fn what_protobuf_cannot_say_is_refused_where_it_is_read() {
    let year_10000 = UNIX_EPOCH + Duration::from_secs(253_402_300_800);
    let times = Times {
        at: year_10000,
        maybe_at: None,
        all: vec![],
        term: Duration::ZERO,
        maybe_term: None,
    };
    let error = codec::decode::<Times>(&*encode(&times)).unwrap_err();
    expect!["failed to decode Protobuf message: Times.at: a timestamp of 253402300800 seconds lies outside of the years 1 to 9999"]
        .assert_eq(&error.to_string());
    let times = Times {
        at: UNIX_EPOCH,
        term: Duration::MAX,
        ..times
    };
    let error = codec::decode::<Times>(&*encode(&times)).unwrap_err();
    expect!["failed to decode Protobuf message: Times.term: a duration has up to 315576000000 seconds, and this one 9223372036854775807"]
        .assert_eq(&error.to_string());
}

#[test]
fn rusts_times_are_fields() {
    let times = Times {
        at: UNIX_EPOCH - Duration::from_millis(1),
        maybe_at: Some(UNIX_EPOCH),
        all: vec![UNIX_EPOCH + Duration::from_secs(1)],
        term: Duration::from_millis(1500),
        maybe_term: None,
    };
    check_encode(
        &times,
        expect![
            "0a 11 08 ff ff ff ff ff ff ff ff ff 01 10 c0 8f ae dc 03 12 00 1a 02 08 01 22 08 08 01 10 80 ca b5 ee 01"
        ],
    );
    check_decode::<Times>(
        "",
        expect![
            "Times { at: SystemTime { tv_sec: 0, tv_nsec: 0 }, maybe_at: None, all: [], term: 0ns, maybe_term: None }"
        ],
    );
}

#[test]
fn a_time_in_two_parts_is_merged() {
    check_decode::<Times>(
        "0a 02 08 05  0a 02 10 06",
        expect![
            "Times { at: SystemTime { tv_sec: 5, tv_nsec: 6 }, maybe_at: None, all: [], term: 0ns, maybe_term: None }"
        ],
    );
}

#[test]
fn a_time_that_rust_cannot_hold_is_refused() {
    check_decode::<Times>(
        "0a 08 10 80 94 eb dc 03 08 01",
        expect![
            "error: failed to decode Protobuf message: Times.at: a timestamp has 0 to 999999999 nanoseconds, and this one 1000000000"
        ],
    );
    check_decode::<Times>(
        "0a 0a 08 ff ff ff ff ff ff ff ff 7f",
        expect![
            "error: failed to decode Protobuf message: Times.at: a timestamp of 9223372036854775807 seconds lies outside of the years 1 to 9999"
        ],
    );
    check_decode::<Times>(
        "2a 0b 08 ff ff ff ff ff ff ff ff ff 01",
        expect![
            "error: failed to decode Protobuf message: Times.maybe_term: a duration of -1 seconds and 0 nanoseconds is negative"
        ],
    );
}

#[test]
fn wrappers_hold_a_scalar() {
    check_encode(
        &DoubleValue { value: 1.0 },
        expect!["09 00 00 00 00 00 00 f0 3f"],
    );
    check_encode(&FloatValue { value: 1.0 }, expect!["0d 00 00 80 3f"]);
    check_encode(
        &Int64Value { value: -1 },
        expect!["08 ff ff ff ff ff ff ff ff ff 01"],
    );
    check_encode(&UInt64Value { value: 1 }, expect!["08 01"]);
    check_encode(
        &Int32Value { value: -1 },
        expect!["08 ff ff ff ff ff ff ff ff ff 01"],
    );
    check_encode(&UInt32Value { value: 1 }, expect!["08 01"]);
    check_encode(&BoolValue { value: true }, expect!["08 01"]);
    check_encode(&StringValue::from("a".to_owned()), expect!["0a 01 61"]);
    check_encode(
        &BytesValue {
            value: vec![1].into(),
        },
        expect!["0a 01 01"],
    );
    check_encode(
        &FieldMask::from_iter(["a", "b.c"]),
        expect!["0a 01 61 0a 03 62 2e 63"],
    );
    check_encode(&(), expect![]);
}

#[test]
fn they_are_what_the_schema_says_they_are() {
    use traitwire::schema::{
        FieldDescriptor, FieldType, MessageDescriptor, ValueType, well_known as theirs,
    };

    fn outline_field(field: &FieldDescriptor) -> String {
        let value = |ty| match ty {
            ValueType::Scalar(scalar) => format!("{scalar:?}"),
            ValueType::Message(message) => message.full_name(""),
            ValueType::Enum(item) => item.name.to_owned(),
        };
        let ty = match (field.ty)() {
            FieldType::Singular(ty) | FieldType::Optional(ty) => value(ty),
            FieldType::Repeated(ty) => format!("repeated {}", value(ty)),
            FieldType::Unpacked(ty) => format!("unpacked {}", value(ty)),
            FieldType::Map(key, ty) => format!("map of {key:?} to {}", value(ty)),
        };
        format!("{ty} {} = {}", field.name, field.number)
    }

    fn outline(descriptor: &MessageDescriptor) -> String {
        let MessageDescriptor {
            name,
            package,
            file,
            ..
        } = descriptor;
        let fields = descriptor.members.iter().map(|member| match member {
            Member::Field(field) => outline_field(field),
            Member::OneOf { name, oneof, .. } => {
                let variants: Vec<_> = oneof().variants.iter().map(outline_field).collect();
                format!("oneof {name}: {variants:?}")
            }
        });
        let fields: Vec<_> = fields.collect();
        format!("{package:?} {name} in {file:?}: {fields:?}")
    }

    let pairs: [(&MessageDescriptor, &MessageDescriptor); 16] = [
        (<()>::DESCRIPTOR, &theirs::EMPTY),
        (Timestamp::DESCRIPTOR, &theirs::TIMESTAMP),
        (well_known::Duration::DESCRIPTOR, &theirs::DURATION),
        (FieldMask::DESCRIPTOR, &theirs::FIELD_MASK),
        (DoubleValue::DESCRIPTOR, &theirs::DOUBLE_VALUE),
        (FloatValue::DESCRIPTOR, &theirs::FLOAT_VALUE),
        (Int64Value::DESCRIPTOR, &theirs::INT64_VALUE),
        (UInt64Value::DESCRIPTOR, &theirs::UINT64_VALUE),
        (Int32Value::DESCRIPTOR, &theirs::INT32_VALUE),
        (UInt32Value::DESCRIPTOR, &theirs::UINT32_VALUE),
        (BoolValue::DESCRIPTOR, &theirs::BOOL_VALUE),
        (StringValue::DESCRIPTOR, &theirs::STRING_VALUE),
        (BytesValue::DESCRIPTOR, &theirs::BYTES_VALUE),
        (Struct::DESCRIPTOR, &theirs::STRUCT),
        (Value::DESCRIPTOR, &theirs::VALUE),
        (ListValue::DESCRIPTOR, &theirs::LIST_VALUE),
    ];
    for (ours, theirs) in pairs {
        assert_eq!(outline(ours), outline(theirs));
        assert!(!ours.doc.is_empty(), "{}", ours.name);
    }
}
