//! What is encoded, in prost's types; its bytes are what is decoded.

use std::array;

use crate::peers::prost::{Label, LogBatch, LogRecord, Origin, Point, Samples, Small};

pub fn small() -> Small {
    Small {
        name: "world-of-grpc".to_owned(),
        id: 123_456,
        active: true,
    }
}

pub fn log_batch() -> LogBatch {
    LogBatch {
        source: "checkout-7f9c/eu-west-1b".to_owned(),
        records: (0..50).map(log_record).collect(),
    }
}

fn log_record(index: u64) -> LogRecord {
    let place = index as usize;
    let words: [_; 20] = array::from_fn(|word| WORDS[(place * 7 + word * 3) % WORDS.len()]);
    LogRecord {
        time_unix_nano: 1_760_000_000_000_000_000 + index * 1_000_003,
        severity: (index % 5) as i32 * 4 + 1,
        severity_text: LEVELS[place % LEVELS.len()].to_owned(),
        body: words.join(" "),
        labels: (0..6)
            .map(|label| Label {
                key: format!("attr.{}.{label}", WORDS[label % WORDS.len()]),
                value: format!("value-{}", place * 31 + label),
            })
            .collect(),
        trace_id: vec![index as u8; 16],
        span_id: vec![index as u8; 8],
        flags: index as u32 % 2,
        origin: Some(Origin {
            file: "src/services/checkout/handler.rs".to_owned(),
            line: 100 + index as u32,
            function: "handle_checkout".to_owned(),
        }),
    }
}

pub fn samples() -> Samples {
    Samples {
        times: (0..500)
            .map(|index| 1_760_000_000_000 + index * 1_003)
            .collect(),
        deltas: (0..500).map(|index| index % 150 - 75).collect(),
        values: (0..500).map(|index| f64::from(index) * 0.37).collect(),
        hashes: (0..500)
            .map(|index: u32| index.wrapping_mul(2_654_435_761))
            .collect(),
        points: (0..200)
            .map(|index| Point {
                x: index * 13 % 700,
                y: index * 29 % 700 - 350,
                id: 9_000_000_000 + index as u64,
                weight: index as f32 / 7.0,
                visible: index % 3 > 0,
            })
            .collect(),
    }
}

const WORDS: [&str; 8] = [
    "request", "finished", "upstream", "timeout", "cache", "retry", "orders", "shard",
];

const LEVELS: [&str; 5] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"];
