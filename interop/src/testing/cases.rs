//! What clients do, and what they expect: each case as the document has it, under its name.

use std::fmt::{self, Debug, Display};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join;
use traitwire::{
    Call, Channel, Code, ConnectError, Context, MaybeCompressed, Metadata, One, Sender, Status,
    Streaming,
};

use super::service::{ECHO_INITIAL, ECHO_TRAILING};
use super::soak::{self, Reuse, Soak};
use super::{
    BoolValue, COMPRESSIONS, EchoStatus, Empty, Payload, PayloadType, ResponseParameters,
    SimpleRequest, SimpleResponse, StreamingInputCallRequest, StreamingInputCallResponse,
    StreamingOutputCallRequest, StreamingOutputCallResponse, TestServiceClient,
    UnimplementedServiceClient,
};

/// One of the document's test cases.
pub struct Case {
    /// What the document calls it.
    pub name: &'static str,
    run: for<'a> fn(&'a Client) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>,
}

impl Case {
    /// Those that need neither a cloud nor a proxy.
    pub const ALL: &'static [Self] = CASES;

    /// The case of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        CASES.iter().find(|case| case.name == name)
    }

    /// Goes through the case.
    ///
    /// # Errors
    ///
    /// With the first expectation that isn't met.
    pub async fn run(&self, client: &Client) -> Outcome {
        (self.run)(client).await
    }
}

impl Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Case").field(&self.name).finish()
    }
}

/// How a case ends.
pub type Outcome = Result<(), Failure>;

/// An expectation that wasn't met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    what: String,
    expected: String,
    got: String,
}

impl Failure {
    pub(super) fn new(what: impl Display, expected: impl Display, got: impl Display) -> Self {
        Self {
            what: what.to_string(),
            expected: expected.to_string(),
            got: got.to_string(),
        }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            expected,
            got,
        } = self;
        write!(f, "{what}: expected {expected}, got {got}")
    }
}

impl std::error::Error for Failure {}

/// Who goes through cases.
#[derive(Clone)]
pub struct Client {
    pub(super) server_uri: String,
    pub(super) stub: Stub,
    connect: Arc<Connect>,
    metadata: Metadata,
    pub(super) soak: Soak,
}

type Connect = dyn Fn() -> Result<Channel, ConnectError> + Send + Sync;

impl Client {
    /// A client of the server that `connect` makes channels to, and that logs call `server_uri`. The channels have to accept
    /// [`COMPRESSIONS`]. Every call has this `metadata` beside that of its case.
    ///
    /// # Errors
    ///
    /// If there is no channel.
    pub fn new(
        server_uri: String,
        connect: impl Fn() -> Result<Channel, ConnectError> + Send + Sync + 'static,
        metadata: Metadata,
        soak: Soak,
    ) -> Result<Self, ConnectError> {
        Ok(Self {
            server_uri,
            stub: Stub::new(connect()?, &metadata),
            connect: Arc::new(connect),
            metadata,
            soak,
        })
    }

    /// A stub of a channel of its own.
    pub(super) fn new_stub(&self) -> Result<Stub, ConnectError> {
        Ok(Stub::new((self.connect)()?, &self.metadata))
    }
}

impl Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("server_uri", &self.server_uri)
            .field("soak", &self.soak)
            .finish_non_exhaustive()
    }
}

/// The services' methods, with the metadata that every call has.
#[derive(Clone, Debug)]
pub(super) struct Stub {
    tests: TestServiceClient,
    unimplemented: UnimplementedServiceClient,
    metadata: Metadata,
}

impl Stub {
    fn new(channel: Channel, metadata: &Metadata) -> Self {
        Self {
            tests: TestServiceClient::new(channel.clone()),
            unimplemented: UnimplementedServiceClient::new(channel),
            metadata: metadata.clone(),
        }
    }

    fn empty(&self) -> Call<One<Empty>, One<Empty>> {
        self.shape(self.tests.empty_call(Empty {}))
    }

    fn unary(&self, request: SimpleRequest) -> Call<One<SimpleRequest>, One<SimpleResponse>> {
        self.shape(self.tests.unary_call(request, Context::new()))
    }

    fn streaming_input(
        &self,
        requests: Streaming<StreamingInputCallRequest>,
    ) -> Call<Streaming<StreamingInputCallRequest>, One<StreamingInputCallResponse>> {
        self.shape(self.tests.streaming_input_call(requests))
    }

    fn streaming_output(
        &self,
        request: StreamingOutputCallRequest,
    ) -> Call<One<StreamingOutputCallRequest>, Responses> {
        let call = self.tests.streaming_output_call(request, Context::new());
        self.shape(call)
    }

    fn full_duplex(&self, requests: Streaming<StreamingOutputCallRequest>) -> FullDuplexCall {
        let call = self.tests.full_duplex_call(requests, Context::new());
        self.shape(call)
    }

    fn unimplemented_method(&self) -> Call<One<Empty>, One<Empty>> {
        self.shape(self.tests.unimplemented_call(Empty {}))
    }

    fn unimplemented_service(&self) -> Call<One<Empty>, One<Empty>> {
        self.shape(self.unimplemented.unimplemented_call(Empty {}))
    }

    /// Waits until what was done before has left for the server, by a call that has to wait for it, however that ends. A
    /// program that ends at once after a cancellation might otherwise keep it to itself.
    async fn flush(&self) {
        let _ = self.empty().await;
    }

    fn shape<I, O>(&self, call: Call<I, O>) -> Call<I, O> {
        call.metadata_from(self.metadata.clone())
    }
}

type FullDuplexCall = Call<Streaming<StreamingOutputCallRequest>, Responses>;
type Responses = Streaming<StreamingOutputCallResponse>;

macro_rules! cases {
    ($($name:ident,)*) => {
        const CASES: &[Case] = &[$(Case {
            name: stringify!($name),
            run: |client| Box::pin($name(client)),
        }),*];
    };
}

cases! {
    empty_unary,
    large_unary,
    client_compressed_unary,
    server_compressed_unary,
    client_streaming,
    client_compressed_streaming,
    server_streaming,
    server_compressed_streaming,
    ping_pong,
    empty_stream,
    custom_metadata,
    status_code_and_message,
    special_status_message,
    unimplemented_method,
    unimplemented_service,
    cancel_after_begin,
    cancel_after_first_response,
    timeout_on_sleeping_server,
    rpc_soak,
    channel_soak,
}

async fn empty_unary(client: &Client) -> Outcome {
    let response = client.stub.empty().await;
    succeeded("EmptyCall", response).map(|Empty {}| ())
}

async fn large_unary(client: &Client) -> Outcome {
    let response = client.stub.unary(large_request()).await;
    check_large(&succeeded("UnaryCall", response)?)
}

async fn client_compressed_unary(client: &Client) -> Outcome {
    let request = |value| SimpleRequest {
        expect_compressed: Some(BoolValue { value }),
        ..large_request()
    };
    let probe = client.stub.unary(request(true)).await;
    let what = "UnaryCall, not compressed as announced";
    failed(what, probe, Code::InvalidArgument)?;

    let call = client.stub.unary(request(true));
    let compressed = call.send_compressed(COMPRESSIONS[0]).await;
    check_large(&succeeded("UnaryCall, compressed", compressed)?)?;

    let uncompressed = client.stub.unary(request(false)).await;
    check_large(&succeeded("UnaryCall, not compressed", uncompressed)?)
}

async fn server_compressed_unary(client: &Client) -> Outcome {
    for compressed in [true, false] {
        let request = SimpleRequest {
            response_compressed: Some(BoolValue { value: compressed }),
            ..large_request()
        };
        let response = client.stub.unary(request).response().await;
        let response = succeeded("UnaryCall", response)?;
        check(
            "whether the response is compressed",
            compressed,
            response.was_compressed(),
        )?;
        check_large(response.message())?;
    }
    Ok(())
}

async fn client_streaming(client: &Client) -> Outcome {
    let requests = REQUEST_SIZES.map(|size| StreamingInputCallRequest {
        payload: zeros(size),
        expect_compressed: None,
    });
    let call = client.stub.streaming_input(Streaming::from_iter(requests));
    let response = succeeded("StreamingInputCall", call.await)?;
    check(
        "aggregated_payload_size",
        74922,
        response.aggregated_payload_size,
    )
}

async fn client_compressed_streaming(client: &Client) -> Outcome {
    let request = |size, value| StreamingInputCallRequest {
        payload: zeros(size),
        expect_compressed: Some(BoolValue { value }),
    };
    let probe = Streaming::from_iter([MaybeCompressed::Uncompressed(request(27182, true))]);
    let call = client.stub.streaming_input(probe);
    let probe = call.send_compressed(COMPRESSIONS[0]).await;
    let what = "StreamingInputCall, not compressed as announced";
    failed(what, probe, Code::InvalidArgument)?;

    let requests = Streaming::from_iter([
        MaybeCompressed::Compressed(request(27182, true)),
        MaybeCompressed::Uncompressed(request(45904, false)),
    ]);
    let call = client.stub.streaming_input(requests);
    let response = call.send_compressed(COMPRESSIONS[0]).await;
    let response = succeeded("StreamingInputCall", response)?;
    check(
        "aggregated_payload_size",
        73086,
        response.aggregated_payload_size,
    )
}

async fn server_streaming(client: &Client) -> Outcome {
    let request = StreamingOutputCallRequest {
        response_parameters: RESPONSE_SIZES.map(of_size).into(),
        ..Default::default()
    };
    let call = client.stub.streaming_output(request);
    let mut responses = succeeded("StreamingOutputCall", call.await)?;
    for size in RESPONSE_SIZES {
        check_next(&mut responses, size).await?;
    }
    check_end(&mut responses).await
}

async fn server_compressed_streaming(client: &Client) -> Outcome {
    let wanted = [(31415, true), (92653, false)];
    let parameters = wanted.map(|(size, value)| ResponseParameters {
        compressed: Some(BoolValue { value }),
        ..of_size(size)
    });
    let request = StreamingOutputCallRequest {
        response_parameters: parameters.into(),
        ..Default::default()
    };
    let call = client.stub.streaming_output(request);
    let mut responses = succeeded("StreamingOutputCall", call.await)?;
    for (size, compressed) in wanted {
        check_next(&mut responses, size).await?;
        check(
            format_args!("whether the response of {size} bytes is compressed"),
            compressed,
            responses.was_compressed(),
        )?;
    }
    check_end(&mut responses).await
}

async fn ping_pong(client: &Client) -> Outcome {
    let (requests, call) = full_duplex(client);
    let mut responses = succeeded("FullDuplexCall", call.await)?;
    for (request, response) in REQUEST_SIZES.into_iter().zip(RESPONSE_SIZES) {
        // If nobody takes it any more, the responses say why.
        let _ = requests.send(duplex_request(request, response)).await;
        check_next(&mut responses, response).await?;
    }
    drop(requests);
    check_end(&mut responses).await
}

async fn empty_stream(client: &Client) -> Outcome {
    let (requests, call) = full_duplex(client);
    drop(requests);
    check_end(&mut succeeded("FullDuplexCall", call.await)?).await
}

async fn custom_metadata(client: &Client) -> Outcome {
    let call = client.stub.unary(large_request());
    let response = with_echoed(call).response().await;
    let response = succeeded("UnaryCall", response)?;
    check_large(response.message())?;
    check_echoed("UnaryCall", response.headers(), response.trailers())?;

    let request = duplex_request(LARGE_REQUEST, LARGE_RESPONSE);
    let requests = Streaming::from_iter([request]);
    let call = client.stub.full_duplex(requests);
    let response = with_echoed(call).response().await;
    let response = succeeded("FullDuplexCall", response)?;
    let headers = response.headers().clone();
    let mut responses = response.into_message();
    check_next(&mut responses, LARGE_RESPONSE).await?;
    check_end(&mut responses).await?;
    let trailers = responses.trailers().cloned().unwrap_or_default();
    check_echoed("FullDuplexCall", &headers, &trailers)
}

async fn status_code_and_message(client: &Client) -> Outcome {
    let response_status = Some(EchoStatus {
        code: 2,
        message: "test status message".to_owned(),
    });
    echo_unary_status(client, &response_status).await?;

    let request = StreamingOutputCallRequest {
        response_status: response_status.clone(),
        ..Default::default()
    };
    let requests = Streaming::from_iter([request]);
    let call = client.stub.full_duplex(requests);
    let mut responses = succeeded("FullDuplexCall", call.await)?;
    let status = failed("FullDuplexCall", responses.message().await, Code::Unknown)?;
    check_message("FullDuplexCall", &response_status, &status)
}

async fn special_status_message(client: &Client) -> Outcome {
    let response_status = Some(EchoStatus {
        code: 2,
        message: "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n".to_owned(),
    });
    echo_unary_status(client, &response_status).await
}

async fn unimplemented_method(client: &Client) -> Outcome {
    let outcome = client.stub.unimplemented_method().await;
    let what = "TestService/UnimplementedCall";
    failed(what, outcome, Code::Unimplemented).map(drop)
}

async fn unimplemented_service(client: &Client) -> Outcome {
    let outcome = client.stub.unimplemented_service().await;
    let what = "UnimplementedService/UnimplementedCall";
    failed(what, outcome, Code::Unimplemented).map(drop)
}

/// The stream of requests is asked for its first message when the call's headers have left, and no sooner.
async fn cancel_after_begin(client: &Client) -> Outcome {
    let (requests, stream) = Streaming::channel(1);
    let call = client.stub.streaming_input(stream);
    let (response, _) = join(call.send(), requests.fail(cancelled())).await;
    client.stub.flush().await;
    failed("StreamingInputCall", response, Code::Cancelled).map(drop)
}

async fn cancel_after_first_response(client: &Client) -> Outcome {
    let (requests, call) = full_duplex(client);
    let mut responses = succeeded("FullDuplexCall", call.await)?;
    let _ = requests.send(duplex_request(27182, 31415)).await;
    check_next(&mut responses, 31415).await?;
    let (response, _) = join(responses.message(), requests.fail(cancelled())).await;
    client.stub.flush().await;
    failed("FullDuplexCall", response, Code::Cancelled).map(drop)
}

async fn timeout_on_sleeping_server(client: &Client) -> Outcome {
    let (requests, call) = full_duplex(client);
    let response = async {
        let mut responses = call.timeout(Duration::from_millis(1)).await?;
        responses.message().await
    };
    let request = StreamingOutputCallRequest {
        payload: zeros(27182),
        ..Default::default()
    };
    // The call may be over before its request has left.
    let (response, _) = join(response, requests.send(request)).await;
    failed("FullDuplexCall", response, Code::DeadlineExceeded).map(drop)
}

async fn rpc_soak(client: &Client) -> Outcome {
    soak::run(client, Reuse::Channel).await
}

async fn channel_soak(client: &Client) -> Outcome {
    soak::run(client, Reuse::Nothing).await
}

/// As the soaking cases do it: returns what is wrong with the answer.
pub(super) async fn unary(stub: &Stub, request: i32, response: i32) -> Outcome {
    let request = SimpleRequest {
        response_size: response,
        payload: zeros(request),
        ..Default::default()
    };
    let got = succeeded("UnaryCall", stub.unary(request).await)?;
    check_payload(got.payload, response)
}

fn full_duplex(client: &Client) -> (Sender<StreamingOutputCallRequest>, FullDuplexCall) {
    let (requests, stream) = Streaming::channel(1);
    (requests, client.stub.full_duplex(stream))
}

async fn echo_unary_status(client: &Client, status: &Option<EchoStatus>) -> Outcome {
    let request = SimpleRequest {
        response_status: status.clone(),
        ..Default::default()
    };
    let response = client.stub.unary(request).await;
    let got = failed("UnaryCall", response, Code::Unknown)?;
    check_message("UnaryCall", status, &got)
}

fn with_echoed<I, O>(call: Call<I, O>) -> Call<I, O> {
    call.metadata(ECHO_INITIAL, INITIAL)
        .metadata(ECHO_TRAILING, TRAILING)
}

fn large_request() -> SimpleRequest {
    SimpleRequest {
        response_size: LARGE_RESPONSE,
        payload: zeros(LARGE_REQUEST),
        ..Default::default()
    }
}

fn duplex_request(request: i32, response: i32) -> StreamingOutputCallRequest {
    StreamingOutputCallRequest {
        response_parameters: vec![of_size(response)],
        payload: zeros(request),
        ..Default::default()
    }
}

fn of_size(size: i32) -> ResponseParameters {
    ResponseParameters {
        size,
        ..Default::default()
    }
}

fn zeros(len: i32) -> Option<Payload> {
    usize::try_from(len).ok().and_then(Payload::zeros)
}

fn cancelled() -> Status {
    Status::cancelled("the client wants no more of it")
}

fn succeeded<T>(what: &str, result: Result<T, Status>) -> Result<T, Failure> {
    result.map_err(|status| Failure::new(what, Code::Ok, status))
}

fn failed<T>(what: &str, result: Result<T, Status>, code: Code) -> Result<Status, Failure> {
    match result {
        Err(status) if status.code() == code => Ok(status),
        Err(status) => Err(Failure::new(what, code, status)),
        Ok(_) => Err(Failure::new(what, code, Code::Ok)),
    }
}

fn check<T: PartialEq + Debug>(what: impl Display, expected: T, got: T) -> Outcome {
    if expected == got {
        return Ok(());
    }
    let [expected, got] = [expected, got].map(|value| format!("{value:?}"));
    Err(Failure::new(what, expected, got))
}

fn check_large(response: &SimpleResponse) -> Outcome {
    check_payload(response.payload.clone(), LARGE_RESPONSE)
}

async fn check_next(responses: &mut Responses, size: i32) -> Outcome {
    match succeeded("the stream of responses", responses.message().await)? {
        Some(response) => check_payload(response.payload, size),
        None => Err(Failure::new(
            "the stream of responses",
            format_args!("a payload of {size} bytes"),
            "its end",
        )),
    }
}

async fn check_end(responses: &mut Responses) -> Outcome {
    match succeeded("the stream of responses", responses.message().await)? {
        None => Ok(()),
        Some(response) => {
            let len = response.payload.unwrap_or_default().body.len();
            let more = format!("a payload of {len} bytes");
            Err(Failure::new("the stream of responses", "its end", more))
        }
    }
}

fn check_payload(payload: Option<Payload>, size: i32) -> Outcome {
    let Payload { kind, body } = payload.unwrap_or_default();
    check("the payload's type", PayloadType::Compressable, kind)?;
    let len = i32::try_from(body.len()).unwrap_or(i32::MAX);
    check("the bytes in the payload", size, len)?;
    let other = body.iter().find(|byte| **byte != 0);
    check("bytes in the payload that aren't zero", None, other)
}

fn check_message(what: &str, expected: &Option<EchoStatus>, got: &Status) -> Outcome {
    let expected = expected.as_ref().map(|status| &*status.message);
    check(
        format_args!("the status message of {what}"),
        expected,
        Some(got.message()),
    )
}

fn check_echoed(what: &str, headers: &Metadata, trailers: &Metadata) -> Outcome {
    let initial: Vec<_> = headers.get_all(ECHO_INITIAL).collect();
    check(
        format_args!("{ECHO_INITIAL} in front of {what}'s response"),
        vec![INITIAL],
        initial,
    )?;
    let name = format_args!("{ECHO_TRAILING} behind {what}'s response");
    let trailing = trailers.get_all_bin(ECHO_TRAILING);
    let trailing = trailing.map_err(|error| Failure::new(name, "bytes", error))?;
    check(
        name,
        vec![TRAILING],
        trailing.iter().map(|value| &**value).collect(),
    )
}

const LARGE_REQUEST: i32 = 271_828;
const LARGE_RESPONSE: i32 = 314_159;
const REQUEST_SIZES: [i32; 4] = [27182, 8, 1828, 45904];
const RESPONSE_SIZES: [i32; 4] = [31415, 9, 2653, 58979];

const INITIAL: &str = "test_initial_metadata_value";
const TRAILING: &[u8] = &[0xab, 0xab, 0xab];
