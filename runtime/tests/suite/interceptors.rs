//! Code around calls: what interceptors see and change, on both sides, of all kinds of call and over every way there is.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use expect_test::{Expect, expect};
use futures_util::stream::FuturesUnordered;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::mpsc;
use traitwire::interceptor::{
    BearerAuth, BearerToken, ConcurrencyLimit, DefaultTimeout, Interceptor, LazyMessage, Next,
    Reply, Request, RequestId, RequestIds, Side, interceptor_fn,
};
use traitwire::{
    Channel, Code, Compression, Context, GrpcError, MaybeCompressed, Message, Metadata, Status,
    Streaming, grpc_service,
};

use super::server;
use crate::calculator::{CalculatorClient, CalculatorServer, Number, abacus, number};

/// Writes down what passes.
#[derive(Clone)]
struct Log {
    name: &'static str,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Log {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            lines: Arc::default(),
        }
    }

    fn named(&self, name: &'static str) -> Self {
        Self {
            name,
            ..self.clone()
        }
    }

    fn line(&self, line: impl AsRef<str>) {
        let line = format!("{} {}", self.name, line.as_ref());
        self.lines.lock().unwrap().push(line);
    }

    fn take(&self) -> String {
        std::mem::take(&mut *self.lines.lock().unwrap()).join("\n")
    }
}

impl Interceptor for Log {
    async fn intercept(&self, mut request: Request, next: Next<'_>) -> Result<Reply, Status> {
        let side = match request.side() {
            Side::Client => "to",
            Side::Server => "at",
        };
        let words: Vec<_> = request.metadata().get_all("x-word").collect();
        let (name, kind) = (request.method().name, request.kind());
        self.line(format!("{side} {name} {kind:?} {words:?}"));
        let log = self.clone();
        request.map_messages(move |message| {
            log.line(format!("> {}", message.get::<Number>()?.value));
            Ok(())
        })?;
        let mut reply = next.run(request).await.inspect_err(|status| {
            self.line(format!("failed: {status} {:?}", status.metadata()));
        })?;
        if !reply.headers().is_empty() {
            self.line(format!("{:?}", reply.headers()));
        }
        let log = self.clone();
        reply.map_messages(move |message| {
            log.line(format!("< {}", message.get::<Number>()?.value));
            Ok(())
        })?;
        let log = self.clone();
        reply.on_end(move |end| match end {
            Ok(trailers) => log.line(format!("ended: {trailers:?}")),
            Err(status) => log.line(format!("ended: {status} {:?}", status.metadata())),
        });
        Ok(reply)
    }
}

/// The ways to a calculator.
#[derive(Clone, Copy, Debug)]
enum Way {
    Network,
    Tower,
    Local,
}

impl Way {
    const ALL: [Self; 3] = [Self::Network, Self::Tower, Self::Local];

    async fn channel(self, on_server: impl Interceptor) -> Channel {
        let service = CalculatorServer::new(abacus().0);
        match self {
            Self::Network => {
                let (connector, listener) = traitwire::memory();
                let server = server().add(service).intercept(on_server);
                server.start(listener).await.unwrap();
                Channel::connect(connector).await.unwrap()
            }
            Self::Tower => Channel::from_service(service.intercept(on_server)),
            Self::Local => Channel::local(service.intercept(on_server)),
        }
    }

    async fn client(
        self,
        on_server: impl Interceptor,
        on_client: impl Interceptor,
    ) -> CalculatorClient {
        CalculatorClient::new(self.channel(on_server).await.intercept(on_client))
    }
}

fn nothing(_: &mut Request) -> Result<(), Status> {
    Ok(())
}

/// What interceptors of both sides write down of a call, over each way.
async fn check_log<F>(call: impl Fn(CalculatorClient) -> F, expect: Expect)
where
    F: Future<Output = ()>,
{
    let mut seen = Vec::new();
    for way in Way::ALL {
        let (server, client) = (Log::new("server"), Log::new("client"));
        call(way.client(server.clone(), client.clone()).await).await;
        seen.push(format!("{}\n{}\n", client.take(), server.take()));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
    expect.assert_eq(&seen[0]);
}

#[tokio::test]
async fn a_unary_call_passes() {
    let call = |client: CalculatorClient| async move {
        let call = client.tell(number(7), Context::new());
        let call = call.metadata("x-word", "a").metadata("x-word", "b");
        let response = call.response().await.unwrap();
        assert_eq!(response.message(), &number(7));
        let heard: Vec<_> = response.headers().get_all("x-heard").collect();
        assert_eq!(heard, ["a", "b"]);
        assert_eq!(response.trailers().get("x-deadline"), Some("no"));
    };
    check_log(
        call,
        expect![[r#"
            client to Tell Unary ["a", "b"]
            client > 7
            client {"x-heard": "a", "x-heard": "b"}
            client < 7
            client ended: {"x-deadline": "no"}
            server at Tell Unary ["a", "b"]
            server > 7
            server {"x-heard": "a", "x-heard": "b"}
            server < 7
            server ended: {"x-deadline": "no"}
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_call_without_a_context_passes() {
    let call = |client: CalculatorClient| async move {
        let call = client.increment(number(7)).metadata("x-word", "a");
        assert_eq!(call.await.unwrap(), number(8));
    };
    check_log(
        call,
        expect![[r#"
            client to Increment Unary ["a"]
            client > 7
            client < 8
            client ended: {}
            server at Increment Unary ["a"]
            server > 7
            server < 8
            server ended: {}
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_stream_of_responses_passes() {
    let call = |client: CalculatorClient| async move {
        let numbers = client.count(number(2)).await.unwrap();
        let numbers: Vec<_> = numbers.try_collect().await.unwrap();
        assert_eq!(numbers, [number(0), number(1)]);
    };
    check_log(
        call,
        expect![[r#"
            client to Count ServerStreaming []
            client > 2
            client < 0
            client < 1
            client ended: {}
            server at Count ServerStreaming []
            server > 2
            server < 0
            server < 1
            server ended: {}
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_stream_of_requests_passes() {
    let call = |client: CalculatorClient| async move {
        let sum = client.sum(stream::iter([number(1), number(2)])).await;
        assert_eq!(sum.unwrap(), number(3));
    };
    check_log(
        call,
        expect![[r#"
            client to Sum ClientStreaming []
            client > 1
            client > 2
            client < 3
            client ended: {}
            server at Sum ClientStreaming []
            server > 1
            server > 2
            server < 3
            server ended: {}
        "#]],
    )
    .await;
}

#[tokio::test]
async fn streams_both_ways_pass() {
    let call = |client: CalculatorClient| async move {
        let (sender, numbers) = Streaming::channel(1);
        let mut sums = client.running_sum(numbers).await.unwrap();
        for (sent, sum) in [(1, 1), (2, 3)] {
            sender.send(number(sent)).await.unwrap();
            assert_eq!(sums.message().await.unwrap(), Some(number(sum)));
        }
        drop(sender);
        assert_eq!(sums.message().await.unwrap(), None);
    };
    check_log(
        call,
        expect![[r#"
            client to RunningSum BidiStreaming []
            client > 1
            client < 1
            client > 2
            client < 3
            client ended: {}
            server at RunningSum BidiStreaming []
            server > 1
            server < 1
            server > 2
            server < 3
            server ended: {}
        "#]],
    )
    .await;
}

#[tokio::test]
async fn an_error_passes_with_its_trailers() {
    let call = |client: CalculatorClient| async move {
        let status = client.tell(number(-1), Context::new()).await.unwrap_err();
        assert_eq!(status.to_string(), "FAILED_PRECONDITION: no");
        assert_eq!(status.metadata().get("x-deadline"), Some("no"));
    };
    check_log(
        call,
        expect![[r#"
            client to Tell Unary []
            client > -1
            client failed: FAILED_PRECONDITION: no {"x-deadline": "no"}
            server at Tell Unary []
            server > -1
            server failed: FAILED_PRECONDITION: no {"x-deadline": "no"}
        "#]],
    )
    .await;
}

#[tokio::test]
async fn an_error_within_a_stream_passes() {
    let call = |client: CalculatorClient| async move {
        let mut numbers = client.panic(number(1)).await.unwrap();
        assert_eq!(numbers.message().await.unwrap(), Some(number(0)));
        let status = numbers.message().await.unwrap_err();
        assert_eq!(status.code(), Code::Internal);
    };
    check_log(
        call,
        expect![[r#"
            client to Panic ServerStreaming []
            client > 1
            client < 0
            client ended: INTERNAL: the handler of /calls.v1.Calculator/Panic panicked {}
            server at Panic ServerStreaming []
            server > 1
            server < 0
            server ended: INTERNAL: the handler of /calls.v1.Calculator/Panic panicked {}
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_handler_that_panics_is_a_status_for_interceptors() {
    let call = |client: CalculatorClient| async move {
        let status = client.panic(number(0)).await.unwrap_err();
        assert_eq!(status.code(), Code::Internal);
    };
    check_log(
        call,
        expect![[r#"
            client to Panic ServerStreaming []
            client > 0
            client failed: INTERNAL: the handler of /calls.v1.Calculator/Panic panicked {}
            server at Panic ServerStreaming []
            server > 0
            server failed: INTERNAL: the handler of /calls.v1.Calculator/Panic panicked {}
        "#]],
    )
    .await;
}

#[tokio::test]
async fn what_is_added_last_is_outermost() {
    let log = Log::new("");
    let running = server()
        .intercept(log.named("server 1"))
        .add(
            CalculatorServer::new(abacus().0)
                .intercept(log.named("service 1"))
                .intercept(log.named("service 2")),
        )
        .layer(tower::layer::util::Identity::new())
        .intercept(log.named("server 2"))
        .start("127.0.0.1:0")
        .await
        .unwrap();
    let channel = Channel::builder()
        .intercept(log.named("client 1"))
        .intercept(log.named("client 2"))
        .connect(running.local_addr())
        .await
        .unwrap();
    let outer = CalculatorClient::new(channel.intercept(log.named("client 3")));
    outer.increment(number(1)).await.unwrap();
    let seen = |log: &Log| {
        let lines = log.take();
        let lines = lines
            .lines()
            .filter(|line| line.contains(" Increment ") || line.contains('<'));
        lines.map(|line| line.to_owned() + "\n").collect::<String>()
    };
    expect![[r#"
        client 3 to Increment Unary []
        client 2 to Increment Unary []
        client 1 to Increment Unary []
        server 2 at Increment Unary []
        server 1 at Increment Unary []
        service 2 at Increment Unary []
        service 1 at Increment Unary []
        service 1 < 2
        service 2 < 2
        server 1 < 2
        server 2 < 2
        client 1 < 2
        client 2 < 2
        client 3 < 2
    "#]]
    .assert_eq(&seen(&log));

    // The channel behind is as it was.
    let inner = CalculatorClient::new(channel);
    inner.increment(number(1)).await.unwrap();
    assert!(!seen(&log).contains("client 3"));
}

#[tokio::test]
async fn an_interceptor_of_one_service_leaves_others_alone() {
    let log = Log::new("calculator");
    let running = server()
        .add(CalculatorServer::new(abacus().0).intercept(log.clone()))
        .add(ProbeServer::new(Prober))
        .start("127.0.0.1:0")
        .await
        .unwrap();
    let channel = Channel::connect(running.local_addr()).await.unwrap();
    ProbeClient::new(channel.clone()).current().await.unwrap();
    assert_eq!(log.take(), "");
    let client = CalculatorClient::new(channel);
    client.increment(number(1)).await.unwrap();
    assert!(log.take().starts_with("calculator at Increment"));
}

/// Changes every message: ten more on the way in, doubled on the way out.
struct Change;

impl Interceptor for Change {
    async fn intercept(&self, mut request: Request, next: Next<'_>) -> Result<Reply, Status> {
        request.map_messages(|message| {
            message.get_mut::<Number>()?.value += 10;
            Ok(())
        })?;
        let mut reply = next.run(request).await?;
        reply.map_messages(|message| {
            let value = message.get::<Number>()?.value * 2;
            message.set(number(value));
            Ok(())
        })?;
        Ok(reply)
    }
}

#[tokio::test]
async fn messages_are_rewritten() {
    let test = async |client: CalculatorClient| {
        let one = client.increment(number(1)).await.unwrap();
        let many = client.count(number(-7)).await.unwrap();
        let many: Vec<_> = many.map_ok(|n| n.value).try_collect().await.unwrap();
        let numbers = || stream::iter([number(1), number(2)]);
        let sum = client.sum(numbers()).await.unwrap();
        let sums = client.running_sum(numbers()).await.unwrap();
        let sums: Vec<_> = sums.map_ok(|n| n.value).try_collect().await.unwrap();
        (one.value, many, sum.value, sums)
    };
    for way in Way::ALL {
        let changed = (24, vec![0, 2, 4], 46, vec![22, 46]);
        assert_eq!(test(way.client(Change, nothing).await).await, changed);
        assert_eq!(test(way.client(nothing, Change).await).await, changed);
        let twice = test(way.client(Change, Change).await).await;
        assert_eq!((twice.0, twice.2, twice.3), (88, 172, vec![84, 172]));
    }
}

#[tokio::test]
async fn a_stream_gets_a_stream_around_it() {
    /// Leaves odd numbers out, and adds one at the end, on both ways.
    struct Even;
    impl Interceptor for Even {
        async fn intercept(&self, mut request: Request, next: Next<'_>) -> Result<Reply, Status> {
            let even = |messages: traitwire::interceptor::LazyStream| {
                let even = messages.try_filter_map(async |mut message| {
                    tokio::task::yield_now().await;
                    let even = message.get::<Number>()?.value % 2 == 0;
                    Ok(even.then_some(message))
                });
                even.chain(stream::iter([Ok(LazyMessage::new(number(100)))]))
            };
            request.wrap_stream(even);
            let mut reply = next.run(request).await?;
            reply.wrap_stream(even);
            reply.trailers_mut().insert("x-even", "yes")?;
            Ok(reply)
        }
    }
    let test = async |client: CalculatorClient| {
        assert_eq!(client.increment(number(1)).await.unwrap(), number(2));
        let numbers = stream::iter((0..5).map(number));
        assert_eq!(client.sum(numbers).await.unwrap(), number(106));
        let mut numbers = client.count(number(4)).await.unwrap();
        let mut values = Vec::new();
        while let Some(number) = numbers.message().await.unwrap() {
            values.push(number.value);
        }
        assert_eq!(values, [0, 2, 100]);
        assert_eq!(numbers.trailers().unwrap().get("x-even"), Some("yes"));
        let mut sums = client.running_sum(stream::empty::<Number>()).await.unwrap();
        while sums.message().await.unwrap().is_some() {}
        assert_eq!(sums.trailers().unwrap().get("x-even"), Some("yes"));
    };
    for way in Way::ALL {
        test(way.client(Even, nothing).await).await;
        test(way.client(nothing, Even).await).await;
    }
}

#[tokio::test]
async fn an_interceptor_refuses_calls_of_every_kind() {
    let refuse = |_: &mut Request| Err(Status::permission_denied("not today"));
    let test = async |client: CalculatorClient| {
        let numbers = || stream::iter([number(1)]);
        let refused =
            |status: Status| assert_eq!(status.to_string(), "PERMISSION_DENIED: not today");
        refused(client.increment(number(1)).await.unwrap_err());
        refused(client.count(number(1)).await.unwrap_err());
        refused(client.sum(numbers()).await.unwrap_err());
        let mut sums = client.running_sum(numbers()).await.unwrap();
        refused(sums.message().await.unwrap_err());
    };
    for way in Way::ALL {
        test(way.client(refuse, nothing).await).await;
        test(way.client(nothing, refuse).await).await;
    }
}

/// Answers itself, as a method of this kind wants it, or not.
struct Answer {
    right: bool,
}

impl Interceptor for Answer {
    async fn intercept(&self, request: Request, _: Next<'_>) -> Result<Reply, Status> {
        let mut reply = match request.kind().server_streams() == self.right {
            true => Reply::stream(Streaming::from_iter([number(41), number(42)])),
            false => Reply::one(number(43)),
        };
        reply.headers_mut().insert("x-by", "hand")?;
        reply.on_end(|end| {
            if let Ok(trailers) = end {
                trailers.append("x-end", "seen").unwrap();
            }
        });
        Ok(reply)
    }
}

#[tokio::test]
async fn an_interceptor_answers_in_place_of_the_handler() {
    let test = async |client: CalculatorClient| {
        let response = client.increment(number(1)).response().await.unwrap();
        assert_eq!(response.message(), &number(43));
        assert_eq!(response.headers().get("x-by"), Some("hand"));
        assert_eq!(response.trailers().get("x-end"), Some("seen"));
        let endless = stream::repeat_with(|| number(1));
        assert_eq!(client.sum(endless).await.unwrap(), number(43));
        let response = client.count(number(1)).response().await.unwrap();
        assert_eq!(response.headers().get("x-by"), Some("hand"));
        let mut numbers = response.into_message();
        assert_eq!(numbers.message().await.unwrap(), Some(number(41)));
        assert_eq!(numbers.message().await.unwrap(), Some(number(42)));
        assert_eq!(numbers.message().await.unwrap(), None);
        assert_eq!(numbers.trailers().unwrap().get("x-end"), Some("seen"));
    };
    for way in Way::ALL {
        test(way.client(Answer { right: true }, nothing).await).await;
        test(way.client(nothing, Answer { right: true }).await).await;
    }
}

#[tokio::test]
async fn an_answer_of_the_wrong_kind_is_an_internal_error() {
    let test = async |client: CalculatorClient| {
        let status = client.increment(number(1)).await.unwrap_err();
        assert_eq!(status.code(), Code::Internal, "{status}");
        let status = client.sum(stream::empty::<Number>()).await.unwrap_err();
        assert_eq!(status.code(), Code::Internal, "{status}");
        let status = client.count(number(1)).await.unwrap_err();
        assert_eq!(status.code(), Code::Internal, "{status}");
    };
    for way in Way::ALL {
        test(way.client(Answer { right: false }, nothing).await).await;
        test(way.client(nothing, Answer { right: false }).await).await;
    }
}

#[tokio::test]
async fn an_end_is_changed() {
    /// Success becomes failure, and failure success.
    struct Invert;
    impl Interceptor for Invert {
        async fn intercept(&self, request: Request, next: Next<'_>) -> Result<Reply, Status> {
            let mut reply = match next.run(request).await {
                Ok(reply) => reply,
                Err(status) if status.code() == Code::InvalidArgument => Reply::one(number(0)),
                Err(status) => return Err(status),
            };
            if reply
                .message_mut()
                .is_some_and(|message| message.encoded().is_empty())
            {
                return Ok(reply);
            }
            reply.on_end(|end| {
                *end = match end {
                    Ok(_) => Err(Status::data_loss("it went too well")),
                    Err(_) => Ok(Metadata::new()),
                };
            });
            Ok(reply)
        }
    }
    let test = async |client: CalculatorClient| {
        let status = client.increment(number(1)).await.unwrap_err();
        assert_eq!(status.to_string(), "DATA_LOSS: it went too well");
        assert_eq!(client.increment(number(-1)).await.unwrap(), number(0));
        let mut numbers = client.count(number(1)).await.unwrap();
        assert_eq!(numbers.message().await.unwrap(), Some(number(0)));
        let status = numbers.message().await.unwrap_err();
        assert_eq!(status.to_string(), "DATA_LOSS: it went too well");
        let mut numbers = client.panic(number(1)).await.unwrap();
        assert_eq!(numbers.message().await.unwrap(), Some(number(0)));
        assert_eq!(numbers.message().await.unwrap(), None);
    };
    for way in Way::ALL {
        test(way.client(Invert, nothing).await).await;
        test(way.client(nothing, Invert).await).await;
    }
}

#[tokio::test]
async fn a_panic_ends_its_own_call_only() {
    /// Panics at this point of a call with a 13 in its metadata.
    struct Clumsy(u8);
    impl Interceptor for Clumsy {
        async fn intercept(&self, mut request: Request, next: Next<'_>) -> Result<Reply, Status> {
            if request.metadata().get("x-number") != Some("13") {
                return next.run(request).await;
            }
            let point = self.0;
            assert!(point != 0, "on request");
            request.map_messages(move |_| {
                assert!(point != 1, "on request");
                Ok(())
            })?;
            let mut reply = next.run(request).await?;
            reply.map_messages(move |_| {
                assert!(point != 2, "on request");
                Ok(())
            })?;
            reply.on_end(move |_| assert!(point != 3, "on request"));
            Ok(reply)
        }
    }
    let test = async |client: CalculatorClient| {
        let call = client.increment(number(1)).metadata("x-number", "13");
        let status = call.await.unwrap_err();
        assert_eq!(status.code(), Code::Internal, "{status}");
        let numbers = stream::iter([number(1)]);
        let sums = client.running_sum(numbers).metadata("x-number", "13");
        let sums = match sums.await {
            Ok(sums) => sums.try_collect::<Vec<_>>().await,
            Err(status) => Err(status),
        };
        assert_eq!(sums.unwrap_err().code(), Code::Internal);
        assert_eq!(client.increment(number(1)).await.unwrap(), number(2));
    };
    for way in Way::ALL {
        for point in 0..4 {
            test(way.client(Clumsy(point), nothing).await).await;
            test(way.client(nothing, Clumsy(point)).await).await;
        }
    }
}

/// A text.
#[derive(Clone, Debug, Default, PartialEq, Message)]
struct Text {
    #[proto(1)]
    text: String,
}

/// What goes wrong with a probe.
#[derive(Debug, GrpcError)]
enum ProbeError {
    /// It broke.
    #[grpc(Aborted, "{part} broke")]
    Broken {
        /// What did.
        #[proto(1)]
        part: String,
    },
    #[grpc(other)]
    Other(Status),
}

/// Tells of its circumstances.
#[grpc_service(package = "interceptors.v1")]
trait Probe {
    /// As its context says.
    async fn given(&self, cx: Context) -> Result<Text, Status>;
    /// As the context around says.
    async fn current(&self) -> Result<Text, Status>;
    /// The same in a stream.
    async fn current_in_stream(&self) -> Result<Streaming<Text>, Status>;
    /// Breaks.
    async fn fail(&self) -> Result<(), ProbeError>;
    /// Breaks in a stream.
    async fn fail_in_stream(&self) -> Result<Streaming<Text>, ProbeError>;
    /// Sends texts back: a single one of "plain" uncompressed.
    async fn echo(&self, texts: Streaming<Text>) -> Result<Streaming<Text>, Status>;
    /// A stream that never comes.
    async fn hang(&self) -> Result<Streaming<Text>, Status>;
}

#[derive(Clone)]
struct Prober;

/// What an interceptor leaves.
#[derive(Clone)]
struct User(&'static str);

fn circumstances(cx: Option<Context>) -> Result<Text, Status> {
    let cx = cx.ok_or_else(|| Status::internal("no context"))?;
    let user = cx.extensions().get().map(|User(name)| *name);
    let text = format!(
        "{user:?} {:?} {}",
        cx.metadata().get("x-word"),
        match cx.time_remaining() {
            Some(left) => format!("{} s", left.as_secs()),
            None => "no deadline".to_owned(),
        }
    );
    Ok(Text { text })
}

fn broken() -> ProbeError {
    ProbeError::Broken {
        part: "the needle".to_owned(),
    }
}

impl Probe for Prober {
    async fn given(&self, cx: Context) -> Result<Text, Status> {
        circumstances(Some(cx))
    }

    async fn current(&self) -> Result<Text, Status> {
        tokio::task::yield_now().await;
        circumstances(Context::current())
    }

    async fn current_in_stream(&self) -> Result<Streaming<Text>, Status> {
        Ok(Streaming::generate(|out| async move {
            tokio::task::yield_now().await;
            out.send(circumstances(Context::current())?).await?;
            Ok(())
        }))
    }

    async fn fail(&self) -> Result<(), ProbeError> {
        Err(broken())
    }

    async fn fail_in_stream(&self) -> Result<Streaming<Text>, ProbeError> {
        Ok(Streaming::from_iter([Err::<Text, _>(Status::from(
            broken(),
        ))]))
    }

    async fn echo(&self, texts: Streaming<Text>) -> Result<Streaming<Text>, Status> {
        Ok(Streaming::new(
            texts
                .map_ok(|text| match &*text.text {
                    "plain" => MaybeCompressed::Uncompressed(text),
                    _ => MaybeCompressed::Compressed(text),
                })
                .map(|text| text.map(MaybeCompressed::into_message)),
        ))
    }

    async fn hang(&self) -> Result<Streaming<Text>, Status> {
        Ok(Streaming::new(stream::pending::<Text>()))
    }
}

async fn probe(way: Way, on_server: impl Interceptor) -> ProbeClient {
    let service = ProbeServer::new(Prober);
    ProbeClient::new(match way {
        Way::Network => {
            let (connector, listener) = traitwire::memory();
            let server = server().add(service).intercept(on_server);
            server.start(listener).await.unwrap();
            Channel::connect(connector).await.unwrap()
        }
        Way::Tower => Channel::from_service(service.intercept(on_server)),
        Way::Local => Channel::local(service.intercept(on_server)),
    })
}

#[tokio::test(start_paused = true)]
async fn a_handler_sees_what_interceptors_leave() {
    let leave = |request: &mut Request| {
        assert!(Context::current().is_some());
        assert_eq!(request.context().unwrap().metadata().get("x-word"), None);
        request.extensions_mut().insert(User("ferris"));
        request.metadata_mut().insert("x-word", "a")?;
        request.limit_time(Duration::from_millis(7500));
        Ok(())
    };
    for way in Way::ALL {
        let client = probe(way, leave).await;
        let seen = r#"Some("ferris") Some("a") 7 s"#;
        assert_eq!(client.given(Context::new()).await.unwrap().text, seen);
        assert_eq!(client.current().await.unwrap().text, seen);
        let mut texts = client.current_in_stream().await.unwrap();
        assert_eq!(texts.message().await.unwrap().unwrap().text, seen);

        let client = probe(way, nothing).await;
        let seen = "None None no deadline";
        assert_eq!(client.given(Context::new()).await.unwrap().text, seen);
        assert_eq!(client.current().await.unwrap().text, seen);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_passes_on_what_interceptors_add() {
    let add = |request: &mut Request| {
        request.metadata_mut().insert("x-word", "a")?;
        request.limit_time(Duration::from_millis(7500));
        // A later one changes nothing.
        request.limit_time(Duration::from_secs(100));
        Ok(())
    };
    for way in Way::ALL {
        let client = probe(way, nothing).await;
        let client = ProbeClient::new(client.channel().intercept(add));
        let seen = client.given(Context::new()).await.unwrap().text;
        assert_eq!(seen, r#"None Some("a") 7 s"#);
        let status = client.hang().await.unwrap().message().await.unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded);
    }
}

#[tokio::test]
async fn errors_of_ones_own_pass() {
    for way in Way::ALL {
        let client = probe(way, Log::new("server")).await;
        let client = ProbeClient::new(client.channel().intercept(Log::new("client")));
        match client.fail().await {
            Err(ProbeError::Broken { part }) => assert_eq!(part, "the needle"),
            other => panic!("{other:?}"),
        }
        let error = match client.fail_in_stream().await {
            Ok(mut texts) => texts.message().await.unwrap_err().into(),
            Err(error) => error,
        };
        match error {
            ProbeError::Broken { part } => assert_eq!(part, "the needle"),
            other => panic!("{other:?}"),
        }
        // An interceptor has some, too.
        let refuse = |_: &mut Request| Err(broken().into());
        let client = probe(way, refuse).await;
        match client.fail().await {
            Err(ProbeError::Broken { part }) => assert_eq!(part, "the needle"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn interceptors_are_dropped_with_their_call() {
    /// Says when a call has come, when it is dropped, and how it ended.
    struct Watch(mpsc::UnboundedSender<String>);
    struct SayOnDrop(Option<mpsc::UnboundedSender<String>>);
    impl Drop for SayOnDrop {
        fn drop(&mut self) {
            if let Some(tell) = &self.0 {
                let _ = tell.send("dropped".to_owned());
            }
        }
    }
    impl Interceptor for Watch {
        async fn intercept(&self, request: Request, next: Next<'_>) -> Result<Reply, Status> {
            self.0.send("came".to_owned()).unwrap();
            let mut dropped = SayOnDrop(Some(self.0.clone()));
            let mut reply = next.run(request).await?;
            dropped.0 = None;
            let tell = self.0.clone();
            reply.on_end(move |end| {
                let code = end.as_ref().err().map(Status::code);
                tell.send(format!("{code:?}")).unwrap();
            });
            Ok(reply)
        }
    }
    let test = async |client: CalculatorClient, told: &mut mpsc::UnboundedReceiver<String>| {
        let call = tokio::spawn(client.hang(Context::new()).send());
        assert_eq!(told.recv().await.unwrap(), "came");
        call.abort();
        assert_eq!(told.recv().await.unwrap(), "dropped");
        let mut numbers = client.repeat(number(1)).await.unwrap();
        assert_eq!(told.recv().await.unwrap(), "came");
        numbers.message().await.unwrap();
        drop(numbers);
        assert_eq!(told.recv().await.unwrap(), "Some(Cancelled)");
    };
    for way in Way::ALL {
        let (tell, mut told) = mpsc::unbounded_channel();
        let client = way.client(Watch(tell.clone()), nothing).await;
        test(client, &mut told).await;
        let client = way.client(nothing, Watch(tell)).await;
        test(client, &mut told).await;
    }
}

#[tokio::test]
async fn metadata_that_is_sent_ahead_passes() {
    for way in Way::ALL {
        let client = way.client(nothing, nothing).await;
        let (sender, numbers) = Streaming::channel(1);
        let call = client.greet(numbers, Context::new());
        let response = call.response().await.unwrap();
        assert_eq!(response.headers().get("x-hello"), Some("you"));
        sender.send(number(5)).await.unwrap();
        let first = response.into_message().message().await.unwrap();
        assert_eq!(first, Some(number(5)));
    }
}

#[tokio::test]
async fn messages_stay_compressed_or_not() {
    let seen = Log::new("");
    let note = {
        let seen = seen.clone();
        move |request: &mut Request| {
            let seen = seen.clone();
            request.map_messages(move |message| {
                seen.line(message.was_compressed().to_string());
                Ok(())
            })
        }
    };
    let (connector, listener) = traitwire::memory();
    let server = server()
        .accept_compressed([Compression::Gzip])
        .send_compressed(Compression::Gzip)
        .add(ProbeServer::new(Prober))
        .intercept(note)
        .intercept(interceptor_fn(|request, next| {
            Box::pin(async move {
                let mut reply = next.run(request).await?;
                reply.map_messages(|_| Ok(()))?;
                Ok(reply)
            })
        }));
    server.start(listener).await.unwrap();
    let channel = Channel::builder()
        .accept_compressed([Compression::Gzip])
        .send_compressed(Compression::Gzip)
        .intercept(|request: &mut Request| request.map_messages(|_| Ok(())));
    let client = ProbeClient::new(channel.connect(connector).await.unwrap());
    let long = Text {
        text: "x".repeat(1000),
    };
    let texts = [
        MaybeCompressed::Compressed(long.clone()),
        MaybeCompressed::Uncompressed(long.clone()),
    ];
    let mut echoed = client.echo(stream::iter(texts)).await.unwrap();
    for _ in 0..2 {
        assert_eq!(echoed.message().await.unwrap(), Some(long.clone()));
        assert!(echoed.was_compressed());
    }
    assert_eq!(seen.take(), " true\n false");
}

#[tokio::test]
async fn long_messages_pass() {
    let long = Text {
        text: "x".repeat(1_000_000),
    };
    // What is only read goes on as it came; what is changed is encoded again.
    let read = |request: &mut Request| {
        request.map_messages(|message| {
            assert_eq!(message.encoded().len(), 1_000_004);
            Ok(())
        })
    };
    let change = |request: &mut Request| {
        request.map_messages(|message| {
            message.get_mut::<Text>()?.text.make_ascii_uppercase();
            Ok(())
        })
    };
    for way in Way::ALL {
        let client = probe(way, read).await;
        let client = ProbeClient::new(client.channel().intercept(change));
        let mut texts = client.echo(stream::iter([long.clone()])).await.unwrap();
        let text = texts.message().await.unwrap().unwrap().text;
        assert!(text == "X".repeat(1_000_000));
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_an_error() {
    #[derive(Debug, Message)]
    struct Other {
        #[proto(1)]
        text: String,
    }
    let misread = |request: &mut Request| {
        let message = request.message_mut().unwrap();
        message.get::<Other>().map(|_| ())
    };
    for way in Way::ALL {
        let client = way.client(misread, nothing).await;
        let status = client.increment(number(1)).await.unwrap_err();
        assert_eq!(status.code(), Code::Internal);
        assert!(status.message().starts_with("Other.text: "), "{status}");
    }
}

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

#[test]
fn references_to_calls_may_be_kept_while_something_is_awaited() {
    fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<Request>();
    is_send_and_sync::<Reply>();
    is_send_and_sync::<LazyMessage>();
    is_send_and_sync::<Next<'_>>();
}
