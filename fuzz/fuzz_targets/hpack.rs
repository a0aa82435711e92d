//! The decoder of header blocks, and the encoder with what it made of them.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| traitwire_fuzz::engine::hpack(input));
