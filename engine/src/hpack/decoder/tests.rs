use expect_test::{Expect, expect};

use super::*;

/// What comes of blocks that follow each other, and what the table holds in the end.
#[track_caller]
fn check(blocks: &[&str], expect: Expect) {
    check_with(&mut Decoder::new(4096, &[]), blocks, usize::MAX, expect);
}

#[track_caller]
fn check_with(decoder: &mut Decoder, blocks: &[&str], max_list_size: usize, expect: Expect) {
    let mut text = String::new();
    for block in blocks {
        let done = decoder.decode(&unhex(block), max_list_size, &mut |field| {
            text += &line(field.name, field.value);
            text += if field.sensitive { " (sensitive)" } else { "" };
            text += if field.well_formed {
                "\n"
            } else {
                " (malformed)\n"
            };
        });
        match done {
            Ok(ListSize::Fits) => {}
            Ok(ListSize::TooLarge) => text += "too large\n",
            Err(error) => text += &format!("error: {error}\n"),
        }
    }
    for index in 0..decoder.table.len() {
        let entry = decoder.table.get(index).expect("it is there");
        let (name, value) = (decoder.table.name(entry), decoder.table.value(entry));
        let size = entry.size();
        text += &format!("[{}] (s = {size}) {}\n", index + 1, line(name, value));
    }
    text += &format!(
        "{} of {} bytes\n",
        decoder.table_size(),
        decoder.table.max_size()
    );
    expect.assert_eq(&text);
}

fn line(name: &[u8], value: &[u8]) -> String {
    format!("{}: {}", name.escape_ascii(), value.escape_ascii())
        .trim_end()
        .to_owned()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    digits
        .chunks(2)
        .map(|pair| (pair[0] << 4 | pair[1]) as u8)
        .collect()
}

// The examples of RFC 7541, appendix C.

#[test]
fn c_2_1_literal_with_indexing() {
    let block = "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572";
    check(
        &[block],
        expect![[r#"
            custom-key: custom-header
            [1] (s = 55) custom-key: custom-header
            55 of 4096 bytes
        "#]],
    );
}

#[test]
fn c_2_2_literal_without_indexing() {
    check(
        &["040c 2f73 616d 706c 652f 7061 7468"],
        expect![[r#"
            :path: /sample/path
            0 of 4096 bytes
        "#]],
    );
}

#[test]
fn c_2_3_literal_never_indexed() {
    check(
        &["1008 7061 7373 776f 7264 0673 6563 7265 74"],
        expect![[r#"
            password: secret (sensitive)
            0 of 4096 bytes
        "#]],
    );
}

#[test]
fn c_2_4_indexed() {
    check(
        &["82"],
        expect![[r#"
            :method: GET
            0 of 4096 bytes
        "#]],
    );
}

const C_3: [&str; 3] = [
    "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
    "8286 84be 5808 6e6f 2d63 6163 6865",
    "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
];

#[test]
fn c_3_requests_without_huffman() {
    check(
        &C_3[..1],
        expect![[r#"
            :method: GET
            :scheme: http
            :path: /
            :authority: www.example.com
            [1] (s = 57) :authority: www.example.com
            57 of 4096 bytes
        "#]],
    );
    check(
        &C_3[..2],
        expect![[r#"
            :method: GET
            :scheme: http
            :path: /
            :authority: www.example.com
            :method: GET
            :scheme: http
            :path: /
            :authority: www.example.com
            cache-control: no-cache
            [1] (s = 53) cache-control: no-cache
            [2] (s = 57) :authority: www.example.com
            110 of 4096 bytes
        "#]],
    );
    check(
        &C_3,
        expect![[r#"
            :method: GET
            :scheme: http
            :path: /
            :authority: www.example.com
            :method: GET
            :scheme: http
            :path: /
            :authority: www.example.com
            cache-control: no-cache
            :method: GET
            :scheme: https
            :path: /index.html
            :authority: www.example.com
            custom-key: custom-value
            [1] (s = 54) custom-key: custom-value
            [2] (s = 53) cache-control: no-cache
            [3] (s = 57) :authority: www.example.com
            164 of 4096 bytes
        "#]],
    );
}

#[test]
fn c_4_requests_with_huffman() {
    let blocks = [
        "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
        "8286 84be 5886 a8eb 1064 9cbf",
        "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
    ];
    check(
        &blocks[..1],
        expect![[r#"
            :method: GET
            :scheme: http
            :path: /
            :authority: www.example.com
            [1] (s = 57) :authority: www.example.com
            57 of 4096 bytes
        "#]],
    );
    check(
        &blocks[..2],
        expect![[r#"
            :method: GET
            :scheme: http
            :path: /
            :authority: www.example.com
            :method: GET
            :scheme: http
            :path: /
            :authority: www.example.com
            cache-control: no-cache
            [1] (s = 53) cache-control: no-cache
            [2] (s = 57) :authority: www.example.com
            110 of 4096 bytes
        "#]],
    );
    check(
        &blocks,
        expect![[r#"
            :method: GET
            :scheme: http
            :path: /
            :authority: www.example.com
            :method: GET
            :scheme: http
            :path: /
            :authority: www.example.com
            cache-control: no-cache
            :method: GET
            :scheme: https
            :path: /index.html
            :authority: www.example.com
            custom-key: custom-value
            [1] (s = 54) custom-key: custom-value
            [2] (s = 53) cache-control: no-cache
            [3] (s = 57) :authority: www.example.com
            164 of 4096 bytes
        "#]],
    );
}

/// The examples with responses have a table of 256 bytes.
const TABLE_OF_256: &str = "3fe1 01";

#[test]
fn c_5_responses_without_huffman() {
    let blocks = [
        TABLE_OF_256,
        "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 \
         303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 \
         6f6d",
        "4803 3330 37c1 c0bf",
        "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 \
         5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 \
         5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
    ];
    check(
        &blocks[..2],
        expect![[r#"
            :status: 302
            cache-control: private
            date: Mon, 21 Oct 2013 20:13:21 GMT
            location: https://www.example.com
            [1] (s = 63) location: https://www.example.com
            [2] (s = 65) date: Mon, 21 Oct 2013 20:13:21 GMT
            [3] (s = 52) cache-control: private
            [4] (s = 42) :status: 302
            222 of 256 bytes
        "#]],
    );
    check(
        &blocks[..3],
        expect![[r#"
            :status: 302
            cache-control: private
            date: Mon, 21 Oct 2013 20:13:21 GMT
            location: https://www.example.com
            :status: 307
            cache-control: private
            date: Mon, 21 Oct 2013 20:13:21 GMT
            location: https://www.example.com
            [1] (s = 42) :status: 307
            [2] (s = 63) location: https://www.example.com
            [3] (s = 65) date: Mon, 21 Oct 2013 20:13:21 GMT
            [4] (s = 52) cache-control: private
            222 of 256 bytes
        "#]],
    );
    check(
        &blocks,
        expect![[r#"
            :status: 302
            cache-control: private
            date: Mon, 21 Oct 2013 20:13:21 GMT
            location: https://www.example.com
            :status: 307
            cache-control: private
            date: Mon, 21 Oct 2013 20:13:21 GMT
            location: https://www.example.com
            :status: 200
            cache-control: private
            date: Mon, 21 Oct 2013 20:13:22 GMT
            location: https://www.example.com
            content-encoding: gzip
            set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1
            [1] (s = 98) set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1
            [2] (s = 52) content-encoding: gzip
            [3] (s = 65) date: Mon, 21 Oct 2013 20:13:22 GMT
            215 of 256 bytes
        "#]],
    );
}

#[test]
fn c_6_responses_with_huffman() {
    let blocks = [
        TABLE_OF_256,
        "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b \
         ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
        "4883 640e ffc1 c0bf",
        "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad \
         94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 \
         65c0 03ed 4ee5 b106 3d50 07",
    ];
    check(
        &blocks[..2],
        expect![[r#"
            :status: 302
            cache-control: private
            date: Mon, 21 Oct 2013 20:13:21 GMT
            location: https://www.example.com
            [1] (s = 63) location: https://www.example.com
            [2] (s = 65) date: Mon, 21 Oct 2013 20:13:21 GMT
            [3] (s = 52) cache-control: private
            [4] (s = 42) :status: 302
            222 of 256 bytes
        "#]],
    );
    check(
        &blocks[..3],
        expect![[r#"
            :status: 302
            cache-control: private
            date: Mon, 21 Oct 2013 20:13:21 GMT
            location: https://www.example.com
            :status: 307
            cache-control: private
            date: Mon, 21 Oct 2013 20:13:21 GMT
            location: https://www.example.com
            [1] (s = 42) :status: 307
            [2] (s = 63) location: https://www.example.com
            [3] (s = 65) date: Mon, 21 Oct 2013 20:13:21 GMT
            [4] (s = 52) cache-control: private
            222 of 256 bytes
        "#]],
    );
    check(
        &blocks,
        expect![[r#"
            :status: 302
            cache-control: private
            date: Mon, 21 Oct 2013 20:13:21 GMT
            location: https://www.example.com
            :status: 307
            cache-control: private
            date: Mon, 21 Oct 2013 20:13:21 GMT
            location: https://www.example.com
            :status: 200
            cache-control: private
            date: Mon, 21 Oct 2013 20:13:22 GMT
            location: https://www.example.com
            content-encoding: gzip
            set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1
            [1] (s = 98) set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1
            [2] (s = 52) content-encoding: gzip
            [3] (s = 65) date: Mon, 21 Oct 2013 20:13:22 GMT
            215 of 256 bytes
        "#]],
    );
}

#[test]
fn a_block_may_be_empty() {
    check(
        &[""],
        expect![[r#"
            0 of 4096 bytes
        "#]],
    );
}

#[test]
fn a_block_may_not_end_within_a_field() {
    // Within an index.
    check(
        &["82", "ff"],
        expect![[r#"
            :method: GET
            error: the header block ends within a field
            0 of 4096 bytes
        "#]],
    );
    check(
        &["ff80"],
        expect![[r#"
            error: the header block ends within a field
            0 of 4096 bytes
        "#]],
    );
    // Before and within a name.
    check(
        &["40"],
        expect![[r#"
            error: the header block ends within a field
            0 of 4096 bytes
        "#]],
    );
    check(
        &["4002 61"],
        expect![[r#"
            error: the header block ends within a field
            0 of 4096 bytes
        "#]],
    );
    // Before and within a value.
    check(
        &["4001 61"],
        expect![[r#"
            error: the header block ends within a field
            0 of 4096 bytes
        "#]],
    );
    check(
        &["4001 61ff"],
        expect![[r#"
            error: the header block ends within a field
            0 of 4096 bytes
        "#]],
    );
    check(
        &["4001 6102 61"],
        expect![[r#"
            error: the header block ends within a field
            0 of 4096 bytes
        "#]],
    );
    check(
        &["418c f1"],
        expect![[r#"
            error: the header block ends within a field
            0 of 4096 bytes
        "#]],
    );
}

#[test]
fn an_index_has_to_be_in_a_table() {
    check(
        &["80"],
        expect![[r#"
            error: no header field has the index 0
            0 of 4096 bytes
        "#]],
    );
    check(
        &["be"],
        expect![[r#"
            error: no header field has the index 62
            0 of 4096 bytes
        "#]],
    );
    check(
        &[C_3[0], "be", "bf"],
        expect![[r#"
            :method: GET
            :scheme: http
            :path: /
            :authority: www.example.com
            :authority: www.example.com
            error: no header field has the index 63
            [1] (s = 57) :authority: www.example.com
            57 of 4096 bytes
        "#]],
    );
    check(
        &["7e01 61"],
        expect![[r#"
            error: no header field has the index 62
            0 of 4096 bytes
        "#]],
    );
    check(
        &["0f2f 0161"],
        expect![[r#"
            error: no header field has the index 62
            0 of 4096 bytes
        "#]],
    );
    check(
        &["ff80 ffff ff0f"],
        expect![[r#"
            error: no header field has the index 4294967295
            0 of 4096 bytes
        "#]],
    );
}

#[test]
fn an_integer_has_an_end() {
    check(
        &["ff80 8080 8080 00"],
        expect![[r#"
            error: an integer of the header block is too large
            0 of 4096 bytes
        "#]],
    );
    check(
        &["ffff ffff ff7f"],
        expect![[r#"
            error: an integer of the header block is too large
            0 of 4096 bytes
        "#]],
    );
    check(
        &["417f ffff ffff 7f"],
        expect![[r#"
            error: an integer of the header block is too large
            0 of 4096 bytes
        "#]],
    );
}

#[test]
fn a_length_costs_nothing() {
    check(
        &["417f ffff ff7f"],
        expect![[r#"
            error: the header block ends within a field
            0 of 4096 bytes
        "#]],
    );
    check(
        &["41ff ffff ff7f"],
        expect![[r#"
            error: the header block ends within a field
            0 of 4096 bytes
        "#]],
    );
}

#[test]
fn eos_is_no_symbol() {
    // Alone, and after `a`.
    check(
        &["4184 ffff fffc"],
        expect![[r#"
            error: a Huffman-encoded string contains EOS
            0 of 4096 bytes
        "#]],
    );
    check(
        &["4185 1fff ffff ff"],
        expect![[r#"
            error: a Huffman-encoded string contains EOS
            0 of 4096 bytes
        "#]],
    );
}

#[test]
fn padding_is_at_most_seven_ones() {
    // `a` with three ones, with a zero among them, and with a byte more.
    check(
        &["4181 1f"],
        expect![[r#"
            :authority: a
            [1] (s = 43) :authority: a
            43 of 4096 bytes
        "#]],
    );
    check(
        &["4181 1b"],
        expect![[r#"
            error: the padding of a Huffman-encoded string isn't at most seven ones
            0 of 4096 bytes
        "#]],
    );
    check(
        &["4181 18"],
        expect![[r#"
            error: the padding of a Huffman-encoded string isn't at most seven ones
            0 of 4096 bytes
        "#]],
    );
    check(
        &["4182 1fff"],
        expect![[r#"
            error: the padding of a Huffman-encoded string isn't at most seven ones
            0 of 4096 bytes
        "#]],
    );
    // Nothing but padding.
    check(
        &["4181 ff"],
        expect![[r#"
            error: the padding of a Huffman-encoded string isn't at most seven ones
            0 of 4096 bytes
        "#]],
    );
    // Eight symbols of five bits need none.
    check(
        &["4185 18c6 318c 63"],
        expect![[r#"
            :authority: aaaaaaaa
            [1] (s = 50) :authority: aaaaaaaa
            50 of 4096 bytes
        "#]],
    );
    check(
        &["4186 18c6 318c 63ff"],
        expect![[r#"
            error: the padding of a Huffman-encoded string isn't at most seven ones
            0 of 4096 bytes
        "#]],
    );
    // NUL, which has 13 bits, with ones and with zeros.
    check(
        &["4182 ffc7"],
        expect![[r#"
            :authority: \x00 (malformed)
            [1] (s = 43) :authority: \x00
            43 of 4096 bytes
        "#]],
    );
    check(
        &["4182 ffc0"],
        expect![[r#"
            error: the padding of a Huffman-encoded string isn't at most seven ones
            0 of 4096 bytes
        "#]],
    );
}

#[test]
fn a_field_that_came_in_malformed_stays_so() {
    let malformed_name = "4001 4101 61 be 7e01 62";
    check(
        &[malformed_name],
        expect![[r#"
            A: a (malformed)
            A: a (malformed)
            A: b (malformed)
            [1] (s = 34) A: b
            [2] (s = 34) A: a
            68 of 4096 bytes
        "#]],
    );
    let malformed_value = "4001 6101 00 be 7e01 62";
    check(
        &[malformed_value],
        expect![[r#"
            a: \x00 (malformed)
            a: \x00 (malformed)
            a: b
            [1] (s = 34) a: b
            [2] (s = 34) a: \x00
            68 of 4096 bytes
        "#]],
    );
    // NUL, encoded.
    check(
        &["4001 6182 ffc7 be"],
        expect![[r#"
            a: \x00 (malformed)
            a: \x00 (malformed)
            [1] (s = 34) a: \x00
            34 of 4096 bytes
        "#]],
    );
}

#[test]
fn the_name_of_an_entry_survives_its_eviction() {
    // A table of 64 bytes: the second entry has the first one's name, and takes its place.
    check(
        &["3f21", "4003 6162 6301 78", "7e02 7879"],
        expect![[r#"
            abc: x
            abc: xy
            [1] (s = 37) abc: xy
            37 of 64 bytes
        "#]],
    );
}

#[test]
fn an_entry_may_fill_the_table() {
    check(
        &["3f03", "4001 6101 78 be"],
        expect![[r#"
            a: x
            a: x
            [1] (s = 34) a: x
            34 of 34 bytes
        "#]],
    );
}

#[test]
fn an_entry_larger_than_the_table_empties_it() {
    check(
        &["3f03", "4001 6101 78", "4001 6102 7879", "be"],
        expect![[r#"
            a: x
            a: xy
            error: no header field has the index 62
            0 of 34 bytes
        "#]],
    );
    check(
        &["3f03", "4001 6101 78", "7e02 7879", "4001 6100"],
        expect![[r#"
            a: x
            a: xy
            a:
            [1] (s = 33) a:
            33 of 34 bytes
        "#]],
    );
    check(
        &["20", "4001 6100"],
        expect![[r#"
            a:
            0 of 0 bytes
        "#]],
    );
}

#[test]
fn a_smaller_table_evicts_the_oldest() {
    let entries = "4001 6101 31 4001 6201 32 4001 6301 33";
    check(
        &[entries, "3f45"],
        expect![[r#"
            a: 1
            b: 2
            c: 3
            [1] (s = 34) c: 3
            [2] (s = 34) b: 2
            68 of 100 bytes
        "#]],
    );
    check(
        &[entries, "3f27"],
        expect![[r#"
            a: 1
            b: 2
            c: 3
            [1] (s = 34) c: 3
            [2] (s = 34) b: 2
            68 of 70 bytes
        "#]],
    );
    check(
        &[entries, "203f e11f"],
        expect![[r#"
            a: 1
            b: 2
            c: 3
            0 of 4096 bytes
        "#]],
    );
}

#[test]
fn sizes_come_before_fields_and_within_the_limit() {
    check(
        &["203f e11f 82"],
        expect![[r#"
            :method: GET
            0 of 4096 bytes
        "#]],
    );
    check(
        &["8220"],
        expect![[r#"
            :method: GET
            error: the header table's size changes within a block
            0 of 4096 bytes
        "#]],
    );
    check(
        &["3fe2 1f"],
        expect![[r#"
            error: header table of 4097 bytes, the limit is 4096
            0 of 4096 bytes
        "#]],
    );
}

#[test]
fn the_limit_of_the_table_can_change() {
    let mut decoder = Decoder::new(4096, &[]);
    check_with(
        &mut decoder,
        &[C_3[0]],
        usize::MAX,
        expect![[r#"
            :method: GET
            :scheme: http
            :path: /
            :authority: www.example.com
            [1] (s = 57) :authority: www.example.com
            57 of 4096 bytes
        "#]],
    );
    decoder.set_max_table_size(100);
    decoder.set_max_table_size(200);
    // To 200, 100.
    check_with(
        &mut decoder,
        &["3fa9 01"],
        usize::MAX,
        expect![[r#"
            error: the header table's size is still above the new limit
            [1] (s = 57) :authority: www.example.com
            57 of 200 bytes
        "#]],
    );
    check_with(
        &mut decoder,
        &["3f45 3fa9 01be"],
        usize::MAX,
        expect![[r#"
            :authority: www.example.com
            [1] (s = 57) :authority: www.example.com
            57 of 200 bytes
        "#]],
    );
    check_with(
        &mut decoder,
        &["3faa 01"],
        usize::MAX,
        expect![[r#"
            error: header table of 201 bytes, the limit is 200
            [1] (s = 57) :authority: www.example.com
            57 of 200 bytes
        "#]],
    );
    decoder.set_max_table_size(100_000);
    check_with(
        &mut decoder,
        &["be"],
        usize::MAX,
        expect![[r#"
            :authority: www.example.com
            [1] (s = 57) :authority: www.example.com
            57 of 200 bytes
        "#]],
    );
    check_with(
        &mut decoder,
        &["3f81 8d06 be"],
        usize::MAX,
        expect![[r#"
            :authority: www.example.com
            [1] (s = 57) :authority: www.example.com
            57 of 100000 bytes
        "#]],
    );
}

#[test]
fn a_smaller_limit_has_to_be_followed() {
    let mut decoder = Decoder::new(4096, &[]);
    decoder.set_max_table_size(0);
    check_with(
        &mut decoder,
        &["82"],
        usize::MAX,
        expect![[r#"
            error: the header table's size is still above the new limit
            0 of 4096 bytes
        "#]],
    );
}

#[test]
fn a_smaller_limit_that_holds_anyway_needs_no_word() {
    let mut decoder = Decoder::new(4096, &[]);
    check_with(
        &mut decoder,
        &["20"],
        usize::MAX,
        expect![[r#"
            0 of 0 bytes
        "#]],
    );
    decoder.set_max_table_size(100);
    check_with(
        &mut decoder,
        &["82"],
        usize::MAX,
        expect![[r#"
            :method: GET
            0 of 0 bytes
        "#]],
    );
}

#[test]
fn a_list_is_visited_up_to_its_limit_and_decoded_to_its_end() {
    // Fields of 42 bytes, then one of 34.
    let check = |blocks: &[&str], expect| {
        check_with(&mut Decoder::new(4096, &[]), blocks, 4 * 42, expect);
    };
    check(
        &["8282 8282"],
        expect![[r#"
            :method: GET
            :method: GET
            :method: GET
            :method: GET
            0 of 4096 bytes
        "#]],
    );
    check(
        &["8282 8282 4001 6101 6282", "be"],
        expect![[r#"
            :method: GET
            :method: GET
            :method: GET
            :method: GET
            too large
            a: b
            [1] (s = 34) a: b
            34 of 4096 bytes
        "#]],
    );
    check(
        &["8282 8240 0161 0162 82", "be"],
        expect![[r#"
            :method: GET
            :method: GET
            :method: GET
            a: b
            too large
            a: b
            [1] (s = 34) a: b
            34 of 4096 bytes
        "#]],
    );
    check(
        &["8282 8282 8220"],
        expect![[r#"
            :method: GET
            :method: GET
            :method: GET
            :method: GET
            error: the header table's size changes within a block
            0 of 4096 bytes
        "#]],
    );
}

#[test]
fn the_generation_is_that_of_the_table() {
    let mut decoder = Decoder::new(4096, &[]);
    let mut changes = |block: &str| {
        let before = decoder.generation();
        decoder
            .decode(&unhex(block), 4096, &mut |_| {})
            .expect("the block is correct");
        before != decoder.generation()
    };
    assert!(!changes("82"));
    assert!(!changes("0401 61"));
    assert!(changes("4101 61"));
    assert!(!changes("be"));
    assert!(!changes("3fe1 1f be"));
    assert!(changes("3fe0 1f be"));
    assert!(changes("203f e01f"));
    let before = decoder.generation();
    decoder.set_max_table_size(5000);
    assert_ne!(decoder.generation(), before);
}

#[test]
fn a_literal_is_the_same_each_time() {
    // `:path` and `:authority`, once more and once more.
    let path = "0495 6272 d141 fc1e ca24 5f15 852a 4b63 1b87 eb19 68a0 ff";
    let malformed = "018d 1a94 1aa2 ffff fff8 7954 4f83 ff";
    let block = format!("{path} {malformed}");
    check(
        &[&block, &block, &block, &block],
        expect![[r#"
            :path: /helloworld.Greeter/SayHello
            :authority: a line\nof two (malformed)
            :path: /helloworld.Greeter/SayHello
            :authority: a line\nof two (malformed)
            :path: /helloworld.Greeter/SayHello
            :authority: a line\nof two (malformed)
            :path: /helloworld.Greeter/SayHello
            :authority: a line\nof two (malformed)
            0 of 4096 bytes
        "#]],
    );
}

#[test]
fn ids_are_told_apart() {
    let mut decoder = Decoder::new(4096, &["custom-key"]);
    let mut ids = Vec::new();
    let block = "82 400a 6375 7374 6f6d 2d6b 6579 0161 be 7e01 62 4001 6101 62 be 0002 7465 0161";
    let mut visit = |field: Field<'_>| ids.push(field.id);
    decoder
        .decode(&unhex(block), 4096, &mut visit)
        .expect("the block is correct");
    let (custom, other) = (NameId::custom(0), NameId::OTHER);
    assert_eq!(
        ids,
        [
            NameId::METHOD,
            custom,
            custom,
            custom,
            other,
            other,
            NameId::TE
        ]
    );
}
