//! The client: makes the calls that it is asked for, and says what became of them.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::select;
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;
use traitwire::well_known::UnpackError;
use traitwire::{
    Call, CallInput, CallOutput, Channel, ClientTls, Compression, ConnectError, Context,
    Enumeration, InvalidMetadata, Message, Metadata, One, Response, Status, Streaming, TlsRoots,
};

use super::contract::{
    BidiStreamResponse, ClientStreamResponse, ConformancePayload, ConformanceServiceClient, Error,
    IdempotentUnaryResponse, ServerStreamResponse, UnaryResponse, UnimplementedResponse,
};
use super::metadata::{each_pair, to_headers};
use super::programs::{
    self, CallResult, CancelTiming, ClientCompatRequest, ClientCompatResponse, ClientErrorResult,
    ClientResponseResult, Code, StreamType, TlsCreds,
};
use super::unsupported::Unsupported;
use crate::in_uri;

/// Makes calls, on a channel for each way to reach a server.
#[derive(Debug, Default)]
pub struct Calls {
    channels: Mutex<HashMap<Way, Channel>>,
}

impl Calls {
    /// No channel yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a call, and says what became of it.
    pub async fn call(&self, request: ClientCompatRequest) -> ClientCompatResponse {
        let test_name = request.test_name.clone();
        let result = match self.try_call(request).await {
            Ok(response) => CallResult::Response(response),
            Err(error) => CallResult::Error(ClientErrorResult {
                message: error.to_string(),
            }),
        };
        ClientCompatResponse {
            test_name,
            result: Some(result),
        }
    }

    async fn try_call(
        &self,
        request: ClientCompatRequest,
    ) -> Result<ClientResponseResult, CallError> {
        Unsupported::check(request.protocol, request.http_version)?;
        Unsupported::check_codec(request.codec)?;
        if request.raw_request.is_some() {
            return Err(CallError::RawRequest);
        }
        let compression = match request.compression {
            programs::Compression::Unspecified | programs::Compression::Identity => None,
            programs::Compression::Gzip => Some(Compression::Gzip),
            programs::Compression::Zstd => Some(Compression::Zstd),
            programs::Compression::Deflate => Some(Compression::Deflate),
            other => return Err(Unsupported::Compression(other).into()),
        };
        let way = Way {
            host: request.host.clone(),
            port: request.port,
            compression,
            server_tls_cert: request.server_tls_cert.clone(),
            client_tls_creds: request.client_tls_creds.clone(),
        };
        let mut metadata = Metadata::new();
        each_pair(&request.request_headers, |key, value| {
            metadata.append(key, value)
        })?;
        let planned = Planned {
            client: ConformanceServiceClient::new(self.channel(way)?),
            metadata,
            compression,
            request,
        };
        planned.make().await
    }

    fn channel(&self, way: Way) -> Result<Channel, CallError> {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(channel) = channels.get(&way) {
            return Ok(channel.clone());
        }
        let channel = way.channel()?;
        channels.insert(way, channel.clone());
        Ok(channel)
    }
}

/// How a server is reached.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Way {
    host: String,
    port: u32,
    compression: Option<Compression>,
    server_tls_cert: Bytes,
    client_tls_creds: Option<TlsCreds>,
}

impl Way {
    fn channel(&self) -> Result<Channel, CallError> {
        // What it may send compressed is what we compress with.
        let mut channel = Channel::builder().accept_compressed(self.compression);
        let mut scheme = "http";
        if !self.server_tls_cert.is_empty() {
            scheme = "https";
            let mut tls = ClientTls::new().roots(TlsRoots::pem(self.server_tls_cert.clone()));
            if let Some(creds) = &self.client_tls_creds {
                tls = tls.certificate_pem(creds.cert.clone(), creds.key.clone());
            }
            channel = channel.tls(tls);
        }
        let target = format!("{scheme}://{}:{}", in_uri(&self.host), self.port);
        channel.lazy(target).map_err(CallError::Channel)
    }
}

/// A call, about to be made.
struct Planned {
    client: ConformanceServiceClient,
    metadata: Metadata,
    compression: Option<Compression>,
    request: ClientCompatRequest,
}

impl Planned {
    async fn make(mut self) -> Result<ClientResponseResult, CallError> {
        if let Some(service) = &self.request.service
            && service != SERVICE
        {
            return Err(CallError::Service(service.clone()));
        }
        let cx = Context::new();
        let client = self.client.clone();
        match self.request.method.take().unwrap_or_default().as_str() {
            "Unary" => {
                let call = client.unary(self.only_message()?, cx);
                Ok(self.unary(call).await)
            }
            "IdempotentUnary" => {
                let call = client.idempotent_unary(self.only_message()?, cx);
                Ok(self.unary(call).await)
            }
            "Unimplemented" => {
                let call = client.unimplemented(self.only_message()?);
                Ok(self.unary(call).await)
            }
            "ServerStream" => {
                let call = client.server_stream(self.only_message()?, cx);
                let cancelled = after(self.cancelled_after());
                Ok(self.stream(call, cancelled, None).await)
            }
            "ClientStream" => {
                let (requests, sending, cancelled) = self.requests()?;
                let call = client.client_stream(requests, cx);
                let mut result = self.one(call, cancelled).await;
                result.num_unsent_requests = sending.unsent();
                Ok(result)
            }
            "BidiStream" => {
                let (requests, sending, cancelled) = self.requests()?;
                let call = client.bidi_stream(requests, cx);
                let turns = sending.turns.as_ref();
                let mut result = self.stream(call, cancelled, turns).await;
                result.num_unsent_requests = sending.unsent();
                Ok(result)
            }
            method => Err(CallError::Method(method.to_owned())),
        }
    }

    /// A call with one message each way.
    async fn unary<I: Message, O: Payload>(
        &self,
        call: Call<One<I>, One<O>>,
    ) -> ClientResponseResult {
        self.one(call, after(self.cancelled_after())).await
    }

    /// A call with one answer, which ends with `cancelled` if that comes first.
    async fn one<I: CallInput, O: Payload>(
        &self,
        call: Call<I, One<O>>,
        cancelled: impl Future<Output = ()>,
    ) -> ClientResponseResult {
        let mut result = ClientResponseResult::default();
        let outcome = select! {
            outcome = self.shape(call).response() => outcome,
            // Dropped is cancelled.
            () = cancelled => Err(cancelled_here()),
        };
        match outcome {
            Ok(response) => {
                let (message, headers, trailers) = response.into_parts();
                result.response_headers = to_headers(&headers);
                result.payloads.extend(message.payload());
                result.response_trailers = to_headers(&trailers);
            }
            Err(status) => {
                result.response_headers = to_headers(status.headers());
                fail(&mut result, &status);
            }
        }
        result
    }

    /// A call with a stream of answers, which ends with `cancelled` if that comes first; those who wait for a response
    /// before they send another request hear of each.
    async fn stream<I: CallInput, O: Payload>(
        &self,
        call: Call<I, Streaming<O>>,
        cancelled: impl Future<Output = ()>,
        turns: Option<&mpsc::UnboundedSender<()>>,
    ) -> ClientResponseResult {
        let mut result = ClientResponseResult::default();
        let read = async {
            let response: Response<Streaming<O>> = self.shape(call).response().await?;
            result.response_headers = to_headers(response.headers());
            let mut responses = response.into_message();
            while let Some(message) = responses.message().await? {
                result.payloads.extend(message.payload());
                if self.cancelled_after_responses() == Some(result.payloads.len()) {
                    return Err(cancelled_here());
                }
                if let Some(turns) = turns {
                    // There may be more responses than requests.
                    let _ = turns.send(());
                }
            }
            if let Some(trailers) = responses.trailers() {
                result.response_trailers = to_headers(trailers);
            }
            Ok(())
        };
        let outcome = select! {
            outcome = read => outcome,
            () = cancelled => Err(cancelled_here()),
        };
        if let Err(status) = outcome {
            fail(&mut result, &status);
        }
        result
    }

    /// What every call of the test has.
    fn shape<I: CallInput, O: CallOutput>(&self, call: Call<I, O>) -> Call<I, O> {
        let mut call = call
            .metadata_from(self.metadata.clone())
            .send_compressed(self.compression);
        if let Some(timeout) = self.request.timeout_ms {
            call = call.timeout(milliseconds(timeout));
        }
        if self.request.message_receive_limit > 0 {
            call = call.max_receive_message_len(self.request.message_receive_limit as usize);
        }
        call
    }

    fn messages<M: Message>(&self) -> Result<Vec<M>, CallError> {
        let messages = self.request.request_messages.iter();
        Ok(messages.map(|any| any.unpack()).collect::<Result<_, _>>()?)
    }

    fn only_message<M: Message>(&self) -> Result<M, CallError> {
        let [message] = <[M; 1]>::try_from(self.messages()?)
            .map_err(|messages| CallError::NotOneMessage(messages.len()))?;
        Ok(message)
    }

    /// The stream of requests, as it is to be sent; what is known of it; and what is ready when the call is to be cancelled
    /// after its end.
    fn requests<M: Message + Send>(
        &self,
    ) -> Result<(Streaming<M>, Sending, impl Future<Output = ()> + use<M>), CallError> {
        let messages = self.messages::<M>()?;
        let pause = milliseconds(self.request.request_delay_ms);
        let cancel_before_end = self.cancel_timing() == Some(CancelTiming::BeforeCloseSend(()));
        let (turns, mut turn) = match self.request.stream_type {
            StreamType::FullDuplexBidiStream => {
                let (turns, turn) = mpsc::unbounded_channel();
                (Some(turns), Some(turn))
            }
            _ => (None, None),
        };
        let sending = Sending {
            all: messages.len(),
            sent: Arc::default(),
            turns,
        };
        let sent = Arc::clone(&sending.sent);
        let (ended, end) = oneshot::channel();
        let requests = Streaming::generate(move |out| async move {
            for message in messages {
                if !pause.is_zero() {
                    sleep(pause).await;
                }
                out.send(message).await?;
                sent.fetch_add(1, Ordering::Relaxed);
                if let Some(turn) = &mut turn {
                    turn.recv().await;
                }
            }
            if cancel_before_end {
                // So a stream of requests cancels its call.
                return Err(cancelled_here());
            }
            // Nobody may want to know.
            let _ = ended.send(());
            Ok(())
        });
        let cancelled_after = self.cancelled_after();
        let cancelled = async move {
            // Requests that don't come to their end are no reason to cancel.
            let ended = end.await.is_ok();
            after(cancelled_after.filter(|_| ended)).await;
        };
        Ok((requests, sending, cancelled))
    }

    fn cancel_timing(&self) -> Option<CancelTiming> {
        let cancel = self.request.cancel.as_ref()?;
        let timing = cancel.cancel_timing.clone();
        Some(timing.unwrap_or(CancelTiming::AfterCloseSendMs(0)))
    }

    /// How long after the end of the requests the call is cancelled.
    fn cancelled_after(&self) -> Option<Duration> {
        match self.cancel_timing()? {
            CancelTiming::AfterCloseSendMs(after) => Some(milliseconds(after)),
            CancelTiming::BeforeCloseSend(()) | CancelTiming::AfterNumResponses(_) => None,
        }
    }

    fn cancelled_after_responses(&self) -> Option<usize> {
        match self.cancel_timing()? {
            CancelTiming::AfterNumResponses(responses) => usize::try_from(responses).ok(),
            CancelTiming::BeforeCloseSend(()) | CancelTiming::AfterCloseSendMs(_) => None,
        }
    }
}

/// What is known of a stream of requests, while it is sent.
struct Sending {
    all: usize,
    sent: Arc<AtomicUsize>,
    /// Tells that there is a response, and the next request may go.
    turns: Option<mpsc::UnboundedSender<()>>,
}

impl Sending {
    fn unsent(&self) -> i32 {
        let unsent = self.all - self.sent.load(Ordering::Relaxed);
        i32::try_from(unsent).unwrap_or(i32::MAX)
    }
}

/// A response, of which the runner wants to know what it carries.
trait Payload: Message + Send {
    fn payload(self) -> Option<ConformancePayload>;
}

macro_rules! payload {
    ($($response:ident),*) => {
        $(
            impl Payload for $response {
                fn payload(self) -> Option<ConformancePayload> {
                    Some(self.payload.unwrap_or_default())
                }
            }
        )*
    };
}

payload!(
    UnaryResponse,
    IdempotentUnaryResponse,
    ServerStreamResponse,
    ClientStreamResponse,
    BidiStreamResponse
);

impl Payload for UnimplementedResponse {
    fn payload(self) -> Option<ConformancePayload> {
        None
    }
}

/// What a call ended with.
fn fail(result: &mut ClientResponseResult, status: &Status) {
    let code = Code::from_number(status.code().number().into());
    result.error = Some(Error {
        code: code.unwrap_or(Code::Unknown),
        message: Some(status.message().to_owned()),
        details: match status.rpc_status() {
            Ok(rpc_status) => rpc_status.details,
            // They aren't what the server was to send, which the runner will see.
            Err(_) => Vec::new(),
        },
    });
    result.response_trailers = to_headers(status.metadata());
}

/// What a call that we cancel has come to: whoever drops it isn't told.
fn cancelled_here() -> Status {
    Status::cancelled("cancelled by the client")
}

/// Ready after a while, if it is said how long.
async fn after(pause: Option<Duration>) {
    match pause {
        Some(pause) => sleep(pause).await,
        None => std::future::pending().await,
    }
}

fn milliseconds(milliseconds: u32) -> Duration {
    Duration::from_millis(milliseconds.into())
}

/// Why a call can't be made.
#[derive(Debug)]
pub enum CallError {
    /// It was to be one that we don't have.
    Unsupported(Unsupported),
    /// It was to be made of bytes.
    RawRequest,
    /// It was to go to another service.
    Service(String),
    /// The service has no such method.
    Method(String),
    /// It has another number of requests than one.
    NotOneMessage(usize),
    /// A request isn't one of the method.
    Message(UnpackError),
    /// The headers are no metadata.
    Metadata(InvalidMetadata),
    /// There is no way to the server.
    Channel(ConnectError),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported(what) => what.fmt(f),
            Self::RawRequest => f.write_str("only the reference client sends raw HTTP"),
            Self::Service(service) => write!(f, "the service is {SERVICE}, not {service}"),
            Self::Method(method) => write!(f, "the service has no method {method:?}"),
            Self::NotOneMessage(messages) => {
                write!(f, "the method has one request, not {messages}")
            }
            Self::Message(error) => error.fmt(f),
            Self::Metadata(error) => error.fmt(f),
            Self::Channel(error) => error.fmt(f),
        }
    }
}

impl StdError for CallError {}

impl From<Unsupported> for CallError {
    fn from(what: Unsupported) -> Self {
        Self::Unsupported(what)
    }
}

impl From<UnpackError> for CallError {
    fn from(error: UnpackError) -> Self {
        Self::Message(error)
    }
}

impl From<InvalidMetadata> for CallError {
    fn from(error: InvalidMetadata) -> Self {
        Self::Metadata(error)
    }
}

const SERVICE: &str = "connectrpc.conformance.v1.ConformanceService";
