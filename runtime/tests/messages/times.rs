//! The texts of times and durations, and calculating with them.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use traitwire::well_known::{Duration, Timestamp};

/// Reads each text as a time, and writes what it is.
#[track_caller]
fn time(texts: &[&str], expect: Expect) {
    let lines = texts.iter().map(|text| match text.parse::<Timestamp>() {
        Ok(time) => {
            assert_eq!(time.to_string().parse(), Ok(time), "there and back");
            format!("{text} is {time}, {}s and {}ns", time.seconds, time.nanos)
        }
        Err(error) => error.to_string(),
    });
    expect.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

/// Reads each text as a duration, and writes what it is.
#[track_caller]
fn duration(texts: &[&str], expect: Expect) {
    let lines = texts.iter().map(|text| match text.parse::<Duration>() {
        Ok(duration) => {
            assert_eq!(duration.to_string().parse(), Ok(duration), "there and back");
            format!(
                "{text} is {duration}, {}s and {}ns",
                duration.seconds, duration.nanos
            )
        }
        Err(error) => error.to_string(),
    });
    expect.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_time_is_written_in_utc() {
    time(
        &[
            "1970-01-01T00:00:00Z",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999999Z",
            "2000-02-29T12:34:56Z",
            "1969-12-31T23:59:59.75Z",
            "1970-01-01T00:00:00.010Z",
            "1970-01-01T00:00:00.000010Z",
            "1970-01-01T00:00:00.000000010Z",
            "1970-01-01T08:00:01+08:00",
            "1969-12-31T16:00:01-08:00",
            "2024-03-01T00:15:00+00:30",
            "2023-03-01T00:15:00+00:30",
            "1900-03-01T00:15:00+00:30",
        ],
        expect![[r#"
            1970-01-01T00:00:00Z is 1970-01-01T00:00:00Z, 0s and 0ns
            0001-01-01T00:00:00Z is 0001-01-01T00:00:00Z, -62135596800s and 0ns
            9999-12-31T23:59:59.999999999Z is 9999-12-31T23:59:59.999999999Z, 253402300799s and 999999999ns
            2000-02-29T12:34:56Z is 2000-02-29T12:34:56Z, 951827696s and 0ns
            1969-12-31T23:59:59.75Z is 1969-12-31T23:59:59.750Z, -1s and 750000000ns
            1970-01-01T00:00:00.010Z is 1970-01-01T00:00:00.010Z, 0s and 10000000ns
            1970-01-01T00:00:00.000010Z is 1970-01-01T00:00:00.000010Z, 0s and 10000ns
            1970-01-01T00:00:00.000000010Z is 1970-01-01T00:00:00.000000010Z, 0s and 10ns
            1970-01-01T08:00:01+08:00 is 1970-01-01T00:00:01Z, 1s and 0ns
            1969-12-31T16:00:01-08:00 is 1970-01-01T00:00:01Z, 1s and 0ns
            2024-03-01T00:15:00+00:30 is 2024-02-29T23:45:00Z, 1709250300s and 0ns
            2023-03-01T00:15:00+00:30 is 2023-02-28T23:45:00Z, 1677627900s and 0ns
            1900-03-01T00:15:00+00:30 is 1900-02-28T23:45:00Z, -2203892100s and 0ns"#]],
    );
}

#[test]
fn what_is_no_time_is_refused() {
    time(
        &[
            "",
            "1970-01-01",
            "1970-01-01 00:00:00Z",
            "1970-01-01t00:00:00Z",
            "1970-01-01T00:00:00z",
            "1970-01-01T00:00:00",
            "1970-01-01T00:00:00Z ",
            "1970-1-1T00:00:00Z",
            "1970-13-01T00:00:00Z",
            "1970-00-01T00:00:00Z",
            "1970-04-31T00:00:00Z",
            "1970-04-00T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "1970-01-01T24:00:00Z",
            "1970-01-01T00:60:00Z",
            "1990-12-31T23:59:60Z",
            "1970-01-01T00:00:00.Z",
            "1970-01-01T00:00:00.1234567890Z",
            "1970-01-01T00:00:00+24:00",
            "1970-01-01T00:00:00+0800",
            "+970-01-01T00:00:00Z",
            "19७0-01-01T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "10000-01-01T00:00:00Z",
        ],
        expect![[r#"
            "" is no time: one has the form of "2024-02-29T16:30:00.500Z"
            "1970-01-01" is no time: one has the form of "2024-02-29T16:30:00.500Z"
            "1970-01-01 00:00:00Z" is no time: one has the form of "2024-02-29T16:30:00.500Z"
            "1970-01-01t00:00:00Z" is no time: one has the form of "2024-02-29T16:30:00.500Z"
            "1970-01-01T00:00:00z" is no time: one has the form of "2024-02-29T16:30:00.500Z"
            "1970-01-01T00:00:00" is no time: one has the form of "2024-02-29T16:30:00.500Z"
            "1970-01-01T00:00:00Z " is no time: one has the form of "2024-02-29T16:30:00.500Z"
            "1970-1-1T00:00:00Z" is no time: one has the form of "2024-02-29T16:30:00.500Z"
            "1970-13-01T00:00:00Z" is no time: one has the form of "2024-02-29T16:30:00.500Z"
            "1970-00-01T00:00:00Z" is no time: one has the form of "2024-02-29T16:30:00.500Z"
            "1970-04-31T00:00:00Z" is no time: one has the form of "2024-02-29T16:30:00.500Z"
            "1970-04-00T00:00:00Z" is no time: one has the form of "2024-02-29T16:30:00.500Z"
            "1900-02-29T00:00:00Z" is no time: one has the form of "2024-02-29T16:30:00.500Z"
            "1970-01-01T24:00:00Z" is no time: one has the form of "2024-02-29T16:30:00.500Z"
            "1970-01-01T00:60:00Z" is no time: one has the form of "2024-02-29T16:30:00.500Z"
            "1990-12-31T23:59:60Z" is no time: one has the form of "2024-02-29T16:30:00.500Z"
            "1970-01-01T00:00:00.Z" is no time: one has the form of "2024-02-29T16:30:00.500Z"
            "1970-01-01T00:00:00.1234567890Z" is no time: one has the form of "2024-02-29T16:30:00.500Z"
            "1970-01-01T00:00:00+24:00" is no time: one has the form of "2024-02-29T16:30:00.500Z"
            "1970-01-01T00:00:00+0800" is no time: one has the form of "2024-02-29T16:30:00.500Z"
            "+970-01-01T00:00:00Z" is no time: one has the form of "2024-02-29T16:30:00.500Z"
            "19७0-01-01T00:00:00Z" is no time: one has the form of "2024-02-29T16:30:00.500Z"
            "0000-01-01T00:00:00Z" is no time: one has the form of "2024-02-29T16:30:00.500Z"
            a timestamp of -62135596860 seconds lies outside of the years 1 to 9999
            a timestamp of 253402300859 seconds lies outside of the years 1 to 9999
            "10000-01-01T00:00:00Z" is no time: one has the form of "2024-02-29T16:30:00.500Z""#]],
    );
    let long = format!("1970{}", "-".repeat(1_000_000));
    assert!(long.parse::<Timestamp>().unwrap_err().to_string().len() < 150);
}

#[test]
fn a_duration_is_a_number_of_seconds() {
    duration(
        &[
            "0s",
            "-0s",
            "1s",
            "1.5s",
            "-1.5s",
            "-0.5s",
            "0.000001s",
            "0.000000001s",
            "00012.10s",
            "315576000000.999999999s",
            "-315576000000.999999999s",
        ],
        expect![[r#"
            0s is 0s, 0s and 0ns
            -0s is 0s, 0s and 0ns
            1s is 1s, 1s and 0ns
            1.5s is 1.500s, 1s and 500000000ns
            -1.5s is -1.500s, -1s and -500000000ns
            -0.5s is -0.500s, 0s and -500000000ns
            0.000001s is 0.000001s, 0s and 1000ns
            0.000000001s is 0.000000001s, 0s and 1ns
            00012.10s is 12.100s, 12s and 100000000ns
            315576000000.999999999s is 315576000000.999999999s, 315576000000s and 999999999ns
            -315576000000.999999999s is -315576000000.999999999s, -315576000000s and -999999999ns"#]],
    );
}

#[test]
fn what_is_no_duration_is_refused() {
    duration(
        &[
            "",
            "s",
            "1",
            "1 s",
            "1.s",
            ".5s",
            "+1s",
            "--1s",
            "1.-5s",
            "1e3s",
            "1sx",
            "1m",
            "0.0123456789s",
            "315576000001s",
            "-315576000001s",
            "9223372036854775808s",
            "99999999999999999999999s",
        ],
        expect![[r#"
            "" is no duration: one has the form of "1.500s"
            "s" is no duration: one has the form of "1.500s"
            "1" is no duration: one has the form of "1.500s"
            "1 s" is no duration: one has the form of "1.500s"
            "1.s" is no duration: one has the form of "1.500s"
            ".5s" is no duration: one has the form of "1.500s"
            "+1s" is no duration: one has the form of "1.500s"
            "--1s" is no duration: one has the form of "1.500s"
            "1.-5s" is no duration: one has the form of "1.500s"
            "1e3s" is no duration: one has the form of "1.500s"
            "1sx" is no duration: one has the form of "1.500s"
            "1m" is no duration: one has the form of "1.500s"
            "0.0123456789s" is no duration: one has the form of "1.500s"
            a duration has up to 315576000000 seconds, and this one 315576000001
            a duration has up to 315576000000 seconds, and this one -315576000001
            "9223372036854775808s" is no duration: one has the form of "1.500s"
            "99999999999999999999999s" is no duration: one has the form of "1.500s""#]],
    );
}

#[test]
fn what_is_not_valid_is_shown_as_it_is() {
    let time = Timestamp {
        seconds: i64::MAX,
        nanos: -1,
    };
    expect!["Timestamp(9223372036854775807s, -1ns)"].assert_eq(&time.to_string());
    let duration = Duration {
        seconds: i64::MIN,
        nanos: i32::MIN,
    };
    expect!["Duration(-9223372036854775808s, -2147483648ns)"].assert_eq(&duration.to_string());
    assert_eq!(time.checked_add(Duration::ZERO), None);
    assert_eq!(Timestamp::UNIX_EPOCH.checked_sub(duration), None);
    assert_eq!(time.checked_since(Timestamp::UNIX_EPOCH), None);
    assert_eq!(duration.checked_neg(), None);
    assert_eq!(duration.checked_mul(0), None);
    assert_eq!(Duration::ZERO.checked_add(duration), None);
}

#[test]
fn what_is_too_long_has_no_result() {
    let nano = Duration {
        seconds: 0,
        nanos: 1,
    };
    assert_eq!(Timestamp::MAX.checked_add(nano), None);
    assert_eq!(Timestamp::MIN.checked_sub(nano), None);
    assert_eq!(Duration::MAX.checked_add(nano), None);
    assert_eq!(Duration::MIN.checked_sub(nano), None);
    assert_eq!(Duration::MAX.checked_neg(), Some(Duration::MIN));
    assert_eq!(Duration::MAX.checked_mul(i32::MAX), None);
    let all = Timestamp::MAX.checked_since(Timestamp::MIN).unwrap();
    expect!["315537897599.999999999s"].assert_eq(&all.to_string());
    assert_eq!(Timestamp::MIN.checked_add(all), Some(Timestamp::MAX));
}

fn times() -> impl Strategy<Value = Timestamp> {
    let seconds = Timestamp::MIN.seconds..=Timestamp::MAX.seconds;
    (seconds, 0..1_000_000_000).prop_map(|(seconds, nanos)| Timestamp { seconds, nanos })
}

fn durations() -> impl Strategy<Value = Duration> {
    let long = 0..=Duration::MAX.seconds;
    (prop_oneof![0..3_i64, long], 0..1_000_000_000, any::<bool>()).prop_map(
        |(seconds, nanos, negative)| {
            let duration = Duration { seconds, nanos };
            if negative {
                duration.checked_neg().unwrap()
            } else {
                duration
            }
        },
    )
}

fn nanos_of(duration: Duration) -> i128 {
    i128::from(duration.seconds) * 1_000_000_000 + i128::from(duration.nanos)
}

proptest! {
    #[test]
    fn every_time_is_read_as_it_was_written(time in times()) {
        prop_assert_eq!(time.to_string().parse(), Ok(time));
    }

    #[test]
    fn every_duration_is_read_as_it_was_written(duration in durations()) {
        prop_assert_eq!(duration.to_string().parse(), Ok(duration));
    }

    #[test]
    fn durations_are_numbers_of_nanoseconds(a in durations(), b in durations(), factor in -9..9) {
        let calculated = [a.checked_add(b), a.checked_sub(b), a.checked_mul(factor)];
        let expected = [
            nanos_of(a) + nanos_of(b),
            nanos_of(a) - nanos_of(b),
            nanos_of(a) * i128::from(factor),
        ];
        for (calculated, expected) in calculated.into_iter().zip(expected) {
            match calculated {
                Some(duration) => {
                    prop_assert_eq!(duration.check(), Ok(()));
                    prop_assert_eq!(nanos_of(duration), expected);
                }
                None => prop_assert!(expected.abs() > nanos_of(Duration::MAX)),
            }
        }
        prop_assert_eq!(a < b, nanos_of(a) < nanos_of(b));
    }

    #[test]
    fn what_lies_between_two_times_leads_from_one_to_the_other(a in times(), b in times()) {
        let between = b.checked_since(a).unwrap();
        prop_assert_eq!(a.checked_add(between), Some(b));
        prop_assert_eq!(b.checked_sub(between), Some(a));
    }
}
