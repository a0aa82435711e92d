//! The interceptors that come with the crate.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use expect_test::{Expect, expect};
use futures_util::stream::FuturesUnordered;
use futures_util::{StreamExt, TryStreamExt, stream};
use traitwire::interceptor::{
    BearerAuth, BearerToken, ConcurrencyLimit, DefaultTimeout, RequestId, RequestIds,
};
use traitwire::{Channel, Code, Context, Status, Streaming, grpc_service};

use super::interceptors::{Way, nothing};
use super::interceptors_and_handlers::{ProbeClient, ProbeServer, Prober, Text, User, probe};
use super::server;
use crate::calculator::{CalculatorClient, Number, number};

/// What a verifier lets in.
async fn verify(token: String) -> Result<User, Status> {
    match &*token {
        "good" => Ok(User("ferris")),
        "weak" => Err(Status::permission_denied("ferris may not do this")),
        _ => Err(Status::unauthenticated("not one of our tokens")),
    }
}

#[tokio::test]
async fn a_server_wants_a_bearer_token() {
    async fn check(authorization: Option<&str>, expect: Expect) {
        let mut said = None;
        for way in Way::ALL {
            let client = probe(way, BearerAuth::new(verify)).await;
            let mut call = client.given(Context::new());
            if let Some(authorization) = authorization {
                call = call.metadata("authorization", authorization);
            }
            let result = match call.await {
                Ok(text) => text.text,
                Err(status) => status.to_string(),
            };
            assert_eq!(said.get_or_insert(result.clone()), &result);
        }
        expect.assert_eq(&said.unwrap());
    }
    let let_in = expect![[r#"Some("ferris") None no deadline"#]];
    check(Some("Bearer good"), let_in).await;
    check(
        Some("Bearer bad"),
        expect!["UNAUTHENTICATED: not one of our tokens"],
    )
    .await;
    check(
        Some("Bearer weak"),
        expect!["PERMISSION_DENIED: ferris may not do this"],
    )
    .await;
    check(
        Some("Basic good"),
        expect!["UNAUTHENTICATED: the `authorization` of the call is no bearer token"],
    )
    .await;
    check(
        None,
        expect!["UNAUTHENTICATED: the call has no bearer token (`authorization`)"],
    )
    .await;
}

#[tokio::test]
async fn a_client_sends_its_bearer_token_where_nobody_can_read_it() {
    let service = || ProbeServer::new(Prober).intercept(BearerAuth::new(verify));
    let running = server().add(service()).start("127.0.0.1:0").await.unwrap();
    let call = async |channel: Channel, token: BearerToken| {
        let client = ProbeClient::new(channel.intercept(token));
        match client.given(Context::new()).await {
            Ok(text) => text.text,
            Err(status) => status.to_string(),
        }
    };
    let good = || BearerToken::new("good");
    let let_in = r#"Some("ferris") None no deadline"#;
    assert_eq!(call(Channel::local(service()), good()).await, let_in);
    let plaintext = Channel::connect(running.local_addr()).await.unwrap();
    expect!["UNAUTHENTICATED: a bearer token is not sent over plaintext: use TLS, or allow it by BearerToken::over_plaintext"]
        .assert_eq(&call(plaintext.clone(), good()).await);
    assert_eq!(
        call(plaintext.clone(), good().over_plaintext()).await,
        let_in
    );

    // Of a service, its origin says it.
    let tower = Channel::from_service(service());
    assert!(call(tower, good()).await.contains("plaintext"));
    let tower = Channel::builder().origin("https://guide.example".parse().unwrap());
    let tower = tower.from_service(service()).unwrap();
    assert_eq!(call(tower, good()).await, let_in);

    let (connector, listener) = traitwire::memory();
    server().add(service()).start(listener).await.unwrap();
    let memory = Channel::connect(connector).await.unwrap();
    let provided = BearerToken::from_provider(async || Ok("weak".to_owned()));
    assert_eq!(
        call(memory.clone(), provided).await,
        "PERMISSION_DENIED: ferris may not do this"
    );
    let failing = BearerToken::from_provider(async || Err(Status::unavailable("no tokens today")));
    assert_eq!(
        call(memory.clone(), failing).await,
        "UNAVAILABLE: no tokens today"
    );
    let multiline = BearerToken::new("go\nod");
    assert!(
        call(memory.clone(), multiline)
            .await
            .starts_with("INVALID_ARGUMENT: ")
    );
    // The two are not for the other side.
    let wrong = ProbeClient::new(memory.intercept(BearerAuth::new(verify)));
    let status = wrong.given(Context::new()).await.unwrap_err();
    assert!(status.message().contains("BearerToken"), "{status}");

    let own = ProbeClient::new(plaintext.intercept(good()));
    let call = own
        .given(Context::new())
        .metadata("authorization", "Bearer bad");
    assert_eq!(call.await.unwrap_err().message(), "not one of our tokens");
}

/// Calls the next one, if there is one, and tells the ids of the calls on the way.
#[grpc_service(package = "interceptors.v1")]
trait Chain {
    async fn ids(&self, cx: Context) -> Result<Text, Status>;
    /// The same by a call that a task of ours makes.
    async fn ids_in_stream(&self, texts: Streaming<Text>) -> Result<Streaming<Text>, Status>;
}

struct Link(Option<ChainClient>);

impl Chain for Link {
    async fn ids(&self, cx: Context) -> Result<Text, Status> {
        let mut text = RequestId::of(&cx).map_or("none".to_owned(), |id| id.to_string());
        if let Some(next) = &self.0 {
            text += &format!(" {}", next.ids(Context::new()).await?.text);
        }
        Ok(Text { text })
    }

    async fn ids_in_stream(&self, texts: Streaming<Text>) -> Result<Streaming<Text>, Status> {
        match &self.0 {
            Some(next) => next.ids_in_stream(texts).await,
            None => {
                let id = Context::current().as_ref().and_then(RequestId::of);
                let text = id.map_or("none".to_owned(), |id| id.to_string());
                Ok(Streaming::from_iter([Text { text }]))
            }
        }
    }
}

async fn link(next: Option<ChainClient>) -> ChainClient {
    let (connector, listener) = traitwire::memory();
    let server = server().add(ChainServer::new(Link(next)));
    let server = server.intercept(RequestIds::new());
    server.start(listener).await.unwrap();
    let channel = Channel::builder().intercept(RequestIds::new());
    ChainClient::new(channel.connect(connector).await.unwrap())
}

#[tokio::test]
async fn an_id_stays_the_same_along_a_chain_of_calls() {
    let first = link(Some(link(None).await)).await;
    let call = first.ids(Context::new()).metadata("x-request-id", "mine-7");
    let response = call.response().await.unwrap();
    assert_eq!(response.message().text, "mine-7 mine-7");
    assert_eq!(response.headers().get("x-request-id"), Some("mine-7"));

    let response = first.ids(Context::new()).response().await.unwrap();
    let made = response.headers().get("x-request-id").unwrap();
    assert_eq!(response.message().text, format!("{made} {made}"));
    let other = first.ids(Context::new()).await.unwrap();
    assert!(!other.text.contains(made));

    // One that would spoil a log isn't taken over.
    let call = first.ids(Context::new()).metadata("x-request-id", "a b");
    assert!(!call.await.unwrap().text.contains("a b"));

    let none = stream::empty::<Text>();
    let call = first.ids_in_stream(none).metadata("x-request-id", "mine-8");
    let text = call.await.unwrap().message().await.unwrap();
    assert_eq!(text.unwrap().text, "mine-8");
}

#[tokio::test]
async fn an_error_has_the_id_too() {
    let channel = Way::Network.channel(RequestIds::new()).await;
    let client = CalculatorClient::new(channel);
    let call = client
        .increment(number(-1))
        .metadata("x-request-id", "mine");
    let status = call.await.unwrap_err();
    assert_eq!(status.metadata().get("x-request-id"), Some("mine"));
}

#[tokio::test(start_paused = true)]
async fn calls_without_a_deadline_get_one() {
    for way in Way::ALL {
        let client = probe(way, nothing).await;
        let timeout = DefaultTimeout::new(Duration::from_millis(5500));
        let client = ProbeClient::new(client.channel().intercept(timeout));
        let left = async |seconds: Option<u64>| {
            let mut call = client.given(Context::new());
            if let Some(seconds) = seconds {
                call = call.timeout(Duration::from_millis(seconds * 1000 + 500));
            }
            call.await.unwrap().text
        };
        assert_eq!(left(None).await, "None None 5 s");
        assert_eq!(left(Some(3)).await, "None None 3 s");
        assert_eq!(left(Some(9)).await, "None None 9 s");
        let status = client.hang().await.unwrap().message().await.unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded);
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_caps_deadlines() {
    for way in Way::ALL {
        let cap = DefaultTimeout::at_most(Duration::from_millis(5500));
        let client = probe(way, cap).await;
        let given = || client.given(Context::new());
        assert_eq!(given().await.unwrap().text, "None None 5 s");
        let call = given().timeout(Duration::from_millis(3500));
        assert_eq!(call.await.unwrap().text, "None None 3 s");
        let call = given().timeout(Duration::from_millis(9500));
        assert_eq!(call.await.unwrap().text, "None None 5 s");
        let mut texts = client.hang().await.unwrap();
        let status = texts.message().await.unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded);

        let client = way.client(cap, nothing).await;
        let status = client.hang(Context::new()).await.unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded);
    }
}

#[tokio::test]
async fn calls_wait_for_their_turn_or_are_shed() {
    for way in Way::ALL {
        let limit = ConcurrencyLimit::new(1).waiting(1);
        let client = way.client(limit, nothing).await;
        // One at work, whose stream never ends.
        let mut repeated = client.repeat(number(1)).await.unwrap();
        repeated.message().await.unwrap();
        // Of two more, one waits.
        let mut calls: FuturesUnordered<_> = (0..2)
            .map(|_| client.increment(number(1)).into_future())
            .collect();
        let shed = calls.next().await.unwrap().unwrap_err();
        expect!["RESOURCE_EXHAUSTED: there are 1 calls at work already"]
            .assert_eq(&shed.to_string());
        drop(repeated);
        assert_eq!(calls.next().await.unwrap().unwrap(), number(2));
        assert_eq!(client.increment(number(2)).await.unwrap(), number(3));
    }
}

#[tokio::test]
async fn a_limit_is_for_some_methods_only() {
    let limit = ConcurrencyLimit::new(0).only(["/calls.v1.Calculator/Sum"]);
    let client = Way::Network.client(limit, nothing).await;
    assert_eq!(client.increment(number(2)).await.unwrap(), number(3));
    let status = client.sum(stream::empty::<Number>()).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
}

/// The spans of a call over the network, of server and client, as they end.
#[cfg(feature = "tracing")]
async fn check_spans<F>(call: impl FnOnce(CalculatorClient) -> F, expect: Expect)
where
    F: Future<Output = ()>,
{
    use tracing_subscriber::fmt::format::FmtSpan;
    use traitwire::interceptor::TracingSpans;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_target(false)
        .without_time()
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(move || writer.clone())
        .finish();
    let _default = tracing::subscriber::set_default(subscriber);
    call(
        Way::Network
            .client(TracingSpans::new(), TracingSpans::new())
            .await,
    )
    .await;
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    let spans: Vec<_> = text
        .lines()
        .filter_map(|line| line.trim().strip_suffix(": close"))
        .collect();
    expect.assert_eq(&spans.join("\n"));
}

#[cfg(feature = "tracing")]
#[tokio::test]
async fn a_call_has_a_span_on_each_side() {
    check_spans(
        async |client| {
            client.increment(number(1)).await.unwrap();
        },
        expect![[r#"
            INFO rpc{otel.name="calls.v1.Calculator/Increment" otel.kind="server" rpc.system="grpc" rpc.service="calls.v1.Calculator" rpc.method="Increment" rpc.grpc.status_code=0}
            INFO rpc{otel.name="calls.v1.Calculator/Increment" otel.kind="client" rpc.system="grpc" rpc.service="calls.v1.Calculator" rpc.method="Increment" rpc.grpc.status_code=0}"#]],
    )
    .await;
    check_spans(
        async |client| {
            client.increment(number(-1)).await.unwrap_err();
        },
        expect![[r#"
            INFO rpc{otel.name="calls.v1.Calculator/Increment" otel.kind="server" rpc.system="grpc" rpc.service="calls.v1.Calculator" rpc.method="Increment" rpc.grpc.status_code=3}
            INFO rpc{otel.name="calls.v1.Calculator/Increment" otel.kind="client" rpc.system="grpc" rpc.service="calls.v1.Calculator" rpc.method="Increment" rpc.grpc.status_code=3 otel.status_code="ERROR" otel.status_description=INVALID_ARGUMENT: größer als 0, bitte 🦀}"#]],
    )
    .await;
    check_spans(
        async |client| {
            let numbers = client.count(number(2)).await.unwrap();
            numbers.try_collect::<Vec<_>>().await.unwrap();
        },
        expect![[r#"
            INFO rpc{otel.name="calls.v1.Calculator/Count" otel.kind="server" rpc.system="grpc" rpc.service="calls.v1.Calculator" rpc.method="Count" rpc.grpc.status_code=0}
            INFO rpc{otel.name="calls.v1.Calculator/Count" otel.kind="client" rpc.system="grpc" rpc.service="calls.v1.Calculator" rpc.method="Count" rpc.grpc.status_code=0}"#]],
    )
    .await;
}
