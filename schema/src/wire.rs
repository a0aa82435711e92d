//! Just enough of protobuf's encoding to write descriptors.
//!
//! The macros depend on this crate, so it stands at the start of every build that uses them. Without dependencies of its
//! own it is done before `syn` is.

/// A message that is being encoded.
#[derive(Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Fields that are encoded already.
    pub(crate) fn raw(&mut self, fields: &[u8]) {
        self.bytes.extend(fields);
    }

    pub(crate) fn string(&mut self, number: i32, value: &str) {
        self.length_delimited(number, value.as_bytes());
    }

    pub(crate) fn int32(&mut self, number: i32, value: i32) {
        self.tag(number, VARINT);
        self.varint(value);
    }

    pub(crate) fn bool(&mut self, number: i32, value: bool) {
        self.int32(number, value.into());
    }

    /// A repeated field of `int32`, packed.
    pub(crate) fn packed(&mut self, number: i32, values: impl IntoIterator<Item = i32>) {
        self.message(number, |packed| {
            values.into_iter().for_each(|value| packed.varint(value))
        });
    }

    pub(crate) fn message(&mut self, number: i32, write: impl FnOnce(&mut Writer)) {
        let mut message = Writer::default();
        write(&mut message);
        self.length_delimited(number, &message.bytes);
    }

    fn length_delimited(&mut self, number: i32, value: &[u8]) {
        self.tag(number, LENGTH_DELIMITED);
        self.varint_u64(value.len() as u64);
        self.bytes.extend(value);
    }

    fn tag(&mut self, number: i32, wire_type: i32) {
        self.varint(number << 3 | wire_type);
    }

    /// Negative numbers take ten bytes, as protobuf wants it.
    fn varint(&mut self, value: i32) {
        self.varint_u64(i64::from(value).cast_unsigned());
    }

    fn varint_u64(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }
}

const VARINT: i32 = 0;
const LENGTH_DELIMITED: i32 = 2;
