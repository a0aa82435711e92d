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
        let mut all = Vec::new();
        while let Some(request) = requests.message().await? {
            if all.len() == MAX_KEPT_REQUESTS {
                return Err(Status::resource_exhausted(format!(
                    "more than {MAX_KEPT_REQUESTS} requests before the first response"
                )));
            }
            // Its payload only made it long.
            all.push(StreamingOutputCallRequest {
                payload: None,
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

/// Requests that wait for the last one.
const MAX_KEPT_REQUESTS: usize = 10_000;
