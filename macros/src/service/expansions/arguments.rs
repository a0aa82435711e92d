#[allow(clippy::manual_async_fn)]
pub trait RouteGuide: ::core::marker::Send + ::core::marker::Sync + 'static {
    /// Obtains the feature at a given position.
    fn get_feature(
        &self,
        latitude: i32,
        #[allow(unused)]
        r#type: Kind,
        cx: Context,
    ) -> impl ::core::future::Future<
        Output = Result<Option<String>, Status>,
    > + ::core::marker::Send;
    fn list_features(
        &self,
        low: Point,
        high: Point,
    ) -> impl ::core::future::Future<
        Output = Result<Streaming<Feature>, Status>,
    > + ::core::marker::Send;
    fn record_route(
        &self,
        points: Streaming<Point>,
    ) -> impl ::core::future::Future<
        Output = Result<u64, Status>,
    > + ::core::marker::Send;
}
/// The request of `GetFeature`.
#[derive(::traitwire::Message)]
#[proto(name = "GetFeatureRequest", crate = ::traitwire)]
#[allow(
    dead_code,
    missing_debug_implementations,
    missing_docs,
    non_camel_case_types,
    clippy::all,
    clippy::pedantic
)]
pub struct GetFeatureRequest {
    /// In E7.
    #[proto(1, sint)]
    pub latitude: i32,
    #[proto(3)]
    #[deprecated]
    pub r#type: Kind,
}
/// The response of `GetFeature`.
#[derive(::traitwire::Message)]
#[proto(name = "GetFeatureResponse", crate = ::traitwire)]
#[allow(
    dead_code,
    missing_debug_implementations,
    missing_docs,
    non_camel_case_types,
    clippy::all,
    clippy::pedantic
)]
pub struct GetFeatureResponse {
    #[proto(1, name = "feature_name")]
    pub value: Option<String>,
}
#[automatically_derived]
impl ::traitwire::__private::Wrapper for GetFeatureResponse {
    type Value = Option<String>;
    fn wrap(value: Option<String>) -> Self {
        Self { value }
    }
    fn unwrap(self) -> Option<String> {
        self.value
    }
}
/// The request of `ListFeatures`.
#[derive(::traitwire::Message)]
#[proto(name = "Within", reserved(1, "area"), crate = ::traitwire)]
#[allow(
    dead_code,
    missing_debug_implementations,
    missing_docs,
    non_camel_case_types,
    clippy::all,
    clippy::pedantic
)]
pub struct Within {
    #[proto(2)]
    pub low: Point,
    #[proto(4)]
    pub high: Point,
}
/// The response of `RecordRoute`.
#[derive(::traitwire::Message)]
#[proto(name = "Count", crate = ::traitwire)]
#[allow(
    dead_code,
    missing_debug_implementations,
    missing_docs,
    non_camel_case_types,
    clippy::all,
    clippy::pedantic
)]
pub struct Count {
    #[proto(1)]
    pub value: u64,
}
#[automatically_derived]
impl ::traitwire::__private::Wrapper for Count {
    type Value = u64;
    fn wrap(value: u64) -> Self {
        Self { value }
    }
    fn unwrap(self) -> u64 {
        self.value
    }
}
#[doc(hidden)]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
enum RouteGuideMethods {}
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
impl ::traitwire::__private::Rpc<0> for RouteGuideMethods {
    type Request = GetFeatureRequest;
    type Response = GetFeatureResponse;
    type Error = Status;
    const PACKAGE: &'static str = "routeguide";
}
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
impl ::traitwire::__private::Rpc<1> for RouteGuideMethods {
    type Request = Within;
    type Response = Feature;
    type Error = Status;
    const PACKAGE: &'static str = "routeguide";
}
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
impl ::traitwire::__private::Rpc<2> for RouteGuideMethods {
    type Request = Point;
    type Response = Count;
    type Error = Status;
    const PACKAGE: &'static str = "routeguide";
}
#[doc(hidden)]
#[allow(non_upper_case_globals)]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
pub const RouteGuide: &::traitwire::schema::ServiceDescriptor = &::traitwire::schema::ServiceDescriptor {
    name: "RouteGuide",
    package: "routeguide",
    file: ::core::option::Option::None,
    doc: "",
    deprecated: false,
    location: ::core::concat!(::core::file!(), ":", ::core::line!()),
    methods: &[
        ::traitwire::schema::MethodDescriptor {
            name: "GetFeature",
            path: "/routeguide.RouteGuide/GetFeature",
            kind: ::traitwire::schema::MethodKind::Unary,
            idempotency: ::traitwire::schema::Idempotency::Unknown,
            doc: "Obtains the feature at a given position.",
            deprecated: false,
            takes_context: true,
            detached: false,
            max_request_len: ::core::option::Option::None,
            max_response_len: ::core::option::Option::None,
            request: ::traitwire::__private::request_descriptor::<RouteGuideMethods, 0>,
            response: ::traitwire::__private::response_descriptor::<
                RouteGuideMethods,
                0,
            >,
            error: ::traitwire::__private::error_descriptor::<RouteGuideMethods, 0>,
        },
        ::traitwire::schema::MethodDescriptor {
            name: "ListFeatures",
            path: "/routeguide.RouteGuide/ListFeatures",
            kind: ::traitwire::schema::MethodKind::ServerStreaming,
            idempotency: ::traitwire::schema::Idempotency::Unknown,
            doc: "",
            deprecated: false,
            takes_context: false,
            detached: false,
            max_request_len: ::core::option::Option::None,
            max_response_len: ::core::option::Option::None,
            request: ::traitwire::__private::request_descriptor::<RouteGuideMethods, 1>,
            response: ::traitwire::__private::response_descriptor::<
                RouteGuideMethods,
                1,
            >,
            error: ::traitwire::__private::error_descriptor::<RouteGuideMethods, 1>,
        },
        ::traitwire::schema::MethodDescriptor {
            name: "RecordRoute",
            path: "/routeguide.RouteGuide/RecordRoute",
            kind: ::traitwire::schema::MethodKind::ClientStreaming,
            idempotency: ::traitwire::schema::Idempotency::Unknown,
            doc: "",
            deprecated: false,
            takes_context: false,
            detached: false,
            max_request_len: ::core::option::Option::None,
            max_response_len: ::core::option::Option::None,
            request: ::traitwire::__private::request_descriptor::<RouteGuideMethods, 2>,
            response: ::traitwire::__private::response_descriptor::<
                RouteGuideMethods,
                2,
            >,
            error: ::traitwire::__private::error_descriptor::<RouteGuideMethods, 2>,
        },
    ],
};
#[automatically_derived]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
impl<__T: RouteGuide + ?::core::marker::Sized> RouteGuide for ::std::sync::Arc<__T> {
    fn get_feature(
        &self,
        latitude: i32,
        r#type: Kind,
        cx: Context,
    ) -> impl ::core::future::Future<
        Output = Result<Option<String>, Status>,
    > + ::core::marker::Send {
        <__T as RouteGuide>::get_feature(&**self, latitude, r#type, cx)
    }
    fn list_features(
        &self,
        low: Point,
        high: Point,
    ) -> impl ::core::future::Future<
        Output = Result<Streaming<Feature>, Status>,
    > + ::core::marker::Send {
        <__T as RouteGuide>::list_features(&**self, low, high)
    }
    fn record_route(
        &self,
        points: Streaming<Point>,
    ) -> impl ::core::future::Future<
        Output = Result<u64, Status>,
    > + ::core::marker::Send {
        <__T as RouteGuide>::record_route(&**self, points)
    }
}
/// Serves a [`RouteGuide`](trait@RouteGuide): `RouteGuideServer::new(service)` goes into a server or a router.
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
pub type RouteGuideServer<S> = ::traitwire::ServiceServer<RouteGuideDispatch, S>;
#[doc(hidden)]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
pub enum RouteGuideDispatch {}
#[automatically_derived]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
impl<__S: RouteGuide> ::traitwire::__private::Dispatch<__S> for RouteGuideDispatch {
    const DESCRIPTOR: &'static ::traitwire::schema::ServiceDescriptor = RouteGuide;
    fn unary(
        service: &__S,
        method: usize,
        call: ::traitwire::__private::UnaryCall,
    ) -> impl ::core::future::Future<
        Output = ::traitwire::__private::UnaryReply,
    > + ::core::marker::Send {
        match method {
            0 => {
                ::traitwire::__private::left(
                    ::traitwire::__private::unary_with_context::<
                        RouteGuideMethods,
                        0,
                        _,
                        _,
                    >(
                        call,
                        |request, context| {
                            ::traitwire::__private::wrapped::<
                                GetFeatureResponse,
                                _,
                                _,
                            >(
                                <__S as RouteGuide>::get_feature(
                                    service,
                                    request.latitude,
                                    request.r#type,
                                    context,
                                ),
                            )
                        },
                    ),
                )
            }
            _ => ::traitwire::__private::right(::traitwire::__private::no_unary(call)),
        }
    }
    fn streaming(
        service: &__S,
        method: usize,
        call: ::traitwire::__private::StreamingCall,
    ) -> impl ::core::future::Future<
        Output = ::traitwire::__private::StreamingReply,
    > + ::core::marker::Send {
        async move {
            match method {
                1 => {
                    ::traitwire::__private::server_streaming::<
                        RouteGuideMethods,
                        1,
                        _,
                        _,
                    >(
                            call,
                            |request| {
                                <__S as RouteGuide>::list_features(
                                    service,
                                    request.low,
                                    request.high,
                                )
                            },
                        )
                        .await
                }
                2 => {
                    ::traitwire::__private::client_streaming::<
                        RouteGuideMethods,
                        2,
                        _,
                        _,
                    >(
                            call,
                            |request| {
                                ::traitwire::__private::wrapped::<
                                    Count,
                                    _,
                                    _,
                                >(<__S as RouteGuide>::record_route(service, request))
                            },
                        )
                        .await
                }
                _ => ::traitwire::__private::no_streaming(call),
            }
        }
    }
}
/// Calls a [`RouteGuide`](trait@RouteGuide) somewhere else, and is one itself.
///
/// It is cheap to clone; all clones share the connections of one channel.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
pub struct RouteGuideClient {
    channel: ::traitwire::Channel,
}
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
impl RouteGuideClient {
    /// Connects to `target`, such as `http://127.0.0.1:50051`, and waits for the first connection.
    ///
    /// # Errors
    ///
    /// When `target` can't be understood or reached.
    pub async fn connect<T: ::traitwire::IntoTarget>(
        target: T,
    ) -> ::core::result::Result<Self, ::traitwire::ConnectError> {
        ::traitwire::Channel::connect(target).await.map(Self::new)
    }
    /// A client that connects to `target` with its first call.
    ///
    /// # Errors
    ///
    /// When `target` can't be understood.
    pub fn lazy<T: ::traitwire::IntoTarget>(
        target: T,
    ) -> ::core::result::Result<Self, ::traitwire::ConnectError> {
        ::traitwire::Channel::lazy(target).map(Self::new)
    }
    /// A client that calls through `channel`.
    #[must_use]
    pub fn new(channel: ::traitwire::Channel) -> Self {
        Self { channel }
    }
    /// A client that calls `service`, a [`RouteGuide`](trait@RouteGuide) in this process, without serialization.
    #[must_use]
    pub fn local(service: impl RouteGuide) -> Self {
        Self::new(::traitwire::Channel::local(RouteGuideServer::new(service)))
    }
    /// The channel that carries the calls.
    #[must_use]
    pub fn channel(&self) -> &::traitwire::Channel {
        &self.channel
    }
    /// The same client for threads: its methods return when the call is over.
    #[must_use]
    pub fn blocking(&self) -> RouteGuideBlockingClient {
        RouteGuideBlockingClient {
            client: ::core::clone::Clone::clone(self),
        }
    }
    /// Obtains the feature at a given position.
    ///
    /// Calls [`RouteGuide::get_feature`], `/routeguide.RouteGuide/GetFeature`.
    pub fn get_feature(
        &self,
        latitude: i32,
        r#type: Kind,
        cx: ::traitwire::Context,
    ) -> ::traitwire::Call<
        ::traitwire::One<GetFeatureRequest>,
        ::traitwire::Unwrapped<GetFeatureResponse>,
        Status,
    > {
        ::traitwire::__private::call_unary_value::<
            RouteGuideMethods,
            0,
        >(
                &self.channel,
                &RouteGuide.methods[0],
                GetFeatureRequest {
                    latitude,
                    r#type,
                },
            )
            .context(&cx)
    }
    /// Calls [`RouteGuide::list_features`], `/routeguide.RouteGuide/ListFeatures`.
    pub fn list_features(
        &self,
        low: Point,
        high: Point,
    ) -> ::traitwire::Call<
        ::traitwire::One<Within>,
        ::traitwire::Streaming<Feature>,
        Status,
    > {
        ::traitwire::__private::call_server_streaming::<
            RouteGuideMethods,
            1,
        >(&self.channel, &RouteGuide.methods[1], Within { low, high })
    }
    /// Calls [`RouteGuide::record_route`], `/routeguide.RouteGuide/RecordRoute`.
    pub fn record_route(
        &self,
        points: impl ::traitwire::IntoStreaming<Point>,
    ) -> ::traitwire::Call<
        ::traitwire::Streaming<Point>,
        ::traitwire::Unwrapped<Count>,
        Status,
    > {
        ::traitwire::__private::call_client_streaming_value::<
            RouteGuideMethods,
            2,
        >(&self.channel, &RouteGuide.methods[2], points)
    }
}
#[automatically_derived]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
impl RouteGuide for RouteGuideClient {
    fn get_feature(
        &self,
        latitude: i32,
        r#type: Kind,
        cx: Context,
    ) -> impl ::core::future::Future<
        Output = Result<Option<String>, Status>,
    > + ::core::marker::Send {
        ::traitwire::__private::send_unary_value::<
            RouteGuideMethods,
            0,
        >(RouteGuideClient::get_feature(self, latitude, r#type, cx))
    }
    fn list_features(
        &self,
        low: Point,
        high: Point,
    ) -> impl ::core::future::Future<
        Output = Result<Streaming<Feature>, Status>,
    > + ::core::marker::Send {
        ::traitwire::__private::send_server_streaming::<
            RouteGuideMethods,
            1,
        >(RouteGuideClient::list_features(self, low, high))
    }
    fn record_route(
        &self,
        points: Streaming<Point>,
    ) -> impl ::core::future::Future<
        Output = Result<u64, Status>,
    > + ::core::marker::Send {
        ::traitwire::__private::send_client_streaming_value::<
            RouteGuideMethods,
            2,
        >(RouteGuideClient::record_route(self, points))
    }
}
/// Calls a [`RouteGuide`](trait@RouteGuide) and waits for the answer: [`RouteGuideClient`] for threads that have no runtime.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
pub struct RouteGuideBlockingClient {
    client: RouteGuideClient,
}
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
impl RouteGuideBlockingClient {
    /// Obtains the feature at a given position.
    ///
    /// Calls [`RouteGuide::get_feature`], `/routeguide.RouteGuide/GetFeature`.
    pub fn get_feature(
        &self,
        latitude: i32,
        r#type: Kind,
        cx: ::traitwire::Context,
    ) -> ::core::result::Result<Option<String>, Status> {
        ::traitwire::__private::wait(
            ::traitwire::__private::send_unary_value::<
                RouteGuideMethods,
                0,
            >(RouteGuideClient::get_feature(&self.client, latitude, r#type, cx)),
        )
    }
    /// Calls [`RouteGuide::list_features`], `/routeguide.RouteGuide/ListFeatures`.
    pub fn list_features(
        &self,
        low: Point,
        high: Point,
    ) -> ::core::result::Result<::traitwire::blocking::Streaming<Feature>, Status> {
        ::traitwire::__private::wait_for_stream(
            ::traitwire::__private::send_server_streaming::<
                RouteGuideMethods,
                1,
            >(RouteGuideClient::list_features(&self.client, low, high)),
        )
    }
    /// Calls [`RouteGuide::record_route`], `/routeguide.RouteGuide/RecordRoute`.
    pub fn record_route(
        &self,
        points: impl ::core::iter::IntoIterator<
            Item = Point,
            IntoIter: ::core::marker::Send + 'static,
        >,
    ) -> ::core::result::Result<u64, Status> {
        ::traitwire::__private::wait(
            ::traitwire::__private::send_client_streaming_value::<
                RouteGuideMethods,
                2,
            >(
                RouteGuideClient::record_route(
                    &self.client,
                    ::traitwire::blocking::requests(points),
                ),
            ),
        )
    }
}
