//! Where a channel stands, as its user sees it.

use std::fmt;

use tokio::sync::watch;

use super::life::Life;

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

/// Tells of the changes of a channel's state; from [`Channel::watch_state`](crate::Channel::watch_state).
///
/// It doesn't keep the channel, nor its connections.
#[derive(Clone)]
pub struct StateWatch {
    life: watch::Receiver<Life>,
    seen: ConnectivityState,
}

impl StateWatch {
    pub(super) fn new(life: watch::Receiver<Life>) -> Self {
        let seen = life.borrow().state();
        Self { life, seen }
    }

    /// The state that it has told of last; in the beginning, the channel's state when it was made.
    pub fn state(&self) -> ConnectivityState {
        self.seen
    }

    /// Waits until the channel is in another state than [`state`](Self::state), and returns that; `None` when no other one
    /// comes: the channel is shut down, or nobody has it any more.
    ///
    /// Who looks rarely sees the latest state, not those that the channel went through meanwhile.
    ///
    /// # Cancellation
    ///
    /// Dropping the future loses no change.
    pub async fn changed(&mut self) -> Option<ConnectivityState> {
        if self.seen == ConnectivityState::Shutdown {
            return None;
        }
        let seen = self.seen;
        let changed = self.life.wait_for(|life| life.state() != seen).await;
        self.seen = changed.ok()?.state();
        Some(self.seen)
    }
}

impl fmt::Debug for StateWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateWatch")
            .field("state", &self.seen)
            .finish_non_exhaustive()
    }
}
