//! Where a channel stands.

use std::fmt;

/// Where a [`Channel`](crate::Channel) stands with its server: gRPC's [connectivity semantics].
///
/// ```text
///            a call comes              the server said hello
///   ┌─► Idle ───────────► Connecting ────────────────────────► Ready ─┐
///   │                         │ no connection                    ▲    │
///   │                         ▼                                  │    │
///   │                   TransientFailure ────────────────────────┘    │
///   │                         │           an attempt worked           │
///   └─────────────────────────┴───────────────────────────────────────┘
///     nobody has called for long, or the last connection has gone
/// ```
///
/// [`Channel::close`](crate::Channel::close) leads from everywhere to `Shutdown`. A channel that couldn't connect stays in
/// `TransientFailure` while it tries again, until it has a connection ([gRFC A62]).
///
/// [connectivity semantics]: https://github.com/grpc/grpc/blob/master/doc/connectivity-semantics-and-api.md
/// [gRFC A62]: https://github.com/grpc/proposal/blob/master/A62-pick-first.md
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConnectivityState {
    /// There is no connection, since nobody needs one. The next call has it made.
    Idle,
    /// The first connection is being made, and calls wait for it.
    Connecting,
    /// Calls go to the server.
    Ready,
    /// There was no connection to be had. Calls fail, but for those that
    /// [wait until the channel is ready](crate::Call::wait_for_ready); it is tried again as [`Backoff`](crate::Backoff) says.
    TransientFailure,
    /// No calls are made any more.
    Shutdown,
}

impl fmt::Display for ConnectivityState {
    /// The name in the specification: `TRANSIENT_FAILURE`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "IDLE",
            Self::Connecting => "CONNECTING",
            Self::Ready => "READY",
            Self::TransientFailure => "TRANSIENT_FAILURE",
            Self::Shutdown => "SHUTDOWN",
        })
    }
}
