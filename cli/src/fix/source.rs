//! A file's text, and what it would be with insertions.

/// The text of a Rust file.
pub(super) struct Source {
    pub(super) text: String,
    /// Where the Rust in it begins, behind a byte order mark and the line for the shell.
    pub(super) start: usize,
}

impl Source {
    pub(super) fn new(text: String) -> Self {
        let mut start = if text.starts_with(BYTE_ORDER_MARK) {
            BYTE_ORDER_MARK.len_utf8()
        } else {
            0
        };
        // `#![` is an attribute, and so is `#! [`.
        let shell = text[start..].strip_prefix("#!");
        if shell.is_some_and(|rest| !rest.trim_start().starts_with('[')) {
            start += text[start..].find('\n').unwrap_or(text.len() - start);
        }
        Self { text, start }
    }

    /// What a parser is to see.
    pub(super) fn rust(&self) -> &str {
        &self.text[self.start..]
    }

    /// What stands in front of `offset` in its line.
    pub(super) fn line_before(&self, offset: usize) -> &str {
        let before = &self.text[..offset];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        &before[start..]
    }

    /// The end of the line that `offset` is in, as it is there; that of the line before it, where the file ends.
    pub(super) fn line_end(&self, offset: usize) -> &'static str {
        let end = self.text[offset..].find('\n').map(|at| offset + at);
        let end = end.or_else(|| self.text[..offset].rfind('\n'));
        match end {
            Some(end) if self.text[..end].ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }

    /// The text with others inserted, each at its offset.
    pub(super) fn with(&self, mut insertions: Vec<(usize, String)>) -> String {
        insertions.sort_by_key(|(offset, _)| *offset);
        let mut text = String::with_capacity(self.text.len() + 16 * insertions.len());
        let mut done = 0;
        for (offset, insertion) in insertions {
            text.push_str(&self.text[done..offset]);
            text.push_str(&insertion);
            done = offset;
        }
        text.push_str(&self.text[done..]);
        text
    }
}

const BYTE_ORDER_MARK: char = '\u{feff}';
