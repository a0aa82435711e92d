//! The service, as we implement it.

use std::time::Duration;

use bytes::Bytes;
use prost::Message as _;
use tokio::time::sleep;
use traitwire::details::RpcStatus;
use traitwire::well_known::Any;
use traitwire::{Context, Enumeration, Message, Status, Streaming};

use super::contract::{
    BidiStreamRequest, BidiStreamResponse, ClientStreamRequest, ClientStreamResponse,
    ConformancePayload, ConformanceService, Error, Header, IdempotentUnaryRequest,
    IdempotentUnaryResponse, RawHttpResponse, RequestInfo, ServerStreamRequest,
    ServerStreamResponse, StreamResponseDefinition, UnaryOutcome, UnaryRequest, UnaryResponse,
    UnaryResponseDefinition,
};
use super::metadata::{each_pair, to_headers};

/// Does what the runner's documents say of servers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Conformance;

impl ConformanceService for Conformance {
    async fn unary(&self, request: UnaryRequest, cx: Context) -> Result<UnaryResponse, Status> {
        let info = heard(&cx, vec![Any::pack(&request)]);
        let payload = answer(&cx, request.response_definition, info).await?;
        Ok(UnaryResponse {
            payload: Some(payload),
        })
    }

    async fn server_stream(
        &self,
        request: ServerStreamRequest,
        cx: Context,
    ) -> Result<Streaming<ServerStreamResponse>, Status> {
        let info = heard(&cx, vec![Any::pack(&request)]);
        let Some(definition) = request.response_definition else {
            return Ok(Streaming::empty());
        };
        begin(&cx, &definition)?;
        Ok(Streaming::generate(move |out| async move {
            // Only the first response has it or, if there is none, the error.
            let mut info = Some(info);
            for data in definition.response_data {
                delay(definition.response_delay_ms).await;
                let payload = Some(payload(data, info.take()));
                out.send(ServerStreamResponse { payload }).await?;
            }
            end(definition.error, info)
        }))
    }

    async fn client_stream(
        &self,
        mut requests: Streaming<ClientStreamRequest>,
        cx: Context,
    ) -> Result<ClientStreamResponse, Status> {
        let (mut all, mut definition) = (Requests::default(), None);
        while let Some(request) = requests.message().await? {
            if all.is_empty() {
                definition.clone_from(&request.response_definition);
            }
            all.push(&request)?;
        }
        let info = heard(&cx, all.take());
        let payload = answer(&cx, definition, info).await?;
        Ok(ClientStreamResponse {
            payload: Some(payload),
        })
    }

    async fn bidi_stream(
        &self,
        mut requests: Streaming<BidiStreamRequest>,
        cx: Context,
    ) -> Result<Streaming<BidiStreamResponse>, Status> {
        let Some(first) = requests.message().await? else {
            return Ok(Streaming::empty());
        };
        let definition = first.response_definition.clone().unwrap_or_default();
        begin(&cx, &definition)?;
        Ok(Streaming::generate(move |out| async move {
            let mut info = Some(heard(&cx, Vec::new()));
            let mut left = definition.response_data.into_iter();
            let mut unanswered = Requests::default();
            let full_duplex = first.full_duplex;
            let mut next = Some(first);
            while let Some(request) = next {
                unanswered.push(&request)?;
                if full_duplex {
                    let Some(data) = left.next() else {
                        break;
                    };
                    let mut info = info.take().unwrap_or_default();
                    info.requests = unanswered.take();
                    delay(definition.response_delay_ms).await;
                    let payload = Some(payload(data, Some(info)));
                    out.send(BidiStreamResponse { payload }).await?;
                }
                next = requests.message().await?;
            }
            if let Some(info) = &mut info {
                info.requests = unanswered.take();
            }
            for data in left {
                delay(definition.response_delay_ms).await;
                let payload = Some(payload(data, info.take()));
                out.send(BidiStreamResponse { payload }).await?;
            }
            end(definition.error, info)
        }))
    }

    async fn idempotent_unary(
        &self,
        request: IdempotentUnaryRequest,
        cx: Context,
    ) -> Result<IdempotentUnaryResponse, Status> {
        let info = heard(&cx, vec![Any::pack(&request)]);
        let payload = answer(&cx, request.response_definition, info).await?;
        Ok(IdempotentUnaryResponse {
            payload: Some(payload),
        })
    }
}

/// The requests of a stream that wait for a response.
#[derive(Debug, Default)]
struct Requests {
    messages: Vec<Any>,
    len: usize,
}

impl Requests {
    fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    fn push(&mut self, request: &impl Message) -> Result<(), Status> {
        let message = Any::pack(request);
        self.len += message.value.len() + EMPTY_LEN;
        if self.len > MAX_LEN {
            return Err(Status::resource_exhausted(format!(
                "requests of more than {MAX_LEN} bytes to send back"
            )));
        }
        self.messages.push(message);
        Ok(())
    }

    fn take(&mut self) -> Vec<Any> {
        std::mem::take(self).messages
    }
}

/// What is known of a call.
fn heard(cx: &Context, requests: Vec<Any>) -> RequestInfo {
    let left = cx.time_remaining();
    RequestInfo {
        request_headers: to_headers(cx.metadata()),
        timeout_ms: left.map(|left| i64::try_from(left.as_millis()).unwrap_or(i64::MAX)),
        requests,
        connect_get_info: None,
    }
}

/// The one response that is asked for.
async fn answer(
    cx: &Context,
    definition: Option<UnaryResponseDefinition>,
    info: RequestInfo,
) -> Result<ConformancePayload, Status> {
    let definition = definition.unwrap_or_default();
    refuse_raw(definition.raw_response)?;
    send_metadata(
        cx,
        &definition.response_headers,
        &definition.response_trailers,
    )?;
    delay(definition.response_delay_ms).await;
    match definition.response {
        Some(UnaryOutcome::Error(error)) => Err(status(error, Some(info))),
        Some(UnaryOutcome::ResponseData(data)) => Ok(payload(data, Some(info))),
        None => Ok(payload(Bytes::new(), Some(info))),
    }
}

/// What comes before the responses of a stream.
fn begin(cx: &Context, definition: &StreamResponseDefinition) -> Result<(), Status> {
    refuse_raw(definition.raw_response.clone())?;
    send_metadata(
        cx,
        &definition.response_headers,
        &definition.response_trailers,
    )
}

/// What comes after them; with what nobody has been told yet.
fn end(error: Option<Error>, info: Option<RequestInfo>) -> Result<(), Status> {
    match error {
        Some(error) => Err(status(error, info)),
        None => Ok(()),
    }
}

/// The headers leave at once, so that clients don't wait for them.
fn send_metadata(cx: &Context, headers: &[Header], trailers: &[Header]) -> Result<(), Status> {
    each_pair(headers, |key, value| cx.add_initial_metadata(key, value))?;
    each_pair(trailers, |key, value| cx.add_trailing_metadata(key, value))?;
    if !headers.is_empty() {
        cx.send_initial_metadata();
    }
    Ok(())
}

fn refuse_raw(response: Option<RawHttpResponse>) -> Result<(), Status> {
    match response {
        Some(_) => Err(Status::invalid_argument(
            "only the reference server answers with raw HTTP",
        )),
        None => Ok(()),
    }
}

fn payload(data: Bytes, request_info: Option<RequestInfo>) -> ConformancePayload {
    ConformancePayload { data, request_info }
}

fn status(error: Error, info: Option<RequestInfo>) -> Status {
    let code = u32::try_from(error.code.number()).ok();
    let code = match code.and_then(traitwire::Code::from_number) {
        None | Some(traitwire::Code::Ok) => traitwire::Code::Unknown,
        Some(code) => code,
    };
    let message = error.message.unwrap_or_default();
    let mut details = error.details;
    details.extend(info.as_ref().map(Any::pack));
    if details.is_empty() {
        return Status::new(code, message);
    }
    let status = RpcStatus {
        code: code.number().into(),
        message: message.clone(),
        details,
    };
    Status::new(code, message).with_details(status.encode_to_vec())
}

async fn delay(milliseconds: u32) {
    if milliseconds > 0 {
        sleep(Duration::from_millis(milliseconds.into())).await;
    }
}

/// How many bytes of requests may wait for the response that sends them back.
const MAX_LEN: usize = 64 * 1024 * 1024;

/// What a request takes that has nothing in it.
const EMPTY_LEN: usize = 128;
