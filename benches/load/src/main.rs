//! Makes calls with next to no work of its own, so that the server is the limit.
//!
//! `load KIND PORT [OPTIONS]`, where KIND is one of
//!
//! * `blast`: whole requests, each followed by the next one on its stream;
//! * `pingpong`: calls whose messages go there and back one at a time;
//! * `idle`: one call on each connection, then nothing until standard input ends.
//!
//! It prints one line of JSON: how many calls were answered, in how much time, and how long they took.
//!
//! | option | |
//! |---|---|
//! | `--connections=8`, `--streams=16` | so many, and so many calls under way on each; 1 unless said otherwise |
//! | `--path=/package.Service/Method` | `SayHello` unless said otherwise |
//! | `--data=FILE` | the request's body; for `pingpong`, one message with its prefix |
//! | `--reply=19` | how many bytes of messages every reply has to have |
//! | `--messages=100` | for `pingpong`, how many a call has |
//! | `--seconds=1`, `--calls=10000` | when it is over |
//! | `--unique=plain`, `--unique=indexed` | a `grpc-timeout` and a `traceparent` that differ in every call |
//! | `--metadata="key: value"` | an entry of metadata; may come several times |
//! | `--latencies` | measures how long calls take |
//! | `--rate=20000` | calls a second, evenly spread; each counts from when it was due |

mod connection;
mod hpack;
mod request;

use std::collections::HashMap;
use std::error::Error;
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use self::connection::{Body, Connection};
use self::request::{Blocks, Template, Unique};

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::read(std::env::args().skip(1))?;
    let mut load = Load::connect(&options)?;
    let began = Instant::now();
    match options.rate {
        Some(rate) => load.keep_pace(rate, options.time)?,
        None => load.keep_busy(&options)?,
    }
    load.report(&options, began.elapsed());
    if options.kind == Kind::Idle {
        std::io::stdin().read_to_end(&mut Vec::new())?;
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Blast,
    PingPong,
    Idle,
}

struct Options {
    kind: Kind,
    address: SocketAddr,
    path: String,
    body: Body,
    /// The length that all replies must have.
    reply: Option<u64>,
    connections: usize,
    streams: usize,
    time: Duration,
    /// At most so many calls.
    calls: Option<u64>,
    /// Calls a second, whether or not they are answered.
    rate: Option<f64>,
    latencies: bool,
    unique: Option<Unique>,
    metadata: Vec<(String, String)>,
}

impl Options {
    fn read(mut args: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let kind = match args.next().as_deref() {
            Some("blast") => Kind::Blast,
            Some("pingpong") => Kind::PingPong,
            Some("idle") => Kind::Idle,
            other => return Err(format!("{other:?} is not blast, pingpong or idle").into()),
        };
        let port: u16 = args.next().ok_or("which port?")?.parse()?;
        let mut given = HashMap::new();
        let mut metadata = Vec::new();
        for arg in args {
            let option = arg.strip_prefix("--").ok_or(format!("what is {arg}?"))?;
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            if name == "metadata" {
                let (key, value) = value.split_once(": ").ok_or("--metadata=\"key: value\"")?;
                metadata.push((key.to_owned(), value.to_owned()));
            } else {
                given.insert(name.to_owned(), value.to_owned());
            }
        }
        let message = match given.remove("data") {
            Some(file) => std::fs::read(file)?,
            None => HELLO.to_vec(),
        };
        let messages: Option<usize> = parse(&mut given, "messages")?;
        let options = Self {
            kind,
            address: (Ipv4Addr::LOCALHOST, port).into(),
            path: given.remove("path").unwrap_or_else(|| SAY_HELLO.to_owned()),
            body: match kind {
                Kind::PingPong => Body::PingPong {
                    message,
                    messages: messages.unwrap_or(100),
                },
                Kind::Blast | Kind::Idle => Body::Whole(message),
            },
            reply: parse(&mut given, "reply")?,
            connections: parse(&mut given, "connections")?.unwrap_or(1),
            streams: parse(&mut given, "streams")?.unwrap_or(1),
            time: Duration::from_secs_f64(parse(&mut given, "seconds")?.unwrap_or(1.0)),
            calls: parse(&mut given, "calls")?,
            rate: parse(&mut given, "rate")?,
            latencies: given.remove("latencies").is_some(),
            unique: match given.remove("unique").as_deref() {
                Some("plain") => Some(Unique::Plain),
                Some("indexed") => Some(Unique::Indexed),
                Some(_) => return Err("--unique is plain or indexed".into()),
                None => None,
            },
            metadata,
        };
        match given.keys().next() {
            Some(unknown) => Err(format!("there is no --{unknown}").into()),
            None => Ok(options),
        }
    }
}

fn parse<T>(given: &mut HashMap<String, String>, name: &str) -> Result<Option<T>, Box<dyn Error>>
where
    T: std::str::FromStr<Err: Error + 'static>,
{
    match given.remove(name).map(|value| value.parse()) {
        Some(Ok(value)) => Ok(Some(value)),
        Some(Err(error)) => Err(format!("--{name}: {error}").into()),
        None => Ok(None),
    }
}

struct Load {
    poll: Poll,
    events: Events,
    connections: Vec<Connection>,
}

impl Load {
    /// All connections, ready for calls.
    fn connect(options: &Options) -> Result<Self, Box<dyn Error>> {
        let template = Template {
            path: &options.path,
            unique: options.unique,
            metadata: &options.metadata,
        };
        let authority = options.address.to_string();
        let timed = options.latencies || options.rate.is_some();
        let poll = Poll::new()?;
        let mut load = Self {
            poll,
            events: Events::with_capacity(1024),
            connections: Vec::new(),
        };
        for n in 0..options.connections {
            let blocks = Blocks::prepare(&template, &authority, n);
            let body = options.body.clone();
            let mut connection = Connection::open(options.address, blocks, body, timed)?;
            let interest = Interest::READABLE | Interest::WRITABLE;
            let registry = load.poll.registry();
            registry.register(&mut connection.stream, Token(n), interest)?;
            connection.flush()?;
            load.connections.push(connection);
            while !load.connections[n].is_ready() {
                load.wait(None, |_| {})?;
            }
        }
        Ok(load)
    }

    /// Waits for something to come, and does what `next` says with each connection that got it.
    fn wait(
        &mut self,
        timeout: Option<Duration>,
        mut next: impl FnMut(&mut Connection),
    ) -> Result<(), Box<dyn Error>> {
        if let Err(error) = self.poll.poll(&mut self.events, timeout)
            && error.kind() != std::io::ErrorKind::Interrupted
        {
            return Err(error.into());
        }
        for event in &self.events {
            let connection = &mut self.connections[event.token().0];
            while event.is_readable() && connection.read()? {}
            next(connection);
            connection.flush()?;
        }
        Ok(())
    }

    /// Keeps as many calls open as it is told to, until the time is over or they have been made.
    fn keep_busy(&mut self, options: &Options) -> Result<(), Box<dyn Error>> {
        let mut left = match options.kind {
            Kind::Idle => options.connections as u64,
            _ => options.calls.unwrap_or(u64::MAX),
        };
        let end = options
            .calls
            .is_none()
            .then(|| Instant::now() + options.time);
        let timed = options.latencies;
        let mut fill = |connection: &mut Connection| {
            while connection.open_calls() < options.streams && connection.has_room() && left > 0 {
                connection.call(timed.then(Instant::now));
                left -= 1;
                if options.kind == Kind::Idle {
                    break;
                }
            }
        };
        for connection in &mut self.connections {
            fill(connection);
            connection.flush()?;
        }
        if options.kind == Kind::Idle {
            return self.finish();
        }
        while end.is_none_or(|end| Instant::now() < end) {
            self.wait(Some(PATIENCE), &mut fill)?;
            if end.is_none() && self.is_done() {
                break;
            }
        }
        self.finish()
    }

    /// Makes so many calls a second, evenly spread, and never waits for the server. A call's time counts from when it
    /// was due, so that one that is slow doesn't hide how long those behind it had to wait.
    fn keep_pace(&mut self, rate: f64, time: Duration) -> Result<(), Box<dyn Error>> {
        let began = Instant::now();
        let calls = (rate * time.as_secs_f64()) as u64;
        let mut made = 0;
        while made < calls {
            let due = began + Duration::from_secs_f64(made as f64 / rate);
            if due <= Instant::now() {
                let n = made as usize % self.connections.len();
                if self.connections[n].has_room() {
                    self.connections[n].call(Some(due));
                    self.connections[n].flush()?;
                    made += 1;
                    continue;
                }
            }
            self.wait(Some(Duration::ZERO), |_| {})?;
        }
        self.finish()
    }

    /// Waits for the answers that are still to come.
    fn finish(&mut self) -> Result<(), Box<dyn Error>> {
        let end = Instant::now() + PATIENCE;
        while !self.is_done() {
            if end < Instant::now() {
                return Err("the server owes answers".into());
            }
            self.wait(Some(PATIENCE), |_| {})?;
        }
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.connections.iter().all(|c| c.open_calls() == 0)
    }

    fn report(&self, options: &Options, time: Duration) {
        let sum = |of: fn(&Connection) -> u64| self.connections.iter().map(of).sum::<u64>();
        let (calls, received) = (sum(|c| c.done), sum(|c| c.received));
        let mut failed = sum(|c| c.failed);
        if options.reply.is_some_and(|reply| received != reply * calls) {
            failed = failed.max(1);
        }
        let mut latencies: Vec<_> = self.connections.iter().flat_map(|c| &c.latencies).collect();
        latencies.sort_unstable();
        let percentile = |p: usize| match latencies.len() {
            0 => 0.0,
            len => *latencies[(len * p / 100).min(len - 1)] as f64 / 1000.0,
        };
        println!(
            r#"{{"calls": {calls}, "failed": {failed}, "received": {received}, "seconds": {:.6}, "p50_us": {:.1}, "p99_us": {:.1}}}"#,
            time.as_secs_f64(),
            percentile(50),
            percentile(99),
        );
    }
}

const SAY_HELLO: &str = "/helloworld.Greeter/SayHello";
const HELLO: &[u8] = b"\0\0\0\0\x07\x0a\x05world";
/// A server that says nothing for so long has lost a call.
const PATIENCE: Duration = Duration::from_secs(10);
