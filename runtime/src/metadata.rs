//! Key-value pairs that travel beside the messages of a call.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};

/// What a caller tells beside the request, and a server beside the response.
///
/// A key is lower-case ASCII (upper case is folded). A key that ends in `-bin` has bytes as its value, every other key
/// printable ASCII, which loses blanks at its ends. A key may come several times; the order of its values is kept.
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
///
/// Cheap to clone: clones share one list until one of them is changed.
#[derive(Clone, Default)]
pub struct Metadata {
    /// `None` instead of an empty one.
    list: Option<Arc<List>>,
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
        self.named(key).filter_map(|field| field.text())
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
        for field in self.named(key) {
            for part in field.value.split(|b| *b == b',') {
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
        self.named(key).next().is_some()
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
        let (name, value) = entry(key.as_ref(), value.as_ref())?;
        let field = Field::new(&name, &value);
        if !self.contains_key(&name) {
            self.push(field);
            return Ok(());
        }
        // At the place of the first value; the others go.
        let mut field = Some(field);
        self.list = List::collect(self.fields().filter_map(|other| {
            if other.is_named(&name) {
                field.take()
            } else {
                Some(other)
            }
        }));
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
        let (name, value) = entry(key.as_ref(), value.as_ref())?;
        self.push(Field::new(&name, &value));
        Ok(())
    }

    /// Removes all values of the key; says whether there were any.
    pub fn remove(&mut self, key: &str) -> bool {
        let found = self.contains_key(key);
        if found {
            self.list = List::collect(self.fields().filter(|field| !field.is_named(key)));
        }
        found
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.list.as_ref().map_or(0, |list| list.ends.len())
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.list.is_none()
    }

    /// Keys and values as they stand on the wire (`-bin` ones in base64), in the order they were added in. A key comes
    /// once for each of its values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.fields().map(|field| (field.name, field.value))
    }

    /// As [`iter`](Self::iter), and whether a value is not to be shown or indexed.
    pub(crate) fn iter_for_wire(&self) -> impl Iterator<Item = (&str, &[u8], bool)> {
        self.fields()
            .map(|field| (field.name, field.value, field.sensitive))
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: Metadata) {
        match (&mut self.list, other.list) {
            (None, list) => self.list = list,
            (Some(_), None) => {}
            (Some(list), Some(more)) => Arc::make_mut(list).extend(&more),
        }
    }

    /// What a peer sent, without the names that belong to the protocol.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Self {
        let mut metadata = Self::new();
        for (name, value) in headers {
            let (name, value, sensitive) = (name.as_str(), value.as_bytes(), value.is_sensitive());
            if sensitive {
                metadata.push_sensitive_field(name.as_bytes(), value);
            } else {
                metadata.push_field(name.as_bytes(), value);
            }
        }
        metadata
    }

    /// Adds a field as it came from the wire, with its name in lower case, unless it belongs to the protocol or could
    /// not be passed on over HTTP.
    pub(crate) fn push_field(&mut self, name: &[u8], value: &[u8]) {
        if let Some(field) = Field::received(name, value) {
            self.push(field);
        }
    }

    /// As [`push_field`](Self::push_field), for a field that no intermediary may index (RFC 7541, section 6.2.3).
    pub(crate) fn push_sensitive_field(&mut self, name: &[u8], value: &[u8]) {
        if let Some(field) = Field::received(name, value) {
            self.push(Field {
                sensitive: true,
                ..field
            });
        }
    }

    /// Adds all entries to the headers of a request, a response or its trailers; of very many, the first.
    pub(crate) fn write_to(self, headers: &mut HeaderMap) {
        let room = MAX_HEADERS.saturating_sub(headers.len());
        headers.reserve(room.min(self.len()));
        for field in self.fields().take(room) {
            if let Some((name, value)) = field.header() {
                headers.append(name, value);
            }
        }
    }

    fn push(&mut self, field: Field<'_>) {
        let list = self.list.get_or_insert_with(|| Arc::new(List::with_room()));
        Arc::make_mut(list).push(field);
    }

    fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        self.list.iter().flat_map(|list| list.fields())
    }

    /// The fields of a key, which may be given in any case.
    fn named(&self, key: &str) -> impl Iterator<Item = Field<'_>> {
        self.fields().filter(move |field| field.is_named(key))
    }

    /// Fields by name; those of one name in their order.
    fn sorted(&self) -> Vec<(&str, &[u8])> {
        let mut fields: Vec<_> = self.iter().collect();
        fields.sort_by_key(|(name, _)| *name);
        fields
    }
}

/// The order of the values of one key counts, that of the keys doesn't.
impl PartialEq for Metadata {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && (self.iter().eq(other.iter()) || self.sorted() == other.sorted())
    }
}

impl Eq for Metadata {}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = self.fields().filter_map(|field| field.header());
        f.debug_map().entries(headers).finish()
    }
}

/// Fields in order. There are seldom more than a dozen, so they are found by looking at each.
#[derive(Clone)]
struct List {
    /// Of all fields, one behind the other.
    names: String,
    /// As they stand on the wire: `-bin` ones in base64.
    values: Vec<u8>,
    ends: Vec<Ends>,
}

/// Where a field ends in the names and in the values.
#[derive(Clone, Copy)]
struct Ends {
    name: usize,
    value: usize,
    sensitive: bool,
}

impl List {
    /// Room for what most calls have, so that it isn't made again and again while fields come.
    fn with_room() -> Self {
        Self {
            names: String::with_capacity(128),
            values: Vec::with_capacity(512),
            ends: Vec::with_capacity(16),
        }
    }

    fn collect<'a>(fields: impl Iterator<Item = Field<'a>>) -> Option<Arc<Self>> {
        let mut list = Self::with_room();
        fields.for_each(|field| list.push(field));
        (!list.ends.is_empty()).then(|| Arc::new(list))
    }

    fn push(&mut self, field: Field<'_>) {
        self.names.push_str(field.name);
        self.values.extend_from_slice(field.value);
        self.ends.push(Ends {
            name: self.names.len(),
            value: self.values.len(),
            sensitive: field.sensitive,
        });
    }

    fn extend(&mut self, other: &List) {
        let (names, values) = (self.names.len(), self.values.len());
        self.names.push_str(&other.names);
        self.values.extend_from_slice(&other.values);
        self.ends.extend(other.ends.iter().map(|ends| Ends {
            name: names + ends.name,
            value: values + ends.value,
            ..*ends
        }));
    }

    fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        let (mut name, mut value) = (0, 0);
        self.ends.iter().map(move |ends| {
            let field = Field {
                name: &self.names[name..ends.name],
                value: &self.values[value..ends.value],
                sensitive: ends.sensitive,
            };
            (name, value) = (ends.name, ends.value);
            field
        })
    }
}

/// What is known to be a field of HTTP, and not one of the protocol.
#[derive(Clone, Copy)]
struct Field<'a> {
    /// In lower case.
    name: &'a str,
    value: &'a [u8],
    /// Not to be shown or indexed.
    sensitive: bool,
}

impl<'a> Field<'a> {
    fn new(name: &'a str, value: &'a [u8]) -> Self {
        Self {
            name,
            value,
            sensitive: false,
        }
    }

    /// What a peer sent, if it is metadata. Of the control characters, all of which but the tab HTTP forbids in a value,
    /// HTTP/2 makes sure of NUL, CR and LF only.
    fn received(name: &'a [u8], value: &'a [u8]) -> Option<Self> {
        if hidden(name) || !all(value, |b| matches!(b, b'\t' | 0x20..=0x7e | 0x80..)) {
            return None;
        }
        let name = std::str::from_utf8(name).ok()?;
        Some(Self::new(name, value))
    }

    fn is_named(&self, key: &str) -> bool {
        self.name.eq_ignore_ascii_case(key)
    }

    /// The value, if it is printable ASCII.
    fn text(&self) -> Option<&'a str> {
        if !all(self.value, |b| matches!(b, b'\t' | 0x20..=0x7e)) {
            return None;
        }
        std::str::from_utf8(self.value).ok()
    }

    /// As HTTP has it; there is one for every field that came from there.
    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        let name = HeaderName::from_bytes(self.name.as_bytes()).ok()?;
        let mut value = HeaderValue::from_bytes(self.value).ok()?;
        value.set_sensitive(self.sensitive);
        Some((name, value))
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

/// Whether all bytes are `allowed`. Doesn't stop at the first that isn't: that is rare, and without it the compiler
/// looks at many at once.
#[inline]
fn all(bytes: &[u8], allowed: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(true, |all, &b| all & allowed(b))
}

/// A key in lower case, and its value as it stands on the wire.
fn entry<'a>(
    key: &'a str,
    value: &'a [u8],
) -> Result<(Cow<'a, str>, Cow<'a, [u8]>), InvalidMetadata> {
    let valid = (1..=MAX_KEY_LEN).contains(&key.len())
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if !valid {
        return Err(InvalidMetadata::Key {
            key: key.to_owned(),
        });
    }
    let name = if key.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(key.to_ascii_lowercase())
    } else {
        Cow::Borrowed(key)
    };
    if reserved(&name) {
        return Err(InvalidMetadata::ReservedKey {
            key: key.to_owned(),
        });
    }
    if name.ends_with("-bin") {
        return Ok((name, Cow::Owned(encode_bin(value).into_bytes())));
    }
    if !all(value, |b| (0x20..=0x7e).contains(&b)) {
        return Err(InvalidMetadata::Value {
            key: key.to_owned(),
        });
    }
    // "ASCII-Value" in PROTOCOL-HTTP2.md may lose them, and HTTP/2 takes none (RFC 9113, section 8.2.1).
    Ok((name, Cow::Borrowed(value.trim_ascii())))
}

/// Names that a user can't set.
fn reserved(name: &str) -> bool {
    name.starts_with("grpc-") || name == "user-agent" || hidden(name.as_bytes())
}

/// Names that a user doesn't see: what the protocol itself reads, pseudo-header fields among it.
fn hidden(name: &[u8]) -> bool {
    // Every field of a call comes by: most are told by their first letter.
    match name.first() {
        None | Some(b':') => true,
        Some(b'g') => matches!(
            name,
            b"grpc-timeout"
                | b"grpc-encoding"
                | b"grpc-accept-encoding"
                | b"grpc-status"
                | b"grpc-message"
                | b"grpc-status-details-bin"
        ),
        Some(b'c') => matches!(name, b"content-type" | b"content-length" | b"connection"),
        Some(b't') => matches!(name, b"te" | b"transfer-encoding" | b"trailer"),
        Some(b'h') => name == b"host",
        Some(b'k') => name == b"keep-alive",
        Some(b'p') => name == b"proxy-connection",
        Some(b'u') => name == b"upgrade",
        Some(_) => false,
    }
}

/// That of names in `http`.
const MAX_KEY_LEN: usize = (1 << 16) - 1;

/// No more headers than this are written.
///
/// A `HeaderMap` panics when it would hold more than 24,576 names, or sooner if many of them collide, and it would do so
/// in a task that other calls share. No peer takes as many as this: 32 bytes count for each beside what is in it (RFC
/// 9113, section 6.5.2), and the usual limit is 16 KiB.
const MAX_HEADERS: usize = 4096;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[cfg(test)]
mod tests;
