//! What we receive: messages out of an HTTP body.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http::HeaderMap;
use http_body::Body;

use super::body::{BoxError, LinkGuard};
use crate::call::MessageSource;
use crate::metadata::Metadata;
use crate::protocol::{self, Deframer, Direction};
use crate::status::Status;

/// The messages of a request or a response.
pub(crate) struct HttpSource<B> {
    body: Pin<Box<B>>,
    messages: BodyMessages,
}

/// Everything of a source but the body, which may stand elsewhere.
pub(super) struct BodyMessages {
    deframer: Deframer,
    direction: Direction,
    ended: bool,
    trailers: Option<Metadata>,
    link: Option<LinkGuard>,
}

impl<B> HttpSource<B>
where
    B: Body<Error: Into<BoxError>>,
{
    pub(crate) fn request(body: B, deframer: Deframer) -> Self {
        Self {
            body: Box::pin(body),
            messages: BodyMessages::new(deframer, Direction::Request, None),
        }
    }

    pub(crate) fn response(body: B, deframer: Deframer, link: Option<LinkGuard>) -> Self {
        Self {
            body: Box::pin(body),
            messages: BodyMessages::new(deframer, Direction::Response, link),
        }
    }
}

impl<B> MessageSource for HttpSource<B>
where
    B: Body<Error: Into<BoxError>> + Send,
{
    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Status>>> {
        self.messages.poll(self.body.as_mut(), cx)
    }

    fn take_trailers(&mut self) -> Option<Metadata> {
        self.messages.trailers.take()
    }
}

impl BodyMessages {
    pub(super) fn new(deframer: Deframer, direction: Direction, link: Option<LinkGuard>) -> Self {
        Self {
            deframer,
            direction,
            ended: false,
            trailers: None,
            link,
        }
    }

    pub(super) fn poll<B>(
        &mut self,
        mut body: Pin<&mut B>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Status>>>
    where
        B: Body<Error: Into<BoxError>>,
    {
        loop {
            match self.deframer.next_message() {
                Ok(Some(message)) => return Poll::Ready(Some(Ok(message))),
                Ok(None) => {}
                Err(error) => return Poll::Ready(Some(Err(self.deframer.status(error)))),
            }
            if self.ended {
                return Poll::Ready(None);
            }
            let end = match ready!(body.as_mut().poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(mut data) => {
                        self.deframer.feed(data.copy_to_bytes(data.remaining()));
                        continue;
                    }
                    Err(frame) => match frame.into_trailers() {
                        Ok(trailers) => self.finish(Some(&trailers)),
                        Err(_) => continue,
                    },
                },
                Some(Err(error)) => {
                    self.ended = true;
                    Err(self.error(error.into()))
                }
                None => self.finish(None),
            };
            return Poll::Ready(end.err().map(Err));
        }
    }

    /// The body is over. On a server that is all; on a client the trailers say how it ended.
    fn finish(&mut self, trailers: Option<&HeaderMap>) -> Result<(), Status> {
        self.ended = true;
        let link = self.link.take();
        let whole = self
            .deframer
            .finish()
            .map_err(|error| self.deframer.status(error));
        if self.direction == Direction::Request {
            return whole;
        }
        // What the server says goes before what it cut off.
        let none = HeaderMap::new();
        match (protocol::read_trailers(trailers.unwrap_or(&none)), whole) {
            (Ok(metadata), Ok(())) => {
                self.trailers = Some(metadata);
                Ok(())
            }
            (Ok(_), Err(status)) | (Err(status), _) => {
                Err(LinkGuard::cause(link.as_ref(), || status))
            }
        }
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

/// The message of a side that sends exactly one, read to the end of its body.
///
/// # Errors
///
/// UNIMPLEMENTED for none or several ("cardinality violation" in statuscodes.md).
pub(crate) async fn one_message(
    direction: Direction,
    mut poll: impl FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, Status>>>,
) -> Result<Bytes, Status> {
    let Some(message) = poll_fn(&mut poll).await.transpose()? else {
        return Err(protocol::none_came(direction));
    };
    match poll_fn(&mut poll).await.transpose()? {
        None => Ok(message),
        Some(_) => Err(protocol::more_came(direction)),
    }
}
