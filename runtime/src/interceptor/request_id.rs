//! One name for all that is done for one request, on however many servers.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::{Interceptor, Next, Reply, Request, Side};
use crate::call::Context;
use crate::status::Status;

/// Gives calls an id, in the metadata `x-request-id`, and hands it on.
///
/// * On a server, an id that comes with a call is taken over, and made where none comes, or one that is no id: up to 128
///   printable ASCII characters without blanks. It is a [`RequestId`] in
///   [`Context::extensions`](crate::Context::extensions), and goes back to the caller, with an error too.
/// * On a client, a call that has none gets that of the call that it is made in, where a server's `RequestIds` has left
///   one, and a new one elsewhere.
///
/// An id is a peer's word: it says which lines of a log belong together, and nothing else.
///
/// ```
/// use traitwire::interceptor::{RequestId, RequestIds};
/// use traitwire::{Context, Server};
/// # use traitwire::{Channel, Status, grpc_service};
/// # #[grpc_service(package = "guide")]
/// # trait Guide { async fn ping(&self, cx: Context) -> Result<(), Status>; }
/// # struct MyGuide { stock: Channel }
///
/// impl Guide for MyGuide {
///     async fn ping(&self, cx: Context) -> Result<(), Status> {
///         println!("{:?}", cx.extensions().get::<RequestId>());
/// #       let _ = &self.stock;
///         Ok(())
///     }
/// }
///
/// # fn example(stock: Channel) {
/// // Calls that the handler makes through this channel have the id of the call that it handles.
/// let guide = MyGuide { stock: stock.intercept(RequestIds::new()) };
/// let server = Server::new().add(GuideServer::new(guide)).intercept(RequestIds::new());
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestIds(());

impl RequestIds {
    /// For either side.
    pub fn new() -> Self {
        Self(())
    }
}

impl Interceptor for RequestIds {
    async fn intercept(&self, mut request: Request, next: Next<'_>) -> Result<Reply, Status> {
        let given = request.metadata().get(KEY);
        let id = match request.side() {
            Side::Server => given.and_then(RequestId::parse),
            Side::Client => match given {
                // What the caller has chosen is the caller's business.
                Some(_) => return next.run(request).await,
                None => request.context().and_then(RequestId::of),
            },
        };
        let id = id.unwrap_or_else(RequestId::random);
        request.metadata_mut().insert(KEY, id.as_str())?;
        request.extensions_mut().insert(id.clone());
        if request.side() == Side::Client {
            return next.run(request).await;
        }
        match next.run(request).await {
            Ok(mut reply) => {
                reply.headers_mut().insert(KEY, id.as_str())?;
                Ok(reply)
            }
            Err(mut status) => {
                status.metadata_mut().insert(KEY, id.as_str())?;
                Err(status)
            }
        }
    }
}

/// The id of a request; see [`RequestIds`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// A new one: 32 hexadecimal digits that no other request is likely to have.
    pub fn random() -> Self {
        /// Hash maps are seeded at random.
        static SEED: OnceLock<[RandomState; 2]> = OnceLock::new();
        static MADE: AtomicU64 = AtomicU64::new(0);
        let made = MADE.fetch_add(1, Ordering::Relaxed);
        let seed = SEED.get_or_init(|| [RandomState::new(), RandomState::new()]);
        let [high, low] = seed.each_ref().map(|seed| seed.hash_one(made));
        Self(format!("{high:016x}{low:016x}").into())
    }

    /// That of a call which a server's [`RequestIds`] has seen.
    pub fn of(context: &Context) -> Option<Self> {
        context.extensions().get().cloned()
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(text: &str) -> Option<Self> {
        let fits = (1..=MAX_LEN).contains(&text.len());
        let valid = fits && text.bytes().all(|byte| byte.is_ascii_graphic());
        valid.then(|| Self(text.into()))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

const KEY: &str = "x-request-id";

/// Longer ones would fill a log.
const MAX_LEN: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_ids_differ_and_are_ids() {
        let (one, other) = (RequestId::random(), RequestId::random());
        assert_ne!(one, other);
        assert_eq!(one.as_str().len(), 32);
        assert_eq!(RequestId::parse(one.as_str()), Some(one));
    }

    #[test]
    fn what_would_spoil_a_log_is_no_id() {
        assert!(RequestId::parse(&"x".repeat(128)).is_some());
        for text in ["", "a b", "ü", "a\tb", &"x".repeat(129)] {
            assert_eq!(RequestId::parse(text), None, "{text:?}");
        }
    }
}
