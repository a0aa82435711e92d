//! Connections that hyper serves: those of HTTP/1.1, and all of a server that asks for it.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::watch;

use super::connection::{Options, Stops};
use super::ended::EndCalls;
use super::layers::HttpService;
use super::running::Stage;
use crate::call::Caller;
use crate::protocol::is_grpc_request;
use crate::transport::{CallsAtWork, Counts, Gather, Io, Rewind, Stop};

/// Serves a connection with hyper. `http2` says which protocol its first bytes were of.
pub(super) async fn serve_with_hyper<S: HttpService>(
    io: Rewind<Io>,
    http2: bool,
    peer: Caller,
    counts: Counts,
    service: Arc<S>,
    options: &Options,
    stages: watch::Receiver<Stage>,
) {
    let calls = CallsAtWork::default();
    let peer = Caller {
        account: Some(options.http2.quotas.account()),
        ..peer
    };
    let counts = counts.of_requests();
    let io = TokioIo::new(Gather::new(io, calls.clone()));
    let all_calls = EndCalls::new();
    let service = service_fn(|request: http::Request<Incoming>| {
        let (service, peer, at_work) = (Arc::clone(&service), peer.clone(), calls.start());
        let counts = counts.start();
        let grpc = is_grpc_request(request.headers());
        let request = counts.request(request);
        let call = all_calls.until(grpc, async move {
            let response = HttpService::call(&*service, &peer, request).await;
            drop(at_work);
            response
        });
        async move { call.await.map(|response| counts.response(response)) }
    });
    let stops = Stops::new(stages.clone(), options);
    #[cfg(feature = "over-hyper")]
    if http2 {
        let connection = over_http2::builder(options, stages).serve_connection(io, service);
        return drive(
            connection,
            |connection| connection.graceful_shutdown(),
            stops,
            &all_calls,
        )
        .await;
    }
    debug_assert!(!http2, "the engine serves it");
    let connection = over_http1(options).serve_connection(io, service);
    drive(
        connection,
        |connection| connection.graceful_shutdown(),
        stops,
        &all_calls,
    )
    .await;
}

/// Serves a connection to its end, which comes when it comes or when somebody wants it.
async fn drive<C: Future>(
    connection: C,
    shut_down: fn(Pin<&mut C>),
    mut stops: Stops,
    all_calls: &EndCalls,
) {
    let mut connection = pin!(connection);
    loop {
        tokio::select! {
            // How a connection ended is nobody's business but its clients', and those know.
            _ = connection.as_mut() => return,
            stop = poll_fn(|cx| stops.poll(cx)) => match stop {
                Stop::Drain => shut_down(connection.as_mut()),
                Stop::End(why) => {
                    all_calls.end(why);
                    shut_down(connection.as_mut());
                    let _ = tokio::time::timeout(LAST_WORDS, connection).await;
                    return;
                }
            }
        }
    }
}

/// How long a client may take to read how its calls ended. What can't be ended so is cut off after that.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What serves HTTP/1.1.
fn over_http1(options: &Options) -> http1::Builder {
    let config = &options.http2.config;
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        // Adding to a point in time what no clock can say panics.
        .header_read_timeout(config.head_timeout.min(LONG))
        .max_header_size(config.max_header_list_size as usize)
        .max_buf_size(HTTP1_BUFFER);
    builder
}

#[cfg(feature = "over-hyper")]
mod over_http2 {
    use hyper::server::conn::http2::Builder;

    use super::*;

    /// What serves HTTP/2.
    pub(super) fn builder(options: &Options, stages: watch::Receiver<Stage>) -> Builder<Calls> {
        let config = &options.http2.config;
        let mut builder = Builder::new(Calls(stages));
        builder
            .timer(TokioTimer::new())
            // gRPC knows no date, and every client would find it among its metadata.
            .auto_date_header(false)
            .keep_alive_interval(options.http2.keep_alive_interval)
            .keep_alive_timeout(options.http2.keep_alive_timeout)
            .initial_stream_window_size(config.stream_window)
            .initial_connection_window_size(options.over_hyper_window)
            .max_header_list_size(config.max_header_list_size)
            .max_concurrent_streams(config.max_concurrent_streams);
        builder
    }

    /// Runs the calls of a connection. They are counted as a part of the server until they are over.
    #[derive(Clone)]
    pub(super) struct Calls(watch::Receiver<Stage>);

    impl<F> hyper::rt::Executor<F> for Calls
    where
        F: Future<Output: Send> + Send + 'static,
    {
        fn execute(&self, call: F) {
            let running = self.0.clone();
            tokio::spawn(async move {
                call.await;
                drop(running);
            });
        }
    }
}

/// As good as for ever.
const LONG: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Bytes that a connection of HTTP/1.1 may hold in each direction: several times what the head of a request may have.
const HTTP1_BUFFER: usize = 64 * 1024;
