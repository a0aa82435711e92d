//! What etcd does, for a person to read.

use std::vec;

use traitwire::{Channel, Sender, Status, Streaming};

use crate::kv::{
    Compare, DeleteRangeRequest, PutRequest, RangeRequest, Request, Response, TxnRequest,
};
use crate::lease::{
    LeaseGrantRequest, LeaseKeepAliveRequest, LeaseRevokeRequest, LeaseTimeToLiveRequest,
};
use crate::watch::{
    Event, EventType, RequestUnion, WatchCreateRequest, WatchRequest, WatchResponse,
};
use crate::{KvClient, LeaseClient, WatchClient, prefix_end};

/// Writes, reads, watches and lets expire some keys that begin with `traitwire/`, and prints what happens.
pub async fn take(channel: Channel) -> Result<(), Status> {
    let kv = KvClient::new(channel.clone());
    let mut watcher = watch(WatchClient::new(channel.clone())).await?;
    put_and_range(&kv).await?;
    elect(&kv).await?;
    expire(&kv, LeaseClient::new(channel)).await?;

    println!("\nWatch  what happened in the meantime");
    for _ in 0..EVENTS {
        let (kind, key, value) = watcher.next().await?;
        match kind {
            EventType::Put => println!("  {key} became {value:?}"),
            EventType::Delete => println!("  {key} is gone"),
        }
    }
    Ok(())
}

/// All keys of the tour from now on.
async fn watch(client: WatchClient) -> Result<Watcher, Status> {
    let create = RequestUnion::Create(WatchCreateRequest {
        key: PREFIX.into(),
        range_end: prefix_end(PREFIX.as_bytes()),
        ..Default::default()
    });
    // The watcher lives as long as there may be more requests.
    let (requests, stream) = Streaming::channel(1);
    let sent = requests.send(create.into()).await;
    sent.expect("the channel has room for one, and its other end is here");
    let mut responses = client.watch(stream).await?;
    let created = responses.message().await?;
    assert!(created.is_some_and(|response| response.created));
    Ok(Watcher {
        _requests: requests,
        responses,
        events: Vec::new().into_iter(),
    })
}

struct Watcher {
    _requests: Sender<WatchRequest>,
    responses: Streaming<WatchResponse>,
    events: vec::IntoIter<Event>,
}

impl Watcher {
    /// The next event, as text.
    async fn next(&mut self) -> Result<(EventType, String, String), Status> {
        loop {
            if let Some(event) = self.events.next() {
                let (key, value) = (text(&event.kv.key), text(&event.kv.value));
                return Ok((event.kind, key, value));
            }
            let response = self.responses.message().await?;
            let response = response.ok_or_else(|| Status::aborted("etcd has ended the watch"))?;
            self.events = response.events.into_iter();
        }
    }
}

/// Writes keys, and reads them back in one call.
async fn put_and_range(kv: &KvClient) -> Result<(), Status> {
    println!("Put, Range  keys and what they stand for");
    for (name, value) in [("port", "50051"), ("host", "lighthouse")] {
        kv.put(put(name, value)).await?;
    }
    let request = RangeRequest {
        key: PREFIX.into(),
        range_end: prefix_end(PREFIX.as_bytes()),
        ..Default::default()
    };
    let range = kv.range(request).await?;
    for kv in &range.kvs {
        println!("  {} = {:?}", text(&kv.key), text(&kv.value));
    }
    println!("  revision {} of the store", range.header.revision);
    Ok(())
}

/// Two want to be the leader, and the store says who is.
async fn elect(kv: &KvClient) -> Result<(), Status> {
    println!("\nTxn  who comes first is the leader");
    for candidate in ["alice", "bob"] {
        let txn = TxnRequest {
            compare: vec![Compare::is_absent(key("leader"))],
            success: vec![Request::Put(put("leader", candidate)).into()],
            failure: vec![Request::Range(get("leader")).into()],
        };
        let txn = kv.txn(txn).await?;
        let outcome = txn.responses.into_iter().find_map(|op| op.response);
        match outcome {
            Some(Response::Range(range)) => {
                let leader = range.kvs.first().map(|kv| text(&kv.value));
                println!("  {candidate} is late: {}", leader.unwrap_or_default());
            }
            _ => println!("  {candidate} is the leader: {}", txn.succeeded),
        }
    }
    let request = DeleteRangeRequest {
        key: key("leader"),
        prev_kv: true,
        ..Default::default()
    };
    for kv in kv.delete_range(request).await?.prev_kvs {
        println!("  {} steps down", text(&kv.value));
    }
    Ok(())
}

/// A key that goes with a lease, and the lease kept alive, then ended.
async fn expire(kv: &KvClient, leases: LeaseClient) -> Result<(), Status> {
    println!("\nLease  a key whose owner may go");
    let grant = LeaseGrantRequest { ttl: 60, id: 0 };
    let lease = leases.lease_grant(grant).await?;
    println!("  granted for {} s", lease.ttl);
    let request = PutRequest {
        lease: lease.id,
        ..put("session", "here")
    };
    kv.put(request).await?;
    let id = lease.id;
    let beats = (0..3).map(move |_| LeaseKeepAliveRequest { id });
    let mut alive = leases.lease_keep_alive(Streaming::from_iter(beats)).await?;
    while let Some(beat) = alive.message().await? {
        println!("  kept alive for {} s more", beat.ttl);
    }
    let request = LeaseTimeToLiveRequest { id, keys: true };
    let lease = leases.lease_time_to_live(request).await?;
    for key in &lease.keys {
        println!("  {} goes with it", text(key));
    }
    leases.lease_revoke(LeaseRevokeRequest { id }).await?;
    let left = kv.range(get("session")).await?.count;
    println!("  revoked: {left} keys are left of it");
    Ok(())
}

fn put(name: &str, value: &str) -> PutRequest {
    PutRequest {
        key: key(name),
        value: value.into(),
        ..Default::default()
    }
}

fn get(name: &str) -> RangeRequest {
    RangeRequest {
        key: key(name),
        ..Default::default()
    }
}

fn key(name: &str) -> Vec<u8> {
    format!("{PREFIX}{name}").into_bytes()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What the keys of the tour begin with.
const PREFIX: &str = "traitwire/";

/// Two keys written, a leader come and gone, a session come and gone.
const EVENTS: usize = 6;
