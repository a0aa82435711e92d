//! What the fields of a message are read from.

use std::str;

use bytes::Bytes;
#[cfg(feature = "bytestring")]
use bytestring::ByteString;
#[cfg(feature = "faststr")]
use faststr::FastStr;
use prost::encoding::WireType;

use super::error::{ReadError, decode_error};

/// The bytes of a message, of which the front has been read.
///
/// They lie in one slice. If they are part of a [`Bytes`], then so are the fields that share it; fields that borrow live as
/// long as the slice does, which is `'de`.
#[derive(Debug)]
pub struct Reader<'de> {
    /// What is left of the message that is being read.
    rest: &'de [u8],
    /// What `rest` is a part of.
    whole: Option<&'de Bytes>,
    /// How many more messages may begin within this one.
    depth: u32,
    /// The least that `depth` has been.
    least_depth: u32,
    /// Values of a packed field that a closed enum doesn't know, as varints.
    rejected: Vec<u8>,
}

impl<'de> Reader<'de> {
    /// Reads `bytes`. Fields that share what they are read from get copies.
    #[inline]
    pub fn new(bytes: &'de [u8]) -> Self {
        Self {
            rest: bytes,
            whole: None,
            depth: MAX_DEPTH,
            least_depth: MAX_DEPTH,
            rejected: Vec::new(),
        }
    }

    /// Reads `bytes`, which is shared by the fields that can.
    #[inline]
    pub fn shared(bytes: &'de Bytes) -> Self {
        Self {
            whole: Some(bytes),
            ..Self::new(bytes)
        }
    }

    /// As [`shared`](Self::shared), for a part of `whole`.
    #[inline]
    pub(crate) fn part(bytes: &'de [u8], whole: &'de Bytes) -> Self {
        Self {
            whole: Some(whole),
            ..Self::new(bytes)
        }
    }

    /// What is left of the message that is being read.
    #[inline]
    pub fn rest(&self) -> &'de [u8] {
        self.rest
    }

    /// How deep the messages were that have been read: 0 if none had another one in it.
    pub(super) fn deepest(&self) -> u32 {
        MAX_DEPTH - self.least_depth
    }

    /// The number and wire type in front of the next field, or `None` at the end of the message.
    #[inline(always)]
    pub(super) fn key(&mut self) -> Result<Option<(u32, WireType)>, ReadError> {
        let key = match self.rest {
            [] => return Ok(None),
            [first, rest @ ..] if *first < 0x80 => {
                self.rest = rest;
                u32::from(*first)
            }
            _ => self.long_key()?,
        };
        let number = key >> 3;
        if number == 0 {
            return Err(decode_error("a field has the number 0"));
        }
        let wire_type = match key & 7 {
            0 => WireType::Varint,
            1 => WireType::SixtyFourBit,
            2 => WireType::LengthDelimited,
            3 => WireType::StartGroup,
            4 => WireType::EndGroup,
            5 => WireType::ThirtyTwoBit,
            other => return Err(unknown_wire_type(other)),
        };
        Ok(Some((number, wire_type)))
    }

    fn long_key(&mut self) -> Result<u32, ReadError> {
        let before = self.rest.len();
        let key = self.long_varint()?;
        match u32::try_from(key) {
            // Bytes more than 32 bits take are refused even where they hold nothing, as by everybody else.
            Ok(key) if before - self.rest.len() <= MAX_KEY_LEN => Ok(key),
            _ => Err(decode_error("the key of a field has more than 32 bits")),
        }
    }

    /// A number of variable length, the value of a field of wire type 0.
    ///
    /// # Errors
    ///
    /// If it is cut short, or has more than 64 bits.
    #[inline(always)]
    pub fn varint(&mut self) -> Result<u64, ReadError> {
        match self.rest {
            [first, rest @ ..] if *first < 0x80 => {
                self.rest = rest;
                Ok(u64::from(*first))
            }
            _ => self.long_varint(),
        }
    }

    #[inline(never)]
    fn long_varint(&mut self) -> Result<u64, ReadError> {
        let mut value = 0;
        for (index, byte) in self.rest.iter().take(MAX_VARINT_LEN).enumerate() {
            value |= u64::from(*byte & 0x7f) << (7 * index);
            if *byte < 0x80 {
                // The tenth byte has the last of 64 bits.
                if index == MAX_VARINT_LEN - 1 && *byte > 1 {
                    break;
                }
                self.rest = &self.rest[index + 1..];
                return Ok(value);
            }
        }
        Err(match self.rest.len() < MAX_VARINT_LEN {
            true => cut_short(),
            false => decode_error("a varint has more than 64 bits"),
        })
    }

    /// The next `N` bytes, the value of a field of wire type 1 or 5.
    ///
    /// # Errors
    ///
    /// If there are less.
    #[inline(always)]
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        match self.rest.split_first_chunk() {
            Some((array, rest)) => {
                self.rest = rest;
                Ok(*array)
            }
            None => Err(cut_short()),
        }
    }

    /// The next bytes after their length, the value of a field of wire type 2.
    ///
    /// # Errors
    ///
    /// If the length goes past the end.
    #[inline(always)]
    pub fn bytes(&mut self) -> Result<&'de [u8], ReadError> {
        let len = self.varint()?;
        let split = usize::try_from(len)
            .ok()
            .and_then(|len| self.rest.split_at_checked(len));
        match split {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(bytes)
            }
            None => Err(past_the_end(len, self.rest.len())),
        }
    }

    /// As [`bytes`](Self::bytes), a slice of what is shared, or a copy where nothing is.
    ///
    /// # Errors
    ///
    /// Those of `bytes`.
    #[inline]
    pub fn shared_bytes(&mut self) -> Result<Bytes, ReadError> {
        let bytes = self.bytes()?;
        Ok(self.share(bytes))
    }

    #[inline]
    fn share(&self, bytes: &'de [u8]) -> Bytes {
        match self.whole {
            Some(whole) => whole.slice_ref(bytes),
            None => Bytes::copy_from_slice(bytes),
        }
    }

    /// As [`bytes`](Self::bytes), as text.
    ///
    /// # Errors
    ///
    /// Those of `bytes`, and if they aren't UTF-8.
    #[inline(always)]
    pub fn text(&mut self) -> Result<&'de str, ReadError> {
        let bytes = self.bytes()?;
        str::from_utf8(bytes).map_err(|_| not_utf8(bytes))
    }

    /// As [`text`](Self::text), a slice of what is shared, or a copy where nothing is.
    ///
    /// # Errors
    ///
    /// Those of `text`.
    #[cfg(feature = "bytestring")]
    #[inline]
    pub fn shared_text(&mut self) -> Result<ByteString, ReadError> {
        let bytes = self.bytes()?;
        ByteString::try_from(self.share(bytes)).map_err(|_| not_utf8(bytes))
    }

    /// As [`text`](Self::text): held in place if it is short, and otherwise shared, or copied where nothing is.
    ///
    /// # Errors
    ///
    /// Those of `text`.
    #[cfg(feature = "faststr")]
    #[inline(always)]
    pub fn fast_text(&mut self) -> Result<FastStr, ReadError> {
        let text = self.text()?;
        if text.len() <= SHORT {
            return Ok(FastStr::new(text));
        }
        let bytes = text.as_bytes();
        FastStr::from_bytes(self.share(bytes)).map_err(|_| not_utf8(bytes))
    }

    /// Reads the next bytes after their length as a message: `read` gets a reader that ends where they do.
    ///
    /// # Errors
    ///
    /// If the length goes past the end, if more than a hundred messages lie within each other, and what `read` says.
    #[inline]
    pub fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let bytes = self.bytes()?;
        if self.depth == 0 {
            return Err(too_deep());
        }
        self.depth -= 1;
        self.least_depth = self.least_depth.min(self.depth);
        let rest = std::mem::replace(&mut self.rest, bytes);
        let result = read(self)?;
        self.rest = rest;
        self.depth += 1;
        Ok(result)
    }

    /// Passes over the value of a field that nobody knows.
    ///
    /// # Errors
    ///
    /// If it is cut short, or a group that doesn't end, or in which others lie too deep.
    pub fn skip(&mut self, number: u32, wire_type: WireType) -> Result<(), ReadError> {
        match wire_type {
            WireType::Varint => drop(self.varint()?),
            WireType::SixtyFourBit => drop(self.array::<8>()?),
            WireType::LengthDelimited => drop(self.bytes()?),
            WireType::ThirtyTwoBit => drop(self.array::<4>()?),
            WireType::StartGroup => self.skip_group(number)?,
            WireType::EndGroup => return Err(stray_end()),
        }
        Ok(())
    }

    /// Passes over fields until the group with the number ends.
    #[cold]
    fn skip_group(&mut self, number: u32) -> Result<(), ReadError> {
        if self.depth == 0 {
            return Err(too_deep());
        }
        self.depth -= 1;
        self.least_depth = self.least_depth.min(self.depth);
        loop {
            match self.key()? {
                Some((ended, WireType::EndGroup)) if ended == number => break,
                Some((inner, wire_type)) => self.skip(inner, wire_type)?,
                None => return Err(decode_error("a group has no end")),
            }
        }
        self.depth += 1;
        Ok(())
    }

    /// Refuses a field of another wire type than the one that its type has.
    ///
    /// # Errors
    ///
    /// If they differ.
    #[inline(always)]
    pub fn expect(&self, wire_type: WireType, expected: WireType) -> Result<(), ReadError> {
        if wire_type == expected {
            Ok(())
        } else {
            Err(other_wire_type(wire_type, expected))
        }
    }

    /// How many fields with the number, of wire type 2, come one after another, from the one on whose value is next.
    #[inline]
    pub(super) fn count(&self, number: u32) -> usize {
        let mut reader = Reader::new(self.rest);
        let mut count = 0;
        while reader.bytes().is_ok() {
            count += 1;
            match reader.key() {
                Ok(Some((next, WireType::LengthDelimited))) if next == number => {}
                _ => break,
            }
        }
        count
    }

    /// Puts a value aside that a closed enum doesn't know, and that didn't come alone.
    #[cold]
    pub(super) fn reject(&mut self, varint: &[u8]) {
        self.rejected.extend_from_slice(varint);
    }

    /// What was put [aside](Self::reject).
    #[inline]
    pub(super) fn take_rejected(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.rejected)
    }
}

/// Messages that may lie within each other, as in other implementations.
pub(super) const MAX_DEPTH: u32 = 100;

/// Bytes that 32 bits take, seven in each.
const MAX_KEY_LEN: usize = 5;

/// Bytes that a `FastStr` holds in place; of more it makes a copy that nobody asked for.
#[cfg(feature = "faststr")]
const SHORT: usize = 30;

/// Bytes that 64 bits take, seven in each.
pub(super) const MAX_VARINT_LEN: usize = 10;

#[cold]
pub(super) fn stray_end() -> ReadError {
    decode_error("a group ends that didn't begin")
}

#[cold]
pub(super) fn cut_short() -> ReadError {
    decode_error("the message ends in the middle of it")
}

#[cold]
pub(super) fn past_the_end(len: u64, left: usize) -> ReadError {
    decode_error(format!("a length of {len} bytes, where {left} are left"))
}

#[cold]
pub(super) fn too_deep() -> ReadError {
    decode_error(format!(
        "more than {MAX_DEPTH} messages lie within each other"
    ))
}

#[cold]
fn not_utf8(bytes: &[u8]) -> ReadError {
    match str::from_utf8(bytes) {
        Err(error) => decode_error(format!("a string that isn't UTF-8: {error}")),
        Ok(_) => decode_error("a string that isn't UTF-8"),
    }
}

#[cold]
fn unknown_wire_type(wire_type: u32) -> ReadError {
    decode_error(format!("there is no wire type {wire_type}"))
}

#[cold]
fn other_wire_type(wire_type: WireType, expected: WireType) -> ReadError {
    if wire_type == WireType::EndGroup {
        return stray_end();
    }
    decode_error(format!(
        "{}, where {} belongs",
        name(wire_type),
        name(expected)
    ))
}

fn name(wire_type: WireType) -> &'static str {
    match wire_type {
        WireType::Varint => "a varint",
        WireType::SixtyFourBit => "8 bytes",
        WireType::LengthDelimited => "a length with bytes",
        WireType::StartGroup => "a group",
        WireType::EndGroup => "the end of a group",
        WireType::ThirtyTwoBit => "4 bytes",
    }
}
