//! A client's connection.

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
use crate::transport::http2::socket::{Buffer, Read, Socket, lend_buffer, reclaim_buffer};

/// Makes a connection to `peer` one of `pool`'s. The future drives it to its end.
pub(crate) fn connect_http2<I>(
    io: I,
    base: Arc<RequestBase>,
    peer: Arc<str>,
    pool: Arc<Http2Pool>,
) -> impl Future<Output = ()> + Send + 'static
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let link = Arc::new(Link::new(pool.usual_limit()));
    let stage = if pool.add(&link) {
        Stage::Open
    } else {
        Stage::Leaving
    };
    let mut connection = ClientConnection {
        socket: Socket::new(io, Vec::new()),
        stage,
        heard: false,
        idle: None,
        closing: None,
        calls: Calls::new(base, peer, link, pool),
        orders: Vec::new(),
    };
    poll_fn(move |cx| connection.poll(cx))
}

/// One connection.
struct ClientConnection<I> {
    socket: Socket<I>,
    stage: Stage,
    /// The server has said something in HTTP/2.
    heard: bool,
    calls: Calls,
    /// Emptied, and kept for the next ones.
    orders: Vec<Order>,
    /// Since when nobody has needed it, while there are others.
    idle: Option<Idle>,
    /// Until when its end may take.
    closing: Option<Pin<Box<Sleep>>>,
}

/// How far a connection has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    /// It ends with its last call.
    Leaving,
    /// It writes what it has to say, and ends.
    Ending,
}

struct Idle {
    since: Instant,
    sleep: Pin<Box<Sleep>>,
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
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            self.take_orders();
            let moved = self.read(cx).and_then(|read| {
                self.take_orders();
                self.calls.look();
                let written = self.write(cx)?;
                // There may be room now that there wasn't before.
                self.calls.look();
                Ok((read, written))
            });
            let (read, written) = match moved {
                Ok(moved) => moved,
                Err(error) => {
                    self.calls.lost(&format!("the connection broke: {error}"));
                    return Poll::Ready(());
                }
            };
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
            // Those who were answered may ask again. What they ask leaves together, if they go first.
            if mem::take(&mut self.calls.answered) > 1 || read == Progress::More {
                cx.waker().wake_by_ref();
                return Poll::Pending;
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
    fn read(&mut self, cx: &mut Context<'_>) -> io::Result<Progress> {
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
                    let foreign = foreign(self.socket.kept()).filter(|_| !self.heard);
                    self.calls
                        .lost(foreign.unwrap_or("the server closed the connection"));
                    self.stage = Stage::Ending;
                    return Ok(Progress::None);
                }
                Poll::Pending => return Ok(Progress::None),
            };
            let http2 = &mut self.calls.http2;
            http2.pass_time(std::time::Instant::now());
            lend_buffer(http2.output());
            let mut input = &buffer.bytes[..len];
            loop {
                let event = self.calls.http2.next_event(&mut ReadResponses, &mut input);
                match event {
                    Ok(Some(event)) => {
                        self.heard = true;
                        self.calls.event(event);
                    }
                    Ok(None) => break,
                    Err(error) => {
                        match foreign(&buffer.bytes[..len]).filter(|_| !self.heard) {
                            Some(text) => self.calls.lost(text),
                            None => self
                                .calls
                                .lost(&format!("the server broke HTTP/2: {error}")),
                        }
                        self.stage = Stage::Ending;
                        return Ok(Progress::None);
                    }
                }
            }
            self.socket.keep(input);
            self.calls.learn_limit();
        }
        Ok(Progress::More)
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
                    order => self.calls.order(order),
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

    /// Leaves, if there are other connections and nobody has needed this one for a while; `true` if so.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> bool {
        let calls = &self.calls;
        if self.stage != Stage::Open || calls.open > 0 || calls.pool.links() < 2 {
            if let Some(idle) = &mut self.idle {
                idle.since = Instant::now();
            }
            if calls.pool.links() < 2 {
                self.idle = None;
            }
            return false;
        }
        let idle = self.idle.get_or_insert_with(|| Idle {
            since: Instant::now(),
            sleep: Box::pin(tokio::time::sleep(IDLE_TIMEOUT)),
        });
        while idle.sleep.as_mut().poll(cx).is_ready() {
            let due = idle.since + IDLE_TIMEOUT;
            if Instant::now() < due {
                idle.sleep.as_mut().reset(due);
            } else if calls.pool.spare(&calls.link) {
                self.stage = Stage::Leaving;
                return true;
            } else {
                idle.since = Instant::now();
                idle.sleep.as_mut().reset(idle.since + IDLE_TIMEOUT);
            }
        }
        false
    }
}

/// What is wrong with a server that has this to say first, where it is known. Neither may be the length of a frame.
fn foreign(said: &[u8]) -> Option<&'static str> {
    match said {
        // An alert, of any version: RFC 8446, section 5.1.
        [0x15, 3, ..] => Some("the server speaks TLS; call it as `https://`"),
        [b'H', b'T', b'T', b'P', b'/', ..] => {
            Some("the server speaks HTTP/1.1, and gRPC needs HTTP/2")
        }
        _ => None,
    }
}

/// Reads in a row before what came of them is written.
const READS: usize = 8;

/// How long the end of a connection may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// How long nobody needs a connection before it goes, where there are others.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
