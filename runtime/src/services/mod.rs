//! The services that servers of every language have: written with our own `#[grpc_service]`, and with nothing that isn't
//! public.
//!
//! | service | on a server | feature |
//! |---|---|---|
//! | `health`: whether it is able to serve | `Server::health` | `health` |
//! | `reflection`: what it serves | `Server::reflection` | `reflection` |
//! | `channelz`: what it has done, and its process with it | `Server::channelz` | `channelz` |
//!
//! Each has its client here, too, for asking any server.

#[cfg(feature = "channelz")]
pub mod channelz;
#[cfg(feature = "reflection")]
mod descriptor_set;
#[cfg(feature = "health")]
pub mod health;
#[cfg(feature = "reflection")]
pub mod reflection;
