//! HPACK, the compression of header fields (RFC 7541).
//!
//! ```text
//! block ─► Decoder ─► Field, Field, …            Field, Field, … ─► Encoder ─► block
//!            │                                                        │
//!            └── huffman, integer, static_table, table (dynamic) ─────┘
//! ```
//!
//! A field that is in a table costs a [`Decoder`] a look-up: its [`NameId`] and whether it is well
//! formed were found when it came in.

mod decoder;
mod encoder;
mod hash;
mod huffman;
mod integer;
mod memory;
mod name;
mod static_table;
mod table;

pub use self::decoder::{DecodeError, Decoder, Field, ListSize};
pub use self::encoder::{Encoder, Indexing};
pub use self::name::NameId;
