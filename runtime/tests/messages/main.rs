//! The derives and the codec, as a user meets them.

mod borrowed;
mod defaults;
mod descriptors;
mod details;
mod hygiene;
mod peer;
mod presence;
mod support;
mod unknown;
mod well_known;
mod wire;
mod within_prost;
