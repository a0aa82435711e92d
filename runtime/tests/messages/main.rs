//! The derives and the codec, as a user meets them.

mod defaults;
mod descriptors;
mod details;
mod field_masks;
mod hygiene;
mod json;
mod other_crates;
mod peer;
mod presence;
mod registry;
mod support;
mod times;
mod values;
mod well_known;
mod wire;
