//! Messages on the standard input and output: each behind its length, four bytes with the most significant one first.

use std::error::Error;
use std::fmt;
use std::io;

use prost::DecodeError;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use traitwire::codec::{self, Message};

/// Reads the next message; `None` at the end.
///
/// # Errors
///
/// If the input ends within a message, has something else in it, or can't be read.
pub async fn read<M: Message>(
    input: &mut (impl AsyncRead + Unpin),
) -> Result<Option<M>, ReadError> {
    let (mut length, mut filled) = ([0; LENGTH], 0);
    while filled < LENGTH {
        match input.read(&mut length[filled..]).await? {
            0 if filled == 0 => return Ok(None),
            0 => return Err(ReadError::CutShort),
            read => filled += read,
        }
    }
    let len = u32::from_be_bytes(length);
    if len > MAX_LEN {
        return Err(ReadError::TooLong(len));
    }
    let mut message = Vec::new();
    // Room is made for what comes, not for what is announced.
    input.take(len.into()).read_to_end(&mut message).await?;
    if message.len() < len as usize {
        return Err(ReadError::CutShort);
    }
    codec::decode(&*message)
        .map(Some)
        .map_err(ReadError::Decode)
}

/// Writes a message, so that the other side can read it.
///
/// # Errors
///
/// If it can't be written.
pub async fn write(
    output: &mut (impl AsyncWrite + Unpin),
    message: &impl Message,
) -> io::Result<()> {
    let message = message.encode_to_vec();
    let len = u32::try_from(message.len()).map_err(io::Error::other)?;
    let mut framed = Vec::with_capacity(LENGTH + message.len());
    framed.extend(len.to_be_bytes());
    framed.extend(message);
    output.write_all(&framed).await?;
    output.flush().await
}

/// Why there is no next message.
#[derive(Debug)]
pub enum ReadError {
    /// The input ends within it.
    CutShort,
    /// It is longer than any that the runner has.
    TooLong(u32),
    /// It is no such message.
    Decode(DecodeError),
    /// The input can't be read.
    Io(io::Error),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CutShort => f.write_str("the input ends within a message"),
            Self::TooLong(len) => write!(f, "a message of {len} bytes, the limit is {MAX_LEN}"),
            Self::Decode(error) => error.fmt(f),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl Error for ReadError {}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

const LENGTH: usize = 4;

/// Far more than the runner's messages have.
const MAX_LEN: u32 = 64 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::conformance::contract::Header;

    async fn check(mut input: &[u8], expect: Expect) {
        let mut report = String::new();
        loop {
            match read::<Header>(&mut input).await {
                Ok(Some(header)) => report += &format!("{}\n", header.name),
                Ok(None) => return expect.assert_eq(&report),
                Err(error) => {
                    report += &format!("error: {error}\n");
                    return expect.assert_eq(&report);
                }
            }
        }
    }

    #[tokio::test]
    async fn messages_come_one_after_the_other() {
        let mut bytes = Vec::new();
        for name in ["one", "", "three"] {
            let header = Header {
                name: name.to_owned(),
                value: Vec::new(),
            };
            write(&mut bytes, &header).await.unwrap();
        }
        check(&bytes, expect!["one\n\nthree\n"]).await;
        check(
            &bytes[..bytes.len() - 1],
            expect!["one\n\nerror: the input ends within a message\n"],
        )
        .await;
        check(
            &bytes[..2],
            expect!["error: the input ends within a message\n"],
        )
        .await;
    }

    #[tokio::test]
    async fn what_is_no_message_is_an_error() {
        check(
            &[0xff, 0xff, 0xff, 0xff],
            expect!["error: a message of 4294967295 bytes, the limit is 67108864\n"],
        )
        .await;
        check(
            &[0, 0, 0, 1, 0xff],
            expect![[r#"
            error: failed to decode Protobuf message: connectrpc.conformance.v1.Header: the message ends in the middle of it
        "#]],
        )
        .await;
    }
}
