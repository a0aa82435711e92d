//! A connection of a server: its first bytes say who serves it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep};
use traitwire_engine::{Config, PREFACE};

use super::hyper::serve_with_hyper;
use super::layers::HttpService;
use super::running::{NewCore, Stage};
use super::start::OnStart;
use crate::call::{Caller, Peer, Quotas};
#[cfg(feature = "channelz")]
use crate::registry::{Address, RegisteredServer, Registry};
#[cfg(feature = "tls")]
use crate::transport::{Accepted, TlsAcceptor};
use crate::transport::{
    Counts, Http2Options, Http2Server, Io, Limits, Opened, Rewind, Stop, random, serve_http2,
};

/// How connections are served.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) http2: Http2Options,
    pub(super) over_hyper: bool,
    /// The window of a connection that hyper serves.
    pub(super) over_hyper_window: u32,
    pub(super) new_core: Option<NewCore>,
    pub(super) on_start: OnStart,
    #[cfg(feature = "channelz")]
    pub(super) registry: Option<Registry>,
    /// What the registry knows it by, once it has started.
    #[cfg(feature = "channelz")]
    pub(super) registered: Option<Arc<RegisteredServer>>,
    /// One permit for each connection that there may be.
    pub(super) connections: Option<Arc<Semaphore>>,
    pub(super) max_age: Option<Duration>,
    pub(super) max_age_grace: Option<Duration>,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<Arc<TlsAcceptor>>,
}

impl Options {
    /// What the engine is told.
    pub(super) fn config(&mut self) -> &mut Config {
        Arc::make_mut(&mut self.http2.config)
    }

    pub(super) fn quotas(&mut self) -> &mut Quotas {
        Arc::make_mut(&mut self.http2.quotas)
    }
}

impl Default for Options {
    fn default() -> Self {
        let mut config = Config::default();
        config.max_concurrent_streams = MAX_CONCURRENT_STREAMS;
        config.stream_window = STREAM_WINDOW;
        config.max_held = CONNECTION_QUOTA;
        config.max_header_list_size = MAX_HEADER_LIST;
        config.head_timeout = HEADER_TIMEOUT;
        config.min_ping_interval = MIN_PING_INTERVAL;
        config.pings_without_streams = false;
        Self {
            http2: Http2Options {
                config: config.into(),
                limits: Limits::default(),
                max_in_place: MAX_IN_PLACE,
                keep_alive_interval: KEEP_ALIVE_INTERVAL,
                keep_alive_timeout: KEEP_ALIVE_TIMEOUT,
                quotas: Arc::new(Quotas {
                    connection: CONNECTION_QUOTA,
                    in_all: None,
                }),
                max_idle: None,
            },
            over_hyper: false,
            over_hyper_window: OVER_HYPER_WINDOW,
            new_core: None,
            on_start: OnStart::default(),
            #[cfg(feature = "channelz")]
            registry: None,
            #[cfg(feature = "channelz")]
            registered: None,
            connections: None,
            max_age: None,
            max_age_grace: None,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
}

impl Options {
    /// Those of a server that listens at these addresses, which is in the registry now, if there is one.
    #[cfg(feature = "channelz")]
    pub(super) fn registered(mut self, addresses: impl IntoIterator<Item = Address>) -> Self {
        let addresses = addresses.into_iter();
        let registry = self.registry.as_ref();
        self.registered =
            registry.map(|registry| Arc::new(registry.add_server(addresses.collect())));
        self
    }

    /// What a connection counts.
    #[cfg(feature = "channelz")]
    fn counts(&self, io: &Io, peer: &Peer) -> Counts {
        Counts::of_server(self.registered.as_ref().map(|server| {
            let remote = match peer {
                Peer::Tcp(address) => Address::Tcp(*address),
                other => Address::Other(other.to_string()),
            };
            server.socket(io.local_address(), Some(remote))
        }))
    }

    #[cfg(not(feature = "channelz"))]
    fn counts(&self, _: &Io, _: &Peer) -> Counts {
        Counts::none()
    }
}

/// What a connection has for as long as it lives.
struct Pass {
    counts: Counts,
    /// One of those that there may be.
    _room: Option<OwnedSemaphorePermit>,
}

/// Starts to serve a connection, to its end.
pub(super) fn start_connection<S: HttpService + Http2Server>(
    connections: &mut JoinSet<()>,
    io: Io,
    peer: Peer,
    service: Arc<S>,
    options: Arc<Options>,
    stages: watch::Receiver<Stage>,
    room: Option<OwnedSemaphorePermit>,
) {
    io.set_user_timeout(options.http2.keep_alive_timeout);
    let pass = Pass {
        counts: options.counts(&io, &peer),
        _room: room,
    };
    #[cfg(feature = "tls")]
    if let Some(tls) = &options.tls {
        let tls = Arc::clone(tls);
        connections.spawn(serve_tls(tls, io, peer, service, options, stages, pass));
        return;
    }
    connections.spawn(serve(io, peer.into(), None, service, options, stages, pass));
}

/// Shakes hands, and serves what comes of it.
#[cfg(feature = "tls")]
async fn serve_tls<S: HttpService + Http2Server>(
    tls: Arc<TlsAcceptor>,
    io: Io,
    peer: Peer,
    service: Arc<S>,
    options: Arc<Options>,
    mut stages: watch::Receiver<Stage>,
    pass: Pass,
) {
    // In a box, so that a connection has no room for it after it is done.
    let accepted = tokio::select! {
        accepted = Box::pin(tls.accept(io, peer)) => accepted,
        // Nobody has asked for anything yet.
        Ok(()) = stages.changed() => return,
    };
    if let Some(Accepted { io, caller, http2 }) = accepted {
        #[cfg(feature = "channelz")]
        pass.counts.secured(&caller);
        serve(io, caller, Some(http2), service, options, stages, pass).await;
    }
}

/// Serves a connection that can be read from. `agreed` says whether it is HTTP/2, where that was agreed on.
async fn serve<S: HttpService + Http2Server>(
    mut io: Io,
    caller: Caller,
    agreed: Option<bool>,
    service: Arc<S>,
    options: Arc<Options>,
    mut stages: watch::Receiver<Stage>,
    Pass { counts, _room }: Pass,
) {
    let mut first = Vec::new();
    let known = starts_as_http2(&mut io, &mut first);
    let known = tokio::select! {
        known = tokio::time::timeout(options.http2.config.head_timeout, known) => known,
        // Nobody has asked for anything yet.
        Ok(()) = stages.changed() => return close(io).await,
    };
    let http2 = match known {
        // Who has agreed on one protocol and speaks another is confused, or up to something.
        Ok(Ok(http2)) if agreed.is_none_or(|agreed| agreed == http2) => http2,
        Ok(Ok(_) | Err(_)) | Err(_) => return close(io).await,
    };
    if !http2 || options.over_hyper {
        let io = Rewind::new(first, io);
        // In a box, so that connections of the other kind don't keep room for it.
        return Box::pin(serve_with_hyper(
            io, http2, caller, counts, service, &options, stages,
        ))
        .await;
    }
    let running = Arc::new(stages.clone());
    let mut stops = Stops::new(stages, &options);
    let stop = move |cx: &mut Context<'_>| stops.poll(cx);
    let opened = Opened {
        io,
        first,
        caller,
        counts,
    };
    serve_http2(opened, service, &options.http2, running, stop).await;
}

/// What is asked of a connection in its life.
pub(super) struct Stops {
    stages: Pin<Box<dyn Future<Output = watch::Receiver<Stage>> + Send>>,
    age: Option<Box<Age>>,
}

/// The life of a connection that may not live for ever (gRFC A9).
struct Age {
    sleep: Pin<Box<Sleep>>,
    /// How long open calls have when it is over.
    grace: Option<Duration>,
    draining: bool,
}

impl Stops {
    pub(super) fn new(stages: watch::Receiver<Stage>, options: &Options) -> Self {
        let age = options.max_age.map(|age| {
            Box::new(Age {
                sleep: Box::pin(tokio::time::sleep(jittered(age))),
                grace: options.max_age_grace,
                draining: false,
            })
        });
        Self {
            stages: next_stage(stages),
            age,
        }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Stop> {
        while let Poll::Ready(stages) = self.stages.as_mut().poll(cx) {
            let stage = *stages.borrow();
            self.stages = next_stage(stages);
            match stage {
                Stage::Serving => {}
                Stage::Draining => return Poll::Ready(Stop::Drain),
                Stage::Ending | Stage::Aborted => {
                    return Poll::Ready(Stop::End("the server is shutting down"));
                }
            }
        }
        let Some(age) = &mut self.age else {
            return Poll::Pending;
        };
        ready!(age.sleep.as_mut().poll(cx));
        if age.draining {
            self.age = None;
            return Poll::Ready(Stop::End("the connection is as old as it may be"));
        }
        age.draining = true;
        match age.grace {
            Some(grace) => age.sleep.as_mut().reset(Instant::now() + grace),
            None => self.age = None,
        }
        Poll::Ready(Stop::Drain)
    }
}

fn next_stage(
    mut stages: watch::Receiver<Stage>,
) -> Pin<Box<dyn Future<Output = watch::Receiver<Stage>> + Send>> {
    Box::pin(async move {
        if stages.changed().await.is_err() {
            // The handle was dropped: the server goes on for good.
            std::future::pending::<()>().await;
        }
        stages
    })
}

/// A tenth more or less, so that connections which began together don't end together (gRFC A9).
fn jittered(age: Duration) -> Duration {
    age.mul_f64(0.9 + 0.2 * random())
}

/// Ends a connection that nothing was asked on. TLS has a word for it, which may take the client's time.
async fn close(mut io: Io) {
    let _ = tokio::time::timeout(CLOSE, io.shutdown()).await;
}

/// Reads until it is clear whether a client speaks HTTP/2, and then the rest of the preface, so that whoever serves it
/// doesn't have to wait for that.
async fn starts_as_http2(io: &mut Io, first: &mut Vec<u8>) -> io::Result<bool> {
    loop {
        if io.read_buf(first).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let same = first.iter().zip(PREFACE).take_while(|(a, b)| a == b);
        let same = same.count();
        if same < first.len() || same == PREFACE.len() {
            // What is wrong with a preface that begins well is told in HTTP/2.
            return Ok(same >= TELLING);
        }
    }
}

/// Enough for a thousand calls in a few round trips, too few to hold much of a server's memory.
const MAX_CONCURRENT_STREAMS: u32 = 256;

/// Ten times what a small call takes, and as long as it takes to start a few tasks.
const MAX_IN_PLACE: Duration = Duration::from_micros(50);

/// Bytes that a client may send on a call before we have read any of them.
const STREAM_WINDOW: u32 = 512 * 1024;

/// How long a connection may be silent before we ask whether somebody is there, and how long the answer may take. A
/// client that is gone without a word holds its calls, and a shutdown, for no longer than both.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// `PERMIT_KEEPALIVE_TIME` (gRFC A8).
const MIN_PING_INTERVAL: Duration = Duration::from_secs(5 * 60);

/// Bytes that a client may send on all calls of a connection over hyper before we have read any of them: so many that calls
/// nobody reads don't stop those that somebody does. Our own HTTP/2 counts what is held instead.
const OVER_HYPER_WINDOW: u32 = 64 * 1024 * 1024;

/// Bytes of a request's headers, as HTTP/2 counts them. gRPC's other implementations take 8 to 16 KiB.
const MAX_HEADER_LIST: u32 = 16 * 1024;

/// Bytes that are held for a connection: dozens of messages of the usual limit.
const CONNECTION_QUOTA: usize = 128 * 1024 * 1024;

/// How long a client may take for what comes before a call.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a client may hold up the end of a connection that nothing was asked on.
const CLOSE: Duration = Duration::from_secs(1);

/// `PRI `, which no method of HTTP/1.1 starts like.
const TELLING: usize = 4;
