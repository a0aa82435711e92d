//! What a connection holds for its peer, beside messages that arrive.

use std::sync::Arc;

use traitwire_engine::Connection;

use crate::call::{Account, Charge};
use crate::status::Status;

/// Data that nobody has read, and data that the peer doesn't read.
pub(super) struct Held(Charge);

impl Held {
    pub(super) fn new(account: Option<Arc<Account>>) -> Self {
        Self(Charge::new(account))
    }

    /// Whom messages that arrive are charged to.
    pub(super) fn account(&self) -> Option<Arc<Account>> {
        self.0.account()
    }

    /// Counts what is held now, and lets the peer send as much as there is room for.
    #[inline]
    pub(super) fn count<H: Clone>(&mut self, http2: &mut Connection<H>) {
        if !self.0.is_counted() {
            return;
        }
        let received = http2.held();
        let to_send = http2.queued_in_all() + http2.output().len();
        let bytes = received + to_send;
        // A few bytes of a write that didn't leave at once aren't worth agreeing on.
        let bytes = if bytes > UNCHARGED { bytes } else { 0 };
        if bytes != self.0.bytes() {
            self.0.set(bytes);
            http2.limit_held(self.0.room().saturating_sub(to_send));
        }
    }

    /// Whether there is room for a message of this length that has to wait: who asks for many and reads none makes us hold
    /// them all.
    pub(super) fn check<H: Clone>(
        &mut self,
        http2: &mut Connection<H>,
        len: usize,
    ) -> Result<(), Status> {
        // What was done since it was counted last, too.
        self.count(http2);
        self.0
            .check_more(len)
            .map_err(|exceeded| Status::resource_exhausted(format!("response: {exceeded}")))
    }
}

/// Bytes that aren't worth counting.
const UNCHARGED: usize = 16 * 1024;
