//! What calls answer, on its way to their connection.

use std::future::poll_fn;
use std::pin::pin;

use bytes::{Buf, Bytes};
use http::HeaderMap;
use traitwire_engine::{Fields, Reason};

use super::stream::StreamHandle;
use crate::call::{CallGuard, Coding, Payload};
use crate::metadata::Metadata;
use crate::protocol;
use crate::status::Status;
use crate::transport::BoxError;
use crate::transport::counts::says_ok;
use crate::transport::http_server::{Head, Part, ServerBody};

/// What a task answers.
pub(super) enum Answer {
    /// All there is to a unary call.
    Unary(Option<CallGuard>, Coding, Result<Payload, Status>),
    /// The head of a response: its initial metadata, and how its messages are written.
    Head(Metadata, Coding),
    /// A head without anything after it.
    TrailersOnly(Metadata, Status, Metadata),
    Data(Bytes),
    Trailers(Result<(), Status>, Metadata),
    /// The head of a response that isn't gRPC, or comes from a layer.
    /// If nothing follows, whether it says OK.
    HttpHead(Fields, Option<bool>),
    HttpEnd(Option<HeaderMap>),
}

/// Sends what a call answers.
pub(super) async fn answer(mut body: ServerBody, handle: StreamHandle<Answer>) {
    match poll_fn(|cx| body.poll_head(cx)).await {
        Head::TrailersOnly(status) => {
            let (initial, trailing) = (body.take_initial(), body.take_trailing());
            return handle.order(Answer::TrailersOnly(initial, status, trailing));
        }
        Head::Messages => {
            let head = Answer::Head(body.take_initial(), body.coding());
            handle.order(head);
        }
    }
    while let Some(part) = poll_fn(|cx| body.poll_part(cx)).await {
        match part {
            Part::Messages(bytes) => handle.send(bytes.len(), Answer::Data(bytes)).await,
            Part::End(result, trailing) => handle.order(Answer::Trailers(result, trailing)),
        }
    }
}

/// Sends what a layer answers.
pub(super) async fn answer_http<B>(response: http::Response<B>, handle: StreamHandle<Answer>)
where
    B: http_body::Body<Data: Buf, Error: Into<BoxError>>,
{
    let (parts, body) = response.into_parts();
    let fields = protocol::http_response_fields(parts.status, &parts.headers);
    let end = body.is_end_stream().then(|| says_ok(&parts.headers));
    handle.order(Answer::HttpHead(fields, end));
    let mut body = pin!(body);
    let mut trailers = None;
    // Its error may not be one that can be kept while data is sent.
    let mut next = async || {
        poll_fn(|cx| {
            let frame = body.as_mut().poll_frame(cx);
            frame.map(|frame| frame.map(|frame| frame.map_err(drop)))
        })
        .await
    };
    while end.is_none()
        && let Some(frame) = next().await
    {
        let data = match frame.map(http_body::Frame::into_data) {
            Ok(Ok(mut data)) => data.copy_to_bytes(data.remaining()),
            Ok(Err(frame)) => {
                trailers = frame.into_trailers().ok();
                continue;
            }
            Err(_) => return handle.reset(Reason::INTERNAL_ERROR),
        };
        handle.send(data.len(), Answer::Data(data)).await;
    }
    if end.is_none() {
        handle.order(Answer::HttpEnd(trailers));
    }
}
