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

/// The index of the first field with a name, and how many there are: none of a name that isn't there.
#[inline]
pub(super) fn with_name(id: NameId) -> (usize, usize) {
    let (first, count) = BY_NAME[id.index()];
    (usize::from(first), usize::from(count))
}

/// [`with_name`] for each number.
static BY_NAME: [(u8, u8); 256] = {
    let mut by_name = [(0, 0); 256];
    let mut at = LEN;
    while at > 0 {
        let name = &mut by_name[NameId::known(FIELDS[at - 1].0).index()];
        *name = (at as u8, name.1 + 1);
        at -= 1;
    }
    by_name
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_with_a_name_are_together() {
        for (at, field) in STATIC_TABLE.iter().enumerate() {
            let (first, count) = with_name(field.id);
            assert!(
                (first..first + count).contains(&(at + 1)),
                "{first} {count}"
            );
            assert_eq!(
                count,
                STATIC_TABLE
                    .iter()
                    .filter(|other| other.id == field.id)
                    .count()
            );
        }
        assert_eq!(with_name(NameId::TE), (0, 0));
        assert_eq!(with_name(NameId::OTHER), (0, 0));
    }
}
