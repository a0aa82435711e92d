//! Bytes as a person writes them.

use std::fmt::Debug;

use bytes::BytesMut;
use expect_test::Expect;
use traitwire::{Message, codec};

/// The bytes of `"0a 03 'abc'"`: numbers in base 16, and text in quotes.
pub(crate) fn bytes(source: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (index, part) in source.split('\'').enumerate() {
        if index % 2 == 1 {
            bytes.extend_from_slice(part.as_bytes());
            continue;
        }
        for byte in part.split_whitespace() {
            bytes.push(u8::from_str_radix(byte, 16).expect("two digits of base 16"));
        }
    }
    bytes
}

pub(crate) fn encode<M: Message>(message: &M) -> Vec<u8> {
    let mut buf = BytesMut::new();
    codec::encode_into(message, &mut buf);
    assert_eq!(buf.len(), codec::encoded_len(message));
    buf.into()
}

/// Checks the message, or the error, that the bytes of `source` are.
#[track_caller]
pub(crate) fn check_decode<M: Message + Debug>(source: &str, expect: Expect) {
    expect.assert_eq(&match codec::decode::<M>(&*bytes(source)) {
        Ok(message) => format!("{message:?}"),
        Err(error) => format!("error: {error}"),
    });
}

/// Checks the bytes of `message`, and that they are decoded to the same.
#[track_caller]
pub(crate) fn check_encode<M: Message + Debug + PartialEq>(message: &M, expect: Expect) {
    let encoded = encode(message);
    let text: Vec<_> = encoded.iter().map(|byte| format!("{byte:02x}")).collect();
    expect.assert_eq(&text.join(" "));
    assert_eq!(
        &codec::decode::<M>(&*encoded).expect("our own bytes"),
        message
    );
}
