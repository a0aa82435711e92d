//! Calls that hyper carries, counted by their bodies.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::counts::{Counts, MessageCount, says_ok};
use super::request_body::RequestBody;
use crate::registry::{Outcome, RegisteredSocket};

impl Counts {
    /// For a connection that hyper reads and writes.
    pub(crate) fn of_requests(self) -> RequestCounts {
        RequestCounts(self.into_socket().map(Arc::new))
    }
}

/// Counts the calls of a connection.
pub(crate) struct RequestCounts(Option<Arc<RegisteredSocket>>);

/// Counts one of them.
pub(crate) struct CallCounts(Option<OpenCall>);

/// A call that has begun.
struct OpenCall {
    socket: Arc<RegisteredSocket>,
    /// It was cut off if nothing else is said before it is dropped.
    outcome: Outcome,
}

impl RequestCounts {
    /// A call has begun.
    pub(crate) fn start(&self) -> CallCounts {
        CallCounts(self.0.as_ref().map(|socket| {
            socket.started(false);
            OpenCall {
                socket: Arc::clone(socket),
                outcome: Outcome::Broken,
            }
        }))
    }
}

impl CallCounts {
    pub(crate) fn request(&self, request: http::Request<Incoming>) -> http::Request<RequestBody> {
        request.map(|body| match &self.0 {
            Some(call) => RequestBody::counted(body, Arc::clone(&call.socket)),
            None => RequestBody::from(body),
        })
    }

    pub(crate) fn response<B: Body>(
        mut self,
        response: http::Response<B>,
    ) -> http::Response<CountedBody<B>> {
        // hyper doesn't ask such a body for anything.
        if response.body().is_end_stream() {
            self.ended(|| says_ok(response.headers()));
        }
        response.map(|body| CountedBody {
            body,
            call: self,
            leaving: MessageCount::default(),
        })
    }

    fn ended(&mut self, ok: impl FnOnce() -> bool) {
        if let Some(mut call) = self.0.take() {
            call.outcome = if ok() { Outcome::Ok } else { Outcome::Failed };
        }
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        self.socket.ended(self.outcome);
    }
}

pin_project_lite::pin_project! {
    /// The body of a response.
    pub(crate) struct CountedBody<B> {
        #[pin]
        body: B,
        call: CallCounts,
        leaving: MessageCount,
    }
}

impl<B: Body> Body for CountedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let mut this = self.project();
        let frame = match ready!(this.body.as_mut().poll_frame(cx)) {
            Some(Ok(frame)) => frame.map_data(|mut data| data.copy_to_bytes(data.remaining())),
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            None => {
                this.call.ended(|| false);
                return Poll::Ready(None);
            }
        };
        if let Some(call) = &this.call.0 {
            match (frame.data_ref(), frame.trailers_ref()) {
                (Some(data), _) => call.socket.sent(this.leaving.feed(data)),
                (None, Some(trailers)) => this.call.ended(|| says_ok(trailers)),
                (None, None) => {}
            }
        }
        // A page: nothing more is asked of it.
        if this.body.is_end_stream() {
            this.call.ended(|| false);
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
