//! What the runner may ask for that we don't have.

use std::error::Error;
use std::fmt;

use super::programs::{Codec, Compression, HttpVersion, Protocol};

/// What was asked for, and isn't there: a runner that is configured as `README.md` says asks for none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsupported {
    /// Another protocol than gRPC.
    Protocol(Protocol),
    /// gRPC over another HTTP than HTTP/2.
    HttpVersion(HttpVersion),
    /// Messages that aren't protobuf's bytes.
    Codec(Codec),
    /// A compression that gRPC in Rust doesn't have.
    Compression(Compression),
}

impl Unsupported {
    /// Whether calls of this protocol can be made and served.
    pub(super) fn check(protocol: Protocol, version: HttpVersion) -> Result<(), Self> {
        match (protocol, version) {
            (Protocol::Grpc, HttpVersion::Http2) => Ok(()),
            (Protocol::Grpc, version) => Err(Self::HttpVersion(version)),
            (protocol, _) => Err(Self::Protocol(protocol)),
        }
    }

    /// Whether messages can be encoded so.
    pub(super) fn check_codec(codec: Codec) -> Result<(), Self> {
        match codec {
            Codec::Proto => Ok(()),
            codec => Err(Self::Codec(codec)),
        }
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protocol(protocol) => {
                write!(f, "the protocol {protocol:?} isn't supported, gRPC is")
            }
            Self::HttpVersion(version) => {
                write!(
                    f,
                    "gRPC over {version:?} isn't supported, over HTTP/2 it is"
                )
            }
            Self::Codec(codec) => write!(f, "the codec {codec:?} isn't supported, Proto is"),
            Self::Compression(compression) => write!(
                f,
                "the compression {compression:?} isn't supported; Identity, Gzip, Zstd and Deflate are"
            ),
        }
    }
}

impl Error for Unsupported {}
