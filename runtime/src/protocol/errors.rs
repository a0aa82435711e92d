//! What broke under a call, as a status.

use std::error::Error as StdError;

use h2::Reason;

use crate::status::{Code, Status};

/// The request stream broke off: what a handler that reads it is told.
pub(crate) fn server_error(error: Box<dyn StdError + Send + Sync>) -> Status {
    let status = match reason(&*error) {
        Some(Reason::CANCEL | Reason::NO_ERROR) => {
            Status::cancelled("the client cancelled the call")
        }
        Some(reason) => Status::cancelled(format!("the client reset the call: {}", name(reason))),
        None => Status::cancelled(format!(
            "the connection to the client broke: {}",
            text(&*error)
        )),
    };
    status.with_source(error)
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
            Status::new(code, format!("HTTP/2 {}: {}", name(reason), text(&*error)))
        }
        None => Status::unavailable(text(&*error)),
    };
    status.with_source(error)
}

/// HTTP/2's code, if the error has one that speaks of this call.
fn reason(error: &(dyn StdError + 'static)) -> Option<Reason> {
    let error = find::<h2::Error>(error)?;
    // GOAWAY and I/O errors end the connection, and with it calls that have done nothing wrong.
    if error.is_go_away() || error.is_io() {
        None
    } else {
        error.reason()
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

/// The name in RFC 9113, section 7.
fn name(reason: Reason) -> String {
    match reason {
        Reason::NO_ERROR => "NO_ERROR",
        Reason::PROTOCOL_ERROR => "PROTOCOL_ERROR",
        Reason::INTERNAL_ERROR => "INTERNAL_ERROR",
        Reason::FLOW_CONTROL_ERROR => "FLOW_CONTROL_ERROR",
        Reason::SETTINGS_TIMEOUT => "SETTINGS_TIMEOUT",
        Reason::STREAM_CLOSED => "STREAM_CLOSED",
        Reason::FRAME_SIZE_ERROR => "FRAME_SIZE_ERROR",
        Reason::REFUSED_STREAM => "REFUSED_STREAM",
        Reason::CANCEL => "CANCEL",
        Reason::COMPRESSION_ERROR => "COMPRESSION_ERROR",
        Reason::CONNECT_ERROR => "CONNECT_ERROR",
        Reason::ENHANCE_YOUR_CALM => "ENHANCE_YOUR_CALM",
        Reason::INADEQUATE_SECURITY => "INADEQUATE_SECURITY",
        Reason::HTTP_1_1_REQUIRED => "HTTP_1_1_REQUIRED",
        other => return format!("error {}", u32::from(other)),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(reason: Reason, expect: Expect) {
        let status = client_error(h2::Error::from(reason).into());
        expect.assert_eq(status.code().name());
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
