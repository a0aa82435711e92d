//! What layers of a server see of a request's body.

use std::fmt;
use std::pin::Pin;
#[cfg(feature = "channelz")]
use std::sync::Arc;
#[cfg(feature = "channelz")]
use std::task::ready;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::body::BoxError;
#[cfg(feature = "channelz")]
use super::counts::MessageCount;
use super::http2::Http2Body;
#[cfg(feature = "channelz")]
use crate::registry::RegisteredSocket;

/// The body of a request to a [`Server`](crate::Server), whatever brought it.
pub struct RequestBody(Kind);

enum Kind {
    Http2(Http2Body),
    Hyper(Incoming),
    /// Of a connection that is counted.
    #[cfg(feature = "channelz")]
    Counted(Incoming, MessageCount, Arc<RegisteredSocket>),
}

#[cfg(feature = "channelz")]
impl RequestBody {
    pub(super) fn counted(body: Incoming, socket: Arc<RegisteredSocket>) -> Self {
        Self(Kind::Counted(body, MessageCount::default(), socket))
    }
}

impl From<Http2Body> for RequestBody {
    fn from(body: Http2Body) -> Self {
        Self(Kind::Http2(body))
    }
}

impl From<Incoming> for RequestBody {
    fn from(body: Incoming) -> Self {
        Self(Kind::Hyper(body))
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.get_mut().0 {
            Kind::Http2(body) => Pin::new(body).poll_frame(cx),
            Kind::Hyper(body) => {
                let frame = Pin::new(body).poll_frame(cx);
                frame.map(|frame| frame.map(|frame| frame.map_err(BoxError::from)))
            }
            #[cfg(feature = "channelz")]
            Kind::Counted(body, arriving, socket) => {
                let frame = ready!(Pin::new(body).poll_frame(cx));
                if let Some(Ok(frame)) = &frame
                    && let Some(data) = frame.data_ref()
                {
                    socket.received(arriving.feed(data));
                }
                Poll::Ready(frame.map(|frame| frame.map_err(BoxError::from)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Http2(body) => body.is_end_stream(),
            Kind::Hyper(body) => body.is_end_stream(),
            #[cfg(feature = "channelz")]
            Kind::Counted(body, ..) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Http2(body) => body.size_hint(),
            Kind::Hyper(body) => body.size_hint(),
            #[cfg(feature = "channelz")]
            Kind::Counted(body, ..) => body.size_hint(),
        }
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBody").finish_non_exhaustive()
    }
}
