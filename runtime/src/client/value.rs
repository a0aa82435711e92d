//! Calls that return a value which is no message: it comes as the only field of one.

use std::marker::PhantomData;

use super::call::sealed::{Answer, Output};
use super::call::{Call, CallOutput, One, Response, send};
use super::channel::Channel;
use crate::call::{CallLimit, IntoStreaming, Rpc, Streaming, Wrapper};
use crate::interceptor::Reply;
use crate::schema::MethodDescriptor;
use crate::status::Status;
use crate::transport::Answers;

/// The value in one message that comes out of a [`Call`]: what a method returns that returns no message.
///
/// `M` is the message that `#[grpc_service]` has made for it, `CountResponse` for the method `count`.
#[derive(Debug)]
pub struct Unwrapped<M>(PhantomData<M>);

impl<M: Wrapper> CallOutput for Unwrapped<M> {
    type Output = M::Value;
}

impl<M: Wrapper> Output for Unwrapped<M> {
    type Received = M::Value;
    type Head = Response<M>;

    const ANSWERS: Answers = One::<M>::ANSWERS;

    async fn start<F>(call: impl FnOnce() -> F + Send, _: bool) -> Result<M::Value, Status>
    where
        F: Future<Output = Result<Response<M::Value>, Status>> + Send + 'static,
    {
        call().await.map(Response::into_message)
    }

    fn receive(answer: Answer) -> impl Future<Output = Result<Response<M>, Status>> + Send {
        One::<M>::receive(answer)
    }

    fn receive_lazy(
        answer: Answer,
        limit: CallLimit,
    ) -> impl Future<Output = Result<Reply, Status>> + Send {
        One::<M>::receive_lazy(answer, limit)
    }

    fn read(reply: Reply) -> Result<Response<M>, Status> {
        One::<M>::read(reply)
    }

    fn finish(head: Response<M>, limit: CallLimit) -> Response<M::Value> {
        One::<M>::finish(head, limit).map(M::unwrap)
    }
}

/// A call with one message, answered by a value.
pub fn call_unary_value<R: Rpc<N, Response: Wrapper>, const N: usize>(
    channel: &Channel,
    method: &'static MethodDescriptor,
    request: R::Request,
) -> Call<One<R::Request>, Unwrapped<R::Response>, R::Error> {
    Call::with_one(channel, method, request)
}

/// A call with a stream, answered by a value.
pub fn call_client_streaming_value<R: Rpc<N, Response: Wrapper>, const N: usize>(
    channel: &Channel,
    method: &'static MethodDescriptor,
    requests: impl IntoStreaming<R::Request>,
) -> Call<Streaming<R::Request>, Unwrapped<R::Response>, R::Error> {
    Call::new(channel, method, requests.into_streaming())
}

/// Makes a call of [`call_unary_value`], and returns what the trait's method returns.
pub fn send_unary_value<R: Rpc<N, Response: Wrapper>, const N: usize>(
    call: Call<One<R::Request>, Unwrapped<R::Response>, R::Error>,
) -> impl Future<Output = Result<<R::Response as Wrapper>::Value, R::Error>> + Send {
    send(call)
}

/// As [`send_unary_value`], for a call of [`call_client_streaming_value`].
pub fn send_client_streaming_value<R: Rpc<N, Response: Wrapper>, const N: usize>(
    call: Call<Streaming<R::Request>, Unwrapped<R::Response>, R::Error>,
) -> impl Future<Output = Result<<R::Response as Wrapper>::Value, R::Error>> + Send {
    send(call)
}
