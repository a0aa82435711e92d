//! The calls: what each does, and what its caller is told.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, sleep, timeout};
use traitwire::{Channel, Code, Origin, Status};

use super::dice::Dice;
use super::ledger::{Ledger, Told};
use super::service::{Done, SoakServiceClient, Work};

/// Makes one call after the other.
pub(super) struct Worker {
    pub(super) ledger: Arc<Ledger>,
    pub(super) channel: Channel,
    pub(super) dice: Dice,
    pub(super) end: Instant,
}

impl Worker {
    pub(super) async fn work(mut self) -> Tally {
        let client = SoakServiceClient::new(self.channel.clone());
        let mut tally = Tally::default();
        while Instant::now() < self.end {
            let id = self.ledger.open();
            let plan = Plan::draw(&mut self.dice, id);
            let outcome = match timeout(plan.timeout + BOUND, plan.make(&client)).await {
                Ok(outcome) => outcome,
                Err(_) => Outcome::Hung,
            };
            match outcome {
                Outcome::Hung => tally.fault(format!("hangs: {plan:?}")),
                Outcome::Wrong => tally.fault(format!("wrong responses: {plan:?}")),
                Outcome::Failed(ref status) => tally.fault(format!("{status}: {plan:?}")),
                _ => {}
            }
            self.ledger.told(id, outcome.told());
            tally.count(plan.kind, &outcome);
            if let Outcome::NotSent | Outcome::Unavailable = outcome {
                // The server comes again in a moment.
                sleep(self.dice.time(Duration::from_millis(20))).await;
            }
        }
        tally
    }
}

/// The kinds of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Unary,
    ServerStream,
    ClientStream,
    BidiStream,
}

impl Kind {
    const ALL: [Self; 4] = [
        Self::Unary,
        Self::ServerStream,
        Self::ClientStream,
        Self::BidiStream,
    ];
}

/// What a call does.
#[derive(Clone)]
struct Plan {
    id: u64,
    kind: Kind,
    payload: Bytes,
    messages: u64,
    pause: Duration,
    timeout: Duration,
    /// When its caller loses interest.
    cancel: Option<Duration>,
}

impl Plan {
    fn draw(dice: &mut Dice, id: u64) -> Self {
        let kind = match dice.below(8) {
            0 => Kind::ServerStream,
            1 => Kind::ClientStream,
            2 => Kind::BidiStream,
            _ => Kind::Unary,
        };
        let len = match dice.below(20) {
            0 => dice.below(128 * 1024),
            1..5 => dice.below(4 * 1024),
            _ => dice.below(64),
        };
        let longest = Duration::from_millis(match dice.below(20) {
            0 => 20,
            1..5 => 2,
            _ => 0,
        });
        Self {
            id,
            kind,
            payload: NOISE.slice(..len as usize),
            messages: 1 + dice.below(10),
            pause: dice.time(longest),
            timeout: match dice.below(10) {
                0 => dice.time(Duration::from_millis(5)),
                _ => Duration::from_secs(5),
            },
            cancel: match dice.below(8) {
                0 => Some(dice.time(Duration::from_millis(10))),
                _ => None,
            },
        }
    }

    async fn make(&self, client: &SoakServiceClient) -> Outcome {
        let cancelled = async {
            match self.cancel {
                Some(after) => sleep(after).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            outcome = self.call(client) => match outcome {
                Ok(true) => Outcome::Succeeded,
                Ok(false) => Outcome::Wrong,
                Err(status) => Outcome::of(status),
            },
            // Dropped is cancelled.
            () = cancelled => Outcome::Cancelled,
        }
    }

    /// Whether the responses are what they should be.
    async fn call(&self, client: &SoakServiceClient) -> Result<bool, Status> {
        let is_mine = |done: &Done, requests: u64| {
            done.id == self.id && done.payload == self.payload && done.requests == requests
        };
        let requests = {
            let work = self.work();
            stream::iter((0..self.messages).map(move |_| work.clone()))
        };
        match self.kind {
            Kind::Unary => {
                let done = client.unary(self.work()).timeout(self.timeout).await?;
                Ok(is_mine(&done, 1))
            }
            Kind::ClientStream => {
                let call = client.client_stream(requests).timeout(self.timeout);
                Ok(is_mine(&call.await?, self.messages))
            }
            Kind::ServerStream => {
                let call = client.server_stream(self.work()).timeout(self.timeout);
                let mut responses = call.await?;
                let (mut fine, mut count) = (true, 0);
                while let Some(done) = responses.next().await {
                    count += 1;
                    fine &= is_mine(&done?, 1);
                }
                Ok(fine && count == self.messages)
            }
            Kind::BidiStream => {
                let call = client.bidi_stream(requests).timeout(self.timeout);
                let mut responses = call.await?;
                let (mut fine, mut count) = (true, 0);
                while let Some(done) = responses.next().await {
                    count += 1;
                    fine &= is_mine(&done?, count);
                }
                Ok(fine && count == self.messages)
            }
        }
    }

    fn work(&self) -> Work {
        Work {
            id: self.id,
            payload: self.payload.clone(),
            pause_us: u64::try_from(self.pause.as_micros()).unwrap_or(u64::MAX),
            responses: self.messages,
        }
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "call {}, {:?} of {} messages of {} bytes, a pause of {:?} before each, a timeout of {:?}, cancelled after {:?}",
            self.id,
            self.kind,
            self.messages,
            self.payload.len(),
            self.pause,
            self.timeout,
            self.cancel
        )
    }
}

/// What the caller is told.
#[derive(Debug)]
enum Outcome {
    Succeeded,
    /// We wanted no more.
    Cancelled,
    DeadlineExceeded,
    /// The server was away, and hasn't seen it.
    NotSent,
    /// The connection or the server went away.
    Unavailable,
    /// Other responses came than should have.
    Wrong,
    /// Something else that shouldn't be.
    Failed(Status),
    /// There is no end of it.
    Hung,
}

impl Outcome {
    const NAMES: [&str; 6] = [
        "OK",
        "cancelled",
        "DEADLINE_EXCEEDED",
        "not sent",
        "UNAVAILABLE",
        "faults",
    ];

    fn of(status: Status) -> Self {
        match status.code() {
            Code::DeadlineExceeded => Self::DeadlineExceeded,
            Code::Unavailable if is_not_sent(&status) => Self::NotSent,
            Code::Unavailable => Self::Unavailable,
            _ => Self::Failed(status),
        }
    }

    /// In which column it is counted.
    fn column(&self) -> usize {
        match self {
            Self::Succeeded => 0,
            Self::Cancelled => 1,
            Self::DeadlineExceeded => 2,
            Self::NotSent => 3,
            Self::Unavailable => 4,
            Self::Wrong | Self::Failed(_) | Self::Hung => 5,
        }
    }

    fn told(&self) -> Told {
        match self {
            Self::Succeeded | Self::Wrong => Told::Succeeded,
            Self::NotSent => Told::NotSent,
            Self::Cancelled
            | Self::DeadlineExceeded
            | Self::Unavailable
            | Self::Failed(_)
            | Self::Hung => Told::Neither,
        }
    }
}

/// Whether the status says that no server has looked at the call. It does so in words alone.
fn is_not_sent(status: &Status) -> bool {
    const WORDS: [&str; 3] = [
        "can't connect to ",
        "the server closes its connections",
        "the server refuses calls",
    ];
    let text = status.message();
    status.origin() == Origin::Transport && WORDS.iter().any(|words| text.starts_with(words))
}

/// How many calls of each kind have ended in each way.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: [[u64; Outcome::NAMES.len()]; Kind::ALL.len()],
    pub(super) faults: Vec<String>,
}

impl Tally {
    fn count(&mut self, kind: Kind, outcome: &Outcome) {
        self.counts[kind as usize][outcome.column()] += 1;
    }

    fn fault(&mut self, fault: String) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        for (row, other) in self.counts.iter_mut().zip(other.counts) {
            for (count, other) in row.iter_mut().zip(other) {
                *count += other;
            }
        }
        other.faults.into_iter().for_each(|fault| self.fault(fault));
    }

    pub(super) fn calls(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:14}", "")?;
        for name in Outcome::NAMES {
            write!(f, "{name:>19}")?;
        }
        writeln!(f)?;
        for (kind, row) in Kind::ALL.iter().zip(self.counts) {
            write!(f, "{:14}", format!("{kind:?}"))?;
            for count in row {
                write!(f, "{count:>19}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// How long after its deadline a call has to have ended: a machine may be busy.
const BOUND: Duration = Duration::from_secs(10);

/// Who sees as many need not see more.
const MAX_FAULTS: usize = 20;

/// What payloads are made of.
static NOISE: Bytes = Bytes::from_static(&noise());

const fn noise() -> [u8; 128 * 1024] {
    let mut noise = [0; 128 * 1024];
    let mut at = 0;
    while at < noise.len() {
        noise[at] = (at ^ (at >> 8)) as u8;
        at += 1;
    }
    noise
}
