//! What messages are written in.

use super::compression::Compression;

/// The format of a call's messages, both ways: what its content type says behind `application/grpc`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Protobuf's binary format.
    #[default]
    Protobuf,
    /// Protobuf's JSON mapping.
    #[cfg(feature = "json")]
    Json,
}

/// How the messages of one side become bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Coding {
    pub(crate) format: Format,
    /// Of those that aren't to be left alone.
    pub(crate) compression: Option<Compression>,
}

impl Coding {
    /// Whether it is what needs no words: protobuf, as it is.
    #[inline]
    pub(crate) fn is_plain(self) -> bool {
        self.format == Format::Protobuf && self.compression.is_none()
    }
}

#[cfg(feature = "json")]
pub(super) mod json {
    //! Messages in JSON. What isn't known is skipped, as in the binary format: peers may be newer.

    use std::sync::LazyLock;

    use crate::codec::Message;
    use crate::codec::json::{self, ReadOptions};
    use crate::status::Status;

    pub(crate) fn read<M: Message>(text: &[u8]) -> Result<M, Status> {
        static OPTIONS: LazyLock<ReadOptions> =
            LazyLock::new(|| ReadOptions::new().ignore_unknown());
        OPTIONS.from_slice(text).map_err(status::<M>)
    }

    pub(crate) fn write<M: Message>(message: &M) -> Result<Vec<u8>, Status> {
        json::to_vec(message).map_err(status::<M>)
    }

    #[cold]
    fn status<M: Message>(error: json::Error) -> Status {
        Status::internal(format!("{}: {error}", M::DESCRIPTOR.name))
    }
}
