//! Messages that come from a transport, one after the other.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::format::Format;
use super::frame::{Deframer, MessageBuf, more_came, none_came};
use super::message::Payload;
use crate::metadata::Metadata;
use crate::status::Status;

/// What arrives on a stream of a transport.
pub trait DataSource: Send {
    /// The next piece, wherever it was cut; `None` at the end that the peer meant.
    ///
    /// # Errors
    ///
    /// With the status that the stream ended with, or what broke it. Nothing comes after.
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Status>>>;

    /// What came after the last message; only a client gets any.
    fn take_trailers(&mut self) -> Option<Metadata> {
        None
    }
}

/// Reads the messages of a source.
pub struct Messages<S: ?Sized = dyn DataSource> {
    deframer: Deframer,
    ended: bool,
    source: S,
}

impl<S> Messages<S> {
    pub(crate) fn new(source: S, deframer: Deframer) -> Self {
        Self {
            deframer,
            ended: false,
            source,
        }
    }
}

impl<S: DataSource + ?Sized> Messages<S> {
    /// Reads the next message where it lies; `None` at the end that the peer meant.
    #[inline]
    pub(crate) fn poll_read<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut read: impl FnMut(MessageBuf<'_>) -> Result<T, Status>,
    ) -> Poll<Option<Result<T, Status>>> {
        loop {
            if let Some(message) = self.deframer.read_message(&mut read) {
                return Poll::Ready(Some(message));
            }
            if let Err(end) = ready!(self.poll_more(cx)) {
                return Poll::Ready(end.map(Err));
            }
        }
    }

    /// Feeds what arrives next.
    ///
    /// # Errors
    ///
    /// If nothing more comes, with what is wrong with that.
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Option<Status>>> {
        if self.ended {
            return Poll::Ready(Err(None));
        }
        let end = match ready!(self.source.poll_data(cx)) {
            Some(Ok(data)) => {
                self.deframer.feed(data);
                return Poll::Ready(Ok(()));
            }
            // What the peer says goes before what it cut off.
            Some(Err(status)) => Some(status),
            None => self.deframer.finish().err(),
        };
        self.ended = true;
        Poll::Ready(Err(end))
    }

    /// The message of a side that sends exactly one, read to the end.
    ///
    /// # Errors
    ///
    /// UNIMPLEMENTED for none or several ("cardinality violation" in statuscodes.md).
    pub(crate) async fn one(&mut self) -> Result<Payload, Status> {
        let mut next = async || {
            poll_fn(|cx| self.poll_read(cx, |message| Ok(message.into_bytes())))
                .await
                .transpose()
        };
        let first = next().await?;
        let more = first.is_some() && next().await?.is_some();
        match first {
            Some(message) if !more => Ok(Payload::Encoded(self.format(), message)),
            Some(_) => Err(more_came(self.deframer.direction())),
            None => Err(none_came(self.deframer.direction())),
        }
    }

    /// What the messages are in.
    pub(crate) fn format(&self) -> Format {
        self.deframer.format()
    }

    /// Whether the message that was read last came compressed.
    pub(crate) fn was_compressed(&self) -> bool {
        self.deframer.was_compressed()
    }

    /// What came after the last message; only a client gets any.
    pub(crate) fn take_trailers(&mut self) -> Option<Metadata> {
        self.source.take_trailers()
    }
}
