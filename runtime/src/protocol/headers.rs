//! The names in front of and behind the messages.

use std::borrow::Cow;
use std::time::Duration;

use http::header::{ALLOW, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, TE, USER_AGENT};
use http::{Method, StatusCode};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode, percent_encode};

use crate::call::{Coding, Compressions, Format};
use crate::deadline::Timeout;
use crate::details;
use crate::metadata::{Metadata, decode_bin, encode_bin};
use crate::status::{Code, Origin, Status};

/// What the headers of a request say to the server, metadata aside.
#[derive(Debug)]
pub(crate) struct RequestHead {
    pub(crate) timeout: Option<Duration>,
    /// What `grpc-encoding` names, unless it is `identity`.
    pub(crate) encoding: Option<String>,
    /// What the client takes in return.
    pub(crate) accepted: Compressions,
    /// What the messages are in, both ways.
    pub(crate) format: Format,
}

/// What a response says of how messages are written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ResponseCoding {
    /// How its own are.
    pub(crate) sent: Coding,
    /// How those may be compressed that are taken of the client.
    pub(crate) accepted: Compressions,
}

/// Why a request isn't a call, or not one we take.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Not gRPC: the client understands HTTP only.
    Http(StatusCode, &'static str),
    /// gRPC that went wrong.
    Status(Status),
}

/// Reads the headers of a request.
pub(crate) fn read_request(method: &Method, headers: &HeaderMap) -> Result<RequestHead, Refusal> {
    let format = check_request(method == Method::POST, request_format(headers))?;
    let timeout = headers
        .get(GRPC_TIMEOUT)
        .map(|value| read_timeout(value.as_bytes()));
    Ok(RequestHead {
        timeout: timeout.transpose().map_err(Refusal::Status)?,
        encoding: headers
            .get(GRPC_ENCODING)
            .and_then(|value| read_encoding(value.as_bytes())),
        accepted: headers
            .get(GRPC_ACCEPT_ENCODING)
            .map(|value| Compressions::parse(value.as_bytes()))
            .unwrap_or_default(),
        format,
    })
}

/// Whether a request is one for a gRPC service.
pub(super) fn check_request(post: bool, format: Option<Format>) -> Result<Format, Refusal> {
    // The specification wants 415 for other content types, and leaves the method open.
    let Some(format) = format else {
        return Err(Refusal::Http(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "this is a gRPC service: the content-type has to be application/grpc\n",
        ));
    };
    if !post {
        return Err(Refusal::Http(
            StatusCode::METHOD_NOT_ALLOWED,
            "this is a gRPC service: the method has to be POST\n",
        ));
    }
    Ok(format)
}

/// Reads a `grpc-timeout`.
pub(super) fn read_timeout(value: &[u8]) -> Result<Duration, Status> {
    Timeout::parse(value)
        .map(Timeout::duration)
        .map_err(|error| {
            let value = String::from_utf8_lossy(value);
            Status::internal(format!("grpc-timeout {value:?} can't be read: {error}"))
        })
}

/// Reads a `grpc-encoding`: `None` for `identity`.
pub(super) fn read_encoding(value: &[u8]) -> Option<String> {
    (value != b"identity").then(|| String::from_utf8_lossy(value).into_owned())
}

/// The response to something that isn't gRPC, its body given.
pub(crate) fn refusal_response<B>(status: StatusCode, body: B) -> http::Response<B> {
    let mut response = http::Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(ALLOW, HeaderValue::from_static("POST"));
    }
    response
}

/// The response that messages follow.
pub(crate) fn response_head<B>(
    initial: Metadata,
    coding: ResponseCoding,
    body: B,
) -> http::Response<B> {
    let mut response = http::Response::new(body);
    let headers = response.headers_mut();
    // Said before, or the map would make room for more.
    headers.reserve(1);
    headers.insert(CONTENT_TYPE, content_type(coding.sent.format));
    initial.write_to(headers);
    if let Some(sent) = coding.sent.compression {
        headers.insert(GRPC_ENCODING, HeaderValue::from_static(sent.name()));
    }
    if !coding.accepted.is_empty() {
        write_accepted(coding.accepted, headers);
    }
    response
}

fn write_accepted(accepted: Compressions, headers: &mut HeaderMap) {
    if let Ok(names) = HeaderValue::try_from(accepted.names()) {
        headers.insert(GRPC_ACCEPT_ENCODING, names);
    }
}

/// The response of a call that ended before its first message ("Trailers-Only").
pub(crate) fn trailers_only<B>(
    initial: Metadata,
    status: Status,
    trailing: Metadata,
    accepted: Compressions,
    body: B,
) -> http::Response<B> {
    let unimplemented = status.code() == Code::Unimplemented;
    let mut response = http::Response::new(body);
    let headers = response.headers_mut();
    *headers = status_trailers(Err(status), trailing);
    initial.write_to(headers);
    headers.insert(CONTENT_TYPE, APPLICATION_GRPC);
    if unimplemented || !accepted.is_empty() {
        // It may have been the compression: compression.md wants to know what would have been taken.
        write_accepted(accepted, headers);
    }
    response
}

/// The trailers of a call.
pub(crate) fn status_trailers(result: Result<(), Status>, trailing: Metadata) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(1);
    let Err(status) = result else {
        headers.insert(GRPC_STATUS, HeaderValue::from_static("0"));
        if !trailing.is_empty() {
            trailing.write_to(&mut headers);
        }
        return headers;
    };
    headers.insert(
        GRPC_STATUS,
        HeaderValue::from(u16::from(status.code().number())),
    );
    if let Some(message) = encode_message(status.message()) {
        headers.insert(GRPC_MESSAGE, message);
    }
    let details = details::placed(&status, "");
    if !details.is_empty()
        && let Ok(details) = HeaderValue::from_str(&encode_bin(&details))
    {
        headers.insert(GRPC_STATUS_DETAILS, details);
    }
    trailing.write_to(&mut headers);
    status.metadata().clone().write_to(&mut headers);
    headers
}

/// What a client says beside the message.
#[derive(Debug, Default)]
pub(crate) struct ClientRequest {
    pub(crate) timeout: Option<Duration>,
    pub(crate) metadata: Metadata,
    pub(crate) user_agent: Option<HeaderValue>,
    /// How the messages are written.
    pub(crate) coding: Coding,
    /// What is taken of the server.
    pub(crate) accepted: Compressions,
}

/// Writes the headers of a request.
pub(crate) fn write_request(request: ClientRequest, headers: &mut HeaderMap) {
    // First, so that nothing in it can stand beside what the protocol says: metadata may be that of another call.
    request.metadata.write_to(headers);
    headers.insert(TE, HeaderValue::from_static("trailers"));
    headers.insert(CONTENT_TYPE, content_type(request.coding.format));
    if let Some(user_agent) = request.user_agent {
        headers.insert(USER_AGENT, user_agent);
    }
    if let Some(compression) = request.coding.compression {
        headers.insert(GRPC_ENCODING, HeaderValue::from_static(compression.name()));
    }
    if !request.accepted.is_empty() {
        write_accepted(request.accepted, headers);
    }
    if let Some(timeout) = request.timeout
        && let Ok(value) = HeaderValue::try_from(Timeout::new(timeout).to_string())
    {
        headers.insert(GRPC_TIMEOUT, value);
    }
}

/// Who we say we are: `grpc-rust-traitwire/0.1.0`, behind what the application says of itself.
pub(crate) fn user_agent(application: Option<&str>) -> Option<HeaderValue> {
    const OURS: &str = concat!("grpc-rust-traitwire/", env!("CARGO_PKG_VERSION"));
    match application {
        None => Some(HeaderValue::from_static(OURS)),
        Some(application) => HeaderValue::try_from(format!("{application} {OURS}")).ok(),
    }
}

/// What the head of a response says to the client.
#[derive(Debug)]
pub(crate) enum ResponseHead {
    /// Messages follow, maybe none.
    Messages {
        /// What `grpc-encoding` names, unless it is `identity`.
        encoding: Option<String>,
    },
    /// The call is over ("Trailers-Only"), or this isn't gRPC.
    Ended(Result<(), Status>),
}

/// Reads the head of a response to a call in this format.
pub(crate) fn read_response(
    status: StatusCode,
    headers: &HeaderMap,
    format: Format,
) -> ResponseHead {
    match read_open_response(status, headers, format) {
        ResponseHead::Messages { .. } if has_status(headers) => {
            ResponseHead::Ended(read_status(headers))
        }
        head => head,
    }
}

/// As [`read_response`], for a head with more to come: a status in it doesn't count, unless nothing comes. PROTOCOL-HTTP2.md
/// has it in the last block alone, and what a server says there goes before what it promised.
pub(crate) fn read_open_response(
    status: StatusCode,
    headers: &HeaderMap,
    format: Format,
) -> ResponseHead {
    let answered = headers
        .get(CONTENT_TYPE)
        .and_then(|value| read_content_type(value.as_bytes()));
    // Not all servers say what everybody knows: they name no format.
    let grpc = answered.is_some_and(|answered| answered == format || answered == Format::Protobuf);
    // http-grpc-status-mapping.md: only where there is no grpc-status does the HTTP status count.
    if status != StatusCode::OK || !grpc {
        if has_status(headers) {
            return ResponseHead::Ended(read_status(headers));
        }
        let content_type = match headers.get(CONTENT_TYPE) {
            Some(value) => format!("{value:?}"),
            None => "none".to_owned(),
        };
        return ResponseHead::Ended(Err(Status::new(
            code_of_http(status),
            format!("the response is not gRPC: HTTP status {status}, content-type {content_type}"),
        )
        .with_origin(Origin::Transport)));
    }
    ResponseHead::Messages {
        encoding: headers
            .get(GRPC_ENCODING)
            .and_then(|value| read_encoding(value.as_bytes())),
    }
}

/// Whether the block says how the call ends.
pub(crate) fn has_status(headers: &HeaderMap) -> bool {
    headers.contains_key(GRPC_STATUS)
}

/// Reads what came after the last message.
pub(crate) fn read_trailers(headers: &HeaderMap) -> Result<Metadata, Status> {
    read_status(headers)?;
    Ok(Metadata::from_headers(headers))
}

/// The status in headers or trailers.
pub(super) fn read_status(headers: &HeaderMap) -> Result<(), Status> {
    let Some(value) = headers.get(GRPC_STATUS) else {
        return Err(
            // http-grpc-status-mapping.md: a response of HTTP status 200 without it is UNKNOWN.
            Status::unknown("the server ended the call without a grpc-status")
                .with_origin(Origin::Transport),
        );
    };
    // `parse` would take a sign.
    let digits = value.as_bytes().iter().all(u8::is_ascii_digit);
    let number = std::str::from_utf8(value.as_bytes())
        .ok()
        .filter(|_| digits)
        .and_then(|text| text.parse().ok());
    let code = number.and_then(Code::from_number);
    if code == Some(Code::Ok) {
        return Ok(());
    }
    let message = headers
        .get(GRPC_MESSAGE)
        .map(|value| decode_message(value.as_bytes()));
    let message = match (code, message) {
        (Some(_), message) => message.unwrap_or_default(),
        (None, Some(message)) => Cow::Owned(format!("{message} (grpc-status {value:?})")),
        (None, None) => Cow::Owned(format!("grpc-status {value:?}")),
    };
    let details = headers
        .get(GRPC_STATUS_DETAILS)
        .and_then(|value| decode_bin(value.as_bytes()));
    Err(
        Status::new(code.unwrap_or(Code::Unknown), message.into_owned())
            .with_origin(Origin::Remote)
            .with_details(details.unwrap_or_default())
            .with_metadata(Metadata::from_headers(headers)),
    )
}

/// Whether a request says that it is gRPC.
pub(crate) fn is_grpc_request(headers: &HeaderMap) -> bool {
    request_format(headers).is_some()
}

fn request_format(headers: &HeaderMap) -> Option<Format> {
    let content_type = headers.get(CONTENT_TYPE)?;
    read_content_type(content_type.as_bytes())
}

/// Reads `application/grpc`, alone or with what the messages are in, whatever parameters follow.
pub(super) fn read_content_type(value: &[u8]) -> Option<Format> {
    let essence = value.split(|b| *b == b';').next().unwrap_or_default();
    let essence = essence.trim_ascii();
    let is = |name: &HeaderValue| essence.eq_ignore_ascii_case(name.as_bytes());
    if is(&APPLICATION_GRPC) || is(&APPLICATION_GRPC_PROTO) {
        return Some(Format::Protobuf);
    }
    #[cfg(feature = "json")]
    if is(&APPLICATION_GRPC_JSON) {
        return Some(Format::Json);
    }
    None
}

/// What a call says whose messages are in this format.
pub(super) fn content_type(format: Format) -> HeaderValue {
    match format {
        Format::Protobuf => APPLICATION_GRPC,
        #[cfg(feature = "json")]
        Format::Json => APPLICATION_GRPC_JSON,
    }
}

/// `None` for an empty one, which isn't sent. A long one is cut: with trailers longer than a client takes, it would lose
/// the status or the whole connection.
fn encode_message(message: &str) -> Option<HeaderValue> {
    if message.is_empty() {
        return None;
    }
    let mut encoded = String::new();
    for (start, c) in message.char_indices() {
        let len = encoded.len();
        encoded.extend(percent_encode(
            &message.as_bytes()[start..start + c.len_utf8()],
            MESSAGE,
        ));
        if encoded.len() > MAX_MESSAGE_LEN {
            encoded.truncate(len);
            encoded.push_str("...");
            break;
        }
    }
    // HTTP/2 lets no field begin or end with a blank (RFC 9113, section 8.2.1): the call would be lost with the message.
    if encoded.ends_with(' ') {
        encoded.pop();
        encoded.push_str("%20");
    }
    if encoded.starts_with(' ') {
        encoded.replace_range(..1, "%20");
    }
    HeaderValue::try_from(encoded).ok()
}

/// Whatever a peer sends is shown ("must not … throw away invalid values"): what isn't UTF-8 by replacement characters.
fn decode_message(value: &[u8]) -> Cow<'_, str> {
    let bytes: Cow<'_, [u8]> = percent_decode(value).into();
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// `doc/http-grpc-status-mapping.md`.
fn code_of_http(status: StatusCode) -> Code {
    match status.as_u16() {
        400 | 431 => Code::Internal,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::Unimplemented,
        429 | 502 | 503 | 504 => Code::Unavailable,
        _ => Code::Unknown,
    }
}

/// "Percent-Encoded" in PROTOCOL-HTTP2.md: everything but space to `~`, and `%`.
const MESSAGE: &AsciiSet = &CONTROLS.add(b'%');

/// Bytes of a `grpc-message`: half of what the implementations that take least (8 KiB) have for all trailers.
const MAX_MESSAGE_LEN: usize = 4 * 1024;

pub(super) const APPLICATION_GRPC: HeaderValue = HeaderValue::from_static("application/grpc");
const APPLICATION_GRPC_PROTO: HeaderValue = HeaderValue::from_static("application/grpc+proto");
#[cfg(feature = "json")]
const APPLICATION_GRPC_JSON: HeaderValue = HeaderValue::from_static("application/grpc+json");
const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const GRPC_ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");
pub(super) const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const GRPC_STATUS_DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (key, value) in pairs {
            headers.append(*key, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        headers
    }

    #[track_caller]
    fn check_response(status: u16, pairs: &[(&'static str, &'static str)], expect: Expect) {
        let status = StatusCode::from_u16(status).unwrap();
        expect.assert_eq(
            &match read_response(status, &headers(pairs), Format::Protobuf) {
                ResponseHead::Messages { encoding } => format!("messages, encoding {encoding:?}"),
                ResponseHead::Ended(Ok(())) => "OK".to_owned(),
                ResponseHead::Ended(Err(status)) => status.to_string(),
            },
        );
    }

    #[track_caller]
    fn check_message(message: &str, expect: Expect) {
        let trailers = status_trailers(Err(Status::internal(message.to_owned())), Metadata::new());
        let sent = trailers
            .get("grpc-message")
            .map_or("", |value| value.to_str().unwrap());
        expect.assert_eq(sent);
        assert_eq!(read_status(&trailers).unwrap_err().message(), message);
    }

    #[test]
    fn messages_are_percent_encoded_where_they_have_to_be() {
        check_message("", expect![""]);
        check_message("no feature at 0, 0 ~", expect!["no feature at 0, 0 ~"]);
        check_message("100%\n", expect!["100%25%0A"]);
        check_message("größer 🦀", expect!["gr%C3%B6%C3%9Fer %F0%9F%A6%80"]);
        check_message("\0\t\u{1f}\u{7f}\u{80}", expect!["%00%09%1F%7F%C2%80"]);
        check_message("%41 is A", expect!["%2541 is A"]);
    }

    #[test]
    fn blanks_at_the_ends_of_a_message_are_encoded() {
        check_message(" a  b ", expect!["%20a  b%20"]);
        check_message(" ", expect!["%20"]);
        check_message("  ", expect!["%20%20"]);
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let trailers = status_trailers(Err(Status::internal("ü".repeat(5000))), Metadata::new());
        let message = read_status(&trailers).unwrap_err().message().to_owned();
        assert_eq!(message, "ü".repeat(MAX_MESSAGE_LEN / 6) + "...");
    }

    #[test]
    fn metadata_of_another_call_says_nothing_of_this_one() {
        let forwarded = headers(&[("user-agent", "them"), ("x-a", "1")]);
        let mut sent = HeaderMap::new();
        let request = ClientRequest {
            metadata: Metadata::from_headers(&forwarded),
            user_agent: user_agent(None),
            ..ClientRequest::default()
        };
        write_request(request, &mut sent);
        assert_eq!(sent.get_all("user-agent").iter().count(), 1);
        assert_eq!(sent["x-a"], "1");
    }

    #[test]
    fn a_message_that_is_not_percent_encoding_is_shown_as_it_came() {
        let check = |sent: &[u8], shown| assert_eq!(decode_message(sent), shown);
        check(b"50% of %zz, %C3", "50% of %zz, \u{fffd}");
        check(b"%", "%");
        check(b"%4", "%4");
        check(b"%c3%b6%00", "ö\0");
        check("raw ö".as_bytes(), "raw ö");
        check(b"raw \xff\t", "raw \u{fffd}\t");
        check(b"%25%32%35", "%25");
    }

    #[test]
    fn http_statuses_count_where_there_is_no_grpc_status() {
        for (http, code) in [
            (400, Code::Internal),
            (401, Code::Unauthenticated),
            (403, Code::PermissionDenied),
            (404, Code::Unimplemented),
            (429, Code::Unavailable),
            (431, Code::Internal),
            (502, Code::Unavailable),
            (503, Code::Unavailable),
            (504, Code::Unavailable),
            (204, Code::Unknown),
            (302, Code::Unknown),
            (500, Code::Unknown),
            (200, Code::Unknown),
        ] {
            let ResponseHead::Ended(Err(status)) = read_response(
                StatusCode::from_u16(http).unwrap(),
                &headers(&[]),
                Format::Protobuf,
            ) else {
                panic!("{http} was taken for gRPC");
            };
            assert_eq!(status.code(), code, "{http}");
        }
        check_response(
            503,
            &[("content-type", "text/html")],
            expect![[
                r#"UNAVAILABLE: the response is not gRPC: HTTP status 503 Service Unavailable, content-type "text/html""#
            ]],
        );
        check_response(
            503,
            &[("content-type", "application/grpc"), ("grpc-status", "7")],
            expect!["PERMISSION_DENIED"],
        );
    }

    #[test]
    fn odd_statuses_are_unknown_and_say_what_came() {
        let grpc = ("content-type", "application/grpc");
        check_response(200, &[grpc, ("grpc-status", "0")], expect!["OK"]);
        check_response(
            200,
            &[grpc, ("grpc-status", "99")],
            expect![[r#"UNKNOWN: grpc-status "99""#]],
        );
        check_response(
            200,
            &[grpc, ("grpc-status", "five"), ("grpc-message", "hm")],
            expect![[r#"UNKNOWN: hm (grpc-status "five")"#]],
        );
        for odd in [
            "",
            "-1",
            "+5",
            " 5",
            "5.0",
            "17",
            "4294967296",
            "99999999999999999999",
        ] {
            let ResponseHead::Ended(Err(status)) = read_response(
                StatusCode::OK,
                &headers(&[grpc, ("grpc-status", odd)]),
                Format::Protobuf,
            ) else {
                panic!("{odd:?} was taken for a status");
            };
            assert_eq!(status.to_string(), format!("UNKNOWN: grpc-status {odd:?}"));
            assert_eq!(status.origin(), Origin::Remote);
        }
        check_response(
            200,
            &[grpc, ("grpc-status", "016")],
            expect!["UNAUTHENTICATED"],
        );
        check_response(200, &[grpc], expect!["messages, encoding None"]);
        assert_eq!(
            read_trailers(&HeaderMap::new()).unwrap_err().to_string(),
            "UNKNOWN: the server ended the call without a grpc-status"
        );
    }

    #[cfg(feature = "json")]
    #[test]
    fn a_call_in_json_takes_what_names_no_other_format() {
        let answered = |content_type, format| {
            let pairs = [("content-type", content_type)];
            let head = read_open_response(StatusCode::OK, &headers(&pairs), format);
            matches!(head, ResponseHead::Messages { .. })
        };
        for content_type in ["application/grpc", "application/grpc+json; a=b"] {
            assert!(answered(content_type, Format::Json), "{content_type}");
        }
        assert!(!answered("application/grpc+json", Format::Protobuf));
        assert!(!answered("application/json", Format::Json));
    }

    #[test]
    fn what_is_not_grpc_is_refused_in_http() {
        let refusal = |method, pairs: &[_]| match read_request(&method, &headers(pairs)) {
            Ok(_) => "taken".to_owned(),
            Err(Refusal::Http(status, _)) => status.to_string(),
            Err(Refusal::Status(status)) => status.to_string(),
        };
        let grpc = ("content-type", "application/grpc");
        assert_eq!(refusal(Method::POST, &[grpc]), "taken");
        assert_eq!(
            refusal(
                Method::POST,
                &[("content-type", "application/grpc+proto; a=b")]
            ),
            "taken"
        );
        assert_eq!(refusal(Method::POST, &[]), "415 Unsupported Media Type");
        assert_eq!(
            refusal(Method::POST, &[("content-type", "application/grpc-web")]),
            "415 Unsupported Media Type"
        );
        assert_eq!(refusal(Method::GET, &[grpc]), "405 Method Not Allowed");
        assert_eq!(
            refusal(Method::POST, &[grpc, ("grpc-timeout", "soon")]),
            r#"INTERNAL: grpc-timeout "soon" can't be read: it does not start with digits"#
        );
    }

    #[test]
    fn broken_details_hurt_nobody() {
        let details = |value| {
            let trailers = headers(&[("grpc-status", "5"), ("grpc-status-details-bin", value)]);
            let status = read_status(&trailers).unwrap_err();
            assert_eq!(status.code(), Code::NotFound);
            status.details().to_vec()
        };
        assert_eq!(details("!!"), b"");
        assert_eq!(details(""), b"");
        assert_eq!(details("CAU,CAU"), b"");
        // Base64, padded or not; what it says is for whoever asks.
        assert_eq!(details("/w=="), b"\xff");
        assert_eq!(details("/w"), b"\xff");
    }

    #[test]
    fn it_is_said_where_a_status_comes_from() {
        let origin =
            |status, pairs: &[_]| match read_response(status, &headers(pairs), Format::Protobuf) {
                ResponseHead::Ended(Err(status)) => status.origin(),
                head => panic!("{head:?}"),
            };
        let grpc = ("content-type", "application/grpc");
        assert_eq!(
            origin(StatusCode::OK, &[grpc, ("grpc-status", "5")]),
            Origin::Remote
        );
        assert_eq!(origin(StatusCode::BAD_GATEWAY, &[]), Origin::Transport);
        let nothing = read_trailers(&HeaderMap::new()).unwrap_err();
        assert_eq!(nothing.origin(), Origin::Transport);
    }
}
