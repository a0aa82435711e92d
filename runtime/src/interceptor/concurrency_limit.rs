//! No more calls at a time than there is room for.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Interceptor, Next, Reply, Request};
use crate::status::Status;

/// Lets so many calls go on at a time; some more may wait for their turn, and the rest is refused at once with
/// RESOURCE_EXHAUSTED, as long as the server can still say so.
///
/// A call counts until its answer is complete; that of a stream is with its last message, or when nobody reads it any more.
/// Those that wait take their turns in order, and leave when their deadline passes or their client does.
///
/// Clones share one limit.
///
/// ```
/// use traitwire::Server;
/// use traitwire::interceptor::ConcurrencyLimit;
///
/// let server = Server::new()
///     .intercept(ConcurrencyLimit::new(1000).waiting(200))
///     // Reports are expensive.
///     .intercept(ConcurrencyLimit::new(4).only(["/guide.v1.Guide/Report", "/guide.v1.Guide/Export"]));
/// ```
#[derive(Clone, Debug)]
pub struct ConcurrencyLimit {
    calls: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    max_calls: usize,
    /// Paths of methods; `None` for all.
    methods: Option<Arc<[String]>>,
}

impl ConcurrencyLimit {
    /// At most so many calls at a time, and none that waits.
    pub fn new(max_calls: usize) -> Self {
        let max_calls = max_calls.min(Semaphore::MAX_PERMITS);
        Self {
            calls: Arc::new(Semaphore::new(max_calls)),
            waiting: Arc::new(Semaphore::new(0)),
            max_calls,
            methods: None,
        }
    }

    /// Lets so many calls wait for their turn.
    #[must_use]
    pub fn waiting(mut self, calls: usize) -> Self {
        self.waiting = Arc::new(Semaphore::new(calls.min(Semaphore::MAX_PERMITS)));
        self
    }

    /// Counts, and limits, calls of these methods only, all of them together: HTTP paths such as
    /// `/routeguide.RouteGuide/GetFeature`.
    #[must_use]
    pub fn only<P: Into<String>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.methods = Some(paths.into_iter().map(Into::into).collect());
        self
    }

    fn counts(&self, path: &str) -> bool {
        match &self.methods {
            Some(methods) => methods.iter().any(|method| method == path),
            None => true,
        }
    }

    /// Waits for the turn of a call, if it may.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, Status> {
        if let Ok(turn) = Arc::clone(&self.calls).try_acquire_owned() {
            return Ok(turn);
        }
        let Ok(_place) = self.waiting.try_acquire() else {
            return Err(self.refusal());
        };
        let turn = Arc::clone(&self.calls).acquire_owned().await;
        turn.map_err(|_| self.refusal())
    }

    #[cold]
    fn refusal(&self) -> Status {
        let max = self.max_calls;
        Status::resource_exhausted(format!("there are {max} calls at work already"))
    }
}

impl Interceptor for ConcurrencyLimit {
    async fn intercept(&self, request: Request, next: Next<'_>) -> Result<Reply, Status> {
        if !self.counts(request.path()) {
            return next.run(request).await;
        }
        let turn = self.turn().await?;
        let mut reply = next.run(request).await?;
        reply.on_end(move |_| drop(turn));
        Ok(reply)
    }
}
