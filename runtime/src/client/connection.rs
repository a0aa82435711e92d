//! Connections that are there when they are needed.

use std::borrow::Cow;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use traitwire_engine::Fields;

use super::backoff::{Attempt, Attempts, Backoff};
use super::life::{Life, SharedLife, Stage};
use crate::call::{Account, EncodeMessages, Framing};
use crate::deadline;
#[cfg(feature = "channelz")]
use crate::registry::{RegisteredChannel, Registry};
use crate::status::{Origin, Status};
use crate::transport::{
    Again, BoxError, CallCount, Counts, Http2Answer, Http2Call, Http2Pool, Http2Request, PoolNews,
    PoolOptions, RequestBase, Target, connect_http2, random,
};

/// Connects when the first call needs it, again when the connection has gone, and to more connections when one doesn't
/// take all calls.
#[derive(Clone)]
pub(super) struct Connection {
    shared: Arc<Shared>,
}

/// How a channel connects.
#[derive(Clone, Debug)]
pub(super) struct ConnectionOptions {
    pub(super) pool: PoolOptions,
    pub(super) backoff: Backoff,
    pub(super) connect_timeout: Duration,
    #[cfg(feature = "channelz")]
    pub(super) registry: Option<Registry>,
}

impl Default for ConnectionOptions {
    fn default() -> Self {
        Self {
            pool: PoolOptions::default(),
            backoff: Backoff::new(),
            connect_timeout: CONNECT_TIMEOUT,
            #[cfg(feature = "channelz")]
            registry: None,
        }
    }
}

/// What a call takes upon itself where there is no connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// It waits for one also when there was none to be had.
    pub(super) wait_for_ready: bool,
    pub(super) deadline: Option<Instant>,
}

struct Shared {
    target: Arc<Target>,
    base: Arc<RequestBase>,
    runtime: Handle,
    pool: Arc<Http2Pool>,
    life: Arc<SharedLife>,
    #[cfg(feature = "channelz")]
    registered: Option<Arc<RegisteredChannel>>,
    dialer: Mutex<Option<AbortHandle>>,
    /// Wakes the dialer between two attempts.
    hurry: Arc<Notify>,
}

impl Connection {
    pub(super) fn new(target: Target, base: RequestBase, options: ConnectionOptions) -> Self {
        let attempts = Attempts::new(options.backoff, options.connect_timeout);
        let life = Life::new(attempts, options.pool.idle_timeout, Instant::now());
        let life = Arc::new(SharedLife::new(life));
        #[cfg(feature = "channelz")]
        let registered = options.registry.map(|registry| {
            let life = Arc::clone(&life);
            let max_connections = options.pool.max_connections;
            Arc::new(registry.add_channel(target.text(), max_connections, move || life.state()))
        });
        let shared = Arc::new_cyclic(|shared: &Weak<Shared>| {
            let shared = Weak::clone(shared);
            let tell = move |news| {
                if let Some(shared) = shared.upgrade() {
                    shared.hear(news);
                }
            };
            Shared {
                target: Arc::new(target),
                base: Arc::new(base),
                runtime: deadline::runtime(),
                pool: Arc::new(Http2Pool::new(options.pool, tell)),
                life,
                #[cfg(feature = "channelz")]
                registered,
                dialer: Mutex::new(None),
                hurry: Arc::default(),
            }
        });
        Self { shared }
    }

    pub(super) fn target(&self) -> &Target {
        &self.shared.target
    }

    /// Whom messages that arrive are charged to.
    pub(super) fn account(&self) -> Option<Arc<Account>> {
        self.shared.pool.account().cloned()
    }

    pub(super) fn life(&self) -> &Arc<SharedLife> {
        &self.shared.life
    }

    /// Opens the connection, unless it is open.
    pub(super) async fn connect(&self) -> Result<(), Status> {
        let patience = Patience {
            wait_for_ready: false,
            deadline: None,
        };
        self.shared.connected(patience).await
    }

    /// Has the connection opened, unless it is open or somebody is at it.
    pub(super) fn want(&self) {
        self.shared.want();
    }

    /// Has the next attempt made now, if the last one failed.
    pub(super) fn reset_backoff(&self) {
        self.shared.life.update(Life::reset_backoff);
        self.shared.hurry.notify_waiters();
    }

    /// Makes no more calls. Those that are on a connection go on.
    pub(super) fn close(&self, why: Status) {
        self.shared.life.update(|life| life.end(why));
        self.shared.close();
    }

    /// A call that [`send`](Self::send) makes.
    pub(super) fn prepare(
        &self,
        request: Http2Request,
        requests: Option<Box<dyn EncodeMessages>>,
        framing: Framing,
    ) -> Http2Call {
        let call = Http2Call::new(request, self.shared.count());
        if let Some(requests) = requests {
            self.shared
                .runtime
                .spawn(call.send_requests(requests, framing));
        }
        call
    }

    /// Makes a call, as far as its answer or the head of its answers. It is made again where no server has looked at it;
    /// `fields` are its own, as of now.
    pub(super) async fn send(
        &self,
        call: &Http2Call,
        patience: Patience,
        fields: impl Fn() -> Fields,
    ) -> Result<Http2Answer, Status> {
        let mut refused = 0;
        let mut dials = 0;
        loop {
            while !self.shared.pool.start(call) {
                dials += 1;
                // In a box: most calls have no need of it.
                Box::pin(self.shared.connected_again(patience, dials)).await?;
                // Less time is left.
                call.renew(fields());
            }
            match poll_fn(|cx| call.poll_answer(cx)).await {
                Http2Answer::Again(Again::NotSent) => {}
                Http2Answer::Again(Again::Refused) => {
                    refused += 1;
                    if refused == MAX_ATTEMPTS {
                        return Err(unavailable("the server refuses calls"));
                    }
                }
                answer => return Ok(answer),
            }
        }
    }
}

impl Shared {
    /// Counts a call that begins.
    fn count(&self) -> CallCount {
        #[cfg(feature = "channelz")]
        if let Some(channel) = &self.registered {
            return CallCount::start(channel.calls());
        }
        CallCount::none()
    }

    /// As [`connected`](Self::connected), for a call to which this happens for so many times.
    async fn connected_again(
        self: &Arc<Self>,
        patience: Patience,
        times: u32,
    ) -> Result<(), Status> {
        // A server may close each connection as soon as it is there.
        if times > MAX_ATTEMPTS {
            if !patience.wait_for_ready {
                return Err(unavailable("the server closes its connections"));
            }
            deadline::sleep_until(Instant::now() + PAUSE).await;
        }
        self.connected(patience).await
    }

    /// Waits until there is a connection, or was one, and has it made if nobody does.
    async fn connected(self: &Arc<Self>, patience: Patience) -> Result<(), Status> {
        let mut life = self.life.subscribe();
        self.want();
        loop {
            match life.borrow_and_update().stage() {
                Stage::Ready(_) | Stage::Idle => return Ok(()),
                Stage::Failing(why) if !patience.wait_for_ready => return Err(why.clone()),
                Stage::Over(why) => return Err(why.clone()),
                Stage::Failing(_) | Stage::Connecting => {}
            }
            let mut changed = pin!(life.changed());
            // Who waits for the call wakes it at its deadline.
            let in_time = poll_fn(|cx| match changed.as_mut().poll(cx) {
                Poll::Ready(_) => Poll::Ready(true),
                Poll::Pending => match patience.deadline {
                    Some(deadline) if deadline <= Instant::now() => Poll::Ready(false),
                    _ => Poll::Pending,
                },
            });
            if !in_time.await {
                return Err(self.not_in_time());
            }
        }
    }

    /// The status of a call whose deadline passes before there is a connection.
    #[cold]
    fn not_in_time(&self) -> Status {
        let why = match self.life.subscribe().borrow().stage() {
            Stage::Failing(why) => why.message().to_owned(),
            _ => format!("still connecting to {}", self.target.text()),
        };
        Status::deadline_exceeded(format!("the deadline passed: {why}"))
    }

    fn want(self: &Arc<Self>) {
        let wanted = self.life.update(|life| {
            // Who takes a connection out of the pool may not have told yet.
            life.set_connected(self.pool.is_connected());
            life.want(Instant::now())
        });
        if wanted {
            self.dial();
        }
    }

    fn hear(self: &Arc<Self>, news: PoolNews) {
        match news {
            PoolNews::Full => {
                if self.life.update(|life| life.want_more(Instant::now())) {
                    self.dial();
                }
            }
            // It is asked once more under the lock: others may have told of later changes before.
            PoolNews::Changed => self
                .life
                .update(|life| life.set_connected(self.pool.is_connected())),
        }
    }

    /// Starts a dialer.
    fn dial(self: &Arc<Self>) {
        let dialer = Dialer {
            shared: Arc::downgrade(self),
            target: Arc::clone(&self.target),
            base: Arc::clone(&self.base),
            pool: Arc::clone(&self.pool),
            hurry: Arc::clone(&self.hurry),
            #[cfg(feature = "channelz")]
            registered: self.registered.clone(),
            done: false,
        };
        let task = self.runtime.spawn(dialer.run()).abort_handle();
        *self.dialer.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }

    fn close(&self) {
        self.pool.close();
        let mut dialer = self.dialer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(dialer) = dialer.take() {
            dialer.abort();
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
    }
}

/// Makes attempts to connect until one works.
struct Dialer {
    shared: Weak<Shared>,
    target: Arc<Target>,
    base: Arc<RequestBase>,
    pool: Arc<Http2Pool>,
    hurry: Arc<Notify>,
    #[cfg(feature = "channelz")]
    registered: Option<Arc<RegisteredChannel>>,
    /// Whether it came to its end.
    done: bool,
}

impl Dialer {
    async fn run(mut self) {
        while let Some(next_at) = self.attempt().await {
            tokio::select! {
                () = tokio::time::sleep_until(next_at) => {}
                () = self.hurry.notified() => {}
            }
            let goes_on = |shared: Arc<Shared>| {
                let now = Instant::now();
                shared.life.update(|life| life.goes_on(now))
            };
            if !self.shared.upgrade().is_some_and(goes_on) {
                break;
            }
        }
        self.done = true;
    }

    /// Makes an attempt; if there is to be another one, it says when.
    async fn attempt(&self) -> Option<Instant> {
        let attempt = {
            let shared = self.shared.upgrade()?;
            let now = Instant::now();
            shared.life.update(|life| life.begin(now, random()))
        };
        let made = self.connect(attempt).await;
        let shared = self.shared.upgrade()?;
        match made {
            Ok(connection) => {
                shared.runtime.spawn(connection);
                shared.life.update(Life::made);
                None
            }
            Err(error) => {
                let text = format!("can't connect to {}: {error}", self.target.text());
                let why = unavailable(text).with_source(error);
                shared.life.update(|life| life.failed(attempt, why))
            }
        }
    }

    /// Makes one of the pool's connections. What comes of it drives it to its end.
    async fn connect(
        &self,
        attempt: Attempt,
    ) -> Result<impl Future<Output = ()> + Send + 'static, BoxError> {
        let connected = async {
            let keep_alive = self.pool.keep_alive();
            let user_timeout = keep_alive.time.map(|_| keep_alive.timeout);
            let reached = self.target.connect(user_timeout).await?;
            let (base, pool) = (Arc::clone(&self.base), Arc::clone(&self.pool));
            #[cfg(not(feature = "channelz"))]
            let counts = Counts::none();
            #[cfg(feature = "channelz")]
            let counts = Counts::of_client(self.registered.as_ref().map(|channel| {
                let [local, remote] = reached.addresses;
                channel.socket(local, remote)
            }));
            connect_http2(reached.io, base, reached.peer.into(), pool, counts).await
        };
        let start = Instant::now();
        match tokio::time::timeout_at(attempt.give_up_at, connected).await {
            Ok(connection) => connection,
            Err(_) => {
                let waited = attempt.give_up_at.saturating_duration_since(start);
                Err(format!("no answer within {:.0?}", waited).into())
            }
        }
    }
}

impl Drop for Dialer {
    /// A runtime that goes takes its tasks along.
    fn drop(&mut self) {
        if !self.done
            && let Some(shared) = self.shared.upgrade()
        {
            let gone = || Status::unavailable("the runtime that the channel was made in is gone");
            shared.life.update(|life| life.end(gone()));
        }
    }
}

/// There is no server to be talked to.
#[cold]
fn unavailable(text: impl Into<Cow<'static, str>>) -> Status {
    Status::unavailable(text).with_origin(Origin::Transport)
}

/// How often a call that no server has looked at is made.
const MAX_ATTEMPTS: u32 = 4;

/// What a call that waits does after so many.
const PAUSE: Duration = Duration::from_secs(1);

/// How long a connection may take to come up: `MIN_CONNECT_TIMEOUT` of gRPC's connection backoff.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
