//! What a connection knows of one stream (RFC 9113, section 5.1).

use std::collections::VecDeque;

use bytes::Bytes;

use crate::fields::Block;
use crate::ids::Ids;

/// A stream of a connection. Once the stream is over, it names none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StreamKey {
    slot: u32,
    id: u32,
}

impl StreamKey {
    /// A small number that no other open stream of the connection has: a place to keep what belongs to the stream.
    pub fn slot(self) -> usize {
        self.slot as usize
    }

    /// The stream's identifier on the wire.
    pub fn id(self) -> u32 {
        self.id
    }
}

/// What comes after data that is sent.
#[derive(Debug)]
pub enum End {
    /// More data, or an end of another kind, later.
    Open,
    /// Nothing.
    Stream,
    /// Trailers, and then nothing.
    Trailers(Block),
}

/// Streams that are open in at least one direction, or have something to send.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    ids: Ids,
    slots: Vec<Option<Stream>>,
    free: Vec<u32>,
}

impl Streams {
    pub(crate) fn add(&mut self, stream: Stream) -> StreamKey {
        let id = stream.id;
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = Some(stream);
                slot
            }
            None => {
                // Many connections never have more than one.
                if self.slots.is_empty() {
                    self.slots.reserve_exact(1);
                }
                self.slots.push(Some(stream));
                self.slots.len() as u32 - 1
            }
        };
        self.ids.push(id, slot);
        StreamKey { slot, id }
    }

    pub(crate) fn find(&self, id: u32) -> Option<StreamKey> {
        self.ids.get(id).map(|slot| StreamKey { slot, id })
    }

    pub(crate) fn get(&mut self, key: StreamKey) -> Option<&mut Stream> {
        let stream = self.slots.get_mut(key.slot())?.as_mut()?;
        (stream.id == key.id).then_some(stream)
    }

    pub(crate) fn peek(&self, key: StreamKey) -> Option<&Stream> {
        let stream = self.slots.get(key.slot())?.as_ref()?;
        (stream.id == key.id).then_some(stream)
    }

    pub(crate) fn remove(&mut self, key: StreamKey) -> Option<Stream> {
        self.get(key)?;
        let stream = self.slots[key.slot()].take();
        self.ids.remove(key.id);
        self.free.push(key.slot);
        stream
    }

    /// Gives memory back that many streams needed, once there are none.
    pub(crate) fn shrink(&mut self) {
        if self.ids.len() == 0 && self.slots.capacity() > KEEP {
            *self = Self::default();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = StreamKey> + '_ {
        self.ids.slots().filter_map(|slot| {
            let id = self.slots.get(slot as usize)?.as_ref()?.id;
            Some(StreamKey { slot, id })
        })
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (StreamKey, &mut Stream)> {
        self.slots
            .iter_mut()
            .enumerate()
            .filter_map(|(slot, stream)| {
                let stream = stream.as_mut()?;
                let id = stream.id;
                Some((
                    StreamKey {
                        slot: slot as u32,
                        id,
                    },
                    stream,
                ))
            })
    }
}

#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) id: u32,
    /// The time, in milliseconds of the connection.
    pub(crate) opened: u32,
    pub(crate) recv: RecvState,
    pub(crate) send: SendState,
    /// Whether any data has left.
    pub(crate) sent_data: bool,
    /// How much we may send.
    pub(crate) send_window: i64,
    /// How much the peer may send.
    pub(crate) recv_window: i64,
    /// What was received and isn't released.
    pub(crate) held: u32,
    /// What the peer may have sent at most when nothing of it is released.
    pub(crate) window: u32,
    /// What a content length says is still to come.
    pub(crate) content_left: Option<u64>,
    /// What waits for the windows, or for the peer to read.
    pub(crate) queue: Option<Box<Queue>>,
}

/// What the peer may still send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecvState {
    /// A client waits for the head of the response.
    Head,
    /// Data, or trailers.
    Open,
    /// Nothing.
    Closed,
}

/// What we may still send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SendState {
    /// A server owes the head of its response.
    Head,
    /// Data, or trailers.
    Open,
    /// Nothing more can be added, but some of it waits.
    Ending,
    /// Nothing.
    Closed,
}

/// What is to be sent on a stream when the windows allow it.
#[derive(Debug)]
pub(crate) struct Queue {
    /// Never empty, nor is any of them.
    pub(crate) chunks: VecDeque<Bytes>,
    pub(crate) len: usize,
    pub(crate) end: End,
    /// Whether it is in the line of those that can send.
    pub(crate) in_line: bool,
}

impl Stream {
    pub(crate) fn is_over(&self) -> bool {
        self.recv == RecvState::Closed && self.send == SendState::Closed
    }
}

/// Slots that an idle connection may keep.
const KEEP: usize = 8;
