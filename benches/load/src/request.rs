//! Requests, encoded before the first is sent.

use crate::hpack::{Encoder, METHOD_POST, SCHEME_HTTP};

/// What all calls of a run have in common.
pub(crate) struct Template<'a> {
    pub(crate) path: &'a str,
    /// Whether calls have a deadline and a trace that no two share.
    pub(crate) unique: Option<Unique>,
    pub(crate) metadata: &'a [(String, String)],
}

/// How fields are written that differ in every call.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Unique {
    /// Plain, and kept out of the table.
    Plain,
    /// Huffman-coded and put into the table, where they push each other out.
    Indexed,
}

/// The header blocks of a connection's calls, in the order in which they have to be sent.
pub(crate) struct Blocks {
    blocks: Vec<Vec<u8>>,
    next: usize,
    /// Where to go on after the last one.
    again: usize,
}

impl Blocks {
    pub(crate) fn prepare(template: &Template<'_>, authority: &str, connection: usize) -> Self {
        let mut encoder = Encoder::default();
        if template.unique.is_none() {
            // The first call fills the table, and all later ones are alike.
            let blocks = (0..2).map(|_| template.block(&mut encoder, authority, None));
            return Self {
                blocks: blocks.collect(),
                next: 0,
                again: 1,
            };
        }
        let blocks = (0..UNIQUE).map(|call| {
            if call == 0 {
                encoder = Encoder::default();
            }
            template.block(&mut encoder, authority, Some(connection * UNIQUE + call))
        });
        Self {
            blocks: blocks.collect(),
            next: 0,
            again: 0,
        }
    }

    pub(crate) fn next(&mut self) -> &[u8] {
        let block = self.next;
        self.next += 1;
        if self.next == self.blocks.len() {
            self.next = self.again;
        }
        &self.blocks[block]
    }
}

impl Template<'_> {
    fn block(&self, encoder: &mut Encoder, authority: &str, number: Option<usize>) -> Vec<u8> {
        let mut block = Vec::new();
        if number.is_some_and(|number| number.is_multiple_of(UNIQUE)) {
            encoder.forget(&mut block);
        }
        encoder.known(METHOD_POST, &mut block);
        encoder.known(SCHEME_HTTP, &mut block);
        encoder.path(self.path, &mut block);
        encoder.field(":authority", authority, &mut block);
        encoder.field("te", "trailers", &mut block);
        encoder.field("content-type", "application/grpc", &mut block);
        encoder.field("user-agent", "load/0.1", &mut block);
        if let Some(number) = number {
            let timeout = format!("{}u", 30_000_000 + number);
            // Multiplied, so that traces look as little alike as real ones do.
            let trace =
                (number as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
            let span = trace as u64 ^ (trace >> 64) as u64;
            let traceparent = format!("00-{trace:032x}-{span:016x}-01");
            for (name, value) in [("grpc-timeout", timeout), ("traceparent", traceparent)] {
                match self.unique {
                    Some(Unique::Plain) => encoder.plain(name, &value, &mut block),
                    _ => encoder.field(name, &value, &mut block),
                }
            }
        }
        for (name, value) in self.metadata {
            encoder.field(name, value, &mut block);
        }
        block
    }
}

/// So many calls of a connection go by until the first one's unique fields come again. Each takes memory, and many more
/// than a decoder's table holds are enough.
const UNIQUE: usize = 4096;
