//! Reading and writing keys.

use traitwire::{Enumeration, Message, OneOf, Status, grpc_service};

use crate::{KeyValue, ResponseHeader};

/// Reads and writes keys.
#[grpc_service(package = "etcdserverpb", name = "KV")]
pub trait Kv {
    /// Reads the keys of a range.
    async fn range(&self, request: RangeRequest) -> Result<RangeResponse, Status>;

    /// Writes a key. It is an event, and a revision of the store.
    async fn put(&self, request: PutRequest) -> Result<PutResponse, Status>;

    /// Deletes the keys of a range. Each is an event, all together are a revision.
    async fn delete_range(
        &self,
        request: DeleteRangeRequest,
    ) -> Result<DeleteRangeResponse, Status>;

    /// Does several things at once, or others if the keys aren't what was expected. No key may be written twice.
    async fn txn(&self, request: TxnRequest) -> Result<TxnResponse, Status>;

    /// Forgets what was before a revision.
    async fn compact(&self, request: CompactionRequest) -> Result<CompactionResponse, Status>;
}

/// Which keys to read, and how.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct RangeRequest {
    /// The key, or the first one of the range.
    #[proto(1)]
    pub key: Vec<u8>,
    /// The key behind the last one of the range, see [`prefix_end`](crate::prefix_end). Without it only `key` is read;
    /// a zero byte stands for the end of the store.
    #[proto(2)]
    pub range_end: Vec<u8>,
    /// The most keys to return, or zero for all.
    #[proto(3)]
    pub limit: i64,
    /// The revision of the store to look at, or zero for the newest.
    #[proto(4)]
    pub revision: i64,
    /// Which way the keys are sorted.
    #[proto(5)]
    pub sort_order: SortOrder,
    /// What they are sorted by.
    #[proto(6)]
    pub sort_target: SortTarget,
    /// Whether the member may answer by itself, without asking the others. That is faster, and may be out of date.
    #[proto(7)]
    pub serializable: bool,
    /// Whether to leave out the values.
    #[proto(8)]
    pub keys_only: bool,
    /// Whether to return only how many keys there are.
    #[proto(9)]
    pub count_only: bool,
    /// Leaves out keys that were changed last before this revision.
    #[proto(10)]
    pub min_mod_revision: i64,
    /// Leaves out keys that were changed last after this revision.
    #[proto(11)]
    pub max_mod_revision: i64,
    /// Leaves out keys that were created before this revision.
    #[proto(12)]
    pub min_create_revision: i64,
    /// Leaves out keys that were created after this revision.
    #[proto(13)]
    pub max_create_revision: i64,
}

/// Which way keys are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enumeration)]
#[proto(nested_in = RangeRequest)]
pub enum SortOrder {
    /// As they come.
    #[default]
    #[proto(name = "NONE")]
    None = 0,
    /// The lowest first.
    #[proto(name = "ASCEND")]
    Ascend = 1,
    /// The highest first.
    #[proto(name = "DESCEND")]
    Descend = 2,
}

/// What keys are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enumeration)]
#[proto(nested_in = RangeRequest)]
pub enum SortTarget {
    /// The key itself.
    #[default]
    #[proto(name = "KEY")]
    Key = 0,
    /// How often it was written.
    #[proto(name = "VERSION")]
    Version = 1,
    /// The revision that created it.
    #[proto(name = "CREATE")]
    Create = 2,
    /// The revision that changed it last.
    #[proto(name = "MOD")]
    Mod = 3,
    /// The value.
    #[proto(name = "VALUE")]
    Value = 4,
}

/// The keys of a range.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct RangeResponse {
    /// Who answers, and when.
    #[proto(1)]
    pub header: ResponseHeader,
    /// The keys, unless only their count was asked for.
    #[proto(2)]
    pub kvs: Vec<KeyValue>,
    /// Whether the range has more keys than the limit.
    #[proto(3)]
    pub more: bool,
    /// How many keys there are in the range, whatever the limit.
    #[proto(4)]
    pub count: i64,
}

/// A key to write.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct PutRequest {
    /// The key.
    #[proto(1)]
    pub key: Vec<u8>,
    /// What it is to stand for.
    #[proto(2)]
    pub value: Vec<u8>,
    /// The lease that the key goes with, or zero.
    #[proto(3)]
    pub lease: i64,
    /// Whether to return what the key was before.
    #[proto(4)]
    pub prev_kv: bool,
    /// Whether the key, which must exist, keeps its value.
    #[proto(5)]
    pub ignore_value: bool,
    /// Whether the key, which must exist, keeps its lease.
    #[proto(6)]
    pub ignore_lease: bool,
}

/// A key was written.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct PutResponse {
    /// Who answers, and when.
    #[proto(1)]
    pub header: ResponseHeader,
    /// What the key was before, if that was asked for.
    #[proto(2)]
    pub prev_kv: Option<KeyValue>,
}

/// Which keys to delete.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct DeleteRangeRequest {
    /// The key, or the first one of the range.
    #[proto(1)]
    pub key: Vec<u8>,
    /// The key behind the last one of the range, as in [`RangeRequest::range_end`].
    #[proto(2)]
    pub range_end: Vec<u8>,
    /// Whether to return what the keys were.
    #[proto(3)]
    pub prev_kv: bool,
}

/// Keys were deleted.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct DeleteRangeResponse {
    /// Who answers, and when.
    #[proto(1)]
    pub header: ResponseHeader,
    /// How many they were.
    #[proto(2)]
    pub deleted: i64,
    /// What they were, if that was asked for.
    #[proto(3)]
    pub prev_kvs: Vec<KeyValue>,
}

/// One thing to do in a transaction.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct RequestOp {
    /// What it is.
    #[proto(oneof)]
    pub request: Option<Request>,
}

/// The things that a transaction can do.
#[derive(Clone, Debug, PartialEq, OneOf)]
pub enum Request {
    /// Read.
    #[proto(1, name = "request_range")]
    Range(RangeRequest),
    /// Write.
    #[proto(2, name = "request_put")]
    Put(PutRequest),
    /// Delete.
    #[proto(3, name = "request_delete_range")]
    DeleteRange(DeleteRangeRequest),
    /// A transaction within.
    #[proto(4, name = "request_txn")]
    Txn(TxnRequest),
}

impl From<Request> for RequestOp {
    fn from(request: Request) -> Self {
        Self {
            request: Some(request),
        }
    }
}

/// What came of one thing in a transaction.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct ResponseOp {
    /// What was done.
    #[proto(oneof)]
    pub response: Option<Response>,
}

/// What can come of it.
#[derive(Clone, Debug, PartialEq, OneOf)]
pub enum Response {
    /// Keys were read.
    #[proto(1, name = "response_range")]
    Range(RangeResponse),
    /// A key was written.
    #[proto(2, name = "response_put")]
    Put(PutResponse),
    /// Keys were deleted.
    #[proto(3, name = "response_delete_range")]
    DeleteRange(DeleteRangeResponse),
    /// A transaction took place.
    #[proto(4, name = "response_txn")]
    Txn(TxnResponse),
}

/// What a transaction expects of a key, or of all keys of a range.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct Compare {
    /// How the key has to compare with `target_union`.
    #[proto(1)]
    pub result: CompareResult,
    /// Which part of the key is compared; it says the same as the variant of `target_union`.
    #[proto(2)]
    pub target: CompareTarget,
    /// The key.
    #[proto(3)]
    pub key: Vec<u8>,
    /// What it is compared with.
    #[proto(oneof)]
    pub target_union: Option<TargetUnion>,
    /// The key behind the last one of the range, as in [`RangeRequest::range_end`].
    #[proto(64)]
    pub range_end: Vec<u8>,
}

impl Compare {
    /// The key doesn't exist.
    pub fn is_absent(key: impl Into<Vec<u8>>) -> Self {
        Self {
            target: CompareTarget::Create,
            key: key.into(),
            target_union: Some(TargetUnion::CreateRevision(0)),
            ..Self::default()
        }
    }

    /// The key stands for this value.
    pub fn has_value(key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        Self {
            target: CompareTarget::Value,
            key: key.into(),
            target_union: Some(TargetUnion::Value(value.into())),
            ..Self::default()
        }
    }
}

/// How a key compares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enumeration)]
#[proto(nested_in = Compare)]
pub enum CompareResult {
    /// It is the same.
    #[default]
    #[proto(name = "EQUAL")]
    Equal = 0,
    /// It is more.
    #[proto(name = "GREATER")]
    Greater = 1,
    /// It is less.
    #[proto(name = "LESS")]
    Less = 2,
    /// It is something else.
    #[proto(name = "NOT_EQUAL")]
    NotEqual = 3,
}

/// Which part of a key is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enumeration)]
#[proto(nested_in = Compare)]
pub enum CompareTarget {
    /// How often it was written.
    #[default]
    #[proto(name = "VERSION")]
    Version = 0,
    /// The revision that created it.
    #[proto(name = "CREATE")]
    Create = 1,
    /// The revision that changed it last.
    #[proto(name = "MOD")]
    Mod = 2,
    /// Its value.
    #[proto(name = "VALUE")]
    Value = 3,
    /// Its lease.
    #[proto(name = "LEASE")]
    Lease = 4,
}

/// What a part of a key is compared with.
#[derive(Clone, Debug, PartialEq, OneOf)]
pub enum TargetUnion {
    /// How often it was written.
    #[proto(4)]
    Version(i64),
    /// The revision that created it; zero for a key that doesn't exist.
    #[proto(5)]
    CreateRevision(i64),
    /// The revision that changed it last.
    #[proto(6)]
    ModRevision(i64),
    /// Its value.
    #[proto(7)]
    Value(Vec<u8>),
    /// Its lease.
    #[proto(8)]
    Lease(i64),
}

/// Several things to do at once.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct TxnRequest {
    /// What is expected; all of it has to hold.
    #[proto(1)]
    pub compare: Vec<Compare>,
    /// What is done if it does.
    #[proto(2)]
    pub success: Vec<RequestOp>,
    /// What is done if it doesn't.
    #[proto(3)]
    pub failure: Vec<RequestOp>,
}

/// What came of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct TxnResponse {
    /// Who answers, and when.
    #[proto(1)]
    pub header: ResponseHeader,
    /// Whether what was expected held.
    #[proto(2)]
    pub succeeded: bool,
    /// What came of each thing that was done, in their order.
    #[proto(3)]
    pub responses: Vec<ResponseOp>,
}

/// How much of the past to forget.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct CompactionRequest {
    /// The first revision that is kept.
    #[proto(1)]
    pub revision: i64,
    /// Whether to wait until the disk has forgotten it, too.
    #[proto(2)]
    pub physical: bool,
}

/// The past is forgotten.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct CompactionResponse {
    /// Who answers, and when.
    #[proto(1)]
    pub header: ResponseHeader,
}
