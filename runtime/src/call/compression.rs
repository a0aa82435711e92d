//! Messages made shorter on their way: `compression.md` of the gRPC specification.

#![cfg_attr(
    not(any(feature = "gzip", feature = "deflate", feature = "zstd")),
    allow(
        dead_code,
        unused_imports,
        unused_variables,
        reason = "without an algorithm there is nothing to do"
    )
)]

use std::fmt;
use std::io;
use std::io::Read;

use bytes::BufMut;
use bytes::{Bytes, BytesMut};

/// How messages are compressed.
///
/// Nothing is compressed unless it is asked for, on either side: what may come compressed by `accept_compressed`, what is
/// sent so by `send_compressed`. A message that would be no shorter for it is sent as it is. Compressing what an attacker
/// can choose a part of, beside a secret, tells the secret by the length (CRIME, BREACH).
///
/// Each algorithm is there with the cargo feature of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// RFC 1952. The one that every implementation of gRPC knows.
    #[cfg(feature = "gzip")]
    Gzip,
    /// RFC 1950, zlib's format, whatever the name says.
    #[cfg(feature = "deflate")]
    Deflate,
    /// RFC 8878. Shorter and faster than the others, but known to few.
    #[cfg(feature = "zstd")]
    Zstd,
}

impl Compression {
    /// All that there are features for.
    const ALL: &[Self] = &[
        #[cfg(feature = "gzip")]
        Self::Gzip,
        #[cfg(feature = "deflate")]
        Self::Deflate,
        #[cfg(feature = "zstd")]
        Self::Zstd,
    ];

    /// The name on the wire: `gzip`.
    pub fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "gzip")]
            Self::Gzip => "gzip",
            #[cfg(feature = "deflate")]
            Self::Deflate => "deflate",
            #[cfg(feature = "zstd")]
            Self::Zstd => "zstd",
        }
    }

    fn from_name(name: &[u8]) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|compression| compression.name().as_bytes() == name)
    }

    fn bit(self) -> u8 {
        match self {
            #[cfg(feature = "gzip")]
            Self::Gzip => 1,
            #[cfg(feature = "deflate")]
            Self::Deflate => 2,
            #[cfg(feature = "zstd")]
            Self::Zstd => 4,
        }
    }

    /// Appends `message`, compressed.
    pub(super) fn compress(self, message: &[u8], out: &mut BytesMut) -> io::Result<()> {
        match self {
            #[cfg(feature = "gzip")]
            Self::Gzip => {
                let level = flate2::Compression::default();
                let mut encoder = flate2::bufread::GzEncoder::new(message, level);
                io::copy(&mut encoder, &mut out.writer()).map(drop)
            }
            #[cfg(feature = "deflate")]
            Self::Deflate => {
                let level = flate2::Compression::default();
                let mut encoder = flate2::bufread::ZlibEncoder::new(message, level);
                io::copy(&mut encoder, &mut out.writer()).map(drop)
            }
            #[cfg(feature = "zstd")]
            Self::Zstd => zstd::stream::copy_encode(message, out.writer(), 0),
        }
    }

    /// The message that `bytes` were made of, if it is no longer than `max_len`.
    ///
    /// Memory grows with what has come out, up to that length: what a peer says of it counts for nothing.
    pub(super) fn decompress(self, bytes: &[u8], max_len: usize) -> Result<Bytes, DecompressError> {
        match self {
            #[cfg(feature = "gzip")]
            Self::Gzip => {
                let mut decoder = flate2::bufread::GzDecoder::new(bytes);
                let message = read_all(&mut decoder, max_len)?;
                nothing_after(message, decoder.into_inner())
            }
            #[cfg(feature = "deflate")]
            Self::Deflate => {
                let mut decoder = flate2::bufread::ZlibDecoder::new(bytes);
                let message = read_all(&mut decoder, max_len)?;
                nothing_after(message, decoder.into_inner())
            }
            #[cfg(feature = "zstd")]
            Self::Zstd => {
                let decoder = zstd::stream::read::Decoder::with_buffer(bytes);
                let mut decoder = decoder.map_err(DecompressError::Corrupt)?.single_frame();
                let limited = decoder.window_log_max(ZSTD_WINDOW_LOG);
                limited.map_err(DecompressError::Corrupt)?;
                let message = read_all(&mut decoder, max_len)?;
                nothing_after(message, decoder.finish())
            }
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a message can't be had.
#[derive(Debug)]
pub(super) enum DecompressError {
    TooLong,
    Corrupt(io::Error),
}

fn read_all(decoder: &mut impl Read, max_len: usize) -> Result<Vec<u8>, DecompressError> {
    let mut message = Vec::new();
    let read = decoder.take(max_len as u64 + 1).read_to_end(&mut message);
    match read {
        Ok(len) if len > max_len => Err(DecompressError::TooLong),
        Ok(_) => Ok(message),
        Err(error) => Err(DecompressError::Corrupt(error)),
    }
}

fn nothing_after(message: Vec<u8>, rest: &[u8]) -> Result<Bytes, DecompressError> {
    if !rest.is_empty() {
        let error = io::Error::other("more follows the compressed data");
        return Err(DecompressError::Corrupt(error));
    }
    Ok(message.into())
}

/// Some of the algorithms.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Compressions(u8);

impl Compressions {
    pub(crate) fn contains(self, compression: Compression) -> bool {
        self.0 & compression.bit() != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn iter(self) -> impl Iterator<Item = Compression> {
        let all = Compression::ALL.iter().copied();
        all.filter(move |compression| self.contains(*compression))
    }

    /// Of a list of names; those that we don't know are left out.
    pub(crate) fn parse(names: &[u8]) -> Self {
        let names = names.split(|byte| *byte == b',');
        names
            .filter_map(|name| Compression::from_name(name.trim_ascii()))
            .collect()
    }

    /// The names, with that of no compression in front, which is always taken.
    pub(crate) fn names(self) -> String {
        let mut names = "identity".to_owned();
        for compression in self.iter() {
            names.push(',');
            names.push_str(compression.name());
        }
        names
    }
}

impl FromIterator<Compression> for Compressions {
    fn from_iter<I: IntoIterator<Item = Compression>>(compressions: I) -> Self {
        let bits = compressions.into_iter().map(Compression::bit);
        Self(bits.fold(0, |all, bit| all | bit))
    }
}

impl fmt::Debug for Compressions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// What a peer says its compressed messages are, and whether we read that.
#[derive(Debug, Default)]
pub(crate) enum MessageEncoding {
    /// It hasn't said anything.
    #[default]
    Identity,
    Accepted(Compression),
    Refused {
        name: Box<str>,
        accepted: Compressions,
    },
}

impl MessageEncoding {
    /// Of the name that the peer gives, if it isn't `identity`.
    pub(crate) fn new(name: Option<String>, accepted: Compressions) -> Self {
        let Some(name) = name else {
            return Self::Identity;
        };
        match Compression::from_name(name.as_bytes()) {
            Some(compression) if accepted.contains(compression) => Self::Accepted(compression),
            _ => Self::Refused {
                name: name.into_boxed_str(),
                accepted,
            },
        }
    }
}

/// 8 MiB, which every decoder should have (RFC 8878, section 3.1.1.1.2); zstd's own limit is 128.
#[cfg(feature = "zstd")]
const ZSTD_WINDOW_LOG: u32 = 23;
