//! What the runner minds, and what it doesn't: `results.go`.

use std::fmt;

use interop::conformance::contract::{
    BidiStreamRequest, ClientStreamRequest, ConformancePayload, Error, Header,
    IdempotentUnaryRequest, RequestInfo, ServerStreamRequest, UnaryRequest,
};
use interop::conformance::programs::{ClientResponseResult, Code, StreamType};
use traitwire::Message;
use traitwire::well_known::Any;

use super::cases::Case;

/// What is wrong with an answer. The server may have more time than the case says, by as much as the client rounds up.
pub(super) fn differences(
    case: &Case,
    got: &ClientResponseResult,
    rounded_up_ms: i64,
) -> Vec<String> {
    let expected = &case.expected;
    let mut wrong = Wrong {
        errors: Vec::new(),
        rounded_up_ms,
    };
    wrong.error(expected.error.as_ref(), got.error.as_ref());
    wrong.same("responses", &expected.payloads.len(), &got.payloads.len());
    let payloads = expected.payloads.iter().zip(&got.payloads);
    for (number, (expected, got)) in payloads.enumerate() {
        wrong.payload(number, expected, got);
    }
    let apart = [
        (
            "response headers",
            &expected.response_headers,
            &got.response_headers,
        ),
        (
            "response trailers",
            &expected.response_trailers,
            &got.response_trailers,
        ),
    ];
    let missing: Vec<_> = apart
        .into_iter()
        .flat_map(|(what, expected, got)| missing(what, expected, got))
        .collect();
    // A server that fails at once may send all its metadata in one block, where there can't be a stream.
    let one_block = got.error.is_some()
        && matches!(
            case.request.stream_type,
            StreamType::Unary | StreamType::ClientStream
        );
    let all = [&*expected.response_headers, &*expected.response_trailers].concat();
    let is_in_one = |got: &[Header]| self::missing("", &all, got).is_empty();
    if !(one_block && (is_in_one(&got.response_headers) || is_in_one(&got.response_trailers))) {
        wrong.errors.extend(missing);
    }
    // How many leave before a deadline is up to the machine.
    let by_deadline = |error: &Error| error.code == Code::DeadlineExceeded;
    if !expected.error.as_ref().is_some_and(by_deadline) {
        wrong.same(
            "unsent requests",
            &expected.num_unsent_requests,
            &got.num_unsent_requests,
        );
    }
    wrong.errors
}

struct Wrong {
    errors: Vec<String>,
    rounded_up_ms: i64,
}

impl Wrong {
    fn same<T: PartialEq + fmt::Debug>(&mut self, what: &str, expected: &T, got: &T) {
        if expected != got {
            self.errors
                .push(format!("{what}: expected {expected:?}, got {got:?}"));
        }
    }

    fn error(&mut self, expected: Option<&Error>, got: Option<&Error>) {
        let (Some(expected), Some(got)) = (expected, got) else {
            return self.same("error", &expected, &got);
        };
        if expected.code != got.code {
            self.errors
                .push(format!("error: expected {expected:?}, got {got:?}"));
        }
        if expected.message.is_some() {
            self.same("message", &expected.message, &got.message);
        }
        self.same("details", &expected.details.len(), &got.details.len());
        for (expected, got) in expected.details.iter().zip(&got.details) {
            match (
                expected.unpack::<RequestInfo>(),
                got.unpack::<RequestInfo>(),
            ) {
                (Ok(expected), Ok(got)) => self.info("detail", &expected, &got),
                _ => self.same("detail", expected, got),
            }
        }
    }

    fn payload(&mut self, number: usize, expected: &ConformancePayload, got: &ConformancePayload) {
        let what = format!("response {number}");
        self.same(&what, &expected.data, &got.data);
        match (&expected.request_info, &got.request_info) {
            (Some(expected), Some(got)) => self.info(&what, expected, got),
            (expected, got) => self.same(&what, &expected.is_some(), &got.is_some()),
        }
    }

    fn info(&mut self, what: &str, expected: &RequestInfo, got: &RequestInfo) {
        let headers = missing(what, &expected.request_headers, &got.request_headers);
        self.errors.extend(headers);
        let requests = |info: &RequestInfo| -> Vec<_> { info.requests.iter().map(read).collect() };
        self.same(what, &requests(expected), &requests(got));
        let plausible = match (expected.timeout_ms, got.timeout_ms) {
            (Some(expected), Some(got)) => {
                (expected / 2..=expected + self.rounded_up_ms).contains(&got)
            }
            (expected, got) => expected == got,
        };
        if !plausible {
            self.same(what, &expected.timeout_ms, &got.timeout_ms);
        }
    }
}

/// A request, whose fields may come in any order.
fn read(request: &Any) -> String {
    fn shown<M: Message + fmt::Debug>(request: &Any) -> Option<String> {
        Some(format!("{:?}", request.unpack::<M>().ok()?))
    }
    let read = shown::<UnaryRequest>(request)
        .or_else(|| shown::<IdempotentUnaryRequest>(request))
        .or_else(|| shown::<ServerStreamRequest>(request))
        .or_else(|| shown::<ClientStreamRequest>(request))
        .or_else(|| shown::<BidiStreamRequest>(request));
    read.unwrap_or_else(|| format!("{request:?}"))
}

/// Which headers are missing, or have other values. There may be others.
fn missing(what: &str, expected: &[Header], got: &[Header]) -> Vec<String> {
    let values = |headers: &[Header], name: &str| {
        let named = headers
            .iter()
            .filter(|header| header.name.eq_ignore_ascii_case(name));
        let values = named.flat_map(|header| &header.value);
        // A proxy, or a library, may have joined them.
        let values = values.flat_map(|value| value.split(','));
        let values = values.map(|value| value.trim().to_owned());
        values.collect::<Vec<_>>()
    };
    let mut wrong = Vec::new();
    for Header { name, .. } in expected {
        let (expected, got) = (values(expected, name), values(got, name));
        if expected != got {
            wrong.push(format!(
                "{what}: {name}: expected {expected:?}, got {got:?}"
            ));
        }
    }
    wrong
}
