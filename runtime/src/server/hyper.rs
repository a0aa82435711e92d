//! Connections that hyper serves: those of HTTP/1.1, and all of a server that asks for it.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
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

/// Serves a connection with hyper: HTTP/1.1, and HTTP/2 where that was asked for.
pub(super) async fn serve_with_hyper<S: HttpService>(
    io: Rewind<Io>,
    peer: Caller,
    counts: Counts,
    service: Arc<S>,
    options: &Options,
    stages: watch::Receiver<Stage>,
) {
    let calls = CallsAtWork::default();
    let counts = counts.of_requests();
    let io = Gather::new(io, calls.clone());
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
    let builder = versions::builder(options, &stages);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(io), service));
    let mut stops = Stops::new(stages, options);
    loop {
        tokio::select! {
            // How a connection ended is nobody's business but its clients', and those know.
            _ = connection.as_mut() => return,
            stop = poll_fn(|cx| stops.poll(cx)) => match stop {
                Stop::Drain => connection.as_mut().graceful_shutdown(),
                Stop::End(why) => {
                    all_calls.end(why);
                    connection.as_mut().graceful_shutdown();
                    let _ = tokio::time::timeout(LAST_WORDS, connection).await;
                    return;
                }
            }
        }
    }
}

/// How long a client may take to read how its calls ended. What can't be ended so is cut off after that.
const LAST_WORDS: Duration = Duration::from_secs(1);

#[cfg(not(feature = "over-hyper"))]
mod versions {
    use hyper::server::conn::http1::Builder;

    use super::*;

    /// What serves HTTP/1.1.
    pub(super) fn builder(_: &Options, _: &watch::Receiver<Stage>) -> Builder {
        let mut builder = Builder::new();
        builder.timer(TokioTimer::new());
        builder
    }
}

#[cfg(feature = "over-hyper")]
mod versions {
    use hyper_util::server::conn::auto;

    use super::*;

    /// What serves HTTP/2 as well.
    pub(super) fn builder(
        options: &Options,
        stages: &watch::Receiver<Stage>,
    ) -> auto::Builder<Calls> {
        let mut builder = auto::Builder::new(Calls(stages.clone()));
        builder.http1().timer(TokioTimer::new());
        builder
            .http2()
            .timer(TokioTimer::new())
            // gRPC knows no date, and every client would find it among its metadata.
            .auto_date_header(false)
            .keep_alive_interval(options.http2.keep_alive_interval)
            .keep_alive_timeout(options.http2.keep_alive_timeout)
            .initial_stream_window_size(options.http2.config.stream_window)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_header_list_size(options.http2.config.max_header_list_size)
            .max_concurrent_streams(options.http2.config.max_concurrent_streams);
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

    /// The same for all calls of a connection: so many that calls nobody reads don't stop those that somebody does. Our own
    /// HTTP/2 counts what is held instead.
    const CONNECTION_WINDOW: u32 = 64 * 1024 * 1024;
}
