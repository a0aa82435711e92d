//! Frames: nine bytes of head, and a payload (RFC 9113, sections 4 and 6).

use crate::error::Reason;

/// What a client's connection starts with (RFC 9113, section 3.4).
pub const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The bytes in front of each payload.
pub(crate) const HEAD_LEN: usize = 9;

/// The longest payload that every peer takes.
pub(crate) const DEFAULT_MAX_FRAME_SIZE: u32 = 16_384;

/// The longest payload that a setting can allow.
pub(crate) const MAX_MAX_FRAME_SIZE: u32 = (1 << 24) - 1;

/// The window of a connection, and of a stream until SETTINGS says otherwise.
pub(crate) const DEFAULT_WINDOW: u32 = 65_535;

/// The largest window.
pub(crate) const MAX_WINDOW: i64 = (1 << 31) - 1;

/// The largest stream identifier.
pub(crate) const MAX_STREAM_ID: u32 = (1 << 31) - 1;

pub(crate) mod kind {
    pub(crate) const DATA: u8 = 0x0;
    pub(crate) const HEADERS: u8 = 0x1;
    pub(crate) const PRIORITY: u8 = 0x2;
    pub(crate) const RST_STREAM: u8 = 0x3;
    pub(crate) const SETTINGS: u8 = 0x4;
    pub(crate) const PUSH_PROMISE: u8 = 0x5;
    pub(crate) const PING: u8 = 0x6;
    pub(crate) const GOAWAY: u8 = 0x7;
    pub(crate) const WINDOW_UPDATE: u8 = 0x8;
    pub(crate) const CONTINUATION: u8 = 0x9;
}

pub(crate) mod flag {
    pub(crate) const ACK: u8 = 0x1;
    pub(crate) const END_STREAM: u8 = 0x1;
    pub(crate) const END_HEADERS: u8 = 0x4;
    pub(crate) const PADDED: u8 = 0x8;
    pub(crate) const PRIORITY: u8 = 0x20;
}

/// What stands in front of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHead {
    pub(crate) len: usize,
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    /// Without the reserved bit, which is ignored.
    pub(crate) id: u32,
}

impl FrameHead {
    pub(crate) fn parse(head: &[u8; HEAD_LEN]) -> Self {
        let [a, b, c, kind, flags, id @ ..] = *head;
        Self {
            len: u32::from_be_bytes([0, a, b, c]) as usize,
            kind,
            flags,
            id: u32::from_be_bytes(id) & MAX_STREAM_ID,
        }
    }

    pub(crate) fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

pub(crate) fn write_head(out: &mut Vec<u8>, len: usize, kind: u8, flags: u8, id: u32) {
    let [_, a, b, c] = (len as u32).to_be_bytes();
    let [d, e, f, g] = id.to_be_bytes();
    out.extend_from_slice(&[a, b, c, kind, flags, d, e, f, g]);
}

/// Sets the length of the frame whose head stands at `start`, to all that was written after it.
pub(crate) fn patch_len(out: &mut [u8], start: usize) {
    let len = out.len() - start - HEAD_LEN;
    let [_, a, b, c] = (len as u32).to_be_bytes();
    out[start..start + 3].copy_from_slice(&[a, b, c]);
}

pub(crate) fn write_window_update(out: &mut Vec<u8>, id: u32, increment: u32) {
    write_head(out, 4, kind::WINDOW_UPDATE, 0, id);
    out.extend_from_slice(&increment.to_be_bytes());
}

pub(crate) fn write_reset(out: &mut Vec<u8>, id: u32, reason: Reason) {
    write_head(out, 4, kind::RST_STREAM, 0, id);
    out.extend_from_slice(&reason.0.to_be_bytes());
}

pub(crate) fn write_ping(out: &mut Vec<u8>, flags: u8, payload: [u8; 8]) {
    write_head(out, 8, kind::PING, flags, 0);
    out.extend_from_slice(&payload);
}

pub(crate) fn write_go_away(out: &mut Vec<u8>, last: u32, reason: Reason, debug: &[u8]) {
    write_head(out, 8 + debug.len(), kind::GOAWAY, 0, 0);
    out.extend_from_slice(&last.to_be_bytes());
    out.extend_from_slice(&reason.0.to_be_bytes());
    out.extend_from_slice(debug);
}

/// The payload of DATA and HEADERS without its padding; `None` if there is more padding than payload.
pub(crate) fn without_padding(head: FrameHead, payload: &[u8]) -> Option<&[u8]> {
    if !head.has(flag::PADDED) {
        return Some(payload);
    }
    let (&padding, rest) = payload.split_first()?;
    rest.get(..rest.len().checked_sub(usize::from(padding))?)
}

/// The four bytes that some frames are made of.
pub(crate) fn read_u32(payload: &[u8]) -> Option<u32> {
    payload.try_into().ok().map(u32::from_be_bytes)
}
