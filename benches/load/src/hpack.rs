//! Header blocks as the h2 crate, and so tonic's and traitwire's clients, would encode them.

use std::collections::VecDeque;

/// The state that a connection's two ends share.
#[derive(Default)]
pub(crate) struct Encoder {
    /// The newest field comes first.
    table: VecDeque<(String, String)>,
    size: usize,
}

impl Encoder {
    /// Forgets all fields, and tells the other end to: the table shrinks to nothing, and grows again.
    pub(crate) fn forget(&mut self, block: &mut Vec<u8>) {
        *self = Self::default();
        integer(block, 0x20, 5, 0);
        integer(block, 0x20, 5, TABLE_SIZE);
    }

    /// A field of the static table, by its number there.
    pub(crate) fn known(&self, index: usize, block: &mut Vec<u8>) {
        integer(block, 0x80, 7, index);
    }

    /// The path: it stays out of the table, as paths may be many.
    pub(crate) fn path(&self, path: &str, block: &mut Vec<u8>) {
        integer(block, 0x00, 4, STATIC_PATH);
        string(block, path);
    }

    /// Any other field: an index if the table has it, and into the table if not.
    pub(crate) fn field(&mut self, name: &str, value: &str, block: &mut Vec<u8>) {
        let found = self.table.iter().position(|(n, v)| n == name && v == value);
        if let Some(position) = found {
            return integer(block, 0x80, 7, STATIC_LEN + 1 + position);
        }
        let same_name = self.table.iter().position(|(n, _)| n == name);
        match static_name(name).or(same_name.map(|position| STATIC_LEN + 1 + position)) {
            Some(index) => integer(block, 0x40, 6, index),
            None => {
                block.push(0x40);
                string(block, name);
            }
        }
        string(block, value);
        self.insert(name, value);
    }

    /// A field as it is, which stays out of the table.
    pub(crate) fn plain(&self, name: &str, value: &str, block: &mut Vec<u8>) {
        block.push(0x00);
        for part in [name, value] {
            integer(block, 0x00, 7, part.len());
            block.extend(part.as_bytes());
        }
    }

    fn insert(&mut self, name: &str, value: &str) {
        self.size += entry_size(name, value);
        self.table.push_front((name.to_owned(), value.to_owned()));
        while self.size > TABLE_SIZE {
            let Some((name, value)) = self.table.pop_back() else {
                return;
            };
            self.size -= entry_size(&name, &value);
        }
    }
}

/// As RFC 7541 counts it in section 4.1.
fn entry_size(name: &str, value: &str) -> usize {
    name.len() + value.len() + 32
}

fn static_name(name: &str) -> Option<usize> {
    match name {
        ":authority" => Some(1),
        "content-type" => Some(31),
        "user-agent" => Some(58),
        _ => None,
    }
}

fn integer(block: &mut Vec<u8>, pattern: u8, prefix: u32, value: usize) {
    let most = (1 << prefix) - 1;
    if value < most {
        return block.push(pattern | value as u8);
    }
    block.push(pattern | most as u8);
    let mut rest = value - most;
    while rest > 0x7f {
        block.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    block.push(rest as u8);
}

fn string(block: &mut Vec<u8>, value: &str) {
    let mut short = Vec::new();
    httlib_huffman::encode(value.as_bytes(), &mut short).expect("every byte has a code");
    if short.len() < value.len() {
        integer(block, 0x80, 7, short.len());
        block.extend(short);
    } else {
        integer(block, 0x00, 7, value.len());
        block.extend(value.as_bytes());
    }
}

/// What a decoder has unless it says otherwise.
pub(crate) const TABLE_SIZE: usize = 4096;
const STATIC_LEN: usize = 61;
const STATIC_PATH: usize = 4;

/// `:method: POST` in the static table.
pub(crate) const METHOD_POST: usize = 3;
/// `:scheme: http` in the static table.
pub(crate) const SCHEME_HTTP: usize = 6;

#[cfg(test)]
mod tests {
    use super::Encoder;

    fn block(encoder: &mut Encoder, fields: &[(&str, &str)]) -> Vec<u8> {
        let mut block = Vec::new();
        for (name, value) in fields {
            encoder.field(name, value, &mut block);
        }
        block
    }

    #[test]
    fn a_field_is_an_index_from_the_second_time_on() {
        let mut encoder = Encoder::default();
        let fields = [("te", "trailers"), ("x-user", "7")];
        assert!(block(&mut encoder, &fields).len() > 2);
        // The newest field has the first number behind the static table's 61.
        assert_eq!(block(&mut encoder, &fields), [0x80 | 63, 0x80 | 62]);
    }

    #[test]
    fn what_the_table_has_no_room_for_is_sent_again() {
        let mut encoder = Encoder::default();
        let first = block(&mut encoder, &[("te", "trailers")]);
        for n in 0..200 {
            block(&mut encoder, &[("x-many", &n.to_string())]);
        }
        assert!(encoder.size <= super::TABLE_SIZE);
        assert_eq!(block(&mut encoder, &[("te", "trailers")]), first);
    }
}
