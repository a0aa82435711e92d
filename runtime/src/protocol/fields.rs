//! The same headers, field by field, as our own HTTP/2 has them.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use traitwire_engine::hpack::{Field, Indexing, NameId};
use traitwire_engine::{Fields, ReadHead};

use super::headers::{
    APPLICATION_GRPC, GRPC_STATUS, Refusal, RequestHead, ResponseCoding, ResponseHead,
    check_request, content_type, has_status, read_content_type, read_encoding, read_open_response,
    read_status, read_timeout, status_trailers,
};
use crate::call::{Coding, Compression, Compressions, Format};
use crate::deadline::Timeout;
use crate::metadata::Metadata;
use crate::status::{Code, Status};

/// Names that [`RequestFields`] and [`ResponseFields`] tell apart.
pub(crate) const NAMES: &[&str] = &[
    "grpc-timeout",
    "grpc-encoding",
    "grpc-status",
    "grpc-message",
    "grpc-status-details-bin",
    "grpc-accept-encoding",
];

const TIMEOUT_ID: NameId = NameId::custom(0);
const ENCODING_ID: NameId = NameId::custom(1);
const STATUS_ID: NameId = NameId::custom(2);
const MESSAGE_ID: NameId = NameId::custom(3);
const DETAILS_ID: NameId = NameId::custom(4);
const ACCEPT_ENCODING_ID: NameId = NameId::custom(5);

/// What the fields of a request say to the server, metadata aside.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestFields {
    post: bool,
    format: Option<Format>,
    timeout: Option<Duration>,
    encoding: Option<Box<str>>,
    accepted: Compressions,
    broken: Option<Box<Status>>,
}

impl RequestFields {
    pub(crate) fn field(&mut self, field: &Field<'_>) {
        match field.id {
            NameId::METHOD => self.post = field.value == b"POST",
            NameId::CONTENT_TYPE => {
                self.format = match field.value {
                    b"application/grpc" => Some(Format::Protobuf),
                    value => read_content_type(value),
                };
            }
            TIMEOUT_ID => match read_timeout(field.value) {
                Ok(timeout) => self.timeout = Some(timeout),
                Err(status) => self.broken = Some(Box::new(status)),
            },
            ENCODING_ID => {
                self.encoding = read_encoding(field.value).map(String::into_boxed_str);
            }
            ACCEPT_ENCODING_ID => self.accepted = Compressions::parse(field.value),
            _ => {}
        }
    }

    /// As [`read_request`](super::read_request).
    pub(crate) fn into_head(self) -> Result<RequestHead, Refusal> {
        let format = check_request(self.post, self.format)?;
        match self.broken {
            Some(status) => Err(Refusal::Status(*status)),
            None => Ok(RequestHead {
                timeout: self.timeout,
                encoding: self.encoding.map(String::from),
                accepted: self.accepted,
                format,
            }),
        }
    }
}

/// What the fields of a response, or of its trailers, say to the client.
///
/// The few that every good answer has are told apart as they come. As soon as there is another one of the protocol's, all
/// of those are kept, and read as headers are.
#[derive(Clone, Debug, Default)]
pub struct ResponseFields {
    /// Trailers have none.
    http_status: Option<StatusCode>,
    /// `content-type: application/grpc`
    grpc: bool,
    /// `grpc-status: 0`
    ok: bool,
    metadata: Metadata,
    /// What the protocol has to say, where it isn't the usual.
    unusual: Option<Arc<HeaderMap>>,
}

/// Makes [`ResponseFields`] of header blocks.
#[derive(Debug)]
pub(crate) struct ReadResponses;

impl ReadHead for ReadResponses {
    type Head = ResponseFields;

    fn start(&mut self) -> ResponseFields {
        ResponseFields::default()
    }

    fn field(&mut self, head: &mut ResponseFields, field: &Field<'_>) {
        head.field(field);
    }
}

impl ResponseFields {
    fn field(&mut self, field: &Field<'_>) {
        match field.id {
            NameId::STATUS => self.http_status = StatusCode::from_bytes(field.value).ok(),
            NameId::CONTENT_TYPE
                if self.is_usual() && !self.grpc && *field.value == APPLICATION_GRPC =>
            {
                self.grpc = true;
            }
            STATUS_ID if self.is_usual() && !self.ok && field.value == b"0" => self.ok = true,
            NameId::CONTENT_TYPE | ENCODING_ID | STATUS_ID | MESSAGE_ID | DETAILS_ID => {
                let mut headers = match self.unusual.take() {
                    Some(headers) => headers,
                    None => Arc::new(self.usual()),
                };
                append(Arc::make_mut(&mut headers), field);
                self.unusual = Some(headers);
            }
            _ if field.sensitive => self.metadata.push_sensitive_field(field.name, field.value),
            _ => self.metadata.push_field(field.name, field.value),
        }
    }

    fn is_usual(&self) -> bool {
        self.unusual.is_none()
    }

    /// The usual fields, of those that came.
    fn usual(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if self.grpc {
            headers.insert(CONTENT_TYPE, APPLICATION_GRPC);
        }
        if self.ok {
            headers.insert(GRPC_STATUS, HeaderValue::from_static("0"));
        }
        headers
    }

    fn headers(&self) -> Cow<'_, HeaderMap> {
        match &self.unusual {
            None => Cow::Owned(self.usual()),
            Some(headers) => Cow::Borrowed(headers),
        }
    }

    /// As [`read_response`](super::read_response).
    pub(crate) fn head(&self, format: Format) -> ResponseHead {
        match self.open_head(format) {
            ResponseHead::Messages { .. } if self.has_status() => ResponseHead::Ended(self.end()),
            head => head,
        }
    }

    /// As [`read_open_response`](super::read_open_response).
    pub(crate) fn open_head(&self, format: Format) -> ResponseHead {
        let usual = self.grpc && self.is_usual();
        match self.http_status {
            Some(StatusCode::OK) if usual => ResponseHead::Messages { encoding: None },
            // HTTP/2 lets no response through that has none.
            status => {
                let headers = self.headers();
                match read_open_response(status.unwrap_or_default(), &headers, format) {
                    ResponseHead::Ended(Err(status)) if has_status(&headers) => {
                        ResponseHead::Ended(Err(status.with_metadata(self.metadata.clone())))
                    }
                    head => head,
                }
            }
        }
    }

    /// Whether they say how the call ended.
    pub(crate) fn has_status(&self) -> bool {
        self.ok
            || self
                .unusual
                .as_ref()
                .is_some_and(|headers| has_status(headers))
    }

    /// How the call ended, if these are its trailers.
    pub(crate) fn end(&self) -> Result<(), Status> {
        if self.ok && self.is_usual() {
            return Ok(());
        }
        let headers = self.headers();
        read_status(&headers).map_err(|status| match has_status(&headers) {
            true => status.with_metadata(self.metadata.clone()),
            false => status,
        })
    }

    /// What the server said beside all that.
    pub(crate) fn into_metadata(self) -> Metadata {
        self.metadata
    }
}

/// Adds a field that comes from a peer. HTTP/2 lets some values through that `http` does not.
fn append(headers: &mut HeaderMap, field: &Field<'_>) {
    if let Ok(name) = HeaderName::from_bytes(field.name)
        && let Ok(value) = HeaderValue::from_bytes(field.value)
    {
        // Fails above 32,768 fields, which no list of the length that we take has.
        let _ = headers.try_append(name, value);
    }
}

/// What all requests to a method have in common.
pub(crate) fn method_fields(
    scheme: &str,
    authority: &str,
    path: &str,
    user_agent: Option<&HeaderValue>,
    accepted: Compressions,
    format: Format,
) -> Fields {
    let mut fields = Fields::new();
    fields.push(b":method", b"POST", Indexing::Auto);
    fields.push(b":scheme", scheme.as_bytes(), Indexing::Auto);
    fields.push(b":path", path.as_bytes(), Indexing::Auto);
    fields.push(b":authority", authority.as_bytes(), Indexing::Auto);
    fields.push(b"te", b"trailers", Indexing::Auto);
    push_content_type(&mut fields, format);
    if let Some(user_agent) = user_agent {
        fields.push(b"user-agent", user_agent.as_bytes(), Indexing::Auto);
    }
    if !accepted.is_empty() {
        push_accepted(&mut fields, accepted);
    }
    fields
}

/// What one request has beside [`method_fields`].
pub(crate) fn call_fields(
    timeout: Option<Duration>,
    compression: Option<Compression>,
    metadata: &Metadata,
) -> Fields {
    let mut fields = Fields::new();
    if let Some(timeout) = timeout {
        let value = Timeout::new(timeout).to_string();
        fields.push(b"grpc-timeout", value.as_bytes(), Indexing::Auto);
    }
    if let Some(compression) = compression {
        push_encoding(&mut fields, compression);
    }
    for (name, value, sensitive) in metadata.iter_for_wire() {
        // As in `write_request`, nothing that we say ourselves: metadata may be that of another call.
        if name != "user-agent" {
            push(&mut fields, name, value, sensitive);
        }
    }
    fields
}

/// The head of a response that messages follow.
pub(crate) fn response_fields(initial: &Metadata, coding: ResponseCoding) -> Fields {
    let mut fields = Fields::new();
    fields.push(b":status", b"200", Indexing::Auto);
    push_content_type(&mut fields, coding.sent.format);
    if let Some(compression) = coding.sent.compression {
        push_encoding(&mut fields, compression);
    }
    if !coding.accepted.is_empty() {
        push_accepted(&mut fields, coding.accepted);
    }
    push_metadata(&mut fields, initial);
    fields
}

/// The head of a response without metadata, whose messages aren't compressed.
pub(crate) fn plain_response_fields(accepted: Compressions) -> Arc<Fields> {
    fn fields(accepted: Compressions) -> Arc<Fields> {
        let sent = Coding::default();
        let coding = ResponseCoding { sent, accepted };
        Arc::new(response_fields(&Metadata::new(), coding))
    }
    static FIELDS: LazyLock<Arc<Fields>> = LazyLock::new(|| fields(Compressions::default()));
    match accepted.is_empty() {
        true => Arc::clone(&FIELDS),
        false => fields(accepted),
    }
}

fn push_content_type(fields: &mut Fields, format: Format) {
    let content_type = content_type(format);
    fields.push(b"content-type", content_type.as_bytes(), Indexing::Auto);
}

fn push_encoding(fields: &mut Fields, compression: Compression) {
    let name = compression.name().as_bytes();
    fields.push(b"grpc-encoding", name, Indexing::Auto);
}

fn push_accepted(fields: &mut Fields, accepted: Compressions) {
    let names = accepted.names();
    fields.push(b"grpc-accept-encoding", names.as_bytes(), Indexing::Auto);
}

/// The trailers of a call that went well, without metadata.
pub(crate) fn ok_trailer_fields() -> Arc<Fields> {
    static FIELDS: LazyLock<Arc<Fields>> =
        LazyLock::new(|| Arc::new(trailer_fields(Ok(()), Metadata::new(), u32::MAX)));
    Arc::clone(&FIELDS)
}

/// The trailers of a call, of which the client takes `max` bytes.
pub(crate) fn trailer_fields(result: Result<(), Status>, trailing: Metadata, max: u32) -> Fields {
    let mut fields = Fields::new();
    push_headers(&mut fields, &status_trailers(result, trailing));
    fitting(fields, max)
}

/// The response of a call that ended before its first message ("Trailers-Only").
pub(crate) fn trailers_only_fields(
    initial: &Metadata,
    status: Status,
    trailing: Metadata,
    accepted: Compressions,
    max: u32,
) -> Fields {
    let unimplemented = status.code() == Code::Unimplemented;
    let coding = ResponseCoding {
        sent: Coding::default(),
        accepted,
    };
    let mut fields = response_fields(initial, coding);
    push_headers(&mut fields, &status_trailers(Err(status), trailing));
    if unimplemented && accepted.is_empty() {
        // As for HTTP in general: see `trailers_only`.
        push_accepted(&mut fields, accepted);
    }
    fitting(fields, max)
}

/// The head of any response.
pub(crate) fn http_response_fields(status: StatusCode, headers: &HeaderMap) -> Fields {
    let mut fields = Fields::new();
    fields.push(b":status", status.as_str().as_bytes(), Indexing::Auto);
    push_headers(&mut fields, headers);
    fields
}

/// Whether a header list of this size is one that the other side takes; `what` made it that long. Whoever sends a longer one
/// is told nothing good: the call is reset, or the connection is lost and all calls with it.
pub(crate) fn check_list(what: &str, size: usize, max: u32) -> Result<(), Status> {
    if size <= max as usize {
        return Ok(());
    }
    Err(Status::resource_exhausted(too_long(what, size, max)))
}

#[cold]
fn too_long(what: &str, size: usize, max: u32) -> String {
    format!(
        "{what} of {size} bytes, the limit of the other side is {max} (SETTINGS_MAX_HEADER_LIST_SIZE)"
    )
}

/// Trailers that the client takes: if they are too long, code and message are left, and why. A call that went well fails,
/// since what it had to say is lost.
fn fitting(fields: Fields, max: u32) -> Fields {
    let size = fields.list_size();
    if size <= max as usize {
        return fields;
    }
    let mut kept = Fields::new();
    let mut message = Vec::new();
    for (name, value, _) in fields.iter() {
        match name {
            b"grpc-status" if value == b"0" => {
                let code = Code::ResourceExhausted.number().to_string();
                kept.push(name, code.as_bytes(), Indexing::Auto);
            }
            b":status" | b"content-type" | b"grpc-status" => {
                kept.push(name, value, Indexing::Auto);
            }
            b"grpc-message" => message.extend_from_slice(value),
            _ => {}
        }
    }
    let reason = too_long("trailers", size, max);
    let reason = match message.is_empty() {
        true => reason,
        false => format!(" ({reason})"),
    };
    message.extend_from_slice(reason.as_bytes());
    let status = kept.clone();
    kept.push(b"grpc-message", &message, Indexing::Auto);
    if kept.list_size() > max as usize {
        return status;
    }
    kept
}

/// Adds headers, but for those that HTTP/2 forbids (RFC 9113, section 8.2.2).
pub(crate) fn push_headers(fields: &mut Fields, headers: &HeaderMap) {
    for (name, value) in headers {
        let name = name.as_str();
        if matches!(
            name,
            "connection" | "keep-alive" | "proxy-connection" | "transfer-encoding" | "upgrade"
        ) {
            continue;
        }
        push(fields, name, value.as_bytes(), value.is_sensitive());
    }
}

fn push_metadata(fields: &mut Fields, metadata: &Metadata) {
    for (name, value, sensitive) in metadata.iter_for_wire() {
        push(fields, name, value, sensitive);
    }
}

fn push(fields: &mut Fields, name: &str, value: &[u8], sensitive: bool) {
    let indexing = if sensitive || name == "authorization" {
        Indexing::Never
    } else {
        Indexing::Auto
    };
    fields.push(name.as_bytes(), value, indexing);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use traitwire_engine::hpack::{Decoder, Encoder};

    use super::*;
    use crate::protocol::{read_response, read_trailers};

    /// What is made of these fields, after a trip over the wire.
    fn received(fields: &[(&str, &str)]) -> ResponseFields {
        let (mut encoder, mut decoder) = (Encoder::new(4096), Decoder::new(4096, NAMES));
        let mut block = Vec::new();
        encoder.start_block(&mut block);
        for (name, value) in fields {
            encoder.field(
                &mut block,
                name.as_bytes(),
                value.as_bytes(),
                Indexing::Auto,
            );
        }
        let mut head = ReadResponses.start();
        let mut field = |field: Field<'_>| ReadResponses.field(&mut head, &field);
        decoder.decode(&block, usize::MAX, &mut field).unwrap();
        head
    }

    /// The order of the keys of metadata doesn't count.
    fn parts(end: Result<Metadata, Status>) -> (String, Metadata) {
        match end {
            Ok(metadata) => ("OK".to_owned(), metadata),
            Err(status) => (
                format!("{status} {:?}", status.details()),
                status.metadata().clone(),
            ),
        }
    }

    const SOME: &[(&str, &str)] = &[
        ("content-type", "application/grpc"),
        ("content-type", "application/grpc+proto; a=b"),
        ("content-type", "text/html"),
        ("grpc-status", "0"),
        ("grpc-status", "5"),
        ("grpc-status", "five"),
        ("grpc-message", "50%25"),
        ("grpc-encoding", "identity"),
        ("grpc-encoding", "br"),
        ("grpc-status-details-bin", "AAA"),
        ("grpc-accept-encoding", "gzip"),
        ("x-a", "1"),
        ("x-a", "2"),
        ("date", "today"),
    ];

    proptest! {
        #[test]
        fn fields_mean_what_headers_mean(
            some in prop::collection::vec(prop::sample::select(SOME), 0..6),
            status in prop::sample::select(&[200_u16, 204, 503][..]),
        ) {
            let mut headers = HeaderMap::new();
            for (name, value) in &some {
                headers.append(*name, HeaderValue::from_static(value));
            }
            let trailers = received(&some);
            let end = trailers.end().map(|()| trailers.into_metadata());
            prop_assert_eq!(parts(end), parts(read_trailers(&headers)));

            let http = StatusCode::from_u16(status).unwrap();
            let mut fields = vec![(":status", http.as_str())];
            fields.extend(some);
            let parts = |head| match head {
                ResponseHead::Messages { encoding } => (format!("messages, {encoding:?}"), Metadata::new()),
                ResponseHead::Ended(end) => parts(end.map(|()| Metadata::new())),
            };
            let format = Format::Protobuf;
            prop_assert_eq!(
                parts(received(&fields).head(format)),
                parts(read_response(http, &headers, format))
            );
        }
    }
}
