//! Names of fields as numbers, and what names and values may be made of.

use super::hash::{hash, same};

/// The name of a field as a number: one that HTTP/2 or HPACK's static table knows, one that was
/// given to [`Decoder::new`](super::Decoder::new), or [`NameId::OTHER`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct NameId(u8);

impl NameId {
    /// A name nobody asked to tell apart.
    pub const OTHER: NameId = NameId(0);
    /// A name that starts with `:` and isn't one of the pseudo-header fields known here.
    pub const UNKNOWN_PSEUDO: NameId = NameId(1);

    /// The name at `index` of those given to [`Decoder::new`](super::Decoder::new).
    ///
    /// # Panics
    ///
    /// If `index` is [`MAX_CUSTOM`](Self::MAX_CUSTOM) or more.
    pub const fn custom(index: usize) -> NameId {
        assert!(index < Self::MAX_CUSTOM, "too many names");
        NameId(FIRST_CUSTOM + index as u8)
    }

    /// How many names [`Decoder::new`](super::Decoder::new) takes.
    pub const MAX_CUSTOM: usize = (u8::MAX - FIRST_CUSTOM) as usize + 1;

    /// Whether this is a pseudo-header field: its name starts with `:`.
    #[inline]
    pub const fn is_pseudo(self) -> bool {
        Self::UNKNOWN_PSEUDO.0 <= self.0 && self.0 <= Self::PROTOCOL.0
    }

    /// Whether the field is about one connection of HTTP/1.1, and so is malformed in HTTP/2 (RFC
    /// 9113, 8.2.2). `te` isn't among them: with the value `trailers` it is allowed.
    #[inline]
    pub const fn is_connection_specific(self) -> bool {
        Self::CONNECTION.0 <= self.0 && self.0 <= Self::UPGRADE.0
    }

    /// The number itself.
    #[inline]
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }

    /// The number of `name` if it has a constant here.
    #[inline]
    pub(super) fn find_known(name: &[u8], name_hash: u32) -> Option<NameId> {
        let mut at = first_slot(name_hash);
        loop {
            let known = BY_HASH[at];
            if known == Self::OTHER.0 {
                return None;
            }
            if same(KNOWN[usize::from(known - FIRST_KNOWN)].as_bytes(), name) {
                return Some(NameId(known));
            }
            at = (at + 1) % BY_HASH.len();
        }
    }

    /// The number of a name that has a constant here.
    pub(super) const fn known(name: &str) -> NameId {
        let mut at = 0;
        while at < KNOWN.len() {
            if equal(KNOWN[at].as_bytes(), name.as_bytes()) {
                return NameId(FIRST_KNOWN + at as u8);
            }
            at += 1;
        }
        panic!("not a known name")
    }
}

/// The names that a decoder tells apart.
pub(super) struct Names {
    custom: &'static [&'static str],
    /// Of `custom`.
    hashes: Box<[u32]>,
}

impl Names {
    pub(super) fn new(custom: &'static [&'static str]) -> Self {
        debug_assert!(custom.len() <= NameId::MAX_CUSTOM, "too many names");
        debug_assert!(
            custom
                .iter()
                .all(|name| Self::new(&[]).find(name.as_bytes()) == (NameId::OTHER, true)),
            "a name that has a constant, or isn't one: {custom:?}"
        );
        let custom = &custom[..custom.len().min(NameId::MAX_CUSTOM)];
        let hashes = custom.iter().map(|name| hash(0, name.as_bytes())).collect();
        Self { custom, hashes }
    }

    /// The number of a name, and whether it is a lower-case token or a known pseudo-header field.
    pub(super) fn find(&self, name: &[u8]) -> (NameId, bool) {
        let name_hash = hash(0, name);
        if let Some(id) = NameId::find_known(name, name_hash) {
            return (id, true);
        }
        if name.first() == Some(&b':') {
            return (NameId::UNKNOWN_PSEUDO, false);
        }
        for (at, (custom, &hash)) in self.custom.iter().zip(&self.hashes).enumerate() {
            if hash == name_hash && custom.as_bytes() == name {
                return (NameId::custom(at), true);
            }
        }
        let is_token = name.iter().all(|&byte| TOKEN[usize::from(byte)]);
        (NameId::OTHER, is_token && !name.is_empty())
    }
}

/// Whether a value has no NUL, CR and LF.
#[inline]
pub(super) fn is_clean_value(value: &[u8]) -> bool {
    let (words, rest) = value.as_chunks::<8>();
    // Only a word with a byte below 16 is looked at closely: there may be a tab.
    let suspect = |word: &[u8; 8]| {
        let word = u64::from_le_bytes(*word);
        word.wrapping_sub(0x1010_1010_1010_1010) & !word & 0x8080_8080_8080_8080 != 0
    };
    let forbidden = |byte: &u8| matches!(byte, b'\0' | b'\r' | b'\n');
    !words
        .iter()
        .any(|word| suspect(word) && word.iter().any(forbidden))
        && !rest.iter().any(forbidden)
}

/// Whether a value has no space and tab at an end.
#[inline]
pub(super) fn is_trimmed_value(value: &[u8]) -> bool {
    let blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    !blank(value.first()) && !blank(value.last())
}

macro_rules! known {
    ($($id:ident = $name:literal,)*) => {
        impl NameId {
            $(
                #[doc = concat!("`", $name, "`")]
                pub const $id: NameId = NameId::known($name);
            )*
        }

        /// What [`NameId`] has constants for, in the order of their numbers.
        const KNOWN: &[&str] = &[$($name),*];
    };
}

// Pseudo-header fields first, then the connection-specific ones, then TE and the static table's.
known! {
    METHOD = ":method",
    SCHEME = ":scheme",
    AUTHORITY = ":authority",
    PATH = ":path",
    STATUS = ":status",
    PROTOCOL = ":protocol",
    CONNECTION = "connection",
    KEEP_ALIVE = "keep-alive",
    PROXY_CONNECTION = "proxy-connection",
    TRANSFER_ENCODING = "transfer-encoding",
    UPGRADE = "upgrade",
    TE = "te",
    ACCEPT_CHARSET = "accept-charset",
    ACCEPT_ENCODING = "accept-encoding",
    ACCEPT_LANGUAGE = "accept-language",
    ACCEPT_RANGES = "accept-ranges",
    ACCEPT = "accept",
    ACCESS_CONTROL_ALLOW_ORIGIN = "access-control-allow-origin",
    AGE = "age",
    ALLOW = "allow",
    AUTHORIZATION = "authorization",
    CACHE_CONTROL = "cache-control",
    CONTENT_DISPOSITION = "content-disposition",
    CONTENT_ENCODING = "content-encoding",
    CONTENT_LANGUAGE = "content-language",
    CONTENT_LENGTH = "content-length",
    CONTENT_LOCATION = "content-location",
    CONTENT_RANGE = "content-range",
    CONTENT_TYPE = "content-type",
    COOKIE = "cookie",
    DATE = "date",
    ETAG = "etag",
    EXPECT = "expect",
    EXPIRES = "expires",
    FROM = "from",
    HOST = "host",
    IF_MATCH = "if-match",
    IF_MODIFIED_SINCE = "if-modified-since",
    IF_NONE_MATCH = "if-none-match",
    IF_RANGE = "if-range",
    IF_UNMODIFIED_SINCE = "if-unmodified-since",
    LAST_MODIFIED = "last-modified",
    LINK = "link",
    LOCATION = "location",
    MAX_FORWARDS = "max-forwards",
    PROXY_AUTHENTICATE = "proxy-authenticate",
    PROXY_AUTHORIZATION = "proxy-authorization",
    RANGE = "range",
    REFERER = "referer",
    REFRESH = "refresh",
    RETRY_AFTER = "retry-after",
    SERVER = "server",
    SET_COOKIE = "set-cookie",
    STRICT_TRANSPORT_SECURITY = "strict-transport-security",
    USER_AGENT = "user-agent",
    VARY = "vary",
    VIA = "via",
    WWW_AUTHENTICATE = "www-authenticate",
}

const FIRST_KNOWN: u8 = 2;
const FIRST_CUSTOM: u8 = FIRST_KNOWN + KNOWN.len() as u8;

/// The numbers of known names by the hash of the name; who finds a place taken gets the next free one.
static BY_HASH: [u8; 128] = {
    let mut by_hash = [NameId::OTHER.0; 128];
    let mut known = 0;
    while known < KNOWN.len() {
        let mut at = first_slot(hash(0, KNOWN[known].as_bytes()));
        while by_hash[at] != NameId::OTHER.0 {
            at = (at + 1) % by_hash.len();
        }
        by_hash[at] = FIRST_KNOWN + known as u8;
        known += 1;
    }
    by_hash
};

/// Where a name is looked for first.
const fn first_slot(name_hash: u32) -> usize {
    (name_hash >> 25) as usize
}

const fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// The characters of a token (RFC 9110, 5.6.2) without the upper-case letters.
const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let chars = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz";
    let mut at = 0;
    while at < chars.len() {
        table[chars[at] as usize] = true;
        at += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    fn find(name: &[u8]) -> (NameId, bool) {
        Names::new(&["grpc-timeout", "grpc-encoding"]).find(name)
    }

    #[test]
    fn each_known_name_has_its_number() {
        for (at, name) in KNOWN.iter().enumerate() {
            let id = NameId(FIRST_KNOWN + at as u8);
            assert_eq!(find(name.as_bytes()), (id, true));
            assert_eq!(NameId::known(name), id);
        }
        assert_eq!(find(b":path"), (NameId::PATH, true));
        assert_eq!(find(b"www-authenticate"), (NameId::WWW_AUTHENTICATE, true));
    }

    #[test]
    fn custom_names_have_the_number_of_their_place() {
        assert_eq!(find(b"grpc-timeout"), (NameId::custom(0), true));
        assert_eq!(find(b"grpc-encoding"), (NameId::custom(1), true));
        assert_eq!(find(b"grpc-status"), (NameId::OTHER, true));
        assert_eq!(find(b"Te"), (NameId::OTHER, false));
        assert_eq!(find(b""), (NameId::OTHER, false));
        assert_eq!(find(b":Path"), (NameId::UNKNOWN_PSEUDO, false));
    }

    #[test]
    fn kinds_of_names() {
        let named = |kind: fn(NameId) -> bool| {
            let names = KNOWN.iter().filter(|name| kind(NameId::known(name)));
            names.copied().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            named(NameId::is_pseudo),
            ":method :scheme :authority :path :status :protocol"
        );
        assert_eq!(
            named(NameId::is_connection_specific),
            "connection keep-alive proxy-connection transfer-encoding upgrade"
        );
        assert!(NameId::UNKNOWN_PSEUDO.is_pseudo());
        assert!(!NameId::OTHER.is_pseudo() && !NameId::custom(0).is_pseudo());
        assert!(!NameId::custom(NameId::MAX_CUSTOM - 1).is_connection_specific());
    }

    #[test]
    fn a_name_is_a_lower_case_token() {
        let ok = |name: &[u8]| find(name).1;
        for name in [":path", "te", "x-1", "!#$%&'*+-.^_`|~", "a"] {
            assert!(ok(name.as_bytes()), "{name:?}");
        }
        for name in [
            "", ":", ":x", ":Path", "Te", "a b", "a:", "a\0", "a\r", "é", "a\x7f", "a(",
        ] {
            assert!(!ok(name.as_bytes()), "{name:?}");
        }
    }

    #[test]
    fn a_value_has_no_line_ends_and_no_space_around() {
        let is_well_formed_value = |value: &[u8]| is_clean_value(value) && is_trimmed_value(value);
        for value in [
            "",
            "a",
            "a b",
            "a\tb",
            "\x01",
            "\x7f",
            "é",
            "0123456789abcdef 0123456789",
        ] {
            assert!(is_well_formed_value(value.as_bytes()), "{value:?}");
        }
        for value in [
            " ", "\t", " a", "a ", "\ta", "a\t", "\0", "\r", "\n", "a\0b", "a\nb",
        ] {
            assert!(!is_well_formed_value(value.as_bytes()), "{value:?}");
        }
        for len in 1..40 {
            for at in 0..len {
                for bad in *b"\0\r\n" {
                    let mut value = vec![0xff; len];
                    assert!(is_well_formed_value(&value));
                    value[at] = bad;
                    assert!(!is_well_formed_value(&value), "{value:?}");
                }
            }
        }
    }
}
