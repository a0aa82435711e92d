//! Stands for what a connection counts, where nothing can ask for it: without the feature `channelz`.

use http::HeaderMap;
use hyper::body::Incoming;
use traitwire_engine::{Reason, StreamKey};

use super::request_body::RequestBody;

/// Counts nothing.
pub(crate) struct Counts;

impl Counts {
    pub(crate) fn none() -> Self {
        Self
    }

    pub(super) fn opened(&mut self, _: StreamKey) {}
    pub(super) fn arrived(&mut self, _: StreamKey, _: &[u8]) {}
    pub(super) fn leaves(&mut self, _: StreamKey, _: &[u8]) {}
    pub(super) fn message_leaves(&self) {}
    pub(super) fn ended(&mut self, _: StreamKey, _: impl FnOnce() -> bool) {}
    pub(super) fn broken(&mut self, _: StreamKey) {}
    pub(super) fn all_broken(&mut self) {}
    pub(super) fn keep_alive(&self) {}
    pub(super) fn windows(&self, _: impl FnOnce() -> (i64, i64)) {}
    pub(super) fn goaway(&self, _: Reason) {}
    pub(super) fn peer_streams(&self, _: u32) {}

    pub(crate) fn of_requests(self) -> RequestCounts {
        RequestCounts
    }
}

/// Counts nothing of a channel's.
pub(crate) struct CallCount;

impl CallCount {
    pub(crate) fn none() -> Self {
        Self
    }

    pub(super) fn succeeded(&self) {}
}

/// Counts nothing on a connection of hyper's.
pub(crate) struct RequestCounts;

impl RequestCounts {
    pub(crate) fn start(&self) -> Self {
        Self
    }

    pub(crate) fn request(&self, request: http::Request<Incoming>) -> http::Request<RequestBody> {
        request.map(RequestBody::from)
    }

    pub(crate) fn response<B>(self, response: http::Response<B>) -> http::Response<B> {
        response
    }
}

pub(super) fn says_ok(_: &HeaderMap) -> bool {
    false
}
