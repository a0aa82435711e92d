//! Code around calls: what interceptors see and change, on both sides, of all kinds of call and over every way there is.

use std::sync::{Arc, Mutex};

use expect_test::{Expect, expect};
use futures_util::{StreamExt, TryStreamExt, stream};
use traitwire::interceptor::{Interceptor, LazyMessage, Next, Reply, Request, Side};
use traitwire::{Channel, Code, Context, Metadata, Status, Streaming};

use super::interceptors_and_handlers::{ProbeClient, ProbeServer, Prober};
use super::server;
use crate::calculator::{CalculatorClient, CalculatorServer, Number, abacus, number};

/// Writes down what passes.
#[derive(Clone)]
pub(super) struct Log {
    name: &'static str,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Log {
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            lines: Arc::default(),
        }
    }

    pub(super) fn named(&self, name: &'static str) -> Self {
        Self {
            name,
            ..self.clone()
        }
    }

    pub(super) fn line(&self, line: impl AsRef<str>) {
        let line = format!("{} {}", self.name, line.as_ref());
        self.lines.lock().unwrap().push(line);
    }

    pub(super) fn take(&self) -> String {
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
pub(super) enum Way {
    Network,
    Tower,
    Local,
}

impl Way {
    pub(super) const ALL: [Self; 3] = [Self::Network, Self::Tower, Self::Local];

    pub(super) async fn channel(self, on_server: impl Interceptor) -> Channel {
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

    pub(super) async fn client(
        self,
        on_server: impl Interceptor,
        on_client: impl Interceptor,
    ) -> CalculatorClient {
        CalculatorClient::new(self.channel(on_server).await.intercept(on_client))
    }
}

pub(super) fn nothing(_: &mut Request) -> Result<(), Status> {
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
pub(super) struct Change;

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
pub(super) struct Answer {
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

#[test]
fn references_to_calls_may_be_kept_while_something_is_awaited() {
    fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<Request>();
    is_send_and_sync::<Reply>();
    is_send_and_sync::<LazyMessage>();
    is_send_and_sync::<Next<'_>>();
}
