//! Calls from threads: what `client.blocking()` is made of.
//!
//! Everything here blocks its thread until there is an answer, and works with or without a runtime around: the network
//! is served by the runtime that the channel was made in, or by a thread of our own if there was none.
//!
//! # Panics
//!
//! Within asynchronous code, where a thread must not be blocked. Await the call there.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::runtime::Handle;

use super::call::{Call, CallInput, One};
use super::channel::Channel;
use super::connection::runtime;
use crate::call;
use crate::codec::Message;
use crate::status::Status;

/// Makes a call that one message answers.
///
/// # Errors
///
/// As awaiting the call.
pub fn unary<I: CallInput, M: Message>(call: Call<I, One<M>>) -> Result<M, Status> {
    call.channel().runtime().block_on(call.send())
}

/// Makes a call that a stream of messages answers.
///
/// # Errors
///
/// As awaiting the call.
pub fn streaming<I: CallInput, M: Message>(
    call: Call<I, call::Streaming<M>>,
) -> Result<Streaming<M>, Status> {
    let runtime = call.channel().runtime();
    let stream = runtime.block_on(call.send())?;
    Ok(Streaming { stream, runtime })
}

/// Waits for a call through `channel`: the methods of generated clients.
#[doc(hidden)]
pub fn wait<T>(channel: &Channel, call: impl Future<Output = T>) -> T {
    channel.runtime().block_on(call)
}

/// As [`wait`], for a call that a stream of messages answers.
#[doc(hidden)]
pub fn wait_for_stream<T, E>(
    channel: &Channel,
    call: impl Future<Output = Result<call::Streaming<T>, E>>,
) -> Result<Streaming<T>, E> {
    let runtime = channel.runtime();
    let stream = runtime.block_on(call)?;
    Ok(Streaming { stream, runtime })
}

/// A stream of requests from an iterator that may block: it runs on a thread of its own, a few messages ahead.
pub fn requests<M, I>(messages: I) -> call::Streaming<M>
where
    M: Send + 'static,
    I: IntoIterator<Item = M, IntoIter: Send + 'static>,
{
    let (sender, stream) = call::Streaming::channel(AHEAD);
    let messages = messages.into_iter();
    runtime().spawn_blocking(move || {
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
    runtime: Handle,
}

impl<T> Streaming<T> {
    /// The next message, or `None` at the end.
    ///
    /// # Errors
    ///
    /// As [`Streaming::message`](call::Streaming::message).
    pub fn message(&mut self) -> Result<Option<T>, Status> {
        self.runtime.block_on(self.stream.message())
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
