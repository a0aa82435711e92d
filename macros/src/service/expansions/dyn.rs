#[allow(clippy::manual_async_fn)]
trait Clock: Debug + ::core::marker::Send + ::core::marker::Sync + 'static {
    fn now(
        &self,
    ) -> impl ::core::future::Future<
        Output = Result<Timestamp, Status>,
    > + ::core::marker::Send;
    fn zones(
        &self,
        _: (),
        cx: context::Context,
    ) -> impl ::core::future::Future<
        Output = Result<Streaming<Zone>, Status>,
    > + ::core::marker::Send;
}
#[doc(hidden)]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
enum ClockMethods {}
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
impl my::traitwire::__private::Rpc<0> for ClockMethods {
    type Request = ();
    type Response = Timestamp;
    type Error = Status;
    const PACKAGE: &'static str = "";
}
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
impl my::traitwire::__private::Rpc<1> for ClockMethods {
    type Request = ();
    type Response = Zone;
    type Error = Status;
    const PACKAGE: &'static str = "";
}
#[doc(hidden)]
#[allow(non_upper_case_globals)]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
const Clock: &my::traitwire::schema::ServiceDescriptor = &my::traitwire::schema::ServiceDescriptor {
    name: "Clock",
    package: "",
    file: ::core::option::Option::None,
    doc: "",
    deprecated: false,
    location: ::core::concat!(::core::file!(), ":", ::core::line!()),
    methods: &[
        my::traitwire::schema::MethodDescriptor {
            name: "Now",
            path: "/Clock/Now",
            kind: my::traitwire::schema::MethodKind::Unary,
            idempotency: my::traitwire::schema::Idempotency::Unknown,
            doc: "",
            deprecated: false,
            line: 0u32,
            takes_context: false,
            detached: false,
            max_request_len: ::core::option::Option::None,
            max_response_len: ::core::option::Option::None,
            request: my::traitwire::__private::request_descriptor::<ClockMethods, 0>,
            response: my::traitwire::__private::response_descriptor::<ClockMethods, 0>,
            error: my::traitwire::__private::error_descriptor::<ClockMethods, 0>,
        },
        my::traitwire::schema::MethodDescriptor {
            name: "Zones",
            path: "/Clock/Zones",
            kind: my::traitwire::schema::MethodKind::ServerStreaming,
            idempotency: my::traitwire::schema::Idempotency::NoSideEffects,
            doc: "",
            deprecated: false,
            line: 0u32,
            takes_context: true,
            detached: false,
            max_request_len: ::core::option::Option::None,
            max_response_len: ::core::option::Option::None,
            request: my::traitwire::__private::request_descriptor::<ClockMethods, 1>,
            response: my::traitwire::__private::response_descriptor::<ClockMethods, 1>,
            error: my::traitwire::__private::error_descriptor::<ClockMethods, 1>,
        },
    ],
};
#[automatically_derived]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
impl<__T: Clock + ?::core::marker::Sized> Clock for ::std::sync::Arc<__T>
where
    ::std::sync::Arc<__T>: Debug,
{
    fn now(
        &self,
    ) -> impl ::core::future::Future<
        Output = Result<Timestamp, Status>,
    > + ::core::marker::Send {
        <__T as Clock>::now(&**self)
    }
    fn zones(
        &self,
        request: (),
        cx: context::Context,
    ) -> impl ::core::future::Future<
        Output = Result<Streaming<Zone>, Status>,
    > + ::core::marker::Send {
        <__T as Clock>::zones(&**self, request, cx)
    }
}
/// Serves a [`Clock`](trait@Clock): `ClockServer::new(service)` goes into a server or a router.
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
type ClockServer<S> = my::traitwire::ServiceServer<ClockDispatch, S>;
#[doc(hidden)]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
enum ClockDispatch {}
#[automatically_derived]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
impl<__S: Clock> my::traitwire::__private::Dispatch<__S> for ClockDispatch {
    const DESCRIPTOR: &'static my::traitwire::schema::ServiceDescriptor = Clock;
    fn unary(
        service: &__S,
        method: usize,
        call: my::traitwire::__private::UnaryCall,
    ) -> impl ::core::future::Future<
        Output = my::traitwire::__private::UnaryReply,
    > + ::core::marker::Send {
        match method {
            0 => {
                my::traitwire::__private::left(
                    my::traitwire::__private::unary::<
                        ClockMethods,
                        0,
                        _,
                        _,
                    >(call, |()| { <__S as Clock>::now(service) }),
                )
            }
            _ => {
                my::traitwire::__private::right(my::traitwire::__private::no_unary(call))
            }
        }
    }
    fn streaming(
        service: &__S,
        method: usize,
        call: my::traitwire::__private::StreamingCall,
    ) -> impl ::core::future::Future<
        Output = my::traitwire::__private::StreamingReply,
    > + ::core::marker::Send {
        async move {
            match method {
                1 => {
                    my::traitwire::__private::server_streaming_with_context::<
                        ClockMethods,
                        1,
                        _,
                        _,
                    >(
                            call,
                            |request, context| {
                                <__S as Clock>::zones(service, request, context)
                            },
                        )
                        .await
                }
                _ => my::traitwire::__private::no_streaming(call),
            }
        }
    }
}
/// Calls a [`Clock`](trait@Clock) somewhere else, and is one itself.
///
/// It is cheap to clone; all clones share the connections of one channel.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
struct ClockClient {
    channel: my::traitwire::Channel,
}
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
impl ClockClient {
    /// Connects to `target`, such as `http://127.0.0.1:50051`, and waits for the first connection.
    ///
    /// # Errors
    ///
    /// When `target` can't be understood or reached.
    async fn connect<T: my::traitwire::IntoTarget>(
        target: T,
    ) -> ::core::result::Result<Self, my::traitwire::ConnectError> {
        my::traitwire::Channel::connect(target).await.map(Self::new)
    }
    /// A client that connects to `target` with its first call.
    ///
    /// # Errors
    ///
    /// When `target` can't be understood.
    fn lazy<T: my::traitwire::IntoTarget>(
        target: T,
    ) -> ::core::result::Result<Self, my::traitwire::ConnectError> {
        my::traitwire::Channel::lazy(target).map(Self::new)
    }
    /// A client that calls through `channel`.
    #[must_use]
    fn new(channel: my::traitwire::Channel) -> Self {
        Self { channel }
    }
    /// A client that calls `service`, a [`Clock`](trait@Clock) in this process, without serialization.
    #[must_use]
    fn local(service: impl Clock) -> Self {
        Self::new(my::traitwire::Channel::local(ClockServer::new(service)))
    }
    /// The channel that carries the calls.
    #[must_use]
    fn channel(&self) -> &my::traitwire::Channel {
        &self.channel
    }
    /// The same client for threads: its methods return when the call is over.
    #[must_use]
    fn blocking(&self) -> ClockBlockingClient {
        ClockBlockingClient {
            client: ::core::clone::Clone::clone(self),
        }
    }
    /// Calls [`Clock::now`], `/Clock/Now`.
    fn now(
        &self,
    ) -> my::traitwire::Call<
        my::traitwire::One<()>,
        my::traitwire::One<Timestamp>,
        Status,
    > {
        my::traitwire::__private::call_unary::<
            ClockMethods,
            0,
        >(&self.channel, &Clock.methods[0], ())
    }
    /// Calls [`Clock::zones`], `/Clock/Zones`.
    fn zones(
        &self,
        request: (),
        cx: my::traitwire::Context,
    ) -> my::traitwire::Call<
        my::traitwire::One<()>,
        my::traitwire::Streaming<Zone>,
        Status,
    > {
        my::traitwire::__private::call_server_streaming::<
            ClockMethods,
            1,
        >(&self.channel, &Clock.methods[1], request)
            .context(&cx)
    }
}
#[automatically_derived]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
impl Clock for ClockClient
where
    for<'__a> ClockClient: Debug,
{
    fn now(
        &self,
    ) -> impl ::core::future::Future<
        Output = Result<Timestamp, Status>,
    > + ::core::marker::Send {
        my::traitwire::__private::send_unary::<ClockMethods, 0>(ClockClient::now(self))
    }
    fn zones(
        &self,
        request: (),
        cx: context::Context,
    ) -> impl ::core::future::Future<
        Output = Result<Streaming<Zone>, Status>,
    > + ::core::marker::Send {
        my::traitwire::__private::send_server_streaming::<
            ClockMethods,
            1,
        >(ClockClient::zones(self, request, cx))
    }
}
/// Calls a [`Clock`](trait@Clock) and waits for the answer: [`ClockClient`] for threads that have no runtime.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
struct ClockBlockingClient {
    client: ClockClient,
}
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
impl ClockBlockingClient {
    /// Calls [`Clock::now`], `/Clock/Now`.
    fn now(&self) -> ::core::result::Result<Timestamp, Status> {
        my::traitwire::__private::wait(
            my::traitwire::__private::send_unary::<
                ClockMethods,
                0,
            >(ClockClient::now(&self.client)),
        )
    }
    /// Calls [`Clock::zones`], `/Clock/Zones`.
    fn zones(
        &self,
        request: (),
        cx: my::traitwire::Context,
    ) -> ::core::result::Result<my::traitwire::blocking::Streaming<Zone>, Status> {
        my::traitwire::__private::wait_for_stream(
            my::traitwire::__private::send_server_streaming::<
                ClockMethods,
                1,
            >(ClockClient::zones(&self.client, request, cx)),
        )
    }
}
/// A [`Clock`](trait@Clock) whose type isn't known: `Arc<dyn DynClock>` is one, too.
///
/// Every `Clock` implements it. Each call costs an allocation more.
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
trait DynClock: Debug + ::core::marker::Send + ::core::marker::Sync + 'static {
    #[doc(hidden)]
    fn __now(
        &self,
    ) -> my::traitwire::__private::BoxFuture<'_, Result<Timestamp, Status>>;
    #[doc(hidden)]
    fn __zones(
        &self,
        request: (),
        cx: context::Context,
    ) -> my::traitwire::__private::BoxFuture<'_, Result<Streaming<Zone>, Status>>;
}
#[automatically_derived]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
impl<__T: Clock> DynClock for __T {
    fn __now(
        &self,
    ) -> my::traitwire::__private::BoxFuture<'_, Result<Timestamp, Status>> {
        ::std::boxed::Box::pin(<__T as Clock>::now(self))
    }
    fn __zones(
        &self,
        request: (),
        cx: context::Context,
    ) -> my::traitwire::__private::BoxFuture<'_, Result<Streaming<Zone>, Status>> {
        ::std::boxed::Box::pin(<__T as Clock>::zones(self, request, cx))
    }
}
#[automatically_derived]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
impl Clock for dyn DynClock {
    fn now(
        &self,
    ) -> impl ::core::future::Future<
        Output = Result<Timestamp, Status>,
    > + ::core::marker::Send {
        <Self as DynClock>::__now(self)
    }
    fn zones(
        &self,
        request: (),
        cx: context::Context,
    ) -> impl ::core::future::Future<
        Output = Result<Streaming<Zone>, Status>,
    > + ::core::marker::Send {
        <Self as DynClock>::__zones(self, request, cx)
    }
}
