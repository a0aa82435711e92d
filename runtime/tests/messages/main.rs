//! The derives and the codec, as a user meets them.

mod defaults;
mod descriptors;
mod details;
mod hygiene;
mod json;
mod peer;
mod presence;
mod support;
mod well_known;
mod wire;
