//! `.proto` text.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| traitwire_fuzz::schema::proto_text(input));
