//! `grpc-timeout`.

use traitwire::fuzzing;

/// What can be read is written so that it is read as no less, and from then on as the same. The input is the text.
pub fn timeout(input: &[u8]) {
    let Ok(timeout) = fuzzing::timeout(input) else {
        return;
    };
    let written = fuzzing::timeout_text(timeout);
    assert!(written.len() <= 9, "{written}");
    let again = fuzzing::timeout(written.as_bytes()).expect("our own text");
    assert!(again >= timeout, "{again:?} of {timeout:?}");
    assert_eq!(fuzzing::timeout_text(again), written);
}
