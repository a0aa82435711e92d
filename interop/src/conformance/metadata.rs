//! Metadata, as the messages of the tests have it: the values of `-bin` keys in base64.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode::Indifferent;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use traitwire::{InvalidMetadata, Metadata};

use super::contract::Header;

/// Each key with its values, in the order in which they came.
pub(super) fn to_headers(metadata: &Metadata) -> Vec<Header> {
    let mut headers: Vec<Header> = Vec::new();
    for (key, value) in metadata.iter() {
        let value = String::from_utf8_lossy(value).into_owned();
        match headers.iter_mut().find(|header| header.name == key) {
            Some(header) => header.value.push(value),
            None => headers.push(Header {
                name: key.to_owned(),
                value: vec![value],
            }),
        }
    }
    headers
}

/// Hands each key and value over, as metadata takes them.
pub(super) fn each_pair(
    headers: &[Header],
    mut append: impl FnMut(&str, &[u8]) -> Result<(), InvalidMetadata>,
) -> Result<(), InvalidMetadata> {
    for Header { name, value } in headers {
        let name = name.to_ascii_lowercase();
        for value in value {
            // What is no base64 is taken as it is, as by the reference programs.
            match BASE64.decode(value) {
                Ok(bytes) if name.ends_with("-bin") => append(&name, &bytes)?,
                _ => append(&name, value.as_bytes())?,
            }
        }
    }
    Ok(())
}

/// Padded or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(Indifferent),
);
