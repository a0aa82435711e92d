//! A connection that gathers what it writes.
//!
//! HTTP/2 answers each call as soon as its handler is done, and a write to a socket costs more than everything else a
//! small call does. While other calls are at work, a flush therefore lets them finish first, once: their answers leave
//! with one write. A call that is alone is answered at once.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Gathers writes to `I`.
pub(crate) struct Gather<I> {
    io: I,
    calls: CallsAtWork,
    buffer: Vec<u8>,
    /// How much of the buffer has been written.
    written: usize,
    /// Whether the others have had their turn since something was written.
    waited: bool,
}

/// How many calls of a connection are at work.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallsAtWork(Arc<AtomicUsize>);

/// One call at work, until it is dropped.
pub(crate) struct AtWork(Arc<AtomicUsize>);

impl CallsAtWork {
    pub(crate) fn start(&self) -> AtWork {
        self.0.fetch_add(1, Ordering::Relaxed);
        AtWork(Arc::clone(&self.0))
    }

    fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<I: AsyncWrite + Unpin> Gather<I> {
    pub(crate) fn new(io: I, calls: CallsAtWork) -> Self {
        Self {
            io,
            calls,
            buffer: Vec::new(),
            written: 0,
            waited: false,
        }
    }

    /// Writes everything that was gathered.
    fn drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.written < self.buffer.len() {
            let n = ready!(Pin::new(&mut self.io).poll_write(cx, &self.buffer[self.written..]))?;
            if n == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written += n;
        }
        self.emptied();
        Poll::Ready(Ok(()))
    }

    /// Writes everything that was gathered and as much as possible of what comes after it; says how much that was.
    fn drain_with(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        while self.written < self.buffer.len() {
            let gathered = &self.buffer[self.written..];
            let mut all = Vec::with_capacity(1 + bufs.len());
            all.push(io::IoSlice::new(gathered));
            all.extend_from_slice(bufs);
            let n = ready!(Pin::new(&mut self.io).poll_write_vectored(cx, &all))?;
            if n == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            if n > gathered.len() {
                let more = n - gathered.len();
                self.emptied();
                return Poll::Ready(Ok(more));
            }
            self.written += n;
        }
        self.emptied();
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn emptied(&mut self) {
        self.buffer.clear();
        self.written = 0;
        self.waited = false;
        if !self.calls.any() {
            self.buffer.shrink_to(KEEP);
        }
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Gather<I> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_read(cx, buf)
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Gather<I> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[io::IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let len: usize = bufs.iter().map(|buf| buf.len()).sum();
        // What a stream makes of a write, a record of TLS most likely, has its price. One that takes a slice at a time gets
        // few long ones.
        if len > SHORT && this.io.is_write_vectored() {
            return this.drain_with(cx, bufs);
        }
        if this.buffer.len() + len > ENOUGH {
            ready!(this.drain(cx))?;
        }
        let before = this.buffer.len();
        for buf in bufs {
            let room = ENOUGH - this.buffer.len();
            this.buffer.extend_from_slice(&buf[..buf.len().min(room)]);
        }
        Poll::Ready(Ok(this.buffer.len() - before))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.buffer.is_empty() {
            if !this.waited && this.written == 0 && this.calls.any() {
                this.waited = true;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            ready!(this.drain(cx))?;
        }
        Pin::new(&mut this.io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.drain(cx))?;
        Pin::new(&mut this.io).poll_shutdown(cx)
    }
}

/// Bytes that are gathered at most.
const ENOUGH: usize = 64 * 1024;

/// Bytes that are worth being copied. More go out as they are, behind what was gathered.
const SHORT: usize = 8 * 1024;

/// Bytes of the buffer that an idle connection keeps.
const KEEP: usize = 4 * 1024;

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    /// Remembers the length of each write.
    #[derive(Default)]
    struct Writes {
        lengths: Vec<usize>,
        one_slice_at_a_time: bool,
    }

    impl AsyncWrite for Writes {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buf: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.lengths.push(buf.len());
            Poll::Ready(Ok(buf.len()))
        }

        fn poll_write_vectored(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bufs: &[io::IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            let all: Vec<u8> = bufs.iter().flat_map(|buf| buf.to_vec()).collect();
            self.poll_write(cx, &all)
        }

        fn is_write_vectored(&self) -> bool {
            !self.one_slice_at_a_time
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// Writes answers of these lengths, flushing after each, while so many calls are at work; shows the writes.
    #[track_caller]
    fn check(at_work: usize, answers: &[usize], writes: &[usize]) {
        check_writes(Writes::default(), at_work, answers, writes);
    }

    #[track_caller]
    fn check_writes(io: Writes, at_work: usize, answers: &[usize], writes: &[usize]) {
        let calls = CallsAtWork::default();
        let _at_work: Vec<_> = (0..at_work).map(|_| calls.start()).collect();
        let mut gather = Gather::new(io, calls);
        let cx = &mut Context::from_waker(Waker::noop());
        for len in answers {
            let mut rest = &vec![0; *len][..];
            while !rest.is_empty() {
                let Poll::Ready(Ok(n)) = Pin::new(&mut gather).poll_write(cx, rest) else {
                    panic!("a write was refused");
                };
                rest = &rest[n..];
            }
            let _ = Pin::new(&mut gather).poll_flush(cx);
        }
        assert!(Pin::new(&mut gather).poll_shutdown(cx).is_ready());
        assert_eq!(gather.io.lengths, writes);
    }

    #[test]
    fn a_lone_answer_leaves_at_once() {
        check(0, &[10, 20], &[10, 20]);
    }

    #[test]
    fn answers_leave_together_while_others_are_at_work() {
        check(3, &[10, 20, 30, 40], &[30, 70]);
    }

    #[test]
    fn long_answers_are_not_copied() {
        check(1, &[10, SHORT + 1, 20], &[10 + SHORT + 1, 20]);
    }

    #[test]
    fn a_stream_that_takes_one_slice_at_a_time_gets_long_ones() {
        let io = Writes {
            one_slice_at_a_time: true,
            ..Writes::default()
        };
        let long = 3 * ENOUGH;
        check_writes(io, 0, &[10, long, 20], &[10, ENOUGH, ENOUGH, ENOUGH, 20]);
    }
}
