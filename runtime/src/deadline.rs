//! Until when a call may take, how that is written on the wire, and whose clock wakes it.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use tokio::runtime::{Handle, Runtime};
use tokio::time::{Instant, Sleep};

/// A `grpc-timeout`: how long the caller is ready to wait.
///
/// Up to 8 digits and a unit, one of `H M S m u n` ("Timeout" in PROTOCOL-HTTP2.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timeout(Duration);

impl Timeout {
    /// Reads the header's text.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, InvalidTimeout> {
        let Some((unit, digits)) = text.split_last() else {
            return Err(InvalidTimeout::Empty);
        };
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Err(InvalidTimeout::NotANumber);
        }
        if digits.len() > MAX_DIGITS {
            return Err(InvalidTimeout::TooManyDigits);
        }
        let value = digits
            .iter()
            .fold(0, |n: u64, digit| n * 10 + u64::from(digit - b'0'));
        Ok(Self(match unit {
            b'H' => Duration::from_secs(value * 3600),
            b'M' => Duration::from_secs(value * 60),
            b'S' => Duration::from_secs(value),
            b'm' => Duration::from_millis(value),
            b'u' => Duration::from_micros(value),
            b'n' => Duration::from_nanos(value),
            _ => return Err(InvalidTimeout::UnknownUnit),
        }))
    }

    pub(crate) fn new(duration: Duration) -> Self {
        Self(duration)
    }

    pub(crate) fn duration(self) -> Duration {
        self.0
    }
}

impl fmt::Display for Timeout {
    /// The finest unit in which the value has at most 8 digits, rounded up: the server never gives up before the client.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.as_nanos();
        for (unit, size) in UNITS {
            let value = nanos.div_ceil(size);
            if value < 10_u128.pow(MAX_DIGITS as u32) {
                return write!(f, "{value}{unit}");
            }
        }
        f.write_str("99999999H")
    }
}

/// Why a `grpc-timeout` can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InvalidTimeout {
    Empty,
    NotANumber,
    TooManyDigits,
    UnknownUnit,
}

impl fmt::Display for InvalidTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "it is empty",
            Self::NotANumber => "it does not start with digits",
            Self::TooManyDigits => "the value has more than 8 digits",
            Self::UnknownUnit => "the unit is none of H, M, S, m, u, n",
        })
    }
}

/// The point in time that is `timeout` from now; `None` if that is past what a clock can say.
pub(crate) fn from_now(timeout: Duration) -> Option<Instant> {
    Instant::now().checked_add(timeout)
}

/// The earlier of two deadlines.
pub(crate) fn earlier(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Waits for a deadline, with or without a runtime around.
pub(crate) fn sleep_until(deadline: Instant) -> Sleep {
    let _entered = Handle::try_current()
        .is_err()
        .then(|| own_runtime().enter());
    tokio::time::sleep_until(deadline)
}

/// The caller's runtime, or one of our own for programs without any.
pub(crate) fn runtime() -> Handle {
    Handle::try_current().unwrap_or_else(|_| own_runtime().clone())
}

/// A runtime that is always driven: one thread, started when it is first needed.
pub(crate) fn own_runtime() -> &'static Handle {
    static OWN: OnceLock<Runtime> = OnceLock::new();
    let start = || {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("traitwire")
            .enable_all()
            .build()
            .expect("the system has threads and sockets for a runtime")
    };
    OWN.get_or_init(start).handle()
}

const MAX_DIGITS: usize = 8;

const UNITS: [(char, u128); 6] = [
    ('n', 1),
    ('u', 1_000),
    ('m', 1_000_000),
    ('S', 1_000_000_000),
    ('M', 60_000_000_000),
    ('H', 3_600_000_000_000),
];

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(header: &str, expect: Expect) {
        expect.assert_eq(&match Timeout::parse(header.as_bytes()) {
            Ok(timeout) => format!("{:?}", timeout.duration()),
            Err(error) => format!("error: {error}"),
        });
    }

    #[test]
    fn every_unit_is_read() {
        check("1H", expect!["3600s"]);
        check("2M", expect!["120s"]);
        check("3S", expect!["3s"]);
        check("4m", expect!["4ms"]);
        check("5u", expect!["5µs"]);
        check("6n", expect!["6ns"]);
        check("99999999H", expect!["359999996400s"]);
        check("0n", expect!["0ns"]);
    }

    #[test]
    fn nine_digits_are_refused_even_when_they_would_fit() {
        check(
            "000000001S",
            expect!["error: the value has more than 8 digits"],
        );
    }

    #[test]
    fn nonsense_is_refused() {
        check("", expect!["error: it is empty"]);
        check("S", expect!["error: it does not start with digits"]);
        check("-1S", expect!["error: it does not start with digits"]);
        check("10", expect!["error: the unit is none of H, M, S, m, u, n"]);
        check("1s", expect!["error: the unit is none of H, M, S, m, u, n"]);
    }

    #[test]
    fn what_is_written_is_never_shorter_than_what_was_meant() {
        let written = |duration| Timeout::new(duration).to_string();
        assert_eq!(written(Duration::from_nanos(99_999_999)), "99999999n");
        assert_eq!(written(Duration::from_nanos(100_000_001)), "100001u");
        assert_eq!(written(Duration::from_secs(2)), "2000000u");
        assert_eq!(written(Duration::from_secs(3600)), "3600000m");
        assert_eq!(written(Duration::MAX), "99999999H");
        assert_eq!(written(Duration::ZERO), "0n");
    }
}
