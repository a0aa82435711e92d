//! Connections that are there when they are needed.

use std::borrow::Cow;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::call::{EncodeMessages, Framing};
use crate::deadline;
use crate::status::{Origin, Status};
use crate::transport::{
    Again, BoxError, Http2Answer, Http2Call, Http2Pool, Http2Request, Io, RequestBase, Target,
    connect_http2,
};

/// Connects when the first call needs it, again when the connection has gone, and to more connections when one doesn't
/// take all calls.
#[derive(Clone)]
pub(super) struct Connection {
    shared: Arc<Shared>,
}

struct Shared {
    target: Arc<Target>,
    base: Arc<RequestBase>,
    runtime: Handle,
    pool: Arc<Http2Pool>,
    dial: Mutex<Dial>,
}

/// The making of a connection.
enum Dial {
    Idle,
    /// Calls that have no connection wait for the outcome.
    Running(Outcome),
    /// There are connections, but one more couldn't be made.
    Backoff {
        until: Instant,
    },
}

type Outcome = watch::Receiver<Option<Result<(), Status>>>;

impl Connection {
    pub(super) fn new(target: Target, base: RequestBase, max_connections: usize) -> Self {
        let shared = Arc::new_cyclic(|shared: &Weak<Shared>| {
            let shared = Weak::clone(shared);
            let grow = move || {
                if let Some(shared) = shared.upgrade() {
                    shared.grow();
                }
            };
            Shared {
                target: Arc::new(target),
                base: Arc::new(base),
                runtime: deadline::runtime(),
                pool: Arc::new(Http2Pool::new(max_connections, grow)),
                dial: Mutex::new(Dial::Idle),
            }
        });
        Self { shared }
    }

    pub(super) fn target(&self) -> &Target {
        &self.shared.target
    }

    /// Opens the connection, unless it is open.
    pub(super) async fn connect(&self) -> Result<(), Status> {
        self.shared.connected().await
    }

    /// A call that [`send`](Self::send) makes.
    pub(super) fn prepare(
        &self,
        request: Http2Request,
        requests: Option<Box<dyn EncodeMessages>>,
        framing: Framing,
    ) -> Http2Call {
        let call = Http2Call::new(request);
        if let Some(requests) = requests {
            self.shared
                .runtime
                .spawn(call.send_requests(requests, framing));
        }
        call
    }

    /// Makes a call, as far as its answer or the head of its answers. It is made again where no server has looked at it.
    pub(super) async fn send(&self, call: &Http2Call) -> Result<Http2Answer, Status> {
        let mut refused = 0;
        let mut dials = 0;
        loop {
            while !self.shared.pool.start(call) {
                // A server may close each connection as soon as it is there.
                if dials == MAX_ATTEMPTS {
                    return Err(unavailable("the server closes its connections"));
                }
                dials += 1;
                self.shared.connected().await?;
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
    /// Waits for a connection, and makes it if nobody does.
    async fn connected(self: &Arc<Self>) -> Result<(), Status> {
        let mut outcome = {
            let dial = self.lock();
            // Somebody else's may have come up just now.
            if self.pool.is_connected() {
                return Ok(());
            }
            self.dial(dial)
        };
        let gone = |_| Status::unavailable("the runtime that the channel was made in is gone");
        let outcome = outcome.wait_for(Option::is_some).await.map_err(gone)?;
        outcome.clone().unwrap_or(Ok(()))
    }

    /// One connection more, unless there is one to come.
    fn grow(self: &Arc<Self>) {
        let dial = self.lock();
        match &*dial {
            Dial::Backoff { until } if Instant::now() < *until => {}
            Dial::Running(_) | Dial::Idle | Dial::Backoff { .. } => {
                self.dial(dial);
            }
        }
    }

    /// The connection that is being made.
    fn dial(self: &Arc<Self>, mut dial: MutexGuard<'_, Dial>) -> Outcome {
        if let Dial::Running(outcome) = &*dial
            // A runtime that is gone takes its tasks along.
            && outcome.has_changed().is_ok()
        {
            return outcome.clone();
        }
        let (sender, outcome) = watch::channel(None);
        *dial = Dial::Running(outcome.clone());
        drop(dial);
        let shared = Arc::downgrade(self);
        let (target, base) = (Arc::clone(&self.target), Arc::clone(&self.base));
        self.runtime.spawn(async move {
            // Without anybody to wait for it, there is no need to go on.
            let io = tokio::select! {
                io = connect(&target) => io,
                () = sender.closed() => return,
            };
            let Some(shared) = shared.upgrade() else {
                return;
            };
            let made = io.map(|io| {
                let peer = io.peer().unwrap_or_else(|| target.text().to_owned());
                let connection = connect_http2(io, base, peer.into(), Arc::clone(&shared.pool));
                shared.runtime.spawn(connection);
            });
            let text = |error: &BoxError| format!("can't connect to {}: {error}", target.text());
            let made = made.map_err(|error| unavailable(text(&error)).with_source(error));
            shared.dialed(made.is_ok());
            sender.send_replace(Some(made));
        });
        outcome
    }

    fn dialed(&self, made: bool) {
        *self.lock() = if made {
            Dial::Idle
        } else {
            let until = Instant::now() + GROW_BACKOFF;
            Dial::Backoff { until }
        };
    }

    fn lock(&self) -> MutexGuard<'_, Dial> {
        self.dial.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.pool.close();
    }
}

/// There is no server to be talked to.
#[cold]
fn unavailable(text: impl Into<Cow<'static, str>>) -> Status {
    Status::unavailable(text).with_origin(Origin::Transport)
}

async fn connect(target: &Target) -> Result<Io, BoxError> {
    match tokio::time::timeout(CONNECT_TIMEOUT, target.connect()).await {
        Ok(io) => Ok(io?),
        Err(_) => Err(format!("no answer within {CONNECT_TIMEOUT:?}").into()),
    }
}

/// How often a call that no server has looked at is made.
const MAX_ATTEMPTS: u32 = 4;

/// How long a connection may take to come up: `MIN_CONNECT_TIMEOUT` of gRPC's connection backoff.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// How long calls wait in line before one more connection is tried again.
const GROW_BACKOFF: Duration = Duration::from_secs(1);
