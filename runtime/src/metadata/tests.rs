//! What metadata may be, and what becomes of what may not.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(key: &str, value: &[u8], expect: Expect) {
    let mut metadata = Metadata::new();
    expect.assert_eq(&match metadata.insert(key, value) {
        Ok(()) => format!("{metadata:?}"),
        Err(error) => format!("error: {error}"),
    });
}

#[test]
fn text_is_sent_as_it_is() {
    check("X-User", b"7", expect![[r#"{"x-user": "7"}"#]]);
    check("x-user", b"", expect![[r#"{"x-user": ""}"#]]);
    check("x-user", b"a, b", expect![[r#"{"x-user": "a, b"}"#]]);
}

#[test]
fn text_loses_the_blanks_at_its_ends() {
    check("x-user", b"  a b ", expect![[r#"{"x-user": "a b"}"#]]);
    check("x-user", b" ", expect![[r#"{"x-user": ""}"#]]);
}

#[test]
fn bytes_are_sent_as_base64_without_padding() {
    check("t-bin", &[0xff, 0], expect![[r#"{"t-bin": "/wA"}"#]]);
}

#[test]
fn text_that_is_not_ascii_is_refused() {
    check(
        "x-user",
        "ü".as_bytes(),
        expect![[
            r#"error: the value of metadata key "x-user" is not printable ASCII; a key that ends in `-bin` takes any bytes"#
        ]],
    );
}

#[test]
fn the_names_of_the_protocol_are_refused() {
    check(
        "grpc-timeout",
        b"1S",
        expect![[r#"error: metadata key "grpc-timeout" belongs to the protocol"#]],
    );
    check(
        "TE",
        b"trailers",
        expect![[r#"error: metadata key "TE" belongs to the protocol"#]],
    );
    check(
        "grpc-of-tomorrow",
        b"1",
        expect![[r#"error: metadata key "grpc-of-tomorrow" belongs to the protocol"#]],
    );
    check(
        "User-Agent",
        b"me",
        expect![[r#"error: metadata key "User-Agent" belongs to the protocol"#]],
    );
}

#[test]
fn a_key_with_a_space_is_refused() {
    check(
        "x user",
        b"7",
        expect![[
            r#"error: metadata key "x user" is invalid: it is made of lower-case letters, digits, `-`, `_` and `.`"#
        ]],
    );
}

#[test]
fn a_key_is_a_name_that_http_takes() {
    let mut metadata = Metadata::new();
    for key in ["", ":path", "a/b", "ü", "a\n", &"k".repeat(1 << 16)] {
        let error = metadata.append(key, "1").unwrap_err();
        assert_eq!(error, InvalidMetadata::Key { key: key.into() });
    }
    assert!(metadata.is_empty());
    metadata.append("k".repeat((1 << 16) - 1), "1").unwrap();
}

#[test]
fn padded_and_joined_values_are_read() {
    let mut headers = HeaderMap::new();
    headers.append("t-bin", HeaderValue::from_static("/wA=,AQ, Ag==,"));
    let good = Metadata::from_headers(&headers).get_all_bin("t-bin");
    assert_eq!(good.unwrap(), [&[0xff, 0][..], &[1], &[2], &[]]);
    headers.append("t-bin", HeaderValue::from_static("!"));
    headers.append("te", HeaderValue::from_static("trailers"));
    let metadata = Metadata::from_headers(&headers);
    assert_eq!(metadata.len(), 2);
    assert_eq!(
        metadata.get_bin("t-bin").unwrap_err().to_string(),
        r#"the value of metadata key "t-bin" is not base64"#
    );
}

#[test]
fn values_of_one_key_keep_their_order() {
    let mut metadata = Metadata::new();
    metadata.append("k", "1").unwrap();
    metadata.append("k", "2").unwrap();
    let mut more = Metadata::new();
    more.append("k", "3").unwrap();
    metadata.extend(more);
    assert_eq!(metadata.get_all("k").collect::<Vec<_>>(), ["1", "2", "3"]);
}

#[test]
fn keys_are_found_in_any_case() {
    let mut metadata = pairs(&[("X-User", "7")]);
    assert_eq!(metadata.get("x-USER"), Some("7"));
    assert!(metadata.contains_key("X-User"));
    assert!(!metadata.contains_key("x-use"));
    assert!(metadata.remove("X-USER"));
    assert!(!metadata.remove("x-user"));
    assert_eq!(metadata, Metadata::new());
}

#[test]
fn a_value_takes_the_place_of_all_that_were_there() {
    let mut metadata = pairs(&[("a", "1"), ("k", "2"), ("b", "3"), ("k", "4")]);
    metadata.insert("K", "5").unwrap();
    expect![[r#"{"a": "1", "k": "5", "b": "3"}"#]].assert_eq(&format!("{metadata:?}"));
}

#[test]
fn what_is_not_text_is_there_for_who_reads_bytes() {
    let mut headers = HeaderMap::new();
    headers.append("x-a", HeaderValue::from_bytes(b"\xfc \"").unwrap());
    headers.append("x-a", HeaderValue::from_bytes("ü".as_bytes()).unwrap());
    headers.append("x-a", HeaderValue::from_static("a\tb"));
    let metadata = Metadata::from_headers(&headers);
    assert_eq!(metadata.get_all("x-a").collect::<Vec<_>>(), ["a\tb"]);
    let values: Vec<_> = metadata.iter().map(|(_, value)| value).collect();
    assert_eq!(values, [b"\xfc \"", "ü".as_bytes(), b"a\tb"]);
    expect![[r#"{"x-a": "\xfc \"", "x-a": "\xc3\xbc", "x-a": "a	b"}"#]]
        .assert_eq(&format!("{metadata:?}"));
}

#[test]
fn a_sensitive_value_is_not_shown_and_stays_one() {
    let mut secret = HeaderValue::from_static("secret");
    secret.set_sensitive(true);
    let headers = HeaderMap::from_iter([(HeaderName::from_static("x-key"), secret)]);
    let mut metadata = pairs(&[("x-b", "1")]);
    metadata.extend(Metadata::from_headers(&headers));
    metadata.insert("x-b", "2").unwrap();
    expect![[r#"{"x-b": "2", "x-key": Sensitive}"#]].assert_eq(&format!("{metadata:?}"));
    let mut headers = HeaderMap::new();
    metadata.write_to(&mut headers);
    assert!(headers["x-key"].is_sensitive());
    assert!(!headers["x-b"].is_sensitive());
}

#[test]
fn a_clone_goes_its_own_way() {
    let one = pairs(&[("a", "1"), ("b", "2")]);
    let (mut two, mut three, mut four) = (one.clone(), one.clone(), one.clone());
    two.append("a", "3").unwrap();
    three.insert("a", "4").unwrap();
    four.remove("a");
    let mut five = one.clone();
    five.extend(one.clone());
    assert_eq!(one, pairs(&[("a", "1"), ("b", "2")]));
    assert_eq!(two, pairs(&[("a", "1"), ("b", "2"), ("a", "3")]));
    assert_eq!(three, pairs(&[("a", "4"), ("b", "2")]));
    assert_eq!(four, pairs(&[("b", "2")]));
    assert_eq!(
        five,
        pairs(&[("a", "1"), ("b", "2"), ("a", "1"), ("b", "2")])
    );
}

#[test]
fn keys_keep_the_order_they_were_added_in() {
    let mut metadata = pairs(&[("b", "1"), ("a", "2"), ("c", "3"), ("b", "4")]);
    expect![[r#"{"b": "1", "a": "2", "c": "3", "b": "4"}"#]].assert_eq(&format!("{metadata:?}"));
    metadata.remove("a");
    expect![[r#"{"b": "1", "c": "3", "b": "4"}"#]].assert_eq(&format!("{metadata:?}"));
}

#[test]
fn what_is_empty_holds_nothing() {
    let mut metadata = Metadata::new();
    metadata.push_field(b"te", b"trailers");
    metadata.extend(Metadata::new());
    assert!(metadata.list.is_none());
    metadata.append("a", "1").unwrap();
    metadata.append("A", "2").unwrap();
    metadata.remove("a");
    assert!(metadata.list.is_none());
}

#[test]
fn clones_share_their_list_until_one_changes() {
    let one = pairs(&[("a", "1")]);
    let shares = |two: &Metadata| Arc::ptr_eq(list(&one), list(two));
    let mut two = Metadata::new();
    two.extend(one.clone());
    assert!(shares(&two));
    assert!(two.insert("te", "trailers").is_err());
    assert!(!two.remove("b"));
    two.extend(Metadata::new());
    two.push_field(b"te", b"trailers");
    assert!(shares(&two));
    two.append("a", "2").unwrap();
    assert!(!shares(&two));
}

#[track_caller]
fn check_field(name: &[u8], value: &[u8], expect: Expect) {
    let mut metadata = Metadata::new();
    metadata.push_field(name, value);
    expect.assert_eq(&format!("{metadata:?}"));
}

#[test]
fn fields_from_the_wire_are_taken_as_they_are() {
    check_field(b"x-user", b"7", expect![[r#"{"x-user": "7"}"#]]);
    check_field(b"x-user", b"", expect![[r#"{"x-user": ""}"#]]);
    check_field(b"x!", b"\xff", expect![[r#"{"x!": "\xff"}"#]]);
    check_field(b"t-bin", b"!", expect![[r#"{"t-bin": "!"}"#]]);
    check_field(b"user-agent", b"u", expect![[r#"{"user-agent": "u"}"#]]);
    check_field(b"grpc-new", b"1", expect![[r#"{"grpc-new": "1"}"#]]);
}

#[test]
fn fields_of_the_protocol_are_not_shown() {
    for name in [
        ":path",
        "connection",
        "content-length",
        "content-type",
        "grpc-accept-encoding",
        "grpc-encoding",
        "grpc-message",
        "grpc-status",
        "grpc-status-details-bin",
        "grpc-timeout",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ] {
        check_field(name.as_bytes(), b"1", expect!["{}"]);
    }
}

#[test]
fn fields_that_http_does_not_have_are_not_shown() {
    check_field(b"", b"1", expect!["{}"]);
    check_field(b"\xff", b"1", expect!["{}"]);
    check_field(b"x-user", b"\x01", expect!["{}"]);
    check_field(b"x-user", b"7\x7f", expect!["{}"]);
}

#[test]
fn a_sensitive_field_from_the_wire_stays_one() {
    let mut metadata = Metadata::new();
    metadata.push_sensitive_field(b"x-key", b"secret");
    metadata.push_sensitive_field(b"te", b"secret");
    expect![[r#"{"x-key": Sensitive}"#]].assert_eq(&format!("{metadata:?}"));
    assert_eq!(metadata.get("x-key"), Some("secret"));
}

#[test]
fn long_lists_work_as_short_ones_do() {
    let mut metadata = Metadata::new();
    for number in 0..5_000 {
        let key = format!("k{}", number % 2_500);
        metadata.append(key, number.to_string()).unwrap();
    }
    assert_eq!(metadata.len(), 5_000);
    let values: Vec<_> = metadata.get_all("k2499").collect();
    assert_eq!(values, ["2499", "4999"]);
    let mut reversed = Metadata::new();
    for number in (0..2_500).rev() {
        for number in [number, number + 2_500] {
            let key = format!("k{}", number % 2_500);
            reversed.append(key, number.to_string()).unwrap();
        }
    }
    assert_eq!(metadata, reversed);
    reversed.insert("k7", "8").unwrap();
    assert_ne!(metadata, reversed);
}

#[test]
fn more_than_headers_can_hold_is_cut_off() {
    let mut metadata = Metadata::new();
    for number in 0..30_000 {
        metadata.append(format!("k{number}"), "1").unwrap();
    }
    let mut headers = HeaderMap::new();
    headers.insert("x-before", HeaderValue::from_static("1"));
    metadata.clone().write_to(&mut headers);
    metadata.write_to(&mut headers);
    assert_eq!(headers.len(), MAX_HEADERS);
    assert!(headers.contains_key("x-before"));
    assert!(headers.contains_key("k0"));
    headers.insert("x-after", HeaderValue::from_static("1"));
}

/// What somebody may do to metadata.
#[derive(Clone, Debug)]
enum Change {
    Insert(String, Vec<u8>),
    Append(String, Vec<u8>),
    Remove(String),
    Receive(String, Vec<u8>),
    Extend(Vec<(String, Vec<u8>)>),
    ExtendBySelf,
    ThroughHeaders,
}

/// Fields as they stand on the wire.
type Model = Vec<(String, Vec<u8>)>;

impl Change {
    fn any() -> impl Strategy<Value = Self> {
        let key = || "[abAB]|c-bin|te|x y";
        let value =
            || prop_oneof![9 => "[ -~]{0,4}".prop_map(String::into_bytes), 1 => Just(vec![0xfc])];
        let name = || "[ab]|c-bin|te|:path";
        prop_oneof![
            (key(), value()).prop_map(|(key, value)| Self::Insert(key, value)),
            (key(), value()).prop_map(|(key, value)| Self::Append(key, value)),
            key().prop_map(Self::Remove),
            (name(), value()).prop_map(|(name, value)| Self::Receive(name, value)),
            prop::collection::vec((name(), value()), 0..4).prop_map(Self::Extend),
            Just(Self::ExtendBySelf),
            Just(Self::ThroughHeaders),
        ]
    }

    fn make(&self, metadata: &mut Metadata) {
        // Whether it was refused shows in what is there afterwards.
        match self {
            Self::Insert(key, value) => drop(metadata.insert(key, value)),
            Self::Append(key, value) => drop(metadata.append(key, value)),
            Self::Remove(key) => drop(metadata.remove(key)),
            Self::Receive(name, value) => metadata.push_field(name.as_bytes(), value),
            Self::Extend(fields) => {
                let mut more = Metadata::new();
                for (name, value) in fields {
                    more.push_field(name.as_bytes(), value);
                }
                metadata.extend(more);
            }
            Self::ExtendBySelf => metadata.extend(metadata.clone()),
            Self::ThroughHeaders => {
                let mut headers = HeaderMap::new();
                metadata.clone().write_to(&mut headers);
                *metadata = Metadata::from_headers(&headers);
            }
        }
    }

    fn make_to_model(&self, model: &mut Model) {
        match self {
            Self::Insert(key, value) => {
                let Some((name, value)) = model_entry(key, value) else {
                    return;
                };
                let at = model.iter().position(|(other, _)| *other == name);
                let at = at.unwrap_or(model.len());
                model.retain(|(other, _)| *other != name);
                model.insert(at, (name, value));
            }
            Self::Append(key, value) => model.extend(model_entry(key, value)),
            Self::Remove(key) => model.retain(|(name, _)| *name != key.to_lowercase()),
            Self::Receive(name, value) => model.extend(model_field(name, value)),
            Self::Extend(fields) => {
                model.extend(
                    fields
                        .iter()
                        .flat_map(|(name, value)| model_field(name, value)),
                );
            }
            Self::ExtendBySelf => model.extend_from_within(..),
            Self::ThroughHeaders => {
                // A map brings the values of a name together where the first was.
                let order: Vec<_> = model.iter().map(|(name, _)| name.clone()).collect();
                model.sort_by_key(|(name, _)| order.iter().position(|other| other == name));
            }
        }
    }
}

fn model_entry(key: &str, value: &[u8]) -> Option<(String, Vec<u8>)> {
    match key.to_lowercase() {
        name if name == "te" || name == "x y" => None,
        name if name.ends_with("-bin") => Some((name, encode_bin(value).into_bytes())),
        name => value
            .is_ascii()
            .then(|| (name, value.trim_ascii().to_vec())),
    }
}

fn model_field(name: &str, value: &[u8]) -> Option<(String, Vec<u8>)> {
    (name != "te" && name != ":path").then(|| (name.to_owned(), value.to_vec()))
}

fn check_model(metadata: &Metadata, model: &Model) {
    let fields = model.iter().map(|(name, value)| (&**name, &**value));
    assert!(metadata.iter().eq(fields), "{metadata:?} isn't {model:?}");
    assert_eq!(metadata.len(), model.len());
    assert_eq!(metadata.is_empty(), metadata.list.is_none());
    for key in ["a", "b", "c-bin", "d"] {
        let values = || {
            model
                .iter()
                .filter(|(name, _)| name == key)
                .map(|(_, value)| value)
        };
        assert_eq!(metadata.contains_key(key), values().next().is_some());
        let texts = values().filter_map(|value| std::str::from_utf8(value).ok());
        assert!(metadata.get_all(key).eq(texts.clone()));
        assert_eq!(metadata.get(&key.to_uppercase()), texts.clone().next());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn it_is_a_list_of_fields(changes in prop::collection::vec(Change::any(), 0..12)) {
        let (mut metadata, mut model) = (Metadata::new(), Model::new());
        for change in changes {
            let before = (metadata.clone(), model.clone());
            change.make(&mut metadata);
            change.make_to_model(&mut model);
            check_model(&metadata, &model);
            check_model(&before.0, &before.1);
        }
    }

    #[test]
    fn the_order_of_values_makes_a_difference_and_that_of_keys_does_not(
        one in prop::collection::vec(("[ab]", "[12]"), 0..5),
        shuffled in any::<prop::sample::Index>(),
        other in prop::collection::vec(("[ab]", "[12]"), 0..5),
    ) {
        let mut rotated = one.clone();
        rotated.rotate_left(shuffled.index(one.len() + 1));
        for other in [other, rotated] {
            let same = |key| one.iter().filter(|(k, _)| k == key).eq(other.iter().filter(|(k, _)| k == key));
            prop_assert_eq!(pairs(&one) == pairs(&other), same("a") && same("b"));
        }
    }
}

fn list(metadata: &Metadata) -> &Arc<List> {
    metadata.list.as_ref().expect("there is something in it")
}

fn pairs<S: AsRef<str>>(pairs: &[(S, S)]) -> Metadata {
    let mut metadata = Metadata::new();
    for (key, value) in pairs {
        metadata.append(key, value.as_ref()).unwrap();
    }
    metadata
}
