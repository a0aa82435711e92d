//! Types of other crates that stand for `google.protobuf.*`.

use std::fmt::{Debug, Display};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use expect_test::{Expect, expect};
use jiff::{SignedDuration, ZonedDateTime};
use proptest::prelude::*;
use traitwire::Message;
use traitwire::well_known::{
    Any, Duration, FieldMask, Kind, ListValue, NullValue, Struct, Timestamp, Value,
};

use crate::support::{check_decode, check_encode};

#[derive(Debug, PartialEq, Message)]
struct Times {
    #[proto(1)]
    at: DateTime<Utc>,
    #[proto(2)]
    maybe_at: Option<jiff::Timestamp>,
    #[proto(3)]
    laps: Vec<TimeDelta>,
    #[proto(4, required)]
    term: SignedDuration,
}

/// What becomes of a value of one type in the other one.
#[track_caller]
fn check<T, U: TryFrom<T, Error: Display> + Debug>(value: T, expect: Expect) {
    expect.assert_eq(&match U::try_from(value) {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("error: {error}"),
    });
}

#[test]
fn they_are_fields() {
    let times = Times {
        at: Utc.timestamp_opt(-1, 5).unwrap(),
        maybe_at: Some(jiff::Timestamp::new(0, -1).unwrap()),
        laps: vec![TimeDelta::milliseconds(-1500), TimeDelta::zero()],
        term: SignedDuration::new(1, 2),
    };
    check_encode(
        &times,
        expect![
            "0a 0d 08 ff ff ff ff ff ff ff ff ff 01 10 05 12 11 08 ff ff ff ff ff ff ff ff ff 01 10 ff 93 eb dc 03 1a 16 08 ff ff ff ff ff ff ff ff ff 01 10 80 b6 ca 91 fe ff ff ff ff 01 1a 00 22 04 08 01 10 02"
        ],
    );
    check_decode::<Times>(
        "22 00",
        expect!["Times { at: 1970-01-01T00:00:00Z, maybe_at: None, laps: [], term: 0s }"],
    );
    check_decode::<Times>(
        "22 00 0a 06 10 ff ff ff ff 0f",
        expect![
            "error: failed to decode Protobuf message: Times.at: a timestamp has 0 to 999999999 nanoseconds, and this one -1"
        ],
    );
    check_decode::<Times>(
        "22 00 12 07 08 ff 82 d1 ff af 07",
        expect![
            "error: failed to decode Protobuf message: Times.maybe_at: a timestamp of 253402300799 seconds lies further away than its Rust type can count"
        ],
    );
    check_decode::<Times>(
        "22 02 08 01  22 0b 10 ff ff ff ff ff ff ff ff ff 01",
        expect![
            "error: failed to decode Protobuf message: Times.term: a duration of 1 seconds and -1 nanoseconds has two signs"
        ],
    );
}

#[test]
fn chrono_reaches_further() {
    check::<_, DateTime<Utc>>(Timestamp::MIN, expect!["0001-01-01T00:00:00Z"]);
    check::<_, DateTime<Utc>>(Timestamp::MAX, expect!["9999-12-31T23:59:59.999999999Z"]);
    check::<_, DateTime<Utc>>(
        Timestamp {
            seconds: 0,
            nanos: -1,
        },
        expect!["error: a timestamp has 0 to 999999999 nanoseconds, and this one -1"],
    );
    check::<_, DateTime<Utc>>(
        Timestamp {
            seconds: i64::MAX,
            nanos: 0,
        },
        expect![
            "error: a timestamp of 9223372036854775807 seconds lies outside of the years 1 to 9999"
        ],
    );
    check::<_, Timestamp>(
        DateTime::<Utc>::MAX_UTC,
        expect!["error: a timestamp of 8210266876799 seconds lies outside of the years 1 to 9999"],
    );
    check::<_, Timestamp>(
        DateTime::<Utc>::MIN_UTC,
        expect!["error: a timestamp of -8334601228800 seconds lies outside of the years 1 to 9999"],
    );
    let before = Utc.with_ymd_and_hms(2016, 12, 31, 23, 59, 59).unwrap();
    let leap_second = DateTime::from_timestamp(before.timestamp(), 1_500_000_000).unwrap();
    expect!["2017-01-01T00:00:00.500Z"]
        .assert_eq(&Timestamp::try_from(leap_second).unwrap().to_string());
    let elsewhere = DateTime::parse_from_rfc3339("2024-02-29T12:00:00+02:00").unwrap();
    expect!["2024-02-29T10:00:00Z"].assert_eq(&Timestamp::try_from(elsewhere).unwrap().to_string());
    check::<_, TimeDelta>(
        Duration::MIN,
        expect!["TimeDelta { secs: -315576000001, nanos: 1 }"],
    );
    check::<_, TimeDelta>(
        Duration {
            seconds: 1,
            nanos: -1,
        },
        expect!["error: a duration of 1 seconds and -1 nanoseconds has two signs"],
    );
    check::<_, Duration>(
        TimeDelta::MAX,
        expect!["error: a duration has up to 315576000000 seconds, and this one 9223372036854775"],
    );
    check::<_, Duration>(
        TimeDelta::MIN,
        expect!["error: a duration has up to 315576000000 seconds, and this one -9223372036854775"],
    );
}

#[test]
fn jiff_ends_a_day_earlier() {
    check::<_, jiff::Timestamp>(Timestamp::MIN, expect!["0001-01-01T00:00:00Z"]);
    check::<_, jiff::Timestamp>(
        Timestamp::MAX,
        expect![
            "error: a timestamp of 253402300799 seconds lies further away than its Rust type can count"
        ],
    );
    check::<_, jiff::Timestamp>(
        Timestamp {
            seconds: 0,
            nanos: 1_000_000_000,
        },
        expect!["error: a timestamp has 0 to 999999999 nanoseconds, and this one 1000000000"],
    );
    check::<_, Timestamp>(
        jiff::Timestamp::MAX,
        expect!["Timestamp { seconds: 253402207200, nanos: 999999999 }"],
    );
    check::<_, Timestamp>(
        jiff::Timestamp::MIN,
        expect!["error: a timestamp of -377705023201 seconds lies outside of the years 1 to 9999"],
    );
    let elsewhere: ZonedDateTime = "2024-02-29T12:00:00+02:00[+02:00]".parse().unwrap();
    expect!["2024-02-29T10:00:00Z"].assert_eq(&Timestamp::try_from(elsewhere).unwrap().to_string());
    check::<_, SignedDuration>(Duration::MIN, expect!["87660000h 999ms 999µs 999ns ago"]);
    check::<_, SignedDuration>(
        Duration {
            seconds: -1,
            nanos: 1,
        },
        expect!["error: a duration of -1 seconds and 1 nanoseconds has two signs"],
    );
    check::<_, Duration>(
        SignedDuration::MAX,
        expect![
            "error: a duration has up to 315576000000 seconds, and this one 9223372036854775807"
        ],
    );
    check::<_, Duration>(
        SignedDuration::MIN,
        expect![
            "error: a duration has up to 315576000000 seconds, and this one -9223372036854775808"
        ],
    );
}

#[test]
fn the_messages_of_prost_types_hold_the_same() {
    #[track_caller]
    fn check<M, T>(message: M)
    where
        M: Message + Clone + Debug + PartialEq + From<T>,
        T: prost::Message + From<M> + Default,
    {
        let theirs = T::from(message.clone());
        let decoded = T::decode(&*crate::support::encode(&message)).unwrap();
        assert_eq!(theirs.encode_to_vec(), decoded.encode_to_vec());
        assert_eq!(M::from(theirs), message);
    }

    check::<_, prost_types::Timestamp>(Timestamp {
        seconds: i64::MAX,
        nanos: -1,
    });
    check::<_, prost_types::Duration>(Duration {
        seconds: -1,
        nanos: 1,
    });
    check::<_, prost_types::FieldMask>(FieldMask::from_iter(["a", "b.c"]));
    check::<_, prost_types::Any>(Any::pack(&Timestamp::UNIX_EPOCH));
    check::<_, prost_types::Struct>(Struct::from([
        ("null", Value::NULL),
        ("none", Value::default()),
        ("number", Value::from(-0.5)),
        ("text", Value::from("a")),
        ("list", Value::from([true, false])),
        ("struct", Value::from(Struct::from([("a", 1)]))),
    ]));
    check::<_, prost_types::ListValue>(ListValue::from([Kind::Null(NullValue::Null)]));
}

proptest! {
    #[test]
    fn a_time_comes_back(seconds in Timestamp::MIN.seconds..Timestamp::MAX.seconds - 100_000, nanos in 0..1_000_000_000) {
        let time = Timestamp { seconds, nanos };
        let (chrono, jiff) = (DateTime::<Utc>::try_from(time).unwrap(), jiff::Timestamp::try_from(time).unwrap());
        prop_assert_eq!(Timestamp::try_from(chrono), Ok(time));
        prop_assert_eq!(Timestamp::try_from(jiff), Ok(time));
        prop_assert_eq!(DateTime::parse_from_rfc3339(&time.to_string()), Ok(chrono.fixed_offset()));
        prop_assert_eq!(jiff.to_string().parse(), Ok(time));
    }

    #[test]
    fn a_duration_comes_back(seconds in 0..=315_575_999_999_i64, nanos in 0..1_000_000_000, sign in prop_oneof![Just(1), Just(-1)]) {
        let duration = Duration::new(i64::from(sign) * seconds, sign * nanos).unwrap();
        prop_assert_eq!(Duration::try_from(TimeDelta::try_from(duration).unwrap()), Ok(duration));
        prop_assert_eq!(Duration::try_from(SignedDuration::try_from(duration).unwrap()), Ok(duration));
    }
}
