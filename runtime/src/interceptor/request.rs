//! A call on its way to the handler.

use std::fmt;
use std::time::Duration;

use futures_core::Stream;
use http::Extensions;
use tokio::time::Instant;

use super::content::Content;
use crate::call::{Context, LazyMessage, LazyStream, Peer};
use crate::deadline;
use crate::metadata::Metadata;
use crate::schema::{MethodDescriptor, MethodKind};
use crate::status::Status;

/// Which end of a call an interceptor stands at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Before a call leaves.
    Client,
    /// Before a call reaches its handler.
    Server,
}

/// A call on its way to the handler, as an [`Interceptor`](super::Interceptor) sees and changes it.
///
/// What is changed is what the next interceptor sees, and in the end the handler or the server.
pub struct Request {
    side: Side,
    method: &'static MethodDescriptor,
    pub(super) metadata: Metadata,
    pub(super) extensions: Extensions,
    pub(super) deadline: Option<Instant>,
    context: Option<Context>,
    private: bool,
    pub(super) content: Content,
    /// Whether the handler needs a context that says something else than the call's own.
    pub(super) rewritten: bool,
}

/// What is left of a [`Request`] when it leaves a client.
pub(crate) struct Outbound {
    pub(crate) metadata: Metadata,
    pub(crate) deadline: Option<Instant>,
    pub(crate) content: Content,
}

impl Request {
    /// Of a call that a client makes, maybe as a part of another one; `private` where nobody can listen.
    pub(crate) fn on_client(
        method: &'static MethodDescriptor,
        outbound: Outbound,
        around: Option<Context>,
        private: bool,
    ) -> Self {
        Self {
            side: Side::Client,
            method,
            metadata: outbound.metadata,
            extensions: Extensions::new(),
            deadline: outbound.deadline,
            context: around,
            private,
            content: outbound.content,
            rewritten: false,
        }
    }

    pub(super) fn on_server(
        method: &'static MethodDescriptor,
        context: &Context,
        content: Content,
    ) -> Self {
        Self {
            side: Side::Server,
            method,
            metadata: context.metadata().clone(),
            extensions: context.extensions().clone(),
            deadline: context.deadline_instant(),
            context: Some(context.clone()),
            private: false,
            content,
            rewritten: false,
        }
    }

    pub(crate) fn into_outbound(self) -> Outbound {
        Outbound {
            metadata: self.metadata,
            deadline: self.deadline,
            content: self.content,
        }
    }

    /// Which end of the call this is.
    pub fn side(&self) -> Side {
        self.side
    }

    /// The method that is called.
    pub fn method(&self) -> &'static MethodDescriptor {
        self.method
    }

    /// The full name of its service: `routeguide.RouteGuide`.
    pub fn service(&self) -> &'static str {
        let service = self.method.path.rsplit_once('/');
        service.map_or("", |(service, _)| service.trim_start_matches('/'))
    }

    /// The HTTP path of the method: `/routeguide.RouteGuide/GetFeature`.
    pub fn path(&self) -> &'static str {
        self.method.path
    }

    /// Which sides stream.
    pub fn kind(&self) -> MethodKind {
        self.method.kind
    }

    /// The metadata that goes with the call.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The metadata that goes with the call, to be changed: on a client what is sent, on a server what the handler sees.
    pub fn metadata_mut(&mut self) -> &mut Metadata {
        self.rewritten = true;
        &mut self.metadata
    }

    /// Until when the caller waits; `None` for ever.
    pub fn deadline(&self) -> Option<std::time::Instant> {
        self.deadline.map(Instant::into_std)
    }

    /// How much time is left; zero when none is, `None` if the caller waits for ever.
    pub fn time_remaining(&self) -> Option<Duration> {
        Some(self.deadline?.saturating_duration_since(Instant::now()))
    }

    /// Lets the rest of the call take at most so long from now, and no longer than before. Then it ends with
    /// DEADLINE_EXCEEDED. On a client, the server is told.
    pub fn limit_time(&mut self, timeout: Duration) {
        self.deadline = deadline::earlier(self.deadline, deadline::from_now(timeout));
    }

    /// On a server, the circumstances of the call as they came. On a client, those of the call that this one is made in:
    /// what [`Call::context`](crate::Call::context) was given, or that of the handler at work; `None` elsewhere.
    pub fn context(&self) -> Option<&Context> {
        self.context.as_ref()
    }

    /// On a server, where the call comes from; `None` where the transport doesn't know, and on a client.
    pub fn peer(&self) -> Option<&Peer> {
        match self.side {
            Side::Server => self.context.as_ref()?.peer(),
            Side::Client => None,
        }
    }

    /// What layers and outer interceptors have left.
    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// What inner interceptors find, and on a server the handler in [`Context::extensions`].
    pub fn extensions_mut(&mut self) -> &mut Extensions {
        self.rewritten = true;
        &mut self.extensions
    }

    /// On a client, whether nobody on the way can read the call: over TLS, a Unix socket, or within the process. A channel
    /// over somebody else's connections ([`Channel::from_service`](crate::Channel::from_service),
    /// [`Connector`](crate::Connector)) is taken for one of TLS where its
    /// [`origin`](crate::ChannelBuilder::origin) says `https://`. On a server, always `false`.
    pub fn is_private(&self) -> bool {
        self.private
    }

    /// The request, where the client sends a single one.
    pub fn message_mut(&mut self) -> Option<&mut LazyMessage> {
        self.content.message_mut()
    }

    /// Has each request pass a function, which may change or refuse it: a single one now, those of a stream as they come.
    ///
    /// # Errors
    ///
    /// As the function says, for a single request. In a stream, its error is what the reader of the stream gets: the
    /// handler on a server; on a client, it cancels the call, which fails with it.
    pub fn map_messages<F>(&mut self, each: F) -> Result<(), Status>
    where
        F: FnMut(&mut LazyMessage) -> Result<(), Status> + Send + 'static,
    {
        self.content.map(each)
    }

    /// Puts a stream around a stream of requests: to wait, to leave some out, to add others. Does nothing where the client
    /// sends a single one.
    pub fn wrap_stream<S>(&mut self, wrap: impl FnOnce(LazyStream) -> S)
    where
        S: Stream<Item = Result<LazyMessage, Status>> + Send + 'static,
    {
        self.content.wrap(wrap);
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("side", &self.side)
            .field("method", &self.method.path)
            .field("metadata", &self.metadata)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}
