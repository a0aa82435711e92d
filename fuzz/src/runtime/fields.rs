//! Fields of HTTP: metadata, requests, and how calls end.

use std::collections::HashSet;

use traitwire::{Metadata, Status, fuzzing};

use super::input::Input;

type Fields = Vec<(Vec<u8>, Vec<u8>)>;

/// Fields from the wire, as HTTP/2 lets them through: a byte that chooses a name or says how long it is, the name, the
/// length of the value in a byte, the value.
fn fields(input: &[u8]) -> Fields {
    let mut input = Input(input);
    let mut fields = Vec::new();
    while !input.is_empty() {
        let choice = usize::from(input.byte());
        let name = match NAMES.get(choice) {
            Some(name) => name.as_bytes(),
            None => input.bytes(choice % 24),
        };
        let len = usize::from(input.byte());
        let value = input.bytes(len);
        let is_name = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.~!".contains(b);
        let is_value = |b: &u8| !b"\0\r\n".contains(b);
        // What HTTP/2 refuses, and what it has no place for.
        let known = !name.is_empty() && name.iter().all(is_name) && value.iter().all(is_value);
        if known && value == value.trim_ascii() && !CONNECTION.contains(&name) {
            fields.push((name.to_vec(), value.to_vec()));
        }
    }
    fields
}

/// Those that the tower path sees: `http` has no others.
fn http_fields(input: &[u8]) -> Fields {
    let mut fields = fields(input);
    let is_value = |b: &u8| *b == b'\t' || *b >= 0x20 && *b != 0x7f;
    fields.retain(|(_, value)| value.iter().all(is_value));
    fields
}

/// Metadata that was read is read again, and is what it was after a way through HTTP.
pub fn metadata(input: &[u8]) {
    let fields = fields(input);
    let metadata = fuzzing::metadata(&fields);
    read(&metadata);
    assert!(metadata.len() <= fields.len());
    let again: Fields = metadata
        .iter()
        .map(|(name, value)| (name.as_bytes().to_vec(), value.to_vec()))
        .collect();
    assert_eq!(fuzzing::metadata(&again), metadata);
    assert_eq!(fuzzing::through_http(metadata.clone()), metadata);
}

/// As a handler reads it.
fn read(metadata: &Metadata) {
    for (name, _) in metadata.iter() {
        assert!(metadata.contains_key(name));
        let texts = metadata.get_all(name).count();
        let bytes = metadata.get_all_bin(name).map_or(0, |all| all.len());
        assert!(texts + bytes > 0 || metadata.get(name).is_none());
        let _ = metadata.get_bin(name);
    }
}

/// Both ways to read a request agree, unless it says something twice.
pub fn request(input: &[u8]) {
    let mut fields = http_fields(input);
    let mut names = HashSet::new();
    fields.retain(|(name, _)| names.insert(name.clone()));
    let (ours, theirs) = fuzzing::request(&fields);
    assert_eq!(ours, theirs, "{fields:?}");
}

/// Both ways to read how a call ended agree; and what a server makes of a status is read as the same again.
pub fn status(input: &[u8]) {
    let fields = http_fields(input);
    let (ours, theirs) = fuzzing::status(&fields);
    assert_eq!(shown(&ours), shown(&theirs), "{fields:?}");
    let Err(status) = ours else { return };
    read(status.metadata());
    // Whatever is in them.
    let _ = status.rpc_status();
    let (again, _) = fuzzing::status(&fuzzing::trailers(status.clone()));
    let again = again.expect_err("an error stays one");
    assert_eq!(again.code(), status.code());
    assert_eq!(again.details(), status.details());
    if status.message().len() < 1000 {
        assert_eq!(again.message(), status.message());
    }
    // It is the same for good now.
    let (last, _) = fuzzing::status(&fuzzing::trailers(again.clone()));
    assert_eq!(shown(&last), shown(&Err(again)));
}

fn shown(result: &Result<(), Status>) -> String {
    match result {
        Ok(()) => "OK".to_owned(),
        Err(status) => {
            let (details, metadata) = (status.details(), status.metadata());
            let mut metadata: Vec<_> = metadata.iter().collect();
            metadata.sort_by_key(|(name, _)| *name);
            format!("{status} {details:?} {metadata:?}")
        }
    }
}

/// Names that mean something.
const NAMES: &[&str] = &[
    "grpc-status",
    "grpc-message",
    "grpc-status-details-bin",
    "content-type",
    "grpc-timeout",
    "grpc-encoding",
    "grpc-accept-encoding",
    "user-agent",
    "te",
    "x-text",
    "x-bytes-bin",
    "authorization",
    "grpc-previous-rpc-attempts",
];

/// What HTTP/2 takes from nobody (RFC 9113, section 8.2.2).
const CONNECTION: &[&[u8]] = &[
    b"connection",
    b"keep-alive",
    b"proxy-connection",
    b"transfer-encoding",
    b"upgrade",
];
