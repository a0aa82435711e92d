//! The service, as we implement it.

use std::process;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::sleep;
use traitwire::{Code, Context, Status, Streaming};

use super::{
    BoolValue, EchoStatus, Empty, Payload, PayloadType, SimpleRequest, SimpleResponse,
    StreamingInputCallRequest, StreamingInputCallResponse, StreamingOutputCallRequest,
    StreamingOutputCallResponse, TestService,
};

/// Does what the document says of servers.
///
/// Nobody is authenticated here, so `fill_username` and `fill_oauth_scope` fill in nothing; and no load is reported.
#[derive(Clone, Debug)]
pub struct Tests {
    server_id: Arc<str>,
}

impl Tests {
    /// A server with an id of its own.
    pub fn new() -> Self {
        Self {
            server_id: format!("{}-{}", process::id(), nanoseconds()).into(),
        }
    }
}

impl Default for Tests {
    fn default() -> Self {
        Self::new()
    }
}

impl TestService for Tests {
    async fn empty_call(&self, request: Empty) -> Result<Empty, Status> {
        Ok(request)
    }

    async fn unary_call(
        &self,
        request: SimpleRequest,
        cx: Context,
    ) -> Result<SimpleResponse, Status> {
        echo_metadata(&cx)?;
        check_compressed(request.expect_compressed, cx.was_compressed())?;
        echo_status(request.response_status)?;
        cx.compress_response(is_true(request.response_compressed));
        Ok(SimpleResponse {
            payload: Some(payload(request.response_type, request.response_size)?),
            server_id: match request.fill_server_id {
                true => self.server_id.to_string(),
                false => String::new(),
            },
            ..SimpleResponse::default()
        })
    }

    async fn cacheable_unary_call(
        &self,
        _: SimpleRequest,
        cx: Context,
    ) -> Result<SimpleResponse, Status> {
        cx.compress_response(false);
        cx.add_initial_metadata("cache-control", "max-age=60, public")?;
        Ok(SimpleResponse {
            payload: Some(Payload {
                kind: PayloadType::Compressable,
                body: nanoseconds().to_string().into(),
            }),
            ..SimpleResponse::default()
        })
    }

    async fn streaming_output_call(
        &self,
        request: StreamingOutputCallRequest,
        cx: Context,
    ) -> Result<Streaming<StreamingOutputCallResponse>, Status> {
        self.full_duplex_call(Streaming::from_iter([request]), cx)
            .await
    }

    async fn streaming_input_call(
        &self,
        mut requests: Streaming<StreamingInputCallRequest>,
    ) -> Result<StreamingInputCallResponse, Status> {
        let mut size = 0;
        while let Some(request) = requests.message().await? {
            check_compressed(request.expect_compressed, requests.was_compressed())?;
            size += request.payload.unwrap_or_default().body.len();
        }
        Ok(StreamingInputCallResponse {
            aggregated_payload_size: i32::try_from(size).map_err(|_| {
                Status::out_of_range(format!("{size} bytes are more than an int32 can say"))
            })?,
        })
    }

    async fn full_duplex_call(
        &self,
        mut requests: Streaming<StreamingOutputCallRequest>,
        cx: Context,
    ) -> Result<Streaming<StreamingOutputCallResponse>, Status> {
        echo_metadata(&cx)?;
        Ok(Streaming::generate(|out| async move {
            while let Some(request) = requests.message().await? {
                echo_status(request.response_status)?;
                for parameters in request.response_parameters {
                    let pause = u64::try_from(parameters.interval_us).map_err(|_| {
                        Status::invalid_argument("interval_us is before the last response")
                    })?;
                    if pause > 0 {
                        sleep(Duration::from_micros(pause)).await;
                    }
                    let mut response = StreamingOutputCallResponse {
                        payload: Some(payload(request.response_type, parameters.size)?),
                        peer_socket_address: String::new(),
                    };
                    if is_true(parameters.fill_peer_socket_address)
                        && let Some(peer) = cx.peer()
                    {
                        response.peer_socket_address = peer.to_string();
                    }
                    match is_true(parameters.compressed) {
                        true => out.send(response).await?,
                        false => out.send_uncompressed(response).await?,
                    }
                }
            }
            Ok(())
        }))
    }

    async fn half_duplex_call(
        &self,
        mut requests: Streaming<StreamingOutputCallRequest>,
        cx: Context,
    ) -> Result<Streaming<StreamingOutputCallResponse>, Status> {
        let (mut all, mut kept) = (Vec::new(), 0);
        while let Some(request) = requests.message().await? {
            kept += 1 + request.response_parameters.len();
            if kept > MAX_KEPT {
                return Err(Status::resource_exhausted(format!(
                    "more than {MAX_KEPT} requests and responses to remember"
                )));
            }
            // What only makes it long isn't kept.
            all.push(StreamingOutputCallRequest {
                payload: None,
                orca_oob_report: None,
                ..request
            });
        }
        self.full_duplex_call(Streaming::from_iter(all), cx).await
    }
}

/// What a response is to carry.
fn payload(kind: PayloadType, len: i32) -> Result<Payload, Status> {
    if let PayloadType::Other(number) = kind {
        return Err(Status::invalid_argument(format!(
            "no payload is of type {number}"
        )));
    }
    let payload = usize::try_from(len).ok().and_then(Payload::zeros);
    payload.ok_or_else(|| Status::invalid_argument(format!("no payload has {len} bytes")))
}

fn check_compressed(expected: Option<BoolValue>, compressed: bool) -> Result<(), Status> {
    match expected {
        Some(BoolValue { value }) if value != compressed => {
            Err(Status::invalid_argument(match compressed {
                true => "the request is compressed, and was not to be",
                false => "the request isn't compressed, and was to be",
            }))
        }
        _ => Ok(()),
    }
}

/// Ends the call as the client wants, unless it wants it to go on.
fn echo_status(status: Option<EchoStatus>) -> Result<(), Status> {
    match status {
        None | Some(EchoStatus { code: 0, .. }) => Ok(()),
        Some(EchoStatus { code, message }) => {
            let code = u32::try_from(code).ok().and_then(Code::from_number);
            Err(Status::new(code.unwrap_or(Code::Unknown), message))
        }
    }
}

/// Sends back what the client wants to see again.
fn echo_metadata(cx: &Context) -> Result<(), Status> {
    for value in cx.metadata().get_all(ECHO_INITIAL) {
        cx.add_initial_metadata(ECHO_INITIAL, value)?;
    }
    for value in cx.metadata().get_all_bin(ECHO_TRAILING)? {
        cx.add_trailing_metadata(ECHO_TRAILING, value)?;
    }
    Ok(())
}

fn is_true(value: Option<BoolValue>) -> bool {
    value.is_some_and(|value| value.value)
}

/// What time it is.
fn nanoseconds() -> u128 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_nanos()
}

/// Metadata that a server sends back before its messages.
pub(super) const ECHO_INITIAL: &str = "x-grpc-test-echo-initial";

/// Metadata that it sends back after them.
pub(super) const ECHO_TRAILING: &str = "x-grpc-test-echo-trailing-bin";

/// How many requests, and responses that they ask for, may wait for the last request.
const MAX_KEPT: usize = 100_000;

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use tokio::time::Instant;

    use super::super::{ResponseParameters, TestServiceClient};
    use super::*;

    /// What the cases of our client don't ask for.
    fn server() -> TestServiceClient {
        TestServiceClient::local(Tests::new())
    }

    async fn check_unary(request: SimpleRequest, expect: Expect) {
        let response = server().unary_call(request, Context::new()).await;
        expect.assert_eq(&match response {
            Ok(response) => {
                let payload = response.payload.unwrap_or_default();
                format!("{:?}, {} bytes", payload.kind, payload.body.len())
            }
            Err(status) => status.to_string(),
        });
    }

    #[tokio::test]
    async fn payloads_are_as_long_and_of_the_type_that_is_asked_for() {
        let of_size = |response_size| SimpleRequest {
            response_size,
            ..SimpleRequest::default()
        };
        check_unary(of_size(0), expect!["Compressable, 0 bytes"]).await;
        check_unary(of_size(16_777_216), expect!["Compressable, 16777216 bytes"]).await;
        check_unary(
            of_size(16_777_217),
            expect!["INVALID_ARGUMENT: no payload has 16777217 bytes"],
        )
        .await;
        check_unary(
            of_size(-1),
            expect!["INVALID_ARGUMENT: no payload has -1 bytes"],
        )
        .await;
        let of_other_type = SimpleRequest {
            response_type: PayloadType::Other(2),
            ..of_size(1)
        };
        check_unary(
            of_other_type,
            expect!["INVALID_ARGUMENT: no payload is of type 2"],
        )
        .await;
    }

    #[tokio::test]
    async fn any_status_is_echoed() {
        let with_status = |code| SimpleRequest {
            response_status: Some(EchoStatus {
                code,
                message: "on request".to_owned(),
            }),
            ..SimpleRequest::default()
        };
        check_unary(with_status(16), expect!["UNAUTHENTICATED: on request"]).await;
        check_unary(with_status(99), expect!["UNKNOWN: on request"]).await;
        check_unary(with_status(-1), expect!["UNKNOWN: on request"]).await;
        check_unary(with_status(0), expect!["Compressable, 0 bytes"]).await;
    }

    #[test]
    fn requests_are_compressed_as_announced() {
        let check = |expected: Option<bool>, compressed, expect: Expect| {
            let expected = expected.map(|value| BoolValue { value });
            let checked = check_compressed(expected, compressed);
            expect.assert_eq(&checked.map_or_else(|status| status.to_string(), |()| "ok".into()));
        };
        check(None, true, expect!["ok"]);
        check(None, false, expect!["ok"]);
        check(Some(true), true, expect!["ok"]);
        check(Some(false), false, expect!["ok"]);
        check(
            Some(true),
            false,
            expect!["INVALID_ARGUMENT: the request isn't compressed, and was to be"],
        );
        check(
            Some(false),
            true,
            expect!["INVALID_ARGUMENT: the request is compressed, and was not to be"],
        );
    }

    #[tokio::test]
    async fn a_server_has_an_id_of_its_own() {
        let id = async |server: &TestServiceClient, fill_server_id| {
            let request = SimpleRequest {
                fill_server_id,
                ..SimpleRequest::default()
            };
            let response = server.unary_call(request, Context::new()).await;
            response.unwrap().server_id
        };
        let servers = [server(), server()];
        assert_eq!(id(&servers[0], false).await, "");
        assert_eq!(id(&servers[0], true).await, id(&servers[0], true).await);
        assert_ne!(id(&servers[0], true).await, id(&servers[1], true).await);
    }

    #[tokio::test]
    async fn what_may_be_kept_says_for_how_long_and_is_never_the_same() {
        let call = async || {
            let call = server().cacheable_unary_call(SimpleRequest::default(), Context::new());
            let (response, headers, _) = call.response().await.unwrap().into_parts();
            assert_eq!(headers.get("cache-control"), Some("max-age=60, public"));
            response.payload.unwrap().body
        };
        assert_ne!(call().await, call().await);
    }

    #[tokio::test(start_paused = true)]
    async fn responses_wait_as_long_as_they_are_told_to() {
        let pauses = [0, 5_000, 2_000_000];
        let request = StreamingOutputCallRequest {
            response_parameters: pauses
                .map(|interval_us| ResponseParameters {
                    interval_us,
                    ..ResponseParameters::default()
                })
                .into(),
            ..StreamingOutputCallRequest::default()
        };
        let start = Instant::now();
        let call = server().streaming_output_call(request, Context::new());
        let mut responses = call.await.unwrap();
        let mut times = Vec::new();
        while responses.message().await.unwrap().is_some() {
            times.push(start.elapsed().as_millis());
        }
        assert_eq!(times, [0, 5, 2005]);
    }

    #[tokio::test]
    async fn a_response_says_where_the_call_comes_from_if_it_is_to() {
        let parameters = [None, Some(false), Some(true)].map(|fill| ResponseParameters {
            fill_peer_socket_address: fill.map(|value| BoolValue { value }),
            ..ResponseParameters::default()
        });
        let requests = Streaming::from_iter([StreamingOutputCallRequest {
            response_parameters: parameters.into(),
            ..StreamingOutputCallRequest::default()
        }]);
        let call = server().full_duplex_call(requests, Context::new());
        let mut responses = call.await.unwrap();
        let mut addresses = Vec::new();
        while let Some(response) = responses.message().await.unwrap() {
            addresses.push(response.peer_socket_address);
        }
        assert_eq!(addresses, ["", "", "in-process"]);
    }

    #[tokio::test]
    async fn half_duplex_answers_when_all_has_come() {
        let request = |size| StreamingOutputCallRequest {
            response_parameters: vec![ResponseParameters {
                size,
                ..ResponseParameters::default()
            }],
            ..StreamingOutputCallRequest::default()
        };
        let (requests, stream) = Streaming::channel(1);
        let call = server().half_duplex_call(stream, Context::new());
        let mut responses = call.await.unwrap();
        for size in 1..=3 {
            requests.send(request(size)).await.unwrap();
        }
        let early = tokio::time::timeout(Duration::ZERO, responses.message()).await;
        assert!(early.is_err());
        drop(requests);
        let mut sizes = Vec::new();
        while let Some(response) = responses.message().await.unwrap() {
            sizes.push(response.payload.unwrap().body.len());
        }
        assert_eq!(sizes, [1, 2, 3]);

        let requests = Streaming::from_iter(vec![request(1); MAX_KEPT / 2 + 1]);
        let call = server().half_duplex_call(requests, Context::new());
        let status = call.await.unwrap().message().await.unwrap_err();
        expect!["RESOURCE_EXHAUSTED: more than 100000 requests and responses to remember"]
            .assert_eq(&status.to_string());
    }
}
