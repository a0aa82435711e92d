//! Requests, as a server reads them from header blocks.

use std::sync::Arc;

use http::header::{HeaderName, HeaderValue};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, Method, Uri};
use traitwire_engine::ReadHead;
use traitwire_engine::hpack::{Field, NameId};

use super::server::Http2Server;
use crate::call::{MethodRef, Routes};
use crate::metadata::Metadata;
use crate::protocol::RequestFields;

/// The head of a request: as much of it as its method needs.
#[derive(Clone, Default)]
pub(super) struct ServerHead {
    /// Where no layer stands before the services: what the path was resolved to.
    pub(super) method: Option<MethodRef>,
    pub(super) fields: RequestFields,
    /// Where the call has a context.
    pub(super) metadata: Metadata,
    /// Everything, for layers; for a method that isn't there, its path.
    pub(super) request: Option<Box<WholeHead>>,
}

/// A request's head as HTTP knows it.
#[derive(Clone, Default)]
pub(super) struct WholeHead {
    method: Method,
    scheme: Option<Scheme>,
    authority: Option<Authority>,
    path: Vec<u8>,
    headers: HeaderMap,
    /// Something in it is no HTTP.
    invalid: bool,
}

impl WholeHead {
    /// The path, for a message.
    pub(super) fn path(&self) -> String {
        String::from_utf8_lossy(&self.path).into_owned()
    }

    /// The request that layers see; `None` if it can't be one.
    pub(super) fn into_request<B>(self, body: B) -> Option<http::Request<B>> {
        let mut uri = http::uri::Parts::default();
        if self.method != Method::CONNECT {
            uri.path_and_query = Some(PathAndQuery::try_from(&self.path[..]).ok()?);
            // Both or none: a relative path has no scheme.
            if self.authority.is_some() {
                uri.scheme = self.scheme;
            }
        }
        uri.authority = self.authority;
        let mut request = http::Request::new(body);
        *request.method_mut() = self.method;
        *request.uri_mut() = Uri::from_parts(uri).ok()?;
        *request.version_mut() = http::Version::HTTP_2;
        *request.headers_mut() = self.headers;
        (!self.invalid).then_some(request)
    }

    fn field(&mut self, field: &Field<'_>) {
        let valid = match field.id {
            NameId::METHOD => set(&mut self.method, Method::from_bytes(field.value)),
            NameId::SCHEME => set(&mut self.scheme, Scheme::try_from(field.value).map(Some)),
            NameId::AUTHORITY => set(
                &mut self.authority,
                Authority::try_from(field.value).map(Some),
            ),
            NameId::PATH => {
                self.path = field.value.to_vec();
                true
            }
            _ => match (
                HeaderName::from_bytes(field.name),
                HeaderValue::from_bytes(field.value),
            ) {
                (Ok(name), Ok(mut value)) => {
                    value.set_sensitive(field.sensitive);
                    self.headers.try_append(name, value).is_ok()
                }
                _ => false,
            },
        };
        self.invalid |= !valid;
    }
}

fn set<T, E>(place: &mut T, value: Result<T, E>) -> bool {
    match value {
        Ok(value) => {
            *place = value;
            true
        }
        Err(_) => false,
    }
}

/// Reads the heads of requests.
pub(super) struct ServerHeads<S> {
    pub(super) service: Arc<S>,
}

impl<S: Http2Server> ReadHead for ServerHeads<S> {
    type Head = ServerHead;

    fn start(&mut self) -> ServerHead {
        ServerHead {
            request: self.service.routes().is_none().then(Box::default),
            ..ServerHead::default()
        }
    }

    fn field(&mut self, head: &mut ServerHead, field: &Field<'_>) {
        if field.id == NameId::PATH
            && let Some(routes) = self.service.routes()
        {
            head.method = std::str::from_utf8(field.value)
                .ok()
                .and_then(|path| routes.resolve(path));
            if head.method.is_none() {
                head.request = Some(Box::default());
            }
        }
        head.fields.field(field);
        if let Some(request) = &mut head.request {
            request.field(field);
        } else if let Some(method) = head.method
            && method.takes_context
            && !field.id.is_pseudo()
        {
            if field.sensitive {
                head.metadata.push_sensitive_field(field.name, field.value);
            } else {
                head.metadata.push_field(field.name, field.value);
            }
        }
    }
}
