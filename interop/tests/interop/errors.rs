//! Errors with details, against Python's `grpcio-status`.

use std::fmt::Debug;
use std::net::SocketAddr;

use interop::errors::{
    ErrorServiceClient, ErrorServiceServer, FailInStreamRequest, FailRequest, Failing, Failure,
    LookupError, bad_request, everything,
};
use libtest_mimic::Trial;
use traitwire::details::{
    BadRequest, DebugInfo, DetailsError, ErrorInfo, Help, LocalizedMessage, PreconditionFailure,
    QuotaFailure, RequestInfo, ResourceInfo, RetryInfo,
};
use traitwire::{Code, Message, Origin, Server, Status};

use crate::block_on;
use crate::process::{check_scenarios, python, serve};

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
    ]
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
