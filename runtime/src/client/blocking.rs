//! Calls from threads: what `client.blocking()` is made of.
//!
//! Everything here blocks its thread until there is an answer. No runtime is needed around it: a channel that is made
//! without one is served by a thread of ours. One that is made within a runtime belongs to that, which has to be running
//! for its calls to get anywhere; a `current_thread` runtime runs only while something blocks on it.
//!
//! # Panics
//!
//! Within asynchronous code, where a thread must not be blocked. Await the call there.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::call::{Call, CallInput, One};
use super::value::Unwrapped;
use crate::call::{self, Wrapper};
use crate::codec::Message;
use crate::deadline::own_runtime;
use crate::status::{GrpcError, Status};

/// Makes a call that one message answers.
///
/// # Errors
///
/// As awaiting the call.
pub fn unary<I: CallInput, M: Message, E: GrpcError>(call: Call<I, One<M>, E>) -> Result<M, E> {
    own_runtime().block_on(call.send())
}

/// Makes a call that one value answers, which is no message itself.
///
/// # Errors
///
/// As awaiting the call.
pub fn value<I: CallInput, M: Wrapper, E: GrpcError>(
    call: Call<I, Unwrapped<M>, E>,
) -> Result<M::Value, E> {
    own_runtime().block_on(call.send())
}

/// Makes a call that a stream of messages answers.
///
/// # Errors
///
/// As awaiting the call.
pub fn streaming<I: CallInput, M: Message, E: GrpcError>(
    call: Call<I, call::Streaming<M>, E>,
) -> Result<Streaming<M>, E> {
    let stream = own_runtime().block_on(call.send())?;
    Ok(Streaming { stream })
}

/// Waits for a call: the methods of generated clients.
#[doc(hidden)]
pub fn wait<T>(call: impl Future<Output = T>) -> T {
    own_runtime().block_on(call)
}

/// As [`wait`], for a call that a stream of messages answers.
#[doc(hidden)]
pub fn wait_for_stream<T, E>(
    call: impl Future<Output = Result<call::Streaming<T>, E>>,
) -> Result<Streaming<T>, E> {
    let stream = own_runtime().block_on(call)?;
    Ok(Streaming { stream })
}

/// A stream of requests from an iterator that may block: it runs on a thread of its own, a few messages ahead.
pub fn requests<M, I>(messages: I) -> call::Streaming<M>
where
    M: Send + 'static,
    I: IntoIterator<Item = M, IntoIter: Send + 'static>,
{
    let (sender, stream) = call::Streaming::channel(AHEAD);
    let messages = messages.into_iter();
    own_runtime().spawn_blocking(move || {
        let send_all = || {
            for message in messages {
                if sender.blocking_send(Ok(message)).is_err() {
                    // Nobody reads any more.
                    return;
                }
            }
        };
        if catch_unwind(AssertUnwindSafe(send_all)).is_err() {
            // The stream must not look as if it had come to its end. If nobody reads any more, nobody is misled.
            let _ =
                sender.blocking_send(Err(Status::internal("the iterator of requests panicked")));
        }
    });
    stream
}

/// A stream of messages, as an iterator that blocks.
///
/// Dropping it before its end cancels the call.
pub struct Streaming<T> {
    stream: call::Streaming<T>,
}

impl<T> Streaming<T> {
    /// The next message, or `None` at the end.
    ///
    /// # Errors
    ///
    /// As [`Streaming::message`](call::Streaming::message).
    pub fn message(&mut self) -> Result<Option<T>, Status> {
        own_runtime().block_on(self.stream.message())
    }

    /// The same stream for asynchronous code.
    pub fn into_inner(self) -> call::Streaming<T> {
        self.stream
    }
}

impl<T> Iterator for Streaming<T> {
    type Item = Result<T, Status>;

    fn next(&mut self) -> Option<Self::Item> {
        self.message().transpose()
    }
}

impl<T> fmt::Debug for Streaming<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stream.fmt(f)
    }
}

/// Messages that an iterator of requests may be ahead of the network.
const AHEAD: usize = 8;
