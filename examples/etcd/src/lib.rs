//! A client of [etcd](https://etcd.io), the store behind Kubernetes: its services as Rust traits.
//!
//! ```sh
//! cargo run -p etcd                          # starts an etcd of its own, which has to be installed
//! cargo run -p etcd -- http://127.0.0.1:2379 # or calls one that runs
//! ```
//!
//! The traits began as an import of etcd's `.proto` files and are kept by hand since: what this program doesn't call has
//! gone, and what it calls has the names of Rust. On the wire nothing is different, as `protos/etcdserverpb.proto` shows.
//!
//! | module | service | what it does |
//! |---|---|---|
//! | [`kv`] | [`Kv`] | reads and writes keys, also several in a transaction |
//! | [`watch`] | [`Watch`] | tells what becomes of keys |
//! | [`lease`] | [`Lease`] | lets keys expire whose owner is gone |

pub mod kv;
pub mod lease;
pub mod server;
pub mod tour;
pub mod watch;

pub use kv::{Kv, KvClient, KvServer};
pub use lease::{Lease, LeaseClient, LeaseServer};
use traitwire::Message;
pub use watch::{Watch, WatchClient, WatchServer};

traitwire::protos! { dir = "../../protos", services = [Kv, Watch, Lease] }

/// What every answer begins with: who gave it, and when in the history of the store.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct ResponseHeader {
    /// The cluster that answers.
    #[proto(1)]
    pub cluster_id: u64,
    /// The member of it that answers.
    #[proto(2)]
    pub member_id: u64,
    /// How often the store had been changed by then. Zero where the call has nothing to do with the store.
    #[proto(3)]
    pub revision: i64,
    /// The term of the election that the member's leader won.
    #[proto(4)]
    pub raft_term: u64,
}

/// A key with what it stands for, and its past.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "mvccpb")]
pub struct KeyValue {
    /// The key, which is never empty.
    #[proto(1)]
    pub key: Vec<u8>,
    /// The revision that created the key.
    #[proto(2)]
    pub create_revision: i64,
    /// The revision that changed it last.
    #[proto(3)]
    pub mod_revision: i64,
    /// How often the key was written since it was created.
    #[proto(4)]
    pub version: i64,
    /// The value.
    #[proto(5)]
    pub value: Vec<u8>,
    /// The lease that the key goes with, or zero.
    #[proto(6)]
    pub lease: i64,
}

/// The end of the range of all keys that begin with `prefix`: the first key after them.
///
/// For a prefix of nothing but `0xff` there is no such key; then it is `"\0"`, which etcd takes for the end of the store.
///
/// ```
/// assert_eq!(etcd::prefix_end(b"jobs/"), b"jobs0");
/// assert_eq!(etcd::prefix_end(&[7, 0xff]), [8]);
/// assert_eq!(etcd::prefix_end(&[0xff]), [0]);
/// ```
pub fn prefix_end(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return end;
        }
    }
    vec![0]
}
