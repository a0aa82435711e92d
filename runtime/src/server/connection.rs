//! A connection of a server: its first bytes say who serves it.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::watch;
use tokio::task::JoinSet;
use traitwire_engine::{Config, PREFACE};

use super::hyper::serve_with_hyper;
use super::layers::HttpService;
use super::running::{NewCore, Stage};
use crate::call::{Caller, Peer};
#[cfg(feature = "tls")]
use crate::transport::{Accepted, TlsAcceptor};
use crate::transport::{Http2Options, Http2Server, Io, Limits, Rewind, serve_http2};

/// How connections are served.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) http2: Http2Options,
    pub(super) over_hyper: bool,
    pub(super) new_core: Option<NewCore>,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<Arc<TlsAcceptor>>,
}

impl Default for Options {
    fn default() -> Self {
        let mut config = Config::default();
        config.max_concurrent_streams = MAX_CONCURRENT_STREAMS;
        config.stream_window = STREAM_WINDOW;
        config.max_header_list_size = MAX_HEADER_LIST;
        Self {
            http2: Http2Options {
                config,
                limits: Limits::default(),
                max_in_place: MAX_IN_PLACE,
                keep_alive_interval: KEEP_ALIVE_INTERVAL,
                keep_alive_timeout: KEEP_ALIVE_TIMEOUT,
            },
            over_hyper: false,
            new_core: None,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
}

/// Starts to serve a connection, to its end.
pub(super) fn start_connection<S: HttpService + Http2Server>(
    connections: &mut JoinSet<()>,
    io: Io,
    peer: Peer,
    service: Arc<S>,
    options: Arc<Options>,
    stages: watch::Receiver<Stage>,
) {
    #[cfg(feature = "tls")]
    if let Some(tls) = &options.tls {
        let tls = Arc::clone(tls);
        connections.spawn(serve_tls(tls, io, peer, service, options, stages));
        return;
    }
    connections.spawn(serve(io, peer.into(), None, service, options, stages));
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
) {
    // In a box, so that a connection has no room for it after it is done.
    let accepted = tokio::select! {
        accepted = Box::pin(tls.accept(io, peer)) => accepted,
        // Nobody has asked for anything yet.
        Ok(()) = stages.changed() => return,
    };
    if let Some(Accepted { io, caller, http2 }) = accepted {
        serve(io, caller, Some(http2), service, options, stages).await;
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
) {
    let mut first = Vec::new();
    let mut http2 = false;
    if !options.over_hyper || agreed.is_some() {
        let known = tokio::select! {
            known = tokio::time::timeout(FIRST_BYTES, starts_as_http2(&mut io, &mut first)) => known,
            // Nobody has asked for anything yet.
            Ok(()) = stages.changed() => return close(io).await,
        };
        match known {
            // Who has agreed on one protocol and speaks another is confused, or up to something.
            Ok(Ok(known)) if agreed.is_none_or(|agreed| agreed == known) => http2 = known,
            Ok(Ok(_) | Err(_)) | Err(_) => return close(io).await,
        }
    }
    if !http2 || options.over_hyper {
        let io = Rewind::new(first, io);
        // In a box, so that connections of the other kind don't keep room for it.
        return Box::pin(serve_with_hyper(io, caller, service, &options, stages)).await;
    }
    let running = Arc::new(stages.clone());
    let stop = pin!(async {
        if stages.changed().await.is_err() {
            // The handle was dropped: the server goes on for good.
            std::future::pending().await
        }
    });
    serve_http2(io, first, caller, service, &options.http2, running, stop).await;
}

/// Ends a connection that nothing was asked on. TLS has a word for it, which may take the client's time.
async fn close(mut io: Io) {
    let _ = tokio::time::timeout(CLOSE, io.shutdown()).await;
}

/// Reads until it is clear whether a client speaks HTTP/2.
async fn starts_as_http2(io: &mut Io, first: &mut Vec<u8>) -> io::Result<bool> {
    loop {
        if io.read_buf(first).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let len = first.len().min(PREFACE.len());
        if first[..len] != PREFACE[..len] {
            return Ok(false);
        }
        // No method of HTTP/1.1 starts like this.
        if len >= TELLING {
            return Ok(true);
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

/// Bytes of a request's headers, as HTTP/2 counts them. gRPC's other implementations take 8 to 16 KiB.
const MAX_HEADER_LIST: u32 = 16 * 1024;

/// How long a client may take to say anything.
const FIRST_BYTES: Duration = Duration::from_secs(30);

/// How long a client may hold up the end of a connection that nothing was asked on.
const CLOSE: Duration = Duration::from_secs(1);

/// `PRI `
const TELLING: usize = 4;
