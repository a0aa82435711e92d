//! What a handler knows of the call beside the message.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use http::{Extensions, HeaderMap};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::peer::{Caller, Peer};
#[cfg(feature = "tls")]
use super::tls_info::{PeerIdentity, TlsInfo};
use crate::deadline;
use crate::metadata::{InvalidMetadata, Metadata};
use crate::schema::MethodDescriptor;

/// The circumstances of a call: what grpc calls the server context.
///
/// A method that takes one as its last argument learns who calls and until when, and sends metadata of its own:
///
/// ```
/// # use traitwire::{Context, Status};
/// async fn say_hello(cx: Context) -> Result<(), Status> {
///     let user = cx.metadata().get("x-user").unwrap_or("nobody");
///     cx.add_trailing_metadata("x-served", user)?;
///     Ok(())
/// }
/// ```
///
/// Passed to a client's method, it carries deadline and cancellation on (not metadata). Where there is no call to carry
/// on, [`Context::new`] is the empty one.
///
/// Cheap to clone; all clones speak of the same call.
#[derive(Clone)]
pub struct Context {
    call: Arc<CallState>,
    /// Apart, as few have any, and every call that waits holds this.
    changes: Option<Arc<Changes>>,
}

/// What somebody says of the call, in the place of what came.
struct Changes {
    /// Not later than that of the call.
    deadline: Option<Instant>,
    rewritten: Option<Arc<Rewritten>>,
}

/// What interceptors have made of the request.
struct Rewritten {
    metadata: Metadata,
    extensions: Extensions,
}

impl Context {
    /// A context without deadline and metadata that nobody cancels.
    pub fn new() -> Self {
        Self::of_call(CallHead::default())
    }

    pub(crate) fn of_call(head: CallHead) -> Self {
        Self {
            changes: None,
            call: Arc::new(CallState {
                head,
                metadata: OnceLock::new(),
                over: AtomicU8::new(0),
                request_compressed: AtomicBool::new(false),
                response_uncompressed: AtomicBool::new(false),
                ended: Notify::new(),
                response: Mutex::default(),
            }),
        }
    }

    /// What the client sent beside the request. Read from the headers when first asked for.
    pub fn metadata(&self) -> &Metadata {
        if let Some(rewritten) = self.rewritten() {
            return &rewritten.metadata;
        }
        match &self.call.head.metadata {
            MetadataSource::Ready(metadata) => metadata,
            MetadataSource::Headers(headers) => {
                let read = || Metadata::from_headers(headers);
                self.call.metadata.get_or_init(read)
            }
            MetadataSource::None => self.call.metadata.get_or_init(Metadata::new),
        }
    }

    /// The method that is called; `None` outside a call.
    pub fn method(&self) -> Option<&'static MethodDescriptor> {
        self.call.head.method
    }

    /// Until when the caller waits; `None` for ever.
    pub fn deadline(&self) -> Option<std::time::Instant> {
        self.deadline_instant().map(Instant::into_std)
    }

    /// As [`deadline`](Self::deadline), on the clock that tests can move.
    pub(crate) fn deadline_instant(&self) -> Option<Instant> {
        match &self.changes {
            Some(changes) => changes.deadline,
            None => self.call.head.deadline,
        }
    }

    /// How much time is left; zero when none is, `None` if the caller waits for ever.
    pub fn time_remaining(&self) -> Option<Duration> {
        let deadline = self.deadline_instant()?;
        Some(deadline.saturating_duration_since(Instant::now()))
    }

    /// The same call with less time: at most `timeout` from now, and no more than there is.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        self.with_deadline(deadline::from_now(timeout))
    }

    /// The same call with less time.
    pub(crate) fn with_deadline(&self, deadline: Option<Instant>) -> Self {
        let rewritten = self.rewritten().cloned();
        self.changed(
            deadline::earlier(self.deadline_instant(), deadline),
            rewritten,
        )
    }

    /// The same call, as interceptors have changed it.
    pub(crate) fn with_request(&self, metadata: Metadata, extensions: Extensions) -> Self {
        let rewritten = Rewritten {
            metadata,
            extensions,
        };
        self.changed(self.deadline_instant(), Some(Arc::new(rewritten)))
    }

    fn changed(&self, deadline: Option<Instant>, rewritten: Option<Arc<Rewritten>>) -> Self {
        Self {
            call: Arc::clone(&self.call),
            changes: Some(Arc::new(Changes {
                deadline,
                rewritten,
            })),
        }
    }

    fn rewritten(&self) -> Option<&Arc<Rewritten>> {
        self.changes.as_ref()?.rewritten.as_ref()
    }

    /// Waits until nobody waits for the answer any more: the client cancelled or is gone, the deadline passed, or the
    /// call is over. Says which of these it was.
    ///
    /// A handler is dropped in all these cases, unless its method is `detached`; what needs to hear of it is a task the
    /// handler started.
    ///
    /// # Cancellation
    ///
    /// Dropping the future changes nothing.
    pub async fn cancelled(&self) -> Cancelled {
        let mut ended = pin!(self.ended());
        let mut sleep = pin!(self.deadline_instant().map(deadline::sleep_until));
        let reason = poll_fn(|cx| {
            // First, as the call may well have ended of it.
            if let Some(sleep) = sleep.as_mut().as_pin_mut()
                && sleep.poll(cx).is_ready()
            {
                return Poll::Ready(CancelReason::DeadlineExceeded);
            }
            ended.as_mut().poll(cx)
        })
        .await;
        Cancelled { reason }
    }

    /// Waits until the call is over, whatever its deadline.
    pub(crate) async fn ended(&self) -> CancelReason {
        loop {
            let mut ended = pin!(self.call.ended.notified());
            ended.as_mut().enable();
            match self.call.over() {
                Some(reason) => return reason,
                None => ended.await,
            }
        }
    }

    /// Whether [`cancelled`](Self::cancelled) would return at once.
    pub fn is_cancelled(&self) -> bool {
        self.call.over().is_some()
            || self
                .deadline_instant()
                .is_some_and(|deadline| deadline <= Instant::now())
    }

    /// Ends the call for everybody who holds the context. What is said first counts.
    pub(crate) fn end(&self, reason: CancelReason) {
        let over = &self.call.over;
        let said = over.compare_exchange(0, reason as u8, Ordering::AcqRel, Ordering::Acquire);
        if said.is_ok() {
            self.call.ended.notify_waiters();
        }
    }

    /// Where the call comes from; `None` where the transport doesn't know.
    pub fn peer(&self) -> Option<&Peer> {
        Some(&self.call.head.peer.as_ref()?.peer)
    }

    /// What TLS says of the connection that the call came on; `None` without TLS.
    ///
    /// Layers find the same in `http::Request::extensions`, where [`RoutesService`](crate::RoutesService) reads it.
    #[cfg(feature = "tls")]
    pub fn tls(&self) -> Option<&TlsInfo> {
        self.call.head.peer.as_ref()?.tls.as_ref()
    }

    /// Who the client has proved to be, by a certificate (mTLS); `None` if it showed none.
    ///
    /// A server asks for it with [`ServerTls::require_client_certificates`](crate::ServerTls::require_client_certificates).
    ///
    /// ```
    /// # use traitwire::{Context, Status};
    /// fn check_is_billing(cx: &Context) -> Result<(), Status> {
    ///     match cx.peer_identity().and_then(|peer| peer.spiffe_id()) {
    ///         Some("spiffe://guide.example/billing") => Ok(()),
    ///         _ => Err(Status::permission_denied("only billing may do this")),
    ///     }
    /// }
    /// ```
    #[cfg(feature = "tls")]
    pub fn peer_identity(&self) -> Option<&PeerIdentity> {
        self.tls()?.peer_identity()
    }

    /// What layers and interceptors in front of the service left for it (`http::Request::extensions`,
    /// [`interceptor::Request::extensions_mut`](crate::interceptor::Request::extensions_mut)).
    pub fn extensions(&self) -> &Extensions {
        match self.rewritten() {
            Some(rewritten) => &rewritten.extensions,
            None => &self.call.head.extensions,
        }
    }

    /// Adds to the metadata that leaves before the first message: with a single answer, with the head of a stream when
    /// the handler returns it, or when [`send_initial_metadata`](Self::send_initial_metadata) says so.
    ///
    /// # Errors
    ///
    /// If key or value can't be metadata, or it has left already.
    pub fn add_initial_metadata(
        &self,
        key: impl AsRef<str>,
        value: impl AsRef<[u8]>,
    ) -> Result<(), InvalidMetadata> {
        let mut response = self.call.response();
        if response.sent {
            return Err(InvalidMetadata::TooLate {
                key: key.as_ref().to_owned(),
            });
        }
        response.initial.append(key, value)
    }

    /// Sends the initial metadata now, before the handler returns. Does nothing if it has left.
    ///
    /// Without it, a call that fails before its first message has no initial metadata: what was added is sent with the
    /// status.
    pub fn send_initial_metadata(&self) {
        let mut response = self.call.response();
        response.send_now = true;
        if let Some(waker) = response.waker.take() {
            waker.wake();
        }
    }

    /// Adds to the metadata that is sent with the status, whatever it is.
    ///
    /// # Errors
    ///
    /// If key or value can't be metadata.
    pub fn add_trailing_metadata(
        &self,
        key: impl AsRef<str>,
        value: impl AsRef<[u8]>,
    ) -> Result<(), InvalidMetadata> {
        self.call.response().trailing.append(key, value)
    }

    /// Whether the request came compressed, where the method takes a single one.
    ///
    /// In a stream of requests, that is for each to say: [`Streaming::was_compressed`](crate::Streaming::was_compressed).
    pub fn was_compressed(&self) -> bool {
        self.call.request_compressed.load(Ordering::Relaxed)
    }

    pub(crate) fn set_request_compressed(&self, compressed: bool) {
        let request = &self.call.request_compressed;
        request.store(compressed, Ordering::Relaxed);
    }

    /// Has the messages of the response sent as they are from now on, or compressed again: the response is compressed
    /// where the server was told to ([`Server::send_compressed`](crate::Server::send_compressed)) and the client takes it.
    /// A single message of a stream is exempted by [`MaybeCompressed`](crate::MaybeCompressed).
    pub fn compress_response(&self, compress: bool) {
        let uncompressed = &self.call.response_uncompressed;
        uncompressed.store(!compress, Ordering::Relaxed);
    }

    pub(crate) fn compresses_response(&self) -> bool {
        !self.call.response_uncompressed.load(Ordering::Relaxed)
    }

    /// Ready once the handler wants the initial metadata sent, before it has a message or a status.
    pub(crate) fn poll_send_initial(&self, cx: &mut std::task::Context<'_>) -> Poll<()> {
        let mut response = self.call.response();
        if response.send_now && !response.sent {
            return Poll::Ready(());
        }
        response.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Whether the handler wants the initial metadata sent by itself, even if nothing but a status follows.
    pub(crate) fn wants_head(&self) -> bool {
        self.call.response().send_now
    }

    /// The initial metadata, which leaves now.
    pub(crate) fn take_initial(&self) -> Metadata {
        let mut response = self.call.response();
        response.sent = true;
        std::mem::take(&mut response.initial)
    }

    /// What the handler has set and no transport has taken, for interceptors to see.
    pub(crate) fn take_response(&self) -> (Metadata, Metadata) {
        let mut response = self.call.response();
        let response = &mut *response;
        (
            std::mem::take(&mut response.initial),
            std::mem::take(&mut response.trailing),
        )
    }

    /// Adds to what leaves. What comes too late for the initial metadata is lost.
    pub(crate) fn extend_response(&self, initial: Metadata, trailing: Metadata) {
        let mut response = self.call.response();
        if !response.sent {
            response.initial.extend(initial);
        }
        response.trailing.extend(trailing);
    }

    /// The trailing metadata, which leaves now.
    pub(crate) fn take_trailing(&self) -> Metadata {
        std::mem::take(&mut self.call.response().trailing)
    }
}

impl Default for Context {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("method", &self.method().map(|method| method.path))
            .field("deadline", &self.deadline_instant())
            .field("peer", &self.peer())
            .field("cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}

/// Nobody waits for the answer of the call any more.
#[derive(Clone, Copy, Debug)]
pub struct Cancelled {
    reason: CancelReason,
}

impl Cancelled {
    /// Why not.
    pub fn reason(self) -> CancelReason {
        self.reason
    }
}

/// Why nobody waits for the answer of a call any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum CancelReason {
    /// The handler has answered, and all of the answer is on its way.
    Answered = 1,
    /// The client doesn't want it any more. Over somebody else's HTTP/2, which doesn't tell more, also for a connection that
    /// is lost.
    Client = 2,
    /// The time is up.
    DeadlineExceeded = 3,
    /// The connection to the client is lost.
    ConnectionLost = 4,
    /// The server doesn't wait for its calls any more.
    ShuttingDown = 5,
}

impl CancelReason {
    const ALL: [Self; 5] = [
        Self::Answered,
        Self::Client,
        Self::DeadlineExceeded,
        Self::ConnectionLost,
        Self::ShuttingDown,
    ];
}

impl fmt::Display for CancelReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answered => "the call is answered",
            Self::Client => "the client gave the call up",
            Self::DeadlineExceeded => "the deadline passed",
            Self::ConnectionLost => "the connection to the client is lost",
            Self::ShuttingDown => "the server is shutting down",
        })
    }
}

/// What a transport knows of a call before its first message.
#[derive(Default)]
pub(crate) struct CallHead {
    pub(crate) method: Option<&'static MethodDescriptor>,
    pub(crate) metadata: MetadataSource,
    pub(crate) deadline: Option<Instant>,
    pub(crate) peer: Option<Caller>,
    pub(crate) extensions: Extensions,
}

/// Metadata as the transport has it; turned into [`Metadata`] when somebody asks.
#[derive(Default)]
pub(crate) enum MetadataSource {
    #[default]
    None,
    Headers(HeaderMap),
    Ready(Metadata),
}

impl MetadataSource {
    pub(crate) fn into_metadata(self) -> Metadata {
        match self {
            Self::None => Metadata::new(),
            Self::Headers(headers) => Metadata::from_headers(&headers),
            Self::Ready(metadata) => metadata,
        }
    }
}

/// Ends the call for everybody who holds its [`Context`] when it is dropped: kept by the transport.
pub struct CallGuard(Context);

impl CallGuard {
    pub(crate) fn new(context: &Context) -> Self {
        Self(context.clone())
    }

    pub(crate) fn context(&self) -> &Context {
        &self.0
    }

    /// The handler has answered, or run out of time.
    pub(crate) fn finish(&self) {
        let late = |deadline| deadline <= Instant::now();
        self.0.end(match self.0.call.head.deadline {
            Some(deadline) if late(deadline) => CancelReason::DeadlineExceeded,
            _ => CancelReason::Answered,
        });
    }
}

impl Drop for CallGuard {
    fn drop(&mut self) {
        self.finish();
    }
}

struct CallState {
    head: CallHead,
    metadata: OnceLock<Metadata>,
    /// A [`CancelReason`], or 0.
    over: AtomicU8,
    request_compressed: AtomicBool,
    response_uncompressed: AtomicBool,
    ended: Notify,
    response: Mutex<ResponseMetadata>,
}

impl CallState {
    fn over(&self) -> Option<CancelReason> {
        let number = self.over.load(Ordering::Acquire);
        let mut all = CancelReason::ALL.into_iter();
        all.find(|reason| *reason as u8 == number)
    }

    fn response(&self) -> MutexGuard<'_, ResponseMetadata> {
        self.response.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the handler adds to the response.
#[derive(Default)]
struct ResponseMetadata {
    initial: Metadata,
    send_now: bool,
    sent: bool,
    trailing: Metadata,
    /// The transport's, while it waits for the handler.
    waker: Option<Waker>,
}
