//! Calls of all four kinds, over every way there is.

use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use traitwire::{Channel, Code, Context, Metadata, Status, Streaming};

use super::server;
use crate::calculator::{
    Calculator, CalculatorClient, CalculatorServer, Gone, Number, abacus, number,
};

/// Runs a test over every way there is.
async fn everywhere<F: Future<Output = ()>>(test: impl Fn(CalculatorClient, Gone) -> F) {
    over_tcp(&test).await;
    without_sockets(&test).await;
}

/// Runs a test on every way that needs no socket: there the clock of a test may be moved.
async fn without_sockets<F: Future<Output = ()>>(test: impl Fn(CalculatorClient, Gone) -> F) {
    over_http2(&test).await;

    let (service, gone) = abacus();
    let channel = Channel::from_service(CalculatorServer::new(service));
    test(CalculatorClient::new(channel), gone).await;

    let (service, gone) = abacus();
    test(CalculatorClient::local(service), gone).await;
}

/// HTTP/2 in memory.
async fn over_http2<F: Future<Output = ()>>(test: impl Fn(CalculatorClient, Gone) -> F) {
    let (service, gone) = abacus();
    let (connector, listener) = traitwire::memory();
    let server = server().add(CalculatorServer::new(service));
    let running = server.start(listener).await.unwrap();
    let client = CalculatorClient::connect(connector).await.unwrap();
    test(client, gone).await;
    running.shutdown();
    running.wait().await;
}

/// HTTP/2 over TCP, with a layer around the server.
async fn over_tcp<F: Future<Output = ()>>(test: impl Fn(CalculatorClient, Gone) -> F) {
    let (service, gone) = abacus();
    let server = server()
        .add(CalculatorServer::new(service))
        .layer(tower_http::trace::TraceLayer::new_for_grpc());
    let running = server.start("127.0.0.1:0").await.unwrap();
    let client = CalculatorClient::connect(running.local_addr())
        .await
        .unwrap();
    test(client, gone).await;
    running.shutdown();
    running.wait().await;
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
        assert_eq!(status.metadata().len(), 1, "{status:?}");
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

#[tokio::test]
async fn headers_that_leave_before_the_status_are_told_apart() {
    everywhere(|client, _| async move {
        let tell = |at_once: bool| {
            let call = client.tell(number(-1), Context::new());
            let call = call.metadata("x-word", "a").metadata("x-word", "b");
            match at_once {
                true => call.metadata("x-at-once", ""),
                false => call,
            }
        };
        let shown = |metadata: &Metadata| {
            let pairs = metadata.iter().filter(|(key, _)| *key != "date");
            let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_vec()));
            let mut pairs = pairs.collect::<Vec<_>>();
            // Keys come in any order, the values of one in theirs.
            pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
            pairs
        };
        let heard = ["a", "b"].map(|word| ("x-heard".to_owned(), word.into()));
        let deadline = ("x-deadline".to_owned(), b"no".to_vec());

        let status = tell(true).await.unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert_eq!(shown(status.headers()), heard);
        assert_eq!(shown(status.metadata()), std::slice::from_ref(&deadline));

        let status = tell(false).await.unwrap_err();
        assert_eq!(shown(status.headers()), []);
        let [a, b] = heard;
        assert_eq!(shown(status.metadata()), [deadline, a, b]);

        let greet = client.greet(Streaming::from_iter([number(0)]), Context::new());
        let response = greet.response().await.unwrap();
        assert_eq!(response.headers().get("x-hello"), Some("you"));
        let status = response.into_message().message().await.unwrap_err();
        assert_eq!(status.to_string(), "FAILED_PRECONDITION: nobody is here");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_the_call_on_both_sides() {
    without_sockets(|client, mut gone| async move {
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
    without_sockets(|client, mut gone| async move {
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
    without_sockets(|client, mut gone| async move {
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

#[tokio::test]
async fn a_call_whose_time_is_up_is_not_made() {
    everywhere(|client, _| async move {
        let status = client
            .increment(number(1))
            .timeout(Duration::ZERO)
            .await
            .unwrap_err();
        assert_eq!(status.to_string(), "DEADLINE_EXCEEDED: the deadline passed");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_when_the_one_it_was_made_for_is_over() {
    without_sockets(|client, mut gone| async move {
        // A handler that passes its context on, and whose client goes away.
        struct Relay(CalculatorClient);
        impl Relays for Relay {
            async fn relay(&self, cx: Context) -> Result<(), Status> {
                let call = self.0.hang(cx);
                tokio::spawn(call.send()).await.unwrap()
            }
        }
        let relay = RelaysClient::new(Channel::from_service(RelaysServer::new(Relay(client))));
        let relayed = tokio::time::timeout(
            Duration::from_millis(50),
            relay.relay(Context::new()).send(),
        );
        assert!(relayed.await.is_err());
        gone.recv().await.unwrap();
    })
    .await;
}

/// Passes calls on.
#[traitwire::grpc_service(package = "calls.v1")]
pub trait Relays {
    /// Hangs elsewhere.
    async fn relay(&self, cx: Context) -> Result<(), Status>;
}

#[tokio::test]
async fn a_stream_of_requests_that_panics_is_the_end_of_its_call_only() {
    everywhere(|client, _| async move {
        for good in [0, 1] {
            let (sender, ready) = tokio::sync::oneshot::channel::<()>();
            let mut ready = Some(ready);
            let mut left = good;
            let requests = stream::poll_fn(move |cx| {
                if left > 0 {
                    left -= 1;
                    return Poll::Ready(Some(number(1)));
                }
                if let Some(waiting) = &mut ready {
                    let _ = std::task::ready!(Pin::new(waiting).poll(cx));
                }
                ready = None;
                panic!("no more");
            });
            let call = tokio::spawn(client.sum(requests).send());
            tokio::task::yield_now().await;
            drop(sender);
            let status = call.await.unwrap().unwrap_err();
            assert_eq!(status.code(), Code::Internal, "{status}");
            assert!(status.message().ends_with("panicked"), "{status}");
            assert_eq!(client.increment(number(1)).await.unwrap(), number(2));
        }
    })
    .await;
}

#[tokio::test]
async fn calls_that_nobody_reads_stop_no_others() {
    everywhere(|client, _| async move {
        // More than a stream's window, each way, and nobody reads.
        let flood = stream::iter(std::iter::repeat_with(|| number(i64::MIN)));
        let ignored = tokio::spawn(client.ignore(flood.take(200_000)).send());
        let unread = [
            client.repeat(number(-1)).await.unwrap(),
            client.repeat(number(-1)).await.unwrap(),
        ];
        for n in 0..20 {
            assert_eq!(client.increment(number(n)).await.unwrap(), number(n + 1));
            tokio::task::yield_now().await;
        }
        drop(unread);
        ignored.abort();
    })
    .await;
}

#[tokio::test]
async fn a_dropped_call_is_cancelled_while_the_server_takes_nothing() {
    over_http2(|client, mut gone| async move {
        let flood = stream::iter(std::iter::repeat_with(|| number(i64::MIN)));
        let call = tokio::spawn(client.ignore(flood).send());
        // Another call that is answered after the flood has filled its window.
        for n in 0..50 {
            client.increment(number(n)).await.unwrap();
        }
        call.abort();
        gone.recv().await.unwrap();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_a_stream_that_nobody_reads() {
    over_http2(|client, mut gone| async move {
        let call = client.repeat(number(-1)).timeout(Duration::from_millis(50));
        let unread = call.await.unwrap();
        gone.recv().await.unwrap();
        drop(unread);
    })
    .await;
}

#[tokio::test]
async fn a_failure_is_never_ok_and_never_too_long() {
    everywhere(|client, _| async move {
        let status = client.fail(number(0)).await.unwrap_err();
        assert_eq!(status.code(), Code::Internal, "{status}");
        // 100,000 letters with NOT_FOUND.
        let status = client.fail(number(17 * 100_000 + 5)).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound);
        assert!(status.message().starts_with("xxx"));
    })
    .await;
}

#[tokio::test]
async fn a_call_is_there_before_the_server_says_anything() {
    everywhere(|client, _| async move {
        // The handler answers when the requests have ended; they are all sent before anybody reads.
        let (sender, numbers) = Streaming::channel(1);
        let mut answers = client.after_all(numbers).await.unwrap();
        for n in 0..5 {
            sender.send(number(n)).await.unwrap();
        }
        drop(sender);
        assert_eq!(answers.message().await.unwrap(), Some(number(5)));
        assert_eq!(answers.message().await.unwrap(), None);
    })
    .await;
}
