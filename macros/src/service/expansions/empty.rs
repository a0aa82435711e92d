#[allow(clippy::manual_async_fn)]
pub(crate) trait Nothing: ::core::marker::Send + ::core::marker::Sync + 'static {}
#[doc(hidden)]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
enum NothingMethods {}
#[doc(hidden)]
#[allow(non_upper_case_globals)]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
pub(crate) const Nothing: &::traitwire::schema::ServiceDescriptor = &::traitwire::schema::ServiceDescriptor {
    name: "Nothing",
    package: "",
    file: ::core::option::Option::None,
    doc: "",
    deprecated: false,
    location: ::core::concat!(::core::file!(), ":", ::core::line!()),
    methods: &[],
};
#[automatically_derived]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
impl<__T: Nothing + ?::core::marker::Sized> Nothing for ::std::sync::Arc<__T> {}
/// Serves a [`Nothing`](trait@Nothing): `NothingServer::new(service)` goes into a server or a router.
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
pub(crate) type NothingServer<S> = ::traitwire::ServiceServer<NothingDispatch, S>;
#[doc(hidden)]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
pub(crate) enum NothingDispatch {}
#[automatically_derived]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
impl<__S: Nothing> ::traitwire::__private::Dispatch<__S> for NothingDispatch {
    const DESCRIPTOR: &'static ::traitwire::schema::ServiceDescriptor = Nothing;
    fn unary(
        service: &__S,
        method: usize,
        call: ::traitwire::__private::UnaryCall,
    ) -> impl ::core::future::Future<
        Output = ::traitwire::__private::UnaryReply,
    > + ::core::marker::Send {
        match method {
            _ => ::traitwire::__private::no_unary(call),
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
                _ => ::traitwire::__private::no_streaming(call),
            }
        }
    }
}
/// Calls a [`Nothing`](trait@Nothing) somewhere else, and is one itself.
///
/// It is cheap to clone; all clones share the connections of one channel.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
pub(crate) struct NothingClient {
    channel: ::traitwire::Channel,
}
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
impl NothingClient {
    /// Connects to `target`, such as `http://127.0.0.1:50051`, and waits for the first connection.
    ///
    /// # Errors
    ///
    /// When `target` can't be understood or reached.
    pub(crate) async fn connect<T: ::traitwire::IntoTarget>(
        target: T,
    ) -> ::core::result::Result<Self, ::traitwire::ConnectError> {
        ::traitwire::Channel::connect(target).await.map(Self::new)
    }
    /// A client that connects to `target` with its first call.
    ///
    /// # Errors
    ///
    /// When `target` can't be understood.
    pub(crate) fn lazy<T: ::traitwire::IntoTarget>(
        target: T,
    ) -> ::core::result::Result<Self, ::traitwire::ConnectError> {
        ::traitwire::Channel::lazy(target).map(Self::new)
    }
    /// A client that calls through `channel`.
    #[must_use]
    pub(crate) fn new(channel: ::traitwire::Channel) -> Self {
        Self { channel }
    }
    /// A client that calls `service`, a [`Nothing`](trait@Nothing) in this process, without serialization.
    #[must_use]
    pub(crate) fn local(service: impl Nothing) -> Self {
        Self::new(::traitwire::Channel::local(NothingServer::new(service)))
    }
    /// The channel that carries the calls.
    #[must_use]
    pub(crate) fn channel(&self) -> &::traitwire::Channel {
        &self.channel
    }
    /// The same client for threads: its methods return when the call is over.
    #[must_use]
    pub(crate) fn blocking(&self) -> NothingBlockingClient {
        NothingBlockingClient {
            client: ::core::clone::Clone::clone(self),
        }
    }
}
#[automatically_derived]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
impl Nothing for NothingClient {}
/// Calls a [`Nothing`](trait@Nothing) and waits for the answer: [`NothingClient`] for threads that have no runtime.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
pub(crate) struct NothingBlockingClient {
    client: NothingClient,
}
#[allow(dead_code, deprecated, clippy::all, clippy::pedantic)]
impl NothingBlockingClient {}
