//! The fuzz targets of `fuzz/` that are about HTTP/2.
//!
//! Their corpus has what other implementations said on connections of theirs, cut as it arrived.

#[path = "../../fuzz/src/engine/mod.rs"]
mod fuzz;
#[path = "../../fuzz/tried.rs"]
mod tried;

tried::targets!(server, client, hpack);
