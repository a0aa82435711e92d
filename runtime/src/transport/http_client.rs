//! The tower path of a client: a call becomes an `http::Request`, and its answer is read from an `http::Response`.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderValue, Method, Uri, Version};
use http_body::Frame;

use super::body::{Body, BoxError, CallLink, ClientBody, LinkGuard};
use super::source::{HttpData, in_one_piece};
use crate::call::{Direction, Framing, Messages, Outgoing, Payload, ReceiveLimits};
use crate::metadata::Metadata;
use crate::protocol::{self, ClientRequest, ResponseHead};
use crate::schema::MethodDescriptor;
use crate::status::Status;

/// What a request is made of beside its messages.
pub(crate) struct HttpCall<'a> {
    pub(crate) method: &'static MethodDescriptor,
    pub(crate) origin: &'a Origin,
    pub(crate) request: ClientRequest,
    pub(crate) receive: ReceiveLimits,
    pub(crate) framing: Framing,
}

/// Who is called: the part of the URI before the path.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) scheme: Scheme,
    pub(crate) authority: Authority,
}

/// The answer, once its head has come.
pub struct HttpResponse {
    pub(crate) headers: HeaderMap,
    pub(crate) messages: HttpMessages,
}

pub enum HttpMessages {
    /// They follow.
    Follow(Box<Messages>),
    /// The call has succeeded without one.
    None(Metadata),
}

/// Sends the call through `send`.
///
/// Dropping the future, or the source of the response's messages, cancels the call.
pub(crate) async fn call_http<S, F, B>(
    call: HttpCall<'_>,
    outgoing: Outgoing,
    send: S,
) -> Result<HttpResponse, Status>
where
    S: FnOnce(http::Request<Body>) -> F,
    F: Future<Output = Result<http::Response<B>, BoxError>>,
    B: http_body::Body<Error: Into<BoxError>> + Send + 'static,
{
    let (body, link) = request_body(outgoing, call.framing)?;
    let mut request = http::Request::new(body);
    *request.method_mut() = Method::POST;
    *request.version_mut() = Version::HTTP_2;
    *request.uri_mut() = uri(call.origin, call.method)?;
    protocol::write_request(call.request, request.headers_mut());

    let response = send(request)
        .await
        .map_err(|error| LinkGuard::cause(link.as_ref(), || protocol::client_error(error)))?;
    let (parts, body) = response.into_parts();
    let mut body = Box::pin(body);
    let mut ahead = None;
    if protocol::has_status(&parts.headers) {
        // Not every body knows without being asked that nothing is in it.
        let read = next_frame(body.as_mut()).await;
        ahead = read
            .map_err(|error| LinkGuard::cause(link.as_ref(), || protocol::client_error(error)))?;
    }
    let format = call.receive.format;
    let head = match ahead {
        None => protocol::read_response(parts.status, &parts.headers, format),
        Some(_) => protocol::read_open_response(parts.status, &parts.headers, format),
    };
    let messages = match head {
        ResponseHead::Ended(Err(status)) => return Err(LinkGuard::cause(link.as_ref(), || status)),
        ResponseHead::Ended(Ok(())) => HttpMessages::None(Metadata::from_headers(&parts.headers)),
        ResponseHead::Messages { encoding } => {
            let deframer = call.receive.deframer(Direction::Response, encoding, None);
            let data = HttpData::response(body, link, ahead);
            HttpMessages::Follow(Box::new(Messages::new(data, deframer)))
        }
    };
    Ok(HttpResponse {
        headers: parts.headers,
        messages,
    })
}

/// The next frame of a body that isn't empty.
async fn next_frame<B>(mut body: Pin<&mut B>) -> Result<Option<Frame<Bytes>>, BoxError>
where
    B: http_body::Body<Error: Into<BoxError>>,
{
    loop {
        let frame = poll_fn(|cx| body.as_mut().poll_frame(cx)).await;
        match frame.transpose().map_err(Into::into)?.map(in_one_piece) {
            Some(frame) if frame.data_ref().is_some_and(Bytes::is_empty) => {}
            frame => return Ok(frame),
        }
    }
}

/// The header's value for a channel's `user_agent`.
pub(crate) fn user_agent(application: Option<&str>) -> Option<HeaderValue> {
    protocol::user_agent(application)
}

fn request_body(outgoing: Outgoing, framing: Framing) -> Result<(Body, Option<LinkGuard>), Status> {
    match outgoing {
        Outgoing::One(Payload::Framed(bytes)) => Ok((Body::once(bytes.freeze()), None)),
        Outgoing::Encoded(messages) => {
            let link = Arc::new(CallLink::default());
            let body = Body::client(ClientBody::new(messages, framing, Arc::clone(&link)));
            Ok((body, Some(LinkGuard(link))))
        }
        Outgoing::One(_) | Outgoing::Local(_) => Err(not_encoded()),
    }
}

#[cold]
pub(crate) fn not_encoded() -> Status {
    Status::internal("a call over the network was not encoded")
}

fn uri(origin: &Origin, method: &'static MethodDescriptor) -> Result<Uri, Status> {
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(origin.scheme.clone());
    parts.authority = Some(origin.authority.clone());
    parts.path_and_query = Some(PathAndQuery::from_static(method.path));
    Uri::from_parts(parts).map_err(|error| Status::internal(format!("{}: {error}", method.path)))
}
