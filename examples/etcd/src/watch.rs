//! Being told what becomes of keys.

use traitwire::{Enumeration, Message, OneOf, Status, Streaming, grpc_service};

use crate::{KeyValue, ResponseHeader};

/// Tells what becomes of keys.
#[grpc_service(package = "etcdserverpb")]
pub trait Watch {
    /// Starts and ends watchers, as the requests say, and tells all events of all of them.
    ///
    /// They begin with the next event, or with any in the past that the store still knows.
    async fn watch(
        &self,
        requests: Streaming<WatchRequest>,
    ) -> Result<Streaming<WatchResponse>, Status>;
}

/// What to do with a watcher.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct WatchRequest {
    /// What it is.
    #[proto(oneof)]
    pub request_union: Option<RequestUnion>,
}

/// The things to do with watchers.
#[derive(Clone, Debug, PartialEq, OneOf)]
pub enum RequestUnion {
    /// Start one.
    #[proto(1, name = "create_request")]
    Create(WatchCreateRequest),
    /// End one.
    #[proto(2, name = "cancel_request")]
    Cancel(WatchCancelRequest),
    /// Tell how far all have come.
    #[proto(3, name = "progress_request")]
    Progress(WatchProgressRequest),
}

impl From<RequestUnion> for WatchRequest {
    fn from(request: RequestUnion) -> Self {
        Self {
            request_union: Some(request),
        }
    }
}

/// What to watch.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct WatchCreateRequest {
    /// The key, or the first one of the range.
    #[proto(1)]
    pub key: Vec<u8>,
    /// The key behind the last one of the range, see [`prefix_end`](crate::prefix_end).
    #[proto(2)]
    pub range_end: Vec<u8>,
    /// The revision of the first event, or zero for the next one.
    #[proto(3)]
    pub start_revision: i64,
    /// Whether to be told now and then that nothing has happened.
    #[proto(4)]
    pub progress_notify: bool,
    /// Which events are of no interest.
    #[proto(5)]
    pub filters: Vec<FilterType>,
    /// Whether to be told what a key was before the event.
    #[proto(6)]
    pub prev_kv: bool,
    /// The watcher's number, if it isn't to be etcd's choice.
    #[proto(7)]
    pub watch_id: i64,
    /// Whether a revision of many events may come in several responses.
    #[proto(8)]
    pub fragment: bool,
}

/// Events of no interest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enumeration)]
#[proto(nested_in = WatchCreateRequest)]
pub enum FilterType {
    /// Those of keys that are written.
    #[default]
    #[proto(name = "NOPUT")]
    NoPut = 0,
    /// Those of keys that are deleted.
    #[proto(name = "NODELETE")]
    NoDelete = 1,
}

/// Which watcher to end.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct WatchCancelRequest {
    /// Its number.
    #[proto(1)]
    pub watch_id: i64,
}

/// Asks how far all watchers have come.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct WatchProgressRequest;

/// What a watcher has to tell.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct WatchResponse {
    /// Who answers, and when.
    #[proto(1)]
    pub header: ResponseHeader,
    /// The watcher's number.
    #[proto(2)]
    pub watch_id: i64,
    /// Whether this says that the watcher has begun.
    #[proto(3)]
    pub created: bool,
    /// Whether this says that the watcher has ended.
    #[proto(4)]
    pub canceled: bool,
    /// The first revision that the store still knows, if the watcher asked for an earlier one and therefore ended.
    #[proto(5)]
    pub compact_revision: i64,
    /// Why the watcher has ended.
    #[proto(6)]
    pub cancel_reason: String,
    /// Whether more events of the same revision follow.
    #[proto(7)]
    pub fragment: bool,
    /// What happened.
    #[proto(11)]
    pub events: Vec<Event>,
}

/// Something that happened to a key.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "mvccpb")]
pub struct Event {
    /// What it was.
    #[proto(1, name = "type")]
    pub kind: EventType,
    /// The key from now on. One that was deleted has nothing but its name and the revision.
    #[proto(2)]
    pub kv: KeyValue,
    /// What it was before, if that was asked for.
    #[proto(3)]
    pub prev_kv: Option<KeyValue>,
}

/// What can happen to a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enumeration)]
#[proto(nested_in = Event)]
pub enum EventType {
    /// It was written.
    #[default]
    #[proto(name = "PUT")]
    Put = 0,
    /// It was deleted, or its lease was over.
    #[proto(name = "DELETE")]
    Delete = 1,
}
