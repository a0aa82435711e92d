//! What a call ends with: a [`Code`], a message, and what the server added to them.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::metadata::Metadata;
use crate::schema::{ErrorDescriptor, MessageDescriptor};

/// The end of a call that didn't succeed, as it crosses the network.
///
/// One pointer wide, so that `Result<T, Status>` stays small.
///
/// ```
/// use traitwire::{Code, Status};
///
/// let status = Status::not_found("no feature at 0, 0");
/// assert_eq!(status.code(), Code::NotFound);
/// assert_eq!(status.to_string(), "NOT_FOUND: no feature at 0, 0");
/// ```
#[derive(Clone)]
pub struct Status(Box<Inner>);

#[derive(Clone)]
struct Inner {
    code: Code,
    message: Cow<'static, str>,
    details: Bytes,
    unplaced: Option<Unplaced>,
    headers: Metadata,
    metadata: Metadata,
    origin: Origin,
    http2_error: Option<u32>,
    peer: Option<Arc<str>>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// A detail whose message lives in the package of the service, which isn't known before the status leaves a method.
#[derive(Clone, Debug)]
pub(crate) struct Unplaced {
    pub(crate) descriptor: &'static MessageDescriptor,
    pub(crate) value: Bytes,
}

impl Status {
    /// A status of `code` with a message for the developer who reads it, in any language of the world.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            code,
            message: message.into(),
            details: Bytes::new(),
            unplaced: None,
            headers: Metadata::new(),
            metadata: Metadata::new(),
            origin: Origin::Local,
            http2_error: None,
            peer: None,
            source: None,
        }))
    }

    /// What kind of end it is.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What happened, for a developer; empty if nobody said.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The encoded `google.rpc.Status` of `grpc-status-details-bin`; empty if there is none.
    /// [`detail`](Self::detail) reads it. That of an error whose message names no package is added when the status leaves a
    /// method, whose service has one.
    pub fn details(&self) -> &Bytes {
        &self.0.details
    }

    /// Who says so.
    pub fn origin(&self) -> Origin {
        self.0.origin
    }

    /// The code of the RST_STREAM that ended the call (RFC 9113, section 7), if one did.
    pub fn http2_error(&self) -> Option<u32> {
        self.0.http2_error
    }

    /// On a client, whom the call went to: `127.0.0.1:50051`, `unix:/run/guide.sock`. `None` if it went to nobody, within
    /// the process, or to something that has no address.
    pub fn peer(&self) -> Option<&str> {
        self.0.peer.as_deref()
    }

    /// On a client, the initial metadata of a call that was to have one answer: what the server sent before it failed. A
    /// server that sends nothing before the status has all its metadata in [`metadata`](Self::metadata). For a stream, see
    /// [`Response::headers`](crate::Response::headers). It isn't sent.
    pub fn headers(&self) -> &Metadata {
        &self.0.headers
    }

    /// The trailing metadata that came with the status.
    pub fn metadata(&self) -> &Metadata {
        &self.0.metadata
    }

    /// The trailing metadata, to be sent with the status.
    pub fn metadata_mut(&mut self) -> &mut Metadata {
        &mut self.0.metadata
    }

    /// The same status with an encoded `google.rpc.Status` as its details.
    #[must_use]
    pub fn with_details(mut self, details: impl Into<Bytes>) -> Self {
        self.0.details = details.into();
        self
    }

    /// The same status with trailing metadata.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.0.metadata = metadata;
        self
    }

    /// These headers came before it.
    pub(crate) fn with_headers(mut self, headers: Metadata) -> Self {
        self.0.headers = headers;
        self
    }

    /// It comes from there.
    pub(crate) fn with_origin(mut self, origin: Origin) -> Self {
        self.0.origin = origin;
        self
    }

    /// An RST_STREAM with this code led to it.
    pub(crate) fn with_http2_error(mut self, code: u32) -> Self {
        self.0.http2_error = Some(code);
        self
    }

    /// It ended a call to this peer.
    pub(crate) fn with_peer(mut self, peer: Arc<str>) -> Self {
        self.0.peer = Some(peer);
        self
    }

    pub(crate) fn unplaced(&self) -> Option<&Unplaced> {
        self.0.unplaced.as_ref()
    }

    pub(crate) fn take_unplaced(&mut self) -> Option<Unplaced> {
        self.0.unplaced.take()
    }

    pub(crate) fn with_unplaced(mut self, detail: Unplaced) -> Self {
        self.0.unplaced = Some(detail);
        self
    }

    /// The same status with the error that led to it, for [`source`](StdError::source). It isn't sent.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Arc<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }
}

/// One constructor for each code, named after it.
macro_rules! constructors {
    ($($name:ident => $code:ident),* $(,)?) => {
        impl Status {
            $(
                #[doc = concat!("A status of [`Code::", stringify!($code), "`].")]
                pub fn $name(message: impl Into<Cow<'static, str>>) -> Self {
                    Self::new(Code::$code, message)
                }
            )*
        }
    };
}

constructors! {
    cancelled => Cancelled,
    unknown => Unknown,
    invalid_argument => InvalidArgument,
    deadline_exceeded => DeadlineExceeded,
    not_found => NotFound,
    already_exists => AlreadyExists,
    permission_denied => PermissionDenied,
    resource_exhausted => ResourceExhausted,
    failed_precondition => FailedPrecondition,
    aborted => Aborted,
    out_of_range => OutOfRange,
    unimplemented => Unimplemented,
    internal => Internal,
    unavailable => Unavailable,
    data_loss => DataLoss,
    unauthenticated => Unauthenticated,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code.name())?;
        if !self.0.message.is_empty() {
            write!(f, ": {}", self.0.message)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut s = f.debug_struct("Status");
        s.field("code", &self.0.code)
            .field("message", &self.0.message);
        if !self.0.details.is_empty() {
            s.field("details", &self.0.details);
        }
        if !self.0.headers.is_empty() {
            s.field("headers", &self.0.headers);
        }
        if !self.0.metadata.is_empty() {
            s.field("metadata", &self.0.metadata);
        }
        if self.0.origin != Origin::Local {
            s.field("origin", &self.0.origin);
        }
        if let Some(peer) = &self.0.peer {
            s.field("peer", peer);
        }
        if let Some(source) = &self.0.source {
            s.field("source", source);
        }
        s.finish()
    }
}

impl StdError for Status {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|e| e as _)
    }
}

/// Who says that a call ended: whether it helps to look at this program, at the other one, or between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// This program: a handler, a deadline that passed here, a message that couldn't be read, a cancelled call.
    Local,
    /// The server, which sent the status.
    Remote,
    /// What lies between the two: nobody there, a connection that broke, a stream that was reset, a proxy that answered in
    /// HTTP alone.
    Transport,
}

/// gRPC's status codes, with what each means to a caller.
///
/// Source: `doc/statuscodes.md` of the gRPC specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Code {
    /// The call succeeded. A [`Status`] with it is no error, and no server sends one as such.
    Ok = 0,
    /// The caller gave up.
    Cancelled = 1,
    /// An error that nobody could name.
    Unknown = 2,
    /// The request can't be right, whatever state the system is in.
    InvalidArgument = 3,
    /// The time was up. The operation may have happened.
    DeadlineExceeded = 4,
    /// What was asked for doesn't exist.
    NotFound = 5,
    /// What was to be created exists.
    AlreadyExists = 6,
    /// The caller is known and may not do this.
    PermissionDenied = 7,
    /// A quota, a limit or the space ran out.
    ResourceExhausted = 8,
    /// The system isn't in the state that the operation needs.
    FailedPrecondition = 9,
    /// A conflict with something at the same time; try again at a higher level.
    Aborted = 10,
    /// Past the valid range, which may change.
    OutOfRange = 11,
    /// Nobody here knows this method.
    Unimplemented = 12,
    /// An invariant is broken.
    Internal = 13,
    /// The service can't be reached now; try again after a while.
    Unavailable = 14,
    /// Data is lost or corrupt, for good.
    DataLoss = 15,
    /// The caller didn't prove who it is.
    Unauthenticated = 16,
}

impl Code {
    /// The code with this number, or `None` for one that gRPC doesn't define.
    pub fn from_number(number: u32) -> Option<Self> {
        ALL.get(usize::try_from(number).ok()?)
            .map(|(code, _)| *code)
    }

    /// The number on the wire.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The name in gRPC's specification: `NOT_FOUND`.
    pub fn name(self) -> &'static str {
        ALL[usize::from(self.number())].1
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An error of a method: what a handler's `Result` may hold on its right side.
///
/// [`Status`] is one, and every enum with [`#[derive(GrpcError)]`](derive@crate::GrpcError). Clients make it of the status
/// they get, hence [`From`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the error of a gRPC method",
    label = "a method fails with a `Status`",
    note = "write `Result<_, traitwire::Status>` in the trait, and map other errors to a status: `.map_err(|e| Status::internal(e.to_string()))`",
    note = "or add `#[derive(GrpcError)]` to an enum of what goes wrong"
)]
pub trait GrpcError: From<Status> + Send + 'static {
    /// What is known to go wrong, for the exported `.proto` files.
    const DESCRIPTOR: Option<&'static ErrorDescriptor> = None;

    /// What is sent.
    fn into_status(self) -> Status;

    /// What a caller of a method gets, whose service is in `package`. The same as [`From`], where the package makes no
    /// difference.
    fn from_status(status: Status, package: &str) -> Self {
        let _ = package;
        status.into()
    }
}

impl GrpcError for Status {
    fn into_status(self) -> Status {
        self
    }
}

/// By number.
const ALL: [(Code, &str); 17] = [
    (Code::Ok, "OK"),
    (Code::Cancelled, "CANCELLED"),
    (Code::Unknown, "UNKNOWN"),
    (Code::InvalidArgument, "INVALID_ARGUMENT"),
    (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
    (Code::NotFound, "NOT_FOUND"),
    (Code::AlreadyExists, "ALREADY_EXISTS"),
    (Code::PermissionDenied, "PERMISSION_DENIED"),
    (Code::ResourceExhausted, "RESOURCE_EXHAUSTED"),
    (Code::FailedPrecondition, "FAILED_PRECONDITION"),
    (Code::Aborted, "ABORTED"),
    (Code::OutOfRange, "OUT_OF_RANGE"),
    (Code::Unimplemented, "UNIMPLEMENTED"),
    (Code::Internal, "INTERNAL"),
    (Code::Unavailable, "UNAVAILABLE"),
    (Code::DataLoss, "DATA_LOSS"),
    (Code::Unauthenticated, "UNAUTHENTICATED"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_where_the_table_has_them() {
        for (number, (code, _)) in ALL.iter().enumerate() {
            assert_eq!(usize::from(code.number()), number);
            assert_eq!(Code::from_number(number as u32), Some(*code));
        }
        assert_eq!(Code::from_number(17), None);
    }

    #[test]
    fn a_status_is_one_pointer_wide() {
        assert_eq!(size_of::<Status>(), size_of::<usize>());
        assert_eq!(size_of::<Result<(), Status>>(), size_of::<usize>());
    }
}
