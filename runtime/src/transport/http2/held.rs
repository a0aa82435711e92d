//! What a connection holds for its peer, beside messages that arrive.

use std::sync::Arc;

use traitwire_engine::Connection;

use crate::call::{Account, Charge, Quotas};
use crate::status::Status;

/// Data that nobody has read, and data that the peer doesn't read.
pub(super) struct Held {
    charge: Charge,
    /// Where there is no account before something is held: most connections never need one.
    quotas: Option<Arc<Quotas>>,
}

impl Held {
    /// Charged to an account, if there is one.
    pub(super) fn new(account: Option<Arc<Account>>) -> Self {
        Self {
            charge: Charge::new(account),
            quotas: None,
        }
    }

    /// Charged to an account of its own.
    pub(super) fn within(quotas: Arc<Quotas>) -> Self {
        Self {
            charge: Charge::default(),
            quotas: Some(quotas),
        }
    }

    /// Whom messages that arrive are charged to.
    pub(super) fn account(&mut self) -> Option<Arc<Account>> {
        if let Some(quotas) = self.quotas.take() {
            self.charge = Charge::new(Some(quotas.account()));
        }
        self.charge.account().cloned()
    }

    /// Counts what is held now, and lets the peer send as much as there is room for.
    #[inline]
    pub(super) fn count<H: Clone>(&mut self, http2: &mut Connection<H>) {
        let bytes = http2.held() + http2.queued_in_all() + http2.output().len();
        // A few bytes of a write that didn't leave at once aren't worth agreeing on.
        let bytes = if bytes > UNCHARGED { bytes } else { 0 };
        if bytes != self.charge.bytes() {
            self.change(bytes, http2);
        }
    }

    fn change<H: Clone>(&mut self, bytes: usize, http2: &mut Connection<H>) {
        if self.account().is_some() {
            self.charge.set(bytes);
            let to_send = bytes.saturating_sub(http2.held());
            http2.limit_held(self.charge.room().saturating_sub(to_send));
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
        self.charge
            .check_more(len)
            .map_err(|exceeded| Status::resource_exhausted(format!("response: {exceeded}")))
    }
}

/// Bytes that aren't worth counting.
const UNCHARGED: usize = 16 * 1024;
