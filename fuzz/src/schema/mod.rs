//! `.proto` text.

mod proto_text;

pub use proto_text::proto_text;
