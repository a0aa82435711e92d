//! Our client against a server of the interop service, whoever wrote it.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use interop::{
    BidiStreamRequest, CallEvent, Cancel, Choice, ClientStreamRequest, Colour, Ending, Failure,
    Hang, InteropServiceClient, Leaf, ObserveCallRequest, Script, ServerStreamRequest,
    UnaryRequest, Values,
};
use traitwire::{Code, MaybeCompressed, Metadata, Status, Streaming, grpc_service};

pub(crate) type Scenario = fn(InteropServiceClient) -> Pin<Box<dyn Future<Output = ()>>>;

macro_rules! scenarios {
    ($($name:ident,)*) => {
        pub(crate) const SCENARIOS: &[(&str, Scenario)] = &[$((stringify!($name), |client| Box::pin($name(client)))),*];
    };
}

scenarios! {
    unary,
    server_stream,
    client_stream,
    bidi_stream,
    server_ends_first,
    every_kind_of_field,
    empty,
    blocking,
    metadata,
    metadata_with_an_error,
    status_with_a_unicode_message,
    deadline,
    client_cancels,
    server_cancels,
    large_messages,
    compressed_messages,
    thousand_concurrent_calls,
    unknown_method_and_service,
}

async fn unary(client: InteropServiceClient) {
    let request = UnaryRequest {
        payload: b"ping".to_vec(),
        ..Default::default()
    };
    assert_eq!(client.unary(request, cx()).await.unwrap().payload, b"ping");
    assert_eq!(
        client
            .unary(UnaryRequest::default(), cx())
            .await
            .unwrap()
            .payload,
        b""
    );
}

async fn server_stream(client: InteropServiceClient) {
    let request = ServerStreamRequest {
        payload: b"x".to_vec(),
        count: 100,
        ..Default::default()
    };
    let responses = collect(client.server_stream(request, cx()).await.unwrap())
        .await
        .unwrap();
    assert_eq!(
        responses
            .iter()
            .map(|response| response.index)
            .collect::<Vec<_>>(),
        Vec::from_iter(0..100)
    );
    assert!(responses.iter().all(|response| response.payload == b"x"));

    let none = client
        .server_stream(ServerStreamRequest::default(), cx())
        .await
        .unwrap();
    assert_eq!(collect(none).await.unwrap(), []);
}

async fn client_stream(client: InteropServiceClient) {
    let requests = (0..100).map(|n| ClientStreamRequest {
        script: None,
        payload: vec![n],
    });
    let response = client
        .client_stream(Streaming::from_iter(requests), cx())
        .await
        .unwrap();
    assert_eq!(
        (response.count, response.payload),
        (100, Vec::from_iter(0..100))
    );
    assert_eq!(
        client
            .client_stream(Streaming::empty(), cx())
            .await
            .unwrap()
            .count,
        0
    );
}

/// Each request waits for the answer to the one before.
async fn bidi_stream(client: InteropServiceClient) {
    let request = |n| BidiStreamRequest {
        script: None,
        payload: vec![n],
    };
    let (sender, requests) = Streaming::channel(1);
    let mut responses = client.bidi_stream(requests, cx()).await.unwrap();
    for n in 0..=100 {
        sender.send(request(n)).await.unwrap();
        assert_eq!(responses.message().await.unwrap().unwrap().payload, [n]);
    }
    drop(sender);
    assert_eq!(responses.message().await.unwrap(), None);
}

/// The server has its say while the client's stream is still open.
async fn server_ends_first(client: InteropServiceClient) {
    let (sender, requests) = Streaming::channel(1);
    let script = Some(fail(Code::Aborted, "enough"));
    sender
        .send(ClientStreamRequest {
            script,
            payload: Vec::new(),
        })
        .await
        .unwrap();
    check_fails(
        client.client_stream(requests, cx()).await,
        Code::Aborted,
        "enough",
    );
    drop(sender);
}

async fn every_kind_of_field(client: InteropServiceClient) {
    let request = UnaryRequest {
        values: Some(values()),
        ..Default::default()
    };
    assert_eq!(
        client.unary(request, cx()).await.unwrap().values,
        Some(values())
    );
}

async fn empty(client: InteropServiceClient) {
    client.ping().await.unwrap();
}

async fn blocking(client: InteropServiceClient) {
    let client = client.blocking();
    let thread = std::thread::spawn(move || {
        let request = UnaryRequest {
            payload: b"ping".to_vec(),
            ..Default::default()
        };
        assert_eq!(client.unary(request, cx()).unwrap().payload, b"ping");

        let request = ServerStreamRequest {
            count: 3,
            ..Default::default()
        };
        let responses: Result<Vec<_>, _> = client.server_stream(request, cx()).unwrap().collect();
        assert_eq!(responses.unwrap().len(), 3);

        let requests = vec![ClientStreamRequest::default(); 3];
        assert_eq!(client.client_stream(requests, cx()).unwrap().count, 3);

        let requests = vec![BidiStreamRequest::default(); 3];
        assert_eq!(client.bidi_stream(requests, cx()).unwrap().count(), 3);
    });
    tokio::task::spawn_blocking(|| thread.join())
        .await
        .unwrap()
        .unwrap();
}

async fn metadata(client: InteropServiceClient) {
    let response = client
        .unary(UnaryRequest::default(), cx())
        .metadata_from(echoed())
        .response()
        .await
        .unwrap();
    check_echoed(response.headers(), "x-initial");
    check_echoed(response.trailers(), "x-trailing");

    let call = client
        .client_stream(Streaming::empty(), cx())
        .metadata_from(echoed());
    let response = call.response().await.unwrap();
    check_echoed(response.headers(), "x-initial");
    check_echoed(response.trailers(), "x-trailing");

    let request = ServerStreamRequest {
        count: 1,
        ..Default::default()
    };
    let response = client
        .server_stream(request, cx())
        .metadata_from(echoed())
        .response()
        .await
        .unwrap();
    check_echoed(response.headers(), "x-initial");
    check_stream_trailers(response.into_message()).await;

    let call = client
        .bidi_stream(Streaming::empty(), cx())
        .metadata_from(echoed());
    let response = call.response().await.unwrap();
    check_echoed(response.headers(), "x-initial");
    check_stream_trailers(response.into_message()).await;
}

async fn metadata_with_an_error(client: InteropServiceClient) {
    let request = UnaryRequest {
        script: fail(Code::NotFound, "no"),
        ..Default::default()
    };
    let status = client
        .unary(request, cx())
        .metadata_from(echoed())
        .await
        .unwrap_err();
    check_echoed(status.metadata(), "x-trailing");
}

async fn status_with_a_unicode_message(client: InteropServiceClient) {
    let script = fail(Code::FailedPrecondition, UNICODE);
    let request = UnaryRequest {
        script: script.clone(),
        ..Default::default()
    };
    check_fails(
        client.unary(request, cx()).await,
        Code::FailedPrecondition,
        UNICODE,
    );

    let request = ServerStreamRequest {
        script,
        count: 2,
        ..Default::default()
    };
    let mut responses = client.server_stream(request, cx()).await.unwrap();
    assert_eq!(responses.message().await.unwrap().unwrap().index, 0);
    assert_eq!(responses.message().await.unwrap().unwrap().index, 1);
    check_fails(responses.message().await, Code::FailedPrecondition, UNICODE);
}

async fn deadline(client: InteropServiceClient) {
    let script = hang();
    let request = UnaryRequest {
        script: script.clone(),
        ..Default::default()
    };
    let status = client.unary(request, cx()).timeout(SOON).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status}");
    check_observed(&client, script, CallEvent::DeadlineExceeded).await;

    let script = hang();
    let request = ServerStreamRequest {
        script: script.clone(),
        count: 1,
        ..Default::default()
    };
    let mut responses = client
        .server_stream(request, cx())
        .timeout(SOON)
        .await
        .unwrap();
    assert_eq!(responses.message().await.unwrap().unwrap().index, 0);
    let status = responses.message().await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status}");
    check_observed(&client, script, CallEvent::DeadlineExceeded).await;
}

async fn client_cancels(client: InteropServiceClient) {
    let script = hang();
    let request = UnaryRequest {
        script: script.clone(),
        ..Default::default()
    };
    let call = tokio::spawn(client.unary(request, cx()).into_future());
    let mut events = client
        .observe_call(ObserveCallRequest {
            call_id: script.call_id,
        })
        .await
        .unwrap();
    assert_eq!(
        events.message().await.unwrap().unwrap().event,
        CallEvent::Started
    );
    call.abort(); // drops the call
    assert_eq!(
        events.message().await.unwrap().unwrap().event,
        CallEvent::Cancelled
    );

    let script = hang();
    let request = ServerStreamRequest {
        script: script.clone(),
        count: 1,
        ..Default::default()
    };
    let mut responses = client.server_stream(request, cx()).await.unwrap();
    assert_eq!(responses.message().await.unwrap().unwrap().index, 0);
    drop(responses);
    check_observed(&client, script, CallEvent::Cancelled).await;
}

async fn server_cancels(client: InteropServiceClient) {
    let script = Script {
        ending: Some(Ending::Cancel(Cancel {})),
        ..Default::default()
    };
    let request = UnaryRequest {
        script: script.clone(),
        ..Default::default()
    };
    let status = client.unary(request, cx()).await.unwrap_err();
    assert_eq!(status.code(), Code::Cancelled, "{status}");

    let request = ServerStreamRequest {
        script,
        count: 1,
        ..Default::default()
    };
    let mut responses = client.server_stream(request, cx()).await.unwrap();
    assert_eq!(responses.message().await.unwrap().unwrap().index, 0);
    let status = responses.message().await.unwrap_err();
    assert_eq!(status.code(), Code::Cancelled, "{status}");
}

async fn large_messages(client: InteropServiceClient) {
    let mib: Vec<u8> = (0..1024 * 1024).map(|n| n as u8).collect();
    let request = UnaryRequest {
        payload: mib.clone(),
        ..Default::default()
    };
    assert!(client.unary(request, cx()).await.unwrap().payload == mib);

    let request = ServerStreamRequest {
        payload: mib.clone(),
        count: 3,
        ..Default::default()
    };
    let responses = collect(client.server_stream(request, cx()).await.unwrap())
        .await
        .unwrap();
    assert!(responses.len() == 3 && responses.iter().all(|response| response.payload == mib));

    let requests = vec![
        ClientStreamRequest {
            script: None,
            payload: mib.clone()
        };
        3
    ];
    let response = client
        .client_stream(Streaming::from_iter(requests), cx())
        .await
        .unwrap();
    assert!(response.payload == [&*mib, &*mib, &*mib].concat());

    let requests = vec![
        BidiStreamRequest {
            script: None,
            payload: mib.clone()
        };
        3
    ];
    let responses = client
        .bidi_stream(Streaming::from_iter(requests), cx())
        .await
        .unwrap();
    let responses = collect(responses).await.unwrap();
    assert!(responses.len() == 3 && responses.iter().all(|response| response.payload == mib));
}

async fn compressed_messages(client: InteropServiceClient) {
    let payload = b"abc".repeat(10_000);
    for compression in crate::COMPRESSIONS {
        let request = UnaryRequest {
            payload: payload.clone(),
            ..Default::default()
        };
        let call = client.unary(request, cx()).send_compressed(compression);
        assert!(call.await.unwrap().payload == payload);

        let request = |payload: &[u8]| BidiStreamRequest {
            script: None,
            payload: payload.to_vec(),
        };
        let requests = Streaming::from_iter([
            MaybeCompressed::Compressed(request(&payload)),
            MaybeCompressed::Uncompressed(request(&payload)),
            MaybeCompressed::Compressed(request(b"short")),
        ]);
        let call = client
            .bidi_stream(requests, cx())
            .send_compressed(compression);
        let responses = collect(call.await.unwrap()).await.unwrap();
        let payloads: Vec<_> = responses
            .iter()
            .map(|response| &response.payload[..])
            .collect();
        assert!(payloads == [&payload[..], &payload, b"short"]);
    }
}

/// The server answers none before it has all of them.
async fn thousand_concurrent_calls(client: InteropServiceClient) {
    let script = Script {
        call_id: new_id(),
        gather: 1000,
        ending: None,
    };
    let calls = (0_u32..1000).map(|n| {
        let request = UnaryRequest {
            script: script.clone(),
            payload: n.to_be_bytes().to_vec(),
            values: None,
        };
        tokio::spawn(client.unary(request, cx()).into_future())
    });
    for (n, call) in calls.collect::<Vec<_>>().into_iter().enumerate() {
        let response = call.await.unwrap().unwrap();
        assert_eq!(response.payload, (n as u32).to_be_bytes());
    }
}

/// A later version of the service, which has one more method; and a service that no server has.
#[grpc_service(package = "interop.v1", name = "InteropService")]
trait Later {
    async fn nothing(&self) -> Result<(), Status>;
}

#[grpc_service(package = "interop.v1")]
trait NoService {
    async fn unary(&self) -> Result<(), Status>;
}

async fn unknown_method_and_service(client: InteropServiceClient) {
    let status = LaterClient::new(client.channel().clone())
        .nothing()
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented, "{status}");
    let status = NoServiceClient::new(client.channel().clone())
        .unary()
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented, "{status}");
}

pub(crate) fn cx() -> traitwire::Context {
    traitwire::Context::new()
}

pub(crate) fn fail(code: Code, message: &str) -> Script {
    let failure = Failure {
        code: code.number().into(),
        message: message.to_owned(),
    };
    Script {
        ending: Some(Ending::Fail(failure)),
        ..Default::default()
    }
}

fn hang() -> Script {
    Script {
        call_id: new_id(),
        gather: 0,
        ending: Some(Ending::Hang(Hang {})),
    }
}

/// Unique among all tests: they share the servers of other languages.
fn new_id() -> String {
    static IDS: AtomicU32 = AtomicU32::new(0);
    format!(
        "our client {} of {}",
        IDS.fetch_add(1, Ordering::Relaxed),
        std::process::id()
    )
}

#[track_caller]
pub(crate) fn check_fails<T: std::fmt::Debug>(
    result: Result<T, Status>,
    code: Code,
    message: &str,
) {
    let status = result.unwrap_err();
    assert_eq!((status.code(), status.message()), (code, message));
}

async fn check_observed(client: &InteropServiceClient, script: Script, end: CallEvent) {
    let events = client
        .observe_call(ObserveCallRequest {
            call_id: script.call_id,
        })
        .await
        .unwrap();
    let events: Vec<_> = collect(events)
        .await
        .unwrap()
        .iter()
        .map(|response| response.event)
        .collect();
    assert_eq!(events, [CallEvent::Started, end]);
}

pub(crate) async fn collect<T: Send + 'static>(mut stream: Streaming<T>) -> Result<Vec<T>, Status> {
    let mut messages = Vec::new();
    while let Some(message) = stream.message().await? {
        messages.push(message);
    }
    Ok(messages)
}

/// What every method sends back.
pub(crate) fn echoed() -> Metadata {
    let mut metadata = Metadata::new();
    for name in ["x-initial", "x-trailing"] {
        metadata.insert(name, "text").unwrap();
        metadata.insert(format!("{name}-bin"), all_bytes()).unwrap();
    }
    metadata
}

#[track_caller]
pub(crate) fn check_echoed(metadata: &Metadata, name: &str) {
    assert_eq!(metadata.get(name), Some("text"), "{metadata:?}");
    assert_eq!(
        metadata.get_bin(&format!("{name}-bin")).unwrap().as_deref(),
        Some(&*all_bytes()),
        "{metadata:?}"
    );
}

async fn check_stream_trailers<T>(mut stream: Streaming<T>) {
    while stream.message().await.unwrap().is_some() {}
    check_echoed(
        stream.trailers().expect("the stream has ended"),
        "x-trailing",
    );
}

fn all_bytes() -> Vec<u8> {
    (0..=255).collect()
}

/// A message with a field of every kind.
fn values() -> Values {
    let leaf = |text: &str| Leaf {
        text: text.to_owned(),
    };
    Values {
        truth: true,
        int32: i32::MIN,
        int64: i64::MIN,
        uint32: u32::MAX,
        uint64: u64::MAX,
        sint32: i32::MIN,
        sint64: i64::MAX,
        fixed32: u32::MAX,
        fixed64: u64::MAX,
        sfixed32: -1,
        sfixed64: i64::MIN,
        float: 1.5,
        double: f64::NEG_INFINITY,
        text: UNICODE.to_owned(),
        bytes: all_bytes(),
        optional_zero: Some(0),
        optional_text: None,
        colour: Colour::Other(7),
        packed: vec![0, -1, i64::MAX],
        texts: vec![String::new(), "a".to_owned()],
        colours: vec![Colour::Infrared, Colour::Unspecified, Colour::Other(99)],
        by_name: BTreeMap::from([(String::new(), 0), ("ü".to_owned(), -1)]),
        by_number: HashMap::from([(0, leaf("")), (7, leaf("seven"))]),
        inner: Some(Box::new(Values {
            inner: Some(Box::new(Values {
                text: "two levels down".to_owned(),
                ..Default::default()
            })),
            ..Default::default()
        })),
        leaves: vec![leaf("x"), leaf("")],
        choice: Some(Choice::Number(0)),
        time: Some(SystemTime::UNIX_EPOCH - Duration::from_millis(1)),
        span: Some(Duration::new(1, 500_000_001)),
    }
}

/// Characters of one to four bytes, and those that the status message's percent-encoding has to care for.
const UNICODE: &str = "Wörter, 言葉 & 🦀: 100 %\n\ttwo lines";

const SOON: Duration = Duration::from_secs(1);
