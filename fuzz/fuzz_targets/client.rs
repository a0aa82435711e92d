//! A client whose peer and whose driver do anything.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| traitwire_fuzz::engine::client(input));
