//! HTTP/2 as gRPC needs it, without sockets and clocks: bytes go in, events and bytes come out.

pub mod hpack;
