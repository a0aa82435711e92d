//! A client's connection.

use std::borrow::Cow;
use std::future::poll_fn;
use std::io;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep};
use traitwire_engine::Reason;

use super::calls::{Calls, MAX_OUTPUT, RequestBase};
use super::link::{Link, Order};
use super::pool::Http2Pool;
use crate::protocol::ReadResponses;
use crate::transport::BoxError;
use crate::transport::counts::Counts;
use crate::transport::http2::idle::IdleTimer;
use crate::transport::http2::keep_alive::KeepAlive;
use crate::transport::http2::socket::{Buffer, Read, Socket, lend_buffer, reclaim_buffer};

/// Meets the server `peer`, and makes the connection one of `pool`'s. The future that comes of it drives it to its end.
///
/// # Errors
///
/// If that is no server of HTTP/2.
pub(crate) async fn connect_http2<I>(
    io: I,
    base: Arc<RequestBase>,
    peer: Arc<str>,
    pool: Arc<Http2Pool>,
    counts: Counts,
) -> Result<impl Future<Output = ()> + Send + 'static, BoxError>
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let link = Arc::new(Link::new());
    let now = Instant::now();
    let keep_alive = pool.keep_alive();
    let mut connection = ClientConnection {
        socket: Socket::new(io, Vec::new()),
        stage: Stage::Meeting,
        now,
        needed_at: now,
        idle: None,
        keep_alive: keep_alive.time.map(|time| {
            let (timeout, without_calls) = (keep_alive.timeout, keep_alive.without_calls);
            Box::new(KeepAlive::new(time, timeout, without_calls))
        }),
        closing: None,
        failed: None,
        calls: Calls::new(base, peer, link, pool, counts),
        orders: Vec::new(),
    };
    poll_fn(|cx| connection.poll(cx)).await;
    if let Some(error) = connection.failed {
        return Err(error);
    }
    connection.join();
    Ok(poll_fn(move |cx| connection.poll(cx)))
}

/// One connection.
struct ClientConnection<I> {
    socket: Socket<I>,
    stage: Stage,
    calls: Calls,
    /// Emptied, and kept for the next ones.
    orders: Vec<Order>,
    /// When something happened last, and when it happened to a call.
    now: Instant,
    needed_at: Instant,
    /// Wakes it when nobody has needed it for long.
    idle: Option<IdleTimer>,
    keep_alive: Option<Box<KeepAlive>>,
    /// Until when its end may take.
    closing: Option<Pin<Box<Sleep>>>,
    /// What the server or the network did to end it.
    failed: Option<BoxError>,
}

/// How far a connection has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The server has said nothing in HTTP/2 yet.
    Meeting,
    Open,
    /// It ends with its last call.
    Leaving,
    /// It writes what it has to say, and ends.
    Ending,
}

/// Why a connection can't go on.
enum Lost {
    /// It broke.
    Broken(io::Error),
    /// The server has ended it, or has to be left.
    Server(Cow<'static, str>),
}

impl From<io::Error> for Lost {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

/// How far reading went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// There is nothing to read now.
    None,
    /// There may be more at once.
    More,
    /// The server has to read first.
    Blocked,
}

impl<I: AsyncRead + AsyncWrite + Unpin> ClientConnection<I> {
    /// Takes calls from now on.
    fn join(&mut self) {
        self.calls.learn_limit();
        self.stage = match self.calls.pool.add(&self.calls.link) {
            true => Stage::Open,
            false => Stage::Leaving,
        };
    }

    /// Ready when it is over, and once before: when the server has said hello.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            self.take_orders();
            let moved = self.read(cx).and_then(|read| {
                if self.stage != Stage::Meeting {
                    self.calls.learn_limit();
                }
                self.take_orders();
                self.calls.look();
                let written = self.write(cx)?;
                self.calls.held.count(&mut self.calls.http2);
                // There may be room now that there wasn't before.
                self.calls.look();
                Ok((read, written))
            });
            let (read, written) = match moved {
                Ok(moved) => moved,
                Err(Lost::Broken(error)) => {
                    self.calls.lost(&format!("the connection broke: {error}"));
                    self.failed = Some(error.into());
                    return Poll::Ready(());
                }
                Err(Lost::Server(text)) => {
                    self.calls.lost(&text);
                    self.failed = Some(text.into());
                    self.stage = Stage::Ending;
                    continue;
                }
            };
            if self.stage == Stage::Meeting {
                match read {
                    _ if self.calls.http2.is_established() => return Poll::Ready(()),
                    Progress::More => continue,
                    Progress::None | Progress::Blocked => return Poll::Pending,
                }
            }
            self.calls.counts.windows(|| self.calls.http2.windows());
            self.finish();
            if self.stage == Stage::Ending {
                // A server that reads nothing is not waited for.
                if !written {
                    return Poll::Ready(());
                }
                if self.calls.http2.output().is_empty() {
                    return self.poll_close(cx);
                }
                continue;
            }
            if written && (read == Progress::Blocked || !self.calls.http2.output().is_empty()) {
                continue;
            }
            let answered = mem::take(&mut self.calls.answered);
            if answered > 0 {
                self.needed_at = self.now;
            }
            // Those who were answered may ask again. What they ask leaves together, if they go first.
            if answered > 1 || read == Progress::More {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            if let Some(keep_alive) = &mut self.keep_alive {
                if keep_alive
                    .poll(&mut self.calls.http2, &self.calls.counts, cx)
                    .is_err()
                {
                    let timeout = keep_alive.timeout();
                    let text = format!("the server answers no keepalive ping within {timeout:?}");
                    self.calls.lost(&text);
                    return Poll::Ready(());
                }
                if written && !self.calls.http2.output().is_empty() {
                    continue;
                }
            }
            if self.poll_idle(cx) {
                continue;
            }
            if self.calls.link.sleep(cx) {
                return Poll::Pending;
            }
        }
    }

    /// Reads what has arrived and hands it out.
    fn read(&mut self, cx: &mut Context<'_>) -> Result<Progress, Lost> {
        for _ in 0..READS {
            if self.stage == Stage::Ending {
                return Ok(Progress::None);
            }
            // Calls alone never come to this: a server may answer before it reads on. What answers to a server that
            // doesn't read are made of does.
            if self.calls.http2.output().len() > 2 * MAX_OUTPUT {
                return Ok(Progress::Blocked);
            }
            let mut buffer = Buffer::borrow();
            let len = match self.socket.poll_read(&mut buffer, cx)? {
                Poll::Ready(Read::Bytes(len)) => len,
                Poll::Ready(Read::End) => {
                    let foreign = self.foreign(self.socket.kept());
                    let text = foreign.unwrap_or("the server closed the connection");
                    return Err(Lost::Server(text.into()));
                }
                Poll::Pending => return Ok(Progress::None),
            };
            self.now = Instant::now();
            if let Some(keep_alive) = &mut self.keep_alive {
                keep_alive.alive(self.now);
            }
            let http2 = &mut self.calls.http2;
            http2.pass_time(self.now.into_std());
            lend_buffer(http2.output());
            let mut input = &buffer.bytes[..len];
            loop {
                let event = self.calls.http2.next_event(&mut ReadResponses, &mut input);
                match event {
                    Ok(Some(event)) => self.calls.event(event),
                    Ok(None) => break,
                    Err(error) => {
                        return Err(Lost::Server(match self.foreign(&buffer.bytes[..len]) {
                            Some(text) => text.into(),
                            None => format!("the server broke HTTP/2: {error}").into(),
                        }));
                    }
                }
            }
            self.socket.keep(input);
        }
        Ok(Progress::More)
    }

    /// What is wrong with a server that has this to say first, where it is known.
    fn foreign(&self, said: &[u8]) -> Option<&'static str> {
        if self.stage != Stage::Meeting {
            return None;
        }
        // Neither may be the length of a frame.
        match said {
            // An alert, of any version: RFC 8446, section 5.1.
            [0x15, 3, ..] => Some("the server speaks TLS; call it as `https://`"),
            [b'H', b'T', b'T', b'P', b'/', ..] => {
                Some("the server speaks HTTP/1.1, and gRPC needs HTTP/2")
            }
            _ => None,
        }
    }

    /// Writes what there is; `true` if everything has left.
    fn write(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        loop {
            let http2 = &mut self.calls.http2;
            http2.flush();
            if self.socket.poll_write(http2.output(), cx)?.is_pending() {
                return Ok(false);
            }
            self.calls.drained();
            if !self.calls.http2.has_more() {
                reclaim_buffer(self.calls.http2.output());
                return Ok(true);
            }
        }
    }

    /// Does what calls want done.
    fn take_orders(&mut self) {
        let mut orders = mem::take(&mut self.orders);
        while self.calls.link.take(&mut orders) {
            lend_buffer(self.calls.http2.output());
            for order in orders.drain(..) {
                match order {
                    Order::Leave if self.stage == Stage::Open => self.stage = Stage::Leaving,
                    order => {
                        if let Order::Cancel(_) = order {
                            self.now = Instant::now();
                        }
                        self.calls.order(order);
                    }
                }
            }
        }
        self.orders = orders;
    }

    /// Ends a connection that nobody needs any more.
    fn finish(&mut self) {
        let calls = &mut self.calls;
        if self.stage == Stage::Open && !calls.http2.takes_streams() {
            calls.pool.remove(&calls.link);
            self.stage = Stage::Leaving;
        }
        let over = calls.open == 0 && self.stage == Stage::Leaving;
        if self.stage != Stage::Ending && (over || calls.http2.is_finished()) {
            calls.http2.go_away(Reason::NO_ERROR, "");
            calls.leave("the connection is over");
            self.stage = Stage::Ending;
        }
    }

    /// Closes the connection. One that takes its time is left as it is.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.socket.poll_shutdown(cx).is_ready() {
            return Poll::Ready(());
        }
        let timeout = || Box::pin(tokio::time::sleep(CLOSE_TIMEOUT));
        self.closing.get_or_insert_with(timeout).as_mut().poll(cx)
    }

    /// Leaves, if nobody has needed this connection for a while; `true` if so.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> bool {
        loop {
            let calls = &self.calls;
            if self.stage != Stage::Open || calls.open > 0 {
                return false;
            }
            let among_others = calls.pool.links() > 1;
            let timeout = match among_others {
                true => SPARE_TIMEOUT,
                false => match calls.pool.idle_timeout() {
                    Some(timeout) => timeout,
                    None => return false,
                },
            };
            if IdleTimer::poll(&mut self.idle, timeout, self.needed_at, cx).is_pending() {
                return false;
            }
            if calls.pool.spare(&calls.link, !among_others) {
                self.stage = Stage::Leaving;
                return true;
            }
            // A call is on its way here, or others have gone meanwhile.
            if !calls.link.is_idle() {
                return false;
            }
        }
    }
}

/// Reads in a row before what came of them is written.
const READS: usize = 8;

/// How long the end of a connection may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// How long nobody needs a connection before it goes, where there are others.
const SPARE_TIMEOUT: Duration = Duration::from_secs(60);
