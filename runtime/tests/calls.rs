//! Calls of all four kinds, over every way there is.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use traitwire::{Channel, Code, Context, Message, Server, Status, Streaming, grpc_service};

/// A number, and what to do with it.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct Number {
    #[proto(1)]
    pub value: i64,
}

/// Sums.
#[grpc_service(package = "calls.v1")]
pub trait Calculator {
    /// One more; negative numbers are refused.
    async fn increment(&self, number: Number) -> Result<Number, Status>;
    /// All numbers below.
    async fn count(&self, number: Number) -> Result<Streaming<Number>, Status>;
    /// The sum of all.
    async fn sum(&self, numbers: Streaming<Number>) -> Result<Number, Status>;
    /// The sum so far, for each.
    async fn running_sum(&self, numbers: Streaming<Number>) -> Result<Streaming<Number>, Status>;
    /// Tells what it was told.
    async fn tell(&self, number: Number, cx: Context) -> Result<Number, Status>;
    /// Waits for ever, and says when nobody waits any more.
    async fn hang(&self, cx: Context) -> Result<(), Status>;
    /// Sends its metadata at once, and a stream that never comes.
    async fn greet(
        &self,
        numbers: Streaming<Number>,
        cx: Context,
    ) -> Result<Streaming<Number>, Status>;
    /// Panics: 0 in the handler, others in the stream.
    async fn panic(&self, number: Number) -> Result<Streaming<Number>, Status>;
    /// What older servers answer.
    async fn newer(&self) -> Result<Number, Status> {
        Err(Status::unimplemented("not here"))
    }
}

#[derive(Clone)]
struct Abacus {
    gone: tokio::sync::mpsc::UnboundedSender<()>,
}

impl Calculator for Abacus {
    async fn increment(&self, number: Number) -> Result<Number, Status> {
        if number.value < 0 {
            return Err(Status::invalid_argument("größer als 0, bitte 🦀"));
        }
        Ok(Number {
            value: number.value + 1,
        })
    }

    async fn count(&self, number: Number) -> Result<Streaming<Number>, Status> {
        Ok(Streaming::from_iter(
            (0..number.value).map(|value| Number { value }),
        ))
    }

    async fn sum(&self, numbers: Streaming<Number>) -> Result<Number, Status> {
        let value = numbers
            .try_fold(0, |sum, n| async move { Ok(sum + n.value) })
            .await?;
        Ok(Number { value })
    }

    async fn running_sum(
        &self,
        mut numbers: Streaming<Number>,
    ) -> Result<Streaming<Number>, Status> {
        Ok(Streaming::generate(|out| async move {
            let mut value = 0;
            while let Some(number) = numbers.message().await? {
                value += number.value;
                out.send(Number { value }).await;
            }
            Ok(())
        }))
    }

    async fn tell(&self, number: Number, cx: Context) -> Result<Number, Status> {
        for word in cx.metadata().get_all("x-word") {
            cx.add_initial_metadata("x-heard", word)?;
        }
        if let Some(bytes) = cx.metadata().get_bin("x-bytes-bin")? {
            cx.add_trailing_metadata("x-bytes-bin", bytes)?;
        }
        cx.add_trailing_metadata(
            "x-deadline",
            if cx.deadline().is_some() { "yes" } else { "no" },
        )?;
        if number.value < 0 {
            return Err(Status::failed_precondition("no"));
        }
        Ok(number)
    }

    async fn hang(&self, cx: Context) -> Result<(), Status> {
        let gone = self.gone.clone();
        tokio::spawn(async move {
            cx.cancelled().await;
            let _ = gone.send(());
        });
        std::future::pending().await
    }

    async fn greet(
        &self,
        mut numbers: Streaming<Number>,
        cx: Context,
    ) -> Result<Streaming<Number>, Status> {
        cx.add_initial_metadata("x-hello", "you")?;
        cx.send_initial_metadata();
        let first = numbers.message().await?;
        Ok(Streaming::from_iter(first))
    }

    async fn panic(&self, number: Number) -> Result<Streaming<Number>, Status> {
        assert!(number.value != 0, "zero");
        Ok(Streaming::from_iter((0..2).map(|value| {
            assert!(value == 0, "one");
            Number { value }
        })))
    }
}

/// Runs a test over HTTP/2 in memory, over TCP, over a Unix socket, through a tower service, and locally.
async fn everywhere<F: Future<Output = ()>>(test: impl Fn(CalculatorClient, Gone) -> F) {
    let server = || {
        let (gone, seen) = tokio::sync::mpsc::unbounded_channel();
        (CalculatorServer::new(Abacus { gone }), seen)
    };

    let (service, gone) = server();
    let (connector, listener) = traitwire::memory();
    let running = Server::new().add(service).start(listener).await.unwrap();
    test(CalculatorClient::connect(connector).await.unwrap(), gone).await;
    running.shutdown();
    running.wait().await;

    let (service, gone) = server();
    let running = Server::new()
        .add(service)
        .layer(tower_http::trace::TraceLayer::new_for_grpc())
        .start("127.0.0.1:0")
        .await
        .unwrap();
    let client = CalculatorClient::connect(running.local_addr())
        .await
        .unwrap();
    test(client, gone).await;
    running.shutdown();
    running.wait().await;

    let (service, gone) = server();
    test(CalculatorClient::new(Channel::from_service(service)), gone).await;

    let (gone_tx, gone) = tokio::sync::mpsc::unbounded_channel();
    test(CalculatorClient::local(Abacus { gone: gone_tx }), gone).await;
}

type Gone = tokio::sync::mpsc::UnboundedReceiver<()>;

fn number(value: i64) -> Number {
    Number { value }
}

#[tokio::test]
async fn one_message_each_way() {
    everywhere(|client, _| async move {
        assert_eq!(client.increment(number(41)).await.unwrap(), number(42));
    })
    .await;
}

#[tokio::test]
async fn an_error_arrives_as_it_was_sent() {
    everywhere(|client, _| async move {
        let status = client.increment(number(-1)).await.unwrap_err();
        assert_eq!(
            status.to_string(),
            "INVALID_ARGUMENT: größer als 0, bitte 🦀"
        );
    })
    .await;
}

#[tokio::test]
async fn a_stream_comes_out() {
    everywhere(|client, _| async move {
        let mut numbers = client.count(number(10_000)).await.unwrap();
        let mut seen = 0;
        while let Some(n) = numbers.message().await.unwrap() {
            assert_eq!(n, number(seen));
            seen += 1;
        }
        assert_eq!(seen, 10_000);
    })
    .await;
}

#[tokio::test]
async fn a_stream_goes_in() {
    everywhere(|client, _| async move {
        let sum = client
            .sum(stream::iter((1..=1000).map(number)))
            .await
            .unwrap();
        assert_eq!(sum, number(500_500));
    })
    .await;
}

#[tokio::test]
async fn an_error_in_the_requests_is_the_status_of_the_call() {
    everywhere(|client, _| async move {
        let requests = stream::iter([Ok(number(1)), Err(Status::data_loss("lost it"))]);
        let status = client.sum(requests).await.unwrap_err();
        assert_eq!(status.to_string(), "DATA_LOSS: lost it");
    })
    .await;
}

#[tokio::test]
async fn both_directions_are_independent() {
    everywhere(|client, _| async move {
        let (sender, numbers) = Streaming::channel(1);
        let mut sums = client.running_sum(numbers).await.unwrap();
        for (n, sum) in [(1, 1), (2, 3), (3, 6)] {
            sender.send(number(n)).await.unwrap();
            assert_eq!(sums.message().await.unwrap(), Some(number(sum)));
        }
        drop(sender);
        assert_eq!(sums.message().await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn metadata_goes_both_ways() {
    everywhere(|client, _| async move {
        let call = client
            .tell(number(1), Context::new())
            .metadata("x-word", "a")
            .metadata("x-word", "b")
            .metadata("x-bytes-bin", [0, 255])
            .timeout(Duration::from_secs(60));
        let response = call.response().await.unwrap();
        assert_eq!(
            response.headers().get_all("x-heard").collect::<Vec<_>>(),
            ["a", "b"]
        );
        assert_eq!(
            response.trailers().get_bin("x-bytes-bin").unwrap().unwrap()[..],
            [0, 255]
        );
        assert_eq!(response.trailers().get("x-deadline"), Some("yes"));
        assert_eq!(response.message(), &number(1));

        let status = client.tell(number(-1), Context::new()).await.unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert_eq!(status.metadata().get("x-deadline"), Some("no"));
    })
    .await;
}

#[tokio::test]
async fn headers_leave_before_the_first_message() {
    everywhere(|client, _| async move {
        let (sender, numbers) = Streaming::channel(1);
        let response = client
            .greet(numbers, Context::new())
            .response()
            .await
            .unwrap();
        assert_eq!(response.headers().get("x-hello"), Some("you"));
        sender.send(number(7)).await.unwrap();
        let mut numbers = response.into_message();
        assert_eq!(numbers.message().await.unwrap(), Some(number(7)));
        assert_eq!(numbers.message().await.unwrap(), None);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_the_call_on_both_sides() {
    everywhere(|client, mut gone| async move {
        let call = client
            .hang(Context::new())
            .timeout(Duration::from_millis(100));
        let status = call.await.unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded);
        gone.recv().await.unwrap();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_is_cancelled_on_the_server() {
    everywhere(|client, mut gone| async move {
        let cancelled = tokio::time::timeout(
            Duration::from_millis(50),
            client.hang(Context::new()).send(),
        );
        assert!(cancelled.await.is_err());
        gone.recv().await.unwrap();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_with_the_one_it_was_made_for() {
    everywhere(|client, mut gone| async move {
        let cx = Context::new().with_timeout(Duration::from_millis(50));
        let status = client.hang(cx).await.unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded);
        gone.recv().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_panic_is_internal_and_hurts_no_other_call() {
    everywhere(|client, _| async move {
        let mut other = client.count(number(2)).await.unwrap();
        let status = client.panic(number(0)).await.unwrap_err();
        assert_eq!(
            status.to_string(),
            "INTERNAL: the handler of /calls.v1.Calculator/Panic panicked"
        );
        let mut stream = client.panic(number(1)).await.unwrap();
        let status = loop {
            if let Err(status) = stream.message().await {
                break status;
            }
        };
        assert_eq!(
            status.to_string(),
            "INTERNAL: the handler of /calls.v1.Calculator/Panic panicked"
        );
        assert_eq!(other.message().await.unwrap(), Some(number(0)));
    })
    .await;
}

#[tokio::test]
async fn a_default_body_is_what_older_servers_answer() {
    everywhere(|client, _| async move {
        let status = client.newer().await.unwrap_err();
        assert_eq!(status.to_string(), "UNIMPLEMENTED: not here");
    })
    .await;
}

#[tokio::test]
async fn a_client_is_the_trait() {
    async fn twice(calculator: &impl Calculator) -> Result<Number, Status> {
        calculator
            .increment(calculator.increment(number(0)).await?)
            .await
    }
    everywhere(|client, _| async move {
        assert_eq!(twice(&client).await.unwrap(), number(2));
        let all: Vec<_> = Calculator::count(&client, number(3))
            .await
            .unwrap()
            .collect()
            .await;
        assert_eq!(all.len(), 3);
    })
    .await;
}
