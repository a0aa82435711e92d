//! Fields that a newer peer knows.

use std::fmt;

use prost::encoding::WireType;

use super::{Reader, Writer};

/// What came in a message that it has no fields for: a field `#[proto(unknown)]` of this type keeps it, and sends it on.
///
/// Without one it is lost, as anything that a program doesn't know of. With one, a proxy or a store that is older than the
/// programs around it passes on all that they say. It keeps
///
/// * fields with numbers that the message doesn't have,
/// * numbers that a closed enum has no variant for: those of a field, an `Option`, a oneof or a `Vec`; an entry of a map whose
///   value is one is kept as a whole.
///
/// They keep their order, and are sent after the fields that the message has. Equal are those that came with the same bytes.
///
/// ```
/// use traitwire::codec::{self, UnknownFields};
/// use traitwire::Message;
///
/// #[derive(Message)]
/// struct Point {
///     #[proto(1)]
///     latitude: i32,
///     #[proto(unknown)]
///     unknown: UnknownFields,
/// }
///
/// let point: Point = codec::decode(&[0x10, 0x07, 0x08, 0x01][..])?;
/// assert_eq!(point.latitude, 1);
/// let field = point.unknown.iter().next().unwrap();
/// assert_eq!((field.number(), field.bytes()), (2, &[0x07][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct UnknownFields {
    /// One after another, from key to end; each was read without an error.
    bytes: Vec<u8>,
}

impl UnknownFields {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Forgets them.
    pub fn clear(&mut self) {
        self.bytes.clear();
    }

    /// Each of them, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = UnknownField<'_>> {
        let mut rest = Reader::new(&self.bytes);
        std::iter::from_fn(move || {
            let (number, wire_type) = rest.key().ok()??;
            let value = rest.rest();
            rest.skip(number, wire_type).ok()?;
            Some(UnknownField {
                number,
                wire_type,
                bytes: &value[..value.len() - rest.rest().len()],
            })
        })
    }

    /// All of them, encoded.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Keeps a field, from key to end.
    #[cold]
    pub(super) fn keep(&mut self, field: &[u8]) {
        self.bytes.extend_from_slice(field);
    }

    /// Keeps each of the varints as a field with the number: what is packed in a field of a closed enum doesn't stay together.
    #[cold]
    pub(super) fn keep_varints(&mut self, number: u32, varints: &[u8]) {
        let mut key = Vec::new();
        prost::encoding::encode_key(number, WireType::Varint, &mut key);
        for varint in varints.split_inclusive(|byte| *byte < 0x80) {
            self.bytes.extend_from_slice(&key);
            self.bytes.extend_from_slice(varint);
        }
    }
}

/// A field with the option `unknown`. The methods are the entry points of derived code.
#[diagnostic::on_unimplemented(
    message = "unknown fields can't be kept in a `{Self}`",
    label = "write `traitwire::codec::UnknownFields`"
)]
#[expect(missing_docs, reason = "the methods are those of `Field`, in short")]
pub trait KeepsUnknown: Sized {
    fn absent() -> Self;
    fn write(&self, writer: &mut Writer);
    fn get(&mut self) -> &mut UnknownFields;
}

impl KeepsUnknown for UnknownFields {
    #[inline]
    fn absent() -> Self {
        Self::default()
    }

    #[inline]
    fn write(&self, writer: &mut Writer) {
        writer.slice(&self.bytes);
    }

    #[inline]
    fn get(&mut self) -> &mut UnknownFields {
        self
    }
}

impl fmt::Debug for UnknownFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// One of the [`UnknownFields`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UnknownField<'a> {
    number: u32,
    wire_type: WireType,
    bytes: &'a [u8],
}

impl<'a> UnknownField<'a> {
    /// Its number.
    pub fn number(self) -> u32 {
        self.number
    }

    /// What kind of value it has.
    pub fn wire_type(self) -> WireType {
        self.wire_type
    }

    /// Its value as it came: of wire type 2 with the length in front, of a group with its end.
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }
}

impl fmt::Debug for UnknownField<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {:?} {:02x?}",
            self.number, self.wire_type, self.bytes
        )
    }
}
