//! The head of a request.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| traitwire_fuzz::runtime::request(input));
