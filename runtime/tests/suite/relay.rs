//! Handlers that call others: what the calls that they make have of their own, and what becomes of work that nobody waits
//! for.

use std::time::Duration;

use tokio::sync::mpsc;
use traitwire::{
    CancelReason, Channel, Code, Context, Message, RunningServer, Status, Streaming, grpc_service,
};

use super::server;

/// Milliseconds, -1 for ever.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct Millis {
    #[proto(1)]
    pub millis: i64,
}

/// The server behind.
#[grpc_service(package = "relay.v1")]
pub trait Back {
    /// How long the caller waits.
    async fn time_left(&self, cx: Context) -> Result<Millis, Status>;
    /// Waits for ever, and tells the test when that is over.
    async fn hang(&self, cx: Context) -> Result<(), Status>;
    /// As many as are read.
    async fn count(&self) -> Result<Streaming<Millis>, Status>;
}

/// The server in front, which asks the one behind.
#[grpc_service(package = "relay.v1")]
pub trait Front {
    /// In a handler.
    async fn unary(&self) -> Result<Millis, Status>;
    /// In one with a context, not passed on.
    async fn with_context(&self, cx: Context) -> Result<Millis, Status>;
    /// With a timeout of its own.
    async fn with_timeout(&self, timeout: Millis) -> Result<Millis, Status>;
    /// In the code of a stream.
    async fn in_stream(&self) -> Result<Streaming<Millis>, Status>;
    /// In a handler that reads a stream.
    async fn after_stream(&self, numbers: Streaming<Millis>) -> Result<Millis, Status>;
    /// In a task that works for the call.
    async fn in_task(&self) -> Result<Millis, Status>;
    /// In a task that doesn't.
    async fn in_other_task(&self) -> Result<Millis, Status>;
    /// By a stream that is passed on.
    async fn pass_on(&self) -> Result<Streaming<Millis>, Status>;
    /// Starts a task whose call hangs, and waits for ever.
    async fn hang_in_task(&self) -> Result<(), Status>;
    /// Starts a task that tells the test why nobody waits any more; 0 answers, 1 waits, 2 says so before.
    async fn watch(&self, millis: Millis, cx: Context) -> Result<(), Status>;
    /// The same, with a stream that is read.
    async fn watch_stream(&self, millis: Millis, cx: Context) -> Result<Streaming<Millis>, Status>;
    /// The same in a method that has no context.
    async fn watch_current(&self, millis: Millis) -> Result<(), Status>;
    /// Tells the test when it has waited for so long.
    #[rpc(detached)]
    async fn finish(&self, millis: Millis) -> Result<(), Status>;
    /// The same with a context.
    #[rpc(detached)]
    async fn finish_with_context(&self, millis: Millis, cx: Context) -> Result<(), Status>;
    /// The same with a stream.
    #[rpc(detached)]
    async fn finish_stream(&self, millis: Millis) -> Result<Streaming<Millis>, Status>;
}

#[derive(Clone)]
struct Behind {
    told: mpsc::UnboundedSender<String>,
}

impl Back for Behind {
    async fn time_left(&self, cx: Context) -> Result<Millis, Status> {
        let left = cx.time_remaining().map(|left| left.as_millis() as i64);
        let millis = left.unwrap_or(-1);
        Ok(Millis { millis })
    }

    async fn hang(&self, cx: Context) -> Result<(), Status> {
        let told = self.told.clone();
        tokio::spawn(async move {
            let cancelled = cx.cancelled().await;
            told.send(format!("behind: {}", cancelled.reason()))
        });
        std::future::pending().await
    }

    async fn count(&self) -> Result<Streaming<Millis>, Status> {
        Ok(Streaming::from_iter((0..).map(|millis| Millis { millis })))
    }
}

#[derive(Clone)]
struct InFront {
    back: BackClient,
    told: mpsc::UnboundedSender<String>,
}

impl InFront {
    async fn ask(&self) -> Result<Millis, Status> {
        self.back.time_left(Context::new()).await
    }

    fn watch_from_outside(&self, cx: Context) {
        let told = self.told.clone();
        tokio::spawn(async move {
            let cancelled = cx.cancelled().await;
            told.send(format!("{:?}", cancelled.reason()))
        });
    }

    async fn finish_after(&self, millis: Millis) -> Result<(), Status> {
        let started = self.told.send("started".to_owned());
        started.map_err(|_| Status::internal("the test is over"))?;
        assert!(millis.millis != 7, "on request");
        tokio::time::sleep(Duration::from_millis(millis.millis as u64)).await;
        let current = Context::current().expect("it is a handler's code");
        let told = format!("finished, cancelled: {}", current.is_cancelled());
        let told = self.told.send(told);
        told.map_err(|_| Status::internal("the test is over"))
    }
}

impl Front for InFront {
    async fn unary(&self) -> Result<Millis, Status> {
        self.ask().await
    }

    async fn with_context(&self, _: Context) -> Result<Millis, Status> {
        self.ask().await
    }

    async fn with_timeout(&self, timeout: Millis) -> Result<Millis, Status> {
        let call = self.back.time_left(Context::new());
        call.timeout(Duration::from_millis(timeout.millis as u64))
            .await
    }

    async fn in_stream(&self) -> Result<Streaming<Millis>, Status> {
        let front = self.clone();
        Ok(Streaming::generate(|out| async move {
            out.send(front.ask().await?).await?;
            Ok(())
        }))
    }

    async fn after_stream(&self, mut numbers: Streaming<Millis>) -> Result<Millis, Status> {
        while numbers.message().await?.is_some() {}
        self.ask().await
    }

    async fn in_task(&self) -> Result<Millis, Status> {
        let front = self.clone();
        let task = traitwire::spawn(async move {
            // Tasks of tasks, too.
            let task = traitwire::spawn(async move { front.ask().await });
            task.await.unwrap()
        });
        task.await.unwrap()
    }

    async fn in_other_task(&self) -> Result<Millis, Status> {
        let front = self.clone();
        let task = tokio::spawn(async move {
            assert!(Context::current().is_none());
            front.ask().await
        });
        task.await.unwrap()
    }

    async fn pass_on(&self) -> Result<Streaming<Millis>, Status> {
        self.back.count().await
    }

    async fn hang_in_task(&self) -> Result<(), Status> {
        let front = self.clone();
        traitwire::spawn(async move {
            let status = front.back.hang(Context::new()).await.unwrap_err();
            front.told.send(format!("in front: {status}"))
        });
        std::future::pending().await
    }

    async fn watch(&self, millis: Millis, cx: Context) -> Result<(), Status> {
        self.watch_from_outside(cx);
        match millis.millis {
            0 => return Ok(()),
            1 => {}
            _ => drop(self.told.send("started".to_owned())),
        }
        std::future::pending().await
    }

    async fn watch_stream(&self, _: Millis, cx: Context) -> Result<Streaming<Millis>, Status> {
        self.watch_from_outside(cx);
        Ok(Streaming::generate(|out| async move {
            out.send(Millis { millis: 1 }).await?;
            std::future::pending().await
        }))
    }

    async fn watch_current(&self, millis: Millis) -> Result<(), Status> {
        self.watch_from_outside(Context::current().expect("it is a handler's code"));
        match millis.millis {
            0 => Ok(()),
            _ => std::future::pending().await,
        }
    }

    async fn finish(&self, millis: Millis) -> Result<(), Status> {
        self.finish_after(millis).await
    }

    async fn finish_with_context(&self, millis: Millis, _: Context) -> Result<(), Status> {
        self.finish_after(millis).await
    }

    async fn finish_stream(&self, millis: Millis) -> Result<Streaming<Millis>, Status> {
        self.finish_after(millis).await?;
        Ok(Streaming::from_iter([Millis { millis: 1 }]))
    }
}

struct Relay {
    client: FrontClient,
    told: mpsc::UnboundedReceiver<String>,
    running: RunningServer,
}

impl Relay {
    /// In memory, where the clock of a test may be moved.
    async fn start() -> Self {
        let (tell, told) = mpsc::unbounded_channel();
        let (connector, listener) = traitwire::memory();
        let back = server().add(BackServer::new(Behind { told: tell.clone() }));
        back.start(listener).await.unwrap();
        let back = BackClient::connect(connector).await.unwrap();

        let (connector, listener) = traitwire::memory();
        let front = server().add(FrontServer::new(InFront { back, told: tell }));
        let running = front.start(listener).await.unwrap();
        Self {
            client: FrontClient::connect(connector).await.unwrap(),
            told,
            running,
        }
    }

    async fn told(&mut self) -> String {
        self.told.recv().await.unwrap()
    }
}

fn millis(millis: i64) -> Millis {
    Millis { millis }
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn calls_of_a_handler_have_as_long_as_the_handler() {
    let relay = Relay::start().await;
    let front = &relay.client;
    let cx = Context::new;
    let near = |left: Millis| assert!((1..=1000).contains(&left.millis), "{left:?}");
    near(front.unary().timeout(SECOND).await.unwrap());
    near(front.with_context(cx()).timeout(SECOND).await.unwrap());
    near(front.in_task().timeout(SECOND).await.unwrap());
    let mut stream = front.in_stream().timeout(SECOND).await.unwrap();
    near(stream.message().await.unwrap().unwrap());
    let numbers = Streaming::from_iter([millis(1), millis(2)]);
    near(front.after_stream(numbers).timeout(SECOND).await.unwrap());

    // Who asks for more gets no more, who asks for less gets that.
    let more = front.with_timeout(millis(5000)).timeout(SECOND);
    near(more.await.unwrap());
    let less = front.with_timeout(millis(100)).timeout(SECOND);
    assert!((1..=100).contains(&less.await.unwrap().millis));

    assert_eq!(front.unary().await.unwrap(), millis(-1));
    assert_eq!(front.in_task().await.unwrap(), millis(-1));
    let other = front.in_other_task().timeout(SECOND);
    assert_eq!(other.await.unwrap(), millis(-1));
}

#[tokio::test(start_paused = true)]
async fn calls_of_a_local_handler_have_as_long_as_the_handler() {
    let (tell, _told) = mpsc::unbounded_channel();
    let back = BackClient::local(Behind { told: tell.clone() });
    let front = FrontClient::local(InFront { back, told: tell });
    let near = |left: Millis| assert!((1..=1000).contains(&left.millis), "{left:?}");
    near(front.unary().timeout(SECOND).await.unwrap());
    near(front.in_task().timeout(SECOND).await.unwrap());
    let mut stream = front.in_stream().timeout(SECOND).await.unwrap();
    near(stream.message().await.unwrap().unwrap());
    assert_eq!(front.unary().await.unwrap(), millis(-1));
    assert!(Context::current().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_passed_on_ends_with_its_reader() {
    let relay = Relay::start().await;
    let mut numbers = relay.client.pass_on().timeout(SECOND).await.unwrap();
    for n in 0..100 {
        assert_eq!(numbers.message().await.unwrap(), Some(millis(n)));
    }
    let over = loop {
        match numbers.message().await {
            Ok(_) => tokio::time::sleep(Duration::from_millis(1)).await,
            Err(status) => break status,
        }
    };
    assert_eq!(over.code(), Code::DeadlineExceeded);
}

#[tokio::test(start_paused = true)]
async fn calls_of_a_task_end_with_the_call_that_it_works_for() {
    for timeout in [false, true] {
        let mut relay = Relay::start().await;
        let call = relay.client.hang_in_task();
        let expected = if timeout {
            let status = call.timeout(SECOND).await.unwrap_err();
            assert_eq!(status.code(), Code::DeadlineExceeded);
            [
                "behind: the deadline passed",
                "in front: DEADLINE_EXCEEDED: the deadline passed",
            ]
        } else {
            assert!(tokio::time::timeout(SECOND, call.send()).await.is_err());
            [
                "behind: the client gave the call up",
                "in front: CANCELLED: the call that this one was made for is over: the client gave the call up",
            ]
        };
        let mut told = [relay.told().await, relay.told().await];
        told.sort();
        assert_eq!(told, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn who_holds_the_context_learns_why_nobody_waits() {
    let mut relay = Relay::start().await;
    let cx = Context::new;

    relay.client.watch(millis(0), cx()).await.unwrap();
    assert_eq!(relay.told().await, "Answered");
    relay.client.watch_current(millis(0)).await.unwrap();
    assert_eq!(relay.told().await, "Answered");

    let call = relay.client.watch(millis(1), cx()).send();
    assert!(tokio::time::timeout(SECOND, call).await.is_err());
    assert_eq!(relay.told().await, "Client");
    let call = relay.client.watch_current(millis(1)).send();
    assert!(tokio::time::timeout(SECOND, call).await.is_err());
    assert_eq!(relay.told().await, "Client");
    let mut stream = relay.client.watch_stream(millis(1), cx()).await.unwrap();
    stream.message().await.unwrap();
    drop(stream);
    assert_eq!(relay.told().await, "Client");

    let call = relay.client.watch(millis(1), cx()).timeout(SECOND);
    assert_eq!(call.await.unwrap_err().code(), Code::DeadlineExceeded);
    assert_eq!(relay.told().await, "DeadlineExceeded");
    let call = relay.client.watch_stream(millis(1), cx()).timeout(SECOND);
    let mut stream = call.await.unwrap();
    stream.message().await.unwrap();
    let status = stream.message().await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(relay.told().await, "DeadlineExceeded");
}

#[tokio::test]
async fn a_handler_learns_of_a_lost_connection_and_of_a_server_that_stops() {
    // Somebody else's HTTP/2 only drops the call.
    let told_by_us = |reason: CancelReason| match super::OURS {
        true => format!("{reason:?}"),
        false => "Client".to_owned(),
    };
    let mut relay = Relay::start().await;
    let (connector, listener) = traitwire::memory();
    let (tell, mut told) = mpsc::unbounded_channel();
    let back = BackClient::local(Behind { told: tell.clone() });
    let front = InFront { back, told: tell };
    let running = server().add(FrontServer::new(front));
    let running = running.start(listener).await.unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    // With its runtime, a client is gone without a word.
    let call = async move {
        let channel = Channel::connect(connector).await.unwrap();
        let call = FrontClient::new(channel).watch(millis(2), Context::new());
        call.await
    };
    let call = runtime.spawn(call);
    assert_eq!(told.recv().await.unwrap(), "started");
    runtime.shutdown_background();
    assert!(call.await.is_err());
    assert_eq!(
        told.recv().await.unwrap(),
        told_by_us(CancelReason::ConnectionLost)
    );
    running.abort();

    let call = relay.client.watch(millis(2), Context::new()).send();
    let call = tokio::spawn(call);
    assert_eq!(relay.told().await, "started");
    relay.running.abort();
    assert_eq!(call.await.unwrap().unwrap_err().code(), Code::Unavailable);
    assert_eq!(relay.told().await, told_by_us(CancelReason::ShuttingDown));
}

#[tokio::test(start_paused = true)]
async fn a_detached_handler_finishes_though_nobody_waits() {
    let mut relay = Relay::start().await;
    let cx = Context::new;

    relay.client.finish(millis(10)).await.unwrap();
    assert_eq!(relay.told().await, "started");
    assert_eq!(relay.told().await, "finished, cancelled: false");

    let second = millis(1000);
    let given_up = Duration::from_millis(10);
    let finish = relay.client.finish(second.clone()).send();
    assert!(tokio::time::timeout(given_up, finish).await.is_err());
    assert_eq!(relay.told().await, "started");
    assert_eq!(relay.told().await, "finished, cancelled: true");
    let finish = relay
        .client
        .finish_with_context(second.clone(), cx())
        .send();
    assert!(tokio::time::timeout(given_up, finish).await.is_err());
    assert_eq!(relay.told().await, "started");
    assert_eq!(relay.told().await, "finished, cancelled: true");
    let finish = relay.client.finish_stream(second.clone()).send();
    assert!(tokio::time::timeout(given_up, finish).await.is_err());
    assert_eq!(relay.told().await, "started");
    assert_eq!(relay.told().await, "finished, cancelled: true");

    let finish = relay.client.finish(second.clone()).timeout(given_up);
    assert_eq!(finish.await.unwrap_err().code(), Code::DeadlineExceeded);
    assert_eq!(relay.told().await, "started");
    assert_eq!(relay.told().await, "finished, cancelled: true");
    let finish = relay.client.finish_stream(second).timeout(given_up);
    assert_eq!(finish.await.unwrap_err().code(), Code::DeadlineExceeded);
    assert_eq!(relay.told().await, "started");
    assert_eq!(relay.told().await, "finished, cancelled: true");

    let panics = relay.client.finish(millis(7)).await.unwrap_err();
    assert_eq!(panics.code(), Code::Internal);
}

#[tokio::test(start_paused = true)]
async fn a_detached_handler_finishes_in_the_process_too() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let back = BackClient::local(Behind { told: tell.clone() });
    let front = FrontClient::local(InFront { back, told: tell });
    let finish = front.finish(millis(1000)).send();
    assert!(
        tokio::time::timeout(Duration::from_millis(10), finish)
            .await
            .is_err()
    );
    assert_eq!(told.recv().await.unwrap(), "started");
    assert_eq!(told.recv().await.unwrap(), "finished, cancelled: true");
}
