//! Cases like those of the runner, and what is to come of them.

use bytes::Bytes;
use interop::conformance::contract::{
    BidiStreamRequest, ClientStreamRequest, ConformancePayload, Error, Header,
    IdempotentUnaryRequest, RequestInfo, ServerStreamRequest, StreamResponseDefinition,
    UnaryOutcome, UnaryRequest, UnaryResponseDefinition, UnimplementedRequest,
};
use interop::conformance::programs::{
    Cancel, CancelTiming, ClientCompatRequest, ClientResponseResult, Code, StreamType,
};
use traitwire::well_known::Any;
use traitwire::{Enumeration, Message};

/// A call, and what is to come of it.
pub(super) struct Case {
    pub(super) request: ClientCompatRequest,
    pub(super) expected: ClientResponseResult,
}

/// All there are.
pub(super) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in KINDS {
        let plan = |name: &'static str| Plan::new(kind, name);
        let full = plan("success").headers().data(&["one", "two"]).trailers();
        cases.push(full.clone().case());
        cases.push(plan("no-definition").undefined().case());
        cases.push(
            plan("deadline-is-told")
                .data(&["one"])
                .timeout(60_000)
                .case(),
        );
        cases.push(plan("unicode").error(Code::Internal, UNICODE).case());
        cases.push(plan("long").data(&[&*"long ".repeat(20_000)]).case());
        let fails = plan("error-without-response").headers().trailers();
        cases.push(
            fails
                .error(Code::FailedPrecondition, "not now")
                .details()
                .case(),
        );
        let slow = plan("deadline-passes").data(&["late"]).delay(60_000);
        cases.push(slow.timeout(100).fails(Code::DeadlineExceeded, 0));
        let long = plan("response-above-the-limit").data(&[&*"long ".repeat(2_000)]);
        cases.push(long.receive_limit(1_000).fails(Code::ResourceExhausted, 0));
        let pad = |name, above| plan(name).data(&["fits"]).padded(LIMIT as usize + above);
        cases.push(pad("request-at-the-limit", 0).case());
        cases.push(
            pad("request-above-the-limit", 10)
                .requests(1)
                .fails(Code::ResourceExhausted, 0),
        );
        let cancel = |name, timing| {
            let slow = plan(name).data(&["late"]).delay(60_000);
            slow.cancel(timing).fails(Code::Canceled, 0)
        };
        if kind != StreamType::FullDuplexBidiStream {
            cases.push(cancel("cancel", None));
            let after = CancelTiming::AfterCloseSendMs(5);
            cases.push(cancel("cancel-after-close-send", Some(after)));
        }
        if streams_requests(kind) {
            cases.push(full.clone().named("slow-requests").request_delay(3).case());
            cases.push(
                full.clone()
                    .named("no-requests")
                    .requests(0)
                    .undefined()
                    .case(),
            );
            // As many responses as requests, where they take turns.
            let before = plan("cancel-before-close-send")
                .data(&["one", "two"])
                .requests(2);
            let before = before.cancel(Some(CancelTiming::BeforeCloseSend(())));
            let turns = if kind == StreamType::FullDuplexBidiStream {
                2
            } else {
                0
            };
            cases.push(before.fails(Code::Canceled, turns));
        }
        if streams_responses(kind) {
            cases.push(plan("no-responses").headers().trailers().case());
            let fails = full.clone().named("error-after-responses");
            cases.push(fails.error(Code::DataLoss, "that was all").details().case());
            let fails = plan("error-after-many").data(&["a"; 50]).requests(50);
            cases.push(fails.error(Code::Aborted, "").case());
            let some = plan("cancel-after-a-response")
                .data(&["one", "two"])
                .delay(50);
            let some = some.cancel(Some(CancelTiming::AfterNumResponses(1)));
            cases.push(some.fails(Code::Canceled, 1));
        }
        if matches!(kind, StreamType::Unary | StreamType::ServerStream) {
            for number in 1..=16 {
                let code = Code::from_number(number).expect("gRPC has it");
                let fails = plan("code").error(code, &format!("{code:?}"));
                cases.push(fails.named(format!("code-{number}")).details().case());
            }
        }
    }
    let turns = |name: &str| Plan::new(StreamType::FullDuplexBidiStream, name);
    let more = turns("more-responses-than-requests").data(&["1", "2", "3", "4"]);
    cases.push(more.requests(2).case());
    let fewer = turns("fewer-responses-than-requests").data(&["1", "2"]);
    cases.push(fewer.requests(5).case());
    let ends = turns("error-with-requests-left").requests(4);
    cases.push(ends.error(Code::OutOfRange, "enough").case());
    let left = turns("cancel-with-a-response-left").data(&["1", "2", "3"]);
    let left = left
        .delay(100)
        .cancel(Some(CancelTiming::AfterCloseSendMs(5)));
    cases.push(left.requests(2).fails(Code::Canceled, 2));
    cases.push(idempotent());
    cases.push(unimplemented());
    cases
}

/// A call like any other.
pub(super) fn simple() -> Case {
    let plan = Plan::new(StreamType::Unary, "simple").headers();
    plan.data(&["one"]).case()
}

const KINDS: [StreamType; 5] = [
    StreamType::Unary,
    StreamType::ClientStream,
    StreamType::ServerStream,
    StreamType::HalfDuplexBidiStream,
    StreamType::FullDuplexBidiStream,
];

fn streams_requests(kind: StreamType) -> bool {
    !matches!(kind, StreamType::Unary | StreamType::ServerStream)
}

fn streams_responses(kind: StreamType) -> bool {
    !matches!(kind, StreamType::Unary | StreamType::ClientStream)
}

/// A case in the making.
#[derive(Clone)]
struct Plan {
    request: ClientCompatRequest,
    defined: bool,
    headers: Vec<Header>,
    data: Vec<Bytes>,
    error: Option<Error>,
    trailers: Vec<Header>,
    delay: u32,
    requests: usize,
    padded: Option<usize>,
}

impl Plan {
    fn new(kind: StreamType, name: &str) -> Self {
        let method = match kind {
            StreamType::Unary => "Unary",
            StreamType::ClientStream => "ClientStream",
            StreamType::ServerStream => "ServerStream",
            _ => "BidiStream",
        };
        let request = ClientCompatRequest {
            service: Some("connectrpc.conformance.v1.ConformanceService".to_owned()),
            method: Some(method.to_owned()),
            stream_type: kind,
            request_headers: vec![
                header("X-Conformance-Test", &["Value1", "Value2"]),
                header("x-bytes-bin", &["AP8", "+/8"]),
            ],
            ..ClientCompatRequest::default()
        };
        let requests = if streams_requests(kind) { 2 } else { 1 };
        let plan = Self {
            request,
            defined: true,
            headers: Vec::new(),
            data: Vec::new(),
            error: None,
            trailers: Vec::new(),
            delay: 0,
            requests,
            padded: None,
        };
        plan.named(name)
    }

    fn named(mut self, name: impl AsRef<str>) -> Self {
        self.request.test_name = format!("{:?}/{}", self.request.stream_type, name.as_ref());
        self
    }

    fn undefined(mut self) -> Self {
        self.defined = false;
        self.headers.clear();
        self.data.clear();
        self.trailers.clear();
        self
    }

    fn headers(mut self) -> Self {
        self.headers = vec![
            header("x-custom-header", &["foo", "bar", "baz"]),
            header("x-custom-bin", &["AP8"]),
        ];
        self
    }

    fn trailers(mut self) -> Self {
        self.trailers = vec![
            header("x-custom-trailer", &["bing", "quux"]),
            header("x-other-bin", &["/w", "AA"]),
        ];
        self
    }

    fn data(mut self, data: &[&str]) -> Self {
        let data = data.iter();
        self.data = data
            .map(|data| Bytes::copy_from_slice(data.as_bytes()))
            .collect();
        if !streams_responses(self.request.stream_type) {
            self.data.truncate(1);
        }
        self
    }

    fn error(mut self, code: Code, message: &str) -> Self {
        self.error = Some(Error {
            code,
            message: Some(message.to_owned()),
            details: Vec::new(),
        });
        self
    }

    fn details(mut self) -> Self {
        if let Some(error) = &mut self.error {
            let details = [header("a", &["detail"]), Header::default()];
            error.details = details.iter().map(Any::pack).collect();
        }
        self
    }

    fn delay(mut self, milliseconds: u32) -> Self {
        self.delay = milliseconds;
        self
    }

    fn requests(mut self, requests: usize) -> Self {
        if streams_requests(self.request.stream_type) {
            self.requests = requests;
        }
        self
    }

    fn request_delay(mut self, milliseconds: u32) -> Self {
        self.request.request_delay_ms = milliseconds;
        self
    }

    fn timeout(mut self, milliseconds: u32) -> Self {
        self.request.timeout_ms = Some(milliseconds);
        self
    }

    fn receive_limit(mut self, len: u32) -> Self {
        self.request.message_receive_limit = len;
        self
    }

    fn cancel(mut self, cancel_timing: Option<CancelTiming>) -> Self {
        self.request.cancel = Some(Cancel { cancel_timing });
        self
    }

    /// The last request has so many bytes.
    fn padded(mut self, len: usize) -> Self {
        self.padded = Some(len);
        self
    }

    /// What comes of it is what was asked for.
    fn case(mut self) -> Case {
        self.request.request_messages = self.messages();
        let expected = self.expected();
        self.expecting(expected)
    }

    /// Where requests and responses take turns, how many requests are left follows from the responses.
    fn expecting(self, mut expected: ClientResponseResult) -> Case {
        if self.request.stream_type == StreamType::FullDuplexBidiStream {
            let cancel = self.request.cancel.as_ref();
            let sent = match cancel.and_then(|cancel| cancel.cancel_timing.as_ref()) {
                Some(CancelTiming::AfterNumResponses(_)) => expected.payloads.len(),
                _ => expected.payloads.len() + 1,
            };
            let unsent = self.requests.saturating_sub(sent);
            expected.num_unsent_requests = i32::try_from(unsent).expect("they are few");
        }
        Case {
            request: self.request,
            expected,
        }
    }

    /// It fails with this code after so many responses, and nothing else is known.
    fn fails(mut self, code: Code, responses: usize) -> Case {
        self.request.request_messages = self.messages();
        let mut payloads = self.expected().payloads;
        payloads.truncate(responses);
        self.expecting(ClientResponseResult {
            payloads,
            error: Some(Error {
                code,
                message: None,
                details: Vec::new(),
            }),
            ..ClientResponseResult::default()
        })
    }

    fn messages(&self) -> Vec<Any> {
        (0..self.requests)
            .map(|number| self.message(number))
            .collect()
    }

    fn message(&self, number: usize) -> Any {
        let one = (number == 0 && self.defined).then(|| UnaryResponseDefinition {
            response_headers: self.headers.clone(),
            response: match (&self.error, &*self.data) {
                (Some(error), _) => Some(UnaryOutcome::Error(error.clone())),
                (None, [data, ..]) => Some(UnaryOutcome::ResponseData(data.clone())),
                (None, []) => None,
            },
            response_trailers: self.trailers.clone(),
            response_delay_ms: self.delay,
            raw_response: None,
        });
        let many = (number == 0 && self.defined).then(|| StreamResponseDefinition {
            response_headers: self.headers.clone(),
            response_data: self.data.clone(),
            response_delay_ms: self.delay,
            error: self.error.clone(),
            response_trailers: self.trailers.clone(),
            raw_response: None,
        });
        let data = if number == 0 {
            String::new()
        } else {
            format!("request {number}")
        };
        let len = self.padded.filter(|_| number + 1 == self.requests);
        match self.request.stream_type {
            StreamType::Unary => padded(len, data, |request_data| UnaryRequest {
                response_definition: one.clone(),
                request_data,
            }),
            StreamType::ClientStream => padded(len, data, |request_data| ClientStreamRequest {
                response_definition: one.clone(),
                request_data,
            }),
            StreamType::ServerStream => padded(len, data, |request_data| ServerStreamRequest {
                response_definition: many.clone(),
                request_data,
            }),
            kind => padded(len, data, |request_data| BidiStreamRequest {
                response_definition: many.clone(),
                full_duplex: kind == StreamType::FullDuplexBidiStream && number == 0,
                request_data,
            }),
        }
    }

    fn expected(&self) -> ClientResponseResult {
        let turns = self.request.stream_type == StreamType::FullDuplexBidiStream;
        let requests = &self.request.request_messages;
        let info = |requests: &[Any]| RequestInfo {
            request_headers: self.request.request_headers.clone(),
            timeout_ms: self.request.timeout_ms.map(Into::into),
            requests: requests.to_vec(),
            connect_get_info: None,
        };
        let mut result = ClientResponseResult {
            response_headers: self.headers.clone(),
            response_trailers: self.trailers.clone(),
            ..ClientResponseResult::default()
        };
        // With no response, nobody has been told what was heard; of requests that take turns, that is the first one.
        let heard = info(if turns {
            &requests[..requests.len().min(1)]
        } else {
            requests
        });
        if streams_responses(self.request.stream_type) {
            for (number, data) in self.data.iter().enumerate() {
                let request_info = match (turns, number) {
                    (true, 0) => Some(heard.clone()),
                    (true, _) => requests.get(number).map(|request| RequestInfo {
                        requests: vec![request.clone()],
                        ..RequestInfo::default()
                    }),
                    (false, 0) => Some(heard.clone()),
                    (false, _) => None,
                };
                result.payloads.push(ConformancePayload {
                    data: data.clone(),
                    request_info,
                });
            }
        } else if self.error.is_none() {
            result.payloads.push(ConformancePayload {
                data: self.data.first().cloned().unwrap_or_default(),
                request_info: Some(heard.clone()),
            });
        }
        result.error = self.error.clone().map(|mut error| {
            if result.payloads.is_empty() {
                error.details.push(Any::pack(&heard));
            }
            error
        });
        result
    }
}

/// A message with data or, if it is to have so many bytes, with as much data as that takes.
fn padded<M: Message>(len: Option<usize>, data: String, make: impl Fn(Bytes) -> M) -> Any {
    let Some(len) = len else {
        return Any::pack(&make(data.into()));
    };
    let mut padding = len;
    loop {
        let message = make(vec![0; padding].into());
        match message.encoded_len().checked_sub(len) {
            None | Some(0) => return Any::pack(&message),
            Some(over) => padding -= over,
        }
    }
}

fn idempotent() -> Case {
    let mut case = Plan::new(StreamType::Unary, "idempotent")
        .data(&["one"])
        .case();
    let message: UnaryRequest = case.request.request_messages[0]
        .unpack()
        .expect("it is one");
    let message = Any::pack(&IdempotentUnaryRequest {
        response_definition: message.response_definition,
        request_data: message.request_data,
    });
    case.request.method = Some("IdempotentUnary".to_owned());
    case.request.request_messages = vec![message.clone()];
    if let Some(info) = &mut case.expected.payloads[0].request_info {
        info.requests = vec![message];
    }
    case
}

fn unimplemented() -> Case {
    let mut case = Plan::new(StreamType::Unary, "unimplemented").fails(Code::Unimplemented, 0);
    case.request.method = Some("Unimplemented".to_owned());
    case.request.request_messages = vec![Any::pack(&UnimplementedRequest {})];
    case
}

fn header(name: &str, values: &[&str]) -> Header {
    Header {
        name: name.to_owned(),
        value: values.iter().map(|&value| value.to_owned()).collect(),
    }
}

/// Characters of one to four bytes, and those that the percent-encoding of messages has to care for.
const UNICODE: &str = "Wörter, 言葉 & 🦀: 100 %\n\ttwo lines";

/// The longest request that servers take, in bytes: as the runner has it.
pub(super) const LIMIT: u32 = 200 * 1024;
