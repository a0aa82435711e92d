//! A method of a service, as a type.

use crate::codec::Message;
use crate::schema::{ErrorDescriptor, MessageDescriptor};
use crate::status::GrpcError;

/// The types of the method at place `N` of a service. `#[grpc_service]` implements it once for each method.
///
/// Everything else that is generated for the method goes through this trait, so that a type which is no message is
/// reported once: where it is named here, at the user's own token.
pub trait Rpc<const N: usize> {
    /// What the client sends, once or as a stream.
    type Request: Message;
    /// What the server sends, once or as a stream.
    type Response: Message;
    /// What it sends instead.
    type Error: GrpcError;
    /// The package of the service.
    const PACKAGE: &'static str;
}

/// What a method returns, for its error: the type may be an alias that doesn't show it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no `Result`",
    label = "a method returns `Result<…, Status>`, or an alias of it"
)]
pub trait Outcome {
    /// The error.
    type Error;
}

impl<T, E> Outcome for Result<T, E> {
    type Error = E;
}

/// A message with one field, which stands for a value that is no message itself: what `#[grpc_service]` makes of a method
/// that returns a scalar, a list or an enum.
pub trait Wrapper: Message {
    /// What the method returns.
    type Value: Send + 'static;

    /// The message with this value.
    fn wrap(value: Self::Value) -> Self;

    /// The value in the message.
    fn unwrap(self) -> Self::Value;
}

/// A handler that answers with the message around what it returns.
pub async fn wrapped<W: Wrapper, E, F>(handler: F) -> Result<W, E>
where
    F: Future<Output = Result<W::Value, E>>,
{
    handler.await.map(W::wrap)
}

/// What describes the request.
pub fn request_descriptor<R: Rpc<N>, const N: usize>() -> &'static MessageDescriptor {
    R::Request::DESCRIPTOR
}

/// What describes the response.
pub fn response_descriptor<R: Rpc<N>, const N: usize>() -> &'static MessageDescriptor {
    R::Response::DESCRIPTOR
}

/// What describes the error, if anything does.
pub fn error_descriptor<R: Rpc<N>, const N: usize>() -> Option<&'static ErrorDescriptor> {
    R::Error::DESCRIPTOR
}
