//! Messages in a body.

use traitwire::{Compression, Status, fuzzing};

use super::input::Input;

/// However a body is cut, the same messages are in it, and the same is wrong with it; none is longer than it may be.
///
/// The first three bytes choose the limit, the encoding and the cuts. The rest is the body.
pub fn framing(input: &[u8]) {
    let mut input = Input(input);
    let limits = fuzzing::Limits {
        max_message_len: 1 << (input.byte() % 16),
        accepted: vec![Compression::Gzip, Compression::Deflate, Compression::Zstd],
        encoding: [
            None,
            Some("gzip"),
            Some("deflate"),
            Some("zstd"),
            Some("br"),
        ][usize::from(input.byte() % 5)],
    };
    let mut cut = u32::from(input.byte());
    let body = input.0;
    let mut pieces = Vec::new();
    let mut rest = body;
    while !rest.is_empty() {
        // A linear congruential generator is random enough.
        cut = cut.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let len = ((cut >> 16) as usize % 40).min(rest.len());
        let (piece, later) = rest.split_at(len);
        pieces.push(piece);
        rest = later;
    }

    let (messages, end) = fuzzing::messages(&limits, [body], false);
    for message in &messages {
        assert!(message.len() <= limits.max_message_len);
    }
    let whole = (messages, text(end));
    for copied in [false, true] {
        let (messages, end) = fuzzing::messages(&limits, pieces.iter().copied(), copied);
        assert_eq!((messages, text(end)), whole, "copied: {copied}");
    }
    let one = fuzzing::one_message(&limits, pieces.iter().copied());
    match &whole {
        (messages, Ok(())) if messages.len() == 1 => assert_eq!(text(one), Ok(messages[0].clone())),
        _ => assert!(one.is_err(), "{one:?} of {whole:?}"),
    }
}

fn text<T>(result: Result<T, Status>) -> Result<T, String> {
    result.map_err(|status| status.to_string())
}
