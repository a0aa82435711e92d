//! Calls that don't wait for ever.

use std::time::Duration;

use super::{Interceptor, Next, Reply, Request};
use crate::status::Status;

/// Gives calls a deadline where they have none, or a nearer one.
///
/// On a client, the server is told of it; on a server, the handler, and the calls that it makes. When the time is up, the
/// call ends with DEADLINE_EXCEEDED, and its handler is dropped. For a stream, the time counts to its end.
///
/// ```
/// use std::time::Duration;
/// use traitwire::interceptor::DefaultTimeout;
/// use traitwire::{Channel, Server};
///
/// # fn example(channel: Channel) {
/// // Calls that don't say how long they wait, wait for ten seconds.
/// let channel = channel.intercept(DefaultTimeout::new(Duration::from_secs(10)));
/// # }
/// // No call takes longer than a minute, whatever its client wants.
/// let server = Server::new().intercept(DefaultTimeout::at_most(Duration::from_secs(60)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DefaultTimeout {
    default: Duration,
    max: Duration,
}

impl DefaultTimeout {
    /// For calls that have no deadline.
    pub fn new(timeout: Duration) -> Self {
        Self {
            default: timeout,
            max: Duration::MAX,
        }
    }

    /// For all calls: an earlier deadline stays, a later one doesn't.
    pub fn at_most(timeout: Duration) -> Self {
        Self {
            default: timeout,
            max: timeout,
        }
    }
}

impl Interceptor for DefaultTimeout {
    async fn intercept(&self, mut request: Request, next: Next<'_>) -> Result<Reply, Status> {
        request.limit_time(match request.deadline() {
            None => self.default,
            Some(_) => self.max,
        });
        next.run(request).await
    }
}
