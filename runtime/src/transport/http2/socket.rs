//! Bytes from a connection and to it.

use std::cell::Cell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use traitwire_engine::Output;

/// What a connection reads from and writes to. What was read and couldn't be used yet is kept; other than that, an idle
/// socket holds no memory.
pub(super) struct Socket<I> {
    io: I,
    /// The start of something whose rest hasn't arrived.
    partial: Vec<u8>,
    /// `partial` was read before, and nobody has looked at it.
    unseen: bool,
}

/// What a read brought.
pub(super) enum Read {
    /// So many bytes, those that were left over among them.
    Bytes(usize),
    /// The peer closed the connection.
    End,
}

impl<I: AsyncRead + AsyncWrite + Unpin> Socket<I> {
    /// A connection of which `read` has been read already.
    pub(super) fn new(io: I, read: Vec<u8>) -> Self {
        Self {
            io,
            unseen: !read.is_empty(),
            partial: read,
        }
    }

    /// Reads into a buffer of this thread.
    pub(super) fn poll_read(
        &mut self,
        buffer: &mut Buffer,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Read>> {
        let start = self.partial.len();
        buffer.reserve(start);
        if self.unseen {
            self.unseen = false;
            buffer.bytes[..start].copy_from_slice(&self.partial);
            self.partial.clear();
            return Poll::Ready(Ok(Read::Bytes(start)));
        }
        let mut space = ReadBuf::new(&mut buffer.bytes[start..]);
        ready!(Pin::new(&mut self.io).poll_read(cx, &mut space))?;
        let read = space.filled().len();
        if read == 0 {
            return Poll::Ready(Ok(Read::End));
        }
        buffer.bytes[..start].copy_from_slice(&self.partial);
        self.partial.clear();
        Poll::Ready(Ok(Read::Bytes(start + read)))
    }

    /// Keeps what wasn't used.
    pub(super) fn keep(&mut self, rest: &[u8]) {
        self.partial.extend_from_slice(rest);
        if self.partial.is_empty() && self.partial.capacity() > 0 {
            self.partial = Vec::new();
        }
    }

    /// As [`keep`](Self::keep), for bytes that may be used as they are: the next read brings them again.
    pub(super) fn keep_for_later(&mut self, rest: &[u8]) {
        self.keep(rest);
        self.unseen = !rest.is_empty();
    }

    /// What was kept.
    pub(super) fn kept(&self) -> &[u8] {
        &self.partial
    }

    /// Writes what can be written; ready when nothing is left.
    pub(super) fn poll_write(
        &mut self,
        output: &mut Output,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while !output.is_empty() {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let used = output.io_slices(&mut slices);
            let io = Pin::new(&mut self.io);
            let written = match &slices[..used] {
                [slice] => ready!(io.poll_write(cx, slice))?,
                slices if io.is_write_vectored() => ready!(io.poll_write_vectored(cx, slices))?,
                slices => {
                    let mut buffer = Buffer::borrow();
                    let gathered = gather(slices, &mut buffer.bytes[..GATHERED]);
                    ready!(io.poll_write(cx, gathered))?
                }
            };
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            output.advance(written);
        }
        Pin::new(&mut self.io).poll_flush(cx)
    }

    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// Copies what has room, for a stream that takes one slice at a time: what it makes of a write, a record of TLS most
/// likely, has its price.
fn gather<'a>(slices: &[IoSlice<'_>], buffer: &'a mut [u8]) -> &'a [u8] {
    let mut len = 0;
    for slice in slices {
        let part = slice.len().min(buffer.len() - len);
        buffer[len..len + part].copy_from_slice(&slice[..part]);
        len += part;
    }
    &buffer[..len]
}

/// A thread's buffer, borrowed for a read or to gather a write.
pub(super) struct Buffer {
    pub(super) bytes: Vec<u8>,
}

impl Buffer {
    pub(super) fn borrow() -> Self {
        let bytes = BUFFER.take();
        Self {
            bytes: if bytes.is_empty() {
                vec![0; BUFFER_LEN]
            } else {
                bytes
            },
        }
    }

    /// Makes room for a good read after `start` bytes.
    fn reserve(&mut self, start: usize) {
        if self.bytes.len() < start + BUFFER_LEN / 2 {
            self.bytes.resize(start + BUFFER_LEN, 0);
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.bytes.len() <= 2 * BUFFER_LEN {
            BUFFER.set(std::mem::take(&mut self.bytes));
        }
    }
}

/// Gives a connection's output a buffer of this thread.
pub(super) fn lend_buffer(output: &mut Output) {
    let buffer = OUTPUT.take();
    if buffer.capacity() > 0 {
        output.lend(buffer);
    }
}

/// Takes the buffer of an output back that has nothing to write.
pub(super) fn reclaim_buffer(output: &mut Output) {
    if let Some(buffer) = output.take_buffer()
        && buffer.capacity() <= MAX_KEPT
    {
        OUTPUT.set(buffer);
    }
}

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    static OUTPUT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Bytes that are read at a time.
const BUFFER_LEN: usize = 64 * 1024;

/// Bytes that are gathered at a time: as many as a record of TLS has.
const GATHERED: usize = 16 * 1024;

/// Memory that a thread keeps for the next output.
const MAX_KEPT: usize = 1024 * 1024;

/// Pieces that are written at a time; Linux takes 1024.
const SLICES: usize = 64;
