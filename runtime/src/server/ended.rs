//! Calls over hyper that the server ends: hyper itself only knows how to wait for them.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};
use tokio::sync::watch;

use crate::call::Compressions;
use crate::metadata::Metadata;
use crate::protocol;
use crate::status::Status;

/// Ends the calls of a connection.
pub(super) struct EndCalls(watch::Sender<Option<&'static str>>);

impl EndCalls {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    /// Answers all calls that are open with UNAVAILABLE.
    pub(super) fn end(&self, why: &'static str) {
        self.0.send_replace(Some(why));
    }

    /// Makes a call that can be ended, if it is one of gRPC. Others have no answer that would say why.
    pub(super) fn until<F, B: Body, E>(
        &self,
        grpc: bool,
        call: F,
    ) -> impl Future<Output = Result<http::Response<EndedBody<B>>, E>> + use<F, B, E>
    where
        F: Future<Output = Result<http::Response<B>, E>>,
    {
        let mut ended = grpc.then(|| ended(self.0.subscribe()));
        async move {
            let answered = tokio::select! {
                biased;
                response = call => response?,
                Some(status) = async { Some(ended.as_mut()?.await) } => {
                    let none = Metadata::new;
                    let compressions = Compressions::default();
                    let body = EndedBody { body: None, ended: None };
                    return Ok(protocol::trailers_only(none(), status, none(), compressions, body));
                }
            };
            Ok(answered.map(|body| EndedBody {
                body: Some(body),
                ended,
            }))
        }
    }
}

type Ended = Pin<Box<dyn Future<Output = Status> + Send>>;

fn ended(mut why: watch::Receiver<Option<&'static str>>) -> Ended {
    Box::pin(async move {
        let why = why.wait_for(Option::is_some).await.map(|why| *why);
        match why {
            Ok(why) => Status::unavailable(why.unwrap_or_default()),
            // Nobody will end it any more.
            Err(_) => std::future::pending().await,
        }
    })
}

pin_project_lite::pin_project! {
    /// The body of a response, or as much of it as there was when its call ended.
    pub(super) struct EndedBody<B> {
        #[pin]
        body: Option<B>,
        ended: Option<Ended>,
    }
}

impl<B: Body> Body for EndedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let Some(body) = this.body.as_mut().as_pin_mut() else {
            return Poll::Ready(None);
        };
        let ended = this.ended.as_mut().map(|ended| ended.as_mut().poll(cx));
        let Some(Poll::Ready(status)) = ended else {
            return body.poll_frame(cx);
        };
        // The handler need not go on.
        this.body.set(None);
        let trailers = protocol::status_trailers(Err(status), Metadata::new());
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Some(body) => body.size_hint(),
            None => SizeHint::with_exact(0),
        }
    }
}
