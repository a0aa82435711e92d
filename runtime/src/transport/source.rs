//! What we receive: the data and the trailers of an HTTP body.

use std::ops::DerefMut;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http::HeaderMap;
use http_body::{Body, Frame};

use super::body::{BoxError, LinkGuard};
use crate::call::{DataSource, Direction};
use crate::metadata::Metadata;
use crate::protocol;
use crate::status::Status;

/// The body of a request or a response, which `P` points to.
pub(crate) struct HttpData<P> {
    body: Pin<P>,
    direction: Direction,
    trailers: Option<Metadata>,
    link: Option<LinkGuard>,
    /// What was read of the body already.
    ahead: Option<Frame<Bytes>>,
}

impl<P> HttpData<P> {
    pub(crate) fn request(body: Pin<P>) -> Self {
        Self {
            body,
            direction: Direction::Request,
            trailers: None,
            link: None,
            ahead: None,
        }
    }

    pub(crate) fn response(
        body: Pin<P>,
        link: Option<LinkGuard>,
        ahead: Option<Frame<Bytes>>,
    ) -> Self {
        Self {
            body,
            direction: Direction::Response,
            trailers: None,
            link,
            ahead,
        }
    }

    /// The body is over. On a server that is all; on a client the trailers say how it ended.
    fn end(&mut self, trailers: &HeaderMap) -> Result<(), Status> {
        let link = self.link.take();
        if self.direction == Direction::Response {
            let trailers = protocol::read_trailers(trailers)
                .map_err(|status| LinkGuard::cause(link.as_ref(), || status))?;
            self.trailers = Some(trailers);
        }
        Ok(())
    }

    fn error(&self, error: BoxError) -> Status {
        match self.direction {
            Direction::Request => protocol::server_error(error),
            Direction::Response => {
                LinkGuard::cause(self.link.as_ref(), || protocol::client_error(error))
            }
        }
    }
}

impl<P> DataSource for HttpData<P>
where
    P: DerefMut<Target: Body<Error: Into<BoxError>>> + Send,
{
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Status>>> {
        loop {
            let frame = match self.ahead.take() {
                Some(frame) => frame,
                None => match ready!(self.body.as_mut().poll_frame(cx)) {
                    Some(Ok(frame)) => in_one_piece(frame),
                    Some(Err(error)) => return Poll::Ready(Some(Err(self.error(error.into())))),
                    None => return Poll::Ready(self.end(&HeaderMap::new()).err().map(Err)),
                },
            };
            match frame.into_data() {
                Ok(data) => return Poll::Ready(Some(Ok(data))),
                Err(frame) => {
                    if let Ok(trailers) = frame.into_trailers() {
                        return Poll::Ready(self.end(&trailers).err().map(Err));
                    }
                }
            }
        }
    }

    fn take_trailers(&mut self) -> Option<Metadata> {
        self.trailers.take()
    }
}

/// The frame, with its data where it lies, if it lies together.
pub(super) fn in_one_piece(frame: Frame<impl Buf>) -> Frame<Bytes> {
    frame.map_data(|mut data| data.copy_to_bytes(data.remaining()))
}
