//! Errors with details, against Python's `grpcio-status`.

use std::fmt::Debug;
use std::fs;
use std::net::SocketAddr;

use expect_test::expect;
use interop::errors::{
    ErrorServiceClient, ErrorServiceServer, FailInStreamRequest, FailRequest, Failing, Failure,
    LookupError, bad_request, everything,
};
use libtest_mimic::Trial;
use traitwire::details::{
    BadRequest, DebugInfo, DetailsError, ErrorInfo, Help, LocalizedMessage, PreconditionFailure,
    QuotaFailure, QuotaViolation, RequestInfo, ResourceInfo, RetryInfo, RpcStatus,
};
use traitwire::schema::Schema;
use traitwire::well_known::Any;
use traitwire::{Code, Message, Origin, Server, Status, grpc_service};

use crate::block_on;
use crate::process::{check_scenarios, python, scratch, serve};

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("our_client::our_server::errors", || {
        block_on(async { check_client(start_server().await).await });
        Ok(())
    })]
}

pub(crate) fn trials_with_others() -> Vec<Trial> {
    vec![
        Trial::test("our_client::grpcio_status", || {
            let server = serve(python("errors.py")?.arg("server"))?;
            block_on(check_client(server));
            Ok(())
        }),
        Trial::test("our_server::grpcio_status", || {
            let server = block_on(start_server());
            let mut client = python("errors.py")?;
            client.args(["client", &server.to_string()]);
            let scenarios = ["missing", "closed", "invalid", "everything", "broken"];
            Ok(check_scenarios(&mut client, &scenarios)?)
        }),
        Trial::test("protoc::google_rpc", || Ok(check_export()?)),
    ]
}

/// Has a message of `google.rpc` in every field.
#[derive(Message)]
struct Explanation {
    #[proto(1)]
    status: Option<RpcStatus>,
    #[proto(2)]
    any: Vec<Any>,
    #[proto(3)]
    error_info: Option<ErrorInfo>,
    #[proto(4)]
    retry_info: Option<RetryInfo>,
    #[proto(5)]
    debug_info: Option<DebugInfo>,
    #[proto(6)]
    quota_failure: Option<QuotaFailure>,
    #[proto(7)]
    quota_violation: Option<QuotaViolation>,
    #[proto(8)]
    precondition_failure: Option<PreconditionFailure>,
    #[proto(9)]
    bad_request: Option<BadRequest>,
    #[proto(10)]
    request_info: Option<RequestInfo>,
    #[proto(11)]
    resource_info: Option<ResourceInfo>,
    #[proto(12)]
    help: Option<Help>,
    #[proto(13)]
    localized_message: Option<LocalizedMessage>,
}

#[grpc_service(package = "explain.v1")]
trait Explain {
    async fn explain(&self, explanation: Explanation) -> Result<(), Status>;
}

/// A file that uses `google.rpc` imports it, compiles, and describes the messages as the ones in there.
fn check_export() -> Result<(), String> {
    let schema = Schema::collect(&[Explain]).expect("it is an API");
    let files = schema.print();
    let [file] = &files[..] else {
        panic!("{files:?}");
    };
    let imports = file.text.lines().filter(|line| line.starts_with("import"));
    expect![[r#"
        import "google/protobuf/any.proto";
        import "google/protobuf/empty.proto";
        import "google/rpc/error_details.proto";
        import "google/rpc/status.proto";"#]]
    .assert_eq(&imports.collect::<Vec<_>>().join("\n"));
    let directory = scratch("google_rpc");
    let path = directory.join(&file.path);
    let parent = path.parent().expect("it is in a directory");
    fs::create_dir_all(parent).map_err(|error| error.to_string())?;
    fs::write(&path, &file.text).map_err(|error| error.to_string())?;
    let set = directory.join("set.binpb");
    fs::write(&set, schema.descriptor_set()).map_err(|error| error.to_string())?;
    let mut command = python("errors.py")?;
    command
        .arg("compile")
        .arg(directory)
        .arg(&file.path)
        .arg(set);
    check_scenarios(&mut command, &["compiled", "same"])
}

async fn start_server() -> SocketAddr {
    let server = Server::new().add(ErrorServiceServer::new(Failing));
    let server = server.start("127.0.0.1:0").await;
    server.expect("the system has ports").local_addr()
}

async fn check_client(server: SocketAddr) {
    let client = ErrorServiceClient::lazy(server).expect("an address is a target");
    for streams in [false, true] {
        let error = async |failure| fail(&client, failure, streams).await;
        match error(Failure::Missing).await {
            LookupError::Missing { name, place } => {
                assert_eq!(name, "the keys");
                assert_eq!((&*place.landmark, place.distance), ("the door", 3));
            }
            other => panic!("{other:?}"),
        }
        let closed = error(Failure::Closed).await;
        assert!(matches!(closed, LookupError::Closed), "{closed:?}");
        match error(Failure::Invalid).await {
            LookupError::Invalid(request) => assert_eq!(request, bad_request()),
            other => panic!("{other:?}"),
        }

        let status = other(error(Failure::Everything).await);
        assert_eq!(status.to_string(), "RESOURCE_EXHAUSTED: everything");
        same::<ErrorInfo>(&status);
        same::<RetryInfo>(&status);
        same::<DebugInfo>(&status);
        same::<QuotaFailure>(&status);
        same::<PreconditionFailure>(&status);
        same::<BadRequest>(&status);
        same::<RequestInfo>(&status);
        same::<ResourceInfo>(&status);
        same::<Help>(&status);
        same::<LocalizedMessage>(&status);
        assert_eq!(status.rpc_status().unwrap().details.len(), 10);

        let status = other(error(Failure::Broken).await);
        assert_eq!(
            (status.code(), status.message()),
            (Code::NotFound, "broken")
        );
        assert!(matches!(
            status.rpc_status(),
            Err(DetailsError::NotAStatus(_))
        ));
        assert_eq!(status.origin(), Origin::Remote);
    }
}

async fn fail(client: &ErrorServiceClient, failure: Failure, streams: bool) -> LookupError {
    if !streams {
        return client.fail(FailRequest { failure }).await.unwrap_err();
    }
    let mut responses = client
        .fail_in_stream(FailInStreamRequest { failure })
        .await
        .unwrap();
    assert!(responses.message().await.unwrap().is_some());
    responses.message().await.unwrap_err().into()
}

#[track_caller]
fn other(error: LookupError) -> Status {
    match error {
        LookupError::Other(status) => status,
        known => panic!("{known:?}"),
    }
}

/// The detail is as our own would be.
#[track_caller]
fn same<M: Message + PartialEq + Debug>(status: &Status) {
    let detail = status.detail::<M>().unwrap().unwrap();
    assert_eq!(detail, everything().detail::<M>().unwrap().unwrap());
}
