//! What header blocks must hold, and what is made of them (RFC 9113, section 8).

use crate::connection::Role;
use crate::hpack::{Field, NameId};

/// Makes something of a header block: what a driver wants to know of a request, a response or trailers.
///
/// HTTP/2's own rules are checked before: a head that is made of a malformed block is thrown away.
pub trait ReadHead {
    /// What is made. A block that comes again is answered with a clone.
    type Head: Clone;

    /// The start of a block.
    fn start(&mut self) -> Self::Head;

    /// One more field, pseudo-header fields among them. Names are in lower case.
    fn field(&mut self, head: &mut Self::Head, field: &Field<'_>);
}

/// Checks the fields of one block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeadCheck {
    kind: HeadKind,
    seen: u8,
    regular: bool,
    status: u16,
    pub(crate) content_length: Option<u64>,
    malformed: Option<&'static str>,
    connect: bool,
}

/// What a block stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeadKind {
    Request,
    Response,
    Trailers,
}

impl HeadKind {
    /// The kind of the first block on a stream that reaches `role`.
    pub(crate) fn first(role: Role) -> Self {
        match role {
            Role::Server => Self::Request,
            Role::Client => Self::Response,
        }
    }
}

impl HeadCheck {
    pub(crate) fn new(kind: HeadKind) -> Self {
        Self {
            kind,
            seen: 0,
            regular: false,
            status: 0,
            content_length: None,
            malformed: None,
            connect: false,
        }
    }

    pub(crate) fn field(&mut self, field: &Field<'_>) {
        if !field.well_formed {
            self.fail("a field whose name or value has characters that it must not have");
        }
        if field.id.is_pseudo() {
            self.pseudo(field);
        } else {
            self.regular = true;
            if field.id == NameId::CONTENT_LENGTH {
                self.content_length(field.value);
            } else if field.id == NameId::TE && field.value != b"trailers" {
                self.fail("a te field with another value than trailers");
            } else if field.id.is_connection_specific() {
                self.fail("a field that is about connections of HTTP/1.1");
            }
        }
    }

    /// The final word on the block.
    pub(crate) fn finish(self) -> Result<Checked, &'static str> {
        if let Some(text) = self.malformed {
            return Err(text);
        }
        match self.kind {
            HeadKind::Request => {
                let needed = if self.connect {
                    METHOD | AUTHORITY
                } else {
                    METHOD | SCHEME | PATH
                };
                let allowed = needed | AUTHORITY;
                if self.seen & needed != needed || self.seen & !allowed != 0 {
                    return Err("a request without exactly one method, scheme and path");
                }
            }
            HeadKind::Response => {
                if self.seen != STATUS {
                    return Err("a response without exactly one status");
                }
                // RFC 9113, section 8.6: switching protocols isn't part of HTTP/2.
                if self.status == 101 {
                    return Err("a response with status 101");
                }
            }
            HeadKind::Trailers => {}
        }
        Ok(Checked {
            informational: self.kind == HeadKind::Response && self.status / 100 == 1,
            content_length: self.content_length,
        })
    }

    fn pseudo(&mut self, field: &Field<'_>) {
        if self.regular {
            self.fail("a pseudo-header field after a regular one");
        }
        let bit = match (self.kind, field.id) {
            (HeadKind::Request, NameId::METHOD) => {
                self.connect = field.value == b"CONNECT";
                METHOD
            }
            (HeadKind::Request, NameId::SCHEME) => SCHEME,
            (HeadKind::Request, NameId::AUTHORITY) => AUTHORITY,
            (HeadKind::Request, NameId::PATH) => {
                if field.value.is_empty() {
                    self.fail("an empty path");
                }
                PATH
            }
            (HeadKind::Request, NameId::PROTOCOL) => {
                self.fail("an extended CONNECT, which no setting allows");
                0
            }
            (HeadKind::Response, NameId::STATUS) => {
                self.status(field.value);
                STATUS
            }
            (HeadKind::Trailers, _) => {
                self.fail("a pseudo-header field in trailers");
                0
            }
            _ => {
                self.fail("a pseudo-header field that has no place here");
                0
            }
        };
        if self.seen & bit != 0 {
            self.fail("a pseudo-header field that comes twice");
        }
        self.seen |= bit;
    }

    fn status(&mut self, value: &[u8]) {
        match value {
            [a @ b'1'..=b'9', b, c] if b.is_ascii_digit() && c.is_ascii_digit() => {
                let digit = |byte: &u8| u16::from(byte - b'0');
                self.status = digit(a) * 100 + digit(b) * 10 + digit(c);
            }
            _ => self.fail("a status that isn't three digits"),
        }
    }

    fn content_length(&mut self, value: &[u8]) {
        let number = value.iter().try_fold(0_u64, |number, byte| {
            let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
            number.checked_mul(10)?.checked_add(digit)
        });
        match number {
            Some(number) if !value.is_empty() => {
                if self.content_length.is_some_and(|other| other != number) {
                    self.fail("two content lengths");
                }
                self.content_length = Some(number);
            }
            _ => self.fail("a content length that is no number"),
        }
    }

    fn fail(&mut self, text: &'static str) {
        self.malformed.get_or_insert(text);
    }
}

/// What HTTP/2 wants to know of a block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checked {
    /// A 1xx, after which the final head comes.
    pub(crate) informational: bool,
    pub(crate) content_length: Option<u64>,
}

const METHOD: u8 = 1;
const SCHEME: u8 = 2;
const AUTHORITY: u8 = 4;
const PATH: u8 = 8;
const STATUS: u8 = 16;
