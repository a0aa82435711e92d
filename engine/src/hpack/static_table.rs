//! The fields everybody knows (RFC 7541, appendix A).

use super::name::NameId;

/// A field of the static table.
pub(super) struct StaticField {
    pub(super) name: &'static [u8],
    pub(super) value: &'static [u8],
    pub(super) id: NameId,
}

/// How many fields the static table has; the dynamic table's numbers go on from there.
pub(super) const LEN: usize = FIELDS.len();

/// The static table. The field with index 1 comes first.
pub(super) static STATIC_TABLE: [StaticField; LEN] = {
    let mut table = [const {
        StaticField {
            name: b"",
            value: b"",
            id: NameId::OTHER,
        }
    }; LEN];
    let mut at = 0;
    while at < LEN {
        let (name, value) = FIELDS[at];
        table[at] = StaticField {
            name: name.as_bytes(),
            value: value.as_bytes(),
            id: NameId::known(name),
        };
        at += 1;
    }
    table
};

const FIELDS: [(&str, &str); 61] = [
    (":authority", ""),
    (":method", "GET"),
    (":method", "POST"),
    (":path", "/"),
    (":path", "/index.html"),
    (":scheme", "http"),
    (":scheme", "https"),
    (":status", "200"),
    (":status", "204"),
    (":status", "206"),
    (":status", "304"),
    (":status", "400"),
    (":status", "404"),
    (":status", "500"),
    ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"),
    ("accept-language", ""),
    ("accept-ranges", ""),
    ("accept", ""),
    ("access-control-allow-origin", ""),
    ("age", ""),
    ("allow", ""),
    ("authorization", ""),
    ("cache-control", ""),
    ("content-disposition", ""),
    ("content-encoding", ""),
    ("content-language", ""),
    ("content-length", ""),
    ("content-location", ""),
    ("content-range", ""),
    ("content-type", ""),
    ("cookie", ""),
    ("date", ""),
    ("etag", ""),
    ("expect", ""),
    ("expires", ""),
    ("from", ""),
    ("host", ""),
    ("if-match", ""),
    ("if-modified-since", ""),
    ("if-none-match", ""),
    ("if-range", ""),
    ("if-unmodified-since", ""),
    ("last-modified", ""),
    ("link", ""),
    ("location", ""),
    ("max-forwards", ""),
    ("proxy-authenticate", ""),
    ("proxy-authorization", ""),
    ("range", ""),
    ("referer", ""),
    ("refresh", ""),
    ("retry-after", ""),
    ("server", ""),
    ("set-cookie", ""),
    ("strict-transport-security", ""),
    ("transfer-encoding", ""),
    ("user-agent", ""),
    ("vary", ""),
    ("via", ""),
    ("www-authenticate", ""),
];
