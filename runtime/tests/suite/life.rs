//! The life of a channel: its states, what it does to have a connection, and how calls wait for one.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio::time::Instant;
use traitwire::{
    Backoff, Channel, ChannelBuilder, Code, Connections, ConnectivityState, Connector, Context,
    Server, Status, grpc_service,
};

use crate::calculator::{CalculatorClient, CalculatorServer, Number, abacus, number};
use crate::raw_peer::{ACK, ENHANCE_YOUR_CALM, GOAWAY, PING, RawConnection};

use ConnectivityState::{Connecting, Idle, Ready, Shutdown, TransientFailure};

/// A network of which the test says who is there.
#[derive(Clone)]
struct Network(Arc<State>);

struct State {
    /// Where connections arrive; without, they are refused.
    open: Mutex<Option<mpsc::UnboundedSender<DuplexStream>>>,
    attempts: AtomicUsize,
}

impl Network {
    /// A network where nobody is.
    fn new() -> Self {
        Self(Arc::new(State {
            open: Mutex::new(None),
            attempts: AtomicUsize::new(0),
        }))
    }

    /// Somebody is there now, whom connections come to.
    fn open(&self) -> Arrivals {
        let (sender, receiver) = mpsc::unbounded_channel();
        *self.0.open.lock().unwrap() = Some(sender);
        Arrivals(receiver)
    }

    fn lazy(&self, channel: ChannelBuilder) -> (Channel, CalculatorClient) {
        let state = Arc::clone(&self.0);
        let connector = Connector::new("http://calculator.example", move || {
            state.attempts.fetch_add(1, Ordering::Relaxed);
            let (ours, theirs) = tokio::io::duplex(64 * 1024);
            let open = state.open.lock().unwrap();
            let arrived = open.as_ref().is_some_and(|open| open.send(theirs).is_ok());
            let result = match arrived {
                true => Ok(ours),
                false => Err(io::Error::other("nobody is there")),
            };
            async { result }
        });
        let channel = channel.lazy(connector).unwrap();
        (channel.clone(), CalculatorClient::new(channel))
    }

    fn attempts(&self) -> usize {
        self.0.attempts.load(Ordering::Relaxed)
    }
}

struct Arrivals(mpsc::UnboundedReceiver<DuplexStream>);

impl Arrivals {
    /// The next connection, on which nothing has been said.
    async fn arrive(&mut self) -> DuplexStream {
        self.0.recv().await.expect("the network is there")
    }

    /// The next connection, after both have said hello.
    async fn accept(&mut self) -> RawConnection<DuplexStream> {
        let mut connection = RawConnection::meet(self.arrive().await).await;
        connection.settings(&[]).await;
        connection
    }
}

type Increment = tokio::task::JoinHandle<Result<Number, Status>>;

fn increment(client: &CalculatorClient) -> Increment {
    tokio::spawn(client.increment(number(1)).send())
}

/// Lets everything happen that needs no time.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_channel_tells_where_it_stands() {
    let network = Network::new();
    let mut arrivals = network.open();
    let (channel, client) = network.lazy(Channel::builder());
    let mut states = channel.watch_state();
    assert_eq!((channel.state(), states.state()), (Idle, Idle));

    let call = increment(&client);
    assert_eq!(states.changed().await, Some(Connecting));
    let mut connection = RawConnection::meet(arrivals.arrive().await).await;
    settle().await;
    // A connection alone is no server.
    assert_eq!(channel.state(), Connecting);
    connection.settings(&[]).await;
    assert_eq!(states.changed().await, Some(Ready));
    let id = connection.request().await;
    connection.answer(id, 2).await;
    assert_eq!(call.await.unwrap().unwrap(), number(2));

    // The next call decides whether there is to be another one.
    drop(connection);
    assert_eq!(states.changed().await, Some(Idle));
    drop(arrivals);
    client.increment(number(1)).await.unwrap_err();
    assert_eq!(channel.wait_for_state_change(Idle).await, TransientFailure);
    // It connects by itself.
    let mut arrivals = network.open();
    let _connection = arrivals.accept().await;
    assert_eq!(channel.wait_for_state_change(TransientFailure).await, Ready);
    channel.close();
    assert_eq!(channel.state(), Shutdown);
    // Who looks rarely sees the last state, and no other comes.
    assert_eq!(states.changed().await, Some(Shutdown));
    assert_eq!(states.changed().await, None);
}

#[tokio::test(start_paused = true)]
async fn who_watches_a_channel_does_not_keep_it() {
    let network = Network::new();
    let mut arrivals = network.open();
    let (channel, client) = network.lazy(Channel::builder());
    let mut states = channel.watch_state();
    channel.try_to_connect();
    assert_eq!(states.changed().await, Some(Connecting));
    let mut connection = arrivals.accept().await;
    assert_eq!(states.changed().await, Some(Ready));
    // It has what it needs.
    channel.try_to_connect();
    settle().await;
    assert_eq!(network.attempts(), 1);
    drop((channel, client));
    assert_eq!(states.changed().await, None);
    assert_eq!(connection.frame().await.unwrap().kind, GOAWAY);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_nobody_needs_any_more_is_given_up() {
    let network = Network::new();
    let mut arrivals = network.open();
    let (channel, client) = network.lazy(Channel::builder());
    channel.try_to_connect();
    let mut connection = RawConnection::meet(arrivals.arrive().await).await;
    drop((channel, client));
    connection.closed().await;
}

#[tokio::test(start_paused = true)]
async fn attempts_are_as_far_apart_as_the_backoff_says() {
    let network = Network::new();
    let (channel, client) = network.lazy(Channel::builder());
    let mut waits = Vec::new();
    channel.try_to_connect();
    while waits.len() < 13 {
        let (before, attempts) = (Instant::now(), network.attempts());
        while network.attempts() == attempts {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        waits.push(before.elapsed().as_secs_f64());
    }
    // The first one was made at once.
    let mut expected = 1.0_f64;
    for wait in &waits[1..] {
        let chance = 0.2 * expected + 0.02;
        assert!((wait - expected).abs() < chance, "{wait} in {waits:?}");
        expected = (expected * 1.6).min(120.0);
    }
    assert!((waits[1] - 1.0).abs() < 0.02, "{waits:?}");

    // Calls lead to no attempt of their own, and say what the last one came to.
    let attempts = network.attempts();
    let status = client.increment(number(1)).await.unwrap_err();
    assert_eq!(
        status.to_string(),
        "UNAVAILABLE: can't connect to http://calculator.example: nobody is there"
    );
    settle().await;
    assert_eq!(network.attempts(), attempts);

    // The network is back.
    let mut arrivals = network.open();
    let before = Instant::now();
    channel.reset_connect_backoff();
    let connection = arrivals.accept().await;
    assert_eq!(channel.wait_for_state_change(TransientFailure).await, Ready);
    assert_eq!(before.elapsed(), Duration::ZERO);

    // A connection makes the next attempt the first one.
    drop((connection, arrivals));
    assert_eq!(channel.wait_for_state_change(Ready).await, Idle);
    client.increment(number(1)).await.unwrap_err();
    let mut arrivals = network.open();
    let before = Instant::now();
    arrivals.accept().await;
    let waited = before.elapsed().as_secs_f64();
    assert!((waited - 1.0).abs() < 0.01, "{waited}");
}

#[tokio::test(start_paused = true)]
async fn a_backoff_of_ones_own_is_kept() {
    let network = Network::new();
    let backoff = Backoff::new()
        .initial(Duration::from_secs(3))
        .multiplier(2.0)
        .jitter(0.0)
        .max(Duration::from_secs(10));
    let (channel, _client) = network.lazy(Channel::builder().backoff(backoff));
    let start = Instant::now();
    channel.try_to_connect();
    let mut seen = 0;
    let mut made_at = Vec::new();
    while made_at.len() < 5 {
        if network.attempts() > seen {
            seen = network.attempts();
            made_at.push(start.elapsed().as_secs());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(made_at, [0, 3, 9, 19, 29]);
}

#[tokio::test(start_paused = true)]
async fn who_is_connected_and_says_nothing_is_no_server() {
    let network = Network::new();
    let mut arrivals = network.open();
    let channel = Channel::builder().connect_timeout(Duration::from_secs(5));
    let (channel, client) = network.lazy(channel);
    let start = Instant::now();
    let call = increment(&client);
    let silent = arrivals.arrive().await;
    let status = call.await.unwrap().unwrap_err();
    assert_eq!(
        status.to_string(),
        "UNAVAILABLE: can't connect to http://calculator.example: no answer within 5s"
    );
    assert_eq!(start.elapsed().as_secs(), 5);
    drop(silent);
    // The next attempt was due long ago.
    let _connection = arrivals.accept().await;
    assert_eq!(channel.wait_for_state_change(TransientFailure).await, Ready);
    assert_eq!(start.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_until_the_channel_is_ready_waits() {
    let network = Network::new();
    let (channel, client) = network.lazy(Channel::builder());
    let patient = tokio::spawn(client.increment(number(1)).wait_for_ready(true).send());
    assert_eq!(channel.wait_for_state_change(Idle).await, TransientFailure);
    let hasty = client.increment(number(1));
    assert_eq!(hasty.await.unwrap_err().code(), Code::Unavailable);
    tokio::time::sleep(Duration::from_secs(600)).await;
    let hasty = client.increment(number(1));
    assert_eq!(hasty.await.unwrap_err().code(), Code::Unavailable);

    let mut arrivals = network.open();
    let mut connection = arrivals.accept().await;
    let id = connection.request().await;
    connection.answer(id, 2).await;
    assert_eq!(patient.await.unwrap().unwrap(), number(2));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_in_vain_says_what_for() {
    let network = Network::new();
    let (_, client) = network.lazy(Channel::builder().wait_for_ready(true));
    let start = Instant::now();
    let call = client.increment(number(1)).timeout(Duration::from_secs(60));
    let status = call.await.unwrap_err();
    assert_eq!(
        status.to_string(),
        "DEADLINE_EXCEEDED: the deadline passed: can't connect to http://calculator.example: nobody is there"
    );
    assert_eq!(start.elapsed().as_secs(), 60);
    // The other way round for one call.
    let call = client.increment(number(1)).wait_for_ready(false);
    assert_eq!(call.await.unwrap_err().code(), Code::Unavailable);
    assert_eq!(start.elapsed().as_secs(), 60);
    // A stream says the same.
    let requests = futures_util::stream::pending::<Number>();
    let call = client.running_sum(requests).timeout(Duration::from_secs(1));
    let mut sums = call.await.unwrap();
    let status = sums.message().await.unwrap_err();
    assert_eq!(
        status.to_string(),
        "DEADLINE_EXCEEDED: the deadline passed: can't connect to http://calculator.example: nobody is there"
    );

    let mut arrivals = network.open();
    let (_, client) = network.lazy(Channel::builder());
    let call = client.increment(number(1)).timeout(Duration::from_secs(1));
    let status = call.await.unwrap_err();
    assert_eq!(
        status.to_string(),
        "DEADLINE_EXCEEDED: the deadline passed: still connecting to http://calculator.example"
    );
    arrivals.arrive().await;
}

/// Knows how late it is.
#[grpc_service(package = "life.v1")]
trait Clock {
    /// How many seconds the call has left.
    async fn left(&self, cx: Context) -> Result<Number, Status>;
}

struct Wall;

impl Clock for Wall {
    async fn left(&self, cx: Context) -> Result<Number, Status> {
        let left = cx.time_remaining().expect("a deadline");
        Ok(number(left.as_secs_f64().round() as i64))
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_is_told_of_the_time_that_is_left() {
    let network = Network::new();
    let (channel, _) = network.lazy(Channel::builder().wait_for_ready(true));
    let clock = ClockClient::new(channel);
    let start = Instant::now();
    let call = clock.left(Context::new()).timeout(Duration::from_secs(600));
    let call = tokio::spawn(call.send());
    tokio::time::sleep(Duration::from_secs(300)).await;
    let mut arrivals = network.open();
    let connection = arrivals.arrive().await;
    let waited = start.elapsed().as_secs_f64().round() as i64;
    let connections = Connections::new(futures_util::stream::iter([Ok(connection)]));
    let server = Server::new().add(ClockServer::new(Wall));
    let _running = server.start(connections).await.unwrap();
    assert_eq!(call.await.unwrap().unwrap(), number(600 - waited));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_leaves_at_once_is_not_for_those_who_wait() {
    let network = Network::new();
    let mut arrivals = network.open();
    let (_, client) = network.lazy(Channel::builder());
    let hasty = increment(&client);
    let patient = tokio::spawn(client.increment(number(1)).wait_for_ready(true).send());
    for _ in 0..4 {
        let mut connection = RawConnection::meet(arrivals.arrive().await).await;
        connection.settings(&[]).await;
        connection.go_away(0).await;
        connection.closed().await;
    }
    let status = hasty.await.unwrap().unwrap_err();
    assert_eq!(
        status.to_string(),
        "UNAVAILABLE: the server closes its connections"
    );
    let start = Instant::now();
    let mut connection = arrivals.accept().await;
    // It doesn't ask without a pause.
    assert!(start.elapsed() >= Duration::from_secs(1));
    let id = connection.request().await;
    connection.answer(id, 2).await;
    assert_eq!(patient.await.unwrap().unwrap(), number(2));
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_nobody_calls_is_idle_after_a_while() {
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    for (channel, timeout) in [
        (Channel::builder(), minutes(30)),
        (Channel::builder().idle_timeout(minutes(5)), minutes(5)),
    ] {
        let network = Network::new();
        let mut arrivals = network.open();
        let (channel, client) = network.lazy(channel);
        let call = increment(&client);
        let mut connection = arrivals.accept().await;
        let id = connection.request().await;
        // A call that takes long is a call.
        tokio::time::sleep(2 * timeout).await;
        connection.answer(id, 2).await;
        call.await.unwrap().unwrap();
        // A server that asks for a sign of life is none.
        let start = Instant::now();
        let last = loop {
            let wait = tokio::time::timeout(Duration::from_secs(20), connection.frame());
            match wait.await {
                Ok(frame) => break frame.expect("a word when it leaves"),
                Err(_) => connection.ping().await,
            }
        };
        assert_eq!(last.kind, GOAWAY);
        assert_eq!(start.elapsed().as_secs(), timeout.as_secs());
        connection.closed().await;
        assert_eq!(channel.state(), Idle);

        let call = increment(&client);
        let mut connection = arrivals.accept().await;
        let id = connection.request().await;
        connection.answer(id, 2).await;
        call.await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_up_was_a_call() {
    let network = Network::new();
    let mut arrivals = network.open();
    let timeout = Duration::from_secs(100);
    let (channel, client) = network.lazy(Channel::builder().idle_timeout(timeout));
    let call = increment(&client);
    let mut connection = arrivals.accept().await;
    connection.request().await;
    tokio::time::sleep(Duration::from_secs(1000)).await;
    call.abort();
    let start = Instant::now();
    assert_eq!(channel.wait_for_state_change(Ready).await, Idle);
    assert_eq!(start.elapsed().as_secs(), timeout.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_channel_may_never_be_idle() {
    let network = Network::new();
    let mut arrivals = network.open();
    let (channel, _client) = network.lazy(Channel::builder().idle_timeout(None));
    channel.try_to_connect();
    let _connection = arrivals.accept().await;
    tokio::time::sleep(Duration::from_secs(1_000_000)).await;
    assert_eq!(channel.state(), Ready);
}

#[tokio::test(start_paused = true)]
async fn it_is_not_tried_to_connect_for_nobody() {
    let network = Network::new();
    let channel = Channel::builder().idle_timeout(Duration::from_secs(600));
    let (channel, client) = network.lazy(channel);
    let start = Instant::now();
    client.increment(number(1)).await.unwrap_err();
    assert_eq!(channel.wait_for_state_change(TransientFailure).await, Idle);
    // With the first attempt after that.
    assert!((600..900).contains(&start.elapsed().as_secs()));
    let attempts = network.attempts();
    tokio::time::sleep(Duration::from_secs(10_000)).await;
    assert_eq!(network.attempts(), attempts);
}

#[tokio::test(start_paused = true)]
async fn a_closed_channel_ends_its_calls_and_makes_no_more() {
    let closed = "UNAVAILABLE: the channel is closed";
    let network = Network::new();
    let mut arrivals = network.open();
    let (channel, client) = network.lazy(Channel::builder().max_connections(1));
    let open = increment(&client);
    let limit = [(crate::raw_peer::MAX_CONCURRENT_STREAMS, 1)];
    let mut connection = RawConnection::meet(arrivals.arrive().await).await;
    connection.settings(&limit).await;
    let id = connection.request().await;
    let in_line = increment(&client);
    settle().await;
    channel.clone().close();
    assert_eq!(in_line.await.unwrap().unwrap_err().to_string(), closed);
    let status = client.increment(number(1)).await.unwrap_err();
    assert_eq!(status.to_string(), closed);
    let patient = client.increment(number(1)).wait_for_ready(true);
    assert_eq!(patient.await.unwrap_err().to_string(), closed);
    // What is on its way gets there.
    connection.answer(id, 2).await;
    assert_eq!(open.await.unwrap().unwrap(), number(2));
    assert_eq!(connection.frame().await.unwrap().kind, GOAWAY);
    connection.closed().await;
    channel.try_to_connect();
    channel.reset_connect_backoff();
    channel.close();
    assert_eq!(channel.state(), Shutdown);
    assert_eq!(network.attempts(), 1);

    // While it connects, and while it can't.
    for open in [true, false] {
        let network = Network::new();
        let _arrivals = open.then(|| network.open());
        let (channel, client) = network.lazy(Channel::builder().wait_for_ready(true));
        let call = increment(&client);
        settle().await;
        let before = if open { Connecting } else { TransientFailure };
        assert_eq!(channel.state(), before);
        channel.close();
        assert_eq!(call.await.unwrap().unwrap_err().to_string(), closed);
        tokio::time::sleep(Duration::from_secs(600)).await;
        assert_eq!(network.attempts(), 1);
    }
}

#[tokio::test]
async fn channels_without_connections_are_ready_until_they_are_closed() {
    let (service, _gone) = abacus();
    let service = CalculatorServer::new(service);
    for channel in [
        Channel::local(service.clone()),
        Channel::from_service(service.clone()),
    ] {
        let client = CalculatorClient::new(channel.clone());
        assert_eq!(channel.state(), Ready);
        channel.try_to_connect();
        channel.reset_connect_backoff();
        let call = client.increment(number(1)).wait_for_ready(true);
        assert_eq!(call.await.unwrap(), number(2));
        channel.close();
        assert_eq!(channel.wait_for_state_change(Ready).await, Shutdown);
        let status = client.increment(number(1)).await.unwrap_err();
        assert_eq!(status.to_string(), "UNAVAILABLE: the channel is closed");
    }
}

#[tokio::test]
async fn a_channel_whose_runtime_is_gone_says_so() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let network = Network::new();
    let (channel, client) = {
        let _entered = runtime.enter();
        network.lazy(Channel::builder().wait_for_ready(true))
    };
    runtime.shutdown_background();
    let status = client.increment(number(1)).await.unwrap_err();
    assert_eq!(
        status.to_string(),
        "UNAVAILABLE: the runtime that the channel was made in is gone"
    );
    assert_eq!(channel.state(), Shutdown);
}

/// A server that is asked after 30 seconds whether it lives, and has 5 for the answer.
fn keep_alive() -> ChannelBuilder {
    Channel::builder().keep_alive(Duration::from_secs(30), Duration::from_secs(5))
}

/// Waits for a question for a sign of life, and says how many seconds it took.
async fn pinged(connection: &mut RawConnection<DuplexStream>) -> (u64, Vec<u8>) {
    let start = Instant::now();
    let payload = connection.pinged().await.expect("a ping");
    (start.elapsed().as_secs(), payload)
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_silent_while_a_call_is_open_is_asked_whether_it_lives() {
    let network = Network::new();
    let mut arrivals = network.open();
    let (channel, client) = network.lazy(keep_alive());
    let call = increment(&client);
    let mut connection = arrivals.accept().await;
    let id = connection.request().await;
    for _ in 0..3 {
        let (waited, payload) = pinged(&mut connection).await;
        assert_eq!(waited, 30);
        connection.send(PING, ACK, 0, &payload).await;
    }
    // Anything is a sign of life.
    tokio::time::sleep(Duration::from_secs(20)).await;
    connection.head(id).await;
    assert_eq!(pinged(&mut connection).await.0, 30);
    tokio::time::sleep(Duration::from_secs(4)).await;
    connection.message(id, 2).await;
    assert_eq!(pinged(&mut connection).await.0, 30);

    let start = Instant::now();
    let status = call.await.unwrap().unwrap_err();
    assert_eq!(
        status.to_string(),
        "UNAVAILABLE: the server answers no keepalive ping within 5s"
    );
    assert_eq!(start.elapsed().as_secs(), 5);
    assert_eq!(channel.state(), Idle);
    connection.closed().await;
}

#[tokio::test(start_paused = true)]
async fn without_a_call_nobody_is_asked_unless_that_is_wanted() {
    let network = Network::new();
    let mut arrivals = network.open();
    let (channel, client) = network.lazy(keep_alive());
    channel.try_to_connect();
    let mut connection = arrivals.accept().await;
    let hour = Duration::from_secs(1000);
    assert!(
        tokio::time::timeout(hour, connection.pinged())
            .await
            .is_err()
    );
    // It is long due when a call comes.
    let call = increment(&client);
    let (waited, payload) = pinged(&mut connection).await;
    assert_eq!(waited, 0);
    connection.send(PING, ACK, 0, &payload).await;
    assert_eq!(pinged(&mut connection).await.0, 30);
    call.abort();

    for channel in [
        keep_alive().keep_alive_without_calls(true),
        Channel::builder()
            .keep_alive_without_calls(true)
            .keep_alive(Duration::from_secs(30), Duration::from_secs(5)),
    ] {
        let (channel, _) = network.lazy(channel);
        channel.try_to_connect();
        let mut connection = arrivals.accept().await;
        assert_eq!(channel.wait_for_state_change(Connecting).await, Ready);
        assert_eq!(pinged(&mut connection).await.0, 30);
        let start = Instant::now();
        assert_eq!(channel.wait_for_state_change(Ready).await, Idle);
        assert_eq!(start.elapsed().as_secs(), 5);
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_all_the_time_or_without_having_been_told_to() {
    let network = Network::new();
    let mut arrivals = network.open();
    let second = Duration::from_secs(1);
    let (_channel, client) = network.lazy(Channel::builder().keep_alive(second, second));
    let _call = increment(&client);
    let mut connection = arrivals.accept().await;
    connection.request().await;
    assert_eq!(pinged(&mut connection).await.0, 10);

    let (_channel, client) = network.lazy(Channel::builder());
    let _call = increment(&client);
    let mut connection = arrivals.accept().await;
    connection.request().await;
    let day = Duration::from_secs(24 * 60 * 60);
    assert!(
        tokio::time::timeout(day, connection.pinged())
            .await
            .is_err()
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_asked_too_often_is_asked_half_as_often() {
    let network = Network::new();
    let mut arrivals = network.open();
    let (_channel, client) = network.lazy(keep_alive());
    for (reason, text, seconds) in [
        // Of these, only the last one is about pings.
        (0, "too_many_pings", 30),
        (ENHANCE_YOUR_CALM, "too_many_calls", 30),
        (ENHANCE_YOUR_CALM, "too_many_pings", 30),
        (ENHANCE_YOUR_CALM, "too_many_pings", 60),
        (0, "", 120),
    ] {
        let call = increment(&client);
        let mut connection = arrivals.accept().await;
        let id = connection.request().await;
        assert_eq!(pinged(&mut connection).await.0, seconds);
        connection.go_away_for(id, reason, text.as_bytes()).await;
        drop(connection);
        let told = match reason {
            0 => String::new(),
            _ => format!(" (ENHANCE_YOUR_CALM: {text})"),
        };
        assert_eq!(
            call.await.unwrap().unwrap_err().to_string(),
            format!("UNAVAILABLE: the server closed the connection{told}")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn our_own_server_is_asked_no_more_than_it_bears() {
    let (service, mut gone) = abacus();
    let (connector, listener) = traitwire::memory();
    let server = Server::new()
        .add(CalculatorServer::new(service))
        .keep_alive(Duration::from_secs(100_000), Duration::from_secs(5))
        .min_ping_interval(Duration::from_secs(50), false);
    let _running = server.start(listener).await.unwrap();
    let channel = keep_alive().lazy(connector).unwrap();
    let client = CalculatorClient::new(channel);
    // The server's patience is at its end with the fourth ping.
    let start = Instant::now();
    let status = client.hang(Context::new()).await.unwrap_err();
    assert_eq!(
        status.to_string(),
        "UNAVAILABLE: the server closed the connection (ENHANCE_YOUR_CALM: too_many_pings)"
    );
    assert_eq!(start.elapsed().as_secs(), 120);
    gone.recv().await.unwrap();
    // And doesn't come to that again.
    let call = client
        .hang(Context::new())
        .timeout(Duration::from_secs(5000));
    assert_eq!(call.await.unwrap_err().code(), Code::DeadlineExceeded);
}

/// All calls get through while the server lets each connection go after a moment.
#[tokio::test]
async fn no_call_is_lost_when_connections_grow_old() {
    for over_hyper in [false, true] {
        let (service, _gone) = abacus();
        let server = Server::new()
            .add(CalculatorServer::new(service))
            .max_connection_age(Duration::from_millis(2));
        let server = if over_hyper {
            server.over_hyper()
        } else {
            server
        };
        let running = server.start("127.0.0.1:0").await.unwrap();
        let client = CalculatorClient::lazy(running.local_addr()).unwrap();
        let callers = (0..20).map(|caller| {
            let client = client.clone();
            tokio::spawn(async move {
                for n in 0..100 {
                    let n = 1000 * caller + n;
                    let sum = client.increment(number(n)).await;
                    assert_eq!(sum.unwrap(), number(n + 1));
                }
            })
        });
        for caller in callers.collect::<Vec<_>>() {
            caller.await.unwrap();
        }
    }
}
