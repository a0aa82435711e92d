//! What a [`Status`] tells beside its code and message: messages, of which `google.rpc` has the ones that everybody knows.
//!
//! They travel as a `google.rpc.Status` in `grpc-status-details-bin`, which all of gRPC's implementations read.
//!
//! ```
//! use traitwire::Status;
//! use traitwire::details::{ErrorInfo, RetryInfo};
//! use traitwire::well_known::Duration;
//!
//! let status = Status::unavailable("the tide is out")
//!     .with_detail(RetryInfo { retry_delay: Some(Duration::from_secs(60)) })
//!     .with_detail(ErrorInfo {
//!         reason: "LOW_TIDE".to_owned(),
//!         domain: "lighthouse.example.com".to_owned(),
//!         ..ErrorInfo::default()
//!     });
//!
//! // On the other side:
//! if let Some(info) = status.detail::<ErrorInfo>() {
//!     assert_eq!(info?.reason, "LOW_TIDE");
//! }
//! for detail in status.rpc_status()?.details {
//!     println!("{}", detail.type_url);
//! }
//! # Ok::<_, traitwire::details::DetailsError>(())
//! ```
//!
//! An error with details of its own type is an enum with `#[derive(GrpcError)]`.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use bytes::{Bytes, BytesMut};
use prost::DecodeError;
use traitwire_macros::Message;

use crate::codec::{self, Message};
use crate::schema::MessageDescriptor;
use crate::status::{Code, Status, Unplaced};
use crate::well_known::any::assert_named;
use crate::well_known::{Any, Duration, UnpackError};

impl Status {
    /// The same status with one more detail, behind those that it has.
    ///
    /// The detail's type names its package, as for [`Any::pack`]; those of this crate do. It is encoded at once.
    ///
    /// A server that sends more than a few KiB of details may find that its clients, or a proxy on the way, refuse it.
    #[must_use]
    pub fn with_detail<M: Message>(self, detail: M) -> Self {
        const { assert_named::<M>() }
        self.with_any(&Any::of(&detail))
    }

    /// The first detail of this type, if there is one.
    ///
    /// # Errors
    ///
    /// If it can't be read, or the details as a whole can't: see [`rpc_status`](Self::rpc_status).
    pub fn detail<M: Message>(&self) -> Option<Result<M, DetailsError>> {
        match self.rpc_status() {
            Ok(status) => {
                let detail = status.details.iter().find(|detail| detail.is::<M>())?;
                Some(detail.unpack().map_err(DetailsError::Detail))
            }
            Err(error) => Some(Err(error)),
        }
    }

    /// The status as a message, with all details. It is made of code and message where there are none.
    ///
    /// # Errors
    ///
    /// If the details aren't a `google.rpc.Status`, or contradict the code of the status. The status itself is as good as
    /// any, and [`details`](Self::details) are the bytes that came.
    pub fn rpc_status(&self) -> Result<RpcStatus, DetailsError> {
        let details = placed(self, "");
        if details.is_empty() {
            return Ok(head(self));
        }
        let status: RpcStatus = codec::decode(details).map_err(DetailsError::NotAStatus)?;
        // Nobody can tell what they are of. grpc-java and grpcio refuse them likewise; for grpc-go the call is INTERNAL then,
        // which hides what the server said.
        if status.code != 0 && status.code != i32::from(self.code().number()) {
            return Err(DetailsError::OtherCode {
                code: self.code(),
                details: status.code,
            });
        }
        Ok(status)
    }

    /// Appends a detail: encoded messages in a row are one message, whose lists are theirs in a row.
    fn with_any(self, detail: &Any) -> Self {
        let mut details = BytesMut::from(&self.details()[..]);
        if details.is_empty() {
            codec::encode_into(&head(&self), &mut details);
        }
        codec::encode_field(detail, DETAILS, &mut details);
        self.with_details(details.freeze())
    }
}

/// The status without details.
fn head(status: &Status) -> RpcStatus {
    RpcStatus {
        code: status.code().number().into(),
        message: status.message().to_owned(),
        details: Vec::new(),
    }
}

/// The details as they are sent, if what has no package yet lives in this one.
pub(crate) fn placed(status: &Status, package: &str) -> Bytes {
    match status.unplaced() {
        None => status.details().clone(),
        Some(Unplaced { descriptor, value }) => {
            let detail = Any::named(&descriptor.full_name(package), value.clone());
            status.clone().with_any(&detail).details().clone()
        }
    }
}

/// The status of a method in `package`, where a detail lives that names none of its own.
pub(crate) fn place(mut status: Status, package: &str) -> Status {
    match status.take_unplaced() {
        None => status,
        Some(Unplaced { descriptor, value }) => {
            status.with_any(&Any::named(&descriptor.full_name(package), value))
        }
    }
}

/// The message of a variant of a `GrpcError`: any message. It isn't a bound, so that rustc says of what is none the same thing
/// wherever this trait is named.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a protobuf message",
    label = "this is sent in the details of a status, as a message",
    note = "add `#[derive(Message)]` to the struct `{Self}`, or give the variant fields: `{{ #[proto(1)] name: Type }}`"
)]
pub trait Detail: Sized {
    /// What describes it.
    fn descriptor() -> &'static MessageDescriptor;

    /// The status of the variant.
    fn into_status(self, code: Code, message: String) -> Status;

    /// The detail, if the status is that of the variant.
    fn find(details: &ErrorDetails<'_>, code: Code) -> Option<Self>;
}

impl<M: Message> Detail for M {
    fn descriptor() -> &'static MessageDescriptor {
        M::DESCRIPTOR
    }

    fn into_status(self, code: Code, message: String) -> Status {
        let status = Status::new(code, message);
        let (descriptor, value) = (M::DESCRIPTOR, Bytes::from(self.encode_to_vec()));
        match package(descriptor) {
            Some(_) => status.with_any(&Any::named(&descriptor.full_name(""), value)),
            None => status.with_unplaced(Unplaced { descriptor, value }),
        }
    }

    fn find(details: &ErrorDetails<'_>, code: Code) -> Option<Self> {
        details.find(code)
    }
}

/// What the variant for everything else holds.
#[diagnostic::on_unimplemented(
    message = "the variant for everything else holds a `traitwire::Status`, not a `{Self}`",
    label = "write `Status` here"
)]
pub trait OtherStatus {
    /// The status.
    fn get(&self) -> &Status;
    /// The status.
    fn into_status(self) -> Status;
    /// Holds it.
    fn new(status: Status) -> Self;
}

impl OtherStatus for Status {
    fn get(&self) -> &Status {
        self
    }

    fn into_status(self) -> Status {
        self
    }

    fn new(status: Status) -> Self {
        status
    }
}

/// The details of a status, of which one may be that of a variant of a `GrpcError`.
pub struct ErrorDetails<'a> {
    status: &'a Status,
    /// That of the service, if it is known.
    package: Option<&'a str>,
    details: OnceCell<Vec<Any>>,
}

impl<'a> ErrorDetails<'a> {
    /// Those of this status; nothing is read yet.
    pub fn new(status: &'a Status, package: Option<&'a str>) -> Self {
        Self {
            status,
            package,
            details: OnceCell::new(),
        }
    }

    fn find<M: Message>(&self, code: Code) -> Option<M> {
        if self.status.code() != code {
            return None;
        }
        let details = self.details.get_or_init(|| {
            let status = codec::decode(placed(self.status, self.package.unwrap_or_default()));
            status.map_or_else(|_| Vec::new(), |status: RpcStatus| status.details)
        });
        let detail = details.iter().find(|detail| self.is::<M>(detail))?;
        codec::decode(detail.value.clone()).ok()
    }

    fn is<M: Message>(&self, detail: &Any) -> bool {
        let descriptor = M::DESCRIPTOR;
        if let Some(package) = package(descriptor).or(self.package) {
            return detail.name() == descriptor.full_name(package);
        }
        // Whichever package it is in.
        let package = detail.name().strip_suffix(&descriptor.full_name(""));
        package.is_some_and(|package| package.is_empty() || package.ends_with('.'))
    }
}

/// The package that a type, or one that it is nested in, names.
fn package(descriptor: &MessageDescriptor) -> Option<&'static str> {
    match descriptor.nested_in {
        Some(outer) => package(outer()),
        None => descriptor.package,
    }
}

/// Why details can't be read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum DetailsError {
    /// They aren't a `google.rpc.Status`.
    NotAStatus(DecodeError),
    /// They are those of a status with another code.
    OtherCode {
        /// That of the call.
        code: Code,
        /// That in the details.
        details: i32,
    },
    /// The detail that was asked for can't be read.
    Detail(UnpackError),
}

impl fmt::Display for DetailsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAStatus(error) => {
                write!(f, "the details are no google.rpc.Status: {error}")
            }
            Self::OtherCode { code, details } => write!(
                f,
                "the details are those of a status with code {details}, and this one has {} ({code})",
                code.number()
            ),
            Self::Detail(error) => error.fmt(f),
        }
    }
}

impl Error for DetailsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NotAStatus(error) => Some(error),
            Self::OtherCode { .. } => None,
            Self::Detail(error) => Some(error),
        }
    }
}

/// `google.rpc.Status`: a status as a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(name = "Status", package = "google.rpc", file = "google/rpc/status.proto", crate = crate)]
pub struct RpcStatus {
    /// The number of a [`Code`].
    #[proto(1)]
    pub code: i32,
    /// For a developer, in English.
    #[proto(2)]
    pub message: String,
    /// What else there is to say.
    #[proto(3)]
    pub details: Vec<Any>,
}

/// A code that gRPC doesn't define becomes [`Code::Unknown`], as on the wire.
impl From<RpcStatus> for Status {
    fn from(status: RpcStatus) -> Self {
        let code = u32::try_from(status.code).ok().and_then(Code::from_number);
        let code = code.unwrap_or(Code::Unknown);
        let known = RpcStatus {
            code: code.number().into(),
            ..status
        };
        let details = prost::Message::encode_to_vec(&known);
        Status::new(code, known.message).with_details(details)
    }
}

/// The cause of an error, for programs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "google.rpc", file = "google/rpc/error_details.proto", crate = crate)]
pub struct ErrorInfo {
    /// The cause, one of a fixed set within the domain: `API_DISABLED`.
    #[proto(1)]
    pub reason: String,
    /// Whose reasons these are: `lighthouse.example.com`.
    #[proto(2)]
    pub domain: String,
    /// More on this occurrence.
    #[proto(3)]
    pub metadata: BTreeMap<String, String>,
}

/// When a client may try again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "google.rpc", file = "google/rpc/error_details.proto", crate = crate)]
pub struct RetryInfo {
    /// How long it should wait at least.
    #[proto(1)]
    pub retry_delay: Option<Duration>,
}

/// What helps a developer of the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "google.rpc", file = "google/rpc/error_details.proto", crate = crate)]
pub struct DebugInfo {
    /// Where it happened, innermost first.
    #[proto(1)]
    pub stack_entries: Vec<String>,
    /// Anything else.
    #[proto(2)]
    pub detail: String,
}

/// Which quotas were exceeded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "google.rpc", file = "google/rpc/error_details.proto", crate = crate)]
pub struct QuotaFailure {
    /// Each of them.
    #[proto(1)]
    pub violations: Vec<QuotaViolation>,
}

/// A quota that was exceeded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(name = "Violation", nested_in = QuotaFailure, crate = crate)]
pub struct QuotaViolation {
    /// Whose quota it is: `project:lighthouse`.
    #[proto(1)]
    pub subject: String,
    /// How it was exceeded, and where to get more.
    #[proto(2)]
    pub description: String,
    /// The service that the quota belongs to, which may be another one than was called.
    #[proto(3)]
    pub api_service: String,
    /// What is measured.
    #[proto(4)]
    pub quota_metric: String,
    /// The name of the limit.
    #[proto(5)]
    pub quota_id: String,
    /// What the limit holds for, such as a region.
    #[proto(6)]
    pub quota_dimensions: BTreeMap<String, String>,
    /// The limit.
    #[proto(7)]
    pub quota_value: i64,
    /// The limit to come, while a new one is being introduced.
    #[proto(8)]
    pub future_quota_value: Option<i64>,
}

/// What has to be so before this can be done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "google.rpc", file = "google/rpc/error_details.proto", crate = crate)]
pub struct PreconditionFailure {
    /// Each condition that isn't met.
    #[proto(1)]
    pub violations: Vec<PreconditionViolation>,
}

/// A condition that isn't met.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(name = "Violation", nested_in = PreconditionFailure, crate = crate)]
pub struct PreconditionViolation {
    /// The kind of condition: `TOS`.
    #[proto(1)]
    pub r#type: String,
    /// What doesn't meet it.
    #[proto(2)]
    pub subject: String,
    /// What a developer can do.
    #[proto(3)]
    pub description: String,
}

/// What is wrong with the fields of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "google.rpc", file = "google/rpc/error_details.proto", crate = crate)]
pub struct BadRequest {
    /// Each mistake.
    #[proto(1)]
    pub field_violations: Vec<FieldViolation>,
}

/// What is wrong with a field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(nested_in = BadRequest, crate = crate)]
pub struct FieldViolation {
    /// The path to it, with protobuf's names: `area.lo.latitude`, `points[3]`.
    #[proto(1)]
    pub field: String,
    /// Why it is a mistake.
    #[proto(2)]
    pub description: String,
    /// The same for programs: one of a fixed set within the service.
    #[proto(3)]
    pub reason: String,
    /// The same for users.
    #[proto(4)]
    pub localized_message: Option<LocalizedMessage>,
}

/// What tells a request apart, for those who look for it in logs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "google.rpc", file = "google/rpc/error_details.proto", crate = crate)]
pub struct RequestInfo {
    /// What only the service can read.
    #[proto(1)]
    pub request_id: String,
    /// Anything that was used to serve the request.
    #[proto(2)]
    pub serving_data: String,
}

/// What was being accessed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "google.rpc", file = "google/rpc/error_details.proto", crate = crate)]
pub struct ResourceInfo {
    /// The kind of resource: `sql table`.
    #[proto(1)]
    pub resource_type: String,
    /// Its name.
    #[proto(2)]
    pub resource_name: String,
    /// Who owns it.
    #[proto(3)]
    pub owner: String,
    /// What went wrong with it.
    #[proto(4)]
    pub description: String,
}

/// Where to read on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "google.rpc", file = "google/rpc/error_details.proto", crate = crate)]
pub struct Help {
    /// The pages.
    #[proto(1)]
    pub links: Vec<Link>,
}

/// A page that helps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(nested_in = Help, crate = crate)]
pub struct Link {
    /// What is found there.
    #[proto(1)]
    pub description: String,
    /// Where it is.
    #[proto(2)]
    pub url: String,
}

/// A text that may be shown to users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "google.rpc", file = "google/rpc/error_details.proto", crate = crate)]
pub struct LocalizedMessage {
    /// Its language, by BCP 47: `en-US`.
    #[proto(1)]
    pub locale: String,
    /// The text.
    #[proto(2)]
    pub message: String,
}

/// The number of `google.rpc.Status.details`.
const DETAILS: u32 = 3;
