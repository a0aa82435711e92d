//! What an end of a connection allows its peer.

use std::sync::Arc;
use std::time::Duration;

use crate::frame::{DEFAULT_MAX_FRAME_SIZE, DEFAULT_WINDOW, MAX_MAX_FRAME_SIZE, MAX_WINDOW};

/// Limits of one end. The defaults are good enough for the internet.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Config {
    /// Streams that a client may have open at a time; more are refused with REFUSED_STREAM.
    pub max_concurrent_streams: u32,
    /// Bytes that the peer may send on a stream before they are released. Not below 65,535.
    pub stream_window: u32,
    /// Bytes that the peer may send on the connection before they are received. Not below 65,535.
    pub connection_window: u32,
    /// What both windows grow to where that makes the peer faster: each time a window is half used up, a ping measures how
    /// much arrives while it travels. With no more than the windows have, nothing is measured. Not above 2,147,483,647.
    pub max_window: u32,
    /// Bytes of DATA that a connection may hold before they are released: the nearer to it, the smaller the connection's
    /// window. Not below [`connection_window`](Self::connection_window).
    pub max_held: usize,
    /// The longest payload of a frame that is taken: within 16,384 and 16,777,215.
    pub max_frame_size: u32,
    /// The longest list of header fields, as RFC 9113 counts it: names, values, and 32 for each.
    pub max_header_list_size: u32,
    /// How many streams may be given up in vain before the connection is: opened and reset by the peer within a tenth of a
    /// second, or reset because of what the peer did. Each stream that ends well, and each hundredth of a second, makes
    /// room for another one.
    pub max_wasted_streams: u32,
    /// How many frames may come in a row that carry nothing: pings, settings, window updates, empty DATA. Each frame
    /// that carries something, and each millisecond, makes room for more.
    pub max_idle_frames: u32,
    /// How long the peer may take to send the first frames of a connection, a header block, or any other frame but DATA:
    /// from its first byte to its last. Noticed when more of it arrives, so that who falls silent in between is left to
    /// whoever drives the connection.
    pub head_timeout: Duration,
    /// How long a client has to wait between two pings, if we have sent nothing on a stream in between. One that pings too
    /// soon for the third time has its connection ended (gRFC A8). Zero takes any ping.
    pub min_ping_interval: Duration,
    /// Whether the same holds while no stream is open. Otherwise it is two hours then.
    pub pings_without_streams: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_concurrent_streams: 256,
            stream_window: 512 * 1024,
            connection_window: 4 * 1024 * 1024,
            max_window: 16 * 1024 * 1024,
            max_held: 64 * 1024 * 1024,
            max_frame_size: DEFAULT_MAX_FRAME_SIZE,
            max_header_list_size: 16 * 1024,
            max_wasted_streams: 1_000,
            max_idle_frames: 10_000,
            head_timeout: Duration::from_secs(30),
            min_ping_interval: Duration::ZERO,
            pings_without_streams: true,
        }
    }
}

impl Config {
    /// The same, with each value where the specification allows it.
    pub(crate) fn within_the_rules(self: Arc<Self>) -> Arc<Self> {
        let within = Self::clone(&self).bounded();
        match within == *self {
            true => self,
            false => Arc::new(within),
        }
    }

    fn bounded(mut self) -> Self {
        let windows = DEFAULT_WINDOW..=MAX_WINDOW as u32;
        self.stream_window = self.stream_window.clamp(*windows.start(), *windows.end());
        self.connection_window = self
            .connection_window
            .clamp(*windows.start(), *windows.end());
        self.max_window = self.max_window.min(*windows.end());
        self.max_held = self.max_held.max(self.connection_window as usize);
        self.max_frame_size = self
            .max_frame_size
            .clamp(DEFAULT_MAX_FRAME_SIZE, MAX_MAX_FRAME_SIZE);
        self
    }
}
