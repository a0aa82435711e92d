//! The fields everybody knows (RFC 7541, appendix A).

use super::hash::hash;
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

/// The index of the first field with a name, and how many there are.
#[inline]
pub(super) fn find_name(name: &[u8], name_hash: u32) -> Option<(usize, usize)> {
    let mut at = slot(name_hash);
    loop {
        let Slot { hash, first, count } = NAMES[at];
        if first == 0 {
            return None;
        }
        let first = usize::from(first);
        if hash == name_hash && STATIC_TABLE[first - 1].name == name {
            return Some((first, usize::from(count)));
        }
        at = (at + 1) % NAMES.len();
    }
}

#[derive(Clone, Copy)]
struct Slot {
    /// Of the name.
    hash: u32,
    /// The index of the first field with the name; 0 if there is none.
    first: u8,
    /// Others follow it.
    count: u8,
}

/// Where the name with this hash is looked for first.
const fn slot(hash: u32) -> usize {
    (hash >> 25) as usize
}

/// A hash table of the names; who doesn't find a place takes the next free one.
static NAMES: [Slot; 128] = {
    let mut names = [Slot {
        hash: 0,
        first: 0,
        count: 0,
    }; 128];
    let mut field = 0;
    while field < LEN {
        let hash = hash(0, FIELDS[field].0.as_bytes());
        let mut at = slot(hash);
        // No two names have the same hash, or this would be noticed by the tests.
        while names[at].first != 0 && names[at].hash != hash {
            at = (at + 1) % names.len();
        }
        if names[at].first == 0 {
            names[at] = Slot {
                hash,
                first: field as u8 + 1,
                count: 0,
            };
        }
        names[at].count += 1;
        field += 1;
    }
    names
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
    fn each_name_is_found() {
        for (at, field) in STATIC_TABLE.iter().enumerate() {
            let (first, count) = find_name(field.name, hash(0, field.name)).expect("it is there");
            assert!(
                (first..first + count).contains(&(at + 1)),
                "{first} {count}"
            );
            let named = STATIC_TABLE.iter().filter(|other| other.name == field.name);
            assert_eq!(count, named.count());
        }
        assert_eq!(find_name(b"grpc-status", hash(0, b"grpc-status")), None);
    }
}
