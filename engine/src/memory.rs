//! Header blocks that came before.

use crate::head::{Checked, HeadKind};

/// Remembers what was made of header blocks, for as long as the table that they refer to stays the same. A client that
/// makes the same call again sends the same bytes again: then one comparison is all there is to do.
#[derive(Debug)]
pub(crate) struct BlockMemory<H> {
    /// The decoder's generation that all blocks are good for.
    generation: u64,
    blocks: Vec<Remembered<H>>,
    /// Which one makes place next.
    oldest: usize,
    /// How many blocks in a row were new.
    misses: u32,
}

#[derive(Debug)]
struct Remembered<H> {
    bytes: Vec<u8>,
    kind: HeadKind,
    head: H,
    checked: Checked,
}

impl<H: Clone> BlockMemory<H> {
    pub(crate) fn new() -> Self {
        Self {
            generation: 0,
            blocks: Vec::new(),
            oldest: 0,
            misses: 0,
        }
    }

    pub(crate) fn get(
        &mut self,
        generation: u64,
        kind: HeadKind,
        block: &[u8],
    ) -> Option<(H, Checked)> {
        if self.generation != generation {
            return None;
        }
        let found = self
            .blocks
            .iter()
            .find(|remembered| remembered.bytes == block && remembered.kind == kind)?;
        self.misses = 0;
        Some((found.head.clone(), found.checked))
    }

    /// To be called with a block that [`get`](Self::get) didn't know, and that didn't change the table.
    pub(crate) fn put(
        &mut self,
        generation: u64,
        kind: HeadKind,
        block: &[u8],
        head: &H,
        checked: Checked,
    ) {
        if block.len() > MAX_LEN {
            return;
        }
        if self.generation != generation {
            self.generation = generation;
            self.blocks.clear();
        }
        // Where every block is another one, because of a deadline perhaps, remembering is only work.
        self.misses = self.misses.wrapping_add(1);
        if self.misses > SLOTS as u32 && !self.misses.is_multiple_of(SELDOM) {
            return;
        }
        let remembered = |mut bytes: Vec<u8>| {
            bytes.clear();
            bytes.extend_from_slice(block);
            Remembered {
                bytes,
                kind,
                head: head.clone(),
                checked,
            }
        };
        if self.blocks.len() < SLOTS {
            self.blocks.push(remembered(Vec::new()));
            return;
        }
        let slot = &mut self.blocks[self.oldest % SLOTS];
        *slot = remembered(std::mem::take(&mut slot.bytes));
        self.oldest = self.oldest.wrapping_add(1);
    }
}

/// As many blocks as are looked through at little cost; most clients call a handful of methods.
const SLOTS: usize = 4;

/// Longer blocks have tokens and traces in them.
const MAX_LEN: usize = 256;

/// How many blocks go by before one is remembered again where all of them are new.
const SELDOM: u32 = 32;
