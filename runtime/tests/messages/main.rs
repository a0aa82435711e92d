//! The derives and the codec, as a user meets them.

mod borrowed;
mod defaults;
mod descriptors;
mod details;
mod field_masks;
mod hygiene;
mod json;
mod other_crates;
mod peer;
mod presence;
mod prost_messages;
mod registry;
mod support;
mod times;
mod unknown;
mod values;
mod well_known;
mod wire;
mod within_prost;
