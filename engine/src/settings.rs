//! SETTINGS (RFC 9113, section 6.5).

use crate::error::ConnectionError;
use crate::frame::{self, DEFAULT_MAX_FRAME_SIZE, DEFAULT_WINDOW, MAX_MAX_FRAME_SIZE, MAX_WINDOW};

/// What the peer said about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PeerSettings {
    pub(crate) max_concurrent_streams: u32,
    pub(crate) initial_window: u32,
    pub(crate) max_frame_size: u32,
    pub(crate) max_header_list_size: u32,
}

impl Default for PeerSettings {
    fn default() -> Self {
        Self {
            max_concurrent_streams: u32::MAX,
            initial_window: DEFAULT_WINDOW,
            max_frame_size: DEFAULT_MAX_FRAME_SIZE,
            max_header_list_size: u32::MAX,
        }
    }
}

impl PeerSettings {
    /// Takes in a frame's payload, but for [`table_sizes`]. What is said twice counts as said last, and settings that are
    /// not known are ignored.
    pub(crate) fn read(
        mut self,
        payload: &[u8],
        from_server: bool,
    ) -> Result<Self, ConnectionError> {
        let (settings, rest) = payload.as_chunks::<6>();
        if !rest.is_empty() {
            return Err(ConnectionError::frame_size(
                "SETTINGS whose length is no multiple of 6",
            ));
        }
        for &[a, b, value @ ..] in settings {
            let value = u32::from_be_bytes(value);
            match u16::from_be_bytes([a, b]) {
                id::ENABLE_PUSH if value > 1 => {
                    return Err(ConnectionError::protocol(
                        "SETTINGS_ENABLE_PUSH is neither 0 nor 1",
                    ));
                }
                id::ENABLE_PUSH if value == 1 && from_server => {
                    return Err(ConnectionError::protocol(
                        "a server set SETTINGS_ENABLE_PUSH to 1",
                    ));
                }
                id::MAX_CONCURRENT_STREAMS => self.max_concurrent_streams = value,
                id::INITIAL_WINDOW_SIZE if i64::from(value) > MAX_WINDOW => {
                    return Err(ConnectionError::flow_control(
                        "SETTINGS_INITIAL_WINDOW_SIZE is above 2^31-1",
                    ));
                }
                id::INITIAL_WINDOW_SIZE => self.initial_window = value,
                id::MAX_FRAME_SIZE => {
                    if !(DEFAULT_MAX_FRAME_SIZE..=MAX_MAX_FRAME_SIZE).contains(&value) {
                        return Err(ConnectionError::protocol(
                            "SETTINGS_MAX_FRAME_SIZE is not within 16384 and 16777215",
                        ));
                    }
                    self.max_frame_size = value;
                }
                id::MAX_HEADER_LIST_SIZE => self.max_header_list_size = value,
                _ => {}
            }
        }
        Ok(self)
    }
}

/// Each size that a frame's payload gives the header table, in order.
pub(crate) fn table_sizes(payload: &[u8]) -> impl Iterator<Item = u32> {
    let (settings, _) = payload.as_chunks::<6>();
    let table_size = id::HEADER_TABLE_SIZE.to_be_bytes();
    let sizes = settings
        .iter()
        .filter(move |setting| setting.starts_with(&table_size));
    sizes.map(|&[_, _, value @ ..]| u32::from_be_bytes(value))
}

/// Writes a SETTINGS frame.
pub(crate) fn write(out: &mut Vec<u8>, settings: &[(u16, u32)]) {
    frame::write_head(out, settings.len() * 6, frame::kind::SETTINGS, 0, 0);
    for (id, value) in settings {
        out.extend_from_slice(&id.to_be_bytes());
        out.extend_from_slice(&value.to_be_bytes());
    }
}

pub(crate) mod id {
    pub(crate) const HEADER_TABLE_SIZE: u16 = 0x1;
    pub(crate) const ENABLE_PUSH: u16 = 0x2;
    pub(crate) const MAX_CONCURRENT_STREAMS: u16 = 0x3;
    pub(crate) const INITIAL_WINDOW_SIZE: u16 = 0x4;
    pub(crate) const MAX_FRAME_SIZE: u16 = 0x5;
    pub(crate) const MAX_HEADER_LIST_SIZE: u16 = 0x6;
}
