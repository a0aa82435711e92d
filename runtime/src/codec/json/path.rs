//! Where in a message an error is.

use std::{cell::RefCell, fmt};

use traitwire_schema::names;

/// The way to a value, which is put together when there is an error, from its end.
#[derive(Debug, Default)]
pub struct Path {
    reversed: RefCell<Vec<Segment>>,
}

/// One step of it.
#[derive(Debug)]
pub(super) enum Segment {
    /// A field, by its name in protobuf.
    Field(&'static str),
    /// A key that no field has.
    Unknown(String),
    /// An element of a list.
    Index(usize),
    /// A value of a map.
    Key(String),
}

impl Path {
    /// Adds a step in front of those that are there.
    #[cold]
    pub(super) fn push_front(&self, segment: Segment) {
        self.reversed.borrow_mut().push(segment);
    }
}

/// `rectangle.corners[1].latitude`, or nothing for the message itself.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.reversed.borrow().iter().rev().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            match segment {
                Segment::Field(name) => write!(f, "{dot}{}", names::json(name))?,
                Segment::Unknown(name) => write!(f, "{dot}{}", Short(name))?,
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) => write!(f, "[\"{}\"]", Short(key))?,
            }
        }
        Ok(())
    }
}

/// What a peer chose, as far as it is needed to find it.
struct Short<'a>(&'a str);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(MAX_CHARS) {
            Some((end, _)) => write!(f, "{}…", self.0[..end].escape_debug()),
            None => write!(f, "{}", self.0.escape_debug()),
        }
    }
}

const MAX_CHARS: usize = 64;
