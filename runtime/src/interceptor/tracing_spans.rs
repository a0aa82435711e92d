//! A span for each call.

use std::task::{Context, Poll};

use bytes::BytesMut;
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span};

use super::{Interceptor, Next, Reply, Request, Side};
use crate::call::{EncodeMessages, Framing, LazyMessage, LazyMessages, Peer, deadline_passed};
use crate::metadata::Metadata;
use crate::status::{Code, Status};

/// Puts each call into a [`tracing`] span, on either side: what handlers log belongs to it, also in a stream that they
/// return, and so do spans of calls that they make.
///
/// Its fields are those of OpenTelemetry's semantic conventions for RPC, so that `tracing-opentelemetry` makes of it what
/// others make of their calls:
///
/// | field | |
/// |---|---|
/// | `otel.name` | `routeguide.RouteGuide/GetFeature` |
/// | `otel.kind` | `server` or `client` |
/// | `rpc.system` | `grpc` |
/// | `rpc.service`, `rpc.method` | `routeguide.RouteGuide`, `GetFeature` |
/// | `network.peer.address`, `network.peer.port` | on a server over TCP, who calls |
/// | `rpc.grpc.status_code` | the number of the code, when the call is over |
/// | `otel.status_code`, `otel.status_description` | `ERROR` and the status, for all codes but OK on a client; on a server for those that are its own fault |
///
/// The span is called `rpc`, has the level `INFO`, and ends with the call: what took how long is for subscribers to measure.
/// Where a call is given up, its code is CANCELLED or DEADLINE_EXCEEDED.
///
/// ```
/// use traitwire::interceptor::TracingSpans;
/// use traitwire::{Channel, Server};
///
/// let server = Server::new().intercept(TracingSpans::new());
/// # fn example(channel: Channel) {
/// let channel = channel.intercept(TracingSpans::new());
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TracingSpans(());

impl TracingSpans {
    /// For either side.
    pub fn new() -> Self {
        Self(())
    }
}

impl Interceptor for TracingSpans {
    async fn intercept(&self, request: Request, next: Next<'_>) -> Result<Reply, Status> {
        let span = span(&request);
        let mut outcome = Outcome {
            span: span.clone(),
            side: request.side(),
            deadline: request.deadline,
            known: false,
        };
        match next.run(request).instrument(span.clone()).await {
            Ok(mut reply) => {
                reply.replace_stream(|messages| InSpan { messages, span });
                reply.on_end(move |end| outcome.is(end.as_ref().err()));
                Ok(reply)
            }
            Err(status) => {
                outcome.is(Some(&status));
                Err(status)
            }
        }
    }
}

fn span(request: &Request) -> Span {
    let span = info_span!(
        "rpc",
        otel.name = request.path().trim_start_matches('/'),
        otel.kind = match request.side() {
            Side::Client => "client",
            Side::Server => "server",
        },
        rpc.system = "grpc",
        rpc.service = request.service(),
        rpc.method = request.method().name,
        network.peer.address = Empty,
        network.peer.port = Empty,
        rpc.grpc.status_code = Empty,
        otel.status_code = Empty,
        otel.status_description = Empty,
    );
    if let Some(Peer::Tcp(peer)) = request.peer() {
        span.record("network.peer.address", tracing::field::display(peer.ip()));
        span.record("network.peer.port", peer.port());
    }
    span
}

/// How a call ends, for its span.
struct Outcome {
    span: Span,
    side: Side,
    deadline: Option<Instant>,
    known: bool,
}

impl Outcome {
    fn is(&mut self, status: Option<&Status>) {
        self.known = true;
        let code = status.map_or(Code::Ok, Status::code);
        self.span.record("rpc.grpc.status_code", code.number());
        if let Some(status) = status
            && (self.side == Side::Client || is_the_servers_fault(code))
        {
            self.span.record("otel.status_code", "ERROR");
            let description = tracing::field::display(status);
            self.span.record("otel.status_description", description);
        }
    }
}

impl Drop for Outcome {
    /// Before there is an answer: nobody waits for it any more.
    fn drop(&mut self) {
        if self.known {
            return;
        }
        let late = |deadline| deadline <= Instant::now();
        self.is(Some(&match self.deadline {
            Some(deadline) if late(deadline) => deadline_passed(),
            _ => Status::cancelled("nobody waits for the call any more"),
        }));
    }
}

/// As OpenTelemetry has it ("Semantic conventions for gRPC", "gRPC Status").
fn is_the_servers_fault(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}

/// Messages whose code belongs to a span.
struct InSpan<S> {
    messages: S,
    span: Span,
}

impl LazyMessages for InSpan<Box<dyn LazyMessages>> {
    fn poll_lazy(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<LazyMessage, Status>>> {
        let _entered = self.span.enter();
        self.messages.poll_lazy(cx)
    }

    fn take_trailers(&mut self) -> Option<Metadata> {
        self.messages.take_trailers()
    }

    fn into_encode(self: Box<Self>) -> Box<dyn EncodeMessages> {
        Box::new(InSpan {
            messages: self.messages.into_encode(),
            span: self.span,
        })
    }
}

impl EncodeMessages for InSpan<Box<dyn EncodeMessages>> {
    fn poll_encode(
        &mut self,
        cx: &mut Context<'_>,
        framing: Framing,
        out: &mut BytesMut,
        enough: usize,
    ) -> Poll<Option<Result<(), Status>>> {
        let _entered = self.span.enter();
        self.messages.poll_encode(cx, framing, out, enough)
    }
}
