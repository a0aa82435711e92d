//! A server's connection.

use std::future::{Future, poll_fn};
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Buf;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use traitwire_engine::Config;

use super::calls::Calls;
use super::head::ServerHeads;
use super::idle::IdleTimer;
use super::keep_alive::KeepAlive;
use super::socket::{Buffer, Read, Socket, lend_buffer, reclaim_buffer};
use super::stream::Http2Body;
use crate::call::{self, Caller, MethodRef, Quotas, Routes, UnaryCall, UnaryReply};
use crate::transport::BoxError;
use crate::transport::counts::Counts;
use crate::transport::http_server::Limits;

/// What a connection hands its calls to.
#[doc(hidden)]
pub trait Http2Server: Send + Sync + 'static {
    /// The services, if no layer stands before them.
    type Routes: Routes + Clone;
    /// What layers answer.
    type Body: http_body::Body<Data: Buf + Send, Error: Into<BoxError>> + Send + 'static;

    fn routes(&self) -> Option<&Self::Routes>;

    /// Answers a request through the layers.
    fn call(
        &self,
        peer: &Caller,
        request: http::Request<Http2Body>,
    ) -> impl Future<Output = Result<http::Response<Self::Body>, BoxError>> + Send;
}

/// How connections are served.
#[derive(Clone, Debug)]
pub(crate) struct Http2Options {
    pub(crate) config: Arc<Config>,
    pub(crate) limits: Limits,
    /// What a call may take on average of a connection's own time.
    pub(crate) max_in_place: Duration,
    /// How long a connection may be silent before we ask whether somebody is there, and how long the answer may take.
    pub(crate) keep_alive_interval: Duration,
    pub(crate) keep_alive_timeout: Duration,
    pub(crate) quotas: Arc<Quotas>,
    /// How long a connection may be without a call.
    pub(crate) max_idle: Option<Duration>,
}

/// What is asked of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Open calls finish, and no others are taken.
    Drain,
    /// Open calls end now, for this reason.
    End(&'static str),
}

/// A connection that somebody has said something on.
pub(crate) struct Opened<I> {
    pub(crate) io: I,
    /// What has been read from it.
    pub(crate) first: Vec<u8>,
    pub(crate) caller: Caller,
    pub(crate) counts: Counts,
}

/// Serves a connection to its end. `stop` says what is asked of it from now on. `running` lives as long as any call does.
///
/// It isn't an `async fn`, which would keep room for its arguments as long as it runs.
pub(crate) fn serve_http2<I, S, T>(
    opened: Opened<I>,
    service: Arc<S>,
    options: &Http2Options,
    running: T,
    mut stop: impl FnMut(&mut Context<'_>) -> Poll<Stop>,
) -> impl Future<Output = ()>
where
    I: AsyncRead + AsyncWrite + Unpin,
    S: Http2Server,
    T: Clone + Send + 'static,
{
    let Opened {
        io,
        first,
        caller,
        counts,
    } = opened;
    let unary = |service: Arc<S>, method: MethodRef, call: UnaryCall| async move {
        match service.routes() {
            Some(routes) => routes.unary(method, call).await,
            None => call::no_unary(call).await,
        }
    };
    let mut connection = ServerConnection {
        socket: Socket::new(io, first),
        ended: false,
        heads: ServerHeads {
            service: Arc::clone(&service),
        },
        keep_alive: KeepAlive::new(
            options.keep_alive_interval,
            options.keep_alive_timeout,
            true,
        ),
        idle: options.max_idle.map(|timeout| Box::new(Idle::new(timeout))),
        calls: Calls::new(service, caller, counts, unary, options, running),
        waited: false,
    };
    async move {
        // How a connection ended is nobody's business but its client's, and that one knows.
        let _ = poll_fn(|cx| {
            while let Poll::Ready(asked) = stop(cx) {
                match asked {
                    Stop::Drain => connection.calls.http2.shut_down(),
                    Stop::End(why) => connection.calls.end_all(why),
                }
            }
            connection.poll(cx)
        })
        .await;
        // In a box: a connection has no room for it before its end.
        Box::pin(connection.linger()).await;
    }
}

/// One connection.
struct ServerConnection<I, S: Http2Server, U, F, T> {
    socket: Socket<I>,
    /// The peer has closed its side.
    ended: bool,
    heads: ServerHeads<S>,
    keep_alive: KeepAlive,
    idle: Option<Box<Idle>>,
    calls: Calls<S, U, F, T>,
    /// The write of what calls answered was put off once.
    waited: bool,
}

/// The rest of a connection whose client may not rest for ever.
struct Idle {
    timeout: Duration,
    /// Whether there was a call when it was looked at last, and the stream of the last one.
    was_open: bool,
    last_call: u32,
    /// When there was a call last.
    needed_at: Instant,
    timer: Option<IdleTimer>,
}

impl Idle {
    fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            was_open: false,
            last_call: 0,
            needed_at: Instant::now(),
            timer: None,
        }
    }
}

/// How far reading went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// There is nothing to read now.
    None,
    /// There may be more at once.
    More,
    /// The client has to read first.
    Blocked,
}

impl<I, S, U, F, T> ServerConnection<I, S, U, F, T>
where
    I: AsyncRead + AsyncWrite + Unpin,
    S: Http2Server,
    U: Fn(Arc<S>, MethodRef, UnaryCall) -> F,
    F: Future<Output = UnaryReply> + Send + 'static,
    T: Clone + Send + 'static,
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        for _ in 0..ROUNDS {
            let busy = self.calls.open() > 1;
            if self.calls.take_orders() && busy && !self.waited {
                // More calls may be about to finish: one write for all of them.
                self.waited = true;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let read = self.read(cx)?;
            self.calls.take_orders();
            let written = self.write(cx)?;
            self.calls.held.count(&mut self.calls.http2);
            self.waited = false;
            if written && (self.ended || self.calls.http2.is_finished()) {
                return Poll::Ready(Ok(()));
            }
            if self.ended || self.calls.http2.has_failed() {
                return self.keep_alive.poll_reader(cx).map(Err);
            }
            if self
                .keep_alive
                .poll(&mut self.calls.http2, &self.calls.counts, cx)?
            {
                self.calls.shrink();
            }
            self.calls.counts.windows(|| self.calls.http2.windows());
            let mut again = match read {
                Progress::None => false,
                Progress::More => true,
                Progress::Blocked => written,
            };
            again |= self.calls.poll_deadlines(cx);
            self.poll_idle(cx);
            // What was added to the output since.
            again |= written && !self.calls.http2.output().is_empty();
            if !again && self.calls.sleep(cx) {
                return Poll::Pending;
            }
        }
        // Others have waited for their turn.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Reads what has arrived and does what can be done with it.
    fn read(&mut self, cx: &mut Context<'_>) -> io::Result<Progress> {
        for _ in 0..READS {
            // A client that doesn't read isn't read from.
            if self.ended || self.calls.http2.has_failed() {
                return Ok(Progress::None);
            }
            if self.calls.http2.output().len() > MAX_OUTPUT {
                return Ok(Progress::Blocked);
            }
            let mut buffer = Buffer::borrow();
            let len = match self.socket.poll_read(&mut buffer, cx)? {
                Poll::Ready(Read::Bytes(len)) => len,
                Poll::Ready(Read::End) => {
                    self.ended = true;
                    self.calls.lost("the client closed the connection");
                    return Ok(Progress::None);
                }
                Poll::Pending => return Ok(Progress::None),
            };
            let now = Instant::now();
            self.keep_alive.alive(now);
            self.calls.http2.pass_time(now.into_std());
            self.calls.in_place.start(now);
            lend_buffer(self.calls.http2.output());
            let mut input = &buffer.bytes[..len];
            loop {
                // A short question may have a long answer.
                if self.calls.http2.output().len() > MAX_OUTPUT {
                    self.socket.keep_for_later(input);
                    return Ok(Progress::Blocked);
                }
                match self.calls.http2.next_event(&mut self.heads, &mut input) {
                    Ok(Some(event)) => self.calls.event(event, cx),
                    Ok(None) => break,
                    Err(error) => {
                        self.calls.lost(error.text);
                        return Ok(Progress::None);
                    }
                }
            }
            self.socket.keep(input);
        }
        Ok(Progress::More)
    }

    /// Writes what there is; `true` if everything has left.
    fn write(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        loop {
            let http2 = &mut self.calls.http2;
            http2.flush();
            let waiting = http2.output().len();
            if self.socket.poll_write(http2.output(), cx)?.is_pending() {
                if http2.output().len() < waiting {
                    // Slowly, but somebody reads.
                    self.keep_alive.alive(Instant::now());
                }
                return Ok(false);
            }
            self.calls.drained(&mut self.heads);
            if !self.calls.http2.has_more() {
                reclaim_buffer(self.calls.http2.output());
                return Ok(true);
            }
        }
    }

    /// Has the client leave, if it has made no call for as long as it may (gRFC A9).
    fn poll_idle(&mut self, cx: &mut Context<'_>) {
        let Some(idle) = &mut self.idle else {
            return;
        };
        let last_call = self.calls.http2.last_peer_stream();
        let open = self.calls.open() > 0 || self.calls.http2.open_streams() > 0;
        if open || idle.was_open || idle.last_call != last_call {
            idle.was_open = open;
            idle.last_call = last_call;
            idle.needed_at = Instant::now();
        }
        if !open && IdleTimer::poll(&mut idle.timer, idle.timeout, idle.needed_at, cx).is_ready() {
            self.calls.http2.shut_down();
            self.idle = None;
        }
    }

    /// Lets the client read what was written last, its answers or why the connection ends: closing it with unread bytes
    /// in the way, or any that come later, would take that away.
    async fn linger(&mut self) {
        self.calls.lost("the connection is over");
        // Who broke the rules gets less time, but all of it, however much it sends.
        let (max, rest) = match self.calls.http2.has_failed() {
            true => (LINGER_FAILED, LINGER_FAILED),
            false => (MAX_LINGER, LINGER),
        };
        let over = async {
            // With TLS, this is what tells an end from a cut.
            let shut_down = poll_fn(|cx| self.socket.poll_shutdown(cx)).await;
            if shut_down.is_err() || self.ended {
                return;
            }
            for _ in 0..LINGER_READS {
                let read = poll_fn(|cx| self.socket.poll_read(&mut Buffer::borrow(), cx));
                match tokio::time::timeout(LINGER, read).await {
                    // It is still there, and may still read.
                    Ok(Ok(Read::Bytes(_))) => {}
                    Ok(Ok(Read::End) | Err(_)) | Err(_) => return,
                }
            }
            // A client that sends all the same is left alone, but given the time to read.
            tokio::time::sleep(rest).await;
        };
        let _ = tokio::time::timeout(max, over).await;
    }
}

/// How often a connection goes on without letting others have a turn.
const ROUNDS: usize = 2;

/// Reads in a row before what came of them is written.
const READS: usize = 8;

/// Bytes that wait to be written before no more is read.
const MAX_OUTPUT: usize = 1024 * 1024;

/// How long a connection that is over is kept for a client that is silent, how often it is read from, and how long it is
/// kept at most.
const LINGER: Duration = Duration::from_secs(1);
/// The same for one whose client broke the rules, and should learn which.
const LINGER_FAILED: Duration = Duration::from_secs(5);
const LINGER_READS: usize = 1024;
const MAX_LINGER: Duration = Duration::from_secs(30);
