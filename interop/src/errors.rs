//! A service that fails, each time in the way that it is asked for.

use std::collections::BTreeMap;

use traitwire::details::{
    BadRequest, DebugInfo, ErrorInfo, FieldViolation, Help, Link, LocalizedMessage,
    PreconditionFailure, PreconditionViolation, QuotaFailure, QuotaViolation, RequestInfo,
    ResourceInfo, RetryInfo,
};
use traitwire::well_known::Duration;
use traitwire::{Enumeration, GrpcError, Message, Status, Streaming, grpc_service};

/// How a call is to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
pub enum Failure {
    /// Not at all.
    #[proto(0)]
    Unspecified,
    /// With `LookupError.Missing` of "the keys", 3 metres from the door.
    #[proto(1)]
    Missing,
    /// With `LookupError.Closed`.
    #[proto(2)]
    Closed,
    /// With `google.rpc.BadRequest` about the field `failure`.
    #[proto(3)]
    Invalid,
    /// With `RESOURCE_EXHAUSTED`, and everything in every message of `google/rpc/error_details.proto`.
    #[proto(4)]
    Everything,
    /// With `NOT_FOUND`, and details that are none.
    #[proto(5)]
    Broken,
}

/// What to fail with.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FailRequest {
    /// How.
    #[proto(1)]
    pub failure: Failure,
}

/// What to fail with.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FailInStreamRequest {
    /// How.
    #[proto(1)]
    pub failure: Failure,
}

/// Comes once, before the failure.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FailInStreamResponse {}

/// A place on the ground.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct Place {
    /// What it is near to.
    #[proto(1)]
    pub landmark: String,
    /// Metres from there.
    #[proto(2)]
    pub distance: u32,
}

/// What is wrong with looking something up.
#[derive(Debug, GrpcError)]
pub enum LookupError {
    /// It isn't there.
    #[grpc(NotFound, "no {name} at {place:?}")]
    Missing {
        /// What was looked for.
        #[proto(1)]
        name: String,
        /// Where.
        #[proto(2)]
        place: Place,
    },
    /// It is too late.
    #[grpc(Unavailable, "the office is closed")]
    Closed,
    /// The request makes no sense.
    #[grpc(InvalidArgument, "the request makes no sense")]
    Invalid(BadRequest),
    /// Whatever it may be.
    #[grpc(other)]
    Other(Status),
}

/// Fails as it is asked to.
#[grpc_service(package = "interop.errors.v1")]
pub trait ErrorService {
    /// Fails at once.
    async fn fail(&self, request: FailRequest) -> Result<(), LookupError>;

    /// Fails after one message.
    async fn fail_in_stream(
        &self,
        request: FailInStreamRequest,
    ) -> Result<Streaming<FailInStreamResponse>, LookupError>;
}

/// The service, as we implement it.
#[derive(Clone, Copy, Debug)]
pub struct Failing;

impl ErrorService for Failing {
    async fn fail(&self, request: FailRequest) -> Result<(), LookupError> {
        failure(request.failure)
    }

    async fn fail_in_stream(
        &self,
        request: FailInStreamRequest,
    ) -> Result<Streaming<FailInStreamResponse>, LookupError> {
        Ok(Streaming::generate(|out| async move {
            out.send(FailInStreamResponse {}).await?;
            Ok(failure(request.failure)?)
        }))
    }
}

fn failure(failure: Failure) -> Result<(), LookupError> {
    Err(match failure {
        Failure::Unspecified => return Ok(()),
        Failure::Missing => LookupError::Missing {
            name: "the keys".to_owned(),
            place: Place {
                landmark: "the door".to_owned(),
                distance: 3,
            },
        },
        Failure::Closed => LookupError::Closed,
        Failure::Invalid => LookupError::Invalid(bad_request()),
        Failure::Everything => LookupError::Other(everything()),
        Failure::Broken => {
            LookupError::Other(Status::not_found("broken").with_details(&b"\xff\xff"[..]))
        }
    })
}

/// What is wrong with [`Failure::Invalid`].
pub fn bad_request() -> BadRequest {
    BadRequest {
        field_violations: vec![FieldViolation {
            field: "failure".to_owned(),
            description: "isn't one".to_owned(),
            reason: "NO_FAILURE".to_owned(),
            localized_message: Some(LocalizedMessage {
                locale: "de".to_owned(),
                message: "so wörtlich nicht".to_owned(),
            }),
        }],
    }
}

/// The status of [`Failure::Everything`].
pub fn everything() -> Status {
    let text = str::to_owned;
    let map = || BTreeMap::from([(text("region"), text("eu")), (text("zone"), text("b"))]);
    Status::resource_exhausted("everything")
        .with_detail(ErrorInfo {
            reason: text("TOO_MUCH"),
            domain: text("interop.example"),
            metadata: map(),
        })
        .with_detail(RetryInfo {
            retry_delay: Some(Duration::from_millis(1500)),
        })
        .with_detail(DebugInfo {
            stack_entries: vec![text("inner"), text("outer")],
            detail: text("by design"),
        })
        .with_detail(QuotaFailure {
            violations: vec![QuotaViolation {
                subject: text("project:interop"),
                description: text("too many calls"),
                api_service: text("interop.errors.v1.ErrorService"),
                quota_metric: text("calls"),
                quota_id: text("calls-per-day"),
                quota_dimensions: map(),
                quota_value: 5,
                future_quota_value: Some(0),
            }],
        })
        .with_detail(PreconditionFailure {
            violations: vec![PreconditionViolation {
                r#type: text("TOS"),
                subject: text("interop.example"),
                description: text("not accepted"),
            }],
        })
        .with_detail(bad_request())
        .with_detail(RequestInfo {
            request_id: text("7"),
            serving_data: text("none"),
        })
        .with_detail(ResourceInfo {
            resource_type: text("call"),
            resource_name: text("the sixth"),
            owner: text("you"),
            description: text("wait for tomorrow"),
        })
        .with_detail(Help {
            links: vec![Link {
                description: text("more calls"),
                url: text("https://interop.example/more"),
            }],
        })
        .with_detail(LocalizedMessage {
            locale: text("fr"),
            message: text("à demain"),
        })
}
