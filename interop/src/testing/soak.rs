//! Cases that go on for as long as they are told to: many large calls, and how many of them may go wrong.

use std::num::NonZeroU32;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::cases::{self, Client, Failure, Outcome};

/// How long the soaking cases go on, and what passes.
#[derive(Clone, Debug)]
pub struct Soak {
    /// Calls in all.
    pub iterations: u32,
    /// How many of them may fail, or take too long.
    pub max_failures: u32,
    /// What is too long for one, a new channel included.
    pub max_latency: Duration,
    /// What is too long for all of them.
    pub overall_timeout: Duration,
    /// From the start of one call to that of the next one of its thread, at least.
    pub min_time_between_calls: Duration,
    /// Bytes in the payload of each request.
    pub request_size: i32,
    /// Bytes in the payload of each response.
    pub response_size: i32,
    /// Threads that share the calls; each makes one at a time.
    pub threads: NonZeroU32,
}

/// What a call uses of the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reuse {
    /// The channel.
    Channel,
    /// Nothing: it has a channel of its own.
    Nothing,
}

/// Makes the calls, and says of each on the standard error how it went, in the words that the document asks for.
pub(super) async fn run(client: &Client, reuse: Reuse) -> Outcome {
    let Soak {
        iterations,
        max_failures,
        overall_timeout,
        threads,
        ..
    } = client.soak;
    let deadline = Instant::now() + overall_timeout;
    let mut running = JoinSet::new();
    for thread in 0..threads.get() {
        // The first ones make those that can't be shared out evenly.
        let share = iterations / threads + u32::from(thread < iterations % threads);
        let client = client.clone();
        running.spawn(async move { soak(&client, reuse, thread, share, deadline).await });
    }
    let mut sum = Tally::default();
    while let Some(tally) = running.join_next().await {
        let Tally { done, failed } =
            tally.map_err(|error| Failure::new("a thread of the soak", "its calls", error))?;
        sum.done += done;
        sum.failed += failed;
    }
    let Tally { done, failed } = sum;
    eprintln!(
        "(server_uri: {}) soak test successes: {} / {iterations} iterations. Total failures: {failed}",
        client.server_uri,
        done - failed,
    );
    if done < iterations {
        let expected = format!("{iterations} within {} s", overall_timeout.as_secs_f64());
        return Err(Failure::new("iterations", expected, done));
    }
    if failed > max_failures {
        let expected = format!("at most {max_failures}");
        return Err(Failure::new("failures", expected, failed));
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    done: u32,
    failed: u32,
}

/// The calls of one thread.
async fn soak(client: &Client, reuse: Reuse, thread: u32, calls: u32, deadline: Instant) -> Tally {
    let mut tally = Tally::default();
    for iteration in 0..calls {
        let start = Instant::now();
        let Ok(outcome) = timeout_at(deadline, call(client, reuse)).await else {
            break;
        };
        let elapsed = start.elapsed();
        let outcome = outcome.and_then(|()| check_latency(elapsed, client.soak.max_latency));
        let how = match &outcome {
            Ok(()) => "succeeded".to_owned(),
            Err(failure) => format!("failed: {failure}"),
        };
        // A channel doesn't say which address it has called.
        eprintln!(
            "thread_id: {thread} soak iteration: {iteration} elapsed_ms: {} peer: unknown server_uri: {} {how}",
            elapsed.as_millis(),
            client.server_uri,
        );
        tally.done += 1;
        tally.failed += u32::from(outcome.is_err());
        sleep_until(deadline.min(start + client.soak.min_time_between_calls)).await;
    }
    tally
}

async fn call(client: &Client, reuse: Reuse) -> Outcome {
    let Soak {
        request_size,
        response_size,
        ..
    } = client.soak;
    match reuse {
        Reuse::Channel => cases::unary(&client.stub, request_size, response_size).await,
        Reuse::Nothing => {
            let stub = client.new_stub();
            let stub = stub.map_err(|error| Failure::new("a channel", "one", error))?;
            cases::unary(&stub, request_size, response_size).await
        }
    }
}

fn check_latency(elapsed: Duration, max: Duration) -> Outcome {
    if elapsed <= max {
        return Ok(());
    }
    let expected = format!("at most {} ms", max.as_millis());
    let got = format!("{} ms", elapsed.as_millis());
    Err(Failure::new("latency", expected, got))
}
