//! Somebody's `tower::Service`, called from many tasks.

use std::future::{Future, poll_fn};
use std::sync::{Mutex, PoisonError};

use tower_service::Service;

use super::body::BoxError;

/// A service that each call clones: it needs not be `Sync`, and no call waits for another's.
pub(crate) struct SharedService<S>(Mutex<S>);

impl<S: Clone> SharedService<S> {
    pub(crate) fn new(service: S) -> Self {
        Self(Mutex::new(service))
    }

    /// Waits until the service is ready, and calls it.
    pub(crate) fn call<T>(
        &self,
        request: T,
    ) -> impl Future<Output = Result<S::Response, BoxError>> + use<S, T>
    where
        S: Service<T, Error: Into<BoxError>>,
    {
        let mut service = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        async move {
            poll_fn(|cx| service.poll_ready(cx))
                .await
                .map_err(Into::into)?;
            service.call(request).await.map_err(Into::into)
        }
    }
}
