//! The fuzz targets of `fuzz/` that are about gRPC.

#[path = "../../fuzz/src/runtime/mod.rs"]
mod fuzz;
#[path = "../../fuzz/tried.rs"]
mod tried;

tried::targets!(framing, metadata, request, status, timeout, message, json);
