//! What [`prost::Message`] asks of a message, for the derive to hand on.

use bytes::{Buf, BufMut, Bytes};
use prost::{
    DecodeError,
    encoding::{self, DecodeContext, WireType},
};

use super::{
    Fields, Message, ReadError, Reader,
    message::{encode_with, in_field, read_field, read_message},
    reader::{self, MAX_DEPTH},
};

/// Writes the message into any buffer that has room.
pub fn encode_raw<M: Fields>(message: &M, buf: &mut impl BufMut) {
    encode_with(message, |written| {
        written.pieces().for_each(|piece| buf.put_slice(piece));
    });
}

/// The message on its own.
pub fn encode_to_vec<M: Fields>(message: &M) -> Vec<u8> {
    encode_with(message, |written| {
        let mut bytes = Vec::with_capacity(written.len());
        let pieces = written.pieces();
        pieces.for_each(|piece| bytes.extend_from_slice(piece));
        bytes
    })
}

/// Makes every field absent.
pub fn clear<M: Fields>(message: &mut M) {
    *message = M::absent();
}

/// Merges what takes up all of `buf`.
pub fn merge<M: Message>(message: &mut M, buf: impl Buf) -> Result<(), DecodeError> {
    with_reader(buf, |mut reader| read_message(message, &mut reader))?;
    Ok(())
}

/// Merges what comes after its length.
pub fn merge_length_delimited<M: Message>(
    message: &mut M,
    mut buf: impl Buf,
) -> Result<(), DecodeError> {
    let len = gather_varint(&mut buf, &mut Vec::new()).and_then(|len| {
        let fits = usize::try_from(len)
            .ok()
            .filter(|len| *len <= buf.remaining());
        fits.ok_or_else(|| reader::past_the_end(len, buf.remaining()))
    });
    let len = len.map_err(|error| error.in_message(M::DESCRIPTOR))?;
    merge(message, buf.take(len))
}

/// Merges the field whose key has been read from `buf`.
pub fn merge_field<M: Message>(
    message: &mut M,
    number: u32,
    wire_type: WireType,
    buf: &mut impl Buf,
    ctx: DecodeContext,
) -> Result<(), DecodeError> {
    let mut field = Vec::new();
    encoding::encode_key(number, wire_type, &mut field);
    let key_len = field.len();
    gather(number, wire_type, buf, &mut field, MAX_DEPTH)
        .map_err(|error| in_field::<M>(error, number).in_message(M::DESCRIPTOR))?;
    // Fields that share what they are read from hold on to no more than the field.
    let field = Bytes::from(field);
    let mut reader = Reader::part(&field[key_len..], &field);
    read_field(message, number, wire_type, &field, &mut reader)
        .map_err(|error| error.in_message(M::DESCRIPTOR))?;
    check_depth(reader.deepest(), ctx)
}

/// Lets `read` read all of `buf`.
#[inline]
pub(super) fn with_reader<T>(
    mut buf: impl Buf,
    read: impl FnOnce(Reader<'_>) -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    let len = buf.remaining();
    // A slice has nothing to share. Anything else may be `Bytes`, or made of them.
    if size_of_val(&buf) == size_of::<&[u8]>() && buf.chunk().len() == len {
        return read(Reader::new(buf.chunk()));
    }
    read(Reader::shared(&buf.copy_to_bytes(len)))
}

/// Moves the value of a field to `out`.
fn gather(
    number: u32,
    wire_type: WireType,
    buf: &mut impl Buf,
    out: &mut Vec<u8>,
    depth: u32,
) -> Result<(), ReadError> {
    let len = match wire_type {
        WireType::Varint => {
            gather_varint(buf, out)?;
            0
        }
        WireType::SixtyFourBit => 8,
        WireType::LengthDelimited => gather_varint(buf, out)?,
        WireType::ThirtyTwoBit => 4,
        WireType::StartGroup => {
            let depth = depth.checked_sub(1).ok_or_else(reader::too_deep)?;
            loop {
                let mut key = Vec::new();
                gather_varint(buf, &mut key)?;
                out.extend_from_slice(&key);
                match Reader::new(&key).key()? {
                    Some((ended, WireType::EndGroup)) if ended == number => break 0,
                    Some((inner, wire_type)) => gather(inner, wire_type, buf, out, depth)?,
                    // A key was read.
                    None => return Err(reader::cut_short()),
                }
            }
        }
        WireType::EndGroup => return Err(reader::stray_end()),
    };
    // The peer chose this number: refuse it before anything is allocated for it.
    if (buf.remaining() as u64) < len {
        return Err(match wire_type {
            WireType::LengthDelimited => reader::past_the_end(len, buf.remaining()),
            _ => reader::cut_short(),
        });
    }
    out.put(buf.take(len as usize));
    Ok(())
}

fn gather_varint(buf: &mut impl Buf, out: &mut Vec<u8>) -> Result<u64, ReadError> {
    let start = out.len();
    while buf.has_remaining() {
        let byte = buf.get_u8();
        out.push(byte);
        if byte < 0x80 || out.len() - start == reader::MAX_VARINT_LEN {
            break;
        }
    }
    Reader::new(&out[start..]).varint()
}

/// Refuses messages that were `deep` ones within each other, if there are too many together with those that prost has
/// counted. It tells nobody how many that are, but counts groups likewise.
fn check_depth(deep: u32, ctx: DecodeContext) -> Result<(), DecodeError> {
    const NUMBER: u32 = 1;
    let Some(inner) = deep.checked_sub(1) else {
        return Ok(());
    };
    let mut groups = Vec::new();
    (0..inner).for_each(|_| encoding::encode_key(NUMBER, WireType::StartGroup, &mut groups));
    (0..deep).for_each(|_| encoding::encode_key(NUMBER, WireType::EndGroup, &mut groups));
    encoding::skip_field(WireType::StartGroup, NUMBER, &mut &groups[..], ctx)
}
