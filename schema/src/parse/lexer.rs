//! Text to tokens, and the comments between them.

use crate::parse::ast::{Position, Span};
use crate::parse::error::ParseError;

/// Reads one token after the other. What is no token is noted as an error and passed over, so that what follows is read.
pub(crate) struct Lexer<'a> {
    path: &'a str,
    text: &'a str,
    at: usize,
    position: Position,
    pub(crate) errors: Vec<ParseError>,
}

/// A piece of the text that means something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    /// As it is written; of a string, with its quotes.
    pub(crate) text: &'a str,
    pub(crate) span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Identifier,
    Integer,
    Float,
    String,
    Symbol,
    End,
}

/// The comments between two tokens, as `protoc` divides them up.
#[derive(Debug, Default)]
pub(crate) struct Between {
    /// What belongs to the token before.
    pub(crate) trailing: Option<String>,
    /// What belongs to neither.
    pub(crate) detached: Vec<String>,
    /// What belongs to the token after.
    pub(crate) leading: Option<String>,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(path: &'a str, text: &'a str) -> Self {
        Self {
            path,
            text: text.strip_prefix('\u{feff}').unwrap_or(text),
            at: 0,
            position: Position { line: 1, column: 1 },
            errors: Vec::new(),
        }
    }

    /// Notes an error. A second one at the same place would be about the same mistake.
    pub(crate) fn error(&mut self, position: Position, message: impl Into<String>) {
        let is_new = self
            .errors
            .last()
            .is_none_or(|last| last.position != position);
        if is_new && !self.gave_up() {
            self.errors.push(ParseError {
                path: self.path.to_owned(),
                position,
                message: message.into(),
            });
        }
    }

    /// Whether there are so many errors that nobody reads the next one.
    pub(crate) fn gave_up(&self) -> bool {
        self.errors.len() >= MAX_ERRORS
    }

    /// The next token; comments before it are passed over.
    pub(crate) fn next(&mut self) -> Token<'a> {
        loop {
            self.skip(is_space);
            if self.comment_begins() {
                self.comment();
            } else if let Some(token) = self.token() {
                return token;
            }
        }
    }

    /// The first token, and the comments before it.
    pub(crate) fn first(&mut self) -> (Token<'a>, Between) {
        let mut comments = Collector {
            detached_from_before: true,
            ..Collector::default()
        };
        let token = self.after_line(&mut comments, None, None);
        (token, comments.finish())
    }

    /// The next token, and the comments before it.
    ///
    /// Which of them belong to what is around them is `protoc`'s to decide: other people's tools show them so. See
    /// `NextWithComments` in its `io/tokenizer.h`.
    pub(crate) fn next_with_comments(&mut self) -> (Token<'a>, Between) {
        let line = self.position.line;
        let mut comments = Collector::default();
        let mut trailing_end = None;
        self.skip(is_blank);
        if self.comment_begins() {
            let comment = self.comment();
            let is_line = comment.is_line;
            comments.add(comment);
            // What stands on the lines that follow isn't a part of it.
            comments.flush();
            trailing_end = Some(self.position.line - u32::from(is_line));
            self.skip(is_blank);
        } else if self.peek() == Some(b'\n') {
            self.bump();
        } else {
            return (self.next(), Between::default());
        }
        let token = self.after_line(&mut comments, Some(line), trailing_end);
        (token, comments.finish())
    }

    /// Reads on from the line after the token before, which ended on `line`.
    fn after_line(
        &mut self,
        comments: &mut Collector,
        line: Option<u32>,
        trailing_end: Option<u32>,
    ) -> Token<'a> {
        loop {
            self.skip(is_blank);
            if self.comment_begins() {
                let comment = self.comment();
                let is_line = comment.is_line;
                comments.add(comment);
                if !is_line {
                    // The rest of its line isn't a blank one.
                    self.skip(is_blank);
                    if self.peek() == Some(b'\n') {
                        self.bump();
                    }
                }
            } else if self.peek() == Some(b'\n') {
                self.bump();
                comments.flush();
                comments.detached_from_before = true;
            } else {
                let token = self.next();
                if token.kind == Kind::End || ["}", "]", ")"].contains(&token.text) {
                    comments.flush();
                }
                let here = Some(self.position.line);
                if token.kind != Kind::End && (line == here || trailing_end == here) {
                    comments.detach_a_single_one();
                }
                return token;
            }
        }
    }

    /// What stands here, unless that is none.
    fn token(&mut self) -> Option<Token<'a>> {
        let (start, from) = (self.position, self.at);
        let kind = match self.peek() {
            _ if self.gave_up() => Kind::End,
            None => Kind::End,
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80..) => {
                self.skip(|byte| is_word(byte) || !byte.is_ascii());
                let word = &self.text[from..self.at];
                if !word.is_ascii() {
                    let message = format!(
                        "`{}` can't be a name: names have ASCII letters, digits and underscores",
                        word.escape_debug()
                    );
                    self.error(start, message);
                }
                Kind::Identifier
            }
            Some(b'0'..=b'9') => self.number(),
            Some(b'.') if self.peek_second().is_some_and(|byte| byte.is_ascii_digit()) => {
                self.number()
            }
            Some(quote @ (b'"' | b'\'')) => {
                self.string(quote, start);
                Kind::String
            }
            Some(byte) if byte.is_ascii_graphic() => {
                self.bump();
                Kind::Symbol
            }
            Some(byte) => {
                self.bump();
                let sign = char::from(byte).escape_debug();
                self.error(start, format!("`{sign}` can only stand in comments"));
                return None;
            }
        };
        let span = Span {
            start,
            end: self.position,
        };
        Some(Token {
            kind,
            text: &self.text[from..self.at],
            span,
        })
    }

    fn number(&mut self) -> Kind {
        let (start, from) = (self.position, self.at);
        let mut kind = Kind::Integer;
        let first = self.peek();
        let second = self.peek_second();
        if first == Some(b'0') && matches!(second, Some(b'x' | b'X')) {
            self.bump();
            self.bump();
            let digits = self.at;
            self.skip(|byte| byte.is_ascii_hexdigit());
            if self.at == digits {
                self.error(start, "expected hexadecimal digits after `0x`");
            }
        } else {
            self.skip(|byte| byte.is_ascii_digit());
            let octal = self.at - from > 1 && first == Some(b'0');
            if self.peek() == Some(b'.') {
                kind = Kind::Float;
                self.bump();
                self.skip(|byte| byte.is_ascii_digit());
            }
            if matches!(self.peek(), Some(b'e' | b'E')) {
                kind = Kind::Float;
                self.bump();
                if matches!(self.peek(), Some(b'-' | b'+')) {
                    self.bump();
                }
                let digits = self.at;
                self.skip(|byte| byte.is_ascii_digit());
                if self.at == digits {
                    self.error(start, "expected the digits of an exponent after `e`");
                }
            }
            let digits = &self.text[from..self.at];
            if octal && kind == Kind::Float {
                let message = format!(
                    "`{digits}` can't be a number: what begins with `0` is octal, and that has digits only"
                );
                self.error(start, message);
            } else if octal && digits.contains(['8', '9']) {
                let message = format!(
                    "`{digits}` can't be a number: what begins with `0` is octal, with digits up to 7"
                );
                self.error(start, message);
            }
        }
        if self.peek().is_some_and(is_word) || self.peek() == Some(b'.') {
            let end = self.at;
            self.skip(|byte| is_word(byte) || byte == b'.');
            let (number, rest) = (&self.text[from..end], &self.text[end..self.at]);
            let message = format!("expected a space or a sign between `{number}` and `{rest}`");
            self.error(start, message);
        }
        kind
    }

    fn string(&mut self, quote: u8, start: Position) {
        self.bump();
        loop {
            match self.peek() {
                None | Some(b'\n') => {
                    let quote = char::from(quote);
                    return self.error(
                        start,
                        format!(
                            "the string isn't closed: expected `{quote}` before the end of the line"
                        ),
                    );
                }
                Some(0) => {
                    let position = self.position;
                    self.error(position, "a string can't contain NUL: write `\\0`");
                    self.bump();
                }
                Some(byte) => {
                    self.bump();
                    if byte == quote {
                        return;
                    }
                    if byte == b'\\' && self.peek().is_some_and(|next| next != b'\n') {
                        self.bump();
                    }
                }
            }
        }
    }

    fn comment_begins(&self) -> bool {
        self.peek() == Some(b'/') && matches!(self.peek_second(), Some(b'/' | b'*'))
    }

    /// Reads the comment that begins here; with a line comment goes the end of its line.
    fn comment(&mut self) -> Comment {
        let start = self.position;
        let is_line = self.peek_second() == Some(b'/');
        self.bump();
        self.bump();
        let text = if is_line {
            let from = self.at;
            self.skip(|byte| byte != b'\n');
            if self.peek() == Some(b'\n') {
                self.bump();
            }
            self.text[from..self.at].to_owned()
        } else {
            self.block_comment(start)
        };
        Comment { is_line, text }
    }

    /// The text of a block comment. On each line after the first one, what is before and with a first asterisk isn't text.
    fn block_comment(&mut self, start: Position) -> String {
        let mut text = String::new();
        let mut from = self.at;
        loop {
            self.skip(|byte| !matches!(byte, b'*' | b'/' | b'\n'));
            let here = self.position;
            match (self.peek(), self.peek_second()) {
                (None, _) => {
                    text.push_str(&self.text[from..]);
                    self.error(start, "the comment isn't closed: expected `*/`");
                    return text;
                }
                (Some(b'\n'), _) => {
                    self.bump();
                    text.push_str(&self.text[from..self.at]);
                    self.skip(is_blank);
                    if self.peek() == Some(b'*') {
                        self.bump();
                        if self.peek() == Some(b'/') {
                            self.bump();
                            return text;
                        }
                    }
                    from = self.at;
                }
                (Some(b'*'), Some(b'/')) => {
                    text.push_str(&self.text[from..self.at]);
                    self.bump();
                    self.bump();
                    return text;
                }
                (Some(b'/'), Some(b'*')) => {
                    self.bump();
                    self.error(here, "comments can't be in each other: found `/*` in one");
                }
                _ => self.bump(),
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn peek_second(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at + 1).copied()
    }

    /// Goes on by a byte.
    fn bump(&mut self) {
        match self.peek() {
            None => return,
            Some(b'\n') => {
                self.position.line = self.position.line.saturating_add(1);
                self.position.column = 1;
            }
            // A character is counted where it begins.
            Some(0x80..=0xbf) => {}
            Some(_) => self.position.column = self.position.column.saturating_add(1),
        }
        self.at += 1;
    }

    /// Passes over what `wanted` says.
    fn skip(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&wanted) {
            self.bump();
        }
    }
}

struct Comment {
    is_line: bool,
    text: String,
}

/// Keeps the last comment until it is known where it belongs.
#[derive(Default)]
struct Collector {
    between: Between,
    current: Option<Comment>,
    /// Whether nothing more can belong to the token before.
    detached_from_before: bool,
    /// How many comments have their place.
    flushed: usize,
}

impl Collector {
    fn add(&mut self, comment: Comment) {
        match &mut self.current {
            Some(current) if current.is_line && comment.is_line => {
                current.text.push_str(&comment.text);
            }
            _ => {
                self.flush();
                self.current = Some(comment);
            }
        }
    }

    /// Gives the current comment its place, which isn't before the next token.
    fn flush(&mut self) {
        let Some(comment) = self.current.take() else {
            return;
        };
        self.flushed += 1;
        if self.detached_from_before {
            self.between.detached.push(comment.text);
        } else {
            self.between.trailing = Some(comment.text);
            self.detached_from_before = true;
        }
    }

    /// One comment with tokens on both sides in its line could belong to either, so it belongs to none.
    fn detach_a_single_one(&mut self) {
        if self.flushed + usize::from(self.current.is_some()) == 1 {
            if let Some(trailing) = self.between.trailing.take() {
                self.between.detached.insert(0, trailing);
            }
            self.detached_from_before = true;
            self.flush();
        }
    }

    fn finish(mut self) -> Between {
        self.between.leading = self.current.take().map(|comment| comment.text);
        self.between
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | 0x0b | 0x0c)
}

fn is_space(byte: u8) -> bool {
    byte == b'\n' || is_blank(byte)
}

fn is_word(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

/// After as many errors, a file isn't read further.
const MAX_ERRORS: usize = 20;
