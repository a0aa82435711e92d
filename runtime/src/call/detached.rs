//! Handlers that go on when nobody waits for their answer: `#[rpc(detached)]`.

use std::future::Future;

use super::ambient::Ambient;
use super::dispatch::panicked;
use crate::deadline;
use crate::schema::MethodDescriptor;
use crate::status::Status;

/// Runs a handler in a task of its own. Dropping this future leaves it alone; `running` lives as long as it runs.
pub(crate) async fn detached<F, T>(
    handler: F,
    ambient: Ambient,
    method: &'static MethodDescriptor,
    running: impl Send + 'static,
) -> Result<T, Status>
where
    F: Future<Output = Result<T, Status>> + Send + 'static,
    T: Send + 'static,
{
    let (theirs, ours) = ambient.detach();
    let handler = theirs.within(handler);
    let task = deadline::runtime().spawn(async move {
        let result = handler.await;
        drop(running);
        result
    });
    match ours.within(task).await {
        Ok(result) => result,
        Err(error) if error.is_panic() => Err(panicked(method)),
        // Its runtime is going.
        Err(_) => Err(Status::unavailable("the server is shutting down")),
    }
}
