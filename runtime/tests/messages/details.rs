//! `google.rpc` and `Any`: what a status tells beside code and message.

use std::collections::BTreeMap;

use bytes::Bytes;
use expect_test::{Expect, expect};
use traitwire::details::{
    BadRequest, DebugInfo, ErrorInfo, FieldViolation, Help, Link, LocalizedMessage,
    PreconditionFailure, PreconditionViolation, QuotaFailure, QuotaViolation, RequestInfo,
    ResourceInfo, RetryInfo, RpcStatus,
};
use traitwire::well_known::{Any, Duration, Timestamp};
use traitwire::{Code, Message, Origin, Status};

use crate::support::bytes;

#[test]
fn details_are_a_status_of_google_rpc() {
    let status = Status::unavailable("low tide")
        .with_detail(RetryInfo {
            retry_delay: Some(Duration::from_secs(3)),
        })
        .with_detail(RequestInfo {
            request_id: "7".to_owned(),
            ..RequestInfo::default()
        });
    let expected = bytes(
        "08 0e 12 08 'low tide'
         1a 30 0a 28 'type.googleapis.com/google.rpc.RetryInfo' 12 04 0a 02 08 03
         1a 31 0a 2a 'type.googleapis.com/google.rpc.RequestInfo' 12 03 0a 01 '7'",
    );
    assert_eq!(
        String::from_utf8_lossy(status.details()),
        String::from_utf8_lossy(&expected)
    );
    let delay = status.detail::<RetryInfo>().unwrap().unwrap().retry_delay;
    assert_eq!(delay.unwrap().seconds, 3);
    assert_eq!(
        status.detail::<RequestInfo>().unwrap().unwrap().request_id,
        "7"
    );
    assert!(status.detail::<Help>().is_none());
    assert_eq!(status.rpc_status().unwrap().details.len(), 2);
    assert_eq!(
        Status::from(status.rpc_status().unwrap()).details(),
        status.details()
    );
}

#[test]
fn a_status_without_details_is_a_message_all_the_same() {
    let status = Status::not_found("no");
    assert_eq!(status.details(), "");
    assert_eq!(
        status.rpc_status().unwrap(),
        RpcStatus {
            code: 5,
            message: "no".to_owned(),
            details: Vec::new()
        }
    );
}

/// What is said of these details of a status NOT_FOUND.
#[track_caller]
fn check(details: impl Into<Bytes>, expect: Expect) {
    let status = Status::not_found("no").with_details(details);
    let detail = match status.detail::<RetryInfo>() {
        None => "none".to_owned(),
        Some(Ok(detail)) => format!("{detail:?}"),
        Some(Err(error)) => format!("error: {error}"),
    };
    expect.assert_eq(&detail);
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(status.message(), "no");
}

#[test]
fn broken_details_are_an_error_when_somebody_asks() {
    check("", expect!["none"]);
    check(
        "?",
        expect![
            "error: the details are no google.rpc.Status: failed to decode Protobuf message: google.rpc.Status: there is no wire type 7"
        ],
    );
    check(
        bytes("1a 30"),
        expect![
            "error: the details are no google.rpc.Status: failed to decode Protobuf message: google.rpc.Status.details: a length of 48 bytes, where 0 are left"
        ],
    );
    // A code that isn't there contradicts nobody, one that is another one does.
    check(bytes("12 01 'x'"), expect!["none"]);
    check(bytes("08 05"), expect!["none"]);
    check(
        bytes("08 06"),
        expect![
            "error: the details are those of a status with code 6, and this one has 5 (NOT_FOUND)"
        ],
    );
    check(
        bytes("08 ff ff ff ff ff ff ff ff ff 01"),
        expect![
            "error: the details are those of a status with code -1, and this one has 5 (NOT_FOUND)"
        ],
    );
    // A detail that isn't what it says.
    let broken = RpcStatus {
        details: vec![Any {
            type_url: "x/google.rpc.RetryInfo".to_owned(),
            value: Bytes::from_static(&[0x0a, 0x7f]),
        }],
        ..RpcStatus::default()
    };
    check(
        prost::Message::encode_to_vec(&broken),
        expect![
            "error: failed to decode Protobuf message: google.rpc.RetryInfo.retry_delay: a length of 127 bytes, where 0 are left"
        ],
    );
}

#[test]
fn a_code_that_grpc_does_not_define_is_unknown() {
    let status = Status::from(RpcStatus {
        code: 99,
        message: "odd".to_owned(),
        details: vec![Any::pack(&Timestamp::default())],
    });
    assert_eq!(status.to_string(), "UNKNOWN: odd");
    assert!(status.detail::<Timestamp>().unwrap().is_ok());
}

#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "any.v1")]
struct Envelope {
    #[proto(1)]
    content: Option<Any>,
    #[proto(2)]
    more: Vec<Any>,
}

#[test]
fn any_is_a_field_like_another() {
    let inner = Envelope::default();
    let envelope = Envelope {
        content: Some(Any::pack(&inner)),
        more: vec![Any::pack(&()), Any::default()],
    };
    let encoded = prost::Message::encode_to_vec(&envelope);
    let read = traitwire::codec::decode::<Envelope>(&*encoded).unwrap();
    assert_eq!(read, envelope);
    let content = read.content.unwrap();
    assert_eq!(content.type_url, "type.googleapis.com/any.v1.Envelope");
    assert_eq!(content.unpack::<Envelope>().unwrap(), inner);
    assert!(read.more[0].is::<()>() && !read.more[1].is::<()>());
    expect![[
        r#"the message is a "type.googleapis.com/any.v1.Envelope", not a google.protobuf.Timestamp"#
    ]]
    .assert_eq(&content.unpack::<Timestamp>().unwrap_err().to_string());
    expect![[r#"the message is a "", not a google.protobuf.Timestamp"#]]
        .assert_eq(&read.more[1].unpack::<Timestamp>().unwrap_err().to_string());
}

#[test]
fn they_are_described_as_google_describes_them() {
    fn name<M: Message>() -> String {
        M::DESCRIPTOR.full_name("elsewhere")
    }
    let names = [
        name::<RpcStatus>(),
        name::<ErrorInfo>(),
        name::<RetryInfo>(),
        name::<DebugInfo>(),
        name::<QuotaFailure>(),
        name::<QuotaViolation>(),
        name::<PreconditionFailure>(),
        name::<PreconditionViolation>(),
        name::<BadRequest>(),
        name::<FieldViolation>(),
        name::<RequestInfo>(),
        name::<ResourceInfo>(),
        name::<Help>(),
        name::<Link>(),
        name::<LocalizedMessage>(),
        name::<Any>(),
    ];
    expect![[r#"
        google.rpc.Status
        google.rpc.ErrorInfo
        google.rpc.RetryInfo
        google.rpc.DebugInfo
        google.rpc.QuotaFailure
        google.rpc.QuotaFailure.Violation
        google.rpc.PreconditionFailure
        google.rpc.PreconditionFailure.Violation
        google.rpc.BadRequest
        google.rpc.BadRequest.FieldViolation
        google.rpc.RequestInfo
        google.rpc.ResourceInfo
        google.rpc.Help
        google.rpc.Help.Link
        google.rpc.LocalizedMessage
        google.protobuf.Any"#]]
    .assert_eq(&names.join("\n"));
    let _: BTreeMap<String, String> = ErrorInfo::default().metadata;
}

#[test]
fn a_status_of_ones_own_is_local() {
    let status = Status::not_found("");
    assert_eq!(
        (status.origin(), status.peer(), status.http2_error()),
        (Origin::Local, None, None)
    );
}
