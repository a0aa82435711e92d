//! Against a real etcd, which is there if `TRAITWIRE_PEERS=1` is set.

use std::process::Command;

use etcd::kv::{CompactionRequest, PutRequest, RangeRequest, Request, TxnRequest};
use etcd::{KvClient, server::Etcd};
use traitwire::Code;

#[test]
fn the_tour_shows_what_etcd_does() {
    if !peers_are_there() {
        return;
    }
    let output = Command::new(env!("CARGO_BIN_EXE_etcd")).output();
    let output = output.expect("the program was built for this test");
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{stdout}{stderr}");
    assert_eq!(stdout, TOUR);
}

#[tokio::test]
async fn what_etcd_refuses_is_a_status_with_its_reason() -> traitwire::Result<()> {
    if !peers_are_there() {
        return Ok(());
    }
    let etcd = Etcd::start()?;
    let kv = KvClient::connect(etcd.url()).await?;

    let status = kv.put(PutRequest::default()).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(status.message(), "etcdserver: key is not provided");

    let put = || {
        let key = b"twice".to_vec();
        Request::Put(PutRequest {
            key,
            ..Default::default()
        })
        .into()
    };
    let twice = TxnRequest {
        success: vec![put(), put()],
        ..Default::default()
    };
    let status = kv.txn(twice).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(
        status.message(),
        "etcdserver: duplicate key given in txn request"
    );

    // What was forgotten can't be read.
    let key = b"key".to_vec();
    for _ in 0..3 {
        let key = key.clone();
        kv.put(PutRequest {
            key,
            ..Default::default()
        })
        .await?;
    }
    let compaction = CompactionRequest {
        revision: 3,
        physical: true,
    };
    assert_eq!(kv.compact(compaction).await?.header.revision, 4);
    let range = |revision| RangeRequest {
        key: key.clone(),
        revision,
        ..Default::default()
    };
    assert_eq!(kv.range(range(3)).await?.kvs[0].version, 2);
    let status = kv.range(range(2)).await.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange);
    assert_eq!(
        status.message(),
        "etcdserver: mvcc: required revision has been compacted"
    );
    Ok(())
}

fn peers_are_there() -> bool {
    std::env::var_os("TRAITWIRE_PEERS").is_some_and(|value| value == "1")
}

const TOUR: &str = "\
Put, Range  keys and what they stand for
  traitwire/host = \"lighthouse\"
  traitwire/port = \"50051\"
  revision 3 of the store

Txn  who comes first is the leader
  alice is the leader: true
  bob is late: alice
  alice steps down

Lease  a key whose owner may go
  granted for 60 s
  kept alive for 60 s more
  kept alive for 60 s more
  kept alive for 60 s more
  traitwire/session goes with it
  revoked: 0 keys are left of it

Watch  what happened in the meantime
  traitwire/port became \"50051\"
  traitwire/host became \"lighthouse\"
  traitwire/leader became \"alice\"
  traitwire/leader is gone
  traitwire/session became \"here\"
  traitwire/session is gone
";
