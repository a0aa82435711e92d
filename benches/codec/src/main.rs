//! What it costs to encode and decode a message: prost, buffa, quick-protobuf and traitwire, in one run.
//!
//! `cargo run --release --package codec -- [ROUNDS] [NAME]` prints a table of medians, in nanoseconds of the thread's CPU time,
//! with their ratios to prost's. Everybody gets a turn in each round; 21 rounds unless said otherwise, and only of the lines
//! whose name contains NAME, which is to be `numbers, decode, traitwire` for one place in the table.

mod ours;
mod peers;
mod sample;

use std::env;
use std::error::Error;
use std::fmt::Write;
use std::hint::black_box;
use std::time::Duration;

use buffa::MessageView as _;
use bytes::{Bytes, BytesMut};
use prost::Message as _;
use quick_protobuf::{BytesReader, MessageRead, MessageWrite, Writer};
use rustix::time::{ClockId, clock_gettime};
use traitwire::codec::{self, Fields, ReadFields, Reader};

use self::peers::buffa::codec as buffa_pb;
use self::peers::buffa::codec::__buffa::view;
use self::peers::prost as prost_pb;
use self::peers::quick::codec as quick_pb;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let rounds = args.next().map_or(Ok(21), |rounds| rounds.parse())?;
    let only = args.next().unwrap_or_default();
    let mut bench = Bench::default();
    small(&mut bench);
    log_batch(&mut bench);
    map_batch(&mut bench);
    samples(&mut bench);
    bench
        .runs
        .retain(|run| format!("{}, {}", run.line, run.who).contains(&only));
    bench.measure(rounds);
    print!("{}", bench.report()?);
    Ok(())
}

fn small(bench: &mut Bench) {
    let wire = leak(&sample::small());
    bench.prost::<prost_pb::Small>("small", wire);
    bench.buffa::<buffa_pb::Small>("small", wire);
    bench.quick_encode::<quick_pb::Small<'_>>("small", wire);
    bench.ours::<ours::Small>("small", wire);

    let borrowed = "small, decode, borrowed";
    bench.add(borrowed, PROST, move || prost_pb::Small::decode(wire));
    bench.add(borrowed, BUFFA, move || view::SmallView::decode_view(wire));
    bench.add(borrowed, QUICK, move || {
        quick_read::<quick_pb::Small<'_>>(wire)
    });
    bench.add(borrowed, OURS, move || {
        codec::decode_borrowed::<ours::BorrowedSmall<'_>>(wire)
    });
}

fn log_batch(bench: &mut Bench) {
    let wire = leak(&sample::log_batch());
    bench.prost::<prost_pb::LogBatch>("log batch", wire);
    bench.buffa::<buffa_pb::LogBatch>("log batch", wire);
    bench.quick_encode::<quick_pb::LogBatch<'_>>("log batch", wire);
    bench.ours::<ours::LogBatch>("log batch", wire);

    let shared = "log batch, decode, shared";
    let bytes = Bytes::from_static(wire).to_vec().into();
    bench.add(shared, PROST, move || prost_pb::LogBatch::decode(wire));
    bench.add(shared, OURS, move || {
        codec::read::<ours::SharedLogBatch>(Reader::shared(black_box(&bytes)))
    });

    let borrowed = "log batch, decode, borrowed";
    bench.add(borrowed, PROST, move || prost_pb::LogBatch::decode(wire));
    bench.add(borrowed, BUFFA, move || {
        view::LogBatchView::decode_view(wire)
    });
    bench.add(borrowed, QUICK, move || {
        quick_read::<quick_pb::LogBatch<'_>>(wire)
    });
    bench.add(borrowed, OURS, move || {
        codec::decode_borrowed::<ours::BorrowedLogBatch<'_>>(wire)
    });
}

fn map_batch(bench: &mut Bench) {
    let wire = leak(&sample::log_batch());
    bench.prost::<prost_pb::MapBatch>("log batch with maps", wire);
    bench.buffa::<buffa_pb::MapBatch>("log batch with maps", wire);
    bench.quick_encode::<quick_pb::MapBatch<'_>>("log batch with maps", wire);
    bench.ours::<ours::MapBatch>("log batch with maps", wire);

    let borrowed = "log batch with maps, decode, borrowed";
    bench.add(borrowed, PROST, move || prost_pb::MapBatch::decode(wire));
    bench.add(borrowed, BUFFA, move || {
        view::MapBatchView::decode_view(wire)
    });
    bench.add(borrowed, QUICK, move || {
        quick_read::<quick_pb::MapBatch<'_>>(wire)
    });
    bench.add(borrowed, OURS, move || {
        codec::decode_borrowed::<ours::BorrowedMapBatch<'_>>(wire)
    });
}

fn samples(bench: &mut Bench) {
    let wire = leak(&sample::samples());
    bench.prost::<prost_pb::Samples>("numbers", wire);
    bench.buffa::<buffa_pb::Samples>("numbers", wire);
    bench.quick_encode::<quick_pb::Samples<'_>>("numbers", wire);
    bench.add("numbers, decode", QUICK, move || {
        quick_read::<quick_pb::Samples<'_>>(wire)
    });
    bench.ours::<ours::Samples>("numbers", wire);
}

/// The bytes of a message, which messages that borrow may outlive otherwise.
fn leak(message: &impl prost::Message) -> &'static [u8] {
    message.encode_to_vec().leak()
}

fn quick_read<M: MessageRead<'static>>(wire: &'static [u8]) -> quick_protobuf::Result<M> {
    M::from_reader(&mut BytesReader::from_bytes(wire), black_box(wire))
}

/// What is measured.
#[derive(Default)]
struct Bench {
    runs: Vec<Run>,
}

/// Something that one of the implementations does.
struct Run {
    line: String,
    who: &'static str,
    run: Box<dyn FnMut()>,
    /// Nanoseconds that it took, each the mean of one round.
    times: Vec<f64>,
}

impl Bench {
    fn add<T>(&mut self, line: &str, who: &'static str, mut run: impl FnMut() -> T + 'static) {
        self.runs.push(Run {
            line: line.to_owned(),
            who,
            run: Box::new(move || drop(black_box(run()))),
            times: Vec::new(),
        });
    }

    fn prost<M: prost::Message + Default + 'static>(&mut self, name: &str, wire: &'static [u8]) {
        let message = M::decode(wire).expect("a message");
        let mut out = Vec::with_capacity(ENOUGH);
        self.add(&encode(name), PROST, move || {
            out.clear();
            black_box(&message).encode(&mut out).expect("there is room");
            black_box(&out);
        });
        self.add(&decode(name), PROST, move || M::decode(black_box(wire)));
    }

    fn buffa<M: buffa::Message + Default + 'static>(&mut self, name: &str, wire: &'static [u8]) {
        let message = M::decode_from_slice(wire).expect("a message");
        let mut out = Vec::with_capacity(ENOUGH);
        self.add(&encode(name), BUFFA, move || {
            out.clear();
            black_box(&message).encode(&mut out);
            black_box(&out);
        });
        self.add(&decode(name), BUFFA, move || {
            M::decode_from_slice(black_box(wire))
        });
    }

    fn quick_encode<M: MessageRead<'static> + MessageWrite + 'static>(
        &mut self,
        name: &str,
        wire: &'static [u8],
    ) {
        let message: M = quick_read(wire).expect("a message");
        let mut out = Vec::with_capacity(ENOUGH);
        self.add(&encode(name), QUICK, move || {
            out.clear();
            let written = black_box(&message).write_message(&mut Writer::new(&mut out));
            written.expect("there is room");
            black_box(&out);
        });
    }

    fn ours<M: Fields + for<'de> ReadFields<'de> + 'static>(
        &mut self,
        name: &str,
        wire: &'static [u8],
    ) {
        let message: M = codec::decode_borrowed(wire).expect("a message");
        let mut out = BytesMut::with_capacity(ENOUGH);
        codec::encode_into(&message, &mut out);
        assert_eq!(out.len(), wire.len(), "{name}");
        self.add(&encode(name), OURS, move || {
            out.clear();
            codec::encode_into(black_box(&message), &mut out);
            black_box(&out);
        });
        self.add(&decode(name), OURS, move || {
            codec::decode_borrowed::<M>(black_box(wire))
        });
    }

    fn measure(&mut self, rounds: usize) {
        for _ in 0..rounds {
            for Run { run, times, .. } in &mut self.runs {
                // As many as take about a turn, the first of them to warm up.
                let once = timed(|| (0..10).for_each(|_| run())) / 10;
                let repeats = (TURN.as_nanos() / once.as_nanos().max(1)).max(1) as u32;
                let time = timed(|| (0..repeats).for_each(|_| run()));
                times.push(time.as_nanos() as f64 / f64::from(repeats));
            }
        }
    }

    fn report(&self) -> Result<String, Box<dyn Error>> {
        let mut lines: Vec<&str> = Vec::new();
        for run in &self.runs {
            if !lines.contains(&&*run.line) {
                lines.push(&run.line);
            }
        }
        let mut text = format!(
            "| ns | {} |\n|---|{}\n",
            WHO.join(" | "),
            "--:|".repeat(WHO.len())
        );
        for line in lines {
            write!(text, "| {line} |")?;
            let of = |who| {
                let run = self
                    .runs
                    .iter()
                    .find(|run| run.line == line && run.who == who)?;
                Some(median(&run.times))
            };
            for who in WHO {
                match (of(who), of(PROST)) {
                    (Some(time), Some(theirs)) if who != PROST => {
                        write!(text, " {time:.0} · **{:.2}** |", time / theirs)?;
                    }
                    (Some(time), _) => write!(text, " {time:.0} |")?,
                    (None, _) => text.push_str("  |"),
                }
            }
            text.push('\n');
        }
        Ok(text)
    }
}

fn encode(name: &str) -> String {
    format!("{name}, encode")
}

fn decode(name: &str) -> String {
    format!("{name}, decode")
}

/// The thread's CPU time that it takes.
fn timed(run: impl FnOnce()) -> Duration {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
    };
    let began = now();
    run();
    now() - began
}

fn median(times: &[f64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

const PROST: &str = "prost";
const BUFFA: &str = "buffa";
const QUICK: &str = "quick-protobuf";
const OURS: &str = "traitwire";
const WHO: [&str; 4] = [PROST, BUFFA, QUICK, OURS];

/// Bytes that every message has room in.
const ENOUGH: usize = 64 * 1024;

/// How long one of them is measured before it is the next one's turn.
const TURN: Duration = Duration::from_millis(4);
