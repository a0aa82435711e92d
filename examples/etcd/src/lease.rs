//! Keys that expire when their owner is gone.

use traitwire::{Message, Status, Streaming, grpc_service};

use crate::ResponseHeader;

/// Grants leases, which keys can go with.
#[grpc_service(package = "etcdserverpb")]
pub trait Lease {
    /// Grants a lease. Unless it is kept alive it ends after its time, and so do the keys that go with it.
    async fn lease_grant(&self, request: LeaseGrantRequest) -> Result<LeaseGrantResponse, Status>;

    /// Ends a lease now.
    async fn lease_revoke(
        &self,
        request: LeaseRevokeRequest,
    ) -> Result<LeaseRevokeResponse, Status>;

    /// Begins the time of a lease anew, with each request.
    async fn lease_keep_alive(
        &self,
        requests: Streaming<LeaseKeepAliveRequest>,
    ) -> Result<Streaming<LeaseKeepAliveResponse>, Status>;

    /// How long a lease has still to live.
    async fn lease_time_to_live(
        &self,
        request: LeaseTimeToLiveRequest,
    ) -> Result<LeaseTimeToLiveResponse, Status>;

    /// All leases.
    async fn lease_leases(
        &self,
        request: LeaseLeasesRequest,
    ) -> Result<LeaseLeasesResponse, Status>;
}

/// The lease that is wanted.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct LeaseGrantRequest {
    /// How many seconds it should live.
    #[proto(1, name = "TTL")]
    pub ttl: i64,
    /// Its number, or zero if etcd is to choose one.
    #[proto(2, name = "ID")]
    pub id: i64,
}

/// The lease that was granted.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct LeaseGrantResponse {
    /// Who answers, and when.
    #[proto(1)]
    pub header: ResponseHeader,
    /// Its number.
    #[proto(2, name = "ID")]
    pub id: i64,
    /// How many seconds it lives.
    #[proto(3, name = "TTL")]
    pub ttl: i64,
    /// Why there is none.
    #[proto(4)]
    pub error: String,
}

/// The lease to end.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct LeaseRevokeRequest {
    /// Its number.
    #[proto(1, name = "ID")]
    pub id: i64,
}

/// The lease has ended.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct LeaseRevokeResponse {
    /// Who answers, and when.
    #[proto(1)]
    pub header: ResponseHeader,
}

/// The lease to keep alive.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct LeaseKeepAliveRequest {
    /// Its number.
    #[proto(1, name = "ID")]
    pub id: i64,
}

/// The lease lives on.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct LeaseKeepAliveResponse {
    /// Who answers, and when.
    #[proto(1)]
    pub header: ResponseHeader,
    /// Its number.
    #[proto(2, name = "ID")]
    pub id: i64,
    /// How many seconds it lives from now on; zero if it had ended before.
    #[proto(3, name = "TTL")]
    pub ttl: i64,
}

/// The lease to look at.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct LeaseTimeToLiveRequest {
    /// Its number.
    #[proto(1, name = "ID")]
    pub id: i64,
    /// Whether to return the keys that go with it.
    #[proto(2)]
    pub keys: bool,
}

/// How a lease stands.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct LeaseTimeToLiveResponse {
    /// Who answers, and when.
    #[proto(1)]
    pub header: ResponseHeader,
    /// Its number.
    #[proto(2, name = "ID")]
    pub id: i64,
    /// How many seconds it has still to live; -1 if it has ended.
    #[proto(3, name = "TTL")]
    pub ttl: i64,
    /// How many it had when it was granted.
    #[proto(4, name = "grantedTTL")]
    pub granted_ttl: i64,
    /// The keys that go with it, if they were asked for.
    #[proto(5)]
    pub keys: Vec<Vec<u8>>,
}

/// Asks for all leases.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct LeaseLeasesRequest;

/// All leases.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct LeaseLeasesResponse {
    /// Who answers, and when.
    #[proto(1)]
    pub header: ResponseHeader,
    /// The leases.
    #[proto(2)]
    pub leases: Vec<LeaseStatus>,
}

/// A lease.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct LeaseStatus {
    /// Its number.
    #[proto(1, name = "ID")]
    pub id: i64,
}
