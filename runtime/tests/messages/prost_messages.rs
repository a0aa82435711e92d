//! Messages that prost generated, as messages of ours.

use std::collections::BTreeMap;

use expect_test::expect;
use traitwire::schema::Schema;
use traitwire::well_known::{Any, Timestamp};
use traitwire::{Message, OneOf, Status, codec, grpc_service};

use crate::support::{check_decode, check_encode};

/// As `prost-build` would have generated it.
mod proto {
    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Operation {
        #[prost(string, tag = "1")]
        pub(super) name: String,
        #[prost(message, optional, tag = "2")]
        pub(super) metadata: Option<prost_types::Any>,
        #[prost(message, optional, boxed, tag = "3")]
        pub(super) parent: Option<Box<Operation>>,
        #[prost(int32, repeated, tag = "4")]
        pub(super) steps: Vec<i32>,
    }

    #[derive(Clone, Copy, PartialEq, prost::Message)]
    pub(super) struct Peer {
        #[prost(int64, tag = "1")]
        pub(super) port: i64,
    }
}

traitwire::prost_message! {
    proto::Operation = "google.longrunning.Operation", file = "google/longrunning/operations.proto";
    proto::Peer = "google.rpc.context.AttributeContext.Peer", file = "google/rpc/context/attribute_context.proto";
    /// It isn't ours.
    #[derive(Clone, Debug, PartialEq)]
    struct Version(prost_types::compiler::Version) = "google.protobuf.compiler.Version", file = "google/protobuf/compiler/plugin.proto";
}

#[derive(Clone, Debug, PartialEq, Message)]
struct Progress {
    #[proto(1)]
    operation: Option<proto::Operation>,
    #[proto(2)]
    all: Vec<proto::Operation>,
    #[proto(3)]
    by_name: BTreeMap<String, proto::Peer>,
    #[proto(oneof)]
    kind: Option<Kind>,
    #[proto(6, required)]
    peer: proto::Peer,
    #[proto(7)]
    started: Option<prost_types::Timestamp>,
    #[proto(8)]
    value: Option<prost_types::Value>,
}

#[derive(Clone, Debug, PartialEq, OneOf)]
enum Kind {
    #[proto(9)]
    Via(proto::Peer),
    #[proto(10)]
    Version(Box<Version>),
}

#[grpc_service(package = "backups.v1")]
trait Backups {
    async fn back_up(&self, progress: Progress) -> Result<proto::Operation, Status>;
    async fn version(&self, since: prost_types::Timestamp) -> Result<Version, Status>;
}

fn operation(name: &str) -> proto::Operation {
    proto::Operation {
        name: name.to_owned(),
        steps: vec![1, -1],
        ..proto::Operation::default()
    }
}

#[test]
fn they_are_fields() {
    let peer = proto::Peer { port: 1 };
    let mut version = Version::from(prost_types::compiler::Version::default());
    version.major = Some(7);
    let progress = Progress {
        operation: Some(proto::Operation {
            metadata: Some(prost_types::Any::default()),
            parent: Some(Box::new(operation("parent"))),
            ..operation("a")
        }),
        all: vec![operation("b"), proto::Operation::default()],
        by_name: BTreeMap::from([("c".to_owned(), peer)]),
        kind: Some(Kind::Version(Box::new(version))),
        peer,
        started: Some(Timestamp::MAX.into()),
        value: Some(prost_types::Value { kind: None }),
    };
    check_encode(
        &progress,
        expect![
            "0a 29 0a 01 61 12 00 1a 15 0a 06 70 61 72 65 6e 74 22 0b 01 ff ff ff ff ff ff ff ff ff 01 22 0b 01 ff ff ff ff ff ff ff ff ff 01 12 10 0a 01 62 22 0b 01 ff ff ff ff ff ff ff ff ff 01 12 00 1a 07 0a 01 63 12 02 08 01 32 02 08 01 3a 0d 08 ff 82 d1 ff af 07 10 ff 93 eb dc 03 42 00 52 02 08 07"
        ],
    );
}

#[test]
fn they_are_merged_and_checked() {
    check_decode::<Progress>(
        "32 00  0a 03 0a 01 'a'  0a 06 22 01 07 20 08 18",
        expect![
            "error: failed to decode Protobuf message: Progress.operation: the message ends in the middle of it"
        ],
    );
    check_decode::<Progress>(
        "32 00  0a 03 0a 01 'a'  0a 05 22 01 07 20 08",
        expect![[
            r#"Progress { operation: Some(Operation { name: "a", metadata: None, parent: None, steps: [7, 8] }), all: [], by_name: {}, kind: None, peer: Peer { port: 0 }, started: None, value: None }"#
        ]],
    );
    check_decode::<Progress>(
        "0a 03 0a 01 'a'",
        expect![
            "error: failed to decode Protobuf message: Progress.peer: the field is required, but absent"
        ],
    );
    check_decode::<Progress>(
        "32 02 0a 00",
        expect![
            "error: failed to decode Protobuf message: Progress.peer: Peer.port: invalid wire type: LengthDelimited (expected Varint)"
        ],
    );
    check_decode::<proto::Operation>(
        "0a 01 'a' 22 00",
        expect![[r#"Operation { name: "a", metadata: None, parent: None, steps: [] }"#]],
    );
}

#[test]
fn they_are_in_anys() {
    let any = Any::pack(&operation("a"));
    assert_eq!(
        any.type_url,
        "type.googleapis.com/google.longrunning.Operation"
    );
    assert_eq!(any.unpack::<proto::Operation>(), Ok(operation("a")));
    assert!(Any::pack(&proto::Peer::default()).is::<proto::Peer>());
    assert!(!any.is::<proto::Peer>());
    let time = Any::pack(&prost_types::Timestamp::from(Timestamp::MIN));
    assert_eq!(time.unpack::<Timestamp>(), Ok(Timestamp::MIN));
}

#[test]
fn they_are_imported() {
    let schema = Schema::collect(&[Backups]).expect("it is an API");
    let files = schema.print();
    let texts: Vec<_> = files.iter().map(|file| file.text.as_str()).collect();
    expect![[r#"
        syntax = "proto3";

        package backups.v1;

        import "google/longrunning/operations.proto";
        import "google/protobuf/compiler/plugin.proto";
        import "google/protobuf/struct.proto";
        import "google/protobuf/timestamp.proto";
        import "google/rpc/context/attribute_context.proto";

        service Backups {
          rpc BackUp(Progress) returns (google.longrunning.Operation);
          rpc Version(google.protobuf.Timestamp) returns (google.protobuf.compiler.Version);
        }

        message Progress {
          google.longrunning.Operation operation = 1;
          repeated google.longrunning.Operation all = 2;
          map<string, google.rpc.context.AttributeContext.Peer> by_name = 3;

          oneof kind {
            google.rpc.context.AttributeContext.Peer via = 9;
            google.protobuf.compiler.Version version = 10;
          }

          google.rpc.context.AttributeContext.Peer peer = 6;
          google.protobuf.Timestamp started = 7;
          google.protobuf.Value value = 8;
        }
    "#]]
    .assert_eq(&texts.concat());
    let names = |message: &traitwire::schema::MessageDescriptor| message.full_name("");
    assert_eq!(
        names(proto::Peer::DESCRIPTOR),
        "google.rpc.context.AttributeContext.Peer"
    );
}

#[test]
fn what_is_nested_too_deeply_is_refused() {
    let nested = (0..120).fold(operation("a"), |inner, _| proto::Operation {
        parent: Some(Box::new(inner)),
        ..proto::Operation::default()
    });
    let encoded = prost::Message::encode_to_vec(&nested);
    assert!(codec::decode::<proto::Operation>(&*encoded).is_err());
}
