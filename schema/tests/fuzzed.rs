//! The fuzz target of `fuzz/` that is about `.proto` text.

#[path = "../../fuzz/src/schema/mod.rs"]
mod fuzz;
#[path = "../../fuzz/tried.rs"]
mod tried;

tried::targets!(proto_text);
