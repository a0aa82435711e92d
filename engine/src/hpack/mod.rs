//! HPACK, the compression of header fields (RFC 7541).
