//! What a call ends with: a [`Code`], a message, and what the server added to them.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::metadata::Metadata;

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
    metadata: Metadata,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Status {
    /// A status of `code` with a message for the developer who reads it, in any language of the world.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            code,
            message: message.into(),
            details: Bytes::new(),
            metadata: Metadata::new(),
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
    pub fn details(&self) -> &Bytes {
        &self.0.details
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
        if !self.0.metadata.is_empty() {
            s.field("metadata", &self.0.metadata);
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
/// [`Status`] is one. Clients make it of the status they get, hence [`From`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the error of a gRPC method",
    label = "a method fails with a `Status`",
    note = "write `Result<_, traitwire::Status>` in the trait, and map other errors to a status: `.map_err(|e| Status::internal(e.to_string()))`"
)]
pub trait GrpcError: From<Status> + Send + 'static {
    /// What is sent.
    fn into_status(self) -> Status;
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
