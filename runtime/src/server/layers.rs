//! What stands between a connection and the services: nothing, or layers of tower.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Buf;
use tower_layer::Layer;
use tower_service::Service;

use crate::call::{Caller, Routes};
use crate::interceptor::{Intercepted, Interceptor, Interceptors};
use crate::transport::{
    Body, BoxError, Http2Body, Http2Server, Limits, RequestBody, SharedService, respond,
};

/// The layers of a server. Sealed: [`NoLayers`], [`Layers`] and [`Interceptors`] are all there is.
pub trait HttpStack<R>: Send + 'static {
    /// Routes with the layers around them.
    #[doc(hidden)]
    type Built: HttpService + Http2Server;

    #[doc(hidden)]
    fn build(self, routes: R, limits: Limits) -> Self::Built;
}

/// What a connection hands its requests to.
#[doc(hidden)]
pub trait HttpService: Send + Sync + 'static {
    type Body: http_body::Body<Data: Buf + Send, Error: Into<BoxError>> + Send + 'static;

    fn call(
        &self,
        peer: &Caller,
        request: http::Request<RequestBody>,
    ) -> impl Future<Output = Result<http::Response<Self::Body>, LayerError>> + Send;
}

/// No layer: requests go to the services as they come.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLayers;

impl<R: Routes + Clone> HttpStack<R> for NoLayers {
    type Built = Plain<R>;

    fn build(self, routes: R, limits: Limits) -> Plain<R> {
        Plain { routes, limits }
    }
}

impl<R: Routes + Clone> HttpStack<R> for Interceptors {
    type Built = Plain<Intercepted<R>>;

    fn build(self, routes: R, limits: Limits) -> Self::Built {
        NoLayers.build(Intercepted::new(self, routes), limits)
    }
}

/// Puts one more interceptor before the services, within all layers.
#[doc(hidden)]
pub trait Intercept {
    type With;

    fn with(self, interceptor: impl Interceptor) -> Self::With;
}

impl Intercept for NoLayers {
    type With = Interceptors;

    fn with(self, interceptor: impl Interceptor) -> Interceptors {
        Interceptors::new(interceptor)
    }
}

impl Intercept for Interceptors {
    type With = Self;

    fn with(self, interceptor: impl Interceptor) -> Self {
        Interceptors::with(&self, interceptor)
    }
}

impl<T, L: Intercept> Intercept for Layers<T, L> {
    type With = Layers<T, L::With>;

    fn with(self, interceptor: impl Interceptor) -> Self::With {
        Layers::new(self.outer, self.inner.with(interceptor))
    }
}

#[doc(hidden)]
pub struct Plain<R> {
    routes: R,
    limits: Limits,
}

impl<R: Routes + Clone> HttpService for Plain<R> {
    type Body = Body;

    async fn call(
        &self,
        peer: &Caller,
        request: http::Request<RequestBody>,
    ) -> Result<http::Response<Body>, LayerError> {
        Ok(respond(&self.routes, self.limits, Some(peer.clone()), request).await)
    }
}

impl<R: Routes + Clone> Http2Server for Plain<R> {
    type Routes = R;
    type Body = Body;

    fn routes(&self) -> Option<&R> {
        Some(&self.routes)
    }

    async fn call(
        &self,
        peer: &Caller,
        request: http::Request<Http2Body>,
    ) -> Result<http::Response<Body>, BoxError> {
        Ok(respond(&self.routes, self.limits, Some(peer.clone()), request).await)
    }
}

/// A layer around others.
#[derive(Clone, Copy, Debug)]
pub struct Layers<T, L> {
    outer: T,
    inner: L,
}

impl<T, L> Layers<T, L> {
    pub(super) fn new(outer: T, inner: L) -> Self {
        Self { outer, inner }
    }
}

/// Turns layers into one that tower knows.
#[doc(hidden)]
pub trait IntoTower<S> {
    type Service;

    fn wrap(self, service: S) -> Self::Service;
}

impl<S> IntoTower<S> for NoLayers {
    type Service = S;

    fn wrap(self, service: S) -> S {
        service
    }
}

impl<R> IntoTower<RoutesService<R>> for Interceptors {
    type Service = RoutesService<Intercepted<R>>;

    fn wrap(self, service: RoutesService<R>) -> Self::Service {
        RoutesService {
            routes: Intercepted::new(self, service.routes),
            limits: service.limits,
        }
    }
}

impl<T, L, S> IntoTower<S> for Layers<T, L>
where
    L: IntoTower<S>,
    T: Layer<L::Service>,
{
    type Service = T::Service;

    fn wrap(self, service: S) -> T::Service {
        self.outer.layer(self.inner.wrap(service))
    }
}

impl<R, T, L, S, B> HttpStack<R> for Layers<T, L>
where
    R: Routes + Clone,
    Self: IntoTower<RoutesService<R>, Service = S> + Send + 'static,
    S: Service<
            http::Request<RequestBody>,
            Response = http::Response<B>,
            Error: Into<BoxError>,
            Future: Send,
        > + Clone
        + Send
        + 'static,
    B: http_body::Body<Data: Buf + Send, Error: Into<BoxError>> + Send + 'static,
{
    type Built = Layered<S>;

    fn build(self, routes: R, limits: Limits) -> Layered<S> {
        Layered(SharedService::new(
            self.wrap(RoutesService { routes, limits }),
        ))
    }
}

#[doc(hidden)]
pub struct Layered<S>(SharedService<S>);

impl<S, B> HttpService for Layered<S>
where
    S: Service<
            http::Request<RequestBody>,
            Response = http::Response<B>,
            Error: Into<BoxError>,
            Future: Send,
        > + Clone
        + Send
        + 'static,
    B: http_body::Body<Data: Buf + Send, Error: Into<BoxError>> + Send + 'static,
{
    type Body = B;

    async fn call(
        &self,
        peer: &Caller,
        mut request: http::Request<RequestBody>,
    ) -> Result<http::Response<B>, LayerError> {
        peer.clone().into_extensions(request.extensions_mut());
        self.0.call(request).await.map_err(LayerError)
    }
}

impl<S, B> Http2Server for Layered<S>
where
    Self: HttpService<Body = B>,
    S: Send + 'static,
    B: http_body::Body<Data: Buf + Send, Error: Into<BoxError>> + Send + 'static,
{
    type Routes = ();
    type Body = B;

    fn routes(&self) -> Option<&()> {
        None
    }

    async fn call(
        &self,
        peer: &Caller,
        request: http::Request<Http2Body>,
    ) -> Result<http::Response<B>, BoxError> {
        let response = HttpService::call(self, peer, request.map(RequestBody::from));
        response.await.map_err(|LayerError(error)| error)
    }
}

/// A layer that couldn't answer; the connection resets the call.
#[doc(hidden)]
#[derive(Debug)]
pub struct LayerError(BoxError);

impl fmt::Display for LayerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for LayerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}

/// All services of a server as one `tower::Service`: what layers are put around.
#[derive(Clone, Debug)]
pub struct RoutesService<R> {
    routes: R,
    limits: Limits,
}

impl<R, B> Service<http::Request<B>> for RoutesService<R>
where
    R: Routes + Clone,
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
        Box::pin(async move { Ok(respond(&this.routes, this.limits, None, request).await) })
    }
}
