//! Protobuf's JSON.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| traitwire_fuzz::runtime::json(input));
