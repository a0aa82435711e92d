//! Header blocks.

use traitwire_engine::hpack::{Decoder, Encoder, Indexing, ListSize};

use super::input::Input;

/// Decodes blocks, and has what came of them encoded and decoded again.
///
/// A step is 0 and a limit for the table, or anything else and a block with its length.
pub fn hpack(input: &[u8]) {
    let mut input = Input(input);
    let max_list = 1 << (input.byte() % 16);
    let mut limit = MAX_TABLE;
    let mut decoder = Decoder::new(limit, &["grpc-timeout", "x-custom"]);
    let mut encoder = Encoder::new(MAX_TABLE);
    let mut again = Decoder::new(MAX_TABLE, &[]);
    while !input.is_empty() {
        if input.byte() == 0 {
            limit = input.number() % (MAX_TABLE + 1);
            decoder.set_max_table_size(limit);
            continue;
        }
        let len = input.number();
        let block = input.bytes(len);
        let mut list = Vec::new();
        let mut size = 0;
        let decoded = decoder.decode(block, max_list, &mut |field| {
            size += field.name.len() + field.value.len() + 32;
            list.push((field.name.to_vec(), field.value.to_vec(), field.sensitive));
        });
        assert!(
            size <= max_list,
            "a list of {size}, the limit is {max_list}"
        );
        match decoded {
            // A limit that the peer hasn't heard of yet holds from its next block on.
            Ok(ListSize::Fits | ListSize::TooLarge) => assert!(decoder.table_size() <= limit),
            Err(_) => return,
        }

        let mut block = Vec::new();
        encoder.start_block(&mut block);
        for (name, value, sensitive) in &list {
            let indexing = match sensitive {
                true => Indexing::Never,
                false => Indexing::Auto,
            };
            encoder.field(&mut block, name, value, indexing);
        }
        let mut fields = list.iter();
        let decoded = again.decode(&block, usize::MAX, &mut |field| {
            let (name, value, sensitive) = fields.next().expect("no more fields than before");
            assert_eq!((field.name, field.value), (&name[..], &value[..]));
            assert_eq!(field.sensitive, *sensitive);
        });
        assert_eq!(decoded, Ok(ListSize::Fits));
        assert!(fields.next().is_none(), "no fewer fields than before");
    }
}

/// SETTINGS_HEADER_TABLE_SIZE, unless it is changed.
const MAX_TABLE: usize = 4096;
