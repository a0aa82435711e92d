//! Header fields on their way out.

use std::sync::Arc;

use crate::hpack::{Encoder, Indexing};

/// A list of header fields that one end sends.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    bytes: Vec<u8>,
    /// Where the name and the value of each field end.
    ends: Vec<(u32, u32, Indexing)>,
}

impl Fields {
    /// No field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field. Names are in lower case; those with a colon come first.
    pub fn push(&mut self, name: &[u8], value: &[u8], indexing: Indexing) {
        self.bytes.extend_from_slice(name);
        let name_end = self.bytes.len() as u32;
        self.bytes.extend_from_slice(value);
        self.ends
            .push((name_end, self.bytes.len() as u32, indexing));
    }

    /// The fields, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8], Indexing)> {
        let mut start = 0;
        self.ends.iter().map(move |&(name_end, end, indexing)| {
            let name = &self.bytes[start..name_end as usize];
            start = end as usize;
            (name, &self.bytes[name_end as usize..start], indexing)
        })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How long the list is for who limits it by SETTINGS_MAX_HEADER_LIST_SIZE (RFC 9113, section 6.5.2).
    pub fn list_size(&self) -> usize {
        self.bytes.len() + self.ends.len() * FIELD_OVERHEAD
    }

    fn encode(&self, encoder: &mut Encoder, out: &mut Vec<u8>) {
        for (name, value, indexing) in self.iter() {
            encoder.field(out, name, value, indexing);
        }
    }
}

/// Fields that are sent often: encoded once, as long as the peer's table stays as it is. See
/// [`Connection::prepare`](crate::Connection::prepare).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prepared(u32);

/// What a header block is made of.
#[derive(Clone, Debug)]
pub enum Block {
    /// Fields that were prepared.
    Prepared(Prepared),
    /// Fields that are sent once.
    Fields(Fields),
    /// Fields that were prepared, and more after them.
    Both(Prepared, Fields),
}

/// The prepared blocks of a connection.
#[derive(Debug, Default)]
pub(crate) struct PreparedBlocks {
    blocks: Vec<PreparedBlock>,
}

#[derive(Debug)]
struct PreparedBlock {
    fields: Arc<Fields>,
    encoded: Vec<u8>,
    /// The encoder's generation that `encoded` is good for.
    generation: Option<u64>,
}

impl PreparedBlocks {
    pub(crate) fn add(&mut self, fields: Arc<Fields>) -> Prepared {
        self.blocks.reserve_exact(1);
        self.blocks.push(PreparedBlock {
            fields,
            encoded: Vec::new(),
            generation: None,
        });
        Prepared(self.blocks.len() as u32 - 1)
    }

    /// As [`Fields::list_size`].
    pub(crate) fn list_size(&self, block: &Block) -> usize {
        let prepared = |prepared: &Prepared| {
            let block = self.blocks.get(prepared.0 as usize);
            block.map_or(0, |block| block.fields.list_size())
        };
        match block {
            Block::Prepared(fields) => prepared(fields),
            Block::Fields(fields) => fields.list_size(),
            Block::Both(first, fields) => prepared(first) + fields.list_size(),
        }
    }

    /// Appends the encoded block.
    pub(crate) fn encode(&mut self, block: &Block, encoder: &mut Encoder, out: &mut Vec<u8>) {
        encoder.start_block(out);
        match block {
            Block::Prepared(prepared) => self.prepared(*prepared, encoder, out),
            Block::Fields(fields) => fields.encode(encoder, out),
            Block::Both(prepared, fields) => {
                self.prepared(*prepared, encoder, out);
                fields.encode(encoder, out);
            }
        }
    }

    fn prepared(&mut self, prepared: Prepared, encoder: &mut Encoder, out: &mut Vec<u8>) {
        let Some(block) = self.blocks.get_mut(prepared.0 as usize) else {
            debug_assert!(false, "a block that another connection prepared");
            return;
        };
        let generation = encoder.generation();
        if block.generation == Some(generation) {
            out.extend_from_slice(&block.encoded);
            return;
        }
        let start = out.len();
        block.fields.encode(encoder, out);
        // Bytes that changed the peer's table must not be sent again.
        if encoder.generation() == generation {
            block.encoded.clear();
            block.encoded.extend_from_slice(&out[start..]);
            block.generation = Some(generation);
        }
    }
}

/// Bytes that count for a field beside its name and its value.
const FIELD_OVERHEAD: usize = 32;
