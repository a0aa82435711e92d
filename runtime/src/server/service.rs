//! One service, ready to be served.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tower_service::Service;

use crate::call::{
    Compression, Dispatch, MethodRef, Routes, ServiceLimits, StreamingCall, StreamingReply,
    UnaryCall, UnaryReply,
};
use crate::interceptor::{Intercepted, Interceptor, Interceptors};
use crate::schema::ServiceDescriptor;
use crate::transport::{Body, BoxError, Limits, respond};

/// A service on the network: what `#[grpc_service]` names `…Server`.
///
/// It goes into a [`Server`](crate::Server), or, as a `tower::Service` of HTTP, into anything that serves those. Cheap
/// to clone: all clones serve one `S`.
pub struct ServiceServer<D, S> {
    service: Arc<S>,
    limits: Limits,
    /// What of them counts in a server, too.
    own: ServiceLimits,
    dispatch: PhantomData<fn() -> D>,
}

impl<D: Dispatch<S>, S: Send + Sync + 'static> ServiceServer<D, S> {
    /// Serves `service`.
    pub fn new(service: S) -> Self {
        Self::from_arc(Arc::new(service))
    }

    /// Serves a service that others have a hand on.
    pub fn from_arc(service: Arc<S>) -> Self {
        Self {
            service,
            limits: Limits::default(),
            own: ServiceLimits::default(),
            dispatch: PhantomData,
        }
    }

    /// The longest request message that is taken, in bytes; as its [`Server`](crate::Server) says unless said otherwise, or
    /// 4 MiB without one. Methods may say otherwise still: `#[rpc(max_request_len = …)]`. A longer one ends its call with
    /// RESOURCE_EXHAUSTED.
    #[must_use]
    pub fn max_receive_message_len(mut self, len: usize) -> Self {
        self.own.max_receive_message_len = at_most_4_gib(len);
        self
    }

    /// The longest response message that is sent, in bytes; as its [`Server`](crate::Server) says unless said otherwise, or
    /// no limit without one. Methods may say otherwise still: `#[rpc(max_response_len = …)]`. A longer one ends its call
    /// with RESOURCE_EXHAUSTED.
    #[must_use]
    pub fn max_send_message_len(mut self, len: usize) -> Self {
        self.own.max_send_message_len = at_most_4_gib(len);
        self
    }

    /// Takes request messages that are compressed in one of these ways where this serves as a `tower::Service`, and tells
    /// clients so; none unless said otherwise. In a [`Server`](crate::Server), that is for the server to say. A client that compresses all the same gets UNIMPLEMENTED, and the names of what is taken.
    #[must_use]
    pub fn accept_compressed(
        mut self,
        compressions: impl IntoIterator<Item = Compression>,
    ) -> Self {
        self.limits.receive.accepted = compressions.into_iter().collect();
        self
    }

    /// Compresses response messages so where this serves as a `tower::Service`, for clients that say that they take that; `None` for not at all, as in the
    /// beginning. A handler may exempt its response ([`Context::compress_response`](crate::Context::compress_response)) or
    /// single messages of a stream ([`MaybeCompressed`](crate::MaybeCompressed)).
    #[must_use]
    pub fn send_compressed(mut self, compression: impl Into<Option<Compression>>) -> Self {
        self.limits.send_compressed = compression.into();
        self
    }

    /// Puts an interceptor before the service. See [`interceptor`](crate::interceptor).
    pub fn intercept(self, interceptor: impl Interceptor) -> Intercepted<Self> {
        Intercepted::new(Interceptors::new(interceptor), self)
    }

    /// The service's description.
    pub fn descriptor(&self) -> &'static ServiceDescriptor {
        D::DESCRIPTOR
    }

    /// A router with the methods of this service, to be merged with pages and REST routes on one port.
    ///
    /// Paths of other services are not its own: the router it is merged into answers those.
    #[cfg(feature = "axum")]
    pub fn into_router(self) -> axum::Router {
        axum::Router::new().route_service(&router_path::<D, S>(), self)
    }
}

#[cfg(feature = "axum")]
fn router_path<D: Dispatch<S>, S>() -> String {
    format!("/{}/{{*method}}", D::DESCRIPTOR.full_name())
}

impl<D: Dispatch<S>, S: Send + Sync + 'static> Routes for ServiceServer<D, S> {
    fn resolve(&self, path: &str) -> Option<MethodRef> {
        let method = MethodRef::find(D::DESCRIPTOR, path)?;
        let limits = self.own;
        Some(MethodRef { limits, ..method })
    }

    fn services(&self, services: &mut Vec<&'static ServiceDescriptor>) {
        services.push(D::DESCRIPTOR);
    }

    fn unary(&self, method: MethodRef, call: UnaryCall) -> impl Future<Output = UnaryReply> + Send {
        D::unary(&self.service, method.index as usize, call)
    }

    fn streaming(
        &self,
        method: MethodRef,
        call: StreamingCall,
    ) -> impl Future<Output = StreamingReply> + Send {
        D::streaming(&self.service, method.index as usize, call)
    }
}

impl<D, S, B> Service<http::Request<B>> for ServiceServer<D, S>
where
    D: Dispatch<S>,
    S: Send + Sync + 'static,
    B: http_body::Body<Error: Into<BoxError>> + Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move { Ok(respond(&this, this.limits, None, request).await) })
    }
}

/// No longer than what a prefix can say, which takes the place of no limit.
fn at_most_4_gib(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX).min(u32::MAX - 1)
}

impl<D: Dispatch<S>, S: Send + Sync + 'static> Intercepted<ServiceServer<D, S>> {
    /// As [`ServiceServer::into_router`].
    #[cfg(feature = "axum")]
    pub fn into_router(self) -> axum::Router {
        axum::Router::new().route_service(&router_path::<D, S>(), self)
    }
}

impl<D, S, B> Service<http::Request<B>> for Intercepted<ServiceServer<D, S>>
where
    D: Dispatch<S>,
    S: Send + Sync + 'static,
    B: http_body::Body<Error: Into<BoxError>> + Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let this = self.clone();
        let limits = this.routes().limits;
        Box::pin(async move { Ok(respond(&this, limits, None, request).await) })
    }
}

impl<D, S> Clone for ServiceServer<D, S> {
    fn clone(&self) -> Self {
        Self {
            service: Arc::clone(&self.service),
            limits: self.limits,
            own: self.own,
            dispatch: PhantomData,
        }
    }
}

impl<D: Dispatch<S>, S: Send + Sync + 'static> fmt::Debug for ServiceServer<D, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceServer")
            .field("service", &D::DESCRIPTOR.full_name())
            .field("limits", &self.limits)
            .field("own", &self.own)
            .finish()
    }
}
