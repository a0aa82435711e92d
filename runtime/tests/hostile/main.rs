//! Peers that mean harm, against whole servers and whole clients: what they make us hold is measured, and what they make us
//! do is counted. `SECURITY.md` names these tests.
//!
//! They stand in a program of their own, since memory is measured for all of it: one test at a time ([`Alone`]).

mod on_clients;
mod on_servers;
mod security;
mod ways;

#[allow(dead_code, reason = "the suite's, of which these tests need a part")]
#[path = "../suite"]
mod suite {
    #[cfg(feature = "tls")]
    pub mod authority;
    pub mod calculator;
    pub mod raw;
    pub mod raw_peer;
}

use peak_alloc::PeakAlloc;
use tokio::sync::{Mutex, MutexGuard};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The test that runs. Its memory is that of the program.
struct Alone {
    _others_wait: MutexGuard<'static, ()>,
}

impl Alone {
    async fn new() -> Self {
        static ALONE: Mutex<()> = Mutex::const_new(());
        Self {
            _others_wait: ALONE.lock().await,
        }
    }

    /// The most bytes that were held at a time while `doing` it, beyond those that were held before.
    async fn held<T>(&self, doing: impl Future<Output = T>) -> (T, usize) {
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let done = doing.await;
        (done, MEMORY.peak_usage().saturating_sub(before))
    }
}
