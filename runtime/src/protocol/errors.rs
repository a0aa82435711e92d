//! What broke under a call, as a status.

use std::error::Error as StdError;

use std::fmt;

use traitwire_engine::Reason;

use crate::status::{Code, Origin, Status};

/// The request stream broke off: what a handler that reads it is told.
pub(crate) fn server_error(error: Box<dyn StdError + Send + Sync>) -> Status {
    let status = match reason(&*error) {
        Some(reason @ (Reason::CANCEL | Reason::NO_ERROR)) => {
            Status::cancelled("the client cancelled the call").with_http2_error(reason.0)
        }
        Some(reason) => Status::cancelled(format!("the client reset the call: {reason}"))
            .with_http2_error(reason.0),
        None => Status::cancelled(format!(
            "the connection to the client broke: {}",
            text(&*error)
        )),
    };
    status.with_origin(Origin::Transport).with_source(error)
}

/// The call broke off: what a client is told.
///
/// RST_STREAM codes are mapped as "Errors" in PROTOCOL-HTTP2.md says; everything without one is a connection that broke.
pub(crate) fn client_error(error: Box<dyn StdError + Send + Sync>) -> Status {
    // The server's word, or ours, found below a layer of somebody's tower.
    if let Some(status) = find::<Status>(&*error) {
        return status.clone();
    }
    let status = match reason(&*error) {
        Some(reason) => {
            let code = match reason {
                Reason::REFUSED_STREAM => Code::Unavailable,
                Reason::CANCEL => Code::Cancelled,
                Reason::ENHANCE_YOUR_CALM => Code::ResourceExhausted,
                Reason::INADEQUATE_SECURITY => Code::PermissionDenied,
                _ => Code::Internal,
            };
            Status::new(code, format!("HTTP/2 {reason}: {}", text(&*error)))
                .with_http2_error(reason.0)
        }
        None => Status::unavailable(text(&*error)),
    };
    status.with_origin(Origin::Transport).with_source(error)
}

/// What broke a stream of our own HTTP/2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// The peer reset the stream, or had it reset by what it sent; then there are words for it.
    Stream(Reason, &'static str),
    /// The connection is gone.
    Connection(String),
}

impl Broken {
    /// What a handler is told that still reads requests.
    #[cold]
    pub(crate) fn server_status(self) -> Status {
        server_error(Box::new(self))
    }

    /// What a caller is told.
    #[cold]
    pub(crate) fn client_status(self) -> Status {
        client_error(Box::new(self))
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream(reason, "") => write!(f, "the stream was reset: {reason}"),
            Self::Stream(reason, text) => write!(f, "the stream was reset: {reason}: {text}"),
            Self::Connection(text) => f.write_str(text),
        }
    }
}

impl StdError for Broken {}

/// HTTP/2's code, if the error has one that speaks of this call.
fn reason(error: &(dyn StdError + 'static)) -> Option<Reason> {
    if let Some(broken) = find::<Broken>(error) {
        return match broken {
            Broken::Stream(reason, _) => Some(*reason),
            Broken::Connection(_) => None,
        };
    }
    let error = find::<h2::Error>(error)?;
    // GOAWAY and I/O errors end the connection, and with it calls that have done nothing wrong.
    if error.is_go_away() || error.is_io() {
        None
    } else {
        error.reason().map(|reason| Reason(reason.into()))
    }
}

fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    chain(error).find_map(|error| error.downcast_ref())
}

fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| <dyn StdError>::source(*error))
}

/// An error and what led to it, in one line, without saying anything twice.
fn text(error: &(dyn StdError + 'static)) -> String {
    let mut text = String::new();
    for error in chain(error) {
        let part = error.to_string();
        if !text.contains(&part) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&part);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(reason: Reason, expect: Expect) {
        let of_h2 = client_error(h2::Error::from(h2::Reason::from(reason.0)).into());
        let ours = client_error(Broken::Stream(reason, "").into());
        assert_eq!(of_h2.code(), ours.code());
        for status in [of_h2, ours.clone()] {
            assert_eq!(status.origin(), Origin::Transport);
            assert_eq!(status.http2_error(), Some(reason.0));
        }
        expect.assert_eq(ours.code().name());
    }

    #[test]
    fn rst_stream_codes_are_mapped_as_the_table_says() {
        check(Reason::NO_ERROR, expect!["INTERNAL"]);
        check(Reason::PROTOCOL_ERROR, expect!["INTERNAL"]);
        check(Reason::REFUSED_STREAM, expect!["UNAVAILABLE"]);
        check(Reason::CANCEL, expect!["CANCELLED"]);
        check(Reason::ENHANCE_YOUR_CALM, expect!["RESOURCE_EXHAUSTED"]);
        check(Reason::INADEQUATE_SECURITY, expect!["PERMISSION_DENIED"]);
    }

    #[test]
    fn a_broken_connection_is_unavailable() {
        let error = std::io::Error::new(
            std::io::ErrorKind::ConnectionReset,
            "connection reset by peer",
        );
        assert_eq!(
            client_error(error.into()).to_string(),
            "UNAVAILABLE: connection reset by peer"
        );
    }
}
