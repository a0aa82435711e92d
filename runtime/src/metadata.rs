//! Key-value pairs that travel beside the messages of a call.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};

/// What a caller tells beside the request, and a server beside the response.
///
/// A key is lower-case ASCII (upper case is folded). A key that ends in `-bin` has bytes as its value, every other key
/// printable ASCII. A key may come several times; the order of its values is kept.
///
/// Names that belong to the protocol (`grpc-…`, `content-type`, `te`, …) are neither taken nor shown.
///
/// ```
/// use traitwire::Metadata;
///
/// let mut metadata = Metadata::new();
/// metadata.insert("x-user", "7")?;
/// metadata.insert("x-token-bin", [0xff, 0x00])?;
/// assert_eq!(metadata.get("x-user"), Some("7"));
/// assert_eq!(metadata.get_bin("x-token-bin")?.as_deref(), Some(&[0xff, 0x00][..]));
/// # Ok::<_, traitwire::InvalidMetadata>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Values as they stand on the wire: `-bin` ones in base64.
    map: HeaderMap,
}

impl Metadata {
    /// Nothing yet; doesn't allocate.
    pub fn new() -> Self {
        Self::default()
    }

    /// The first value of a key that isn't binary; `None` too if the peer sent something that isn't ASCII.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.get_all(key).next()
    }

    /// All values of a key that isn't binary, in order.
    pub fn get_all<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a str> {
        self.map
            .get_all(key)
            .into_iter()
            .filter_map(|value| value.to_str().ok())
    }

    /// The first value of a `-bin` key.
    ///
    /// # Errors
    ///
    /// If the peer sent something that isn't base64.
    pub fn get_bin(&self, key: &str) -> Result<Option<Bytes>, InvalidMetadata> {
        Ok(self.get_all_bin(key)?.into_iter().next())
    }

    /// All values of a `-bin` key, in order. Several values that a proxy joined with commas are taken apart.
    ///
    /// # Errors
    ///
    /// If the peer sent something that isn't base64.
    pub fn get_all_bin(&self, key: &str) -> Result<Vec<Bytes>, InvalidMetadata> {
        let mut values = Vec::new();
        for value in self.map.get_all(key) {
            for part in value.as_bytes().split(|b| *b == b',') {
                let decoded = decode_bin(part).ok_or_else(|| InvalidMetadata::NotBase64 {
                    key: key.to_owned(),
                })?;
                values.push(decoded);
            }
        }
        Ok(values)
    }

    /// Whether the key has a value.
    pub fn contains_key(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    /// Sets the key to this one value.
    ///
    /// # Errors
    ///
    /// If the key can't be one, belongs to the protocol, or the value isn't printable ASCII though the key doesn't end
    /// in `-bin`.
    pub fn insert(
        &mut self,
        key: impl AsRef<str>,
        value: impl AsRef<[u8]>,
    ) -> Result<(), InvalidMetadata> {
        let (key, value) = entry(key.as_ref(), value.as_ref())?;
        self.map.insert(key, value);
        Ok(())
    }

    /// Adds a value to those that the key has.
    ///
    /// # Errors
    ///
    /// As for [`insert`](Self::insert).
    pub fn append(
        &mut self,
        key: impl AsRef<str>,
        value: impl AsRef<[u8]>,
    ) -> Result<(), InvalidMetadata> {
        let (key, value) = entry(key.as_ref(), value.as_ref())?;
        self.map.append(key, value);
        Ok(())
    }

    /// Removes all values of the key; says whether there were any.
    pub fn remove(&mut self, key: &str) -> bool {
        self.map.remove(key).is_some()
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Keys and values as they stand on the wire (`-bin` ones in base64). A key comes once for each of its values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.map
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_bytes()))
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: Metadata) {
        append_all(&mut self.map, other.map);
    }

    /// What a peer sent, without the names that belong to the protocol.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Self {
        let map = headers
            .iter()
            .filter(|(key, _)| !hidden(key.as_str()))
            .map(|(key, value)| (key.clone(), value.clone()));
        let mut out = HeaderMap::new();
        for (key, value) in map {
            out.append(key, value);
        }
        Self { map: out }
    }

    /// Keys and values as HTTP has them.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.map
    }

    /// Adds all entries to the headers of a request, a response or its trailers.
    pub(crate) fn write_to(self, headers: &mut HeaderMap) {
        if headers.is_empty() {
            *headers = self.map;
        } else {
            append_all(headers, self.map);
        }
    }
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.map.iter()).finish()
    }
}

/// Why something can't be metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidMetadata {
    /// A key has letters, digits, `-`, `_` and `.`, and at least one of them.
    Key {
        /// What was given.
        key: String,
    },
    /// The key belongs to the protocol.
    ReservedKey {
        /// What was given.
        key: String,
    },
    /// The value isn't printable ASCII, and the key doesn't end in `-bin`.
    Value {
        /// The key of the value.
        key: String,
    },
    /// The peer's value of a `-bin` key isn't base64.
    NotBase64 {
        /// The key of the value.
        key: String,
    },
    /// The metadata has left before this was added.
    TooLate {
        /// The key of the value.
        key: String,
    },
}

impl fmt::Display for InvalidMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { key } => write!(
                f,
                "metadata key {key:?} is invalid: it is made of lower-case letters, digits, `-`, `_` and `.`"
            ),
            Self::ReservedKey { key } => write!(f, "metadata key {key:?} belongs to the protocol"),
            Self::Value { key } => write!(
                f,
                "the value of metadata key {key:?} is not printable ASCII; a key that ends in `-bin` takes any bytes"
            ),
            Self::NotBase64 { key } => write!(f, "the value of metadata key {key:?} is not base64"),
            Self::TooLate { key } => write!(
                f,
                "metadata key {key:?} comes too late: the initial metadata has left"
            ),
        }
    }
}

impl std::error::Error for InvalidMetadata {}

impl From<InvalidMetadata> for crate::Status {
    fn from(error: InvalidMetadata) -> Self {
        crate::Status::invalid_argument(error.to_string())
    }
}

/// The base64 of `-bin` values: written without padding, read with or without it ("Custom-Metadata" in
/// PROTOCOL-HTTP2.md).
pub(crate) fn encode_bin(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// The reverse of [`encode_bin`].
pub(crate) fn decode_bin(text: &[u8]) -> Option<Bytes> {
    BASE64.decode(text.trim_ascii()).ok().map(Bytes::from)
}

fn entry(key: &str, value: &[u8]) -> Result<(HeaderName, HeaderValue), InvalidMetadata> {
    let valid = !key.is_empty()
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    let name = HeaderName::from_bytes(key.as_bytes())
        .ok()
        .filter(|_| valid);
    let name = name.ok_or_else(|| InvalidMetadata::Key {
        key: key.to_owned(),
    })?;
    if reserved(name.as_str()) {
        return Err(InvalidMetadata::ReservedKey {
            key: key.to_owned(),
        });
    }
    let value = if name.as_str().ends_with("-bin") {
        HeaderValue::from_str(&encode_bin(value)).ok()
    } else {
        let printable = value.iter().all(|b| (0x20..=0x7e).contains(b));
        HeaderValue::from_bytes(value).ok().filter(|_| printable)
    };
    let value = value.ok_or_else(|| InvalidMetadata::Value {
        key: key.to_owned(),
    })?;
    Ok((name, value))
}

/// Names that a user can't set.
fn reserved(key: &str) -> bool {
    key.starts_with("grpc-") || key == "user-agent" || hidden(key)
}

/// Names that a user doesn't see: what the protocol itself reads.
fn hidden(key: &str) -> bool {
    match key.strip_prefix("grpc-") {
        Some(rest) => matches!(
            rest,
            "timeout"
                | "encoding"
                | "accept-encoding"
                | "status"
                | "message"
                | "status-details-bin"
        ),
        None => matches!(
            key,
            "te" | "content-type"
                | "content-length"
                | "connection"
                | "host"
                | "keep-alive"
                | "proxy-connection"
                | "transfer-encoding"
                | "upgrade"
                | "trailer"
        ),
    }
}

fn append_all(to: &mut HeaderMap, from: HeaderMap) {
    let mut last = None;
    for (key, value) in from {
        // `HeaderMap` gives the name with the first of several values only.
        last = key.or(last);
        if let Some(key) = &last {
            to.append(key.clone(), value);
        }
    }
}

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(key: &str, value: &[u8], expect: Expect) {
        let mut metadata = Metadata::new();
        expect.assert_eq(&match metadata.insert(key, value) {
            Ok(()) => format!("{metadata:?}"),
            Err(error) => format!("error: {error}"),
        });
    }

    #[test]
    fn text_is_sent_as_it_is() {
        check("X-User", b"7", expect![[r#"{"x-user": "7"}"#]]);
    }

    #[test]
    fn bytes_are_sent_as_base64_without_padding() {
        check("t-bin", &[0xff, 0], expect![[r#"{"t-bin": "/wA"}"#]]);
    }

    #[test]
    fn text_that_is_not_ascii_is_refused() {
        check(
            "x-user",
            "ü".as_bytes(),
            expect![[
                r#"error: the value of metadata key "x-user" is not printable ASCII; a key that ends in `-bin` takes any bytes"#
            ]],
        );
    }

    #[test]
    fn the_names_of_the_protocol_are_refused() {
        check(
            "grpc-timeout",
            b"1S",
            expect![[r#"error: metadata key "grpc-timeout" belongs to the protocol"#]],
        );
        check(
            "TE",
            b"trailers",
            expect![[r#"error: metadata key "TE" belongs to the protocol"#]],
        );
    }

    #[test]
    fn a_key_with_a_space_is_refused() {
        check(
            "x user",
            b"7",
            expect![[
                r#"error: metadata key "x user" is invalid: it is made of lower-case letters, digits, `-`, `_` and `.`"#
            ]],
        );
    }

    #[test]
    fn padded_and_joined_values_are_read() {
        let mut headers = HeaderMap::new();
        headers.append("t-bin", HeaderValue::from_static("/wA=,AQ"));
        headers.append("t-bin", HeaderValue::from_static("!"));
        headers.append("te", HeaderValue::from_static("trailers"));
        let metadata = Metadata::from_headers(&headers);
        assert_eq!(metadata.len(), 2);
        assert_eq!(
            metadata.get_bin("t-bin").unwrap_err().to_string(),
            r#"the value of metadata key "t-bin" is not base64"#
        );
    }

    #[test]
    fn values_of_one_key_keep_their_order() {
        let mut metadata = Metadata::new();
        metadata.append("k", "1").unwrap();
        metadata.append("k", "2").unwrap();
        let mut more = Metadata::new();
        more.append("k", "3").unwrap();
        metadata.extend(more);
        assert_eq!(metadata.get_all("k").collect::<Vec<_>>(), ["1", "2", "3"]);
    }
}
