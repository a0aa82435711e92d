//! How a channel's user hears where it stands.

use std::fmt;

use tokio::sync::watch;

use super::life::Life;
pub use crate::connectivity::ConnectivityState;

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
