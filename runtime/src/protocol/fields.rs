//! The same headers, field by field, as our own HTTP/2 has them.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use http::StatusCode;
use http::header::HeaderMap;
use traitwire_engine::Fields;
use traitwire_engine::hpack::{Field, Indexing, NameId};

use super::headers::{
    Refusal, RequestHead, check_request, is_grpc, read_encoding, read_timeout, status_trailers,
};
use crate::metadata::Metadata;
use crate::status::{Code, Status};

/// Names that [`RequestFields`] tells apart.
pub(crate) const NAMES: &[&str] = &["grpc-timeout", "grpc-encoding"];

const GRPC_TIMEOUT: NameId = NameId::custom(0);
const GRPC_ENCODING: NameId = NameId::custom(1);

/// What the fields of a request say to the server, metadata aside.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestFields {
    post: bool,
    grpc: bool,
    timeout: Option<Duration>,
    encoding: Option<Box<str>>,
    broken: Option<Box<Status>>,
}

impl RequestFields {
    pub(crate) fn field(&mut self, field: &Field<'_>) {
        match field.id {
            NameId::METHOD => self.post = field.value == b"POST",
            NameId::CONTENT_TYPE => {
                self.grpc = field.value == b"application/grpc" || is_grpc(field.value);
            }
            GRPC_TIMEOUT => match read_timeout(field.value) {
                Ok(timeout) => self.timeout = Some(timeout),
                Err(status) => self.broken = Some(Box::new(status)),
            },
            GRPC_ENCODING => {
                self.encoding = read_encoding(field.value).map(String::into_boxed_str);
            }
            _ => {}
        }
    }

    /// As [`read_request`](super::read_request).
    pub(crate) fn into_head(self) -> Result<RequestHead, Refusal> {
        check_request(self.post, self.grpc)?;
        match self.broken {
            Some(status) => Err(Refusal::Status(*status)),
            None => Ok(RequestHead {
                timeout: self.timeout,
                encoding: self.encoding.map(String::from),
            }),
        }
    }
}

/// The head of a response that messages follow.
pub(crate) fn response_fields(initial: &Metadata) -> Fields {
    let mut fields = Fields::new();
    fields.push(b":status", b"200", Indexing::Auto);
    fields.push(b"content-type", b"application/grpc", Indexing::Auto);
    push_metadata(&mut fields, initial);
    fields
}

/// The head of a response without metadata.
pub(crate) fn plain_response_fields() -> Arc<Fields> {
    static FIELDS: LazyLock<Arc<Fields>> =
        LazyLock::new(|| Arc::new(response_fields(&Metadata::new())));
    Arc::clone(&FIELDS)
}

/// The trailers of a call that went well, without metadata.
pub(crate) fn ok_trailer_fields() -> Arc<Fields> {
    static FIELDS: LazyLock<Arc<Fields>> =
        LazyLock::new(|| Arc::new(trailer_fields(Ok(()), Metadata::new())));
    Arc::clone(&FIELDS)
}

/// The trailers of a call.
pub(crate) fn trailer_fields(result: Result<(), Status>, trailing: Metadata) -> Fields {
    let mut fields = Fields::new();
    push_headers(&mut fields, &status_trailers(result, trailing));
    fields
}

/// The response of a call that ended before its first message ("Trailers-Only").
pub(crate) fn trailers_only_fields(
    initial: &Metadata,
    status: Status,
    trailing: Metadata,
) -> Fields {
    let unimplemented = status.code() == Code::Unimplemented;
    let mut fields = response_fields(initial);
    push_headers(&mut fields, &status_trailers(Err(status), trailing));
    if unimplemented {
        // As for HTTP in general: see `trailers_only`.
        fields.push(b"grpc-accept-encoding", b"identity", Indexing::Auto);
    }
    fields
}

/// The head of any response.
pub(crate) fn http_response_fields(status: StatusCode, headers: &HeaderMap) -> Fields {
    let mut fields = Fields::new();
    fields.push(b":status", status.as_str().as_bytes(), Indexing::Auto);
    push_headers(&mut fields, headers);
    fields
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
        let indexing = if value.is_sensitive() || name == "authorization" {
            Indexing::Never
        } else {
            Indexing::Auto
        };
        fields.push(name.as_bytes(), value.as_bytes(), indexing);
    }
}

fn push_metadata(fields: &mut Fields, metadata: &Metadata) {
    for (key, value) in metadata.iter() {
        fields.push(key.as_bytes(), value, Indexing::Auto);
    }
}
